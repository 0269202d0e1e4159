//! Finding separators eight bytes at a time, in ASCII text.

const ONES: u64 = 0x0101_0101_0101_0101;
const HIGH: u64 = 0x8080_8080_8080_8080;
const LOW: u64 = !HIGH;

/// The high bit of every byte that equals `byte`. Both must be ASCII.
// INVARIANT: with all bytes below 0x80, no sum of a byte and 0x7f carries into its neighbour.
#[inline]
pub(crate) fn equal(word: u64, byte: u8) -> u64 {
    !(word ^ (ONES * u64::from(byte))).wrapping_add(LOW) & HIGH
}

/// The pairs of a query.
#[derive(Debug)]
pub(crate) struct Pairs<'a> {
    query: &'a [u8],
    /// Where the next word begins; everything before it was searched.
    next: usize,
    /// The separators found in the word before it, one high bit a byte.
    marks: u64,
    start: usize,
    done: bool,
}

/// Where a pair starts, where its name ends, where its value starts, where it ends.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) struct Pair {
    pub(crate) start: usize,
    pub(crate) name_end: usize,
    pub(crate) value: usize,
    pub(crate) end: usize,
}

/// Splits an ASCII query at every `&`, and each pair at its first `=`. An empty pair is one too.
#[inline]
pub(crate) fn pairs(query: &[u8]) -> Pairs<'_> {
    Pairs { query, next: 0, marks: 0, start: 0, done: query.is_empty() }
}

impl Iterator for Pairs<'_> {
    type Item = Pair;

    #[inline]
    fn next(&mut self) -> Option<Pair> {
        if self.done {
            return None;
        }
        let start = self.start;
        let mut equals = None;
        loop {
            while self.marks != 0 {
                let at = self.next - 8 + (self.marks.trailing_zeros() / 8) as usize;
                self.marks &= self.marks - 1;
                if self.query.get(at) == Some(&b'=') {
                    equals = equals.or(Some(at));
                } else {
                    self.start = at + 1;
                    return Some(Pair { start, name_end: equals.unwrap_or(at), value: equals.map_or(at, |n| n + 1), end: at });
                }
            }
            let rest = self.query.get(self.next..).unwrap_or_default();
            let word = match rest.first_chunk::<8>() {
                Some(word) => u64::from_le_bytes(*word),
                None if rest.is_empty() => {
                    self.done = true;
                    let end = self.query.len();
                    return Some(Pair { start, name_end: equals.unwrap_or(end), value: equals.map_or(end, |n| n + 1), end });
                }
                None => rest.iter().rev().fold(0, |word, byte| word << 8 | u64::from(*byte)),
            };
            self.marks = equal(word, b'&') | equal(word, b'=');
            self.next += 8;
        }
    }
}

/// The first place of a byte in an ASCII text, quick for short ones.
#[inline]
pub(crate) fn find(text: &[u8], byte: u8) -> Option<usize> {
    let (words, rest) = text.as_chunks::<8>();
    let mut at = 0;
    for word in words {
        let found = equal(u64::from_le_bytes(*word), byte);
        if found != 0 {
            return Some(at + (found.trailing_zeros() / 8) as usize);
        }
        at += 8;
    }
    rest.iter().position(|b| *b == byte).map(|n| at + n)
}

/// Whether something is percent-encoded, or (in a query) a blank stands as `+`.
#[inline]
pub(crate) fn has_escape(text: &[u8], plus_is_space: bool) -> bool {
    let plus = if plus_is_space { b'+' } else { b'%' };
    let (words, rest) = text.as_chunks::<8>();
    let in_words = words.iter().fold(0, |found, word| {
        let word = u64::from_le_bytes(*word);
        found | equal(word, b'%') | equal(word, plus)
    });
    in_words != 0 || rest.iter().any(|byte| *byte == b'%' || *byte == plus)
}

#[cfg(test)]
mod tests {
    use super::*;
    use proptest::prelude::*;

    proptest! {
        #[test]
        fn bytes_are_found_where_they_are(text in "[ -~]{0,40}", byte in b' '..b'~') {
            prop_assert_eq!(find(text.as_bytes(), byte), text.bytes().position(|b| b == byte));
            prop_assert_eq!(has_escape(text.as_bytes(), true), text.contains(['%', '+']));
            prop_assert_eq!(has_escape(text.as_bytes(), false), text.contains('%'));
        }

        #[test]
        fn pairs_are_found_as_a_split_finds_them(query in "[a-c&=%+ -~]{0,200}") {
            let found: Vec<Pair> = pairs(query.as_bytes()).collect();
            let mut expected = Vec::new();
            let mut start = 0;
            for pair in query.split('&').filter(|_| !query.is_empty()) {
                let end = start + pair.len();
                let (name_end, value) = pair.find('=').map_or((end, end), |at| (start + at, start + at + 1));
                expected.push(Pair { start, name_end, value, end });
                start = end + 1;
            }
            prop_assert_eq!(found, expected);
        }
    }
}

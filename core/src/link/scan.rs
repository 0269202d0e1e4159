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

/// One bit per byte, the first byte lowest.
#[inline]
fn gather(high_bits: u64) -> u64 {
    high_bits.wrapping_mul(0x0002_0408_1020_4081) >> 56
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

/// What one pass over a text found.
#[derive(Debug, PartialEq, Eq)]
pub(crate) struct Survey {
    /// Whether all of it is printable ASCII without blanks and backslashes.
    pub(crate) plain: bool,
    pub(crate) has_hash: bool,
}

/// Looks at every byte once.
// INVARIANT: sums of ASCII bytes and the constants below stay within a byte; where a byte is none, the first term is set already.
#[inline]
pub(crate) fn survey(bytes: &[u8]) -> Survey {
    let (mut odd, mut hash) = (0_u64, 0_u64);
    let mut look = |word: u64| {
        let below_0x21 = !word.wrapping_add(ONES * 0x5f);
        let is_0x7f = word.wrapping_add(ONES);
        odd |= (word | below_0x21 | is_0x7f) & HIGH | equal(word, b'\\');
        hash |= equal(word, b'#');
    };
    let (words, rest) = bytes.as_chunks::<8>();
    words.iter().for_each(|word| look(u64::from_le_bytes(*word)));
    match bytes.last_chunk::<8>() {
        Some(last) => look(u64::from_le_bytes(*last)),
        None => {
            let mut last = [b'x'; 8];
            last.iter_mut().zip(rest).for_each(|(to, from)| *to = *from);
            look(u64::from_le_bytes(last));
        }
    }
    Survey { plain: odd == 0, has_hash: hash != 0 }
}

/// A plain host that a text begins with: one that no URL parser rejects or rewrites, except for its case.
#[derive(Debug, PartialEq, Eq)]
pub(crate) struct PlainHost {
    pub(crate) len: usize,
    /// Where its last two labels begin.
    pub(crate) tail: usize,
}

/// The plain host that a text begins with. Hosts of 64 bytes and more, those with `--` and those that end like a number are left to others.
// INVARIANT: as for `survey`; the text is ASCII.
#[inline]
pub(crate) fn plain_host(text: &[u8]) -> Option<PlainHost> {
    let at_least = |word: u64, byte: u8| word.wrapping_add(ONES * u64::from(0x80 - byte));
    let (mut dots, mut hyphens, mut len) = (0_u64, 0_u64, 0_usize);
    loop {
        let rest = text.get(len..)?;
        let word = match rest.first_chunk::<8>() {
            Some(word) => u64::from_le_bytes(*word),
            None => rest.iter().rev().fold(0, |word, byte| word << 8 | u64::from(*byte)),
        };
        let lower = word | (ONES * 0x20);
        let letter = at_least(lower, b'a') & !at_least(lower, b'z' + 1);
        let digit = at_least(word, b'0') & !at_least(word, b'9' + 1);
        let dot = equal(word, b'.');
        let hyphen = equal(word, b'-');
        let allowed = (letter | digit | dot | hyphen | equal(word, b'_')) & HIGH;
        dots |= gather(dot) << len;
        hyphens |= gather(hyphen) << len;
        if allowed != HIGH {
            len += (!allowed & HIGH).trailing_zeros() as usize / 8;
            break;
        }
        len += 8;
        if len >= 64 {
            return None;
        }
    }
    let within = (1_u64 << len) - 1;
    let (dots, hyphens) = (dots & within, hyphens & within);
    let last = if dots == 0 { 0 } else { 64 - dots.leading_zeros() as usize };
    let others = if dots == 0 { 0 } else { dots & !(1 << (last - 1)) };
    let tail = if others == 0 { 0 } else { 64 - others.leading_zeros() as usize };
    // No label is empty, none may be Punycode, and the last one is no number.
    let plain =
        dots & 1 == 0 && dots & dots >> 1 == 0 && hyphens & hyphens >> 1 == 0 && text.get(last)?.is_ascii_alphabetic() && last < len;
    plain.then_some(PlainHost { len, tail })
}

/// Where a path ends: at the first `?` or `#`, or with the text; and whether a segment begins with `.` or `%`.
#[inline]
pub(crate) fn path_end(path: &[u8]) -> (usize, bool) {
    let (words, rest) = path.as_chunks::<8>();
    let (mut odd, mut slash_before, mut at) = (0_u64, 0_u64, 0);
    for word in words {
        let word = u64::from_le_bytes(*word);
        let ends = equal(word, b'?') | equal(word, b'#');
        let slash = equal(word, b'/');
        let begins = (slash << 8 | slash_before) & (equal(word, b'.') | equal(word, b'%'));
        if ends != 0 {
            // Only what stands before the end counts.
            odd |= begins & (ends & ends.wrapping_neg()).wrapping_sub(1);
            return (at + (ends.trailing_zeros() / 8) as usize, odd != 0);
        }
        odd |= begins;
        slash_before = slash >> 56;
        at += 8;
    }
    let mut before = if slash_before == 0 { 0 } else { b'/' };
    for byte in rest {
        if matches!(byte, b'?' | b'#') {
            return (at, odd != 0);
        }
        odd |= u64::from(before == b'/' && matches!(byte, b'.' | b'%'));
        before = *byte;
        at += 1;
    }
    (at, odd != 0)
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
        fn a_survey_sees_every_byte(text in proptest::collection::vec(any::<u8>(), 0..60)) {
            let plain = text.iter().all(|b| matches!(b, 0x21..=0x7e) && *b != b'\\');
            let survey = survey(&text);
            prop_assert_eq!(survey.plain, plain);
            prop_assert!(!plain || survey.has_hash == text.contains(&b'#'));
        }

        #[test]
        fn bytes_are_found_where_they_are(text in "[ -~]{0,40}", byte in b' '..b'~') {
            prop_assert_eq!(find(text.as_bytes(), byte), text.bytes().position(|b| b == byte));
            prop_assert_eq!(has_escape(text.as_bytes(), true), text.contains(['%', '+']));
            prop_assert_eq!(has_escape(text.as_bytes(), false), text.contains('%'));
        }

        #[test]
        fn hosts_are_plain_as_their_labels_say(text in "[a-zA-Z0-9._-]{0,30}(xn--)?[a-zA-Z0-9._-]{0,60}[:/?# ~]?[ -~]{0,9}") {
            let len = text.find(|c: char| !c.is_ascii_alphanumeric() && !"-._".contains(c)).unwrap_or(text.len());
            let host = &text[..len];
            let last = host.rsplit('.').next().unwrap_or_default();
            let plain = len < 64 && host.split('.').all(|label| !label.is_empty()) && !host.contains("--") && last.starts_with(|c: char| c.is_ascii_alphabetic());
            let tail = host.rmatch_indices('.').nth(1).map_or(0, |(at, _)| at + 1);
            prop_assert_eq!(plain_host(text.as_bytes()), plain.then_some(PlainHost { len, tail }));
        }

        #[test]
        fn a_path_ends_where_a_search_says(path in "[/.%a?#]{0,40}") {
            let end = path.find(['?', '#']).unwrap_or(path.len());
            let odd = path[..end].contains("/.") || path[..end].contains("/%");
            prop_assert_eq!(path_end(path.as_bytes()), (end, odd));
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

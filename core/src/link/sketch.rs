//! Where the separators of a URL stand: one bit a byte, found sixteen bytes at a time.

use std::ops::Range;
use wide::u8x16;

/// What stands in sixty-four bytes, the first byte's bit lowest.
#[derive(Clone, Copy, Debug, Default)]
pub(crate) struct Block {
    /// Of the path.
    slashes: u64,
    ands: u64,
    equals: u64,
    /// `%` and `+`.
    escapes: u64,
}

impl Block {
    /// Without the first bytes.
    #[inline]
    fn behind(self, known: usize) -> Self {
        let Self { slashes, ands, equals, escapes } = self;
        Self { slashes: slashes >> known, ands: ands >> known, equals: equals >> known, escapes: escapes >> known }
    }
}

/// Sketches one text after another; keeps its memory between them.
#[derive(Debug, Default)]
pub(crate) struct Sketcher {
    /// Enough for all but the longest URLs, which have `many`.
    few: [Block; 8],
    many: Vec<Block>,
}

/// A URL that no parser rejects or rewrites, but for the case of its host, and the places of its separators.
#[derive(Clone, Copy, Debug)]
pub(crate) struct Sketch<'t, 'b> {
    pub(crate) text: &'t str,
    blocks: &'b [Block],
    pub(crate) host: &'t str,
    /// Where the host's last two labels begin.
    pub(crate) tail: usize,
    /// Whether the host has capitals.
    pub(crate) host_has_capitals: bool,
    pub(crate) path_start: usize,
    /// At the first `?` or `#`, or with the text.
    pub(crate) path_end: usize,
    pub(crate) has_hash: bool,
    /// Whether `.`, `%` or `+` stands behind some `/`.
    pub(crate) has_odd_segment: bool,
}

/// Stands for no byte of a text: none of a host, no separator, and not odd.
const PADDING: u8 = b'~';

impl Sketcher {
    /// `None` means: not plain enough, ask `url`.
    // Inlined, because the result is wide and used at once.
    #[inline(always)]
    pub(crate) fn sketch<'t>(&mut self, text: &'t str) -> Option<Sketch<'t, '_>> {
        let bytes = text.as_bytes();
        let scheme = scheme(bytes)?;
        let count = bytes.len().div_ceil(64);
        let blocks = match self.few.get_mut(..count) {
            Some(few) => few,
            None => {
                self.many.resize(count, Block::default());
                self.many.as_mut_slice()
            }
        };
        let mut places = blocks.iter_mut();
        let mut survey = Survey::new(text.len());
        let (whole, rest) = bytes.as_chunks::<64>();
        for (block, place) in whole.iter().zip(places.by_ref()) {
            survey.block(block, 0, place);
        }
        let mut short = [PADDING; 64];
        let first = match (whole, bytes.last_chunk::<64>()) {
            ([first, ..], Some(last)) => {
                if let Some(place) = places.next() {
                    survey.block(last, 64 - rest.len(), place);
                }
                first
            }
            _ => {
                short.get_mut(..rest.len())?.copy_from_slice(rest);
                survey.block(&short, 0, places.next()?);
                &short
            }
        };
        let has_hash = survey.marked.any() && text.contains('#');
        if survey.is_odd() || (survey.marked.any() && text.contains('\\')) {
            return None;
        }
        let host = Host::of(first, scheme)?;
        let mut path_start = scheme + host.len;
        match bytes.get(path_start) {
            None | Some(b'/' | b'?' | b'#') => {}
            Some(b':') => path_start += port(text.get(path_start..)?)?,
            Some(_) => return None,
        }
        Some(Sketch {
            text,
            blocks,
            host: text.get(scheme..scheme + host.len)?,
            tail: host.tail,
            host_has_capitals: host.has_capitals,
            path_start,
            path_end: survey.path_end,
            has_hash,
            has_odd_segment: survey.odd_segments != 0,
        })
    }
}

/// The length of `https://` or `http://`, in any case. Control characters may pass for its signs; the survey finds them.
#[inline]
fn scheme(bytes: &[u8]) -> Option<usize> {
    const SMALL: u64 = 0x2020_2020_2020_2020;
    let word = u64::from_le_bytes(*bytes.first_chunk()?) | SMALL;
    if word == u64::from_le_bytes(*b"https://") {
        Some(8)
    } else if word << 8 == u64::from_le_bytes(*b"\0http://") {
        Some(7)
    } else {
        None
    }
}

/// What is known about a text so far.
struct Survey {
    least: u8x16,
    most: u8x16,
    /// Where `#` or `\` stands.
    marked: u8x16,
    /// How many bytes were seen.
    seen: usize,
    /// The length of the text until the first `?` or `#` is seen.
    path_end: usize,
    /// Whether the block before ended with a slash.
    slash_before: u64,
    odd_segments: u64,
}

/// The bits of what was found in the n-th sixteen of sixty-four bytes.
#[inline]
fn bits(n: usize, found: u8x16) -> u64 {
    u64::from(found.to_bitmask()) << (16 * n)
}

impl Survey {
    fn new(len: usize) -> Self {
        let padding = u8x16::splat(PADDING);
        Self { least: padding, most: padding, marked: u8x16::ZERO, seen: 0, path_end: len, slash_before: 0, odd_segments: 0 }
    }

    /// Whether something is no printable ASCII.
    fn is_odd(&self) -> bool {
        u8x16::splat(0x21).saturating_sub(self.least) | self.most.saturating_sub(u8x16::splat(0x7e)) != u8x16::ZERO
    }

    /// The next block; of its bytes, the first `known` were seen before.
    #[inline]
    fn block(&mut self, bytes: &[u8; 64], known: usize, place: &mut Block) {
        if self.path_end < self.seen {
            self.query_block(bytes, known, place);
        } else {
            self.path_block(bytes, known, place);
        }
        self.seen += 64;
    }

    #[inline]
    fn see(&mut self, bytes: u8x16) -> u8x16 {
        self.least = self.least.min(bytes);
        self.most = self.most.max(bytes);
        let hash = bytes.simd_eq(u8x16::splat(b'#'));
        self.marked = self.marked | hash | bytes.simd_eq(u8x16::splat(b'\\'));
        hash
    }

    /// Behind the path, slashes and ends mean nothing.
    fn query_block(&mut self, bytes: &[u8; 64], known: usize, place: &mut Block) {
        let mut block = Block::default();
        for (n, chunk) in bytes.as_chunks::<16>().0.iter().enumerate() {
            let bytes = u8x16::new(*chunk);
            let is = |byte: u8| bytes.simd_eq(u8x16::splat(byte));
            self.see(bytes);
            block.ands |= bits(n, is(b'&'));
            block.equals |= bits(n, is(b'='));
            block.escapes |= bits(n, is(b'%') | is(b'+'));
        }
        *place = block.behind(known);
    }

    fn path_block(&mut self, bytes: &[u8; 64], known: usize, place: &mut Block) {
        let mut block = Block::default();
        let (mut dots, mut ends) = (0, 0);
        for (n, chunk) in bytes.as_chunks::<16>().0.iter().enumerate() {
            let bytes = u8x16::new(*chunk);
            let is = |byte: u8| bytes.simd_eq(u8x16::splat(byte));
            let hash = self.see(bytes);
            block.slashes |= bits(n, is(b'/'));
            block.ands |= bits(n, is(b'&'));
            block.equals |= bits(n, is(b'='));
            block.escapes |= bits(n, is(b'%') | is(b'+'));
            dots |= bits(n, is(b'.'));
            ends |= bits(n, is(b'?') | hash);
        }
        let block = block.behind(known);
        let (dots, ends) = (dots >> known, ends >> known);
        if ends != 0 {
            self.path_end = self.seen + ends.trailing_zeros() as usize;
        }
        // Only what stands before the first end is of the path.
        let path = (ends & ends.wrapping_neg()).wrapping_sub(1);
        self.odd_segments |= (block.slashes << 1 | self.slash_before) & (dots | block.escapes) & path;
        self.slash_before = block.slashes >> 63;
        *place = block;
    }
}

/// A host that a text begins with, behind its scheme.
struct Host {
    len: usize,
    /// Where its last two labels begin.
    tail: usize,
    has_capitals: bool,
}

impl Host {
    /// `None` where the host goes beyond the first sixty-four bytes, has an empty label, holds `--` (and so perhaps Punycode) or ends
    /// like a number.
    #[inline]
    fn of(bytes: &[u8; 64], scheme: usize) -> Option<Self> {
        let (mut allowed, mut dots, mut hyphens, mut capitals) = (0_u64, 0_u64, 0_u64, 0_u64);
        for (n, chunk) in bytes.as_chunks::<16>().0.iter().enumerate() {
            let bytes = u8x16::new(*chunk);
            let is = |byte: u8| bytes.simd_eq(u8x16::splat(byte));
            let within = |bytes: u8x16, first: u8, last: u8| {
                let from_first = bytes - u8x16::splat(first);
                from_first.min(u8x16::splat(last - first)).simd_eq(from_first)
            };
            let (slash, letter) = (is(b'/'), within(bytes | u8x16::splat(0x20), b'a', b'z'));
            // A hyphen, a dot, a slash and the digits follow one another.
            allowed |= bits(n, letter | within(bytes, b'-', b'9') | is(b'_')) & !bits(n, slash);
            dots |= bits(n, is(b'.'));
            hyphens |= bits(n, is(b'-'));
            capitals |= bits(n, within(bytes, b'A', b'Z'));
            if !(allowed >> scheme) << scheme << (48 - 16 * n) != 0 {
                break;
            }
        }
        let len = (!(allowed >> scheme)).trailing_zeros() as usize;
        if scheme + len >= 64 {
            return None;
        }
        let host = (1 << len) - 1;
        let [dots, hyphens, capitals] = [dots, hyphens, capitals].map(|bits| bits >> scheme & host);
        // Where the last label begins, and the one before it.
        let last = 64 - dots.leading_zeros() as usize;
        let tail = 64 - (dots & !(1 << last >> 1)).leading_zeros() as usize;
        let ends_well = last < len && bytes.get(scheme + last)?.is_ascii_alphabetic();
        let plain = (dots & 1 | dots & dots >> 1 | hyphens & hyphens >> 1) == 0 && ends_well;
        plain.then_some(Self { len, tail, has_capitals: capitals != 0 })
    }
}

/// The length of a port that `url` accepts, with its colon.
fn port(text: &str) -> Option<usize> {
    let len = 1 + text.bytes().skip(1).take_while(u8::is_ascii_digit).count();
    let fits = len == 1 || (len <= 6 && text.get(1..len)?.parse::<u16>().is_ok());
    (fits && matches!(text.as_bytes().get(len), None | Some(b'/' | b'?' | b'#'))).then_some(len)
}

/// The first place from `from` on that a mask has, or `len`.
#[inline]
fn next(blocks: &[Block], from: usize, len: usize, mask: impl Fn(&Block) -> u64) -> usize {
    let mut n = from / 64;
    let Some(block) = blocks.get(n) else { return len };
    let found = mask(block) >> (from % 64);
    if found != 0 {
        return from + found.trailing_zeros() as usize;
    }
    loop {
        n += 1;
        let Some(block) = blocks.get(n) else { return len };
        let found = mask(block);
        if found != 0 {
            return n * 64 + found.trailing_zeros() as usize;
        }
    }
}

impl<'t> Sketch<'t, '_> {
    /// A part of the text.
    #[inline]
    pub(crate) fn part(&self, range: Range<usize>) -> &'t str {
        self.text.get(range).unwrap_or_default()
    }

    /// Empty if it is missing.
    pub(crate) fn path(&self) -> &'t str {
        self.part(self.path_start..self.path_end)
    }

    /// What stands behind the path, with its `?` or `#`.
    pub(crate) fn behind_path(&self) -> &'t str {
        self.part(self.path_end..self.text.len())
    }

    /// Where the next slash, from `from` on, stands; the text's length if there is none.
    #[inline]
    pub(crate) fn slash(&self, from: usize) -> usize {
        next(self.blocks, from, self.text.len(), |block| block.slashes)
    }

    /// The same for `%` and `+`.
    #[inline]
    pub(crate) fn escape(&self, from: usize) -> usize {
        next(self.blocks, from, self.text.len(), |block| block.escapes)
    }

    /// The pair of the query that begins at `start`: where its name and its value end. The query ends with the text.
    #[inline]
    pub(crate) fn pair(&self, start: usize) -> (usize, usize) {
        let end = next(self.blocks, start, self.text.len(), |block| block.ands);
        let name_end = next(self.blocks, start, self.text.len(), |block| block.equals).min(end);
        (name_end, end)
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use proptest::prelude::*;

    #[test]
    fn hosts_are_plain_as_their_labels_say() {
        let host = |text: &str| {
            let text = format!("https://{text}");
            Sketcher::default().sketch(&text).map(|sketch| (sketch.host.to_owned(), sketch.tail, sketch.host_has_capitals))
        };
        assert_eq!(host("a.b.c/x"), Some(("a.b.c".to_owned(), 2, false)));
        assert_eq!(host("a_B?x"), Some(("a_B".to_owned(), 0, true)));
        for bad in ["", "/", ".a", "a..b", "a--b", "a.b.", "1.2", "a.-", "a.~", "a b", "é", &"a".repeat(57), "a:65536", "a:b"] {
            assert_eq!(host(bad), None, "{bad}");
        }
    }

    proptest! {
        #[test]
        fn a_host_is_what_a_split_finds(text in "[a-zA-Z0-9._-]{0,30}(xn--)?[a-zA-Z0-9._-]{0,40}[/?# ~]?[ -~]{0,90}") {
            let len = text.find(|c: char| !c.is_ascii_alphanumeric() && !"-._".contains(c)).unwrap_or(text.len());
            let host = &text[..len];
            prop_assume!(!text[len..].starts_with(':')); // ports have their own test
            let last = host.rsplit('.').next().unwrap_or_default();
            let plain = text.bytes().all(|b| (0x21..0x7f).contains(&b) && b != b'\\')
                && len < 56
                && host.split('.').all(|label| !label.is_empty())
                && !host.contains("--")
                && last.starts_with(|c: char| c.is_ascii_alphabetic())
                && !text[len..].starts_with(|c: char| !"/?#".contains(c));
            let tail = host.rmatch_indices('.').nth(1).map_or(0, |(at, _)| at + 1);
            let expected = plain.then(|| (host.to_owned(), tail, host.bytes().any(|b| b.is_ascii_uppercase())));
            let text = format!("https://{text}");
            let mut sketcher = Sketcher::default();
            prop_assert_eq!(sketcher.sketch(&text).map(|s| (s.host.to_owned(), s.tail, s.host_has_capitals)), expected);
        }

        #[test]
        fn separators_are_found_where_they_are(behind in "[/?#&=%+.a-c]{0,300}") {
            let text = format!("http://a.b/{behind}");
            let mut sketcher = Sketcher::default();
            let sketch = sketcher.sketch(&text).unwrap();
            let find = |from: usize, what: &[char]| text[from..].find(what).map_or(text.len(), |at| from + at);
            prop_assert_eq!(sketch.path_end, find(10, &['?', '#']));
            prop_assert_eq!(sketch.has_hash, text.contains('#'));
            let path = &text[10..sketch.path_end];
            prop_assert_eq!(sketch.has_odd_segment, ["/.", "/%", "/+"].iter().any(|odd| path.contains(odd)));
            for from in 7..=text.len() {
                prop_assert_eq!(sketch.slash(from).min(sketch.path_end), find(from, &['/']).min(sketch.path_end));
                prop_assert_eq!(sketch.escape(from), find(from, &['%', '+']));
                prop_assert_eq!(sketch.pair(from), (find(from, &['=', '&']).min(find(from, &['&'])), find(from, &['&'])));
            }
        }

        #[test]
        fn only_plain_texts_are_sketched(behind in "([!-~]{0,140}|.{0,50}|[!-~]{0,80}[\x00-\x20\x7f\\\\é][!-~]{0,80})") {
            let text = format!("http://a.b/{behind}");
            let plain = text.bytes().all(|b| matches!(b, 0x21..=0x7e) && b != b'\\');
            prop_assert_eq!(Sketcher::default().sketch(&text).is_some(), plain);
        }
    }
}

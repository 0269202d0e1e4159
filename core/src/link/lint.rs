use super::networks::{Mode, Reader};
use super::parts::Parts;
use super::repair::Repaired;
use super::template::Place;
use crate::error::{quote, words};
use crate::{Error, ErrorCode, Result};
use serde::{Deserialize, Serialize};
use std::ops::Range;

words! {
    /// What is odd about a link.
    ///
    /// # Example
    /// ```
    /// assert_eq!(sentby::LinkWarning::MissingAffiliate.as_str(), "missing_affiliate");
    /// ```
    pub LinkWarning: "warning" {
        /// A slot holds the text of a template, such as `{affiliate}` or `YOUR_ID`.
        Placeholder => "placeholder",
        /// `&amp;` was turned back into `&`.
        HtmlEscaped => "html_escaped",
        /// White space before or after the URL was cut off.
        SurroundingSpace => "surrounding_space",
        /// Quotes or brackets around the URL were cut off.
        SurroundingQuotes => "surrounding_quotes",
        /// Text glued on behind a blank was cut off.
        TrailingGarbage => "trailing_garbage",
        /// The scheme was missing; `https` is assumed.
        MissingScheme => "missing_scheme",
        /// The network is known, but there is no affiliate, no click id, and the link is not opaque.
        MissingAffiliate => "missing_affiliate",
        /// A parameter occurs more than once, always with the same value.
        DuplicateParameter => "duplicate_parameter",
        /// A parameter, or two names of one slot, have different values.
        ConflictingDuplicate => "conflicting_duplicate",
        /// A generic parameter on an unknown host holds a network's name.
        NetworkNameAsAffiliate => "network_name_as_affiliate",
        /// Ids of another network stand in the same URL.
        SecondNetwork => "second_network",
        /// Parameters follow `&` without a `?`.
        NoQuerySeparator => "no_query_separator",
        /// Parameters stand behind a `?` inside the fragment.
        QueryInFragment => "query_in_fragment",
        /// A second `?` stands unencoded in the query.
        NestedQuery => "nested_query",
        /// An id was read from a host written with capitals; hosts have no case, so the id's case is unsure.
        HostCaseFolded => "host_case_folded",
        /// The network is known by its host; its ids are encoded and not readable offline.
        OpaqueLink => "opaque_link",
        /// A value is over 256 bytes, holds control characters, or is not encoded as its network does; it was left out.
        UnreadableValue => "unreadable_value",
        /// A value is still percent-encoded after it was decoded once.
        DoubleEncoded => "double_encoded",
        /// An id holds letters outside ASCII, which may only look like the ones meant.
        NonAsciiId => "non_ascii_id",
        /// A user name stands before the host; what looks like the host may not be it.
        UserInfo => "user_info",
    }
}

impl LinkWarning {
    pub(crate) fn bit(self) -> u32 {
        1 << self as u32
    }

    pub(crate) fn set(bits: u32) -> Vec<Self> {
        Self::ALL.iter().copied().filter(|warning| bits & warning.bit() != 0).collect()
    }

    fn sentence(self, text: &str) -> String {
        let text = quote(text);
        match self {
            Self::Placeholder => format!("{text} is the text of a template; put the real value in its place"),
            Self::HtmlEscaped => format!("{text} is `&`, escaped for HTML; write `&`"),
            Self::SurroundingSpace => "white space around the URL does not belong to it".into(),
            Self::SurroundingQuotes => format!("{text} around the URL does not belong to it"),
            Self::TrailingGarbage => format!("text is glued on behind a blank: {text}"),
            Self::MissingScheme => "the scheme is missing; write `https://` before it".into(),
            Self::MissingAffiliate => "the link names no affiliate; nobody will be credited".into(),
            Self::DuplicateParameter => format!("{text} stands there more than once, with the same value"),
            Self::ConflictingDuplicate => format!("{text} contradicts another parameter of the same meaning"),
            Self::NetworkNameAsAffiliate => format!("{text} holds the name of a network, not of an affiliate"),
            Self::SecondNetwork => format!("{text} is the id of a second network"),
            Self::NoQuerySeparator => "parameters begin without a `?`; write `?` instead of the first `&`".into(),
            Self::QueryInFragment => format!("{text} stands behind the `#`; servers never see it"),
            Self::NestedQuery => format!("{text} holds a second `?`; percent-encode the inner URL"),
            Self::HostCaseFolded => format!("an id stands in the host {text}, which has no case; its capitals may be lost"),
            Self::OpaqueLink => "the ids of this link are encoded; only its network can read them".into(),
            Self::UnreadableValue => format!("{text} is over 256 bytes, holds control characters, or is not encoded as the network does"),
            Self::DoubleEncoded => format!("{text} is percent-encoded twice"),
            Self::NonAsciiId => format!("{text} holds letters outside ASCII, which may only look like the ones meant"),
            Self::UserInfo => format!("{text} holds a user name before the `@`; the host is what follows it"),
        }
    }
}

/// One thing that is odd about a link, and where.
///
/// # Example
/// ```
/// let findings = sentby::lint("https://hop.clickbank.net/?affiliate=bonnie&amp;vendor=clyde")?;
/// assert_eq!(findings[0].code, sentby::LinkWarning::HtmlEscaped);
/// assert_eq!((findings[0].start, findings[0].end), (43, 48));
/// # Ok::<(), sentby::Error>(())
/// ```
#[derive(Clone, Debug, PartialEq, Eq, Hash, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct Finding {
    /// What it is.
    pub code: LinkWarning,
    /// What it is here, and what to do, in words.
    pub sentence: String,
    /// Where it begins, in bytes of the UTF-8 text.
    pub start: u32,
    /// Where it ends, in bytes; the end itself is not part of it.
    pub end: u32,
}

/// Everything that is odd about a link that someone pasted, in order of place.
///
/// The text is read as [`read_lenient`](crate::read_lenient) reads it. No findings is a good sign, also for what is no affiliate link.
///
/// # Errors
/// `link_invalid` if the text is not a URL and cannot be repaired, `too_large` above 4 GiB.
///
/// # Example
/// ```
/// let findings = sentby::lint("https://www.copecart.com/products/{product-ID}/p/anna/")?;
/// assert_eq!(findings[0].code.as_str(), "placeholder");
/// assert_eq!(findings[0].sentence, "`{product-ID}` is the text of a template; put the real value in its place");
/// # Ok::<(), sentby::Error>(())
/// ```
pub fn lint(url: &str) -> Result<Vec<Finding>> {
    if u32::try_from(url.len()).is_err() {
        return Err(Error::new(ErrorCode::TooLarge, "the text is above 4 GiB"));
    }
    let repaired = Repaired::of(url);
    let mut found = repaired.done.clone();
    let layout = Layout::of(&repaired.text);
    if let Some(parts) = Parts::of(&repaired.text)? {
        let mut reader = Reader::default();
        let sight = reader.read(&parts, Mode { lenient: true, places: true, ..Mode::default() });
        for (warning, place) in sight.notes.places.iter().flatten() {
            found.push((*warning, repaired.given(layout.range(*place))));
        }
        if repaired.text.get(layout.authority.clone()).is_some_and(|authority| authority.contains('@')) {
            found.push((LinkWarning::UserInfo, repaired.given(layout.authority.clone())));
        }
    }
    found.sort_by_key(|(warning, range)| (range.start, range.end, *warning));
    found.dedup();
    let finding = |(code, range): (LinkWarning, Range<usize>)| {
        let sentence = code.sentence(url.get(range.clone()).unwrap_or_default());
        // INVARIANT: the text's length was found to fit.
        Finding { code, sentence, start: range.start as u32, end: range.end as u32 }
    };
    Ok(found.into_iter().map(finding).collect())
}

/// Whether a value is the text of a template: in `{}`, `[]` or `<>`, `YOUR_..`, `DEIN_..`, `.._ID`, or the slot's own name.
pub(super) fn is_placeholder(slot: &str, text: &str) -> bool {
    let bytes = text.as_bytes();
    let begins = |mark: &str| text.get(..mark.len()).is_some_and(|t| t.eq_ignore_ascii_case(mark));
    match (bytes.first(), bytes.last()) {
        (Some(b'{' | b'$' | b'#'), Some(b'}')) | (Some(b'['), Some(b']')) | (Some(b'<'), Some(b'>')) => true,
        (Some(b'Y' | b'y' | b'D' | b'd'), _) if ["YOUR_", "YOUR-", "DEIN_", "DEIN-", "DEINE_", "DEINE-"].iter().any(|m| begins(m)) => true,
        (_, Some(b'D')) if text.ends_with("_ID") || text.ends_with("-ID") => true,
        (Some(first), _) => {
            let name = slot.as_bytes();
            name.first().is_some_and(|n| n.eq_ignore_ascii_case(first)) && text.len() <= slot.len() + 3 && is_own_name(slot, text)
        }
        (None, _) => false,
    }
}

/// `affiliate`, `AffiliateID`, `affiliate-id` and so on.
fn is_own_name(slot: &str, text: &str) -> bool {
    let letters = |text: &str| text.bytes().filter(|b| !matches!(b, b'_' | b'-')).map(|b| b.to_ascii_lowercase()).collect::<Vec<u8>>();
    let (slot, text) = (letters(slot), letters(text));
    text == slot || (text.strip_suffix(b"id") == Some(&slot))
}

/// Where the parts of a URL stand in its text.
struct Layout {
    authority: Range<usize>,
    path: Range<usize>,
    query: Range<usize>,
    fragment: Range<usize>,
    whole: Range<usize>,
    segments: Vec<Range<usize>>,
    pairs: [Vec<Range<usize>>; 2],
}

impl Layout {
    fn of(text: &str) -> Self {
        let find = |from: usize, marks: &[char]| text.get(from..).and_then(|rest| rest.find(marks)).map_or(text.len(), |at| from + at);
        let start = text.find("//").map_or(0, |at| at + 2);
        let path = find(start, &['/', '\\', '?', '#']);
        let query = find(path, &['?', '#']);
        let fragment = find(query, &['#']);
        let behind = |at: usize| (at + 1).min(text.len());
        let ranges = |range: Range<usize>, mark: char| {
            let mut at = range.start;
            let mut list = Vec::new();
            for piece in text.get(range).unwrap_or_default().split(mark) {
                list.push(at..at + piece.len());
                at += piece.len() + 1;
            }
            list
        };
        let path = path..query;
        let query = if query == fragment { query..query } else { behind(query)..fragment };
        let fragment = behind(fragment)..text.len();
        // Dot segments and backslashes are resolved before a path is read; its parts are then no longer those of the text.
        let given = text.get(path.clone()).unwrap_or_default();
        let resolved = given.contains("/.") || given.contains('\\') || given.to_ascii_lowercase().contains("/%2e");
        Self {
            authority: start..path.start,
            segments: if resolved { Vec::new() } else { ranges(behind(path.start).min(path.end)..path.end, '/') },
            pairs: [ranges(query.clone(), '&'), ranges(fragment.clone(), '&')],
            path,
            query,
            fragment,
            whole: 0..text.len(),
        }
    }

    fn range(&self, place: Place) -> Range<usize> {
        let [query, fragment] = &self.pairs;
        let (part, n, otherwise) = match place {
            Place::Whole => return self.whole.clone(),
            Place::Host => return self.authority.clone(),
            Place::Segment(n) => (&self.segments, n, &self.path),
            Place::Query(n) => (query, n, &self.query),
            Place::Fragment(n) => (fragment, n, &self.fragment),
        };
        part.get(n).unwrap_or(otherwise).clone()
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn template_text_is_told_from_ids() {
        for (slot, text) in [
            ("affiliate", "{affiliate-ID}"),
            ("sub1", "[tracking_ref]"),
            ("product", "YOUR_PRODUCT_ID"),
            ("product", "DEIN_PRODUKT_ID"),
            ("product", "PRODUCT_ID"),
            ("affiliate", "affiliate"),
            ("affiliate", "Affiliate-Id"),
            ("click_id", "clickid"),
            ("campaign", "<campaign>"),
            ("affiliate", "${aff}"),
        ] {
            assert!(is_placeholder(slot, text), "{slot} {text}");
        }
        for (slot, text) in
            [("affiliate", "anna"), ("affiliate", "affiliate7"), ("product", "affiliate"), ("sub1", "subid1"), ("affiliate", "")]
        {
            assert!(!is_placeholder(slot, text), "{slot} {text}");
        }
    }
}

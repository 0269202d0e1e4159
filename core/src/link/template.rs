use super::parts::{Parts, decode, encode_into};
use crate::error::quote;
use crate::id::{check_text, has_control};
use crate::{Error, ErrorCode, Referral, Result};
use std::borrow::Cow;

/// A link's shape: `copecart.com/products/{product}/p/{affiliate}`.
///
/// Slots stand in host labels, the path, query values or the fragment. A host also stands for its
/// `www.` form; `*` as the first label is one or more labels; `*` as the last path segment is any further path. Query
/// parameters come in any order and, like slots at the end of the path, may be missing; a trailing slash does not matter.
#[derive(Clone, Debug)]
pub(crate) struct Template {
    pub(crate) text: String,
    scheme: &'static str,
    /// From left to right, without `www`.
    host: Vec<Label>,
    /// Host and port as the template writes them, for building.
    authority: Vec<Piece>,
    path: Vec<Vec<Piece>>,
    any_path: bool,
    trailing_slash: bool,
    query: Vec<(String, Vec<Piece>)>,
    fragment: Fragment,
}

#[derive(Clone, Debug, PartialEq, Eq)]
enum Label {
    Literal(String),
    Slot(Slot),
    Any,
}

#[derive(Clone, Debug, PartialEq, Eq)]
enum Piece {
    Literal(String),
    Slot(Slot),
}

#[derive(Clone, Debug)]
enum Fragment {
    None,
    Whole(Vec<Piece>),
    Parameters(Vec<(String, Vec<Piece>)>),
}

#[derive(Clone, Copy, Debug, PartialEq, Eq)]
enum Slot {
    Product,
    Affiliate,
    Campaign,
    ClickId,
    Sub(u8),
    Destination,
    /// `{_}`: any text, ignored.
    Ignored,
}

const SLOTS: [(&str, Slot); 11] = [
    ("product", Slot::Product),
    ("affiliate", Slot::Affiliate),
    ("campaign", Slot::Campaign),
    ("click_id", Slot::ClickId),
    ("sub1", Slot::Sub(1)),
    ("sub2", Slot::Sub(2)),
    ("sub3", Slot::Sub(3)),
    ("sub4", Slot::Sub(4)),
    ("sub5", Slot::Sub(5)),
    ("destination", Slot::Destination),
    ("_", Slot::Ignored),
];

impl Template {
    pub(crate) fn parse(text: &str) -> Result<Self> {
        let invalid = |why: &str| Error::new(ErrorCode::TemplateInvalid, format!("{} {why}", quote(text)));
        if text.len() > 1024 || !text.bytes().all(|b| matches!(b, 0x21..=0x7e) && !b"\\\"<>^`|".contains(&b)) {
            return Err(invalid("is over 1024 bytes, or holds a character that a URL does not"));
        }
        let (scheme, rest) = match (text.strip_prefix("https://"), text.strip_prefix("http://")) {
            (Some(rest), _) => ("https", rest),
            (None, Some(rest)) => ("http", rest),
            (None, None) => ("https", text),
        };
        let (rest, fragment) = rest.split_once('#').map_or((rest, None), |(a, b)| (a, Some(b)));
        let (rest, query) = rest.split_once('?').map_or((rest, None), |(a, b)| (a, Some(b)));
        let (authority, path) = match rest.find('/') {
            Some(at) => rest.split_at(at),
            None => (rest, "/"),
        };
        let host = authority.split_once(':').map_or(authority, |(host, _)| host);
        let mut segments: Vec<&str> = path.split('/').skip(1).collect();
        let trailing_slash = segments.len() > 1 && segments.last() == Some(&"");
        if segments.last() == Some(&"") {
            segments.pop();
        }
        let any_path = segments.last() == Some(&"*");
        if any_path {
            segments.pop();
        }
        let template = Self {
            text: text.into(),
            scheme,
            host: host_labels(host).map_err(|why| invalid(&why))?,
            authority: pieces(authority).map_err(|why| invalid(&why))?,
            path: segments.iter().map(|s| pieces(s)).collect::<std::result::Result<_, _>>().map_err(|why| invalid(&why))?,
            any_path,
            trailing_slash,
            query: parameters(query.unwrap_or_default()).map_err(|why| invalid(&why))?,
            fragment: match fragment {
                None => Fragment::None,
                Some(text) if text.contains('=') => Fragment::Parameters(parameters(text).map_err(|why| invalid(&why))?),
                Some(text) => Fragment::Whole(pieces(text).map_err(|why| invalid(&why))?),
            },
        };
        template.check_slots().map_err(|why| invalid(&why))?;
        Ok(template)
    }

    fn check_slots(&self) -> std::result::Result<(), String> {
        let mut slots = Vec::new();
        for label in &self.host {
            if let Label::Slot(slot) = label {
                slots.push(*slot);
            }
        }
        let fragment: Vec<&Vec<Piece>> = match &self.fragment {
            Fragment::None => Vec::new(),
            Fragment::Whole(pieces) => vec![pieces],
            Fragment::Parameters(list) => list.iter().map(|(_, value)| value).collect(),
        };
        for piece in self.path.iter().chain(self.query.iter().map(|(_, value)| value)).chain(fragment).flatten() {
            if let Piece::Slot(slot) = piece {
                slots.push(*slot);
            }
        }
        for (n, slot) in slots.iter().enumerate() {
            if *slot != Slot::Ignored && slots.iter().take(n).any(|earlier| earlier == slot) {
                return Err(format!("uses {{{}}} twice", slot.name()));
            }
        }
        if slots.contains(&Slot::Affiliate) { Ok(()) } else { Err("has no {affiliate}".into()) }
    }

    /// What the parts say, if they have this shape and fill at least one slot.
    pub(crate) fn read(&self, parts: &Parts<'_>) -> Result<Option<Referral>> {
        let mut found = Found::default();
        if !self.read_host(&parts.host, &mut found) || !self.read_path(&parts.path, &mut found) {
            return Ok(None);
        }
        if !read_parameters(&self.query, parts.query.as_deref().unwrap_or_default(), &mut found) {
            return Ok(None);
        }
        let fragment = parts.fragment.as_deref().unwrap_or_default();
        let fits = match &self.fragment {
            Fragment::None => true,
            Fragment::Whole(pieces) => fragment.is_empty() || read_pieces(pieces, &decode(fragment, false), &mut found),
            Fragment::Parameters(list) => read_parameters(list, fragment, &mut found),
        };
        if !fits || found.filled == 0 {
            return Ok(None);
        }
        found.checked().map(Some)
    }

    fn read_host(&self, host: &str, found: &mut Found) -> bool {
        let host = host.get(..4).filter(|p| p.eq_ignore_ascii_case("www.")).map_or(host, |_| host.get(4..).unwrap_or_default());
        let labels: Vec<&str> = host.split('.').collect();
        let (wanted, given): (&[Label], &[&str]) = match self.host.split_first() {
            // `*` takes all labels but those that the rest needs, and at least one.
            Some((Label::Any, rest)) => match labels.len().checked_sub(rest.len()).filter(|n| *n > 0).and_then(|n| labels.get(n..)) {
                Some(given) => (rest, given),
                None => return false,
            },
            Some(_) | None => (&self.host, &labels),
        };
        wanted.len() == given.len()
            && wanted.iter().zip(given).all(|(wanted, given)| match wanted {
                Label::Literal(text) => text.eq_ignore_ascii_case(given),
                Label::Slot(slot) => found.fill(*slot, given),
                Label::Any => true,
            })
    }

    fn read_path(&self, path: &str, found: &mut Found) -> bool {
        let mut given = path.split('/').skip(1).peekable();
        for (n, wanted) in self.path.iter().enumerate() {
            let rest_is_slots = || self.path.iter().skip(n).all(|s| matches!(s.as_slice(), [Piece::Slot(_)]));
            match given.next() {
                Some(segment) if !segment.is_empty() => {
                    if !read_pieces(wanted, &decode(segment, false), found) {
                        return false;
                    }
                }
                // Slots at the end may be missing, after a trailing slash or without one.
                Some(_) => return given.peek().is_none() && rest_is_slots(),
                None => return rest_is_slots(),
            }
        }
        self.any_path || matches!((given.next(), given.next()), (None, _) | (Some(""), None))
    }

    /// The URL of a referral; `None` if the template lacks a place for a value, or a value for a place.
    pub(crate) fn build(&self, referral: &Referral) -> Option<String> {
        let mut open: usize = values(referral).count();
        let mut url = format!("{}://", self.scheme);
        for piece in &self.authority {
            match piece {
                Piece::Literal(text) => url.push_str(text.strip_prefix("*.").unwrap_or(text)),
                Piece::Slot(slot) => {
                    let value = slot.value(referral)?;
                    let fits =
                        (1..=63).contains(&value.len()) && value.bytes().all(|b| b.is_ascii_alphanumeric() || b == b'-' || b == b'_');
                    open -= 1;
                    url.push_str(Some(value).filter(|_| fits)?);
                }
            }
        }
        let ends = self
            .path
            .iter()
            .rposition(|s| !matches!(s.as_slice(), [Piece::Slot(slot)] if slot.value(referral).is_none()))
            .map_or(0, |n| n + 1);
        for segment in self.path.iter().take(ends) {
            url.push('/');
            build_pieces(segment, referral, &mut url, &mut open)?;
        }
        if self.trailing_slash || ends == 0 {
            url.push('/');
        }
        build_parameters(&self.query, referral, &mut url, '?', &mut open)?;
        match &self.fragment {
            Fragment::None => {}
            Fragment::Whole(pieces) => {
                url.push('#');
                build_pieces(pieces, referral, &mut url, &mut open)?;
            }
            Fragment::Parameters(list) => build_parameters(list, referral, &mut url, '#', &mut open)?,
        }
        (open == 0).then_some(url)
    }
}

/// Values on their way into a referral.
#[derive(Default)]
struct Found {
    referral: Referral,
    filled: usize,
}

impl Found {
    /// Fills a slot; an empty value counts as missing. Always true, so that it reads well in a condition.
    fn fill(&mut self, slot: Slot, value: &str) -> bool {
        let Referral { product, affiliate, campaign, click_id, sub_ids, destination } = &mut self.referral;
        let place = match slot {
            Slot::Ignored => return true,
            Slot::Product => product,
            Slot::Affiliate => affiliate,
            Slot::Campaign => campaign,
            Slot::ClickId => click_id,
            Slot::Destination => destination,
            Slot::Sub(_) => {
                if !value.is_empty() {
                    self.filled += usize::from(sub_ids.insert(slot.name().into(), value.into()).is_none());
                }
                return true;
            }
        };
        if !value.is_empty() && place.is_none() {
            *place = Some(value.into());
            self.filled += 1;
        }
        true
    }

    fn checked(self) -> Result<Referral> {
        for (name, value) in values(&self.referral) {
            // A destination is a whole URL; it may be long.
            match name {
                "destination" if !has_control(value) => {}
                _ => check_text(name, value)?,
            }
        }
        Ok(self.referral)
    }
}

impl Slot {
    fn name(self) -> &'static str {
        SLOTS.iter().find(|(_, slot)| *slot == self).map_or("_", |(name, _)| name)
    }

    fn value(self, referral: &Referral) -> Option<&str> {
        values(referral).find(|(name, _)| *name == self.name()).map(|(_, value)| value)
    }
}

/// The values that a referral holds, by their slots' names.
fn values(referral: &Referral) -> impl Iterator<Item = (&str, &str)> {
    let Referral { product, affiliate, campaign, click_id, sub_ids, destination } = referral;
    let single =
        [("product", product), ("affiliate", affiliate), ("campaign", campaign), ("click_id", click_id), ("destination", destination)];
    single
        .into_iter()
        .filter_map(|(name, value)| Some((name, value.as_deref()?)))
        .chain(sub_ids.iter().map(|(name, value)| (name.as_str(), value.as_str())))
}

/// Splits `p-{affiliate}` into its pieces; two slots need text between them.
fn pieces(text: &str) -> std::result::Result<Vec<Piece>, String> {
    let mut pieces = Vec::new();
    let mut rest = text;
    while let Some((before, after)) = rest.split_once('{') {
        let (name, after) = after.split_once('}').ok_or("has a { without a }")?;
        let slot = SLOTS.iter().find(|(known, _)| *known == name).map(|(_, slot)| *slot);
        let slot = slot.ok_or_else(|| format!("has an unknown slot {{{name}}}; known are {}", SLOTS.map(|(known, _)| known).join(", ")))?;
        if !before.is_empty() {
            pieces.push(Piece::Literal(decode(before, false).into_owned()));
        } else if !pieces.is_empty() {
            return Err("has two slots with nothing between them".into());
        }
        pieces.push(Piece::Slot(slot));
        rest = after;
    }
    if rest.contains('}') {
        return Err("has a } without a {".into());
    }
    if !rest.is_empty() {
        pieces.push(Piece::Literal(decode(rest, false).into_owned()));
    }
    Ok(pieces)
}

fn host_labels(host: &str) -> std::result::Result<Vec<Label>, String> {
    let host = host.strip_prefix("www.").unwrap_or(host);
    let mut labels = Vec::new();
    for (n, label) in host.split('.').enumerate() {
        labels.push(match pieces(label)?.as_slice() {
            [Piece::Literal(text)] if text == "*" && n == 0 => Label::Any,
            [Piece::Literal(text)] if text.bytes().all(|b| b.is_ascii_alphanumeric() || b == b'-' || b == b'_') => {
                Label::Literal(text.clone())
            }
            [Piece::Slot(slot)] => Label::Slot(*slot),
            _ => return Err("has a host label that is neither a name nor one slot".into()),
        });
    }
    let named = labels.iter().rev().take_while(|label| matches!(label, Label::Literal(_))).count();
    let alone = labels.len() == 1 && named == 1; // localhost
    if named >= 2 || alone { Ok(labels) } else { Err("does not end in a host name, such as shop.example".into()) }
}

type Parameters = Vec<(String, Vec<Piece>)>;

fn parameters(text: &str) -> std::result::Result<Parameters, String> {
    let mut list: Parameters = Vec::new();
    for pair in text.split('&').filter(|pair| !pair.is_empty()) {
        let (name, value) = pair.split_once('=').ok_or("has a parameter without =")?;
        let name = decode(name, true).into_owned();
        if name.is_empty() || list.iter().any(|(known, _)| *known == name) {
            return Err(format!("has the parameter {} twice, or one without a name", quote(&name)));
        }
        list.push((name, pieces(value)?));
    }
    Ok(list)
}

/// Whether the given parameters fit: literal values must be there, slots may be missing; the first of a name counts.
fn read_parameters(wanted: &[(String, Vec<Piece>)], given: &str, found: &mut Found) -> bool {
    wanted.iter().all(|(name, value)| {
        let pairs = given.split('&').map(|pair| pair.split_once('=').unwrap_or((pair, "")));
        let first = pairs.into_iter().find(|(key, _)| decode(key, true) == name.as_str()).map(|(_, text)| decode(text, true));
        match (value.as_slice(), first) {
            ([Piece::Slot(_)], None) => true,
            ([Piece::Slot(_)], Some(text)) if text.is_empty() => true,
            (_, Some(text)) => read_pieces(value, &text, found),
            (_, None) => false,
        }
    })
}

/// Matches decoded text; a slot takes what stands before the first occurrence of the literal behind it.
fn read_pieces(pieces: &[Piece], text: &str, found: &mut Found) -> bool {
    let mut rest = text;
    for (n, piece) in pieces.iter().enumerate() {
        match (piece, pieces.get(n + 1)) {
            (Piece::Literal(literal), _) => match rest.strip_prefix(literal.as_str()) {
                Some(after) => rest = after,
                None => return false,
            },
            (Piece::Slot(slot), Some(Piece::Literal(literal))) => match rest.find(literal.as_str()) {
                Some(at) if at > 0 => {
                    let (value, after) = rest.split_at(at);
                    found.fill(*slot, value);
                    rest = after;
                }
                Some(_) | None => return false,
            },
            (Piece::Slot(slot), Some(Piece::Slot(_)) | None) => {
                if rest.is_empty() {
                    return false;
                }
                found.fill(*slot, rest);
                rest = "";
            }
        }
    }
    rest.is_empty()
}

fn build_pieces(pieces: &[Piece], referral: &Referral, url: &mut String, open: &mut usize) -> Option<()> {
    for piece in pieces {
        match piece {
            Piece::Literal(text) => encode_into(url, text),
            Piece::Slot(slot) => {
                let value = slot.value(referral)?;
                *open -= 1;
                encode_into(url, value);
            }
        }
    }
    Some(())
}

fn build_parameters(list: &[(String, Vec<Piece>)], referral: &Referral, url: &mut String, mut glue: char, open: &mut usize) -> Option<()> {
    for (name, value) in list {
        if matches!(value.as_slice(), [Piece::Slot(slot)] if slot.value(referral).is_none()) {
            continue;
        }
        url.push(glue);
        glue = '&';
        encode_into(url, name);
        url.push('=');
        build_pieces(value, referral, url, open)?;
    }
    Some(())
}

impl Referral {
    /// The template's text of a value, for messages.
    pub(crate) fn holds(&self) -> String {
        let names: Vec<Cow<'_, str>> = values(self).map(|(name, _)| Cow::Owned(format!("{{{name}}}"))).collect();
        if names.is_empty() { "nothing".into() } else { names.join(", ") }
    }
}

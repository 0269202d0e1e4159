use super::parts::{Parts, decode, decode_ascii, encode_into};
use super::pieces::{self, Form, Piece, Slot, Values, cut, fit, parameters, pieces};
use super::scan::find;
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
    /// From left to right, without `www`. None at all stands for any host; the path may then begin anywhere.
    pub(super) host: Vec<Label>,
    /// Host and port as the template writes them, for building.
    authority: Vec<Piece>,
    pub(super) path: Vec<Vec<Piece>>,
    pub(super) any_path: bool,
    trailing_slash: bool,
    /// From which segment on the path holds `name:value` parts, as Partnerize's does.
    pub(super) named_from: Option<usize>,
    pub(super) query: Parameters,
    /// A parameter whose value is a query of its own.
    pub(super) inner: Option<(String, Parameters)>,
    pub(super) fragment: Fragment,
}

pub(super) type Parameters = Vec<(String, Vec<Piece>)>;

#[derive(Clone, Debug, PartialEq, Eq)]
pub(super) enum Label {
    Literal(String),
    Slot(Slot),
    Any,
}

#[derive(Clone, Debug)]
pub(super) enum Fragment {
    None,
    Whole(Vec<Piece>),
    Parameters(Parameters),
}

/// Where in a URL something stands.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) enum Place {
    Whole,
    Host,
    Segment(usize),
    /// The n-th pair of the query.
    Query(usize),
    /// The n-th pair of the fragment.
    Fragment(usize),
}

impl Template {
    /// The template of a program.
    pub(crate) fn parse(text: &str) -> Result<Self> {
        let invalid = |why: &str| Error::new(ErrorCode::TemplateInvalid, format!("{} {why}", quote(text)));
        let template = Self::parse_any(text).map_err(|why| invalid(&why))?;
        if template.host.is_empty() {
            return Err(invalid("does not end in a host name, such as shop.example"));
        }
        template.check_slots().map_err(|why| invalid(&why))?;
        Ok(template)
    }

    /// A template of a program or a network; the latter may begin with its path.
    pub(super) fn parse_any(text: &str) -> std::result::Result<Self, String> {
        if text.len() > 1024 || !text.bytes().all(|b| matches!(b, 0x21..=0x7e) && !b"\\\"<>^`|".contains(&b)) {
            return Err("is over 1024 bytes, or holds a character that a URL does not".into());
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
        let path = segments.iter().map(|s| pieces(s)).collect::<std::result::Result<Vec<_>, _>>()?;
        Ok(Self {
            text: text.into(),
            scheme,
            host: if authority.is_empty() && text.starts_with('/') { Vec::new() } else { host_labels(host)? },
            authority: pieces(authority)?,
            path,
            any_path,
            trailing_slash,
            named_from: None,
            query: parameters(query.unwrap_or_default())?,
            inner: None,
            fragment: match fragment {
                None => Fragment::None,
                Some(text) if text.contains('=') => Fragment::Parameters(parameters(text)?),
                Some(text) => Fragment::Whole(pieces(text)?),
            },
        })
    }

    fn check_slots(&self) -> std::result::Result<(), String> {
        for list in [&self.query, self.fragment.parameters()] {
            for (n, (name, _)) in list.iter().enumerate() {
                if name.is_empty() || list.iter().take(n).any(|(known, _)| known == name) {
                    return Err(format!("has the parameter {} twice, or one without a name", quote(name)));
                }
            }
        }
        let labels = self.host.iter().filter_map(|label| if let Label::Slot(slot) = label { Some((*slot, Form::Plain)) } else { None });
        let slots: Vec<(Slot, Form)> = labels.chain(self.pieces().flatten().filter_map(Piece::slot)).collect();
        for (n, (slot, form)) in slots.iter().enumerate() {
            if *form != Form::Plain || *slot == Slot::Sub(6) {
                return Err(format!("has an unknown slot {{{}}}", slot.name()));
            }
            if *slot != Slot::Ignored && slots.iter().take(n).any(|(earlier, _)| earlier == slot) {
                return Err(format!("uses {{{}}} twice", slot.name()));
            }
        }
        if slots.iter().any(|(slot, _)| *slot == Slot::Affiliate) { Ok(()) } else { Err("has no {affiliate}".into()) }
    }

    /// All pieces behind the host.
    fn pieces(&self) -> impl Iterator<Item = &Vec<Piece>> {
        let whole = if let Fragment::Whole(pieces) = &self.fragment { Some(pieces) } else { None };
        let values = self.query.iter().chain(self.fragment.parameters()).map(|(_, value)| value);
        self.path.iter().chain(values).chain(whole)
    }

    /// The names of the parameters that carry values.
    pub(crate) fn parameter_names(&self) -> impl Iterator<Item = &str> {
        let carries = |pieces: &[Piece]| pieces.iter().any(|p| p.slot().is_some_and(|(slot, _)| slot != Slot::Ignored));
        self.query.iter().chain(self.fragment.parameters()).filter(move |(_, value)| carries(value)).map(|(name, _)| name.as_str())
    }

    pub(crate) fn is_insecure(&self) -> bool {
        self.scheme == "http"
    }

    /// What the parts say, if they have this shape and fill at least one slot.
    pub(crate) fn read(&self, parts: &Parts<'_>) -> Result<Option<Referral>> {
        let mut values = Values::default();
        let mut fill = |slot: Slot, _: Form, _: Place, value| _ = values.fill(slot, slot.name(), value);
        if !self.read_host(&parts.host, &mut fill) || !self.read_path(&parts.path, &mut fill) {
            return Ok(None);
        }
        if !read_parameters(&self.query, parts.query.as_deref().unwrap_or_default(), &mut fill) {
            return Ok(None);
        }
        let fragment = parts.fragment.as_deref().unwrap_or_default();
        let fits = match &self.fragment {
            Fragment::None => true,
            Fragment::Whole(pieces) => fragment.is_empty() || read_pieces(pieces, decode(fragment, false), Place::Whole, &mut fill),
            Fragment::Parameters(list) => read_parameters(list, fragment, &mut fill),
        };
        if !fits || values.is_empty() {
            return Ok(None);
        }
        let referral = values.into_referral();
        for (name, value) in of(&referral) {
            // A destination is a whole URL; it may be long.
            match name {
                "destination" if !has_control(value) => {}
                _ => check_text(name, value)?,
            }
        }
        Ok(Some(referral))
    }

    pub(super) fn read_host<'a>(&self, host: &'a str, fill: &mut impl FnMut(Slot, Form, Place, Cow<'a, str>)) -> bool {
        if self.host.is_empty() {
            return true;
        }
        let host = host.get(..4).filter(|p| p.eq_ignore_ascii_case("www.")).map_or(host, |_| host.get(4..).unwrap_or_default());
        let labels = host.split('.').count();
        let (wanted, skip): (&[Label], usize) = match self.host.split_first() {
            // `*` takes all labels but those that the rest needs, and at least one.
            Some((Label::Any, rest)) => match labels.checked_sub(rest.len()) {
                Some(taken) if taken > 0 => (rest, taken),
                Some(_) | None => return false,
            },
            Some(_) | None => (&self.host, 0),
        };
        wanted.len() == labels - skip
            && host.split('.').all(|label| !label.is_empty())
            && wanted.iter().zip(host.split('.').skip(skip)).all(|(wanted, given)| match wanted {
                Label::Literal(text) => text.eq_ignore_ascii_case(given),
                Label::Slot(slot) => {
                    fill(*slot, Form::Plain, Place::Host, Cow::Borrowed(given));
                    true
                }
                Label::Any => true,
            })
    }

    pub(super) fn is_any_path(&self) -> bool {
        self.path.is_empty() && self.any_path
    }

    /// The fixed text that the path begins with, and whether that is all of it.
    pub(super) fn fixed_path(&self) -> (String, bool) {
        let mut start = String::new();
        if self.host.is_empty() {
            return (start, false);
        }
        for segment in self.path.iter().take(self.named_from.unwrap_or(self.path.len())) {
            match segment.as_slice() {
                [Piece::Literal(text)] => {
                    start.push('/');
                    start.push_str(text);
                }
                [Piece::Literal(text), ..] => {
                    start.push('/');
                    start.push_str(text);
                    return (start, false);
                }
                _ => return (start, false),
            }
        }
        (start, !self.any_path && self.named_from.is_none())
    }

    pub(super) fn read_path<'a>(&self, path: &'a str, fill: &mut impl FnMut(Slot, Form, Place, Cow<'a, str>)) -> bool {
        let is_escaped = find(path.as_bytes(), b'%').is_some();
        if !self.host.is_empty() {
            return self.read_path_from(path, 0, is_escaped, fill);
        }
        // Without a host, the path may begin anywhere.
        if self.path.is_empty() {
            return self.any_path || path == "/";
        }
        let starts = path.bytes().enumerate().filter(|(_, byte)| *byte == b'/').map(|(at, _)| at);
        for (n, at) in starts.enumerate() {
            let rest = path.get(at..).unwrap_or_default();
            if self.read_path_from(rest, n, is_escaped, &mut |_, _, _, _| {}) {
                return self.read_path_from(rest, n, is_escaped, fill);
            }
        }
        false
    }

    /// Reads a path whose first segment is the `first`-th of the whole.
    fn read_path_from<'a>(
        &self,
        path: &'a str,
        first: usize,
        is_escaped: bool,
        fill: &mut impl FnMut(Slot, Form, Place, Cow<'a, str>),
    ) -> bool {
        let wanted = self.path.get(..self.named_from.unwrap_or(self.path.len())).unwrap_or_default();
        let mut given = Segments(path.strip_prefix('/'));
        for (n, pieces) in wanted.iter().enumerate() {
            // Where the path begins anywhere, all of it must be there: its last word alone says nothing.
            let rest_is_slots = || !self.host.is_empty() && wanted.iter().skip(n).all(|s| matches!(s.as_slice(), [Piece::Slot(..)]));
            match given.next() {
                Some(segment) if !segment.is_empty() => {
                    let text = if is_escaped { decode_ascii(segment, false) } else { Cow::Borrowed(segment) };
                    if !read_pieces(pieces, text, Place::Segment(first + n), fill) {
                        return false;
                    }
                }
                // Slots at the end may be missing, after a trailing slash or without one.
                Some(_) => return given.next().is_none() && rest_is_slots(),
                None => return rest_is_slots(),
            }
        }
        self.any_path || self.named_from.is_some() || matches!((given.next(), given.next()), (None, _) | (Some(""), None))
    }

    /// The URL of a referral; `None` if the template lacks a place for a value, or a value for a place.
    ///
    /// `host` stands in for the template's own, unless it is empty; `sub` tells a sub-id's name in this template.
    pub(crate) fn build(&self, referral: &Referral, host: &str, sub: impl Fn(u8) -> Cow<'static, str>) -> Option<String> {
        let value = |slot: Slot| value_of(referral, slot, &sub);
        let mut url = format!("{}://", self.scheme);
        url.push_str(host);
        for piece in self.authority.iter().filter(|_| host.is_empty()) {
            match piece {
                Piece::Literal(text) => url.push_str(text.strip_prefix("*.").unwrap_or(text)),
                Piece::Slot(slot, _) => {
                    let value = value(*slot)?;
                    let fits =
                        (1..=63).contains(&value.len()) && value.bytes().all(|b| b.is_ascii_alphanumeric() || b == b'-' || b == b'_');
                    url.push_str(Some(value.as_str()).filter(|_| fits)?);
                }
            }
        }
        let is_missing = |s: &Vec<Piece>| matches!(s.as_slice(), [Piece::Slot(slot, _)] if value(*slot).is_none());
        let wanted = self.path.get(..self.named_from.unwrap_or(self.path.len())).unwrap_or_default();
        let ends = wanted.iter().rposition(|s| !is_missing(s)).map_or(0, |n| n + 1);
        for segment in wanted.iter().take(ends) {
            url.push('/');
            pieces::build(segment, value, &mut url)?;
        }
        for segment in self.path.iter().skip(self.named_from.unwrap_or(self.path.len())) {
            if let [Piece::Literal(name), Piece::Slot(slot, _)] = segment.as_slice()
                && let Some(value) = value(*slot)
            {
                url.push('/');
                url.push_str(name);
                // A destination stands there as it is, to the end of the URL; only what was encoded is encoded again.
                if *slot == Slot::Destination { url.push_str(&value.replace('%', "%25")) } else { encode_into(&mut url, &value) }
            }
        }
        if self.trailing_slash || (ends == 0 && self.named_from.is_none()) {
            url.push('/');
        }
        let mut query = String::new();
        build_parameters(&self.query, value, &mut query);
        if let Some((name, list)) = &self.inner {
            let mut inner = String::new();
            build_parameters(list, value, &mut inner);
            glue(&mut query);
            encode_into(&mut query, name);
            query.push('=');
            encode_into(&mut query, &inner);
        }
        if !query.is_empty() {
            url.push('?');
            url.push_str(&query);
        }
        match &self.fragment {
            Fragment::None => {}
            Fragment::Whole(pieces) => {
                url.push('#');
                pieces::build(pieces, value, &mut url)?;
            }
            Fragment::Parameters(list) => {
                let mut fragment = String::new();
                build_parameters(list, value, &mut fragment);
                if !fragment.is_empty() {
                    url.push('#');
                    url.push_str(&fragment);
                }
            }
        }
        Some(url)
    }

    /// The parameters that carry a referral's values, encoded: those of the query, and the fragment.
    pub(crate) fn build_behind(&self, referral: &Referral) -> Option<(String, String)> {
        let value = |slot: Slot| value_of(referral, slot, plain_sub);
        let (mut query, mut fragment) = (String::new(), String::new());
        build_parameters(&self.query, value, &mut query);
        match &self.fragment {
            Fragment::None => {}
            Fragment::Whole(pieces) => pieces::build(pieces, value, &mut fragment)?,
            Fragment::Parameters(list) => build_parameters(list, value, &mut fragment),
        }
        Some((query, fragment))
    }
}

impl Fragment {
    pub(super) fn parameters(&self) -> &Parameters {
        const NONE: &Parameters = &Vec::new();
        if let Self::Parameters(list) = self { list } else { NONE }
    }
}

impl Piece {
    pub(super) fn slot(&self) -> Option<(Slot, Form)> {
        if let Self::Slot(slot, form) = self { Some((*slot, *form)) } else { None }
    }
}

fn value_of(referral: &Referral, slot: Slot, sub: impl Fn(u8) -> Cow<'static, str>) -> Option<String> {
    let Referral { product, affiliate, campaign, click_id, sub_ids, destination } = referral;
    match slot {
        Slot::Product => product.clone(),
        Slot::Affiliate => affiliate.clone(),
        Slot::Campaign => campaign.clone(),
        Slot::ClickId => click_id.clone(),
        Slot::Destination => destination.clone(),
        Slot::Sub(n) => sub_ids.get(sub(n).as_ref()).cloned(),
        Slot::Ignored => None,
    }
}

/// The names of a program's sub-ids.
pub(crate) fn plain_sub(n: u8) -> Cow<'static, str> {
    Cow::Borrowed(Slot::Sub(n).name())
}

/// The values that a referral holds, by their slots' names.
fn of(referral: &Referral) -> impl Iterator<Item = (&str, &str)> {
    let Referral { product, affiliate, campaign, click_id, sub_ids, destination } = referral;
    let single =
        [("product", product), ("affiliate", affiliate), ("campaign", campaign), ("click_id", click_id), ("destination", destination)];
    single
        .into_iter()
        .filter_map(|(name, value)| Some((name, value.as_deref()?)))
        .chain(sub_ids.iter().map(|(name, value)| (name.as_str(), value.as_str())))
}

/// The segments of a path that lost its first slash.
struct Segments<'a>(Option<&'a str>);

impl<'a> Iterator for Segments<'a> {
    type Item = &'a str;

    #[inline]
    fn next(&mut self) -> Option<&'a str> {
        let rest = self.0?;
        match find(rest.as_bytes(), b'/') {
            Some(at) => {
                self.0 = rest.get(at + 1..);
                rest.get(..at)
            }
            None => self.0.take(),
        }
    }
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
            [Piece::Slot(slot, Form::Plain)] => Label::Slot(*slot),
            _ => return Err("has a host label that is neither a name nor one slot".into()),
        });
    }
    let named = labels.iter().rev().take_while(|label| matches!(label, Label::Literal(_))).count();
    let alone = labels.len() == 1 && named == 1; // localhost
    if named >= 2 || alone { Ok(labels) } else { Err("does not end in a host name, such as shop.example".into()) }
}

/// Whether the given parameters fit: literal values must be there, slots may be missing; the first of a name counts.
fn read_parameters<'a>(wanted: &[(String, Vec<Piece>)], given: &'a str, fill: &mut impl FnMut(Slot, Form, Place, Cow<'a, str>)) -> bool {
    wanted.iter().all(|(name, value)| {
        let pairs = given.split('&').map(|pair| pair.split_once('=').unwrap_or((pair, "")));
        let first = pairs.into_iter().find(|(key, _)| decode(key, true) == name.as_str()).map(|(_, text)| decode(text, true));
        match (value.as_slice(), first) {
            ([Piece::Slot(..)], None) => true,
            ([Piece::Slot(..)], Some(text)) if text.is_empty() => true,
            (_, Some(text)) => read_pieces(value, text, Place::Whole, fill),
            (_, None) => false,
        }
    })
}

fn read_pieces<'a>(pieces: &[Piece], text: Cow<'a, str>, place: Place, fill: &mut impl FnMut(Slot, Form, Place, Cow<'a, str>)) -> bool {
    match pieces {
        [Piece::Literal(literal)] => return literal.as_str() == text,
        [Piece::Slot(slot, form)] if !text.is_empty() => {
            fill(*slot, *form, place, text);
            return true;
        }
        _ => {}
    }
    fit(pieces, &text, |_, _, _| {}) && fit(pieces, &text, |slot, form, range| fill(slot, form, place, cut(&text, range)))
}

/// Writes `a=x&b=y`. What is missing is left out: whoever builds reads back.
fn build_parameters(list: &Parameters, value: impl Fn(Slot) -> Option<String>, text: &mut String) {
    let mut written: Vec<Slot> = Vec::new();
    for (name, pieces) in list {
        let mut slots = pieces.iter().filter_map(|piece| piece.slot().map(|(slot, _)| slot));
        // What has several names or forms is written once.
        if slots.any(|slot| value(slot).is_none() || written.contains(&slot)) {
            continue;
        }
        written.extend(pieces.iter().filter_map(|piece| piece.slot().map(|(slot, _)| slot)));
        glue(text);
        encode_into(text, name);
        text.push('=');
        let _ = pieces::build(pieces, &value, text);
    }
}

fn glue(text: &mut String) {
    if !text.is_empty() {
        text.push('&');
    }
}

impl Referral {
    /// The template's text of a value, for messages.
    pub(crate) fn holds(&self) -> String {
        let names: Vec<Cow<'_, str>> = of(self).map(|(name, _)| Cow::Owned(format!("{{{name}}}"))).collect();
        if names.is_empty() { "nothing".into() } else { names.join(", ") }
    }
}

//! The table, compiled once: shapes of links, found by host or by the name of a parameter.

use super::quick::Plan;
use super::table::{NETWORKS, Row};
use crate::link::parts::decode;
use crate::link::pieces::{Form, Piece, Slot, parameters};
use crate::link::scan::equal;
use crate::link::template::{Label, Template};
use std::sync::LazyLock;

/// Which text of a URL a parameter stands in.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) enum Source {
    Query,
    Fragment,
    /// The query within a query's value.
    Inner,
    /// A `name:value` part of the path.
    Path,
}

/// Where a shape is read; see the fields of `Row`.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) enum Scope {
    Configured,
    Host,
    Opaque,
    Any,
    Beside,
}

/// A key and a source as one number.
pub(super) fn code(key: u16, source: Source) -> u32 {
    u32::from(key) << 2 | source as u32
}

/// Whether a parameter alone makes a link its network's.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) enum Anchor {
    No,
    Filled,
    Present,
}

#[derive(Debug)]
pub(super) struct Param {
    pub(super) name: String,
    pub(super) key: u16,
    pub(super) source: Source,
    pub(super) pieces: Vec<Piece>,
    pub(super) anchor: Anchor,
}

impl Param {
    /// A fixed text that must be there.
    pub(super) fn literal(&self) -> Option<&str> {
        if let [Piece::Literal(text)] = self.pieces.as_slice() { Some(text) } else { None }
    }
}

/// One template of one network.
#[derive(Debug)]
pub(crate) struct Shape {
    pub(super) network: usize,
    pub(super) row: &'static Row,
    pub(super) template: Template,
    pub(super) params: Vec<Param>,
    /// The key and the source of each parameter, close together for searching.
    pub(super) codes: Vec<u32>,
    /// The slot and the form of each parameter that is nothing else.
    pub(super) singles: Vec<Option<(Slot, Form)>>,
    /// Whether two parameters have one name.
    pub(super) has_twins: bool,
    /// The template as people read it.
    pub(super) documented: String,
    /// How a plain link of this shape is read without the kernel.
    pub(super) plan: Option<Plan>,
    /// Whether its host has slots.
    pub(super) host_slots: bool,
    /// Whether it stands for every path.
    pub(super) any_path: bool,
    /// The host without `www.` and `*.`, if it has no slots; and whether a `*.` stands before it.
    host_text: String,
    host_wide: bool,
    /// The fixed text that its path begins with; on hosts of its own only.
    path_start: String,
    /// Whether that is the whole path.
    path_fixed: bool,
    pub(super) scope: Scope,
    /// Whether its path holds a fixed text, so that the path alone shows what the link is.
    pub(super) telling_path: bool,
    pub(super) has_literals: bool,
}

/// Whether two hosts of one length are the same but for case. What stands in hosts and is no letter has that bit of case already.
#[inline]
fn is_host(host: &[u8], own: &[u8]) -> bool {
    let same = |a: &[u8; 8], b: &[u8; 8]| u64::from_le_bytes(*a) | CASE == u64::from_le_bytes(*b) | CASE;
    match (host.last_chunk::<8>(), own.last_chunk::<8>()) {
        (Some(last), Some(own_last)) => {
            same(last, own_last) && host.as_chunks::<8>().0.iter().zip(own.as_chunks::<8>().0).all(|(a, b)| same(a, b))
        }
        _ => host.eq_ignore_ascii_case(own),
    }
}

/// How a path compares with the fixed text of a shape.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) enum PathFit {
    No,
    Whole,
    /// The template has to be asked.
    Perhaps,
}

impl Shape {
    /// Whether a host is the shape's, where no slot stands in it.
    pub(super) fn is_at_home(&self, host: &str) -> bool {
        let host = host.as_bytes();
        let host = match host {
            [b'w' | b'W', b'w' | b'W', b'w' | b'W', b'.', bare @ ..] => bare,
            _ => host,
        };
        let own = self.host_text.as_bytes();
        match host.len().checked_sub(own.len()).and_then(|at| host.split_at_checked(at)) {
            Some((before, tail)) if is_host(tail, own) => {
                if self.host_wide {
                    matches!(before, [_, .., b'.'])
                } else {
                    before.is_empty()
                }
            }
            Some(_) | None => false,
        }
    }

    pub(super) fn fits_path(&self, path: &str) -> PathFit {
        match path.as_bytes().strip_prefix(self.path_start.as_bytes()) {
            Some(b"" | b"/") if self.path_fixed => PathFit::Whole,
            Some(_) if self.path_fixed && !self.path_start.is_empty() => PathFit::No,
            Some(_) => PathFit::Perhaps,
            None if path.contains('%') => PathFit::Perhaps,
            None => PathFit::No,
        }
    }
}

#[derive(Debug, Default)]
pub(super) struct Index {
    pub(super) shapes: Vec<Shape>,
    keys: Table,
    /// By first byte: which lengths names have, one bit each. Most parameters of most links are unknown; this says so at once.
    lengths: Vec<u64>,
    /// The names of queries within a query.
    inner_keys: Table,
    hosts: Table,
    /// By key: the shapes that it is an anchor of.
    anchored: Vec<Vec<usize>>,
    /// By key: what its name may mean.
    flags: Vec<u8>,
    /// By host: the shapes read there.
    hosted: Vec<Vec<usize>>,
    /// By network: the shapes for hosts that a program names.
    named: Vec<Vec<usize>>,
}

/// Generic names of which every one means an affiliate somewhere, and something else everywhere else.
const GENERIC: &[&str] =
    &["a", "aff", "aff_id", "affid", "affiliate", "affiliate_id", "hop", "partner", "pid", "ref", "referral", "referrer", "tag", "via"];

/// The name makes a link some network's, on every host.
pub(super) const ANCHOR: u8 = 1;
/// The name is generic, and holds an affiliate where a vendor says so.
pub(super) const GENERIC_NAME: u8 = 2;

pub(super) static INDEX: LazyLock<Index> = LazyLock::new(Index::of_table);

impl Index {
    fn of_table() -> Self {
        let mut index = Self::default();
        for name in GENERIC {
            let key = index.key(name, Source::Query);
            index.flag(key, GENERIC_NAME);
        }
        for (network, row) in NETWORKS.iter().enumerate() {
            index.named.push(Vec::new());
            // On a domain that a program names, what is meant for such domains is tried first.
            let lists = [
                (Scope::Configured, row.configured),
                (Scope::Host, row.host),
                (Scope::Opaque, row.opaque),
                (Scope::Any, row.any),
                (Scope::Beside, row.beside),
            ];
            for (scope, text) in lists.into_iter().flat_map(|(scope, texts)| texts.iter().map(move |text| (scope, text))) {
                // A test proves that every template of the table is one.
                if let Ok(shape) = index.shape(network, row, text, scope) {
                    index.add(shape);
                }
            }
        }
        index
    }

    fn add(&mut self, shape: Shape) {
        let n = self.shapes.len();
        if matches!(shape.scope, Scope::Host | Scope::Opaque) {
            let labels = shape.template.host.iter().rev().take(2);
            let names: Vec<&str> =
                labels.filter_map(|label| if let Label::Literal(name) = label { Some(name.as_str()) } else { None }).collect();
            if let [last, first] = names.as_slice() {
                let host = usize::from(self.hosts.insert(&format!("{first}.{last}")));
                if self.hosted.len() <= host {
                    self.hosted.push(Vec::new());
                }
                if let Some(shapes) = self.hosted.get_mut(host) {
                    shapes.push(n);
                }
            }
        }
        if matches!(shape.scope, Scope::Any | Scope::Beside) {
            for param in shape.params.iter().filter(|p| p.anchor != Anchor::No) {
                self.flag(param.key, ANCHOR);
                if let Some(shapes) = self.anchored.get_mut(usize::from(param.key))
                    && !shapes.contains(&n)
                {
                    shapes.push(n);
                }
            }
        }
        let is_portable = matches!(shape.scope, Scope::Configured | Scope::Any) || (shape.scope == Scope::Host && !shape.host_slots);
        if is_portable && let Some(named) = self.named.get_mut(shape.network) {
            named.push(n);
        }
        let plan = Plan::of(&shape);
        self.shapes.push(Shape { plan, ..shape });
    }

    fn key(&mut self, name: &str, source: Source) -> u16 {
        let key = if source == Source::Inner { self.inner_keys.insert(name) } else { self.keys.insert(name) };
        if source != Source::Inner
            && let Some(first) = name.bytes().next()
        {
            self.lengths.resize(64, 0);
            if let Some(lengths) = self.lengths.get_mut(usize::from(first & 31)) {
                *lengths |= 1 << name.len().min(63);
            }
        }
        if self.anchored.len() <= usize::from(key) {
            self.anchored.resize(usize::from(key) + 1, Vec::new());
            self.flags.resize(usize::from(key) + 1, 0);
        }
        key
    }

    fn shape(&mut self, network: usize, row: &'static Row, text: &str, scope: Scope) -> Result<Shape, String> {
        let mut template = Template::parse_any(&text.replace('!', ""))?;
        template.named_from = template.path.iter().position(|s| matches!(s.as_slice(), [Piece::Literal(t), _] if t.ends_with(':')));
        let mut params = Vec::new();
        let mut param = |index: &mut Self, name: &str, source: Source, pieces: Vec<Piece>| {
            params.push(Param { name: name.into(), key: index.key(name, source), source, pieces, anchor: anchor_of(text, name) });
        };
        if let Some(n) = template.query.iter().position(|(name, _)| inner_query(text, name).is_some()) {
            let (outer, _) = template.query.remove(n);
            let inner = parameters(&inner_query(text, &outer).unwrap_or_default())?;
            param(self, &outer, Source::Query, vec![Piece::Slot(Slot::Ignored, Form::Plain)]);
            for (name, pieces) in &inner {
                param(self, name, Source::Inner, pieces.clone());
            }
            template.inner = Some((outer, inner));
        }
        for (source, list) in [(Source::Query, &template.query), (Source::Fragment, template.fragment.parameters())] {
            for (name, pieces) in list {
                param(self, name, source, pieces.clone());
            }
        }
        for segment in template.path.iter().skip(template.named_from.unwrap_or(usize::MAX)) {
            if let [Piece::Literal(name), slot] = segment.as_slice() {
                let name = name.trim_end_matches(':');
                param(self, name, Source::Path, vec![slot.clone()]);
            }
        }
        template.text = plain(text);
        let telling_path = template.path.iter().any(|s| matches!(s.as_slice(), [Piece::Literal(_), ..]));
        let has_literals = params.iter().any(|p| p.literal().is_some());
        let codes: Vec<u32> = params.iter().map(|p: &Param| code(p.key, p.source)).collect();
        let single = |p: &Param| if let [Piece::Slot(slot, form)] = p.pieces.as_slice() { Some((*slot, *form)) } else { None };
        let singles = params.iter().map(single).collect();
        let has_twins = codes.iter().enumerate().any(|(n, code)| codes.iter().take(n).any(|earlier| earlier == code));
        let host_slots = template.host.iter().any(|label| matches!(label, Label::Slot(_)));
        let documented = documented(&template.text);
        let names = template.host.iter().filter_map(|label| if let Label::Literal(name) = label { Some(name.as_str()) } else { None });
        let host_text = names.collect::<Vec<_>>().join(".");
        let host_wide = matches!(template.host.first(), Some(Label::Any));
        let (path_start, path_fixed) = template.fixed_path();
        let any_path = template.is_any_path();
        Ok(Shape {
            network,
            row,
            template,
            params,
            codes,
            singles,
            has_twins,
            plan: None,
            documented,
            host_slots,
            any_path,
            host_text,
            host_wide,
            path_start,
            path_fixed,
            scope,
            telling_path,
            has_literals,
        })
    }

    /// The key of a parameter's name, whatever its case and whether or not it is percent-encoded. `spare` begins with the name and goes on.
    #[inline]
    pub(super) fn find_key(&self, source: Source, name: &[u8], spare: &[u8]) -> Option<u16> {
        let mark = Mark::of(name, spare);
        if source == Source::Inner {
            return self.inner_keys.find(mark).or_else(|| self.find_escaped(source, name));
        }
        match self.find_mark(mark) {
            None if mark.may_hold_escape() => self.find_escaped(source, name),
            found => found,
        }
    }

    /// The key of a name that is not percent-encoded.
    #[inline]
    pub(super) fn find_mark(&self, mark: Mark) -> Option<u16> {
        // The five low bits of a letter are the same in both cases.
        if self.may_be_key((mark.head & 31) as u8, mark.len) { self.keys.find(mark) } else { None }
    }

    /// Whether a name with this first byte, or its five low bits, and this length is known.
    #[inline]
    pub(super) fn may_be_key(&self, first: u8, len: usize) -> bool {
        self.lengths.get(usize::from(first & 31)).is_some_and(|lengths| lengths >> len.min(63) & 1 == 1)
    }

    #[cold]
    fn find_escaped(&self, source: Source, name: &[u8]) -> Option<u16> {
        let decoded = decode(std::str::from_utf8(name).ok()?, true);
        let table = if source == Source::Inner { &self.inner_keys } else { &self.keys };
        table.find(Mark::of(decoded.as_bytes(), &[]))
    }

    pub(super) fn anchored(&self, key: u16) -> &[usize] {
        self.anchored.get(usize::from(key)).map(Vec::as_slice).unwrap_or_default()
    }

    /// `ANCHOR`, `GENERIC_NAME`, both or none.
    pub(super) fn flags(&self, key: u16) -> u8 {
        self.flags.get(usize::from(key)).copied().unwrap_or_default()
    }

    fn flag(&mut self, key: u16, flag: u8) {
        if let Some(flags) = self.flags.get_mut(usize::from(key)) {
            *flags |= flag;
        }
    }

    /// The shapes that may be read on a host whose last two labels begin at `tail`.
    pub(super) fn hosted(&self, host: &str, tail: usize) -> &[usize] {
        let last_two = host.as_bytes().get(tail..).unwrap_or_default();
        let found = self.hosts.find(Mark::of(last_two, &[])).and_then(|n| self.hosted.get(usize::from(n)));
        found.map(Vec::as_slice).unwrap_or_default()
    }

    pub(super) fn named(&self, network: usize) -> &[usize] {
        self.named.get(network).map(Vec::as_slice).unwrap_or_default()
    }
}

/// A template as people read it: without the table's marks, each parameter once.
pub(super) fn documented(text: &str) -> String {
    let text = plain(text);
    let Some((path, query)) = text.split_once('?') else { return text };
    let mut kept: Vec<&str> = Vec::new();
    for pair in query.split('&') {
        let name = pair.split('=').next();
        if !kept.iter().any(|k| k.split('=').next() == name) {
            kept.push(pair);
        }
    }
    format!("{path}?{}", kept.join("&"))
}

/// The text of a template without the table's own marks.
fn plain(text: &str) -> String {
    let mut plain = text.replace('!', "");
    for form in ["digits", "integer", "base64", "https", "site"] {
        plain = plain.replace(&format!(":{form}}}"), "}");
    }
    plain
}

/// `a%3D{x}%26b%3D{y}` as a value is a query of its own.
fn inner_query(text: &str, name: &str) -> Option<String> {
    let value = text.split(['?', '&']).find_map(|pair| pair.strip_prefix(name)?.strip_prefix('='))?;
    value.contains("%3D").then(|| value.replace('!', "").replace("%3D", "=").replace("%26", "&"))
}

/// How a name is marked in the table.
fn anchor_of(text: &str, name: &str) -> Anchor {
    let text = text.replace("%3D", "=").replace("%26", "&");
    match text.split(['?', '&', '#', '=']).find_map(|word| word.strip_prefix(name).filter(|marks| marks.bytes().all(|b| b == b'!'))) {
        Some("!") => Anchor::Filled,
        Some("!!") => Anchor::Present,
        Some(_) | None => Anchor::No,
    }
}

/// Names to numbers, without regard to case. A name is told apart by its length and its first and last eight bytes; whoever
/// uses the number compares the name itself.
#[derive(Debug, Default)]
struct Table {
    /// One more than the number, by hash.
    slots: Vec<u16>,
    marks: Vec<Mark>,
}

#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) struct Mark {
    head: u64,
    tail: u64,
    len: usize,
}

const CASE: u64 = 0x2020_2020_2020_2020;

impl Mark {
    /// Without regard to case. `spare` begins with the name and goes on, so that eight bytes can be loaded at once.
    #[inline]
    pub(super) fn of(name: &[u8], spare: &[u8]) -> Self {
        Self::exact_in(name, spare).folded()
    }

    /// A mark without regard to case.
    #[inline]
    pub(super) fn folded(self) -> Self {
        let Self { head, tail, len } = self;
        if len >= 8 {
            Self { head: head | CASE, tail: tail | CASE, len }
        } else {
            Self { head: head | CASE & ((1 << (8 * len)) - 1), tail, len }
        }
    }

    /// The same with regard to case.
    pub(super) fn exact(name: &[u8]) -> Self {
        Self::exact_in(name, &[])
    }

    #[inline]
    pub(super) fn exact_in(name: &[u8], spare: &[u8]) -> Self {
        let len = name.len();
        if let Some(tail) = name.last_chunk::<8>() {
            let head = name.first_chunk::<8>().unwrap_or(tail);
            return Self { head: u64::from_le_bytes(*head), tail: u64::from_le_bytes(*tail), len };
        }
        let head = match spare.first_chunk::<8>() {
            Some(word) => u64::from_le_bytes(*word) & ((1 << (8 * len)) - 1),
            None => name.iter().rev().fold(0, |head, byte| head << 8 | u64::from(*byte)),
        };
        Self { head, tail: 0, len }
    }

    pub(super) fn len(self) -> usize {
        self.len
    }

    /// Whether a `%` may stand in the name.
    #[inline]
    pub(super) fn may_hold_escape(self) -> bool {
        self.len > 16 || equal(self.head, b'%') | equal(self.tail, b'%') != 0
    }

    #[inline]
    fn hash(self) -> usize {
        let mixed = (self.head ^ self.tail.rotate_left(29)).wrapping_add(self.len as u64).wrapping_mul(0x9e37_79b9_7f4a_7c15);
        (mixed >> 48) as usize
    }
}

impl Table {
    #[inline]
    fn find(&self, mark: Mark) -> Option<u16> {
        let mut at = mark.hash();
        loop {
            // Zero is an empty slot.
            let n = self.slots.get(at & (self.slots.len().wrapping_sub(1))).copied()?.checked_sub(1)?;
            if self.marks.get(usize::from(n)) == Some(&mark) {
                return Some(n);
            }
            at += 1;
        }
    }

    fn insert(&mut self, name: &str) -> u16 {
        let mark = Mark::of(name.as_bytes(), &[]);
        if let Some(n) = self.find(mark) {
            return n;
        }
        // The table holds some hundred names.
        let n = self.marks.len() as u16;
        self.marks.push(mark);
        // Never more than an eighth full.
        self.slots = vec![0; (self.marks.len() * 8).next_power_of_two()];
        for (n, mark) in self.marks.iter().enumerate() {
            let (mut at, last) = (mark.hash(), self.slots.len() - 1);
            while self.slots.get(at & last).is_some_and(|slot| *slot != 0) {
                at += 1;
            }
            if let Some(slot) = self.slots.get_mut(at & last) {
                *slot = n as u16 + 1;
            }
        }
        n
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn every_template_of_the_table_is_one() {
        let mut index = Index::default();
        for (n, row) in NETWORKS.iter().enumerate() {
            for text in [row.host, row.opaque, row.any, row.beside, row.configured].into_iter().flatten() {
                let shape = index.shape(n, row, text, Scope::Host).unwrap_or_else(|why| panic!("{}: {text} {why}", row.id));
                let found = shape.template.host.is_empty() || shape.template.host.len() >= 2;
                assert!(found, "{text}");
                if row.any.contains(text) {
                    assert!(shape.params.iter().any(|p| p.anchor != Anchor::No), "{text} has no anchor");
                }
            }
        }
    }

    #[test]
    fn keys_and_hosts_are_found_whatever_their_case() {
        for shape in &INDEX.shapes {
            for param in &shape.params {
                let (upper, spare) = (param.name.to_ascii_uppercase(), [b'x'; 8]);
                let long = [upper.as_bytes(), &spare].concat();
                assert_eq!(INDEX.find_key(param.source, upper.as_bytes(), &[]), Some(param.key));
                assert_eq!(INDEX.find_key(param.source, upper.as_bytes(), &long), Some(param.key));
                let escaped: String = param.name.bytes().map(|b| format!("%{b:02x}")).collect();
                assert_eq!(INDEX.find_key(param.source, escaped.as_bytes(), &[]), Some(param.key));
            }
        }
        assert!(!INDEX.hosted("WWW.Awin1.com", 4).is_empty());
        assert!(!INDEX.hosted("a.b.hop.clickbank.net", 8).is_empty());
        assert!(INDEX.hosted("awin1.com.example", 6).is_empty());
        assert_eq!(INDEX.find_key(Source::Query, b"", &[]), None);
    }
}

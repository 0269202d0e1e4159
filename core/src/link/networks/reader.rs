//! The kernel: what one URL says, in one pass over its parameters.

use super::index::{ANCHOR, Anchor, GENERIC_NAME, INDEX, Index, Param, PathFit, Scope, Shape, Source, code};
use super::table::NETWORKS;
use crate::id::{TEXT_MAX, has_control};
use crate::link::lint::{LinkWarning, is_placeholder};
use crate::link::parts::{Parts, decode, decode_ascii, encode_into};
use crate::link::pieces::{Form, Piece, Slot, Values, cut, fit, from_base64};
use crate::link::scan::{Pair, pairs};
use crate::link::template::{Fragment, Place};
use std::borrow::Cow;
use std::ops::Range;

/// What a URL says.
#[derive(Debug, Default)]
pub(crate) struct Sight<'a> {
    pub(crate) shape: Option<&'static Shape>,
    pub(crate) values: Values<'a>,
    /// Further networks whose ids stand in the same URL.
    pub(crate) second: Vec<(&'static Shape, Values<'a>)>,
    pub(crate) notes: Notes,
}

/// Warnings as a set, and their places if somebody asks.
#[derive(Debug, Default)]
pub(crate) struct Notes {
    pub(crate) warnings: u32,
    pub(crate) places: Option<Vec<(LinkWarning, Place)>>,
}

impl Notes {
    fn add(&mut self, warning: LinkWarning, place: Place) {
        self.warnings |= warning.bit();
        if let Some(places) = &mut self.places {
            places.push((warning, place));
        }
    }
}

/// A parameter that some network knows.
#[derive(Clone, Copy, Debug)]
struct Hit {
    key: u16,
    source: Source,
    used: bool,
    /// Key and source as one number.
    code: u32,
    /// The how many-th pair of its text.
    n: u32,
    name: (u32, u32),
    value: (u32, u32),
}

/// How links are read.
#[derive(Clone, Copy, Debug, Default)]
pub(crate) struct Mode {
    /// Whether text glued on behind an id is cut off.
    pub(crate) lenient: bool,
    /// The network that a program names for this host.
    pub(crate) named: Option<usize>,
    /// Whether places are wanted.
    pub(crate) places: bool,
    /// Whether destinations, sub-ids and warnings are of no interest.
    pub(crate) ids_only: bool,
}

/// Reads one URL after another; keeps its memory between them.
#[derive(Debug, Default)]
pub(crate) struct Reader {
    hits: Vec<Hit>,
    inner: String,
    /// What the names of the hits may mean, together.
    flags: u8,
}

/// The texts that parameters stand in.
#[derive(Clone, Copy, Debug)]
struct Texts<'a> {
    path: &'a str,
    query: &'a str,
    fragment: &'a str,
}

impl Texts<'_> {
    fn ends_with_path(&self) -> bool {
        self.query.is_empty() && self.fragment.is_empty()
    }
}

impl Reader {
    /// What the parts of a URL say.
    pub(crate) fn read<'a>(&mut self, parts: &'a Parts<'_>, mode: Mode) -> Sight<'a> {
        let texts = Texts {
            path: &parts.path,
            query: parts.query.as_deref().unwrap_or_default(),
            fragment: parts.fragment.as_deref().unwrap_or_default(),
        };
        let index: &'static Index = &INDEX;
        self.hits.clear();
        self.flags = 0;
        self.collect(index, Source::Query, texts.query);
        if !texts.fragment.is_empty() {
            self.collect(index, Source::Fragment, texts.fragment);
        }
        let mut sight = Sight::default();
        if mode.places {
            sight.notes.places = Some(Vec::new());
        }
        let shapes = match mode.named {
            Some(network) => index.named(network),
            None => index.hosted(&parts.host, parts.tail),
        };
        for shape in shapes.iter().filter_map(|n| index.shapes.get(*n)) {
            if self.own(shape, parts, texts, mode, &mut sight) {
                break;
            }
        }
        if mode.named.is_none() && self.flags & ANCHOR != 0 {
            self.landing(Scope::Any, texts, mode, &mut sight);
            if sight.shape.is_some() {
                self.landing(Scope::Beside, texts, mode, &mut sight);
            }
        }
        if mode.ids_only {
            return sight;
        }
        match sight.shape {
            Some(shape) => {
                if let Some(at) = texts.query.find('?') {
                    let n = texts.query.get(..at).map_or(0, |before| before.bytes().filter(|b| *b == b'&').count());
                    sight.notes.add(LinkWarning::NestedQuery, Place::Query(n));
                }
                if shape.scope == Scope::Opaque {
                    sight.notes.add(LinkWarning::OpaqueLink, Place::Whole);
                } else if sight.values.affiliate.is_none() && sight.values.click_id.is_none() {
                    sight.notes.add(LinkWarning::MissingAffiliate, Place::Whole);
                }
            }
            None if self.flags & GENERIC_NAME != 0 => self.name_as_affiliate(texts, &mut sight),
            None => {}
        }
        sight
    }

    /// Finds the parameters that some network knows.
    fn collect(&mut self, index: &Index, source: Source, text: &str) {
        let bytes = text.as_bytes();
        let mut n = 0;
        for Pair { start, name_end, value, end } in pairs(bytes) {
            let (Some(name), Some(from)) = (bytes.get(start..name_end), bytes.get(start..)) else { continue };
            if let Some(key) = index.find_key(source, name, from) {
                if source != Source::Inner {
                    self.flags |= index.flags(key);
                }
                // INVARIANT: URLs above 4 GiB were refused.
                let (name, value) = ((start as u32, name_end as u32), (value as u32, end as u32));
                self.hits.push(Hit { key, source, used: false, code: code(key, source), n, name, value });
            }
            n += 1;
        }
    }

    /// Reads a link on its network's own host.
    fn own<'a>(&mut self, shape: &'static Shape, parts: &'a Parts<'_>, texts: Texts<'a>, mode: Mode, sight: &mut Sight<'a>) -> bool {
        let at_home = mode.named.is_none();
        if at_home && !shape.host_slots && !shape.is_at_home(&parts.host) {
            return false;
        }
        let path_mode = Mode { lenient: mode.lenient && texts.ends_with_path(), ..mode };
        let before = (sight.notes.warnings, sight.notes.places.as_ref().map_or(0, Vec::len));
        let Sight { values, notes, .. } = &mut *sight;
        let mut filled = false;
        let mut take = |slot, form, place, text: Cow<'a, str>| {
            filled = true;
            if place == Place::Host && slot != Slot::Ignored && text.bytes().any(|b| b.is_ascii_uppercase()) {
                notes.add(LinkWarning::HostCaseFolded, place);
            }
            put(values, notes, path_mode, "", Entry { slot, form, place, text });
        };
        let fits = (!at_home || !shape.host_slots || shape.template.read_host(&parts.host, &mut take))
            && match if at_home { shape.fits_path(texts.path) } else { PathFit::Perhaps } {
                PathFit::No => false,
                PathFit::Whole => true,
                PathFit::Perhaps => shape.template.read_path(texts.path, &mut take),
            };
        if fits && self.tells(shape, texts, at_home, filled) {
            self.fill(shape, texts, mode, &mut sight.values, &mut sight.notes);
            if at_home || !sight.values.is_empty() {
                sight.shape = Some(shape);
                return true;
            }
        }
        // Another shape may fit: nothing was used, nothing said.
        if filled || fits {
            self.hits.iter_mut().for_each(|hit| hit.used = false);
            sight.values = Values::default();
            sight.notes.warnings = before.0;
            if let Some(places) = &mut sight.notes.places {
                places.truncate(before.1);
            }
        }
        false
    }

    /// Whether there is more to it than a network's host.
    fn tells(&mut self, shape: &'static Shape, texts: Texts<'_>, at_home: bool, filled: bool) -> bool {
        if shape.template.named_from.is_some() {
            self.collect_path(shape, texts);
        }
        if shape.template.inner.is_some() {
            self.collect_inner(shape, texts);
            // The query within the query decides what the link is: Google's store is no network.
            if !self.hits.iter().any(|hit| shape.params.iter().any(|param| self.holds(shape, param, hit, texts))) {
                return false;
            }
        }
        let tells = filled || (at_home && shape.telling_path) || self.hits.iter().any(|hit| self.param(shape, hit, texts).is_some());
        tells && self.literals_hold(shape, texts)
    }

    /// Reads what networks add to the vendor's page: names so distinctive that they count on every host.
    fn landing<'a>(&mut self, scope: Scope, texts: Texts<'a>, mode: Mode, sight: &mut Sight<'a>) {
        // Shapes that do not fit the rest of the URL, whichever hit asks.
        let mut unfit: Vec<usize> = Vec::new();
        for n in 0..self.hits.len() {
            let Some(hit) = self.hits.get(n).copied().filter(|hit| !hit.used) else { continue };
            if hit.source == Source::Inner {
                continue;
            }
            for (number, shape) in INDEX.anchored(hit.key).iter().filter_map(|n| Some((*n, INDEX.shapes.get(*n)?))) {
                if shape.scope != scope || unfit.contains(&number) {
                    continue;
                }
                if !shape.params.iter().any(|param| self.holds(shape, param, &hit, texts)) {
                    continue;
                }
                if !self.literals_hold(shape, texts) {
                    unfit.push(number);
                    continue;
                }
                let known = sight.shape.iter().chain(sight.second.iter().map(|(shape, _)| shape)).any(|s| s.network == shape.network);
                let mut values = Values::default();
                let mut unheard = Notes::default();
                let notes = if known || sight.shape.is_some() { &mut unheard } else { &mut sight.notes };
                let mut take = |slot, form, place, text| {
                    put(&mut values, notes, mode, "", Entry { slot, form, place, text });
                };
                if !shape.any_path && !shape.template.read_path(texts.path, &mut take) {
                    unfit.push(number);
                    continue;
                }
                self.fill(shape, texts, mode, &mut values, notes);
                if known {
                    // A network's own link beats what it adds to pages.
                } else if sight.shape.is_none() {
                    sight.shape = Some(shape);
                    sight.values = values;
                } else {
                    sight.second.push((shape, values));
                    sight.notes.add(LinkWarning::SecondNetwork, hit.place());
                }
                break;
            }
        }
    }

    /// Whether a hit makes the link this shape's.
    fn holds(&self, shape: &Shape, param: &Param, hit: &Hit, texts: Texts<'_>) -> bool {
        let is_it = param.anchor != Anchor::No && code(param.key, param.source) == hit.code && self.is_named(shape, param, hit, texts);
        if !is_it || param.anchor == Anchor::Present {
            return is_it;
        }
        let value = self.value(hit, texts);
        !value.is_empty() && has_form(&param.pieces, &value)
    }

    fn literals_hold(&self, shape: &Shape, texts: Texts<'_>) -> bool {
        !shape.has_literals
            || shape.params.iter().filter_map(|param| Some((param, param.literal()?))).all(|(param, text)| {
                let mut hits = self.hits.iter().filter(|hit| hit.key == param.key && hit.source == param.source);
                hits.any(|hit| self.is_named(shape, param, hit, texts) && self.value(hit, texts) == text)
            })
    }

    /// Keys are found without regard to case; most networks' names have one.
    #[inline]
    fn is_named(&self, shape: &Shape, param: &Param, hit: &Hit, texts: Texts<'_>) -> bool {
        let name = self.slice(hit.source, hit.name, texts);
        if name.len() != param.name.len() {
            return decode_ascii(name, true) == param.name.as_str();
        }
        if shape.row.any_case { name.eq_ignore_ascii_case(&param.name) } else { name == param.name }
    }

    /// The first parameter of the shape that a hit is.
    fn param(&self, shape: &'static Shape, hit: &Hit, texts: Texts<'_>) -> Option<(usize, &'static Param)> {
        let n = shape.codes.iter().position(|code| *code == hit.code)?;
        let param = shape.params.get(n)?;
        self.is_named(shape, param, hit, texts).then_some((n, param))
    }

    fn slice<'t>(&'t self, source: Source, (start, end): (u32, u32), texts: Texts<'t>) -> &'t str {
        let text = match source {
            Source::Query => texts.query,
            Source::Fragment => texts.fragment,
            Source::Inner => &self.inner,
            Source::Path => texts.path,
        };
        text.get(start as usize..end as usize).unwrap_or_default()
    }

    fn value<'t>(&'t self, hit: &Hit, texts: Texts<'t>) -> Cow<'t, str> {
        decode_ascii(self.slice(hit.source, hit.value, texts), hit.source != Source::Path)
    }

    /// Fills the values from the parameters and the fragment; marks what it used.
    fn fill<'a>(&mut self, shape: &'static Shape, texts: Texts<'a>, mode: Mode, values: &mut Values<'a>, notes: &mut Notes) {
        if let Fragment::Whole(pieces) = &shape.template.fragment
            && !texts.fragment.is_empty()
        {
            let text = decode_ascii(texts.fragment, false);
            fit(pieces, &text, |slot, form, range| {
                put(values, notes, mode, "", Entry { slot, form, place: Place::Fragment(0), text: cut(&text, range) });
            });
        }
        // Which parameter filled a slot: an earlier one of the template weighs more.
        let mut best = [u8::MAX; 12];
        // Which hit was the first of each parameter, and a bit for each from whose value something was read: parts of two values never mix.
        let (mut firsts, mut done) = ([None; 32], 0_u32);
        for n in 0..self.hits.len() {
            let Some(hit) = self.hits.get_mut(n).filter(|hit| !hit.used) else { continue };
            let Some(first) = shape.codes.iter().position(|code| *code == hit.code) else { continue };
            let single = shape.singles.get(first).copied().flatten();
            if mode.ids_only && matches!(single, Some((Slot::Destination | Slot::Sub(_), _))) {
                hit.used = true;
                continue;
            }
            let hit = *hit;
            let Some(param) = shape.params.get(first).filter(|param| self.is_named(shape, param, &hit, texts)) else { continue };
            if let Some(hit) = self.hits.get_mut(n) {
                hit.used = true;
            }
            match firsts.get_mut(first) {
                Some(Some(earlier)) => self.note_repeat(earlier, &hit, texts, notes),
                Some(free) => *free = Some(hit),
                None => {}
            }
            if done >> first & 1 == 1 {
                continue;
            }
            let end = if mode.lenient { self.end_of_id(param, &hit, texts, notes) } else { hit.value.1 };
            let text = self.text(&hit, end, texts);
            let is_rest = hit.source == Source::Path && matches!(single, Some((Slot::Destination, _)));
            if text.is_empty() || is_rest || matches!(single, Some((Slot::Ignored, _))) {
                continue;
            }
            let mut read = |index: usize, param: &'static Param, text: Cow<'a, str>| {
                let mut take = |slot: Slot, form: Form, text: Cow<'a, str>| {
                    let Some(best) = best.get_mut(slot.index()) else { return };
                    let index = index as u8; // INVARIANT: a template has some ten parameters.
                    let entry = Entry { slot, form, place: hit.place(), text };
                    let is_read = if *best == u8::MAX || *best == index {
                        put(values, notes, mode, &param.name, entry)
                    } else if shape.codes.get(usize::from(*best)) == Some(&hit.code) {
                        false // another entry of this very parameter was read
                    } else {
                        let mut other = Values::default();
                        put(&mut other, notes, mode, &param.name, entry) && conflict(values, other, slot, index < *best, notes, hit.place())
                    };
                    if is_read {
                        *best = (*best).min(index);
                        done |= 1 << first; // INVARIANT: a template has some ten parameters
                    }
                };
                if let Some(Some((slot, form))) = shape.singles.get(index) {
                    take(*slot, *form, text);
                } else if has_form(&param.pieces, &text) {
                    fit(&param.pieces, &text, |slot, form, range| {
                        if slot != Slot::Ignored {
                            take(slot, form, cut(&text, range));
                        }
                    });
                }
            };
            if shape.has_twins {
                for (index, param) in shape.params.iter().enumerate().skip(first) {
                    if shape.codes.get(index) == Some(&hit.code) {
                        read(index, param, text.clone());
                    }
                }
            } else {
                read(first, param, text);
            }
        }
        if shape.template.named_from.is_some() {
            self.path_destination(shape, texts, mode, values, notes);
        }
    }

    /// The decoded text of a hit up to `end`; borrowed from the URL wherever that is possible.
    fn text<'a>(&self, hit: &Hit, end: u32, texts: Texts<'a>) -> Cow<'a, str> {
        let range = hit.value.0 as usize..end as usize;
        match hit.source {
            Source::Query => decode_ascii(texts.query.get(range).unwrap_or_default(), true),
            Source::Fragment => decode_ascii(texts.fragment.get(range).unwrap_or_default(), true),
            Source::Path => decode_ascii(texts.path.get(range).unwrap_or_default(), false),
            Source::Inner => Cow::Owned(decode(self.inner.get(range).unwrap_or_default(), true).into_owned()),
        }
    }

    /// Where an id ends behind which text was glued; that is always at the end of the URL.
    fn end_of_id(&self, param: &Param, hit: &Hit, texts: Texts<'_>, notes: &mut Notes) -> u32 {
        let is_free = matches!(param.pieces.as_slice(), [Piece::Slot(slot, _)] if !is_id(*slot));
        let is_last = match hit.source {
            Source::Query => hit.value.1 as usize == texts.query.len() && texts.fragment.is_empty(),
            Source::Fragment => hit.value.1 as usize == texts.fragment.len(),
            Source::Path => hit.value.1 as usize == texts.path.len() && texts.ends_with_path(),
            Source::Inner => false,
        };
        match self.slice(hit.source, hit.value, texts).find("%20") {
            Some(at) if is_last && !is_free => {
                notes.add(LinkWarning::TrailingGarbage, hit.place());
                hit.value.0 + at as u32
            }
            Some(_) | None => hit.value.1,
        }
    }

    /// Says whether a name that came before has the same value or another.
    fn note_repeat(&self, first: &Hit, hit: &Hit, texts: Texts<'_>, notes: &mut Notes) {
        let same = self.value(first, texts) == self.value(hit, texts);
        notes.add(if same { LinkWarning::DuplicateParameter } else { LinkWarning::ConflictingDuplicate }, hit.place());
    }

    /// Partnerize's `name:value` parts; a destination runs to the end of the URL.
    fn collect_path(&mut self, shape: &Shape, texts: Texts<'_>) {
        let mut at = 1; // behind the first slash
        for (n, segment) in texts.path.split('/').skip(1).enumerate() {
            if n >= shape.template.named_from.unwrap_or(usize::MAX)
                && let Some((name, _)) = segment.split_once(':')
                && let Some(param) = shape.params.iter().find(|p| p.source == Source::Path && p.name == name)
            {
                let is_last = param.pieces.iter().any(|p| p.slot().is_some_and(|(slot, _)| slot == Slot::Destination));
                let value = ((at + name.len() + 1) as u32, if is_last { texts.path.len() } else { at + segment.len() } as u32);
                if is_last {
                    // What looks like parameters belongs to the destination.
                    self.hits.retain(|hit| hit.source == Source::Path);
                }
                let code = code(param.key, Source::Path);
                let name = (at as u32, (at + name.len()) as u32);
                self.hits.push(Hit { key: param.key, source: Source::Path, used: false, code, n: n as u32, name, value });
                if is_last {
                    break;
                }
            }
            at += segment.len() + 1;
        }
    }

    fn path_destination<'a>(&self, shape: &Shape, texts: Texts<'a>, mode: Mode, values: &mut Values<'a>, notes: &mut Notes) {
        let destination =
            |p: &Param| p.source == Source::Path && p.pieces.iter().any(|p| p.slot().is_some_and(|(s, _)| s == Slot::Destination));
        let Some(param) = shape.params.iter().find(|p| destination(p)) else { return };
        let Some(hit) = self.hits.iter().find(|h| h.key == param.key && h.source == Source::Path) else { return };
        let raw = texts.path.get(hit.value.0 as usize..).unwrap_or_default();
        let mut whole = raw.to_owned();
        for (glue, text) in [('?', texts.query), ('#', texts.fragment)] {
            if !text.is_empty() {
                whole.push(glue);
                whole.push_str(text);
            }
        }
        let text = Cow::Owned(decode(&whole, false).into_owned());
        put(values, notes, mode, "", Entry { slot: Slot::Destination, form: Form::Plain, place: hit.place(), text });
    }

    /// The parameters within a parameter's value.
    fn collect_inner(&mut self, shape: &Shape, texts: Texts<'_>) {
        let outer = shape.params.iter().position(|p| p.source == Source::Inner).and_then(|n| shape.params.get(n.checked_sub(1)?));
        let hit = outer.and_then(|outer| {
            let mut hits = self.hits.iter().filter(|hit| hit.source == Source::Query && hit.key == outer.key);
            hits.find(|hit| self.is_named(shape, outer, hit, texts)).copied()
        });
        if let Some(hit) = hit {
            // Everything that is scanned is ASCII; what was decoded may not be.
            let value = self.value(&hit, texts);
            let mut inner = String::with_capacity(value.len());
            for c in value.chars() {
                if c.is_ascii() { inner.push(c) } else { encode_into(&mut inner, c.encode_utf8(&mut [0; 4])) }
            }
            self.inner = inner;
            let inner = std::mem::take(&mut self.inner);
            self.collect(&INDEX, Source::Inner, &inner);
            self.inner = inner;
            for inner in self.hits.iter_mut().filter(|h| h.source == Source::Inner) {
                inner.n = hit.n;
            }
        }
    }

    /// On an unknown host, a generic parameter that holds a network's name says who, but not which affiliate.
    fn name_as_affiliate(&self, texts: Texts<'_>, sight: &mut Sight<'_>) {
        for hit in self.hits.iter().filter(|hit| INDEX.flags(hit.key) & GENERIC_NAME != 0 && hit.source == Source::Query) {
            let value = self.value(hit, texts);
            if NETWORKS.iter().any(|row| value.eq_ignore_ascii_case(row.id) || value.eq_ignore_ascii_case(row.name)) {
                sight.notes.add(LinkWarning::NetworkNameAsAffiliate, hit.place());
            }
        }
    }
}

impl Sight<'_> {
    /// The ids of further networks.
    pub(crate) fn second_ids(&self) -> impl Iterator<Item = &'static str> {
        self.second.iter().map(|(shape, _)| shape.row.id)
    }
}

impl Hit {
    fn place(&self) -> Place {
        match self.source {
            Source::Query | Source::Inner => Place::Query(self.n as usize),
            Source::Fragment => Place::Fragment(self.n as usize),
            Source::Path => Place::Segment(self.n as usize),
        }
    }
}

impl Slot {
    fn index(self) -> usize {
        match self {
            Self::Product => 0,
            Self::Affiliate => 1,
            Self::Campaign => 2,
            Self::ClickId => 3,
            Self::Destination => 4,
            Self::Ignored => 5,
            Self::Sub(n) => 5 + usize::from(n),
        }
    }
}

/// Whether a slot holds an id, in which a blank has no place.
fn is_id(slot: Slot) -> bool {
    matches!(slot, Slot::Product | Slot::Affiliate | Slot::ClickId)
}

struct Entry<'a> {
    slot: Slot,
    form: Form,
    place: Place,
    text: Cow<'a, str>,
}

/// Puts a value into its slot, and notes what is odd about it; false if there is none to read.
fn put<'a>(values: &mut Values<'a>, notes: &mut Notes, mode: Mode, name: &'a str, entry: Entry<'a>) -> bool {
    let Entry { slot, form, place, text } = entry;
    if slot == Slot::Ignored {
        return false;
    }
    let text = match if mode.lenient && slot != Slot::Destination && matches!(place, Place::Segment(_)) {
        text.find(char::is_whitespace)
    } else {
        None
    } {
        Some(at) => {
            notes.add(LinkWarning::TrailingGarbage, place);
            cut(&text, 0..at)
        }
        None => text,
    };
    if is_placeholder(slot.name(), &text) {
        notes.add(LinkWarning::Placeholder, place);
    }
    let Some(text) = formed(slot, form, text) else {
        if form == Form::Base64 {
            notes.add(LinkWarning::UnreadableValue, place);
        }
        return false;
    };
    // Only what was encoded can hold a control character, a letter outside ASCII, or another percent sign.
    let decoded = matches!(text, Cow::Owned(_));
    if (text.len() > TEXT_MAX && slot != Slot::Destination) || (decoded && has_control(&text)) {
        notes.add(LinkWarning::UnreadableValue, place);
        return false;
    }
    if decoded && is_id(slot) {
        if !text.is_ascii() {
            notes.add(LinkWarning::NonAsciiId, place);
        }
        if has_second_escape(&text) {
            notes.add(LinkWarning::DoubleEncoded, place);
        }
    }
    let is_read = !text.is_empty();
    values.fill(slot, name, text);
    is_read
}

/// Two names of one slot: the weightier stays, and a difference is said.
fn conflict<'a>(values: &mut Values<'a>, other: Values<'a>, slot: Slot, wins: bool, notes: &mut Notes, place: Place) -> bool {
    if other.is_empty() {
        return false;
    }
    let mut differ = |a: &mut Option<Cow<'a, str>>, b: Option<Cow<'a, str>>| {
        if a.is_some() && *a != b {
            notes.add(LinkWarning::ConflictingDuplicate, place);
        }
        if wins || a.is_none() {
            *a = b;
        }
    };
    match slot {
        Slot::Product => differ(&mut values.product, other.product),
        Slot::Affiliate => differ(&mut values.affiliate, other.affiliate),
        Slot::Campaign => differ(&mut values.campaign, other.campaign),
        Slot::ClickId => differ(&mut values.click_id, other.click_id),
        Slot::Destination => differ(&mut values.destination, other.destination),
        Slot::Sub(_) | Slot::Ignored => {}
    }
    true
}

/// Whether a value has the form of these pieces, in each of its parts.
fn has_form(pieces: &[Piece], value: &str) -> bool {
    let mut all = true;
    let fits = fit(pieces, value, |slot, form, range| {
        // Whether an id can be decoded does not change whose it is.
        all &= form == Form::Base64 || formed(slot, form, Cow::Borrowed(value.get(range).unwrap_or_default())).is_some();
    });
    fits && all
}

/// The value behind a network's own form; `None` if it does not have it.
fn formed(slot: Slot, form: Form, text: Cow<'_, str>) -> Option<Cow<'_, str>> {
    let digits = |text: &str| text.bytes().take_while(u8::is_ascii_digit).count();
    match form {
        Form::Plain => Some(text),
        Form::Digits => (digits(&text) == text.len()).then_some(text),
        Form::Integer => match digits(&text) {
            0 => None,
            n => Some(cut(&text, 0..n)),
        },
        Form::Base64 => from_base64(&text).map(Cow::Owned),
        Form::Https => Some(if text.contains("://") { text } else { Cow::Owned(format!("https://{text}")) }),
        Form::Site => {
            let (site, hash) = text.split_once('-')?;
            let ranges: Range<usize> = if slot == Slot::Affiliate { 0..11 } else { 0..text.len() };
            (site.len() == 11 && hash.len() >= 16 && site.is_ascii()).then(|| cut(&text, ranges))
        }
    }
}

/// Whether a `%` and two hexadecimal digits are left after decoding.
fn has_second_escape(text: &str) -> bool {
    text.as_bytes().windows(3).any(|three| matches!(three, [b'%', a, b] if a.is_ascii_hexdigit() && b.is_ascii_hexdigit()))
}

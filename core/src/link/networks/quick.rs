//! The ids of plain links without the kernel: no escapes, no repeated names, no special forms. Whatever is not plain is left to the
//! kernel, which gives the same answer; columns are compared with single calls.

use super::index::{ANCHOR, Anchor, INDEX, Index, Mark, PathFit, Scope, Shape, Source};
use crate::id::TEXT_MAX;
use crate::link::pieces::{Form, Piece, Slot, fit};
use crate::link::sketch::Sketch;

/// The ids of one link.
#[derive(Clone, Copy, Debug, Default)]
pub(crate) struct Ids<'a> {
    shape: Option<&'static Shape>,
    /// Product, affiliate, campaign, click id.
    values: [Option<&'a str>; 4],
}

impl<'a> Ids<'a> {
    pub(crate) fn network(&self) -> Option<&'static str> {
        self.shape.map(|shape| shape.row.id)
    }

    pub(crate) fn template(&self) -> Option<&'static str> {
        self.shape.map(|shape| shape.documented.as_str())
    }

    pub(crate) fn product(&self) -> Option<&'a str> {
        self.values[0]
    }

    pub(crate) fn affiliate(&self) -> Option<&'a str> {
        self.values[1]
    }

    pub(crate) fn campaign(&self) -> Option<&'a str> {
        self.values[2]
    }

    pub(crate) fn click_id(&self) -> Option<&'a str> {
        self.values[3]
    }

    /// Puts a value where none is; `None` if it is not plain.
    #[inline]
    fn put(&mut self, slot: usize, value: &'a str) -> Option<()> {
        let place = self.values.get_mut(slot)?;
        if place.is_some() || value.len() > TEXT_MAX {
            return None;
        }
        *place = Some(value).filter(|value| !value.is_empty());
        Some(())
    }
}

/// How a plain link of one shape is read.
#[derive(Debug)]
pub(super) struct Plan {
    /// The fixed text that the path begins with; it ends with a slash unless it is the whole path.
    start: String,
    /// Each segment behind it.
    path: Vec<Step>,
    /// Whether more may follow.
    any_path: bool,
    /// The names of parameters that matter: those that hold ids, those that must be there, and, where a name tells whose link it
    /// is, all of them.
    names: Vec<(Mark, Step)>,
    /// Whether their case does not matter. Plain names are equal without case where their folded marks are.
    any_case: bool,
    /// The lengths of those names, one bit each.
    lengths: u64,
    /// How many parameters must hold a fixed text.
    literals: usize,
    /// Whether some name must be there.
    needs_name: bool,
}

/// What is done with a text.
#[derive(Debug)]
enum Step {
    Literal(String),
    /// One of the values, or `IGNORED`.
    Slot(usize),
    /// Slots with text between them.
    Pieces(Vec<Piece>),
}

/// A slot that is no id.
const IGNORED: usize = 4;

/// Longer names have more bytes than a mark.
const NAME_MAX: usize = 16;

impl Step {
    /// `None`: too special.
    fn of(pieces: &[Piece]) -> Option<Self> {
        Some(match pieces {
            [Piece::Literal(text)] => Self::Literal(text.clone()),
            [Piece::Slot(Slot::Destination | Slot::Sub(_) | Slot::Ignored, _)] => Self::Slot(IGNORED),
            [Piece::Slot(slot, Form::Plain)] => Self::Slot(number(*slot)),
            pieces if pieces.iter().all(|p| p.slot().is_none_or(|(_, form)| form == Form::Plain)) => Self::Pieces(pieces.to_vec()),
            _ => return None,
        })
    }

    /// Whether a text without escapes fits; `None` if the kernel has to say.
    #[inline]
    fn read<'a>(&self, text: &'a str, ids: &mut Ids<'a>) -> Option<bool> {
        match self {
            Self::Literal(literal) => Some(literal == text),
            Self::Slot(IGNORED) => Some(true),
            Self::Slot(slot) => ids.put(*slot, text).map(|()| true),
            Self::Pieces(pieces) => {
                let mut plain = Some(());
                let fits = fit(pieces, text, |slot, _, range| {
                    if let (Some(value), slot @ 0..IGNORED) = (text.get(range), number(slot)) {
                        plain = plain.and_then(|()| ids.put(slot, value));
                    }
                });
                plain.map(|()| fits)
            }
        }
    }
}

impl Plan {
    /// The plan of a shape, if it is simple enough.
    pub(super) fn of(shape: &Shape) -> Option<Self> {
        let template = &shape.template;
        let own = shape.scope == Scope::Host && !shape.host_slots;
        let landing = shape.scope == Scope::Any && shape.any_path;
        let simple = template.inner.is_none() && template.named_from.is_none() && template.fragment.parameters().is_empty();
        if !(own || landing) || !simple || shape.has_twins {
            return None;
        }
        let mut path = template.path.iter().map(|pieces| Step::of(pieces)).collect::<Option<Vec<_>>>()?;
        let fixed = path.iter().take_while(|step| matches!(step, Step::Literal(_))).count();
        let mut start = String::from("/");
        for step in path.drain(..fixed) {
            if let Step::Literal(text) = step {
                start = start + &text + "/";
            }
        }
        if path.is_empty() && !template.any_path {
            start.pop();
        }
        let any_case = shape.row.any_case;
        let needs_name = own && !shape.telling_path && path.is_empty();
        let mut names = Vec::new();
        for param in &shape.params {
            let step = Step::of(&param.pieces)?;
            let anchors = landing && param.anchor != Anchor::No;
            if anchors && !param.pieces.iter().all(|p| p.slot().is_none_or(|(_, form)| form == Form::Plain)) {
                return None;
            }
            if needs_name || anchors || !matches!(step, Step::Slot(IGNORED)) {
                if param.source != Source::Query || param.name.len() > NAME_MAX {
                    return None;
                }
                let mark = Mark::exact(param.name.as_bytes());
                names.push((if any_case { mark.folded() } else { mark }, step));
            }
        }
        let lengths = names.iter().fold(0, |lengths, (mark, _)| lengths | 1 << mark.len());
        let literals = names.iter().filter(|(_, step)| matches!(step, Step::Literal(_))).count();
        Some(Self { start, path, any_path: template.any_path, names, any_case, lengths, literals, needs_name })
    }
}

fn number(slot: Slot) -> usize {
    match slot {
        Slot::Product => 0,
        Slot::Affiliate => 1,
        Slot::Campaign => 2,
        Slot::ClickId => 3,
        Slot::Destination | Slot::Ignored | Slot::Sub(_) => IGNORED,
    }
}

/// The ids of a plain link; `None`: ask the kernel.
pub(crate) fn ids<'a>(url: &Sketch<'a, '_>) -> Option<Ids<'a>> {
    if url.has_hash || url.has_odd_segment {
        return None;
    }
    let index: &'static Index = &INDEX;
    for shape in index.hosted(url.host, url.tail).iter().filter_map(|n| index.shapes.get(*n)) {
        if shape.host_slots {
            return None;
        }
        if !shape.is_at_home(url.host) {
            continue;
        }
        let mut ids = Ids { shape: Some(shape), ..Ids::default() };
        // What was put stays nowhere if it does not fit: another shape begins anew.
        match &shape.plan {
            Some(plan) if plan.read(url, &mut ids)? => return Some(ids),
            None if shape.fits_path(url.path()) != PathFit::No => return None,
            Some(_) | None => {}
        }
    }
    index.landing(url)
}

impl Plan {
    /// Whether a link on the network's own host fits.
    fn read<'a>(&self, url: &Sketch<'a, '_>, ids: &mut Ids<'a>) -> Option<bool> {
        if !self.read_path(url, ids)? {
            return Some(false);
        }
        if self.names.is_empty() {
            return Some(true);
        }
        let found = self.read_query(url, ids)?;
        Some(found || !self.needs_name)
    }

    /// Whether the path fits; `None` if it is not plain.
    fn read_path<'a>(&self, url: &Sketch<'a, '_>, ids: &mut Ids<'a>) -> Option<bool> {
        if url.escape(url.path_start) < url.path_end {
            return None;
        }
        let path = if url.path_start == url.path_end { "/" } else { url.path() };
        let Some(behind) = path.strip_prefix(self.start.as_str()) else {
            // A missing end is left to the kernel.
            return if self.start.starts_with(path) { None } else { Some(false) };
        };
        let mut steps = self.path.iter();
        if steps.len() == 0 {
            return Some(self.any_path || matches!(behind, "" | "/"));
        }
        let mut at = url.path_end - behind.len();
        loop {
            let end = url.slash(at).min(url.path_end);
            let segment = url.part(at..end);
            match steps.next() {
                // A missing end is left to the kernel, and so is an empty part.
                Some(_) if segment.is_empty() => return None,
                Some(step) => {
                    if !step.read(segment, ids)? {
                        return Some(false);
                    }
                }
                None => return Some(self.any_path || (segment.is_empty() && end == url.path_end)),
            }
            if end == url.path_end {
                return if steps.len() == 0 { Some(true) } else { None };
            }
            at = end + 1;
        }
    }

    /// Whether a name was found; `None` if the kernel has to say.
    fn read_query<'a>(&self, url: &Sketch<'a, '_>, ids: &mut Ids<'a>) -> Option<bool> {
        let (mut found, mut literals) = (false, 0);
        for pair in url.pairs() {
            let Plain { start, name_end, end, is_escaped } = pair?;
            // No name of a plan is longer than sixteen bytes.
            if self.lengths >> (name_end - start).min(63) & 1 == 0 {
                continue;
            }
            let mark = url.mark(start, name_end);
            let mark = if self.any_case { mark.folded() } else { mark };
            let Some((_, step)) = self.names.iter().find(|(name, _)| *name == mark) else { continue };
            let text = url.part(name_end + 1..end);
            if text.is_empty() || (is_escaped && !matches!(step, Step::Slot(IGNORED))) || !step.read(text, ids)? {
                return None;
            }
            found = true;
            literals += usize::from(matches!(step, Step::Literal(_)));
        }
        // A text that is missing, or stands twice, is the kernel's.
        (literals == self.literals).then_some(found)
    }
}

impl Index {
    /// The ids that a network adds to the vendor's page.
    fn landing<'a>(&'static self, url: &Sketch<'a, '_>) -> Option<Ids<'a>> {
        for pair in url.pairs() {
            let Plain { start, name_end, .. } = pair?;
            let name = url.text.as_bytes().get(start..name_end)?;
            if !name.first().is_some_and(|first| self.may_be_key(*first, name.len())) {
                continue;
            }
            let Some(key) = self.find_mark(url.mark(start, name_end).folded()) else { continue };
            if self.flags(key) & ANCHOR == 0 {
                continue;
            }
            let mut shapes = self.anchored(key).iter().filter_map(|n| self.shapes.get(*n)).filter(|shape| shape.scope == Scope::Any);
            let Some(shape) = shapes.next() else { continue };
            let plan = shape.plan.as_ref()?;
            // Spelled otherwise, it is not this network's.
            let is_it = |known: &[u8]| if plan.any_case { known.eq_ignore_ascii_case(name) } else { known == name };
            shape.params.iter().find(|param| param.anchor != Anchor::No && is_it(param.name.as_bytes()))?;
            let mut ids = Ids { shape: Some(shape), ..Ids::default() };
            plan.read_query(url, &mut ids)?;
            return Some(ids);
        }
        Some(Ids::default())
    }
}

/// A pair of the query: where it starts, where its name ends, where it ends, and whether its value holds an escape.
struct Plain {
    start: usize,
    name_end: usize,
    end: usize,
    is_escaped: bool,
}

impl Sketch<'_, '_> {
    /// The pairs of the query; `None` stands for one whose name holds an escape.
    #[inline]
    fn pairs(&self) -> impl Iterator<Item = Option<Plain>> {
        let mut at = self.path_end + 1;
        let mut escape = self.escape(at);
        std::iter::from_fn(move || {
            let start = at;
            if start > self.text.len() {
                return None;
            }
            let (name_end, end) = self.pair(start);
            at = end + 1;
            if escape < start {
                escape = self.escape(start);
            }
            Some((escape >= name_end).then_some(Plain { start, name_end, end, is_escaped: escape < end }))
        })
    }

    /// The mark of a name that stands in the text.
    #[inline]
    fn mark(&self, start: usize, end: usize) -> Mark {
        let bytes = self.text.as_bytes();
        Mark::exact_in(bytes.get(start..end).unwrap_or_default(), bytes.get(start..).unwrap_or_default())
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::link::sketch::Sketcher;

    #[test]
    fn plain_links_take_the_quick_way() {
        for (url, expected) in [
            ("https://www.copecart.com/products/00000a1c/p/user7/?x=1", ("copecart", [Some("00000a1c"), Some("user7"), None, None])),
            (
                "https://www.digistore24.com/redir/7/user7/spring?ds24tr=k",
                ("digistore24", [Some("7"), Some("user7"), Some("spring"), None]),
            ),
            ("https://www.awin1.com/cread.php?awinmid=1&awinaffid=2&ued=https%3A%2F%2Fa.b", ("awin", [Some("1"), Some("2"), None, None])),
            ("https://www.dpbolvw.net/click-2-3?sid=mail&url=https%3A%2F%2Fshop.example%2F", ("cj", [Some("3"), Some("2"), None, None])),
            ("https://shop.example/shoes-3?irgwc=1&irclickid=XyZ&tid=IR-affiliate-4", ("impact", [None, Some("4"), None, Some("XyZ")])),
            ("https://www.amazon.com/dp/B1?tag=site7-20&linkCode=ogi", ("amazon", [Some("B1"), Some("site7-20"), None, None])),
        ] {
            let mut sketcher = Sketcher::default();
            let ids = ids(&sketcher.sketch(url).unwrap()).map(|ids| (ids.network(), ids.values));
            assert_eq!(ids, Some((Some(expected.0), expected.1)), "{url}");
        }
        let mut sketcher = Sketcher::default();
        let ids = ids(&sketcher.sketch("https://a.example/b?ref=home&utm_source_platform=x").unwrap()).unwrap();
        assert_eq!((ids.network(), ids.values), (None, [None; 4]));
    }
}

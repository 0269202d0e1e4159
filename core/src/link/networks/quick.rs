//! The ids of plain links without the kernel: no escapes, no repeated names, no special forms. Whatever is not plain is left to the
//! kernel, which gives the same answer; columns are compared with single calls.

use super::index::{ANCHOR, INDEX, Index, Mark, PathFit, Shape};
use crate::id::TEXT_MAX;
use crate::link::parts::Parts;
use crate::link::pieces::{Form, Piece, Slot, fit};
use crate::link::scan::{Pair, find, has_escape, pairs};

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
    /// Each segment behind the fixed start of the path: a text, a slot, or (beyond the slots) anything.
    path: Vec<Step>,
    /// The names of parameters that hold ids.
    names: Vec<(Mark, usize)>,
}

#[derive(Debug)]
enum Step {
    Text(String),
    Slot(usize),
    /// Slots with text between them.
    Pieces(Vec<Piece>),
}

/// A slot that is no id.
const IGNORED: usize = 4;

impl Plan {
    /// The plan of a shape, if it is simple enough.
    pub(super) fn of(shape: &Shape) -> Option<Self> {
        let simple = !shape.host_slots && shape.telling_path && shape.template.inner.is_none() && shape.template.named_from.is_none();
        if !simple || shape.has_literals || shape.has_twins {
            return None;
        }
        let mut path = Vec::new();
        for segment in &shape.template.path {
            path.push(match segment.as_slice() {
                [Piece::Literal(text)] => Step::Text(text.clone()),
                [Piece::Slot(slot, Form::Plain)] => Step::Slot(number(*slot)),
                pieces if pieces.iter().all(|p| p.slot().is_none_or(|(_, form)| form == Form::Plain)) => Step::Pieces(pieces.to_vec()),
                _ => return None,
            });
        }
        let mut names = Vec::new();
        for (param, single) in shape.params.iter().zip(&shape.singles) {
            match single {
                Some((Slot::Destination | Slot::Sub(_) | Slot::Ignored, _)) => {}
                Some((slot, Form::Plain)) if param.name.len() <= 16 => names.push((Mark::exact(param.name.as_bytes()), number(*slot))),
                _ => return None,
            }
        }
        // Where names have no case, the kernel compares them.
        (names.is_empty() || !shape.row.any_case).then_some(Self { path, names })
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
pub(crate) fn ids<'a>(parts: &'a Parts<'_>) -> Option<Ids<'a>> {
    let index: &'static Index = &INDEX;
    let query = parts.query.as_deref().unwrap_or_default();
    for shape in index.hosted(&parts.host, parts.tail).iter().filter_map(|n| index.shapes.get(*n)) {
        if shape.host_slots {
            return None;
        }
        if !shape.is_at_home(&parts.host) || shape.fits_path(&parts.path) == PathFit::No {
            continue;
        }
        let plan = shape.plan.as_ref()?;
        let mut ids = Ids { shape: Some(shape), ..Ids::default() };
        if !plan.read_path(&parts.path, &mut ids)? {
            continue;
        }
        if !plan.names.is_empty() {
            plan.read_query(query, &mut ids)?;
        }
        return Some(ids);
    }
    let has_anchor = parts.fragment.is_some() || index.may_be_anchored(query);
    if has_anchor { None } else { Some(Ids::default()) }
}

impl Plan {
    /// Whether the path fits; `None` if it is not plain.
    fn read_path<'a>(&self, path: &'a str, ids: &mut Ids<'a>) -> Option<bool> {
        if find(path.as_bytes(), b'%').is_some() {
            return None;
        }
        let mut rest = path.strip_prefix('/')?;
        let mut steps = self.path.iter();
        loop {
            let (segment, behind) = match find(rest.as_bytes(), b'/') {
                Some(at) => (rest.get(..at)?, rest.get(at + 1..)),
                None => (rest, None),
            };
            match (steps.next(), segment) {
                (Some(Step::Text(text)), _) if text == segment => {}
                // A missing end is left to the kernel, and so is an empty part.
                (Some(_), "") => return None,
                (Some(Step::Text(_)), _) => return Some(false),
                (Some(Step::Slot(IGNORED)), _) => {}
                (Some(Step::Slot(slot)), value) => ids.put(*slot, value)?,
                (Some(Step::Pieces(pieces)), text) => {
                    let mut plain = Some(());
                    let fits = fit(pieces, text, |slot, _, range| {
                        if let (Some(value), slot @ 0..IGNORED) = (text.get(range), number(slot)) {
                            plain = plain.and_then(|()| ids.put(slot, value));
                        }
                    });
                    plain?;
                    if !fits {
                        // What was put stays nowhere: another shape begins anew.
                        return Some(false);
                    }
                }
                (None, "") if behind.is_none() => return Some(true),
                (None, _) => return Some(false),
            }
            match behind {
                Some(behind) => rest = behind,
                None if steps.len() == 0 => return Some(true),
                None => return None,
            }
        }
    }

    fn read_query<'a>(&self, query: &'a str, ids: &mut Ids<'a>) -> Option<()> {
        let bytes = query.as_bytes();
        for Pair { start, name_end, value, end } in pairs(bytes) {
            let mark = Mark::exact_in(bytes.get(start..name_end)?, bytes.get(start..)?);
            if let Some((_, slot)) = self.names.iter().find(|(name, _)| *name == mark) {
                let text = query.get(value..end)?;
                if has_escape(text.as_bytes(), true) || text.is_empty() {
                    return None;
                }
                ids.put(*slot, text)?;
            } else if mark.may_hold_escape() {
                return None;
            }
        }
        Some(())
    }
}

impl Index {
    /// Whether a name in the query may make it some network's link.
    fn may_be_anchored(&self, query: &str) -> bool {
        let bytes = query.as_bytes();
        pairs(bytes).any(|Pair { start, name_end, .. }| {
            let (Some(name), Some(from)) = (bytes.get(start..name_end), bytes.get(start..)) else { return true };
            let mark = Mark::of(name, from);
            mark.may_hold_escape() || self.find_mark(mark).is_some_and(|key| self.flags(key) & ANCHOR != 0)
        })
    }
}

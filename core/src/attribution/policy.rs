use crate::error::words;
use crate::program::{AttributionFile, PositionFile, StandDownFile, id_at};
use crate::time::parse_duration;
use crate::{Error, ErrorCode, Evidence, Result, SAFE_MAX};

words! {
    /// Who of several is credited.
    pub(crate) ModelName: "model" {
        /// The latest touch.
        LastTouch => "last_touch",
        /// The earliest touch.
        FirstTouch => "first_touch",
        /// Every touch alike.
        Linear => "linear",
        /// The first and the last touch most.
        PositionBased => "position_based",
        /// Later touches more, halving with age.
        TimeDecay => "time_decay",
    }
}

words! {
    /// Which answers about tracking let a touch count.
    pub(crate) ConsentRule: "consent rule" {
        /// All but `denied` and `gpc`.
        UnlessDenied => "unless_denied",
        /// Only `granted`.
        Granted => "granted",
    }
}

words! {
    /// For whom a coupon counts.
    pub(crate) Audience: "audience of coupons" {
        /// For everybody who types it.
        Anyone => "anyone",
        /// For buyers who also met its owner otherwise.
        Touched => "touched",
    }
}

words! {
    /// Among whom position-based credit shares what first and last leave.
    pub(crate) Spread: "way to share the middle" {
        /// The touches between them.
        Between => "between",
        /// All touches, the first and the last too.
        All => "all",
    }
}

#[derive(Clone, Copy, Debug)]
pub(crate) enum Model {
    LastTouch,
    FirstTouch,
    Linear,
    PositionBased { first: u64, middle: u64, last: u64, spread: Spread },
    TimeDecay { half_life_ms: u64 },
}

/// The parsed `[attribution]` of a program.
#[derive(Clone, Debug)]
pub(crate) struct Policy {
    pub(crate) model: Model,
    /// 0 is the strongest tier.
    pub(crate) tier: PerEvidence<u8>,
    /// `None`: unlimited.
    pub(crate) window_ms: PerEvidence<Option<i64>>,
    /// Touches nearer to the order than this cannot have led to it.
    pub(crate) shortest_ms: PerEvidence<i64>,
    pub(crate) coupon_audience: Audience,
    pub(crate) accounts_max: u32,
    pub(crate) signed: PerEvidence<bool>,
    pub(crate) after_cart: PerEvidence<bool>,
    pub(crate) consent: ConsentRule,
    pub(crate) cross_product: bool,
    /// Classes of affiliates, and how long after another's touch they stand down.
    stand_down_ms: Vec<(String, i64)>,
}

/// One value for each kind of evidence.
#[derive(Clone, Copy, Debug)]
pub(crate) struct PerEvidence<T>([T; Evidence::ALL.len()]);

impl<T: Copy> PerEvidence<T> {
    fn all(value: T) -> Self {
        Self([value; Evidence::ALL.len()])
    }

    pub(crate) fn of(&self, evidence: Evidence) -> T {
        // INVARIANT: the array is as long as the list of variants.
        self.0.get(evidence as usize).copied().unwrap_or(self.0[0])
    }

    fn set(&mut self, evidence: Evidence, value: T) {
        if let Some(slot) = self.0.get_mut(evidence as usize) {
            *slot = value;
        }
    }
}

impl Policy {
    pub(crate) fn parse(file: &AttributionFile) -> Result<Self> {
        let AttributionFile {
            model,
            precedence,
            window,
            windows,
            signed,
            consent,
            cross_product,
            after_cart,
            stand_down,
            half_life,
            position,
            shortest,
            coupon_audience,
            accounts_max,
        } = file;
        let mut window_ms = PerEvidence::all(window_of(window).map_err(|e| e.at("/window"))?);
        for (evidence, text) in windows {
            window_ms.set(*evidence, window_of(text).map_err(|e| e.at(format_args!("/windows/{evidence}")))?);
        }
        let mut shortest_ms = PerEvidence::all(0);
        for (evidence, text) in shortest {
            let shortest = parse_duration(text).map_err(|e| e.at(format_args!("/shortest/{evidence}")))?;
            if window_ms.of(*evidence).is_some_and(|window| window < shortest) {
                let detail = format!("/shortest/{evidence}: no touch is older than this and within its window");
                return Err(Error::new(ErrorCode::ProgramInvalid, detail));
            }
            shortest_ms.set(*evidence, shortest);
        }
        let mut stand_down_ms: Vec<(String, i64)> = Vec::with_capacity(stand_down.len());
        for (n, StandDownFile { class, within }) in stand_down.iter().enumerate() {
            id_at(&format!("/stand_down/{n}/class"), class)?;
            if stand_down_ms.iter().any(|(earlier, _)| earlier == class) {
                return Err(Error::new(ErrorCode::ProgramConflict, format!("/stand_down/{n}/class: `{class}` occurs twice")));
            }
            stand_down_ms.push((class.clone(), parse_duration(within).map_err(|e| e.at(format_args!("/stand_down/{n}/within")))?));
        }
        let half_life_ms = parse_duration(half_life).map_err(|e| e.at("/half_life"))?;
        if half_life_ms == 0 {
            return Err(Error::new(ErrorCode::DurationInvalid, "/half_life: is zero"));
        }
        let parts = [position.first, position.middle, position.last];
        if parts.iter().any(|p| *p > 1_000_000) || position.first == 0 || position.last == 0 {
            return Err(Error::new(ErrorCode::NumberInvalid, "/position: first and last are 1 to 1000000, middle 0 to 1000000"));
        }
        Ok(Self {
            model: match model {
                ModelName::LastTouch => Model::LastTouch,
                ModelName::FirstTouch => Model::FirstTouch,
                ModelName::Linear => Model::Linear,
                ModelName::PositionBased => {
                    let PositionFile { first, middle, last, spread } = *position;
                    Model::PositionBased { first: first.into(), middle: middle.into(), last: last.into(), spread }
                }
                ModelName::TimeDecay => Model::TimeDecay { half_life_ms: half_life_ms.unsigned_abs() },
            },
            tier: tiers(&precedence.0)?,
            window_ms,
            shortest_ms,
            coupon_audience: *coupon_audience,
            accounts_max: *accounts_max,
            signed: marked(signed),
            after_cart: marked(after_cart),
            consent: *consent,
            cross_product: *cross_product,
            stand_down_ms,
        })
    }

    /// The classes that stand down, and how long.
    pub(crate) fn classes(&self) -> &[(String, i64)] {
        &self.stand_down_ms
    }

    /// How long an affiliate of this class stands down; `None` if it need not.
    pub(crate) fn stand_down_ms(&self, class: &str) -> Option<i64> {
        self.stand_down_ms.iter().find(|(name, _)| name == class).map(|(_, within)| *within)
    }
}

fn window_of(text: &str) -> Result<Option<i64>> {
    match text {
        "unlimited" => Ok(None),
        _ => parse_duration(text).map(|ms| Some(ms.min(SAFE_MAX))),
    }
}

fn marked(kinds: &[Evidence]) -> PerEvidence<bool> {
    let mut marks = PerEvidence::all(false);
    kinds.iter().for_each(|kind| marks.set(*kind, true));
    marks
}

/// Every kind of evidence stands in exactly one tier, so that none is forgotten by accident.
fn tiers(lists: &[Vec<Evidence>]) -> Result<PerEvidence<u8>> {
    let mut found: PerEvidence<Option<u8>> = PerEvidence::all(None);
    let mut tier = PerEvidence::all(0);
    // INVARIANT: a tier that adds no kind is an error, so there are at most 9.
    for (n, kinds) in lists.iter().enumerate() {
        if kinds.is_empty() {
            return Err(Error::new(ErrorCode::ProgramInvalid, format!("/precedence/{n}: is empty")));
        }
        for kind in kinds {
            if found.of(*kind).is_some() {
                return Err(Error::new(ErrorCode::ProgramConflict, format!("/precedence/{n}: `{kind}` occurs twice")));
            }
            found.set(*kind, Some(n as u8));
            tier.set(*kind, n as u8);
        }
    }
    let missing: Vec<&str> = Evidence::ALL.iter().filter(|kind| found.of(**kind).is_none()).map(|kind| kind.as_str()).collect();
    if missing.is_empty() {
        Ok(tier)
    } else {
        Err(Error::new(ErrorCode::ProgramInvalid, format!("/precedence: does not say where {} stands", missing.join(", "))))
    }
}

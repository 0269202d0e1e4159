//! The decision, restated: small, slow, and sharing no code with the engine. It reads the program's JSON itself.
#![allow(clippy::unwrap_used, clippy::indexing_slicing, clippy::panic, clippy::float_arithmetic, reason = "a restatement for tests")]

use sentby::{Consent, Decision, Evidence, Order, Reason, Suspicion, Touch};
use serde_json::Value;

const MINUTE: i64 = 60_000;

/// What of a program matters to a decision.
#[derive(Debug)]
pub(crate) struct Specification {
    fold: bool,
    model: String,
    /// The tier of each kind of evidence, 0 strongest.
    tiers: [usize; 9],
    windows: [Option<i64>; 9],
    shortest: [i64; 9],
    signed: [bool; 9],
    after_cart: [bool; 9],
    must_be_granted: bool,
    cross_product: bool,
    coupons_need_touch: bool,
    half_life: i64,
    position: [u64; 3],
    spread_over_all: bool,
    accounts_max: u64,
    affiliates: Vec<Affiliate>,
}

#[derive(Debug)]
struct Affiliate {
    id: String,
    identities: Vec<String>,
    /// How long it stands down, if it is of such a class.
    stands_down: Option<i64>,
    /// Since when which state holds, for which product.
    states: Vec<(i64, String, Option<String>)>,
}

/// A decision, reduced to what is compared.
#[derive(Debug, PartialEq)]
pub(crate) struct Answer {
    pub(crate) verdicts: Vec<(Reason, Option<usize>)>,
    pub(crate) credits: Vec<(usize, u64)>,
    pub(crate) flags: Vec<(Suspicion, Vec<usize>)>,
    pub(crate) conflicts: Vec<(Evidence, String, usize, bool)>,
    /// Whether the weights come from floats, which may round a half the other way.
    pub(crate) rounded: bool,
}

impl Answer {
    fn of(decision: &Decision) -> Self {
        let indices = |list: &[u32]| list.iter().map(|n| *n as usize).collect();
        Self {
            verdicts: decision.verdicts.iter().map(|v| (v.reason, v.by.map(|n| n as usize))).collect(),
            credits: decision.credits.iter().map(|c| (c.touch as usize, c.weight)).collect(),
            flags: decision.flags.iter().map(|f| (f.code, indices(&f.touches))).collect(),
            rounded: false,
            conflicts: decision.conflicts.iter().map(|w| (w.evidence, w.affiliate.clone(), w.touch as usize, w.credited)).collect(),
        }
    }

    /// Whether a decision says the same.
    pub(crate) fn agrees(&self, decision: &Decision) -> bool {
        let other = Self::of(decision);
        let close = |(a, b): (&(usize, u64), &(usize, u64))| a.0 == b.0 && a.1.abs_diff(b.1) <= u64::from(self.rounded);
        let credits = self.credits.len() == other.credits.len() && self.credits.iter().zip(&other.credits).all(close);
        credits && self.verdicts == other.verdicts && self.flags == other.flags && self.conflicts == other.conflicts
    }
}

fn texts(value: &Value) -> Vec<String> {
    value.as_array().unwrap().iter().map(|text| text.as_str().unwrap().to_owned()).collect()
}

/// `30d`, `1500ms`.
fn duration(text: &str) -> i64 {
    let digits = text.trim_end_matches(|c: char| c.is_ascii_alphabetic());
    let unit = match &text[digits.len()..] {
        "ms" => 1,
        "s" => 1000,
        "m" => MINUTE,
        "h" => 60 * MINUTE,
        "d" => 24 * 60 * MINUTE,
        other => panic!("{other}"),
    };
    digits.parse::<i64>().unwrap() * unit
}

/// `2026-03-01T09:00:00.001Z`, by counting days (Howard Hinnant's formula).
fn millis(text: &str) -> i64 {
    let text = text.strip_suffix('Z').unwrap();
    let (text, fraction) = text.split_once('.').unwrap_or((text, "0"));
    let n: Vec<i64> = text.split(['-', 'T', ':']).map(|n| n.parse().unwrap()).collect();
    let (y, m) = if n[1] > 2 { (n[0], n[1] - 3) } else { (n[0] - 1, n[1] + 9) };
    let (era, year) = (y.div_euclid(400), y.rem_euclid(400));
    let days = era * 146_097 + year * 365 + year / 4 - year / 100 + (153 * m + 2) / 5 + n[2] - 1 - 719_468;
    ((days * 24 + n[3]) * 60 + n[4]) * MINUTE + n[5] * 1000 + format!("{fraction:0<3}")[..3].parse::<i64>().unwrap()
}

fn kinds(value: &Value) -> [bool; 9] {
    let named = texts(value);
    std::array::from_fn(|n| named.iter().any(|name| name == Evidence::ALL[n].as_str()))
}

impl Specification {
    /// Reads a program in its canonical form.
    pub(crate) fn of(program: &Value) -> Self {
        let policy = &program["attribution"];
        let word = |key: &str| policy[key].as_str().unwrap_or_default().to_owned();
        let window = |text: &str| if text == "unlimited" { None } else { Some(duration(text)) };
        let own = |key: &str, n: usize| policy[key][Evidence::ALL[n].as_str()].as_str().map(str::to_owned);
        let tiers: Vec<Vec<String>> = policy["precedence"].as_array().unwrap().iter().map(texts).collect();
        let classes = policy["stand_down"].as_array().unwrap();
        let affiliate = |a: &Value| Affiliate {
            id: a["id"].as_str().unwrap().to_owned(),
            identities: texts(&a["identities"]),
            stands_down: classes.iter().find(|c| c["class"] == a["class"]).map(|c| duration(c["within"].as_str().unwrap())),
            states: (a["partnership"].as_array().unwrap().iter())
                .map(|p| {
                    let product = p["product"].as_str().map(str::to_owned);
                    (millis(p["since"].as_str().unwrap()), p["state"].as_str().unwrap().to_owned(), product)
                })
                .collect(),
        };
        Self {
            fold: program["ids"] == "fold_case",
            model: word("model"),
            tiers: std::array::from_fn(|n| tiers.iter().position(|tier| tier.iter().any(|k| k == Evidence::ALL[n].as_str())).unwrap()),
            windows: std::array::from_fn(|n| window(&own("windows", n).unwrap_or_else(|| word("window")))),
            shortest: std::array::from_fn(|n| own("shortest", n).map_or(0, |text| duration(&text))),
            signed: kinds(&policy["signed"]),
            after_cart: kinds(&policy["after_cart"]),
            must_be_granted: policy["consent"] == "granted",
            cross_product: policy["cross_product"] == true,
            coupons_need_touch: policy["coupon_audience"] == "touched",
            half_life: duration(&word("half_life")),
            position: ["first", "middle", "last"].map(|key| policy["position"][key].as_u64().unwrap()),
            spread_over_all: policy["position"]["spread"] == "all",
            accounts_max: policy["accounts_max"].as_u64().unwrap_or(3),
            affiliates: program["affiliates"].as_array().unwrap().iter().map(affiliate).collect(),
        }
    }

    fn same(&self, a: &str, b: &str) -> bool {
        if self.fold { a.eq_ignore_ascii_case(b) } else { a == b }
    }

    fn affiliate(&self, touch: &Touch) -> Option<&Affiliate> {
        self.affiliates.iter().find(|a| self.same(&a.id, &touch.affiliate))
    }

    /// The latest state that holds at `at`, among those for `product` (or for all, with none).
    fn latest<'a>(&self, affiliate: &'a Affiliate, product: Option<&str>, at: i64) -> Option<&'a str> {
        let fits = |of: &Option<String>| match (of, product) {
            (None, None) => true,
            (Some(of), Some(product)) => self.same(of, product),
            _ => false,
        };
        let states = affiliate.states.iter().filter(|(since, _, of)| *since <= at && fits(of));
        states.max_by_key(|(since, ..)| *since).map(|(_, state, _)| state.as_str())
    }

    fn partnership<'a>(&self, affiliate: &'a Affiliate, product: &str, at: i64) -> Option<&'a str> {
        match self.latest(affiliate, None, at) {
            Some(no @ ("suspended" | "denied" | "ended")) => Some(no),
            general => self.latest(affiliate, Some(product), at).or(general),
        }
    }

    /// The first check that fails of those that look at one touch.
    fn alone(&self, order: &Order, touch: &Touch) -> Option<Reason> {
        let kind = touch.evidence as usize;
        let age = order.at.millis() - touch.at.millis();
        let affiliate = self.affiliate(touch);
        let is = |wanted: &str| {
            affiliate.is_some_and(|a| order.lines.iter().any(|l| self.partnership(a, &l.product, order.at.millis()) == Some(wanted)))
        };
        let bought = |product: &String| order.lines.iter().any(|line| self.same(&line.product, product));
        let is_buyer = |a: &Affiliate| a.identities.iter().any(|identity| order.identities.contains(identity));
        let used = |coupon: &String| order.coupons.iter().any(|c| c.eq_ignore_ascii_case(coupon));
        let agreed = touch.consent == Consent::Granted || (touch.consent == Consent::Unknown && !self.must_be_granted);
        let checks: [(&dyn Fn() -> bool, Reason); 12] = [
            (&|| touch.navigated, Reason::NotNavigated),
            (&|| agreed, Reason::NoConsent),
            (&|| touch.signed || !self.signed[kind], Reason::Unsigned),
            (&|| age >= 0, Reason::AfterOrder),
            (&|| self.windows[kind].is_none_or(|window| age <= window), Reason::OutsideWindow),
            (&|| age >= self.shortest[kind], Reason::ImpossibleTime),
            (&|| affiliate.is_some(), Reason::UnknownAffiliate),
            (&|| is("approved") || is("suspended"), Reason::NoPartnership),
            (&|| is("approved"), Reason::Suspended),
            (&|| self.cross_product || touch.product.as_ref().is_none_or(bought), Reason::OtherProduct),
            (&|| !affiliate.is_some_and(is_buyer), Reason::SelfReferral),
            (&|| touch.evidence != Evidence::Coupon || touch.coupon.as_ref().is_some_and(used), Reason::CouponNotUsed),
        ];
        checks.into_iter().find(|(holds, _)| !holds()).map(|(_, reason)| reason)
    }

    pub(crate) fn decide(&self, order: &Order, touches: &[Touch]) -> Answer {
        let all = 0..touches.len();
        let tier = |n: usize| self.tiers[touches[n].evidence as usize];
        let name = |n: usize| self.affiliate(&touches[n]).map_or(touches[n].affiliate.as_str(), |a| a.id.as_str());
        let at = |n: usize| touches[n].at.millis();
        // The total order, and the order of strength.
        let total = |n: usize| {
            let Touch { click_id, product, campaign, coupon, evidence, .. } = &touches[n];
            (at(n), tier(n), name(n), click_id.as_deref(), *evidence, product.as_deref(), campaign.as_deref(), coupon.as_deref(), n)
        };
        let strength = |n: usize| (tier(n), touches[n].evidence, total(n));

        let mut lost: Vec<Option<(Reason, Option<usize>)>> = touches.iter().map(|t| self.alone(order, t).map(|why| (why, None))).collect();
        // One stage after another; each looks at what stood before it.
        type Stage<'s> = &'s dyn Fn(usize, &[usize]) -> Option<(Reason, Option<usize>)>;
        let coupons: Stage<'_> = &|n, standing| {
            let met = standing.iter().any(|k| touches[*k].evidence != Evidence::Coupon && name(*k) == name(n));
            (self.coupons_need_touch && touches[n].evidence == Evidence::Coupon && !met).then_some((Reason::CouponAudience, None))
        };
        let duplicates: Stage<'_> = &|n, standing| {
            touches[n].click_id.as_ref()?;
            let stronger = standing.iter().copied().filter(|k| touches[*k].click_id == touches[n].click_id && strength(*k) < strength(n));
            stronger.min_by_key(|k| strength(*k)).map(|k| (Reason::Duplicate, Some(k)))
        };
        let after_cart: Stage<'_> = &|n, standing| {
            let cart = order.cart_at?.millis();
            let before = standing.iter().copied().filter(|k| at(*k) <= cart).min_by_key(|k| total(*k))?;
            (at(n) > cart && self.after_cart[touches[n].evidence as usize]).then_some((Reason::AfterCart, Some(before)))
        };
        let class = |n: usize| self.affiliate(&touches[n]).and_then(|a| a.stands_down);
        let stand_down: Stage<'_> = &|n, standing| {
            let within = class(n)?;
            let others = standing.iter().copied().filter(|k| class(*k).is_none() && at(*k) <= at(n));
            let other = others.max_by_key(|k| total(*k)).filter(|k| at(n) - at(*k) <= within)?;
            Some((Reason::StandDown, Some(other)))
        };
        for stage in [coupons, duplicates, after_cart, stand_down] {
            let standing: Vec<usize> = all.clone().filter(|n| lost[*n].is_none()).collect();
            for n in &standing {
                lost[*n] = stage(*n, &standing);
            }
        }

        let eligible: Vec<usize> = all.clone().filter(|n| lost[*n].is_none()).collect();
        let best = eligible.iter().map(|n| tier(*n)).min();
        let mut deciding: Vec<usize> = eligible.iter().copied().filter(|n| Some(tier(*n)) == best).collect();
        deciding.sort_by_key(|n| total(*n));
        let weights = self.weights(&deciding.iter().map(|n| order.at.millis() - at(*n)).collect::<Vec<_>>());
        let credits: Vec<(usize, u64)> = deciding.iter().copied().zip(weights).filter(|(_, weight)| *weight > 0).collect();
        // The heaviest, the latest of several.
        let winner = credits.iter().max_by_key(|(_, weight)| *weight).map(|(n, _)| *n);
        let verdict = |n: usize| match lost[n] {
            Some(lost) => lost,
            None if credits.iter().any(|(k, _)| *k == n) => (Reason::Credited, None),
            None if Some(tier(n)) == best => (Reason::Superseded, winner),
            None => (Reason::Outranked, winner),
        };
        let credited = |n: usize| credits.iter().any(|(k, _)| name(*k) == name(n));
        Answer {
            verdicts: all.map(verdict).collect(),
            flags: self.flags(order, touches, &eligible, &credits),
            conflicts: {
                let latest = |kind: Evidence| eligible.iter().copied().filter(|n| touches[*n].evidence == kind).max_by_key(|n| total(*n));
                let said: Vec<usize> = Evidence::ALL.iter().filter_map(|kind| latest(*kind)).collect();
                let disagree = said.iter().any(|n| name(*n) != name(said[0]));
                said.into_iter().filter(|_| disagree).map(|n| (touches[n].evidence, name(n).to_owned(), n, credited(n))).collect()
            },
            credits,
            rounded: self.model == "time_decay",
        }
    }

    fn flags(&self, order: &Order, touches: &[Touch], eligible: &[usize], credits: &[(usize, u64)]) -> Vec<(Suspicion, Vec<usize>)> {
        let several = |group: &[usize]| group.iter().any(|n| !self.same(&touches[*n].affiliate, &touches[group[0]].affiliate));
        let all = || 0..touches.len();
        let mut flags = Vec::new();
        let mut clicks: Vec<&String> = touches.iter().filter_map(|t| t.click_id.as_ref()).collect();
        clicks.sort();
        clicks.dedup();
        for click in clicks {
            let group: Vec<usize> = all().filter(|n| touches[*n].click_id.as_ref() == Some(click)).collect();
            if several(&group) {
                flags.push((Suspicion::SharedClick, group));
            }
        }
        let mut moments: Vec<i64> = touches.iter().map(|t| t.at.millis()).collect();
        moments.sort_unstable();
        moments.dedup();
        for wanted in [true, false] {
            for moment in &moments {
                let is_visit = |n: &usize| matches!(touches[*n].evidence.as_str(), "token" | "parameter" | "cookie" | "click");
                let group: Vec<usize> = all().filter(|n| touches[*n].at.millis() == *moment).filter(is_visit).collect();
                let signed = group.iter().any(|n| touches[*n].evidence == Evidence::Token && touches[*n].signed);
                if !group.is_empty() && several(&group) && signed == wanted {
                    flags.push((if signed { Suspicion::ContradictedToken } else { Suspicion::SameMoment }, group));
                }
            }
        }
        let others: Vec<usize> = eligible.iter().copied().filter(|n| touches[*n].evidence != Evidence::Coupon).collect();
        for (n, _) in credits.iter().filter(|(n, _)| touches[*n].evidence == Evidence::Coupon) {
            if !others.is_empty() && !others.iter().any(|k| self.same(&touches[*k].affiliate, &touches[*n].affiliate)) {
                flags.push((Suspicion::CouponAlone, vec![*n]));
            }
        }
        if order.accounts.is_some_and(|n| u64::from(n) > self.accounts_max) {
            flags.push((Suspicion::ManyAccounts, vec![]));
        }
        let late: Vec<usize> = all().filter(|n| (1..=5 * MINUTE).contains(&(touches[*n].at.millis() - order.at.millis()))).collect();
        if !late.is_empty() {
            flags.push((Suspicion::ClockSkew, late));
        }
        flags
    }

    /// For touches of these ages, oldest first.
    fn weights(&self, ages: &[i64]) -> Vec<u64> {
        let n = ages.len();
        let [first, middle, last] = self.position;
        let (all, between) = (n as u64, n.saturating_sub(2) as u64);
        let place = |k: usize| match self.model.as_str() {
            "last_touch" => u64::from(k == n - 1),
            "first_touch" => u64::from(k == 0),
            "linear" => 1,
            "position_based" if n == 1 => 1,
            "position_based" if self.spread_over_all => middle + u64::from(k == 0) * first * all + u64::from(k == n - 1) * last * all,
            "position_based" if n == 2 => [first, last][k],
            "position_based" if k == 0 => first * between,
            "position_based" if k == n - 1 => last * between,
            "position_based" => middle,
            _ => ((32.0 - ages[k] as f64 / self.half_life as f64).exp2().round() as u64).max(1),
        };
        (0..n).map(place).collect()
    }
}

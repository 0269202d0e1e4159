//! The decision, restated: small, slow, and sharing no code with the engine. Both decide the same random cases.

use proptest::prelude::*;
use sentby::{Consent, Evidence, Line, Money, Order, Program, Reason, Time, Touch};

const DAY: i64 = 86_400_000;
const MINUTE: i64 = 60_000;
const AT: i64 = 1_772_560_800_000;
const NAMES: [&str; 4] = ["anna", "bob", "carl", "dora"];
const STATES: [&str; 5] = ["requested", "approved", "denied", "suspended", "ended"];
const MODELS: [&str; 5] = ["last_touch", "first_touch", "linear", "position_based", "time_decay"];

/// A policy and its affiliates, as the specification sees them.
#[derive(Clone, Debug)]
struct Rules {
    model: usize,
    /// The tier of each kind of evidence, 0 strongest.
    tiers: [usize; 9],
    windows: [Option<i64>; 9],
    signed: [bool; 9],
    after_cart: [bool; 9],
    consent_must_be_granted: bool,
    cross_product: bool,
    half_life_ms: i64,
    position: (u64, u64, u64),
    stand_down_ms: i64,
    /// Per affiliate: (since, index of a state, product).
    states: [Vec<(i64, usize, Option<&'static str>)>; 4],
    /// Which affiliates are of the class that stands down, and which are the buyer.
    class: [bool; 4],
    buyer: [bool; 4],
}

impl Rules {
    fn kinds(marks: &[bool; 9]) -> String {
        let names: Vec<String> = Evidence::ALL.iter().zip(marks).filter(|(_, m)| **m).map(|(e, _)| format!("\"{e}\"")).collect();
        format!("[{}]", names.join(", "))
    }

    fn toml(&self) -> String {
        let mut used: Vec<usize> = self.tiers.to_vec();
        used.sort_unstable();
        used.dedup();
        let tiers: Vec<String> = used.iter().map(|tier| Self::kinds(&self.tiers.map(|t| t == *tier))).collect();
        let windows: Vec<String> = Evidence::ALL
            .iter()
            .zip(self.windows)
            .map(|(e, w)| format!("{e} = \"{}\"", w.map_or("unlimited".into(), |ms| format!("{ms}ms"))))
            .collect();
        let (first, middle, last) = self.position;
        let mut text = format!(
            "sentby = 1\nvendor = \"v\"\n[attribution]\nmodel = \"{}\"\nprecedence = [{}]\nwindows = {{ {} }}\nsigned = {}\nafter_cart = {}\nconsent = \"{}\"\ncross_product = {}\n\
             half_life = \"{}ms\"\nposition = {{ first = {first}, middle = {middle}, last = {last} }}\nstand_down = [{{ class = \"extension\", within = \"{}ms\" }}]\n",
            MODELS[self.model],
            tiers.join(", "),
            windows.join(", "),
            Self::kinds(&self.signed),
            Self::kinds(&self.after_cart),
            if self.consent_must_be_granted { "granted" } else { "unless_denied" },
            self.cross_product,
            self.half_life_ms,
            self.stand_down_ms,
        );
        text += "[[products]]\nid = \"p\"\n[[products]]\nid = \"q\"\n";
        for (n, name) in NAMES.iter().enumerate() {
            let states: Vec<String> = self.states[n]
                .iter()
                .map(|(since, state, product)| {
                    let since = Time::from_millis(*since).unwrap();
                    let product = product.map_or(String::new(), |p| format!(", product = \"{p}\""));
                    format!("{{ state = \"{}\", since = \"{since}\"{product} }}", STATES[*state])
                })
                .collect();
            text += &format!("[[affiliates]]\nid = \"{name}\"\npartnership = [{}]\n", states.join(", "));
            if self.class[n] {
                text += "class = \"extension\"\n";
            }
            if self.buyer[n] {
                text += "identities = [\"the buyer\"]\n";
            }
        }
        text
    }

    /// The latest state that holds at the order, among those for `product` (or for all, with none).
    fn latest(&self, n: usize, product: Option<&str>) -> Option<&'static str> {
        let of = self.states[n].iter().filter(|(since, _, p)| *p == product && *since <= AT);
        of.max_by_key(|(since, ..)| *since).map(|(_, state, _)| STATES[*state])
    }

    fn partnership(&self, n: usize, product: &str) -> Option<&'static str> {
        match self.latest(n, None) {
            Some(no @ ("suspended" | "denied" | "ended")) => Some(no),
            general => self.latest(n, Some(product)).or(general),
        }
    }

    /// The first check that fails of those that look at one touch.
    fn alone(&self, order: &Order, touch: &Touch) -> Option<Reason> {
        let kind = touch.evidence as usize;
        let affiliate = NAMES.iter().position(|name| *name == touch.affiliate);
        let states = |n: usize| -> Vec<_> { order.lines.iter().map(|line| self.partnership(n, &line.product)).collect() };
        let approved = affiliate.is_some_and(|n| states(n).contains(&Some("approved")));
        let suspended = affiliate.is_some_and(|n| states(n).contains(&Some("suspended")));
        let bought = |product: &String| order.lines.iter().any(|line| line.product == *product);
        let checks = [
            (touch.navigated, Reason::NotNavigated),
            (touch.consent == Consent::Granted || (touch.consent == Consent::Unknown && !self.consent_must_be_granted), Reason::NoConsent),
            (touch.signed || !self.signed[kind], Reason::Unsigned),
            (touch.at.millis() <= AT, Reason::AfterOrder),
            (self.windows[kind].is_none_or(|window| AT - touch.at.millis() <= window), Reason::OutsideWindow),
            (affiliate.is_some(), Reason::UnknownAffiliate),
            (approved || suspended, Reason::NoPartnership),
            (approved, Reason::Suspended),
            (self.cross_product || touch.product.as_ref().is_none_or(bought), Reason::OtherProduct),
            (affiliate.is_some_and(|n| !self.buyer[n] || order.identities.is_empty()), Reason::SelfReferral),
            (touch.evidence != Evidence::Coupon || touch.coupon.as_deref() == Some("SPRING"), Reason::CouponNotUsed),
        ];
        checks.into_iter().find(|(holds, _)| !holds).map(|(_, reason)| reason)
    }

    fn decide(&self, order: &Order, touches: &[Touch]) -> (Vec<Reason>, Vec<(usize, u64)>) {
        let tier = |n: usize| self.tiers[touches[n].evidence as usize];
        let class = |n: usize| NAMES.iter().position(|name| *name == touches[n].affiliate).is_some_and(|a| self.class[a]);
        let at = |n: usize| touches[n].at.millis();
        let total = |n: usize| {
            let t = &touches[n];
            (t.at, tier(n), t.affiliate.clone(), t.click_id.clone(), t.evidence, t.product.clone(), t.campaign.clone(), t.coupon.clone(), n)
        };
        let all = 0..touches.len();
        let mut reasons: Vec<Option<Reason>> = touches.iter().map(|t| self.alone(order, t)).collect();

        let standing = reasons.clone();
        let stands = |n: &usize| standing[*n].is_none();
        for n in all.clone().filter(stands) {
            let rank = |k: usize| (tier(k), touches[k].evidence, total(k));
            if touches[n].click_id.is_some()
                && all.clone().filter(stands).any(|k| touches[k].click_id == touches[n].click_id && rank(k) < rank(n))
            {
                reasons[n] = Some(Reason::Duplicate);
            }
        }
        let standing = reasons.clone();
        let stands = |n: &usize| standing[*n].is_none();
        if let Some(cart) = order.cart_at {
            for n in all.clone().filter(stands) {
                let late = touches[n].at > cart && self.after_cart[touches[n].evidence as usize];
                if late && all.clone().filter(stands).any(|k| touches[k].at <= cart) {
                    reasons[n] = Some(Reason::AfterCart);
                }
            }
        }
        let standing = reasons.clone();
        let stands = |n: &usize| standing[*n].is_none();
        for n in all.clone().filter(stands).filter(|n| class(*n)) {
            if all.clone().filter(stands).any(|k| !class(k) && (0..=self.stand_down_ms).contains(&(at(n) - at(k)))) {
                reasons[n] = Some(Reason::StandDown);
            }
        }
        let standing = reasons.clone();
        let stands = |n: &usize| standing[*n].is_none();
        let best = all.clone().filter(stands).map(tier).min();
        let mut deciding: Vec<usize> = all.clone().filter(stands).filter(|n| Some(tier(*n)) == best).collect();
        deciding.sort_by_key(|n| total(*n));
        let weights = self.weights(&deciding.iter().map(|n| AT - at(*n)).collect::<Vec<_>>());
        let mut credits = Vec::new();
        for n in all.filter(stands) {
            let weight = deciding.iter().position(|k| *k == n).map(|place| weights[place]);
            reasons[n] = Some(match weight {
                None => Reason::Outranked,
                Some(0) => Reason::Superseded,
                Some(_) => Reason::Credited,
            });
        }
        credits.extend(deciding.iter().copied().zip(weights).filter(|(_, w)| *w > 0));
        (reasons.into_iter().map(Option::unwrap).collect(), credits)
    }

    #[allow(clippy::float_arithmetic, reason = "the twin of integer arithmetic")]
    fn weights(&self, ages: &[i64]) -> Vec<u64> {
        let n = ages.len();
        let (first, middle, last) = self.position;
        let place = |k: usize| match MODELS[self.model] {
            "last_touch" => u64::from(k == n - 1),
            "first_touch" => u64::from(k == 0),
            "linear" => 1,
            "position_based" if n == 1 => 1,
            "position_based" if n == 2 => [first, last][k],
            "position_based" if k == 0 => first * (n as u64 - 2),
            "position_based" if k == n - 1 => last * (n as u64 - 2),
            "position_based" => middle,
            _ => ((32.0 - ages[k] as f64 / self.half_life_ms as f64).exp2().round() as u64).max(1),
        };
        (0..n).map(place).collect()
    }
}

fn rules() -> impl Strategy<Value = Rules> {
    let marks = || prop::array::uniform9(prop::bool::weighted(0.3));
    let window = prop::sample::select(vec![None, Some(0), Some(DAY), Some(30 * DAY), Some(400 * DAY)]);
    let state = (
        prop::sample::select(vec![AT - 500 * DAY, AT - DAY, AT - 1, AT, AT + 1]),
        prop::sample::select(vec![0, 1, 1, 1, 2, 3, 4]),
        prop::sample::select(vec![None, None, Some("p"), Some("q")]),
    );
    let states = prop::array::uniform4(prop::collection::vec(state, 0..4).prop_map(|mut list| {
        list.insert(0, (AT - 900 * DAY, 1, None));
        let mut seen = std::collections::BTreeSet::new();
        list.retain(|(since, _, product)| seen.insert((*since, *product)));
        list
    }));
    let tiers = prop_oneof![Just([0; 9]), Just([0, 1, 2, 3, 4, 5, 6, 7, 8]), prop::array::uniform9(0..4_usize)];
    let policy = (0..5_usize, tiers, prop::array::uniform9(window), marks(), marks(), any::<[bool; 2]>());
    let numbers = (
        prop::sample::select(vec![1, DAY / 3, DAY, 7 * DAY]),
        (1..99_u64, 0..99_u64, 1..99_u64),
        prop::sample::select(vec![0, 30 * MINUTE, DAY]),
    );
    (policy, numbers, states, prop::array::uniform4(prop::bool::weighted(0.3)), prop::array::uniform4(prop::bool::weighted(0.2))).prop_map(
        |((model, tiers, windows, signed, after_cart, [granted, cross]), (half_life_ms, position, stand_down_ms), states, class, buyer)| {
            Rules {
                model,
                tiers,
                windows,
                signed: signed.map(|s| s && granted), // often without, or little would stand
                after_cart,
                consent_must_be_granted: granted && !cross,
                cross_product: cross,
                half_life_ms,
                position,
                stand_down_ms,
                states,
                class,
                buyer,
            }
        },
    )
}

fn touches() -> impl Strategy<Value = Vec<Touch>> {
    let ago = vec![-1, 0, 1, MINUTE, 29 * MINUTE, 30 * MINUTE, 31 * MINUTE, DAY - 1, DAY, DAY + 1, 30 * DAY, 30 * DAY + 1, 401 * DAY];
    let texts = (
        prop::option::weighted(0.4, prop::sample::select(vec!["c1", "c2", "c3"])),
        prop::option::weighted(0.3, prop::sample::select(vec!["p", "q", "r"])),
        prop::option::weighted(0.5, prop::sample::select(vec!["SPRING", "AUTUMN"])),
        prop::option::weighted(0.2, Just("mail")),
    );
    let one = (
        prop::sample::select(vec!["anna", "bob", "carl", "dora", "eve"]),
        prop::sample::select(ago),
        prop::sample::select(Evidence::ALL.to_vec()),
        texts,
        prop::sample::select(vec![Consent::Granted, Consent::Granted, Consent::Unknown, Consent::Unknown, Consent::Denied, Consent::Gpc]),
        (prop::bool::weighted(0.9), prop::bool::weighted(0.7)),
    );
    let touch = one.prop_map(|(affiliate, ago, evidence, (click, product, coupon, campaign), consent, (navigated, signed))| Touch {
        click_id: click.map(Into::into),
        product: product.map(Into::into),
        coupon: coupon.map(Into::into),
        campaign: campaign.map(Into::into),
        consent,
        navigated,
        signed,
        ..Touch::new(affiliate, Time::from_millis(AT - ago).unwrap(), evidence)
    });
    prop::collection::vec(touch, 0..40)
}

/// `SENTBY_CASES=1000000 cargo test --release -p sentby specification` compares more.
pub(crate) fn cases() -> u32 {
    std::env::var("SENTBY_CASES").ok().and_then(|n| n.parse().ok()).unwrap_or(3000)
}

proptest! {
    #![proptest_config(ProptestConfig::with_cases(cases()))]

    #[test]
    fn the_engine_decides_as_the_specification_does(
        rules in rules(), touches in touches(), products in prop::sample::select(vec![vec!["p"], vec!["q"], vec!["p", "q"], vec!["x", "q", "y", "q", "z", "p"], vec!["z", "x", "y", "x", "q"]]),
        cart in prop::option::of(prop::sample::select(vec![0, 30 * MINUTE, DAY])), known in any::<bool>(),
    ) {
        let program = Program::from_toml(&rules.toml()).unwrap();
        let euro = Money::new(100, "EUR").unwrap();
        let lines = products.iter().enumerate().map(|(n, p)| Line::new(n.to_string(), *p, euro, euro)).collect();
        let order = Order {
            cart_at: cart.map(|ago| Time::from_millis(AT - ago).unwrap()),
            identities: if known { vec!["the buyer".into()] } else { vec![] },
            coupons: vec!["spring".into()],
            ..Order::new("A-1", Time::from_millis(AT).unwrap(), lines)
        };
        let decision = program.attribute(&order, &touches).unwrap();
        let (reasons, credits) = rules.decide(&order, &touches);
        prop_assert_eq!(decision.verdicts.iter().map(|v| v.reason).collect::<Vec<_>>(), reasons);
        prop_assert_eq!(decision.credits.iter().map(|c| c.touch as usize).collect::<Vec<_>>(), credits.iter().map(|c| c.0).collect::<Vec<_>>());
        for (credit, (_, weight)) in decision.credits.iter().zip(&credits) {
            // Floats may round a half the other way.
            prop_assert!(credit.weight.abs_diff(*weight) <= u64::from(MODELS[rules.model] == "time_decay"), "{} {weight}", credit.weight);
        }
    }
}

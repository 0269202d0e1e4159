//! The ledger, restated: all events sorted, each followed with the public calls, sums by hand. Both get the same random
//! events, in any order, some twice.

use proptest::prelude::*;
use sentby::{
    Balance, Commission, Entry, EventOutcome, Ledger, LedgerEvent, LedgerKind, Line, Money, Order, PartnershipState, Program, Refund, Role,
    Time, WhyWithheld,
};
use std::collections::BTreeMap;

pub(crate) const AT: i64 = 1_772_560_800_000;
pub(crate) const DAY: i64 = 86_400_000;
pub(crate) const WHO: [&str; 4] = ["anna", "bob", "jv", "v"];

pub(crate) fn time(day: i64) -> Time {
    Time::from_millis(AT + day * DAY).unwrap()
}

fn euro(minor: i64) -> Money {
    Money::new(minor, "EUR").unwrap()
}

pub(crate) fn program(manual: bool) -> Program {
    Program::from_toml(&format!(
        r#"
        sentby = 1
        vendor = "v"
        products = [{{ id = "p", partners = [{{ id = "jv", percent = "20" }}] }}, {{ id = "q" }}]
        commission = [{{ name = "third", pays = {{ percent = "33.333333" }} }}]
        second_level = {{ percent = "10" }}
        [[affiliates]]
        id = "anna"
        parent = "bob"
        partnership = [{{ state = "approved", since = "2020-01-01T00:00:00Z" }}]
        [[affiliates]]
        id = "bob"
        partnership = [{{ state = "approved", since = "2020-01-01T00:00:00Z" }}, {{ state = "suspended", since = "2026-03-20T00:00:00Z" }}]
        [settlement]
        approval = "{}"
        fee = {{ percent = "5" }}
        release = [{{ percent = "80", after = "3d" }}, {{ percent = "20", after = "7d" }}]
        payout = {{ minimum = "5.00 EUR", verified = true }}
        "#,
        if manual { "manual" } else { "automatic" }
    ))
    .unwrap()
}

/// What the events say, at a time: for each recipient what they earned, what of it is released, adjusted, paid out.
fn restated(program: &Program, events: &[LedgerEvent], manual: bool, at: Time) -> BTreeMap<String, [i64; 4]> {
    let mut sorted: Vec<&LedgerEvent> = events.iter().filter(|e| e.at <= at).collect();
    sorted.sort_by_key(|e| (e.at, e.id.clone()));
    sorted.dedup();
    let mut sums: BTreeMap<String, [i64; 4]> = BTreeMap::new();
    for paid in sorted.iter().filter(|e| e.kind == LedgerKind::Payment) {
        let mut commission = paid.commission.clone().unwrap();
        let (mut approved, mut nets) = (None, BTreeMap::<String, i64>::new());
        let add = |entry: &Entry, denied: bool, nets: &mut BTreeMap<String, i64>| {
            let to_vendor = denied && matches!(entry.role, Role::Affiliate | Role::SecondLevel);
            let who = if to_vendor { Some("v".to_owned()) } else { entry.recipient.as_deref().map(str::to_owned) };
            if let Some(who) = who {
                *nets.entry(who).or_default() += entry.amount.minor();
            }
        };
        let mine = |e: &&&LedgerEvent| e.order.as_ref() == Some(&commission.order) && e.payment.unwrap_or(1) == commission.payment;
        for event in sorted.iter().filter(mine).copied().collect::<Vec<_>>() {
            let next = match event.kind {
                LedgerKind::Refund => {
                    let (of, wanted) = (event.line.clone(), event.amount.unwrap());
                    let there: i64 =
                        commission.entries.iter().filter(|e| of.as_ref().is_none_or(|l| *l == e.line)).map(|e| e.amount.minor()).sum();
                    let amount = euro(wanted.minor().min(there));
                    program.refund(&commission, &Refund { id: event.id.clone(), amount, line: of })
                }
                LedgerKind::Chargeback => program.reverse(&commission, &event.id),
                LedgerKind::ChargebackWon => program.restore(&commission, event.of.as_ref().unwrap(), &event.id),
                LedgerKind::Approval => {
                    approved = Some(true);
                    continue;
                }
                LedgerKind::Denial => {
                    approved = Some(false);
                    continue;
                }
                _ => continue,
            };
            commission = next.unwrap_or(commission);
        }
        // Whether the last word is a no tells whose the parts are, whenever it was said.
        commission.entries.iter().for_each(|entry| add(entry, approved == Some(false), &mut nets));
        for (who, net) in nets {
            let parts = sentby::allocate(net.unsigned_abs(), &[80, 20]);
            let agreed = approved.unwrap_or(!manual);
            let released: i64 = [3, 7]
                .iter()
                .zip(parts)
                .filter(|(days, _)| agreed && paid.at.millis() + *days * DAY <= at.millis())
                .map(|(_, part)| part as i64)
                .sum();
            let sums = sums.entry(who).or_default();
            sums[0] += net;
            sums[1] += released * net.signum();
        }
    }
    for event in &sorted {
        let entry = |who: &LedgerEvent| who.recipient.clone().unwrap();
        match event.kind {
            LedgerKind::Adjustment => sums.entry(entry(event)).or_default()[2] += event.amount.unwrap().minor(),
            LedgerKind::PayoutCreated => sums.entry(entry(event)).or_default()[3] += event.amount.unwrap().minor(),
            LedgerKind::PayoutFailed => {
                let first = sorted.iter().find(|e| e.kind == LedgerKind::PayoutFailed && e.of == event.of).unwrap();
                let created = sorted.iter().find(|e| e.kind == LedgerKind::PayoutCreated && Some(&e.id) == event.of.as_ref());
                if let (true, Some(created)) = (first.id == event.id, created) {
                    sums.entry(entry(created)).or_default()[3] -= created.amount.unwrap().minor();
                }
            }
            _ => {}
        }
    }
    sums
}

#[derive(Clone, Debug)]
pub(crate) enum Step {
    Order(usize),
    Payment(usize, Vec<(i64, &'static str)>, Vec<u64>),
    Refund(usize, i64, Option<usize>),
    Chargeback(usize),
    Won(usize, usize),
    Approval(usize, bool),
    Adjustment(usize, i64),
    Account(usize, bool),
    Partnership(usize, bool),
    Payout(usize, i64),
    Ended(usize, bool),
}

pub(crate) fn steps() -> impl Strategy<Value = Vec<(i64, Step)>> {
    let gross = prop::sample::select(vec![0_i64, 1, 3, 100, 4_999, 119_000]);
    let lines = prop::collection::vec((gross, prop::sample::select(vec!["p", "q"])), 1..3);
    let amount = prop::sample::select(vec![1_i64, 2, 50, 777, 60_000, 500_000]);
    let step = prop_oneof![
        1 => (0..3_usize).prop_map(Step::Order),
        4 => (0..3_usize, lines, prop::collection::vec(1..4_u64, 0..3)).prop_map(|(n, l, w)| Step::Payment(n, l, w)),
        3 => (0..3_usize, amount.clone(), prop::option::of(0..2_usize)).prop_map(|(n, a, l)| Step::Refund(n, a, l)),
        1 => (0..3_usize).prop_map(Step::Chargeback),
        1 => (0..3_usize, 0..12_usize).prop_map(|(n, of)| Step::Won(n, of)),
        1 => (0..3_usize, any::<bool>()).prop_map(|(n, yes)| Step::Approval(n, yes)),
        1 => (0..4_usize, prop::sample::select(vec![-700_i64, 0, 900])).prop_map(|(w, a)| Step::Adjustment(w, a)),
        1 => (0..4_usize, any::<bool>()).prop_map(|(w, yes)| Step::Account(w, yes)),
        1 => (0..4_usize, any::<bool>()).prop_map(|(w, yes)| Step::Partnership(w, yes)),
        1 => (0..4_usize, amount).prop_map(|(w, a)| Step::Payout(w, a)),
        1 => (0..12_usize, any::<bool>()).prop_map(|(of, paid)| Step::Ended(of, paid)),
    ];
    prop::collection::vec((0..12_i64, step), 1..14)
}

fn commission(program: &Program, n: usize, at: Time, lines: &[(i64, &str)], weights: &[u64]) -> Commission {
    let line = |(k, (gross, product)): (usize, &(i64, &str))| Line::new(k.to_string(), *product, euro(*gross), euro(gross / 5));
    let order = Order::new(format!("A-{n}"), at, lines.iter().enumerate().map(line).collect());
    let credit = |(k, weight): (usize, &u64)| sentby::Credit {
        affiliate: WHO[k].into(),
        weight: *weight,
        touch: 0,
        evidence: sentby::Evidence::Click,
        campaign: None,
    };
    program.commission(&order, &sentby::Decision::new(order.id.clone(), at, weights.iter().enumerate().map(credit).collect())).unwrap()
}

pub(crate) fn events(program: &Program, steps: &[(i64, Step)]) -> Vec<LedgerEvent> {
    let mut paid = [false; 3];
    let mut ordered = [false; 3];
    let mut events = Vec::new();
    for (n, (day, step)) in steps.iter().enumerate() {
        let (id, at, order) = (format!("e-{n}"), time(*day), |k: usize| format!("A-{k}"));
        events.push(match step {
            Step::Order(k) if !std::mem::replace(&mut ordered[*k], true) => {
                LedgerEvent::order(id, at, commission(program, *k, at, &[(100, "p")], &[]))
            }
            Step::Payment(k, lines, weights) if !std::mem::replace(&mut paid[*k], true) => {
                LedgerEvent::payment(id, at, commission(program, *k, at, lines, weights))
            }
            Step::Order(_) | Step::Payment(..) => continue,
            Step::Refund(k, amount, line) => {
                LedgerEvent { line: line.map(|l| l.to_string()), ..LedgerEvent::refund(id, at, order(*k), 1, euro(*amount)) }
            }
            Step::Chargeback(k) => LedgerEvent::chargeback(id, at, order(*k), 1),
            Step::Won(k, of) => LedgerEvent::chargeback_won(id, at, order(*k), 1, format!("e-{of}")),
            Step::Approval(k, yes) => LedgerEvent::approval(id, at, order(*k), 1, *yes),
            Step::Adjustment(who, amount) => LedgerEvent::adjustment(id, at, WHO[*who], euro(*amount), "by hand"),
            Step::Account(who, yes) => LedgerEvent::account(id, at, WHO[*who], *yes),
            Step::Partnership(who, yes) => {
                LedgerEvent::partnership(id, at, WHO[*who], if *yes { PartnershipState::Approved } else { PartnershipState::Suspended })
            }
            Step::Payout(who, amount) => LedgerEvent::payout_created(id, at, WHO[*who], euro(*amount)),
            Step::Ended(of, paid) => LedgerEvent::payout_ended(id, at, format!("e-{of}"), *paid),
        });
    }
    // A dispute is about a chargeback; the restatement would give back what any event took.
    let chargebacks: Vec<String> = events.iter().filter(|e| e.kind == LedgerKind::Chargeback).map(|e| e.id.clone()).collect();
    events.retain(|e| e.kind != LedgerKind::ChargebackWon || chargebacks.contains(e.of.as_ref().unwrap()));
    events
}

pub(crate) fn applied(events: &[LedgerEvent]) -> Ledger {
    let mut ledger = Ledger::new();
    events.iter().for_each(|event| drop(ledger.apply(event).unwrap()));
    ledger
}

proptest! {
    #![proptest_config(ProptestConfig::with_cases(crate::laws::cases()))]

    #[test]
    fn the_ledger_says_what_its_events_say(steps in steps(), manual in any::<bool>(), turn in any::<u64>(), day in 0..25_i64) {
        let program = program(manual);
        let events = events(&program, &steps);
        let ledger = applied(&events);

        // In any order, and some twice.
        let mut shuffled: Vec<&LedgerEvent> = events.iter().chain(events.iter().filter(|e| turn >> (e.id.len() + e.at.millis() as usize % 60) & 1 == 1)).collect();
        let mut state = turn;
        for n in (1..shuffled.len()).rev() {
            state = state.wrapping_mul(6_364_136_223_846_793_005).wrapping_add(1_442_695_040_888_963_407);
            shuffled.swap(n, (state >> 33) as usize % (n + 1));
        }
        let other = applied(&shuffled.into_iter().cloned().collect::<Vec<_>>());
        let bytes = ledger.snapshot();
        prop_assert!(bytes == other.snapshot(), "the order of events shows");
        prop_assert_eq!(ledger.entries(None), other.entries(None));
        prop_assert!(bytes == Ledger::restore(&bytes).unwrap().snapshot());
        prop_assert_eq!(ledger.verify(&events).unwrap(), None);
        if let Some((_, fewer)) = events.split_last() {
            prop_assert!(ledger.verify(fewer).unwrap().is_some());
        }

        // Entries add up to what was paid less what went back, and to the balances.
        let at = time(day);
        let rows: Vec<_> = ledger.entries(None).into_iter().filter(|e| e.at <= at).collect();
        for event in events.iter().filter(|e| e.kind == LedgerKind::Payment && e.at <= at) {
            let order = &event.commission.as_ref().unwrap().order;
            let sum: i64 = rows.iter().filter(|e| e.order.as_ref() == Some(order)).map(|e| e.amount.minor()).sum();
            let gross: i64 = event.commission.as_ref().unwrap().entries.iter().map(|e| e.amount.minor()).sum();
            prop_assert!((0..=gross).contains(&sum), "{sum} of {gross}");
        }
        let expected = restated(&program, &events, manual, at);
        for who in WHO {
            let sums = expected.get(who).copied().unwrap_or_default();
            let balance = ledger.balance(&program, who, at);
            let found = balance.first().map_or([0; 4], |b: &Balance| {
                assert_eq!(b.earned.minor() + b.adjusted.minor(), b.pending.minor() + b.available.minor() + b.paid_out.minor());
                [b.earned.minor(), b.earned.minor() - b.pending.minor(), b.adjusted.minor(), b.paid_out.minor()]
            });
            prop_assert_eq!(found, sums, "{}: {:?}", who, &balance);
            let account: i64 = rows.iter().filter(|e| e.recipient.as_deref() == Some(who)).map(|e| e.amount.minor()).sum();
            prop_assert_eq!(account, sums[0] + sums[2] - sums[3], "the entries of {}", who);
            let statement: i64 = ledger.statement(who, time(3), time(day + 1)).iter().filter(|_| day >= 3).map(|s| {
                assert_eq!(s.opening.minor() + s.entries.iter().map(|e| e.amount.minor()).sum::<i64>(), s.closing.minor());
                s.closing.minor()
            }).sum();
            if day >= 3 {
                let before: i64 = ledger.entries(None).iter().filter(|e| e.at < time(day + 1) && e.recipient.as_deref() == Some(who)).map(|e| e.amount.minor()).sum();
                prop_assert_eq!(statement, before);
            }
        }

        // A run pays what is available and no more, and a second run nothing.
        let run = ledger.payout(&program, at);
        for payout in &run.payouts {
            let balance = &ledger.balance(&program, &payout.recipient, at)[0];
            prop_assert_eq!(balance.available, payout.amount);
            prop_assert!(payout.amount.minor() >= 500);
        }
        for withheld in &run.withheld {
            prop_assert_eq!(withheld.amount.minor() < 0, withheld.why == WhyWithheld::Negative);
        }
        let mut paid = ledger.clone();
        for payout in run.payouts {
            paid.apply(&LedgerEvent::payout_created(payout.id, at, payout.recipient, payout.amount)).unwrap();
        }
        prop_assert!(paid.payout(&program, at).payouts.is_empty());
        prop_assert_eq!(ledger.orders(&program, at).len(), events.iter().filter(|e| e.at <= at && matches!(e.kind, LedgerKind::Order | LedgerKind::Payment)).map(|e| &e.commission.as_ref().unwrap().order).collect::<std::collections::BTreeSet<_>>().len());

        // What is refused leaves everything as it was.
        if let Some(event) = events.first() {
            let mut tried = ledger.clone();
            let forged = LedgerEvent { at: time(99), ..event.clone() };
            prop_assert_eq!(tried.apply(&forged).unwrap_err().code().as_str(), "event_conflict");
            prop_assert!(tried.snapshot() == bytes);
            prop_assert_eq!(tried.apply(event).unwrap().outcome, EventOutcome::Replay);
            prop_assert!(tried.snapshot() == bytes);
        }
    }

    #[test]
    fn no_snapshot_panics(bytes in prop::collection::vec(any::<u8>(), 0..200), flip in any::<prop::sample::Index>(), steps in steps()) {
        prop_assert!(Ledger::restore(&bytes).is_err());
        let mut bytes = applied(&events(&program(false), &steps)).snapshot();
        *flip.get_mut(&mut bytes) ^= 1;
        prop_assert_eq!(Ledger::restore(&bytes).unwrap_err().code().as_str(), "snapshot_invalid");
    }
}

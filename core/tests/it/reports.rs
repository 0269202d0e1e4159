//! Reports, restated from the entries of the ledger; and questions of all kinds that get an answer.

use crate::ledger::{AT, DAY, WHO, applied, events, program, steps, time};
use proptest::prelude::*;
use sentby::{
    Activity, DiagnosisCode, Event, Evidence, LedgerEntry, LedgerKind, Line, Money, Order, Question, ReportPeriod, Role, Time, Touch,
};
use std::collections::{BTreeMap, BTreeSet};

/// A part of the whole by largest remainder, the way a person would do it: exact fractions, the largest rests first, then the first.
fn split(total: i64, weights: &[i64]) -> Vec<i64> {
    let (sum, size) = (i128::from(weights.iter().sum::<i64>()), i128::from(total.abs()));
    let mut parts: Vec<i64> = weights.iter().map(|w| (size * i128::from(*w) / sum) as i64).collect();
    let mut rests: Vec<(i128, usize)> = weights.iter().enumerate().map(|(n, w)| (-(size * i128::from(*w) % sum), n)).collect();
    rests.sort_unstable();
    let left = (size - parts.iter().map(|p| i128::from(*p)).sum::<i128>()) as usize;
    rests.iter().take(left).for_each(|(_, n)| parts[*n] += 1);
    parts.into_iter().map(|part| part * total.signum()).collect()
}

/// Revenue, refunds, commission of each and of all.
fn restated(entries: &[LedgerEntry], start: Time, end: Time) -> (BTreeMap<String, [i64; 3]>, [i64; 3]) {
    let within = |e: &&LedgerEntry| start <= e.at && e.at < end && e.order.is_some();
    let (mut each, mut all): (BTreeMap<String, [i64; 3]>, _) = (BTreeMap::new(), [0; 3]);
    let events: BTreeSet<(&str, &str)> = entries.iter().filter(within).map(|e| (e.event.as_str(), e.line.as_deref().unwrap())).collect();
    for (event, line) in events {
        let rows: Vec<&LedgerEntry> =
            entries.iter().filter(within).filter(|e| e.event == event && e.line.as_deref() == Some(line)).collect();
        let gross: i64 = rows.iter().map(|e| e.amount.minor()).sum();
        let (place, gross) = if rows[0].kind == LedgerKind::Payment { (0, gross) } else { (1, -gross) };
        all[place] += gross;
        // Who earned how much of the line when it was paid.
        let sold = |e: &&LedgerEntry| {
            e.kind == LedgerKind::Payment
                && e.order == rows[0].order
                && e.line.as_deref() == Some(line)
                && e.role == Some(Role::Affiliate)
                && e.amount.minor() > 0
        };
        let mut earned: BTreeMap<&str, i64> = BTreeMap::new();
        for entry in entries.iter().filter(sold) {
            *earned.entry(entry.recipient.as_deref().unwrap()).or_default() += entry.amount.minor();
        }
        if !earned.is_empty() {
            let weights: Vec<i64> = earned.values().copied().collect();
            for (who, part) in earned.keys().zip(split(gross, &weights)) {
                each.entry((*who).to_owned()).or_default()[place] += part;
            }
        }
        for entry in rows.iter().filter(|e| matches!(e.role, Some(Role::Affiliate | Role::SecondLevel))) {
            all[2] += entry.amount.minor();
            each.entry(entry.recipient.as_deref().unwrap().to_owned()).or_default()[2] += entry.amount.minor();
        }
    }
    (each, all)
}

proptest! {
    #![proptest_config(ProptestConfig::with_cases(crate::laws::cases()))]

    #[test]
    fn the_leaderboard_is_what_the_ledger_says(steps in steps(), first in 0..12_i64, length in 0..12_i64, whole in any::<bool>(), turn in any::<u64>()) {
        let program = program(false);
        let ledger = applied(&events(&program, &steps));
        let day = |n: i64| Time::from_millis(AT + n * DAY).unwrap().to_string()[..10].to_owned();
        let period = if whole { ReportPeriod::default() } else { ReportPeriod { first: Some(day(first)), last: Some(day(first + length)), time_zone: None } };
        let kinds = [Event::Click, Event::Lead, Event::Impression];
        let activities: Vec<Activity> = (0..12_u32).map(|n| {
            let bits = (turn >> (n * 5)) as usize;
            Activity { visitor: (bits & 4 == 0).then(|| format!("v{}", bits & 3)), ..Activity::new(kinds[bits % 3], ["anna", "bob", "zoe"][bits / 8 % 3], time(i64::from(n))) }
        }).collect();
        let board = program.leaderboard(&ledger, &activities, &period).unwrap();
        let (start, end) = (board.start.unwrap_or(Time::from_millis(-(1 << 52)).unwrap()), board.end.unwrap_or(Time::from_millis(1 << 52).unwrap()));

        let (each, all) = restated(&ledger.entries(None), start, end);
        let sums = |s: &sentby::Standing| s.turnover.first().map_or([0; 3], |t| [t.revenue.minor(), t.refunds.minor(), t.commission.minor()]);
        prop_assert_eq!(sums(&board.total), all);
        let within = |a: &&Activity| start <= a.at && a.at < end;
        for row in &board.rows {
            let who = row.affiliate.as_deref().unwrap();
            prop_assert_eq!(sums(row), each.get(who).copied().unwrap_or_default(), "{}", who);
            let own: Vec<&Activity> = activities.iter().filter(within).filter(|a| a.affiliate == who).collect();
            let clicks: Vec<_> = own.iter().filter(|a| a.kind == Event::Click).collect();
            let visitors: BTreeSet<_> = clicks.iter().filter_map(|a| a.visitor.as_deref()).collect();
            let leads = own.iter().filter(|a| a.kind == Event::Lead).count();
            prop_assert_eq!((row.clicks, row.visitors, row.leads), (clicks.len() as u64, visitors.len() as u64, leads as u64));
        }
        // Who is not on the board brought nothing but, perhaps, a part as a parent.
        for (who, [revenue, refunds, _]) in &each {
            let shown = board.rows.iter().any(|row| row.affiliate.as_ref() == Some(who));
            prop_assert!(shown || (*revenue, *refunds) == (0, 0), "{} is missing", who);
        }
        for who in WHO {
            let Some(profile) = program.profile(&ledger, &activities, who, time(30)).unwrap() else { continue };
            prop_assert_eq!(&profile.balances, &ledger.balance(&program, who, time(30)));
            let all: Vec<_> = ledger.orders(&program, time(30)).into_iter().flat_map(|o| o.shares).filter(|s| s.recipient == who).collect();
            prop_assert_eq!(profile.orders.into_iter().flat_map(|o| o.shares).collect::<Vec<_>>(), all);
        }
    }

    #[test]
    fn every_question_gets_an_answer(steps in steps(), manual in any::<bool>(), who in "[ABano]{0,4}|anna|bob|\\PC{0,9}", number in prop::option::of("A-[0-3]"), day in 0..30_i64, evidence in 0..9_usize, asked in any::<bool>()) {
        let program = program(manual);
        let ledger = applied(&events(&program, &steps));
        let line = Line::new("1", "p", Money::new(1000, "EUR").unwrap(), Money::new(0, "EUR").unwrap());
        let sale = asked.then(|| Order::new(number.clone().unwrap_or_else(|| "A-0".into()), time(day), vec![line]));
        let touches = vec![Touch::new("anna", time(day - 1), Evidence::ALL[evidence]), Touch::new("bob", time(day - 2), Evidence::Cookie), Touch::new(who.as_str(), time(day), Evidence::Click)];
        let question = Question { order: number, sale, touches, ..Question::new(who.as_str(), time(day)) };
        let found = program.diagnose(&question, Some(&ledger), &[&program]).unwrap();
        prop_assert!(!found.is_empty());
        for each in &found {
            prop_assert!(!each.sentence.is_empty() && !each.sentence.contains('\n') && each.sentence.len() < 1000);
        }
        let known = ["anna", "bob"].contains(&who.trim());
        prop_assert_eq!(found[0].code == DiagnosisCode::UnknownAffiliate, !known);
        // What is withheld or paid next is what the payout run says.
        let run = ledger.payout(&program, time(day));
        for each in found.iter().filter(|d| d.code == DiagnosisCode::PayoutDue) {
            prop_assert!(run.payouts.iter().any(|p| Some(&p.recipient) == each.affiliate.as_ref() && Some(p.amount) == each.amount));
        }
    }
}

//! What is built of the engine over columns, each against a naive twin: what-if, one order of a table, visitors joined and parted; and exports, read back.

#![allow(clippy::float_arithmetic, reason = "shares are written in percent")]

use crate::columns::{
    Key, Purchases, Visits, column, currency_beside, decide, numbers, order_table, program_with_money, strings, table, touch_table,
};
use crate::decisions::{Picks, chance};
use arrow_array::cast::AsArray;
use arrow_array::types::{Decimal128Type, Int64Type, TimestampMillisecondType, UInt32Type};
use arrow_array::{Array, ArrayRef, Int64Array, RecordBatch, StringArray};
use sentby::{
    ColumnOptions, Commission, Decision, ExportFormat, LedgerEntry, LedgerKind, Money, Program, Role, Time, export_arrow, export_entries,
    join_visitors, part_of_visitors, what_if,
};
use std::collections::{BTreeMap, BTreeSet};
use std::sync::Arc;

/// Who is credited, in words: `anna`, or `anna 66.67 %, bob 33.33 %`.
fn hands(decision: &Decision) -> Option<String> {
    let mut weights = BTreeMap::<&str, u128>::new();
    decision.credits.iter().for_each(|c| *weights.entry(&c.affiliate).or_default() += u128::from(c.weight));
    let total: u128 = weights.values().sum();
    match weights.len() {
        0 => None,
        1 => weights.keys().next().map(|name| (*name).to_owned()),
        _ => {
            let percent = |weight: u128| {
                let rounded = (2 * weight * 10_000 + total) / (2 * total);
                format!("{}.{:02} %", rounded / 100, rounded % 100)
            };
            Some(weights.iter().map(|(name, weight)| format!("{name} {}", percent(*weight))).collect::<Vec<_>>().join(", "))
        }
    }
}

/// Exactly who has which part, so that two ways to write the same share are one.
fn parts(decision: &Decision) -> BTreeMap<String, (u128, u128)> {
    let mut weights = BTreeMap::<String, u128>::new();
    decision.credits.iter().for_each(|c| *weights.entry(c.affiliate.clone()).or_default() += u128::from(c.weight));
    let total: u128 = weights.values().sum();
    let gcd = |mut a: u128, mut b: u128| {
        while b > 0 {
            (a, b) = (b, a % b);
        }
        a
    };
    weights.into_iter().map(|(name, weight)| (name, (weight / gcd(weight, total), total / gcd(weight, total)))).collect()
}

/// What everybody earned by a program, minor units; all amounts of the tables are euros.
fn earned(program: &Program, purchases: &Purchases, decided: &[Decision]) -> BTreeMap<String, i64> {
    let mut sums = BTreeMap::new();
    let mut list: Vec<usize> = (0..purchases.len()).collect();
    list.sort_by_key(|n| (purchases[*n].1.at, purchases[*n].1.id.clone(), purchases[*n].1.payment));
    let mut earlier: Vec<Commission> = Vec::new();
    for n in list {
        let commission = program.commission_after(&purchases[n].1, &decided[n], &earlier).unwrap();
        for entry in commission.entries.iter().filter(|e| matches!(e.role, Role::Affiliate | Role::SecondLevel)) {
            *sums.entry(entry.recipient.as_ref().unwrap().to_string()).or_default() += entry.amount.minor();
        }
        earlier.push(commission);
    }
    sums
}

/// Two programs, visits and purchases, the same as tables, and which order and line each row of orders is.
type Case = (Program, Program, Visits, Purchases, Vec<RecordBatch>, Vec<RecordBatch>, Vec<(usize, usize)>);

fn random_case(seed: u64) -> Option<Case> {
    let mut pick = chance(seed);
    let mut picks = Picks(&mut pick);
    let (today, proposal) = (program_with_money(&mut picks)?, program_with_money(&mut picks)?);
    let (visits, purchases) = table(&mut picks);
    let key = picks.of(&[Key::Text, Key::Near, Key::Far]);
    let touches = touch_table(&mut picks, &visits, key);
    let (orders, lines) = order_table(&mut picks, &purchases, key);
    Some((today, proposal, visits, purchases, touches, orders, lines))
}

fn options(orders: &[RecordBatch]) -> ColumnOptions<'static> {
    ColumnOptions { currency: currency_beside(orders), ..ColumnOptions::default() }
}

#[test]
fn what_if_compares_what_single_calls_decide_and_settle() {
    let mut tried = 0;
    for (today, proposal, visits, purchases, touches, orders, lines) in (0..600).filter_map(random_case) {
        // Affiliates of both programs are the same people here, by the same names.
        let programs = [("today", &today), ("a/proposal", &proposal)];
        let answer = what_if(&touches, &orders, &programs, &options(&orders)).unwrap();
        let decided = programs.map(|(_, program)| decide(program, &visits, &purchases).into_iter().map(|(_, d)| d).collect::<Vec<_>>());
        let has = |d: &Decision, name: &str| d.credits.iter().any(|c| c.affiliate == name);
        let money = [0, 1].map(|k| earned(programs[k].1, &purchases, &decided[k]));

        let mut names: BTreeSet<String> = decided.iter().flatten().flat_map(|d| d.credits.iter().map(|c| c.affiliate.clone())).collect();
        names.extend(money.iter().flat_map(|sums| sums.keys().cloned()));
        let mut wanted = Vec::new();
        for k in [0, 1] {
            let count = |of: &dyn Fn(&Decision, &Decision) -> bool| {
                decided[k].iter().zip(&decided[0]).filter(|(d, base)| of(d, base)).count() as i64
            };
            let any = |d: &Decision| !d.credits.is_empty();
            let (all, base): (i64, i64) = (money[k].values().sum(), money[0].values().sum());
            let total =
                [count(&|d, _| any(d)), count(&|d, base| any(d) && !any(base)), count(&|d, base| !any(d) && any(base)), all, all - base];
            for name in &names {
                let of = |k: usize| money[k].get(name).copied().unwrap_or_default();
                let row = [
                    count(&|d, _| has(d, name)),
                    count(&|d, base| has(d, name) && !has(base, name)),
                    count(&|d, base| !has(d, name) && has(base, name)),
                    of(k),
                    of(k) - of(0),
                ];
                wanted.push((programs[k].0.to_owned(), Some(name.clone()), row));
            }
            wanted.push((programs[k].0.to_owned(), None, total));
        }
        let batch = &answer.affiliates;
        let (program, affiliate) = (strings(column(batch, "program")), strings(column(batch, "affiliate")));
        let values = ["orders", "won", "lost", "commission", "difference"].map(|name| numbers(batch, name));
        let mut got: Vec<_> =
            (0..batch.num_rows()).map(|n| (program[n].clone().unwrap(), affiliate[n].clone(), values.each_ref().map(|v| v[n]))).collect();
        got.sort();
        wanted.sort();
        assert_eq!(got, wanted);

        let mut changed = Vec::new();
        for (n, (_, order)) in purchases.iter().enumerate() {
            if parts(&decided[0][n]) != parts(&decided[1][n]) {
                let row = lines.iter().position(|line| line.0 == n).unwrap() as i64;
                changed.push((row, order.id.clone(), hands(&decided[0][n]), hands(&decided[1][n])));
            }
        }
        changed.sort();
        let batch = &answer.changes;
        let (ids, before, after) = (strings(column(batch, "order")), strings(column(batch, "before")), strings(column(batch, "after")));
        let rows = numbers(batch, "order_row");
        let got: Vec<_> = (0..batch.num_rows()).map(|n| (rows[n], ids[n].clone().unwrap(), before[n].clone(), after[n].clone())).collect();
        assert_eq!(got, changed);
        assert!(strings(column(batch, "program")).iter().all(|name| name.as_deref() == Some("a/proposal")));
        tried += 1;
    }
    assert!(tried > 100, "{tried}");
}

#[test]
fn what_if_wants_programs_of_different_names() {
    let program = Program::from_toml("sentby = 1\nvendor = \"v\"").unwrap();
    let code = |programs: &[(&str, &Program)]| what_if(&[], &[], programs, &ColumnOptions::default()).unwrap_err().to_string();
    assert_eq!(code(&[]), "program_invalid: /programs: is empty");
    assert_eq!(code(&[("a", &program), ("b", &program), ("a", &program)]), "program_conflict: /programs: `a` occurs twice");
    let rows = [RecordBatch::try_from_iter([("visitor", visitors(&[Some(1)], false))]).unwrap()];
    let error = what_if(&rows, &rows, &[("a/b", &program)], &ColumnOptions::default()).unwrap_err();
    assert!(error.to_string().starts_with("column_missing: /programs/a~1b/"), "{error}");
}

/// Some columns of the credits are those of all of them.
#[test]
fn credits_have_the_columns_that_are_asked_for() {
    let mut pick = chance(5);
    for (n, (program, _, _, _, touches, orders, _)) in (2000..2200).filter_map(random_case).enumerate() {
        let whole = program.attribute_columns(&touches, &orders, &options(&orders)).unwrap();
        let mut names: Vec<String> = whole.credits.schema().fields().iter().map(|field| field.name().clone()).collect();
        (1..names.len()).for_each(|n| names.swap(n, pick(n + 1)));
        names.truncate(if n < 2 { n } else { pick(names.len() + 1) });
        let columns: Vec<&str> = names.iter().map(String::as_str).collect();
        let places: Vec<usize> = columns.iter().map(|name| whole.credits.schema().index_of(name).unwrap()).collect();
        for threads in [1, 2, 8] {
            let asked = ColumnOptions { columns: Some(&columns), entries: true, threads, ..options(&orders) };
            let answer = program.attribute_columns(&touches, &orders, &asked).unwrap();
            assert_eq!(answer.credits, whole.credits.project(&places).unwrap(), "{columns:?}");
            assert_eq!((answer.credited, answer.entries.is_some()), (whole.credited, true));
        }
    }
}

/// Each order of a table by the single call, with its visitor's touches and their rows.
#[test]
fn one_order_of_a_table_is_what_the_single_call_says() {
    let mut tried = 0;
    for (program, _, visits, purchases, touches, orders, lines) in (1000..1400).filter_map(random_case) {
        for (_, wanted) in &purchases {
            let found = program.decide_order(&touches, &orders, &wanted.id, &options(&orders)).unwrap();
            // The payments of one number, in the order of their first rows.
            let mut same: Vec<usize> = (0..purchases.len()).filter(|n| purchases[*n].1.id == wanted.id).collect();
            same.sort_by_key(|n| lines.iter().position(|line| line.0 == *n));
            assert_eq!(found.len(), same.len());
            let decided = decide(&program, &visits, &purchases);
            for (got, n) in found.iter().zip(same) {
                let (rows, decision) = &decided[n];
                assert_eq!((&got.rows, &got.decision, got.order.payment), (rows, decision, purchases[n].1.payment));
                assert_eq!(got.touches, rows.iter().map(|row| visits[*row].1.clone()).collect::<Vec<_>>());
                tried += 1;
            }
        }
        assert!(program.decide_order(&touches, &orders, "no such order", &options(&orders)).unwrap().is_empty());
    }
    assert!(tried > 500, "{tried}");
}

fn visitors(list: &[Option<i64>], texts: bool) -> ArrayRef {
    match texts {
        true => Arc::new(list.iter().map(|v| v.map(|v| format!("{v}"))).collect::<StringArray>()),
        false => Arc::new(list.iter().copied().collect::<Int64Array>()),
    }
}

/// Joined by relabelling until nothing moves.
#[test]
fn visitors_are_joined_over_any_number_of_steps() {
    let mut pick = chance(7);
    for round in 0..400 {
        let mut picks = Picks(&mut pick);
        let texts = round % 2 == 0;
        let mut some = |n: usize| -> Vec<Option<i64>> {
            (0..n).map(|_| if picks.below(12) == 0 { None } else { Some(picks.below(30) as i64 - if texts { 0 } else { 15 }) }).collect()
        };
        let (rows, a, b) = (some(40), some(round / 10), some(round / 10));
        let smaller = |x: i64, y: i64| if texts { x.to_string() < y.to_string() } else { x < y };
        let mut label: BTreeMap<i64, i64> = rows.iter().chain(&a).chain(&b).flatten().map(|v| (*v, *v)).collect();
        loop {
            let before = label.clone();
            for (a, b) in a.iter().zip(&b).filter_map(|(a, b)| Some((((*a)?), ((*b)?)))) {
                let (x, y) = (label[&a], label[&b]);
                let least = if smaller(x, y) { x } else { y };
                label.insert(a, least);
                label.insert(b, least);
            }
            if before == label {
                break;
            }
        }
        let same = RecordBatch::try_from_iter_with_nullable([("visitor", visitors(&a, texts), true), ("other", visitors(&b, texts), true)])
            .unwrap();
        let (left, right) = rows.split_at(17);
        let batches =
            [left, right].map(|part| RecordBatch::try_from_iter_with_nullable([("visitor", visitors(part, texts), true)]).unwrap());
        let joined = join_visitors(&batches, &[same]).unwrap();
        let got: Vec<Option<i64>> = joined
            .iter()
            .flat_map(|batch| match texts {
                true => strings(batch.column(0)).into_iter().map(|v| v.map(|v| v.parse().unwrap())).collect::<Vec<_>>(),
                false => batch.column(0).as_primitive::<Int64Type>().iter().collect(),
            })
            .collect();
        assert_eq!(got, rows.iter().map(|v| v.map(|v| label[&v])).collect::<Vec<_>>());
    }
    let texts = RecordBatch::try_from_iter([("visitor", visitors(&[Some(1)], true)), ("other", visitors(&[Some(2)], true))]).unwrap();
    let ints = RecordBatch::try_from_iter([("visitor", visitors(&[Some(1)], false))]).unwrap();
    assert_eq!(join_visitors(std::slice::from_ref(&ints), &[texts]).unwrap_err().code().as_str(), "column_type");
    assert_eq!(join_visitors(std::slice::from_ref(&ints), std::slice::from_ref(&ints)).unwrap_err().code().as_str(), "column_missing");
}

/// Every row is in one part, all rows of a visitor in the same one, whatever the table.
#[test]
fn parts_take_whole_visitors() {
    let mut pick = chance(8);
    for texts in [false, true] {
        let mut picks = Picks(&mut pick);
        let rows: Vec<Option<i64>> = (0..500).map(|_| if picks.below(20) == 0 { None } else { Some(picks.below(90) as i64) }).collect();
        for parts in [1, 2, 7] {
            let (left, right) = rows.split_at(123);
            let batches =
                [left, right].map(|part| RecordBatch::try_from_iter_with_nullable([("visitor", visitors(part, texts), true)]).unwrap());
            let mut part_of: BTreeMap<Option<i64>, u32> = BTreeMap::from([(None, 0)]);
            let mut seen = vec![0; rows.len()];
            for part in 0..parts {
                let (taken, numbers) = part_of_visitors(&batches, part, parts).unwrap();
                let values: Vec<Option<String>> = taken
                    .iter()
                    .flat_map(|batch| match texts {
                        true => strings(batch.column(0)),
                        false => batch.column(0).as_primitive::<Int64Type>().iter().map(|v| v.map(|v| v.to_string())).collect(),
                    })
                    .collect();
                assert_eq!(values.len(), numbers.len());
                for (value, row) in values.iter().zip(numbers) {
                    let visitor = rows[row as usize];
                    assert_eq!(*value, visitor.map(|v| v.to_string()));
                    assert_eq!(*part_of.entry(visitor).or_insert(part), part);
                    seen[row as usize] += 1;
                }
            }
            assert!(seen.iter().all(|n| *n == 1));
            assert!(parts == 1 || part_of.values().collect::<BTreeSet<_>>().len() > 1);
        }
        let batch = RecordBatch::try_from_iter([("visitor", visitors(&[Some(1)], texts))]).unwrap();
        assert_eq!(part_of_visitors(&[batch], 2, 2).unwrap_err().code().as_str(), "number_invalid");
    }
}

/// A row of CSV, as RFC 4180 has it.
fn cells(text: &str) -> Vec<Vec<String>> {
    let (mut rows, mut row, mut cell, mut quoted) = (Vec::new(), Vec::new(), String::new(), false);
    let mut letters = text.chars().peekable();
    while let Some(c) = letters.next() {
        match (quoted, c) {
            (true, '"') if letters.peek() == Some(&'"') => cell.push(letters.next().unwrap()),
            (_, '"') => quoted = !quoted,
            (false, ',') => row.push(std::mem::take(&mut cell)),
            (false, '\r') => {
                assert_eq!(letters.next(), Some('\n'));
                row.push(std::mem::take(&mut cell));
                rows.push(std::mem::take(&mut row));
            }
            (_, c) => cell.push(c),
        }
    }
    assert!(!quoted && cell.is_empty() && row.is_empty());
    rows
}

#[test]
fn exports_read_back_as_they_were() {
    let entry = |event: &str, kind, minor, currency, full: bool| LedgerEntry {
        event: event.into(),
        at: Time::parse("2026-03-03T18:00:00.123Z").unwrap(),
        kind,
        order: full.then(|| "A,1".into()),
        payment: full.then_some(2),
        line: full.then(|| "line \"1\"".into()),
        role: full.then_some(Role::Affiliate),
        recipient: full.then(|| "anna\nmaria".into()),
        rule: full.then(|| "=SUM(A1:A9)".into()),
        amount: Money::new(minor, currency).unwrap(),
    };
    let entries = [
        entry("p-1", LedgerKind::Payment, 47_034, "EUR", true),
        entry("-r", LedgerKind::Refund, -1, "KWD", true),
        entry("adj", LedgerKind::Adjustment, 9_007_199_254_740_991, "JPY", false),
    ];
    let names = ["event", "at", "kind", "order", "payment", "line", "role", "recipient", "rule", "amount", "currency", "minor"];
    // What a row should say, in plain text.
    let plain = |e: &LedgerEntry| {
        let text = |t: Option<&str>| t.unwrap_or_default().to_owned();
        [
            e.event.clone(),
            e.at.to_string(),
            e.kind.to_string(),
            text(e.order.as_deref()),
            e.payment.map_or(String::new(), |n| n.to_string()),
            text(e.line.as_deref()),
            e.role.as_ref().map_or(String::new(), ToString::to_string),
            text(e.recipient.as_deref()),
            text(e.rule.as_deref()),
            e.amount.decimal(),
            e.amount.currency().to_string(),
            e.amount.minor().to_string(),
        ]
    };

    let csv = cells(&export_entries(&entries, ExportFormat::Csv));
    assert_eq!(csv[0], names);
    for (row, e) in csv[1..].iter().zip(&entries) {
        // What a spreadsheet would run has an apostrophe before it; nothing else is changed.
        let safe = plain(e)
            .map(|cell| if cell.starts_with(['=', '+', '-', '@']) && cell.parse::<f64>().is_err() { format!("'{cell}") } else { cell });
        assert_eq!(row[..], safe);
    }
    assert_eq!(csv.len(), 4);

    let text = export_entries(&entries, ExportFormat::Json);
    let json: Vec<serde_json::Map<String, serde_json::Value>> = serde_json::from_str(&text).unwrap();
    for (row, e) in json.iter().zip(&entries) {
        let values = names.map(|name| match &row[name] {
            serde_json::Value::String(text) => text.clone(),
            serde_json::Value::Null => String::new(),
            other => other.to_string(),
        });
        assert_eq!((row.len(), values), (12, plain(e)));
    }
    let place = |name: &str| text.find(&format!("\"{name}\":")).unwrap();
    assert!(names.windows(2).all(|pair| place(pair[0]) < place(pair[1])), "the columns stand in their order");
    assert_eq!(export_entries(&[], ExportFormat::Json), "[]\n");

    let bytes = export_arrow(&entries).unwrap();
    let batch = arrow_ipc::reader::StreamReader::try_new(bytes.as_slice(), None).unwrap().next().unwrap().unwrap();
    assert_eq!(batch.schema().fields().iter().map(|field| field.name().as_str()).collect::<Vec<_>>(), names);
    for (n, e) in entries.iter().enumerate() {
        let text = |name: &str| strings(column(&batch, name))[n].clone();
        assert_eq!(column(&batch, "at").as_primitive::<TimestampMillisecondType>().value(n), e.at.millis());
        let payments = column(&batch, "payment").as_primitive::<UInt32Type>();
        assert_eq!(payments.is_valid(n).then(|| payments.value(n)), e.payment);
        // Ten-thousandths, whatever the currency's digits.
        let scaled = i128::from(e.amount.minor()) * [100, 10, 10_000][n];
        assert_eq!(column(&batch, "amount").as_primitive::<Decimal128Type>().value(n), scaled);
        assert_eq!(numbers(&batch, "minor")[n], e.amount.minor());
        let texts = ["event", "kind", "order", "line", "role", "recipient", "rule", "currency"].map(text);
        let wanted = plain(e);
        let wanted = [0, 2, 3, 5, 6, 7, 8, 10].map(|k| Some(wanted[k].clone()).filter(|text| !text.is_empty()));
        assert_eq!(texts, wanted);
    }
}

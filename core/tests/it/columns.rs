//! The engine over columns against the single call, which is its specification: the same random programs, orders and touches, thrown together
//! in one table, in any order of rows, in several batches, on any number of threads.

#![allow(clippy::float_arithmetic, reason = "shares are looked at")]

use crate::decisions::{Picks, order, program, touches};
use arrow_array::cast::AsArray;
use arrow_array::types::{Float64Type, Int8Type, Int32Type, Int64Type};
use arrow_array::{
    Array, ArrayRef, BooleanArray, DictionaryArray, Int64Array, LargeStringArray, ListArray, RecordBatch, StringArray, StringViewArray,
    TimestampMicrosecondArray, TimestampMillisecondArray, TimestampNanosecondArray, UInt32Array,
};
use sentby::{ColumnOptions, Commission, Customer, Decision, Line, Money, Order, Program, Time, Touch, allocate};
use std::sync::Arc;

pub(crate) type Visits = Vec<(Option<u32>, Touch)>;
pub(crate) type Purchases = Vec<(Option<u32>, Order)>;

/// Texts in one of the ways in which Arrow writes them.
fn texts(picks: &mut Picks<'_>, values: Vec<Option<&str>>) -> ArrayRef {
    match picks.below(5) {
        0 => Arc::new(StringArray::from(values)),
        1 => Arc::new(LargeStringArray::from(values)),
        2 => Arc::new(StringViewArray::from(values)),
        3 => Arc::new(values.into_iter().collect::<DictionaryArray<Int8Type>>()),
        _ => Arc::new(values.into_iter().collect::<DictionaryArray<Int32Type>>()),
    }
}

fn times(picks: &mut Picks<'_>, values: Vec<Option<i64>>) -> ArrayRef {
    let scaled = |by: i64| values.iter().map(move |v| v.map(|v| v * by)).collect::<Vec<_>>();
    match picks.below(4) {
        0 => Arc::new(Int64Array::from(values)),
        1 => Arc::new(TimestampMillisecondArray::from(values).with_timezone("UTC")),
        2 => Arc::new(TimestampMicrosecondArray::from(scaled(1_000)).with_timezone("Europe/Berlin")),
        _ => Arc::new(TimestampNanosecondArray::from(scaled(1_000_000)).with_timezone("+02:00")),
    }
}

fn visitor(picks: &mut Picks<'_>, key: Key, list: Vec<Option<u32>>) -> ArrayRef {
    if key == Key::Text {
        let names: Vec<Option<String>> = list.iter().map(|v| v.map(|v| format!("visitor-{v:032}"))).collect();
        return texts(picks, names.iter().map(Option::as_deref).collect());
    }
    match (key, picks.below(2)) {
        (Key::Near, 1) => Arc::new(UInt32Array::from(list)),
        (Key::Near, _) => Arc::new(list.iter().map(|v| v.map(i64::from)).collect::<Int64Array>()),
        _ => Arc::new(list.iter().map(|v| v.map(|v| (i64::from(v) - 1) * 1_000_000_007)).collect::<Int64Array>()),
    }
}

/// Of what the visitors' keys are: texts, numbers close together, numbers far apart.
#[derive(Clone, Copy, PartialEq, Eq)]
pub(crate) enum Key {
    Text,
    Near,
    Far,
}

fn lists(values: Vec<Vec<String>>) -> ArrayRef {
    let mut builder = arrow_array::builder::ListBuilder::new(arrow_array::builder::StringBuilder::new());
    for list in values {
        list.into_iter().for_each(|text| builder.values().append_value(text));
        builder.append(true);
    }
    let list: ListArray = builder.finish();
    Arc::new(list)
}

/// Cuts rows into batches at random places; of each, `make` makes a batch.
fn batches<T>(picks: &mut Picks<'_>, rows: &[T], mut make: impl FnMut(&mut Picks<'_>, &[T]) -> RecordBatch) -> Vec<RecordBatch> {
    let mut batches = Vec::new();
    let mut start = 0;
    loop {
        let end = (start + 1 + picks.below(rows.len() + 1)).min(rows.len());
        batches.push(make(picks, rows.get(start..end).unwrap_or_default()));
        start = end;
        if start == rows.len() {
            return batches;
        }
    }
}

pub(crate) fn touch_table(picks: &mut Picks<'_>, visits: &Visits, key: Key) -> Vec<RecordBatch> {
    let has_clicks = visits.iter().any(|(_, touch)| touch.click_id.is_some());
    // Where rows can go the shortest way, words stand mostly as it wants them.
    let coded = !has_clicks && picks.below(4) > 0;
    batches(picks, visits, |picks, rows| {
        let text = |picks: &mut Picks<'_>, of: &dyn Fn(&Touch) -> Option<&str>| texts(picks, rows.iter().map(|(_, t)| of(t)).collect());
        let word = |picks: &mut Picks<'_>, of: &dyn Fn(&Touch) -> Option<&str>| match coded {
            true => Arc::new(rows.iter().map(|(_, t)| of(t)).collect::<DictionaryArray<Int8Type>>()),
            false => text(picks, of),
        };
        let columns: Vec<(&str, ArrayRef, bool)> = vec![
            ("visitor", visitor(picks, key, rows.iter().map(|(v, _)| *v).collect()), true),
            ("at", times(picks, rows.iter().map(|(_, t)| Some(t.at.millis())).collect()), true),
            ("affiliate", text(picks, &|t| Some(&t.affiliate)), true),
            ("evidence", word(picks, &|t| Some(t.evidence.as_str())), true),
            ("product", text(picks, &|t| t.product.as_deref()), true),
            ("campaign", text(picks, &|t| t.campaign.as_deref()), true),
            ("click_id", text(picks, &|t| t.click_id.as_deref()), true),
            ("coupon", text(picks, &|t| t.coupon.as_deref()), true),
            ("consent", word(picks, &|t| Some(t.consent.as_str())), true),
            ("navigated", Arc::new(rows.iter().map(|(_, t)| Some(t.navigated)).collect::<BooleanArray>()), true),
            ("signed", Arc::new(rows.iter().map(|(_, t)| Some(t.signed)).collect::<BooleanArray>()), true),
            ("something else", Arc::new(rows.iter().map(|_| None::<&str>).collect::<StringArray>()), true),
        ];
        RecordBatch::try_from_iter_with_nullable(columns.into_iter().filter(|column| has_clicks || column.0 != "click_id")).unwrap()
    })
}

/// One row a line, shuffled or not.
pub(crate) fn order_table(picks: &mut Picks<'_>, purchases: &Purchases, key: Key) -> (Vec<RecordBatch>, Vec<(usize, usize)>) {
    let mut lines: Vec<(usize, usize)> =
        purchases.iter().enumerate().flat_map(|(n, (_, order))| (0..order.lines.len()).map(move |line| (n, line))).collect();
    for n in (1..lines.len()).rev() {
        lines.swap(n, picks.below(n + 1));
    }
    let has = |is: &dyn Fn(&Order) -> bool| purchases.iter().any(|(_, order)| is(order));
    let mut absent = Vec::new();
    if !has(&|order| order.cart_at.is_some()) {
        absent.push("cart_at");
    }
    let is_plain = !has(&|order| *order != plain(order.clone()));
    if is_plain {
        absent.extend(["line", "identities", "coupons", "country", "customer", "first_at", "accounts"]);
        let is_one = |order: &Order| order.payment == 1 && order.lines.iter().all(|line| line.quantity == 1);
        absent.extend(if has(&|order| !is_one(order)) { &[][..] } else { &["quantity", "payment"] });
        absent.extend(picks.of(&[None, Some("currency")]));
    }
    let whole_numbers = !has(&|order| order.id.parse::<i64>().is_err()) && picks.below(2) == 0;
    // The lines of an order in their own order, since that is the single order's.
    for n in 0..purchases.len() {
        let places: Vec<usize> = (0..lines.len()).filter(|k| lines[*k].0 == n).collect();
        places.iter().enumerate().for_each(|(line, place)| lines[*place].1 = line);
    }
    let table = batches(picks, &lines, |picks, rows| {
        let of = |(n, _): &(usize, usize)| &purchases[*n].1;
        let line = |(n, line): &(usize, usize)| &purchases[*n].1.lines[*line];
        let minor = |get: &dyn Fn(&Line) -> Option<i64>| Arc::new(rows.iter().map(|r| get(line(r))).collect::<Int64Array>()) as ArrayRef;
        let gross: ArrayRef = match picks.below(2) {
            0 => minor(&|l| Some(l.gross.minor())),
            _ => Arc::new(rows.iter().map(|r| Some(line(r).gross.decimal())).collect::<StringArray>()),
        };
        let time = |get: &dyn Fn(&Order) -> Option<Time>| rows.iter().map(|r| get(of(r)).map(Time::millis)).collect::<Vec<_>>();
        let columns: Vec<(&str, ArrayRef, bool)> = vec![
            ("order", texts(picks, rows.iter().map(|r| Some(of(r).id.as_str())).collect()), true),
            ("visitor", visitor(picks, key, rows.iter().map(|r| purchases[r.0].0).collect()), true),
            ("at", times(picks, time(&|o| Some(o.at))), true),
            ("line", texts(picks, rows.iter().map(|r| Some(line(r).id.as_str())).collect()), true),
            ("product", texts(picks, rows.iter().map(|r| Some(line(r).product.as_str())).collect()), true),
            ("quantity", minor(&|l| Some(l.quantity.into())), true),
            ("gross", gross, true),
            ("tax", minor(&|l| Some(l.tax.minor())), true),
            (
                "currency",
                texts(
                    picks,
                    rows.iter()
                        .map(|r| Some(line(r).gross.currency().as_str().to_owned()))
                        .collect::<Vec<_>>()
                        .iter()
                        .map(Option::as_deref)
                        .collect(),
                ),
                true,
            ),
            ("payment", Arc::new(rows.iter().map(|r| Some(of(r).payment)).collect::<UInt32Array>()), true),
            ("cart_at", times(picks, time(&|o| o.cart_at)), true),
            ("identities", lists(rows.iter().map(|r| of(r).identities.clone()).collect()), true),
            ("coupons", lists(rows.iter().map(|r| of(r).coupons.clone()).collect()), true),
            ("country", texts(picks, rows.iter().map(|r| of(r).country.as_deref()).collect()), true),
            ("customer", texts(picks, rows.iter().map(|r| of(r).customer.as_ref().map(|c| c.as_str())).collect()), true),
            ("first_at", times(picks, time(&|o| o.first_at)), true),
            ("accounts", Arc::new(rows.iter().map(|r| of(r).accounts).collect::<UInt32Array>()), true),
        ];
        let mut columns = columns;
        if whole_numbers {
            columns[0].1 = Arc::new(rows.iter().map(|r| of(r).id.parse().ok()).collect::<Int64Array>());
        }
        RecordBatch::try_from_iter_with_nullable(columns.into_iter().filter(|column| !absent.contains(&column.0))).unwrap()
    });
    (table, lines)
}

/// The currency to be given beside a table without such a column.
pub(crate) fn currency_beside(orders: &[RecordBatch]) -> Option<sentby::Currency> {
    let has_column = orders.iter().any(|batch| batch.column_by_name("currency").is_some());
    (!has_column).then(|| sentby::Currency::new("EUR").unwrap())
}

/// The same order without anything that the plainest table has no column for.
fn plain(order: Order) -> Order {
    let line = |line: Line| Line { id: "1".into(), shipping: None, discount: None, ..line };
    let lines = order.lines.into_iter().take(1).map(line).collect();
    Order { payment: order.payment, ..Order::new(order.id, order.at, lines) }
}

/// A row of credits: order, touch, affiliate, evidence, weight.
type Row = (String, usize, String, String, i64);

pub(crate) fn strings(array: &ArrayRef) -> Vec<Option<String>> {
    (0..array.len())
        .map(|n| {
            if array.is_null(n) {
                return None;
            }
            Some(match array.data_type() {
                arrow_schema::DataType::LargeUtf8 => array.as_string::<i64>().value(n).to_owned(),
                arrow_schema::DataType::Utf8 => array.as_string::<i32>().value(n).to_owned(),
                arrow_schema::DataType::Int64 => array.as_primitive::<Int64Type>().value(n).to_string(),
                _ => {
                    let dictionary = array.as_any_dictionary();
                    dictionary.values().as_string::<i32>().value(dictionary.normalized_keys()[n]).to_owned()
                }
            })
        })
        .collect()
}

pub(crate) fn column<'b>(batch: &'b RecordBatch, name: &str) -> &'b ArrayRef {
    batch.column_by_name(name).unwrap_or_else(|| panic!("no column {name}"))
}

pub(crate) fn numbers(batch: &RecordBatch, name: &str) -> Vec<i64> {
    column(batch, name).as_primitive::<Int64Type>().values().to_vec()
}

fn credit_rows(batch: &RecordBatch) -> Vec<Row> {
    let (orders, affiliates, kinds) =
        (strings(column(batch, "order")), strings(column(batch, "affiliate")), strings(column(batch, "evidence")));
    let (touches, weights) = (numbers(batch, "touch_row"), numbers(batch, "weight"));
    (0..batch.num_rows())
        .map(|n| (orders[n].clone().unwrap(), touches[n] as usize, affiliates[n].clone().unwrap(), kinds[n].clone().unwrap(), weights[n]))
        .collect()
}

/// The same by the single call: each order with the touches of its visitor, in the order of the rows.
pub(crate) fn decide(program: &Program, visits: &Visits, purchases: &Purchases) -> Vec<(Vec<usize>, Decision)> {
    purchases
        .iter()
        .map(|(visitor, order)| {
            let own = |(_, (v, _)): &(usize, &(Option<u32>, Touch))| visitor.is_some() && v == visitor;
            let (rows, touches): (Vec<usize>, Vec<Touch>) =
                visits.iter().enumerate().filter(own).map(|(n, (_, touch))| (n, touch.clone())).unzip();
            (rows, program.attribute(order, &touches).unwrap())
        })
        .collect()
}

/// Compares the engine and the single call on one table. The order of the answer's rows is that of the orders' first rows.
pub(crate) fn compare(picks: &mut Picks<'_>, program: &Program, visits: &Visits, purchases: &Purchases) -> Result<(), String> {
    let key = picks.of(&[Key::Text, Key::Near, Key::Far]);
    let touch_batches = touch_table(picks, visits, key);
    let (order_batches, lines) = order_table(picks, purchases, key);
    let mut order_of_rows: Vec<usize> = Vec::new();
    lines.iter().for_each(|(n, _)| {
        if !order_of_rows.contains(n) {
            order_of_rows.push(*n)
        }
    });
    let currency = currency_beside(&order_batches);
    let decided = decide(program, visits, purchases);
    let mut wanted: Vec<Row> = Vec::new();
    let mut amounts: Vec<i64> = Vec::new();
    let mut judged: Vec<(String, usize, String, Option<i64>)> = Vec::new();
    for n in &order_of_rows {
        let (order, (rows, decision)) = (&purchases[*n].1, &decided[*n]);
        let gross: i64 = order.lines.iter().map(|line| line.gross.minor()).sum();
        amounts
            .extend(allocate(gross as u64, &decision.credits.iter().map(|c| c.weight).collect::<Vec<_>>()).into_iter().map(|a| a as i64));
        for c in &decision.credits {
            wanted.push((order.id.clone(), rows[c.touch as usize], c.affiliate.clone(), c.evidence.to_string(), c.weight as i64));
        }
        for (n, verdict) in decision.verdicts.iter().enumerate() {
            judged.push((order.id.clone(), rows[n], verdict.reason.to_string(), verdict.by.map(|by| rows[by as usize] as i64)));
        }
    }
    let entries = settle(program, purchases, &decided, &order_of_rows);
    for threads in [1, 2, 8] {
        for verdicts in [false, true] {
            let options = ColumnOptions { threads, verdicts, entries: true, currency, ..ColumnOptions::default() };
            let answer = program.attribute_columns(&touch_batches, &order_batches, &options).map_err(|e| e.to_string())?;
            let rows = credit_rows(&answer.credits);
            if rows != wanted || numbers(&answer.credits, "amount") != amounts {
                return Err(format!("{threads} threads, verdicts {verdicts}: credits\n{rows:#?}\nexpected\n{wanted:#?}"));
            }
            let shares = column(&answer.credits, "share").as_primitive::<Float64Type>();
            let mut sums = std::collections::BTreeMap::<i64, f64>::new();
            numbers(&answer.credits, "order_row")
                .iter()
                .zip(shares.values())
                .for_each(|(row, share)| *sums.entry(*row).or_default() += share);
            assert!(sums.values().all(|sum| (sum - 1.0).abs() < 1e-9), "{sums:?}");
            assert_eq!((answer.orders, answer.credited), (purchases.len(), decided.iter().filter(|(_, d)| !d.credits.is_empty()).count()));
            let batch = answer.entries.unwrap();
            let (orders, lines, roles) =
                (strings(column(&batch, "order")), strings(column(&batch, "line")), strings(column(&batch, "role")));
            let (recipients, rules, amounts) =
                (strings(column(&batch, "recipient")), strings(column(&batch, "rule")), numbers(&batch, "amount"));
            let got: Vec<_> = (0..batch.num_rows())
                .map(|n| {
                    (
                        orders[n].clone().unwrap(),
                        lines[n].clone().unwrap(),
                        roles[n].clone().unwrap(),
                        recipients[n].clone(),
                        rules[n].clone(),
                        amounts[n],
                    )
                })
                .collect();
            if got != entries {
                return Err(format!("{threads} threads: entries\n{got:#?}\nexpected\n{entries:#?}"));
            }
            if verdicts {
                let batch = answer.verdicts.unwrap();
                let (orders, reasons, by) = (
                    strings(column(&batch, "order")),
                    strings(column(&batch, "reason")),
                    column(&batch, "by_row").as_primitive::<Int64Type>(),
                );
                let rows = numbers(&batch, "touch_row");
                let got: Vec<_> = (0..batch.num_rows())
                    .map(|n| {
                        (orders[n].clone().unwrap(), rows[n] as usize, reasons[n].clone().unwrap(), by.is_valid(n).then(|| by.value(n)))
                    })
                    .collect();
                if got != judged {
                    return Err(format!("{threads} threads: verdicts\n{got:#?}\nexpected\n{judged:#?}"));
                }
            }
        }
    }
    Ok(())
}

type EntryRow = (String, String, String, Option<String>, Option<String>, i64);

/// Settled one by one; where rules look back, in the order of time.
fn settle(program: &Program, purchases: &Purchases, decided: &[(Vec<usize>, Decision)], order_of_rows: &[usize]) -> Vec<EntryRow> {
    let mut settled: Vec<Option<Commission>> = vec![None; purchases.len()];
    let mut list: Vec<usize> = (0..purchases.len()).collect();
    list.sort_by_key(|n| (purchases[*n].1.at, purchases[*n].1.id.clone(), purchases[*n].1.payment));
    let mut earlier: Vec<Commission> = Vec::new();
    for n in list {
        let commission = program.commission_after(&purchases[n].1, &decided[n].1, &earlier).unwrap();
        earlier.push(commission.clone());
        settled[n] = Some(commission);
    }
    let row = |c: &Commission| {
        let text = |t: &Option<sentby::Text>| t.as_ref().map(ToString::to_string);
        c.entries
            .iter()
            .map(|e| (c.order.clone(), e.line.to_string(), e.role.to_string(), text(&e.recipient), text(&e.rule), e.amount.minor()))
            .collect::<Vec<_>>()
    };
    order_of_rows.iter().flat_map(|n| row(settled[*n].as_ref().unwrap())).collect()
}

/// A table: a few visitors, of whom one may order very often.
pub(crate) fn table(picks: &mut Picks<'_>) -> (Visits, Purchases) {
    let visitors = 1 + picks.below(4) as u32;
    let who = |picks: &mut Picks<'_>| if picks.below(20) == 0 { None } else { Some(picks.below(visitors as usize) as u32) };
    let most = if picks.below(8) == 0 { 40 } else { 5 };
    let mut purchases: Purchases = Vec::new();
    for n in 0..1 + picks.below(most) {
        let base = order(picks);
        let later = picks.of(&[0, 0, 1, 60_000, 86_400_000, 3 * 86_400_000, -86_400_000, 40 * 86_400_000, 400 * 86_400_000]);
        let shift = |at: Time| Time::from_millis(at.millis() + later).unwrap();
        let lines = base.lines.iter().map(|line| {
            let gross = picks.of(&[0, 1, 99, 100, 119_000]);
            Line {
                gross: Money::new(gross, "EUR").unwrap(),
                tax: Money::new(gross / 7, "EUR").unwrap(),
                quantity: 1 + picks.below(3) as u32,
                ..line.clone()
            }
        });
        let lines = lines.collect();
        let id = format!("A-{}", n / 2);
        purchases.push((
            who(picks),
            Order {
                id,
                payment: 1 + n as u32 % 2,
                at: shift(base.at),
                cart_at: base.cart_at.map(shift),
                country: picks.of(&[None, Some("DE".into()), Some("AT".into())]),
                customer: picks.of(&[None, Some(Customer::New), Some(Customer::Returning)]),
                lines,
                ..base
            },
        ));
    }
    // Often the plainest orders, and of those often what is sold once.
    if picks.below(2) == 0 {
        let once = picks.below(2) == 0;
        for (n, (_, order)) in purchases.iter_mut().enumerate() {
            *order = plain(order.clone());
            if once {
                (order.id, order.payment) = (n.to_string(), 1);
                order.lines.iter_mut().for_each(|line| line.quantity = 1);
            }
        }
    }
    let count = if picks.below(10) == 0 { 120 } else { 25 };
    let mut visits: Visits = touches(picks, count).into_iter().map(|touch| (who(picks), touch)).collect();
    // What lets the engine go its shortest way: rows in order of time, without clicks and carts.
    if picks.below(3) > 0 {
        visits.sort_by_key(|(_, touch)| touch.at);
        visits.iter_mut().for_each(|(_, touch)| touch.click_id = None);
        purchases.iter_mut().for_each(|(_, order)| order.cart_at = None);
    }
    (visits, purchases)
}

/// The program of decisions, with rules for money.
pub(crate) fn program_with_money(picks: &mut Picks<'_>) -> Option<Program> {
    let mut json = program(picks);
    let percent = |picks: &mut Picks<'_>| serde_json::json!({ "percent": picks.of(&["10", "12.5", "50", "33.333333"]) });
    let when = |picks: &mut Picks<'_>| match picks.below(9) {
        0 => serde_json::json!({ "product": picks.of(&["p", "q"]) }),
        1 => serde_json::json!({ "affiliate": picks.of(&["anna", "bob"]), "evidence": ["cookie", "token"] }),
        2 => serde_json::json!({ "gross_from": "1.00 EUR", "gross_below": picks.of(&["1000.00 EUR", "1190.00 EUR"]) }),
        3 => serde_json::json!({ "from": "2026-03-03T18:00:00Z" }),
        4 => serde_json::json!({ "until": "2026-03-03T18:00:00Z" }),
        5 => serde_json::json!({ "payment_from": 2 }),
        6 => serde_json::json!({ "quantity_from": 2, "quantity_to": 2 }),
        7 => serde_json::json!({ "coupon": "spring" }),
        _ => serde_json::json!({ "evidence": ["click"] }),
    };
    let rule = |picks: &mut Picks<'_>| match picks.below(14) {
        0 => serde_json::json!({ "pays": { "fixed": ["1.01 EUR"], "per": picks.of(&["order", "unit"]) } }),
        1 => {
            serde_json::json!({ "pays": { "percent": "33.333333", "max": ["3.00 EUR"], "budget": { "amount": ["4.00 EUR"], "over": picks.of(&["2d", "month", "lifetime"]), "each": picks.of(&["affiliate", "rule"]) } } })
        }
        2 => {
            serde_json::json!({ "pays": { "by": "count", "over": picks.of(&["1d", "lifetime"]), "tiers": [{ "percent": "10" }, { "from": 2, "percent": "20" }] } })
        }
        3 => {
            serde_json::json!({ "pays": { "by": "revenue", "how": "marginal", "over": "month", "tiers": [{ "percent": "5" }, { "from": "10.00 EUR", "percent": "50" }] } })
        }
        5 => serde_json::json!({ "when": { "country": picks.of(&["DE", "CH"]) }, "pays": { "percent": "3" } }),
        6 => serde_json::json!({ "when": { "customer": picks.of(&["new", "returning"]) }, "pays": { "percent": "7" } }),
        4 => serde_json::json!({ "when": { "campaign": "mail" }, "pays": { "percent": "40", "first_payment": ["0.50 EUR"] } }),
        7 => serde_json::json!({ "pays": { "percent": "10", "min": ["0.20 EUR"] } }),
        8 => serde_json::json!({ "pays": percent(picks) }),
        _ => serde_json::json!({ "when": when(picks), "pays": percent(picks) }),
    };
    let rules: Vec<_> = (0..picks.below(4)).map(|_| rule(picks)).collect();
    let map = json.as_object_mut().unwrap();
    map.insert("commission".into(), rules.into());
    if picks.below(2) == 0 {
        let partner = serde_json::json!({ "id": "paula", "percent": "25" });
        let later = serde_json::json!({ "id": "peter", "percent": picks.of(&["5", "75"]), "from": "2026-03-03T18:00:00Z" });
        map.insert("products".into(), serde_json::json!([{ "id": "p", "partners": [partner, later] }, { "id": "q" }]));
    }
    let fee = match picks.below(4) {
        0 => serde_json::json!({}),
        1 => serde_json::json!({ "fixed": ["1.00 EUR"], "small": { "below": "1.00 EUR", "fixed": "0.60 EUR" } }),
        _ => serde_json::json!({ "percent": "4.9", "fixed": ["0.10 EUR"] }),
    };
    let mut settlement = serde_json::json!({ "fee": fee, "rounding": picks.of(&["half_even", "half_away", "down"]) });
    let keys = settlement.as_object_mut().unwrap();
    if picks.below(2) == 0 {
        keys.insert("base".into(), picks.of(&["gross", "net_of_tax"]).into());
        keys.insert("partners_base".into(), picks.of(&["after_affiliate", "same_base"]).into());
        let steps =
            [["affiliate", "partners", "tax", "fee"], ["tax", "affiliate", "fee", "partners"], ["tax", "affiliate", "partners", "fee"]];
        keys.insert("steps".into(), picks.of(&steps).into_iter().map(serde_json::Value::from).collect());
    }
    map.insert("settlement".into(), settlement);
    Program::from_json(&json.to_string()).ok()
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::decisions::chance;

    fn cases() -> u64 {
        std::env::var("SENTBY_CASES").ok().and_then(|n| n.parse().ok()).unwrap_or(1500)
    }

    /// `SENTBY_CASES=100000 cargo test --release -p sentby --features columns --test it columns_decide -- --nocapture`
    #[test]
    fn columns_decide_as_single_calls_do() {
        let count = cases();
        let mut tried = 0;
        let mut seed = 0;
        while tried < count {
            seed += 1;
            let mut pick = chance(seed);
            let mut picks = Picks(&mut pick);
            let Some(program) = program_with_money(&mut picks) else { continue };
            let (visits, purchases) = table(&mut picks);
            if let Err(case) = compare(&mut picks, &program, &visits, &purchases) {
                panic!("seed {seed}: {case}\nprogram {}\nvisits {visits:#?}\npurchases {purchases:#?}", program.to_json());
            }
            tried += 1;
        }
        println!("{count} tables decided and settled alike by the engine over columns and by single calls, on 1, 2 and 8 threads");
    }

    /// Beyond 63 bits an unsigned number has the bits of a negative one: they are never joined.
    #[test]
    fn unsigned_visitors_are_no_negative_ones() {
        let program = Program::from_toml("sentby = 1\nvendor = \"v\"\n[[products]]\nid = \"p\"\n[[affiliates]]\nid = \"anna\"\npartnership = [{ state = \"approved\", since = \"1970-01-01T00:00:00Z\" }]").unwrap();
        let int = |list: Vec<i64>| Arc::new(Int64Array::from(list)) as ArrayRef;
        let wide = |list: Vec<u64>| Arc::new(arrow_array::UInt64Array::from(list)) as ArrayRef;
        let name = Arc::new(StringArray::from(vec!["anna"])) as ArrayRef;
        let touches = |visitor: ArrayRef| {
            [RecordBatch::try_from_iter([("visitor", visitor), ("at", int(vec![1])), ("affiliate", name.clone())]).unwrap()]
        };
        let orders = |visitor: ArrayRef| {
            [RecordBatch::try_from_iter([("order", int(vec![7])), ("visitor", visitor), ("at", int(vec![2]))]).unwrap()]
        };
        let decide = |t: ArrayRef, o: ArrayRef| {
            program.attribute_columns(&touches(t), &orders(o), &ColumnOptions::default()).map(|answer| answer.credited)
        };
        assert_eq!(decide(wide(vec![u64::MAX]), int(vec![-1])).unwrap_err().code().as_str(), "column_type");
        assert_eq!(decide(wide(vec![u64::MAX]), wide(vec![u64::MAX])), Ok(1));
        assert_eq!(decide(wide(vec![5]), int(vec![5])), Ok(1));
        assert_eq!(decide(int(vec![-1]), int(vec![-1])), Ok(1));
        let texts = Arc::new(StringArray::from(vec!["5"])) as ArrayRef;
        assert_eq!(decide(texts, int(vec![5])).unwrap_err().code().as_str(), "column_type");
    }

    #[test]
    fn a_touch_without_weight_is_not_credited() {
        let model = "[attribution]\nmodel = \"position_based\"\nposition = { first = 30, middle = 0, last = 70 }";
        let program = Program::from_toml(&format!("sentby = 1\nvendor = \"v\"\n[[products]]\nid = \"p\"\n[[affiliates]]\nid = \"anna\"\npartnership = [{{ state = \"approved\", since = \"1970-01-01T00:00:00Z\" }}]\n{model}")).unwrap();
        let int = |list: &[i64]| Arc::new(Int64Array::from(list.to_vec())) as ArrayRef;
        let names = Arc::new(StringArray::from(vec!["anna"; 4])) as ArrayRef;
        let touches = RecordBatch::try_from_iter([("visitor", int(&[5; 4])), ("at", int(&[1, 2, 3, 4])), ("affiliate", names)]).unwrap();
        let orders = RecordBatch::try_from_iter([("order", int(&[7])), ("visitor", int(&[5])), ("at", int(&[9]))]).unwrap();
        let credits = program.attribute_columns(&[touches], &[orders], &ColumnOptions::default()).unwrap().credits;
        assert_eq!((numbers(&credits, "touch_row"), numbers(&credits, "weight")), (vec![0, 3], vec![60, 140]));
    }

    /// An empty visitor is nobody, also where it is a dictionary's value that is empty.
    #[test]
    fn an_empty_value_of_a_dictionary_is_nobody() {
        let program = Program::from_toml("sentby = 1\nvendor = \"v\"\n[[products]]\nid = \"p\"\n[[affiliates]]\nid = \"anna\"\npartnership = [{ state = \"approved\", since = \"1970-01-01T00:00:00Z\" }]").unwrap();
        let visitors = || {
            let values = Arc::new(StringArray::from(vec![None, Some("lena"), Some("")]));
            Arc::new(DictionaryArray::<Int32Type>::new(arrow_array::Int32Array::from(vec![0, 1, 2]), values)) as ArrayRef
        };
        let int = |list: &[i64]| Arc::new(Int64Array::from(list.to_vec())) as ArrayRef;
        let names = Arc::new(StringArray::from(vec!["anna"; 3])) as ArrayRef;
        let touches = RecordBatch::try_from_iter([("visitor", visitors()), ("at", int(&[1, 1, 1])), ("affiliate", names)]).unwrap();
        let orders = RecordBatch::try_from_iter([("order", int(&[0, 1, 2])), ("visitor", visitors()), ("at", int(&[2, 2, 2]))]).unwrap();
        let answer = program.attribute_columns(&[touches], &[orders], &ColumnOptions::default()).unwrap();
        assert_eq!(numbers(&answer.credits, "order"), [1, 2]);
    }

    /// What is wrong in a touch is told whether rows come in order of time or not.
    #[test]
    fn slips_are_told_in_any_order_of_rows() {
        let program = Program::from_toml("sentby = 1\nvendor = \"v\"\n[[products]]\nid = \"p\"\n[[affiliates]]\nid = \"anna\"\npartnership = [{ state = \"approved\", since = \"1970-01-01T00:00:00Z\" }]").unwrap();
        let int = |list: &[i64]| Arc::new(Int64Array::from(list.to_vec())) as ArrayRef;
        let decide = |rows: &[(i64, i64, &str)]| {
            let column = |of: fn(&(i64, i64, &str)) -> i64| int(&rows.iter().map(of).collect::<Vec<_>>());
            let words: StringArray = rows.iter().map(|row| Some(row.2)).collect();
            let names: StringArray = rows.iter().map(|_| Some("anna")).collect();
            let touches = RecordBatch::try_from_iter([
                ("visitor", column(|row| row.0)),
                ("at", column(|row| row.1)),
                ("affiliate", Arc::new(names) as ArrayRef),
                ("evidence", Arc::new(words) as ArrayRef),
            ])
            .unwrap();
            let orders = RecordBatch::try_from_iter([("order", int(&[1])), ("visitor", int(&[7])), ("at", int(&[100]))]).unwrap();
            program
                .attribute_columns(&[touches], &[orders], &ColumnOptions::default())
                .map(|answer| answer.credited)
                .map_err(|e| e.to_string())
        };
        for (rows, wanted) in [
            // A time that is none, of a visitor who orders, and of one who does not.
            (vec![(7, 1, "click"), (7, i64::MAX, "click")], "/touches/"),
            (vec![(7, i64::MIN, "click"), (7, 1, "click")], "/touches/"),
            (vec![(7, 1, "click"), (8, i64::MAX, "click")], ""),
            // A word that is none: before the order, after it, of another visitor.
            (vec![(7, 1, "clack"), (7, 2, "click")], "/touches/"),
            (vec![(7, 1, "click"), (7, 200, "clack")], ""),
            (vec![(7, 1, "click"), (8, 2, "clack")], ""),
        ] {
            let turned: Vec<_> = rows.iter().rev().copied().collect();
            for rows in [&rows, &turned] {
                match decide(rows) {
                    Ok(credited) => assert_eq!((credited, wanted), (1, ""), "{rows:?}"),
                    Err(error) => assert!(!wanted.is_empty() && error.contains(wanted), "{rows:?}: {error}"),
                }
            }
        }
    }

    /// One visitor with a million touches and a thousand orders is decided in bounded time.
    #[test]
    fn one_visitor_with_a_million_touches() {
        let program = Program::from_toml("sentby = 1\nvendor = \"v\"\n[[products]]\nid = \"p\"\n[[affiliates]]\nid = \"anna\"\npartnership = [{ state = \"approved\", since = \"1970-01-01T00:00:00Z\" }]").unwrap();
        let int = |list: Vec<i64>| Arc::new(Int64Array::from(list)) as ArrayRef;
        let names = Arc::new(StringArray::from(vec!["anna"; 1_000_000])) as ArrayRef;
        let touches = RecordBatch::try_from_iter([
            ("visitor", int(vec![1; 1_000_000])),
            ("at", int((0..1_000_000).rev().collect())),
            ("affiliate", names),
        ])
        .unwrap();
        let orders = RecordBatch::try_from_iter([
            ("order", int((0..1000).collect())),
            ("visitor", int(vec![1; 1000])),
            ("at", int((0..1000).map(|n| n * 1000).collect())),
        ])
        .unwrap();
        let answer = program.attribute_columns(&[touches], &[orders], &ColumnOptions { threads: 2, ..ColumnOptions::default() }).unwrap();
        // The touch in the very millisecond of each order, found in rows that run backwards.
        assert_eq!(numbers(&answer.credits, "touch_row"), (0..1000).map(|n| 999_999 - n * 1000).collect::<Vec<_>>());
    }

    /// A touch at the very end of the window that does not suit is no reason to look no further at its moment.
    #[test]
    fn the_last_moment_of_a_window_is_looked_at_whole() {
        let program = Program::from_toml("sentby = 1\nvendor = \"v\"\n[[products]]\nid = \"p\"\n[[products]]\nid = \"q\"\n[[affiliates]]\nid = \"anna\"\npartnership = [{ state = \"approved\", since = \"1970-01-01T00:00:00Z\" }]\n[attribution]\nwindow = \"100ms\"").unwrap();
        let int = |list: &[i64]| Arc::new(Int64Array::from(list.to_vec())) as ArrayRef;
        let text = |list: &[&str]| Arc::new(StringArray::from(list.to_vec())) as ArrayRef;
        for (at, wanted) in [([900, 900], vec![0]), ([899, 900], vec![]), ([899, 899], vec![])] {
            let columns =
                [("visitor", int(&[1, 1])), ("at", int(&at)), ("affiliate", text(&["anna", "anna"])), ("product", text(&["p", "q"]))];
            let touches = RecordBatch::try_from_iter(columns).unwrap();
            // Another's order, so that the other product is one that is sold at all.
            let columns = [("order", int(&[1, 2])), ("visitor", int(&[1, 2])), ("at", int(&[1000, 1000])), ("product", text(&["p", "q"]))];
            let orders = RecordBatch::try_from_iter(columns).unwrap();
            let answer = program.attribute_columns(&[touches], &[orders], &ColumnOptions::default()).unwrap();
            assert_eq!(numbers(&answer.credits, "touch_row"), wanted);
        }
    }

    /// Rows in order of time go another way than rows in any other, with the same credits: many rows, few moments, moments of many touches.
    #[test]
    fn rows_in_order_and_out_of_it_are_decided_alike() {
        let affiliates = |n: usize| {
            let since = if n.is_multiple_of(3) { "1970-01-01T00:00:05Z" } else { "1970-01-01T00:00:00Z" };
            format!("[[affiliates]]\nid = \"a{n}\"\npartnership = [{{ state = \"approved\", since = \"{since}\" }}]\n")
        };
        let affiliates: String = (0..7).map(affiliates).collect();
        let mut pick = chance(11);
        let mut credited = 0;
        for round in 0..cases().min(120) {
            let mut picks = Picks(&mut pick);
            let attribution = picks.of(&[
                "cross_product = true",
                "window = \"2s\"",
                "windows = { cookie = \"700ms\", token = \"5s\" }\ncross_product = true",
                "precedence = \"none\"",
            ]);
            let program = format!(
                "sentby = 1\nvendor = \"v\"\n[[products]]\nid = \"p\"\n[[products]]\nid = \"q\"\n{affiliates}[attribution]\n{attribution}"
            );
            let program = Program::from_toml(&program).unwrap();
            let key = picks.of(&[Key::Text, Key::Near, Key::Far]);
            let (count, visitors, moments) = (picks.of(&[700, 5_000]), picks.of(&[3, 60, 900]), picks.of(&[3, 40, 1_000, 100_000]));
            let step = 10_000 / moments.min(10_000) as i64;
            let mut rows: Vec<(i64, u32, usize, usize, usize)> = (0..count)
                .map(|_| (picks.below(moments) as i64 * step, picks.below(visitors) as u32, picks.below(7), picks.below(3), picks.below(4)))
                .collect();
            rows.sort_by_key(|row| row.0);
            let code = |names: &[&'static str], places: Vec<usize>| {
                Arc::new(places.into_iter().map(|place| names.get(place).copied()).collect::<DictionaryArray<Int8Type>>()) as ArrayRef
            };
            let has_words = picks.below(3) > 0;
            let table = |rows: &[(i64, u32, usize, usize, usize)]| {
                let visitor: ArrayRef = match key {
                    Key::Text => Arc::new(rows.iter().map(|row| Some(format!("visitor-{:030}", row.1))).collect::<StringArray>()),
                    Key::Near => Arc::new(rows.iter().map(|row| i64::from(row.1)).collect::<Int64Array>()),
                    Key::Far => Arc::new(rows.iter().map(|row| i64::from(row.1) * 1_000_000_007).collect::<Int64Array>()),
                };
                let mut columns: Vec<(&str, ArrayRef, bool)> = vec![
                    ("visitor", visitor, true),
                    ("at", Arc::new(rows.iter().map(|row| row.0).collect::<Int64Array>()), true),
                    ("affiliate", code(&["a0", "a1", "a2", "a3", "a4", "a5", "a6"], rows.iter().map(|row| row.2).collect()), true),
                    ("product", code(&["p", "q"], rows.iter().map(|row| row.4).collect()), true),
                ];
                if has_words {
                    columns.push(("evidence", code(&["token", "cookie", "parameter"], rows.iter().map(|row| row.3).collect()), true));
                }
                RecordBatch::try_from_iter_with_nullable(columns).unwrap()
            };
            let orders = {
                let rows: Vec<_> = (0..count / 4)
                    .map(|_| (picks.below(2 * moments) as i64 * step, picks.below(visitors + 1) as u32, 0, 0, picks.below(2)))
                    .collect();
                let batch = table(&rows).project(&[0, 1, 3]).unwrap();
                let mut columns = vec![("order", Arc::new((0..rows.len() as i64).collect::<Int64Array>()) as ArrayRef, true)];
                columns.extend(
                    ["visitor", "at", "product"].into_iter().zip(batch.columns()).map(|(name, column)| (name, column.clone(), true)),
                );
                [RecordBatch::try_from_iter_with_nullable(columns).unwrap()]
            };
            let decide = |touches: &[RecordBatch], threads: usize| {
                let answer = program.attribute_columns(touches, &orders, &ColumnOptions { threads, ..ColumnOptions::default() }).unwrap();
                (numbers(&answer.credits, "touch_row"), numbers(&answer.credits, "order_row"), answer)
            };
            let cut = picks.below(count);
            let sorted = [table(rows.get(..cut).unwrap()), table(rows.get(cut..).unwrap())];
            rows.reverse();
            let (turned, orders_of_turned, answer) = decide(&[table(&rows)], 1);
            credited += answer.credited;
            rows.reverse();
            for threads in [1, 2, 5] {
                let (got, orders, _) = decide(&sorted, threads);
                assert_eq!(orders, orders_of_turned, "round {round}");
                // Of touches that are alike in all, the row decides, and those run backwards there.
                let what = |row: i64| rows.get(row as usize).map(|row| (row.0, row.1, row.2, row.3 * usize::from(has_words), row.4.min(2)));
                for (got, turned) in got.iter().zip(&turned) {
                    assert_eq!(what(*got), what(rows.len() as i64 - 1 - turned), "round {round}, {threads} threads");
                }
            }
        }
        assert!(credited > 1_000, "{credited}");
    }
}

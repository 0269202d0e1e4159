//! What another program would have decided and paid.

use super::orders::Orders;
use super::output::{full_dictionary, table};
use super::touches::{Lookups, Touches};
use super::{ColumnAnswer, ColumnOptions, names::Seed, rules, same_keys};
use crate::{Decision, Error, ErrorCode, Order, Program, Result, Touch};
use arrow_array::cast::AsArray;
use arrow_array::types::{Int8Type, Int32Type, Int64Type};
use arrow_array::{Array, ArrayRef, Int64Array, LargeStringArray, RecordBatch, StringArray};
use std::collections::BTreeMap;
use std::sync::Arc;

/// What several programs make of the same orders, compared with the first.
///
/// # Example
/// ```
/// # use arrow_array::{Int64Array, RecordBatch, StringArray};
/// # use sentby::{ColumnOptions, Program};
/// # use std::sync::Arc;
/// # let texts = |list: &[&str]| Arc::new(StringArray::from(list.to_vec())) as arrow_array::ArrayRef;
/// # let at = |list: &[i64]| Arc::new(Int64Array::from(list.to_vec())) as arrow_array::ArrayRef;
/// # let rules = |days: u32| Program::from_toml(&format!(r#"
/// #     sentby = 1
/// #     vendor = "v"
/// #     [[products]]
/// #     id = "p"
/// #     [[affiliates]]
/// #     id = "anna"
/// #     partnership = [{{ state = "approved", since = "1970-01-01T00:00:00Z" }}]
/// #     [attribution]
/// #     window = "{days}d""#));
/// # let touches = [RecordBatch::try_from_iter([("visitor", texts(&["lena"])), ("at", at(&[0])), ("affiliate", texts(&["anna"]))]).unwrap()];
/// # let orders = [RecordBatch::try_from_iter([("order", texts(&["A-1"])), ("visitor", texts(&["lena"])), ("at", at(&[45 * 86_400_000]))]).unwrap()];
/// let (today, proposal) = (rules(30)?, rules(60)?);
/// let answer = sentby::what_if(&touches, &orders, &[("today", &today), ("proposal", &proposal)], &ColumnOptions::default())?;
/// assert_eq!(answer.changes.num_rows(), 1); // 45 days lie between the touch and the order
/// # Ok::<(), sentby::Error>(())
/// ```
#[derive(Clone, Debug, PartialEq)]
pub struct WhatIf {
    /// For each program, affiliate and currency: `program`, `affiliate` (none: all together), `orders` (credited, if only in part), `won` and `lost` (orders
    /// credited here but not by the first program, and the other way round), `commission` (minor units), `difference` (to the first program), `currency`.
    pub affiliates: RecordBatch,
    /// The orders that change hands: `program`, `order`, `order_row`, `before`, `after` (who is credited by the first program, and by this; none for nobody).
    pub changes: RecordBatch,
}

/// Who is credited for an order: affiliates with reduced shares, in order of their ids.
type Hands = Vec<(String, u64, u64)>;

struct Outcome {
    hands: BTreeMap<i64, Hands>,
    /// By affiliate and currency.
    commission: BTreeMap<(String, String), i64>,
    orders: BTreeMap<i64, String>,
}

/// Decides and settles the same orders by several programs; the first is what the others are compared with.
///
/// # Errors
/// As [`Program::attribute_columns`]; `program_conflict` for two programs of one name; `program_invalid` for none.
pub fn what_if(
    touches: &[RecordBatch],
    orders: &[RecordBatch],
    programs: &[(&str, &Program)],
    options: &ColumnOptions<'_>,
) -> Result<WhatIf> {
    if programs.is_empty() {
        return Err(Error::new(ErrorCode::ProgramInvalid, "/programs: is empty"));
    }
    if let Some((name, _)) = programs.iter().enumerate().find(|(n, p)| programs.iter().take(*n).any(|e| e.0 == p.0)).map(|(_, p)| p) {
        return Err(Error::new(ErrorCode::ProgramConflict, format!("/programs: {} occurs twice", crate::error::quote(name))));
    }
    let entries = orders.first().is_some_and(|batch| batch.column_by_name("gross").is_some());
    let columns = Some(["order", "order_row", "affiliate", "weight"].as_slice());
    let options = ColumnOptions { verdicts: false, entries, columns, ..*options };
    let mut outcomes: Vec<(&str, Outcome)> = Vec::new();
    for (name, program) in programs {
        let place = |error: Error| error.at(format_args!("/programs/{}", crate::error::escaped(name)));
        outcomes.push((name, outcome(&program.attribute_columns(touches, orders, &options).map_err(place)?)));
    }
    let Some((_, base)) = outcomes.first() else { return Err(Error::new(ErrorCode::ProgramInvalid, "/programs: is empty")) };
    Ok(WhatIf { affiliates: affiliates(&outcomes, base)?, changes: changes(&outcomes, base)? })
}

fn outcome(answer: &ColumnAnswer) -> Outcome {
    let credits = &answer.credits;
    let rows = whole(credits, "order_row");
    let (weights, names, ids) = (whole(credits, "weight"), words(credits, "affiliate"), order_ids(credits));
    let mut sums: BTreeMap<i64, BTreeMap<String, u64>> = BTreeMap::new();
    let mut orders = BTreeMap::new();
    for (((row, weight), name), id) in rows.iter().zip(&weights).zip(names).zip(ids) {
        *sums.entry(*row).or_default().entry(name.unwrap_or_default()).or_default() += weight.unsigned_abs();
        orders.entry(*row).or_insert(id);
    }
    let hands = sums.into_iter().map(|(row, list)| {
        let total: u64 = list.values().sum();
        let reduced = list.into_iter().map(|(name, weight)| {
            let common = gcd(weight, total);
            (name, weight / common, total / common)
        });
        (row, reduced.collect())
    });
    let hands = hands.collect();
    let mut commission: BTreeMap<(String, String), i64> = BTreeMap::new();
    if let Some(entries) = &answer.entries {
        let (roles, recipients) = (words(entries, "role"), words(entries, "recipient"));
        for (((role, recipient), amount), currency) in
            roles.into_iter().zip(recipients).zip(whole(entries, "amount")).zip(words(entries, "currency"))
        {
            if matches!(role.as_deref(), Some("affiliate" | "second_level")) {
                let sum = commission.entry((recipient.unwrap_or_default(), currency.unwrap_or_default())).or_default();
                *sum = sum.saturating_add(amount);
            }
        }
    }
    Outcome { hands, commission, orders }
}

fn gcd(a: u64, b: u64) -> u64 {
    if b == 0 { a.max(1) } else { gcd(b, a % b) }
}

fn whole(batch: &RecordBatch, column: &str) -> Vec<i64> {
    batch
        .column_by_name(column)
        .and_then(|array| array.as_primitive_opt::<Int64Type>())
        .map(|array| array.values().to_vec())
        .unwrap_or_default()
}

/// A dictionary's texts, row by row.
fn words(batch: &RecordBatch, column: &str) -> Vec<Option<String>> {
    let Some(array) = batch.column_by_name(column) else { return vec![None; batch.num_rows()] };
    let texts = super::table::TextColumn::of(array.as_ref());
    (0..array.len()).map(|row| texts.and_then(|texts| texts.get(row)).map(str::to_owned)).collect()
}

fn order_ids(batch: &RecordBatch) -> Vec<String> {
    match batch.column_by_name("order").and_then(|array| array.as_primitive_opt::<Int64Type>()) {
        Some(numbers) => numbers.values().iter().map(ToString::to_string).collect(),
        None => words(batch, "order").into_iter().map(Option::unwrap_or_default).collect(),
    }
}

fn affiliates(outcomes: &[(&str, Outcome)], base: &Outcome) -> Result<RecordBatch> {
    let earns =
        |outcome: &Outcome, row: &i64, name: &str| outcome.hands.get(row).is_some_and(|hands| hands.iter().any(|hand| hand.0 == name));
    // Everybody whom any program credits or pays, in every currency in which anybody is paid.
    let mut names: Vec<String> = outcomes.iter().flat_map(|(_, o)| o.hands.values().flatten().map(|hand| hand.0.clone())).collect();
    names.extend(outcomes.iter().flat_map(|(_, o)| o.commission.keys().map(|key| key.0.clone())));
    names.sort_unstable();
    names.dedup();
    let mut currencies: Vec<String> = outcomes.iter().flat_map(|(_, o)| o.commission.keys().map(|key| key.1.clone())).collect();
    currencies.sort_unstable();
    currencies.dedup();
    let currencies: Vec<Option<String>> = if currencies.is_empty() { vec![None] } else { currencies.into_iter().map(Some).collect() };
    let (mut program, mut affiliate, mut counts, mut money, mut currency) = (Vec::new(), Vec::new(), Vec::new(), Vec::new(), Vec::new());
    for (n, (_, outcome)) in outcomes.iter().enumerate() {
        let mut orders: BTreeMap<&str, [i64; 3]> = names.iter().map(|name| (name.as_str(), [0; 3])).collect();
        for (row, hands) in &outcome.hands {
            for (name, ..) in hands {
                if let Some([count, won, _]) = orders.get_mut(name.as_str()) {
                    *count += 1;
                    *won += i64::from(!earns(base, row, name));
                }
            }
        }
        for (row, hands) in &base.hands {
            for (name, ..) in hands.iter().filter(|(name, ..)| !earns(outcome, row, name)) {
                if let Some([.., lost]) = orders.get_mut(name.as_str()) {
                    *lost += 1;
                }
            }
        }
        let all = [
            outcome.hands.len() as i64,
            outcome.hands.keys().filter(|row| !base.hands.contains_key(row)).count() as i64,
            base.hands.keys().filter(|row| !outcome.hands.contains_key(row)).count() as i64,
        ];
        for unit in &currencies {
            let paid = |outcome: &Outcome, name: Option<&str>| -> i64 {
                let of =
                    outcome.commission.iter().filter(|(key, _)| Some(&key.1) == unit.as_ref() && name.is_none_or(|name| key.0 == name));
                of.fold(0, |sum, (_, amount)| sum.saturating_add(*amount))
            };
            for name in names.iter().map(|name| Some(name.as_str())).chain([None]) {
                let commission = paid(outcome, name);
                program.push(n as i8);
                affiliate.push(name.map(str::to_owned));
                counts.push(name.map_or(all, |name| orders.get(name).copied().unwrap_or([0; 3])));
                money.push((commission, commission.saturating_sub(paid(base, name))));
                currency.push(unit.clone());
            }
        }
    }
    let column = |pick: &dyn Fn(&[i64; 3]) -> i64| Arc::new(counts.iter().map(|row| Some(pick(row))).collect::<Int64Array>()) as ArrayRef;
    table(vec![
        ("program", full_dictionary::<Int8Type>(program, outcomes.iter().map(|o| o.0))?, false),
        ("affiliate", Arc::new(StringArray::from(affiliate)), true),
        ("orders", column(&|row| row[0]), false),
        ("won", column(&|row| row[1]), false),
        ("lost", column(&|row| row[2]), false),
        ("commission", Arc::new(money.iter().map(|m| Some(m.0)).collect::<Int64Array>()), false),
        ("difference", Arc::new(money.iter().map(|m| Some(m.1)).collect::<Int64Array>()), false),
        ("currency", Arc::new(StringArray::from(currency)), true),
    ])
}

fn changes(outcomes: &[(&str, Outcome)], base: &Outcome) -> Result<RecordBatch> {
    let (mut program, mut ids, mut rows, mut before, mut after) = (Vec::new(), Vec::new(), Vec::new(), Vec::new(), Vec::new());
    for (n, (_, outcome)) in outcomes.iter().enumerate().skip(1) {
        let mut all: Vec<i64> = base.hands.keys().chain(outcome.hands.keys()).copied().collect();
        all.sort_unstable();
        all.dedup();
        for row in all {
            let (old, new) = (base.hands.get(&row), outcome.hands.get(&row));
            if old != new {
                program.push(n as i32);
                ids.push(base.orders.get(&row).or_else(|| outcome.orders.get(&row)).cloned());
                rows.push(row);
                before.push(old.map(in_words));
                after.push(new.map(in_words));
            }
        }
    }
    table(vec![
        ("program", full_dictionary::<Int32Type>(program, outcomes.iter().map(|o| o.0))?, false),
        ("order", Arc::new(LargeStringArray::from(ids)), false),
        ("order_row", Arc::new(Int64Array::from(rows)), false),
        ("before", Arc::new(StringArray::from(before)), true),
        ("after", Arc::new(StringArray::from(after)), true),
    ])
}

/// `anna`, or `anna 66.67 %, bob 33.33 %`.
fn in_words(hands: &Hands) -> String {
    match hands.as_slice() {
        [(name, ..)] => name.clone(),
        hands => {
            let part = |(name, weight, total): &(String, u64, u64)| {
                let hundredths = (u128::from(*weight) * 20_000 / u128::from((*total).max(1))).div_ceil(2);
                format!("{name} {}.{:02} %", hundredths / 100, hundredths % 100)
            };
            hands.iter().map(part).collect::<Vec<_>>().join(", ")
        }
    }
}

/// One order of a table, as the single call takes and answers it.
///
/// # Example
/// ```
/// # use arrow_array::{Int64Array, RecordBatch, StringArray};
/// # use std::sync::Arc;
/// # let program = sentby::Program::from_toml(include_str!("../../vectors/programs/story.toml"))?;
/// # let texts = |text: &str| Arc::new(StringArray::from(vec![text])) as arrow_array::ArrayRef;
/// # let at = |ms: i64| Arc::new(Int64Array::from(vec![ms])) as arrow_array::ArrayRef;
/// # let touches = RecordBatch::try_from_iter([("visitor", texts("lena")), ("at", at(1_772_355_600_000)), ("affiliate", texts("anna"))]).unwrap();
/// # let orders = RecordBatch::try_from_iter([("order", texts("A-1")), ("visitor", texts("lena")), ("at", at(1_772_560_800_000)), ("product", texts("521411d4"))]).unwrap();
/// let found = program.decide_order(&[touches], &[orders], "A-1", &sentby::ColumnOptions::default())?;
/// assert_eq!(found[0].decision.credits[0].affiliate, "anna");
/// # Ok::<(), sentby::Error>(())
/// ```
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct DecidedOrder {
    /// The order.
    pub order: Order,
    /// The touches of its visitor.
    pub touches: Vec<Touch>,
    /// Their rows.
    pub rows: Vec<usize>,
    /// What the program decides.
    pub decision: Decision,
}

impl Program {
    /// One order of a table, with its visitor's touches, decided by the single call: to be explained. Every payment with this id; none if there is none.
    ///
    /// # Errors
    /// As [`attribute_columns`](Self::attribute_columns).
    pub fn decide_order(
        &self,
        touches: &[RecordBatch],
        orders: &[RecordBatch],
        order: &str,
        options: &ColumnOptions<'_>,
    ) -> Result<Vec<DecidedOrder>> {
        let seed = Seed::new();
        let orders = Orders::read(self, orders, options.currency, seed)?;
        let affiliates = rules::affiliates(self, seed);
        let lookups = Lookups { affiliates: &affiliates, products: &orders.products };
        let touches = Touches::read(touches, options.evidence, lookups)?;
        same_keys(&touches, &orders)?;
        let mut found = Vec::new();
        for n in (0..orders.count()).filter(|n| orders.id(*n) == order) {
            let order = orders.order(n)?;
            let rows = match orders.visitor(n) {
                Some((key, at)) => touches.rows_of(key, at),
                None => Vec::new(),
            };
            let own: Vec<Touch> = rows.iter().map(|row| touches.touch(*row, lookups)).collect::<Result<_>>()?;
            let decision = self.attribute(&order, &own)?;
            found.push(DecidedOrder { order, touches: own, rows, decision });
        }
        Ok(found)
    }
}

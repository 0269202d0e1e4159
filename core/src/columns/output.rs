//! The tables that come out.

use super::engine::{Credits, Judged};
use super::on_threads;
use super::orders::{IdColumn, Orders};
use super::touches::Touches;
use crate::attribution::Reason;
use crate::money::{Remainder, allocate_to};
use crate::{Currency, Error, ErrorCode, Evidence, Program, Result};
use arrow_array::types::{ArrowDictionaryKeyType, Int8Type, Int32Type};
use arrow_array::{ArrayRef, DictionaryArray, Float64Array, Int64Array, LargeStringArray, PrimitiveArray, RecordBatch, StringArray};
use arrow_buffer::{BooleanBuffer, NullBuffer};
use std::sync::Arc;

/// A table from named columns, some of which may hold nothing in some rows.
pub(super) fn table(columns: Vec<(&str, ArrayRef, bool)>) -> Result<RecordBatch> {
    RecordBatch::try_from_iter_with_nullable(columns).map_err(|error| Error::new(ErrorCode::TooLarge, error.to_string()))
}

/// Codes and the texts that they stand for; below zero stands nothing.
pub(super) fn dictionary<'t>(mut codes: Vec<i32>, texts: impl IntoIterator<Item = &'t str>) -> Result<ArrayRef> {
    let nulls = NullBuffer::from(BooleanBuffer::collect_bool(codes.len(), |n| codes.get(n).is_some_and(|code| *code >= 0)));
    codes.iter_mut().for_each(|code| *code = (*code).max(0));
    coded(PrimitiveArray::<Int32Type>::new(codes.into(), Some(nulls)), texts)
}

/// The same with something in each row.
pub(super) fn full_dictionary<'t, K: ArrowDictionaryKeyType>(
    codes: Vec<K::Native>,
    texts: impl IntoIterator<Item = &'t str>,
) -> Result<ArrayRef> {
    coded(PrimitiveArray::<K>::new(codes.into(), None), texts)
}

fn coded<'t, K: ArrowDictionaryKeyType>(keys: PrimitiveArray<K>, texts: impl IntoIterator<Item = &'t str>) -> Result<ArrayRef> {
    let values = Arc::new(texts.into_iter().map(Some).collect::<StringArray>());
    let array = DictionaryArray::try_new(keys, values).map_err(|error| Error::new(ErrorCode::TooLarge, error.to_string()))?;
    Ok(Arc::new(array))
}

/// Order numbers as the orders have them: whole numbers or texts.
pub(super) fn ids(orders: &Orders<'_>, list: &[u32]) -> ArrayRef {
    match orders.ids() {
        Some(IdColumn::Ints(_)) => Arc::new(Int64Array::from(match orders.plain_ids() {
            Some(ids) => list.iter().map(|order| ids.get(*order as usize).copied().unwrap_or(0)).collect::<Vec<_>>(),
            None => list.iter().map(|order| orders.id_number(*order as usize)).collect(),
        })),
        Some(IdColumn::Texts(_)) | None => {
            let mut texts = arrow_array::builder::LargeStringBuilder::with_capacity(list.len(), list.len() * 12);
            list.iter().for_each(|order| texts.append_value(orders.id(*order as usize)));
            Arc::new(texts.finish())
        }
    }
}

/// The first row of each order.
pub(super) fn rows(orders: &Orders<'_>, list: &[u32]) -> ArrayRef {
    Arc::new(Int64Array::from(match orders.has_lines() {
        false => list.iter().map(|order| i64::from(*order)).collect::<Vec<_>>(),
        true => list.iter().map(|order| orders.row(*order as usize) as i64).collect(),
    }))
}

/// Columns with their names, and whether some rows may hold nothing.
type Columns = Vec<(&'static str, ArrayRef, bool)>;

pub(super) fn credits(
    program: &Program,
    orders: &Orders<'_>,
    touches: &Touches<'_>,
    credits: &Credits,
    threads: usize,
) -> Result<RecordBatch> {
    let mut order_of: Vec<u32> = Vec::with_capacity(credits.rows.len());
    for (order, range) in (0_u32..).zip(credits.starts.windows(2)) {
        let count = range.last().zip(range.first()).map_or(0, |(end, start)| end - start);
        order_of.extend(std::iter::repeat_n(order, count as usize));
    }
    let numbers = |list: Vec<i64>| Arc::new(Int64Array::from(list)) as ArrayRef;
    // What takes longest comes first, since threads take turns.
    let jobs: [&(dyn Fn() -> Result<Columns> + Sync); 8] = [
        &|| shares(orders, credits),
        &|| Ok(vec![("order", ids(orders, &order_of), false)]),
        &|| Ok(vec![("touch_row", numbers(credits.rows.iter().map(|row| i64::from(*row)).collect()), false)]),
        &|| Ok(vec![("order_row", rows(orders, &order_of), false)]),
        &|| {
            let weights = &credits.weights;
            let list =
                if weights.is_empty() { vec![1; credits.rows.len()] } else { weights.iter().map(|weight| weight.cast_signed()).collect() };
            Ok(vec![("weight", numbers(list), false)])
        },
        &|| {
            let names = program.affiliates().iter().map(|affiliate| affiliate.id.as_str());
            let codes = credits.who.iter().map(|who| who.affiliate().cast_signed()).collect();
            Ok(vec![("affiliate", full_dictionary::<Int32Type>(codes, names)?, false)])
        },
        &|| {
            let kinds = Evidence::ALL.iter().map(|kind| kind.as_str());
            let codes = credits.who.iter().map(|who| who.evidence() as i8).collect();
            Ok(vec![("evidence", full_dictionary::<Int8Type>(codes, kinds)?, false)])
        },
        &|| {
            if !touches.table.has("campaign") {
                return Ok(Vec::new());
            }
            let campaigns = credits.rows.iter().map(|row| {
                let (chunk, at) = touches.chunk(*row as usize);
                chunk.and_then(|chunk| chunk.campaign).and_then(|column| column.get(at))
            });
            Ok(vec![("campaign", Arc::new(campaigns.collect::<LargeStringArray>()) as ArrayRef, true)])
        },
    ];
    let turns = (0..threads.min(jobs.len())).map(|first| jobs.iter().skip(first).step_by(threads)).collect();
    let done = on_threads(turns, |turn| turn.map(|job| job()).collect::<Result<Vec<Columns>>>())?;
    let mut columns: Columns = done.into_iter().flatten().flatten().collect();
    columns.sort_by_key(|(name, ..)| NAMES.iter().position(|known| known == name));
    table(columns)
}

/// The columns of credits, in their order.
const NAMES: [&str; 10] = ["order", "order_row", "touch_row", "affiliate", "evidence", "campaign", "weight", "share", "amount", "currency"];

/// What each credit is of its order, and of its gross.
fn shares(orders: &Orders<'_>, credits: &Credits) -> Result<Columns> {
    let size = credits.rows.len();
    let mut shares = Vec::with_capacity(size);
    let mut amounts = Vec::with_capacity(if orders.has_gross { size } else { 0 });
    let (mut remainders, mut currencies) = (Vec::new(), Currencies::default());
    let plain = orders.plain_gross();
    let even = credits.weights.is_empty();
    for order in 0..orders.count() {
        let range = credits.range(order);
        let count = range.len();
        if count == 0 {
            continue;
        }
        let sum: u64 = if even { count as u64 } else { range.clone().map(|n| credits.weight(n)).sum() }; // INVARIANT: below 2^53
        if even {
            shares.extend(std::iter::repeat_n(share(1, sum), count));
        } else {
            shares.extend(range.clone().map(|n| share(credits.weight(n), sum)));
        }
        let gross = match &plain {
            _ if !orders.has_gross => continue,
            Some((list, _)) => list.get(order).copied().unwrap_or(0),
            None => {
                let gross = orders.gross(order)?;
                currencies.add(gross.currency(), count);
                gross.minor()
            }
        };
        parts(gross, range.map(|n| credits.weight(n)), sum, &mut remainders, &mut amounts);
    }
    let mut columns: Columns = vec![("share", Arc::new(Float64Array::from(shares)), false)];
    if orders.has_gross {
        if let Some((_, currency)) = plain {
            currencies.add(currency, size);
        }
        let amounts: Vec<i64> = amounts.into_iter().map(u64::cast_signed).collect();
        columns.push(("amount", Arc::new(Int64Array::from(amounts)), false));
        columns.push(("currency", currencies.finish()?, false));
    }
    Ok(columns)
}

/// Dividing is exact to the last bit on every platform.
#[allow(clippy::float_arithmetic, reason = "one division, which IEEE 754 rounds alike everywhere")]
fn share(weight: u64, sum: u64) -> f64 {
    weight as f64 / sum as f64
}

/// Splits an amount by weights, as `allocate` does.
fn parts(
    gross: i64,
    weights: impl ExactSizeIterator<Item = u64> + Clone,
    sum: u64,
    remainders: &mut Vec<Remainder<u64>>,
    amounts: &mut Vec<u64>,
) {
    let total = gross.unsigned_abs();
    match weights.len() {
        1 => amounts.push(total),
        // Equal weights leave equal remainders: the units that are left over go to the first.
        n if sum == n as u64 => {
            let (each, left) = (total / sum, total % sum);
            amounts.extend((0..sum).map(|n| each + u64::from(n < left)));
        }
        _ => allocate_to(total, weights, remainders, amounts),
    }
}

/// A column of few currencies.
#[derive(Debug, Default)]
pub(super) struct Currencies {
    codes: Vec<i8>,
    seen: Vec<Currency>,
}

impl Currencies {
    pub(super) fn add(&mut self, currency: Currency, times: usize) {
        let n = match self.seen.iter().position(|seen| *seen == currency) {
            Some(n) => n,
            None => {
                self.seen.push(currency);
                self.seen.len() - 1
            }
        };
        self.codes.extend(std::iter::repeat_n(n as u8 as i8, times));
    }

    /// More than 127 currencies need wider codes.
    pub(super) fn finish(self) -> Result<ArrayRef> {
        let texts = self.seen.iter().map(Currency::as_str);
        if self.seen.len() <= i8::MAX as usize {
            return full_dictionary::<Int8Type>(self.codes, texts);
        }
        full_dictionary::<Int32Type>(self.codes.into_iter().map(|code| i32::from(code as u8)).collect(), texts)
    }
}

pub(super) fn verdicts(orders: &Orders<'_>, mut judged: Vec<Judged>) -> Result<RecordBatch> {
    judged.sort_unstable_by_key(|judged| (judged.order, judged.row));
    let order_of: Vec<u32> = judged.iter().map(|judged| judged.order).collect();
    let reasons = Reason::ALL.iter().map(|reason| reason.as_str());
    table(vec![
        ("order", ids(orders, &order_of), false),
        ("order_row", rows(orders, &order_of), false),
        ("touch_row", Arc::new(Int64Array::from(judged.iter().map(|judged| i64::from(judged.row)).collect::<Vec<_>>())), false),
        ("reason", full_dictionary::<Int8Type>(judged.iter().map(|judged| judged.reason as i8).collect(), reasons)?, false),
        ("by_row", Arc::new(judged.iter().map(|judged| judged.by.map(i64::from)).collect::<Int64Array>()), true),
    ])
}

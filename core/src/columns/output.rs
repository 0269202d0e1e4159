//! The tables that come out.

use super::engine::{Credits, Judged};
use super::orders::{IdColumn, Orders};
use super::touches::Touches;
use crate::attribution::Reason;
use crate::{Currency, Error, ErrorCode, Evidence, Money, Program, Result, allocate};
use arrow_array::types::{ArrowDictionaryKeyType, Int8Type, Int32Type};
use arrow_array::{ArrayRef, DictionaryArray, Float64Array, Int64Array, LargeStringArray, PrimitiveArray, RecordBatch, StringArray};
use std::sync::Arc;

/// A table from named columns, some of which may hold nothing in some rows.
pub(super) fn table(columns: Vec<(&str, ArrayRef, bool)>) -> Result<RecordBatch> {
    RecordBatch::try_from_iter_with_nullable(columns).map_err(|error| Error::new(ErrorCode::TooLarge, error.to_string()))
}

/// Codes and the texts that they stand for.
pub(super) fn dictionary<'t, K: ArrowDictionaryKeyType>(
    keys: impl IntoIterator<Item = Option<K::Native>>,
    texts: impl IntoIterator<Item = &'t str>,
) -> Result<ArrayRef> {
    let values = Arc::new(texts.into_iter().map(Some).collect::<StringArray>());
    let keys: PrimitiveArray<K> = keys.into_iter().collect();
    let array = DictionaryArray::try_new(keys, values).map_err(|error| Error::new(ErrorCode::TooLarge, error.to_string()))?;
    Ok(Arc::new(array))
}

/// The same without empty cells.
pub(super) fn full_dictionary<'t, K: ArrowDictionaryKeyType>(
    keys: Vec<K::Native>,
    texts: impl IntoIterator<Item = &'t str>,
) -> Result<ArrayRef> {
    let values = Arc::new(texts.into_iter().map(Some).collect::<StringArray>());
    let keys = PrimitiveArray::<K>::new(keys.into(), None);
    let array = DictionaryArray::try_new(keys, values).map_err(|error| Error::new(ErrorCode::TooLarge, error.to_string()))?;
    Ok(Arc::new(array))
}

/// Order numbers as the orders have them: whole numbers or texts.
pub(super) fn ids(orders: &Orders<'_>, list: impl Iterator<Item = usize>, size: usize) -> ArrayRef {
    match orders.ids() {
        Some(IdColumn::Ints(_)) => {
            let mut numbers = Vec::with_capacity(size);
            numbers.extend(list.map(|order| orders.id_number(order)));
            Arc::new(Int64Array::from(numbers))
        }
        Some(IdColumn::Texts(_)) | None => {
            let mut texts = arrow_array::builder::LargeStringBuilder::with_capacity(size, size * 12);
            list.for_each(|order| texts.append_value(orders.id(order)));
            Arc::new(texts.finish())
        }
    }
}

fn rows(orders: &Orders<'_>, list: impl Iterator<Item = usize>) -> ArrayRef {
    Arc::new(Int64Array::from(list.map(|order| orders.row(order) as i64).collect::<Vec<_>>()))
}

pub(super) fn credits(program: &Program, orders: &Orders<'_>, touches: &Touches<'_>, credits: &Credits) -> Result<RecordBatch> {
    let size = credits.rows.len();
    let order_of = || (0..orders.count()).flat_map(|order| std::iter::repeat_n(order, credits.range(order).len()));
    let mut order_rows = Vec::with_capacity(size);
    for order in 0..orders.count() {
        order_rows.extend(std::iter::repeat_n(orders.row(order) as i64, credits.range(order).len()));
    }
    let mut columns: Vec<(&str, ArrayRef, bool)> = vec![
        ("order", ids(orders, order_of(), size), false),
        ("order_row", Arc::new(Int64Array::from(order_rows)), false),
        ("touch_row", Arc::new(Int64Array::from(credits.rows.iter().map(|row| i64::from(*row)).collect::<Vec<_>>())), false),
    ];
    let names = program.affiliates().iter().map(|affiliate| affiliate.id.as_str());
    let affiliates = credits.who.iter().map(|who| who.affiliate().cast_signed()).collect();
    columns.push(("affiliate", full_dictionary::<Int32Type>(affiliates, names)?, false));
    let kinds = Evidence::ALL.iter().map(|kind| kind.as_str());
    columns.push(("evidence", full_dictionary::<Int8Type>(credits.who.iter().map(|who| who.evidence() as i8).collect(), kinds)?, false));
    if touches.table.has("campaign") {
        let campaigns = credits.rows.iter().map(|row| {
            let (chunk, at) = touches.chunk(*row as usize);
            chunk.and_then(|chunk| chunk.campaign).and_then(|column| column.get(at))
        });
        columns.push(("campaign", Arc::new(campaigns.collect::<LargeStringArray>()), true));
    }
    let mut shares = Vec::with_capacity(size);
    let mut amounts = Vec::with_capacity(if orders.has_gross { size } else { 0 });
    let mut currencies = Currencies::default();
    for order in 0..orders.count() {
        let here = credits.of(order);
        if here.len() == 0 {
            continue;
        }
        let even = credits.weights.is_empty();
        let sum: u64 = if even { here.len() as u64 } else { here.clone().map(|credit| credit.weight).sum() }; // INVARIANT: below 2^53
        if even {
            shares.extend(std::iter::repeat_n(share(1, sum), here.len()));
        } else {
            shares.extend(here.clone().map(|credit| share(credit.weight, sum)));
        }
        if orders.has_gross {
            let gross = orders.gross(order)?;
            currencies.add(gross.currency(), here.len());
            parts(gross, here.map(|credit| credit.weight), sum, &mut amounts);
        }
    }
    let weights =
        if credits.weights.is_empty() { vec![1; size] } else { credits.weights.iter().map(|weight| weight.cast_signed()).collect() };
    columns.push(("weight", Arc::new(Int64Array::from(weights)), false));
    columns.push(("share", Arc::new(Float64Array::from(shares)), false));
    if orders.has_gross {
        columns.push(("amount", Arc::new(Int64Array::from(amounts)), false));
        columns.push(("currency", currencies.finish()?, false));
    }
    table(columns)
}

/// Dividing is exact to the last bit on every platform.
#[allow(clippy::float_arithmetic, reason = "one division, which IEEE 754 rounds alike everywhere")]
fn share(weight: u64, sum: u64) -> f64 {
    weight as f64 / sum as f64
}

/// Splits an amount by weights, as `allocate` does.
fn parts(gross: Money, weights: impl ExactSizeIterator<Item = u64> + Clone, sum: u64, amounts: &mut Vec<i64>) {
    let total = gross.minor().unsigned_abs();
    match weights.len() {
        1 => amounts.push(gross.minor()),
        // Equal weights leave equal remainders: the units that are left over go to the first.
        n if sum == n as u64 => {
            let (each, left) = (total / sum, total % sum);
            amounts.extend((0..sum).map(|n| (each + u64::from(n < left)).cast_signed()));
        }
        _ => amounts.extend(allocate(total, &weights.collect::<Vec<_>>()).into_iter().map(u64::cast_signed)),
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
    let order_of = || judged.iter().map(|judged| judged.order as usize);
    let reasons = Reason::ALL.iter().map(|reason| reason.as_str());
    table(vec![
        ("order", ids(orders, order_of(), judged.len()), false),
        ("order_row", rows(orders, order_of()), false),
        ("touch_row", Arc::new(Int64Array::from(judged.iter().map(|judged| i64::from(judged.row)).collect::<Vec<_>>())), false),
        ("reason", full_dictionary::<Int8Type>(judged.iter().map(|judged| judged.reason as i8).collect(), reasons)?, false),
        ("by_row", Arc::new(judged.iter().map(|judged| judged.by.map(i64::from)).collect::<Int64Array>()), true),
    ])
}

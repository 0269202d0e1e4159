//! The tables that come out.

use super::engine::{Credits, Judged};
use super::orders::{IdColumn, Orders};
use super::touches::Touches;
use super::{in_turns, on_threads, stretches};
use crate::attribution::Reason;
use crate::error::quote;
use crate::money::{Remainder, allocate_to};
use crate::{Currency, Error, ErrorCode, Evidence, Program, Result};
use arrow_array::types::{ArrowDictionaryKeyType, Int8Type, Int32Type};
use arrow_array::{
    ArrayRef, DictionaryArray, Float64Array, Int64Array, LargeStringArray, PrimitiveArray, RecordBatch, RecordBatchOptions, StringArray,
};
use arrow_buffer::{BooleanBuffer, NullBuffer};
use arrow_schema::Schema;
use std::ops::Range;
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

/// An order, and how many rows in a row are about it.
pub(super) type Run = (u32, u32);

/// A value for each row, which its order has.
fn of_orders<T: Clone>(runs: impl Iterator<Item = Run>, size: usize, value: impl Fn(usize) -> T) -> Vec<T> {
    let mut list = Vec::with_capacity(size);
    runs.for_each(|(order, times)| list.extend(std::iter::repeat_n(value(order as usize), times as usize)));
    list
}

/// Order numbers as the orders have them: whole numbers or texts.
pub(super) fn ids(orders: &Orders<'_>, runs: impl Iterator<Item = Run>, size: usize) -> ArrayRef {
    match orders.ids() {
        Some(IdColumn::Ints(_)) => Arc::new(Int64Array::from(match orders.plain_ids() {
            Some(ids) => of_orders(runs, size, |order| ids.get(order).copied().unwrap_or(0)),
            None => of_orders(runs, size, |order| orders.id_number(order)),
        })),
        Some(IdColumn::Texts(_)) | None => {
            let mut texts = arrow_array::builder::LargeStringBuilder::with_capacity(size, size * 12);
            runs.for_each(|(order, times)| {
                let id = orders.id(order as usize);
                (0..times).for_each(|_| texts.append_value(&id));
            });
            Arc::new(texts.finish())
        }
    }
}

/// The first row of each order.
pub(super) fn rows(orders: &Orders<'_>, runs: impl Iterator<Item = Run>, size: usize) -> ArrayRef {
    Arc::new(Int64Array::from(of_orders(runs, size, |order| orders.row(order) as i64)))
}

/// A column with its name, and whether some rows may hold nothing.
type Column = (&'static str, ArrayRef, bool);

/// The columns of credits, in their order.
const NAMES: [&str; 10] = ["order", "order_row", "touch_row", "affiliate", "evidence", "campaign", "weight", "share", "amount", "currency"];

/// The columns that credits come with: those that were asked for, else all that there are.
pub(super) fn columns(asked: Option<&[&str]>, orders: &Orders<'_>, touches: &Touches<'_>) -> Result<Vec<&'static str>> {
    let source = |name: &str| match name {
        "campaign" => Some(("campaign", "touches", touches.table.has("campaign"), touches.table.rows())),
        "amount" | "currency" => Some(("gross", "orders", orders.has_gross, orders.count())),
        _ => None,
    };
    let Some(asked) = asked else {
        return Ok(NAMES.into_iter().filter(|name| source(name).is_none_or(|(_, _, is_there, _)| is_there)).collect());
    };
    let mut columns = Vec::with_capacity(asked.len());
    for (n, name) in asked.iter().enumerate() {
        let refuse = |code, text: String| Err(Error::new(code, format!("/columns/{n}: {text}")));
        let Some(known) = NAMES.into_iter().find(|known| known == name) else {
            return refuse(ErrorCode::WordUnknown, format!("{} is no column of credits; expected {}", quote(name), NAMES.join(", ")));
        };
        if columns.contains(&known) {
            return refuse(ErrorCode::WordUnknown, format!("{known} occurs twice"));
        }
        // A table without rows may have lost its columns too.
        if let Some((column, table, false, 1..)) = source(known) {
            return refuse(ErrorCode::ColumnMissing, format!("{known} needs a column {column} of the {table}, and there is none"));
        }
        columns.push(known);
    }
    Ok(columns)
}

pub(super) fn credits(
    program: &Program,
    orders: &Orders<'_>,
    touches: &Touches<'_>,
    credits: &Credits,
    columns: &[&'static str],
    threads: usize,
) -> Result<RecordBatch> {
    let runs = || {
        let run = |(order, range): (u32, &[u32])| (order, range.last().zip(range.first()).map_or(0, |(end, start)| end - start));
        (0_u32..).zip(credits.starts.windows(2)).map(run)
    };
    let size = credits.rows.len();
    let numbers = |list: Vec<i64>| Arc::new(Int64Array::from(list)) as ArrayRef;
    let column = |name: &'static str| -> Result<Option<Column>> {
        let array = match name {
            "order" => ids(orders, runs(), size),
            "order_row" => rows(orders, runs(), size),
            "touch_row" => numbers(credits.rows.iter().map(|row| i64::from(*row)).collect()),
            "weight" if credits.weights.is_empty() => numbers(vec![1; size]),
            "weight" => numbers(credits.weights.iter().map(|weight| weight.cast_signed()).collect()),
            "affiliate" => {
                let names = program.affiliates().iter().map(|affiliate| affiliate.id.as_str());
                full_dictionary::<Int32Type>(credits.who.iter().map(|who| who.affiliate().cast_signed()).collect(), names)?
            }
            "evidence" => {
                let kinds = Evidence::ALL.iter().map(|kind| kind.as_str());
                full_dictionary::<Int8Type>(credits.who.iter().map(|who| who.evidence() as i8).collect(), kinds)?
            }
            "campaign" => {
                let campaigns = credits.rows.iter().map(|row| {
                    let (chunk, at) = touches.chunk(*row as usize);
                    chunk.and_then(|chunk| chunk.campaign).and_then(|column| column.get(at))
                });
                Arc::new(campaigns.collect::<LargeStringArray>())
            }
            _ => return Ok(None), // what `shares` gives
        };
        Ok(Some((name, array, name == "campaign")))
    };
    let done = in_turns(columns.to_vec(), threads, column)?;
    let mut arrays: Vec<Column> = done.into_iter().flatten().chain(shares(orders, credits, columns, threads)?).collect();
    arrays.sort_by_key(|(name, ..)| columns.iter().position(|known| known == name));
    if arrays.is_empty() {
        let rows = RecordBatchOptions::new().with_row_count(Some(size));
        let made = RecordBatch::try_new_with_options(Arc::new(Schema::empty()), Vec::new(), &rows);
        return made.map_err(|error| Error::new(ErrorCode::TooLarge, error.to_string()));
    }
    table(arrays)
}

/// What each credit is of its order, and of its gross; each thread computes those of a stretch of the orders.
fn shares(orders: &Orders<'_>, credits: &Credits, columns: &[&str], threads: usize) -> Result<Vec<Column>> {
    let size = credits.rows.len();
    let [has_shares, has_amounts, has_currencies] = ["share", "amount", "currency"].map(|name| columns.contains(&name));
    let mut made: Vec<Column> = Vec::new();
    let plain = orders.plain_gross();
    let mut runs = Vec::new();
    if has_shares || has_amounts || (has_currencies && plain.is_none()) {
        let (mut shares, mut amounts) = (vec![0.0; if has_shares { size } else { 0 }], vec![0_i64; if has_amounts { size } else { 0 }]);
        let start = |order: usize| credits.starts.get(order).map_or(0, |start| *start as usize);
        let (mut pieces, mut shares_left, mut amounts_left) = (Vec::new(), shares.as_mut_slice(), amounts.as_mut_slice());
        for orders in stretches(orders.count(), threads) {
            let count = start(orders.end) - start(orders.start);
            let (of_shares, of_amounts) =
                (shares_left.split_at_mut(count.min(shares_left.len())), amounts_left.split_at_mut(count.min(amounts_left.len())));
            (shares_left, amounts_left) = (of_shares.1, of_amounts.1);
            pieces.push(Piece { orders, shares: of_shares.0, amounts: of_amounts.0, has_gross: has_amounts || has_currencies });
        }
        runs = on_threads(pieces, |piece| piece.fill(orders, credits, plain.as_ref().map(|(gross, _)| gross.as_ref())))?;
        if has_shares {
            made.push(("share", Arc::new(Float64Array::from(shares)), false));
        }
        if has_amounts {
            made.push(("amount", Arc::new(Int64Array::from(amounts)), false));
        }
    }
    if has_currencies {
        let mut currencies = Currencies::default();
        match plain {
            Some((_, currency)) => currencies.add(currency, size),
            None => runs.into_iter().flatten().for_each(|(currency, times)| currencies.add(currency, times)),
        }
        made.push(("currency", currencies.finish()?, false));
    }
    Ok(made)
}

/// A stretch of the orders, and where what their credits are of them goes.
struct Piece<'p> {
    orders: Range<usize>,
    shares: &'p mut [f64],
    amounts: &'p mut [i64],
    has_gross: bool,
}

impl Piece<'_> {
    /// The currencies are those of orders that are not all alike, each with its number of credits.
    fn fill(self, orders: &Orders<'_>, credits: &Credits, gross: Option<&[i64]>) -> Result<Vec<(Currency, usize)>> {
        let (mut shares, mut amounts) = (self.shares.iter_mut(), self.amounts.iter_mut());
        let (mut remainders, mut parts_of, mut currencies) = (Vec::new(), Vec::new(), Vec::new());
        let even = credits.weights.is_empty();
        for order in self.orders {
            let range = credits.range(order);
            let count = range.len();
            if count == 0 {
                continue;
            }
            let sum: u64 = if even { count as u64 } else { range.clone().map(|n| credits.weight(n)).sum() }; // INVARIANT: below 2^53
            if even {
                shares.by_ref().take(count).for_each(|slot| *slot = share(1, sum));
            } else {
                range.clone().zip(shares.by_ref()).for_each(|(n, slot)| *slot = share(credits.weight(n), sum));
            }
            let gross = match gross {
                _ if !self.has_gross => continue,
                Some(list) => list.get(order).copied().unwrap_or(0),
                None => {
                    let gross = orders.gross(order)?;
                    currencies.push((gross.currency(), count));
                    gross.minor()
                }
            };
            parts_of.clear();
            parts(gross, range.map(|n| credits.weight(n)), sum, &mut remainders, &mut parts_of);
            // The shorter one stands first, or one slot more would be taken to see that it is over.
            parts_of.iter().zip(amounts.by_ref()).for_each(|(part, slot)| *slot = part.cast_signed());
        }
        Ok(currencies)
    }
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
    let runs = || judged.iter().map(|judged| (judged.order, 1));
    let reasons = Reason::ALL.iter().map(|reason| reason.as_str());
    table(vec![
        ("order", ids(orders, runs(), judged.len()), false),
        ("order_row", rows(orders, runs(), judged.len()), false),
        ("touch_row", Arc::new(Int64Array::from(judged.iter().map(|judged| i64::from(judged.row)).collect::<Vec<_>>())), false),
        ("reason", full_dictionary::<Int8Type>(judged.iter().map(|judged| judged.reason as i8).collect(), reasons)?, false),
        ("by_row", Arc::new(judged.iter().map(|judged| judged.by.map(i64::from)).collect::<Int64Array>()), true),
    ])
}

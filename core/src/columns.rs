//! The same rules over whole tables: Arrow in, Arrow out.

use crate::{Currency, Error, ErrorCode, Evidence, Program, Result};
use arrow_array::RecordBatch;
use names::Seed;
use orders::Orders;
use part::{Credits, Judged, Part, Shared};
use rules::Rules;
use std::sync::atomic::{AtomicBool, AtomicUsize, Ordering};
use touches::{KeyColumn, Lookups, Touches};

mod join;
mod journey;
mod markov;
mod names;
mod orders;
mod output;
mod part;
mod rules;
mod settle;
mod table;
mod touches;
mod what_if;

pub use join::{join_visitors, part_of_visitors};
pub use journey::{JourneyOptions, Journeys, PathTransform, shapley_value};
pub use markov::{MARKOV_ORDER_MAX, Markov};
pub use what_if::{DecidedOrder, WhatIf, what_if};

/// The most threads that a call takes.
pub const THREADS_MAX: usize = 256;

/// What a call over columns does beside deciding. No choice here changes a result.
///
/// # Example
/// ```
/// use sentby::ColumnOptions;
/// let options = ColumnOptions { threads: 4, ..ColumnOptions::default() };
/// assert!(!options.verdicts);
/// ```
#[derive(Clone, Copy)]
pub struct ColumnOptions<'o> {
    /// How many threads work, 1 to 256; the result is the same for any number.
    pub threads: usize,
    /// Whether every touch of every order gets its verdict, a row each.
    pub verdicts: bool,
    /// Whether every order is settled, a row for each entry.
    pub entries: bool,
    /// The evidence of touches whose table has no column `evidence`.
    pub evidence: Evidence,
    /// The currency of orders whose table has no column `currency`.
    pub currency: Option<Currency>,
    /// Is told now and then how many of how many steps are done, from any thread; whoever answers false ends the call.
    pub progress: Option<&'o (dyn Fn(usize, usize) -> bool + Sync)>,
}

impl Default for ColumnOptions<'_> {
    fn default() -> Self {
        Self { threads: 1, verdicts: false, entries: false, evidence: Evidence::Click, currency: None, progress: None }
    }
}

impl std::fmt::Debug for ColumnOptions<'_> {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        let Self { threads, verdicts, entries, evidence, currency, progress } = self;
        f.debug_struct("ColumnOptions")
            .field("threads", threads)
            .field("verdicts", verdicts)
            .field("entries", entries)
            .field("evidence", evidence)
            .field("currency", currency)
            .field("progress", &progress.is_some())
            .finish()
    }
}

/// The answer for a table of orders.
///
/// # Example
/// ```
/// # use arrow_array::{Int64Array, RecordBatch, StringArray};
/// # use std::sync::Arc;
/// # let program = sentby::Program::from_toml(include_str!("../vectors/programs/story.toml"))?;
/// # let texts = |text: &str| Arc::new(StringArray::from(vec![text])) as arrow_array::ArrayRef;
/// # let at = |ms: i64| Arc::new(Int64Array::from(vec![ms])) as arrow_array::ArrayRef;
/// # let touches = RecordBatch::try_from_iter([("visitor", texts("lena")), ("at", at(1_772_355_600_000)), ("affiliate", texts("anna"))]).unwrap();
/// # let orders = RecordBatch::try_from_iter([("order", texts("A-1")), ("visitor", texts("lena")), ("at", at(1_772_560_800_000)), ("product", texts("521411d4"))]).unwrap();
/// let answer = program.attribute_columns(&[touches], &[orders], &sentby::ColumnOptions::default())?;
/// assert_eq!((answer.orders, answer.credited), (1, 1));
/// # Ok::<(), sentby::Error>(())
/// ```
#[derive(Clone, Debug, PartialEq)]
pub struct ColumnAnswer {
    /// How many orders the table has.
    pub orders: usize,
    /// How many of them somebody is credited for.
    pub credited: usize,
    /// One row a credit, in the order of the orders' rows, and of one order the oldest touch first: `order`, `order_row`, `touch_row`,
    /// `affiliate`, `evidence`, `campaign` (where touches have it), `weight`, `share`, and where orders have a gross `amount` (what the share
    /// is of the gross, in minor units; the parts sum to it) and `currency`.
    pub credits: RecordBatch,
    /// One row for each touch of each order, where asked for: `order`, `order_row`, `touch_row`, `reason`, `by_row`.
    pub verdicts: Option<RecordBatch>,
    /// One row for each entry of the settlement, where asked for: `order`, `order_row`, `line`, `role`, `recipient`, `rule`, `amount`
    /// (minor units) and `currency`.
    pub entries: Option<RecordBatch>,
}

/// Tells how far a call is, and hears whether it shall end.
struct Stop<'s> {
    progress: Option<&'s (dyn Fn(usize, usize) -> bool + Sync)>,
    stopped: AtomicBool,
    done: AtomicUsize,
    /// All steps of all parts.
    total: usize,
}

/// So many rows are one step.
const STEP: usize = 1 << 16;

impl Stop<'_> {
    fn step(&self) -> Result<()> {
        self.steps(1)
    }

    fn steps(&self, count: usize) -> Result<()> {
        let Some(progress) = self.progress else { return Ok(()) };
        let done = self.done.fetch_add(count, Ordering::Relaxed) + count;
        if self.stopped.load(Ordering::Relaxed) || !progress(done.min(self.total), self.total) {
            self.stopped.store(true, Ordering::Relaxed);
            return Err(Error::new(ErrorCode::Cancelled, "the caller ended the call"));
        }
        Ok(())
    }
}

impl std::fmt::Debug for Stop<'_> {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        f.debug_struct("Stop").field("done", &self.done).field("total", &self.total).finish_non_exhaustive()
    }
}

impl Program {
    /// Decides every order of a table, as [`attribute`](Self::attribute) does one by one; with `entries`, settles each too, as
    /// [`commission`](Self::commission) or, where the rules look back, [`commission_after`](Self::commission_after) with all orders of the table.
    ///
    /// Touches: `visitor` (texts or whole numbers), `at` (a timestamp with a zone, or milliseconds since 1970), `affiliate`, and where the host has
    /// them `evidence`, `product`, `campaign`, `click_id`, `coupon`, `consent`, `navigated`, `signed`. Orders: `order`, `visitor`, `at`, and `product`,
    /// `gross`, `tax`, `currency`, `quantity`, `payment`, `cart_at`, `identities`, `coupons`, `country`, `customer`, `event`, `first_at`, `rate`,
    /// `shipping`, `discount`; with a column `line`, rows with one order and payment are its lines. Amounts are whole minor units, decimals, or texts
    /// such as `49.00`. Rows come in any order, in any number of batches; texts may be dictionaries. Other columns are left alone.
    ///
    /// A touch belongs to the orders of the same visitor; an empty visitor belongs to nobody. An empty affiliate is unknown to the program, an empty consent
    /// `unknown`, an empty `navigated` true, an empty `signed` false.
    ///
    /// # Errors
    /// `column_missing`, `column_type`, `column_null`, `time_naive` and the codes of wrong values, each with table, row (from 0) and column;
    /// `order_repeated`; `too_large` from 2^32 rows on; `cancelled`; what [`attribute`](Self::attribute) and [`commission`](Self::commission) refuse.
    pub fn attribute_columns(&self, touches: &[RecordBatch], orders: &[RecordBatch], options: &ColumnOptions<'_>) -> Result<ColumnAnswer> {
        let ColumnOptions { threads, verdicts, entries, evidence, currency, progress } = *options;
        if !(1..=THREADS_MAX).contains(&threads) {
            return Err(Error::new(ErrorCode::NumberInvalid, format!("/threads: {threads} is not 1 to {THREADS_MAX}")));
        }
        let seed = Seed::new();
        let orders = Orders::read(self, orders, currency, seed)?;
        if entries && !orders.has_gross && orders.count() > 0 {
            return Err(Error::new(ErrorCode::ColumnMissing, "/orders/gross: the table has no such column, and settling needs it"));
        }
        let affiliates = rules::affiliates(self, seed);
        if affiliates.len() >= 1 << 24 {
            return Err(Error::new(ErrorCode::TooLarge, format!("{} affiliates, at most 2^24 − 1 are allowed", affiliates.len())));
        }
        let lookups = Lookups { affiliates: &affiliates, products: &orders.products };
        let touches = Touches::read(touches, evidence, lookups)?;
        same_keys(&touches, &orders)?;
        let rules = Rules::new(self, &orders, seed);
        let parts = threads as u32;
        let steps = touches.chunks.iter().map(|chunk| chunk.rows.div_ceil(STEP)).sum::<usize>() * threads;
        let stop = Stop {
            progress,
            stopped: AtomicBool::new(false),
            done: AtomicUsize::new(0),
            total: steps + if entries { orders.count().div_ceil(STEP) } else { 0 },
        };
        let shared = Shared { rules: &rules, orders: &orders, touches: &touches, lookups, seed, parts, verdicts, stop: &stop };
        let (credits, judged) = match part::look_back(&shared, threads)? {
            Some(stretches) => (in_a_row(stretches)?, Vec::new()),
            None => {
                let (credits, judged) = decide(&shared, threads)?;
                (joined(orders.count(), credits)?, judged)
            }
        };
        let settled = if entries { Some(settle::settle(self, &orders, &touches, lookups, &credits, threads, &stop)?) } else { None };
        Ok(ColumnAnswer {
            orders: orders.count(),
            credited: credits.starts.windows(2).filter(|pair| matches!(pair, [a, b] if a < b)).count(),
            credits: output::credits(self, &orders, &touches, &credits)?,
            verdicts: if verdicts { Some(output::verdicts(&orders, judged)?) } else { None },
            entries: settled,
        })
    }
}

/// Every part on its thread.
fn decide(shared: &Shared<'_, '_>, threads: usize) -> Result<(Vec<Credits>, Vec<Judged>)> {
    let results: Vec<Result<(Credits, Vec<Judged>)>> = if threads == 1 {
        vec![Part::decide(shared, 0)]
    } else {
        std::thread::scope(|scope| {
            let workers: Vec<_> = (0..threads as u32).map(|n| scope.spawn(move || Part::decide(shared, n))).collect();
            let broken = || Err(Error::new(ErrorCode::Cancelled, "a thread ended early"));
            workers.into_iter().map(|worker| worker.join().unwrap_or_else(|_| broken())).collect()
        })
    };
    let (mut credits, mut judged) = (Vec::with_capacity(threads), Vec::new());
    let mut first: Option<Error> = None;
    for result in results {
        match result {
            Ok((part, verdicts)) => {
                credits.push(part);
                judged.extend(verdicts);
            }
            // The same error for any number of threads: that of the first row.
            Err(error) => {
                let earlier = first.as_ref().is_none_or(|first| place_of(&error) < place_of(first));
                if earlier {
                    first = Some(error);
                }
            }
        }
    }
    match first {
        Some(error) => Err(error),
        None => Ok((credits, judged)),
    }
}

/// The table and row that an error is about.
fn place_of(error: &Error) -> (bool, u64, String) {
    let mut parts = error.detail().split('/').skip(1);
    let table = parts.next().unwrap_or_default();
    let row = parts.next().and_then(|row| row.parse().ok()).unwrap_or(u64::MAX);
    (table != "touches", row, error.detail().to_owned())
}

/// The credits of stretches of the orders as one list.
fn in_a_row(mut stretches: Vec<Credits>) -> Result<Credits> {
    let size: usize = stretches.iter().map(|stretch| stretch.rows.len()).sum();
    check_size(size)?;
    let mut all = std::mem::take(stretches.first_mut().unwrap_or(&mut Credits::default()));
    for stretch in stretches.iter().skip(1) {
        let before = all.rows.len() as u32;
        all.starts.extend(stretch.starts.iter().skip(1).map(|start| start + before));
        all.rows.extend_from_slice(&stretch.rows);
        all.who.extend_from_slice(&stretch.who);
        all.weights.extend_from_slice(&stretch.weights);
    }
    Ok(all)
}

fn check_size(credits: usize) -> Result<()> {
    if credits >= u32::MAX as usize {
        return Err(Error::new(ErrorCode::TooLarge, "over 2^32 credits; decide the visitors part by part"));
    }
    Ok(())
}

/// The parts' credits as one list; an order is in one part.
fn joined(orders: usize, mut parts: Vec<Credits>) -> Result<Credits> {
    if parts.len() == 1 {
        let mut only = parts.pop().unwrap_or_default();
        only.starts.resize(orders + 1, only.starts.last().copied().unwrap_or(0));
        return Ok(only);
    }
    let size: usize = parts.iter().map(|part| part.rows.len()).sum();
    check_size(size)?;
    let weighs = parts.iter().any(|part| !part.weights.is_empty());
    let mut all = Credits { starts: Vec::with_capacity(orders + 1), ..Credits::default() };
    all.rows.reserve(size);
    all.who.reserve(size);
    all.starts.push(0);
    for order in 0..orders {
        for part in &parts {
            let range = part.range(order);
            if range.is_empty() {
                continue;
            }
            all.rows.extend_from_slice(part.rows.get(range.clone()).unwrap_or_default());
            all.who.extend_from_slice(part.who.get(range.clone()).unwrap_or_default());
            if weighs {
                all.weights.extend(range.map(|n| part.weight(n)));
            }
        }
        all.starts.push(all.rows.len() as u32);
    }
    Ok(all)
}

/// Visitors are of one kind in both tables: texts that look like numbers are other visitors than numbers.
fn same_keys(touches: &Touches<'_>, orders: &Orders<'_>) -> Result<()> {
    let name = |key: &KeyColumn<'_>| if matches!(key, KeyColumn::Texts(..)) { "texts" } else { "whole numbers" };
    let columns =
        || touches.chunks.iter().map(|chunk| ("touches", chunk.visitor)).chain(orders.visitor_columns().map(|key| ("orders", key)));
    let Some((_, first)) = columns().next() else { return Ok(()) };
    for (table, key) in columns() {
        if name(&key) != name(&first) {
            let text = format!("/{table}/visitor: is of {}, that of the touches of {}", name(&key), name(&first));
            return Err(Error::new(ErrorCode::ColumnType, text));
        }
    }
    // Beyond 63 bits an unsigned number looks like a negative one.
    let is_unsigned = |key: &KeyColumn<'_>| matches!(key, KeyColumn::Ints(ints, _) if matches!(ints.ints, table::Ints::U64(_)));
    let is_wide = |key: &KeyColumn<'_>| matches!(key, KeyColumn::Ints(ints, _) if matches!(ints.ints, table::Ints::U64(values) if values.iter().any(|v| *v >> 63 == 1)));
    if columns().any(|(_, key)| is_wide(&key)) && !columns().all(|(_, key)| is_unsigned(&key)) {
        let text = "/orders/visitor: one table has unsigned numbers above 2^63 − 1, the other signed ones";
        return Err(Error::new(ErrorCode::ColumnType, text));
    }
    Ok(())
}

//! The same rules over whole tables: Arrow in, Arrow out.

use crate::{Currency, Error, ErrorCode, Evidence, Program, Result};
use arrow_array::RecordBatch;
use engine::Shared;
use names::Seed;
use orders::Orders;
use rules::Rules;
use std::ops::Range;
use std::sync::Mutex;
use std::sync::atomic::{AtomicBool, AtomicUsize, Ordering};
use touches::{KeyColumn, Lookups, Touches};

mod engine;
mod join;
mod journey;
mod markov;
mod names;
mod orders;
mod output;
mod rules;
mod settle;
mod share;
mod table;
mod touches;
mod what_if;

pub use join::{join_visitors, part_of_visitors};
pub use journey::{JourneyOptions, Journeys, PathTransform, shapley_value};
pub use markov::{MARKOV_ORDER_MAX, Markov};
pub use share::share_column;
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
    /// Which columns the credits have, in this order: whoever needs few of them is answered sooner, in less memory. All that there are, if nothing is said.
    pub columns: Option<&'o [&'o str]>,
    /// Is told now and then how many of how many steps are done, from any thread; whoever answers false ends the call.
    pub progress: Option<&'o (dyn Fn(usize, usize) -> bool + Sync)>,
}

impl Default for ColumnOptions<'_> {
    fn default() -> Self {
        Self { threads: 1, verdicts: false, entries: false, evidence: Evidence::Click, currency: None, columns: None, progress: None }
    }
}

impl std::fmt::Debug for ColumnOptions<'_> {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        let Self { threads, verdicts, entries, evidence, currency, columns, progress } = self;
        f.debug_struct("ColumnOptions")
            .field("threads", threads)
            .field("verdicts", verdicts)
            .field("entries", entries)
            .field("evidence", evidence)
            .field("currency", currency)
            .field("columns", columns)
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
    /// is of the gross, in minor units; the parts sum to it) and `currency`. Fewer, where fewer were asked for.
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
    /// All steps of all threads.
    total: usize,
}

/// So many rows are one step.
const STEP: usize = 1 << 16;

impl Stop<'_> {
    fn step(&self) -> Result<()> {
        let Some(progress) = self.progress else { return Ok(()) };
        let done = self.done.fetch_add(1, Ordering::Relaxed) + 1;
        if self.stopped.load(Ordering::Relaxed) || !progress(done.min(self.total), self.total) {
            self.stopped.store(true, Ordering::Relaxed);
            return Err(Error::new(ErrorCode::Cancelled, "the caller ended the call"));
        }
        Ok(())
    }

    /// What was done was in vain.
    fn start_anew(&self) {
        self.done.store(0, Ordering::Relaxed);
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
    /// `order_repeated`; `word_unknown` for a column that credits do not have; `too_large` from 2^32 rows on; `cancelled`; what [`attribute`](Self::attribute) and [`commission`](Self::commission) refuse.
    pub fn attribute_columns(&self, touches: &[RecordBatch], orders: &[RecordBatch], options: &ColumnOptions<'_>) -> Result<ColumnAnswer> {
        self.columns_by(Seed::new(), touches, orders, options)
    }

    fn columns_by(&self, seed: Seed, touches: &[RecordBatch], orders: &[RecordBatch], options: &ColumnOptions<'_>) -> Result<ColumnAnswer> {
        let ColumnOptions { threads, verdicts, entries, evidence, currency, columns, progress } = *options;
        if !(1..=THREADS_MAX).contains(&threads) {
            return Err(Error::new(ErrorCode::NumberInvalid, format!("/threads: {threads} is not 1 to {THREADS_MAX}")));
        }
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
        let columns = output::columns(columns, &orders, &touches)?;
        let rules = Rules::new(self, &orders, seed);
        let steps = |rows: usize| rows.div_ceil(STEP);
        let stop = Stop {
            progress,
            stopped: AtomicBool::new(false),
            done: AtomicUsize::new(0),
            total: steps(touches.table.rows()) + steps(orders.count()) * if entries { 2 } else { 1 },
        };
        let shared = Shared { rules: &rules, orders: &orders, touches: &touches, lookups, seed, threads, verdicts, stop: &stop };
        let (credits, judged) = engine::decide(&shared)?;
        let settled = if entries { Some(settle::settle(&shared, &credits)?) } else { None };
        Ok(ColumnAnswer {
            orders: orders.count(),
            credited: credits.starts.windows(2).filter(|pair| matches!(pair, [a, b] if a < b)).count(),
            credits: output::credits(self, &orders, &touches, &credits, &columns, threads)?,
            verdicts: if verdicts { Some(output::verdicts(&orders, judged)?) } else { None },
            entries: settled,
        })
    }
}

/// As many stretches of a number of rows as there are threads, or fewer.
fn stretches(rows: usize, threads: usize) -> Vec<Range<usize>> {
    let count = threads.min(rows).max(1);
    (0..count).map(|n| rows * n / count..rows * (n + 1) / count).collect() // INVARIANT: fewer than 2^32 rows, at most 256 threads
}

/// Looks at what will be asked for soon: the memory's answers do not wait for one another if nothing but they are asked for.
#[inline]
fn look_ahead(looks: impl Iterator<Item = u64>) {
    std::hint::black_box(looks.fold(0, |all, look| all ^ look));
}

/// Each piece of work on a thread of its own; what they give, in their order, or the first error.
fn on_threads<W: Send, T: Send>(pieces: Vec<W>, work: impl Fn(W) -> Result<T> + Sync) -> Result<Vec<T>> {
    if pieces.len() == 1 {
        return pieces.into_iter().map(work).collect();
    }
    std::thread::scope(|scope| {
        let work = &work;
        let workers: Vec<_> = pieces.into_iter().map(|piece| scope.spawn(move || work(piece))).collect();
        let broken = || Err(Error::new(ErrorCode::Cancelled, "a thread ended early"));
        let results: Vec<Result<T>> = workers.into_iter().map(|worker| worker.join().unwrap_or_else(|_| broken())).collect();
        results.into_iter().collect()
    })
}

/// Threads take turns at the jobs; what they give, in the order of the jobs, or an error.
fn in_turns<W: Send, T: Send>(jobs: Vec<W>, threads: usize, work: impl Fn(W) -> Result<T> + Sync) -> Result<Vec<T>> {
    let workers = vec![(); threads.min(jobs.len())];
    let jobs = Mutex::new(jobs.into_iter().enumerate());
    let next = || jobs.lock().map_or(None, |mut jobs| jobs.next());
    let turns = |()| std::iter::from_fn(next).map(|(n, job)| Ok((n, work(job)?))).collect::<Result<Vec<_>>>();
    let mut done: Vec<_> = on_threads(workers, turns)?.into_iter().flatten().collect();
    done.sort_unstable_by_key(|(n, _)| *n);
    Ok(done.into_iter().map(|(_, made)| made).collect())
}

fn check_size(credits: usize) -> Result<()> {
    if credits >= u32::MAX as usize {
        return Err(Error::new(ErrorCode::TooLarge, "over 2^32 credits; decide the visitors part by part"));
    }
    Ok(())
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

#[cfg(test)]
mod tests {
    use super::*;
    use arrow_array::{ArrayRef, Int64Array, StringArray};
    use std::sync::Arc;

    const NAME: &str = "aaaaaaaa";

    /// With this seed all texts of one length that begin with the name have one hash.
    fn blind() -> Seed {
        Seed::of(1, u64::from_le_bytes(NAME.as_bytes().try_into().unwrap_or_default()))
    }

    fn texts(list: Vec<String>) -> ArrayRef {
        Arc::new(StringArray::from(list))
    }

    fn numbers(list: impl Iterator<Item = i64>) -> ArrayRef {
        Arc::new(list.collect::<Int64Array>())
    }

    #[test]
    fn visitors_of_one_hash_are_told_apart() {
        let visitor = |n: usize| format!("{NAME}{:08}", n % 7);
        assert_eq!(blind().text(visitor(1).as_bytes()), blind().text(visitor(2).as_bytes()));
        for model in ["last_touch", "first_touch", "linear", "position_based", "time_decay"] {
            let program = Program::from_toml(&format!(
                "sentby = 1\nvendor = \"v\"\n[[products]]\nid = \"p\"\n[attribution]\nmodel = \"{model}\"\nwindow = \"30ms\"\n{}",
                ["a", "b", "c"]
                    .map(|id| format!(
                        "[[affiliates]]\nid = \"{id}\"\npartnership = [{{ state = \"approved\", since = \"1970-01-01T00:00:00Z\" }}]\n"
                    ))
                    .concat()
            ));
            let program = program.expect("a program");
            let touches = |count: usize| {
                let columns = [
                    ("visitor", texts((0..count).map(|n| visitor(n * n + n / 3)).collect())),
                    ("at", numbers((0..count as i64).map(|n| n * 37 % 200))),
                    (
                        "affiliate",
                        texts((0..count).map(|n| ["a", "b", "c"].iter().cycle().nth(n).copied().unwrap_or_default().into()).collect()),
                    ),
                    ("evidence", texts((0..count).map(|n| if n % 3 == 0 { "token" } else { "cookie" }.into()).collect())),
                ];
                RecordBatch::try_from_iter(columns).expect("a table")
            };
            let orders = RecordBatch::try_from_iter([
                ("order", numbers(0..90)),
                ("visitor", texts((0..90).map(visitor).collect())),
                ("at", numbers((0..90).map(|n| n * 53 % 200))),
            ]);
            let orders = [orders.expect("a table")];
            for count in [0, 1, 60, 500] {
                for threads in [1, 3] {
                    let options = ColumnOptions { threads, verdicts: count == 60, ..ColumnOptions::default() };
                    let wanted = program.attribute_columns(&[touches(count)], &orders, &options).expect("an answer");
                    let got = program.columns_by(blind(), &[touches(count)], &orders, &options);
                    assert_eq!(got.as_ref(), Ok(&wanted), "{model} {count}");
                }
            }
        }
    }
}

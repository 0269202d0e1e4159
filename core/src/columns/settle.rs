//! Every order of a table settled: what the single call pays, a row each.

use super::engine::{Credits, Shared};
use super::names::Names;
use super::orders::Orders;
use super::output::{Currencies, Run, dictionary, full_dictionary, ids, rows as order_rows, table};
use super::touches::{Lookups, Touches};
use super::{STEP, Stop, in_turns, on_threads, stretches};
use crate::commission::{History, PastOrders, Tap};
use crate::{Credit, Currency, Decision, Event, Money, Order, Program, Result, Role, Text, Time};
use arrow_array::types::Int8Type;
use arrow_array::{ArrayRef, Int64Array, LargeStringArray, RecordBatch, UInt64Array};
use arrow_buffer::OffsetBuffer;
use plain::{Known, Plain};
use std::collections::BTreeMap;
use std::sync::Arc;

mod plain;

/// The entries of all orders, side by side.
#[derive(Debug, Default)]
struct Rows {
    orders: Vec<Run>,
    role: Vec<i8>,
    /// Codes, or [`NOBODY`].
    recipient: Vec<i32>,
    rule: Vec<i32>,
    line: Vec<Box<str>>,
    amount: Vec<i64>,
}

/// A column's name, what makes it, and whether some rows may hold nothing.
type Making<'m> = (&'static str, Box<dyn FnOnce() -> Result<ArrayRef> + Send + 'm>, bool);

/// Stands for no recipient, and for no rule.
const NOBODY: i32 = -1;
/// So many entries an order has, mostly: tax, a fee, an affiliate, a partner, the vendor.
const ENTRIES: usize = 5;

/// The code of who, or which rule, there is.
fn code(names: &Names, text: Option<&str>) -> i32 {
    text.and_then(|text| names.get(text)).map_or(NOBODY, u32::cast_signed)
}

impl Rows {
    /// With room for so many, since a list that grows is written again and again.
    fn with_capacity(count: usize) -> Self {
        Self {
            orders: Vec::with_capacity(count / ENTRIES),
            role: Vec::with_capacity(count),
            recipient: Vec::with_capacity(count),
            rule: Vec::with_capacity(count),
            line: Vec::new(),
            amount: Vec::with_capacity(count),
        }
    }

    /// Says that what was added after so many is an order's.
    fn end(&mut self, order: usize, before: usize) {
        let count = self.amount.len() - before;
        if count > 0 {
            self.orders.push((order as u32, count as u32)); // INVARIANT: fewer than 2^32 rows; an order has at most 10,000 lines of few entries each
        }
    }

    /// Forgets what was added after so many, before an order of it was told.
    fn truncate(&mut self, count: usize) {
        let Self { orders: _, role, recipient, rule, line, amount } = self;
        role.truncate(count);
        recipient.truncate(count);
        rule.truncate(count);
        line.truncate(count);
        amount.truncate(count);
    }
}

/// What settling needs, for all threads.
#[derive(Clone, Copy)]
struct Settling<'s, 'a> {
    program: &'s Program,
    orders: &'s Orders<'a>,
    touches: &'s Touches<'a>,
    lookups: Lookups<'s>,
    credits: &'s Credits,
    /// Everybody who may be paid, and every rule that may pay.
    recipients: &'s Names,
    rules: &'s Names,
    plain: Option<&'s Plain<'s>>,
}

pub(super) fn settle(shared: &Shared<'_, '_>, credits: &Credits) -> Result<RecordBatch> {
    let Shared { orders, touches, lookups, seed, threads, stop, .. } = *shared;
    let program = shared.rules.program;
    let (mut recipients, mut rules) = (Names::new(seed, false), Names::new(seed, false));
    program.payees().for_each(|name| {
        recipients.add(name);
    });
    program.payers().for_each(|name| {
        rules.add(name);
    });
    let plain = Plain::new(shared.rules, orders, &recipients, &rules);
    let settling = Settling { program, orders, touches, lookups, credits, recipients: &recipients, rules: &rules, plain: plain.as_ref() };
    if program.looks_back() {
        let rows = settling.one_after_another(stop)?;
        let order_of: Vec<u32> = rows.orders.iter().flat_map(|(order, times)| std::iter::repeat_n(*order, *times as usize)).collect();
        let batch = settling.finish(vec![rows], threads)?;
        if order_of.is_sorted() {
            return Ok(batch);
        }
        let mut places: Vec<u64> = (0..order_of.len() as u64).collect();
        places.sort_by_key(|place| order_of.get(*place as usize).copied());
        return take(&batch, &UInt64Array::from(places));
    }
    settling.finish(settling.side_by_side(threads, stop)?, threads)
}

impl Settling<'_, '_> {
    /// Each thread a stretch of the orders, in whose order the stretches are.
    fn side_by_side(self, threads: usize, stop: &Stop<'_>) -> Result<Vec<Rows>> {
        let stretch = |orders: std::ops::Range<usize>| -> Result<Rows> {
            let mut rows = Rows::with_capacity(orders.len() * ENTRIES);
            let mut known = Known::default();
            for order in orders {
                if order % STEP == 0 {
                    stop.step()?;
                }
                let is_settled = match self.plain {
                    Some(plain) => plain.settle(order, self.orders, self.credits, &mut known, &mut rows)?,
                    None => false,
                };
                if !is_settled {
                    self.settle(order, None, &mut rows)?;
                }
            }
            Ok(rows)
        };
        // Stretches are in order, so the first error is that of the first row.
        on_threads(stretches(self.orders.count(), threads), stretch)
    }

    /// In the order of time, and at one time by id and payment, since rules look back.
    fn one_after_another(self, stop: &Stop<'_>) -> Result<Rows> {
        let mut rows = Rows::default();
        let mut list: Vec<(i64, std::borrow::Cow<'_, str>, u32, usize)> = Vec::with_capacity(self.orders.count());
        for order in 0..self.orders.count() {
            let at = self.orders.at.get(order).copied().unwrap_or(0);
            list.push((at, self.orders.id(order), self.orders.payment(self.orders.row(order))?, order));
        }
        list.sort_unstable();
        let mut histories: BTreeMap<(Event, Currency), History> = BTreeMap::new();
        for (n, (.., order)) in list.into_iter().enumerate() {
            if n % STEP == 0 {
                stop.step()?;
            }
            self.settle(order, Some(&mut histories), &mut rows)?;
        }
        Ok(rows)
    }

    fn settle(self, number: usize, histories: Option<&mut BTreeMap<(Event, Currency), History>>, rows: &mut Rows) -> Result<()> {
        let place = |error: crate::Error| self.orders.in_cells(number, error);
        let order = self.orders.order(number)?;
        let decision = self.decision(number, &order)?;
        let Some(currency) = order.lines.first().map(|line| line.gross.currency()) else { return Ok(()) };
        match histories {
            None => {
                let taps = self.program.taps(&order, &decision, currency, None).map_err(place)?;
                self.keep(number, currency, &taps, rows)
            }
            Some(histories) => {
                let history = histories.entry((order.event, currency)).or_default();
                let taps = {
                    let past = PastOrders::after(self.program, order.at, history);
                    self.program.taps(&order, &decision, currency, Some(&past)).map_err(place)?
                };
                history.add(order.at, &taps);
                self.keep(number, currency, &taps, rows)
            }
        }
    }

    /// The decision that the single call would be given.
    fn decision(self, number: usize, order: &Order) -> Result<Decision> {
        let mut credits = Vec::new();
        for (n, credit) in self.credits.of(number).enumerate() {
            let (chunk, at) = self.touches.chunk(credit.row as usize);
            let campaign = chunk.and_then(|chunk| chunk.campaign).and_then(|column| column.get(at));
            credits.push(Credit {
                affiliate: self.lookups.affiliates.text(credit.who.affiliate()).to_owned(),
                weight: credit.weight,
                touch: n as u32,
                evidence: credit.who.evidence(),
                campaign: campaign.map(str::to_owned),
            });
        }
        let at: Time = order.at;
        Ok(Decision::new(order.id.clone(), at, credits))
    }

    fn keep(self, number: usize, currency: Currency, taps: &[Tap<'_>], rows: &mut Rows) -> Result<()> {
        let before = rows.amount.len();
        for tap in taps {
            for taken in &tap.taken {
                let row = self.orders.row(number);
                Money::of(taken.amount, currency).map_err(|error| error.at(format_args!("/orders/{row}")))?;
                rows.role.push(taken.role as i8);
                rows.recipient.push(code(self.recipients, taken.recipient.map(Text::as_str)));
                rows.rule.push(code(self.rules, taken.rule.map(Text::as_str)));
                if self.orders.has_lines() {
                    rows.line.push(tap.line.id.as_str().into());
                }
                rows.amount.push(taken.amount);
            }
        }
        rows.end(number, before);
        Ok(())
    }

    /// The table of all parts, one after another.
    fn finish(self, parts: Vec<Rows>, threads: usize) -> Result<RecordBatch> {
        let Self { orders, recipients, rules, .. } = self;
        let size = parts.iter().map(|part| part.amount.len()).sum();
        let (mut runs, mut roles, mut recipient_codes, mut rule_codes, mut lines, mut amounts) =
            <(Vec<_>, Vec<_>, Vec<_>, Vec<_>, Vec<_>, Vec<_>)>::default();
        for Rows { orders, role, recipient, rule, line, amount } in parts {
            runs.push(orders);
            roles.push(role);
            recipient_codes.push(recipient);
            rule_codes.push(rule);
            lines.push(line);
            amounts.push(amount);
        }
        let runs = || runs.iter().flatten().copied();
        let names = |names: &Names| (0..names.len()).map(|n| names.text(n as u32).to_owned()).collect::<Vec<_>>();
        let (recipients, rules) = (names(recipients), names(rules));
        let line = || -> Result<ArrayRef> {
            Ok(Arc::new(if orders.has_lines() {
                lines.iter().flatten().map(|line| Some(line.as_ref())).collect()
            } else {
                all_alike(b'1', size)?
            }))
        };
        let currency = || {
            let mut currencies = Currencies::default();
            match orders.only_currency() {
                Some(only) => currencies.add(only, size),
                None => {
                    for (order, times) in runs() {
                        currencies.add(orders.gross(order as usize)?.currency(), times as usize);
                    }
                }
            }
            currencies.finish()
        };
        let role_names = Role::ALL.iter().map(|role| role.as_str());
        let columns: Vec<Making<'_>> = vec![
            ("order", Box::new(|| Ok(ids(orders, runs(), size))), false),
            ("order_row", Box::new(|| Ok(order_rows(orders, runs(), size))), false),
            ("line", Box::new(line), false),
            ("role", Box::new(|| full_dictionary::<Int8Type>(joined(roles), role_names)), false),
            ("recipient", Box::new(|| dictionary(joined(recipient_codes), recipients.iter().map(String::as_str))), true),
            ("rule", Box::new(|| dictionary(joined(rule_codes), rules.iter().map(String::as_str))), true),
            ("amount", Box::new(|| Ok(Arc::new(Int64Array::from(joined(amounts))))), false),
            ("currency", Box::new(currency), false),
        ];
        table(in_turns(columns, threads, |(name, make, has_nulls)| Ok((name, make()?, has_nulls)))?)
    }
}

/// The parts as one list, of which the first is not written again.
fn joined<T>(parts: Vec<Vec<T>>) -> Vec<T> {
    let mut parts = parts.into_iter();
    let mut all = parts.next().unwrap_or_default();
    parts.for_each(|part| all.extend(part));
    all
}

/// A column of one letter in every row.
fn all_alike(letter: u8, count: usize) -> Result<LargeStringArray> {
    let offsets = OffsetBuffer::from_repeated_length(1, count);
    LargeStringArray::try_new(offsets, vec![letter; count].into(), None).map_err(failed)
}

/// The rows of a table in another order.
fn take(batch: &RecordBatch, places: &UInt64Array) -> Result<RecordBatch> {
    let columns = batch
        .columns()
        .iter()
        .map(|column| arrow_select::take::take(column.as_ref(), places, None))
        .collect::<std::result::Result<Vec<_>, _>>();
    RecordBatch::try_new(batch.schema(), columns.map_err(failed)?).map_err(failed)
}

fn failed(error: arrow_schema::ArrowError) -> crate::Error {
    crate::Error::new(crate::ErrorCode::TooLarge, error.to_string())
}

//! Removal effects in a chain of journeys, solved instead of simulated.
//!
//! A state is what a journey met in its last `order` steps; a journey shorter than that is a state of its own. Steps that repeat the one before count once.
//! Transitions are counted, so that the chain converts exactly as often as the journeys did. To remove a channel is to send every journey that would meet it
//! to nothing; the effect is the part of all conversions that is lost.
#![allow(clippy::float_arithmetic, reason = "sums in a fixed order, and divisions: IEEE 754 rounds them alike everywhere")]

use super::journey::{Journeys, Path};
use super::names::{Numbers, Seed};
use super::output::table;
use crate::{Error, ErrorCode, Result};
use arrow_array::{ArrayRef, BooleanArray, Float64Array, Int64Array, RecordBatch};
use std::collections::BTreeMap;
use std::sync::Arc;

/// The highest order.
pub const MARKOV_ORDER_MAX: u32 = 4;
/// Up to so many states the chain is solved by elimination, above it by sweeps.
const DENSE_MAX: usize = 400;
const SWEEPS_MAX: usize = 100_000;

/// What the chain of a table of journeys says.
///
/// # Example
/// ```
/// # use arrow_array::{Int64Array, RecordBatch, StringArray};
/// # use std::sync::Arc;
/// # let paths = Arc::new(StringArray::from(vec!["c1 > c2 > c3", "c1", "c2 > c3"]));
/// # let (conversions, nulls) = (Arc::new(Int64Array::from(vec![1, 0, 0])), Arc::new(Int64Array::from(vec![0, 1, 1])));
/// # let rows = RecordBatch::try_from_iter([("path", paths as _), ("conversions", conversions as _), ("nulls", nulls as arrow_array::ArrayRef)]).unwrap();
/// # let journeys = sentby::Journeys::from_paths(&[rows], ">")?;
/// let answer = journeys.markov(1)?;
/// assert!((answer.conversion_rate - 1.0 / 3.0).abs() < 1e-12); // one of three journeys
/// # Ok::<(), sentby::Error>(())
/// ```
#[derive(Clone, Debug, PartialEq)]
pub struct Markov {
    /// How often the chain converts: conversions over journeys.
    pub conversion_rate: f64,
    /// How many states it has, beside start, conversion and nothing.
    pub states: usize,
    /// `channel`, `removal_effect`, `conversions` (all of them, in proportion of the effects), and where there are values `removal_effect_value` and `value`.
    pub channels: RecordBatch,
}

/// The transitions of a chain: counts, so that all is exact until it is solved.
#[derive(Debug, Default)]
struct Chain {
    /// The steps of each state, as numbers of channels plus one, 16 bits each.
    states: Vec<u64>,
    starts: Vec<(usize, u64)>,
    /// Journeys that met nothing, and their conversions and value.
    empty: (u64, u64, f64),
    /// For each state: where to, how often.
    next: Vec<Vec<(usize, u64)>>,
    conversions: Vec<u64>,
    value: Vec<f64>,
    totals: Vec<u64>,
}

/// The last steps of a journey as nodes, each of which is left by a channel for another, and how often it was.
#[derive(Debug)]
struct Steps {
    order: usize,
    width: usize,
    /// Each node's last steps, as a state has them, and its state once it is one.
    nodes: Vec<(u64, usize)>,
    /// A node's number by its last steps.
    numbers: Numbers,
    /// From, to, how often.
    edges: Vec<(u32, u32, u64)>,
    /// The number plus one of the edge from a node by a channel, for the first nodes; of all others by key.
    grid: Vec<u32>,
    others: Numbers,
}

/// How many edges are looked up by their place.
const GRID_MAX: usize = 1 << 18;

impl Steps {
    fn new(width: usize, order: usize) -> Self {
        let seed = Seed::new();
        let mut numbers = Numbers::new(seed);
        numbers.get_or(0, 0);
        Self { order, width, nodes: vec![(0, usize::MAX)], numbers, edges: Vec::new(), grid: Vec::new(), others: Numbers::new(seed) }
    }

    /// Goes from a node by a channel so many times, and says where to.
    #[inline]
    fn follow(&mut self, node: u32, channel: u32, times: u64) -> u32 {
        let place = node as usize * self.width + channel as usize;
        let edge = match self.grid.get(place) {
            Some(edge) if *edge > 0 => *edge as usize - 1,
            Some(_) | None => self.edge(node, channel, place),
        };
        self.edges.get_mut(edge).map_or(0, |(_, to, count)| {
            *count += times;
            *to
        })
    }

    /// The number of an edge that the grid does not have yet, or never has.
    fn edge(&mut self, node: u32, channel: u32, place: usize) -> usize {
        let new = self.edges.len();
        let edge = match place < GRID_MAX {
            true => new,
            false => self.others.get_or(u64::from(node) << 32 | u64::from(channel), new as u32) as usize, // INVARIANT: fewer than 2^32 steps
        };
        if edge == new {
            let mask = if self.order == 4 { u64::MAX } else { (1 << (16 * self.order)) - 1 };
            let steps = self.nodes.get(node as usize).map_or(0, |(steps, _)| *steps);
            let steps = (steps << 16 | u64::from(channel + 1)) & mask;
            let to = self.numbers.get_or(steps, self.nodes.len() as u32);
            if to as usize == self.nodes.len() {
                self.nodes.push((steps, usize::MAX));
                self.grid.resize((self.nodes.len() * self.width).min(GRID_MAX), 0);
            }
            self.edges.push((node, to, 0));
        }
        if let Some(slot) = self.grid.get_mut(place) {
            *slot = edge as u32 + 1;
        }
        edge
    }

    /// The state of a node, which is opened if it is none yet.
    #[inline]
    fn state(&mut self, node: u32, chain: &mut Chain, starts: &mut Vec<u64>) -> usize {
        let Some((steps, state)) = self.nodes.get_mut(node as usize) else { return 0 };
        if *state == usize::MAX {
            *state = chain.open(*steps);
            starts.push(0);
        }
        *state
    }

    /// How often one state followed another, in order.
    fn counts(self) -> Vec<(usize, usize, u64)> {
        let state = |node: u32| self.nodes.get(node as usize).map_or(0, |(_, state)| *state);
        let mut counts: Vec<_> =
            self.edges.iter().filter(|(.., count)| *count > 0).map(|(from, to, count)| (state(*from), state(*to), *count)).collect();
        counts.sort_unstable();
        counts
    }
}

impl Chain {
    fn of<'p>(journeys: &Journeys, order: usize, paths: impl Iterator<Item = (&'p Path, u64, u64)>) -> Self {
        let mut chain = Self::default();
        let mut steps = Steps::new(journeys.channels.len(), order);
        let mut starts: Vec<u64> = Vec::new();
        for (path, conversions, nulls) in paths {
            let times = conversions + nulls;
            if times == 0 {
                continue;
            }
            let value = if path.conversions == 0 { 0.0 } else { path.value * (conversions as f64 / path.conversions as f64) };
            let (mut node, mut held, mut last) = (0, 0, u32::MAX);
            for step in journeys.steps_of(path) {
                if *step == last {
                    continue;
                }
                last = *step;
                held += 1;
                node = steps.follow(node, *step, if held > order { times } else { 0 });
                if held >= order {
                    let state = steps.state(node, &mut chain, &mut starts);
                    if held == order
                        && let Some(start) = starts.get_mut(state)
                    {
                        *start += times;
                    }
                }
            }
            if held == 0 {
                chain.empty.0 += times;
                chain.empty.1 += conversions;
                chain.empty.2 += value;
                continue;
            }
            let end = steps.state(node, &mut chain, &mut starts);
            if held < order
                && let Some(start) = starts.get_mut(end)
            {
                *start += times;
            }
            if let (Some(sum), Some(worth), Some(total)) =
                (chain.conversions.get_mut(end), chain.value.get_mut(end), chain.totals.get_mut(end))
            {
                *sum += conversions;
                *worth += value;
                *total += times;
            }
        }
        for (from, to, count) in steps.counts() {
            if let (Some(list), Some(total)) = (chain.next.get_mut(from), chain.totals.get_mut(from)) {
                list.push((to, count));
                *total += count;
            }
        }
        chain.starts = starts.into_iter().enumerate().filter(|(_, count)| *count > 0).collect();
        chain
    }

    fn open(&mut self, gram: u64) -> usize {
        self.states.push(gram);
        self.next.push(Vec::new());
        self.conversions.push(0);
        self.value.push(0.0);
        self.totals.push(0);
        self.states.len() - 1
    }

    fn holds(gram: u64, channel: usize) -> bool {
        (0..4).any(|place| (gram >> (16 * place)) & 0xffff == channel as u64 + 1)
    }

    /// What journeys bring that start at each state, without the states that are gone: conversions, or value.
    fn solve(&self, gone: &[bool], of_value: bool, guess: &[f64]) -> Result<Vec<f64>> {
        let size = self.states.len();
        let reward = |n: usize| {
            if of_value { self.value.get(n).copied().unwrap_or(0.0) } else { self.conversions.get(n).copied().unwrap_or(0) as f64 }
        };
        let is_gone = |n: usize| gone.get(n).copied().unwrap_or(false);
        let total = |n: usize| self.totals.get(n).copied().unwrap_or(1).max(1) as f64;
        if size <= DENSE_MAX {
            let kept: Vec<usize> = (0..size).filter(|n| !is_gone(*n)).collect();
            let mut place = vec![usize::MAX; size];
            kept.iter().enumerate().for_each(|(k, n)| {
                if let Some(slot) = place.get_mut(*n) {
                    *slot = k
                }
            });
            let width = kept.len() + 1;
            let mut rows: Vec<Vec<f64>> = Vec::with_capacity(kept.len());
            for (k, n) in kept.iter().enumerate() {
                let mut row = vec![0.0; width];
                if let Some(slot) = row.get_mut(k) {
                    *slot = total(*n);
                }
                for (to, count) in self.next.get(*n).map_or(&[][..], Vec::as_slice) {
                    if let Some(slot) = place.get(*to).and_then(|k| row.get_mut(*k)) {
                        *slot -= *count as f64;
                    }
                }
                if let Some(slot) = row.last_mut() {
                    *slot = reward(*n);
                }
                rows.push(row);
            }
            let solved = eliminate(rows);
            let mut answer = vec![0.0; size];
            kept.iter().zip(solved).for_each(|(n, x)| {
                if let Some(slot) = answer.get_mut(*n) {
                    *slot = x
                }
            });
            return Ok(answer);
        }
        let mut answer: Vec<f64> = (0..size).map(|n| if is_gone(n) { 0.0 } else { guess.get(n).copied().unwrap_or(0.0) }).collect();
        for _ in 0..SWEEPS_MAX {
            let (mut change, mut size_of_answer) = (0.0_f64, 0.0_f64);
            // From the last state to the first: journeys end where states were met late.
            for n in (0..size).rev().filter(|n| !is_gone(*n)) {
                let mut sum = reward(n);
                for (to, count) in self.next.get(n).map_or(&[][..], Vec::as_slice) {
                    sum += *count as f64 * answer.get(*to).copied().unwrap_or(0.0);
                }
                let next = sum / total(n);
                if let Some(slot) = answer.get_mut(n) {
                    change = change.max((next - *slot).abs());
                    size_of_answer = size_of_answer.max(next.abs());
                    *slot = next;
                }
            }
            if change <= size_of_answer * 1e-16 {
                return Ok(answer);
            }
        }
        Err(Error::new(ErrorCode::TooLarge, "the chain does not settle; trim the paths, or take a lower order"))
    }

    /// What each state's channel takes away, where each channel is one state: whoever meets it, and converts from there. One inverse tells all.
    fn losses(&self, answer: &[f64]) -> Vec<f64> {
        let size = self.states.len();
        let mut rows = vec![vec![0.0; size]; size];
        for (n, row) in rows.iter_mut().enumerate() {
            if let Some(slot) = row.get_mut(n) {
                *slot = self.totals.get(n).copied().unwrap_or(1).max(1) as f64;
            }
            for (to, count) in self.next.get(n).map_or(&[][..], Vec::as_slice) {
                if let Some(slot) = row.get_mut(*to) {
                    *slot -= *count as f64;
                }
            }
        }
        let inverse = invert(rows);
        let cell = |row: usize, column: usize| inverse.get(row).and_then(|row| row.get(column)).copied().unwrap_or(0.0);
        let all = (self.starts.iter().map(|(_, count)| count).sum::<u64>() + self.empty.0).max(1) as f64;
        (0..size)
            .map(|n| {
                let met: f64 = self.starts.iter().map(|(start, count)| *count as f64 * cell(*start, n)).sum();
                let own = cell(n, n);
                if own == 0.0 { 0.0 } else { met / own / all * answer.get(n).copied().unwrap_or(0.0) }
            })
            .collect()
    }

    /// What a start at random brings.
    fn of_start(&self, answer: &[f64], of_value: bool) -> f64 {
        let met: f64 = self.starts.iter().map(|(n, count)| *count as f64 * answer.get(*n).copied().unwrap_or(0.0)).sum();
        let empty = if of_value { self.empty.2 } else { self.empty.1 as f64 };
        let all: u64 = self.starts.iter().map(|(_, count)| count).sum::<u64>() + self.empty.0;
        if all == 0 { 0.0 } else { (met + empty) / all as f64 }
    }
}

/// The inverse of a matrix by Gauss and Jordan; diagonally dominant as below.
fn invert(mut rows: Vec<Vec<f64>>) -> Vec<Vec<f64>> {
    let size = rows.len();
    for (n, row) in rows.iter_mut().enumerate() {
        row.extend((0..size).map(|k| if k == n { 1.0 } else { 0.0 }));
    }
    for k in 0..size {
        let Some(mut pivot) = rows.get_mut(k).map(std::mem::take) else { break };
        let head = pivot.get(k).copied().unwrap_or(1.0);
        pivot.iter_mut().for_each(|x| *x /= head);
        for row in rows.iter_mut().filter(|row| !row.is_empty()) {
            let Some(factor) = row.get(k).copied().filter(|factor| *factor != 0.0) else { continue };
            row.iter_mut().zip(&pivot).skip(k).for_each(|(x, p)| *x -= factor * p);
        }
        if let Some(row) = rows.get_mut(k) {
            *row = pivot;
        }
    }
    rows.into_iter().map(|row| row.get(size..).unwrap_or_default().to_vec()).collect()
}

/// Gauss's elimination. The matrix is diagonally dominant, as every chain that ends, so that no row need be exchanged.
fn eliminate(mut rows: Vec<Vec<f64>>) -> Vec<f64> {
    for k in 0..rows.len() {
        let (above, below) = rows.split_at_mut(k + 1);
        let Some(pivot) = above.last() else { break };
        let head = pivot.get(k).copied().unwrap_or(1.0);
        for row in below {
            let Some(factor) = row.get(k).map(|x| *x / head).filter(|factor| *factor != 0.0) else { continue };
            row.iter_mut().zip(pivot).skip(k).for_each(|(x, p)| *x -= factor * p);
        }
    }
    let mut answer = vec![0.0; rows.len()];
    for k in (0..rows.len()).rev() {
        let Some(row) = rows.get(k) else { continue };
        let known: f64 = row.iter().zip(&answer).skip(k + 1).map(|(a, x)| a * x).sum();
        let x = (row.last().copied().unwrap_or(0.0) - known) / row.get(k).copied().unwrap_or(1.0);
        if let Some(slot) = answer.get_mut(k) {
            *slot = x;
        }
    }
    answer
}

impl Journeys {
    /// Removal effects and credits by a Markov chain of order 1 to 4, exactly: no simulation, and the same answer for any order of the rows.
    ///
    /// # Errors
    /// `number_invalid` for another order; `too_large` for a chain that does not settle.
    pub fn markov(&self, order: u32) -> Result<Markov> {
        let chain = Chain::of(self, order_of(order)?, self.paths.iter().map(|path| (path, path.conversions, path.nulls)));
        let kinds: &[bool] = if self.has_value() { &[false, true] } else { &[false] };
        let mut columns: Vec<(&str, ArrayRef, bool)> = vec![("channel", self.channel_column(), false)];
        let mut conversion_rate = 0.0;
        for of_value in kinds {
            let whole = chain.solve(&[], *of_value, &[])?;
            let all = chain.of_start(&whole, *of_value);
            if !of_value {
                conversion_rate = all;
            }
            let mut effects = Vec::with_capacity(self.channels.len());
            let losses = if order == 1 && chain.states.len() <= DENSE_MAX { chain.losses(&whole) } else { Vec::new() };
            let mut lost_by = vec![0.0; self.channels.len()];
            chain.states.iter().zip(&losses).for_each(|(gram, loss)| {
                if let Some(slot) = lost_by.get_mut((*gram as usize).wrapping_sub(1)) {
                    *slot = *loss
                }
            });
            for channel in 0..self.channels.len() {
                if !losses.is_empty() {
                    let loss = lost_by.get(channel).copied().unwrap_or(0.0);
                    effects.push(if all == 0.0 { 0.0 } else { loss / all });
                    continue;
                }
                let gone: Vec<bool> = chain.states.iter().map(|gram| Chain::holds(*gram, channel)).collect();
                let left = if gone.contains(&true) { chain.of_start(&chain.solve(&gone, *of_value, &whole)?, *of_value) } else { all };
                effects.push(if all == 0.0 { 0.0 } else { (all - left) / all });
            }
            let sum: f64 = effects.iter().sum();
            let total = if *of_value { self.paths.iter().map(|path| path.value).sum() } else { self.conversions() as f64 };
            let shares: Vec<f64> = effects.iter().map(|effect| if sum == 0.0 { 0.0 } else { total * effect / sum }).collect();
            let (effect, share) = if *of_value { ("removal_effect_value", "value") } else { ("removal_effect", "conversions") };
            columns.push((effect, Arc::new(Float64Array::from(effects)), false));
            columns.push((share, Arc::new(Float64Array::from(shares)), false));
        }
        Ok(Markov { conversion_rate, states: chain.states.len(), channels: table(columns)? })
    }

    /// How well a memory of 1 to `up_to` steps foretells journeys that it has not seen: `order`, `log_likelihood` (natural logarithm, the mean of a step or end),
    /// `chosen` (true once, for the highest). Each fifth of the journeys is foretold from the others, step by step and then its end, as
    /// (seen so far + 1) / (all seen after the same last steps + channels + 2).
    ///
    /// # Errors
    /// `number_invalid` for another number of steps.
    pub fn markov_orders(&self, up_to: u32) -> Result<RecordBatch> {
        order_of(up_to)?;
        let found: Vec<f64> = (1..=up_to).map(|order| Ok(self.foretold(order_of(order)?))).collect::<Result<_>>()?;
        let best = found
            .iter()
            .enumerate()
            .fold(None, |best: Option<(usize, f64)>, (n, x)| if best.is_none_or(|best| *x > best.1) { Some((n, *x)) } else { best });
        let chosen = |n: usize| best.is_some_and(|best| best.0 == n);
        table(vec![
            ("order", Arc::new(Int64Array::from_iter_values(1..=i64::from(up_to))), false),
            ("log_likelihood", Arc::new(Float64Array::from(found.clone())), false),
            ("chosen", Arc::new(BooleanArray::from((0..found.len()).map(chosen).collect::<Vec<_>>())), false),
        ])
    }

    /// The mean logarithm of what the journeys of each fifth did next, guessed from the others.
    fn foretold(&self, order: usize) -> f64 {
        let outcomes = self.channels.len() as f64 + 2.0;
        // After the last steps: which outcome how often in each fifth. Outcomes are channels plus one, and two ends.
        let mut counts: BTreeMap<(u64, u64), [u64; 5]> = BTreeMap::new();
        for (row, path) in self.paths.iter().enumerate() {
            self.each_step(order, path, |context, outcome, times| {
                let count = counts.entry((context, outcome)).or_default();
                for (fold, slot) in (0..5).zip(count.iter_mut()) {
                    let (conversions, nulls) = part(path, row, fold);
                    *slot += times(conversions, nulls);
                }
            });
        }
        let mut sums: BTreeMap<u64, [u64; 5]> = BTreeMap::new();
        for ((context, _), count) in &counts {
            let sum = sums.entry(*context).or_default();
            sum.iter_mut().zip(count).for_each(|(sum, count)| *sum += count);
        }
        let (mut sum, mut steps) = (0.0, 0.0);
        for ((context, _), count) in &counts {
            let totals = sums.get(context).copied().unwrap_or_default();
            let (all, every): (u64, u64) = (count.iter().sum(), totals.iter().sum());
            for (own, total) in count.iter().zip(totals).filter(|(own, _)| **own > 0) {
                let seen = (all - own) as f64;
                sum += *own as f64 * ln((seen + 1.0) / ((every - total) as f64 + outcomes));
                steps += *own as f64;
            }
        }
        if steps == 0.0 { 0.0 } else { sum / steps }
    }

    /// Each step of a path with what came before it, and its ends. The last argument tells how often, from conversions and nulls.
    fn each_step(&self, order: usize, path: &Path, mut each: impl FnMut(u64, u64, fn(u64, u64) -> u64)) {
        let mask = if order == 4 { u64::MAX } else { (1 << (16 * order)) - 1 };
        let (mut gram, mut last) = (0_u64, u32::MAX);
        for step in self.steps_of(path) {
            if *step != last {
                each(gram, u64::from(*step) + 1, |conversions, nulls| conversions + nulls);
                gram = (gram << 16 | u64::from(*step + 1)) & mask;
                last = *step;
            }
        }
        let ends = self.channels.len() as u64 + 1;
        each(gram, ends, |conversions, _| conversions);
        each(gram, ends + 1, |_, nulls| nulls);
    }
}

fn order_of(order: u32) -> Result<usize> {
    if (1..=MARKOV_ORDER_MAX).contains(&order) {
        Ok(order as usize)
    } else {
        Err(Error::new(ErrorCode::NumberInvalid, format!("/order: {order} is not 1 to {MARKOV_ORDER_MAX}")))
    }
}

/// A fifth of a path's journeys; what does not divide goes to the folds in turn, from another one on for each row.
fn part(path: &Path, row: usize, fold: u64) -> (u64, u64) {
    let of = |count: u64| count / 5 + u64::from((fold + row as u64) % 5 < count % 5);
    (of(path.conversions), of(path.nulls))
}

/// The natural logarithm by a series, alike on every platform; the system's own differs by one in the last place.
fn ln(x: f64) -> f64 {
    if x <= 0.0 || !x.is_finite() {
        return f64::NEG_INFINITY;
    }
    let bits = x.to_bits();
    let (mut exponent, mut mantissa) =
        ((bits >> 52 & 0x7ff) as i64 - 1023, f64::from_bits((bits & 0x000f_ffff_ffff_ffff) | 0x3ff0_0000_0000_0000));
    if mantissa > std::f64::consts::SQRT_2 {
        mantissa /= 2.0;
        exponent += 1;
    }
    // ln m = 2 (z + z³/3 + z⁵/5 + …), z = (m − 1) / (m + 1), |z| < 0.18.
    let z = (mantissa - 1.0) / (mantissa + 1.0);
    let mut sum = 0.0;
    for k in (0..12).rev() {
        sum = sum * z * z + 1.0 / (2 * k + 1) as f64;
    }
    exponent as f64 * std::f64::consts::LN_2 + 2.0 * z * sum
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn logarithms_are_near_those_of_the_system() {
        for k in 1..100_000 {
            let x = k as f64 / 7919.0;
            assert!((ln(x) - x.ln()).abs() <= 1e-15 + x.ln().abs() * 4e-16, "{x}: {} {}", ln(x), x.ln());
        }
        assert_eq!(ln(1.0), 0.0);
    }
}

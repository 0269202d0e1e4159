//! The visitors of all orders, numbered, and where they are found.

use super::Shared;
use crate::columns::look_ahead;
use crate::columns::names::{Index, Seed};
use crate::columns::table::TextColumn;
use crate::columns::touches::{Chunk, KeyColumn, fill_ints};
use std::ops::Range;

/// Stands for a visitor without orders.
pub(super) const NOBODY: u32 = u32::MAX;

/// The visitors of all orders, numbered from 0.
#[derive(Debug)]
pub(super) struct Visitors {
    places: Places,
    /// The visitor of each order, or [`NOBODY`].
    pub(super) of: Vec<u32>,
}

/// Who is worth a look, asked of each touch: surely not where the answer is no.
#[derive(Debug)]
pub(super) struct Sieve {
    /// A bit for each place, or for each visitor with some of a hash.
    bits: Vec<u64>,
    /// For hashes how many there are at each bit, 255 standing for more than can be counted.
    counts: Vec<u8>,
}

/// When each visitor ordered for the last time, on a coarse clock.
#[derive(Debug)]
pub(super) struct Lasts {
    lasts: Vec<u32>,
    clock: Clock,
}

/// Times in 32 bits: from the first order on, in units of so many milliseconds, a power of 2, that the last one fits too.
#[derive(Clone, Copy, Debug, Default)]
struct Clock {
    first: i64,
    bits: u32,
}

impl Clock {
    fn new(times: &[i64]) -> Self {
        let (first, last) = times.iter().fold((i64::MAX, i64::MIN), |(first, last), at| (first.min(*at), last.max(*at)));
        if first > last {
            return Self::default();
        }
        Self { first, bits: (u64::BITS - last.abs_diff(first).leading_zeros()).saturating_sub(u32::BITS) }
    }

    /// No later than what comes later; what comes before the first order is at 0.
    #[inline]
    fn at(self, at: i64) -> u32 {
        u32::try_from(at.saturating_sub(self.first).max(0) >> self.bits).unwrap_or(u32::MAX)
    }
}

#[derive(Debug)]
enum Places {
    Near(Near),
    /// By hash. Two texts of one hash are one visitor here: whose a touch is, is looked at again before it is credited. Whole numbers of one hash are one
    /// number.
    Hashed(Hashed),
}

#[derive(Debug)]
struct Hashed {
    index: Index,
    /// Each visitor's.
    hashes: Vec<u64>,
    seed: Seed,
}

impl Visitors {
    pub(super) fn new(shared: &Shared<'_, '_>) -> Self {
        let orders = shared.orders;
        let (places, of) = match orders.plain_visitors() {
            Some(list) => near(list.len(), || list.iter().map(|value| Some(*value))),
            None if matches!(orders.visitors(), Some(KeyColumn::Ints(..))) => {
                near(orders.count(), || (0..orders.count()).map(|order| number(shared, order)))
            }
            None => None,
        }
        .unwrap_or_else(|| Hashed::of_orders(shared));
        Self { places, of }
    }

    pub(super) fn count(&self) -> usize {
        match &self.places {
            Places::Near(set) => set.count,
            Places::Hashed(hashed) => hashed.hashes.len(),
        }
    }

    /// What a sieve knows the visitor at a row by.
    #[inline]
    pub(super) fn key(&self, visitor: KeyColumn<'_>, row: usize) -> u64 {
        match (&self.places, visitor) {
            (Places::Near(set), KeyColumn::Ints(ints, _)) => ints.ints.get(row).cast_unsigned().wrapping_sub(set.first),
            (Places::Hashed(Hashed { seed, .. }), KeyColumn::Ints(ints, _)) => seed.int(ints.ints.get(row).cast_unsigned()),
            (Places::Near(_), KeyColumn::Texts(..)) => 0, // INVARIANT: places are of whole numbers
            (Places::Hashed(Hashed { seed, .. }), KeyColumn::Texts(texts, _)) => seed.text(texts.get(row).unwrap_or_default().as_bytes()),
        }
    }

    /// A sieve that lets nobody pass.
    pub(super) fn sieve(&self) -> Sieve {
        match &self.places {
            Places::Near(set) => Sieve { bits: vec![0; set.words.len()], counts: Vec::new() },
            Places::Hashed(hashed) => Sieve::of_hashes(4 * hashed.hashes.len()),
        }
    }

    /// One that lets all pass who ordered.
    pub(super) fn all(&self) -> Sieve {
        match &self.places {
            Places::Near(set) => Sieve { bits: set.words.clone(), counts: Vec::new() },
            Places::Hashed(hashed) => {
                let mut all = self.sieve();
                hashed.hashes.iter().for_each(|hash| all.add(*hash));
                all
            }
        }
    }

    /// A dictionary's values, each with its visitor's number, where that is quicker than to look at each row.
    pub(super) fn of_dictionary(&self, chunk: &Chunk<'_>, rows: usize) -> Option<Vec<u32>> {
        match (chunk.visitor, &self.places) {
            (KeyColumn::Texts(TextColumn::Dictionary { values, .. }, _), Places::Hashed(hashed)) if values.len() <= rows => {
                let number = |n| hashed.search(hashed.seed.text(values.get(n).unwrap_or_default().as_bytes()));
                Some((0..values.len()).map(number).collect())
            }
            _ => None,
        }
    }

    /// Finds the touches of a block whose visitors have orders and pass a sieve; `by_key` is what [`of_dictionary`](Self::of_dictionary) says, with which
    /// all pass.
    pub(super) fn find(&self, chunk: &Chunk<'_>, by_key: Option<&[u32]>, rows: Range<usize>, sieve: &Sieve, found: &mut Found) {
        found.rows.clear();
        found.numbers.clear();
        found.places.clear();
        found.keyed_from = by_key.is_none().then_some(rows.start);
        match &self.places {
            Places::Near(set) => found.near(chunk, set, rows, sieve),
            Places::Hashed(hashed) => match (by_key, chunk.visitor) {
                (Some(by_key), KeyColumn::Texts(TextColumn::Dictionary { keys, .. }, _)) => {
                    let start = rows.start;
                    fill_ints(keys, rows, &mut found.places, |key| by_key.get(key as usize).copied().unwrap_or(NOBODY).into());
                    found.keep(start, |number| (number != u64::from(NOBODY), number as u32));
                }
                _ => found.hashed(chunk, hashed, rows, sieve),
            },
        }
        if chunk.visitor.has_nulls() {
            found.retain(|row| !chunk.visitor.is_null(row as usize));
        }
    }

    /// Whether a number stands for one visitor alone, whoever they are.
    pub(super) fn are_exact(&self, shared: &Shared<'_, '_>) -> bool {
        matches!(self.places, Places::Near(_)) || !matches!(shared.orders.visitors(), Some(KeyColumn::Texts(..)))
    }
}

impl Lasts {
    pub(super) fn new(shared: &Shared<'_, '_>, visitors: &Visitors) -> Self {
        let times = &shared.orders.at;
        let (mut lasts, clock) = (vec![0; visitors.count()], Clock::new(times));
        for (number, at) in visitors.of.iter().zip(times) {
            if let Some(last) = lasts.get_mut(*number as usize) {
                *last = clock.at(*at).max(*last);
            }
        }
        Self { lasts, clock }
    }

    /// Whether a time may be before a visitor's last order; surely not where the answer is no.
    #[inline]
    pub(super) fn may_order_from(&self, visitor: u32, at: i64) -> bool {
        self.lasts.get(visitor as usize).is_some_and(|last| self.clock.at(at) <= *last)
    }
}

impl Sieve {
    fn of_hashes(size: usize) -> Self {
        let size = size.next_power_of_two().max(64);
        Self { bits: vec![0; size / 64], counts: vec![0; size] }
    }

    /// Where a key's bit is: a place is its own.
    #[inline]
    fn slot(&self, key: u64) -> u64 {
        if self.counts.is_empty() { key } else { key & (self.counts.len() as u64 - 1) } // INVARIANT: a power of two
    }

    pub(super) fn add(&mut self, key: u64) {
        let slot = self.slot(key);
        if let Some(count) = self.counts.get_mut(slot as usize) {
            *count = count.saturating_add(1);
        }
        if let Some(word) = self.bits.get_mut((slot / 64) as usize) {
            *word |= 1 << (slot % 64);
        }
    }

    /// Takes out whom [`add`](Self::add) put in.
    pub(super) fn remove(&mut self, key: u64) {
        let slot = self.slot(key);
        if let Some(count) = self.counts.get_mut(slot as usize) {
            *count -= u8::from((1..u8::MAX).contains(count));
            if *count > 0 {
                return;
            }
        }
        if let Some(word) = self.bits.get_mut((slot / 64) as usize) {
            *word &= !(1 << (slot % 64));
        }
    }

    /// What stands where a key does.
    #[inline]
    pub(super) fn look(&self, key: u64) -> u64 {
        let slot = self.slot(key);
        u64::from(self.counts.get(slot as usize).copied().unwrap_or(0)) ^ self.bits.get((slot / 64) as usize).copied().unwrap_or(0)
    }
}

/// An order's visitor, who is a whole number.
fn number(shared: &Shared<'_, '_>, order: usize) -> Option<i64> {
    match shared.orders.visitor(order) {
        Some((KeyColumn::Ints(ints, _), row)) => Some(ints.ints.get(row)),
        Some(_) | None => None,
    }
}

/// Visitors as places between the least and the greatest number, if a bit for each is little.
fn near<I: Iterator<Item = Option<i64>>>(orders: usize, visitors: impl Fn() -> I) -> Option<(Places, Vec<u32>)> {
    let both = |range: (i64, i64), value: i64| (range.0.min(value), range.1.max(value));
    let (low, high) = visitors().flatten().fold((i64::MAX, i64::MIN), both);
    let most = (32 * orders as u64 + 1024).min(u64::from(u32::MAX));
    if low > high || high.abs_diff(low) >= most {
        return None;
    }
    let set = Near::new(low..=high, visitors().flatten());
    let of = visitors().map(|value| value.map_or(NOBODY, |value| set.number_of(value))).collect();
    Some((Places::Near(set), of))
}

impl Hashed {
    /// All orders' visitors, and the visitor of each.
    fn of_orders(shared: &Shared<'_, '_>) -> (Places, Vec<u32>) {
        let Shared { orders, seed, .. } = *shared;
        let mut of = Vec::with_capacity(orders.count());
        let mut all = Self { index: Index::new(orders.count()), hashes: Vec::new(), seed };
        let mut block: Vec<Option<u64>> = Vec::with_capacity(64);
        for start in (0..orders.count()).step_by(64) {
            block.clear();
            let hash = |order| orders.visitor(order).map(|(visitor, row)| shared.hash(visitor, row));
            block.extend((start..orders.count().min(start + 64)).map(hash));
            look_ahead(block.iter().flatten().map(|hash| all.index.entry(all.index.home(*hash))));
            of.extend(block.iter().map(|hash| hash.map_or(NOBODY, |hash| all.add(hash))));
        }
        (Places::Hashed(all), of)
    }

    /// The number of a hash, or [`NOBODY`].
    fn search(&self, hash: u64) -> u32 {
        match self.place(hash) {
            (_, 0) => NOBODY,
            (_, entry) => Index::number(entry),
        }
    }

    /// The number of a hash, a new one if it is new.
    fn add(&mut self, hash: u64) -> u32 {
        let (place, entry) = self.place(hash);
        if entry != 0 {
            return Index::number(entry);
        }
        let number = self.hashes.len() as u32; // INVARIANT: fewer than 2^32 rows
        self.hashes.push(hash);
        self.index.set(place, hash, number);
        number
    }

    /// Where a hash stands, or would stand, and its entry.
    fn place(&self, hash: u64) -> (usize, u64) {
        let mut place = self.index.home(hash);
        loop {
            let entry = self.index.entry(place);
            let is_it = Index::is_of(entry, hash) && self.hashes.get(Index::number(entry) as usize) == Some(&hash);
            if entry == 0 || is_it {
                return (place, entry);
            }
            place = self.index.after(place);
        }
    }
}

/// The touches of a block whose visitors have orders, in the order of rows, and those visitors' numbers.
#[derive(Debug, Default)]
pub(super) struct Found {
    pub(super) rows: Vec<u32>,
    pub(super) numbers: Vec<u32>,
    places: Vec<u64>,
    /// The row of the first place, where places are what a sieve knows visitors by.
    keyed_from: Option<usize>,
    entries: Vec<u64>,
    marks: Vec<bool>,
}

impl Found {
    /// What a sieve knows the visitor of the `n`th touch by, if that is at hand.
    #[inline]
    pub(super) fn key(&self, n: usize) -> Option<u64> {
        self.places.get(*self.rows.get(n)? as usize - self.keyed_from?).copied() // INVARIANT: rows start there
    }

    fn near(&mut self, chunk: &Chunk<'_>, set: &Near, rows: Range<usize>, sieve: &Sieve) {
        let start = rows.start;
        if let KeyColumn::Ints(ints, _) = chunk.visitor {
            fill_ints(ints.ints, rows, &mut self.places, |value| value.wrapping_sub(set.first));
        }
        self.keep(start, |place| (holds(&sieve.bits, place), place as u32));
        self.numbers.iter_mut().for_each(|place| *place = set.number(*place));
    }

    /// Step by step for the whole block, since then each step's memory accesses do not wait for one another.
    fn hashed(&mut self, chunk: &Chunk<'_>, hashed: &Hashed, rows: Range<usize>, sieve: &Sieve) {
        let (start, seed) = (rows.start, hashed.seed);
        match chunk.visitor {
            KeyColumn::Ints(ints, _) => fill_ints(ints.ints, rows, &mut self.places, |value| seed.int(value)),
            KeyColumn::Texts(texts, _) => texts.each(rows, |text| self.places.push(seed.text(text.as_bytes()))),
        }
        self.keep(start, |hash| (holds(&sieve.bits, sieve.slot(hash)), 0));
        let Self { rows, numbers, places, entries, .. } = self;
        let hash_of = |row: u32| places.get(row as usize - start).copied().unwrap_or(0);
        entries.clear();
        entries.extend(rows.iter().map(|row| hashed.index.entry(hashed.index.home(hash_of(*row)))));
        numbers.clear();
        numbers.extend(rows.iter().zip(entries.iter()).map(|(row, entry)| {
            let (hash, number) = (hash_of(*row), Index::number(*entry));
            let is_it = Index::is_of(*entry, hash) && hashed.hashes.get(number as usize) == Some(&hash);
            if is_it || *entry == 0 { number } else { hashed.search(hash) } // INVARIANT: without an entry the number is NOBODY
        }));
        let mut nothing = vec![(); self.rows.len()];
        self.mark(&nothing, |number, ()| number != NOBODY);
        self.keep_marked(&mut nothing);
    }

    /// Says which touches stay. This is a step of its own: where a list is made shorter in place, the processor waits with what it reads next until it knows
    /// where the last one went, and so one look into the memory would wait for the other.
    pub(super) fn mark<T>(&mut self, with: &[T], stays: impl Fn(u32, &T) -> bool) {
        self.marks.clear();
        self.marks.extend(self.numbers.iter().zip(with).map(|(number, with)| stays(*number, with)));
    }

    /// Keeps what is marked, here and in a list that goes with it.
    pub(super) fn keep_marked<T: Copy>(&mut self, with: &mut Vec<T>) {
        let Self { rows, numbers, marks, .. } = self;
        let mut kept = 0;
        for (n, stays) in marks.iter().enumerate() {
            let (Some(row), Some(number), Some(other)) = (rows.get(n).copied(), numbers.get(n).copied(), with.get(n).copied()) else {
                break;
            };
            if let (Some(to_row), Some(to_number), Some(to_other)) = (rows.get_mut(kept), numbers.get_mut(kept), with.get_mut(kept)) {
                (*to_row, *to_number, *to_other) = (row, number, other);
            }
            kept += usize::from(*stays);
        }
        rows.truncate(kept);
        numbers.truncate(kept);
        with.truncate(kept);
    }

    /// Keeps the rows of a block, from `start` on, whose place says so, each with its number.
    #[inline]
    fn keep(&mut self, start: usize, each: impl Fn(u64) -> (bool, u32)) {
        let Self { rows, numbers, places, .. } = self;
        rows.resize(places.len(), 0);
        numbers.resize(places.len(), 0);
        let mut kept = 0;
        // Written without branches: whether a visitor has orders is a coin's toss to the processor.
        for (row, place) in (start as u32..).zip(places.iter()) {
            let (is_kept, number) = each(*place);
            if let (Some(to_row), Some(to_number)) = (rows.get_mut(kept), numbers.get_mut(kept)) {
                (*to_row, *to_number) = (row, number);
            }
            kept += usize::from(is_kept);
        }
        rows.truncate(kept);
        numbers.truncate(kept);
    }

    fn retain(&mut self, is_kept: impl Fn(u32) -> bool) {
        let mut rows = self.rows.iter();
        self.numbers.retain(|_| rows.next().is_some_and(|row| is_kept(*row)));
        self.rows.retain(|row| is_kept(*row));
    }
}

/// Whole numbers that lie close together, each with its place among them: 64 to a word, and how many there are before it.
#[derive(Debug)]
struct Near {
    first: u64,
    words: Vec<u64>,
    before: Vec<u32>,
    count: usize,
}

/// Whether the bit of a place is set.
#[inline]
fn holds(words: &[u64], place: u64) -> bool {
    let word = usize::try_from(place / 64).ok().and_then(|word| words.get(word)).copied().unwrap_or(0);
    word >> (place % 64) & 1 == 1
}

impl Near {
    fn new(range: std::ops::RangeInclusive<i64>, values: impl Iterator<Item = i64>) -> Self {
        let first = *range.start();
        let mut words = vec![0_u64; (range.end().abs_diff(first) / 64) as usize + 1];
        for value in values {
            let place = value.abs_diff(first);
            if let Some(bits) = words.get_mut((place / 64) as usize) {
                *bits |= 1 << (place % 64);
            }
        }
        let mut count = 0;
        let before = words.iter().map(|bits| {
            let before = count;
            count += bits.count_ones();
            before
        });
        let before = before.collect();
        Self { first: first.cast_unsigned(), words, before, count: count as usize }
    }

    /// The number of a value that is held, by its place.
    #[inline]
    fn number(&self, place: u32) -> u32 {
        let word = (place / 64) as usize;
        let bits = self.words.get(word).copied().unwrap_or(0);
        self.before.get(word).copied().unwrap_or(0) + (bits & ((1 << (place % 64)) - 1)).count_ones()
    }

    /// The number of a value that is held.
    fn number_of(&self, value: i64) -> u32 {
        self.number(value.cast_unsigned().wrapping_sub(self.first) as u32) // INVARIANT: no two of them are 2^32 apart
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    // More of one hash than a byte counts: whoever is left still passes.
    #[test]
    fn a_sieve_forgets_nobody_who_is_still_in_it() {
        for most in [1, 254, 255, 256, 300] {
            let mut sieve = Sieve::of_hashes(100);
            let passes = |sieve: &Sieve, key: u64| holds(&sieve.bits, sieve.slot(key));
            (0..most).for_each(|n| sieve.add(7 + 128 * n));
            (1..most).for_each(|n| sieve.remove(7 + 128 * n));
            assert!(passes(&sieve, 7) && !passes(&sieve, 8), "{most}");
            sieve.remove(7);
            assert_eq!(passes(&sieve, 7), most >= 255);
        }
    }
}

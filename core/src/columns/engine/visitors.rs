//! The visitors of all orders, numbered, and where they are found.

use super::Shared;
use crate::columns::names::Seed;
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
    /// When each visitor ordered for the last time.
    pub(super) lasts: Vec<i64>,
}

#[derive(Debug)]
enum Places {
    Near(Near),
    /// By hash. Two texts of one hash are one visitor here: whose a touch is, is looked at again before it is credited. Whole numbers of one hash are one
    /// number.
    Hashed {
        index: Index,
        hashes: Vec<u64>,
        seed: Seed,
    },
}

impl Visitors {
    pub(super) fn new(shared: &Shared<'_, '_>) -> Self {
        let orders = shared.orders;
        let (places, of) = match near(shared) {
            Some(range) => {
                let set = Near::new(range, (0..orders.count()).filter_map(|order| number(shared, order)));
                let of = (0..orders.count()).map(|order| number(shared, order).map_or(NOBODY, |value| set.number_of(value))).collect();
                (Places::Near(set), of)
            }
            None => hashed(shared),
        };
        let count = match &places {
            Places::Near(set) => set.count,
            Places::Hashed { hashes, .. } => hashes.len(),
        };
        let mut visitors = Self { places, of, lasts: vec![i64::MIN; count] };
        for (number, at) in visitors.of.iter().zip(&orders.at) {
            if let Some(last) = visitors.lasts.get_mut(*number as usize) {
                *last = at.max(last).to_owned();
            }
        }
        visitors
    }

    /// A dictionary's values, each with its visitor's number, where that is quicker than to look at each row.
    pub(super) fn of_dictionary(&self, chunk: &Chunk<'_>, rows: usize) -> Option<Vec<u32>> {
        match (chunk.visitor, &self.places) {
            (KeyColumn::Texts(TextColumn::Dictionary { values, .. }, _), Places::Hashed { index, hashes, seed })
                if values.len() <= rows =>
            {
                let number = |n| index.search(hashes, seed.text(values.get(n).unwrap_or_default().as_bytes()));
                Some((0..values.len()).map(number).collect())
            }
            _ => None,
        }
    }

    /// Finds the touches of a block whose visitors have orders; `by_key` is what [`of_dictionary`](Self::of_dictionary) says.
    pub(super) fn find(&self, chunk: &Chunk<'_>, by_key: Option<&[u32]>, rows: Range<usize>, found: &mut Found) {
        found.rows.clear();
        found.numbers.clear();
        found.places.clear();
        match &self.places {
            Places::Near(set) => found.near(chunk, set, rows),
            Places::Hashed { index, hashes, seed } => match (by_key, chunk.visitor) {
                (Some(by_key), KeyColumn::Texts(TextColumn::Dictionary { keys, .. }, _)) => {
                    let start = rows.start;
                    fill_ints(keys, rows, &mut found.places, |key| by_key.get(key as usize).copied().unwrap_or(NOBODY).into());
                    found.keep(start, |number| (number != u64::from(NOBODY), number as u32));
                }
                _ => found.hashed(chunk, index, hashes, *seed, rows),
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

/// An order's visitor, who is a whole number.
fn number(shared: &Shared<'_, '_>, order: usize) -> Option<i64> {
    match shared.orders.visitor(order) {
        Some((KeyColumn::Ints(ints, _), row)) => Some(ints.ints.get(row)),
        Some(_) | None => None,
    }
}

/// The least and the greatest number of a visitor who orders, if a bit for each between them is little.
fn near(shared: &Shared<'_, '_>) -> Option<std::ops::RangeInclusive<i64>> {
    let orders = shared.orders;
    if !matches!(orders.visitors(), Some(KeyColumn::Ints(..))) {
        return None;
    }
    let both = |range: (i64, i64), value: i64| (range.0.min(value), range.1.max(value));
    let (low, high) = (0..orders.count()).filter_map(|order| number(shared, order)).fold((i64::MAX, i64::MIN), both);
    let most = (32 * orders.count() as u64 + 1024).min(u64::from(u32::MAX));
    (low <= high && high.abs_diff(low) < most).then_some(low..=high)
}

fn hashed(shared: &Shared<'_, '_>) -> (Places, Vec<u32>) {
    let orders = shared.orders;
    let (mut index, mut hashes, mut of) = (Index::new(orders.count()), Vec::new(), Vec::with_capacity(orders.count()));
    for order in 0..orders.count() {
        let number = orders.visitor(order).map_or(NOBODY, |(visitor, row)| index.add(&mut hashes, shared.hash(visitor, row)));
        of.push(number);
    }
    (Places::Hashed { index, hashes, seed: shared.seed }, of)
}

/// The touches of a block whose visitors have orders, in the order of rows, and those visitors' numbers.
#[derive(Debug, Default)]
pub(super) struct Found {
    pub(super) rows: Vec<u32>,
    pub(super) numbers: Vec<u32>,
    places: Vec<u64>,
    entries: Vec<u64>,
}

impl Found {
    fn near(&mut self, chunk: &Chunk<'_>, set: &Near, rows: Range<usize>) {
        let start = rows.start;
        if let KeyColumn::Ints(ints, _) = chunk.visitor {
            fill_ints(ints.ints, rows, &mut self.places, |value| value.wrapping_sub(set.first));
        }
        self.keep(start, |place| (set.holds(place), place as u32));
        self.numbers.iter_mut().for_each(|place| *place = set.number(*place));
    }

    /// Step by step for the whole block, since then each step's memory accesses do not wait for one another.
    fn hashed(&mut self, chunk: &Chunk<'_>, index: &Index, hashes: &[u64], seed: Seed, rows: Range<usize>) {
        let start = rows.start;
        let mut own = std::mem::take(&mut self.places);
        match chunk.visitor {
            KeyColumn::Ints(ints, _) => fill_ints(ints.ints, rows, &mut own, |value| seed.int(value)),
            KeyColumn::Texts(texts, _) => texts.each(rows, |text| own.push(seed.text(text.as_bytes()))),
        }
        self.entries.clear();
        self.entries.extend(own.iter().map(|hash| index.entry(index.home(*hash))));
        // Those of another visitor's entry are few: only they are searched for.
        let mut entries = std::mem::take(&mut self.entries);
        for (entry, hash) in entries.iter_mut().zip(&own) {
            if *entry != 0 && !Index::is_of(*entry, *hash) {
                *entry = index.candidate(*hash);
            }
        }
        std::mem::swap(&mut self.places, &mut entries);
        self.keep(start, |entry| (entry != 0, Index::number(entry)));
        std::mem::swap(&mut self.places, &mut entries);
        self.entries = entries;
        // Half a hash said so; now all of it.
        let mut kept = 0;
        for n in 0..self.rows.len() {
            let (Some(row), Some(number)) = (self.rows.get(n).copied(), self.numbers.get(n).copied()) else { break };
            let hash = own.get(row as usize - start).copied().unwrap_or(0);
            let number = if hashes.get(number as usize) == Some(&hash) { number } else { index.search(hashes, hash) };
            if let (Some(to_row), Some(to_number)) = (self.rows.get_mut(kept), self.numbers.get_mut(kept)) {
                (*to_row, *to_number) = (row, number);
            }
            kept += usize::from(number != NOBODY);
        }
        self.rows.truncate(kept);
        self.numbers.truncate(kept);
        self.places = own;
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

    #[inline]
    fn holds(&self, place: u64) -> bool {
        let word = usize::try_from(place / 64).ok().and_then(|word| self.words.get(word)).copied().unwrap_or(0);
        word >> (place % 64) & 1 == 1
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

/// Numbers by hash: half of it, and the number plus one; 0 is free.
#[derive(Debug, Default)]
struct Index(Vec<u64>);

impl Index {
    fn new(most: usize) -> Self {
        Self(vec![0; 2 * most + 1])
    }

    #[inline]
    fn home(&self, hash: u64) -> usize {
        (((hash >> 32) * self.0.len() as u64) >> 32) as usize
    }

    #[inline]
    fn entry(&self, place: usize) -> u64 {
        self.0.get(place).copied().unwrap_or(0)
    }

    fn after(&self, place: usize) -> usize {
        if place + 1 == self.0.len() { 0 } else { place + 1 }
    }

    #[inline]
    fn is_of(entry: u64, hash: u64) -> bool {
        entry >> 32 == hash & 0xffff_ffff
    }

    /// The number that an entry has.
    #[inline]
    fn number(entry: u64) -> u32 {
        (entry as u32).wrapping_sub(1)
    }

    /// The first entry that has half of a hash, or 0.
    #[cold]
    fn candidate(&self, hash: u64) -> u64 {
        let mut place = self.home(hash);
        while self.entry(place) != 0 && !Self::is_of(self.entry(place), hash) {
            place = self.after(place);
        }
        self.entry(place)
    }

    /// The number of a hash, or [`NOBODY`].
    fn search(&self, hashes: &[u64], hash: u64) -> u32 {
        let mut place = self.home(hash);
        loop {
            let entry = self.entry(place);
            let number = Self::number(entry);
            if entry == 0 || (Self::is_of(entry, hash) && hashes.get(number as usize) == Some(&hash)) {
                return number; // INVARIANT: 0 − 1 is NOBODY
            }
            place = self.after(place);
        }
    }

    /// The number of a hash, a new one if it is new.
    fn add(&mut self, hashes: &mut Vec<u64>, hash: u64) -> u32 {
        let mut place = self.home(hash);
        loop {
            let entry = self.entry(place);
            if entry == 0 {
                break;
            }
            if Self::is_of(entry, hash) && hashes.get(Self::number(entry) as usize) == Some(&hash) {
                return Self::number(entry);
            }
            place = self.after(place);
        }
        let number = hashes.len() as u32; // INVARIANT: fewer than 2^32 rows
        hashes.push(hash);
        if let Some(entry) = self.0.get_mut(place) {
            *entry = hash << 32 | u64::from(number + 1);
        }
        number
    }
}

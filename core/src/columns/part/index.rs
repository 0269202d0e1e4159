//! Where visitors are found, and which click ids may repeat.

use crate::columns::names::Seed;
use crate::columns::table::TextColumn;
use crate::columns::touches::{Chunk, KeyColumn, fill_ints};
use std::ops::Range;

/// The touches of a block whose visitors have orders, and those visitors' numbers.
#[derive(Debug, Default)]
pub(super) struct Found {
    pub(super) rows: Vec<u32>,
    pub(super) numbers: Vec<u32>,
    pub(super) hashes: Vec<u64>,
    entries: Vec<u64>,
    /// Rows whose hash led to another visitor first.
    unsure: Vec<u32>,
}

impl Found {
    /// Finds the touches of a block whose visitors are in a set.
    pub(super) fn near(&mut self, chunk: &Chunk<'_>, set: &Near, block: Range<usize>) {
        let Self { rows, numbers, hashes: places, .. } = self;
        let (start, mut kept) = (block.start, 0);
        places.clear();
        if let KeyColumn::Ints(ints, _) = chunk.visitor {
            fill_ints(ints.ints, block, places, |value| value.wrapping_sub(set.first));
        }
        rows.resize(places.len(), 0);
        numbers.resize(places.len(), 0);
        // Written without branches: whether a visitor has orders is a coin's toss to the processor.
        for (n, place) in places.iter().enumerate() {
            if let (Some(to_row), Some(to_number)) = (rows.get_mut(kept), numbers.get_mut(kept)) {
                (*to_row, *to_number) = ((start + n) as u32, *place as u32);
            }
            kept += set.holds(*place);
        }
        rows.truncate(kept);
        numbers.truncate(kept);
        if chunk.visitor.has_nulls() {
            let is_known = |row: &u32| !chunk.visitor.is_null(*row as usize);
            let mut known: Vec<bool> = rows.iter().map(is_known).collect();
            rows.retain(is_known);
            known.reverse();
            numbers.retain(|_| known.pop().unwrap_or(false));
        }
        numbers.iter_mut().for_each(|place| *place = set.number(*place));
    }

    /// Puts the touches into the order of rows: two lists that are, one behind the other.
    pub(super) fn sort(&mut self) {
        let Self { rows, numbers, entries, .. } = self;
        let Some(cut) = (1..rows.len()).find(|n| rows.get(n - 1) > rows.get(*n)) else { return };
        let pair = |n: usize| rows.get(n).zip(numbers.get(n)).map(|(row, number)| u64::from(*row) << 32 | u64::from(*number));
        entries.clear();
        let (mut a, mut b) = (0, cut);
        while a < cut || b < rows.len() {
            let takes_a = b == rows.len() || (a < cut && rows.get(a) < rows.get(b));
            entries.extend(pair(if takes_a { a } else { b }));
            a += usize::from(takes_a);
            b += usize::from(!takes_a);
        }
        for ((row, number), pair) in rows.iter_mut().zip(numbers.iter_mut()).zip(entries) {
            (*row, *number) = ((*pair >> 32) as u32, *pair as u32);
        }
    }
}

/// Whole numbers that lie close together, each with its place among them: 64 to a word, and how many there are before it.
#[derive(Debug)]
pub(super) struct Near {
    first: u64,
    words: Vec<u64>,
    before: Vec<u32>,
    pub(super) count: usize,
}

impl Near {
    pub(super) fn new(range: std::ops::RangeInclusive<i64>, values: impl Iterator<Item = i64>) -> Self {
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
    fn holds(&self, place: u64) -> usize {
        let word = usize::try_from(place / 64).ok().and_then(|word| self.words.get(word)).copied().unwrap_or(0);
        (word >> (place % 64) & 1) as usize
    }

    /// The number of a value that is held, by its place.
    #[inline]
    fn number(&self, place: u32) -> u32 {
        let word = (place / 64) as usize;
        let bits = self.words.get(word).copied().unwrap_or(0);
        self.before.get(word).copied().unwrap_or(0) + (bits & ((1 << (place % 64)) - 1)).count_ones()
    }

    /// The number of a value that is held.
    pub(super) fn number_of(&self, value: i64) -> u32 {
        self.number(value.cast_unsigned().wrapping_sub(self.first) as u32) // INVARIANT: no two of them are 2^32 apart
    }
}

/// The visitors by hash: half of it, and the first slot plus one; 0 is free.
#[derive(Debug, Default)]
pub(super) struct Index(pub(super) Vec<u64>);

impl Index {
    pub(super) fn new(orders: usize) -> Self {
        Self(vec![0; 2 * orders + 1])
    }

    #[inline]
    pub(super) fn home(&self, hash: u64) -> usize {
        (((hash >> 32) * self.0.len() as u64) >> 32) as usize
    }

    #[inline]
    pub(super) fn entry(&self, place: usize) -> u64 {
        self.0.get(place).copied().unwrap_or(0)
    }

    pub(super) fn after(&self, place: usize) -> usize {
        if place + 1 == self.0.len() { 0 } else { place + 1 }
    }

    #[inline]
    pub(super) fn is_of(entry: u64, hash: u64) -> bool {
        entry >> 32 == hash & 0xffff_ffff
    }

    /// The number that an entry has, less one.
    #[inline]
    pub(super) fn number(entry: u64) -> u32 {
        (entry as u32).wrapping_sub(1)
    }

    pub(super) fn make(hash: u64, number: u32) -> u64 {
        hash << 32 | u64::from(number + 1)
    }

    /// Finds the touches of a block whose visitors may have orders: half a hash says so. Step by step for the whole block, since then each step's
    /// memory accesses do not wait for one another. Those that stand further on come last, not in the order of rows.
    pub(super) fn candidates(
        &self,
        seed: Seed,
        is_mine: impl Fn(u64) -> bool,
        chunk: &Chunk<'_>,
        prints: &[u64],
        rows: Range<usize>,
        found: &mut Found,
    ) {
        let Found { rows: kept_rows, numbers, hashes, entries, unsure } = found;
        let start = rows.start;
        hashes.clear();
        match chunk.visitor {
            KeyColumn::Ints(ints, _) => fill_ints(ints.ints, rows, hashes, |value| seed.int(value)),
            KeyColumn::Texts(TextColumn::Dictionary { keys, .. }, _) => {
                fill_ints(keys, rows, hashes, |key| prints.get(key as usize).copied().unwrap_or(0));
            }
            KeyColumn::Texts(texts, _) => hashes.extend(rows.map(|row| seed.text(texts.get(row).unwrap_or_default().as_bytes()))),
        }
        entries.clear();
        entries.extend(hashes.iter().map(|hash| self.entry(self.home(*hash))));
        // Written without branches: whether a visitor has orders is a coin's toss to the processor.
        let nulls = chunk.visitor.has_nulls();
        for list in [&mut *kept_rows, &mut *numbers, &mut *unsure] {
            list.resize(hashes.len(), 0);
        }
        let (mut kept, mut doubts) = (0, 0);
        for (n, (hash, entry)) in hashes.iter().zip(entries.iter()).enumerate() {
            let row = (start + n) as u32;
            let may_be = (*entry != 0) & is_mine(*hash) & !(nulls && chunk.visitor.is_null(start + n));
            let is_it = Self::is_of(*entry, *hash);
            if let (Some(to_row), Some(to_number), Some(to_doubt)) =
                (kept_rows.get_mut(kept), numbers.get_mut(kept), unsure.get_mut(doubts))
            {
                (*to_row, *to_number, *to_doubt) = (row, Self::number(*entry), row);
            }
            kept += usize::from(may_be & is_it);
            doubts += usize::from(may_be & !is_it);
        }
        kept_rows.truncate(kept);
        numbers.truncate(kept);
        unsure.truncate(doubts);
        for row in unsure.iter() {
            let hash = hashes.get(*row as usize - start).copied().unwrap_or(0);
            let mut place = self.after(self.home(hash));
            let mut entry = self.entry(place);
            while entry != 0 && !Self::is_of(entry, hash) {
                place = self.after(place);
                entry = self.entry(place);
            }
            if entry != 0 {
                kept_rows.push(*row);
                numbers.push(Self::number(entry));
            }
        }
    }
}

/// Which click ids may have occurred twice for one visitor.
#[derive(Debug, Default)]
pub(super) struct Clicks {
    pub(super) once: Vec<u64>,
    twice: Vec<u64>,
}

impl Clicks {
    pub(super) fn new(touches: usize) -> Self {
        let words = (touches / 8).next_power_of_two().max(16);
        Self { once: vec![0; words], twice: vec![0; words] }
    }

    pub(super) fn bit(&self, print: u64) -> (usize, u64) {
        ((print >> 6) as usize & (self.once.len().max(1) - 1), 1 << (print & 63))
    }

    pub(super) fn add(&mut self, print: u64) {
        let (word, bit) = self.bit(print);
        if let (Some(once), Some(twice)) = (self.once.get_mut(word), self.twice.get_mut(word)) {
            *twice |= *once & bit;
            *once |= bit;
        }
    }

    pub(super) fn may_repeat(&self, print: u64) -> bool {
        let (word, bit) = self.bit(print);
        self.twice.get(word).is_some_and(|twice| twice & bit != 0)
    }
}

/// Hashes with their orders, sorted roughly: by their first 8 bits, and of those in the order of the rows.
pub(super) fn in_order(list: Vec<(u64, u32)>) -> Vec<(u64, u32)> {
    let mut starts = vec![0_usize; 257];
    list.iter().for_each(|(hash, _)| {
        if let Some(n) = starts.get_mut((hash >> 56) as usize + 1) {
            *n += 1
        }
    });
    let mut sum = 0;
    starts.iter_mut().for_each(|start| {
        sum += *start;
        *start = sum;
    });
    let mut sorted = vec![(0, 0); list.len()];
    for row in list {
        if let Some(place) = starts.get_mut((row.0 >> 56) as usize) {
            if let Some(slot) = sorted.get_mut(*place) {
                *slot = row;
            }
            *place += 1;
        }
    }
    sorted
}

//! Where visitors are found, and which click ids may repeat.

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

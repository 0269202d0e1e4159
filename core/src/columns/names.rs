//! Names as numbers, by a hash that nobody can aim at.

use std::hash::BuildHasher;

/// A secret of this run. It keeps those who choose ids from choosing where they fall; no result depends on it.
#[derive(Clone, Copy, Debug)]
pub(super) struct Seed(u64, u64);

impl Seed {
    pub(super) fn new() -> Self {
        let state = std::hash::RandomState::new();
        Self(state.hash_one(0) | 1, state.hash_one(1))
    }

    #[cfg(test)]
    pub(super) fn of(first: u64, second: u64) -> Self {
        Self(first, second)
    }

    /// A number for a text. Each factor has a secret in it, so that nobody can choose one that makes a product nothing.
    #[inline]
    pub(super) fn text(self, text: &[u8]) -> u64 {
        let (pairs, rest) = text.as_chunks::<16>();
        let mut hash = self.0 ^ (text.len() as u64).wrapping_mul(0x9e37_79b9_7f4a_7c15);
        for pair in pairs {
            let pair = u128::from_le_bytes(*pair);
            hash = fold(pair as u64 ^ self.1, (pair >> 64) as u64 ^ hash);
        }
        let (low, high) = ends(rest);
        hash = fold(low ^ self.1, high ^ hash);
        fold(hash ^ 0xa076_1d64_78bd_642f, self.0)
    }

    /// A number for a number, another for each: what is mixed can be told apart as well as what is not.
    #[inline]
    pub(super) fn int(self, value: u64) -> u64 {
        let mut hash = (value ^ self.0).wrapping_mul(0x9e37_79b9_7f4a_7c15);
        hash ^= hash >> 32;
        hash = hash.wrapping_mul(0xd6e8_feb8_6659_fd93);
        hash ^ hash >> 32
    }

    fn folded(self, text: &str, fold_case: bool) -> u64 {
        if fold_case && text.bytes().any(|b| b.is_ascii_uppercase()) {
            self.text(text.to_ascii_lowercase().as_bytes())
        } else {
            self.text(text.as_bytes())
        }
    }
}

/// The first and the last bytes of a text; with its length, all of one of up to 16.
#[inline]
fn ends(text: &[u8]) -> (u64, u64) {
    match (text.first_chunk::<8>(), text.last_chunk::<8>(), text.first_chunk::<4>(), text.last_chunk::<4>()) {
        (Some(head), Some(tail), ..) => (u64::from_le_bytes(*head), u64::from_le_bytes(*tail)),
        (None, None, Some(head), Some(tail)) => (u32::from_le_bytes(*head).into(), u32::from_le_bytes(*tail).into()),
        _ => (text.iter().fold(0, |word, byte| word << 8 | u64::from(*byte)), 0),
    }
}

#[inline]
fn fold(a: u64, b: u64) -> u64 {
    let product = u128::from(a) * u128::from(b);
    (product >> 64) as u64 ^ product as u64
}

/// Numbers by hash: half of it, and the number plus one; 0 is free.
#[derive(Debug, Default)]
pub(super) struct Index(Vec<u64>);

impl Index {
    pub(super) fn new(most: usize) -> Self {
        Self(vec![0; 2 * most + 1])
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

    /// The number that an entry has.
    #[inline]
    pub(super) fn number(entry: u64) -> u32 {
        (entry as u32).wrapping_sub(1)
    }

    pub(super) fn set(&mut self, place: usize, hash: u64, number: u32) {
        if let Some(entry) = self.0.get_mut(place) {
            *entry = hash << 32 | u64::from(number + 1);
        }
    }
}

/// Numbers by other numbers: whatever is put in under a key is found there.
#[derive(Debug)]
pub(super) struct Numbers {
    seed: Seed,
    /// Key and number plus one; 0 is free. A power of two, at most half full.
    slots: Vec<(u64, u32)>,
    count: usize,
}

impl Numbers {
    pub(super) fn new(seed: Seed) -> Self {
        Self { seed, slots: vec![(0, 0); 64], count: 0 }
    }

    /// The number under a key, or, where there is none yet, `new`, which stands there from now on.
    #[inline]
    pub(super) fn get_or(&mut self, key: u64, new: u32) -> u32 {
        let last = self.slots.len() - 1;
        let mut place = self.seed.int(key) as usize & last;
        loop {
            match self.slots.get_mut(place) {
                Some((known, n)) if *n > 0 && *known == key => return *n - 1,
                Some((_, n)) if *n > 0 => place = (place + 1) & last,
                free => {
                    if let Some(slot) = free {
                        *slot = (key, new + 1);
                    }
                    self.count += 1;
                    if self.count * 2 > self.slots.len() {
                        self.grow();
                    }
                    return new;
                }
            }
        }
    }

    #[cold]
    fn grow(&mut self) {
        let size = self.slots.len() * 2;
        let before = std::mem::replace(&mut self.slots, vec![(0, 0); size]);
        for (key, n) in before.into_iter().filter(|(_, n)| *n > 0) {
            let mut place = self.seed.int(key) as usize & (size - 1);
            while self.slots.get(place).is_some_and(|slot| slot.1 > 0) {
                place = (place + 1) & (size - 1);
            }
            if let Some(slot) = self.slots.get_mut(place) {
                *slot = (key, n);
            }
        }
    }
}

/// Texts, each with the number of its first coming.
#[derive(Debug)]
pub(super) struct Names {
    seed: Seed,
    fold_case: bool,
    /// Hash and number plus one; 0 is free. A power of two, at most half full.
    slots: Vec<(u64, u32)>,
    texts: Vec<Box<str>>,
}

impl Names {
    pub(super) fn new(seed: Seed, fold_case: bool) -> Self {
        Self { seed, fold_case, slots: vec![(0, 0); 16], texts: Vec::new() }
    }

    pub(super) fn text(&self, n: u32) -> &str {
        self.texts.get(n as usize).map_or("", |text| text)
    }

    pub(super) fn len(&self) -> usize {
        self.texts.len()
    }

    #[inline]
    pub(super) fn get(&self, text: &str) -> Option<u32> {
        self.find(self.seed.folded(text, self.fold_case), text).1
    }

    /// The number of a text, a new one if it is new.
    pub(super) fn add(&mut self, text: &str) -> u32 {
        let hash = self.seed.folded(text, self.fold_case);
        let (place, found) = self.find(hash, text);
        if let Some(n) = found {
            return n;
        }
        let n = self.texts.len() as u32; // INVARIANT: fewer than 2^32 rows, and so texts
        self.texts.push(text.into());
        if let Some(slot) = self.slots.get_mut(place) {
            *slot = (hash, n + 1);
        }
        if self.texts.len() * 2 > self.slots.len() {
            self.grow();
        }
        n
    }

    fn same(&self, a: &str, b: &str) -> bool {
        match (self.fold_case, a.len()) {
            (true, _) => a.eq_ignore_ascii_case(b),
            // Most names are short.
            (false, 0..=16) => a.len() == b.len() && ends(a.as_bytes()) == ends(b.as_bytes()),
            (false, _) => a == b,
        }
    }

    /// Where a text stands, or would stand, and its number.
    #[inline]
    fn find(&self, hash: u64, text: &str) -> (usize, Option<u32>) {
        let last = self.slots.len() - 1;
        let mut place = hash as usize & last;
        loop {
            match self.slots.get(place) {
                Some((_, 0)) | None => return (place, None),
                Some((found, n)) if *found == hash && self.same(self.text(n - 1), text) => return (place, Some(n - 1)),
                Some(_) => place = (place + 1) & last,
            }
        }
    }

    fn grow(&mut self) {
        let size = self.slots.len() * 2;
        let before = std::mem::replace(&mut self.slots, vec![(0, 0); size]);
        for (hash, n) in before.into_iter().filter(|(_, n)| *n > 0) {
            let mut place = hash as usize & (size - 1);
            while self.slots.get(place).is_some_and(|slot| slot.1 > 0) {
                place = (place + 1) & (size - 1);
            }
            if let Some(slot) = self.slots.get_mut(place) {
                *slot = (hash, n);
            }
        }
    }
}

/// Names of up to 16 bytes that were looked up lately: few come again and again.
#[derive(Debug)]
pub(super) struct Recent([(u64, u64, usize, u32); 64]);

impl Default for Recent {
    fn default() -> Self {
        Self([(0, 0, 0, 0); 64])
    }
}

impl Recent {
    /// As [`Names::add`]; always of the same names.
    #[inline]
    pub(super) fn add(&mut self, names: &mut Names, text: &str) -> u32 {
        if text.is_empty() || text.len() > 16 {
            return names.add(text);
        }
        let (low, high) = ends(text.as_bytes());
        let place = (low ^ high.rotate_left(29) ^ text.len() as u64).wrapping_mul(0x9e37_79b9_7f4a_7c15) >> 58;
        match self.0.get_mut(place as usize) {
            Some((a, b, length, number)) if (*a, *b, *length) == (low, high, text.len()) => *number,
            place => {
                let number = names.add(text);
                if let Some(place) = place {
                    *place = (low, high, text.len(), number);
                }
                number
            }
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn names_keep_their_numbers() {
        for fold_case in [false, true] {
            let mut names = Names::new(Seed::new(), fold_case);
            let texts: Vec<String> = (0..10_000).map(|n| format!("name {n} of many")).collect();
            for (n, text) in texts.iter().enumerate() {
                assert_eq!(names.add(text), n as u32);
            }
            for (n, text) in texts.iter().enumerate() {
                assert_eq!((names.add(text), names.get(text)), (n as u32, Some(n as u32)));
                assert_eq!(names.get(&text.to_uppercase()), fold_case.then_some(n as u32));
            }
            assert_eq!((names.get(""), names.len()), (None, 10_000));
        }
    }

    #[test]
    fn short_texts_are_told_apart() {
        let mut names = Names::new(Seed::new(), false);
        let mut texts: Vec<String> = Vec::new();
        for length in 0..40 {
            let base = "abcdefghijklmnopqrstuvwxyzABCDEFGHIJKLMN".get(..length).unwrap_or_default();
            texts.push(base.to_owned());
            texts.extend((0..length).map(|at| base.char_indices().map(|(n, c)| if n == at { '-' } else { c }).collect()));
        }
        let numbers: Vec<u32> = texts.iter().map(|text| names.add(text)).collect();
        assert_eq!(numbers, (0..texts.len() as u32).collect::<Vec<_>>());
    }

    // 4,000 names push one another out of 64 places.
    #[test]
    fn what_came_lately_has_the_number_of_its_name() {
        let (mut names, mut recent) = (Names::new(Seed::new(), false), Recent::default());
        let mut twin: Vec<String> = Vec::new();
        let mut state = 1_u64;
        for n in 0..40_000 {
            state = state.wrapping_mul(6_364_136_223_846_793_005).wrapping_add(1_442_695_040_888_963_407);
            let text: String = "éab".chars().cycle().skip((state >> 40) as usize % 3).take((state >> 50) as usize % 20).collect();
            let text = if n % 2 == 0 { text } else { (state >> 52).to_string() };
            let number = twin.iter().position(|known| *known == text).unwrap_or_else(|| {
                twin.push(text.clone());
                twin.len() - 1
            });
            assert_eq!(recent.add(&mut names, &text) as usize, number, "{text}");
        }
    }

    #[test]
    fn numbers_are_found_under_their_keys() {
        let mut numbers = Numbers::new(Seed::new());
        for round in 0..2 {
            for n in 0..10_000_u32 {
                assert_eq!(numbers.get_or(u64::from(n).wrapping_mul(0x1_0000_0001), n + 20_000 * round), n);
            }
        }
    }

    #[test]
    fn different_numbers_have_different_hashes() {
        let seed = Seed::new();
        let mut hashes: Vec<u64> = (0..100_000).map(|n| seed.int(n)).collect();
        hashes.sort_unstable();
        hashes.dedup();
        assert_eq!(hashes.len(), 100_000);
    }
}

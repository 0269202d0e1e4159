//! A23: does the time of a refusal tell where the tag differs, or whether the key is known? After dudect (Reparaz, Balasch, Verbauwhede 2017): two
//! classes of input in random order, Welch's t between their times, over all samples and over those below several percentiles.
//! `cargo bench -p sentby --bench timing`; |t| below 4.5 is no evidence of a difference. The last comparison has one, so that the method is seen to work.

#![allow(
    clippy::float_arithmetic,
    clippy::indexing_slicing,
    clippy::disallowed_methods,
    reason = "it measures, and may panic where it is wrong itself"
)]

use sentby::{Keys, Purpose, Referral, RootKey, Time};
use std::hint::black_box;
use std::time::Instant;

const AUDIENCE: &str = "webinarhaus.example/lena";
const ALPHABET: &[u8; 32] = b"0123456789abcdefghjkmnpqrstvwxyz";

/// Mean and sum of squared differences, one sample at a time (Welford).
#[derive(Clone, Copy, Default)]
struct Moments {
    count: f64,
    mean: f64,
    squares: f64,
}

impl Moments {
    fn push(&mut self, sample: f64) {
        self.count += 1.0;
        let off = sample - self.mean;
        self.mean += off / self.count;
        self.squares += off * (sample - self.mean);
    }

    fn error(&self) -> f64 {
        self.squares / (self.count - 1.0) / self.count
    }
}

fn welch([a, b]: &[Moments; 2]) -> f64 {
    (a.mean - b.mean) / (a.error() + b.error()).sqrt()
}

/// The letters that begin at a bit, with the bit flipped.
fn flipped(text: &str, bit: usize) -> String {
    let mut letters = text.as_bytes().to_vec();
    if let Some(letter) = letters.get_mut(bit / 5) {
        let value = ALPHABET.iter().position(|each| each == letter).unwrap_or_default() ^ (16 >> (bit % 5));
        *letter = ALPHABET.get(value).copied().unwrap_or(b'0');
    }
    String::from_utf8(letters).unwrap_or_default()
}

/// Texts of a class are drawn by number, so that no single text stands for it.
const TEXTS: usize = 512;

/// A text in a place that begins and ends as a line of the cache does.
#[repr(align(128))]
struct Slot([u8; 128]);

impl Slot {
    fn of(text: &str) -> Self {
        let mut bytes = [b' '; 128];
        bytes[..text.len()].copy_from_slice(text.as_bytes());
        Self(bytes)
    }
}

/// What chance shows once, it does not show again: a |t| above 4.5 is measured a second time, over four times the samples, where a true difference
/// has twice the |t| and the same sign.
fn compare(title: &str, samples: usize, classes: [&dyn Fn(usize) -> String; 2], work: impl Fn(&str)) {
    let (t, apart, median) = measure(samples, 1, classes, &work);
    let mut again = String::new();
    let mut differs = t.abs() >= 4.5;
    if differs {
        let (second, ..) = measure(4 * samples, 2, classes, &work);
        differs = second.abs() >= 4.5 && second.signum() == t.signum();
        again = format!(", over {} samples {:.2}", 4 * samples, second.abs() * second.signum() * t.signum());
    }
    let verdict = if differs { "DIFFERENT" } else { "no difference seen" };
    println!("{title:<58} |t| {:>8.2}{again}, at most {apart:>6.2} ns apart, median {median:>4.0} ns: {verdict}", t.abs());
}

/// The largest t, how far the means are apart at most, and the median.
fn measure(samples: usize, seed: u64, classes: [&dyn Fn(usize) -> String; 2], work: &impl Fn(&str)) -> (f64, f64, f64) {
    let mut random = seed.wrapping_mul(0x9e37_79b9_7f4a_7c15);
    let mut draw = move || {
        random = random.wrapping_mul(6_364_136_223_846_793_005).wrapping_add(1_442_695_040_888_963_407);
        random >> 33
    };
    // Which class lies where is drawn as well.
    let length = classes[0](0).len();
    let pool: Vec<(bool, Slot)> =
        (0..TEXTS).map(|n| (draw() & 1 == 1, n)).map(|(class, n)| (class, Slot::of(&classes[usize::from(class)](n)))).collect();
    let mut times: Vec<(bool, f64)> = Vec::with_capacity(samples);
    let mut place = Slot([b' '; 128]);
    for n in 0..samples + 10_000 {
        let (class, slot) = &pool[draw() as usize % TEXTS];
        // Every text is read from one and the same place, or the pool's places in the cache would tell.
        place.0 = black_box(slot.0);
        let (class, text) = (*class, std::str::from_utf8(&black_box(&place).0[..length]).unwrap_or_default());
        let start = Instant::now();
        work(black_box(text));
        let time = start.elapsed().as_nanos() as f64;
        if n >= 10_000 {
            times.push((class, time));
        }
    }
    let mut sorted: Vec<f64> = times.iter().map(|(_, time)| *time).collect();
    sorted.sort_by(f64::total_cmp);
    let (mut worst, mut apart) = (0.0_f64, 0.0_f64);
    for keep in [1.0, 0.99, 0.95, 0.9, 0.75, 0.5] {
        let limit = sorted[((sorted.len() - 1) as f64 * keep) as usize];
        let mut moments = [Moments::default(); 2];
        times.iter().filter(|(_, time)| *time <= limit).for_each(|(class, time)| moments[usize::from(*class)].push(*time));
        let t = welch(&moments);
        worst = if t.abs() > worst.abs() { t } else { worst };
        apart = apart.max((moments[0].mean - moments[1].mean).abs());
    }
    (worst, apart, sorted[sorted.len() / 2])
}

fn main() -> sentby::Result<()> {
    // `cargo test --benches` runs it with this argument: then it only has to work.
    let samples = if std::env::args().any(|arg| arg == "--test") { 1000 } else { 1_000_000 };
    let keys = Keys::new(&[RootKey::new(1, b"0123456789abcdef0123456789abcdef")])?;
    let now = Time::parse("2026-03-01T09:00:00Z")?;
    let referral = Referral { product: Some("521411d4".into()), ..Referral::affiliate("anna") };
    let token = keys.seal(&referral, Purpose::Mail, AUDIENCE, now)?;
    let bits = token.len() * 5 / 8 * 8;
    // A tag that differs in one bit of its first byte, of its last, or of any; and a key id that is another.
    let first = |n: usize| flipped(&token, bits - 128 + n % 8);
    let last = |n: usize| flipped(&token, bits - 8 + n % 8);
    let any = |n: usize| flipped(&token, bits - 128 + n * 37 % 128);
    let unknown = |n: usize| flipped(&any(n), 8 + n % 7);
    let open = |text: &str| {
        let _ = black_box(keys.open(text, Purpose::Mail, AUDIENCE, now));
    };
    println!("{samples} samples each");
    compare("the tag differs in its first byte, or in its last", samples, [&first, &last], open);
    compare("the tag does not fit, or neither that nor the key is known", samples, [&any, &unknown], open);
    compare("nothing differs (the method's own noise)", samples, [&any, &any], open);
    let naive = |text: &str| {
        let _ = black_box(text.as_bytes().iter().zip(token.as_bytes()).all(|(a, b)| black_box(a) == b));
    };
    compare("a comparison that stops early (must be told)", samples, [&first, &last], naive);
    Ok(())
}

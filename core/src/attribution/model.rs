use super::policy::{Model, Spread};

/// The integer weights of touches of these ages (milliseconds before the order), oldest first; 0 means superseded.
pub(super) fn weights(model: Model, ages_ms: &[u64]) -> Vec<u64> {
    let mut weights = vec![0; ages_ms.len()];
    each_weight(model, ages_ms.iter().copied(), |n, weight| {
        if let Some(slot) = weights.get_mut(n) {
            *slot = weight;
        }
    });
    weights
}

/// Calls `each` with the place and weight of every touch that is credited.
pub(crate) fn each_weight(model: Model, ages_ms: impl ExactSizeIterator<Item = u64>, mut each: impl FnMut(usize, u64)) {
    let n = ages_ms.len();
    match model {
        _ if n == 0 => {}
        Model::LastTouch => each(n - 1, 1),
        Model::FirstTouch => each(0, 1),
        Model::PositionBased { .. } if n == 1 => each(0, 1),
        Model::Linear => (0..n).for_each(|k| each(k, 1)),
        Model::PositionBased { first, middle, last, spread } => {
            // INVARIANT: parts ≤ 10^6 and n ≤ 2^20, so a weight is below 2^40 and the sum below 2^53.
            let touches = n as u64;
            let (ends, middle) = match spread {
                Spread::All => (touches, middle),
                Spread::Between if n == 2 => (1, 0),
                // Multiplied by the number of touches between, so that `middle` divides evenly among them.
                Spread::Between => (touches - 2, middle),
            };
            for k in 0..n {
                let end = if k == 0 { first * ends } else { 0 } + if k == n - 1 { last * ends } else { 0 };
                let weight = if spread == Spread::All || end == 0 { middle + end } else { end };
                if weight > 0 {
                    each(k, weight);
                }
            }
        }
        // At least 1: an eligible touch, however old, keeps a trace.
        Model::TimeDecay { half_life_ms } => ages_ms.enumerate().for_each(|(k, age)| each(k, decay(age, half_life_ms).max(1))),
    }
}

/// 2^32 × 2^(−age / half_life), to the nearest integer, computed with integers alone.
fn decay(age_ms: u64, half_life_ms: u64) -> u64 {
    let whole = age_ms / half_life_ms;
    if whole > 32 {
        return 0;
    }
    // The fraction of the exponent in 64 bits; INVARIANT: the remainder is below half_life < 2^53, so the shift fits.
    let fraction = ((u128::from(age_ms % half_life_ms) << 64) / u128::from(half_life_ms)) as u64;
    // From 64 to 32 fractional bits, then `whole` halvings, with one rounding.
    let (shift, half) = (32 + whole, 1_u128 << (31 + whole));
    // The quick power is off by less than 128 from what it is by bits: 32 factors by up to 2 each, their products by 1, its own terms by a few.
    let near = quick_power(fraction) + half;
    if (near + 256) & ((1 << shift) - 1) < 512 {
        return ((power_by_bits(fraction) + half) >> shift) as u64;
    }
    (near >> shift) as u64
}

/// 2^64 × 2^(−fraction / 2^64), bit by bit: this is what a weight is.
fn power_by_bits(fraction: u64) -> u128 {
    let mut value: u128 = 1 << 64;
    for (bit, root) in ROOTS.iter().enumerate() {
        if fraction >> (63 - bit) & 1 == 1 {
            // INVARIANT: value ≤ 2^64 and root < 2^64.
            value = (value * u128::from(*root)) >> 64;
        }
    }
    value
}

/// The same, a few units off: three bytes from tables, the rest by the first terms of its series. What is computed is how far a power is below 1,
/// where (1 − a)(1 − b) is 1 − (a + b − ab).
fn quick_power(fraction: u64) -> u128 {
    let high = |a: u64, b: u64| ((u128::from(a) * u128::from(b)) >> 64) as u64;
    let rest = high(fraction & 0xff_ffff_ff00, LN_2); // the last byte has no say
    let small = rest - ((rest >> 8).pow(2) >> 49); // INVARIANT: the rest is below 2^40
    let [first, second, third, ..] = fraction.to_be_bytes();
    let mut below = small;
    for (byte, list) in [third, second, first].into_iter().zip(BELOW.iter().rev()) {
        let own = list.get(byte as usize).copied().unwrap_or(0);
        below = below + own - high(below, own); // INVARIANT: the sum is below 1/2 + 1/256, in units of 2^−64
    }
    (1 << 64) - u128::from(below)
}

/// The natural logarithm of 2 in 64 fractional bits.
const LN_2: u64 = 0xb172_17f7_d1cf_79ab;

/// For each of three bytes, how far the product of the roots of its bits is below 1, in 64 fractional bits.
static BELOW: [[u64; 256]; 3] = below();

#[allow(clippy::indexing_slicing, reason = "evaluated at compile time, where an index out of bounds is a build error")]
const fn below() -> [[u64; 256]; 3] {
    let mut below = [[0; 256]; 3];
    let mut place = 0;
    while place < 3 {
        let mut byte = 1;
        while byte < 256 {
            let mut value: u128 = 1 << 64;
            let mut bit = 0;
            while bit < 8 {
                if byte >> (7 - bit) & 1 == 1 {
                    value = (value * ROOTS[place * 8 + bit] as u128) >> 64;
                }
                bit += 1;
            }
            below[place][byte] = ((1 << 64) - value) as u64;
            byte += 1;
        }
        place += 1;
    }
    below
}

/// 2^(−1/2), 2^(−1/4), 2^(−1/8), … in 64 fractional bits: each the square root of the one before.
const ROOTS: [u64; 56] = roots();

#[allow(clippy::indexing_slicing, reason = "evaluated at compile time, where an index out of bounds is a build error")]
const fn roots() -> [u64; 56] {
    let mut roots = [0; 56];
    let mut square: u128 = 1 << 127; // 1/2 in 128 fractional bits
    let mut n = 0;
    while n < roots.len() {
        roots[n] = square.isqrt() as u64;
        square = (roots[n] as u128) << 64;
        n += 1;
    }
    roots
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn whole_half_lives_are_exact() {
        for k in 0..=32 {
            assert_eq!(decay(k * 1000, 1000), 1 << (32 - k));
        }
        assert_eq!(decay(33_000, 1000), 0);
        assert_eq!(decay(u64::MAX, 1), 0);
    }

    #[test]
    fn decay_falls_and_never_jumps() {
        let mut before = decay(0, 604_800_000);
        for age in (0..60_u64).map(|d| d * 86_400_000 / 2) {
            let now = decay(age, 604_800_000);
            assert!(now <= before);
            before = now;
        }
    }

    // The twin goes bit by bit.
    #[test]
    fn a_quick_power_is_as_near_as_said() {
        let mut fraction = 1_u64;
        for _ in 0..100_000 {
            fraction = fraction.wrapping_mul(6_364_136_223_846_793_005).wrapping_add(1_442_695_040_888_963_407);
            for masked in [fraction, fraction >> 20 << 20, fraction | 0xffff_0000_ffff_ff00, fraction & 0xff00_ff00_ff00_ff00] {
                assert!(quick_power(masked).abs_diff(power_by_bits(masked)) < 128, "{masked:x}");
            }
        }
    }

    /// The first age at which the quick power alone would round the other way.
    #[test]
    fn the_last_bit_is_that_of_single_bits() {
        let (age, half_life) = (22_952_699_u64, 604_800_000_u64);
        let fraction = ((u128::from(age) << 64) / u128::from(half_life)) as u64;
        let rounded = |power: u128| ((power + (1 << 31)) >> 32) as u64;
        assert_ne!(rounded(quick_power(fraction)), rounded(power_by_bits(fraction)));
        assert_eq!(decay(age, half_life), rounded(power_by_bits(fraction)));
    }

    #[test]
    fn weights_are_what_they_are_bit_by_bit() {
        for half_life in [1, 7, 1000, 86_400_000, 604_800_000, (1 << 53) - 1] {
            let mut age = 12_345_u64;
            for _ in 0..20_000 {
                age = age.wrapping_mul(6_364_136_223_846_793_005).wrapping_add(1_442_695_040_888_963_407);
                let age = (age >> 11) % (half_life * 34).min(1 << 53);
                let whole = age / half_life;
                let fraction = ((u128::from(age % half_life) << 64) / u128::from(half_life)) as u64;
                let exact = if whole > 32 { 0 } else { ((power_by_bits(fraction) + (1 << (31 + whole))) >> (32 + whole)) as u64 };
                assert_eq!(decay(age, half_life), exact, "{age} {half_life}");
            }
        }
    }

    // The twin computes in floats, which is close enough to find a wrong table or shift.
    #[test]
    #[allow(clippy::float_arithmetic, reason = "the naive twin")]
    fn decay_agrees_with_floats() {
        for age in (0..4_000_000_000_u64).step_by(7_777_777) {
            let exact = (32.0 - age as f64 / 604_800_000.0).exp2();
            let ours = decay(age, 604_800_000) as f64;
            assert!((ours - exact).abs() <= 0.5 + exact * 1e-14, "{age}: {ours} {exact}");
        }
    }
}

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
    let mut value: u128 = 1 << 64;
    for (bit, root) in ROOTS.iter().enumerate() {
        if fraction >> (63 - bit) & 1 == 1 {
            // INVARIANT: value ≤ 2^64 and root < 2^64.
            value = (value * u128::from(*root)) >> 64;
        }
    }
    // From 64 to 32 fractional bits, then `whole` halvings, with one rounding.
    let shift = 32 + whole;
    ((value + (1_u128 << (shift - 1))) >> shift) as u64
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

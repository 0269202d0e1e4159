use super::policy::{Model, Spread};

/// The integer weights of touches of these ages (milliseconds before the order), oldest first; 0 means superseded.
pub(super) fn weights(model: Model, ages_ms: &[u64]) -> Vec<u64> {
    let n = ages_ms.len();
    let only = |winner: usize| (0..n).map(|k| u64::from(k == winner)).collect();
    match model {
        Model::LastTouch => only(n.saturating_sub(1)),
        Model::FirstTouch => only(0),
        Model::Linear => vec![1; n],
        Model::PositionBased { first, middle, last, spread } => match (n, spread) {
            (0 | 1, _) => vec![1; n],
            (2, Spread::Between) => vec![first, last],
            // INVARIANT: as below.
            (_, Spread::All) => {
                let all = n as u64;
                (0..n).map(|k| middle + if k == 0 { first * all } else { 0 } + if k == n - 1 { last * all } else { 0 }).collect()
            }
            (_, Spread::Between) => {
                // Multiplied by the number of touches between, so that `middle` divides evenly among them.
                // INVARIANT: parts ≤ 10^6 and n ≤ 2^20, so a weight is below 2^40 and the sum below 2^53.
                let between = n as u64 - 2;
                (0..n)
                    .map(|k| {
                        if k == 0 {
                            first * between
                        } else if k == n - 1 {
                            last * between
                        } else {
                            middle
                        }
                    })
                    .collect()
            }
        },
        // At least 1: an eligible touch, however old, keeps a trace.
        Model::TimeDecay { half_life_ms } => ages_ms.iter().map(|age| decay(*age, half_life_ms).max(1)).collect(),
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

//! A percentage of every amount of a column.

use super::output::table;
use super::table::{BEYOND, IntColumn, Table};
use crate::{ErrorCode, Rate, Result, Rounding, SAFE_MAX};
use arrow_array::{ArrayRef, Int64Array, RecordBatch};
use std::sync::Arc;

/// A percentage of every amount of a column, each rounded once: one table with a column `share` of minor units, a batch for each of the rows'. Amounts are whole
/// minor units; an empty cell stays one.
///
/// # Errors
/// `column_missing`; `column_type` for anything but whole numbers; `money_out_of_range` beyond ±(2^53 − 1), with the row.
///
/// # Example
/// ```
/// use arrow_array::{Int64Array, RecordBatch, cast::AsArray, types::Int64Type};
/// use sentby::{Rate, Rounding};
/// use std::sync::Arc;
/// let gross = Arc::new(Int64Array::from(vec![Some(645), None, Some(-645)])) as arrow_array::ArrayRef;
/// let rows = [RecordBatch::try_from_iter_with_nullable([("gross", gross, true)]).unwrap()];
/// let shares = sentby::share_column(&rows, "gross", Rate::parse("30")?, Rounding::HalfAway)?;
/// let shares: Vec<_> = shares[0].column(0).as_primitive::<Int64Type>().iter().collect();
/// assert_eq!(shares, [Some(194), None, Some(-194)]); // of 193.5
/// # Ok::<(), sentby::Error>(())
/// ```
pub fn share_column(rows: &[RecordBatch], column: &str, rate: Rate, rounding: Rounding) -> Result<Vec<RecordBatch>> {
    let all = Table::new("rows", rows, &[])?;
    let columns = all.required(column, IntColumn::read)?;
    let share = |(n, (batch, ints)): (usize, (&RecordBatch, &IntColumn<'_>))| {
        let is_beyond =
            |row: &usize| ints.is_over(*row) || ints.get(*row).is_some_and(|minor| minor.unsigned_abs() > SAFE_MAX.unsigned_abs());
        let shares: ArrayRef = match ints.plain().map(|minors| rate.of_all(minors, rounding)) {
            Some(Some(shares)) => Arc::new(Int64Array::from(shares)),
            Some(None) | None => {
                if let Some(row) = (0..batch.num_rows()).find(is_beyond) {
                    return Err(all.error(ErrorCode::MoneyOutOfRange, all.start(n) + row, column, BEYOND));
                }
                Arc::new((0..batch.num_rows()).map(|row| ints.get(row).map(|minor| rate.of(minor, rounding))).collect::<Int64Array>())
            }
        };
        table(vec![("share", shares, true)])
    };
    rows.iter().zip(&columns).enumerate().map(share).collect()
}

#[cfg(test)]
mod tests {
    use super::*;

    // The twin is the single amount.
    #[test]
    fn a_column_has_the_shares_of_its_amounts() {
        let mut state = 1_u64;
        let mut next = || {
            state = state.wrapping_mul(6_364_136_223_846_793_005).wrapping_add(1_442_695_040_888_963_407);
            state
        };
        for rate in ["0", "0.000001", "7.5", "30", "33.333333", "99.999999", "100", "-12.5"] {
            let Ok(rate) = Rate::parse(rate) else { continue };
            for rounding in [Rounding::HalfAway, Rounding::HalfEven, Rounding::Down] {
                for bits in [8, 17, 37, 38, 53] {
                    let mut minors: Vec<i64> =
                        (0..200).map(|_| (next() >> (64 - bits)) as i64 * if next() >> 63 == 0 { 1 } else { -1 }).collect();
                    minors.extend([0, 1, -1, 50, -50, (1 << (bits - 1)) - 1]);
                    let wanted: Vec<i64> = minors.iter().map(|minor| rate.of(*minor, rounding)).collect();
                    assert_eq!(rate.of_all(&minors, rounding), Some(wanted), "{rate:?} {rounding} {bits}");
                }
                assert_eq!(rate.of_all(&[0, SAFE_MAX], rounding).map(|list| list.len()), Some(2));
                assert_eq!(rate.of_all(&[0, SAFE_MAX + 1], rounding), None);
                assert_eq!(rate.of_all(&[i64::MIN], rounding), None);
            }
        }
    }

    #[test]
    fn cells_may_be_empty_and_amounts_too_large() {
        let batch = |list: Vec<Option<i64>>| {
            let column = Arc::new(Int64Array::from(list)) as ArrayRef;
            RecordBatch::try_from_iter_with_nullable([("tax", column, true)]).expect("a batch")
        };
        let thirty = Rate::parse("30").expect("a rate");
        let share = |rows: &[RecordBatch], column| share_column(rows, column, thirty, Rounding::Down).map_err(|error| error.to_string());
        let good = [batch(vec![Some(10), None]), batch(vec![]), batch(vec![Some(-9)])];
        let got = share(&good, "tax").expect("shares");
        assert_eq!(
            got,
            [vec![Some(3), None], vec![], vec![Some(-2)]].map(|list| {
                let column = Arc::new(Int64Array::from(list)) as ArrayRef;
                RecordBatch::try_from_iter_with_nullable([("share", column, true)]).expect("a batch")
            })
        );
        // Under an empty cell may lie anything.
        let junk = arrow_array::UInt64Array::new(vec![u64::MAX, 10].into(), Some(vec![false, true].into()));
        let rows = [RecordBatch::try_from_iter_with_nullable([("tax", Arc::new(junk) as ArrayRef, true)]).expect("a batch")];
        assert_eq!(share(&rows, "tax").map(|shares| shares[0].column(0).null_count()), Ok(1));
        let slip = share(
            &[RecordBatch::try_from_iter([("tax", Arc::new(arrow_array::UInt64Array::from(vec![u64::MAX])) as ArrayRef)])
                .expect("a batch")],
            "tax",
        );
        assert!(slip.unwrap_err().starts_with("money_out_of_range: /rows/0/tax"));
        let slip = share(&[batch(vec![Some(1)]), batch(vec![None, Some(SAFE_MAX + 1)])], "tax").unwrap_err();
        assert_eq!(slip, "money_out_of_range: /rows/2/tax: is beyond ±(2^53 − 1) minor units");
        assert!(share(&good, "gross").unwrap_err().starts_with("column_missing: /rows/gross"));
    }
}

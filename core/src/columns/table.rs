//! Tables as they were given: record batches, whose columns are read where they lie.

use crate::error::quote;
use crate::{Error, ErrorCode, Result, SAFE_MAX, Time};
use arrow_array::cast::AsArray;
use arrow_array::types::{
    Int8Type, Int16Type, Int32Type, Int64Type, TimestampMicrosecondType, TimestampMillisecondType, TimestampNanosecondType,
    TimestampSecondType, UInt8Type, UInt16Type, UInt32Type, UInt64Type,
};
use arrow_array::{
    Array, ArrayRef, BooleanArray, Decimal128Array, GenericListArray, LargeStringArray, RecordBatch, StringArray, StringViewArray,
};
use arrow_buffer::NullBuffer;
use arrow_schema::{DataType, TimeUnit};
use std::ops::Range;

/// The rows of one table, in batches.
#[derive(Debug)]
pub(super) struct Table<'a> {
    /// `touches` or `orders`: how errors call it.
    pub(super) name: &'static str,
    pub(super) batches: &'a [RecordBatch],
    /// The first row of each batch, and the number of rows.
    starts: Vec<usize>,
}

impl<'a> Table<'a> {
    /// The table, if its column names can be told apart and it has fewer than 2^32 rows.
    pub(super) fn new(name: &'static str, batches: &'a [RecordBatch], known: &[&str]) -> Result<Self> {
        let mut starts = vec![0];
        let mut rows = 0_usize;
        for batch in batches {
            rows = rows.saturating_add(batch.num_rows());
            starts.push(rows);
        }
        if rows >= u32::MAX as usize {
            return Err(Error::new(
                ErrorCode::TooLarge,
                format!("/{name}: {rows} rows, at most 2^32 − 2 are allowed; split it by visitors"),
            ));
        }
        let table = Self { name, batches, starts };
        table.check_names(known)?;
        Ok(table)
    }

    pub(super) fn rows(&self) -> usize {
        self.starts.last().copied().unwrap_or(0)
    }

    /// The batch that a row lies in, and its place there.
    pub(super) fn place(&self, row: usize) -> (usize, usize) {
        if let [_, _] = self.starts.as_slice() {
            return (0, row);
        }
        let batch = self.starts.partition_point(|start| *start <= row).saturating_sub(1);
        (batch, row - self.starts.get(batch).copied().unwrap_or(0))
    }

    pub(super) fn start(&self, batch: usize) -> usize {
        self.starts.get(batch).copied().unwrap_or(0)
    }

    pub(super) fn has(&self, column: &str) -> bool {
        self.batches.first().is_some_and(|batch| batch.schema_ref().fields().iter().any(|field| field.name() == column))
    }

    /// A column's chunks; `None` if the table has no such column.
    fn chunks(&self, column: &str) -> Result<Option<Vec<&'a ArrayRef>>> {
        let chunks: Vec<&'a ArrayRef> = self.batches.iter().filter_map(|batch| batch.column_by_name(column)).collect();
        match chunks.len() {
            0 => Ok(None),
            n if n == self.batches.len() => Ok(Some(chunks)),
            _ => {
                Err(Error::new(ErrorCode::ColumnMissing, format!("/{}/{column}: some batches have the column, others lack it", self.name)))
            }
        }
    }

    /// A column, each chunk read by `read`; an error names the column.
    pub(super) fn column<T>(&self, column: &str, read: impl Fn(&'a ArrayRef) -> Result<T>) -> Result<Option<Vec<T>>> {
        let Some(chunks) = self.chunks(column)? else { return Ok(None) };
        let read: Result<Vec<T>> = chunks.into_iter().map(read).collect();
        Ok(Some(read.map_err(|e| e.at(format_args!("/{}/{column}", self.name)))?))
    }

    pub(super) fn required<T>(&self, column: &str, read: impl Fn(&'a ArrayRef) -> Result<T>) -> Result<Vec<T>> {
        match self.column(column, read)? {
            Some(chunks) => Ok(chunks),
            None if self.batches.is_empty() => Ok(Vec::new()),
            None => Err(Error::new(ErrorCode::ColumnMissing, format!("/{}/{column}: the table has no such column", self.name))),
        }
    }

    /// An error about one cell.
    pub(super) fn error(&self, code: ErrorCode, row: usize, column: &str, text: impl std::fmt::Display) -> Error {
        Error::new(code, format!("/{}/{row}/{column}: {text}", self.name))
    }

    /// A column that is almost one we know, while that one is missing, is a slip: left alone, it would be ignored.
    fn check_names(&self, known: &[&str]) -> Result<()> {
        let Some(batch) = self.batches.first() else { return Ok(()) };
        let names: Vec<&str> = batch.schema_ref().fields().iter().map(|field| field.name().as_str()).collect();
        for (n, name) in names.iter().enumerate() {
            if names.iter().take(n).any(|earlier| earlier == name) {
                return Err(Error::new(ErrorCode::ColumnType, format!("/{}/{name}: occurs twice", self.name)));
            }
            if !known.contains(name)
                && let Some(meant) = known.iter().find(|known| !names.contains(known) && is_slip(name, known))
            {
                let text = format!("/{}: there is no column {}; is it {} misspelled?", self.name, quote(meant), quote(name));
                return Err(Error::new(ErrorCode::ColumnMissing, text));
            }
        }
        Ok(())
    }
}

/// Whether a name is another in other case or spacing, its plural, or, if it is long enough for that to be no chance (`date` is no `rate`), one letter away.
fn is_slip(name: &str, known: &str) -> bool {
    let plain = |text: &str| text.chars().filter(char::is_ascii_alphanumeric).map(|c| c.to_ascii_lowercase()).collect::<Vec<_>>();
    let (a, b) = (plain(name), plain(known));
    let is_plural = |many: &[char], one: &[char]| many.strip_suffix(&['s']) == Some(one);
    if a == b || is_plural(&a, &b) || is_plural(&b, &a) {
        return true;
    }
    if a.len().abs_diff(b.len()) > 1 || b.len() < 6 {
        return false;
    }
    let head = a.iter().zip(&b).take_while(|(a, b)| a == b).count();
    let tail = |from: usize, of: &[char]| of.get(from..).unwrap_or_default().to_vec();
    let swapped = a.get(head) == b.get(head + 1) && a.get(head + 1) == b.get(head) && tail(head + 2, &a) == tail(head + 2, &b);
    match a.len().cmp(&b.len()) {
        std::cmp::Ordering::Equal => swapped || tail(head + 1, &a) == tail(head + 1, &b),
        std::cmp::Ordering::Less => tail(head, &a) == tail(head + 1, &b),
        std::cmp::Ordering::Greater => tail(head + 1, &a) == tail(head, &b),
    }
}

#[inline]
pub(super) fn is_null(nulls: Option<&NullBuffer>, row: usize) -> bool {
    nulls.is_some_and(|nulls| row >= nulls.len() || nulls.is_null(row))
}

fn wrong(array: &ArrayRef, wanted: &str) -> Error {
    Error::new(ErrorCode::ColumnType, format!("is {}, expected {wanted}", array.data_type()))
}

/// Integers of any width, in place.
#[derive(Clone, Copy, Debug)]
pub(super) enum Ints<'a> {
    I8(&'a [i8]),
    I16(&'a [i16]),
    I32(&'a [i32]),
    I64(&'a [i64]),
    U8(&'a [u8]),
    U16(&'a [u16]),
    U32(&'a [u32]),
    U64(&'a [u64]),
}

impl<'a> Ints<'a> {
    pub(super) fn of(array: &'a dyn Array) -> Option<Self> {
        Some(match array.data_type() {
            DataType::Int8 => Self::I8(array.as_primitive::<Int8Type>().values()),
            DataType::Int16 => Self::I16(array.as_primitive::<Int16Type>().values()),
            DataType::Int32 => Self::I32(array.as_primitive::<Int32Type>().values()),
            DataType::Int64 => Self::I64(array.as_primitive::<Int64Type>().values()),
            DataType::UInt8 => Self::U8(array.as_primitive::<UInt8Type>().values()),
            DataType::UInt16 => Self::U16(array.as_primitive::<UInt16Type>().values()),
            DataType::UInt32 => Self::U32(array.as_primitive::<UInt32Type>().values()),
            DataType::UInt64 => Self::U64(array.as_primitive::<UInt64Type>().values()),
            _ => return None,
        })
    }

    /// The value as 64 bits of two's complement; what is no row reads as 0.
    #[inline]
    pub(super) fn get(&self, row: usize) -> i64 {
        match self {
            Self::I8(values) => values.get(row).copied().unwrap_or(0).into(),
            Self::I16(values) => values.get(row).copied().unwrap_or(0).into(),
            Self::I32(values) => values.get(row).copied().unwrap_or(0).into(),
            Self::I64(values) => values.get(row).copied().unwrap_or(0),
            Self::U8(values) => values.get(row).copied().unwrap_or(0).into(),
            Self::U16(values) => values.get(row).copied().unwrap_or(0).into(),
            Self::U32(values) => values.get(row).copied().unwrap_or(0).into(),
            Self::U64(values) => values.get(row).copied().unwrap_or(0).cast_signed(),
        }
    }

    /// Whether each value is above the one before, as 64 bits of two's complement.
    pub(super) fn rises(&self) -> bool {
        macro_rules! run {
            ($values:expr) => {
                $values.is_sorted_by(|a, b| a < b)
            };
        }
        match self {
            Self::I8(values) => run!(values),
            Self::I16(values) => run!(values),
            Self::I32(values) => run!(values),
            Self::I64(values) => run!(values),
            Self::U8(values) => run!(values),
            Self::U16(values) => run!(values),
            Self::U32(values) => run!(values),
            Self::U64(values) => values.is_sorted_by(|a, b| a.cast_signed() < b.cast_signed()),
        }
    }

    /// Whether the value at a row is one that 63 bits do not hold.
    pub(super) fn is_over(&self, row: usize) -> bool {
        matches!(self, Self::U64(_)) && self.get(row) < 0
    }
}

/// A column of integers, some of which may be missing.
#[derive(Clone, Copy, Debug)]
pub(super) struct IntColumn<'a> {
    pub(super) ints: Ints<'a>,
    nulls: Option<&'a NullBuffer>,
}

impl<'a> IntColumn<'a> {
    pub(super) fn read(array: &'a ArrayRef) -> Result<Self> {
        let ints = Ints::of(array).ok_or_else(|| wrong(array, "whole numbers"))?;
        Ok(Self { ints, nulls: array.nulls() })
    }

    #[inline]
    pub(super) fn get(&self, row: usize) -> Option<i64> {
        (!is_null(self.nulls, row)).then(|| self.ints.get(row))
    }

    /// Whether there is a value that 63 bits do not hold; what lies under an empty cell is none.
    pub(super) fn is_over(&self, row: usize) -> bool {
        !is_null(self.nulls, row) && self.ints.is_over(row)
    }

    /// The values, where they are of 64 bits and none is missing.
    pub(super) fn plain(&self) -> Option<&'a [i64]> {
        match self.ints {
            Ints::I64(values) if self.nulls.is_none_or(|nulls| nulls.null_count() == 0) => Some(values),
            _ => None,
        }
    }
}

/// What is said of an amount that is none.
pub(super) const BEYOND: &str = "is beyond ±(2^53 − 1) minor units";

/// A column of texts: plain, large, views, or a dictionary of any of them.
#[derive(Clone, Copy, Debug)]
pub(super) enum TextColumn<'a> {
    Utf8(&'a StringArray),
    Large(&'a LargeStringArray),
    View(&'a StringViewArray),
    Dictionary {
        keys: Ints<'a>,
        nulls: Option<&'a NullBuffer>,
        values: Plain<'a>,
    },
    /// A column of nulls, as tools write one that has no value at all.
    Null,
}

/// The values of a dictionary.
#[derive(Clone, Copy, Debug)]
pub(super) enum Plain<'a> {
    Utf8(&'a StringArray),
    Large(&'a LargeStringArray),
    View(&'a StringViewArray),
}

impl<'a> Plain<'a> {
    fn of(array: &'a dyn Array) -> Option<Self> {
        Some(match array.data_type() {
            DataType::Utf8 => Self::Utf8(array.as_string::<i32>()),
            DataType::LargeUtf8 => Self::Large(array.as_string::<i64>()),
            DataType::Utf8View => Self::View(array.as_string_view()),
            _ => return None,
        })
    }

    pub(super) fn len(&self) -> usize {
        match self {
            Self::Utf8(array) => array.len(),
            Self::Large(array) => array.len(),
            Self::View(array) => array.len(),
        }
    }

    pub(super) fn get(&self, n: usize) -> Option<&'a str> {
        match self {
            Self::Utf8(array) => (n < array.len() && !array.is_null(n)).then(|| array.value(n)),
            Self::Large(array) => (n < array.len() && !array.is_null(n)).then(|| array.value(n)),
            Self::View(array) => (n < array.len() && !array.is_null(n)).then(|| array.value(n)),
        }
    }
}

impl<'a> TextColumn<'a> {
    pub(super) fn read(array: &'a ArrayRef) -> Result<Self> {
        Self::of(array).ok_or_else(|| wrong(array, "texts"))
    }

    pub(super) fn of(array: &'a dyn Array) -> Option<Self> {
        Some(match array.data_type() {
            DataType::Utf8 => Self::Utf8(array.as_string::<i32>()),
            DataType::LargeUtf8 => Self::Large(array.as_string::<i64>()),
            DataType::Utf8View => Self::View(array.as_string_view()),
            DataType::Null => Self::Null,
            DataType::Dictionary(_, _) => {
                let dictionary = array.as_any_dictionary();
                Self::Dictionary {
                    keys: Ints::of(dictionary.keys())?,
                    nulls: array.nulls(),
                    values: Plain::of(dictionary.values().as_ref())?,
                }
            }
            _ => return None,
        })
    }

    /// Shows some rows' texts to `each`; an empty cell shows as any text.
    pub(super) fn each(&self, rows: Range<usize>, mut each: impl FnMut(&'a str)) {
        match self {
            Self::Utf8(array) => rows.for_each(|row| each(array.value(row))),
            Self::Large(array) => rows.for_each(|row| each(array.value(row))),
            Self::View(array) => rows.for_each(|row| each(array.value(row))),
            Self::Dictionary { .. } | Self::Null => rows.for_each(|row| each(self.get(row).unwrap_or_default())),
        }
    }

    #[inline]
    pub(super) fn get(&self, row: usize) -> Option<&'a str> {
        match self {
            Self::Utf8(array) => (!array.is_null(row)).then(|| array.value(row)),
            Self::Large(array) => (!array.is_null(row)).then(|| array.value(row)),
            Self::View(array) => (!array.is_null(row)).then(|| array.value(row)),
            Self::Dictionary { keys, nulls, values } => {
                if is_null(*nulls, row) {
                    return None;
                }
                values.get(usize::try_from(keys.get(row)).unwrap_or(usize::MAX))
            }
            Self::Null => None,
        }
    }
}

/// A column of times, in milliseconds.
#[derive(Clone, Copy, Debug)]
pub(super) struct TimeColumn<'a> {
    values: &'a [i64],
    nulls: Option<&'a NullBuffer>,
    /// Units in a millisecond, or milliseconds in a unit.
    unit: Unit,
}

#[derive(Clone, Copy, Debug)]
enum Unit {
    Seconds,
    Millis,
    Parts(i64),
}

impl<'a> TimeColumn<'a> {
    /// Timestamps with a zone, whose values Arrow keeps in UTC, or integers: milliseconds since 1970 in UTC. What is finer than
    /// a millisecond is cut off, towards the past.
    pub(super) fn read(array: &'a ArrayRef) -> Result<Self> {
        let naive = || {
            let text = "is a timestamp without a time zone; say which one its times are in";
            Error::new(ErrorCode::TimeNaive, text)
        };
        let (values, unit): (&[i64], Unit) = match array.data_type() {
            DataType::Timestamp(_, None) => return Err(naive()),
            DataType::Timestamp(TimeUnit::Second, Some(_)) => (array.as_primitive::<TimestampSecondType>().values(), Unit::Seconds),
            DataType::Timestamp(TimeUnit::Millisecond, Some(_)) => {
                (array.as_primitive::<TimestampMillisecondType>().values(), Unit::Millis)
            }
            DataType::Timestamp(TimeUnit::Microsecond, Some(_)) => {
                (array.as_primitive::<TimestampMicrosecondType>().values(), Unit::Parts(1_000))
            }
            DataType::Timestamp(TimeUnit::Nanosecond, Some(_)) => {
                (array.as_primitive::<TimestampNanosecondType>().values(), Unit::Parts(1_000_000))
            }
            DataType::Int64 => (array.as_primitive::<Int64Type>().values(), Unit::Millis),
            _ => return Err(wrong(array, "timestamps with a time zone, or milliseconds since 1970 as int64")),
        };
        Ok(Self { values, nulls: array.nulls(), unit })
    }

    /// The milliseconds, whatever they are; `None` where the cell is empty.
    #[inline]
    pub(super) fn millis(&self, row: usize) -> Option<i64> {
        if is_null(self.nulls, row) {
            return None;
        }
        let value = self.values.get(row).copied().unwrap_or(0);
        Some(match self.unit {
            Unit::Millis => value,
            Unit::Seconds => value.saturating_mul(1000),
            Unit::Parts(parts) => value.div_euclid(parts),
        })
    }

    /// Appends the milliseconds of all rows, and says whether each is a time.
    pub(super) fn all(&self, out: &mut Vec<i64>) -> bool {
        if self.has_nulls() {
            return false;
        }
        let from = out.len();
        match self.unit {
            Unit::Millis => out.extend_from_slice(self.values),
            Unit::Seconds => out.extend(self.values.iter().map(|value| value.saturating_mul(1000))),
            Unit::Parts(parts) => out.extend(self.values.iter().map(|value| value.div_euclid(parts))),
        }
        out.get(from..).unwrap_or_default().iter().fold(true, |are, millis| are & is_time(*millis))
    }

    /// The milliseconds of some rows; an empty cell reads as what is no time.
    pub(super) fn fill(&self, rows: &[u32], out: &mut Vec<i64>) {
        let value = |row: &u32| self.values.get(*row as usize).copied().unwrap_or(i64::MIN);
        out.clear();
        match self.unit {
            _ if self.nulls.is_some() => out.extend(rows.iter().map(|row| self.millis(*row as usize).unwrap_or(i64::MIN))),
            Unit::Millis => out.extend(rows.iter().map(value)),
            Unit::Seconds => out.extend(rows.iter().map(|row| value(row).saturating_mul(1000))),
            Unit::Parts(parts) => out.extend(rows.iter().map(|row| value(row).div_euclid(parts))),
        }
    }

    /// Whether each of some rows is no earlier than the one before.
    pub(super) fn are_sorted(&self, rows: Range<usize>) -> bool {
        !self.has_nulls() && self.values.get(rows).unwrap_or_default().is_sorted()
    }

    /// Whether any cell is empty.
    pub(super) fn has_nulls(&self) -> bool {
        self.nulls.is_some_and(|nulls| nulls.null_count() > 0)
    }
}

/// Whether milliseconds are a time.
pub(super) fn is_time(millis: i64) -> bool {
    (-SAFE_MAX..=SAFE_MAX).contains(&millis)
}

pub(super) fn time(table: &Table<'_>, row: usize, column: &str, millis: i64) -> Result<Time> {
    Time::from_millis(millis).map_err(|error| error.at(format_args!("/{}/{row}/{column}", table.name)))
}

/// A column of truth values.
#[derive(Clone, Copy, Debug)]
pub(super) struct BoolColumn<'a>(Option<&'a BooleanArray>);

impl<'a> BoolColumn<'a> {
    pub(super) fn read(array: &'a ArrayRef) -> Result<Self> {
        match array.data_type() {
            DataType::Boolean => Ok(Self(Some(array.as_boolean()))),
            DataType::Null => Ok(Self(None)),
            _ => Err(wrong(array, "true or false")),
        }
    }

    pub(super) fn get(&self, row: usize) -> Option<bool> {
        self.0.filter(|array| !array.is_null(row)).map(|array| array.value(row))
    }
}

/// A column of lists of texts; a text stands for a list of one.
#[derive(Clone, Copy, Debug)]
pub(super) enum ListColumn<'a> {
    One(TextColumn<'a>),
    Small(&'a GenericListArray<i32>, TextColumn<'a>),
    Large(&'a GenericListArray<i64>, TextColumn<'a>),
}

impl<'a> ListColumn<'a> {
    pub(super) fn read(array: &'a ArrayRef) -> Result<Self> {
        let list = match array.data_type() {
            DataType::List(_) => {
                let list = array.as_list::<i32>();
                TextColumn::of(list.values()).map(|texts| Self::Small(list, texts))
            }
            DataType::LargeList(_) => {
                let list = array.as_list::<i64>();
                TextColumn::of(list.values()).map(|texts| Self::Large(list, texts))
            }
            _ => TextColumn::of(array).map(Self::One),
        };
        list.ok_or_else(|| wrong(array, "texts or lists of texts"))
    }

    /// The texts at a row, without the missing ones.
    pub(super) fn get(&self, row: usize) -> Vec<&'a str> {
        let (range, texts) = match self {
            Self::One(texts) => return texts.get(row).into_iter().collect(),
            Self::Small(list, _) if list.is_null(row) => return Vec::new(),
            Self::Large(list, _) if list.is_null(row) => return Vec::new(),
            Self::Small(list, texts) => {
                let start = list.value_offsets().get(row).copied().unwrap_or(0).unsigned_abs() as usize;
                (start..start + list.value_length(row).unsigned_abs() as usize, texts)
            }
            Self::Large(list, texts) => {
                let start = list.value_offsets().get(row).copied().unwrap_or(0).unsigned_abs() as usize;
                (start..start + list.value_length(row).unsigned_abs() as usize, texts)
            }
        };
        range.filter_map(|n| texts.get(n)).collect()
    }
}

/// A column of amounts: whole numbers are minor units, decimals and texts are decimal amounts of the row's currency.
#[derive(Clone, Copy, Debug)]
pub(super) enum MoneyColumn<'a> {
    Minor(IntColumn<'a>),
    Decimal(&'a Decimal128Array, i8),
    Text(TextColumn<'a>),
}

impl<'a> MoneyColumn<'a> {
    pub(super) fn read(array: &'a ArrayRef) -> Result<Self> {
        if let DataType::Decimal128(_, scale) = array.data_type() {
            return Ok(Self::Decimal(array.as_primitive(), *scale));
        }
        if let Some(texts) = TextColumn::of(array) {
            return Ok(Self::Text(texts));
        }
        IntColumn::read(array)
            .map(Self::Minor)
            .map_err(|_| wrong(array, "minor units as whole numbers, decimals, or decimal texts (never floats)"))
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn slips_are_told_from_other_names() {
        for (name, known) in [
            ("Affiliate", "affiliate"),
            ("afiliate", "affiliate"),
            ("affilaite", "affiliate"),
            ("orders", "order"),
            ("coupon", "coupons"),
            ("Click ID", "click_id"),
            ("visitir", "visitor"),
        ] {
            assert!(is_slip(name, known), "{name}");
        }
        for (name, known) in [
            ("date", "rate"),
            ("time", "line"),
            ("id", "at"),
            ("customer_id", "customer"),
            ("state", "rate"),
            ("total", "tax"),
            ("partner", "affiliate"),
        ] {
            assert!(!is_slip(name, known), "{name}");
        }
    }
}

//! Visitors who are one person.

use super::names::{Names, Seed};
use super::table::Table;
use super::touches::KeyColumn;
use crate::{Error, ErrorCode, Result};
use arrow_array::{Array, ArrayRef, Int64Array, LargeStringArray, RecordBatch};
use arrow_schema::{Field, Schema};
use std::sync::Arc;

/// The same table with one visitor for every person. Each row of `same` says that `visitor` and `other` are one; whoever is joined, over any number of steps, gets
/// the smallest of their ids.
///
/// # Errors
/// `column_missing`, `column_type` where visitors are texts in one table and whole numbers in the other.
///
/// # Example
/// ```
/// use arrow_array::{Array, RecordBatch, StringArray, cast::AsArray};
/// use std::sync::Arc;
/// let texts = |list: &[&str]| Arc::new(StringArray::from(list.to_vec())) as arrow_array::ArrayRef;
/// let touches = RecordBatch::try_from_iter([("visitor", texts(&["phone", "pc", "other"]))]).unwrap();
/// let same = RecordBatch::try_from_iter([("visitor", texts(&["phone", "lena"])), ("other", texts(&["lena", "pc"]))]).unwrap();
/// let joined = sentby::join_visitors(&[touches], &[same])?;
/// let visitors = joined[0].column(0).as_string::<i64>();
/// assert_eq!((visitors.value(0), visitors.value(1), visitors.value(2)), ("lena", "lena", "other"));
/// # Ok::<(), sentby::Error>(())
/// ```
pub fn join_visitors(rows: &[RecordBatch], same: &[RecordBatch]) -> Result<Vec<RecordBatch>> {
    let pairs = Table::new("same", same, &["visitor", "other"])?;
    let (a, b) = (pairs.required("visitor", KeyColumn::read)?, pairs.required("other", KeyColumn::read)?);
    let table = Table::new("rows", rows, &["visitor"])?;
    let keys = table.required("visitor", KeyColumn::read)?;
    let is_text = |key: &KeyColumn<'_>| matches!(key, KeyColumn::Texts(..));
    let kinds: Vec<bool> = a.iter().chain(&b).chain(&keys).map(is_text).collect();
    if kinds.windows(2).any(|pair| matches!(pair, [a, b] if a != b)) {
        return Err(Error::new(ErrorCode::ColumnType, "/same/visitor: visitors are texts in one table and whole numbers in the other"));
    }
    let mut groups = Groups { names: Names::new(Seed::new(), false), parents: Vec::new() };
    for (n, (a, b)) in a.iter().zip(&b).enumerate() {
        for row in 0..same.get(n).map_or(0, RecordBatch::num_rows) {
            if let (Some(a), Some(b)) = (text(a, row), text(b, row)) {
                groups.join(&a, &b);
            }
        }
    }
    let smallest = groups.smallest(kinds.first().copied().unwrap_or(true));
    rows.iter()
        .zip(&keys)
        .map(|(batch, key)| {
            let of = |row: usize| {
                let own = text(key, row)?;
                let found = groups.names.get(&own).and_then(|n| smallest.get(groups.root(n) as usize)).cloned();
                Some(found.unwrap_or(own))
            };
            let joined: ArrayRef = match key {
                KeyColumn::Texts(..) => Arc::new((0..batch.num_rows()).map(of).collect::<LargeStringArray>()),
                KeyColumn::Ints(..) => {
                    Arc::new((0..batch.num_rows()).map(|row| of(row).and_then(|id| id.parse().ok())).collect::<Int64Array>())
                }
            };
            replace(batch, joined)
        })
        .collect()
}

fn text(key: &KeyColumn<'_>, row: usize) -> Option<String> {
    if key.is_null(row) {
        return None;
    }
    Some(match key {
        KeyColumn::Texts(texts, _) => texts.get(row)?.to_owned(),
        KeyColumn::Ints(ints, _) => ints.ints.get(row).to_string(),
    })
}

fn replace(batch: &RecordBatch, visitors: ArrayRef) -> Result<RecordBatch> {
    let schema = batch.schema();
    let fields: Vec<Field> = schema
        .fields()
        .iter()
        .map(
            |field| {
                if field.name() == "visitor" { Field::new("visitor", visitors.data_type().clone(), true) } else { field.as_ref().clone() }
            },
        )
        .collect();
    let columns = batch
        .columns()
        .iter()
        .zip(&fields)
        .map(|(column, field)| if field.name() == "visitor" { visitors.clone() } else { column.clone() });
    RecordBatch::try_new(Arc::new(Schema::new(fields.clone())), columns.collect())
        .map_err(|error| Error::new(ErrorCode::TooLarge, error.to_string()))
}

/// Tarjan's union-find.
struct Groups {
    names: Names,
    parents: Vec<u32>,
}

impl Groups {
    fn number(&mut self, name: &str) -> u32 {
        let n = self.names.add(name);
        if n as usize == self.parents.len() {
            self.parents.push(n);
        }
        n
    }

    fn root(&self, mut n: u32) -> u32 {
        while let Some(parent) = self.parents.get(n as usize).copied().filter(|parent| *parent != n) {
            n = parent;
        }
        n
    }

    fn join(&mut self, a: &str, b: &str) {
        let (a, b) = (self.number(a), self.number(b));
        let (x, y) = (self.root(a), self.root(b));
        // Both paths end at the new root from now on, so that no path grows long.
        for start in [a, b] {
            let mut n = start;
            while let Some(slot) = self.parents.get_mut(n as usize) {
                let next = *slot;
                *slot = x.min(y);
                if next == n {
                    break;
                }
                n = next;
            }
        }
    }

    /// The smallest id of each group, by root.
    fn smallest(&self, is_text: bool) -> Vec<String> {
        let mut smallest: Vec<Option<String>> = vec![None; self.parents.len()];
        let less = |a: &str, b: &str| if is_text { a < b } else { a.parse::<i64>().ok() < b.parse::<i64>().ok() };
        for n in 0..self.parents.len() as u32 {
            let own = self.names.text(n);
            if let Some(slot) = smallest.get_mut(self.root(n) as usize)
                && slot.as_deref().is_none_or(|known| less(own, known))
            {
                *slot = Some(own.to_owned());
            }
        }
        smallest.into_iter().map(Option::unwrap_or_default).collect()
    }
}

/// Which of `parts` parts each visitor belongs to: the rows of one part, and their numbers in the whole table. All rows of a visitor are in one part, in every
/// table, on every machine; so a table that does not fit into memory is decided part by part. An empty visitor belongs to the first.
///
/// # Errors
/// `number_invalid` unless `part` is below `parts`; `column_missing`, `column_type`.
///
/// # Example
/// ```
/// use arrow_array::{Int64Array, RecordBatch};
/// use std::sync::Arc;
/// let visitors = Arc::new(Int64Array::from_iter_values(0..100)) as arrow_array::ArrayRef;
/// let rows = [RecordBatch::try_from_iter([("visitor", visitors)]).unwrap()];
/// let sizes: Vec<usize> = (0..4).map(|part| sentby::part_of_visitors(&rows, part, 4).unwrap().1.len()).collect();
/// assert_eq!(sizes.iter().sum::<usize>(), 100);
/// ```
pub fn part_of_visitors(rows: &[RecordBatch], part: u32, parts: u32) -> Result<(Vec<RecordBatch>, Vec<i64>)> {
    if part >= parts {
        return Err(Error::new(ErrorCode::NumberInvalid, format!("/part: {part} is not below {parts}")));
    }
    let table = Table::new("rows", rows, &["visitor"])?;
    let keys = table.required("visitor", KeyColumn::read)?;
    let (mut batches, mut numbers) = (Vec::with_capacity(rows.len()), Vec::new());
    for (n, (batch, key)) in rows.iter().zip(&keys).enumerate() {
        let is_mine = |row: usize| {
            let hash = match key {
                _ if key.is_null(row) => 0,
                KeyColumn::Texts(texts, _) => fnv(texts.get(row).unwrap_or_default().as_bytes()),
                KeyColumn::Ints(ints, _) => fnv(&ints.ints.get(row).to_le_bytes()),
            };
            hash % u64::from(parts) == u64::from(part)
        };
        let places: Vec<u32> = (0..batch.num_rows()).filter(|row| is_mine(*row)).map(|row| row as u32).collect();
        numbers.extend(places.iter().map(|place| (table.start(n) + *place as usize) as i64));
        let places = arrow_array::UInt32Array::from(places);
        let failed = |error: arrow_schema::ArrowError| Error::new(ErrorCode::TooLarge, error.to_string());
        let columns = batch
            .columns()
            .iter()
            .map(|column| arrow_select::take::take(column.as_ref(), &places, None))
            .collect::<std::result::Result<Vec<_>, _>>();
        batches.push(RecordBatch::try_new(batch.schema(), columns.map_err(failed)?).map_err(failed)?);
    }
    Ok((batches, numbers))
}

/// Fowler, Noll and Vo's hash, with a last mix: the same everywhere and always.
fn fnv(bytes: &[u8]) -> u64 {
    let hash = bytes.iter().fold(0xcbf2_9ce4_8422_2325_u64, |hash, byte| (hash ^ u64::from(*byte)).wrapping_mul(0x0000_0100_0000_01b3));
    (hash ^ hash >> 32).wrapping_mul(0x9e37_79b9_7f4a_7c15) >> 16
}

//! The table of touches.

use super::names::Names;
use super::table::{BoolColumn, IntColumn, Ints, Plain, Table, TextColumn, TimeColumn, is_null, is_time, time};
use super::{on_threads, stretches};
use crate::{Consent, ErrorCode, Evidence, Result, Touch};
use arrow_array::{Array, ArrayRef, RecordBatch};
use arrow_buffer::NullBuffer;
use std::ops::Range;

pub(super) const KNOWN: [&str; 11] =
    ["visitor", "at", "affiliate", "evidence", "product", "campaign", "click_id", "coupon", "consent", "navigated", "signed"];

/// A code that stands for no name that is known.
pub(super) const UNKNOWN: u32 = u32::MAX;
/// A code that stands for an empty cell.
pub(super) const NONE: u32 = u32::MAX - 1;

/// Who visits: whole numbers or texts.
#[derive(Clone, Copy, Debug)]
pub(super) enum KeyColumn<'a> {
    Ints(IntColumn<'a>, Option<&'a NullBuffer>),
    Texts(TextColumn<'a>, Option<&'a NullBuffer>),
}

impl<'a> KeyColumn<'a> {
    pub(super) fn read(array: &'a ArrayRef) -> Result<Self> {
        match TextColumn::of(array) {
            Some(texts) => Ok(Self::Texts(texts, array.nulls())),
            None => IntColumn::read(array).map(|ints| Self::Ints(ints, array.nulls())).map_err(|_| {
                let text = format!("is {}, expected texts or whole numbers", array.data_type());
                crate::Error::new(ErrorCode::ColumnType, text)
            }),
        }
    }

    pub(super) fn is_null(&self, row: usize) -> bool {
        let (Self::Ints(_, nulls) | Self::Texts(_, nulls)) = self;
        is_null(*nulls, row) || matches!(self, Self::Texts(TextColumn::Null, _))
    }

    pub(super) fn has_nulls(&self) -> bool {
        let (Self::Ints(_, nulls) | Self::Texts(_, nulls)) = self;
        nulls.is_some_and(|nulls| nulls.null_count() > 0) || matches!(self, Self::Texts(TextColumn::Null, _))
    }
}

/// A column of few different texts, as codes: a dictionary's texts are looked up once.
#[derive(Debug)]
pub(super) struct Codes<'a> {
    texts: TextColumn<'a>,
    /// The codes of a dictionary's values.
    map: Vec<u32>,
}

impl<'a> Codes<'a> {
    pub(super) fn new(texts: TextColumn<'a>, code: impl Fn(&str) -> u32) -> Self {
        let map = match texts {
            TextColumn::Dictionary { values, .. } => codes_of(values, code),
            _ => Vec::new(),
        };
        Self { texts, map }
    }

    #[inline]
    pub(super) fn code(&self, row: usize, code: impl Fn(&str) -> u32) -> u32 {
        match &self.texts {
            TextColumn::Dictionary { keys, nulls, .. } => {
                if is_null(*nulls, row) {
                    return NONE;
                }
                self.map.get(usize::try_from(keys.get(row)).unwrap_or(usize::MAX)).copied().unwrap_or(NONE)
            }
            texts => texts.get(row).map_or(NONE, code),
        }
    }

    /// Whether each row has a code below a number, as far as that can be told without looking at all; `may_be_empty`: or nothing.
    fn are_below(&self, most: usize, may_be_empty: bool) -> bool {
        match &self.texts {
            TextColumn::Dictionary { nulls, .. } => {
                let is_one = |code: &u32| (*code as usize) < most || (may_be_empty && *code == NONE);
                (may_be_empty || nulls.is_none_or(|nulls| nulls.null_count() == 0)) && self.map.iter().all(is_one)
            }
            _ => false,
        }
    }

    /// The codes of some rows.
    fn fill(&self, rows: &[u32], out: &mut Vec<u32>, code: impl Fn(&str) -> u32) {
        out.clear();
        match &self.texts {
            TextColumn::Dictionary { keys: Ints::I32(keys), nulls: None, .. } => {
                let key = |row: &u32| keys.get(*row as usize).map_or(usize::MAX, |key| *key as usize);
                out.extend(rows.iter().map(|row| self.map.get(key(row)).copied().unwrap_or(NONE)));
            }
            _ => out.extend(rows.iter().map(|row| self.code(*row as usize, &code))),
        }
    }

    pub(super) fn text(&self, row: usize) -> Option<&'a str> {
        self.texts.get(row)
    }
}

/// What deciding asks of some touches, column by column; an empty column stands for what its absence means.
#[derive(Debug, Default)]
pub(super) struct FactColumns {
    affiliate: Vec<u32>,
    evidence: Vec<Evidence>,
    product: Vec<u32>,
    consent: Vec<Consent>,
    navigated: Vec<bool>,
    signed: Vec<bool>,
    default: Option<Evidence>,
    codes: Vec<u32>,
}

impl FactColumns {
    #[inline]
    pub(super) fn get(&self, n: usize) -> Facts {
        Facts {
            affiliate: self.affiliate.get(n).copied().unwrap_or(UNKNOWN),
            evidence: self.evidence.get(n).copied().or(self.default).unwrap_or(Evidence::Click),
            product: self.product.get(n).copied().unwrap_or(NONE),
            consent: self.consent.get(n).copied().unwrap_or(Consent::Unknown),
            navigated: self.navigated.get(n).copied().unwrap_or(true),
            signed: self.signed.get(n).copied().unwrap_or(false),
        }
    }
}

fn codes_of(values: Plain<'_>, code: impl Fn(&str) -> u32) -> Vec<u32> {
    (0..values.len()).map(|n| values.get(n).map_or(NONE, &code)).collect()
}

/// What the engine looks up names in.
#[derive(Clone, Copy, Debug)]
pub(super) struct Lookups<'l> {
    pub(super) affiliates: &'l Names,
    pub(super) products: &'l Names,
}

/// One batch of touches.
#[derive(Debug)]
pub(super) struct Chunk<'a> {
    pub(super) visitor: KeyColumn<'a>,
    pub(super) at: TimeColumn<'a>,
    pub(super) affiliate: Codes<'a>,
    evidence: Option<Codes<'a>>,
    product: Option<Codes<'a>>,
    consent: Option<Codes<'a>>,
    navigated: Option<BoolColumn<'a>>,
    signed: Option<BoolColumn<'a>>,
    pub(super) campaign: Option<TextColumn<'a>>,
    pub(super) click_id: Option<TextColumn<'a>>,
    pub(super) coupon: Option<TextColumn<'a>>,
    pub(super) rows: usize,
}

/// The table of touches.
#[derive(Debug)]
pub(super) struct Touches<'a> {
    pub(super) table: Table<'a>,
    pub(super) chunks: Vec<Chunk<'a>>,
    pub(super) has_clicks: bool,
    /// The evidence of touches whose table has no such column.
    default: Evidence,
}

/// What deciding asks of a touch, beside its time and place.
#[derive(Clone, Copy, Debug)]
pub(super) struct Facts {
    pub(super) affiliate: u32,
    pub(super) evidence: Evidence,
    pub(super) product: u32,
    pub(super) consent: Consent,
    pub(super) navigated: bool,
    pub(super) signed: bool,
}

fn evidence_code(text: &str) -> u32 {
    text.parse::<Evidence>().map_or(UNKNOWN, |evidence| evidence as u32)
}

fn consent_code(text: &str) -> u32 {
    text.parse::<Consent>().map_or(UNKNOWN, |consent| consent as u32)
}

impl<'a> Touches<'a> {
    pub(super) fn read(batches: &'a [RecordBatch], default: Evidence, lookups: Lookups<'_>) -> Result<Self> {
        let table = Table::new("touches", batches, &KNOWN)?;
        let affiliate = |text: &str| lookups.affiliates.get(text).unwrap_or(UNKNOWN);
        let product = |text: &str| lookups.products.get(text).unwrap_or(UNKNOWN);
        let coded = |array, code: &dyn Fn(&str) -> u32| TextColumn::read(array).map(|texts| Codes::new(texts, code));
        let mut visitor = table.required("visitor", KeyColumn::read)?.into_iter();
        let mut at = table.required("at", TimeColumn::read)?.into_iter();
        let mut affiliates = table.required("affiliate", |array| coded(array, &affiliate))?.into_iter();
        let mut evidence = table.column("evidence", |array| coded(array, &evidence_code))?.map(Vec::into_iter);
        let mut products = table.column("product", |array| coded(array, &product))?.map(Vec::into_iter);
        let mut consent = table.column("consent", |array| coded(array, &consent_code))?.map(Vec::into_iter);
        let mut navigated = table.column("navigated", BoolColumn::read)?.map(Vec::into_iter);
        let mut signed = table.column("signed", BoolColumn::read)?.map(Vec::into_iter);
        let mut campaign = table.column("campaign", TextColumn::read)?.map(Vec::into_iter);
        let mut click_id = table.column("click_id", TextColumn::read)?.map(Vec::into_iter);
        let mut coupon = table.column("coupon", TextColumn::read)?.map(Vec::into_iter);
        let mut chunks = Vec::with_capacity(batches.len());
        for batch in batches {
            let (Some(visitor), Some(at), Some(affiliate)) = (visitor.next(), at.next(), affiliates.next()) else { break };
            chunks.push(Chunk {
                visitor,
                at,
                affiliate,
                evidence: evidence.as_mut().and_then(Iterator::next),
                product: products.as_mut().and_then(Iterator::next),
                consent: consent.as_mut().and_then(Iterator::next),
                navigated: navigated.as_mut().and_then(Iterator::next),
                signed: signed.as_mut().and_then(Iterator::next),
                campaign: campaign.as_mut().and_then(Iterator::next),
                click_id: click_id.as_mut().and_then(Iterator::next),
                coupon: coupon.as_mut().and_then(Iterator::next),
                rows: batch.num_rows(),
            });
        }
        for (n, chunk) in chunks.iter().enumerate().filter(|(_, chunk)| chunk.at.has_nulls()) {
            if let Some(row) = (0..chunk.rows).find(|row| chunk.at.millis(*row).is_none()) {
                return Err(table.error(ErrorCode::ColumnNull, table.start(n) + row, "at", "is empty"));
            }
        }
        let has_clicks = chunks.iter().any(|chunk| chunk.click_id.is_some());
        Ok(Self { table, chunks, has_clicks, default })
    }

    /// Whether no cell can be an error but a time that there is not; where it says no, there may still be none.
    pub(super) fn cannot_slip(&self) -> bool {
        let is_clean =
            |codes: &Option<Codes<'_>>, most, may_be_empty| codes.as_ref().is_none_or(|codes| codes.are_below(most, may_be_empty));
        let are_clean = |c: &Chunk<'_>| is_clean(&c.evidence, Evidence::ALL.len(), false) && is_clean(&c.consent, Consent::ALL.len(), true);
        self.chunks.iter().all(are_clean)
    }

    /// Kinds of evidence among which are all that the touches have, if nothing can slip; some more than once.
    pub(super) fn kinds(&self) -> impl Iterator<Item = Evidence> + '_ {
        let default = self.default;
        self.chunks.iter().flat_map(move |chunk| {
            let codes = chunk.evidence.as_ref().map(|codes| codes.map.as_slice());
            let one = if codes.is_none() { Some(default) } else { None };
            codes.unwrap_or_default().iter().filter_map(|code| Evidence::ALL.get(*code as usize).copied()).chain(one)
        })
    }

    /// Whether each touch is no earlier than the one before, and each time is one.
    pub(super) fn are_in_order(&self, threads: usize) -> bool {
        let mut last = i64::MIN;
        let ends = self.chunks.iter().filter(|chunk| chunk.rows > 0).all(|chunk| {
            let (first, before) = (chunk.at.millis(0).unwrap_or(i64::MIN), last);
            last = chunk.at.millis(chunk.rows - 1).unwrap_or(i64::MIN);
            is_time(first) && is_time(last) && before <= first
        });
        let inside = |rows: Range<usize>| {
            Ok(self.chunks.iter().enumerate().all(|(n, chunk)| {
                let start = self.table.start(n);
                // A stretch begins with the last row of the one before.
                let own = rows.start.saturating_sub(1).max(start).min(start + chunk.rows)..rows.end.max(start).min(start + chunk.rows);
                chunk.at.are_sorted(own.start - start..own.end - start)
            }))
        };
        ends && on_threads(stretches(self.table.rows(), threads), inside).is_ok_and(|stretches| stretches.iter().all(|sorted| *sorted))
    }

    /// The rows of a visitor, who stands at a row of another table.
    pub(super) fn rows_of(&self, key: KeyColumn<'_>, at: usize) -> Vec<usize> {
        let mut rows = Vec::new();
        for (n, chunk) in self.chunks.iter().enumerate() {
            let is_same = |row: usize| match (&chunk.visitor, &key) {
                (KeyColumn::Texts(own, _), KeyColumn::Texts(other, _)) => own.get(row).is_some() && own.get(row) == other.get(at),
                (KeyColumn::Ints(own, _), KeyColumn::Ints(other, _)) => own.get(row).is_some() && own.get(row) == other.get(at),
                _ => false,
            };
            rows.extend((0..chunk.rows).filter(|row| is_same(*row)).map(|row| self.table.start(n) + row));
        }
        rows
    }

    pub(super) fn chunk(&self, row: usize) -> (Option<&Chunk<'a>>, usize) {
        let (chunk, row) = self.table.place(row);
        (self.chunks.get(chunk), row)
    }

    pub(super) fn click(&self, row: u32) -> Option<&'a str> {
        let (chunk, at) = self.chunk(row as usize);
        chunk.and_then(|chunk| chunk.click_id).and_then(|column| column.get(at))
    }

    /// The time of a touch; `Err` if it is beyond the times that there are.
    #[inline]
    pub(super) fn millis(&self, chunk: usize, row: usize) -> Result<i64> {
        let millis = self.chunks.get(chunk).and_then(|c| c.at.millis(row)).unwrap_or(0);
        if is_time(millis) { Ok(millis) } else { time(&self.table, self.table.start(chunk) + row, "at", millis).map(|t| t.millis()) }
    }

    /// What deciding asks of a touch.
    #[inline]
    pub(super) fn facts(&self, c: &Chunk<'a>, chunk: usize, row: usize, lookups: Lookups<'_>) -> Result<Facts> {
        let evidence = match &c.evidence {
            None => self.default,
            Some(codes) => match Evidence::ALL.get(codes.code(row, evidence_code) as usize) {
                Some(evidence) => *evidence,
                None => return Err(self.word(chunk, row, "evidence", codes, |text| text.parse::<Evidence>().err())),
            },
        };
        let consent = match c.consent.as_ref().map(|codes| (codes, codes.code(row, consent_code))) {
            None | Some((_, NONE)) => Consent::Unknown,
            Some((codes, code)) => match Consent::ALL.get(code as usize) {
                Some(consent) => *consent,
                None => return Err(self.word(chunk, row, "consent", codes, |text| text.parse::<Consent>().err())),
            },
        };
        let product = c.product.as_ref().map_or(NONE, |codes| codes.code(row, |text| lookups.products.get(text).unwrap_or(UNKNOWN)));
        let affiliate = c.affiliate.code(row, |text| lookups.affiliates.get(text).unwrap_or(UNKNOWN));
        Ok(Facts {
            affiliate,
            evidence,
            product,
            consent,
            navigated: c.navigated.and_then(|column| column.get(row)).unwrap_or(true),
            signed: c.signed.and_then(|column| column.get(row)).unwrap_or(false),
        })
    }

    /// The same of some touches of one batch.
    pub(super) fn fill(&self, c: &Chunk<'a>, chunk: usize, rows: &[u32], lookups: Lookups<'_>, out: &mut FactColumns) -> Result<()> {
        let FactColumns { affiliate, evidence, product, consent, navigated, signed, default, codes } = out;
        *default = Some(self.default);
        c.affiliate.fill(rows, affiliate, |text| lookups.affiliates.get(text).unwrap_or(UNKNOWN));
        evidence.clear();
        product.clear();
        consent.clear();
        navigated.clear();
        signed.clear();
        let at = |n: usize| rows.get(n).map_or(0, |row| *row as usize);
        if let Some(column) = &c.evidence {
            column.fill(rows, codes, evidence_code);
            for (n, code) in codes.iter().enumerate() {
                match Evidence::ALL.get(*code as usize) {
                    Some(kind) => evidence.push(*kind),
                    None => return Err(self.word(chunk, at(n), "evidence", column, |text| text.parse::<Evidence>().err())),
                }
            }
        }
        if let Some(column) = &c.product {
            column.fill(rows, product, |text| lookups.products.get(text).unwrap_or(UNKNOWN));
        }
        if let Some(column) = &c.consent {
            column.fill(rows, codes, consent_code);
            for (n, code) in codes.iter().enumerate() {
                match (code, Consent::ALL.get(*code as usize)) {
                    (_, Some(answer)) => consent.push(*answer),
                    (&NONE, None) => consent.push(Consent::Unknown),
                    (_, None) => return Err(self.word(chunk, at(n), "consent", column, |text| text.parse::<Consent>().err())),
                }
            }
        }
        if let Some(column) = &c.navigated {
            navigated.extend(rows.iter().map(|row| column.get(*row as usize).unwrap_or(true)));
        }
        if let Some(column) = &c.signed {
            signed.extend(rows.iter().map(|row| column.get(*row as usize).unwrap_or(false)));
        }
        Ok(())
    }

    #[cold]
    fn slip(&self, chunk: usize, row: usize, column: &str, code: ErrorCode, text: &str) -> crate::Error {
        self.table.error(code, self.table.start(chunk) + row, column, text)
    }

    #[cold]
    fn word(
        &self,
        chunk: usize,
        row: usize,
        column: &str,
        codes: &Codes<'_>,
        parse: impl Fn(&str) -> Option<crate::Error>,
    ) -> crate::Error {
        match codes.text(row).and_then(parse) {
            Some(error) => self.slip(chunk, row, column, error.code(), error.detail()),
            None => self.slip(chunk, row, column, ErrorCode::ColumnNull, "is empty"),
        }
    }

    /// A touch as the single call takes it.
    pub(super) fn touch(&self, row: usize, lookups: Lookups<'_>) -> Result<Touch> {
        let (n, at) = self.table.place(row);
        let c = self.chunks.get(n);
        let facts = c
            .map(|c| self.facts(c, n, at, lookups))
            .transpose()?
            .ok_or_else(|| self.slip(n, at, "visitor", ErrorCode::ColumnNull, "is no row"))?;
        let millis = self.millis(n, at)?;
        let text = |column: Option<TextColumn<'a>>| column.and_then(|column| column.get(at)).map(str::to_owned);
        Ok(Touch {
            affiliate: c.and_then(|c| c.affiliate.text(at)).unwrap_or_default().to_owned(),
            at: time(&self.table, row, "at", millis)?,
            evidence: facts.evidence,
            product: c.and_then(|c| c.product.as_ref()).and_then(|codes| codes.text(at)).map(str::to_owned),
            campaign: text(c.and_then(|c| c.campaign)),
            click_id: text(c.and_then(|c| c.click_id)),
            coupon: text(c.and_then(|c| c.coupon)),
            consent: facts.consent,
            navigated: facts.navigated,
            signed: facts.signed,
        })
    }

    /// What comes after time, tier and affiliate in the total order of touches.
    pub(super) fn rest_of_rank(&self, row: usize, evidence: Evidence) -> RestOfRank<'a> {
        let (chunk, at) = self.chunk(row);
        let text = |column: Option<TextColumn<'a>>| column.and_then(|column| column.get(at));
        let product = chunk.and_then(|c| c.product.as_ref()).and_then(|codes| codes.text(at));
        (
            text(chunk.and_then(|c| c.click_id)),
            evidence,
            product,
            text(chunk.and_then(|c| c.campaign)),
            text(chunk.and_then(|c| c.coupon)),
            row,
        )
    }
}

pub(super) type RestOfRank<'a> = (Option<&'a str>, Evidence, Option<&'a str>, Option<&'a str>, Option<&'a str>, usize);

/// Appends what `each` makes of the whole numbers of some rows.
pub(super) fn fill_ints(ints: Ints<'_>, rows: Range<usize>, out: &mut Vec<u64>, each: impl Fn(u64) -> u64) {
    macro_rules! run {
        ($values:expr, $cast:expr) => {
            out.extend($values.get(rows).unwrap_or_default().iter().map(|value| each($cast(*value))))
        };
    }
    match ints {
        Ints::I8(v) => run!(v, |x| i64::from(x).cast_unsigned()),
        Ints::I16(v) => run!(v, |x| i64::from(x).cast_unsigned()),
        Ints::I32(v) => run!(v, |x| i64::from(x).cast_unsigned()),
        Ints::I64(v) => run!(v, i64::cast_unsigned),
        Ints::U8(v) => run!(v, u64::from),
        Ints::U16(v) => run!(v, u64::from),
        Ints::U32(v) => run!(v, u64::from),
        Ints::U64(v) => run!(v, |x| x),
    }
}

#[cfg(test)]
mod tests {
    use super::super::names::Seed;
    use super::*;
    use arrow_array::{Int64Array, StringArray};
    use std::sync::Arc;

    // One row out of order, at every place, in one batch and in several, for any number of threads.
    #[test]
    fn a_row_out_of_order_is_seen_wherever_it_is() {
        let names = Names::new(Seed::new(), false);
        let lookups = Lookups { affiliates: &names, products: &names };
        for cuts in [vec![0, 12], vec![0, 5, 12], vec![0, 0, 1, 6, 6, 12]] {
            for slip in 0..12 {
                let times: Vec<i64> = (0..12).map(|n| if n == slip { n - 2 } else { n }).collect();
                let batch = |range: &[usize]| {
                    let times = times.get(range[0]..range[1]).unwrap_or_default();
                    let columns: [(&str, ArrayRef); 3] = [
                        ("visitor", Arc::new(Int64Array::from(vec![1; times.len()]))),
                        ("at", Arc::new(Int64Array::from(times.to_vec()))),
                        ("affiliate", Arc::new(StringArray::from(vec!["a"; times.len()]))),
                    ];
                    RecordBatch::try_from_iter(columns).expect("a table")
                };
                let batches: Vec<_> = cuts.windows(2).map(batch).collect();
                let touches = Touches::read(&batches, Evidence::Click, lookups).expect("touches");
                for threads in 1..=13 {
                    assert_eq!(touches.are_in_order(threads), slip == 0, "{cuts:?} {slip} {threads}");
                }
            }
        }
    }
}

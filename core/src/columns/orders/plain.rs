//! Orders that are one row each, with none but the plainest columns: looked at column by column.

use super::{Chunk, IdColumn, Orders};
use crate::columns::names::Names;
use crate::columns::table::{MoneyColumn, TextColumn};
use crate::columns::touches::{KeyColumn, UNKNOWN};
use crate::commission::plan::PlainSale;
use crate::{Currency, ErrorCode, Money, Result, Time};
use std::borrow::Cow;

/// Gross and tax of each order, in minor units of one currency.
#[derive(Debug)]
pub(in crate::columns) struct Amounts<'a> {
    gross: Cow<'a, [i64]>,
    tax: Option<Cow<'a, [i64]>>,
    currency: Currency,
}

/// The columns of orders that are checked where they lie; with any other, each order is made as the single call takes it.
pub(super) const PLAIN: [&str; 9] = ["order", "visitor", "at", "product", "quantity", "gross", "tax", "currency", "payment"];

impl<'a> Orders<'a> {
    /// The visitors, where they are plain numbers, and each row is an order.
    pub(in crate::columns) fn plain_visitors(&self) -> Option<Cow<'a, [i64]>> {
        self.side_by_side(|chunk| match chunk.visitor {
            KeyColumn::Ints(ints, _) => ints.plain(),
            KeyColumn::Texts(..) => None,
        })
    }

    /// The ids, where they are plain numbers, and each row is an order.
    pub(in crate::columns) fn plain_ids(&self) -> Option<Cow<'a, [i64]>> {
        self.side_by_side(|chunk| match chunk.id {
            IdColumn::Ints(ints) => ints.plain(),
            IdColumn::Texts(_) => None,
        })
    }

    /// What the buyers paid, in the currency that is given for all, where amounts are plain minor units, and each row is an order.
    pub(in crate::columns) fn plain_gross(&self) -> Option<(Cow<'a, [i64]>, Currency)> {
        let gross = self.side_by_side(|chunk| match (chunk.gross, chunk.currency) {
            (Some(MoneyColumn::Minor(ints)), None) => ints.plain(),
            _ => None,
        });
        gross.zip(self.currency)
    }

    /// The currency of all orders, where it is given beside the table.
    pub(in crate::columns) fn only_currency(&self) -> Option<Currency> {
        self.currency.filter(|_| self.chunks.iter().all(|chunk| chunk.currency.is_none()))
    }

    /// The amounts of plain sales that have neither quantities nor payments, looked up once for all of them.
    pub(in crate::columns) fn plain_amounts(&self) -> Option<Amounts<'a>> {
        if !self.is_plain || ["quantity", "payment"].iter().any(|column| self.table.has(column)) {
            return None;
        }
        let (gross, currency) = self.plain_gross()?;
        let tax = self.side_by_side(|chunk| match chunk.tax {
            Some(MoneyColumn::Minor(ints)) => ints.plain(),
            _ => None,
        });
        (tax.is_some() || !self.table.has("tax")).then_some(Amounts { gross, tax, currency })
    }

    /// A column where it lies, or its batches one after another.
    fn side_by_side(&self, column: impl Fn(&Chunk<'a>) -> Option<&'a [i64]>) -> Option<Cow<'a, [i64]>> {
        match (self.chunks.as_slice(), &self.lines) {
            (_, Some(_)) => None,
            ([chunk], None) => column(chunk).map(Cow::Borrowed),
            (chunks, None) => {
                let mut all = Vec::with_capacity(self.table.rows());
                for chunk in chunks {
                    all.extend_from_slice(column(chunk)?);
                }
                Some(Cow::Owned(all))
            }
        }
    }

    /// Whether a batch of plain orders is without a fault, as far as columns tell; its times are appended.
    pub(super) fn is_fine(&self, chunk: &Chunk<'a>, at: &mut Vec<i64>) -> bool {
        let ids = match chunk.id {
            IdColumn::Ints(_) => true,
            IdColumn::Texts(texts) => (0..chunk.rows).all(|row| texts.get(row).is_some_and(is_id)),
        };
        let simple = chunk.quantity.is_none() && chunk.payment.is_none() && (!self.has_gross || chunk.currency.is_none());
        let amounts = match (chunk.gross, chunk.tax) {
            (None, None) => true,
            (Some(MoneyColumn::Minor(gross)), None) => {
                gross.plain().is_some_and(|gross| are_amounts(gross.iter().map(|gross| (*gross, 0))))
            }
            (Some(MoneyColumn::Minor(gross)), Some(MoneyColumn::Minor(tax))) => {
                gross.plain().zip(tax.plain()).is_some_and(|(gross, tax)| are_amounts(gross.iter().copied().zip(tax.iter().copied())))
            }
            _ => false,
        };
        ids && simple && amounts && chunk.at.all(at)
    }

    /// The products of a batch's rows, where they are few texts by number; false where a row has to be looked at.
    pub(super) fn products_in(&self, chunk: &Chunk<'a>, names: &mut Names, codes: &mut Vec<u32>) -> bool {
        let mut add = |name: &str| crate::order::check_name("", name).is_ok().then(|| names.add(name));
        match chunk.product {
            None => match add(&self.only_product) {
                Some(code) => {
                    codes.extend(std::iter::repeat_n(code, chunk.rows));
                    true
                }
                None => chunk.rows == 0,
            },
            Some(TextColumn::Dictionary { keys, nulls, values }) if nulls.is_none_or(|nulls| nulls.null_count() == 0) => {
                let mut known = vec![UNKNOWN; values.len()];
                (0..chunk.rows).all(|row| {
                    let key = usize::try_from(keys.get(row)).unwrap_or(usize::MAX);
                    let Some(code) = known.get_mut(key) else { return false };
                    if *code == UNKNOWN {
                        let Some(new) = values.get(key).and_then(&mut add) else { return false };
                        *code = new;
                    }
                    codes.push(*code);
                    true
                })
            }
            Some(_) => false,
        }
    }

    /// The checks of an order that is one row with nothing but ids, a time, a product and amounts.
    pub(super) fn check_plain(&self, row: usize) -> Result<(i64, &str)> {
        let (chunk, at) = self.chunk(row);
        let slip = |code, column: &str, text: String| self.table.error(code, row, column, text);
        let Some(chunk) = chunk else { return Err(slip(ErrorCode::ColumnNull, "order", "is empty".into())) };
        if let IdColumn::Texts(texts) = chunk.id
            && let Some(id) = texts.get(at)
            && !is_id(id)
        {
            crate::order::check_name(&format!("/orders/{row}/order"), id)?;
        }
        let millis = self.millis(row)?;
        let product = self.product_at(row).ok_or_else(|| slip(ErrorCode::ColumnNull, "product", "is empty".into()))?;
        self.count_at(row, "quantity", chunk.quantity, at)?;
        self.payment(row)?;
        if self.has_gross {
            let currency = self.currency_at(row)?;
            let gross = self.minor(row, "gross", currency)?.ok_or_else(|| slip(ErrorCode::ColumnNull, "gross", "is empty".into()))?;
            let tax = self.minor(row, "tax", currency)?.unwrap_or(0);
            for (column, minor) in [("gross", gross), ("tax", tax)] {
                if minor < 0 {
                    return Err(slip(ErrorCode::AmountNegative, column, format!("{minor} is negative; take amounts back with a refund")));
                }
                Money::of(minor, currency).map_err(|error| error.at(format_args!("/orders/{row}/{column}")))?;
            }
            if tax > gross {
                return Err(slip(ErrorCode::TaxOverGross, "tax", format!("{tax} is more than the gross of {gross}")));
            }
        }
        Ok((millis, product))
    }

    /// What settling a plain sale asks for; `None` where orders are more than that.
    pub(in crate::columns) fn plain_sale(&self, order: usize, amounts: Option<&Amounts<'_>>) -> Result<Option<PlainSale>> {
        if !self.is_plain {
            return Ok(None);
        }
        let at = Time::from_millis(self.at.get(order).copied().unwrap_or(0))?;
        if let Some(Amounts { gross, tax, currency }) = amounts {
            let amount = |list: Option<&[i64]>| Money::of(list.and_then(|list| list.get(order)).copied().unwrap_or(0), *currency);
            return Ok(Some(PlainSale { gross: amount(Some(gross))?, tax: amount(tax.as_deref())?, at, payment: 1, quantity: 1 }));
        }
        let (chunk, row) = self.chunk(order);
        let quantity = match chunk.and_then(|chunk| chunk.quantity) {
            None => 1,
            quantities => self.count_at(order, "quantity", quantities, row)?.unwrap_or(1),
        };
        let currency = self.currency_at(order)?;
        let amount = |column| Money::of(self.minor(order, column, currency)?.unwrap_or(0), currency);
        Ok(Some(PlainSale { gross: amount("gross")?, tax: amount("tax")?, at, payment: self.payment(order)?, quantity }))
    }
}

fn is_id(text: &str) -> bool {
    !text.is_empty() && text.len() <= crate::TEXT_MAX && !crate::id::has_control(text)
}

/// Whether each gross amount is one, with a tax that is a part of it.
fn are_amounts(list: impl Iterator<Item = (i64, i64)>) -> bool {
    list.fold(true, |are, (gross, tax)| are & (tax >= 0) & (tax <= gross) & (gross <= crate::SAFE_MAX))
}

//! The table of orders: one row an order, or, with a column `line`, one row a line.

use super::look_ahead;
use super::names::{Index, Names, Seed};
use super::table::{BEYOND, IntColumn, ListColumn, MoneyColumn, Table, TextColumn, TimeColumn, is_time, time};
use super::touches::{KeyColumn, UNKNOWN};
use crate::error::quote;
use crate::{Currency, Customer, Error, ErrorCode, Event, Line, Money, Order, Program, Rate, Result, Time};
use arrow_array::{ArrayRef, RecordBatch};

mod plain;
pub(super) use plain::Amounts;

pub(super) const KNOWN: [&str; 21] = [
    "order",
    "visitor",
    "at",
    "line",
    "product",
    "quantity",
    "gross",
    "tax",
    "shipping",
    "discount",
    "currency",
    "payment",
    "cart_at",
    "identities",
    "coupons",
    "country",
    "customer",
    "event",
    "first_at",
    "rate",
    "accounts",
];

/// Names that others give to what is `gross` here.
const MEANT_GROSS: [&str; 6] = ["amount", "price", "value", "revenue", "total", "gross_amount"];

/// Rows whose ids are looked up side by side.
const BLOCK: usize = 64;

/// The code of an order with several products.
pub(super) const SEVERAL: u32 = u32::MAX - 2;

/// Order numbers: texts or whole numbers.
#[derive(Clone, Copy, Debug)]
pub(super) enum IdColumn<'a> {
    Ints(IntColumn<'a>),
    Texts(TextColumn<'a>),
}

impl<'a> IdColumn<'a> {
    fn read(array: &'a ArrayRef) -> Result<Self> {
        match TextColumn::of(array) {
            Some(texts) => Ok(Self::Texts(texts)),
            None => IntColumn::read(array)
                .map(Self::Ints)
                .map_err(|_| Error::new(ErrorCode::ColumnType, format!("is {}, expected texts or whole numbers", array.data_type()))),
        }
    }
}

#[derive(Debug)]
struct Chunk<'a> {
    id: IdColumn<'a>,
    visitor: KeyColumn<'a>,
    at: TimeColumn<'a>,
    line: Option<IdColumn<'a>>,
    product: Option<TextColumn<'a>>,
    quantity: Option<IntColumn<'a>>,
    gross: Option<MoneyColumn<'a>>,
    tax: Option<MoneyColumn<'a>>,
    shipping: Option<MoneyColumn<'a>>,
    discount: Option<MoneyColumn<'a>>,
    currency: Option<TextColumn<'a>>,
    payment: Option<IntColumn<'a>>,
    cart_at: Option<TimeColumn<'a>>,
    identities: Option<ListColumn<'a>>,
    coupons: Option<ListColumn<'a>>,
    country: Option<TextColumn<'a>>,
    customer: Option<TextColumn<'a>>,
    event: Option<TextColumn<'a>>,
    first_at: Option<TimeColumn<'a>>,
    rate: Option<TextColumn<'a>>,
    accounts: Option<IntColumn<'a>>,
    rows: usize,
}

/// The table of orders, checked.
#[derive(Debug)]
pub(super) struct Orders<'a> {
    pub(super) table: Table<'a>,
    chunks: Vec<Chunk<'a>>,
    /// Which rows are an order's lines; `None`: each row is an order.
    lines: Option<Lines>,
    pub(super) at: Vec<i64>,
    /// The code of the product, or [`SEVERAL`].
    pub(super) product: Vec<u32>,
    pub(super) products: Names,
    currency: Option<Currency>,
    /// The product of orders whose table names none: the program's only one.
    only_product: String,
    pub(super) has_gross: bool,
    /// Whether each row is an order, and there are no columns but the plainest.
    is_plain: bool,
}

/// Rows by order: those of order `n` stand from `starts[n]` to `starts[n + 1]`.
#[derive(Debug)]
struct Lines {
    starts: Vec<u32>,
    rows: Vec<u32>,
}

impl<'a> Orders<'a> {
    pub(super) fn read(program: &Program, batches: &'a [RecordBatch], currency: Option<Currency>, seed: Seed) -> Result<Self> {
        let table = Table::new("orders", batches, &KNOWN)?;
        let has_gross = table.has("gross");
        if !has_gross && let Some(name) = MEANT_GROSS.iter().find(|name| table.has(name)) {
            return Err(Error::new(ErrorCode::ColumnMissing, format!("/orders: there is no column `gross`; is it `{name}`?")));
        }
        if has_gross && currency.is_none() && !table.has("currency") {
            let text = "/orders/currency: the table has no such column, and no currency is given beside it";
            return Err(Error::new(ErrorCode::ColumnMissing, text));
        }
        let only_product = match (table.has("product"), program.products()) {
            (true, _) => String::new(),
            (false, [only]) => only.id.as_str().to_owned(),
            (false, _) if batches.is_empty() => String::new(),
            (false, products) => {
                let text = format!("/orders/product: the table has no such column, and the program has {} products", products.len());
                return Err(Error::new(ErrorCode::ColumnMissing, text));
            }
        };
        let mut orders = Self {
            chunks: chunks(&table)?,
            table,
            lines: None,
            at: Vec::new(),
            product: Vec::new(),
            products: Names::new(seed, program.folds_case()),
            currency,
            only_product,
            has_gross,
            is_plain: false,
        };
        let is_text = |chunk: &Chunk<'_>| matches!(chunk.id, IdColumn::Texts(_));
        if orders.chunks.windows(2).any(|pair| matches!(pair, [a, b] if is_text(a) != is_text(b))) {
            return Err(Error::new(ErrorCode::ColumnType, "/orders/order: is of texts in some batches, of whole numbers in others"));
        }
        orders.group(seed)?;
        orders.check()?;
        Ok(orders)
    }

    pub(super) fn count(&self) -> usize {
        self.lines.as_ref().map_or(self.table.rows(), |lines| lines.starts.len() - 1)
    }

    /// The first row of an order.
    pub(super) fn row(&self, order: usize) -> usize {
        match &self.lines {
            None => order,
            Some(lines) => lines.starts.get(order).and_then(|start| lines.rows.get(*start as usize)).map_or(0, |row| *row as usize),
        }
    }

    /// All rows of an order.
    fn rows(&self, order: usize) -> Vec<usize> {
        match &self.lines {
            None => vec![order],
            Some(lines) => {
                let (start, end) = (lines.starts.get(order), lines.starts.get(order + 1));
                let range = start.zip(end).map(|(start, end)| *start as usize..*end as usize);
                range.and_then(|range| lines.rows.get(range)).unwrap_or_default().iter().map(|row| *row as usize).collect()
            }
        }
    }

    fn chunk(&self, row: usize) -> (Option<&Chunk<'a>>, usize) {
        let (chunk, row) = self.table.place(row);
        (self.chunks.get(chunk), row)
    }

    pub(super) fn visitor(&self, order: usize) -> Option<(KeyColumn<'a>, usize)> {
        let (chunk, row) = self.chunk(self.row(order));
        chunk.map(|chunk| (chunk.visitor, row)).filter(|(visitor, row)| !visitor.is_null(*row))
    }

    pub(super) fn visitor_columns(&self) -> impl Iterator<Item = KeyColumn<'a>> {
        self.chunks.iter().map(|chunk| chunk.visitor)
    }

    pub(super) fn visitors(&self) -> Option<KeyColumn<'a>> {
        self.chunks.first().map(|chunk| chunk.visitor)
    }

    pub(super) fn ids(&self) -> Option<IdColumn<'a>> {
        self.chunks.first().map(|chunk| chunk.id)
    }

    pub(super) fn id_number(&self, order: usize) -> i64 {
        let (chunk, row) = self.chunk(self.row(order));
        match chunk.map(|chunk| chunk.id) {
            Some(IdColumn::Ints(ints)) => ints.ints.get(row),
            _ => 0,
        }
    }

    /// The order's id as text; a number in decimal digits.
    pub(super) fn id(&self, order: usize) -> std::borrow::Cow<'a, str> {
        let (chunk, row) = self.chunk(self.row(order));
        id_text(chunk.map(|chunk| chunk.id), row)
    }

    fn payment_at(&self, row: usize) -> i64 {
        let (chunk, at) = self.chunk(row);
        chunk.and_then(|chunk| chunk.payment).and_then(|payments| payments.get(at)).unwrap_or(1)
    }

    pub(super) fn has_lines(&self) -> bool {
        self.lines.is_some()
    }

    pub(super) fn has_carts(&self) -> bool {
        self.table.has("cart_at")
    }

    pub(super) fn has_identities(&self) -> bool {
        self.table.has("identities")
    }

    /// When the cart of an order was started.
    pub(super) fn has_cart(&self, order: usize) -> bool {
        let (chunk, row) = self.chunk(self.row(order));
        chunk.and_then(|chunk| chunk.cart_at).is_some_and(|carts| carts.millis(row).is_some())
    }

    pub(super) fn identities(&self, order: usize) -> Vec<&'a str> {
        let (chunk, row) = self.chunk(self.row(order));
        chunk.and_then(|chunk| chunk.identities).map(|lists| lists.get(row)).unwrap_or_default()
    }

    pub(super) fn coupons(&self, order: usize) -> Vec<&'a str> {
        let (chunk, row) = self.chunk(self.row(order));
        chunk.and_then(|chunk| chunk.coupons).map(|lists| lists.get(row)).unwrap_or_default()
    }

    /// The products of an order, where it has several lines.
    pub(super) fn products_of(&self, order: usize) -> impl Iterator<Item = &str> {
        self.rows(order).into_iter().filter_map(|row| self.product_at(row))
    }

    fn product_at(&self, row: usize) -> Option<&str> {
        let (chunk, at) = self.chunk(row);
        match chunk.map(|chunk| chunk.product) {
            Some(Some(products)) => products.get(at),
            Some(None) => Some(&self.only_product),
            None => None,
        }
    }

    /// What the buyer paid for an order, and in which currency.
    pub(super) fn gross(&self, order: usize) -> Result<Money> {
        let row = self.row(order);
        let currency = self.currency_at(row)?;
        if self.lines.is_none() {
            return Money::of(self.minor(row, "gross", currency)?.unwrap_or(0), currency);
        }
        let sum = self.rows(order).into_iter().try_fold(0, |sum: i64, row| Ok(sum + self.minor(row, "gross", currency)?.unwrap_or(0)));
        Money::of(sum?, currency)
    }

    fn currency_at(&self, row: usize) -> Result<Currency> {
        let (chunk, at) = self.chunk(row);
        match (chunk.and_then(|chunk| chunk.currency), self.currency) {
            (Some(column), given) => match (column.get(at), given) {
                (Some(code), Some(given)) if given.as_str() == code => Ok(given),
                (Some(code), _) => Currency::new(code).map_err(|e| e.at(format_args!("/orders/{row}/currency"))),
                (None, Some(given)) => Ok(given),
                (None, None) => Err(self.table.error(ErrorCode::ColumnNull, row, "currency", "is empty")),
            },
            (None, Some(given)) => Ok(given),
            // Without amounts any currency does.
            (None, None) => Currency::new("EUR"),
        }
    }

    /// An amount's minor units; `None` where the cell is empty or the column missing.
    fn minor(&self, row: usize, column: &str, currency: Currency) -> Result<Option<i64>> {
        let (chunk, at) = self.chunk(row);
        let Some(chunk) = chunk else { return Ok(None) };
        let cells = match column {
            "gross" => chunk.gross,
            "tax" => chunk.tax,
            "shipping" => chunk.shipping,
            _ => chunk.discount,
        };
        let Some(cells) = cells else { return Ok(None) };
        let place = |error: Error| error.at(format_args!("/orders/{row}/{column}"));
        match cells {
            MoneyColumn::Minor(ints) if ints.is_over(at) => Err(self.table.error(ErrorCode::MoneyOutOfRange, row, column, BEYOND)),
            MoneyColumn::Minor(ints) => Ok(ints.get(at)),
            MoneyColumn::Decimal(values, scale) => {
                if arrow_array::Array::is_null(values, at) {
                    return Ok(None);
                }
                decimal(values.value(at), scale, currency).map(Some).map_err(place)
            }
            MoneyColumn::Text(texts) => {
                texts.get(at).map(|text| Money::parse(text, currency.as_str()).map(Money::minor)).transpose().map_err(place)
            }
        }
    }

    /// Brings the rows of one order together, or refuses rows of one order that are no lines.
    fn group(&mut self, seed: Seed) -> Result<()> {
        let rows = self.table.rows();
        let by_line = self.table.has("line");
        for (n, chunk) in self.chunks.iter().enumerate() {
            let start = self.table.start(n);
            let null = match chunk.id {
                IdColumn::Ints(ints) if ints.plain().is_some() => None,
                IdColumn::Ints(ints) => (0..chunk.rows).find(|row| ints.get(*row).is_none()),
                IdColumn::Texts(texts) => (0..chunk.rows).find(|row| texts.get(*row).is_none()),
            };
            if let Some(row) = null {
                return Err(self.table.error(ErrorCode::ColumnNull, start + row, "order", "is empty"));
            }
        }
        if !by_line && self.ids_rise() {
            return Ok(());
        }
        let mut index = Index::new(rows);
        let mut order_of: Vec<u32> = Vec::with_capacity(if by_line { rows } else { 0 });
        // The first row of each order.
        let mut firsts: Vec<u32> = Vec::with_capacity(rows);
        let mut hashes: Vec<u64> = Vec::with_capacity(BLOCK);
        for start in (0..rows).step_by(BLOCK) {
            hashes.clear();
            hashes.extend((start..rows.min(start + BLOCK)).map(|row| self.key_hash(row, seed)));
            look_ahead(hashes.iter().map(|hash| index.entry(index.home(*hash))));
            for (row, hash) in (start..).zip(&hashes) {
                let mut place = index.home(*hash);
                let number = loop {
                    let entry = index.entry(place);
                    if entry == 0 {
                        let number = firsts.len() as u32; // INVARIANT: fewer than 2^32 rows
                        index.set(place, *hash, number);
                        firsts.push(row as u32);
                        break number;
                    }
                    let earlier = firsts.get(Index::number(entry) as usize).map_or(row, |first| *first as usize);
                    if Index::is_of(entry, *hash) && self.is_one_order(earlier, row) {
                        if !by_line {
                            let (chunk, at) = self.chunk(row);
                            let id = quote(&id_text(chunk.map(|chunk| chunk.id), at));
                            let text = format!("{id} is the order of row {earlier} too; a column `line` makes rows lines of one order");
                            return Err(self.table.error(ErrorCode::OrderRepeated, row, "order", text));
                        }
                        break Index::number(entry);
                    }
                    place = index.after(place);
                };
                if by_line {
                    order_of.push(number);
                }
            }
        }
        if by_line {
            let mut starts = vec![0_u32; firsts.len() + 1];
            order_of.iter().for_each(|order| {
                if let Some(n) = starts.get_mut(*order as usize + 1) {
                    *n += 1
                }
            });
            for n in 1..starts.len() {
                let before = starts.get(n - 1).copied().unwrap_or(0);
                if let Some(start) = starts.get_mut(n) {
                    *start += before;
                }
            }
            let mut next = starts.clone();
            let mut by_order = vec![0_u32; rows];
            for (row, order) in order_of.iter().enumerate() {
                if let Some(place) = next.get_mut(*order as usize) {
                    if let Some(slot) = by_order.get_mut(*place as usize) {
                        *slot = row as u32;
                    }
                    *place += 1;
                }
            }
            self.lines = Some(Lines { starts, rows: by_order });
        }
        Ok(())
    }

    /// Whether every order's id is above the one before, so that none occurs twice.
    fn ids_rise(&self) -> bool {
        self.chunks.iter().enumerate().all(|(n, chunk)| {
            let rows = self.table.start(n)..self.table.start(n + 1);
            let len = rows.len();
            let inside = match chunk.id {
                IdColumn::Ints(ints) => ints.ints.rises(),
                IdColumn::Texts(texts) => (1..len).all(|row| texts.get(row - 1) < texts.get(row)),
            };
            let across = match (chunk.id, n.checked_sub(1).and_then(|before| self.chunks.get(before)).map(|c| c.id)) {
                (_, None) => true,
                _ if len == 0 || rows.start == 0 => true,
                (IdColumn::Ints(ints), Some(IdColumn::Ints(before))) => {
                    let last = self.table.place(rows.start - 1);
                    self.chunks.get(last.0).is_some_and(|c| matches!(c.id, IdColumn::Ints(_))) && before.ints.get(last.1) < ints.ints.get(0)
                }
                (IdColumn::Texts(texts), Some(IdColumn::Texts(before))) => {
                    let last = self.table.place(rows.start - 1);
                    last.0 + 1 == n && before.get(last.1) < texts.get(0)
                }
                _ => false,
            };
            inside && across
        })
    }

    fn key_hash(&self, row: usize, seed: Seed) -> u64 {
        let (chunk, at) = self.chunk(row);
        let id = match chunk.map(|chunk| chunk.id) {
            Some(IdColumn::Ints(ints)) => seed.int(ints.ints.get(at).cast_unsigned()),
            Some(IdColumn::Texts(texts)) => seed.text(texts.get(at).unwrap_or_default().as_bytes()),
            None => 0,
        };
        id ^ seed.int(self.payment_at(row).cast_unsigned())
    }

    /// Whether two rows have one id and one payment.
    fn is_one_order(&self, a: usize, b: usize) -> bool {
        let ((x, i), (y, k)) = (self.chunk(a), self.chunk(b));
        let ids = match (x.map(|chunk| chunk.id), y.map(|chunk| chunk.id)) {
            (Some(IdColumn::Ints(x)), Some(IdColumn::Ints(y))) => (x.ints.is_over(i), x.ints.get(i)) == (y.ints.is_over(k), y.ints.get(k)),
            (Some(IdColumn::Texts(x)), Some(IdColumn::Texts(y))) => x.get(i) == y.get(k),
            _ => false,
        };
        ids && self.payment_at(a) == self.payment_at(b)
    }

    /// Checks every order as the single call does, and keeps what deciding asks for.
    fn check(&mut self) -> Result<()> {
        let count = self.count();
        let (mut at, mut product) = (Vec::with_capacity(count), Vec::with_capacity(count));
        self.is_plain = !KNOWN.iter().any(|column| !plain::PLAIN.contains(column) && self.table.has(column));
        let mut names = std::mem::replace(&mut self.products, Names::new(Seed::new(), false));
        if !self.is_plain {
            for order in 0..count {
                let order_rows = self.order(order)?;
                order_rows.check().map_err(|error| self.in_cells(order, error))?;
                at.push(order_rows.at.millis());
                let mut codes = order_rows.lines.iter().map(|line| names.add(&line.product));
                let first = codes.next().unwrap_or(UNKNOWN);
                let several = codes.fold(false, |several, code| several | (code != first));
                product.push(if several { SEVERAL } else { first });
            }
        } else {
            for (n, chunk) in self.chunks.iter().enumerate() {
                let start = self.table.start(n);
                if self.is_fine(chunk, &mut at) && self.products_in(chunk, &mut names, &mut product) {
                    continue;
                }
                // Something is not that simple, or wrong: row by row, as far as it goes.
                at.truncate(start);
                product.truncate(start);
                for row in start..start + chunk.rows {
                    let (millis, name) = self.check_plain(row)?;
                    at.push(millis);
                    let known = names.len();
                    let code = names.add(name);
                    if names.len() > known {
                        crate::order::check_name(&format!("/orders/{row}/product"), name)?;
                    }
                    product.push(code);
                }
            }
        }
        (self.at, self.product, self.products) = (at, product, names);
        Ok(())
    }

    fn millis(&self, row: usize) -> Result<i64> {
        let (chunk, at) = self.chunk(row);
        let millis =
            chunk.and_then(|chunk| chunk.at.millis(at)).ok_or_else(|| self.table.error(ErrorCode::ColumnNull, row, "at", "is empty"))?;
        if is_time(millis) { Ok(millis) } else { time(&self.table, row, "at", millis).map(Time::millis) }
    }

    pub(super) fn payment(&self, row: usize) -> Result<u32> {
        let number = self.payment_at(row);
        match u32::try_from(number) {
            Ok(number) if number > 0 => Ok(number),
            Ok(_) | Err(_) => {
                Err(self.table.error(ErrorCode::QuantityInvalid, row, "payment", format!("{number} is not 1 to {}", u32::MAX)))
            }
        }
    }

    /// How many pieces or accounts: of pieces at least one.
    fn count_at(&self, row: usize, column: &str, cells: Option<IntColumn<'_>>, at: usize) -> Result<Option<u32>> {
        let Some(value) = cells.and_then(|cells| cells.get(at)) else { return Ok(None) };
        let (code, least) = if column == "quantity" { (ErrorCode::QuantityInvalid, 1) } else { (ErrorCode::NumberInvalid, 0) };
        match u32::try_from(value) {
            Ok(count) if count >= least => Ok(Some(count)),
            Ok(_) | Err(_) => Err(self.table.error(code, row, column, format!("{value} is not {least} to {}", u32::MAX))),
        }
    }

    /// What the single call says about an order, told of the cell that it is about.
    pub(super) fn in_cells(&self, order: usize, error: Error) -> Error {
        let detail = error.detail();
        let of_line = detail.strip_prefix("/lines/").and_then(|rest| rest.split_once('/'));
        let line = of_line.and_then(|(n, rest)| Some((*self.rows(order).get(n.parse::<usize>().ok()?)?, rest)));
        let told = |row: usize, rest: &str| Error::new(error.code(), format!("/orders/{row}/{rest}"));
        match (line, detail.strip_prefix("/id:")) {
            (Some((row, rest)), _) => match rest.strip_prefix("id:") {
                Some(rest) => told(row, &format!("line:{rest}")),
                None => told(row, rest),
            },
            (None, Some(rest)) => told(self.row(order), &format!("order:{rest}")),
            (None, None) => error.at(format_args!("/orders/{}", self.row(order))),
        }
    }

    /// An order as the single call takes it.
    pub(super) fn order(&self, order: usize) -> Result<Order> {
        let row = self.row(order);
        let (chunk, at) = self.chunk(row);
        let Some(c) = chunk else { return Err(self.table.error(ErrorCode::ColumnNull, row, "order", "is empty")) };
        let rows = self.rows(order);
        let currency = self.currency_at(row)?;
        let mut lines = Vec::with_capacity(rows.len());
        for other in &rows {
            self.agrees(row, *other)?;
            lines.push(self.line(*other, currency)?);
        }
        let text = |cells: Option<TextColumn<'a>>| cells.and_then(|cells| cells.get(at));
        let place = |column: &'static str| move |error: Error| error.at(format_args!("/orders/{row}/{column}"));
        let moment = |column: &str, cells: Option<TimeColumn<'a>>| match cells.and_then(|cells| cells.millis(at)) {
            Some(millis) => time(&self.table, row, column, millis).map(Some),
            None => Ok(None),
        };
        let texts =
            |cells: Option<ListColumn<'a>>| cells.map(|cells| cells.get(at)).unwrap_or_default().into_iter().map(str::to_owned).collect();
        Ok(Order {
            payment: self.payment(row)?,
            cart_at: moment("cart_at", c.cart_at)?,
            identities: texts(c.identities),
            coupons: texts(c.coupons),
            country: c.country.and_then(|cells| cells.get(at)).map(str::to_owned),
            customer: text(c.customer).map(str::parse::<Customer>).transpose().map_err(place("customer"))?,
            accounts: self.count_at(row, "accounts", c.accounts, at)?,
            event: text(c.event).map(str::parse::<Event>).transpose().map_err(place("event"))?.unwrap_or(Event::Sale),
            first_at: moment("first_at", c.first_at)?,
            rate: text(c.rate).map(Rate::parse).transpose().map_err(place("rate"))?,
            ..Order::new(self.id(order), time(&self.table, row, "at", self.millis(row)?)?, lines)
        })
    }

    fn line(&self, row: usize, currency: Currency) -> Result<Line> {
        let (chunk, at) = self.chunk(row);
        let null = |column: &str| self.table.error(ErrorCode::ColumnNull, row, column, "is empty");
        let Some(c) = chunk else { return Err(null("order")) };
        let id = match c.line {
            None => "1".into(),
            Some(IdColumn::Texts(texts)) => texts.get(at).map(Into::into).ok_or_else(|| null("line"))?,
            Some(IdColumn::Ints(ints)) => ints.get(at).map(|n| std::borrow::Cow::from(n.to_string())).ok_or_else(|| null("line"))?,
        };
        let product = self.product_at(row).ok_or_else(|| null("product"))?;
        let own = self.currency_at(row)?;
        let money = |column: &str| -> Result<Option<Money>> {
            let Some(minor) = self.minor(row, column, own)? else { return Ok(None) };
            Money::of(minor, own).map(Some).map_err(|error| error.at(format_args!("/orders/{row}/{column}")))
        };
        let gross = match money("gross")? {
            Some(gross) => gross,
            None if self.has_gross => return Err(null("gross")),
            None => Money::of(0, currency)?,
        };
        Ok(Line {
            quantity: self.count_at(row, "quantity", c.quantity, at)?.unwrap_or(1),
            shipping: money("shipping")?,
            discount: money("discount")?,
            ..Line::new(id, product, gross, money("tax")?.unwrap_or(Money::of(0, gross.currency())?))
        })
    }

    /// Lines of one order say the same about what is the order's.
    fn agrees(&self, first: usize, other: usize) -> Result<()> {
        if first == other {
            return Ok(());
        }
        let ((a, x), (b, y)) = (self.chunk(first), self.chunk(other));
        let (Some(a), Some(b)) = (a, b) else { return Ok(()) };
        let texts = |column: Option<TextColumn<'a>>, at: usize| column.and_then(|column| column.get(at));
        let times = |column: Option<TimeColumn<'a>>, at: usize| column.and_then(|column| column.millis(at));
        let lists = |column: Option<ListColumn<'a>>, at: usize| column.map(|column| column.get(at)).unwrap_or_default();
        let visitors = match (a.visitor, b.visitor) {
            (KeyColumn::Ints(a, _), KeyColumn::Ints(b, _)) => a.get(x) == b.get(y),
            (KeyColumn::Texts(a, _), KeyColumn::Texts(b, _)) => a.get(x) == b.get(y),
            _ => false,
        };
        let same = [
            ("visitor", visitors),
            ("at", a.at.millis(x) == b.at.millis(y)),
            ("cart_at", times(a.cart_at, x) == times(b.cart_at, y)),
            ("first_at", times(a.first_at, x) == times(b.first_at, y)),
            ("country", texts(a.country, x) == texts(b.country, y)),
            ("customer", texts(a.customer, x) == texts(b.customer, y)),
            ("event", texts(a.event, x) == texts(b.event, y)),
            ("rate", texts(a.rate, x) == texts(b.rate, y)),
            ("identities", lists(a.identities, x) == lists(b.identities, y)),
            ("coupons", lists(a.coupons, x) == lists(b.coupons, y)),
            ("accounts", a.accounts.and_then(|c| c.get(x)) == b.accounts.and_then(|c| c.get(y))),
        ];
        match same.iter().find(|(_, same)| !same) {
            Some((column, _)) => {
                Err(self.table.error(ErrorCode::OrderLines, other, column, format!("differs from row {first} of the same order")))
            }
            None => Ok(()),
        }
    }
}

fn id_text<'a>(column: Option<IdColumn<'a>>, row: usize) -> std::borrow::Cow<'a, str> {
    match column {
        Some(IdColumn::Ints(ints)) if ints.ints.is_over(row) => ints.ints.get(row).cast_unsigned().to_string().into(),
        Some(IdColumn::Ints(ints)) => ints.ints.get(row).to_string().into(),
        Some(IdColumn::Texts(texts)) => texts.get(row).unwrap_or_default().into(),
        None => "".into(),
    }
}

/// Minor units of a decimal; digits that the currency has not must be zero.
fn decimal(value: i128, scale: i8, currency: Currency) -> Result<i64> {
    let digits = i32::try_from(currency.digits()).unwrap_or(0);
    let shift = digits - i32::from(scale);
    let range = || Error::new(ErrorCode::MoneyOutOfRange, BEYOND);
    let power = 10_i128.checked_pow(shift.unsigned_abs()).ok_or_else(range)?;
    let minor = if shift >= 0 {
        value.checked_mul(power).ok_or_else(range)?
    } else if value % power == 0 {
        value / power
    } else {
        return Err(Error::new(ErrorCode::MoneyInvalid, format!("has more than {digits} decimal digits, {currency} has {digits}")));
    };
    i64::try_from(minor).map_err(|_| range())
}

fn chunks<'a>(table: &Table<'a>) -> Result<Vec<Chunk<'a>>> {
    let mut id = table.required("order", IdColumn::read)?.into_iter();
    let mut visitor = table.required("visitor", KeyColumn::read)?.into_iter();
    let mut at = table.required("at", TimeColumn::read)?.into_iter();
    macro_rules! optional {
        ($($name:ident: $read:path),+ $(,)?) => {
            $(let mut $name = table.column(stringify!($name), $read)?.map(Vec::into_iter);)+
            let mut chunks = Vec::with_capacity(table.batches.len());
            let mut rows = table.batches.iter().map(RecordBatch::num_rows);
            while let (Some(id), Some(visitor), Some(at), Some(rows)) = (id.next(), visitor.next(), at.next(), rows.next()) {
                chunks.push(Chunk { id, visitor, at, $($name: $name.as_mut().and_then(Iterator::next),)+ rows });
            }
            Ok(chunks)
        };
    }
    optional! {
        line: IdColumn::read,
        product: TextColumn::read,
        quantity: IntColumn::read,
        gross: MoneyColumn::read,
        tax: MoneyColumn::read,
        shipping: MoneyColumn::read,
        discount: MoneyColumn::read,
        currency: TextColumn::read,
        payment: IntColumn::read,
        cart_at: TimeColumn::read,
        identities: ListColumn::read,
        coupons: ListColumn::read,
        country: TextColumn::read,
        customer: TextColumn::read,
        event: TextColumn::read,
        first_at: TimeColumn::read,
        rate: TextColumn::read,
        accounts: IntColumn::read,
    }
}

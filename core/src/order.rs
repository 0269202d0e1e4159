use crate::error::words;
use crate::id::check_text;
use crate::{Currency, Error, ErrorCode, Money, Rate, Result, Time};
use serde::{Deserialize, Serialize};

/// The most lines that an order may have.
pub const LINES_MAX: usize = 10_000;

words! {
    /// Whether the buyer bought from the vendor before.
    ///
    /// # Example
    /// ```
    /// assert_eq!("new".parse(), Ok(sentby::Customer::New));
    /// ```
    pub Customer: "customer" {
        /// The first purchase.
        New => "new",
        /// A later purchase.
        Returning => "returning",
    }
}

words! {
    /// What happened: a sale, or something that a vendor pays for without one.
    ///
    /// # Example
    /// ```
    /// assert_eq!("lead".parse(), Ok(sentby::Event::Lead));
    /// ```
    pub Event: "event" {
        /// Somebody bought.
        Sale => "sale",
        /// Somebody registered.
        Lead => "lead",
        /// Somebody clicked.
        Click => "click",
        /// Somebody saw an advertisement.
        Impression => "impression",
    }
}

impl Event {
    fn is_sale(&self) -> bool {
        *self == Self::Sale
    }
}

/// A sale: what the host knows when the buyer pays. Leads, clicks and impressions that are paid for are orders
/// too; their lines have a gross of zero.
///
/// # Example
/// ```
/// use sentby::{Line, Money, Order, Time};
/// let line = Line::new("1", "521411d4", Money::parse("1190.00", "EUR")?, Money::parse("190.00", "EUR")?);
/// let order = Order::new("A-1001", Time::parse("2026-03-03T18:00:00Z")?, vec![line]);
/// assert_eq!(order.payment, 1);
/// # Ok::<(), sentby::Error>(())
/// ```
#[derive(Clone, Debug, PartialEq, Eq, Hash, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct Order {
    /// The host's order number, 1 to 256 bytes.
    pub id: String,
    /// When the buyer ordered.
    pub at: Time,
    /// What was bought, all in one currency.
    pub lines: Vec<Line>,
    /// The number of this payment: 1 for a single sale and for the first instalment.
    #[serde(default = "one")]
    pub payment: u32,
    /// When the cart was started.
    #[serde(default)]
    pub cart_at: Option<Time>,
    /// Keyed hashes of who buys, from [`Program::identity`](crate::Program::identity): e-mail, phone, customer id, payment instrument.
    #[serde(default)]
    pub identities: Vec<String>,
    /// The coupons that the buyer used.
    #[serde(default)]
    pub coupons: Vec<String>,
    /// The buyer's country, two capital letters.
    #[serde(default)]
    pub country: Option<String>,
    /// Whether the buyer bought before.
    #[serde(default)]
    pub customer: Option<Customer>,
    /// How many accounts the host knows of this buyer; more than the program's `accounts_max` are flagged.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub accounts: Option<u32>,
    /// A sale, or what else is paid for.
    #[serde(default = "sale", skip_serializing_if = "Event::is_sale")]
    pub event: Event,
    /// When the first payment was made, for the payments after it.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub first_at: Option<Time>,
    /// The rate that a seller picked for this order, one of those that the rule allows.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub rate: Option<Rate>,
}

/// One position of an order.
///
/// # Example
/// ```
/// use sentby::{Line, Money};
/// let line = Line { quantity: 2, ..Line::new("1", "521411d4", Money::parse("98.00", "EUR")?, Money::parse("15.65", "EUR")?) };
/// assert_eq!(line.gross.minor(), 9800); // of both pieces
/// # Ok::<(), sentby::Error>(())
/// ```
#[derive(Clone, Debug, PartialEq, Eq, Hash, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct Line {
    /// The line's id within its order.
    pub id: String,
    /// The product's id.
    pub product: String,
    /// How many, at least 1.
    #[serde(default = "one")]
    pub quantity: u32,
    /// What the buyer pays for the line, tax included.
    pub gross: Money,
    /// The tax within `gross`.
    pub tax: Money,
    /// The shipping within `gross`, tax included.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub shipping: Option<Money>,
    /// What the buyer would have paid more without a discount, tax included; not within `gross`.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub discount: Option<Money>,
}

fn sale() -> Event {
    Event::Sale
}

fn one() -> u32 {
    1
}

impl Order {
    /// An order with these lines, a first payment, all else empty.
    pub fn new(id: impl Into<String>, at: Time, lines: Vec<Line>) -> Self {
        Self {
            id: id.into(),
            at,
            lines,
            payment: 1,
            cart_at: None,
            identities: Vec::new(),
            coupons: Vec::new(),
            country: None,
            customer: None,
            accounts: None,
            event: Event::Sale,
            first_at: None,
            rate: None,
        }
    }

    /// Checks everything that a rule may rely on, and returns the currency.
    pub(crate) fn check(&self) -> Result<Currency> {
        let Self {
            id,
            at: _,
            lines,
            payment,
            cart_at: _,
            identities,
            coupons,
            country,
            customer: _,
            accounts: _,
            event,
            first_at,
            rate: _,
        } = self;
        check_name("/id", id)?;
        let first = match lines.as_slice() {
            [first, ..] if lines.len() <= LINES_MAX => first,
            _ => return Err(Error::new(ErrorCode::OrderLines, format!("/lines: {} lines, expected 1 to {LINES_MAX}", lines.len()))),
        };
        if *payment == 0 {
            return Err(Error::new(ErrorCode::QuantityInvalid, "/payment: 0 is under 1"));
        }
        for (n, text) in identities.iter().enumerate() {
            check_text(&format!("/identities/{n}"), text)?;
        }
        for (n, text) in coupons.iter().enumerate() {
            check_text(&format!("/coupons/{n}"), text)?;
        }
        if let Some(country) = country
            && !is_country(country)
        {
            return Err(Error::new(
                ErrorCode::WordUnknown,
                format!("/country: {} is not two capital letters", crate::error::quote(country)),
            ));
        }
        if let Some(first_at) = first_at
            && *first_at > self.at
        {
            return Err(Error::new(ErrorCode::TimeInvalid, format!("/first_at: {first_at} is after this payment at {}", self.at)));
        }
        let currency = first.gross.currency();
        let mut gross = 0_i64;
        for (n, line) in lines.iter().enumerate() {
            line.check(currency).map_err(|error| error.at(format_args!("/lines/{n}")))?;
            if *event != Event::Sale && line.gross.minor() != 0 {
                let text = format!("/lines/{n}/gross: {} for a {event}; only a sale has a gross", line.gross);
                return Err(Error::new(ErrorCode::OrderLines, text));
            }
            // INVARIANT: at most 10,000 amounts below 2^53 are added.
            gross += line.gross.minor();
        }
        Money::of(gross, currency).map_err(|error| error.at("/lines"))?;
        check_line_ids(lines)?;
        Ok(currency)
    }
}

impl Line {
    /// A line of one piece.
    pub fn new(id: impl Into<String>, product: impl Into<String>, gross: Money, tax: Money) -> Self {
        Self { id: id.into(), product: product.into(), quantity: 1, gross, tax, shipping: None, discount: None }
    }

    fn check(&self, currency: Currency) -> Result<()> {
        let Self { id, product, quantity, gross, tax, shipping, discount } = self;
        check_name("/id", id)?;
        check_name("/product", product)?;
        if *quantity == 0 {
            return Err(Error::new(ErrorCode::QuantityInvalid, "/quantity: 0 is under 1"));
        }
        let amounts = [("/gross", Some(gross)), ("/tax", Some(tax)), ("/shipping", shipping.as_ref()), ("/discount", discount.as_ref())];
        for (place, amount) in amounts.into_iter().filter_map(|(place, amount)| Some((place, amount?))) {
            if amount.currency() != currency {
                let text = format!("{place}: {amount} in an order of {currency}");
                return Err(Error::new(ErrorCode::CurrencyMismatch, text));
            }
            if amount.minor() < 0 {
                return Err(Error::new(
                    ErrorCode::AmountNegative,
                    format!("{place}: {amount} is negative; take amounts back with a refund"),
                ));
            }
        }
        if tax.minor() > gross.minor() {
            return Err(Error::new(ErrorCode::TaxOverGross, format!("/tax: {tax} is more than the gross of {gross}")));
        }
        if let Some(shipping) = shipping
            && shipping.minor() > gross.minor()
        {
            return Err(Error::new(ErrorCode::TaxOverGross, format!("/shipping: {shipping} is more than the gross of {gross}")));
        }
        Ok(())
    }
}

pub(crate) fn is_country(text: &str) -> bool {
    text.len() == 2 && text.bytes().all(|b| b.is_ascii_uppercase())
}

pub(crate) fn check_name(place: &str, text: &str) -> Result<()> {
    if text.is_empty() {
        return Err(Error::new(ErrorCode::TextInvalid, format!("{place}: is empty")));
    }
    check_text(place, text)
}

fn check_line_ids(lines: &[Line]) -> Result<()> {
    if lines.len() < 2 {
        return Ok(());
    }
    let mut ids: Vec<(&str, usize)> = lines.iter().enumerate().map(|(n, line)| (line.id.as_str(), n)).collect();
    ids.sort_unstable();
    for pair in ids.windows(2) {
        if let [(first, _), (second, n)] = pair
            && first == second
        {
            return Err(Error::new(ErrorCode::LineRepeated, format!("/lines/{n}/id: {} occurs twice", crate::error::quote(second))));
        }
    }
    Ok(())
}

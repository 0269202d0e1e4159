use crate::commission::Book;
use crate::error::words;
use crate::order::check_name;
use crate::program::State;
use crate::{Commission, Currency, Error, ErrorCode, Money, Result, Role, Text, Time};
use serde::{Deserialize, Serialize};

mod account;
mod disputes;
mod snapshot;
mod state;

pub(crate) use account::Account;
pub use account::{Balance, CommissionState, OrderState, OrderStatus, Payout, PayoutRun, Share, Statement, WhyWithheld, Withheld};
pub use snapshot::Difference;
pub use state::Ledger;

words! {
    /// What an event of a ledger is.
    ///
    /// # Example
    /// ```
    /// assert_eq!("payout_created".parse(), Ok(sentby::LedgerKind::PayoutCreated));
    /// ```
    pub LedgerKind: "kind of event" {
        /// A buyer ordered and has not paid yet: `order`, `commission` as it will be.
        Order => "order",
        /// The buyer left without paying: `order`.
        Abandoned => "abandoned",
        /// A buyer paid: `commission`.
        Payment => "payment",
        /// The buyer got an amount back: `order`, `payment`, `amount`, `line` if it is of one line.
        Refund => "refund",
        /// The buyer's bank took all back that was left: `order`, `payment`.
        Chargeback => "chargeback",
        /// A dispute was won: `order`, `payment`, `of`, the id of the chargeback's event.
        ChargebackWon => "chargeback_won",
        /// The vendor agreed to a commission: `order`, `payment`.
        Approval => "approval",
        /// The vendor did not; affiliates' parts fall to the vendor: `order`, `payment`.
        Denial => "denial",
        /// A manual transaction between the vendor and someone: `recipient`, `amount`, signed; `note`.
        Adjustment => "adjustment",
        /// A partnership has a new state: `recipient`, `state`.
        Partnership => "partnership",
        /// Whether a recipient's account is verified: `recipient`, `verified`.
        Account => "account",
        /// A payout was ordered: `recipient`, `amount`. The event's id is the payout's.
        PayoutCreated => "payout_created",
        /// A payout arrived: `of`, the payout's id.
        PayoutPaid => "payout_paid",
        /// A payout came back: `of`, the payout's id.
        PayoutFailed => "payout_failed",
    }
}

/// Something that happened, as a ledger takes it. Hosts keep every event, in a table or a log; the ledger follows
/// from them. Which fields a kind needs stands with [`LedgerKind`]; others must be absent.
///
/// # Example
/// ```
/// use sentby::{LedgerEvent, LedgerKind, Money, Time};
/// let at = Time::parse("2026-03-05T10:00:00Z")?;
/// let event = LedgerEvent::refund("ipn-778", at, "A-1001", 1, Money::parse("400.00", "EUR")?);
/// assert_eq!(event.kind, LedgerKind::Refund);
/// # Ok::<(), sentby::Error>(())
/// ```
#[derive(Clone, Debug, PartialEq, Eq, Hash, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct LedgerEvent {
    /// The host's id of the event: the same id again is a replay, or, with other content, a conflict.
    pub id: String,
    /// When it happened.
    pub at: Time,
    /// What happened.
    pub kind: LedgerKind,
    /// The order's id.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub order: Option<String>,
    /// The number of the payment; 1 if absent.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub payment: Option<u32>,
    /// What everyone is owed for the order, as it was computed then. Its amounts are kept, whatever the rules say later.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub commission: Option<Commission>,
    /// How much was refunded, adjusted or paid out.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub amount: Option<Money>,
    /// The line that a refund is for.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub line: Option<String>,
    /// The event that this one is about: a chargeback, a payout.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub of: Option<String>,
    /// Whom it concerns: an affiliate, partner or vendor.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub recipient: Option<String>,
    /// The new state of a partnership.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub state: Option<State>,
    /// Whether the account is verified.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub verified: Option<bool>,
    /// A line for people.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub note: Option<String>,
}

impl LedgerEvent {
    fn new(id: impl Into<String>, at: Time, kind: LedgerKind) -> Self {
        Self {
            id: id.into(),
            at,
            kind,
            order: None,
            payment: None,
            commission: None,
            amount: None,
            line: None,
            of: None,
            recipient: None,
            state: None,
            verified: None,
            note: None,
        }
    }

    fn of_order(id: impl Into<String>, at: Time, kind: LedgerKind, order: impl Into<String>, payment: u32) -> Self {
        Self { order: Some(order.into()), payment: Some(payment), ..Self::new(id, at, kind) }
    }

    /// A buyer ordered and has not paid yet.
    pub fn order(id: impl Into<String>, at: Time, commission: Commission) -> Self {
        Self { commission: Some(commission), ..Self::new(id, at, LedgerKind::Order) }
    }

    /// A buyer left without paying.
    pub fn abandoned(id: impl Into<String>, at: Time, order: impl Into<String>) -> Self {
        Self::of_order(id, at, LedgerKind::Abandoned, order, 1)
    }

    /// A buyer paid.
    pub fn payment(id: impl Into<String>, at: Time, commission: Commission) -> Self {
        Self { commission: Some(commission), ..Self::new(id, at, LedgerKind::Payment) }
    }

    /// The buyer got an amount back.
    pub fn refund(id: impl Into<String>, at: Time, order: impl Into<String>, payment: u32, amount: Money) -> Self {
        Self { amount: Some(amount), ..Self::of_order(id, at, LedgerKind::Refund, order, payment) }
    }

    /// The buyer's bank took back what was left.
    pub fn chargeback(id: impl Into<String>, at: Time, order: impl Into<String>, payment: u32) -> Self {
        Self::of_order(id, at, LedgerKind::Chargeback, order, payment)
    }

    /// The dispute about a chargeback was won.
    pub fn chargeback_won(id: impl Into<String>, at: Time, order: impl Into<String>, payment: u32, of: impl Into<String>) -> Self {
        Self { of: Some(of.into()), ..Self::of_order(id, at, LedgerKind::ChargebackWon, order, payment) }
    }

    /// The vendor agreed to a commission, or did not.
    pub fn approval(id: impl Into<String>, at: Time, order: impl Into<String>, payment: u32, approved: bool) -> Self {
        Self::of_order(id, at, if approved { LedgerKind::Approval } else { LedgerKind::Denial }, order, payment)
    }

    /// A manual transaction: what the vendor gives someone, or, negative, takes back.
    pub fn adjustment(id: impl Into<String>, at: Time, recipient: impl Into<String>, amount: Money, note: impl Into<String>) -> Self {
        let (recipient, amount, note) = (Some(recipient.into()), Some(amount), Some(note.into()));
        Self { recipient, amount, note, ..Self::new(id, at, LedgerKind::Adjustment) }
    }

    /// A partnership has a new state.
    pub fn partnership(id: impl Into<String>, at: Time, recipient: impl Into<String>, state: State) -> Self {
        Self { recipient: Some(recipient.into()), state: Some(state), ..Self::new(id, at, LedgerKind::Partnership) }
    }

    /// A recipient's account is verified, or no longer.
    pub fn account(id: impl Into<String>, at: Time, recipient: impl Into<String>, verified: bool) -> Self {
        Self { recipient: Some(recipient.into()), verified: Some(verified), ..Self::new(id, at, LedgerKind::Account) }
    }

    /// A payout was ordered; [`PayoutRun`] proposes ids that a second run gives again.
    pub fn payout_created(id: impl Into<String>, at: Time, recipient: impl Into<String>, amount: Money) -> Self {
        Self { recipient: Some(recipient.into()), amount: Some(amount), ..Self::new(id, at, LedgerKind::PayoutCreated) }
    }

    /// A payout arrived, or came back.
    pub fn payout_ended(id: impl Into<String>, at: Time, of: impl Into<String>, paid: bool) -> Self {
        let kind = if paid { LedgerKind::PayoutPaid } else { LedgerKind::PayoutFailed };
        Self { of: Some(of.into()), ..Self::new(id, at, kind) }
    }

    /// Checks that the kind has the fields it needs, and no others, and that they are sound.
    fn check(&self) -> Result<()> {
        use LedgerKind::{
            Abandoned, Account, Adjustment, Approval, Chargeback, ChargebackWon, Denial, Order, Partnership, Payment, PayoutCreated,
            PayoutFailed, PayoutPaid, Refund,
        };
        let Self { id, at: _, kind, order, payment, commission, amount, line, of, recipient, state, verified, note } = self;
        check_name("/id", id)?;
        let of_order = matches!(kind, Abandoned | Refund | Chargeback | ChargebackWon | Approval | Denial);
        let needs = [
            ("order", order.is_some(), of_order, of_order),
            ("payment", payment.is_some(), false, of_order),
            ("commission", commission.is_some(), matches!(kind, Order | Payment), matches!(kind, Order | Payment)),
            (
                "amount",
                amount.is_some(),
                matches!(kind, Refund | Adjustment | PayoutCreated),
                matches!(kind, Refund | Adjustment | PayoutCreated),
            ),
            ("line", line.is_some(), false, *kind == Refund),
            (
                "of",
                of.is_some(),
                matches!(kind, ChargebackWon | PayoutPaid | PayoutFailed),
                matches!(kind, ChargebackWon | PayoutPaid | PayoutFailed),
            ),
            (
                "recipient",
                recipient.is_some(),
                matches!(kind, Adjustment | Partnership | Account | PayoutCreated),
                matches!(kind, Adjustment | Partnership | Account | PayoutCreated),
            ),
            ("state", state.is_some(), *kind == Partnership, *kind == Partnership),
            ("verified", verified.is_some(), *kind == Account, *kind == Account),
        ];
        for (name, given, needed, allowed) in needs {
            if needed && !given {
                return Err(Error::new(ErrorCode::EventInvalid, format!("/{name}: is missing; the kind {kind} needs it")));
            }
            if given && !allowed {
                return Err(Error::new(ErrorCode::EventInvalid, format!("/{name}: has no place in the kind {kind}")));
            }
        }
        if let Some(recipient) = recipient {
            crate::program::id_at("/recipient", recipient)?;
        }
        let texts = [("/order", order), ("/line", line), ("/of", of)];
        for (place, text) in texts.into_iter().filter_map(|(place, text)| Some((place, text.as_ref()?))) {
            check_name(place, text)?;
        }
        if let Some(note) = note {
            crate::id::check_text("/note", note)?;
        }
        if *payment == Some(0) {
            return Err(Error::new(ErrorCode::QuantityInvalid, "/payment: 0 is under 1"));
        }
        if let (Some(amount), Refund | PayoutCreated) = (amount, kind)
            && amount.minor() <= 0
        {
            let code = if *kind == Refund { ErrorCode::RefundNotPositive } else { ErrorCode::AmountNegative };
            return Err(Error::new(code, format!("/amount: {amount} is not above zero")));
        }
        commission.as_ref().map_or(Ok(()), |commission| check_commission(commission).map_err(|e| e.at("/commission")))
    }
}

/// A commission as it was handed out: of a sale alone, in one currency, adding up.
fn check_commission(commission: &Commission) -> Result<()> {
    check_name("/order", &commission.order)?;
    if commission.payment == 0 {
        return Err(Error::new(ErrorCode::QuantityInvalid, "/payment: 0 is under 1"));
    }
    if let Some(n) = commission.entries.iter().position(|entry| entry.refund.is_some()) {
        let text = format!("/entries/{n}/refund: a ledger takes what was paid and what was refunded as two events");
        return Err(Error::new(ErrorCode::CommissionInvalid, text));
    }
    for (n, entry) in commission.entries.iter().enumerate() {
        if let Some(recipient) = &entry.recipient
            && !crate::id::is_id(recipient)
        {
            crate::program::id_at(&format!("/entries/{n}/recipient"), recipient)?;
        }
        let texts = [("line", Some(&entry.line)), ("rule", entry.rule.as_ref())];
        for (key, text) in texts.into_iter().filter_map(|(key, text)| Some((key, text?))) {
            check_name("", text).map_err(|e| e.at(format_args!("/entries/{n}/{key}")))?;
        }
    }
    Book::check(&commission.entries)
}

words! {
    /// What became of an event.
    ///
    /// # Example
    /// ```
    /// assert_eq!(sentby::EventOutcome::Replay.to_string(), "replay");
    /// ```
    pub EventOutcome: "outcome" {
        /// It is new and recorded.
        Recorded => "recorded",
        /// The same event was recorded before; nothing changed.
        Replay => "replay",
        /// It is recorded and waits for what it is about: an order, a chargeback, a payout.
        Waiting => "waiting",
    }
}

/// What became of an event, and what is wrong with its order.
///
/// # Example
/// ```
/// use sentby::{Ledger, LedgerEvent, Money, EventOutcome, Time};
/// let mut ledger = Ledger::new();
/// let refund = LedgerEvent::refund("r", Time::parse("2026-03-05T10:00:00Z")?, "A-1", 1, Money::parse("4.00", "EUR")?);
/// assert_eq!(ledger.apply(&refund)?.outcome, EventOutcome::Waiting);
/// assert_eq!(ledger.apply(&refund)?.outcome, EventOutcome::Replay);
/// # Ok::<(), sentby::Error>(())
/// ```
#[derive(Clone, Debug, PartialEq, Eq, Hash, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct Receipt {
    /// What became of it.
    pub outcome: EventOutcome,
    /// What cannot be as the events of the order say, such as a refund of more than was paid.
    #[serde(default)]
    pub problems: Vec<Problem>,
}

/// An event that was recorded and could not be followed to the letter. No event is refused for this, since another that
/// makes it right may still come.
///
/// # Example
/// ```
/// use sentby::{ErrorCode, Problem};
/// let problem = Problem { event: "r-1".into(), code: ErrorCode::RefundOverPaid.as_str().into(), detail: "5.00 EUR more than was left".into() };
/// assert_eq!(problem.code, "refund_over_paid");
/// ```
#[derive(Clone, Debug, PartialEq, Eq, Hash, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct Problem {
    /// The event's id.
    pub event: String,
    /// The code, one of the errors'.
    pub code: String,
    /// One line for people.
    pub detail: String,
}

/// One signed amount on somebody's account.
///
/// # Example
/// ```
/// // Hosts store entries as they are.
/// let json = r#"{"event": "e-1", "at": 0, "kind": "payment", "order": "A-1", "payment": 1, "line": "1", "role": "affiliate",
///     "recipient": "anna", "rule": "half", "amount": {"minor": 47034, "currency": "EUR"}}"#;
/// let entry: sentby::LedgerEntry = serde_json::from_str(json).unwrap();
/// assert_eq!(entry.amount.to_string(), "470.34 EUR");
/// ```
#[derive(Clone, Debug, PartialEq, Eq, Hash, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct LedgerEntry {
    /// The event that it comes from.
    pub event: String,
    /// When that happened.
    pub at: Time,
    /// What that was.
    pub kind: LedgerKind,
    /// The order's id.
    #[serde(default)]
    pub order: Option<String>,
    /// The number of the payment.
    #[serde(default)]
    pub payment: Option<u32>,
    /// The order line.
    #[serde(default)]
    pub line: Option<Text>,
    /// What the recipient is; none for a payout.
    #[serde(default)]
    pub role: Option<Role>,
    /// Whose account; none for tax and fee.
    #[serde(default)]
    pub recipient: Option<Text>,
    /// The name of the rule.
    #[serde(default)]
    pub rule: Option<Text>,
    /// Positive for what is earned, negative for what is taken back or paid out.
    pub amount: Money,
}

pub(crate) fn money(minor: i64, currency: Currency) -> Money {
    // INVARIANT: a ledger refuses events that would lift a sum beyond 2^53 − 1.
    Money::of(minor.clamp(-crate::SAFE_MAX, crate::SAFE_MAX), currency).unwrap_or_else(|_| Money::zero(currency))
}

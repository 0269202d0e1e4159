//! What a sales platform tells about an order: its webhooks, verified and turned into events.

use crate::error::words;
use crate::order::check_name;
use crate::{Commission, Error, ErrorCode, Evidence, LedgerEvent, Money, Order, Program, Refund, Result, Time, Touch};
use serde::{Deserialize, Serialize};
use std::collections::BTreeMap;

mod body;
mod copecart;
mod digistore24;
mod signature;

/// The longest body that is read, in bytes.
const BODY_MAX: usize = 1 << 20;

words! {
    /// A sales platform whose webhooks sentby reads.
    ///
    /// # Example
    /// ```
    /// assert_eq!("copecart".parse(), Ok(sentby::Platform::Copecart));
    /// ```
    pub Platform: "platform" {
        /// CopeCart's IPN: JSON, signed in the header `X-Copecart-Signature`.
        Copecart => "copecart",
        /// Digistore24's IPN: a form, signed in its field `sha_sign`.
        Digistore24 => "digistore24",
    }
}

words! {
    /// What a webhook tells. The first six become events of a ledger; a vendor may want to know of the others.
    ///
    /// # Example
    /// ```
    /// assert_eq!(sentby::WebhookKind::ChargebackWon.to_string(), "chargeback_won");
    /// ```
    pub WebhookKind: "kind of webhook" {
        /// A buyer paid.
        Payment => "payment",
        /// A buyer ordered and has not paid yet.
        Pending => "pending",
        /// A buyer began a trial and has not paid yet.
        Trial => "trial",
        /// The buyer got an amount back.
        Refund => "refund",
        /// The buyer's bank took the payment back.
        Chargeback => "chargeback",
        /// The dispute was won.
        ChargebackWon => "chargeback_won",
        /// A payment did not come through.
        Failed => "failed",
        /// A payment of a subscription or of instalments is late.
        Missed => "missed",
        /// A refund did not come through.
        RefundFailed => "refund_failed",
        /// A payment is due soon.
        Upcoming => "upcoming",
        /// There will be no further payments.
        Cancelled => "cancelled",
        /// There will be further payments after all.
        Resumed => "resumed",
        /// The time that was paid for is over.
        Ended => "ended",
        /// Somebody became the affiliate of a product, or is no longer.
        Affiliation => "affiliation",
        /// A ticket was made.
        Ticket => "ticket",
        /// The platform tries the connection.
        Connection => "connection",
        /// sentby does not know it, or it contradicts itself; the notes say what.
        Unknown => "unknown",
    }
}

/// A webhook whose signature was right.
///
/// # Example
/// See [`Program::webhook`].
#[derive(Clone, Debug, PartialEq, Eq, Hash, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct Webhook {
    /// Who sent it.
    pub platform: Platform,
    /// The id of its event: the same for every delivery of the same.
    pub id: String,
    /// What it tells.
    pub kind: WebhookKind,
    /// Whether the platform says that it is a test; tests become no events.
    pub test: bool,
    /// When it happened.
    pub at: Time,
    /// The order that was paid, is pending, or is a trial: what [`Program::attribute`] and [`Program::commission`] take.
    #[serde(default)]
    pub sale: Option<Order>,
    /// The order's id, whatever happened to it.
    #[serde(default)]
    pub order: Option<String>,
    /// The number of the payment.
    pub payment: u32,
    /// What went back, by line where the platform says so; nothing of what nothing went back.
    #[serde(default)]
    pub refunds: Vec<Refund>,
    /// The affiliate as the platform names them.
    #[serde(default)]
    pub affiliate: Option<String>,
    /// The affiliate's campaign.
    #[serde(default)]
    pub campaign: Option<String>,
    /// What the platform says the affiliate earns, to compare with.
    #[serde(default)]
    pub affiliate_amount: Option<Money>,
    /// A token of sentby's that travelled with the order, unverified: open it with the keys.
    #[serde(default)]
    pub token: Option<String>,
    /// Every field as it came; what is no text is written as JSON.
    #[serde(default)]
    pub fields: BTreeMap<String, String>,
    /// What sentby did not know or had to assume, with its place.
    #[serde(default)]
    pub notes: Vec<String>,
}

impl Program {
    /// Reads a webhook from the raw body of a request, if its signature is right.
    ///
    /// `signature` is what stands in CopeCart's header, in base64 or hexadecimal digits; Digistore24 signs within the body, and it is
    /// empty. Times without a zone are read in the program's time zone, a day without an hour as its end, and where
    /// the body names no time, `received` is used: for a repeated delivery, pass when the first came.
    ///
    /// # Errors
    /// `signature_invalid`; `key_missing` without a secret; `too_large` above 1 MiB; `webhook_invalid` with its place for what
    /// cannot be read, is missing, occurs twice or does not add up. What is merely unknown is no error, but
    /// [`WebhookKind::Unknown`] or one of the notes.
    ///
    /// # Example
    /// ```
    /// # let program = sentby::Program::from_toml(include_str!("../vectors/programs/story.toml"))?;
    /// use sentby::{Ledger, Platform, Time, WebhookKind};
    /// let body = br#"{"event_type": "payment.made", "payment_status": "paid", "transaction_id": "T-1", "order_id": "A-1001",
    ///     "transaction_date": "2026-03-03T18:00:00Z", "transaction_amount": "1190.00", "transaction_vat_amount": 190.0,
    ///     "transaction_currency": "EUR", "product_id": "521411d4", "affiliate": "anna"}"#;
    /// let signature = "M8f6v3flc6cVbgL/reGbp+ztg096ZmukaISuAeS5hqQ=";
    /// let received = Time::parse("2026-03-03T18:00:05Z")?;
    /// let webhook = program.webhook(Platform::Copecart, "the shared secret", signature, body, received)?;
    /// assert_eq!((webhook.kind, webhook.id.as_str()), (WebhookKind::Payment, "copecart/T-1/payment"));
    ///
    /// // What the host recorded of the buyer, and what the platform says.
    /// let touches: Vec<_> = webhook.touch().into_iter().collect();
    /// let order = webhook.sale.as_ref().unwrap();
    /// let commission = program.commission(order, &program.attribute(order, &touches)?)?;
    /// let mut ledger = Ledger::new();
    /// for event in webhook.events(Some(&commission))? {
    ///     ledger.apply(&event)?;
    /// }
    /// assert_eq!(ledger.entries(None)[2].amount.to_string(), "470.34 EUR");
    /// # Ok::<(), sentby::Error>(())
    /// ```
    pub fn webhook(&self, platform: Platform, secret: &str, signature: &str, body: &[u8], received: Time) -> Result<Webhook> {
        if body.len() > BODY_MAX {
            return Err(Error::new(ErrorCode::TooLarge, format!("the body has {} bytes, at most {BODY_MAX} are read", body.len())));
        }
        if secret.is_empty() {
            return Err(Error::new(ErrorCode::KeyMissing, "the secret that the platform signs with is empty"));
        }
        match platform {
            Platform::Copecart => copecart::read(secret, signature, body, &self.zone, received),
            Platform::Digistore24 => digistore24::read(secret, signature, body, &self.zone, received),
        }
    }
}

impl Webhook {
    /// The touch that the platform's word is: evidence `claim`, at the time of the order. `None` if it names no affiliate.
    ///
    /// # Example
    /// See [`Program::webhook`].
    pub fn touch(&self) -> Option<Touch> {
        let at = self.sale.as_ref().map_or(self.at, |order| order.first_at.unwrap_or(order.at));
        Some(Touch { campaign: self.campaign.clone(), ..Touch::new(self.affiliate.clone()?, at, Evidence::Claim) })
    }

    /// The events that a ledger takes: none for a test, and for what moves no money. A payment and a pending order need the
    /// commission that was computed for [`sale`](Self::sale).
    ///
    /// # Errors
    /// `event_invalid` without the commission, `decision_mismatch` with that of another order or payment.
    ///
    /// # Example
    /// See [`Program::webhook`].
    pub fn events(&self, commission: Option<&Commission>) -> Result<Vec<LedgerEvent>> {
        let Some(order) = self.order.as_deref().filter(|_| !self.test) else { return Ok(Vec::new()) };
        let (id, at, payment) = (self.id.as_str(), self.at, self.payment);
        let computed = || match commission {
            None => Err(Error::new(ErrorCode::EventInvalid, format!("/commission: is missing; the kind {} needs it", self.kind))),
            Some(commission) if commission.order != order || commission.payment != payment => {
                let given = crate::error::quote(&commission.order);
                let text = format!(
                    "/commission: is for payment {} of {given}, the webhook tells of payment {payment} of {}",
                    commission.payment,
                    crate::error::quote(order)
                );
                Err(Error::new(ErrorCode::DecisionMismatch, text))
            }
            Some(commission) => Ok(commission.clone()),
        };
        Ok(match self.kind {
            WebhookKind::Payment => vec![LedgerEvent::payment(id, at, computed()?)],
            WebhookKind::Pending | WebhookKind::Trial => vec![LedgerEvent::order(id, at, computed()?)],
            WebhookKind::Refund => {
                let event = |refund: &Refund| LedgerEvent {
                    line: refund.line.clone(),
                    ..LedgerEvent::refund(refund.id.as_str(), at, order, payment, refund.amount)
                };
                self.refunds.iter().map(event).collect()
            }
            WebhookKind::Chargeback => vec![LedgerEvent::chargeback(id, at, order, payment)],
            WebhookKind::ChargebackWon => {
                let of = id.strip_suffix("_won").unwrap_or(id);
                vec![LedgerEvent::chargeback_won(id, at, order, payment, of)]
            }
            WebhookKind::Failed
            | WebhookKind::Missed
            | WebhookKind::RefundFailed
            | WebhookKind::Upcoming
            | WebhookKind::Cancelled
            | WebhookKind::Resumed
            | WebhookKind::Ended
            | WebhookKind::Affiliation
            | WebhookKind::Ticket
            | WebhookKind::Connection
            | WebhookKind::Unknown => Vec::new(),
        })
    }

    /// Checks what a ledger and the rules rely on.
    fn checked(self, place_of_order: &str) -> Result<Self> {
        check_name("/transaction_id", &self.id).map_err(wrapped)?;
        if let Some(order) = &self.order {
            check_name(place_of_order, order).map_err(wrapped)?;
        }
        if let Some(sale) = &self.sale {
            sale.check().map_err(|e| e.at("/order"))?;
        }
        Ok(self)
    }
}

/// What a platform says that went back; a refund of nothing is none.
fn went_back(id: &str, amount: Money) -> Option<Refund> {
    (amount.minor() > 0).then(|| Refund::new(id, amount))
}

fn invalid(place: &str, why: impl std::fmt::Display) -> Error {
    let glue = if place.is_empty() { "" } else { ": " };
    Error::new(ErrorCode::WebhookInvalid, format!("{place}{glue}{why}"))
}

fn wrapped(error: Error) -> Error {
    Error::new(ErrorCode::WebhookInvalid, error.detail())
}

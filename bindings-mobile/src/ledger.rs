//! The ledger, behind a lock: other languages' threads may share it.

use crate::Program;
use crate::convert::{Mirror, Moment, Outcome, give, take};
use records::{Balance, Difference, LedgerEntry, LedgerEvent, OrderStatus, PayoutRun, Problem, Receipt, Statement};
use std::sync::{Arc, Mutex, MutexGuard, PoisonError};

pub mod records;

/// What everyone has earned, was paid and is owed: a fold over events, whatever order they come in.
#[derive(Debug, uniffi::Object)]
pub struct Ledger(Mutex<sentby::Ledger>);

impl Ledger {
    /// Nothing in the core panics, so no lock is ever poisoned.
    pub(crate) fn lock(&self) -> MutexGuard<'_, sentby::Ledger> {
        self.0.lock().unwrap_or_else(PoisonError::into_inner)
    }
}

#[uniffi::export]
impl Ledger {
    /// A ledger of nothing.
    #[uniffi::constructor]
    #[allow(clippy::new_without_default, reason = "UniFFI has constructors only")]
    pub fn new() -> Self {
        Self(Mutex::new(sentby::Ledger::new()))
    }

    /// The ledger that a snapshot holds.
    #[uniffi::constructor]
    pub fn restore(snapshot: Vec<u8>) -> Outcome<Self> {
        Ok(Self(Mutex::new(sentby::Ledger::restore(&snapshot)?)))
    }

    /// Takes an event. On an error the ledger is as it was.
    pub fn apply(&self, event: LedgerEvent) -> Outcome<Receipt> {
        let event: sentby::LedgerEvent = take("event", event)?;
        give(self.lock().apply(&event))
    }

    /// Every entry since a time, or all: in order of time and event id.
    #[uniffi::method(default(since = None))]
    pub fn entries(&self, since: Option<Moment>) -> Outcome<Vec<LedgerEntry>> {
        let since = since.map(|since| take("since", since)).transpose()?;
        Ok(Mirror::give(self.lock().entries(since)))
    }

    /// The entries of one order, in order of time and event id.
    pub fn entries_of(&self, order: &str) -> Vec<LedgerEntry> {
        Mirror::give(self.lock().entries_of(order))
    }

    /// What a recipient has at a time, by currency; empty for who never had anything.
    pub fn balance(&self, program: Arc<Program>, recipient: &str, at: Moment) -> Outcome<Vec<Balance>> {
        Ok(Mirror::give(self.lock().balance(&program.0, recipient, take("at", at)?)))
    }

    /// What came and went on a recipient's account from start on and before end, by currency.
    pub fn statement(&self, recipient: &str, start: Moment, end: Moment) -> Outcome<Vec<Statement>> {
        Ok(Mirror::give(self.lock().statement(recipient, take("start", start)?, take("end", end)?)))
    }

    /// Who is to be paid at a time, and whose money stays. Nothing changes until the payouts come back as events.
    pub fn payout(&self, program: Arc<Program>, at: Moment) -> Outcome<PayoutRun> {
        Ok(Mirror::give(self.lock().payout(&program.0, take("at", at)?)))
    }

    /// How far every payment is at a time, by order and payment.
    pub fn orders(&self, program: Arc<Program>, at: Moment) -> Outcome<Vec<OrderStatus>> {
        Ok(Mirror::give(self.lock().orders(&program.0, take("at", at)?)))
    }

    /// What cannot be as the events say, by order, and what still waits for something.
    pub fn problems(&self) -> Vec<Problem> {
        Mirror::give(self.lock().problems())
    }

    /// The ledger as bytes: the same for the same events, however they came.
    pub fn snapshot(&self) -> Vec<u8> {
        self.lock().snapshot()
    }

    /// Computes everything anew from the events and names the first difference; none if there is none.
    pub fn verify(&self, events: Vec<LedgerEvent>) -> Outcome<Option<Difference>> {
        let events: Vec<sentby::LedgerEvent> = take("events", events)?;
        give(self.lock().verify(&events))
    }

    /// How many events it has.
    pub fn size(&self) -> i64 {
        self.lock().len() as i64
    }
}

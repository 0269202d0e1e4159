//! The ledger.

use crate::convert::{Given, Result, raise, take};
use crate::{Program, given};
use napi::Env;
use napi::bindgen_prelude::{Buffer, ClassInstance, Either, Unknown};
use napi_derive::napi;
use sentby::{Error, ErrorCode, LedgerEvent, Time};

/// What everyone has earned, was paid and is owed: a fold over events, whatever order they come in.
#[napi]
#[derive(Debug)]
pub struct Ledger(pub(crate) sentby::Ledger);

type Rules<'a> = Either<ClassInstance<'a, Program>, Given<'a>>;

fn rules<'a>(program: &'a Rules<'_>) -> Result<&'a sentby::Program> {
    match program {
        Either::A(program) => Ok(&program.0),
        Either::B(_) => Err(raise(Error::new(ErrorCode::TypeInvalid, "/program: is no Program"))),
    }
}

#[napi]
impl Ledger {
    #[napi(constructor)]
    #[allow(clippy::new_without_default, reason = "JavaScript has constructors only")]
    pub fn new() -> Self {
        Self(sentby::Ledger::new())
    }

    /// The ledger that a snapshot holds.
    #[napi(factory)]
    pub fn restore(#[napi(ts_arg_type = "Buffer")] snapshot: Either<Buffer, Given<'_>>) -> Result<Self> {
        match snapshot {
            Either::A(bytes) => sentby::Ledger::restore(&bytes).map(Self).map_err(raise),
            Either::B(_) => Err(raise(Error::new(ErrorCode::TypeInvalid, "/snapshot: is no Buffer"))),
        }
    }

    /// Takes an event. On an error the ledger is as it was.
    #[napi(ts_return_type = "Receipt")]
    pub fn apply<'e>(&mut self, env: &'e Env, #[napi(ts_arg_type = "LedgerEvent")] event: Given<'_>) -> Result<Unknown<'e>> {
        given(env, &self.0.apply(&take::<LedgerEvent>("event", &event)?).map_err(raise)?)
    }

    /// Every entry since a time, or all: in order of time and event id.
    #[napi(ts_return_type = "LedgerEntry[]")]
    pub fn entries<'e>(&self, env: &'e Env, #[napi(ts_arg_type = "Date | null")] since: Option<Given<'_>>) -> Result<Unknown<'e>> {
        let since: Option<Time> = since.map(|since| take::<Option<Time>>("since", &since)).transpose()?.flatten();
        given(env, &self.0.entries(since))
    }

    /// The entries of one order, in order of time and event id.
    #[napi(ts_return_type = "LedgerEntry[]")]
    pub fn entries_of<'e>(&self, env: &'e Env, #[napi(ts_arg_type = "string")] order: Given<'_>) -> Result<Unknown<'e>> {
        given(env, &self.0.entries_of(&take::<String>("order", &order)?))
    }

    /// What a recipient has at a time, by currency; empty for who never had anything.
    #[napi(ts_return_type = "Balance[]")]
    pub fn balance<'e>(
        &self,
        env: &'e Env,
        #[napi(ts_arg_type = "Program")] program: Either<ClassInstance<'_, Program>, Given<'_>>,
        #[napi(ts_arg_type = "string")] recipient: Given<'_>,
        #[napi(ts_arg_type = "Date")] at: Given<'_>,
    ) -> Result<Unknown<'e>> {
        given(env, &self.0.balance(rules(&program)?, &take::<String>("recipient", &recipient)?, take("at", &at)?))
    }

    /// What came and went on a recipient's account from `start` on and before `end`, by currency.
    #[napi(ts_return_type = "Statement[]")]
    pub fn statement<'e>(
        &self,
        env: &'e Env,
        #[napi(ts_arg_type = "string")] recipient: Given<'_>,
        #[napi(ts_arg_type = "Date")] start: Given<'_>,
        #[napi(ts_arg_type = "Date")] end: Given<'_>,
    ) -> Result<Unknown<'e>> {
        given(env, &self.0.statement(&take::<String>("recipient", &recipient)?, take("start", &start)?, take("end", &end)?))
    }

    /// Who is to be paid at a time, and whose money stays. Nothing changes until the payouts come back as events.
    #[napi(ts_return_type = "PayoutRun")]
    pub fn payout<'e>(
        &self,
        env: &'e Env,
        #[napi(ts_arg_type = "Program")] program: Either<ClassInstance<'_, Program>, Given<'_>>,
        #[napi(ts_arg_type = "Date")] at: Given<'_>,
    ) -> Result<Unknown<'e>> {
        given(env, &self.0.payout(rules(&program)?, take("at", &at)?))
    }

    /// How far every payment is at a time, by order and payment.
    #[napi(ts_return_type = "OrderStatus[]")]
    pub fn orders<'e>(
        &self,
        env: &'e Env,
        #[napi(ts_arg_type = "Program")] program: Either<ClassInstance<'_, Program>, Given<'_>>,
        #[napi(ts_arg_type = "Date")] at: Given<'_>,
    ) -> Result<Unknown<'e>> {
        given(env, &self.0.orders(rules(&program)?, take("at", &at)?))
    }

    /// What cannot be as the events say, by order, and what still waits for something.
    #[napi(ts_return_type = "Problem[]")]
    pub fn problems<'e>(&self, env: &'e Env) -> Result<Unknown<'e>> {
        given(env, &self.0.problems())
    }

    /// The ledger as bytes: the same for the same events, however they came.
    #[napi]
    pub fn snapshot(&self) -> Buffer {
        self.0.snapshot().into()
    }

    /// Computes everything anew from the events and names the first difference; null if there is none.
    #[napi(ts_return_type = "Difference | null")]
    pub fn verify<'e>(&self, env: &'e Env, #[napi(ts_arg_type = "readonly LedgerEvent[]")] events: Given<'_>) -> Result<Unknown<'e>> {
        given(env, &self.0.verify(&take::<Vec<LedgerEvent>>("events", &events)?).map_err(raise)?)
    }

    /// How many events it has.
    #[napi(getter)]
    pub fn size(&self) -> u32 {
        u32::try_from(self.0.len()).unwrap_or(u32::MAX)
    }
}

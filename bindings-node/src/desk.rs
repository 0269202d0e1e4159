//! Webhooks, partnerships, reports and diagnoses.

use crate::convert::{Given, Result, raise, take};
use crate::ledger::Ledger;
use crate::{Program, given};
use napi::Env;
use napi::bindgen_prelude::{Buffer, ClassInstance, Either, Unknown};
use napi_derive::napi;
use sentby::{Activity, Commission, Error, ErrorCode, LedgerEntry, Question, ReportPeriod, Webhook};

fn no(place: &str, what: &str) -> napi::Error<crate::convert::Code> {
    raise(Error::new(ErrorCode::TypeInvalid, format!("{place}: is no {what}")))
}

#[napi]
impl Program {
    /// Reads a webhook from the raw body of a request, if its signature is right.
    #[napi(ts_return_type = "Webhook")]
    pub fn webhook<'e>(
        &self,
        env: &'e Env,
        #[napi(ts_arg_type = "Platform")] platform: Given<'_>,
        #[napi(ts_arg_type = "string")] secret: Given<'_>,
        #[napi(ts_arg_type = "string")] signature: Given<'_>,
        #[napi(ts_arg_type = "Buffer")] body: Either<Buffer, Given<'_>>,
        #[napi(ts_arg_type = "Date")] received: Given<'_>,
    ) -> Result<Unknown<'e>> {
        let (secret, signature) = (take::<String>("secret", &secret)?, take::<String>("signature", &signature)?);
        let Either::A(body) = body else { return Err(no("/body", "Buffer: hand over the raw bytes of the request")) };
        let webhook = self.0.webhook(take("platform", &platform)?, &secret, &signature, &body, take("received", &received)?);
        given(env, &webhook.map_err(raise)?)
    }

    /// The program after one step of a partnership, with all its checks.
    #[napi]
    pub fn moderate(&self, #[napi(ts_arg_type = "Moderation")] moderation: Given<'_>) -> Result<Program> {
        self.0.moderate(&take("moderation", &moderation)?).map(Program).map_err(raise)
    }

    /// What every affiliate brought from one day to another.
    #[napi(ts_return_type = "Leaderboard")]
    pub fn leaderboard<'e>(
        &self,
        env: &'e Env,
        #[napi(ts_arg_type = "Ledger")] ledger: Either<ClassInstance<'_, Ledger>, Given<'_>>,
        #[napi(ts_arg_type = "readonly Activity[]")] activities: Given<'_>,
        #[napi(ts_arg_type = "ReportPeriod | null | undefined")] period: Option<Given<'_>>,
    ) -> Result<Unknown<'e>> {
        let Either::A(ledger) = ledger else { return Err(no("/ledger", "Ledger")) };
        let activities: Vec<Activity> = take("activities", &activities)?;
        let period = period.map_or(Ok(None), |period| take::<Option<ReportPeriod>>("period", &period))?.unwrap_or_default();
        given(env, &self.0.leaderboard(&ledger.0, &activities, &period).map_err(raise)?)
    }

    /// One affiliate's partnership, links, orders and balances at a time; null if the program has no such affiliate.
    #[napi(ts_return_type = "Profile | null")]
    pub fn profile<'e>(
        &self,
        env: &'e Env,
        #[napi(ts_arg_type = "Ledger")] ledger: Either<ClassInstance<'_, Ledger>, Given<'_>>,
        #[napi(ts_arg_type = "readonly Activity[]")] activities: Given<'_>,
        #[napi(ts_arg_type = "string")] affiliate: Given<'_>,
        #[napi(ts_arg_type = "Date")] at: Given<'_>,
    ) -> Result<Unknown<'e>> {
        let Either::A(ledger) = ledger else { return Err(no("/ledger", "Ledger")) };
        let activities: Vec<Activity> = take("activities", &activities)?;
        given(env, &self.0.profile(&ledger.0, &activities, &take::<String>("affiliate", &affiliate)?, take("at", &at)?).map_err(raise)?)
    }

    /// Why an affiliate was paid or not: everything that is found. Without a ledger, the answer ends with the decision.
    #[napi(ts_return_type = "Diagnosis[]")]
    pub fn diagnose<'e>(
        &self,
        env: &'e Env,
        #[napi(ts_arg_type = "Question")] question: Given<'_>,
        #[napi(ts_arg_type = "Ledger | null | undefined")] ledger: Option<Either<ClassInstance<'_, Ledger>, Given<'_>>>,
        #[napi(ts_arg_type = "readonly Program[] | null | undefined")] others: Option<Either<Vec<ClassInstance<'_, Program>>, Given<'_>>>,
    ) -> Result<Unknown<'e>> {
        let question: Question = take("question", &question)?;
        let ledger = match ledger {
            None => None,
            Some(Either::A(ledger)) => Some(ledger),
            Some(Either::B(_)) => return Err(no("/ledger", "Ledger")),
        };
        let others = match others {
            None => Vec::new(),
            Some(Either::A(others)) => others,
            Some(Either::B(_)) => return Err(no("/others", "array of Programs")),
        };
        let others: Vec<&sentby::Program> = others.iter().map(|other| &other.0).collect();
        given(env, &self.0.diagnose(&question, ledger.as_ref().map(|ledger| &ledger.0), &others).map_err(raise)?)
    }
}

/// The touch that a platform's word is: evidence `claim`; null if it names no affiliate.
#[napi(ts_return_type = "Touch | null")]
pub fn webhook_touch<'e>(env: &'e Env, #[napi(ts_arg_type = "Webhook")] webhook: Given<'_>) -> Result<Unknown<'e>> {
    given(env, &take::<Webhook>("webhook", &webhook)?.touch())
}

/// The events that a ledger takes; a payment and a pending order need the commission of the sale.
#[napi(ts_return_type = "LedgerEvent[]")]
pub fn webhook_events<'e>(
    env: &'e Env,
    #[napi(ts_arg_type = "Webhook")] webhook: Given<'_>,
    #[napi(ts_arg_type = "Commission | null | undefined")] commission: Option<Given<'_>>,
) -> Result<Unknown<'e>> {
    let commission = commission.map_or(Ok(None), |commission| take::<Option<Commission>>("commission", &commission))?;
    given(env, &take::<Webhook>("webhook", &webhook)?.events(commission.as_ref()).map_err(raise)?)
}

/// Entries of a ledger, a statement or a settlement as JSON or CSV.
#[napi]
pub fn export_entries(
    #[napi(ts_arg_type = "readonly LedgerEntry[]")] entries: Given<'_>,
    #[napi(ts_arg_type = "ExportFormat")] format: Given<'_>,
) -> Result<String> {
    Ok(sentby::export_entries(&take::<Vec<LedgerEntry>>("entries", &entries)?, take("format", &format)?))
}

/// The same as an Arrow IPC stream.
#[napi]
pub fn export_arrow(#[napi(ts_arg_type = "readonly LedgerEntry[]")] entries: Given<'_>) -> Result<Buffer> {
    sentby::export_arrow(&take::<Vec<LedgerEntry>>("entries", &entries)?).map(Into::into).map_err(raise)
}

//! Webhooks, partnerships, reports and diagnoses.

use crate::Program;
use crate::convert::{Mirror, Moment, Outcome, give, take};
use crate::ledger::Ledger;
use crate::ledger::records::{Balance, LedgerEntry, LedgerEvent, OrderStatus, PartnershipState};
use crate::records::{Commission, Event, Money, Order, Reason, Refund, Touch, record, words};
use sentby::Result;
use std::collections::HashMap;
use std::sync::Arc;

words! {
    /// A sales platform whose webhooks sentby reads.
    Platform {
        Copecart, Digistore24,
    }
}
words! {
    /// What a webhook tells.
    WebhookKind {
        Payment, Pending, Trial, Refund, Chargeback, ChargebackWon, Failed, Missed, RefundFailed, Upcoming, Cancelled, Resumed, Ended, Affiliation, Ticket, Connection, Unknown,
    }
}
words! {
    /// What is done about a partnership.
    ModerationAction {
        Invite, Request, Approve, Deny, Suspend, End,
    }
}
words! {
    /// What a diagnosis found.
    DiagnosisCode {
        UnknownAffiliate, NearMatch, OtherRegion, NotApproved, Ended, Suspended, UnknownProduct, NoTouch, OutsideWindow, AnotherWon, Refused, NoCommission, UnknownOrder, NotPaidYet, Abandoned, Refunded, Denied, NotAgreed, OnHold, Negative, BelowMinimum, NotVerified, PayoutDue, PaidOut, Earned, NothingRecorded,
    }
}
words! {
    /// A text format that entries are exported in.
    ExportFormat {
        Json, Csv,
    }
}
record! {
    /// A webhook whose signature was right.
    Webhook {
        /// Who sent it.
        platform: Platform,
        /// The id of its event: the same for every delivery of the same.
        id: String,
        /// What it tells.
        kind: WebhookKind,
        /// When it happened.
        at: Moment,
        /// Whether the platform says that it is a test; tests become no events.
        test: bool = false,
        /// The order that was paid, is pending, or is a trial.
        sale: Option<Order> = None,
        /// The order's id, whatever happened to it.
        order: Option<String> = None,
        /// The number of the payment.
        payment: i32 = 1,
        /// What went back, by line where the platform says so.
        refunds: Vec<Refund> = [],
        /// The affiliate as the platform names them.
        affiliate: Option<String> = None,
        /// The affiliate's campaign.
        campaign: Option<String> = None,
        /// What the platform says the affiliate earns, to compare with.
        affiliate_amount: Option<Money> = None,
        /// A token of sentby's that travelled with the order, unverified: open it with the keys.
        token: Option<String> = None,
        /// Every field as it came; what is no text is written as JSON.
        fields: HashMap<String, String>; default,
        /// What sentby did not know or had to assume, with its place.
        notes: Vec<String> = [],
    }
}
record! {
    /// One step of a partnership.
    Moderation {
        /// The affiliate's id.
        affiliate: String,
        /// What is done.
        action: ModerationAction,
        /// From when on.
        since: Moment,
        /// For this product alone; otherwise for all of the vendor's.
        product: Option<String> = None,
    }
}
record! {
    /// Something that an affiliate's visitor did and that is not on the ledger.
    Activity {
        /// A click, a lead or an impression; sales are on the ledger.
        kind: Event,
        /// The affiliate's id as it was found.
        affiliate: String,
        /// When it happened.
        at: Moment,
        /// Who it was, as the host tells visitors apart.
        visitor: Option<String> = None,
        /// The link that was used.
        link: Option<String> = None,
    }
}
record! {
    /// From which day to which day a report goes.
    ReportPeriod {
        /// The first day, as in 2026-03-01; from the beginning without one.
        first: Option<String> = None,
        /// The last day, which is in the report; without one, there is no end.
        last: Option<String> = None,
        /// Whose days: a name of the IANA database, or else the program's time zone.
        time_zone: Option<String> = None,
    }
}
record! {
    /// What came of it in one currency.
    Turnover {
        /// What buyers paid. A line that several affiliates share is split by their commissions.
        revenue: Money,
        /// What they got back, split alike.
        refunds: Money,
        /// What affiliates earned, second level and refunds included.
        commission: Money,
        /// The commission for each click, rounded; none without clicks.
        per_click: Option<Money> = None,
    }
}
record! {
    /// What one affiliate brought, or all.
    Standing {
        /// How many clicks.
        clicks: i64,
        /// How many visitors clicked, each once.
        visitors: i64,
        /// How many leads: registrations and bookings.
        leads: i64,
        /// How many orders were paid for the first time.
        sales: i64,
        /// The amounts, by currency.
        turnover: Vec<Turnover>,
        /// The affiliate; none in the total.
        affiliate: Option<String> = None,
        /// Sales for each click in percent; none without clicks, or with more sales than clicks.
        conversion: Option<String> = None,
    }
}
record! {
    /// What affiliates brought in a stretch of time.
    Leaderboard {
        /// The affiliates, most sales first; from the first lead or sale on that was ever theirs.
        rows: Vec<Standing>,
        /// Everything, whether an affiliate brought it or nobody.
        total: Standing,
        /// The first moment; none from the beginning.
        start: Option<Moment> = None,
        /// The first moment after it; none without an end.
        end: Option<Moment> = None,
    }
}
record! {
    /// A state of a partnership and since when it holds.
    Membership {
        /// The state.
        state: PartnershipState,
        /// Since when.
        since: Moment,
        /// For this product alone.
        product: Option<String> = None,
    }
}
record! {
    /// How a link was used.
    LinkUse {
        /// The link.
        link: String,
        /// How many clicks.
        clicks: i64,
        /// How many visitors clicked, each once.
        visitors: i64,
        /// How many leads.
        leads: i64,
        /// When it was used last.
        last: Moment,
    }
}
record! {
    /// All that is known of one affiliate.
    Profile {
        /// The affiliate's id as the program spells it.
        affiliate: String,
        /// Every state of the partnership, in order of time.
        partnership: Vec<Membership>,
        /// What they brought up to then.
        standing: Standing,
        /// The links that were used, most clicks first.
        links: Vec<LinkUse>,
        /// The payments that have a part for them, with that part alone.
        orders: Vec<OrderStatus>,
        /// What they have, by currency.
        balances: Vec<Balance>,
    }
}
record! {
    /// What an affiliate asks: why was I not paid, for this order, or in this time?
    Question {
        /// The affiliate's id, as they typed it.
        affiliate: String,
        /// Now.
        at: Moment,
        /// The number of the order that they ask about.
        order: Option<String> = None,
        /// The order itself, if the host has it.
        sale: Option<Order> = None,
        /// The touches that were recorded of its buyer.
        touches: Vec<Touch> = [],
        /// The days that they ask about; all time without them.
        period: Option<ReportPeriod> = None,
    }
}
record! {
    /// One thing that explains why somebody was paid or not: a code, a sentence, and what it rests on.
    Diagnosis {
        /// The code.
        code: DiagnosisCode,
        /// The sentence for people.
        sentence: String,
        /// Of which affiliate it speaks: who asked, whom they may have meant, or who won.
        affiliate: Option<String> = None,
        /// Of which product.
        product: Option<String> = None,
        /// Of which order.
        order: Option<String> = None,
        /// Since when, or until when.
        at: Option<Moment> = None,
        /// How much.
        amount: Option<Money> = None,
        /// What became of the touch.
        reason: Option<Reason> = None,
        /// The touch's index among those of the question.
        touch: Option<i32> = None,
    }
}

/// As with an absent consent: an absent period is all time.
impl Mirror<sentby::ReportPeriod> for Option<ReportPeriod> {
    fn take(self) -> Result<sentby::ReportPeriod> {
        self.map_or_else(|| Ok(sentby::ReportPeriod::default()), Mirror::take)
    }
    fn give(core: sentby::ReportPeriod) -> Self {
        Some(ReportPeriod::give(core))
    }
}

#[uniffi::export]
impl Program {
    /// The program after one step of a partnership, with all its checks.
    pub fn moderate(&self, moderation: Moderation) -> Outcome<Arc<Program>> {
        Ok(Arc::new(Program(self.0.moderate(&take("moderation", moderation)?)?)))
    }

    /// What every affiliate brought from one day to another.
    #[uniffi::method(default(period = None))]
    pub fn leaderboard(&self, ledger: Arc<Ledger>, activities: Vec<Activity>, period: Option<ReportPeriod>) -> Outcome<Leaderboard> {
        let (activities, period): (Vec<sentby::Activity>, sentby::ReportPeriod) =
            (take("activities", activities)?, take("period", period)?);
        give(self.0.leaderboard(&ledger.lock(), &activities, &period))
    }

    /// One affiliate's partnership, links, orders and balances at a time; none if the program has no such affiliate.
    pub fn profile(&self, ledger: Arc<Ledger>, activities: Vec<Activity>, affiliate: &str, at: Moment) -> Outcome<Option<Profile>> {
        let activities: Vec<sentby::Activity> = take("activities", activities)?;
        give(self.0.profile(&ledger.lock(), &activities, affiliate, take("at", at)?))
    }

    /// Why an affiliate was paid or not: everything that is found. Without a ledger, the answer ends with the decision.
    #[uniffi::method(default(ledger = None, others = []))]
    pub fn diagnose(&self, question: Question, ledger: Option<Arc<Ledger>>, others: Vec<Arc<Program>>) -> Outcome<Vec<Diagnosis>> {
        let question: sentby::Question = take("question", question)?;
        let others: Vec<&sentby::Program> = others.iter().map(|other| &other.0).collect();
        let ledger = ledger.as_ref().map(|ledger| ledger.lock());
        give(self.0.diagnose(&question, ledger.as_deref(), &others))
    }
}

/// The touch that a platform's word is: evidence claim; none if it names no affiliate.
#[uniffi::export]
pub fn webhook_touch(webhook: Webhook) -> Outcome<Option<Touch>> {
    Ok(Mirror::give(take::<sentby::Webhook, _>("webhook", webhook)?.touch()))
}

/// The events that a ledger takes; a payment and a pending order need the commission of the sale.
#[uniffi::export(default(commission = None))]
pub fn webhook_events(webhook: Webhook, commission: Option<Commission>) -> Outcome<Vec<LedgerEvent>> {
    let commission: Option<sentby::Commission> = take("commission", commission)?;
    give(take::<sentby::Webhook, _>("webhook", webhook)?.events(commission.as_ref()))
}

/// The entries of a commission as a ledger has them, those of the payment under this event's id.
#[uniffi::export]
pub fn commission_rows(commission: Commission, event: &str) -> Outcome<Vec<LedgerEntry>> {
    Ok(Mirror::give(take::<sentby::Commission, _>("commission", commission)?.rows(event)))
}

/// Entries of a ledger, a statement or a settlement as JSON or CSV.
#[uniffi::export]
pub fn export_entries(entries: Vec<LedgerEntry>, format: ExportFormat) -> Outcome<String> {
    let entries: Vec<sentby::LedgerEntry> = take("entries", entries)?;
    Ok(sentby::export_entries(&entries, take("format", format)?))
}

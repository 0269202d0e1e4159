//! The records of the ledger, mirrored as in `records`.

use crate::convert::{Mirror, Moment};
use crate::records::{Commission, Money, Role, record, words};
use sentby::Result;

words! {
    /// What an event of a ledger is.
    LedgerKind {
        Order, Abandoned, Payment, Refund, Chargeback, ChargebackWon, Approval, Denial, Adjustment, Partnership, Account, PayoutCreated, PayoutPaid, PayoutFailed,
    }
}
words! {
    /// What became of an event.
    EventOutcome {
        Recorded, Replay, Waiting,
    }
}
words! {
    /// How far an order is.
    OrderState {
        Abandoned, Pending, Completed, Paid, Refunded,
    }
}
words! {
    /// How far a commission is.
    CommissionState {
        Pending, Approved, Paid, Reversed,
    }
}
words! {
    /// Why money is not paid out.
    WhyWithheld {
        Negative, Suspended, NotVerified, BelowMinimum,
    }
}
words! {
    /// The state of a partnership.
    PartnershipState {
        Invited, Requested, Approved, Denied, Suspended, Ended,
    }
}
record! {
    /// Something that happened, as a ledger takes it; which fields a kind needs stands with LedgerKind.
    LedgerEvent {
        /// The host's id: the same again is a replay, or, with other content, a conflict.
        id: String,
        /// When it happened.
        at: Moment,
        /// What happened.
        kind: LedgerKind,
        /// The order's id.
        order: Option<String> = None,
        /// The number of the payment; 1 if absent.
        payment: Option<i32> = None,
        /// What everyone is owed, as it was computed then.
        commission: Option<Commission> = None,
        /// How much was refunded, adjusted or paid out.
        amount: Option<Money> = None,
        /// The line that a refund is for.
        line: Option<String> = None,
        /// The event that this one is about: a chargeback, a payout.
        of: Option<String> = None,
        /// Whom it concerns.
        recipient: Option<String> = None,
        /// The new state of a partnership.
        state: Option<PartnershipState> = None,
        /// Whether the account is verified.
        verified: Option<bool> = None,
        /// A line for people.
        note: Option<String> = None,
    }
}
record! {
    /// An event that was recorded and could not be followed to the letter.
    Problem {
        /// The event's id.
        event: String,
        /// The code, one of the errors'.
        code: String,
        /// One line for people.
        detail: String,
    }
}
record! {
    /// What became of an event, and what is wrong with its order.
    Receipt {
        /// What became of it.
        outcome: EventOutcome,
        /// What cannot be as the events of the order say.
        problems: Vec<Problem> = [],
    }
}
record! {
    /// One signed amount on somebody's account.
    LedgerEntry {
        /// The event that it comes from.
        event: String,
        /// When that happened.
        at: Moment,
        /// What that was.
        kind: LedgerKind,
        /// Positive for what is earned, negative for what is taken back or paid out.
        amount: Money,
        /// The order's id.
        order: Option<String> = None,
        /// The number of the payment.
        payment: Option<i32> = None,
        /// The order line.
        line: Option<String> = None,
        /// What the recipient is; none for a payout.
        role: Option<Role> = None,
        /// Whose account; none for tax and fee.
        recipient: Option<String> = None,
        /// The name of the rule.
        rule: Option<String> = None,
    }
}
record! {
    /// What one recipient has in one currency: earned + adjusted = pending + available + paid out.
    Balance {
        /// Whose it is.
        recipient: String,
        /// What orders brought, less what was taken back.
        earned: Money,
        /// What manual transactions gave, less what they took.
        adjusted: Money,
        /// What is on hold, or not approved yet.
        pending: Money,
        /// What may be paid out; negative where more was taken back than is left.
        available: Money,
        /// What was paid out, without what came back.
        paid_out: Money,
    }
}
record! {
    /// What happened on one recipient's account in a stretch of time, in one currency.
    Statement {
        /// Whose it is.
        recipient: String,
        /// The first moment.
        start: Moment,
        /// The first moment after it.
        end: Moment,
        /// What was on the account before.
        opening: Money,
        /// What came and went.
        entries: Vec<LedgerEntry>,
        /// What is on the account after.
        closing: Money,
    }
}
record! {
    /// One payment to make.
    Payout {
        /// An id for the event; a second run at the same time proposes the same.
        id: String,
        /// Who is paid.
        recipient: String,
        /// How much.
        amount: Money,
    }
}
record! {
    /// Money that stays where it is.
    Withheld {
        /// Whose it is.
        recipient: String,
        /// How much is available; negative where they owe it.
        amount: Money,
        /// Why it is not paid.
        why: WhyWithheld,
    }
}
record! {
    /// What a payout run found.
    PayoutRun {
        /// The time of the run.
        at: Moment,
        /// Whom to pay.
        payouts: Vec<Payout>,
        /// Whose money stays, and why.
        withheld: Vec<Withheld>,
    }
}
record! {
    /// One recipient's part of a payment.
    Share {
        /// What the recipient is.
        role: Role,
        /// Who.
        recipient: String,
        /// What is left of it.
        amount: Money,
        /// How far it is.
        state: CommissionState,
    }
}
record! {
    /// How far one payment of an order is, and everyone's part of it.
    OrderStatus {
        /// The order's id.
        order: String,
        /// The number of the payment.
        payment: i32,
        /// How far it is.
        state: OrderState,
        /// When the buyer paid, or ordered.
        at: Moment,
        /// The parts of affiliates, their parents and partners.
        shares: Vec<Share>,
        /// What cannot be as the events say.
        problems: Vec<Problem>,
    }
}
record! {
    /// The first place where a ledger is not what the events say.
    Difference {
        /// Where, with ids.
        place: String,
        /// What the events say.
        expected: String,
        /// What the ledger has.
        found: String,
    }
}

//! Who sent this buyer, and what are they owed? sentby answers both questions about a sale, in every language
//! the same way, and shows its reasons.
//!
//! ```
#![doc = include_str!("../examples/sale.rs")]
//! ```
//!
//! # Where things are
//! * [`Program`]: the vendor's rules, read from TOML or JSON. It reads and builds links
//!   ([`read`](Program::read), [`link`](Program::link)), decides ([`attribute`](Program::attribute)), and computes
//!   amounts ([`commission`](Program::commission), [`refund`](Program::refund)).
//! * [`Ledger`]: what everyone earned, was paid and is owed, from events in any order.
//! * [`Keys`]: secret keys. They seal and open the carriers that take an affiliate across devices: tokens, short codes, cookies.
//! * [`read`], [`read_lenient`], [`lint`], [`link()`]: the links of every network that sentby knows ([`networks`]), without any program.
//! * Everything else is plain data, with serde: [`Referral`], [`Touch`], [`Order`], [`Decision`], [`Commission`].
//!
//! # Features and non-features
//! * No I/O, no clock, no randomness, no threads, no floats: the same input gives the same bytes on every platform.
//! * No input panics. Wrong input is an [`Error`] with a stable code and the place; a rule that says no is data.
//! * It is no service and stores nothing: hosts keep decisions and amounts where they like.
//! * One cargo feature, `columns`, off by default: what speaks Arrow.
#![doc = include_str!("../DESIGN.md")]

mod attribution;
/// The carriers that take an affiliate across devices.
pub mod carrier;
mod claim;
#[cfg(feature = "columns")]
mod columns;
mod commission;
mod diagnose;
mod error;
mod export;
mod id;
mod identity;
mod ledger;
mod link;
mod money;
mod order;
mod program;
mod report;
mod time;
mod touch;
mod webhook;

pub use attribution::{Credit, Decision, Flag, Messages, Reason, Suspicion, TOUCHES_MAX, Verdict, Witness};
pub use carrier::{CookieReading, CookieSpec, Keys, Opened, Purpose, RootKey, Unverified};
pub use claim::{Claim, ClaimOutcome, ClaimReceipt, StoredClaim, Touchpoint, receive_claim};
#[cfg(feature = "columns")]
pub use columns::{
    ColumnAnswer, ColumnOptions, DecidedOrder, JourneyOptions, Journeys, MARKOV_ORDER_MAX, Markov, PathTransform, THREADS_MAX, WhatIf,
    join_visitors, part_of_visitors, shapley_value, share_column, what_if,
};
pub use commission::{Commission, Entry, Ground, Refund, Role, What};
pub use diagnose::{Diagnosis, DiagnosisCode, Question};
pub use error::{Error, ErrorCode, Result};
#[cfg(feature = "columns")]
pub use export::export_arrow;
pub use export::{ExportFormat, export_entries};
pub use id::{ID_MAX, Id, TEXT_MAX, Text};
pub use identity::IdentityKind;
pub use ledger::{
    Balance, CommissionState, Difference, EventOutcome, Ledger, LedgerEntry, LedgerEvent, LedgerKind, OrderState, OrderStatus, Payout,
    PayoutRun, Problem, Receipt, Share, Statement, WhyWithheld, Withheld,
};
#[cfg(fuzzing)]
#[doc(hidden)]
pub use link::parts::agrees_with_url;
pub use link::{
    CarrierName, Finding, Link, LinkColumns, LinkField, LinkWarning, Network, Reading, SecondNetwork, TextColumn, carrier_names, link,
    lint, networks, read, read_column, read_lenient,
};
pub use money::{Currency, Money, Rate, Rounding, SAFE_MAX, allocate};
pub use order::{Customer, Event, LINES_MAX, Line, Order};
pub use program::{Advice, Change, Hint, Moderation, ModerationAction, Program, State as PartnershipState};
pub use report::{Activity, Leaderboard, LinkUse, Membership, Profile, ReportPeriod, Standing, Turnover};
pub use time::Time;
pub use touch::{Consent, Evidence, Referral, Touch, forget};
pub use webhook::{Platform, Webhook, WebhookKind};

//! What a ledger answers: balances, statements, payouts, the state of orders.

use super::disputes::Settled;
use super::state::{Ledger, Move, Sale};
use super::{LedgerEntry, LedgerKind, Problem, money};
use crate::commission::settlement::Approvals;
use crate::error::words;
use crate::program::State;
use crate::{Currency, Event, Money, Program, Role, Time, allocate};
use serde::{Deserialize, Serialize};
use std::collections::{BTreeMap, BTreeSet};

/// What one recipient has in one currency at a time. `earned + adjusted = pending + available + paid_out`.
///
/// # Example
/// See [`Ledger`].
#[derive(Clone, Debug, PartialEq, Eq, Hash, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct Balance {
    /// Whose it is.
    pub recipient: String,
    /// What orders brought, less what was taken back.
    pub earned: Money,
    /// What manual transactions gave, less what they took.
    pub adjusted: Money,
    /// What is on hold, or not approved yet.
    pub pending: Money,
    /// What may be paid out; negative where more was taken back than is left.
    pub available: Money,
    /// What was paid out, without what came back.
    pub paid_out: Money,
}

/// What happened on one recipient's account in a stretch of time, in one currency.
///
/// # Example
/// ```
/// use sentby::{Ledger, LedgerEvent, Money, Time};
/// let mut ledger = Ledger::new();
/// let at = |text| Time::parse(text);
/// ledger.apply(&LedgerEvent::adjustment("m-1", at("2026-03-05T10:00:00Z")?, "anna", Money::parse("25.00", "EUR")?, "a prize"))?;
/// let march = &ledger.statement("anna", at("2026-03-01T00:00:00Z")?, at("2026-04-01T00:00:00Z")?)[0];
/// assert_eq!((march.entries.len(), march.closing.to_string().as_str()), (1, "25.00 EUR"));
/// # Ok::<(), sentby::Error>(())
/// ```
#[derive(Clone, Debug, PartialEq, Eq, Hash, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct Statement {
    /// Whose it is.
    pub recipient: String,
    /// The first moment.
    pub start: Time,
    /// The first moment after it.
    pub end: Time,
    /// What was on the account before, whether on hold or not.
    pub opening: Money,
    /// What came and went, in order of time and event id.
    pub entries: Vec<LedgerEntry>,
    /// What is on the account after.
    pub closing: Money,
}

/// What a payout run found.
///
/// # Example
/// ```
/// # let program = sentby::Program::from_toml(include_str!("../../vectors/programs/story.toml"))?;
/// # use sentby::{Ledger, LedgerEvent, Money, Time};
/// let mut ledger = Ledger::new();
/// let at = Time::parse("2026-03-07T00:00:00Z")?;
/// ledger.apply(&LedgerEvent::adjustment("m-1", at, "anna", Money::parse("25.00", "EUR")?, "a prize"))?;
/// for payout in ledger.payout(&program, at).payouts {
///     ledger.apply(&LedgerEvent::payout_created(payout.id, at, payout.recipient, payout.amount))?;
/// }
/// assert!(ledger.payout(&program, at).payouts.is_empty()); // nothing is paid twice
/// # Ok::<(), sentby::Error>(())
/// ```
#[derive(Clone, Debug, PartialEq, Eq, Hash, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct PayoutRun {
    /// The time of the run.
    pub at: Time,
    /// Whom to pay, by recipient and currency.
    pub payouts: Vec<Payout>,
    /// Whose money stays, and why.
    pub withheld: Vec<Withheld>,
}

/// One payment to make.
///
/// # Example
/// See [`PayoutRun`].
#[derive(Clone, Debug, PartialEq, Eq, Hash, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct Payout {
    /// An id for the event; a second run at the same time proposes the same.
    pub id: String,
    /// Who is paid.
    pub recipient: String,
    /// How much.
    pub amount: Money,
}

/// Money that stays where it is.
///
/// # Example
/// See [`PayoutRun`].
#[derive(Clone, Debug, PartialEq, Eq, Hash, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct Withheld {
    /// Whose it is.
    pub recipient: String,
    /// How much is available; negative where they owe it.
    pub amount: Money,
    /// Why it is not paid.
    pub why: WhyWithheld,
}

words! {
    /// Why money is not paid out.
    ///
    /// # Example
    /// ```
    /// assert_eq!(sentby::WhyWithheld::BelowMinimum.to_string(), "below_minimum");
    /// ```
    pub WhyWithheld: "reason to withhold" {
        /// More was taken back than earned since; it is set off against what comes.
        Negative => "negative",
        /// The partnership is suspended.
        Suspended => "suspended",
        /// The account is not verified.
        NotVerified => "not_verified",
        /// It is less than the minimum payout.
        BelowMinimum => "below_minimum",
    }
}

words! {
    /// How far an order is.
    ///
    /// # Example
    /// ```
    /// assert_eq!(sentby::OrderState::Completed.to_string(), "completed");
    /// ```
    pub OrderState: "state of an order" {
        /// The buyer left without paying.
        Abandoned => "abandoned",
        /// The buyer has not paid yet.
        Pending => "pending",
        /// The buyer paid.
        Completed => "completed",
        /// All commissions were paid out, too.
        Paid => "paid",
        /// All was given back.
        Refunded => "refunded",
    }
}

words! {
    /// How far a commission is.
    ///
    /// # Example
    /// ```
    /// assert_eq!(sentby::CommissionState::Reversed.to_string(), "reversed");
    /// ```
    pub CommissionState: "state of a commission" {
        /// It is on hold, or the vendor has not agreed.
        Pending => "pending",
        /// All of it may be paid out.
        Approved => "approved",
        /// All of it was paid out.
        Paid => "paid",
        /// It was taken back, or the vendor did not agree.
        Reversed => "reversed",
    }
}

/// How far one payment of an order is, and everyone's part of it.
///
/// # Example
/// ```
/// # let program = sentby::Program::from_toml(include_str!("../../vectors/programs/story.toml"))?;
/// # use sentby::{Ledger, LedgerEvent, Line, Money, Order, OrderState, Time};
/// # let line = Line::new("1", "521411d4", Money::parse("10.00", "EUR")?, Money::parse("0.00", "EUR")?);
/// # let order = Order::new("A-1001", Time::parse("2026-03-03T18:00:00Z")?, vec![line]);
/// # let commission = program.commission(&order, &program.attribute(&order, &[])?)?;
/// let mut ledger = Ledger::new();
/// ledger.apply(&LedgerEvent::order("cart-1", order.at, commission.clone()))?;
/// assert_eq!(ledger.orders(&program, order.at)[0].state, OrderState::Pending);
/// ledger.apply(&LedgerEvent::payment("ipn-1", order.at, commission))?;
/// assert_eq!(ledger.orders(&program, order.at)[0].state, OrderState::Completed);
/// # Ok::<(), sentby::Error>(())
/// ```
#[derive(Clone, Debug, PartialEq, Eq, Hash, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct OrderStatus {
    /// The order's id.
    pub order: String,
    /// The number of the payment.
    pub payment: u32,
    /// How far it is.
    pub state: OrderState,
    /// When the buyer paid, or ordered.
    pub at: Time,
    /// The parts of affiliates, their parents and partners.
    pub shares: Vec<Share>,
    /// What cannot be as the events say.
    pub problems: Vec<Problem>,
}

/// One recipient's part of a payment.
///
/// # Example
/// See [`OrderStatus`].
#[derive(Clone, Debug, PartialEq, Eq, Hash, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct Share {
    /// What the recipient is.
    pub role: Role,
    /// Who.
    pub recipient: String,
    /// What is left of it.
    pub amount: Money,
    /// How far it is.
    pub state: CommissionState,
}

/// One payment as it stands, for reports.
pub(crate) struct Account {
    pub(crate) kind: Event,
    pub(crate) payment: u32,
    pub(crate) entries: Vec<LedgerEntry>,
}

/// Sums on the way to a balance. All are within 2^53, since the ledger's total is.
#[derive(Clone, Copy, Debug, Default)]
struct Sums {
    earned: i64,
    released: i64,
    adjusted: i64,
    paid: i64,
}

type Sheet = BTreeMap<(u32, Currency), Sums>;

impl Ledger {
    /// Every entry since a time, or all: in order of time and event id. Those of a payment and what was taken back of
    /// it add up to what the buyer paid and did not get back.
    ///
    /// # Example
    /// ```
    /// # use sentby::{Ledger, LedgerEvent, Money, Time};
    /// # let mut ledger = Ledger::new();
    /// let at = Time::parse("2026-03-05T10:00:00Z")?;
    /// ledger.apply(&LedgerEvent::payout_created("p-1", at, "anna", Money::parse("25.00", "EUR")?))?;
    /// assert_eq!(ledger.entries(None)[0].amount.to_string(), "-25.00 EUR");
    /// # Ok::<(), sentby::Error>(())
    /// ```
    pub fn entries(&self, since: Option<Time>) -> Vec<LedgerEntry> {
        let within = |entry: &LedgerEntry| since.is_none_or(|since| entry.at >= since);
        let mut entries: Vec<LedgerEntry> = Vec::new();
        for place in self.sorted() {
            entries.extend(self.settled(place, None).entries.into_iter().filter(within));
        }
        entries.extend(self.transfers().into_iter().filter(within));
        // Stable: entries of one event stay in the order of the waterfall.
        entries.sort_by(|a, b| (a.at, &a.event).cmp(&(b.at, &b.event)));
        entries
    }

    /// The entries of one order, in order of time and event id. A host that keeps entries writes those of an order anew
    /// whenever it applied an event of it, since one that came late may change those after it.
    ///
    /// # Example
    /// ```
    /// # let program = sentby::Program::from_toml(include_str!("../../vectors/programs/story.toml"))?;
    /// # use sentby::{Ledger, LedgerEvent, Line, Money, Order, Time};
    /// # let line = Line::new("1", "521411d4", Money::parse("10.00", "EUR")?, Money::parse("0.00", "EUR")?);
    /// # let order = Order::new("A-1001", Time::parse("2026-03-03T18:00:00Z")?, vec![line]);
    /// # let commission = program.commission(&order, &program.attribute(&order, &[])?)?;
    /// let mut ledger = Ledger::new();
    /// ledger.apply(&LedgerEvent::payment("ipn-1", order.at, commission))?;
    /// assert_eq!(ledger.entries_of("A-1001"), ledger.entries(None));
    /// # Ok::<(), sentby::Error>(())
    /// ```
    pub fn entries_of(&self, order: &str) -> Vec<LedgerEntry> {
        let mut entries: Vec<LedgerEntry> = Vec::new();
        for place in self.places_of(order) {
            entries.extend(self.settled(place, None).entries);
        }
        entries.sort_by(|a, b| (a.at, &a.event).cmp(&(b.at, &b.event)));
        entries
    }

    /// The places of an order's payments.
    fn places_of(&self, order: &str) -> Vec<u32> {
        let place = |(place, sale): (usize, &Sale)| (self.order_of(sale) == order).then_some((sale.payment, place as u32));
        let mut places: Vec<(u32, u32)> = self.sales.iter().enumerate().filter_map(place).collect();
        places.sort_unstable();
        places.into_iter().map(|(_, place)| place).collect()
    }

    /// What a recipient has at a time, by currency; empty for who never had anything.
    ///
    /// # Example
    /// See [`Ledger`].
    pub fn balance(&self, program: &Program, recipient: &str, at: Time) -> Vec<Balance> {
        let only = self.word_place(recipient);
        let sums = self.sheet(program, at, |n| Some(n) == only);
        let mut by_currency: BTreeMap<Currency, Sums> = sums.into_iter().map(|((_, currency), sums)| (currency, sums)).collect();
        for (_, currency, kind, minor) in self.account_moves(at).into_iter().filter(|(who, ..)| *who == recipient) {
            add_move(by_currency.entry(currency).or_default(), kind, minor);
        }
        let balance = |(currency, sums): (Currency, Sums)| {
            let Sums { earned, released, adjusted, paid } = sums;
            Balance {
                recipient: recipient.into(),
                earned: money(earned, currency),
                adjusted: money(adjusted, currency),
                pending: money(earned - released, currency),
                available: money(released + adjusted - paid, currency),
                paid_out: money(paid, currency),
            }
        };
        by_currency.into_iter().map(balance).collect()
    }

    /// What came and went on a recipient's account from `start` on and before `end`, by currency.
    ///
    /// # Example
    /// See [`Statement`].
    pub fn statement(&self, recipient: &str, start: Time, end: Time) -> Vec<Statement> {
        let mut statements: BTreeMap<Currency, Statement> = BTreeMap::new();
        for entry in self.entries(None).into_iter().filter(|e| e.recipient.as_deref() == Some(recipient) && e.at < end) {
            let currency = entry.amount.currency();
            let statement = statements.entry(currency).or_insert_with(|| Statement {
                recipient: recipient.into(),
                start,
                end,
                opening: Money::zero(currency),
                entries: Vec::new(),
                closing: Money::zero(currency),
            });
            statement.closing = money(statement.closing.minor() + entry.amount.minor(), currency);
            if entry.at < start {
                statement.opening = money(statement.opening.minor() + entry.amount.minor(), currency);
            } else {
                statement.entries.push(entry);
            }
        }
        statements.into_values().collect()
    }

    /// Who is to be paid at a time, and whose money stays. Nothing changes until the payouts come back as events.
    /// The vendor is not paid: what is left is theirs already.
    ///
    /// # Example
    /// See [`PayoutRun`].
    pub fn payout(&self, program: &Program, at: Time) -> PayoutRun {
        let mut sums: BTreeMap<(&str, Currency), Sums> = BTreeMap::new();
        let sheet = self.sheet(program, at, |_| true);
        for ((who, currency), found) in &sheet {
            sums.insert((self.word(*who), *currency), *found);
        }
        let moves = self.account_moves(at);
        for (who, currency, kind, minor) in &moves {
            add_move(sums.entry((who, *currency)).or_default(), *kind, *minor);
        }
        let standing = self.standing(at);
        let settlement = &program.settlement;
        let mut run = PayoutRun { at, payouts: Vec::new(), withheld: Vec::new() };
        for ((recipient, currency), Sums { released, adjusted, paid, .. }) in sums {
            let due = released + adjusted - paid;
            if due == 0 || recipient == program.vendor() {
                continue;
            }
            let (state, verified) = standing.get(recipient).copied().unwrap_or_default();
            let suspended = state == Some(State::Suspended) || (state.is_none() && program.is_suspended(recipient, at));
            let minimum = settlement.payout_minimum.given(currency).map_or(0, Money::minor);
            let why = if due < 0 {
                Some(WhyWithheld::Negative)
            } else if suspended {
                Some(WhyWithheld::Suspended)
            } else if settlement.payout_verified && verified != Some(true) {
                Some(WhyWithheld::NotVerified)
            } else if due < minimum {
                Some(WhyWithheld::BelowMinimum)
            } else {
                None
            };
            let (amount, recipient) = (money(due, currency), recipient.to_owned());
            match why {
                Some(why) => run.withheld.push(Withheld { recipient, amount, why }),
                None => run.payouts.push(Payout { id: format!("payout {at} {recipient} {currency}"), recipient, amount }),
            }
        }
        run
    }

    /// How far every payment is at a time, by order and payment.
    ///
    /// # Example
    /// See [`OrderStatus`].
    pub fn orders(&self, program: &Program, at: Time) -> Vec<OrderStatus> {
        let ended: BTreeMap<&str, BTreeSet<Time>> = self.payout_times(at);
        self.sorted().into_iter().filter_map(|place| self.status(program, place, at, &ended)).collect()
    }

    /// Those of them that have a part for a recipient, with that part alone; those that are not paid, too.
    pub(crate) fn orders_of(&self, program: &Program, recipient: &str, at: Time) -> Vec<OrderStatus> {
        let Some(who) = self.word_place(recipient) else { return Vec::new() };
        let ended: BTreeMap<&str, BTreeSet<Time>> = self.payout_times(at);
        let theirs = |place: &u32| {
            self.sales.get(*place as usize).is_some_and(|sale| self.slots_of(sale).any(|(slot, _)| slot.recipient == Some(who)))
        };
        let mut statuses: Vec<OrderStatus> =
            self.sorted().into_iter().filter(theirs).filter_map(|place| self.status(program, place, at, &ended)).collect();
        statuses.iter_mut().for_each(|status| status.shares.retain(|share| share.recipient == recipient));
        statuses
    }

    /// Those of one order.
    pub(crate) fn payments_of(&self, program: &Program, order: &str, at: Time) -> Vec<OrderStatus> {
        let ended: BTreeMap<&str, BTreeSet<Time>> = self.payout_times(at);
        self.places_of(order).into_iter().filter_map(|place| self.status(program, place, at, &ended)).collect()
    }

    /// Every payment before a time, with all that happened to it before then.
    pub(crate) fn accounts(&self, end: Time) -> Vec<Account> {
        let before = Time::from_millis(end.millis() - 1).unwrap_or(Time::EARLIEST);
        let account = |place: u32| {
            let sale = self.sales.get(place as usize)?;
            let entries = self.settled(place, Some(before)).entries;
            sale.paid.filter(|paid| *paid < end)?;
            Some(Account { kind: sale.kind, payment: sale.payment, entries })
        };
        self.sorted().into_iter().filter_map(account).collect()
    }

    /// What cannot be as the events say, by order, and what still waits for something.
    ///
    /// # Example
    /// ```
    /// # use sentby::{Ledger, LedgerEvent, Money, Time};
    /// # let mut ledger = Ledger::new();
    /// let at = Time::parse("2026-03-05T10:00:00Z")?;
    /// ledger.apply(&LedgerEvent::refund("r-1", at, "A-1", 1, Money::parse("4.00", "EUR")?))?;
    /// assert_eq!(ledger.problems()[0].detail, "waits for payment 1 of `A-1`");
    /// # Ok::<(), sentby::Error>(())
    /// ```
    pub fn problems(&self) -> Vec<Problem> {
        let mut problems = Vec::new();
        for place in self.sorted() {
            let (Some(changes), Some(sale)) = (self.changes.get(&place), self.sales.get(place as usize)) else { continue };
            if sale.paid.is_some() {
                problems.extend(self.problems_of(place));
                continue;
            }
            for change in changes.iter().filter(|change| change.kind != LedgerKind::Abandoned) {
                let order = crate::error::quote(self.order_of(sale));
                problems.push(waits(&change.id, format!("waits for payment {} of {order}", sale.payment)));
            }
        }
        let known: BTreeSet<&str> = self.moves.iter().filter(|m| m.kind == LedgerKind::PayoutCreated).map(|m| m.id.as_ref()).collect();
        for (of, each) in self.moves.iter().filter_map(|m| Some((m.of.as_deref()?, m))).filter(|(of, _)| !known.contains(of)) {
            problems.push(waits(&each.id, format!("waits for payout {}", crate::error::quote(of))));
        }
        problems
    }

    fn status(&self, program: &Program, place: u32, at: Time, ended: &BTreeMap<&str, BTreeSet<Time>>) -> Option<OrderStatus> {
        let sale = self.sales.get(place as usize)?;
        let (order, payment) = (self.order_of(sale).to_owned(), sale.payment);
        let Some(paid) = sale.paid.filter(|paid| *paid <= at) else {
            let changes = self.changes.get(&place).map(Vec::as_slice).unwrap_or_default();
            let left = changes.iter().any(|c| c.kind == LedgerKind::Abandoned && c.at <= at);
            let ordered = sale.ordered.filter(|ordered| *ordered <= at)?;
            let state = if left { OrderState::Abandoned } else { OrderState::Pending };
            return Some(OrderStatus { order, payment, state, at: ordered, shares: Vec::new(), problems: Vec::new() });
        };
        let Settled { entries, problems, approved } = self.settled(place, Some(at));
        let left: i64 = entries.iter().map(|entry| entry.amount.minor()).sum();
        let gave = entries.iter().any(|e| e.kind == LedgerKind::Payment);
        let taken = entries.iter().any(|e| matches!(e.kind, LedgerKind::Refund | LedgerKind::Chargeback));
        let mut sums: BTreeMap<(Role, &str), i64> = BTreeMap::new();
        for entry in &entries {
            if let (Some(role @ (Role::Affiliate | Role::SecondLevel | Role::Partner)), Some(who)) =
                (entry.role, entry.recipient.as_deref())
            {
                *sums.entry((role, who)).or_default() += entry.amount.minor();
            }
        }
        let last = program.settlement.release.iter().map(|(_, after)| *after).max().unwrap_or(0);
        let released_at = paid.millis().saturating_add(last);
        let agreed = approved.unwrap_or(program.settlement.approval == Approvals::Automatic);
        let share = |((role, who), minor): ((Role, &str), i64)| {
            let all = agreed && released_at <= at.millis();
            let was_paid = all && ended.get(who).is_some_and(|times| times.iter().any(|time| time.millis() >= released_at));
            let state = match (minor, was_paid, all) {
                (0, ..) => CommissionState::Reversed,
                (_, true, _) => CommissionState::Paid,
                (_, _, true) => CommissionState::Approved,
                _ => CommissionState::Pending,
            };
            sale.currency.map(|currency| Share { role, recipient: who.into(), amount: money(minor, currency), state })
        };
        let shares: Vec<Share> = sums.into_iter().filter_map(share).collect();
        let state = if gave && taken && left == 0 {
            OrderState::Refunded
        } else if !shares.is_empty()
            && shares.iter().all(|s| matches!(s.state, CommissionState::Paid | CommissionState::Reversed))
            && shares.iter().any(|s| s.state == CommissionState::Paid)
        {
            OrderState::Paid
        } else {
            OrderState::Completed
        };
        Some(OrderStatus { order, payment, state, at: paid, shares, problems })
    }

    /// Earned and released of every payment up to a time, by recipient and currency.
    fn sheet(&self, program: &Program, at: Time, wanted: impl Fn(u32) -> bool) -> Sheet {
        let mut sheet = Sheet::new();
        let release = &program.settlement.release;
        let weights: Vec<u64> = release.iter().map(|(rate, _)| rate.micro().unsigned_abs()).collect();
        let automatic = program.settlement.approval == Approvals::Automatic;
        let mut nets: Vec<(u32, i64)> = Vec::new();
        for (place, sale) in self.sales.iter().enumerate() {
            let (Some(paid), Some(currency)) = (sale.paid.filter(|paid| *paid <= at), sale.currency) else { continue };
            nets.clear();
            let approved = if self.changes.contains_key(&(place as u32)) {
                let Settled { entries, problems: _, approved } = self.settled(place as u32, Some(at));
                let net = |entry: &LedgerEntry| Some((self.word_place(entry.recipient.as_deref()?)?, entry.amount.minor()));
                nets.extend(entries.iter().filter_map(net).filter(|(who, _)| wanted(*who)));
                approved
            } else {
                self.plain_nets(sale, &wanted, &mut nets);
                None
            };
            nets.sort_unstable();
            for group in nets.chunk_by(|a, b| a.0 == b.0) {
                let Some((who, _)) = group.first() else { continue };
                let net: i64 = group.iter().map(|(_, minor)| minor).sum();
                let sums = sheet.entry((*who, currency)).or_default();
                sums.earned += net;
                if approved.unwrap_or(automatic) {
                    let parts = allocate(net.unsigned_abs(), &weights);
                    let due =
                        |(part, (_, after)): (u64, &(_, i64))| if paid.millis().saturating_add(*after) <= at.millis() { part } else { 0 };
                    let released: u64 = parts.into_iter().zip(release).map(due).sum();
                    // INVARIANT: a part of an amount below 2^53.
                    sums.released += if net < 0 { -(released as i64) } else { released as i64 };
                }
            }
        }
        sheet
    }

    fn plain_nets(&self, sale: &Sale, wanted: &impl Fn(u32) -> bool, nets: &mut Vec<(u32, i64)>) {
        let of = self.slots_of(sale).filter_map(|(slot, minor)| Some((slot.recipient?, minor)));
        nets.extend(of.filter(|(who, _)| wanted(*who)));
    }

    /// Adjustments and payouts up to a time, each with the event that names its recipient and amount: itself, or the payout that
    /// came back. A payout comes back once.
    fn booked(&self, until: Option<Time>) -> Vec<(&Move, &Move)> {
        let within = |m: &&Move| until.is_none_or(|until| m.at <= until);
        let payouts = self.moves.iter().filter(within).filter(|m| m.kind == LedgerKind::PayoutCreated);
        let payouts: BTreeMap<&str, &Move> = payouts.map(|m| (m.id.as_ref(), m)).collect();
        let mut failed: BTreeSet<&str> = BTreeSet::new();
        let mut booked = Vec::new();
        for each in self.moves.iter().filter(within) {
            match (each.kind, each.of.as_deref()) {
                (LedgerKind::Adjustment | LedgerKind::PayoutCreated, _) => booked.push((each, each)),
                (LedgerKind::PayoutFailed, Some(of)) if failed.insert(of) => booked.extend(payouts.get(of).map(|payout| (each, *payout))),
                _ => {}
            }
        }
        booked
    }

    /// The same as recipient, currency, kind, amount.
    fn account_moves(&self, at: Time) -> Vec<(&str, Currency, LedgerKind, i64)> {
        let mut rows = Vec::new();
        for (event, of) in self.booked(Some(at)) {
            rows.extend(of.amount.zip(of.recipient.as_deref()).map(|((currency, minor), who)| (who, currency, event.kind, minor)));
        }
        rows
    }

    /// The same as entries.
    fn transfers(&self) -> Vec<LedgerEntry> {
        let entry = |(event, of): (&Move, &Move)| {
            let (currency, minor) = of.amount?;
            Some(LedgerEntry {
                event: event.id.as_ref().into(),
                at: event.at.max(of.at),
                kind: event.kind,
                order: None,
                payment: None,
                line: None,
                role: None,
                recipient: of.recipient.as_deref().map(Into::into),
                rule: None,
                amount: money(if event.kind == LedgerKind::PayoutCreated { -minor } else { minor }, currency),
            })
        };
        self.booked(None).into_iter().filter_map(entry).collect()
    }

    /// The last word about every recipient: the partnership's state, and whether the account is verified.
    fn standing(&self, at: Time) -> BTreeMap<&str, (Option<State>, Option<bool>)> {
        let mut standing: BTreeMap<&str, (Option<State>, Option<bool>)> = BTreeMap::new();
        for each in self.moves.iter().filter(|m| m.at <= at) {
            if let (Some(who), LedgerKind::Partnership | LedgerKind::Account) = (each.recipient.as_deref(), each.kind) {
                let (state, verified) = standing.entry(who).or_default();
                *state = each.state.or(*state);
                *verified = each.verified.or(*verified);
            }
        }
        standing
    }

    /// When payouts that did not come back were made, by recipient.
    fn payout_times(&self, at: Time) -> BTreeMap<&str, BTreeSet<Time>> {
        let failed: BTreeSet<&str> =
            self.moves.iter().filter(|m| m.kind == LedgerKind::PayoutFailed && m.at <= at).filter_map(|m| m.of.as_deref()).collect();
        let mut times: BTreeMap<&str, BTreeSet<Time>> = BTreeMap::new();
        for each in self.moves.iter().filter(|m| m.kind == LedgerKind::PayoutCreated && m.at <= at && !failed.contains(m.id.as_ref())) {
            if let Some(who) = each.recipient.as_deref() {
                times.entry(who).or_default().insert(each.at);
            }
        }
        times
    }
}

fn add_move(sums: &mut Sums, kind: LedgerKind, minor: i64) {
    match kind {
        LedgerKind::Adjustment => sums.adjusted += minor,
        LedgerKind::PayoutCreated => sums.paid += minor,
        _ => sums.paid -= minor, // it came back
    }
}

fn waits(event: &str, detail: String) -> Problem {
    Problem { event: event.into(), code: crate::ErrorCode::EventWaits.as_str().into(), detail }
}

impl Program {
    /// The next day on which payouts are made, at its beginning in the program's time zone: on or after `at`'s day.
    ///
    /// # Example
    /// ```
    /// use sentby::{Program, Time};
    /// let program = Program::from_toml("sentby = 1\nvendor = \"v\"\n[settlement]\npreset = \"copecart\"")?;
    /// // The 7th of March 2026 is a Saturday.
    /// let next = program.next_payout(Time::parse("2026-03-05T18:00:00Z")?);
    /// assert_eq!(next.to_string(), "2026-03-09T00:00:00Z");
    /// # Ok::<(), sentby::Error>(())
    /// ```
    pub fn next_payout(&self, at: Time) -> Time {
        let (settlement, today) = (&self.settlement, self.zone.date(at));
        let mut first = today.first_of_month();
        // A weekend moves a day by two at most, so the month before may reach into this one.
        first = first.yesterday().map_or(first, jiff::civil::Date::first_of_month);
        for _ in 0..4 {
            let days: &[u8] = if settlement.payout_days.is_empty() { &[0] } else { &settlement.payout_days };
            let candidates = days.iter().map(|day| match day {
                0 => today,
                day => first.with().day((*day).min(first.days_in_month() as u8).max(1) as i8).build().unwrap_or(first),
            });
            let moved = |mut day: jiff::civil::Date| {
                for _ in 0..2 {
                    if settlement.payout_business && matches!(day.weekday(), jiff::civil::Weekday::Saturday | jiff::civil::Weekday::Sunday)
                    {
                        day = day.tomorrow().unwrap_or(day);
                    }
                }
                day
            };
            if let Some(day) = candidates.map(moved).filter(|day| *day >= today).min() {
                return self.zone.begin(day);
            }
            first = first.last_of_month().tomorrow().unwrap_or(first);
        }
        self.zone.begin(today) // the calendar's end
    }

    /// Whether an affiliate's general partnership is suspended at a time.
    pub(crate) fn is_suspended(&self, id: &str, at: Time) -> bool {
        self.affiliate(id).is_some_and(|affiliate| affiliate.is_suspended(at))
    }
}

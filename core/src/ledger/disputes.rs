//! What refunds, chargebacks and approvals make of a payment.

use super::state::{Change, Ledger, Sale};
use super::{LedgerEntry, LedgerKind, Problem, money};
use crate::commission::Book;
use crate::error::quote;
use crate::{Entry, Error, ErrorCode, Money, Role, Time};
use std::collections::BTreeMap;

/// A payment with all that happened to it.
pub(super) struct Settled {
    pub(super) entries: Vec<LedgerEntry>,
    pub(super) problems: Vec<Problem>,
    /// The last word of the vendor, if there was one.
    pub(super) approved: Option<bool>,
}

impl Ledger {
    pub(super) fn problems_of(&self, place: u32) -> Vec<Problem> {
        if self.changes.contains_key(&place) { self.settled(place, None).problems } else { Vec::new() }
    }

    /// The entries of a payment and of what happened to it up to a time, in order of time and event id; those before the
    /// payment come with it.
    pub(super) fn settled(&self, place: u32, until: Option<Time>) -> Settled {
        let mut settled = Settled { entries: Vec::new(), problems: Vec::new(), approved: None };
        let within = |at: Time| until.is_none_or(|until| at <= until);
        let sale = self.sales.get(place as usize);
        let Some((sale, paid)) = sale.and_then(|sale| Some((sale, sale.paid.filter(|at| within(*at))?))) else { return settled };
        // A payment of nothing has no entries, and nothing can be taken back of it.
        let Some(commission) = self.commission_of(sale) else { return settled };
        let Some(currency) = sale.currency else { return settled };
        // INVARIANT: `apply` took the commission only because its entries add up.
        let Ok(mut book) = Book::of(&commission.entries) else { return settled };
        let teller = Teller { ledger: self, sale, entries: &commission.entries };
        settled.entries =
            (0..commission.entries.len()).filter_map(|n| teller.entry(self.event_of(sale), paid, LedgerKind::Payment, n, None)).collect();
        // What is left of each entry; what each change took.
        let mut net: Vec<i64> = commission.entries.iter().map(|entry| entry.amount.minor()).collect();
        let mut taken: BTreeMap<&str, Vec<(usize, Money)>> = BTreeMap::new();
        let none = Vec::new();
        for change in self.changes.get(&place).unwrap_or(&none).iter().filter(|change| within(change.at)) {
            let at = change.at.max(paid);
            let (moved, trouble) = follow(&mut book, change, &taken);
            if let Some(error) = trouble {
                let (code, detail) = (error.code().as_str().to_owned(), error.detail().to_owned());
                settled.problems.push(Problem { event: change.id.as_ref().into(), code, detail });
            }
            let denied = settled.approved == Some(false);
            for (n, amount) in &moved {
                if let Some(net) = net.get_mut(*n) {
                    *net += amount.minor();
                }
                let row = teller.entry(&change.id, at, change.kind, *n, Some(*amount));
                settled.entries.extend(row.map(|row| if denied { teller.given(row) } else { row }));
            }
            if matches!(change.kind, LedgerKind::Chargeback) {
                taken.insert(&change.id, moved);
            }
            let approved = match change.kind {
                LedgerKind::Approval => true,
                LedgerKind::Denial => false,
                _ => continue,
            };
            if approved == denied {
                // The affiliates' parts as they stand, to the vendor, or back.
                for (n, net) in net.iter().enumerate().filter(|(n, net)| **net != 0 && teller.is_affiliates(*n)) {
                    let amount = money(if denied { -net } else { *net }, currency);
                    let row = |amount| teller.entry(&change.id, at, change.kind, n, Some(amount));
                    settled.entries.extend(row(money(-amount.minor(), amount.currency())));
                    settled.entries.extend(row(amount).map(|row| teller.given(row)));
                }
            }
            settled.approved = Some(approved);
        }
        settled
    }
}

/// What a change moves; and why not, or why not all, where it cannot be followed to the letter.
fn follow(book: &mut Book<'_>, change: &Change, taken: &BTreeMap<&str, Vec<(usize, Money)>>) -> (Vec<(usize, Money)>, Option<Error>) {
    let Change { at: _, id: _, kind, amount, line, of } = change;
    match kind {
        LedgerKind::Refund => {
            let Some((currency, minor)) = *amount else { return (Vec::new(), None) };
            match book.refund(money(minor, currency), line.as_deref()) {
                Ok(moved) => (moved, None),
                Err(error) => {
                    // More than is left takes what is left.
                    let left = if error.code() == ErrorCode::RefundOverPaid { book.left(line.as_deref()) as i64 } else { 0 };
                    (book.refund(money(left, currency), line.as_deref()).unwrap_or_default(), Some(error))
                }
            }
        }
        LedgerKind::Chargeback => (book.reverse(), None),
        LedgerKind::ChargebackWon => {
            let of = of.as_deref().unwrap_or_default();
            let Some(taken) = taken.get(of) else {
                return (Vec::new(), Some(Error::new(ErrorCode::RefundUnknown, format!("/of: no chargeback before it is {}", quote(of)))));
            };
            match book.give_back(taken) {
                Ok(moved) => (moved, None),
                Err(error) => (Vec::new(), Some(error)),
            }
        }
        _ => (Vec::new(), None),
    }
}

struct Teller<'a> {
    ledger: &'a Ledger,
    sale: &'a Sale,
    entries: &'a [Entry],
}

impl Teller<'_> {
    /// The row of an entry, or of a part of it.
    fn entry(&self, event: &str, at: Time, kind: LedgerKind, n: usize, part: Option<Money>) -> Option<LedgerEntry> {
        let Entry { line, role, recipient, amount, rule, refund: _ } = self.entries.get(n)?.clone();
        Some(LedgerEntry {
            event: event.into(),
            at,
            kind,
            order: Some(self.ledger.order_of(self.sale).into()),
            payment: Some(self.sale.payment),
            line: Some(line),
            role: Some(role),
            recipient,
            rule,
            amount: part.unwrap_or(amount),
        })
    }

    fn is_affiliates(&self, n: usize) -> bool {
        self.entries.get(n).is_some_and(|entry| matches!(entry.role, Role::Affiliate | Role::SecondLevel))
    }

    /// What a denied affiliate's entry becomes: the vendor's.
    fn given(&self, entry: LedgerEntry) -> LedgerEntry {
        match entry.role {
            Some(Role::Affiliate | Role::SecondLevel) => {
                let vendor = self.entries.iter().find(|entry| entry.role == Role::Vendor).and_then(|entry| entry.recipient.clone());
                LedgerEntry { role: Some(Role::Vendor), recipient: vendor, ..entry }
            }
            _ => entry,
        }
    }
}

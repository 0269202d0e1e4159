//! The answer to "why was I not paid?".

use crate::error::{quote, words};
use crate::program::Affiliate;
use crate::{
    CommissionState, Ledger, Money, Order, OrderState, OrderStatus, PartnershipState, Program, Reason, ReportPeriod, Result, Time, Touch,
    WhyWithheld,
};
use serde::{Deserialize, Serialize};

mod near;

words! {
    /// What a diagnosis found.
    ///
    /// # Example
    /// ```
    /// assert_eq!(sentby::DiagnosisCode::OnHold.to_string(), "on_hold");
    /// ```
    pub DiagnosisCode: "diagnosis" {
        /// The program has no such affiliate.
        UnknownAffiliate => "unknown_affiliate",
        /// The program has an affiliate whose id is almost the same.
        NearMatch => "near_match",
        /// The affiliate is in the program of another region.
        OtherRegion => "other_region",
        /// The partnership was not approved at the time.
        NotApproved => "not_approved",
        /// The partnership was over at the time.
        Ended => "ended",
        /// The partnership was suspended at the time.
        Suspended => "suspended",
        /// A product is not in the program.
        UnknownProduct => "unknown_product",
        /// No touch of this affiliate was recorded for the order.
        NoTouch => "no_touch",
        /// A touch was older than its window.
        OutsideWindow => "outside_window",
        /// Another affiliate won.
        AnotherWon => "another_won",
        /// A touch was refused for another reason.
        Refused => "refused",
        /// The affiliate was credited, and no rule pays for it.
        NoCommission => "no_commission",
        /// The ledger has no such order.
        UnknownOrder => "unknown_order",
        /// The buyer has not paid yet.
        NotPaidYet => "not_paid_yet",
        /// The buyer left without paying.
        Abandoned => "abandoned",
        /// The buyer got the money back.
        Refunded => "refunded",
        /// The vendor did not agree to the commission.
        Denied => "denied",
        /// The vendor has not agreed to the commission yet.
        NotAgreed => "not_agreed",
        /// A commission is on hold.
        OnHold => "on_hold",
        /// More was taken back than was earned since.
        Negative => "negative",
        /// What is available is less than the minimum payout.
        BelowMinimum => "below_minimum",
        /// The account is not verified.
        NotVerified => "not_verified",
        /// It will be paid with the next payout.
        PayoutDue => "payout_due",
        /// It was paid out.
        PaidOut => "paid_out",
        /// What was earned.
        Earned => "earned",
        /// Nothing is recorded.
        NothingRecorded => "nothing_recorded",
    }
}

/// What an affiliate asks: why was I not paid, for this order, or in this time?
///
/// # Example
/// ```
/// use sentby::{Question, Time};
/// let question = Question::new(" anna.M", Time::parse("2026-04-01T00:00:00Z")?);
/// assert_eq!(question.order, None);
/// # Ok::<(), sentby::Error>(())
/// ```
#[derive(Clone, Debug, PartialEq, Eq, Hash, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct Question {
    /// The affiliate's id, as they typed it.
    pub affiliate: String,
    /// Now.
    pub at: Time,
    /// The number of the order that they ask about.
    #[serde(default)]
    pub order: Option<String>,
    /// The order itself, if the host has it.
    #[serde(default)]
    pub sale: Option<Order>,
    /// The touches that were recorded of its buyer.
    #[serde(default)]
    pub touches: Vec<Touch>,
    /// The days that they ask about; all time without them.
    #[serde(default)]
    pub period: ReportPeriod,
}

impl Question {
    /// Why was this affiliate not paid, ever?
    pub fn new(affiliate: impl Into<String>, at: Time) -> Self {
        Self { affiliate: affiliate.into(), at, order: None, sale: None, touches: Vec::new(), period: ReportPeriod::default() }
    }
}

/// One thing that explains why somebody was paid or not: a code, a sentence, and what it rests on.
///
/// # Example
/// See [`Program::diagnose`].
#[derive(Clone, Debug, PartialEq, Eq, Hash, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct Diagnosis {
    /// The code.
    pub code: DiagnosisCode,
    /// The sentence for people.
    pub sentence: String,
    /// Of which affiliate it speaks: who asked, whom they may have meant, or who won.
    #[serde(default)]
    pub affiliate: Option<String>,
    /// Of which product.
    #[serde(default)]
    pub product: Option<String>,
    /// Of which order.
    #[serde(default)]
    pub order: Option<String>,
    /// Since when, or until when.
    #[serde(default)]
    pub at: Option<Time>,
    /// How much.
    #[serde(default)]
    pub amount: Option<Money>,
    /// What became of the touch.
    #[serde(default)]
    pub reason: Option<Reason>,
    /// The touch's index among those of the question.
    #[serde(default)]
    pub touch: Option<u32>,
}

impl Diagnosis {
    fn new(code: DiagnosisCode, sentence: impl Into<String>) -> Self {
        let sentence = sentence.into();
        Self { code, sentence, affiliate: None, product: None, order: None, at: None, amount: None, reason: None, touch: None }
    }

    fn of(self, affiliate: &str) -> Self {
        Self { affiliate: Some(affiliate.into()), ..self }
    }
}

impl Program {
    /// Why an affiliate was paid or not: everything that is found, from who they are to when they will be paid.
    ///
    /// `ledger` is what the host has on record; without one, the answer ends with the decision. `others` are the vendor's programs
    /// of other regions, where the affiliate may have an account.
    ///
    /// # Errors
    /// The codes of a malformed order or period, with their place.
    ///
    /// # Example
    /// ```
    /// # let program = sentby::Program::from_toml(include_str!("../vectors/programs/story.toml"))?;
    /// use sentby::{DiagnosisCode, Evidence, Line, Money, Order, Question, Time, Touch};
    /// # let line = Line::new("1", "521411d4", Money::parse("1190.00", "EUR")?, Money::parse("190.00", "EUR")?);
    /// # let order = Order::new("A-1001", Time::parse("2026-03-03T18:00:00Z")?, vec![line]);
    /// # let anna = Touch::new("anna", Time::parse("2026-03-01T09:00:00Z")?, Evidence::Token);
    /// # let bob = Touch::new("bob", Time::parse("2026-02-20T12:00:00Z")?, Evidence::Cookie);
    /// let asked = Question { sale: Some(order.clone()), touches: vec![anna, bob], ..Question::new("Bob", order.at) };
    /// let found = program.diagnose(&asked, None, &[])?;
    /// assert_eq!(found.iter().map(|d| d.code).collect::<Vec<_>>(), [DiagnosisCode::UnknownAffiliate, DiagnosisCode::NearMatch, DiagnosisCode::AnotherWon]);
    /// assert_eq!(found[2].sentence, "`anna` won order `A-1001`: their token outranks the cookie of `bob` of 2026-02-20T12:00:00Z");
    /// # Ok::<(), sentby::Error>(())
    /// ```
    pub fn diagnose(&self, question: &Question, ledger: Option<&Ledger>, others: &[&Self]) -> Result<Vec<Diagnosis>> {
        let mut found = Vec::new();
        self.days(&question.period).map_err(|e| e.at("/period"))?;
        if let Some(sale) = &question.sale {
            sale.check().map_err(|e| e.at("/sale"))?;
        }
        let Some(affiliate) = self.who(question, others, &mut found) else { return Ok(found) };
        self.ask_partnership(question, affiliate, &mut found);
        let credited = match &question.sale {
            Some(sale) => self.ask_touches(sale, &question.touches, affiliate, &mut found)?,
            None => true,
        };
        if let (Some(ledger), true) = (ledger, credited) {
            let number = question.order.as_deref().or(question.sale.as_ref().map(|sale| sale.id.as_str()));
            match number {
                Some(number) => self.ask_order(question, number, affiliate, ledger, &mut found),
                None => self.ask_period(question, affiliate, ledger, &mut found)?,
            }
        }
        if found.is_empty() {
            let sentence = format!("nothing keeps {} from being paid, as far as is recorded", quote(affiliate.id.as_str()));
            found.push(Diagnosis::new(DiagnosisCode::NothingRecorded, sentence).of(affiliate.id.as_str()));
        }
        Ok(found)
    }

    /// Whom the question is about: the affiliate of that id, or the only one whose id is almost the same.
    fn who(&self, question: &Question, others: &[&Self], found: &mut Vec<Diagnosis>) -> Option<&Affiliate> {
        let typed = question.affiliate.trim();
        if let Some(known) = self.affiliate(typed) {
            return Some(known);
        }
        let sentence = format!("the program has no affiliate {}", quote(typed));
        found.push(Diagnosis::new(DiagnosisCode::UnknownAffiliate, sentence).of(typed));
        for other in others {
            if let Some(known) = other.affiliate(typed) {
                let sentence =
                    format!("{} is an affiliate of the program {}, whose accounts are others", quote(typed), quote(other.name()));
                found.push(Diagnosis::new(DiagnosisCode::OtherRegion, sentence).of(known.id.as_str()));
            }
        }
        let near = near::nearest(typed, self.affiliates());
        for (affiliate, how) in &near {
            let id = affiliate.id.as_str();
            let sentence = format!("{} is an affiliate of the program; {}", quote(id), how.about());
            found.push(Diagnosis::new(DiagnosisCode::NearMatch, sentence).of(id));
        }
        match near.as_slice() {
            [(only, _)] => Some(only),
            _ => None,
        }
    }

    fn ask_partnership(&self, question: &Question, affiliate: &Affiliate, found: &mut Vec<Diagnosis>) {
        let at = question.sale.as_ref().map_or(question.at, |sale| sale.at);
        let id = affiliate.id.as_str();
        let mut products: Vec<Option<&str>> = Vec::new();
        for line in question.sale.iter().flat_map(|sale| &sale.lines) {
            if self.product(&line.product).is_none() {
                let sentence = format!("product {} is not in the program", quote(&line.product));
                let row = Diagnosis { product: Some(line.product.clone()), ..Diagnosis::new(DiagnosisCode::UnknownProduct, sentence) };
                if !found.contains(&row) {
                    found.push(row);
                }
            }
            if !products.contains(&Some(&line.product)) {
                products.push(Some(&line.product));
            }
        }
        if products.is_empty() {
            products.push(None);
        }
        let mut rows = Vec::new();
        for product in products {
            let state = self.state(affiliate, product.unwrap_or_default(), at);
            let since = affiliate.states().filter(|(known, since, of)| {
                let here = of.as_deref().is_none_or(|of| product.is_some_and(|product| self.same(of, product)));
                *since <= at && here && Some(*known) == state
            });
            let since = since.map(|(_, since, _)| since).last();
            let when = since.map_or(String::new(), |since| format!(" since {since}"));
            let (code, text) = match state {
                Some(PartnershipState::Approved) => continue,
                Some(PartnershipState::Suspended) => (DiagnosisCode::Suspended, format!("{} is suspended{when}", quote(id))),
                Some(PartnershipState::Ended) => (DiagnosisCode::Ended, format!("the partnership with {} is over{when}", quote(id))),
                Some(state @ (PartnershipState::Invited | PartnershipState::Requested | PartnershipState::Denied)) => {
                    (DiagnosisCode::NotApproved, format!("the partnership with {} was not approved: it is {state}{when}", quote(id)))
                }
                None => (DiagnosisCode::NotApproved, format!("{} had no partnership at {at}", quote(id))),
            };
            let row = Diagnosis { at: since, ..Diagnosis::new(code, text).of(id) };
            if !rows.contains(&row) {
                rows.push(row);
            }
        }
        found.extend(rows);
    }

    /// What became of the affiliate's touches; whether the order is theirs.
    fn ask_touches(&self, sale: &Order, touches: &[Touch], affiliate: &Affiliate, found: &mut Vec<Diagnosis>) -> Result<bool> {
        let (id, order) = (affiliate.id.as_str(), Some(sale.id.clone()));
        let decision = self.attribute(sale, touches)?;
        if decision.credits.iter().any(|credit| credit.affiliate == id) {
            let commission = match self.commission(sale, &decision) {
                // What looks back is on the ledger.
                Err(error) if error.code() == crate::ErrorCode::HistoryMissing => return Ok(true),
                other => other?,
            };
            if !commission.entries.iter().any(|entry| entry.recipient.as_deref() == Some(id) && entry.amount.minor() != 0) {
                let sentence = format!("order {} is credited to {}, and no rule pays for it", quote(&sale.id), quote(id));
                found.push(Diagnosis { order, ..Diagnosis::new(DiagnosisCode::NoCommission, sentence).of(id) });
                return Ok(false);
            }
            return Ok(true);
        }
        let mut any = false;
        let winner = |by: Option<u32>| by.and_then(|by| touches.get(by as usize));
        for (n, verdict) in
            decision.verdicts.iter().enumerate().filter(|(_, v)| self.same(v.affiliate.trim(), id) || near::same_but_case(&v.affiliate, id))
        {
            any = true;
            let (evidence, at) = (verdict.evidence, verdict.at);
            let number = quote(&sale.id);
            let (code, whose, text) = match (verdict.reason, winner(verdict.by)) {
                (Reason::OutsideWindow, _) => {
                    let window = verdict.window_ms.map_or_else(String::new, duration);
                    let text = format!(
                        "the {evidence} of {at} is {} older than order {number}, outside the window of {window}",
                        duration(sale.at.millis() - at.millis())
                    );
                    (DiagnosisCode::OutsideWindow, None, text)
                }
                (
                    reason @ (Reason::Outranked | Reason::Superseded | Reason::AfterCart | Reason::StandDown | Reason::Duplicate),
                    Some(by),
                ) if !self.same(&by.affiliate, id) => {
                    let how = match reason {
                        Reason::Outranked => format!("their {} outranks the {evidence} of {} of {at}", by.evidence, quote(id)),
                        Reason::Superseded => {
                            format!("the model prefers their {} of {} to the {evidence} of {} of {at}", by.evidence, by.at, quote(id))
                        }
                        Reason::AfterCart => format!(
                            "the cart was started after their {} of {} and before the {evidence} of {} of {at}",
                            by.evidence,
                            by.at,
                            quote(id)
                        ),
                        Reason::StandDown => format!("{} stands down so soon after their {} of {}", quote(id), by.evidence, by.at),
                        _ => format!("their {} of {} has the same click id", by.evidence, by.at),
                    };
                    (DiagnosisCode::AnotherWon, Some(by.affiliate.clone()), format!("{} won order {number}: {how}", quote(&by.affiliate)))
                }
                (reason, _) => {
                    let text = format!("the {evidence} of {at} does not count for order {number}: {}", first_small(reason.about()));
                    (DiagnosisCode::Refused, None, text)
                }
            };
            let affiliate = Some(whose.unwrap_or_else(|| id.into()));
            let row = Diagnosis {
                affiliate,
                order: order.clone(),
                at: Some(at),
                reason: Some(verdict.reason),
                touch: Some(n as u32),
                ..Diagnosis::new(code, text)
            };
            found.push(row);
        }
        if !any {
            let sentence = format!("no touch of {} is recorded for order {}", quote(id), quote(&sale.id));
            found.push(Diagnosis { order: order.clone(), ..Diagnosis::new(DiagnosisCode::NoTouch, sentence).of(id) });
            for credit in &decision.credits {
                let sentence = format!("{} won order {}", quote(&credit.affiliate), quote(&sale.id));
                found.push(Diagnosis {
                    order: order.clone(),
                    touch: Some(credit.touch),
                    ..Diagnosis::new(DiagnosisCode::AnotherWon, sentence).of(&credit.affiliate)
                });
            }
        }
        Ok(false)
    }

    /// How far the payments of an order are.
    fn ask_order(&self, question: &Question, number: &str, affiliate: &Affiliate, ledger: &Ledger, found: &mut Vec<Diagnosis>) {
        let (id, shown) = (affiliate.id.as_str(), quote(number));
        let row = |code, sentence: String| Diagnosis { order: Some(number.into()), ..Diagnosis::new(code, sentence).of(id) };
        let payments: Vec<OrderStatus> = ledger.payments_of(self, number, question.at);
        if payments.is_empty() {
            found.push(row(DiagnosisCode::UnknownOrder, format!("no order {shown} is recorded")));
            return;
        }
        let mut mine = false;
        let mut due = false;
        for status in &payments {
            mine |= !self.ask_payment(question, status, id, &mut due, found).is_empty();
        }
        if !mine {
            found.push(row(DiagnosisCode::NothingRecorded, format!("nothing is recorded for {} of order {shown}", quote(id))));
        }
        if due {
            self.ask_payout(question, id, ledger, found);
        }
    }

    /// How far one payment is; whether anything of it is still to be paid out is told in `due`.
    fn ask_payment<'f>(
        &self,
        question: &Question,
        status: &OrderStatus,
        id: &str,
        due: &mut bool,
        found: &'f mut Vec<Diagnosis>,
    ) -> &'f [Diagnosis] {
        let before = found.len();
        let OrderStatus { order, payment, state, at, shares, problems: _ } = status;
        let shown = quote(order);
        let mut tell = |code, sentence: String, at: Time, amount: Option<Money>| {
            found.push(Diagnosis { order: Some(order.clone()), at: Some(at), amount, ..Diagnosis::new(code, sentence).of(id) });
        };
        match state {
            OrderState::Pending => {
                tell(DiagnosisCode::NotPaidYet, format!("payment {payment} of order {shown} is not made yet"), *at, None);
            }
            OrderState::Abandoned => tell(DiagnosisCode::Abandoned, format!("the buyer left order {shown} without paying"), *at, None),
            OrderState::Refunded => tell(DiagnosisCode::Refunded, format!("payment {payment} of order {shown} was given back"), *at, None),
            OrderState::Completed | OrderState::Paid => {}
        }
        for share in shares.iter().filter(|share| share.recipient == id && *state != OrderState::Refunded) {
            let (amount, what) = (Some(share.amount), format!("{} for payment {payment} of order {shown}", share.amount));
            match share.state {
                CommissionState::Reversed => {
                    let why = "it was given back, or the vendor did not agree";
                    let text = format!("nothing is left for {} of payment {payment} of order {shown}: {why}", quote(id));
                    tell(DiagnosisCode::Denied, text, *at, amount);
                }
                CommissionState::Paid => tell(DiagnosisCode::PaidOut, format!("{what} were paid out"), *at, amount),
                CommissionState::Approved => {
                    *due = true;
                    tell(DiagnosisCode::Earned, format!("{what} were earned"), *at, amount);
                }
                CommissionState::Pending => match self.next_release(*at, question.at) {
                    Some(until) => {
                        *due = true;
                        tell(DiagnosisCode::OnHold, format!("{what} are on hold, the next part until {until}"), until, amount);
                    }
                    None => tell(DiagnosisCode::NotAgreed, format!("the vendor has not agreed to {what} yet"), *at, amount),
                },
            }
        }
        found.get(before..).unwrap_or_default()
    }

    /// What came in a stretch of time, and what keeps it.
    fn ask_period(&self, question: &Question, affiliate: &Affiliate, ledger: &Ledger, found: &mut Vec<Diagnosis>) -> Result<()> {
        let id = affiliate.id.as_str();
        let (start, end) = self.days(&question.period)?;
        let mut any = false;
        for statement in ledger.statement(id, start, end) {
            let earned: i64 = statement.entries.iter().filter(|entry| entry.order.is_some()).map(|entry| entry.amount.minor()).sum();
            if statement.entries.iter().any(|entry| entry.order.is_some()) {
                any = true;
                let amount = crate::ledger::money(earned, statement.closing.currency());
                let text = format!("orders brought {} {amount} in that time", quote(id));
                found.push(Diagnosis { amount: Some(amount), ..Diagnosis::new(DiagnosisCode::Earned, text).of(id) });
            }
        }
        if !any {
            found
                .push(Diagnosis::new(DiagnosisCode::NothingRecorded, format!("no order of {} is recorded in that time", quote(id))).of(id));
        }
        for mut status in ledger.orders_of(self, id, question.at).into_iter().filter(|status| start <= status.at && status.at < end) {
            // What is simply earned stands in the sum above.
            status.shares.retain(|share| share.state != CommissionState::Approved);
            self.ask_payment(question, &status, id, &mut false, found);
        }
        self.ask_payout(question, id, ledger, found);
        Ok(())
    }

    /// What a payout run would do now.
    fn ask_payout(&self, question: &Question, id: &str, ledger: &Ledger, found: &mut Vec<Diagnosis>) {
        let run = ledger.payout(self, question.at);
        for withheld in run.withheld.into_iter().filter(|withheld| withheld.recipient == id) {
            let (amount, who) = (withheld.amount, quote(id));
            let (code, text) = match withheld.why {
                WhyWithheld::Negative => {
                    (DiagnosisCode::Negative, format!("more was taken back from {who} than was earned since: {amount}"))
                }
                WhyWithheld::Suspended => (DiagnosisCode::Suspended, format!("{amount} are not paid out, since {who} is suspended")),
                WhyWithheld::NotVerified => {
                    (DiagnosisCode::NotVerified, format!("{amount} are not paid out, since the account of {who} is not verified"))
                }
                WhyWithheld::BelowMinimum => {
                    let minimum = self.settlement.payout_minimum.given(amount.currency());
                    let minimum = minimum.map_or(String::new(), |minimum| format!(" of {minimum}"));
                    (DiagnosisCode::BelowMinimum, format!("{amount} are available to {who}, less than the minimum payout{minimum}"))
                }
            };
            found.push(Diagnosis { amount: Some(amount), ..Diagnosis::new(code, text).of(id) });
        }
        for payout in run.payouts.into_iter().filter(|payout| payout.recipient == id) {
            let next = self.next_payout(question.at);
            let text = format!("{} are available to {}, and paid with the payout of {next}", payout.amount, quote(id));
            found.push(Diagnosis { at: Some(next), amount: Some(payout.amount), ..Diagnosis::new(DiagnosisCode::PayoutDue, text).of(id) });
        }
    }

    /// When the next part of a payment is released, if one is still held.
    fn next_release(&self, paid: Time, at: Time) -> Option<Time> {
        let released = |(_, after): &(crate::Rate, i64)| Time::from_millis(paid.millis().saturating_add(*after)).ok();
        self.settlement.release.iter().filter_map(released).filter(|time| *time > at).min()
    }
}

fn duration(millis: i64) -> String {
    let units = crate::time::largest_units(millis);
    let unit = |(count, name): &(u64, &str)| format!("{count} {name}{}", if *count == 1 { "" } else { "s" });
    units.iter().map(unit).collect::<Vec<_>>().join(" ")
}

/// A sentence within another.
fn first_small(sentence: &str) -> String {
    let mut chars = sentence.trim_end_matches('.').chars();
    chars.next().map(|first| first.to_lowercase().chain(chars).collect()).unwrap_or_default()
}

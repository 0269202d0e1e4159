use crate::error::{quote, words};
use crate::money::{Rate, Rounding};
use crate::program::{Affiliate, Program, State};
use crate::{Credit, Currency, Decision, Error, ErrorCode, Event, Line, Money, Order, Result, SAFE_MAX, Text, Time, allocate};
use grant::{Granting, Grants};
use past::Past;
use serde::{Deserialize, Serialize};
use settlement::{Base, LevelsOf, PartnersBase, Portion, Step};
use std::collections::BTreeMap;

mod explain;
mod grant;
mod past;
#[cfg(feature = "columns")]
pub(crate) use past::History;
#[cfg(feature = "columns")]
pub(crate) use past::Past as PastOrders;
pub(crate) mod pays;
#[cfg(feature = "columns")]
pub(crate) mod plan;
mod refund;
pub(crate) mod rule;
pub(crate) mod settlement;

pub(crate) use refund::Book;
pub use refund::Refund;

/// The most (line, credit) pairs that one commission takes.
const PAIRS_MAX: usize = 1 << 22;

words! {
    /// What an entry's recipient is in the settlement.
    ///
    /// # Example
    /// ```
    /// assert_eq!(sentby::Role::Vendor.to_string(), "vendor");
    /// ```
    pub Role: "role" {
        /// The tax authority.
        Tax => "tax",
        /// The platform that takes the payment.
        Fee => "fee",
        /// An affiliate.
        Affiliate => "affiliate",
        /// A JV partner.
        Partner => "partner",
        /// An affiliate whose recruit was paid.
        SecondLevel => "second_level",
        /// The vendor, who gets what is left.
        Vendor => "vendor",
    }
}

words! {
    /// How an addend of somebody's part came about.
    ///
    /// # Example
    /// ```
    /// assert_eq!(sentby::What::FirstPayment.to_string(), "first_payment");
    /// ```
    pub What: "addend" {
        /// A percentage of the base.
        Percent => "percent",
        /// A fixed sum, or the credit's and the line's share of it.
        Fixed => "fixed",
        /// The percentage that the seller picked.
        Choice => "choice",
        /// What a tier pays.
        Tier => "tier",
        /// The sum that the first payment brings once.
        FirstPayment => "first_payment",
        /// What a bonus pays beside the rule.
        Bonus => "bonus",
        /// Raised to the rule's minimum.
        Minimum => "minimum",
        /// Cut to the rule's maximum.
        Maximum => "maximum",
        /// Cut to what is left of the rule's budget.
        Budget => "budget",
        /// Cut because no more is left of the line.
        NothingLeft => "nothing_left",
        /// Nothing: no rule holds.
        NoRule => "no_rule",
        /// Nothing: no approved partnership for the product.
        NoPartnership => "no_partnership",
        /// Nothing: the rule pays for earlier payments only.
        RecurringOver => "recurring_over",
    }
}

impl What {
    /// Whether it is what an affiliate's orders and revenue are counted by.
    pub(crate) fn counts(self) -> bool {
        matches!(self, Self::Percent | Self::Fixed | Self::Choice | Self::Tier)
    }
}

/// What everyone is owed for one order. The entries of a sale add up to its gross, always;
/// those of its refunds to what was given back.
///
/// # Example
/// ```
/// # let program = sentby::Program::from_toml(include_str!("../vectors/programs/story.toml"))?;
/// # use sentby::{Evidence, Line, Money, Order, Role, Time, Touch};
/// let line = Line::new("1", "521411d4", Money::parse("1190.00", "EUR")?, Money::parse("190.00", "EUR")?);
/// let order = Order::new("A-1001", Time::parse("2026-03-03T18:00:00Z")?, vec![line]);
/// let touches = [Touch::new("anna", Time::parse("2026-03-01T09:00:00Z")?, Evidence::Parameter)];
/// let decision = program.attribute(&order, &touches)?;
///
/// let commission = program.commission(&order, &decision)?;
/// let anna = commission.entries.iter().find(|e| e.role == Role::Affiliate).unwrap();
/// assert_eq!(anna.amount.to_string(), "470.34 EUR");
/// # Ok::<(), sentby::Error>(())
/// ```
#[derive(Clone, Debug, PartialEq, Eq, Hash, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct Commission {
    /// The order's id.
    pub order: String,
    /// When the buyer ordered.
    pub at: Time,
    /// The number of the payment.
    #[serde(default = "one")]
    pub payment: u32,
    /// A sale, or what else was paid for.
    #[serde(default = "sale")]
    pub event: Event,
    /// How amounts were rounded.
    #[serde(default = "half_away")]
    pub rounding: Rounding,
    /// The sale's entries, line by line in the order of the waterfall, then those of each refund.
    pub entries: Vec<Entry>,
    /// Why: the addends of what affiliates, their parents and partners get of the sale. Those of a line and
    /// recipient add up to their entries.
    #[serde(default)]
    pub grounds: Vec<Ground>,
}

fn one() -> u32 {
    1
}

fn sale() -> Event {
    Event::Sale
}

fn half_away() -> Rounding {
    Rounding::HalfAway
}

/// One addend of somebody's part of a sale: which rule, of which base, at which rate.
///
/// # Example
/// ```
/// # let program = sentby::Program::from_toml(include_str!("../vectors/programs/story.toml"))?;
/// # use sentby::{Evidence, Line, Money, Order, Time, Touch, What};
/// # let line = Line::new("1", "521411d4", Money::parse("1190.00", "EUR")?, Money::parse("190.00", "EUR")?);
/// # let order = Order::new("A-1001", Time::parse("2026-03-03T18:00:00Z")?, vec![line]);
/// # let touches = [Touch::new("anna", Time::parse("2026-03-01T09:00:00Z")?, Evidence::Parameter)];
/// let commission = program.commission(&order, &program.attribute(&order, &touches)?)?;
/// let ground = &commission.grounds[0];
/// assert_eq!((ground.what, ground.base.to_string().as_str()), (What::Percent, "940.69 EUR"));
/// # Ok::<(), sentby::Error>(())
/// ```
#[derive(Clone, Debug, PartialEq, Eq, Hash, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct Ground {
    /// The order line.
    pub line: Text,
    /// What the recipient is: an affiliate, partner or second level.
    pub role: Role,
    /// The recipient's id.
    #[serde(default)]
    pub recipient: Option<Text>,
    /// The name of the rule, bonus or level.
    #[serde(default)]
    pub rule: Option<Text>,
    /// How it came about.
    pub what: What,
    /// What a percentage was taken of; the recipient's share of the line's base.
    pub base: Money,
    /// The percentage.
    #[serde(default)]
    pub percent: Option<Rate>,
    /// What it adds; negative where something was cut.
    pub amount: Money,
}

/// One signed amount for one recipient. Amounts of zero make no entry.
///
/// # Example
/// ```
/// // Hosts store entries as they are.
/// let json = r#"{"line": "1", "role": "affiliate", "recipient": "anna", "amount": {"minor": 47034, "currency": "EUR"}, "rule": "half"}"#;
/// let entry: sentby::Entry = serde_json::from_str(json).unwrap();
/// assert_eq!(entry.amount.to_string(), "470.34 EUR");
/// ```
#[derive(Clone, Debug, PartialEq, Eq, Hash, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct Entry {
    /// The order line.
    pub line: Text,
    /// What the recipient is.
    pub role: Role,
    /// The id of the affiliate, partner or vendor; none for tax and fee.
    #[serde(default)]
    pub recipient: Option<Text>,
    /// Positive for a sale, negative for a refund.
    pub amount: Money,
    /// The name of the commission rule that paid an affiliate.
    #[serde(default)]
    pub rule: Option<Text>,
    /// The id of the refund; none for the sale.
    #[serde(default)]
    pub refund: Option<Text>,
}

impl Program {
    /// Computes what everyone is owed for an order, given the decision on it.
    ///
    /// Each step of the waterfall takes from what the steps before left, and the vendor gets the rest. Every
    /// amount is rounded once. The base of a line is allocated to the credits by weight, then
    /// the first rule that holds for the affiliate and the line pays, and every bonus that holds beside it.
    /// Units that a split leaves over go to the largest remainders, among equals by line id and in the order of the credits.
    /// For a lead, click or impression the vendor's entry is what they pay: negative.
    ///
    /// # Errors
    /// The codes of a malformed order; `decision_mismatch`; `currency_mismatch` where a fixed amount lacks the
    /// order's currency; `rate_not_allowed`; `too_large` over 4,194,304 pairs of lines and credits;
    /// `history_missing` where a rule counts earlier orders: use [`commission_after`](Self::commission_after).
    pub fn commission(&self, order: &Order, decision: &Decision) -> Result<Commission> {
        self.settle(order, decision, None)
    }

    /// As [`commission`](Self::commission), knowing what was earlier: tiers by count or revenue, and budgets.
    ///
    /// `earlier` are commissions as they were handed out, refunds included, at least those of the credited
    /// affiliates (of all affiliates for a budget of a rule) over the longest period of the program's rules. Others are left
    /// aside: what is not before this order in time, is in another currency, or is another kind of event.
    ///
    /// # Errors
    /// As [`commission`](Self::commission).
    ///
    /// # Example
    /// ```
    /// # use sentby::{Decision, Evidence, Line, Money, Order, Program, Time, Touch};
    /// let program = Program::from_toml(r#"
    ///     sentby = 1
    ///     vendor = "v"
    ///     [[products]]
    ///     id = "p"
    ///     [[affiliates]]
    ///     id = "anna"
    ///     partnership = [{ state = "approved", since = "2026-01-01T00:00:00Z" }]
    ///     [[commission]]
    ///     pays = { by = "revenue", over = "month", tiers = [{ percent = "10" }, { from = "1500.00 EUR", percent = "20" }] }
    /// "#)?;
    /// let sale = |id: &str, at: &str| -> sentby::Result<(Order, Decision)> {
    ///     let line = Line::new("1", "p", Money::parse("1000.00", "EUR")?, Money::parse("0.00", "EUR")?);
    ///     let order = Order::new(id, Time::parse(at)?, vec![line]);
    ///     let decision = program.attribute(&order, &[Touch::new("anna", order.at, Evidence::Parameter)])?;
    ///     Ok((order, decision))
    /// };
    /// let (order, decision) = sale("A-1", "2026-03-01T09:00:00Z")?;
    /// let first = program.commission_after(&order, &decision, &[])?;
    /// assert_eq!(first.entries[0].amount.to_string(), "100.00 EUR");
    /// let (order, decision) = sale("A-2", "2026-03-02T09:00:00Z")?;
    /// let second = program.commission_after(&order, &decision, &[first])?;
    /// assert_eq!(second.entries[0].amount.to_string(), "200.00 EUR");
    /// # Ok::<(), sentby::Error>(())
    /// ```
    pub fn commission_after(&self, order: &Order, decision: &Decision, earlier: &[Commission]) -> Result<Commission> {
        self.settle(order, decision, Some(earlier))
    }

    /// Whether commissions depend on earlier orders, so that [`commission_after`](Self::commission_after) is the call.
    ///
    /// # Example
    /// ```
    /// # let program = sentby::Program::from_toml(include_str!("../vectors/programs/story.toml"))?;
    /// assert!(!program.looks_back());
    /// # Ok::<(), sentby::Error>(())
    /// ```
    pub fn looks_back(&self) -> bool {
        self.rules.iter().chain(&self.bonuses).any(|rule| rule.pays.looks_back())
    }

    fn settle(&self, order: &Order, decision: &Decision, earlier: Option<&[Commission]>) -> Result<Commission> {
        let currency = order.check()?;
        let past = earlier.filter(|_| self.looks_back()).map(|earlier| Past::of(self, order, currency, earlier));
        let settled = self.taps(order, decision, currency, past.as_ref())?;
        let sizes = settled.iter().fold((0, 0), |(e, g), tap| (e + tap.taken.len(), g + tap.grounds.len()));
        let (mut entries, mut grounds) = (Vec::with_capacity(sizes.0), Vec::with_capacity(sizes.1));
        for tap in settled {
            let line = Text::from(tap.line.id.as_str());
            for Taken { role, recipient, amount, rule } in tap.taken {
                entries.push(Entry {
                    line: line.clone(),
                    role,
                    recipient: recipient.cloned(),
                    amount: Money::of(amount, currency).map_err(|e| e.at(format_args!("line {}", quote(&line))))?,
                    rule: rule.cloned(),
                    refund: None,
                });
            }
            for Reason { role, recipient, rule, what, base, percent, amount } in tap.grounds {
                grounds.push(Ground {
                    line: line.clone(),
                    role,
                    recipient: Some(recipient.clone()),
                    rule: rule.cloned(),
                    what,
                    base: Money::of(base as i64, currency)?, // INVARIANT: at most 2^53 − 1, as every base
                    percent,
                    amount: Money::of(amount, currency).map_err(|e| e.at(format_args!("line {}", quote(&line))))?,
                });
            }
        }
        let (order, at, payment, event) = (order.id.clone(), order.at, order.payment, order.event);
        Ok(Commission { order, at, payment, event, rounding: self.settlement.rounding, entries, grounds })
    }

    /// The money of every line, on its way down to the last cent, in the order of the lines.
    pub(crate) fn taps<'a>(
        &'a self,
        order: &'a Order,
        decision: &'a Decision,
        currency: Currency,
        past: Option<&Past<'_>>,
    ) -> Result<Vec<Tap<'a>>> {
        let credits = self.credited(order, decision)?;
        // By line id, so that the order in which a host lists the lines moves no cent.
        let mut lines: Vec<(usize, &Line)> = order.lines.iter().enumerate().collect();
        lines.sort_unstable_by_key(|(_, line)| line.id.as_str());
        let mut taps: Vec<Tap<'_>> = lines.iter().map(|(_, line)| Tap::new(line, order.event)).collect();
        for step in &self.settlement.steps {
            match step {
                Step::Tax => taps.iter_mut().for_each(|tap| {
                    let tax = tap.line.tax.minor().unsigned_abs();
                    tap.tax = tap.take(tax, Role::Tax, None, None);
                }),
                Step::Fee => self.take_fee(currency, &mut taps)?,
                Step::Affiliate => {
                    taps.iter_mut().for_each(|tap| tap.base = self.base(tap));
                    let granting = Granting { program: self, order, currency, credits: &credits, taps: &taps, past };
                    let grants = granting.grants()?;
                    pay_affiliates(&mut taps, grants);
                }
                Step::Partners => taps.iter_mut().for_each(|tap| self.pay_partners(order, tap)),
                Step::SecondLevel => taps.iter_mut().for_each(|tap| self.pay_parents(order, &credits, tap)),
            }
        }
        let mut settled: Vec<(usize, Tap<'_>)> = lines.into_iter().map(|(n, _)| n).zip(taps).collect();
        settled.sort_unstable_by_key(|(n, _)| *n);
        Ok(settled
            .into_iter()
            .map(|(_, mut tap)| {
                tap.take_rest(self.vendor_text());
                tap
            })
            .collect())
    }

    /// What percentages of a line are taken of.
    fn base(&self, tap: &Tap<'_>) -> u64 {
        let net = match self.settlement.base {
            Base::Gross => tap.gross,
            // INVARIANT: tax and fee were taken from the gross of this line.
            Base::NetOfTax => tap.gross - tap.tax,
            Base::NetOfTaxAndFee => tap.gross - tap.tax - tap.fee,
        };
        let size = |portion: Portion, amount: Option<Money>| match portion {
            Portion::In => 0,
            Portion::Out => amount.map_or(0, |amount| amount.minor().unsigned_abs()),
        };
        let (shipping, discount) = (size(self.settlement.shipping, tap.line.shipping), size(self.settlement.discounts, tap.line.discount));
        if tap.gross == 0 || (shipping == 0 && discount == 0) {
            return net;
        }
        // In proportion, since shipping and discounts have their part of tax and fee.
        let wanted = u128::from(tap.gross - shipping + discount);
        let base = self.settlement.rounding.divide(u128::from(net) * wanted, tap.gross.into());
        base.min(SAFE_MAX.unsigned_abs().into()) as u64
    }

    /// The credits with their affiliates; those with the same affiliate, evidence and campaign as one.
    fn credited<'a>(&'a self, order: &Order, decision: &'a Decision) -> Result<Vec<Credited<'a>>> {
        let mismatch = |text: String| Error::new(ErrorCode::DecisionMismatch, text);
        if decision.order != order.id || decision.at != order.at {
            return Err(mismatch(format!(
                "/order: the decision is of {} at {}, the order is {} at {}",
                quote(&decision.order),
                decision.at,
                quote(&order.id),
                order.at
            )));
        }
        let mut sorted: Vec<(usize, &Credit)> = decision.credits.iter().enumerate().collect();
        let key = |c: &'a Credit| (c.affiliate.as_str(), c.evidence, c.campaign.as_deref());
        sorted.sort_by_key(|(n, credit)| (key(credit), *n));
        let mut merged: Vec<(usize, Credited<'a>)> = Vec::with_capacity(sorted.len());
        let mut sum = 0_u64;
        for (n, credit) in sorted {
            sum = sum.checked_add(credit.weight).ok_or_else(|| mismatch(format!("/credits/{n}/weight: the weights sum above 2^64")))?;
            if credit.weight == 0 {
                return Err(mismatch(format!("/credits/{n}/weight: is zero")));
            }
            match merged.last_mut() {
                Some((_, last)) if key(last.credit) == key(credit) => last.weight += credit.weight,
                Some(_) | None => {
                    let affiliate = self
                        .affiliate(&credit.affiliate)
                        .ok_or_else(|| mismatch(format!("/credits/{n}/affiliate: the program has no {}", quote(&credit.affiliate))))?;
                    merged.push((n, Credited { credit, affiliate, weight: credit.weight }));
                }
            }
        }
        // Ties of a split go to the earlier credit, so the order of the decision counts.
        merged.sort_by_key(|(n, _)| *n);
        if merged.len().saturating_mul(order.lines.len()).saturating_mul(1 + self.bonuses.len()) > PAIRS_MAX {
            return Err(Error::new(
                ErrorCode::TooLarge,
                format!(
                    "{} lines times {} credits times a rule and {} bonuses, at most {PAIRS_MAX} are allowed",
                    order.lines.len(),
                    merged.len(),
                    self.bonuses.len()
                ),
            ));
        }
        Ok(merged.into_iter().map(|(_, credited)| credited).collect())
    }

    fn take_fee(&self, currency: Currency, taps: &mut [Tap<'_>]) -> Result<()> {
        // INVARIANT: an order's gross is below 2^53.
        let gross: u64 = taps.iter().map(|tap| tap.gross).sum();
        let left: Vec<u64> = taps.iter().map(Tap::left).collect();
        let percent = self.settlement.fee_rate.map_or(0, |rate| rate.of(gross as i64, self.settlement.rounding).unsigned_abs());
        let small =
            self.settlement.fee_small.as_ref().filter(|(below, _)| below.given(currency).is_some_and(|m| gross < m.minor().unsigned_abs()));
        let fixed = match small {
            _ if gross == 0 => 0,
            Some((_, fixed)) => fixed.of(currency, &|| "/settlement/fee/small/fixed".into())?,
            None => self.settlement.fee_fixed.of(currency, &|| "/settlement/fee/fixed".into())?,
        };
        let fee = (percent + fixed).min(left.iter().sum());
        for (tap, part) in taps.iter_mut().zip(allocate(fee, &left)) {
            tap.fee = tap.take(part, Role::Fee, None, None);
        }
        Ok(())
    }

    fn pay_partners<'a>(&'a self, order: &Order, tap: &mut Tap<'a>) {
        let Some(product) = self.product(&tap.line.product) else { return };
        let base = match self.settlement.partners_base {
            PartnersBase::AfterAffiliate => tap.left(),
            PartnersBase::SameBase => tap.base,
        };
        for partner in &product.partners {
            let rate = partner.rate(order, self.settlement.partner_rates);
            let amount = rate.of(base as i64, self.settlement.rounding).unsigned_abs();
            tap.pay(Role::Partner, partner.id.text(), None, base, rate, amount);
        }
    }

    /// The parents of the affiliates that a line paid, level by level.
    fn pay_parents<'a>(&'a self, order: &Order, credits: &[Credited<'a>], tap: &mut Tap<'a>) {
        let Some(levels) = &self.settlement.second_level else { return };
        // What each recruit's parents have a percentage of, in the order in which the recruits were paid.
        let mut recruits: Vec<(&'a Affiliate, u64)> = Vec::new();
        let mut places: BTreeMap<&str, usize> = BTreeMap::new();
        for taken in tap.taken.iter().filter(|taken| taken.role == Role::Affiliate) {
            let Some(recruit) = taken.recipient.and_then(|id| self.affiliate(id)) else { continue };
            let place = *places.entry(recruit.id.as_str()).or_insert(recruits.len());
            if place == recruits.len() {
                recruits.push((recruit, 0));
            }
            if let (LevelsOf::Commission, Some((_, sum))) = (levels.of, recruits.get_mut(place)) {
                *sum = sum.saturating_add(taken.amount.unsigned_abs());
            }
        }
        if levels.of == LevelsOf::Base {
            let weights: Vec<u64> = credits.iter().map(|c| c.weight).collect();
            for (credited, part) in credits.iter().zip(allocate(tap.base, &weights)) {
                if let Some((_, sum)) = places.get(credited.affiliate.id.as_str()).and_then(|place| recruits.get_mut(*place)) {
                    *sum += part;
                }
            }
        }
        let before = tap.taken.len();
        for (recruit, base) in recruits {
            for (parent, (name, rate)) in self.parents(recruit).zip(&levels.rates) {
                if self.state(parent, &tap.line.product, order.at) == Some(State::Approved) {
                    let base = base.min(SAFE_MAX.unsigned_abs());
                    let amount = rate.of(base as i64, self.settlement.rounding).unsigned_abs();
                    tap.pay(Role::SecondLevel, parent.id.text(), Some(name), base, *rate, amount);
                }
            }
        }
        tap.join(before);
    }
}

/// Pays on each line what was granted, or, if less is left, what is left in the same proportions.
fn pay_affiliates<'a>(taps: &mut [Tap<'a>], grants: Grants<'a>) {
    let Grants { wants, addends } = grants;
    // The wants of each line, side by side.
    let mut by_line: Vec<usize> = (0..wants.len()).collect();
    let line = |n: usize| wants.get(n).map_or(usize::MAX, |want| want.line);
    by_line.sort_by_key(|n| line(*n));
    let name = |n: usize| wants.get(n).and_then(|want| want.rule).map(|rule| &rule.name);
    for addend in &addends {
        if let Some(want) = wants.get(addend.want)
            && let Some(tap) = taps.get_mut(want.line)
        {
            tap.grounds.push(Reason {
                role: Role::Affiliate,
                recipient: want.affiliate,
                rule: name(addend.want),
                what: addend.what,
                base: addend.base,
                percent: addend.percent,
                amount: addend.amount,
            });
        }
    }
    for here in by_line.chunk_by(|a, b| line(*a) == line(*b)) {
        let Some(tap) = here.first().and_then(|n| taps.get_mut(line(*n))) else { continue };
        if let [n] = here {
            // One want needs no splitting.
            if let Some(want) = wants.get(*n) {
                let paid = tap.take(want.amount, Role::Affiliate, Some(want.affiliate), name(*n));
                if paid != want.amount {
                    tap.cut(want.affiliate, name(*n), want.amount, paid);
                }
            }
            continue;
        }
        // A sum that saturates is far above what is left, and so are its parts' proportions: cap each first.
        let granted: Vec<u64> = here.iter().map(|n| wants.get(*n).map_or(0, |want| want.amount)).collect();
        let capped: Vec<u64> = granted.iter().map(|amount| (*amount).min(SAFE_MAX.unsigned_abs())).collect();
        let sum = capped.iter().fold(0_u64, |sum, amount| sum.saturating_add(*amount));
        let paid = if tap.limited && sum > tap.left() { allocate(tap.left(), &capped) } else { granted.clone() };
        // One entry for each affiliate and rule, in the order of the credits.
        let mut entries: Vec<(&'a Text, Option<&'a Text>, u64)> = Vec::with_capacity(here.len());
        let mut places: BTreeMap<(&Text, Option<&Text>), usize> = BTreeMap::new();
        for ((n, granted), amount) in here.iter().copied().zip(granted).zip(paid) {
            let Some(want) = wants.get(n) else { continue };
            if amount != granted {
                tap.cut(want.affiliate, name(n), granted, amount);
            }
            if amount == 0 {
                continue;
            }
            let place = *places.entry((want.affiliate, name(n))).or_insert(entries.len());
            match entries.get_mut(place) {
                Some((.., sum)) => *sum = sum.saturating_add(amount),
                None => entries.push((want.affiliate, name(n), amount)),
            }
        }
        for (affiliate, rule, amount) in entries {
            tap.take(amount, Role::Affiliate, Some(affiliate), rule);
        }
    }
}

#[derive(Debug)]
struct Credited<'a> {
    credit: &'a Credit,
    affiliate: &'a Affiliate,
    weight: u64,
}

/// One line's money on its way down: every step takes from what is left.
#[derive(Debug)]
pub(crate) struct Tap<'a> {
    pub(crate) line: &'a Line,
    gross: u64,
    tax: u64,
    fee: u64,
    base: u64,
    /// What all steps took so far.
    gone: u64,
    /// Whether no more may be taken than the gross; what is paid without a sale is paid by the vendor.
    limited: bool,
    pub(crate) taken: Vec<Taken<'a>>,
    pub(crate) grounds: Vec<Reason<'a>>,
}

#[derive(Debug)]
pub(crate) struct Taken<'a> {
    pub(crate) role: Role,
    pub(crate) recipient: Option<&'a Text>,
    pub(crate) amount: i64,
    pub(crate) rule: Option<&'a Text>,
}

/// A [`Ground`] in the making.
#[derive(Debug)]
pub(crate) struct Reason<'a> {
    pub(crate) role: Role,
    pub(crate) recipient: &'a Text,
    rule: Option<&'a Text>,
    pub(crate) what: What,
    pub(crate) base: u64,
    percent: Option<Rate>,
    amount: i64,
}

impl<'a> Tap<'a> {
    fn new(line: &'a Line, event: Event) -> Self {
        let gross = line.gross.minor().unsigned_abs();
        let limited = event == Event::Sale;
        Self { line, gross, tax: 0, fee: 0, base: 0, gone: 0, limited, taken: Vec::with_capacity(6), grounds: Vec::with_capacity(4) }
    }

    fn left(&self) -> u64 {
        self.gross.saturating_sub(self.gone)
    }

    /// Takes `amount` or what is left, and returns what was taken.
    fn take(&mut self, amount: u64, role: Role, recipient: Option<&'a Text>, rule: Option<&'a Text>) -> u64 {
        let amount = if self.limited { amount.min(self.left()) } else { amount };
        if amount > 0 {
            self.gone = self.gone.saturating_add(amount);
            // What is beyond 2^53 − 1 is refused when entries are made.
            let amount = i64::try_from(amount).unwrap_or(i64::MAX);
            self.taken.push(Taken { role, recipient, amount, rule });
        }
        amount
    }

    /// Takes a percentage, and says why.
    fn pay(&mut self, role: Role, recipient: &'a Text, rule: Option<&'a Text>, base: u64, rate: Rate, amount: u64) {
        let taken = self.take(amount, role, Some(recipient), rule);
        let ground = |what, percent, amount| Reason { role, recipient, rule, what, base, percent, amount };
        // INVARIANT: a percentage of an amount below 2^53.
        self.grounds.push(ground(What::Percent, Some(rate), amount as i64));
        if taken != amount {
            self.grounds.push(ground(What::NothingLeft, None, taken as i64 - amount as i64));
        }
    }

    /// Says that an affiliate was paid less than was granted.
    fn cut(&mut self, recipient: &'a Text, rule: Option<&'a Text>, granted: u64, paid: u64) {
        let amount = i64::try_from(i128::from(paid) - i128::from(granted)).unwrap_or(i64::MIN);
        let (role, what) = (Role::Affiliate, What::NothingLeft);
        self.grounds.push(Reason { role, recipient, rule, what, base: self.base, percent: None, amount });
    }

    /// Makes one of what the same recipient was paid by the same rule, from the place `before` on.
    fn join(&mut self, before: usize) {
        let mut places: BTreeMap<(Option<&Text>, Option<&Text>), usize> = BTreeMap::new();
        for taken in self.taken.split_off(before) {
            let place = *places.entry((taken.recipient, taken.rule)).or_insert(self.taken.len());
            match self.taken.get_mut(place) {
                Some(first) => first.amount = first.amount.saturating_add(taken.amount),
                None => self.taken.push(taken),
            }
        }
    }

    /// The vendor's part: what is left, or, without a sale, what the others get.
    fn take_rest(&mut self, vendor: &'a Text) {
        let rest = i64::try_from(i128::from(self.gross) - i128::from(self.gone)).unwrap_or(i64::MIN);
        if rest != 0 {
            self.taken.push(Taken { role: Role::Vendor, recipient: Some(vendor), amount: rest, rule: None });
        }
    }
}

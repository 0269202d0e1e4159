use crate::error::{quote, words};
use crate::program::{Affiliate, Program, State};
use crate::{Credit, Currency, Decision, Error, ErrorCode, Line, Money, Order, Result, allocate};
use rule::{Per, Rule};
use serde::{Deserialize, Serialize};
use settlement::{Base, PartnersBase, Step};
use std::collections::BTreeMap;

mod refund;
pub(crate) mod rule;
pub(crate) mod settlement;

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
        /// The vendor, who gets what is left.
        Vendor => "vendor",
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
    /// The sale's entries, line by line in the order of the waterfall, then those of each refund.
    pub entries: Vec<Entry>,
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
    pub line: String,
    /// What the recipient is.
    pub role: Role,
    /// The id of the affiliate, partner or vendor; none for tax and fee.
    #[serde(default)]
    pub recipient: Option<String>,
    /// Positive for a sale, negative for a refund.
    pub amount: Money,
    /// The name of the commission rule that paid an affiliate.
    #[serde(default)]
    pub rule: Option<String>,
    /// The id of the refund; none for the sale.
    #[serde(default)]
    pub refund: Option<String>,
}

impl Program {
    /// Computes what everyone is owed for an order, given the decision on it.
    ///
    /// Each step of the waterfall takes from what the steps before left, and the vendor gets the rest. Every
    /// amount is rounded once. The base of a line is allocated to the credits by weight, then
    /// the first rule that holds for the affiliate and the line pays.
    ///
    /// # Errors
    /// The codes of a malformed order; `decision_mismatch`; `currency_mismatch` where a fixed amount lacks the
    /// order's currency; `too_large` over 4,194,304 pairs of lines and credits.
    pub fn commission(&self, order: &Order, decision: &Decision) -> Result<Commission> {
        let currency = order.check()?;
        let credits = self.credited(order, decision)?;
        let mut taps: Vec<Tap<'_>> = order.lines.iter().map(Tap::new).collect();
        for step in &self.settlement.steps {
            match step {
                Step::Tax => taps.iter_mut().for_each(|tap| {
                    let tax = tap.line.tax.minor().unsigned_abs();
                    tap.tax = tap.take(tax, Role::Tax, None, None);
                }),
                Step::Fee => self.take_fee(currency, &mut taps)?,
                Step::Affiliate => {
                    taps.iter_mut().for_each(|tap| {
                        tap.base = match self.settlement.base {
                            Base::Gross => tap.gross,
                            // INVARIANT: tax and fee were taken from the gross of this line.
                            Base::NetOfTax => tap.gross - tap.tax,
                            Base::NetOfTaxAndFee => tap.gross - tap.tax - tap.fee,
                        }
                    });
                    let wanted = self.wanted(order, currency, &credits, &taps)?;
                    for (n, tap) in taps.iter_mut().enumerate() {
                        tap.pay_affiliates(wanted.of_line(n));
                    }
                }
                Step::Partners => taps.iter_mut().for_each(|tap| self.pay_partners(tap)),
            }
        }
        let mut entries = Vec::with_capacity(taps.len() * 4);
        for mut tap in taps {
            tap.take(tap.left, Role::Vendor, Some(self.vendor()), None);
            for Taken { role, recipient, amount, rule } in tap.taken {
                entries.push(Entry {
                    line: tap.line.id.clone(),
                    role,
                    recipient: recipient.map(Into::into),
                    amount: Money::of(amount as i64, currency)?, // INVARIANT: at most the line's gross
                    rule: rule.map(Into::into),
                    refund: None,
                });
            }
        }
        Ok(Commission { order: order.id.clone(), entries })
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
        if merged.len().saturating_mul(order.lines.len()) > PAIRS_MAX {
            return Err(Error::new(
                ErrorCode::TooLarge,
                format!("{} lines times {} credits, at most {PAIRS_MAX} are allowed", order.lines.len(), merged.len()),
            ));
        }
        Ok(merged.into_iter().map(|(_, credited)| credited).collect())
    }

    fn take_fee(&self, currency: Currency, taps: &mut [Tap<'_>]) -> Result<()> {
        // INVARIANT: an order's gross is below 2^53.
        let gross: u64 = taps.iter().map(|tap| tap.gross).sum();
        let left: Vec<u64> = taps.iter().map(|tap| tap.left).collect();
        let percent = self.settlement.fee_rate.map_or(0, |rate| rate.of(gross as i64, self.settlement.rounding).unsigned_abs());
        let fixed = if gross == 0 { 0 } else { self.settlement.fee_fixed.of(currency, &|| "/settlement/fee/fixed".into())? };
        let fee = (percent + fixed).min(left.iter().sum());
        for (tap, part) in taps.iter_mut().zip(allocate(fee, &left)) {
            tap.fee = tap.take(part, Role::Fee, None, None);
        }
        Ok(())
    }

    /// What the rules grant each credit on each line, before it is known whether so much is left.
    fn wanted<'a>(&'a self, order: &Order, currency: Currency, credits: &[Credited<'a>], taps: &[Tap<'_>]) -> Result<Wanted<'a>> {
        let weights: Vec<u64> = credits.iter().map(|c| c.weight).collect();
        let mut wanted = Wanted { rows: Vec::with_capacity(credits.len() * taps.len()), lines: taps.len() };
        for (k, credited) in credits.iter().enumerate() {
            for line in &order.lines {
                wanted.rows.push(Want {
                    affiliate: credited.affiliate.id.as_str(),
                    rule: self.rule_for(order, line, credited),
                    amount: 0,
                    credit: k,
                });
            }
        }
        for (n, tap) in taps.iter().enumerate() {
            let bases = allocate(tap.base, &weights);
            // The parts of each rule's sum per unit, computed once for the line.
            let mut unit_parts: BTreeMap<&str, Vec<u64>> = BTreeMap::new();
            for (k, base) in bases.into_iter().enumerate() {
                let Some(want) = wanted.rows.get_mut(k * taps.len() + n) else { continue };
                let Some(rule) = want.rule else { continue };
                want.amount = rule.pays.rate.map_or(0, |rate| rate.of(base as i64, self.settlement.rounding).unsigned_abs());
                if rule.pays.per == Per::Unit {
                    if !unit_parts.contains_key(rule.name.as_str()) {
                        let one = rule.pays.fixed.of(currency, &|| place(rule, "fixed"))?;
                        unit_parts.insert(&rule.name, allocate(one.saturating_mul(tap.line.quantity.into()), &weights));
                    }
                    let part = unit_parts.get(rule.name.as_str()).and_then(|parts| parts.get(k));
                    want.amount = want.amount.saturating_add(part.copied().unwrap_or(0));
                }
            }
        }
        for rule in &self.rules {
            if !wanted.rows.iter().any(|want| want.uses(rule)) {
                continue;
            }
            let mut once = match rule.pays.per {
                Per::Order => rule.pays.fixed.of(currency, &|| place(rule, "fixed"))?,
                Per::Unit => 0,
            };
            if order.payment == 1 {
                // INVARIANT: two amounts below 2^53.
                once += rule.pays.first_payment.of(currency, &|| place(rule, "first_payment"))?;
            }
            if once > 0 {
                wanted.share_once(rule, once, &weights, taps);
            }
        }
        Ok(wanted)
    }

    /// The first rule that holds, if the affiliate has an approved partnership for the line's product.
    fn rule_for<'a>(&'a self, order: &Order, line: &Line, credited: &Credited<'a>) -> Option<&'a Rule> {
        if self.state(credited.affiliate, &line.product, order.at) != Some(State::Approved) {
            return None;
        }
        self.rules.iter().find(|rule| rule.holds(self, order, line, credited.credit, credited.affiliate))
    }

    fn pay_partners<'a>(&'a self, tap: &mut Tap<'a>) {
        let Some(product) = self.product(&tap.line.product) else { return };
        let base = match self.settlement.partners_base {
            PartnersBase::AfterAffiliate => tap.left,
            PartnersBase::SameBase => tap.base,
        };
        for partner in &product.partners {
            let amount = partner.rate.of(base as i64, self.settlement.rounding).unsigned_abs();
            tap.take(amount, Role::Partner, Some(partner.id.as_str()), None);
        }
    }
}

fn place(rule: &Rule, key: &str) -> String {
    format!("/commission: {} of {}", key, quote(&rule.name))
}

#[derive(Debug)]
struct Credited<'a> {
    credit: &'a Credit,
    affiliate: &'a Affiliate,
    weight: u64,
}

/// What one credit is granted on one line.
#[derive(Debug)]
struct Want<'a> {
    affiliate: &'a str,
    rule: Option<&'a Rule>,
    amount: u64,
    credit: usize,
}

impl Want<'_> {
    fn uses(&self, rule: &Rule) -> bool {
        self.rule.is_some_and(|used| std::ptr::eq(used, rule))
    }
}

/// One row per credit and line, the lines of a credit side by side.
#[derive(Debug)]
struct Wanted<'a> {
    rows: Vec<Want<'a>>,
    lines: usize,
}

impl<'a> Wanted<'a> {
    fn of_line(&self, n: usize) -> impl Iterator<Item = &Want<'a>> {
        self.rows.iter().skip(n).step_by(self.lines.max(1))
    }

    /// Gives each credit that uses the rule its part of an amount paid once for the order, shared by its lines' bases.
    fn share_once(&mut self, rule: &Rule, once: u64, weights: &[u64], taps: &[Tap<'_>]) {
        let parts = allocate(once, weights);
        for rows in self.rows.chunks_mut(taps.len().max(1)) {
            let part = rows.first().and_then(|want| parts.get(want.credit)).copied().unwrap_or(0);
            let mut bases: Vec<u64> = rows.iter().zip(taps).map(|(want, tap)| if want.uses(rule) { tap.base } else { 0 }).collect();
            if bases.iter().all(|base| *base == 0) {
                bases = rows.iter().map(|want| u64::from(want.uses(rule))).collect();
            }
            for (want, amount) in rows.iter_mut().zip(allocate(part, &bases)) {
                want.amount = want.amount.saturating_add(amount);
            }
        }
    }
}

/// One line's money on its way down: every step takes from what is left.
#[derive(Debug)]
struct Tap<'a> {
    line: &'a Line,
    gross: u64,
    tax: u64,
    fee: u64,
    base: u64,
    left: u64,
    taken: Vec<Taken<'a>>,
}

#[derive(Debug)]
struct Taken<'a> {
    role: Role,
    recipient: Option<&'a str>,
    amount: u64,
    rule: Option<&'a str>,
}

impl<'a> Tap<'a> {
    fn new(line: &'a Line) -> Self {
        let gross = line.gross.minor().unsigned_abs();
        Self { line, gross, tax: 0, fee: 0, base: 0, left: gross, taken: Vec::with_capacity(5) }
    }

    /// Takes `amount` or what is left, and returns what was taken.
    fn take(&mut self, amount: u64, role: Role, recipient: Option<&'a str>, rule: Option<&'a str>) -> u64 {
        let amount = amount.min(self.left);
        if amount > 0 {
            self.left -= amount;
            self.taken.push(Taken { role, recipient, amount, rule });
        }
        amount
    }

    /// Pays what was wanted, or, if less is left, what is left in the same proportions.
    fn pay_affiliates<'w>(&mut self, wants: impl Iterator<Item = &'w Want<'a>>)
    where
        'a: 'w,
    {
        let wants: Vec<&Want<'a>> = wants.filter(|want| want.amount > 0).collect();
        // A sum that saturates is far above what is left, and so are its parts' proportions: cap each first.
        let amounts: Vec<u64> = wants.iter().map(|want| want.amount.min(crate::SAFE_MAX.unsigned_abs())).collect();
        let sum = amounts.iter().fold(0_u64, |sum, amount| sum.saturating_add(*amount));
        let amounts = if sum > self.left { allocate(self.left, &amounts) } else { amounts };
        // One entry for each affiliate and rule, in the order of the credits.
        let mut places: BTreeMap<(&str, &str), usize> = BTreeMap::new();
        let mut entries: Vec<(&'a str, Option<&'a str>, u64)> = Vec::with_capacity(wants.len());
        for (want, amount) in wants.iter().zip(amounts) {
            let rule = want.rule.map(|rule| rule.name.as_str());
            let place = *places.entry((want.affiliate, rule.unwrap_or_default())).or_insert(entries.len());
            match entries.get_mut(place) {
                Some((.., sum)) => *sum += amount,
                None => entries.push((want.affiliate, rule, amount)),
            }
        }
        for (affiliate, rule, amount) in entries {
            self.take(amount, Role::Affiliate, Some(affiliate), rule);
        }
    }
}

//! What a rule pays, as a program's file gives it.

use crate::error::words;
use crate::money::{Rate, Rounding};
use crate::program::{BudgetFile, PaysFile, Texts, TierFile};
use crate::time::Period;
use crate::{Currency, Error, ErrorCode, Money, Result};

words! {
    /// How often a fixed amount is paid.
    pub(crate) Per: "unit of a fixed amount" {
        /// Once for the order, shared by its lines that use the rule.
        Order => "order",
        /// For every piece of a line.
        Unit => "unit",
        /// For every thousand pieces of a line, in proportion.
        Mille => "mille",
    }
}

words! {
    /// What decides which tier holds.
    pub(crate) By: "measure of tiers" {
        /// The base of the order's lines that use the rule, the affiliate's share of it.
        OrderValue => "order_value",
        /// The number of the affiliate's orders in the period.
        Count => "count",
        /// The sum of the affiliate's bases in the period.
        Revenue => "revenue",
    }
}

words! {
    /// How tiers apply.
    pub(crate) How: "way of tiers" {
        /// The tier that is reached pays for the whole order.
        Whole => "whole",
        /// Each tier pays for the part that lies within it.
        Marginal => "marginal",
    }
}

words! {
    /// Whether the order itself counts towards the tier that pays for it.
    pub(crate) Current: "way to count the current order" {
        /// It does.
        Counted => "counted",
        /// Only earlier orders do.
        NotCounted => "not_counted",
    }
}

words! {
    /// Who has a budget of their own.
    pub(crate) Each: "owner of a budget" {
        /// Every affiliate.
        Affiliate => "affiliate",
        /// The rule, for all affiliates together.
        Rule => "rule",
    }
}

/// What a rule pays. Amounts are listed by currency.
#[derive(Clone, Debug)]
pub(crate) struct Pays {
    pub(crate) main: Main,
    /// Once, on the first payment, beside the rate.
    pub(crate) first_payment: Amounts,
    pub(crate) min: Amounts,
    pub(crate) max: Amounts,
    pub(crate) budget: Option<Budget>,
    pub(crate) recurring: Recurring,
}

#[derive(Clone, Debug)]
pub(crate) enum Main {
    Percent(Rate),
    Fixed(Amounts, Per),
    /// One of these, as the seller picked.
    Choice(Vec<Rate>),
    Tiers(Tiers),
}

/// How long a rule goes on paying.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) enum Recurring {
    Always,
    /// For the first payments.
    Payments(u32),
    /// For payments within so many months of the first.
    Months(u32),
}

#[derive(Clone, Debug)]
pub(crate) struct Budget {
    pub(crate) amount: Amounts,
    pub(crate) over: Period,
    pub(crate) each: Each,
}

#[derive(Clone, Debug)]
pub(crate) struct Tiers {
    pub(crate) by: By,
    pub(crate) over: Period,
    pub(crate) how: How,
    pub(crate) current: Current,
    /// By lower bound, the first from zero; each ends where the next begins.
    pub(crate) list: Vec<Tier>,
}

#[derive(Clone, Debug)]
pub(crate) struct Tier {
    from: From,
    pub(crate) pays: TierPays,
}

#[derive(Clone, Debug)]
pub(crate) enum TierPays {
    Percent(Rate),
    Fixed(Amounts),
}

#[derive(Clone, Debug)]
enum From {
    Zero,
    Count(u64),
    Amounts(Amounts),
}

/// The same amount in several currencies.
#[derive(Clone, Debug, Default)]
pub(crate) struct Amounts(Vec<Money>);

impl Pays {
    pub(crate) fn parse(file: PaysFile) -> Result<Self> {
        let PaysFile { percent, fixed, per, first_payment, choice, tiers, by, over, how, current, min, max, budget, payments, months } =
            file;
        let invalid = |text: &str| Err(Error::new(ErrorCode::ProgramInvalid, text));
        let conflict = |text: &str| Err(Error::new(ErrorCode::ProgramConflict, text));
        if percent.is_some() && !fixed.is_empty() {
            return conflict("/fixed: stands beside percent; write first_payment for a sum that is added once");
        }
        let given = [percent.is_some(), !fixed.is_empty(), !choice.is_empty(), !tiers.is_empty()];
        match given.iter().filter(|given| **given).count() {
            0 => return invalid("neither percent nor fixed is given"),
            1 => {}
            _ => return conflict("percent, fixed, choice and tiers exclude one another"),
        }
        if !fixed.is_empty() && !first_payment.is_empty() {
            return invalid("/first_payment: is added to a percent, and there is none");
        }
        if per.is_some() && fixed.is_empty() {
            return invalid("/per: says how often fixed is paid, and there is no fixed");
        }
        for (key, given) in [("by", by.is_some()), ("over", over.is_some()), ("how", how.is_some()), ("current", current.is_some())] {
            if given && tiers.is_empty() {
                return invalid(&format!("/{key}: is about tiers, and there are none"));
            }
        }
        let main = if let Some(text) = percent {
            Main::Percent(Rate::parse(&text.0).map_err(|e| e.at("/percent"))?)
        } else if !fixed.is_empty() {
            Main::Fixed(Amounts::parse("/fixed", &fixed)?, per.unwrap_or(Per::Order))
        } else if !choice.is_empty() {
            let rate = |(n, text): (usize, &String)| Rate::parse(text).map_err(|e| e.at(format_args!("/choice/{n}")));
            Main::Choice(choice.0.iter().enumerate().map(rate).collect::<Result<_>>()?)
        } else {
            Main::Tiers(Tiers::parse(tiers, by, over, how, current)?)
        };
        let recurring = match (payments, months) {
            (None, None) => Recurring::Always,
            (Some(_), Some(_)) => return conflict("/months: stands beside payments"),
            (Some(0), None) => return invalid("/payments: 0 is under 1"),
            (None, Some(months)) if !(1..=1200).contains(&months) => {
                return invalid(&format!("/months: {months} is not 1 to 1200"));
            }
            (Some(payments), None) => Recurring::Payments(payments),
            (None, Some(months)) => Recurring::Months(months),
        };
        let (min, max) = (Amounts::parse("/min", &min)?, Amounts::parse("/max", &max)?);
        if let Some((least, most)) = min.0.iter().find_map(|m| Some((m, max.given(m.currency())?)))
            && least.minor() > most.minor()
        {
            return invalid(&format!("/min: {least} is above the max of {most}"));
        }
        Ok(Self {
            main,
            first_payment: Amounts::parse("/first_payment", &first_payment)?,
            min,
            max,
            budget: budget.map(|file| Budget::parse(file).map_err(|e| e.at("/budget"))).transpose()?,
            recurring,
        })
    }

    /// Whether what it pays depends on earlier orders.
    pub(crate) fn looks_back(&self) -> bool {
        self.budget.is_some() || matches!(&self.main, Main::Tiers(tiers) if tiers.by != By::OrderValue)
    }
}

impl Budget {
    fn parse(file: BudgetFile) -> Result<Self> {
        let BudgetFile { amount, over, each } = file;
        if amount.is_empty() {
            return Err(Error::new(ErrorCode::ProgramInvalid, "/amount: is empty"));
        }
        Ok(Self { amount: Amounts::parse("/amount", &amount)?, over: Period::parse(&over).map_err(|e| e.at("/over"))?, each })
    }
}

impl Tiers {
    fn parse(files: Vec<TierFile>, by: Option<By>, over: Option<String>, how: Option<How>, current: Option<Current>) -> Result<Self> {
        let invalid = |text: String| Error::new(ErrorCode::ProgramInvalid, text);
        let by = by.ok_or_else(|| invalid("/by: is missing; tiers go by order_value, count or revenue".into()))?;
        let over = match (by, over) {
            (By::OrderValue, Some(_)) => return Err(invalid("/over: is a period, and order_value looks at one order".into())),
            (By::OrderValue, None) => Period::Lifetime,
            (By::Count | By::Revenue, Some(text)) => Period::parse(&text).map_err(|e| e.at("/over"))?,
            (By::Count | By::Revenue, None) => return Err(invalid("/over: is missing; write month, lifetime, or days as in 30d".into())),
        };
        if by == By::OrderValue && current.is_some() {
            return Err(invalid("/current: is about earlier orders, and order_value looks at one order".into()));
        }
        let how = how.unwrap_or(How::Whole);
        if how == How::Marginal && current.is_some() {
            return Err(invalid("/current: with marginal tiers an order always begins where the earlier ones ended".into()));
        }
        let mut list: Vec<Tier> = Vec::with_capacity(files.len());
        for (n, TierFile { from, percent, fixed }) in files.into_iter().enumerate() {
            let place = format!("/tiers/{n}");
            let pays = match (percent, fixed.is_empty()) {
                (Some(text), true) => TierPays::Percent(Rate::parse(&text.0).map_err(|e| e.at(format_args!("{place}/percent")))?),
                (None, false) if how == How::Marginal && by != By::Count => {
                    return Err(invalid(format!("{place}/fixed: a part of an amount has no fixed sum; write percent")));
                }
                (None, false) => TierPays::Fixed(Amounts::parse(&format!("{place}/fixed"), &fixed)?),
                (Some(_), false) => return Err(Error::new(ErrorCode::ProgramConflict, format!("{place}/fixed: stands beside percent"))),
                (None, true) => return Err(invalid(format!("{place}: neither percent nor fixed is given"))),
            };
            let from = From::parse(&from, by).map_err(|e| e.at(format_args!("{place}/from")))?;
            if n == 0 && !from.is_zero() {
                return Err(invalid(format!("{place}/from: the first tier begins at zero; leave it out")));
            }
            if let Some(before) = list.last()
                && !before.from.is_below(&from)
            {
                return Err(invalid(format!("{place}/from: is not above that of the tier before, in every currency")));
            }
            list.push(Tier { from, pays });
        }
        Ok(Self { by, over, how, current: current.unwrap_or(Current::Counted), list })
    }

    /// Where the tiers begin, in this currency or in orders.
    pub(crate) fn bounds(&self, currency: Currency) -> Result<Vec<u64>> {
        let bound = |(n, tier): (usize, &Tier)| match &tier.from {
            From::Zero => Ok(0),
            From::Count(count) => Ok(*count),
            From::Amounts(amounts) => amounts.of(currency, &|| format!("/tiers/{n}/from")),
        };
        self.list.iter().enumerate().map(bound).collect()
    }
}

impl From {
    fn parse(texts: &Texts, by: By) -> Result<Self> {
        match (by, texts.0.as_slice()) {
            (_, []) => Ok(Self::Zero),
            (By::Count, [one]) => match one.parse::<u64>() {
                Ok(count) if count <= u64::from(u32::MAX) && !one.starts_with('+') => Ok(Self::Count(count)),
                _ => Err(Error::new(ErrorCode::NumberInvalid, format!("{} is no number of orders", crate::error::quote(one)))),
            },
            (By::Count, _) => Err(Error::new(ErrorCode::ProgramInvalid, "is a list; orders are counted in one number")),
            (By::OrderValue | By::Revenue, [zero]) if zero == "0" => Ok(Self::Zero),
            (By::OrderValue | By::Revenue, _) => Ok(Self::Amounts(Amounts::parse("", texts)?)),
        }
    }

    fn is_zero(&self) -> bool {
        match self {
            Self::Zero => true,
            Self::Count(count) => *count == 0,
            Self::Amounts(amounts) => amounts.0.iter().all(|m| m.minor() == 0),
        }
    }

    /// Strictly, and in the same currencies.
    fn is_below(&self, next: &Self) -> bool {
        match (self, next) {
            (Self::Zero, next) => !next.is_zero(),
            (Self::Count(a), Self::Count(b)) => a < b,
            (Self::Amounts(a), Self::Amounts(b)) => {
                a.0.len() == b.0.len() && a.0.iter().all(|m| b.given(m.currency()).is_some_and(|n| m.minor() < n.minor()))
            }
            (Self::Count(_) | Self::Amounts(_), _) => false,
        }
    }
}

impl Amounts {
    pub(crate) fn parse(place: &str, texts: &Texts) -> Result<Self> {
        let mut amounts: Vec<Money> = Vec::with_capacity(texts.0.len());
        for text in &texts.0 {
            let money = Money::parse_with_currency(text).map_err(|e| e.at(place))?;
            if money.minor() < 0 {
                return Err(Error::new(ErrorCode::AmountNegative, format!("{place}: {money} is negative")));
            }
            if amounts.iter().any(|m| m.currency() == money.currency()) {
                return Err(Error::new(ErrorCode::ProgramConflict, format!("{place}: two amounts in {}", money.currency())));
            }
            amounts.push(money);
        }
        Ok(Self(amounts))
    }

    /// The amount in this currency; 0 if none is given in any, an error if only others are.
    pub(crate) fn of(&self, currency: Currency, place: &dyn Fn() -> String) -> Result<u64> {
        match self.given(currency) {
            Some(money) => Ok(money.minor().unsigned_abs()),
            None if self.0.is_empty() => Ok(0),
            None => Err(Error::new(ErrorCode::CurrencyMismatch, format!("{}: no amount in {currency}, the order's currency", place()))),
        }
    }

    pub(crate) fn given(&self, currency: Currency) -> Option<Money> {
        self.0.iter().find(|m| m.currency() == currency).copied()
    }

    pub(crate) fn is_empty(&self) -> bool {
        self.0.is_empty()
    }

    pub(crate) fn of_one(money: &[(i64, &str)]) -> Self {
        Self(money.iter().filter_map(|(minor, currency)| Money::new(*minor, currency).ok()).collect())
    }
}

/// One tier's part of an order: which tier, and how much of the measure lies within it.
pub(crate) struct Slice {
    pub(crate) tier: usize,
    pub(crate) part: u64,
}

/// The parts of `earlier .. earlier + now` by tiers that begin at `bounds`; with `whole`, all of it in one tier.
pub(crate) fn slices(bounds: &[u64], earlier: u64, now: u64, how: How, current: Current) -> Vec<Slice> {
    let reached = |value: u64| bounds.iter().rposition(|from| *from <= value).unwrap_or(0);
    match how {
        How::Whole => {
            let value = match current {
                Current::Counted => earlier.saturating_add(now),
                Current::NotCounted => earlier,
            };
            vec![Slice { tier: reached(value), part: now }]
        }
        How::Marginal => {
            let end = earlier.saturating_add(now);
            let within = |(tier, from): (usize, &u64)| {
                let until = bounds.get(tier + 1).copied().unwrap_or(u64::MAX);
                let part = end.min(until).saturating_sub(earlier.max(*from));
                (part > 0).then_some(Slice { tier, part })
            };
            bounds.iter().enumerate().filter_map(within).collect()
        }
    }
}

/// Percentages of several parts, added up exactly and rounded once; what each part adds.
pub(crate) fn of_parts(parts: &[(Rate, u64)], rounding: Rounding) -> Vec<u64> {
    let full = Rate::FULL.unsigned_abs();
    let (mut exact, mut paid) = (0_u128, 0_u128);
    let add = |(rate, part): &(Rate, u64)| {
        // INVARIANT: the parts are pieces of one base below 2^53.
        exact += u128::from(rate.micro().unsigned_abs()) * u128::from(*part);
        let (before, now) = (paid, rounding.divide(exact, u128::from(full)));
        paid = now.max(before);
        (paid - before) as u64
    };
    parts.iter().map(add).collect()
}

//! The account of a commission, for people.

use super::{Commission, Entry, Ground, Role, What};
use crate::Money;
use crate::error::quote;
use crate::money::{Rate, Rounding};
use std::collections::BTreeMap;

impl Commission {
    /// The account of this commission for people: line by line, who gets what, by which rule, of which base, how
    /// rounded; then the refunds.
    ///
    /// # Example
    /// ```
    /// # let program = sentby::Program::from_toml(include_str!("../../vectors/programs/story.toml"))?;
    /// # use sentby::{Evidence, Line, Money, Order, Time, Touch};
    /// # let line = Line::new("1", "521411d4", Money::parse("1190.00", "EUR")?, Money::parse("190.00", "EUR")?);
    /// # let order = Order::new("A-1001", Time::parse("2026-03-03T18:00:00Z")?, vec![line]);
    /// # let touches = [Touch::new("anna", Time::parse("2026-03-01T09:00:00Z")?, Evidence::Parameter)];
    /// let commission = program.commission(&order, &program.attribute(&order, &touches)?)?;
    /// let lines: Vec<String> = commission.explain().lines().map(str::to_owned).collect();
    /// assert_eq!(lines[4], "  affiliate `anna`: 470.34 EUR");
    /// assert_eq!(lines[5], "    rule `affiliates`: 50 % of 940.69 EUR is 470.345, rounded half_even: 470.34 EUR");
    /// # Ok::<(), sentby::Error>(())
    /// ```
    pub fn explain(&self) -> String {
        let Self { order, at, payment, event, rounding, entries, grounds } = self;
        let (sale, back): (Vec<&Entry>, Vec<&Entry>) = entries.iter().partition(|entry| entry.refund.is_none());
        let mut text = format!("{event} {}, payment {payment}, {at}{}\n", quote(order), sum_of(&sale));
        let mut lines: Groups<&str, Account<'_>> = Groups::default();
        sale.iter().for_each(|entry| lines.of(&entry.line).0.push(entry));
        grounds.iter().for_each(|ground| lines.of(&ground.line).1.push(ground));
        for (line, (entries, grounds)) in lines.list {
            text += &format!("line {}{}\n", quote(line), sum_of(&entries));
            text += &line_account(&entries, &grounds, *rounding);
        }
        let mut refunds: Groups<&str, Vec<&Entry>> = Groups::default();
        back.iter().for_each(|entry| refunds.of(entry.refund.as_deref().unwrap_or_default()).push(entry));
        for (id, of) in refunds.list {
            text += &format!("taken back by {}{}\n", quote(id), sum_of(&of));
            for entry in of {
                text += &format!("  line {}, {}: {}\n", quote(&entry.line), who(entry.role, entry.recipient.as_deref()), entry.amount);
            }
        }
        text
    }
}

/// The entries of something, and why they are.
type Account<'a> = (Vec<&'a Entry>, Vec<&'a Ground>);

/// What belongs together, in the order in which the keys first came.
struct Groups<K, V> {
    list: Vec<(K, V)>,
    places: BTreeMap<K, usize>,
}

impl<K, V> Default for Groups<K, V> {
    fn default() -> Self {
        Self { list: Vec::new(), places: BTreeMap::new() }
    }
}

impl<K: Ord + Copy, V: Default> Groups<K, V> {
    fn of(&mut self, key: K) -> &mut V {
        let next = self.list.len();
        let place = *self.places.entry(key).or_insert(next);
        if place == next {
            self.list.push((key, V::default()));
        }
        // INVARIANT: every place is that of an item.
        #[allow(clippy::indexing_slicing, reason = "a place is handed out together with its item")]
        &mut self.list[place].1
    }
}

fn line_account(entries: &[&Entry], grounds: &[&Ground], rounding: Rounding) -> String {
    let mut text = String::new();
    let mut recipients: Groups<(Role, Option<&str>), Account<'_>> = Groups::default();
    entries.iter().for_each(|entry| recipients.of((entry.role, entry.recipient.as_deref())).0.push(entry));
    grounds.iter().for_each(|ground| recipients.of((ground.role, ground.recipient.as_deref())).1.push(ground));
    for ((role, recipient), (entries, grounds)) in recipients.list {
        let amount = if entries.is_empty() { ": nothing".into() } else { sum_of(&entries) };
        let rest = if role == Role::Vendor { ", what is left" } else { "" };
        text += &format!("  {}{amount}{rest}\n", who(role, recipient));
        for ground in grounds {
            text += &format!("    {}\n", reason(ground, rounding));
        }
    }
    text
}

fn who(role: Role, recipient: Option<&str>) -> String {
    let name = match role {
        Role::SecondLevel => "second level",
        Role::Tax | Role::Fee | Role::Affiliate | Role::Partner | Role::Vendor => role.as_str(),
    };
    recipient.map_or_else(|| name.to_owned(), |id| format!("{name} {}", quote(id)))
}

/// `: ` and the sum, or nothing for nothing.
fn sum_of(entries: &[&Entry]) -> String {
    let sum = entries.iter().fold(0_i64, |sum, entry| sum.saturating_add(entry.amount.minor()));
    let currency = entries.first().map(|entry| entry.amount.currency());
    let money = currency.and_then(|currency| Money::of(sum, currency).ok());
    money.map_or_else(String::new, |money| format!(": {money}"))
}

fn reason(ground: &Ground, rounding: Rounding) -> String {
    let Ground { line: _, role, recipient: _, rule, what, base, percent, amount } = ground;
    let source = match (rule, role) {
        (Some(name), Role::SecondLevel) => format!("{name}: "),
        (Some(name), _) if *what == What::Bonus => format!("bonus {}: ", quote(name)),
        (Some(name), _) => format!("rule {}: ", quote(name)),
        (None, _) => String::new(),
    };
    let how = match (what, percent) {
        (What::Percent | What::Bonus | What::Choice | What::Tier, Some(rate)) => {
            return format!("{source}{}", share(*what, *rate, *base, *amount, rounding));
        }
        (What::Percent, None) => "a percentage",
        (What::Fixed, _) => "a fixed sum",
        (What::Choice, None) => "the rate that the seller picked",
        (What::Tier, None) => "what the tier pays",
        (What::Bonus, None) => "a sum beside the rule",
        (What::FirstPayment, _) => "once, on the first payment",
        (What::Minimum, _) => "raised to the minimum",
        (What::Maximum, _) => "cut to the maximum",
        (What::Budget, _) => "cut to what is left of the budget",
        (What::NothingLeft, _) => "cut, because no more is left of the line",
        (What::NoRule, _) => return "no rule holds".into(),
        (What::NoPartnership, _) => return "no approved partnership for this product at this time".into(),
        (What::RecurringOver, _) => return format!("{source}pays for earlier payments only"),
    };
    format!("{source}{how}: {amount}")
}

/// A percentage, with the exact product where it had to be rounded.
fn share(what: What, rate: Rate, base: Money, amount: Money, rounding: Rounding) -> String {
    let picked = if what == What::Choice { " as the seller picked" } else { "" };
    let start = format!("{rate} %{picked} of {base}");
    if rate.of(base.minor(), rounding) != amount.minor() {
        return format!("{start}, rounded with other parts: {amount}");
    }
    let exact = i128::from(base.minor()) * i128::from(rate.micro());
    if exact % i128::from(Rate::FULL) == 0 {
        return format!("{start}: {amount}");
    }
    // The product has the currency's digits and eight more.
    let digits = base.currency().digits() as usize + 8;
    let shown = format!("{exact:0width$}", width = digits + 1);
    let (whole, fraction) = shown.split_at(shown.len() - digits);
    format!("{start} is {whole}.{}, rounded {rounding}: {amount}", fraction.trim_end_matches('0'))
}

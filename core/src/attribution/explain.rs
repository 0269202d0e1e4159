use super::messages::Messages;
use super::{Decision, Flag, Reason, Verdict, Witness};
use crate::Evidence;
use crate::time::largest_units;
use std::collections::BTreeMap;

/// Renders one decision in one language.
struct Teller<'a> {
    decision: &'a Decision,
    messages: &'a Messages,
}

pub(super) fn explain(decision: &Decision, messages: &Messages) -> String {
    let teller = Teller { decision, messages };
    let sum: u64 = decision.credits.iter().fold(0, |sum, c| sum.saturating_add(c.weight));
    let mut weights = vec![0; decision.verdicts.len()];
    for credit in &decision.credits {
        if let Some(weight) = weights.get_mut(credit.touch as usize) {
            *weight = credit.weight;
        }
    }
    let mut text = teller.headline(sum);
    for (n, (verdict, weight)) in decision.verdicts.iter().zip(weights).enumerate() {
        text.push('\n');
        text.push_str(&teller.line(n, verdict, &teller.share(weight, sum)));
    }
    if !decision.conflicts.is_empty() {
        let witness = |w: &Witness| messages.say("witness", &[("evidence", &teller.kind(w.evidence)), ("affiliate", &name(&w.affiliate))]);
        let witnesses = decision.conflicts.iter().map(witness).collect::<Vec<_>>().join(", ");
        text.push('\n');
        text.push_str(&messages.say("conflict", &[("witnesses", &witnesses)]));
    }
    for flag in &decision.flags {
        text.push('\n');
        text.push_str(&teller.flag(flag));
    }
    text.push('\n');
    text
}

impl Teller<'_> {
    fn headline(&self, sum: u64) -> String {
        let Decision { order, at, .. } = self.decision;
        let credit = |(affiliate, weight): (&str, u64)| {
            self.messages.say("credit", &[("affiliate", affiliate), ("share", &self.share(weight, sum))])
        };
        let credits = by_affiliate(self.decision).into_iter().map(credit).collect::<Vec<_>>().join(", ");
        let credits = if credits.is_empty() { self.messages.say("nobody", &[]) } else { credits };
        self.messages.say("order", &[("order", order), ("at", &at.to_string()), ("credits", &credits)])
    }

    fn line(&self, n: usize, verdict: &Verdict, share: &str) -> String {
        let Verdict { reason, affiliate, evidence, at, window_ms, by } = verdict;
        // Times lie within ±2^53, so the difference fits.
        let age = self.decision.at.millis() - at.millis();
        let when = self.messages.say(if age < 0 { "after" } else { "before" }, &[("age", &self.length(age))]);
        let other = match by.and_then(|n| Some((n, self.decision.verdicts.get(n as usize)?))) {
            Some((n, v)) => {
                let number = (u64::from(n) + 1).to_string();
                self.messages.say("other", &[("number", &number), ("affiliate", &name(&v.affiliate)), ("evidence", &self.kind(v.evidence))])
            }
            None => self.messages.say("another", &[]),
        };
        let window = match reason {
            Reason::OutsideWindow => self.length(window_ms.unwrap_or_default()),
            _ => String::new(),
        };
        let kind = self.kind(*evidence);
        let values = [("share", share), ("evidence", kind.as_str()), ("window", &window), ("other", &other)];
        let why = self.messages.say(&format!("reason.{reason}"), &values);
        let number = (n + 1).to_string();
        let values = [("number", number.as_str()), ("affiliate", &name(affiliate)), ("evidence", &kind), ("when", &when), ("why", &why)];
        self.messages.say("touch", &values)
    }

    fn flag(&self, flag: &Flag) -> String {
        let what = self.messages.say(&format!("flag.{}", flag.code), &[]);
        let touches = flag.touches.iter().map(|n| (u64::from(*n) + 1).to_string()).collect::<Vec<_>>().join(", ");
        let key = match flag.touches.len() {
            0 => "odd",
            1 => "odd_touch",
            _ => "odd_touches",
        };
        self.messages.say(key, &[("flag", &what), ("touches", &touches)])
    }

    fn kind(&self, evidence: Evidence) -> String {
        self.messages.say(&format!("evidence.{evidence}"), &[])
    }

    /// A length of time in words, its two largest units.
    fn length(&self, millis: i64) -> String {
        let say = |(count, unit): (u64, &str)| {
            let form = if count == 1 { "one" } else { "other" };
            self.messages.say(&format!("{unit}.{form}"), &[("number", &count.to_string())])
        };
        largest_units(millis).into_iter().map(say).collect::<Vec<_>>().join(" ")
    }

    /// A share in percent with at most two digits, cut off; integers alone.
    fn share(&self, weight: u64, sum: u64) -> String {
        let hundredths = if sum == 0 { 0 } else { u128::from(weight) * 10_000 / u128::from(sum) };
        let (whole, rest) = (hundredths / 100, hundredths % 100);
        let point = self.messages.say("point", &[]);
        let number = match (rest, rest % 10) {
            (0, _) => whole.to_string(),
            (_, 0) => format!("{whole}{point}{}", rest / 10),
            (_, _) => format!("{whole}{point}{rest:02}"),
        };
        self.messages.say("share", &[("number", &number)])
    }
}

/// Each affiliate's whole weight, in the order of their first credits.
fn by_affiliate(decision: &Decision) -> Vec<(&str, u64)> {
    let mut places: BTreeMap<&str, usize> = BTreeMap::new();
    let mut weights: Vec<(&str, u64)> = Vec::new();
    for credit in &decision.credits {
        let place = *places.entry(&credit.affiliate).or_insert(weights.len());
        match weights.get_mut(place) {
            Some((_, weight)) => *weight = weight.saturating_add(credit.weight),
            None => weights.push((&credit.affiliate, credit.weight)),
        }
    }
    weights
}

/// A foreign id may hold anything; what is no id is shown quoted and cut.
fn name(affiliate: &str) -> String {
    if crate::id::is_id(affiliate) { affiliate.into() } else { crate::error::quote(affiliate) }
}

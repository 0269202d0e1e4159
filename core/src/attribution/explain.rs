use super::{Decision, Reason, Verdict};
use crate::time::words;
use std::collections::BTreeMap;
use std::fmt::Write;

pub(super) fn explain(decision: &Decision) -> String {
    let sum: u64 = decision.credits.iter().fold(0, |sum, c| sum.saturating_add(c.weight));
    let mut text = format!("order {} of {}: ", decision.order, decision.at);
    if decision.credits.is_empty() {
        text.push_str("nobody is credited");
    }
    for (n, (affiliate, weight)) in by_affiliate(decision).into_iter().enumerate() {
        let _ = write!(text, "{}{affiliate} {}", if n == 0 { "" } else { ", " }, percent(weight, sum));
    }
    text.push('\n');
    let mut weights = vec![0; decision.verdicts.len()];
    for credit in &decision.credits {
        if let Some(weight) = weights.get_mut(credit.touch as usize) {
            *weight = credit.weight;
        }
    }
    for (n, (verdict, weight)) in decision.verdicts.iter().zip(weights).enumerate() {
        let _ = writeln!(text, "{}. {}", n + 1, line(decision, verdict, &percent(weight, sum)));
    }
    text
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

fn line(decision: &Decision, verdict: &Verdict, share: &str) -> String {
    let Verdict { reason, affiliate, evidence, at, window_ms, by } = verdict;
    // Times lie within ±2^53, so the difference fits.
    let age = decision.at.millis() - at.millis();
    let when = if age < 0 { format!("{} after the order", words(age)) } else { format!("{} before the order", words(age)) };
    let other = match by.and_then(|n| Some((n, decision.verdicts.get(n as usize)?))) {
        Some((n, v)) => format!("touch {} ({} by {})", u64::from(n) + 1, name(&v.affiliate), v.evidence),
        None => "another touch".into(),
    };
    let why = match reason {
        Reason::Credited => format!("credited with {share}"),
        Reason::NotNavigated => "not counted, nobody navigated (an image, a frame or a prefetch)".into(),
        Reason::NoConsent => "not counted, the visitor did not agree to tracking".into(),
        Reason::Unsigned => format!("not counted, {evidence} needs a signature and has none"),
        Reason::AfterOrder => "not counted, it came after the order".into(),
        Reason::OutsideWindow => format!("not counted, outside the window of {}", words(window_ms.unwrap_or_default())),
        Reason::ImpossibleTime => "not counted, it came sooner before the order than a person could buy".into(),
        Reason::UnknownAffiliate => "not counted, the program has no such affiliate".into(),
        Reason::NoPartnership => "not counted, the affiliate had no approved partnership".into(),
        Reason::Suspended => "not counted, the affiliate was suspended".into(),
        Reason::OtherProduct => "not counted, it was for a product that was not bought".into(),
        Reason::SelfReferral => "not counted, the affiliate and the buyer are the same person".into(),
        Reason::CouponNotUsed => "not counted, the buyer did not use the coupon".into(),
        Reason::CouponAudience => "not counted, nothing but the coupon speaks for the affiliate".into(),
        Reason::Duplicate => format!("not counted again, the same click as {other}"),
        Reason::AfterCart => format!("not counted, it came after the cart was started, and {other} came before"),
        Reason::StandDown => format!("not counted, it had to stand down for {other}"),
        Reason::Outranked => format!("outranked by {other}"),
        Reason::Superseded => format!("superseded by {other}"),
    };
    format!("{} by {evidence}, {when}: {why}", name(affiliate))
}

/// A foreign id may hold anything; what is no id is shown quoted and cut.
fn name(affiliate: &str) -> String {
    if crate::id::is_id(affiliate) { affiliate.into() } else { crate::error::quote(affiliate) }
}

/// A share in percent with at most two digits, cut off; integers alone.
fn percent(weight: u64, sum: u64) -> String {
    let hundredths = if sum == 0 { 0 } else { u128::from(weight) * 10_000 / u128::from(sum) };
    let (whole, rest) = (hundredths / 100, hundredths % 100);
    match (rest, rest % 10) {
        (0, _) => format!("{whole} %"),
        (_, 0) => format!("{whole}.{} %", rest / 10),
        (_, _) => format!("{whole}.{rest:02} %"),
    }
}

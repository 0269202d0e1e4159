//! What a program would better not do.

use super::{Program, State};
use crate::Evidence;
use crate::Purpose;
use crate::error::{quote, words};
use crate::link::names::is_stripped;
use crate::time::largest_units;
use serde::{Deserialize, Serialize};

words! {
    /// What a program would better not do.
    ///
    /// # Example
    /// ```
    /// assert_eq!(sentby::Hint::StrippedParameter.as_str(), "stripped_parameter");
    /// ```
    pub Hint: "hint" {
        /// Browsers or blockers strip a parameter of this name from URLs.
        StrippedParameter => "stripped_parameter",
        /// A template builds links without TLS.
        InsecureLink => "insecure_link",
        /// A commission rule never pays: its conditions exclude each other, or an earlier rule takes all that it could.
        RuleNeverMatches => "rule_never_matches",
        /// A window is longer than the carriers of this evidence live.
        WindowBeyondCarrier => "window_beyond_carrier",
        /// The precedence makes a kind of evidence useless.
        UselessEvidence => "useless_evidence",
        /// No affiliate is of a class that stands down.
        UnusedClass => "unused_class",
        /// An affiliate was never approved.
        NeverApproved => "never_approved",
    }
}

/// Something that a program would better not do, and where it does it.
///
/// # Example
/// ```
/// let program = sentby::Program::from_toml("sentby = 1\nvendor = \"v\"\nlinks = { parameter = \"aff\" }")?;
/// assert_eq!(program.lint()[0].place, "/links/parameter");
/// # Ok::<(), sentby::Error>(())
/// ```
#[derive(Clone, Debug, PartialEq, Eq, Hash, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct Advice {
    /// What it is.
    pub code: Hint,
    /// Where in the program it stands, as a JSON pointer.
    pub place: String,
    /// What it means here, in words.
    pub sentence: String,
}

impl Program {
    /// What in these rules is allowed, but likely to cost an affiliate a sale, or to mean something else than it says.
    ///
    /// # Example
    /// ```
    /// # let program = sentby::Program::from_toml(include_str!("../../vectors/programs/story.toml"))?;
    /// assert!(program.lint().is_empty());
    /// # Ok::<(), sentby::Error>(())
    /// ```
    pub fn lint(&self) -> Vec<Advice> {
        let mut advice = Vec::new();
        self.lint_links(&mut advice);
        self.lint_policy(&mut advice);
        self.lint_affiliates(&mut advice);
        for (n, rule) in self.rules.iter().enumerate() {
            let earlier = self.rules.iter().take(n).find(|earlier| earlier.covers(self, rule));
            let sentence = match (rule.contradiction(self), earlier) {
                (Some(why), _) => format!("rule {} never pays: {why}", quote(&rule.name)),
                (None, Some(earlier)) => {
                    format!("rule {} never pays: whatever it could pay for, {} comes first", quote(&rule.name), quote(&earlier.name))
                }
                (None, None) => continue,
            };
            advice.push(Advice { code: Hint::RuleNeverMatches, place: format!("/commission/{n}"), sentence });
        }
        advice
    }

    fn lint_links(&self, advice: &mut Vec<Advice>) {
        let mut check = |place: String, name: &str| {
            if is_stripped(name) {
                let sentence = format!("browsers or blockers strip {} from URLs; `xa` or a part of the path survives", quote(name));
                advice.push(Advice { code: Hint::StrippedParameter, place, sentence });
            }
        };
        check("/links/parameter".into(), self.parameter());
        for (n, template) in self.templates.iter().enumerate() {
            for name in template.parameter_names() {
                check(format!("/links/templates/{n}"), name);
            }
        }
        for (n, _) in self.templates.iter().enumerate().filter(|(_, template)| template.is_insecure()) {
            let sentence = "links built by it are sent without TLS; write `https://`".into();
            advice.push(Advice { code: Hint::InsecureLink, place: format!("/links/templates/{n}"), sentence });
        }
    }

    fn lint_policy(&self, advice: &mut Vec<Advice>) {
        for (evidence, purpose) in [(Evidence::Token, Purpose::Profile), (Evidence::Cookie, Purpose::Cookie)] {
            let days = i64::from(purpose.lifetime_max_hours()) / 24;
            let window = self.policy.window_ms.of(evidence);
            if window.is_none_or(|window| window > days * 86_400_000) {
                let says = match window.map(largest_units).as_deref() {
                    Some([(count, unit), ..]) => format!("of {count} {unit}s"),
                    Some([]) | None => "without a limit".to_owned(),
                };
                let sentence = format!("a {evidence} lives {days} days at most; a window {says} promises more than it can keep");
                advice.push(Advice { code: Hint::WindowBeyondCarrier, place: format!("/attribution/windows/{evidence}"), sentence });
            }
        }
        let tier = |evidence| self.policy.tier.of(evidence);
        let useless = |stronger, weaker: Evidence| tier(stronger) < tier(weaker);
        for (stronger, weaker, why) in [
            (Evidence::Cookie, Evidence::Token, "what a token brings from another device never counts where this browser has a cookie"),
            (Evidence::Parameter, Evidence::Token, "anyone can write a parameter beside a signed token, and outranks it"),
            (Evidence::Impression, Evidence::Click, "an advertisement that was shown outranks the click that followed"),
            (Evidence::Coupon, Evidence::Manual, "a coupon outranks what the vendor assigned by hand"),
            (Evidence::Token, Evidence::Manual, "a token outranks what the vendor assigned by hand"),
        ] {
            if useless(stronger, weaker) {
                let sentence = format!("{stronger} stands above {weaker}: {why}");
                advice.push(Advice { code: Hint::UselessEvidence, place: "/attribution/precedence".into(), sentence });
            }
        }
        for (n, (class, _)) in self.policy.classes().iter().enumerate() {
            if !self.affiliates.iter().any(|a| a.class.as_ref() == Some(class)) {
                let sentence = format!("no affiliate is of the class {}", quote(class));
                advice.push(Advice { code: Hint::UnusedClass, place: format!("/attribution/stand_down/{n}"), sentence });
            }
        }
    }

    fn lint_affiliates(&self, advice: &mut Vec<Advice>) {
        // As the file counts them, not as the program sorts them.
        let mut never: Vec<_> =
            self.affiliates.iter().filter(|a| !a.partnership.iter().any(|(_, state, _)| *state == State::Approved)).collect();
        never.sort_by_key(|affiliate| affiliate.place);
        for affiliate in never {
            let sentence = format!("{} was never approved and earns nothing", quote(affiliate.id.as_str()));
            let place = format!("/affiliates/{}/partnership", affiliate.place);
            advice.push(Advice { code: Hint::NeverApproved, place, sentence });
        }
    }
}

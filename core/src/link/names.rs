//! Which names of parameters survive, and what a program should know about its own.

use crate::Program;
use crate::error::{quote, words};
use serde::{Deserialize, Serialize};

/// A parameter's name, and whether lists are known that strip it from URLs.
///
/// # Example
/// ```
/// let names = sentby::carrier_names();
/// assert!(names.iter().any(|n| n.name == "xa" && !n.stripped));
/// assert!(names.iter().any(|n| n.name == "aff" && n.stripped));
/// ```
#[derive(Clone, Debug, PartialEq, Eq, Hash, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct CarrierName {
    /// The name.
    pub name: String,
    /// Whether some browser's or blocker's list removes it.
    pub stripped: bool,
}

/// Stripped by at least one of eight lists of browsers and blockers looked at in 2026.
const STRIPPED: &[&str] = &[
    "ref",
    "ref_",
    "referrer",
    "aff",
    "aff_id",
    "affid",
    "affiliate",
    "affiliate_id",
    "afid",
    "rfsn",
    "sub1",
    "AID",
    "click_id",
    "clickid",
    "irclickid",
    "mc",
    "afsrc",
    "awc",
    "tduid",
    "sscid",
];

/// Stripped by none of them.
const KEPT: &[&str] = &["at", "xa", "xd", "xda", "wa", "wat", "va", "ptk", "k", "tok", "sig"];

/// The names of parameters that were looked up in the lists of browsers and blockers: those that survive first.
///
/// Segments of a path are never stripped; Safari strips in Mail, Messages and private windows; some webinar tools keep only `utm_*`.
///
/// # Example
/// ```
/// let names = sentby::carrier_names();
/// let safe: Vec<&str> = names.iter().filter(|n| !n.stripped).map(|n| n.name.as_str()).collect();
/// assert_eq!(safe, ["at", "xa", "xd", "xda", "wa", "wat", "va", "ptk", "k", "tok", "sig"]);
/// ```
pub fn carrier_names() -> Vec<CarrierName> {
    let names = |list: &'static [&str], stripped| list.iter().map(move |name| CarrierName { name: (*name).into(), stripped });
    names(KEPT, false).chain(names(STRIPPED, true)).collect()
}

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
    /// What in these rules is allowed, but likely to cost an affiliate a sale.
    ///
    /// # Example
    /// ```
    /// # let program = sentby::Program::from_toml(include_str!("../../vectors/programs/story.toml"))?;
    /// assert!(program.lint().is_empty());
    /// # Ok::<(), sentby::Error>(())
    /// ```
    pub fn lint(&self) -> Vec<Advice> {
        let mut advice = Vec::new();
        let mut check = |place: String, name: &str| {
            if STRIPPED.iter().any(|known| known.eq_ignore_ascii_case(name)) {
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
        advice
    }
}

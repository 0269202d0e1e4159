//! Which names of parameters survive.

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

/// Whether some list strips a parameter of this name.
pub(crate) fn is_stripped(name: &str) -> bool {
    STRIPPED.iter().any(|known| known.eq_ignore_ascii_case(name))
}

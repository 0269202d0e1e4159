use super::parts::Parts;
use super::pieces::{Piece, Slot};
use super::repair::Repaired;
use crate::error::quote;
use crate::{Error, ErrorCode, LinkWarning, Referral, Result};
use serde::{Deserialize, Serialize};
use std::borrow::Cow;
use std::sync::LazyLock;

mod index;
pub(crate) mod quick;
mod reader;
mod table;

pub(crate) use index::Shape;
use index::{INDEX, Scope, documented};
pub(crate) use reader::{Mode, Reader, Sight};
use table::NETWORKS;

/// What is known about an affiliate network.
///
/// Templates hold `{product}`, `{affiliate}`, `{campaign}`, `{click_id}`, `{sub1}` to `{sub6}`, `{destination}`, and `{_}` for any text. A
/// host also stands for its `www.` form, `*` for one or more labels; parameters come in any order and may be missing.
#[derive(Clone, Debug, PartialEq, Eq, Hash, Serialize)]
pub struct Network {
    /// Its id, such as `impact`.
    pub id: String,
    /// Its name for people, such as `impact.com`.
    pub name: String,
    /// Links on the network's own hosts.
    pub host: Vec<String>,
    /// Links on its own hosts whose ids are encoded and not readable offline.
    pub opaque: Vec<String>,
    /// Names so distinctive that they are read on every host.
    pub any: Vec<String>,
    /// Generic names, read only on hosts that a program names.
    pub configured: Vec<String>,
    /// How long a click counts unless the vendor says otherwise, in ISO 8601; `None` if unknown or always a setting.
    pub default_window: Option<String>,
    /// `first` or `last`: which click counts unless the vendor says otherwise.
    pub default_model: Option<String>,
    /// `coupon` or `click`: what wins where both stand.
    pub coupon_precedence: Option<String>,
    /// Where these facts come from.
    pub source: String,
}

/// Every network that [`read`] knows.
///
/// # Example
/// ```
/// let awin = sentby::networks().iter().find(|network| network.id == "awin").unwrap();
/// assert_eq!(awin.any, ["/*?awc={click_id}"]);
/// assert_eq!(awin.default_window.as_deref(), Some("P30D"));
/// ```
pub fn networks() -> &'static [Network] {
    static ALL: LazyLock<Vec<Network>> = LazyLock::new(|| {
        let texts = |list: &[&str]| list.iter().map(|text| documented(text)).collect();
        let text = |text: Option<&str>| text.map(str::to_owned);
        let network = |row: &table::Row| {
            let table::Row {
                id,
                name,
                host,
                opaque,
                any,
                beside,
                configured,
                any_case: _,
                default_window,
                default_model,
                coupon_precedence,
                source,
            } = *row;
            Network {
                id: id.into(),
                name: name.into(),
                host: texts(host),
                opaque: texts(opaque),
                any: texts(&[any, beside].concat()),
                configured: texts(configured),
                default_window: text(default_window),
                default_model: text(default_model),
                coupon_precedence: text(coupon_precedence),
                source: source.into(),
            }
        };
        NETWORKS.iter().map(network).collect()
    });
    &ALL
}

/// What a URL says about the affiliate who shared it.
///
/// # Example
/// ```
/// let reading = sentby::read("https://www.awin1.com/cread.php?awinmid=6776&awinaffid=2793818&clickref=mail")?;
/// assert_eq!(reading.network.as_deref(), Some("awin"));
/// assert_eq!(reading.referral.affiliate.as_deref(), Some("2793818"));
/// assert_eq!(reading.referral.sub_ids["clickref"], "mail");
/// # Ok::<(), sentby::Error>(())
/// ```
#[derive(Clone, Debug, Default, PartialEq, Eq, Hash, Serialize, Deserialize)]
#[serde(deny_unknown_fields, default)]
pub struct Reading {
    /// The URL's host as browsers see it: lower case, no dot at its end. `None` for other schemes than `http` and `https`.
    pub host: Option<String>,
    /// The network's id; `None` if this is no affiliate link.
    pub network: Option<String>,
    /// The network's template that fits.
    pub template: Option<String>,
    /// The ids. Sub-ids have the names that the network gives them.
    pub referral: Referral,
    /// Other networks whose ids stand in the same URL.
    pub second_networks: Vec<SecondNetwork>,
    /// What is odd; [`lint`](crate::lint) says where.
    pub warnings: Vec<LinkWarning>,
}

/// A network whose ids stand in the URL of another one's link.
///
/// # Example
/// ```
/// let url = "https://www.copecart.com/products/521411d4/p/anna/?awc=3043_1606583260_feef24ab";
/// let reading = sentby::read(url)?;
/// assert_eq!(reading.network.as_deref(), Some("copecart"));
/// assert_eq!(reading.second_networks[0].network, "awin");
/// # Ok::<(), sentby::Error>(())
/// ```
#[derive(Clone, Debug, PartialEq, Eq, Hash, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct SecondNetwork {
    /// The network's id.
    pub network: String,
    /// Its ids.
    pub referral: Referral,
}

/// What a URL says, by the rules of every network that sentby knows; the text is taken as it is.
///
/// A network's own links are read on its hosts only, distinctive parameters on every host, and generic ones (`ref`, `via`, `aff`) on none:
/// a [`Program`](crate::Program) names the hosts where they count. Values are percent-decoded exactly once.
///
/// # Errors
/// `link_invalid` if the text is not a URL. A URL of another kind is no error: its `network` is `None`.
///
/// # Example
/// ```
/// let reading = sentby::read("https://shop.example/?ref=anna")?;
/// assert_eq!(reading.network, None);
/// # Ok::<(), sentby::Error>(())
/// ```
pub fn read(url: &str) -> Result<Reading> {
    match Parts::of(url)? {
        Some(parts) => Ok(Reading::of(&parts, Reader::default().read(&parts, Mode::default()), 0)),
        None => Ok(Reading::default()),
    }
}

/// What a URL says after repairs: blanks and quotes around it, `&amp;`, text glued on, a missing scheme or `?`, and parameters inside
/// the fragment. Each repair is one of the reading's warnings.
///
/// # Errors
/// `link_invalid` if the text is not a URL even then.
///
/// # Example
/// ```
/// let reading = sentby::read_lenient(" hop.clickbank.net/?affiliate=bonnie&amp;vendor=clyde")?;
/// assert_eq!(reading.referral.product.as_deref(), Some("clyde"));
/// let warnings: Vec<&str> = reading.warnings.iter().map(|w| w.as_str()).collect();
/// assert_eq!(warnings, ["html_escaped", "surrounding_space", "missing_scheme"]);
/// # Ok::<(), sentby::Error>(())
/// ```
pub fn read_lenient(url: &str) -> Result<Reading> {
    let repaired = Repaired::of(url);
    let done = repaired.done.iter().fold(0, |bits, (warning, _)| bits | warning.bit());
    match Parts::of(&repaired.text)? {
        Some(parts) => Ok(Reading::of(&parts, Reader::default().read(&parts, Mode { lenient: true, ..Mode::default() }), done)),
        None => Ok(Reading { warnings: LinkWarning::set(done), ..Reading::default() }),
    }
}

impl Reading {
    fn of(parts: &Parts<'_>, sight: Sight<'_>, more: u32) -> Self {
        let (network, template) = (id_of(&sight), documented_of(&sight));
        let Sight { shape: _, values, second, notes } = sight;
        Self {
            host: Some(parts.host.to_ascii_lowercase()),
            network: network.map(str::to_owned),
            template: template.map(str::to_owned),
            referral: values.into_referral(),
            second_networks: second
                .into_iter()
                .map(|(shape, values)| SecondNetwork { network: shape.row.id.into(), referral: values.into_referral() })
                .collect(),
            warnings: LinkWarning::set(notes.warnings | more),
        }
    }
}

/// A network's link for a referral, on the network's own host. Sub-ids have the names that the network gives them.
///
/// What was built reads back as the same referral, always.
///
/// # Errors
/// `word_unknown` for the network; `id_invalid` for the affiliate or product; `text_invalid` for other values; `link_unbuildable` if none of the network's templates carries exactly this,
/// or it has no host of its own: name yours in a program, and build the link there.
///
/// # Example
/// ```
/// use sentby::Referral;
/// let referral = Referral { product: Some("220831".into()), ..Referral::affiliate("JohnSmith") };
/// assert_eq!(sentby::link("digistore24", &referral)?, "https://www.digistore24.com/redir/220831/JohnSmith");
/// # Ok::<(), sentby::Error>(())
/// ```
pub fn link(network: &str, referral: &Referral) -> Result<String> {
    let n = number(network)?;
    super::check(referral)?;
    let shapes = INDEX.shapes.iter().filter(|s| s.network == n && s.scope == Scope::Host);
    let built = shapes
        .filter_map(|shape| shape.build(referral, ""))
        .find(|url| read(url).is_ok_and(|reading| reading.network.as_deref() == Some(network) && reading.referral == *referral));
    built.ok_or_else(|| {
        let holds = referral.holds();
        Error::new(ErrorCode::LinkUnbuildable, format!("{network} has no template on a host of its own that carries exactly {holds}"))
    })
}

pub(super) fn id_of(sight: &Sight<'_>) -> Option<&'static str> {
    sight.shape.map(|shape| shape.row.id)
}

pub(super) fn documented_of(sight: &Sight<'_>) -> Option<&'static str> {
    sight.shape.map(|shape| shape.documented.as_str())
}

/// The place of a network in the table.
pub(crate) fn number(id: &str) -> Result<usize> {
    NETWORKS.iter().position(|row| row.id == id).ok_or_else(|| {
        let known: Vec<&str> = NETWORKS.iter().map(|row| row.id).collect();
        Error::new(ErrorCode::WordUnknown, format!("{} is no network; expected one of {}", quote(id), known.join(", ")))
    })
}

/// The network's id and the template's text, for a link on a host that a program names.
pub(crate) fn read_named(parts: &Parts<'_>, network: usize) -> Option<super::Link> {
    let mut reader = Reader::default();
    let sight = reader.read(parts, Mode { named: Some(network), ..Mode::default() });
    let shape = sight.shape?;
    Some(super::Link { network: Some(shape.row.id.into()), template: shape.documented.clone(), referral: sight.values.into_referral() })
}

/// The links of a network for a host that a program names.
pub(crate) fn build_named<'a>(network: usize, host: &'a str, referral: &'a Referral) -> impl Iterator<Item = String> + 'a {
    INDEX.named(network).iter().filter_map(|n| INDEX.shapes.get(*n)).filter_map(move |shape| shape.build(referral, host))
}

impl Shape {
    /// `host` stands in for the template's own, unless it is empty.
    fn build(&'static self, referral: &Referral, host: &str) -> Option<String> {
        let name = |n: u8| {
            let holds = |pieces: &[Piece]| pieces.iter().any(|p| p.slot().is_some_and(|(slot, _)| slot == Slot::Sub(n)));
            Cow::Borrowed(self.params.iter().find(|param| holds(&param.pieces)).map_or("", |param| param.name.as_str()))
        };
        self.template.build(referral, host, name)
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn every_network_has_a_name_a_source_and_ids_of_its_own() {
        let all = networks();
        assert_eq!(all.len(), 42);
        for (n, network) in all.iter().enumerate() {
            assert!(!network.name.is_empty() && !network.source.is_empty(), "{}", network.id);
            assert!(all[..n].iter().all(|other| other.id != network.id), "{}", network.id);
        }
    }
}

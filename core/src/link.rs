use crate::error::quote;
use crate::id::has_control;
use crate::program::id_at;
use crate::{Error, ErrorCode, Program, Referral, Result};
use parts::Parts;
use serde::{Deserialize, Serialize};

mod column;
mod decorate;
mod lint;
pub(crate) mod names;
pub(crate) mod networks;
pub(crate) mod parts;
mod pieces;
mod repair;
mod scan;
mod sketch;
pub(crate) mod template;

pub use column::{LinkColumns, LinkField, TextColumn, read_column};
pub use lint::{Finding, LinkWarning, lint};
pub use names::{CarrierName, carrier_names};
pub use networks::{Network, Reading, SecondNetwork, link, networks, read, read_lenient};

/// What a URL says, and which of the program's templates it fits.
///
/// # Example
/// ```
/// # let program = sentby::Program::from_toml(include_str!("../vectors/programs/story.toml"))?;
/// let link = program.read("https://www.copecart.com/products/521411d4/p/anna/")?.unwrap();
/// assert_eq!(link.referral.affiliate.as_deref(), Some("anna"));
/// assert_eq!(link.referral.product.as_deref(), Some("521411d4"));
/// # Ok::<(), sentby::Error>(())
/// ```
#[derive(Clone, Debug, PartialEq, Eq, Hash, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct Link {
    /// The network that the program names for this host; `None` if one of its own templates fits.
    #[serde(default)]
    pub network: Option<String>,
    /// The text of the template.
    pub template: String,
    /// The values found; at least one. Sub-ids have the names of the template's slots, or those that the network gives them.
    pub referral: Referral,
}

impl Program {
    /// What a URL says, by the first of the program's templates that fits, or by the network that the program names for its host; `None` if it
    /// is not an affiliate link. For links of all networks see [`read`](crate::read).
    ///
    /// Templates are bound to their hosts: `/p/anna` on another shop says nothing. Values are percent-decoded exactly once
    /// and may be anything printable up to 256 bytes; whether they name an affiliate is decided by
    /// [`attribute`](Program::attribute). Of a repeated parameter the first counts.
    ///
    /// # Errors
    /// `link_invalid` if the text is not a URL, `text_invalid` if a value is longer or not printable.
    pub fn read(&self, url: &str) -> Result<Option<Link>> {
        let Some(parts) = Parts::of(url)? else { return Ok(None) };
        for template in &self.templates {
            if let Some(referral) = template.read(&parts)? {
                return Ok(Some(Link { network: None, template: template.text.clone(), referral }));
            }
        }
        let network = self.hosts.iter().find(|(host, _)| host.holds(&parts.host)).map(|(_, network)| *network);
        Ok(network.and_then(|network| networks::read_named(&parts, network)))
    }

    /// The URL of a referral, by the first of the program's templates that can carry all of it.
    ///
    /// What was built reads back as the same referral, always.
    ///
    /// # Errors
    /// `id_invalid` for the affiliate or product, `text_invalid` for other values, `link_unbuildable` if no template
    /// has a place for every value and a value for every place.
    ///
    /// # Example
    /// ```
    /// # let program = sentby::Program::from_toml(include_str!("../vectors/programs/story.toml"))?;
    /// use sentby::Referral;
    /// let referral = Referral { product: Some("521411d4".into()), ..Referral::affiliate("anna") };
    /// assert_eq!(program.link(&referral)?, "https://www.copecart.com/products/521411d4/p/anna/");
    /// # Ok::<(), sentby::Error>(())
    /// ```
    pub fn link(&self, referral: &Referral) -> Result<String> {
        check(referral)?;
        if self.hosts.is_empty() {
            for name in referral.sub_ids.keys() {
                if !matches!(name.as_str(), "sub1" | "sub2" | "sub3" | "sub4" | "sub5") {
                    return Err(Error::new(ErrorCode::WordUnknown, format!("/sub_ids: {} is not sub1 to sub5", quote(name))));
                }
            }
        }
        // Reading back proves the promise, whatever the templates are.
        let own = self.templates.iter().filter_map(|template| template.build(referral, "", template::plain_sub));
        // Under which of its subdomains a `*.` stands, nobody says.
        let named = self
            .hosts
            .iter()
            .filter(|(host, _)| !host.is_wide())
            .flat_map(|(host, network)| networks::build_named(*network, host.name(), referral));
        own.chain(named).find(|url| self.read(url).is_ok_and(|link| link.is_some_and(|link| link.referral == *referral))).ok_or_else(|| {
            Error::new(
                ErrorCode::LinkUnbuildable,
                format!("none of the {} templates carries exactly {}", self.templates.len() + self.hosts.len(), referral.holds()),
            )
        })
    }
}

/// A host that a program names: also its `www.` form; `*.` in front stands for one or more labels.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(crate) struct Host(String);

impl Host {
    pub(crate) fn parse(text: &str) -> Result<Self> {
        let name = text.strip_prefix("*.").unwrap_or(text);
        let is_label = |l: &str| (1..=63).contains(&l.len()) && l.bytes().all(|b| b.is_ascii_alphanumeric() || b == b'-' || b == b'_');
        if name.len() <= 253 && name.split('.').all(is_label) {
            Ok(Self(text.to_ascii_lowercase()))
        } else {
            Err(Error::new(ErrorCode::TemplateInvalid, format!("{} is no host name, such as go.shop.example", quote(text))))
        }
    }

    pub(crate) fn is_wide(&self) -> bool {
        self.0.starts_with("*.")
    }

    fn name(&self) -> &str {
        self.0.strip_prefix("*.").unwrap_or(&self.0)
    }

    fn holds(&self, host: &str) -> bool {
        let bare = |host: &str| host.get(..4).is_some_and(|p| p.eq_ignore_ascii_case("www."));
        let host = if bare(host) { host.get(4..).unwrap_or_default() } else { host };
        let name = self.name().strip_prefix("www.").unwrap_or(self.name());
        match host.len().checked_sub(name.len()).and_then(|at| Some((host.get(..at)?, host.get(at..)?))) {
            Some((before, tail)) if tail.eq_ignore_ascii_case(name) => {
                if self.is_wide() {
                    before.len() > 1 && before.ends_with('.')
                } else {
                    before.is_empty()
                }
            }
            Some(_) | None => false,
        }
    }
}

/// Checks what a link shall carry.
pub(crate) fn check(referral: &Referral) -> Result<()> {
    let Referral { product, affiliate, campaign, click_id, sub_ids, destination } = referral;
    for (name, id) in [("/affiliate", affiliate), ("/product", product)] {
        if let Some(id) = id {
            id_at(name, id)?;
        }
    }
    for (name, text) in [("/campaign", campaign), ("/click_id", click_id)] {
        if let Some(text) = text {
            crate::order::check_name(name, text)?;
        }
    }
    for (name, text) in sub_ids {
        crate::order::check_name(&format!("/sub_ids/{name}"), text)?;
    }
    if destination.as_ref().is_some_and(|url| url.is_empty() || has_control(url)) {
        return Err(Error::new(ErrorCode::TextInvalid, "/destination: is empty or holds a control character"));
    }
    Ok(())
}

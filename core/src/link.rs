use crate::error::quote;
use crate::id::has_control;
use crate::program::id_at;
use crate::{Error, ErrorCode, Program, Referral, Result};
use parts::Parts;
use serde::{Deserialize, Serialize};

pub(crate) mod parts;
pub(crate) mod template;

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
    /// The text of the template.
    pub template: String,
    /// The values found; at least one.
    pub referral: Referral,
}

impl Program {
    /// What a URL says, by the first of the program's templates that fits; `None` if it is not an affiliate link.
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
                return Ok(Some(Link { template: template.text.clone(), referral }));
            }
        }
        Ok(None)
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
            if !matches!(name.as_str(), "sub1" | "sub2" | "sub3" | "sub4" | "sub5") {
                return Err(Error::new(ErrorCode::WordUnknown, format!("/sub_ids: {} is not sub1 to sub5", quote(name))));
            }
            crate::order::check_name(&format!("/sub_ids/{name}"), text)?;
        }
        if destination.as_ref().is_some_and(|url| url.is_empty() || has_control(url)) {
            return Err(Error::new(ErrorCode::TextInvalid, "/destination: is empty or holds a control character"));
        }
        // Reading back proves the promise, whatever the templates are.
        self.templates
            .iter()
            .filter_map(|template| template.build(referral))
            .find(|url| self.read(url).is_ok_and(|link| link.is_some_and(|link| link.referral == *referral)))
            .ok_or_else(|| {
                Error::new(
                    ErrorCode::LinkUnbuildable,
                    format!("none of the {} templates carries exactly {}", self.templates.len(), referral.holds()),
                )
            })
    }
}

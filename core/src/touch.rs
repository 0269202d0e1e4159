use crate::Time;
use crate::error::words;
use serde::{Deserialize, Serialize};
use std::collections::BTreeMap;

words! {
    /// How the host knows of a touch, strongest first.
    ///
    /// # Example
    /// ```
    /// use sentby::Evidence;
    /// assert_eq!("token".parse(), Ok(Evidence::Token));
    /// assert_eq!("cookies".parse::<Evidence>().unwrap_err().code().as_str(), "word_unknown");
    /// assert!(Evidence::Token < Evidence::Cookie); // stronger stands first
    /// ```
    pub Evidence: "evidence" {
        /// The vendor assigned the affiliate by hand.
        Manual => "manual",
        /// The buyer used the affiliate's coupon.
        Coupon => "coupon",
        /// A signed token was opened.
        Token => "token",
        /// A plain parameter or path of a link named the affiliate.
        Parameter => "parameter",
        /// A cookie of this browser held the touch.
        Cookie => "cookie",
        /// The buyer was recognised by a log-in on another device.
        Identity => "identity",
        /// A third party (an agent, a partner network) claims it.
        Claim => "claim",
        /// A click was recorded.
        Click => "click",
        /// An advertisement was shown.
        Impression => "impression",
    }
}

words! {
    /// What the visitor said about tracking.
    ///
    /// # Example
    /// ```
    /// assert_eq!(sentby::Consent::Gpc.as_str(), "gpc");
    /// ```
    pub Consent: "consent" {
        /// The visitor agreed.
        Granted => "granted",
        /// The visitor refused.
        Denied => "denied",
        /// Nobody asked, or there was no answer.
        Unknown => "unknown",
        /// The browser sent a Global Privacy Control signal; it counts as refused.
        Gpc => "gpc",
    }
}

/// Who is referred where: what a link or a token says.
///
/// # Example
/// ```
/// use sentby::Referral;
/// let referral = Referral { product: Some("521411d4".into()), ..Referral::affiliate("anna") };
/// assert_eq!(referral.affiliate.as_deref(), Some("anna"));
/// ```
#[derive(Clone, Debug, Default, PartialEq, Eq, Hash, Serialize, Deserialize)]
#[serde(deny_unknown_fields, default)]
pub struct Referral {
    /// The product's id.
    pub product: Option<String>,
    /// The affiliate's id.
    pub affiliate: Option<String>,
    /// The affiliate's own name for a campaign.
    pub campaign: Option<String>,
    /// The id of the one click. Tokens carry 16 lower-case hexadecimal digits, links carry any text.
    pub click_id: Option<String>,
    /// The affiliate's own values: `sub1` to `sub5` in a program's templates, the names that it gives them in a network's links.
    pub sub_ids: BTreeMap<String, String>,
    /// Where a redirecting link leads.
    pub destination: Option<String>,
}

impl Referral {
    /// A referral by this affiliate, all else empty.
    pub fn affiliate(id: impl Into<String>) -> Self {
        Self { affiliate: Some(id.into()), ..Self::default() }
    }
}

/// One recorded contact between a buyer and an affiliate.
///
/// # Example
/// ```
/// use sentby::{Evidence, Time, Touch};
/// let touch = Touch::new("anna", Time::parse("2026-03-01T09:00:00Z")?, Evidence::Token);
/// assert!(touch.navigated && !touch.signed);
/// # Ok::<(), sentby::Error>(())
/// ```
#[derive(Clone, Debug, PartialEq, Eq, Hash, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct Touch {
    /// The affiliate's id as it was found; anything that is no affiliate of the program is refused with its reason.
    pub affiliate: String,
    /// When it happened.
    pub at: Time,
    /// How the host knows.
    pub evidence: Evidence,
    /// The product that the link led to.
    #[serde(default)]
    pub product: Option<String>,
    /// The affiliate's campaign.
    #[serde(default)]
    pub campaign: Option<String>,
    /// The id of the one click.
    #[serde(default)]
    pub click_id: Option<String>,
    /// The coupon, for evidence `coupon`.
    #[serde(default)]
    pub coupon: Option<String>,
    /// What the visitor said about tracking.
    #[serde(default = "unknown")]
    pub consent: Consent,
    /// Whether a person navigated: false for an image, a frame or a prefetch.
    #[serde(default = "yes")]
    pub navigated: bool,
    /// Whether a signature was checked on the way here.
    #[serde(default)]
    pub signed: bool,
}

fn unknown() -> Consent {
    Consent::Unknown
}

fn yes() -> bool {
    true
}

impl Touch {
    /// A touch of a person who navigated, unsigned, consent unknown, all else empty.
    pub fn new(affiliate: impl Into<String>, at: Time, evidence: Evidence) -> Self {
        Self {
            affiliate: affiliate.into(),
            at,
            evidence,
            product: None,
            campaign: None,
            click_id: None,
            coupon: None,
            consent: Consent::Unknown,
            navigated: true,
            signed: false,
        }
    }

    /// A touch from what a link said; `None` if it names no affiliate.
    ///
    /// It is not signed; the touch of an opened token comes from [`Opened::touch`](crate::Opened::touch).
    pub fn from_referral(referral: &Referral, at: Time, evidence: Evidence) -> Option<Self> {
        Some(Self {
            product: referral.product.clone(),
            campaign: referral.campaign.clone(),
            click_id: referral.click_id.clone(),
            ..Self::new(referral.affiliate.clone()?, at, evidence)
        })
    }
}

use crate::Time;
use crate::error::words;
use serde::{Deserialize, Serialize};
use std::collections::{BTreeMap, BTreeSet};

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

impl Consent {
    /// What a visitor's answer (none if nobody asked) and the browser's `Sec-GPC` header say together: a refusal is `denied`, the signal beats an
    /// agreement, and what was not answered is `unknown`.
    ///
    /// # Example
    /// ```
    /// use sentby::Consent;
    /// assert_eq!(Consent::of(Some(true), false), Consent::Granted);
    /// assert_eq!(Consent::of(Some(true), true), Consent::Gpc);
    /// assert_eq!(Consent::of(None, false), Consent::Unknown);
    /// ```
    pub const fn of(answer: Option<bool>, gpc: bool) -> Self {
        match (answer, gpc) {
            (Some(false), _) => Self::Denied,
            (_, true) => Self::Gpc,
            (Some(true), false) => Self::Granted,
            (None, false) => Self::Unknown,
        }
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

    /// What may be carried on with this consent: everything if it is granted; otherwise product, affiliate and campaign alone, which are the same
    /// for everybody who used the link (anonymous mode). Call it before sealing.
    ///
    /// # Example
    /// ```
    /// use sentby::{Consent, Referral};
    /// let referral = Referral { click_id: Some("00000000000000a7".into()), ..Referral::affiliate("anna") };
    /// assert_eq!(referral.clone().within(Consent::Granted), referral);
    /// assert_eq!(referral.within(Consent::Unknown), Referral::affiliate("anna"));
    /// ```
    #[must_use]
    pub fn within(self, consent: Consent) -> Self {
        match consent {
            Consent::Granted => self,
            Consent::Denied | Consent::Unknown | Consent::Gpc => {
                Self { click_id: None, sub_ids: BTreeMap::new(), destination: None, ..self }
            }
        }
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

    /// The touch with the visitor's answer, which the decision goes by. Without `granted` it loses its click id (anonymous mode); but `unknown` does
    /// not undo the consent that a touch has already, as those of a cookie have.
    ///
    /// # Example
    /// ```
    /// use sentby::{Consent, Evidence, Time, Touch};
    /// let touch = Touch { click_id: Some("c1".into()), ..Touch::new("anna", Time::parse("2026-03-01T09:00:00Z")?, Evidence::Parameter) };
    /// assert_eq!(touch.clone().within(Consent::Granted).click_id.as_deref(), Some("c1"));
    /// let refused = touch.within(Consent::Gpc);
    /// assert_eq!((refused.consent, refused.click_id), (Consent::Gpc, None));
    /// # Ok::<(), sentby::Error>(())
    /// ```
    #[must_use]
    pub fn within(self, consent: Consent) -> Self {
        match consent {
            Consent::Granted => Self { consent, ..self },
            Consent::Unknown if self.consent == Consent::Granted => self,
            Consent::Unknown | Consent::Denied | Consent::Gpc => Self { consent, click_id: None, ..self },
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

/// The touches without those of these clicks: for a visitor who wants to be forgotten, before a host stores an export again.
///
/// Cookies forget by [`Keys::forget_cookie`](crate::Keys::forget_cookie).
///
/// # Example
/// ```
/// use sentby::{Evidence, Time, Touch, forget};
/// let at = Time::parse("2026-03-01T09:00:00Z")?;
/// let click = |id: &str| Touch { click_id: Some(id.into()), ..Touch::new("anna", at, Evidence::Click) };
/// assert_eq!(forget(vec![click("c1"), click("c2")], &["c1"]), [click("c2")]);
/// # Ok::<(), sentby::Error>(())
/// ```
pub fn forget(touches: Vec<Touch>, click_ids: &[impl AsRef<str>]) -> Vec<Touch> {
    let forgotten: BTreeSet<&str> = click_ids.iter().map(AsRef::as_ref).collect();
    touches.into_iter().filter(|touch| !touch.click_id.as_deref().is_some_and(|id| forgotten.contains(id))).collect()
}

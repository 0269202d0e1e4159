//! The shapes of a program's text, before anything is checked. Field order is the canonical order of the fingerprint.

use crate::attribution::policy::{Audience, ConsentRule, ModelName, Spread};
use crate::commission::pays::{By, Current, Each, How, Per};
use crate::commission::settlement::{Approvals, Base, LevelsOf, PartnerRates, PartnersBase, Portion, Preset, Step};
use crate::identity::Part;
use crate::money::Rounding;
use crate::program::{Ids, State, Work};
use crate::{Customer, Event, Evidence};
use serde::de::{Error, SeqAccess, Visitor};
use serde::{Deserialize, Deserializer, Serialize};
use std::collections::BTreeMap;
use std::fmt;

#[derive(Debug, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub(crate) struct File {
    pub(crate) sentby: u32,
    #[serde(default)]
    pub(crate) name: String,
    pub(crate) vendor: String,
    #[serde(default = "exact")]
    pub(crate) ids: Ids,
    // Left out of the canonical text by default, as `links.hosts` and others below: the versions of older programs stay what they were.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub(crate) time_zone: Option<String>,
    #[serde(default, skip_serializing_if = "Vec::is_empty")]
    pub(crate) vendors: Vec<String>,
    #[serde(default)]
    pub(crate) products: Vec<ProductFile>,
    #[serde(default)]
    pub(crate) affiliates: Vec<AffiliateFile>,
    #[serde(default)]
    pub(crate) links: LinksFile,
    #[serde(default, skip_serializing_if = "IdentityFile::is_default")]
    pub(crate) identity: IdentityFile,
    #[serde(default)]
    pub(crate) attribution: AttributionFile,
    #[serde(default)]
    pub(crate) commission: Vec<RuleFile>,
    #[serde(default, skip_serializing_if = "Vec::is_empty")]
    pub(crate) bonuses: Vec<RuleFile>,
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub(crate) second_level: Option<SecondLevelFile>,
    #[serde(default)]
    pub(crate) settlement: SettlementFile,
}

fn exact() -> Ids {
    Ids::Exact
}

#[derive(Debug, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub(crate) struct ProductFile {
    pub(crate) id: String,
    #[serde(default)]
    pub(crate) name: String,
    #[serde(default)]
    pub(crate) partners: Vec<PartnerFile>,
}

#[derive(Debug, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub(crate) struct PartnerFile {
    pub(crate) id: String,
    pub(crate) percent: Decimal,
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub(crate) from: Option<String>,
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub(crate) until: Option<String>,
}

#[derive(Debug, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub(crate) struct AffiliateFile {
    pub(crate) id: String,
    #[serde(default)]
    pub(crate) group: Option<String>,
    #[serde(default)]
    pub(crate) class: Option<String>,
    #[serde(default = "sends_buyers", skip_serializing_if = "is_affiliate")]
    pub(crate) role: Work,
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub(crate) parent: Option<String>,
    #[serde(default)]
    pub(crate) coupons: Vec<String>,
    #[serde(default)]
    pub(crate) identities: Vec<String>,
    pub(crate) partnership: Vec<PartnershipFile>,
}

fn sends_buyers() -> Work {
    Work::Affiliate
}

fn is_affiliate(role: &Work) -> bool {
    *role == Work::Affiliate
}

#[derive(Debug, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub(crate) struct PartnershipFile {
    pub(crate) state: State,
    pub(crate) since: String,
    #[serde(default)]
    pub(crate) product: Option<String>,
}

#[derive(Debug, Serialize, Deserialize)]
#[serde(deny_unknown_fields, default)]
pub(crate) struct LinksFile {
    pub(crate) templates: Vec<String>,
    pub(crate) parameter: String,
    /// Left out of the canonical text where there are none, so that the versions of older programs stay what they were.
    #[serde(skip_serializing_if = "BTreeMap::is_empty")]
    pub(crate) hosts: BTreeMap<String, String>,
}

impl Default for LinksFile {
    fn default() -> Self {
        Self { templates: Vec::new(), parameter: "xa".into(), hosts: BTreeMap::new() }
    }
}

#[derive(Debug, PartialEq, Eq, Serialize, Deserialize)]
#[serde(deny_unknown_fields, default)]
pub(crate) struct IdentityFile {
    pub(crate) email_case: Part,
    pub(crate) email_dots: Part,
    pub(crate) email_tags: Part,
    pub(crate) phone_country: Option<String>,
}

impl Default for IdentityFile {
    fn default() -> Self {
        Self { email_case: Part::Ignore, email_dots: Part::Keep, email_tags: Part::Keep, phone_country: None }
    }
}

impl IdentityFile {
    fn is_default(&self) -> bool {
        *self == Self::default()
    }
}

#[derive(Debug, Serialize, Deserialize)]
#[serde(deny_unknown_fields, default)]
pub(crate) struct AttributionFile {
    pub(crate) model: ModelName,
    pub(crate) precedence: Tiers,
    pub(crate) window: String,
    pub(crate) windows: BTreeMap<Evidence, String>,
    pub(crate) signed: Vec<Evidence>,
    pub(crate) consent: ConsentRule,
    pub(crate) cross_product: bool,
    pub(crate) after_cart: Vec<Evidence>,
    pub(crate) stand_down: Vec<StandDownFile>,
    pub(crate) half_life: String,
    pub(crate) position: PositionFile,
    // Left out of the canonical text by default, so that the versions of older programs stay what they were.
    #[serde(skip_serializing_if = "BTreeMap::is_empty")]
    pub(crate) shortest: BTreeMap<Evidence, String>,
    #[serde(skip_serializing_if = "is_anyone")]
    pub(crate) coupon_audience: Audience,
    #[serde(skip_serializing_if = "is_three")]
    pub(crate) accounts_max: u32,
}

fn is_anyone(audience: &Audience) -> bool {
    *audience == Audience::Anyone
}

fn is_three(accounts: &u32) -> bool {
    *accounts == 3
}

fn is_between(spread: &Spread) -> bool {
    *spread == Spread::Between
}

fn between() -> Spread {
    Spread::Between
}

impl Default for AttributionFile {
    fn default() -> Self {
        use Evidence::{Claim, Click, Cookie, Identity, Impression, Parameter, Token};
        Self {
            model: ModelName::LastTouch,
            precedence: Tiers(Evidence::ALL.iter().map(|e| vec![*e]).collect()),
            window: "30d".into(),
            windows: BTreeMap::new(),
            signed: Vec::new(),
            consent: ConsentRule::UnlessDenied,
            cross_product: false,
            // A coupon is typed after the cart was started, and a vendor assigns by hand at any time.
            after_cart: vec![Token, Parameter, Cookie, Identity, Claim, Click, Impression],
            stand_down: Vec::new(),
            half_life: "7d".into(),
            position: PositionFile { first: 40, middle: 20, last: 40, spread: Spread::Between },
            shortest: BTreeMap::new(),
            coupon_audience: Audience::Anyone,
            accounts_max: 3,
        }
    }
}

#[derive(Debug, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub(crate) struct StandDownFile {
    pub(crate) class: String,
    pub(crate) within: String,
}

#[derive(Debug, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub(crate) struct PositionFile {
    pub(crate) first: u32,
    pub(crate) middle: u32,
    pub(crate) last: u32,
    #[serde(default = "between", skip_serializing_if = "is_between")]
    pub(crate) spread: Spread,
}

#[derive(Debug, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub(crate) struct RuleFile {
    #[serde(default)]
    pub(crate) name: Option<String>,
    #[serde(default)]
    pub(crate) when: WhenFile,
    pub(crate) pays: PaysFile,
}

#[derive(Debug, Default, Serialize, Deserialize)]
#[serde(deny_unknown_fields, default)]
pub(crate) struct WhenFile {
    #[serde(skip_serializing_if = "Vec::is_empty")]
    pub(crate) event: Vec<Event>,
    pub(crate) product: Texts,
    pub(crate) affiliate: Texts,
    pub(crate) group: Texts,
    pub(crate) campaign: Texts,
    pub(crate) evidence: Vec<Evidence>,
    pub(crate) coupon: Texts,
    pub(crate) country: Texts,
    pub(crate) customer: Option<Customer>,
    pub(crate) payment_from: Option<u32>,
    pub(crate) payment_to: Option<u32>,
    pub(crate) quantity_from: Option<u32>,
    pub(crate) quantity_to: Option<u32>,
    pub(crate) gross_from: Option<String>,
    pub(crate) gross_below: Option<String>,
    pub(crate) from: Option<String>,
    pub(crate) until: Option<String>,
}

#[derive(Debug, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub(crate) struct PaysFile {
    #[serde(default)]
    pub(crate) percent: Option<Decimal>,
    #[serde(default)]
    pub(crate) fixed: Texts,
    #[serde(default)]
    pub(crate) per: Option<Per>,
    #[serde(default)]
    pub(crate) first_payment: Texts,
    #[serde(default, skip_serializing_if = "Texts::is_empty")]
    pub(crate) choice: Texts,
    #[serde(default, skip_serializing_if = "Vec::is_empty")]
    pub(crate) tiers: Vec<TierFile>,
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub(crate) by: Option<By>,
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub(crate) over: Option<String>,
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub(crate) how: Option<How>,
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub(crate) current: Option<Current>,
    #[serde(default, skip_serializing_if = "Texts::is_empty")]
    pub(crate) min: Texts,
    #[serde(default, skip_serializing_if = "Texts::is_empty")]
    pub(crate) max: Texts,
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub(crate) budget: Option<BudgetFile>,
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub(crate) payments: Option<u32>,
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub(crate) months: Option<u32>,
}

#[derive(Debug, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub(crate) struct TierFile {
    /// A number of orders, or amounts.
    #[serde(default)]
    pub(crate) from: Texts,
    #[serde(default)]
    pub(crate) percent: Option<Decimal>,
    #[serde(default)]
    pub(crate) fixed: Texts,
}

#[derive(Debug, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub(crate) struct BudgetFile {
    pub(crate) amount: Texts,
    pub(crate) over: String,
    #[serde(default = "each_affiliate")]
    pub(crate) each: Each,
}

fn each_affiliate() -> Each {
    Each::Affiliate
}

#[derive(Debug, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub(crate) struct SecondLevelFile {
    #[serde(default = "of_commission")]
    pub(crate) of: LevelsOf,
    pub(crate) percent: Texts,
}

fn of_commission() -> LevelsOf {
    LevelsOf::Commission
}

#[derive(Debug, Default, Serialize, Deserialize)]
#[serde(deny_unknown_fields, default)]
pub(crate) struct SettlementFile {
    pub(crate) preset: Option<Preset>,
    pub(crate) rounding: Option<Rounding>,
    pub(crate) steps: Option<Vec<Step>>,
    pub(crate) base: Option<Base>,
    pub(crate) fee: Option<FeeFile>,
    pub(crate) partners_base: Option<PartnersBase>,
    #[serde(skip_serializing_if = "Option::is_none")]
    pub(crate) partner_rates: Option<PartnerRates>,
    #[serde(skip_serializing_if = "Option::is_none")]
    pub(crate) shipping: Option<Portion>,
    #[serde(skip_serializing_if = "Option::is_none")]
    pub(crate) discounts: Option<Portion>,
    #[serde(skip_serializing_if = "Option::is_none")]
    pub(crate) approval: Option<Approvals>,
    #[serde(skip_serializing_if = "Option::is_none")]
    pub(crate) release: Option<Vec<ReleaseFile>>,
    #[serde(skip_serializing_if = "Option::is_none")]
    pub(crate) payout: Option<PayoutFile>,
}

#[derive(Debug, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub(crate) struct ReleaseFile {
    pub(crate) percent: Decimal,
    pub(crate) after: String,
}

#[derive(Debug, Default, Serialize, Deserialize)]
#[serde(deny_unknown_fields, default)]
pub(crate) struct PayoutFile {
    /// Days of the month; one beyond the month's end means its last day.
    pub(crate) days: Vec<u8>,
    /// Whether a day at the weekend means the Monday after.
    pub(crate) business_days: bool,
    pub(crate) minimum: Texts,
    /// Whether only verified accounts are paid.
    pub(crate) verified: bool,
}

#[derive(Debug, Default, Serialize, Deserialize)]
#[serde(deny_unknown_fields, default)]
pub(crate) struct FeeFile {
    pub(crate) percent: Option<Decimal>,
    pub(crate) fixed: Texts,
    /// Orders below an amount pay another fixed sum.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub(crate) small: Option<SmallFeeFile>,
}

#[derive(Debug, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub(crate) struct SmallFeeFile {
    pub(crate) below: Texts,
    pub(crate) fixed: Texts,
}

/// Decimal text. A whole number may stand without quotes; a binary fraction may not, since 4.9 is none.
#[derive(Debug, Serialize)]
pub(crate) struct Decimal(pub(crate) String);

impl<'de> Deserialize<'de> for Decimal {
    fn deserialize<D: Deserializer<'de>>(deserializer: D) -> Result<Self, D::Error> {
        struct Read;
        impl Visitor<'_> for Read {
            type Value = Decimal;

            fn expecting(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
                f.write_str("a decimal as text, such as \"4.9\"")
            }
            fn visit_str<E: Error>(self, text: &str) -> Result<Decimal, E> {
                Ok(Decimal(text.into()))
            }
            fn visit_i64<E: Error>(self, number: i64) -> Result<Decimal, E> {
                Ok(Decimal(number.to_string()))
            }
            fn visit_u64<E: Error>(self, number: u64) -> Result<Decimal, E> {
                Ok(Decimal(number.to_string()))
            }
        }
        deserializer.deserialize_any(Read)
    }
}

/// One text or a list of texts.
#[derive(Debug, Default, Serialize)]
pub(crate) struct Texts(pub(crate) Vec<String>);

impl Texts {
    pub(crate) fn is_empty(&self) -> bool {
        self.0.is_empty()
    }
}

impl<'de> Deserialize<'de> for Texts {
    fn deserialize<D: Deserializer<'de>>(deserializer: D) -> Result<Self, D::Error> {
        struct Read;
        impl<'de> Visitor<'de> for Read {
            type Value = Texts;

            fn expecting(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
                f.write_str("a text or a list of texts")
            }
            fn visit_str<E: Error>(self, text: &str) -> Result<Texts, E> {
                Ok(Texts(vec![text.into()]))
            }
            fn visit_i64<E: Error>(self, number: i64) -> Result<Texts, E> {
                Ok(Texts(vec![number.to_string()]))
            }
            fn visit_u64<E: Error>(self, number: u64) -> Result<Texts, E> {
                Ok(Texts(vec![number.to_string()]))
            }
            fn visit_seq<A: SeqAccess<'de>>(self, mut list: A) -> Result<Texts, A::Error> {
                let mut texts = Vec::new();
                while let Some(text) = list.next_element()? {
                    texts.push(text);
                }
                Ok(Texts(texts))
            }
        }
        deserializer.deserialize_any(Read)
    }
}

/// Tiers of evidence, strongest first: `"none"`, or a list whose items are a kind or a list of kinds.
#[derive(Debug, Serialize)]
pub(crate) struct Tiers(pub(crate) Vec<Vec<Evidence>>);

impl<'de> Deserialize<'de> for Tiers {
    fn deserialize<D: Deserializer<'de>>(deserializer: D) -> Result<Self, D::Error> {
        struct Read;
        impl<'de> Visitor<'de> for Read {
            type Value = Tiers;

            fn expecting(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
                f.write_str("\"none\", or a list of kinds of evidence and lists of them")
            }
            fn visit_str<E: Error>(self, text: &str) -> Result<Tiers, E> {
                match text {
                    "none" => Ok(Tiers(vec![Evidence::ALL.to_vec()])),
                    _ => Err(E::invalid_value(serde::de::Unexpected::Str(text), &self)),
                }
            }
            fn visit_seq<A: SeqAccess<'de>>(self, mut list: A) -> Result<Tiers, A::Error> {
                let mut tiers = Vec::new();
                while let Some(Texts(kinds)) = list.next_element()? {
                    tiers.push(
                        kinds
                            .iter()
                            .map(|kind| kind.parse().map_err(|e: crate::Error| A::Error::custom(e.detail())))
                            .collect::<Result<_, _>>()?,
                    );
                }
                Ok(Tiers(tiers))
            }
        }
        deserializer.deserialize_any(Read)
    }
}

use crate::attribution::policy::Policy;
use crate::commission::rule::Rule;
use crate::commission::settlement::{PartnerRates, SecondLevel, Settlement};
use crate::error::{quote, words};
use crate::id::{ID_MAX, check_text};
use crate::identity::Normal;
use crate::link::Host;
use crate::link::networks;
use crate::link::template::Template;
use crate::money::Rate;
use crate::time::Zone;
use crate::{Error, ErrorCode, Id, Order, Result, Text, Time};
use sha2::{Digest, Sha256};
use std::cmp::Ordering;
use std::collections::BTreeMap;

mod advice;
mod diff;
mod file;
mod moderation;
pub use advice::{Advice, Hint};
pub use diff::Change;
pub(crate) use file::{
    AttributionFile, BudgetFile, IdentityFile, PayoutFile, PaysFile, PositionFile, ReleaseFile, RuleFile, SecondLevelFile, SettlementFile,
    SmallFeeFile, StandDownFile, Texts, TierFile, WhenFile,
};
pub use moderation::{Moderation, ModerationAction};

/// The vendor's rules: products, affiliates, links, who is credited, what they earn. Validated and immutable.
///
/// A program is data: TOML or JSON, read once, used for every order. Reading checks everything; an
/// error names the place as a JSON pointer, such as `/commission/2/pays/percent: 140 is over 100`.
///
/// # Example
/// ```
/// let program = sentby::Program::from_toml(r#"
///     sentby = 1
///     vendor = "webinarhaus"
///     [[products]]
///     id = "521411d4"
///     [[affiliates]]
///     id = "anna"
///     partnership = [{ state = "approved", since = "2026-01-01T00:00:00Z" }]
///     [[commission]]
///     pays = { percent = "50" }
/// "#)?;
/// assert_eq!(program.vendor(), "webinarhaus");
/// # Ok::<(), sentby::Error>(())
/// ```
#[derive(Clone, Debug)]
pub struct Program {
    name: String,
    vendor: Id,
    ids: Ids,
    products: Vec<Product>,
    affiliates: Vec<Affiliate>,
    coupons: Vec<(String, String)>,
    parameter: String,
    canonical: String,
    digest: [u8; 32],
    version: String,
    pub(crate) templates: Vec<Template>,
    /// Hosts of the vendor's own that a network's links lead to.
    pub(crate) hosts: Vec<(Host, usize)>,
    pub(crate) normal: Normal,
    pub(crate) policy: Policy,
    pub(crate) rules: Vec<Rule>,
    /// Rules that pay beside the first that holds.
    pub(crate) bonuses: Vec<Rule>,
    pub(crate) settlement: Settlement,
    pub(crate) zone: Zone,
}

words! {
    /// How ids are compared.
    pub(crate) Ids: "way to compare ids" {
        /// Byte by byte.
        Exact => "exact",
        /// A to Z equal a to z.
        FoldCase => "fold_case",
    }
}

words! {
    /// The state of a partnership since some time.
    ///
    /// # Example
    /// ```
    /// assert_eq!(sentby::PartnershipState::Suspended.to_string(), "suspended");
    /// ```
    pub State: "partnership state" {
        /// The vendor asked the affiliate.
        Invited => "invited",
        /// The affiliate asked.
        Requested => "requested",
        /// The affiliate earns.
        Approved => "approved",
        /// The vendor said no.
        Denied => "denied",
        /// The vendor paused it.
        Suspended => "suspended",
        /// It is over.
        Ended => "ended",
    }
}

words! {
    /// What somebody on the list of affiliates does.
    pub(crate) Work: "role of an affiliate" {
        /// Sends buyers.
        Affiliate => "affiliate",
        /// Sells by phone, and picks one of the rates allowed for each order.
        Seller => "seller",
        /// Ships, and never earns by that.
        Logistician => "logistician",
    }
}

#[derive(Clone, Debug)]
pub(crate) struct Product {
    pub(crate) id: Id,
    pub(crate) partners: Vec<Partner>,
}

#[derive(Clone, Debug)]
pub(crate) struct Partner {
    pub(crate) id: Id,
    /// Each with the time from which, and until which, it holds; those that hold at one time add up.
    rates: Vec<(Option<Time>, Option<Time>, Rate)>,
}

impl Affiliate {
    /// Whether the partnership for all products is suspended at a time.
    pub(crate) fn is_suspended(&self, at: Time) -> bool {
        let mut general = self.partnership.iter().filter(|(since, _, of)| *since <= at && of.is_none());
        general.next_back().is_some_and(|(_, state, _)| *state == State::Suspended)
    }

    /// Every state, since when and for which product, in order of time.
    pub(crate) fn states(&self) -> impl Iterator<Item = (State, Time, Option<String>)> {
        self.partnership.iter().map(|(since, state, product)| (*state, *since, product.clone()))
    }

    pub(crate) fn sells(&self) -> bool {
        self.work == Work::Seller
    }
}

impl Partner {
    /// The sum of its rates at a time, in millionths of a percent.
    fn micro_at(&self, at: Time) -> i64 {
        let holds = |from: &Option<Time>, until: &Option<Time>| from.is_none_or(|from| from <= at) && until.is_none_or(|until| at < until);
        self.rates.iter().filter(|(from, until, _)| holds(from, until)).map(|(.., rate)| rate.micro()).sum()
    }

    /// The rate for an order, as the program pins it.
    pub(crate) fn rate(&self, order: &Order, rates: PartnerRates) -> Rate {
        self.rate_at(match rates {
            PartnerRates::Current => order.at,
            PartnerRates::FirstPayment => order.first_at.unwrap_or(order.at),
        })
    }

    pub(crate) fn rate_at(&self, at: Time) -> Rate {
        Rate::of_micro(self.micro_at(at))
    }
}

#[derive(Clone, Debug)]
pub(crate) struct Affiliate {
    pub(crate) id: Id,
    pub(crate) group: Option<String>,
    pub(crate) identities: Vec<String>,
    /// For affiliates of a stand-down class: how long after another affiliate's touch they stand down.
    pub(crate) stand_down_ms: Option<i64>,
    pub(crate) work: Work,
    /// The affiliate who brought this one, by place among the program's affiliates.
    pub(crate) parent: Option<usize>,
    class: Option<String>,
    /// Which entry of the file it is.
    place: usize,
    /// Since when which state holds, in order of time; without a product it holds for all.
    partnership: Vec<(Time, State, Option<String>)>,
}

impl Program {
    /// The program that a TOML text holds.
    ///
    /// # Errors
    /// `program_syntax`, `program_invalid`, and the code of whatever a place holds wrong.
    pub fn from_toml(text: &str) -> Result<Self> {
        let table: toml::Table =
            text.parse().map_err(|e: toml::de::Error| Error::new(ErrorCode::ProgramSyntax, place_in(text, e.span(), e.message())))?;
        let mut value = toml::Value::Table(table);
        dates_to_text(&mut value);
        Self::from_file(read_file(value)?)
    }

    /// The program that a JSON text holds, of the same shape as in TOML.
    ///
    /// # Errors
    /// As [`Program::from_toml`].
    pub fn from_json(text: &str) -> Result<Self> {
        let mut json = serde_json::Deserializer::from_str(text);
        let file = serde_path_to_error::deserialize(&mut json).map_err(|error| {
            let code = if error.inner().is_data() { ErrorCode::ProgramInvalid } else { ErrorCode::ProgramSyntax };
            wrong(code, error.path(), &error.inner().to_string())
        })?;
        json.end().map_err(|e| Error::new(ErrorCode::ProgramSyntax, one_line(&e.to_string())))?;
        Self::from_file(file)
    }

    /// The name for people, possibly empty.
    pub fn name(&self) -> &str {
        &self.name
    }

    /// The vendor's id.
    pub fn vendor(&self) -> &str {
        self.vendor.as_str()
    }

    /// The name of the URL parameter that carries tokens, `xa` unless the program says otherwise.
    pub fn parameter(&self) -> &str {
        &self.parameter
    }

    /// The program as canonical JSON, every default written out (`links.hosts` only where there are some). Reading it again gives the same program.
    pub fn to_json(&self) -> &str {
        &self.canonical
    }

    /// SHA-256 of the canonical JSON, as 64 hexadecimal digits: which rules decided.
    ///
    /// # Example
    /// ```
    /// let toml = sentby::Program::from_toml("sentby = 1\nvendor = \"v\"")?;
    /// let json = sentby::Program::from_json(r#"{"vendor": "v", "sentby": 1}"#)?;
    /// assert_eq!(toml.version(), json.version());
    /// # Ok::<(), sentby::Error>(())
    /// ```
    pub fn version(&self) -> String {
        self.version.clone()
    }

    /// The affiliate who owns a coupon, compared without regard to case.
    ///
    /// # Example
    /// ```
    /// # let program = sentby::Program::from_toml(include_str!("../vectors/programs/story.toml"))?;
    /// assert_eq!(program.coupon_owner("anna10"), Some("anna"));
    /// assert_eq!(program.coupon_owner("NOBODY"), None);
    /// # Ok::<(), sentby::Error>(())
    /// ```
    pub fn coupon_owner(&self, coupon: &str) -> Option<&str> {
        let wanted = coupon.to_ascii_lowercase();
        let found = self.coupons.binary_search_by(|(code, _)| code.as_str().cmp(&wanted)).ok()?;
        self.coupons.get(found).map(|(_, owner)| owner.as_str())
    }

    pub(crate) fn vendor_text(&self) -> &Text {
        self.vendor.text()
    }

    pub(crate) fn digest(&self) -> &[u8; 32] {
        &self.digest
    }

    pub(crate) fn affiliate(&self, id: &str) -> Option<&Affiliate> {
        let found = self.affiliates.binary_search_by(|a| self.ids.compare(a.id.as_str(), id)).ok()?;
        self.affiliates.get(found)
    }

    pub(crate) fn affiliates(&self) -> &[Affiliate] {
        &self.affiliates
    }

    #[cfg(feature = "columns")]
    pub(crate) fn products(&self) -> &[Product] {
        &self.products
    }

    /// Everybody whom a settlement may pay.
    #[cfg(feature = "columns")]
    pub(crate) fn payees(&self) -> impl Iterator<Item = &str> {
        let partners = self.products.iter().flat_map(|product| &product.partners).map(|partner| partner.id.as_str());
        self.affiliates.iter().map(|affiliate| affiliate.id.as_str()).chain(partners).chain([self.vendor.as_str()])
    }

    /// Every rule that may pay.
    #[cfg(feature = "columns")]
    pub(crate) fn payers(&self) -> impl Iterator<Item = &str> {
        let levels = self.settlement.second_level.iter().flat_map(|levels| &levels.rates).map(|(name, _)| &**name);
        self.rules.iter().chain(&self.bonuses).map(|rule| &*rule.name).chain(levels)
    }

    /// Whether ids that differ in case alone are one.
    #[cfg(feature = "columns")]
    pub(crate) fn folds_case(&self) -> bool {
        self.ids == Ids::FoldCase
    }

    pub(crate) fn product(&self, id: &str) -> Option<&Product> {
        let found = self.products.binary_search_by(|p| self.ids.compare(p.id.as_str(), id)).ok()?;
        self.products.get(found)
    }

    pub(crate) fn same(&self, a: &str, b: &str) -> bool {
        self.compare(a, b) == Ordering::Equal
    }

    /// How the program orders ids; equal ones are the same id.
    pub(crate) fn compare(&self, a: &str, b: &str) -> Ordering {
        self.ids.compare(a, b)
    }

    /// The partnership for one product at a time. What the vendor said for all products comes first where it
    /// is a no (suspended, denied, ended); otherwise the product's own state, and without one the general state.
    pub(crate) fn state(&self, affiliate: &Affiliate, product: &str, at: Time) -> Option<State> {
        if affiliate.work == Work::Logistician {
            return None;
        }
        let mut general = None;
        let mut own = None;
        for (since, state, of) in &affiliate.partnership {
            if *since > at {
                break;
            }
            match of {
                None => general = Some(*state),
                Some(of) if self.same(of, product) => own = Some(*state),
                Some(_) => {}
            }
        }
        match general {
            Some(State::Suspended | State::Denied | State::Ended) => general,
            Some(State::Approved | State::Invited | State::Requested) | None => own.or(general),
        }
    }

    fn from_file(file: file::File) -> Result<Self> {
        if file.sentby != 1 {
            return Err(Error::new(ErrorCode::ProgramInvalid, format!("/sentby: {} is not a known version, expected 1", file.sentby)));
        }
        let canonical = serde_json::to_string(&file).map_err(|e| Error::new(ErrorCode::ProgramInvalid, one_line(&e.to_string())))?;
        let file::File {
            sentby: _,
            name,
            vendor,
            ids,
            time_zone,
            vendors,
            products,
            affiliates,
            links,
            identity,
            attribution,
            commission,
            bonuses,
            second_level,
            settlement,
        } = file;
        check_text("/name", &name)?;
        let vendor = id_at("/vendor", &vendor)?;
        let products = products_of(products, &vendor, &vendors, ids)?;
        let policy = Policy::parse(&attribution).map_err(|e| e.at("/attribution"))?;
        let (affiliates, coupons) = affiliates_of(affiliates, &policy, &products, ids)?;
        check_partners(&products, &affiliates, ids)?;
        let templates = links
            .templates
            .iter()
            .enumerate()
            .map(|(n, text)| Template::parse(text).map_err(|e| e.at(format_args!("/links/templates/{n}"))))
            .collect::<Result<Vec<_>>>()?;
        check_parameter(&links.parameter)?;
        let hosts = hosts_of(&links.hosts)?;
        let digest: [u8; 32] = Sha256::digest(canonical.as_bytes()).into();
        let mut program = Self {
            name,
            vendor,
            ids,
            products,
            affiliates,
            coupons,
            parameter: links.parameter,
            version: hex(&digest),
            digest,
            canonical,
            templates,
            hosts,
            normal: Normal::parse(identity).map_err(|e| e.at("/identity"))?,
            policy,
            rules: Vec::new(),
            bonuses: Vec::new(),
            settlement: Settlement::parse(settlement).map_err(|e| e.at("/settlement"))?,
            zone: time_zone.map_or(Ok(Zone::UTC), |name| Zone::parse(&name).map_err(|e| e.at("/time_zone")))?,
        };
        program.settlement.second_level =
            second_level.map(|file| SecondLevel::parse(file).map_err(|e| e.at("/second_level"))).transpose()?;
        for (n, rule) in commission.into_iter().enumerate() {
            let rule = program.rule(rule, "commission", "rule", n)?;
            program.rules.push(rule);
        }
        for (n, rule) in bonuses.into_iter().enumerate() {
            let rule = program.rule(rule, "bonuses", "bonus", n)?;
            program.bonuses.push(rule);
        }
        Ok(program)
    }

    fn rule(&self, file: RuleFile, list: &str, what: &str, n: usize) -> Result<Rule> {
        let rule = Rule::parse(file, what, n, self).map_err(|e| e.at(format_args!("/{list}/{n}")))?;
        if self.rules.iter().chain(&self.bonuses).any(|earlier| earlier.name == rule.name) {
            return Err(conflict(&format!("/{list}/{n}/name"), &rule.name));
        }
        Ok(rule)
    }

    /// The parents of an affiliate, nearest first.
    pub(crate) fn parents<'a>(&'a self, affiliate: &'a Affiliate) -> impl Iterator<Item = &'a Affiliate> {
        std::iter::successors(Some(affiliate), |affiliate| self.affiliates.get(affiliate.parent?)).skip(1)
    }

    pub(crate) fn has_group(&self, group: &str) -> bool {
        self.affiliates.iter().any(|a| a.group.as_deref() == Some(group))
    }
}

impl Ids {
    fn compare(self, a: &str, b: &str) -> Ordering {
        match self {
            Self::Exact => a.cmp(b),
            Self::FoldCase => a.bytes().map(|b| b.to_ascii_lowercase()).cmp(b.bytes().map(|b| b.to_ascii_lowercase())),
        }
    }
}

fn products_of(files: Vec<file::ProductFile>, vendor: &Id, vendors: &[String], ids: Ids) -> Result<Vec<Product>> {
    for (n, id) in vendors.iter().enumerate() {
        id_at(&format!("/vendors/{n}"), id)?;
    }
    let mut products = Vec::with_capacity(files.len());
    for (n, file::ProductFile { id, name, partners }) in files.into_iter().enumerate() {
        let place = format!("/products/{n}");
        check_text(&format!("{place}/name"), &name)?;
        let mut read: Vec<Partner> = Vec::new();
        for (k, file::PartnerFile { id, percent, from, until }) in partners.into_iter().enumerate() {
            let place = format!("{place}/partners/{k}");
            let id = id_at(&format!("{place}/id"), &id)?;
            let rate = Rate::parse(&percent.0).map_err(|e| e.at(format_args!("{place}/percent")))?;
            if id == *vendor {
                return Err(Error::new(ErrorCode::ProgramConflict, format!("{place}/id: {} is the vendor", quote(id.as_str()))));
            }
            if !vendors.is_empty() && !vendors.iter().any(|known| ids.compare(known, id.as_str()) == Ordering::Equal) {
                let text = format!("{place}/id: {} is not among the vendors, and a partner is one", quote(id.as_str()));
                return Err(Error::new(ErrorCode::ProgramUnknown, text));
            }
            let time = |key: &str, text: Option<String>| {
                text.map(|t| Time::parse(&t).map_err(|e| e.at(format_args!("{place}/{key}")))).transpose()
            };
            let (from, until) = (time("from", from)?, time("until", until)?);
            if let (Some(from), Some(until)) = (from, until)
                && from >= until
            {
                return Err(Error::new(ErrorCode::ProgramInvalid, format!("{place}/until: nothing is from {from} and before {until}")));
            }
            match read.iter_mut().find(|p| ids.compare(p.id.as_str(), id.as_str()) == Ordering::Equal) {
                Some(known) => known.rates.push((from, until, rate)),
                None => read.push(Partner { id, rates: vec![(from, until, rate)] }),
            }
            // The sum only grows where a rate begins.
            let begins = read.iter().flat_map(|p| &p.rates).map(|(from, ..)| from.unwrap_or(Time::EARLIEST));
            let sum_at = |at: Time| read.iter().map(|p| p.micro_at(at)).sum::<i64>();
            if begins.clone().any(|at| sum_at(at) > Rate::FULL) {
                return Err(Error::new(ErrorCode::RateInvalid, format!("{place}/percent: the partners' rates sum above 100")));
            }
        }
        products.push((n, Product { id: id_at(&format!("{place}/id"), &id)?, partners: read }));
    }
    products.sort_by(|(_, a), (_, b)| ids.compare(a.id.as_str(), b.id.as_str()));
    unique("/products", products.iter().map(|(n, p)| (*n, p.id.as_str())), ids)?;
    Ok(products.into_iter().map(|(_, p)| p).collect())
}

type Affiliates = (Vec<Affiliate>, Vec<(String, String)>);

fn affiliates_of(files: Vec<file::AffiliateFile>, policy: &Policy, products: &[Product], ids: Ids) -> Result<Affiliates> {
    let mut affiliates = Vec::with_capacity(files.len());
    let mut parents: Vec<Option<String>> = Vec::with_capacity(files.len());
    let mut coupons: Vec<(String, String, String)> = Vec::new();
    for (n, file) in files.into_iter().enumerate() {
        let place = format!("/affiliates/{n}");
        let file::AffiliateFile { id, group, class, role, parent, coupons: codes, mut identities, partnership } = file;
        let id = id_at(&format!("{place}/id"), &id)?;
        for (key, text) in [("group", &group), ("class", &class)] {
            if let Some(text) = text {
                id_at(&format!("{place}/{key}"), text)?;
            }
        }
        for (k, code) in codes.iter().enumerate() {
            let place = format!("{place}/coupons/{k}");
            crate::order::check_name(&place, code)?;
            coupons.push((code.to_ascii_lowercase(), id.as_str().into(), place));
        }
        for (k, identity) in identities.iter().enumerate() {
            crate::order::check_name(&format!("{place}/identities/{k}"), identity)?;
        }
        identities.sort_unstable();
        let stand_down_ms = class.as_ref().and_then(|class| policy.stand_down_ms(class));
        let partnership = partnership_of(partnership, &place, products, ids)?;
        parents.push(parent);
        affiliates.push((n, Affiliate { id, group, identities, stand_down_ms, work: role, parent: None, class, place: n, partnership }));
    }
    affiliates.sort_by(|(_, a), (_, b)| ids.compare(a.id.as_str(), b.id.as_str()));
    unique("/affiliates", affiliates.iter().map(|(n, a)| (*n, a.id.as_str())), ids)?;
    link_parents(&mut affiliates, &parents, ids)?;
    coupons.sort();
    for pair in coupons.windows(2) {
        if let [(a, ..), (b, _, place)] = pair
            && a == b
        {
            return Err(conflict(place, b));
        }
    }
    Ok((affiliates.into_iter().map(|(_, a)| a).collect(), coupons.into_iter().map(|(code, owner, _)| (code, owner)).collect()))
}

/// Finds everyone's parent; a chain of parents that comes back to itself is an error.
fn link_parents(affiliates: &mut [(usize, Affiliate)], parents: &[Option<String>], ids: Ids) -> Result<()> {
    for n in 0..affiliates.len() {
        let Some((file, wanted)) = affiliates.get(n).and_then(|(file, _)| Some((*file, parents.get(*file)?.as_ref()?))) else { continue };
        let found = affiliates.binary_search_by(|(_, a)| ids.compare(a.id.as_str(), wanted)).map_err(|_| {
            Error::new(ErrorCode::ProgramUnknown, format!("/affiliates/{file}/parent: the program has no affiliate {}", quote(wanted)))
        })?;
        if let Some((_, affiliate)) = affiliates.get_mut(n) {
            affiliate.parent = Some(found);
        }
    }
    // One walk over all: what was seen in an earlier walk leads to no circle.
    let mut seen = vec![usize::MAX; affiliates.len()];
    for start in 0..affiliates.len() {
        let mut next = Some(start);
        while let Some(n) = next {
            match seen.get_mut(n) {
                Some(mark) if *mark == usize::MAX => *mark = start,
                Some(mark) if *mark == start => {
                    let file = affiliates.get(start).map_or(0, |(file, _)| *file);
                    let text = format!("/affiliates/{file}/parent: the chain of parents comes back to itself");
                    return Err(Error::new(ErrorCode::ProgramConflict, text));
                }
                Some(_) | None => break,
            }
            next = affiliates.get(n).and_then(|(_, affiliate)| affiliate.parent);
        }
    }
    Ok(())
}

/// A JV partner of a product is not its affiliate too.
fn check_partners(products: &[Product], affiliates: &[Affiliate], ids: Ids) -> Result<()> {
    for product in products {
        for partner in &product.partners {
            let same = |affiliate: &&Affiliate| ids.compare(affiliate.id.as_str(), partner.id.as_str()) == Ordering::Equal;
            let here = |of: &Option<String>| of.as_ref().is_none_or(|of| ids.compare(of, product.id.as_str()) == Ordering::Equal);
            if let Some(affiliate) = affiliates.iter().find(same)
                && affiliate.partnership.iter().any(|(_, state, of)| *state == State::Approved && here(of))
            {
                let text = format!(
                    "/affiliates/{}/partnership: {} is a partner of product {}, and not its affiliate too",
                    affiliate.place,
                    quote(affiliate.id.as_str()),
                    quote(product.id.as_str())
                );
                return Err(Error::new(ErrorCode::ProgramConflict, text));
            }
        }
    }
    Ok(())
}

fn partnership_of(
    files: Vec<file::PartnershipFile>,
    place: &str,
    products: &[Product],
    ids: Ids,
) -> Result<Vec<(Time, State, Option<String>)>> {
    let mut states: Vec<(Time, State, Option<String>)> = Vec::with_capacity(files.len());
    for (k, file::PartnershipFile { state, since, product }) in files.into_iter().enumerate() {
        let place = format!("{place}/partnership/{k}");
        let since = Time::parse(&since).map_err(|e| e.at(format_args!("{place}/since")))?;
        if let Some(product) = &product
            && !products.iter().any(|p| ids.compare(p.id.as_str(), product) == Ordering::Equal)
        {
            return Err(Error::new(ErrorCode::ProgramUnknown, format!("{place}/product: {} is no product of the program", quote(product))));
        }
        let same = |of: &Option<String>| match (of, &product) {
            (None, None) => true,
            (Some(a), Some(b)) => ids.compare(a, b) == Ordering::Equal,
            (Some(_), None) | (None, Some(_)) => false,
        };
        if states.iter().any(|(at, _, of)| *at == since && same(of)) {
            return Err(Error::new(ErrorCode::ProgramConflict, format!("{place}/since: two states begin at {since}")));
        }
        states.push((since, state, product));
    }
    states.sort_by_key(|(since, ..)| *since);
    Ok(states)
}

/// Checks neighbours of a sorted list.
fn unique<'a>(place: &str, sorted: impl Iterator<Item = (usize, &'a str)>, ids: Ids) -> Result<()> {
    let mut before: Option<(usize, &str)> = None;
    for (n, id) in sorted {
        if let Some((m, earlier)) = before
            && ids.compare(earlier, id) == Ordering::Equal
        {
            return Err(conflict(&format!("{place}/{}/id", n.max(m)), id));
        }
        before = Some((n, id));
    }
    Ok(())
}

fn conflict(place: &str, what: &str) -> Error {
    Error::new(ErrorCode::ProgramConflict, format!("{place}: {} occurs twice", quote(what)))
}

pub(crate) fn id_at(place: &str, text: &str) -> Result<Id> {
    Id::new(text).map_err(|e| e.at(place))
}

fn hosts_of(files: &BTreeMap<String, String>) -> Result<Vec<(Host, usize)>> {
    let mut hosts: Vec<(Host, usize)> = Vec::with_capacity(files.len());
    for (host, network) in files {
        let place = format!("/links/hosts/{}", host.escape_default());
        let name = Host::parse(host).map_err(|e| e.at(&place))?;
        if hosts.iter().any(|(known, _)| *known == name) {
            return Err(conflict(&place, host));
        }
        hosts.push((name, networks::number(network).map_err(|e| e.at(&place))?));
    }
    // A host itself comes before a `*` that holds it too.
    hosts.sort_by_key(|(host, _)| host.is_wide());
    Ok(hosts)
}

fn check_parameter(name: &str) -> Result<()> {
    let fits = (1..=ID_MAX).contains(&name.len()) && name.bytes().all(|b| b.is_ascii_alphanumeric() || b"-_.".contains(&b));
    if fits {
        Ok(())
    } else {
        Err(Error::new(ErrorCode::ProgramInvalid, format!("/links/parameter: {} is not 1 to {ID_MAX} of A-Z a-z 0-9 - _ .", quote(name))))
    }
}

fn read_file(value: toml::Value) -> Result<file::File> {
    serde_path_to_error::deserialize(value).map_err(|error| wrong(ErrorCode::ProgramInvalid, error.path(), error.inner().message()))
}

/// What is wrong with a place of a file; the whole file has none.
fn wrong(code: ErrorCode, path: &serde_path_to_error::Path, what: &str) -> Error {
    let place = pointer(path);
    let glue = if place.is_empty() { "" } else { ": " };
    Error::new(code, format!("{place}{glue}{}", one_line(what)))
}

/// TOML may write a time without quotes; JSON has only text. One shape behind both.
fn dates_to_text(value: &mut toml::Value) {
    match value {
        toml::Value::Datetime(date) => *value = toml::Value::String(date.to_string()),
        toml::Value::Array(items) => items.iter_mut().for_each(dates_to_text),
        toml::Value::Table(table) => table.iter_mut().for_each(|(_, item)| dates_to_text(item)),
        toml::Value::String(_) | toml::Value::Integer(_) | toml::Value::Float(_) | toml::Value::Boolean(_) => {}
    }
}

fn pointer(path: &serde_path_to_error::Path) -> String {
    use serde_path_to_error::Segment;
    path.iter().fold(String::new(), |place, segment| match segment {
        Segment::Seq { index } => format!("{place}/{index}"),
        Segment::Map { key } => format!("{place}/{}", key.escape_default()),
        Segment::Enum { variant } => format!("{place}/{variant}"),
        Segment::Unknown => place,
    })
}

fn place_in(text: &str, span: Option<std::ops::Range<usize>>, message: &str) -> String {
    let before = text.get(..span.map_or(0, |s| s.start)).unwrap_or_default();
    let line = before.matches('\n').count() + 1;
    format!("line {line}: {}", one_line(message))
}

fn one_line(text: &str) -> String {
    text.split_whitespace().collect::<Vec<_>>().join(" ")
}

pub(crate) fn hex(bytes: &[u8]) -> String {
    use std::fmt::Write;
    bytes.iter().fold(String::with_capacity(bytes.len() * 2), |mut text, byte| {
        let _ = write!(text, "{byte:02x}");
        text
    })
}

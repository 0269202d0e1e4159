#[cfg(feature = "columns")]
use super::pays::Main;
use super::pays::Pays;
#[cfg(feature = "columns")]
use super::plan::PlainSale;
use crate::order::is_country;
use crate::program::{Affiliate, Program, RuleFile, Texts, WhenFile, id_at};
use crate::{Credit, Customer, Error, ErrorCode, Event, Evidence, Line, Money, Order, Result, Text, Time};

/// One entry of a program's ordered list: the first whose conditions hold pays.
#[derive(Clone, Debug)]
pub(crate) struct Rule {
    pub(crate) name: Text,
    pub(crate) pays: Pays,
    when: When,
}

#[derive(Clone, Debug)]
struct When {
    /// Sales, if none is named.
    event: Vec<Event>,
    product: Vec<String>,
    affiliate: Vec<String>,
    group: Vec<String>,
    campaign: Vec<String>,
    evidence: Vec<Evidence>,
    coupon: Vec<String>,
    country: Vec<String>,
    customer: Option<Customer>,
    payment: (u32, u32),
    quantity: (u32, u32),
    gross_from: Option<Money>,
    gross_below: Option<Money>,
    from: Option<Time>,
    until: Option<Time>,
}

impl Rule {
    pub(crate) fn parse(file: RuleFile, what: &str, n: usize, program: &Program) -> Result<Self> {
        let RuleFile { name, when, pays } = file;
        let name = name.unwrap_or_else(|| format!("{what} {}", n + 1));
        crate::order::check_name("/name", &name)?;
        Ok(Self {
            name: name.into(),
            when: When::parse(when, program).map_err(|e| e.at("/when"))?,
            pays: Pays::parse(pays).map_err(|e| e.at("/pays"))?,
        })
    }

    /// Whether every condition holds for this line and this credit. Bounds are half-open, ranges of counts closed.
    pub(crate) fn holds(&self, program: &Program, order: &Order, line: &Line, credit: &Credit, affiliate: &Affiliate) -> bool {
        let When { campaign, coupon, country, customer, .. } = &self.when;
        self.suits(program, order.event, &line.product, affiliate, credit.evidence)
            && (campaign.is_empty() || credit.campaign.as_ref().is_some_and(|c| campaign.contains(c)))
            && (coupon.is_empty() || order.coupons.iter().any(|used| coupon.iter().any(|c| c.eq_ignore_ascii_case(used))))
            && (country.is_empty() || order.country.as_ref().is_some_and(|c| country.contains(c)))
            && customer.is_none_or(|wanted| order.customer == Some(wanted))
            && self.fits(line.gross, order.at, order.payment, line.quantity)
    }

    /// The conditions about what is sold, and by whom.
    fn suits(&self, program: &Program, sold: Event, bought: &str, by: &Affiliate, known: Evidence) -> bool {
        let When { event, product, affiliate, group, evidence, .. } = &self.when;
        let among = |list: &[String], text: &str| list.is_empty() || list.iter().any(|item| program.same(item, text));
        event.contains(&sold)
            && among(product, bought)
            && among(affiliate, by.id.as_str())
            && (group.is_empty() || by.group.as_ref().is_some_and(|g| group.contains(g)))
            && (evidence.is_empty() || evidence.contains(&known))
    }

    /// The conditions about how much, when, and how often.
    fn fits(&self, gross: Money, at: Time, payments: u32, pieces: u32) -> bool {
        let When { payment, quantity, gross_from, gross_below, from, until, .. } = &self.when;
        (payment.0..=payment.1).contains(&payments)
            && (quantity.0..=quantity.1).contains(&pieces)
            && gross_from.is_none_or(|from| from.currency() == gross.currency() && gross.minor() >= from.minor())
            && gross_below.is_none_or(|below| below.currency() == gross.currency() && gross.minor() < below.minor())
            && from.is_none_or(|from| at >= from)
            && until.is_none_or(|until| at < until)
    }
}

/// What holds for sales of which no more is known than a [`PlainSale`] has.
#[cfg(feature = "columns")]
impl Rule {
    /// Whether some plain sale of a product by an affiliate may be paid: by country, customer or coupon none is, and nobody picks a rate.
    pub(crate) fn may_pay_plain(&self, program: &Program, product: &str, affiliate: &Affiliate, evidence: Evidence) -> bool {
        let When { coupon, country, customer, .. } = &self.when;
        let asks_more = !coupon.is_empty() || !country.is_empty() || customer.is_some() || matches!(self.pays.main, Main::Choice(_));
        !asks_more && self.suits(program, Event::Sale, product, affiliate, evidence)
    }

    pub(crate) fn admits(&self, sale: &PlainSale) -> bool {
        self.fits(sale.gross, sale.at, sale.payment, sale.quantity)
    }

    pub(crate) fn asks_campaign(&self) -> bool {
        !self.when.campaign.is_empty()
    }

    pub(crate) fn asks_evidence(&self) -> bool {
        !self.when.evidence.is_empty()
    }
}

impl Rule {
    /// Why no line, order and credit can fulfil the conditions, if none can.
    pub(crate) fn contradiction(&self, program: &Program) -> Option<&'static str> {
        let When { affiliate, group, .. } = &self.when;
        let in_group = |id: &String| program.affiliate(id).is_some_and(|a| a.group.as_ref().is_some_and(|g| group.contains(g)));
        if !group.is_empty() && !affiliate.is_empty() && !affiliate.iter().any(in_group) {
            return Some("none of its affiliates is in its groups");
        }
        None
    }

    /// Whether these conditions hold wherever those of a later rule do.
    pub(crate) fn covers(&self, program: &Program, later: &Self) -> bool {
        let When {
            event,
            product,
            affiliate,
            group,
            campaign,
            evidence,
            coupon,
            country,
            customer,
            payment,
            quantity,
            gross_from,
            gross_below,
            from,
            until,
        } = &self.when;
        let other = &later.when;
        let within = |wide: &[String], narrow: &[String], same: &dyn Fn(&str, &str) -> bool| {
            wide.is_empty() || (!narrow.is_empty() && narrow.iter().all(|item| wide.iter().any(|known| same(known, item))))
        };
        let (by_program, exact) = (|a: &str, b: &str| program.same(a, b), |a: &str, b: &str| a == b);
        let from_wide = |wide: &Option<Money>, narrow: &Option<Money>, reaches: &dyn Fn(i64, i64) -> bool| match (wide, narrow) {
            (None, _) => true,
            (Some(wide), Some(narrow)) => wide.currency() == narrow.currency() && reaches(wide.minor(), narrow.minor()),
            (Some(_), None) => false,
        };
        other.event.iter().all(|kind| event.contains(kind))
            && within(product, &other.product, &by_program)
            && within(affiliate, &other.affiliate, &by_program)
            && within(group, &other.group, &exact)
            && within(campaign, &other.campaign, &exact)
            && (evidence.is_empty() || (!other.evidence.is_empty() && other.evidence.iter().all(|kind| evidence.contains(kind))))
            && within(coupon, &other.coupon, &|a: &str, b: &str| a.eq_ignore_ascii_case(b))
            && within(country, &other.country, &exact)
            && (customer.is_none() || *customer == other.customer)
            && payment.0 <= other.payment.0
            && payment.1 >= other.payment.1
            && quantity.0 <= other.quantity.0
            && quantity.1 >= other.quantity.1
            && from_wide(gross_from, &other.gross_from, &|wide, narrow| wide <= narrow)
            && from_wide(gross_below, &other.gross_below, &|wide, narrow| wide >= narrow)
            && from.is_none_or(|wide| other.from.is_some_and(|narrow| wide <= narrow))
            && until.is_none_or(|wide| other.until.is_some_and(|narrow| wide >= narrow))
    }
}

impl When {
    fn parse(file: WhenFile, program: &Program) -> Result<Self> {
        let WhenFile {
            event,
            product,
            affiliate,
            group,
            campaign,
            evidence,
            coupon,
            country,
            customer,
            payment_from,
            payment_to,
            quantity_from,
            quantity_to,
            gross_from,
            gross_below,
            from,
            until,
        } = file;
        known("product", &product, |id| program.product(id).is_some())?;
        known("affiliate", &affiliate, |id| program.affiliate(id).is_some())?;
        known("group", &group, |id| program.has_group(id))?;
        for text in &country.0 {
            if !is_country(text) {
                return Err(Error::new(
                    ErrorCode::WordUnknown,
                    format!("/country: {} is not two capital letters", crate::error::quote(text)),
                ));
            }
        }
        let money = |place: &str, text: Option<String>| text.map(|t| Money::parse_with_currency(&t).map_err(|e| e.at(place))).transpose();
        let time = |place: &str, text: Option<String>| text.map(|t| Time::parse(&t).map_err(|e| e.at(place))).transpose();
        let when = Self {
            event: if event.is_empty() { vec![Event::Sale] } else { event },
            product: product.0,
            affiliate: affiliate.0,
            group: group.0,
            campaign: campaign.0,
            evidence,
            coupon: coupon.0,
            country: country.0,
            customer,
            payment: range("payment", payment_from, payment_to)?,
            quantity: range("quantity", quantity_from, quantity_to)?,
            gross_from: money("/gross_from", gross_from)?,
            gross_below: money("/gross_below", gross_below)?,
            from: time("/from", from)?,
            until: time("/until", until)?,
        };
        if let (Some(from), Some(below)) = (when.gross_from, when.gross_below)
            && (from.currency() != below.currency() || from.minor() >= below.minor())
        {
            return Err(Error::new(ErrorCode::ProgramInvalid, format!("/gross_below: nothing is from {from} and below {below}")));
        }
        if let (Some(from), Some(until)) = (when.from, when.until)
            && from >= until
        {
            return Err(Error::new(ErrorCode::ProgramInvalid, format!("/until: nothing is from {from} and before {until}")));
        }
        Ok(when)
    }
}

fn range(name: &str, from: Option<u32>, to: Option<u32>) -> Result<(u32, u32)> {
    let range = (from.unwrap_or(1), to.unwrap_or(u32::MAX));
    if range.0 == 0 || range.0 > range.1 {
        return Err(Error::new(
            ErrorCode::ProgramInvalid,
            format!("/{name}_from: {} to {} is no range that starts at 1 or more", range.0, range.1),
        ));
    }
    Ok(range)
}

fn known(key: &str, list: &Texts, exists: impl Fn(&str) -> bool) -> Result<()> {
    for text in &list.0 {
        id_at(&format!("/{key}"), text)?;
        if !exists(text) {
            return Err(Error::new(ErrorCode::ProgramUnknown, format!("/{key}: the program has no {key} `{text}`")));
        }
    }
    Ok(())
}

//! What affiliates brought: the leaderboard and one affiliate's profile.

use crate::ledger::{Account, LedgerKind};
use crate::money::Rate;
use crate::time::Zone;
use crate::{Currency, Error, ErrorCode, Event, Ledger, LedgerEntry, Money, Program, Result, Role, Rounding, Time, allocate};
use serde::{Deserialize, Serialize};
use std::collections::{BTreeMap, BTreeSet};

mod profile;
pub use profile::{LinkUse, Membership, Profile};

/// Something that an affiliate's visitor did and that is not on the ledger: a click, a registration, a view.
///
/// # Example
/// ```
/// use sentby::{Activity, Event, Time};
/// let at = Time::parse("2026-03-01T09:00:00Z")?;
/// let click = Activity { visitor: Some("v-17".into()), ..Activity::new(Event::Click, "anna", at) };
/// assert_eq!(click.kind, Event::Click);
/// # Ok::<(), sentby::Error>(())
/// ```
#[derive(Clone, Debug, PartialEq, Eq, Hash, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct Activity {
    /// A click, a lead (a registration, a booking) or an impression. Sales are on the ledger.
    pub kind: Event,
    /// The affiliate's id as it was found.
    pub affiliate: String,
    /// When it happened.
    pub at: Time,
    /// Who it was, as the host tells visitors apart; without it, a visitor is not counted.
    #[serde(default)]
    pub visitor: Option<String>,
    /// The link that was used.
    #[serde(default)]
    pub link: Option<String>,
}

impl Activity {
    /// An activity of a visitor whom nobody knows, by no certain link.
    pub fn new(kind: Event, affiliate: impl Into<String>, at: Time) -> Self {
        Self { kind, affiliate: affiliate.into(), at, visitor: None, link: None }
    }
}

/// From which day to which day a report goes.
///
/// # Example
/// ```
/// # let program = sentby::Program::from_toml(include_str!("../vectors/programs/story.toml"))?;
/// use sentby::{Ledger, ReportPeriod, Time};
/// let march = ReportPeriod { first: Some("2026-03-01".into()), last: Some("2026-03-31".into()), time_zone: Some("Europe/Berlin".into()) };
/// let board = program.leaderboard(&Ledger::new(), &[], &march)?;
/// assert_eq!(board.start, Some(Time::parse("2026-02-28T23:00:00Z")?));
/// assert_eq!(board.end, Some(Time::parse("2026-03-31T22:00:00Z")?));
/// # Ok::<(), sentby::Error>(())
/// ```
#[derive(Clone, Debug, Default, PartialEq, Eq, Hash, Serialize, Deserialize)]
#[serde(deny_unknown_fields, default)]
pub struct ReportPeriod {
    /// The first day, as in 2026-03-01; from the beginning without one.
    pub first: Option<String>,
    /// The last day, which is in the report; without one, there is no end.
    pub last: Option<String>,
    /// Whose days: a name of the IANA database, or else the program's time zone.
    pub time_zone: Option<String>,
}

/// What affiliates brought in a stretch of time.
///
/// # Example
/// See [`Program::leaderboard`].
#[derive(Clone, Debug, PartialEq, Eq, Hash, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct Leaderboard {
    /// The first moment; none from the beginning.
    #[serde(default)]
    pub start: Option<Time>,
    /// The first moment after it; none without an end.
    #[serde(default)]
    pub end: Option<Time>,
    /// The affiliates, most sales first, then most leads, most clicks, and by id. An affiliate is here from the first lead or sale on
    /// that was ever theirs.
    pub rows: Vec<Standing>,
    /// Everything, whether an affiliate brought it or nobody: its amounts are those of the ledger.
    pub total: Standing,
}

/// What one affiliate brought, or all.
///
/// # Example
/// See [`Program::leaderboard`].
#[derive(Clone, Debug, PartialEq, Eq, Hash, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct Standing {
    /// The affiliate; none in the total.
    #[serde(default)]
    pub affiliate: Option<String>,
    /// How many clicks.
    pub clicks: u64,
    /// How many visitors clicked, each once.
    pub visitors: u64,
    /// How many leads: registrations and bookings.
    pub leads: u64,
    /// How many orders were paid for the first time. One that several affiliates share counts for each.
    pub sales: u64,
    /// Sales for each click; none without clicks, or with more sales than clicks.
    #[serde(default)]
    pub conversion: Option<Rate>,
    /// The amounts, by currency.
    pub turnover: Vec<Turnover>,
}

/// What came of it in one currency.
///
/// # Example
/// See [`Program::leaderboard`].
#[derive(Clone, Debug, PartialEq, Eq, Hash, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct Turnover {
    /// What buyers paid. A line that several affiliates share is split by their commissions.
    pub revenue: Money,
    /// What they got back, split alike.
    pub refunds: Money,
    /// What affiliates earned, second level and refunds included.
    pub commission: Money,
    /// The commission for each click, rounded; none without clicks.
    #[serde(default)]
    pub per_click: Option<Money>,
}

#[derive(Clone, Debug, Default)]
struct Tally<'a> {
    clicks: u64,
    visitors: BTreeSet<&'a str>,
    leads: u64,
    sales: u64,
    /// Revenue, refunds, commission.
    money: BTreeMap<Currency, [i64; 3]>,
}

impl Program {
    /// What every affiliate brought from one day to another: clicks, visitors and leads from the host's activities, the rest from the ledger.
    ///
    /// # Errors
    /// `time_invalid` for what is no day, or a last day before the first; `time_zone_unknown`; `event_invalid` for an activity that is a sale.
    ///
    /// # Example
    /// ```
    /// # let program = sentby::Program::from_toml(include_str!("../vectors/programs/story.toml"))?;
    /// # use sentby::{Activity, Event, Evidence, Ledger, LedgerEvent, Line, Money, Order, ReportPeriod, Time, Touch};
    /// # let line = Line::new("1", "521411d4", Money::parse("1190.00", "EUR")?, Money::parse("190.00", "EUR")?);
    /// # let order = Order::new("A-1001", Time::parse("2026-03-03T18:00:00Z")?, vec![line]);
    /// # let touches = [Touch::new("anna", Time::parse("2026-03-01T09:00:00Z")?, Evidence::Parameter)];
    /// # let commission = program.commission(&order, &program.attribute(&order, &touches)?)?;
    /// let mut ledger = Ledger::new();
    /// ledger.apply(&LedgerEvent::payment("ipn-1", order.at, commission))?;
    /// let clicks = vec![Activity::new(Event::Click, "anna", Time::parse("2026-03-01T09:00:00Z")?); 40];
    ///
    /// let board = program.leaderboard(&ledger, &clicks, &ReportPeriod::default())?;
    /// let anna = &board.rows[0];
    /// assert_eq!((anna.clicks, anna.sales, anna.conversion.unwrap().to_string().as_str()), (40, 1, "2.5"));
    /// assert_eq!(anna.turnover[0].per_click.unwrap().to_string(), "11.76 EUR");
    /// assert_eq!(board.total.turnover[0].commission.to_string(), "470.34 EUR");
    /// # Ok::<(), sentby::Error>(())
    /// ```
    pub fn leaderboard(&self, ledger: &Ledger, activities: &[Activity], period: &ReportPeriod) -> Result<Leaderboard> {
        let (start, end) = self.days(period)?;
        self.board(ledger, activities, start, end)
    }

    fn board(&self, ledger: &Ledger, activities: &[Activity], start: Time, end: Time) -> Result<Leaderboard> {
        let mut tallies: BTreeMap<Option<&str>, Tally<'_>> = BTreeMap::new();
        let mut booked: BTreeSet<&str> = BTreeSet::new();
        tallies.insert(None, Tally::default());
        for (n, activity) in activities.iter().enumerate() {
            if activity.kind == Event::Sale {
                return Err(Error::new(ErrorCode::EventInvalid, format!("/activities/{n}/kind: sales are on the ledger")));
            }
            if activity.at >= end {
                continue;
            }
            let affiliate = self.affiliate(&activity.affiliate).map(|known| known.id.as_str());
            booked.extend(affiliate.filter(|_| activity.kind == Event::Lead));
            if activity.at >= start {
                for who in [Some(None), affiliate.map(Some)].into_iter().flatten() {
                    tallies.entry(who).or_default().see(activity);
                }
            }
        }
        let accounts: Vec<Account> = ledger.accounts(end);
        for account in &accounts {
            self.tally(account, start, &mut tallies, &mut booked);
        }
        let total = tallies.remove(&None).unwrap_or_default().standing(None);
        let mut rows: Vec<Standing> = Vec::with_capacity(booked.len());
        for who in booked {
            rows.push(tallies.remove(&Some(who)).unwrap_or_default().standing(Some(who)));
        }
        rows.sort_by(|a, b| (b.sales, b.leads, b.clicks).cmp(&(a.sales, a.leads, a.clicks)).then_with(|| a.affiliate.cmp(&b.affiliate)));
        let (start, end) = ((start > Time::EARLIEST).then_some(start), (end < Time::LATEST).then_some(end));
        Ok(Leaderboard { start, end, rows, total })
    }

    /// Adds one payment and what was taken back of it.
    fn tally<'a>(
        &self,
        account: &'a Account,
        start: Time,
        tallies: &mut BTreeMap<Option<&'a str>, Tally<'a>>,
        booked: &mut BTreeSet<&'a str>,
    ) {
        let Account { kind, payment, entries, .. } = account;
        // Who brought each line, by what they earned of it.
        let mut shares: BTreeMap<&str, BTreeMap<&str, u64>> = BTreeMap::new();
        for entry in entries.iter().filter(|e| e.kind == LedgerKind::Payment && e.role == Some(Role::Affiliate) && e.amount.minor() > 0) {
            if let (Some(line), Some(who)) = (entry.line.as_deref(), entry.recipient.as_deref()) {
                *shares.entry(line).or_default().entry(who).or_default() += entry.amount.minor().unsigned_abs();
            }
        }
        let brought: BTreeSet<&str> = shares.values().flat_map(|line| line.keys().copied()).collect();
        if matches!(kind, Event::Sale | Event::Lead) {
            booked.extend(&brought);
        }
        let is_new = |e: &LedgerEntry| e.kind == LedgerKind::Payment && e.at >= start;
        if *kind == Event::Sale && *payment == 1 && entries.first().is_some_and(is_new) {
            for who in std::iter::once(None).chain(brought.iter().copied().map(Some)) {
                tallies.entry(who).or_default().sales += 1;
            }
        }
        // The gross of every line in every event; a gross that goes from one recipient to another is zero.
        let mut moved: BTreeMap<(&str, bool, &str, Currency), i64> = BTreeMap::new();
        for entry in entries.iter().filter(|entry| entry.at >= start) {
            let (minor, currency) = (entry.amount.minor(), entry.amount.currency());
            if matches!(entry.role, Some(Role::Affiliate | Role::SecondLevel)) {
                for who in [None, entry.recipient.as_deref()] {
                    tallies.entry(who).or_default().add(currency, 2, minor);
                }
            }
            let line = entry.line.as_deref().unwrap_or_default();
            *moved.entry((&entry.event, entry.kind == LedgerKind::Payment, line, currency)).or_default() += minor;
        }
        for ((_, is_payment, line, currency), minor) in moved {
            let (place, minor) = if is_payment { (0, minor) } else { (1, -minor) };
            tallies.entry(None).or_default().add(currency, place, minor);
            let Some(share) = shares.get(line) else { continue };
            let weights: Vec<u64> = share.values().copied().collect();
            for (who, part) in share.keys().zip(allocate(minor.unsigned_abs(), &weights)) {
                // INVARIANT: a part of an amount below 2^53.
                tallies.entry(Some(who)).or_default().add(currency, place, if minor < 0 { -(part as i64) } else { part as i64 });
            }
        }
    }

    /// The first moment of a period and the first after it.
    pub(crate) fn days(&self, period: &ReportPeriod) -> Result<(Time, Time)> {
        let ReportPeriod { first, last, time_zone } = period;
        let own = time_zone.as_deref().map(|name| Zone::parse(name).map_err(|e| e.at("/time_zone"))).transpose()?;
        let zone = own.as_ref().unwrap_or(&self.zone);
        let begin = |place: &str, text: &Option<String>, after: bool| {
            let Some(text) = text else { return Ok(None) };
            let begin = zone.day(text).map(|(first, next)| if after { next } else { first });
            begin.map(Some).map_err(|e| e.at(place))
        };
        let start = begin("/first", first, false)?.unwrap_or(Time::EARLIEST);
        let end = begin("/last", last, true)?.unwrap_or(Time::LATEST);
        if start >= end {
            return Err(Error::new(ErrorCode::TimeInvalid, "/last: the last day is before the first"));
        }
        Ok((start, end))
    }
}

impl<'a> Tally<'a> {
    fn see(&mut self, activity: &'a Activity) {
        match activity.kind {
            Event::Click => {
                self.clicks += 1;
                self.visitors.extend(activity.visitor.as_deref());
            }
            Event::Lead => self.leads += 1,
            Event::Sale | Event::Impression => {}
        }
    }

    fn add(&mut self, currency: Currency, place: usize, minor: i64) {
        if let Some(sum) = self.money.entry(currency).or_default().get_mut(place) {
            *sum = sum.saturating_add(minor);
        }
    }

    fn standing(self, affiliate: Option<&str>) -> Standing {
        let Self { clicks, visitors, leads, sales, money } = self;
        let each = |minor: i64| {
            // INVARIANT: the quotient is at most the amount, which is below 2^53.
            let part = Rounding::HalfAway.divide(u128::from(minor.unsigned_abs()), u128::from(clicks)) as i64;
            if minor < 0 { -part } else { part }
        };
        let turnover = |(currency, [revenue, refunds, commission]): (Currency, [i64; 3])| {
            let of = |minor: i64| crate::ledger::money(minor, currency);
            let per_click = (clicks > 0).then(|| of(each(commission)));
            Turnover { revenue: of(revenue), refunds: of(refunds), commission: of(commission), per_click }
        };
        let full = Rate::FULL.unsigned_abs();
        let conversion = (clicks > 0 && sales <= clicks)
            .then(|| Rate::of_micro(Rounding::HalfAway.divide(u128::from(sales) * u128::from(full), u128::from(clicks)) as i64));
        Standing {
            affiliate: affiliate.map(str::to_owned),
            clicks,
            visitors: visitors.len() as u64,
            leads,
            sales,
            conversion,
            turnover: money.into_iter().map(turnover).collect(),
        }
    }
}

use super::{Activity, Standing, Tally};
use crate::{Balance, Event, Ledger, OrderStatus, PartnershipState, Program, Result, Time};
use serde::{Deserialize, Serialize};
use std::collections::BTreeMap;

/// All that is known of one affiliate.
///
/// # Example
/// See [`Program::profile`].
#[derive(Clone, Debug, PartialEq, Eq, Hash, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct Profile {
    /// The affiliate's id as the program spells it.
    pub affiliate: String,
    /// Every state of the partnership, in order of time.
    pub partnership: Vec<Membership>,
    /// What they brought up to then.
    pub standing: Standing,
    /// The links that were used, most clicks first, then by text.
    pub links: Vec<LinkUse>,
    /// The payments that have a part for them, with that part alone.
    pub orders: Vec<OrderStatus>,
    /// What they have, by currency.
    pub balances: Vec<Balance>,
}

/// A state of a partnership and since when it holds.
///
/// # Example
/// See [`Program::profile`].
#[derive(Clone, Debug, PartialEq, Eq, Hash, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct Membership {
    /// The state.
    pub state: PartnershipState,
    /// Since when.
    pub since: Time,
    /// For this product alone.
    #[serde(default)]
    pub product: Option<String>,
}

/// How a link was used.
///
/// # Example
/// See [`Program::profile`].
#[derive(Clone, Debug, PartialEq, Eq, Hash, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct LinkUse {
    /// The link.
    pub link: String,
    /// How many clicks.
    pub clicks: u64,
    /// How many visitors clicked, each once.
    pub visitors: u64,
    /// How many leads.
    pub leads: u64,
    /// When it was used last.
    pub last: Time,
}

impl Program {
    /// One affiliate's partnership, links, orders and balances at a time. `None` if the program has no such affiliate.
    ///
    /// # Errors
    /// `event_invalid` for an activity that is a sale.
    ///
    /// # Example
    /// ```
    /// # let program = sentby::Program::from_toml(include_str!("../../vectors/programs/story.toml"))?;
    /// # use sentby::{Activity, Event, Evidence, Ledger, LedgerEvent, Line, Money, Order, OrderState, Time, Touch};
    /// # let line = Line::new("1", "521411d4", Money::parse("1190.00", "EUR")?, Money::parse("190.00", "EUR")?);
    /// # let order = Order::new("A-1001", Time::parse("2026-03-03T18:00:00Z")?, vec![line]);
    /// # let touches = [Touch::new("anna", Time::parse("2026-03-01T09:00:00Z")?, Evidence::Parameter)];
    /// # let commission = program.commission(&order, &program.attribute(&order, &touches)?)?;
    /// let mut ledger = Ledger::new();
    /// ledger.apply(&LedgerEvent::order("cart-1", order.at, commission))?;
    /// let link = Some("https://www.copecart.com/products/521411d4/p/anna/".to_owned());
    /// let click = Activity { link, ..Activity::new(Event::Click, "anna", Time::parse("2026-03-01T09:00:00Z")?) };
    ///
    /// let anna = program.profile(&ledger, &[click], "anna", order.at)?.unwrap();
    /// assert_eq!((anna.links[0].clicks, anna.orders[0].state), (1, OrderState::Pending));
    /// assert!(program.profile(&ledger, &[], "nobody", order.at)?.is_none());
    /// # Ok::<(), sentby::Error>(())
    /// ```
    pub fn profile(&self, ledger: &Ledger, activities: &[Activity], affiliate: &str, at: Time) -> Result<Option<Profile>> {
        let Some(known) = self.affiliate(affiliate) else { return Ok(None) };
        let affiliate = known.id.as_str();
        let mine = |activity: &&Activity| activity.at <= at && self.same(&activity.affiliate, affiliate);
        let own: Vec<Activity> = activities.iter().filter(mine).cloned().collect();
        let mut links: BTreeMap<&str, (Tally<'_>, Time)> = BTreeMap::new();
        for activity in &own {
            if let (Some(link), Event::Click | Event::Lead) = (activity.link.as_deref(), activity.kind) {
                let (tally, last) = links.entry(link).or_insert_with(|| (Tally::default(), activity.at));
                tally.see(activity);
                *last = activity.at.max(*last);
            }
        }
        let link = |(link, (tally, last)): (&str, (Tally<'_>, Time))| {
            let Standing { clicks, visitors, leads, .. } = tally.standing(None);
            LinkUse { link: link.into(), clicks, visitors, leads, last }
        };
        let mut links: Vec<LinkUse> = links.into_iter().map(link).collect();
        links.sort_by(|a, b| b.clicks.cmp(&a.clicks).then_with(|| a.link.cmp(&b.link)));
        let board = self.board(ledger, &own, Time::EARLIEST, at.next())?;
        let standing = board.rows.into_iter().find(|row| row.affiliate.as_deref() == Some(affiliate));
        let membership = |(state, since, product): (PartnershipState, Time, Option<String>)| Membership { state, since, product };
        Ok(Some(Profile {
            affiliate: affiliate.into(),
            partnership: known.states().map(membership).collect(),
            standing: standing.unwrap_or_else(|| {
                let mut tally = Tally::default();
                own.iter().for_each(|activity| tally.see(activity));
                tally.standing(Some(affiliate))
            }),
            links,
            orders: ledger.orders_of(self, affiliate, at),
            balances: ledger.balance(self, affiliate, at),
        }))
    }
}

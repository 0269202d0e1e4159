//! The vendor's desk: affiliates, the leaderboard, orders, the ledger, payouts, statements, and "why not?".

use crate::app::{App, Failure, Page, Shared};
use crate::store::Attendee;
use axum::Router;
use axum::extract::{Form, Path, Query, State};
use axum::http::header;
use axum::response::{IntoResponse, Redirect, Response};
use axum::routing::{get, post};
use minijinja::{Value, context};
use sentby::{
    Balance, CommissionState, ExportFormat, LedgerEntry, LedgerEvent, LedgerKind, Moderation, ModerationAction, Money, OrderState,
    OrderStatus, PartnershipState, Program, Question, Referral, ReportPeriod, Standing, Statement, Time, export_entries,
};
use serde::Deserialize;
use std::collections::BTreeMap;

/// The entries that one page of the ledger shows.
const ENTRIES_SHOWN: usize = 200;

pub(crate) fn routes() -> Router<Shared> {
    Router::new()
        .route("/", get(desk))
        .route("/desk/affiliates", get(affiliates))
        .route("/desk/affiliates/{id}", get(affiliate))
        .route("/desk/moderate", post(moderate))
        .route("/desk/leaderboard", get(leaderboard))
        .route("/desk/ledger", get(ledger))
        .route("/desk/payouts", get(payouts).post(pay))
        .route("/desk/payouts/end", post(end_payout))
        .route("/desk/account", post(account))
        .route("/desk/adjust", post(adjust))
        .route("/desk/statement/{who}", get(statement))
        .route("/desk/export/{file}", get(export))
        .route("/desk/why-not", get(why_not))
}

/// An amount for people.
fn shown(money: Money) -> String {
    money.to_string().replace(" EUR", " €")
}

fn day(at: Time) -> String {
    at.to_string().chars().take(10).collect()
}

fn minute(at: Time) -> String {
    at.to_string().replace('T', " ").chars().take(16).collect()
}

/// The event's id, once: the ledger takes an id only one time.
fn fresh(app: &App, what: &str) -> Result<String, Failure> {
    Ok(format!("{what}-{}", app.store().events()?.len() + 1))
}

/// Orders with their status, and attendees.
async fn desk(State(app): State<Shared>) -> Page {
    let (program, now) = (app.program(), app.now()?);
    let store = app.store();
    let statuses = store.ledger().orders(&program, now);
    let mut orders: Vec<Value> = Vec::new();
    for sale in store.sales()? {
        let gross: i64 = sale.order.lines.iter().map(|line| line.gross.minor()).sum();
        let winners: Vec<String> = sale.decision.credits.iter().map(|c| c.affiliate.clone()).collect();
        let status = statuses.iter().find(|status| status.order == sale.order.id);
        let parts: Vec<Value> = status.iter().flat_map(|status| &status.shares).map(part).collect();
        orders.push(context! {
            id => sale.order.id, buyer => sale.buyer, at => minute(sale.order.at), winners, gross => crate::app::euro(gross),
            state => status.map_or("not on the ledger", |status| status.state.as_str()), tag => status.map_or("warn", |status| tag(status.state)), parts,
        });
    }
    let attendees: Vec<Value> = store
        .attendees()?
        .into_iter()
        .map(|Attendee { key, name, email, registered_at: _, carrier }| context! { key, name, email, carrier })
        .collect();
    drop(store);
    app.page("desk.html", context! { attendees, orders, version => program.version() })
}

fn part(share: &sentby::Share) -> Value {
    let tag = match share.state {
        CommissionState::Pending => "warn",
        CommissionState::Approved | CommissionState::Paid => "yes",
        CommissionState::Reversed => "",
    };
    context! { who => share.recipient.clone(), role => share.role.as_str(), amount => shown(share.amount), state => share.state.as_str(), tag }
}

fn tag(state: OrderState) -> &'static str {
    match state {
        OrderState::Pending => "warn",
        OrderState::Completed | OrderState::Paid => "yes",
        OrderState::Abandoned | OrderState::Refunded => "",
    }
}

/// The steps that a state allows, with the words on the buttons.
fn steps(state: PartnershipState) -> &'static [(&'static str, &'static str)] {
    match state {
        PartnershipState::Invited | PartnershipState::Requested => &[("approve", "Approve"), ("deny", "Deny")],
        PartnershipState::Approved => &[("suspend", "Suspend"), ("end", "End")],
        PartnershipState::Suspended => &[("approve", "Take back"), ("end", "End")],
        PartnershipState::Denied | PartnershipState::Ended => &[("invite", "Invite"), ("approve", "Approve")],
    }
}

/// Everybody whom the program knows, with their link and what they brought.
async fn affiliates(State(app): State<Shared>) -> Page {
    let (program, now) = (app.program(), app.now()?);
    let store = app.store();
    let activities = store.activities()?;
    let mut rows: Vec<Value> = Vec::new();
    for id in ids(&program)? {
        let Some(profile) = program.profile(store.ledger(), &activities, &id, now)? else { continue };
        let last = profile.partnership.iter().rev().find(|m| m.product.is_none());
        let Standing { clicks, leads, sales, turnover, .. } = profile.standing;
        rows.push(context! {
            id, state => last.map(|m| m.state.as_str()), since => last.map(|m| day(m.since)), approved => last.is_some_and(|m| m.state == PartnershipState::Approved),
            steps => last.map_or(&[][..], |m| steps(m.state)).iter().map(|(action, label)| context! { action => *action, label => *label }).collect::<Vec<_>>(),
            clicks, leads, sales, commission => turnover.iter().map(|t| shown(t.commission)).collect::<Vec<_>>().join(", "),
        });
    }
    drop(store);
    app.page("affiliates.html", context! { rows })
}

/// The ids of all affiliates, from the program's own text.
fn ids(program: &Program) -> Result<Vec<String>, Failure> {
    let file: serde_json::Value = serde_json::from_str(program.to_json()).map_err(|e| Failure::Host(e.to_string()))?;
    let affiliates = file["affiliates"].as_array().cloned().unwrap_or_default();
    Ok(affiliates.iter().filter_map(|affiliate| affiliate["id"].as_str().map(str::to_owned)).collect())
}

async fn affiliate(State(app): State<Shared>, Path(id): Path<String>) -> Page {
    let (program, now) = (app.program(), app.now()?);
    let store = app.store();
    let profile = program.profile(store.ledger(), &store.activities()?, &id, now)?.ok_or(Failure::NotFound("affiliate"))?;
    drop(store);
    let referral = Referral { campaign: Some("sales-masterclass".into()), ..Referral::affiliate(&profile.affiliate) };
    let states: Vec<Value> = profile
        .partnership
        .iter()
        .map(|m| context! { state => m.state.as_str(), since => minute(m.since), product => m.product.clone() })
        .collect();
    let links: Vec<Value> = profile
        .links
        .iter()
        .map(|l| context! { url => l.link.clone(), clicks => l.clicks, visitors => l.visitors, leads => l.leads, last => minute(l.last) })
        .collect();
    let order = |o: &OrderStatus| context! { id => o.order.clone(), payment => o.payment, at => minute(o.at), state => o.state.as_str(), tag => tag(o.state), parts => o.shares.iter().map(part).collect::<Vec<_>>() };
    let orders: Vec<Value> = profile.orders.iter().map(order).collect();
    app.page(
        "affiliate.html",
        context! {
            id => profile.affiliate, link => program.link(&referral).ok(), states, links, orders,
            balances => profile.balances.iter().map(balance).collect::<Vec<_>>(), standing => standing(&profile.standing), month => now.to_string().chars().take(7).collect::<String>(),
        },
    )
}

fn balance(balance: &Balance) -> Value {
    context! {
        earned => shown(balance.earned), adjusted => shown(balance.adjusted), pending => shown(balance.pending), available => shown(balance.available),
        paid_out => shown(balance.paid_out),
    }
}

fn standing(row: &Standing) -> Value {
    let turnover: Vec<Value> = row
        .turnover
        .iter()
        .map(|t| context! { revenue => shown(t.revenue), refunds => shown(t.refunds), commission => shown(t.commission), per_click => t.per_click.map(shown) })
        .collect();
    // Two digits are enough here.
    let conversion = row.conversion.map(|rate| match rate.to_string().split_once('.') {
        Some((whole, decimals)) => format!("{whole}.{} %", decimals.chars().take(2).collect::<String>()),
        None => format!("{rate} %"),
    });
    context! { affiliate => row.affiliate.clone(), clicks => row.clicks, visitors => row.visitors, leads => row.leads, sales => row.sales, conversion, turnover }
}

#[derive(Deserialize)]
struct Step {
    affiliate: String,
    action: String,
}

async fn moderate(State(app): State<Shared>, Form(step): Form<Step>) -> Page {
    let action: ModerationAction = step.action.parse().map_err(|e: sentby::Error| e.at("/action"))?;
    app.moderate(&Moderation::new(step.affiliate.trim(), action, app.now()?))?;
    Ok(Redirect::to("/desk/affiliates").into_response())
}

#[derive(Deserialize)]
struct Board {
    #[serde(default)]
    first: String,
    #[serde(default)]
    last: String,
    #[serde(default)]
    zone: String,
    #[serde(default)]
    name: String,
}

fn given(text: &str) -> Option<String> {
    Some(text.trim()).filter(|text| !text.is_empty()).map(str::to_owned)
}

async fn leaderboard(State(app): State<Shared>, Query(asked): Query<Board>) -> Page {
    let program = app.program();
    let period = ReportPeriod { first: given(&asked.first), last: given(&asked.last), time_zone: given(&asked.zone) };
    let store = app.store();
    let told = program.leaderboard(store.ledger(), &store.activities()?, &period);
    drop(store);
    let Board { first, last, zone, name } = asked;
    let board = match told {
        Ok(board) => board,
        // What was typed stands in the form, with what is wrong about it.
        Err(error) => return app.page("leaderboard.html", context! { first, last, zone, name, wrong => error.detail() }),
    };
    let wanted = name.trim().to_lowercase();
    let named = |row: &&Standing| row.affiliate.as_deref().unwrap_or_default().to_lowercase().contains(&wanted);
    let rows: Vec<&Standing> = board.rows.iter().filter(named).collect();
    // The chart is in the first currency that anybody has.
    let currency = board.total.turnover.first().map(|t| t.revenue.currency());
    let revenue = |row: &Standing| {
        row.turnover.iter().find(|t| Some(t.revenue.currency()) == currency).map_or((0, 0), |t| (t.revenue.minor(), t.commission.minor()))
    };
    let most = rows.iter().map(|row| revenue(row).0).max().unwrap_or(0).max(1);
    let bars: Vec<Value> = rows
        .iter()
        .map(|row| {
            let (sold, earned) = revenue(row);
            // Thousandths of the longest bar.
            let width = |minor: i64| minor.max(0) * 1000 / most;
            context! { affiliate => row.affiliate.clone(), revenue => currency.and_then(|c| Money::of(sold, c).ok()).map(shown), width => width(sold), inner => width(earned) }
        })
        .collect();
    let rows: Vec<Value> = rows.into_iter().map(standing).collect();
    app.page(
        "leaderboard.html",
        context! { first, last, zone, name, rows, bars, total => standing(&board.total), currency => currency.map(|c| c.to_string()) },
    )
}

#[derive(Deserialize)]
struct Rows {
    #[serde(default)]
    find: String,
}

fn row(entry: &LedgerEntry) -> Value {
    context! {
        event => entry.event.clone(), at => minute(entry.at), kind => entry.kind.as_str(), order => entry.order.clone(), payment => entry.payment, line => entry.line.as_deref(),
        role => entry.role.map(|role| role.to_string()), recipient => entry.recipient.as_deref(), rule => entry.rule.as_deref(), amount => shown(entry.amount),
        negative => entry.amount.minor() < 0,
    }
}

async fn ledger(State(app): State<Shared>, Query(Rows { find }): Query<Rows>) -> Page {
    let store = app.store();
    let events = store.events()?;
    let difference = store.ledger().verify(&events)?.map(|d| format!("{}: {} is expected, {} was found", d.place, d.expected, d.found));
    let stored = store.entries()? == store.ledger().entries(None);
    let problems: Vec<Value> = store
        .ledger()
        .problems()
        .iter()
        .map(|p| context! { event => p.event.clone(), code => p.code.clone(), detail => p.detail.clone() })
        .collect();
    let entries = store.ledger().entries(None);
    drop(store);
    let wanted = find.trim().to_lowercase();
    let has = |text: Option<&str>| text.is_some_and(|text| text.to_lowercase().contains(&wanted));
    let mut found: Vec<&LedgerEntry> =
        entries.iter().filter(|e| has(Some(&e.event)) || has(e.order.as_deref()) || has(e.recipient.as_deref())).collect();
    // The latest event first, each in the order of the waterfall.
    found.sort_by(|a, b| (b.at, &b.event).cmp(&(a.at, &a.event)));
    let rows: Vec<Value> = found.iter().take(ENTRIES_SHOWN).map(|entry| row(entry)).collect();
    app.page(
        "ledger.html",
        context! { find, shown => rows.len(), rows, found => found.len(), events => events.len(), difference, stored, problems },
    )
}

/// What a payout run proposes, what is on its way, and whose account is verified.
async fn payouts(State(app): State<Shared>) -> Page {
    let (program, now) = (app.program(), app.now()?);
    let store = app.store();
    let run = store.ledger().payout(&program, now);
    let events = store.events()?;
    drop(store);
    let mut fate: BTreeMap<&str, &str> = BTreeMap::new();
    let mut verified: BTreeMap<&str, bool> = BTreeMap::new();
    for event in &events {
        match (event.kind, &event.of, &event.recipient) {
            (LedgerKind::PayoutPaid, Some(of), _) => drop(fate.insert(of, "arrived")),
            (LedgerKind::PayoutFailed, Some(of), _) => drop(fate.insert(of, "came back")),
            (LedgerKind::Account, _, Some(who)) => drop(verified.insert(who, event.verified == Some(true))),
            _ => {}
        }
    }
    let made = events.iter().rev().filter(|event| event.kind == LedgerKind::PayoutCreated);
    let made: Vec<Value> = made
        .map(|e| context! { id => e.id.clone(), at => minute(e.at), who => e.recipient.clone(), amount => e.amount.map(shown), fate => fate.get(e.id.as_str()).copied() })
        .collect();
    let due: Vec<Value> = run.payouts.iter().map(|p| context! { who => p.recipient.clone(), amount => shown(p.amount) }).collect();
    let withheld: Vec<Value> = run
        .withheld
        .iter()
        .map(|w| context! { who => w.recipient.clone(), amount => shown(w.amount), why => w.why.as_str(), about => w.why.about() })
        .collect();
    let accounts: Vec<Value> =
        ids(&program)?.into_iter().map(|id| context! { verified => verified.get(id.as_str()).copied().unwrap_or(false), id }).collect();
    app.page("payouts.html", context! { due, withheld, made, accounts, next => day(program.next_payout(now)), now => minute(now) })
}

/// Makes the proposed payouts: all of them in one transaction, and none a second time.
async fn pay(State(app): State<Shared>) -> Page {
    let (program, now) = (app.program(), app.now()?);
    let mut store = app.store();
    let run = store.ledger().payout(&program, now);
    let events: Vec<LedgerEvent> = run.payouts.into_iter().map(|p| LedgerEvent::payout_created(p.id, now, p.recipient, p.amount)).collect();
    store.record(None, &events)?;
    Ok(Redirect::to("/desk/payouts").into_response())
}

#[derive(Deserialize)]
struct Ending {
    id: String,
    paid: bool,
}

async fn end_payout(State(app): State<Shared>, Form(Ending { id, paid }): Form<Ending>) -> Page {
    let now = app.now()?;
    let event = LedgerEvent::payout_ended(format!("{id} {}", if paid { "arrived" } else { "came back" }), now, id, paid);
    app.store().record(None, &[event])?;
    Ok(Redirect::to("/desk/payouts").into_response())
}

#[derive(Deserialize)]
struct Account {
    who: String,
    verified: bool,
}

async fn account(State(app): State<Shared>, Form(Account { who, verified }): Form<Account>) -> Page {
    let event = LedgerEvent::account(fresh(&app, "account")?, app.now()?, who, verified);
    app.store().record(None, &[event])?;
    Ok(Redirect::to("/desk/payouts").into_response())
}

#[derive(Deserialize)]
struct Adjustment {
    who: String,
    amount: String,
    note: String,
}

async fn adjust(State(app): State<Shared>, Form(Adjustment { who, amount, note }): Form<Adjustment>) -> Page {
    let amount = Money::parse(amount.trim(), "EUR").map_err(|e| e.at("/amount"))?;
    let event = LedgerEvent::adjustment(fresh(&app, "manual")?, app.now()?, who.trim(), amount, note.trim());
    app.store().record(None, &[event])?;
    Ok(Redirect::to(&format!("/desk/affiliates/{}", who.trim())).into_response())
}

#[derive(Deserialize)]
struct Month {
    #[serde(default)]
    month: String,
}

/// The statements of a month, in the program's time zone; of the present one if none is named.
fn statements(app: &App, who: &str, month: &str) -> Result<(String, Vec<Statement>), Failure> {
    let program = app.program();
    let month = given(month).unwrap_or_else(|| app.now().map(|now| now.to_string().chars().take(7).collect()).unwrap_or_default());
    // The first and the last day of the month; the program says when they begin and end.
    let period = ReportPeriod { first: Some(format!("{month}-01")), last: Some(last_day(&month)?), time_zone: None };
    let store = app.store();
    let board = program.leaderboard(store.ledger(), &[], &period)?;
    let (start, end) = board.start.zip(board.end).ok_or(Failure::NotFound("month"))?;
    Ok((month, store.ledger().statement(who, start, end)))
}

fn last_day(month: &str) -> Result<String, Failure> {
    let (year, number) = month.split_once('-').ok_or(Failure::NotFound("month"))?;
    let (year, number): (i32, u32) = year.parse().ok().zip(number.parse().ok()).ok_or(Failure::NotFound("month"))?;
    let days = match number {
        2 if year % 4 == 0 && (year % 100 != 0 || year % 400 == 0) => 29,
        2 => 28,
        4 | 6 | 9 | 11 => 30,
        _ => 31,
    };
    Ok(format!("{month}-{days}"))
}

async fn statement(State(app): State<Shared>, Path(who): Path<String>, Query(Month { month }): Query<Month>) -> Page {
    let (month, statements) = statements(&app, &who, &month)?;
    let statements: Vec<Value> = statements
        .iter()
        .map(|s| context! { opening => shown(s.opening), closing => shown(s.closing), rows => s.entries.iter().map(row).collect::<Vec<_>>() })
        .collect();
    app.page("statement.html", context! { who, month, statements, vendor => app.program().vendor() })
}

/// `ledger.csv`, `ledger.json`, or `anna-2026-03.csv`: a statement.
async fn export(State(app): State<Shared>, Path(file): Path<String>) -> Page {
    let (name, ending) = file.rsplit_once('.').ok_or(Failure::NotFound("file"))?;
    let format: ExportFormat = ending.parse().map_err(|_| Failure::NotFound("file"))?;
    let entries = match name.rsplit_once('-').and_then(|(rest, month)| Some((rest.rsplit_once('-')?, month))) {
        None if name == "ledger" => app.store().ledger().entries(None),
        None => return Err(Failure::NotFound("file")),
        Some(((who, year), month)) => {
            statements(&app, who, &format!("{year}-{month}"))?.1.into_iter().flat_map(|statement| statement.entries).collect()
        }
    };
    let kind = match format {
        ExportFormat::Json => "application/json",
        ExportFormat::Csv => "text/csv; charset=utf-8",
    };
    let name: String = file.chars().map(|c| if c.is_ascii_alphanumeric() || "-._".contains(c) { c } else { '_' }).collect();
    let headers = [(header::CONTENT_TYPE, kind.to_owned()), (header::CONTENT_DISPOSITION, format!("attachment; filename=\"{name}\""))];
    Ok((headers, export_entries(&entries, format)).into_response())
}

#[derive(Deserialize)]
struct WhyNot {
    #[serde(default)]
    affiliate: String,
    #[serde(default)]
    order: String,
    #[serde(default)]
    month: String,
}

/// An affiliate asks in their own words, and gets everything that is found.
async fn why_not(State(app): State<Shared>, Query(WhyNot { affiliate, order, month }): Query<WhyNot>) -> Result<Response, Failure> {
    if affiliate.trim().is_empty() {
        return app.page("why-not.html", context! { affiliate, order, month });
    }
    let (program, now) = (app.program(), app.now()?);
    let store = app.store();
    let sale = given(&order).and_then(|number| store.sale(&number).ok());
    let period = match given(&month) {
        Some(month) => ReportPeriod { first: Some(format!("{month}-01")), last: Some(last_day(&month)?), time_zone: None },
        None => ReportPeriod::default(),
    };
    let (touches, sale) = sale.map(|sale| (sale.touches, sale.order)).unzip();
    let touches = touches.unwrap_or_default();
    let question = Question { order: given(&order), sale, touches, period, ..Question::new(affiliate.as_str(), now) };
    let told = program.diagnose(&question, Some(store.ledger()), &[]);
    drop(store);
    let found = match told {
        Ok(found) => found,
        Err(error) => return app.page("why-not.html", context! { affiliate, order, month, wrong => error.detail() }),
    };
    let found: Vec<Value> =
        found.iter().map(|d| context! { code => d.code.as_str(), sentence => d.sentence.clone(), about => d.code.about(), at => d.at.map(minute), amount => d.amount.map(shown) }).collect();
    app.page("why-not.html", context! { affiliate, order, month, found, asked => true })
}

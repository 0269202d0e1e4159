//! The pages. Every one is a few lines: read the request, ask sentby, store, render.

use crate::store::{Attendee, Sale, Store};
use axum::extract::{Form, Path, Query, RawQuery, State};
use axum::http::{HeaderMap, HeaderValue, StatusCode, header};
use axum::response::{Html, IntoResponse, Redirect, Response};
use axum::routing::{get, post};
use axum::{Json, Router};
use minijinja::{Environment, Value, context};
use sentby::{
    Activity, Consent, CookieSpec, Event, Evidence, Keys, LedgerEvent, LedgerKind, Line, Money, Order, Program, Purpose, Referral, Role,
    RootKey, Time, Touch,
};
use serde::Deserialize;
use std::sync::{Arc, Mutex, MutexGuard};

/// The site's name, the audience of everything that is sealed here.
const SITE: &str = "webinarhaus.example";
pub(crate) const PRODUCT: &str = "521411d4";

pub(crate) type Shared = Arc<App>;

#[derive(Debug)]
pub(crate) struct App {
    /// The rules in force: those of the file and every step of a partnership since.
    program: Mutex<Arc<Program>>,
    pub(crate) base: String,
    keys: Keys,
    cookie: CookieSpec,
    store: Mutex<Store>,
    pages: Environment<'static>,
    /// The story's own time; none once it is told.
    clock: Mutex<Option<Time>>,
    /// Where buttons lead, if not to the checkout here.
    shop: Mutex<Option<String>>,
}

/// Why a page could not be shown.
#[derive(Debug)]
pub(crate) enum Failure {
    Refused(sentby::Error),
    NotFound(&'static str),
    Host(String),
}

impl From<sentby::Error> for Failure {
    fn from(error: sentby::Error) -> Self {
        Self::Refused(error)
    }
}

impl From<rusqlite::Error> for Failure {
    fn from(error: rusqlite::Error) -> Self {
        Self::Host(error.to_string())
    }
}

impl From<minijinja::Error> for Failure {
    fn from(error: minijinja::Error) -> Self {
        Self::Host(format!("{error:#}"))
    }
}

impl std::fmt::Display for Failure {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        match self {
            Self::Refused(error) => write!(f, "{error}"),
            Self::NotFound(what) => write!(f, "no such {what}"),
            Self::Host(text) => f.write_str(text),
        }
    }
}

impl IntoResponse for Failure {
    fn into_response(self) -> Response {
        let status = match self {
            Self::Refused(_) => StatusCode::BAD_REQUEST,
            Self::NotFound(_) => StatusCode::NOT_FOUND,
            Self::Host(_) => StatusCode::INTERNAL_SERVER_ERROR,
        };
        (status, format!("{self}\n")).into_response()
    }
}

pub(crate) type Page = Result<Response, Failure>;

impl App {
    pub(crate) fn new(program: Program, base: String, store: Store) -> Result<Self, Failure> {
        let keys = Keys::new(&[RootKey::new(1, &root_key(&store)?)])?;
        // Browsers accept `__Host-` cookies over TLS only; this example speaks plain HTTP on the loopback address.
        let cookie = CookieSpec { name: "sentby_dev".into(), secure: false, ..CookieSpec::new(SITE) };
        let mut pages = Environment::new();
        for (name, text) in [
            ("base.html", include_str!("../pages/base.html")),
            ("nav.html", include_str!("../pages/nav.html")),
            ("affiliate.html", include_str!("../pages/affiliate.html")),
            ("affiliates.html", include_str!("../pages/affiliates.html")),
            ("desk.html", include_str!("../pages/desk.html")),
            ("leaderboard.html", include_str!("../pages/leaderboard.html")),
            ("ledger.html", include_str!("../pages/ledger.html")),
            ("payouts.html", include_str!("../pages/payouts.html")),
            ("statement.html", include_str!("../pages/statement.html")),
            ("why-not.html", include_str!("../pages/why-not.html")),
            ("webinar.html", include_str!("../pages/webinar.html")),
            ("room.html", include_str!("../pages/room.html")),
            ("checkout.html", include_str!("../pages/checkout.html")),
            ("why.html", include_str!("../pages/why.html")),
            ("mail.html", include_str!("../pages/mail.html")),
        ] {
            pages.add_template(name, text)?;
        }
        let program = store.moderations()?.iter().try_fold(program, |program, step| program.moderate(step))?;
        Ok(Self {
            program: Mutex::new(Arc::new(program)),
            base,
            keys,
            cookie,
            store: Mutex::new(store),
            pages,
            clock: Mutex::new(None),
            shop: Mutex::new(None),
        })
    }

    pub(crate) fn routes(self: &Shared) -> Router {
        Router::new()
            .route("/webinar/{campaign}", get(webinar))
            .route("/consent", post(consent))
            .route("/register", post(register))
            .route("/mail/{attendee}", get(mail))
            .route("/room/{attendee}", get(room))
            .route("/checkout/{product}", get(checkout).post(buy))
            .route("/why/{order}", get(why))
            .route("/why/{order}/json", get(why_json))
            .route("/refund/{order}", post(refund))
            .merge(crate::desk::routes())
            .merge(crate::hooks::routes())
            .with_state(self.clone())
    }

    /// The story sets its own time; afterwards it is the system's.
    pub(crate) fn set_clock(&self, time: Option<Time>) {
        *lock(&self.clock) = time;
    }

    /// Serves the story for a program that tells it from outside: each request says what time it is.
    pub(crate) fn rehearsal(self: &Shared) -> Router {
        let app = self.clone();
        self.routes().layer(axum::middleware::from_fn(move |request: axum::extract::Request, next: axum::middleware::Next| {
            let at = request.headers().get("rehearse-at").and_then(|at| at.to_str().ok()).and_then(|at| Time::parse(at).ok());
            app.set_clock(at);
            next.run(request)
        }))
    }

    pub(crate) fn set_shop(&self, shop: Option<String>) {
        *lock(&self.shop) = shop;
    }

    pub(crate) fn now(&self) -> Result<Time, Failure> {
        if let Some(time) = *lock(&self.clock) {
            return Ok(time);
        }
        let since = std::time::SystemTime::now().duration_since(std::time::UNIX_EPOCH).map_err(|e| Failure::Host(e.to_string()))?;
        Ok(Time::from_millis(i64::try_from(since.as_millis()).unwrap_or(i64::MAX))?)
    }

    pub(crate) fn program(&self) -> Arc<Program> {
        lock(&self.program).clone()
    }

    /// Takes a step of a partnership: checked, stored, and in force from now on.
    pub(crate) fn moderate(&self, step: &sentby::Moderation) -> Result<(), Failure> {
        let mut program = lock(&self.program);
        let next = program.moderate(step)?;
        self.store().add_moderation(step)?;
        *program = Arc::new(next);
        Ok(())
    }

    pub(crate) fn store(&self) -> MutexGuard<'_, Store> {
        lock(&self.store)
    }

    pub(crate) fn page(&self, name: &str, values: Value) -> Page {
        Ok(Html(self.pages.get_template(name)?.render(values)?).into_response())
    }

    /// The touches in the browser's cookie, with the visitor's answer as it is now. An invalid cookie is nobody's fault and holds nothing.
    fn cookie_touches(&self, headers: &HeaderMap, now: Time) -> Result<Vec<Touch>, Failure> {
        let consent = consent_of(headers);
        let mut touches = Vec::new();
        for header in headers.get_all(header::COOKIE) {
            let reading = self.keys.read_cookie(&self.cookie, header.to_str().unwrap_or_default(), now)?;
            touches.extend(reading.touches.into_iter().map(|touch| touch.within(consent)));
        }
        Ok(touches)
    }

    /// Adds the cookie to a response, if the visitor agreed.
    fn keep(&self, response: &mut Response, touches: &[Touch], consent: Consent, now: Time) -> Result<(), Failure> {
        if let Some(cookie) = self.keys.set_cookie(&self.cookie, touches, consent, now)? {
            let value = HeaderValue::from_str(&cookie).map_err(|e| Failure::Host(e.to_string()))?;
            response.headers_mut().append(header::SET_COOKIE, value);
        }
        Ok(())
    }
}

fn lock<T>(mutex: &Mutex<T>) -> MutexGuard<'_, T> {
    // A page that panicked changed nothing halfway: SQLite rolls back, and the clock is one value.
    mutex.lock().unwrap_or_else(std::sync::PoisonError::into_inner)
}

/// The key that signs: the one that is shared with a shop, or one of this installation.
fn root_key(store: &Store) -> Result<Vec<u8>, Failure> {
    let Ok(text) = std::env::var("SENTBY_ROOT_KEY") else { return store.secret() };
    let digits = |n: usize| text.get(n..n + 2).and_then(|pair| u8::from_str_radix(pair, 16).ok());
    let key: Option<Vec<u8>> = (0..text.len()).step_by(2).map(digits).collect();
    key.filter(|key| key.len() == 32).ok_or_else(|| Failure::Host("SENTBY_ROOT_KEY is not 64 hexadecimal digits".into()))
}

fn consent_of(headers: &HeaderMap) -> Consent {
    let said = |what: &str| headers.get_all(header::COOKIE).iter().any(|c| c.to_str().unwrap_or_default().split("; ").any(|c| c == what));
    let answer = if said("consent=denied") { Some(false) } else { said("consent=granted").then_some(true) };
    Consent::of(answer, headers.get("sec-gpc").is_some_and(|gpc| gpc.as_bytes() == b"1"))
}

/// The visitor's number, if they agreed to have one.
fn visitor(headers: &HeaderMap) -> Option<String> {
    if consent_of(headers) != Consent::Granted {
        return None;
    }
    let mut cookies = headers.get_all(header::COOKIE).iter().flat_map(|c| c.to_str().unwrap_or_default().split("; "));
    cookies.find_map(|cookie| cookie.strip_prefix("visitor=").map(|value| value.chars().take(32).collect()))
}

fn random_hex() -> Result<String, Failure> {
    let mut bytes = [0; 8];
    getrandom::fill(&mut bytes).map_err(|e| Failure::Host(e.to_string()))?;
    Ok(bytes.iter().map(|b| format!("{b:02x}")).collect())
}

/// The registration page. The affiliate comes in the link; the form takes it on in a sealed field.
async fn webinar(State(app): State<Shared>, Path(campaign): Path<String>, RawQuery(query): RawQuery, headers: HeaderMap) -> Page {
    let now = app.now()?;
    let url = format!("{}/webinar/{campaign}?{}", app.base, query.unwrap_or_default());
    // A mangled link is nobody's, and keeps nobody from registering.
    let referral = app.program().read(&url).unwrap_or_default().map(|link| link.referral).filter(|r| r.affiliate.is_some());
    let consent = consent_of(&headers);
    let mut carrier = None;
    let mut touches = app.cookie_touches(&headers, now)?;
    if let Some(referral) = &referral {
        // Without consent the carrier says who and what, and nothing of this visit.
        let sealed = Referral { product: Some(PRODUCT.into()), click_id: Some(random_hex()?), ..referral.clone() }.within(consent);
        // What is no id of ours, or too long, is no affiliate; the visitor registers all the same.
        if let Ok(token) = app.keys.seal(&sealed, Purpose::Link, SITE, now) {
            touches.extend(Touch::from_referral(&sealed, now, Evidence::Parameter).map(|touch| touch.within(consent)));
            carrier = Some(token);
            let click = Activity::new(Event::Click, sealed.affiliate.as_deref().unwrap_or_default(), now);
            app.store().add_activity(&Activity { visitor: visitor(&headers), link: Some(url.clone()), ..click })?;
        }
    }
    let values = context! { campaign, carrier, affiliate => referral.as_ref().and_then(|r| r.affiliate.clone()), ask => consent == Consent::Unknown };
    let mut response = app.page("webinar.html", values)?;
    if !touches.is_empty() {
        app.keep(&mut response, &touches, consent, now)?;
    }
    Ok(response)
}

#[derive(Deserialize)]
struct ConsentForm {
    answer: String,
    #[serde(default)]
    xa: String,
    campaign: String,
}

/// The visitor's answer about tracking. Only with consent is the touch of this page kept.
async fn consent(State(app): State<Shared>, headers: HeaderMap, Form(form): Form<ConsentForm>) -> Page {
    let now = app.now()?;
    let granted = form.answer == "granted";
    let path: String = form.campaign.chars().filter(|c| c.is_ascii_alphanumeric() || *c == '-').collect();
    let mut response = Redirect::to(&format!("/webinar/{path}")).into_response();
    let answer = if granted { "consent=granted; Path=/; SameSite=Lax; Max-Age=34560000" } else { "consent=denied; Path=/; SameSite=Lax" };
    response.headers_mut().append(header::SET_COOKIE, HeaderValue::from_static(answer));
    if granted && visitor(&headers).is_none() {
        let cookie = format!("visitor={}; Path=/; SameSite=Lax; HttpOnly; Max-Age=34560000", random_hex()?);
        response.headers_mut().append(header::SET_COOKIE, HeaderValue::from_str(&cookie).map_err(|e| Failure::Host(e.to_string()))?);
    }
    let mut touches = app.cookie_touches(&headers, now)?;
    if let Ok(opened) = app.keys.open(&form.xa, Purpose::Link, SITE, now) {
        touches.push(Touch { evidence: Evidence::Parameter, ..opened.touch() });
    }
    if granted && !touches.is_empty() {
        app.keep(&mut response, &touches, Consent::Granted, now)?;
    }
    Ok(response)
}

#[derive(Deserialize)]
struct Registration {
    name: String,
    email: String,
    #[serde(default)]
    xa: String,
}

/// Stores the attendee with the carrier in the profile, sealed again for this attendee only.
async fn register(State(app): State<Shared>, headers: HeaderMap, Form(form): Form<Registration>) -> Page {
    let now = app.now()?;
    let key = random_hex()?;
    let referral = match app.keys.open(&form.xa, Purpose::Link, SITE, now) {
        Ok(opened) => Some(opened.referral),
        // Without a carrier in the form, the latest touch of the cookie, if the visitor allowed one.
        Err(_) => app.cookie_touches(&headers, now)?.last().map(|touch| Referral {
            product: touch.product.clone(),
            click_id: touch.click_id.clone(),
            ..Referral::affiliate(touch.affiliate.clone())
        }),
    };
    let affiliate = referral.as_ref().and_then(|referral| referral.affiliate.clone());
    let carrier = referral.map(|r| app.keys.seal(&r, Purpose::Profile, &format!("{SITE}/{key}"), now)).transpose()?;
    let text = |value: &str| value.trim().chars().filter(|c| !c.is_control()).take(100).collect::<String>();
    let attendee = Attendee { key, name: text(&form.name), email: text(&form.email), registered_at: now.millis(), carrier };
    if attendee.name.is_empty() || !attendee.email.contains('@') {
        return Ok((StatusCode::BAD_REQUEST, "a name and an e-mail address are needed\n").into_response());
    }
    let store = app.store();
    store.add_attendee(&attendee)?;
    if let Some(affiliate) = affiliate {
        store.add_activity(&Activity { visitor: visitor(&headers), ..Activity::new(Event::Lead, affiliate, now) })?;
    }
    drop(store);
    Ok(Redirect::to(&format!("/mail/{}", attendee.key)).into_response())
}

/// The link that brings the affiliate from the profile to the checkout: a mail token, moment of registration kept.
fn purchase_link(app: &App, attendee: &Attendee, now: Time) -> Result<String, Failure> {
    let audience = format!("{SITE}/{}", attendee.key);
    let token = match &attendee.carrier {
        Some(carrier) => app.keys.open(carrier, Purpose::Profile, &audience, now).ok(),
        None => None,
    };
    let query = match token {
        // Sealed as of the registration, so that the touch keeps its time.
        Some(opened) => {
            let mail = app.keys.seal(&opened.referral, Purpose::Mail, &audience, opened.issued_at)?;
            format!("&{}={mail}", app.program().parameter())
        }
        None => String::new(),
    };
    let shop = lock(&app.shop).clone().unwrap_or_else(|| app.base.clone());
    Ok(format!("{shop}/checkout/{PRODUCT}?attendee={}{query}", attendee.key))
}

/// The e-mail that the attendee gets.
async fn mail(State(app): State<Shared>, Path(key): Path<String>) -> Page {
    let attendee = app.store().attendee(&key)?;
    let buy = purchase_link(&app, &attendee, app.now()?)?;
    let room = format!("{}/room/{key}", app.base);
    app.page("mail.html", context! { name => attendee.name, email => attendee.email, room, buy })
}

/// The webinar itself, on whatever device the attendee opens it.
async fn room(State(app): State<Shared>, Path(key): Path<String>) -> Page {
    let attendee = app.store().attendee(&key)?;
    let buy = purchase_link(&app, &attendee, app.now()?)?;
    let registered = attendee.registered()?.to_string();
    app.page("room.html", context! { name => attendee.name, registered, buy })
}

#[derive(Deserialize)]
struct Purchase {
    #[serde(default)]
    attendee: String,
    #[serde(default)]
    xa: String,
    #[serde(default)]
    coupon: String,
}

async fn checkout(State(app): State<Shared>, Path(product): Path<String>, Query(purchase): Query<Purchase>) -> Page {
    let attendee = app.store().attendee(&purchase.attendee)?;
    app.page(
        "checkout.html",
        context! { product, name => attendee.name, attendee => attendee.key, xa => purchase.xa, parameter => app.program().parameter() },
    )
}

/// The sale: all that is known of the buyer becomes touches, sentby decides and computes, and all of it is stored.
async fn buy(State(app): State<Shared>, Path(product): Path<String>, headers: HeaderMap, Form(purchase): Form<Purchase>) -> Page {
    let now = app.now()?;
    let attendee = app.store().attendee(&purchase.attendee)?;
    let opened = app.keys.open(&purchase.xa, Purpose::Mail, &format!("{SITE}/{}", attendee.key), now).ok();
    let mut touches: Vec<Touch> = opened.map(|opened| opened.touch().within(consent_of(&headers))).into_iter().collect();
    touches.extend(app.cookie_touches(&headers, now)?);
    let coupon: String = purchase.coupon.trim().chars().take(64).collect();
    let program = app.program();
    if let Some(owner) = program.coupon_owner(&coupon) {
        touches.push(Touch { coupon: Some(coupon.clone()), ..Touch::new(owner, now, Evidence::Coupon) });
    }
    let line = Line::new("1", product, Money::parse("1190.00", "EUR")?, Money::parse("190.00", "EUR")?);
    let mut store = app.store();
    let mut order = Order::new(store.next_order()?, now, vec![line]);
    order.coupons = Some(coupon).filter(|c| !c.is_empty()).into_iter().collect();
    let decision = program.attribute(&order, &touches)?;
    let fingerprint = program.fingerprint(&order, &touches, &decision)?;
    let commission = program.commission(&order, &decision)?;
    let payment = LedgerEvent::payment(format!("{}-paid", order.id), now, commission);
    let sale = Sale { buyer: attendee.name, order, touches, decision, fingerprint };
    store.record(Some(&sale), &[payment])?;
    Ok(Redirect::to(&format!("/why/{}", sale.order.id)).into_response())
}

/// Who earns and why, and the settlement as a waterfall.
async fn why(State(app): State<Shared>, Path(id): Path<String>) -> Page {
    let (sale, entries) = {
        let store = app.store();
        (store.sale(&id)?, store.ledger().entries_of(&id))
    };
    let gross: i64 = sale.order.lines.iter().map(|line| line.gross.minor()).sum();
    let explained = sale.decision.explain();
    // `2. bob by cookie, 11 days before the order: outranked by …`
    let reasons = explained.lines().skip(1).filter_map(|line| line.split_once(", ")?.1.rsplit_once(": "));
    let verdicts: Vec<Value> = sale
        .decision
        .verdicts
        .iter()
        .zip(reasons)
        .map(|(v, (when, why))| context! { affiliate => v.affiliate.as_str(), evidence => v.evidence.as_str(), code => v.reason.as_str(), credited => v.reason == sentby::Reason::Credited, when, why, at => v.at.to_string() })
        .collect();
    let conflicts: Vec<Value> = sale
        .decision
        .conflicts
        .iter()
        .map(|w| context! { evidence => w.evidence.as_str(), affiliate => w.affiliate.as_str(), touch => w.touch + 1, credited => w.credited })
        .collect();
    let flags: Vec<Value> = sale
        .decision
        .flags
        .iter()
        .map(|f| context! { code => f.code.as_str(), about => f.code.about(), touches => f.touches.iter().map(|n| n + 1).collect::<Vec<_>>() })
        .collect();
    let mut left = gross;
    let mut steps = Vec::new();
    for entry in entries.iter().filter(|e| e.kind == LedgerKind::Payment) {
        let (role, amount) = (entry.role.unwrap_or(Role::Vendor), entry.amount.minor());
        let share = |part: i64| if gross == 0 { 0 } else { part * 1000 / gross };
        steps.push(context! {
            label => match role { Role::Tax => "VAT", Role::Fee => "platform fee", Role::Affiliate | Role::Partner | Role::SecondLevel | Role::Vendor => entry.recipient.as_deref().unwrap_or_default() },
            role => role.as_str(), amount => euro(amount), start => share(left - amount), width => share(amount), rule => entry.rule.as_deref(),
        });
        left -= amount;
    }
    let mut refunds: Vec<(String, i64, Vec<Value>)> = Vec::new();
    for entry in entries.iter().filter(|e| e.kind != LedgerKind::Payment) {
        if refunds.last().is_none_or(|(last, ..)| *last != entry.event) {
            refunds.push((entry.event.clone(), 0, Vec::new()));
        }
        if let Some((_, sum, rows)) = refunds.last_mut() {
            *sum += entry.amount.minor();
            let who = entry.recipient.as_deref().or(entry.role.as_ref().map(|role| role.as_str()));
            rows.push(context! { who, amount => euro(entry.amount.minor()) });
        }
    }
    let open: i64 = entries.iter().map(|entry| entry.amount.minor()).sum();
    let refunds: Vec<Value> = refunds.into_iter().map(|(id, sum, rows)| context! { id, sum => euro(sum), rows }).collect();
    app.page(
        "why.html",
        context! {
            order => sale.order.id, at => sale.order.at.to_string(), buyer => sale.buyer, headline => explained.lines().next().and_then(|l| l.split_once("Z: ")).map(|(_, t)| t),
            verdicts, conflicts, flags, version => sale.decision.version, steps, refunds, gross => euro(gross), open => euro(open), can_refund => open > 0, fingerprint => sale.fingerprint, touches => sale.touches.len(),
        },
    )
}

/// The same for machines.
async fn why_json(State(app): State<Shared>, Path(id): Path<String>) -> Result<Json<serde_json::Value>, Failure> {
    let (sale, entries) = {
        let store = app.store();
        (store.sale(&id)?, store.ledger().entries_of(&id))
    };
    let Sale { buyer: _, order, touches, decision, fingerprint } = sale;
    let explanation = decision.explain();
    Ok(Json(
        serde_json::json!({ "order": order, "touches": touches, "decision": decision, "explanation": explanation, "fingerprint": fingerprint, "entries": entries }),
    ))
}

#[derive(Deserialize)]
struct RefundForm {
    amount: String,
}

async fn refund(State(app): State<Shared>, Path(id): Path<String>, Form(form): Form<RefundForm>) -> Page {
    let amount = Money::parse(form.amount.trim(), "EUR")?;
    let now = app.now()?;
    let mut store = app.store();
    store.sale(&id)?;
    let entries = store.ledger().entries_of(&id);
    let left: i64 = entries.iter().map(|entry| entry.amount.minor()).sum();
    if amount.minor() > left {
        // The ledger would take what is left, and tell; a person at the desk should hear of it before.
        return Ok((StatusCode::BAD_REQUEST, format!("only {} is left of {id}\n", euro(left))).into_response());
    }
    let number = entries.iter().map(|e| e.event.as_str()).collect::<std::collections::BTreeSet<_>>().len();
    store.record(None, &[LedgerEvent::refund(format!("{id}-R{number}"), now, id.as_str(), 1, amount)])?;
    Ok(Redirect::to(&format!("/why/{id}")).into_response())
}

/// Cents as people read them.
pub(crate) fn euro(minor: i64) -> String {
    Money::new(minor, "EUR").map(|m| format!("{} €", m.decimal())).unwrap_or_default()
}

//! The records, one Python class each: frozen, comparable, hashable, with a `repr`, and picklable.

use crate::convert::{Failure, Field, raise, take, take_or, wrong};
use pyo3::prelude::*;
use pyo3::types::{PyBool, PyDict, PyFloat, PyInt, PyString, PyTuple, PyType};
use sentby::{
    ClaimOutcome, CommissionState, Consent, DiagnosisCode, Error, ErrorCode, Event, EventOutcome, Evidence, Hint, LedgerKind, LinkWarning,
    ModerationAction, OrderState, PartnershipState, Platform, Purpose, Rate, Reason, Role, Rounding, Suspicion, Text, Time, Touchpoint,
    WebhookKind, What, WhyWithheld,
};
use std::collections::BTreeMap;

/// A class around a core record. The constructor names every field of the core's struct without `..`, so that a new
/// field there stops this from compiling.
macro_rules! record {
    ($(#[$doc:meta])* $name:ident { $($need:ident: $need_type:ty,)* ; $($may:ident: $may_type:ty = $default:expr,)* } $($method:item)*) => {
        $(#[$doc])*
        #[pyclass(module = "sentby", frozen, eq, hash, from_py_object)]
        #[derive(Clone, Debug, PartialEq, Eq, Hash)]
        pub(crate) struct $name(pub(crate) sentby::$name);

        #[pymethods]
        impl $name {
            #[new]
            #[pyo3(signature = ($($need,)* *, $($may = None),*))]
            #[allow(clippy::too_many_arguments, reason = "Python passes them by name")]
            fn new($($need: &Bound<'_, PyAny>,)* $($may: Option<&Bound<'_, PyAny>>),*) -> PyResult<Self> {
                Ok(Self(sentby::$name {
                    $($need: take::<$need_type>(stringify!($need), $need)?,)*
                    $($may: take_or::<$may_type>(stringify!($may), $may, $default)?,)*
                }))
            }

            $(#[getter] fn $need(&self, py: Python<'_>) -> PyResult<Py<PyAny>> { self.0.$need.give(py) })*
            $(#[getter] fn $may(&self, py: Python<'_>) -> PyResult<Py<PyAny>> { self.0.$may.give(py) })*

            fn __repr__(&self, py: Python<'_>) -> PyResult<String> {
                let fields: Vec<String> = vec![
                    $(format!(concat!(stringify!($need), "={}"), self.0.$need.give(py)?.bind(py).repr()?),)*
                    $(format!(concat!(stringify!($may), "={}"), self.0.$may.give(py)?.bind(py).repr()?),)*
                ];
                Ok(format!(concat!(stringify!($name), "({})"), fields.join(", ")))
            }

            fn __getnewargs_ex__<'py>(&self, py: Python<'py>) -> PyResult<(Bound<'py, PyTuple>, Bound<'py, PyDict>)> {
                let need: Vec<Py<PyAny>> = vec![$(self.0.$need.give(py)?),*];
                let may = PyDict::new(py);
                $(may.set_item(stringify!($may), self.0.$may.give(py)?)?;)*
                Ok((PyTuple::new(py, need)?, may))
            }

            $($method)*
        }

        impl Field for sentby::$name {
            fn take(value: &Bound<'_, PyAny>) -> Result<Self, Failure> {
                value.cast::<$name>().map(|cell| cell.get().0.clone()).map_err(|_| wrong(stringify!($name), value))
            }
            fn give(&self, py: Python<'_>) -> PyResult<Py<PyAny>> {
                Ok(Bound::new(py, $name(self.clone()))?.into_any().unbind())
            }
        }
    };
}

/// An amount of money: minor units in an ISO 4217 currency.
#[pyclass(module = "sentby", frozen, eq, hash, from_py_object)]
#[derive(Clone, Debug, PartialEq, Eq, Hash)]
pub(crate) struct Money(pub(crate) sentby::Money);

#[pymethods]
impl Money {
    #[new]
    fn new(amount: &Bound<'_, PyAny>, currency: &Bound<'_, PyAny>) -> PyResult<Self> {
        let currency: String = take("currency", currency)?;
        let text = decimal_text(amount).map_err(|failure| failure.at("/amount").raise())?;
        sentby::Money::parse(&text, &currency).map(Self).map_err(raise)
    }

    #[classmethod]
    fn from_minor(_class: &Bound<'_, PyType>, minor: &Bound<'_, PyAny>, currency: &Bound<'_, PyAny>) -> PyResult<Self> {
        sentby::Money::new(take("minor", minor)?, &take::<String>("currency", currency)?).map(Self).map_err(raise)
    }

    #[getter]
    fn amount<'py>(&self, py: Python<'py>) -> PyResult<Bound<'py, PyAny>> {
        py.import("decimal")?.getattr("Decimal")?.call1((self.0.decimal(),))
    }

    #[getter]
    fn minor(&self) -> i64 {
        self.0.minor()
    }

    #[getter]
    fn currency(&self) -> String {
        self.0.currency().to_string()
    }

    fn __repr__(&self) -> String {
        format!("Money('{}', '{}')", self.0.decimal(), self.0.currency())
    }

    fn __str__(&self) -> String {
        self.0.to_string()
    }

    fn __getnewargs__(&self) -> (String, String) {
        (self.0.decimal(), self.currency())
    }
}

/// `str`, `Decimal` and whole `int`; a float or `True` is no amount.
pub(crate) fn decimal_text(value: &Bound<'_, PyAny>) -> Result<String, Failure> {
    if value.is_instance_of::<PyBool>() || value.is_instance_of::<PyFloat>() {
        let text = format!("{} is no exact amount; use str or Decimal", value.repr()?);
        return Err(Error::new(ErrorCode::NumberInvalid, text).into());
    }
    if value.is_instance_of::<PyString>() {
        return String::take(value);
    }
    if value.is_instance_of::<PyInt>() {
        return Ok(value.str()?.to_string());
    }
    let decimal = value.py().import("decimal")?.getattr("Decimal")?;
    if value.is_instance(&decimal)? {
        // Positional notation: str(Decimal("1E+2")) would be "1E+2". A huge exponent would print gigabytes.
        let exponent = value.call_method0("adjusted")?.extract::<i64>().unwrap_or(i64::MAX);
        return if exponent.abs() > 30 {
            Ok(value.str()?.to_string())
        } else {
            Ok(value.call_method1("__format__", ("f",))?.str()?.to_string())
        };
    }
    Err(wrong("str, Decimal or int", value))
}

impl Field for sentby::Money {
    fn take(value: &Bound<'_, PyAny>) -> Result<Self, Failure> {
        if value.is_instance_of::<PyBool>() || value.is_instance_of::<PyFloat>() || value.is_instance_of::<PyInt>() {
            return Err(Error::new(ErrorCode::NumberInvalid, format!("{} is a bare number; expected Money", value.repr()?)).into());
        }
        value.cast::<Money>().map(|cell| cell.get().0).map_err(|_| wrong("Money", value))
    }
    fn give(&self, py: Python<'_>) -> PyResult<Py<PyAny>> {
        Ok(Bound::new(py, Money(*self))?.into_any().unbind())
    }
}

record! {
    /// Who is referred where: what a link or a token says.
    Referral { ;
        affiliate: Option<String> = None,
        product: Option<String> = None,
        campaign: Option<String> = None,
        click_id: Option<String> = None,
        sub_ids: BTreeMap<String, String> = BTreeMap::new(),
        destination: Option<String> = None,
    }

    /// What may be carried on with this consent.
    fn within(&self, consent: &Bound<'_, PyAny>) -> PyResult<Self> {
        Ok(Self(self.0.clone().within(take("consent", consent)?)))
    }
}

record! {
    /// What a URL says, and which of the program's templates it fits.
    Link { template: String, referral: sentby::Referral, ; network: Option<String> = None, }
}

record! {
    /// What a URL says about the affiliate who shared it.
    Reading { ;
        host: Option<String> = None,
        network: Option<String> = None,
        template: Option<String> = None,
        referral: sentby::Referral = sentby::Referral::default(),
        second_networks: Vec<sentby::SecondNetwork> = Vec::new(),
        warnings: Vec<LinkWarning> = Vec::new(),
    }
}

record! {
    /// A network whose ids stand in the URL of another one's link.
    SecondNetwork { network: String, referral: sentby::Referral, ; }
}

record! {
    /// One thing that is odd about a link, and where: a range of bytes of its UTF-8 text.
    Finding { code: LinkWarning, sentence: String, start: u32, end: u32, ; }
}

record! {
    /// What is known about an affiliate network.
    Network {
        id: String, name: String, host: Vec<String>, opaque: Vec<String>, any: Vec<String>, configured: Vec<String>, source: String, ;
        default_window: Option<String> = None,
        default_model: Option<String> = None,
        coupon_precedence: Option<String> = None,
    }
}

record! {
    /// A parameter's name, and whether lists are known that strip it from URLs.
    CarrierName { name: String, stripped: bool, ; }
}

record! {
    /// Something that a program would better not do, and where it does it.
    Advice { code: Hint, place: String, sentence: String, ; }
}

record! {
    /// One recorded contact between a buyer and an affiliate.
    Touch {
        affiliate: String, at: Time, evidence: Evidence, ;
        product: Option<String> = None,
        campaign: Option<String> = None,
        click_id: Option<String> = None,
        coupon: Option<String> = None,
        consent: Consent = Consent::Unknown,
        navigated: bool = true,
        signed: bool = false,
    }

    /// The touch with the visitor's answer.
    fn within(&self, consent: &Bound<'_, PyAny>) -> PyResult<Self> {
        Ok(Self(self.0.clone().within(take("consent", consent)?)))
    }
}

record! {
    /// One position of an order.
    Line {
        id: String, product: String, gross: sentby::Money, tax: sentby::Money, ;
        quantity: u32 = 1, shipping: Option<sentby::Money> = None, discount: Option<sentby::Money> = None,
    }
}

record! {
    /// A sale: what the host knows when the buyer pays.
    Order {
        id: String, at: Time, lines: Vec<sentby::Line>, ;
        payment: u32 = 1,
        cart_at: Option<Time> = None,
        identities: Vec<String> = Vec::new(),
        coupons: Vec<String> = Vec::new(),
        country: Option<String> = None,
        customer: Option<sentby::Customer> = None,
        accounts: Option<u32> = None,
        event: Event = Event::Sale,
        first_at: Option<Time> = None,
        rate: Option<Rate> = None,
    }
}

record! {
    /// An affiliate and an integer weight; the share is the weight over the sum of all weights.
    Credit { affiliate: String, weight: u64, touch: u32, evidence: Evidence, ; campaign: Option<String> = None, }
}

record! {
    /// What became of one touch, and why.
    Verdict { reason: Reason, affiliate: String, evidence: Evidence, at: Time, ; window_ms: Option<i64> = None, by: Option<u32> = None, }
}

record! {
    /// The answer for one order: who is credited, and what became of every touch.
    Decision {
        order: String, at: Time, credits: Vec<sentby::Credit>, verdicts: Vec<sentby::Verdict>, ;
        version: String = String::new(),
        flags: Vec<sentby::Flag> = Vec::new(),
        conflicts: Vec<sentby::Witness> = Vec::new(),
    }

    /// The decision for people, in the sentences of a table, by default the English ones.
    #[pyo3(signature = (messages = None))]
    fn explain(&self, messages: Option<&Bound<'_, PyAny>>) -> PyResult<String> {
        match take_or::<Option<String>>("messages", messages, None)? {
            Some(table) => Ok(self.0.explain_in(&sentby::Messages::from_json(&table).map_err(raise)?)),
            None => Ok(self.0.explain()),
        }
    }
}

record! {
    /// Something that looks odd though it changed nothing, and which touches show it.
    Flag { code: Suspicion, touches: Vec<u32>, ; }
}

record! {
    /// Whom one kind of evidence names, where kinds disagree.
    Witness { evidence: Evidence, affiliate: String, touch: u32, credited: bool, ; }
}

record! {
    /// One difference between two programs.
    Change { place: String, sentence: String, ; }
}

record! {
    /// A third party's claim: who sent a buyer.
    Claim { provider: String, ;
        token: Option<String> = None,
        publisher_id: Option<String> = None,
        campaign_id: Option<String> = None,
        creative_id: Option<String> = None,
        sub_id: Option<String> = None,
        touchpoint: Touchpoint = Touchpoint::Last,
        source_type: Option<String> = None,
        source_url: Option<String> = None,
        issued_at: Option<Time> = None,
        expires_at: Option<Time> = None,
        metadata: BTreeMap<String, String> = BTreeMap::new(),
    }

    /// The claim that a JSON object holds.
    #[classmethod]
    fn from_json(_class: &Bound<'_, PyType>, text: &Bound<'_, PyAny>) -> PyResult<Self> {
        sentby::Claim::from_json(&take::<String>("text", text)?).map(Self).map_err(raise)
    }

    /// The object as the protocol writes it.
    fn to_json(&self) -> String {
        self.0.to_json()
    }

    /// The touch that the claim is; None if it names no publisher.
    fn touch(&self, now: &Bound<'_, PyAny>) -> PyResult<Option<Touch>> {
        Ok(self.0.touch(take("now", now)?).map(Touch))
    }
}

record! {
    /// A claim that a host stored, and under which idempotency key it came.
    StoredClaim { key: String, claim: sentby::Claim, ; }
}

record! {
    /// What became of a claim, and why.
    ClaimReceipt { outcome: ClaimOutcome, ; claim: Option<sentby::Claim> = None, detail: Option<String> = None, }
}

record! {
    /// One signed amount for one recipient.
    Entry { line: Text, role: Role, amount: sentby::Money, ; recipient: Option<Text> = None, rule: Option<Text> = None, refund: Option<Text> = None, }
}

record! {
    /// What everyone is owed for one order.
    Commission {
        order: String, at: Time, entries: Vec<sentby::Entry>, ;
        payment: u32 = 1, event: Event = Event::Sale, rounding: Rounding = Rounding::HalfAway, grounds: Vec<sentby::Ground> = Vec::new(),
    }

    /// The account of this commission for people: line by line, by which rule, of which base, how rounded; then the refunds.
    fn explain(&self) -> String {
        self.0.explain()
    }

    /// The entries as a ledger has them, those of the payment under this event's id.
    fn rows(&self, py: Python<'_>, event: &Bound<'_, PyAny>) -> PyResult<Py<PyAny>> {
        self.0.rows(&take::<String>("event", event)?).give(py)
    }
}

record! {
    /// One addend of somebody's part of a sale: which rule, of which base, at which rate.
    Ground {
        line: Text, role: Role, what: What, base: sentby::Money, amount: sentby::Money, ;
        recipient: Option<Text> = None, rule: Option<Text> = None, percent: Option<Rate> = None,
    }
}

record! {
    /// An amount that the buyer got back.
    Refund { id: String, amount: sentby::Money, ; line: Option<String> = None, }
}

record! {
    /// What a token of ours says: verified.
    Opened { referral: sentby::Referral, issued_at: Time, expires_at: Time, key_id: u8, ; }

    /// The touch that the token witnesses: signed, evidence "token", at the time of sealing.
    fn touch(&self) -> Touch {
        Touch(self.0.touch())
    }
}

record! {
    /// What a token says, not verified: show it, log it, never credit by it.
    Unverified { purpose: Purpose, key_id: u8, issued_at: Time, lifetime_hours: u16, referral: sentby::Referral, ; }
}

record! {
    /// Which cookie: its name, the site that it belongs to, and how long it lives.
    CookieSpec { site: String, ; name: String = "__Host-sentby".into(), lifetime_hours: u16 = Purpose::Cookie.lifetime_max_hours(), secure: bool = true, }

    /// The Set-Cookie text that removes the cookie.
    fn clear(&self) -> PyResult<String> {
        self.0.clear().map_err(raise)
    }
}

record! {
    /// What a Cookie header held.
    CookieReading { touches: Vec<sentby::Touch>, ; rejected: Vec<String> = Vec::new(), }
}

record! {
    /// Something that happened, as a ledger takes it; which fields a kind needs stands with LedgerKind.
    LedgerEvent {
        id: String, at: Time, kind: LedgerKind, ;
        order: Option<String> = None,
        payment: Option<u32> = None,
        commission: Option<sentby::Commission> = None,
        amount: Option<sentby::Money> = None,
        line: Option<String> = None,
        of: Option<String> = None,
        recipient: Option<String> = None,
        state: Option<PartnershipState> = None,
        verified: Option<bool> = None,
        note: Option<String> = None,
    }
}

record! {
    /// An event that was recorded and could not be followed to the letter.
    Problem {
        event: String, code: String, detail: String, ;
    }
}

record! {
    /// What became of an event, and what is wrong with its order.
    Receipt {
        outcome: EventOutcome, ;
        problems: Vec<sentby::Problem> = Vec::new(),
    }
}

record! {
    /// One signed amount on somebody's account.
    LedgerEntry {
        event: String, at: Time, kind: LedgerKind, amount: sentby::Money, ;
        order: Option<String> = None,
        payment: Option<u32> = None,
        line: Option<Text> = None,
        role: Option<Role> = None,
        recipient: Option<Text> = None,
        rule: Option<Text> = None,
    }
}

record! {
    /// What one recipient has in one currency: earned + adjusted = pending + available + paid out.
    Balance {
        recipient: String, earned: sentby::Money, adjusted: sentby::Money, pending: sentby::Money, available: sentby::Money, paid_out: sentby::Money, ;
    }
}

record! {
    /// What happened on one recipient's account in a stretch of time, in one currency.
    Statement {
        recipient: String, start: Time, end: Time, opening: sentby::Money, entries: Vec<sentby::LedgerEntry>, closing: sentby::Money, ;
    }
}

record! {
    /// One payment to make.
    Payout {
        id: String, recipient: String, amount: sentby::Money, ;
    }
}

record! {
    /// Money that stays where it is.
    Withheld {
        recipient: String, amount: sentby::Money, why: WhyWithheld, ;
    }
}

record! {
    /// What a payout run found.
    PayoutRun {
        at: Time, payouts: Vec<sentby::Payout>, withheld: Vec<sentby::Withheld>, ;
    }
}

record! {
    /// One recipient's part of a payment.
    Share {
        role: Role, recipient: String, amount: sentby::Money, state: CommissionState, ;
    }
}

record! {
    /// How far one payment of an order is, and everyone's part of it.
    OrderStatus {
        order: String, payment: u32, state: OrderState, at: Time, shares: Vec<sentby::Share>, problems: Vec<sentby::Problem>, ;
    }
}

record! {
    /// The first place where a ledger is not what the events say.
    Difference {
        place: String, expected: String, found: String, ;
    }
}

record! {
    /// A webhook whose signature was right.
    Webhook {
        platform: Platform, id: String, kind: WebhookKind, at: Time, ;
        test: bool = false,
        sale: Option<sentby::Order> = None,
        order: Option<String> = None,
        payment: u32 = 1,
        refunds: Vec<sentby::Refund> = Vec::new(),
        affiliate: Option<String> = None,
        campaign: Option<String> = None,
        affiliate_amount: Option<sentby::Money> = None,
        token: Option<String> = None,
        fields: BTreeMap<String, String> = BTreeMap::new(),
        notes: Vec<String> = Vec::new(),
    }

    /// The touch that the platform's word is: evidence "claim".
    fn touch(&self) -> Option<Touch> {
        self.0.touch().map(Touch)
    }

    /// The events that a ledger takes; a payment and a pending order need the commission of the sale.
    #[pyo3(signature = (commission = None))]
    fn events(&self, py: Python<'_>, commission: Option<&Bound<'_, PyAny>>) -> PyResult<Py<PyAny>> {
        let commission = take_or::<Option<sentby::Commission>>("commission", commission, None)?;
        self.0.events(commission.as_ref()).map_err(raise)?.give(py)
    }
}

record! {
    /// One step of a partnership.
    Moderation { affiliate: String, action: ModerationAction, since: Time, ; product: Option<String> = None, }
}

record! {
    /// Something that an affiliate's visitor did and that is not on the ledger.
    Activity { kind: Event, affiliate: String, at: Time, ; visitor: Option<String> = None, link: Option<String> = None, }
}

record! {
    /// From which day to which day a report goes.
    ReportPeriod { ; first: Option<String> = None, last: Option<String> = None, time_zone: Option<String> = None, }
}

record! {
    /// What came of it in one currency.
    Turnover { revenue: sentby::Money, refunds: sentby::Money, commission: sentby::Money, ; per_click: Option<sentby::Money> = None, }
}

record! {
    /// What one affiliate brought, or all.
    Standing {
        clicks: u64, visitors: u64, leads: u64, sales: u64, turnover: Vec<sentby::Turnover>, ;
        affiliate: Option<String> = None, conversion: Option<Rate> = None,
    }
}

record! {
    /// What affiliates brought in a stretch of time.
    Leaderboard { rows: Vec<sentby::Standing>, total: sentby::Standing, ; start: Option<Time> = None, end: Option<Time> = None, }
}

record! {
    /// A state of a partnership and since when it holds.
    Membership { state: PartnershipState, since: Time, ; product: Option<String> = None, }
}

record! {
    /// How a link was used.
    LinkUse { link: String, clicks: u64, visitors: u64, leads: u64, last: Time, ; }
}

record! {
    /// All that is known of one affiliate.
    Profile {
        affiliate: String, partnership: Vec<sentby::Membership>, standing: sentby::Standing, links: Vec<sentby::LinkUse>,
        orders: Vec<sentby::OrderStatus>, balances: Vec<sentby::Balance>, ;
    }
}

record! {
    /// What an affiliate asks: why was I not paid?
    Question {
        affiliate: String, at: Time, ;
        order: Option<String> = None, sale: Option<sentby::Order> = None, touches: Vec<sentby::Touch> = Vec::new(),
        period: sentby::ReportPeriod = sentby::ReportPeriod::default(),
    }
}

record! {
    /// One thing that explains why somebody was paid or not.
    Diagnosis {
        code: DiagnosisCode, sentence: String, ;
        affiliate: Option<String> = None, product: Option<String> = None, order: Option<String> = None, at: Option<Time> = None,
        amount: Option<sentby::Money> = None, reason: Option<Reason> = None, touch: Option<u32> = None,
    }
}

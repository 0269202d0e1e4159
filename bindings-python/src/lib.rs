//! sentby for Python: convert, call, convert.

mod columns;
mod convert;
mod ledger;
mod records;

use convert::{Field, SentbyError, raise, take, take_or, wrong};
use ledger::Ledger;
use pyo3::prelude::*;
use pyo3::types::{PyBytes, PyDict, PyList, PyString, PyType};
use records::{
    Activity, Advice, Balance, CarrierName, Change, Claim, ClaimReceipt, Commission, CookieReading, CookieSpec, Credit, Decision,
    Diagnosis, Difference, Entry, Finding, Flag, Ground, Leaderboard, LedgerEntry, LedgerEvent, Line, Link, LinkUse, Membership,
    Moderation, Money, Network, Opened, Order, OrderStatus, Payout, PayoutRun, Problem, Profile, Question, Reading, Receipt, Referral,
    Refund, ReportPeriod, SecondNetwork, Share, Standing, Statement, StoredClaim, Touch, Turnover, Unverified, Verdict, Webhook, Withheld,
    Witness,
};
use sentby::{LinkColumns, LinkField};

/// The system's allocator gives the pages of large columns back after each call, and the kernel clears them anew for the next one.
#[cfg(feature = "mimalloc")]
#[global_allocator]
static ALLOCATOR: mimalloc::MiMalloc = mimalloc::MiMalloc;

/// The vendor's rules: products, affiliates, links, who is credited, what they earn.
#[pyclass(module = "sentby", frozen)]
#[derive(Debug)]
struct Program(sentby::Program);

#[pymethods]
impl Program {
    #[classmethod]
    fn from_toml(_class: &Bound<'_, PyType>, text: &Bound<'_, PyAny>) -> PyResult<Self> {
        sentby::Program::from_toml(&take::<String>("text", text)?).map(Self).map_err(raise)
    }

    #[classmethod]
    fn from_json(_class: &Bound<'_, PyType>, text: &Bound<'_, PyAny>) -> PyResult<Self> {
        sentby::Program::from_json(&take::<String>("text", text)?).map(Self).map_err(raise)
    }

    /// The program in a file: JSON if its name ends in .json, TOML otherwise.
    #[classmethod]
    fn load(_class: &Bound<'_, PyType>, path: std::path::PathBuf) -> PyResult<Self> {
        let named = |error: std::io::Error| std::io::Error::new(error.kind(), format!("{}: {error}", path.display()));
        let text = std::fs::read_to_string(&path).map_err(named)?;
        let json = path.extension().is_some_and(|e| e.eq_ignore_ascii_case("json"));
        if json { sentby::Program::from_json(&text) } else { sentby::Program::from_toml(&text) }.map(Self).map_err(raise)
    }

    #[getter]
    fn name(&self) -> &str {
        self.0.name()
    }

    #[getter]
    fn vendor(&self) -> &str {
        self.0.vendor()
    }

    #[getter]
    fn parameter(&self) -> &str {
        self.0.parameter()
    }

    #[getter]
    fn version(&self) -> String {
        self.0.version()
    }

    fn to_json(&self) -> &str {
        self.0.to_json()
    }

    fn coupon_owner(&self, coupon: &Bound<'_, PyAny>) -> PyResult<Option<&str>> {
        Ok(self.0.coupon_owner(&take::<String>("coupon", coupon)?))
    }

    fn read(&self, url: &Bound<'_, PyAny>) -> PyResult<Option<Link>> {
        Ok(self.0.read(&take::<String>("url", url)?).map_err(raise)?.map(Link))
    }

    fn link(&self, referral: &Bound<'_, PyAny>) -> PyResult<String> {
        self.0.link(&take("referral", referral)?).map_err(raise)
    }

    fn decorate(&self, url: &Bound<'_, PyAny>, referral: &Bound<'_, PyAny>) -> PyResult<String> {
        self.0.decorate(&take::<String>("url", url)?, &take("referral", referral)?).map_err(raise)
    }

    fn carry(&self, url: &Bound<'_, PyAny>, carrier: &Bound<'_, PyAny>) -> PyResult<String> {
        self.0.carry(&take::<String>("url", url)?, &take::<String>("carrier", carrier)?).map_err(raise)
    }

    fn carried(&self, url: &Bound<'_, PyAny>) -> PyResult<Option<String>> {
        self.0.carried(&take::<String>("url", url)?).map_err(raise)
    }

    fn identity(&self, py: Python<'_>, keys: &Bound<'_, PyAny>, kind: &Bound<'_, PyAny>, value: &Bound<'_, PyAny>) -> PyResult<Py<PyAny>> {
        let keys = keys.cast::<Keys>().map_err(|_| wrong("Keys", keys).at("/keys").raise())?;
        self.0.identity(&keys.get().0, take("kind", kind)?, &take::<String>("value", value)?).map_err(raise)?.give(py)
    }

    fn lint(&self, py: Python<'_>) -> PyResult<Py<PyAny>> {
        self.0.lint().give(py)
    }

    fn diff(&self, py: Python<'_>, newer: &Bound<'_, PyAny>) -> PyResult<Py<PyAny>> {
        let newer = newer.cast::<Self>().map_err(|_| wrong("Program", newer).at("/newer").raise())?;
        self.0.diff(&newer.get().0).give(py)
    }

    fn attribute(&self, py: Python<'_>, order: &Bound<'_, PyAny>, touches: &Bound<'_, PyAny>) -> PyResult<Decision> {
        let (order, touches) = (take("order", order)?, take::<Vec<_>>("touches", touches)?);
        py.detach(|| self.0.attribute(&order, &touches)).map(Decision).map_err(raise)
    }

    fn fingerprint(&self, order: &Bound<'_, PyAny>, touches: &Bound<'_, PyAny>, decision: &Bound<'_, PyAny>) -> PyResult<String> {
        self.0.fingerprint(&take("order", order)?, &take::<Vec<_>>("touches", touches)?, &take("decision", decision)?).map_err(raise)
    }

    fn commission(&self, order: &Bound<'_, PyAny>, decision: &Bound<'_, PyAny>) -> PyResult<Commission> {
        self.0.commission(&take("order", order)?, &take("decision", decision)?).map(Commission).map_err(raise)
    }

    fn commission_after(&self, order: &Bound<'_, PyAny>, decision: &Bound<'_, PyAny>, earlier: &Bound<'_, PyAny>) -> PyResult<Commission> {
        let earlier: Vec<sentby::Commission> = take("earlier", earlier)?;
        self.0.commission_after(&take("order", order)?, &take("decision", decision)?, &earlier).map(Commission).map_err(raise)
    }

    fn next_payout(&self, py: Python<'_>, at: &Bound<'_, PyAny>) -> PyResult<Py<PyAny>> {
        self.0.next_payout(take("at", at)?).give(py)
    }

    #[getter]
    fn looks_back(&self) -> bool {
        self.0.looks_back()
    }

    fn reverse(&self, commission: &Bound<'_, PyAny>, id: &Bound<'_, PyAny>) -> PyResult<Commission> {
        self.0.reverse(&take("commission", commission)?, &take::<String>("id", id)?).map(Commission).map_err(raise)
    }

    fn restore(&self, commission: &Bound<'_, PyAny>, refund: &Bound<'_, PyAny>, id: &Bound<'_, PyAny>) -> PyResult<Commission> {
        let (refund, id): (String, String) = (take("refund", refund)?, take("id", id)?);
        self.0.restore(&take("commission", commission)?, &refund, &id).map(Commission).map_err(raise)
    }

    fn refund(&self, commission: &Bound<'_, PyAny>, refund: &Bound<'_, PyAny>) -> PyResult<Commission> {
        self.0.refund(&take("commission", commission)?, &take("refund", refund)?).map(Commission).map_err(raise)
    }

    /// Reads a webhook from the raw body of a request, if its signature is right.
    fn webhook(
        &self,
        platform: &Bound<'_, PyAny>,
        secret: &Bound<'_, PyAny>,
        signature: &Bound<'_, PyAny>,
        body: &Bound<'_, PyAny>,
        received: &Bound<'_, PyAny>,
    ) -> PyResult<Webhook> {
        let (secret, signature) = (take::<String>("secret", secret)?, take::<String>("signature", signature)?);
        let body = body.cast::<PyBytes>().map_err(|_| wrong("bytes", body).at("/body").raise())?;
        let webhook = self.0.webhook(take("platform", platform)?, &secret, &signature, body.as_bytes(), take("received", received)?);
        webhook.map(Webhook).map_err(raise)
    }

    fn moderate(&self, moderation: &Bound<'_, PyAny>) -> PyResult<Self> {
        self.0.moderate(&take("moderation", moderation)?).map(Self).map_err(raise)
    }

    #[pyo3(signature = (ledger, activities, period = None))]
    fn leaderboard(
        &self,
        py: Python<'_>,
        ledger: &Bound<'_, PyAny>,
        activities: &Bound<'_, PyAny>,
        period: Option<&Bound<'_, PyAny>>,
    ) -> PyResult<Leaderboard> {
        let (ledger, activities) = (ledger::ledger(ledger)?, take::<Vec<sentby::Activity>>("activities", activities)?);
        let period = take_or("period", period, sentby::ReportPeriod::default())?;
        py.detach(|| self.0.leaderboard(&ledger.lock(), &activities, &period)).map(Leaderboard).map_err(raise)
    }

    fn profile(
        &self,
        py: Python<'_>,
        ledger: &Bound<'_, PyAny>,
        activities: &Bound<'_, PyAny>,
        affiliate: &Bound<'_, PyAny>,
        at: &Bound<'_, PyAny>,
    ) -> PyResult<Option<Profile>> {
        let (ledger, activities) = (ledger::ledger(ledger)?, take::<Vec<sentby::Activity>>("activities", activities)?);
        let (affiliate, at) = (take::<String>("affiliate", affiliate)?, take("at", at)?);
        py.detach(|| self.0.profile(&ledger.lock(), &activities, &affiliate, at)).map(|profile| profile.map(Profile)).map_err(raise)
    }

    #[pyo3(signature = (question, ledger = None, others = None))]
    fn diagnose(
        &self,
        py: Python<'_>,
        question: &Bound<'_, PyAny>,
        ledger: Option<&Bound<'_, PyAny>>,
        others: Option<&Bound<'_, PyAny>>,
    ) -> PyResult<Py<PyAny>> {
        let question: sentby::Question = take("question", question)?;
        let ledger = ledger.filter(|ledger| !ledger.is_none()).map(ledger::ledger).transpose()?;
        let mut programs: Vec<Py<Self>> = Vec::new();
        if let Some(others) = others.filter(|others| !others.is_none()) {
            for (n, other) in others.try_iter().map_err(|_| wrong("a list", others).at("/others").raise())?.enumerate() {
                let other = other?;
                let program = other.cast::<Self>().map_err(|_| wrong("Program", &other).at(&format!("/others/{n}")).raise())?;
                programs.push(program.clone().unbind());
            }
        }
        let others: Vec<&sentby::Program> = programs.iter().map(|program| &program.get().0).collect();
        py.detach(|| self.0.diagnose(&question, ledger.map(Ledger::lock).as_deref(), &others)).map_err(raise)?.give(py)
    }

    fn __eq__(&self, other: &Self) -> bool {
        self.0.to_json() == other.0.to_json()
    }

    fn __hash__(&self) -> u64 {
        // The first half of a SHA-256.
        u64::from_str_radix(self.0.version().get(..16).unwrap_or_default(), 16).unwrap_or_default()
    }

    fn __repr__(&self) -> String {
        format!("<sentby.Program of {}, version {}>", self.0.vendor(), self.0.version().get(..12).unwrap_or_default())
    }

    fn __reduce__<'py>(slf: &Bound<'py, Self>) -> PyResult<(Bound<'py, PyAny>, (String,))> {
        Ok((slf.get_type().getattr("from_json")?, (slf.get().0.to_json().to_owned(),)))
    }
}

/// One secret root key; its repr shows nothing of it.
#[pyclass(module = "sentby", frozen)]
#[derive(Debug)]
struct RootKey(sentby::RootKey);

#[pymethods]
impl RootKey {
    #[new]
    #[pyo3(signature = (id, secret, *, retires = None))]
    fn new(id: &Bound<'_, PyAny>, secret: &Bound<'_, PyAny>, retires: Option<&Bound<'_, PyAny>>) -> PyResult<Self> {
        let secret = secret.cast::<PyBytes>().map_err(|_| wrong("bytes", secret).at("/secret").raise())?;
        let key = sentby::RootKey::new(take("id", id)?, secret.as_bytes());
        Ok(Self(match retires {
            Some(at) if !at.is_none() => key.retires(take("retires", at)?),
            Some(_) | None => key,
        }))
    }

    fn __repr__(&self) -> String {
        format!("<sentby.{:?}>", self.0)
    }
}

/// The vendor's secret keys: the last one signs, all of them open. Not picklable, on purpose.
#[pyclass(module = "sentby", frozen)]
#[derive(Debug)]
struct Keys(sentby::Keys);

#[pymethods]
impl Keys {
    #[new]
    fn new(keys: &Bound<'_, PyAny>) -> PyResult<Self> {
        let items = keys.try_iter().map_err(|_| wrong("a list", keys).at("/keys").raise())?;
        let keys = items
            .enumerate()
            .map(|(n, item)| {
                let item = item?;
                let key = item.cast::<RootKey>().map_err(|_| wrong("RootKey", &item).at(&format!("/keys/{n}")).raise())?;
                Ok(key.get().0.clone())
            })
            .collect::<PyResult<Vec<sentby::RootKey>>>()?;
        sentby::Keys::new(&keys).map(Self).map_err(raise)
    }

    #[pyo3(signature = (referral, purpose, audience, now, *, lifetime_hours = None))]
    fn seal(
        &self,
        referral: &Bound<'_, PyAny>,
        purpose: &Bound<'_, PyAny>,
        audience: &Bound<'_, PyAny>,
        now: &Bound<'_, PyAny>,
        lifetime_hours: Option<&Bound<'_, PyAny>>,
    ) -> PyResult<String> {
        let (referral, purpose, audience, now) =
            (take("referral", referral)?, take("purpose", purpose)?, take::<String>("audience", audience)?, take("now", now)?);
        match lifetime_hours {
            Some(hours) if !hours.is_none() => self.0.seal_for(&referral, purpose, &audience, now, take("lifetime_hours", hours)?),
            Some(_) | None => self.0.seal(&referral, purpose, &audience, now),
        }
        .map_err(raise)
    }

    fn open(
        &self,
        text: &Bound<'_, PyAny>,
        purpose: &Bound<'_, PyAny>,
        audience: &Bound<'_, PyAny>,
        now: &Bound<'_, PyAny>,
    ) -> PyResult<Opened> {
        self.0
            .open(&take::<String>("text", text)?, take("purpose", purpose)?, &take::<String>("audience", audience)?, take("now", now)?)
            .map(Opened)
            .map_err(raise)
    }

    fn short_code(&self, click_id: &Bound<'_, PyAny>, audience: &Bound<'_, PyAny>, now: &Bound<'_, PyAny>) -> PyResult<String> {
        self.0.short_code(&take::<String>("click_id", click_id)?, &take::<String>("audience", audience)?, take("now", now)?).map_err(raise)
    }

    fn open_short_code(&self, text: &Bound<'_, PyAny>, audience: &Bound<'_, PyAny>, now: &Bound<'_, PyAny>) -> PyResult<String> {
        self.0.open_short_code(&take::<String>("text", text)?, &take::<String>("audience", audience)?, take("now", now)?).map_err(raise)
    }

    fn set_cookie(
        &self,
        spec: &Bound<'_, PyAny>,
        touches: &Bound<'_, PyAny>,
        consent: &Bound<'_, PyAny>,
        now: &Bound<'_, PyAny>,
    ) -> PyResult<Option<String>> {
        self.0
            .set_cookie(&take("spec", spec)?, &take::<Vec<_>>("touches", touches)?, take("consent", consent)?, take("now", now)?)
            .map_err(raise)
    }

    fn read_cookie(&self, spec: &Bound<'_, PyAny>, header: &Bound<'_, PyAny>, now: &Bound<'_, PyAny>) -> PyResult<CookieReading> {
        self.0.read_cookie(&take("spec", spec)?, &take::<String>("header", header)?, take("now", now)?).map(CookieReading).map_err(raise)
    }

    fn forget_cookie(
        &self,
        spec: &Bound<'_, PyAny>,
        header: &Bound<'_, PyAny>,
        click_ids: &Bound<'_, PyAny>,
        now: &Bound<'_, PyAny>,
    ) -> PyResult<Option<String>> {
        let click_ids = take::<Vec<String>>("click_ids", click_ids)?;
        self.0.forget_cookie(&take("spec", spec)?, &take::<String>("header", header)?, &click_ids, take("now", now)?).map_err(raise)
    }

    fn __repr__(&self) -> String {
        format!("<sentby.{:?}>", self.0)
    }
}

/// What a token says, without keys and unverified.
#[pyfunction]
fn peek(text: &Bound<'_, PyAny>) -> PyResult<Unverified> {
    sentby::carrier::peek(&take::<String>("text", text)?).map(Unverified).map_err(raise)
}

/// Splits total by weights; the parts sum to total, always.
#[pyfunction]
fn allocate(total: &Bound<'_, PyAny>, weights: &Bound<'_, PyAny>) -> PyResult<Vec<u64>> {
    Ok(sentby::allocate(take("total", total)?, &take::<Vec<u64>>("weights", weights)?))
}

/// What a URL says, by the rules of every network that sentby knows; the text is taken as it is.
#[pyfunction]
fn read(url: &Bound<'_, PyAny>) -> PyResult<Reading> {
    sentby::read(&take::<String>("url", url)?).map(Reading).map_err(raise)
}

/// What a URL says after repairs, each of which is one of the reading's warnings.
#[pyfunction]
fn read_lenient(url: &Bound<'_, PyAny>) -> PyResult<Reading> {
    sentby::read_lenient(&take::<String>("url", url)?).map(Reading).map_err(raise)
}

/// Everything that is odd about a link that someone pasted, in order of place.
#[pyfunction]
fn lint(py: Python<'_>, url: &Bound<'_, PyAny>) -> PyResult<Py<PyAny>> {
    sentby::lint(&take::<String>("url", url)?).map_err(raise)?.give(py)
}

/// A network's link for a referral, on the network's own host.
#[pyfunction]
fn link(network: &Bound<'_, PyAny>, referral: &Bound<'_, PyAny>) -> PyResult<String> {
    sentby::link(&take::<String>("network", network)?, &take("referral", referral)?).map_err(raise)
}

/// Every network that is known.
#[pyfunction]
fn networks(py: Python<'_>) -> PyResult<Py<PyAny>> {
    sentby::networks().to_vec().give(py)
}

/// The names of parameters that were looked up in the lists of browsers and blockers.
#[pyfunction]
fn carrier_names(py: Python<'_>) -> PyResult<Py<PyAny>> {
    sentby::carrier_names().give(py)
}

/// What many URLs say: one list a field. What is not a URL, and None, has no values.
#[pyfunction]
#[pyo3(signature = (urls, fields = None, *, lenient = false))]
fn read_column<'py>(
    py: Python<'py>,
    urls: &Bound<'py, PyAny>,
    fields: Option<&Bound<'py, PyAny>>,
    lenient: bool,
) -> PyResult<Bound<'py, PyDict>> {
    use LinkField::{Affiliate, Campaign, Network, Product};
    let fields = match fields {
        Some(fields) => take::<Vec<LinkField>>("fields", fields)?,
        None => vec![Network, Product, Affiliate, Campaign],
    };
    let mut columns = LinkColumns::new(&fields, lenient);
    if urls.is_instance_of::<PyString>() || urls.is_instance_of::<PyDict>() {
        return Err(wrong("a list of URLs", urls).raise());
    }
    for (n, url) in urls.try_iter().map_err(|_| wrong("a list of URLs", urls).raise())?.enumerate() {
        let url = url?;
        match url.cast::<PyString>() {
            Ok(url) => columns.push(url.to_str().unwrap_or_default()),
            Err(_) if url.is_none() => columns.push(""),
            Err(_) => return Err(wrong("str", &url).at(&format!("/urls/{n}")).raise()),
        }
    }
    let lists = PyDict::new(py);
    for field in &fields {
        if let Some(column) = columns.column(*field) {
            lists.set_item(field.as_str(), PyList::new(py, (0..column.len()).map(|row| column.get(row)))?)?;
        }
    }
    Ok(lists)
}

/// What a visitor's answer and the browser's Sec-GPC header say together.
#[pyfunction]
#[pyo3(signature = (answer, *, gpc = None))]
fn consent(py: Python<'_>, answer: &Bound<'_, PyAny>, gpc: Option<&Bound<'_, PyAny>>) -> PyResult<Py<PyAny>> {
    sentby::Consent::of(take("answer", answer)?, take_or("gpc", gpc, false)?).give(py)
}

/// The touches without those of these clicks.
#[pyfunction]
fn forget(py: Python<'_>, touches: &Bound<'_, PyAny>, click_ids: &Bound<'_, PyAny>) -> PyResult<Py<PyAny>> {
    let click_ids = take::<Vec<String>>("click_ids", click_ids)?;
    sentby::forget(take("touches", touches)?, &click_ids).give(py)
}

/// Judges a claim beside those that the host stored for the same checkout.
#[pyfunction]
fn receive_claim(
    text: &Bound<'_, PyAny>,
    key: &Bound<'_, PyAny>,
    stored: &Bound<'_, PyAny>,
    now: &Bound<'_, PyAny>,
) -> PyResult<ClaimReceipt> {
    let (text, key) = (take::<String>("text", text)?, take::<String>("key", key)?);
    Ok(ClaimReceipt(sentby::receive_claim(&text, &key, &take::<Vec<_>>("stored", stored)?, take("now", now)?)))
}

/// Entries of a ledger, a statement or a settlement as JSON or CSV.
#[pyfunction]
fn export_entries(entries: &Bound<'_, PyAny>, format: &Bound<'_, PyAny>) -> PyResult<String> {
    Ok(sentby::export_entries(&take::<Vec<_>>("entries", entries)?, take("format", format)?))
}

/// The same as an Arrow IPC stream.
#[pyfunction]
fn export_arrow<'py>(py: Python<'py>, entries: &Bound<'py, PyAny>) -> PyResult<Bound<'py, PyBytes>> {
    let entries: Vec<sentby::LedgerEntry> = take("entries", entries)?;
    py.detach(|| sentby::export_arrow(&entries)).map(|bytes| PyBytes::new(py, &bytes)).map_err(raise)
}

/// The sentences of a language as JSON, for Decision.explain; None if it is not shipped.
#[pyfunction]
fn messages(language: &Bound<'_, PyAny>) -> PyResult<Option<String>> {
    Ok(sentby::Messages::in_language(&take::<String>("language", language)?).map(sentby::Messages::to_json))
}

#[pymodule]
fn _sentby(module: &Bound<'_, PyModule>) -> PyResult<()> {
    module.add("__version__", env!("CARGO_PKG_VERSION"))?;
    module.add("SentbyError", module.py().get_type::<SentbyError>())?;
    module.add_class::<Program>()?;
    module.add_class::<columns::Table>()?;
    module.add_class::<columns::Journeys>()?;
    module.add_class::<columns::Markov>()?;
    module.add_function(wrap_pyfunction!(columns::attribute_columns, module)?)?;
    module.add_function(wrap_pyfunction!(columns::what_if, module)?)?;
    module.add_function(wrap_pyfunction!(columns::decide_order, module)?)?;
    module.add_function(wrap_pyfunction!(columns::join_visitors, module)?)?;
    module.add_function(wrap_pyfunction!(columns::part_of_visitors, module)?)?;
    module.add_function(wrap_pyfunction!(columns::share_column, module)?)?;
    module.add_function(wrap_pyfunction!(columns::shapley_value, module)?)?;
    module.add_class::<RootKey>()?;
    module.add_class::<Keys>()?;
    module.add_class::<Money>()?;
    module.add_class::<Referral>()?;
    module.add_class::<Link>()?;
    module.add_class::<Reading>()?;
    module.add_class::<SecondNetwork>()?;
    module.add_class::<Finding>()?;
    module.add_class::<Network>()?;
    module.add_class::<CarrierName>()?;
    module.add_class::<Advice>()?;
    module.add_class::<Touch>()?;
    module.add_class::<Line>()?;
    module.add_class::<Order>()?;
    module.add_class::<Credit>()?;
    module.add_class::<Verdict>()?;
    module.add_class::<Decision>()?;
    module.add_class::<Flag>()?;
    module.add_class::<Witness>()?;
    module.add_class::<Change>()?;
    module.add_class::<Claim>()?;
    module.add_class::<StoredClaim>()?;
    module.add_class::<ClaimReceipt>()?;
    module.add_class::<Entry>()?;
    module.add_class::<Commission>()?;
    module.add_class::<Ground>()?;
    module.add_class::<Ledger>()?;
    module.add_class::<LedgerEvent>()?;
    module.add_class::<Problem>()?;
    module.add_class::<Receipt>()?;
    module.add_class::<LedgerEntry>()?;
    module.add_class::<Balance>()?;
    module.add_class::<Statement>()?;
    module.add_class::<Payout>()?;
    module.add_class::<Withheld>()?;
    module.add_class::<PayoutRun>()?;
    module.add_class::<Share>()?;
    module.add_class::<OrderStatus>()?;
    module.add_class::<Difference>()?;
    module.add_class::<Refund>()?;
    module.add_class::<Webhook>()?;
    module.add_class::<Moderation>()?;
    module.add_class::<Activity>()?;
    module.add_class::<ReportPeriod>()?;
    module.add_class::<Turnover>()?;
    module.add_class::<Standing>()?;
    module.add_class::<Leaderboard>()?;
    module.add_class::<Membership>()?;
    module.add_class::<LinkUse>()?;
    module.add_class::<Profile>()?;
    module.add_class::<Question>()?;
    module.add_class::<Diagnosis>()?;
    module.add_class::<Opened>()?;
    module.add_class::<Unverified>()?;
    module.add_class::<CookieSpec>()?;
    module.add_class::<CookieReading>()?;
    module.add_function(wrap_pyfunction!(peek, module)?)?;
    module.add_function(wrap_pyfunction!(read, module)?)?;
    module.add_function(wrap_pyfunction!(read_lenient, module)?)?;
    module.add_function(wrap_pyfunction!(read_column, module)?)?;
    module.add_function(wrap_pyfunction!(lint, module)?)?;
    module.add_function(wrap_pyfunction!(link, module)?)?;
    module.add_function(wrap_pyfunction!(networks, module)?)?;
    module.add_function(wrap_pyfunction!(carrier_names, module)?)?;
    module.add_function(wrap_pyfunction!(consent, module)?)?;
    module.add_function(wrap_pyfunction!(forget, module)?)?;
    module.add_function(wrap_pyfunction!(receive_claim, module)?)?;
    module.add_function(wrap_pyfunction!(messages, module)?)?;
    module.add_function(wrap_pyfunction!(export_entries, module)?)?;
    module.add_function(wrap_pyfunction!(export_arrow, module)?)?;
    module.add_function(wrap_pyfunction!(allocate, module)?)
}

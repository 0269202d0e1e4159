//! The story, told over real HTTP by two browsers that share nothing: a phone and a PC.

use crate::app::App;
use sentby::Time;
use std::collections::BTreeMap;

type Told<T> = Result<T, String>;

/// A browser: cookies, and nothing else.
struct Browser {
    agent: ureq::Agent,
    cookies: BTreeMap<String, String>,
}

impl Browser {
    fn new() -> Self {
        let config = ureq::Agent::config_builder().max_redirects(0).http_status_as_error(false).build();
        Self { agent: config.into(), cookies: BTreeMap::new() }
    }

    /// Sends one request, follows redirects as a browser does, and returns the last URL and its page.
    fn send(&mut self, url: &str, form: Option<&[(&str, &str)]>) -> Told<(String, String)> {
        let mut url = url.to_owned();
        let mut form = form;
        for _ in 0..5 {
            let cookies: Vec<String> = self.cookies.iter().map(|(name, value)| format!("{name}={value}")).collect();
            let cookies = cookies.join("; ");
            let sent = match form {
                Some(fields) => self.agent.post(&url).header("cookie", &cookies).send_form(fields.iter().copied()),
                None => self.agent.get(&url).header("cookie", &cookies).call(),
            };
            let mut response = sent.map_err(|e| format!("{url}: {e}"))?;
            for cookie in response.headers().get_all("set-cookie") {
                if let Some((name, value)) = cookie.to_str().ok().and_then(|c| c.split(';').next()).and_then(|c| c.split_once('=')) {
                    self.cookies.insert(name.into(), value.into());
                }
            }
            let status = response.status().as_u16();
            let next = response.headers().get("location").and_then(|l| l.to_str().ok()).map(str::to_owned);
            let body = response.body_mut().read_to_string().map_err(|e| format!("{url}: {e}"))?;
            match (status, next) {
                (200, _) => return Ok((url, body)),
                (300..=399, Some(next)) => {
                    url = if next.starts_with('/') { origin(&url) + &next } else { next };
                    form = None;
                }
                (status, _) => return Err(format!("{url}: status {status}: {}", body.trim())),
            }
        }
        Err(format!("{url}: too many redirects"))
    }
}

fn origin(url: &str) -> String {
    url.splitn(4, '/').take(3).collect::<Vec<_>>().join("/")
}

/// The text between two marks of a page.
fn between<'p>(page: &'p str, before: &str, after: &str) -> Told<&'p str> {
    let found = page.split_once(before).and_then(|(_, rest)| rest.split_once(after));
    found.map(|(text, _)| text).ok_or_else(|| format!("the page lacks {before}"))
}

/// The value behind a mark, up to the closing quote, unescaped.
fn value(page: &str, before: &str) -> Told<String> {
    Ok(between(page, before, "\"")?.replace("&#x2f;", "/").replace("&amp;", "&"))
}

fn step(number: u32, text: &str) {
    println!("{number}. {text}");
}

fn note(text: &str) {
    println!("   {text}");
}

pub(crate) fn walk(app: &App) -> Told<()> {
    let base = &app.base;
    let at = |text: &str| -> Told<()> {
        app.set_clock(Some(Time::parse(text).map_err(|e| e.to_string())?));
        Ok(())
    };
    let (mut phone, mut pc) = (Browser::new(), Browser::new());

    println!("One sale across two devices\n");
    step(1, "Weeks ago, on her PC, Lena looked at two other affiliates' links and allowed the cookie.");
    for (when, affiliate) in [("2026-01-21T18:00:00Z", "carl"), ("2026-02-20T12:00:00Z", "bob")] {
        at(when)?;
        let (_, page) = pc.send(&format!("{base}/webinar/sales-masterclass?partner={affiliate}"), None)?;
        if page.contains("name=\"answer\"") {
            let carrier = value(&page, "name=\"xa\" value=\"")?;
            pc.send(&format!("{base}/consent"), Some(&[("answer", "granted"), ("campaign", "sales-masterclass"), ("xa", &carrier)]))?;
        }
        note(&format!("{when}  PC     ?partner={affiliate}"));
    }

    at("2026-03-01T09:00:00Z")?;
    step(2, "Lena taps Anna's link on her phone and registers. She does not allow cookies there.");
    let (_, page) = phone.send(&format!("{base}/webinar/sales-masterclass?partner=anna"), None)?;
    let carrier = value(&page, "name=\"xa\" value=\"")?;
    let (mail_url, mail) =
        phone.send(&format!("{base}/register"), Some(&[("name", "Lena"), ("email", "lena@example.org"), ("xa", &carrier)]))?;
    note("2026-03-01T09:00:00Z  phone  ?partner=anna, the profile keeps a sealed carrier");
    let room = value(&mail, "id=\"room\" href=\"")?;
    note(&format!("her e-mail: {mail_url}"));

    at("2026-03-03T18:00:00Z")?;
    step(3, "Two days later, on her PC, she opens the webinar from the e-mail and clicks Buy.");
    let (_, page) = pc.send(&room, None)?;
    let buy = value(&page, "id=\"buy\" href=\"")?;
    note(&format!("the link: {}…", buy.chars().take(96).collect::<String>()));
    let (_, page) = pc.send(&buy, None)?;
    let xa = value(&page, "name=\"xa\" value=\"")?;
    let attendee = value(&page, "name=\"attendee\" value=\"")?;
    let action = value(&page, "id=\"checkout\" method=\"post\" action=\"")?;
    let (why, _) = pc.send(&format!("{base}{action}"), Some(&[("attendee", &attendee), ("xa", &xa), ("coupon", "")]))?;

    step(4, "The checkout decides, and says why.");
    explain(&mut pc, &why)?;
    step(5, "The commission, to the cent.");
    let sale = settle(&mut pc, &why)?;
    let expected = [("tax", 19_000), ("fee", 5_931), ("affiliate", 47_034), ("vendor", 47_035)];
    for (role, minor) in expected {
        if !sale.iter().any(|(r, m)| r == role && *m == minor) {
            return Err(format!("the published example says {role} {minor}, got {sale:?}"));
        }
    }

    step(6, "A part is refunded, then the rest: everyone ends at exactly zero.");
    let order = why.rsplit('/').next().unwrap_or_default().to_owned();
    for amount in ["400.00", "790.00"] {
        pc.send(&format!("{base}/refund/{order}"), Some(&[("amount", amount)]))?;
        let entries = fetch(&mut pc, &why)?;
        let entries = entries["entries"].as_array().cloned().unwrap_or_default();
        let anna: i64 = entries.iter().filter(|e| e["recipient"] == "anna").filter_map(|e| e["amount"]["minor"].as_i64()).sum();
        let all: i64 = entries.iter().filter_map(|e| e["amount"]["minor"].as_i64()).sum();
        note(&format!("{amount:>8} EUR back: {} left for Anna, {} of the order in all", cents(anna), cents(all)));
        if amount == "790.00" && (anna, all) != (0, 0) {
            return Err("the refunds leave a residue".into());
        }
    }

    at("2026-03-05T10:00:00Z")?;
    step(7, "Max buys with Bob's coupon, which outranks the link that brought him.");
    let (_, page) = phone.send(&format!("{base}/webinar/sales-masterclass?partner=anna"), None)?;
    let carrier = value(&page, "name=\"xa\" value=\"")?;
    let (_, mail) = phone.send(&format!("{base}/register"), Some(&[("name", "Max"), ("email", "max@example.org"), ("xa", &carrier)]))?;
    let buy = value(&mail, "id=\"buy\" href=\"")?;
    let (_, page) = phone.send(&buy, None)?;
    let xa = value(&page, "name=\"xa\" value=\"")?;
    let attendee = value(&page, "name=\"attendee\" value=\"")?;
    let (why, _) = phone.send(&format!("{base}{action}"), Some(&[("attendee", &attendee), ("xa", &xa), ("coupon", "bob5")]))?;
    explain(&mut phone, &why)?;

    at("2026-03-06T08:00:00Z")?;
    step(8, "CopeCart tells by webhook of a sale that Carl brought, twice; then of its chargeback. A forged one is refused.");
    // A file that was kept has the orders of the last time.
    let order = (7..).map(|n| format!("CC-{n}")).find(|order| pc.send(&format!("{base}/why/{order}"), None).is_err()).unwrap_or_default();
    let sold = r#"{"event_type": "payment.made", "payment_status": "paid", "transaction_type": "sale", "transaction_id": "T-7", "order_id": "CC-7",
        "transaction_date": "2026-03-06T07:59:00Z", "transaction_amount": "1190.00", "transaction_vat_amount": "190.00", "transaction_currency": "EUR",
        "product_id": "521411d4", "affiliate": "carl", "buyer_firstname": "Kim"}"#;
    let sold = &sold.replace("CC-7", &order).replace("T-7", &format!("T-{order}-1"));
    let lost = sold
        .replace("payment.made", "payment.charged_back")
        .replace("\"paid\"", "\"chargeback_succeeded\"")
        .replace("\"sale\"", "\"chargeback\"");
    let lost = lost.replace(&format!("T-{order}-1"), &format!("T-{order}-2")).replace("T07:59", "T08:00");
    let mut left = Vec::new();
    for body in [sold, sold, &lost] {
        let answer = deliver(base, body, &sign(body))?;
        let order = fetch(&mut pc, &format!("{base}/why/{order}"))?;
        let entries = order["entries"].as_array().cloned().unwrap_or_default();
        let carl: i64 = entries.iter().filter(|e| e["recipient"] == "carl").filter_map(|e| e["amount"]["minor"].as_i64()).sum();
        note(&format!("{answer}: {} for Carl, {} entries", cents(carl), entries.len()));
        left.push(carl);
    }
    if left != [47_034, 47_034, 0] {
        return Err(format!("Carl has {left:?}"));
    }
    match deliver(base, sold, &sign(&lost)) {
        Err(refused) => note(&refused.split(": ").skip(2).collect::<Vec<_>>().join(": ")),
        Ok(_) => return Err("a forged webhook was taken".into()),
    }
    println!("\nThe story is told.");
    Ok(())
}

/// What CopeCart sends: a body, and its signature in a header.
fn deliver(base: &str, body: &str, signature: &str) -> Told<String> {
    let agent: ureq::Agent = ureq::Agent::config_builder().http_status_as_error(false).build().into();
    let sent = agent.post(format!("{base}/hooks/copecart")).header("x-copecart-signature", signature).send(body);
    let mut response = sent.map_err(|e| e.to_string())?;
    let answer = response.body_mut().read_to_string().map_err(|e| e.to_string())?;
    if response.status().as_u16() == 200 { Ok(answer) } else { Err(format!("webhook: {}: {}", response.status(), answer.trim())) }
}

fn sign(body: &str) -> String {
    use hmac::{Hmac, KeyInit, Mac};
    let Ok(mut mac) = Hmac::<sha2::Sha256>::new_from_slice(crate::hooks::SECRET.as_bytes()) else { return String::new() };
    mac.update(body.as_bytes());
    mac.finalize().into_bytes().iter().map(|byte| format!("{byte:02x}")).collect()
}

fn fetch(browser: &mut Browser, why: &str) -> Told<serde_json::Value> {
    let (_, body) = browser.send(&format!("{why}/json"), None)?;
    serde_json::from_str(&body).map_err(|e| e.to_string())
}

fn explain(browser: &mut Browser, why: &str) -> Told<()> {
    let sale = fetch(browser, why)?;
    sale["explanation"].as_str().unwrap_or_default().lines().for_each(note);
    note(&format!("fingerprint {}", sale["fingerprint"].as_str().unwrap_or_default()));
    Ok(())
}

fn settle(browser: &mut Browser, why: &str) -> Told<Vec<(String, i64)>> {
    let sale = fetch(browser, why)?;
    let mut rows = Vec::new();
    for entry in sale["entries"].as_array().cloned().unwrap_or_default() {
        let (role, minor) = (entry["role"].as_str().unwrap_or_default(), entry["amount"]["minor"].as_i64().unwrap_or_default());
        note(&format!("{role:<10} {:<12} {:>12}", entry["recipient"].as_str().unwrap_or_default(), cents(minor)));
        rows.push((role.to_owned(), minor));
    }
    Ok(rows)
}

fn cents(minor: i64) -> String {
    sentby::Money::new(minor, "EUR").map(|money| money.to_string()).unwrap_or_default()
}

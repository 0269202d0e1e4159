//! CopeCart's IPN 1.6.7.

use super::body::{Fields, amount, pointer, spread};
use super::signature::check_hmac;
use super::{Platform, Webhook, WebhookKind, invalid};
use crate::time::Zone;
use crate::{Currency, Line, Money, Order, Refund, Result, Time};
use serde::Deserialize;
use serde_json::value::RawValue;

/// What is known of the format; fields of the buyer begin with `buyer_`.
const NAMES: [&str; 50] = [
    "affiliate",
    "bundle_addon",
    "bundle_id",
    "earned_amount",
    "event_type",
    "first_payment",
    "frequency",
    "is_addon",
    "is_upsell",
    "line_item_amount",
    "line_item_id",
    "line_item_vat_amount",
    "metadata",
    "next_payments",
    "order_date",
    "order_id",
    "order_source_identifier",
    "order_time",
    "payment_method",
    "payment_plan",
    "payment_status",
    "product_discount_amount",
    "product_id",
    "product_internal_name",
    "product_name",
    "product_type",
    "quantity",
    "rate_number",
    "shipping_price",
    "slug",
    "test_payment",
    "total_number_of_payments",
    "transaction_amount",
    "transaction_amount_per_product",
    "transaction_currency",
    "currency",
    "transaction_date",
    "transaction_discount_amount",
    "transaction_earned_amount",
    "transaction_id",
    "transaction_processed_at",
    "transaction_time",
    "transaction_type",
    "transaction_vat_amount",
    "vat_amount",
    "version",
    "ipn_version",
    "cancellation_date",
    "cancelled_at",
    "bundle_name",
];

pub(super) fn read(secret: &str, signature: &str, body: &[u8], zone: &Zone, received: Time) -> Result<Webhook> {
    check_hmac(secret, signature, body)?;
    let mut fields = Fields::of_json(body)?;
    fields.note_unknown(&NAMES, &["buyer_"]);
    check_words(&mut fields);
    let kind = kind(&mut fields)?;
    let at =
        fields.time(&[("transaction_processed_at", ""), ("transaction_date", "transaction_time"), ("order_date", "order_time")], zone)?;
    let at = at.unwrap_or_else(|| {
        fields.notes.push("/transaction_date: is missing; the time of receipt is used".into());
        received
    });
    let moves_money = !matches!(
        kind,
        WebhookKind::Unknown | WebhookKind::Failed | WebhookKind::RefundFailed | WebhookKind::Upcoming | WebhookKind::Cancelled
    );
    let transaction = if moves_money { fields.needed("transaction_id")? } else { fields.text("transaction_id").unwrap_or("-") };
    let id = format!("copecart/{transaction}/{kind}");
    let order = if moves_money { Some(fields.needed("order_id")?.to_owned()) } else { fields.text("order_id").map(str::to_owned) };
    let payment = fields.number("rate_number")?.map_or(1, |number| number.max(1));
    let status = fields.text("payment_status").unwrap_or_default();
    let test = fields.is_true("test_payment") || status.starts_with("test_");
    let affiliate = fields.text("affiliate").map(str::to_owned);
    let token = fields.token(&["metadata", "order_source_identifier"]);

    let mut sale = None;
    let mut refunds = Vec::new();
    match (kind, &order) {
        (WebhookKind::Payment | WebhookKind::Pending | WebhookKind::Trial, Some(order)) => {
            let ordered = if payment > 1 { fields.time(&[("order_date", "order_time")], zone)? } else { None };
            let lines = lines(&fields, currency(&fields)?, Ok)?;
            let order = Order {
                payment,
                country: fields.country(&["buyer_country_code"]),
                first_at: ordered.filter(|ordered| *ordered <= at),
                ..Order::new(order.as_str(), at, lines)
            };
            sale = Some(whole(order, &fields)?);
        }
        (WebhookKind::Refund, Some(_)) => refunds = taken_back(&fields, &id)?,
        _ => {}
    }
    let (fields, notes) = fields.into_parts();
    let (campaign, affiliate_amount) = (None, None);
    Webhook {
        platform: Platform::Copecart,
        id,
        kind,
        test,
        at,
        sale,
        order,
        payment,
        refunds,
        affiliate,
        campaign,
        affiliate_amount,
        token,
        fields,
        notes,
    }
    .checked("/order_id")
}

fn kind(fields: &mut Fields) -> Result<WebhookKind> {
    let event = fields.needed("event_type")?;
    let status = fields.text("payment_status");
    let kind = match (event, status) {
        ("payment.recurring.cancelled", _) => WebhookKind::Cancelled,
        ("payment.recurring.upcoming", _) => WebhookKind::Upcoming,
        ("payment.made" | "payment.refunded" | "payment.charged_back", None) => {
            return Err(invalid("/payment_status", "is missing"));
        }
        ("payment.made", Some("paid" | "test_paid")) => WebhookKind::Payment,
        ("payment.trial", None | Some("trial" | "test_trial")) => WebhookKind::Trial,
        ("payment.pending", None | Some("pending")) => WebhookKind::Pending,
        ("payment.failed", None | Some("failed")) => WebhookKind::Failed,
        ("payment.refunded", Some("successed_refunded" | "test_successed_refunded")) => WebhookKind::Refund,
        ("payment.refunded", Some("failed_refunded")) => WebhookKind::RefundFailed,
        // What failed as a chargeback was taken back; a chargeback that failed leaves the money where it was.
        ("payment.charged_back" | "payment.failed", Some("chargeback_succeeded" | "failed_as_chargeback")) => WebhookKind::Chargeback,
        ("payment.charged_back", Some("chargeback_failed")) => WebhookKind::ChargebackWon,
        ("payment.made" | "payment.trial" | "payment.pending" | "payment.failed" | "payment.refunded" | "payment.charged_back", _) => {
            fields.note_value("payment_status");
            return Ok(WebhookKind::Unknown);
        }
        _ => {
            fields.note_value("event_type");
            return Ok(WebhookKind::Unknown);
        }
    };
    let fits = match fields.text("transaction_type") {
        None => true,
        Some("sale") => !matches!(kind, WebhookKind::Refund | WebhookKind::RefundFailed),
        Some("refund") => matches!(kind, WebhookKind::Refund | WebhookKind::RefundFailed),
        Some("chargeback") => matches!(kind, WebhookKind::Chargeback | WebhookKind::ChargebackWon),
        Some(_) => false,
    };
    if fits {
        Ok(kind)
    } else {
        fields.note_value("transaction_type");
        Ok(WebhookKind::Unknown)
    }
}

/// Words that decide nothing are noted where they are not known.
fn check_words(fields: &mut Fields) {
    let lists: [(&str, &[&str]); 2] = [
        ("payment_plan", &["one_time_payment", "breakdown_payment", "abonnement"]),
        ("product_type", &["digital", "electronic_book", "event", "physical", "printed_book", "services"]),
    ];
    for (name, words) in lists {
        if fields.text(name).is_some_and(|word| !words.contains(&word)) {
            fields.note_value(name);
        }
    }
}

fn currency(fields: &Fields) -> Result<Currency> {
    let name = if fields.text("transaction_currency").is_some() { "transaction_currency" } else { "currency" };
    let text = fields.text(name).ok_or_else(|| invalid("/transaction_currency", "is missing"))?;
    Currency::new(&text.to_ascii_uppercase()).map_err(|e| super::wrapped(e.at(pointer(name))))
}

#[derive(Deserialize)]
struct Product {
    amount: Box<RawValue>,
    #[serde(default)]
    vat_amount: Option<Box<RawValue>>,
    #[serde(default)]
    slug: Option<String>,
}

/// A line for every product that the transaction lists, else one for all of it.
fn lines(fields: &Fields, currency: Currency, sign: fn(Money) -> Result<Money>) -> Result<Vec<Line>> {
    const LIST: &str = "transaction_amount_per_product";
    let products: Vec<Product> = fields.json(LIST)?.unwrap_or_default();
    let zero = Money::zero(currency);
    let mut lines: Vec<Line> = Vec::with_capacity(products.len());
    for (n, product) in products.iter().enumerate() {
        let place = |key: &str| format!("/{LIST}/{n}/{key}");
        let read = |key: &str, raw: &RawValue| amount(raw.get().trim_matches('"'), currency).map_err(|e| e.at(place(key))).and_then(sign);
        let gross = read("amount", &product.amount)?;
        let tax = product.vat_amount.as_deref().filter(|raw| raw.get() != "null").map_or(Ok(zero), |raw| read("vat_amount", raw))?;
        let slug = product.slug.as_deref().filter(|slug| !slug.is_empty()).ok_or_else(|| invalid(&place("slug"), "is missing"))?;
        let same = lines.iter().filter(|line| line.product == slug).count();
        let id = if same == 0 { slug.to_owned() } else { format!("{slug} {}", same + 1) };
        lines.push(Line::new(id, slug, gross, tax));
    }
    if lines.is_empty() {
        let of = |names: [&str; 2]| -> Result<Option<Money>> {
            match fields.money(names[0], currency)? {
                None => fields.money(names[1], currency),
                some => Ok(some),
            }
        };
        let gross = of(["transaction_amount", "line_item_amount"])?.ok_or_else(|| invalid("/transaction_amount", "is missing"))?;
        let tax = of(["transaction_vat_amount", "line_item_vat_amount"])?.unwrap_or(zero);
        let product = fields.first_of(&["product_id", "slug"]).ok_or_else(|| invalid("/product_id", "is missing"))?;
        let quantity = fields.number("quantity")?.unwrap_or(1);
        lines.push(Line { quantity, ..Line::new(product, product, sign(gross)?, sign(tax)?) });
    }
    Ok(lines)
}

/// Amounts of refunds come with either sign.
fn magnitude(money: Money) -> Result<Money> {
    Money::of(money.minor().abs(), money.currency())
}

/// The order with its shipping and discounts, whose lines add up to the transaction.
fn whole(mut order: Order, fields: &Fields) -> Result<Order> {
    let currency = currency(fields)?;
    let zero = Money::zero(currency);
    let of = |name: &str| fields.money(name, currency);
    let shipping = of("shipping_price")?.unwrap_or(zero);
    let sum = |part: fn(&Line) -> Money, order: &Order| order.lines.iter().fold(0_i64, |sum, line| sum.saturating_add(part(line).minor()));
    let mut within = true;
    if let Some(total) = of("transaction_amount")? {
        let missing = total.minor() - sum(|line| line.gross, &order);
        if missing != 0 && missing == shipping.minor() {
            // The products' amounts are without the shipping: it goes to the first line, with the tax that is left.
            within = false;
            let taxed = of("transaction_vat_amount")?.map_or(0, |tax| tax.minor() - sum(|line| line.tax, &order));
            if let Some(line) = order.lines.first_mut() {
                line.gross = Money::of(line.gross.minor() + missing, currency)?;
                line.tax = Money::of(line.tax.minor() + taxed.clamp(0, missing), currency)?;
                line.shipping = Some(shipping);
            }
        } else if missing != 0 {
            return Err(invalid("/transaction_amount", format_args!("{total} is not the sum of the products' amounts")));
        }
    }
    if let Some(total) = of("transaction_vat_amount")?
        && total.minor() != sum(|line| line.tax, &order)
    {
        return Err(invalid("/transaction_vat_amount", format_args!("{total} is not the sum of the products' taxes")));
    }
    if within {
        spread(&mut order, "/shipping_price", Some(shipping), |line, part| line.shipping = Some(part))?;
    }
    let discount = match of("transaction_discount_amount")? {
        None => of("product_discount_amount")?,
        some => some,
    };
    spread(&mut order, "/transaction_discount_amount", discount.map(magnitude).transpose()?, |line, part| line.discount = Some(part))?;
    Ok(order)
}

/// What went back of each product, or of all.
fn taken_back(fields: &Fields, id: &str) -> Result<Vec<Refund>> {
    let currency = currency(fields)?;
    let total = match fields.money("transaction_amount", currency)? {
        None => fields.money("line_item_amount", currency)?,
        some => some,
    };
    let total = magnitude(total.ok_or_else(|| invalid("/transaction_amount", "is missing"))?)?;
    let lines = if fields.text("transaction_amount_per_product").is_some() { lines(fields, currency, magnitude)? } else { Vec::new() };
    let sum = lines.iter().fold(0_i64, |sum, line| sum.saturating_add(line.gross.minor()));
    if lines.is_empty() || sum != total.minor() {
        return Ok(super::went_back(id, total).into_iter().collect());
    }
    let refund = |line: Line| Refund { line: Some(line.id.clone()), ..Refund::new(format!("{id}/{}", line.id), line.gross) };
    Ok(lines.into_iter().filter(|line| line.gross.minor() > 0).map(refund).collect())
}

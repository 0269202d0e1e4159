//! Digistore24's IPN.

use super::body::{Fields, Form, pointer};
use super::signature::check_sha_sign;
use super::{Platform, Webhook, WebhookKind, invalid};
use crate::time::Zone;
use crate::{Currency, Line, Money, Order, Result, Time};

/// What is known of the format; fields of the buyer begin with `address_` and `buyer_`.
const NAMES: [&str; 62] = [
    "affiliate_id",
    "affiliate_link",
    "affiliate_name",
    "amount_affiliate",
    "amount_brutto",
    "amount_credited",
    "amount_fee",
    "amount_main_affiliate",
    "amount_netto",
    "amount_partner",
    "amount_payout",
    "amount_provider",
    "amount_vat",
    "amount_vendor",
    "api_mode",
    "billing_status",
    "billing_type",
    "campaignkey",
    "click_id",
    "country",
    "currency",
    "custom",
    "email",
    "event",
    "event_label",
    "first_amount",
    "function_call",
    "ipn_version",
    "language",
    "merchant_id",
    "merchant_name",
    "next_payment_at",
    "number_of_installments",
    "order_date",
    "order_date_time",
    "order_details_url",
    "order_id",
    "order_is_paid",
    "order_item_id",
    "order_time",
    "order_type",
    "other_amounts",
    "parent_transaction_id",
    "pay_method",
    "pay_sequence_no",
    "payplan_id",
    "product_amount",
    "product_id",
    "product_ids",
    "product_language",
    "product_name",
    "quantity",
    "rebilling_stop_url",
    "receipt_url",
    "referring_affiliate_name",
    "sha_sign",
    "trackingkey",
    "transaction_amount",
    "transaction_date",
    "transaction_id",
    "transaction_time",
    "vat_amount",
];

pub(super) fn read(passphrase: &str, signature: &str, body: &[u8], zone: &Zone, received: Time) -> Result<Webhook> {
    if !signature.is_empty() {
        return Err(invalid("/signature", "Digistore24 signs within the body, in sha_sign; leave the signature empty"));
    }
    let form = Form::parse(body);
    check_sha_sign(passphrase, &form)?;
    let mut fields = Fields::of_form(form)?;
    fields.note_unknown(&NAMES, &["address_", "buyer_"]);
    if fields.text("billing_status").is_some_and(|word| !["paying", "aborted", "unpaid", "reminding", "completed"].contains(&word)) {
        fields.note_value("billing_status");
    }
    let kind = kind(&mut fields)?;
    let at = fields.time(&[("transaction_date", "transaction_time"), ("order_date_time", ""), ("order_date", "order_time")], zone)?;
    let at = at.unwrap_or_else(|| {
        if kind != WebhookKind::Connection {
            fields.notes.push("/transaction_date: is missing; the time of receipt is used".into());
        }
        received
    });
    let moves_money = matches!(kind, WebhookKind::Payment | WebhookKind::Refund | WebhookKind::Chargeback);
    let order = if moves_money { Some(fields.needed("order_id")?.to_owned()) } else { fields.text("order_id").map(str::to_owned) };
    // 0 is a single payment.
    let payment = fields.number("pay_sequence_no")?.map_or(1, |number| number.max(1));
    let id = match (fields.text("transaction_id"), &order) {
        (Some(transaction), _) => format!("digistore24/{transaction}/{kind}"),
        // A second refund of a payment could not be told from a repeated one.
        (None, _) if kind == WebhookKind::Refund => return Err(invalid("/transaction_id", "is missing")),
        (None, Some(order)) => format!("digistore24/{order}/{payment}/{kind}"),
        (None, None) => format!("digistore24/-/{kind}"),
    };
    let test = fields.text("api_mode") == Some("test") || kind == WebhookKind::Connection;
    let affiliate = fields.first_of(&["affiliate_name", "affiliate_id"]).map(str::to_owned);
    let campaign = fields.text("campaignkey").map(str::to_owned);
    let token = fields.token(&["custom", "trackingkey", "campaignkey"]);

    let mut sale = None;
    let mut refunds = Vec::new();
    let mut affiliate_amount = None;
    if let (true, Some(order)) = (moves_money, &order) {
        let currency = fields.needed("currency")?.to_ascii_uppercase();
        let currency = Currency::new(&currency).map_err(|e| super::wrapped(e.at("/currency")))?;
        affiliate_amount = fields.money("amount_affiliate", currency)?;
        let needed = |fields: &Fields, name: &str| fields.money(name, currency)?.ok_or_else(|| invalid(&pointer(name), "is missing"));
        match kind {
            WebhookKind::Payment => {
                let gross = needed(&fields, "amount_brutto")?;
                let ordered = if payment > 1 { fields.time(&[("order_date_time", ""), ("order_date", "order_time")], zone)? } else { None };
                sale = Some(Order {
                    payment,
                    country: fields.country(&["country", "buyer_country", "address_country"]),
                    first_at: ordered.filter(|ordered| *ordered <= at),
                    ..Order::new(order.as_str(), at, vec![line(&mut fields, gross, currency)?])
                });
            }
            WebhookKind::Refund => {
                let back = needed(&fields, "amount_brutto")?;
                refunds.extend(super::went_back(&id, Money::of(back.minor().abs(), currency)?));
            }
            _ => {}
        }
    }
    let (fields, notes) = fields.into_parts();
    Webhook {
        platform: Platform::Digistore24,
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
    Ok(match fields.needed("event")? {
        "on_payment" => WebhookKind::Payment,
        "on_refund" => WebhookKind::Refund,
        "on_chargeback" => WebhookKind::Chargeback,
        "on_payment_missed" => WebhookKind::Missed,
        "payment_denial" => WebhookKind::Failed,
        "on_rebill_cancelled" => WebhookKind::Cancelled,
        "on_rebill_resumed" => WebhookKind::Resumed,
        "last_paid_day" => WebhookKind::Ended,
        "on_affiliation" => WebhookKind::Affiliation,
        "eticket" => WebhookKind::Ticket,
        "connection_test" => WebhookKind::Connection,
        _ => {
            fields.note_value("event");
            WebhookKind::Unknown
        }
    })
}

/// The one line that a transaction of Digistore24 is.
fn line(fields: &mut Fields, gross: Money, currency: Currency) -> Result<Line> {
    let product = fields.needed("product_id")?.to_owned();
    let quantity = fields.number("quantity")?.unwrap_or(1);
    let (net, tax) = (fields.money("amount_netto", currency)?, fields.money("amount_vat", currency)?);
    let tax = match (net, tax) {
        (Some(net), None) => Money::of(gross.minor() - net.minor(), currency)?,
        (None, None) => return Err(invalid("/amount_vat", "is missing, and amount_netto too")),
        (net, Some(tax)) => {
            if net.is_some_and(|net| net.minor() + tax.minor() != gross.minor()) {
                return Err(invalid("/amount_brutto", format_args!("{gross} is not the sum of amount_netto and amount_vat")));
            }
            tax
        }
    };
    Ok(Line { quantity, ..Line::new("1", product, gross, tax) })
}

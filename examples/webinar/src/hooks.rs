//! What sales platforms tell this application: verified, read, and booked.

use crate::app::{Failure, Shared};
use crate::store::Sale;
use axum::Router;
use axum::body::Bytes;
use axum::extract::State;
use axum::http::HeaderMap;
use axum::routing::post;
use sentby::{Platform, Touch, Webhook};

/// The secret shared with the platform. A real one comes from a vault.
pub(crate) const SECRET: &str = "the secret of this example";

pub(crate) fn routes() -> Router<Shared> {
    Router::new().route("/hooks/copecart", post(copecart))
}

/// CopeCart tells of a sale, a refund or a chargeback. Whatever it is, it is booked once, however often it is told.
async fn copecart(State(app): State<Shared>, headers: HeaderMap, body: Bytes) -> Result<&'static str, Failure> {
    let signature = headers.get("x-copecart-signature").and_then(|value| value.to_str().ok()).unwrap_or_default();
    let program = app.program();
    let webhook = program.webhook(Platform::Copecart, SECRET, signature, &body, app.now()?)?;
    let mut store = app.store();
    let Some(order) = &webhook.sale else {
        store.record(None, &webhook.events(None)?)?;
        return Ok("OK");
    };
    // The platform's word is one touch; a token that travelled with the order would be another.
    let touches: Vec<Touch> = webhook.touch().into_iter().collect();
    let decision = program.attribute(order, &touches)?;
    let fingerprint = program.fingerprint(order, &touches, &decision)?;
    let commission = program.commission(order, &decision)?;
    let events = webhook.events(Some(&commission))?;
    let sale = Sale { buyer: buyer(&webhook), order: order.clone(), touches, decision, fingerprint };
    let known = store.sale(&order.id).is_ok();
    store.record(Some(&sale).filter(|_| !known && !events.is_empty()), &events)?;
    Ok("OK")
}

fn buyer(webhook: &Webhook) -> String {
    webhook.fields.get("buyer_firstname").cloned().unwrap_or_else(|| "somebody".into())
}

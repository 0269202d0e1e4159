//! The hottest paths, one at a time, as often as asked: `hot PATH TIMES`. `core/benches/instructions.sh` counts their instructions.

use sentby::{
    Consent, CookieSpec, Evidence, Keys, Ledger, LedgerEvent, Line, LinkField, Money, Order, Program, Purpose, Referral, RootKey, Time,
    Touch, read_column,
};
use std::hint::black_box;

const AUDIENCE: &str = "webinarhaus.example/lena";

fn main() -> sentby::Result<()> {
    let mut arguments = std::env::args().skip(1);
    let (path, times) = (arguments.next().unwrap_or_default(), arguments.next().and_then(|n| n.parse().ok()).unwrap_or(1_usize));
    let program = Program::from_toml(include_str!("../vectors/programs/story.toml"))?;
    let keys = Keys::new(&[RootKey::new(1, b"0123456789abcdef0123456789abcdef")])?;
    let now = Time::parse("2026-03-03T18:00:00Z")?;
    let referral = Referral { product: Some("521411d4".into()), ..Referral::affiliate("anna") };
    let token = keys.seal(&referral, Purpose::Mail, AUDIENCE, now)?;
    let spec = CookieSpec::new("webinarhaus.example");
    let touch = |n: usize| {
        let affiliate = ["anna", "bob", "carl"].get(n % 3).copied().unwrap_or_default();
        let at = Time::from_millis(now.millis() - 3_600_000 * (n as i64 + 1)).unwrap_or(now);
        Touch::new(affiliate, at, if n.is_multiple_of(2) { Evidence::Cookie } else { Evidence::Parameter })
    };
    let touches: Vec<Touch> = (0..200).map(touch).collect();
    let set = keys.set_cookie(&spec, &touches, Consent::Granted, now)?.unwrap_or_default();
    let header = format!("theme=dark; {}; _ga=GA1.1.1", set.split(';').next().unwrap_or_default());
    let line = Line::new("1", "521411d4", Money::parse("1190.00", "EUR")?, Money::parse("190.00", "EUR")?);
    let order = Order::new("A-1", now, vec![line]);
    let decision = program.attribute(&order, &touches)?;
    let commission = program.commission(&order, &decision)?;
    let urls: Vec<String> = (0..100).map(|n| format!("https://www.copecart.com/products/p{n}/p/anna/?utm_source=mail&sub={n}")).collect();
    let urls: Vec<&str> = urls.iter().map(String::as_str).collect();
    // The tag begins 128 bits before the end; another letter there, another at the end, and another key id.
    let changed = |at: usize| -> String {
        let change = |(n, c): (usize, char)| if n == at { if c == '0' { '8' } else { '0' } } else { c };
        token.chars().enumerate().map(change).collect()
    };
    let (first, last, unknown) = (changed(token.len() * 5 / 8 * 8 / 5 - 25), changed(token.len() - 2), changed(2));

    let work: Box<dyn Fn(usize)> = match path.as_str() {
        "read_network" => Box::new(|_| drop(black_box(sentby::read(black_box("https://www.copecart.com/products/521411d4/p/anna/"))))),
        "read_program" => Box::new(|_| drop(black_box(program.read(black_box("https://www.copecart.com/products/521411d4/p/anna/"))))),
        "read_column_100" => {
            Box::new(|_| drop(black_box(read_column(&urls, &[LinkField::Network, LinkField::Affiliate, LinkField::Product], false))))
        }
        "seal" => Box::new(|_| drop(black_box(keys.seal(&referral, Purpose::Mail, AUDIENCE, now)))),
        "open" => Box::new(|_| drop(black_box(keys.open(black_box(&token), Purpose::Mail, AUDIENCE, now)))),
        "open_forged_first" => Box::new(|_| drop(black_box(keys.open(black_box(&first), Purpose::Mail, AUDIENCE, now)))),
        "open_forged_last" => Box::new(|_| drop(black_box(keys.open(black_box(&last), Purpose::Mail, AUDIENCE, now)))),
        "open_unknown_key" => Box::new(|_| drop(black_box(keys.open(black_box(&unknown), Purpose::Mail, AUDIENCE, now)))),
        "read_cookie_8" => Box::new(|_| drop(black_box(keys.read_cookie(&spec, black_box(&header), now)))),
        "attribute_8" => Box::new(|_| drop(black_box(program.attribute(&order, touches.get(..8).unwrap_or_default())))),
        "attribute_200" => Box::new(|_| drop(black_box(program.attribute(&order, &touches)))),
        "commission" => Box::new(|_| drop(black_box(program.commission(&order, &decision)))),
        "ledger_100_payments" => Box::new(|_| {
            let mut ledger = Ledger::new();
            for n in 0..100 {
                let mut commission = commission.clone();
                commission.order = format!("A-{n}");
                let _ = black_box(ledger.apply(&LedgerEvent::payment(format!("p{n}"), now, commission)));
            }
        }),
        _ => {
            println!(
                "read_network read_program read_column_100 seal open open_forged_first open_forged_last open_unknown_key read_cookie_8 attribute_8 attribute_200 commission ledger_100_payments"
            );
            return Ok(());
        }
    };
    (0..times).for_each(work);
    Ok(())
}

//! One sale across two devices: the link on the phone, the order on the PC, the commission to the cent.
use sentby::{Evidence, Keys, Line, Money, Order, Program, Purpose, RootKey, Time, Touch};

fn main() -> sentby::Result<()> {
    let program = Program::from_toml(include_str!("../vectors/programs/story.toml"))?;
    let keys = Keys::new(&[RootKey::new(1, b"32 random bytes from your vault.")])?;

    // On the phone: Lena taps Anna's link and registers. The attendee's profile keeps a token.
    let tapped = Time::parse("2026-03-01T09:00:00Z")?;
    let Some(link) = program.read("https://www.copecart.com/products/521411d4/p/anna/")? else { return Ok(()) };
    let token = keys.seal(&link.referral, Purpose::Profile, "webinarhaus.example/lena", tapped)?;

    // On the PC, two days later, in another browser: the purchase link brings the token, an old cookie says Bob.
    let bought = Time::parse("2026-03-03T18:00:00Z")?;
    let anna = keys.open(&token, Purpose::Profile, "webinarhaus.example/lena", bought)?.touch();
    let bob = Touch::new("bob", Time::parse("2026-02-20T12:00:00Z")?, Evidence::Cookie);

    let line = Line::new("1", "521411d4", Money::parse("1190.00", "EUR")?, Money::parse("190.00", "EUR")?);
    let order = Order::new("A-1001", bought, vec![line]);
    let decision = program.attribute(&order, &[anna, bob])?;
    print!("{}", decision.explain());
    for entry in program.commission(&order, &decision)?.entries {
        println!("{:9} {:12} {:>12}", entry.role, entry.recipient.unwrap_or_default(), entry.amount);
    }
    Ok(())
}

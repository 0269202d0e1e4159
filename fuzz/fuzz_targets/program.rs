#![no_main]
//! Programs: no text panics; one that loads is canonical, decides and settles.

use libfuzzer_sys::fuzz_target;
use sentby::{Evidence, Line, Money, Order, Program, Time, Touch};

fuzz_target!(|text: &str| {
    for program in [Program::from_toml(text), Program::from_json(text)] {
        let Ok(program) = program else { continue };
        let again = Program::from_json(program.to_json()).unwrap();
        assert_eq!((again.to_json(), again.version()), (program.to_json(), program.version()));
        let euro = |minor| Money::new(minor, "EUR").unwrap();
        let line = Line::new("1", "521411d4", euro(119_000), euro(19_000));
        let order = Order::new("A-1", Time::from_millis(1_772_560_800_000).unwrap(), vec![line]);
        let touches = ["anna", "bob", "carl"].map(|id| Touch::new(id, Time::from_millis(1_772_560_000_000).unwrap(), Evidence::Click));
        let decision = program.attribute(&order, &touches).unwrap();
        if let Ok(commission) = program.commission(&order, &decision) {
            assert_eq!(commission.entries.iter().map(|e| e.amount.minor()).sum::<i64>(), 119_000);
        }
        let _ = program.read("https://www.copecart.com/products/521411d4/p/anna/");
    }
});

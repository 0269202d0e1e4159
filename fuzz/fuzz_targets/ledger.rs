#![no_main]
//! Any events, in their order and backwards: the same ledger, byte for byte; and any bytes as a snapshot.

use libfuzzer_sys::fuzz_target;
use sentby::{Ledger, LedgerEvent};

fuzz_target!(|bytes: &[u8]| {
    if let Ok(ledger) = Ledger::restore(bytes) {
        assert!(ledger.snapshot() == bytes);
    }
    let Ok(events) = serde_json::from_slice::<Vec<LedgerEvent>>(bytes) else { return };
    let mut forwards = Ledger::new();
    let taken: Vec<&LedgerEvent> = events.iter().filter(|event| forwards.apply(event).is_ok()).collect();
    let mut backwards = Ledger::new();
    for event in taken.iter().rev() {
        backwards.apply(event).unwrap();
    }
    let snapshot = forwards.snapshot();
    assert!(snapshot == backwards.snapshot());
    assert_eq!(forwards.entries(None), backwards.entries(None));
    assert!(Ledger::restore(&snapshot).unwrap().snapshot() == snapshot);
    let taken: Vec<LedgerEvent> = taken.into_iter().cloned().collect();
    assert_eq!(forwards.verify(&taken).unwrap(), None);
});

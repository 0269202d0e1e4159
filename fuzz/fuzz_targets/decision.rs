#![no_main]
//! Decisions: on programs, orders and up to 200 touches made of the fuzzer's bytes, the engine decides as its specification does.

use libfuzzer_sys::fuzz_target;
use sentby::Program;

#[path = "../../core/tests/it/decisions.rs"]
mod decisions;
#[path = "../../core/tests/it/specification.rs"]
mod specification;

fuzz_target!(|bytes: &[u8]| {
    let mut bytes = bytes.iter();
    let mut pick = |n: usize| bytes.next().map_or(0, |byte| usize::from(*byte) % n);
    let mut picks = decisions::Picks(&mut pick);
    let text = decisions::program(&mut picks).to_string();
    // A shortest time above the window is refused.
    let Ok(program) = Program::from_json(&text) else { return };
    let specification = specification::Specification::of(&serde_json::from_str(program.to_json()).unwrap());
    let (order, touches) = (decisions::order(&mut picks), decisions::touches(&mut picks, 200));
    decisions::compare(&program, &specification, &order, &touches).unwrap_or_else(|case| panic!("{case}"));
});

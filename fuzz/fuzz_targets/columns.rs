#![no_main]
//! Columns: on programs and tables made of the fuzzer's bytes, the engine over columns decides and settles as single calls do, on 1, 2 and 8 threads.

use libfuzzer_sys::fuzz_target;

#[path = "../../core/tests/it/columns.rs"]
mod columns;
#[allow(dead_code, reason = "their own targets use the rest")]
#[path = "../../core/tests/it/decisions.rs"]
mod decisions;
#[allow(dead_code, reason = "their own targets use the rest")]
#[path = "../../core/tests/it/specification.rs"]
mod specification;

fuzz_target!(|bytes: &[u8]| {
    let mut bytes = bytes.iter();
    let mut pick = |n: usize| bytes.next().map_or(0, |byte| usize::from(*byte) % n);
    let mut picks = decisions::Picks(&mut pick);
    let Some(program) = columns::program_with_money(&mut picks) else { return };
    let (visits, purchases) = columns::table(&mut picks);
    columns::compare(&mut picks, &program, &visits, &purchases).unwrap_or_else(|case| panic!("{case}"));
});

//! Kills the process that books, 200 times: half of them at a random moment, half before a random statement. What it had confirmed is
//! stored, once; what it had only begun is stored whole or not at all; and what is stored is what a replay of the events makes.

#![allow(clippy::unwrap_used, reason = "a test")]

use std::collections::BTreeSet;
use std::io::{BufRead, BufReader, Read};
use std::path::Path;
use std::process::{Command, Stdio};
use std::time::Duration;

const KILLS: u64 = 200;

fn program() -> Command {
    Command::new(env!("CARGO_BIN_EXE_webinar"))
}

/// What the process said before it died: ids that it confirmed, and those of the booking that it had begun.
fn run_and_kill(path: &Path, round: u64) -> (Vec<String>, Vec<String>) {
    let random = round.wrapping_mul(0x9e37_79b9_7f4a_7c15) >> 40;
    let statements = if round.is_multiple_of(2) { 0 } else { 1 + random % 90 };
    let mut child = program()
        .args(["--drill", &path.display().to_string(), &round.to_string(), &statements.to_string()])
        .stdout(Stdio::piped())
        .stderr(Stdio::piped())
        .spawn()
        .unwrap();
    let mut lines = BufReader::new(child.stdout.take().unwrap()).lines();
    assert_eq!(lines.next().unwrap().unwrap().trim(), "ready");
    if statements == 0 {
        std::thread::sleep(Duration::from_micros(random % 60_000));
        child.kill().unwrap();
    }
    let (mut done, mut begun) = (Vec::new(), Vec::new());
    for line in lines {
        let line = line.unwrap();
        let (word, ids) = line.split_once(' ').unwrap_or((&line, ""));
        let ids: Vec<String> = ids.split_whitespace().map(str::to_owned).collect();
        match word {
            "begin" => begun = ids,
            "done" => {
                assert_eq!(ids, begun);
                done.append(&mut begun);
            }
            _ => begun.clear(), // half a line: the booking was not begun
        }
    }
    let mut complaint = String::new();
    child.stderr.take().unwrap().read_to_string(&mut complaint).unwrap();
    let status = child.wait().unwrap();
    assert!(status.code().is_none(), "it ended by itself: {status}: {complaint}");
    (done, begun)
}

#[test]
fn nothing_is_lost_and_nothing_is_there_twice() {
    let path = std::env::temp_dir().join(format!("sentby-kill-{}.sqlite", std::process::id()));
    let mut confirmed: BTreeSet<String> = BTreeSet::new();
    let (mut halves, mut wholes) = (0, 0);
    for round in 0..KILLS {
        let (done, begun) = run_and_kill(&path, round);
        confirmed.extend(done);
        let check = program().args(["--check", &path.display().to_string()]).output().unwrap();
        assert!(check.status.success(), "round {round}: {}", String::from_utf8_lossy(&check.stderr));
        let ids: Vec<String> = String::from_utf8(check.stdout).unwrap().lines().map(str::to_owned).collect();
        let stored: BTreeSet<String> = ids.iter().cloned().collect();
        assert_eq!(stored.len(), ids.len(), "round {round}: an event is there twice");
        let lost: Vec<&String> = confirmed.difference(&stored).collect();
        assert!(lost.is_empty(), "round {round}: confirmed, and lost: {lost:?}");
        let more: BTreeSet<String> = stored.difference(&confirmed).cloned().collect();
        if more.is_empty() {
            halves += u32::from(!begun.is_empty());
        } else {
            assert_eq!(more, begun.into_iter().collect(), "round {round}: half a booking");
            wholes += 1;
        }
        confirmed = stored;
    }
    for ending in ["", "-wal", "-shm"] {
        let _ = std::fs::remove_file(format!("{}{ending}", path.display()));
    }
    assert!(confirmed.len() > 200, "only {} events were booked", confirmed.len());
    println!(
        "{KILLS} kills: {} events; {halves} bookings were cut off and left nothing, {wholes} were whole before they were confirmed",
        confirmed.len()
    );
}

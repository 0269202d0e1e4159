//! The store under fire: a process that books without end, until something kills it, and one that says what is left.

use crate::app::Failure;
use crate::store::{Sale, Store};
use rusqlite::trace::{TraceEvent, TraceEventCodes};
use sentby::{Evidence, LedgerEvent, LedgerKind, Line, Money, Order, Program, Time, Touch};
use std::io::Write;
use std::path::Path;
use std::sync::atomic::{AtomicU64, Ordering};

const DAY: i64 = 86_400_000;

/// How many statements are left until the process dies; 0 is never.
static LEFT: AtomicU64 = AtomicU64::new(0);

fn die_at_last(event: TraceEvent<'_>) {
    if matches!(event, TraceEvent::Stmt(..)) && LEFT.load(Ordering::Relaxed) > 0 && LEFT.fetch_sub(1, Ordering::Relaxed) == 1 {
        std::process::abort();
    }
}

/// Random numbers that a seed decides (SplitMix64).
struct Dice(u64);

impl Dice {
    fn below(&mut self, n: u64) -> u64 {
        self.0 = self.0.wrapping_add(0x9e37_79b9_7f4a_7c15);
        let mut z = self.0;
        z = (z ^ (z >> 30)).wrapping_mul(0xbf58_476d_1ce4_e5b9);
        z = (z ^ (z >> 27)).wrapping_mul(0x94d0_49bb_1331_11eb);
        (z ^ (z >> 31)) % n.max(1)
    }
}

/// Books until it is killed, or before the statement of that number if it is not 0. Each booking is announced and, once it is
/// stored, confirmed.
pub(crate) fn book(program: &Program, path: &Path, seed: u64, statements: u64) -> Result<(), Failure> {
    let mut store = Store::open(path)?;
    let mut dice = Dice(seed);
    LEFT.store(statements, Ordering::Relaxed);
    store.trace(TraceEventCodes::SQLITE_TRACE_STMT, die_at_last)?;
    let mut out = std::io::stdout().lock();
    let mut say = |word: &str, events: &[LedgerEvent]| {
        let ids: Vec<&str> = events.iter().map(|event| event.id.as_str()).collect();
        writeln!(out, "{word} {}", ids.join(" ")).and_then(|()| out.flush()).map_err(|e| Failure::Host(e.to_string()))
    };
    say("ready", &[])?;
    loop {
        let (sale, events) = booking(program, &store, &mut dice)?;
        say("begin", &events)?;
        store.record(sale.as_ref(), &events)?;
        say("done", &events)?;
    }
}

fn booking(program: &Program, store: &Store, dice: &mut Dice) -> Result<(Option<Sale>, Vec<LedgerEvent>), Failure> {
    let number = store.events()?.len();
    let id = |n: usize| format!("e{}", number + n + 1);
    let at = Time::from_millis(1_772_560_800_000 + number as i64 * DAY / 50)?;
    let sold: Vec<Sale> = store.sales()?;
    let order = sold.get(dice.below(sold.len() as u64) as usize).map(|sale| sale.order.id.clone());
    let Some(order) = order.filter(|_| dice.below(10) > 4) else {
        let line = |n: &str, minor: u64| -> sentby::Result<Line> {
            let gross = i64::try_from(minor).unwrap_or(0);
            Ok(Line::new(n, "521411d4", Money::new(gross, "EUR")?, Money::new(gross * 19 / 119, "EUR")?))
        };
        let lines = vec![line("1", 200 + dice.below(200_000))?, line("2", 200 + dice.below(9_999))?];
        let order = Order::new(format!("D-{}", sold.len() + 1), at, lines);
        let names = ["anna", "bob", "carl", "dora", "nobody"];
        let who = names.get(dice.below(5) as usize).copied().unwrap_or_default();
        let touches = vec![Touch::new(who, at, Evidence::Parameter)];
        let decision = program.attribute(&order, &touches)?;
        let fingerprint = program.fingerprint(&order, &touches, &decision)?;
        let commission = program.commission(&order, &decision)?;
        let events = vec![LedgerEvent::order(id(0), at, commission.clone()), LedgerEvent::payment(id(1), at, commission)];
        return Ok((Some(Sale { buyer: "drill".into(), order, touches, decision, fingerprint }), events));
    };
    let amount = Money::new(1 + i64::try_from(dice.below(50_000)).unwrap_or(0), "EUR")?;
    let events = match dice.below(8) {
        0..=3 => vec![LedgerEvent::refund(id(0), at, order, 1, amount)],
        4 => vec![LedgerEvent::chargeback(id(0), at, order.as_str(), 1), LedgerEvent::chargeback_won(id(1), at, order, 1, id(0))],
        5 => vec![LedgerEvent::adjustment(id(0), at, "anna", amount, "a prize")],
        6 => vec![LedgerEvent::approval(id(0), at, order, 1, dice.below(2) == 0)],
        _ => {
            // A run of payouts, all of them or none, and the fate of an earlier one.
            let run = store.ledger().payout(program, at);
            let mut events: Vec<LedgerEvent> = Vec::new();
            for payout in run.payouts {
                events.push(LedgerEvent::payout_created(id(events.len()), at, payout.recipient, payout.amount));
            }
            let earlier =
                store.events()?.into_iter().filter(|event| event.kind == LedgerKind::PayoutCreated).map(|event| event.id).next_back();
            if let Some(earlier) = earlier {
                events.push(LedgerEvent::payout_ended(id(events.len()), at, earlier, dice.below(2) == 0));
            }
            events
        }
    };
    Ok((None, events))
}

/// Prints the ids of all stored events, and fails if what is stored is not what they make.
pub(crate) fn check(path: &Path) -> Result<(), Failure> {
    let store = Store::open(path)?;
    let events = store.events()?;
    let wrong = |what: String| Err(Failure::Host(what));
    if let Some(difference) = store.ledger().verify(&events)? {
        return wrong(format!("the ledger is not what its events make: {difference:?}"));
    }
    let (stored, told) = (store.entries()?, store.ledger().entries(None));
    if stored != told {
        let place = stored.iter().zip(&told).take_while(|(a, b)| a == b).count();
        return wrong(format!(
            "entry {place} of {} and {}: {:?} is stored, {:?} follows",
            stored.len(),
            told.len(),
            stored.get(place),
            told.get(place)
        ));
    }
    let mut paid: Vec<String> = Vec::new();
    for event in &events {
        paid.extend(event.commission.as_ref().filter(|_| event.kind == LedgerKind::Payment).map(|commission| commission.order.clone()));
    }
    let sold: Vec<String> = store.sales()?.into_iter().map(|sale| sale.order.id).collect();
    if paid != sold {
        return wrong(format!("sold {sold:?}, paid {paid:?}"));
    }
    for event in events {
        println!("{}", event.id);
    }
    Ok(())
}

//! What the application keeps, in one SQLite file.
//!
//! The ledger's events are the truth: every change is one transaction that writes what happened, its events and the entries that
//! follow from them. Killed at any moment, the file holds all of a change or nothing of it.

use crate::app::Failure;
use rusqlite::trace::{TraceEvent, TraceEventCodes};
use rusqlite::{Connection, OptionalExtension, ToSql, Transaction, params};
use sentby::{Activity, Decision, Ledger, LedgerEntry, LedgerEvent, Moderation, Order, Time, Touch};
use serde::Serialize;
use serde::de::DeserializeOwned;
use std::collections::BTreeSet;
use std::path::Path;

#[derive(Debug)]
pub(crate) struct Store {
    db: Connection,
    /// What follows from the stored events.
    ledger: Ledger,
}

/// Somebody who registered for the webinar.
#[derive(Clone, Debug)]
pub(crate) struct Attendee {
    /// A random key, so that nobody can guess another attendee's page.
    pub(crate) key: String,
    pub(crate) name: String,
    pub(crate) email: String,
    pub(crate) registered_at: i64,
    /// The sealed profile token, if an affiliate sent them.
    pub(crate) carrier: Option<String>,
}

/// An order with everything that was decided on it. What everyone is owed for it stands on the ledger.
#[derive(Clone, Debug)]
pub(crate) struct Sale {
    pub(crate) buyer: String,
    pub(crate) order: Order,
    pub(crate) touches: Vec<Touch>,
    pub(crate) decision: Decision,
    pub(crate) fingerprint: String,
}

impl Store {
    pub(crate) fn open(path: &Path) -> Result<Self, Failure> {
        let db = Connection::open(path)?;
        db.execute_batch(
            "PRAGMA journal_mode = WAL;
             PRAGMA synchronous = FULL;
             CREATE TABLE IF NOT EXISTS secrets (id INTEGER PRIMARY KEY, secret BLOB NOT NULL);
             CREATE TABLE IF NOT EXISTS attendees (
                 key TEXT PRIMARY KEY, name TEXT NOT NULL, email TEXT NOT NULL, registered_at INTEGER NOT NULL, carrier TEXT);
             CREATE TABLE IF NOT EXISTS sales (
                 number INTEGER PRIMARY KEY, id TEXT NOT NULL UNIQUE, buyer TEXT NOT NULL, sale TEXT NOT NULL, touches TEXT NOT NULL,
                 decision TEXT NOT NULL, fingerprint TEXT NOT NULL);
             CREATE TABLE IF NOT EXISTS activities (number INTEGER PRIMARY KEY, activity TEXT NOT NULL);
             CREATE TABLE IF NOT EXISTS moderations (number INTEGER PRIMARY KEY, moderation TEXT NOT NULL);
             CREATE TABLE IF NOT EXISTS events (number INTEGER PRIMARY KEY, id TEXT NOT NULL UNIQUE, event TEXT NOT NULL);
             CREATE TABLE IF NOT EXISTS entries (
                 event TEXT NOT NULL, place INTEGER NOT NULL, for_order TEXT, recipient TEXT, minor INTEGER NOT NULL, currency TEXT NOT NULL,
                 entry TEXT NOT NULL, PRIMARY KEY (event, place));
             CREATE INDEX IF NOT EXISTS entries_of_orders ON entries (for_order);",
        )?;
        let mut store = Self { db, ledger: Ledger::new() };
        store.ledger = store.replay()?;
        Ok(store)
    }

    /// Tells of every statement.
    pub(crate) fn trace(&mut self, codes: TraceEventCodes, tell: fn(TraceEvent<'_>)) -> Result<(), Failure> {
        Ok(self.db.trace_v2(codes, Some(tell))?)
    }

    pub(crate) fn ledger(&self) -> &Ledger {
        &self.ledger
    }

    /// The ledger that the stored events make.
    fn replay(&self) -> Result<Ledger, Failure> {
        let mut ledger = Ledger::new();
        for event in self.events()? {
            ledger.apply(&event)?;
        }
        Ok(ledger)
    }

    pub(crate) fn events(&self) -> Result<Vec<LedgerEvent>, Failure> {
        self.all("SELECT event FROM events ORDER BY number")
    }

    /// The entries as they are stored, in the ledger's order.
    pub(crate) fn entries(&self) -> Result<Vec<LedgerEntry>, Failure> {
        let mut entries: Vec<LedgerEntry> = self.all("SELECT entry FROM entries ORDER BY event, place")?;
        entries.sort_by(|a, b| (a.at, &a.event).cmp(&(b.at, &b.event)));
        Ok(entries)
    }

    /// Writes what happened in one transaction: a sale if it is one, the events, and the entries that follow. An event that was
    /// recorded before changes nothing; one that contradicts what is recorded undoes all of it.
    pub(crate) fn record(&mut self, sale: Option<&Sale>, events: &[LedgerEvent]) -> Result<(), Failure> {
        let written = write(&mut self.db, &mut self.ledger, sale, events);
        if written.is_err() {
            // Memory is ahead of the file now.
            self.ledger = self.replay()?;
        }
        written
    }

    pub(crate) fn add_activity(&self, activity: &Activity) -> Result<(), Failure> {
        self.db.execute("INSERT INTO activities (activity) VALUES (?)", [json(activity)?])?;
        Ok(())
    }

    pub(crate) fn activities(&self) -> Result<Vec<Activity>, Failure> {
        self.all("SELECT activity FROM activities ORDER BY number")
    }

    pub(crate) fn add_moderation(&self, moderation: &Moderation) -> Result<(), Failure> {
        self.db.execute("INSERT INTO moderations (moderation) VALUES (?)", [json(moderation)?])?;
        Ok(())
    }

    pub(crate) fn moderations(&self) -> Result<Vec<Moderation>, Failure> {
        self.all("SELECT moderation FROM moderations ORDER BY number")
    }

    fn all<T: DeserializeOwned>(&self, select: &str) -> Result<Vec<T>, Failure> {
        let mut query = self.db.prepare(select)?;
        let texts = query.query_map([], |row| row.get::<_, String>(0))?;
        texts.map(|text| parse(&text?)).collect()
    }

    /// The root key of this installation, made on first use.
    pub(crate) fn secret(&self) -> Result<Vec<u8>, Failure> {
        if let Some(secret) = self.db.query_row("SELECT secret FROM secrets WHERE id = 1", [], |row| row.get(0)).optional()? {
            return Ok(secret);
        }
        let mut secret = vec![0; 32];
        getrandom::fill(&mut secret).map_err(|e| Failure::Host(e.to_string()))?;
        self.db.execute("INSERT INTO secrets VALUES (1, ?)", [&secret])?;
        Ok(secret)
    }

    pub(crate) fn add_attendee(&self, attendee: &Attendee) -> Result<(), Failure> {
        let Attendee { key, name, email, registered_at, carrier } = attendee;
        self.db.execute("INSERT INTO attendees VALUES (?, ?, ?, ?, ?)", params![key, name, email, registered_at, carrier])?;
        Ok(())
    }

    pub(crate) fn attendee(&self, key: &str) -> Result<Attendee, Failure> {
        let read = |row: &rusqlite::Row<'_>| {
            Ok(Attendee { key: row.get(0)?, name: row.get(1)?, email: row.get(2)?, registered_at: row.get(3)?, carrier: row.get(4)? })
        };
        self.db.query_row("SELECT * FROM attendees WHERE key = ?", [key], read).optional()?.ok_or(Failure::NotFound("attendee"))
    }

    pub(crate) fn attendees(&self) -> Result<Vec<Attendee>, Failure> {
        let mut query = self.db.prepare("SELECT key FROM attendees ORDER BY registered_at")?;
        let keys = query.query_map([], |row| row.get::<_, String>(0))?.collect::<Result<Vec<_>, _>>()?;
        keys.iter().map(|key| self.attendee(key)).collect()
    }

    pub(crate) fn next_order(&self) -> Result<String, Failure> {
        let sold: i64 = self.db.query_row("SELECT count(*) FROM sales", [], |row| row.get(0))?;
        Ok(format!("A-{}", 1001 + sold))
    }

    pub(crate) fn sale(&self, id: &str) -> Result<Sale, Failure> {
        self.sales_where("WHERE id = ?", &[&id])?.pop().ok_or(Failure::NotFound("order"))
    }

    pub(crate) fn sales(&self) -> Result<Vec<Sale>, Failure> {
        self.sales_where("ORDER BY number", &[])
    }

    fn sales_where(&self, clause: &str, values: &[&dyn ToSql]) -> Result<Vec<Sale>, Failure> {
        let mut query = self.db.prepare(&format!("SELECT buyer, sale, touches, decision, fingerprint FROM sales {clause}"))?;
        let read = |row: &rusqlite::Row<'_>| -> rusqlite::Result<[String; 5]> {
            Ok([row.get(0)?, row.get(1)?, row.get(2)?, row.get(3)?, row.get(4)?])
        };
        let rows = query.query_map(values, read)?;
        let sale = |[buyer, order, touches, decision, fingerprint]: [String; 5]| -> Result<Sale, Failure> {
            Ok(Sale { buyer, order: parse(&order)?, touches: parse(&touches)?, decision: parse(&decision)?, fingerprint })
        };
        rows.map(|row| sale(row?)).collect()
    }
}

fn write(db: &mut Connection, ledger: &mut Ledger, sale: Option<&Sale>, events: &[LedgerEvent]) -> Result<(), Failure> {
    let transaction = db.transaction()?;
    if let Some(sale) = sale {
        add_sale(&transaction, sale)?;
    }
    for event in events {
        if ledger.apply(event)?.outcome == sentby::EventOutcome::Replay {
            continue;
        }
        transaction.execute("INSERT INTO events (id, event) VALUES (?, ?)", params![event.id, json(event)?])?;
        // The entries of an order are written anew; apart from orders, those of the event and of the one it is about.
        let order = event.order.as_deref().or(event.commission.as_ref().map(|commission| commission.order.as_str()));
        let rows = match order {
            Some(order) => {
                transaction.execute("DELETE FROM entries WHERE for_order = ?", [order])?;
                ledger.entries_of(order)
            }
            None => {
                let about: BTreeSet<&str> = [Some(event.id.as_str()), event.of.as_deref()].into_iter().flatten().collect();
                for id in &about {
                    transaction.execute("DELETE FROM entries WHERE event = ? AND for_order IS NULL", [id])?;
                }
                let theirs = |entry: &LedgerEntry| entry.order.is_none() && about.contains(entry.event.as_str());
                ledger.entries(None).into_iter().filter(theirs).collect()
            }
        };
        add_entries(&transaction, &rows)?;
    }
    transaction.commit()?;
    Ok(())
}

fn add_sale(transaction: &Transaction<'_>, sale: &Sale) -> Result<(), Failure> {
    let Sale { buyer, order, touches, decision, fingerprint } = sale;
    let values = params![order.id, buyer, json(order)?, json(touches)?, json(decision)?, fingerprint];
    transaction.execute("INSERT INTO sales (id, buyer, sale, touches, decision, fingerprint) VALUES (?, ?, ?, ?, ?, ?)", values)?;
    Ok(())
}

fn add_entries(transaction: &Transaction<'_>, entries: &[LedgerEntry]) -> Result<(), Failure> {
    let mut insert = transaction.prepare("INSERT INTO entries VALUES (?, ?, ?, ?, ?, ?, ?)")?;
    for (place, entry) in entries.iter().enumerate() {
        let (recipient, currency) = (entry.recipient.as_deref(), entry.amount.currency());
        insert.execute(params![
            entry.event,
            place as i64,
            entry.order,
            recipient,
            entry.amount.minor(),
            currency.as_str(),
            json(entry)?
        ])?;
    }
    Ok(())
}

/// The carrier in an attendee's profile, and the moment they registered.
impl Attendee {
    pub(crate) fn registered(&self) -> Result<Time, Failure> {
        Ok(Time::from_millis(self.registered_at)?)
    }
}

fn json(value: &impl Serialize) -> Result<String, Failure> {
    serde_json::to_string(value).map_err(|e| Failure::Host(e.to_string()))
}

fn parse<T: DeserializeOwned>(text: &str) -> Result<T, Failure> {
    serde_json::from_str(text).map_err(|e| Failure::Host(e.to_string()))
}

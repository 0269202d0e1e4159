//! What the application keeps, in one SQLite file.

use crate::app::Failure;
use rusqlite::{Connection, OptionalExtension, params};
use sentby::{Commission, Decision, Order, Time, Touch};
use serde::Serialize;
use serde::de::DeserializeOwned;
use std::path::Path;

#[derive(Debug)]
pub(crate) struct Store {
    db: Connection,
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

/// An order with everything that was decided on it.
#[derive(Clone, Debug)]
pub(crate) struct Sale {
    pub(crate) buyer: String,
    pub(crate) order: Order,
    pub(crate) touches: Vec<Touch>,
    pub(crate) decision: Decision,
    pub(crate) fingerprint: String,
    pub(crate) commission: Commission,
}

impl Store {
    pub(crate) fn open(path: &Path) -> Result<Self, Failure> {
        let db = Connection::open(path)?;
        db.execute_batch(
            "PRAGMA journal_mode = WAL;
             CREATE TABLE IF NOT EXISTS secrets (id INTEGER PRIMARY KEY, secret BLOB NOT NULL);
             CREATE TABLE IF NOT EXISTS attendees (
                 key TEXT PRIMARY KEY, name TEXT NOT NULL, email TEXT NOT NULL, registered_at INTEGER NOT NULL, carrier TEXT);
             CREATE TABLE IF NOT EXISTS sales (
                 number INTEGER PRIMARY KEY, id TEXT NOT NULL UNIQUE, buyer TEXT NOT NULL, sale TEXT NOT NULL, touches TEXT NOT NULL,
                 decision TEXT NOT NULL, fingerprint TEXT NOT NULL, commission TEXT NOT NULL);",
        )?;
        Ok(Self { db })
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
        let last: i64 = self.db.query_row("SELECT coalesce(max(number), 1000) FROM sales", [], |row| row.get(0))?;
        Ok(format!("A-{}", last + 1))
    }

    /// Stores order, decision and commission together, or nothing.
    pub(crate) fn add_sale(&mut self, sale: &Sale) -> Result<(), Failure> {
        let Sale { buyer, order, touches, decision, fingerprint, commission } = sale;
        let number: i64 = order.id.trim_start_matches("A-").parse().map_err(|_| Failure::NotFound("order number"))?;
        let transaction = self.db.transaction()?;
        transaction.execute(
            "INSERT INTO sales VALUES (?, ?, ?, ?, ?, ?, ?, ?)",
            params![number, order.id, buyer, json(order)?, json(touches)?, json(decision)?, fingerprint, json(commission)?],
        )?;
        transaction.commit()?;
        Ok(())
    }

    pub(crate) fn sale(&self, id: &str) -> Result<Sale, Failure> {
        let read = |row: &rusqlite::Row<'_>| -> rusqlite::Result<[String; 6]> {
            Ok([row.get(0)?, row.get(1)?, row.get(2)?, row.get(3)?, row.get(4)?, row.get(5)?])
        };
        let found = self.db.query_row("SELECT buyer, sale, touches, decision, fingerprint, commission FROM sales WHERE id = ?", [id], read);
        let [buyer, order, touches, decision, fingerprint, commission] = found.optional()?.ok_or(Failure::NotFound("order"))?;
        Ok(Sale {
            buyer,
            order: parse(&order)?,
            touches: parse(&touches)?,
            decision: parse(&decision)?,
            fingerprint,
            commission: parse(&commission)?,
        })
    }

    pub(crate) fn sales(&self) -> Result<Vec<Sale>, Failure> {
        let mut query = self.db.prepare("SELECT id FROM sales ORDER BY number")?;
        let ids = query.query_map([], |row| row.get::<_, String>(0))?.collect::<Result<Vec<_>, _>>()?;
        ids.iter().map(|id| self.sale(id)).collect()
    }

    pub(crate) fn set_commission(&self, id: &str, commission: &Commission) -> Result<(), Failure> {
        self.db.execute("UPDATE sales SET commission = ? WHERE id = ?", params![json(commission)?, id])?;
        Ok(())
    }
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

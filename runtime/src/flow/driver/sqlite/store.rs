//! The file: tables and transactions.

use super::super::super::{Audit, Deliveries, Id, Letter, Message, Millis, Name, Raised};
use super::super::store::{DeadLetter, Instance, Job, Kept, Order, Store, StoreError};
use rusqlite::{Connection, ErrorCode, OptionalExtension, Row, params};
use serde::Serialize;
use serde::de::DeserializeOwned;
use std::path::Path;

/// `XDoc`, so that no other file is taken for one of ours.
const APPLICATION: i64 = 0x5844_6f63;
const VERSION: i64 = 3;

const TABLES: &str = "
CREATE TABLE inbox (name TEXT NOT NULL, id TEXT NOT NULL, at INTEGER NOT NULL, PRIMARY KEY (name, id)) WITHOUT ROWID;
CREATE INDEX inbox_at ON inbox (at);
CREATE TABLE states (flow TEXT NOT NULL, key TEXT NOT NULL, finished INTEGER NOT NULL, state BLOB NOT NULL,
  PRIMARY KEY (flow, key));
CREATE INDEX states_unfinished ON states (flow, key) WHERE finished = 0;
CREATE TABLE ids (flow TEXT NOT NULL, system TEXT NOT NULL, instance TEXT NOT NULL, value TEXT NOT NULL,
  key TEXT NOT NULL, part TEXT, PRIMARY KEY (flow, system, instance, value)) WITHOUT ROWID;
CREATE TABLE outbox (id INTEGER PRIMARY KEY, flow TEXT NOT NULL, key TEXT NOT NULL, due INTEGER NOT NULL,
  begun INTEGER NOT NULL, job TEXT NOT NULL);
CREATE TABLE kept (id INTEGER PRIMARY KEY AUTOINCREMENT, flow TEXT NOT NULL, until INTEGER NOT NULL,
  targets TEXT NOT NULL, message TEXT NOT NULL);
CREATE INDEX kept_until ON kept (until);
CREATE TABLE kept_for (flow TEXT NOT NULL, target TEXT NOT NULL, kept INTEGER NOT NULL,
  PRIMARY KEY (flow, target, kept)) WITHOUT ROWID;
CREATE TABLE letters (id INTEGER PRIMARY KEY AUTOINCREMENT, flow TEXT NOT NULL, key TEXT, letter TEXT NOT NULL);
CREATE TABLE audit (id INTEGER PRIMARY KEY, flow TEXT NOT NULL, key TEXT NOT NULL, entry TEXT NOT NULL);
CREATE INDEX audit_of ON audit (flow, key);
CREATE TABLE milestones (id INTEGER PRIMARY KEY, flow TEXT NOT NULL, key TEXT NOT NULL, name TEXT NOT NULL, part TEXT,
  at INTEGER NOT NULL);
CREATE INDEX milestones_of ON milestones (flow, key);
CREATE TABLE raised (flow TEXT NOT NULL, key TEXT NOT NULL, exception INTEGER NOT NULL, raised TEXT NOT NULL,
  PRIMARY KEY (flow, key, exception)) WITHOUT ROWID;
";

/// What version 2 added.
const DELIVERIES: &str = "
CREATE TABLE deliveries (queue TEXT PRIMARY KEY, waiting TEXT NOT NULL) WITHOUT ROWID;
";

/// What version 3 added.
const KEPT_LETTERS: &str = "
ALTER TABLE letters ADD COLUMN until INTEGER;
CREATE INDEX letters_until ON letters (until) WHERE until IS NOT NULL;
";

/// A file that is open. No other process can open it meanwhile: two would do the same calls.
pub struct File {
    connection: Connection,
    next_job: i64,
}

impl From<rusqlite::Error> for StoreError {
    fn from(error: rusqlite::Error) -> Self {
        let detail = error.to_string();
        match error.sqlite_error_code() {
            Some(ErrorCode::DatabaseBusy | ErrorCode::DatabaseLocked) => Self::Locked(detail),
            Some(ErrorCode::DatabaseCorrupt | ErrorCode::NotADatabase) => Self::Corrupt(detail),
            Some(ErrorCode::DiskFull) => Self::Full(detail),
            _ => Self::Other(detail),
        }
    }
}

impl File {
    /// Opens or creates a file.
    pub fn open(path: &Path) -> Result<Self, StoreError> {
        let connection = Connection::open(path)?;
        connection.busy_timeout(std::time::Duration::from_secs(2))?;
        connection.set_prepared_statement_cache_capacity(64);
        connection.pragma_update(None, "locking_mode", "EXCLUSIVE")?;
        let pragma = |name: &str| connection.pragma_query_value(None, name, |row| row.get::<_, i64>(0));
        let (application, version) = (pragma("application_id")?, pragma("user_version")?);
        let tables: i64 = connection.query_row("SELECT count(*) FROM sqlite_schema", [], |row| row.get(0))?;
        if application != APPLICATION && (application != 0 || version != 0 || tables != 0) {
            return Err(StoreError::Corrupt(format!("{} belongs to another application", path.display())));
        }
        if version > VERSION {
            return Err(StoreError::Newer(format!("{} has format {version}, known is {VERSION}", path.display())));
        }
        connection.pragma_update(None, "journal_mode", "WAL")?;
        connection.pragma_update(None, "synchronous", "FULL")?;
        connection.execute_batch("BEGIN IMMEDIATE")?;
        if version == 0 {
            connection.execute_batch(TABLES)?;
            connection.pragma_update(None, "application_id", APPLICATION)?;
        }
        if version < 2 {
            connection.execute_batch(DELIVERIES)?;
        }
        if version < VERSION {
            connection.execute_batch(KEPT_LETTERS)?;
            connection.pragma_update(None, "user_version", VERSION)?;
        }
        connection.execute_batch("COMMIT")?;
        let damage: String = connection.query_row("PRAGMA quick_check(1)", [], |row| row.get(0))?;
        if damage != "ok" {
            return Err(StoreError::Corrupt(format!("{}: {damage}", path.display())));
        }
        let next_job: i64 =
            connection.query_row("SELECT coalesce(max(id), 0) + 1 FROM outbox", [], |row| row.get(0))?;
        Ok(Self { connection, next_job })
    }

    /// Lets the file grow no further than to so many pages: what a full disk does.
    pub fn limit_pages(&mut self, pages: u32) -> Result<(), StoreError> {
        // The pragma answers with the limit.
        self.connection.query_row(&format!("PRAGMA max_page_count = {pages}"), [], |row| row.get::<_, i64>(0))?;
        Ok(())
    }

    fn run(&self, sql: &str, params: impl rusqlite::Params) -> Result<usize, StoreError> {
        Ok(self.connection.prepare_cached(sql)?.execute(params)?)
    }

    fn one<T>(
        &self,
        sql: &str,
        params: impl rusqlite::Params,
        read: impl FnOnce(&Row<'_>) -> rusqlite::Result<T>,
    ) -> Result<Option<T>, StoreError> {
        Ok(self.connection.prepare_cached(sql)?.query_row(params, read).optional()?)
    }

    fn all<T>(
        &self,
        sql: &str,
        params: impl rusqlite::Params,
        read: impl FnMut(&Row<'_>) -> rusqlite::Result<T>,
    ) -> Result<Vec<T>, StoreError> {
        let mut statement = self.connection.prepare_cached(sql)?;
        let rows = statement.query_map(params, read)?;
        Ok(rows.collect::<rusqlite::Result<_>>()?)
    }

    fn take_one(&self, id: i64) -> Result<Option<Kept>, StoreError> {
        let found =
            self.one("DELETE FROM kept WHERE id = ?1 RETURNING flow, until, targets, message", [id], |row| {
                Ok((row.get::<_, String>(0)?, row.get(1)?, row.get::<_, String>(2)?, row.get::<_, String>(3)?))
            })?;
        let Some((flow, until, targets, message)) = found else { return Ok(None) };
        let targets: Vec<Box<str>> = parse(&targets)?;
        for target in &targets {
            self.run(
                "DELETE FROM kept_for WHERE flow = ?1 AND target = ?2 AND kept = ?3",
                params![flow, &**target, id],
            )?;
        }
        Ok(Some(Kept { id: unsigned(id), flow: flow.into(), targets, until, message: parse(&message)? }))
    }
}

fn write<T: Serialize>(value: &T) -> Result<String, StoreError> {
    serde_json::to_string(value).map_err(|error| StoreError::Other(error.to_string()))
}

fn parse<T: DeserializeOwned>(text: &str) -> Result<T, StoreError> {
    serde_json::from_str(text).map_err(|error| StoreError::Corrupt(crate::failure::unquoted(&error)))
}

fn signed(id: u64) -> i64 {
    i64::try_from(id).unwrap_or(i64::MAX)
}

fn unsigned(id: i64) -> u64 {
    u64::try_from(id).unwrap_or_default()
}

type JobRow = (i64, String, String, Millis, bool, String);

fn job_row(row: &Row<'_>) -> rusqlite::Result<JobRow> {
    Ok((row.get(0)?, row.get(1)?, row.get(2)?, row.get(3)?, row.get(4)?, row.get(5)?))
}

fn job_of((id, flow, key, due, begun, order): JobRow) -> Result<Job, StoreError> {
    let instance = Instance { flow: flow.into(), key: key.into() };
    Ok(Job { id: unsigned(id), instance, due, begun, order: parse(&order)? })
}

type LetterRow = (i64, String, Option<String>, String);

fn letter_row(row: &Row<'_>) -> rusqlite::Result<LetterRow> {
    Ok((row.get(0)?, row.get(1)?, row.get(2)?, row.get(3)?))
}

fn letter_of((id, flow, key, letter): LetterRow) -> Result<DeadLetter, StoreError> {
    Ok(DeadLetter { id: unsigned(id), flow: flow.into(), key: key.map(Into::into), letter: parse(&letter)? })
}

impl Store for File {
    fn begin(&mut self) -> Result<(), StoreError> {
        self.run("BEGIN IMMEDIATE", []).map(|_| ())
    }

    fn commit(&mut self) -> Result<(), StoreError> {
        self.run("COMMIT", []).map(|_| ())
    }

    fn roll_back(&mut self) {
        // Some errors have rolled back already; then this one says so, which is no news.
        let _rolled_back = self.run("ROLLBACK", []);
    }

    fn note(&mut self, message: &Message) -> Result<bool, StoreError> {
        let sql = "INSERT OR IGNORE INTO inbox (name, id, at) VALUES (?1, ?2, ?3)";
        Ok(self.run(sql, params![&*message.name, &*message.id, message.received_at])? == 1)
    }

    fn forget_before(&mut self, time: Millis) -> Result<(), StoreError> {
        self.run("DELETE FROM inbox WHERE at < ?1", [time]).map(|_| ())
    }

    fn state(&mut self, instance: &Instance) -> Result<Option<Vec<u8>>, StoreError> {
        let sql = "SELECT state FROM states WHERE flow = ?1 AND key = ?2";
        self.one(sql, [&*instance.flow, &*instance.key], |row| row.get(0))
    }

    fn put_state(&mut self, instance: &Instance, saved: &[u8], finished: bool) -> Result<(), StoreError> {
        let sql = "INSERT INTO states (flow, key, finished, state) VALUES (?1, ?2, ?3, ?4)
            ON CONFLICT (flow, key) DO UPDATE SET finished = ?3, state = ?4";
        self.run(sql, params![&*instance.flow, &*instance.key, finished, saved]).map(|_| ())
    }

    fn unfinished(&mut self) -> Result<Vec<Instance>, StoreError> {
        let sql = "SELECT flow, key FROM states WHERE finished = 0 ORDER BY flow, key";
        self.all(sql, [], |row| {
            Ok(Instance { flow: row.get::<_, String>(0)?.into(), key: row.get::<_, String>(1)?.into() })
        })
    }

    fn bind(&mut self, id: &Id, instance: &Instance, part: Option<&str>) -> Result<(), StoreError> {
        let sql = "INSERT OR REPLACE INTO ids (flow, system, instance, value, key, part)
            VALUES (?1, ?2, ?3, ?4, ?5, ?6)";
        let deployment = id.instance.as_deref().unwrap_or_default();
        self.run(sql, params![&*instance.flow, &*id.system, deployment, &*id.value, &*instance.key, part]).map(|_| ())
    }

    fn bound(&mut self, flow: &str, id: &Id) -> Result<Option<Box<str>>, StoreError> {
        let sql = "SELECT key FROM ids WHERE flow = ?1 AND system = ?2 AND instance = ?3 AND value = ?4";
        let deployment = id.instance.as_deref().unwrap_or_default();
        let found = self.one(sql, [flow, &*id.system, deployment, &*id.value], |row| row.get::<_, String>(0))?;
        Ok(found.map(Into::into))
    }

    fn put_job(&mut self, instance: &Instance, due: Millis, order: &Order) -> Result<u64, StoreError> {
        let id = self.next_job;
        self.next_job += 1;
        let sql = "INSERT INTO outbox (id, flow, key, due, begun, job) VALUES (?1, ?2, ?3, ?4, 0, ?5)";
        self.run(sql, params![id, &*instance.flow, &*instance.key, due, write(order)?])?;
        Ok(unsigned(id))
    }

    fn job(&mut self, id: u64) -> Result<Option<Job>, StoreError> {
        let sql = "SELECT id, flow, key, due, begun, job FROM outbox WHERE id = ?1";
        self.one(sql, [signed(id)], job_row)?.map(job_of).transpose()
    }

    fn begin_job(&mut self, id: u64) -> Result<(), StoreError> {
        self.run("UPDATE outbox SET begun = 1 WHERE id = ?1", [signed(id)]).map(|_| ())
    }

    fn postpone_job(&mut self, id: u64, due: Millis) -> Result<(), StoreError> {
        self.run("UPDATE outbox SET due = ?2 WHERE id = ?1", [signed(id), due]).map(|_| ())
    }

    fn drop_job(&mut self, id: u64) -> Result<(), StoreError> {
        self.run("DELETE FROM outbox WHERE id = ?1", [signed(id)]).map(|_| ())
    }

    fn jobs(&mut self) -> Result<Vec<Job>, StoreError> {
        let sql = "SELECT id, flow, key, due, begun, job FROM outbox ORDER BY due, id";
        self.all(sql, [], job_row)?.into_iter().map(job_of).collect()
    }

    fn deliveries(&mut self, queue: &str) -> Result<Deliveries, StoreError> {
        let sql = "SELECT waiting FROM deliveries WHERE queue = ?1";
        let waiting = self.one(sql, [queue], |row| row.get::<_, String>(0))?;
        waiting.map_or_else(|| Ok(Deliveries::default()), |waiting| parse(&waiting))
    }

    fn put_deliveries(&mut self, queue: &str, deliveries: &Deliveries) -> Result<(), StoreError> {
        if deliveries.is_empty() {
            return self.run("DELETE FROM deliveries WHERE queue = ?1", [queue]).map(|_| ());
        }
        let sql = "INSERT OR REPLACE INTO deliveries (queue, waiting) VALUES (?1, ?2)";
        self.run(sql, params![queue, write(deliveries)?]).map(|_| ())
    }

    fn keep(&mut self, kept: Kept) -> Result<(), StoreError> {
        let sql = "INSERT INTO kept (flow, until, targets, message) VALUES (?1, ?2, ?3, ?4)";
        self.run(sql, params![&*kept.flow, kept.until, write(&kept.targets)?, write(&kept.message)?])?;
        let id = self.connection.last_insert_rowid();
        for target in &kept.targets {
            let sql = "INSERT OR IGNORE INTO kept_for (flow, target, kept) VALUES (?1, ?2, ?3)";
            self.run(sql, params![&*kept.flow, &**target, id])?;
        }
        Ok(())
    }

    fn take_kept(&mut self, flow: &str, targets: &[Box<str>]) -> Result<Vec<Kept>, StoreError> {
        let mut ids: Vec<i64> = Vec::new();
        for target in targets {
            let sql = "SELECT kept FROM kept_for WHERE flow = ?1 AND target = ?2";
            ids.extend(self.all(sql, [flow, &**target], |row| row.get::<_, i64>(0))?);
        }
        ids.sort_unstable();
        ids.dedup();
        let mut taken = Vec::with_capacity(ids.len());
        for id in ids {
            taken.extend(self.take_one(id)?);
        }
        Ok(taken)
    }

    fn take_overdue(&mut self, now: Millis) -> Result<Vec<Kept>, StoreError> {
        let ids = self.all("SELECT id FROM kept WHERE until <= ?1 ORDER BY id", [now], |row| row.get::<_, i64>(0))?;
        let mut taken = Vec::with_capacity(ids.len());
        for id in ids {
            taken.extend(self.take_one(id)?);
        }
        Ok(taken)
    }

    fn put_letter(&mut self, flow: &str, key: Option<&str>, letter: &Letter) -> Result<(), StoreError> {
        let sql = "INSERT INTO letters (flow, key, letter, until) VALUES (?1, ?2, ?3, ?4)";
        self.run(sql, params![flow, key, write(letter)?, letter.until]).map(|_| ())
    }

    fn take_letter(&mut self, id: u64) -> Result<Option<DeadLetter>, StoreError> {
        let sql = "DELETE FROM letters WHERE id = ?1 RETURNING id, flow, key, letter";
        self.one(sql, [signed(id)], letter_row)?.map(letter_of).transpose()
    }

    fn take_expired(&mut self, now: Millis) -> Result<Vec<DeadLetter>, StoreError> {
        let sql = "DELETE FROM letters WHERE until <= ?1 RETURNING id, flow, key, letter";
        self.all(sql, [now], letter_row)?.into_iter().map(letter_of).collect()
    }

    fn letters(&mut self) -> Result<Vec<DeadLetter>, StoreError> {
        let sql = "SELECT id, flow, key, letter FROM letters ORDER BY id";
        self.all(sql, [], letter_row)?.into_iter().map(letter_of).collect()
    }

    fn put_audit(&mut self, instance: &Instance, audit: &Audit) -> Result<(), StoreError> {
        let sql = "INSERT INTO audit (flow, key, entry) VALUES (?1, ?2, ?3)";
        self.run(sql, params![&*instance.flow, &*instance.key, write(audit)?]).map(|_| ())
    }

    fn audit(&mut self, instance: &Instance) -> Result<Vec<Audit>, StoreError> {
        let sql = "SELECT entry FROM audit WHERE flow = ?1 AND key = ?2 ORDER BY id";
        let entries = self.all(sql, [&*instance.flow, &*instance.key], |row| row.get::<_, String>(0))?;
        entries.iter().map(|entry| parse(entry)).collect()
    }

    fn put_milestone(
        &mut self,
        instance: &Instance,
        name: &Name,
        part: Option<&str>,
        at: Millis,
    ) -> Result<(), StoreError> {
        let sql = "INSERT INTO milestones (flow, key, name, part, at) VALUES (?1, ?2, ?3, ?4, ?5)";
        self.run(sql, params![&*instance.flow, &*instance.key, &**name, part, at]).map(|_| ())
    }

    fn milestones(&mut self, instance: &Instance) -> Result<Vec<(String, Option<String>, Millis)>, StoreError> {
        let sql = "SELECT name, part, at FROM milestones WHERE flow = ?1 AND key = ?2 ORDER BY id";
        self.all(sql, [&*instance.flow, &*instance.key], |row| Ok((row.get(0)?, row.get(1)?, row.get(2)?)))
    }

    fn put_raised(&mut self, instance: &Instance, raised: &Raised) -> Result<(), StoreError> {
        let sql = "INSERT OR REPLACE INTO raised (flow, key, exception, raised) VALUES (?1, ?2, ?3, ?4)";
        self.run(sql, params![&*instance.flow, &*instance.key, raised.exception, write(raised)?]).map(|_| ())
    }

    fn drop_raised(&mut self, instance: &Instance, exception: u32) -> Result<(), StoreError> {
        let sql = "DELETE FROM raised WHERE flow = ?1 AND key = ?2 AND exception = ?3";
        self.run(sql, params![&*instance.flow, &*instance.key, exception]).map(|_| ())
    }

    fn raised(&mut self) -> Result<Vec<(Instance, Raised)>, StoreError> {
        let rows = self.all("SELECT flow, key, raised FROM raised ORDER BY flow, key, exception", [], |row| {
            Ok((row.get::<_, String>(0)?, row.get::<_, String>(1)?, row.get::<_, String>(2)?))
        })?;
        rows.into_iter()
            .map(|(flow, key, raised)| Ok((Instance { flow: flow.into(), key: key.into() }, parse(&raised)?)))
            .collect()
    }
}

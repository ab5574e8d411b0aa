//! The SQLite side of the store: three tables, and all SQL there is.

use std::borrow::Cow;
use std::path::{Path, PathBuf};
use std::time::{Duration, SystemTime, UNIX_EPOCH};

use gradus_recipe::Recipe;
use rusqlite::{Connection, OptionalExtension, Row as SqlRow, Transaction, TransactionBehavior};

use super::{Facts, Status};
use crate::Error;

/// The database's file name in the home folder.
pub(super) const FILE: &str = "gradus.db";

/// How long a writer waits for another one.
const PATIENCE: Duration = Duration::from_secs(30);

/// Grows with the tables; an older program refuses a newer store instead of misreading it.
const VERSION: i64 = 2;

const TABLES: &str = "
    CREATE TABLE IF NOT EXISTS runs (
        id            INTEGER PRIMARY KEY,
        name          TEXT NOT NULL UNIQUE,
        recipe        TEXT NOT NULL,
        model         TEXT NOT NULL,
        data          TEXT NOT NULL,
        data_checksum INTEGER NOT NULL,
        parameters    INTEGER NOT NULL,
        created       INTEGER NOT NULL,
        status        TEXT NOT NULL,
        steps         INTEGER NOT NULL,
        step          INTEGER NOT NULL,
        seconds       REAL NOT NULL
    );
    CREATE TABLE IF NOT EXISTS metrics (
        run   INTEGER NOT NULL REFERENCES runs (id) ON DELETE CASCADE,
        name  TEXT NOT NULL,
        step  INTEGER NOT NULL,
        value REAL,
        PRIMARY KEY (run, name, step)
    ) WITHOUT ROWID;
    CREATE TABLE IF NOT EXISTS notes (
        run   INTEGER NOT NULL REFERENCES runs (id) ON DELETE CASCADE,
        kind  TEXT NOT NULL,
        step  INTEGER NOT NULL,
        body  TEXT NOT NULL,
        PRIMARY KEY (run, kind, step)
    ) WITHOUT ROWID;
";

/// A run as its row tells it.
#[derive(Debug, Clone)]
pub(super) struct Row {
    pub(super) id: i64,
    pub(super) name: String,
    pub(super) recipe: String,
    pub(super) model: String,
    pub(super) data: String,
    pub(super) data_checksum: u32,
    pub(super) parameters: usize,
    /// Seconds since 1970.
    pub(super) created: u64,
    pub(super) status: Status,
    /// Where it is to end.
    pub(super) steps: u64,
    /// How far it got, at its last checkpoint.
    pub(super) step: u64,
    /// Seconds of training so far.
    pub(super) seconds: f64,
}

/// One recorded value. What is not a finite number is kept as NULL.
#[derive(Debug, Clone, PartialEq)]
pub struct Metric {
    /// `loss`, `learning_rate`.
    pub name: Cow<'static, str>,
    /// The step it belongs to.
    pub step: u64,
    /// The value.
    pub value: f64,
}

impl Metric {
    /// A value of a series at a step.
    pub fn new(name: impl Into<Cow<'static, str>>, step: u64, value: f64) -> Self {
        Metric { name: name.into(), step, value }
    }
}

/// Something recorded that is not one number, as JSON.
#[derive(Debug, Clone, PartialEq)]
pub struct Note {
    /// `diagnosis`, `samples`.
    pub kind: &'static str,
    /// The step it belongs to.
    pub step: u64,
    /// The JSON.
    pub body: String,
}

/// An open database.
#[derive(Debug)]
pub(super) struct Database {
    connection: Connection,
    file: PathBuf,
}

impl Database {
    pub(super) fn open(file: &Path) -> Result<Self, Error> {
        let connection = Connection::open(file).map_err(|e| error(file, e))?;
        let mut database = Database { connection, file: file.to_path_buf() };
        let version = database.prepare().map_err(|e| error(file, e))?;
        if version > VERSION {
            return Err(Error::Request(format!(
                "the run store {} was written by a newer gradus: use that one",
                file.display()
            )));
        }
        Ok(database)
    }

    fn prepare(&mut self) -> rusqlite::Result<i64> {
        self.connection.busy_timeout(PATIENCE)?;
        self.connection.pragma_update(None, "foreign_keys", true)?;
        let version = |c: &Connection| c.pragma_query_value(None, "user_version", |row| row.get(0));
        let found: i64 = version(&self.connection)?;
        if found < VERSION {
            // Readers and one writer at a time do not wait for each other.
            self.connection.pragma_update(None, "journal_mode", "WAL")?;
            let transaction = immediate(&mut self.connection)?;
            transaction.execute_batch(TABLES)?;
            transaction.pragma_update(None, "user_version", VERSION)?;
            transaction.commit()?;
        }
        version(&self.connection)
    }

    pub(super) fn runs(&self) -> Result<Vec<Row>, Error> {
        (|| -> rusqlite::Result<Vec<Row>> {
            let mut query = self.connection.prepare("SELECT * FROM runs ORDER BY id")?;
            query.query_map([], read_row)?.collect()
        })()
        .map_err(|e| error(&self.file, e))
    }

    pub(super) fn run(&self, name: &str) -> Result<Option<Row>, Error> {
        self.connection
            .query_row("SELECT * FROM runs WHERE name = ?1", [name], read_row)
            .optional()
            .map_err(|e| error(&self.file, e))
    }

    /// Adds a run under the name that `choose` gives when told which names are taken. The
    /// transaction holds all other writers off until the row stands.
    pub(super) fn insert(
        &mut self,
        recipe: &Recipe,
        facts: &Facts,
        choose: impl FnOnce(&dyn Fn(&str) -> bool) -> Result<String, Error>,
    ) -> Result<Row, Error> {
        let file = self.file.clone();
        let failed = |e| error(&file, e);
        let transaction = immediate(&mut self.connection).map_err(failed)?;
        let taken = |name: &str| {
            transaction
                .query_row("SELECT 1 FROM runs WHERE name = ?1", [name], |_| Ok(()))
                .optional()
                // What cannot be asked counts as taken: the insertion then tells the reason.
                .map_or(true, |found| found.is_some())
        };
        let name = choose(&taken)?;
        transaction
            .execute(
                "INSERT INTO runs (name, recipe, model, data, data_checksum, parameters, created,
                                   status, steps, step, seconds)
                 VALUES (?1, ?2, ?3, ?4, ?5, ?6, ?7, ?8, ?9, 0, 0)",
                rusqlite::params![
                    name,
                    recipe.name,
                    recipe.model.kind(),
                    recipe.data.source,
                    facts.data_checksum,
                    facts.parameters as i64,
                    now(),
                    Status::Running.word(),
                    recipe.training.steps as i64,
                ],
            )
            .map_err(failed)?;
        transaction.commit().map_err(failed)?;
        self.run(&name)?.ok_or_else(|| Error::Request(format!("run {name} was removed while it was being made")))
    }

    /// How far a run is, with what was recorded on the way, in one transaction.
    pub(super) fn advance(&mut self, row: &Row, metrics: &[Metric]) -> Result<(), Error> {
        self.write(|transaction| {
            transaction.execute(
                "UPDATE runs SET status = ?2, steps = ?3, step = ?4, seconds = ?5 WHERE id = ?1",
                rusqlite::params![row.id, row.status.word(), row.steps as i64, row.step as i64, row.seconds],
            )?;
            let mut insert = transaction
                .prepare_cached("INSERT OR REPLACE INTO metrics (run, name, step, value) VALUES (?1, ?2, ?3, ?4)")?;
            for metric in metrics {
                let value = Some(metric.value).filter(|v| v.is_finite());
                insert.execute(rusqlite::params![row.id, metric.name, metric.step as i64, value])?;
            }
            Ok(())
        })
    }

    /// Forgets a run and all that was recorded of it.
    pub(super) fn remove(&mut self, id: i64) -> Result<(), Error> {
        self.write(|transaction| transaction.execute("DELETE FROM runs WHERE id = ?1", [id]).map(drop))
    }

    /// Forgets what was recorded from a step on: it will be recorded again.
    pub(super) fn forget_from(&mut self, id: i64, step: u64) -> Result<(), Error> {
        self.write(|transaction| {
            // Held-out losses are measured at the checkpoint itself, before the step of that number; they stay.
            let later = "DELETE FROM metrics WHERE run = ?1
                         AND (step > ?2 OR step = ?2 AND name NOT IN ('dev_loss', 'test_loss', 'dev_accuracy', 'test_accuracy'))";
            transaction.execute(later, (id, step as i64))?;
            transaction.execute("DELETE FROM notes WHERE run = ?1 AND step > ?2", (id, step as i64)).map(drop)
        })
    }

    pub(super) fn metric(&self, id: i64, name: &str) -> Result<Vec<(u64, f64)>, Error> {
        (|| -> rusqlite::Result<Vec<(u64, f64)>> {
            let mut query = self
                .connection
                .prepare("SELECT step, value FROM metrics WHERE run = ?1 AND name = ?2 ORDER BY step")?;
            query.query_map((id, name), |row| Ok((row.get::<_, i64>(0)? as u64, value(row, 1)?)))?.collect()
        })()
        .map_err(|e| error(&self.file, e))
    }

    pub(super) fn note(&mut self, id: i64, notes: &[Note]) -> Result<(), Error> {
        self.write(|transaction| {
            let mut insert = transaction
                .prepare_cached("INSERT OR REPLACE INTO notes (run, kind, step, body) VALUES (?1, ?2, ?3, ?4)")?;
            notes.iter().try_for_each(|note| {
                insert.execute(rusqlite::params![id, note.kind, note.step as i64, note.body]).map(drop)
            })
        })
    }

    pub(super) fn notes(&self, id: i64, kind: &str) -> Result<Vec<(u64, String)>, Error> {
        (|| -> rusqlite::Result<Vec<(u64, String)>> {
            let mut query =
                self.connection.prepare("SELECT step, body FROM notes WHERE run = ?1 AND kind = ?2 ORDER BY step")?;
            query.query_map((id, kind), |row| Ok((row.get::<_, i64>(0)? as u64, row.get(1)?)))?.collect()
        })()
        .map_err(|e| error(&self.file, e))
    }

    pub(super) fn last_metrics(&self, id: i64) -> Result<Vec<(String, f64)>, Error> {
        (|| -> rusqlite::Result<Vec<(String, f64)>> {
            // SQLite takes the bare column from the row with the maximum.
            let mut query =
                self.connection.prepare("SELECT name, value, max(step) FROM metrics WHERE run = ?1 GROUP BY name")?;
            query.query_map([id], |row| Ok((row.get(0)?, value(row, 1)?)))?.collect()
        })()
        .map_err(|e| error(&self.file, e))
    }

    fn write(&mut self, work: impl FnOnce(&Transaction<'_>) -> rusqlite::Result<()>) -> Result<(), Error> {
        (|| {
            let transaction = immediate(&mut self.connection)?;
            work(&transaction)?;
            transaction.commit()
        })()
        .map_err(|e| error(&self.file, e))
    }
}

/// A transaction that takes the write lock at once: it waits its turn instead of failing midway.
fn immediate(connection: &mut Connection) -> rusqlite::Result<Transaction<'_>> {
    connection.transaction_with_behavior(TransactionBehavior::Immediate)
}

fn error(file: &Path, source: rusqlite::Error) -> Error {
    Error::Database { place: file.display().to_string(), source }
}

fn value(row: &SqlRow<'_>, column: usize) -> rusqlite::Result<f64> {
    Ok(row.get::<_, Option<f64>>(column)?.unwrap_or(f64::NAN))
}

fn read_row(row: &SqlRow<'_>) -> rusqlite::Result<Row> {
    let count = |column: &str| row.get::<_, i64>(column).map(|v| v as u64);
    Ok(Row {
        id: row.get("id")?,
        name: row.get("name")?,
        recipe: row.get("recipe")?,
        model: row.get("model")?,
        data: row.get("data")?,
        data_checksum: row.get("data_checksum")?,
        parameters: count("parameters")? as usize,
        created: count("created")?,
        status: Status::from_word(&row.get::<_, String>("status")?),
        steps: count("steps")?,
        step: count("step")?,
        seconds: row.get("seconds")?,
    })
}

fn now() -> i64 {
    SystemTime::now().duration_since(UNIX_EPOCH).map_or(0, |d| d.as_secs() as i64)
}

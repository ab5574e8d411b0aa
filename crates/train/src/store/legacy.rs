//! Stores of before: their runs were rows of a SQLite database, `HOME/gradus.db`, beside the folders.
//!
//! Such a store is taken over when it is opened: what the database says of a run is written into the run's folder, and
//! the database is set aside. Where the home cannot be written to, it is read as if that had been done. A damaged
//! database gives what can be read of it; the folders know the rest.

use std::fs::{self, File};
use std::io;
use std::path::{Path, PathBuf};

use rusqlite::{Connection, OpenFlags, Row};

use super::Metric;
use super::files::Files;
use super::record::Status;
use super::record::{self, ABOUT, About, Ended, FORM, Line, NOTES, NoteLine, RECIPE, RECORD};
use super::run;
use super::storage::{Lasting, Storage};
use crate::Error;

/// The database's file name in the home folder.
const FILE: &str = "gradus.db";

/// The form of the last of them.
const VERSION: i64 = 2;

/// What belongs to a database besides its file.
const BESIDE: [&str; 3] = ["-wal", "-shm", "-journal"];

/// Whether there is a store of before.
pub(super) fn is_there(home: &Path) -> bool {
    home.join(FILE).is_file()
}

/// The files of a home, those of a store of before taken over, and what is to be told of it.
pub(super) fn opened(home: &Path) -> Result<(Files, Vec<String>), Error> {
    let files = Files::new(home);
    let told = if is_there(home) { take_over(home, &files)? } else { None };
    Ok((files, told.into_iter().collect()))
}

/// What a database gave.
#[derive(Default)]
struct Found {
    rows: Vec<(i64, String, About)>,
    /// What cannot be read: the database is damaged, or none.
    damaged: bool,
}

fn take_over(home: &Path, files: &Files) -> Result<Option<String>, Error> {
    let path = home.join(FILE);
    // One at a time. Whoever comes second finds nothing left to do.
    let lock = File::options().create(true).append(true).open(home.join(format!("{FILE}.lock")));
    let is_writable = match &lock {
        Ok(lock) => {
            lock.lock().map_err(Error::io("lock", &path))?;
            true
        }
        Err(_) => false,
    };
    if !is_there(home) {
        return Ok(None);
    }
    let copy = if is_writable { None } else { Some(Copied::of(&path)?) };
    let database = Connection::open_with_flags(
        copy.as_ref().map_or(&path, |copy| &copy.file),
        OpenFlags::SQLITE_OPEN_READ_WRITE | OpenFlags::SQLITE_OPEN_NO_MUTEX,
    );
    let (mut found, database) = match database {
        Ok(database) => (read(&database, files, home)?, Some(database)),
        Err(_) => (Found { damaged: true, ..Found::default() }, None),
    };
    let (mut taken, mut busy) = (0, Vec::new());
    for (id, name, about) in std::mem::take(&mut found.rows) {
        // One that has a file of its own knows better; one without a folder is gone.
        if files.size(&name, ABOUT)?.is_some() || !files.place(&name).is_dir() {
            continue;
        }
        let is_trained = files.is_locked(&name);
        let texts = database.as_ref().map(|database| texts(database, id, about, files, &name)).transpose()?;
        let Some(Texts { files: written, whole }) = texts else { continue };
        found.damaged |= !whole;
        taken += 1;
        for (file, text) in written {
            match is_writable && !is_trained {
                true => files.write(
                    &name,
                    file,
                    text.as_bytes(),
                    if file == ABOUT { Lasting::Now } else { Lasting::Soon },
                )?,
                false => files.show(&name, file, text.into_bytes()),
            }
        }
        if is_trained {
            busy.push(name);
        }
    }
    drop(database);
    if !is_writable {
        return Ok(found.damaged.then(|| {
            format!("{} is damaged: {taken} runs were read from it, the others from their folders", path.display())
        }));
    }
    if !busy.is_empty() {
        // An older program trains on into its database.
        return Ok(None);
    }
    let aside = set_aside(&path, if found.damaged { "damaged" } else { "imported" })?;
    // It is ours, and empty.
    let _ = fs::remove_file(home.join(format!("{FILE}.lock")));
    Ok(Some(match found.damaged {
        true => format!(
            "{} is damaged: {taken} runs were read from it, the others from their folders; it is kept as {aside}",
            path.display()
        ),
        false => {
            format!("what {} said of {taken} runs stands in their folders now; it is kept as {aside}", path.display())
        }
    }))
}

/// Gives the database and what belongs to it a name that is free, and tells it.
fn set_aside(path: &Path, why: &str) -> Result<String, Error> {
    let named = |number: u32| match number {
        1 => format!("{FILE}.{why}"),
        _ => format!("{FILE}.{why}-{number}"),
    };
    let number = (1..u32::MAX).find(|&n| !path.with_file_name(named(n)).exists()).unwrap_or(u32::MAX);
    for end in BESIDE.into_iter().chain([""]) {
        let from = path.with_file_name(format!("{FILE}{end}"));
        match fs::rename(&from, path.with_file_name(format!("{}{end}", named(number)))) {
            Err(e) if e.kind() != io::ErrorKind::NotFound => return Err(Error::io("rename", &from)(e)),
            _ => {}
        }
    }
    Ok(named(number))
}

/// A copy of a database in the system's folder for such things: to read one is to write beside it.
struct Copied {
    folder: PathBuf,
    file: PathBuf,
}

impl Copied {
    fn of(path: &Path) -> Result<Self, Error> {
        let name = format!("gradus-{}-{:?}", std::process::id(), std::thread::current().id());
        let folder = std::env::temp_dir().join(name.replace(['(', ')'], ""));
        fs::create_dir_all(&folder).map_err(Error::io("make the folder", &folder))?;
        let copied = Copied { file: folder.join(FILE), folder };
        for end in ["", "-wal", "-journal"] {
            let from = path.with_file_name(format!("{FILE}{end}"));
            match fs::read(&from).and_then(|bytes| fs::write(copied.folder.join(format!("{FILE}{end}")), bytes)) {
                Err(e) if e.kind() != io::ErrorKind::NotFound => return Err(Error::io("read", &from)(e)),
                _ => {}
            }
        }
        Ok(copied)
    }
}

impl Drop for Copied {
    fn drop(&mut self) {
        // The system sweeps that folder, should it stay.
        let _ = fs::remove_dir_all(&self.folder);
    }
}

/// The rows, as far as they can be read.
fn read(database: &Connection, files: &Files, home: &Path) -> Result<Found, Error> {
    let version = database.pragma_query_value(None, "user_version", |row| row.get::<_, i64>(0));
    if version.as_ref().is_ok_and(|version| *version > VERSION) {
        return Err(Error::Request(format!(
            "the run store {} was written by a newer gradus: use that one",
            home.join(FILE).display()
        )));
    }
    let mut found = Found { damaged: version.is_err(), ..Found::default() };
    // From both ends: a damaged page lies between.
    for order in ["", " DESC"] {
        let query = database.prepare(&format!("SELECT * FROM runs ORDER BY id{order}"));
        let read = || -> rusqlite::Result<()> {
            let mut query = query?;
            let mut rows = query.query([])?;
            while let Some(row) = rows.next()? {
                match read_row(row) {
                    Ok(row) if found.rows.iter().all(|(_, name, _)| *name != row.1) => found.rows.push(row),
                    Ok(_) => {}
                    Err(_) => found.damaged = true,
                }
            }
            Ok(())
        };
        match read() {
            Ok(()) => break,
            Err(_) => found.damaged = true,
        }
    }
    if found.damaged {
        // By name, through the index, which lies on pages of its own.
        for name in files.runs()? {
            if found.rows.iter().all(|(_, own, _)| *own != name)
                && let Ok(row) = database.query_row("SELECT * FROM runs WHERE name = ?1", [&name], read_row)
            {
                found.rows.push(row);
            }
        }
    }
    found.rows.sort_by_key(|(id, ..)| *id);
    Ok(found)
}

fn read_row(row: &Row<'_>) -> rusqlite::Result<(i64, String, About)> {
    let count = |column: &str| row.get::<_, i64>(column).map(|v| v as u64);
    let id: i64 = row.get("id")?;
    let status = match row.get::<_, String>("status")?.as_str() {
        "running" => Status::Running,
        "finished" => Status::Finished,
        "stopped" => Status::Stopped,
        "stopped early" => Status::StoppedEarly,
        "diverged" => Status::Diverged,
        _ => Status::Failed,
    };
    let about = About {
        form: FORM,
        recipe: row.get("recipe")?,
        model: row.get("model")?,
        data: row.get("data")?,
        data_checksum: row.get("data_checksum")?,
        parameters: count("parameters")? as usize,
        // It counted seconds; runs of the same stay in their order.
        created: count("created")?.saturating_mul(1_000_000) + id.unsigned_abs() % 1_000_000,
        status,
        ended: None,
        steps: count("steps")?,
        step: count("step")?,
        seconds: row.get("seconds")?,
        last: Default::default(),
    };
    Ok((id, row.get("name")?, about))
}

/// The files of a run, the last of them `run.json`.
struct Texts {
    files: Vec<(&'static str, String)>,
    /// Whether all of it could be read.
    whole: bool,
}

fn texts(database: &Connection, id: i64, mut about: About, files: &Files, name: &str) -> Result<Texts, Error> {
    let (mut metrics, mut notes, mut whole) = (Vec::new(), String::new(), true);
    let read = each(database, "SELECT name, step, value FROM metrics WHERE run = ?1", id, |row| {
        let value = row.get::<_, Option<f64>>(2)?.unwrap_or(f64::NAN);
        metrics.push(Metric::new(row.get::<_, String>(0)?, row.get::<_, i64>(1)? as u64, value));
        Ok(())
    });
    whole &= read.is_ok();
    let read = each(database, "SELECT kind, step, body FROM notes WHERE run = ?1 ORDER BY kind, step", id, |row| {
        let (kind, step, body): (String, i64, String) = (row.get(0)?, row.get(1)?, row.get(2)?);
        if kind == "ended" {
            about.ended = serde_json::from_str::<Ended>(&body).ok();
        } else if let Ok(body) = serde_json::value::RawValue::from_string(body)
            && let Ok(line) = record::line(&NoteLine::Note { kind, step: step as u64, body })
        {
            notes.push_str(&line);
        }
        Ok(())
    });
    // The first of those databases had no notes.
    let has_notes = database.prepare("SELECT 1 FROM notes").is_ok();
    whole &= read.is_ok() || !has_notes;
    about.ended = about.ended.filter(|ended| ended.how == about.status.word());
    let recipe = files.read(name, RECIPE)?.unwrap_or_default();
    let born = About { status: Status::Running, ended: None, step: 0, seconds: 0.0, ..about.clone() };
    metrics.sort_by_key(|metric| metric.step);
    let lines = [
        Line::Born { about: born, recipe: String::from_utf8_lossy(&recipe).into_owned() },
        Line::saved(about.step, about.seconds, &metrics),
        Line::Status { status: about.status, ended: about.ended.clone() },
    ];
    about.see(&metrics);
    let record = lines.iter().map(record::line).collect::<Result<String, _>>().map_err(run::unwritten)?;
    let mut files = vec![(RECORD, record)];
    if !notes.is_empty() {
        files.push((NOTES, notes));
    }
    files.push((ABOUT, serde_json::to_string_pretty(&about).map_err(run::unwritten)?));
    Ok(Texts { files, whole })
}

/// Reads rows until one cannot be read.
fn each(
    database: &Connection,
    query: &str,
    id: i64,
    mut f: impl FnMut(&Row<'_>) -> rusqlite::Result<()>,
) -> rusqlite::Result<()> {
    let mut query = database.prepare(query)?;
    let mut rows = query.query([id])?;
    while let Some(row) = rows.next()? {
        f(row)?;
    }
    Ok(())
}

#[cfg(test)]
mod tests {
    use gradus_recipe::Recipe;

    use super::super::{Checkpoint, Dtype, Entry, Store};
    use super::*;

    /// The tables of such a store.
    const TABLES: &str = "
        CREATE TABLE runs (id INTEGER PRIMARY KEY, name TEXT NOT NULL UNIQUE, recipe TEXT NOT NULL, model TEXT NOT NULL,
            data TEXT NOT NULL, data_checksum INTEGER NOT NULL, parameters INTEGER NOT NULL, created INTEGER NOT NULL,
            status TEXT NOT NULL, steps INTEGER NOT NULL, step INTEGER NOT NULL, seconds REAL NOT NULL);
        CREATE TABLE metrics (run INTEGER NOT NULL REFERENCES runs (id) ON DELETE CASCADE, name TEXT NOT NULL,
            step INTEGER NOT NULL, value REAL, PRIMARY KEY (run, name, step)) WITHOUT ROWID;
        CREATE TABLE notes (run INTEGER NOT NULL REFERENCES runs (id) ON DELETE CASCADE, kind TEXT NOT NULL,
            step INTEGER NOT NULL, body TEXT NOT NULL, PRIMARY KEY (run, kind, step)) WITHOUT ROWID;
        PRAGMA user_version = 2;";

    const RUNS: i64 = 30;

    /// A store of before, with many runs; all were made in the same second, and every tenth diverged.
    fn store(home: &Path) {
        fs::create_dir_all(home).unwrap();
        let mut database = Connection::open(home.join(FILE)).unwrap();
        database.pragma_update(None, "journal_mode", "WAL").unwrap();
        database.execute_batch(TABLES).unwrap();
        let recipe = Recipe::builtin("mlp").unwrap();
        let all = database.transaction().unwrap();
        for id in 1..=RUNS {
            let name = format!("run-{id}");
            let status = if id % 10 == 0 { "diverged" } else { "finished" };
            all.execute(
                "INSERT INTO runs VALUES (?1, ?2, 'mlp', 'mlp', 'given-names', 7, 11897, 1000, ?3, 200, 100, 1.5)",
                rusqlite::params![id, name, status],
            )
            .unwrap();
            for step in 0..100 {
                let value = Some(id as f64 + step as f64 / 7.0).filter(|_| step != 50);
                all.execute("INSERT INTO metrics VALUES (?1, 'loss', ?2, ?3)", rusqlite::params![id, step, value])
                    .unwrap();
            }
            let body = r#"{"how":"diverged","why":"the loss became NaN"}"#;
            all.execute("INSERT INTO notes VALUES (?1, 'samples', 100, '[\"emma\"]')", [id]).unwrap();
            if status == "diverged" {
                all.execute("INSERT INTO notes VALUES (?1, 'ended', 100, ?2)", rusqlite::params![id, body]).unwrap();
            }
            let folder = home.join("runs").join(name);
            fs::create_dir_all(folder.join("checkpoints")).unwrap();
            fs::write(folder.join(RECIPE), recipe.to_toml()).unwrap();
            fs::write(folder.join(super::super::run::checkpoint_file(100)), checkpoint().to_bytes().unwrap()).unwrap();
        }
        all.commit().unwrap();
        // A reader that is open keeps the journal from being folded into the database.
        let copy = home.join("journal");
        fs::copy(home.join(format!("{FILE}-wal")), &copy).unwrap();
        drop(database);
        fs::rename(copy, home.join(format!("{FILE}-wal"))).unwrap();
    }

    fn checkpoint() -> Checkpoint {
        let entry = Entry { name: "w".into(), dtype: Dtype::U8, shape: vec![3], bytes: vec![1, 2, 3] };
        Checkpoint::new(vec![entry], r#"{"step":100,"data_checksum":7}"#.into())
    }

    fn check(store: &Store) {
        let runs = store.runs().unwrap();
        let names: Vec<String> = runs.iter().map(|run| run.name().to_string()).collect();
        assert_eq!(names, (1..=RUNS).map(|id| format!("run-{id}")).collect::<Vec<_>>());
        for (run, id) in runs.iter().zip(1..) {
            assert_eq!((run.parameters(), run.data_checksum(), run.created()), (11_897, 7, 1000));
            assert_eq!((run.step(), run.steps(), run.seconds()), (100, 200, 1.5));
            let losses = store.metric(run, "loss").unwrap();
            assert_eq!((losses.len(), losses[99]), (100, (99, id as f64 + 99.0 / 7.0)));
            assert!(losses[50].1.is_nan() && run.last("loss") == Some(losses[99].1));
            assert_eq!(store.notes(run, "samples").unwrap(), [(100, "[\"emma\"]".to_string())]);
            let diverged = id % 10 == 0;
            assert_eq!(run.status(), if diverged { "diverged" } else { "finished" });
            assert_eq!(run.ended().map(|ended| ended.why.as_str()), diverged.then_some("the loss became NaN"));
        }
    }

    #[test]
    fn what_it_said_stands_in_the_folders_and_it_is_kept() {
        let home = tempfile::tempdir().unwrap();
        store(home.path());
        let opened = Store::existing(home.path()).unwrap().unwrap();
        let told = opened.notices();
        assert!(
            told.len() == 1 && told[0].contains("of 30 runs") && told[0].ends_with("kept as gradus.db.imported"),
            "{told:?}"
        );
        check(&opened);
        assert!(home.path().join("gradus.db.imported").is_file() && !is_there(home.path()));
        // Once.
        let again = Store::open(home.path()).unwrap();
        check(&again);
        assert_eq!(again.notices(), Vec::<String>::new());
        let mut run = again.resume("run-3").unwrap();
        run.rewind(100, 300).unwrap();
        assert_eq!(run.series("loss").unwrap().len(), 100);
    }

    #[test]
    fn runs_whose_folder_is_gone_are_gone_and_their_names_are_free() {
        let home = tempfile::tempdir().unwrap();
        store(home.path());
        fs::remove_dir_all(home.path().join("runs/run-7")).unwrap();
        let facts = super::super::Facts { parameters: 1, data_checksum: 2 };
        let opened = Store::open(home.path()).unwrap();
        assert_eq!(opened.runs().unwrap().len(), 29);
        opened.create(Some("run-7"), &Recipe::builtin("mlp").unwrap(), &facts).unwrap();
    }

    /// Whatever becomes of the database, every run whose folder is there can be opened.
    #[test]
    fn a_lost_or_damaged_database_loses_no_run() {
        let random = std::cell::Cell::new(1u64);
        let draw = |below: usize| {
            random.set(random.get().wrapping_mul(6_364_136_223_846_793_005).wrapping_add(1_442_695_040_888_963_407));
            (random.get() >> 33) as usize % below
        };
        type Damage<'a> = Box<dyn Fn(&Path) + 'a>;
        let mut ways: Vec<Damage<'_>> = vec![
            Box::new(|file| fs::remove_file(file).unwrap()),
            Box::new(|file| fs::write(file, "").unwrap()),
            Box::new(|file| {
                fs::write(file, "what is this, and why is it so long that it could be a database").unwrap()
            }),
            Box::new(|file| {
                let bytes = fs::read(file).unwrap();
                fs::write(file, &bytes[..bytes.len() / 2 + 100]).unwrap();
            }),
        ];
        for _ in 0..4 {
            ways.push(Box::new(|file| {
                // Folded into one file first, then 25 of its pages are filled with noise.
                Connection::open(file).unwrap().pragma_update(None, "journal_mode", "DELETE").unwrap();
                let mut bytes = fs::read(file).unwrap();
                let pages = bytes.len() / 4096;
                for _ in 0..25 {
                    let at = draw(pages) * 4096;
                    bytes[at..at + 4096].fill_with(|| draw(256) as u8);
                }
                fs::write(file, bytes).unwrap();
            }));
        }
        for (number, damage) in ways.iter().enumerate() {
            let home = tempfile::tempdir().unwrap();
            store(home.path());
            let file = home.path().join(FILE);
            if number < 4 {
                fs::remove_file(home.path().join(format!("{FILE}-wal"))).unwrap();
            }
            damage(&file);
            let opened = Store::existing(home.path()).unwrap().unwrap();
            let runs = opened.runs().unwrap();
            assert_eq!(runs.len() as i64, RUNS, "way {number}");
            for run in &runs {
                assert_eq!(run.checkpoint(None).unwrap().unwrap().1, checkpoint());
                assert!(run.recipe().is_ok() && opened.metric(run, "loss").is_ok());
                assert_eq!((run.model(), run.data_checksum()), ("mlp", 7), "way {number}, {}", run.name());
            }
            assert!(!file.exists(), "way {number}");
            let told = opened.notices();
            assert!(!told.is_empty() && told.iter().all(|line| !line.contains('\n')), "{told:?}");
            let again = Store::open(home.path()).unwrap();
            assert_eq!(again.runs().unwrap().len() as i64, RUNS);
            assert_eq!(again.notices(), Vec::<String>::new());
        }
    }
}

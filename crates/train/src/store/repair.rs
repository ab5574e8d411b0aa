//! Mending what kills, damage and hands left: by itself where a run is opened, and all of it by name (`gradus repair`).

use gradus_recipe::Recipe;
use serde::Serialize;

use super::record::Status;
use super::record::{self, ABOUT, About, CHECKPOINTS, FORM, Line, NOTES, NoteLine, RECIPE, RECORD, Record};
use super::run::{self, Run};
use super::storage::Lasting;
use super::{Checkpoint, Store};
use crate::Error;
use crate::session::Session;

/// Ends the name of what was set aside.
const DAMAGED: &str = ".damaged";

/// What was done about one run, or one folder that is none.
#[derive(Debug, Clone, PartialEq, Serialize)]
pub struct Mended {
    /// The folder's name.
    pub run: String,
    /// What was found and done, a line each.
    pub what: Vec<String>,
}

/// What [`Store::repair`] found.
#[derive(Debug, Clone, Default, PartialEq, Serialize)]
pub struct Repair {
    /// Runs that can be opened.
    pub runs: usize,
    /// Where something had to be done, or cannot be.
    pub mended: Vec<Mended>,
}

impl Store {
    /// How a run stands whose own word of it is lost: by its log, else by its recipe and checkpoints. `None` where the
    /// folder is no run's: it holds nothing of one, or is just being made. With what there is to say about it.
    pub(super) fn recover(&self, name: &str) -> Result<Option<(About, String)>, Error> {
        let storage = &*self.storage;
        let is_damaged = storage.size(name, ABOUT)?.is_some();
        if storage.is_locked(name) && !is_damaged {
            return Ok(None);
        }
        let record = storage.read(name, RECORD)?.map_or_else(Record::default, |bytes| Record::read(&bytes));
        let (about, source) = match record.about {
            Some(about) => (about, "its log"),
            None => match self.rebuilt(name)? {
                Some(about) => (about, "its recipe and checkpoints"),
                None => return Ok(None),
            },
        };
        if about.form > FORM {
            return Err(super::newer(name, about.form));
        }
        let last = run::checkpoints(storage, name)?.last().copied();
        let about = at_checkpoint(about, last.unwrap_or(0));
        let state = if is_damaged { "is damaged" } else { "is missing" };
        // Whoever may not write, or finds it trained, does with what it read.
        let kept = || -> Result<bool, Error> {
            let Some(_lock) = storage.lock(name)? else { return Ok(false) };
            if is_damaged {
                storage.set_aside(name, ABOUT, &format!("{ABOUT}{DAMAGED}"))?;
            }
            if let (None, Some(recipe)) = (storage.size(name, RECIPE)?, record.recipe) {
                storage.write(name, RECIPE, recipe.as_bytes(), Lasting::Now)?;
            }
            run::write_about(storage, name, &about, Lasting::Now)?;
            Ok(true)
        };
        let done = if kept().unwrap_or(false) { "it was made again" } else { "it is read" };
        Ok(Some((about, format!("{ABOUT} {state}; {done} from {source}"))))
    }

    /// From a recipe and checkpoints alone. What was recorded is lost.
    fn rebuilt(&self, name: &str) -> Result<Option<About>, Error> {
        let storage = &*self.storage;
        let text = storage.read(name, RECIPE)?;
        let checkpoints = run::checkpoints(storage, name)?;
        if text.is_none() && checkpoints.is_empty() {
            return Ok(None);
        }
        let place = storage.place(name).join(RECIPE);
        let recipe =
            text.and_then(|bytes| Recipe::parse(&place.to_string_lossy(), &String::from_utf8_lossy(&bytes)).ok());
        // The last that is whole.
        let read = |step: &u64| Checkpoint::from_bytes(&storage.read(name, &run::checkpoint_file(*step)).ok()??).ok();
        let checkpoint = checkpoints.iter().rev().find_map(read);
        let state = checkpoint
            .as_ref()
            .and_then(|checkpoint| serde_json::from_str::<serde_json::Value>(&checkpoint.state).ok());
        let data_checksum = state.and_then(|state| state.get("data_checksum")?.as_u64()).unwrap_or(0) as u32;
        let session = recipe
            .clone()
            .zip(checkpoint.as_ref())
            .and_then(|(recipe, checkpoint)| Session::without_data(recipe, checkpoint).ok());
        let parameters = match (&session, &checkpoint) {
            (Some(session), _) => session.model().parameter_count(),
            (None, Some(checkpoint)) => {
                let own = checkpoint.entries.iter().filter(|entry| !entry.name.contains('/'));
                own.map(|entry| entry.shape.iter().product::<usize>()).sum()
            }
            (None, None) => 0,
        };
        let (last, steps) =
            (checkpoints.last().copied().unwrap_or(0), recipe.as_ref().map(|recipe| recipe.training.steps as u64));
        let steps = steps.unwrap_or(last);
        let made = storage.written(name, RECIPE).unwrap_or_else(|| storage.now());
        let unknown = || "unknown".to_string();
        Ok(Some(About {
            form: FORM,
            recipe: base(name).to_string(),
            model: recipe.as_ref().map_or_else(unknown, |recipe| recipe.model.kind().to_string()),
            data: recipe.as_ref().map_or_else(unknown, |recipe| recipe.data.source.clone()),
            data_checksum,
            parameters,
            created: made.as_micros() as u64,
            status: if last >= steps && !checkpoints.is_empty() { Status::Finished } else { Status::Running },
            ended: None,
            steps,
            step: last,
            seconds: 0.0,
            last: Default::default(),
        }))
    }

    /// Brings a run's logs into order before more is added to them. Only for the holder of its lock.
    pub(super) fn mend(&self, run: &Run) -> Result<Vec<String>, Error> {
        let (storage, name) = (&*self.storage, run.name());
        let mut told = Vec::new();
        let record = self.read_record(run)?;
        if let Some(what) = self.cut_torn(name, RECORD, record.health.torn)? {
            told.push(what);
        }
        if let Some(bytes) = storage.read(name, NOTES)? {
            let health = record::lines::<NoteLine>(&bytes).1;
            told.extend(self.cut_torn(name, NOTES, health.torn)?);
        }
        if record.about.is_none() {
            let recipe = storage.read(name, RECIPE)?.unwrap_or_default();
            let about = run.about().clone();
            let line = Line::Born { about, recipe: String::from_utf8_lossy(&recipe).into_owned() };
            storage.append(name, RECORD, record::line(&line).map_err(run::unwritten)?.as_bytes())?;
            told.push(format!("{RECORD} does not say what the run is: that was added from {ABOUT}"));
        }
        if let (None, Some(recipe)) = (storage.size(name, RECIPE)?, &record.recipe) {
            storage.write(name, RECIPE, recipe.as_bytes(), Lasting::Now)?;
            told.push(format!("{RECIPE} is missing: it was made again from {RECORD}"));
        }
        Ok(told)
    }

    /// Takes away the part of a line at the end of a log, where its writer was killed.
    fn cut_torn(&self, name: &str, file: &str, torn: usize) -> Result<Option<String>, Error> {
        if torn == 0 {
            return Ok(None);
        }
        let bytes = self.storage.read(name, file)?.unwrap_or_default();
        let whole = bytes.iter().rposition(|&byte| byte == b'\n').map_or(0, |end| end + 1);
        self.storage.write(name, file, &bytes[..whole], Lasting::Now)?;
        Ok(Some(format!("{file} ends within a line, where its writer was killed: that was taken off")))
    }

    /// Looks at everything in the store and mends what can be mended; what cannot be read is set aside, not removed. Runs
    /// that are being trained are left alone.
    ///
    /// # Errors
    /// Where the store cannot be read or written.
    pub fn repair(&self) -> Result<Repair, Error> {
        let mut repair = Repair::default();
        self.storage.sweep()?;
        let mut names = self.storage.runs()?;
        names.sort_unstable();
        for name in names {
            let what: Vec<String> = match self.look_closely(&name) {
                Ok(Some((run, mended))) => {
                    repair.runs += 1;
                    mended.into_iter().chain(self.repair_run(&run)?).collect()
                }
                Ok(None) if self.storage.is_locked(&name) => vec![],
                Ok(None) => vec![self.leave(&name)?],
                Err(error) => vec![error.to_string()],
            };
            if !what.is_empty() {
                repair.mended.push(Mended { run: name, what });
            }
        }
        Ok(repair)
    }

    /// A folder that is no run's.
    fn leave(&self, name: &str) -> Result<String, Error> {
        // One in which there is nothing can be claimed, and so removed.
        match self.storage.claim(name)? {
            Some(_lock) => {
                self.storage.remove(name)?;
                Ok("its folder was empty, as whoever is killed while making a run leaves it: it was removed"
                    .to_string())
            }
            None => Ok("its folder holds no run: it was left as it is".to_string()),
        }
    }

    fn repair_run(&self, run: &Run) -> Result<Vec<String>, Error> {
        let (storage, name) = (&*self.storage, run.name());
        let Some(_lock) = storage.lock(name)? else {
            return Ok(vec!["it is being trained: it was left alone".to_string()]);
        };
        storage.tidy(name)?;
        let mut what = self.mend(run)?;
        let damaged = self.read_record(run)?.health.damaged;
        if damaged > 0 {
            what.push(format!("{damaged} lines of {RECORD} are damaged: what they recorded is left out"));
        }
        if let Err(error) = run.recipe() {
            what.push(error.to_string());
        }
        for step in run.checkpoints()? {
            let file = run::checkpoint_file(step);
            let read = storage.read(name, &file)?.map(|bytes| Checkpoint::from_bytes(&bytes));
            if let Some(Err(why)) = read {
                storage.set_aside(name, &file, &format!("{file}{DAMAGED}"))?;
                what.push(format!("the checkpoint of step {step} was set aside: {why}"));
            }
        }
        let last = run.checkpoints()?.last().copied().unwrap_or(0);
        if last != run.step() {
            let about = at_checkpoint(run.about().clone(), last);
            let line = Line::Status { status: about.status, ended: about.ended.clone() };
            storage.append(name, RECORD, record::line(&line).map_err(run::unwritten)?.as_bytes())?;
            run::write_about(storage, name, &about, Lasting::Now)?;
            what.push(format!("it stands at step {last}, its last checkpoint in {CHECKPOINTS}"));
        }
        Ok(what)
    }
}

/// How a run stands that can only go on from this step: what it had reached beyond is to be made again.
fn at_checkpoint(mut about: About, step: u64) -> About {
    if step < about.step && matches!(about.status, Status::Finished | Status::StoppedEarly) {
        (about.status, about.ended) = (Status::Stopped, None);
    }
    About { step, ..about }
}

/// `mlp-batchnorm-12` → `mlp-batchnorm`: a run that was not named by hand has its recipe's name and a number.
fn base(name: &str) -> &str {
    match name.rsplit_once('-') {
        Some((base, number)) if !base.is_empty() && number.bytes().all(|b| b.is_ascii_digit()) => base,
        _ => name,
    }
}

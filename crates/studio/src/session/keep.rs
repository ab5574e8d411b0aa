//! A session in the store: checkpoints as every run has them, and beside them what a page needs to go on.

use std::sync::Arc;

use gradus_train::Session;
use gradus_train::store::{Facts, Run, Store};
use schemars::JsonSchema;
use serde::{Deserialize, Serialize};

use crate::board::Board;
use crate::edits::{Edit, EditLog, FORMAT, LogFile};
use crate::history::History;
use crate::host::Host;
use crate::refusal::{Answer, Refusal};
use crate::session::{ActiveSession, Mode};

/// The file in a run's folder.
const FILE: &str = "laboratory.json";

/// Grows when the file's form changes.
const VERSION: u32 = 1;

/// What the file holds.
#[derive(Debug, Serialize, Deserialize, JsonSchema)]
pub struct Kept {
    version: u32,
    /// Whether the session is offered: one that was closed is a run like any other.
    pub(crate) open: bool,
    /// The checkpoint it goes on from.
    pub(crate) saved: u64,
    pub(crate) steps: u64,
    speed: Option<f64>,
    edits: Vec<Edit>,
    history: History,
}

impl Kept {
    /// Of a run; `None` where it is no session.
    ///
    /// # Errors
    /// Where the file is there and cannot be understood.
    pub fn of(run: &Run) -> Answer<Option<Self>> {
        let Some(text) = run.kept(FILE) else { return Ok(None) };
        let kept: Kept = serde_json::from_str(&text)
            .map_err(|e| Refusal::unprocessable(format!("{} of run {} is damaged: {e}", FILE, run.name())))?;
        if kept.version != VERSION {
            return Err(Refusal::unprocessable(format!(
                "session {} was written by a newer gradus: use that one",
                run.name()
            )));
        }
        Ok(Some(kept))
    }

    /// The checkpoint it goes on from.
    pub fn saved(&self) -> u64 {
        self.saved
    }

    /// Where play ends.
    pub fn steps(&self) -> u64 {
        self.steps
    }

    /// How many edits there are.
    pub fn edits(&self) -> usize {
        self.edits.len()
    }
}

impl ActiveSession {
    /// A new session at the step that `session` stands at; `past` are the checkpoints of the run it comes from.
    ///
    /// # Errors
    /// Where the store refuses.
    pub fn begin(store: Store, session: Session, past: Option<&Run>, host: Arc<dyn Host>) -> Answer<Self> {
        let recipe = session.recipe();
        let facts = Facts {
            parameters: session.parameters().iter().map(|(_, param)| param.numel()).sum(),
            data_checksum: session.corpus().checksum(),
        };
        let mut history = History::new(recipe.training.steps as u64, recipe.record.every as u64);
        if let Some(run) = past {
            let series = store.metric(run, "loss_mean")?;
            for (step, mean) in series.into_iter().filter(|point| point.0 <= session.step()) {
                history.step(step, mean, mean, recipe.schedule.learning_rate(step, recipe.training.steps as u64));
            }
        }
        let mut writer = store.create(None, recipe, &facts)?;
        for step in past.map_or(Ok(vec![]), Run::checkpoints)?.into_iter().filter(|&step| step < session.step()) {
            if let Some((_, checkpoint)) = past.map_or(Ok(None), |run| run.checkpoint(Some(step)))? {
                writer.save(step, 0.0, &checkpoint, &[])?;
            }
        }
        let (id, step) = (writer.run().name().to_string(), session.step());
        let mut live = ActiveSession::new(id, session, writer, Arc::new(Board::new(history)), host)?;
        live.keep(Some(step))?;
        Ok(live)
    }

    /// A session that slept.
    ///
    /// # Errors
    /// Where its files are damaged, or another process trains it.
    pub fn wake(store: Store, id: &str, host: Arc<dyn Host>) -> Answer<Self> {
        let writer = store.resume(id).map_err(|e| Refusal::conflict(e.to_string()))?;
        let Some(kept) = Kept::of(writer.run())? else {
            return Err(Refusal::not_found(format!("run {id} is no session: begin one with {{\"run\": {id:?}}}")));
        };
        let session = Session::new(writer.run().recipe()?)?;
        let mut live = ActiveSession::new(id.to_string(), session, writer, Arc::new(Board::new(kept.history)), host)?;
        live.run.set_until(kept.steps);
        live.speed = kept.speed;
        live.log = EditLog::of_file(&file_of(kept.edits))?;
        // The newest that is there, should the file and the folder not agree.
        let saved = live.run.checkpoint_before(kept.saved).unwrap_or(0);
        live.restore(saved)?;
        Ok(live)
    }

    /// Writes a checkpoint of this step, and all that is needed to go on from it.
    ///
    /// # Errors
    /// Where the disk refuses.
    pub fn save(&mut self) -> Answer<()> {
        let step = match self.arrival.take() {
            Some(arrival) => {
                let saved = self.run.save_as(&arrival);
                self.arrival = Some(arrival);
                saved?
            }
            None => self.run.save_loose()?,
        };
        self.keep(Some(step))
    }

    /// Writes what a page needs to go on; `saved` is the checkpoint to go on from, where that is another.
    pub fn keep(&mut self, saved: Option<u64>) -> Answer<()> {
        let last = saved.unwrap_or(self.saved);
        self.saved = self.run.checkpoint_before(last).unwrap_or(0);
        self.write_kept(true)
    }

    fn write_kept(&self, open: bool) -> Answer<()> {
        let kept = Kept {
            version: VERSION,
            open,
            saved: self.saved,
            steps: self.steps(),
            speed: self.speed,
            edits: self.log.edits().to_vec(),
            history: self.board.history(|history| history.clone()),
        };
        let text = serde_json::to_string(&kept).map_err(|e| Refusal::internal(e.to_string()))?;
        Ok(self.writer().keep(FILE, &text)?)
    }

    /// Saves everything: the thread is about to end.
    ///
    /// # Errors
    /// Where the disk refuses.
    pub fn put_away(&mut self, open: bool) -> Answer<()> {
        self.mode = Mode::Paused;
        self.study = None;
        self.save()?;
        self.write_kept(open)?;
        if self.step() < self.steps() && !self.diverged {
            self.run.end_stopped()?;
        }
        self.closing = true;
        Ok(())
    }

    /// Closes the session for good. One that never made a step is nothing to keep.
    ///
    /// # Errors
    /// Where the disk refuses.
    pub fn close(&mut self) -> Answer<()> {
        if self.step() == 0 && self.run.checkpoints() == [0] && self.log.edits().is_empty() {
            self.mode = Mode::Paused;
            self.run.writer_mut().discard()?;
            self.closing = true;
            return Ok(());
        }
        self.put_away(false)
    }

    /// The log as a file.
    pub fn log_file(&self) -> LogFile {
        LogFile { recipe: self.family.recipe.clone(), seed: self.family.seed, ..file_of(self.log.edits().to_vec()) }
    }
}

fn file_of(edits: Vec<Edit>) -> LogFile {
    LogFile { format: FORMAT.to_string(), version: 1, recipe: String::new(), seed: 0, edits }
}

/// Whether a run is a session that is offered.
pub fn is_open(run: &Run) -> bool {
    matches!(Kept::of(run), Ok(Some(Kept { open: true, .. })))
}

//! Every combination of some recipe keys, trained, recorded and ranked.

use std::path::Path;
use std::sync::Mutex;
use std::sync::atomic::{AtomicUsize, Ordering};

use gradus_recipe::{Override, Recipe, Source};
use serde::Serialize;

use crate::run::{ActiveRun, Ending, Flow, Observer, Progress};
use crate::session::Session;
use crate::store::{Facts, Store};
use crate::{Error, set_threads};

/// A key and the values it is to take.
#[derive(Debug, Clone, PartialEq)]
pub struct Axis {
    /// `model.hidden`.
    pub key: String,
    /// As a recipe writes them.
    pub values: Vec<String>,
}

/// More combinations are a slip of the hand.
const MOST_RUNS: usize = 10_000;

impl Axis {
    /// From `KEY=A,B,C`. Commas inside of brackets or quotes do not separate: `schedule.at=[0.5,0.75],[0.5]`.
    ///
    /// # Errors
    /// Where there is no `=`, or no value.
    pub fn parse(text: &str) -> Result<Self, Error> {
        let wrong = || Error::Request(format!("--grid {text}: write KEY=A,B,C, e.g. --grid model.hidden=100,200,300"));
        let (key, values) = text.split_once('=').ok_or_else(wrong)?;
        let (mut out, mut depth, mut quoted) = (vec![String::new()], 0usize, None);
        for c in values.chars() {
            match c {
                '"' | '\'' if quoted.is_none() => quoted = Some(c),
                c if quoted == Some(c) => quoted = None,
                '[' if quoted.is_none() => depth += 1,
                ']' if quoted.is_none() => depth = depth.saturating_sub(1),
                ',' if quoted.is_none() && depth == 0 => {
                    out.push(String::new());
                    continue;
                }
                _ => {}
            }
            out.last_mut().into_iter().for_each(|value| value.push(c));
        }
        let values: Vec<String> = out.into_iter().map(|value| value.trim().to_string()).collect();
        if key.trim().is_empty() || values.iter().any(String::is_empty) {
            return Err(wrong());
        }
        Ok(Axis { key: key.trim().to_string(), values })
    }
}

/// One combination: its values, in the order of the axes, and the recipe they make.
#[derive(Debug, Clone)]
pub struct Combination {
    /// A value for each axis.
    pub values: Vec<String>,
    /// What is trained.
    pub recipe: Recipe,
}

/// All combinations of the axes' values, the last axis changing fastest. All recipes are read before any is trained.
///
/// # Errors
/// The first mistake in any of them.
pub fn combinations(source: &Source, changes: &[Override], axes: &[Axis]) -> Result<Vec<Combination>, Error> {
    for (number, axis) in axes.iter().enumerate() {
        if axes[..number].iter().any(|other| other.key == axis.key) {
            return Err(Error::Request(format!(
                "--grid {} stands there twice: write all its values after one =, with commas between",
                axis.key
            )));
        }
        if let Some((_, value)) = axis.values.iter().enumerate().find(|(i, value)| axis.values[..*i].contains(value)) {
            return Err(Error::Request(format!("--grid {}: the value {value} stands there twice", axis.key)));
        }
        if let Some(change) = changes.iter().find(|change| change.key() == axis.key) {
            return Err(Error::Request(format!(
                "{} is given by --grid and by {}: leave one of them out",
                axis.key,
                change.origin()
            )));
        }
    }
    let count = axes.iter().try_fold(1usize, |n, axis| n.checked_mul(axis.values.len()));
    let count = count.filter(|n| *n <= MOST_RUNS).ok_or_else(|| {
        Error::Request(format!("the grid has more than {MOST_RUNS} combinations: leave some values out"))
    })?;
    let combination = |number: usize| {
        let (mut rest, mut values) = (number, Vec::with_capacity(axes.len()));
        for axis in axes.iter().rev() {
            values.push(axis.values[rest % axis.values.len()].clone());
            rest /= axis.values.len();
        }
        values.reverse();
        let mut all = changes.to_vec();
        for (axis, value) in axes.iter().zip(&values) {
            all.push(Override::parse(&format!("{}={value}", axis.key))?);
        }
        Ok(Combination { values, recipe: source.read(&all)? })
    };
    (0..count).map(combination).collect()
}

/// How a combination did.
#[derive(Debug, Clone, PartialEq, Serialize)]
pub struct Entry {
    /// The values it was trained with, in the order of the axes.
    pub values: Vec<String>,
    /// The run's name; `None` where none could be recorded.
    pub run: Option<String>,
    /// The loss on the train split.
    pub train_loss: Option<f64>,
    /// The loss on the dev split.
    pub dev_loss: Option<f64>,
    /// The loss on the test split.
    pub test_loss: Option<f64>,
    /// How many numbers it learned.
    pub parameters: Option<usize>,
    /// Seconds of training.
    pub seconds: Option<f64>,
    /// Why it failed, if it did.
    pub error: Option<String>,
}

impl Entry {
    /// What runs are ranked by: the dev loss, or the test or train loss where there is none.
    pub fn loss(&self) -> Option<f64> {
        self.dev_loss.or(self.test_loss).or(self.train_loss).filter(|loss| loss.is_finite())
    }
}

/// Makes the observer of one run.
pub type NewObserver = dyn Fn() -> Box<dyn Observer> + Sync;

/// Trains every combination in the store of `home`, `jobs` at a time, and ranks them: the lowest loss first, failures
/// last. Each run has an observer of its own, made by `observer`. `watch` hears how many are done and how far a run is; where it says stop, the runs in work are saved and the
/// rest is left out.
pub fn sweep(
    home: &Path,
    combinations: &[Combination],
    jobs: usize,
    observer: &NewObserver,
    watch: &(dyn Fn(usize, &Progress) -> Flow + Sync),
) -> Vec<Entry> {
    let jobs = jobs.clamp(1, combinations.len().max(1));
    if jobs > 1 {
        // Each works by itself: waiting for each other within a step would cost more than it gives.
        set_threads(1);
    }
    let (next, done) = (AtomicUsize::new(0), AtomicUsize::new(0));
    let entries = Mutex::new(Vec::with_capacity(combinations.len()));
    std::thread::scope(|scope| {
        for _ in 0..jobs {
            scope.spawn(|| {
                while let Some(combination) = combinations.get(next.fetch_add(1, Ordering::Relaxed)) {
                    let entry =
                        one(home, combination, observer(), &|progress| watch(done.load(Ordering::Relaxed), progress));
                    done.fetch_add(1, Ordering::Relaxed);
                    let stopped = entry.is_none();
                    entries.lock().unwrap_or_else(|e| e.into_inner()).extend(entry);
                    if stopped {
                        next.store(combinations.len(), Ordering::Relaxed);
                    }
                }
            });
        }
    });
    let mut entries = entries.into_inner().unwrap_or_else(|e| e.into_inner());
    let rank = |entry: &Entry| entry.loss().unwrap_or(f64::INFINITY);
    // Equal losses stay in an order that does not depend on which was done first.
    entries.sort_by(|a, b| rank(a).total_cmp(&rank(b)).then_with(|| a.values.cmp(&b.values)));
    entries
}

/// Trains one combination; `None` where it was stopped.
fn one(
    home: &Path,
    combination: &Combination,
    observer: Box<dyn Observer>,
    watch: &dyn Fn(&Progress) -> Flow,
) -> Option<Entry> {
    let mut entry = Entry {
        values: combination.values.clone(),
        run: None,
        train_loss: None,
        dev_loss: None,
        test_loss: None,
        parameters: None,
        seconds: None,
        error: None,
    };
    let trained = || -> Result<bool, Error> {
        let session = Session::new(combination.recipe.clone())?;
        let facts = Facts { parameters: session.model().parameter_count(), data_checksum: session.corpus().checksum() };
        entry.parameters = Some(facts.parameters);
        let writer = Store::open(home)?.create(None, session.recipe(), &facts)?;
        entry.run = Some(writer.run().name().to_string());
        let until = session.recipe().training.steps as u64;
        let mut run = ActiveRun::new(session, writer, until, observer)?;
        match run.to_end(&mut |progress| watch(progress))? {
            Ending::Finished(summary) | Ending::StoppedEarly(summary) => {
                (entry.train_loss, entry.dev_loss, entry.test_loss) =
                    (summary.train_loss, summary.dev_loss, summary.test_loss);
                entry.seconds = Some(summary.seconds);
                Ok(true)
            }
            Ending::Stopped => Ok(false),
            Ending::Diverged(why) => Err(Error::Diverged(why)),
        }
    };
    match trained() {
        Ok(true) => Some(entry),
        Ok(false) => None,
        Err(error) => {
            entry.error = Some(error.to_string());
            Some(entry)
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn values_are_cut_at_commas_outside_of_brackets() {
        let axis = Axis::parse("schedule.at=[0.5, 0.75],[0.5]").unwrap();
        assert_eq!(
            (axis.key.as_str(), axis.values),
            ("schedule.at", vec!["[0.5, 0.75]".to_string(), "[0.5]".to_string()])
        );
        assert_eq!(Axis::parse("a=1, 2,3").unwrap().values, ["1", "2", "3"]);
        assert_eq!(Axis::parse("data.source='a,b.txt',c").unwrap().values, ["'a,b.txt'", "c"]);
        for wrong in ["a", "=1", "a=", "a=1,,2"] {
            assert!(Axis::parse(wrong).unwrap_err().to_string().contains("write KEY=A,B,C"), "{wrong}");
        }
    }

    #[test]
    fn every_combination_is_made_once_and_checked_before_any_is_trained() {
        let source = Source::find("mlp").unwrap();
        let axes = [Axis::parse("model.hidden=10,20").unwrap(), Axis::parse("schedule.lr=0.1,0.2,0.3").unwrap()];
        let all = combinations(&source, &[], &axes).unwrap();
        let values: Vec<String> = all.iter().map(|c| c.values.join(" ")).collect();
        assert_eq!(values, ["10 0.1", "10 0.2", "10 0.3", "20 0.1", "20 0.2", "20 0.3"]);
        let wrong = combinations(&source, &[], &[Axis::parse("model.hidden=10,0").unwrap()]).unwrap_err().to_string();
        assert!(wrong.starts_with("--set model.hidden=0: "), "{wrong}");
        for (grid, told) in [
            (&["model.hidden=1", "model.hidden=2"][..], "twice"),
            (&["model.hidden=1,2,1"], "value 1 stands there twice"),
        ] {
            let axes: Vec<Axis> = grid.iter().map(|text| Axis::parse(text).unwrap()).collect();
            let error = combinations(&source, &[], &axes).unwrap_err().to_string();
            assert!(error.contains(told), "{error}");
        }
        let changes = [Override::parse("model.hidden=3").unwrap()];
        let error = combinations(&source, &changes, &axes).unwrap_err().to_string();
        assert!(error.contains("given by --grid and by --set"), "{error}");
        let many = Axis { key: "seed".to_string(), values: (0..200).map(|i| i.to_string()).collect() };
        assert!(combinations(&source, &[], &[many.clone(), many]).is_err());
    }
}

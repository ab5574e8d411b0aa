//! What a run's folder says of it, and how it is written.
//!
//! ```text
//! run.json       how it stands now: written whole, atomically
//! record.log     its birth and everything recorded since, a line each: added to, never changed
//! notes.log      what is recorded and is not one number (looks at layers, samples)
//! labels.log     what its owner says of it: tags and a note
//! ```
//!
//! A line of a log is eight hexadecimal digits, a space, and JSON: the digits are the CRC-32 of the JSON. A line that was
//! cut off by a kill, or damaged since, is known by them and left out. `run.json` says nothing that the log does not say
//! too: lost, it is made again.

use std::borrow::Cow;
use std::collections::BTreeMap;

use schemars::JsonSchema;
use serde::{Deserialize, Serialize};
use serde_json::value::RawValue;

/// How a run stands.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum Status {
    /// It trains, or its process was killed: the lock tells which.
    Running,
    /// It reached its last step.
    Finished,
    /// It was stopped, and can go on.
    Stopped,
    /// The held-out loss did not get better any more.
    StoppedEarly,
    /// The loss or a gradient stopped being a number.
    Diverged,
    /// It could not go on.
    Failed,
}

impl Status {
    /// The word that the lists show.
    pub fn word(self) -> &'static str {
        match self {
            Status::Running => "running",
            Status::Finished => "finished",
            Status::Stopped => "stopped",
            Status::StoppedEarly => "stopped early",
            Status::Diverged => "diverged",
            Status::Failed => "failed",
        }
    }
}

/// How the run stands now.
pub(super) const ABOUT: &str = "run.json";
/// The recipe, complete.
pub(super) const RECIPE: &str = "recipe.toml";
/// What was recorded, number by number.
pub(super) const RECORD: &str = "record.log";
/// What was recorded and is not one number.
pub(super) const NOTES: &str = "notes.log";
/// Tags and the note.
pub(super) const LABELS: &str = "labels.log";
/// The folder of checkpoints.
pub(super) const CHECKPOINTS: &str = "checkpoints";

/// Grows with the form of these files; an older program refuses a newer run instead of misreading it.
pub(super) const FORM: u32 = 1;

/// Held-out figures are measured at a checkpoint itself, before the step of that number.
const HELD_OUT: [&str; 4] = ["dev_loss", "test_loss", "dev_accuracy", "test_accuracy"];

/// How a run ended, and why.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize, JsonSchema)]
pub struct Ended {
    /// The status it ended with.
    pub how: String,
    /// In words.
    pub why: String,
}

/// One recorded value. What is not a finite number is kept as `null`.
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

/// A number as it is written: to the last bit, and `null` where it is not finite.
#[derive(Debug, Clone, Copy, PartialEq)]
pub(super) struct Number(pub(super) f64);

impl Serialize for Number {
    fn serialize<S: serde::Serializer>(&self, serializer: S) -> Result<S::Ok, S::Error> {
        Some(self.0).filter(|value| value.is_finite()).serialize(serializer)
    }
}

impl<'de> Deserialize<'de> for Number {
    fn deserialize<D: serde::Deserializer<'de>>(deserializer: D) -> Result<Self, D::Error> {
        // The quick reading of numbers may be one bit off; that of the standard library is not.
        let text = <&RawValue>::deserialize(deserializer)?.get();
        match text {
            "null" => Ok(Number(f64::NAN)),
            _ => text.parse().map(Number).map_err(|_| serde::de::Error::custom("a number was expected")),
        }
    }
}

fn exact<'de, D: serde::Deserializer<'de>>(deserializer: D) -> Result<f64, D::Error> {
    Number::deserialize(deserializer).map(|Number(value)| value)
}

/// `run.json`.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
pub(super) struct About {
    pub(super) form: u32,
    /// The recipe's name.
    pub(super) recipe: String,
    pub(super) model: String,
    pub(super) data: String,
    pub(super) data_checksum: u32,
    pub(super) parameters: usize,
    /// Microseconds since 1970.
    pub(super) created: u64,
    pub(super) status: Status,
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub(super) ended: Option<Ended>,
    /// Where it is to end.
    pub(super) steps: u64,
    /// How far it got, at its last checkpoint.
    pub(super) step: u64,
    /// Seconds of training so far.
    #[serde(deserialize_with = "exact")]
    pub(super) seconds: f64,
    /// The last value of every series of the whole run; those of its parts have a `/` in their name.
    #[serde(default, skip_serializing_if = "BTreeMap::is_empty")]
    pub(super) last: BTreeMap<String, Number>,
}

impl About {
    /// From the bytes of its file; `None` where they are damaged.
    ///
    /// # Errors
    /// The number of its form, where that is of a newer program.
    pub(super) fn read(bytes: &[u8]) -> Result<Option<Self>, u32> {
        /// All forms have it.
        #[derive(Deserialize)]
        struct Form {
            form: u32,
        }
        match serde_json::from_slice::<Form>(bytes) {
            Ok(Form { form }) if form > FORM => Err(form),
            Ok(_) => Ok(serde_json::from_slice(bytes).ok()),
            Err(_) => Ok(None),
        }
    }

    /// Takes in what a series' last value is now.
    pub(super) fn see(&mut self, metrics: &[Metric]) {
        for metric in metrics.iter().filter(|metric| !metric.name.contains('/')) {
            self.last.insert(metric.name.to_string(), Number(metric.value));
        }
    }
}

/// A line of `record.log`.
#[derive(Debug, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub(super) enum Line {
    /// The first.
    Born { about: About, recipe: String },
    /// How far it is, with what was recorded on the way: series by name, (step, value).
    Saved {
        step: u64,
        #[serde(deserialize_with = "exact")]
        seconds: f64,
        series: BTreeMap<String, Vec<(u64, Number)>>,
    },
    /// What was recorded after a step will be recorded again.
    Rewound { step: u64, steps: u64 },
    /// It ended, or goes on.
    Status {
        status: Status,
        #[serde(default, skip_serializing_if = "Option::is_none")]
        ended: Option<Ended>,
    },
}

impl Line {
    pub(super) fn saved(step: u64, seconds: f64, metrics: &[Metric]) -> Self {
        let mut series: BTreeMap<String, Vec<(u64, Number)>> = BTreeMap::new();
        for metric in metrics {
            let value = Number(metric.value);
            match series.get_mut(&*metric.name) {
                Some(points) => points.push((metric.step, value)),
                None => drop(series.insert(metric.name.to_string(), vec![(metric.step, value)])),
            }
        }
        Line::Saved { step, seconds, series }
    }
}

/// A line of `notes.log`.
#[derive(Debug, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub(super) enum NoteLine {
    Note { kind: String, step: u64, body: Box<RawValue> },
    Rewound { step: u64 },
}

/// A line of `labels.log`.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub(super) enum LabelLine {
    Tag(String),
    Untag(String),
    Note(String),
}

/// What its owner says of a run.
#[derive(Debug, Clone, Default, PartialEq)]
pub(super) struct Labels {
    /// In order.
    pub(super) tags: Vec<String>,
    pub(super) note: String,
}

impl Labels {
    pub(super) fn read(bytes: &[u8]) -> Self {
        let mut labels = Labels::default();
        for line in lines::<LabelLine>(bytes).0 {
            match line {
                LabelLine::Tag(tag) => {
                    if let Err(place) = labels.tags.binary_search(&tag) {
                        labels.tags.insert(place, tag);
                    }
                }
                LabelLine::Untag(tag) => labels.tags.retain(|kept| *kept != tag),
                LabelLine::Note(note) => labels.note = note,
            }
        }
        labels
    }
}

/// A value as a line of a log.
pub(super) fn line(value: &impl Serialize) -> Result<String, serde_json::Error> {
    let json = serde_json::to_string(value)?;
    Ok(format!("{:08x} {json}\n", crc32fast::hash(json.as_bytes())))
}

/// How a log's bytes are.
#[derive(Debug, Clone, Copy, Default, PartialEq)]
pub(super) struct Health {
    /// Lines that are not what was written.
    pub(super) damaged: usize,
    /// Bytes at the end that are no whole line: the last writer was killed there.
    pub(super) torn: usize,
}

/// The lines of a log that are as they were written.
pub(super) fn lines<T: for<'a> Deserialize<'a>>(bytes: &[u8]) -> (Vec<T>, Health) {
    let (mut found, mut health) = (Vec::new(), Health::default());
    for line in bytes.split_inclusive(|&byte| byte == b'\n') {
        let Some(line) = line.strip_suffix(b"\n") else {
            health.torn = line.len();
            break;
        };
        // Put before a line where the one before was cut off.
        if line.is_empty() {
            continue;
        }
        match checked(line).and_then(|json| serde_json::from_str(json).ok()) {
            Some(value) => found.push(value),
            None => health.damaged += 1,
        }
    }
    (found, health)
}

/// The JSON of a line, where its checksum is right.
fn checked(line: &[u8]) -> Option<&str> {
    let (sum, json) = std::str::from_utf8(line).ok()?.split_at_checked(9)?;
    let sum = u32::from_str_radix(sum.strip_suffix(' ')?, 16).ok()?;
    (crc32fast::hash(json.as_bytes()) == sum).then_some(json)
}

/// `record.log`, read.
#[derive(Debug, Default)]
pub(super) struct Record {
    /// As the run stands by it.
    pub(super) about: Option<About>,
    /// The recipe it was born with.
    pub(super) recipe: Option<String>,
    series: BTreeMap<String, Vec<(u64, f64)>>,
    pub(super) health: Health,
}

impl Record {
    pub(super) fn read(bytes: &[u8]) -> Self {
        let (lines, health) = lines(bytes);
        let mut record = Record { health, ..Record::default() };
        for line in lines {
            record.take(line);
        }
        for points in record.series.values_mut() {
            // What was recorded again counts: the sort keeps the order of equal steps, the later one stays.
            points.sort_by_key(|(step, _)| *step);
            points.reverse();
            points.dedup_by_key(|(step, _)| *step);
            points.reverse();
        }
        if let Some(about) = &mut record.about {
            let whole = record.series.iter().filter(|(name, _)| !name.contains('/'));
            let last = |(name, points): (&String, &Vec<(u64, f64)>)| {
                (name.clone(), Number(points.last().map_or(f64::NAN, |(_, value)| *value)))
            };
            about.last = whole.map(last).collect();
        }
        record
    }

    fn take(&mut self, line: Line) {
        match line {
            Line::Born { about, recipe } => (self.about, self.recipe) = (Some(about), Some(recipe)),
            Line::Saved { step, seconds, series } => {
                for (name, points) in series {
                    let points = points.into_iter().map(|(step, Number(value))| (step, value));
                    self.series.entry(name).or_default().extend(points);
                }
                if let Some(about) = &mut self.about {
                    (about.step, about.seconds) = (step, seconds);
                }
            }
            Line::Rewound { step, steps } => {
                self.series.retain(|name, points| {
                    points.retain(|(at, _)| *at < step || *at == step && HELD_OUT.contains(&&**name));
                    !points.is_empty()
                });
                if let Some(about) = &mut self.about {
                    (about.step, about.steps, about.status, about.ended) = (step, steps, Status::Running, None);
                }
            }
            Line::Status { status, ended } => {
                if let Some(about) = &mut self.about {
                    (about.status, about.ended) = (status, ended);
                }
            }
        }
    }

    /// A series: (step, value), in order of steps.
    pub(super) fn series(&self, name: &str) -> &[(u64, f64)] {
        self.series.get(name).map_or(&[], Vec::as_slice)
    }

    /// The last value of every series, in order of names.
    pub(super) fn last(&self) -> Vec<(String, f64)> {
        let last = |(name, points): (&String, &Vec<(u64, f64)>)| Some((name.clone(), points.last()?.1));
        self.series.iter().filter_map(last).collect()
    }
}

/// `notes.log`, read: the notes of a kind by step.
pub(super) fn notes(bytes: &[u8], wanted: &str) -> Vec<(u64, String)> {
    let mut notes = BTreeMap::new();
    for line in lines::<NoteLine>(bytes).0 {
        match line {
            NoteLine::Note { kind, step, body } if kind == wanted => {
                notes.insert(step, body.get().to_string());
            }
            NoteLine::Note { .. } => {}
            NoteLine::Rewound { step } => notes.retain(|at, _| *at <= step),
        }
    }
    notes.into_iter().collect()
}

#[cfg(test)]
mod tests {
    use super::*;

    fn log() -> (Vec<u8>, Vec<usize>) {
        let (mut log, mut ends) = (Vec::new(), Vec::new());
        for step in [0, 10, 20] {
            let metrics = [Metric::new("loss", step, 0.1 + step as f64), Metric::new("dev_loss", step, f64::NAN)];
            log.extend(line(&Line::saved(step, 1.5, &metrics)).unwrap().into_bytes());
            ends.push(log.len());
        }
        (log, ends)
    }

    #[test]
    fn a_log_cut_off_anywhere_says_what_was_whole() {
        let (log, ends) = log();
        for end in 0..=log.len() {
            let record = Record::read(&log[..end]);
            let whole = ends.iter().filter(|&&line| line <= end).count();
            assert_eq!(record.series("loss").len(), whole, "cut at {end}");
            assert_eq!(record.health.damaged, 0);
            assert_eq!(record.health.torn, end - ends[..whole].last().copied().unwrap_or(0));
        }
    }

    #[test]
    fn a_changed_byte_costs_its_line_and_no_other() {
        let (log, ends) = log();
        let whole = Record::read(&log);
        for place in 0..log.len() {
            for bit in [0, 3, 7] {
                let mut altered = log.clone();
                altered[place] ^= 1 << bit;
                let read = Record::read(&altered);
                let line = ends.iter().position(|&end| place < end).unwrap();
                // A digit of the checksum in the other case is the same number.
                let same = read.series("loss") == whole.series("loss");
                let others = [0, 10, 20].into_iter().enumerate().filter(|(i, _)| *i != line).map(|(_, step)| step);
                let steps: Vec<u64> = read.series("loss").iter().map(|(step, _)| *step).collect();
                // A line end that is gone takes the next line with it; a new one cuts a line in two.
                let lost = place + 1 == ends[line];
                assert!(same || lost || others.eq(steps), "byte {place}, bit {bit}");
            }
        }
    }

    #[test]
    fn what_is_recorded_again_counts_and_going_back_forgets() {
        let saved = |step, value| {
            Line::saved(step, 0.0, &[Metric::new("loss", step, value), Metric::new("dev_accuracy", step, value)])
        };
        let lines = [
            saved(1, 1.0),
            saved(2, 2.0),
            saved(2, 2.5),
            saved(3, 3.0),
            Line::Rewound { step: 2, steps: 9 },
            saved(4, 4.0),
        ];
        let log: String = lines.iter().map(|value| line(value).unwrap()).collect();
        let record = Record::read(log.as_bytes());
        assert_eq!(record.series("loss"), [(1, 1.0), (4, 4.0)]);
        // Measured at the checkpoint to which it went back.
        assert_eq!(record.series("dev_accuracy"), [(1, 1.0), (2, 2.5), (4, 4.0)]);
        assert_eq!(record.last(), [("dev_accuracy".to_string(), 4.0), ("loss".to_string(), 4.0)]);
    }

    proptest::proptest! {
        #[test]
        fn no_bytes_panic(bytes in proptest::collection::vec(proptest::prelude::any::<u8>(), 0..200)) {
            let (record, labels) = (Record::read(&bytes), Labels::read(&bytes));
            proptest::prop_assert!(record.about.is_none() && labels == Labels::default());
        }

        #[test]
        fn numbers_come_back_to_the_bit(value: f64) {
            let log = line(&Line::saved(7, 0.0, &[Metric::new("x", 7, value)])).unwrap();
            let read = Record::read(log.as_bytes()).series("x")[0].1;
            proptest::prop_assert!(read.to_bits() == value.to_bits() || (read.is_nan() && !value.is_finite()));
        }
    }
}

//! Every tensor in numbers, now and over time.

use gradus_insight::diagnostics::{self, Diagnosis};
use schemars::JsonSchema;
use serde::Serialize;

use crate::board::{Note, Want};
use crate::refusal::{Answer, Refusal};
use crate::session::ActiveSession;

/// The diagnoses of the past, thinned where they become many.
#[derive(Debug, Default)]
pub struct Timeline {
    diagnoses: Vec<Diagnosis>,
    /// One of so many is kept.
    stride: u64,
    seen: u64,
}

/// Diagnoses that are kept at most.
const KEPT: usize = 200;

/// One tensor over time.
#[derive(Debug, Serialize, JsonSchema)]
#[schemars(rename = "History")]
pub struct Course {
    name: String,
    steps: Vec<u64>,
    rows: Vec<diagnostics::Row>,
}

impl Timeline {
    fn push(&mut self, diagnosis: Diagnosis) {
        let stride = self.stride.max(1);
        self.seen += 1;
        // What was rewound is seen anew.
        self.diagnoses.retain(|kept| kept.step < diagnosis.step);
        if self.seen.is_multiple_of(stride) || self.diagnoses.is_empty() {
            self.diagnoses.push(diagnosis);
        }
        if self.diagnoses.len() > KEPT {
            let mut place = 0;
            self.diagnoses.retain(|_| {
                place += 1;
                place % 2 == 1
            });
            self.stride = stride * 2;
        }
    }

    /// One tensor at all the times it was looked at.
    pub fn course(&self, name: &str) -> Course {
        let found = self.diagnoses.iter().filter_map(|diagnosis| {
            let mut rows = diagnosis.parameters.iter().chain(&diagnosis.buffers).chain(&diagnosis.activations);
            Some((diagnosis.step, rows.find(|row| row.name == name)?.clone()))
        });
        let (steps, rows) = found.unzip();
        Course { name: name.to_string(), steps, rows }
    }
}

impl ActiveSession {
    /// Everything about the step that comes next.
    ///
    /// # Errors
    /// Where an operation refuses.
    pub fn diagnose(&mut self) -> Answer<Diagnosis> {
        if self.session().parameters().is_empty() {
            return Err(Refusal::conflict("this model is counted, not trained: no gradient flows through it"));
        }
        let held = self.log.learning_rate(self.step());
        self.session_mut().hold_learning_rate(held);
        Ok(diagnostics::look(self.session_mut())?)
    }

    /// Pins it to the board.
    pub fn show_statistics(&mut self) {
        let Ok(mut diagnosis) = self.diagnose() else { return };
        self.timeline.push(diagnosis.clone());
        if !self.board.wanted(Want::Histograms) {
            let rows = diagnosis.parameters.iter_mut().chain(&mut diagnosis.buffers).chain(&mut diagnosis.activations);
            for row in rows {
                (row.histogram, row.gradient_histogram) = (None, None);
            }
        }
        self.board.pin(Note::Statistics, &Shown::from(diagnosis));
    }
}

/// A diagnosis with all its rows in one list.
#[derive(Debug, Serialize, JsonSchema)]
#[schemars(rename = "Diagnosis")]
pub struct Shown {
    step: u64,
    loss: f64,
    chance: Option<f64>,
    learning_rate: f64,
    /// In how many micro-batches the step is made; activations are those of the first.
    micro_batches: usize,
    clip_scale: f64,
    rows: Vec<Kinded>,
    advice: Vec<diagnostics::Advice>,
}

/// A row, and what it is of.
#[derive(Debug, Serialize, JsonSchema)]
#[schemars(rename = "Row")]
struct Kinded {
    #[schemars(extend("enum" = ["parameter", "buffer", "activation"]))]
    kind: &'static str,
    #[serde(flatten)]
    row: diagnostics::Row,
}

impl From<Diagnosis> for Shown {
    fn from(diagnosis: Diagnosis) -> Self {
        let Diagnosis {
            step,
            loss,
            micro_batches,
            chance,
            learning_rate,
            clip_scale,
            parameters,
            buffers,
            activations,
            advice,
        } = diagnosis;
        let kinds = [("parameter", parameters), ("buffer", buffers), ("activation", activations)];
        let rows = kinds.into_iter().flat_map(|(kind, rows)| rows.into_iter().map(move |row| Kinded { kind, row }));
        let rows = rows.collect();
        Shown { step, loss, chance, learning_rate, micro_batches, clip_scale, rows, advice }
    }
}

//! How training looks while it runs: a bar on a terminal, a line now and then elsewhere.

use std::io::{IsTerminal, stderr};

use gradus_train::run::{Flow, Progress};
use indicatif::{ProgressBar, ProgressDrawTarget, ProgressStyle};

use crate::interrupt;
use crate::output::{grouped, note};

/// Lines in a run that has no terminal.
const LINES: u64 = 10;

/// Shows progress, and stops the run at Ctrl-C.
pub(crate) struct Watcher {
    bar: Option<ProgressBar>,
    /// The step of the next line.
    next_line: u64,
}

impl Watcher {
    /// For a run from step `from` to step `until`.
    pub(crate) fn new(from: u64, until: u64) -> Self {
        let bar = stderr().is_terminal().then(|| {
            let bar = ProgressBar::with_draw_target(Some(until), ProgressDrawTarget::stderr());
            let style = "{bar:24} {human_pos} of {human_len}  {msg}  {eta} left";
            if let Ok(style) = ProgressStyle::with_template(style) {
                bar.set_style(style);
            }
            bar.set_position(from);
            bar.reset_eta();
            bar
        });
        Watcher { bar, next_line: from + until.saturating_sub(from).div_ceil(LINES) }
    }

    /// Shows how far the run is.
    pub(crate) fn watch(&mut self, progress: &Progress) -> Flow {
        let Progress { step, steps, loss, steps_per_second } = *progress;
        let figures = format!("loss {loss:.4}  {} steps/s", grouped(steps_per_second as u64));
        match &self.bar {
            Some(bar) => {
                bar.set_message(figures);
                bar.set_position(step);
            }
            None if step >= self.next_line => {
                note(&format!("step {} of {}  {figures}", grouped(step), grouped(steps)));
                let tenth = (steps / LINES).max(1);
                self.next_line = (step / tenth + 1) * tenth;
            }
            None => {}
        }
        if interrupt::asked() { Flow::Stop } else { Flow::Continue }
    }

    /// Takes the bar away.
    pub(crate) fn end(self) {
        if let Some(bar) = self.bar {
            bar.finish_and_clear();
        }
    }
}

/// Shows how far some work in several pieces is: a bar on a terminal, a line a piece elsewhere.
pub(crate) struct Work {
    name: &'static str,
    bar: Option<ProgressBar>,
    piece: String,
}

impl Work {
    /// For work of this name.
    pub(crate) fn new(name: &'static str) -> Self {
        let bar = stderr().is_terminal().then(|| {
            let bar = ProgressBar::with_draw_target(Some(1000), ProgressDrawTarget::stderr());
            if let Ok(style) = ProgressStyle::with_template("{bar:24} {msg}  {elapsed}") {
                bar.set_style(style);
            }
            bar
        });
        Work { name, bar, piece: String::new() }
    }

    /// Shows that `piece` is `done` from 0 to 1; `false` where Ctrl-C was pressed.
    pub(crate) fn tell(&mut self, piece: &str, done: f64) -> bool {
        let new = self.piece != piece;
        if new {
            self.piece = piece.to_string();
        }
        match &self.bar {
            Some(bar) => {
                if new {
                    bar.set_message(format!("{}: {piece}", self.name));
                }
                bar.set_position((done * 1000.0) as u64);
            }
            None if new => note(&format!("{}: {piece}", self.name)),
            None => {}
        }
        !interrupt::asked()
    }

    /// Takes the bar away.
    pub(crate) fn end(self) {
        if let Some(bar) = self.bar {
            bar.finish_and_clear();
        }
    }
}

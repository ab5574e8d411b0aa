//! `gradus data fetch`.

use std::io::{IsTerminal, stderr};
use std::ops::ControlFlow;
use std::path::PathBuf;

use gradus_data::Source;
use gradus_data::registry::{self, Origin};
use gradus_fetch::{Fetched, Fetcher, Progress};
use indicatif::{ProgressBar, ProgressDrawTarget, ProgressStyle};
use serde::Serialize;

use crate::failure::{Failure, Outcome};
use crate::output::{self, grouped, note};
use crate::interrupt;

/// Downloads a data set.
#[derive(Debug, clap::Args)]
#[command(after_help = "Files go into GRADUS_CACHE, else into the system's folder for caches. GRADUS_MIRROR names a web \
                        address to ask in place of the publishers: a folder there that holds the files under the names \
                        they have in the cache. What arrives must have the published SHA-256 either way.")]
pub(crate) struct Args {
    /// The data set's name (gradus data list)
    #[arg(value_name = "NAME")]
    name: String,
    /// Print one JSON object
    #[arg(long)]
    json: bool,
}

#[derive(Debug, Serialize)]
struct Summary {
    data: &'static str,
    files: Vec<Filed>,
}

#[derive(Debug, Serialize)]
struct Filed {
    path: PathBuf,
    bytes: u64,
    /// Whether it had to be downloaded.
    downloaded: bool,
}

pub(crate) fn run(args: &Args) -> Outcome {
    let Some(set) = registry::find(&args.name) else {
        // A file need not be fetched; a name that is none of the known ones is told as everywhere.
        Source::find(&args.name)?;
        return Err(Failure::Failed(format!("`{}` is no data set; gradus data list shows them", args.name)));
    };
    let fetched = match set.origin {
        Origin::Fetched(files) => {
            interrupt::listen_saying("stopping; Ctrl-C again to quit at once")?;
            let mut bar = Bar::new();
            let fetched = Fetcher::default().fetch(files, &mut |progress| bar.watch(progress));
            bar.end();
            fetched.map_err(|error| match error {
                gradus_fetch::FetchError::Stopped => Failure::Stopped(error.to_string()),
                error => Failure::Failed(error.to_string()),
            })?
        }
        _ => Vec::new(),
    };
    if args.json {
        let files = fetched
            .into_iter()
            .map(|file| Filed { path: file.path, bytes: file.bytes, downloaded: !file.was_there });
        return output::json(&Summary { data: set.name, files: files.collect() });
    }
    output::text(&told(set.name, &fetched))
}

fn told(name: &str, fetched: &[Fetched]) -> String {
    if fetched.is_empty() {
        return format!("{name} comes with the program; there is nothing to fetch\nnext: gradus data show {name}");
    }
    let lines = fetched.iter().map(|file| {
        let done = if file.was_there { "was there already" } else { "fetched, its SHA-256 is the published one" };
        format!("{}  {} bytes, {done}\n", file.path.display(), grouped(file.bytes))
    });
    format!("{}next: gradus data show {name}", lines.collect::<String>())
}

/// How a download looks: a bar on a terminal, a line for each file elsewhere.
struct Bar {
    bar: Option<ProgressBar>,
    /// What was announced last.
    said: Option<&'static str>,
}

impl Bar {
    fn new() -> Self {
        let bar = stderr().is_terminal().then(|| {
            let bar = ProgressBar::with_draw_target(None, ProgressDrawTarget::stderr());
            let style = "{bar:24} {bytes} of {total_bytes}  {bytes_per_sec}  {msg}";
            bar.with_style(ProgressStyle::with_template(style).unwrap_or_else(|_| ProgressStyle::default_bar()))
        });
        Bar { bar, said: None }
    }

    fn watch(&mut self, progress: Progress) -> ControlFlow<()> {
        let what = match progress {
            Progress::Waiting => "waiting for another fetch into the same folder",
            Progress::Loading { file, .. } => file,
        };
        match (&self.bar, progress) {
            (Some(bar), Progress::Waiting) => bar.set_message(what),
            (Some(bar), Progress::Loading { done, total, .. }) => {
                bar.set_length(total);
                bar.set_message(what);
                bar.set_position(done);
            }
            (None, _) if self.said == Some(what) => {}
            (None, Progress::Waiting) => note(what),
            (None, Progress::Loading { total, .. }) => note(&format!("fetching {what}, {} bytes", grouped(total))),
        }
        self.said = Some(what);
        if interrupt::asked() { ControlFlow::Break(()) } else { ControlFlow::Continue(()) }
    }

    fn end(self) {
        if let Some(bar) = self.bar {
            bar.finish_and_clear();
        }
    }
}

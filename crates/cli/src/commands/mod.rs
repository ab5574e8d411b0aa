//! One file a command. Each has `Args` (what clap reads) and `run(&Args, &Context) -> Outcome`.
//!
//! A new command: its file, a line in the `commands!` list below, and its words in the tests.

#[cfg(feature = "serve")]
mod laboratory;
#[cfg(not(all(feature = "fetch", feature = "serve")))]
mod left_out;

use std::path::{Path, PathBuf};

use gradus_train::Error;
use gradus_train::store::Store;

use crate::failure::{Failure, Outcome};
use crate::output;

/// What every command is given besides its own arguments.
#[derive(Debug)]
pub(crate) struct Context {
    /// Where runs are kept.
    home: PathBuf,
}

impl Context {
    /// `--home`, else `GRADUS_HOME`, else `.gradus` in the working folder.
    pub(crate) fn new(home: Option<PathBuf>) -> Self {
        let home = home
            .or_else(|| std::env::var_os("GRADUS_HOME").filter(|v| !v.is_empty()).map(PathBuf::from))
            .unwrap_or_else(|| PathBuf::from(".gradus"));
        Self { home }
    }

    /// Where runs are kept.
    pub(crate) fn home(&self) -> &Path {
        &self.home
    }

    /// The store, if a run was ever recorded.
    pub(crate) fn store_if_any(&self) -> Result<Option<Store>, Error> {
        Ok(Store::existing(&self.home)?.map(|store| store.telling(output::note)))
    }

    /// The store, to record a run in; made where there is none.
    pub(crate) fn new_store(&self) -> Result<Store, Error> {
        Ok(Store::open(&self.home)?.telling(output::note))
    }

    /// The store, to look at; where there is none, the failure says how to make a run.
    pub(crate) fn store(&self) -> Outcome<Store> {
        self.store_if_any()?.ok_or_else(|| Failure::Failed(self.no_runs()))
    }

    /// What to say where no run was recorded.
    pub(crate) fn no_runs(&self) -> String {
        format!("there are no runs in {} yet; gradus train mlp makes one", self.home.display())
    }
}

/// Declares the commands: their modules, the clap enum, and the way from one to the other.
/// The first line of each doc comment is the command's line in `gradus --help`.
macro_rules! commands {
    ($($(#[doc = $doc:literal])+ $variant:ident = $module:ident;)+) => {
        $(pub(crate) mod $module;)+

        /// The commands of `gradus`.
        #[derive(Debug, clap::Subcommand)]
        pub(crate) enum Command {
            $($(#[doc = $doc])+ $variant($module::Args),)+
        }

        impl Command {
            /// Runs the chosen command.
            pub(crate) fn run(&self, context: &Context) -> Outcome {
                match self {
                    $(Command::$variant(args) => $module::run(args, context),)+
                }
            }
        }
    };
}

commands! {
    /// Train a model by a recipe, and record the run
    Train = train;
    /// Go on with a run from its last checkpoint
    Resume = resume;
    /// Generate text with a run's model
    Sample = sample;
    /// Measure a run's model: loss, perplexity, accuracy
    Eval = eval;
    /// A run's parameters and activations in numbers
    Inspect = inspect;
    /// Why a classifier says what it says of one picture, flower, point or word
    Explain = explain;
    /// The course's figures beside one's own
    Reproduce = reproduce;
    /// The built-in recipes, one a course step
    Recipes = recipes;
    /// Data sets: which there are, and what they hold
    Data = data;
    /// The recorded runs
    Runs = runs;
    /// One run: how it stands, its losses, checkpoints, samples and recipe
    Show = show;
    /// Remove runs
    Rm = rm;
    /// Give a run another name
    Rename = rename;
    /// Put words on a run, and take them off
    Tag = tag;
    /// Note a text of a run
    Note = note;
    /// Mend the store of runs, and say what was mended
    Repair = repair;
    /// Runs side by side: where their recipes differ, and what came of it
    Compare = compare;
    /// A run on one HTML page: losses, histograms, samples, recipe
    Report = report;
    /// Look for a good learning rate: a short training in which it grows
    Lr = lr;
    /// The same training in several number formats: what few digits do
    Precision = precision;
    /// One number: its bits, its neighbours, and what each format makes of it
    Number = number;
    /// Means, variances and initial weights: what they do over depth, measured and drawn
    Statistics = statistics;
    /// Train every combination of some recipe keys, and rank them
    Sweep = sweep;
    /// Open the laboratory in the browser
    Serve = serve;
    /// A run for other programs: PyTorch, safetensors, TensorBoard
    Export = export;
    /// A GPT-2 model of nanoGPT or Hugging Face as a run
    Import = import;
    /// An expression of numbers, its values and gradients, drawn
    Graph = graph;
    /// Backpropagation by hand: every gradient beside autograd's, then training without it
    Ninja = ninja;
    /// The command line's words for a shell: bash, zsh, fish, PowerShell, Elvish
    Completions = completions;
    /// The manual page
    Man = man;
}

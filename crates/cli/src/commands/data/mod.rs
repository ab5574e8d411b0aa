//! `gradus data`: what can be learned from, and what it becomes.

#[cfg(feature = "fetch")]
mod fetch;
#[cfg(not(feature = "fetch"))]
mod fetch {
    pub(super) use crate::commands::left_out::Args;

    pub(super) fn run(args: &Args) -> crate::failure::Outcome {
        crate::commands::left_out::refuse(args, "downloads (feature \"fetch\")")
    }
}
mod list;
mod show;

use gradus_data::registry::Kind;

use super::Context;
use crate::failure::Outcome;

/// Lists, shows and fetches data sets.
#[derive(Debug, clap::Args)]
pub(crate) struct Args {
    #[command(subcommand)]
    command: Data,
}

#[derive(Debug, clap::Subcommand)]
enum Data {
    /// The known data sets
    List(list::Args),
    /// What a data set or a file holds, and what it becomes for a model
    Show(show::Args),
    /// Download a data set into the cache, checked against its published SHA-256
    Fetch(fetch::Args),
}

pub(crate) fn run(args: &Args, _: &Context) -> Outcome {
    match &args.command {
        Data::List(args) => list::run(args),
        Data::Show(args) => show::run(args),
        Data::Fetch(args) => fetch::run(args),
    }
}

fn kind_word(kind: Kind) -> &'static str {
    match kind {
        Kind::Lines => "lines",
        Kind::Text => "text",
        Kind::Table => "table",
        Kind::Images => "images",
        Kind::Points => "points",
        _ => "other",
    }
}

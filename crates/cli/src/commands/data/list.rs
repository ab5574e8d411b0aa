//! `gradus data list`.

use std::fmt::Write;

use gradus_data::registry::{self, Origin};
use gradus_data::{Source, cache_folder};
use serde::Serialize;

use super::kind_word;
use crate::failure::Outcome;
use crate::output;

/// Lists the known data sets.
#[derive(Debug, clap::Args)]
pub(crate) struct Args {
    /// Print one JSON object
    #[arg(long)]
    json: bool,
}

#[derive(Debug, Serialize)]
struct Listing {
    data: Vec<Known>,
}

#[derive(Debug, Serialize)]
struct Known {
    name: &'static str,
    kind: &'static str,
    /// Whether it can be used now.
    at_hand: bool,
    description: &'static str,
    source: &'static str,
    licence: &'static str,
}

pub(crate) fn run(args: &Args) -> Outcome {
    let data: Vec<Known> = registry::all()
        .iter()
        .map(|set| Known {
            name: set.name,
            kind: kind_word(set.kind),
            at_hand: Source::find(set.name).is_ok(),
            description: set.description,
            source: set.source,
            licence: set.licence,
        })
        .collect();
    if args.json {
        return output::json(&Listing { data });
    }
    let mut rows = vec![["data", "kind", "", "holds", "licence"].map(String::from).to_vec()];
    rows.extend(data.iter().zip(registry::all()).map(|(known, set)| {
        let place = match (&set.origin, known.at_hand) {
            (Origin::BuiltIn(_), _) => "built in",
            (Origin::Made(_), _) => "made",
            (_, true) => "in the cache",
            (_, false) => "to be fetched",
        };
        [known.name, known.kind, place, known.description, known.licence].map(String::from).to_vec()
    }));
    let mut out = output::table(&rows, &[]);
    let absent: Vec<&Known> = data.iter().filter(|known| !known.at_hand).collect();
    if !absent.is_empty() {
        // Writing to a String cannot fail.
        let _ = writeln!(out, "\nTo download what is not built in:");
        for known in absent {
            let _ = writeln!(out, "  gradus data fetch {}", known.name);
        }
        let _ = writeln!(out, "They go into {}; a copy put there by hand does as well.", cache_folder().display());
    }
    output::text(&out)
}

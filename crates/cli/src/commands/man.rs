//! `gradus man`: the manual pages.

use std::io;
use std::path::PathBuf;

use clap::CommandFactory;
use clap_mangen::Man;

use super::Context;
use crate::failure::{Failure, Outcome};
use crate::output;

/// Prints the manual page of `gradus`, or writes all of them into a folder.
///
/// `gradus man | man -l -` shows it.
#[derive(Debug, clap::Args)]
pub(crate) struct Args {
    /// The page of this command, e.g. train
    #[arg(conflicts_with = "out")]
    command: Option<String>,
    /// Write the page of every command into this folder: gradus.1, gradus-train.1, …
    #[arg(short, long, value_name = "DIR")]
    out: Option<PathBuf>,
}

pub(crate) fn run(args: &Args, _: &Context) -> Outcome {
    let mut whole = crate::Cli::command();
    // Options that all commands have are passed on to them.
    whole.build();
    if let Some(folder) = &args.out {
        let mut pages = vec![("gradus.1".to_string(), page(whole.clone())?)];
        for (name, command) in below("gradus", &whole) {
            pages.push((format!("{name}.1"), page(command)?));
        }
        std::fs::create_dir_all(folder)
            .map_err(|e| Failure::Failed(format!("cannot make the folder {}: {e}", folder.display())))?;
        for (name, text) in &pages {
            gradus_train::store::write(&folder.join(name), text)?;
        }
        return output::text(&format!("{} pages in {}", pages.len(), folder.display()));
    }
    let command = match &args.command {
        None => whole,
        Some(name) => {
            let known = below("gradus", &whole);
            let found = known.iter().find(|(full, _)| full["gradus-".len()..] == name.replace(' ', "-"));
            let (_, command) = found.ok_or_else(|| {
                let names: Vec<&str> = known.iter().map(|(full, _)| &full["gradus-".len()..]).collect();
                Failure::Usage(format!("there is no command {name:?}; there are: {}", names.join(", ")))
            })?;
            command.clone()
        }
    };
    output::text(&String::from_utf8_lossy(&page(command)?))
}

/// Every command below this one under its full name, `gradus-data-list`.
fn below(name: &str, command: &clap::Command) -> Vec<(String, clap::Command)> {
    let mut found = Vec::new();
    for child in command.get_subcommands().filter(|child| !child.is_hide_set()) {
        let full = format!("{name}-{}", child.get_name());
        let deeper = below(&full, child);
        // A page is headed by the full name.
        found.push((full.clone(), child.clone().name(full)));
        found.extend(deeper);
    }
    found
}

fn page(command: clap::Command) -> io::Result<Vec<u8>> {
    let mut text = Vec::new();
    Man::new(command).render(&mut text)?;
    Ok(text)
}

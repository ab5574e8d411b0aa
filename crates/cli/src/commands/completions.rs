//! `gradus completions`: the words of the command line, for a shell.

use clap::CommandFactory;
use clap_complete::Shell;

use super::Context;
use crate::failure::Outcome;
use crate::output;

/// Prints what a shell needs to complete the words of `gradus`.
#[derive(Debug, clap::Args)]
#[command(after_help = "\
bash:        gradus completions bash > ~/.local/share/bash-completion/completions/gradus
zsh:         gradus completions zsh > ~/.zfunc/_gradus         (with fpath+=~/.zfunc before compinit)
fish:        gradus completions fish > ~/.config/fish/completions/gradus.fish
PowerShell:  gradus completions powershell >> $PROFILE")]
pub(crate) struct Args {
    /// Which shell
    #[arg(value_enum)]
    shell: Shell,
}

pub(crate) fn run(args: &Args, _: &Context) -> Outcome {
    let mut script = Vec::new();
    clap_complete::generate(args.shell, &mut crate::Cli::command(), "gradus", &mut script);
    output::text(&String::from_utf8_lossy(&script))
}

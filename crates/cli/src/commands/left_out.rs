//! A command that this build has not.

use crate::failure::{Failure, Outcome};

/// Not part of this build: build gradus with its default features.
#[derive(Debug, clap::Args)]
#[command(disable_help_flag = true)]
pub(crate) struct Args {
    #[arg(hide = true, trailing_var_arg = true, allow_hyphen_values = true)]
    rest: Vec<std::ffi::OsString>,
}

/// Says so.
pub(crate) fn refuse(_: &Args, feature: &str) -> Outcome {
    Err(Failure::Failed(format!(
        "this build of gradus has no {feature}: it was made without its default features; \
         `cargo install --path crates/cli` (or `cargo run --release -- …`) makes one with all of them"
    )))
}

//! `gradus serve`: the laboratory in the browser.

use std::process::{Command, Stdio};

use gradus_serve::{Bounds, Options, is_built, is_local, serve};

use super::Context;
use super::train::Threads;
use crate::failure::Outcome;
use crate::interrupt;
use crate::output::{self, note};

/// Opens the laboratory: a page on which a network trains before one's eyes, and its API.
#[derive(Debug, clap::Args)]
pub(crate) struct Args {
    /// Where to listen; beyond this machine the link carries a token
    #[arg(long, default_value = "127.0.0.1", value_name = "HOST")]
    host: String,
    /// The port; 0 takes a free one
    #[arg(long, default_value_t = 7878, value_name = "PORT")]
    port: u16,
    /// Open the page in the browser
    #[arg(long)]
    open: bool,
    /// Memory the laboratory may hold before it refuses new sessions [default: 60 % of the machine's]
    #[arg(long, value_name = "MIB")]
    memory: Option<u64>,
    #[command(flatten)]
    threads: Threads,
}

pub(crate) fn run(args: &Args, context: &Context) -> Outcome {
    args.threads.apply();
    interrupt::listen()?;
    let mut bounds = Bounds::default();
    if let Some(mebibytes) = args.memory {
        bounds.memory = Some(mebibytes.saturating_mul(1 << 20));
    }
    let options = Options { home: context.home().to_path_buf(), host: args.host.clone(), port: args.port, bounds };
    let ready = |link: &str| {
        // The link is the result; where nobody reads it, the server serves all the same.
        let _ = output::text(link);
        if !is_built() {
            note("this program holds no page (see the link for how to build it); the API is there");
        }
        if !is_local(&args.host) {
            note("whoever has the link can use this laboratory; the connection is not encrypted");
        }
        note("Ctrl-C ends the laboratory; its sessions go on when it is opened again");
        if args.open && !open(link) {
            note("no browser could be opened: open the link yourself");
        }
    };
    Ok(serve(&options, ready, interrupt::asked)?)
}

/// Opens a link in the user's browser; `false` where the system has no way to.
fn open(link: &str) -> bool {
    let program = if cfg!(target_os = "macos") {
        "open"
    } else if cfg!(windows) {
        "explorer"
    } else {
        "xdg-open"
    };
    let mut command = Command::new(program);
    command.arg(link).stdin(Stdio::null()).stdout(Stdio::null()).stderr(Stdio::null());
    command.spawn().is_ok()
}

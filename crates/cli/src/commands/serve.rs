//! `gradus serve`: the laboratory in the browser, where this build has it.

#[cfg(feature = "serve")]
pub(crate) use super::laboratory::{Args, run};
#[cfg(not(feature = "serve"))]
pub(crate) use super::left_out::Args;

#[cfg(not(feature = "serve"))]
pub(crate) fn run(args: &Args, _: &super::Context) -> crate::failure::Outcome {
    super::left_out::refuse(args, "laboratory (feature \"serve\")")
}

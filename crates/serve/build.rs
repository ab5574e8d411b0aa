//! The page is taken into the program when this crate is compiled: a page built anew is a reason to compile it again.

use std::path::Path;

fn main() {
    println!("cargo:rerun-if-changed=build.rs");
    // A path that is not there would count as changed at every build; the folder above changes when it comes.
    let page = Path::new("../../web/dist");
    let watched = if page.exists() { page } else { Path::new("../../web") };
    println!("cargo:rerun-if-changed={}", watched.display());
}

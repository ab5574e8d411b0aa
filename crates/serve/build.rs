//! The page is taken into the program as it stands in web/dist: when it changes, or is built for the first time, the
//! program is built again.

use std::path::Path;

fn main() {
    let (page, source) = ("../../web/dist", "../../web");
    let watched = if Path::new(page).join("index.html").is_file() {
        page
    } else if Path::new(source).is_dir() {
        source
    } else {
        "build.rs"
    };
    println!("cargo::rerun-if-changed={watched}");
}

//! The page is taken into the program as it stands in page/dist: when it changes, or is built for the first time, the
//! program is built again.

fn main() {
    println!("cargo::rerun-if-changed=page");
}

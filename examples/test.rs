//! Every example runs, says something, and is small; `README.md` lists them all.

use std::path::Path;
use std::process::Command;

macro_rules! examples {
    ($($name:ident),*) => {
        const NAMES: &[&str] = &[$(stringify!($name)),*];

        $(#[test]
        fn $name() {
            let out = Command::new(env!(concat!("CARGO_BIN_EXE_", stringify!($name)))).output().unwrap();
            let (said, failed) = (String::from_utf8_lossy(&out.stdout), String::from_utf8_lossy(&out.stderr));
            assert!(out.status.success(), "{failed}");
            assert!(said.lines().count() >= 2 && failed.is_empty(), "{said}{failed}");
        })*
    };
}

examples!(neuron, moons, iris, digits, bigrams, mlp, layer, probe, recipe, checkpoint);

#[test]
fn each_is_small_and_listed() {
    let folder = Path::new(env!("CARGO_MANIFEST_DIR"));
    let read = |name: String| std::fs::read_to_string(folder.join(name)).unwrap();
    let listed = read("README.md".into());
    for name in NAMES {
        let lines = read(format!("{name}.rs")).lines().count();
        assert!(lines <= 60, "{name}.rs has {lines} lines");
        assert!(listed.contains(&format!("[{name}]({name}.rs)")), "README.md does not list {name}");
    }
    let programs = std::fs::read_dir(folder).unwrap().filter_map(|entry| {
        let name = entry.unwrap().file_name().into_string().unwrap();
        name.strip_suffix(".rs").filter(|name| *name != "test").map(String::from)
    });
    for name in programs {
        assert!(NAMES.contains(&name.as_str()), "{name}.rs is not run");
    }
}

//! What Gradus is built from may be given on under its own licences.

use std::path::Path;
use std::process::Command;

use gradus_house::{read, root};
use serde_json::Value;

/// Licences that ask for no more than to be named and passed along.
const TAKEN: &[&str] = &[
    "0BSD",
    "Apache-2.0",
    "BSD-2-Clause",
    "BSD-3-Clause",
    "BSL-1.0",
    "CC0-1.0",
    "CDLA-Permissive-2.0",
    "ISC",
    "MIT",
    "Unicode-3.0",
    "Unlicense",
    "Zlib",
];

/// Whether an SPDX expression allows it: `AND` binds closer than `OR`, an exception only adds to what is allowed.
fn is_taken(expression: &str) -> bool {
    let text = expression.replace('(', " ( ").replace(')', " ) ").replace('/', " OR ");
    let words: Vec<&str> = text.split_whitespace().collect();
    let (taken, rest) = any(&words);
    taken && rest.is_empty()
}

fn any<'a>(words: &'a [&'a str]) -> (bool, &'a [&'a str]) {
    let (mut taken, mut rest) = all(words);
    while let ["OR", more @ ..] = rest {
        let (other, after) = all(more);
        (taken, rest) = (taken || other, after);
    }
    (taken, rest)
}

fn all<'a>(words: &'a [&'a str]) -> (bool, &'a [&'a str]) {
    let (mut taken, mut rest) = one(words);
    while let ["AND", more @ ..] = rest {
        let (other, after) = one(more);
        (taken, rest) = (taken && other, after);
    }
    (taken, rest)
}

fn one<'a>(words: &'a [&'a str]) -> (bool, &'a [&'a str]) {
    match words {
        ["(", more @ ..] => match any(more) {
            (taken, [")", rest @ ..]) => (taken, rest),
            _ => (false, &[]),
        },
        [licence, "WITH", _, rest @ ..] | [licence, rest @ ..] => (TAKEN.contains(licence), rest),
        [] => (false, &[]),
    }
}

#[test]
fn expressions_are_read() {
    for yes in ["MIT", "MIT/Apache-2.0", "GPL-3.0 OR MIT", "(MIT OR GPL-3.0) AND ISC", "Apache-2.0 WITH LLVM-exception"]
    {
        assert!(is_taken(yes), "{yes}");
    }
    for no in ["", "GPL-3.0", "MIT AND GPL-3.0", "(MIT OR ISC) AND LGPL-2.1-or-later", "MIT Apache-2.0", "(MIT"] {
        assert!(!is_taken(no), "{no}");
    }
}

#[test]
fn crates_are_under_licences_that_are_taken() {
    let cargo = std::env::var_os("CARGO").unwrap_or("cargo".into());
    let asked = Command::new(cargo)
        .args(["metadata", "--format-version", "1", "--locked", "--all-features"])
        .current_dir(root())
        .output()
        .expect("cargo metadata");
    assert!(asked.status.success(), "cargo metadata: {}", String::from_utf8_lossy(&asked.stderr));
    let told: Value = serde_json::from_slice(&asked.stdout).expect("JSON");
    let packages = told["packages"].as_array().expect("packages");
    assert!(packages.len() > 100, "{} packages", packages.len());
    for package in packages {
        let licence = package["license"].as_str().unwrap_or_default();
        assert!(is_taken(licence), "{} {} is under {licence:?}", package["name"], package["version"]);
    }
}

#[test]
fn what_the_page_holds_is_under_licences_that_are_taken() {
    let locked: Value = serde_json::from_str(&read(Path::new("web/package-lock.json"))).expect("JSON");
    let packages = locked["packages"].as_object().expect("packages");
    // What only builds and tests the page is not given on with it.
    let held = packages.iter().filter(|(name, package)| !name.is_empty() && package["dev"] != true);
    let mut count = 0;
    for (name, package) in held {
        let licence = package["license"].as_str().unwrap_or_default();
        assert!(is_taken(licence), "{name} is under {licence:?}");
        count += 1;
    }
    assert!(count > 5, "the page holds {count} packages");
}

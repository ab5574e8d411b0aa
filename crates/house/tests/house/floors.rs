//! The floors of docs/ARCHITECTURE.md are those of the manifests, and lead downward.

use gradus_house::{crates, read};
use std::collections::{BTreeMap, BTreeSet};

/// The rows of the table: a crate, and what it knows.
fn table() -> Vec<(String, BTreeSet<String>)> {
    let page = read("docs/ARCHITECTURE.md");
    let rows = page.lines().skip_while(|line| *line != "| crate | holds | knows |").skip(2);
    rows.take_while(|line| line.starts_with('|'))
        .map(|line| {
            let cells: Vec<&str> = line.trim_matches('|').split('|').collect();
            assert_eq!(cells.len(), 3, "a row of the floors: {line}");
            let name = cells[0].split('`').nth(1).expect("the row's crate in backticks");
            (name.to_string(), in_backticks(&without_asides(cells[2])))
        })
        .collect()
}

fn in_backticks(text: &str) -> BTreeSet<String> {
    text.split('`').skip(1).step_by(2).map(String::from).collect()
}

/// Without what stands in round brackets.
fn without_asides(text: &str) -> String {
    let mut depth = 0;
    text.chars()
        .filter(|c| {
            depth += i32::from(*c == '(');
            let outside = depth == 0;
            depth -= i32::from(*c == ')');
            outside
        })
        .collect()
}

/// What a crate knows of the others, by its manifest.
fn known(name: &str) -> BTreeSet<String> {
    let manifest: toml::Table = read(format!("crates/{name}/Cargo.toml")).parse().expect("a manifest");
    let everywhere = manifest.get("dependencies");
    let somewhere = manifest.get("target").and_then(toml::Value::as_table).into_iter().flat_map(|t| t.values());
    let tables = everywhere.into_iter().chain(somewhere.filter_map(|target| target.get("dependencies")));
    tables
        .filter_map(toml::Value::as_table)
        .flat_map(|table| table.keys())
        .filter_map(|key| key.strip_prefix("gradus-").map(String::from))
        .collect()
}

#[test]
fn the_table_of_floors_is_what_the_manifests_say() {
    let table: BTreeMap<String, BTreeSet<String>> = table().into_iter().collect();
    let (named, there) = (table.keys().cloned().collect::<Vec<_>>(), crates());
    assert_eq!(named, there, "the table's crates, and the folders in crates/");
    for name in there {
        assert_eq!(table[&name], known(&name), "what docs/ARCHITECTURE.md says {name} knows, and what Cargo.toml says");
    }
}

#[test]
fn a_floor_knows_lower_ones_only() {
    let rows = table();
    let order: Vec<&String> = rows.iter().map(|(name, _)| name).collect();
    let height = |name: &String| order.iter().position(|other| *other == name);
    for (name, knows) in &rows {
        // Tests of the house stand beside it.
        let beside = read(format!("crates/{name}/Cargo.toml")).contains("publish = false") && name != "python";
        for other in knows {
            assert!(beside || height(name) < height(other), "{name} knows {other}, which stands above it in the table");
            assert!(!matches!(other.as_str(), "fuzz" | "house"), "{name} knows {other}, which is a test");
        }
    }
}

//! Public types of one name in two crates that are used side by side: each is known, and says why that does not confuse.

use gradus_house::{crates, files, read, rust};
use std::collections::{BTreeMap, BTreeSet};

/// Names that stand in several crates, and why.
const SHARED: &[(&str, &str)] = &[
    ("Axis", "of a chart; of a grid of settings, gradus_train::sweep"),
    ("BatchNorm", "the layer; what its operation takes, gradus_tensor::BatchNorm"),
    ("Dense", "a model of dense layers; numbers side by side in memory, which stays inside gradus_tensor::array"),
    ("Error", "one a crate, as everywhere in Rust"),
    ("Form", "of a recipe's key; what a language model takes, gradus_models::language"),
    ("Images", "a data set; a drawing of many, gradus_plot::Images"),
    ("Kind", "of a data set; of a tokenizer: always written with its module"),
    ("Part", "what a module is made of; of a score, gradus_insight::explain; of the data, gradus_train::step"),
    ("Parts", "of a module; of split data, gradus_data::split"),
    ("Picture", "of a data set, gradus_data::picture; what is drawn, gradus_plot::Picture"),
    ("Point", "of a drawing; of an embedding, gradus_insight::diagnostics"),
    ("Progress", "of a download, a study, a run: always the one of the crate that reports"),
    ("Source", "of data; of a recipe, gradus_recipe::Source"),
    ("Split", "how data are cut; a part of them, gradus_train::corpus"),
    ("Step", "of a training; of the pass by hand, gradus_models::manual_mlp"),
    ("Summary", "of a model; of a finished run, gradus_train::run"),
];

/// Crates whose names are worlds of their own: micrograd's words, the kernels under the engine, the words of the API, and
/// programs, which nobody imports.
const APART: &[&str] = &["scalar", "kernels", "derive", "course", "studio", "serve", "cli", "python", "fuzz", "house"];

/// The types that a file of this source offers at its outermost level.
fn types(source: &str) -> Vec<String> {
    let words = rust::words(source);
    let mut depth = 0;
    let mut found = Vec::new();
    for (i, word) in words.iter().enumerate() {
        match word.as_str() {
            "{" => depth += 1,
            "}" => depth -= 1,
            "pub" if depth == 0 => {
                if let [kind, name] = &words[(i + 1).min(words.len())..(i + 3).min(words.len())]
                    && matches!(kind.as_str(), "struct" | "enum" | "trait" | "type" | "union")
                {
                    found.push(name.clone());
                }
            }
            _ => {}
        }
    }
    found
}

#[test]
fn types_of_one_name_in_two_crates_are_known() {
    let mut holders: BTreeMap<String, BTreeSet<String>> = BTreeMap::new();
    for name in crates().into_iter().filter(|name| !APART.contains(&name.as_str())) {
        for path in files(format!("crates/{name}/src"), &[".rs"]) {
            for found in types(&read(path)) {
                holders.entry(found).or_default().insert(name.clone());
            }
        }
    }
    let doubled: BTreeMap<_, _> = holders.into_iter().filter(|(_, crates)| crates.len() > 1).collect();
    for (name, crates) in &doubled {
        assert!(
            SHARED.iter().any(|(shared, _)| shared == name),
            "{name} is a public type of {crates:?}: give one of them another name, or say in SHARED why they do not confuse"
        );
    }
    for (name, _) in SHARED {
        assert!(doubled.contains_key(*name), "{name} is no longer a type of two crates: take it from SHARED");
    }
}

#[test]
fn types_are_found() {
    let source =
        "pub struct A; mod b { pub struct B; } pub(crate) enum C {} pub trait D {} pub fn e() {} pub type F = u8;";
    assert_eq!(types(source), ["A", "D", "F"]);
}

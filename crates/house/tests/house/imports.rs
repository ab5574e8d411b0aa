//! Within a crate, no modules of one folder import each other in a circle.

use gradus_house::graph::Graph;
use gradus_house::rust::Modules;
use std::collections::{BTreeMap, BTreeSet};

/// Arrows that still turn back: `folder: from → to`. This list may grow shorter, never longer.
const TURNING_BACK: &[&str] = &[
    "cli: output → failure",
    "cli::commands: train → sample",
    "data: toys → samples",
    "insight::explain: overview → explanation",
    "insight::precision: trial → sentence",
    "kernels: gemm → element",
    "kernels::gemm: vector → pack",
    "kernels::gemm: vector → tile",
    "nn: parts → module",
    "plot: png → picture",
    "plot: svg → picture",
    "python: tensor → random",
    "python::tensor: create → arguments",
    "serve::routes: sessions → catalog",
    "tensor: precision → autograd",
    "tensor: probe → autograd",
    "tensor: tensor → autograd",
    "tensor::precision: rounding → format",
    "tokenizers: tokenizer → saved",
];

#[test]
fn modules_import_each_other_in_no_circle() {
    let mut circles = Vec::new();
    let mut turning_back: BTreeSet<String> = TURNING_BACK.iter().map(ToString::to_string).collect();
    let listed = turning_back.clone();
    for name in gradus_house::crates() {
        let mut folders: BTreeMap<String, Graph> = BTreeMap::new();
        for (folder, from, to, place) in Modules::read(&format!("crates/{name}/src")).imports() {
            let folder = if folder.is_empty() { name.clone() } else { format!("{name}::{folder}") };
            let arrow = format!("{folder}: {from} → {to}");
            turning_back.remove(&arrow);
            if !listed.contains(&arrow) {
                folders.entry(folder).or_default().add(&from, &to, place);
            }
        }
        for (folder, graph) in folders {
            if let Some(circle) = graph.circle() {
                circles.push(format!("{folder}\n    {}", circle.join("\n    ")));
            }
        }
    }
    assert!(circles.is_empty(), "these modules import each other:\n{}", circles.join("\n"));
    assert!(turning_back.is_empty(), "these no longer turn back, and are to be taken from the list: {turning_back:?}");
}

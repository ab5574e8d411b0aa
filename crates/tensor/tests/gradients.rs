//! Every operation's gradient against central differences, in f64, over contiguous, transposed, sliced, broadcast,
//! size-1 and empty inputs.

use gradus_tensor::{Tensor, ops};
use std::collections::BTreeSet;

/// The names of all operations on the way to `y`.
fn history(y: &Tensor, into: &mut BTreeSet<&'static str>) {
    let mut open = vec![y.clone()];
    while let Some(t) = open.pop() {
        into.extend(t.operation());
        open.extend(t.inputs());
    }
}

#[test]
fn gradients_agree_with_difference_quotients() {
    let mut failures = Vec::new();
    for case in ops::cases() {
        if let Err(error) = case.walk(|_| {}) {
            failures.push(error.to_string());
        }
    }
    assert!(failures.is_empty(), "{}", failures.join("\n"));
}

#[test]
fn every_case_covers_size_one_and_empty_inputs() {
    let mut files = std::collections::BTreeMap::new();
    for case in ops::cases() {
        let (one, empty) = case.covers();
        let file = files.entry(case.file()).or_insert((false, false));
        *file = (file.0 || one, file.1 || empty);
    }
    for (file, (one, empty)) in files {
        assert!(one, "ops/{file}.rs: no case has an axis of size 1");
        assert!(empty, "ops/{file}.rs: no case has an empty input, or a reason why not");
    }
}

/// The names that `impl Op` and `impl Elementwise` declare in the sources of the operations.
fn declared() -> BTreeSet<String> {
    let folder = std::path::Path::new(env!("CARGO_MANIFEST_DIR")).join("src/ops");
    let mut names = BTreeSet::new();
    for file in std::fs::read_dir(folder).unwrap() {
        let text = std::fs::read_to_string(file.unwrap().path()).unwrap();
        let declarations = text.split("const NAME: &'static str = \"").skip(1);
        names.extend(declarations.map(|rest| rest.split('"').next().unwrap().to_owned()));
    }
    names
}

#[test]
fn no_operation_is_without_a_gradient_check() {
    let mut checked = BTreeSet::new();
    for case in ops::cases() {
        let _ = case.walk(|y| history(y, &mut checked));
    }
    let declared = declared();
    assert!(declared.len() > 10, "the sources were not found");
    let missing: Vec<_> = declared.iter().filter(|name| !checked.contains(name.as_str())).collect();
    assert!(missing.is_empty(), "operations that no gradient-check case reaches: {missing:?}");
}

#[test]
fn every_operation_tells_what_it_computes_and_how_its_gradient_flows() {
    let mut formulas = BTreeSet::new();
    for case in ops::cases() {
        let _ = case.walk(|y| {
            let mut open = vec![y.clone()];
            while let Some(t) = open.pop() {
                formulas.extend(t.formula().map(|told| (told.name, told.forward, told.backward)));
                open.extend(t.inputs());
            }
        });
    }
    assert!(formulas.len() > 60, "{}", formulas.len());
    let mut seen = std::collections::BTreeMap::new();
    for (name, forward, backward) in formulas {
        // One result, y (or a loss, or the states of a layer), in terms of the inputs; the inputs' gradients in terms of g.
        assert!(forward.contains('=') || forward.contains('←'), "{name}: {forward}");
        assert!(backward.contains('g') && backward.chars().count() > 5, "{name}: {backward}");
        assert_eq!(seen.insert(name, forward), None, "{name} tells two things");
    }
}

//! The store of runs: what kills, damage and hands leave is mended, and several processes may use it at once.

use std::collections::HashSet;
use std::fs;

use crate::place::{Ended, Place};

/// A quick run of 20 steps.
fn train(place: &Place, name: &str) {
    place.ok(&["train", "mlp", "--steps", "20", "--name", name]);
}

fn names(place: &Place) -> Vec<String> {
    let runs = place.json(&["runs"]);
    runs["runs"].as_array().unwrap().iter().map(|run| run["run"].as_str().unwrap().to_string()).collect()
}

#[test]
fn processes_that_record_at_once_do_not_stand_in_each_others_way() {
    let place = Place::new();
    let children: Vec<_> =
        (0..6).map(|_| place.command(&["train", "mlp", "--steps", "5", "--json"]).spawn().unwrap()).collect();
    let ended: Vec<Ended> = children.into_iter().map(|child| Ended::from(child.wait_with_output().unwrap())).collect();
    assert!(ended.iter().all(|ended| ended.status == Some(0)), "{ended:?}");
    let names: HashSet<String> = names(&place).into_iter().collect();
    assert_eq!(names, (1..=6).map(|n| format!("mlp-{n}")).collect());
    // Of those that want the same name one gets it, and the others are told so.
    let children: Vec<_> =
        (0..4).map(|_| place.command(&["train", "mlp", "--steps", "5", "--name", "mine"]).spawn().unwrap()).collect();
    let ended: Vec<Ended> = children.into_iter().map(|child| Ended::from(child.wait_with_output().unwrap())).collect();
    assert_eq!(ended.iter().filter(|ended| ended.status == Some(0)).count(), 1, "{ended:?}");
    let refused = ended.iter().filter(|ended| ended.status == Some(1));
    assert_eq!(refused.filter(|ended| ended.err.contains("there is a run mine already")).count(), 3, "{ended:?}");
}

#[test]
fn every_run_whose_folder_is_there_can_be_opened() {
    let place = Place::new();
    train(&place, "one");
    train(&place, "two");
    train(&place, "gone");
    let whole = place.json(&["show", "one"]);
    fs::remove_dir_all(place.path(".gradus/runs/gone")).unwrap();
    fs::create_dir_all(place.path(".gradus/runs/half/checkpoints")).unwrap();
    fs::create_dir(place.path(".gradus/runs/pictures")).unwrap();
    place.file(".gradus/runs/pictures/cat.txt", "not a run");
    place.file(".gradus/gradus.db", "what is this, and why is it so long that it could be a database");
    fs::remove_file(place.path(".gradus/runs/one/run.json")).unwrap();
    place.file(".gradus/runs/two/run.json", "{");
    let told = place.gradus(&["runs"]);
    assert_eq!(told.status, Some(0), "{told:?}");
    let lines: Vec<&str> = told.err.lines().collect();
    assert!(lines[0].contains("gradus.db is damaged") && lines[0].ends_with("kept as gradus.db.damaged"), "{told:?}");
    assert_eq!(lines.len(), 3, "{told:?}");
    assert_eq!(names(&place), ["one", "two"]);
    assert_eq!(place.gradus(&["runs"]).err, "");
    assert_eq!(place.json(&["show", "one"]), whole);
    for run in ["one", "two"] {
        for command in ["sample", "inspect", "eval", "show"] {
            place.ok(&[command, run]);
        }
        assert_eq!(place.json(&["resume", run, "--steps", "30"])["steps"], 30);
    }
    // The name of a run whose folder is gone is free, and so is that of half a folder.
    train(&place, "gone");
    train(&place, "half");
}

#[test]
fn repair_mends_everything_and_says_so() {
    let place = Place::new();
    assert!(place.gradus(&["repair"]).err.contains("there are no runs"));
    train(&place, "one");
    assert!(place.ok(&["repair"]).contains("nothing had to be mended"));
    fs::create_dir_all(place.path(".gradus/runs/half/checkpoints")).unwrap();
    fs::remove_file(place.path(".gradus/runs/one/run.json")).unwrap();
    let mut checkpoint = place.checkpoint("one", 20);
    checkpoint.truncate(100);
    fs::write(place.path(".gradus/runs/one/checkpoints/step-000020.safetensors"), checkpoint).unwrap();
    let told = place.json(&["repair"]);
    assert_eq!(told["runs"], 1);
    assert_eq!(told["mended"][0]["run"], "half");
    let what = told["mended"][1]["what"].as_array().unwrap();
    assert!(what[0].as_str().unwrap().contains("run.json is missing; it was made again"), "{told}");
    assert!(what[1].as_str().unwrap().contains("step 20 was set aside"), "{told}");
    assert!(place.ok(&["repair"]).contains("nothing had to be mended"));
    // It goes on from the checkpoint before.
    assert_eq!(place.json(&["resume", "one"])["steps"], 20);
}

//! The store of runs: what kills, damage and hands leave is mended, and several processes may use it at once.

use std::collections::HashSet;
use std::fs;
use std::path::Path;
use std::process::Command;

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

#[test]
fn runs_are_kept_by_their_owner() {
    let place = Place::new();
    for name in ["mlp-a", "mlp-b", "other"] {
        train(&place, name);
    }
    place.ok(&["tag", "mlp-a", "+wide", "good"]);
    assert_eq!(place.ok(&["tag", "mlp-a", "-wide", "+small"]), "run mlp-a: good small\n");
    let line = place.error(1, &["tag", "mlp-a", "-wide"]);
    assert!(line.contains("has no tag \"wide\""), "{line}");
    place.ok(&["note", "mlp-a", "the", "first that works"]);
    assert_eq!(place.ok(&["note", "mlp-a"]), "the first that works\n");
    let shown = place.json(&["show", "mlp-a"]);
    assert_eq!(shown["tags"], serde_json::json!(["good", "small"]));
    assert_eq!(shown["note"], "the first that works");
    let text = place.ok(&["show", "mlp-a"]);
    assert!(text.contains("good small") && text.contains("the first that works"), "{text}");
    let list = place.ok(&["runs"]);
    assert!(list.contains("tags") && list.contains("good small") && list.contains("the first that works"), "{list}");
    let named = |args: &[&str]| -> Vec<String> {
        let runs = place.json(&[&["runs"][..], args].concat())["runs"].clone();
        runs.as_array().unwrap().iter().map(|run| run["run"].as_str().unwrap().to_string()).collect()
    };
    assert_eq!(named(&["--tag", "good"]), ["mlp-a"]);
    assert_eq!(named(&["--filter", "tags!=good"]), ["mlp-b", "other"]);
    assert_eq!(
        named(&["--filter", "dev_loss<100", "--filter", "step>=20", "--sort", "-run"]),
        ["other", "mlp-b", "mlp-a"]
    );
    assert_eq!(named(&["--filter", "dev_loss<0"]), Vec::<String>::new());
    assert_eq!(place.ok(&["runs", "--columns", "run,step", "--csv"]), "run,step\nmlp-a,20\nmlp-b,20\nother,20\n");
    for (args, told) in [
        (&["runs", "--filter", "dev_los<2"][..], "the nearest is dev_loss"),
        (&["runs", "--filter", "dev_loss<low"], "is a number"),
        (&["runs", "--sort", "height"], "there is no column height"),
        (&["runs", "--filter", "dev_loss"], "COLUMN<VALUE"),
    ] {
        let line = place.error(2, args);
        assert!(line.contains(told), "{line}");
    }

    place.ok(&["rename", "mlp-a", "best"]);
    assert_eq!(place.json(&["show", "best"])["tags"], serde_json::json!(["good", "small"]));
    assert!(place.error(1, &["rename", "best", "other"]).contains("best keeps its name"));
    assert!(place.error(1, &["rename", "best", "../x"]).contains("cannot name a run"));
    // All or none.
    assert!(place.error(1, &["rm", "best", "nobody"]).contains("there is no run nobody"));
    assert_eq!(names(&place), ["best", "mlp-b", "other"]);
    assert_eq!(place.ok(&["rm", "mlp-*", "best"]), "removed mlp-b, best\n");
    assert_eq!(names(&place), ["other"]);
    assert!(place.error(1, &["rm", "mlp-*"]).contains("no run is called mlp-*"));
}

#[test]
fn a_run_that_is_trained_is_not_removed_under_its_hands() {
    let place = Place::new();
    let mut child = place.command(&["train", "mlp", "--name", "busy"]).spawn().unwrap();
    let folder = place.path(".gradus/runs/busy/run.json");
    while !folder.exists() {
        std::thread::sleep(std::time::Duration::from_millis(5));
    }
    for args in [&["rm", "--yes", "busy"][..], &["rename", "busy", "idle"]] {
        assert!(place.error(1, args).contains("is being trained"), "{args:?}");
    }
    place.ok(&["tag", "busy", "long"]);
    child.kill().unwrap();
    child.wait().unwrap();
    assert_eq!(place.json(&["show", "busy"])["tags"], serde_json::json!(["long"]));
    place.ok(&["rm", "busy"]);
    assert_eq!(names(&place), Vec::<String>::new());
}

/// Takes from everybody, or gives back, the permission to write in a folder and in all below it.
#[cfg(unix)]
fn set_writable(folder: &Path, writable: bool) {
    use std::os::unix::fs::PermissionsExt;
    let mode = |is_folder| if is_folder { 0o555 } else { 0o444 } | if writable { 0o200 } else { 0 };
    if writable {
        fs::set_permissions(folder, fs::Permissions::from_mode(mode(true))).unwrap();
    }
    for entry in fs::read_dir(folder).unwrap() {
        let path = entry.unwrap().path();
        match path.is_dir() {
            true => set_writable(&path, writable),
            false => fs::set_permissions(&path, fs::Permissions::from_mode(mode(false))).unwrap(),
        }
    }
    fs::set_permissions(folder, fs::Permissions::from_mode(mode(true))).unwrap();
}

/// Runs the program as somebody whom permissions hold back: root is not, so that it becomes another.
#[cfg(unix)]
fn held_back(place: &Place, args: &[&str]) -> Ended {
    use std::os::unix::fs::{MetadataExt, PermissionsExt};
    let home = place.path(".gradus");
    if fs::metadata(&home).unwrap().uid() != 0 {
        return place.gradus(args);
    }
    // The temporary folder above is closed to others.
    let above = home.parent().unwrap().parent().unwrap();
    fs::set_permissions(above, fs::Permissions::from_mode(0o755)).unwrap();
    // So may be the one that the program lies in.
    let program = above.join("gradus");
    if !program.exists() {
        fs::hard_link(env!("CARGO_BIN_EXE_gradus"), &program)
            .or_else(|_| fs::copy(env!("CARGO_BIN_EXE_gradus"), &program).map(drop))
            .unwrap();
    }
    let output = Command::new("setpriv")
        .args(["--reuid=65534", "--regid=65534", "--clear-groups"])
        .arg(program)
        .args(args)
        .current_dir(place.path(""))
        .env_remove("GRADUS_HOME")
        .output()
        .expect("setpriv is part of every Linux");
    Ended::from(output)
}

#[cfg(unix)]
#[test]
fn a_home_that_may_only_be_read_can_be_read() {
    let place = Place::new();
    train(&place, "one");
    train(&place, "two");
    let everywhere = [
        &["runs"][..],
        &["runs", "--json"],
        &["show", "one"],
        &["sample", "one", "--seed", "3"],
        &["eval", "one"],
        &["inspect", "one"],
        &["compare", "one", "two"],
        &["report", "one", "-o", "-"],
        &["export", "one", "--to", "safetensors", "-o", "/dev/null"],
    ];
    let before: Vec<Ended> = everywhere.iter().map(|args| place.gradus(args)).collect();
    // What would be made again is read all the same.
    let about = place.path(".gradus/runs/two/run.json");
    fs::remove_file(&about).unwrap();
    let left = place.everything();
    set_writable(&place.path(".gradus"), false);
    for (args, before) in everywhere.iter().zip(before) {
        let ended = held_back(&place, args);
        assert_eq!((ended.status, &ended.out), (before.status, &before.out), "{args:?}: {}", ended.err);
        assert_eq!(ended.status, Some(0), "{args:?}: {}", ended.err);
    }
    let told = held_back(&place, &["show", "two"]);
    assert!(told.status == Some(0) && told.err.contains("run.json is missing; it is read from its log"), "{told:?}");
    for args in [
        &["train", "mlp", "--steps", "5"][..],
        &["resume", "one", "--steps", "30"],
        &["tag", "one", "x"],
        &["rm", "one"],
    ] {
        let ended = held_back(&place, args);
        assert_eq!(ended.status, Some(1), "{args:?}: {ended:?}");
        assert!(ended.err.lines().last().unwrap().contains("permission denied"), "{args:?}: {ended:?}");
    }
    assert_eq!(place.everything(), left);
    set_writable(&place.path(".gradus"), true);
}

/// A home as a program of before wrote it, with a database: `make_old_home.sh` beside it says how. What that program said
/// of it lies there too.
const OLD_HOME: &str = concat!(env!("CARGO_MANIFEST_DIR"), "/tests/fixtures/old-home");

fn copy(from: &Path, to: &Path) {
    fs::create_dir_all(to).unwrap();
    for entry in fs::read_dir(from).unwrap() {
        let path = entry.unwrap().path();
        let to = to.join(path.file_name().unwrap());
        if path.is_dir() { copy(&path, &to) } else { fs::copy(&path, &to).map(drop).unwrap() }
    }
}

fn said(file: &str) -> serde_json::Value {
    serde_json::from_slice(&fs::read(Path::new(OLD_HOME).join(file)).unwrap()).unwrap()
}

/// What the older program said, said again: it may say more by now.
fn assert_still_said(before: &serde_json::Value, now: &serde_json::Value, place: &str) {
    match before {
        serde_json::Value::Object(fields) => {
            for (key, value) in fields {
                assert_still_said(value, &now[key], &format!("{place}.{key}"));
            }
        }
        serde_json::Value::Array(items) if items.iter().all(serde_json::Value::is_object) => {
            assert_eq!(items.len(), now.as_array().map_or(0, Vec::len), "{place}");
            for (i, item) in items.iter().enumerate() {
                assert_still_said(item, &now[i], &format!("{place}[{i}]"));
            }
        }
        _ => assert_eq!(before, now, "{place}"),
    }
}

#[test]
fn a_home_of_before_is_taken_over() {
    let place = Place::new();
    copy(&Path::new(OLD_HOME).join("home"), &place.path(".gradus"));
    let told = place.gradus(&["runs"]);
    assert!(told.err.ends_with("it is kept as gradus.db.imported\n") && told.err.lines().count() == 1, "{told:?}");
    assert_still_said(&said("runs.json"), &place.json(&["runs"]), "runs");
    assert!(place.path(".gradus/gradus.db.imported").is_file());
    for run in ["names", "iris"] {
        let mut before = said(&format!("show-{run}.json"));
        // Where it lies, and what models and recipes say of themselves, is another matter.
        for key in ["folder", "pictures", "parts", "recipe_toml"] {
            before.as_object_mut().unwrap().remove(key);
        }
        assert_still_said(&before, &place.json(&["show", run]), run);
        place.ok(&["inspect", run]);
        place.ok(&["eval", run]);
        place.ok(&["report", run, "-o", &format!("{run}.html")]);
    }
    place.ok(&["sample", "names", "--seed", "3"]);
    for (run, steps) in [("names", "40"), ("iris", "60")] {
        let resumed = place.json(&["resume", run, "--steps", steps]);
        assert_eq!(resumed["steps"].to_string(), steps);
        assert_eq!(place.json(&["show", run])["status"], "finished");
    }
    assert!(place.ok(&["repair"]).contains("nothing had to be mended"));
}

#[cfg(unix)]
#[test]
fn a_home_of_before_that_may_only_be_read_is_read_as_it_is() {
    let place = Place::new();
    copy(&Path::new(OLD_HOME).join("home"), &place.path(".gradus"));
    let left = place.everything();
    set_writable(&place.path(".gradus"), false);
    let listed = held_back(&place, &["runs", "--json"]);
    assert_eq!((listed.status, listed.err.as_str()), (Some(0), ""), "{listed:?}");
    assert_still_said(&said("runs.json"), &serde_json::from_str(&listed.out).unwrap(), "runs");
    for args in [&["show", "iris"][..], &["inspect", "names"], &["sample", "names"], &["report", "names", "-o", "-"]] {
        let ended = held_back(&place, args);
        assert_eq!(ended.status, Some(0), "{args:?}: {ended:?}");
    }
    assert_eq!(place.everything(), left);
    set_writable(&place.path(".gradus"), true);
}

//! Stopped and killed runs go on to the same bits as runs that were left alone.

use std::process::{Child, Command};
use std::thread::sleep;
use std::time::{Duration, Instant};

use crate::place::{Ended, Place};

/// Long enough to be met halfway, short enough for a test.
const STEPS: &str = "12000";

fn signal(child: &Child, name: &str) {
    let status = Command::new("kill").args([name, &child.id().to_string()]).status().unwrap();
    assert!(status.success());
}

/// Waits until something has come to pass.
fn until(what: &str, mut come: impl FnMut() -> bool) {
    let began = Instant::now();
    while !come() {
        assert!(began.elapsed() < Duration::from_secs(120), "waited in vain for {what}");
        sleep(Duration::from_millis(5));
    }
}

fn train(place: &Place, name: &str) -> Command {
    place.command(&["train", "mlp", "--steps", STEPS, "--name", name, "--json"])
}

/// Losses, steps and parameters of two runs are the same to the last bit.
fn assert_same(place: &Place, a: &str, b: &str) {
    let shown = [a, b].map(|name| place.json(&["show", name]));
    for key in ["status", "step", "checkpoints", "loss", "samples", "train_loss", "dev_loss", "test_loss"] {
        if key == "checkpoints" {
            // A stop leaves one more on the way.
            continue;
        }
        assert_eq!(shown[0][key], shown[1][key], "{key}");
    }
    let steps: u64 = STEPS.parse().unwrap();
    assert_eq!(place.checkpoint(a, steps), place.checkpoint(b, steps));
}

#[test]
fn ctrl_c_saves_and_says_how_to_go_on() {
    let place = Place::new();
    assert!(train(&place, "calm").output().unwrap().status.success());
    for name in ["-INT", "-TERM"] {
        let run = name.trim_start_matches('-');
        let child = train(&place, run).spawn().unwrap();
        let some = place.path(&format!(".gradus/runs/{run}/checkpoints/step-002400.safetensors"));
        until("a checkpoint", || some.exists());
        signal(&child, name);
        let ended = Ended::from(child.wait_with_output().unwrap());
        assert_eq!((ended.status, ended.out.as_str()), (Some(1), ""), "{ended:?}");
        let line = ended.err.lines().last().unwrap();
        assert!(line.starts_with("stopped and saved at step "), "{line}");
        assert!(line.ends_with(&format!("go on with: gradus resume {run}")), "{line}");
        let status = place.json(&["show", run]);
        assert_eq!(status["status"], "stopped");
        let saved = status["checkpoints"].as_array().unwrap().last().unwrap().clone();
        assert_eq!(saved, status["step"]);
        place.json(&["resume", run]);
        assert_same(&place, run, "calm");
    }
}

#[test]
fn killed_at_any_moment_a_run_comes_to_the_same_end() {
    let place = Place::new();
    assert!(train(&place, "calm").output().unwrap().status.success());
    // Milliseconds from the start to the kill, shifted by the clock so that every day meets others.
    let shift = u64::from(std::time::SystemTime::UNIX_EPOCH.elapsed().unwrap().subsec_millis()) % 40;
    let mut killed = 0;
    for delay in [5, 20, 40, 60, 90, 130, 200].map(|delay| delay + shift) {
        let exists = place.gradus(&["show", "tough"]).status == Some(0);
        let mut child = match exists {
            true => place.command(&["resume", "tough"]).spawn().unwrap(),
            false => train(&place, "tough").spawn().unwrap(),
        };
        sleep(Duration::from_millis(delay));
        if let Some(status) = child.try_wait().unwrap() {
            let ended = Ended::from(child.wait_with_output().unwrap());
            let shown = place.gradus(&["show", "tough"]);
            assert!(status.success(), "after {killed} kills: {ended:?} {shown:?}");
            break;
        }
        signal(&child, "-KILL");
        child.wait().unwrap();
        killed += 1;
    }
    assert!(killed >= 3, "{killed} kills: the machine is too fast for this number of steps");
    if place.gradus(&["show", "tough"]).status != Some(0) {
        assert!(train(&place, "tough").output().unwrap().status.success());
    } else if place.json(&["show", "tough"])["status"] != "finished" {
        assert_eq!(place.json(&["show", "tough"])["status"], "interrupted");
        place.json(&["resume", "tough"]);
    }
    assert_same(&place, "tough", "calm");
    let left = place.everything();
    assert!(!left.iter().any(|path| path.ends_with(".unfinished")), "{left:?}");
}

/// Checkpoints by time: whatever is in a model, killed many times it comes to the same end, and little is made twice.
#[test]
fn killed_again_and_again_every_family_comes_to_the_same_end() {
    let place = Place::new();
    let small = ["--set", "model.width=16", "--set", "model.layers=1", "--set", "batch=8"];
    let dropout = [&small[..], &["--set", "model.dropout=0.3"]].concat();
    for (recipe, steps, changes) in [
        ("mlp", "20000", &[][..]),
        ("gru", "800", &["--set", "model.hidden=16"]),
        ("transformer", "1200", &dropout),
        ("lenet", "400", &[]),
        ("mlp-batchnorm", "9000", &[]),
    ] {
        let train = |name: &str, seconds: &str| {
            let set = ["--set", "record.checkpoints=2", "--set", seconds, "--set", "record.samples=2"];
            let plain = ["train", recipe, "--steps", steps, "--json"];
            place.command(&[&plain[..], &["--name", name], &set, changes].concat())
        };
        let calm = format!("{recipe}-calm");
        assert!(train(&calm, "record.seconds=0").output().unwrap().status.success());
        let tough = format!("{recipe}-tough");
        let folder = place.path(&format!(".gradus/runs/{tough}/checkpoints"));
        let newest =
            || std::fs::read_dir(&folder).ok()?.filter_map(|file| file.ok()?.file_name().into_string().ok()).max();
        let (mut killed, mut child) = (0, train(&tough, "record.seconds=0.02").spawn().unwrap());
        while killed < 20 {
            let had = newest();
            until("a checkpoint or the end", || newest() != had || child.try_wait().unwrap().is_some());
            if child.try_wait().unwrap().is_some() {
                break;
            }
            sleep(Duration::from_millis(killed * 3 % 17));
            signal(&child, "-KILL");
            child.wait().unwrap();
            killed += 1;
            child = place.command(&["resume", &tough, "--json"]).spawn().unwrap();
        }
        child.wait().unwrap();
        assert!(killed >= 4, "{recipe}: {killed} kills: the machine is too fast for this number of steps");
        let shown = [&tough, &calm].map(|name| place.json(&["show", name]));
        for key in ["status", "step", "checkpoints", "loss", "samples", "train_loss", "dev_loss", "test_loss"] {
            assert_eq!(shown[0][key], shown[1][key], "{recipe} {key} after {killed} kills");
        }
        let steps = steps.parse().unwrap();
        assert_eq!(place.checkpoint(&tough, steps), place.checkpoint(&calm, steps), "{recipe} after {killed} kills");
    }
}

#[test]
fn a_run_in_training_is_left_alone() {
    let place = Place::new();
    let mut child = train(&place, "busy").spawn().unwrap();
    let some = place.path(".gradus/runs/busy/checkpoints/step-001200.safetensors");
    until("a checkpoint", || some.exists());
    assert_eq!(place.json(&["show", "busy"])["status"], "running");
    assert!(place.error(1, &["resume", "busy"]).contains("is being trained by another process"));
    // Looking on is allowed.
    place.ok(&["sample", "busy", "-n", "1"]);
    signal(&child, "-KILL");
    child.wait().unwrap();
    assert_eq!(place.json(&["show", "busy"])["status"], "interrupted");
}

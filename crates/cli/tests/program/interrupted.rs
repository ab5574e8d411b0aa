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
        let exists =
            place.path(".gradus/runs/tough/recipe.toml").exists() && place.gradus(&["show", "tough"]).status == Some(0);
        let mut child = match exists {
            true => place.command(&["resume", "tough"]).spawn().unwrap(),
            false => train(&place, "tough").spawn().unwrap(),
        };
        sleep(Duration::from_millis(delay));
        if let Some(status) = child.try_wait().unwrap() {
            let ended = Ended::from(child.wait_with_output().unwrap());
            assert!(status.success(), "after {killed} kills: {ended:?}");
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

//! Help, wrong calls, and looking at a store that is not there.

use std::io::Read;
use std::process::Stdio;

use crate::place::Place;

#[test]
fn without_arguments_a_welcome_that_fits_a_screen() {
    let place = Place::new();
    let out = place.ok(&[]);
    assert!(out.contains("gradus train mlp"));
    assert!(out.lines().count() <= 24);
    assert!(out.lines().all(|line| line.chars().count() <= 100));
    assert!(place.everything().is_empty());
}

#[test]
fn help_names_every_command_and_every_command_has_help() {
    let place = Place::new();
    let help = place.ok(&["--help"]);
    let commands: Vec<&str> = help
        .lines()
        .skip_while(|line| *line != "Commands:")
        .skip(1)
        .take_while(|line| !line.is_empty())
        .filter_map(|line| line.split_whitespace().next())
        .collect();
    for word in ["train", "resume", "sample", "eval", "inspect", "recipes", "data", "runs", "show", "graph"] {
        assert!(commands.contains(&word), "{commands:?}");
    }
    for command in commands {
        let help = place.ok(&[command, "--help"]);
        assert!(help.contains(&format!("Usage: gradus {command}")), "{help}");
    }
    assert!(place.ok(&["--version"]).starts_with("gradus "));
}

#[test]
fn shells_get_every_command_and_so_does_the_manual() {
    let place = Place::new();
    for shell in ["bash", "zsh", "fish", "powershell", "elvish"] {
        let script = place.ok(&["completions", shell]);
        for word in ["train", "reproduce", "completions", "--json", "--home"] {
            let word = if shell == "fish" { word.trim_start_matches("--") } else { word };
            assert!(script.contains(word), "{shell} is not told of {word}");
        }
    }
    assert!(place.error(2, &["completions", "tcsh"]).contains("[possible values: bash"));

    let page = place.ok(&["man"]);
    assert!(page.contains(".TH gradus 1") && page.contains("gradus\\-train(1)"), "{page}");
    let page = place.ok(&["man", "train"]);
    assert!(page.contains(".TH gradus-train 1") && page.contains("\\-\\-steps"), "{page}");
    assert!(place.ok(&["man", "data list"]).contains(".TH gradus-data-list 1"));
    assert!(place.error(2, &["man", "trian"]).contains("there are: train, resume"));
    assert!(place.everything().is_empty());

    let told = place.ok(&["man", "-o", "pages"]);
    let pages = place.everything();
    assert_eq!(told.trim(), format!("{} pages in pages", pages.iter().filter(|name| name.ends_with(".1")).count()));
    assert!(pages.iter().any(|name| name.ends_with("gradus-reproduce.1")), "{pages:?}");
}

#[test]
fn wrong_calls_are_one_line_and_status_2() {
    let place = Place::new();
    for (args, told) in [
        (&["--bogus"][..], "unexpected argument '--bogus'"),
        (&["rnus"], "a similar subcommand exists: 'runs'"),
        (&["show"], "<RUN>"),
        (&["show", "x", "y"], "unexpected argument 'y'"),
        (&["runs", "--jsn"], "a similar argument exists: '--json'"),
        (&["--home"], "a value is required for '--home <DIR>'"),
    ] {
        let line = place.error(2, args);
        assert!(line.contains(told), "{line}");
        assert!(line.contains("see: gradus "), "{line}");
    }
    assert!(place.everything().is_empty());
}

#[test]
fn looking_at_a_store_that_is_not_there_makes_nothing() {
    let place = Place::new();
    assert_eq!(place.ok(&["runs"]), "");
    assert_eq!(place.json(&["runs"])["runs"], serde_json::json!([]));
    assert!(place.error(1, &["show", "x"]).contains("gradus train mlp makes one"));
    assert!(place.error(1, &["show", "x", "--home", "elsewhere"]).contains("elsewhere"));
    assert!(place.everything().is_empty());
}

#[test]
fn a_reader_that_goes_away_is_no_error() {
    let place = Place::new();
    let mut child = place.command(&["--help"]).stdout(Stdio::piped()).spawn().unwrap();
    // Closed before the program can have written.
    drop(child.stdout.take());
    let mut err = String::new();
    child.stderr.take().unwrap().read_to_string(&mut err).unwrap();
    assert_eq!((child.wait().unwrap().code(), err.as_str()), (Some(0), ""));
}

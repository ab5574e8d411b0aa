//! Files, recipes and stores that are not what they should be: one line, status 1, nothing left behind.

use std::fs;

use crate::place::Place;

/// Training on `data` must fail with one line that holds all of `told`, and leave nothing.
fn refused(place: &Place, data: &str, told: &[&str]) {
    let before = place.everything();
    let line = place.error(1, &["train", "mlp", "--data", data, "--steps", "10"]);
    for told in told {
        assert!(line.contains(told), "{data}: {line}");
    }
    assert!(line.chars().count() < 400, "{line}");
    assert_eq!(place.everything(), before, "{data}");
}

#[test]
fn wrong_data_files() {
    let place = Place::new();
    fs::create_dir(place.path("folder")).unwrap();
    place.file("empty.txt", "");
    place.file("latin1.txt", b"anna\nzo\xeb\n");
    place.file("binary.txt", (0..=255).collect::<Vec<u8>>().repeat(10));
    place.file("long.txt", "abcdefghij".repeat(1_000_000));
    place.file("blank.txt", "\n  \n\t\n\n");
    place.file("one.txt", "a");
    place.file("same.txt", "aaa\naa\n");
    place.file("few.txt", "anna\nbella\n");
    refused(&place, "missing.txt", &["missing.txt", "no such file"]);
    refused(&place, "folder", &["folder"]);
    refused(&place, "empty.txt", &["empty.txt is empty"]);
    refused(&place, "latin1.txt", &["latin1.txt", "line 2", "UTF-8"]);
    refused(&place, "binary.txt", &["binary.txt", "UTF-8"]);
    refused(&place, "long.txt", &["long.txt", "line 1", "10,000,000 characters"]);
    refused(&place, "blank.txt", &["blank.txt", "only blank lines"]);
    refused(&place, "one.txt", &["one.txt", "a single"]);
    refused(&place, "same.txt", &["same.txt", "a single"]);
    refused(&place, "few.txt", &["few.txt", "too few"]);
    refused(&place, "given-nmaes", &["given-names"]);
    refused(&place, "iris", &["iris"]);
    refused(&place, "", &[]);
}

#[test]
fn wrong_recipes() {
    let place = Place::new();
    let cases = [
        ("[model]\nhiden = 200\n", "bad.toml:2: there is no key model.hiden; the nearest is model.hidden"),
        ("steps = \"many\"\n", "bad.toml:1: steps must be a whole number of at least 0, found the text \"many\""),
        ("[model]\nhidden = -200\n", "bad.toml:2: model.hidden must be a whole number between 1"),
        ("[data]\nblock_size = 0\n", "bad.toml:2: data.block_size must be a whole number between 1"),
        ("batch = 0\n", "bad.toml:1: batch must be a whole number between 1"),
        ("steps = \n", "bad.toml:1: this is not TOML"),
        ("[model]\nkind = \"gtp\"\n", "bad.toml:2: model.kind must be one of"),
        ("[model]\nkind = \"transformer\"\nheads = 5\n", "model.heads 5 do not divide model.width 64"),
        ("[model]\nkind = \"wavenet\"\n", "model.groups [2, 2, 2] do not multiply to data.block_size 3"),
        ("[model]\nkind = \"ngram\"\n", "a model of kind ngram is counted, not trained: set steps = 0"),
        ("[data]\ntokenizer = \"words\"\n", "there is no tokenizer `words`"),
        ("[split]\nkind = \"random\"\ndev = 0.6\ntest = 0.6\n", "a split needs shares"),
    ];
    for (text, told) in cases {
        place.file("bad.toml", text);
        let line = place.error(1, &["train", "bad.toml"]);
        assert!(line.contains(told), "{line}");
    }
    for (recipe, told) in [
        ("mpl", "there is no built-in recipe \"mpl\"; the nearest is mlp"),
        ("nowhere.toml", "nowhere.toml: there is no such file"),
        ("./mlp", "./mlp: there is no such file"),
    ] {
        let line = place.error(1, &["train", recipe]);
        assert!(line.contains(told), "{line}");
    }
    place.file("binary.toml", b"\xff\xfe\x00");
    assert!(place.error(1, &["train", "binary.toml"]).contains("not UTF-8"));
    fs::create_dir(place.path("folder.toml")).unwrap();
    assert!(place.error(1, &["train", "folder.toml"]).contains("folder.toml"));
    for (set, told) in [
        ("model.hidden=0", "--set model.hidden=0: model.hidden must be a whole number between 1"),
        ("hidden=3", "--set hidden=3: there is no key hidden; the nearest is model.hidden"),
        ("steps", "--set steps: write KEY=VALUE"),
    ] {
        let line = place.error(1, &["train", "mlp", "--set", set]);
        assert!(line.contains(told), "{line}");
    }
    assert!(place.error(2, &["train", "mlp", "--steps", "-5"]).contains("-5"));
    assert!(place.error(2, &["train", "mlp", "--threads", "0"]).contains("--threads"));
    assert!(place.error(2, &["train"]).contains("<RECIPE>"));
    assert!(!place.path(".gradus").exists());
}

#[test]
fn sizes_that_no_memory_holds_are_refused_not_tried() {
    let place = Place::new();
    let huge = ["--set", "model.hidden=1000000", "--set", "model.embedding=65536", "--set", "data.block_size=4096"];
    let line = place.error(1, &[&["train", "mlp"], &huge[..]].concat());
    assert!(line.contains("parameters"), "{line}");
    assert!(place.everything().is_empty());
}

#[test]
fn damaged_checkpoints_are_refused_and_the_one_before_is_offered() {
    let place = Place::new();
    place.ok(&["train", "mlp", "--steps", "100", "--name", "run"]);
    let last = place.path(".gradus/runs/run/checkpoints/step-000100.safetensors");
    let whole = fs::read(&last).unwrap();
    let mut altered = whole.clone();
    let middle = altered.len() / 2;
    altered[middle] ^= 1;
    for damaged in [&whole[..whole.len() - 1], &whole[..10], &[], &altered] {
        fs::write(&last, damaged).unwrap();
        for command in ["sample", "eval", "inspect"] {
            let line = place.error(1, &[command, "run"]);
            assert!(line.contains("step-000100.safetensors is refused"), "{line}");
            assert!(line.contains("the one before it is at step 90: add --step 90"), "{line}");
        }
    }
    place.ok(&["sample", "run", "--step", "90"]);
    // Trained again from there, the last one comes back bit for bit.
    place.ok(&["resume", "run", "--step", "90"]);
    assert_eq!(fs::read(&last).unwrap(), whole);
}

#[test]
fn data_that_changed_are_noticed() {
    let place = Place::new();
    let names = "anna\nbella\nclara\ndora\nemma\nfina\ngreta\nhanna\nida\njana\n";
    place.file("names.txt", names);
    place.ok(&["train", "mlp", "--data", "names.txt", "--steps", "50", "--name", "run"]);
    place.file("names.txt", format!("{names}kata\n"));
    let told = "have changed since the run was trained";
    assert!(place.error(1, &["eval", "run"]).contains(told));
    assert!(place.error(1, &["resume", "run", "--steps", "60"]).contains(told));
    // What does not need the data works.
    place.ok(&["sample", "run"]);
    // Other line ends are the same list.
    place.file("names.txt", names.replace('\n', "\r\n"));
    place.ok(&["eval", "run"]);
}

#[test]
fn a_home_that_cannot_be() {
    let place = Place::new();
    place.file("file", "");
    let line = place.error(1, &["train", "mlp", "--home", "file"]);
    assert!(line.starts_with("cannot make the folder file"), "{line}");
}

/// A file may not grow beyond a limit: as near to a full disk as any user can come.
#[cfg(unix)]
#[test]
fn a_full_disk_keeps_what_was_saved() {
    let place = Place::new();
    let train = |limit: &str| {
        let program = env!("CARGO_BIN_EXE_gradus");
        let script = format!(
            "trap '' XFSZ; ulimit -f {limit}; exec {program} train mlp --steps 20000 --name run --set record.every=1"
        );
        let mut shell = std::process::Command::new("sh");
        let output = shell.args(["-c", &script]).current_dir(place.path("")).output().unwrap();
        crate::place::Ended::from(output)
    };
    // In blocks of 512 bytes: room for some checkpoints, not for all records.
    let ended = train("600");
    assert_eq!((ended.status, ended.out.as_str()), (Some(1), ""), "{ended:?}");
    let line = ended.err.lines().last().unwrap();
    assert!(line.starts_with("error: ") && line.contains("run run is safe up to step "), "{line}");
    assert!(line.contains("gradus resume run goes on from there"), "{line}");
    let left = place.everything();
    assert!(!left.iter().any(|path| path.ends_with(".unfinished")), "{left:?}");
    // With room again, the run goes on to the same end as one that never met a full disk.
    let resumed = place.json(&["resume", "run"]);
    let undisturbed = place.json(&["train", "mlp", "--steps", "20000", "--name", "calm", "--set", "record.every=1"]);
    assert_eq!(resumed["train_loss"], undisturbed["train_loss"]);
    assert_eq!(place.checkpoint("run", 20_000), place.checkpoint("calm", 20_000));
}

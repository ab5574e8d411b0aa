use std::collections::HashSet;

use super::*;

fn recipe() -> Recipe {
    Recipe::builtin("mlp").unwrap()
}

const FACTS: Facts = Facts { parameters: 11_897, data_checksum: 7 };

fn state(step: u64) -> Checkpoint {
    let bytes = step.to_le_bytes().to_vec();
    let entry = Entry { name: "w".into(), dtype: Dtype::U8, shape: vec![8], bytes };
    Checkpoint::new(vec![entry], format!(r#"{{"step":{step}}}"#))
}

fn loss(step: u64, value: f64) -> Metric {
    Metric::new("loss", step, value)
}

#[test]
fn reading_a_store_that_is_not_there_makes_nothing() {
    let home = tempfile::tempdir().unwrap();
    assert!(Store::existing(&home.path().join("x")).unwrap().is_none());
    assert_eq!(fs::read_dir(home.path()).unwrap().count(), 0);
}

#[test]
fn a_run_is_recorded_and_read_back() {
    let home = tempfile::tempdir().unwrap();
    let mut run = Store::open(home.path()).unwrap().create(None, &recipe(), &FACTS).unwrap();
    assert_eq!(run.run().name(), "mlp-1");
    run.save(0, 0.0, &state(0), &[]).unwrap();
    run.save(100, 1.5, &state(100), &[loss(0, 27.0), loss(99, f64::NAN)]).unwrap();
    run.end(Status::Finished, None, &[loss(100, 2.0)]).unwrap();
    run.keep_samples("emma\n").unwrap();
    drop(run);

    let store = Store::existing(home.path()).unwrap().unwrap();
    let run = store.run("mlp-1").unwrap();
    assert_eq!((run.status(), run.step(), run.seconds()), ("finished", 100, 1.5));
    assert_eq!((run.parameters(), run.data_checksum(), run.model()), (11_897, 7, "mlp"));
    assert_eq!(run.recipe().unwrap(), recipe());
    assert_eq!(run.checkpoints().unwrap(), [0, 100]);
    assert_eq!(run.checkpoint(None).unwrap(), Some((100, state(100))));
    assert_eq!(run.samples().as_deref(), Some("emma\n"));
    let losses = store.metric(&run, "loss").unwrap();
    assert_eq!((losses[0], losses[2]), ((0, 27.0), (100, 2.0)));
    assert!(losses[1].1.is_nan());
    assert_eq!(store.last_metrics(&run).unwrap(), [("loss".to_string(), 2.0)]);
}

#[test]
fn names_are_checked_and_never_taken_twice() {
    let home = tempfile::tempdir().unwrap();
    let create = |name| Store::open(home.path()).unwrap().create(name, &recipe(), &FACTS);
    let first = create(Some("mine")).unwrap();
    let error = create(Some("mine")).unwrap_err().to_string();
    assert!(error.contains("a run mine already") && error.contains("resume mine"), "{error}");
    let long = "x".repeat(65);
    for bad in ["", "../up", "a/b", ".hidden", "-flag", "a b", "ż", &long] {
        assert!(create(Some(bad)).unwrap_err().to_string().contains("cannot name a run"), "{bad}");
    }
    assert_eq!(create(None).unwrap().run().name(), "mlp-1");
    assert_eq!(create(None).unwrap().run().name(), "mlp-2");
    drop(first);
    let error = Store::open(home.path()).unwrap().run("mlp-3").unwrap_err().to_string();
    assert!(error.contains("the nearest is mlp-"), "{error}");
}

#[test]
fn a_folder_left_by_a_kill_is_taken_over_but_never_one_with_checkpoints() {
    let home = tempfile::tempdir().unwrap();
    let create = |name| Store::open(home.path()).unwrap().create(Some(name), &recipe(), &FACTS);
    fs::create_dir_all(home.path().join("runs/born/checkpoints")).unwrap();
    let half = home.path().join("runs/born/recipe.toml.7.unfinished");
    fs::write(&half, "steps = 1").unwrap();
    assert_eq!(create("born").unwrap().run().name(), "born");
    assert!(!half.exists());
    let kept = home.path().join("runs/kept/checkpoints");
    fs::create_dir_all(&kept).unwrap();
    fs::write(kept.join("step-000001.safetensors"), "x").unwrap();
    assert!(create("kept").is_err());
    assert!(kept.join("step-000001.safetensors").exists());
}

#[test]
fn one_process_at_a_time_trains_a_run() {
    let home = tempfile::tempdir().unwrap();
    let writer = Store::open(home.path()).unwrap().create(None, &recipe(), &FACTS).unwrap();
    assert_eq!(writer.run().status(), "running");
    let error = Store::open(home.path()).unwrap().resume("mlp-1").unwrap_err().to_string();
    assert!(error.contains("another process"), "{error}");
    drop(writer);
    assert_eq!(Store::open(home.path()).unwrap().run("mlp-1").unwrap().status(), "interrupted");
    Store::open(home.path()).unwrap().resume("mlp-1").unwrap();
}

#[test]
fn going_back_forgets_what_came_after() {
    let home = tempfile::tempdir().unwrap();
    let mut run = Store::open(home.path()).unwrap().create(None, &recipe(), &FACTS).unwrap();
    run.save(0, 0.0, &state(0), &[]).unwrap();
    run.save(10, 1.0, &state(10), &[loss(0, 3.0), loss(9, 2.5)]).unwrap();
    run.save(20, 2.0, &state(20), &[loss(10, 2.4), loss(19, 2.3)]).unwrap();
    run.rewind(10, 50).unwrap();
    assert_eq!(run.run().checkpoints().unwrap(), [0, 10]);
    assert_eq!(run.run().steps(), 50);
    let losses = run.store.metric(run.run(), "loss").unwrap();
    assert_eq!(losses, [(0, 3.0), (9, 2.5)]);
}

#[test]
fn a_damaged_checkpoint_is_refused_and_the_one_before_offered() {
    let home = tempfile::tempdir().unwrap();
    let mut run = Store::open(home.path()).unwrap().create(None, &recipe(), &FACTS).unwrap();
    run.save(10, 1.0, &state(10), &[]).unwrap();
    run.save(20, 1.0, &state(20), &[]).unwrap();
    let path = run.run().folder().join(run::checkpoint_file(20));
    let bytes = fs::read(&path).unwrap();
    for damaged in [&bytes[..bytes.len() / 2], &[][..], &[bytes.as_slice(), b"x"].concat()] {
        fs::write(&path, damaged).unwrap();
        let error = run.run().checkpoint(None).unwrap_err().to_string();
        assert!(error.contains("is refused") && error.contains("--step 10"), "{error}");
    }
    assert_eq!(run.run().checkpoint(Some(10)).unwrap(), Some((10, state(10))));
    let error = run.run().checkpoint(Some(15)).unwrap_err().to_string();
    assert!(error.contains("it has: 10, 20"), "{error}");
}

#[test]
fn many_writers_at_once_lose_nothing() {
    let home = tempfile::tempdir().unwrap();
    let home = home.path();
    let names: Vec<String> = std::thread::scope(|scope| {
        let workers: Vec<_> = (0..8)
            .map(|_| {
                scope.spawn(move || {
                    let store = Store::open(home).unwrap();
                    let mut run = store.create(None, &recipe(), &FACTS).unwrap();
                    for step in 1..=10 {
                        let metrics: Vec<_> = (0..20).map(|i| loss(step * 20 + i, 1.0)).collect();
                        run.save(step, 0.1, &state(step), &metrics).unwrap();
                    }
                    run.run().name().to_string()
                })
            })
            .collect();
        workers.into_iter().map(|worker| worker.join().unwrap()).collect()
    });
    let store = Store::existing(home).unwrap().unwrap();
    assert_eq!(store.runs().unwrap().len(), 8);
    assert_eq!(names.iter().collect::<HashSet<_>>().len(), 8);
    for name in &names {
        let run = store.run(name).unwrap();
        assert_eq!(run.checkpoints().unwrap().len(), 10);
        assert_eq!(store.metric(&run, "loss").unwrap().len(), 200);
    }
}

#[test]
fn a_home_that_cannot_be_made_is_one_line() {
    let home = tempfile::tempdir().unwrap();
    let file = home.path().join("file");
    fs::write(&file, "").unwrap();
    let error = Store::open(&file).unwrap_err().to_string();
    assert!(error.starts_with("cannot make the folder"), "{error}");
}

/// A store with two runs: one that ended, one whose process is gone. The second has the note `seen`.
fn two_runs(home: &Path) {
    let mut run = Store::open(home).unwrap().create(Some("done"), &recipe(), &FACTS).unwrap();
    run.save(0, 0.0, &state(0), &[]).unwrap();
    run.save(100, 1.5, &state(100), &[loss(0, 27.0), loss(99, 2.25), Metric::new("update_ratio/w", 99, 1e-3)]).unwrap();
    run.end(Status::StoppedEarly, Some("it got no better"), &[Metric::new("dev_loss", 100, 2.5)]).unwrap();
    drop(run);
    let mut run = Store::open(home).unwrap().create(Some("cut"), &recipe(), &FACTS).unwrap();
    run.note(&[Note { kind: "samples", step: 0, body: "[\"seen\"]".into() }]).unwrap();
    run.save(10, 0.5, &state(10), &[loss(5, 3.0)]).unwrap();
}

/// All that can be asked of a store, as text.
fn everything(store: &Store) -> Vec<String> {
    let told = |run: Run| {
        let (last, notes) = (store.last_metrics(&run).unwrap(), store.notes(&run, "samples").unwrap());
        let (losses, ended) = (store.metric(&run, "loss").unwrap(), run.ended().cloned());
        let facts = (run.name(), run.recipe_name(), run.model(), run.data(), run.data_checksum(), run.parameters());
        let stand = (run.status(), run.step(), run.steps(), run.seconds(), run.last("dev_loss"));
        let recipe = run.recipe().unwrap() == recipe();
        format!(
            "{facts:?} {stand:?} {ended:?} {last:?} {losses:?} {notes:?} {recipe} {:?}",
            run.checkpoint(None).unwrap()
        )
    };
    store.runs().unwrap().into_iter().map(told).collect()
}

#[test]
fn a_lost_or_damaged_file_of_a_run_is_made_again() {
    let whole = {
        let home = tempfile::tempdir().unwrap();
        two_runs(home.path());
        everything(&Store::existing(home.path()).unwrap().unwrap())
    };
    type Damage = fn(&Path);
    let ways: [(&str, Damage); 6] = [
        ("run.json is missing", |folder| fs::remove_file(folder.join(ABOUT)).unwrap()),
        ("run.json is damaged", |folder| fs::write(folder.join(ABOUT), "").unwrap()),
        ("run.json is damaged", |folder| {
            let text = fs::read(folder.join(ABOUT)).unwrap();
            fs::write(folder.join(ABOUT), &text[..text.len() / 2]).unwrap();
        }),
        ("run.json is missing", |folder| {
            fs::remove_file(folder.join(ABOUT)).unwrap();
            fs::remove_file(folder.join(RECIPE)).unwrap();
        }),
        ("", |folder| {
            // A writer was killed in mid-line.
            let mut log = fs::read(folder.join(RECORD)).unwrap();
            log.extend(b"12345678 {\"saved\":{\"step\":11,");
            fs::write(folder.join(RECORD), log).unwrap();
        }),
        ("", |folder| fs::write(folder.join("recipe.toml.77.unfinished"), "x").unwrap()),
    ];
    for (what, damage) in ways {
        let home = tempfile::tempdir().unwrap();
        two_runs(home.path());
        for run in ["done", "cut"] {
            damage(&home.path().join("runs").join(run));
        }
        let store = Store::existing(home.path()).unwrap().unwrap();
        assert_eq!(everything(&store), whole, "{what}");
        let told = store.notices();
        assert_eq!(told.len(), if what.is_empty() { 0 } else { 2 }, "{told:?}");
        assert!(told.iter().all(|line| line.contains(what)), "{told:?}");
        // Once is enough.
        let again = Store::existing(home.path()).unwrap().unwrap();
        assert_eq!((again.runs().unwrap().len(), again.notices().len()), (2, 0));
        // And it goes on.
        let mut run = Store::open(home.path()).unwrap().resume("cut").unwrap();
        run.rewind(10, 60).unwrap();
        run.save(20, 1.0, &state(20), &[loss(15, 2.0)]).unwrap();
        assert_eq!(run.series("loss").unwrap(), [(5, 3.0), (15, 2.0)], "{what}");
        drop(run);
        let store = Store::existing(home.path()).unwrap().unwrap();
        let run = store.run("cut").unwrap();
        assert_eq!((run.step(), run.steps()), (20, 60));
        // The one that did not go on may still end in mid-line.
        store.repair().unwrap();
        assert_eq!(store.repair().unwrap(), Repair { runs: 2, mended: vec![] });
    }
}

#[test]
fn a_run_of_which_only_recipe_and_checkpoints_are_left_is_one() {
    let home = tempfile::tempdir().unwrap();
    two_runs(home.path());
    for file in [ABOUT, RECORD, NOTES] {
        let _ = fs::remove_file(home.path().join("runs/cut").join(file));
    }
    let run = Store::existing(home.path()).unwrap().unwrap().run("cut").unwrap();
    assert_eq!((run.model(), run.data(), run.status(), run.step()), ("mlp", "given-names", "interrupted", 10));
    assert_eq!(run.recipe().unwrap().training.steps as u64, run.steps());
    let mut run = Store::open(home.path()).unwrap().resume("cut").unwrap();
    run.save(20, 1.0, &state(20), &[loss(15, 2.0)]).unwrap();
    drop(run);
    // Its log says what it is from now on.
    fs::remove_file(home.path().join("runs/cut").join(ABOUT)).unwrap();
    fs::remove_file(home.path().join("runs/cut").join(RECIPE)).unwrap();
    let store = Store::existing(home.path()).unwrap().unwrap();
    let run = store.run("cut").unwrap();
    assert_eq!((run.model(), run.step(), run.recipe().unwrap().training.steps as u64), ("mlp", 20, run.steps()));
}

#[test]
fn folders_may_be_moved_by_hand() {
    let home = tempfile::tempdir().unwrap();
    two_runs(home.path());
    let runs = home.path().join("runs");
    let names = || -> Vec<String> {
        Store::existing(home.path())
            .unwrap()
            .unwrap()
            .runs()
            .unwrap()
            .iter()
            .map(|run| run.name().to_string())
            .collect()
    };
    assert_eq!(names(), ["done", "cut"]);
    fs::rename(runs.join("done"), runs.join("kept")).unwrap();
    fs::create_dir(runs.join("empty")).unwrap();
    fs::create_dir(runs.join("other")).unwrap();
    fs::write(runs.join("other/letter.txt"), "mine").unwrap();
    fs::write(runs.join("file"), "mine").unwrap();
    assert_eq!(names(), ["kept", "cut"]);
    fs::remove_dir_all(runs.join("cut")).unwrap();
    assert_eq!(names(), ["kept"]);
    // The name of a run that is gone is free, and so is that of a folder in which nothing is; another's folder is not ours.
    let create = |name| Store::open(home.path()).unwrap().create(Some(name), &recipe(), &FACTS).map(drop);
    create("cut").unwrap();
    create("empty").unwrap();
    let error = create("other").unwrap_err().to_string();
    assert!(error.contains("holds no run"), "{error}");
    assert!(Store::open(home.path()).unwrap().run("../runs/kept").is_err());
    fs::create_dir_all(runs.join("half/checkpoints")).unwrap();
    // Whoever was killed while removing a run.
    fs::create_dir_all(runs.join(".removed-77-old/checkpoints")).unwrap();
    assert_eq!(names().len(), 3);
    let repaired = Store::open(home.path()).unwrap().repair().unwrap();
    let told: Vec<&str> = repaired.mended.iter().map(|mended| mended.run.as_str()).collect();
    assert_eq!((repaired.runs, told), (3, vec!["half", "other"]));
    assert!(!runs.join("half").exists() && !runs.join(".removed-77-old").exists());
    assert_eq!(fs::read_to_string(runs.join("other/letter.txt")).unwrap(), "mine");
}

#[test]
fn repair_sets_a_damaged_checkpoint_aside() {
    let home = tempfile::tempdir().unwrap();
    two_runs(home.path());
    let checkpoints = home.path().join("runs/done/checkpoints");
    fs::write(checkpoints.join("step-000100.safetensors"), "x").unwrap();
    let store = Store::open(home.path()).unwrap();
    let repaired = store.repair().unwrap();
    assert!(repaired.mended[0].what[0].contains("step 100 was set aside"), "{repaired:?}");
    assert!(checkpoints.join("step-000100.safetensors.damaged").exists());
    let run = store.run("done").unwrap();
    assert_eq!((run.step(), run.checkpoint(None).unwrap().unwrap().0), (0, 0));
    assert_eq!(store.repair().unwrap().mended, []);
}

#[test]
fn a_run_of_a_newer_program_is_left_alone() {
    let home = tempfile::tempdir().unwrap();
    two_runs(home.path());
    let file = home.path().join("runs/cut").join(ABOUT);
    fs::write(&file, "{\"form\": 99, \"all else\": \"is new\"}").unwrap();
    let store = Store::open(home.path()).unwrap();
    let error = store.run("cut").unwrap_err().to_string();
    assert!(error.contains("newer gradus"), "{error}");
    assert_eq!(store.runs().unwrap().len(), 1);
    assert!(store.notices()[0].contains("newer gradus"));
    assert!(store.repair().is_ok());
    assert!(fs::read_to_string(&file).unwrap().contains("99"));
}

#[test]
fn a_store_in_memory_keeps_what_one_on_disk_keeps() {
    let home = tempfile::tempdir().unwrap();
    let memory = InMemory::default();
    let told = [true, false].map(|in_memory| {
        let open = || if in_memory { Store::new(Arc::new(memory.clone())) } else { Store::open(home.path()).unwrap() };
        let mut run = open().create(None, &recipe(), &FACTS).unwrap();
        assert!(
            open().create(Some("mlp-1"), &recipe(), &FACTS).unwrap_err().to_string().contains("a run mlp-1 already")
        );
        assert!(open().resume("mlp-1").unwrap_err().to_string().contains("another process"));
        run.save(0, 0.0, &state(0), &[loss(0, 3.0)]).unwrap();
        run.save(10, 1.0, &state(10), &[loss(9, 2.0)]).unwrap();
        run.note(&[Note { kind: "samples", step: 10, body: "[1]".into() }]).unwrap();
        run.rewind(0, 20).unwrap();
        run.save(12, 1.5, &state(12), &[loss(11, 1.0)]).unwrap();
        run.keep_samples("emma\n").unwrap();
        run.end(Status::Finished, None, &[]).unwrap();
        drop(run);
        let mut gone = open().create(None, &recipe(), &FACTS).unwrap();
        gone.discard().unwrap();
        drop(gone);
        let store = open();
        let run = store.run("mlp-1").unwrap();
        let facts = (run.status(), run.step(), run.steps(), run.seconds(), run.samples(), run.checkpoints().unwrap());
        let told = format!(
            "{facts:?} {:?} {:?} {:?}",
            store.metric(&run, "loss"),
            store.notes(&run, "samples"),
            run.checkpoint(None)
        );
        (told, store.runs().unwrap().len(), store.repair().unwrap())
    });
    assert_eq!(told[0], told[1]);
    assert_eq!(told[0].1, 1);
}

use std::collections::HashSet;

use super::*;
use database::Metric;

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
    let path = run.run().checkpoint_file(20);
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
fn what_is_no_database_is_one_line() {
    let home = tempfile::tempdir().unwrap();
    fs::write(home.path().join(database::FILE), "this is not a database, not at all").unwrap();
    let error = Store::existing(home.path()).unwrap_err().to_string();
    assert!(error.contains("is damaged") && !error.contains('\n'), "{error}");
    let file = home.path().join("file");
    fs::write(&file, "").unwrap();
    let error = Store::open(&file).unwrap_err().to_string();
    assert!(error.starts_with("cannot make the folder"), "{error}");
}

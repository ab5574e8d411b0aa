//! A recipe trained by the server and by whatever drives a run otherwise (the command line, Python, a sweep): the same
//! series, the same end, the same checkpoints.

use std::collections::BTreeMap;

use gradus_insight::diagnostics::Notes;
use gradus_recipe::Recipe;
use gradus_train::run::Flow;
use gradus_train::store::{Facts, Run, Store};
use gradus_train::{ActiveRun, Session};
use serde_json::{Value, json};

use crate::common::Server;

/// Step and value, to the bit, of every series but that of the clock.
fn series(store: &Store, run: &Run) -> BTreeMap<String, Vec<(u64, u64)>> {
    let names = store.last_metrics(run).unwrap().into_iter().map(|(name, _)| name);
    let of = |name: String| {
        let points = store.metric(run, &name).unwrap();
        (name, points.into_iter().map(|(step, value)| (step, value.to_bits())).collect())
    };
    names.filter(|name| name != "steps_per_second").map(of).collect()
}

#[test]
fn one_recipe_gives_one_run_whoever_drives_it() {
    let small = ["model.width=16", "model.layers=1", "batch=8"];
    let early = ["patience=1", "schedule.kind=constant", "schedule.lr=2.5", "record.checkpoints=10"];
    for (recipe, changes) in [
        ("mlp", &["accumulate=2", "clip=0.5"][..]),
        ("mlp", &early),
        ("mlp-batchnorm", &[]),
        ("wavenet-small", &[]),
        ("gru", &["model.hidden=16"]),
        ("lstm", &["model.hidden=16"]),
        ("transformer", &[&small[..], &["model.dropout=0.3"]].concat()),
        ("lenet", &[]),
        ("iris", &[]),
        ("moons", &["patience=1"]),
        ("text-cnn", &[]),
        ("autoencoder", &[]),
    ] {
        let plain = ["steps=37", "record.every=5", "record.samples=3", "record.seconds=0"];
        let all = [&plain[..], changes].concat();
        let home = tempfile::tempdir().unwrap();
        let session = Session::new(Recipe::builtin(recipe).unwrap().with(&all).unwrap()).unwrap();
        let facts = Facts { parameters: session.parameters().len(), data_checksum: session.corpus().checksum() };
        let writer = Store::open(home.path()).unwrap().create(Some("r"), session.recipe(), &facts).unwrap();
        let mut run = ActiveRun::new(session, writer, 37, Box::new(Notes)).unwrap();
        let ending = run.to_end(&mut |_| Flow::Continue).unwrap();
        drop(run);

        let server = Server::new();
        let value = |text: &str| serde_json::from_str::<Value>(text).unwrap_or_else(|_| Value::from(text));
        let set: serde_json::Map<String, Value> =
            all.iter().map(|change| change.split_once('=').unwrap()).map(|(k, v)| (k.to_string(), value(v))).collect();
        let state = server.post("/api/sessions", json!({ "recipe": recipe, "set": set }));
        let id = state["id"].as_str().unwrap();
        let session = format!("/api/sessions/{id}");
        server.post(&format!("{session}/play"), json!({}));
        let state = server.settled(&session);

        let here = Store::open(home.path()).unwrap();
        let there = Store::open(server.home.path()).unwrap();
        let [a, b] = [here.run("r").unwrap(), there.run(id).unwrap()];
        let what = format!("{recipe} {changes:?}");
        let (a_series, b_series) = (series(&here, &a), series(&there, &b));
        assert!(a_series.contains_key("loss") && a_series.contains_key("loss_mean"), "{what}");
        assert_eq!(a_series, b_series, "{what}");
        assert_eq!((a.status(), a.step()), (b.status(), b.step()), "{what}");
        assert_eq!(a.ended(), b.ended(), "{what}");
        assert_eq!(a.status().replace(' ', "_"), ending.word(), "{what}");
        assert_eq!(state["step"], a.step(), "{what}");
        assert_eq!(a.samples(), b.samples(), "{what}");
        assert_eq!(a.checkpoints().unwrap(), b.checkpoints().unwrap(), "{what}");
        for step in a.checkpoints().unwrap() {
            assert_eq!(a.checkpoint(Some(step)).unwrap(), b.checkpoint(Some(step)).unwrap(), "{what} at {step}");
        }
        if changes.contains(&"schedule.lr=2.5") {
            assert_eq!(a.status(), "stopped early", "{what}");
            assert!(state["message"].as_str().unwrap().starts_with("stopped early"), "{state}");
        }
        if a.status() == "finished" {
            assert_eq!(a_series["loss"].last().unwrap().0, 36, "{what}: the last step is recorded");
        }
    }
}

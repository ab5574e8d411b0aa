//! Models that tell classes or values: what is said of examples is what the model says.

use serde_json::{Value, json};

use crate::common::Server;

fn begin(server: &Server, recipe: &str, step: u64) -> String {
    let state = server.post("/api/sessions", json!({ "recipe": recipe }));
    let session = format!("/api/sessions/{}", state["id"].as_str().unwrap());
    if step > 0 {
        server.go_to(&session, step);
    }
    session
}

fn numbers(value: &Value) -> Vec<f64> {
    value.as_array().unwrap().iter().map(|number| number.as_f64().unwrap()).collect()
}

#[test]
fn every_example_is_counted_where_it_is_taken_for() {
    let server = Server::new();
    for (recipe, step) in [("iris", 60), ("neuron", 40), ("lenet", 20), ("text-cnn", 5)] {
        let session = begin(&server, recipe, step);
        let task = &server.get(&session)["task"];
        let classes = task["classes"].as_array().unwrap().len();
        let confusion = server.get(&format!("{session}/views/confusion?split=test"));
        let mut matrix = vec![vec![0; classes]; classes];
        for row in 0..task["sizes"]["test"].as_u64().unwrap() {
            let told = server.post(&format!("{session}/classify"), json!({ "split": "test", "row": row }));
            let shares = numbers(&told["probabilities"]);
            assert!((shares.iter().sum::<f64>() - 1.0).abs() < 1e-6 && shares.len() == classes, "{recipe} {shares:?}");
            matrix[told["label"].as_u64().unwrap() as usize][told["class"].as_u64().unwrap() as usize] += 1;
        }
        assert_eq!(confusion["matrix"], json!(matrix), "{recipe}");
        let evaluated = server.post(&format!("{session}/evaluate"), json!({ "split": "test" }));
        let (one, other) = (evaluated["accuracy"].as_f64().unwrap(), confusion["accuracy"].as_f64().unwrap());
        assert!((one - other).abs() < 1e-9, "{recipe}: {one} {other}");
    }
}

#[test]
fn a_landscape_is_what_the_model_says_at_its_places() {
    let server = Server::new();
    let session = begin(&server, "moons", 50);
    let seen = server.get(&format!("{session}/views/landscape"));
    let (x, y) = (numbers(&seen["x"]), numbers(&seen["y"]));
    let all = seen["probabilities"].as_array().unwrap();
    let columns = seen["columns"].as_u64().unwrap() as usize;
    let rows = all.len() / columns;
    for place in (0..all.len()).step_by(397) {
        let at = |ends: &[f64], i: usize, n: usize| ends[0] + (ends[1] - ends[0]) * (i as f64 + 0.5) / n as f64;
        let values = [at(&x, place % columns, columns), at(&y, place / columns, rows)];
        let told = server.post(&format!("{session}/classify"), json!({ "values": values }));
        for (a, b) in numbers(&told["probabilities"]).iter().zip(numbers(&all[place])) {
            assert!((a - b).abs() < 1e-4, "{place}: {told}");
        }
    }
    // The examples lie where they were measured, and are told what they are told alone.
    let point = &seen["points"][3];
    let asked = json!({ "split": point["split"], "row": point["row"] });
    let told = server.post(&format!("{session}/classify"), asked);
    assert_eq!(told["label"], point["label"]);
    for (a, b) in numbers(&told["input"]).iter().zip(numbers(&point["at"])) {
        assert!((a - b).abs() < 1e-6);
    }
}

#[test]
fn a_drawing_is_brought_to_the_size_of_the_data() {
    let server = Server::new();
    let session = begin(&server, "lenet", 10);
    let classify = |body: Value| server.post(&format!("{session}/classify"), body);
    let example = classify(json!({ "split": "test", "row": 0 }));
    // Drawn in the model's own size it is the same picture.
    let pixels = &example["input"];
    let drawn = classify(json!({ "picture": { "height": 8, "width": 8, "grey": pixels } }));
    assert_eq!(drawn["probabilities"], example["probabilities"]);
    assert_eq!(classify(json!({ "values": pixels }))["probabilities"], example["probabilities"]);
    // A stroke in the corner of a large sheet fills the small one.
    let mut grey = vec![0.0; 100 * 60];
    (10..40).for_each(|row| (5..10).for_each(|column| grey[row * 60 + column] = 1.0));
    let told = classify(json!({ "picture": { "height": 100, "width": 60, "grey": grey } }));
    let seen = numbers(&told["input"]);
    let rows = (0..8).filter(|row| seen[row * 8..row * 8 + 8].iter().any(|&grey| grey > 0.5)).count();
    assert_eq!((seen.len(), rows), (64, 8));
    // Its parts add up to the score.
    let why =
        server.post(&format!("{session}/explain"), json!({ "picture": { "height": 100, "width": 60, "grey": grey } }));
    let score = &why["scores"][told["class"].as_u64().unwrap() as usize];
    let sum: f64 = score["parts"].as_array().unwrap().iter().map(|part| part["product"].as_f64().unwrap()).sum();
    let logit = numbers(&told["outputs"])[told["class"].as_u64().unwrap() as usize];
    assert!((sum + score["bias"].as_f64().unwrap() - logit).abs() < 1e-3, "{score}");
    assert!(why["maps"].as_array().unwrap().len() > 2 && why["similar"].as_array().unwrap().len() == 12);
}

#[test]
fn an_autoencoder_draws_what_lies_at_a_place() {
    let server = Server::new();
    let session = begin(&server, "autoencoder", 20);
    let seen = server.get(&format!("{session}/views/latent?split=dev"));
    let drawn = server.post(&format!("{session}/decode"), json!({ "place": seen["places"][2] }));
    let again = server.post(&format!("{session}/classify"), json!({ "split": "dev", "row": 2 }));
    for (a, b) in numbers(&drawn["values"]).iter().zip(numbers(&again["outputs"])) {
        assert!((a - b).abs() < 1e-4);
    }
    let error = seen["errors"][2].as_f64().unwrap();
    assert!((again["loss"].as_f64().unwrap() - error).abs() < 1e-5);
}

#[test]
fn edits_are_in_force_and_looking_changes_nothing() {
    let server = Server::new();
    let session = begin(&server, "iris", 30);
    let ask = json!({ "split": "test", "row": 4, "compare": true });
    let before = server.post(&format!("{session}/classify"), ask.clone());
    let weights = || server.get(&format!("{session}/tensor?name=output.weight&split=test&row=4"))["values"].clone();
    let weight = weights();
    for view in ["landscape", "confusion?split=train", "kernels"] {
        server.get(&format!("{session}/views/{view}"));
    }
    server.post(&format!("{session}/explain"), ask.clone());
    assert_eq!(weights(), weight);
    let edit = json!({ "kind": "activation", "name": "hidden.0.activation", "operation": "zero" });
    server.post(&format!("{session}/edits"), edit);
    let after = server.post(&format!("{session}/classify"), ask.clone());
    assert_ne!(after["probabilities"], before["probabilities"]);
    assert_eq!(after["unedited"], before["probabilities"]);
    // Patched with what it is for another example, it says what it says of that one.
    let patch = json!({ "kind": "activation", "name": "hidden.0.activation", "operation": "patch", "value": { "context": "test:20" } });
    server.post(&format!("{session}/edits/undo"), json!({}));
    server.post(&format!("{session}/edits"), patch);
    let other = server.post(&format!("{session}/classify"), json!({ "split": "test", "row": 20 }));
    assert_eq!(server.post(&format!("{session}/classify"), ask.clone())["probabilities"], other["probabilities"]);
    let wrong = json!({ "kind": "activation", "name": "hidden.0.activation", "operation": "patch", "value": { "context": "emma" } });
    assert!(server.refused(422, "POST", &format!("{session}/edits"), wrong).contains("such as dev:3"));
    server.post(&format!("{session}/edits/undo"), json!({}));
    assert_eq!(server.post(&format!("{session}/classify"), ask)["probabilities"], before["probabilities"]);
}

#[test]
fn what_makes_no_sense_is_told() {
    let server = Server::new();
    let (iris, letters) = (begin(&server, "iris", 0), begin(&server, "mlp", 0));
    let refused = |session: &str, body: Value| server.refused(422, "POST", &format!("{session}/classify"), body);
    assert!(refused(&iris, json!({ "split": "test", "row": 9999 })).contains("there is no example 9999"));
    assert!(refused(&iris, json!({ "values": [1.0] })).contains("4 numbers"));
    assert!(refused(&iris, json!({ "split": "dev" })).contains("say which example"));
    assert!(
        refused(&iris, json!({ "picture": { "height": 1, "width": 1, "grey": [0.5] } })).contains("no grey pictures")
    );
    assert!(refused(&iris, json!({ "text": "anna" })).contains("no text"));
    assert!(refused(&letters, json!({ "split": "dev", "row": 0 })).contains("next token"));
    let path = format!("{iris}/views/landscape?x=0&y=0");
    assert!(server.refused(422, "GET", &path, Value::Null).contains("two of the 4 features"));
    let path = format!("{iris}/predict");
    assert!(!server.refused(422, "POST", &path, json!({ "context": "a" })).is_empty());
    // Data of this machine are not a client's to read.
    let own = json!({ "recipe": "text-cnn", "set": { "data.against": ["/etc/hostname"] } });
    assert!(server.refused(422, "POST", "/api/sessions", own).contains("no data set of the laboratory"));
}

//! Edits: what they change, and that a log replays to the same bits.

use serde_json::{Value, json};

use crate::common::Server;

const SPLIT: &str = "dev";

fn numbers(server: &Server, session: &str, name: &str) -> Vec<f32> {
    let values = server.get(&format!("{session}/tensor?name={name}&context=em"))["values"].clone();
    serde_json::from_value(values).unwrap()
}

fn odds(server: &Server, session: &str) -> Value {
    let answer = server.post(&format!("{session}/predict"), json!({ "context": "em", "target": "m" }));
    json!([answer["logits"], answer["probabilities"], answer["loss"]])
}

fn add(server: &Server, session: &str, edit: Value) -> u64 {
    server.post(&format!("{session}/edits"), edit)["edit"]["id"].as_u64().unwrap()
}

#[test]
fn a_slider_scales_about_the_mean_and_an_undo_takes_it_back() {
    let server = Server::new();
    let session = server.begin("mlp", 50);
    server.post(&format!("{session}/step"), json!({ "count": 7 }));
    let before = numbers(&server, &session, "output.weight");
    let edit = |value: f64| json!({ "kind": "parameter", "name": "output.weight", "operation": "scale_about_mean", "value": value });
    let id = add(&server, &session, edit(0.5));
    for value in [0.8, 1.7, 3.0] {
        server.done("PUT", &format!("{session}/edits/{id}"), edit(value));
    }
    let mean = before.iter().map(|&x| f64::from(x)).sum::<f64>() / before.len() as f64;
    for (new, old) in numbers(&server, &session, "output.weight").iter().zip(&before) {
        let expected = mean + 3.0 * (f64::from(*old) - mean);
        assert!((f64::from(*new) - expected).abs() < 1e-5, "{new} {expected}");
    }
    server.post(&format!("{session}/edits/undo"), json!({}));
    let half = numbers(&server, &session, "output.weight");
    assert!((f64::from(half[0]) - (mean + 0.5 * (f64::from(before[0]) - mean))).abs() < 1e-6);
    server.post(&format!("{session}/edits/undo"), json!({}));
    assert_eq!(numbers(&server, &session, "output.weight"), before);
    assert!(server.refused(409, "POST", &format!("{session}/edits/undo"), json!({})).contains("nothing to undo"));
}

#[test]
fn a_log_saved_loaded_and_replayed_gives_the_same_last_digit() {
    let server = Server::new();
    let session = server.begin("mlp", 60);
    let parameter = |name: &str, operation: &str, value: f64| json!({ "kind": "parameter", "name": name, "operation": operation, "value": value });
    server.post(&format!("{session}/step"), json!({ "count": 10 }));
    add(&server, &session, parameter("hidden.weight", "noise", 0.1));
    let cell = json!({ "kind": "parameter", "name": "embedding.weight", "operation": "set", "value": 1.25, "range": [[5, 6], [2, 3]] });
    add(&server, &session, cell);
    server.post(&format!("{session}/step"), json!({ "count": 15 }));
    server.done("PATCH", &session, json!({ "learning_rate": 0.02 }));
    add(
        &server,
        &session,
        json!({ "kind": "parameter", "name": "hidden.bias", "operation": "zero", "range": [[0, 4]] }),
    );
    server.post(&format!("{session}/step"), json!({ "count": 5 }));
    add(
        &server,
        &session,
        json!({ "kind": "activation", "name": "tanh", "operation": "scale", "value": 1.5, "range": [null, [2, 9]] }),
    );
    let bias = json!({ "strength": 0.5, "connections": [{ "context": "em", "next": "m", "count": 4.0 }] });
    add(&server, &session, json!({ "kind": "bias", "operation": "letters", "value": bias }));
    let (expected, bits) = (odds(&server, &session), server.bits(&session, "hidden.weight"));

    // Again in the same session, …
    server.post(&format!("{session}/edits/replay"), json!({}));
    server.settled(&session);
    assert_eq!((odds(&server, &session), server.bits(&session, "hidden.weight")), (expected.clone(), bits.clone()));
    // … in another from the file, …
    let file = server.get(&format!("{session}/edits"));
    let toml = server.get(&session)["toml"].clone();
    let asked = json!({ "toml": toml, "log": file, "goto": 30 });
    let other = format!("/api/sessions/{}", server.post("/api/sessions", asked)["id"].as_str().unwrap());
    server.settled(&other);
    assert_eq!((odds(&server, &other), server.bits(&other, "hidden.weight")), (expected.clone(), bits.clone()));
    // … and by loading the file where a session stands.
    let third = server.begin("mlp", 60);
    server.post(&format!("{third}/step"), json!({ "count": 30 }));
    assert_ne!(server.bits(&third, "hidden.weight"), bits);
    server.done("PUT", &format!("{third}/edits"), file);
    server.settled(&third);
    assert_eq!((odds(&server, &third), server.bits(&third, "hidden.weight")), (expected, bits));
    let foreign = json!({ "format": "other", "version": 1, "edits": [] });
    assert!(server.refused(422, "PUT", &format!("{third}/edits"), foreign).contains("no edit log"));
}

#[test]
fn the_order_of_edits_counts() {
    let server = Server::new();
    let session = server.begin("mlp", 20);
    let at_start = numbers(&server, &session, "output.bias");
    let double = add(
        &server,
        &session,
        json!({ "kind": "parameter", "name": "output.bias", "operation": "scale", "value": 2.0 }),
    );
    let plus =
        add(&server, &session, json!({ "kind": "parameter", "name": "output.bias", "operation": "add", "value": 1.0 }));
    assert_eq!(numbers(&server, &session, "output.bias")[0], at_start[0] * 2.0 + 1.0);
    server.post(&format!("{session}/edits/order"), json!({ "ids": [plus, double] }));
    assert_eq!(numbers(&server, &session, "output.bias")[0], (at_start[0] + 1.0) * 2.0);
    server.ask("DELETE", &format!("{session}/edits/{double}"), None);
    assert_eq!(numbers(&server, &session, "output.bias")[0], at_start[0] + 1.0);
    let disabled =
        json!({ "kind": "parameter", "name": "output.bias", "operation": "add", "value": 1.0, "enabled": false });
    server.done("PUT", &format!("{session}/edits/{plus}"), disabled);
    assert_eq!(numbers(&server, &session, "output.bias"), at_start);
    assert!(server.refused(422, "POST", &format!("{session}/edits/order"), json!({ "ids": [9] })).contains("once"));
}

#[test]
fn an_edit_of_the_past_trains_the_present_again() {
    let server = Server::new();
    let (edited, plain) = (server.begin("mlp", 40), server.begin("mlp", 40));
    for session in [&edited, &plain] {
        server.post(&format!("{session}/step"), json!({ "count": 25 }));
    }
    let early = json!({ "kind": "parameter", "name": "hidden.weight", "operation": "scale", "value": 0.5, "step": 12 });
    add(&server, &edited, early);
    assert_eq!(server.settled(&edited)["step"], 25);
    assert_ne!(server.bits(&edited, "hidden.weight"), server.bits(&plain, "hidden.weight"));
    // What would have been without it stands beside it.
    let compared =
        server.post(&format!("{edited}/predict"), json!({ "context": "em", "target": "m", "compare": true }));
    let unedited = server.post(&format!("{plain}/predict"), json!({ "context": "em", "target": "m" }));
    assert_eq!(compared["unedited"]["logits"], unedited["logits"]);
    assert_ne!(compared["logits"], unedited["logits"]);
    let sides = server.post(&format!("{edited}/compare"), json!({ "split": SPLIT, "count": 4, "seed": 5 }));
    let alone = server.post(&format!("{plain}/compare"), json!({ "split": SPLIT, "count": 4, "seed": 5 }));
    assert_eq!(sides["unedited"], alone["edited"]);
    assert_ne!(sides["edited"]["loss"], sides["unedited"]["loss"]);
    server.post(&format!("{edited}/edits/undo"), json!({}));
    server.settled(&edited);
    assert_eq!(server.bits(&edited, "hidden.weight"), server.bits(&plain, "hidden.weight"));
}

#[test]
fn activations_are_ablated_patched_and_never_trained_on() {
    let server = Server::new();
    let (session, plain) = (server.begin("mlp", 40), server.begin("mlp", 40));
    let all = json!({ "kind": "activation", "name": "tanh", "operation": "zero" });
    let id = add(&server, &session, all);
    // Nothing comes through: the logits are the output's bias.
    let logits: Vec<f32> = serde_json::from_value(odds(&server, &session)[0].clone()).unwrap();
    assert_eq!(logits, numbers(&server, &session, "output.bias"));
    for session in [&session, &plain] {
        server.post(&format!("{session}/step"), json!({ "count": 10 }));
    }
    assert_eq!(server.bits(&session, "hidden.weight"), server.bits(&plain, "hidden.weight"));
    // The whole hidden layer of another context makes its prediction.
    let patch = json!({ "kind": "activation", "name": "tanh", "operation": "patch", "value": { "context": "ann" } });
    server.done("PUT", &format!("{session}/edits/{id}"), patch);
    let other = server.post(&format!("{plain}/predict"), json!({ "context": "ann" }));
    assert_eq!(odds(&server, &session)[0], other["logits"]);
    // From another session its numbers are kept, though that one goes on.
    let from = json!({ "kind": "activation", "name": "tanh", "operation": "patch",
        "value": { "context": "ann", "session": plain.rsplit('/').next().unwrap() } });
    let kept = server.done("PUT", &format!("{session}/edits/{id}"), from);
    assert_eq!(kept["edit"]["value"]["numbers"]["shape"], json!([1, 12]));
    let before = odds(&server, &session);
    server.post(&format!("{plain}/step"), json!({ "count": 10 }));
    assert_eq!(odds(&server, &session), before);
    let wrong = json!({ "kind": "activation", "name": "tahn", "operation": "zero" });
    assert!(server.refused(422, "POST", &format!("{session}/edits"), wrong).contains("tanh"));
    let outside =
        json!({ "kind": "parameter", "name": "hidden.weight", "operation": "zero", "range": [[0, 99], null] });
    assert!(server.refused(422, "POST", &format!("{session}/edits"), outside).contains("does not lie"));
}

#[test]
fn a_head_can_be_ablated() {
    let server = Server::new();
    let state = server.post("/api/sessions", json!({ "recipe": "transformer", "set": { "steps": 4 } }));
    let session = format!("/api/sessions/{}", state["id"].as_str().unwrap());
    let before = odds(&server, &session);
    let attention = server.get(&format!("{session}/views/attention?context=em"));
    let heads = attention["layers"][0]["heads"].as_array().unwrap().len();
    let name = format!("{}.pattern", attention["layers"][0]["name"].as_str().unwrap());
    let head = json!({ "kind": "activation", "name": name, "operation": "zero", "range": [null, [0, 1], null, null] });
    let id = add(&server, &session, head);
    let one = odds(&server, &session);
    assert_ne!(one, before);
    let shown = server.get(&format!("{session}/views/attention?context=em"));
    assert!(shown["layers"][0]["heads"][0]["pattern"][0][0] == 0.0);
    assert_eq!(shown["layers"][0]["heads"][heads - 1], attention["layers"][0]["heads"][heads - 1]);
    server.ask("DELETE", &format!("{session}/edits/{id}"), None);
    assert_eq!(odds(&server, &session), before);
}

#[test]
fn a_drawn_letter_graph_moves_the_softmax_by_what_it_says() {
    let server = Server::new();
    let session = server.begin("mlp", 20);
    let before = server.post(&format!("{session}/predict"), json!({ "context": "em" }));
    let counted = server.post(&format!("{session}/letters/count"), json!({ "names": ["emma", "emmy"], "order": 2 }));
    let connections = counted["connections"].clone();
    let em = connections.as_array().unwrap().iter().find(|c| c["context"] == "em").unwrap();
    assert_eq!((&em["next"], &em["count"]), (&"m".into(), &2.0.into()));
    let graph =
        json!({ "kind": "bias", "operation": "letters", "value": { "strength": 2.0, "connections": connections } });
    add(&server, &session, graph);
    let after = server.post(&format!("{session}/predict"), json!({ "context": "em", "compare": true }));
    let number = |answer: &Value, key: &str, token: usize| answer[key][token].as_f64().unwrap();
    let added = number(&after, "bias", 13);
    assert!((added - 2.0 * 3.0_f64.ln()).abs() < 1e-6, "{added}");
    assert!((number(&after, "logits", 13) - number(&before, "logits", 13) - added).abs() < 1e-5);
    assert_eq!(number(&after, "logits", 1), number(&before, "logits", 1));
    assert_eq!(after["unedited"]["logits"], before["logits"]);
    // Strong enough, it writes what was drawn.
    let strong =
        json!({ "kind": "bias", "operation": "letters", "value": { "strength": 500.0, "connections": connections } });
    server.done("PUT", &format!("{session}/edits/0"), strong);
    let written = server.post(&format!("{session}/generate"), json!({ "count": 5, "length": 4 }));
    for sample in written["samples"].as_array().unwrap() {
        assert!(["emma", "emmy"].contains(&sample["text"].as_str().unwrap()), "{sample}");
    }
    let unknown = json!({ "kind": "bias", "operation": "letters",
        "value": { "strength": 1.0, "connections": [{ "context": "ß", "next": "m", "count": 1.0 }] } });
    assert!(server.refused(422, "POST", &format!("{session}/edits"), unknown).contains("no token"));
}

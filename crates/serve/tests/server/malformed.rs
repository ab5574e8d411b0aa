//! Whatever a client sends, it gets an answer in JSON that is its own fault, and the server goes on.

use axum::body::Body;
use axum::http::Request;
use proptest::prelude::*;
use serde_json::{Value, json};

use crate::common::{Server, small};

/// JSON of any form, deep and long enough to surprise.
fn any_json() -> impl Strategy<Value = Value> {
    let leaf = prop_oneof![
        Just(Value::Null),
        any::<bool>().prop_map(Value::from),
        any::<i64>().prop_map(Value::from),
        any::<u64>().prop_map(Value::from),
        any::<f64>().prop_map(Value::from),
        prop_oneof![Just(0.0), Just(-1.0), Just(1e308), Just(1e-320), Just(4_294_967_296.0)].prop_map(Value::from),
        ".{0,12}".prop_map(Value::from),
        prop_oneof![Just("mlp"), Just("hidden.weight"), Just("tanh"), Just("em"), Just("train"), Just("..")]
            .prop_map(Value::from),
    ];
    leaf.prop_recursive(4, 24, 6, |inner| {
        prop_oneof![
            prop::collection::vec(inner.clone(), 0..6).prop_map(Value::from),
            prop::collection::btree_map(known_word(), inner, 0..5).prop_map(|map| map.into_iter().collect()),
        ]
    })
}

/// Words that bodies have, and others.
fn known_word() -> impl Strategy<Value = String> {
    let words = [
        "recipe",
        "toml",
        "run",
        "set",
        "step",
        "goto",
        "count",
        "until",
        "speed",
        "steps",
        "learning_rate",
        "context",
        "target",
        "temperature",
        "top_k",
        "top_p",
        "length",
        "prompt",
        "seed",
        "split",
        "kind",
        "name",
        "range",
        "operation",
        "value",
        "enabled",
        "ids",
        "edits",
        "format",
        "version",
        "names",
        "order",
        "strength",
        "connections",
        "next",
        "session",
        "numbers",
        "shape",
        "values",
        "expression",
        "text",
        "model.hidden",
        "steps",
        "row",
        "picture",
        "height",
        "width",
        "grey",
        "place",
        "class",
        "compare",
        "formats",
    ];
    prop_oneof![4 => prop::sample::select(words.to_vec()).prop_map(str::to_string), 1 => ".{0,8}"]
}

/// A body like a right one, with some of its parts replaced.
fn mutated() -> impl Strategy<Value = Value> {
    let right = vec![
        json!({ "recipe": "mlp", "set": small(10) }),
        json!({ "context": "em", "target": "m", "temperature": 1.0, "top_k": 3, "top_p": 0.5, "compare": true }),
        json!({ "count": 3, "prompt": "a", "length": 5, "seed": 1 }),
        json!({ "kind": "parameter", "name": "hidden.weight", "operation": "scale", "value": 2.0, "range": [[0, 2], null] }),
        json!({ "kind": "activation", "name": "tanh", "operation": "patch", "value": { "context": "em" } }),
        json!({ "kind": "bias", "operation": "letters", "value": { "strength": 1.0, "connections": [
            { "context": "e", "next": "m", "count": 2.0 } ] } }),
        json!({ "format": "gradus-edits", "version": 1, "edits": [
            { "step": 0, "kind": "parameter", "name": "hidden.bias", "operation": "noise", "value": 0.1 } ] }),
        json!({ "learning_rate": 0.1, "speed": 10.0, "steps": 20 }),
        json!({ "step": 3 }),
        json!({ "split": "dev", "edited": true }),
        json!({ "names": ["ada"], "order": 2 }),
        json!({ "split": "test", "row": 3, "compare": true, "class": 1 }),
        json!({ "values": [5.1, 3.5, 1.4, 0.2] }),
        json!({ "picture": { "height": 2, "width": 2, "grey": [0.0, 1.0, 0.5, 0.5] } }),
        json!({ "place": [0.5, -0.5] }),
        json!({ "formats": ["bf16"], "steps": 3 }),
        json!({ "expression": "a*b", "values": { "a": 1.0, "b": 2.0 } }),
    ];
    (prop::sample::select(right), any::<prop::sample::Index>(), any_json()).prop_map(|(mut body, index, part)| {
        let keys: Vec<String> = body.as_object().unwrap().keys().cloned().collect();
        body[index.get(&keys)] = part;
        body
    })
}

#[test]
fn no_request_is_answered_with_a_defect() {
    let server = Server::new();
    let session = server.begin("mlp", 20);
    let others = ["iris", "lenet", "autoencoder", "text-cnn"].map(|recipe| {
        let state = server.post("/api/sessions", json!({ "recipe": recipe, "set": { "steps": 20 } }));
        format!("/api/sessions/{}", state["id"].as_str().unwrap())
    });
    let document = server.get("/api/openapi.json");
    let mut addresses: Vec<(String, String)> = Vec::new();
    for (path, methods) in document["paths"].as_object().unwrap() {
        // The stream does not end by itself; a new model for every request would only be slow.
        for method in methods.as_object().unwrap().keys().filter(|_| !path.ends_with("/events")) {
            let ends_it = (method == "delete" && path.ends_with("{id}")) || path.ends_with("/fetch");
            if !ends_it {
                let of_classes =
                    ["classify", "explain", "decode", "examples", "views", "network", "predict", "compare"];
                let one = path.replace("/api/sessions/{id}", &session);
                if one != *path && of_classes.iter().any(|word| path.contains(word)) {
                    let all = others.iter().map(|other| path.replace("/api/sessions/{id}", other));
                    addresses.extend(all.map(|path| (method.to_uppercase(), path)));
                }
                addresses.push((method.to_uppercase(), one));
            }
        }
    }
    let text = prop_oneof!["[a-z0-9.%/:,&=+-]{0,16}", "\\PC{0,8}"];
    let case = (
        prop::sample::select(addresses),
        prop_oneof![1 => any_json(), 3 => mutated()],
        text.clone(),
        text,
        prop::option::of(prop::collection::vec(any::<u8>(), 0..64)),
    );
    let escaped = |text: &str| -> String {
        text.bytes()
            .map(|b| {
                if b.is_ascii_alphanumeric() || b".-:,&=".contains(&b) {
                    (b as char).to_string()
                } else {
                    format!("%{b:02x}")
                }
            })
            .collect()
    };
    let config = ProptestConfig { cases: 1000, failure_persistence: None, ..ProptestConfig::default() };
    proptest!(config, |((method, path) in case.0, body in case.1, part in case.2, query in case.3, raw in case.4)| {
        let path = path.replace("{edit}", &escaped(&part)).replace("{name}", &escaped(&part)).replace("{series}", "loss");
        let path = format!("{path}?{}", escaped(&query));
        let bytes = raw.unwrap_or_else(|| body.to_string().into_bytes());
        let request = Request::builder().method(method.as_str()).uri(&path).header("host", "localhost");
        let Ok(request) = request.header("content-type", "application/json").body(Body::from(bytes)) else { return Ok(()) };
        let (status, answer) = server.read(server.send(request));
        prop_assert!(status < 500, "{} {} {}: {} {}", method, path, body, status, answer);
        if status >= 400 {
            let message = answer["error"]["message"].as_str().unwrap_or_default();
            prop_assert!(!message.is_empty() && !message.contains('\n'), "{} {}: {} {:?}", method, path, status, answer);
        }
    });
    // It is still there, and works.
    server.post(&format!("{session}/pause"), json!({}));
    assert!(server.post(&format!("{session}/predict"), json!({ "context": "em" }))["plain"].is_array());
}

#[test]
fn limits_are_told() {
    let server = Server::new();
    let session = server.begin("mlp", 20);
    let large = "a".repeat(2 << 20);
    assert_eq!(server.ask("POST", &format!("{session}/predict"), Some(&json!({ "context": large }))).0, 413);
    let long = json!({ "context": "a".repeat(5000) });
    assert!(server.refused(422, "POST", &format!("{session}/predict"), long).contains("4096"));
    let many = json!({ "count": 100_000 });
    assert!(server.refused(422, "POST", &format!("{session}/generate"), many).contains("between 1 and 1000"));
    let far = json!({ "step": 21 });
    assert!(server.refused(422, "POST", &format!("{session}/goto"), far).contains("step 20"));
    let deep = format!("{}{}", "[".repeat(5000), "]".repeat(5000));
    let request = Request::post(format!("{session}/predict")).header("host", "localhost");
    let request = request.header("content-type", "application/json").body(Body::from(deep)).unwrap();
    assert!(matches!(server.read(server.send(request)).0, 400 | 422));
    let own_file = json!({ "recipe": "mlp", "set": { "data.source": "/etc/hostname" } });
    assert!(server.refused(422, "POST", "/api/sessions", own_file).contains("no data set of the laboratory"));
    let monster = json!({ "recipe": "mlp", "set": { "model.hidden": 1_000_000, "model.embedding": 65_536 } });
    assert!(server.refused(422, "POST", "/api/sessions", monster).contains("too large"));
}

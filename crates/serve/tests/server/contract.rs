//! The OpenAPI document and the server say the same.

use serde_json::{Value, json};

use crate::common::{Server, small};
use crate::schema::misfit;

const METHODS: [&str; 5] = ["GET", "POST", "PUT", "PATCH", "DELETE"];

#[test]
fn every_address_takes_the_methods_that_the_document_names_and_no_others() {
    let server = Server::new();
    let document = server.get("/api/openapi.json");
    for (path, methods) in document["paths"].as_object().unwrap() {
        let address = path.replace("{edit}", "0").replace("{id}", "none").replace("{name}", "none");
        let address = address.replace("{series}", "loss");
        for method in METHODS {
            let (status, answer) = server.ask(method, &address, None);
            let is_there = status != 405;
            let is_named = methods.get(method.to_lowercase()).is_some();
            assert_eq!(is_there, is_named, "{method} {path}: {status} {answer}");
            let unknown =
                answer["error"]["message"].as_str().is_some_and(|m| m.starts_with("there is nothing at this"));
            assert!(!unknown, "{method} {path}");
        }
    }
}

#[test]
fn answers_are_what_the_document_says() {
    let server = Server::new();
    let document = server.get("/api/openapi.json");
    let mut seen = Vec::new();
    let mut check = |method: &str, path: &str, template: &str, body: Option<Value>| -> Value {
        let operation = &document["paths"][template][method.to_lowercase()];
        if let Some(body) = &body {
            let schema = &operation["requestBody"]["content"]["application/json"]["schema"];
            assert_eq!(misfit(&document, schema, body, "the body"), None, "{method} {path}");
        }
        let (status, answer) = server.ask(method, path, body.as_ref());
        let response = &operation["responses"][status.to_string()];
        assert!(response.is_object(), "{method} {path}: {status} {answer}");
        let schema = &response["content"]["application/json"]["schema"];
        assert_eq!(misfit(&document, schema, &answer, "the answer"), None, "{method} {path}");
        seen.push(format!("{method} {template}"));
        answer
    };
    check("GET", "/api", "/api", None);
    check("GET", "/api/openapi.json", "/api/openapi.json", None);
    check("GET", "/api/recipes", "/api/recipes", None);
    check("GET", "/api/recipes/keys", "/api/recipes/keys", None);
    check("POST", "/api/recipes/check", "/api/recipes/check", Some(json!({ "recipe": "mlp", "set": small(40) })));
    let brought = check("POST", "/api/data", "/api/data", Some(json!({ "name": "mine", "text": "ada\nbea\ncleo\n" })));
    check("GET", "/api/data", "/api/data", None);
    for name in ["given-names", "iris", brought["name"].as_str().unwrap()] {
        check("GET", &format!("/api/data/{name}"), "/api/data/{name}", None);
    }
    check("POST", "/api/data/iris/fetch", "/api/data/{name}/fetch", Some(json!({})));
    let expression = json!({ "expression": "o = tanh(a*b + c)", "values": { "a": 2.0, "b": -3.0, "c": 1.0 } });
    check("POST", "/api/scalar", "/api/scalar", Some(expression));

    let begin = json!({ "recipe": "mlp", "set": small(40) });
    let state = check("POST", "/api/sessions", "/api/sessions", Some(begin));
    let session = format!("/api/sessions/{}", state["id"].as_str().unwrap());
    let at = |rest: &str| format!("{session}{rest}");
    let of = |rest: &str| format!("/api/sessions/{{id}}{rest}");
    check("GET", "/api/sessions", "/api/sessions", None);
    check("GET", &session, &of(""), None);
    check("PATCH", &session, &of(""), Some(json!({ "learning_rate": 0.05, "speed": null, "steps": 60 })));
    check("POST", &at("/step"), &of("/step"), Some(json!({ "count": 20 })));
    check("POST", &at("/evaluate"), &of("/evaluate"), Some(json!({ "split": "dev" })));
    check("POST", &at("/generate"), &of("/generate"), Some(json!({ "count": 2, "prompt": "a" })));
    let predict = json!({ "context": "em", "target": "m", "top_k": 5, "importance": true, "compare": true });
    check("POST", &at("/predict"), &of("/predict"), Some(predict));
    check("GET", &at("/diagnostics"), &of("/diagnostics"), None);
    check("GET", &at("/history?name=tanh"), &of("/history"), None);
    check("GET", &at("/tensors?context=em"), &of("/tensors"), None);
    for asked in ["name=hidden.weight", "name=tanh&part=gradient&context=em&target=m&index=0,2:5"] {
        check("GET", &at(&format!("/tensor?{asked}")), &of("/tensor"), None);
    }
    check("GET", &at("/network?context=em"), &of("/network"), None);
    check("GET", &at("/network"), &of("/network"), None);
    let trace = check("POST", &at("/trace"), &of("/trace"), Some(json!({})));
    check("GET", &at("/trace"), &of("/trace"), None);
    let word = trace["phases"][0]["operations"][0]["output"]["tensor"].as_str().unwrap().to_string();
    check("GET", &at(&format!("/trace/tensor?id={word}")), &of("/trace/tensor"), None);
    let formats = json!({ "formats": ["f32", "bf16"], "steps": 3 });
    check("POST", &at("/precision"), &of("/precision"), Some(formats));
    check("GET", &at("/precision"), &of("/precision"), None);
    check("DELETE", &at("/precision"), &of("/precision"), None);
    check("GET", &at("/views/embedding"), &of("/views/embedding"), None);
    let edit = json!({ "kind": "parameter", "name": "hidden.weight", "operation": "scale_about_mean", "value": 2.0 });
    let changed = check("POST", &at("/edits"), &of("/edits"), Some(edit.clone()));
    let id = changed["edit"]["id"].clone();
    check("PUT", &at(&format!("/edits/{id}")), &of("/edits/{edit}"), Some(edit));
    let log = check("GET", &at("/edits"), &of("/edits"), None);
    check("POST", &at("/edits/undo"), &of("/edits/undo"), Some(json!({})));
    check("POST", &at("/edits/redo"), &of("/edits/redo"), Some(json!({})));
    let ids: Vec<&Value> = log["edits"].as_array().unwrap().iter().rev().map(|edit| &edit["id"]).collect();
    check("POST", &at("/edits/order"), &of("/edits/order"), Some(json!({ "ids": ids })));
    check("POST", &at("/edits/replay"), &of("/edits/replay"), Some(json!({})));
    check("DELETE", &at(&format!("/edits/{id}")), &of("/edits/{edit}"), None);
    check("PUT", &at("/edits"), &of("/edits"), Some(log));
    check("POST", &at("/compare"), &of("/compare"), Some(json!({ "split": "dev", "count": 3 })));
    let names = json!({ "names": ["ada", "emma"], "order": 2 });
    check("POST", &at("/letters/count"), &of("/letters/count"), Some(names));
    check("POST", &at("/goto"), &of("/goto"), Some(json!({ "step": 0 })));
    check("POST", &at("/play"), &of("/play"), Some(json!({ "until": 30 })));
    server.settled(&session);
    check("POST", &at("/pause"), &of("/pause"), Some(json!({})));
    check("POST", &at("/sleep"), &of("/sleep"), Some(json!({})));
    check("GET", "/api/runs", "/api/runs", None);
    let run = format!("/api/runs/{}", state["id"].as_str().unwrap());
    check("GET", &run, "/api/runs/{name}", None);
    check("GET", &format!("{run}/series/loss"), "/api/runs/{name}/series/{series}", None);
    let said = json!({ "name": "mine", "tags": ["good"], "note": "the first" });
    check("PATCH", &run, "/api/runs/{name}", Some(said));
    check("DELETE", "/api/runs/mine", "/api/runs/{name}", None);
    let state = check("POST", "/api/sessions", "/api/sessions", Some(json!({ "recipe": "mlp", "set": small(40) })));
    check("DELETE", &format!("/api/sessions/{}", state["id"].as_str().unwrap()), &of(""), None);

    for (recipe, view) in
        [("transformer", "attention"), ("transformer", "lens"), ("gru", "states"), ("wavenet", "tree")]
    {
        let state = check("POST", "/api/sessions", "/api/sessions", Some(json!({ "recipe": recipe })));
        let path = format!("/api/sessions/{}/views/{view}?context=em", state["id"].as_str().unwrap());
        check("GET", &path, &of(&format!("/views/{view}")), None);
    }

    let mut begin = |recipe: &str| {
        let state = check("POST", "/api/sessions", "/api/sessions", Some(json!({ "recipe": recipe })));
        format!("/api/sessions/{}", state["id"].as_str().unwrap())
    };
    let (iris, lenet, autoencoder, neuron) = (begin("iris"), begin("lenet"), begin("autoencoder"), begin("neuron"));
    let words = begin("text-cnn");
    for session in [&iris, &lenet, &neuron] {
        check("POST", &format!("{session}/step"), &of("/step"), Some(json!({ "count": 2 })));
        for asked in ["explain", "classify"] {
            let example = json!({ "split": "test", "row": 1, "compare": true });
            check("POST", &format!("{session}/{asked}"), &of(&format!("/{asked}")), Some(example));
        }
        for view in ["views/confusion?split=test", "examples?split=test&count=3&wrong=true", "views/kernels"] {
            let template = of(&format!("/{}", view.split('?').next().unwrap()));
            check("GET", &format!("{session}/{view}"), &template, None);
        }
        check("GET", &format!("{session}/network?split=test&row=2"), &of("/network"), None);
        check("POST", &format!("{session}/evaluate"), &of("/evaluate"), Some(json!({ "split": "test" })));
        check("POST", &format!("{session}/compare"), &of("/compare"), Some(json!({ "split": "test" })));
    }
    check("POST", &format!("{words}/classify"), &of("/classify"), Some(json!({ "text": "anna" })));
    check("GET", &format!("{words}/network?context=anna"), &of("/network"), None);
    for view in ["landscape", "landscape?x=0&y=2"] {
        check("GET", &format!("{iris}/views/{view}"), &of("/views/landscape"), None);
    }
    check("GET", &format!("{autoencoder}/views/latent?split=test"), &of("/views/latent"), None);
    check("POST", &format!("{autoencoder}/decode"), &of("/decode"), Some(json!({ "place": [0.5, -1.0] })));
    check("POST", &format!("{autoencoder}/classify"), &of("/classify"), Some(json!({ "split": "dev", "row": 0 })));
    for name in ["digits", "moons", "plane"] {
        check("GET", &format!("/api/data/{name}"), "/api/data/{name}", None);
    }

    // Everything that the document describes was asked for, but the stream of events, which has tests of its own.
    for (path, methods) in document["paths"].as_object().unwrap() {
        for method in methods.as_object().unwrap().keys() {
            let word = format!("{} {path}", method.to_uppercase());
            assert!(seen.contains(&word) || path.ends_with("/events"), "{word} was not asked for");
        }
    }
}

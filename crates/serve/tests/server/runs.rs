//! Recorded runs over the API: named anew, labelled, removed.

use gradus_recipe::Recipe;
use gradus_train::store::{Facts, Store};
use serde_json::json;

use crate::common::Server;

/// A run that no session is.
fn record(server: &Server, name: &str) {
    let facts = Facts { parameters: 1, data_checksum: 2 };
    let store = Store::open(server.home.path()).unwrap();
    store.create(Some(name), &Recipe::builtin("mlp").unwrap(), &facts).unwrap();
}

#[test]
fn a_run_is_named_labelled_and_removed() {
    let server = Server::new();
    record(&server, "one");
    record(&server, "two");
    let said = json!({ "tags": ["wide", "good"], "note": "the first that works" });
    let told = server.done("PATCH", "/api/runs/one", said);
    assert_eq!((&told["tags"], &told["note"]), (&json!(["good", "wide"]), &json!("the first that works")));
    let told = server.done("PATCH", "/api/runs/one", json!({ "tags": ["good"], "name": "best" }));
    assert_eq!((&told["name"], &told["tags"]), (&json!("best"), &json!(["good"])));
    assert_eq!(server.get("/api/runs/best")["note"], "the first that works");
    for (body, told) in [
        (json!({ "tags": ["two words"] }), "cannot be a tag"),
        (json!({ "note": "\u{1b}[2J" }), "control characters"),
        (json!({ "name": "../up" }), "cannot name a run"),
        (json!({ "name": "two" }), "best keeps its name"),
        (json!({ "colour": "red" }), "colour"),
    ] {
        let message = server.refused(422, "PATCH", "/api/runs/best", body);
        assert!(message.contains(told), "{message}");
    }
    server.refused(404, "PATCH", "/api/runs/one", json!({ "note": "x" }));
    assert_eq!(server.ask("DELETE", "/api/runs/best", None).0, 204);
    assert_eq!(server.ask("DELETE", "/api/runs/best", None).0, 404);
    assert_eq!(server.get("/api/runs").as_array().unwrap().len(), 1);
}

#[test]
fn a_run_that_another_trains_is_left_to_it() {
    let server = Server::new();
    record(&server, "busy");
    let training = Store::open(server.home.path()).unwrap().resume("busy").unwrap();
    let (status, told) = server.ask("DELETE", "/api/runs/busy", None);
    assert!(status == 409 && told["error"]["message"].as_str().unwrap().contains("being trained"), "{status} {told}");
    assert!(server.refused(409, "PATCH", "/api/runs/busy", json!({ "name": "idle" })).contains("stop it"));
    drop(training);
    assert_eq!(server.ask("DELETE", "/api/runs/busy", None).0, 204);
}

#[test]
fn a_session_is_found_under_its_new_name_and_removed_awake_or_asleep() {
    let server = Server::new();
    let session = server.begin("mlp", 40);
    server.post(&format!("{session}/step"), json!({ "count": 3 }));
    let bits = server.bits(&session, "hidden.weight");
    let name = session.rsplit('/').next().unwrap().to_string();
    server.done("PATCH", &format!("/api/runs/{name}"), json!({ "name": "mine" }));
    assert_eq!(server.ask("GET", &session, None).0, 404);
    // It goes on from where it was.
    assert_eq!(server.get("/api/sessions/mine")["step"], 3);
    assert_eq!(server.bits("/api/sessions/mine", "hidden.weight"), bits);
    let server = server.restarted();
    assert_eq!(server.get("/api/sessions/mine")["step"], 3);
    assert_eq!(server.ask("DELETE", "/api/runs/mine", None).0, 204);
    assert_eq!(server.get("/api/sessions"), json!([]));
    assert_eq!(server.get("/api/runs"), json!([]));
    let asleep = server.begin("mlp", 40);
    server.post(&format!("{asleep}/step"), json!({}));
    server.post(&format!("{asleep}/sleep"), json!({}));
    let name = asleep.rsplit('/').next().unwrap();
    assert_eq!(server.ask("DELETE", &format!("/api/runs/{name}"), None).0, 204);
    assert_eq!(server.ask("GET", &asleep, None).0, 404);
}

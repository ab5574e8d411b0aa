//! `gradus serve`, asked through its socket.

use std::io::{BufRead, BufReader, Read, Write};
use std::net::TcpStream;
use std::process::{Child, Stdio};
use std::thread::sleep;
use std::time::{Duration, Instant};

use serde_json::{Value, json};

use crate::place::{Ended, Place};

/// A server that is killed when the test ends, however it ends.
struct Server {
    child: Child,
    address: String,
}

impl Server {
    fn start(place: &Place) -> Self {
        let mut command = place.command(&["serve", "--port", "0"]);
        let mut child = command.stdout(Stdio::piped()).stderr(Stdio::null()).spawn().unwrap();
        let mut link = String::new();
        BufReader::new(child.stdout.take().unwrap()).read_line(&mut link).unwrap();
        let address = link.trim().trim_start_matches("http://").trim_end_matches('/').to_string();
        Server { child, address }
    }

    fn ask(&self, method: &str, path: &str, body: Option<Value>) -> (u16, Value) {
        let mut stream = TcpStream::connect(&self.address).unwrap();
        stream.set_read_timeout(Some(Duration::from_secs(60))).unwrap();
        let body = body.map_or(String::new(), |body| body.to_string());
        let head = format!(
            "{method} {path} HTTP/1.1\r\nhost: {}\r\nconnection: close\r\ncontent-type: application/json\r\ncontent-length: {}\r\n\r\n",
            self.address,
            body.len()
        );
        stream.write_all(format!("{head}{body}").as_bytes()).unwrap();
        let mut answer = String::new();
        stream.read_to_string(&mut answer).unwrap();
        let (head, body) = answer.split_once("\r\n\r\n").unwrap();
        let status = head.split(' ').nth(1).unwrap().parse().unwrap();
        (status, serde_json::from_str(body).unwrap_or(Value::Null))
    }

    fn done(&self, method: &str, path: &str, body: Option<Value>) -> Value {
        let (status, answer) = self.ask(method, path, body);
        assert!((200..300).contains(&status), "{method} {path}: {status} {answer}");
        answer
    }
}

impl Drop for Server {
    fn drop(&mut self) {
        // It may have ended by itself.
        let _ = self.child.kill();
        let _ = self.child.wait();
    }
}

/// Waits until a session's state is as it should be.
fn until(server: &Server, session: &str, what: &str, good: impl Fn(&Value) -> bool) -> Value {
    let began = Instant::now();
    loop {
        let state = server.done("GET", session, None);
        if good(&state) {
            return state;
        }
        assert!(began.elapsed() < Duration::from_secs(120), "waited in vain for {what}: {state}");
        sleep(Duration::from_millis(5));
    }
}

#[test]
fn a_killed_server_offers_its_sessions_at_their_last_checkpoint() {
    let place = Place::new();
    let server = Server::start(&place);
    let set = json!({ "steps": 6000, "batch": 8, "model.hidden": 16 });
    let state = server.done("POST", "/api/sessions", Some(json!({ "recipe": "mlp", "set": set })));
    let session = format!("/api/sessions/{}", state["id"].as_str().unwrap());
    let edit = json!({ "kind": "parameter", "name": "hidden.weight", "operation": "scale", "value": 0.5 });
    server.done("POST", &format!("{session}/edits"), Some(edit));
    let ablation = json!({ "kind": "activation", "name": "tanh", "operation": "zero", "range": [null, [0, 3]] });
    server.done("POST", &format!("{session}/edits"), Some(ablation));
    let log = server.done("GET", &format!("{session}/edits"), None);
    server.done("POST", &format!("{session}/play"), Some(json!({})));
    until(&server, &session, "a checkpoint on the way", |state| state["step"].as_u64() > Some(1500));
    // As hard as it gets: no signal that it could hear.
    drop(server);

    let server = Server::start(&place);
    let offered = server.done("GET", "/api/sessions", None);
    assert_eq!(offered.as_array().unwrap().len(), 1, "{offered}");
    assert_eq!(offered[0]["status"], "asleep");
    let woken = server.done("GET", &session, None);
    let step = woken["step"].as_u64().unwrap();
    assert!(step >= 1200 && step.is_multiple_of(600), "{woken}");
    assert_eq!(server.done("GET", &format!("{session}/edits"), None), log);
    server.done("POST", &format!("{session}/play"), Some(json!({})));
    until(&server, &session, "the end", |state| state["status"] == "finished");
    let ask = json!({ "context": "em", "target": "m" });
    let killed = server.done("POST", &format!("{session}/predict"), Some(ask.clone()));

    // A session that was left alone comes to the same last digit.
    let toml = woken["toml"].clone();
    let calm = server.done("POST", "/api/sessions", Some(json!({ "toml": toml, "log": log, "goto": 6000 })));
    let calm = format!("/api/sessions/{}", calm["id"].as_str().unwrap());
    until(&server, &calm, "the end", |state| state["step"] == 6000);
    assert_eq!(server.done("POST", &format!("{calm}/predict"), Some(ask)), killed);
}

#[test]
fn the_page_or_how_to_build_it_is_at_the_link() {
    let place = Place::new();
    let server = Server::start(&place);
    let mut stream = TcpStream::connect(&server.address).unwrap();
    write!(stream, "GET / HTTP/1.1\r\nhost: {}\r\nconnection: close\r\n\r\n", server.address).unwrap();
    let mut answer = String::new();
    stream.read_to_string(&mut answer).unwrap();
    assert!(answer.starts_with("HTTP/1.1 200 OK") && answer.contains("<!doctype html>"), "{answer}");
}

#[test]
fn a_taken_port_is_told_in_one_line() {
    let place = Place::new();
    let server = Server::start(&place);
    let port = server.address.rsplit(':').next().unwrap().to_string();
    let ended = Ended::from(place.command(&["serve", "--port", &port]).output().unwrap());
    assert_eq!(ended.status, Some(1));
    assert!(ended.err.contains("choose another --port"), "{ended:?}");
}

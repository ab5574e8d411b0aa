//! Live events: what listeners hear while a session trains.

use std::collections::BTreeMap;
use std::time::Duration;

use axum::body::{Body, BodyDataStream};
use axum::http::Request;
use futures_util::StreamExt;
use serde_json::{Value, json};
use tokio::time::timeout;
use tower::ServiceExt;

use crate::common::Server;

/// A listener that reads when it is told to.
struct Listener {
    stream: BodyDataStream,
    text: String,
}

impl Listener {
    async fn new(router: axum::Router, session: &str, want: &str) -> Self {
        let request = Request::get(format!("{session}/events?want={want}")).header("host", "localhost");
        let response = router.oneshot(request.body(Body::empty()).unwrap()).await.unwrap();
        assert_eq!(response.status(), 200);
        assert_eq!(response.headers()["content-type"], "text/event-stream");
        Listener { stream: response.into_body().into_data_stream(), text: String::new() }
    }

    /// The next event: its name and its data.
    async fn next(&mut self) -> Option<(String, Value)> {
        loop {
            if let Some((event, rest)) = self.text.split_once("\n\n") {
                let field = |name: &str| event.lines().find_map(|line| line.strip_prefix(name)).map(str::trim);
                let found = field("event:")
                    .map(|name| (name.to_string(), serde_json::from_str(field("data:").unwrap_or("null")).unwrap()));
                self.text = rest.to_string();
                match found {
                    Some(event) => return Some(event),
                    None => continue,
                }
            }
            let chunk = timeout(Duration::from_secs(30), self.stream.next()).await.expect("an event in time")?;
            self.text.push_str(std::str::from_utf8(&chunk.unwrap()).unwrap());
        }
    }

    /// Reads until the session has finished; gives every step of the loss that it heard of, and how many events.
    async fn until_finished(&mut self) -> (BTreeMap<u64, f64>, usize) {
        let (mut points, mut events, mut finished) = (BTreeMap::new(), 0, false);
        while let Some((name, data)) = self.next().await {
            events += 1;
            if name == "loss" {
                for point in data["train"].as_array().unwrap() {
                    let before = points.insert(point[0].as_u64().unwrap(), point[1].as_f64().unwrap());
                    assert!(before.is_none(), "every point comes once: {point}");
                }
            }
            finished |= name == "state" && data["status"] == "finished";
            if finished && points.contains_key(&400) {
                break;
            }
        }
        (points, events)
    }
}

#[test]
fn two_hundred_listeners_hear_all_of_it() {
    let server = Server::new();
    let session = server.begin("mlp", 400);
    server.runtime.block_on(async {
        let mut listeners = Vec::new();
        for _ in 0..200 {
            listeners.push(Listener::new(server.router.clone(), &session, "loss").await);
        }
        let play = Request::post(format!("{session}/play")).header("host", "localhost");
        let play = play.header("content-type", "application/json").body(Body::from("{}")).unwrap();
        assert_eq!(server.router.clone().oneshot(play).await.unwrap().status(), 200);
        let heard =
            listeners.into_iter().map(|mut listener| tokio::spawn(async move { listener.until_finished().await.0 }));
        let heard: Vec<BTreeMap<u64, f64>> =
            futures_util::future::join_all(heard).await.into_iter().map(Result::unwrap).collect();
        assert!(heard[0].len() > 300, "{}", heard[0].len());
        assert!(heard.iter().all(|points| *points == heard[0]));
    });
}

#[test]
fn who_looks_away_is_told_at_once_what_was_missed() {
    let server = Server::new();
    let session = server.begin("mlp", 400);
    let mut listener = server.runtime.block_on(Listener::new(server.router.clone(), &session, "loss,samples"));
    let (first, state) = server.runtime.block_on(listener.next()).unwrap();
    assert_eq!(first, "state");
    assert!(state["vocabulary"].as_array().unwrap().len() == 27 && state["toml"].is_string());
    // Nobody reads while it trains to its end.
    server.post(&format!("{session}/play"), json!({}));
    server.settled(&session);
    let (points, events) = server.runtime.block_on(listener.until_finished());
    assert!(points.len() > 300 && events < 30, "{} points in {events} events", points.len());
}

#[test]
fn statistics_come_to_those_who_want_them() {
    let server = Server::new();
    let session = server.begin("mlp", 100_000);
    server.runtime.block_on(async {
        let mut listener = Listener::new(server.router.clone(), &session, "statistics,histograms").await;
        let statistics = loop {
            let (name, data) = listener.next().await.unwrap();
            if name == "statistics" {
                break data;
            }
        };
        let rows = statistics["rows"].as_array().unwrap();
        let row = rows.iter().find(|row| row["name"] == "tanh").unwrap();
        assert_eq!((&row["kind"], &row["shape"]), (&"activation".into(), &json!([8, 12])));
        let counts = row["histogram"]["counts"].as_array().unwrap();
        assert_eq!(counts.iter().map(|count| count.as_u64().unwrap()).sum::<u64>(), 96);
        assert!(row["gradient"]["std"].is_number());
    });
    let course = server.get(&format!("{session}/history?name=tanh"));
    assert_eq!(course["steps"], json!([0]));
}

#[test]
fn a_closed_session_ends_its_stream() {
    let server = Server::new();
    let session = server.begin("mlp", 100);
    let mut listener = server.runtime.block_on(Listener::new(server.router.clone(), &session, ""));
    server.ask("DELETE", &session, None);
    let mut last = String::new();
    while let Some((name, _)) = server.runtime.block_on(listener.next()) {
        last = name;
    }
    assert_eq!(last, "end");
    let wrong = server.ask("GET", &format!("{session}/events?want=everything"), None);
    assert_eq!(wrong.0, 422);
}

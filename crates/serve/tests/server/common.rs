//! A laboratory in a folder of its own, and a client that needs no socket.

use std::path::Path;
use std::sync::Arc;
use std::time::{Duration, Instant};

use axum::Router;
use axum::body::{Body, to_bytes};
use axum::http::{Request, Response, header};
use gradus_serve::{Bounds, Guard, Laboratory, router};
use serde_json::{Value, json};
use tokio::runtime::Runtime;
use tower::ServiceExt;

pub(crate) struct Server {
    pub(crate) runtime: Runtime,
    pub(crate) lab: Arc<Laboratory>,
    pub(crate) router: Router,
    /// Goes last: what sleeps is written there.
    pub(crate) home: tempfile::TempDir,
}

/// A model so small that a test can train it.
pub(crate) fn small(steps: u64) -> Value {
    json!({ "steps": steps, "batch": 8, "model.hidden": 12, "model.embedding": 4, "record.checkpoints": 4 })
}

impl Server {
    pub(crate) fn new() -> Self {
        Self::within(Bounds::default())
    }

    pub(crate) fn within(bounds: Bounds) -> Self {
        let home = tempfile::tempdir().unwrap();
        let (runtime, lab, router) = open(home.path(), bounds);
        Server { runtime, lab, router, home }
    }

    /// Ends as a server does, and begins again on the same store.
    pub(crate) fn restarted(self) -> Self {
        let Server { runtime, lab, router, home } = self;
        runtime.block_on(lab.close_all());
        drop((router, lab, runtime));
        let (runtime, lab, router) = open(home.path(), Bounds::default());
        Server { runtime, lab, router, home }
    }

    pub(crate) fn send(&self, request: Request<Body>) -> Response<Body> {
        self.runtime.block_on(self.router.clone().oneshot(request)).unwrap()
    }

    /// Status and JSON of an answer.
    pub(crate) fn ask(&self, method: &str, path: &str, body: Option<&Value>) -> (u16, Value) {
        let builder = Request::builder().method(method).uri(path).header(header::HOST, "localhost:7878");
        let request = match body {
            Some(body) => builder.header(header::CONTENT_TYPE, "application/json").body(Body::from(body.to_string())),
            None => builder.body(Body::empty()),
        };
        self.read(self.send(request.unwrap()))
    }

    pub(crate) fn read(&self, response: Response<Body>) -> (u16, Value) {
        let status = response.status().as_u16();
        let bytes = self.runtime.block_on(to_bytes(response.into_body(), 64 << 20)).unwrap();
        (status, serde_json::from_slice(&bytes).unwrap_or(Value::Null))
    }

    pub(crate) fn get(&self, path: &str) -> Value {
        let (status, answer) = self.ask("GET", path, None);
        assert_eq!(status, 200, "GET {path}: {answer}");
        answer
    }

    pub(crate) fn post(&self, path: &str, body: Value) -> Value {
        self.done("POST", path, body)
    }

    /// An answer that is no refusal.
    pub(crate) fn done(&self, method: &str, path: &str, body: Value) -> Value {
        let (status, answer) = self.ask(method, path, Some(&body));
        assert!((200..300).contains(&status), "{method} {path} {body}: {status} {answer}");
        answer
    }

    /// The message of a refusal with this status.
    pub(crate) fn refused(&self, status: u16, method: &str, path: &str, body: Value) -> String {
        let (found, answer) = self.ask(method, path, Some(&body));
        assert_eq!(found, status, "{method} {path} {body}: {answer}");
        answer["error"]["message"].as_str().unwrap().to_string()
    }

    /// Begins a small session; gives its address.
    pub(crate) fn begin(&self, recipe: &str, steps: u64) -> String {
        let state = self.post("/api/sessions", json!({ "recipe": recipe, "set": small(steps) }));
        format!("/api/sessions/{}", state["id"].as_str().unwrap())
    }

    /// Waits until a session does nothing any more; gives its state.
    pub(crate) fn settled(&self, session: &str) -> Value {
        let began = Instant::now();
        loop {
            let state = self.get(session);
            if !matches!(state["status"].as_str(), Some("playing" | "replaying")) {
                return state;
            }
            assert!(began.elapsed() < Duration::from_secs(60), "{session} does not settle: {state}");
            std::thread::sleep(Duration::from_millis(5));
        }
    }

    /// Goes to a step, and waits until it is there.
    pub(crate) fn go_to(&self, session: &str, step: u64) -> Value {
        self.post(&format!("{session}/goto"), json!({ "step": step }));
        let state = self.settled(session);
        assert_eq!(state["step"], step);
        state
    }

    /// The bits of a tensor.
    pub(crate) fn bits(&self, session: &str, name: &str) -> Vec<u8> {
        let path = format!("{session}/tensor?name={name}&context=em&format=f32");
        let request = Request::builder().uri(path).header(header::HOST, "localhost").body(Body::empty()).unwrap();
        let response = self.send(request);
        assert_eq!(response.status(), 200);
        self.runtime.block_on(to_bytes(response.into_body(), 64 << 20)).unwrap().to_vec()
    }
}

fn open(home: &Path, bounds: Bounds) -> (Runtime, Arc<Laboratory>, Router) {
    let runtime = tokio::runtime::Builder::new_multi_thread().worker_threads(2).enable_all().build().unwrap();
    let lab = Laboratory::open(home, bounds).unwrap();
    let router = router(lab.clone(), Guard::new("127.0.0.1").unwrap());
    (runtime, lab, router)
}

//! What the server bears: `cargo run --release -p gradus-serve --example load [HOST:PORT]`. With an address it asks the
//! server that listens there, without one it begins one of its own.
//!
//! 1. The speed of training without a listener, and with one that wants everything, ten times a second.
//! 2. Predictions at 1,000 a second while 200 listeners hear a training session's events: latency.
//! 3. A slider: an edit and the prediction after it, while the session trains.

use std::error::Error;
use std::io::{BufRead, BufReader, Read, Write};
use std::net::TcpStream;
use std::sync::Arc;
use std::sync::atomic::{AtomicBool, AtomicU64, Ordering};
use std::thread;
use std::time::{Duration, Instant};

use gradus_serve::{Bounds, Options, serve};
use serde_json::{Value, json};

type Done<T = ()> = Result<T, Box<dyn Error + Send + Sync>>;

/// A connection that stays open.
struct Client {
    stream: BufReader<TcpStream>,
    address: String,
}

impl Client {
    fn new(address: &str) -> Done<Self> {
        let stream = TcpStream::connect(address)?;
        stream.set_nodelay(true)?;
        Ok(Client { stream: BufReader::new(stream), address: address.to_string() })
    }

    fn send(&mut self, method: &str, path: &str, body: &Value) -> Done {
        let body = if body.is_null() { String::new() } else { body.to_string() };
        let head = format!(
            "{method} {path} HTTP/1.1\r\nhost: {}\r\ncontent-type: application/json\r\ncontent-length: {}\r\n\r\n",
            self.address,
            body.len()
        );
        Ok(self.stream.get_mut().write_all(format!("{head}{body}").as_bytes())?)
    }

    fn ask(&mut self, method: &str, path: &str, body: &Value) -> Done<Value> {
        self.send(method, path, body)?;
        let (mut line, mut length, mut status) = (String::new(), 0, String::new());
        loop {
            line.clear();
            self.stream.read_line(&mut line)?;
            if status.is_empty() {
                status = line.trim().to_string();
            }
            if let Some(n) = line.to_lowercase().strip_prefix("content-length:") {
                length = n.trim().parse()?;
            }
            if line.trim().is_empty() {
                break;
            }
        }
        let mut bytes = vec![0; length];
        self.stream.read_exact(&mut bytes)?;
        if !status.contains(" 20") {
            return Err(format!("{method} {path}: {status}: {}", String::from_utf8_lossy(&bytes)).into());
        }
        Ok(serde_json::from_slice(&bytes).unwrap_or(Value::Null))
    }
}

/// Listens until told to stop; counts the bytes that came.
fn listen(address: String, session: String, want: &'static str, stop: Arc<AtomicBool>, bytes: Arc<AtomicU64>) -> Done {
    let mut client = Client::new(&address)?;
    client.send("GET", &format!("{session}/events?want={want}"), &Value::Null)?;
    client.stream.get_mut().set_read_timeout(Some(Duration::from_millis(200)))?;
    let mut buffer = [0; 65536];
    while !stop.load(Ordering::Relaxed) {
        // Nothing new for a while is no error.
        if let Ok(n) = client.stream.get_mut().read(&mut buffer) {
            bytes.fetch_add(n as u64, Ordering::Relaxed);
        }
    }
    Ok(())
}

/// Steps a second over some seconds of training.
fn speed(client: &mut Client, session: &str, time: Duration) -> Done<f64> {
    let step = |client: &mut Client| -> Done<f64> {
        Ok(client.ask("GET", session, &Value::Null)?["step"].as_f64().unwrap_or(0.0))
    };
    let (began, first) = (Instant::now(), step(client)?);
    thread::sleep(time);
    Ok((step(client)? - first) / began.elapsed().as_secs_f64())
}

fn quantile(sorted: &[f64], share: f64) -> f64 {
    sorted.get(((sorted.len() as f64 * share) as usize).min(sorted.len().saturating_sub(1))).copied().unwrap_or(0.0)
}

fn report(what: &str, mut milliseconds: Vec<f64>) {
    milliseconds.sort_by(f64::total_cmp);
    let at = |share| quantile(&milliseconds, share);
    println!(
        "{what}: {} requests; ms: median {:.2}, p95 {:.2}, p99 {:.2}, most {:.2}",
        milliseconds.len(),
        at(0.5),
        at(0.95),
        at(0.99),
        at(1.0)
    );
}

fn begin(client: &mut Client) -> Done<String> {
    let asked = json!({ "recipe": "mlp", "set": { "steps": 100_000_000, "record.checkpoints": 1 } });
    let state = client.ask("POST", "/api/sessions", &asked)?;
    Ok(format!("/api/sessions/{}", state["id"].as_str().unwrap_or_default()))
}

fn measure(address: &str) -> Done {
    let mut client = Client::new(address)?;
    let session = begin(&mut client)?;
    client.ask("POST", &format!("{session}/play"), &json!({}))?;

    // Turn and turn about, so that a slower moment of the machine meets both.
    let (mut alone, mut watched) = (Vec::new(), Vec::new());
    for _ in 0..5 {
        alone.push(speed(&mut client, &session, Duration::from_secs(2))?);
        let (stop, bytes) = (Arc::new(AtomicBool::new(false)), Arc::new(AtomicU64::new(0)));
        let page = {
            let (address, session, stop) = (address.to_string(), session.clone(), stop.clone());
            thread::spawn(move || listen(address, session, "loss,samples,statistics,histograms", stop, bytes))
        };
        watched.push(speed(&mut client, &session, Duration::from_secs(2))?);
        stop.store(true, Ordering::Relaxed);
        page.join().map_err(|_| "a listener panicked")??;
    }
    let best = |all: &[f64]| all.iter().copied().fold(0.0, f64::max);
    println!(
        "training: {:.0} steps/s alone, {:.0} with a listener that wants everything: {:.0} %",
        best(&alone),
        best(&watched),
        100.0 * best(&watched) / best(&alone)
    );

    let (stop, bytes) = (Arc::new(AtomicBool::new(false)), Arc::new(AtomicU64::new(0)));
    let listeners: Vec<_> = (0..200)
        .map(|_| {
            let (address, session, stop, bytes) = (address.to_string(), session.clone(), stop.clone(), bytes.clone());
            thread::spawn(move || listen(address, session, "loss,samples", stop, bytes))
        })
        .collect();
    let (threads, each) = (16, 625);
    let began = Instant::now();
    let asking: Vec<_> = (0..threads)
        .map(|thread| {
            let (address, session) = (address.to_string(), session.clone());
            thread::spawn(move || -> Done<Vec<f64>> {
                let mut client = Client::new(&address)?;
                let predict = json!({ "context": "em", "target": "m" });
                let mut times = Vec::with_capacity(each);
                for i in 0..each {
                    let due = Duration::from_secs_f64((i * threads + thread) as f64 / 1000.0);
                    thread::sleep(due.saturating_sub(began.elapsed()));
                    client.ask("POST", &format!("{session}/predict"), &predict)?;
                    // From when it was due: what waits in line is late, too.
                    times.push((began.elapsed() - due).as_secs_f64() * 1000.0);
                }
                Ok(times)
            })
        })
        .collect();
    let mut times = Vec::new();
    for thread in asking {
        times.extend(thread.join().map_err(|_| "a client panicked")??);
    }
    let rate = times.len() as f64 / began.elapsed().as_secs_f64();
    report(&format!("predict at {rate:.0} a second beside 200 listeners and training"), times);
    stop.store(true, Ordering::Relaxed);
    for listener in listeners {
        listener.join().map_err(|_| "a listener panicked")??;
    }
    println!("the listeners got {} KiB each", bytes.load(Ordering::Relaxed) / 200 / 1024);

    // The server has let go of the connection that was idle meanwhile.
    let mut client = Client::new(address)?;
    let edit = |value: f64| json!({ "kind": "activation", "name": "tanh", "operation": "scale", "value": value });
    let added = client.ask("POST", &format!("{session}/edits"), &edit(1.0))?;
    let place = format!("{session}/edits/{}", added["edit"]["id"]);
    let mut times = Vec::new();
    for i in 0..200 {
        let began = Instant::now();
        client.ask("PUT", &place, &edit(f64::from(i) / 100.0))?;
        client.ask("POST", &format!("{session}/predict"), &json!({ "context": "em" }))?;
        times.push(began.elapsed().as_secs_f64() * 1000.0);
    }
    report("slider: an edit and the prediction after it, while it trains", times);
    client.ask("DELETE", &session, &Value::Null)?;
    Ok(())
}

fn main() -> Done {
    if let Some(address) = std::env::args().nth(1) {
        return measure(&address);
    }
    let home = tempfile::tempdir()?;
    let options =
        Options { home: home.path().to_path_buf(), host: "127.0.0.1".to_string(), port: 0, bounds: Bounds::default() };
    let stop = Arc::new(AtomicBool::new(false));
    let (tell, told) = std::sync::mpsc::channel();
    let server = {
        let stop = stop.clone();
        // Whoever waits for the link is told; then nobody needs to be.
        let ready = move |link: &str| drop(tell.send(link.to_string()));
        thread::spawn(move || serve(&options, ready, || stop.load(Ordering::Relaxed)))
    };
    let link = told.recv()?;
    let address = link.trim_start_matches("http://").trim_end_matches('/');
    let measured = measure(address);
    stop.store(true, Ordering::Relaxed);
    server.join().map_err(|_| "the server panicked")??;
    measured
}

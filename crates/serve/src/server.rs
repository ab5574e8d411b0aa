//! Listening, answering, ending.

use std::fmt;
use std::future::Future;
use std::net::SocketAddr;
use std::path::PathBuf;
use std::sync::Arc;
use std::time::Duration;

use axum::Router;
use hyper_util::rt::{TokioIo, TokioTimer};
use hyper_util::service::TowerToHyperService;
use tokio::net::{TcpListener, TcpStream};
use tokio::sync::Semaphore;

use crate::guard::{Guard, is_loopback};
use crate::lab::{Bounds, Laboratory};
use crate::routes;

/// Connections at once; more wait.
const CONNECTIONS: usize = 4096;

/// How long a client may take to send the head of a request.
const HEAD: Duration = Duration::from_secs(10);

/// How often unused sessions are looked for.
const SWEEP: Duration = Duration::from_secs(30);

/// Where and how to serve.
#[derive(Debug, Clone)]
pub struct Options {
    /// Where runs are kept.
    pub home: PathBuf,
    /// A name or an address; beyond this machine a token is needed.
    pub host: String,
    /// 0 takes a free one.
    pub port: u16,
    /// How much the sessions may take.
    pub bounds: Bounds,
}

/// Why the server cannot begin, in one line.
#[derive(Debug)]
pub struct ServeError(String);

impl fmt::Display for ServeError {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(&self.0)
    }
}

impl std::error::Error for ServeError {}

/// A server that listens.
pub struct Server {
    listener: TcpListener,
    router: Router,
    lab: Arc<Laboratory>,
    link: String,
}

impl Server {
    /// Opens the store and begins to listen.
    ///
    /// # Errors
    /// Where the store cannot be opened, or the port is taken.
    pub async fn bind(options: &Options) -> Result<Self, ServeError> {
        let lab = Laboratory::open(&options.home, options.bounds).map_err(|e| ServeError(e.to_string()))?;
        let guard = Guard::new(&options.host).map_err(ServeError)?;
        let host = options.host.trim_start_matches('[').trim_end_matches(']');
        let listener = TcpListener::bind((host, options.port)).await.map_err(|e| {
            let remedy = match e.kind() {
                std::io::ErrorKind::AddrInUse => "something listens there already: choose another --port",
                std::io::ErrorKind::PermissionDenied => "ports below 1024 need special rights: choose another --port",
                _ => "give --host the name or address of this machine",
            };
            ServeError(format!("cannot listen at {}:{}: {remedy}", options.host, options.port))
        })?;
        let address = listener.local_addr().map_err(|e| ServeError(format!("cannot listen: {e}")))?;
        let link = link(&options.host, address, guard.token());
        Ok(Server { listener, router: routes::router(lab.clone(), guard), lab, link })
    }

    /// The link to the page, with the token where there is one.
    pub fn link(&self) -> &str {
        &self.link
    }

    /// Answers until `end`; then every session is put to sleep.
    pub async fn run(self, end: impl Future<Output = ()>) {
        let Server { listener, router, lab, .. } = self;
        let room = Arc::new(Semaphore::new(CONNECTIONS));
        let sweeping = tokio::spawn({
            let lab = lab.clone();
            async move {
                loop {
                    tokio::time::sleep(SWEEP).await;
                    lab.sweep().await;
                }
            }
        });
        let accept = async {
            loop {
                let Ok(place) = room.clone().acquire_owned().await else { return };
                match listener.accept().await {
                    Ok((stream, _)) => {
                        let router = router.clone();
                        tokio::spawn(async move {
                            answer(stream, router).await;
                            drop(place);
                        });
                    }
                    // Too many open files, or a client that went away: wait a moment, go on.
                    Err(_) => tokio::time::sleep(Duration::from_millis(50)).await,
                }
            }
        };
        tokio::pin!(end, accept);
        futures_util::future::select(end, accept).await;
        sweeping.abort();
        lab.close_all().await;
    }
}

/// Serves until `stop` says so. `ready` gets the link to the page once it can be opened.
///
/// # Errors
/// As [`Server::bind`].
pub fn serve(options: &Options, ready: impl FnOnce(&str), stop: impl Fn() -> bool) -> Result<(), ServeError> {
    let runtime = tokio::runtime::Builder::new_multi_thread()
        .worker_threads(2)
        .enable_all()
        .build()
        .map_err(|e| ServeError(format!("the system has no threads for a server: {e}")))?;
    runtime.block_on(async {
        let server = Server::bind(options).await?;
        ready(server.link());
        let end = async {
            while !stop() {
                tokio::time::sleep(Duration::from_millis(100)).await;
            }
        };
        server.run(end).await;
        Ok(())
    })
}

/// Answers the requests of one connection.
async fn answer(stream: TcpStream, router: Router) {
    // Small answers go out at once. Where the system cannot, they go out later.
    let _ = stream.set_nodelay(true);
    let connection = hyper::server::conn::http1::Builder::new()
        .timer(TokioTimer::new())
        .header_read_timeout(HEAD)
        .serve_connection(TokioIo::new(stream), TowerToHyperService::new(router));
    // A client that goes away in the middle is no event.
    let _ = connection.await;
}

/// The address as a person opens it.
fn link(host: &str, address: SocketAddr, token: Option<&str>) -> String {
    let name = match host.trim_start_matches('[').trim_end_matches(']') {
        "0.0.0.0" | "::" => "localhost".to_string(),
        v6 if v6.contains(':') => format!("[{v6}]"),
        name => name.to_string(),
    };
    let query = token.map_or(String::new(), |token| format!("?token={token}"));
    format!("http://{name}:{}/{query}", address.port())
}

/// Whether a host is reached from this machine alone.
pub fn is_local(host: &str) -> bool {
    is_loopback(host)
}

//! The thread of a session, and the handle by which requests reach it.

use std::panic::{AssertUnwindSafe, catch_unwind};
use std::sync::Arc;
use std::sync::atomic::{AtomicUsize, Ordering};
use std::sync::mpsc::{self, Receiver, RecvTimeoutError, Sender, TryRecvError};
use std::time::Duration;

use tokio::sync::oneshot;

use crate::host::Process;
use crate::limits;
use crate::refusal::{Answer, Refusal, Reply};
use gradus_studio::board::Board;
use gradus_studio::host::Host;
use gradus_studio::session::{ActiveSession, Next};

/// Something to be done between two steps.
type Job = Box<dyn FnOnce(&mut ActiveSession) + Send>;

/// A session that is awake, as requests reach it.
#[derive(Debug, Clone)]
pub(crate) struct Handle {
    jobs: Sender<Job>,
    waiting: Arc<AtomicUsize>,
    pub(crate) board: Arc<Board>,
    pub(crate) id: String,
}

/// Starts a session's thread; `begin` makes the session on it.
///
/// # Errors
/// Where `begin` fails, or the system has no more threads.
pub(crate) async fn start(begin: impl FnOnce() -> Answer<ActiveSession> + Send + 'static) -> Reply<Handle> {
    let (jobs, queue) = mpsc::channel();
    let (tell, told) = oneshot::channel();
    let run = move || {
        let begun = catch_unwind(AssertUnwindSafe(begin)).unwrap_or_else(|_| Err(defect()));
        match begun {
            Ok(mut live) => {
                live.show(true);
                // Where nobody waits for the answer any more, the queue is gone too, and the thread ends.
                let _ = tell.send(Ok((live.id().to_string(), live.board().clone())));
                run(&mut live, &queue);
            }
            Err(refusal) => {
                let _ = tell.send(Err(refusal));
            }
        }
    };
    Process
        .beside("session", Box::new(run))
        .map_err(|e| Refusal::limit(format!("the system has no thread for a session: {e}")))?;
    let (id, board) = told.await.map_err(|_| defect())??;
    Ok(Handle { jobs, waiting: Arc::default(), board, id })
}

fn run(live: &mut ActiveSession, queue: &Receiver<Job>) {
    loop {
        let job = match queue.try_recv() {
            Ok(job) => Some(job),
            Err(TryRecvError::Disconnected) => break,
            Err(TryRecvError::Empty) => match catch_unwind(AssertUnwindSafe(|| live.work())) {
                Ok(Next::Work) => None,
                Ok(Next::Wait(None)) => match queue.recv() {
                    Ok(job) => Some(job),
                    Err(_) => break,
                },
                Ok(Next::Wait(Some(time))) => match queue.recv_timeout(Duration::from_secs_f64(time)) {
                    Ok(job) => Some(job),
                    Err(RecvTimeoutError::Timeout) => None,
                    Err(RecvTimeoutError::Disconnected) => break,
                },
                Err(_) => {
                    live.stop(Some(defect().message().to_string()));
                    None
                }
            },
        };
        if let Some(job) = job {
            job(live);
        }
        if live.is_closing() {
            break;
        }
    }
    if !live.is_closing() {
        // The server ends. What the disk refuses now, nobody is there to hear: the last checkpoint stays.
        let _ = live.put_away(true);
    }
    live.board().close();
}

impl Handle {
    /// Has something done between two steps.
    ///
    /// # Errors
    /// What `f` refuses; or where the session is closed, or too many requests wait for it.
    pub(crate) async fn ask<T: Send + 'static>(
        &self,
        f: impl FnOnce(&mut ActiveSession) -> Answer<T> + Send + 'static,
    ) -> Reply<T> {
        if self.waiting.fetch_add(1, Ordering::Relaxed) >= limits::WAITING {
            self.waiting.fetch_sub(1, Ordering::Relaxed);
            return Err(
                Refusal::limit(format!("{} requests wait for session {} already", limits::WAITING, self.id)).into()
            );
        }
        let (tell, told) = oneshot::channel();
        let waiting = self.waiting.clone();
        let job = Box::new(move |live: &mut ActiveSession| {
            waiting.fetch_sub(1, Ordering::Relaxed);
            // Whoever asked may have gone.
            if tell.is_closed() {
                return;
            }
            let answer = catch_unwind(AssertUnwindSafe(|| f(live))).unwrap_or_else(|_| Err(defect()));
            let _ = tell.send(answer);
        });
        let gone = || Refusal::not_found(format!("session {} is closed", self.id));
        self.jobs.send(job).map_err(|_| gone())?;
        Ok(told.await.map_err(|_| gone())??)
    }
}

fn defect() -> Refusal {
    Refusal::internal("a defect in gradus: the request panicked (see the server's messages); please report it")
}

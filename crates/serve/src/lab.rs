//! All sessions: those that are awake, and those that sleep in the store.

use std::collections::BTreeMap;
use std::io::Write;
use std::path::{Path, PathBuf};
use std::sync::atomic::{AtomicU64, Ordering};
use std::sync::{Arc, PoisonError, RwLock};
use std::time::{Duration, Instant};

use gradus_train::Session;
use gradus_train::store::Store;
use tokio::sync::Mutex;

use crate::host::Process;
use crate::refusal::{Answer, Refusal, Reply};
use crate::uploads::Uploads;
use crate::worker::{self, Handle};
use crate::{limits, memory};
use gradus_studio::board::Want;
use gradus_studio::session::ActiveSession;
use gradus_studio::session::keep::is_open;

/// How much the sessions of a laboratory may take.
#[derive(Debug, Clone, Copy)]
pub struct Bounds {
    /// Bytes that the process may hold before new sessions are refused; `None` where there is no limit.
    pub memory: Option<u64>,
    /// How long a session may be unused before it sleeps.
    pub idle: Duration,
}

impl Default for Bounds {
    fn default() -> Self {
        Bounds { memory: memory::usual(), idle: limits::IDLE_SESSION }
    }
}

/// The laboratory: what all requests share.
pub struct Laboratory {
    home: PathBuf,
    pub(crate) bounds: Bounds,
    slots: RwLock<BTreeMap<String, Arc<Slot>>>,
    began: Instant,
    pub(crate) uploads: Uploads,
}

/// A session's place; empty while it sleeps.
struct Slot {
    handle: Mutex<Option<Handle>>,
    /// Milliseconds since the beginning.
    used: AtomicU64,
}

impl Laboratory {
    /// Opens the store, and finds the sessions that sleep there.
    ///
    /// # Errors
    /// Where the store cannot be opened.
    pub fn open(home: &Path, bounds: Bounds) -> Result<Arc<Self>, gradus_train::Error> {
        let store = Store::open(home)?.telling(told);
        let sleeping = store.runs()?.into_iter().filter(is_open);
        let slots = sleeping.map(|run| (run.name().to_string(), Arc::new(Slot::new(None)))).collect();
        Ok(Arc::new(Laboratory {
            home: home.to_path_buf(),
            bounds,
            slots: RwLock::new(slots),
            began: Instant::now(),
            uploads: Uploads::new(home),
        }))
    }

    /// The store.
    pub(crate) fn store(&self) -> Answer<Store> {
        Ok(Store::open(&self.home)?.telling(told))
    }

    /// Every session's name, and its handle where it is awake.
    pub(crate) async fn all(&self) -> Vec<(String, Option<Handle>)> {
        let slots: Vec<(String, Arc<Slot>)> =
            self.slots().iter().map(|(id, slot)| (id.clone(), slot.clone())).collect();
        let mut all = Vec::with_capacity(slots.len());
        for (id, slot) in slots {
            all.push((id, slot.handle.lock().await.clone()));
        }
        all
    }

    fn slots(&self) -> std::sync::RwLockReadGuard<'_, BTreeMap<String, Arc<Slot>>> {
        self.slots.read().unwrap_or_else(PoisonError::into_inner)
    }

    fn slot(&self, id: &str) -> Answer<Arc<Slot>> {
        self.slots()
            .get(id)
            .cloned()
            .ok_or_else(|| Refusal::not_found(format!("there is no session {id:?}; GET /api/sessions lists all")))
    }

    /// A session by name; one that sleeps is woken.
    ///
    /// # Errors
    /// Where there is none, or it cannot be woken.
    pub(crate) async fn session(&self, id: &str) -> Reply<Handle> {
        let slot = self.slot(id)?;
        slot.used.store(self.now(), Ordering::Relaxed);
        let mut handle = slot.handle.lock().await;
        if let Some(handle) = &*handle {
            return Ok(handle.clone());
        }
        self.make_room().await?;
        let (store, name) = (self.store()?, id.to_string());
        let woken = worker::start(move || ActiveSession::wake(store, &name, Arc::new(Process))).await?;
        *handle = Some(woken.clone());
        Ok(woken)
    }

    /// Begins a session; `make` gives its model, on the session's thread, and the run it comes from.
    ///
    /// # Errors
    /// Where there is no room, or `make` fails.
    pub(crate) async fn begin(
        self: &Arc<Self>,
        make: impl FnOnce(&Store) -> Answer<(Session, Option<String>)> + Send + 'static,
    ) -> Reply<Handle> {
        let lab = self.clone();
        // A task of its own: a client that goes away while a session begins does not leave half of one.
        let begun = tokio::spawn(async move { lab.begin_now(make).await });
        begun.await.map_err(|_| Refusal::internal("the session could not begin"))?
    }

    async fn begin_now(
        &self,
        make: impl FnOnce(&Store) -> Answer<(Session, Option<String>)> + Send + 'static,
    ) -> Reply<Handle> {
        self.make_room().await?;
        let (store, limit) = (self.store()?, self.bounds.memory);
        let handle = worker::start(move || {
            let (session, past) = make(&store)?;
            memory::check(limit, session.parameters().iter().map(|(_, param)| param.numel()).sum())?;
            let past = past.map(|name| store.run(&name)).transpose()?;
            ActiveSession::begin(store, session, past.as_ref(), Arc::new(Process))
        })
        .await?;
        let slot = Slot::new(Some(handle.clone()));
        slot.used.store(self.now(), Ordering::Relaxed);
        self.slots.write().unwrap_or_else(PoisonError::into_inner).insert(handle.id.clone(), Arc::new(slot));
        Ok(handle)
    }

    /// Puts a session to sleep.
    ///
    /// # Errors
    /// Where there is none, or the disk refuses.
    pub(crate) async fn sleep(&self, id: &str) -> Reply<()> {
        let slot = self.slot(id)?;
        let mut handle = slot.handle.lock().await;
        put_away(&mut handle, |live| live.put_away(true)).await
    }

    /// Closes a session; its run stays.
    ///
    /// # Errors
    /// As [`Laboratory::session`], or where the disk refuses.
    pub(crate) async fn close(&self, id: &str) -> Reply<()> {
        self.session(id).await?;
        let slot = self.slot(id)?;
        let mut handle = slot.handle.lock().await;
        put_away(&mut handle, ActiveSession::close).await?;
        self.slots.write().unwrap_or_else(PoisonError::into_inner).remove(id);
        Ok(())
    }

    /// Gives a run another name. A session goes to sleep first, and is found under the new name.
    ///
    /// # Errors
    /// Where there is no such run, another process trains it, the name cannot be had, or the disk refuses.
    pub(crate) async fn rename(self: &Arc<Self>, name: &str, new: &str) -> Reply<()> {
        let to = new.to_string();
        self.change_run(
            name,
            move |store, name| store.rename(name, &to),
            |slots| {
                if let Some(slot) = slots.remove(name) {
                    slots.insert(new.to_string(), slot);
                }
            },
        )
        .await
    }

    /// Removes a run. A session that it is ends.
    ///
    /// # Errors
    /// Where there is no such run, another process trains it, or the disk refuses.
    pub(crate) async fn remove(self: &Arc<Self>, name: &str) -> Reply<()> {
        self.change_run(name, |store, name| store.delete(name), |slots| drop(slots.remove(name))).await
    }

    /// Changes a run that nobody trains; a session that it is goes to sleep first, and `settle` says what becomes of its place.
    async fn change_run(
        self: &Arc<Self>,
        name: &str,
        change: impl FnOnce(&Store, &str) -> Result<(), gradus_train::Error> + Send + 'static,
        settle: impl FnOnce(&mut BTreeMap<String, Arc<Slot>>),
    ) -> Reply<()> {
        let slot = self.slot(name).ok();
        // Held until it is done: nobody wakes the session meanwhile.
        let mut handle = match &slot {
            Some(slot) => Some(slot.handle.lock().await),
            None => None,
        };
        if let Some(handle) = &mut handle {
            put_away(handle, |live| live.put_away(true)).await?;
        }
        self.with_run(name, change).await?;
        settle(&mut self.slots.write().unwrap_or_else(PoisonError::into_inner));
        Ok(())
    }

    /// Changes a run that nobody trains, off the threads that answer requests.
    async fn with_run(
        self: &Arc<Self>,
        name: &str,
        change: impl FnOnce(&Store, &str) -> Result<(), gradus_train::Error> + Send + 'static,
    ) -> Answer<()> {
        let (lab, name) = (self.clone(), name.to_string());
        let changed = tokio::task::spawn_blocking(move || {
            let store = lab.store()?;
            let run = store.run(&name).map_err(|error| Refusal::not_found(error.to_string()))?;
            match change(&store, &name) {
                Err(error) if run.is_training() => Err(Refusal::conflict(error.to_string())),
                changed => Ok(changed?),
            }
        });
        changed.await.map_err(|_| Refusal::internal("the store could not be changed"))?
    }

    /// Puts everything to sleep: the server ends.
    pub async fn close_all(&self) {
        for (id, handle) in self.all().await {
            if handle.is_some() {
                // What the disk refuses now leaves the last checkpoint as it is.
                let _ = self.sleep(&id).await;
            }
        }
    }

    /// Puts to sleep what nobody has used for long.
    pub async fn sweep(&self) {
        let Some(old) = self.now().checked_sub(self.bounds.idle.as_millis() as u64) else { return };
        for (id, handle) in self.all().await {
            let unused = self.slot(&id).is_ok_and(|slot| slot.used.load(Ordering::Relaxed) <= old);
            if let Some(handle) = handle.filter(|_| unused)
                && is_idle(&handle).await
            {
                // What the disk refuses now is tried again at the next sweep.
                let _ = self.sleep(&id).await;
            }
        }
    }

    /// Puts the longest unused sessions to sleep until there is room for one more.
    async fn make_room(&self) -> Reply<()> {
        loop {
            let mut awake = Vec::new();
            let slots: Vec<(String, Arc<Slot>)> = self.slots().iter().map(|(id, s)| (id.clone(), s.clone())).collect();
            for (id, slot) in slots {
                // One that is held is just being woken or put to sleep.
                if let Ok(handle) = slot.handle.try_lock() {
                    awake.extend(handle.clone().map(|handle| (slot.used.load(Ordering::Relaxed), id, handle)));
                }
            }
            let full = memory::check(self.bounds.memory, 0);
            if awake.len() < limits::SESSIONS && full.is_ok() {
                return Ok(());
            }
            awake.sort_by_key(|(used, ..)| *used);
            let mut freed = false;
            for (_, id, handle) in awake {
                if is_idle(&handle).await {
                    self.sleep(&id).await?;
                    freed = true;
                    break;
                }
            }
            if !freed {
                full?;
                return Err(Refusal::limit(format!(
                    "{} sessions are at work already: pause or close one (DELETE /api/sessions/ID)",
                    limits::SESSIONS
                ))
                .into());
            }
        }
    }

    fn now(&self) -> u64 {
        self.began.elapsed().as_millis() as u64
    }
}

impl Slot {
    fn new(handle: Option<Handle>) -> Self {
        Slot { handle: Mutex::new(handle), used: AtomicU64::new(0) }
    }
}

/// What the store had to mend is told where the server was started.
fn told(line: &str) {
    // Where nobody reads it (any more), there is nobody to tell.
    let _ = writeln!(std::io::stderr().lock(), "{line}");
}

/// Whether nobody listens and nothing trains.
async fn is_idle(handle: &Handle) -> bool {
    !handle.board.wanted(Want::Anything) && handle.ask(|live| Ok(live.is_idle())).await.unwrap_or(true)
}

async fn put_away(
    handle: &mut Option<Handle>,
    end: impl FnOnce(&mut ActiveSession) -> Answer<()> + Send + 'static,
) -> Reply<()> {
    if let Some(awake) = handle.take() {
        let saved = awake.ask(end).await;
        if saved.is_err() {
            *handle = Some(awake);
        }
        return saved;
    }
    Ok(())
}

//! Splitting work over threads.
//!
//! Every split depends on the size of the work only, never on the number of threads, and every output element is
//! computed by one thread in one order: results have the same bits at any thread count.
//!
//! The process has one crew of helper threads, hired when first needed. A helper that has nothing to do watches
//! for the next job for a moment (`WATCH`), because in training the next one is rarely far away and waking a
//! sleeping thread takes longer than many a job; then it sleeps and costs nothing. One caller at a time has the
//! crew: a second one meanwhile, and work started inside of work, run on the thread that asks.

use std::any::Any;
use std::cell::{Cell, UnsafeCell};
use std::ops::Range;
use std::panic::{AssertUnwindSafe, catch_unwind, resume_unwind};
use std::sync::atomic::{AtomicBool, AtomicU64, AtomicUsize, Ordering};
use std::sync::{Arc, Mutex, MutexGuard, OnceLock, TryLockError};
use std::thread::Thread;
use std::time::{Duration, Instant};

static REQUESTED: AtomicUsize = AtomicUsize::new(0);

/// How many threads work is split over: what [`set_threads`] asked for, else one for each core.
pub fn threads() -> usize {
    match REQUESTED.load(Ordering::Relaxed) {
        0 => cores(),
        n => n,
    }
}

fn cores() -> usize {
    static CORES: OnceLock<usize> = OnceLock::new();
    *CORES.get_or_init(|| std::thread::available_parallelism().map_or(1, |n| n.get()))
}

/// Sets the number of threads; 0 means one for each core. Takes effect with the next operation.
pub fn set_threads(n: usize) {
    REQUESTED.store(n, Ordering::Relaxed);
}

/// Calls `f` for ranges that together cover `0..len`, at most `grain` long each, over the threads.
/// With one thread, or `len <= grain`, it is one plain call of `f(0..len)`; `f` must not depend on the cut.
pub fn for_ranges(len: usize, grain: usize, f: impl Fn(Range<usize>) + Sync) {
    let grain = grain.max(1);
    let n = threads();
    if n == 1 || len <= grain {
        if len > 0 {
            f(0..len);
        }
        return;
    }
    run_tasks(n, len.div_ceil(grain), |i| f(i * grain..((i + 1) * grain).min(len)));
}

/// Cuts `out` into pieces of `piece` elements (the last may be shorter) and calls `f(index of the piece's first
/// element, piece)` for each, over the threads. With one thread, or one piece, `f` gets all of `out` at once, so
/// it must not depend on the cut.
#[inline]
pub fn for_chunks<T: Send>(out: &mut [T], piece: usize, f: impl Fn(usize, &mut [T]) + Sync) {
    for_chunks_of(out, piece, &f);
}

// One copy a number type: a call through a pointer is nothing beside a chunk, and every kernel ends here.
fn for_chunks_of<T: Send>(out: &mut [T], piece: usize, f: &(dyn Fn(usize, &mut [T]) + Sync)) {
    let (piece, len) = (piece.max(1), out.len());
    let n = threads();
    if n == 1 || len <= piece {
        if len > 0 {
            f(0, out);
        }
        return;
    }
    let start = Shared(out.as_mut_ptr());
    run_tasks(n, len.div_ceil(piece), |i| {
        let at = i * piece;
        // SAFETY: `run_tasks` calls this once for every `i`, and the pieces of different `i` do not overlap; `out`
        // is borrowed until it returns.
        f(at, unsafe { std::slice::from_raw_parts_mut(start.get().add(at), piece.min(len - at)) });
    });
}

/// Calls `f(i, piece)` for piece number `i` of `pieces`, over the threads: for work that writes several arrays at
/// once, whose chunks the caller zips together.
///
/// ```
/// use gradus_kernels::threads::for_pieces;
/// let (mut sums, mut products) = ([0; 4], [0; 4]);
/// for_pieces(sums.chunks_mut(2).zip(products.chunks_mut(2)), |i, (sums, products)| {
///     for (j, (sum, product)) in sums.iter_mut().zip(products).enumerate() {
///         (*sum, *product) = (2 * i + j + 1, (2 * i + j) * 2);
///     }
/// });
/// assert_eq!((sums, products), ([1, 2, 3, 4], [0, 2, 4, 6]));
/// ```
pub fn for_pieces<P: Send>(pieces: impl ExactSizeIterator<Item = P>, f: impl Fn(usize, P) + Sync) {
    let n = threads();
    if n == 1 || pieces.len() <= 1 {
        return pieces.enumerate().for_each(|(i, piece)| f(i, piece));
    }
    let pieces: Vec<Mutex<Option<P>>> = pieces.map(|piece| Mutex::new(Some(piece))).collect();
    run_tasks(n, pieces.len(), |i| {
        let piece = lock(&pieces[i]).take();
        if let Some(piece) = piece {
            f(i, piece);
        }
    });
}

/// A pointer into memory of which every thread uses its own part.
pub(crate) struct Shared<T>(pub(crate) *mut T);
// SAFETY: the pointer itself may go anywhere; who dereferences it says why that is sound.
unsafe impl<T: Send> Sync for Shared<T> {}
impl<T> Shared<T> {
    pub(crate) fn get(&self) -> *mut T {
        self.0
    }
}

/// Runs `f(0) … f(tasks − 1)`, each once, taken in turn by `n` threads, this one among them.
///
/// # Panics
/// With the panic of a task, after all threads have left the work; tasks not yet begun are then left out.
#[inline]
pub fn run_tasks(n: usize, tasks: usize, f: impl Fn(usize) + Sync) {
    run_all(n, tasks, &f);
}

fn run_all(n: usize, tasks: usize, f: &(dyn Fn(usize) + Sync)) {
    let helpers = n.min(tasks).saturating_sub(1).min(MOST_HELPERS);
    if helpers == 0 || BUSY.get() {
        return (0..tasks).for_each(f);
    }
    match CREW.helpers.try_lock() {
        Ok(crew) => CREW.run(crew, helpers, tasks, f),
        Err(TryLockError::Poisoned(crew)) => CREW.run(crew.into_inner(), helpers, tasks, f),
        Err(TryLockError::WouldBlock) => (0..tasks).for_each(f),
    }
}

/// How long a helper looks out for the next job before it sleeps.
const WATCH: Duration = Duration::from_micros(if cfg!(miri) { 0 } else { 50 });
/// How long the owner of a job looks out for the last helper to leave: shorter, since on a busy machine it may be
/// this core that the helper waits for.
const PATIENCE: Duration = Duration::from_micros(if cfg!(miri) { 0 } else { 20 });
/// What fits into the seats of [`Crew::gate`].
const MOST_HELPERS: usize = 0xFFFF;

thread_local! {
    /// Whether this thread is at work on a job, or is a helper.
    static BUSY: Cell<bool> = const { Cell::new(false) };
}

static CREW: Crew = Crew {
    helpers: Mutex::new(Vec::new()),
    gate: AtomicU64::new(0),
    job: UnsafeCell::new(None),
    next: AtomicUsize::new(0),
    left: AtomicUsize::new(0),
    waiting: Mutex::new(None),
    is_waiting: AtomicBool::new(false),
    panic: Mutex::new(None),
};

/// The helpers, and the job that they are offered.
struct Crew {
    /// Who holds this lock has the crew.
    helpers: Mutex<Vec<Arc<Helper>>>,
    /// The number of the job (upper 48 bits) and its free seats (lower 16): a helper joins by taking one.
    gate: AtomicU64,
    /// Written while nobody has a seat and none is free.
    job: UnsafeCell<Option<Job>>,
    /// The first task that nobody has taken.
    next: AtomicUsize,
    /// How many that joined have left again.
    left: AtomicUsize,
    /// The owner of the job while it sleeps until all have left.
    waiting: Mutex<Option<Thread>>,
    is_waiting: AtomicBool,
    /// What the first task to panic in a helper said.
    panic: Mutex<Option<Box<dyn Any + Send>>>,
}
// SAFETY: `job` is the one part that is not `Sync` by itself. The holder of `helpers` writes it only while the gate
// has no free seats and all that joined have left (`left`, acquired); helpers read it only after taking a seat from
// the gate (acquired), which was opened after the writing (released).
unsafe impl Sync for Crew {}

/// A job: `f(0) … f(tasks − 1)`.
#[derive(Clone, Copy)]
struct Job {
    f: *const (dyn Fn(usize) + Sync),
    tasks: usize,
}

struct Helper {
    thread: OnceLock<Thread>,
    asleep: AtomicBool,
}

fn lock<T>(mutex: &Mutex<T>) -> MutexGuard<'_, T> {
    mutex.lock().unwrap_or_else(|poisoned| poisoned.into_inner())
}

impl Crew {
    /// Does a job with up to `helpers` helpers.
    fn run(
        &'static self,
        mut crew: MutexGuard<'_, Vec<Arc<Helper>>>,
        helpers: usize,
        tasks: usize,
        f: &(dyn Fn(usize) + Sync),
    ) {
        while crew.len() < helpers {
            match self.hire(crew.len()) {
                Some(helper) => crew.push(helper),
                // Where the system refuses more threads, those there are do the work.
                None => break,
            }
        }
        let seats = helpers.min(crew.len());
        // SAFETY: only the lifetime is changed; the pointer is used by helpers with a seat only, and this function
        // does not return (or unwind) before they have left.
        let f: *const (dyn Fn(usize) + Sync) = unsafe { std::mem::transmute(f) };
        let job = Job { f, tasks };
        // SAFETY: this thread holds `helpers`, no seat is free and all helpers have left the job before.
        unsafe { *self.job.get() = Some(job) };
        self.next.store(0, Ordering::Relaxed);
        self.left.store(0, Ordering::Relaxed);
        let number = (self.gate.load(Ordering::Relaxed) >> 16) + 1;
        // In one total order with `asleep`: either a helper sees the open gate, or we see that it sleeps.
        self.gate.store(number << 16 | seats as u64, Ordering::SeqCst);
        for helper in crew.iter().take(seats) {
            if helper.asleep.load(Ordering::SeqCst)
                && helper.asleep.swap(false, Ordering::SeqCst)
                && let Some(thread) = helper.thread.get()
            {
                thread.unpark();
            }
        }
        BUSY.set(true);
        let outcome = catch_unwind(AssertUnwindSafe(|| self.work(job)));
        BUSY.set(false);
        if outcome.is_err() {
            self.next.store(tasks, Ordering::Relaxed);
        }
        let free = self.gate.fetch_and(!0xFFFF, Ordering::AcqRel) & 0xFFFF;
        self.wait_until_left(seats - free as usize);
        let panic = lock(&self.panic).take();
        drop(crew);
        if let Err(panic) = outcome {
            resume_unwind(panic);
        }
        if let Some(panic) = panic {
            resume_unwind(panic);
        }
    }

    /// Takes tasks until none are left.
    fn work(&self, job: Job) {
        loop {
            let i = self.next.fetch_add(1, Ordering::Relaxed);
            if i >= job.tasks {
                return;
            }
            // SAFETY: the owner of the job keeps `f` alive until all have left.
            unsafe { (*job.f)(i) };
        }
    }

    /// Returns when as many helpers have left as had joined.
    fn wait_until_left(&self, joined: usize) {
        let all_left = || self.left.load(Ordering::SeqCst) == joined;
        if watch_for(PATIENCE, || all_left().then_some(())).is_some() {
            return;
        }
        *lock(&self.waiting) = Some(std::thread::current());
        self.is_waiting.store(true, Ordering::SeqCst);
        while !all_left() {
            std::thread::park();
        }
        self.is_waiting.store(false, Ordering::SeqCst);
        *lock(&self.waiting) = None;
    }

    fn hire(&'static self, index: usize) -> Option<Arc<Helper>> {
        let helper = Arc::new(Helper { thread: OnceLock::new(), asleep: AtomicBool::new(false) });
        let own = helper.clone();
        let thread =
            std::thread::Builder::new().name(format!("gradus-{}", index + 1)).spawn(move || self.serve(&own)).ok()?;
        helper.thread.get_or_init(|| thread.thread().clone());
        Some(helper)
    }

    /// The life of a helper.
    fn serve(&self, helper: &Helper) {
        BUSY.set(true);
        let mut done = 0;
        loop {
            let job = self.join(&mut done, helper);
            if let Err(panic) = catch_unwind(AssertUnwindSafe(|| self.work(job))) {
                self.next.store(job.tasks, Ordering::Relaxed);
                lock(&self.panic).get_or_insert(panic);
            }
            self.left.fetch_add(1, Ordering::SeqCst);
            if self.is_waiting.load(Ordering::SeqCst)
                && let Some(owner) = &*lock(&self.waiting)
            {
                owner.unpark();
            }
        }
    }

    /// Waits for a job newer than `done` with a free seat, and takes the seat.
    fn join(&self, done: &mut u64, helper: &Helper) -> Job {
        let mut take = || {
            let gate = self.gate.load(Ordering::SeqCst);
            if gate >> 16 == *done || gate & 0xFFFF == 0 {
                return None;
            }
            self.gate.compare_exchange(gate, gate - 1, Ordering::AcqRel, Ordering::Relaxed).ok()?;
            *done = gate >> 16;
            // SAFETY: we have a seat, so the job was written before and stays until we leave.
            unsafe { *self.job.get() }
        };
        loop {
            if let Some(job) = watch_for(WATCH, &mut take) {
                return job;
            }
            helper.asleep.store(true, Ordering::SeqCst);
            let job = take();
            if job.is_none() && helper.asleep.load(Ordering::SeqCst) {
                std::thread::park();
            }
            helper.asleep.store(false, Ordering::SeqCst);
            if let Some(job) = job {
                return job;
            }
        }
    }
}

/// Asks again and again, for so long.
fn watch_for<R>(time: Duration, mut ask: impl FnMut() -> Option<R>) -> Option<R> {
    let start = Instant::now();
    loop {
        for _ in 0..32 {
            if let Some(found) = ask() {
                return Some(found);
            }
            std::hint::spin_loop();
        }
        if start.elapsed() >= time {
            return None;
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    /// How often each task runs must be once.
    fn counts(n: usize, tasks: usize) {
        let counts: Vec<AtomicUsize> = (0..tasks).map(|_| AtomicUsize::new(0)).collect();
        run_tasks(n, tasks, |i| {
            counts[i].fetch_add(1, Ordering::Relaxed);
        });
        assert!(counts.iter().all(|c| c.load(Ordering::Relaxed) == 1));
    }

    #[test]
    fn every_task_runs_once() {
        for n in [1, 2, 3, 8] {
            for tasks in [0, 1, 2, 7, 100] {
                counts(n, tasks);
            }
        }
    }

    #[test]
    fn callers_do_not_disturb_each_other() {
        let repeats = if cfg!(miri) { 3 } else { 100 };
        std::thread::scope(|scope| {
            for caller in 0..4 {
                scope.spawn(move || (0..repeats).for_each(|i| counts(2 + caller, 1 + i % 9)));
            }
        });
    }

    #[test]
    fn sleeping_helpers_wake() {
        for pause in [0, 50, 150, 1000] {
            std::thread::sleep(Duration::from_micros(pause));
            counts(3, 10);
        }
    }

    #[test]
    fn nested_work_stays_on_its_thread() {
        let total = AtomicUsize::new(0);
        run_tasks(3, 5, |_| {
            let outside = std::thread::current().id();
            run_tasks(3, 4, |_| {
                assert_eq!(std::thread::current().id(), outside);
                total.fetch_add(1, Ordering::Relaxed);
            });
        });
        assert_eq!(total.into_inner(), 20);
    }

    #[test]
    fn a_panic_comes_back_and_the_crew_lives_on() {
        for bad in [0, 3, 9] {
            let caught = catch_unwind(|| run_tasks(3, 10, |i| assert!(i != bad, "task {i}")));
            let said = caught.expect_err("the panic was lost");
            assert_eq!(said.downcast_ref::<String>().map(String::as_str), Some(&*format!("task {bad}")));
            counts(3, 10);
        }
    }

    #[test]
    fn chunks_cover_the_slice() {
        let mut out = vec![0_usize; 1000];
        for_chunks(&mut out, 7, |start, chunk| {
            for (i, x) in chunk.iter_mut().enumerate() {
                *x += start + i;
            }
        });
        assert!(out.iter().enumerate().all(|(i, &x)| i == x));
    }
}

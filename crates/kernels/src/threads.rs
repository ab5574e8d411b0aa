//! Splitting work over threads.
//!
//! Every split depends on the size of the work only, never on the number of threads, and every output element is
//! computed by one thread in one order: results have the same bits at any thread count.

use std::ops::Range;
use std::sync::atomic::{AtomicUsize, Ordering};
use std::sync::{Mutex, OnceLock};

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

/// The pool for `n` threads, made when first needed.
fn pool(n: usize) -> Option<std::sync::Arc<rayon_core::ThreadPool>> {
    type Pool = std::sync::Arc<rayon_core::ThreadPool>;
    static POOL: Mutex<Option<(usize, Pool)>> = Mutex::new(None);
    let mut slot = POOL.lock().unwrap_or_else(|e| e.into_inner());
    if let Some((size, pool)) = &*slot
        && *size == n
    {
        return Some(pool.clone());
    }
    // Where the system refuses more threads, the work is done on this one.
    let pool =
        rayon_core::ThreadPoolBuilder::new().num_threads(n).thread_name(|i| format!("gradus-{i}")).build().ok()?;
    let pool = std::sync::Arc::new(pool);
    *slot = Some((n, pool.clone()));
    Some(pool)
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
    let piece = piece.max(1);
    if threads() == 1 || out.len() <= piece {
        if !out.is_empty() {
            f(0, out);
        }
        return;
    }
    for_pieces(out.chunks_mut(piece), |i, chunk| f(i * piece, chunk));
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
        let piece = pieces[i].lock().unwrap_or_else(|e| e.into_inner()).take();
        if let Some(piece) = piece {
            f(i, piece);
        }
    });
}

/// Runs `f(0) … f(tasks − 1)`, taken in turn by `n` threads, this one among them.
#[inline]
pub fn run_tasks(n: usize, tasks: usize, f: impl Fn(usize) + Sync) {
    run_all(n, tasks, &f);
}

fn run_all(n: usize, tasks: usize, f: &(dyn Fn(usize) + Sync)) {
    let next = AtomicUsize::new(0);
    let work = || {
        loop {
            let i = next.fetch_add(1, Ordering::Relaxed);
            if i >= tasks {
                break;
            }
            f(i);
        }
    };
    let helpers = n.min(tasks).saturating_sub(1);
    if helpers == 0 || rayon_core::current_thread_index().is_some() {
        return work();
    }
    match pool(n - 1) {
        None => work(),
        Some(pool) => pool.in_place_scope(|scope| {
            for _ in 0..helpers {
                scope.spawn(|_| work());
            }
            work();
        }),
    }
}

//! Memory for tensors: 64-byte aligned, taken from and given back to a pool of size classes.
//!
//! A training step of fixed shapes asks for the same sizes again and again. Fresh pages cost a fault each (a new
//! 4 MiB took 156 µs, a reused one 6 µs), so a dropped [`Buffer`] goes to its thread's free list and the next
//! request of that class takes it from there: after the first step nothing is asked of the system.
//!
//! Reused memory is not cleared. All [`Element`] types accept every bit pattern and fresh memory comes zeroed, so
//! a buffer's contents are always valid numbers, though unspecified until written.
//!
//! A buffer can also be the memory of another library ([`Buffer::lent`]), which gets it back when the buffer is dropped.

use crate::element::Element;
use std::alloc::{Layout, alloc_zeroed, dealloc};
use std::cell::{Cell, UnsafeCell};
use std::marker::PhantomData;
use std::ops::{Deref, DerefMut};
use std::ptr::NonNull;

/// Alignment of every buffer, in bytes: one cache line, one AVX-512 register.
pub const ALIGN: usize = 64;

/// Four classes for each doubling keep the waste below 25 %.
const CLASSES: usize = 4 * (usize::BITS as usize);

/// The class of a size in bytes: its index and the bytes that its blocks have.
#[inline]
fn class(bytes: usize) -> (usize, usize) {
    let units = bytes.div_ceil(ALIGN).max(1);
    if units <= 4 {
        return (units, units * ALIGN);
    }
    // units lies in (2^e, 2^(e+1)]; cut that doubling into four.
    let e = (usize::BITS - 1 - (units - 1).leading_zeros()) as usize;
    let quarter = 1usize << (e - 2);
    let q = (units - (1 << e)).div_ceil(quarter);
    (4 * e + q, ((1 << e) + q * quarter).saturating_mul(ALIGN))
}

/// What the pool of this thread has done so far, for tests and memory displays.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub struct PoolStats {
    /// Requests that had to ask the system for memory.
    pub fresh: u64,
    /// Requests answered from the free lists.
    pub reused: u64,
    /// Bytes waiting in the free lists.
    pub cached_bytes: usize,
}

struct Pool {
    // UnsafeCell for speed: every access is a few instructions in this file that never call out.
    free: UnsafeCell<Vec<Vec<NonNull<u8>>>>,
    fresh: Cell<u64>,
    reused: Cell<u64>,
    cached: Cell<usize>,
    /// Bytes taken from this pool less bytes given back to it. A thread that only receives other threads'
    /// buffers (a display, say) would hoard them: below zero, memory goes back to the system instead.
    balance: Cell<isize>,
}

impl Pool {
    fn take(&self, class: usize, bytes: usize) -> Option<NonNull<u8>> {
        self.balance.set(self.balance.get() + bytes as isize);
        // SAFETY: the pool is thread-local and no reference into `free` outlives this statement.
        let found = unsafe { &mut *self.free.get() }.get_mut(class).and_then(Vec::pop);
        match found {
            Some(_) => {
                self.reused.set(self.reused.get() + 1);
                self.cached.set(self.cached.get() - bytes);
            }
            None => self.fresh.set(self.fresh.get() + 1),
        }
        found
    }

    /// Keeps the block, or answers false when it should go back to the system.
    fn keep(&self, class: usize, bytes: usize, block: NonNull<u8>) -> bool {
        let balance = self.balance.get() - bytes as isize;
        self.balance.set(balance.max(0));
        if balance < 0 {
            return false;
        }
        // SAFETY: as in `take`.
        let free = unsafe { &mut *self.free.get() };
        if free.len() <= class {
            free.resize_with(CLASSES, Vec::new);
        }
        free[class].push(block);
        self.cached.set(self.cached.get() + bytes);
        true
    }

    fn release_all(&self) {
        // SAFETY: as in `take`.
        let free = unsafe { &mut *self.free.get() };
        for (index, list) in free.iter_mut().enumerate() {
            for block in list.drain(..) {
                let bytes = class_bytes(index);
                // SAFETY: every block in list `index` was allocated with this size and `ALIGN`.
                unsafe { dealloc(block.as_ptr(), layout(bytes)) };
            }
        }
        self.cached.set(0);
    }
}

/// The inverse of [`class`]: how many bytes a block of class `index` has.
fn class_bytes(index: usize) -> usize {
    if index <= 4 {
        return index * ALIGN;
    }
    // `class` writes a full fourth quarter of doubling e as index 4e + 4, the same as quarter 0 of e + 1.
    let (e, q) = (index / 4, index % 4);
    ((1usize << e) + q * (1usize << (e - 2))).saturating_mul(ALIGN)
}

impl Drop for Pool {
    fn drop(&mut self) {
        self.release_all();
    }
}

thread_local! {
    static POOL: Pool = const {
        Pool {
            free: UnsafeCell::new(Vec::new()),
            fresh: Cell::new(0),
            reused: Cell::new(0),
            cached: Cell::new(0),
            balance: Cell::new(0),
        }
    };
}

/// What this thread's pool has done so far.
pub fn pool_stats() -> PoolStats {
    POOL.with(|p| PoolStats { fresh: p.fresh.get(), reused: p.reused.get(), cached_bytes: p.cached.get() })
}

/// Gives all unused memory of this thread's pool back to the system.
pub fn trim_pool() {
    POOL.with(Pool::release_all);
}

fn layout(bytes: usize) -> Layout {
    match Layout::from_size_align(bytes, ALIGN) {
        Ok(layout) => layout,
        Err(_) => panic!("a buffer of {bytes} bytes is larger than this machine can address"),
    }
}

/// How the panic of [`out_of_memory`] begins, by which who catches it tells it from others.
pub const OUT_OF_MEMORY: &str = "out of memory";

/// Bytes from which a request for fresh memory is held against what the system has.
const LARGE: usize = 64 << 20;

/// Panics for want of memory. A panic and not an abort: a size can come from whoever uses a program, who is to be told.
#[cold]
pub fn out_of_memory(bytes: usize) -> ! {
    panic!(
        "{OUT_OF_MEMORY}: {:.1} GiB are needed at once, and there are not so many",
        bytes as f64 / (1u64 << 30) as f64
    )
}

/// Whether the system has `bytes` of memory to spare. It may promise more than it has and kill the program when that is
/// used: so for large requests it is asked first, where it can be (Linux).
pub fn room_for(bytes: usize) -> bool {
    bytes < LARGE || available().is_none_or(|available| bytes < available)
}

/// Bytes that the system could give to this program, as far as it says.
fn available() -> Option<usize> {
    let read = |path: &str| std::fs::read_to_string(path).ok();
    let memory = read("/proc/meminfo")?;
    let kilobytes = |name: &str| {
        let line = memory.lines().find_map(|line| line.strip_prefix(name))?;
        line.split_whitespace().next()?.parse::<usize>().ok()
    };
    let free = (kilobytes("MemAvailable:")? + kilobytes("SwapFree:").unwrap_or(0)).saturating_mul(1024);
    // A container's share, where it has less; what it keeps of files it would give back.
    let number = |path: &str| read(path)?.trim().parse::<usize>().ok();
    let group = "/sys/fs/cgroup";
    let share =
        number(&format!("{group}/memory.max")).zip(number(&format!("{group}/memory.current"))).map(|(most, now)| {
            let files = read(&format!("{group}/memory.stat"))
                .and_then(|stat| stat.lines().find_map(|line| line.strip_prefix("file "))?.trim().parse().ok())
                .unwrap_or(0);
            most.saturating_sub(now.saturating_sub(files))
        });
    Some(share.map_or(free, |share| share.min(free)))
}

/// Memory for `len` numbers, owned and 64-byte aligned unless it is [lent](Buffer::lent). Dereferences to a slice.
///
/// ```
/// use gradus_kernels::buffer::Buffer;
/// let mut b = Buffer::filled(3, 1.5_f32);
/// b[1] = 2.0;
/// assert_eq!(&b[..], [1.5, 2.0, 1.5]);
/// ```
pub struct Buffer<T: Element> {
    block: NonNull<T>,
    len: usize,
    /// Whose memory it is, where it is not the pool's.
    lender: Option<Box<Lender>>,
    owns: PhantomData<T>,
}

/// Another library that memory belongs to.
struct Lender {
    writable: bool,
    /// Dropped when the memory is no longer needed.
    _keeper: Box<dyn Send + Sync>,
}

// SAFETY: a buffer owns its memory exclusively and `Element`s are plain numbers; its pool is looked up anew on
// whichever thread drops it.
unsafe impl<T: Element> Send for Buffer<T> {}
// SAFETY: shared access only reads.
unsafe impl<T: Element> Sync for Buffer<T> {}

impl<T: Element> Buffer<T> {
    /// Memory for `len` numbers whose values are unspecified: for outputs that a kernel writes in full.
    ///
    /// # Panics
    /// When the size does not fit the address space, or the system has not that much memory: see [`out_of_memory`].
    #[inline]
    pub fn scratch(len: usize) -> Self {
        if len == 0 {
            return Buffer { block: NonNull::dangling(), len, lender: None, owns: PhantomData };
        }
        let bytes = len.saturating_mul(size_of::<T>());
        if bytes > isize::MAX as usize / 2 {
            out_of_memory(bytes);
        }
        let (class, bytes) = class(bytes);
        // A thread that is shutting down has no pool any more.
        let reused = POOL.try_with(|pool| pool.take(class, bytes)).ok().flatten();
        let block = reused.unwrap_or_else(|| {
            let layout = layout(bytes);
            if !room_for(bytes) {
                out_of_memory(bytes);
            }
            // SAFETY: `bytes` is at least `ALIGN`, so the layout is not empty.
            let fresh = unsafe { alloc_zeroed(layout) };
            NonNull::new(fresh).unwrap_or_else(|| out_of_memory(bytes))
        });
        Buffer { block: block.cast(), len, lender: None, owns: PhantomData }
    }

    /// `len` copies of `value`.
    pub fn filled(len: usize, value: T) -> Self {
        let mut b = Self::scratch(len);
        b.fill(value);
        b
    }

    /// A copy of `values`.
    pub fn from_slice(values: &[T]) -> Self {
        let mut b = Self::scratch(values.len());
        b.copy_from_slice(values);
        b
    }

    /// The memory of another library as it is, aligned for `T`; `keeper` is dropped when it is no longer needed. What is
    /// not `writable` is copied before it is written to.
    ///
    /// # Safety
    /// `start` is aligned for `T`, and `len` initialised numbers stand there until `keeper` is dropped. Nobody writes to
    /// them while a slice of the buffer is borrowed, and nobody reads them while it is borrowed mutably.
    pub unsafe fn lent(start: NonNull<T>, len: usize, writable: bool, keeper: impl Send + Sync + 'static) -> Self {
        let lender = Some(Box::new(Lender { writable, _keeper: Box::new(keeper) }));
        Buffer { block: start, len, lender, owns: PhantomData }
    }

    /// Whether this is another library's memory that both may write to.
    pub fn is_lent_for_writing(&self) -> bool {
        self.lender.as_ref().is_some_and(|lender| lender.writable)
    }
}

impl<T: Element> Drop for Buffer<T> {
    #[inline]
    fn drop(&mut self) {
        if self.len == 0 || self.lender.is_some() {
            return;
        }
        let (class, bytes) = class(self.len * size_of::<T>());
        let block = self.block.cast::<u8>();
        if !POOL.try_with(|pool| pool.keep(class, bytes, block)).unwrap_or(false) {
            // SAFETY: `scratch` took the block with the size of the class of the same length.
            unsafe { dealloc(block.as_ptr(), layout(bytes)) };
        }
    }
}

impl<T: Element> Deref for Buffer<T> {
    type Target = [T];
    #[inline]
    fn deref(&self) -> &[T] {
        // SAFETY: the block holds at least `len` numbers, initialised (zeroed when fresh, numbers when reused;
        // every bit pattern is a valid `Element`), and is owned by `self`, or is as the caller of `lent` vouched. For
        // `len` 0 dangling is allowed.
        unsafe { std::slice::from_raw_parts(self.block.as_ptr(), self.len) }
    }
}

impl<T: Element> DerefMut for Buffer<T> {
    #[inline]
    fn deref_mut(&mut self) -> &mut [T] {
        if self.lender.as_ref().is_some_and(|lender| !lender.writable) {
            *self = Self::from_slice(self);
        }
        // SAFETY: as in `deref`, and `&mut self` makes the access exclusive.
        unsafe { std::slice::from_raw_parts_mut(self.block.as_ptr(), self.len) }
    }
}

impl<T: Element> Clone for Buffer<T> {
    fn clone(&self) -> Self {
        Self::from_slice(self)
    }
}

impl<T: Element> std::fmt::Debug for Buffer<T> {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        (**self).fmt(f)
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn classes_are_monotonic_wide_enough_and_invertible() {
        let mut last = 0;
        for bytes in (1..5000).chain((1..60).map(|e| (1usize << e) - 1)).chain((1..60).map(|e| (1usize << e) + 1)) {
            let (index, size) = class(bytes);
            assert!(size >= bytes && size.is_multiple_of(ALIGN), "{bytes} -> {size}");
            assert_eq!(class_bytes(index), size, "{bytes}");
            assert!(bytes < 5 * ALIGN || size - bytes < bytes / 4 + ALIGN, "{bytes} -> {size}");
        }
        for bytes in 1..5000 {
            let (index, _) = class(bytes);
            assert!(index >= last);
            last = index;
        }
    }

    #[test]
    fn a_dropped_buffer_is_used_again() {
        drop(Buffer::filled(1000, 7.0_f32));
        let before = pool_stats();
        let b = Buffer::<f32>::scratch(990);
        assert_eq!(pool_stats().fresh, before.fresh);
        assert_eq!(pool_stats().reused, before.reused + 1);
        assert_eq!(b.as_ptr() as usize % ALIGN, 0);
        trim_pool();
        assert_eq!(pool_stats().cached_bytes, 0);
    }

    #[test]
    fn lent_memory_is_used_as_it_is_and_given_back() {
        use std::sync::Arc;
        let mut numbers = vec![1.0_f32, 2.0, 3.0];
        let start = NonNull::new(numbers.as_mut_ptr()).unwrap();
        let keeper = Arc::new(());
        // SAFETY: the vector outlives both buffers, and is looked at only while none is borrowed.
        let mut shared = unsafe { Buffer::lent(start, 3, true, keeper.clone()) };
        shared[0] = 7.0;
        assert!(shared.is_lent_for_writing() && shared.as_ptr() == start.as_ptr());
        drop(shared);
        assert_eq!((numbers[0], Arc::strong_count(&keeper)), (7.0, 1));

        // SAFETY: as above.
        let mut read_only = unsafe { Buffer::lent(start, 3, false, keeper.clone()) };
        assert_eq!(read_only.as_ptr(), start.as_ptr());
        read_only[0] = 9.0;
        assert_eq!((read_only[0], read_only[2], Arc::strong_count(&keeper)), (9.0, 3.0, 1));
        assert!(!read_only.is_lent_for_writing() && numbers[0] == 7.0);
    }

    #[test]
    fn what_the_system_has_not_is_a_panic_that_says_so() {
        for len in [1 << 44, usize::MAX / 8, usize::MAX] {
            let said = std::panic::catch_unwind(|| Buffer::<f32>::scratch(len)).unwrap_err();
            assert!(said.downcast_ref::<String>().is_some_and(|text| text.starts_with(OUT_OF_MEMORY)), "{len}");
        }
        assert!(room_for(1 << 20) && !room_for(1 << 46));
    }

    #[test]
    fn another_threads_buffers_are_not_hoarded() {
        let buffers: Vec<_> = (0..8).map(|_| Buffer::<f64>::scratch(512)).collect();
        let cached = std::thread::spawn(move || {
            drop(buffers);
            pool_stats().cached_bytes
        });
        assert_eq!(cached.join().unwrap(), 0);
    }
}

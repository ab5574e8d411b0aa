//! What share of the machine's peak the matrix products of the course's models reach.
//!
//! The peak is measured: fused multiply-adds (where there are none, a multiplication and an addition) on registers
//! only. Each product is timed on one thread and on all, as the shortest of many runs.
//!
//! ```text
//! cargo run --release -p gradus-kernels --example peak              # a Markdown table
//! cargo run --release -p gradus-kernels --example peak -- --json    # one JSON object a product
//! cargo run --release -p gradus-kernels --example peak -- --threads 1 --seconds 30
//! ```
//!
//! `GRADUS_SIMD=avx2` or `baseline` lowers the instruction set, for the peak and for the products.

use gradus_kernels::gemm::{MatRef, Store, gemm};
use gradus_kernels::simd::{Level, level};
use gradus_kernels::threads::{set_threads, threads};
use std::hint::black_box;
use std::time::{Duration, Instant};

/// What a product is for, m, k, n, and whether A and B are read transposed.
type Shape = (&'static str, usize, usize, usize, bool, bool);

const SHAPES: &[Shape] = &[
    ("MLP: hidden", 32, 30, 200, false, false),
    ("MLP: logits", 32, 200, 27, false, false),
    ("MLP: dW2", 200, 32, 27, true, false),
    ("MLP: dh", 32, 27, 200, false, true),
    ("MLP: dW1", 30, 32, 200, true, false),
    ("MLP: dx", 32, 200, 30, false, true),
    ("small attention: p·v", 16, 16, 16, false, false),
    ("small attention: q·kᵀ", 16, 16, 16, false, true),
    ("attention: q·kᵀ", 256, 64, 256, false, true),
    ("attention: p·v", 256, 256, 64, false, false),
    ("attention: dk", 256, 256, 64, true, false),
    ("small GPT: qkv", 512, 64, 192, false, false),
    ("small GPT: up", 512, 64, 256, false, false),
    ("small GPT: down", 512, 256, 64, false, false),
    ("small GPT: d up", 512, 256, 64, false, true),
    ("small GPT: dW up", 64, 512, 256, true, false),
    ("small GPT: dW down", 256, 512, 64, true, false),
    ("GPT: qkv", 1024, 384, 1152, false, false),
    ("GPT: projection", 1024, 384, 384, false, false),
    ("GPT: up", 1024, 384, 1536, false, false),
    ("GPT: down", 1024, 1536, 384, false, false),
    ("GPT: logits", 1024, 384, 65, false, false),
    ("GPT: d up", 1024, 1536, 384, false, true),
    ("GPT: d down", 1024, 384, 1536, false, true),
    ("GPT: dW up", 384, 1024, 1536, true, false),
    ("GPT: dW down", 1536, 1024, 384, true, false),
    ("GPT: d logits", 1024, 65, 384, false, true),
    ("GPT: dW logits", 384, 1024, 65, true, false),
    ("square", 1024, 1024, 1024, false, false),
];

fn main() {
    let arguments: Vec<String> = std::env::args().skip(1).collect();
    let json = arguments.iter().any(|a| a == "--json");
    let value = |flag: &str| arguments.iter().skip_while(|a| *a != flag).nth(1).and_then(|s| s.parse::<f64>().ok());
    let budget = Duration::from_secs_f64(value("--seconds").unwrap_or(6.0) / SHAPES.len() as f64);
    let mut counts = match value("--threads") {
        Some(n) => vec![n as usize],
        None => vec![1, threads()],
    };
    counts.dedup();
    let peaks: Vec<f64> = counts.iter().map(|&n| peak(n, budget)).collect();
    let rows: Vec<Vec<f64>> = SHAPES
        .iter()
        .map(|shape| {
            let time = |&n: &usize| {
                set_threads(n);
                time(shape, budget)
            };
            counts.iter().map(time).collect()
        })
        .collect();
    if json { print_json(&counts, &peaks, &rows) } else { print_table(&counts, &peaks, &rows) }
}

fn name(&(_, m, k, n, a, b): &Shape) -> String {
    let t = |turned| if turned { "ᵀ" } else { "" };
    format!("{m}×{k}{} · {k}×{n}{}", t(a), t(b))
}

fn gigaflops(&(_, m, k, n, ..): &Shape, seconds: f64) -> f64 {
    2.0 * (m * k * n) as f64 / seconds * 1e-9
}

fn print_table(counts: &[usize], peaks: &[f64], rows: &[Vec<f64>]) {
    println!("Instruction set: {:?}.\n", level());
    for (n, peak) in counts.iter().zip(peaks) {
        println!("Peak on {n} thread{}: {peak:.1} GFLOP/s.", if *n == 1 { "" } else { "s" });
    }
    print!("\n| for | product |");
    counts.iter().for_each(|n| print!(" {n}: µs | GFLOP/s | of peak |"));
    println!("\n|---|---|{}", "--:|--:|--:|".repeat(counts.len()));
    for (shape, times) in SHAPES.iter().zip(rows) {
        print!("| {} | {} |", shape.0, name(shape));
        for (&seconds, peak) in times.iter().zip(peaks) {
            let rate = gigaflops(shape, seconds);
            print!(" {:.2} | {rate:.1} | {:.0} % |", seconds * 1e6, rate / peak * 100.0);
        }
        println!();
    }
    let step: f64 = rows.iter().take(6).map(|times| times[0]).sum();
    println!("\nThe six products of a step of the MLP, on one thread: {:.2} µs.", step * 1e6);
}

/// One object a line, in the form of `bench/README.md`.
fn print_json(counts: &[usize], peaks: &[f64], rows: &[Vec<f64>]) {
    for (shape, times) in SHAPES.iter().zip(rows) {
        let &(what, m, k, n, a, b) = shape;
        let layout = format!("{}{}", if a { "t" } else { "n" }, if b { "t" } else { "n" });
        for ((&seconds, peak), threads) in times.iter().zip(peaks).zip(counts) {
            let (us, rate) = (seconds * 1e6, gigaflops(shape, seconds));
            println!(
                "{{\"peer\": \"gradus\", \"case\": \"gemm\", \"threads\": {threads}, \"for\": \"{what}\", \
                 \"shape\": \"{m}x{k}x{n} {layout}\", \"simd\": \"{:?}\", \"us_min\": {us:.3}, \"us_median\": {us:.3}, \
                 \"repeats\": 1, \"gflops\": {rate:.1}, \"peak_gflops\": {peak:.1}, \"share_of_peak\": {:.3}, \
                 \"versions\": {{\"gradus\": \"{}\"}}}}",
                level(),
                rate / peak,
                env!("CARGO_PKG_VERSION"),
            );
        }
    }
}

/// Seconds that a product takes: the shortest of many runs, of which each repeats a short product often enough for
/// the clock.
fn time(&(_, m, k, n, a_turned, b_turned): &Shape, budget: Duration) -> f64 {
    let numbers = |len: usize| (0..len).map(|i| (i * 37 % 101) as f32 / 101.0 - 0.5).collect::<Vec<_>>();
    let (a, b, mut c) = (numbers(m * k), numbers(k * n), vec![0.0; m * n]);
    let a = if a_turned { MatRef::rows(&a, m).t() } else { MatRef::rows(&a, k) };
    let b = if b_turned { MatRef::rows(&b, k).t() } else { MatRef::rows(&b, n) };
    let repeats = (2_000_000 / (m * k * n)).max(1);
    let mut best = f64::INFINITY;
    let start = Instant::now();
    while start.elapsed() < budget {
        let begin = Instant::now();
        for _ in 0..repeats {
            gemm(m, n, k, a, b, black_box(&mut c), n, Store::Set);
        }
        best = best.min(begin.elapsed().as_secs_f64() / repeats as f64);
    }
    best
}

/// GFLOP/s of `n` threads that do nothing but multiply and add.
fn peak(n: usize, budget: Duration) -> f64 {
    let one = || {
        let mut best = 0.0_f64;
        let start = Instant::now();
        while start.elapsed() < budget {
            let begin = Instant::now();
            let flops = registers::run(20_000);
            best = best.max(flops / begin.elapsed().as_secs_f64() * 1e-9);
        }
        best
    };
    std::thread::scope(|scope| {
        let helpers: Vec<_> = (1..n).map(|_| scope.spawn(one)).collect();
        one() + helpers.into_iter().map(|helper| helper.join().unwrap_or(0.0)).sum::<f64>()
    })
}

/// Multiply-adds on registers: chains enough to hide the latency, few enough to fit.
mod registers {
    use super::{Level, black_box, level};

    /// Floating-point operations done in `rounds` rounds.
    pub(crate) fn run(rounds: usize) -> f64 {
        match level() {
            // SAFETY: `level` names only what the processor has.
            #[cfg(target_arch = "x86_64")]
            Level::Avx512 => unsafe { avx512(rounds) },
            // SAFETY: as above.
            #[cfg(target_arch = "x86_64")]
            Level::Avx2 => unsafe { avx2(rounds) },
            _ => baseline(rounds),
        }
    }

    macro_rules! chains {
        ($chains:literal by $lanes:literal, $rounds:ident, $splat:expr, $step:expr) => {{
            let (a, b) = ($splat(black_box(0.999)), $splat(black_box(0.001)));
            let mut x = [$splat(black_box(1.0)); $chains];
            for _ in 0..$rounds {
                for x in &mut x {
                    *x = $step(*x, a, b);
                }
            }
            black_box(x);
            (2 * $chains * $lanes * $rounds) as f64
        }};
    }

    #[cfg(target_arch = "x86_64")]
    #[target_feature(enable = "avx512f")]
    fn avx512(rounds: usize) -> f64 {
        use std::arch::x86_64::{_mm512_fmadd_ps, _mm512_set1_ps};
        chains!(16 by 16, rounds, _mm512_set1_ps, _mm512_fmadd_ps)
    }

    #[cfg(target_arch = "x86_64")]
    #[target_feature(enable = "avx2,fma")]
    fn avx2(rounds: usize) -> f64 {
        use std::arch::x86_64::{_mm256_fmadd_ps, _mm256_set1_ps};
        chains!(12 by 8, rounds, _mm256_set1_ps, _mm256_fmadd_ps)
    }

    fn baseline(rounds: usize) -> f64 {
        let step = |x: [f32; 4], a: [f32; 4], b: [f32; 4]| {
            std::array::from_fn(|i| {
                if cfg!(target_arch = "aarch64") { x[i].mul_add(a[i], b[i]) } else { x[i] * a[i] + b[i] }
            })
        };
        chains!(12 by 4, rounds, |x: f32| [x; 4], step)
    }
}

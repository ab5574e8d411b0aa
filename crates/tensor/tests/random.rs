//! Random numbers against PyTorch and Python (fixtures/random/make.py), and what each scheme
//! promises about its own.

use gradus_tensor::random::{Generator, PythonRandom, RandomError, Real, Scheme};
use serde_json::Value;

/// A float that a fixture spells as its bits.
trait Bits: Real + std::fmt::Debug + PartialEq {
    const DIGITS: usize;
    fn from_bits(bits: u64) -> Self;
    /// How many representable numbers lie between the two.
    fn ulps(self, other: Self) -> u64;
}

impl Bits for f32 {
    const DIGITS: usize = 8;
    fn from_bits(bits: u64) -> Self {
        f32::from_bits(bits as u32)
    }
    fn ulps(self, other: Self) -> u64 {
        let line = |x: f32| if x < 0.0 { -i64::from((-x).to_bits()) } else { i64::from(x.to_bits()) };
        line(self).abs_diff(line(other))
    }
}

impl Bits for f64 {
    const DIGITS: usize = 16;
    fn from_bits(bits: u64) -> Self {
        f64::from_bits(bits)
    }
    fn ulps(self, other: Self) -> u64 {
        let line = |x: f64| if x < 0.0 { -((-x).to_bits() as i64) } else { x.to_bits() as i64 };
        line(self).abs_diff(line(other))
    }
}

fn floats<T: Bits>(hex: &Value) -> Vec<T> {
    let hex = hex.as_str().unwrap().as_bytes();
    hex.chunks(T::DIGITS)
        .map(|digits| T::from_bits(u64::from_str_radix(std::str::from_utf8(digits).unwrap(), 16).unwrap()))
        .collect()
}

fn integers(list: &Value) -> Vec<i64> {
    list.as_array().unwrap().iter().map(|x| x.as_i64().unwrap()).collect()
}

fn cases(file: &str) -> Vec<Value> {
    let path = std::path::Path::new(env!("CARGO_MANIFEST_DIR")).join("tests/fixtures/random").join(file);
    serde_json::from_str(&std::fs::read_to_string(path).unwrap()).unwrap()
}

/// Repeats one recorded call and returns how far the worst value is off, in units in the last place.
fn repeat_floats<T: Bits>(g: &mut Generator, call: &Value) -> u64 {
    let argument = |name: &str| call[name].as_f64().unwrap();
    let expected: Vec<T> = floats(&call["out"]);
    let mut out = expected.clone();
    match call["op"].as_str().unwrap() {
        "rand" => g.fill_rand(&mut out),
        "randn" => g.fill_randn(&mut out),
        "uniform" => g.fill_uniform(argument("low"), argument("high"), &mut out).unwrap(),
        "normal" => g.fill_normal(argument("mean"), argument("std"), &mut out).unwrap(),
        "exponential" => g.fill_exponential(argument("rate"), &mut out).unwrap(),
        "bernoulli" => g.fill_bernoulli(argument("p"), &mut out).unwrap(),
        "dropout" => g.fill_dropout_mask(argument("p"), &mut out).unwrap(),
        op => panic!("the fixture holds an unknown call {op}"),
    }
    assert_eq!(out.len(), call["n"].as_u64().unwrap() as usize);
    out.iter().zip(&expected).map(|(a, b)| a.ulps(*b)).max().unwrap_or(0)
}

fn repeat_multinomial<T: Bits>(g: &mut Generator, call: &Value) -> Vec<i64> {
    let weights: Vec<T> = floats(&call["weights"]);
    let mut out = vec![0; call["n"].as_u64().unwrap() as usize];
    g.fill_multinomial(&weights, call["replacement"].as_bool().unwrap(), &mut out).unwrap();
    out
}

/// Every draw of PyTorch that the fixtures hold comes out again, in any order of calls, and a
/// generator that is saved and restored before each call draws the same.
#[test]
fn the_torch_scheme_draws_what_pytorch_draws() {
    // Logarithm, sine, cosine and log1p of doubles are the platform's; everything else is exact.
    const TRANSCENDENTAL: [&str; 3] = ["randn", "normal", "exponential"];
    let mut calls = 0;
    for case in cases("torch.json") {
        let mut g = Generator::new(Scheme::Torch, case["seed"].as_u64().unwrap());
        for call in case["calls"].as_array().unwrap() {
            calls += 1;
            g = Generator::from_state(&g.state()).unwrap();
            let (op, name) = (call["op"].as_str().unwrap(), &case["name"]);
            let n = call["n"].as_u64().unwrap() as usize;
            match op {
                "checksum" => {} // see `long_f32_normals_are_exact`
                "randint" => {
                    let mut out = vec![0; n];
                    g.fill_randint(call["low"].as_i64().unwrap(), call["high"].as_i64().unwrap(), &mut out).unwrap();
                    assert_eq!(out, integers(&call["out"]), "{name}: {call}");
                }
                "randperm" => assert_eq!(g.randperm(n), integers(&call["out"]), "{name}: {call}"),
                "multinomial" => {
                    let out = match call["dtype"].as_str() {
                        Some("f32") => repeat_multinomial::<f32>(&mut g, call),
                        _ => repeat_multinomial::<f64>(&mut g, call),
                    };
                    assert_eq!(out, integers(&call["out"]), "{name}: {call}");
                }
                _ => {
                    let off = match call["dtype"].as_str() {
                        Some("f32") => repeat_floats::<f32>(&mut g, call),
                        _ => repeat_floats::<f64>(&mut g, call),
                    };
                    let allowed = if TRANSCENDENTAL.contains(&op) { 2 } else { 0 };
                    assert!(off <= allowed, "{name}: {off} units in the last place off in {call}");
                }
            }
        }
    }
    assert!(calls > 300, "the fixture is cut short: {calls} calls");
}

/// f32 normal numbers of sixteen and more use no library function but the square root, so that
/// they agree with PyTorch's AVX2 kernel to the last bit on every platform. The checksum covers a
/// million of them.
#[test]
fn long_f32_normals_are_exact() {
    let mut values = 0;
    for case in cases("torch.json") {
        let mut g = Generator::new(Scheme::Torch, case["seed"].as_u64().unwrap());
        let call = &case["calls"][0];
        let n = call["n"].as_u64().unwrap() as usize;
        if call["op"] == "checksum" {
            let mut out = vec![0.0_f32; n];
            g.fill_randn(&mut out);
            let terms = out.iter().zip(0_u64..).map(|(x, i)| u64::from(x.to_bits()).wrapping_mul(2 * i + 1));
            assert_eq!(Some(terms.fold(0, u64::wrapping_add)), call["out"].as_u64());
        } else if case["name"].as_str().unwrap().starts_with("randn f32") && n >= 16 {
            assert_eq!(repeat_floats::<f32>(&mut g, call), 0, "randn of {n}");
        } else {
            continue;
        }
        values += n;
    }
    assert_eq!(values, 16 + 17 + 31 + 100 + 729 + 1_000_000);
}

#[test]
fn python_random_draws_what_python_draws() {
    for case in cases("python.json") {
        let mut r = PythonRandom::new(case["seed"].as_u64().unwrap());
        for call in case["calls"].as_array().unwrap() {
            let argument = |name: &str| call[name].as_f64().unwrap();
            let whole = |name: &str| call[name].as_i64().unwrap();
            let exact = |value: f64| assert_eq!(vec![value], floats::<f64>(&call["out"]), "{}: {call}", case["name"]);
            match call["op"].as_str().unwrap() {
                "random" => exact(r.random()),
                "uniform" => exact(r.uniform(argument("low"), argument("high"))),
                "gauss" => {
                    let value = r.gauss(argument("mean"), argument("std"));
                    assert!(value.ulps(floats::<f64>(&call["out"])[0]) <= 2, "{value} in {call}");
                }
                "getrandbits" => assert_eq!(r.getrandbits(whole("k") as u32), call["out"].as_u64().unwrap(), "{call}"),
                "randint" => assert_eq!(r.randint(whole("low"), whole("high")), whole("out"), "{call}"),
                "choice" => {
                    let items: Vec<i64> = (0..whole("n")).collect();
                    assert_eq!(r.choice(&items), Some(&whole("out")), "{call}");
                }
                "shuffle" => {
                    let mut items: Vec<i64> = (0..whole("n")).collect();
                    r.shuffle(&mut items);
                    assert_eq!(items, integers(&call["out"]), "{call}");
                }
                op => panic!("the fixture holds an unknown call {op}"),
            }
        }
    }
}

#[test]
fn a_single_cumulative_draw_is_one_of_many() {
    let weights = [0.5_f32, 0.0, 2.0, 1.5];
    for scheme in [Scheme::Gradus, Scheme::Torch] {
        let (mut together, mut singly) = (Generator::new(scheme, 3), Generator::new(scheme, 3));
        let (mut many, mut one) = ([0; 50], [0; 1]);
        together.fill_multinomial_cumulative(&weights, &mut many).unwrap();
        for expected in many {
            singly.fill_multinomial_cumulative(&weights, &mut one).unwrap();
            assert_eq!(one[0], expected);
        }
        assert!(!many.contains(&1), "a weight of zero was drawn");
    }
}

/// The numbers a `gradus` seed stands for are part of every recorded run: they may never change.
#[test]
fn the_gradus_scheme_keeps_its_numbers() {
    let mut g = Generator::new(Scheme::Gradus, 42);
    assert_eq!(g.next_u64(), 1_778_848_427_533_412_864);
    let mut unit = [0.0_f32; 3];
    g.fill_rand(&mut unit);
    assert_eq!(unit, [0.342_108_07, 0.218_955_34, 0.043_306_65]);
    let mut normal = [0.0_f32; 3];
    g.fill_randn(&mut normal);
    assert_eq!(normal, [0.324_775_13, 1.715_638_9, -0.107_418_49]);
    let mut whole = [0; 5];
    g.fill_randint(0, 27, &mut whole).unwrap();
    assert_eq!(whole, [17, 22, 13, 1, 5]);
    assert_eq!(g.randperm(7), [0, 2, 4, 1, 3, 6, 5]);
    assert_eq!(g.stream("init").next_u64(), 1_383_911_425_307_613_298);
}

#[test]
fn the_gradus_scheme_does_not_mind_how_calls_are_cut() {
    let (mut whole, mut parts) = (Generator::new(Scheme::Gradus, 9), Generator::new(Scheme::Gradus, 9));
    let (mut a, mut b) = ([0.0_f32; 100], [0.0_f32; 100]);
    whole.fill_randn(&mut a);
    let (head, tail) = b.split_at_mut(37);
    parts.fill_randn(head);
    parts.fill_randn(tail);
    assert_eq!(a, b);
    assert_eq!(whole, parts);
}

/// Mean, variance and the shares of a million draws lie within five standard errors.
#[test]
fn moments_are_as_they_should_be() {
    const N: usize = 1_000_000;
    let close = |what: &str, value: f64, expected: f64, variance: f64| {
        let error = (variance / N as f64).sqrt();
        assert!((value - expected).abs() <= 5.0 * error, "{what}: {value}, expected {expected} ± {error}");
    };
    let mut x = vec![0.0_f64; N];
    let mean = |x: &[f64], f: &dyn Fn(f64) -> f64| x.iter().map(|&x| f(x)).sum::<f64>() / N as f64;
    for scheme in [Scheme::Gradus, Scheme::Torch] {
        let mut g = Generator::new(scheme, 11);
        g.fill_rand(&mut x);
        close("uniform mean", mean(&x, &|x| x), 0.5, 1.0 / 12.0);
        close("uniform square", mean(&x, &|x| x * x), 1.0 / 3.0, 4.0 / 45.0);
        g.fill_randn(&mut x);
        close("normal mean", mean(&x, &|x| x), 0.0, 1.0);
        close("normal variance", mean(&x, &|x| x * x), 1.0, 2.0);
        close("normal fourth moment", mean(&x, &|x| x.powi(4)), 3.0, 96.0);
        close("beyond two", mean(&x, &|x| f64::from(x > 2.0)), 0.022_750_131_948, 0.022_232);
        g.fill_normal(3.0, 0.5, &mut x).unwrap();
        close("shifted mean", mean(&x, &|x| x), 3.0, 0.25);
        g.fill_exponential(4.0, &mut x).unwrap();
        close("exponential mean", mean(&x, &|x| x), 0.25, 1.0 / 16.0);
        g.fill_dropout_mask(0.3, &mut x).unwrap();
        close("dropout mean", mean(&x, &|x| x), 1.0, 0.3 / 0.7);
        let mut k = vec![0; N];
        g.fill_randint(-2, 5, &mut k).unwrap();
        assert!(k.iter().all(|k| (-2..5).contains(k)));
        for value in -2..5 {
            let share = k.iter().filter(|&&k| k == value).count() as f64 / N as f64;
            close("whole number", share, 1.0 / 7.0, 6.0 / 49.0);
        }
        let weights = [1.0_f64, 0.0, 3.0, 6.0];
        for (i, weight) in weights.iter().enumerate() {
            g.fill_multinomial(&weights, true, &mut k).unwrap();
            let share = k.iter().filter(|&&k| k == i as i64).count() as f64 / N as f64;
            let p = weight / 10.0;
            close("by weight", share, p, p * (1.0 - p));
        }
    }
}

#[test]
fn streams_are_isolated_and_named() {
    for scheme in [Scheme::Gradus, Scheme::Torch] {
        let mut root = Generator::new(scheme, 5);
        let before = root.stream("dropout");
        root.fill_rand(&mut [0.0_f32; 99]);
        assert_eq!(root.stream("dropout"), before, "a stream depends on what was drawn");
        assert_eq!(before.scheme(), scheme);
        let seeds = ["dropout", "batches", "init", ""].map(|name| root.stream(name).seed());
        let distinct: std::collections::HashSet<u64> = seeds.into_iter().collect();
        assert_eq!(distinct.len(), 4);
        assert_ne!(Generator::new(scheme, 6).stream("init").seed(), root.stream("init").seed());
    }
}

#[test]
fn a_saved_state_goes_on_with_the_same_bits() {
    for scheme in [Scheme::Gradus, Scheme::Torch] {
        let mut g = Generator::new(scheme, 77).stream("sampling");
        g.fill_randn(&mut [0.0_f32; 5]);
        let saved = g.state();
        let mut again = Generator::from_state(&saved).unwrap();
        assert_eq!(again, g);
        assert_eq!((again.seed(), again.scheme()), (g.seed(), scheme));
        let (mut a, mut b) = ([0.0_f64; 700], [0.0_f64; 700]);
        g.fill_randn(&mut a);
        again.fill_randn(&mut b);
        assert_eq!(a, b);

        for length in 0..saved.len() {
            assert!(Generator::from_state(&saved[..length]).is_err(), "{length} bytes were accepted");
        }
        assert!(Generator::from_state(&[&saved[..], &[0]].concat()).is_err());
        let mut altered = saved;
        altered[8] = 9;
        assert_eq!(
            Generator::from_state(&altered).unwrap_err().to_string(),
            "random state: it names an unknown scheme; it must be what `Generator::state` returned"
        );
    }
    // More words used than there are.
    let mut state = Generator::new(Scheme::Torch, 1).state();
    let end = state.len();
    state[end - 11..end - 9].copy_from_slice(&625_u16.to_le_bytes());
    assert!(Generator::from_state(&state).is_err());
}

#[test]
fn impossible_draws_are_refused() {
    let mut g = Generator::new(Scheme::Gradus, 1);
    let mut x = [0.0_f32; 2];
    let mut k = [0_i64; 3];
    assert_eq!(g.fill_randint(3, 3, &mut k), Err(RandomError::EmptyRange { low: 3, high: 3 }));
    assert!(g.fill_uniform(1.0, 0.0, &mut x).is_err());
    assert!(g.fill_uniform(f64::NEG_INFINITY, 0.0, &mut x).is_err());
    assert!(g.fill_uniform(0.0, f64::NAN, &mut x).is_err());
    assert!(g.fill_normal(0.0, -1.0, &mut x).is_err());
    assert!(g.fill_normal(f64::NAN, 1.0, &mut x).is_err());
    assert!(g.fill_exponential(0.0, &mut x).is_err());
    assert_eq!(g.fill_dropout_mask(1.5, &mut x), Err(RandomError::Probability(1.5)));
    assert!(g.fill_bernoulli(f64::NAN, &mut x).is_err());
    assert_eq!(g.fill_multinomial(&[1.0_f32, -2.0], true, &mut k), Err(RandomError::Weight { index: 1, value: -2.0 }));
    assert_eq!(g.fill_multinomial(&[0.0_f32; 4], true, &mut k), Err(RandomError::NoWeight { count: 4 }));
    assert_eq!(g.fill_multinomial::<f32>(&[], true, &mut k), Err(RandomError::NoWeight { count: 0 }));
    assert_eq!(
        g.fill_multinomial(&[1.0, 0.0, 2.0], false, &mut k).unwrap_err().to_string(),
        "multinomial: 3 different draws out of 2 weights above zero; draw fewer, or with replacement"
    );
    assert_eq!(
        "numpy".parse::<Scheme>().unwrap_err().to_string(),
        "unknown random-number scheme `numpy`; the schemes are `gradus` and `torch`"
    );
    assert_eq!("torch".parse(), Ok(Scheme::Torch));
    // Nothing was drawn on the way.
    assert_eq!(g, Generator::new(Scheme::Gradus, 1));
}

#[test]
fn nothing_asked_is_nothing_drawn() {
    for scheme in [Scheme::Gradus, Scheme::Torch] {
        let fresh = Generator::new(scheme, 1);
        let mut g = fresh.clone();
        g.fill_randn::<f32>(&mut []);
        g.fill_rand::<f64>(&mut []);
        g.fill_randint(0, 9, &mut []).unwrap();
        g.fill_multinomial(&[1.0_f32], false, &mut []).unwrap();
        assert_eq!((g.randperm(0), g.randperm(1)), (vec![], vec![0]));
        g.shuffle::<u8>(&mut []);
        assert_eq!(g, fresh);
    }
}

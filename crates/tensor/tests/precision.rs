//! Rounding to every format, held against other people's conversions and against the definition of the formats.

use gradus_tensor::precision::{self, Layout, Places, Rounding, Rule};
use gradus_tensor::{Array, DType, Precision, Tensor};
use safetensors::SafeTensors;

const BINARY: [Precision; 5] = [Precision::Tf32, Precision::Bf16, Precision::F16, Precision::E4m3, Precision::E5m2];

fn layout(format: Precision) -> Layout {
    format.layout().unwrap()
}

/// The same bits, or both NaN.
fn same(ours: f32, theirs: f32) -> bool {
    ours.to_bits() == theirs.to_bits() || (ours.is_nan() && theirs.is_nan())
}

#[test]
fn halves_and_bfloats_agree_with_the_half_crate() {
    // Every f32 whose upper 19 bits take any value (so every exponent, subnormals, infinities and NaNs), with the lower
    // bits around ties.
    for upper in 0..1u32 << 19 {
        for lower in [0, 1, 0xfff, 0x1000, 0x1001, 0x1fff] {
            let x = f32::from_bits(upper << 13 | lower);
            let (f16, bf16) = (half::f16::from_f32(x), half::bf16::from_f32(x));
            let ours = [Precision::F16, Precision::Bf16].map(|format| format.round_value(x));
            assert!(same(ours[0], f16.to_f32()), "f16 of {x:e}: {:e}, not {f16:e}", ours[0]);
            assert!(same(ours[1], bf16.to_f32()), "bf16 of {x:e}: {:e}, not {bf16:e}", ours[1]);
        }
    }
}

#[test]
fn every_pattern_of_f16_and_bf16_means_what_the_half_crate_says() {
    for pattern in 0..=u16::MAX {
        for (format, theirs) in [
            (Precision::F16, half::f16::from_bits(pattern).to_f32()),
            (Precision::Bf16, half::bf16::from_bits(pattern).to_f32()),
        ] {
            let value = layout(format).decode(u64::from(pattern)) as f32;
            assert!(same(value, theirs), "{format} {pattern:#06x}: {value:e}, not {theirs:e}");
            if !value.is_nan() {
                assert_eq!(layout(format).encode(f64::from(value)), u64::from(pattern), "{format} {value:e}");
            }
        }
    }
}

#[test]
fn every_pattern_is_its_own_rounding_and_every_tie_goes_to_the_even_pattern() {
    for format in BINARY {
        let layout = layout(format);
        let magnitudes = 1u64 << (layout.bits() - 1);
        for pattern in 0..magnitudes {
            let (value, next) = (layout.decode(pattern), layout.decode(pattern + 1));
            if value.is_nan() {
                assert!(format.round_f64(value).is_nan());
                continue;
            }
            for sign in [1.0, -1.0] {
                let x = sign * value;
                assert_eq!(format.round_f64(x).to_bits(), x.to_bits(), "{format}: {x:e} is in it");
                assert_eq!(layout.decode(layout.encode(x)).to_bits(), x.to_bits(), "{format}: pattern of {x:e}");
            }
            if pattern + 1 < magnitudes && next.is_finite() {
                let tie = (value + next) / 2.0;
                let even = if pattern % 2 == 0 { value } else { next };
                for (x, want) in [(tie, even), (tie.next_down(), value), (tie.next_up(), next)] {
                    assert_eq!(format.round_f64(x), want, "{format}: {x:e} between {value:e} and {next:e}");
                    assert_eq!(format.round_f64(-x), -want, "{format}: {:e}", -x);
                }
                // As f32, where the tie has a place there.
                if f64::from(tie as f32) == tie {
                    assert_eq!(f64::from(format.round_value(tie as f32)), even, "{format}: {tie:e} as f32");
                }
            }
        }
    }
}

#[test]
fn eight_bits_are_those_of_ml_dtypes_and_pytorch() {
    let file =
        std::fs::read(concat!(env!("CARGO_MANIFEST_DIR"), "/tests/fixtures/precision/float8.safetensors")).unwrap();
    let file = SafeTensors::deserialize(&file).unwrap();
    let x: Vec<f32> =
        file.tensor("x").unwrap().data().as_chunks::<4>().0.iter().map(|&bytes| f32::from_le_bytes(bytes)).collect();
    assert!(x.len() > 6000);
    // PyTorch 2.15 saturates what does not fit e4m3, the others and the engine give NaN: the definition allows both.
    let saturates = "e4m3_saturating";
    for (format, name) in [(Precision::E4m3, "e4m3"), (Precision::E5m2, "e5m2"), (Precision::E4m3, saturates)] {
        for (&x, &theirs) in x.iter().zip(file.tensor(name).unwrap().data()) {
            let rounded = format.round_value(x);
            if name == saturates && rounded.is_nan() && !x.is_nan() {
                assert_eq!(theirs & 0x7f, 0x7e, "{x:e}");
                continue;
            }
            let theirs = layout(format).decode(u64::from(theirs)) as f32;
            assert!(same(rounded, theirs), "{format} of {x:e}: {rounded:e}, not {theirs:e}");
        }
    }
}

#[test]
fn the_ends_of_the_ranges() {
    let (f16, e4m3, e5m2) = (Precision::F16, Precision::E4m3, Precision::E5m2);
    assert_eq!([f16, e4m3, e5m2].map(|format| layout(format).largest()), [65504.0, 448.0, 57344.0]);
    assert_eq!([f16, e4m3, e5m2].map(|format| layout(format).smallest().log2()), [-24.0, -9.0, -16.0]);
    // Halfway from the largest number to what would come next, the tie goes to the even one, which is not there.
    assert_eq!((f16.round_value(65520_f32.next_down()), f16.round_value(65520.0)), (65504.0, f32::INFINITY));
    assert_eq!((e5m2.round_value(61440_f32.next_down()), e5m2.round_value(-61440.0)), (57344.0, f32::NEG_INFINITY));
    // In e4m3 the largest number is the even one.
    assert_eq!(e4m3.round_value(464.0), 448.0);
    assert!(e4m3.round_value(464_f32.next_up()).is_nan() && e4m3.round_value(f32::INFINITY).is_nan());
    assert_eq!(Precision::Bf16.round_value(f32::MAX), f32::INFINITY);
    assert_eq!(f16.round_f64(1e300), f64::INFINITY);
    for format in BINARY {
        assert_eq!(format.round_value(-0.0).to_bits(), (-0.0_f32).to_bits(), "{format}");
        assert!(format.round_value(-1e-45).is_sign_negative(), "{format}");
        assert!(format.round_value(f32::NAN).is_nan());
    }
    assert_eq!(Precision::Bf16.round_value(f32::from_bits(1 << 16)), f32::from_bits(1 << 16), "a subnormal stays");
}

#[test]
fn arrays_round_as_single_numbers_do() {
    // Long enough for vectors of any width and for a rest, and everything in it: small, large, infinite, none.
    let x: Vec<f32> = (0..100_003u32).map(|i| f32::from_bits(i.wrapping_mul(42_949))).collect();
    for format in BINARY.into_iter().chain([Precision::Decimal(3)]) {
        let rounded = format.round_array(Array::from_slice(&x, &[x.len()]).unwrap()).to_vec::<f32>();
        for (&x, &rounded) in x.iter().zip(&rounded) {
            assert!(same(rounded, format.round_value(x)), "{format} of {x:e}: {rounded:e}");
        }
    }
}

#[test]
fn doubles_are_rounded_once() {
    // Just above a bf16 tie in f64, on the tie in f32: two plain roundings would go to even, downwards.
    let x = 1.0 + 2f64.powi(-8) + 2f64.powi(-40);
    let t = precision::with(Precision::Bf16, || Tensor::full(&[1], x, DType::F64) * 1.0);
    assert_eq!(t.item().unwrap(), 1.0 + 2f64.powi(-7));
    assert_eq!(Precision::Bf16.round_f64(x), 1.0 + 2f64.powi(-7));
}

#[test]
fn decimals_are_those_of_printed_numbers() {
    for (x, digits, want) in
        [(1.2345, 3, 1.23), (-9.96, 2, -10.0), (0.000123456, 2, 0.00012), (6.4e30, 1, 6e30), (8.0, 1, 8.0)]
    {
        assert_eq!(Precision::Decimal(digits).round_value(x), want, "{x} to {digits}");
    }
    for i in 0..200_000_u32 {
        let x = f32::from_bits(i.wrapping_mul(2_654_435_761));
        if !x.is_finite() {
            continue;
        }
        for digits in [1, 2, 4, 7] {
            let printed: f32 = format!("{x:.*e}", digits - 1).parse().unwrap();
            let rounded = Precision::Decimal(digits as u8).round_value(x);
            assert_eq!(rounded.to_bits(), printed.to_bits(), "{x:e} to {digits} digits: {rounded:e}, not {printed:e}");
        }
    }
}

fn stochastic(format: Precision, seed: u64) -> Rule {
    Rule { rounding: Rounding::Stochastic { seed }, ..format.into() }
}

#[test]
fn stochastic_rounding_gives_neighbours_and_their_mean_is_the_number() {
    // In the middle of the range, at three tenths of a step, just above a power of two, and below the smallest normal.
    for format in BINARY.into_iter().chain([Precision::Decimal(2)]) {
        let small = layout_or(format, |layout| 2.3 * layout.smallest(), 1.234e-6);
        let near_one = layout_or(format, |layout| 1.0 + 0.3 / (1u64 << layout.fraction) as f64, 1.03);
        for x in [near_one, -3.3, 0.7, small] {
            let n = 40_000;
            let t = Tensor::full(&[n], x, DType::F32);
            let x = t.to_vec::<f64>()[0];
            let rounded = precision::with(stochastic(format, 7), || &t * 1.0).to_vec::<f64>();
            let mut values = rounded.clone();
            values.sort_by(f64::total_cmp);
            values.dedup();
            assert!(values.len() <= 2, "{format}: {x:e} becomes {values:?}");
            let (low, high) = (values[0], values[values.len() - 1]);
            assert!(low <= x && x <= high, "{format}: {x:e} lies not between {low:e} and {high:e}");
            let mean = rounded.iter().sum::<f64>() / n as f64;
            // Five standard deviations of the mean of so many draws of one of two.
            let room = 5.0 * (high - low) * 0.5 / (n as f64).sqrt();
            assert!((mean - x).abs() <= room + 1e-15, "{format}: the mean of {x:e} is {mean:e}");
        }
    }
}

fn layout_or(format: Precision, f: impl Fn(Layout) -> f64, otherwise: f64) -> f64 {
    format.layout().map_or(otherwise, f)
}

#[test]
fn stochastic_rounding_is_the_same_each_time_and_never_moves_what_fits() {
    let x = Tensor::linspace(-1.0, 1.0, 70_001);
    let draw = |seed| {
        precision::with(stochastic(Precision::Bf16, seed), || ((&x * 1.0).to_vec::<f32>(), (&x * 1.0).to_vec::<f32>()))
    };
    let (first, second) = draw(1);
    assert_eq!((&first, &second), (&draw(1).0, &draw(1).1));
    assert!(first != second, "two results of one pass are drawn apart");
    assert!(first != draw(2).0);
    let fits = Tensor::from_slice(&first, &[first.len()]).unwrap();
    assert_eq!(precision::with(stochastic(Precision::Bf16, 3), || &fits * 1.0).to_vec::<f32>(), first);
    // Ends of the range stay where they are.
    let ends = Tensor::from_slice(&[f32::INFINITY, f32::NEG_INFINITY, 0.0, -0.0, f32::NAN], &[5]).unwrap();
    let rounded = precision::with(stochastic(Precision::F16, 3), || &ends * 1.0).to_vec::<f32>();
    assert_eq!(rounded[..2], [f32::INFINITY, f32::NEG_INFINITY]);
    assert!(rounded[2..4].iter().all(|&x| x == 0.0) && rounded[4].is_nan());
}

#[test]
fn only_the_places_that_are_named_are_rounded() {
    let fits = |x: &[f32]| x.iter().all(|&x| Precision::Bf16.round_value(x) == x);
    let pass = |places: &str| {
        let rule = Rule { places: Places::parse(places).unwrap(), ..Precision::Bf16.into() };
        let x = Tensor::from_slice(&[0.1_f32, 0.7], &[2]).unwrap().requires_grad();
        precision::with(rule, || {
            let y = x.tanh();
            let value = y.to_vec::<f32>();
            (&y * &y).sum().into_backward().unwrap();
            let mut weights = Array::from_slice(&[0.1_f32], &[1]).unwrap();
            let mut state = weights.clone();
            precision::round_weights(&mut weights);
            precision::round_state(&mut state);
            let gradient = x.grad().unwrap().to_vec::<f32>();
            [value, gradient, weights.to_vec(), state.to_vec()].map(|numbers| fits(&numbers))
        })
    };
    assert_eq!(pass("activations"), [true, false, false, false]);
    assert_eq!(pass("gradients"), [false, true, false, false]);
    assert_eq!(pass("weights"), [false, false, true, false]);
    assert_eq!(pass("optimizer, gradients"), [false, true, false, true]);
    assert_eq!(pass("everywhere"), [true; 4]);
    assert!(Places::parse("everything").is_err());
}

#[test]
fn losses_stay_in_f32_and_views_as_they_are() {
    let logits = Tensor::from_slice(&[0.1_f32, 0.7, -0.3], &[1, 3]).unwrap();
    let target = Tensor::from_slice(&[2_i64], &[1]).unwrap();
    let loss = || logits.cross_entropy(&target).unwrap().item().unwrap();
    let exact = loss();
    precision::with(Precision::Decimal(1), || {
        assert_eq!(loss(), exact);
        assert!(logits.flatten(0, 1).unwrap().shares_storage_with(&logits));
    });
}

//! What classifiers and regressions are given: points, flowers, and how they are dealt out and scaled.

use gradus_data::toys::{Points, Toy};
use gradus_data::{DataError, Samples, Scaling, Source, Split, Targets, iris};
use proptest::prelude::*;

fn labels(samples: &Samples) -> &[i64] {
    match &samples.targets {
        Targets::Classes { labels, .. } => labels,
        other => panic!("{other:?}"),
    }
}

fn make(toy: Toy, n: usize, noise: f64, seed: u64) -> Result<Samples, DataError> {
    toy.make(&Points { n, noise, seed })
}

fn values(samples: &Samples) -> &[f32] {
    match &samples.targets {
        Targets::Values { values, .. } => values,
        other => panic!("{other:?}"),
    }
}

#[test]
fn each_class_has_its_share_in_every_part() {
    let flowers = Samples::from(&iris().unwrap());
    let parts = flowers.deal(&Split::Random { seed: 7, dev: 0.1, test: 0.2 }).unwrap();
    for (rows, share) in parts.iter().zip([35, 5, 10]) {
        let part = flowers.rows(rows);
        for class in 0..3 {
            assert_eq!(labels(&part).iter().filter(|&&label| label == class).count(), share);
        }
    }
    let other = flowers.deal(&Split::Random { seed: 8, dev: 0.1, test: 0.2 }).unwrap();
    assert_ne!(parts, other);
    let too_few = flowers.rows(&[0, 60, 120]).deal(&Split::COURSE).unwrap_err().to_string();
    assert_eq!(too_few, "the largest class has too few rows (1); to divide them into parts takes at least 6");
}

#[test]
fn everything_that_has_examples_is_opened_by_name() {
    let open = |name: &str| Samples::open(&Source::find(name).unwrap(), &Points { n: 30, noise: 0.0, seed: 1 }, None);
    let found = |name: &str| open(name).map(|samples| (samples.len(), samples.shape)).unwrap();
    assert_eq!(found("iris"), (150, vec![4]));
    assert_eq!(found("digits"), (1797, vec![1, 8, 8]));
    assert_eq!(found("spiral"), (30, vec![2]));
    assert_eq!(
        open("surnames").unwrap_err().to_string(),
        "surnames is a list with one thing a line, and a table of measurements is wanted here; name another (gradus \
         data list)"
    );
    assert_eq!(
        gradus_data::Lines::open(&Source::find("moons").unwrap()).unwrap_err().to_string(),
        "moons is a set of points in a plane, and a list with one thing a line is wanted here; name another (gradus \
         data list)"
    );
}

#[test]
fn a_published_test_part_stays_the_test() {
    let mut flowers = Samples::from(&iris().unwrap());
    flowers.published_train = Some(100);
    let [train, dev, test] = flowers.deal(&Split::Random { seed: 1, dev: 0.1, test: 0.2 }).unwrap();
    assert_eq!((train.len(), dev.len()), (90, 10));
    assert_eq!(test, (100..150).collect::<Vec<_>>());
    assert!(train.iter().chain(&dev).all(|&row| row < 100));
}

#[test]
fn scaling_comes_from_the_training_part_alone() {
    let flowers = Samples::from(&iris().unwrap());
    let [train, _, test] = flowers.deal(&Split::Random { seed: 1, dev: 0.0, test: 0.3 }).unwrap();
    let (mut train, mut test) = (flowers.rows(&train), flowers.rows(&test));
    let scaling = Scaling::of(&train);
    scaling.apply(&mut train);
    scaling.apply(&mut test);
    let moments = |samples: &Samples, feature: usize| {
        let column: Vec<f64> = samples.features.iter().skip(feature).step_by(4).map(|&x| f64::from(x)).collect();
        let mean = column.iter().sum::<f64>() / column.len() as f64;
        (mean, (column.iter().map(|x| (x - mean).powi(2)).sum::<f64>() / column.len() as f64).sqrt())
    };
    for feature in 0..4 {
        let (mean, std) = moments(&train, feature);
        assert!(mean.abs() < 1e-5 && (std - 1.0).abs() < 1e-5, "{mean} {std}");
        assert!(moments(&test, feature).0.abs() > 1e-3, "the test part was scaled by itself");
    }
    // A feature that is always the same says nothing, and divides nothing by zero.
    let same = Samples { features: vec![0.1, 1.0, 0.1, 3.0], shape: vec![2], ..flowers.rows(&[0, 1]) };
    assert_eq!(Scaling::of(&same).std, [1.0, 1.0]);
    assert_eq!(Scaling::of(&same).mean, [0.1, 2.0]);
}

#[test]
fn batches_are_tensors() {
    let flowers = Samples::from(&iris().unwrap());
    let (x, y) = flowers.batch(&[149, 0]).unwrap();
    assert_eq!(x.to_vec::<f32>(), [5.9, 3.0, 5.1, 1.8, 5.1, 3.5, 1.4, 0.2]);
    assert_eq!((y.to_vec::<i64>(), x.shape()), (vec![2, 0], &[2, 4][..]));
    for row in [150, -1] {
        assert_eq!(flowers.batch(&[row]).unwrap_err().to_string(), "the batch: a row is beyond the 150 examples");
    }
    let (_, y) = make(Toy::Ring, 10, 0.0, 1).unwrap().batch(&[0, 1, 2]).unwrap();
    assert_eq!(y.shape(), &[3, 1]);
}

#[test]
fn points_without_noise_lie_where_they_should() {
    let made = |toy: Toy| make(toy, 300, 0.0, 3).unwrap();
    let points = |samples: &Samples| -> Vec<[f32; 2]> { samples.features.chunks(2).map(|p| [p[0], p[1]]).collect() };
    let near = |a: f32, b: f32| (a - b).abs() < 1e-5;

    let moons = made(Toy::Moons);
    for ([x, y], &label) in points(&moons).into_iter().zip(labels(&moons)) {
        let (x, y) = if label == 0 { (x, y) } else { (1.0 - x, 0.5 - y) };
        assert!(near(x.hypot(y), 1.0) && y > -1e-6);
    }
    // scikit-learn's make_moons(4, noise=None, shuffle=False)
    let mut four = points(&make(Toy::Moons, 4, 0.0, 0).unwrap());
    four.sort_by(|a, b| a[0].total_cmp(&b[0]));
    assert!(
        four.iter()
            .zip([[-1.0, 0.0], [0.0, 0.5], [1.0, 0.0], [2.0, 0.5]])
            .all(|(a, b)| near(a[0], b[0]) && near(a[1], b[1]))
    );

    let circles = made(Toy::Circles);
    let radius = |label: i64| if label == 0 { 1.0 } else { 0.5 };
    assert!(points(&circles).iter().zip(labels(&circles)).all(|([x, y], &label)| near(x.hypot(*y), radius(label))));
    let xor = made(Toy::Xor);
    assert!(points(&xor).iter().zip(labels(&xor)).all(|([x, y], &label)| (x * y < 0.0) == (label == 1)));
    let plane = made(Toy::Plane);
    assert!(points(&plane).iter().zip(values(&plane)).all(|([x, y], &value)| near(0.6 * x - 0.8 * y, value)));
    let ring = made(Toy::Ring);
    assert!(
        points(&ring)
            .iter()
            .zip(values(&ring))
            .all(|([x, y], &v)| near((-(x.hypot(*y) - 1.0).powi(2) / 0.18).exp(), v))
    );
    let spiral = made(Toy::Spiral);
    assert!(points(&spiral).iter().all(|[x, y]| x.hypot(*y) < 1.00001));
}

#[test]
fn points_follow_their_seed_and_their_noise() {
    for toy in Toy::ALL {
        assert_eq!(Toy::named(toy.name()), Some(toy));
        let once = make(toy, 100, 0.1, 5).unwrap();
        assert_eq!(once, make(toy, 100, 0.1, 5).unwrap());
        assert_ne!(once, make(toy, 100, 0.1, 6).unwrap());
        assert_ne!(once, make(toy, 100, 0.2, 5).unwrap());
        assert_eq!((once.len(), once.shape.as_slice(), once.feature_names.len()), (100, &[2][..], 2));
        if let Targets::Classes { labels, names } = &once.targets {
            for class in 0..names.len() as i64 {
                let count = labels.iter().filter(|&&label| label == class).count();
                assert!(count == 100 / names.len() || count == 100 / names.len() + 1, "{toy:?}");
            }
            assert!(!labels.is_sorted(), "{toy:?} is in the order of its classes");
        }
    }
    let message = |n, noise| make(Toy::Moons, n, noise, 0).unwrap_err().to_string();
    assert_eq!(message(1, 0.1), "moons: 1 points cannot be made; take 2 to 1000000");
    assert_eq!(message(usize::MAX, 0.1), format!("moons: {} points cannot be made; take 2 to 1000000", usize::MAX));
    assert_eq!(message(9, -1.0), "moons: noise of -1 means nothing; take a number from 0 on");
    assert!(message(9, f64::NAN).starts_with("moons: noise of NaN"));
    assert_eq!(Toy::named("suns"), None);
}

proptest! {
    #![proptest_config(ProptestConfig { failure_persistence: None, ..ProptestConfig::default() })]

    /// Every row is in exactly one part, in order.
    #[test]
    fn dealing_loses_nothing(labels in prop::collection::vec(0..4_i64, 1..80), seed in any::<u64>(), dev in 0.0..0.5_f64, test in 0.0..0.5_f64) {
        if let Ok(parts) = (Split::Random { seed, dev, test }).stratified(&labels) {
            let mut all = parts.concat();
            prop_assert!(parts.iter().all(|rows| rows.is_sorted()));
            all.sort_unstable();
            prop_assert_eq!(all, (0..labels.len()).collect::<Vec<_>>());
        }
    }
}

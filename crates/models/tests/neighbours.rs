//! Neighbours and centroids against scikit-learn (tests/fixtures/neighbours.json), against the definition, and at ties.

use gradus_models::{KNearest, NearestCentroid};
use proptest::prelude::*;

/// Every fifth flower apart from the others: numbers and classes of the others, then of these.
fn flowers() -> (Vec<f32>, Vec<i64>, Vec<f32>, Vec<i64>) {
    let iris = gradus_data::Samples::from(&gradus_data::iris().unwrap());
    let (held, kept): (Vec<usize>, Vec<usize>) = (0..iris.len()).partition(|i| i % 5 == 0);
    let part = |rows: &[usize]| {
        let gradus_data::Targets::Classes { labels, .. } = iris.rows(rows).targets else {
            panic!("flowers have classes")
        };
        (iris.rows(rows).features, labels)
    };
    let ((train, labels), (test, truth)) = (part(&kept), part(&held));
    (train, labels, test, truth)
}

#[test]
fn answers_are_scikit_learns() {
    let path = std::path::Path::new(env!("CARGO_MANIFEST_DIR")).join("tests/fixtures/neighbours.json");
    let file: serde_json::Value = serde_json::from_str(&std::fs::read_to_string(path).unwrap()).unwrap();
    let classes = |name: &str| serde_json::from_value::<Vec<i64>>(file[name].clone()).unwrap();
    let (train, labels, test, truth) = flowers();
    for k in [1, 3, 5, 15] {
        let model = KNearest::fit(k, &train, 4, &labels).unwrap();
        let answers = model.predict(&test).unwrap();
        assert_eq!(answers, classes(&format!("k{k}")), "k {k}");
        let right = answers.iter().zip(&truth).filter(|(a, b)| a == b).count();
        assert!(right >= 28, "{right} of {}", truth.len());
        let distances: Vec<f64> = serde_json::from_value(file[format!("distances{k}")].clone()).unwrap();
        for (row, sum) in test.chunks_exact(4).zip(distances) {
            let own: f64 = model.nearest(row).unwrap().iter().map(|neighbour| neighbour.distance).sum();
            assert!((own - sum).abs() < 1e-5, "k {k}, {row:?}: {own} or {sum}");
        }
    }
    let model = NearestCentroid::fit(&train, 4, &labels).unwrap();
    assert_eq!(model.predict(&test).unwrap(), classes("centroid"));
    let theirs: Vec<Vec<f64>> = serde_json::from_value(file["centroids"].clone()).unwrap();
    for ((class, own), (number, theirs)) in model.centroids().iter().zip(theirs.iter().enumerate()) {
        assert_eq!(*class, number as i64);
        assert!(own.iter().zip(theirs).all(|(&own, theirs)| (f64::from(own) - theirs).abs() < 1e-5), "{own:?}");
    }
}

#[test]
fn ties_go_to_the_earlier_row_and_to_the_nearer_class() {
    // Rows 0 and 1 lie equally far from 1, as 2 and 3 do.
    let model = |k| KNearest::fit(k, &[0.0, 2.0, -1.0, 3.0], 1, &[7, 4, 4, 7]).unwrap();
    let order: Vec<usize> = model(4).nearest(&[1.0]).unwrap().iter().map(|neighbour| neighbour.row).collect();
    assert_eq!(order, [0, 1, 2, 3]);
    assert_eq!([1, 2, 3, 4].map(|k| model(k).predict(&[1.0]).unwrap()[0]), [7, 7, 4, 7]);
    let centroids = NearestCentroid::fit(&[3.0, 1.0], 1, &[5, 9]).unwrap();
    assert_eq!(centroids.predict(&[2.0, 1.9, 2.1]).unwrap(), [5, 9, 5]);
}

#[test]
fn what_makes_no_sense_is_refused_in_words() {
    let rows = [0.0, 1.0, 2.0, 3.0];
    let model = KNearest::fit(1, &rows, 2, &[0, 1]).unwrap();
    for (error, words) in [
        (KNearest::fit(0, &rows, 2, &[0, 1]).err(), "k is 0, and must be 1 to 2"),
        (KNearest::fit(3, &rows, 2, &[0, 1]).err(), "k is 3"),
        (KNearest::fit(1, &rows, 0, &[0, 1]).err(), "rows of 0 numbers"),
        (KNearest::fit(1, &rows, 3, &[0]).err(), "4 numbers do not make rows of 3"),
        (KNearest::fit(1, &[], 2, &[]).err(), "no rows"),
        (KNearest::fit(1, &rows, 2, &[0]).err(), "1 labels for 2 rows"),
        (KNearest::fit(1, &[0.0, f32::NAN], 1, &[0, 1]).err(), "number 0 of row 1 is NaN"),
        (NearestCentroid::fit(&[f32::INFINITY], 1, &[0]).err(), "number 0 of row 0 is inf"),
        (NearestCentroid::fit(&[], 1, &[]).err(), "no rows"),
        (model.nearest(&rows).err(), "2 rows in place of one"),
        (model.predict(&[1.0]).err(), "1 numbers do not make rows of 2"),
    ] {
        let error = error.unwrap_or_else(|| panic!("{words}: nothing was refused")).to_string();
        assert!(error.contains(words) && !error.contains('\n'), "{error}");
    }
    assert_eq!(model.predict(&[]).unwrap(), [0_i64; 0]);
}

/// Points of whole numbers, so that ties occur, with one of three classes each.
fn points() -> impl Strategy<Value = (usize, Vec<f32>, Vec<i64>)> {
    (1_usize..4, 1_usize..20).prop_flat_map(|(width, n)| {
        let numbers = prop::collection::vec((-3_i8..=3).prop_map(f32::from), n * width);
        (Just(width), numbers, prop::collection::vec(0_i64..3, n))
    })
}

proptest! {
    #[test]
    fn the_nearest_are_those_of_the_definition((width, rows, labels) in points(), k in 1_usize..20, at in -3_i8..=3) {
        let (n, row) = (labels.len(), vec![f32::from(at); width]);
        let k = k.min(n);
        let far = |i: usize| -> f64 {
            rows[i * width..][..width].iter().map(|&x| (f64::from(x) - f64::from(at)).powi(2)).sum::<f64>().sqrt()
        };
        let mut order: Vec<usize> = (0..n).collect();
        order.sort_by(|&a, &b| far(a).total_cmp(&far(b)));
        let model = KNearest::fit(k, &rows, width, &labels).unwrap();
        let nearest = model.nearest(&row).unwrap();
        prop_assert_eq!(nearest.iter().map(|x| x.row).collect::<Vec<_>>(), &order[..k]);
        prop_assert!(nearest.iter().all(|x| x.distance == far(x.row) && x.label == labels[x.row]));
        // No class has more votes than the answer, and one with as many has no nearer row.
        let answer = model.predict(&row).unwrap()[0];
        let votes = |class: i64| nearest.iter().filter(|x| x.label == class).count();
        let first = |class: i64| nearest.iter().position(|x| x.label == class);
        for class in (0..3).filter(|&class| class != answer) {
            prop_assert!(votes(answer) > votes(class) || votes(answer) == votes(class) && first(answer) < first(class));
        }
    }

    #[test]
    fn a_row_is_its_own_nearest((width, rows, labels) in points()) {
        let model = KNearest::fit(1, &rows, width, &labels).unwrap();
        let first = |row: &[f32]| rows.chunks_exact(width).position(|other| other == row).unwrap();
        let expected: Vec<i64> = rows.chunks_exact(width).map(|row| labels[first(row)]).collect();
        prop_assert_eq!(model.predict(&rows).unwrap(), expected);
    }

    #[test]
    fn the_nearest_mean_wins((width, rows, labels) in points(), at in -3_i8..=3) {
        let model = NearestCentroid::fit(&rows, width, &labels).unwrap();
        let far = |mean: &[f32]| mean.iter().map(|&x| (f64::from(x) - f64::from(at)).powi(2)).sum::<f64>();
        let answer = model.predict(&vec![f32::from(at); width]).unwrap()[0];
        let own = far(&model.centroids().iter().find(|(class, _)| *class == answer).unwrap().1);
        for (class, mean) in model.centroids() {
            let members: Vec<usize> = (0..labels.len()).filter(|&i| labels[i] == *class).collect();
            for (d, &x) in mean.iter().enumerate() {
                let sum: f32 = members.iter().map(|i| rows[i * width + d]).sum();
                prop_assert!((x - sum / members.len() as f32).abs() < 1e-6);
            }
            prop_assert!(far(mean) > own || far(mean) == own && *class >= answer);
        }
    }
}

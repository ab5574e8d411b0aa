//! What the diagnostics see, held against the lecture's figures, and whether what they advise helps.

use gradus_lab::Session;
use gradus_lab::diagnostics::{Advice, Diagnosis, Topic, embedding_map, look, watch};
use gradus_lab::recipe::Recipe;
use gradus_nn::Param;

/// The lecture's network on the built-in names, with some keys changed.
fn session(changes: &[&str]) -> Session {
    Session::new(Recipe::builtin("mlp").unwrap().with(changes).unwrap()).unwrap()
}

fn topics(seen: &Diagnosis) -> Vec<Topic> {
    seen.advice.iter().map(|advice| advice.topic).collect()
}

/// Does what an advice says.
fn follow(session: &Session, advice: &Advice) {
    let factor = advice.factor.unwrap_or_else(|| panic!("{advice:?}"));
    assert!(!advice.parameters.is_empty(), "{advice:?}");
    for name in &advice.parameters {
        let (_, param): &(String, Param) = session.parameters().iter().find(|(found, _)| found == name).unwrap();
        param.set(param.value().detach() * factor);
    }
}

fn saturated(seen: &Diagnosis, name: &str) -> f64 {
    seen.activations.iter().find(|row| row.name == name).and_then(|row| row.saturated).unwrap()
}

#[test]
fn as_first_written_the_model_is_confidently_wrong_and_its_tanh_saturated() {
    let mut session = session(&["rng=torch"]);
    let seen = look(&mut session).unwrap();
    // The lecture's first loss is 27, where guessing has ln 27 = 3.30.
    assert!((20.0..35.0).contains(&seen.loss), "{}", seen.loss);
    assert!((seen.chance.unwrap() - 27.0_f64.ln()).abs() < 1e-12);
    // What goes into tanh has a standard deviation of √31: 71 % of a normal distribution lies beyond atanh 0.97.
    assert!((0.6..0.8).contains(&saturated(&seen, "tanh")), "{}", saturated(&seen, "tanh"));
    assert_eq!(topics(&seen)[..2], [Topic::Confident, Topic::Saturated], "{:?}", seen.advice);
    let text = &seen.advice[1].text;
    assert!(
        text.starts_with("hidden: ")
            && text.contains("% of tanh outputs are saturated; scale the weights by about 0.2 ("),
        "{text}"
    );
    assert_eq!(seen.advice[1].parameters, ["hidden.weight", "hidden.bias"]);
    assert_eq!(seen.advice[0].parameters, ["output.weight", "output.bias"]);

    for advice in &seen.advice {
        if advice.factor.is_some() {
            follow(&session, advice);
        }
    }
    let cured = look(&mut session).unwrap();
    assert!((cured.loss - 27.0_f64.ln()).abs() < 0.05, "{}", cured.loss);
    assert!((0.02..0.08).contains(&saturated(&cured, "tanh")), "{}", saturated(&cured, "tanh"));
    assert_eq!(topics(&cured), [Topic::Well], "{:?}", cured.advice);
}

#[test]
fn each_rung_of_the_ladder_takes_one_complaint_away() {
    for (scheme, expected) in [
        ("as-written", &[Topic::Confident, Topic::Saturated][..]),
        ("small-output", &[Topic::Saturated]),
        ("small-hidden", &[Topic::Well]),
        ("kaiming", &[Topic::Well]),
    ] {
        let seen = look(&mut session(&[&format!("model.init={scheme}")])).unwrap();
        let found: Vec<Topic> = topics(&seen).into_iter().filter(|t| *t != Topic::Dead).collect();
        assert_eq!(found, expected, "{scheme}: {:?}", seen.advice);
    }
}

#[test]
fn looking_leaves_the_session_as_it_was_and_watching_makes_its_step() {
    let (mut plain, mut looked, mut watched) = (session(&[]), session(&[]), session(&[]));
    for step in 0..5 {
        let loss = plain.advance().unwrap();
        assert_eq!(look(&mut looked).unwrap().loss, loss);
        assert_eq!(looked.advance().unwrap(), loss);
        let seen = watch(&mut watched).unwrap();
        assert_eq!((seen.loss, seen.step), (loss, step));
    }
    let bits = |session: &Session| -> Vec<Vec<f32>> {
        session.parameters().iter().map(|(_, param)| param.value().to_vec()).collect()
    };
    assert_eq!(bits(&looked), bits(&plain));
    assert_eq!(bits(&watched), bits(&plain));
    assert_eq!(looked.checkpoint().unwrap(), plain.checkpoint().unwrap());
}

#[test]
fn every_row_says_what_its_numbers_are() {
    let mut session = session(&["model.init=kaiming"]);
    let table = session.parameters()[0].1.value().to_vec::<f64>();
    let seen = look(&mut session).unwrap();
    let names: Vec<&str> = seen.activations.iter().map(|row| row.name.as_str()).collect();
    assert_eq!(names, ["embedding.out", "hidden.out", "tanh", "output.out"]);
    let row = &seen.parameters[0];
    assert_eq!((row.name.as_str(), &row.shape[..]), ("embedding.weight", &[27, 10][..]));
    let mean = table.iter().sum::<f64>() / 270.0;
    assert!((row.statistics.mean - mean).abs() < 1e-12);
    assert!((row.statistics.variance.unwrap() - row.statistics.std.unwrap().powi(2)).abs() < 1e-12);
    assert_eq!(row.histogram.as_ref().unwrap().counts.iter().sum::<u64>(), 270);
    // Drawn from N(0, 1): the table is normal, and tanh of it is not.
    assert!(row.statistics.normality.unwrap() < 0.07, "{row:?}");
    for row in &seen.parameters {
        // One step of plain descent moves a parameter by rate times gradient.
        let (update, gradient) = (row.update_ratio.unwrap_or(0.0), row.gradient_ratio.unwrap_or(0.0));
        assert!((update - 0.1 * gradient).abs() <= 1e-3 * update, "{row:?}");
        assert_eq!(row.gradient.unwrap().std, row.gradient_std);
    }
    let tanh = &seen.activations[2];
    assert_eq!((tanh.nonlinearity, tanh.shape.as_slice()), (Some("tanh"), &[32, 200][..]));
    assert!(tanh.statistics.kurtosis.unwrap() < -1.0 && tanh.dead_units.is_some());
    assert!(tanh.gradient_histogram.is_some() && tanh.update_ratio.is_none());
    // Not one NaN on the way to a page.
    let json = serde_json::to_value(&seen).unwrap();
    assert!(json["parameters"][0]["normality"].is_f64() && json["advice"][0]["topic"] == "well", "{}", json["advice"]);
}

#[test]
fn a_learning_rate_out_of_proportion_is_told_with_a_better_one() {
    let seen = look(&mut session(&["model.init=kaiming", "schedule.kind=constant", "schedule.lr=20"])).unwrap();
    let advice = &seen.advice[0];
    assert_eq!(advice.topic, Topic::LearningRate, "{advice:?}");
    let better = 20.0 * advice.factor.unwrap();
    let seen = look(&mut session(&["model.init=kaiming", "schedule.kind=constant", &format!("schedule.lr={better}")]))
        .unwrap();
    assert_eq!(topics(&seen), [Topic::Well], "{:?}", seen.advice);
    let slow = look(&mut session(&["model.init=kaiming", "schedule.kind=constant", "schedule.lr=1e-5"])).unwrap();
    assert!(slow.advice[0].text.contains("raise schedule.lr from 0.00001 to about "), "{:?}", slow.advice);
}

#[test]
fn numbers_that_are_none_are_named() {
    let mut session = session(&[]);
    let (_, param) = &session.parameters()[1];
    param.set(param.value().detach() * f64::NAN);
    let seen = look(&mut session).unwrap();
    assert_eq!(topics(&seen), [Topic::NotFinite]);
    assert!(seen.advice[0].text.starts_with("6000 of the 6000 values of hidden.weight are NaN"), "{:?}", seen.advice);
    assert!(watch(&mut session).is_ok());
    assert_eq!(session.step(), 0, "a step without a loss is not made");
}

#[test]
fn the_map_holds_every_symbol() {
    let map = embedding_map(&session(&[])).unwrap();
    assert_eq!((map.name.as_str(), map.dimensions, map.points.len()), ("embedding.weight", 10, 27));
    assert_eq!((map.points[0].label.as_str(), map.points[1].label.as_str()), (".", "a"));
    let [first, second] = map.explained.unwrap();
    assert!(first >= second && second > 0.0 && first + second < 1.0);
    // Two numbers are shown as they are.
    let session = session(&["model.embedding=2"]);
    let map = embedding_map(&session).unwrap();
    let table = session.parameters()[0].1.value().to_vec::<f64>();
    assert_eq!((map.explained, map.points[3].x, map.points[3].y), (None, table[6], table[7]));
    assert!(embedding_map(&self::session(&["model.embedding=1"])).is_none());
}

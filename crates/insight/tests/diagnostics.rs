//! What the diagnostics see, held against the lecture's figures, and whether what they advise helps.

use gradus_insight::diagnostics::{Advice, Diagnosis, Notes, Topic, bigrams, embedding_map, look, pictures, watch};
use gradus_nn::{Nonlinearity, Param};
use gradus_recipe::Recipe;
use gradus_train::finder::{Range, find};
use gradus_train::objective::Objective;
use gradus_train::run::Flow;
use gradus_train::store::{Facts, Store};
use gradus_train::{ActiveRun, Session};

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
    assert_eq!((tanh.nonlinearity, tanh.shape.as_slice()), (Some(Nonlinearity::Tanh), &[32, 200][..]));
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

/// The course's stack of five tanh layers, with some keys changed.
fn deep(changes: &[&str]) -> Session {
    Session::new(Recipe::builtin("deep").unwrap().with(changes).unwrap()).unwrap()
}

#[test]
fn layers_that_saturate_one_after_the_other_are_cured_together() {
    let mut session = deep(&["model.gain=4"]);
    let seen = look(&mut session).unwrap();
    let saturated: Vec<&Advice> = seen.advice.iter().filter(|a| a.topic == Topic::Saturated).collect();
    assert!(saturated.len() >= 4, "{:?}", seen.advice);
    assert!(saturated[1].text.starts_with("hidden.1: "), "{:?}", saturated[1]);
    assert_eq!(saturated[1].parameters, ["hidden.1.linear.weight", "hidden.1.linear.bias"]);
    for advice in saturated {
        follow(&session, advice);
    }
    let cured = look(&mut session).unwrap();
    assert!(!topics(&cured).contains(&Topic::Saturated), "{:?}", cured.advice);
    assert!((0.0..0.1).contains(&saturated_share(&cured)), "{}", saturated_share(&cured));
}

/// The largest share of any layer.
fn saturated_share(seen: &Diagnosis) -> f64 {
    seen.activations.iter().filter_map(|row| row.saturated).fold(0.0, f64::max)
}

#[test]
fn activations_that_vanish_are_told_with_the_gain_that_keeps_them() {
    let spread = |seen: &Diagnosis, name: &str| {
        seen.activations.iter().find(|row| row.name == name).and_then(|row| row.statistics.std).unwrap()
    };
    let mut session = deep(&["model.gain=0.4"]);
    let seen = look(&mut session).unwrap();
    assert!(spread(&seen, "hidden.4.tanh") < 0.1 * spread(&seen, "hidden.0.tanh"));
    let advice =
        seen.advice.iter().find(|a| a.topic == Topic::Vanishing).unwrap_or_else(|| panic!("{:?}", seen.advice));
    // From a gain of 0.4 to 5/3.
    assert!((advice.factor.unwrap() - 5.0 / 3.0 / 0.4).abs() < 0.5, "{advice:?}");
    assert!(advice.text.contains("shrink from layer to layer"), "{advice:?}");
    follow(&session, advice);
    let cured = look(&mut session).unwrap();
    assert!(spread(&cured, "hidden.4.tanh") > 0.5 * spread(&cured, "hidden.0.tanh"));
    assert!(!topics(&cured).contains(&Topic::Vanishing), "{:?}", cured.advice);
}

#[test]
fn with_batch_normalisation_the_gain_hardly_matters() {
    for gain in ["0.4", "1", "4"] {
        let mut session =
            Session::new(Recipe::builtin("deep-batchnorm").unwrap().with(&[&format!("model.gain={gain}")]).unwrap())
                .unwrap();
        let seen = look(&mut session).unwrap();
        for topic in [Topic::Saturated, Topic::Vanishing, Topic::Exploding, Topic::Confident] {
            assert!(!topics(&seen).contains(&topic), "gain {gain}: {:?}", seen.advice);
        }
        // What the running statistics are is shown too.
        assert!(seen.buffers.iter().any(|row| row.name == "hidden.0.norm.running_mean"), "{:?}", seen.buffers.len());
    }
}

#[test]
fn a_recurrent_network_is_advised_though_its_sums_are_not_seen() {
    let mut session = Session::new(Recipe::builtin("rnn").unwrap().with(&["batch=16"]).unwrap()).unwrap();
    for (name, param) in session.parameters() {
        if name.starts_with("cell.") {
            param.set(param.value().detach() * 12.0);
        }
    }
    let seen = look(&mut session).unwrap();
    let advice =
        seen.advice.iter().find(|a| a.topic == Topic::Saturated).unwrap_or_else(|| panic!("{:?}", seen.advice));
    assert_eq!(advice.parameters, ["cell.hidden.weight", "cell.hidden.bias"], "{advice:?}");
    follow(&session, advice);
    let cured = look(&mut session).unwrap();
    assert!(!topics(&cured).contains(&Topic::Saturated), "{:?}", cured.advice);
}

#[test]
fn every_recipe_of_the_course_can_be_looked_into() {
    let folder = tempfile::tempdir().unwrap();
    let text = folder.path().join("text.txt");
    std::fs::write(&text, "the quick brown fox jumps over the lazy dog\n".repeat(400)).unwrap();
    for builtin in gradus_recipe::BUILTIN.iter().filter(|builtin| builtin.name != "gpt-large") {
        let recipe = Recipe::builtin(builtin.name).unwrap();
        let mut changes = vec!["batch=4".to_string()];
        if recipe.data.kind.word() == "text" {
            changes.push(format!("data.source={}", text.display()));
        }
        if recipe.data.source == "mnist" {
            changes.push("data.source=digits".to_string());
        }
        let changes: Vec<&str> = changes.iter().map(String::as_str).collect();
        let mut session = Session::new(recipe.with(&changes).unwrap()).unwrap();
        let before = session.checkpoint().unwrap();
        let seen = look(&mut session).unwrap();
        let name = builtin.name;
        assert_eq!(session.checkpoint().unwrap(), before, "{name}");
        assert!(!seen.activations.is_empty() && !seen.advice.is_empty(), "{name}");
        let guessing = (session.corpus().output_count() as f64).ln();
        let is_cross_entropy = session.objective() == Objective::CrossEntropy;
        assert_eq!(seen.chance, is_cross_entropy.then_some(guessing), "{name}");
        for row in seen.parameters.iter().chain(&seen.activations) {
            assert_eq!(row.statistics.not_finite, 0, "{name}: {}", row.name);
            assert_eq!(
                row.shape.iter().product::<usize>() as u64,
                row.histogram.as_ref().unwrap().counts.iter().sum::<u64>()
            );
        }
        for row in &seen.parameters {
            assert!(row.gradient.is_some(), "{name}: {}", row.name);
        }
        // Nothing that the lecture starts well is complained of.
        let starts_badly =
            ["mlp", "mlp-as-written", "mlp-small-output", "mlp-manual", "bigram", "bigram-counts", "trigram-counts"];
        if !starts_badly.contains(&name) {
            for topic in [Topic::Saturated, Topic::Confident, Topic::Vanishing, Topic::Exploding] {
                assert!(!topics(&seen).contains(&topic), "{name}: {:?}", seen.advice);
            }
        }
        let is_text = session.corpus().tokenizer().is_ok();
        let has_table = is_text && !["bigram", "bigram-counts", "trigram-counts"].contains(&name);
        assert_eq!(embedding_map(&session).is_some(), has_table, "{name}");
        // Every picture of it can be drawn.
        for (file, picture) in pictures::all(&seen, embedding_map(&session).as_ref(), None) {
            assert!(picture.to_svg().contains("</svg>"), "{name}: {file}");
        }
    }
}

#[test]
fn bigrams_are_counted_as_in_the_lecture() {
    let names = std::path::Path::new(env!("CARGO_MANIFEST_DIR")).join("../../../shared/data/names.txt");
    if !names.exists() {
        println!("skipped: {} is not there", names.display());
        return;
    }
    let source = format!("data.source={}", names.display());
    let session = Session::new(Recipe::builtin("bigram-counts").unwrap().with(&[&source]).unwrap()).unwrap();
    let pairs = bigrams(&session).unwrap();
    let count = |first: &str, second: &str| {
        let place = |label: &str| pairs.labels.iter().position(|l| l == label).unwrap();
        pairs.counts[place(first) * pairs.labels.len() + place(second)]
    };
    assert_eq!(pairs.counts.iter().sum::<u64>(), 228_146);
    assert_eq!(pairs.counts.iter().filter(|count| **count > 0).count(), 627);
    assert_eq!([count("n", "."), count("a", "."), count("a", "n"), count(".", "a")], [6763, 6640, 5438, 4410]);
    // A model of sequences sees the same pairs.
    let session = Session::new(
        Recipe::builtin("rnn")
            .unwrap()
            .with(&[&source, "split.kind=contiguous", "split.dev=0", "split.test=0"])
            .unwrap(),
    )
    .unwrap();
    assert_eq!(bigrams(&session).unwrap().counts, pairs.counts);
}

#[test]
fn training_records_the_ratios_of_gradients_and_updates() {
    let home = tempfile::tempdir().unwrap();
    let recipe = Recipe::builtin("mlp")
        .unwrap()
        .with(&["steps=30", "record.every=10", "model.init=kaiming", "schedule.kind=constant"])
        .unwrap();
    let (session, mut twin) = (Session::new(recipe.clone()).unwrap(), Session::new(recipe.clone()).unwrap());
    let facts = Facts { parameters: 1, data_checksum: 0 };
    let writer = Store::open(home.path()).unwrap().create(Some("r"), &recipe, &facts).unwrap();
    let mut run = ActiveRun::new(session, writer, 30, Box::new(Notes)).unwrap();
    assert_eq!(run.to_end(&mut |_| Flow::Continue).unwrap().word(), "finished");
    let store = Store::open(home.path()).unwrap();
    let series = |name: &str| store.metric(&store.run("r").unwrap(), name).unwrap();
    let updates = series("update_ratio/hidden.weight");
    assert_eq!(updates.iter().map(|(step, _)| *step).collect::<Vec<_>>(), [0, 10, 20]);
    // Plain descent: an update is the rate times the gradient.
    for ((_, update), (_, gradient)) in updates.iter().zip(series("gradient_ratio/hidden.weight")) {
        assert!((update / gradient - 0.1).abs() < 1e-3, "{update} {gradient}");
    }
    // What is measured is what a look at the same step sees, and measuring changes no bit.
    let seen = look(&mut twin).unwrap();
    let row = seen.parameters.iter().find(|row| row.name == "hidden.weight").unwrap();
    assert!((row.update_ratio.unwrap() / updates[0].1 - 1.0).abs() < 1e-6);
    for _ in 0..30 {
        twin.advance().unwrap();
    }
    assert_eq!(twin.checkpoint().unwrap().entries, run.session().checkpoint().unwrap().entries);
}

#[test]
fn the_search_finds_a_rate_between_too_small_and_too_large() {
    let mut session = session(&["model.init=kaiming"]);
    let range = Range { from: 1e-4, to: 30.0, steps: 400 };
    let found = find(&mut session, range, &mut |_| Flow::Continue).unwrap();
    assert!((0.02..3.0).contains(&found.suggestion), "{}", found.suggestion);
    let at = |rate: f64| {
        found
            .tried
            .iter()
            .min_by(|a, b| (a.learning_rate / rate).ln().abs().total_cmp(&(b.learning_rate / rate).ln().abs()))
            .unwrap()
            .smoothed
    };
    // Hardly any progress with tiny steps, and none with huge ones.
    assert!(at(1e-3) > at(found.suggestion) + 0.3);
    assert!(found.ran_away || at(30.0) > at(found.suggestion) + 0.3);
    assert!(found.picture().to_svg().contains("log10 of the learning rate"));
    for (from, to, steps) in [(0.0, 1.0, 100), (1.0, 0.1, 100), (f64::NAN, 1.0, 100), (0.1, 1.0, 3)] {
        assert!(find(&mut session, Range { from, to, steps }, &mut |_| Flow::Continue).is_err());
    }
}

/// Layers of points in a plane, all hidden ones of one nonlinearity, with their weights scaled.
fn stack(activation: &str, factor: f64) -> Session {
    let recipe = Recipe::builtin("moons").unwrap();
    let changes = ["model.hidden=[64,64,64,64,64,64,64,64]", &format!("model.activation={activation}")];
    let session = Session::new(recipe.with(&changes).unwrap()).unwrap();
    for (name, param) in session.parameters() {
        if name.starts_with("hidden") && name.ends_with("weight") {
            param.set(param.value().detach() * factor);
        }
    }
    session
}

#[test]
fn what_a_size_of_weights_mends_is_told_with_it_and_what_none_does_without() {
    // Half as large each: 1/2⁸ at the end.
    for activation in ["relu", "gelu", "gelu_tanh", "leaky_relu"] {
        let mut session = stack(activation, 0.5);
        let seen = look(&mut session).unwrap();
        let vanishing = seen.advice.iter().find(|advice| advice.topic == Topic::Vanishing);
        follow(&session, vanishing.unwrap_or_else(|| panic!("{activation}: {:?}", seen.advice)));
        let cured = look(&mut session).unwrap();
        assert!(!topics(&cured).contains(&Topic::Vanishing), "{activation}: {:?}", cured.advice);
    }
    // A sigmoid's outputs all lie on one side of 0: what they have in common grows with the weights, too.
    let mut session = stack("sigmoid", 0.05);
    let (_, first) = session.parameters().iter().find(|(name, _)| name == "hidden.0.weight").unwrap();
    first.set(first.value().detach() * 60.0);
    let seen = look(&mut session).unwrap();
    let advice = &seen.advice[0];
    assert_eq!((advice.topic, advice.factor), (Topic::Vanishing, None), "{:?}", seen.advice);
    assert!(advice.text.ends_with("normalise the layers or take tanh"), "{}", advice.text);
}

#[test]
fn a_saturated_sigmoid_is_followed_back_to_its_weights_as_tanh_is() {
    let mut session = stack("sigmoid", 30.0);
    let seen = look(&mut session).unwrap();
    let first = seen.advice.iter().find(|a| a.topic == Topic::Saturated).unwrap();
    assert!(
        first.text.starts_with("hidden.0: ") && first.text.contains(" % of sigmoid outputs are saturated"),
        "{first:?}"
    );
    let name = first.activation.clone().unwrap();
    assert!(saturated(&seen, &name) > 0.35);
    follow(&session, first);
    let cured = look(&mut session).unwrap();
    assert!((0.02..0.08).contains(&saturated(&cured, &name)), "{}", saturated(&cured, &name));
}

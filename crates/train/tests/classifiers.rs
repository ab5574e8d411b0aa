//! Models that tell classes and values, trained by their recipes.

use gradus_recipe::Recipe;
use gradus_train::Session;
use gradus_train::corpus::Split;

/// A recipe trained to its end.
fn trained(recipe: &str, changes: &[&str]) -> Session {
    let mut session = Session::new(Recipe::builtin(recipe).unwrap().with(changes).unwrap()).unwrap();
    for _ in 0..session.recipe().training.steps {
        session.advance().unwrap();
    }
    session
}

fn accuracy(session: &Session, split: Split) -> f64 {
    session.evaluate(split).unwrap().accuracy.unwrap()
}

/// On the flowers that were set aside, on the average of twenty splits.
#[test]
fn iris_is_learned_whatever_the_seed() {
    for recipe in ["iris", "iris-sigmoid"] {
        let right: f64 = (0..20)
            .map(|seed| {
                let session = trained(recipe, &[&format!("seed={seed}"), &format!("split.seed={seed}")]);
                accuracy(&session, Split::Test)
            })
            .sum();
        assert!(right / 20.0 >= 0.95, "{recipe}: {}", right / 20.0);
    }
}

#[test]
fn points_are_told_apart() {
    for (recipe, share) in [("moons", 0.97), ("circles", 0.97), ("spiral", 0.9), ("xor", 0.85), ("blobs", 0.8)] {
        let session = trained(recipe, &[]);
        assert!(accuracy(&session, Split::Test) >= share, "{recipe}");
    }
    // The noise in the values, 0.1 and 0.05, is what no model can tell.
    for (recipe, noise) in [("plane", 0.1_f64), ("ring", 0.05)] {
        let evaluation = trained(recipe, &[]).evaluate(Split::Test).unwrap();
        assert_eq!((evaluation.accuracy, evaluation.perplexity), (None, None));
        assert!(evaluation.loss < 2.5 * noise.powi(2), "{recipe}: {}", evaluation.loss);
    }
}

#[test]
fn the_neuron_fires_for_what_is_liked() {
    let session = trained("neuron", &[]);
    assert_eq!(accuracy(&session, Split::Train), 1.0);
    let weight = session.parameters().iter().find(|(name, _)| name == "weight").unwrap().1.value().to_vec::<f64>();
    assert!(weight[0] > 0.0 && weight[1] < 0.0 && weight[2] < 0.0, "{weight:?}");
}

/// A checkpoint says what the numbers mean, and goes on to the same bits.
#[test]
fn a_checkpoint_is_enough_to_be_asked() {
    for recipe in ["iris", "lstm-classifier", "autoencoder"] {
        let mut session = Session::new(Recipe::builtin(recipe).unwrap()).unwrap();
        for _ in 0..3 {
            session.advance().unwrap();
        }
        let checkpoint = session.checkpoint().unwrap();
        let asked = Session::without_data(session.recipe().clone(), &checkpoint).unwrap();
        assert_eq!(asked.corpus().meaning(), session.corpus().meaning(), "{recipe}");
        let rows = session.corpus().examples(Split::Test).batch(&[0, 1]);
        let [here, there] = [&session, &asked].map(|s| s.model().forward(&rows.0).unwrap().to_vec::<f32>());
        assert_eq!(here, there, "{recipe}");
        let mut again = Session::new(session.recipe().clone()).unwrap();
        again.restore(&checkpoint).unwrap();
        assert_eq!(session.advance().unwrap().to_bits(), again.advance().unwrap().to_bits(), "{recipe}");
        assert!(session.language_model().is_err() && session.logits(&[]).is_err(), "{recipe}");
    }
}

/// The scaling is measured on what is learned from, and on nothing else.
#[test]
fn flowers_are_standardised_by_the_train_part() {
    let session = Session::new(Recipe::builtin("iris").unwrap()).unwrap();
    let mean = |split| {
        let samples = session.corpus().samples(split).unwrap();
        (0..4).map(|f| (0..samples.len()).map(|row| samples.row(row)[f]).sum::<f32>() / samples.len() as f32)
    };
    assert!(mean(Split::Train).all(|mean| mean.abs() < 1e-5));
    assert!(mean(Split::Test).any(|mean| mean.abs() > 1e-3));
    let features = session.corpus().features().unwrap();
    let seen = features.seen(vec![5.1, 3.5, 1.4, 0.2]).unwrap();
    assert!((features.measured(2, seen[2]) - 1.4).abs() < 1e-5);
    assert!(features.seen(vec![1.0]).is_err());
}

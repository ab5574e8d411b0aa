//! A session taken up again at a checkpoint goes on to the same bits, whatever is in it: running statistics, dropout,
//! optimiser state, accumulated batches, learning rates held by hand.

use gradus_recipe::Recipe;
use gradus_train::Session;

fn recipe(name: &str, changes: &[&str]) -> Recipe {
    Recipe::builtin(name).unwrap().with(changes).unwrap()
}

/// All parameters and buffers.
fn bits(session: &Session) -> Vec<(String, Vec<u32>)> {
    let places = session.parameters().iter().chain(session.buffers());
    places.map(|(name, p)| (name.clone(), p.value().to_vec::<f32>().iter().map(|v| v.to_bits()).collect())).collect()
}

#[test]
fn every_kind_of_run_goes_on_to_the_same_bits() {
    let small = ["model.width=16", "model.layers=1", "batch=8"];
    for (name, changes) in [
        ("mlp", &["optimizer.momentum=0.9"][..]),
        ("mlp-batchnorm", &[]),
        ("mlp-manual", &[]),
        ("deep-batchnorm", &["rng=gradus", "clip=0.1"]),
        ("wavenet-places", &["optimizer.kind=adam", "schedule.kind=constant", "schedule.lr=0.001"]),
        ("bigram", &["batches=one"]),
        ("gru", &["accumulate=3"]),
        ("transformer", &[&small[..], &["model.dropout=0.3"]].concat()),
        ("transformer", &[&small[..], &["model.dropout=0.3", "rng=torch"]].concat()),
    ] {
        let recipe = recipe(name, changes);
        let mut calm = Session::new(recipe.clone()).unwrap();
        let mut losses: Vec<f64> = (0..5).map(|_| calm.advance().unwrap()).collect();
        calm.hold_learning_rate(Some(0.003));
        losses.push(calm.advance().unwrap());
        let checkpoint = calm.checkpoint().unwrap();
        let rest: Vec<f64> = (0..5).map(|_| calm.advance().unwrap()).collect();

        let mut again = Session::new(recipe).unwrap();
        again.restore(&checkpoint).unwrap();
        assert_eq!(again.step(), 6);
        let repeated: Vec<f64> = (0..5).map(|_| again.advance().unwrap()).collect();
        assert_eq!(rest, repeated, "{name} {changes:?}");
        assert_eq!(bits(&calm), bits(&again), "{name} {changes:?}");
        assert_eq!(again.checkpoint().unwrap(), calm.checkpoint().unwrap(), "{name} {changes:?}");
    }
}

#[test]
fn gradients_of_several_batches_are_averaged() {
    // Twice eight examples, or sixteen at once: the same step, up to rounding.
    let changes = ["rng=torch", "optimizer.kind=sgd", "schedule.lr=0.1", "schedule.kind=constant"];
    let twice = recipe("mlp", &[&changes[..], &["batch=8", "accumulate=2"]].concat());
    let once = recipe("mlp", &[&changes[..], &["batch=16"]].concat());
    let [mut twice, mut once] = [twice, once].map(|recipe| Session::new(recipe).unwrap());
    let (a, b) = (twice.advance().unwrap(), once.advance().unwrap());
    assert!((a - b).abs() < 1e-5, "{a} {b}");
    for ((name, a), (_, b)) in twice.parameters().iter().zip(once.parameters()) {
        assert!(a.value().all_close(&b.value(), 1e-5, 1e-6), "{name}");
    }
}

#[test]
fn clipping_bounds_the_step() {
    // With plain descent at rate 1 the step is the clipped gradient.
    let changes = ["optimizer.kind=sgd", "schedule.kind=constant", "schedule.lr=1", "clip=0.25"];
    let mut session = Session::new(recipe("mlp", &changes)).unwrap();
    let before: Vec<Vec<f64>> = session.parameters().iter().map(|(_, p)| p.value().to_vec()).collect();
    session.advance().unwrap();
    let after = session.parameters().iter().map(|(_, p)| p.value().to_vec::<f64>());
    let moved: f64 = before
        .iter()
        .zip(after)
        .flat_map(|(a, b)| a.iter().zip(b).map(|(a, b)| (a - b).powi(2)).collect::<Vec<_>>())
        .sum();
    assert!((moved.sqrt() - 0.25).abs() < 1e-3, "{}", moved.sqrt());
}

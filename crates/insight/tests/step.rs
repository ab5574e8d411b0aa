//! What a step shows is what it did, and micro-batches give the gradients of one large batch.

use gradus_insight::diagnostics::look;
use gradus_recipe::Recipe;
use gradus_tensor::Tensor;
use gradus_train::step::Detail;
use gradus_train::{Error, Session};

fn session(name: &str, changes: &[&str]) -> Session {
    Session::new(Recipe::builtin(name).unwrap().with(changes).unwrap()).unwrap()
}

const OPTIMIZERS: [&[&str]; 6] = [
    &["optimizer.kind=sgd"],
    &["optimizer.kind=sgd", "optimizer.momentum=0.9"],
    &["optimizer.kind=sgd", "optimizer.momentum=0.9", "optimizer.nesterov=true", "optimizer.weight_decay=0.01"],
    &["optimizer.kind=sgd", "optimizer.weight_decay=0.1"],
    &["optimizer.kind=adam", "optimizer.weight_decay=0.05"],
    &["optimizer.kind=adamw", "optimizer.weight_decay=0.1"],
];

/// The largest |a − b| beside the largest |b|.
fn apart(a: &[f64], b: &[f64]) -> f64 {
    let largest = b.iter().fold(1e-30f64, |most, b| most.max(b.abs()));
    a.iter().zip(b).map(|(a, b)| (a - b).abs()).fold(0.0, f64::max) / largest
}

fn every(optimizer: &[&str], check: &mut dyn FnMut(&mut Session, &str)) {
    for accumulate in ["accumulate=1", "accumulate=4"] {
        for clip in ["clip=0", "clip=0.1"] {
            let rest = ["schedule.kind=constant", "schedule.lr=0.01", "batch=8", "model.hidden=16", accumulate, clip];
            let changes = [optimizer, &rest].concat();
            check(&mut session("mlp-kaiming", &changes), &format!("{changes:?}"));
        }
    }
}

#[test]
fn the_update_that_is_shown_is_the_difference_of_the_values() {
    for optimizer in OPTIMIZERS {
        every(optimizer, &mut |session, what| {
            for _ in 0..4 {
                let step = session.make(Detail::Changes).unwrap();
                assert_eq!(step.changes.len(), session.parameters().len());
                for change in &step.changes {
                    let (name, update) = change.terms.last().unwrap();
                    assert_eq!(*name, "update");
                    let [before, after, update] = [&change.before, &change.after, update].map(Tensor::to_vec::<f64>);
                    let shown: Vec<f64> = before.iter().zip(&update).map(|(before, update)| before - update).collect();
                    assert!(apart(&shown, &after) < 1e-6, "{what} {}", change.name);
                    // It moved, so that the check is not of two equal things.
                    assert_ne!(before, after, "{what} {}", change.name);
                }
                if what.contains("clip=0.1") {
                    assert!((step.clip_scale - (0.1 / (step.norm + 1e-6)).min(1.0)).abs() < 1e-12, "{what}");
                }
            }
        });
    }
}

#[test]
fn a_look_tells_the_ratios_that_are_recorded() {
    for optimizer in OPTIMIZERS {
        every(optimizer, &mut |session, what| {
            session.advance().unwrap();
            let seen = look(session).unwrap();
            let recorded = session.make(Detail::Ratios).unwrap();
            assert_eq!(seen.loss, recorded.loss, "{what}");
            for ratio in &recorded.ratios {
                let row = seen.parameters.iter().find(|row| row.name == ratio.parameter).unwrap();
                assert_eq!((row.update_ratio, row.gradient_ratio), (ratio.update, ratio.gradient), "{what}");
            }
        });
    }
}

#[test]
fn telling_of_a_step_changes_no_bit_of_it() {
    let changes = ["optimizer.kind=adamw", "schedule.kind=constant", "accumulate=2", "clip=0.5"];
    let [mut quiet, mut told] = [(), ()].map(|()| session("mlp", &changes));
    for _ in 0..3 {
        let step = told.make(Detail::Changes).unwrap();
        assert_eq!(quiet.advance().unwrap(), step.loss);
    }
    assert_eq!(quiet.checkpoint().unwrap(), told.checkpoint().unwrap());
}

#[test]
fn micro_batches_of_unequal_length_give_the_gradients_of_one_batch() {
    for (name, size) in [("rnn", "model.hidden=16"), ("gru", "model.hidden=16"), ("mlp", "model.hidden=16")] {
        let plain = ["optimizer.kind=sgd", "schedule.kind=constant", "schedule.lr=0.1", size];
        let whole = session(name, &[&plain[..], &["batch=8"]].concat());
        let parts = session(name, &[&plain[..], &["batch=4", "accumulate=2"]].concat());
        let eighths = session(name, &[&plain[..], &["batch=1", "accumulate=8"]].concat());
        let mut all = [whole, parts, eighths];
        for _ in 0..5 {
            let losses = all.each_mut().map(|session| session.advance().unwrap());
            for (other, loss) in all.iter().zip(losses).skip(1) {
                assert!((loss - losses[0]).abs() < 1e-6, "{name} {losses:?}");
                for ((parameter, a), (_, b)) in all[0].parameters().iter().zip(other.parameters()) {
                    assert!(b.value().all_close(&a.value(), 1e-6, 1e-6), "{name} {parameter}");
                }
            }
        }
    }
}

#[test]
fn an_evaluation_is_the_same_however_many_predictions_are_made_at_once() {
    for name in ["rnn", "mlp-batchnorm", "lenet", "iris", "transformer"] {
        let mut session = session(name, &[]);
        session.advance().unwrap();
        let examples = session.corpus().examples(session.held_out().unwrap());
        let loss = |at_once| session.evaluate_by(examples, "held-out", at_once).unwrap().loss;
        let all = loss(usize::MAX);
        for at_once in [1, 97, 1024, 4096] {
            assert!((loss(at_once) - all).abs() < 1e-7, "{name} {at_once}: {} {all}", loss(at_once));
        }
    }
}

#[test]
fn a_gradient_that_is_not_finite_is_named_and_nothing_moves() {
    for clip in ["clip=0", "clip=1"] {
        let mut session = session("mlp", &["schedule.kind=constant", clip]);
        let (_, embedding) =
            session.parameters().iter().find(|(name, _)| name.starts_with("embedding")).unwrap().clone();
        let shape = embedding.value().shape().to_vec();
        let before = embedding.value();
        embedding.add_grad(&Tensor::full(&shape, f64::NAN, before.dtype())).unwrap();
        let error = session.advance().unwrap_err();
        let Error::Diverged(why) = &error else { panic!("{error}") };
        assert_eq!(why.step, 0);
        assert!(error.to_string().contains("the gradient of embedding"), "{error}");
        assert_eq!(session.step(), 0);
        assert_eq!(embedding.value().to_vec::<f32>(), before.to_vec::<f32>());
        assert!(session.advance().is_ok(), "the bad gradient is gone");
    }
}

#[test]
fn a_batch_of_one_that_cannot_be_normalised_is_refused_before_the_first_step() {
    let recipe = Recipe::builtin("mlp-batchnorm").unwrap().with(&["batch=1"]).unwrap();
    let error = Session::new(recipe).err().unwrap().to_string();
    assert!(error.contains("set batch to 2 or more"), "{error}");
    // Where other models have no such layer, one example is a batch.
    assert!(session("mlp", &["batch=1"]).advance().is_ok());
}

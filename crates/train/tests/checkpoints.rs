//! Which checkpoints a run keeps: the first, the best, the last, and so many between as its recipe says.

use std::sync::Arc;

use gradus_recipe::Recipe;
use gradus_train::run::ActiveRun;
use gradus_train::store::{Facts, InMemory, Store};
use gradus_train::{Session, resume};

/// A quick run that does not get better after its first steps: its rate grows too large.
fn recipe(keep: usize) -> Recipe {
    let keep = format!("record.keep={keep}");
    let changes =
        ["steps=240", "model.hidden=8", "batch=4", "record.checkpoints=60", "record.look=false", "record.samples=1"];
    Recipe::builtin("mlp").unwrap().with(&[&changes[..], &[&keep]].concat()).unwrap()
}

fn begin(memory: &InMemory, recipe: Recipe) -> ActiveRun {
    let session = Session::new(recipe).unwrap();
    let facts = Facts { parameters: 1, data_checksum: session.corpus().checksum() };
    let writer = Store::new(Arc::new(memory.clone())).create(Some("run"), session.recipe(), &facts).unwrap();
    let until = session.recipe().training.steps as u64;
    ActiveRun::new(session, writer, until, Box::new(())).unwrap()
}

#[test]
fn the_first_the_best_and_the_last_are_kept_and_the_others_thinned_evenly() {
    for keep in [0, 1, 5, 1000] {
        let memory = InMemory::default();
        let mut run = begin(&memory, recipe(keep));
        let mut ended = false;
        while !ended {
            ended = run.advance().unwrap().ended.is_some();
            let (kept, step) = (run.writer().run().checkpoints().unwrap(), run.step());
            assert_eq!(kept, run.checkpoints());
            let store = Store::new(Arc::new(memory.clone()));
            let losses = store.metric(run.writer().run(), "dev_loss").unwrap();
            let best = losses.iter().min_by(|a, b| a.1.total_cmp(&b.1)).map(|(step, _)| *step);
            assert!(kept[0] == 0 && kept.last() == Some(&(step - step % 4)), "{kept:?}");
            assert!(best.is_none_or(|best| kept.contains(&best)), "{best:?} {kept:?}");
            let others = kept[1..].iter().filter(|&&at| Some(at) != best && at != step - step % 4);
            assert!(others.count() <= keep, "keep {keep}: {kept:?}");
        }
        let kept = run.checkpoints();
        if keep == 5 {
            // Evenly: none of the gaps is far from the others.
            let gaps: Vec<u64> = kept.windows(2).map(|pair| pair[1] - pair[0]).collect();
            assert!((7..=8).contains(&kept.len()) && gaps.iter().all(|&gap| gap <= 240 / 3), "{kept:?}");
        }
        assert_eq!(kept.len() == 61, keep == 1000, "{kept:?}");
        // It goes on from the last.
        drop(run);
        let resumed = resume(Store::new(Arc::new(memory)), "run", None, Some(244)).unwrap();
        assert_eq!(resumed.session.step(), 240);
    }
}

//! A session whose last listener has gone does not train on for ever.

use std::sync::Arc;
use std::sync::atomic::{AtomicU64, Ordering};

use gradus_recipe::Recipe;
use gradus_studio::board::Want;
use gradus_studio::host::Host;
use gradus_studio::json;
use gradus_studio::limits::UNWATCHED;
use gradus_studio::session::ActiveSession;
use gradus_studio::session::state::Doing;
use gradus_train::Session;
use gradus_train::store::Store;

/// A clock that is set by hand, in seconds.
#[derive(Default)]
struct Clock(AtomicU64);

impl Host for Clock {
    fn seconds(&self) -> f64 {
        self.0.load(Ordering::Relaxed) as f64
    }

    fn beside(&self, _: &str, work: Box<dyn FnOnce() + Send>) -> Result<(), String> {
        work();
        Ok(())
    }
}

fn begin(clock: &Arc<Clock>) -> ActiveSession {
    let session = Session::new(Recipe::builtin("mlp").unwrap()).unwrap();
    let mut live = ActiveSession::begin(Store::in_memory(), session, None, clock.clone()).unwrap();
    live.play(None).unwrap();
    live.work();
    live
}

#[test]
fn it_pauses_some_time_after_the_last_listener_has_gone_and_says_why() {
    let clock = Arc::new(Clock::default());
    let mut live = begin(&clock);
    let listener = live.board().listen(vec![Want::Loss]).unwrap();
    clock.0.store(10_000, Ordering::Relaxed);
    live.work();
    assert_eq!(live.doing(), Doing::Playing, "somebody listens");
    drop(listener);
    clock.0.fetch_add(UNWATCHED as u64 - 1, Ordering::Relaxed);
    live.work();
    assert_eq!(live.doing(), Doing::Playing, "a page may be loaded anew");
    clock.0.fetch_add(2, Ordering::Relaxed);
    let step = live.step();
    live.work();
    assert_eq!((live.doing(), live.step()), (Doing::Paused, step));
    let state = json::text(&live.state());
    assert!(state.contains(&format!("paused at step {step}")) && state.contains("Play goes on"), "{state}");
    live.play(None).unwrap();
    live.work();
    assert_eq!((live.doing(), live.step()), (Doing::Playing, step + 1));
}

#[test]
fn one_that_nobody_listens_to_from_the_start_trains_on() {
    let clock = Arc::new(Clock::default());
    let mut live = begin(&clock);
    clock.0.store(1_000_000, Ordering::Relaxed);
    live.work();
    live.work();
    assert_eq!((live.doing(), live.step()), (Doing::Playing, 3));
}

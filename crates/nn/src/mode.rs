//! Training and predicting.

use gradus_tensor::random::Generator;
use std::cell::RefCell;

thread_local! {
    /// What dropout draws from, while this thread trains.
    static TRAINING: RefCell<Option<Generator>> = const { RefCell::new(None) };
}

/// Runs `f` with layers in training: dropout drops, drawing from `random`, and batch normalisation takes the batch's
/// statistics and moves its running ones. Outside, a forward pass predicts and changes nothing.
///
/// A scope instead of a switch in every layer: it cannot be left on by mistake, and looking at a model while it
/// trains (a sample, an evaluation, a page) never moves what it remembers.
///
/// ```
/// use gradus_nn::{Dropout, Module, training};
/// use gradus_tensor::{Tensor, random::{Generator, Scheme}};
/// let (half, x) = (Dropout::new(0.5)?, Tensor::ones(&[100]));
/// assert_eq!(half.forward(&x)?.sum().item()?, 100.0);
/// let dropped = training(&mut Generator::new(Scheme::Gradus, 1), || half.forward(&x))?;
/// assert!(dropped.to_vec::<f32>().iter().all(|&x| x == 0.0 || x == 2.0));
/// # Ok::<(), gradus_tensor::Error>(())
/// ```
pub fn training<R>(random: &mut Generator, f: impl FnOnce() -> R) -> R {
    struct Restore<'a> {
        random: &'a mut Generator,
        outer: Option<Generator>,
    }
    impl Drop for Restore<'_> {
        fn drop(&mut self) {
            if let Some(drawn_from) = TRAINING.replace(self.outer.take()) {
                *self.random = drawn_from;
            }
        }
    }
    let outer = TRAINING.replace(Some(random.clone()));
    let _restore = Restore { random, outer };
    f()
}

/// Whether this thread is inside of [`training`].
pub fn is_training() -> bool {
    TRAINING.with_borrow(Option::is_some)
}

/// `f` of the generator in use; `None` outside of [`training`].
pub(crate) fn with_random<R>(f: impl FnOnce(&mut Generator) -> R) -> Option<R> {
    TRAINING.with_borrow_mut(|random| random.as_mut().map(f))
}

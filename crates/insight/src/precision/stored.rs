//! A model whose parameters are stored in fewer bits, and what that costs.

use gradus_recipe::StoredAs;
use gradus_tensor::Tensor;
use gradus_train::stored::precision_of;
use gradus_train::{Error, Session};
use schemars::JsonSchema;
use serde::Serialize;

/// A model as it is after its parameters were stored and read again.
#[derive(Debug, Clone, PartialEq, Serialize, JsonSchema)]
pub struct Stored {
    /// `bf16`.
    pub dtype: String,
    /// Bytes of all parameters.
    pub bytes: u64,
    /// The loss on the dev split (or test, where there is none).
    pub dev_loss: Option<f64>,
}

/// The held-out loss with parameters stored in each way. The session stays as it is.
///
/// # Errors
/// Where an operation refuses.
pub fn losses(session: &Session) -> Result<Vec<Stored>, Error> {
    StoredAs::ALL.into_iter().map(|stored| loss(session, stored)).collect()
}

/// The held-out loss with parameters stored in one way. The session stays as it is.
///
/// # Errors
/// Where an operation refuses.
pub fn loss(session: &Session, stored: StoredAs) -> Result<Stored, Error> {
    let places: Vec<_> =
        session.parameters().iter().chain(session.buffers()).map(|(_, param)| (param, param.value())).collect();
    for (param, value) in &places {
        if value.dtype().is_float() {
            param.set(Tensor::from_array(precision_of(stored).round_array(value.array().copied())));
        }
    }
    let loss = session.held_out().map(|split| Ok::<f64, Error>(session.evaluate(split)?.loss)).transpose();
    let numbers: usize = places.iter().map(|(_, value)| value.numel()).sum();
    for (param, value) in places {
        param.set(value);
    }
    Ok(Stored { dtype: stored.word().to_string(), bytes: (numbers * stored.size()) as u64, dev_loss: loss? })
}

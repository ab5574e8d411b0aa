//! A model whose parameters are stored in fewer bits, and what that costs.

use gradus_tensor::precision::Layout;
use gradus_tensor::{Precision, Tensor};
use serde::Serialize;

use crate::Error;
use crate::session::Session;
use crate::store::{Checkpoint, Dtype, Entry};

pub use crate::recipe::StoredAs;

impl StoredAs {
    /// All of them.
    pub const ALL: [StoredAs; 3] = [StoredAs::F32, StoredAs::Bf16, StoredAs::F16];

    /// What numbers are rounded to.
    pub fn precision(self) -> Precision {
        match self {
            StoredAs::F32 => Precision::Exact,
            StoredAs::Bf16 => Precision::Bf16,
            StoredAs::F16 => Precision::F16,
        }
    }

    /// Bytes of a number.
    pub fn size(self) -> usize {
        if self == StoredAs::F32 { 4 } else { 2 }
    }

    /// A tensor of `f32` as it is stored; others stay as they are.
    pub(crate) fn entry(self, entry: Entry) -> Entry {
        let (dtype, layout) = match (self, self.precision().layout()) {
            (StoredAs::Bf16, Some(layout)) => (Dtype::BF16, layout),
            (StoredAs::F16, Some(layout)) => (Dtype::F16, layout),
            _ => return entry,
        };
        if entry.dtype != Dtype::F32 {
            return entry;
        }
        let pattern = |bytes: &[u8; 4]| {
            let rounded = self.precision().round_value(f32::from_le_bytes(*bytes));
            (layout.encode(f64::from(rounded)) as u16).to_le_bytes()
        };
        let bytes = entry.bytes.as_chunks().0.iter().flat_map(pattern).collect();
        Entry { dtype, bytes, ..entry }
    }

    /// A checkpoint with its parameters so stored. What the optimiser remembers stays as it is.
    pub fn checkpoint(self, checkpoint: Checkpoint) -> Checkpoint {
        let stored = |entry: Entry| if entry.name.contains('/') { entry } else { self.entry(entry) };
        Checkpoint { entries: checkpoint.entries.into_iter().map(stored).collect(), ..checkpoint }
    }
}

/// A stored half as the number it means.
pub(crate) fn decoded(layout: Layout, bytes: [u8; 2]) -> f32 {
    layout.decode(u64::from(u16::from_le_bytes(bytes))) as f32
}

/// A model as it is after its parameters were stored and read again.
#[derive(Debug, Clone, PartialEq, Serialize)]
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
            param.set(Tensor::from_array(stored.precision().round_array(value.array().copied())));
        }
    }
    let loss = session.held_out().map(|split| Ok::<f64, Error>(session.evaluate(split)?.loss)).transpose();
    let numbers: usize = places.iter().map(|(_, value)| value.numel()).sum();
    for (param, value) in places {
        param.set(value);
    }
    Ok(Stored { dtype: stored.word().to_string(), bytes: (numbers * stored.size()) as u64, dev_loss: loss? })
}

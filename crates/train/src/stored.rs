//! Parameters in fewer bits than they are trained in.

use gradus_recipe::StoredAs;
use gradus_tensor::Precision;
use gradus_tensor::precision::Layout;

use crate::checkpoint::{Checkpoint, Dtype, Entry};

/// What numbers are rounded to.
pub fn precision_of(stored: StoredAs) -> Precision {
    match stored {
        StoredAs::F32 => Precision::Exact,
        StoredAs::Bf16 => Precision::Bf16,
        StoredAs::F16 => Precision::F16,
    }
}

impl Entry {
    /// A tensor of `f32` as it is stored; others stay as they are.
    pub fn stored_as(self, stored: StoredAs) -> Entry {
        let precision = precision_of(stored);
        let (dtype, layout) = match (stored, precision.layout()) {
            (StoredAs::Bf16, Some(layout)) => (Dtype::BF16, layout),
            (StoredAs::F16, Some(layout)) => (Dtype::F16, layout),
            _ => return self,
        };
        if self.dtype != Dtype::F32 {
            return self;
        }
        let pattern = |bytes: &[u8; 4]| {
            let rounded = precision.round_value(f32::from_le_bytes(*bytes));
            (layout.encode(f64::from(rounded)) as u16).to_le_bytes()
        };
        let bytes = self.bytes.as_chunks().0.iter().flat_map(pattern).collect();
        Entry { dtype, bytes, ..self }
    }
}

impl Checkpoint {
    /// With its parameters so stored. What the optimiser remembers stays as it is.
    pub fn stored_as(self, stored: StoredAs) -> Checkpoint {
        let entry = |entry: Entry| if entry.name.contains('/') { entry } else { entry.stored_as(stored) };
        Checkpoint { entries: self.entries.into_iter().map(entry).collect(), ..self }
    }
}

/// A stored half as the number it means.
pub(crate) fn decoded(layout: Layout, bytes: [u8; 2]) -> f32 {
    layout.decode(u64::from(u16::from_le_bytes(bytes))) as f32
}

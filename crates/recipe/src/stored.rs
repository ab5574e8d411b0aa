//! What a number takes in a file.

use crate::StoredAs;

impl StoredAs {
    /// All of them.
    pub const ALL: [StoredAs; 3] = [StoredAs::F32, StoredAs::Bf16, StoredAs::F16];

    /// Bytes of a number.
    pub fn size(self) -> usize {
        if self == StoredAs::F32 { 4 } else { 2 }
    }
}

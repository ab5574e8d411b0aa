//! A checkpoint file: safetensors with a checksum over everything it says.
//!
//! The tensors are the model's parameters under their own names, and beside them what training
//! needs to go on (`optimizer/…`, `random/…`). The file's metadata has one entry, `gradus`: JSON
//! with `checksum` (CRC-32) and `state` (the step and other single values). One entry, because
//! then the same state is always the same bytes.

use std::collections::HashMap;

use safetensors::tensor::{SafeTensors, TensorView, serialize};
use serde::{Deserialize, Serialize};
use serde_json::value::RawValue;

pub use safetensors::Dtype;

const NOTE: &str = "gradus";

/// A tensor as the file holds it: little-endian bytes, row-major.
#[derive(Debug, Clone, PartialEq)]
pub struct Entry {
    /// `hidden.weight`, `optimizer/momentum/hidden.weight`.
    pub name: String,
    /// The type of one element.
    pub dtype: Dtype,
    /// The sizes of the axes.
    pub shape: Vec<usize>,
    /// The elements.
    pub bytes: Vec<u8>,
}

/// The metadata entry.
#[derive(Serialize, Deserialize)]
struct Note {
    checksum: String,
    state: Box<RawValue>,
}

/// Everything a checkpoint says: tensors in order of name, and the state as JSON text.
#[derive(Debug, Clone, PartialEq)]
pub struct Checkpoint {
    /// The tensors, in order of name.
    pub entries: Vec<Entry>,
    /// JSON.
    pub state: String,
}

impl Checkpoint {
    /// Brings the tensors into order.
    pub fn new(mut entries: Vec<Entry>, state: String) -> Self {
        entries.sort_by(|a, b| a.name.cmp(&b.name));
        Checkpoint { entries, state }
    }

    /// The file's bytes.
    ///
    /// # Errors
    /// Where two tensors share a name, a shape does not fit its bytes, or the state is not JSON.
    pub fn to_bytes(&self) -> Result<Vec<u8>, String> {
        if let Some(pair) = self.entries.windows(2).find(|pair| pair[0].name == pair[1].name) {
            return Err(format!("two tensors are called {}", pair[0].name));
        }
        let note = Note {
            checksum: self.checksum(),
            state: RawValue::from_string(self.state.clone()).map_err(|e| e.to_string())?,
        };
        let note = serde_json::to_string(&note).map_err(|e| e.to_string())?;
        let views = self
            .entries
            .iter()
            .map(|entry| {
                let view = TensorView::new(entry.dtype, entry.shape.clone(), &entry.bytes)
                    .map_err(|e| format!("{}: {e}", entry.name))?;
                Ok((entry.name.as_str(), view))
            })
            .collect::<Result<Vec<_>, String>>()?;
        serialize(views, Some(HashMap::from([(NOTE.to_string(), note)]))).map_err(|e| e.to_string())
    }

    /// Reads a file's bytes, and refuses what is not exactly what was written.
    ///
    /// # Errors
    /// What is wrong, to be put after the file's name.
    pub fn from_bytes(bytes: &[u8]) -> Result<Self, String> {
        let damaged = |_| "it is cut short or damaged".to_string();
        let (_, header) = SafeTensors::read_metadata(bytes).map_err(damaged)?;
        let file = SafeTensors::deserialize(bytes).map_err(damaged)?;
        let note = header
            .metadata()
            .as_ref()
            .and_then(|metadata| metadata.get(NOTE))
            .ok_or("it was not written by gradus (its metadata has no such entry)")?;
        let note: Note = serde_json::from_str(note).map_err(|_| "its metadata is damaged")?;
        let entries = file
            .iter()
            .map(|(name, view)| Entry {
                name: name.to_string(),
                dtype: view.dtype(),
                shape: view.shape().to_vec(),
                bytes: view.data().to_vec(),
            })
            .collect();
        let checkpoint = Checkpoint::new(entries, note.state.get().to_string());
        if checkpoint.checksum() == note.checksum {
            Ok(checkpoint)
        } else {
            Err("its checksum does not fit its contents: it has been altered or damaged".to_string())
        }
    }

    /// The tensor of a name.
    pub fn entry(&self, name: &str) -> Option<&Entry> {
        let found = self.entries.binary_search_by(|entry| entry.name.as_str().cmp(name));
        found.ok().map(|i| &self.entries[i])
    }

    /// CRC-32 over names, types, shapes, elements and state, each with its length.
    fn checksum(&self) -> String {
        let mut crc = crc32fast::Hasher::new();
        let mut add = |bytes: &[u8]| {
            crc.update(&(bytes.len() as u64).to_le_bytes());
            crc.update(bytes);
        };
        for entry in &self.entries {
            add(entry.name.as_bytes());
            add(format!("{:?} {:?}", entry.dtype, entry.shape).as_bytes());
            add(&entry.bytes);
        }
        add(self.state.as_bytes());
        format!("{:08x}", crc.finalize())
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn sample() -> Checkpoint {
        let bytes = |values: &[f32]| values.iter().flat_map(|v| v.to_le_bytes()).collect();
        Checkpoint::new(
            vec![
                Entry {
                    name: "hidden.weight".into(),
                    dtype: Dtype::F32,
                    shape: vec![2, 2],
                    bytes: bytes(&[1.0, -2.5, f32::MIN_POSITIVE, 4.0]),
                },
                Entry { name: "random/batches".into(), dtype: Dtype::U8, shape: vec![3], bytes: vec![7, 8, 9] },
                Entry { name: "empty".into(), dtype: Dtype::F64, shape: vec![0, 5], bytes: vec![] },
            ],
            r#"{"step":12,"name":"a \"b\""}"#.into(),
        )
    }

    #[test]
    fn what_is_written_is_read() {
        let bytes = sample().to_bytes().unwrap();
        assert_eq!(Checkpoint::from_bytes(&bytes).unwrap(), sample());
        assert_eq!(bytes, sample().to_bytes().unwrap());
        assert_eq!(sample().entry("random/batches").unwrap().bytes, [7, 8, 9]);
        assert_eq!(sample().entry("random"), None);
    }

    #[test]
    fn every_cut_and_every_changed_byte_is_refused() {
        let bytes = sample().to_bytes().unwrap();
        for end in 0..bytes.len() {
            assert!(Checkpoint::from_bytes(&bytes[..end]).is_err(), "cut at {end}");
        }
        let longer = [bytes.as_slice(), b"x"].concat();
        assert!(Checkpoint::from_bytes(&longer).is_err());
        for i in 0..bytes.len() {
            for bit in 0..8 {
                let mut altered = bytes.clone();
                altered[i] ^= 1 << bit;
                // A change that leaves the meaning alone (white space in JSON) is no damage.
                if let Ok(read) = Checkpoint::from_bytes(&altered) {
                    assert_eq!(read, sample(), "byte {i}, bit {bit}");
                }
            }
        }
    }

    #[test]
    fn a_file_of_another_program_is_told_apart() {
        let foreign = serialize(Vec::<(&str, TensorView<'_>)>::new(), None).unwrap();
        let error = Checkpoint::from_bytes(&foreign).unwrap_err();
        assert!(error.contains("not written by gradus"), "{error}");
    }

    proptest::proptest! {
        #[test]
        fn no_bytes_panic(bytes in proptest::collection::vec(proptest::prelude::any::<u8>(), 0..200)) {
            let _ = Checkpoint::from_bytes(&bytes);
        }
    }
}

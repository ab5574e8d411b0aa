//! A model's parameters as a safetensors file that any program reads.

use std::collections::HashMap;

use gradus_recipe::StoredAs;
use gradus_train::store::Entry;
use gradus_train::{Error, Session, state};
use safetensors::tensor::{TensorView, serialize};

/// The parameters (and buffers) of a session under their own names. Weights of linear layers are `[fan_in, fan_out]`
/// here, as Gradus has them; see [`super::pytorch`] for PyTorch's.
///
/// # Errors
/// Where the file cannot be made.
pub fn parameters(session: &Session) -> Result<Vec<u8>, Error> {
    parameters_as(session, StoredAs::F32)
}

/// As [`parameters`], with their numbers stored in another way.
///
/// # Errors
/// Where the file cannot be made.
pub fn parameters_as(session: &Session, dtype: StoredAs) -> Result<Vec<u8>, Error> {
    let places = session.parameters().iter().chain(session.buffers());
    let entries: Vec<Entry> =
        places.map(|(name, param)| state::to_entry(name.clone(), &param.value()).stored_as(dtype)).collect();
    let notes = [
        ("format", "gradus".to_owned()),
        ("layout", "linear weights are [fan_in, fan_out]".to_owned()),
        ("step", session.step().to_string()),
        ("model", session.recipe().model.kind().to_owned()),
    ];
    file(&entries, &notes)
}

/// Entries and notes as a file.
pub(super) fn file(entries: &[Entry], notes: &[(&str, String)]) -> Result<Vec<u8>, Error> {
    let wrong = |e: &dyn std::fmt::Display| Error::Request(format!("the tensors cannot be written: {e}"));
    let views = entries
        .iter()
        .map(|entry| {
            let view = TensorView::new(entry.dtype, entry.shape.clone(), &entry.bytes).map_err(|e| wrong(&e))?;
            Ok((entry.name.as_str(), view))
        })
        .collect::<Result<Vec<_>, Error>>()?;
    let notes: HashMap<String, String> = notes.iter().map(|(k, v)| ((*k).to_owned(), v.clone())).collect();
    serialize(views, Some(notes)).map_err(|e| wrong(&e))
}

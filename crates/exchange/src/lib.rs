#![doc = include_str!("../README.md")]
//!
//! - [`safetensors`]: the parameters under their own names.
//! - [`pytorch`]: a folder with the model in plain PyTorch and a script that trains on from exactly there.
//! - [`tensorboard`]: an event file with what the run recorded.
//! - [`import`]: GPT-2 models of nanoGPT's and Hugging Face's files as a run.

mod archive;
mod family;
pub mod import;
mod pickle;
pub mod pytorch;
pub mod safetensors;
pub mod tensorboard;
mod weights;

use std::path::Path;

use gradus_train::Error;
use gradus_train::store::write;

/// Writes some files into a new folder, which is there whole or not at all.
///
/// # Errors
/// Where there is something of that name already, or the disk refuses.
pub fn write_folder(folder: &Path, files: &[(&str, Vec<u8>)]) -> Result<(), Error> {
    if folder.exists() {
        return Err(Error::Request(format!("{} is there already: choose another name", folder.display())));
    }
    let mut name = folder.file_name().unwrap_or_default().to_os_string();
    name.push(format!(".{}.unfinished", std::process::id()));
    let unfinished = folder.with_file_name(name);
    let result = (|| {
        std::fs::create_dir_all(&unfinished).map_err(Error::io("make", &unfinished))?;
        for (name, bytes) in files {
            write(&unfinished.join(name), bytes)?;
        }
        std::fs::rename(&unfinished, folder).map_err(Error::io("make", folder))
    })();
    if result.is_err() {
        // It is the first error that is told.
        let _ = std::fs::remove_dir_all(&unfinished);
    }
    result
}

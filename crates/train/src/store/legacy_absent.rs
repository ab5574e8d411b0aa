//! Stores of before where reading them was left out (without the feature `legacy`): they are refused, not overlooked.

use std::path::Path;

use super::files::Files;
use crate::Error;

/// The database's file name in the home folder.
const FILE: &str = "gradus.db";

/// Whether there is a store of before.
pub(super) fn is_there(home: &Path) -> bool {
    home.join(FILE).is_file()
}

/// The files of a home.
pub(super) fn opened(home: &Path) -> Result<(Files, Vec<String>), Error> {
    if is_there(home) {
        return Err(Error::Request(format!(
            "{} is a run store of an older gradus, and reading those is not part of this build: build it with its default \
             features (feature \"legacy\") and open the store once",
            home.join(FILE).display()
        )));
    }
    Ok((Files::new(home), Vec::new()))
}

//! What a model decides that is no language model: the pictures at the end of its training.

use gradus_train::{Error, Session};

use super::{Html, card};
use crate::explain;

/// The section; nothing of a language model.
pub(super) fn section(page: &mut Html, session: &Session) -> Result<(), Error> {
    let pictures = explain::pictures(session)?;
    if pictures.is_empty() {
        return Ok(());
    }
    page.raw("<h2>What it decides</h2>\n<div class=\"grid\">\n");
    for (_, picture) in &pictures {
        card(page, picture);
    }
    page.raw("</div>\n");
    Ok(())
}

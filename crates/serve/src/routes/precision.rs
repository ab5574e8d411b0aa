//! The same run in several precisions.

use std::time::Instant;

use axum::Json;
use axum::extract::Path;
use gradus_lab::Session;
use gradus_lab::precision::{Track, study};
use serde::{Deserialize, Serialize};

use super::Lab;
use crate::extract::Body;
use crate::limits;
use crate::refusal::{Answer, Refusal};

/// Formats in one study.
const FORMATS: usize = 12;

#[derive(Debug, Deserialize)]
#[serde(deny_unknown_fields)]
pub(crate) struct Asked {
    formats: Vec<String>,
    steps: u64,
}

#[derive(Debug, Serialize)]
pub(crate) struct Study {
    step: u64,
    formats: Vec<Track>,
}

/// Trains copies of the session from where it stands, one a format; the session itself is left alone.
pub(crate) async fn make(lab: Lab, Path(id): Path<String>, Body(asked): Body<Asked>) -> Answer<Json<Study>> {
    if !(1..=limits::STEPS).contains(&asked.steps) || !(1..=FORMATS).contains(&asked.formats.len()) {
        let most = limits::STEPS;
        return Err(Refusal::unprocessable(format!(
            "\"steps\" is between 1 and {most}, \"formats\" names 1 to {FORMATS}"
        )));
    }
    let session = lab.session(&id).await?;
    let here = session.ask(|live| Ok((live.session.recipe().clone(), live.session.checkpoint()?, live.step())));
    let (recipe, checkpoint, step) = here.await?;
    let until = Instant::now() + limits::REQUEST * 9 / 10;
    let work = move || -> Answer<Study> {
        let start = || {
            let mut session = Session::new(recipe.clone())?;
            session.restore(&checkpoint)?;
            Ok(session)
        };
        let tracks = study(&start, &asked.formats, asked.steps, &mut || Instant::now() < until)?;
        let formats =
            tracks.ok_or_else(|| Refusal::timeout("the study takes too long: ask for fewer steps or formats"))?;
        Ok(Study { step, formats })
    };
    let done = tokio::task::spawn_blocking(work).await;
    done.map_err(|_| Refusal::internal("the study could not be made"))?.map(Json)
}

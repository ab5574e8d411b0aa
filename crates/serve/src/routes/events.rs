//! ActiveSession events: what has changed, at most ten times a second for each listener.

use std::collections::VecDeque;
use std::convert::Infallible;

use axum::extract::Path;
use axum::response::sse::{Event, KeepAlive, Sse};
use futures_util::stream::{self, Stream};
use schemars::JsonSchema;
use serde::Deserialize;
use tokio::time::{Instant, sleep_until};

use super::Lab;
use crate::extract::Asked;
use crate::limits;
use crate::refusal::{Answer, Refusal, Reply};
use gradus_studio::board::{Listener, Told, Want};

#[derive(Debug, Default, Deserialize, JsonSchema)]
#[serde(deny_unknown_fields, default)]
pub(crate) struct Listen {
    want: Option<String>,
}

/// A listener, what it is to be told, and when it may be told more.
struct Line {
    listener: Listener,
    queue: VecDeque<Event>,
    next: Instant,
    ended: bool,
}

/// Listens to a session.
pub(crate) async fn listen(
    lab: Lab,
    Path(id): Path<String>,
    Asked(asked): Asked<Listen>,
) -> Reply<Sse<impl Stream<Item = Result<Event, Infallible>>>> {
    let words = asked.want.as_deref().unwrap_or("loss,samples").split(',').map(str::trim);
    let wants = words
        .filter(|word| !word.is_empty())
        .map(|word| {
            Want::from_word(word).ok_or_else(|| {
                Refusal::unprocessable(format!(
                    "\"want\" is some of loss, samples, statistics, histograms, found {word:?}"
                ))
            })
        })
        .collect::<Answer<Vec<Want>>>()?;
    let session = lab.session(&id).await?;
    let listener = session.board.listen(wants)?;
    // The session may be waiting for requests: it must hear that somebody listens.
    session
        .ask(|live| {
            live.changed();
            Ok(())
        })
        .await?;
    let line = Line { listener, queue: VecDeque::new(), next: Instant::now(), ended: false };
    let events = stream::unfold(line, |mut line| async move {
        loop {
            if let Some(event) = line.queue.pop_front() {
                return Some((Ok(event), line));
            }
            if line.ended {
                return None;
            }
            sleep_until(line.next).await;
            line.listener.wait().await;
            line.next = Instant::now() + limits::TICK;
            for told in line.listener.look() {
                let event = match told {
                    Told::Note(name, text) => Event::default().event(name).data(&*text),
                    Told::Loss(news) => Event::default().event("loss").data(gradus_studio::json::text(&news)),
                    Told::End => {
                        line.ended = true;
                        Event::default().event("end").data("null")
                    }
                };
                line.queue.push_back(event);
            }
        }
    });
    Ok(Sse::new(events).keep_alive(KeepAlive::new().interval(limits::KEEP_ALIVE)))
}

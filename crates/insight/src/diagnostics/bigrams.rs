//! Which token follows which, counted in the training data: the table that part 1 of the course begins with.

use gradus_train::Session;
use gradus_train::corpus::Split;
use serde::Serialize;

use super::embedding::labels;

/// Vocabularies beyond this make no table that can be read.
const MOST_SYMBOLS: usize = 128;
/// Examples that are counted at once.
const AT_ONCE: usize = 65_536;

/// How often each token follows each.
#[derive(Debug, Clone, PartialEq, Serialize)]
pub struct Bigrams {
    /// The tokens.
    pub labels: Vec<String>,
    /// Row by row: the first token's row, the second token's column.
    pub counts: Vec<u64>,
}

/// Counts the training data's pairs of neighbours. `None` for a large vocabulary, or where the data are not at hand.
pub fn bigrams(session: &Session) -> Option<Bigrams> {
    let labels = labels(session);
    let (n, examples) = (labels.len(), session.corpus().examples(Split::Train));
    let is_language = session.recipe().model.intake().is_language();
    if n > MOST_SYMBOLS || examples.is_empty() || !is_language {
        return None;
    }
    let mut counts = vec![0; n * n];
    for rows in examples.once().chunks((AT_ONCE / examples.width().max(1)).max(1)) {
        let (inputs, targets) = examples.batch(rows);
        let (x, y) = (inputs.to_vec::<i64>(), targets.to_vec::<i64>());
        // A context says with its last token what comes before the target; a sequence does so at every place.
        let last = if y.len() == x.len() { 1 } else { examples.width() };
        for (x, &second) in x.chunks_exact(last).zip(&y) {
            let ends = (x.last().map(|&first| first as usize), usize::try_from(second));
            // Places that do not count have a number that no token has.
            if let (Some(first), Ok(second)) = ends
                && first < n
                && second < n
            {
                counts[first * n + second] += 1;
            }
        }
    }
    Some(Bigrams { labels, counts })
}

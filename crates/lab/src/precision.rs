//! The same training in several number formats, side by side: the same start, the same batches, every result of every
//! operation rounded, forward and backward; and how far each has come from the exact one, layer by layer.

use gradus_tensor::precision::{self, Precision};
use gradus_tensor::{Tensor, probe};
use serde::Serialize;

use crate::Error;
use crate::session::Session;

/// One format's training.
#[derive(Debug, Clone, PartialEq, Serialize)]
pub struct Track {
    /// `bf16`, `decimal:3`.
    pub name: String,
    /// Steps made, and the loss of each's batch.
    pub losses: Vec<(u64, f64)>,
    /// Why it ended early, where it did.
    pub failed: Option<String>,
    /// How far each parameter and each activation of the next batch has come from the exact ones, in the order in
    /// which a step computes them.
    pub divergence: Vec<Divergence>,
}

/// ‖x − exact‖ / ‖exact‖ of one tensor.
#[derive(Debug, Clone, PartialEq, Serialize)]
pub struct Divergence {
    /// `hidden.weight`, `tanh`.
    pub name: String,
    /// `parameter` or `activation`.
    pub kind: &'static str,
    /// `None` where it is no finite number.
    pub relative: Option<f64>,
}

/// Trains `steps` steps in each format from what `start` gives, which must be the same each time. `watch` is called
/// before every step, and ends the study by `false`: then there is nothing to tell.
///
/// # Errors
/// Where a format is unknown, or a session cannot begin.
pub fn study(
    start: &dyn Fn() -> Result<Session, Error>,
    formats: &[String],
    steps: u64,
    watch: &mut dyn FnMut() -> bool,
) -> Result<Option<Vec<Track>>, Error> {
    let formats = formats.iter().map(|name| Ok((name, Precision::parse(name)?))).collect::<Result<Vec<_>, Error>>()?;
    let Some((_, exact)) = train(start()?, Precision::Exact, steps, watch)? else { return Ok(None) };
    let mut tracks = Vec::new();
    for (name, format) in formats {
        let Some((mut track, values)) = train(start()?, format, steps, watch)? else { return Ok(None) };
        track.name.clone_from(name);
        track.divergence = values.iter().filter_map(|value| divergence(value, &exact)).collect();
        tracks.push(track);
    }
    Ok(Some(tracks))
}

/// A tensor of a trained session: name, kind, value.
type Value = (String, &'static str, Tensor);

fn train(
    mut session: Session,
    format: Precision,
    steps: u64,
    watch: &mut dyn FnMut() -> bool,
) -> Result<Option<(Track, Vec<Value>)>, Error> {
    let mut track = Track { name: String::new(), losses: vec![], failed: None, divergence: vec![] };
    for _ in 0..steps {
        if !watch() {
            return Ok(None);
        }
        match precision::with(format, || session.advance()) {
            Ok(loss) => track.losses.push((session.step(), loss)),
            Err(Error::Diverged(what)) => {
                track.failed = Some(what);
                break;
            }
            Err(error) => return Err(error),
        }
    }
    let parameters = session.parameters().iter().map(|(name, param)| (name.clone(), "parameter", param.value()));
    let mut values: Vec<Value> = parameters.collect();
    let recorder = probe::Recorder::new(|_| true);
    let (seen, loss) = precision::with(format, || probe::with(recorder, || session.loss()));
    loss?;
    values.extend(seen.values().iter().map(|(name, value)| (name.clone(), "activation", value.clone())));
    Ok(Some((track, values)))
}

fn divergence((name, kind, value): &Value, exact: &[Value]) -> Option<Divergence> {
    let (.., exact) = exact.iter().find(|(known, other, _)| known == name && other == kind)?;
    let (value, exact) = (value.to_vec::<f64>(), exact.to_vec::<f64>());
    let distance: f64 = value.iter().zip(&exact).map(|(x, e)| (x - e).powi(2)).sum();
    let size: f64 = exact.iter().map(|e| e.powi(2)).sum();
    let relative = if distance == 0.0 { 0.0 } else { (distance / size).sqrt() };
    Some(Divergence { name: name.clone(), kind, relative: Some(relative).filter(|relative| relative.is_finite()) })
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::recipe::Recipe;

    #[test]
    fn fewer_digits_stray_further_and_exact_does_not_stray() {
        let recipe = Recipe::builtin("mlp-kaiming").unwrap().with(&["model.hidden=16", "batch=8"]).unwrap();
        let start = || Session::new(recipe.clone());
        let formats = ["f32", "bf16", "decimal:2"].map(str::to_string);
        let tracks = study(&start, &formats, 5, &mut || true).unwrap().unwrap();
        let stray = |track: &Track| -> f64 { track.divergence.iter().filter_map(|d| d.relative).sum() };
        let [exact, bf16, decimal] = [0, 1, 2].map(|i| stray(&tracks[i]));
        assert_eq!(exact, 0.0);
        assert!(0.0 < bf16 && bf16 < decimal, "{bf16} {decimal}");
        assert_eq!(tracks[1].losses.len(), 5);
        let names: Vec<&str> = tracks[1].divergence.iter().map(|d| d.name.as_str()).collect();
        assert!(names.contains(&"hidden.weight") && names.contains(&"tanh"), "{names:?}");
        assert!(study(&start, &["bf17".to_string()], 1, &mut || true).is_err());
        assert_eq!(study(&start, &formats, 5, &mut || false).unwrap(), None);
    }
}

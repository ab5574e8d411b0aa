//! The loss curves of several formats, side by side.

use gradus_plot::{Chart, Picture};

use super::Trial;

/// Points of a line, at most: means of what lies between smooth it.
const POINTS: usize = 60;

/// One line a format. The first steps, where losses fall from far above, may lie above the picture.
pub fn losses(title: &str, trials: &[Trial]) -> Picture {
    let mut chart = Chart::new(title).x("step").y("loss of the batches, nats").size(760.0, 440.0);
    let (mut low, mut high) = (f64::INFINITY, f64::NEG_INFINITY);
    for trial in trials {
        let points = smooth(&trial.curve);
        let name = match &trial.diverged {
            Some(_) => format!("{}, diverged", trial.format),
            None => trial.format.clone(),
        };
        let values = || points.iter().map(|(_, loss)| *loss).filter(|loss| loss.is_finite());
        low = values().fold(low, f64::min);
        // The first tenth is the fall; what comes after is to be seen whole.
        high = values().skip(points.len() / 10).fold(high, f64::max);
        chart = chart.line(name, &points);
    }
    if low < high {
        let room = 0.04 * (high - low);
        chart = chart.y_range(low - room, high + room);
    }
    chart.picture()
}

/// Means over equally many points of a curve.
fn smooth(curve: &[(u64, f64)]) -> Vec<(f64, f64)> {
    let block = curve.len().div_ceil(POINTS).max(1);
    let mean =
        |block: &[(u64, f64)], of: fn(&(u64, f64)) -> f64| block.iter().map(of).sum::<f64>() / block.len() as f64;
    // A rest of a few points would be noise beside the others.
    let blocks = curve.chunks(block).filter(|points| 2 * points.len() > block);
    blocks.map(|block| (mean(block, |p| p.0 as f64), mean(block, |p| p.1))).collect()
}

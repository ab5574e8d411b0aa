//! What a training in a format came to, and why, in one plain sentence. Every number in it is one that was measured.

use super::look::{Difference, Layer, Look};
use super::trial::Trial;

/// Losses that differ by less are as good as each other.
const CLOSE: f64 = 0.02;
/// A share below is no reason.
const NOTABLE: f64 = 0.01;

/// The sentence of a trial beside that in `f64`.
pub(super) fn sentence(trial: &Trial, exact: &Trial) -> String {
    let name = &trial.description;
    if trial.format == exact.format {
        return match loss(trial) {
            Some((what, loss)) => format!("{name}: {what} {loss:.4}; what the others are held against"),
            None => format!("{name}: {}", trial.diverged.as_deref().unwrap_or("nothing was learned")),
        };
    }
    let mut reasons = reasons(&trial.looks);
    if trial.skipped > 0 {
        let (skipped, all) = (grouped(trial.skipped), grouped(trial.steps));
        reasons.push(format!("{skipped} of {all} steps were left out because gradients overflowed"));
    }
    let because = |word: &str, otherwise: &str| match reasons.as_slice() {
        [] => otherwise.to_string(),
        reasons => format!("{word}{}", reasons[..reasons.len().min(2)].join(", and ")),
    };
    if let Some(diverged) = &trial.diverged {
        return format!("{name}: {diverged}{}", because("; before that, ", ""));
    }
    let (Some((what, ours)), Some((_, theirs))) = (loss(trial), loss(exact)) else {
        return format!("{name}: {}", because("", "there is no loss to compare"));
    };
    let away = ours - theirs;
    let distance = match away {
        away if away.abs() < 5e-5 => "f64's to four decimals".to_string(),
        away => format!("{:.4} {} f64's", away.abs(), if away < 0.0 { "below" } else { "above" }),
    };
    let error = largest_error(trial);
    let small = match trial.apart_from {
        Some(step) => format!(
            "; gradients are right to {error}, which grows from step to step: the batch losses are 1 % apart at step {}",
            grouped(step)
        ),
        None => format!("; gradients are right to {error}"),
    };
    let tail = if away.abs() <= CLOSE {
        because(", although ", &small)
    } else if away < 0.0 {
        format!(", by the luck of another path{}", because("; ", &small))
    } else {
        because(": ", &small)
    };
    format!("{name}: {what} {ours:.4}, {distance}{tail}")
}

/// The loss that counts, and what it is called.
fn loss(trial: &Trial) -> Option<(&'static str, f64)> {
    trial.dev_loss.map(|loss| ("dev loss", loss)).or(trial.loss.map(|loss| ("batch loss", loss)))
}

/// What happened to a notable share of some layer's numbers, the worst first.
fn reasons(looks: &[Look]) -> Vec<String> {
    type Share = fn(&Layer) -> Option<f64>;
    let kinds: [(Share, &str); 6] = [
        (|l| l.value.map(|d| d.nan + d.infinite), "values overflow"),
        (|l| l.gradient.map(|d| d.nan + d.infinite), "gradients overflow"),
        (|l| l.lost_updates, "updates are lost"),
        (|l| l.gradient.filter(|_| l.kind == "parameter").map(|d| d.vanished), "gradients vanish"),
        (|l| l.gradient.filter(|d| l.kind != "parameter" && matters(d)).map(|d| d.vanished), "gradients vanish"),
        (|l| l.value.map(|d| d.vanished), "values vanish"),
    ];
    let mut found: Vec<(f64, String)> = Vec::new();
    for (share, what) in kinds {
        let Some((name, from, mean)) = worst(looks, share) else { continue };
        if found.iter().any(|(_, text)| text.contains(what)) {
            continue;
        }
        let since = if from == 0 { "from the start".to_string() } else { format!("from step {} on", grouped(from)) };
        let why = if what == "updates are lost" { ", being smaller than half a step of the format" } else { "" };
        found.push((mean, format!("{} of {name}'s {what} {since}{why}", percent(mean))));
    }
    // Overflow comes first in any case: a single infinite number spoils everything after it.
    found.sort_by(|a, b| {
        let overflow = |text: &str| text.contains("overflow");
        overflow(&b.1).cmp(&overflow(&a.1)).then(b.0.total_cmp(&a.0))
    });
    found.into_iter().map(|(_, text)| text).collect()
}

/// Whether what vanished is felt: a saturated unit passes next to nothing back, and loses nothing when that becomes 0.
fn matters(difference: &Difference) -> bool {
    difference.error.is_none_or(|error| error > 1e-3)
}

/// The layer of which the largest share is hit, the step from which it is, and that share, the mean from there on.
fn worst(looks: &[Look], share: fn(&Layer) -> Option<f64>) -> Option<(&str, u64, f64)> {
    let last = looks.last()?;
    let mut worst: Option<(&str, u64, f64)> = None;
    for (i, layer) in last.layers.iter().enumerate() {
        let series: Vec<(u64, f64)> =
            looks.iter().filter_map(|look| Some((look.step, look.layers.get(i).and_then(share)?))).collect();
        let Some((from, mean)) = lasting(&series) else { continue };
        if worst.is_none_or(|(_, _, most)| mean > most) {
            worst = Some((&layer.name, from, mean));
        }
    }
    worst
}

/// From when on a share is notable and stays at half of its late mean at least, and its mean from then on.
fn lasting(series: &[(u64, f64)]) -> Option<(u64, f64)> {
    let late = &series[series.len() / 2..];
    let mean = |part: &[(u64, f64)]| part.iter().map(|(_, share)| share).sum::<f64>() / part.len().max(1) as f64;
    let level = mean(late);
    if level < NOTABLE {
        return None;
    }
    let from = series.iter().rposition(|(_, share)| *share < level / 2.0).map_or(0, |last_below| last_below + 1);
    let part = series.get(from..).filter(|part| !part.is_empty())?;
    Some((part[0].0, mean(part)))
}

/// The largest error of any parameter's gradient.
fn largest_error(trial: &Trial) -> String {
    let errors =
        trial.layers.iter().filter(|layer| layer.kind == "parameter").filter_map(|layer| layer.gradient?.error);
    match errors.reduce(f64::max) {
        Some(error) if error >= 0.01 => percent(error),
        Some(error) => format!("{error:.0e}"),
        None => "nothing".to_string(),
    }
}

/// `0.384` → `38 %`.
fn percent(share: f64) -> String {
    match 100.0 * share {
        p if p >= 9.95 => format!("{p:.0} %"),
        p => format!("{p:.1} %"),
    }
}

/// `200000` → `200,000`.
pub(super) fn grouped(n: u64) -> String {
    let digits = n.to_string();
    let first = digits.len() % 3;
    let (head, rest) = digits.split_at(first);
    let groups = rest.as_bytes().chunks(3).map(|group| String::from_utf8_lossy(group).into_owned());
    let all: Vec<String> = (!head.is_empty()).then(|| head.to_string()).into_iter().chain(groups).collect();
    all.join(",")
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_share_is_told_from_when_it_lasts() {
        let series = |shares: &[f64]| shares.iter().enumerate().map(|(i, &s)| (100 * i as u64, s)).collect::<Vec<_>>();
        assert_eq!(lasting(&series(&[0.0, 0.0, 0.25, 0.5, 0.75])), Some((200, 0.5)));
        assert_eq!(lasting(&series(&[0.5, 0.5])), Some((0, 0.5)));
        assert_eq!(lasting(&series(&[0.5, 0.0, 0.001])), None);
        assert_eq!(lasting(&[]), None);
    }

    #[test]
    fn numbers_read_well() {
        assert_eq!([0, 7, 1200, 1_234_567].map(grouped), ["0", "7", "1,200", "1,234,567"]);
        assert_eq!([0.384, 1.0, 0.0123].map(percent), ["38 %", "100 %", "1.2 %"]);
    }
}

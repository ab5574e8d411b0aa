//! Handwritten digits, 8 by 8 pixels, read by their nearest neighbours: nothing is trained, everything is remembered.

use gradus_data::{Samples, Split, Targets, digits};
use gradus_models::KNearest;
use std::error::Error;

fn main() -> Result<(), Box<dyn Error>> {
    let all = Samples::from(&digits()?);
    let [known, _, asked] = all.deal(&Split::COURSE)?;
    let (known, asked) = (all.rows(&known), all.rows(&asked));
    let (Targets::Classes { labels, .. }, Targets::Classes { labels: right, .. }) = (&known.targets, &asked.targets)
    else {
        unreachable!("digits have classes")
    };
    println!("{} digits remembered, {} asked", known.len(), asked.len());

    let mut best: f64 = 0.0;
    for k in [1, 5, 25, 125] {
        let said = KNearest::fit(k, &known.features, 64, labels)?.predict(&asked.features)?;
        let share = said.iter().zip(right).filter(|(a, b)| a == b).count() as f64 / right.len() as f64;
        println!("{k:3} neighbours: {:.1} % right", 100.0 * share);
        best = best.max(share);
    }
    assert!(best > 0.95);

    // The first one asked, and what it was taken for.
    let neighbour = KNearest::fit(1, &known.features, 64, labels)?.nearest(asked.row(0))?[0];
    println!("a {}, taken for a {}, {:.1} away:", right[0], neighbour.label, neighbour.distance);
    for (own, other) in asked.row(0).chunks(8).zip(known.row(neighbour.row).chunks(8)) {
        println!("{}   {}", drawn(own), drawn(other));
    }
    Ok(())
}

/// A row of pixels from 0 to 16.
fn drawn(pixels: &[f32]) -> String {
    pixels.iter().map(|&p| [' ', '.', 'o', '#'][((p / 4.25) as usize).min(3)]).collect()
}

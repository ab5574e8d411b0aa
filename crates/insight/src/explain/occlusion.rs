//! What a class's probability becomes when a part of the picture is hidden (Zeiler & Fergus 2014, arXiv:1311.2901).

use gradus_plot::{Images, Picture, Shade};
use gradus_train::Error;
use schemars::JsonSchema;
use serde::Serialize;

use super::Classifier;

/// Places of the patch from left to right at most.
const MOST_PLACES: usize = 40;
/// Pictures that pass through the model at once at most.
const AT_ONCE: usize = 256;

/// A class's probability with a patch greyed out, for each place of the patch.
#[derive(Debug, Clone, PartialEq, Serialize, JsonSchema)]
pub struct Occlusion {
    /// The class.
    pub class: String,
    /// Rows and columns of the patch.
    pub patch: usize,
    /// The probability of the whole picture.
    pub whole: f64,
    /// Rows and columns of the picture.
    pub size: [usize; 2],
    /// The probability with the patch about each pixel: `[rows, columns]`. Of large pictures, neighbouring pixels share one
    /// patch about their middle.
    pub probability: Vec<f64>,
}

/// Greys out a patch about each pixel of a picture in turn. The patch is a quarter of the picture wide, and has the mean grey
/// of the picture.
///
/// # Errors
/// Where the model takes no pictures or tells no classes.
pub fn occlusion(classifier: &Classifier, row: &[f32], class: usize) -> Result<Occlusion, Error> {
    classifier.needs_classes()?;
    let Some([height, width]) = classifier.picture() else {
        return Err(Error::Request("patches are greyed out of pictures, and the model takes none".to_string()));
    };
    let patch = (height.min(width) / 4) | 1;
    let grey = row.iter().sum::<f32>() / row.len().max(1) as f32;
    let near = |middle: usize, n: usize| middle.saturating_sub(patch / 2)..(middle + patch / 2 + 1).min(n);
    let step = step([height, width]);
    let places = [height.div_ceil(step), width.div_ceil(step)];
    let hidden = |place: usize| {
        let [middle_row, middle_column] = middle(step, [place / places[1], place % places[1]], [height, width]);
        let mut hidden = row.to_vec();
        for r in near(middle_row, height) {
            hidden[r * width..][near(middle_column, width)].fill(grey);
        }
        hidden
    };
    let of_class = |p: &Vec<f64>| p.get(class).copied().unwrap_or(f64::NAN);
    let whole = classifier.probabilities(row)?.first().map_or(f64::NAN, of_class);
    let all: Vec<usize> = (0..places[0] * places[1]).collect();
    let mut of_place = Vec::with_capacity(all.len());
    for some in all.chunks(classifier.at_once(AT_ONCE)) {
        let hidden: Vec<f32> = some.iter().flat_map(|&place| hidden(place)).collect();
        of_place.extend(classifier.probabilities(&hidden)?.iter().map(of_class));
    }
    let place = |pixel: usize| pixel / width / step * places[1] + pixel % width / step;
    let probability = (0..height * width).map(|pixel| of_place[place(pixel)]).collect();
    Ok(Occlusion { class: classifier.class(class).to_owned(), patch, whole, size: [height, width], probability })
}

/// Pixels from one place of the patch to the next.
fn step([height, width]: [usize; 2]) -> usize {
    height.max(width).div_ceil(MOST_PLACES)
}

/// The pixel that a place is about.
fn middle(step: usize, [row, column]: [usize; 2], [height, width]: [usize; 2]) -> [usize; 2] {
    [(row * step + step / 2).min(height - 1), (column * step + step / 2).min(width - 1)]
}

impl Occlusion {
    /// The pixel about which the patch harms most, as row and column, and the probability that is left.
    pub fn weakest(&self) -> Option<([usize; 2], f64)> {
        let least =
            (0..self.probability.len()).reduce(|a, b| if self.probability[b] < self.probability[a] { b } else { a })?;
        let step = step(self.size);
        let place = [least / self.size[1] / step, least % self.size[1] / step];
        Some((middle(step, place, self.size), self.probability[least]))
    }

    /// The picture, and the map beside it.
    pub fn picture(&self, classifier: &Classifier, row: &[f32]) -> Picture {
        let [height, width] = self.size;
        let zoom = (240.0 / width as f64).floor().max(1.0);
        let shown: Vec<f64> = row.iter().enumerate().map(|(i, &v)| classifier.measured(i, f64::from(v))).collect();
        let grey = Shade::of(shown.iter().copied());
        let (low, high) =
            self.probability.iter().fold((self.whole, self.whole), |(low, high), &p| (low.min(p), high.max(p)));
        let map = format!("probability of {}", self.class);
        let panels = [
            Images::new("the picture", width, height).image("", &shown).zoom(zoom).shade(grey).unit("grey").picture(),
            Images::new(map, width, height)
                .image("", &self.probability)
                .zoom(zoom)
                .shade(Shade::between(low, high))
                .unit(format!("whole: {:.4}", self.whole))
                .picture(),
        ];
        let (class, patch) = (&self.class, self.patch);
        let title =
            format!("Where it has to see the {class}: a patch of {patch} × {patch} greyed out about each pixel");
        Picture::together(title, f64::INFINITY, &panels)
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::explain::Reading;
    use crate::explain::classifier::tests::{names, rows};
    use gradus_nn::{Module, Param};
    use gradus_tensor::{Result, Tensor};

    /// Sees one pixel alone: its value is the logit of the second class.
    #[derive(Module)]
    struct OnePixel(#[module(name = "weight")] Param);

    impl Module for OnePixel {
        fn forward(&self, x: &Tensor) -> Result<Tensor> {
            x.flatten(1, -1)?.linear(&self.0.value(), None)
        }
    }

    #[test]
    fn only_patches_over_the_pixel_that_matters_change_anything() {
        let mut weight = vec![0.0_f32; 2 * 48];
        weight[2 * (2 * 8 + 5) + 1] = 4.0; // row 2, column 5
        let model = OnePixel(Param::new(Tensor::from_slice(&weight, &[48, 2]).unwrap()));
        let classes = names(&["dark", "light"]);
        let classifier = Classifier {
            model: &model,
            reading: Reading::Softmax,
            classes: &classes,
            shape: &[1, 6, 8],
            features: &[],
            scaling: None,
        };
        let mut row = rows(1, 48);
        row[2 * 8 + 5] = 3.0;
        let seen = occlusion(&classifier, &row, 1).unwrap();
        assert_eq!((seen.patch, seen.size, seen.probability.len()), (1, [6, 8], 48));
        assert_eq!(seen.weakest().unwrap().0, [2, 5]);
        let changed = seen.probability.iter().filter(|&&p| p != seen.whole).count();
        assert_eq!(changed, 1, "{:?}", seen.probability);
        assert!(seen.picture(&classifier, &row).to_svg().contains("probability of light"));
        // Of a large picture not every pixel has a patch of its own.
        let mut weight = vec![0.0_f32; 2 * 90 * 120];
        weight[2 * (70 * 120 + 31) + 1] = 4.0;
        let large = OnePixel(Param::new(Tensor::from_slice(&weight, &[90 * 120, 2]).unwrap()));
        let mut wide = rows(1, 90 * 120);
        wide[70 * 120 + 31] = 3.0;
        let seen = occlusion(&Classifier { model: &large, shape: &[1, 90, 120], ..classifier }, &wide, 1).unwrap();
        assert_eq!(seen.probability.len(), 90 * 120);
        // Pixels share their patches by three.
        assert!(seen.probability.chunks(120).all(|row| row.chunks(3).all(|p| p[0] == p[1] && p[1] == p[2])));
        let [r, c] = seen.weakest().unwrap().0;
        assert!(r.abs_diff(70) <= seen.patch / 2 && c.abs_diff(31) <= seen.patch / 2, "{r} {c}");
        let flat = Classifier { shape: &[48], ..classifier };
        assert!(occlusion(&flat, &row, 1).unwrap_err().to_string().contains("the model takes none"));
    }
}

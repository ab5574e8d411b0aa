//! Every feature map of one picture.

use gradus_plot::{Images, Picture};
use gradus_train::Error;
use schemars::JsonSchema;
use serde::Serialize;

use super::{Classifier, Trace};

/// The feature maps that a layer makes of one picture.
#[derive(Debug, Clone, PartialEq, Serialize, JsonSchema)]
#[schemars(rename = "FeatureMaps")]
pub struct Maps {
    /// The value's name: `conv1.activation`.
    pub name: String,
    /// Maps, rows, columns.
    pub shape: [usize; 3],
    /// The numbers, in this order.
    pub values: Vec<f64>,
}

/// Every feature map of one picture, layer by layer: all values that the model names and that are maps.
///
/// # Errors
/// Where the model refuses the picture.
pub fn feature_maps(classifier: &Classifier, row: &[f32]) -> Result<Vec<Maps>, Error> {
    let trace = Trace::of(classifier.model, &classifier.batch(row)?)?;
    let maps = |(name, value): &(String, gradus_tensor::Tensor)| match *value.shape() {
        [1, maps, height, width] if height * width > 1 => {
            Some(Maps { name: name.clone(), shape: [maps, height, width], values: value.to_vec() })
        }
        _ => None,
    };
    Ok(trace.values.iter().filter_map(maps).collect())
}

impl Maps {
    /// The maps side by side.
    pub fn picture(&self) -> Picture {
        let [maps, height, width] = self.shape;
        let title = format!("Feature maps {}: {maps} of {height} × {width}", self.name);
        let size = height * width;
        let zoom = (90.0 / width as f64).floor().clamp(1.0, 24.0);
        let images = Images::new(title, width, height).unit("activation").zoom(zoom);
        let images =
            (0..maps).fold(images, |images, map| images.image(map.to_string(), &self.values[map * size..][..size]));
        images.picture()
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::explain::Reading;
    use crate::explain::classifier::tests::{names, rows};
    use gradus_nn::Module;
    use gradus_tensor::ops::{Conv, Pool};
    use gradus_tensor::{Result, Tensor};

    #[derive(Module)]
    struct Small(#[module(skip)] Tensor);

    impl Module for Small {
        fn forward(&self, x: &Tensor) -> Result<Tensor> {
            let maps = x.conv2d(&self.0, None, &Conv::default())?.tap("conv");
            maps.max_pool2d(&Pool::new([2, 2]))?.tap("pool").flatten(1, -1)?.tap("flat").narrow(1, 0, 2)
        }
    }

    #[test]
    fn maps_are_those_of_the_pass() {
        let model = Small(Tensor::ones(&[3, 1, 3, 3]));
        let classes = names(&["a", "b"]);
        let classifier = Classifier {
            model: &model,
            reading: Reading::Softmax,
            classes: &classes,
            shape: &[1, 6, 6],
            features: &[],
            scaling: None,
        };
        let row = rows(1, 36);
        let maps = feature_maps(&classifier, &row).unwrap();
        let found: Vec<(&str, [usize; 3])> = maps.iter().map(|maps| (&*maps.name, maps.shape)).collect();
        assert_eq!(found, [("conv", [3, 4, 4]), ("pool", [3, 2, 2])]);
        let sum: f32 = (0..3).flat_map(|r| row[r * 6..r * 6 + 3].iter()).sum();
        assert!((maps[0].values[0] - f64::from(sum)).abs() < 1e-5);
        assert!(maps[1].picture().to_svg().contains("Feature maps pool: 3 of 2 × 2"));
    }
}

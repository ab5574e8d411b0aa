//! The kernels of a model's convolutions.

use gradus_nn::Module;
use gradus_plot::{Images, Picture};
use schemars::JsonSchema;
use serde::Serialize;

/// The kernels of one convolution over pictures.
#[derive(Debug, Clone, PartialEq, Serialize, JsonSchema)]
pub struct Kernels {
    /// The parameter: `conv1.weight`.
    pub name: String,
    /// Kernels, maps that each sees, rows, columns.
    pub shape: [usize; 4],
    /// The numbers, in this order.
    pub values: Vec<f64>,
}

/// The kernels of every convolution over pictures.
pub fn kernels(model: &dyn Module) -> Vec<Kernels> {
    let of = |(name, param): (String, gradus_nn::Param)| {
        let weight = param.value();
        let shape = <[usize; 4]>::try_from(weight.shape()).ok()?;
        // A kernel of one number has no form to look at.
        (shape[2] * shape[3] > 1).then(|| Kernels { name, shape, values: weight.to_vec() })
    };
    model.parameters().into_iter().filter_map(of).collect()
}

impl Kernels {
    /// The kernels side by side; a column of images for each, where it sees several maps. Of very many, the first.
    pub fn picture(&self) -> Picture {
        const MOST: usize = 16;
        let [count, maps, height, width] = self.shape;
        let (columns, rows) = (count.min(MOST), maps.min(MOST));
        let layer = self.name.strip_suffix(".weight").unwrap_or(&self.name);
        let of = |shown: usize, all: usize| if shown < all { format!("{shown} of {all}") } else { all.to_string() };
        let sees = if maps == 1 { String::new() } else { format!(", a column each, over {} maps", of(rows, maps)) };
        let title = format!("Kernels of {layer}: {}, {height} × {width}{sees}", of(columns, count));
        let mut images = Images::new(title, width, height).unit("weight");
        if maps > 1 {
            images = images.columns(columns).zoom((34.0 / width as f64).floor().max(2.0));
        }
        let size = height * width;
        for map in 0..rows {
            for kernel in 0..columns {
                let caption = if maps == 1 { kernel.to_string() } else { format!("{kernel}←{map}") };
                images = images.image(caption, &self.values[(kernel * maps + map) * size..][..size]);
            }
        }
        images.picture()
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::explain::classifier::tests::network;
    use gradus_nn::Param;
    use gradus_tensor::{Result, Tensor};

    #[derive(Module)]
    struct Convolution(#[module(name = "weight")] Param);

    impl Module for Convolution {
        fn forward(&self, x: &Tensor) -> Result<Tensor> {
            x.conv2d(&self.0.value(), None, &gradus_tensor::ops::Conv::default())
        }
        fn visit(&self, f: &mut dyn FnMut(&str, &Param)) {
            f("conv.weight", &self.0);
        }
    }

    #[test]
    fn kernels_are_found_by_their_form() {
        let weight: Vec<f32> = (0..2 * 3 * 3 * 3).map(|i| i as f32).collect();
        let model = Convolution(Param::new(Tensor::from_slice(&weight, &[2, 3, 3, 3]).unwrap()));
        let found = kernels(&model);
        assert_eq!((found.len(), found[0].shape, found[0].values[53]), (1, [2, 3, 3, 3], 53.0));
        let svg = found[0].picture().to_svg();
        assert!(
            svg.contains(">Kernels of conv: 2, 3 × 3, a column each, over 3 maps<") && svg.contains(">1←2<"),
            "{svg}"
        );
        assert!(kernels(&network(&[2, 2], 1)).is_empty());
    }
}

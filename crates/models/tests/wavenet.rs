//! WaveNet's two forms: the tree over one context, and dilated causal convolutions over a whole text. Fresh, and after
//! training, when the running statistics have seen something.

use gradus_models::{WaveNet, WaveNetConfig};
use gradus_nn::{Module, Optimizer, Sgd, training};
use gradus_tensor::Tensor;
use gradus_tensor::random::{Generator, Scheme};

const VOCABULARY: usize = 11;

/// Every context of a text, and what the convolutions say of the whole text: the largest difference.
fn difference(model: &WaveNet, texts: &Tensor) -> f64 {
    let block = model.config().block();
    let everywhere = model.everywhere(texts).unwrap(); // [B, T − block + 1, vocabulary]
    let mut worst = 0.0_f64;
    for place in 0..everywhere.shape()[1] {
        let tree = model.forward(&texts.narrow(1, place, block).unwrap()).unwrap();
        let apart = (everywhere.select(1, place as isize).unwrap() - tree).abs().max().unwrap().item().unwrap();
        worst = worst.max(apart);
    }
    worst
}

#[test]
fn the_tree_and_the_convolutions_agree_before_and_after_training() {
    for groups in [vec![2, 2, 2], vec![2, 4], vec![3, 2], vec![1, 5], vec![8]] {
        let mut rng = Generator::new(Scheme::Torch, 42);
        let config = WaveNetConfig {
            vocabulary: VOCABULARY,
            groups: groups.clone(),
            embedding: 6,
            hidden: 20,
            norm_each_place: false,
        };
        let model = WaveNet::new(config, &mut rng).unwrap();
        let block = model.config().block();
        let texts = Tensor::randint(0, VOCABULARY as i64, &[3, block + 13], &mut rng).unwrap();
        let fresh = difference(&model, &texts);
        assert!(fresh < 1e-6, "{groups:?}, fresh: {fresh}");

        // What follows is the first of the context: something to learn.
        let mut sgd = Sgd::new(model.parameters());
        let mut losses = Vec::new();
        for _ in 0..150 {
            let x = Tensor::randint(0, VOCABULARY as i64, &[32, block], &mut rng).unwrap();
            let y = x.select(1, 0).unwrap();
            let logits = training(&mut Generator::new(Scheme::Gradus, 0), || model.forward(&x)).unwrap();
            let loss = logits.cross_entropy(&y).unwrap();
            losses.push(loss.item().unwrap());
            loss.into_backward().unwrap();
            sgd.step(0.1);
        }
        assert!(losses[149] < 0.8 * losses[0], "{groups:?}: {} and then {}", losses[0], losses[149]);
        let moved = model.buffers().iter().any(|(_, place)| place.value().abs().max().unwrap().item().unwrap() != 1.0);
        let trained = difference(&model, &texts);
        assert!(moved && trained < 2e-5, "{groups:?}, trained: {trained}");
        println!("{groups:?}: {fresh:.1e} fresh, {trained:.1e} trained");
    }
}

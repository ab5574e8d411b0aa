//! How many parameters the course's models have: what the lectures and makemore.py print.

use gradus_models::mlp::MlpInit;
use gradus_models::*;
use gradus_nn::{Module, init::Init};
use gradus_tensor::Result;
use gradus_tensor::random::{Generator, Scheme};

#[test]
fn counts_are_the_references() -> Result<()> {
    let mut random = Generator::new(Scheme::Gradus, 1);
    let rng = &mut random;
    let (vocabulary, block) = (27, 3);
    let recurrent = || RecurrentConfig { vocabulary, embedding: 64, hidden: 64 };
    let mlp = MlpConfig { vocabulary, block, embedding: 10, hidden: 200, init: MlpInit::Kaiming };
    let batch_norm = |hidden| BatchNormMlpConfig { vocabulary, block, embedding: 10, hidden };
    let deep =
        |batch_norm| DeepMlpConfig { vocabulary, block, embedding: 10, hidden: 100, layers: 5, batch_norm, gain: 1.0 };
    let wavenet = |groups: &[usize], embedding, hidden| WaveNetConfig {
        vocabulary,
        groups: groups.to_vec(),
        embedding,
        hidden,
        norm_each_place: false,
    };
    let window = WindowMlpConfig { vocabulary, block: 16, embedding: 64, hidden: 64 };
    let bow = BowConfig { vocabulary, block: 16, embedding: 64, hidden: 64 };
    let larger = TransformerConfig { layers: 6, heads: 6, width: 384, ..TransformerConfig::nanogpt(65, 256) };
    let models: Vec<(&str, Box<dyn Module>, usize)> = vec![
        ("part 2, MLP", Box::new(Mlp::new(mlp, rng)?), 11_897),
        ("part 3a, BatchNorm MLP", Box::new(BatchNormMlp::new(batch_norm(200), rng)?), 12_097),
        ("part 3b, deep", Box::new(DeepMlp::new(deep(true), rng)?), 47_024),
        ("part 3b, deep without normalisation", Box::new(DeepMlp::new(deep(false), rng)?), 46_497),
        ("part 5, WaveNet", Box::new(WaveNet::new(wavenet(&[2, 2, 2], 24, 128), rng)?), 76_579),
        ("part 5, flat", Box::new(WaveNet::new(wavenet(&[8], 10, 200), rng)?), 22_097),
        ("makemore.py, transformer", Box::new(Transformer::new(TransformerConfig::makemore(27, 16), rng)?), 204_544),
        ("makemore.py, bigram", Box::new(Bigram::new(BigramConfig { vocabulary, init: Init::Normal(1.0) }, rng)?), 729),
        ("makemore.py, mlp", Box::new(WindowMlp::new(window, rng)?), 69_147),
        ("makemore.py, rnn", Box::new(Rnn::new(recurrent(), rng)?), 11_803),
        ("makemore.py, gru", Box::new(Gru::new(recurrent(), rng)?), 28_315),
        ("makemore.py, bow", Box::new(Bow::new(bow, rng)?), 12_827),
        // nanoGPT leaves the positions out of its count.
        ("nanoGPT, CPU", Box::new(Transformer::new(TransformerConfig::nanogpt(65, 64), rng)?), 795_904 + 64 * 128),
        ("nanoGPT", Box::new(Transformer::new(larger, rng)?), 10_646_784 + 256 * 384),
    ];
    for (name, model, count) in models {
        assert_eq!(model.parameter_count(), count, "{name}");
    }
    Ok(())
}

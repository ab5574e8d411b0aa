//! The Transformer: writing with remembered keys and values is writing without, to the last bit; dropout; the two ways to
//! start.

use gradus_models::language::{Extent, write};
use gradus_models::transformer::Gelu;
use gradus_models::{LanguageModel, Transformer, TransformerConfig, TransformerInit};
use gradus_nn::{Module, training};
use gradus_tensor::random::{Generator, Scheme};
use gradus_tensor::{Error, Tensor, no_grad, probe};

/// A model whose weights are large enough that every number matters.
fn model(config: TransformerConfig) -> Transformer {
    let mut rng = Generator::new(Scheme::Gradus, 5);
    let model = Transformer::new(TransformerConfig { init: TransformerInit::PyTorch, ..config }, &mut rng).unwrap();
    for (_, place) in model.parameters() {
        // Biases and the weights of normalisations start as constants.
        let noise = Tensor::randn(place.value().shape(), gradus_tensor::DType::F32, &mut rng).unwrap();
        place.set(place.value().detach() + noise * 0.1);
    }
    model
}

/// Both forms, at widths that fill vectors and at widths that do not.
fn configs() -> Vec<TransformerConfig> {
    let makemore = TransformerConfig::makemore(27, 16);
    let odd = TransformerConfig { layers: 2, heads: 3, width: 21, dropout: 0.3, ..TransformerConfig::nanogpt(13, 37) };
    let one_head = TransformerConfig {
        layers: 1,
        heads: 1,
        width: 5,
        gelu: Gelu::Tanh,
        tied: true,
        ..TransformerConfig::makemore(7, 1)
    };
    vec![makemore, TransformerConfig::nanogpt(65, 70), odd, one_head]
}

/// The logits after the last of `seen`, from a pass over what the model sees of it.
fn logits_of_a_pass(model: &Transformer, seen: &[Vec<i64>]) -> Vec<f32> {
    let length = seen[0].len().min(model.config().block);
    let rows: Vec<i64> = seen.iter().flat_map(|text| &text[text.len() - length..]).copied().collect();
    let logits = no_grad(|| model.forward(&Tensor::from_slice(&rows, &[seen.len(), length]).unwrap())).unwrap();
    logits.select(1, -1).unwrap().to_vec()
}

fn bits(logits: &[f32]) -> Vec<u32> {
    logits.iter().map(|x| x.to_bits()).collect()
}

#[test]
fn remembering_changes_no_bit() {
    for config in configs() {
        let model = model(config.clone());
        let mut rng = Generator::new(Scheme::Gradus, 6);
        let (mut texts, length) = (5, config.block + 7);
        let symbols = Tensor::randint(0, config.vocabulary as i64, &[length, texts], &mut rng).unwrap().to_vec::<i64>();
        let mut reader = model.remembering(texts).unwrap();
        let mut seen = vec![Vec::new(); texts];
        for (place, symbols) in symbols.chunks_exact(texts).enumerate() {
            let going: &[usize] = match place {
                4 => &[4, 0, 3],
                _ if place == config.block + 5 => &[1, 0],
                _ => &[],
            };
            if !going.is_empty() {
                // Texts end, and the others go on in another order.
                reader.keep(going).unwrap();
                seen = going.iter().map(|&text| seen[text].clone()).collect();
                texts = going.len();
            }
            seen.iter_mut().zip(symbols).for_each(|(text, &symbol)| text.push(symbol));
            let logits = reader.read(&symbols[..texts]).unwrap();
            assert_eq!(logits.shape(), [texts, config.vocabulary]);
            let pass = logits_of_a_pass(&model, &seen);
            assert_eq!(bits(&logits.to_vec::<f32>()), bits(&pass), "{config:?}: after {} symbols", place + 1);
        }
        assert!(reader.read(&[0]).is_err() && reader.read(&[0, 99]).is_err() && reader.keep(&[2]).is_err());
    }
}

#[test]
fn remembering_changes_no_bit_of_long_texts() {
    // Longer than the runs in which products are added up.
    let model = model(TransformerConfig { layers: 2, heads: 2, width: 12, ..TransformerConfig::nanogpt(11, 560) });
    let symbols = Tensor::randint(0, 11, &[560], &mut Generator::new(Scheme::Gradus, 7)).unwrap().to_vec::<i64>();
    let mut reader = model.remembering(1).unwrap();
    for (place, &symbol) in symbols.iter().enumerate() {
        let logits = reader.read(&[symbol]).unwrap().to_vec::<f32>();
        if place % 97 == 3 || (500..530).contains(&place) || place >= 557 {
            let pass = logits_of_a_pass(&model, &[symbols[..=place].to_vec()]);
            assert_eq!(bits(&logits), bits(&pass), "after {} symbols", place + 1);
        }
    }
}

#[test]
fn writing_with_and_without_memory_gives_the_same_texts() {
    let model = model(TransformerConfig::nanogpt(27, 12));
    for prompt in [&[][..], &[3], &[1, 2, 3, 4, 5], &[7; 12], &[1, 2, 3, 4, 5, 6, 7, 8, 9, 1, 2, 3, 4, 5]] {
        let draw = |random: &mut Generator, logits: &[f32]| {
            let largest = logits.iter().copied().fold(f32::NEG_INFINITY, f32::max);
            let shares: Vec<f32> = logits.iter().map(|x| (x - largest).exp()).collect();
            let mut next = [0];
            random.fill_multinomial(&shares, true, &mut next).unwrap();
            next[0]
        };
        let streams = || -> Vec<Generator> { (0..4).map(|i| Generator::new(Scheme::Gradus, i)).collect() };
        let (mut random, extent) = (streams(), Extent { length: 40, start: Some(0), end: Some(0) });
        let written = write::<Error>(&model, prompt, 4, extent, |text, logits| Ok(draw(&mut random[text], logits)));
        for ((text, mut random), written) in streams().into_iter().enumerate().zip(written.unwrap()) {
            let mut own = prompt.to_vec();
            while own.len() < extent.length {
                let seen = [&[0], &own[..]].concat();
                match draw(&mut random, &logits_of_a_pass(&model, &[seen])) {
                    0 => break,
                    symbol => own.push(symbol),
                }
            }
            assert_eq!(own, written, "text {text} after {prompt:?}");
        }
    }
}

#[test]
fn dropout_drops_in_training_alone() {
    let of = |dropout| model(TransformerConfig { dropout, ..TransformerConfig::makemore(9, 8) });
    let (with, without) = (of(0.4), of(0.0));
    let symbols = Tensor::from_slice(&[1_i64, 2, 3, 4, 5, 6, 7, 8], &[1, 8]).unwrap();
    let predict = |model: &Transformer| model.forward(&symbols).unwrap().to_vec::<f32>();
    assert_eq!(bits(&predict(&with)), bits(&predict(&without)));
    let train = |model: &Transformer, seed| {
        training(&mut Generator::new(Scheme::Torch, seed), || model.forward(&symbols)).unwrap().to_vec::<f32>()
    };
    assert_eq!(bits(&train(&without, 1)), bits(&predict(&without)), "nothing is dropped with probability 0");
    assert_eq!(bits(&train(&with, 1)), bits(&train(&with, 1)));
    assert_ne!(train(&with, 1), train(&with, 2));
    // Embedded symbols, each pattern, and what each block adds: 0.4 of them are 0.
    let (seen, logits) = probe::with(probe::Recorder::new(|_| true), || {
        training(&mut Generator::new(Scheme::Torch, 3), || with.forward(&symbols)).unwrap()
    });
    let embedded = seen.value("embedded").unwrap().to_vec::<f32>();
    let zeros = embedded.iter().filter(|&&x| x == 0.0).count();
    assert!((150..260).contains(&zeros), "{zeros} of {}", embedded.len());
    logits.sum().into_backward().unwrap();
    assert!(with.parameters().iter().all(|(_, place)| place.grad().is_some()));
    assert!(
        Transformer::new(
            TransformerConfig { dropout: 1.5, ..with.config().clone() },
            &mut Generator::new(Scheme::Gradus, 1)
        )
        .is_err()
    );
}

#[test]
fn gpt2_weights_start_small_and_smaller_where_they_add_up() {
    let config = TransformerConfig::nanogpt(65, 64);
    let model = Transformer::new(config, &mut Generator::new(Scheme::Gradus, 1)).unwrap();
    for (name, place) in model.parameters() {
        let value = place.value();
        let deviation = (&value * &value).mean().item().unwrap().sqrt();
        let expected = match name.as_str() {
            n if n.contains("norm") => 1.0,
            n if n.ends_with("proj.weight") || n.ends_with("fc2.weight") => 0.02 / 8.0_f64.sqrt(),
            _ => 0.02,
        };
        assert!((deviation / expected - 1.0).abs() < 0.03, "{name}: {deviation}, and {expected} expected");
    }
}

#[test]
fn impossible_sizes_are_refused() {
    let refused = |config: TransformerConfig| Transformer::new(config, &mut Generator::new(Scheme::Gradus, 1)).is_err();
    let config = TransformerConfig::makemore(27, 16);
    assert!(refused(TransformerConfig { heads: 5, ..config.clone() }));
    assert!(refused(TransformerConfig { heads: 0, ..config.clone() }));
    assert!(refused(TransformerConfig { width: 0, ..config.clone() }));
    assert!(refused(TransformerConfig { block: 0, ..config }));
}

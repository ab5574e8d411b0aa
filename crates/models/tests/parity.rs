//! Models against PyTorch (tests/fixtures/models.safetensors): the same weights give the same logits and the same
//! gradients; and reading symbol by symbol gives what a pass over everything gives.

mod common;

use common::{fixture, tensor};
use gradus_models::language::{Extent, Form, reader, write};
use gradus_models::{
    Bow, BowConfig, Gru, LanguageModel, Lstm, Ngram, NgramConfig, RecurrentConfig, Rnn, Transformer, TransformerConfig,
    WindowMlp, WindowMlpConfig,
};
use gradus_nn::Module;
use gradus_tensor::random::{Generator, Scheme};
use gradus_tensor::{Error, Tensor, probe};
use safetensors::SafeTensors;

// The sizes in make_fixtures.py.
const VOCABULARY: usize = 7;
const WIDTH: usize = 5;
const TIME: usize = 6;

fn bytes() -> Vec<u8> {
    fixture("models.safetensors")
}

/// Every sequence model with PyTorch's weights, by its name in the fixtures.
fn models() -> Vec<(&'static str, Box<dyn LanguageModel>)> {
    let mut rng = Generator::new(Scheme::Gradus, 1);
    let recurrent = || RecurrentConfig { vocabulary: VOCABULARY, embedding: WIDTH, hidden: WIDTH };
    let bow = BowConfig { vocabulary: VOCABULARY, block: TIME, embedding: WIDTH, hidden: 3 };
    let window = WindowMlpConfig { vocabulary: VOCABULARY, block: TIME, embedding: 3, hidden: WIDTH };
    let small = |config| TransformerConfig { layers: 2, heads: 2, width: 6, ..config };
    let models: Vec<(&str, Box<dyn LanguageModel>)> = vec![
        ("rnn", Box::new(Rnn::new(recurrent(), &mut rng).unwrap())),
        ("gru", Box::new(Gru::new(recurrent(), &mut rng).unwrap())),
        ("lstm", Box::new(Lstm::new(recurrent(), &mut rng).unwrap())),
        ("bow", Box::new(Bow::new(bow, &mut rng).unwrap())),
        ("window", Box::new(WindowMlp::new(window, &mut rng).unwrap())),
        (
            "makemore",
            Box::new(Transformer::new(small(TransformerConfig::makemore(VOCABULARY, TIME)), &mut rng).unwrap()),
        ),
        ("nanogpt", Box::new(Transformer::new(small(TransformerConfig::nanogpt(VOCABULARY, TIME)), &mut rng).unwrap())),
    ];
    let bytes = bytes();
    let file = SafeTensors::deserialize(&bytes).unwrap();
    for (name, model) in &models {
        for (parameter, place) in model.parameters() {
            let value = tensor(&file, &format!("{name}/parameter/{parameter}"));
            assert_eq!(value.shape(), place.value().shape(), "{name}: {parameter}");
            place.set(value);
        }
    }
    models
}

#[test]
fn logits_and_gradients_are_pytorchs() {
    let bytes = bytes();
    let file = SafeTensors::deserialize(&bytes).unwrap();
    for (name, model) in models() {
        let of = |what: &str| tensor(&file, &format!("{name}/{what}"));
        let logits = model.forward(&of("x")).unwrap();
        assert!(logits.all_close(&of("logits"), 1e-5, 1e-5), "{name}: logits");
        let (_, watched) = probe::with(probe::Recorder::new(|_| true), || model.forward(&of("x")).unwrap());
        assert!(watched.all_close(&logits, 1e-5, 1e-5), "{name}: logits while a probe listens");
        logits.cross_entropy_ignoring(&of("y"), Some(-1)).unwrap().into_backward().unwrap();
        let parameters = model.parameters();
        let in_file = file.names().iter().filter(|n| n.starts_with(&format!("{name}/parameter/"))).count();
        assert_eq!(parameters.len(), in_file, "{name}");
        for (parameter, place) in parameters {
            let (own, theirs) = (place.grad().unwrap(), of(&format!("gradient/{parameter}")));
            assert!(own.all_close(&theirs, 1e-4, 1e-6), "{name}: the gradient of {parameter}\n{own}\n{theirs}");
        }
    }
}

#[test]
fn reading_symbol_by_symbol_gives_what_a_pass_gives() {
    let bytes = bytes();
    let file = SafeTensors::deserialize(&bytes).unwrap();
    for (name, model) in models() {
        let symbols = tensor(&file, &format!("{name}/x"));
        let all = model.forward(&symbols).unwrap();
        let (texts, time) = (symbols.shape()[0], symbols.shape()[1]);
        let symbols = symbols.to_vec::<i64>();
        let mut reader = reader(&*model, texts);
        let mut going = vec![0, 1, 2, 3];
        for t in 0..time {
            if t == 2 {
                // Two of the texts go on, in another order.
                reader.keep(&[3, 1]).unwrap();
                going = vec![3, 1];
            }
            let now: Vec<i64> = going.iter().map(|&text| symbols[text * time + t]).collect();
            let logits = reader.read(&now).unwrap();
            for (place, &text) in going.iter().enumerate() {
                let (own, pass) = (
                    logits.select(0, place as isize).unwrap(),
                    all.select(0, text as isize).unwrap().select(0, t as isize).unwrap(),
                );
                assert!(own.all_close(&pass, 1e-5, 1e-6), "{name}: text {text}, place {t}");
            }
        }
        // On and on, past the longest sequence: the last symbols count.
        let mut seen: Vec<i64> = symbols[3 * time..][..time].to_vec();
        for symbol in [5, 2, 2] {
            seen.push(symbol);
            let logits = reader.read(&[symbol, 1]).unwrap().select(0, 0).unwrap();
            let most = match model.form() {
                Form::Sequences { longest: Some(longest) } => longest,
                _ => seen.len(),
            };
            let last = &seen[seen.len() - most..];
            let pass = model.forward(&Tensor::from_slice(last, &[1, most]).unwrap()).unwrap();
            let pass = pass.select(0, 0).unwrap().select(0, -1).unwrap();
            assert!(logits.all_close(&pass, 1e-5, 1e-6), "{name}: after {seen:?}");
        }
        assert!(reader.read(&[0]).is_err() && reader.keep(&[2]).is_err(), "{name}");
    }
}

#[test]
fn the_state_over_time_is_to_be_seen_and_to_be_changed() {
    let bytes = bytes();
    let file = SafeTensors::deserialize(&bytes).unwrap();
    for ((name, model), gates) in models().into_iter().zip([0, 3, 4]) {
        let symbols = tensor(&file, &format!("{name}/x"));
        let (seen, logits) = probe::with(probe::Recorder::new(|_| true), || model.forward(&symbols).unwrap());
        logits.sum().into_backward().unwrap();
        let hidden = seen.value("hidden").unwrap();
        assert_eq!(hidden.shape(), [4, TIME, WIDTH], "{name}");
        assert!(hidden.grad().is_some(), "{name}");
        let shown: Vec<&Tensor> =
            seen.values().iter().filter(|(path, _)| path.starts_with("cell.")).map(|(_, gate)| gate).collect();
        assert_eq!(shown.len(), gates, "{name}");
        assert!(shown.iter().all(|gate| gate.shape() == [4, TIME, WIDTH]), "{name}");
        let silence = probe::Replace::new("hidden", |h| h * 0.0);
        let (_, silent) = probe::with(silence, || model.forward(&symbols).unwrap());
        let bias = model.parameters().last().unwrap().1.value();
        assert!(silent.all_close(&bias.expand(&[4, TIME, VOCABULARY]).unwrap(), 0.0, 1e-7), "{name}");
    }
}

#[test]
fn any_model_writes_and_stops() {
    let counts = Ngram::new(NgramConfig { vocabulary: VOCABULARY, order: 3, smoothing: 0.1 }).unwrap();
    // 1 2 3, from mark to mark.
    counts.count(&[0, 0, 0, 1, 1, 2, 2, 3], &[1, 2, 3, 0], 2).unwrap();
    let likeliest = |logits: &[f32]| {
        let best = logits.iter().enumerate().reduce(|a, b| if b.1 > a.1 { b } else { a });
        Ok::<i64, Error>(best.map_or(0, |(i, _)| i as i64))
    };
    let extent = Extent { length: 20, start: Some(0), end: Some(0) };
    let texts = write(&counts, &[], 2, extent, |_, logits| likeliest(logits)).unwrap();
    assert_eq!(texts, [[1, 2, 3], [1, 2, 3]]);
    let texts =
        write(&counts, &[1, 2], 1, Extent { length: 2, start: Some(0), end: Some(0) }, |_, logits| likeliest(logits))
            .unwrap();
    assert_eq!(texts, [[1, 2]], "the prompt is as long as a text may be");

    // More texts than are written side by side: each is asked for by its own number.
    let many = write::<Error>(&counts, &[], 150, extent, |text, _| Ok(text as i64 % 3)).unwrap();
    for (text, written) in many.iter().enumerate() {
        let expected = if text % 3 == 0 { vec![] } else { vec![text as i64 % 3; 20] };
        assert_eq!(*written, expected, "text {text}");
    }

    for (name, model) in models() {
        // Text 0 ends at once, text 1 after three symbols, text 2 when it is cut.
        let mut asked = [0; 3];
        let texts =
            write::<Error>(&*model, &[4], 3, Extent { length: 9, start: Some(0), end: Some(0) }, |text, logits| {
                assert_eq!(logits.len(), VOCABULARY);
                asked[text] += 1;
                Ok(if text < 2 && asked[text] > 3 * text { 0 } else { 1 + text as i64 })
            });
        let texts = texts.unwrap();
        assert_eq!(texts[0], [4], "{name}");
        assert_eq!(texts[1], [4, 2, 2, 2], "{name}");
        assert_eq!(texts[2], [4, 3, 3, 3, 3, 3, 3, 3, 3], "{name}");
        assert!(write::<Error>(&*model, &[99], 1, extent, |_, _| Ok(0)).is_err(), "{name}: a symbol it does not know");
    }
}

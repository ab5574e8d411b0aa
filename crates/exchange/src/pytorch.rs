//! A folder for PyTorch: the model in plain PyTorch, its parameters, its tokenizer, its training data, and a script that
//! trains on from exactly there: the same batches, the same optimiser state, the same learning rates.

use gradus_recipe::{Batches, GeluForm, Model, Optimizer, RngScheme, Schedule};
use gradus_train::corpus::{Intake, Split};
use gradus_train::store::{Dtype, Entry};
use gradus_train::{Error, Session, state};
use serde_json::{Value, json};

use super::safetensors::file;

const TRAIN: &str = include_str!("pytorch/train.py");

/// `model.py`, put together from files: the model, what it is built from, and how it is loaded and asked.
macro_rules! model_py {
    ($($part:literal),*) => {
        concat!($(include_str!(concat!("pytorch/", $part, ".py")), "\n\n",)* include_str!("pytorch/parts/load.py"))
    };
}

/// The folder's files by name.
///
/// # Errors
/// Where the model or its training has no form in PyTorch here.
pub fn files(session: &Session) -> Result<Vec<(&'static str, Vec<u8>)>, Error> {
    let (model, config) = model(session)?;
    let training = training(session)?;
    let config = json!({ "model": config, "training": training });
    let text = |value: &Value| format!("{value:#}\n").into_bytes();
    let tokenizer = session.corpus().tokenizer()?;
    let pieces: Vec<_> = (0..tokenizer.len() as i64).map(|id| tokenizer.piece(id).unwrap_or_default()).collect();
    let saved =
        serde_json::to_value(tokenizer).map_err(|e| Error::Request(format!("the tokenizer cannot be written: {e}")))?;
    let tokenizer = json!({ "tokenizer": saved, "mark": session.corpus().mark(), "pieces": pieces });
    Ok(vec![
        ("model.py", model.as_bytes().to_vec()),
        ("train.py", TRAIN.as_bytes().to_vec()),
        ("config.json", text(&config)),
        ("tokenizer.json", text(&tokenizer)),
        ("model.safetensors", parameters(session)?),
        ("optimizer.safetensors", optimizer_state(session)?),
        ("data.safetensors", data(session)?),
    ])
}

/// `model.py` and the arguments of its `Model`.
fn model(session: &Session) -> Result<(&'static str, Value), Error> {
    let recipe = session.recipe();
    let (vocabulary, block) = (session.corpus().tokenizer()?.len(), recipe.data.block_size);
    // What most of them are made with.
    let sized = |embedding: usize, hidden: usize| json!({ "vocabulary": vocabulary, "block": block, "embedding": embedding, "hidden": hidden });
    let recurrent =
        |embedding: usize, hidden: usize| json!({ "vocabulary": vocabulary, "embedding": embedding, "hidden": hidden });
    Ok(match &recipe.model {
        Model::Bigram(_) => (model_py!("bigram"), json!({ "vocabulary": vocabulary })),
        Model::Mlp(keys) => (model_py!("mlp"), sized(keys.embedding, keys.hidden)),
        Model::BatchNormMlp(keys) => {
            let norm = json!({ "bias": false, "eps": 0.0, "deviation": true });
            (model_py!("batchnorm_mlp", "parts/batch_norm"), merged(sized(keys.embedding, keys.hidden), norm))
        }
        Model::ManualMlp(keys) => {
            let norm = json!({ "bias": true, "eps": 1e-5, "deviation": false });
            (model_py!("batchnorm_mlp", "parts/batch_norm"), merged(sized(keys.embedding, keys.hidden), norm))
        }
        Model::Deep(keys) => {
            let stack = json!({ "layers": keys.layers, "batch_norm": keys.batch_norm });
            (model_py!("deep", "parts/batch_norm"), merged(sized(keys.embedding, keys.hidden), stack))
        }
        Model::WaveNet(keys) => {
            let config = json!({
                "vocabulary": vocabulary, "groups": keys.groups, "embedding": keys.embedding, "hidden": keys.hidden,
                "norm_each_place": keys.norm_each_place,
            });
            (model_py!("wavenet", "parts/batch_norm"), config)
        }
        Model::WindowMlp(keys) => (model_py!("window_mlp"), sized(keys.embedding, keys.hidden)),
        Model::Bow(keys) => (model_py!("bow"), sized(keys.embedding, keys.hidden)),
        Model::Rnn(keys) => (model_py!("rnn", "parts/recurrent"), recurrent(keys.embedding, keys.hidden)),
        Model::Gru(keys) => (model_py!("gru", "parts/recurrent"), recurrent(keys.embedding, keys.hidden)),
        Model::Lstm(keys) => (model_py!("lstm", "parts/recurrent"), recurrent(keys.embedding, keys.hidden)),
        Model::Transformer(keys) => {
            let gelu = match keys.gelu {
                GeluForm::Erf => "none",
                GeluForm::Tanh => "tanh",
            };
            let config = json!({
                "vocabulary": vocabulary, "block": block, "layers": keys.layers, "heads": keys.heads,
                "width": keys.width, "bias": keys.bias, "tied": keys.tied, "gelu": gelu, "dropout": keys.dropout,
            });
            (model_py!("transformer"), config)
        }
        Model::Ngram(_) => {
            return Err(Error::Request(
                "a model that is counted has nothing to train on in PyTorch; its table: --to safetensors".to_owned(),
            ));
        }
        other => {
            return Err(Error::Request(format!(
                "a model of kind {} has no PyTorch form here, as those of language have (its parameters: --to safetensors)",
                other.kind()
            )));
        }
    })
}

/// One object with the entries of both.
fn merged(mut config: Value, more: Value) -> Value {
    if let (Value::Object(config), Value::Object(more)) = (&mut config, more) {
        config.extend(more);
    }
    config
}

/// Whether a matrix is a linear layer's weight, which PyTorch holds the other way round, and not a table of vectors or a
/// recurrent network's first state.
fn is_linear(name: &str) -> bool {
    !matches!(name, "token.weight" | "position.weight" | "embedding.weight" | "logits.weight" | "start")
}

/// A parameter, or an optimiser's slot for it, in PyTorch's layout.
fn entry(key: String, name: &str, tensor: &gradus_tensor::Tensor) -> Result<Entry, Error> {
    let turned = if tensor.ndim() == 2 && is_linear(name) { tensor.t()? } else { tensor.clone() };
    Ok(state::to_entry(key, &turned))
}

fn parameters(session: &Session) -> Result<Vec<u8>, Error> {
    let places = session.parameters().iter().chain(session.buffers());
    let entries =
        places.map(|(name, param)| entry(name.clone(), name, &param.value())).collect::<Result<Vec<_>, Error>>()?;
    file(&entries, &[("format", "pt".to_owned())])
}

fn optimizer_state(session: &Session) -> Result<Vec<u8>, Error> {
    let entries = session
        .optimizer_state()
        .iter()
        .map(|(key, tensor)| {
            let name = key.split_once('.').map_or(key.as_str(), |(_, name)| name);
            entry(key.clone(), name, tensor)
        })
        .collect::<Result<Vec<_>, Error>>()?;
    file(&entries, &[("format", "pt".to_owned())])
}

/// What `train.py` needs to know to go on.
fn training(session: &Session) -> Result<Value, Error> {
    let recipe = session.recipe();
    let keys = &recipe.training;
    if keys.batches == Batches::One {
        return Err(Error::Request(
            "a run that trains on one batch alone (batches = one) cannot be taken along".to_owned(),
        ));
    }
    let optimizer = match &recipe.optimizer {
        Optimizer::Sgd(keys) => json!({
            "kind": "sgd", "momentum": keys.momentum, "weight_decay": keys.weight_decay, "nesterov": keys.nesterov,
            "only_matrices": false,
        }),
        Optimizer::Adam(keys) => json!({
            "kind": "adam", "betas": [keys.beta1, keys.beta2], "eps": keys.eps, "weight_decay": keys.weight_decay,
            "only_matrices": false,
        }),
        Optimizer::AdamW(keys) => json!({
            "kind": "adamw", "betas": [keys.beta1, keys.beta2], "eps": keys.eps, "weight_decay": keys.weight_decay,
            "only_matrices": keys.decays == gradus_recipe::Decays::Matrices,
        }),
    };
    let schedule = match &recipe.schedule {
        Schedule::Constant(keys) => json!({ "kind": "constant", "lr": keys.lr }),
        Schedule::Step(keys) => json!({ "kind": "step", "lr": keys.lr, "at": keys.at, "factor": keys.factor }),
        Schedule::Cosine(keys) => {
            json!({ "kind": "cosine", "lr": keys.lr, "min_lr": keys.min_lr, "warmup": keys.warmup })
        }
    };
    let rng = match keys.rng {
        RngScheme::Gradus => "gradus",
        RngScheme::Torch => "torch",
    };
    let random: String = session.batches().state().iter().map(|byte| format!("{byte:02x}")).collect();
    Ok(json!({
        "step": session.step(), "steps": keys.steps, "batch": keys.batch, "accumulate": keys.accumulate,
        "full_batch": keys.batches == Batches::Full, "clip": keys.clip, "optimizer": optimizer, "schedule": schedule,
        "rng": rng, "random_state": random, "block": recipe.data.block_size,
        "each_place": recipe.model.intake() == Intake::Sequences, "list": session.corpus().is_list(),
    }))
}

/// The training data as tokens: examples of a list (`inputs`, `targets`), or a running text (`tokens`).
fn data(session: &Session) -> Result<Vec<u8>, Error> {
    let examples = session.corpus().examples(Split::Train);
    let whole = |name: &str, shape: &[usize], numbers: &[i64]| {
        // 32 bits are enough for any token.
        let bytes = numbers.iter().flat_map(|&n| (n as i32).to_le_bytes()).collect();
        Entry { name: name.to_owned(), dtype: Dtype::I32, shape: shape.to_vec(), bytes }
    };
    if examples.is_empty() {
        return file(&[], &[]);
    }
    if session.corpus().is_list() {
        let rows: Vec<i64> = (0..examples.len() as i64).collect();
        let (inputs, targets) = examples.batch(&rows);
        let entry = |name, t: &gradus_tensor::Tensor| whole(name, t.shape(), &t.to_vec::<i64>());
        return file(&[entry("inputs", &inputs), entry("targets", &targets)], &[]);
    }
    // Windows side by side, the last one up to the end, and what follows it.
    let (width, last) = (examples.width(), examples.len() - 1);
    let mut tokens = vec![0; last + width + 1];
    for row in (0..last).step_by(width.max(1)).chain([last]) {
        let (inputs, targets) = examples.batch(&[row as i64]);
        tokens[row..row + width].copy_from_slice(&inputs.to_vec::<i64>());
        tokens[row + width] = targets.to_vec::<i64>().last().copied().unwrap_or(0);
    }
    file(&[whole("tokens", &[tokens.len()], &tokens)], &[])
}

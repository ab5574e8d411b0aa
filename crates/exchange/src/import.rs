//! GPT-2 models from elsewhere as a run: safetensors and PyTorch's `.pt` files, of nanoGPT and of Hugging Face.
//!
//! The two name their parts alike (`h.0.attn.c_attn.weight`). Hugging Face's linear layers are `Conv1D`, whose weights
//! are `[fan_in, fan_out]` as Gradus's; nanoGPT's are PyTorch's, `[fan_out, fan_in]`. Masks that are stored as buffers
//! are dropped, and a head that is the table of tokens is tied to it.

use std::collections::BTreeMap;
use std::path::{Path, PathBuf};

use gradus_recipe::{Model, Override, Recipe};
use gradus_tensor::Tensor;
use gradus_tokenizers::{Gpt, HuggingFace, Tokenizer};
use gradus_train::build::possible_batch;
use gradus_train::corpus::{Corpus, Meaning, Split};
use gradus_train::store::{Facts, Status, Store};
use gradus_train::{Error, Session};
use serde_json::{Value as Json, json};

use super::family::check_family;
use super::pickle::{Pickle, Value};
pub use super::weights::tensors;
use super::weights::{Weights, found, one_line, wrong};

/// What is to be imported, and what its files do not say.
#[derive(Debug, Clone, Default)]
pub struct Request {
    /// The parameters: `.safetensors`, or PyTorch's `.pt`, `.pth` or `.bin`; or a folder that holds them.
    pub file: PathBuf,
    /// The run's name; by default the file's.
    pub name: Option<String>,
    /// Attention heads, where no configuration lies beside the file.
    pub heads: Option<usize>,
    /// Data to evaluate the model on and to train it further: a text file or a built-in name.
    pub data: Option<String>,
}

/// A model that was read, ready to be recorded.
pub struct Imported {
    session: Session,
    name: Option<String>,
    /// What its tokenizer is.
    pub tokenizer: String,
    /// The sizes in one line.
    pub about: String,
}

impl Imported {
    /// How many numbers it learns.
    pub fn parameters(&self) -> usize {
        self.session.parameters().iter().map(|(_, param)| param.numel()).sum()
    }

    /// Whether there are data in its tokens, so that it can be evaluated and trained on them.
    pub fn has_data(&self) -> bool {
        !self.session.corpus().examples(Split::Train).is_empty()
    }

    /// Records it as a finished run of no steps, whose name is returned.
    ///
    /// # Errors
    /// Where the name is taken, or the disk refuses.
    pub fn record(&self, store: Store) -> Result<String, Error> {
        let facts = Facts { parameters: self.parameters(), data_checksum: self.session.corpus().checksum() };
        let mut run = store.create(self.name.as_deref(), self.session.recipe(), &facts)?;
        run.save(0, 0.0, &self.session.checkpoint()?, &[])?;
        run.end(Status::Finished, None, &[])?;
        Ok(run.run().name().to_owned())
    }
}

/// Reads a model with its tokenizer.
///
/// # Errors
/// Where the file is no such model, is damaged, or would run code.
pub fn import(request: &Request) -> Result<Imported, Error> {
    let (path, weights) = found(&request.file)?;
    let folder = path.parent().unwrap_or(Path::new("."));
    let config = configuration(folder)?;
    check_family(&config, &weights.tensors).map_err(|what| wrong(&path, what))?;
    let gpt = Gpt2::new(weights, &config, request.heads).map_err(|what| wrong(&path, what))?;
    let (tokenizer, described) = tokenizer(folder, gpt.vocabulary)?;
    if let (Tokenizer::HuggingFace(_), Some(data)) = (&tokenizer, &request.data) {
        return Err(Error::Request(format!(
            "a model with a tokenizer of its own is imported without data; gradus eval RUN --data {data} measures it on them"
        )));
    }
    let recipe = gpt.recipe(&path, tokenizer.name(), request.data.as_deref())?;
    let session = session(recipe, &tokenizer, request.data.is_some())?;
    let about = gpt.about();
    gpt.fill(&session, tokenizer.len()).map_err(|what| wrong(&path, what))?;
    Ok(Imported { session, name: request.name.clone(), tokenizer: described, about })
}

/// `config.json` beside the file.
fn configuration(folder: &Path) -> Result<Json, Error> {
    let path = folder.join("config.json");
    match std::fs::read(&path) {
        Ok(bytes) => serde_json::from_slice(&bytes).map_err(|e| wrong(&path, format_args!("it is no JSON: {e}"))),
        Err(e) if e.kind() == std::io::ErrorKind::NotFound => Ok(json!({})),
        Err(e) => Err(Error::io("read", &path)(e)),
    }
}

/// The tokenizer that lies beside the file, in words too.
fn tokenizer(folder: &Path, vocabulary: usize) -> Result<(Tokenizer, String), Error> {
    for name in ["meta.pkl", "tokenizer.json", "vocab.json"] {
        let path = folder.join(name);
        let Ok(bytes) = std::fs::read(&path) else { continue };
        let merges = std::fs::read(folder.join("merges.txt")).unwrap_or_default();
        let read = tokenizer_of(name, &bytes, &merges, vocabulary).map_err(|what| wrong(&path, what))?;
        let described = match &read {
            Tokenizer::Gpt(gpt) => gpt.name().to_owned(),
            other => format!("{} {} of {}", other.len(), other.name(), path.display()),
        };
        return Ok((read, described));
    }
    // GPT-2's own: 50,257 tokens, and up to the next multiple of 128 in files that are made for graphics cards.
    if (Gpt::Gpt2.len()..=50_304).contains(&vocabulary) {
        return Ok((Tokenizer::Gpt(Gpt::Gpt2), Gpt::Gpt2.name().to_owned()));
    }
    // Signs of a private area stand for the tokens: one can sample and measure, if not read.
    let first = if vocabulary <= 6_400 { 0xe000_u32 } else { 0xf_0000 };
    let signs: Option<String> =
        if vocabulary <= 65_534 { (first..first + vocabulary as u32).map(char::from_u32).collect() } else { None };
    let signs = signs.ok_or_else(|| {
        wrong(
            folder,
            format_args!("there is no tokenizer beside the file, and {vocabulary} tokens are too many to invent one"),
        )
    })?;
    let made = characters(&signs).map_err(|what| wrong(folder, what))?;
    Ok((made, format!("none beside the file: each of the {vocabulary} tokens is shown as a sign of its own")))
}

/// The tokenizer in a file of this name: nanoGPT's `meta.pkl`, Gradus's or Hugging Face's `tokenizer.json`, or the older
/// `vocab.json`, which goes with `merges.txt`; for a model of `vocabulary` tokens.
///
/// # Errors
/// What is wrong with it, to be put after the file's name.
pub fn tokenizer_of(name: &str, bytes: &[u8], merges: &[u8], vocabulary: usize) -> Result<Tokenizer, String> {
    let read = if name == "meta.pkl" { of_meta(bytes, vocabulary) } else { of_json(name, bytes, merges, vocabulary) };
    read.map_err(one_line)
}

/// A tokenizer in JSON.
fn of_json(name: &str, bytes: &[u8], merges: &[u8], vocabulary: usize) -> Result<Tokenizer, String> {
    let json: Json = serde_json::from_slice(bytes).map_err(|e| format!("it is no JSON: {e}"))?;
    // Gradus's own, as `gradus export --to pytorch` writes it.
    if let Some(own) = json.get("tokenizer") {
        let made = saved(own.clone())?;
        if made.len() != vocabulary {
            return Err(format!("it has {} tokens and the model {vocabulary}", made.len()));
        }
        return Ok(made);
    }
    let own = if json.get("model").is_some_and(|model| model.get("vocab").is_some()) {
        HuggingFace::new(std::str::from_utf8(bytes).map_err(|_| "it is not UTF-8 text")?)
    } else if json.is_object() && name == "vocab.json" {
        HuggingFace::of_vocabulary(bytes, merges)
    } else {
        return Err("it is no tokenizer's file: it holds no vocabulary".to_owned());
    };
    let own = own.map_err(|e| format!("{e} (without this file each token is shown as a sign of its own)"))?;
    // Tables are often made longer, up to the next multiple of 128.
    if own.len() > vocabulary || vocabulary - own.len() >= 128 {
        return Err(format!("it has {} tokens and the model {vocabulary}", own.len()));
    }
    let gpt2 = Gpt::Gpt2;
    let same = |id: i64| own.decode(&[id]).ok() == gpt2.decode(&[id]).ok();
    let is_gpt2 = own.len() == gpt2.len() && (0..gpt2.len() as i64).all(same);
    Ok(if is_gpt2 { Tokenizer::Gpt(gpt2) } else { Tokenizer::HuggingFace(own) })
}

/// nanoGPT's characters.
fn of_meta(bytes: &[u8], vocabulary: usize) -> Result<Tokenizer, String> {
    let pickle = Pickle::read(bytes)?;
    let stoi = pickle.entry(pickle.root(), "stoi").ok_or("it holds no stoi")?;
    let mut found = BTreeMap::new();
    for (character, number) in pickle.entries(stoi) {
        let mut each = character.chars();
        let (Value::Int(number), Some(c), None) = (number, each.next(), each.next()) else {
            return Err("its stoi is not of single characters and numbers".to_owned());
        };
        found.insert(*number, c);
    }
    let dense = found.keys().zip(0..).all(|(&number, place)| number == place);
    if !dense || found.len() != vocabulary {
        let count = found.len();
        return Err(format!("it has {count} characters, and the model {vocabulary} tokens, numbered from 0 on"));
    }
    characters(&found.values().collect::<String>())
}

/// A token for each of these characters.
fn characters(characters: &str) -> Result<Tokenizer, String> {
    saved(json!({ "kind": "characters", "mark": null, "characters": characters }))
}

fn saved(value: Json) -> Result<Tokenizer, String> {
    serde_json::from_value(value).map_err(|e| format!("its tokens do not fit: {e}"))
}

/// A GPT-2 model's tensors and sizes.
struct Gpt2 {
    tensors: BTreeMap<String, Tensor>,
    vocabulary: usize,
    block: usize,
    layers: usize,
    heads: usize,
    width: usize,
    bias: bool,
    tied: bool,
    /// "erf" or "tanh".
    gelu: &'static str,
    /// Whether linear weights are `[fan_in, fan_out]`.
    conv1d: bool,
}

impl Gpt2 {
    fn new(weights: Weights, config: &Json, heads: Option<usize>) -> Result<Gpt2, String> {
        let Weights { tensors, arguments } = weights;
        let short = |name: String| {
            // What wraps a model puts its own name before every tensor's: DataParallel, torch.compile, in any order.
            let mut name = name.as_str();
            while let Some(inner) = ["module.", "_orig_mod."].iter().find_map(|prefix| name.strip_prefix(prefix)) {
                name = inner;
            }
            name.strip_prefix("transformer.").unwrap_or(name).to_owned()
        };
        let mut tensors: BTreeMap<String, Tensor> = tensors.into_iter().map(|(name, t)| (short(name), t)).collect();
        let shape = |name: &str| match tensors.get(name).map(|t| t.shape()) {
            Some(&[a, b]) => Ok((a, b)),
            Some(other) => Err(format!("{name} has the shape {other:?} and should be a matrix")),
            None => Err(format!("it holds no {name}: this is no GPT-2 model of nanoGPT or Hugging Face")),
        };
        let (vocabulary, width) = shape("wte.weight")?;
        let (block, _) = shape("wpe.weight")?;
        if vocabulary == 0 || width == 0 || block == 0 {
            return Err(format!("a model of {vocabulary} tokens, {block} places and width {width} is none"));
        }
        let layers = (0..).take_while(|i| tensors.contains_key(&format!("h.{i}.ln_1.weight"))).count();
        let conv1d = match shape("h.0.attn.c_attn.weight")? {
            (a, b) if (a, b) == (width, 3 * width) => true,
            (a, b) if (a, b) == (3 * width, width) => false,
            (a, b) => return Err(format!("h.0.attn.c_attn.weight is {a} x {b} and does not fit a width of {width}")),
        };
        let said = |name: &str| config.get(name).and_then(Json::as_u64).map(|n| n as usize);
        let argued = |name: &str| arguments.get(name).and_then(|&n| usize::try_from(n).ok());
        let heads = heads.or_else(|| argued("n_head")).or_else(|| said("n_head"));
        let heads = heads.ok_or(
            "neither the file nor a config.json beside it says how many attention heads there are: say --heads N",
        )?;
        if heads == 0 || width % heads != 0 {
            return Err(format!("{heads} heads do not divide a width of {width}"));
        }
        for (name, value) in [("scale_attn_by_inverse_layer_idx", true), ("scale_attn_weights", false)] {
            if config.get(name).and_then(Json::as_bool) == Some(value) {
                return Err(format!("its configuration says {name} = {value}, which Gradus's Transformer does not do"));
            }
        }
        if config.get("layer_norm_epsilon").and_then(Json::as_f64).is_some_and(|eps| (eps - 1e-5).abs() > 1e-12) {
            return Err("its configuration says another layer_norm_epsilon than 1e-5, which Gradus's Transformer has"
                .to_owned());
        }
        let gelu = match config.get("activation_function").and_then(Json::as_str) {
            Some("gelu_new" | "gelu_pytorch_tanh") => "tanh",
            Some("gelu") => "erf",
            Some(other) => return Err(format!("its activation {other:?} is not GELU, which Gradus's Transformer has")),
            // Hugging Face's default, and nanoGPT's.
            None if conv1d => "tanh",
            None => "erf",
        };
        let bias = tensors.contains_key("h.0.attn.c_attn.bias");
        let head = tensors.remove("lm_head.weight");
        let same = |head: &Tensor| {
            let table = &tensors["wte.weight"];
            // Weights that are no numbers may be the same too.
            let equal = || head.is_close(table, 0.0, 0.0, true).map(|equal| equal.to_vec::<u8>());
            head.shape() == table.shape() && equal().is_ok_and(|equal| equal.iter().all(|&equal| equal != 0))
        };
        let tied = head.as_ref().is_none_or(same);
        if let Some(head) = head.filter(|_| !tied) {
            tensors.insert("lm_head.weight".to_owned(), head);
        }
        Ok(Gpt2 { tensors, vocabulary, block, layers, heads, width, bias, tied, gelu, conv1d })
    }

    fn about(&self) -> String {
        let Gpt2 { layers, heads, width, block, vocabulary, .. } = self;
        format!("{layers} layers, {heads} heads, width {width}, block {block}, {vocabulary} tokens")
    }

    /// The recipe that such a model would have been trained by.
    fn recipe(&self, path: &Path, tokenizer: &str, data: Option<&str>) -> Result<Recipe, Error> {
        let stem = path.file_stem().map_or_else(String::new, |stem| stem.to_string_lossy().to_lowercase());
        let plain: String = stem.chars().map(|c| if c.is_ascii_alphanumeric() { c } else { '-' }).collect();
        let set = |key: &str, value: String| Override::parse(&format!("{key}={value}"));
        let text = |value: &str| serde_json::to_string(value).unwrap_or_default();
        let mut overrides = vec![
            set("model.layers", self.layers.to_string())?,
            set("model.heads", self.heads.to_string())?,
            set("model.width", self.width.to_string())?,
            set("model.bias", self.bias.to_string())?,
            set("model.tied", self.tied.to_string())?,
            set("model.gelu", text(self.gelu))?,
            set("data.block_size", self.block.to_string())?,
            set("data.tokenizer", text(tokenizer))?,
            set("about", text("imported"))?,
        ];
        if let Some(data) = data {
            overrides.push(set("data.source", text(data))?);
        }
        let mut recipe = Recipe::parse_with("gpt.toml", &Recipe::builtin("gpt")?.to_toml(), &overrides)?;
        recipe.name =
            if plain.trim_matches('-').is_empty() { "gpt2".to_owned() } else { plain.trim_matches('-').to_owned() };
        recipe.training.steps = recipe.training.steps.max(1);
        debug_assert!(matches!(recipe.model, Model::Transformer(_)));
        Ok(recipe)
    }

    /// Puts the tensors into a session's model; of a table that was made longer than its vocabulary, the end is left out.
    fn fill(mut self, session: &Session, vocabulary: usize) -> Result<(), String> {
        let mut values = Vec::new();
        for (name, param) in session.parameters() {
            let foreign = foreign_name(name).ok_or_else(|| format!("there is nothing like {name} in it"))?;
            let tensor = self.tensors.remove(&foreign).ok_or_else(|| format!("it holds no {foreign}"))?;
            let linear = tensor.ndim() == 2 && !matches!(foreign.as_str(), "wte.weight" | "wpe.weight");
            // The head is an ordinary linear layer in both.
            let turned = linear && (!self.conv1d || foreign == "lm_head.weight");
            let tensor =
                if turned { tensor.t().map(|t| t.contiguous()) } else { Ok(tensor) }.map_err(|e| e.to_string())?;
            let axis = if foreign == "lm_head.weight" { 1 } else { 0 };
            let padded =
                matches!(foreign.as_str(), "wte.weight" | "lm_head.weight") && tensor.shape()[axis] > vocabulary;
            let tensor =
                if padded { tensor.narrow(axis as isize, 0, vocabulary).map(|t| t.contiguous()) } else { Ok(tensor) };
            let tensor = tensor.map_err(|e| e.to_string())?;
            if tensor.shape() != param.value().shape() {
                return Err(format!(
                    "{foreign} has the shape {:?} and should have {:?}",
                    tensor.shape(),
                    param.value().shape()
                ));
            }
            values.push((param, tensor));
        }
        if let Some(name) = self.tensors.keys().next() {
            return Err(format!("it holds {name}, which Gradus's Transformer has no place for"));
        }
        for (param, tensor) in values {
            param.set(tensor);
        }
        Ok(())
    }
}

/// What a parameter of Gradus's Transformer is called there.
fn foreign_name(name: &str) -> Option<String> {
    let (part, kind) = name.rsplit_once('.')?;
    let part = match part {
        "token" => "wte".to_owned(),
        "position" => "wpe".to_owned(),
        "norm" => "ln_f".to_owned(),
        "head" => "lm_head".to_owned(),
        _ => {
            let (number, inner) = part.strip_prefix("blocks.")?.split_once('.')?;
            let inner = match inner {
                "norm1" => "ln_1",
                "norm2" => "ln_2",
                "attn.qkv" => "attn.c_attn",
                "attn.proj" => "attn.c_proj",
                "fc1" => "mlp.c_fc",
                "fc2" => "mlp.c_proj",
                _ => return None,
            };
            format!("h.{number}.{inner}")
        }
    };
    Some(format!("{part}.{kind}"))
}

/// A session with the data if they fit the vocabulary, else without; `wanted` data must fit.
fn session(mut recipe: Recipe, tokenizer: &Tokenizer, wanted: bool) -> Result<Session, Error> {
    let with_data = Corpus::load(&recipe);
    match with_data {
        Ok(corpus) if corpus.tokenizer()? == tokenizer => {
            recipe.training.batch = possible_batch(&recipe, &corpus);
            return Session::with_corpus(recipe, corpus);
        }
        Ok(corpus) if wanted => {
            return Err(Error::Request(format!(
                "{} holds {} kinds of tokens, and not the model's {}: give the text it was trained on",
                recipe.data.source,
                corpus.output_count(),
                tokenizer.len()
            )));
        }
        Err(error) if wanted => return Err(error),
        _ => {}
    }
    let corpus = Corpus::remembered(&recipe, Meaning { tokenizer: Some(tokenizer.clone()), ..Meaning::default() });
    recipe.training.batch = possible_batch(&recipe, &corpus);
    Session::with_corpus(recipe, corpus)
}

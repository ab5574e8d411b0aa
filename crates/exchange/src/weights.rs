//! Files of parameters: safetensors, in one piece or several, and PyTorch's zip files. Nothing in them is executed.

use std::collections::{BTreeMap, BTreeSet};
use std::path::{Path, PathBuf};

use gradus_tensor::Tensor;
use gradus_train::Error;
use safetensors::{Dtype, SafeTensors};
use serde_json::Value as Json;

use super::archive::Archive;
use super::pickle::{Pickle, TensorRef, Value};

/// The tensors of a file by name, and what the file says besides.
pub(crate) struct Weights {
    pub(crate) tensors: BTreeMap<String, Tensor>,
    /// `n_head` and the like, of nanoGPT's `model_args`.
    pub(crate) arguments: BTreeMap<String, i64>,
}

/// The largest file: beyond it nothing here would fit in memory.
const MOST_BYTES: u64 = 64 << 30;

pub(crate) fn wrong(path: &Path, what: impl std::fmt::Display) -> Error {
    Error::Request(format!("{}: {what}", path.display()))
}

/// How the tensors of a model that is cut into several files are told apart.
const SHARDS: &str = "model.safetensors.index.json";

/// The parameters that a path means, and the file that messages name.
pub(crate) fn found(path: &Path) -> Result<(PathBuf, Weights), Error> {
    if !path.is_dir() {
        let is_index = path.file_name().is_some_and(|name| name == SHARDS);
        let weights = if is_index { shards(path)? } else { read(path)? };
        return Ok((path.to_owned(), weights));
    }
    let whole = ["model.safetensors", "pytorch_model.bin", "ckpt.pt", "model.pt"].map(|name| path.join(name));
    if let Some(file) = whole.into_iter().find(|file| file.is_file()) {
        let weights = read(&file)?;
        return Ok((file, weights));
    }
    let index = path.join(SHARDS);
    if index.is_file() {
        let weights = shards(&index)?;
        return Ok((index, weights));
    }
    Err(wrong(path, "the folder holds no model.safetensors, pytorch_model.bin or ckpt.pt"))
}

/// The files that an index names, beside it.
fn shards(index: &Path) -> Result<Weights, Error> {
    let bytes = std::fs::read(index).map_err(Error::io("read", index))?;
    let json: Json = serde_json::from_slice(&bytes).map_err(|e| wrong(index, format_args!("it is no JSON: {e}")))?;
    let map = json.get("weight_map").and_then(Json::as_object);
    let map = map.ok_or_else(|| wrong(index, "it holds no weight_map, which says what lies in which file"))?;
    let names: BTreeSet<&str> = map.values().filter_map(Json::as_str).collect();
    let mut all = Weights { tensors: BTreeMap::new(), arguments: BTreeMap::new() };
    for name in names {
        // A file beside the index, and no other.
        if Path::new(name).file_name().is_none_or(|plain| plain != name) {
            return Err(wrong(index, format_args!("{name:?} is not the name of a file beside it")));
        }
        all.tensors.extend(read(&index.with_file_name(name))?.tensors);
    }
    match map.keys().find(|name| !all.tensors.contains_key(*name) && !is_mask(name)) {
        Some(missing) => Err(wrong(index, format_args!("{missing} is in none of its files"))),
        None => Ok(all),
    }
}

fn read(path: &Path) -> Result<Weights, Error> {
    let size = std::fs::metadata(path).map_err(Error::io("read", path))?.len();
    if size > MOST_BYTES {
        return Err(wrong(path, format_args!("{size} bytes are more than a model here can have")));
    }
    let bytes = std::fs::read(path).map_err(Error::io("read", path))?;
    parse(&bytes).map_err(|what| wrong(path, what))
}

fn parse(bytes: &[u8]) -> Result<Weights, String> {
    let read = if bytes.starts_with(b"PK\x03\x04") { zipped(bytes) } else { safe(bytes) };
    read.map_err(one_line)
}

/// A message with the file's own words in it, whatever these are.
pub(crate) fn one_line(text: String) -> String {
    text.replace(char::is_control, " ")
}

/// The floating-point tensors of a safetensors file, or of a PyTorch zip file, none of whose code is run, by name.
///
/// # Errors
/// What is wrong with it, to be put after the file's name.
pub fn tensors(bytes: &[u8]) -> Result<BTreeMap<String, Tensor>, String> {
    parse(bytes).map(|weights| weights.tensors)
}

/// A safetensors file.
fn safe(bytes: &[u8]) -> Result<Weights, String> {
    let file = SafeTensors::deserialize(bytes).map_err(|e| {
        if bytes.first() == Some(&0x80) {
            "this is a pickle without its zip file, as PyTorch wrote before 1.6: load it there and save it again"
                .to_owned()
        } else {
            format!("this is neither a safetensors file nor a PyTorch zip file, or it is damaged ({e})")
        }
    })?;
    let tensors = file
        .iter()
        .filter(|(name, view)| !is_mask(name) && !is_whole(view.dtype()))
        .map(|(name, view)| {
            let kind = match view.dtype() {
                Dtype::F64 => Kind::F64,
                Dtype::F32 => Kind::F32,
                Dtype::F16 => Kind::F16,
                Dtype::BF16 => Kind::Bf16,
                other => return Err(format!("{name} holds {other:?} numbers, which no parameter of a GPT does")),
            };
            let numbers = kind.numbers(view.data());
            let tensor = Tensor::from_slice(&numbers, view.shape()).map_err(|e| format!("{name}: {e}"))?;
            Ok((name.to_owned(), tensor))
        })
        .collect::<Result<_, String>>()?;
    Ok(Weights { tensors, arguments: BTreeMap::new() })
}

/// Whole numbers are counters and positions, no parameters.
fn is_whole(dtype: Dtype) -> bool {
    use Dtype::{BOOL, I8, I16, I32, I64, U8, U16, U32, U64};
    matches!(dtype, BOOL | I8 | I16 | I32 | I64 | U8 | U16 | U32 | U64)
}

/// A kind of floating-point numbers in a file.
#[derive(Clone, Copy)]
enum Kind {
    F64,
    F32,
    F16,
    Bf16,
}

impl Kind {
    fn size(self) -> usize {
        match self {
            Kind::F64 => 8,
            Kind::F32 => 4,
            Kind::F16 | Kind::Bf16 => 2,
        }
    }

    fn of_storage(name: &str) -> Option<Kind> {
        match name {
            "torch.DoubleStorage" => Some(Kind::F64),
            "torch.FloatStorage" => Some(Kind::F32),
            "torch.HalfStorage" => Some(Kind::F16),
            "torch.BFloat16Storage" => Some(Kind::Bf16),
            _ => None,
        }
    }

    /// The little-endian number in as many bytes as it has, as `f32`.
    fn number(self, bytes: &[u8]) -> f32 {
        match (self, bytes) {
            (Kind::F64, &[a, b, c, d, e, f, g, h]) => f64::from_le_bytes([a, b, c, d, e, f, g, h]) as f32,
            (Kind::F32, &[a, b, c, d]) => f32::from_le_bytes([a, b, c, d]),
            (Kind::F16, &[a, b]) => half::f16::from_le_bytes([a, b]).to_f32(),
            (Kind::Bf16, &[a, b]) => half::bf16::from_le_bytes([a, b]).to_f32(),
            _ => f32::NAN,
        }
    }

    /// One number after the other.
    fn numbers(self, bytes: &[u8]) -> Vec<f32> {
        bytes.chunks_exact(self.size()).map(|bytes| self.number(bytes)).collect()
    }
}

/// PyTorch's zip file: a pickle that says how the tensors lie in the files beside it.
fn zipped(bytes: &[u8]) -> Result<Weights, String> {
    let archive = Archive::open(bytes)?;
    let index = archive.names().find(|name| name.ends_with("/data.pkl") || *name == "data.pkl");
    let index = index.ok_or("it is a zip file, but not one that torch.save wrote: it holds no data.pkl")?;
    let root = index.trim_end_matches("data.pkl");
    let pickle = Pickle::read(archive.part(index)?)?;
    let mut weights = Weights { tensors: BTreeMap::new(), arguments: BTreeMap::new() };
    // nanoGPT's checkpoints hold the parameters under "model"; others are the parameters themselves.
    let top = pickle.root();
    let state = ["model", "state_dict"].iter().find_map(|name| pickle.entry(top, name)).unwrap_or(top);
    if let Some(arguments) = pickle.entry(top, "model_args") {
        weights.arguments = pickle
            .entries(arguments)
            .filter_map(|(name, value)| match value {
                Value::Int(n) => Some((name.to_owned(), *n)),
                Value::Bool(b) => Some((name.to_owned(), i64::from(*b))),
                _ => None,
            })
            .collect();
    }
    let mut numbers = 0;
    for (name, value) in pickle.entries(state).filter(|(name, _)| !is_mask(name)) {
        let Value::Tensor(tensor) = value else { continue };
        if WHOLE_STORAGES.contains(&tensor.kind.as_str()) {
            continue;
        }
        let data = archive.part(&format!("{root}data/{}", tensor.key))?;
        let tensor = gathered(tensor, data).map_err(|what| format!("{name}: {what}"))?;
        // Two names for one storage are usual, as of a tied head; many would make much out of little.
        numbers += tensor.numel();
        if numbers > bytes.len() {
            return Err("its tensors repeat the same numbers over and over".to_owned());
        }
        weights.tensors.insert(name.to_owned(), tensor);
    }
    if weights.tensors.is_empty() {
        return Err("it holds no tensors by name: give the state_dict() of a model".to_owned());
    }
    Ok(weights)
}

/// Of counters and positions, which are no parameters.
const WHOLE_STORAGES: [&str; 6] = [
    "torch.LongStorage",
    "torch.IntStorage",
    "torch.ShortStorage",
    "torch.CharStorage",
    "torch.ByteStorage",
    "torch.BoolStorage",
];

/// A tensor's numbers out of its storage.
fn gathered(tensor: &TensorRef, data: &[u8]) -> Result<Tensor, String> {
    let kind = Kind::of_storage(&tensor.kind)
        .ok_or_else(|| format!("{} holds no floating-point numbers, as every parameter of a GPT does", tensor.kind))?;
    let count = data.len() / kind.size();
    let numel = tensor.shape.iter().try_fold(1_usize, |n, &size| n.checked_mul(size));
    let reach =
        tensor.shape.iter().zip(&tensor.strides).try_fold(tensor.offset, |at, (&size, &stride)| {
            at.checked_add(size.saturating_sub(1).checked_mul(stride)?)
        });
    let (Some(numel), Some(reach)) = (numel, reach) else { return Err("its sizes are impossible".to_owned()) };
    // Nothing larger than what the file holds, repeated numbers included.
    if numel > count || (numel > 0 && reach >= count) || tensor.shape.len() > 8 {
        return Err(format!("its shape {:?} reaches beyond its {count} numbers", tensor.shape));
    }
    let number = |place: usize| kind.number(&data[place * kind.size()..][..kind.size()]);
    let mut at = vec![0; tensor.shape.len()];
    let mut next = || {
        let place: usize = at.iter().zip(&tensor.strides).map(|(i, stride)| i * stride).sum();
        for d in (0..at.len()).rev() {
            at[d] += 1;
            if at[d] < tensor.shape[d] {
                break;
            }
            at[d] = 0;
        }
        number(tensor.offset + place)
    };
    let dense = tensor
        .shape
        .iter()
        .zip(&tensor.strides)
        .rev()
        .try_fold(1, |expected, (&size, &stride)| (size == 1 || stride == expected).then_some(expected * size));
    let values: Vec<f32> = match dense {
        Some(_) if numel > 0 => kind.numbers(&data[tensor.offset * kind.size()..][..numel * kind.size()]),
        _ => (0..numel).map(|_| next()).collect(),
    };
    Tensor::from_slice(&values, &tensor.shape).map_err(|e| e.to_string())
}

/// The causal mask that older files keep as a buffer of each attention.
fn is_mask(name: &str) -> bool {
    name.ends_with(".attn.bias") || name.ends_with(".attn.masked_bias")
}

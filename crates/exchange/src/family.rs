//! Which models are built as GPT-2 is, and by what the others are known.

use std::collections::BTreeMap;

use gradus_tensor::Tensor;
use serde_json::Value as Json;

/// Families of models that are built otherwise than GPT-2: the word of `model_type`, a tensor that gives them away, and
/// what is different.
const OTHERS: [(&str, &str, &str); 8] = [
    ("gpt_bigcode", "", "its heads share keys and values, or lie otherwise in the file"),
    ("gpt_neox", "gpt_neox.layers.0.", "it has rotary positions and parallel residuals"),
    ("gptj", "transformer.h.0.attn.q_proj.", "it has rotary positions and parallel residuals"),
    ("gpt_neo", "transformer.h.0.attn.attention.q_proj.", "its attention is local in every second layer"),
    ("opt", "model.decoder.layers.0.", "its positions begin at 2 and its activation is ReLU"),
    ("llama", "model.layers.0.self_attn.", "it has rotary positions, RMSNorm and a gated network"),
    ("bloom", "transformer.h.0.self_attention.", "its positions are slopes of the scores (ALiBi)"),
    ("t5", "encoder.block.0.", "it has an encoder"),
];

/// Whether a model is built as GPT-2 is, by what its configuration says, and else by its tensors' names.
pub(crate) fn check_family(config: &Json, tensors: &BTreeMap<String, Tensor>) -> Result<(), String> {
    let known = OTHERS.iter();
    let about = |word: &str| {
        known.clone().find(|(kind, ..)| *kind == word).map_or(String::new(), |(.., what)| format!(": {what}"))
    };
    let only = "only GPT-2's form can be imported";
    if let Some(kind) = config.get("model_type").and_then(Json::as_str).filter(|kind| *kind != "gpt2") {
        return Err(format!("its configuration says model_type {kind:?}{}; {only}", about(kind)));
    }
    let architectures = config.get("architectures").and_then(Json::as_array).into_iter().flatten();
    if let Some(other) = architectures.filter_map(Json::as_str).find(|name| !name.starts_with("GPT2")) {
        return Err(format!("its configuration says it is a {other}; {only}"));
    }
    let marked = |mark: &str| !mark.is_empty() && tensors.keys().any(|name| name.starts_with(mark));
    match OTHERS.iter().find(|(_, mark, _)| marked(mark)) {
        Some((kind, _, what)) => Err(format!("this looks like a model of kind {kind}: {what}; {only}")),
        None => Ok(()),
    }
}

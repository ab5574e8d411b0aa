//! GPT-2 models as other programs leave them behind: wrapped, cut into files, with counters beside; and models that are
//! built otherwise, which are refused by their name.

use std::collections::HashMap;
use std::path::Path;

use gradus_exchange::import::{Request, import};
use safetensors::Dtype;
use safetensors::tensor::TensorView;
use serde_json::{Map, Value, json};

const WIDTH: usize = 4;
const VOCABULARY: usize = 65;
const BLOCK: usize = 8;

/// Name, shape and numbers.
type Named = (String, Vec<usize>, Vec<f32>);

/// A model of one layer.
fn tensors() -> Vec<Named> {
    let shapes: [(&str, &[usize]); 16] = [
        ("wte.weight", &[VOCABULARY, WIDTH]),
        ("wpe.weight", &[BLOCK, WIDTH]),
        ("h.0.ln_1.weight", &[WIDTH]),
        ("h.0.ln_1.bias", &[WIDTH]),
        ("h.0.attn.c_attn.weight", &[WIDTH, 3 * WIDTH]),
        ("h.0.attn.c_attn.bias", &[3 * WIDTH]),
        ("h.0.attn.c_proj.weight", &[WIDTH, WIDTH]),
        ("h.0.attn.c_proj.bias", &[WIDTH]),
        ("h.0.ln_2.weight", &[WIDTH]),
        ("h.0.ln_2.bias", &[WIDTH]),
        ("h.0.mlp.c_fc.weight", &[WIDTH, 4 * WIDTH]),
        ("h.0.mlp.c_fc.bias", &[4 * WIDTH]),
        ("h.0.mlp.c_proj.weight", &[4 * WIDTH, WIDTH]),
        ("h.0.mlp.c_proj.bias", &[WIDTH]),
        ("ln_f.weight", &[WIDTH]),
        ("ln_f.bias", &[WIDTH]),
    ];
    let mut state = 7u32;
    let mut number = || {
        state = state.wrapping_mul(1_664_525).wrapping_add(1_013_904_223);
        (state >> 8) as f32 / (1 << 24) as f32 - 0.5
    };
    let mut filled = |(name, shape): (&str, &[usize])| {
        let numel: usize = shape.iter().product();
        (name.to_string(), shape.to_vec(), (0..numel).map(|_| number()).collect())
    };
    shapes.into_iter().map(&mut filled).collect()
}

fn count(tensors: &[Named]) -> usize {
    tensors.iter().map(|(.., numbers)| numbers.len()).sum()
}

fn write(path: &Path, tensors: &[Named], counter: bool) {
    let bytes: Vec<Vec<u8>> = tensors.iter().map(|(.., x)| x.iter().flat_map(|x| x.to_le_bytes()).collect()).collect();
    let mut views: HashMap<String, TensorView<'_>> = tensors
        .iter()
        .zip(&bytes)
        .map(|((name, shape, _), bytes)| (name.clone(), TensorView::new(Dtype::F32, shape.clone(), bytes).unwrap()))
        .collect();
    let steps = 7i64.to_le_bytes();
    if counter {
        views.insert("num_batches_tracked".to_string(), TensorView::new(Dtype::I64, vec![1], &steps).unwrap());
    }
    std::fs::write(path, safetensors::serialize(views, None).unwrap()).unwrap();
}

/// A folder with a configuration.
fn folder(config: &Value) -> tempfile::TempDir {
    let folder = tempfile::tempdir().unwrap();
    std::fs::write(folder.path().join("config.json"), config.to_string()).unwrap();
    folder
}

fn gpt2() -> tempfile::TempDir {
    folder(&json!({ "model_type": "gpt2", "architectures": ["GPT2LMHeadModel"], "n_head": 2 }))
}

fn imported(folder: &tempfile::TempDir) -> Result<usize, String> {
    let request = Request { file: folder.path().to_path_buf(), ..Request::default() };
    import(&request).map(|model| model.parameters()).map_err(|e| e.to_string())
}

#[test]
fn what_wraps_a_model_is_taken_off_and_counters_are_left_out() {
    for prefix in ["", "transformer.", "module.", "_orig_mod.", "_orig_mod.module.transformer.", "module._orig_mod."] {
        let folder = gpt2();
        let named: Vec<Named> = tensors().into_iter().map(|(name, s, x)| (format!("{prefix}{name}"), s, x)).collect();
        write(&folder.path().join("model.safetensors"), &named, true);
        assert_eq!(imported(&folder), Ok(count(&named)), "{prefix:?}");
    }
}

#[test]
fn a_model_in_several_files_is_read_by_its_index() {
    let (folder, all) = (gpt2(), tensors());
    let (first, second) = all.split_at(7);
    let mut map = Map::new();
    for (file, part) in [("model-00001-of-00002.safetensors", first), ("model-00002-of-00002.safetensors", second)] {
        write(&folder.path().join(file), part, false);
        for (name, ..) in part {
            map.insert(name.clone(), file.into());
        }
    }
    let put = |name: &str, file: &str| {
        let mut map = map.clone();
        if !name.is_empty() {
            map.insert(name.to_string(), file.into());
        }
        let text = json!({ "weight_map": map }).to_string();
        std::fs::write(folder.path().join("model.safetensors.index.json"), text).unwrap();
    };
    put("", "");
    assert_eq!(imported(&folder), Ok(count(&all)));
    put("h.1.ln_1.weight", "model-00001-of-00002.safetensors");
    assert!(imported(&folder).unwrap_err().contains("h.1.ln_1.weight is in none of its files"));
    put("wte.weight", "../model-00001-of-00002.safetensors");
    assert!(imported(&folder).unwrap_err().contains("is not the name of a file beside it"));
}

#[test]
fn models_of_other_families_are_refused_by_name() {
    for (kind, what) in
        [("gpt_bigcode", "share keys"), ("llama", "rotary"), ("gpt_neox", "rotary"), ("mamba", "only GPT-2")]
    {
        let folder = folder(&json!({ "model_type": kind, "n_head": 2 }));
        write(&folder.path().join("model.safetensors"), &tensors(), false);
        let told = imported(&folder).unwrap_err();
        assert!(told.contains(&format!("model_type {kind:?}")) && told.contains(what), "{told}");
    }
    let folder = folder(&json!({}));
    let layer = "model.layers.0.self_attn.q_proj.weight".to_string();
    write(&folder.path().join("model.safetensors"), &[(layer, vec![2, 2], vec![0.0; 4])], false);
    let told = imported(&folder).unwrap_err();
    assert!(told.contains("looks like a model of kind llama"), "{told}");
}

#[test]
fn limits_of_training_do_not_forbid_reading() {
    // A step of the recipe's twelve examples would take more numbers than any memory holds.
    let (folder, mut all) = (gpt2(), tensors());
    let (block, vocabulary) = (1 << 12, 30_000);
    all[0] = ("wte.weight".to_string(), vec![vocabulary, WIDTH], vec![0.1; vocabulary * WIDTH]);
    all[1] = ("wpe.weight".to_string(), vec![block, WIDTH], vec![0.1; block * WIDTH]);
    write(&folder.path().join("model.safetensors"), &all, false);
    assert_eq!(imported(&folder), Ok(count(&all)));
}

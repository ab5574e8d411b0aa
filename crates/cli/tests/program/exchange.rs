//! Runs for other programs, and models from elsewhere.

use serde_json::Value;

use crate::place::Place;

fn trained() -> Place {
    let place = Place::new();
    place.ok(&["train", "mlp", "--steps", "20", "--set", "model.hidden=10", "--name", "small"]);
    place
}

#[test]
fn a_run_is_exported_in_every_form() {
    let place = trained();
    place.ok(&["export", "small", "--to", "safetensors", "-o", "small.safetensors"]);
    let bytes = std::fs::read(place.path("small.safetensors")).unwrap();
    let length = u64::from_le_bytes(bytes[..8].try_into().unwrap()) as usize;
    let header: Value = serde_json::from_slice(&bytes[8..8 + length]).unwrap();
    assert_eq!(header["hidden.weight"]["shape"], serde_json::json!([30, 10]));

    let told = place.ok(&["export", "small", "--to", "pytorch", "-o", "torch"]);
    assert!(told.contains("train.py"), "{told}");
    for file in ["model.py", "train.py", "config.json", "tokenizer.json", "model.safetensors", "data.safetensors"] {
        assert!(place.path("torch").join(file).is_file(), "{file}");
    }
    assert!(place.error(1, &["export", "small", "--to", "pytorch", "-o", "torch"]).contains("torch is there already"));

    place.ok(&["export", "small", "--to", "tensorboard", "-o", "events"]);
    let events = std::fs::read_dir(place.path("events")).unwrap().next().unwrap().unwrap();
    assert!(events.file_name().to_string_lossy().starts_with("events.out.tfevents."));
}

#[test]
fn wrong_exports_leave_nothing() {
    let place = trained();
    let before = place.everything();
    assert!(place.error(1, &["export", "smal", "--to", "safetensors", "-o", "x"]).contains("small"));
    assert!(place.error(2, &["export", "small", "--to", "onnx", "-o", "x"]).contains("onnx"));
    place.error(1, &["export", "small", "--to", "safetensors", "-o", "no/such/folder/x"]);
    assert_eq!(place.everything(), before);
}

#[test]
fn files_that_are_no_models_are_refused() {
    let place = Place::new();
    let header = |length: u64, text: &str| [&length.to_le_bytes()[..], text.as_bytes()].concat();
    place.file("huge.safetensors", header(1 << 63, "{}"));
    place.file("short.safetensors", header(1000, "{}"));
    place.file("text.pt", "hello");
    place.file("code.pt", b"cos\nsystem\n(S'touch exploded'\ntR.");
    let before = place.everything();
    for file in ["huge.safetensors", "short.safetensors", "text.pt", "code.pt", "missing.pt"] {
        assert!(place.error(1, &["import", file]).contains(file));
    }
    assert_eq!(place.everything(), before);
}

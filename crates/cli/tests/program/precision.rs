//! `gradus precision`, `number`, `statistics`, and parameters stored in fewer bits.

use serde_json::{Value, json};

use crate::place::Place;

/// A network that takes no time.
const SMALL: [&str; 6] = ["--set", "model.hidden=24", "--set", "batch=8", "--set", "model.init=kaiming"];

fn number(value: &Value) -> f64 {
    value.as_f64().unwrap_or_else(|| panic!("{value} is no number"))
}

#[test]
fn every_format_is_held_against_f64() {
    let place = Place::new();
    let args = ["precision", "mlp", "--steps", "60", "--formats", "f32,bf16,decimal:1", "-o", "curves.svg"];
    let study = place.json(&[&args[..], &SMALL[..]].concat());
    let formats = study["formats"].as_array().unwrap();
    let names: Vec<&Value> = formats.iter().map(|format| &format["format"]).collect();
    assert_eq!(names, ["f64", "f32", "bf16", "decimal:1"]);
    assert_eq!(
        (&study["steps"], &study["where"], &study["rounding"]),
        (&json!(60), &json!("everywhere"), &json!("nearest"))
    );
    let dev: Vec<f64> = formats.iter().map(|format| number(&format["dev_loss"])).collect();
    assert!((dev[0] - dev[1]).abs() < 1e-3 && (dev[0] - dev[3]).abs() > 0.1, "{dev:?}");
    assert_eq!(formats[3]["differs_from"], 0);
    assert!(number(&formats[3]["apart_from"]) < 10.0);
    for format in &formats[1..] {
        let layer = |name: &str, kind: &str| {
            let found = format["layers"].as_array().unwrap().iter().find(|l| l["name"] == name && l["kind"] == kind);
            found.unwrap_or_else(|| panic!("{name}")).clone()
        };
        assert!(number(&layer("tanh", "activation")["value"]["error"]) > 0.0);
        assert!(number(&layer("hidden.weight", "parameter")["gradient"]["error"]) > 0.0);
        assert!(layer("hidden.weight", "parameter")["lost_updates"].is_number());
        assert!(format["sentence"].as_str().unwrap().contains("dev loss"), "{}", format["sentence"]);
    }
    assert!(formats[3]["sentence"].as_str().unwrap().contains("updates are lost"), "{}", formats[3]["sentence"]);
    let svg = std::fs::read_to_string(place.path("curves.svg")).unwrap();
    assert!(svg.contains(">decimal:1</text>") && svg.contains("loss of the batches, nats"));
    assert_eq!(place.everything(), ["curves.svg"], "nothing is recorded");

    let text = place.ok(&[&["precision", "mlp", "--steps", "20", "--formats", "f16"], &SMALL[..]].concat());
    for part in
        ["differs from step", "error of gradients against f64", "hidden.weight", "- f16 without loss scaling: dev loss"]
    {
        assert!(text.contains(part), "{part}: {text}");
    }
}

#[test]
fn how_and_where_is_chosen() {
    let place = Place::new();
    let with = |more: &[&str]| {
        place.json(&[&["precision", "mlp", "--steps", "30", "--formats", "bf16"], more, &SMALL[..]].concat())
    };
    let description = |study: &Value| study["formats"][1]["description"].as_str().unwrap().to_string();
    let careful = with(&[
        "--master-weights",
        "--loss-scale",
        "dynamic",
        "--where",
        "weights,gradients",
        "--rounding",
        "stochastic",
    ]);
    assert_eq!(
        description(&careful),
        "bf16 in weights and gradients only, rounded by chance with dynamic loss scaling and f32 master weights"
    );
    let plain = with(&[]);
    let lost = |study: &Value| {
        let layers = study["formats"][1]["layers"].as_array().unwrap().clone();
        layers.iter().filter_map(|layer| layer["lost_updates"].as_f64()).fold(0.0, f64::max)
    };
    assert!(lost(&careful) < 0.1 && lost(&plain) > 0.1, "{} {}", lost(&careful), lost(&plain));

    for (args, told) in [
        (&["--formats", "bf17"][..], "no number format is called \"bf17\"; there are f64, f32, tf32"),
        (&["--where", "nowhere"], "there is no place called \"nowhere\""),
        (&["--loss-scale", "-1"], "the loss scale \"-1\" is neither a number above 0 nor the word dynamic"),
        (&["--set", "model.hiden=3"], "the nearest is model.hidden"),
    ] {
        let line = place.error(1, &[&["precision", "mlp", "--steps", "5"], args].concat());
        assert!(line.contains(told), "{line}");
    }
    for (args, told) in [
        (&["--steps", "0"][..], "0"),
        (&["-o", "curves.gif"], "curves.gif"),
        (&["--step", "5"], "mlp is no run"),
        (&["--rounding", "up"], "stochastic"),
    ] {
        assert!(place.error(2, &[&["precision", "mlp"], args].concat()).contains(told), "{args:?}");
    }
    assert!(place.error(1, &["precision", "bigram-counts", "--steps", "5"]).contains("counted"));
    assert!(place.error(1, &["precision", "nowhere"]).contains("nowhere"));
}

#[test]
fn a_format_that_diverges_is_a_result() {
    let place = Place::new();
    let args = ["precision", "mlp", "--steps", "40", "--formats", "e4m3", "--set", "schedule.lr=1000"];
    let study = place.json(&[&args[..], &SMALL[..]].concat());
    let e4m3 = &study["formats"][1];
    assert!(e4m3["diverged"].as_str().unwrap().contains("the loss became NaN at step"), "{e4m3}");
    assert!(e4m3["dev_loss"].is_null() && number(&e4m3["steps"]) < 40.0);
}

#[test]
fn a_run_is_compared_and_its_parameters_stored_in_fewer_bits() {
    let place = Place::new();
    let train = |name: &str, dtype: &str| {
        let dtype = format!("record.dtype={dtype}");
        let args = ["train", "mlp", "--steps", "120", "--name", name, "--set", &dtype, "--set", "record.checkpoints=2"];
        place.json(&[&args[..], &SMALL[..]].concat())
    };
    let exact = train("exact", "f32");
    let study = place.json(&["precision", "exact", "--step", "60", "--steps", "10", "--formats", "f16"]);
    assert_eq!((&study["from"], &study["steps"]), (&json!(60), &json!(10)));
    let stored = study["stored"].as_array().unwrap();
    assert_eq!(stored.iter().map(|s| s["dtype"].as_str().unwrap()).collect::<Vec<_>>(), ["f32", "bf16", "f16"]);
    assert!(place.error(2, &["precision", "exact", "--set", "batch=4"]).contains("is a run"));

    let whole = place.checkpoint("exact", 120).len();
    for (dtype, within) in [("bf16", 0.02), ("f16", 0.002)] {
        let trained = train(dtype, dtype);
        assert_eq!(trained["dev_loss"], exact["dev_loss"], "training itself is the same");
        assert!(place.checkpoint(dtype, 120).len() < whole, "{dtype}");
        let read = place.json(&["eval", dtype, "--split", "dev"]);
        let away = (number(&read["loss"]) - number(&exact["dev_loss"])).abs();
        assert!(away < within && (away > 0.0 || dtype == "f16"), "{dtype}: {away}");
        place.ok(&["resume", dtype, "--steps", "130"]);
    }
    let last = place.json(&["precision", "exact", "--steps", "5", "--formats", "f32"]);
    let read = number(&place.json(&["eval", "bf16", "--split", "dev", "--step", "120"])["loss"]);
    assert_eq!(number(&last["stored"][1]["dev_loss"]), read, "what is told beforehand is what comes of it");

    let told = place.ok(&["export", "exact", "--to", "safetensors", "-o", "m.safetensors", "--dtype", "bf16"]);
    assert!(told.contains("as bf16"), "{told}");
    let half = std::fs::read(place.path("m.safetensors")).unwrap();
    assert!(String::from_utf8_lossy(&half[..400]).contains("BF16"));
    place.ok(&["export", "exact", "--to", "safetensors", "-o", "m32.safetensors"]);
    assert!(half.len() * 3 < std::fs::metadata(place.path("m32.safetensors")).unwrap().len() as usize * 2);
}

#[test]
fn a_number_bit_by_bit() {
    let place = Place::new();
    let page = place.json(&["number", "0.1"]);
    assert_eq!(page["exact"], "0.1000000000000000055511151231257827021181583404541015625");
    let in_format =
        |name: &str| page["formats"].as_array().unwrap().iter().find(|f| f["format"] == name).unwrap().clone();
    assert_eq!(
        (&in_format("f32")["bits"]["pattern"], &in_format("f16")["exact"]),
        (&json!("0x3dcccccd"), &json!("0.0999755859375"))
    );
    let text = place.ok(&["number", "-65520"]);
    assert!(text.contains("1 11111 0000000000") && text.contains("infinite") && !text.contains('\x1b'), "{text}");
    assert!(place.ok(&["number", "0x3c00", "--as", "f16"]).contains("exactly  1\n"));
    for value in ["nan", "-inf", "0", "1e-45", "0xffffffff"] {
        place.ok(&["number", value]);
        place.json(&["number", value]);
    }
    assert!(place.error(1, &["number", "ten"]).contains("is no number"));
    assert!(place.error(1, &["number", "0x10000", "--as", "f16"]).contains("16 bits of f16"));
}

#[test]
fn statistics_are_measured_and_drawn() {
    let place = Place::new();
    let small = ["statistics", "--samples", "2000", "--width", "64", "--depth", "10"];
    let measured = place.json(&[&small[..], &["-o", "pictures"]].concat());
    assert!((number(&measured["sample"]["variance"]) - 1.0).abs() < 0.15);
    assert_eq!((measured["layer"].as_array().unwrap().len(), measured["depth"].as_array().unwrap().len()), (27, 11));
    for picture in measured["pictures"].as_array().unwrap() {
        let bytes = std::fs::read(place.path("pictures").join(picture.as_str().unwrap())).unwrap();
        assert!(bytes.starts_with(b"<svg") || bytes.starts_with(b"\x89PNG"), "{picture}");
    }
    assert!(place.ok(&small).contains("(Kaiming)"));
    place.error(2, &["statistics", "--width", "0"]);
}

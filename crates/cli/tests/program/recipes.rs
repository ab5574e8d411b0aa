//! `gradus recipes`.

use crate::place::Place;

#[test]
fn the_list_names_model_and_parameters() {
    let place = Place::new();
    let listed = place.json(&["recipes"]);
    let parameters = |name: &str| {
        let lines = listed["recipes"].as_array().unwrap();
        lines.iter().find(|line| line["name"] == name).and_then(|line| line["parameters"].as_u64())
    };
    for (name, count) in [
        ("bigram", 729),
        ("mlp", 11_897),
        ("mlp-batchnorm", 12_097),
        ("mlp-manual", 12_297),
        ("deep-batchnorm", 47_024),
        ("wavenet", 76_579),
        ("window-mlp", 69_147),
        ("bow", 12_827),
        ("rnn", 11_803),
        ("gru", 28_315),
        ("transformer", 204_544),
    ] {
        assert_eq!(parameters(name), Some(count), "{name}");
    }
    let text = place.ok(&["recipes"]);
    assert!(text.contains("mlp") && text.contains("11,897"), "{text}");
    assert!(place.everything().is_empty());
}

#[test]
fn a_shown_recipe_can_be_kept_changed_and_trained() {
    let place = Place::new();
    let shown = place.ok(&["recipes", "mlp"]);
    place.file("mine.toml", shown.replace("hidden = 200", "hidden = 20 "));
    let summary = place.json(&["train", "mine.toml", "--steps", "5"]);
    assert_eq!((summary["run"].as_str(), summary["recipe"].as_str()), (Some("mine-1"), Some("mine")));
    // 27·10 + 30·20 + 20 + 20·27 + 27
    assert_eq!(summary["parameters"], 1457);
    assert!(place.error(1, &["recipes", "mpl"]).contains("the nearest is mlp"));
}

#[test]
fn every_key_is_listed_with_its_default() {
    let place = Place::new();
    let listed = place.json(&["recipes", "--keys"]);
    let keys = listed["keys"].as_array().unwrap();
    for key in ["steps", "data.source", "model.hidden", "optimizer.momentum", "schedule.lr", "record.checkpoints"] {
        let found = keys.iter().find(|line| line["key"] == key).unwrap_or_else(|| panic!("{key}"));
        assert!(
            !found["doc"].as_str().unwrap().is_empty() && !found["default"].as_str().unwrap().is_empty(),
            "{found}"
        );
    }
    assert!(place.ok(&["recipes", "--keys"]).contains("model.hidden"));
}

//! `gradus ninja`.

use serde_json::json;

use crate::place::Place;

#[test]
fn every_gradient_by_hand_is_exact() {
    let place = Place::new();
    let report = place.json(&["ninja", "--steps", "0"]);
    let exercises = &report["exercises"];
    assert_eq!((&exercises["parameters"], &exercises["hidden"]), (&json!(4137), &json!(64)));
    let steps = exercises["steps"].as_array().unwrap();
    assert_eq!(steps.len(), 26);
    for step in steps {
        assert_eq!((&step["exact"], &step["approximate"], &step["maxdiff"]), (&json!(true), &json!(true), &json!(0.0)));
    }
    assert_eq!((&steps[0]["name"], &steps[25]["name"]), (&json!("logprobs"), &json!("C")));
    for (fused, most) in [("cross_entropy", 1e-8), ("batch_norm", 3e-9)] {
        let maxdiff = exercises[fused]["maxdiff"].as_f64().unwrap();
        assert!(maxdiff > 0.0 && maxdiff < most && exercises[fused]["approximate"] == true, "{fused}: {maxdiff}");
    }
    assert_eq!(report["training"], json!(null));
    assert!(place.everything().is_empty(), "nothing is recorded");

    let text = place.ok(&["ninja", "--steps", "0"]);
    assert!(text.contains("26 of 26 exact") && text.contains("bnvar_inv"), "{text}");
}

#[test]
fn training_by_hand_learns() {
    let place = Place::new();
    let training = &place.json(&["ninja", "--steps", "2000"])["training"];
    let loss = |key: &str| training[key].as_f64().unwrap_or_else(|| panic!("{key}: {training}"));
    assert!(loss("loss_first") > 3.2 && loss("train_loss") < 2.75 && loss("dev_loss") < 2.8, "{training}");
    assert_eq!((&training["steps"], &training["parameters"]), (&json!(2000), &json!(12297)));
    assert_eq!(training["samples"].as_array().unwrap().len(), 20);
    assert_eq!(*training["losses"].as_array().unwrap(), [json!({"step": 0, "loss": training["loss_first"]})]);
}

#[test]
fn other_data_and_what_is_too_little() {
    let place = Place::new();
    place.file("names.txt", "Zosia\nŁukasz\n李明\n🦀🐍\n".repeat(30));
    let training = &place.json(&["ninja", "--steps", "50", "--data", "names.txt"])["training"];
    assert!(training["dev_loss"].as_f64().unwrap().is_finite());
    place.file("two.txt", "a\nb\n");
    assert!(place.error(1, &["ninja", "--data", "two.txt"]).contains("two.txt"));
    assert!(place.error(1, &["ninja", "--data", "nowhere.txt"]).contains("no such file"));
    place.error(2, &["ninja", "--steps", "-1"]);
}

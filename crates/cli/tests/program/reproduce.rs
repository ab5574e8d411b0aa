//! `gradus reproduce`: the lectures' figures.

use crate::place::Place;

#[test]
fn what_needs_no_data_agrees_anywhere() {
    let place = Place::new();
    let told = place.json(&["reproduce", "micrograd"]);
    assert!(told["agree"].as_u64().unwrap() >= 21 && told["disagree"] == 0, "{told}");
    assert!(place.error(1, &["reproduce", "part-9"]).contains("part-3-deep"));
    assert!(place.everything().is_empty());
}

#[test]
fn a_chapter_without_its_data_says_how_to_get_them() {
    let place = Place::new();
    assert!(place.error(1, &["reproduce", "part-1"]).contains("gradus data fetch names"));
    let told = place.json(&["reproduce", "--quick"]);
    assert!(told["skipped"].as_array().unwrap().contains(&"part-5".into()), "{told}");
}

/// Where the course's names are at hand: everything that takes seconds.
#[test]
fn the_course_comes_out_again() {
    let shared = std::path::Path::new(env!("CARGO_MANIFEST_DIR")).join("../../../shared/data");
    let (names, text) = (shared.join("names.txt"), shared.join("tinyshakespeare.txt"));
    if !names.exists() || !text.exists() {
        println!("skipped: {} is not there", shared.display());
        return;
    }
    let place = Place::new();
    let [names, text] = [&names, &text].map(|path| path.to_str().unwrap());
    let told = place.json(&["reproduce", "--quick", "--names", names, "--text", text]);
    let figures = told["figures"].as_array().unwrap();
    let wrong: Vec<_> = figures.iter().filter(|figure| figure["agrees"] != true).collect();
    assert!(figures.len() >= 75 && wrong.is_empty(), "{wrong:?}");
}

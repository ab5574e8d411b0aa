//! `gradus data`.

use serde_json::json;

use crate::place::Place;

#[test]
fn the_list_says_what_is_at_hand() {
    let place = Place::new();
    let listed = place.json(&["data", "list"]);
    let sets = listed["data"].as_array().unwrap();
    for name in ["given-names", "surnames", "iris", "digits"] {
        let set = sets.iter().find(|set| set["name"] == name).unwrap_or_else(|| panic!("{name}"));
        assert_eq!(set["at_hand"], json!(true));
        assert!(!set["licence"].as_str().unwrap().is_empty());
    }
    assert!(place.ok(&["data", "list"]).contains("built in"));
}

#[test]
fn lists_texts_and_tables_are_shown() {
    let place = Place::new();
    let names = place.json(&["data", "show", "given-names"]);
    assert_eq!((&names["lines"], &names["vocabulary_size"]), (&json!(5163), &json!(27)));
    assert_eq!(names["examples"][0], json!(["...", "a"]));
    let iris = place.json(&["data", "show", "iris"]);
    assert_eq!((&iris["rows"], &iris["rows_by_class"]), (&json!(150), &json!([50, 50, 50])));
    place.file("text.txt", "to be or not to be ".repeat(20_000));
    assert_eq!(place.json(&["data", "show", "text.txt"])["kind"], "text");
    place.file("plants.csv", "height,colour\n12.5,green\n11,red\n9,green\n");
    let plants = place.json(&["data", "show", "plants.csv"]);
    assert_eq!((&plants["classes"], &plants["rows_by_class"]), (&json!(["green", "red"]), &json!([2, 1])));
    for name in ["given-names", "iris", "digits", "text.txt", "plants.csv"] {
        assert!(place.ok(&["data", "show", name]).lines().count() > 3);
    }
}

#[test]
fn what_cannot_be_shown_is_one_line() {
    let place = Place::new();
    place.file("holes.csv", "height,colour\n,green\n11,red\n");
    assert!(place.error(1, &["data", "show", "holes.csv"]).contains("line 2, column `height`: the value is missing"));
    assert!(place.error(1, &["data", "show", "irsi"]).contains("did you mean `iris`"));
    assert!(place.error(1, &["data", "show", "nowhere.txt"]).contains("no such file"));
    assert!(place.error(2, &["data"]).contains("see: gradus data --help"));
}

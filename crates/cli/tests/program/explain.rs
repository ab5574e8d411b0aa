//! `gradus explain`, and the pictures at the end of a classifier's training.

use std::path::Path;

use serde_json::Value;

use crate::place::Place;

/// Whether a file is a whole PNG picture, or an SVG one.
fn is_picture(path: &Path) -> bool {
    let bytes = std::fs::read(path).unwrap_or_else(|e| panic!("{}: {e}", path.display()));
    match path.extension().unwrap().to_str().unwrap() {
        "png" => bytes.starts_with(b"\x89PNG") && bytes.ends_with(b"IEND\xaeB`\x82"),
        _ => bytes.starts_with(b"<svg") && bytes.ends_with(b"</svg>\n"),
    }
}

/// The pictures that an answer names, without their endings; each must be there as SVG and as PNG.
fn pictures(place: &Place, answer: &Value) -> Vec<String> {
    let files: Vec<&str> = answer["pictures"].as_array().unwrap().iter().map(|file| file.as_str().unwrap()).collect();
    assert!(!files.is_empty());
    for file in &files {
        assert!(is_picture(&place.path(file)), "{file}");
    }
    let stem = |file: &&str| Path::new(file).file_stem().unwrap().to_string_lossy().into_owned();
    let (svg, png): (Vec<&str>, Vec<&str>) = files.iter().partition(|file| file.ends_with(".svg"));
    let names: Vec<String> = svg.iter().map(stem).collect();
    assert_eq!(names, png.iter().map(stem).collect::<Vec<_>>());
    names
}

fn number(value: &Value) -> f64 {
    value.as_f64().unwrap_or_else(|| panic!("{value}"))
}

/// A digit drawn into a larger picture, black on white: the pixels of a digit of the data, eightfold.
fn png(rows: &[[u8; 8]; 8]) -> Vec<u8> {
    const ZOOM: usize = 8;
    let side = 8 * ZOOM;
    let mut bytes = Vec::new();
    let mut encoder = png::Encoder::new(&mut bytes, side as u32, side as u32);
    encoder.set_color(png::ColorType::Grayscale);
    encoder.set_depth(png::BitDepth::Eight);
    let pixels: Vec<u8> = (0..side * side).map(|i| 255 - rows[i / side / ZOOM][i % side / ZOOM] * 15).collect();
    encoder.write_header().unwrap().write_image_data(&pixels).unwrap();
    bytes
}

/// A zero, as the scanner of the digits saw one.
const ZERO: [[u8; 8]; 8] = [
    [0, 0, 5, 13, 9, 1, 0, 0],
    [0, 0, 13, 15, 10, 15, 5, 0],
    [0, 3, 15, 2, 0, 11, 8, 0],
    [0, 4, 12, 0, 0, 8, 8, 0],
    [0, 5, 8, 0, 0, 9, 8, 0],
    [0, 4, 11, 0, 1, 12, 7, 0],
    [0, 2, 14, 5, 10, 12, 0, 0],
    [0, 0, 6, 13, 10, 0, 0, 0],
];

#[test]
fn a_digit_is_explained_from_its_row_and_from_a_picture() {
    let place = Place::new();
    let trained = place.json(&["train", "lenet", "--steps", "250", "--name", "digits"]);
    let names = pictures(&place, &trained);
    for name in ["confusion", "loss", "kernels-conv1", "kernels-conv2"] {
        assert!(names.iter().any(|found| found == name), "{name} of {names:?}");
    }

    let row = place.json(&["explain", "digits", "3"]);
    assert_eq!((row["run"].as_str(), row["step"].as_u64()), (Some("digits"), Some(250)));
    let probabilities: Vec<f64> =
        row["probabilities"].as_array().unwrap().iter().map(|answer| number(&answer["value"])).collect();
    assert!((probabilities.iter().sum::<f64>() - 1.0).abs() < 1e-9, "{probabilities:?}");
    assert!(probabilities.is_sorted_by(|a, b| a >= b));
    assert_eq!(row["says"], row["probabilities"][0]["name"]);
    assert_eq!(row["right"].as_bool().unwrap(), row["says"] == row["truth"]);
    // The parts and the bias are the score.
    let parts = row["score"]["parts"].as_array().unwrap();
    let sum: f64 = parts.iter().map(|part| number(&part["product"])).sum();
    let score = number(&row["score"]["score"]);
    assert!((sum + number(&row["score"]["bias"]) - score).abs() < 1e-3 * score.abs().max(1.0), "{sum} {score}");
    // The whole picture's probability is that of the class.
    assert!((number(&row["occlusion"]["whole"]) - probabilities[0]).abs() < 1e-5);
    assert_eq!(row["occlusion"]["probability"].as_array().unwrap().len(), 64);
    assert_eq!(row["similar"].as_array().unwrap().len(), 11);
    let names = pictures(&place, &row);
    for name in ["probabilities", "score", "saliency", "occlusion", "similar", "maps-conv1.out", "maps-pool2"] {
        assert!(names.iter().any(|found| found == name), "{name} of {names:?}");
    }

    place.file("zero.png", png(&ZERO));
    let text = place.ok(&["explain", "digits", "zero.png", "-o", "why", "--class", "0"]);
    assert!(text.contains("It says 0 with "), "{text}");
    assert!(text.contains("The score of 0 as a sum") && text.contains("harms 0 most"), "{text}");
    assert!(text.contains("look most alike") && text.contains("why/saliency.png"), "{text}");
    assert!(is_picture(&place.path("why/saliency.svg")));

    let line = place.error(1, &["explain", "digits", "5000"]);
    assert!(line.starts_with("the test split has no row 5000: its rows are 0 to "), "{line}");
    let line = place.error(1, &["explain", "digits", "0", "--class", "ten"]);
    assert_eq!(line, "there is no class \"ten\"; the classes are 0, 1, 2, 3, 4, 5, 6, 7, 8, 9");
    let line = place.error(1, &["explain", "digits", "nowhere.png"]);
    assert!(line.starts_with("there is no file nowhere.png: "), "{line}");
    place.file("cut.png", &png(&ZERO)[..60]);
    let line = place.error(1, &["explain", "digits", "cut.png"]);
    assert!(line.contains("cut.png") && line.contains("cut off"), "{line}");
    place.file("text.png", "no picture");
    assert!(place.error(1, &["explain", "digits", "text.png"]).contains("no PNG picture"));
    let line = place.error(2, &["explain", "digits", "0", "--features", "0,1"]);
    assert!(line.contains("no named measurements"), "{line}");
}

#[test]
fn a_flower_is_explained_by_its_measurements() {
    let place = Place::new();
    let trained = place.json(&["train", "iris", "--steps", "150", "--name", "iris"]);
    let names = pictures(&place, &trained);
    for name in ["confusion", "landscape", "landscape-neighbours", "landscape-means", "loss"] {
        assert!(names.iter().any(|found| found == name), "{name} of {names:?}");
    }
    let svg = std::fs::read_to_string(place.path(".gradus/runs/iris/pictures/landscape.svg")).unwrap();
    assert!(svg.contains(">petal length (cm)") && svg.contains(">setosa<"), "axes and legend");

    let shown = place.ok(&["show", "iris"]);
    assert!(shown.contains(" % right\n") && shown.contains(".gradus/runs/iris/pictures\n"), "{shown}");

    // A flower as Fisher measured it.
    let own = place.json(&["explain", "iris", "5.1,3.5,1.4,0.2"]);
    assert_eq!(own["says"], "setosa");
    assert_eq!((&own["beside"]["neighbours_say"], &own["beside"]["centroid_says"]), (&own["says"], &own["says"]));
    assert!(own.get("truth").is_none() && own.get("right").is_none());
    let measured: Vec<f64> = own["saliency"]["measured"].as_array().unwrap().iter().map(number).collect();
    assert!(measured.iter().zip([5.1, 3.5, 1.4, 0.2]).all(|(a, b)| (a - b).abs() < 1e-5), "{measured:?}");
    for accuracy in ["network", "neighbours", "centroid"] {
        assert!(number(&own["beside"]["accuracy"][accuracy]) > 0.8, "{own}");
    }
    let text = place.ok(&["explain", "iris", "5.1,3.5,1.4,0.2", "--features", "0,sepal width", "-o", "why"]);
    assert!(text.contains("It says setosa") && text.contains("Without a network"), "{text}");
    let svg = std::fs::read_to_string(place.path("why/landscape.svg")).unwrap();
    assert!(svg.contains("asked about") && svg.contains("regions where petal length"), "the example, and what is held");

    let line = place.error(1, &["explain", "iris", "5.1,3.5"]);
    assert!(line.contains("is no example") && line.contains("petal width"), "{line}");
    let line = place.error(1, &["explain", "iris", "3e38,3e38,-3e38,3e38"]);
    assert!(line.contains("no finite number"), "{line}");
    let line = place.error(2, &["explain", "iris", "0", "--features", "petal"]);
    assert!(line.contains("takes two different ones"), "{line}");

    place.ok(&["report", "iris", "-o", "iris.html"]);
    let page = std::fs::read_to_string(place.path("iris.html")).unwrap();
    assert!(page.contains("What it decides") && page.contains("was taken for") && page.contains("test accuracy"));
}

#[test]
fn an_evaluation_tells_which_is_taken_for_which() {
    let place = Place::new();
    place.ok(&["train", "iris", "--steps", "60", "--name", "iris"]);
    // There is no dev split: test is what decides.
    let seen = place.json(&["eval", "iris"]);
    assert_eq!((seen["split"].as_str(), seen["examples"].as_u64()), (Some("test"), Some(30)));
    let matrix: Vec<Vec<u64>> = serde_json::from_value(seen["confusion"]["matrix"].clone()).unwrap();
    assert!(matrix.iter().all(|row| row.iter().sum::<u64>() == 10), "ten of each species: {matrix:?}");
    let right: u64 = (0..3).map(|i| matrix[i][i]).sum();
    assert!((number(&seen["accuracy"]) - right as f64 / 30.0).abs() < 1e-9);
    assert!((number(&seen["without_network"]["network"]) - number(&seen["accuracy"])).abs() < 1e-9);
    let first = &seen["confusion"]["of_class"][0];
    assert!((number(&first["recall"]) - matrix[0][0] as f64 / 10.0).abs() < 1e-9);
    let text = place.ok(&["eval", "iris"]);
    for words in ["is \\ taken for", "precision", "recall", "by the vote of the 5 nearest", "setosa"] {
        assert!(text.contains(words), "{words}: {text}");
    }
    assert!(place.ok(&["eval", "iris", "--split", "train"]).contains("train split of iris, 120 predictions"));
    assert!(place.error(1, &["eval", "iris", "--split", "dev"]).contains("dev split"));
}

#[test]
fn a_neuron_is_checked_on_paper() {
    let place = Place::new();
    let trained = place.json(&["train", "neuron", "--steps", "100", "--name", "taste"]);
    assert!(pictures(&place, &trained).iter().any(|name| name == "neuron"));
    let seen = place.json(&["explain", "taste", "2"]);
    let neuron = &seen["neuron"];
    let sum: f64 = neuron["inputs"]
        .as_array()
        .unwrap()
        .iter()
        .map(|input| {
            assert!((number(&input["value"]) * number(&input["weight"]) - number(&input["product"])).abs() < 1e-9);
            number(&input["product"])
        })
        .sum();
    let (whole, output) = (number(&neuron["sum"]), number(&neuron["output"]));
    assert!((sum + number(&neuron["bias"]) - whole).abs() < 1e-5, "{seen}");
    assert!((1.0 / (1.0 + (-whole).exp()) - output).abs() < 1e-6, "{seen}");
    assert_eq!(neuron["fires"].as_bool(), Some(output > 0.5));
    let text = place.ok(&["explain", "taste", "2"]);
    assert!(text.contains("The neuron, to be checked on paper") && text.contains("fire"), "{text}");
}

#[test]
fn values_have_a_landscape_and_a_scale() {
    let place = Place::new();
    let trained = place.json(&["train", "plane", "--steps", "100", "--name", "plane"]);
    let names = pictures(&place, &trained);
    assert!(names.iter().any(|name| name == "landscape") && names.iter().any(|name| name == "values"), "{names:?}");
    let text = place.ok(&["explain", "plane", "0"]);
    assert!(text.contains("It says value = ") && text.contains("wanted was"), "{text}");
}

#[test]
fn an_autoencoder_shows_its_plane() {
    let place = Place::new();
    let trained = place.json(&["train", "autoencoder", "--steps", "60", "--name", "plane"]);
    let names = pictures(&place, &trained);
    for name in ["latent-plane", "decoded", "reconstructions"] {
        assert!(names.iter().any(|found| found == name), "{name} of {names:?}");
    }
    let seen = place.json(&["explain", "plane", "1"]);
    assert!(number(&seen["reconstruction_error"]) > 0.0 && seen["place"].as_array().unwrap().len() == 2);
    assert!(pictures(&place, &seen).contains(&"reconstruction".to_string()));
}

#[test]
fn a_word_is_explained_letter_by_letter() {
    let place = Place::new();
    place.ok(&["train", "text-cnn", "--steps", "60", "--name", "names"]);
    let seen = place.json(&["explain", "names", "smith"]);
    let letters = seen["letters"]["letters"].as_array().unwrap();
    let word: String = letters.iter().map(|letter| letter["letter"].as_str().unwrap()).collect();
    assert_eq!(word, "smith");
    assert!((number(&seen["letters"]["probability"]) - number(&seen["probabilities"][0]["value"])).abs() < 1e-9);
    assert_eq!(pictures(&place, &seen), ["probabilities", "letters"]);
    let upper = place.json(&["explain", "names", "Smith"]);
    assert_eq!(upper["says"], seen["says"], "the lists are in lower case");
    let row = place.ok(&["explain", "names", "4"]);
    assert!(row.contains("(row 4 of the test split); it is: ") && row.contains("without each letter"), "{row}");
    let line = place.error(1, &["explain", "names", "sm1th"]);
    assert!(line.contains('1'), "{line}");
}

#[test]
fn a_language_model_is_referred_to_what_fits() {
    let place = Place::new();
    place.ok(&["train", "bigram", "--data", "given-names", "--steps", "5", "--name", "text"]);
    let line = place.error(1, &["explain", "text", "emma"]);
    assert!(line.contains("tells no classes") && line.contains("gradus inspect"), "{line}");
}

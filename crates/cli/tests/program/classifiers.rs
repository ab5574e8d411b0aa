//! Models that tell classes and values: flowers, points, pictures, words.

use std::io::Write as _;

use serde_json::Value;

use crate::place::Place;

fn number(value: &Value) -> f64 {
    value.as_f64().unwrap_or_else(|| panic!("{value} is no number"))
}

/// A file of pictures of 8 × 8 in IDX form and one of their labels: class 0 is bright on the left, class 1 on the right.
fn idx(place: &Place, names: [&str; 2], count: u32) {
    let mut pictures = [&[0, 0, 8, 3][..], &count.to_be_bytes(), &8_u32.to_be_bytes(), &8_u32.to_be_bytes()].concat();
    let mut labels = [&[0, 0, 8, 1][..], &count.to_be_bytes()].concat();
    for i in 0..count {
        let class = (i % 2) as usize;
        let bright = |place: usize| u8::from(place % 8 / 4 == class) * (200 + (i + place as u32) as u8 % 50);
        pictures.extend((0..64).map(bright));
        labels.push(class as u8);
    }
    for (name, bytes) in names.into_iter().zip([pictures, labels]) {
        let file = std::fs::File::create(place.path(name)).unwrap();
        if name.ends_with(".gz") {
            let mut packed = flate2::write::GzEncoder::new(file, flate2::Compression::fast());
            packed.write_all(&bytes).unwrap();
        } else {
            let mut file = file;
            file.write_all(&bytes).unwrap();
        }
    }
}

#[test]
fn flowers_are_told_apart_in_a_moment() {
    let place = Place::new();
    let summary = place.json(&["train", "iris"]);
    assert!(number(&summary["test_accuracy"]) >= 0.9, "{summary}");
    assert_eq!(summary["samples"].as_array().unwrap().len(), 0);
    let text = place.ok(&["eval", "iris-1", "--split", "test"]);
    assert!(text.contains("test split of iris, 30 predictions") && text.contains("accuracy"), "{text}");
    let whole = place.json(&["eval", "iris-1", "--data", "iris"]);
    assert_eq!(whole["examples"], 150);
    // The scaling is part of the checkpoint: another file of flowers is seen as the model's own are.
    place.file(
        "three.csv",
        "a,b,c,d,species\n5.1,3.5,1.4,0.2,setosa\n6.0,2.7,5.1,1.9,virginica\n5.7,2.8,4.1,1.3,versicolor\n",
    );
    let three = place.json(&["eval", "iris-1", "--data", "three.csv"]);
    assert_eq!((&three["examples"], number(&three["accuracy"])), (&Value::from(3), 1.0), "{three}");
    let again = place.json(&["resume", "iris-1", "--steps", "220"]);
    assert_eq!(again["steps"], 220);
    for (words, wanted) in [
        (&["sample", "iris-1"][..], "it does not go on with a text"),
        (&["eval", "iris-1", "--data", "digits"], "[1, 8, 8], and the model takes [4]"),
    ] {
        let error = place.error(1, words);
        assert!(error.contains(wanted), "{error}");
    }
}

#[test]
fn every_recipe_trains_and_is_seen() {
    let place = Place::new();
    for (recipe, steps) in [
        ("neuron", "60"),
        ("iris-sigmoid", "20"),
        ("moons", "30"),
        ("circles", "5"),
        ("xor", "5"),
        ("spiral", "5"),
        ("blobs", "5"),
        ("plane", "40"),
        ("ring", "5"),
        ("lenet", "3"),
        ("resnet", "2"),
        ("autoencoder", "3"),
        ("text-cnn", "3"),
        ("lstm-classifier", "3"),
    ] {
        let summary =
            place.json(&["train", recipe, "--steps", steps, "--name", recipe, "--set", "record.checkpoints=1"]);
        let (first, last) = (number(&summary["loss_first"]), number(&summary["train_loss"]));
        // Two steps are too few for a running mean of batch normalisation.
        assert!(last.is_finite() && (last < first || recipe == "resnet"), "{recipe}: {summary}");
        let tells_classes = !["plane", "ring", "autoencoder"].contains(&recipe);
        assert_eq!(summary.get("test_accuracy").is_some(), tells_classes, "{recipe}: {summary}");
        assert!(place.json(&["inspect", recipe])["parameters"].as_array().unwrap().len() >= 2, "{recipe}");
        assert!(place.ok(&["show", recipe]).contains("finished"), "{recipe}");
    }
    place.ok(&["report", "lenet", "-o", "lenet.html"]);
    assert!(std::fs::read_to_string(place.path("lenet.html")).unwrap().contains("</html>"));
}

#[test]
fn pictures_of_ones_own_in_idx_form() {
    let place = Place::new();
    for names in
        [["own-images-idx3-ubyte", "own-labels-idx1-ubyte"], ["z-images-idx3-ubyte.gz", "z-labels-idx1-ubyte.gz"]]
    {
        idx(&place, names, 60);
        let summary = place.json(&["train", "lenet", "--data", names[0], "--steps", "60", "--set", "batch=16"]);
        assert!(number(&summary["test_accuracy"]) > 0.9, "{summary}");
    }
    // A file that claims 2⁴⁰ pixels, one without its end, one of another kind.
    let huge =
        [&[0, 0, 8, 3][..], &(1_u32 << 20).to_be_bytes(), &(1_u32 << 10).to_be_bytes(), &(1_u32 << 10).to_be_bytes()];
    std::fs::write(place.path("huge-images-idx3-ubyte"), huge.concat()).unwrap();
    std::fs::write(place.path("huge-labels-idx1-ubyte"), [0, 0, 8, 1, 0, 16, 0, 0]).unwrap();
    std::fs::write(place.path("magic-images-idx3-ubyte"), [1, 2, 3, 4, 5, 6]).unwrap();
    std::fs::write(place.path("magic-labels-idx1-ubyte"), [0, 0, 8, 1, 0, 0, 0, 0]).unwrap();
    for name in ["huge-images-idx3-ubyte", "magic-images-idx3-ubyte", "none-images-idx3-ubyte"] {
        let error = place.error(1, &["train", "lenet", "--data", name]);
        assert!(error.contains(name), "{error}");
    }
}

#[test]
fn tables_of_ones_own() {
    let place = Place::new();
    let mut rows = String::from("kind;height;weight\n");
    for i in 0..40 {
        rows.push_str(&format!("{};{},5;{}\n", ["cat", "dog"][i % 2], 20 + 30 * (i % 2) + i % 5, 4 + 20 * (i % 2)));
    }
    place.file("pets.csv", &rows);
    let own = ["train", "iris", "--data", "pets.csv", "--set", "data.target=kind", "--name", "pets"];
    let summary = place.json(&own);
    assert_eq!(number(&summary["test_accuracy"]), 1.0, "{summary}");
    for (file, content, wanted) in [
        ("empty.csv", "", "empty.csv"),
        ("missing.csv", "a,b,kind\n1,2,x\n1,,y\n", "line 3"),
        ("words.csv", "a,b,kind\n1,2,x\n1,red,y\n", "red"),
        ("one.csv", "a,b,kind\n1,2,x\n1,3,x\n", "one.csv"),
    ] {
        place.file(file, content);
        let error = place.error(1, &["train", "iris", "--data", file]);
        assert!(error.contains(wanted), "{file}: {error}");
    }
}

#[test]
fn what_does_not_fit_is_said_before_any_training() {
    let place = Place::new();
    for (words, wanted) in [
        (&["train", "lenet", "--data", "iris"][..], "is for pictures"),
        (&["train", "neuron", "--data", "iris"], "one neuron tells two classes"),
        (&["train", "moons", "--data", "ring"], "set model.cost = \"squared-error\""),
        (&["train", "iris", "--data", "given-names"], "a table of measurements is wanted"),
        (&["train", "mlp", "--data", "iris"], "a list with one thing a line is wanted"),
        (&["train", "iris", "--set", "data.tokenizer=bpe"], "data.tokenizer says nothing"),
        (&["train", "mlp", "--set", "data.standardise=true"], "data.standardise says nothing"),
        (&["train", "iris", "--set", "model.output=sigmoid"], "set model.output = \"linear\""),
        (&["train", "text-cnn", "--set", "data.against=[]"], "two lists at least"),
        (&["train", "iris", "--set", "data.target=colour"], "leave out the column `colour`"),
        (&["train", "iris", "--set", "model.hidden=[0]"], "model.hidden"),
        (&["train", "autoencoder", "--set", "model.latent=0"], "model.latent"),
    ] {
        let error = place.error(1, words);
        assert!(error.contains(wanted), "{words:?}: {error}");
    }
    assert!(!place.path(".gradus").exists());
}

#[test]
fn words_are_told_apart_by_their_list() {
    let place = Place::new();
    let summary = place.json(&["train", "lstm-classifier", "--steps", "60", "--name", "lists"]);
    assert!(number(&summary["test_accuracy"]) > 0.65, "{summary}");
    let own = place.json(&["eval", "lists", "--data", "surnames"]);
    assert_eq!(own["examples"], 88_799);
    assert!(place.error(1, &["eval", "lists", "--data", "nobody.txt"]).contains("nobody.txt"));
    place.file("towns.txt", "oslo\nrome\nparis\n");
    assert!(place.error(1, &["eval", "lists", "--data", "towns.txt"]).contains("none of the lists"));
    let three =
        ["train", "text-cnn", "--steps", "3", "--set", "data.against=[\"surnames\", \"towns.txt\"]", "--name", "three"];
    let town = |i: usize| format!("{}ville\n", ["a", "b", "c", "d", "e"].map(|l| l.repeat(i % 7 + 1))[i % 5]);
    place.file("towns.txt", (0..60).map(town).collect::<String>());
    let told = place.json(&three);
    assert!(number(&told["test_loss"]).is_finite(), "{told}");
}

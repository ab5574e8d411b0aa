//! Looking into runs and beside runs: inspect, compare, report, lr, sweep.

use serde_json::Value;

use crate::place::Place;

fn number(value: &Value) -> f64 {
    value.as_f64().unwrap_or_else(|| panic!("{value} is no number"))
}

fn short(place: &Place, name: &str, more: &[&str]) -> Value {
    place.json(&[&["train", "mlp", "--steps", "60", "--set", "record.every=10", "--name", name], more].concat())
}

#[test]
fn inspecting_gives_advice_in_plain_words_tables_that_fit_and_pictures() {
    let place = Place::new();
    short(&place, "short", &[]);
    let text = place.ok(&["inspect", "short", "--step", "0"]);
    assert!(text.contains("% of tanh outputs are saturated; scale the weights by about 0."), "{text}");
    assert!(text.contains("the first loss") && text.contains("ln(27) = 3.30"), "{text}");
    let tables = text.split("\nadvice\n").next().unwrap();
    assert!(tables.lines().all(|line| line.chars().count() <= 100), "{text}");
    let seen = place.json(&["inspect", "short", "--step", "0"]);
    assert_eq!(seen["advice"][0]["topic"], "confident");
    assert!((number(&seen["chance"]) - 27.0_f64.ln()).abs() < 1e-9);
    let tanh = seen["activations"].as_array().unwrap().iter().find(|row| row["name"] == "tanh").unwrap().clone();
    for key in ["mean", "variance", "std", "min", "max", "skew", "kurtosis", "normality", "saturated", "gradient_std"] {
        assert!(tanh[key].is_number(), "{key}: {tanh}");
    }
    assert_eq!(tanh["histogram"]["counts"].as_array().unwrap().len(), 50);
    assert_eq!(seen["embedding"]["points"].as_array().unwrap().len(), 27);

    let seen = place.json(&["inspect", "short", "--pictures", "seen"]);
    let files: Vec<&str> = seen["pictures"].as_array().unwrap().iter().filter_map(Value::as_str).collect();
    for file in ["activations.svg", "embedding.png", "hidden.weight.png", "tanh.gradient.svg"] {
        assert!(files.contains(&file), "{files:?}");
    }
    for file in files {
        let bytes = std::fs::read(place.path("seen").join(file)).unwrap();
        let begins: &[u8] = if file.ends_with("png") { b"\x89PNG" } else { b"<svg" };
        assert!(bytes.starts_with(begins), "{file}");
    }
    place.file("taken", "");
    assert!(place.error(1, &["inspect", "short", "--pictures", "taken"]).contains("cannot make the folder taken"));
}

#[test]
fn comparing_shows_only_what_differs() {
    let place = Place::new();
    let one = short(&place, "one", &[]);
    let other = short(&place, "other", &["--set", "model.hidden=50", "--set", "model.init=kaiming"]);
    let compared = place.json(&["compare", "one", "other", "-o", "losses.svg"]);
    let keys: Vec<&str> =
        compared["differences"].as_array().unwrap().iter().filter_map(|d| d["key"].as_str()).collect();
    assert_eq!(keys, ["model.hidden", "model.init"]);
    assert_eq!(compared["differences"][0]["values"], serde_json::json!(["200", "50"]));
    for (side, trained) in [(0, &one), (1, &other)] {
        assert_eq!(compared["runs"][side]["dev_loss"], trained["dev_loss"]);
        assert!(number(&compared["runs"][side]["steps_per_second"]) > 0.0);
    }
    assert!(std::fs::read_to_string(place.path("losses.svg")).unwrap().contains(">other</text>"));
    let text = place.ok(&["compare", "one", "other"]);
    assert!(text.contains("where their recipes differ") && text.contains("model.hidden"), "{text}");
    assert!(!text.contains("model.embedding"), "{text}");
    let text = place.ok(&["compare", "one", "one"]);
    assert!(text.contains("their recipes are the same"), "{text}");
    assert!(place.error(2, &["compare", "one"]).contains("two runs are needed"));
    assert!(place.error(1, &["compare", "one", "othr"]).contains("the nearest is other"));
    assert!(place.error(2, &["compare", "one", "other", "-o", "losses.jpg"]).contains(".svg or .png"));
}

#[cfg(unix)]
#[test]
fn what_is_written_to_what_is_no_file_goes_through() {
    let place = Place::new();
    short(&place, "short", &[]);
    let page = place.ok(&["report", "short", "-o", "-"]);
    assert!(page.starts_with("<!doctype html>") && page.trim_end().ends_with("</html>"), "{page}");
    // By a name that the system gives to stdout, too; and what a pipe is stays one.
    assert_eq!(place.ok(&["report", "short", "-o", "/dev/stdout"]), page);
    assert!(std::process::Command::new("mkfifo").arg(place.path("pipe")).status().unwrap().success());
    let pipe = place.path("pipe");
    let reader = std::thread::spawn(move || std::fs::read_to_string(pipe).unwrap());
    place.ok(&["report", "short", "-o", "pipe"]);
    assert_eq!(reader.join().unwrap(), page);
    assert!(!std::fs::symlink_metadata(place.path("pipe")).unwrap().is_file());
    // A picture to stdout is SVG, and what is said besides goes to stderr.
    let drawn = place.gradus(&["graph", "a*b", "a=2", "b=3", "-o", "-"]);
    assert!(drawn.out.starts_with("<svg") && drawn.out.trim_end().ends_with("</svg>"), "{drawn:?}");
    assert!(drawn.err.contains('6'), "{drawn:?}");
    assert!(place.error(2, &["report", "short", "-o", "-", "--json"]).contains("both write to stdout"));
}

#[test]
fn a_report_is_one_page_that_needs_nothing_else() {
    let place = Place::new();
    short(&place, "short", &[]);
    place.ok(&["report", "short", "-o", "page.html"]);
    let page = std::fs::read_to_string(place.path("page.html")).unwrap();
    for part in ["Advice", "Samples", "Training", "Recipe", "hidden.weight", "prefers-color-scheme: dark", "usual: -3"]
    {
        assert!(page.contains(part), "{part}");
    }
    for outside in ["<script", "<link", "<img", "http://", "https://", "@import", "url("] {
        let found = page.replace("http://www.w3.org/2000/svg", "").contains(outside);
        assert!(!found, "{outside}");
    }
    assert_eq!(page.matches("<svg").count(), page.matches("</svg>").count());
    let told = place.json(&["report", "short"]);
    assert_eq!((told["report"].as_str(), place.path("short.html").is_file()), (Some("short.html"), true));
    assert!(place.error(1, &["report", "short", "-o", "nowhere/page.html"]).contains("its folder does not exist"));
    assert!(place.error(1, &["report", "none"]).contains("the nearest is short"));
}

#[test]
fn whatever_stands_in_the_data_is_inert_on_the_page() {
    let place = Place::new();
    place.file("evil.txt", "<script>alert(1)</script>\n<b>\"x\"</b>\n&amp;'\n".repeat(20));
    let more =
        ["--data", "evil.txt", "--set", "about=<img src=x onerror=alert(1)>", "--set", "record.sample_length=60"];
    short(&place, "evil", &more);
    place.ok(&["report", "evil", "-o", "page.html"]);
    let page = std::fs::read_to_string(place.path("page.html")).unwrap();
    for markup in ["<script", "<b>", "<img"] {
        assert!(!page.contains(markup), "{markup}");
    }
    assert!(page.contains("&lt;img src=x onerror=alert(1)&gt;"));
    // The data are gone: the page says so, and holds the rest.
    std::fs::remove_file(place.path("evil.txt")).unwrap();
    place.ok(&["report", "evil", "-o", "page.html"]);
    let page = std::fs::read_to_string(place.path("page.html")).unwrap();
    assert!(page.contains("could not be looked at") && page.contains("<h2>Training</h2>"));
}

#[test]
fn the_search_for_a_learning_rate_draws_its_curve() {
    let place = Place::new();
    let search = ["lr", "mlp", "--set", "model.init=kaiming", "--steps", "120"];
    let found = place.json(&[&search[..], &["-o", "lr.png"]].concat());
    assert!((1e-3..=1.0).contains(&number(&found["suggestion"])), "{found}");
    assert_eq!(found["tried"].as_array().unwrap().len(), 120);
    assert!(std::fs::read(place.path("lr.png")).unwrap().starts_with(b"\x89PNG"));
    assert!(place.ok(&search).contains("the loss is lowest around"));
    assert!(!place.path(".gradus").exists(), "nothing is recorded");
    assert!(place.error(1, &["lr", "mlp", "--from", "0"]).contains("from above 0"));
    assert!(place.error(1, &["lr", "bigram-counts"]).contains("counted, not trained"));
}

#[test]
fn a_sweep_records_and_ranks_every_combination() {
    let place = Place::new();
    let grid = ["--grid", "model.hidden=10,20", "--grid", "schedule.lr=0.1,0.001", "--steps", "100"];
    let swept = place.json(&[&["sweep", "mlp", "--set", "model.init=kaiming", "--jobs", "2"], &grid[..]].concat());
    let runs = swept["runs"].as_array().unwrap();
    assert_eq!(runs.len(), 4);
    let losses: Vec<f64> = runs.iter().map(|run| number(&run["dev_loss"])).collect();
    assert!(losses.is_sorted(), "{losses:?}");
    assert_eq!(runs[3]["values"][1], "0.001", "{runs:?}");
    assert_eq!(place.json(&["runs"])["runs"].as_array().unwrap().len(), 4);
    // One after the other, the same.
    let again = place.json(&[&["sweep", "mlp", "--set", "model.init=kaiming"], &grid[..]].concat());
    for (one, other) in runs.iter().zip(again["runs"].as_array().unwrap()) {
        assert_eq!((&one["values"], &one["dev_loss"]), (&other["values"], &other["dev_loss"]));
    }
    assert!(place.error(1, &["sweep", "mlp", "--grid", "model.hiden=1"]).contains("the nearest is model.hidden"));
    assert!(place.error(1, &["sweep", "mlp", "--grid", "model.hidden"]).contains("write KEY=A,B,C"));
    assert!(place.error(2, &["sweep", "mlp"]).contains("--grid"));
}

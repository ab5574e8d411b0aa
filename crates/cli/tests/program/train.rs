//! From a recipe to names: train, sample, eval, inspect, show.

use serde_json::{Value, json};

use crate::place::Place;

/// A short run on the built-in names.
const SHORT: [&str; 6] = ["train", "mlp", "--steps", "300", "--name", "short"];

fn number(value: &Value) -> f64 {
    value.as_f64().unwrap_or_else(|| panic!("{value} is no number"))
}

#[test]
fn training_prints_one_summary_and_records_the_run() {
    let place = Place::new();
    let summary = place.json(&SHORT);
    let keys: Vec<&str> = summary.as_object().unwrap().keys().map(String::as_str).collect();
    let mut expected = vec![
        "run",
        "recipe",
        "parameters",
        "steps",
        "seconds",
        "steps_per_second",
        "loss_first",
        "train_loss",
        "dev_loss",
        "test_loss",
        "samples",
        "best_loss",
        "best_step",
        "stopped_early",
    ];
    expected.sort_unstable();
    assert_eq!(keys, expected);
    assert_eq!(summary["run"], "short");
    assert_eq!(summary["recipe"], "mlp");
    assert_eq!(summary["parameters"], 11_897);
    assert_eq!(summary["steps"], 300);
    assert_eq!(summary["samples"].as_array().unwrap().len(), 20);
    // As first written the model is wildly wrong at the start: far above chance, ln 27 = 3.296.
    let first = number(&summary["loss_first"]);
    assert!(first > 10.0, "{first}");
    for split in ["train_loss", "dev_loss", "test_loss"] {
        assert!((2.0..first / 2.0).contains(&number(&summary[split])), "{split}: {summary}");
    }

    let runs = place.json(&["runs"]);
    assert_eq!(runs["runs"][0]["status"], "finished");
    assert_eq!(runs["runs"][0]["dev_loss"], summary["dev_loss"]);
    let shown = place.json(&["show", "short"]);
    assert_eq!(shown["checkpoints"], json!([0, 30, 60, 90, 120, 150, 180, 210, 240, 270, 300]));
    assert_eq!(shown["loss"].as_array().unwrap().len(), 3);
    let texts: Vec<&Value> = summary["samples"].as_array().unwrap().iter().map(|s| &s["text"]).collect();
    assert_eq!(shown["samples"], json!(texts));
    let text = place.ok(&["show", "short"]);
    let tree =
        "└─ output      Linear       5,427\n   ├─ weight   [200, 27]    5,400\n   └─ bias     [27]            27\n";
    for word in ["finished", "11,897", "given-names", "[model]", "hidden = 200", tree] {
        assert!(text.contains(word), "{word}: {text}");
    }
    assert_eq!((&shown["parts"]["kind"], &shown["parts"]["parameters"]), (&json!("Mlp"), &json!(11_897)));
    assert!(place.ok(&["runs"]).contains("300 of 300"));
}

#[test]
fn text_output_has_losses_and_samples_on_stdout_and_the_rest_on_stderr() {
    let place = Place::new();
    let ended = place.gradus(&["train", "mlp", "--steps", "20"]);
    assert_eq!(ended.status, Some(0));
    let lines: Vec<&str> = ended.out.lines().collect();
    assert!(lines[0].starts_with("train loss  ") && lines[1].starts_with("dev   loss  "), "{}", ended.out);
    assert!(lines[4].starts_with("20 samples"), "{}", ended.out);
    assert_eq!(lines.len(), 5 + 20);
    assert!(ended.err.contains("run mlp-1: mlp, 11,897 parameters, 20 steps on given-names"), "{}", ended.err);
    assert!(ended.err.contains("gradus sample mlp-1"), "{}", ended.err);
    assert!(!ended.err.contains('\u{1b}'), "no terminal, no control codes: {}", ended.err);
}

#[test]
fn evaluation_agrees_with_the_summary() {
    let place = Place::new();
    let summary = place.json(&SHORT);
    for split in ["train", "dev", "test"] {
        let measured = place.json(&["eval", "short", "--split", split]);
        assert_eq!(measured["loss"], summary[format!("{split}_loss")]);
        assert!((number(&measured["perplexity"]) - number(&measured["loss"]).exp()).abs() < 1e-9);
        assert!((0.0..=1.0).contains(&number(&measured["accuracy"])));
    }
    assert!(place.ok(&["eval", "short"]).contains("dev split of given-names"));
    // Earlier checkpoints know less.
    let before = place.json(&["eval", "short", "--step", "30"]);
    assert!(number(&before["loss"]) > number(&summary["dev_loss"]));
    place.file("mine.txt", "anna\nbella\n");
    let mine = place.json(&["eval", "short", "--data", "mine.txt"]);
    assert_eq!((&mine["examples"], &mine["split"]), (&json!(11), &Value::Null));
    place.file("other.txt", "żółw\n");
    assert!(place.error(1, &["eval", "short", "--data", "other.txt"]).contains("not in the vocabulary"));
}

#[test]
fn sampling_is_seeded_and_takes_its_settings() {
    let place = Place::new();
    place.json(&SHORT);
    let sample = |args: &[&str]| place.json(&[&["sample", "short", "--seed", "7"], args].concat());
    let ten = sample(&["-n", "10"]);
    assert_eq!(ten, sample(&["-n", "10"]));
    assert_ne!(ten["samples"], place.json(&["sample", "short", "-n", "10", "--seed", "8"])["samples"]);
    let hundred = sample(&["-n", "100"]);
    assert_eq!(ten["samples"].as_array().unwrap()[..], hundred["samples"].as_array().unwrap()[..10]);

    let prompted = sample(&["--prompt", "mar"]);
    for s in prompted["samples"].as_array().unwrap() {
        assert!(s["text"].as_str().unwrap().starts_with("mar"), "{s}");
    }
    let cold = sample(&["--temperature", "0", "-n", "5", "--length", "30"]);
    let texts: Vec<&Value> = cold["samples"].as_array().unwrap().iter().map(|s| &s["text"]).collect();
    assert!(texts.iter().all(|text| *text == texts[0]), "{texts:?}");
    assert_eq!(cold["samples"], sample(&["--top-k", "1", "-n", "5", "--length", "30"])["samples"]);
    assert_eq!(cold["samples"], sample(&["--top-p", "0.0001", "-n", "5", "--length", "30"])["samples"]);

    let ended = place.gradus(&["sample", "short", "-n", "3"]);
    assert_eq!((ended.status, ended.out.lines().count()), (Some(0), 3));
    assert!(ended.err.contains("--seed "), "{}", ended.err);

    for (args, told) in [
        (&["--prompt", "ż"][..], "not in the vocabulary"),
        (&["--temperature", "-1"], "temperature must be 0 or more"),
        (&["--top-k", "0"], "top-k must be at least 1"),
        (&["--top-p", "1.5"], "top-p must be above 0"),
        (&["--step", "17"], "no checkpoint at step 17"),
    ] {
        let line = place.error(1, &[&["sample", "short"], args].concat());
        assert!(line.contains(told), "{line}");
    }
}

#[test]
fn known_names_are_marked() {
    let place = Place::new();
    // Two letters, every name of up to two of them: whatever short is generated is known.
    place.file("short.txt", "a\nb\naa\nab\nba\nbb\n".repeat(10));
    place.ok(&["train", "mlp", "--data", "short.txt", "--steps", "200", "--name", "two"]);
    let samples = place.json(&["sample", "two", "-n", "50", "--seed", "1"]);
    for sample in samples["samples"].as_array().unwrap() {
        let text = sample["text"].as_str().unwrap();
        assert_eq!(sample["known"], json!((1..=2).contains(&text.len())), "{sample}");
    }
    assert!(place.ok(&["sample", "two"]).contains("  known"));
    // The list is gone: the model still writes, and does not pretend to know.
    std::fs::remove_file(place.path("short.txt")).unwrap();
    let samples = place.json(&["sample", "two", "-n", "5"]);
    assert_eq!(samples["samples"][0]["known"], Value::Null);
    assert!(place.error(1, &["eval", "two"]).contains("short.txt"));
}

#[test]
fn the_same_seed_gives_the_same_bits_at_any_thread_count() {
    let place = Place::new();
    let run = |name: &str, threads: &str, seed: &str| {
        // Large enough that the work is shared out among threads.
        let sizes = ["--set", "batch=1024", "--set", "model.hidden=500", "--steps", "10"];
        let flags = ["train", "mlp", "--name", name, "--threads", threads, "--seed", seed];
        let summary = place.json(&[&flags[..], &sizes[..]].concat());
        (place.checkpoint(name, 10), summary["dev_loss"].clone())
    };
    let one = run("one", "1", "5");
    assert_eq!(one, run("two", "2", "5"));
    assert_eq!(one, run("three", "3", "5"));
    assert_ne!(one, run("other", "1", "6"));
}

#[test]
fn both_random_schemes_and_every_optimiser_and_schedule_learn() {
    let place = Place::new();
    for settings in [
        &["rng=torch"][..],
        &["optimizer.kind=adam", "schedule.kind=constant", "schedule.lr=0.01"],
        &["optimizer.kind=adamw", "schedule.kind=cosine", "schedule.lr=0.01", "schedule.warmup=20"],
        &["optimizer.momentum=0.9", "optimizer.nesterov=true", "schedule.lr=0.05", "model.init=kaiming"],
        &["model.init=small-output", "split.kind=random"],
        &["model.init=small-hidden", "split.kind=contiguous", "data.together=true"],
    ] {
        let sets: Vec<&str> = settings.iter().flat_map(|s| ["--set", s]).collect();
        let summary = place.json(&[&["train", "mlp", "--steps", "300"], &sets[..]].concat());
        let (first, last) = (number(&summary["loss_first"]), number(&summary["train_loss"]));
        assert!(last < 0.9 * first, "{settings:?}: from {first} to {last}");
    }
    // makemore.py's split has no dev part.
    let summary = place.json(&["train", "mlp", "--steps", "5", "--set", "split.kind=makemore"]);
    assert_eq!(summary["dev_loss"], Value::Null);
    assert!(summary["test_loss"].is_f64());
}

#[test]
fn inspecting_shows_every_parameter_and_activation() {
    let place = Place::new();
    place.json(&SHORT);
    let seen = place.json(&["inspect", "short"]);
    let names = |kind: &str| -> Vec<String> {
        seen[kind].as_array().unwrap().iter().map(|row| row["name"].as_str().unwrap().to_string()).collect()
    };
    let parameters = ["embedding.weight", "hidden.weight", "hidden.bias", "output.weight", "output.bias"];
    assert_eq!(names("parameters"), parameters);
    assert!(names("activations").contains(&"tanh".to_string()), "{seen}");
    for row in seen["parameters"].as_array().unwrap() {
        // One step of plain descent moves a parameter by rate times gradient.
        let moved = number(&seen["learning_rate"]) * number(&row["gradient_std"]) / number(&row["std"]);
        let ratio = number(&row["update_ratio"]);
        assert!((moved / ratio - 1.0).abs() < 1e-2, "{row}: {moved}");
    }
    let tanh = seen["activations"].as_array().unwrap().iter().find(|row| row["name"] == "tanh").unwrap().clone();
    assert_eq!(tanh["shape"], json!([32, 200]));
    // Everything drawn from N(0, 1): most of tanh is saturated.
    assert!(number(&tanh["saturated"]) > 0.3, "{tanh}");
    assert!(number(&tanh["max"]) <= 1.0 && number(&tanh["gradient_std"]) > 0.0);
    // Looking changes nothing.
    assert_eq!(seen, place.json(&["inspect", "short"]));
    assert!(place.ok(&["inspect", "short", "--step", "0"]).contains("hidden.weight"));
}

#[test]
fn a_run_goes_on_beyond_its_end_only_when_told_to() {
    let place = Place::new();
    place.json(&SHORT);
    assert!(place.error(1, &["resume", "short"]).contains("is finished at step 300: add --steps N"));
    assert!(place.error(1, &["resume", "short", "--steps", "300"]).contains("at step 300 already"));
    assert!(place.error(1, &["resume", "none"]).contains("the nearest is short"));
    let longer = place.json(&["resume", "short", "--steps", "400"]);
    assert_eq!(longer["steps"], 400);
    assert_eq!(place.json(&["runs"])["runs"][0]["steps"], 400);
}

#[test]
fn a_name_is_never_taken_twice() {
    let place = Place::new();
    place.json(&SHORT);
    let before = place.checkpoint("short", 300);
    assert!(place.error(1, &SHORT).contains("there is a run short already"));
    assert_eq!(before, place.checkpoint("short", 300));
    assert!(place.error(1, &["train", "mlp", "--name", "../x"]).contains("cannot name a run"));
    for expected in ["mlp-1", "mlp-2"] {
        assert_eq!(place.json(&["train", "mlp", "--steps", "1"])["run"], expected);
    }
}

#[test]
fn runs_are_kept_where_one_says() {
    let place = Place::new();
    place.ok(&["train", "mlp", "--steps", "1", "--home", "here"]);
    let mut command = place.command(&["runs", "--json"]);
    let out = command.env("GRADUS_HOME", place.path("here")).output().unwrap().stdout;
    assert!(String::from_utf8(out).unwrap().contains("mlp-1"));
    assert!(place.path("here/runs/mlp-1/recipe.toml").is_file());
    assert!(!place.path(".gradus").exists());
}

#[test]
fn two_processes_record_in_one_store_at_once() {
    let place = Place::new();
    let start = || place.command(&["train", "mlp", "--steps", "400", "--json"]).spawn().unwrap();
    let children: Vec<_> = (0..3).map(|_| start()).collect();
    for child in children {
        let ended = crate::place::Ended::from(child.wait_with_output().unwrap());
        assert_eq!(ended.status, Some(0), "{ended:?}");
    }
    let runs = place.json(&["runs"])["runs"].as_array().unwrap().clone();
    let mut names: Vec<&str> = runs.iter().map(|run| run["run"].as_str().unwrap()).collect();
    names.sort_unstable();
    assert_eq!(names, ["mlp-1", "mlp-2", "mlp-3"]);
    for name in names {
        assert_eq!(place.json(&["show", name])["loss"].as_array().unwrap().len(), 4);
        assert_eq!(place.checkpoint(name, 400), place.checkpoint("mlp-1", 400));
    }
}

#[test]
fn a_loss_that_is_no_number_stops_the_run_and_names_the_place() {
    let place = Place::new();
    // Each step multiplies the weights by −10⁶: after seven of them f32 overflows.
    let wild = ["--set", "schedule.lr=1000", "--set", "optimizer.weight_decay=1000"];
    let ended = place.gradus(&[&["train", "mlp", "--steps", "1000", "--name", "wild"], &wild[..]].concat());
    assert_eq!((ended.status, ended.out.as_str()), (Some(1), ""));
    let line = ended.err.lines().last().unwrap();
    assert!(line.starts_with("error: the loss became "), "{line}");
    for told in [
        "the first bad tensor is",
        "lower the learning rate (schedule.lr, now 1000)",
        "run wild keeps its checkpoint at step ",
    ] {
        assert!(line.contains(told), "{line}");
    }
    assert_eq!(place.json(&["runs"])["runs"][0]["status"], "diverged");
    // From its checkpoint it would do so again: that is said, not tried.
    let again = place.gradus(&["resume", "wild"]);
    assert_eq!(again.status, Some(1));
    assert!(again.err.contains("run wild diverged: the loss became "), "{}", again.err);
    place.json(&["sample", "wild", "-n", "1", "--step", "0", "--length", "5"]);
}

#[test]
fn the_course_names_reach_the_lectures_losses_early() {
    let names = std::path::Path::new(env!("CARGO_MANIFEST_DIR")).join("../../../shared/data/names.txt");
    if !names.exists() {
        println!("skipped: {} is not there", names.display());
        return;
    }
    let place = Place::new();
    let names = names.to_str().unwrap();
    let summary = place.json(&["train", "mlp", "--data", names, "--steps", "4000"]);
    assert_eq!(summary["parameters"], 11_897);
    // The lecture's part 2 has 182,441 / 22,902 / 22,803 examples.
    let evaluated = |split: &str| place.json(&["eval", "mlp-1", "--split", split])["examples"].clone();
    assert_eq!([evaluated("train"), evaluated("dev"), evaluated("test")], [182_441, 22_902, 22_803].map(Value::from));
    assert!((2.4..2.9).contains(&number(&summary["dev_loss"])), "{summary}");
}

/// Every kind of model trains, is resumed, writes, is measured and looked into.
#[test]
fn every_recipe_of_the_course_goes_all_the_way() {
    let place = Place::new();
    for recipe in [
        "bigram-counts",
        "trigram-counts",
        "bigram",
        "mlp-batchnorm",
        "mlp-manual",
        "deep",
        "deep-batchnorm",
        "wavenet-places",
        "wavenet",
        "window-mlp",
        "bow",
        "rnn",
        "gru",
        "lstm",
        "transformer",
    ] {
        let counted = recipe.ends_with("counts");
        let steps = if counted { "0" } else { "8" };
        let summary =
            place.json(&["train", recipe, "--steps", steps, "--name", recipe, "--set", "record.evaluate_at_most=500"]);
        assert!(number(&summary["train_loss"]) < 4.5, "{recipe}: {summary}");
        if !counted {
            place.ok(&["resume", recipe, "--steps", "10"]);
            assert!(!place.json(&["inspect", recipe])["parameters"].as_array().unwrap().is_empty(), "{recipe}");
        }
        let sampled = place.json(&["sample", recipe, "-n", "3", "--prompt", "an", "--seed", "1", "--top-k", "5"]);
        let samples = sampled["samples"].as_array().unwrap();
        assert!(samples.iter().all(|s| s["text"].as_str().unwrap().starts_with("an")), "{recipe}: {sampled}");
        assert!(number(&place.json(&["eval", recipe, "--split", "train"])["loss"]) < 4.5, "{recipe}");
    }
}

#[test]
fn running_text_in_any_script_trains_and_is_gone_on_with() {
    let place = Place::new();
    let text = "Zażółć gęślą jaźń. 天地玄黄，宇宙洪荒。 🙂🙃 ".repeat(60);
    let file = place.file("text.txt", text);
    let file = file.to_str().unwrap();
    let gpt = ["train", "gpt", "--data", file, "--steps", "20", "--name", "gpt"];
    let small = ["model.width=16", "model.layers=1", "data.block_size=16", "record.sample_length=30"];
    let changes = small.iter().flat_map(|change| ["--set", change]);
    let summary = place.json(&gpt.into_iter().chain(changes).collect::<Vec<_>>());
    assert!(number(&summary["train_loss"]) < number(&summary["loss_first"]));
    let sampled = place.json(&["sample", "gpt", "-n", "2", "--prompt", "jaźń. 天", "--length", "40", "--seed", "3"]);
    for sample in sampled["samples"].as_array().unwrap() {
        let text = sample["text"].as_str().unwrap();
        assert!(text.starts_with("jaźń. 天") && text.chars().count() == 40, "{text:?}");
    }
    assert!(place.error(1, &["sample", "gpt", "--prompt", "Q"]).contains('Q'));
    let until = ["sample", "gpt", "-n", "3", "--prompt", "天", "--seed", "3", "--stop", " ", "--temperature", "3"];
    for sample in place.json(&until)["samples"].as_array().unwrap() {
        let text = sample["text"].as_str().unwrap();
        assert!(text.starts_with('天') && !text.contains(' ') && text.chars().count() < 400, "{text:?}");
    }
    // The same text as a list, for a model of whole lines, and for one of contexts.
    for recipe in ["gru", "mlp"] {
        let summary = place.json(&["train", recipe, "--data", file, "--steps", "3", "--set", "data.kind=text"]);
        assert!(number(&summary["test_loss"]).is_finite(), "{recipe}");
    }
}

#[test]
fn one_batch_is_learned_by_heart_and_patience_ends() {
    let place = Place::new();
    let one =
        ["train", "mlp", "--steps", "600", "--set", "batches=one", "--set", "model.init=kaiming", "--name", "one"];
    place.json(&one);
    let series = place.json(&["show", "one"]);
    let last = number(&series["loss"].as_array().unwrap().last().unwrap()[1]);
    // Some of the 32 contexts of three letters come twice with another letter after them.
    assert!(last < 0.6, "{last}");
    let waits = ["--set", "patience=1", "--set", "record.checkpoints=50", "--set", "schedule.lr=0"];
    let early = place.json(&[&["train", "mlp", "--steps", "500", "--name", "early"][..], &waits].concat());
    assert_eq!((early["stopped_early"].as_bool(), early["steps"].as_u64()), (Some(true), Some(20)));
    // Nothing moved, so the first checkpoint is as good as any.
    assert_eq!(place.json(&["eval", "early", "--step", "best"])["step"], 10);
    assert!(place.error(2, &["eval", "early", "--step", "last"]).contains("best"));
}

#[test]
fn every_tokenizer_trains_and_writes() {
    let place = Place::new();
    let list: String = ["Łukasz Żak", "王小明", "Ana 🙂", "Zoë", "łódź", "Åse"].repeat(20).join("\n");
    let list = place.file("list.txt", list);
    let list = list.to_str().unwrap();
    for (recipe, kind) in [("mlp", "lines"), ("gru", "lines"), ("gru", "text"), ("mlp", "text")] {
        // Fifty thousand tokens take their time: once is enough.
        let tokenizers: &[&str] =
            if (recipe, kind) == ("gru", "text") { &["gpt2", "bpe"] } else { &["characters", "bpe"] };
        for tokenizer in tokenizers {
            let kind = format!("data.kind={kind}");
            let set = format!("data.tokenizer={tokenizer}");
            let train = ["train", recipe, "--data", list, "--steps", "2", "--set", &kind, "--set", &set, "--json"];
            let quick = ["--set", "record.look=false", "--set", "record.samples=2", "--set", "record.sample_length=8"];
            let more = ["--set", "data.vocabulary=300", "--set", "record.checkpoints=1"];
            let summary = place.json(&[&train[..10], &quick, &more].concat());
            let run = summary["run"].as_str().unwrap();
            let sampled = place.json(&["sample", run, "-n", "1", "--prompt", "Łuk", "--length", "12", "--seed", "1"]);
            assert!(
                sampled["samples"][0]["text"].as_str().unwrap().starts_with("Łuk"),
                "{recipe} {tokenizer}: {sampled}"
            );
        }
    }
    let unknown = ["train", "mlp", "--set", "data.tokenizer=words"];
    assert!(place.error(1, &unknown).contains("the tokenizers are characters, bpe"));
}

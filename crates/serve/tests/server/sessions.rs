//! Sessions train, go back, go on, sleep and wake as they were.

use gradus_serve::Bounds;
use serde_json::{Value, json};

use crate::common::{Server, small};

fn losses(server: &Server, session: &str) -> Value {
    let run = session.replace("/api/sessions/", "/api/runs/");
    server.get(&format!("{run}/series/loss_mean"))["points"].clone()
}

#[test]
fn training_lowers_the_loss_and_going_back_gives_the_same_bits() {
    let server = Server::new();
    let session = server.begin("mlp-kaiming", 400);
    let first = server.bits(&session, "hidden.weight");
    let before = server.post(&format!("{session}/evaluate"), json!({ "split": "dev" }))["loss"].as_f64().unwrap();
    server.post(&format!("{session}/play"), json!({}));
    let state = server.settled(&session);
    assert_eq!((&state["status"], &state["step"]), (&"finished".into(), &400.into()));
    let after = server.post(&format!("{session}/evaluate"), json!({ "split": "dev" }))["loss"].as_f64().unwrap();
    assert!(after < before - 0.3, "{before} {after}");
    let (last, recorded) = (server.bits(&session, "hidden.weight"), losses(&server, &session));

    server.go_to(&session, 0);
    assert_eq!(server.bits(&session, "hidden.weight"), first);
    // A step between two checkpoints, forwards and backwards.
    let between = server.go_to(&session, 150)["loss"].clone();
    let bits = server.bits(&session, "hidden.weight");
    server.go_to(&session, 399);
    assert_eq!(server.go_to(&session, 150)["loss"], between);
    assert_eq!(server.bits(&session, "hidden.weight"), bits);
    server.post(&format!("{session}/play"), json!({}));
    server.settled(&session);
    assert_eq!(server.bits(&session, "hidden.weight"), last);
    assert_eq!(losses(&server, &session), recorded);
}

#[test]
fn looking_changes_nothing() {
    let server = Server::new();
    for recipe in ["mlp-batchnorm", "transformer", "lstm"] {
        let ends = [false, true].map(|watched| {
            let set = json!({ "steps": 12, "batch": 4 });
            let state = server.post("/api/sessions", json!({ "recipe": recipe, "set": set }));
            let session = format!("/api/sessions/{}", state["id"].as_str().unwrap());
            for _ in 0..6 {
                server.post(&format!("{session}/step"), json!({ "count": 2 }));
                if watched {
                    server.get(&format!("{session}/diagnostics"));
                    server.get(&format!("{session}/network"));
                    server.get(&format!("{session}/network?context=em"));
                    let predict = json!({ "context": "em", "importance": true, "compare": true });
                    server.post(&format!("{session}/predict"), predict);
                    server.post(&format!("{session}/generate"), json!({ "count": 2 }));
                }
            }
            let tensors = server.get(&format!("{session}/tensors?context=em"));
            let names = tensors.as_array().unwrap().iter().filter(|line| line["kind"] != "activation");
            names.map(|line| server.bits(&session, line["name"].as_str().unwrap())).collect::<Vec<_>>()
        });
        assert!(ends[0] == ends[1], "{recipe}");
    }
}

#[test]
fn a_step_made_slowly_is_the_same_step() {
    let server = Server::new();
    let (slow, plain) = (server.begin("mlp", 20), server.begin("mlp", 20));
    let trace = server.post(&format!("{slow}/trace"), json!({}));
    server.post(&format!("{plain}/step"), json!({}));
    assert_eq!(server.bits(&slow, "hidden.weight"), server.bits(&plain, "hidden.weight"));
    let phases: Vec<&str> =
        trace["phases"].as_array().unwrap().iter().map(|phase| phase["phase"].as_str().unwrap()).collect();
    assert_eq!(phases, ["forward", "loss", "backward", "update"]);
    let named = |phase: usize, key: &str| -> Vec<String> {
        let operations = trace["phases"][phase]["operations"].as_array().unwrap();
        operations.iter().map(|operation| operation[key].as_str().unwrap_or("").to_string()).collect()
    };
    assert_eq!(named(0, "op"), ["embedding", "reshape", "linear", "tanh", "linear"]);
    assert_eq!(named(1, "op"), ["cross_entropy"]);
    assert_eq!(named(2, "op"), ["cross_entropy", "linear", "tanh", "linear", "reshape", "embedding"]);
    assert_eq!(named(3, "name").len(), 5);
    // p ← p − lr · g, to the bit.
    let update = &trace["phases"][3]["operations"][1];
    let numbers = |part: &Value| -> Vec<f32> {
        let word = part["tensor"].as_str().unwrap();
        let values = server.get(&format!("{slow}/trace/tensor?id={word}"))["values"].clone();
        serde_json::from_value(values).unwrap()
    };
    let (value, gradient) = (numbers(&update["inputs"][0]), numbers(&update["inputs"][1]));
    let rate = trace["learning_rate"].as_f64().unwrap();
    for ((new, p), g) in numbers(&update["output"]).iter().zip(value).zip(gradient) {
        assert!((f64::from(*new) - (f64::from(p) - rate * f64::from(g))).abs() < 1e-6, "{new} {p} {g}");
    }
}

/// Whatever the optimiser, however many micro-batches, and whether the norm is limited: before − update = after.
#[test]
fn a_slow_step_shows_what_the_optimiser_did() {
    let server = Server::new();
    for optimizer in [
        json!({ "optimizer.kind": "sgd" }),
        json!({ "optimizer.kind": "sgd", "optimizer.momentum": 0.9, "optimizer.weight_decay": 0.1 }),
        json!({ "optimizer.kind": "adam", "optimizer.weight_decay": 0.1, "schedule.lr": 0.01 }),
        json!({ "optimizer.kind": "adamw", "optimizer.weight_decay": 0.1, "schedule.lr": 0.01 }),
    ] {
        for (accumulate, clip) in [(1, 0.0), (1, 0.1), (4, 0.0), (4, 0.1)] {
            let mut set = json!({ "steps": 20, "batch": 8, "model.hidden": 8, "schedule.kind": "constant" });
            let extra = json!({ "accumulate": accumulate, "clip": clip });
            for more in [&optimizer, &extra] {
                more.as_object().unwrap().iter().for_each(|(key, value)| set[key] = value.clone());
            }
            let state = server.post("/api/sessions", json!({ "recipe": "mlp", "set": set }));
            let session = format!("/api/sessions/{}", state["id"].as_str().unwrap());
            server.post(&format!("{session}/step"), json!({ "count": 3 }));
            let trace = server.post(&format!("{session}/trace"), json!({}));
            assert_eq!(trace["micro_batches"].as_array().unwrap().len(), accumulate, "{set}");
            assert_eq!(trace["clip_scale"].as_f64().unwrap() < 1.0, clip > 0.0, "{set}");
            for update in trace["phases"][3]["operations"].as_array().unwrap() {
                let numbers = |part: &Value| -> Vec<f64> {
                    let word = part["tensor"].as_str().unwrap();
                    let values = server.get(&format!("{session}/trace/tensor?id={word}"))["values"].clone();
                    serde_json::from_value(values).unwrap()
                };
                let inputs = update["inputs"].as_array().unwrap();
                let last = inputs.last().unwrap();
                assert_eq!(last["name"], "update", "{set}");
                let (before, moved, after) = (numbers(&inputs[0]), numbers(last), numbers(&update["output"]));
                let largest = after.iter().fold(1e-30f64, |most, value| most.max(value.abs()));
                for ((before, moved), after) in before.iter().zip(&moved).zip(&after) {
                    assert!((before - moved - after).abs() < 1e-6 * largest, "{set} {update}");
                }
                assert!(moved.iter().any(|moved| *moved != 0.0), "{set} {update}");
            }
            server.done("DELETE", &session, Value::Null);
        }
    }
}

#[test]
fn a_learning_rate_is_part_of_the_log() {
    let server = Server::new();
    let session = server.begin("mlp", 200);
    server.post(&format!("{session}/step"), json!({ "count": 20 }));
    let state = server.done("PATCH", &session, json!({ "learning_rate": 0.03 }));
    assert_eq!((&state["learning_rate"], &state["edits"]), (&0.03.into(), &1.into()));
    server.post(&format!("{session}/step"), json!({ "count": 20 }));
    let bits = server.bits(&session, "output.weight");
    let state = server.done("PATCH", &session, json!({ "learning_rate": null }));
    assert_eq!((&state["learning_rate"], &state["learning_rate_fixed"]), (&0.1.into(), &Value::Null));
    server.go_to(&session, 0);
    assert_eq!(server.go_to(&session, 40)["learning_rate"], 0.1);
    assert_eq!(server.bits(&session, "output.weight"), bits);
}

#[test]
fn a_run_goes_on_as_a_session_of_its_own() {
    let server = Server::new();
    let session = server.begin("mlp", 40);
    server.post(&format!("{session}/play"), json!({}));
    server.settled(&session);
    let run = session.rsplit('/').next().unwrap();
    let bits = server.bits(&session, "hidden.weight");
    let begun = server.post("/api/sessions", json!({ "run": run, "set": { "steps": 80 } }));
    assert_eq!((&begun["step"], &begun["steps"]), (&40.into(), &80.into()));
    let other = format!("/api/sessions/{}", begun["id"].as_str().unwrap());
    assert_ne!(other, session);
    assert_eq!(server.bits(&other, "hidden.weight"), bits);
    let early = server.post("/api/sessions", json!({ "run": run, "step": 20 }));
    assert_eq!((&early["step"], &early["checkpoints"]), (&20.into(), &json!([0, 10, 20])));
    assert!(server.refused(404, "POST", "/api/sessions", json!({ "run": "mpl-1" })).contains("the nearest is"));
    assert!(server.refused(422, "POST", "/api/sessions", json!({ "run": run, "step": 7 })).contains("no checkpoint"));
}

#[test]
fn a_session_sleeps_and_wakes_as_it_was() {
    let server = Server::new();
    let session = server.begin("mlp", 100);
    server.post(&format!("{session}/step"), json!({ "count": 33 }));
    let edit = json!({ "kind": "parameter", "name": "hidden.bias", "operation": "add", "value": 0.5 });
    server.post(&format!("{session}/edits"), edit);
    let ablation = json!({ "kind": "activation", "name": "tanh", "operation": "zero", "range": [null, [0, 3]] });
    server.post(&format!("{session}/edits"), ablation);
    let told = |server: &Server| {
        let mut state = server.get(&session);
        // How often something changed is counted from the waking on.
        state["version"] = Value::Null;
        // A checkpoint is where it slept.
        state["checkpoints"] = Value::Null;
        let odds = server.post(&format!("{session}/predict"), json!({ "context": "em", "compare": true }));
        (state, odds, server.get(&format!("{session}/edits")))
    };
    let before = told(&server);
    assert_eq!(server.post(&format!("{session}/sleep"), json!({}))["status"], "asleep");
    assert_eq!(server.get("/api/sessions")[0]["status"], "asleep");
    assert_eq!(told(&server), before);
    let server = server.restarted();
    assert_eq!(server.get("/api/sessions")[0]["status"], "asleep");
    assert_eq!(told(&server), before);
    server.post(&format!("{session}/step"), json!({ "count": 10 }));
}

#[test]
fn a_closed_session_leaves_its_run_and_an_empty_one_leaves_nothing() {
    let server = Server::new();
    let (trained, empty) = (server.begin("mlp", 20), server.begin("mlp", 20));
    server.post(&format!("{trained}/step"), json!({ "count": 5 }));
    for session in [&trained, &empty] {
        assert_eq!(server.ask("DELETE", session, None).0, 204);
        assert_eq!(server.ask("GET", session, None).0, 404);
    }
    let runs = server.get("/api/runs");
    let names: Vec<&str> = runs.as_array().unwrap().iter().map(|run| run["name"].as_str().unwrap()).collect();
    assert_eq!(names, [trained.rsplit('/').next().unwrap()]);
}

#[test]
fn an_explosion_is_told_in_words() {
    let server = Server::new();
    // Every step multiplies the weights by a thousand.
    let set = json!({ "steps": 200, "batch": 8, "schedule.kind": "constant", "schedule.lr": 1.0, "optimizer.weight_decay": 1000.0 });
    let state = server.post("/api/sessions", json!({ "recipe": "mlp", "set": set }));
    let session = format!("/api/sessions/{}", state["id"].as_str().unwrap());
    server.post(&format!("{session}/play"), json!({}));
    let state = server.settled(&session);
    assert_eq!(state["status"], "diverged", "{state}");
    assert!(state["message"].as_str().unwrap().contains("the first bad tensor"), "{state}");
    // It can be gone on with from before.
    server.go_to(&session, 0);
}

#[test]
fn what_made_it_explode_can_be_taken_back_where_it_stands() {
    let server = Server::new();
    let session = server.begin("mlp", 40);
    server.post(&format!("{session}/step"), json!({ "count": 3 }));
    let before = server.bits(&session, "output.weight");
    let noise = json!({ "kind": "parameter", "name": "output.weight", "operation": "noise", "value": 3e38 });
    server.done("POST", &format!("{session}/edits"), noise);
    server.post(&format!("{session}/play"), json!({}));
    let state = server.settled(&session);
    assert_eq!(state["status"], "diverged", "{state}");
    // Numbers that are not finite are told as such, not as missing.
    let predicted = server.post(&format!("{session}/predict"), json!({ "context": "em" }));
    assert_eq!(predicted["probabilities"][0], json!({ "not_finite": "NaN" }), "{predicted}");
    server.post(&format!("{session}/edits/undo"), json!({}));
    assert_eq!(server.bits(&session, "output.weight"), before);
    server.post(&format!("{session}/play"), json!({}));
    assert_eq!(server.settled(&session)["status"], "finished");
}

#[test]
fn data_and_architecture_are_swapped_one_at_a_time() {
    let server = Server::new();
    let brought = server.post(
        "/api/data",
        json!({ "name": "three", "text": "ada\nbea\ncleo\nada\nbob\ndora\nella\nfinn\ngus\nhal\nida\njo\n" }),
    );
    let source = brought["name"].clone();
    let mine = json!({ "recipe": "mlp", "set": { "steps": 5, "data.source": source, "split.kind": "random" } });
    let state = server.post("/api/sessions", mine);
    assert_eq!(state["data"], source);
    let toml = state["toml"].clone();
    let set = json!({ "model.kind": "gru", "optimizer.kind": "adamw" });
    let checked = server.post("/api/recipes/check", json!({ "toml": toml, "set": set }));
    assert_eq!((&checked["model"], &checked["data"]), (&"gru".into(), &source));
    let swapped = server.post("/api/sessions", json!({ "toml": toml, "set": set }));
    assert_eq!((&swapped["model"], &swapped["data"]), (&"gru".into(), &source));
    let session = format!("/api/sessions/{}", swapped["id"].as_str().unwrap());
    server.post(&format!("{session}/step"), json!({ "count": 5 }));
    let mistake = json!({ "recipe": "mlp", "set": { "model.hiden": 3 } });
    assert!(server.refused(422, "POST", "/api/recipes/check", mistake).contains("the nearest is model.hidden"));
    let other = server.post("/api/sessions", json!({ "recipe": "mlp", "set": small(5) }));
    assert_eq!(other["parameters"], 12 * 12 + 12 + 27 * 4 + 12 * 27 + 27);
}

#[test]
fn letters_that_matter_are_told_by_gradient_times_input() {
    let server = Server::new();
    let state = server.post("/api/sessions", json!({ "recipe": "mlp-kaiming", "set": small(20) }));
    let session = format!("/api/sessions/{}", state["id"].as_str().unwrap());
    server.post(&format!("{session}/step"), json!({ "count": 20 }));
    let ask = json!({ "context": "em", "target": "m", "importance": true });
    let told = server.post(&format!("{session}/predict"), ask)["importance"].clone();
    let scores: Vec<f64> = told.as_array().unwrap().iter().map(|one| one["score"].as_f64().unwrap()).collect();
    assert_eq!(scores.len(), 3);
    // By hand, from the embedding's value and gradient.
    let numbers = |part: &str| -> Vec<f64> {
        let path = format!("{session}/tensor?name=embedding.out&part={part}&context=em&target=m");
        serde_json::from_value(server.get(&path)["values"].clone()).unwrap()
    };
    let (value, gradient) = (numbers("value"), numbers("gradient"));
    for (position, score) in scores.iter().enumerate() {
        let at = position * 4..(position + 1) * 4;
        let expected: f64 = at.map(|i| -value[i] * gradient[i]).sum();
        assert!((score - expected).abs() < 1e-6 && *score != 0.0, "{score} {expected}");
    }
}

#[test]
fn what_is_trained_here_is_recorded_as_by_gradus_train() {
    let server = Server::new();
    let session = server.begin("mlp", 40);
    server.post(&format!("{session}/play"), json!({}));
    server.settled(&session);
    let name = session.rsplit('/').next().unwrap().to_string();
    let store = gradus_train::store::Store::open(server.home.path()).unwrap();
    let run = store.run(&name).unwrap();
    // Four checkpoints and the beginning: each with a look at every layer and with samples.
    for kind in ["diagnosis", "samples"] {
        let steps: Vec<u64> = store.notes(&run, kind).unwrap().into_iter().map(|note| note.0).collect();
        assert_eq!(steps, [0, 10, 20, 30, 40], "{kind}");
    }
    let dev: Vec<u64> = store.metric(&run, "dev_loss").unwrap().into_iter().map(|point| point.0).collect();
    assert_eq!(dev, [10, 20, 30, 40]);
    assert!(!store.metric(&run, "update_ratio/hidden.weight").unwrap().is_empty());
    assert!(run.samples().is_some_and(|text| text.lines().count() > 1));
    // A session that trains to the same bits, whether its steps are measured or not.
    let state = server.post("/api/sessions", json!({ "recipe": "mlp", "set": small(40), "goto": 40 }));
    let other = format!("/api/sessions/{}", state["id"].as_str().unwrap());
    server.settled(&other);
    assert_eq!(server.bits(&session, "hidden.weight"), server.bits(&other, "hidden.weight"));
}

#[test]
fn what_does_not_fit_into_memory_is_refused_in_words() {
    let server = Server::within(Bounds { memory: Some(1 << 20), ..Bounds::default() });
    let told = server.refused(429, "POST", "/api/sessions", json!({ "recipe": "mlp" }));
    assert!(told.contains("may hold 1 MiB") && told.contains("close a session"), "{told}");
    assert_eq!(server.get("/api/sessions"), json!([]));
    assert_eq!(server.get("/api/runs"), json!([]));
    assert_eq!(server.get("/api")["memory"]["limit_bytes"], 1 << 20);
}

#[test]
fn a_full_laboratory_puts_an_idle_session_to_sleep_and_refuses_where_none_is() {
    let server = Server::new();
    let first = server.begin("mlp", 100_000);
    let others: Vec<String> = (0..15).map(|_| server.begin("mlp", 100_000)).collect();
    for session in &others {
        server.done("PATCH", session, json!({ "speed": 1.0 }));
        server.post(&format!("{session}/play"), json!({}));
    }
    // The only one that does nothing makes room.
    let last = server.begin("mlp", 100_000);
    let status = |session: &str| {
        let id = session.rsplit('/').next().unwrap();
        let all = server.get("/api/sessions");
        all.as_array().unwrap().iter().find(|state| state["id"] == id).unwrap()["status"].clone()
    };
    assert_eq!(status(&first), "asleep");
    server.done("PATCH", &last, json!({ "speed": 1.0 }));
    server.post(&format!("{last}/play"), json!({}));
    let told = server.refused(429, "POST", "/api/sessions", json!({ "recipe": "mlp", "set": small(10) }));
    assert!(told.contains("16 sessions are at work"), "{told}");
}

#[test]
fn an_unused_session_sleeps_and_wakes_with_the_first_request() {
    let server = Server::within(Bounds { idle: std::time::Duration::ZERO, ..Bounds::default() });
    let (unused, busy) = (server.begin("mlp", 200), server.begin("mlp", 100_000));
    server.go_to(&unused, 7);
    let bits = server.bits(&unused, "hidden.weight");
    server.done("PATCH", &busy, json!({ "speed": 1.0 }));
    server.post(&format!("{busy}/play"), json!({}));
    server.runtime.block_on(server.lab.sweep());
    let states = server.get("/api/sessions");
    let mut told: Vec<&str> =
        states.as_array().unwrap().iter().map(|state| state["status"].as_str().unwrap()).collect();
    told.sort_unstable();
    assert_eq!(told, ["asleep", "playing"]);
    assert_eq!(server.bits(&unused, "hidden.weight"), bits);
    assert_eq!(server.get(&unused)["step"], 7);
}

#[test]
fn a_precision_study_is_made_beside_the_session_and_can_be_ended() {
    let server = Server::new();
    let session = server.begin("mlp", 100);
    server.go_to(&session, 10);
    let before = server.bits(&session, "hidden.weight");
    let path = format!("{session}/precision");
    assert!(server.refused(404, "GET", &path, Value::Null).contains("no study"));
    let wrong = json!({ "formats": ["f31"], "steps": 5 });
    assert!(server.refused(422, "POST", &path, wrong).contains("f31"));
    let begun = server.post(&path, json!({ "formats": ["f32", "decimal:1"], "steps": 10_000 }));
    assert_eq!((&begun["status"], &begun["step"], &begun["all"]), (&"running".into(), &10.into(), &30_000.into()));
    let second = json!({ "formats": ["f32"], "steps": 5 });
    assert!(server.refused(409, "POST", &path, second.clone()).contains("a study runs already"));
    assert_eq!(server.done("DELETE", &path, Value::Null)["status"], "cancelled");

    server.post(&path, second);
    let began = std::time::Instant::now();
    let done = loop {
        let now = server.get(&path);
        if now["status"] != "running" {
            break now;
        }
        assert!(began.elapsed().as_secs() < 60, "{now}");
        std::thread::sleep(std::time::Duration::from_millis(5));
    };
    assert_eq!((&done["status"], &done["made"]), (&"done".into(), &done["all"]));
    let losses = done["formats"][0]["losses"].as_array().unwrap();
    assert_eq!((losses.len(), losses[0][0].as_u64()), (5, Some(11)));
    assert_eq!(server.bits(&session, "hidden.weight"), before);
}

#[test]
fn a_checked_recipe_says_how_many_numbers_its_model_learns() {
    let server = Server::new();
    let count = |body: Value| server.post("/api/recipes/check", body)["parameters"].clone();
    assert_eq!(count(json!({ "recipe": "mlp" })), 11_897);
    for recipe in ["mlp", "gru", "transformer", "lenet", "iris", "bigram-counts", "text-cnn"] {
        let state = server.post("/api/sessions", json!({ "recipe": recipe }));
        assert_eq!(count(json!({ "recipe": recipe })), state["parameters"], "{recipe}");
        server.done("DELETE", &format!("/api/sessions/{}", state["id"].as_str().unwrap()), json!({}));
    }
    assert_eq!(count(json!({ "recipe": "mlp", "set": { "model.hidden": 300 } })), 17_697);
    // So large that it is not made to be counted; and what would be refused later is refused now.
    assert_eq!(count(json!({ "recipe": "mlp", "set": { "model.hidden": 900_000 } })), Value::Null);
    let refused = server.refused(
        422,
        "POST",
        "/api/recipes/check",
        json!({ "recipe": "transformer", "set": { "model.heads": 5 } }),
    );
    assert!(refused.contains("heads"), "{refused}");
}

#[test]
fn a_text_goes_on_from_its_prompt_and_says_whether_it_has_ended() {
    let server = Server::new();
    for recipe in ["mlp", "gru", "transformer"] {
        let state = server.post("/api/sessions", json!({ "recipe": recipe }));
        let session = format!("/api/sessions/{}", state["id"].as_str().unwrap());
        server.go_to(&session, 20);
        let write = |prompt: &str, length: usize| {
            let asked = json!({ "count": 1, "prompt": prompt, "length": length, "temperature": 0.0 });
            let sample = server.post(&format!("{session}/generate"), asked)["samples"][0].clone();
            (sample["text"].as_str().unwrap().to_string(), sample["ended"].as_bool().unwrap())
        };
        let mut written = 0;
        for prompt in ["", "an", "jo", "kat"] {
            let (whole, ended) = write(prompt, 12);
            assert!(whole.starts_with(prompt) && whole.len() <= prompt.len() + 12 && (ended || whole.len() > 11));
            // One letter after the other makes the same text, and the end comes where it came at once.
            let mut text = prompt.to_string();
            while text.len() < prompt.len() + 12 {
                let (longer, over) = write(&text, 1);
                if over {
                    assert_eq!((&longer, ended), (&text, true), "{recipe}");
                    break;
                }
                assert_eq!(longer.len(), text.len() + 1, "{recipe}: {longer}");
                text = longer;
                written += 1;
            }
            assert_eq!(text, whole, "{recipe}");
        }
        assert!(written > 8, "{recipe} writes {written} letters in all");
    }
}

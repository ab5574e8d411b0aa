//! `gradus data`.

use std::fs;
use std::io::{Read, Write};
use std::net::TcpListener;
use std::path::Path;
use std::process::Command;
use std::thread;

use serde_json::json;

use crate::place::{Ended, Place};

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
    let digits = place.json(&["data", "show", "digits"]);
    assert_eq!((&digits["pictures"], &digits["pictures_by_class"][9]), (&json!(1797), &json!(180)));
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

#[test]
fn text_is_shown_as_tokens() {
    let place = Place::new();
    let shown = |args: &[&str]| place.json(&[&["data", "show", "given-names"], args].concat());
    let pieces = |shown: &serde_json::Value| -> Vec<String> {
        let tokens = shown["tokens"].as_array().unwrap();
        tokens.iter().map(|token| token["piece"].as_str().unwrap().to_string()).collect()
    };
    let characters = shown(&["--text", "anna"]);
    assert_eq!(characters["tokens"][1], json!({ "id": 14, "piece": "n" }));
    assert_eq!((&characters["tokenizer"], &characters["size"]), (&json!("characters"), &json!(27)));

    let pairs = shown(&["--tokenizer", "bpe", "--vocabulary", "200", "--text", "marianna"]);
    assert_eq!((pieces(&pairs).concat().as_str(), &pairs["size"]), ("marianna", &json!(200)));
    assert!(pieces(&pairs).len() < 8 && pairs["in_all"].as_u64() < characters["in_all"].as_u64());

    let gpt = shown(&["--tokenizer", "gpt-3.5", "--text", "hello world"]);
    assert_eq!(gpt["tokens"], json!([{ "id": 15339, "piece": "hello" }, { "id": 1917, "piece": " world" }]));
    assert_eq!((&gpt["tokenizer"], &gpt["size"]), (&json!("cl100k_base"), &json!(100_277)));
    let text = place.ok(&["data", "show", "given-names", "--tokenizer", "gpt2", "--text", "hello world"]);
    assert!(text.contains("hello·31373  ␣world·995"), "{text}");

    // Any script, and what a list says of itself.
    place.file("words.txt", "Łódź\n北京\n🙂🙃\nŁódź\n");
    let text = place.ok(&["data", "show", "words.txt", "--tokenizer", "o200k_base", "--text", "北京 🙂"]);
    assert!(text.contains("1 repeated") && text.contains("data.together=true"), "{text}");
    for (args, told) in [
        (&["--text", "x"][..], "`x` (U+0078) is not in the vocabulary of 9 tokens: ."),
        (&["--tokenizer", "words"], "there is no tokenizer `words`; the tokenizers are characters, bpe, gpt2"),
        (&["--tokenizer", "bpe", "--vocabulary", "3"], "a bpe vocabulary of 3 tokens is not possible"),
    ] {
        let line = place.error(1, &[&["data", "show", "words.txt"], args].concat());
        assert!(line.starts_with(told), "{line}");
    }
    assert!(place.error(2, &["data", "show", "iris", "--text", "x"]).contains("--text is for lists and texts"));
}

/// A server with these files, and whatever else it is asked for not.
fn serve(files: Vec<(&'static str, Vec<u8>)>) -> String {
    let listener = TcpListener::bind("127.0.0.1:0").unwrap();
    let address = format!("http://{}", listener.local_addr().unwrap());
    thread::spawn(move || {
        for stream in listener.incoming() {
            let mut stream = stream.unwrap();
            let mut request = Vec::new();
            let mut byte = [0];
            while !request.ends_with(b"\r\n\r\n") && stream.read(&mut byte).is_ok_and(|n| n == 1) {
                request.push(byte[0]);
            }
            let request = String::from_utf8(request).unwrap();
            let asked = request.split([' ', '/']).filter(|word| !word.is_empty()).nth(1);
            let found = files.iter().find(|(name, _)| Some(*name) == asked);
            let (status, body) = found.map_or(("404 Not Found", &[][..]), |(_, body)| ("200 OK", body));
            let head = format!("HTTP/1.1 {status}\r\nConnection: close\r\nContent-Length: {}\r\n\r\n", body.len());
            // Who asked may have gone.
            let _ = stream.write_all(&[head.as_bytes(), body].concat());
        }
    });
    address
}

fn with_cache(place: &Place, mirror: &str, args: &[&str]) -> Command {
    let mut command = place.command(args);
    command.env("GRADUS_CACHE", place.path("cache")).env("GRADUS_MIRROR", mirror);
    command
}

#[test]
fn what_is_fetched_can_be_used() {
    let Ok(names) = fs::read(Path::new(env!("CARGO_MANIFEST_DIR")).join("../../../shared/data/names.txt")) else {
        println!("skipped: ../shared/data/names.txt is not there");
        return;
    };
    let place = Place::new();
    let address = serve(vec![("names.txt", names)]);
    let run = |args: &[&str]| Ended::from(with_cache(&place, &address, args).output().unwrap());
    assert!(run(&["data", "show", "names"]).one_error().contains("run `gradus data fetch names`"));
    let fetched = run(&["data", "fetch", "names"]);
    assert_eq!(fetched.status, Some(0), "{fetched:?}");
    assert!(fetched.out.contains("228,145 bytes, fetched") && fetched.out.contains("next: gradus data show names"));
    assert_eq!(fetched.err, "fetching names.txt, 228,145 bytes\n");
    let again: serde_json::Value = serde_json::from_str(&run(&["data", "fetch", "names", "--json"]).out).unwrap();
    assert_eq!(again["files"][0]["downloaded"], json!(false));
    let shown: serde_json::Value = serde_json::from_str(&run(&["data", "show", "names", "--json"]).out).unwrap();
    assert_eq!((&shown["lines"], &shown["split"]), (&json!(32_033), &json!([25_626, 3_203, 3_204])));
}

#[test]
fn what_cannot_be_fetched_leaves_nothing() {
    let place = Place::new();
    let address = serve(vec![("names.txt", b"emma\nolivia\n".to_vec())]);
    for (name, told) in [
        ("names", "answers with 12 bytes, and 228145 were published"),
        ("shakespeare", "answered with status 404 (there is no such file)"),
    ] {
        let ended = Ended::from(with_cache(&place, &address, &["data", "fetch", name]).output().unwrap());
        assert_eq!((ended.status, ended.out.as_str()), (Some(1), ""), "{ended:?}");
        let last = ended.err.lines().last().unwrap();
        assert!(last.starts_with("error: ") && last.contains(told), "{ended:?}");
    }
    let left: Vec<_> = place.everything().into_iter().filter(|path| !path.ends_with(".fetching")).collect();
    assert_eq!(left, ["cache"]);
    assert!(place.ok(&["data", "fetch", "iris"]).contains("nothing to fetch"));
    assert!(place.error(1, &["data", "fetch", "nmaes"]).contains("did you mean `names`"));
    assert!(place.error(1, &["data", "fetch", "./x.txt"]).contains("is no data set"));
}

/// Ctrl-C is answered while the server is silent; after a kill the next fetch makes good.
#[cfg(unix)]
#[test]
fn a_fetch_that_is_ended_leaves_nothing_half_written() {
    let place = Place::new();
    let listener = TcpListener::bind("127.0.0.1:0").unwrap();
    let address = format!("http://{}", listener.local_addr().unwrap());
    thread::spawn(move || {
        let mut held = Vec::new();
        for stream in listener.incoming() {
            let mut stream = stream.unwrap();
            stream.write_all(b"HTTP/1.1 200 OK\r\nContent-Length: 228145\r\n\r\nemma\n").unwrap();
            held.push(stream);
        }
    });
    let unfinished = place.path("cache/names.txt.unfinished");
    for (signal, status) in [("-INT", Some(1)), ("-KILL", None)] {
        let child = with_cache(&place, &address, &["data", "fetch", "names"]).spawn().unwrap();
        let began = std::time::Instant::now();
        while fs::metadata(&unfinished).map_or(0, |found| found.len()) == 0 {
            assert!(began.elapsed().as_secs() < 60, "no byte has arrived");
            thread::sleep(std::time::Duration::from_millis(5));
        }
        assert!(Command::new("kill").args([signal, &child.id().to_string()]).status().unwrap().success());
        let ended = Ended::from(child.wait_with_output().unwrap());
        assert_eq!((ended.status, ended.out.as_str()), (status, ""), "{ended:?}");
        assert!(!place.path("cache/names.txt").exists());
        if signal == "-INT" {
            assert!(ended.err.ends_with("stopped; nothing was changed: the same command begins anew\n"), "{ended:?}");
            assert!(!unfinished.exists());
        }
    }
    // What the killed one left is not in the way, and does not stay.
    let address = serve(Vec::new());
    let ended = Ended::from(with_cache(&place, &address, &["data", "fetch", "names"]).output().unwrap());
    assert!(ended.err.contains("status 404"), "{ended:?}");
    assert!(!unfinished.exists());
}

#[test]
fn points_are_drawn() {
    let place = Place::new();
    let moons = place.json(&["data", "show", "moons", "--points", "40", "--noise", "0"]);
    assert_eq!((&moons["points"], &moons["targets"]), (&json!(40), &json!(["upper", "lower"])));
    assert_eq!(moons["all"].as_array().unwrap().len(), 40);
    let drawn = place.ok(&["data", "show", "ring", "--points", "400"]);
    assert!(drawn.contains('9') && drawn.contains("400 with noise 0.1, seed 42"), "{drawn}");
    assert!(place.error(1, &["data", "show", "xor", "--noise", "-1"]).contains("noise of -1 means nothing"));
    assert!(place.error(1, &["data", "show", "xor", "--points", "1"]).contains("1 points cannot be made"));
}

#[test]
fn a_file_is_read_as_one_says() {
    let place = Place::new();
    place.file("verse.txt", "to be\nor not\nto be\n");
    assert_eq!(place.json(&["data", "show", "verse.txt"])["lines"], json!(3));
    assert_eq!(place.json(&["data", "show", "verse.txt", "--kind", "text"])["characters"], json!(19));
    assert!(place.error(1, &["data", "show", "verse.txt", "--kind", "images"]).contains("not known"));
    assert!(place.error(2, &["data", "show", "verse.txt", "--kind", "song"]).contains("song"));
}

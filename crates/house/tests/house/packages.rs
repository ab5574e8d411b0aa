//! Every crate that is published says what a registry asks for, and brings along what it needs.

use gradus_house::{crates, read, root};
use toml::{Table, Value};

fn manifest(name: &str) -> Table {
    read(format!("crates/{name}/Cargo.toml")).parse().expect("a manifest")
}

fn package(name: &str) -> Table {
    manifest(name)["package"].as_table().expect("[package]").clone()
}

fn published() -> Vec<String> {
    crates().into_iter().filter(|name| package(name).get("publish") != Some(&Value::Boolean(false))).collect()
}

fn texts(value: Option<&Value>) -> Vec<String> {
    let list = value.and_then(Value::as_array).into_iter().flatten();
    list.filter_map(Value::as_str).map(String::from).collect()
}

#[test]
fn published_crates_say_what_a_registry_asks_for() {
    let inherited = ["version", "edition", "rust-version", "license"];
    let workspace: Table = read("Cargo.toml").parse().expect("a manifest");
    for name in published() {
        let package = package(&name);
        for key in inherited {
            assert!(workspace["workspace"]["package"].get(key).is_some(), "[workspace.package] has no {key}");
            assert_eq!(package[key].get("workspace"), Some(&Value::Boolean(true)), "{name}: {key} is the workspace's");
        }
        assert!(package["description"].as_str().is_some_and(|text| text.len() > 20), "{name}: a description");
        let (keywords, categories) = (texts(package.get("keywords")), texts(package.get("categories")));
        // What crates.io takes.
        assert!((1..=5).contains(&keywords.len()), "{name}: one to five keywords");
        for word in &keywords {
            let allowed = word.chars().all(|c| c.is_ascii_alphanumeric() || "_-+".contains(c));
            assert!(allowed && word.len() <= 20, "{name}: {word} cannot be a keyword");
        }
        assert!((1..=5).contains(&categories.len()), "{name}: one to five categories");
        assert_eq!(package.get("readme").and_then(Value::as_str), Some("README.md"), "{name}: its README");
    }
}

#[test]
fn published_crates_have_a_readme_a_changelog_and_the_licences() {
    for name in published() {
        let folder = format!("crates/{name}");
        let title = package(&name)["name"].as_str().expect("a name").to_string();
        assert!(read(format!("{folder}/README.md")).starts_with(&format!("# {title}\n")), "{folder}/README.md");
        let changes = read(format!("{folder}/CHANGELOG.md"));
        let workspace: Table = read("Cargo.toml").parse().expect("a manifest");
        let version = workspace["workspace"]["package"]["version"].as_str().expect("a version");
        assert!(changes.contains(&format!("\n## {version}")), "{folder}/CHANGELOG.md says nothing of {version}");
        for licence in ["LICENSE-MIT", "LICENSE-APACHE"] {
            assert_eq!(read(format!("{folder}/{licence}")), read(licence), "{folder}/{licence}");
        }
        // The examples of a README are compiled with the crate's.
        let library = root().join(&folder).join("src/lib.rs");
        if library.is_file() {
            let start = "#![doc = include_str!(\"../README.md\")]\n";
            assert!(read(library).starts_with(start), "{folder}/src/lib.rs does not begin with its README");
        }
    }
}

#[test]
fn what_a_crate_takes_in_lies_in_it() {
    for name in published() {
        for path in gradus_house::files(format!("crates/{name}/src"), &[".rs"]) {
            let source = read(&path);
            for piece in source.split("include_").skip(1) {
                let Some(rest) = piece.strip_prefix("str!(\"").or_else(|| piece.strip_prefix("bytes!(\"")) else {
                    continue;
                };
                let file = rest.split('"').next().expect("a text");
                let place = path.parent().expect("a folder").join(file).canonicalize();
                let inside = place.is_ok_and(|place| place.starts_with(root().join("crates").join(&name)));
                assert!(inside, "{} takes in {file}, which is not in its package", gradus_house::called(&path));
            }
        }
    }
}

#[test]
fn the_page_goes_along_though_git_ignores_it() {
    // Without `include` cargo would leave out what git ignores.
    let include = texts(package("serve").get("include"));
    for needed in ["/src/**", "/page/**", "/openapi.json", "/build.rs", "/README.md"] {
        assert!(include.iter().any(|pattern| pattern == needed), "crates/serve/Cargo.toml: include has no {needed}");
    }
}

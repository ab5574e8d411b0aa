//! Rust source, read as far as imports need: words and paths, without comments, texts and tests.

use std::collections::{BTreeMap, BTreeSet};
use std::path::Path;

/// Splits source into words and signs. Comments and texts are left out, and so is what stands under `#[cfg(test)]`.
///
/// ```
/// let words = gradus_house::rust::words("use crate::{a, b}; // c\nlet s = \"d\"; #[cfg(test)] mod tests { e }");
/// assert_eq!(words.join(" "), "use crate :: { a , b } ; let s = ;");
/// ```
pub fn words(source: &str) -> Vec<String> {
    without_tests(&all_words(source))
}

fn all_words(source: &str) -> Vec<String> {
    let text: Vec<char> = source.chars().collect();
    let at = |i: usize| text.get(i).copied().unwrap_or('\0');
    let mut words = Vec::new();
    let mut i = 0;
    while i < text.len() {
        let c = text[i];
        if c == '/' && at(i + 1) == '/' {
            while i < text.len() && text[i] != '\n' {
                i += 1;
            }
        } else if c == '/' && at(i + 1) == '*' {
            let mut depth = 1;
            i += 2;
            while i < text.len() && depth > 0 {
                match (text[i], at(i + 1)) {
                    ('/', '*') => (depth, i) = (depth + 1, i + 2),
                    ('*', '/') => (depth, i) = (depth - 1, i + 2),
                    _ => i += 1,
                }
            }
        } else if c == '"' {
            i = after_text(&text, i + 1);
        } else if let Some(end) = after_raw_text(&text, i) {
            i = end;
        } else if c == '\'' {
            // A character, or the name of a lifetime.
            if at(i + 1) == '\\' {
                i += 3;
                while i < text.len() && text[i] != '\'' {
                    i += 1;
                }
                i += 1;
            } else if at(i + 2) == '\'' {
                i += 3;
            } else {
                i += 1;
            }
        } else if c.is_alphanumeric() || c == '_' {
            let start = i;
            while at(i).is_alphanumeric() || at(i) == '_' {
                i += 1;
            }
            words.push(text[start..i].iter().collect());
        } else if c == ':' && at(i + 1) == ':' {
            words.push("::".to_string());
            i += 2;
        } else {
            if !c.is_whitespace() {
                words.push(c.to_string());
            }
            i += 1;
        }
    }
    words
}

fn after_text(text: &[char], mut i: usize) -> usize {
    while i < text.len() && text[i] != '"' {
        i += if text[i] == '\\' { 2 } else { 1 };
    }
    i + 1
}

/// Behind `r"…"`, `r#"…"#` and their like, if one begins here.
fn after_raw_text(text: &[char], start: usize) -> Option<usize> {
    let mut i = start;
    if start > 0 && (text[start - 1].is_alphanumeric() || text[start - 1] == '_') {
        return None;
    }
    if matches!(text[i], 'b' | 'c') {
        i += 1;
    }
    if text.get(i) != Some(&'r') {
        return None;
    }
    let marks = text[i + 1..].iter().take_while(|&&c| c == '#').count();
    i += 1 + marks;
    if text.get(i) != Some(&'"') {
        return None;
    }
    let end = |i: usize| text[i] == '"' && text[i + 1..].iter().take(marks).filter(|&&c| c == '#').count() == marks;
    i += 1;
    while i < text.len() && !end(i) {
        i += 1;
    }
    Some(i + 1 + marks)
}

fn without_tests(words: &[String]) -> Vec<String> {
    let mut kept = Vec::new();
    let mut i = 0;
    while i < words.len() {
        let test = ["#", "[", "cfg", "(", "test", ")", "]"];
        if words[i..].iter().take(test.len()).eq(test.iter()) {
            i += test.len();
            // To the end of the item: `;`, or its closing brace.
            let mut depth = 0;
            while i < words.len() {
                match words[i].as_str() {
                    "{" | "(" | "[" => depth += 1,
                    "}" | ")" | "]" => depth -= 1,
                    _ => {}
                }
                let ends = depth == 0 && matches!(words[i].as_str(), ";" | "}");
                i += 1;
                if ends {
                    break;
                }
            }
        } else {
            kept.push(words[i].clone());
            i += 1;
        }
    }
    kept
}

/// A path of a module or of something in it, from the crate's root: `["layers", "linear"]`.
pub type Place = Vec<String>;

/// A file as a module: where it stands, what it reaches for, what it passes on under which name.
#[derive(Debug)]
struct Source {
    file: String,
    module: Place,
    /// Paths as written, up to their last word.
    reaches: Vec<Vec<String>>,
    /// `pub use`: what is passed on, by its name.
    passes_on: BTreeMap<String, Vec<String>>,
}

/// The modules of a crate, and what each reaches for in it.
#[derive(Debug)]
pub struct Modules {
    sources: Vec<Source>,
    modules: BTreeSet<Place>,
}

impl Modules {
    /// Of the crate whose source stands in this folder below the root. Files of tests are left out.
    pub fn read(folder: &str) -> Modules {
        let base = crate::root().join(folder);
        let mut sources = Vec::new();
        for path in crate::files(folder, &[".rs"]) {
            let module = module_of(path.strip_prefix(&base).expect("below the folder"));
            if module.iter().any(|part| part == "tests") {
                continue;
            }
            let words = words(&std::fs::read_to_string(&path).expect("a source file"));
            let (reaches, passes_on) = paths(&words);
            sources.push(Source { file: crate::called(&path), module, reaches, passes_on });
        }
        let modules = sources.iter().map(|source| source.module.clone()).collect();
        Modules { sources, modules }
    }

    /// Each import between two modules of which neither holds the other, at the place where their ways part: the folder
    /// (`""` for the root), the importing and the imported child of it, and file and path.
    pub fn imports(&self) -> Vec<(String, String, String, String)> {
        let mut found = Vec::new();
        for source in &self.sources {
            for path in &source.reaches {
                let Some(target) = self.resolve(&source.module, path, 0) else { continue };
                let same = source.module.iter().zip(&target).take_while(|(a, b)| a == b).count();
                if same < source.module.len() && same < target.len() {
                    let place = format!("{}: {}", source.file, path.join("::"));
                    let (from, to) = (source.module[same].clone(), target[same].clone());
                    found.push((target[..same].join("::"), from, to, place));
                }
            }
        }
        found
    }

    /// The module in which what a path names was written, through whatever passes it on.
    fn resolve(&self, from: &Place, path: &[String], depth: usize) -> Option<Place> {
        let mut at: Place;
        let mut rest = path;
        match rest.first()?.as_str() {
            "crate" => (at, rest) = (Vec::new(), &rest[1..]),
            "self" => (at, rest) = (from.clone(), &rest[1..]),
            "super" => at = from.clone(),
            // Relative to a module: one of its children, or another crate.
            first => {
                at = from.clone();
                at.push(first.to_string());
                if !self.modules.contains(&at) {
                    return None;
                }
                rest = &rest[1..];
            }
        }
        while rest.first().is_some_and(|word| word == "super") {
            at.pop()?;
            rest = &rest[1..];
        }
        while let Some(word) = rest.first() {
            at.push(word.clone());
            if self.modules.contains(&at) {
                rest = &rest[1..];
                continue;
            }
            at.pop();
            let holder = self.sources.iter().find(|source| source.module == at)?;
            return match holder.passes_on.get(word) {
                Some(on) if depth < 16 => {
                    let on: Vec<String> = on.iter().chain(&rest[1..]).cloned().collect();
                    // Another crate's thing belongs to the module that passes it on.
                    self.resolve(&at, &on, depth + 1).or(Some(at))
                }
                _ => Some(at),
            };
        }
        Some(at)
    }
}

fn module_of(path: &Path) -> Place {
    let mut module: Place = path.with_extension("").iter().map(|part| part.to_string_lossy().into_owned()).collect();
    if matches!(module.last().map(String::as_str), Some("mod" | "lib" | "main")) {
        module.pop();
    }
    module
}

type Found = (Vec<Vec<String>>, BTreeMap<String, Vec<String>>);

/// What is reached for by `crate::…`, `super::…`, `self::…`, and what `pub use` passes on.
fn paths(words: &[String]) -> Found {
    let (mut reaches, mut passes_on) = (Vec::new(), BTreeMap::new());
    let mut i = 0;
    while i < words.len() {
        let before = |n: usize| i.checked_sub(n).map_or("", |at| words[at].as_str());
        if words[i] == "use" {
            let public = before(1) == "pub" || before(1) == ")" && words[..i].iter().rev().take(5).any(|w| w == "pub");
            let mut named = Vec::new();
            i = tree(words, i + 1, &[], &mut named);
            for (path, name) in named {
                if public {
                    passes_on.insert(name, path.clone());
                }
                if matches!(path.first().map(String::as_str), Some("crate" | "super" | "self")) {
                    reaches.push(path);
                }
            }
        } else if matches!(words[i].as_str(), "crate" | "super" | "self")
            && words.get(i + 1).is_some_and(|word| word == "::")
            && !matches!(before(1), "::" | "$")
        {
            let mut path = vec![words[i].clone()];
            while words.get(i + 1).is_some_and(|word| word == "::")
                && words.get(i + 2).is_some_and(|word| is_name(word))
            {
                path.push(words[i + 2].clone());
                i += 2;
            }
            reaches.push(path);
            i += 1;
        } else {
            i += 1;
        }
    }
    (reaches, passes_on)
}

fn is_start(word: &str) -> bool {
    is_name(word) || matches!(word, "::" | "{" | "*" | ",")
}

fn is_name(word: &str) -> bool {
    word.starts_with(|c: char| c.is_alphabetic() || c == '_')
}

/// Reads a tree of `use` from word `i` on: each path with the name that it has here. Gives where it ends.
fn tree(words: &[String], mut i: usize, before: &[String], named: &mut Vec<(Vec<String>, String)>) -> usize {
    let mut path = before.to_vec();
    while let Some(word) = words.get(i) {
        match word.as_str() {
            "::" => i += 1,
            "{" => {
                i += 1;
                while words.get(i).is_some_and(|word| word != "}") {
                    // What is no name (in a macro's pattern) is passed over.
                    i = tree(words, i, &path, named).max(i + usize::from(!is_start(&words[i])));
                    if words.get(i).is_some_and(|word| word == ",") {
                        i += 1;
                    }
                }
                return i + 1;
            }
            "*" => {
                named.push((path, "*".to_string()));
                return i + 1;
            }
            "as" => {
                named.push((path, words.get(i + 1).cloned().unwrap_or_default()));
                return i + 2;
            }
            "self" if !before.is_empty() => i += 1,
            word if is_name(word) => {
                path.push(word.to_string());
                i += 1;
            }
            _ => break,
        }
    }
    if let Some(name) = path.last().cloned() {
        named.push((path, name));
    }
    i
}

//! What the owner of a store does with a run: removes it, names it anew, puts words on it.

use super::record::{self, LABELS, LabelLine, Labels};
use super::{Run, Store, check_name, is_one_folder, run};
use crate::Error;

/// Signs of a tag, at most.
const TAG: usize = 40;

/// Bytes of a note, at most.
const NOTE: usize = 20_000;

impl Store {
    /// The runs that a name or a pattern means: `*` stands for any signs, `?` for one.
    ///
    /// # Errors
    /// Where it means none.
    pub fn named(&self, pattern: &str) -> Result<Vec<Run>, Error> {
        if !pattern.contains(['*', '?']) {
            return Ok(vec![self.run(pattern)?]);
        }
        let signs: Vec<char> = pattern.chars().collect();
        let found = self.runs()?.into_iter().filter(|run| fits(&signs, &run.name().chars().collect::<Vec<_>>()));
        let found: Vec<Run> = found.collect();
        match found.is_empty() {
            true => Err(Error::Request(format!("no run is called {pattern} (all: gradus runs)"))),
            false => Ok(found),
        }
    }

    /// Removes a run and all that was recorded of it. Its name is free then.
    ///
    /// # Errors
    /// Where there is no such run, a living process trains it, or the disk refuses.
    pub fn delete(&self, name: &str) -> Result<(), Error> {
        // One that only a newer program can read may be removed all the same.
        let is_run = is_one_folder(name) && !matches!(self.look(name), Ok(None));
        if !is_run {
            self.run(name)?;
        }
        let _lock = self.lock(name, "stop it first")?;
        self.storage.remove(name)
    }

    /// Gives a run another name.
    ///
    /// # Errors
    /// Where there is no such run, a living process trains it, the name is taken or none, or the disk refuses.
    pub fn rename(&self, name: &str, new: &str) -> Result<(), Error> {
        self.run(name)?;
        check_name(new)?;
        if new == name {
            return Ok(());
        }
        let _lock = self.lock(name, "stop it first")?;
        match self.storage.rename(name, new)? {
            true => Ok(()),
            false => Err(Error::Request(format!(
                "there is {} already: {name} keeps its name",
                self.storage.place(new).display()
            ))),
        }
    }

    /// Puts words on a run and takes others off; the run as it is then.
    ///
    /// # Errors
    /// Where there is no such run, a word is none, one that is to be taken off is not there, or the disk refuses.
    pub fn tag(&self, name: &str, add: &[String], remove: &[String]) -> Result<Run, Error> {
        let run = self.run(name)?;
        for tag in add {
            check_tag(tag)?;
        }
        if let Some(tag) = remove.iter().find(|tag| !run.tags().contains(tag)) {
            let there = if run.tags().is_empty() { "none".to_string() } else { run.tags().join(", ") };
            return Err(Error::Request(format!("run {name} has no tag {tag:?}; it has: {there}")));
        }
        let added = add.iter().filter(|tag| !run.tags().contains(tag)).map(|tag| LabelLine::Tag(tag.clone()));
        let lines: Vec<LabelLine> = added.chain(remove.iter().map(|tag| LabelLine::Untag(tag.clone()))).collect();
        self.label(&run, &lines)
    }

    /// Notes a text of a run, in place of the one before; an empty one takes it away. The run as it is then.
    ///
    /// # Errors
    /// Where there is no such run, the text is too long or holds what a terminal would obey, or the disk refuses.
    pub fn annotate(&self, name: &str, text: &str) -> Result<Run, Error> {
        let run = self.run(name)?;
        let text = text.trim();
        if text.len() > NOTE {
            let length = text.len();
            return Err(Error::Request(format!("the note has {length} bytes, and {NOTE} are the most")));
        }
        if text.chars().any(|c| c.is_control() && !"\n\t".contains(c)) {
            return Err(Error::Request("a note is text: it may not hold control characters".to_string()));
        }
        self.label(&run, &[LabelLine::Note(text.to_string())])
    }

    fn label(&self, run: &Run, lines: &[LabelLine]) -> Result<Run, Error> {
        if !lines.is_empty() {
            let there = self.storage.read(run.name(), LABELS)?.unwrap_or_default();
            // Whoever was killed in mid-line left no end of it.
            let start = if there.last().is_some_and(|&byte| byte != b'\n') { "\n" } else { "" };
            let text = lines.iter().map(record::line).collect::<Result<String, _>>().map_err(run::unwritten)?;
            self.storage.append(run.name(), LABELS, format!("{start}{text}").as_bytes())?;
        }
        let labels = self.storage.read(run.name(), LABELS)?.map_or_else(Labels::default, |bytes| Labels::read(&bytes));
        Ok(run.clone().labelled(labels))
    }
}

fn check_tag(tag: &str) -> Result<(), Error> {
    let is_word = (1..=TAG).contains(&tag.chars().count())
        && !tag.starts_with(['+', '-'])
        && !tag.chars().any(|c| c.is_whitespace() || c.is_control() || ",\"\'".contains(c));
    match is_word {
        true => Ok(()),
        false => Err(Error::Request(format!(
            "{tag:?} cannot be a tag: use one word of at most {TAG} signs, without commas and quotes, that starts with neither + nor -"
        ))),
    }
}

/// Whether a name is what a pattern means.
fn fits(pattern: &[char], name: &[char]) -> bool {
    // Where the last star was met, and what it stands for so far.
    let (mut p, mut n, mut star) = (0, 0, None);
    while n < name.len() {
        match pattern.get(p) {
            Some('*') => {
                star = Some((p, n));
                p += 1;
            }
            Some(&sign) if sign == '?' || sign == name[n] => (p, n) = (p + 1, n + 1),
            _ => match star {
                Some((at, stood)) => {
                    star = Some((at, stood + 1));
                    (p, n) = (at + 1, stood + 1);
                }
                None => return false,
            },
        }
    }
    pattern[p..].iter().all(|&sign| sign == '*')
}

#[cfg(test)]
mod tests {
    use gradus_recipe::Recipe;

    use super::super::{Facts, InMemory};
    use super::*;

    fn store(names: &[&str]) -> (InMemory, Store) {
        let memory = InMemory::default();
        let open = || Store::new(std::sync::Arc::new(memory.clone()));
        for name in names {
            let facts = Facts { parameters: 1, data_checksum: 2 };
            open().create(Some(name), &Recipe::builtin("mlp").unwrap(), &facts).unwrap();
        }
        let store = open();
        (memory, store)
    }

    fn words(words: &[&str]) -> Vec<String> {
        words.iter().map(|word| word.to_string()).collect()
    }

    #[test]
    fn patterns_mean_names() {
        let fits =
            |pattern: &str, name: &str| fits(&pattern.chars().collect::<Vec<_>>(), &name.chars().collect::<Vec<_>>());
        for (pattern, name) in
            [("*", "a"), ("mlp-*", "mlp-1"), ("*-1", "mlp-1-1"), ("m?p*", "mlp"), ("a*b*c", "a1b2b3c")]
        {
            assert!(fits(pattern, name), "{pattern} {name}");
        }
        for (pattern, name) in [("mlp-?", "mlp-10"), ("a*b", "abc"), ("?", ""), ("mlp", "mlp-1")] {
            assert!(!fits(pattern, name), "{pattern} {name}");
        }
        let (_, store) = store(&["mlp-1", "mlp-2", "gru-1"]);
        assert_eq!(store.named("mlp-*").unwrap().len(), 2);
        assert!(store.named("x*").unwrap_err().to_string().contains("no run is called x*"));
    }

    #[test]
    fn a_run_is_removed_and_renamed_but_not_under_training_hands() {
        let (_, store) = store(&["a", "b"]);
        let error = store.rename("a", "b").unwrap_err().to_string();
        assert!(error.contains("already") && error.contains("keeps its name"), "{error}");
        for wrong in ["", "../x", "a b", ".x", "-x"] {
            assert!(store.rename("a", wrong).is_err(), "{wrong}");
        }
        store.rename("a", "c").unwrap();
        assert!(store.run("a").is_err() && store.run("c").unwrap().recipe().is_ok());
        let (memory, other) = self::store(&["d"]);
        let training = Store::new(std::sync::Arc::new(memory)).resume("d").unwrap();
        for error in [other.delete("d").unwrap_err(), other.rename("d", "e").unwrap_err()] {
            assert!(error.to_string().contains("being trained by another process: stop it first"), "{error}");
        }
        // What its owner says of it may be said meanwhile.
        other.tag("d", &words(&["good"]), &[]).unwrap();
        drop(training);
        other.delete("d").unwrap();
        assert!(other.run("d").is_err() && other.delete("d").is_err());
    }

    #[test]
    fn tags_and_notes_stay_whatever_happens_to_the_last_line() {
        let (memory, store) = store(&["a"]);
        assert_eq!(store.tag("a", &words(&["b", "a", "b"]), &[]).unwrap().tags(), ["a", "b"]);
        assert_eq!(store.tag("a", &words(&["c"]), &words(&["a"])).unwrap().tags(), ["b", "c"]);
        assert!(store.tag("a", &[], &words(&["z"])).unwrap_err().to_string().contains("it has: b, c"));
        for wrong in ["", "two words", "+x", "a,b", "\u{1b}[2J", &"x".repeat(41)] {
            assert!(store.tag("a", &words(&[wrong]), &[]).is_err(), "{wrong:?}");
        }
        assert_eq!(store.annotate("a", " the first\nthat works ").unwrap().note(), "the first\nthat works");
        assert!(store.annotate("a", "\u{1b}]0;x").is_err());
        use super::super::Storage;
        memory.append("a", LABELS, b"1234abcd {\"tag\":\"ha").unwrap();
        assert_eq!(store.tag("a", &words(&["d"]), &[]).unwrap().tags(), ["b", "c", "d"]);
        let run = store.run("a").unwrap();
        assert_eq!((run.tags(), run.note()), (&words(&["b", "c", "d"])[..], "the first\nthat works"));
        assert_eq!(store.annotate("a", "").unwrap().note(), "");
    }
}

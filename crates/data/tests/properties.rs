//! What holds for any data whatever.

use gradus_data::{Images, Lines, Picture, Source, Split, Table, Text, Vocabulary, contexts, sequences};
use proptest::prelude::*;
use std::collections::HashMap;
use std::sync::Arc;

fn file(bytes: &[u8]) -> (tempfile::TempDir, Source) {
    let folder = tempfile::tempdir().unwrap();
    let path = folder.path().join("data");
    std::fs::write(&path, bytes).unwrap();
    (folder, Source::file(path))
}

fn split() -> impl Strategy<Value = Split> {
    prop_oneof![
        (any::<u64>(), 0..5_u32).prop_map(|(seed, shuffles)| Split::Course { seed, shuffles }),
        any::<u64>().prop_map(|seed| Split::Makemore { seed }),
        (any::<u64>(), 0.0..0.6, 0.0..0.6).prop_map(|(seed, dev, test)| Split::Random { seed, dev, test }),
        (0.0..0.6, 0.0..0.6).prop_map(|(dev, test)| Split::Contiguous { dev, test }),
    ]
}

fn counts<'a>(items: impl IntoIterator<Item = &'a Arc<str>>) -> HashMap<&'a str, usize> {
    let mut counts = HashMap::new();
    for item in items {
        *counts.entry(&**item).or_default() += 1;
    }
    counts
}

proptest! {
    #![proptest_config(ProptestConfig { failure_persistence: None, ..ProptestConfig::default() })]

    /// Readers answer any bytes with data or with one line of explanation.
    #[test]
    fn any_bytes_are_data_or_one_line(mut bytes in prop::collection::vec(any::<u8>(), 0..200), head in 0..6) {
        let head: &[u8] = [&b""[..], b"\x1f\x8b\x08", b"\xef\xbb\xbf", b"\xff\xfe", b"\0\0\x08\x03\0\0", b"\x89PNG\r\n\x1a\n"][head as usize];
        bytes.splice(..0, head.iter().copied());
        let (_folder, source) = file(&bytes);
        let errors = [
            Lines::open(&source).err(),
            Text::open(&source).err(),
            Table::open(&source).and_then(|table| table.classes(None)).err(),
            Images::idx(&source, &source).err(),
            Picture::open(&source).err(),
        ];
        for error in errors.into_iter().flatten() {
            let text = error.to_string();
            prop_assert!(!text.contains(['\n', '\r']), "{text:?}");
        }
    }

    #[test]
    fn any_text_is_a_list_or_one_line(text in "(\\PC|[\\n\\r\\t.,;\"]){0,80}") {
        match Lines::parse("text", &text) {
            Ok(list) => {
                prop_assert!(list.items().iter().all(|item| !item.trim().is_empty() && !item.contains('\n')));
                prop_assert!(list.items().iter().all(|item| list.contains(item)));
                prop_assert!(list.duplicates() < list.len());
            }
            Err(error) => prop_assert!(!error.to_string().contains(['\n', '\r'])),
        }
        if let Err(error) = Table::parse("text", &text).and_then(|table| table.classes(None)) {
            prop_assert!(!error.to_string().contains(['\n', '\r']), "{error}");
        }
    }

    #[test]
    fn what_is_encoded_can_be_decoded(lines in prop::collection::vec("\\PC{1,12}", 1..20)) {
        let vocabulary = Vocabulary::of_lines(&lines);
        prop_assert!(lines.iter().all(|line| !line.contains(vocabulary.mark().unwrap())));
        for line in &lines {
            let tokens = vocabulary.encode(line).unwrap();
            prop_assert!(tokens.iter().all(|&id| 0 < id && id < vocabulary.len() as i64));
            prop_assert_eq!(&vocabulary.decode(&tokens).unwrap(), line);
        }
        let restored = Vocabulary::new(vocabulary.mark(), &vocabulary.characters()).unwrap();
        prop_assert_eq!(restored, vocabulary);
        let text = lines.concat();
        let vocabulary = Vocabulary::of_text(&text);
        prop_assert_eq!(vocabulary.decode(&vocabulary.encode(&text).unwrap()).unwrap(), text);
    }

    /// Every line is in exactly one part, as often as it stands in the list.
    #[test]
    fn splits_lose_nothing(lines in prop::collection::vec("[abc]{1,3}", 1..120), split in split()) {
        let Ok(list) = Lines::parse("lines", &lines.join("\n")) else { return Ok(()) };
        let whole = counts(list.items());
        if let Ok(parts) = list.split(&split) {
            prop_assert_eq!(&counts(parts.train.iter().chain(&parts.dev).chain(&parts.test)), &whole);
            prop_assert_eq!(list.split(&split).unwrap(), parts);
        }
        if let Ok(parts) = list.split_together(&split) {
            let (train, dev, test) = (counts(&parts.train), counts(&parts.dev), counts(&parts.test));
            prop_assert_eq!(&counts(parts.train.iter().chain(&parts.dev).chain(&parts.test)), &whole);
            prop_assert!(train.keys().all(|item| !dev.contains_key(item) && !test.contains_key(item)));
            prop_assert!(dev.keys().all(|item| !test.contains_key(item)));
        }
    }

    /// Read in order, the targets are the items with a mark after each; a context is what stands
    /// before its target.
    #[test]
    fn examples_spell_the_items(lines in prop::collection::vec("[a-d]{1,6}", 1..20), block_size in 1..9_usize) {
        let vocabulary = Vocabulary::of_lines(&lines);
        let examples = contexts(&lines, &vocabulary, block_size).unwrap();
        let expected: String = lines.iter().map(|line| format!("{line}.")).collect();
        prop_assert_eq!(vocabulary.decode(&examples.y).unwrap(), expected);
        let mut row = 0;
        for line in &lines {
            let padded = ".".repeat(block_size) + line;
            for i in 0..=line.len() {
                let context = &examples.x[row * block_size..(row + 1) * block_size];
                prop_assert_eq!(vocabulary.decode(context).unwrap(), &padded[i..i + block_size]);
                row += 1;
            }
        }
        prop_assert_eq!(row, examples.len());
        let s = sequences(&lines, &vocabulary, 8).unwrap();
        for ((x, y), line) in s.x.chunks(8).zip(s.y.chunks(8)).zip(&lines) {
            let n = line.len() + 1;
            prop_assert_eq!(vocabulary.decode(&x[..n]).unwrap(), format!(".{line}"));
            prop_assert_eq!(vocabulary.decode(&y[..n]).unwrap(), format!("{line}."));
        }
    }
}

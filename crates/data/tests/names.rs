//! The figures of the makemore course, on its own list. Skipped where the list is absent.

use gradus_data::{Lines, Source, Split, Text, contexts};
use gradus_tensor::random::{Generator, Scheme};
use std::collections::HashMap;
use std::path::PathBuf;

/// A file of the course beside the workspace, or a word that it is absent.
fn course(file: &str) -> Option<Source> {
    let path = PathBuf::from(env!("CARGO_MANIFEST_DIR")).join("../../../shared/data").join(file);
    if !path.exists() {
        println!("skipped: {} is not there", path.display());
        return None;
    }
    Some(Source::file(path))
}

#[test]
fn the_list_is_that_of_the_course() {
    let Some(source) = course("names.txt") else { return };
    let names = Lines::open(&source).unwrap();
    assert_eq!((names.len(), names.lengths(), names.blank()), (32_033, (2, 15), 0));
    assert_eq!(names.duplicates(), 2_539);
    assert_eq!(names.vocabulary().to_string(), ".abcdefghijklmnopqrstuvwxyz");
    assert_eq!(&*names.items()[0], "emma");
}

#[test]
fn splits_have_the_sizes_of_the_course() {
    let Some(source) = course("names.txt") else { return };
    let names = Lines::open(&source).unwrap();
    let vocabulary = names.vocabulary();
    let examples = |split: Split| {
        let parts = names.split(&split).unwrap();
        [parts.train, parts.dev, parts.test].map(|part| contexts(&part, &vocabulary, 3).unwrap().len())
    };
    // Parts 3 to 5, and part 2.
    assert_eq!(examples(Split::COURSE), [182_625, 22_655, 22_866]);
    assert_eq!(examples(Split::Course { seed: 42, shuffles: 4 }), [182_441, 22_902, 22_803]);
    let parts = names.split(&Split::COURSE).unwrap();
    assert_eq!([&*parts.train[0], &*parts.train[1], &*parts.train[2]], ["yuheng", "diondre", "xavien"]);
    let parts = names.split(&Split::Makemore { seed: 3407 }).unwrap();
    assert_eq!((parts.train.len(), parts.dev.len(), parts.test.len()), (31_033, 0, 1_000));
}

#[test]
fn bigrams_are_counted_and_sampled_as_in_the_course() {
    let Some(source) = course("names.txt") else { return };
    let names = Lines::open(&source).unwrap();
    let vocabulary = names.vocabulary();
    let bigrams = contexts(names.items(), &vocabulary, 1).unwrap();
    let mut counts: HashMap<(i64, i64), usize> = HashMap::new();
    for (&x, &y) in bigrams.x.iter().zip(&bigrams.y) {
        *counts.entry((x, y)).or_default() += 1;
    }
    assert_eq!((bigrams.len(), counts.len()), (228_146, 627));
    let count = |pair: &str| {
        let id = |c: char| vocabulary.id(c).unwrap_or(0);
        let mut pair = pair.chars();
        counts[&(id(pair.next().unwrap()), id(pair.next().unwrap()))]
    };
    assert_eq!([count("n."), count("a."), count("an"), count(".a")], [6_763, 6_640, 5_438, 4_410]);

    let mut g = Generator::new(Scheme::Torch, 2_147_483_647);
    let mut sampled = Vec::new();
    for _ in 0..5 {
        let (mut token, mut name) = ([0], Vec::new());
        loop {
            let row: Vec<f32> = (0..27).map(|y| counts.get(&(token[0], y)).map_or(0.0, |&n| n as f32)).collect();
            let sum: f32 = row.iter().sum();
            let p: Vec<f32> = row.iter().map(|n| n / sum).collect();
            g.fill_multinomial_cumulative(&p, &mut token).unwrap();
            name.push(token[0]);
            if token == [0] {
                break;
            }
        }
        sampled.push(vocabulary.decode(&name).unwrap());
    }
    assert_eq!(sampled, ["mor.", "axx.", "minaymoryles.", "kondlaisah.", "anchshizarie."]);
}

#[test]
fn the_text_is_that_of_nanogpt() {
    let Some(source) = course("tinyshakespeare.txt") else { return };
    let text = Text::open(&source).unwrap();
    let vocabulary = text.vocabulary();
    let (train, test) = text.split(&vocabulary, 0.9).unwrap();
    assert_eq!((vocabulary.len(), train.len(), test.len()), (65, 1_003_854, 111_540));
}

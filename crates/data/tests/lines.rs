//! Lists: reading, vocabularies, splits and examples, on small data that a person can check.

use gradus_data::{
    DataError, IGNORE, Lines, Lists, Source, Split, Text, Vocabulary, contexts, sample_windows, sequences,
};
use gradus_tensor::random::{Generator, Scheme};
use std::collections::HashSet;
use std::sync::Arc;

fn lines(text: &str) -> Lines {
    Lines::parse("test", text).unwrap()
}

#[test]
fn blank_lines_and_duplicates_are_counted() {
    let list = lines("\u{20}anna \r\n\r\nbea\nanna\n   \ncleo");
    assert_eq!(list.items().iter().map(|item| &**item).collect::<Vec<_>>(), ["anna", "bea", "anna", "cleo"]);
    assert_eq!((list.len(), list.blank(), list.duplicates()), (4, 2, 1));
    assert_eq!(list.lengths(), (3, 4));
    assert!(list.contains("bea") && !list.contains("be") && !list.contains(""));
}

#[test]
fn the_vocabulary_is_that_of_makemore() {
    let vocabulary = lines("zoe\nanna").vocabulary();
    assert_eq!(vocabulary.to_string(), ".aenoz");
    assert_eq!((vocabulary.len(), vocabulary.mark(), vocabulary.id('.')), (6, Some('.'), None));
    assert_eq!(vocabulary.encode("anna").unwrap(), [1, 3, 3, 1]);
    assert_eq!(vocabulary.decode(&[0, 5, 4, 2, 0]).unwrap(), ".zoe.");
    assert_eq!(
        vocabulary.encode("anné").unwrap_err().to_string(),
        "`é` (U+00E9) is not in the vocabulary of 6 tokens: .aenoz"
    );
    assert_eq!(
        vocabulary.decode(&[6]).unwrap_err().to_string(),
        "token 6 is outside the vocabulary of 6 tokens (0 to 5)"
    );
    let restored = Vocabulary::new(vocabulary.mark(), &vocabulary.characters()).unwrap();
    assert_eq!(restored, vocabulary);
    assert!(Vocabulary::new(Some('a'), "abc").is_err());
    assert!(Vocabulary::new(None, "ba").is_err());
    assert!(Vocabulary::new(None, "aab").is_err());
}

#[test]
fn any_script_is_learned_and_dots_are_letters_where_they_occur() {
    let vocabulary = lines("Łódź\n北京\n🙂🙃\nst. john\na|b").vocabulary();
    assert_eq!(vocabulary.mark(), Some('#'));
    for word in ["Łódź", "北京🙂", "st. john", "b|a"] {
        assert_eq!(vocabulary.decode(&vocabulary.encode(word).unwrap()).unwrap(), word);
    }
    let all_taken = lines(".|#¶§␄").vocabulary();
    assert_eq!((all_taken.mark(), all_taken.len()), (Some('\u{e000}'), 7));
}

#[test]
fn sequences_are_those_of_makemore() {
    let vocabulary = lines("ab\nc").vocabulary();
    let s = sequences(&["ab", "c"], &vocabulary, 4).unwrap();
    assert_eq!(s.x, [0, 1, 2, 0, /**/ 0, 3, 0, 0]);
    assert_eq!(s.y, [1, 2, 0, IGNORE, /**/ 3, 0, IGNORE, IGNORE]);
    assert_eq!(
        sequences(&["ab"], &vocabulary, 2).unwrap_err().to_string(),
        "`ab` takes 3 places with its mark, and a sequence has 2; take a larger block size"
    );
}

#[test]
fn batches_are_gathered_by_row() {
    let examples = contexts(&["ab"], &Vocabulary::of_lines(&["ab"]), 2).unwrap();
    assert_eq!((examples.len(), &examples.x[..]), (3, &[0, 0, 0, 1, 1, 2][..]));
    let (mut x, mut y) = ([0; 4], [0; 2]);
    examples.gather(&[2, 1], &mut x, &mut y);
    assert_eq!((x, y), ([1, 2, 0, 1], [0, 2]));
    let no_context = contexts(&["ab"], &Vocabulary::of_lines(&["ab"]), 0).unwrap_err();
    assert_eq!(no_context.to_string(), "the block size is 0; a context needs at least 1 token");
    assert!(contexts(&["ab"], &Vocabulary::of_text("ab"), 2).is_err(), "running text has no mark");
}

fn hundred() -> Lines {
    lines(&(0..100).map(|i| format!("n{i}\n")).collect::<String>())
}

#[test]
fn splits_have_the_sizes_they_promise() {
    let sizes = |split: Split| {
        let parts = hundred().split(&split).unwrap();
        [parts.train.len(), parts.dev.len(), parts.test.len()]
    };
    assert_eq!(sizes(Split::COURSE), [80, 10, 10]);
    assert_eq!(sizes(Split::Makemore { seed: 3407 }), [90, 0, 10]);
    assert_eq!(sizes(Split::Random { seed: 1, dev: 0.05, test: 0.2 }), [75, 5, 20]);
    assert_eq!(sizes(Split::Random { seed: 1, dev: 0.0, test: 0.0 }), [100, 0, 0]);
    let parts = hundred().split(&Split::Contiguous { dev: 0.1, test: 0.1 }).unwrap();
    assert_eq!([&*parts.train[0], &*parts.dev[0], &*parts.test[9]], ["n0", "n80", "n99"]);
}

#[test]
fn splits_follow_their_seed() {
    let train = |split: Split| hundred().split(&split).unwrap().train;
    for (a, b) in [
        (Split::COURSE, Split::Course { seed: 43, shuffles: 1 }),
        (Split::COURSE, Split::Course { seed: 42, shuffles: 4 }),
        (Split::Makemore { seed: 1 }, Split::Makemore { seed: 2 }),
        (Split::Random { seed: 1, dev: 0.1, test: 0.1 }, Split::Random { seed: 2, dev: 0.1, test: 0.1 }),
    ] {
        assert_eq!(train(a), train(a));
        assert_ne!(train(a), train(b));
    }
}

#[test]
fn copies_can_be_kept_together() {
    // Each name stands there three times.
    let text: String = (0..300).map(|i| format!("n{}\n", i % 100)).collect();
    let list = lines(&text);
    let set = |part: &[Arc<str>]| part.iter().cloned().collect::<HashSet<_>>();
    let apart = list.split(&Split::COURSE).unwrap();
    assert!(!set(&apart.train).is_disjoint(&set(&apart.test)));
    let together = list.split_together(&Split::COURSE).unwrap();
    let (train, dev, test) = (set(&together.train), set(&together.dev), set(&together.test));
    assert!(train.is_disjoint(&dev) && train.is_disjoint(&test) && dev.is_disjoint(&test));
    assert_eq!([together.train.len(), together.dev.len(), together.test.len()], [240, 30, 30]);
    // Without copies the two are the same.
    assert_eq!(hundred().split(&Split::COURSE).unwrap(), hundred().split_together(&Split::COURSE).unwrap());
}

#[test]
fn a_part_is_never_left_empty() {
    let text = |error: Result<_, DataError>| error.map(|_: gradus_data::Parts| ()).unwrap_err().to_string();
    let three = lines("ab\nb\nc");
    assert_eq!(
        text(three.split(&Split::COURSE)),
        "test has too few lines (3); to divide them into parts takes at least 6"
    );
    assert_eq!(
        text(three.split(&Split::Makemore { seed: 1 })),
        "test has too few lines (3); to divide them into parts takes at least 10"
    );
    let same = lines(&"ab\n".repeat(50));
    assert!(same.split(&Split::COURSE).is_ok());
    assert_eq!(
        text(same.split_together(&Split::COURSE)),
        "test has too few different lines (1); to divide them into parts takes at least 6"
    );
    let no_train = Split::Random { seed: 1, dev: 0.5, test: 0.5 };
    assert_eq!(
        text(three.split(&no_train)),
        "a split needs shares between 0 and 1 that leave something to train on; dev 0.5 and test 0.5 do not"
    );
    assert!(three.split(&Split::Random { seed: 1, dev: f64::NAN, test: 0.1 }).is_err());
    assert!(three.split(&Split::Random { seed: 1, dev: -0.1, test: 0.1 }).is_err());
    for n in 1..40 {
        let list = lines(&(0..n).map(|i| format!("n{i}\n")).collect::<String>());
        if let Ok(parts) = list.split(&Split::COURSE) {
            assert!(!parts.train.is_empty() && !parts.dev.is_empty() && !parts.test.is_empty());
            assert!(n >= 6);
        } else {
            assert!(n < 6, "{n} lines were refused");
        }
    }
}

#[test]
fn windows_of_a_text_are_followed_by_themselves() {
    let text = Text::open(&Source::text("verse", "to be, or not to be")).unwrap();
    let vocabulary = text.vocabulary();
    assert_eq!((vocabulary.to_string().as_str(), vocabulary.mark()), (" ,benort", None));
    let (train, test) = text.split(&vocabulary, 0.9).unwrap();
    assert_eq!((train.len(), test.len()), (17, 2));
    let mut g = Generator::new(Scheme::Gradus, 1);
    let (mut x, mut y) = ([0; 4 * 50], [0; 4 * 50]);
    sample_windows(&train, 4, &mut g, &mut x, &mut y).unwrap();
    let mut starts = HashSet::new();
    for (x, y) in x.chunks(4).zip(y.chunks(4)) {
        assert_eq!(x[1..], y[..3]);
        let start = train.windows(5).position(|window| window[..4] == *x && window[4] == y[3]);
        starts.insert(start.expect("a window that is nowhere in the text"));
    }
    assert!(starts.len() > 8, "windows begin at {starts:?} only");
    assert_eq!(
        sample_windows(&train, 17, &mut g, &mut [0; 17], &mut [0; 17]).unwrap_err().to_string(),
        "the text has 17 tokens, and windows of 17 need at least 18; take a smaller block size or a longer text"
    );
    assert!(sample_windows(&train, 16, &mut g, &mut [0; 16], &mut [0; 16]).is_ok());
    assert!(text.split(&vocabulary, 1.0).is_err());
}

#[test]
fn lists_are_told_apart() {
    let names = |text: &str| Lists::open(&[Source::text("a", text), Source::text("b", "bea\ncleo\nbea\ndora")]);
    let lists = names("anna\nbea\nanna").unwrap();
    assert_eq!(lists.items.iter().map(|item| &**item).collect::<Vec<_>>(), ["anna", "cleo", "dora"]);
    assert_eq!(
        (&lists.labels[..], &lists.names[..], lists.shared),
        (&[0, 1, 1][..], &["a".to_owned(), "b".to_owned()][..], 1)
    );
    assert_eq!(lists.evened().labels, [0, 1]);
    assert_eq!(names("bea\ncleo").unwrap_err().to_string(), "a, b: a holds nothing that is not in another list too");
    assert!(Lists::open(&[Source::text("a", "anna\nbea")]).unwrap_err().to_string().contains("it takes two lists"));
    let census = ["given-names", "surnames"].map(|name| Source::find(name).unwrap());
    let census = Lists::open(&census).unwrap();
    assert_eq!(census.len(), 5_163 + 88_799 - 2 * census.shared);
}

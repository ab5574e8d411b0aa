//! Tokens that are more than a character: trained byte pairs and the GPT vocabularies.

use std::collections::BTreeMap;

use gradus_data::{Vocabulary, contexts};
use gradus_tokenizers::{Bpe, Gpt, Kind, Tokenizer};
use proptest::prelude::*;

const VERSE: &str = "to be, or not to be, that is the question: whether 'tis nobler in the mind to suffer the slings \
                     and arrows of outrageous fortune, or to take arms against a sea of troubles and by opposing \
                     end them; to die, to sleep, no more; and by a sleep to say we end the heart-ache\n";

fn pieces(tokenizer: &Tokenizer, text: &str) -> Vec<String> {
    tokenizer.encode(text).unwrap().iter().map(|&id| tokenizer.piece(id).unwrap()).collect()
}

/// Byte-pair encoding as its paper writes it, slowly: the most frequent pair (of equals the one with
/// the lowest numbers) is joined everywhere, until there are enough tokens.
fn by_the_paper(words: &[&str], size: usize) -> Vec<(String, String)> {
    let mut tokens: Vec<String> = words.iter().flat_map(|word| word.chars()).map(String::from).collect();
    tokens.sort();
    tokens.dedup();
    let id = |tokens: &[String], token: &str| tokens.iter().position(|known| known == token).unwrap();
    let mut words: Vec<Vec<String>> = words.iter().map(|word| word.chars().map(String::from).collect()).collect();
    let mut merges = Vec::new();
    while tokens.len() < size {
        let mut counts = BTreeMap::new();
        for word in &words {
            for pair in word.windows(2) {
                *counts.entry((id(&tokens, &pair[0]), id(&tokens, &pair[1]))).or_insert(0) += 1;
            }
        }
        let Some((&(left, right), _)) =
            counts.iter().filter(|(_, n)| **n >= 2).max_by_key(|&(pair, n)| (*n, std::cmp::Reverse(*pair)))
        else {
            break;
        };
        let (left, right) = (tokens[left].clone(), tokens[right].clone());
        for word in &mut words {
            let mut i = 0;
            while i + 1 < word.len() {
                if word[i] == left && word[i + 1] == right {
                    let second = word.remove(i + 1);
                    word[i].push_str(&second);
                }
                i += 1;
            }
        }
        let joined = format!("{left}{right}");
        if !tokens.contains(&joined) {
            tokens.push(joined);
        }
        merges.push((left, right));
    }
    merges
}

#[test]
fn byte_pairs_are_learned_as_the_paper_says() {
    let words = [
        "low", "low", "low", "low", "low", "lower", "lower", "newest", "newest", "newest", "newest", "newest",
        "newest", "widest", "widest", "widest",
    ];
    let bpe = Bpe::train(Vocabulary::of_text(&words.concat()), &words, 16).unwrap();
    assert_eq!(bpe.merges(), by_the_paper(&words, 16));
    assert_eq!(bpe.merges()[..3], [("e", "s"), ("es", "t"), ("l", "o")].map(|(a, b)| (a.to_owned(), b.to_owned())));
    assert_eq!(bpe.len(), 16);
    let lowest: Vec<_> = bpe.encode("lowest").unwrap().iter().map(|&id| bpe.piece(id).unwrap()).collect();
    assert_eq!(lowest, ["low", "est"]);
    // Words are told apart by their blanks and signs; a token never crosses them.
    let tokenizer = Tokenizer::of_text(Kind::Bpe { size: 60 }, VERSE).unwrap();
    assert_eq!(pieces(&tokenizer, "to the end").concat(), "to the end");
    assert!(pieces(&tokenizer, VERSE).iter().all(|piece| !piece.trim().contains(' ')));
    assert_eq!(tokenizer.len(), 60);
}

#[test]
fn lists_keep_their_mark_as_token_0() {
    let lines = ["anna", "hanna", "joanna", "ann.e", "ann"];
    let tokenizer = Tokenizer::of_lines(Kind::Bpe { size: 10 }, &lines).unwrap();
    assert_eq!((tokenizer.mark(), tokenizer.piece(0).as_deref(), tokenizer.len()), (Some(0), Some("|"), 10));
    let examples = contexts(&["hanna"], &tokenizer, 2).unwrap();
    assert_eq!(tokenizer.decode(&examples.y).unwrap(), "hanna|");
    assert!(examples.len() < 6, "pairs make fewer examples than characters: {}", examples.len());
    let gpt = Tokenizer::of_lines(Kind::Gpt(Gpt::Gpt2), &lines).unwrap();
    assert_eq!((gpt.mark(), gpt.piece(50_256).as_deref()), (Some(50_256), Some("<|endoftext|>")));
    let examples = contexts(&["hanna"], &gpt, 2).unwrap();
    assert_eq!(examples.x[..2], [50_256; 2]);
    assert_eq!(gpt.decode(&examples.y).unwrap(), "hanna<|endoftext|>");
}

#[test]
fn sizes_that_are_not_possible() {
    let message = |size| Tokenizer::of_lines(Kind::Bpe { size }, &["anna", "bea"]).unwrap_err().to_string();
    assert_eq!(
        message(4),
        "a bpe vocabulary of 4 tokens is not possible with these data: their characters alone are 5, and the most is \
         1000000"
    );
    assert!(message(usize::MAX).contains("is not possible"));
    // Nothing comes twice here: what is asked for is more than can be learned.
    assert_eq!(Tokenizer::of_lines(Kind::Bpe { size: 1000 }, &["anna", "bea"]).unwrap().len(), 5);
}

#[test]
fn training_twice_gives_the_same() {
    let text = VERSE.repeat(40);
    let lines: Vec<&str> = text.split(' ').collect();
    let first = Tokenizer::of_lines(Kind::Bpe { size: 120 }, &lines).unwrap();
    for _ in 0..3 {
        assert_eq!(Tokenizer::of_lines(Kind::Bpe { size: 120 }, &lines).unwrap(), first);
    }
}

/// As OpenAI's tiktoken gives them.
#[test]
fn the_gpt_vocabularies_are_the_published_ones() {
    for (gpt, text, ids) in [
        (Gpt::Gpt2, "Hello, I'm a language model,", &[15496, 11, 314, 1101, 257, 3303, 2746, 11][..]),
        (Gpt::Gpt2, "hello world", &[31373, 995]),
        (Gpt::Cl100kBase, "tiktoken is great!", &[83, 1609, 5963, 374, 2294, 0]),
        (Gpt::Cl100kBase, "hello world", &[15339, 1917]),
        (Gpt::O200kBase, "tiktoken is great!", &[83, 8251, 2488, 382, 2212, 0]),
    ] {
        assert_eq!(gpt.encode(text).unwrap(), ids, "{gpt:?} {text}");
    }
    for gpt in [Gpt::Gpt2, Gpt::Cl100kBase, Gpt::O200kBase] {
        assert_eq!(gpt.decode(&[gpt.mark()]).unwrap(), "<|endoftext|>");
        assert!(gpt.decode(&[gpt.len() as i64]).is_err() && gpt.decode(&[-1]).is_err());
        assert!(gpt.decode(&[gpt.len() as i64 - 1]).is_ok());
        assert!(!gpt.encode("<|endoftext|>").unwrap().contains(&gpt.mark()), "text is text");
        assert_eq!(Kind::named(gpt.name(), 0).unwrap(), Kind::Gpt(gpt));
    }
    assert_eq!(Kind::named("gpt-3.5", 0).unwrap(), Kind::Gpt(Gpt::Cl100kBase));
    assert_eq!(Gpt::Cl100kBase.decode(&[100_265]).unwrap(), "\u{fffd}", "a number that was never given out");
}

#[test]
fn text_without_an_end_of_a_word_is_refused_before_it_is_read() {
    for c in [' ', 'a', '北', '!', '\n', 'A', '\u{301}', '1'] {
        let long: String = std::iter::repeat_n(c, 100_000).chain(['x', ' ', 'y']).collect();
        for gpt in [Gpt::Gpt2, Gpt::Cl100kBase, Gpt::O200kBase] {
            assert_eq!(
                gpt.decode(&gpt.encode(&long[..100_000 * c.len_utf8()]).unwrap()).unwrap().chars().count(),
                100_000
            );
            if c == ' ' {
                assert!(gpt.encode(&long).is_ok());
            }
        }
        let longer: String = std::iter::repeat_n(c, 100_001).collect();
        let message = Gpt::Gpt2.encode(&longer).unwrap_err().to_string();
        assert!(message.contains("without a word's end"), "{message}");
    }
}

#[test]
fn checkpoints_give_them_back() {
    for kind in ["bpe", "gpt2", "cl100k_base", "o200k_base"] {
        let tokenizer = Tokenizer::of_text(Kind::named(kind, 50).unwrap(), VERSE).unwrap();
        let saved = serde_json::to_string(&tokenizer).unwrap();
        let again: Tokenizer = serde_json::from_str(&saved).unwrap();
        assert_eq!(again, tokenizer);
        assert_eq!(again.encode(VERSE).unwrap(), tokenizer.encode(VERSE).unwrap());
    }
    for (damaged, told) in [
        (r#"{"kind": "bpe", "mark": null, "characters": "ab", "merges": [["a", "c"]]}"#, "do not fit together"),
        (r#"{"kind": "gpt", "name": "gpt9"}"#, "there is no GPT vocabulary `gpt9`"),
    ] {
        let message = serde_json::from_str::<Tokenizer>(damaged).unwrap_err().to_string();
        assert!(message.contains(told), "{message}");
    }
}

proptest! {
    #![proptest_config(ProptestConfig { failure_persistence: None, cases: 64, ..ProptestConfig::default() })]

    #[test]
    fn any_text_comes_back(texts in prop::collection::vec("(\\PC|[ \\n\\t]){1,40}", 1..8), size in 0..80_usize) {
        let text = texts.concat();
        let characters = Vocabulary::of_text(&text).len();
        let bpe = Tokenizer::of_text(Kind::Bpe { size: characters + size }, &text).unwrap();
        prop_assert_eq!(bpe.decode(&bpe.encode(&text).unwrap()).unwrap(), &text[..]);
        prop_assert!(bpe.len() <= characters + size);
        for gpt in [Gpt::Gpt2, Gpt::Cl100kBase, Gpt::O200kBase] {
            prop_assert_eq!(gpt.decode(&gpt.encode(&text).unwrap()).unwrap(), &text[..]);
        }
    }

    /// Without three of the same character in a row, where how often a pair occurs is a matter of taste.
    #[test]
    fn the_paper_and_the_trainer_agree(words in prop::collection::vec("(ab?c?d?){1,6}", 1..12), size in 1..40_usize) {
        prop_assume!(words.iter().all(|word| !word.contains("aaa")));
        let borrowed: Vec<&str> = words.iter().map(String::as_str).collect();
        let characters = Vocabulary::of_text(&words.concat());
        let size = characters.len() + size;
        let bpe = Bpe::train(characters, &borrowed, size).unwrap();
        prop_assert_eq!(bpe.merges(), by_the_paper(&borrowed, size));
    }
}

//! Characters as tokens.

use gradus_data::{contexts, sequences};
use gradus_tokenizers::{Kind, Tokenizer};

#[test]
fn a_checkpoint_gives_the_same_tokenizer_back() {
    for tokenizer in [
        Tokenizer::of_lines(Kind::Characters, &["Łódź", "北京", "🙂 st. john"]).unwrap(),
        Tokenizer::of_text(Kind::Characters, "to be\nor not").unwrap(),
    ] {
        let saved = serde_json::to_string(&tokenizer).unwrap();
        assert_eq!(serde_json::from_str::<Tokenizer>(&saved).unwrap(), tokenizer);
    }
    let error = serde_json::from_str::<Tokenizer>(r#"{"kind": "characters", "mark": "a", "characters": "abc"}"#);
    assert_eq!(error.unwrap_err().to_string(), "these characters are no vocabulary: the mark is one of them");
}

#[test]
fn examples_are_those_of_the_vocabulary() {
    let tokenizer = Tokenizer::of_lines(Kind::Characters, &["ab"]).unwrap();
    assert_eq!((tokenizer.name(), tokenizer.len(), tokenizer.mark()), ("characters", 3, Some(0)));
    assert_eq!(tokenizer.piece(0).as_deref(), Some("."));
    assert_eq!(tokenizer.piece(3), None);
    assert_eq!(contexts(&["ab"], &tokenizer, 2).unwrap().x, [0, 0, 0, 1, 1, 2]);
    assert_eq!(sequences(&["ab"], &tokenizer, 3).unwrap().y, [1, 2, 0]);
    let text = Tokenizer::of_text(Kind::Characters, "ab").unwrap();
    assert_eq!(text.mark(), None);
    assert!(contexts(&["ab"], &text, 2).is_err(), "running text has no mark");
}

#[test]
fn what_is_unknown_is_told() {
    let tokenizer = Tokenizer::of_lines(Kind::Characters, &["ab"]).unwrap();
    let unknown = tokenizer.encode("abc").unwrap_err().to_string();
    assert_eq!(unknown, "`c` (U+0063) is not in the vocabulary of 3 tokens: .ab");
    assert!(tokenizer.decode(&[3]).is_err() && tokenizer.decode(&[-1]).is_err());
    let unknown = Kind::named("words", 0).unwrap_err().to_string();
    assert!(unknown.starts_with("there is no tokenizer `words`; the tokenizers are characters"), "{unknown}");
}

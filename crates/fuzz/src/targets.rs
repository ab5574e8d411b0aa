//! The readers.

use std::collections::HashMap;
use std::io::Write;

use gradus_data::{Images, Lines, Picture, Samples, Source, Table, Text};
use gradus_exchange::import;
use gradus_recipe::Recipe;
use gradus_scalar::Trace;
use gradus_scalar::expr::{Program, parse_binding};
use gradus_train::store::{Checkpoint, Dtype, Entry};
use safetensors::tensor::{TensorView, serialize};

use crate::Target;

/// Every reader of files, and the two of texts that one types.
pub const TARGETS: &[Target] = &[
    Target { name: "safetensors", seeds: safetensors_files, read: tensors, growth: 64 },
    Target { name: "pytorch", seeds: pytorch_files, read: tensors, growth: 64 },
    Target { name: "meta-pickle", seeds: pickles, read: |b| tokenizer("meta.pkl", b), growth: 512 },
    Target { name: "tokenizer-json", seeds: tokenizers, read: |b| tokenizer("tokenizer.json", b), growth: 512 },
    Target { name: "vocabulary-json", seeds: vocabularies, read: |b| tokenizer("vocab.json", b), growth: 512 },
    Target { name: "checkpoint", seeds: checkpoints, read: checkpoint, growth: 64 },
    Target { name: "recipe", seeds: recipes, read: recipe, growth: 512 },
    Target { name: "lines", seeds: texts, read: lines, growth: 64 },
    Target { name: "text", seeds: texts, read: text, growth: 64 },
    Target { name: "table", seeds: tables, read: table, growth: 256 },
    Target { name: "idx", seeds: idx_files, read: idx, growth: 64 },
    // A picture of one colour is packed a thousand times over.
    Target { name: "picture", seeds: pictures, read: picture, growth: 8192 },
    Target { name: "expression", seeds: expressions, read: expression, growth: 65536 },
];

fn tensors(bytes: &[u8]) -> Result<(), String> {
    let tensors = import::tensors(bytes)?;
    let numbers: usize = tensors.values().map(|tensor| tensor.numel()).sum();
    assert!(numbers <= bytes.len(), "{numbers} numbers out of {} bytes", bytes.len());
    Ok(())
}

fn safetensors_files() -> Vec<Vec<u8>> {
    let data = [0_u8; 48];
    let view = |dtype, shape: &[usize], bytes| TensorView::new(dtype, shape.to_vec(), bytes);
    let names = ["wte.weight", "h.0.attn.c_attn.weight", "h.0.attn.bias"];
    let views = [
        view(Dtype::F32, &[3, 4], &data[..48]),
        view(Dtype::F16, &[2, 0, 5], &data[..0]),
        view(Dtype::U8, &[1, 7], &data[..7]),
    ];
    let named: Vec<_> = names.into_iter().zip(views).filter_map(|(name, view)| Some((name, view.ok()?))).collect();
    let note = HashMap::from([("format".to_owned(), "pt".to_owned())]);
    [serialize(named, None), serialize(Vec::<(&str, TensorView<'_>)>::new(), Some(note))]
        .into_iter()
        .flatten()
        .collect()
}

/// `{"wte.weight": torch.zeros(2, 2)}` as `torch.save` pickles it.
const STATE: &[u8] = b"\x80\x02}q\x00(X\x0a\x00\x00\x00wte.weightq\x01ctorch._utils\n_rebuild_tensor_v2\nq\x02((X\x07\
    \x00\x00\x00storageq\x03ctorch\nFloatStorage\nq\x04X\x01\x00\x00\x000q\x05X\x03\x00\x00\x00cpuq\x06K\x04tq\x07QK\
    \x00K\x02K\x02\x86q\x08K\x02K\x01\x86q\x09\x89ccollections\nOrderedDict\nq\x0a)Rq\x0btq\x0cRq\x0du.";
/// `{"stoi": {"a": 0, "b": 1}, "n": 2}`
const META: &[u8] = b"\x80\x04}\x94(\x8c\x04stoi\x94}\x94(\x8c\x01a\x94K\x00\x8c\x01b\x94K\x01u\x8c\x01n\x94K\x02u.";

fn pytorch_files() -> Vec<Vec<u8>> {
    let archive = |pickle: &[u8]| -> zip::result::ZipResult<Vec<u8>> {
        let mut archive = zip::ZipWriter::new(std::io::Cursor::new(Vec::new()));
        let stored = zip::write::SimpleFileOptions::default().compression_method(zip::CompressionMethod::Stored);
        for (name, bytes) in [("archive/data.pkl", pickle), ("archive/data/0", &[0; 16]), ("archive/version", b"3\n")] {
            archive.start_file(name, stored)?;
            archive.write_all(bytes)?;
        }
        Ok(archive.finish()?.into_inner())
    };
    [archive(STATE), archive(META)].into_iter().flatten().collect()
}

fn pickles() -> Vec<Vec<u8>> {
    vec![META.to_vec(), STATE.to_vec()]
}

/// Read for a model of two tokens.
fn tokenizer(name: &str, bytes: &[u8]) -> Result<(), String> {
    // The older file has its pairs in another, which here follows a line of its own.
    let cut = bytes.windows(2).position(|pair| pair == b"\n#").unwrap_or(bytes.len());
    let (bytes, merges) = bytes.split_at(cut);
    let tokenizer = import::tokenizer_of(name, bytes, merges.get(1..).unwrap_or_default(), 2)?;
    assert!(tokenizer.len() <= 2);
    let _ = tokenizer.encode("ab");
    tokenizer.decode(&[0, 1]).map(drop).map_err(|e| e.to_string())
}

fn tokenizers() -> Vec<Vec<u8>> {
    let own = r#"{"tokenizer": {"kind": "characters", "mark": null, "characters": "ab"}, "pieces": ["a", "b"]}"#;
    let foreign = r#"{"version": "1.0", "truncation": null, "padding": null, "added_tokens": [], "normalizer": null,
        "pre_tokenizer": {"type": "ByteLevel", "add_prefix_space": false, "trim_offsets": true, "use_regex": true},
        "post_processor": null, "decoder": {"type": "ByteLevel", "add_prefix_space": true, "trim_offsets": true, "use_regex": true},
        "model": {"type": "BPE", "dropout": null, "unk_token": null, "continuing_subword_prefix": null,
        "end_of_word_suffix": null, "fuse_unk": false, "byte_fallback": false, "vocab": {"a": 0, "aa": 1}, "merges": [["a", "a"]]}}"#;
    vec![own.into(), foreign.into(), br#"{"a": 0, "b": 1}"#.to_vec()]
}

fn vocabularies() -> Vec<Vec<u8>> {
    vec![b"{\"a\": 0, \"aa\": 1}\n#version: 0.2\na a\n".to_vec(), b"{\"a\": 0, \"b\": 1}".to_vec()]
}

fn checkpoint(bytes: &[u8]) -> Result<(), String> {
    let checkpoint = Checkpoint::from_bytes(bytes)?;
    assert!(checkpoint.to_bytes().is_ok(), "what was read cannot be written");
    Ok(())
}

fn checkpoints() -> Vec<Vec<u8>> {
    let entry = Entry { name: "hidden.weight".into(), dtype: Dtype::F32, shape: vec![2, 1], bytes: vec![0; 8] };
    Checkpoint::new(vec![entry], r#"{"step":12}"#.into()).to_bytes().into_iter().collect()
}

fn utf8(bytes: &[u8]) -> Result<&str, String> {
    std::str::from_utf8(bytes).map_err(|e| e.to_string())
}

fn recipe(bytes: &[u8]) -> Result<(), String> {
    let recipe = Recipe::parse("fuzz.toml", utf8(bytes)?).map_err(|e| e.to_string())?;
    let written = recipe.to_toml();
    assert_eq!(Recipe::parse("fuzz.toml", &written).as_ref(), Ok(&recipe), "{written}");
    Ok(())
}

fn recipes() -> Vec<Vec<u8>> {
    gradus_recipe::BUILTIN.iter().map(|recipe| recipe.text.as_bytes().to_vec()).collect()
}

fn source(bytes: &[u8]) -> Source {
    Source::memory("fuzz", bytes.to_vec())
}

fn lines(bytes: &[u8]) -> Result<(), String> {
    Lines::open(&source(bytes)).map(drop).map_err(|e| e.to_string())
}

fn text(bytes: &[u8]) -> Result<(), String> {
    Text::open(&source(bytes)).map(drop).map_err(|e| e.to_string())
}

fn texts() -> Vec<Vec<u8>> {
    vec!["anna\r\nbob\n\nzoë\n".into(), b"\xef\xbb\xbfone two  three".to_vec()]
}

fn whole(samples: &Samples) {
    assert_eq!(samples.features.len(), samples.len() * samples.width());
}

fn table(bytes: &[u8]) -> Result<(), String> {
    let classes = Table::open(&source(bytes)).and_then(|table| table.classes(None)).map_err(|e| e.to_string())?;
    whole(&Samples::from(&classes));
    Ok(())
}

fn tables() -> Vec<Vec<u8>> {
    vec![
        b"length,width,species\n5.1,3.5,setosa\n7,3.2,\"versi\"\"color\"\n-1e3,0,setosa\n".to_vec(),
        b"1;2;a\n3;4;b\n".to_vec(),
    ]
}

/// Four labels for pictures, as MNIST's files have them.
const LABELS: [u8; 12] = [0, 0, 8, 1, 0, 0, 0, 4, 0, 1, 2, 9];

fn idx(bytes: &[u8]) -> Result<(), String> {
    let labels = source(&LABELS);
    let _ = Images::idx(&labels, &source(bytes));
    let images = Images::idx(&source(bytes), &labels).map_err(|e| e.to_string())?;
    whole(&Samples::from(&images));
    Ok(())
}

fn idx_files() -> Vec<Vec<u8>> {
    let pictures = [&[0, 0, 8, 3, 0, 0, 0, 4, 0, 0, 0, 2, 0, 0, 0, 3][..], &[7; 24]].concat();
    vec![pictures, LABELS.to_vec()]
}

fn picture(bytes: &[u8]) -> Result<(), String> {
    let picture = Picture::open(&source(bytes)).map_err(|e| e.to_string())?;
    assert_eq!(picture.as_digit(28, 28).grey.len(), 28 * 28);
    Ok(())
}

fn pictures() -> Vec<Vec<u8>> {
    let written = |color, depth, numbers: &[u8]| -> Result<Vec<u8>, png::EncodingError> {
        let mut bytes = Vec::new();
        let mut encoder = png::Encoder::new(&mut bytes, 4, 2);
        encoder.set_color(color);
        encoder.set_depth(depth);
        let mut writer = encoder.write_header()?;
        writer.write_image_data(numbers)?;
        writer.finish()?;
        Ok(bytes)
    };
    use png::{BitDepth, ColorType};
    let kinds = [
        (ColorType::Grayscale, BitDepth::Eight, 8),
        (ColorType::Rgba, BitDepth::Eight, 32),
        (ColorType::Rgb, BitDepth::Sixteen, 48),
        (ColorType::Grayscale, BitDepth::One, 2),
    ];
    kinds.into_iter().filter_map(|(color, depth, count)| written(color, depth, &[90; 48][..count]).ok()).collect()
}

/// Any expression prints and reads back the same, computes and draws.
fn expression(bytes: &[u8]) -> Result<(), String> {
    let text = utf8(bytes)?;
    let _ = parse_binding(text);
    let one_line = |message: String| message.replace('\n', " ");
    let program = Program::parse(text).map_err(|message| one_line(message.render(text)))?;
    let printed = program.to_string();
    assert_eq!(Program::parse(&printed).as_ref(), Ok(&program), "{printed}");
    let given = ["a", "b", "x"].map(|name| (name.to_owned(), 1.5));
    let mut result = program.evaluate(&given).map_err(|message| one_line(message.render(text)))?;
    result.backward();
    let trace = Trace::of(&result.root);
    assert!(!trace.table().is_empty() && !trace.to_dot().is_empty());
    let _ = trace.to_svg();
    Ok(())
}

fn expressions() -> Vec<Vec<u8>> {
    ["L = tanh(a*b + 10)", "f = a^2 / (b - x) ; relu(-f) * exp(1e3)", "a=2"].map(|text| text.as_bytes().to_vec()).into()
}

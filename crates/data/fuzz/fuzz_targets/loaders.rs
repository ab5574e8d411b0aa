//! Any bytes are read by each loader or refused in one line; what is read is whole.

#![no_main]

use gradus_data::{Images, Lines, Picture, Samples, Source, Table, Text};
use libfuzzer_sys::fuzz_target;

fuzz_target!(|bytes: &[u8]| {
    let source = Source::memory("fuzz", bytes.to_vec());
    // Twelve bytes of labels for the pictures.
    let labels = Source::memory("labels", [&[0, 0, 8, 1, 0, 0, 0, 4][..], &[0, 1, 2, 9]].concat());
    let refused = [
        Lines::open(&source).err(),
        Text::open(&source).err(),
        Table::open(&source).and_then(|table| table.classes(None)).map(|classes| whole(&Samples::from(&classes))).err(),
        Images::idx(&source, &labels).map(|images| whole(&Samples::from(&images))).err(),
        Images::idx(&labels, &source).err(),
        Picture::open(&source).map(|picture| assert_eq!(picture.as_digit(28, 28).grey.len(), 28 * 28)).err(),
    ];
    for error in refused.into_iter().flatten() {
        assert!(!error.to_string().contains('\n'), "{error}");
    }
});

fn whole(samples: &Samples) {
    assert_eq!(samples.features.len(), samples.len() * samples.width());
}

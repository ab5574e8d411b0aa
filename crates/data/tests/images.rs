//! Pictures: IDX files as MNIST's, digits, and PNG.

use flate2::{Compression, write::GzEncoder};
use gradus_data::{DataError, Images, Picture, Samples, Source, Targets, digits};
use proptest::prelude::*;
use std::fs;
use std::io::Write;
use std::path::Path;

/// An IDX file of single bytes: its axes and its values.
fn idx(axes: &[u32], values: &[u8]) -> Vec<u8> {
    let header = [0, 0, 8, axes.len() as u8].into_iter().chain(axes.iter().flat_map(|n| n.to_be_bytes()));
    header.chain(values.iter().copied()).collect()
}

fn gzip(bytes: &[u8]) -> Vec<u8> {
    let mut encoder = GzEncoder::new(Vec::new(), Compression::fast());
    encoder.write_all(bytes).unwrap();
    encoder.finish().unwrap()
}

fn read(images: Vec<u8>, labels: Vec<u8>) -> Result<Images, DataError> {
    Images::idx(&Source::memory("images", images), &Source::memory("labels", labels))
}

fn message<T: std::fmt::Debug>(result: Result<T, DataError>) -> String {
    let line = result.unwrap_err().to_string();
    assert!(!line.contains('\n'), "{line}");
    line
}

#[test]
fn files_of_mnists_form() {
    let pixels: Vec<u8> = (0..24).map(|i| i * 10).collect();
    let (images, labels) = (idx(&[4, 2, 3], &pixels), idx(&[4], &[7, 0, 9, 7]));
    let plain = read(images.clone(), labels.clone()).unwrap();
    assert_eq!((plain.len(), plain.height, plain.width, plain.white), (4, 2, 3, 255));
    assert_eq!((&plain.labels[..], plain.picture(1)), (&[7, 0, 9, 7][..], &[60, 70, 80, 90, 100, 110][..]));
    assert_eq!(plain.class_names.len(), 10);
    assert_eq!(read(gzip(&images), gzip(&labels)).unwrap(), plain);

    // In files, labels beside pictures, packed or not.
    let folder = tempfile::tempdir().unwrap();
    let path = folder.path().join("my-images-idx3-ubyte");
    fs::write(&path, &images).unwrap();
    let open = |path: &Path| Images::open(&Source::file(path));
    assert!(
        message(open(&path)).ends_with("its labels belong into my-labels-idx1-ubyte beside it, which is not there")
    );
    fs::write(folder.path().join("my-labels-idx1-ubyte.gz"), gzip(&labels)).unwrap();
    assert_eq!(open(&path).unwrap(), plain);
    let path = folder.path().join("pixels");
    fs::write(&path, &images).unwrap();
    assert!(message(open(&path)).contains("the labels of its pictures are not known"));

    let samples = Samples::from(&plain);
    assert_eq!((&samples.shape[..], samples.len()), (&[1, 2, 3][..], 4));
    assert_eq!(samples.row(3)[5], 230.0 / 255.0);
}

#[test]
fn mnist_is_read_from_the_cache() {
    // Small files in the place of the published ones have another size, which is told.
    let cache = tempfile::tempdir().unwrap();
    fs::create_dir(cache.path().join("mnist")).unwrap();
    assert!(message(Source::find_in("mnist", cache.path())).contains("run `gradus data fetch mnist`"));
    fs::write(cache.path().join("mnist/train-images-idx3-ubyte.gz"), "short").unwrap();
    assert!(message(Source::find_in("mnist", cache.path())).contains("5 bytes, not 9912422"));
}

#[test]
fn files_that_are_no_pictures() {
    let labels = idx(&[2], &[0, 1]);
    let good = idx(&[2, 1, 2], &[1, 2, 3, 4]);
    for (images, told) in [
        (vec![], "images: it has 0 bytes, and an IDX file begins with more"),
        (
            b"\x89PNG....".to_vec(),
            "images: it begins with 89 50 4e 47, and an IDX file of pictures with 00 00 08 03; is it another file?",
        ),
        (
            idx(&[2], &[0, 1]),
            "images: it begins with 00 00 08 01, and an IDX file of pictures with 00 00 08 03; is it another file?",
        ),
        (good[..10].to_vec(), "images: it is cut off before it has said how much it holds; copy it again"),
        (good[..19].to_vec(), "images: it says 2 pictures, 1 rows, 2 columns, but only 3 bytes follow; copy it again"),
        (
            [&good[..], &[0]].concat(),
            "images: 2 pictures, 1 rows, 2 columns are 4 bytes, and 5 follow; is it another file?",
        ),
        (idx(&[0, 28, 28], &[]), "images: it says that it holds nothing: 0 pictures, 28 rows, 28 columns"),
        (idx(&[2, 0, 28], &[]), "images: it says that it holds nothing: 2 pictures, 0 rows, 28 columns"),
        // 2⁴⁰ pixels, and more than 64 bits hold.
        (
            idx(&[1 << 20, 1 << 10, 1 << 10], &[1, 2]),
            "images: it says 1048576 pictures, 1024 rows, 1024 columns, but only 2 bytes follow; copy it again",
        ),
        (
            idx(&[u32::MAX; 3], &[1, 2]),
            "images: it says 4294967295 pictures, 4294967295 rows, 4294967295 columns, but only 2 bytes follow; copy \
             it again",
        ),
        (
            gzip(&good)[..20].to_vec(),
            "images begins as a gzip file but cannot be unpacked: it is cut off or damaged; copy it again",
        ),
    ] {
        assert_eq!(message(read(images, labels.clone())), told);
    }
    assert_eq!(
        message(read(good.clone(), idx(&[2], &[3, 10]))),
        "labels: label 10 of picture 2 is out of range: the classes are 0 to 9"
    );
    assert_eq!(
        message(read(good.clone(), idx(&[3], &[0, 1, 2]))),
        "labels: it has 3 labels for the 2 pictures of images"
    );
    assert!(message(read(good, idx(&[2, 1], &[0, 1]))).contains("and an IDX file of labels with 00 00 08 01"));
}

#[test]
fn digits_are_pictures_too() {
    let images = Images::open(&Source::find("digits").unwrap()).unwrap();
    assert_eq!((images.len(), images.height, images.width, images.white), (1797, 8, 8, 16));
    let samples = Samples::from(&images);
    assert_eq!(samples.row(0)[..8], [0.0, 0.0, 5.0 / 16.0, 13.0 / 16.0, 9.0 / 16.0, 1.0 / 16.0, 0.0, 0.0]);
    let Targets::Classes { labels, names } = &samples.targets else { panic!("digits are classes") };
    assert_eq!((labels[3], names.len()), (3, 10));
    assert!(Images::from_classes(&digits().unwrap(), 8, 9, 16).is_err());
    assert!(Images::from_classes(&digits().unwrap(), 8, 8, 15).is_err());
    assert!(Images::open(&Source::find("iris").unwrap()).is_err());
}

fn png(width: u32, height: u32, color: png::ColorType, depth: png::BitDepth, data: &[u8]) -> Vec<u8> {
    let mut bytes = Vec::new();
    let mut encoder = png::Encoder::new(&mut bytes, width, height);
    encoder.set_color(color);
    encoder.set_depth(depth);
    if color == png::ColorType::Indexed {
        encoder.set_palette(vec![255, 255, 255, 0, 0, 0]);
    }
    encoder.write_header().unwrap().write_image_data(data).unwrap();
    bytes
}

fn picture(bytes: Vec<u8>) -> Result<Picture, DataError> {
    Picture::open(&Source::memory("drawn.png", bytes))
}

#[test]
fn png_of_every_kind() {
    use png::{BitDepth, ColorType};
    let close = |bytes: Vec<u8>, expected: [f32; 2]| {
        let read = picture(bytes).unwrap();
        assert_eq!((read.height, read.width), (1, 2));
        assert!(read.grey.iter().zip(expected).all(|(a, b)| (a - b).abs() < 1e-6), "{read:?}");
    };
    close(png(2, 1, ColorType::Grayscale, BitDepth::Eight, &[0, 51]), [0.0, 0.2]);
    close(png(2, 1, ColorType::Grayscale, BitDepth::Sixteen, &[255, 255, 0, 0]), [1.0, 0.0]);
    close(png(2, 1, ColorType::Grayscale, BitDepth::One, &[0b1000_0000]), [1.0, 0.0]);
    close(png(2, 1, ColorType::Indexed, BitDepth::One, &[0b1000_0000]), [0.0, 1.0]);
    close(png(2, 1, ColorType::GrayscaleAlpha, BitDepth::Eight, &[0, 255, 0, 0]), [0.0, 1.0]);
    close(png(2, 1, ColorType::Rgb, BitDepth::Eight, &[255, 0, 0, 0, 255, 0]), [0.299, 0.587]);
    close(png(2, 1, ColorType::Rgba, BitDepth::Eight, &[0, 0, 255, 255, 0, 0, 0, 51]), [0.114, 0.8]);
}

#[test]
fn files_that_are_no_png() {
    let good = png(20, 10, png::ColorType::Grayscale, png::BitDepth::Eight, &[9; 200]);
    let with_size = |width: u32, height: u32| {
        let mut header = b"IHDR".to_vec();
        header.extend([width.to_be_bytes(), height.to_be_bytes()].concat());
        header.extend([8, 0, 0, 0, 0]);
        let mut crc = flate2::Crc::new();
        crc.update(&header);
        [&good[..12], &header, &crc.sum().to_be_bytes(), &good[33..]].concat()
    };
    assert!(picture(with_size(20, 10)).is_ok());
    for (bytes, told) in [
        (vec![], "it is no PNG picture (it does not begin as one); save it as PNG"),
        (b"hello".to_vec(), "it is no PNG picture (it does not begin as one); save it as PNG"),
        (vec![0xff, 0xd8, 0xff, 0xe0], "it is a JPEG picture, and PNG is wanted; save it as PNG"),
        (good[..8].to_vec(), "the PNG picture is cut off; copy it again"),
        (good[..40].to_vec(), "the PNG picture is cut off; copy it again"),
        (with_size(1 << 20, 1 << 20), "the picture is 1048576 by 1048576, and the largest is 4096 by 4096; shrink it"),
        (with_size(4096, 4096), "the picture should be 4096 by 4096, and is cut off; copy it again"),
    ] {
        assert_eq!(message(picture(bytes)), format!("drawn.png: {told}"));
    }
    assert!(message(picture(with_size(0, 10))).starts_with("drawn.png: the PNG picture is damaged: "));
    let mut damaged = good.clone();
    damaged[45] ^= 0x40;
    assert!(message(picture(damaged)).starts_with("drawn.png: the PNG picture "));
}

#[test]
fn a_drawn_digit_is_brought_to_the_form_of_the_data() {
    // A black bar, 10 wide and 40 high, on a white page, near a corner.
    let mut page = vec![255; 100 * 60];
    for row in 5..45 {
        page[row * 60 + 3..row * 60 + 13].fill(0);
    }
    let drawn = picture(png(60, 100, png::ColorType::Grayscale, png::BitDepth::Eight, &page)).unwrap();
    assert!(drawn.is_on_white() && !drawn.inverted().is_on_white());
    let digit = drawn.as_digit(28, 28);
    // 20 rows of 28, 5 columns, in the middle, light.
    let lit: Vec<usize> = (0..28).filter(|&row| digit.grey[row * 28 + 14] > 0.99).collect();
    assert_eq!((lit[0], lit.len()), (4, 20));
    assert_eq!(digit.grey.iter().filter(|&&grey| grey > 0.99).count(), 100);
    assert!(digit.grey.iter().sum::<f32>() < 100.1);
    assert_eq!(drawn.as_digit(8, 8).grey.iter().filter(|&&grey| grey > 0.99).count(), 16);
    // A picture of the right size stays where it is.
    assert_eq!(digit.as_digit(28, 28), digit);
    assert_eq!(digit.inverted().as_digit(28, 28).grey.iter().filter(|&&grey| grey > 0.99).count(), 100);
    let empty = picture(png(5, 5, png::ColorType::Grayscale, png::BitDepth::Eight, &[255; 25])).unwrap();
    assert!(empty.as_digit(28, 28).grey.iter().all(|&grey| grey == 0.0));
}

proptest! {
    #![proptest_config(ProptestConfig { failure_persistence: None, ..ProptestConfig::default() })]

    /// A header that was tampered with, or any bytes after a good one: data or one line.
    #[test]
    fn any_idx_is_read_or_refused(
        axes in prop::collection::vec(prop_oneof![0..6_u32, any::<u32>()], 3),
        values in prop::collection::vec(any::<u8>(), 0..40),
        labels in prop::collection::vec(any::<u8>(), 0..12),
        cut in 0..60_usize,
    ) {
        let mut images = idx(&axes, &values);
        images.truncate(images.len().saturating_sub(cut % 20));
        match read(images, labels) {
            Ok(_) => prop_assert!(false, "labels without a header were taken"),
            Err(error) => prop_assert!(!error.to_string().contains('\n')),
        }
    }

    #[test]
    fn what_was_written_is_read(pictures in 1..5_usize, height in 1..6_usize, width in 1..6_usize, seed in any::<u8>()) {
        let pixels: Vec<u8> = (0..pictures * height * width).map(|i| seed.wrapping_add(i as u8)).collect();
        let labels: Vec<u8> = (0..pictures).map(|i| (i % 10) as u8).collect();
        let axes = [pictures, height, width].map(|n| n as u32);
        let read = read(idx(&axes, &pixels), idx(&[pictures as u32], &labels)).unwrap();
        prop_assert_eq!((read.len(), read.height, read.width), (pictures, height, width));
        prop_assert_eq!(&read.grey, &pixels);
    }

    /// A PNG of which any byte was changed, or the end is missing.
    #[test]
    fn any_png_is_read_or_refused(place in 0..200_usize, byte in any::<u8>(), cut in 0..200_usize, width in 1..12_u32) {
        let mut bytes = png(width, 9, png::ColorType::Rgb, png::BitDepth::Eight, &vec![77; width as usize * 27]);
        let place = place % bytes.len();
        bytes[place] = byte;
        bytes.truncate(bytes.len() - cut % bytes.len() / 2);
        match picture(bytes) {
            Ok(read) => prop_assert_eq!(read.grey.len(), read.height * read.width),
            Err(error) => prop_assert!(!error.to_string().contains('\n')),
        }
    }

    /// Resizing loses no light, and makes none.
    #[test]
    fn resizing_keeps_the_mean(grey in prop::collection::vec(0.0_f32..1.0, 12), height in 1..20_usize, width in 1..20_usize) {
        let mean = |values: &[f32]| values.iter().sum::<f32>() / values.len() as f32;
        let picture = Picture { grey, height: 3, width: 4 };
        let resized = picture.resized(height, width);
        prop_assert!((mean(&resized.grey) - mean(&picture.grey)).abs() < 1e-5);
        prop_assert_eq!(picture.resized(3, 4), picture);
    }
}

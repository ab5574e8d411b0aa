use crate::registry::Kind;
use crate::{Classes, DataError, Source};
use std::path::{Path, PathBuf};

/// Grey pictures of one size with a class each: digits, MNIST, or IDX files of one's own.
///
/// ```
/// use gradus_data::{Images, Source};
///
/// let digits = Images::open(&Source::find("digits")?)?;
/// assert_eq!((digits.len(), digits.height, digits.width), (1797, 8, 8));
/// assert_eq!(digits.labels[..3], [0, 1, 2]);
/// # Ok::<(), gradus_data::DataError>(())
/// ```
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Images {
    /// Grey levels from 0 (the ground) to `white` (the ink of MNIST): `[N, height, width]`.
    pub grey: Vec<u8>,
    /// The level that counts as 1.
    pub white: u8,
    /// Rows of a picture.
    pub height: usize,
    /// Pixels in a row.
    pub width: usize,
    /// The class of each picture, as an index into `class_names`: `[N]`.
    pub labels: Vec<i64>,
    /// What the classes are called.
    pub class_names: Vec<String>,
    /// How many of the first pictures their publisher means for training, the rest being the test;
    /// `None` where nothing is said.
    pub published_train: Option<usize>,
}

/// The classes of MNIST and of what has its form.
const CLASSES: usize = 10;

impl Images {
    /// `digits`, `mnist`, or a file of pictures in IDX form (gzip or plain, as MNIST's
    /// `train-images-idx3-ubyte.gz`); its labels are in the file beside it that is called the same
    /// with `labels-idx1` in place of `images-idx3`.
    ///
    /// # Errors
    /// Where a file is missing, cut off, longer than it says, of another form, without pictures, or
    /// a label is none of 0 to 9.
    pub fn open(source: &Source) -> Result<Self, DataError> {
        match source.data_set().map(|set| set.name) {
            Some("digits") => Self::from_classes(&crate::digits()?, 8, 8, 16),
            _ => {
                source.expect(Kind::Images)?;
                match &source.files()[..] {
                    [images, labels, test_images, test_labels] => {
                        let mut all = Self::idx(images, labels)?;
                        let test = Self::idx(test_images, test_labels)?;
                        all.published_train = Some(all.len());
                        all.append(test_images, test)?;
                        Ok(all)
                    }
                    _ => Self::idx(source, &labels_of(source)?),
                }
            }
        }
    }

    /// Pictures and labels from two files in IDX form.
    ///
    /// # Errors
    /// As [`Images::open`], or where there are not as many labels as pictures.
    pub fn idx(images: &Source, labels: &Source) -> Result<Self, DataError> {
        let bytes = images.bytes()?;
        let pictures = Idx::parse(&images.label(), &bytes, ["pictures", "rows", "columns"])?;
        let [count, height, width] = pictures.shape;
        let bytes = labels.bytes()?;
        let classes = Idx::parse(&labels.label(), &bytes, ["labels"])?;
        if classes.shape != [count] {
            let place = labels.label().into_owned();
            let what = format!("it has {} labels for the {count} pictures of {}", classes.shape[0], images.label());
            return Err(DataError::Images { place, what });
        }
        let label = |(at, &label): (usize, &u8)| match usize::from(label) < CLASSES {
            true => Ok(i64::from(label)),
            false => Err(DataError::Images {
                place: labels.label().into_owned(),
                what: format!(
                    "label {label} of picture {} is out of range: the classes are 0 to {}",
                    at + 1,
                    CLASSES - 1
                ),
            }),
        };
        Ok(Self {
            labels: classes.data.iter().enumerate().map(label).collect::<Result<_, _>>()?,
            grey: pictures.data.to_vec(),
            white: u8::MAX,
            height,
            width,
            class_names: (0..CLASSES).map(|class| class.to_string()).collect(),
            published_train: None,
        })
    }

    /// Rows of a table as pictures: `height` times `width` measurements from 0 to `white`.
    ///
    /// # Errors
    /// Where a row has another number of measurements, or one is no whole number up to `white`.
    pub fn from_classes(table: &Classes, height: usize, width: usize, white: u8) -> Result<Self, DataError> {
        let failed = |what| DataError::Images { place: "the table".to_owned(), what };
        if height.checked_mul(width) != Some(table.feature_names.len()) || width == 0 {
            let found = table.feature_names.len();
            return Err(failed(format!("{found} columns are no pictures of {height} by {width}")));
        }
        let level = |&value: &f64| match value.fract() == 0.0 && (0.0..=f64::from(white)).contains(&value) {
            true => Ok(value as u8),
            false => Err(failed(format!("{value} is no grey level: they are whole numbers from 0 to {white}"))),
        };
        Ok(Self {
            grey: table.features.iter().map(level).collect::<Result<_, _>>()?,
            white,
            height,
            width,
            labels: table.labels.clone(),
            class_names: table.class_names.clone(),
            published_train: None,
        })
    }

    fn append(&mut self, place: &Source, other: Self) -> Result<(), DataError> {
        if (other.height, other.width) != (self.height, self.width) {
            let what = format!(
                "its pictures are {} by {}, and those for training {} by {}",
                other.height, other.width, self.height, self.width
            );
            return Err(DataError::Images { place: place.label().into_owned(), what });
        }
        self.grey.extend(other.grey);
        self.labels.extend(other.labels);
        Ok(())
    }

    /// How many pictures there are; never 0.
    #[expect(clippy::len_without_is_empty, reason = "no pictures are an error when they are read")]
    pub fn len(&self) -> usize {
        self.labels.len()
    }

    /// The grey levels of one picture: `[height, width]`.
    ///
    /// # Panics
    /// Where it is beyond the end.
    pub fn picture(&self, index: usize) -> &[u8] {
        let size = self.height * self.width;
        &self.grey[index * size..(index + 1) * size]
    }
}

/// A file in IDX form: two zeros, the type of its values, the number of its axes, the length of each
/// (big-endian), and the values.
struct Idx<'a, const AXES: usize> {
    shape: [usize; AXES],
    data: &'a [u8],
}

/// Its values are single bytes, as MNIST's are.
const BYTES: u8 = 0x08;

impl<'a, const AXES: usize> Idx<'a, AXES> {
    fn parse(place: &str, bytes: &'a [u8], axes: [&str; AXES]) -> Result<Self, DataError> {
        let failed = |what: String| DataError::Images { place: place.to_owned(), what };
        let Some((&magic, rest)) = bytes.split_first_chunk::<4>() else {
            return Err(failed(format!("it has {} bytes, and an IDX file begins with more", bytes.len())));
        };
        let wanted = [0, 0, BYTES, AXES as u8];
        if magic != wanted {
            return Err(failed(format!(
                "it begins with {}, and an IDX file of {} with {}; is it another file?",
                hexadecimal(magic),
                axes[0],
                hexadecimal(wanted)
            )));
        }
        let Some((header, data)) = rest.split_at_checked(4 * AXES) else {
            return Err(failed("it is cut off before it has said how much it holds; copy it again".to_owned()));
        };
        let length = |axis: &[u8]| axis.iter().fold(0, |length, &byte| length << 8 | u64::from(byte));
        let mut shape = [0; AXES];
        for (place, axis) in shape.iter_mut().zip(header.chunks_exact(4)) {
            *place = length(axis) as usize;
        }
        let sizes = || shape.iter().zip(axes).map(|(n, axis)| format!("{n} {axis}")).collect::<Vec<_>>().join(", ");
        if shape.contains(&0) {
            return Err(failed(format!("it says that it holds nothing: {}", sizes())));
        }
        // Nothing is made room for before the bytes are known to be there.
        let needed = shape.iter().try_fold(1_usize, |product, &n| product.checked_mul(n));
        match needed {
            Some(needed) if needed == data.len() => Ok(Self { shape, data }),
            Some(needed) if needed < data.len() => {
                Err(failed(format!("{} are {needed} bytes, and {} follow; is it another file?", sizes(), data.len())))
            }
            _ => Err(failed(format!("it says {}, but only {} bytes follow; copy it again", sizes(), data.len()))),
        }
    }
}

fn hexadecimal(bytes: [u8; 4]) -> String {
    bytes.iter().map(|byte| format!("{byte:02x}")).collect::<Vec<_>>().join(" ")
}

/// The file with the labels of this file of pictures.
fn labels_of(images: &Source) -> Result<Source, DataError> {
    let failed = |what: String| DataError::Images { place: images.label().into_owned(), what };
    let Some(path) = images.path() else {
        return Err(failed("pictures are read from a file; name one in IDX form".to_owned()));
    };
    let name = path.file_name().unwrap_or_default().to_string_lossy();
    if !name.contains("images") {
        return Err(failed(
            "the labels of its pictures are not known; call it …images-idx3… and the labels …labels-idx1…, as MNIST's \
             files are"
                .to_owned(),
        ));
    }
    let labels = name.replace("images", "labels").replace("idx3", "idx1");
    // Unpacked by hand, one may have lost its ending and the other not.
    let other = match labels.strip_suffix(".gz") {
        Some(plain) => plain.to_owned(),
        None => format!("{labels}.gz"),
    };
    let beside = |name: &str| -> PathBuf { path.parent().unwrap_or(Path::new("")).join(name) };
    let found = [&labels, &other].into_iter().map(|name| beside(name)).find(|path| path.exists());
    found
        .map(Source::file)
        .ok_or_else(|| failed(format!("its labels belong into {labels} beside it, which is not there")))
}

use crate::registry::{Kind, Origin};
use crate::toys::Points;
use crate::{Classes, DataError, Images, Source, Split};
use gradus_tensor::Tensor;

/// Examples for a model that is no language model: numbers in, a class or values out.
///
/// ```
/// use gradus_data::{Samples, Scaling, Split, iris};
///
/// let flowers = Samples::from(&iris()?);
/// let [train, dev, test] = flowers.deal(&Split::Random { seed: 1, dev: 0.0, test: 0.2 })?;
/// assert_eq!((train.len(), dev.len(), test.len()), (120, 0, 30)); // 40 and 10 of each species
///
/// let (mut train, mut test) = (flowers.rows(&train), flowers.rows(&test));
/// let scaling = Scaling::of(&train); // from what is learned from, and nothing else
/// scaling.apply(&mut train);
/// scaling.apply(&mut test);
/// let (x, y) = train.batch(&[0, 1, 2])?;
/// assert_eq!((x.shape(), y.shape()), (&[3, 4][..], &[3][..]));
/// # Ok::<(), gradus_data::DataError>(())
/// ```
#[derive(Clone, Debug, PartialEq)]
pub struct Samples {
    /// What goes in, one example after the other: `[N, shape…]`.
    pub features: Vec<f32>,
    /// The shape of one example: `[4]` for a flower, `[1, 28, 28]` for a picture.
    pub shape: Vec<usize>,
    /// What is to come out.
    pub targets: Targets,
    /// What each feature is called; empty for pictures.
    pub feature_names: Vec<String>,
    /// How many of the first examples their publisher means for training, the rest being the test.
    pub published_train: Option<usize>,
}

/// What a model is to say of each example.
#[derive(Clone, Debug, PartialEq)]
pub enum Targets {
    /// One of some classes.
    Classes {
        /// The class of each example, as an index into `names`: `[N]`.
        labels: Vec<i64>,
        /// What the classes are called.
        names: Vec<String>,
    },
    /// Numbers.
    Values {
        /// The numbers of each example: `[N, names]`.
        values: Vec<f32>,
        /// What they are called.
        names: Vec<String>,
    },
}

impl Targets {
    /// What the classes or values are called: as many as a model has outputs.
    pub fn names(&self) -> &[String] {
        match self {
            Self::Classes { names, .. } | Self::Values { names, .. } => names,
        }
    }

    fn rows(&self, rows: &[usize]) -> Self {
        match self {
            Self::Classes { labels, names } => {
                Self::Classes { labels: rows.iter().map(|&row| labels[row]).collect(), names: names.clone() }
            }
            Self::Values { values, names } => {
                Self::Values { values: gather(values, names.len(), rows), names: names.clone() }
            }
        }
    }
}

impl Samples {
    /// The examples of a data set or a file: pictures (`digits`, `mnist`, a file in IDX form), points (as
    /// many and as noisy as `points` says), or a table whose column `target`, or else the last one, is the class.
    ///
    /// # Errors
    /// Where the source cannot be read, or is of another kind.
    pub fn open(source: &Source, points: &Points, target: Option<&str>) -> Result<Self, DataError> {
        if let Some(Origin::Made(toy)) = source.data_set().map(|set| &set.origin) {
            return toy.make(points);
        }
        let is_idx = source.path().is_some_and(|path| path.to_string_lossy().contains("idx3"));
        let kind = source.data_set().map(|set| (set.name, set.kind));
        match kind {
            Some(("digits", _) | (_, Kind::Images)) => Ok((&Images::open(source)?).into()),
            None if is_idx => Ok((&Images::open(source)?).into()),
            _ => Ok((&Classes::open(source, target)?).into()),
        }
    }

    /// How many examples there are.
    pub fn len(&self) -> usize {
        match &self.targets {
            Targets::Classes { labels, .. } => labels.len(),
            Targets::Values { values, names } => values.len() / names.len().max(1),
        }
    }

    /// Whether there are none.
    pub fn is_empty(&self) -> bool {
        self.len() == 0
    }

    /// Numbers in one example.
    pub fn width(&self) -> usize {
        self.shape.iter().product()
    }

    /// The features of one example: `[shape…]`.
    ///
    /// # Panics
    /// Where it is beyond the end.
    pub fn row(&self, row: usize) -> &[f32] {
        &self.features[row * self.width()..(row + 1) * self.width()]
    }

    /// The examples with these numbers, in this order.
    ///
    /// # Panics
    /// Where one is beyond the end.
    pub fn rows(&self, rows: &[usize]) -> Self {
        Self {
            features: gather(&self.features, self.width(), rows),
            shape: self.shape.clone(),
            targets: self.targets.rows(rows),
            feature_names: self.feature_names.clone(),
            published_train: None,
        }
    }

    /// Deals the examples out: the numbers of those for train, dev and test. Each class has its share in
    /// every part. Where the publisher has set a test part aside, that is it, and only the rest is
    /// divided, into train and dev.
    ///
    /// # Errors
    /// Where a part would be empty, or the shares are none.
    pub fn deal(&self, split: &Split) -> Result<[Vec<usize>; 3], DataError> {
        let one_class = vec![0; self.len()];
        let labels = match &self.targets {
            Targets::Classes { labels, .. } => labels,
            Targets::Values { .. } => &one_class,
        };
        let Some(published) = self.published_train.filter(|&train| train < self.len()) else {
            return split.stratified(labels);
        };
        let [train, dev, more] = split.stratified(&labels[..published])?;
        let mut train = [train, more].concat();
        train.sort_unstable();
        Ok([train, dev, (published..self.len()).collect()])
    }

    /// A batch: features `[B, shape…]` (`f32`), and classes `[B]` (`i64`) or values `[B, names]` (`f32`).
    ///
    /// # Errors
    /// Where a row is beyond the end.
    pub fn batch(&self, rows: &[i64]) -> Result<(Tensor, Tensor), DataError> {
        let size = self.len();
        let within = |&row: &i64| usize::try_from(row).ok().filter(|&row| row < size);
        let rows: Option<Vec<usize>> = rows.iter().map(within).collect();
        let failed = |what: String| DataError::Table { place: "the batch".to_owned(), what };
        let rows = rows.ok_or_else(|| failed(format!("a row is beyond the {size} examples")))?;
        let shape = [&[rows.len()], &self.shape[..]].concat();
        let features = Tensor::from_slice(&gather(&self.features, self.width(), &rows), &shape);
        let targets = match self.targets.rows(&rows) {
            Targets::Classes { labels, .. } => Tensor::from_slice(&labels, &[rows.len()]),
            Targets::Values { values, names } => Tensor::from_slice(&values, &[rows.len(), names.len()]),
        };
        match (features, targets) {
            (Ok(features), Ok(targets)) => Ok((features, targets)),
            (Err(error), _) | (_, Err(error)) => Err(failed(error.to_string())),
        }
    }
}

/// The rows of `[N, width]` with these numbers.
fn gather(values: &[f32], width: usize, rows: &[usize]) -> Vec<f32> {
    rows.iter().flat_map(|&row| &values[row * width..(row + 1) * width]).copied().collect()
}

impl From<&Classes> for Samples {
    fn from(table: &Classes) -> Self {
        Self {
            features: table.features.iter().map(|&value| value as f32).collect(),
            shape: vec![table.feature_names.len()],
            targets: Targets::Classes { labels: table.labels.clone(), names: table.class_names.clone() },
            feature_names: table.feature_names.clone(),
            published_train: None,
        }
    }
}

/// One channel of grey from 0 to 1: `[1, height, width]`.
impl From<&Images> for Samples {
    fn from(images: &Images) -> Self {
        Self {
            features: images.grey.iter().map(|&grey| f32::from(grey) / f32::from(images.white)).collect(),
            shape: vec![1, images.height, images.width],
            targets: Targets::Classes { labels: images.labels.clone(), names: images.class_names.clone() },
            feature_names: Vec::new(),
            published_train: images.published_train,
        }
    }
}

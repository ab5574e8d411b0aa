//! Points in a plane, made as often and as noisily as wished: what a small network can and cannot do,
//! seen at a glance.

use crate::{DataError, Samples, Targets};
use gradus_tensor::random::{Generator, Scheme};
use std::f64::consts::{PI, TAU};

/// A way to make points.
///
/// ```
/// use gradus_data::toys::{Points, Toy};
///
/// let moons = Toy::Moons.make(&Points::default())?;
/// assert_eq!((moons.len(), &moons.shape[..]), (200, &[2][..]));
/// assert_eq!(moons.targets.names(), ["upper", "lower"]);
/// # Ok::<(), gradus_data::DataError>(())
/// ```
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
#[non_exhaustive]
pub enum Toy {
    /// Two half circles that reach into each other; as scikit-learn's `make_moons`.
    Moons,
    /// A circle within a circle, of half its radius; as scikit-learn's `make_circles`.
    Circles,
    /// A square's four quarters, opposite ones of the same class.
    Xor,
    /// Three arms that wind around each other.
    Spiral,
    /// Three clouds.
    Blobs,
    /// A value that rises evenly: 0.6 x − 0.8 y.
    Plane,
    /// A value that is high on a circle of radius 1: exp(−½ ((r − 1) / 0.3)²).
    Ring,
}

/// How many points, and how noisy.
#[derive(Clone, Copy, Debug, PartialEq)]
pub struct Points {
    /// How many.
    pub n: usize,
    /// The standard deviation of what is added.
    pub noise: f64,
    /// Where the random numbers start.
    pub seed: u64,
}

impl Default for Points {
    fn default() -> Self {
        Self { n: 200, noise: 0.1, seed: 42 }
    }
}

/// More than that are not seen any more.
const MOST: usize = 1_000_000;

impl Toy {
    /// All of them.
    pub const ALL: [Self; 7] =
        [Self::Moons, Self::Circles, Self::Xor, Self::Spiral, Self::Blobs, Self::Plane, Self::Ring];

    /// The one that is called so.
    pub fn named(name: &str) -> Option<Self> {
        Self::ALL.into_iter().find(|toy| toy.name() == name)
    }

    /// What it is called on the command line and in recipes.
    pub const fn name(self) -> &'static str {
        match self {
            Self::Moons => "moons",
            Self::Circles => "circles",
            Self::Xor => "xor",
            Self::Spiral => "spiral",
            Self::Blobs => "blobs",
            Self::Plane => "plane",
            Self::Ring => "ring",
        }
    }

    /// What it shows, in one line.
    pub const fn description(self) -> &'static str {
        match self {
            Self::Moons => "two half circles that reach into each other, 2 classes",
            Self::Circles => "a circle within a circle, 2 classes",
            Self::Xor => "a square's quarters, opposite ones of the same class, 2 classes",
            Self::Spiral => "three arms that wind around each other, 3 classes",
            Self::Blobs => "three clouds, 3 classes",
            Self::Plane => "a value that rises evenly, for regression",
            Self::Ring => "a value that is high on a circle, for regression",
        }
    }

    /// The classes' names; for a regression the value's.
    fn names(self) -> &'static [&'static str] {
        match self {
            Self::Moons => &["upper", "lower"],
            Self::Circles => &["outer", "inner"],
            Self::Xor => &["same sign", "other sign"],
            Self::Spiral | Self::Blobs => &["first", "second", "third"],
            Self::Plane | Self::Ring => &["value"],
        }
    }

    /// Makes points, in random order. Noise is added to the coordinates where classes are to be told
    /// apart, and to the value where it is to be predicted.
    ///
    /// # Errors
    /// Where there are fewer points than classes or more than a million, or the noise is no number
    /// from 0 on.
    pub fn make(self, points: &Points) -> Result<Samples, DataError> {
        let Points { n, noise, seed } = *points;
        let names = self.names();
        if !(names.len()..=MOST).contains(&n) {
            let (name, fewest) = (self.name(), names.len());
            return Err(DataError::Toy { what: format!("{name}: {n} points cannot be made; take {fewest} to {MOST}") });
        }
        if !(0.0..=1e6).contains(&noise) {
            let name = self.name();
            return Err(DataError::Toy {
                what: format!("{name}: noise of {noise} means nothing; take a number from 0 on"),
            });
        }
        let mut random = Random { generator: Generator::new(Scheme::Gradus, seed).stream(self.name()) };
        let mut points: Vec<Point> = (0..n).map(|i| self.point(i, n, &mut random)).collect();
        random.generator.shuffle(&mut points);
        for point in &mut points {
            if self.is_regression() {
                point.value += noise * random.normal();
            } else {
                point.x += noise * random.normal();
                point.y += noise * random.normal();
            }
        }
        let names = names.iter().map(|&name| name.to_owned()).collect();
        Ok(Samples {
            features: points.iter().flat_map(|point| [point.x as f32, point.y as f32]).collect(),
            shape: vec![2],
            targets: match self.is_regression() {
                true => Targets::Values { values: points.iter().map(|point| point.value as f32).collect(), names },
                false => Targets::Classes { labels: points.iter().map(|point| point.value as i64).collect(), names },
            },
            feature_names: ["x", "y"].map(str::to_owned).to_vec(),
            published_train: None,
        })
    }

    fn is_regression(self) -> bool {
        matches!(self, Self::Plane | Self::Ring)
    }

    /// The point `i` of `n`, without noise.
    fn point(self, i: usize, n: usize, random: &mut Random) -> Point {
        // Classes take turns; `share` goes from 0 to 1 through each of them.
        let classes = self.names().len();
        let (class, place, of) = (i % classes, i / classes, (n - i % classes).div_ceil(classes));
        let share = |last: usize| place as f64 / last.max(1) as f64;
        let value = class as f64;
        match self {
            Self::Moons => {
                let (sin, cos) = (PI * share(of - 1)).sin_cos();
                match class {
                    0 => Point { x: cos, y: sin, value },
                    _ => Point { x: 1.0 - cos, y: 0.5 - sin, value },
                }
            }
            Self::Circles => {
                let (sin, cos) = (TAU * share(of)).sin_cos();
                let radius = if class == 0 { 1.0 } else { 0.5 };
                Point { x: radius * cos, y: radius * sin, value }
            }
            Self::Xor => {
                let (x, y) = (random.unit(), random.unit());
                let (right, up) = (place % 2 == 0, (place % 2 == 0) == (class == 0));
                Point { x: if right { x } else { -x }, y: if up { y } else { -y }, value }
            }
            Self::Spiral => {
                let radius = share(of - 1);
                let (sin, cos) = (TAU * value / 3.0 + 4.0 * radius).sin_cos();
                Point { x: radius * cos, y: radius * sin, value }
            }
            Self::Blobs => {
                let (sin, cos) = (TAU * value / 3.0).sin_cos();
                Point { x: cos + 0.2 * random.normal(), y: sin + 0.2 * random.normal(), value }
            }
            Self::Plane | Self::Ring => {
                let [x, y] = [random.unit(), random.unit()].map(|unit| 3.0 * unit - 1.5);
                let from_circle = (x.hypot(y) - 1.0) / 0.3;
                let value = match self {
                    Self::Plane => 0.6 * x - 0.8 * y,
                    _ => (-0.5 * from_circle * from_circle).exp(),
                };
                Point { x, y, value }
            }
        }
    }
}

/// Where it is, and its class or value.
struct Point {
    x: f64,
    y: f64,
    value: f64,
}

struct Random {
    generator: Generator,
}

impl Random {
    /// From 0 to 1.
    fn unit(&mut self) -> f64 {
        self.generator.unit()
    }

    /// From the standard normal distribution.
    fn normal(&mut self) -> f64 {
        let mut one = [0.0_f64];
        self.generator.fill_randn(&mut one);
        one[0]
    }
}

//! The data sets that are known by name.

use crate::toys::Toy;

/// A data set with what a person wants to know before using it.
#[derive(Debug, PartialEq, Eq)]
pub struct DataSet {
    /// What it is called on the command line and in recipes.
    pub name: &'static str,
    /// What it holds, in one line.
    pub description: &'static str,
    /// Who made it, and where it can be found.
    pub source: &'static str,
    /// Under which terms it is used.
    pub licence: &'static str,
    /// How it is read.
    pub kind: Kind,
    /// Where its bytes are.
    pub origin: Origin,
}

/// How a data set is read.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
#[non_exhaustive]
pub enum Kind {
    /// One thing a line: [`crate::Lines`].
    Lines,
    /// Running text: [`crate::Text`].
    Text,
    /// Rows of measurements with a class each: [`crate::Classes`].
    Table,
    /// Pictures with a class each: [`crate::Images`].
    Images,
    /// Points in a plane with a class or a value each: [`crate::toys`].
    Points,
}

impl Kind {
    /// In words: "a list with one thing a line".
    pub fn describe(self) -> &'static str {
        match self {
            Self::Lines => "a list with one thing a line",
            Self::Text => "running text",
            Self::Table => "a table of measurements",
            Self::Images => "a set of pictures",
            Self::Points => "a set of points in a plane",
        }
    }
}

/// Where a data set's bytes are.
#[derive(PartialEq, Eq)]
#[non_exhaustive]
pub enum Origin {
    /// In the program itself, as they stand in the project's `data` folder (gzip where so there).
    BuiltIn(&'static [u8]),
    /// On the net, and after `gradus data fetch NAME` in the user's cache folder.
    Fetched(&'static [Remote]),
    /// Nowhere: they are made when they are used.
    Made(Toy),
}

/// A file that is published on the net.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Remote {
    /// Its place below the cache folder.
    pub file: &'static str,
    /// Where it is published.
    pub url: &'static str,
    /// SHA-256 of what is published, in hexadecimal.
    pub sha256: &'static str,
    /// Its size.
    pub bytes: u64,
}

impl std::fmt::Debug for Origin {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        match self {
            Self::BuiltIn(bytes) => write!(f, "BuiltIn({} bytes)", bytes.len()),
            Self::Fetched(files) => f.debug_tuple("Fetched").field(files).finish(),
            Self::Made(toy) => f.debug_tuple("Made").field(toy).finish(),
        }
    }
}

/// All known data sets: first what is built in, then what can be fetched, then what is made.
pub fn all() -> &'static [DataSet] {
    &SETS
}

/// The data set with this name.
///
/// ```
/// let set = gradus_data::registry::find("iris").unwrap();
/// assert_eq!(set.licence, "CC BY 4.0");
/// ```
pub fn find(name: &str) -> Option<&'static DataSet> {
    SETS.iter().find(|set| set.name == name)
}

const CENSUS: &str = "US Census Bureau, frequently occurring names of the 1990 census";
const PUBLIC_DOMAIN: &str = "public domain (work of the US government)";
const COURSE: &str = "not stated by its publisher; not carried along";

/// Points are known by name as other data are.
const fn made(toy: Toy) -> DataSet {
    DataSet {
        name: toy.name(),
        description: toy.description(),
        source: "made when they are used, with the noise that is wished",
        licence: "none is needed",
        kind: Kind::Points,
        origin: Origin::Made(toy),
    }
}

static SETS: [DataSet; 15] = [
    DataSet {
        name: "given-names",
        description: "5,163 given names from Aaron to Zulma, in lower case",
        source: CENSUS,
        licence: PUBLIC_DOMAIN,
        kind: Kind::Lines,
        origin: Origin::BuiltIn(include_bytes!("../data/census-given-names.txt")),
    },
    DataSet {
        name: "surnames",
        description: "88,799 surnames, the most frequent first, in lower case",
        source: CENSUS,
        licence: PUBLIC_DOMAIN,
        kind: Kind::Lines,
        origin: Origin::BuiltIn(include_bytes!("../data/census-surnames.txt")),
    },
    DataSet {
        name: "iris",
        description: "150 flowers: 4 measurements in centimetres, 3 species",
        source: "R. A. Fisher, 1936; UCI Machine Learning Repository, Iris, https://doi.org/10.24432/C56C76",
        licence: "CC BY 4.0",
        kind: Kind::Table,
        origin: Origin::BuiltIn(include_bytes!("../data/iris.csv")),
    },
    DataSet {
        name: "digits",
        description: "1,797 handwritten digits: 8 by 8 grey levels from 0 to 16, 10 classes",
        source: "E. Alpaydin, C. Kaynak, 1998; UCI Machine Learning Repository, Optical Recognition of Handwritten \
                 Digits, https://doi.org/10.24432/C50P49",
        licence: "CC BY 4.0",
        kind: Kind::Images,
        origin: Origin::BuiltIn(include_bytes!("../data/digits.csv.gz")),
    },
    DataSet {
        name: "tastes",
        description: "27 drinks: how sweet, sour and bitter each is, and whether it is liked",
        source: "made for one neuron: liked where 2 sweet - sour - bitter > 0",
        licence: "none is needed",
        kind: Kind::Table,
        origin: Origin::BuiltIn(include_bytes!("../data/tastes.csv")),
    },
    DataSet {
        name: "names",
        description: "32,033 given names, the list of the makemore course",
        source: "US Social Security Administration, 2018; A. Karpathy, makemore",
        licence: COURSE,
        kind: Kind::Lines,
        origin: Origin::Fetched(&[Remote {
            file: "names.txt",
            url: "https://raw.githubusercontent.com/karpathy/makemore/master/names.txt",
            sha256: "0a30b5557f192f32ab962680889aac5f6fda0f4cecf40a6d0b5694f58ea8cc4d",
            bytes: 228_145,
        }]),
    },
    DataSet {
        name: "shakespeare",
        description: "1,115,394 characters from Shakespeare's plays",
        source: "W. Shakespeare; A. Karpathy, char-rnn",
        licence: COURSE,
        kind: Kind::Text,
        origin: Origin::Fetched(&[Remote {
            file: "tinyshakespeare.txt",
            url: "https://raw.githubusercontent.com/karpathy/char-rnn/master/data/tinyshakespeare/input.txt",
            sha256: "86c4e6aa9db7c042ec79f339dcb96d42b0075e16b8fc2e86bf0ca57e2dc565ed",
            bytes: 1_115_394,
        }]),
    },
    DataSet {
        name: "mnist",
        description: "70,000 handwritten digits: 28 by 28 grey levels from 0 to 255, 10 classes",
        source: "Y. LeCun, C. Cortes, C. J. C. Burges, http://yann.lecun.com/exdb/mnist; from the copy of the CVDF",
        licence: COURSE,
        kind: Kind::Images,
        origin: Origin::Fetched(&[
            Remote {
                file: "mnist/train-images-idx3-ubyte.gz",
                url: "https://storage.googleapis.com/cvdf-datasets/mnist/train-images-idx3-ubyte.gz",
                sha256: "440fcabf73cc546fa21475e81ea370265605f56be210a4024d2ca8f203523609",
                bytes: 9_912_422,
            },
            Remote {
                file: "mnist/train-labels-idx1-ubyte.gz",
                url: "https://storage.googleapis.com/cvdf-datasets/mnist/train-labels-idx1-ubyte.gz",
                sha256: "3552534a0a558bbed6aed32b30c495cca23d567ec52cac8be1a0730e8010255c",
                bytes: 28_881,
            },
            Remote {
                file: "mnist/t10k-images-idx3-ubyte.gz",
                url: "https://storage.googleapis.com/cvdf-datasets/mnist/t10k-images-idx3-ubyte.gz",
                sha256: "8d422c7b0a1c1c79245a5bcf07fe86e33eeafee792b84584aec276f5a2dbc4e6",
                bytes: 1_648_877,
            },
            Remote {
                file: "mnist/t10k-labels-idx1-ubyte.gz",
                url: "https://storage.googleapis.com/cvdf-datasets/mnist/t10k-labels-idx1-ubyte.gz",
                sha256: "f7ae60f92e00ec6debd23a6088c31dbd2371eca3ffa0defaefb259924204aec6",
                bytes: 4_542,
            },
        ]),
    },
    made(Toy::Moons),
    made(Toy::Circles),
    made(Toy::Xor),
    made(Toy::Spiral),
    made(Toy::Blobs),
    made(Toy::Plane),
    made(Toy::Ring),
];

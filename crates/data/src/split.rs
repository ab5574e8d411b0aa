use crate::{DataError, Lines};
use gradus_tensor::random::{Generator, PythonRandom, Scheme};
use std::collections::{BTreeMap, HashMap};
use std::sync::Arc;

/// How a list is dealt out to train, dev and test.
#[derive(Clone, Copy, Debug, PartialEq)]
#[non_exhaustive]
pub enum Split {
    /// The course's: Python's `random.seed(seed); random.shuffle(words)`, then the first 80 %, the
    /// next 10 % and the rest.
    Course {
        /// Python's seed; 42 in the lectures.
        seed: u64,
        /// How often the lines are shuffled in place, each time from the seed on. Part 2 of the
        /// course shows the numbers of a notebook cell that was run 4 times; the others, of 1.
        shuffles: u32,
    },
    /// makemore.py's: PyTorch's `randperm`; the last tenth, but 1000 at most, is the test part, and
    /// there is no dev part.
    Makemore {
        /// PyTorch's seed; 3407 there.
        seed: u64,
    },
    /// Gradus's own random numbers.
    Random {
        /// The seed.
        seed: u64,
        /// The share for dev, between 0 and 1.
        dev: f64,
        /// The share for test, between 0 and 1.
        test: f64,
    },
    /// No shuffle: the beginning is for train, what follows for dev, the end for test.
    Contiguous {
        /// The share for dev, between 0 and 1.
        dev: f64,
        /// The share for test, between 0 and 1.
        test: f64,
    },
}

impl Split {
    /// The split of the course from part 3 on: seed 42, shuffled once.
    pub const COURSE: Self = Self::Course { seed: 42, shuffles: 1 };

    /// Brings items into the order in which they are dealt out.
    fn order<T>(&self, items: &mut [T]) {
        match *self {
            Self::Course { seed, shuffles } => {
                for _ in 0..shuffles {
                    PythonRandom::new(seed).shuffle(items);
                }
            }
            Self::Makemore { seed } => Generator::new(Scheme::Torch, seed).shuffle(items),
            Self::Random { seed, .. } => Generator::new(Scheme::Gradus, seed).stream("split").shuffle(items),
            Self::Contiguous { .. } => {}
        }
    }

    /// Where, of `n` items in order, dev begins and test begins.
    fn cuts(&self, n: usize) -> Result<[usize; 2], DataError> {
        // Python's int(0.8 * n): in floating point, then down.
        let below = |share: f64| (share * n as f64) as usize;
        match *self {
            Self::Course { .. } => Ok([below(0.8), below(0.9)]),
            Self::Makemore { .. } => Ok([n - below(0.1).min(1000); 2]),
            Self::Random { dev, test, .. } | Self::Contiguous { dev, test } => {
                if !(dev >= 0.0 && test >= 0.0 && dev + test < 1.0) {
                    return Err(DataError::Shares { dev, test });
                }
                let test_begins = n - below(test);
                Ok([test_begins - below(dev).min(test_begins), test_begins])
            }
        }
    }

    /// Which parts this split means to fill: train, dev, test.
    fn wanted(&self) -> [bool; 3] {
        match *self {
            Self::Course { .. } => [true; 3],
            Self::Makemore { .. } => [true, false, true],
            Self::Random { dev, test, .. } | Self::Contiguous { dev, test } => [true, dev > 0.0, test > 0.0],
        }
    }

    fn are_filled(&self, sizes: [usize; 3]) -> bool {
        self.wanted().iter().zip(sizes).all(|(&wanted, size)| !wanted || size > 0)
    }

    /// The fewest items that leave no part empty.
    fn needed(&self) -> usize {
        let filled = |&n: &usize| {
            self.cuts(n).is_ok_and(|[dev, test]| self.are_filled([dev, test.saturating_sub(dev), n - test]))
        };
        (1..10_000).find(filled).unwrap_or(10_000)
    }
}

impl Split {
    /// Deals rows out so that each class has its share in every part: the rows of train, dev and
    /// test, each in their order. Shares are rounded down class by class, as [`Lines::split`] rounds
    /// them for a list.
    ///
    /// # Errors
    /// Where a part would be empty, or the shares are none.
    pub fn stratified(&self, labels: &[i64]) -> Result<[Vec<usize>; 3], DataError> {
        let mut rows: Vec<usize> = (0..labels.len()).collect();
        self.order(&mut rows);
        let mut classes: BTreeMap<i64, Vec<usize>> = BTreeMap::new();
        for row in rows {
            classes.entry(labels[row]).or_default().push(row);
        }
        let mut parts: [Vec<usize>; 3] = Default::default();
        for rows in classes.values() {
            let [dev_begins, test_begins] = self.cuts(rows.len())?;
            parts[0].extend(&rows[..dev_begins]);
            parts[1].extend(&rows[dev_begins..test_begins]);
            parts[2].extend(&rows[test_begins..]);
        }
        if !self.are_filled([parts[0].len(), parts[1].len(), parts[2].len()]) {
            let (place, needed) = ("the largest class".to_owned(), self.needed());
            let found = classes.values().map(Vec::len).max().unwrap_or(0);
            return Err(DataError::TooFew { place, found, unit: "rows", needed });
        }
        parts.iter_mut().for_each(|rows| rows.sort_unstable());
        Ok(parts)
    }
}

/// A list in three parts. Every line is in exactly one of them.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Parts {
    /// What is learned from.
    pub train: Vec<Arc<str>>,
    /// What decisions are made on (sizes, learning rates, when to stop).
    pub dev: Vec<Arc<str>>,
    /// What is looked at once, at the end.
    pub test: Vec<Arc<str>>,
}

impl Lines {
    /// Deals the lines out, each on its own: a line that stands there twice may end up on two sides.
    ///
    /// # Errors
    /// Where a part would be empty, or the shares are none.
    pub fn split(&self, split: &Split) -> Result<Parts, DataError> {
        let groups = self.items().iter().map(|item| (Arc::clone(item), 1)).collect();
        self.deal(split, groups)
    }

    /// Deals the lines out, all copies of a line to the same part, so that nothing in dev or test
    /// has been learned from. The parts keep their shares of all lines, as closely as copies allow.
    ///
    /// # Errors
    /// As [`Lines::split`].
    pub fn split_together(&self, split: &Split) -> Result<Parts, DataError> {
        let mut groups: Vec<(Arc<str>, usize)> = Vec::new();
        let mut seen = HashMap::new();
        for item in self.items() {
            let group = *seen.entry(item).or_insert_with(|| {
                groups.push((Arc::clone(item), 0));
                groups.len() - 1
            });
            groups[group].1 += 1;
        }
        self.deal(split, groups)
    }

    /// Shuffles the groups and gives each to the part in which its first line falls.
    fn deal(&self, split: &Split, mut groups: Vec<(Arc<str>, usize)>) -> Result<Parts, DataError> {
        let [dev_begins, test_begins] = split.cuts(self.len())?;
        let found = groups.len();
        split.order(&mut groups);
        let mut parts = Parts { train: Vec::new(), dev: Vec::new(), test: Vec::new() };
        let mut dealt = 0;
        for (item, copies) in groups {
            let part = match dealt {
                _ if dealt < dev_begins => &mut parts.train,
                _ if dealt < test_begins => &mut parts.dev,
                _ => &mut parts.test,
            };
            part.extend(std::iter::repeat_n(item, copies));
            dealt += copies;
        }
        if !split.are_filled([parts.train.len(), parts.dev.len(), parts.test.len()]) {
            let unit = if found == self.len() { "lines" } else { "different lines" };
            let place = self.label().to_owned();
            return Err(DataError::TooFew { place, found, unit, needed: split.needed().max(found + 1) });
        }
        Ok(parts)
    }
}

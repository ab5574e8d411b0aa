use crate::{DataError, Lines, Source, Vocabulary};
use std::collections::HashMap;
use std::sync::Arc;

/// Things from several lists, to be told apart by the list that they stand in: given names and surnames.
///
/// What stands in more than one list says nothing, and is left out; copies within a list count once.
///
/// ```
/// use gradus_data::{Lists, Source};
///
/// let given = Source::text("given", "ann\nbob\nkelly\ncleo");
/// let sur = Source::text("sur", "kelly\nsmith\nstone\nwood\nhall");
/// let lists = Lists::open(&[given, sur])?;
/// assert_eq!((lists.len(), lists.shared), (7, 1)); // kelly is both
/// assert_eq!(lists.labels, [0, 0, 0, 1, 1, 1, 1]);
///
/// let even = lists.evened(); // as many of each, the first ones
/// assert_eq!(even.labels, [0, 0, 0, 1, 1, 1]);
/// # Ok::<(), gradus_data::DataError>(())
/// ```
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Lists {
    /// The things, list by list, each in its order: `[N]`.
    pub items: Vec<Arc<str>>,
    /// Which list each stands in, as an index into `names`: `[N]`.
    pub labels: Vec<i64>,
    /// What the lists are called.
    pub names: Vec<String>,
    /// How many things were left out because they stand in more than one list.
    pub shared: usize,
}

impl Lists {
    /// Reads the lists.
    ///
    /// # Errors
    /// Where one cannot be read, there are fewer than two, or one holds nothing of its own.
    pub fn open(sources: &[Source]) -> Result<Self, DataError> {
        Self::of(&sources.iter().map(Lines::open).collect::<Result<Vec<_>, _>>()?)
    }

    /// Takes lists that were read.
    ///
    /// # Errors
    /// Where there are fewer than two, or one holds nothing of its own.
    pub fn of(lists: &[Lines]) -> Result<Self, DataError> {
        let labels: Vec<String> = lists.iter().map(|list| list.label().to_owned()).collect();
        let failed = |what: &str| DataError::Table { place: labels.join(", "), what: what.to_owned() };
        if lists.len() < 2 {
            return Err(failed("things are told apart by their lists, and it takes two lists at least"));
        }
        // The list that each thing was first seen in; `None` once it was seen in another.
        let mut homes: HashMap<&str, Option<usize>> = HashMap::new();
        for (number, list) in lists.iter().enumerate() {
            for item in list.items() {
                let home = homes.entry(item).or_insert(Some(number));
                if *home != Some(number) {
                    *home = None;
                }
            }
        }
        let shared = homes.values().filter(|home| home.is_none()).count();
        let mut all = Self { items: Vec::new(), labels: Vec::new(), names: labels.clone(), shared };
        for (number, list) in lists.iter().enumerate() {
            let before = all.len();
            for item in list.items() {
                // Taken out at its first copy, so that it is not taken twice.
                if homes.get(&**item) == Some(&Some(number)) {
                    homes.remove(&**item);
                    all.items.push(Arc::clone(item));
                    all.labels.push(number as i64);
                }
            }
            if all.len() == before {
                return Err(failed(&format!("{} holds nothing that is not in another list too", list.label())));
            }
        }
        Ok(all)
    }

    /// How many things there are; never 0.
    #[expect(clippy::len_without_is_empty, reason = "lists without things are an error")]
    pub fn len(&self) -> usize {
        self.items.len()
    }

    /// The first things of each list, as many as the shortest one has.
    pub fn evened(&self) -> Self {
        let count = |list: usize| self.labels.iter().filter(|&&label| label == list as i64).count();
        let most = (0..self.names.len()).map(count).min().unwrap_or(0);
        let mut taken = vec![0; self.names.len()];
        let rows = self.items.iter().zip(&self.labels).filter(|&(_, &label)| {
            taken[label as usize] += 1;
            taken[label as usize] <= most
        });
        let (items, labels) = rows.map(|(item, &label)| (Arc::clone(item), label)).unzip();
        Self { items, labels, names: self.names.clone(), shared: self.shared }
    }

    /// The characters that occur, with a mark that fills short things up.
    pub fn vocabulary(&self) -> Vocabulary {
        Vocabulary::of_lines(&self.items)
    }
}

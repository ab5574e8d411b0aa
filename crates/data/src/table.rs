use crate::registry::Kind;
use crate::{DataError, Source, error::shown};
use csv::{ReaderBuilder, StringRecord};

/// A table of comma-separated values: named columns of numbers or words, cells possibly missing.
///
/// The separator (comma, semicolon or tab) and what the first row says are found out: without any
/// number it names the columns; where it counts rows and measurements (`150,4,setosa,…`), as the
/// files of scikit-learn do, it names the classes. Empty cells, `?`, `NA` and `NaN` are missing.
/// Between semicolons a decimal comma is understood.
///
/// ```
/// use gradus_data::Table;
///
/// let table = Table::parse("plants", "height,colour\n12.5,green\n?,red\n9,green")?;
/// assert_eq!(table.missing(), [(3, "height")]); // line 3 of the file
/// assert!(table.classes(None).unwrap_err().to_string().contains("line 3, column `height`: the value is missing"));
/// # Ok::<(), gradus_data::DataError>(())
/// ```
#[derive(Clone, Debug, PartialEq)]
pub struct Table {
    label: String,
    names: Vec<String>,
    /// Row by row; `None` where a cell is missing.
    cells: Vec<Vec<Option<String>>>,
    /// The line of the file that each row begins on.
    lines: Vec<u64>,
    decimal_comma: bool,
    /// What the numbers 0, 1, … in the last column stand for, where the first row says so.
    class_names: Vec<String>,
}

/// Measurements with a class each.
#[derive(Clone, Debug, PartialEq)]
pub struct Classes {
    /// The measurements, row by row: `[N, features]`.
    pub features: Vec<f64>,
    /// The class of each row, as an index into `class_names`: `[N]`.
    pub labels: Vec<i64>,
    /// What is measured: `[features]`.
    pub feature_names: Vec<String>,
    /// What the classes are called.
    pub class_names: Vec<String>,
    /// Columns that are no measurements: they only count the rows.
    pub left_out: Vec<String>,
}

impl Classes {
    /// Iris, digits, or a CSV file whose column `target`, or else the last one, is the class.
    ///
    /// # Errors
    /// Where the source cannot be read or is no complete table.
    pub fn open(source: &Source, target: Option<&str>) -> Result<Self, DataError> {
        match (source.data_set().map(|set| set.name), target) {
            (Some(place), Some(target)) => {
                let what = format!("it says itself what its class is: leave out the column `{}`", shown(target));
                Err(DataError::Table { place: place.to_owned(), what })
            }
            (Some("iris"), _) => iris(),
            (Some("digits"), _) => digits(),
            _ => Table::open(source)?.classes(target),
        }
    }

    /// How many rows there are.
    pub fn len(&self) -> usize {
        self.labels.len()
    }

    /// Whether there are none.
    pub fn is_empty(&self) -> bool {
        self.labels.is_empty()
    }

    /// The measurements of one row.
    ///
    /// # Panics
    /// Where the row is beyond the end.
    pub fn row(&self, row: usize) -> &[f64] {
        let width = self.feature_names.len();
        &self.features[row * width..(row + 1) * width]
    }
}

impl Table {
    /// Reads a table.
    ///
    /// # Errors
    /// Where the source cannot be read, is empty, or has rows of different lengths.
    pub fn open(source: &Source) -> Result<Self, DataError> {
        source.expect(Kind::Table)?;
        Self::parse(&source.label(), &source.read_text()?)
    }

    /// Takes a text apart; `label` stands for it in messages.
    ///
    /// # Errors
    /// Where it is empty, or a row has more or fewer cells than the others.
    pub fn parse(label: &str, text: &str) -> Result<Self, DataError> {
        let first_line = text.lines().find(|line| !line.trim().is_empty()).unwrap_or("");
        let count = |separator: &u8| first_line.bytes().filter(|byte| byte == separator).count();
        // The last of equals wins: the comma.
        let separator = *b"\t;,".iter().max_by_key(|separator| count(separator)).unwrap_or(&b',');
        let mut table = Self {
            label: label.to_owned(),
            names: Vec::new(),
            cells: Vec::new(),
            lines: Vec::new(),
            decimal_comma: separator == b';',
            class_names: Vec::new(),
        };
        let mut reader =
            ReaderBuilder::new().has_headers(false).flexible(true).delimiter(separator).from_reader(text.as_bytes());
        let mut record = StringRecord::new();
        while reader.read_record(&mut record).map_err(|error| table.error(error.to_string()))? {
            table.cells.push(record.iter().map(cell).collect());
            table.lines.push(record.position().map_or(0, csv::Position::line));
        }
        if table.cells.is_empty() {
            return Err(DataError::Empty { place: label.to_owned(), wanted: "it should hold a row of values a line" });
        }
        table.take_first_row()?;
        table.check_widths()?;
        Ok(table)
    }

    /// Finds out what the first row says, and takes it out where it holds no values.
    fn take_first_row(&mut self) -> Result<(), DataError> {
        let first: Vec<&str> = self.cells[0].iter().map(|cell| cell.as_deref().unwrap_or("")).collect();
        let width = self.cells.get(1).map_or(first.len(), Vec::len);
        let is_word = |cell: &&str| self.number(cell).is_none();
        let numbered = |i: usize| format!("column {}", i + 1);
        let class_names = match &first[..] {
            [rows, measurements, classes @ ..]
                if rows.parse() == Ok(self.cells.len() - 1)
                    && measurements.parse() == Ok(width - 1)
                    && classes.len() >= 2
                    && classes.iter().all(is_word) =>
            {
                classes.iter().map(|&name| name.to_owned()).collect()
            }
            _ => Vec::new(),
        };
        let names_columns = first.iter().all(is_word) && first.iter().any(|cell| !cell.is_empty());
        self.names = match names_columns {
            true => first
                .iter()
                .enumerate()
                .map(|(i, name)| if name.is_empty() { numbered(i) } else { shown(name) })
                .collect(),
            false => (0..width).map(numbered).collect(),
        };
        if names_columns || !class_names.is_empty() {
            self.cells.remove(0);
            self.lines.remove(0);
        }
        self.class_names = class_names;
        if self.cells.is_empty() {
            return Err(self.error("it names its columns but has no rows; add a row of values a line".to_owned()));
        }
        Ok(())
    }

    fn check_widths(&self) -> Result<(), DataError> {
        let width = self.names.len();
        for (row, line) in self.cells.iter().zip(&self.lines) {
            if row.len() != width {
                let found = row.len();
                return Err(
                    self.error(format!("line {line} has {found} instead of {width} values; every row needs as many"))
                );
            }
        }
        Ok(())
    }

    /// The columns' names.
    pub fn names(&self) -> &[String] {
        &self.names
    }

    /// How many rows there are, the header left out; never 0.
    #[expect(clippy::len_without_is_empty, reason = "an empty table is an error when it is read")]
    pub fn len(&self) -> usize {
        self.cells.len()
    }

    /// The cell of a row (from 0) and column, as it stands in the file; `None` where it is missing.
    ///
    /// # Panics
    /// Where row or column are beyond the end.
    pub fn cell(&self, row: usize, column: usize) -> Option<&str> {
        self.cells[row][column].as_deref()
    }

    /// A column's numbers, missing ones as `None`; `None` for the whole where a cell is no number.
    ///
    /// # Panics
    /// Where the column is beyond the end.
    pub fn numbers(&self, column: usize) -> Option<Vec<Option<f64>>> {
        let number = |row: &Vec<Option<String>>| match &row[column] {
            Some(cell) => self.number(cell).map(Some),
            None => Some(None),
        };
        self.cells.iter().map(number).collect()
    }

    /// Where values are missing: the line of the file and the column.
    pub fn missing(&self) -> Vec<(u64, &str)> {
        let mut missing = Vec::new();
        for (row, line) in self.cells.iter().zip(&self.lines) {
            for (cell, name) in row.iter().zip(&self.names) {
                if cell.is_none() {
                    missing.push((*line, name.as_str()));
                }
            }
        }
        missing
    }

    /// What is said of the first missing value: that it is, and where the next ones are.
    fn told_missing(&self) -> String {
        let others = self.missing().split_off(1);
        let places: Vec<String> = others.iter().take(3).map(|(line, name)| format!("line {line} `{name}`")).collect();
        let (places, more) = (places.join(", "), if others.len() > 3 { ", …" } else { "" });
        match others.len() {
            0 => "the value is missing; fill it in or leave the line out".to_owned(),
            n => format!("the value is missing, and {n} more ({places}{more}); fill them in or leave the lines out"),
        }
    }

    /// The table as measurements and a class: the class is the column `target` or else the last one,
    /// the measurements are all others. Classes that are numbers are in numeric order, others in
    /// alphabetical order. A column that is called as a row number is, and only counts the rows, is no
    /// measurement: rows that are sorted by class would give their class away by it.
    ///
    /// # Errors
    /// Where a value is missing, a measurement is no number, there is no such column, nothing to
    /// measure or a single class.
    pub fn classes(&self, target: Option<&str>) -> Result<Classes, DataError> {
        let last = self.names.len() - 1;
        let target = match target {
            Some(name) => self.names.iter().position(|known| known == name).ok_or_else(|| {
                self.error(format!("it has no column `{}`; the columns are {}", shown(name), self.names.join(", ")))
            })?,
            None => last,
        };
        if last == 0 {
            return Err(self.error("it has one column; a class needs at least one measurement beside it".to_owned()));
        }
        let counts: Vec<usize> = (0..=last).filter(|&column| column != target && self.counts_rows(column)).collect();
        if counts.len() == last {
            return Err(
                self.error("its columns only count the rows; a class needs at least one measurement".to_owned())
            );
        }
        let mut features = Vec::with_capacity(self.len() * last);
        let mut words = Vec::with_capacity(self.len());
        for (row, &line) in self.cells.iter().zip(&self.lines) {
            for (column, cell) in row.iter().enumerate().filter(|(column, _)| !counts.contains(column)) {
                let at = |what: String| self.error(format!("line {line}, column `{}`: {what}", self.names[column]));
                let cell = cell.as_deref().ok_or_else(|| at(self.told_missing()))?;
                if column == target {
                    words.push(cell);
                } else {
                    let number = self.number(cell);
                    features.push(number.ok_or_else(|| at(format!("`{}` is not a number", shown(cell))))?);
                }
            }
        }
        let (labels, class_names) = match target == last && !self.class_names.is_empty() {
            true => (self.numbered_classes(&words)?, self.class_names.clone()),
            false => {
                let names = self.in_order(&words);
                let label = |word: &&str| names.iter().position(|name| name == word).unwrap_or(0) as i64;
                (words.iter().map(label).collect(), names)
            }
        };
        if class_names.len() < 2 {
            let (name, class) = (&self.names[target], shown(words[0]));
            return Err(self.error(format!("column `{name}` holds one class, `{class}`; two are needed")));
        }
        let named = |columns: Vec<usize>| columns.into_iter().map(|column| self.names[column].clone()).collect();
        let measured = (0..=last).filter(|column| *column != target && !counts.contains(column)).collect();
        Ok(Classes { features, labels, feature_names: named(measured), class_names, left_out: named(counts) })
    }

    /// Whether a column is called as a row number is, and is one: 0, 1, 2, … or 1, 2, 3, …
    fn counts_rows(&self, column: usize) -> bool {
        let name = self.names[column].to_ascii_lowercase();
        // What pandas writes has no name, and is called by its place here.
        let is_called_so = ["id", "index", "no", "nr", "row", "rownames", "unnamed: 0"].contains(&name.as_str())
            || (column == 0 && name == "column 1" && !self.names.iter().any(|name| name == "column 2"));
        let counts_from = |first: f64| {
            let expected = (0..self.len()).map(|row| Some(first + row as f64));
            self.numbers(column).is_some_and(|numbers| numbers.into_iter().eq(expected))
        };
        is_called_so && (counts_from(0.0) || counts_from(1.0))
    }

    /// The words as numbers of the classes that the first row names.
    fn numbered_classes(&self, words: &[&str]) -> Result<Vec<i64>, DataError> {
        let count = self.class_names.len();
        let label = |(word, line): (&&str, &u64)| match word.parse() {
            Ok(label) if (0..count as i64).contains(&label) => Ok(label),
            _ => Err(self.error(format!(
                "line {line}: class `{}` is none of the {count} that the first row names (0 to {})",
                shown(word),
                count - 1
            ))),
        };
        words.iter().zip(&self.lines).map(label).collect()
    }

    /// The different words, numbers by their value, others by the alphabet.
    fn in_order(&self, words: &[&str]) -> Vec<String> {
        let mut names: Vec<&str> = words.to_vec();
        names.sort_unstable();
        names.dedup();
        let values: Option<Vec<f64>> = names.iter().map(|name| self.number(name)).collect();
        if let Some(values) = values {
            let mut order: Vec<(f64, &str)> = values.into_iter().zip(names).collect();
            order.sort_by(|(a, _), (b, _)| a.total_cmp(b));
            names = order.into_iter().map(|(_, name)| name).collect();
        }
        names.into_iter().map(str::to_owned).collect()
    }

    fn number(&self, cell: &str) -> Option<f64> {
        let value = match self.decimal_comma {
            true => cell.replace(',', ".").parse(),
            false => cell.parse(),
        };
        value.ok().filter(|value: &f64| value.is_finite())
    }

    fn error(&self, what: String) -> DataError {
        DataError::Table { place: self.label.clone(), what }
    }
}

/// A cell without the blanks around it; `None` where it says that the value is missing.
fn cell(cell: &str) -> Option<String> {
    let cell = cell.trim();
    let is_missing = cell.is_empty() || cell == "?" || ["na", "nan"].contains(&cell.to_ascii_lowercase().as_str());
    (!is_missing).then(|| cell.to_owned())
}

/// Fisher's irises: 150 rows of 4 measurements in centimetres, 3 species.
///
/// # Errors
/// None, for the data that are built in.
pub fn iris() -> Result<Classes, DataError> {
    let mut flowers = Table::open(&Source::find("iris")?)?.classes(None)?;
    let names = ["sepal length", "sepal width", "petal length", "petal width"];
    flowers.feature_names = names.map(|name| format!("{name} (cm)")).to_vec();
    Ok(flowers)
}

/// Handwritten digits: 1,797 rows of 8 by 8 grey levels from 0 to 16, 10 classes.
///
/// # Errors
/// None, for the data that are built in.
pub fn digits() -> Result<Classes, DataError> {
    let source = Source::find("digits")?;
    let mut digits = Table::parse(&source.label(), &source.read_text()?)?.classes(None)?;
    digits.feature_names = (0..64).map(|i| format!("row {}, column {}", i / 8, i % 8)).collect();
    Ok(digits)
}

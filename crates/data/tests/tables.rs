//! Tables: flowers, digits and CSV files of one's own.

use gradus_data::{Classes, Source, Table, digits, iris};

#[test]
fn irises_are_all_there() {
    let flowers = iris().unwrap();
    assert_eq!((flowers.len(), flowers.features.len()), (150, 600));
    assert_eq!(flowers.class_names, ["setosa", "versicolor", "virginica"]);
    let names = ["sepal length (cm)", "sepal width (cm)", "petal length (cm)", "petal width (cm)"];
    assert_eq!(flowers.feature_names, names);
    assert_eq!((flowers.row(0), flowers.labels[0]), (&[5.1, 3.5, 1.4, 0.2][..], 0));
    assert_eq!((flowers.row(149), flowers.labels[149]), (&[5.9, 3.0, 5.1, 1.8][..], 2));
    for class in 0..3 {
        assert_eq!(flowers.labels.iter().filter(|&&label| label == class).count(), 50);
    }
}

#[test]
fn digits_are_all_there() {
    let digits = digits().unwrap();
    assert_eq!((digits.len(), digits.feature_names.len(), digits.class_names.len()), (1797, 64, 10));
    assert!(digits.features.iter().all(|grey| (0.0..=16.0).contains(grey) && grey.fract() == 0.0));
    assert_eq!(digits.class_names, ["0", "1", "2", "3", "4", "5", "6", "7", "8", "9"]);
    assert_eq!(digits.labels[..10], [0, 1, 2, 3, 4, 5, 6, 7, 8, 9]);
    assert_eq!(digits.row(0)[..8], [0.0, 0.0, 5.0, 13.0, 9.0, 1.0, 0.0, 0.0]);
    // How often each digit stands there, as the repository describes the set.
    let counts: Vec<usize> = (0..10).map(|d| digits.labels.iter().filter(|&&label| label == d).count()).collect();
    assert_eq!(counts, [178, 182, 177, 183, 181, 182, 181, 179, 174, 180]);
}

#[test]
fn the_same_flowers_from_either_way() {
    assert_eq!(Classes::open(&Source::find("iris").unwrap(), None).unwrap(), iris().unwrap());
    assert_eq!(Classes::open(&Source::find("digits").unwrap(), None).unwrap(), digits().unwrap());
}

#[test]
fn separators_headers_and_quotes() {
    let expected = Classes {
        features: vec![1.5, -2.0, 0.25, 1e3],
        labels: vec![1, 0],
        feature_names: vec!["height".into(), "width, inner".into()],
        class_names: vec!["green".into(), "red".into()],
        left_out: vec![],
    };
    for text in [
        "height,\"width, inner\",colour\n1.5,-2,red\n0.25,1e3,green\n",
        "height;width, inner;colour\r\n1,5;-2;red\r\n\r\n0,25;1e3;green",
        "height\twidth, inner\tcolour\n1.5\t-2\t red \n0.25\t1e3\tgreen\n",
    ] {
        assert_eq!(Table::parse("t", text).unwrap().classes(None).unwrap(), expected, "{text}");
    }
    let by_name = Table::parse("t", "colour,height\nred,1\ngreen,2").unwrap().classes(Some("colour")).unwrap();
    assert_eq!((by_name.features, by_name.labels), (vec![1.0, 2.0], vec![1, 0]));
    let bare = Table::parse("t", "1,2,10\n3,4,9\n5,6,10").unwrap();
    assert_eq!(bare.names(), ["column 1", "column 2", "column 3"]);
    let classes = bare.classes(None).unwrap();
    assert_eq!((classes.class_names, classes.labels), (vec!["9".into(), "10".into()], vec![1, 0, 1]));
    assert_eq!(bare.numbers(0), Some(vec![Some(1.0), Some(3.0), Some(5.0)]));
}

/// scikit-learn's own form, whatever the number of classes.
#[test]
fn a_first_row_can_count() {
    let classes = Table::parse("t", "3,3,no,yes\n1,2,3,1\n4,5,6,0\n7,8,9,1\n").unwrap().classes(None).unwrap();
    assert_eq!((classes.labels, classes.class_names), (vec![1, 0, 1], vec!["no".to_owned(), "yes".to_owned()]));
    assert_eq!(classes.features, [1.0, 2.0, 3.0, 4.0, 5.0, 6.0, 7.0, 8.0, 9.0]);
}

#[test]
fn missing_values_are_told_with_line_and_column() {
    let table = Table::parse("t", "a,b,class\n1,?,x\n,2,y\n3,NaN,x\n4,5,na\n").unwrap();
    assert_eq!(table.missing(), [(2, "b"), (3, "a"), (4, "b"), (5, "class")]);
    assert_eq!(table.numbers(0), Some(vec![Some(1.0), None, Some(3.0), Some(4.0)]));
    assert_eq!(
        table.classes(None).unwrap_err().to_string(),
        "t: line 2, column `b`: the value is missing, and 3 more (line 3 `a`, line 4 `b`, line 5 `class`); fill them \
         in or leave the lines out"
    );
    assert_eq!((table.numbers(2), table.cell(0, 2), table.cell(3, 2), table.len()), (None, Some("x"), None, 4));
}

#[test]
fn row_numbers_are_no_measurement() {
    for text in
        ["Id,height,colour\n1,12.5,red\n2,11,green\n3,9,green", ",height,colour\n0,12.5,red\n1,11,green\n2,9,green"]
    {
        let classes = Table::parse("t", text).unwrap().classes(None).unwrap();
        assert_eq!((classes.feature_names, classes.features), (vec!["height".to_owned()], vec![12.5, 11.0, 9.0]));
        assert_eq!(classes.left_out.len(), 1, "{text}");
    }
    // Neither a name alone nor numbers alone make a row number.
    for text in ["id,colour\n3,red\n1,green", "height,colour\n1,red\n2,green", "1,red\n2,green"] {
        assert_eq!(Table::parse("t", text).unwrap().classes(None).unwrap().left_out, [""; 0], "{text}");
    }
    let only = Table::parse("t", "id,colour\n1,red\n2,green").unwrap().classes(None).unwrap_err().to_string();
    assert_eq!(only, "t: its columns only count the rows; a class needs at least one measurement");
}

#[test]
fn tables_that_cannot_be_used() {
    let message = |text: &str| {
        let result = Table::parse("t.csv", text).and_then(|table| table.classes(None));
        result.unwrap_err().to_string()
    };
    for (text, expected) in [
        ("", "t.csv is empty; it should hold a row of values a line"),
        ("\n\n", "t.csv is empty; it should hold a row of values a line"),
        ("a,b", "t.csv: it names its columns but has no rows; add a row of values a line"),
        ("a,b\n1,2\n3", "t.csv: line 3 has 1 instead of 2 values; every row needs as many"),
        ("a,b\n1,2\n3,4,5", "t.csv: line 3 has 3 instead of 2 values; every row needs as many"),
        ("a,b\nx,2", "t.csv: line 2, column `a`: `x` is not a number"),
        ("a,b\n1,x\ninf,y", "t.csv: line 3, column `a`: `inf` is not a number"),
        ("a,b\n1,x\n,y", "t.csv: line 3, column `a`: the value is missing; fill it in or leave the line out"),
        ("a,b\n1,x\n2,x", "t.csv: column `b` holds one class, `x`; two are needed"),
        ("a,b\n1,x\n\"two\nlines\",y", "t.csv: line 3, column `a`: `two\\nlines` is not a number"),
        ("2,1,no,yes\n0.5,0\n0.7,2\n", "t.csv: line 3: class `2` is none of the 2 that the first row names (0 to 1)"),
        ("a\nx\ny", "t.csv: it has one column; a class needs at least one measurement beside it"),
    ] {
        assert_eq!(message(text), expected);
    }
    let table = Table::parse("t.csv", "a,b\n1,x\n2,y").unwrap();
    assert_eq!(table.classes(Some("c")).unwrap_err().to_string(), "t.csv: it has no column `c`; the columns are a, b");
}

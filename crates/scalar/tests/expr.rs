//! Expressions: what they compute, what is said of bad ones, and properties of all of them.

use gradus_scalar::expr::{Evaluation, Program, parse_binding};
use gradus_scalar::{Op, Trace, Value};
use proptest::prelude::*;

fn given(names: &[(&str, f64)]) -> Vec<(String, f64)> {
    names.iter().map(|(name, value)| ((*name).to_owned(), *value)).collect()
}

fn evaluate(text: &str, names: &[(&str, f64)]) -> Evaluation {
    match Program::parse(text).and_then(|program| program.evaluate(&given(names))) {
        Ok(result) => result,
        Err(error) => panic!("{}", error.render(text)),
    }
}

fn value(text: &str) -> f64 {
    evaluate(text, &[("a", 2.0), ("b", 3.0), ("c", 0.5)]).root.data()
}

/// What is said of a bad expression.
fn complaint(text: &str) -> String {
    let names = given(&[("a", 2.0), ("b", 3.0), ("alpha", 0.5)]);
    match Program::parse(text).and_then(|program| program.evaluate(&names)) {
        Ok(result) => panic!("{text} was understood: {}", result.root),
        Err(error) => error.render(text),
    }
}

/// The notes of an expression that can be computed.
fn notes(text: &str, names: &[(&str, f64)]) -> Vec<String> {
    let mut result = evaluate(text, names);
    result.backward();
    result.notes.iter().map(|note| note.render(text)).collect()
}

#[test]
fn precedence_is_that_of_mathematics() {
    for (text, expected) in [
        ("1 + 2 * 3", 7.0),
        ("(1 + 2) * 3", 9.0),
        ("10 - 4 - 3", 3.0),
        ("24 / 4 / 2", 3.0),
        ("2 ** 3 ** 2", 512.0),
        ("2 ^ 3 ^ 2", 512.0),
        ("(2 ** 3) ** 2", 64.0),
        ("-a**2", -4.0),
        ("(-a)**2", 4.0),
        ("-2**2", -4.0),
        ("a**-1", 0.5),
        ("a**-b**a", 2f64.powf(-9.0)),
        ("2 * -3", -6.0),
        ("- -a", 2.0),
        ("--a - -b", 5.0),
        ("+a", 2.0),
        ("4**.5", 2.0),
        ("1.5e1 + 2E-1 + 3e+0 + 1.", 19.2),
        ("sqrt(16) + exp(0) + ln(1) + log(1) + relu(-1) + sigmoid(0) + tanh(0)", 5.5),
        ("exp(ln(a) + ln(b))", 6.0),
        ("6 × 2 ÷ 3 − 1 · a", 2.0),
    ] {
        let result = value(text);
        assert!((result - expected).abs() < 1e-12, "{text} is {result}");
    }
}

#[test]
fn statements_name_their_values() {
    let text = "e = a*b; d = e + c\nL = d * f";
    let mut result = evaluate(text, &[("a", 2.0), ("b", -3.0), ("c", 10.0), ("f", -2.0)]);
    result.backward();
    assert_eq!((result.root.data(), result.root.label()), (-8.0, "L".to_owned()));
    let names: Vec<&str> = result.names.iter().map(|(name, _)| name.as_str()).collect();
    assert_eq!(names, ["a", "b", "e", "c", "d", "f", "L"]);
    assert_eq!(result.value("a").map(|a| a.grad()), Some(6.0));
    assert!(result.notes.is_empty(), "{:?}", result.notes);

    // A name may be given anew, and within parentheses a line may end.
    assert_eq!(evaluate("x = 2; x = x * x; x = (x +\n x)", &[]).root.data(), 8.0);
    assert_eq!(evaluate(";;\n a ; \n", &[("a", 1.0)]).root.data(), 1.0);
    assert_eq!(evaluate("łódź_1 = α + β", &[("α", 1.0), ("β", 2.0)]).root.label(), "łódź_1");
}

#[test]
fn the_seed_graph_has_its_gradients() {
    let mut result = evaluate("d=a+b; f=c*d; l=f+e", &[("a", 2.0), ("b", -3.0), ("c", 5.0), ("e", 10.0)]);
    result.backward();
    let grads: Vec<f64> =
        ["l", "f", "d", "e", "c", "b", "a"].iter().filter_map(|name| Some(result.value(name)?.grad())).collect();
    assert_eq!(grads, [1.0, 1.0, 5.0, 1.0, -1.0, 5.0, 5.0]);
}

#[test]
fn the_graph_is_micrograds() {
    let ops = |text: &str| {
        let root = evaluate(text, &[("a", 2.0), ("b", 3.0)]).root;
        root.topological().iter().map(|v| v.op()).filter(|op| *op != Op::Leaf).collect::<Vec<_>>()
    };
    assert_eq!(ops("a / b"), [Op::Pow(-1.0), Op::Mul]);
    assert_eq!(ops("a - b"), [Op::Mul, Op::Add]);
    assert_eq!(ops("a - 2"), [Op::Add]);
    assert_eq!(ops("2 - a"), [Op::Mul, Op::Add]);
    assert_eq!(ops("a / 2"), [Op::Mul]);
    // A fixed exponent is part of the operation, one that can change is an input.
    assert_eq!(ops("a ** -1"), [Op::Pow(-1.0)]);
    assert_eq!(ops("a ** (1/2)"), [Op::Pow(0.5)]);
    assert_eq!(ops("a ** b"), [Op::Power]);
    assert_eq!(ops("2 ** b"), [Op::Power]);
    assert_eq!(ops("-3"), []);
}

#[test]
fn bad_expressions_are_shown_with_their_place() {
    for (text, expected) in [
        (
            "L = tanh(a*b + d)",
            "\
`d` has no value: give one, as d=1
  L = tanh(a*b + d)
                 ^",
        ),
        (
            "a * alhpa",
            "\
`alhpa` has no value: give one, as alhpa=1, or did you mean `alpha`?
  a * alhpa
      ^^^^^",
        ),
        (
            "a +",
            "\
the expression ends here, but a number or a name should follow
  a +
     ^",
        ),
        (
            "a * / b",
            "\
a number or a name is missing before `/`
  a * / b
      ^",
        ),
        (
            "3x",
            "\
a sign is missing between `3` and `x`: write * where they are to be multiplied
  3x
   ^",
        ),
        (
            "(a + b",
            "\
this ( is never closed: add a ) where it should end
  (a + b
  ^",
        ),
        (
            "a + b)",
            "\
this ) has no ( before it: take it away or add one
  a + b)
       ^",
        ),
        (
            "tahn(a)",
            "\
there is no function `tahn`: did you mean tanh?
  tahn(a)
  ^^^^",
        ),
        (
            "a(b)",
            "\
there is no function `a`: there are exp, ln, tanh, sigmoid, relu, log, sqrt; for a product write a*(…)
  a(b)
  ^",
        ),
        (
            "tanh",
            "\
tanh is a function: write tanh(…)
  tanh
  ^^^^",
        ),
        (
            "tanh()",
            "\
a number or a name is missing before `)`
  tanh()
       ^",
        ),
        (
            "tanh(a, b)",
            "\
a comma does not belong here: every function takes one value
  tanh(a, b)
        ^",
        ),
        (
            "a + b = 3",
            "\
only a name can stand before =, as in d = a + b
  a + b = 3
        ^",
        ),
        (
            "ß = a\n中文 + $",
            "\
`$` is not part of an expression: names, numbers, + - * / ** ^ ( ) = and ; can stand here
  中文 + $
         ^",
        ),
        (
            "x²",
            "\
write a power as ^2 or **2
  x²
   ^",
        ),
        (
            "1e999",
            "\
1e999 is too large: numbers go up to 1.7977e308
  1e999
  ^^^^^",
        ),
        (
            ".",
            "\
`.` is not a number: write it like 0.5 or 1e-3
  .
  ^",
        ),
        (
            "",
            "there is no expression: write one like tanh(a*b + c)
  \n  ^",
        ),
        (
            "d = e; e = a",
            "\
`e` is used before it is computed: give it first, as e=1
  d = e; e = a
      ^",
        ),
    ] {
        assert_eq!(complaint(text), expected);
    }
}

#[test]
fn of_a_long_line_the_part_around_the_place_is_shown() {
    let text = format!("{}a ? b{}", "a + ".repeat(500), " + b".repeat(500));
    let shown = complaint(&text);
    let lines: Vec<&str> = shown.lines().collect();
    assert!(lines[1].chars().count() < 110, "{shown}");
    let column = lines[2].chars().count() - 1;
    assert_eq!(lines[1].chars().nth(column), Some('?'), "{shown}");
    assert!(lines[1].starts_with("  …") && lines[1].ends_with('…'));
}

#[test]
fn results_that_are_no_numbers_are_noted() {
    let zero = &[("x", 0.0), ("m", -2.0)];
    assert_eq!(evaluate("1/x", zero).root.data(), f64::INFINITY);
    assert!(evaluate("ln(m)", zero).root.data().is_nan());
    for (text, expected) in [
        ("m + 1/x", "division by zero: the result is inf\n  m + 1/x\n       ^"),
        ("m + ln(m)", "ln of -2.0: the result is NaN\n  m + ln(m)\n      ^^^^^"),
        ("m + ln(x)", "ln of 0.0: the result is -inf\n  m + ln(x)\n      ^^^^^"),
        ("m + x**-2", "zero to a negative power: the result is inf\n  m + x**-2\n       ^^"),
        (
            "x + m**0.5",
            "a negative number has no real power with a fraction in it: the result is NaN\n  x + m**0.5\n       ^^",
        ),
        (
            "x - exp(-1000*m)",
            "larger than the largest 64-bit number: the result is inf\n  x - exp(-1000*m)\n      ^^^^^^^^^^^^",
        ),
    ] {
        assert!(notes(text, zero).contains(&expected.to_owned()), "{text}: {:?}", notes(text, zero));
    }
    assert_eq!(notes("m + sqrt(x)", zero), ["the gradient of `x` is inf: the slope is not finite there"]);
}

#[test]
fn what_has_no_part_in_the_result_is_noted() {
    assert_eq!(notes("a", &[("a", 1.0), ("x", 3.0)]), ["x=3 is not used: the expression has no `x`"]);
    assert_eq!(notes("a = 2; a * 2", &[("a", 1.0)]), ["a=1 is not used: the expression computes `a` itself"]);
    assert_eq!(
        notes("d = a + 1; a * 2", &[("a", 1.0)]),
        ["d has no part in the result, the last statement\n  d = a + 1; a * 2\n  ^"]
    );
    assert_eq!(
        notes("d = a; d * 2", &[("a", 1.0)]),
        ["`d` is the same value as `a` and is drawn under that name\n  d = a; d * 2\n  ^"]
    );
}

#[test]
fn given_values() {
    assert_eq!(parse_binding("a=2"), Ok(("a".to_owned(), 2.0)));
    assert_eq!(parse_binding(" x_1 = -1e-3 "), Ok(("x_1".to_owned(), -1e-3)));
    assert_eq!(parse_binding("ł=-2**2"), Ok(("ł".to_owned(), -4.0)));
    for (text, expected) in [
        ("a", "`a` gives no value: write a=1"),
        ("", "`` gives no value: write a=1"),
        ("=3", "`` is not a name: begin with a letter, as in x1=2"),
        ("2=3", "`2` is not a name: begin with a letter, as in x1=2"),
        ("a=", "there is no expression: write one like tanh(a*b + c)"),
        ("a=b", "a must be a number: `b` has no value: give one, as b=1"),
        ("a=1/0", "the value of a is inf: give a finite number"),
        ("a=1;2", "give one value to a name"),
    ] {
        assert_eq!(parse_binding(text).map_err(|message| message.text), Err(expected.to_owned()));
    }
    let message = parse_binding("łx=1 +").expect_err("it is not complete");
    assert_eq!(message.render("łx=1 +").lines().last(), Some("        ^"));
    let twice = given(&[("a", 1.0), ("a", 2.0)]);
    let error = Program::parse("a").and_then(|program| program.evaluate(&twice)).expect_err("a is given twice");
    assert_eq!(error.text, "`a` is given twice: leave one a=… out");
}

#[test]
fn no_depth_is_too_deep() {
    const DEEP: usize = 100_000;
    let texts = [
        format!("{}a{}", "(".repeat(DEEP), ")".repeat(DEEP)),
        format!("{}a{}", "relu(".repeat(DEEP), ")".repeat(DEEP)),
        format!("{}a", "-".repeat(DEEP)),
        format!("a{}", "**1".repeat(DEEP)),
        format!("a{}", " - a".repeat(DEEP)),
        format!("a{}", " * (a + 1".repeat(DEEP)) + &")".repeat(DEEP),
    ];
    for text in &texts {
        let program = Program::parse(text).expect("only deep");
        assert!(Program::parse(&program.to_string()) == Ok(program.clone()), "printed and read back");
        program.evaluate(&given(&[("a", 1.0)])).expect("only deep").backward();
    }
    let unclosed = "(".repeat(DEEP);
    assert!(complaint(&unclosed).starts_with("the expression ends here"));
    assert!(complaint(&format!("{unclosed}a")).starts_with("this ( is never closed"));
}

/// Texts of expressions over a, b and c, not all of them with a finite value.
fn expression() -> impl Strategy<Value = String> {
    let leaf = prop_oneof![
        prop::sample::select(vec!["a", "b", "c"]).prop_map(str::to_owned),
        (0.01..4.0f64).prop_map(|x| format!("{x:.2}")),
        (0.1..9.9f64, -3..3i32).prop_map(|(x, e)| format!("{x:.1}e{e}")),
    ];
    leaf.prop_recursive(6, 40, 2, |inner| {
        let signs = prop::sample::select(vec!["+", "-", "*", "/", " + ", " - ", " * ", " / "]);
        let functions = prop::sample::select(vec!["exp", "ln", "log", "tanh", "sigmoid", "relu", "sqrt", ""]);
        let powers = prop::sample::select(vec!["**2", "^3", "**-1", "**0.5", "**(1/3)"]);
        prop_oneof![
            4 => (inner.clone(), signs, inner.clone()).prop_map(|(x, sign, y)| format!("{x}{sign}{y}")),
            2 => (functions, inner.clone()).prop_map(|(f, x)| format!("{f}({x})")),
            1 => inner.clone().prop_map(|x| format!("-{x}")),
            1 => (inner.clone(), powers).prop_map(|(x, power)| format!("({x}){power}")),
            1 => (inner.clone(), inner).prop_map(|(x, y)| format!("{x}**{y}")),
        ]
    })
}

/// Whether differences can measure a value's slope: no large number, no power or logarithm near 0,
/// no changing power of a negative number (which has no real slope towards its exponent).
fn smooth(value: &Value) -> bool {
    let input = |k: usize| value.children()[k].data();
    let domain = match value.op() {
        Op::Power => input(0) > 1e-3,
        Op::Pow(k) => input(0).abs() > 1e-3 && k.is_finite(),
        Op::Ln => input(0).abs() > 1e-3,
        _ => true,
    };
    domain && value.data().abs() < 1e6
}

proptest! {
    #![proptest_config(ProptestConfig { cases: 1000, failure_persistence: None, ..ProptestConfig::default() })]

    /// What is printed reads back as the same program.
    #[test]
    fn printing_and_reading_agree(texts in prop::collection::vec(expression(), 1..4)) {
        let text = texts.iter().enumerate().map(|(i, x)| format!("v{i} = {x}")).collect::<Vec<_>>().join("; ");
        let program = Program::parse(&text).map_err(|e| TestCaseError::fail(e.render(&text)))?;
        let printed = program.to_string();
        let read = Program::parse(&printed);
        prop_assert_eq!(read.as_ref(), Ok(&program), "{}", printed);
    }

    /// Gradients agree with central differences wherever the function is smooth on that scale.
    #[test]
    fn gradients_agree_with_differences(text in expression(), at in prop::array::uniform3(0.2..2.0f64)) {
        let program = Program::parse(&text).map_err(|e| TestCaseError::fail(e.render(&text)))?;
        let names = |at: [f64; 3]| given(&[("a", at[0]), ("b", at[1]), ("c", at[2])]);
        let evaluate = |at: [f64; 3]| program.evaluate(&names(at)).map_err(|e| TestCaseError::fail(e.text));
        let mut result = evaluate(at)?;
        if !result.root.topological().iter().all(smooth) {
            return Ok(());
        }
        result.backward();
        for (i, name) in ["a", "b", "c"].into_iter().enumerate() {
            let Some(grad) = result.value(name).map(|value| value.grad()) else { continue };
            let difference = |h: f64| -> Result<f64, TestCaseError> {
                let (mut up, mut down) = (at, at);
                up[i] += h;
                down[i] -= h;
                Ok((evaluate(up)?.root.data() - evaluate(down)?.root.data()) / (2.0 * h))
            };
            // Two step lengths that disagree are no measure (a kink, a pole, too many digits lost).
            let (near, far) = (difference(1e-5)?, difference(2e-5)?);
            let scale = near.abs().max(1.0);
            if !near.is_finite() || (near - far).abs() > 1e-6 * scale || result.root.data().abs() > 1e4 * scale {
                continue;
            }
            prop_assert!((grad - near).abs() <= 1e-4 * scale, "{} at {:?}, {}: {} and {}", text, at, name, grad, near);
        }
    }

    /// Nothing that anybody can write makes it panic.
    #[test]
    fn any_text_is_read_or_refused(text in ".{0,60}") {
        if let Err(message) = Program::parse(&text).and_then(|program| program.evaluate(&[])) {
            prop_assert!(!message.render(&text).is_empty());
        }
        let _ = parse_binding(&text);
    }

    /// The same for what is nearly an expression; what can be computed can be drawn.
    #[test]
    fn nearly_expressions_are_read_or_refused(
        tokens in prop::collection::vec(
            prop::sample::select(vec![
                "a", "b", "0", "1e5", "2.5", "+", "-", "*", "/", "**", "^", "(", ")", "=", ";", "\n", " ", "tanh(",
                "ln(", ",", "é", "字", ".", "e",
            ]),
            0..24,
        )
    ) {
        let text = tokens.concat();
        match Program::parse(&text).and_then(|program| program.evaluate(&given(&[("a", 1.0), ("b", -1.0)]))) {
            Ok(mut result) => {
                result.backward();
                let trace = Trace::of(&result.root);
                prop_assert!(trace.to_svg().is_ok());
                prop_assert!(trace.to_json().contains("nodes"));
                for note in &result.notes {
                    prop_assert!(!note.render(&text).is_empty());
                }
            }
            Err(message) => prop_assert!(!message.render(&text).is_empty()),
        }
    }
}

//! The drawn graph: DOT to the letter, pictures by what must hold of them.

use gradus_scalar::draw::{DrawError, LARGEST_DRAWING};
use gradus_scalar::nn::Mlp;
use gradus_scalar::{Op, Random, Trace, Value};

fn named(data: f64, label: &str) -> Value {
    Value::new(data).with_label(label)
}

/// L = (a·b + c)·f
fn lecture() -> Trace {
    let [a, b, c, f] = [(2.0, "a"), (-3.0, "b"), (10.0, "c"), (-2.0, "f")].map(|(x, l)| named(x, l));
    let e = (&a * &b).with_label("e");
    let d = (e + c).with_label("d");
    let l = (d * f).with_label("L");
    l.backward();
    Trace::of(&l)
}

fn network() -> Trace {
    let model = Mlp::new(3, &[4, 4, 1], Op::Tanh, 1);
    model.label_parameters();
    let inputs = [(1.0, "x0"), (-2.0, "x1"), (0.5, "x2")].map(|(x, l)| named(x, l));
    let out = model.forward(&inputs).expect("three inputs").remove(0);
    out.backward();
    Trace::of(&out)
}

#[test]
fn dot_is_micrograds_drawing() {
    let expected = r#"digraph {
  rankdir=LR
  v0 [label="{ a | data 2.0000 | grad 6.0000 }", shape=record]
  v1 [label="{ b | data -3.0000 | grad -4.0000 }", shape=record]
  v2 [label="{ e | data -6.0000 | grad -2.0000 }", shape=record]
  v2op [label="*"]
  v2op -> v2
  v0 -> v2op
  v1 -> v2op
  v3 [label="{ c | data 10.0000 | grad -2.0000 }", shape=record]
  v4 [label="{ d | data 4.0000 | grad -2.0000 }", shape=record]
  v4op [label="+"]
  v4op -> v4
  v2 -> v4op
  v3 -> v4op
  v5 [label="{ f | data -2.0000 | grad 4.0000 }", shape=record]
  v6 [label="{ L | data -8.0000 | grad 1.0000 }", shape=record]
  v6op [label="*"]
  v6op -> v6
  v4 -> v6op
  v5 -> v6op
}
"#;
    assert_eq!(lecture().to_dot(), expected);
}

#[test]
fn equal_values_are_told_apart() {
    let (one, other) = (named(2.0, "a"), named(2.0, "a"));
    let trace = Trace::of(&(one + other));
    assert_eq!(trace.to_dot().matches("{ a | data 2.0000 | grad 0.0000 }").count(), 2);
    assert!(trace.to_dot().contains("v0 -> v2op\n  v1 -> v2op"));
    assert_eq!(trace.names(), ["a", "a#2", "#3"]);
    // One value used twice is drawn once, with two edges.
    let a = named(3.0, "a");
    let dot = Trace::of(&(&a * &a)).to_dot();
    assert_eq!(dot.matches("v0 -> v1op").count(), 2);
    assert_eq!(dot.matches("shape=record").count(), 2);
}

#[test]
fn every_label_can_be_drawn() {
    for label in ["a|b", "{x}", "\"<&>\"", "\\", "zażółć 日本 🎉", "\u{0}\n\u{1b}\t", &"long ".repeat(100)] {
        let a = named(f64::NAN, label);
        let root = a.powf(0.333_333_333_333) * f64::INFINITY + named(-1e300, label);
        root.backward();
        let trace = Trace::of(&root);
        let svg = trace.to_svg().expect("a small graph");
        assert!(!svg.contains('\u{0}') && !svg.contains('\u{1b}'), "{svg}");
        assert!(svg.contains("data NaN") && svg.contains("data inf") && svg.contains("data -1.0000e300"));
        assert!(trace.to_dot().contains("**0.3333"));
        assert!(trace.to_json().contains("\"data\": null"));
        #[cfg(feature = "png")]
        assert!(!trace.to_png(1.0).expect("a small graph").is_empty());
    }
    let dot = Trace::of(&named(1.0, "{a|b} \"&\"")).to_dot();
    assert!(dot.contains(r#"{ \{a\|b\} \"&amp;\" | data 1.0000"#), "{dot}");
}

#[test]
fn tables_and_json_hold_every_number() {
    let trace = lecture();
    assert_eq!(
        trace.table(),
        "\
label  operation  value  gradient
a      leaf         2.0       6.0
b      leaf        -3.0      -4.0
e      a * b       -6.0      -2.0
c      leaf        10.0      -2.0
d      e + c        4.0      -2.0
f      leaf        -2.0       4.0
L      d * f       -8.0       1.0
"
    );
    let json = trace.to_json();
    assert!(
        json.starts_with(r#"{"nodes": [{"id": 0, "label": "a", "op": "", "inputs": [], "data": 2.0, "grad": 6.0}, "#)
    );
    assert!(json.ends_with(r#"{"id": 6, "label": "L", "op": "*", "inputs": [4, 5], "data": -8.0, "grad": 1.0}]}"#));
    let x = named(0.5, "x\"\\\n");
    let json = Trace::of(&(x.tanh() + x.powf(2.0) * x.relu())).to_json();
    assert!(json.contains(r#""label": "x\"\\\u000a""#), "{json}");
    let table = Trace::of(&(named(0.1, "字") + 0.2)).table();
    assert_eq!(table.lines().last(), Some("#3     字 + 0.2   0.30000000000000004       0.0"));
}

/// The numbers of an attribute of all elements of a kind.
fn attributes(svg: &str, element: &str, names: [&str; 4]) -> Vec<[f64; 4]> {
    let read = |line: &str, name: &str| -> Option<f64> {
        line.split(&format!(" {name}=\"")).nth(1)?.split('"').next()?.parse().ok()
    };
    svg.lines()
        .filter(|line| line.starts_with(element))
        .filter_map(|line| {
            Some([read(line, names[0])?, read(line, names[1])?, read(line, names[2])?, read(line, names[3])?])
        })
        .collect()
}

/// Graphs of every kind of shape.
fn graphs() -> Vec<Trace> {
    let mut graphs = vec![lecture(), network(), Trace::of(&named(1.0, "alone"))];
    for seed in 0..60 {
        let mut random = Random::new(seed);
        let mut values: Vec<Value> = (0..4).map(|i| named(f64::from(i), &format!("x{i}"))).collect();
        for _ in 0..(seed % 40) {
            let recent = values.len().min(4 + seed as usize % 7);
            let mut pick = || values[values.len() - 1 - (random.bits() % recent as u64) as usize].clone();
            let (a, b) = (pick(), pick());
            values.push(match random.bits() % 4 {
                0 => a + b,
                1 => a * b,
                2 => a.sigmoid(),
                _ => a.pow(&b),
            });
        }
        let root: Value = values.iter().rev().take(1 + seed as usize % 5).sum();
        graphs.push(Trace::of(&root));
    }
    graphs
}

#[test]
fn boxes_and_circles_stand_apart_and_inside() {
    for trace in graphs() {
        let svg = trace.to_svg().expect("a small graph");
        let boxes = attributes(&svg, "<rect", ["x", "y", "width", "height"]);
        let operations = trace.nodes().iter().filter(|node| !node.inputs.is_empty()).count();
        assert_eq!(boxes.len(), trace.nodes().len() + operations);
        let size: Vec<f64> = ["width", "height"]
            .iter()
            .filter_map(|name| svg.split(&format!("{name}=\"")).nth(1)?.split('"').next()?.parse().ok())
            .collect();
        for (i, [x, y, width, height]) in boxes.iter().enumerate() {
            assert!(*x >= 15.9 && x + width <= size[0] - 15.9 && *y >= 15.9 && y + height <= size[1] - 15.9, "{svg}");
            for [left, top, other_width, other_height] in &boxes[..i] {
                let apart =
                    x + width < *left || left + other_width < *x || y + height < *top || top + other_height < *y;
                assert!(apart, "two overlap in {svg}");
            }
        }
    }
}

#[test]
fn no_edge_runs_through_a_box() {
    for trace in graphs() {
        let svg = trace.to_svg().expect("a small graph");
        let boxes = attributes(&svg, "<rect", ["x", "y", "width", "height"]);
        let edges = svg.lines().filter(|line| line.starts_with("<path") && line.contains("fill=\"none\""));
        for edge in edges {
            for (x, y) in points_along(edge) {
                for [left, top, width, height] in &boxes {
                    // A point's width inside the frame: edges begin and end on frames.
                    let inside = *left + 1.0 < x && x < left + width - 1.0 && *top + 1.0 < y && y < top + height - 1.0;
                    assert!(!inside, "({x}, {y}) of {edge} in {svg}");
                }
            }
        }
    }
}

/// Many points along a path of cubic curves.
fn points_along(path: &str) -> Vec<(f64, f64)> {
    let data = path.split("d=\"M").nth(1).and_then(|rest| rest.split('"').next()).expect("a path");
    let numbers: Vec<f64> =
        data.split(['C', ' ', ',']).map(|number| number.parse().expect("a number in a path")).collect();
    let points: Vec<(f64, f64)> = numbers.chunks(2).map(|pair| (pair[0], pair[1])).collect();
    let mut along = Vec::new();
    for k in (0..points.len() - 1).step_by(3) {
        let [p, a, b, q] = [points[k], points[k + 1], points[k + 2], points[k + 3]];
        for i in 0..=40 {
            let t = f64::from(i) / 40.0;
            let s = 1.0 - t;
            let mix = |p: f64, a: f64, b: f64, q: f64| {
                s * s * s * p + 3.0 * s * s * t * a + 3.0 * s * t * t * b + t * t * t * q
            };
            along.push((mix(p.0, a.0, b.0, q.0), mix(p.1, a.1, b.1, q.1)));
        }
    }
    along
}

#[test]
fn the_longest_way_is_straight() {
    // A sum of products, the neuron's shape: ((w0·x0 + w1·x1) + w2·x2) + …
    let product = |i: u64| named(0.1, &format!("w{i}")) * named(0.2, &format!("x{i}"));
    let sum: Value = (0..6).map(product).sum();
    let trace = Trace::of(&sum.tanh());
    let svg = trace.to_svg().expect("a small graph");
    let mut boxes = attributes(&svg, "<rect", ["x", "y", "width", "height"]).into_iter();
    let mut middles = Vec::new();
    for node in trace.nodes() {
        // A result's circle comes before its box.
        if node.op != Op::Leaf {
            boxes.next();
        }
        let [_, y, _, height] = boxes.next().expect("a box for every value");
        if node.op == Op::Add || node.op == Op::Tanh {
            middles.push(y + height / 2.0);
        }
    }
    // The first sum stands between its two products, which are equally far from the leaves.
    let level = |pair: &[f64]| (pair[0] - pair[1]).abs() < 2.5;
    assert!(middles[1..].windows(2).all(level), "{middles:?}");
}

#[test]
fn large_graphs_are_drawn_or_refused() {
    let chain = |length: usize| {
        let mut x = named(1.0, "x");
        for _ in 0..length {
            x = x.tanh();
        }
        Trace::of(&x)
    };
    assert!(chain(LARGEST_DRAWING - 1).to_svg().is_ok());
    let too_large = chain(LARGEST_DRAWING);
    assert_eq!(too_large.to_svg(), Err(DrawError::TooManyValues(LARGEST_DRAWING + 1)));
    assert!(too_large.to_dot().contains("v5000 "));
    #[cfg(feature = "png")]
    assert!(matches!(chain(LARGEST_DRAWING - 1).to_png(1.0), Err(DrawError::TooManyPixels(_))));
}

#[cfg(feature = "png")]
#[test]
fn a_png_shows_boxes_circles_and_text() {
    let trace = lecture();
    let file = trace.to_png(2.0).expect("a small graph");
    let mut reader = png::Decoder::new(std::io::Cursor::new(&file)).read_info().expect("a PNG file");
    let info = reader.info();
    let (width, height) = (info.width as usize, info.height as usize);
    assert!(width > 1500 && height > 100, "{width} x {height}");
    let mut pixels = vec![0; reader.output_buffer_size().expect("a size")];
    reader.next_frame(&mut pixels).expect("an image");
    let count = |colour: [u8; 3]| pixels.chunks(3).filter(|pixel| *pixel == colour).count();
    assert!(count([0xff, 0xff, 0xff]) > width * height / 3);
    assert!(count([0xff, 0xf4, 0xe0]) > 10_000, "leaves are tinted");
    assert!(count([0xe3, 0xee, 0xfb]) > 2_000, "operations are tinted");
    assert!(count([0x1f, 0x29, 0x33]) > 4_000, "frames and text");
    // Twice the scale, twice the size; the same graph, the same file.
    assert_eq!(trace.to_png(2.0).expect("again"), file);
    assert!(trace.to_png(1.0).expect("smaller").len() < file.len());
}

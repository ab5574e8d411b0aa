//! What must hold of every picture.

use gradus_plot::{Bars, Chart, Heatmap, Images, Picture, Shade, diverging};

/// Every kind of picture, with texts that try to be markup.
fn pictures(text: &str) -> Vec<Picture> {
    let points: Vec<(f64, f64)> = (0..50).map(|i| (i as f64, (i as f64 * 0.3).sin())).collect();
    let names: Vec<String> = (0..3).map(|i| format!("{text}{i}")).collect();
    let cells = vec![(text.to_string(), "1".to_string()); 9];
    vec![
        Chart::new(text)
            .x(text)
            .y(text)
            .line(text, &points)
            .dashed(text, &points)
            .dots(text, &points)
            .bars(text, 0.0, 40.0, &[0.1, 0.9, 0.3])
            .letters(&[(text.to_string(), (3.0, 0.5))])
            .ground((0.0, 49.0), (-1.0, 1.0), 7, &[diverging(0.3); 35])
            .mark_x(4.0, text)
            .mark_y(0.5, text)
            .picture(),
        Heatmap::new(text, 3, &[-1.0, 0.0, 1.0, 2.0, f64::NAN, -2.0, 3.0, 0.5, 1.0])
            .names(&names, &names)
            .axes(text, text)
            .unit(text)
            .cells(&cells)
            .picture(),
        Images::new(text, 2, 2).image(text, &[0.0, 1.0, -1.0, f64::INFINITY]).image(text, &[]).unit(text).picture(),
        Bars::new(text).axis(text).bar(text, 1.5).bar(text, -2.0).bar(text, f64::NAN).total(text, -0.5).picture(),
        Bars::new("").bar(text, 0.3).shares().picture(),
        Chart::new(text)
            .symbols(text, text, &points)
            .shaded(text, &[((3.0, 0.5), -1.0)], Shade::signed(2.0))
            .rings(text, &points[..3])
            .shade_bar(Shade::between(0.1, 0.9), text)
            .picture(),
        Picture::together(text, 700.0, &[Bars::new(text).bar(text, 1.0).picture(), Chart::new(text).picture()]),
    ]
}

/// The numbers of an attribute, wherever it stands.
fn numbers(svg: &str, attribute: &str) -> Vec<f64> {
    let mark = format!(" {attribute}=\"");
    svg.split(&mark).skip(1).filter_map(|rest| rest.split('"').next()?.parse().ok()).collect()
}

#[test]
fn every_text_is_inert() {
    for text in ["<script>alert(1)</script>", "\"><b>&amp;", "]]>", "\u{0}\u{1b}[31m", "żółw 日本 🎉"] {
        for picture in pictures(text) {
            for svg in [picture.to_svg(), picture.to_inline_svg()] {
                assert!(!svg.contains("<script") && !svg.contains("<b>") && !svg.contains('\u{0}'), "{svg}");
                assert_eq!(svg.matches("<text").count(), svg.matches("</text>").count());
            }
            #[cfg(feature = "png")]
            assert!(picture.to_png(1.0).is_ok());
        }
    }
}

#[test]
fn everything_lies_inside_the_picture() {
    for picture in pictures("name") {
        let svg = picture.to_svg();
        for (attribute, end) in [("x", picture.width), ("y", picture.height)] {
            for v in numbers(&svg, attribute) {
                assert!((0.0..=end).contains(&v), "{attribute} = {v} of {end} in {svg}");
            }
        }
        assert!(!svg.contains("NaN") && !svg.contains("inf"), "{svg}");
    }
}

#[test]
fn numbers_of_any_kind_are_drawn_or_left_out() {
    let odd = [f64::NAN, f64::INFINITY, f64::MIN, f64::MAX, -1e-310, 0.0, 1.0, f64::EPSILON];
    for a in odd {
        for b in odd {
            let chart =
                Chart::new("odd").line("l", &[(a, b), (1.0, 2.0), (b, a)]).mark_y(a, "m").bars("b", a, b, &[b, a]);
            for chart in [chart.clone(), chart.clone().log_x().log_y(), chart.y_range(a, b).equal_units()] {
                let svg = chart.picture().to_svg();
                assert!(!svg.contains("NaN") && !svg.contains("inf"), "{a} {b}: {svg}");
            }
            let shaded = Chart::new("odd").shaded("s", &[((a, b), a)], Shade::between(a, b)).rings("", &[(b, a)]);
            for svg in [
                Heatmap::new("odd", 2, &[a, b, 1.0]).picture().to_svg(),
                Bars::new("odd").bar("a", a).bar("b", b).picture().to_svg(),
                shaded.picture().to_svg(),
            ] {
                assert!(!svg.contains("NaN") && !svg.contains("inf"), "{a} {b}: {svg}");
            }
        }
    }
    assert!(Chart::new("none").line("l", &[]).picture().to_svg().contains("nothing to show"));
}

#[test]
fn a_line_stays_inside_the_axes_and_a_gap_stays_a_gap() {
    let points = [(0.0, 0.0), (1.0, 10.0), (2.0, 0.0), (3.0, f64::NAN), (4.0, 1.0), (5.0, 1.0)];
    let svg = Chart::new("").y_range(0.0, 2.0).line("cut", &points).picture().to_svg();
    let strokes: Vec<&str> = svg.lines().filter(|line| line.contains("#0072b2") && line.starts_with("<path")).collect();
    // Up, down again, and what follows the gap; the legend's line besides.
    assert_eq!(strokes.len(), 4, "{strokes:?}");
}

#[test]
fn many_points_become_what_can_be_seen() {
    let wave: Vec<(f64, f64)> = (0..200_000).map(|i| (i as f64, (i as f64 * 0.7).sin())).collect();
    let mut peaked = wave.clone();
    peaked[123_456].1 = 5.0;
    let chart = |points: &[(f64, f64)]| Chart::new("").line("", points).y_range(-2.0, 6.0).picture().to_svg();
    let (plain, peaked) = (chart(&wave), chart(&peaked));
    assert!(plain.len() < 100_000, "{}", plain.len());
    assert_ne!(plain, peaked, "a single peak is still there");
}

#[test]
fn a_bar_is_as_long_as_its_number() {
    let svg = Bars::new("").bar("a", 4.0).bar("b", -2.0).total("sum", 2.0).picture().to_svg();
    let bars: Vec<(f64, f64)> = svg
        .lines()
        .filter(|line| line.contains("rx=\"1.5\""))
        .map(|line| (numbers(line, "x")[0], numbers(line, "width")[0]))
        .collect();
    let [(zero, a), (b_from, b), (sum_from, sum)] = bars[..] else { panic!("{svg}") };
    assert!((a - 2.0 * b).abs() < 0.05 && (sum - b).abs() < 0.05, "{bars:?}");
    assert!((b_from + b - zero).abs() < 0.05 && (sum_from - zero).abs() < 0.05, "{bars:?}");
}

#[test]
fn a_large_image_is_drawn_by_the_means_of_its_blocks() {
    let values: Vec<f64> = (0..500 * 300).map(|i| (i % 500) as f64).collect();
    let picture = Images::new("large", 500, 300).image("", &values).zoom(1.0).picture();
    let cells = picture.shapes.iter().find_map(|shape| match shape {
        gradus_plot::Shape::Cells { columns, colours, .. } => Some((*columns, colours)),
        _ => None,
    });
    let (columns, colours) = cells.unwrap();
    assert_eq!((columns, colours.len()), (125, 125 * 75));
    // Blocks of 4: the first has 0, 1, 2, 3.
    let shade = Shade::of([0.5 * (496.0 + 499.0)]);
    assert_eq!((colours[0], colours[124]), (shade.colour(1.5), shade.colour(497.5)));
}

#[test]
fn pictures_together_keep_their_places() {
    let one = || Chart::new("t").size(300.0, 200.0).line("a", &[(0.0, 1.0), (1.0, 2.0)]).picture();
    let two = Picture::together("", 650.0, &[one(), one(), one()]);
    assert_eq!((two.width, two.height, two.shapes.len()), (600.0, 400.0, 3 * one().shapes.len()));
    assert!(matches!((&two.shapes[0], &one().shapes[0]), (a, b) if a == b));
}

#[test]
fn a_page_may_choose_the_colours() {
    let picture = Chart::new("t").line("a", &[(0.0, 1.0), (1.0, 2.0)]).picture();
    let (file, page) = (picture.to_svg(), picture.to_inline_svg());
    assert!(file.contains("stroke=\"#0072b2\"") && !file.contains("var("));
    assert!(
        page.contains("stroke=\"var(--plot-series-0,#0072b2)\"") && page.contains("fill=\"var(--plot-ink,#1f2933)\"")
    );
    assert!(!page.contains("width=\"100%\""), "the page's own ground is seen");
}

#[cfg(feature = "png")]
#[test]
fn a_png_has_the_colours_of_its_shapes() {
    let picture = Chart::new("Loss").x("step").y("nats").line("train", &[(0.0, 3.0), (10.0, 2.0)]).picture();
    let file = picture.to_png(2.0).unwrap();
    let mut reader = png::Decoder::new(std::io::Cursor::new(&file)).read_info().unwrap();
    assert_eq!((reader.info().width, reader.info().height), (1280, 720));
    let mut pixels = vec![0; reader.output_buffer_size().unwrap()];
    reader.next_frame(&mut pixels).unwrap();
    let count = |colour: [u8; 3]| pixels.chunks(3).filter(|pixel| *pixel == colour).count();
    assert!(count([0xff, 0xff, 0xff]) > 1280 * 720 / 2);
    assert!(count([0x00, 0x72, 0xb2]) > 1000, "the line");
    assert!(count([0x1f, 0x29, 0x33]) > 100, "the title");
    assert!(picture.to_png(1.0).unwrap().len() < file.len());
}

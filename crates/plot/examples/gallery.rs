//! Every kind of picture, written into a folder: `cargo run -p gradus-plot --example gallery -- FOLDER`.

use std::path::PathBuf;

use gradus_plot::{Bars, Chart, Heatmap, Images, Picture, Shade, diverging, tint};

/// The height of the standard normal distribution.
fn normal(x: f64) -> f64 {
    (-x * x / 2.0).exp() / std::f64::consts::TAU.sqrt()
}

/// Some curve that wanders.
fn wave(i: usize, k: f64) -> f64 {
    let t = i as f64 / 500.0;
    3.3 * (-2.0 * t).exp() + 2.0 + 0.1 * (k * i as f64).sin() * (1.3 * k * i as f64).cos()
}

fn pictures() -> Vec<(&'static str, Picture)> {
    let steps = |k: f64| -> Vec<(f64, f64)> { (0..500).map(|i| (100.0 * i as f64, wave(i, k))).collect() };
    let ratio = |k: f64| -> Vec<(f64, f64)> {
        (0..100).map(|i| (500.0 * i as f64, -2.5 - 0.004 * i as f64 * k + 0.1 * (k * i as f64).sin())).collect()
    };
    let bell = |middle: f64, width: f64| -> Vec<f64> {
        (0..50).map(|i| normal((i as f64 / 50.0 * 8.0 - 4.0 - middle) / width) / width).collect()
    };
    let curve: Vec<(f64, f64)> = (0..=200).map(|i| (i as f64 / 25.0 - 4.0, normal(i as f64 / 25.0 - 4.0))).collect();
    let names = ["hidden.0.linear.weight", "hidden.1.linear.weight", "hidden.2.linear.weight", "output.linear.weight"];
    let ratios = names.iter().enumerate().fold(
        Chart::new("update:data ratio, log10").x("step").y("log10 of update:data").mark_y(-3.0, "usual: -3"),
        |chart, (i, name)| chart.line(*name, &ratio(1.0 + i as f64)),
    );
    let rates: Vec<(f64, f64)> =
        (0..300).map(|i| (1e-4 * 10.0_f64.powf(i as f64 / 75.0), 2.3 + (i as f64 / 100.0 - 2.0).powi(2))).collect();
    let letters: Vec<(String, (f64, f64))> = (0..27)
        .map(|i| {
            let letter = if i == 0 { '.' } else { (b'a' + i as u8 - 1) as char };
            (letter.to_string(), ((7.3 * i as f64).sin() * 2.0, (4.1 * i as f64).cos() * 1.2))
        })
        .collect();
    let alphabet: Vec<String> = letters.iter().map(|(letter, _)| letter.clone()).collect();
    let counts: Vec<f64> = (0..729).map(|i| (6763.0 * ((i * i) as f64 * 0.37).sin().powi(6)).round()).collect();
    let cells: Vec<(String, String)> = counts
        .iter()
        .enumerate()
        .map(|(i, count)| (format!("{}{}", alphabet[i / 27], alphabet[i % 27]), format!("{count}")))
        .collect();
    let weights: Vec<f64> = (0..30 * 100).map(|i| (i as f64 * 0.61).sin() * (i as f64 * 0.017).cos()).collect();
    let kernels = (0..16).fold(Images::new("Kernels of the first layer", 5, 5), |images, k| {
        let values: Vec<f64> = (0..25).map(|i| ((i * (k + 1)) as f64 * 0.7).sin()).collect();
        images.image(format!("{k}"), &values)
    });
    let ground: Vec<u32> = (0..80 * 60)
        .map(|i| {
            let (x, y) = ((i % 80) as f64 / 20.0 - 2.0, (i / 80) as f64 / 20.0 - 1.5);
            diverging(0.6 * (2.0 * (y - (2.0 * x).sin() * 0.5)).tanh())
        })
        .collect();
    let side = |above: bool| -> Vec<(f64, f64)> {
        let all = (0..60).map(|i| ((i as f64 * 1.7).sin() * 1.8, (i as f64 * 2.9).cos() * 1.3));
        all.filter(|(x, y)| (*y > (2.0 * x).sin() * 0.5) == above).collect()
    };
    vec![
        (
            "lines",
            Chart::new("Loss").x("step").y("loss, nats").line("train", &steps(0.7)).line("dev", &steps(0.2)).picture(),
        ),
        ("ratios", ratios.picture()),
        (
            "log",
            Chart::new("Loss against learning rate")
                .x("learning rate")
                .y("loss, nats")
                .log_x()
                .line("", &rates)
                .mark_x(0.05, "suggested: 0.05")
                .picture(),
        ),
        (
            "histogram",
            Chart::new("tanh outputs and N(0, 1)")
                .x("value")
                .y("density")
                .bars("hidden.0.tanh", -4.0, 4.0, &bell(0.3, 0.8))
                .bars("hidden.1.tanh", -4.0, 4.0, &bell(-0.4, 1.3))
                .dashed("normal", &curve)
                .picture(),
        ),
        (
            "letters",
            Chart::new("Embedding, two principal components (46 % + 21 %)")
                .x("first")
                .y("second")
                .letters(&letters)
                .equal_units()
                .picture(),
        ),
        (
            "bigrams",
            Heatmap::new("Bigrams of the names", 27, &counts)
                .names(&alphabet, &alphabet)
                .axes("first", "second")
                .unit("times")
                .cells(&cells)
                .picture(),
        ),
        ("weights", Heatmap::new("hidden.weight", 100, &weights).axes("input", "unit").picture()),
        ("kernels", kernels.picture()),
        (
            "landscape",
            Chart::new("What the network decides")
                .x("x")
                .y("y")
                .ground((-2.0, 2.0), (-1.5, 1.5), 80, &ground)
                .dots("negative", &side(false))
                .dots("positive", &side(true))
                .picture(),
        ),
        ("bars", bars()),
        ("regression", regression()),
        (
            "symbols",
            (0..10)
                .fold(Chart::new("Ten clouds").x("first").y("second").size(640.0, 460.0), |chart, k| {
                    let at = |i: usize| ((k * 41 + i * 17) as f64).sin() + 2.0 * (k as f64).cos();
                    let points: Vec<(f64, f64)> = (0..30).map(|i| (at(i), at(i + 91) + (k as f64).sin())).collect();
                    chart.symbols("", k.to_string(), &points)
                })
                .picture(),
        ),
        (
            "classes",
            Chart::new("Three classes, shaded by certainty")
                .x("x")
                .y("y")
                .ground((-2.0, 2.0), (-1.5, 1.5), 80, &tints())
                .dots("negative", &side(false))
                .dots("positive", &side(true))
                .rings("taken for another", &side(true)[..3])
                .picture(),
        ),
        ("together", Picture::together("Two pictures as one", 900.0, &[bars(), regression()])),
        (
            "small",
            Chart::new("Tiny gradients")
                .x("value")
                .size(300.0, 180.0)
                .bars("gradient", -2.1e-6, 1.9e-6, &bell(0.0, 1.0))
                .picture(),
        ),
        (
            "many",
            (0..16)
                .fold(Chart::new("Many series").x("step"), |c, i| {
                    c.line(format!("layer {i}"), &[(0.0, i as f64), (1.0, 16.0 - i as f64)])
                })
                .picture(),
        ),
        ("empty", Chart::new("Nothing yet").x("step").y("loss").line("train", &[]).picture()),
    ]
}

fn bars() -> Picture {
    let values = [2.31, 1.12, 0.4, -0.05, -1.3];
    let bars = values.iter().enumerate().fold(Bars::new("What speaks for 3").axis("score"), |bars, (i, &v)| {
        bars.bar(format!("unit {i}: {:.2} × {:.2}", v / 1.5, 1.5), v)
    });
    bars.bar("bias", 0.21).total("score", 2.69).picture()
}

fn regression() -> Picture {
    let value = |x: f64, y: f64| 0.6 * x - 0.8 * y;
    let shade = Shade::signed(2.1);
    let ground: Vec<u32> =
        (0..80 * 60).map(|i| shade.colour(value((i % 80) as f64 / 26.5 - 1.5, (i / 80) as f64 / 20.0 - 1.5))).collect();
    let points: Vec<((f64, f64), f64)> = (0..60)
        .map(|i| ((i as f64 * 1.7).sin() * 1.4, (i as f64 * 2.9).cos() * 1.3))
        .map(|(x, y)| ((x, y), value(x, y)))
        .collect();
    Chart::new("What the network says")
        .x("x")
        .y("y")
        .ground((-1.5, 1.5), (-1.5, 1.5), 80, &ground)
        .shaded("what is asked for", &points, shade)
        .shade_bar(shade, "value")
        .picture()
}

fn tints() -> Vec<u32> {
    let colours = [0x00_72_b2, 0xd5_5e_00];
    (0..80 * 60)
        .map(|i| {
            let (x, y) = ((i % 80) as f64 / 20.0 - 2.0, (i / 80) as f64 / 20.0 - 1.5);
            let sure = (2.0 * (y - (2.0 * x).sin() * 0.5)).tanh();
            tint(colours[usize::from(sure > 0.0)], 0.15 + 0.4 * sure.abs())
        })
        .collect()
}

fn main() -> Result<(), Box<dyn std::error::Error>> {
    let folder = PathBuf::from(std::env::args().nth(1).ok_or("which folder?")?);
    for (name, picture) in pictures() {
        std::fs::write(folder.join(format!("{name}.svg")), picture.to_svg())?;
        #[cfg(feature = "png")]
        std::fs::write(folder.join(format!("{name}.png")), picture.to_png(1.5)?)?;
    }
    Ok(())
}

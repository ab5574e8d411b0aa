//! `gradus number`: one number, bit by bit.

use std::io::{IsTerminal, stdout};

use gradus_insight::number::{Bits, InFormat, Page, page};
use gradus_insight::digits::figure;

use super::Context;
use crate::failure::Outcome;
use crate::output::{self, note};

/// Shows one number: its exact value, its bits, its neighbours, the spacing there, and what each format makes of it.
#[derive(Debug, clap::Args)]
pub(crate) struct Args {
    /// A decimal (0.1, -2e5), nan, inf, or a pattern of bits (0x3f800000)
    #[arg(allow_hyphen_values = true)]
    value: String,
    /// Read a pattern of bits in this format [default: the one of as many bits]
    #[arg(long = "as", value_name = "FORMAT")]
    read_as: Option<String>,
    /// Print one JSON object
    #[arg(long)]
    json: bool,
}

pub(crate) fn run(args: &Args, _: &Context) -> Outcome {
    let page = page(&args.value, args.read_as.as_deref())?;
    if args.json {
        return output::json(&page);
    }
    let colours = stdout().is_terminal() && std::env::var_os("NO_COLOR").is_none();
    output::text(&text(&page, colours))?;
    if let Some(format) = page.read_as.as_ref().filter(|_| args.read_as.is_none()) {
        note(&format!("read as {format}; for another: --as f64, f32, tf32, bf16, f16, e4m3 or e5m2"));
    }
    Ok(())
}

fn text(page: &Page, colours: bool) -> String {
    let mut out = format!("{}\n", page.given);
    let exactly = if page.is_exact { "exactly" } else { "nearest f64" };
    out.push_str(&format!("{exactly}  {}\n", page.exact));
    let with_bits: Vec<(&InFormat, &Bits)> =
        page.formats.iter().filter_map(|format| Some((format, format.bits.as_ref()?))).collect();
    out.push_str("\nbits: sign, exponent, fraction\n");
    for (format, bits) in &with_bits {
        let [sign, exponent, fraction] = if colours {
            [(31, &bits.sign), (32, &bits.exponent), (34, &bits.fraction)]
                .map(|(c, bits)| format!("\x1b[{c}m{bits}\x1b[0m"))
        } else {
            [&bits.sign, &bits.exponent, &bits.fraction].map(String::clone)
        };
        out.push_str(&format!("{:<5} {sign} {exponent} {fraction}\n", format.format));
    }
    let mut rows = vec![["format", "pattern", "means"].map(str::to_string).to_vec()];
    for (format, bits) in &with_bits {
        let minus = if bits.sign == "1" { "−" } else { "" };
        let means = match (bits.significand, bits.power) {
            (Some(significand), Some(power)) => format!("{minus}{significand} · 2^{power}"),
            _ if format.kind == "nan" => "not a number".to_string(),
            _ => format!("{minus}infinity"),
        };
        rows.push(vec![format.format.clone(), bits.pattern.clone(), means]);
    }
    out.push('\n');
    out.push_str(&output::table(&rows, &[]));
    let head = ["format", "value", "error", "relative", "next below", "next above", "spacing", ""];
    let mut rows = vec![head.map(str::to_string).to_vec()];
    for format in &page.formats {
        let short = |x: Option<f64>| x.map_or("–".to_string(), |x| number(x, &format.format));
        let error =
            |x: Option<f64>| x.map_or("–".to_string(), |x| if x == 0.0 { "0".to_string() } else { figure(x, 3) });
        let kind = if format.kind == "normal" { "" } else { format.kind };
        rows.push(vec![
            format.format.clone(),
            number(format.value, &format.format),
            error(format.error),
            error(format.relative_error),
            short(format.below),
            short(format.above),
            error(format.spacing),
            kind.to_string(),
        ]);
    }
    out.push('\n');
    out.push_str(&output::table(&rows, &[1, 2, 3, 4, 5, 6]));
    out
}

/// The shortest decimal that means this number in its format; very large and very small ones with a power of ten.
fn number(x: f64, format: &str) -> String {
    let size = x.abs();
    let is_far = size != 0.0 && size.is_finite() && !(1e-5..1e9).contains(&size);
    match (format, is_far) {
        ("f64", true) => format!("{x:e}"),
        ("f64", false) => format!("{x}"),
        (_, true) => format!("{:e}", x as f32),
        (_, false) => format!("{}", x as f32),
    }
}

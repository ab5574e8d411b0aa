//! Colours that everybody can tell apart.

/// A colour by its part in the picture, so that a page may choose another for it in the dark.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Colour {
    /// The ground.
    Paper,
    /// Text and frames.
    Ink,
    /// What explains: ticks, units.
    Muted,
    /// Grid lines.
    Grid,
    /// The n-th of several things.
    Series(usize),
    /// Red, green and blue as six hexadecimal digits: what stays the same in any light.
    Rgb(u32),
}

/// After Okabe & Ito (2008), "Color universal design": told apart with any kind of colour vision.
/// The last three after P. Tol's "muted" scheme, so that ten digits have a colour each.
const SERIES: [u32; 10] = [
    0x00_72_b2, 0xd5_5e_00, 0x00_9e_73, 0xcc_79_a7, 0xe6_9f_00, 0x56_b4_e9, 0x5b_5b_5b, 0x88_22_55, 0x99_99_33,
    0x33_22_88,
];

/// The number of colours for several things; later ones get a dashed line besides.
pub(crate) const SERIES_COLOURS: usize = SERIES.len();

impl Colour {
    /// Red, green and blue on white paper.
    pub fn rgb(self) -> u32 {
        match self {
            Colour::Paper => 0xff_ff_ff,
            Colour::Ink => 0x1f_29_33,
            Colour::Muted => 0x5f_6b_78,
            Colour::Grid => 0xe3_e7_ec,
            Colour::Series(n) => SERIES[n % SERIES.len()],
            Colour::Rgb(rgb) => rgb,
        }
    }

    /// The name of the CSS variable by which a page may choose another.
    pub(crate) fn variable(self) -> Option<String> {
        match self {
            Colour::Paper => Some("--plot-paper".to_string()),
            Colour::Ink => Some("--plot-ink".to_string()),
            Colour::Muted => Some("--plot-muted".to_string()),
            Colour::Grid => Some("--plot-grid".to_string()),
            Colour::Series(n) => Some(format!("--plot-series-{}", n % SERIES.len())),
            Colour::Rgb(_) => None,
        }
    }
}

/// Between some colours, `t` from 0 to 1.
fn between(stops: &[u32], t: f64) -> u32 {
    let t = if t.is_finite() { t.clamp(0.0, 1.0) } else { 0.0 } * (stops.len() - 1) as f64;
    let i = (t as usize).min(stops.len() - 2);
    let share = t - i as f64;
    let (from, to) = (stops[i].to_be_bytes(), stops[i + 1].to_be_bytes());
    let mix = |k: usize| (f64::from(from[k]) * (1.0 - share) + f64::from(to[k]) * share).round() as u8;
    u32::from_be_bytes([0, mix(1), mix(2), mix(3)])
}

/// Blue for negative numbers, white for 0, orange for positive ones; −1 and 1 are the ends.
pub fn diverging(v: f64) -> u32 {
    between(&[0x1b_4f_8c, 0x5b_92_c9, 0xb9_d3_ea, 0xfa_fa_f8, 0xf7_cf_a1, 0xe5_8b_33, 0x9c_4a_05], (v + 1.0) / 2.0)
}

/// From white for 0 to dark blue for 1.
pub fn sequential(v: f64) -> u32 {
    between(&[0xfa_fb_fd, 0xc8_dc_ef, 0x82_b1_d9, 0x3a_7a_b8, 0x12_3f_7a], v)
}

/// A colour thinned with white: 0 is white, 1 the colour itself.
pub fn tint(colour: u32, share: f64) -> u32 {
    between(&[0xff_ff_ff, colour], share)
}

/// Dark or light text: whichever is better read on a ground.
pub(crate) fn text_on(ground: u32) -> Colour {
    let [_, r, g, b] = ground.to_be_bytes().map(f64::from);
    // Rec. 709 luma.
    if 0.2126 * r + 0.7152 * g + 0.0722 * b > 140.0 { Colour::Rgb(0x1f_29_33) } else { Colour::Rgb(0xff_ff_ff) }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn scales_have_their_ends_and_their_middle() {
        assert_eq!((diverging(-1.0), diverging(0.0), diverging(1.0)), (0x1b_4f_8c, 0xfa_fa_f8, 0x9c_4a_05));
        assert_eq!((diverging(-7.0), sequential(2.0)), (diverging(-1.0), sequential(1.0)));
        assert_eq!(sequential(f64::NAN), sequential(0.0));
        assert_eq!(
            (text_on(sequential(0.0)), text_on(sequential(1.0))),
            (Colour::Rgb(0x1f_29_33), Colour::Rgb(0xff_ff_ff))
        );
    }
}

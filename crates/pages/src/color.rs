//! The colour of an app, made readable: whatever an operator chooses, text on it and it on the page have contrast.

use std::fmt;

/// A colour, as `#rrggbb`.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Color([u8; 3]);

const WHITE: Color = Color([255; 3]);
const BLACK: Color = Color([0; 3]);
/// The paper of dark pages: `--paper` of the stylesheet.
const DARK: Color = Color([0x1c, 0x1f, 0x24]);
/// Text on an accent of dark pages.
const ON_LIGHT: Color = Color([0x0b, 0x0d, 0x10]);

/// The contrast of text (WCAG 2.2, success criterion 1.4.3).
const OF_TEXT: f64 = 4.5;
/// How much further the accent of a button under the pointer goes.
const STRONGER: f64 = 0.18;

impl Color {
    /// Reads `#rrggbb`.
    pub fn parse(text: &str) -> Option<Self> {
        let digits = text.strip_prefix('#').filter(|digits| digits.len() == 6 && digits.is_ascii())?;
        let part = |place: usize| u8::from_str_radix(digits.get(place..place + 2)?, 16).ok();
        digits.bytes().all(|byte| byte.is_ascii_hexdigit()).then_some(())?;
        Some(Self([part(0)?, part(2)?, part(4)?]))
    }

    /// This colour, or the nearest darker one on which white text can be read and that can be read on white, as `#rrggbb`.
    pub fn accent(self) -> String {
        self.towards(BLACK, WHITE).to_string()
    }

    /// What a stylesheet says for an app of this colour, after what it says for every app.
    pub(crate) fn css(self) -> String {
        let light = self.towards(BLACK, WHITE);
        let dark = self.towards(WHITE, DARK);
        let (light_strong, dark_strong) = (light.mixed(BLACK, STRONGER), dark.mixed(WHITE, STRONGER));
        format!(
            "\n:root {{\n  --accent: {light};\n  --accent-strong: {light_strong};\n  --on-accent: {WHITE};\n}}\n\n\
             @media (prefers-color-scheme: dark) {{\n  :root {{\n    --accent: {dark};\n    \
             --accent-strong: {dark_strong};\n    --on-accent: {ON_LIGHT};\n  }}\n}}\n"
        )
    }

    /// The nearest colour on the way to another that has the contrast of text with `ground`.
    fn towards(self, end: Self, ground: Self) -> Self {
        let steps = (0..=50).map(|step| self.mixed(end, f64::from(step) / 50.0));
        steps.into_iter().find(|mixed| mixed.contrast(ground) >= OF_TEXT).unwrap_or(end)
    }

    fn mixed(self, other: Self, share: f64) -> Self {
        let mix = |place: usize| {
            let (own, others) = (f64::from(self.0[place]), f64::from(other.0[place]));
            // Both are at most 255, and so is what lies between them.
            #[expect(clippy::cast_possible_truncation, clippy::cast_sign_loss, reason = "0 to 255")]
            let mixed = (own + (others - own) * share).round() as u8;
            mixed
        };
        Self([mix(0), mix(1), mix(2)])
    }

    /// WCAG 2.2, "contrast ratio".
    fn contrast(self, other: Self) -> f64 {
        let (own, others) = (self.luminance(), other.luminance());
        (own.max(others) + 0.05) / (own.min(others) + 0.05)
    }

    /// WCAG 2.2, "relative luminance".
    fn luminance(self) -> f64 {
        let [red, green, blue] = self.0.map(|part| {
            let part = f64::from(part) / 255.0;
            if part <= 0.04045 { part / 12.92 } else { ((part + 0.055) / 1.055).powf(2.4) }
        });
        0.2126 * red + 0.7152 * green + 0.0722 * blue
    }
}

impl fmt::Display for Color {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        let [red, green, blue] = self.0;
        write!(f, "#{red:02x}{green:02x}{blue:02x}")
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_colour_is_read_as_stylesheets_write_it() {
        assert_eq!(Color::parse("#0A7d4b").unwrap().to_string(), "#0a7d4b");
        for wrong in ["", "#", "0a7d4b", "#0a7d4", "#0a7d4bb", "#0a7d4g", "#+a7d4b", "red", "#한글"] {
            assert_eq!(Color::parse(wrong), None, "{wrong}");
        }
    }

    #[test]
    fn the_contrasts_are_those_of_the_standard() {
        assert!((BLACK.contrast(WHITE) - 21.0).abs() < 0.001);
        // The well-known grey that just passes.
        assert!((Color([0x76; 3]).contrast(WHITE) - 4.54).abs() < 0.01);
    }

    #[test]
    fn every_colour_becomes_readable_and_a_readable_one_stays() {
        for parts in (0..=255_u8).step_by(51) {
            for color in
                [[parts, 0, 0], [0, parts, 0], [0, 0, parts], [parts; 3], [255, parts, 0], [255, 255, parts]]
            {
                let color = Color(color);
                let (light, dark) = (color.towards(BLACK, WHITE), color.towards(WHITE, DARK));
                assert!(light.contrast(WHITE) >= OF_TEXT, "{color}");
                assert!(dark.contrast(DARK) >= OF_TEXT && dark.contrast(ON_LIGHT) >= OF_TEXT, "{color}");
                assert!(light.mixed(BLACK, STRONGER).contrast(WHITE) >= OF_TEXT);
                assert!(dark.mixed(WHITE, STRONGER).contrast(ON_LIGHT) >= OF_TEXT);
            }
        }
        let green = Color::parse("#0a7d4b").unwrap();
        assert_eq!(green.towards(BLACK, WHITE), green);
        assert!(green.css().contains("--accent: #0a7d4b;"));
    }
}

//! The colour of an application on our pages: one colour, and every shade that the two themes need, computed so that each
//! can be read (WCAG 2.2, 1.4.3 and 1.4.11).

/// A colour in sRGB.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Colour([u8; 3]);

/// Why a colour cannot be used.
#[derive(Clone, Copy, Debug, PartialEq, thiserror::Error)]
pub enum NotAColour {
    /// Not six hexadecimal digits.
    #[error("a colour is written as #rrggbb, six hexadecimal digits")]
    Unreadable,
    /// White text on it, or it on white, cannot be read.
    #[error(
        "it is too light: its contrast with the white of pages and buttons is {found:.1}, and text needs {needed}. A darker \
         shade will do"
    )]
    TooLight {
        /// The least contrast found.
        found: f64,
        /// What text needs.
        needed: f64,
    },
}

/// What text needs (WCAG 2.2, 1.4.3), with a little to spare for rounding.
const TEXT: f64 = 4.5;
/// What the edge of a button needs (1.4.11).
const EDGE: f64 = 3.0;

const WHITE: Colour = Colour([255, 255, 255]);
/// What text stands on in the two themes, as in `static/css/ground.css`: the ground, the card, and what is sunken in it.
const LIGHT: [Colour; 3] = [Colour([0xf6, 0xf7, 0xf9]), WHITE, Colour([0xf1, 0xf3, 0xf6])];
const DARK: [Colour; 3] = [Colour([0x0f, 0x12, 0x16]), DARK_CARD, Colour([0x1e, 0x23, 0x2b])];
const DARK_CARD: Colour = Colour([0x17, 0x1b, 0x21]);

/// The shades of one theme.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
struct Shades {
    /// Links, and what has the focus.
    accent: Colour,
    /// Buttons, under white text.
    fill: Colour,
    /// The same under the pointer.
    hover: Colour,
    /// Behind badges.
    tint: Colour,
}

impl Colour {
    /// Reads `#rrggbb`, with or without the hash.
    ///
    /// # Errors
    /// [`NotAColour::Unreadable`].
    pub fn parse(text: &str) -> Result<Self, NotAColour> {
        let digits = text.strip_prefix('#').unwrap_or(text);
        if digits.len() != 6 || !digits.bytes().all(|b| b.is_ascii_hexdigit()) {
            return Err(NotAColour::Unreadable);
        }
        let number = u32::from_str_radix(digits, 16).map_err(|_| NotAColour::Unreadable)?;
        let [_, r, g, b] = number.to_be_bytes();
        Ok(Self([r, g, b]))
    }

    /// The one way in which it is written: six hexadecimal digits in lower case.
    pub fn digits(self) -> String {
        let [r, g, b] = self.0;
        format!("{r:02x}{g:02x}{b:02x}")
    }

    /// The style sheet that gives our pages this colour, in both themes.
    ///
    /// # Errors
    /// [`NotAColour::TooLight`].
    pub fn sheet(self) -> Result<String, NotAColour> {
        let properties = |shades: Shades| {
            let Shades { accent, fill, hover, tint } = shades;
            format!(
                "--accent:#{};--accent-fill:#{};--accent-fill-hover:#{};--accent-tint:#{};",
                accent.digits(),
                fill.digits(),
                hover.digits(),
                tint.digits()
            )
        };
        let (light, dark) = (properties(self.light()?), properties(self.dark()));
        Ok(format!(":root{{{light}}}\n@media (prefers-color-scheme: dark){{:root{{{dark}}}}}\n"))
    }

    /// It is used as it is.
    fn light(self) -> Result<Shades, NotAColour> {
        let tint = self.mixed(WHITE, 92);
        let found = LIGHT.into_iter().chain([tint]).map(|ground| self.contrast(ground)).fold(21.0, f64::min);
        if found < TEXT {
            return Err(NotAColour::TooLight { found, needed: TEXT });
        }
        Ok(Shades { accent: self, fill: self, hover: self.mixed(Self([0, 0, 0]), 18), tint })
    }

    /// It is made lighter until it can be read on what is dark, and a button until it is seen.
    fn dark(self) -> Shades {
        let tint = self.mixed(DARK_CARD, 82);
        let lighter = |enough: &dyn Fn(Self) -> bool| {
            let shades = (0..=100).map(|part| self.mixed(WHITE, part));
            shades.into_iter().find(|shade| enough(*shade)).unwrap_or(WHITE)
        };
        let readable =
            |shade: Self| DARK.into_iter().chain([tint]).all(|ground| shade.contrast(ground) >= TEXT);
        let accent = lighter(&readable);
        // Between "seen on the card" and "white text on it can be read" there is always a shade.
        let fill = lighter(&|shade| shade.contrast(DARK_CARD) >= EDGE);
        let hover = fill.mixed(WHITE, 6);
        let hover = if hover.contrast(WHITE) >= TEXT { hover } else { fill };
        Shades { accent, fill, hover, tint }
    }

    /// So many hundredths of another colour in it.
    fn mixed(self, other: Self, hundredths: u32) -> Self {
        let mix = |a: u8, b: u8| {
            let sum = u32::from(a) * (100 - hundredths.min(100)) + u32::from(b) * hundredths.min(100);
            u8::try_from((sum + 50) / 100).unwrap_or(u8::MAX)
        };
        let ([r, g, b], [s, h, c]) = (self.0, other.0);
        Self([mix(r, s), mix(g, h), mix(b, c)])
    }

    /// WCAG 2.2, "contrast ratio".
    fn contrast(self, other: Self) -> f64 {
        let (a, b) = (self.luminance(), other.luminance());
        (a.max(b) + 0.05) / (a.min(b) + 0.05)
    }

    /// WCAG 2.2, "relative luminance".
    fn luminance(self) -> f64 {
        let [r, g, b] = self.0.map(|part| {
            let part = f64::from(part) / 255.0;
            if part <= 0.04045 { part / 12.92 } else { ((part + 0.055) / 1.055).powf(2.4) }
        });
        0.2126 * r + 0.7152 * g + 0.0722 * b
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn contrast_is_as_the_guidelines_compute_it() {
        let black = Colour([0, 0, 0]);
        assert!((black.contrast(WHITE) - 21.0).abs() < 1e-9);
        // #767676 is the lightest grey for text on white, as everybody knows.
        assert!(Colour::parse("#767676").unwrap().contrast(WHITE) >= 4.5);
        assert!(Colour::parse("#777777").unwrap().contrast(WHITE) < 4.5);
    }

    #[test]
    fn every_colour_is_either_readable_in_both_themes_or_refused() {
        let steps = (0..=255u8).step_by(15);
        let mut taken = 0;
        for r in steps.clone() {
            for g in steps.clone() {
                for b in steps.clone() {
                    let colour = Colour([r, g, b]);
                    let Ok(light) = colour.light() else { continue };
                    let dark = colour.dark();
                    taken += 1;
                    for ground in LIGHT.into_iter().chain([light.tint]) {
                        assert!(light.accent.contrast(ground) >= TEXT, "{colour:?} light on {ground:?}");
                    }
                    for ground in DARK.into_iter().chain([dark.tint]) {
                        assert!(dark.accent.contrast(ground) >= TEXT, "{colour:?} dark on {ground:?}");
                    }
                    for fill in [light.fill, light.hover, dark.fill, dark.hover] {
                        assert!(fill.contrast(WHITE) >= TEXT, "{colour:?}: white on {fill:?}");
                    }
                    assert!(
                        light.fill.contrast(WHITE) >= EDGE && dark.fill.contrast(DARK_CARD) >= EDGE,
                        "{colour:?}"
                    );
                }
            }
        }
        assert!(taken > 1000, "{taken} colours can be used");
    }

    #[test]
    fn what_is_refused_says_why() {
        for bad in ["", "#fff", "red", "#12345g", "#1234567", "1234567", "#é1234", "# 12345", "+12345"] {
            assert_eq!(Colour::parse(bad), Err(NotAColour::Unreadable), "{bad}");
        }
        let yellow = Colour::parse("#ffee00").unwrap().sheet().unwrap_err();
        assert!(yellow.to_string().starts_with("it is too light: its contrast with the white"), "{yellow}");
        assert_eq!(Colour::parse("#1A7F37").unwrap().digits(), "1a7f37");
        let sheet = Colour::parse("1a7f37").unwrap().sheet().unwrap();
        assert!(sheet.starts_with(":root{--accent:#1a7f37;"), "{sheet}");
    }
}

//! A setting: its name at every door, what it accepts and what it means, in one place.
//!
//! The same table reads the settings and writes `docs/configuration.md`, so the two cannot disagree.

use std::fmt;

/// One setting.
#[derive(Clone, Copy, Debug)]
pub struct Setting {
    /// Its key in the file, with the section in front: `two_factor.remember_days`.
    pub key: &'static str,
    /// The flag of the same meaning.
    pub flag: Option<&'static str>,
    /// What holds when nobody says anything.
    pub default: Default,
    /// What may be said.
    pub accepts: Accepts,
    /// What it means, and when to change it.
    pub meaning: &'static str,
}

/// What holds when nobody says anything.
#[derive(Clone, Copy, Debug)]
pub enum Default {
    /// A value as it would stand in the file.
    Toml(&'static str),
    /// Follows from something else, said in words.
    Derived(&'static str),
}

/// What a setting accepts.
#[derive(Clone, Copy, Debug)]
pub enum Accepts {
    /// A whole number from `least` to `most`.
    Whole {
        /// The smallest allowed.
        least: u32,
        /// The largest allowed.
        most: u32,
    },
    /// A number of `least` to `most`.
    Fraction {
        /// Everything allowed is larger.
        least: f64,
        /// The largest allowed.
        most: f64,
    },
    /// One of these words.
    OneOf(&'static [&'static str]),
    /// `true` or `false`.
    Switch,
    /// Text that no message repeats, described in words.
    Secret(&'static str),
    /// Text, described in words.
    Text(&'static str),
    /// A list of texts, described in words; commas between them outside the file.
    List(&'static str),
    /// Tables in the file, described in words.
    Tables(&'static str),
}

/// One key of a table in the file.
#[derive(Clone, Copy, Debug)]
pub struct Key {
    /// Its name.
    pub name: &'static str,
    /// What holds where it is not said.
    pub default: &'static str,
    /// What may be said.
    pub accepts: Accepts,
    /// What it means.
    pub meaning: &'static str,
}

/// A part of the file.
#[derive(Clone, Copy, Debug)]
pub struct Section {
    /// Its name between brackets; empty for the top of the file.
    pub name: &'static str,
    /// What it is about.
    pub about: &'static str,
    /// Its settings, in the order of the documentation.
    pub settings: &'static [&'static Setting],
}

impl Setting {
    /// The environment variable of the same meaning: `COUNTERSIGN_TWO_FACTOR_REMEMBER_DAYS`.
    pub fn variable(&self) -> String {
        format!("{}{}", super::PREFIX, self.key.replace('.', "_").to_ascii_uppercase())
    }

    /// The key inside its section: `remember_days`.
    pub fn short_key(&self) -> &'static str {
        self.key.rsplit('.').next().unwrap_or(self.key)
    }
}

impl fmt::Display for Accepts {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self {
            Self::Whole { least, most } => write!(f, "a whole number from {least} to {most}"),
            Self::Fraction { least, most } => write!(f, "a number from {least} to {most}"),
            Self::OneOf(words) => {
                for (place, word) in words.iter().enumerate() {
                    let between = if place == 0 { "" } else { " or " };
                    write!(f, "{between}\"{word}\"")?;
                }
                Ok(())
            }
            Self::Switch => f.write_str("true or false"),
            Self::Text(words) | Self::Secret(words) | Self::List(words) | Self::Tables(words) => {
                f.write_str(words)
            }
        }
    }
}

//! A value as somebody gave it: with a type in the file, without one in a variable or a flag.

use super::{Origin, Wrong, setting::Accepts};
use toml::{
    Spanned,
    de::{DeString, DeValue},
};

/// A value before anybody has judged it.
#[derive(Clone, Debug, PartialEq)]
pub(super) enum Literal {
    Text(String),
    Whole(i64),
    Fraction(f64),
    Switch(bool),
    List(Vec<Self>),
    /// A table within a list: where it begins, and what it says.
    Table(Origin, Vec<Entry>),
    /// From a variable or a flag: text that may mean any of the above.
    Typeless(String),
    /// Something no setting is: what it is called in TOML.
    Other(&'static str),
}

/// One line of a table.
#[derive(Clone, Debug, PartialEq)]
pub(super) struct Entry {
    pub(super) key: String,
    pub(super) origin: Origin,
    pub(super) value: Literal,
}

impl Literal {
    /// Reads a value that begins at a byte of its text; `place` says which line that is.
    pub(super) fn from_toml(value: &Spanned<DeValue<'_>>, place: &dyn Fn(usize) -> Origin) -> Self {
        let begins = value.span().start;
        match value.get_ref() {
            DeValue::String(text) => Self::Text(text.to_string()),
            DeValue::Integer(number) => match i64::from_str_radix(number.as_str(), number.radix()) {
                Ok(number) => Self::Whole(number),
                Err(_) => Self::Other("a number far too large"),
            },
            DeValue::Float(number) => match number.as_str().parse() {
                Ok(number) => Self::Fraction(number),
                Err(_) => Self::Other("a number that cannot be read"),
            },
            DeValue::Boolean(on) => Self::Switch(*on),
            DeValue::Array(items) => {
                Self::List(items.iter().map(|item| Self::from_toml(item, place)).collect())
            }
            DeValue::Datetime(_) => Self::Other("a date or a time"),
            DeValue::Table(table) => {
                let entry = |(key, value): (&Spanned<DeString<'_>>, _)| Entry {
                    key: key.get_ref().as_ref().to_owned(),
                    origin: place(key.span().start),
                    value: Self::from_toml(value, place),
                };
                Self::Table(place(begins), table.iter().map(entry).collect())
            }
        }
    }

    pub(super) fn whole(&self, accepts: &Accepts) -> Result<u32, Wrong> {
        let number = match self {
            Self::Whole(number) => *number,
            Self::Typeless(text) => text.parse().map_err(|_| self.unfit(accepts))?,
            _ => return Err(self.unfit(accepts)),
        };
        let Accepts::Whole { least, most } = accepts else { return Err(self.unfit(accepts)) };
        match u32::try_from(number) {
            Ok(number) if (*least..=*most).contains(&number) => Ok(number),
            _ => Err(self.unfit(accepts)),
        }
    }

    pub(super) fn fraction(&self, accepts: &Accepts) -> Result<f64, Wrong> {
        let number = match self {
            Self::Fraction(number) => *number,
            Self::Whole(0) => 0.0,
            Self::Whole(1) => 1.0,
            Self::Typeless(text) => text.parse().map_err(|_| self.unfit(accepts))?,
            _ => return Err(self.unfit(accepts)),
        };
        let Accepts::Fraction { least, most } = accepts else { return Err(self.unfit(accepts)) };
        // Written so that NaN, for which every comparison is false, is refused.
        if (*least..=*most).contains(&number) { Ok(number) } else { Err(self.unfit(accepts)) }
    }

    pub(super) fn switch(&self, accepts: &Accepts) -> Result<bool, Wrong> {
        match self {
            Self::Switch(on) => Ok(*on),
            Self::Typeless(text) => text.parse().map_err(|_| self.unfit(accepts)),
            _ => Err(self.unfit(accepts)),
        }
    }

    pub(super) fn text(&self, accepts: &Accepts) -> Result<&str, Wrong> {
        match self {
            Self::Text(text) | Self::Typeless(text) => Ok(text),
            _ => Err(self.unfit(accepts)),
        }
    }

    pub(super) fn list(&self, accepts: &Accepts) -> Result<Vec<&str>, Wrong> {
        match self {
            Self::List(items) => items.iter().map(|item| item.text(accepts)).collect(),
            Self::Typeless(text) => {
                Ok(text.split(',').map(str::trim).filter(|item| !item.is_empty()).collect())
            }
            _ => Err(self.unfit(accepts)),
        }
    }

    pub(super) fn tables(&self, accepts: &Accepts) -> Result<Vec<Self>, Wrong> {
        match self {
            Self::List(items) if items.iter().all(|item| matches!(item, Self::Table(..))) => {
                Ok(items.clone())
            }
            Self::Typeless(_) => {
                Err(Wrong::new("it has no place in a variable", "Write it into the file, as tables"))
            }
            _ => Err(self.unfit(accepts)),
        }
    }

    pub(super) fn unfit(&self, accepts: &Accepts) -> Wrong {
        let advice = match (self, accepts) {
            (Self::Text(_), Accepts::Whole { .. } | Accepts::Fraction { .. } | Accepts::Switch) => {
                format!("Give {accepts}, without quotation marks")
            }
            (Self::Whole(_) | Self::Fraction(_) | Self::Switch(_), Accepts::Text(_) | Accepts::OneOf(_)) => {
                format!("Give {accepts}, between quotation marks")
            }
            (_, Accepts::List(_)) => format!("Give {accepts}; in the file between brackets"),
            _ => format!("Give {accepts}"),
        };
        let what = match accepts {
            Accepts::Secret(_) => "what is written there is not accepted".to_owned(),
            _ => format!("{} is not accepted", self.shown()),
        };
        Wrong::new(what, advice)
    }

    fn shown(&self) -> String {
        match self {
            // Quoted and escaped, cut where somebody pasted a book.
            Self::Text(text) | Self::Typeless(text) => quoted(text),
            Self::Whole(number) => number.to_string(),
            Self::Fraction(number) => number.to_string(),
            Self::Switch(on) => on.to_string(),
            Self::List(_) => "a list".to_owned(),
            Self::Table(..) => "a table".to_owned(),
            Self::Other(what) => (*what).to_owned(),
        }
    }
}

/// Text as a message shows it: between quotation marks, control characters escaped, at most 80 characters.
pub(super) fn quoted(text: &str) -> String {
    let cut: String = text.chars().take(80).collect();
    let more = if cut.len() < text.len() { "…" } else { "" };
    format!("{cut:?}{more}")
}

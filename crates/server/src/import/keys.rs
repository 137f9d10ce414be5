//! The keys of the other system, read from a file: a command line is seen by everybody on the machine.

use zeroize::Zeroizing;

use super::{NotRead, Source};

/// The lines of a key file: `NAME=value`, `name: value`, or a value alone. Its memory is wiped.
#[derive(Default)]
pub struct Keys(Vec<(String, Zeroizing<String>)>);

impl Keys {
    /// Reads a key file. It may be the `.env` of a Laravel application, what `rails db:encryption:init` prints, or a
    /// key alone.
    ///
    /// # Errors
    /// [`NotRead`]: it is not text, or longer than a file of keys is.
    pub fn read(source: &Source) -> Result<Self, NotRead> {
        let text = source.text()?;
        if text.len() > 65_536 {
            return Err(source.wrong("a file of keys has at most 64 KiB"));
        }
        let mut keys = Vec::new();
        for line in text.lines().map(str::trim).filter(|line| !line.is_empty() && !line.starts_with('#')) {
            let parted = line.split_once('=').filter(|(name, _)| is_name(name));
            let parted = parted.or_else(|| line.split_once(": ").filter(|(name, _)| is_name(name)));
            let (name, value) = parted.unwrap_or(("", line));
            let value = value.trim().trim_matches(['"', '\'']);
            keys.push((name.trim().to_ascii_lowercase(), Zeroizing::new(value.to_owned())));
        }
        Ok(Self(keys))
    }

    /// The values of this name, and those without one.
    pub(crate) fn named(&self, name: &str) -> impl Iterator<Item = &str> {
        self.0.iter().filter(move |(of, _)| of == name || of.is_empty()).map(|(_, value)| value.as_str())
    }

    /// The value of this name and no other.
    pub(crate) fn only(&self, name: &str) -> Option<&str> {
        self.each(name).next()
    }

    /// The values of this name and no other: an application that has changed its key goes on reading with the earlier.
    pub(crate) fn each(&self, name: &str) -> impl Iterator<Item = &str> {
        self.0.iter().filter(move |(of, _)| of == name).map(|(_, value)| value.as_str())
    }
}

/// Whether a line begins with the name of a key, and is not a key in base 64, which may end with `=` itself.
fn is_name(text: &str) -> bool {
    let text = text.trim();
    let lengthy = !(1..=64).contains(&text.len());
    !lengthy && text.bytes().all(|letter| letter.is_ascii_alphabetic() || letter == b'_')
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn keys_are_read_as_the_programs_write_them() {
        let text = "# .env\nAPP_NAME=Shop\nAPP_KEY=\"base64:YWJj=\"\n  primary_key: abc \nKRsPw+4z=\nprimary_key: def\n";
        let keys = Keys::read(&Source::new("keys", text.into())).unwrap();
        assert_eq!(keys.only("app_key"), Some("base64:YWJj="));
        assert_eq!(keys.only("primary_key"), Some("abc"));
        assert_eq!(keys.each("primary_key").collect::<Vec<_>>(), ["abc", "def"]);
        assert_eq!(keys.named("app_key").collect::<Vec<_>>(), ["base64:YWJj=", "KRsPw+4z="]);
    }
}

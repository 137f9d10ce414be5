//! Passwords that were leaked elsewhere: a list that the operator brings, since none of hundreds of millions comes
//! with the program and nobody else is asked (ASVS 6.2.12).
//!
//! A line is a password, or the SHA-1 of one in hexadecimal, with or without `:` and how often it was seen, as
//! published lists have it. Eight bytes of each are kept in memory.

use std::fs::File;
use std::io::{self, BufRead as _, BufReader};
use std::path::{Path, PathBuf};

use countersign::password::Password;
use data_encoding::HEXUPPER_PERMISSIVE;
use sha1::{Digest as _, Sha1};
use unicode_normalization::UnicodeNormalization as _;

/// The leaked passwords that are refused.
#[derive(Clone, Default)]
pub struct Breached {
    /// The beginnings of their hashes, sorted.
    beginnings: Vec<u64>,
}

/// Why there is no list.
#[derive(Debug, thiserror::Error)]
pub enum NoList {
    /// It cannot be read.
    #[error("the list of leaked passwords {} cannot be read: {source}", path.display())]
    Io {
        /// The file.
        path: PathBuf,
        /// What the operating system said.
        source: io::Error,
    },
    /// It has no line.
    #[error("the list of leaked passwords {} is empty", .0.display())]
    Empty(PathBuf),
}

impl Breached {
    /// Reads a list. Blocks while it does.
    ///
    /// # Errors
    /// [`NoList`].
    pub fn load(path: &Path) -> Result<Self, NoList> {
        let io = |source| NoList::Io { path: path.to_owned(), source };
        let mut lines = BufReader::new(File::open(path).map_err(io)?);
        let mut beginnings = Vec::new();
        let mut line = Vec::new();
        // Line by line as bytes: one odd letter in a list of millions is no reason to have none.
        while lines.read_until(b'\n', &mut line).map_err(io)? > 0 {
            let text = String::from_utf8_lossy(&line);
            let text = text.trim_end_matches(['\r', '\n']);
            if !text.is_empty() {
                beginnings.push(hash_in(text).unwrap_or_else(|| beginning_of(text)));
            }
            line.clear();
        }
        if beginnings.is_empty() {
            return Err(NoList::Empty(path.to_owned()));
        }
        beginnings.sort_unstable();
        beginnings.dedup();
        beginnings.shrink_to_fit();
        Ok(Self { beginnings })
    }

    /// How many passwords it has.
    pub fn len(&self) -> usize {
        self.beginnings.len()
    }

    /// Whether it has none.
    pub fn is_empty(&self) -> bool {
        self.beginnings.is_empty()
    }

    /// Whether a password stands in it, as it is or in small letters.
    pub fn holds(&self, password: &Password) -> bool {
        let text = password.reveal();
        let as_it_is = self.beginnings.binary_search(&beginning_of(text)).is_ok();
        as_it_is || self.beginnings.binary_search(&beginning_of(&text.to_lowercase())).is_ok()
    }
}

/// The hash that a line is, if it is one.
fn hash_in(line: &str) -> Option<u64> {
    let hash = line.split_once(':').map_or(line, |(hash, _)| hash);
    let bytes = HEXUPPER_PERMISSIVE.decode(hash.as_bytes()).ok().filter(|bytes| bytes.len() == 20)?;
    Some(first_eight(&bytes))
}

/// The beginning of the SHA-1 of a password: it compares with published lists, and protects nothing.
fn beginning_of(text: &str) -> u64 {
    let normal: String = text.nfc().collect();
    first_eight(&Sha1::digest(normal.as_bytes()))
}

fn first_eight(bytes: &[u8]) -> u64 {
    bytes.iter().take(8).fold(0, |number, byte| (number << 8) | u64::from(*byte))
}

#[cfg(test)]
mod tests {
    use super::*;
    use std::fs;

    fn password(text: &str) -> Password {
        Password::parse(text).unwrap()
    }

    #[test]
    fn a_leaked_password_is_found_by_its_text_or_its_hash_in_any_case() {
        let directory = tempfile::tempdir().unwrap();
        let path = directory.path().join("leaked.txt");
        // SHA-1 of "correct horse battery staple" and of "open sesame, my friend", by sha1sum.
        let hashes =
            "ABF7AAD6438836DBE526AA231ABDE2D0EEF74D42:37\r\n2356781c033697a62bf7aae000f95b554f8c224c\n";
        fs::write(
            &path,
            [hashes.as_bytes(), "žluťoučký kůň úpěl\n\nodd \u{fffd}".as_bytes(), b"\xff\xfe\n"].concat(),
        )
        .unwrap();
        let list = Breached::load(&path).unwrap();
        assert_eq!((list.len(), list.is_empty()), (4, false));
        for leaked in
            ["correct horse battery staple", "Correct Horse Battery Staple", "open sesame, my friend"]
        {
            assert!(list.holds(&password(leaked)), "{leaked}");
        }
        assert!(list.holds(&password(&"žluťoučký kůň úpěl".nfd().collect::<String>())));
        for other in ["correct horse battery stapler", "ABF7AAD6438836DBE526AA231ABDE2D0EEF74D42", ""] {
            assert!(!list.holds(&password(other)), "{other}");
        }
        assert!(!Breached::default().holds(&password("correct horse battery staple")));
    }

    #[test]
    fn a_list_that_is_missing_or_empty_is_told_and_not_taken_for_one() {
        let directory = tempfile::tempdir().unwrap();
        let missing = directory.path().join("missing.txt");
        let told = Breached::load(&missing).err().unwrap().to_string();
        assert!(told.contains("missing.txt") && told.contains("cannot be read"), "{told}");
        fs::write(&missing, "\n\r\n").unwrap();
        assert!(matches!(Breached::load(&missing), Err(NoList::Empty(_))));
    }
}

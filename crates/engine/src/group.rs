//! Groups: names that an operator gives accounts, and that say which sites they may see.

use std::fmt;

/// The longest name of a group, in characters.
const LONGEST: usize = 64;

/// The name of a group. It travels in a header, with commas between several, so it is plain ASCII.
#[derive(Clone, Debug, PartialEq, Eq, PartialOrd, Ord)]
pub struct Group(String);

/// The text is no name of a group.
#[derive(Clone, Copy, Debug, PartialEq, Eq, thiserror::Error)]
#[error("a group has 1 to 64 of a-z, 0-9, point, hyphen and underscore, and begins with a letter or a digit")]
pub struct NotAGroup;

impl Group {
    /// Reads a name.
    ///
    /// # Errors
    /// [`NotAGroup`]. Capital letters are refused rather than lowered: what a file says is what a header says.
    pub fn parse(text: &str) -> Result<Self, NotAGroup> {
        let plain = |b: u8| b.is_ascii_lowercase() || b.is_ascii_digit();
        let begins = text.bytes().next().is_some_and(plain);
        let fits = text.len() <= LONGEST && text.bytes().all(|b| plain(b) || b".-_".contains(&b));
        if begins && fits { Ok(Self(text.to_owned())) } else { Err(NotAGroup) }
    }

    /// The name.
    pub fn as_str(&self) -> &str {
        &self.0
    }
}

impl fmt::Display for Group {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(&self.0)
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_name_of_a_group_is_safe_in_a_header_and_in_a_list() {
        for fine in ["staff", "it-2", "a", "editors.cs_cz", &"x".repeat(64)] {
            assert_eq!(Group::parse(fine).unwrap().as_str(), fine);
        }
        for bad in ["", "Staff", "a,b", "a b", "-a", "a\r\nRemote-User: root", "účetní", &"x".repeat(65)] {
            assert_eq!(Group::parse(bad), Err(NotAGroup), "{bad:?}");
        }
    }
}

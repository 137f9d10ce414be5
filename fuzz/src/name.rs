//! Names: one line, at most a hundred characters, and nothing that reorders the text around it (I7).

use countersign::name::{LONGEST, Name, NotAName};

pub(crate) fn run(data: &[u8]) {
    let Ok(text) = std::str::from_utf8(data) else { return };
    match Name::parse(text) {
        Ok(name) => {
            let name = name.as_str();
            assert!((1..=LONGEST).contains(&name.chars().count()), "{name:?} is too long or empty");
            assert!(!name.contains(char::is_control) && name.trim() == name, "{name:?}");
            let turns = ['\u{200e}', '\u{200f}', '\u{202a}', '\u{202e}', '\u{2066}', '\u{2069}', '\u{2028}'];
            assert!(!name.contains(turns), "{name:?}");
            // A name goes through a cookie and comes back, and is typed again in a form that shows it.
            let again = Name::parse(name).unwrap_or_else(|why| panic!("{name:?} is no name any more: {why}"));
            assert_eq!(again.as_str(), name, "a name is its own name");
        }
        Err(NotAName::Empty) => assert!(text.trim().is_empty()),
        Err(NotAName::TooLong | NotAName::Character) => assert!(!text.trim().is_empty()),
    }
}

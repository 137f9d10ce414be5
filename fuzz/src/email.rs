//! Email addresses: one account however an address is typed, and two addresses are two accounts (I10).

use countersign::email::Email;

pub(crate) fn run(data: &[u8]) {
    let Ok(text) = std::str::from_utf8(data) else { return };
    let key = Email::key_of(text);
    assert_eq!(Email::key_of(&format!(" {text}\r\n")), key, "space around it does not matter");
    let Ok(email) = Email::parse(text) else { return };
    assert_eq!(email.key(), key);
    for form in [email.as_str(), email.key()] {
        let (local, domain) = form.split_once('@').unwrap();
        assert!(!local.is_empty() && !domain.is_empty() && !domain.contains('@'), "{form:?}");
        assert!(!form.contains(|c: char| c.is_whitespace() || c.is_control()), "{form:?}");
        assert!(form.len() <= 254, "{form:?} has {} bytes", form.len());
        let again = Email::parse(form).unwrap_or_else(|_| panic!("{form:?} of {text:?} is no address"));
        assert_eq!(again.key(), email.key(), "{form:?} of {text:?} is another account");
    }
    assert_eq!(Email::parse(email.as_str()).as_ref(), Ok(&email), "an address reads back as itself");
    assert_eq!(Email::key_of(&other_case(email.as_str())), email.key(), "case does not matter");
}

/// The text with every letter in the other case, where there is one that leads back.
fn other_case(text: &str) -> String {
    text.chars().map(|c| pair(c, c.to_uppercase()).or(pair(c, c.to_lowercase())).unwrap_or(c)).collect()
}

fn pair(c: char, mut other: impl Iterator<Item = char>) -> Option<char> {
    let (Some(only), None) = (other.next(), other.next()) else { return None };
    let back: Vec<char> =
        if c.is_lowercase() { only.to_lowercase().collect() } else { only.to_uppercase().collect() };
    (only != c && back == [c]).then_some(only)
}

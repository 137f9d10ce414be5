//! `User-Agent` and `Accept-Language`: whatever a stranger writes there, a plain name and a language come out (H4).

use countersign_server::agent;
use countersign_server::l10n::Language;

pub(crate) fn run(data: &[u8]) {
    let Ok(text) = std::str::from_utf8(data) else { return };
    let name = agent::name(text);
    assert!((1..=60).contains(&name.chars().count()), "{name:?}");
    assert!(name.chars().all(|c| c.is_ascii_alphanumeric() || " ._-".contains(c)), "{name:?}");
    if let Some(language) = Language::from_accept_language(text) {
        assert!(text.to_ascii_lowercase().contains(language.code()), "{} is not named", language.code());
        assert_eq!(Language::parse(language.code()), Some(language));
    }
}

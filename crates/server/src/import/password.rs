//! Password hashes of other systems: kept as they came, where a password can be checked with them here.

use countersign::password::StoredPassword;

use super::Why;
use super::person::Password;

/// What can be kept of a hash in its text form.
pub(crate) fn of(text: Option<&str>) -> Password {
    let text = text.map(str::trim).map(|text| text.strip_prefix("{CRYPT}").unwrap_or(text));
    // Django and Unix write a mark where there is no password that anybody could type.
    let Some(text) = text.filter(|text| !text.is_empty() && !text.starts_with(['!', '*'])) else {
        return Password::None;
    };
    // Argon2 is marked as Django marks it: without that it would be one of ours, whose passwords are read as NFC.
    let kept = match text.starts_with("$argon2") {
        true => format!("argon2{text}"),
        false => text.to_owned(),
    };
    match StoredPassword::parse(kept) {
        Ok(stored) => Password::Kept(stored),
        Err(why) => Password::Left(why.into()),
    }
}

/// What cannot be read as far as its text form.
pub(crate) fn left(why: Why) -> Password {
    Password::Left(why)
}

#[cfg(test)]
mod tests {
    use super::*;

    const OUTPUT: &str = "AAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAA";

    fn kept(text: &str) -> String {
        match of(Some(text)) {
            Password::Kept(stored) => stored.as_str().to_owned(),
            Password::None | Password::Left(_) => panic!("{text} is not kept"),
        }
    }

    #[test]
    fn a_hash_is_kept_as_it_came_and_argon2_is_marked_as_not_ours() {
        for text in [
            format!("pbkdf2_sha256$1000$salt${OUTPUT}="),
            format!("$2y$12${}", ".".repeat(53)),
            format!("$6$salt${}", ".".repeat(86)),
        ] {
            assert_eq!(kept(&text), text);
            assert_eq!(kept(&format!("{{CRYPT}}{text}\n")), text);
        }
        let argon2 = format!("$argon2id$v=19$m=19456,t=2,p=1$c2FsdHNhbHRzYWx0c2FsdA${OUTPUT}");
        assert_eq!(kept(&argon2), format!("argon2{argon2}"));
        assert_eq!(kept(&format!("argon2{argon2}")), format!("argon2{argon2}"));
    }

    #[test]
    fn where_there_is_no_password_none_is_missing() {
        for text in [None, Some(""), Some(" "), Some("!"), Some("!x7DsmY3mS6nTqFBv"), Some("*")] {
            assert!(matches!(of(text), Password::None), "{text:?}");
        }
    }
}

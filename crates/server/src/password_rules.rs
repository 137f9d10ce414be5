//! What a new password has to be: long enough, and on no list that guessers begin with.
//!
//! NIST SP 800-63B-4 §3.1.1.2: a length, a blocklist with the reason told, and no rules of composition.

use countersign::password::Password;
use zxcvbn::{Score, feedback::Warning, zxcvbn};

use crate::breached::Breached;

/// Why a password is not accepted.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Unfit {
    /// Fewer characters than the operator asks for.
    Short {
        /// How many it has.
        have: usize,
    },
    /// On lists of leaked passwords, or as good as on them.
    Common,
    /// Made of the person's own name or email, or of the service's name.
    Personal,
    /// A repetition, a row of keys or another pattern that is tried early.
    Guessable,
}

/// Judges a new password. `context` holds what a guesser knows: email, name, the service's name.
///
/// # Errors
/// [`Unfit`], to be told to the person.
pub fn judge(password: &Password, least: usize, breached: &Breached, context: &[&str]) -> Result<(), Unfit> {
    let text = password.reveal();
    let have = text.chars().count();
    if have < least {
        return Err(Unfit::Short { have });
    }
    if breached.holds(password) {
        return Err(Unfit::Common);
    }
    let known = parts(context);
    let own: Vec<&str> = known.iter().map(String::as_str).collect();
    let with = zxcvbn(text, &own);
    if with.score() >= Score::Two {
        return Ok(());
    }
    if zxcvbn(text, &[]).score() >= Score::Two {
        return Err(Unfit::Personal);
    }
    Err(match with.feedback().and_then(zxcvbn::feedback::Feedback::warning) {
        Some(
            Warning::ThisIsATop10Password
            | Warning::ThisIsATop100Password
            | Warning::ThisIsACommonPassword
            | Warning::ThisIsSimilarToACommonlyUsedPassword,
        ) => Unfit::Common,
        _ => Unfit::Guessable,
    })
}

/// The words of what a guesser knows: whole, and taken apart where an address or a name has parts.
fn parts(context: &[&str]) -> Vec<String> {
    let mut all = Vec::new();
    for whole in context {
        all.push(whole.to_lowercase());
        all.extend(whole.split('@').map(str::to_lowercase));
        let words = whole.split(|c: char| !c.is_alphanumeric());
        all.extend(words.filter(|word| word.chars().count() > 2).map(str::to_lowercase));
    }
    all
}

#[cfg(test)]
mod tests {
    use super::*;

    fn judged(text: &str) -> Result<(), Unfit> {
        let context = ["jana.novakova@example.com", "Jana Nováková", "Acme Mail"];
        judge(&Password::parse(text).unwrap(), 15, &Breached::default(), &context)
    }

    #[test]
    fn a_few_words_in_a_row_are_good_whatever_they_are_made_of() {
        for good in [
            "kolo strom lampa most",
            "correct horse battery staple",
            "žluťoučký kůň úpěl",
            "tr0ub4dor&3-and-more",
        ] {
            assert_eq!(judged(good), Ok(()), "{good}");
        }
    }

    #[test]
    fn length_counts_characters_and_not_bytes() {
        assert_eq!(judged("žluťoučký kůň"), Err(Unfit::Short { have: 13 }));
        assert_eq!(judged(""), Err(Unfit::Short { have: 0 }));
    }

    #[test]
    fn what_guessers_try_first_is_refused_with_its_reason() {
        assert_eq!(judged("aaaaaaaaaaaaaaaaaaaa"), Err(Unfit::Guessable));
        assert_eq!(judged("passwordpassword"), Err(Unfit::Guessable));
        assert_eq!(judged("qwertyuiopasdfghjkl"), Err(Unfit::Common));
        assert_eq!(judged("jana.novakova@example.com"), Err(Unfit::Personal));
    }

    #[test]
    fn where_eight_characters_are_enough_common_ones_and_personal_ones_are_not() {
        let context = ["jana.novakova@example.com", "Jana Nováková", "Acme Mail"];
        let judged = |text| judge(&Password::parse(text).unwrap(), 8, &Breached::default(), &context);
        for common in
            ["password1", "iloveyou", "P@ssw0rd", "drowssap", "ssecnirp", "1qaz2wsx", "dragonmonkey"]
        {
            assert_eq!(judged(common), Err(Unfit::Common), "{common}");
        }
        for personal in ["Jana Nováková", "nováková", "novakova", "avokavon", "Acme Mail", "acmemail"] {
            assert_eq!(judged(personal), Err(Unfit::Personal), "{personal}");
        }
        for part in ["jana.novakova", "Jana.Novakova1", "example.com"] {
            assert_eq!(judged(part), Err(Unfit::Personal), "{part}");
        }
        assert_eq!(judged("zyxwvuts"), Err(Unfit::Guessable));
        assert_eq!(judged("elpmaxe"), Err(Unfit::Short { have: 7 }));
    }
}

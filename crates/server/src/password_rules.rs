//! What a new password has to be: long enough, and on no list that guessers begin with.
//!
//! NIST SP 800-63B-4 §3.1.1.2: a length, a blocklist with the reason told, and no rules of composition.

use std::collections::BTreeSet;

use countersign::password::Password;
use zxcvbn::{Score, feedback::Warning, zxcvbn};

use crate::breached::Breached;

/// How many characters of a password are judged.
const JUDGED: usize = 64;
/// The signs that can stand for letters, other than digits.
const STAND_FOR_LETTERS: &str = "@({[<!|$+%";
/// How many of them are taken for letters in one password.
const MOST_STAND_INS: usize = 4;
/// Where Unicode has characters that are in no word.
const PRIVATE_USE: u32 = 0xE000;

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
    let begun = beginning(text);
    let with = zxcvbn(&begun, &own);
    if with.score() >= Score::Two {
        return Ok(());
    }
    if zxcvbn(&begun, &[]).score() >= Score::Two {
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

/// What is judged of a password. Every sign that can stand for a letter multiplies what is tried: with all of them one
/// password takes longer than a hash. Beyond a few they stand for nothing; what repeats still repeats.
fn beginning(text: &str) -> String {
    let begun = || text.chars().take(JUDGED);
    let stand_in: BTreeSet<char> = begun().filter(|c| STAND_FOR_LETTERS.contains(*c)).collect();
    if stand_in.len() <= MOST_STAND_INS {
        return begun().collect();
    }
    let moved = |c: char| char::from_u32(PRIVATE_USE + u32::from(c)).unwrap_or(c);
    begun().map(|c| if stand_in.contains(&c) { moved(c) } else { c }).collect()
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
    fn i6_however_many_signs_could_be_letters_few_are_tried() {
        let many = "@({[<!|$+%".repeat(100);
        let judged_of = beginning(&many);
        assert_eq!(judged_of.chars().count(), JUDGED);
        assert!(!judged_of.contains(|c| STAND_FOR_LETTERS.contains(c)));
        assert_eq!(judged_of.chars().collect::<BTreeSet<char>>().len(), 10, "they are still ten");
        assert_eq!(beginning("p@$$w0rd! + more"), "p@$$w0rd! + more");
        assert_eq!(judged("p@$$w0rdp@$$w0rd"), Err(Unfit::Guessable));
        assert_eq!(judged("@k({m[q<z!v|b$+%j"), Ok(()));
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

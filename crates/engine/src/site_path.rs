//! Paths of sites, read in every way in which somebody behind us may read them.
//!
//! A proxy asks about the path as the visitor sent it; the application behind may decode it, resolve its dots, drop
//! what follows a semicolon, compose letters or not care about case. Whoever guesses which of them it does guesses wrong one day, so
//! nothing is guessed: a path has all of its readings, and each of them has to be allowed.

use std::collections::BTreeSet;

use unicode_normalization::UnicodeNormalization as _;

/// A path with more readings than this is nobody's honest address.
const MOST: usize = 64;

/// A path in a rule: it covers itself and everything below.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct RulePath {
    path: String,
    folded: String,
}

/// The text is no path for a rule.
#[derive(Clone, Copy, Debug, PartialEq, Eq, thiserror::Error)]
pub enum NotARulePath {
    /// It does not begin with a slash.
    #[error("does not begin with /")]
    NoSlash,
    /// It has characters that another reading would lose, so a rule could never be sure of them.
    #[error("has a character or a part that is not read as it is written")]
    Unclear,
}

impl RulePath {
    /// Reads a path. A final slash is dropped: a folder is covered with what is in it.
    ///
    /// # Errors
    /// [`NotARulePath`]: `%`, `?`, `#`, `;`, `*`, backslashes, control characters, empty and dotted parts.
    pub fn parse(text: &str) -> Result<Self, NotARulePath> {
        if !text.starts_with('/') {
            return Err(NotARulePath::NoSlash);
        }
        let odd = |c: char| c.is_control() || r"%?#;*\".contains(c);
        let own = readings(text).is_some_and(|readings| readings.iter().all(|reading| reading == text));
        if text.contains(odd) || !own {
            return Err(NotARulePath::Unclear);
        }
        let path = text.strip_suffix('/').unwrap_or(text);
        Ok(Self { path: path.to_owned(), folded: folded(path) })
    }

    /// The path, without a final slash.
    pub fn as_str(&self) -> &str {
        &self.path
    }

    /// Whether whatever the other covers is covered by this one, too.
    pub fn covers_all_of(&self, other: &Self) -> bool {
        self.covers(&other.path, false)
    }

    /// Whether somebody may read a path so that it is covered. Of one that nobody can read this is not known.
    pub fn may_cover(&self, path: &str) -> Option<bool> {
        readings(path).map(|readings| readings.iter().any(|reading| self.covers(reading, false)))
    }

    /// Whether it covers this reading of a path; `folded`: as somebody reads it to whom case does not matter.
    pub(crate) fn covers(&self, reading: &str, folded: bool) -> bool {
        let own = if folded { &self.folded } else { &self.path };
        reading.strip_prefix(own.as_str()).is_some_and(|rest| rest.is_empty() || rest.starts_with('/'))
    }
}

/// Every way to read a path; `None` where there are too many, or one that is no text: then nobody knows what it means.
pub(crate) fn readings(path: &str) -> Option<BTreeSet<String>> {
    let mut found = BTreeSet::from([path.to_owned()]);
    let mut unread = vec![path.to_owned()];
    while let Some(reading) = unread.pop() {
        let decoded = decoded(&reading)?;
        let others = [
            decoded,
            reading.replace('\\', "/"),
            up_to(&reading, &['?', '#']).to_owned(),
            each_part(&reading, |part| up_to(part, &[';'])),
            each_part(&reading, without_end),
            without_empty_parts(&reading),
            composed(&reading),
            without_dots(&reading),
        ];
        for other in others {
            if other.contains(|c: char| c.is_control()) {
                return None;
            }
            if found.insert(other.clone()) {
                unread.push(other);
            }
        }
        if found.len() > MOST {
            return None;
        }
    }
    Some(found)
}

/// As somebody reads it to whom case does not matter. Down, up and down again, for there are letters that are another's
/// small form in one direction alone: `ſ` is read as `s` and `ı` as `i` wherever capitals are compared, and `ẞ` as `ß`
/// wherever small letters are.
pub(crate) fn folded(path: &str) -> String {
    path.to_lowercase().to_uppercase().to_lowercase()
}

/// Letters and their accents in one (file systems keep either form), and what only looks another way in its plain form:
/// `．` is a dot to whoever normalises (Unicode UAX #15, NFKC).
fn composed(path: &str) -> String {
    path.nfkc().collect()
}

/// Percent-decoded once; `None` where the bytes are no UTF-8, of which old decoders make dots and slashes.
fn decoded(path: &str) -> Option<String> {
    let mut bytes = Vec::with_capacity(path.len());
    let mut rest = path.as_bytes();
    while let [first, after @ ..] = rest {
        let pair = if *first == b'%' { after.split_at_checked(2) } else { None };
        let value = pair.and_then(|(digits, after)| {
            let digits = digits.iter().all(u8::is_ascii_hexdigit).then_some(digits)?;
            let value = u8::from_str_radix(std::str::from_utf8(digits).ok()?, 16).ok()?;
            Some((value, after))
        });
        let (byte, after) = value.unwrap_or((*first, after));
        bytes.push(byte);
        rest = after;
    }
    String::from_utf8(bytes).ok()
}

fn up_to<'a>(text: &'a str, ends: &[char]) -> &'a str {
    text.split(ends).next().unwrap_or(text)
}

fn each_part(path: &str, change: impl Fn(&str) -> &str) -> String {
    path.split('/').map(change).collect::<Vec<_>>().join("/")
}

/// Windows drops points and spaces at the end of a name.
fn without_end(part: &str) -> &str {
    match part {
        "." | ".." => part,
        _ => part.trim_end_matches(['.', ' ']),
    }
}

fn without_empty_parts(path: &str) -> String {
    let mut text = String::with_capacity(path.len());
    for c in path.chars() {
        if !(c == '/' && text.ends_with('/')) {
            text.push(c);
        }
    }
    text
}

/// RFC 3986 §5.2.4.
fn without_dots(path: &str) -> String {
    let mut kept: Vec<&str> = Vec::new();
    for part in path.split('/').skip(1) {
        match part {
            "." => {}
            ".." => drop(kept.pop()),
            _ => kept.push(part),
        }
    }
    let ends = path.ends_with("/.") || path.ends_with("/..");
    let slash = if ends && !kept.is_empty() { "/" } else { "" };
    format!("/{}{slash}", kept.join("/"))
}

#[cfg(test)]
mod tests {
    use super::*;
    use proptest::prelude::*;

    fn reads_as(path: &str, other: &str) -> bool {
        readings(path).is_none_or(|readings| readings.contains(other))
    }

    #[test]
    fn whatever_an_application_makes_of_a_path_is_among_its_readings() {
        for path in [
            "/admin",
            "/public/../admin",
            "/public/./../admin",
            "/%61dmin",
            "/%2561dmin",
            "/public/%2e%2e/admin",
            "/public/%252e%252e/admin",
            "/public/..%2fadmin",
            "/public%2F..%2Fadmin",
            "//admin",
            "/public//../../admin",
            "/public\\..\\admin",
            "/public/%5c../..%5cadmin",
            "/public/..;/admin",
            "/public/..;x=1/admin;y",
            "/admin%3fx",
            "/admin%23x",
            "/admin.",
            "/admin%20",
            "/%c0%ae%c0%ae/admin",
            "/public/%00/../admin",
            "/admin%0a",
            "/%EF%BD%81dmin",
            "/public/%EF%BC%8E%EF%BC%8E/admin",
            "/public/%E2%80%A5/admin",
            "/public/..%EF%BC%8Fadmin",
            "/public/%EF%BC%852e%EF%BC%852e/admin",
            "/public/..%EF%BC%9B/admin",
        ] {
            assert!(reads_as(path, "/admin"), "{path}: {:?}", readings(path));
        }
        for path in ["/public", "/administrator", "/public/admin", "/wiki/Main_Page", "/a%20b", "/a%2520b"] {
            assert!(!reads_as(path, "/admin"), "{path}");
        }
    }

    #[test]
    fn a_path_with_too_many_readings_has_none() {
        let tangled = "/%25252561/..;a/%2e/b%5c//".repeat(20);
        assert_eq!(readings(&tangled), None);
    }

    #[test]
    fn an_honest_address_has_few_readings() {
        for path in ["/", "/wiki/Main_Page", "/static/app.3f2a.js", "/api/v1/items/7"] {
            assert_eq!(readings(path).unwrap().len(), 1, "{path}");
        }
        assert_eq!(readings("/wiki/%C5%BDofie").unwrap().len(), 2);
    }

    #[test]
    fn a_rule_covers_its_path_and_what_is_below() {
        let admin = RulePath::parse("/admin/").unwrap();
        for covered in ["/admin", "/admin/", "/admin/users"] {
            assert!(admin.covers(covered, false), "{covered}");
        }
        for other in ["/", "/administrator", "/x/admin", "/Admin"] {
            assert!(!admin.covers(other, false), "{other}");
        }
        assert!(RulePath::parse("/").unwrap().covers("/anything", false));
        assert!(admin.covers_all_of(&RulePath::parse("/admin/users").unwrap()));
        assert!(admin.covers_all_of(&RulePath::parse("/admin").unwrap()));
        assert!(!admin.covers_all_of(&RulePath::parse("/administrator").unwrap()));
        for maybe in ["/admin/x", "//admin", "/x/../%61dmin"] {
            assert_eq!(admin.may_cover(maybe), Some(true), "{maybe}");
        }
        assert_eq!((admin.may_cover("/x/admin"), admin.may_cover("/%00")), (Some(false), None));
        assert!(RulePath::parse("/Admin").unwrap().covers("/admin/x", true));
        // Capitals of letters that are no capitals' small form: what compares capitals reads them as i, s and k.
        for odd in ["/ADM\u{131}N", "/adm\u{131}n/x"] {
            assert!(admin.covers(&folded(odd), true), "{odd}");
        }
        for (rule, odd) in
            [("/tasks", "/ta\u{17f}k\u{17f}"), ("/tasks", "/tas\u{212a}s"), ("/maß", "/MA\u{1e9e}")]
        {
            assert!(RulePath::parse(rule).unwrap().covers(&folded(odd), true), "{odd}");
        }
    }

    #[test]
    fn a_rule_holds_for_a_name_in_the_form_in_which_another_file_system_keeps_it() {
        let rule = RulePath::parse("/účetní").unwrap();
        let apart = "/u%CC%81c%CC%8Cetni%CC%81/kniha";
        assert!(readings(apart).unwrap().iter().any(|reading| rule.covers(reading, false)));
    }

    #[test]
    fn a_rule_is_written_as_it_is_read() {
        assert_eq!(RulePath::parse("admin"), Err(NotARulePath::NoSlash));
        for bad in
            ["//", "/a//b", "/../a", "/a%20b", "/a?b", "/a;b", "/a\\b", "/api/*", "/a.", "/a\n", "/u\u{301}"]
        {
            assert_eq!(RulePath::parse(bad), Err(NotARulePath::Unclear), "{bad:?}");
        }
        assert!(RulePath::parse("/účetní kniha").is_ok());
    }

    proptest! {
        #[test]
        fn a_rule_covers_its_path_in_every_case(path in "/[a-zA-ZßẞſıİΣςσKkéÉ]{1,8}") {
            let rule = RulePath::parse(&path.nfkc().collect::<String>()).unwrap();
            for made in [path.to_lowercase(), path.to_uppercase()] {
                let made: String = made.nfkc().collect();
                prop_assert!(rule.covers(&folded(&made), true), "{made}");
            }
        }

        #[test]
        fn every_path_has_itself_among_its_readings_or_none(path in "/[ -~]{0,60}") {
            if let Some(readings) = readings(&path) {
                prop_assert!(readings.contains(&path));
                for reading in &readings {
                    let again = super::readings(reading);
                    prop_assert!(again.is_none_or(|again| again.is_subset(&readings)));
                }
            }
        }
    }
}

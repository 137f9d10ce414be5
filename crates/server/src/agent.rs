//! A browser's name in words that people recognise in their list of sessions: "Firefox on Linux".
//!
//! The header is what a stranger wrote. It is matched against known words or reduced to a plain token, so
//! nothing else of it reaches a page or a log.

use crate::l10n::Words;

/// What a browser is called that does not say what it is.
pub const UNKNOWN: &str = "Unknown browser";

/// No name is longer, in characters.
const LONGEST: usize = 60;

/// Tokens and the browser they mean. The order decides: Edge says "Chrome" too, and Chrome says "Safari" too.
const BROWSERS: &[(&str, &str)] = &[
    ("EdgA/", "Edge"),
    ("EdgiOS/", "Edge"),
    ("Edg/", "Edge"),
    ("Edge/", "Edge"),
    ("OPR/", "Opera"),
    ("OPiOS/", "Opera"),
    ("OPT/", "Opera"),
    ("OPX/", "Opera"),
    ("Opera", "Opera"),
    ("SamsungBrowser/", "Samsung Internet"),
    ("Vivaldi/", "Vivaldi"),
    ("YaBrowser/", "Yandex Browser"),
    ("DuckDuckGo/", "DuckDuckGo"),
    ("Ddg/", "DuckDuckGo"),
    ("UCBrowser/", "UC Browser"),
    ("MiuiBrowser/", "Mi Browser"),
    ("HuaweiBrowser/", "Huawei Browser"),
    ("SeznamBrowser/", "Seznam"),
    ("SznProhlizec/", "Seznam"),
    ("Brave/", "Brave"),
    ("FxiOS/", "Firefox"),
    ("Firefox/", "Firefox"),
    ("CriOS/", "Chrome"),
    ("Chromium/", "Chromium"),
    ("HeadlessChrome/", "Chrome"),
    ("Chrome/", "Chrome"),
    ("Epiphany/", "GNOME Web"),
    ("MSIE ", "Internet Explorer"),
    ("Trident/", "Internet Explorer"),
    ("Safari/", "Safari"),
];

/// Words and the system they mean. The order decides: Android says "Linux" too, an iPhone says "Mac OS X" too.
const SYSTEMS: &[(&str, &str)] = &[
    ("iPhone", "iPhone"),
    ("iPad", "iPad"),
    ("iPod", "iPod"),
    ("Android", "Android"),
    ("CrOS", "ChromeOS"),
    ("KAIOS", "KaiOS"),
    ("Windows", "Windows"),
    ("Macintosh", "macOS"),
    ("Mac OS X", "macOS"),
    ("FreeBSD", "FreeBSD"),
    ("OpenBSD", "OpenBSD"),
    ("NetBSD", "NetBSD"),
    ("Linux", "Linux"),
    ("X11", "Unix"),
];

/// Names the browser that sent `user_agent`: "Firefox on Linux", "curl", "Unknown browser".
///
/// At most 60 characters, never empty, no control characters.
pub fn name(user_agent: &str) -> String {
    let named = if let Some(robot) = robot(user_agent) {
        robot
    } else if user_agent.starts_with("Mozilla/") || user_agent.starts_with("Opera/") {
        let browser = find(BROWSERS, user_agent).unwrap_or(UNKNOWN);
        match find(SYSTEMS, user_agent) {
            Some(system) => format!("{browser} on {system}"),
            None => browser.to_owned(),
        }
    } else {
        // RFC 9110 §10.1.5: the first product says most.
        let product = user_agent.split(['/', ' ', '(', ';']).next().unwrap_or_default();
        plain(product).unwrap_or_else(|| UNKNOWN.to_owned())
    };
    named.chars().take(LONGEST).collect()
}

fn find(known: &[(&str, &'static str)], user_agent: &str) -> Option<&'static str> {
    known.iter().find(|(word, _)| user_agent.contains(word)).map(|&(_, name)| name)
}

/// "Googlebot" out of "Mozilla/5.0 (compatible; Googlebot/2.1; …)".
fn robot(user_agent: &str) -> Option<String> {
    user_agent
        .split(['/', ' ', '(', ')', ';', ','])
        .find(|word| {
            let word = word.to_ascii_lowercase();
            ["bot", "crawler", "spider"].iter().any(|kind| word.ends_with(kind))
        })
        .and_then(plain)
}

/// The token itself where it is a plain one: a letter, then letters, digits, `.`, `_` and `-`.
fn plain(token: &str) -> Option<String> {
    let fits = (1..=40).contains(&token.len());
    let starts_well = token.starts_with(|c: char| c.is_ascii_alphabetic());
    let clean = token.bytes().all(|b| b.is_ascii_alphanumeric() || b"._-".contains(&b));
    (fits && starts_well && clean).then(|| token.to_owned())
}

/// A browser as the store names it, "Firefox on Linux", in the words of a page or a letter.
pub(crate) fn in_words(words: Words, name: &str) -> String {
    match name.split_once(" on ") {
        Some((UNKNOWN, system)) => words.browser_on(words.browser_unknown(), system),
        Some((browser, system)) => words.browser_on(browser, system),
        None if name == UNKNOWN => words.browser_unknown().to_owned(),
        None => name.to_owned(),
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn people_recognise_their_browsers() {
        let cases = [
            ("Mozilla/5.0 (X11; Linux x86_64; rv:142.0) Gecko/20100101 Firefox/142.0", "Firefox on Linux"),
            (
                "Mozilla/5.0 (Linux; Android 10; K) AppleWebKit/537.36 (KHTML, like Gecko) Chrome/140.0.0.0 Mobile Safari/537.36",
                "Chrome on Android",
            ),
            (
                "Mozilla/5.0 (iPhone; CPU iPhone OS 18_6 like Mac OS X) AppleWebKit/605.1.15 (KHTML, like Gecko) Version/18.6 Mobile/15E148 Safari/604.1",
                "Safari on iPhone",
            ),
            (
                "Mozilla/5.0 (iPhone; CPU iPhone OS 18_6 like Mac OS X) AppleWebKit/605.1.15 (KHTML, like Gecko) CriOS/140.0.7339.39 Mobile/15E148 Safari/604.1",
                "Chrome on iPhone",
            ),
            (
                "Mozilla/5.0 (iPad; CPU OS 15_5 like Mac OS X) AppleWebKit/605.1.15 (KHTML, like Gecko) FxiOS/142.0 Mobile/15E148 Safari/605.1.15",
                "Firefox on iPad",
            ),
            (
                "Mozilla/5.0 (Macintosh; Intel Mac OS X 10_15_7) AppleWebKit/605.1.15 (KHTML, like Gecko) Version/18.5 Safari/605.1.15",
                "Safari on macOS",
            ),
            (
                "Mozilla/5.0 (Windows NT 10.0; Win64; x64) AppleWebKit/537.36 (KHTML, like Gecko) Chrome/140.0.0.0 Safari/537.36 Edg/140.0.0.0",
                "Edge on Windows",
            ),
            (
                "Mozilla/5.0 (Windows NT 10.0; Win64; x64) AppleWebKit/537.36 (KHTML, like Gecko) Chrome/138.0.0.0 Safari/537.36 OPR/122.0.0.0",
                "Opera on Windows",
            ),
            (
                "Mozilla/5.0 (Linux; Android 10; K) AppleWebKit/537.36 (KHTML, like Gecko) SamsungBrowser/28.0 Chrome/130.0.0.0 Mobile Safari/537.36",
                "Samsung Internet on Android",
            ),
            (
                "Mozilla/5.0 (X11; CrOS x86_64 14541.0.0) AppleWebKit/537.36 (KHTML, like Gecko) Chrome/140.0.0.0 Safari/537.36",
                "Chrome on ChromeOS",
            ),
            (
                "Mozilla/5.0 (X11; Linux x86_64) AppleWebKit/537.36 (KHTML, like Gecko) HeadlessChrome/140.0.0.0 Safari/537.36",
                "Chrome on Linux",
            ),
            (
                "Mozilla/5.0 (Windows NT 6.1; WOW64; Trident/7.0; rv:11.0) like Gecko",
                "Internet Explorer on Windows",
            ),
            ("Opera/9.80 (X11; Linux zbov) Presto/2.11.355 Version/12.10", "Opera on Linux"),
            ("Mozilla/5.0 (compatible; Googlebot/2.1; +http://www.google.com/bot.html)", "Googlebot"),
            ("curl/8.5.0", "curl"),
            ("python-requests/2.32.3", "python-requests"),
            ("Wget/1.21.4 (linux-gnu)", "Wget"),
            ("Mozilla/5.0 (X11; Linux x86_64)", "Unknown browser on Linux"),
            ("Mozilla/5.0", "Unknown browser"),
            ("", "Unknown browser"),
        ];
        for (user_agent, expected) in cases {
            assert_eq!(name(user_agent), expected, "{user_agent}");
        }
    }

    #[test]
    fn nothing_hostile_comes_through() {
        let long = "A".repeat(10_000);
        let long_robot = format!("Mozilla/5.0 ({}bot/1)", "x".repeat(10_000));
        let hostile = [
            "<script>alert(1)</script>",
            "evil\n2026-01-01 INFO forged",
            "\u{202e}toor/1",
            "řeřicha/1.0",
            "Mozilla/5.0 (<b>bot; X11)",
            "\0\0\0",
            "/",
            "-rf/1",
            long.as_str(),
            long_robot.as_str(),
        ];
        for user_agent in hostile {
            let named = name(user_agent);
            assert!(!named.is_empty() && named.chars().count() <= LONGEST, "{user_agent:?} → {named:?}");
            assert!(
                named.chars().all(|c| c.is_ascii_alphanumeric() || " ._-".contains(c)),
                "{user_agent:?} → {named:?}"
            );
        }
        assert_eq!(name("<script>alert(1)</script>"), UNKNOWN);
        assert_eq!(name(&long), UNKNOWN);
    }
}

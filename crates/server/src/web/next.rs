//! Where one wanted to go: a path of ours, and nothing that a browser could take for another site.

/// The longest path, in bytes: it has to fit into a cookie, with the page of a site that is wanted in it.
pub(super) const LONGEST: usize = 2048;

/// The path, if it is one of ours: begins with one `/`, has only visible ASCII, and no backslash, which
/// browsers read as a slash.
pub(super) fn ours(next: &str) -> Option<&str> {
    let rest = next.strip_prefix('/')?;
    let other_site = rest.starts_with('/') || next.contains('\\');
    let visible = next.len() <= LONGEST && next.bytes().all(|b| b.is_ascii_graphic() && b != b';');
    (visible && !other_site).then_some(next)
}

/// The same in the form that goes into a query.
pub(super) fn in_query(path: &str) -> String {
    percent_encoding::utf8_percent_encode(path, percent_encoding::NON_ALPHANUMERIC).to_string()
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn only_a_path_of_ours_is_a_way_on() {
        for fine in ["/", "/account", "/account/activity?before=3", "/account#sessions"] {
            assert_eq!(ours(fine), Some(fine));
        }
        for bad in [
            "",
            "account",
            "//evil.example",
            "/\\evil.example",
            "\\\\evil.example",
            "https://evil.example",
            "javascript:alert(1)",
            "/a\r\nSet-Cookie: x",
            "/ a",
            "/\t/evil.example",
            "/příliš",
            "/a;b",
            "/\u{0}",
        ] {
            assert_eq!(ours(bad), None, "{bad:?}");
        }
        assert_eq!(ours(&format!("/{}", "a".repeat(LONGEST))), None);
        assert_eq!(in_query("/a?b=c"), "%2Fa%3Fb%3Dc");
    }
}

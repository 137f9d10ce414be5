//! Where one wanted to go: a path of ours, and nothing that a browser could take for another site.

use percent_encoding::{AsciiSet, NON_ALPHANUMERIC, utf8_percent_encode};

/// The longest path, in bytes: with the page of a site that is wanted in it, and encoded, it has to fit into a cookie and
/// into an answer that nginx takes with its default of 4 KiB for the head.
pub(super) const LONGEST: usize = 1280;

/// What stands in a query as it is; encoding more would make addresses longer than they have to be.
const IN_QUERY: &AsciiSet =
    &NON_ALPHANUMERIC.remove(b'/').remove(b'-').remove(b'_').remove(b'.').remove(b'~');

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
    utf8_percent_encode(path, IN_QUERY).to_string()
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
        assert_eq!(in_query("/a-b?c=d%"), "/a-b%3Fc%3Dd%25");
    }
}

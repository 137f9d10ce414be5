//! The style sheet, the script and the icon. They are part of the binary, and the hash of their content is part of
//! their address, so browsers may keep them for ever and still never use an old one.

use std::sync::LazyLock;

use sha2::{Digest, Sha256};

/// A file as it goes over the wire.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct StaticFile {
    /// The whole content.
    pub bytes: &'static [u8],
    /// The value of the `Content-Type` header.
    pub content_type: &'static str,
}

/// The file of a name such as `countersign.0123456789abcdef.css`: what follows `/static/` in its address. `None` for
/// any other name, that of an earlier version among them.
#[must_use]
pub fn get(name: &str) -> Option<StaticFile> {
    [&*CSS, &*JS, &*ICON]
        .into_iter()
        .find(|known| known.url.strip_prefix(PREFIX) == Some(name))
        .map(|known| known.file)
}

/// Address of the style sheet.
#[must_use]
pub fn css_url() -> &'static str {
    &CSS.url
}

/// Address of the script.
#[must_use]
pub fn js_url() -> &'static str {
    &JS.url
}

/// Address of the icon.
#[must_use]
pub fn icon_url() -> &'static str {
    &ICON.url
}

const PREFIX: &str = "/static/";

struct Known {
    url: String,
    file: StaticFile,
}

/// The sheet is written in parts, in the order in which they override each other, and served as one.
const SHEET: &str = concat!(
    include_str!("../static/css/ground.css"),
    include_str!("../static/css/frame.css"),
    include_str!("../static/css/content.css"),
    include_str!("../static/css/forms.css"),
    include_str!("../static/css/pages.css"),
    include_str!("../static/css/media.css"),
);

static CSS: LazyLock<Known> =
    LazyLock::new(|| known("countersign", "css", SHEET.as_bytes(), "text/css; charset=utf-8"));
static JS: LazyLock<Known> = LazyLock::new(|| {
    known("countersign", "js", include_bytes!("../static/countersign.js"), "text/javascript; charset=utf-8")
});
static ICON: LazyLock<Known> =
    LazyLock::new(|| known("icon", "svg", include_bytes!("../static/icon.svg"), "image/svg+xml"));

fn known(name: &str, extension: &str, bytes: &'static [u8], content_type: &'static str) -> Known {
    let digest = Sha256::digest(bytes);
    let hash: String = digest.iter().take(8).map(|byte| format!("{byte:02x}")).collect();
    Known { url: format!("{PREFIX}{name}.{hash}.{extension}"), file: StaticFile { bytes, content_type } }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn every_address_leads_to_its_file() {
        for (url, content_type) in
            [(css_url(), "text/css"), (js_url(), "text/javascript"), (icon_url(), "image/svg")]
        {
            let file = get(url.strip_prefix("/static/").unwrap()).unwrap();
            assert!(file.content_type.starts_with(content_type));
            assert!(!file.bytes.is_empty());
        }
    }

    #[test]
    fn names_without_the_hash_lead_nowhere() {
        for name in ["countersign.css", "", "../Cargo.toml", "/static/", "countersign.0000000000000000.css"] {
            assert_eq!(get(name), None, "{name}");
        }
    }
}

//! The recipes of docs/forward-auth.md, read out of the document.

use std::fs;
use std::net::SocketAddr;

/// The block of a document that begins with this line, without its fences.
pub(crate) fn block(document: &str, first_line: &str) -> String {
    let path = format!("{}/../../docs/{document}", env!("CARGO_MANIFEST_DIR"));
    let text = fs::read_to_string(path).unwrap();
    let begins = |block: &&str| block.split_once('\n').is_some_and(|(_, rest)| rest.starts_with(first_line));
    let mut blocks = text.split("```").skip(1).step_by(2);
    let block = blocks.find(begins).unwrap_or_else(|| panic!("{document} has no block {first_line:?}"));
    block.split_once('\n').unwrap().1.to_owned()
}

/// The settings that the document shows: its first lines, and the rules of its wiki.
pub(crate) fn settings() -> String {
    let first = block("forward-auth.md", "# /etc/countersign/countersign.toml");
    let top = first.split("[[").next().unwrap();
    let rules = block(
        "forward-auth.md",
        "[[forward_auth.sites]]\nname = \"Wiki\"\nurl = \"https://wiki.example.com\"\nrequire",
    );
    let shop = "[[forward_auth.sites]]\nname = \"Shop\"\nurl = \"https://shop.example.com\"\n";
    format!("{top}\n{rules}\n{shop}")
}

/// A configuration of nginx that listens in plain http at this place: TLS is nginx's alone, and the recipes tell that it
/// is there.
pub(crate) fn without_tls(config: &str, place: SocketAddr) -> String {
    let kept = config.lines().filter(|line| !line.contains("ssl_") && !line.contains("listen [::]"));
    let lines = kept.map(|line| match line.trim() {
        "listen 443 ssl;" => format!("listen {place};"),
        // The server that leads from http to https: nobody comes to it here.
        "listen 80;" => format!("listen {}:17999;", place.ip()),
        _ => line.to_owned(),
    });
    lines.collect::<Vec<_>>().join("\n")
}

/// Puts the places of a test where the recipe has those of a machine; each has to be there.
pub(crate) fn at_places(recipe: &str, places: &[(&str, &str)]) -> String {
    places.iter().fold(recipe.to_owned(), |text, (theirs, ours)| {
        assert!(text.contains(theirs), "the recipe does not say {theirs}");
        text.replace(theirs, ours)
    })
}

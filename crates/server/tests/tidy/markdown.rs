//! Links and headings of the documents.

/// The targets of all links and pictures of a document; code is no place for links.
pub(crate) fn targets(text: &str) -> Vec<String> {
    let mut targets = Vec::new();
    for line in prose(text) {
        for (before, after) in [("](", ')'), ("src=\"", '"'), ("href=\"", '"')] {
            for piece in line.split(before).skip(1) {
                if let Some((target, _)) = piece.split_once(after) {
                    targets.push(target.to_owned());
                }
            }
        }
    }
    targets
}

/// The anchors that the headings of a document give, as code hosts make them.
pub(crate) fn anchors(text: &str) -> Vec<String> {
    let headings = prose(text).into_iter().filter(|line| line.starts_with('#'));
    headings
        .map(|line| {
            let words = line.trim_start_matches('#').trim().to_lowercase();
            let kept = words.chars().filter(|c| c.is_alphanumeric() || matches!(c, ' ' | '-' | '_'));
            kept.map(|c| if c == ' ' { '-' } else { c }).collect()
        })
        .collect()
}

/// What stands between backticks.
pub(crate) fn code(text: &str) -> Vec<String> {
    text.lines().flat_map(|line| line.split('`').skip(1).step_by(2)).map(str::to_owned).collect()
}

/// The lines outside fences, without what stands between backticks (but headings keep theirs).
fn prose(text: &str) -> Vec<String> {
    let mut fenced = false;
    let mut lines = Vec::new();
    for line in text.lines() {
        if line.trim_start().starts_with("```") {
            fenced = !fenced;
        } else if !fenced && line.starts_with('#') {
            lines.push(line.to_owned());
        } else if !fenced {
            lines.push(line.split('`').step_by(2).collect::<Vec<_>>().join("code"));
        }
    }
    lines
}

#[test]
fn links_are_found_and_headings_become_anchors() {
    let text = "# The `a` house, big\n[x](a.md) `[y](b.md)` ![z](c.png#d)\n```\n[q](r)\n# no\n```\n<img src=\"e.png\">";
    assert_eq!(targets(text), ["a.md", "c.png#d", "e.png"]);
    assert_eq!(anchors(text), ["the-a-house-big"]);
    assert_eq!(code("# The `a` house"), ["a"]);
}

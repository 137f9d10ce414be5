//! Where a form comes from: only a request that says so once, and in our own words, changes anything (D6).

use axum::http::{HeaderMap, HeaderValue, Method, header::ORIGIN};
use countersign_server::same_origin::verdict;

const OURS: &str = "https://sign-in.example.com";

/// Lines: the method, then `site VALUE` or `origin VALUE` for each header.
pub(crate) fn run(data: &[u8]) {
    let mut lines = data.split(|byte| *byte == b'\n');
    let Ok(method) = Method::from_bytes(lines.next().unwrap_or_default()) else { return };
    let (mut headers, mut sites, mut origins) = (HeaderMap::new(), Vec::new(), Vec::new());
    for line in lines {
        let site = line.strip_prefix(b"site ");
        let Some(value) = site.or(line.strip_prefix(b"origin ")) else { continue };
        let Ok(header) = HeaderValue::from_bytes(value) else { continue };
        if site.is_some() {
            headers.append("sec-fetch-site", header);
            sites.push(value);
        } else {
            headers.append(ORIGIN, header);
            origins.push(value);
        }
    }
    let safe = ["GET", "HEAD", "OPTIONS"].contains(&method.as_str());
    let said = match (&sites[..], &origins[..]) {
        ([site], _) => [&b"same-origin"[..], b"none"].contains(site),
        ([], [origin]) => *origin == OURS.as_bytes(),
        _ => false,
    };
    assert_eq!(verdict(&method, &headers, OURS).is_ok(), safe || said);
}

//! Whole requests, through the real router: any method, address, headers and body, by anybody (I6, I7).

use axum::http::{HeaderMap, HeaderName, HeaderValue, Method, Uri};

use crate::world::{Who, world};

/// First line: `METHOD ADDRESS WHO`, where WHO is `anybody`, `pending`, `eva`, `zofie` or `shop`. Then headers, an
/// empty line, and the body.
pub(crate) fn run(data: &[u8]) {
    let (head, body) = match data.windows(2).position(|two| two == b"\n\n") {
        Some(at) => (&data[..at], &data[at + 2..]),
        None => (data, &b""[..]),
    };
    let mut lines = head.split(|byte| *byte == b'\n');
    let mut words = lines.next().unwrap_or_default().split(|byte| *byte == b' ');
    let Ok(method) = Method::from_bytes(words.next().unwrap_or_default()) else { return };
    let Ok(uri) = Uri::try_from(words.next().unwrap_or_default()) else { return };
    let who = match words.next() {
        Some(b"pending") => Who::Pending,
        Some(b"eva") => Who::Eva,
        Some(b"zofie") => Who::Zofie,
        Some(b"shop") => Who::Shop,
        _ => Who::Anybody,
    };
    let mut headers = HeaderMap::new();
    for line in lines {
        let Some(at) = line.iter().position(|byte| *byte == b':') else { continue };
        let name = HeaderName::from_bytes(&line[..at]);
        let value = HeaderValue::from_bytes(line[at + 1..].trim_ascii());
        if let (Ok(name), Ok(value)) = (name, value) {
            headers.append(name, value);
        }
    }
    let path = uri.path().to_owned();
    let answer = world().ask(who, method, uri, &headers, body.to_vec());
    if who == Who::Pending && path.starts_with("/sign-in/") {
        let session = answer.cookie("countersign-session").filter(|token| !token.is_empty());
        assert!(session.is_none(), "a pending sign-in became a session without a right code");
    }
    if path.starts_with("/api/v1/") {
        // There is no code in what is sent that an app shows, and no recovery code that was given out.
        let verified = path.ends_with("/verify") && answer.status < 300;
        assert!(!verified, "somebody was verified without a right code: {}", answer.text());
        let kind = answer.header("content-type").unwrap_or_default();
        let told = answer.status < 400 || kind == "application/problem+json";
        assert!(told || answer.body.is_empty(), "{}: {kind}", answer.status);
    }
}

//! Cross-site request forgery: who may send a request that changes something.
//!
//! No form tokens: browsers say where a request comes from, and pages cannot forge what they say.
//! Stricter than the scheme of Go 1.25, since a caller who sends neither header is refused as well.

use axum::http::{HeaderMap, HeaderName, Method, header::ORIGIN};

const SEC_FETCH_SITE: HeaderName = HeaderName::from_static("sec-fetch-site");

/// Why a request that would change something is refused (403).
#[derive(Clone, Copy, Debug, PartialEq, Eq, thiserror::Error)]
pub enum Refused {
    /// `Sec-Fetch-Site` says that another site or another origin sent it.
    #[error("another site sent the request")]
    OtherSite,
    /// There is no `Sec-Fetch-Site`, and `Origin` is not the public origin.
    #[error("the request comes from an origin that is not this service's public address")]
    OtherOrigin,
    /// Neither header.
    #[error("the request does not say where it comes from")]
    Unsaid,
    /// A header given twice, or not readable.
    #[error("the request says in two ways, or unreadably, where it comes from")]
    Unclear,
}

/// Whether a request may go on to its handler.
///
/// `public_origin` is scheme, host and port as browsers write them (`https://sign-in.example.com`), see
/// [`PublicUrl::origin`](crate::config::PublicUrl::origin).
///
/// # Errors
/// [`Refused`] for an unsafe method that does not come from our own pages.
pub fn verdict(method: &Method, headers: &HeaderMap, public_origin: &str) -> Result<(), Refused> {
    // RFC 9110 §9.2.1: these methods promise to change nothing, and our handlers keep the promise.
    if matches!(*method, Method::GET | Method::HEAD | Method::OPTIONS) {
        return Ok(());
    }
    match only(headers, &SEC_FETCH_SITE)? {
        // `none`: the person did it without any page, for instance by reloading.
        Some("same-origin" | "none") => Ok(()),
        Some(_) => Err(Refused::OtherSite),
        None => match only(headers, &ORIGIN)? {
            Some(origin) if origin == public_origin => Ok(()),
            Some(_) => Err(Refused::OtherOrigin),
            None => Err(Refused::Unsaid),
        },
    }
}

/// The header's only value; two values could be read differently by a proxy and by us.
fn only<'a>(headers: &'a HeaderMap, name: &HeaderName) -> Result<Option<&'a str>, Refused> {
    let mut values = headers.get_all(name).iter();
    match (values.next(), values.next()) {
        (None, _) => Ok(None),
        (Some(value), None) => value.to_str().map(Some).map_err(|_| Refused::Unclear),
        (Some(_), Some(_)) => Err(Refused::Unclear),
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use axum::http::HeaderValue;

    const OURS: &str = "https://sign-in.example.com";

    fn post(said: &[(&'static str, &'static [u8])]) -> Result<(), Refused> {
        let mut headers = HeaderMap::new();
        for (name, value) in said {
            headers.append(HeaderName::from_static(name), HeaderValue::from_bytes(value).unwrap());
        }
        for method in [Method::PUT, Method::PATCH, Method::DELETE, Method::from_bytes(b"BREW").unwrap()] {
            assert_eq!(
                verdict(&method, &headers, OURS),
                verdict(&Method::POST, &headers, OURS),
                "{method} is as unsafe as POST"
            );
        }
        for method in [Method::GET, Method::HEAD, Method::OPTIONS] {
            assert_eq!(verdict(&method, &headers, OURS), Ok(()), "{method} is safe");
        }
        verdict(&Method::POST, &headers, OURS)
    }

    #[test]
    fn d6_only_our_own_pages_change_anything() {
        let site = |value: &'static [u8]| ("sec-fetch-site", value);
        let origin = |value: &'static [u8]| ("origin", value);
        type Case = (Vec<(&'static str, &'static [u8])>, Result<(), Refused>);
        let cases: [Case; 20] = [
            (vec![site(b"same-origin")], Ok(())),
            (vec![site(b"none")], Ok(())),
            (vec![site(b"same-origin"), origin(b"https://sign-in.example.com")], Ok(())),
            // The browser's own word decides, so a proxy that rewrites `Host` or an alias of localhost does no harm.
            (vec![site(b"same-origin"), origin(b"null")], Ok(())),
            (vec![site(b"cross-site")], Err(Refused::OtherSite)),
            (vec![site(b"same-site")], Err(Refused::OtherSite)),
            (vec![site(b"cross-site"), origin(b"https://sign-in.example.com")], Err(Refused::OtherSite)),
            (vec![site(b"")], Err(Refused::OtherSite)),
            (vec![site(b"Same-Origin")], Err(Refused::OtherSite)),
            (vec![site(b"same-origin, cross-site")], Err(Refused::OtherSite)),
            (vec![site(b"same-origin"), site(b"cross-site")], Err(Refused::Unclear)),
            (vec![site(b"\xff")], Err(Refused::Unclear)),
            (vec![origin(b"https://sign-in.example.com")], Ok(())),
            (vec![origin(b"null")], Err(Refused::OtherOrigin)),
            (vec![origin(b"http://sign-in.example.com")], Err(Refused::OtherOrigin)),
            (vec![origin(b"https://sign-in.example.com:8443")], Err(Refused::OtherOrigin)),
            (vec![origin(b"https://sign-in.example.com.evil.example")], Err(Refused::OtherOrigin)),
            (
                vec![origin(b"https://sign-in.example.com"), origin(b"https://evil.example")],
                Err(Refused::Unclear),
            ),
            (vec![("referer", b"https://sign-in.example.com/sign-in" as &[u8])], Err(Refused::Unsaid)),
            (vec![], Err(Refused::Unsaid)),
        ];
        for (said, expected) in cases {
            assert_eq!(post(&said), expected, "{said:?}");
        }
    }
}

//! The address that people type. Cookies, the origin check and one-time links hang on it.

use axum::http::Uri;
use std::net::{IpAddr, Ipv4Addr, Ipv6Addr};

/// Scheme, host and port of the service as its users see it, in the form in which browsers write an origin.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct PublicUrl {
    origin: String,
    https: bool,
}

/// Why an address cannot be the public one.
#[derive(Clone, Copy, Debug, PartialEq, Eq, thiserror::Error)]
pub enum NotPublic {
    /// No `https://` or `http://` in front, or no host behind it.
    #[error("is not an http(s) address")]
    NotAnAddress,
    /// Something behind the host and port: pages live at the top, for `__Host-` cookies have `Path=/`.
    #[error("has a path, a query or a user name, and only scheme, host and port can be given")]
    MoreThanOrigin,
    /// Plain http to a host that is not this machine.
    #[error("is plain http away from localhost, where passwords and sessions could be read on the way")]
    NeedsHttps,
}

impl PublicUrl {
    /// Reads an address such as `https://sign-in.example.com`, `http://localhost:8080`. A final slash is dropped,
    /// and so is the scheme's own port.
    ///
    /// # Errors
    /// [`NotPublic`].
    pub fn parse(text: &str) -> Result<Self, NotPublic> {
        let uri: Uri = text.parse().map_err(|_| NotPublic::NotAnAddress)?;
        let https = match uri.scheme_str().map(str::to_ascii_lowercase).as_deref() {
            Some("https") => true,
            Some("http") => false,
            _ => return Err(NotPublic::NotAnAddress),
        };
        let authority = uri.authority().ok_or(NotPublic::NotAnAddress)?.as_str();
        if authority.contains('@')
            || uri.path_and_query().is_some_and(|rest| rest.as_str() != "/")
            || text.contains('#')
        {
            return Err(NotPublic::MoreThanOrigin);
        }
        let host = host(uri.host().unwrap_or_default()).ok_or(NotPublic::NotAnAddress)?;
        // "host:" and "host:99999" have no port that can be read, and yet something behind the host.
        if uri.port_u16().is_none() && authority.len() != uri.host().unwrap_or_default().len() {
            return Err(NotPublic::NotAnAddress);
        }
        if !https && !is_this_machine(&host) {
            return Err(NotPublic::NeedsHttps);
        }
        let port = uri.port_u16().filter(|&port| port != if https { 443 } else { 80 });
        let port = port.map(|port| format!(":{port}")).unwrap_or_default();
        let scheme = if https { "https" } else { "http" };
        Ok(Self { origin: format!("{scheme}://{host}{port}"), https })
    }

    /// `http://localhost:PORT`, for trying it out.
    pub fn localhost(port: u16) -> Self {
        let port = if port == 80 { String::new() } else { format!(":{port}") };
        Self { origin: format!("http://localhost{port}"), https: false }
    }

    /// As a browser's `Origin` header says it: `https://sign-in.example.com`, `http://localhost:8080`.
    pub fn origin(&self) -> &str {
        &self.origin
    }

    /// Whether it is https: then cookies are `__Host-` and `Secure`, and HSTS is sent.
    pub fn is_https(&self) -> bool {
        self.https
    }

    /// The host alone, as the service greets other servers: `sign-in.example.com`.
    pub fn host(&self) -> &str {
        let after = self.origin.split_once("://").map_or(self.origin.as_str(), |(_, after)| after);
        match after.rsplit_once(':') {
            Some((host, port)) if port.bytes().all(|b| b.is_ascii_digit()) => host,
            _ => after,
        }
    }

    /// The whole address of a page: `path` begins with `/`.
    pub fn page(&self, path: &str) -> String {
        format!("{}{path}", self.origin)
    }
}

/// The host as browsers write it: lower case, IPv6 in its shortest form.
fn host(host: &str) -> Option<String> {
    if let Some(v6) = host.strip_prefix('[').and_then(|rest| rest.strip_suffix(']')) {
        return v6.parse().ok().map(|v6| format!("[{}]", v6_as_browsers_write_it(v6)));
    }
    let host = host.to_ascii_lowercase();
    let plain = host.bytes().all(|b| b.is_ascii_alphanumeric() || b"-._".contains(&b));
    let readable = !is_a_number(&host) || host.parse::<Ipv4Addr>().is_ok();
    (plain && readable && !host.is_empty() && !host.starts_with('.')).then_some(host)
}

/// WHATWG URL §3.5, "ends in a number": a browser reads such a host as an IPv4 address, `127.1` as `127.0.0.1`.
/// Whoever writes it so here would get an origin that no browser ever says.
fn is_a_number(host: &str) -> bool {
    let last = host.strip_suffix('.').unwrap_or(host).rsplit('.').next().unwrap_or_default();
    let hexadecimal = last.strip_prefix("0x").is_some_and(|rest| rest.bytes().all(|b| b.is_ascii_hexdigit()));
    hexadecimal || (!last.is_empty() && last.bytes().all(|b| b.is_ascii_digit()))
}

/// WHATWG URL §3.5, "IPv6 serializer": pieces alone, where Rust writes an embedded IPv4 address with points.
fn v6_as_browsers_write_it(v6: Ipv6Addr) -> String {
    let text = v6.to_string();
    let [.., high, low] = v6.segments();
    match text.rsplit_once(':') {
        Some((front, last)) if last.contains('.') => format!("{front}:{high:x}:{low:x}"),
        _ => text,
    }
}

/// Browsers treat these as safe even without https (Secure Contexts §3.1).
fn is_this_machine(host: &str) -> bool {
    let ip = host.trim_start_matches('[').trim_end_matches(']').parse::<IpAddr>();
    host == "localhost" || host.ends_with(".localhost") || ip.is_ok_and(|ip| ip.is_loopback())
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn an_address_becomes_the_origin_that_browsers_write() {
        let cases = [
            ("https://sign-in.example.com", "https://sign-in.example.com"),
            ("https://sign-in.example.com/", "https://sign-in.example.com"),
            ("HTTPS://Sign-In.Example.COM:443", "https://sign-in.example.com"),
            ("https://sign-in.example.com:8443", "https://sign-in.example.com:8443"),
            ("https://[2001:DB8:0:0::1]/", "https://[2001:db8::1]"),
            ("http://localhost:8080", "http://localhost:8080"),
            ("http://localhost:80", "http://localhost"),
            ("http://portal.localhost:3000/", "http://portal.localhost:3000"),
            ("http://127.0.0.1:8080", "http://127.0.0.1:8080"),
            ("http://[::1]:8080", "http://[::1]:8080"),
            ("https://[::ffff:192.0.2.7]", "https://[::ffff:c000:207]"),
            ("https://[::ffff:0.0.0.7]", "https://[::ffff:0:7]"),
            ("https://192.0.2.7", "https://192.0.2.7"),
            ("https://7.example", "https://7.example"),
        ];
        for (text, origin) in cases {
            let url = PublicUrl::parse(text).unwrap_or_else(|error| panic!("{text} {error}"));
            assert_eq!(url.origin(), origin);
            assert_eq!(url.is_https(), origin.starts_with("https"));
        }
        assert_eq!(PublicUrl::localhost(8080), PublicUrl::parse("http://localhost:8080").unwrap());
        assert_eq!(PublicUrl::localhost(80), PublicUrl::parse("http://localhost").unwrap());
        assert_eq!(PublicUrl::localhost(8080).page("/sign-in"), "http://localhost:8080/sign-in");
    }

    #[test]
    fn what_cannot_be_a_public_address_is_refused_with_its_reason() {
        use NotPublic::{MoreThanOrigin, NeedsHttps, NotAnAddress};
        let cases = [
            ("", NotAnAddress),
            ("sign-in.example.com", NotAnAddress),
            ("localhost:8080", NotAnAddress),
            ("ftp://example.com", NotAnAddress),
            ("https://", NotAnAddress),
            ("https://a b", NotAnAddress),
            ("https://example.com:", NotAnAddress),
            ("https://example.com:99999", NotAnAddress),
            ("https://přihlášení.example", NotAnAddress),
            ("https://example.com%2f", NotAnAddress),
            ("https://[::1", NotAnAddress),
            ("https://127.1", NotAnAddress),
            ("https://2130706433", NotAnAddress),
            ("https://0X7f.1", NotAnAddress),
            ("https://1.2.3.4.5", NotAnAddress),
            ("https://example.0x", NotAnAddress),
            ("https://192.0.2.7.", NotAnAddress),
            ("https://example.com/portal", MoreThanOrigin),
            ("https://example.com/?a=b", MoreThanOrigin),
            ("https://example.com/#top", MoreThanOrigin),
            ("https://user:secret@example.com", MoreThanOrigin),
            ("http://example.com", NeedsHttps),
            ("http://192.168.1.10:8080", NeedsHttps),
            ("http://localhost.example.com", NeedsHttps),
            ("http://127.0.0.1.example.com", NeedsHttps),
            ("http://0.0.0.0:8080", NeedsHttps),
        ];
        for (text, reason) in cases {
            assert_eq!(PublicUrl::parse(text), Err(reason), "{text}");
        }
    }
}

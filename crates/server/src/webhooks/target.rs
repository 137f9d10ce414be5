//! Targets: addresses that messages can be sent to. Whether they may is decided when it is known where they lead.

use std::fmt;

use rustls::pki_types::ServerName;
use url::{Host, Position, Url};

/// The longest address of an endpoint, in bytes.
const LONGEST: usize = 1000;

/// An http or https address without a user, a password or a fragment.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Target(Url);

/// Why a text is no target.
#[derive(Clone, Debug, PartialEq, Eq, thiserror::Error)]
pub enum NotATarget {
    /// It cannot be read as an address.
    #[error("it is not an address such as https://shop.example.com/webhooks: {0}")]
    Unreadable(String),
    /// It is an address of something else.
    #[error("an endpoint begins with https://, or with http:// in a network of webhooks.allow_networks")]
    Scheme,
    /// There is a user or a password in it.
    #[error("it has a user or a password in it; messages are signed, which shows who sends them")]
    Credentials,
    /// There is a `#` in it.
    #[error("it has a # in it, and what follows is never sent")]
    Fragment,
    /// It is too long.
    #[error("it is longer than {LONGEST} characters")]
    TooLong,
}

impl Target {
    /// Reads an address. International names become what the DNS knows them by.
    ///
    /// # Errors
    /// [`NotATarget`].
    pub fn parse(text: &str) -> Result<Self, NotATarget> {
        let url = Url::parse(text.trim()).map_err(|reason| NotATarget::Unreadable(reason.to_string()))?;
        if !matches!(url.scheme(), "https" | "http") {
            return Err(NotATarget::Scheme);
        }
        if !url.username().is_empty() || url.password().is_some() {
            return Err(NotATarget::Credentials);
        }
        if url.fragment().is_some() {
            return Err(NotATarget::Fragment);
        }
        if url.as_str().len() > LONGEST {
            return Err(NotATarget::TooLong);
        }
        Ok(Self(url))
    }

    /// The whole address, in its one spelling.
    pub fn as_str(&self) -> &str {
        self.0.as_str()
    }

    /// Whether TLS protects the way there.
    pub fn is_protected(&self) -> bool {
        self.0.scheme() == "https"
    }

    /// The host, by name or address.
    pub fn host(&self) -> Option<Host<&str>> {
        self.0.host()
    }

    /// The port, the one of the scheme where none is said.
    pub fn port(&self) -> u16 {
        self.0.port_or_known_default().unwrap_or(443)
    }

    /// Host and port as the `Host` header has them.
    pub(super) fn authority(&self) -> &str {
        &self.0[Position::BeforeHost..Position::AfterPort]
    }

    /// Path and query.
    pub(super) fn path(&self) -> &str {
        &self.0[Position::BeforePath..Position::AfterQuery]
    }

    /// Whom the certificate has to be of.
    pub(super) fn server_name(&self) -> Option<ServerName<'static>> {
        match self.host()? {
            Host::Domain(name) => ServerName::try_from(name.to_owned()).ok(),
            Host::Ipv4(address) => Some(ServerName::IpAddress(std::net::IpAddr::V4(address).into())),
            Host::Ipv6(address) => Some(ServerName::IpAddress(std::net::IpAddr::V6(address).into())),
        }
    }
}

/// For logs: scheme, host and port. What follows may be what lets somebody in there.
impl fmt::Display for Target {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "{}://{}", self.0.scheme(), self.authority())
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn an_address_has_one_spelling_and_shows_no_more_than_its_host() {
        let read = |text| Target::parse(text).unwrap();
        let target = read("HTTPS://Shop.Example:443/a/../hooks?key=s3cret");
        assert_eq!(target.as_str(), "https://shop.example/hooks?key=s3cret");
        assert_eq!(target.to_string(), "https://shop.example");
        assert_eq!(
            (target.authority(), target.path(), target.port()),
            ("shop.example", "/hooks?key=s3cret", 443)
        );
        assert_eq!(read("https://čarodějka.example:8443").authority(), "xn--arodjka-i6a4k.example:8443");
        assert_eq!(read("http://[::1]:99/x").authority(), "[::1]:99");
        assert!(!read("http://10.0.0.1/").is_protected());
    }

    #[test]
    fn i11_other_spellings_of_an_address_are_that_address() {
        for text in [
            "http://127.1/",
            "http://2130706433/",
            "http://0x7f.0.0.1/",
            "http://0177.0.0.1/",
            "http://127.0.0.1./",
        ] {
            let target = Target::parse(text).unwrap();
            assert_eq!(target.host(), Some(Host::Ipv4(std::net::Ipv4Addr::LOCALHOST)), "{text}");
        }
    }

    #[test]
    fn what_is_no_address_of_an_endpoint_is_refused_with_the_reason() {
        let refused = |text| Target::parse(text).unwrap_err();
        for text in [
            "",
            "shop.example/hooks",
            "https://",
            "https://a b/",
            "https://[::1",
            "https://shop.example:99999/",
        ] {
            assert!(matches!(refused(text), NotATarget::Unreadable(_)), "{text}");
        }
        for text in ["ftp://shop.example/", "file:///etc/passwd", "gopher://shop.example/", "unix:/run/x"] {
            assert_eq!(refused(text), NotATarget::Scheme, "{text}");
        }
        for text in
            ["https://eva@shop.example/", "https://eva:pass@shop.example/", "https://:pass@shop.example/"]
        {
            assert_eq!(refused(text), NotATarget::Credentials, "{text}");
        }
        assert_eq!(refused("https://shop.example/#x"), NotATarget::Fragment);
        assert_eq!(refused(&format!("https://shop.example/{}", "x".repeat(1000))), NotATarget::TooLong);
    }
}

//! Return addresses: where an application takes its users back. The operator registers them; nobody is sent anywhere
//! else.

/// The longest, in bytes: with a result and the application's state behind it, an answer still has a head of less than
/// 4 KiB, which is what proxies take by default.
pub const LONGEST: usize = 512;
/// How many an application may have.
pub const MOST: usize = 20;
/// What carries the result, behind the address.
pub const RESULT: &str = "countersign_result";
/// What carries the application's own text.
pub const STATE: &str = "state";

/// An address as it is registered. What an application asks for has to be the same, letter by letter.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct ReturnAddress(String);

/// Why an address is none.
#[derive(Clone, Copy, Debug, PartialEq, Eq, thiserror::Error)]
pub enum NotAReturnAddress {
    /// Not `https://HOST/…`.
    #[error("it has to be a whole address that begins with https:// and a host, in visible ASCII characters")]
    NotAnAddress,
    /// Plain http to a host that is not this machine.
    #[error("it is plain http away from localhost, where results could be read on the way")]
    NeedsHttps,
    /// A user name before the host.
    #[error("it has a user name before the host, which makes it look like another one")]
    UserName,
    /// `#…` at its end.
    #[error("it has a fragment (#…), behind which nothing that we append would reach the application")]
    Fragment,
    /// A query that has one of our words.
    #[error("its query has `{RESULT}` or `{STATE}`, which are appended here")]
    OurWords,
    /// More than [`LONGEST`] bytes.
    #[error("it has more than {LONGEST} bytes")]
    TooLong,
}

impl ReturnAddress {
    /// Reads an address, as it is.
    ///
    /// # Errors
    /// [`NotAReturnAddress`].
    pub fn parse(text: &str) -> Result<Self, NotAReturnAddress> {
        if text.len() > LONGEST {
            return Err(NotAReturnAddress::TooLong);
        }
        // A backslash is a slash to browsers, and a quote or a bracket has no place in any address.
        let visible = text.bytes().all(|b| b.is_ascii_graphic() && !b"\\\"<>^`{|}".contains(&b));
        let (https, rest) = match (text.strip_prefix("https://"), text.strip_prefix("http://")) {
            (Some(rest), _) => (true, rest),
            (None, Some(rest)) => (false, rest),
            (None, None) => return Err(NotAReturnAddress::NotAnAddress),
        };
        let end = rest.find(['/', '?', '#']).unwrap_or(rest.len());
        let (authority, path) = rest.split_at_checked(end).unwrap_or((rest, ""));
        if authority.contains('@') {
            return Err(NotAReturnAddress::UserName);
        }
        if path.contains('#') {
            return Err(NotAReturnAddress::Fragment);
        }
        let host = host(authority).ok_or(NotAReturnAddress::NotAnAddress)?;
        if !visible || !path.starts_with('/') {
            return Err(NotAReturnAddress::NotAnAddress);
        }
        if !https && !is_this_machine(host) {
            return Err(NotAReturnAddress::NeedsHttps);
        }
        let query = path.split_once('?').map_or("", |(_, query)| query);
        let named = |pair: &str| {
            let name = percent_encoding::percent_decode_str(pair.split('=').next().unwrap_or_default());
            let name = name.decode_utf8_lossy().into_owned();
            name == RESULT || name == STATE
        };
        if query.split('&').any(named) {
            return Err(NotAReturnAddress::OurWords);
        }
        Ok(Self(text.to_owned()))
    }

    /// The address.
    pub fn as_str(&self) -> &str {
        &self.0
    }
}

/// The way back: a registered address, with the result and the application's own text behind it.
pub fn way_back(address: &str, result: &str, state: Option<&str>) -> String {
    let encoded =
        |text| percent_encoding::utf8_percent_encode(text, percent_encoding::NON_ALPHANUMERIC).to_string();
    let joint = if address.contains('?') { '&' } else { '?' };
    let state = state.map(|state| format!("&{STATE}={}", encoded(state))).unwrap_or_default();
    // A result has letters, digits, hyphens, underscores and points.
    format!("{address}{joint}{RESULT}={result}{state}")
}

/// The host of an authority, if that is one: a name, IPv4 or IPv6, and perhaps a port.
fn host(authority: &str) -> Option<&str> {
    let (host, port) = match authority.strip_prefix('[') {
        Some(rest) => {
            let (v6, after) = rest.split_once(']')?;
            v6.parse::<core::net::Ipv6Addr>().ok()?;
            (v6, after.strip_prefix(':').or(after.is_empty().then_some("80"))?)
        }
        None => authority.split_once(':').unwrap_or((authority, "80")),
    };
    let name = host.bytes().all(|b| b.is_ascii_lowercase() || b.is_ascii_digit() || b"-._:".contains(&b));
    let port = port.bytes().all(|b| b.is_ascii_digit()) && port.parse::<u16>().is_ok_and(|port| port > 0);
    (name && port && !host.is_empty() && !host.starts_with('.')).then_some(host)
}

/// Browsers treat these as safe even without https (Secure Contexts §3.1).
fn is_this_machine(host: &str) -> bool {
    host == "localhost"
        || host.ends_with(".localhost")
        || host.parse::<core::net::IpAddr>().is_ok_and(|address| address.is_loopback())
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn an_address_is_whole_and_leads_to_one_host_however_it_is_read() {
        for good in [
            "https://shop.example.com/",
            "https://shop.example.com/two-factor/back",
            "https://shop.example.com:8443/back?shop=7&lang=cs",
            "https://[2001:db8::1]/back",
            "http://localhost:5000/back",
            "http://127.0.0.1:5000/back",
            "http://[::1]:5000/back",
            "http://shop.localhost/back",
        ] {
            assert_eq!(
                ReturnAddress::parse(good).map(|address| address.as_str().to_owned()),
                Ok(good.to_owned())
            );
        }
        use NotAReturnAddress::{Fragment, NeedsHttps, NotAnAddress, OurWords, TooLong, UserName};
        for (bad, why) in [
            ("", NotAnAddress),
            ("/back", NotAnAddress),
            ("//evil.example/back", NotAnAddress),
            ("javascript:alert(1)", NotAnAddress),
            ("HTTPS://shop.example.com/", NotAnAddress),
            ("https://Shop.example.com/", NotAnAddress),
            ("https://shop.example.com", NotAnAddress),
            ("https://shop.example.com?x=1", NotAnAddress),
            ("https:///back", NotAnAddress),
            ("https://shop.example.com:0/", NotAnAddress),
            ("https://shop.example.com:99999/", NotAnAddress),
            ("https://shop.example.com:/", NotAnAddress),
            ("https://shop.example.com\\@evil.example/", UserName),
            ("https://shop.example.com\\.evil.example/", NotAnAddress),
            ("https://shop.example.com/a\\b", NotAnAddress),
            ("https://shop.example.com/a b", NotAnAddress),
            ("https://shop.example.com/\r\nset-cookie:x", NotAnAddress),
            ("https://příliš.example/", NotAnAddress),
            ("https://shop.example.com@evil.example/", UserName),
            ("https://shop.example.com/back#top", Fragment),
            ("http://shop.example.com/back", NeedsHttps),
            ("http://localhost.evil.example/back", NeedsHttps),
            ("https://shop.example.com/?state=1", OurWords),
            ("https://shop.example.com/?a=b&countersign%5Fresult=1", OurWords),
        ] {
            assert_eq!(ReturnAddress::parse(bad), Err(why), "{bad:?}");
        }
        let long = format!("https://shop.example.com/{}", "a".repeat(LONGEST));
        assert_eq!(ReturnAddress::parse(&long), Err(TooLong));
    }

    #[test]
    fn the_way_back_keeps_the_address_and_hides_nothing_in_it() {
        assert_eq!(
            way_back("https://a.example/", "r.e-s", None),
            "https://a.example/?countersign_result=r.e-s"
        );
        assert_eq!(
            way_back("https://a.example/?x=1", "r", Some("a&b=c#d%é")),
            "https://a.example/?x=1&countersign_result=r&state=a%26b%3Dc%23d%25%C3%A9"
        );
    }
}

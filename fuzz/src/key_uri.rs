//! Key URIs: a reader that knows only RFC 3986 gets back what was written, whatever the names are (I7, D10).

use countersign::code::Digits;
use countersign::key_uri::{key_uri, label};
use countersign::totp::{Algorithm, Parameters, SharedSecret};
use data_encoding::BASE32_NOPAD;
use percent_encoding::percent_decode_str;
use zeroize::Zeroizing;

/// `ISSUER`, `ACCOUNT` and the bytes of a secret, with a zero byte between them.
pub(crate) fn run(data: &[u8]) {
    let mut parts = data.splitn(3, |byte| *byte == 0);
    let mut text = || parts.next().and_then(|part| std::str::from_utf8(part).ok());
    let (Some(issuer), Some(account)) = (text(), text()) else { return };
    let bytes = parts.next().unwrap_or(b"12345678901234567890");
    let Ok(secret) = SharedSecret::from_bytes(Zeroizing::new(bytes.to_vec())) else {
        assert!(!(10..=128).contains(&bytes.len()));
        return;
    };
    let choice = bytes.iter().fold(0_usize, |sum, byte| sum + usize::from(*byte));
    let algorithm = Algorithm::ALL[choice % 3];
    let digits = [6, 7, 8].map(|n| Digits::new(n).unwrap())[choice / 3 % 3];
    let period = [30, 60, 10][choice / 9 % 3];
    let parameters = Parameters::new(algorithm, digits, period).unwrap();
    let uri = key_uri(issuer, account, &secret, &parameters);

    let unreserved = |c: char| c.is_ascii_alphanumeric() || "-._~".contains(c);
    let rest = uri.strip_prefix("otpauth://totp/").unwrap();
    let (path, query) = rest.split_once('?').unwrap();
    let (issuer_label, account_label) = path.split_once(':').unwrap();
    let read = |written: &str| {
        assert!(written.chars().all(|c| unreserved(c) || c == '%'), "{written} is not encoded");
        percent_decode_str(written).decode_utf8().unwrap().into_owned()
    };
    let fields: Vec<(&str, String)> =
        query.split('&').map(|field| field.split_once('=').unwrap()).map(|(k, v)| (k, read(v))).collect();
    let names: Vec<&str> = fields.iter().map(|(name, _)| *name).collect();
    assert_eq!(names, ["secret", "issuer", "algorithm", "digits", "period"]);
    let value = |at: usize| fields[at].1.as_str();
    assert!(BASE32_NOPAD.decode(value(0).as_bytes()).unwrap() == bytes);
    assert_eq!(Algorithm::parse(value(2)), Some(algorithm));
    assert_eq!((value(3).parse(), value(4).parse()), (Ok(digits.get()), Ok(period)));
    for (shown, name, fallback) in
        [(issuer_label, issuer, "Countersign"), (account_label, account, "account")]
    {
        let shown = read(shown);
        assert_eq!(shown, label(name, fallback));
        assert!(!shown.contains(':') && !shown.contains(char::is_control) && shown.trim() == shown);
        assert!((1..=64).contains(&shown.chars().count()));
        assert_eq!(label(&shown, fallback), shown, "a label is its own label");
    }
    assert_eq!(value(1), read(issuer_label));
}

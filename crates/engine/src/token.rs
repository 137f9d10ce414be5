//! Bearer tokens: 256 random bits each, kept only as a hash.
//!
//! A token's kind is a type and is hashed with it, so a token of one kind is unknown everywhere else.

use data_encoding::BASE64URL_NOPAD;
use rand_core::CryptoRng;
use sha2::{Digest as _, Sha256};
use std::{fmt, marker::PhantomData};
use zeroize::Zeroizing;

/// What a token opens.
pub trait Kind {
    /// The word that is hashed with the token; never changes.
    const WORD: &'static str;
}

macro_rules! kinds {
    ($($(#[$doc:meta])* $name:ident = $word:literal;)+) => {$(
        $(#[$doc])*
        #[derive(Clone, Copy, Debug, PartialEq, Eq)]
        pub enum $name {}
        impl Kind for $name { const WORD: &'static str = $word; }
    )+
    #[cfg(test)]
    const WORDS: &[&str] = &[$($word),+];
    };
}

kinds! {
    /// The state between a right password and a right code.
    Pending = "pending-sign-in";
    /// A finished sign-in.
    Session = "session";
    /// A remembered browser.
    Device = "trusted-device";
    /// A one-time link that creates an account or sets its first password.
    Invitation = "invitation";
    /// A one-time link to set 2FA up anew after an administrator's reset, besides the password.
    SetUp = "set-up";
    /// A one-time link that sets a forgotten password anew. It signs nobody in.
    PasswordReset = "password-reset";
    /// A one-time link that shows that an address is its owner's.
    AddressConfirmation = "address-confirmation";
    /// What an application shows with every request.
    ApiKey = "api-key";
    /// A one-time link with which an application sends its user to our pages.
    ErrandLink = "errand-link";
    /// The errand that such a link became, in the one browser that opened it.
    Errand = "errand";
    /// A site behind a proxy, as one session of the portal sees it: a cookie of that site alone.
    Site = "site-session";
    /// What the portal gives a browser to show at a site, once and at once, so that it gets such a cookie.
    SiteTicket = "site-ticket";
    /// What a site gave the browser before it went to the portal: a ticket is good in no other browser.
    SiteBegin = "site-begin";
}

/// A token in the clear: on its way to the browser, or just come from it.
pub struct Token<K: Kind>(Zeroizing<String>, PhantomData<K>);

/// What is kept of a token: SHA-256 over its kind and its text. 256 random bits need no slow hash.
#[derive(PartialEq, Eq)]
pub struct TokenHash<K: Kind>([u8; 32], PhantomData<K>);

impl<K: Kind> Clone for TokenHash<K> {
    fn clone(&self) -> Self {
        *self
    }
}

impl<K: Kind> Copy for TokenHash<K> {}

impl<K: Kind> fmt::Debug for TokenHash<K> {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "TokenHash({})", K::WORD)
    }
}

impl<K: Kind> Token<K> {
    /// A new token: 32 random bytes, 43 characters of base64url.
    pub fn fresh(rng: &mut impl CryptoRng) -> Self {
        let mut bytes = Zeroizing::new([0; 32]);
        rng.fill_bytes(&mut *bytes);
        Self(Zeroizing::new(BASE64URL_NOPAD.encode(&*bytes)), PhantomData)
    }

    /// Reads a token as a browser sends it back; `None` when it cannot be one of ours.
    pub fn parse(text: &str) -> Option<Self> {
        let ours = text.len() == 43 && BASE64URL_NOPAD.decode(text.as_bytes()).is_ok();
        ours.then(|| Self(Zeroizing::new(text.to_owned()), PhantomData))
    }

    /// The text to hand out, once.
    pub fn reveal(&self) -> &str {
        &self.0
    }

    /// The hash to keep or to look up.
    pub fn hash(&self) -> TokenHash<K> {
        let mut hasher = Sha256::new();
        hasher.update(K::WORD.as_bytes());
        hasher.update([0]);
        hasher.update(self.0.as_bytes());
        TokenHash(hasher.finalize().into(), PhantomData)
    }
}

impl<K: Kind> TokenHash<K> {
    /// The hash as an address carries it: it gives the token away to nobody.
    pub fn to_text(&self) -> String {
        BASE64URL_NOPAD.encode(&self.0)
    }

    /// Reads what [`TokenHash::to_text`] wrote.
    pub fn parse(text: &str) -> Option<Self> {
        let bytes = BASE64URL_NOPAD.decode(text.as_bytes()).ok()?;
        Some(Self(bytes.try_into().ok()?, PhantomData))
    }

    /// The bytes to keep.
    pub fn as_bytes(&self) -> &[u8; 32] {
        &self.0
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use rand::{SeedableRng, rngs::StdRng};

    #[test]
    fn a24_no_two_kinds_share_a_word() {
        let distinct: std::collections::HashSet<&str> = WORDS.iter().copied().collect();
        assert_eq!(distinct.len(), WORDS.len());
        assert!(distinct.contains(SetUp::WORD));
    }

    #[test]
    fn a24_a_token_of_one_kind_is_unknown_as_another() {
        let mut rng = StdRng::seed_from_u64(3);
        let session: Token<Session> = Token::fresh(&mut rng);
        let same_text: Token<Device> = Token::parse(session.reveal()).unwrap();
        assert_ne!(session.hash().as_bytes(), same_text.hash().as_bytes());
        let again: Token<Session> = Token::parse(session.reveal()).unwrap();
        assert_eq!(again.hash().as_bytes(), session.hash().as_bytes());
        assert_eq!(format!("{:?}", session.hash()), "TokenHash(session)");
        let hash = session.hash();
        assert_eq!(TokenHash::parse(&hash.to_text()), Some(hash));
        assert_eq!(TokenHash::<Session>::parse(&hash.to_text()[1..]), None);
    }

    #[test]
    fn e1_a_token_has_256_random_bits_and_nothing_else_parses() {
        let mut rng = StdRng::seed_from_u64(4);
        let (a, b): (Token<Device>, Token<Device>) = (Token::fresh(&mut rng), Token::fresh(&mut rng));
        assert_ne!(a.reveal(), b.reveal());
        assert_eq!(BASE64URL_NOPAD.decode(a.reveal().as_bytes()).unwrap().len(), 32);
        for bad in [
            "",
            "x",
            &"A".repeat(42),
            &"A".repeat(44),
            &format!("{}!", "A".repeat(42)),
            "eyJhbGciOiJub25lIn0.e30.",
        ] {
            assert!(Token::<Device>::parse(bad).is_none(), "{bad}");
        }
    }
}

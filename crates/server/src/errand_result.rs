//! The result of an errand as a browser carries it to the application: a JWS, signed with the application's signing key.
//!
//! Nobody has to believe it: the application redeems it, and the answer is what counts.

use countersign::{
    ErrandId, Timestamp,
    errand::{Outcome, Purpose, RESULT_LIVES},
    event::Method,
    signing_key::SigningKey,
};
use countersign_store::{applications::Application, errands::Errand};
use serde::{Deserialize, Serialize};

use crate::app::App;

/// What a result claims. The names that are common have the meaning of RFC 7519 §4.1.
#[derive(Clone, Debug, Deserialize, PartialEq, Eq, Serialize)]
#[serde(deny_unknown_fields)]
pub struct Claims {
    /// This service.
    iss: String,
    /// The application, as the operator calls it.
    aud: String,
    /// Its user.
    sub: String,
    /// Of which errand it is.
    jti: String,
    purpose: String,
    outcome: String,
    #[serde(skip_serializing_if = "Option::is_none")]
    method: Option<String>,
    #[serde(skip_serializing_if = "Option::is_none")]
    state: Option<String>,
    /// When it was signed, in seconds, and until when it can be redeemed.
    iat: i64,
    exp: i64,
}

impl Claims {
    /// What came of an errand, whose owner went back at this moment.
    pub fn of(app: &App, errand: &Errand, outcome: Outcome, at: Timestamp) -> Self {
        Self {
            iss: app.config.service.public_url.origin().to_owned(),
            aud: errand.application.name.clone(),
            sub: errand.user.clone(),
            jti: errand.id.to_string(),
            purpose: errand.purpose.word().to_owned(),
            outcome: outcome.word().to_owned(),
            method: errand.method.map(|method| method_word(method).to_owned()),
            state: errand.state.clone(),
            iat: at.seconds(),
            exp: (at + RESULT_LIVES).seconds(),
        }
    }

    /// The text for the address.
    pub fn signed(&self, key: &SigningKey) -> String {
        // What is written here has no keys that are not text, and no number that JSON lacks.
        key.jws(&serde_json::to_vec(self).unwrap_or_default())
    }

    /// Of which errand a text is the result, if it was signed with one of these keys, for this user of this application
    /// and this purpose, and lives.
    pub fn errand_of<'a>(
        text: &str,
        keys: impl IntoIterator<Item = &'a SigningKey>,
        (application, user, purpose): (&Application, &str, Purpose),
        now: Timestamp,
    ) -> Option<ErrandId> {
        let payload = keys.into_iter().find_map(|key| key.payload_of(text))?;
        let claims: Self = serde_json::from_slice(&payload).ok()?;
        let is_meant =
            claims.aud == application.name && claims.sub == user && claims.purpose == purpose.word();
        let lives = now.seconds() < claims.exp;
        ErrandId::parse(&claims.jti).ok().filter(|_| is_meant && lives)
    }
}

/// How a second factor was shown, in the words of the API.
pub fn method_word(method: Method) -> &'static str {
    match method {
        Method::TwoCodes => "two_codes",
        Method::RecoveryCode => "recovery_code",
        Method::TrustedDevice => "trusted_device",
        _ => "code",
    }
}

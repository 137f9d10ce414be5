//! `[two_factor]`: what the operator decides about the second factor.

use super::{
    Section, Wrong,
    reader::Reader,
    service,
    setting::{Accepts, Default, Setting},
};
use countersign::{Span, budget::Probability, policy::Required};

/// The settings of `[two_factor]`.
#[derive(Clone, Debug)]
pub struct TwoFactor {
    /// Who must have a second factor.
    pub required: Required,
    /// Whether the password is asked for before a QR code is shown.
    pub password_first: bool,
    /// Whether turning on signs the person out everywhere.
    pub sign_out_after: bool,
    /// How long a trusted device is not asked again; zero: never trusted.
    pub remember: Span,
    /// What the guess budget is computed from.
    pub guess_probability: Probability,
    /// The name in authenticator apps; no colon.
    pub issuer: String,
}

impl TwoFactor {
    /// For how many days a device is remembered; 0 switches it off.
    pub fn remember_days(&self) -> u16 {
        let days = self.remember.as_milliseconds() / Span::days(1).as_milliseconds();
        u16::try_from(days).unwrap_or(u16::MAX)
    }
}

pub(super) const SECTION: Section = Section {
    name: "two_factor",
    about: "The second factor.",
    settings: &[&REQUIRED, &PASSWORD_FIRST, &SIGN_OUT_AFTER, &REMEMBER_DAYS, &GUESS_PROBABILITY, &ISSUER],
};

const REQUIRED: Setting = Setting {
    key: "two_factor.required",
    flag: None,
    default: Default::Toml("\"nobody\""),
    accepts: Accepts::OneOf(&["nobody", "everybody"]),
    meaning: "Who must have two-factor authentication. With \"everybody\" an account without it can turn it on and \
              do nothing else; the rule holds for open sessions at once.",
};

const PASSWORD_FIRST: Setting = Setting {
    key: "two_factor.password_first",
    flag: None,
    default: Default::Toml("true"),
    accepts: Accepts::Switch,
    meaning: "Whether the password is asked for before the QR code is shown.",
};

const SIGN_OUT_AFTER: Setting = Setting {
    key: "two_factor.sign_out_after",
    flag: None,
    default: Default::Toml("true"),
    accepts: Accepts::Switch,
    meaning: "Whether turning two-factor authentication on signs the person out, to sign in again with a code.",
};

const REMEMBER_DAYS: Setting = Setting {
    key: "two_factor.remember_days",
    flag: None,
    default: Default::Toml("30"),
    accepts: Accepts::Whole { least: 0, most: 365 },
    meaning: "For how many days \"Remember me on this device\" spares a browser the code; 0 takes the checkbox away.",
};

const GUESS_PROBABILITY: Setting = Setting {
    key: "two_factor.guess_probability",
    flag: None,
    default: Default::Toml("0.001"),
    accepts: Accepts::Fraction { least: Probability::LEAST, most: Probability::MOST },
    meaning: "How probable it may be that somebody who knows the password and never stops guesses a code, per account \
              and year. All waits and limits are computed from it: smaller is safer, and less patient with typos.",
};

const ISSUER: Setting = Setting {
    key: "two_factor.issuer",
    flag: None,
    default: Default::Derived("`name`"),
    accepts: Accepts::Text("1 to 64 characters on one line, no colon"),
    meaning: "The name in authenticator apps. Two installations need two names: apps overwrite an entry of the same \
              name and account.",
};

pub(super) fn read(reader: &mut Reader, name: Option<&str>) -> Option<TwoFactor> {
    let required = reader.choice(&REQUIRED, &[Required::OfNobody, Required::OfEverybody]);
    let password_first = reader.switch(&PASSWORD_FIRST);
    let sign_out_after = reader.switch(&SIGN_OUT_AFTER);
    let remember = reader.whole(&REMEMBER_DAYS).map(Span::days);
    let guess_probability = reader.fraction(&GUESS_PROBABILITY).and_then(Probability::new);
    let issuer = reader.said_text(&ISSUER, |text| service::name(text).and_then(no_colon));
    let issuer = match (issuer?, name?) {
        (Some(issuer), _) => issuer,
        (None, name) => no_colon(name.to_owned()).map_err(|wrong| reader.refuse(&ISSUER, wrong)).ok()?,
    };
    Some(TwoFactor {
        required: required?,
        password_first: password_first?,
        sign_out_after: sign_out_after?,
        remember: remember?,
        guess_probability: guess_probability?,
        issuer,
    })
}

/// The key URI separates issuer and account by a colon.
fn no_colon(name: String) -> Result<String, Wrong> {
    if name.contains(':') {
        let advice = "Set two_factor.issuer to a name without one";
        return Err(Wrong::new("authenticator apps cannot show a name with a colon", advice));
    }
    Ok(name)
}

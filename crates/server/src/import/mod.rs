//! Moving in: what other systems know of their people, read in the form in which each of them writes it, and carried
//! over.
//!
//! A reader of a foreign form makes [`Person`]s of it and decides nothing. Whatever cannot be carried over is kept
//! beside the person with a [`Why`], so that nobody is left out in silence. [`plan`] says what is to become of
//! each, [`carry`] compares that with what is here and does it.
//!
//! No message repeats what was read: an error names file, line and field, and never the value.

pub mod authelia;
pub mod carry;
mod ciphers;
pub mod devise;
pub mod django;
mod encoding;
pub mod fortify;
pub mod google;
mod json;
pub mod keycloak;
pub mod keys;
pub mod names;
pub mod own;
mod password;
pub mod person;
pub mod plan;
pub mod privacyidea;
mod protobuf;
mod pskc;
pub mod source;
pub mod table;
mod why;
pub mod yaml;

pub use person::Person;
pub use source::{NotRead, Source};
pub use why::Why;

use clap::ValueEnum;

use keys::Keys;

/// The systems whose exports can be read.
#[derive(Clone, Copy, Debug, PartialEq, Eq, ValueEnum)]
pub enum System {
    /// The documented form of our own: CSV, or JSON Lines
    Countersign,
    /// Keycloak: a realm export with users
    Keycloak,
    /// Authelia: the TOTP export (YAML or CSV), and the file with the users
    Authelia,
    /// privacyIDEA: the token export in its own form, or PSKC
    #[value(name = "privacyidea")]
    PrivacyIdea,
    /// django-otp and django-allauth: dumpdata
    Django,
    /// Laravel Fortify: the users table, as CSV or JSON
    Fortify,
    /// devise-two-factor: the users table, as CSV or JSON
    Devise,
    /// Google Authenticator: the texts of its export QR codes, or otpauth URIs
    Google,
}

/// What the export of a system says.
///
/// # Errors
/// [`NotRead`]: the file is not in the form of this system, or too large. A person of whom something cannot be read is
/// no error.
pub fn read(system: System, sources: &[Source], keys: &Keys) -> Result<Vec<Person>, NotRead> {
    match system {
        System::Countersign => each(sources, own::read),
        System::Keycloak => each(sources, keycloak::read),
        System::Authelia => authelia::read(sources),
        System::PrivacyIdea => each(sources, |source| privacyidea::read(source, keys)),
        System::Django => django::read(sources),
        System::Fortify => each(sources, |source| fortify::read(source, keys)),
        System::Devise => each(sources, |source| devise::read(source, keys)),
        System::Google => google::read(sources),
    }
}

fn each(
    sources: &[Source],
    read: impl Fn(&Source) -> Result<Vec<Person>, NotRead>,
) -> Result<Vec<Person>, NotRead> {
    let mut people = Vec::new();
    for source in sources {
        people.extend(read(source)?);
    }
    Ok(people)
}

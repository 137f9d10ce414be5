//! Everything a person sees: each page is a view (plain values in) and a pure function to HTML (a `String` out).
//!
//! A view never looks anything up. Handlers fill it with words, numbers and moments that are already in the reader's
//! language; the templates in `templates/` say where they stand. Every view has `samples`, and `tests/pages.rs` renders
//! every page in every language from them.

mod activity;
mod address_first;
mod change_password;
mod chrome;
mod code;
mod confirm;
mod confirm_address;
mod errand_end;
mod field;
mod forgotten_password;
mod host;
mod letter_sent;
mod link_over;
mod manage;
mod moment;
mod problem;
mod profile;
mod recovery_code;
mod recovery_codes;
mod rename;
mod reset_password;
mod set_up;
mod sign_in;
mod sign_up;
mod sign_up_refused;
mod site;
mod site_code;
mod turn_off;
mod turn_on;
mod two_codes;

pub use activity::{Activity, ActivityEntry};
pub use address_first::AddressFirst;
pub use change_password::ChangePassword;
pub use chrome::{Chrome, Notice, UserMenu};
pub use code::Code;
pub use confirm::Confirm;
pub use confirm_address::ConfirmAddress;
pub use errand_end::{ErrandEnd, ErrandEndWhy};
pub use field::Field;
pub use forgotten_password::ForgottenPassword;
pub use host::Host;
pub use letter_sent::LetterSent;
pub use link_over::{LinkOver, LinkOverFor};
pub use manage::Manage;
pub use moment::Moment;
pub use problem::{Problem, ProblemKind};
pub use profile::{Authenticator, Device, How, Profile, RecoveryCodesLeft, Session, TwoFactor};
pub use recovery_code::RecoveryCode;
pub use recovery_codes::{AfterCodes, RecoveryCodes};
pub use rename::Rename;
pub use reset_password::ResetPassword;
pub use set_up::{Purpose, SetUp};
pub use sign_in::SignIn;
pub use sign_up::{SignUp, SignUpKind};
pub use sign_up_refused::{SignUpRefused, SignUpRefusedWhy};
pub use site::{Site, SiteStage};
pub use site_code::SiteCode;
pub use turn_off::TurnOff;
pub use turn_on::TurnOn;
pub use two_codes::TwoCodes;

/// Shown if a template could not be written out. Writing to a `String` cannot fail, so nobody should ever read it.
const UNWRITTEN: &str =
    "<!doctype html><html lang=\"en\"><title>Countersign</title><h1>This page could not be shown</h1>";

/// The template's HTML.
fn html(view: &impl askama::Template) -> String {
    view.render().unwrap_or_else(|_| UNWRITTEN.to_owned())
}

/// The id of what has the focus when a form opens: the first field that is wrong, else the message over the form,
/// else `otherwise`.
fn focus(
    form_error: Option<&String>,
    fields: &[(&'static str, Option<&String>)],
    otherwise: &'static str,
) -> &'static str {
    let wrong = fields.iter().find(|(_, error)| error.is_some()).map(|(id, _)| *id);
    wrong.or_else(|| form_error.map(|_| "form-error")).unwrap_or(otherwise)
}

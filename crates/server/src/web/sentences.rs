//! Events in plain words: "Signed in with a recovery code; 9 codes left".

use countersign::{
    event::{Actor, Event, Kind},
    receipt::Receipt,
    sign_in::Methods,
};
use countersign_store::events::Recorded;

use super::visitor::Visitor;
use crate::agent;
use crate::pages::ActivityEntry;

/// The events of an account as its owner reads them, latest first.
pub(super) fn entries(visitor: &Visitor, events: &[Recorded]) -> Vec<ActivityEntry> {
    let moments = visitor.moments();
    let entry = |recorded: &Recorded, sentence: String| ActivityEntry {
        sentence,
        browser: (!by_operator(recorded)).then(|| agent::in_words(visitor.words, &recorded.browser)),
        at: moments.of(recorded.at),
        alarming: alarming(recorded.event.kind),
    };
    let mut told = Vec::with_capacity(events.len());
    let mut rest = events.iter().peekable();
    while let Some(event) = rest.next() {
        // A sign-in with a recovery code is two facts in the log, of one commit, and one sentence to its owner.
        let left = event.event.count.filter(|_| event.event.kind == Kind::RecoveryCodeUsed);
        let sign_in =
            rest.next_if(|next| left.is_some() && next.at == event.at && next.event.kind == Kind::SignedIn);
        let sentence = match (left, sign_in) {
            (Some(left), Some(_)) => visitor.words.event_signed_in_recovery_code(left),
            _ => sentence(visitor, event),
        };
        // That a code was awaited is news only where none came, and none came from this very browser.
        let signed_in = sign_in.unwrap_or(event);
        let _same_sign_in =
            rest.next_if(|next| completes(&signed_in.event, next) && same_place(signed_in, next));
        told.push(entry(event, sentence));
    }
    told
}

/// Whether a sign-in with a second factor may be the one that this right password began.
fn completes(event: &Event, password: &Recorded) -> bool {
    let methods = event.subject.as_deref().filter(|_| event.kind == Kind::SignedIn).and_then(Methods::parse);
    let with_factor = matches!(methods, Some(Methods::PasswordAndCode | Methods::PasswordAndRecoveryCode));
    with_factor && password.event.kind == Kind::PasswordAccepted
}

fn same_place(one: &Recorded, other: &Recorded) -> bool {
    one.browser == other.browser && one.address == other.address
}

fn sentence(visitor: &Visitor, recorded: &Recorded) -> String {
    let words = visitor.words;
    let event = &recorded.event;
    let subject = event.subject.as_deref().unwrap_or_default();
    let count = event.count.unwrap_or(0);
    match event.kind {
        Kind::AccountCreated => words.event_account_created().to_owned(),
        Kind::SignUpRepeated => words.event_sign_up_repeated().to_owned(),
        Kind::SignedIn => signed_in(visitor, event),
        Kind::PasswordAccepted => words.event_password_accepted().to_owned(),
        Kind::WrongPassword => words.event_wrong_password().to_owned(),
        Kind::WrongCode => words.event_wrong_code().to_owned(),
        Kind::WrongRecoveryCode => words.event_wrong_recovery_code().to_owned(),
        Kind::Locked => words.event_locked().to_owned(),
        Kind::Unlocked => words.event_unlocked().to_owned(),
        Kind::Verified => words.event_verified().to_owned(),
        Kind::SignedOut => words.event_signed_out().to_owned(),
        Kind::TwoFactorOn => words.event_two_factor_on().to_owned(),
        Kind::TwoFactorImported => words.event_two_factor_imported().to_owned(),
        Kind::TwoFactorOff => words.event_two_factor_off().to_owned(),
        Kind::TwoFactorReset => words.event_two_factor_reset_because(subject),
        Kind::SetUpLinkGiven => words.event_set_up_link_given().to_owned(),
        Kind::AuthenticatorAdded => words.event_authenticator_added(subject),
        Kind::AuthenticatorRemoved => words.event_authenticator_removed(subject),
        Kind::AuthenticatorRenamed => words.event_authenticator_renamed(subject),
        Kind::RecoveryCodeUsed => words.event_recovery_code_used(count),
        Kind::RecoveryCodesReplaced => words.event_recovery_codes_replaced().to_owned(),
        Kind::DeviceRemembered => words.event_device_remembered().to_owned(),
        Kind::DeviceForgotten => words.event_device_forgotten().to_owned(),
        Kind::DevicesForgotten => words.event_devices_forgotten(count),
        Kind::DeviceCopied => words.event_device_copied(agent::in_words(words, subject)),
        Kind::SessionEnded => words.event_session_ended().to_owned(),
        Kind::SessionsEnded => words.event_sessions_ended(count),
        Kind::SignedOutByAdministrator => words.event_signed_out_by_administrator().to_owned(),
        Kind::PasswordChanged => words.event_password_changed().to_owned(),
        Kind::PasswordLinkHandedOut => words.event_password_link_handed_out().to_owned(),
        Kind::PasswordResetAsked => words.event_password_reset_asked().to_owned(),
        Kind::PasswordReset => words.event_password_reset().to_owned(),
        Kind::AddressConfirmed if by_operator(recorded) => words.event_address_vouched_for().to_owned(),
        Kind::AddressConfirmed => words.event_address_confirmed().to_owned(),
        Kind::NameChanged => words.event_name_changed().to_owned(),
        Kind::AccountDisabled => words.event_account_disabled().to_owned(),
        Kind::AccountEnabled => words.event_account_enabled().to_owned(),
        Kind::AccountRemoved => words.event_account_removed().to_owned(),
        Kind::GroupsChanged => words.event_groups_changed(subject),
        Kind::CodeGivenAgain => words.event_code_given_again(subject),
        Kind::SiteEntered => words.event_site_entered(subject),
        Kind::SiteRefused => words.event_site_refused(subject),
        Kind::RestoredFromBackup => words.event_restored_from_backup().to_owned(),
    }
}

/// A sign-in with its receipt: why a code was, or was not, asked for.
fn signed_in(visitor: &Visitor, event: &Event) -> String {
    let words = visitor.words;
    if let Some(receipt) = Receipt::of(event) {
        return match receipt {
            Receipt::Code => words.event_signed_in_code().to_owned(),
            Receipt::TwoCodes => words.event_signed_in_two_codes().to_owned(),
            Receipt::RecoveryCode { left: Some(left) } => words.event_signed_in_recovery_code(left),
            Receipt::RecoveryCode { left: None } => words.event_signed_in_with_recovery_code().to_owned(),
            Receipt::TrustedDevice { device, until } => {
                let until = visitor.moments().day(until).text;
                words.event_signed_in_not_asked_remembered(agent::in_words(words, &device), until)
            }
            Receipt::TwoFactorOff => words.event_signed_in_not_asked_off().to_owned(),
        };
    }
    // A line from before receipts were kept.
    match event.subject.as_deref().and_then(Methods::parse) {
        Some(Methods::PasswordAndCode) => words.event_signed_in_code().to_owned(),
        Some(Methods::PasswordAndRecoveryCode) => words.event_signed_in_with_recovery_code().to_owned(),
        Some(Methods::PasswordOnTrustedDevice) => words.event_signed_in_remembered().to_owned(),
        Some(Methods::Password) | None => words.event_signed_in().to_owned(),
    }
}

/// What was done from a terminal, or by Countersign itself, has no browser.
const fn by_operator(recorded: &Recorded) -> bool {
    match recorded.actor {
        Some(actor) => matches!(actor, Actor::Administrator | Actor::System),
        None => matches!(
            recorded.event.kind,
            Kind::Unlocked | Kind::TwoFactorReset | Kind::AccountDisabled | Kind::AccountEnabled
        ),
    }
}

/// What its owner should look at twice.
const fn alarming(kind: Kind) -> bool {
    // A right password that no code followed: somebody may know it.
    matches!(
        kind,
        Kind::PasswordAccepted
            | Kind::WrongCode
            | Kind::WrongRecoveryCode
            | Kind::Locked
            | Kind::TwoFactorReset
            | Kind::SignUpRepeated
            | Kind::DeviceCopied
            | Kind::PasswordResetAsked
            | Kind::PasswordLinkHandedOut
            | Kind::PasswordReset
            | Kind::RestoredFromBackup
    )
}

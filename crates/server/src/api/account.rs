//! `/accounts/{user}`: what there is of a second factor, turning it off, and forgetting the user.

use countersign::budget::Locked;
use countersign_store::Refusal;
use serde::Serialize;
use utoipa::ToSchema;

use super::answer::Answer;
use super::caller::About;
use super::devices::Device;
use super::fields::{Client, Outcome, Write};
use super::moment;
use super::problem::Problem;

/// What there is of a user's second factor.
#[derive(Serialize, ToSchema)]
pub struct Account {
    /// `on`: ask for a code. `off`: there is nothing to ask for.
    two_factor: OnOrOff,
    /// Since when it is on.
    #[schema(format = DateTime)]
    on_since: Option<String>,
    authenticators: Vec<Authenticator>,
    /// How many recovery codes are left.
    recovery_codes_left: u32,
    /// Whether they are switched off since an older backup of this service was restored. Replace them.
    recovery_codes_doubted: bool,
    devices: Vec<Device>,
    /// Whether a single code is looked at now.
    code: Looked,
    /// When a single code is looked at again. Two consecutive codes and recovery codes are looked at meanwhile.
    #[schema(format = DateTime)]
    next_try_at: Option<String>,
}

/// Whether two-factor authentication is on.
#[derive(Serialize, ToSchema)]
#[serde(rename_all = "snake_case")]
enum OnOrOff {
    On,
    Off,
}

/// Whether a single code is looked at.
#[derive(Serialize, ToSchema)]
#[serde(rename_all = "snake_case")]
enum Looked {
    Accepted,
    AfterAWait,
    /// After a hundred failures in a row: two consecutive codes or a recovery code are needed.
    NotAlone,
}

/// An authenticator app.
#[derive(Serialize, ToSchema)]
pub struct Authenticator {
    id: String,
    /// What its owner calls it.
    name: String,
    #[schema(format = DateTime)]
    added_at: String,
    /// When a code of it was last accepted.
    #[schema(format = DateTime)]
    last_used_at: Option<String>,
}

/// Ask about a user
///
/// A user of whom this service has never heard has two-factor authentication off.
#[utoipa::path(get, operation_id = "show_account", path = "/accounts/{user}", tag = "Account",
    params(super::UserParameter),
    responses((status = 200, description = "What there is.", body = Account), super::Refusals))]
pub(super) async fn show(about: About) -> Result<Answer, Problem> {
    let now = about.caller.now;
    let on_since = about.account.and_then(|account| account.two_factor_at);
    let mut shown = Account {
        two_factor: if on_since.is_some() { OnOrOff::On } else { OnOrOff::Off },
        on_since: on_since.map(moment),
        authenticators: Vec::new(),
        recovery_codes_left: 0,
        recovery_codes_doubted: false,
        devices: Vec::new(),
        code: Looked::Accepted,
        next_try_at: None,
    };
    let Some(account) = about.account else { return Ok(Answer::ok(&shown)) };
    let state = about.caller.store.state(&account, now).await?;
    (shown.code, shown.next_try_at) = match state.locked {
        None => (Looked::Accepted, None),
        Some(Locked::Until(until)) => (Looked::AfterAWait, Some(moment(until))),
        Some(Locked::UntilProven) => (Looked::NotAlone, None),
    };
    let authenticators = state.profile.authenticators.iter().map(|listed| Authenticator {
        id: listed.id.to_string(),
        name: listed.name.clone(),
        added_at: moment(listed.created_at),
        last_used_at: listed.last_used_at.map(moment),
    });
    shown.authenticators = authenticators.collect();
    shown.recovery_codes_left = state.profile.recovery_codes_left;
    shown.recovery_codes_doubted = state.profile.recovery_codes_doubted.is_some();
    shown.devices = state.profile.devices.iter().map(Device::of).collect();
    Ok(Answer::ok(&shown))
}

/// Turn two-factor authentication off
///
/// The app's codes, the recovery codes and the remembered devices are dead at once and for good; turning it on again
/// means a new QR code. Ask the person for a code first: this call does not.
#[utoipa::path(delete, operation_id = "turn_off", path = "/accounts/{user}/two-factor", tag = "Account",
    params(super::UserParameter, super::IdempotencyParameter),
    responses((status = 204, description = "Off."), super::Refusals, super::WriteRefusals))]
pub(super) async fn turn_off(write: Write<super::Nothing>) -> Outcome {
    write.settled(turning_off(&write).await).await
}

async fn turning_off(write: &Write<super::Nothing>) -> Outcome {
    let (account, store) = (write.about.with_two_factor()?, &write.about.caller.store);
    let off = write.done(
        &write.fields.client,
        |()| Answer::done(),
        async |once, visit, chance| store.turn_off_for(&account, once, visit, chance).await,
    );
    off.await.map_err(|refusal| write.refused(refusal))
}

/// Forget a user
///
/// For a user who is no more: everything but the lines of the operator's audit log is deleted.
#[utoipa::path(delete, operation_id = "forget_user", path = "/accounts/{user}", tag = "Account",
    params(super::UserParameter),
    responses((status = 204, description = "Forgotten, or never known."), super::Refusals))]
pub(super) async fn forget(about: About) -> Outcome {
    let visit = about.caller.visit(&Client::default());
    if let Some(account) = about.account {
        match about.caller.store.remove_account(&account, &visit).await {
            Ok(()) | Err(Refusal::Gone(_)) => {}
            Err(refusal) => return Err(Problem::refused(refusal, visit.now).into()),
        }
    }
    Ok(Answer::done())
}

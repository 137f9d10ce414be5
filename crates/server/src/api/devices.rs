//! `/accounts/{user}/devices`: remembered devices, listed and forgotten.

use countersign::{
    DeviceId,
    device::TrustedDevice,
    token::{self, Token},
};
use countersign_store::{Refusal, devices::Listed};
use serde::Serialize;
use utoipa::ToSchema;

use super::answer::Answer;
use super::caller::About;
use super::fields::{Client, Outcome};
use super::problem::{Kind, Problem};
use super::{Id, moment};

/// A device that was just remembered, or stood for a code.
#[derive(Serialize, ToSchema)]
pub struct Remembered {
    id: String,
    /// Keep it in the person's browser, in place of any before it (a cookie that no script can read), and send it with
    /// the next verification. It is said here and never again.
    token: String,
    /// When it ends. Use does not prolong it.
    #[schema(format = DateTime)]
    expires_at: String,
}

impl Remembered {
    pub(super) fn of((token, device): &(Token<token::Device>, TrustedDevice)) -> Self {
        Self {
            id: device.id.to_string(),
            token: token.reveal().to_owned(),
            expires_at: moment(device.expires_at),
        }
    }
}

/// A remembered device.
#[derive(Serialize, ToSchema)]
pub struct Device {
    id: String,
    /// Its browser, as a person recognises it.
    #[schema(example = "Firefox on Linux")]
    name: String,
    #[schema(format = DateTime)]
    remembered_at: String,
    #[schema(format = DateTime)]
    expires_at: String,
    /// When it last stood for a code.
    #[schema(format = DateTime)]
    last_used_at: Option<String>,
}

impl Device {
    pub(super) fn of(listed: &Listed) -> Self {
        Self {
            id: listed.id.to_string(),
            name: listed.name.clone(),
            remembered_at: moment(listed.remembered_at),
            expires_at: moment(listed.expires_at),
            last_used_at: listed.last_used_at.map(moment),
        }
    }
}

/// List the remembered devices
#[utoipa::path(get, operation_id = "list_devices", path = "/accounts/{user}/devices", tag = "Devices",
    params(super::UserParameter),
    responses((status = 200, description = "The latest first.", body = [Device]), super::Refusals))]
pub(super) async fn list(about: About) -> Result<Answer, Problem> {
    let Some(account) = about.account else { return Ok(Answer::ok(&Vec::<Device>::new())) };
    let profile = about.caller.store.profile(account.id, about.caller.now).await?;
    Ok(Answer::ok(&profile.devices.iter().map(Device::of).collect::<Vec<_>>()))
}

/// Forget all devices
#[utoipa::path(delete, operation_id = "forget_devices", path = "/accounts/{user}/devices", tag = "Devices",
    params(super::UserParameter),
    responses((status = 204, description = "Each is asked for a code again."), super::Refusals))]
pub(super) async fn forget_all(about: About) -> Outcome {
    let visit = about.caller.visit(&Client::default());
    if let Some(account) = about.account {
        let forgotten = about.caller.store.forget_devices(account.id, None, &visit).await;
        forgotten.map_err(|refusal| Problem::refused(refusal, visit.now))?;
    }
    Ok(Answer::done())
}

/// Forget a device
#[utoipa::path(delete, operation_id = "forget_device", path = "/accounts/{user}/devices/{id}", tag = "Devices",
    params(super::UserParameter, super::IdParameter),
    responses((status = 204, description = "It is asked for a code again."), super::Refusals))]
pub(super) async fn forget(about: About, Id(id): Id) -> Outcome {
    let visit = about.caller.visit(&Client::default());
    let missing = || Problem::of(Kind::NoSuchDevice);
    let (account, id) = (about.account.ok_or_else(missing)?, DeviceId::parse(&id).map_err(|_| missing())?);
    match about.caller.store.forget_device(account.id, id, None, &visit).await {
        Ok(()) => Ok(Answer::done()),
        Err(Refusal::Gone(_)) => Err(missing().into()),
        Err(refusal) => Err(Problem::refused(refusal, visit.now).into()),
    }
}

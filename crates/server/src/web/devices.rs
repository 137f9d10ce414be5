//! `/account/two-factor/devices/…`: remembered devices are forgotten, one or all.

use axum::{extract::Path, response::Response};
use countersign::DeviceId;

use super::failure::Failure;
use super::flash::Flash;
use super::full::Full;
use super::redirect;

/// Forgets one device.
pub(super) async fn forget(full: Full, Path(id): Path<String>) -> Result<Response, Failure> {
    let id = DeviceId::parse(&id).map_err(|_| Failure::NotFound)?;
    let this = full.device().await?.is_some_and(|device| device.id == id);
    let (account, own) = (full.session.account, Some(full.session.id));
    full.visitor.app.store.forget_device(account, id, own, &full.visitor.visit).await?;
    let cookies = full.visitor.cookies;
    let cookies = if this { cookies.forget(account) } else { cookies };
    Ok(redirect("/account", cookies.leave(&Flash::DeviceForgotten.to_cookie())))
}

/// Forgets all devices.
pub(super) async fn forget_all(full: Full) -> Result<Response, Failure> {
    let (account, own) = (full.session.account, Some(full.session.id));
    full.visitor.app.store.forget_devices(account, own, &full.visitor.visit).await?;
    let cookies = full.visitor.cookies.forget(account);
    Ok(redirect("/account", cookies.leave(&Flash::DevicesForgotten.to_cookie())))
}

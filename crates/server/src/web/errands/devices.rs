//! `/hosted/{errand}/devices/…`: remembered devices are forgotten, one or all.

use axum::{extract::Path, response::Response};
use countersign::DeviceId;

use super::super::failure::Failure;
use super::super::flash::Flash;
use super::super::redirect;
use super::Managing;

/// Forgets one device.
pub(in super::super) async fn forget(
    Managing(on): Managing,
    Path((_, id)): Path<(String, String)>,
) -> Result<Response, Failure> {
    let id = DeviceId::parse(&id).map_err(|_| Failure::NotFound)?;
    let (account, to) = (on.account(), on.path("manage"));
    let this = match on.visitor.cookies.device(account) {
        Some(token) => on.store.device(&token.hash(), account).await?.is_some_and(|device| device.id == id),
        None => false,
    };
    on.store.forget_devices_on_errand(&on.errand, Some(id), &on.visitor.visit).await?;
    let cookies = on.visitor.cookies;
    let cookies = if this { cookies.forget(account) } else { cookies };
    Ok(redirect(&to, cookies.leave(&Flash::DeviceForgotten.to_cookie())))
}

/// Forgets all devices.
pub(in super::super) async fn forget_all(Managing(on): Managing) -> Result<Response, Failure> {
    let (account, to) = (on.account(), on.path("manage"));
    on.store.forget_devices_on_errand(&on.errand, None, &on.visitor.visit).await?;
    let cookies = on.visitor.cookies.forget(account);
    Ok(redirect(&to, cookies.leave(&Flash::DevicesForgotten.to_cookie())))
}

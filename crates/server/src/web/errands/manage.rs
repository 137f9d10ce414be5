//! `/hosted/{errand}/manage`: all there is of a second factor.

use axum::{http::StatusCode, response::Response};

use super::super::failure::Failure;
use super::super::page;
use super::super::profile::{authenticator, devices, recovery_codes};
use super::Managing;
use crate::pages::{Manage, TwoFactor};

/// The page.
pub(in super::super) async fn show(Managing(on): Managing) -> Result<Response, Failure> {
    let (visitor, choices) = (&on.visitor, &on.errand.application.choices);
    let kept = on.store.profile(on.account(), visitor.now()).await?;
    let moments = visitor.moments();
    let view = Manage {
        chrome: on.chrome(),
        two_factor: match on.errand.account.two_factor_at {
            Some(since) => TwoFactor::On { since: moments.of(since) },
            None => TwoFactor::Off,
        },
        authenticators: kept.authenticators.iter().map(|row| authenticator(row, &moments)).collect(),
        recovery_codes: recovery_codes(&kept, choices.recovery_codes, &moments)
            .filter(|_| choices.recovery_codes > 0),
        remember_days: on.remember_days(),
        devices: devices(visitor, on.account(), &kept, &moments),
    };
    Ok(page(StatusCode::OK, view.render()))
}

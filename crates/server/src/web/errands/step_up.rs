//! Step-up on an errand: a code, where none was shown on it just before. The password is the application's.

use axum::http::StatusCode;
use countersign::{Attempt, Claim, recovery::RecoveryCode};

use super::super::failure::Failure;
use super::super::second_step::check_recovery_code;
use super::super::step_up::Refused;
use super::OnErrand;

/// What the form of such a page sends.
#[derive(serde::Deserialize)]
#[serde(deny_unknown_fields)]
pub(in super::super) struct Fields {
    /// The code or recovery code, where the page asks for one.
    #[serde(default)]
    pub(super) code: String,
    /// The recovery code set that is to be replaced.
    #[serde(default)]
    pub(super) set: String,
}

/// The second factor that is shown for a change, to be spent with it; `None` where the errand's own is fresh. A form that
/// needs none ignores what stands in the field.
pub(super) async fn shown(
    on: &OnErrand,
    code: &str,
) -> Result<Result<Option<Attempt<Claim>>, Refused>, Failure> {
    let now = on.visitor.now();
    if !on.errand.needs_factor(now) {
        return Ok(Ok(None));
    }
    let factors = on.store.factors(on.account()).await?;
    let attempt = match (factors.read(code), RecoveryCode::parse(code)) {
        (Ok(code), _) => factors.check(code, now),
        (Err(_), Ok(code)) => check_recovery_code(&on.visitor, on.account(), code).await?,
        (Err(_), Err(_)) => {
            let words = on.visitor.words.error_code_or_recovery_code().to_owned();
            let status = StatusCode::BAD_REQUEST;
            return Ok(Err(Refused { code: Some(words), status, ..Refused::default() }));
        }
    };
    Ok(Ok(Some(attempt)))
}

//! `POST /accounts/{user}/recovery-codes`: another set in place of the present one.

use countersign::recovery::{FreshSet, RecoverySet};
use serde::Serialize;
use utoipa::ToSchema;

use super::answer::Answer;
use super::caller::Caller;
use super::fields::{NotDone, Outcome, Write};
use super::problem::{Kind, Problem};

/// Recovery codes, each good once.
#[derive(Serialize, ToSchema)]
pub struct RecoveryCodes {
    /// Show them to the person, and let them be downloaded. They are said here and never again. Empty where another
    /// authenticator was added: the codes of before stay.
    #[schema(example = json!(["7QK2-M9TA-4WXD-P0RZ"]))]
    recovery_codes: Vec<String>,
}

impl RecoveryCodes {
    pub(super) fn of(set: Option<&FreshSet>) -> Self {
        let codes = set.into_iter().flat_map(|set| &set.codes);
        Self { recovery_codes: codes.map(|code| code.reveal().to_string()).collect() }
    }
}

/// A new set of as many codes as the application wants.
pub(super) async fn fresh_set(caller: &Caller) -> Result<FreshSet, NotDone> {
    let (codes, now, mut chance) = (caller.application.choices.recovery_codes, caller.now, caller.app.chance);
    let set = caller.hasher().run(move |memory| RecoverySet::of(codes, now, memory, &mut chance)).await?;
    set.map_err(|_| Problem::of(Kind::Internal).into())
}

/// Replace the recovery codes
///
/// The ones of before open nothing from now on.
#[utoipa::path(post, operation_id = "replace_recovery_codes", path = "/accounts/{user}/recovery-codes", tag = "Account",
    params(super::UserParameter, super::IdempotencyParameter), request_body = super::Nothing,
    responses((status = 200, description = "The new codes.", body = RecoveryCodes),
        super::Refusals, super::WriteRefusals))]
pub(super) async fn replace(write: Write<super::Nothing>) -> Outcome {
    write.settled(replacing(&write).await).await
}

async fn replacing(write: &Write<super::Nothing>) -> Outcome {
    let account = write.about.with_two_factor()?;
    let caller = &write.about.caller;
    let set = fresh_set(caller).await?;
    let body = RecoveryCodes::of(Some(&set));
    let replaced = write.done(
        &write.fields.client,
        |()| Answer::ok(&body),
        async |once, visit, chance| {
            caller.store.replace_recovery_codes_for(&account, &set.stored, once, visit, chance).await
        },
    );
    replaced.await.map_err(|refusal| write.refused(refusal))
}

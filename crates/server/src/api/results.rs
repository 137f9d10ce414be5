//! `POST /accounts/{user}/results`: what came of a link, redeemed once, for the user whom the application expects.

use countersign::errand;
use countersign_store::{
    Refusal,
    results::{ErrandResult, Which},
};
use serde::{Deserialize, Serialize};
use utoipa::ToSchema;

use super::answer::Answer;
use super::fields::{Client, Outcome, Write};
use super::links::{Purpose, purposed};
use super::moment;
use super::problem::{Kind, Problem};
use crate::errand_result::{Claims, method_word};

/// What the person came back with.
#[derive(Default, Deserialize, ToSchema)]
#[serde(deny_unknown_fields)]
pub struct Redeem {
    /// `countersign_result` of the address that the person came back to. It has to be there.
    #[serde(default)]
    #[schema(max_length = 4000)]
    result: String,
    /// What you sent the person for. It has to be there: a result of another purpose is refused.
    purpose: Option<Purpose>,
    #[serde(default, deserialize_with = "super::fields::object")]
    client: Client,
}

/// What came of a link.
#[derive(Serialize, ToSchema)]
pub struct Redeemed {
    outcome: Came,
    /// How a second factor was shown, where one was: `code`, `two_codes`, `recovery_code` or `trusted_device`.
    #[serde(skip_serializing_if = "Option::is_none")]
    method: Option<&'static str>,
    /// Your own text. It has to be the one in the person's session.
    #[serde(skip_serializing_if = "Option::is_none")]
    state: Option<String>,
    /// When it was done.
    #[schema(format = DateTime)]
    done_at: String,
}

/// What came of it.
#[derive(Clone, Copy, Serialize, ToSchema)]
#[serde(rename_all = "snake_case")]
#[schema(as = LinkOutcome)]
enum Came {
    /// With `turn_on` and `manage`: two-factor authentication is on.
    TurnedOn,
    /// With `verify`: a second factor was shown. Nothing else says so.
    Verified,
    /// With `manage`: something was changed.
    Changed,
    /// With `manage`: two-factor authentication is off.
    TurnedOff,
    /// With `manage`: nothing was changed.
    Unchanged,
}

/// Redeem a result
///
/// Once, within a minute and a half of the person's return. 200 means that it is of this user and this purpose, and that
/// it was done: for `verify`, a second factor was shown. Whoever went back without doing it is 403.
#[utoipa::path(post, operation_id = "redeem_result", path = "/accounts/{user}/results", tag = "Hosted pages",
    params(super::UserParameter, super::IdempotencyParameter), request_body = Redeem,
    responses((status = 200, description = "Done, and redeemed.", body = Redeemed),
        super::Refusals, super::WriteRefusals))]
pub(super) async fn redeem(write: Write<Redeem>) -> Outcome {
    write.settled(redeeming(&write).await).await
}

async fn redeeming(write: &Write<Redeem>) -> Outcome {
    let (about, caller) = (&write.about, &write.about.caller);
    let purpose = purposed(write.fields.purpose)?;
    let unfit = || Problem::of(Kind::UnfitResult);
    let account = about.account.ok_or_else(unfit)?;
    let mut chance = caller.app.chance;
    let keys = caller.store.signing_keys(caller.application.id, caller.now, &mut chance).await;
    let keys = keys.map_err(|refusal| write.refused(refusal))?;
    let keys = keys.iter().map(|signing| &signing.key);
    let meant = (&caller.application, about.user.as_str(), purpose);
    let errand = Claims::errand_of(&write.fields.result, keys, meant, caller.now).ok_or_else(unfit)?;
    let which = Which { errand, account, purpose };
    let redeemed = write.done(&write.fields.client, answer, async |once, visit, chance| {
        caller.store.redeem(&which, once, visit, chance).await
    });
    redeemed.await.map_err(|refusal| match refusal {
        Refusal::Spent => Problem::of(Kind::UsedResult).into(),
        refusal if refusal.finds_no_result() => unfit().into(),
        refusal => write.refused(refusal),
    })
}

fn answer(result: &ErrandResult) -> Answer {
    let outcome = match result.outcome {
        errand::Outcome::TurnedOn => Came::TurnedOn,
        errand::Outcome::Verified => Came::Verified,
        errand::Outcome::Changed => Came::Changed,
        errand::Outcome::TurnedOff => Came::TurnedOff,
        errand::Outcome::Unchanged => Came::Unchanged,
        errand::Outcome::Cancelled => return Problem::of(Kind::Cancelled).answer(),
    };
    Answer::ok(&Redeemed {
        outcome,
        method: result.method.map(method_word),
        state: result.state.clone(),
        done_at: moment(result.at),
    })
}

//! `POST /accounts/{user}/verify`: one question, one decision.

use countersign::{
    AccountId, Attempt, Claim,
    claim::FactorMethod,
    recovery::RecoveryCode,
    token::{self, Token},
};
use countersign_store::devices::Remember;
use countersign_store::verifications::{Question, Shown, ToVerify, Unopened, Verified};
use serde::{Deserialize, Serialize};
use utoipa::ToSchema;

use super::answer::Answer;
use super::caller::sentence;
use super::devices::Remembered;
use super::fields::{Client, NotDone, Outcome, Write};
use super::problem::{Kind, Problem};

/// What the person showed: a code, two codes in a row, a recovery code, or a device token.
#[derive(Default, Deserialize, ToSchema)]
#[serde(deny_unknown_fields)]
pub struct Verify {
    /// A code of the authenticator app. Spaces and hyphens do not matter.
    #[schema(example = "123456", max_length = 100)]
    code: Option<String>,
    /// The code after it, for somebody who was locked out: two consecutive codes are looked at during every wait.
    #[schema(max_length = 100)]
    next_code: Option<String>,
    /// A recovery code. Case, spaces and hyphens do not matter.
    #[schema(example = "7QK2-M9TA-4WXD-P0RZ", max_length = 100)]
    recovery_code: Option<String>,
    /// The token of a remembered device. Alone it stands for a code, and the answer has its next token. With a code it
    /// has the guesses of that device counted apart from those of strangers.
    #[schema(max_length = 100)]
    device_token: Option<String>,
    /// Whether to remember the device: the answer has its token.
    #[serde(default)]
    remember_device: bool,
    #[serde(default, deserialize_with = "super::fields::object")]
    client: Client,
}

/// The second factor was shown, and is spent.
#[derive(Serialize, ToSchema)]
pub struct VerifiedAnswer {
    /// Always true: everything else is a problem with another status.
    verified: bool,
    method: Method,
    /// How many recovery codes are left.
    recovery_codes_left: usize,
    /// The device that was remembered, or that stood for a code, with its new token.
    #[serde(skip_serializing_if = "Option::is_none")]
    device: Option<Remembered>,
}

/// How the second factor was shown.
#[derive(Clone, Copy, Serialize, ToSchema)]
#[serde(rename_all = "snake_case")]
enum Method {
    Code,
    TwoCodes,
    RecoveryCode,
    TrustedDevice,
}

/// What was sent, sorted.
enum What<'a> {
    Code(&'a str),
    TwoCodes(&'a str, &'a str),
    RecoveryCode(&'a str),
    Device,
}

/// Decide about a second factor
///
/// 200 means that it was right, and nothing else does. A wrong code is 403, a wait 429. A code is accepted once, a
/// recovery code once; a device token gets a successor each time it is used. No answer leaves before the guess budget
/// has accepted the attempt and the decision is on the disk.
#[utoipa::path(post, operation_id = "verify", path = "/accounts/{user}/verify", tag = "Verify",
    params(super::UserParameter, super::IdempotencyParameter), request_body = Verify,
    responses((status = 200, description = "Right, and spent.", body = VerifiedAnswer),
        super::Refusals, super::WriteRefusals))]
pub(super) async fn verify(mut write: Write<Verify>) -> Outcome {
    let to_verify = write.about.to_verify.take();
    write.settled(verifying(&write, to_verify).await).await
}

async fn verifying(write: &Write<Verify>, to_verify: Option<Unopened>) -> Outcome {
    let what = sorted(&write.fields)?;
    let device = write.fields.device_token.as_deref().map(Token::<token::Device>::parse);
    let account = write.about.with_two_factor()?;
    let caller = &write.about.caller;
    let to_verify = match to_verify {
        Some(unopened) => caller.store.open_to_verify(unopened).await?,
        None => caller.store.to_verify(&account).await?,
    };
    let left = to_verify.recovery_codes_left;
    let attempt = match what {
        What::Device => return by_device(write, account.id, device.flatten(), left).await,
        What::RecoveryCode(text) => recovery_attempt(write, account.id, text).await?,
        What::Code(text) => code_attempt(write, &to_verify, text)?,
        What::TwoCodes(first, second) => two_codes_attempt(write, &to_verify, first, second)?,
    };
    let device = device.flatten();
    let lane = caller.store.lane_of(account.id, device.as_ref(), caller.now).await?;
    let remember = Remember::asked(write.fields.remember_device, device.as_ref());
    let question = Question { read: &to_verify, lane, remember };
    let verified = write.done(
        &write.fields.client,
        |verified| answer(verified, left),
        async |once, visit, chance| caller.store.verify(question, attempt, once, visit, chance).await,
    );
    verified.await.map_err(|refusal| write.refused(refusal))
}

/// A remembered device stands for a code.
async fn by_device(
    write: &Write<Verify>,
    account: AccountId,
    token: Option<Token<token::Device>>,
    left: usize,
) -> Outcome {
    let Some(token) = token else { return Err(Problem::of(Kind::UntrustedDevice).into()) };
    let store = &write.about.caller.store;
    let verified = write.done(
        &write.fields.client,
        |verified| answer(verified, left),
        async |once, visit, chance| store.verify_device(account, &token, once, visit, chance).await,
    );
    verified.await.map_err(|refusal| write.refused(refusal))
}

fn code_attempt(write: &Write<Verify>, to_verify: &ToVerify, text: &str) -> Result<Attempt<Claim>, Problem> {
    let code = to_verify.factors.read(text).map_err(|reason| not_a_code(&reason))?;
    Ok(to_verify.factors.check(code, write.about.caller.now))
}

fn two_codes_attempt(
    write: &Write<Verify>,
    to_verify: &ToVerify,
    first: &str,
    second: &str,
) -> Result<Attempt<Claim>, Problem> {
    let read = |text| to_verify.factors.read(text).map_err(|reason| not_a_code(&reason));
    Ok(to_verify.factors.check_two(read(first)?, read(second)?, write.about.caller.now))
}

async fn recovery_attempt(
    write: &Write<Verify>,
    account: AccountId,
    text: &str,
) -> Result<Attempt<Claim>, NotDone> {
    let code = RecoveryCode::parse(text)
        .map_err(|reason| Problem::of(Kind::NotARecoveryCode).because(sentence(&reason)))?;
    let caller = &write.about.caller;
    let (sets, now) = (caller.store.recovery_sets(account).await?, caller.now);
    Ok(caller.hasher().run(move |memory| sets.check(&code, now, memory)).await?)
}

/// What cannot be a code, and why.
pub(super) fn not_a_code(reason: &impl std::fmt::Display) -> Problem {
    Problem::of(Kind::NotACode).because(sentence(reason))
}

/// What is to be verified: exactly one thing.
fn sorted(fields: &Verify) -> Result<What<'_>, Problem> {
    let shown = (fields.code.as_deref(), fields.next_code.as_deref(), fields.recovery_code.as_deref());
    let what = match shown {
        (Some(code), None, None) => What::Code(code),
        (Some(code), Some(next), None) => What::TwoCodes(code, next),
        (None, None, Some(code)) => What::RecoveryCode(code),
        (None, None, None) if fields.device_token.is_some() && !fields.remember_device => What::Device,
        _ => {
            let detail = "Send one of: code; code and next_code; recovery_code; device_token. remember_device goes \
                          with a code or a recovery code.";
            return Err(Problem::of(Kind::Malformed).because(detail));
        }
    };
    Ok(what)
}

fn answer(verified: &Verified, left: usize) -> Answer {
    let (method, used) = match verified.shown {
        Shown::Factor(FactorMethod::Code) => (Method::Code, 0),
        Shown::Factor(FactorMethod::TwoCodes) => (Method::TwoCodes, 0),
        Shown::Factor(FactorMethod::RecoveryCode) => (Method::RecoveryCode, 1),
        Shown::TrustedDevice => (Method::TrustedDevice, 0),
    };
    Answer::ok(&VerifiedAnswer {
        verified: true,
        method,
        recovery_codes_left: left.saturating_sub(used),
        device: verified.device.as_ref().map(Remembered::of),
    })
}

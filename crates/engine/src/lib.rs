//! # Countersign: the rules of the second factor
//!
//! This crate performs no I/O. It never awaits, never reads a clock and never draws randomness: every
//! call takes `now` ([`Timestamp`]) and, where chance is needed, a [`rand_core::CryptoRng`] as values.
//! What it decides, a store makes durable; what a store has spent, it lets pass.
//!
//! [`guide`] leads from a keyring to a verified code.
//!
//! ## One sign-in, as types
//!
//! ```text
//! password ──check──▶ Attempt<PasswordProof> ──store settles──▶ PasswordProof ──after_password──▶ Next
//! Next::SignedIn(Authenticated)      2FA is off, or this browser is a trusted device of this account
//! Next::NeedsFactor(AwaitingFactor)  2FA is on
//! Next::MustEnrol(MustEnrol)         policy requires 2FA and the account has none
//!
//! AwaitingFactor + code ──check──▶ Attempt<Claim> ──store spends it──▶ FactorProof
//! AwaitingFactor.complete(FactorProof) ──▶ Authenticated ──store──▶ session
//! ```
//!
//! An [`Attempt`] is sealed: whether it was right cannot be read before the store has written it into
//! the guess budget. A [`Claim`] names one once-only fact; only a spent claim is a [`FactorProof`], and
//! only proofs make an [`Authenticated`](sign_in::Authenticated). The short cuts do not compile:
//!
//! ```compile_fail,E0451
//! // Nobody builds an `Authenticated` by hand.
//! use countersign::{sign_in::{Authenticated, Terms}, AccountId};
//! fn forge(account: AccountId, terms: Terms) -> Authenticated {
//!     Authenticated { account, terms }
//! }
//! ```
//!
//! ```compile_fail,E0308
//! // A claim is not a proof: somebody has to spend it first.
//! use countersign::{claim::Claim, sign_in::{AwaitingFactor, Authenticated, NotYours}};
//! fn hurry(awaiting: AwaitingFactor, claim: Claim) -> Result<Authenticated, NotYours> {
//!     awaiting.complete(claim)
//! }
//! ```
//!
//! ```compile_fail,E0599
//! // One pending sign-in opens one session.
//! use countersign::sign_in::AwaitingFactor;
//! fn twice(awaiting: AwaitingFactor) -> (AwaitingFactor, AwaitingFactor) {
//!     (awaiting.clone(), awaiting)
//! }
//! ```
//!
//! ```compile_fail,E0277
//! // A secret does not print itself.
//! fn leak(secret: countersign::totp::SharedSecret) -> String {
//!     format!("{secret:?}")
//! }
//! ```
//!
//! ```compile_fail,E0616
//! // Whether an attempt was right stays sealed until the budget has accepted it.
//! use countersign::{attempt::Attempt, claim::Claim};
//! fn peek(attempt: &Attempt<Claim>) -> bool {
//!     attempt.answer.is_ok()
//! }
//! ```

pub mod application;
pub mod attempt;
pub mod budget;
pub mod chain;
pub mod claim;
pub mod clock_difference;
pub mod code;
pub mod device;
pub mod email;
pub mod enrolment;
pub mod errand;
pub mod event;
pub mod explain;
pub mod factors;
pub mod group;
pub mod guide;
pub mod high_water;
pub mod id;
pub mod kept_answer;
pub mod key_uri;
pub mod name;
pub mod notice;
pub mod password;
pub mod policy;
pub mod receipt;
pub mod recovery;
pub mod return_address;
pub mod secret;
pub mod sign_in;
pub mod signing_key;
pub mod site;
pub mod site_path;
pub mod step_up;
pub mod time;
pub mod token;
pub mod topic;
pub mod totp;

pub use attempt::Attempt;
pub use claim::{Claim, FactorProof};
pub use id::{
    AccountId, ApiKeyId, ApplicationId, AuthenticatorId, DeviceId, EndpointId, EnrolmentId, ErrandId,
    InstallationId, NodeId, PendingId, RecoverySetId, SessionId, SigningKeyId,
};
pub use time::{Span, Timestamp};

//! Enrolments: authenticators that are offered to one session and not yet proven.

use countersign::{
    AccountId, AuthenticatorId, EnrolmentId, SessionId, Timestamp,
    code::Digits,
    enrolment::{Enrolment, MOST_AUTHENTICATORS},
    secret::{Keyring, Sealed},
    step_up::MayEnrol,
    totp::{Algorithm, Parameters, SharedSecret},
};
use rand_core::CryptoRng;

use crate::budgets::Lane;
use crate::read::{all, corrupt, id};
use crate::refusal::Refusal;
use crate::script::{Read, Script};
use crate::statements::statements;
use crate::store::{Store, Visit};
use crate::unavailable::Unavailable;
use crate::value::{Row, params};
use crate::{keys, sessions};

/// How many offers of a session are kept, the present one among them.
pub(crate) const KEPT: i64 = 3;
/// The condition that an enrolment is the present one.
pub(crate) const OFFERED_TO: &str = "the enrolment";

statements! {
    /// The present offer gives way to another, if it is still the present one.
    pub(crate) GIVE_WAY = "UPDATE enrolments SET superseded = 1 WHERE id = $1 AND session_id = $2 AND account_id = $3 \
        AND superseded = 0 AND expires_at > $4";
    /// Earlier offers of a session are no longer the one on the page.
    pub(crate) SUPERSEDE = "UPDATE enrolments SET superseded = 1 WHERE session_id = $1 AND account_id = $2";
    /// Only the latest few are kept to explain a code of theirs.
    pub(crate) FORGET_OLD = "DELETE FROM enrolments WHERE session_id = $1 AND id NOT IN \
        (SELECT e.id FROM enrolments e WHERE e.session_id = $1 \
        ORDER BY e.superseded, e.created_at DESC, e.id DESC LIMIT $2)";
    /// Offers an authenticator to a living session, while the account may have one more.
    pub(crate) OFFER = "INSERT INTO enrolments (id, account_id, session_id, authenticator_id, secret, algorithm, \
        digits, period, superseded, created_at, expires_at) \
        SELECT $1, s.account_id, s.id, $4, $5, $6, $7, $8, 0, $9, $10 FROM sessions s \
        WHERE s.id = $2 AND s.account_id = $3 \
        AND (SELECT count(*) FROM authenticators WHERE account_id = $3) < $11";
    /// What a session was offered, the present offer first.
    pub(crate) OFFERED = "SELECT id, authenticator_id, secret, algorithm, digits, period, superseded, expires_at \
        FROM enrolments WHERE session_id = $1 AND account_id = $2 AND expires_at > $3 \
        ORDER BY superseded, created_at DESC, id DESC";
    /// Withdraws what a session was offered.
    pub(crate) WITHDRAW = "DELETE FROM enrolments WHERE COALESCE(session_id, '') = $1 \
        AND account_id = $2";
}

impl Store {
    /// Offers an authenticator with a fresh secret to a session. It touches nothing that is in use.
    ///
    /// # Errors
    /// [`Refusal::Gone`]: the session is over, or the account has as many authenticators as it may.
    pub async fn offer(
        &self,
        leave: MayEnrol,
        lane: Lane,
        visit: &Visit,
        rng: &mut (impl CryptoRng + Send),
    ) -> Result<(), Refusal> {
        let confirmation = leave.into_confirmation();
        let until = visit.now + self.policy.enrolment;
        let offer = self.new_offer((confirmation.account(), confirmation.session()), until, visit, rng);
        self.confirmed(confirmation, lane, visit, offer).await.map(drop)
    }

    /// Offers another QR code in place of the present one, with a fresh secret. It ends when the present one
    /// does: one confirmation does not keep an offer alive for ever.
    ///
    /// # Errors
    /// [`Refusal::Gone`]: nothing is offered to this session.
    pub async fn offer_again(
        &self,
        present: &Enrolment,
        visit: &Visit,
        rng: &mut (impl CryptoRng + Send),
    ) -> Result<(), Refusal> {
        let session = present.session.ok_or(Refusal::Gone(OFFERED_TO))?;
        let mut offer = self.new_offer((present.account, session), present.expires_at, visit, rng);
        let which = || {
            params![
                present.id.to_string(),
                session.to_string(),
                present.account.to_string(),
                visit.now.milliseconds()
            ]
        };
        let build =
            || sessions::hold(session, present.account).must(OFFERED_TO, GIVE_WAY, which()).then(offer());
        self.write_sealed(build).await.map(drop)
    }

    /// What a session is offered, opened.
    ///
    /// # Errors
    /// [`Unavailable`].
    pub async fn enrolment(
        &self,
        account: AccountId,
        session: SessionId,
        now: Timestamp,
    ) -> Result<Option<Enrolment>, Unavailable> {
        let values = || params![session.to_string(), account.to_string(), now.milliseconds()];
        let read = || Read::new().select(OFFERED, values());
        self.opened(read, |keyring, answers| {
            let Some((present, earlier)) = all(answers, 0).split_first() else { return Ok(None) };
            if present.flag(6)? {
                return Ok(None);
            }
            enrolment_of(keyring, account, Some(session), present, earlier).map(Some)
        })
        .await
    }

    /// Withdraws what a session was offered.
    ///
    /// # Errors
    /// [`Refusal::Unavailable`].
    pub async fn withdraw(&self, account: AccountId, session: SessionId) -> Result<(), Refusal> {
        let values = params![session.to_string(), account.to_string()];
        Ok(self.database.write(Script::new().may(WITHDRAW, values)).await.map(drop)?)
    }

    fn new_offer<'a, R: CryptoRng + Send>(
        &'a self,
        (account, session): (AccountId, SessionId),
        until: Timestamp,
        visit: &Visit,
        rng: &'a mut R,
    ) -> impl FnMut() -> Script + Send + use<'a, R> {
        let parameters = Parameters::default();
        let enrolment = EnrolmentId::fresh(visit.now, rng);
        let authenticator = AuthenticatorId::fresh(visit.now, rng).to_string();
        let secret = SharedSecret::fresh(rng);
        let (now, until) = (visit.now.milliseconds(), until.milliseconds());
        move || {
            let secret = secret.seal(&self.keyring.now(), account, &authenticator, rng);
            let values = params![
                enrolment.to_string(),
                session.to_string(),
                account.to_string(),
                authenticator.as_str(),
                secret.as_bytes(),
                parameters.algorithm().word(),
                parameters.digits().get(),
                parameters.period(),
                now,
                until,
                i64::try_from(MOST_AUTHENTICATORS).unwrap_or(i64::MAX)
            ];
            sessions::hold(session, account)
                .then(keys::still_seals(&secret))
                .may(SUPERSEDE, params![session.to_string(), account.to_string()])
                .must(sessions::THERE, OFFER, values)
                .may(FORGET_OLD, params![session.to_string(), KEPT])
        }
    }
}

/// The present offer, with the secrets of those before it.
pub(crate) fn enrolment_of(
    keyring: &Keyring,
    account: AccountId,
    session: Option<SessionId>,
    row: &Row,
    earlier: &[Row],
) -> Result<Enrolment, Unavailable> {
    let secret = |row: &Row| {
        let sealed = Sealed::from_bytes(row.blob(2)?.to_vec());
        Ok(SharedSecret::open(keyring, account, row.text(1)?, &sealed)?)
    };
    Ok(Enrolment {
        id: id(row.text(0)?, EnrolmentId::parse)?,
        account,
        session,
        authenticator: id(row.text(1)?, AuthenticatorId::parse)?,
        secret: secret(row)?,
        parameters: parameters_of(row, 3)?,
        expires_at: Timestamp::from_milliseconds(row.int(7)?),
        earlier: earlier.iter().map(secret).collect::<Result<_, Unavailable>>()?,
    })
}

/// The parameters of an authenticator, in three columns from `first` on.
pub(crate) fn parameters_of(row: &Row, first: usize) -> Result<Parameters, Unavailable> {
    let digits = u8::try_from(row.int(first.saturating_add(1))?).ok().and_then(Digits::new);
    let period = u32::try_from(row.int(first.saturating_add(2))?).ok();
    Algorithm::parse(row.text(first)?)
        .zip(digits)
        .zip(period)
        .and_then(|((algorithm, digits), period)| Parameters::new(algorithm, digits, period))
        .ok_or_else(|| corrupt("the parameters of an authenticator"))
}

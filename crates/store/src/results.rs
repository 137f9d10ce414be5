//! Results: what an application gets back from an errand, redeemed once.
//!
//! The result was written in the script of what it states. The browser carries it signed, within a minute and a half of
//! going back; the application redeems it for the user it expects.

use countersign::{
    ErrandId, Timestamp,
    errand::{Outcome, Purpose, RESULT_LIVES},
    event::Method,
};
use rand_core::CryptoRng;

use crate::application_accounts::ApplicationAccount;
use crate::errands::{Errand, GOING_ON, of_browser};
use crate::kept_answers::Once;
use crate::read::{corrupt, one};
use crate::refusal::Refusal;
use crate::script::{Read, Script};
use crate::statements::statements;
use crate::store::{Store, Visit};
use crate::unavailable::Unavailable;
use crate::value::{Value, params};

/// The condition that a result is redeemed now, and was not before.
pub(crate) const REDEEMABLE: &str = "the result";

statements! {
    /// Its owner goes back, once, to an address that is registered still.
    pub(crate) GO_BACK = "UPDATE errands SET returned_at = $2, expires_at = $3 WHERE id = $1 AND ended_at IS NOT NULL \
        AND returned_at IS NULL AND expires_at > $2 AND EXISTS (SELECT 1 FROM accounts a JOIN return_addresses r \
        ON r.application_id = a.application_id WHERE a.id = errands.account_id AND r.address = errands.return_to \
        AND a.disabled_at IS NULL AND COALESCE(a.two_factor_at, 0) = errands.two_factor_at)";
    /// What a result says, for its account and purpose, while it can be redeemed or just was, and nobody else has changed
    /// what it is about.
    pub(crate) SAID = "SELECT outcome, method, state, ended_at, redeemed_at FROM errands WHERE id = $1 AND account_id = $2 \
        AND purpose = $3 AND returned_at > $4 AND outcome IS NOT NULL AND ended_at IS NOT NULL \
        AND EXISTS (SELECT 1 FROM accounts a WHERE a.id = errands.account_id \
        AND a.disabled_at IS NULL AND COALESCE(a.two_factor_at, 0) = errands.two_factor_at)";
    /// Redeems it.
    pub(crate) REDEEM = "UPDATE errands SET redeemed_at = $5 WHERE id = $1 AND account_id = $2 AND purpose = $3 \
        AND returned_at > $4 AND redeemed_at IS NULL AND EXISTS (SELECT 1 FROM accounts a WHERE a.id = errands.account_id \
        AND a.disabled_at IS NULL AND COALESCE(a.two_factor_at, 0) = errands.two_factor_at)";
}

/// What came of an errand.
#[derive(Clone, Debug)]
pub struct ErrandResult {
    /// What.
    pub outcome: Outcome,
    /// How a second factor was shown, if one was.
    pub method: Option<Method>,
    /// The application's own text.
    pub state: Option<String>,
    /// When.
    pub at: Timestamp,
}

/// Which result an application means.
#[derive(Clone, Copy, Debug)]
pub struct Which {
    /// Of which errand.
    pub errand: ErrandId,
    /// About which account of its own.
    pub account: ApplicationAccount,
    /// What it sent its user for.
    pub purpose: Purpose,
}

impl Store {
    /// Lets the owner of an errand go back, once, and says when they did: whoever asks again within a minute and a half
    /// hears the same.
    ///
    /// # Errors
    /// [`Refusal::Gone`]: the errand goes on, or is over; its address is registered no more.
    pub async fn go_back(&self, errand: &Errand, now: Timestamp) -> Result<Timestamp, Refusal> {
        if let Some(at) = errand.returned_at {
            let lives = errand.registered && at <= now && now < at + RESULT_LIVES;
            return if lives { Ok(at) } else { Err(Refusal::Gone(GOING_ON)) };
        }
        let mut values = of_browser(errand, now);
        values.extend(params![(now + RESULT_LIVES).milliseconds()]);
        self.database.write(Script::new().must(GOING_ON, GO_BACK, values)).await?;
        Ok(now)
    }

    /// Redeems a result: the first time it is asked for.
    ///
    /// # Errors
    /// [`Refusal::Spent`]: it was redeemed before. [`Refusal::Gone`]: there is none such, or it is over, or 2FA was turned
    /// on or off since; or the idempotency key was used before.
    pub async fn redeem(
        &self,
        which: &Which,
        once: &Once<'_, ErrandResult>,
        visit: &Visit,
        rng: &mut (impl CryptoRng + Send),
    ) -> Result<ErrandResult, Refusal> {
        let (result, redeemed) = self.said(which, visit.now).await?.ok_or(Refusal::Gone(REDEEMABLE))?;
        if redeemed {
            return Err(Refusal::Spent);
        }
        let mut values = which.values(visit.now);
        values.extend(params![visit.now.milliseconds()]);
        let script = once.keep(Ok(&result), visit.now, rng).must(REDEEMABLE, REDEEM, values);
        match self.database.write(script).await.map_err(Refusal::from) {
            Ok(_) => Ok(result),
            // It was there a moment ago: somebody was faster, unless it is over since.
            Err(Refusal::Gone(REDEEMABLE)) => match self.said(which, visit.now).await? {
                Some(_) => Err(Refusal::Spent),
                None => Err(Refusal::Gone(REDEEMABLE)),
            },
            Err(refusal) => Err(refusal),
        }
    }

    async fn said(&self, which: &Which, now: Timestamp) -> Result<Option<(ErrandResult, bool)>, Unavailable> {
        let answers = self.database.read(Read::new().select(SAID, which.values(now))).await?;
        let Some(row) = one(&answers, 0) else { return Ok(None) };
        let result = ErrandResult {
            outcome: Outcome::parse(row.text(0)?).ok_or_else(|| corrupt("what came of an errand"))?,
            method: row.opt_text(1)?.and_then(Method::parse),
            state: row.opt_text(2)?.map(str::to_owned),
            at: Timestamp::from_milliseconds(row.int(3)?),
        };
        Ok(Some((result, row.opt_int(4)?.is_some())))
    }
}

impl Which {
    fn values(&self, now: Timestamp) -> Vec<Value> {
        params![
            self.errand.to_string(),
            self.account.id.to_string(),
            self.purpose.word(),
            (now - RESULT_LIVES).milliseconds()
        ]
    }
}

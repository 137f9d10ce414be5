//! Errands: drawn as a link, opened once by one browser, walked step by step, and left.
//!
//! Whatever is done on an errand has the errand's own step in its script: if that is over, nothing of it happens; if it
//! happens, the errand knows. What comes of it is in [`results`](crate::results).

use countersign::{
    AccountId, ErrandId, Timestamp,
    application::UserId,
    errand::{GOES_ON, LINK_WAITS, LONGEST, Outcome, Purpose, needs_factor},
    event::Method,
    return_address::ReturnAddress,
    step_up::FRESH,
    token::{self, Token, TokenHash},
};
use rand_core::CryptoRng;

use crate::application_accounts::ApplicationAccount;
use crate::applications::{Application, application_of};
use crate::kept_answers::Once;
use crate::looks::{Look, look_of};
use crate::read::{corrupt, id, one};
use crate::refusal::Refusal;
use crate::script::{Failed, Read, Script};
use crate::statements::statements;
use crate::store::{Store, Visit};
use crate::unavailable::Unavailable;
use crate::value::{Row, Value, params};

/// The condition that an errand goes on, or that its link still waits.
pub(crate) const GOING_ON: &str = "the errand";
/// The condition that the address to come back to is one of the application's.
pub(crate) const REGISTERED: &str = "the return address";

statements! {
    /// Draws a link, to an address that is registered now.
    pub(crate) DRAW = "INSERT INTO errands (id, account_id, purpose, link, two_factor_at, fresh, account_name, return_to, \
        state, language, created_at, expires_at) SELECT $1, a.id, $3, $4, COALESCE(a.two_factor_at, 0), $5, $6, r.address, \
        $8, $9, $10, $11 FROM accounts a JOIN return_addresses r ON r.application_id = a.application_id \
        AND r.address = $7 WHERE a.id = $2 AND a.disabled_at IS NULL";
    /// That 2FA is on (1) or off (0), where the errand is about one of them alone.
    pub(crate) SUITS = "SELECT id FROM accounts WHERE id = $1 AND disabled_at IS NULL \
        AND CASE WHEN two_factor_at IS NULL THEN 0 ELSE 1 END = CAST($2 AS BIGINT)";
    /// Whether a link waits to be opened: anybody may bring anything, and the writer is not troubled with it.
    pub(crate) WAITS = "SELECT id FROM errands WHERE link = $1 AND token IS NULL";
    /// Opens a link, once. One that waits longer than any was drawn by a clock that has since stepped back.
    pub(crate) OPEN = "UPDATE errands SET token = $2, opened_at = $3, expires_at = $4 WHERE link = $1 \
        AND token IS NULL AND expires_at > $3 AND expires_at <= $5 AND EXISTS (SELECT 1 FROM accounts a \
        WHERE a.id = errands.account_id AND a.disabled_at IS NULL \
        AND COALESCE(a.two_factor_at, 0) = errands.two_factor_at) RETURNING id";
    /// The errand of a link that was opened.
    pub(crate) OPENED = "SELECT id FROM errands WHERE link = $1 AND token IS NOT NULL";
    /// An errand of this browser, with its application, while nobody else has changed what it is about.
    pub(crate) ERRAND = "SELECT p.id, p.name, p.issuer, p.remember, p.guess_probability, p.recovery_codes, \
        p.requests_a_minute, l.colour, l.logo_name, e.id, a.id, a.two_factor_at, a.user_id, e.purpose, e.fresh, \
        e.account_name, e.return_to, e.state, e.language, e.opened_at, e.expires_at, e.factor_at, e.method, e.outcome, \
        e.ended_at, e.returned_at, EXISTS (SELECT 1 FROM return_addresses r WHERE r.application_id = p.id \
        AND r.address = e.return_to) FROM errands e JOIN accounts a ON a.id = e.account_id \
        JOIN applications p ON p.id = a.application_id LEFT JOIN application_looks l ON l.application_id = p.id \
        WHERE e.id = $1 AND e.token = $2 AND e.expires_at > $3 AND a.disabled_at IS NULL \
        AND COALESCE(a.two_factor_at, 0) = e.two_factor_at";
    /// Lets an errand go on, at most for an hour.
    pub(crate) PROLONG = "UPDATE errands SET expires_at = CASE WHEN opened_at + $4 < $3 THEN opened_at + $4 ELSE $3 END \
        WHERE id = $1 AND ended_at IS NULL AND expires_at > $2 AND expires_at < $3 AND opened_at + $4 > expires_at";
    /// A step of an errand that goes on, with a second factor that was shown on it since `$9` where one is asked for. What
    /// says less than what has happened on it so far does not take its place.
    pub(crate) STEP = "UPDATE errands SET two_factor_at = COALESCE(CAST($3 AS BIGINT), two_factor_at), \
        outcome = CASE WHEN CAST($4 AS TEXT) IN ('changed', 'unchanged', 'cancelled') THEN COALESCE(outcome, CAST($4 AS TEXT)) \
        ELSE COALESCE(CAST($4 AS TEXT), outcome) END, method = COALESCE(CAST($5 AS TEXT), method), \
        factor_at = COALESCE(CAST($6 AS BIGINT), factor_at), ended_at = CAST($7 AS BIGINT), \
        expires_at = COALESCE(CAST($8 AS BIGINT), expires_at) WHERE id = $1 AND token IS NOT NULL AND ended_at IS NULL \
        AND expires_at > $2 AND (CAST($9 AS BIGINT) IS NULL OR factor_at > CAST($9 AS BIGINT)) \
        AND EXISTS (SELECT 1 FROM accounts a WHERE a.id = errands.account_id AND a.disabled_at IS NULL \
        AND COALESCE(a.two_factor_at, 0) = errands.two_factor_at)";
    /// Errands that ended so long ago that nobody asks for them.
    pub(crate) OVER = "DELETE FROM errands WHERE expires_at <= $1";
    /// All of them, where an older backup was restored.
    pub(crate) FORGET_EVERY = "DELETE FROM errands";
}

/// What an application asks for with a link.
#[derive(Clone, Debug)]
pub struct Asked {
    /// What for.
    pub purpose: Purpose,
    /// Whether no remembered device stands for a code.
    pub fresh: bool,
    /// The account as its owner knows it.
    pub account_name: String,
    /// Where they come back to.
    pub return_to: String,
    /// The application's own text, which goes back with the result.
    pub state: Option<String>,
    /// The language of the pages, unless another was chosen in the browser.
    pub language: Option<&'static str>,
}

/// A link that was drawn.
pub struct Drawn {
    /// Its secret.
    pub link: Token<token::ErrandLink>,
    /// Until when it waits.
    pub expires_at: Timestamp,
}

/// An errand in the browser that opened it.
#[derive(Clone, Debug)]
pub struct Errand {
    /// Which.
    pub id: ErrandId,
    /// Whose.
    pub application: Application,
    /// How the application looks.
    pub look: Look,
    /// About which account.
    pub account: ApplicationAccount,
    /// Its user, in the application's words.
    pub user: String,
    /// What for.
    pub purpose: Purpose,
    /// Whether no remembered device stands for a code.
    pub fresh: bool,
    /// The account as its owner knows it.
    pub account_name: String,
    /// Where they come back to.
    pub return_to: String,
    /// The application's own text.
    pub state: Option<String>,
    /// The language of the pages.
    pub language: Option<String>,
    /// When it ends by itself.
    pub expires_at: Timestamp,
    /// When a second factor was shown on it.
    pub factor_at: Option<Timestamp>,
    /// How.
    pub method: Option<Method>,
    /// What came of it so far.
    pub outcome: Option<Outcome>,
    /// When it ended.
    pub ended_at: Option<Timestamp>,
    /// When its owner went back.
    pub returned_at: Option<Timestamp>,
    /// Whether the address that they go back to is one of the application's still.
    pub registered: bool,
}

impl Errand {
    /// Whether 2FA is on.
    pub fn two_factor_on(&self) -> bool {
        self.account.two_factor_at.is_some()
    }

    /// Whether a code is asked for before a factor changes.
    pub fn needs_factor(&self, now: Timestamp) -> bool {
        needs_factor(self.two_factor_on(), self.factor_at, now)
    }
}

/// What a step of an errand changes in it.
#[derive(Clone, Copy, Default)]
pub(crate) struct Step {
    /// The second factor as it is from then on.
    pub(crate) two_factor_at: Option<i64>,
    /// What came of it.
    pub(crate) outcome: Option<Outcome>,
    /// A second factor that is shown with it.
    pub(crate) shown: Option<Method>,
    /// Whether one that was shown before has to be fresh.
    pub(crate) asks: bool,
    /// Whether it ends the errand.
    pub(crate) ends: bool,
}

impl Step {
    /// Something that is changed where 2FA stays as it is.
    pub(crate) fn change() -> Self {
        Self { outcome: Some(Outcome::Changed), ..Self::default() }
    }

    /// The statement, on condition that the errand goes on.
    pub(crate) fn of(self, errand: ErrandId, now: Timestamp) -> Script {
        let ends =
            self.outcome.filter(|_| self.ends).map(|outcome| (now + outcome.back_within()).milliseconds());
        let values = params![
            errand.to_string(),
            now.milliseconds(),
            self.two_factor_at,
            self.outcome.map(Outcome::word),
            self.shown.map(Method::word),
            self.shown.map(|_| now.milliseconds()),
            ends.map(|_| now.milliseconds()),
            ends,
            self.asks.then(|| (now - FRESH).milliseconds())
        ];
        Script::new().must(GOING_ON, STEP, values)
    }
}

impl Store {
    /// Draws a link for a user of an application, who need not be known yet unless 2FA is to be on.
    ///
    /// # Errors
    /// [`Refusal::Gone`]: the return address is none of the application's, 2FA is on or off where the purpose does not
    /// suit that, or the idempotency key was used before.
    pub async fn draw_errand(
        &self,
        application: &Application,
        (user, account): (&UserId, Option<ApplicationAccount>),
        asked: &Asked,
        once: &Once<'_, Drawn>,
        visit: &Visit,
        rng: &mut (impl CryptoRng + Send),
    ) -> Result<Drawn, Refusal> {
        // What cannot be registered is not looked for: a text may be anything, and not every database takes any.
        ReturnAddress::parse(&asked.return_to).map_err(|_| Refusal::Gone(REGISTERED))?;
        let suits = asked.purpose.asks_for();
        let account = match account {
            Some(account) => account.id,
            None if suits == Some(true) => return Err(Refusal::Gone(crate::two_factor::ON)),
            None => self.account_for(application, user, visit, rng).await?,
        };
        let now = visit.now;
        let drawn = Drawn { link: Token::fresh(rng), expires_at: now + LINK_WAITS };
        let condition = if suits == Some(true) { crate::two_factor::ON } else { crate::two_factor::OFF };
        let whose = account.to_string();
        let suited = suits.map(|on| Script::new().must_find(condition, SUITS, params![whose.as_str(), on]));
        let values = params![
            ErrandId::fresh(now, rng).to_string(),
            whose,
            asked.purpose.word(),
            drawn.link.hash().as_bytes(),
            asked.fresh,
            asked.account_name.as_str(),
            asked.return_to.as_str(),
            asked.state.clone(),
            asked.language,
            now.milliseconds(),
            drawn.expires_at.milliseconds()
        ];
        let script =
            once.keep(Ok(&drawn), now, rng).then(suited.unwrap_or_default()).must(REGISTERED, DRAW, values);
        self.database.write(script).await?;
        Ok(drawn)
    }

    /// Opens a link in the browser that gets the token: the first that comes. `None` where it is no link that waits.
    ///
    /// # Errors
    /// [`Unavailable`].
    pub async fn open_errand(
        &self,
        link: &TokenHash<token::ErrandLink>,
        now: Timestamp,
        rng: &mut (impl CryptoRng + Send),
    ) -> Result<Option<(ErrandId, Token<token::Errand>)>, Unavailable> {
        let waits = Read::new().select(WAITS, params![link.as_bytes()]);
        if one(&self.database.read(waits).await?, 0).is_none() {
            return Ok(None);
        }
        let token: Token<token::Errand> = Token::fresh(rng);
        let values = params![
            link.as_bytes(),
            token.hash().as_bytes(),
            now.milliseconds(),
            (now + GOES_ON).milliseconds(),
            (now + LINK_WAITS).milliseconds()
        ];
        match self.database.write(Script::new().must_return(GOING_ON, OPEN, values)).await {
            Ok(written) => {
                let row = written.row(0).ok_or_else(|| corrupt("an errand"))?;
                Ok(Some((id(row.text(0)?, ErrandId::parse)?, token)))
            }
            Err(Failed::Refused { .. }) => Ok(None),
            Err(Failed::Unavailable(unavailable)) => Err(unavailable),
        }
    }

    /// The errand that a link became, if some browser has opened it.
    ///
    /// # Errors
    /// [`Unavailable`].
    pub async fn errand_of_link(
        &self,
        link: &TokenHash<token::ErrandLink>,
    ) -> Result<Option<ErrandId>, Unavailable> {
        let answers = self.database.read(Read::new().select(OPENED, params![link.as_bytes()])).await?;
        one(&answers, 0).map(|row| id(row.text(0)?, ErrandId::parse)).transpose()
    }

    /// The errand of a browser, going on or ended lately.
    ///
    /// # Errors
    /// [`Unavailable`].
    pub async fn errand(
        &self,
        errand: ErrandId,
        token: &TokenHash<token::Errand>,
        now: Timestamp,
    ) -> Result<Option<Errand>, Unavailable> {
        let values = params![errand.to_string(), token.as_bytes(), now.milliseconds()];
        let answers = self.database.read(Read::new().select(ERRAND, values)).await?;
        one(&answers, 0).map(errand_of).transpose()
    }

    /// Lets an errand go on from here, at most for an hour in all.
    ///
    /// # Errors
    /// [`Unavailable`].
    pub async fn prolong_errand(&self, errand: &Errand, now: Timestamp) -> Result<(), Unavailable> {
        let values = params![
            errand.id.to_string(),
            now.milliseconds(),
            (now + GOES_ON).milliseconds(),
            LONGEST.as_milliseconds()
        ];
        self.database.settle(Script::new().may(PROLONG, values)).await
    }

    /// Ends an errand: its owner goes back with what came of it, until this very commit.
    ///
    /// # Errors
    /// [`Refusal::Gone`]: it is over.
    pub async fn leave_errand(&self, errand: &Errand, now: Timestamp) -> Result<(), Refusal> {
        let outcome = Some(errand.purpose.left());
        let step = Step { outcome, ends: true, ..Step::default() };
        Ok(self.database.write(step.of(errand.id, now)).await.map(drop)?)
    }
}

fn errand_of(row: &Row) -> Result<Errand, Unavailable> {
    let text = |column| row.opt_text(column).map(|text| text.map(str::to_owned));
    let moment = |column| row.opt_int(column).map(|at| at.map(Timestamp::from_milliseconds));
    let word = |column| row.opt_text(column).map(Option::unwrap_or_default);
    Ok(Errand {
        application: application_of(row)?,
        look: look_of(row, 7)?,
        id: id(row.text(9)?, ErrandId::parse)?,
        account: ApplicationAccount { id: id(row.text(10)?, AccountId::parse)?, two_factor_at: moment(11)? },
        user: row.text(12)?.to_owned(),
        purpose: Purpose::parse(row.text(13)?).ok_or_else(|| corrupt("what an errand is for"))?,
        fresh: row.flag(14)?,
        account_name: row.text(15)?.to_owned(),
        return_to: row.text(16)?.to_owned(),
        state: text(17)?,
        language: text(18)?,
        expires_at: Timestamp::from_milliseconds(row.int(20)?),
        factor_at: moment(21)?,
        method: Method::parse(word(22)?),
        outcome: Outcome::parse(word(23)?),
        ended_at: moment(24)?,
        returned_at: moment(25)?,
        registered: row.flag(26)?,
    })
}

/// What an errand's own statements say of a browser's token.
pub(crate) fn of_browser(errand: &Errand, now: Timestamp) -> Vec<Value> {
    params![errand.id.to_string(), now.milliseconds()]
}

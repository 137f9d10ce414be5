//! Restorations: an older backup of the database was put back, so that whatever was spent, forgotten or ended since
//! looks as if it never had been. One script makes sure that nothing of it revives.

use countersign::{
    Timestamp,
    budget::{Budget, Limits, Probability},
    code::Digits,
    event::{Actor, Kind},
    high_water::Restored,
    totp::{Algorithm, Parameters},
};

use crate::budgets::CODES;
use crate::errands;
use crate::installation::Installation;
use crate::log::Restoration;
use crate::read::{all, corrupt};
use crate::refusal::Refusal;
use crate::script::{Read, Script};
use crate::statements::statements;
use crate::store::{Store, Visit};
use crate::unavailable::Unavailable;
use crate::value::{Row, params};

/// The condition that nobody else has dealt with it.
const OURS: &str = "the restoration, which another process dealt with";

statements! {
    /// How long the steps of authenticators last.
    pub(crate) PERIODS = "SELECT DISTINCT period FROM authenticators";
    /// How many authenticators of 6, 7 and 8 digits accounts have, and the probability that their application decides
    /// for them; 0 for the operator's.
    pub(crate) SHAPES = "SELECT DISTINCT six, seven, eight, probability FROM (SELECT \
        CAST(sum(CASE WHEN u.digits = 6 THEN 1 ELSE 0 END) AS BIGINT) AS six, \
        CAST(sum(CASE WHEN u.digits = 7 THEN 1 ELSE 0 END) AS BIGINT) AS seven, \
        CAST(sum(CASE WHEN u.digits = 8 THEN 1 ELSE 0 END) AS BIGINT) AS eight, \
        COALESCE(max(p.guess_probability), 0) AS probability FROM authenticators u \
        JOIN accounts a ON a.id = u.account_id LEFT JOIN applications p ON p.id = a.application_id \
        GROUP BY u.account_id) AS shapes";
    /// Takes it in hand, once.
    pub(crate) TAKE_IN_HAND = "UPDATE installation SET restored = restored + 1 WHERE one = 1 AND restored = $1";
    /// Keeps what was lost.
    pub(crate) KEEP = "INSERT INTO restorations (number, at, last_kept, kept_until, last_marked, marked_at) \
        VALUES ($1, $2, $3, $4, $5, $6)";
    /// Outruns every sign-in and every change that is under way.
    pub(crate) OUTRUN = "UPDATE accounts SET epoch = epoch + 1";
    /// Tells every account.
    pub(crate) TELL = "INSERT INTO events (account_id, at, kind, actor, browser, count, until) \
        SELECT a.id, $1, $2, $3, $4, $5, $6 FROM accounts a ORDER BY a.id";
    /// Nobody knows which steps were spent: all of them up to the present one were.
    pub(crate) RAISE_FLOOR = "UPDATE authenticators SET last_step = $2 WHERE period = $1 AND last_step < $2";
    /// Nobody knows which codes were spent: none of them counts any more.
    pub(crate) DOUBT_CODES = "UPDATE recovery_sets SET doubted_at = $1 WHERE doubted_at IS NULL";
    /// Nobody knows how many guesses were answered: nearly all that may come at once were.
    pub(crate) FILL_BUDGETS = "INSERT INTO guess_budgets (subject, kind, lane, failures, level, level_at, next_at, version) \
        SELECT shape.account_id, $1, '', 0, $2, $3, 0, 1 FROM (SELECT u.account_id AS account_id, \
        sum(CASE WHEN u.digits = 6 THEN 1 ELSE 0 END) AS six, sum(CASE WHEN u.digits = 7 THEN 1 ELSE 0 END) AS seven, \
        sum(CASE WHEN u.digits = 8 THEN 1 ELSE 0 END) AS eight, \
        COALESCE(max(p.guess_probability), 0) AS probability FROM authenticators u \
        JOIN accounts a ON a.id = u.account_id LEFT JOIN applications p ON p.id = a.application_id \
        GROUP BY u.account_id) AS shape \
        WHERE shape.six = $4 AND shape.seven = $5 AND shape.eight = $6 AND shape.probability = $7 \
        ON CONFLICT (subject, kind, lane) DO UPDATE SET level_at = excluded.level_at, \
        version = guess_budgets.version + 1, level = \
        CASE WHEN guess_budgets.level > excluded.level THEN guess_budgets.level ELSE excluded.level END";
    /// Forgets all trusted devices.
    pub(crate) FORGET_DEVICES = "DELETE FROM trusted_devices";
    /// Ends all pending sign-ins.
    pub(crate) END_PENDING = "DELETE FROM pending_sign_ins";
    /// Ends all enrolments.
    pub(crate) END_ENROLMENTS = "DELETE FROM enrolments";
    /// Ends all sessions.
    pub(crate) END_SESSIONS = "DELETE FROM sessions";
    /// Closes all sites.
    pub(crate) CLOSE_SITES = "DELETE FROM site_sessions";
    /// Forgets all tickets to them.
    pub(crate) FORGET_SITE_TICKETS = "DELETE FROM site_tickets";
    /// Forgets all invitations.
    pub(crate) FORGET_INVITATIONS = "DELETE FROM invitations";
    /// Forgets all links that were sent, or are still to be.
    pub(crate) FORGET_LINKS = "DELETE FROM links";
    /// Forgets what applications were answered: an answer of before is not told again.
    pub(crate) FORGET_ANSWERS = "DELETE FROM kept_answers";
    /// Drops all letters. They were sent when the backup was still the present, and tell of what may have been undone
    /// by putting it back: whoever got one again would look for something that has just happened.
    pub(crate) DROP_LETTERS = "DELETE FROM outbox";
    /// Drops all messages to applications, for the same reason.
    pub(crate) DROP_DELIVERIES = "DELETE FROM webhook_deliveries";
}

impl Store {
    /// Deals with an older backup that was restored: no code, recovery code, device, session or link of before it
    /// opens anything any more, and every account is told. It is one script; saying it again does it again, which
    /// harms nobody, so the mark outside may be written afterwards.
    ///
    /// # Errors
    /// [`Refusal::Gone`]: another process is dealing with it; judge the mark anew. And [`Refusal::Unavailable`].
    pub async fn deal_with_restored(
        &self,
        installation: &Installation,
        restored: &Restored,
        now: Timestamp,
    ) -> Result<Restoration, Refusal> {
        let chained = self.chained(installation).await?;
        let mark = restored.mark();
        let lost = Restoration {
            at: now,
            last_kept: chained.head.link,
            kept_until: chained.at,
            last_marked: mark.map(|mark| mark.head.link),
            marked_at: mark.map(|mark| mark.at),
        };
        let read = Read::new().select(PERIODS, params![]).select(SHAPES, params![]);
        let answers = self.database.read(read).await?;
        let script = begin(installation, &lost)
            .then(floors(all(&answers, 0), restored.spent_until(now))?)
            .then(self.filled(all(&answers, 1), now)?)
            .may(DOUBT_CODES, params![now.milliseconds()])
            .may(FORGET_DEVICES, params![])
            .may(END_PENDING, params![])
            .may(END_ENROLMENTS, params![])
            .may(END_SESSIONS, params![])
            .may(CLOSE_SITES, params![])
            .may(FORGET_SITE_TICKETS, params![])
            .may(FORGET_INVITATIONS, params![])
            .may(FORGET_LINKS, params![])
            .may(FORGET_ANSWERS, params![])
            .may(errands::FORGET_EVERY, params![])
            .may(DROP_LETTERS, params![])
            .may(DROP_DELIVERIES, params![]);
        self.database.write(script).await?;
        Ok(lost)
    }

    /// The statements that leave ten guesses to every account with authenticators.
    fn filled(&self, shapes: &[Row], now: Timestamp) -> Result<Script, Unavailable> {
        let mut script = Script::new();
        for shape in shapes {
            let counts = [shape.int(0)?, shape.int(1)?, shape.int(2)?];
            let digits = (6..).zip(counts).flat_map(|(digits, count)| {
                let count = usize::try_from(count).unwrap_or(0);
                std::iter::repeat_n(Digits::new(digits), count).flatten()
            });
            let decided = match shape.int(3)? {
                0 => Some(self.policy.guess_probability),
                millionths => u32::try_from(millionths).ok().and_then(Probability::from_millionths),
            };
            let limits = Limits::for_codes(decided.ok_or_else(|| corrupt("a probability"))?, digits);
            let level = i64::try_from(Budget::level_after_a_restore(&limits)).unwrap_or(i64::MAX);
            let [six, seven, eight] = counts;
            script = script.may(
                FILL_BUDGETS,
                params![CODES, level, now.milliseconds(), six, seven, eight, shape.int(3)?],
            );
        }
        Ok(script)
    }
}

fn begin(installation: &Installation, lost: &Restoration) -> Script {
    let at = lost.at.milliseconds();
    let kept_until = lost.kept_until.map(Timestamp::milliseconds);
    let marked_at = lost.marked_at.map(Timestamp::milliseconds);
    let number = installation.restored.saturating_add(1);
    let kind = Kind::RestoredFromBackup;
    let lines = lost.last_marked.map(|marked| marked.saturating_sub(lost.last_kept).max(0));
    let told = params![at, kind.word(), Actor::System.word(), Visit::OF_THE_SERVER, lines, marked_at];
    Script::new()
        .must(OURS, TAKE_IN_HAND, params![installation.restored])
        .may(OUTRUN, params![])
        .may(KEEP, params![number, at, lost.last_kept, kept_until, lost.last_marked, marked_at])
        .may(TELL, told)
}

fn floors(periods: &[Row], spent_until: Timestamp) -> Result<Script, Unavailable> {
    let mut script = Script::new();
    for row in periods {
        let period = row.int(0)?;
        let parameters = u32::try_from(period)
            .ok()
            .and_then(|period| Parameters::new(Algorithm::Sha1, Digits::SIX, period))
            .ok_or_else(|| corrupt("the period of an authenticator"))?;
        let floor = parameters.last_acceptable(spent_until).number();
        script = script.may(RAISE_FLOOR, params![period, floor]);
    }
    Ok(script)
}

//! Sweeping: rows that time has ended are deleted. Nothing depends on it; every rule looks at the clock.

use countersign::{
    Span, Timestamp, budget::FREE_PASSWORDS, device::BUDGET_OUTLIVES_TRUST, notice::STRANGERS_EVERY,
};

use crate::statements::statements;
use crate::store::Store;
use crate::unavailable::Unavailable;
use crate::value::params;
use crate::{deliveries, errands, kept_answers, signing_keys, unfinished};

/// Budgets that nobody has touched for this long are as good as fresh: a year of trickling back.
const BUDGETS_KEPT: Span = Span::days(366);
/// Failures at addresses that nobody may have are kept as long as their longest wait.
const PASSWORD_BUDGETS_KEPT: Span = Span::days(30);
/// So few that no wait began are kept for a day: anybody makes as many rows as they type addresses.
const FEW_FAILURES_KEPT: Span = Span::days(1);
/// How long a link that was used says so to whoever opens it again.
const ERRANDS_KEPT: Span = Span::days(1);
/// How long letters that could not be sent are kept for the operator to see.
const GIVEN_UP_KEPT: Span = Span::days(30);

statements! {
    /// Enrolments that are over.
    pub(crate) ENROLMENTS = "DELETE FROM enrolments WHERE expires_at <= $1";
    /// Sessions that are over.
    pub(crate) SESSIONS = "DELETE FROM sessions WHERE created_at <= $1 OR seen_at <= $2";
    /// Devices whose trust, and whose budget of their own, is over.
    pub(crate) DEVICES = "DELETE FROM trusted_devices WHERE expires_at <= $1";
    /// Invitations that are over.
    pub(crate) INVITATIONS = "DELETE FROM invitations WHERE expires_at <= $1";
    /// Links that are over, and that no letter will carry any more.
    pub(crate) LINKS = "DELETE FROM links WHERE wanted_until <= $1 AND (good_until IS NULL OR good_until <= $1)";
    /// What addresses were sent so long ago that it counts no more.
    pub(crate) LINK_ALLOWANCES = "DELETE FROM link_allowances WHERE used_until <= $1";
    /// Tickets to sites that nobody has shown in time.
    pub(crate) SITE_TICKETS = "DELETE FROM site_tickets WHERE expires_at <= $1";
    /// Tickets that would be refused for their age.
    pub(crate) TICKETS = "DELETE FROM spent_tickets WHERE expires_at <= $1";
    /// Budgets that have trickled back.
    pub(crate) BUDGETS = "DELETE FROM guess_budgets WHERE level_at <= $1 AND failures < 100";
    /// Password budgets that have lost their meaning.
    pub(crate) PASSWORDS = "DELETE FROM guess_budgets WHERE kind = 'password' AND level_at <= $1";
    /// The same after so few failures that no wait began.
    pub(crate) FEW_FAILURES = "DELETE FROM guess_budgets WHERE kind = 'password' AND failures < $2 AND level_at <= $1";
    /// Notes of what owners were told so long ago that they may be told again.
    pub(crate) TOLD = "DELETE FROM notices_told WHERE at <= $1";
    /// Letters that were given up, after the operator had time to see them.
    pub(crate) LETTERS = "DELETE FROM outbox WHERE given_up_at <= $1";
}

impl Store {
    /// Deletes what time has ended.
    ///
    /// # Errors
    /// [`Unavailable`].
    pub async fn sweep(&self, now: Timestamp) -> Result<(), Unavailable> {
        let (created, seen) = self.alive_since(now);
        let before = |span: Span| params![(now - span).milliseconds()];
        let script = unfinished::end_expired(now)
            .may(ENROLMENTS, before(Span::ZERO))
            .may(SESSIONS, params![created, seen])
            .may(DEVICES, before(BUDGET_OUTLIVES_TRUST))
            .may(INVITATIONS, before(Span::ZERO))
            .may(LINKS, before(Span::ZERO))
            .may(LINK_ALLOWANCES, before(Span::ZERO))
            .may(TICKETS, before(Span::ZERO))
            .may(kept_answers::OVER, before(Span::ZERO))
            .may(errands::OVER, before(ERRANDS_KEPT))
            .may(signing_keys::OVER, before(Span::ZERO))
            .may(SITE_TICKETS, before(Span::ZERO))
            .may(BUDGETS, before(BUDGETS_KEPT))
            .may(PASSWORDS, before(PASSWORD_BUDGETS_KEPT))
            .may(FEW_FAILURES, params![(now - FEW_FAILURES_KEPT).milliseconds(), FREE_PASSWORDS])
            .then(deliveries::wake(now))
            .may(TOLD, before(STRANGERS_EVERY))
            .may(LETTERS, before(GIVEN_UP_KEPT));
        self.database.settle(script).await
    }
}

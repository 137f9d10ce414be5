//! Rules that are broken on purpose, one at a time: each has to be found by the stories or the races, or they would not
//! find it when it happens by mistake.

use crate::sqlite::stage::Break;

/// A rule, how it is broken, and where that has to be found.
pub(super) struct Rule {
    pub(super) says: &'static str,
    pub(super) broken: Break,
    pub(super) found_in: Found,
}

/// Where.
pub(super) enum Found {
    /// In a kind of story.
    In(&'static str),
    /// In a race from this beginning.
    Racing(usize),
}

const fn rule(says: &'static str, broken: Break, found_in: Found) -> Rule {
    Rule { says, broken, found_in }
}

use Break::{Says, Unconditional, Without};
use Found::{In, Racing};

pub(super) const RULES: &[Rule] = &[
    rule("a step is spent with all below it", Says("AND last_step < $5", "AND $5 = $5"), Racing(1)),
    rule(
        "of two codes in a row neither was spent",
        Says("AND last_step < $5", "AND last_step < $5 + 1"),
        Racing(1),
    ),
    rule("a code that somebody spent first is refused", Unconditional("spent"), Racing(1)),
    rule(
        "a code spends no step to come",
        Says("SET last_step = $3,", "SET last_step = $3 + 9,"),
        In("signing in"),
    ),
    rule(
        "a code that was accepted is spent",
        Without("UPDATE authenticators SET last_step"),
        In("signing in"),
    ),
    rule(
        "the code that proves an authenticator is spent with it",
        Says("e.period, $5, $6", "e.period, $5 - 9, $6"),
        In("a life"),
    ),
    rule("a recovery code is good once", Without("UPDATE recovery_codes SET used_at"), In("recovery codes")),
    rule(
        "replaced recovery codes are dead",
        Says("SET replaced_at = $2", "SET replaced_at = NULL"),
        In("recovery codes"),
    ),
    rule(
        "a pending sign-in is taken once",
        Without("DELETE FROM pending_sign_ins WHERE id"),
        In("signing in"),
    ),
    rule(
        "a pending sign-in that was given up is over",
        Says("SET given_up = 1 WHERE token", "SET given_up = 0 WHERE token"),
        In("signing in"),
    ),
    rule(
        "a pending sign-in that 2FA has outrun is over",
        Without("DELETE FROM pending_sign_ins WHERE account_id = $1"),
        In("remembered devices"),
    ),
    rule("signing out ends the session", Without("DELETE FROM sessions WHERE token"), In("signing in")),
    rule(
        "turning on ends all sessions",
        Says(
            "DELETE FROM sessions WHERE account_id = $1",
            "DELETE FROM sessions WHERE account_id = $1 AND 0",
        ),
        In("a life"),
    ),
    rule(
        "turning off forgets the authenticators",
        Without("DELETE FROM authenticators WHERE account_id"),
        In("a life"),
    ),
    rule(
        "turning off forgets the recovery codes",
        Without("DELETE FROM recovery_sets WHERE account_id"),
        In("a life"),
    ),
    rule(
        "turning off forgets the devices",
        Without("DELETE FROM trusted_devices WHERE account_id"),
        In("remembered devices"),
    ),
    rule(
        "a device gets a new token at every use",
        Says("SET last_used_at = $3, token = $5", "SET last_used_at = $3, token = $4"),
        In("remembered devices"),
    ),
    rule(
        "a copy of a device's token ends the sessions on it",
        Without("DELETE FROM sessions WHERE device_id"),
        In("remembered devices"),
    ),
    rule(
        "a changed password ends every other session",
        Says(
            "DELETE FROM sessions WHERE account_id = $1 AND id <> $2",
            "DELETE FROM sessions WHERE account_id = $1 AND id <> $2 AND 0",
        ),
        In("a life"),
    ),
    rule("a reset link is good once", Without("DELETE FROM links WHERE token"), In("a life")),
    rule(
        "a sign-in that the account has outrun is over",
        Says("AND disabled_at IS NULL AND epoch = $2", "AND disabled_at IS NULL AND epoch <= $2 + 99"),
        Racing(0),
    ),
    rule(
        "the last authenticator stays",
        Says("WHERE account_id = $2) > 1", "WHERE account_id = $2) > 0"),
        In("remembered devices"),
    ),
    rule("a budget is the one that was read", Says("WHERE guess_budgets.version = $8", ""), Racing(1)),
    rule("an answer is charged before it leaves", Without("INSERT INTO guess_budgets"), In("guessing")),
    rule("what was answered counts for a year", Says("level = excluded.level", "level = 0"), In("guessing")),
    rule(
        "an administrator's reset ends every session",
        Says(
            "DELETE FROM sessions WHERE account_id = $1",
            "DELETE FROM sessions WHERE account_id = $1 AND id < ''",
        ),
        In("a life"),
    ),
];

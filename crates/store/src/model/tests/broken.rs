//! Rules that are broken on purpose, one at a time: each has to be found by the stories, or they would not find it when
//! it happens by mistake.

use crate::sqlite::stage::Break;

/// A rule, how it is broken, and the kind of story that finds it.
pub(super) struct Rule {
    pub(super) says: &'static str,
    pub(super) broken: Break,
    pub(super) found_in: &'static str,
}

const fn rule(says: &'static str, broken: Break, found_in: &'static str) -> Rule {
    Rule { says, broken, found_in }
}

use Break::{Says, Unconditional, Without};

pub(super) const RULES: &[Rule] = &[
    rule("a step is spent with all below it", Says("AND last_step < $5", "AND $5 = $5"), "racing"),
    rule("a code that somebody spent first is refused", Unconditional("spent"), "racing"),
    rule("a code that was accepted is spent", Without("UPDATE authenticators SET last_step"), "signing in"),
    rule("a recovery code is good once", Without("UPDATE recovery_codes SET used_at"), "recovery codes"),
    rule(
        "replaced recovery codes are dead",
        Says("SET replaced_at = $2", "SET replaced_at = NULL"),
        "recovery codes",
    ),
    rule("a pending sign-in is taken once", Without("DELETE FROM pending_sign_ins WHERE id"), "signing in"),
    rule(
        "a pending sign-in that was given up is over",
        Without("DELETE FROM pending_sign_ins WHERE token"),
        "signing in",
    ),
    rule("signing out ends the session", Without("DELETE FROM sessions WHERE token"), "signing in"),
    rule(
        "turning on ends all sessions",
        Says(
            "DELETE FROM sessions WHERE account_id = $1",
            "DELETE FROM sessions WHERE account_id = $1 AND 0",
        ),
        "a life",
    ),
    rule(
        "turning off forgets the authenticators",
        Without("DELETE FROM authenticators WHERE account_id"),
        "a life",
    ),
    rule(
        "turning off forgets the recovery codes",
        Without("DELETE FROM recovery_sets WHERE account_id"),
        "a life",
    ),
    rule(
        "turning off forgets the devices",
        Without("DELETE FROM trusted_devices WHERE account_id"),
        "remembered devices",
    ),
    rule(
        "a device stands for a code as long as it has the token that was sent",
        Says("AND expires_at > $3 AND token = $4", "AND expires_at > $3"),
        "racing",
    ),
    rule(
        "a device gets a new token at every use",
        Says("SET last_used_at = $3, token = $5", "SET last_used_at = $3, token = $4"),
        "remembered devices",
    ),
    rule(
        "a copy of a device's token ends the sessions on it",
        Without("DELETE FROM sessions WHERE device_id"),
        "remembered devices",
    ),
    rule(
        "a changed password ends every other session",
        Says(
            "DELETE FROM sessions WHERE account_id = $1 AND id <> $2",
            "DELETE FROM sessions WHERE account_id = $1 AND id <> $2 AND 0",
        ),
        "a life",
    ),
    rule(
        "a sign-in that the account has outrun is over",
        Says("AND disabled_at IS NULL AND epoch = $2", "AND disabled_at IS NULL AND epoch <= $2 + 99"),
        "racing",
    ),
    rule(
        "2FA is on or off when it is turned off or on",
        Says("WHERE id = $1 AND two_factor_at IS NULL", "WHERE id = $1"),
        "racing",
    ),
    rule(
        "the last authenticator stays",
        Says("WHERE account_id = $2) > 1", "WHERE account_id = $2) > 0"),
        "a life",
    ),
    rule("a budget is the one that was read", Says("WHERE guess_budgets.version = $8", ""), "racing"),
    rule("an answer is charged before it leaves", Without("INSERT INTO guess_budgets"), "guessing"),
    rule("waits end", Says("next_at = excluded.next_at", "next_at = 9000000000000"), "guessing"),
    rule(
        "an administrator's reset forgets the recovery codes",
        Without("DELETE FROM recovery_sets"),
        "a life",
    ),
];

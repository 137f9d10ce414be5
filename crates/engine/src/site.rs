//! Sites: applications behind a proxy that asks before every request whether its visitor may see them.

use crate::{
    Span, Timestamp,
    clock_difference::TOLERATED,
    group::Group,
    policy::Policy,
    site_path::{RulePath, folded, readings},
    step_up::Standing,
};

/// What a visitor has to have shown.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Demand {
    /// Nothing: everybody may come in.
    Open,
    /// A finished sign-in.
    OneFactor,
    /// A sign-in whose own session was given a code. A remembered device does not stand for one here: its session
    /// records the password alone.
    TwoFactor,
    /// A code that this session was given so lately.
    RecentFactor(Span),
}

/// What a part of a site asks for.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Condition {
    /// What has to have been shown.
    pub demand: Demand,
    /// One of these groups has to be the account's; none: every account will do.
    pub groups: Vec<Group>,
}

/// What holds for some paths.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Rule {
    /// Where.
    pub paths: Vec<RulePath>,
    /// What.
    pub condition: Condition,
}

/// What holds for a whole site: the first rule that covers a path, or else the condition at the end.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Rules {
    rules: Vec<Rule>,
    otherwise: Condition,
}

/// Who is there: a living session and the groups of its account.
#[derive(Clone, Copy, Debug)]
pub struct Guest<'a> {
    /// What the session has shown.
    pub standing: &'a Standing,
    /// The groups of its account.
    pub groups: &'a [Group],
}

/// Whether somebody may come in, and what is missing.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Entry {
    /// Nothing is.
    Welcome,
    /// Nobody is signed in.
    SignIn,
    /// The account is in none of the groups.
    NotAllowed,
    /// The account has no second factor.
    TurnOn,
    /// The session has to be given a code.
    ShowFactor,
}

impl Rules {
    /// Rules in their order, and what holds where none does.
    pub fn new(rules: Vec<Rule>, otherwise: Condition) -> Self {
        Self { rules, otherwise }
    }

    /// Whether `guest` may see `path`, which is as the visitor sent it, without its query. Every reading of the path has
    /// to be allowed, so the strictest one counts; a path that nobody can read is held to everything the site asks.
    pub fn enter(&self, path: &str, guest: Option<Guest<'_>>, policy: &Policy, now: Timestamp) -> Entry {
        let conditions = self.conditions(path);
        if conditions.iter().all(|condition| condition.demand == Demand::Open) {
            return Entry::Welcome;
        }
        let Some(guest) = guest else { return Entry::SignIn };
        if guest.standing.must_enrol(policy) {
            return Entry::TurnOn;
        }
        let each = conditions.iter().map(|condition| condition.met_by(guest, now));
        // What cannot be helped is said first: nobody gives a code in vain.
        each.max_by_key(|entry| entry.weight()).unwrap_or(Entry::NotAllowed)
    }

    fn conditions(&self, path: &str) -> Vec<&Condition> {
        let Some(readings) = readings(path) else {
            return self.rules.iter().map(|rule| &rule.condition).chain([&self.otherwise]).collect();
        };
        let both = readings
            .iter()
            .flat_map(|reading| [self.of_reading(reading, false), self.of_reading(&folded(reading), true)]);
        let mut conditions: Vec<&Condition> = Vec::new();
        for condition in both {
            if !conditions.contains(&condition) {
                conditions.push(condition);
            }
        }
        conditions
    }

    fn of_reading(&self, reading: &str, folded: bool) -> &Condition {
        let covers = |rule: &&Rule| rule.paths.iter().any(|path| path.covers(reading, folded));
        self.rules.iter().find(covers).map_or(&self.otherwise, |rule| &rule.condition)
    }
}

impl Condition {
    fn met_by(&self, guest: Guest<'_>, now: Timestamp) -> Entry {
        if self.demand == Demand::Open {
            return Entry::Welcome;
        }
        if !self.groups.is_empty() && !self.groups.iter().any(|group| guest.groups.contains(group)) {
            return Entry::NotAllowed;
        }
        let Standing { two_factor_on, factor_at, .. } = *guest.standing;
        let shown = match self.demand {
            Demand::Open | Demand::OneFactor => return Entry::Welcome,
            _ if !two_factor_on => return Entry::TurnOn,
            Demand::TwoFactor => factor_at.is_some(),
            // The node where the code was given may be ahead of this one, to which its redirect has led a moment later. A
            // second factor that lies further in the future was shown under another clock: ask.
            Demand::RecentFactor(span) => {
                factor_at.is_some_and(|at| at <= now + TOLERATED && now < at + span)
            }
        };
        if shown { Entry::Welcome } else { Entry::ShowFactor }
    }
}

impl Entry {
    const fn weight(self) -> u8 {
        match self {
            Self::Welcome => 0,
            Self::SignIn => 1,
            Self::ShowFactor => 2,
            Self::TurnOn => 3,
            Self::NotAllowed => 4,
        }
    }
}

#[cfg(test)]
#[path = "site_tests.rs"]
mod tests;

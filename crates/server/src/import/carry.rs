//! Carrying people over: what has been planned, compared with what is here, and done.

use countersign::Timestamp;
use countersign::event::Actor;
use countersign_store::imports::{Newcomer, Standing, Whose};
use countersign_store::{Refusal, Store, Visit};
use rand_core::CryptoRng;

use super::plan::Planned;
use super::why::Why;

/// What becomes, or became, of a person.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum Verdict {
    /// Their authenticators go on, with a new account.
    Verifies,
    /// Their authenticators go on, with the account that is here already.
    TurnsOn,
    /// All of it is here.
    There,
    /// Of their second factor nothing can be carried; the account is made, or is here.
    EnrolsAgain(Why),
    /// They had no second factor; the account is made.
    NoFactor,
    /// There is nothing that an application would need.
    Nothing,
    /// They are left out, or what is here is left as it is.
    LeftOut(Why),
}

impl Verdict {
    /// Whether it is of those that an import writes.
    pub const fn writes(&self, whose: &Whose) -> bool {
        match self {
            Self::Verifies | Self::TurnsOn | Self::NoFactor => true,
            Self::EnrolsAgain(_) => matches!(whose, Whose::Portal { .. }),
            Self::There | Self::Nothing | Self::LeftOut(_) => false,
        }
    }
}

/// The visit of an import: somebody at the terminal of the server.
pub fn visit(now: Timestamp) -> Visit {
    Visit { now, browser: Visit::OF_THE_SERVER.to_owned(), address: None, actor: Actor::Administrator }
}

/// What would become of a person. Nothing is written; without a store there is nobody here yet.
///
/// # Errors
/// [`Refusal::Unavailable`].
pub async fn look(store: Option<&Store>, planned: &Planned) -> Result<Verdict, Refusal> {
    let newcomer = match &planned.newcomer {
        Ok(newcomer) => newcomer,
        Err(why) => return Ok(Verdict::LeftOut(why.clone())),
    };
    let standing = match store {
        Some(store) => store.standing(newcomer).await?,
        None => Standing::Absent,
    };
    Ok(verdict(planned, newcomer, standing))
}

/// Carries a person over: all of them or nothing. Whoever is here already is left as they are.
///
/// # Errors
/// [`Refusal::Unavailable`]: nothing of this person was written.
pub async fn carry(
    store: &Store,
    planned: &Planned,
    now: Timestamp,
    rng: &mut (impl CryptoRng + Send),
) -> Result<Verdict, Refusal> {
    let newcomer = match &planned.newcomer {
        Ok(newcomer) => newcomer,
        Err(why) => return Ok(Verdict::LeftOut(why.clone())),
    };
    let standing = store.standing(newcomer).await?;
    let becomes = verdict(planned, newcomer, standing);
    let nothing_more = matches!(standing, Standing::There);
    if nothing_more || !becomes.writes(&newcomer.whose) {
        return Ok(becomes);
    }
    match store.import(newcomer, standing, &visit(now), rng).await {
        Ok(()) => Ok(becomes),
        // Somebody was faster, another import perhaps: what is here now counts.
        Err(Refusal::Gone(_)) => Ok(verdict(planned, newcomer, store.standing(newcomer).await?)),
        Err(refusal) => Err(refusal),
    }
}

fn verdict(planned: &Planned, newcomer: &Newcomer, standing: Standing) -> Verdict {
    let reason = planned.left.first().map(|(_, why)| why.clone());
    let portal = matches!(newcomer.whose, Whose::Portal { .. });
    match (newcomer.authenticators.is_empty(), standing) {
        (_, Standing::Disabled) => Verdict::LeftOut(Why::Disabled),
        (_, Standing::On) => Verdict::LeftOut(Why::On),
        (_, Standing::WasOn) => Verdict::LeftOut(Why::WasOn),
        (false, Standing::Absent) => Verdict::Verifies,
        (false, Standing::Open(_)) => Verdict::TurnsOn,
        (false, Standing::There) => Verdict::There,
        (true, standing) => match (reason, standing) {
            (Some(why), _) => Verdict::EnrolsAgain(why),
            (None, Standing::There) => Verdict::There,
            (None, _) if portal => Verdict::NoFactor,
            (None, _) => Verdict::Nothing,
        },
    }
}

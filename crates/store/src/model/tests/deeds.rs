//! What people, strangers and administrators do. Each deed calls the engine and the store as the portal does, and then
//! says whether what came of it may be.

mod changing;
mod signing_in;

use std::rc::Rc;

use countersign::{
    Attempt, Claim, DeviceId, Span, Timestamp,
    attempt::Guess,
    recovery::RecoveryCode,
    sign_in::{Next, after_password},
    step_up::{Confirmation, MayEnrol},
    token::{self, Kind, Token},
};

use super::scene::{
    Browser, CODES, Cast, Held, Phone, Truth, World, chance, hash_of, name, printed, set, step, visit,
    with_memory,
};
use crate::accounts::Account;
use crate::budgets::Lane;
use crate::devices::lane_of;
use crate::refusal::Refusal;
use crate::sessions::Session;
use crate::unavailable::Unavailable;

/// One thing that somebody does. `by` is a browser, `of` an account.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) enum Deed {
    /// Types the password that whoever sits there knows.
    Password {
        by: usize,
        of: usize,
    },
    /// Types the code that a phone shows; `phone` counts from the newest.
    Code {
        by: usize,
        phone: usize,
        remember: bool,
    },
    /// Types a code that is wrong.
    WrongCode {
        by: usize,
    },
    /// Types the code that somebody else's phone shows.
    OthersCode {
        by: usize,
    },
    /// Types two codes in a row.
    TwoCodes {
        by: usize,
    },
    /// Types a recovery code; `back` counts sets from the newest.
    Recovery {
        by: usize,
        back: usize,
        nth: usize,
    },
    /// Types wrong codes in one sign-in after the other, as long as they are answered.
    GuessAll {
        by: usize,
        of: usize,
    },
    SignOut {
        by: usize,
    },
    /// The second browser gets a copy of everything that the first one keeps.
    CopyCookies,
    /// Asks for a QR code and scans it.
    Scan {
        by: usize,
    },
    /// Proves what was scanned: turns 2FA on, or adds an authenticator.
    Prove {
        by: usize,
    },
    TurnOff {
        by: usize,
    },
    ReplaceCodes {
        by: usize,
    },
    /// Removes the oldest authenticator that counts.
    Remove {
        by: usize,
    },
    ChangePassword {
        by: usize,
    },
    ForgetDevices {
        by: usize,
    },
    /// Sets a forgotten password anew, by a link from the mailbox.
    ResetPassword {
        of: usize,
    },
    /// An administrator's.
    ResetTwoFactor {
        of: usize,
    },
    SignOutAccount {
        of: usize,
    },
    /// The clock moves, by seconds.
    Clock(i64),
}

/// What came of it.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) enum Outcome {
    Done,
    Refused,
    /// It cannot be done here: there is no form for it.
    Impossible,
}

/// A property that does not hold.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(super) struct Broken(pub(super) &'static str);

type Told = Result<Outcome, Broken>;

const NO_FACTOR: Broken = Broken("no session without its factor");
const TWICE: Broken = Broken("a once-only fact is spent at most once");
const REVIVED: Broken = Broken("nothing survives that must not");
pub(super) const BUDGET: Broken = Broken("answered guesses never exceed the budget");
pub(super) const LOCKED: Broken = Broken("an account is never locked for ever");
const OUTAGE: Broken = Broken("the store answers");

/// How the store refused, as far as a story goes.
#[expect(clippy::needless_pass_by_value, reason = "a refusal ends here")]
fn refused(refusal: Refusal) -> Told {
    match refusal {
        // Cut short by a death that the story asked for.
        Refusal::Unavailable(Unavailable::Closed) => Ok(Outcome::Refused),
        Refusal::Unavailable(_) => Err(OUTAGE),
        _ => Ok(Outcome::Refused),
    }
}

#[expect(clippy::needless_pass_by_value, reason = "it is what an answer is mapped with")]
fn out(unavailable: Unavailable) -> Broken {
    match unavailable {
        Unavailable::Closed => Broken("the process died"),
        _ => OUTAGE,
    }
}

fn parsed<K: Kind>(held: &Held) -> Token<K> {
    Token::parse(&held.token).unwrap()
}

fn held<K: Kind>(token: &Token<K>, account: usize, now: Timestamp) -> Held {
    Held { token: Rc::from(token.reveal()), account, lives: true, since: now, on_device: false }
}

impl Truth {
    /// A step of this authenticator was accepted.
    fn accepts(&mut self, phone: &Phone, step: i64) -> Result<(), Broken> {
        let last = self.authenticators.get_mut(&phone.authenticator.to_string()).ok_or(REVIVED)?;
        if *last >= step {
            return Err(TWICE);
        }
        *last = step;
        Ok(())
    }
}

impl World {
    /// Everything in anybody's hands that satisfies `which` is dead from now on.
    fn kill(&mut self, which: impl Fn(usize, &'static str, &Held) -> bool) {
        for (place, browser) in self.browsers.iter_mut().enumerate() {
            let Browser { session, pending, devices, .. } = browser;
            let kinds = [("session", session), ("pending", pending)];
            let all = kinds.into_iter().chain(devices.iter_mut().map(|device| ("device", device)));
            for (kind, slot) in all {
                if let Some(held) = slot.as_mut().filter(|held| held.lives && which(place, kind, held)) {
                    held.lives = false;
                }
            }
        }
    }

    fn kill_token(&mut self, token: &str) {
        self.kill(|_, _, held| &*held.token == token);
    }

    fn newest(&self, of: usize, back: usize) -> Option<Rc<Phone>> {
        let phones = &self.phones[of];
        phones.len().checked_sub(back + 1).map(|at| Rc::clone(&phones[at]))
    }

    /// The newest phone that counts.
    fn working(&self, of: usize) -> Option<Rc<Phone>> {
        let counts =
            |phone: &&Rc<Phone>| self.truth[of].authenticators.contains_key(&phone.authenticator.to_string());
        self.phones[of].iter().rev().find(counts).map(Rc::clone)
    }
}

impl Cast {
    pub(super) async fn account(&self, of: usize) -> Result<Account, Broken> {
        self.store.account_by_email(&self.keys[of]).await.map_err(out)?.ok_or(OUTAGE)
    }

    async fn session(&self, world: &World, by: usize) -> Result<Option<(usize, Session)>, Broken> {
        let Some(held) = &world.browsers[by].session else { return Ok(None) };
        let found = self.store.session(&parsed(held).hash(), world.now).await.map_err(out)?;
        match found {
            Some(_) if !held.lives => Err(REVIVED),
            found => Ok(found.map(|session| (held.account, session))),
        }
    }

    async fn lane(&self, world: &World, by: usize, of: usize) -> Result<Lane, Broken> {
        let Some(held) = &world.browsers[by].devices[of] else { return Ok(Lane::Everybody) };
        let device = self.store.device(&parsed(held).hash(), self.ids[of]).await.map_err(out)?;
        Ok(lane_of(device.as_ref(), world.now))
    }

    async fn types(&self, world: &World, of: usize, code: &str) -> Result<Attempt<Claim>, Broken> {
        let factors = self.store.factors(self.ids[of]).await.map_err(out)?;
        Ok(factors.check(factors.read(code).map_err(|_| OUTAGE)?, world.now))
    }

    /// Whether whoever sits there knows the password, as the check of it says.
    async fn knows(&self, world: &World, by: usize, of: usize) -> Result<Option<Account>, Broken> {
        let account = self.account(of).await?;
        let right = account.password.as_ref().map(|kept| kept.as_str().to_owned());
        let typed = hash_of(world.browsers[by].knows[of]);
        Ok(right.filter(|right| *right == typed.as_str()).map(|_| account))
    }

    /// Confirms with the password and, where it is asked for, the code of a phone that counts.
    async fn confirms(
        &self,
        world: &World,
        by: usize,
    ) -> Result<Option<(usize, Confirmation, Option<Rc<Phone>>)>, Broken> {
        let Some((of, session)) = self.session(world, by).await? else { return Ok(None) };
        if self.knows(world, by, of).await?.is_none() {
            return Ok(None);
        }
        let standing = session.standing();
        let (mut factor, mut phone) = (None, None);
        if standing.needs_factor(world.now) {
            let Some(working) = world.working(of) else { return Ok(None) };
            factor = Some(self.types(world, of, &working.code(world.now, 0)).await?);
            phone = Some(working);
        }
        let given =
            Confirmation::new(&standing, &self.proofs[of], factor, world.now).map_err(|_| NO_FACTOR)?;
        Ok(Some((of, given, phone)))
    }
}

fn used(world: &mut World, of: usize, phone: Option<Rc<Phone>>) -> Result<(), Broken> {
    let now = step(world.now);
    phone.map_or(Ok(()), |phone| world.truth[of].accepts(&phone, now))
}
/// Does it.
pub(super) async fn does(cast: &Cast, world: &mut World, deed: Deed) -> Told {
    match deed {
        Deed::Clock(seconds) => {
            let by = Span::milliseconds(seconds.abs().saturating_mul(1000));
            world.now = if seconds < 0 { world.now - by } else { world.now + by };
            Ok(Outcome::Done)
        }
        Deed::CopyCookies => {
            let [from, to] = &mut world.browsers;
            let copy = Browser { knows: to.knows, ..from.clone() };
            *to = copy;
            Ok(Outcome::Done)
        }
        Deed::Password { .. }
        | Deed::Code { .. }
        | Deed::WrongCode { .. }
        | Deed::OthersCode { .. }
        | Deed::TwoCodes { .. }
        | Deed::Recovery { .. }
        | Deed::GuessAll { .. }
        | Deed::SignOut { .. } => signing_in::does(cast, world, deed).await,
        Deed::Scan { .. }
        | Deed::Prove { .. }
        | Deed::TurnOff { .. }
        | Deed::ReplaceCodes { .. }
        | Deed::Remove { .. }
        | Deed::ChangePassword { .. }
        | Deed::ForgetDevices { .. }
        | Deed::ResetPassword { .. }
        | Deed::ResetTwoFactor { .. }
        | Deed::SignOutAccount { .. } => changing::does(cast, world, deed).await,
    }
}

//! What people, strangers and administrators do. Each deed calls the engine and the store as the portal does, and then
//! says whether what came of it may be.

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
    let store = &cast.store;
    let at = visit(world.now);
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
        Deed::Password { by, of } => password(cast, world, by, of).await,
        Deed::Code { by, phone, remember } => {
            let Some(pending) = world.browsers[by].pending.clone() else { return Ok(Outcome::Impossible) };
            let Some(phone) = world.newest(pending.account, phone) else { return Ok(Outcome::Impossible) };
            let attempt = cast.types(world, pending.account, &phone.code(world.now, 0)).await?;
            match second_step(cast, world, by, attempt, remember).await? {
                Outcome::Done => {
                    let now = step(world.now);
                    world.truth[pending.account].accepts(&phone, now)?;
                    Ok(Outcome::Done)
                }
                other => Ok(other),
            }
        }
        Deed::WrongCode { by } => {
            let Some(pending) = world.browsers[by].pending.clone() else { return Ok(Outcome::Impossible) };
            let wrong = wrong_code(world, pending.account);
            let attempt = cast.types(world, pending.account, &wrong).await?;
            match second_step(cast, world, by, attempt, false).await? {
                Outcome::Done => Err(NO_FACTOR),
                other => Ok(other),
            }
        }
        Deed::OthersCode { by } => {
            let Some(pending) = world.browsers[by].pending.clone() else { return Ok(Outcome::Impossible) };
            let Some(phone) = world.newest(1 - pending.account, 0) else { return Ok(Outcome::Impossible) };
            let attempt = cast.types(world, pending.account, &phone.code(world.now, 0)).await?;
            match second_step(cast, world, by, attempt, false).await? {
                Outcome::Done => Err(NO_FACTOR),
                other => Ok(other),
            }
        }
        Deed::TwoCodes { by } => {
            let Some(pending) = world.browsers[by].pending.clone() else { return Ok(Outcome::Impossible) };
            let Some(phone) = world.newest(pending.account, 0) else { return Ok(Outcome::Impossible) };
            let factors = store.factors(cast.ids[pending.account]).await.map_err(out)?;
            let read = |steps| factors.read(&phone.code(world.now, steps)).map_err(|_| OUTAGE);
            let attempt = factors.check_two(read(0)?, read(1)?, world.now);
            match second_step(cast, world, by, attempt, false).await? {
                Outcome::Done => {
                    let now = step(world.now);
                    world.truth[pending.account].accepts(&phone, now)?;
                    world.truth[pending.account].accepts(&phone, now + 1)?;
                    Ok(Outcome::Done)
                }
                other => Ok(other),
            }
        }
        Deed::Recovery { by, back, nth } => {
            let Some(pending) = world.browsers[by].pending.clone() else { return Ok(Outcome::Impossible) };
            let of = pending.account;
            let Some(made) = world.truth[of].sets.checked_sub(back + 1) else {
                return Ok(Outcome::Impossible);
            };
            let sets = store.recovery_sets(cast.ids[of]).await.map_err(out)?;
            let code = RecoveryCode::parse(printed(of, made, nth)).map_err(|_| OUTAGE)?;
            let attempt = with_memory(|memory| sets.check(&code, world.now, memory));
            match second_step(cast, world, by, attempt, false).await? {
                Outcome::Done if back > 0 => Err(REVIVED),
                Outcome::Done if !std::mem::take(&mut world.truth[of].unspent[nth]) => Err(TWICE),
                other => Ok(other),
            }
        }
        Deed::GuessAll { by, of } => guess_all(cast, world, by, of).await,
        Deed::SignOut { by } => {
            let Some((of, _)) = cast.session(world, by).await? else { return Ok(Outcome::Impossible) };
            let Some(held) = world.browsers[by].session.clone() else { return Ok(Outcome::Impossible) };
            match store.sign_out(&parsed(&held).hash(), cast.ids[of], &at).await {
                Ok(()) => {
                    world.kill_token(&held.token);
                    Ok(Outcome::Done)
                }
                Err(refusal) => refused(refusal),
            }
        }
        Deed::Scan { by } => {
            let Some((of, given, phone)) = cast.confirms(world, by).await? else {
                return Ok(Outcome::Impossible);
            };
            let session = given.session();
            match store.offer(MayEnrol::from(given), Lane::Everybody, &at, &mut chance()).await {
                Ok(()) => used(world, of, phone)?,
                Err(refusal) => return refused(refusal),
            }
            let offered =
                store.enrolment(cast.ids[of], session, world.now).await.map_err(out)?.ok_or(OUTAGE)?;
            let scanned = Phone { authenticator: offered.authenticator, secret: offered.secret };
            world.phones[of].push(Rc::new(scanned));
            Ok(Outcome::Done)
        }
        Deed::Prove { by } => prove(cast, world, by).await,
        Deed::TurnOff { by } => {
            let Some((of, given, phone)) = cast.confirms(world, by).await? else {
                return Ok(Outcome::Impossible);
            };
            match store.turn_off(given, Lane::Everybody, &at).await {
                Ok(()) => {
                    used(world, of, phone)?;
                    let truth = &mut world.truth[of];
                    if !truth.on {
                        return Err(REVIVED);
                    }
                    (truth.on, truth.unspent) = (false, [false; CODES]);
                    truth.authenticators.clear();
                    world.kill(|_, kind, held| held.account == of && kind != "session");
                    Ok(Outcome::Done)
                }
                Err(refusal) => refused(refusal),
            }
        }
        Deed::ReplaceCodes { by } => {
            let Some((of, given, phone)) = cast.confirms(world, by).await? else {
                return Ok(Outcome::Impossible);
            };
            let Some(new) = set(of, world.truth[of].sets) else { return Ok(Outcome::Impossible) };
            let sets = store.recovery_sets(cast.ids[of]).await.map_err(out)?;
            let present = sets.present.map(|set| set.id);
            match store
                .replace_recovery_codes(given, present, &new, Lane::Everybody, &at, &mut chance())
                .await
            {
                Ok(()) => {
                    used(world, of, phone)?;
                    if !world.truth[of].on {
                        return Err(REVIVED);
                    }
                    world.truth[of].sets += 1;
                    world.truth[of].unspent = [true; CODES];
                    Ok(Outcome::Done)
                }
                Err(refusal) => refused(refusal),
            }
        }
        Deed::Remove { by } => {
            let Some((of, given, phone)) = cast.confirms(world, by).await? else {
                return Ok(Outcome::Impossible);
            };
            let counts = |phone: &&Rc<Phone>| {
                world.truth[of].authenticators.contains_key(&phone.authenticator.to_string())
            };
            let Some(oldest) = world.phones[of].iter().find(counts).map(Rc::clone) else {
                return Ok(Outcome::Impossible);
            };
            match store.remove_authenticator(given, oldest.authenticator, Lane::Everybody, &at).await {
                Ok(()) => {
                    used(world, of, phone)?;
                    let truth = &mut world.truth[of];
                    truth.authenticators.remove(&oldest.authenticator.to_string());
                    if truth.authenticators.is_empty() { Err(LOCKED) } else { Ok(Outcome::Done) }
                }
                Err(refusal) => refused(refusal),
            }
        }
        Deed::ChangePassword { by } => {
            let Some((of, given, phone)) = cast.confirms(world, by).await? else {
                return Ok(Outcome::Impossible);
            };
            let next = world.truth[of].password * 4 + 1 + by as u64;
            match store.change_password(given, &hash_of(next), Lane::Everybody, &at).await {
                Ok(()) => {
                    used(world, of, phone)?;
                    world.truth[of].password = next;
                    world.browsers[by].knows[of] = next;
                    let own = world.browsers[by].session.as_ref().map(|held| Rc::clone(&held.token));
                    world.kill(|_, kind, held| {
                        held.account == of && (kind != "session" || Some(&held.token) != own.as_ref())
                    });
                    Ok(Outcome::Done)
                }
                Err(refusal) => refused(refusal),
            }
        }
        Deed::ForgetDevices { by } => {
            let Some((of, session)) = cast.session(world, by).await? else { return Ok(Outcome::Impossible) };
            match store.forget_devices(cast.ids[of], Some(session.id), &at).await {
                Ok(()) => {
                    world.kill(|_, kind, held| held.account == of && kind == "device");
                    Ok(Outcome::Done)
                }
                Err(refusal) => refused(refusal),
            }
        }
        Deed::ResetPassword { of } => {
            let link = match store.hand_out_password_reset(cast.ids[of], &at, &mut chance()).await {
                Ok(link) => link,
                Err(refusal) => return refused(refusal),
            };
            let next = world.truth[of].password * 4 + 3;
            match store.reset_password(&link.hash(), cast.ids[of], &hash_of(next), &at).await {
                Ok(()) => {
                    world.truth[of].password = next;
                    world.browsers[0].knows[of] = next;
                    world.kill(|_, _, held| held.account == of);
                    let again = store.reset_password(&link.hash(), cast.ids[of], &hash_of(next), &at).await;
                    if again.is_ok() { Err(TWICE) } else { Ok(Outcome::Done) }
                }
                Err(refusal) => refused(refusal),
            }
        }
        Deed::ResetTwoFactor { of } => match store.reset_two_factor(cast.ids[of], "lost", &at).await {
            Ok(()) => {
                let truth = &mut world.truth[of];
                (truth.on, truth.reset, truth.unspent) = (false, true, [false; CODES]);
                truth.authenticators.clear();
                world.kill(|_, _, held| held.account == of);
                Ok(Outcome::Done)
            }
            Err(refusal) => refused(refusal),
        },
        Deed::SignOutAccount { of } => match store.sign_out_account(cast.ids[of], &at).await {
            Ok(()) => {
                world.kill(|_, kind, held| held.account == of && kind != "device");
                Ok(Outcome::Done)
            }
            Err(refusal) => refused(refusal),
        },
    }
}

/// The sign-in page: the password, and what follows from it.
async fn password(cast: &Cast, world: &mut World, by: usize, of: usize) -> Told {
    let (store, at) = (&cast.store, visit(world.now));
    let Some(account) = cast.knows(world, by, of).await? else { return Ok(Outcome::Refused) };
    // A new sign-in leaves no earlier token of this browser alive.
    if let Some(before) = world.browsers[by].pending.take() {
        store.give_up(&parsed(&before).hash()).await.or_else(|refusal| refused(refusal).map(drop))?;
        world.kill_token(&before.token);
    }
    if let Some(before) = world.browsers[by].session.take() {
        let ended = store.sign_out(&parsed(&before).hash(), cast.ids[before.account], &at).await;
        ended.or_else(|refusal| refused(refusal).map(drop))?;
        world.kill_token(&before.token);
    }
    let (mut device, mut present) = (None, None);
    if let Some(held) = world.browsers[by].devices[of].clone() {
        let token: Token<token::Device> = parsed(&held);
        device = store.device(&token.hash(), cast.ids[of]).await.map_err(out)?;
        if device.is_none() {
            forget_copied(cast, world, of, &token).await?;
        }
        present = Some((held, token));
    }
    match after_password(store.policy(), &cast.proofs[of], account.two_factor(), device.as_ref(), world.now) {
        Next::SignedIn(done) => {
            let session = match (done.terms().device, present) {
                (None, _) => store.open_session(&done, &account, &at, &mut chance()).await,
                (Some(_), None) => return Err(NO_FACTOR),
                (Some(_), Some((held, token))) => {
                    let mut rng = chance();
                    let opened =
                        store.open_session_on_device(&done, &account, &token.hash(), &at, &mut rng).await;
                    match opened {
                        Ok((session, next)) => {
                            let trusted = held.lives && held.account == of && held.since <= world.now;
                            if !trusted || world.now >= held.since + store.policy().remember {
                                return Err(NO_FACTOR);
                            }
                            world.kill_token(&held.token);
                            let next = Held { token: Rc::from(next.reveal()), ..held };
                            world.browsers[by].devices[of] = Some(next);
                            let session = self::held(&session, of, world.now);
                            world.browsers[by].session = Some(Held { on_device: true, ..session });
                            return Ok(Outcome::Done);
                        }
                        Err(refusal) => return refused(refusal),
                    }
                }
            };
            match session {
                Ok(_) if world.truth[of].on => Err(NO_FACTOR),
                Ok(session) => {
                    world.browsers[by].session = Some(held(&session, of, world.now));
                    Ok(Outcome::Done)
                }
                Err(refusal) => refused(refusal),
            }
        }
        Next::NeedsFactor(awaiting) => {
            match store.open_pending(&awaiting, &account, &at, &mut chance()).await {
                Ok(token) => {
                    world.browsers[by].pending = Some(held(&token, of, world.now));
                    Ok(Outcome::Done)
                }
                Err(refusal) => refused(refusal),
            }
        }
        Next::MustEnrol(_) | Next::NeedsLink(_) => Ok(Outcome::Impossible),
    }
}

/// A token that a device had before: the device is forgotten, and whoever signed in on it is out.
async fn forget_copied(
    cast: &Cast,
    world: &mut World,
    of: usize,
    token: &Token<token::Device>,
) -> Result<(), Broken> {
    let copied: Option<DeviceId> =
        cast.store.copied_device(&token.hash(), cast.ids[of]).await.map_err(out)?;
    let Some(device) = copied else { return Ok(()) };
    match cast.store.forget_copied_device(cast.ids[of], device, &visit(world.now)).await {
        Ok(()) => {
            // Stories remember one device of an account at a time, so every trust in its hands is this one's.
            world.kill(|_, kind, held| held.account == of && (kind == "device" || held.on_device));
            Ok(())
        }
        Err(refusal) => refused(refusal).map(drop),
    }
}

/// The second step: what was typed is charged, spent, and opens a session, or is refused.
async fn second_step(
    cast: &Cast,
    world: &mut World,
    by: usize,
    attempt: Attempt<Claim>,
    remember: bool,
) -> Told {
    let (store, at) = (&cast.store, visit(world.now));
    let Some(held) = world.browsers[by].pending.clone() else { return Ok(Outcome::Impossible) };
    let Some(pending) = store.pending(&parsed(&held).hash(), world.now).await.map_err(out)? else {
        return Ok(Outcome::Refused);
    };
    if !held.lives {
        return Err(REVIVED);
    }
    let (of, guess) = (held.account, attempt.guess());
    let lane = cast.lane(world, by, of).await?;
    match store.finish_sign_in(pending, attempt, remember, lane, &at, &mut chance()).await {
        Ok(done) => {
            if !world.truth[of].on || done.authenticated.account() != cast.ids[of] {
                return Err(NO_FACTOR);
            }
            world.kill_token(&held.token);
            let browser = &mut world.browsers[by];
            browser.session = Some(self::held(&done.session, of, world.now));
            if let Some((token, _)) = done.device {
                browser.devices[of] = Some(self::held(&token, of, world.now));
            }
            Ok(Outcome::Done)
        }
        Err(Refusal::Wrong(_)) => {
            if lane == Lane::Everybody && guess == Guess::Code {
                world.truth[of].answered.push(world.now);
            }
            Ok(Outcome::Refused)
        }
        Err(refusal) => refused(refusal),
    }
}

/// Guesses in one sign-in after the other, until nothing is answered any more.
async fn guess_all(cast: &Cast, world: &mut World, by: usize, of: usize) -> Told {
    let before = world.truth[of].answered.len();
    loop {
        let answered = world.truth[of].answered.len();
        if answered > before + 400 {
            return Err(BUDGET);
        }
        let waits = |world: &World| world.browsers[by].pending.as_ref().is_some_and(|held| held.lives);
        if !waits(world) {
            match password(cast, world, by, of).await? {
                Outcome::Done if waits(world) => {}
                _ => return Ok(Outcome::Impossible),
            }
        }
        let attempt = cast.types(world, of, &wrong_code(world, of)).await?;
        match second_step(cast, world, by, attempt, false).await? {
            Outcome::Done => return Err(NO_FACTOR),
            // The sign-in is worn out: the password once more.
            _ if world.truth[of].answered.len() > answered => {
                let Some(held) = world.browsers[by].pending.clone() else { continue };
                if cast.store.pending(&parsed(&held).hash(), world.now).await.map_err(out)?.is_none() {
                    world.browsers[by].pending = None;
                }
            }
            _ => break,
        }
    }
    Ok(if world.truth[of].answered.len() > before { Outcome::Done } else { Outcome::Refused })
}

/// Proves what was scanned last.
async fn prove(cast: &Cast, world: &mut World, by: usize) -> Told {
    let (store, at) = (&cast.store, visit(world.now));
    let Some((of, session)) = cast.session(world, by).await? else { return Ok(Outcome::Impossible) };
    let offered = store.enrolment(cast.ids[of], session.id, world.now).await.map_err(out)?;
    let Some(offered) = offered else { return Ok(Outcome::Impossible) };
    let scanned = world.phones[of].iter().find(|phone| phone.authenticator == offered.authenticator);
    let Some(phone) = scanned.map(Rc::clone) else { return Ok(Outcome::Impossible) };
    let Ok(proven) = offered.prove(&phone.code(world.now, 0), world.now) else { return Ok(Outcome::Refused) };
    let (id, now) = (phone.authenticator.to_string(), step(world.now));
    if session.two_factor_at.is_some() {
        return match store.add_authenticator(&proven, &name("Phone"), &at).await {
            Ok(()) if !world.truth[of].on => Err(REVIVED),
            Ok(()) => {
                world.truth[of].authenticators.insert(id, now);
                Ok(Outcome::Done)
            }
            Err(refusal) => refused(refusal),
        };
    }
    let Some(codes) = set(of, world.truth[of].sets) else { return Ok(Outcome::Impossible) };
    match store.turn_on(&proven, &name("Phone"), &codes, &at, &mut chance()).await {
        Ok(()) if world.truth[of].on => Err(REVIVED),
        Ok(()) => {
            let truth = &mut world.truth[of];
            (truth.on, truth.reset, truth.unspent) = (true, false, [true; CODES]);
            truth.sets += 1;
            truth.authenticators = std::iter::once((id, now)).collect();
            world.kill(|_, _, held| held.account == of);
            Ok(Outcome::Done)
        }
        Err(refusal) => refused(refusal),
    }
}

/// A code that no phone of the account shows near this moment.
fn wrong_code(world: &World, of: usize) -> String {
    let shown = |code: &String| {
        let near = |phone: &Rc<Phone>| (-3..=3).any(|steps| phone.code(world.now, steps) == *code);
        world.phones[of].iter().any(near)
    };
    (0..100).map(|n| format!("{n:06}")).find(|code| !shown(code)).unwrap()
}

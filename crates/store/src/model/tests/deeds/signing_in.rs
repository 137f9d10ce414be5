//! Signing in and out: what is typed at the first page and at the second.

use super::*;

/// Does one of these.
pub(super) async fn does(cast: &Cast, world: &mut World, deed: Deed) -> Told {
    let store = &cast.store;
    let at = visit(world.now);
    match deed {
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
        // Deeds of another file.
        _ => Ok(Outcome::Impossible),
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
        cast.store.copied_device(&token.hash(), cast.ids[of], world.now).await.map_err(out)?;
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

/// A code that no phone of the account shows near this moment.
fn wrong_code(world: &World, of: usize) -> String {
    let shown = |code: &String| {
        let near = |phone: &Rc<Phone>| (-3..=3).any(|steps| phone.code(world.now, steps) == *code);
        world.phones[of].iter().any(near)
    };
    (0..100).map(|n| format!("{n:06}")).find(|code| !shown(code)).unwrap()
}

//! Changing what an account has: turning on and off, replacing, removing, and what administrators do.

use super::*;

/// Does one of these.
pub(super) async fn does(cast: &Cast, world: &mut World, deed: Deed) -> Told {
    let store = &cast.store;
    let at = visit(world.now);
    match deed {
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
        // Deeds of another file.
        _ => Ok(Outcome::Impossible),
    }
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

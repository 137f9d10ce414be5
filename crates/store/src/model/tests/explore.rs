//! Every story of a kind, from a beginning, up to a length: each state is looked at once, with every deed that is
//! possible there.

use std::collections::HashMap;

use countersign::token::{self, Token};

use super::canon::{fingerprint, words};
use super::deeds::{BUDGET, Broken, Deed, LOCKED, Outcome, does};
use super::scene::{A, Browser, Cast, Held, World, X, now_or_never, step};

/// A story that ends with a property broken.
#[derive(Debug)]
pub(super) struct Story {
    pub(super) told: Vec<Deed>,
    pub(super) broken: Broken,
}

/// What was looked at.
#[derive(Debug, Default)]
pub(super) struct Tally {
    pub(super) states: usize,
    pub(super) transitions: usize,
}

struct Exploring<'a> {
    cast: &'a Cast,
    deeds: &'a [Deed],
    /// The states that were seen, and how long the stories were that went on from them.
    seen: HashMap<u128, usize>,
    tally: Tally,
}

/// Tells all stories of these deeds that are at most so long.
pub(super) fn explore(cast: &Cast, world: &World, deeds: &[Deed], length: usize) -> Result<Tally, Story> {
    let mut exploring = Exploring { cast, deeds, seen: HashMap::new(), tally: Tally::default() };
    exploring.seen.insert(fingerprint(&words(cast, world)), length);
    exploring.tally.states = 1;
    exploring.go_on(world, length).map_err(|mut story| {
        story.told.reverse();
        story
    })?;
    Ok(exploring.tally)
}

impl Exploring<'_> {
    fn go_on(&mut self, world: &World, left: usize) -> Result<(), Story> {
        if left == 0 {
            return Ok(());
        }
        for deed in self.deeds {
            self.cast.stage.remember();
            let outcome = self.next(world, *deed, left);
            self.cast.stage.go_back();
            outcome.map_err(|mut story| {
                story.told.push(*deed);
                story
            })?;
        }
        Ok(())
    }

    fn next(&mut self, world: &World, deed: Deed, left: usize) -> Result<(), Story> {
        let story = |broken| Story { told: Vec::new(), broken };
        let mut world = world.clone();
        match now_or_never(does(self.cast, &mut world, deed)) {
            Err(broken) => return Err(story(broken)),
            Ok(Outcome::Impossible) => return Ok(()),
            Ok(Outcome::Done | Outcome::Refused) => {}
        }
        self.tally.transitions += 1;
        let known = self.seen.entry(fingerprint(&words(self.cast, &world))).or_insert(0);
        if *known >= left {
            return Ok(());
        }
        let is_new = std::mem::replace(known, left) == 0;
        if is_new {
            self.tally.states += 1;
            agrees(self.cast, &world).map_err(story)?;
            way_in(self.cast, &world).map_err(story)?;
        }
        self.go_on(&world, left - 1)
    }
}

/// What the store says is what has to be true.
pub(super) fn agrees(cast: &Cast, world: &World) -> Result<(), Broken> {
    const REVIVED: Broken = Broken("nothing survives that must not");
    let (store, now) = (&cast.store, world.now);
    cast.stage.remember();
    let looked = (|| {
        for browser in &world.browsers {
            let dead = |held: &&Held| !held.lives;
            if let Some(held) = browser.session.as_ref().filter(dead) {
                let token: Token<token::Session> = Token::parse(&held.token).unwrap();
                let found = now_or_never(store.session(&token.hash(), now));
                if found.is_ok_and(|session| session.is_some()) {
                    return Err(REVIVED);
                }
            }
            if let Some(held) = browser.pending.as_ref().filter(dead) {
                let token: Token<token::Pending> = Token::parse(&held.token).unwrap();
                if now_or_never(store.pending(&token.hash(), now)).is_ok_and(|pending| pending.is_some()) {
                    return Err(REVIVED);
                }
            }
            for held in browser.devices.iter().flatten().filter(dead) {
                let (token, id) =
                    (Token::<token::Device>::parse(&held.token).unwrap(), cast.ids[held.account]);
                if now_or_never(store.device(&token.hash(), id)).is_ok_and(|device| device.is_some()) {
                    return Err(REVIVED);
                }
            }
        }
        for (truth, id) in world.truth.iter().zip(cast.ids) {
            let factors = now_or_never(store.factors(id)).map_err(|_| REVIVED)?;
            let kept: Vec<(String, i64)> = factors
                .authenticators
                .iter()
                .map(|kept| (kept.id.to_string(), kept.last_step.number()))
                .collect();
            let as_it_should = kept.len() == truth.authenticators.len()
                && kept.iter().all(|(id, last)| truth.authenticators.get(id) == Some(last));
            let sets = now_or_never(store.recovery_sets(id)).map_err(|_| REVIVED)?;
            let unspent = truth.unspent.iter().filter(|unspent| **unspent).count();
            if !as_it_should || sets.left() != unspent {
                return Err(REVIVED);
            }
        }
        whole(cast)
    })();
    cast.stage.go_back();
    looked?;
    // At one in 10,000 a year, and three codes of a million right at a time for each authenticator, 33 wrong answers
    // are answered a year, or as many as fit where there are several.
    let answered = &world.truth[A].answered;
    let within_a_year = |from: &countersign::Timestamp| {
        answered.iter().filter(|at| **at >= *from && **at < *from + countersign::Span::days(365)).count()
    };
    let most = 33 / world.truth[A].authenticators.len().max(1);
    let tight = cast.store.policy().guess_probability != countersign::budget::Probability::default();
    if tight && answered.iter().any(|from| within_a_year(from) > most) { Err(BUDGET) } else { Ok(()) }
}

/// No state is half of another.
pub(super) fn whole(cast: &Cast) -> Result<(), Broken> {
    const HALVES: &[&str] = &[
        "SELECT 1 FROM accounts a WHERE a.two_factor_at IS NOT NULL AND NOT EXISTS \
         (SELECT 1 FROM authenticators t WHERE t.account_id = a.id)",
        "SELECT 1 FROM accounts a WHERE a.two_factor_at IS NOT NULL AND NOT EXISTS \
         (SELECT 1 FROM recovery_sets s WHERE s.account_id = a.id AND s.replaced_at IS NULL)",
        "SELECT 1 FROM accounts a JOIN authenticators t ON t.account_id = a.id WHERE a.two_factor_at IS NULL",
        "SELECT 1 FROM accounts a JOIN recovery_sets s ON s.account_id = a.id WHERE a.two_factor_at IS NULL",
        "SELECT 1 FROM accounts a JOIN trusted_devices d ON d.account_id = a.id WHERE a.two_factor_at IS NULL",
        "SELECT 1 FROM accounts a JOIN pending_sign_ins p ON p.account_id = a.id WHERE a.two_factor_at IS NULL",
        "SELECT 1 FROM recovery_sets s WHERE s.replaced_at IS NULL GROUP BY s.account_id HAVING count(*) > 1",
    ];
    match HALVES.iter().any(|half| !cast.stage.rows(half).is_empty()) {
        true => Err(Broken("no state is half-written")),
        false => Ok(()),
    }
}

/// The owner of A, who has the password and a phone, gets in: at once, or after a wait that ends.
pub(super) fn way_in(cast: &Cast, world: &World) -> Result<(), Broken> {
    let mut world = world.clone();
    let owner = Browser { knows: [world.truth[A].password; 2], ..Browser::default() };
    let phone = world.phones[A]
        .iter()
        .rposition(|phone| world.truth[A].authenticators.contains_key(&phone.authenticator.to_string()));
    // Where 2FA is off the password is enough, and that is what most other stories show.
    let Some(phone) = phone else { return Ok(()) };
    let last = world.truth[A].authenticators.values().max().copied().unwrap_or(0);
    // The clock may have stepped back behind the last code that was used: until then there is no fresh one.
    while step(world.now) <= last {
        world.now = world.now + countersign::Span::seconds(30);
    }
    let back = world.phones[A].len().saturating_sub(phone + 1);
    let ways: &[(i64, Deed)] = &[
        (0, Deed::Code { by: X, phone: back, remember: false }),
        (0, Deed::TwoCodes { by: X }),
        (86_400, Deed::TwoCodes { by: X }),
        (86_400, Deed::Code { by: X, phone: back, remember: false }),
    ];
    cast.stage.remember();
    let mut answer = Err(LOCKED);
    for (wait, deed) in ways {
        world.browsers[X] = owner.clone();
        let tried = now_or_never(async {
            does(cast, &mut world, Deed::Clock(*wait)).await?;
            does(cast, &mut world, Deed::Password { by: X, of: A }).await?;
            if world.browsers[X].session.is_some() {
                return Ok(Outcome::Done);
            }
            does(cast, &mut world, *deed).await
        });
        match tried {
            Ok(Outcome::Done) => {
                answer = Ok(());
                break;
            }
            Err(broken) => {
                answer = Err(broken);
                break;
            }
            Ok(_) => {}
        }
    }
    cast.stage.go_back();
    answer
}

/// The world after these deeds, all of which have to succeed; nobody holds anything any more.
pub(super) fn after(cast: &Cast, deeds: &[Deed]) -> World {
    let mut world = World::new();
    for deed in deeds {
        let outcome = now_or_never(does(cast, &mut world, *deed));
        assert_eq!(outcome, Ok(Outcome::Done), "{deed:?}");
    }
    world
}

//! Two at once: two nodes on one database, each in the middle of a deed, in every order in which they can come to the
//! database. Whatever they do ends as if one had come after the other, or as if one had been refused and never come.

use std::pin::Pin;
use std::sync::atomic::Ordering;
use std::task::{Context, Poll, Waker};

use super::canon::{database_words, uncharged};
use super::deeds::{Broken, Deed, Outcome, does};
use super::explore::whole;
use super::scene::{Cast, World, now_or_never};

/// How a race, or a row of deeds, ended: the database, and what came of each deed.
#[derive(Clone, Debug, PartialEq, Eq)]
struct End {
    state: String,
    outcomes: [Option<Outcome>; 2],
}

/// In the same state, whether it was done or not is what others can see; a deed that met a dead end was refused.
fn came_of(told: &Result<Outcome, Broken>) -> Outcome {
    match told {
        // What a racer holds true is of before the other's deed: what the store did is judged by where it ends.
        Ok(Outcome::Done) | Err(_) => Outcome::Done,
        Ok(Outcome::Refused | Outcome::Impossible) => Outcome::Refused,
    }
}

/// A deed under way.
type Racer<'a> = Pin<Box<dyn Future<Output = Result<Outcome, Broken>> + 'a>>;

/// One deed after the other, the first of which is number `first`.
fn in_a_row(cast: &Cast, world: &World, deeds: [Deed; 2], order: &[usize]) -> End {
    cast.stage.remember();
    let (mut world, mut outcomes) = (world.clone(), [None; 2]);
    for nth in order {
        outcomes[*nth] = Some(came_of(&now_or_never(does(cast, &mut world, deeds[*nth]))));
    }
    let state = database_words(cast, &world);
    cast.stage.go_back();
    End { state, outcomes }
}

/// Both at once: `prefix` says who comes next, as far as it goes, and then the first who can. Tells who came, and
/// whether the other could have come instead.
fn at_once(cast: &Cast, world: &World, deeds: [Deed; 2], prefix: &[usize]) -> (End, Vec<(usize, bool)>) {
    cast.stage.remember();
    cast.stage.by_turns.store(true, Ordering::Relaxed);
    let mut worlds = [world.clone(), world.clone()];
    let mut outcomes = [None; 2];
    let mut came = Vec::new();
    {
        let [first, second] = &mut worlds;
        let mut racers: [Option<Racer<'_>>; 2] =
            [Some(Box::pin(does(cast, first, deeds[0]))), Some(Box::pin(does(cast, second, deeds[1])))];
        let mut context = Context::from_waker(Waker::noop());
        while racers.iter().any(Option::is_some) {
            let wanted = prefix.get(came.len()).copied().unwrap_or(0);
            let next = if racers[wanted].is_some() { wanted } else { 1 - wanted };
            came.push((next, racers[1 - next].is_some()));
            let Some(racer) = racers[next].as_mut() else { break };
            if let Poll::Ready(told) = racer.as_mut().poll(&mut context) {
                outcomes[next] = Some(came_of(&told));
                racers[next] = None;
            }
        }
    }
    cast.stage.by_turns.store(false, Ordering::Relaxed);
    let state = database_words(cast, world);
    let halves = whole(cast);
    cast.stage.go_back();
    let state = if halves.is_ok() { state } else { format!("half-written: {state}") };
    (End { state, outcomes }, came)
}

/// A sign-in first ends what its browser held before, which stays ended where the sign-in is refused: that is two
/// deeds, and here one is looked at.
fn with_nothing_in_hand(world: &World, deeds: [Deed; 2]) -> World {
    let mut world = world.clone();
    for deed in deeds {
        if let Deed::Password { by, .. } = deed {
            (world.browsers[by].session, world.browsers[by].pending) = (None, None);
        }
    }
    world
}

/// Every order of two deeds; how many there were, or the one that ends as no row of deeds does.
pub(super) fn race(cast: &Cast, world: &World, deeds: [Deed; 2]) -> Result<usize, String> {
    let world = &with_nothing_in_hand(world, deeds);
    let rows = [in_a_row(cast, world, deeds, &[0, 1]), in_a_row(cast, world, deeds, &[1, 0])];
    let alone = [in_a_row(cast, world, deeds, &[0]), in_a_row(cast, world, deeds, &[1])];
    let may_be = |end: &End| {
        let one_was_refused = |nth: usize| {
            end.outcomes[1 - nth] == Some(Outcome::Refused)
                && end.outcomes[nth] == alone[nth].outcomes[nth]
                && (end.state == alone[nth].state
                    // A code that met authenticators which were just removed was wrong, and is charged as such.
                    || (alone[1 - nth].outcomes[1 - nth] == Some(Outcome::Done)
                        && uncharged(&end.state) == uncharged(&alone[nth].state)))
        };
        rows.contains(end) || one_was_refused(0) || one_was_refused(1)
    };
    let (mut prefix, mut orders) = (Vec::new(), 0);
    loop {
        let (end, came) = at_once(cast, world, deeds, &prefix);
        orders += 1;
        if !may_be(&end) {
            let order: Vec<usize> = came.iter().map(|(who, _)| *who).collect();
            return Err(format!(
                "{deeds:?} in the order {order:?} ends as\n{end:#?}\nand in a row as\n{rows:#?}"
            ));
        }
        // The last moment at which the second could have come instead of the first.
        let Some(last) = came.iter().rposition(|(who, other)| *who == 0 && *other) else { return Ok(orders) };
        prefix = came[..last].iter().map(|(who, _)| *who).collect();
        prefix.push(1);
    }
}

/// The process dies after each statement of a deed: what is left is whole, and the deed can be done again or was done.
pub(super) fn deaths(cast: &Cast, world: &World, deed: Deed) -> Result<usize, String> {
    let untouched = in_a_row(cast, world, [deed, deed], &[]).state;
    for after in 0.. {
        cast.stage.remember();
        cast.stage.dies_after(Some(after));
        let mut dying = world.clone();
        let told = now_or_never(does(cast, &mut dying, deed));
        cast.stage.dies_after(None);
        let (state, halves) = (database_words(cast, world), whole(cast));
        let lived = matches!(told, Ok(Outcome::Done));
        let way_in = super::explore::way_in(cast, if lived { &dying } else { world });
        cast.stage.go_back();
        if halves.is_err() {
            return Err(format!("{deed:?}, dead after {after} statements, leaves {state}"));
        }
        // Where nothing was written, the world is as it was, and its owner gets in.
        if state == untouched && way_in.is_err() {
            return Err(format!("{deed:?}, dead after {after} statements: {way_in:?}"));
        }
        if lived || after > 200 {
            return Ok(after);
        }
        if matches!(told, Ok(Outcome::Impossible)) {
            return Ok(0);
        }
    }
    Ok(0)
}

//! Places: how many connections may be open, how many to one household, and who makes room.
//!
//! A connection is idle between requests, before its first one, and while the head of one is still incomplete. When all
//! places are taken the one that has been idle for longest makes room: whoever only holds places loses them, and
//! whoever is being answered keeps theirs. When none is idle the newcomer is refused.

use std::collections::{BTreeMap, BTreeSet, HashMap};
use std::sync::{
    Arc, Mutex, MutexGuard, PoisonError,
    atomic::{AtomicU64, Ordering},
};

use tokio::sync::Notify;

use crate::config::Connections;
use crate::household::Household;

/// All places of a listener.
pub(super) struct Places {
    state: Mutex<State>,
    most: usize,
    most_per_household: usize,
}

#[derive(Default)]
struct State {
    /// The next number, for connections and for moments of falling silent: order is all that matters here.
    next: u64,
    open: HashMap<u64, Held>,
    /// Who fell silent, earliest first.
    idle: BTreeMap<u64, u64>,
    /// The same for each household that is counted.
    idle_of: BTreeSet<(Household, u64)>,
    /// How many places each household holds that is counted.
    households: HashMap<Household, usize>,
}

struct Held {
    leave: Arc<Notify>,
    household: Option<Household>,
    idle_since: Option<u64>,
}

/// What somebody found who came for a place.
pub(super) struct Found {
    /// Theirs until it is dropped; nothing where they are refused.
    pub(super) place: Option<Arc<Place>>,
    /// Whether somebody who was idle had to leave.
    pub(super) made_room: bool,
}

impl Places {
    pub(super) fn new(most: usize, most_per_household: usize) -> Arc<Self> {
        Arc::new(Self { state: Mutex::default(), most, most_per_household })
    }

    /// A place for somebody of this household; for whom it counts in no household's share, `None`.
    pub(super) fn take(self: &Arc<Self>, household: Option<Household>) -> Found {
        let mut state = self.lock();
        let crowded = household.filter(|one| state.held_by(*one) >= self.most_per_household);
        let room = match crowded {
            Some(household) => state.silence_of(household).map(|since| state.send_away(since)),
            None if state.open.len() >= self.most => state.silence().map(|since| state.send_away(since)),
            None => return Found { place: Some(self.seat(&mut state, household)), made_room: false },
        };
        let place = room.is_some().then(|| self.seat(&mut state, household));
        Found { place, made_room: room.is_some() }
    }

    /// Sends everybody away who is idle: the service stops.
    pub(super) fn clear_idle(&self) {
        let mut state = self.lock();
        while let Some(since) = state.silence() {
            state.send_away(since);
        }
    }

    fn seat(self: &Arc<Self>, state: &mut State, household: Option<Household>) -> Arc<Place> {
        let id = state.number();
        let leave = Arc::<Notify>::default();
        state.open.insert(id, Held { leave: Arc::clone(&leave), household, idle_since: None });
        if let Some(household) = household {
            let held = state.households.entry(household).or_default();
            *held = held.saturating_add(1);
        }
        state.fall_silent(id);
        Arc::new(Place { id, leave, phase: AtomicU64::new(0), places: Arc::clone(self) })
    }

    fn lock(&self) -> MutexGuard<'_, State> {
        // Nothing panics under the lock, so a poisoned one guards whole state.
        self.state.lock().unwrap_or_else(PoisonError::into_inner)
    }
}

impl State {
    fn number(&mut self) -> u64 {
        self.next = self.next.wrapping_add(1);
        self.next
    }

    fn held_by(&self, household: Household) -> usize {
        self.households.get(&household).copied().unwrap_or(0)
    }

    /// Since when the one has been silent that has been for longest.
    fn silence(&self) -> Option<u64> {
        self.idle.keys().next().copied()
    }

    fn silence_of(&self, household: Household) -> Option<u64> {
        self.idle_of.range((household, 0)..=(household, u64::MAX)).next().map(|(_, since)| *since)
    }

    fn fall_silent(&mut self, id: u64) {
        let since = self.number();
        let Some(held) = self.open.get_mut(&id) else { return };
        held.idle_since = Some(since);
        self.idle.insert(since, id);
        if let Some(household) = held.household {
            self.idle_of.insert((household, since));
        }
    }

    fn speak(&mut self, id: u64) {
        let Some(held) = self.open.get_mut(&id) else { return };
        if let Some(since) = held.idle_since.take() {
            self.idle.remove(&since);
            if let Some(household) = held.household {
                self.idle_of.remove(&(household, since));
            }
        }
    }

    fn send_away(&mut self, silent_since: u64) {
        if let Some(id) = self.idle.get(&silent_since).copied() {
            self.give_up(id);
        }
    }

    fn give_up(&mut self, id: u64) {
        self.speak(id);
        let Some(held) = self.open.remove(&id) else { return };
        held.leave.notify_one();
        if let Some(household) = held.household {
            let left = self.held_by(household).saturating_sub(1);
            match left {
                0 => self.households.remove(&household),
                left => self.households.insert(household, left),
            };
        }
    }
}

/// What a connection is doing.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) enum Phase {
    /// Nothing of a request has come.
    Idle,
    /// The head of a request is coming.
    Head,
    /// The request is being answered.
    Busy,
    /// The answer is complete, and perhaps not sent yet.
    Answered,
}

/// One connection's place, until it is dropped or given to somebody else.
pub(super) struct Place {
    id: u64,
    leave: Arc<Notify>,
    /// How many requests there were, times four, and the phase: whoever waits knows one idle time from the next.
    phase: AtomicU64,
    places: Arc<Places>,
}

impl Place {
    /// Ready when this place was given to somebody else.
    pub(super) async fn given_away(&self) {
        self.leave.notified().await;
    }

    /// Ready when nothing has come for longer than may be. The stream has timers of its own, which are exact while it is
    /// asked for more; this one also ends a connection that nobody asks: hyper may have asked, and been told to wait,
    /// before its answer was complete.
    pub(super) async fn overdue(&self, limits: &Connections) {
        loop {
            let before = self.phase();
            let most = match before.0 {
                Phase::Idle | Phase::Busy => limits.idle,
                Phase::Head => limits.head,
                Phase::Answered => limits.answer,
            };
            tokio::time::sleep(most).await;
            if self.phase() != before {
                continue;
            }
            match before.0 {
                Phase::Idle | Phase::Head => return,
                Phase::Answered => self.has_sent(),
                Phase::Busy => {}
            }
        }
    }

    /// The phase, and a number that is another one in every request's.
    pub(super) fn phase(&self) -> (Phase, u64) {
        let packed = self.phase.load(Ordering::Acquire);
        let phase = match packed % 4 {
            0 => Phase::Idle,
            1 => Phase::Head,
            2 => Phase::Busy,
            _ => Phase::Answered,
        };
        (phase, packed)
    }

    /// The first byte of a request has come.
    pub(super) fn hears(&self) {
        self.steps(Phase::Idle, 1);
    }

    /// A request is whole as far as its head, and is being answered.
    pub(super) fn begins(&self) {
        let (_, packed) = self.phase();
        self.phase.store((packed / 4 + 1) * 4 + 2, Ordering::Release);
        self.places.lock().speak(self.id);
    }

    /// The answer is complete.
    pub(super) fn has_answered(&self) {
        self.steps(Phase::Busy, 1);
    }

    /// Everything that was to be sent is sent.
    pub(super) fn has_sent(&self) {
        if self.phase().0 == Phase::Answered {
            let (_, packed) = self.phase();
            self.phase.store(packed / 4 * 4, Ordering::Release);
            self.places.lock().fall_silent(self.id);
        }
    }

    fn steps(&self, from: Phase, by: u64) {
        let (phase, packed) = self.phase();
        if phase == from {
            self.phase.store(packed.wrapping_add(by), Ordering::Release);
        }
    }
}

impl Drop for Place {
    fn drop(&mut self) {
        self.places.lock().give_up(self.id);
    }
}

#[cfg(test)]
#[path = "places_tests.rs"]
mod tests;

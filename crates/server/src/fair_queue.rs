//! A queue in which households take turns: whoever brings many waits behind nobody but themselves.
//!
//! A crowd from one address fills it and is told so; somebody from another address still finds a place, since the
//! latest of the longest line leaves for it, and has their turn after one of the crowd's and not after all.

use std::collections::{HashMap, VecDeque};

use crate::household::Household;

/// What waits, at most a given number in all.
pub(crate) struct FairQueue<T> {
    most: usize,
    waiting: usize,
    /// A line for each household that has something waiting. None is empty.
    lines: HashMap<Household, VecDeque<T>>,
    /// Whose turn it is; every household of `lines` once.
    turns: VecDeque<Household>,
}

impl<T> FairQueue<T> {
    pub(crate) fn of(most: usize) -> Self {
        Self { most, waiting: 0, lines: HashMap::new(), turns: VecDeque::new() }
    }

    /// Adds `item`. What comes back has no place: `item` itself, or the latest of a line that stays longer without it
    /// than the line of `item` becomes.
    pub(crate) fn put(&mut self, household: Household, item: T) -> Option<T> {
        let leaves = if self.waiting < self.most {
            self.waiting = self.waiting.saturating_add(1);
            None
        } else {
            let own = self.lines.get(&household).map_or(0, VecDeque::len);
            let longest = self.lines.values_mut().max_by_key(|line| line.len());
            match longest.filter(|line| line.len() > own.saturating_add(1)).and_then(VecDeque::pop_back) {
                Some(latest) => Some(latest),
                None => return Some(item),
            }
        };
        let line = self.lines.entry(household).or_default();
        if line.is_empty() {
            self.turns.push_back(household);
        }
        line.push_back(item);
        leaves
    }

    /// The earliest item of the household whose turn it is.
    pub(crate) fn take(&mut self) -> Option<T> {
        let household = self.turns.pop_front()?;
        let line = self.lines.get_mut(&household)?;
        let item = line.pop_front()?;
        if line.is_empty() {
            self.lines.remove(&household);
        } else {
            self.turns.push_back(household);
        }
        self.waiting = self.waiting.saturating_sub(1);
        Some(item)
    }

    pub(crate) fn len(&self) -> usize {
        self.waiting
    }

    pub(crate) fn is_empty(&self) -> bool {
        self.waiting == 0
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn household(last: u8) -> Household {
        Household::of([192, 0, 2, last].into())
    }

    fn all<T>(queue: &mut FairQueue<T>) -> Vec<T> {
        let items = std::iter::from_fn(|| queue.take()).collect();
        assert!(queue.is_empty() && queue.lines.is_empty() && queue.turns.is_empty());
        items
    }

    #[test]
    fn households_take_turns_and_each_is_served_in_order() {
        let mut queue = FairQueue::of(10);
        for item in ["a1", "a2", "a3", "a4"] {
            assert_eq!(queue.put(household(1), item), None);
        }
        assert_eq!(queue.put(household(2), "b1"), None);
        assert_eq!(queue.take(), Some("a1"));
        assert_eq!(queue.put(household(3), "c1"), None);
        assert_eq!(queue.put(household(2), "b2"), None);
        assert_eq!(all(&mut queue), ["b1", "a2", "c1", "b2", "a3", "a4"]);
    }

    #[test]
    fn whoever_filled_the_queue_makes_room_for_others_and_not_for_more_of_their_own() {
        let mut queue = FairQueue::of(4);
        for item in ["a1", "a2", "a3", "a4"] {
            assert_eq!(queue.put(household(1), item), None);
        }
        assert_eq!(queue.put(household(1), "a5"), Some("a5"));
        assert_eq!(queue.put(household(2), "b1"), Some("a4"));
        assert_eq!(queue.put(household(3), "c1"), Some("a3"));
        // Two, one and one: whoever comes with nothing waiting still finds a place, a second one does not.
        assert_eq!(queue.put(household(2), "b2"), Some("b2"));
        assert_eq!(queue.put(household(4), "d1"), Some("a2"));
        assert_eq!(queue.put(household(5), "e1"), Some("e1"), "four households share four places");
        assert_eq!(all(&mut queue), ["a1", "b1", "c1", "d1"]);
    }

    #[test]
    fn what_comes_back_and_what_is_served_is_all_that_was_brought() {
        let mut queue = FairQueue::of(7);
        let (mut back, mut served) = (Vec::new(), Vec::new());
        // A fixed mixture of five households, one of which brings half of everything.
        for item in 0..2000_u32 {
            let whose = if item % 2 == 0 { 0 } else { u8::try_from(item * 7919 % 5).unwrap() };
            back.extend(queue.put(household(whose), item));
            assert!(queue.waiting <= 7 && queue.turns.len() == queue.lines.len());
            if item % 3 == 0 {
                served.extend(queue.take());
            }
        }
        served.extend(all(&mut queue));
        let mut seen = [back, served].concat();
        seen.sort_unstable();
        assert!(seen.into_iter().eq(0..2000));
    }
}

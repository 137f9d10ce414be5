use super::*;

fn household(last: u8) -> Option<Household> {
    Some(Household::of([192, 0, 2, last].into()))
}

fn seated(places: &Arc<Places>, household: Option<Household>) -> Arc<Place> {
    let found = places.take(household);
    assert!(!found.made_room);
    found.place.unwrap()
}

fn answers(place: &Place) {
    place.hears();
    place.begins();
    place.has_answered();
    place.has_sent();
}

/// Whether this place was given to somebody else. Asked once.
async fn was_given_away(place: &Place) -> bool {
    tokio::select! {
        biased;
        () = place.given_away() => true,
        () = std::future::ready(()) => false,
    }
}

#[tokio::test]
async fn whoever_was_silent_for_longest_makes_room_and_whoever_is_being_answered_does_not() {
    let places = Places::new(3, 3);
    let held: Vec<_> = (1..=3).map(|nth| seated(&places, household(nth))).collect();
    // The first has just been answered, the second is being answered, the third has never said anything.
    answers(&held[0]);
    held[1].begins();
    let fourth = places.take(household(4));
    assert!(fourth.made_room && fourth.place.is_some());
    let fifth = places.take(household(5)).place.unwrap();
    let away =
        [was_given_away(&held[0]).await, was_given_away(&held[1]).await, was_given_away(&held[2]).await];
    assert_eq!(away, [true, false, true]);
    assert!(!was_given_away(&fifth).await);
    assert_eq!(places.lock().open.len(), 3);
}

#[tokio::test]
async fn where_everybody_is_being_answered_the_newcomer_is_refused_until_one_has_left() {
    let places = Places::new(2, 2);
    let held: Vec<_> = (1..=2).map(|nth| seated(&places, household(nth))).collect();
    held.iter().for_each(|place| place.begins());
    let refused = places.take(household(3));
    assert!(refused.place.is_none() && !refused.made_room);
    // An answer that is complete and not sent is none of which anything may be lost.
    held[0].has_answered();
    assert!(places.take(household(3)).place.is_none());
    held[0].has_sent();
    assert!(places.take(household(3)).made_room);
    drop(held);
    assert_eq!(places.lock().open.len(), 0);
}

#[tokio::test]
async fn one_household_takes_its_share_and_then_makes_room_for_itself_alone() {
    let places = Places::new(100, 2);
    let proxies: Vec<_> = (0..10).map(|_| seated(&places, None)).collect();
    let other = seated(&places, household(2));
    let own = [seated(&places, household(1)), seated(&places, household(1))];
    own[1].begins();
    let third = places.take(household(1));
    assert!(third.made_room && was_given_away(&own[0]).await && !was_given_away(&other).await);
    third.place.as_ref().unwrap().begins();
    assert!(places.take(household(1)).place.is_none(), "both of its places are in use");
    drop(own);
    seated(&places, household(1));
    for proxy in &proxies {
        assert!(!was_given_away(proxy).await, "whoever is not counted is not sent away for a household");
    }
}

#[tokio::test]
async fn when_the_service_stops_idle_ones_leave_and_nothing_is_left_over_in_the_end() {
    let places = Places::new(5, 5);
    let held: Vec<_> = (1..=5).map(|nth| seated(&places, household(nth % 2))).collect();
    held[3].begins();
    places.clear_idle();
    for (nth, place) in held.iter().enumerate() {
        assert_eq!(was_given_away(place).await, nth != 3);
    }
    drop(held);
    let state = places.lock();
    assert!(state.open.is_empty() && state.idle.is_empty() && state.idle_of.is_empty());
    assert!(state.households.is_empty());
}

/// The answer is complete and was fetched, and the stream was not asked again: seen once in a thousand runs.
#[tokio::test]
async fn a_connection_that_nobody_asks_any_more_is_silent_after_all_and_ends() {
    let soon = std::time::Duration::from_millis(5);
    let limits =
        Connections { head: soon, body: soon, idle: soon, answer: soon, most: 2, most_per_address: 2 };
    let places = Places::new(1, 1);
    let place = places.take(None).place.unwrap();
    place.begins();
    place.has_answered();
    assert_eq!(place.phase().0, Phase::Answered);
    place.overdue(&limits).await;
    assert_eq!(place.phase().0, Phase::Idle);
    assert!(places.take(None).made_room, "and until then it makes room like any other");
}

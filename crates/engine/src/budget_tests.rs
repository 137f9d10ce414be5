//! The budget against guessers who never stop.

use super::*;
use proptest::prelude::*;

const START: Timestamp = Timestamp::from_seconds(1_700_000_000);

fn one() -> Limits {
    Limits::for_codes(Probability::default(), [Digits::SIX])
}

#[test]
fn a_year_of_guesses_is_computed_from_the_probability() {
    assert_eq!(one().guesses_a_year(), 333);
    assert_eq!(Limits::for_codes(Probability::default(), [Digits::SIX; 2]).guesses_a_year(), 166);
    assert_eq!(Limits::for_codes(Probability::default(), [Digits::EIGHT]).guesses_a_year(), 33_333);
    assert_eq!(Limits::for_codes(Probability::new(0.01).unwrap(), [Digits::SIX]).guesses_a_year(), 3_333);
    let least = Probability::new(Probability::LEAST).unwrap();
    assert_eq!(Limits::for_codes(least, [Digits::SIX]).guesses_a_year(), 33);
    assert_eq!(Limits::for_codes(least, [Digits::SIX; 5]).guesses_a_year(), 6);
    assert_eq!(Limits::for_codes(Probability::default(), []).guesses_a_year(), 2);
    assert_eq!(guesses(Probability::default(), 0.0), 0, "where nothing can be guessed, no guess is granted");
    // A whole number of guesses is granted whole, however binary fractions round it.
    assert_eq!(Limits::for_codes(Probability::new(0.003).unwrap(), [Digits::SIX]).guesses_a_year(), 1_000);
    assert!(Limits::for_two_codes(Probability::default(), [Digits::SIX]).guesses_a_year() > 300_000_000);
    for bad in [0.0, -0.1, 0.000_09, 0.11, f64::NAN, f64::INFINITY] {
        assert_eq!(Probability::new(bad), None, "{bad}");
    }
}

#[test]
fn c1_five_wrong_codes_begin_a_wait_that_doubles_to_an_hour() {
    let mut budget = Budget::FRESH;
    let mut now = START;
    let mut waits = Vec::new();
    for n in 1..=14 {
        let admitted = budget.admit(&one(), now).unwrap();
        budget = admitted.if_wrong();
        assert_eq!(admitted.begins_a_wait(), n >= FREE_CODES, "{n}");
        if let Some(Locked::Until(until)) = budget.locked(&one(), now) {
            waits.push(until.since(now).as_milliseconds() / 1000);
            assert_eq!(budget.admit(&one(), until - Span::milliseconds(1)), Err(Locked::Until(until)));
            now = until;
        }
    }
    assert_eq!(waits, [30, 60, 120, 240, 480, 960, 1920, 3600, 3600, 3600]);
}

#[test]
fn a_guesser_who_has_spent_all_that_comes_at_once_gets_one_guess_in_a_day_and_a_half() {
    let mut budget = Budget { level: 100 * GUESS, level_at: START, ..Budget::FRESH };
    let mut now = START;
    for _ in 0..3 {
        let Err(Locked::Until(until)) = budget.admit(&one(), now) else { panic!("the budget is spent") };
        let hours = until.since(now).as_milliseconds() / 3_600_000;
        assert_eq!(hours, 37, "233 guesses trickle back over a year");
        assert!(budget.admit(&one(), until - Span::minutes(5)).is_err());
        now = until;
        budget = Budget { failures: 0, next_at: START, ..budget.admit(&one(), now).unwrap().if_wrong() };
    }
}

#[test]
fn c11_failures_go_on_counting_after_a_wait_and_a_hundred_is_the_most() {
    let mut budget = Budget::FRESH;
    let mut now = START;
    let mut answered = 0;
    for _ in 0..100_000 {
        match budget.admit(&one(), now) {
            Ok(admitted) => {
                answered += 1;
                budget = admitted.if_wrong();
            }
            Err(Locked::Until(until)) => now = until,
            Err(Locked::UntilProven) => break,
        }
    }
    assert_eq!(answered, MOST_FAILURES);
    assert_eq!(budget.admit(&one(), now + Span::days(3650)), Err(Locked::UntilProven));
    assert!(budget.proven().admit(&one(), now + Span::days(3650)).is_ok());
}

#[test]
fn wrong_codes_of_a_sign_in_that_succeeds_are_given_back_and_those_of_others_are_not() {
    let mut budget = Budget::FRESH;
    for _ in 0..4 {
        budget = budget.admit(&one(), START).unwrap().if_wrong();
    }
    // Two of the four were the owner's own.
    let after = budget.admit(&one(), START).unwrap().if_right(2);
    assert_eq!((after.failures, after.level), (0, 2000));
    assert_eq!(after.locked(&one(), START), None);
}

#[test]
fn a_recovery_code_is_answered_while_locked_and_still_counts() {
    let mut budget = Budget::FRESH;
    for _ in 0..FREE_CODES {
        budget = budget.admit_recovery(&one(), START).if_wrong();
    }
    assert!(
        matches!(budget.locked(&one(), START), Some(Locked::Until(_))),
        "wrong recovery codes lock single codes"
    );
    assert_eq!(budget.admit_recovery(&one(), START).if_right(0).locked(&one(), START), None);
    for _ in 0..1000 {
        budget = budget.admit_recovery(&one(), START).if_wrong();
    }
    assert!(
        budget.level <= 100 * GUESS,
        "a flood of wrong recovery codes does not lock the account for years"
    );
}

#[test]
fn a_right_recovery_code_gives_back_no_guess_of_a_stranger() {
    let full = Budget { level: 100 * GUESS, level_at: START, ..Budget::FRESH };
    let after = full.admit_recovery(&one(), START).if_right(0);
    assert_eq!(after.level, 100 * GUESS);
}

#[test]
fn nobody_can_send_so_many_pairs_of_codes_that_the_owner_is_kept_out() {
    let limits = Limits::for_two_codes(Probability::default(), [Digits::SIX]);
    let mut budget = Budget::FRESH;
    for _ in 0..100_000 {
        budget = budget.admit(&limits, START).unwrap().if_wrong();
    }
    assert!(budget.admit(&limits, START).is_ok());
}

#[test]
fn passwords_wait_and_are_never_locked_for_ever() {
    let limits = Limits::for_passwords();
    let (mut budget, mut now, mut answered) = (Budget::FRESH, START, 0);
    while now < START + Span::days(365) {
        match budget.admit(&limits, now) {
            Ok(admitted) => {
                answered += 1;
                assert!(answered < 500, "{answered} guesses by {now:?}");
                budget = admitted.if_wrong();
            }
            Err(Locked::Until(until)) => {
                assert!(until > now, "a wait ends later than it begins");
                now = until;
            }
            Err(Locked::UntilProven) => unreachable!("passwords have no other proof"),
        }
    }
    assert!(answered >= 100, "{answered} guesses in a year");
}

#[test]
fn the_first_wrong_passwords_cost_no_wait_and_the_next_one_costs_seconds() {
    let limits = Limits::for_passwords();
    let mut budget = Budget::FRESH;
    for n in 1..FREE_PASSWORDS {
        budget = budget.admit(&limits, START).unwrap().if_wrong();
        assert_eq!(budget.locked(&limits, START), None, "{n}");
    }
    budget = budget.admit(&limits, START).unwrap().if_wrong();
    assert_eq!(budget.locked(&limits, START), Some(Locked::Until(START + FIRST_WAIT)));
}

#[test]
fn a_wait_that_runs_already_does_not_begin_again() {
    let waiting = Budget { failures: 20, next_at: START + LONGEST_WAIT, level_at: START, level: 0 };
    let at_once = waiting.admit_recovery(&one(), START);
    assert_eq!(at_once.if_wrong().next_at, waiting.next_at);
    assert!(!at_once.begins_a_wait(), "its owner has been told of this one");
}

#[test]
fn a_clock_that_was_ahead_for_a_while_locks_nobody_out() {
    let ahead = START + Span::days(400);
    let mut budget = Budget::FRESH;
    for _ in 0..6 {
        budget = budget
            .admit(&one(), ahead)
            .or_else(|_| budget.admit(&one(), ahead + Span::minutes(1)))
            .unwrap()
            .if_wrong();
    }
    assert_eq!(budget.locked(&one(), START), None);
}

#[test]
fn a_wait_holds_for_whoever_began_to_ask_before_it_began() {
    for (limits, failures) in
        [(one(), 11), (one(), 50), (Limits::for_passwords(), 30), (Limits::for_passwords(), 200)]
    {
        let failed = Budget { failures, ..Budget::FRESH };
        let began = failed.admit(&limits, START + ASTRAY).unwrap().if_wrong();
        for earlier in [START, START + Span::seconds(299), START + ASTRAY] {
            assert_eq!(began.locked(&limits, earlier), Some(Locked::Until(began.next_at)), "{failures}");
        }
    }
}

#[test]
fn after_a_restore_ten_guesses_are_left_at_once_and_a_right_code_still_costs_nothing() {
    let limits = one();
    let level = Budget::level_after_a_restore(&limits);
    let mut budget = Budget { level, level_at: START, ..Budget::FRESH };
    let admitted = budget.admit(&limits, START).unwrap();
    assert_eq!(admitted.if_right(0).level, level, "its owner signs in as ever");
    let mut answered = 0;
    while let Ok(admitted) = budget.admit(&limits, START) {
        budget = Budget { failures: 0, next_at: START, ..admitted.if_wrong() };
        answered += 1;
        assert!(answered <= LEFT_AFTER_A_RESTORE);
    }
    assert_eq!(answered, LEFT_AFTER_A_RESTORE);
    let few = Limits::for_codes(Probability::new(0.0001).unwrap(), vec![Digits::SIX; 5]);
    assert_eq!(Budget::level_after_a_restore(&few), 0, "who has fewer keeps them: nobody is locked out");
}

proptest! {
    /// The promise itself: whatever the pace and however often the owner signs in meanwhile, a guesser is
    /// answered no more often in any year than the operator's probability allows.
    #[test]
    fn answered_guesses_never_exceed_the_budget_of_a_year(
        authenticators in 1_usize..=3,
        p in prop::sample::select(vec![0.0001, 0.001, 0.01]),
        pace in prop::collection::vec((1_i64..200_000, any::<bool>()), 200..1200),
    ) {
        let limits = Limits::for_codes(Probability::new(p).unwrap(), vec![Digits::SIX; authenticators]);
        let (mut budget, mut now) = (Budget::FRESH, START);
        let mut answered: Vec<Timestamp> = Vec::new();
        for (wait, owner_signs_in) in pace {
            now = now + Span::milliseconds(wait * 1000);
            if let Ok(admitted) = budget.admit(&limits, now) {
                budget = if owner_signs_in { admitted.if_right(0) } else { answered.push(now); admitted.if_wrong() };
            } else if owner_signs_in {
                budget = budget.proven();
            }
        }
        for (first, &from) in answered.iter().enumerate() {
            let within = answered[first..].iter().take_while(|&&at| at < from + Span::days(365)).count();
            prop_assert!(within as u64 <= limits.guesses_a_year(), "{within} in a year");
        }
    }

    #[test]
    fn nothing_the_store_can_hold_makes_it_panic(
        failures in any::<u32>(), level in any::<u64>(), level_at in any::<i64>(), next_at in any::<i64>(), now in any::<i64>(),
    ) {
        let at = Timestamp::from_milliseconds;
        let budget = Budget { failures, level, level_at: at(level_at), next_at: at(next_at) };
        for limits in [one(), Limits::for_passwords(), Limits::for_two_codes(Probability::default(), [Digits::SIX])] {
            let _ = budget.admit(&limits, at(now)).map(|a| (a.if_wrong(), a.if_right(u32::MAX), a.begins_a_wait()));
            let _ = budget.admit_recovery(&limits, at(now));
        }
    }
}

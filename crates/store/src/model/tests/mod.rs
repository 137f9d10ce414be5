//! The second factor, explored: what is explored are not copies of the rules but the rules. A deed calls the engine's
//! own functions and the store's own verbs, and these run their own scripts on a database in memory, which can be taken
//! back to any earlier moment. `docs/security/model.md` says what is explored, how far, and what not.

mod broken;
mod canon;
mod deeds;
mod explore;
mod races;
mod scene;

use countersign::{budget::Probability, policy::Policy};

use crate::sqlite::stage::Break;
use deeds::Deed;
use explore::{Story, Tally, after, explore};
use scene::{A, B, Cast, X, Y};

/// A kind of story: how it begins, what happens in it, and how long it gets.
struct Kind {
    name: &'static str,
    policy: fn() -> Policy,
    begins: &'static [Deed],
    deeds: &'static [Deed],
    length: usize,
}

const OWNER: Deed = Deed::Password { by: X, of: A };
const STRANGER: Deed = Deed::Password { by: Y, of: A };
const CODE: Deed = Deed::Code { by: X, phone: 0, remember: false };
const REMEMBERED: Deed = Deed::Code { by: X, phone: 0, remember: true };
const SEEN_CODE: Deed = Deed::Code { by: Y, phone: 0, remember: false };
const SCAN: Deed = Deed::Scan { by: X };
const PROVE: Deed = Deed::Prove { by: X };
const STEP: Deed = Deed::Clock(30);
const LATER: Deed = Deed::Clock(90);

/// A has 2FA on, and nobody is signed in.
const ON: &[Deed] = &[OWNER, Deed::Scan { by: X }, Deed::Prove { by: X }, Deed::Clock(90)];

/// A has five authenticators, so that few guesses are a whole year's.
const FIVE_PHONES: &[Deed] =
    &[OWNER, SCAN, PROVE, LATER, OWNER, CODE, SCAN, PROVE, SCAN, PROVE, SCAN, PROVE, SCAN, PROVE, LATER];

const KINDS: &[Kind] = &[
    Kind {
        name: "signing in",
        policy: Policy::default,
        begins: &[
            OWNER,
            Deed::Scan { by: X },
            Deed::Prove { by: X },
            Deed::Password { by: Y, of: B },
            Deed::Scan { by: Y },
            Deed::Prove { by: Y },
            Deed::Clock(90),
        ],
        deeds: &[
            OWNER,
            STRANGER,
            Deed::Password { by: Y, of: B },
            CODE,
            SEEN_CODE,
            Deed::OthersCode { by: Y },
            Deed::WrongCode { by: Y },
            Deed::TwoCodes { by: X },
            Deed::SignOut { by: X },
            Deed::CopyCookies,
            STEP,
            Deed::Clock(-30),
            Deed::Clock(660),
        ],
        length: 5,
    },
    Kind {
        name: "recovery codes",
        policy: Policy::default,
        begins: ON,
        deeds: &[
            OWNER,
            STRANGER,
            Deed::Recovery { by: X, back: 0, nth: 0 },
            Deed::Recovery { by: Y, back: 0, nth: 0 },
            Deed::Recovery { by: Y, back: 1, nth: 0 },
            Deed::ReplaceCodes { by: X },
            CODE,
            STEP,
        ],
        length: 6,
    },
    Kind {
        name: "remembered devices",
        policy: Policy::default,
        begins: &[
            OWNER,
            Deed::Scan { by: X },
            Deed::Prove { by: X },
            Deed::Clock(90),
            OWNER,
            REMEMBERED,
            Deed::Clock(90),
        ],
        deeds: &[
            OWNER,
            STRANGER,
            Deed::Password { by: X, of: B },
            Deed::CopyCookies,
            CODE,
            REMEMBERED,
            SEEN_CODE,
            Deed::SignOut { by: X },
            Deed::ForgetDevices { by: X },
            Deed::ChangePassword { by: X },
            Deed::TurnOff { by: X },
            Deed::Remove { by: X },
            Deed::SignOutAccount { of: A },
            STEP,
            Deed::Clock(31 * 86_400),
            Deed::Clock(-86_400),
        ],
        length: 5,
    },
    Kind {
        name: "a life",
        policy: Policy::default,
        begins: &[],
        deeds: &[
            OWNER,
            STRANGER,
            Deed::Scan { by: X },
            Deed::Scan { by: Y },
            Deed::Prove { by: X },
            Deed::Prove { by: Y },
            CODE,
            SEEN_CODE,
            Deed::Code { by: Y, phone: 1, remember: false },
            Deed::TurnOff { by: X },
            Deed::ReplaceCodes { by: X },
            Deed::Remove { by: X },
            Deed::ChangePassword { by: X },
            Deed::ResetPassword { of: A },
            Deed::ResetTwoFactor { of: A },
            Deed::SignOut { by: X },
            STEP,
            Deed::Clock(1000),
        ],
        length: 7,
    },
    Kind {
        name: "guessing",
        policy: || Policy { guess_probability: Probability::new(0.0001).unwrap(), ..Policy::default() },
        begins: FIVE_PHONES,
        deeds: &[
            Deed::GuessAll { by: Y, of: A },
            OWNER,
            CODE,
            Deed::TwoCodes { by: X },
            Deed::Clock(3600),
            Deed::Clock(40 * 86_400),
            Deed::Clock(-7200),
        ],
        length: 6,
    },
];

fn tell(kind: &Kind, length: usize, broken: Option<Break>) -> Result<Tally, Story> {
    let cast = Cast::new((kind.policy)(), broken);
    let world = after(&cast, kind.begins);
    explore(&cast, &world, kind.deeds, length)
}

/// One kind, all its stories.
fn holds(name: &str) {
    let kind = KINDS.iter().find(|kind| kind.name == name).unwrap();
    let tally = tell(kind, kind.length, None).unwrap_or_else(|story| {
        panic!("{}: {} does not hold after {:?}", kind.name, story.broken.0, story.told)
    });
    println!(
        "{name}: stories of {}: {} states, {} transitions",
        kind.length, tally.states, tally.transitions
    );
}

#[test]
fn signing_in_breaks_no_property() {
    holds("signing in");
}

#[test]
fn recovery_codes_break_no_property() {
    holds("recovery codes");
}

#[test]
fn remembered_devices_break_no_property() {
    holds("remembered devices");
}

#[test]
fn no_life_of_an_account_breaks_a_property() {
    holds("a life");
}

#[test]
fn guessing_breaks_no_property() {
    holds("guessing");
}

/// From where races begin, and who takes part: each deed of the first row against each of the second.
struct Race {
    begins: &'static [Deed],
    ours: &'static [Deed],
    theirs: &'static [Deed],
}

const AT_X: &[Deed] = &[
    OWNER,
    CODE,
    REMEMBERED,
    Deed::TwoCodes { by: X },
    Deed::WrongCode { by: X },
    SCAN,
    PROVE,
    Deed::TurnOff { by: X },
    Deed::ReplaceCodes { by: X },
    Deed::Remove { by: X },
    Deed::ChangePassword { by: X },
    Deed::SignOut { by: X },
    Deed::ForgetDevices { by: X },
];

const AT_Y: &[Deed] = &[
    STRANGER,
    SEEN_CODE,
    Deed::WrongCode { by: Y },
    Deed::Scan { by: Y },
    Deed::Prove { by: Y },
    Deed::TurnOff { by: Y },
    Deed::ReplaceCodes { by: Y },
    Deed::Remove { by: Y },
    Deed::ChangePassword { by: Y },
    Deed::SignOut { by: Y },
    Deed::ResetPassword { of: A },
    Deed::ResetTwoFactor { of: A },
    Deed::SignOutAccount { of: A },
];

const RACES: &[Race] = &[
    // Nobody has 2FA, both are signed in and have scanned a QR code.
    Race { begins: &[OWNER, SCAN, STRANGER, Deed::Scan { by: Y }], ours: AT_X, theirs: AT_Y },
    // 2FA is on, and both wait for a code.
    Race { begins: &[OWNER, SCAN, PROVE, LATER, OWNER, STRANGER], ours: AT_X, theirs: AT_Y },
    // Two authenticators, a remembered device, and both are signed in, the second with a copy of the first's cookies.
    Race {
        begins: &[
            OWNER, SCAN, PROVE, LATER, OWNER, REMEMBERED, SCAN, PROVE, LATER, STRANGER, SEEN_CODE, LATER,
        ],
        ours: AT_X,
        theirs: AT_Y,
    },
    Race {
        begins: &[OWNER, SCAN, PROVE, LATER, OWNER, REMEMBERED, Deed::Clock(1000), Deed::CopyCookies],
        ours: &[OWNER, Deed::SignOut { by: X }, Deed::TurnOff { by: X }],
        theirs: &[STRANGER, Deed::SignOut { by: Y }, Deed::ChangePassword { by: Y }],
    },
];

fn run_races(races: &[Race], broken: Option<Break>) -> Result<usize, String> {
    let mut orders = 0;
    for race in races {
        let cast = Cast::new(Policy::default(), broken);
        let world = after(&cast, race.begins);
        for ours in race.ours {
            for theirs in race.theirs {
                orders += races::race(&cast, &world, [*ours, *theirs])?;
            }
        }
    }
    Ok(orders)
}

fn ends_as_a_row(which: usize) {
    let orders = run_races(&RACES[which..=which], None).unwrap_or_else(|wrong| panic!("{wrong}"));
    println!("beginning {which}: {orders} orders of two deeds");
}

#[test]
fn two_at_once_end_as_one_after_the_other_where_2fa_is_off() {
    ends_as_a_row(0);
}

#[test]
fn two_at_once_end_as_one_after_the_other_where_both_wait_for_a_code() {
    ends_as_a_row(1);
}

#[test]
fn two_at_once_end_as_one_after_the_other_where_both_are_signed_in() {
    ends_as_a_row(2);
}

#[test]
fn two_at_once_end_as_one_after_the_other_where_cookies_were_copied() {
    ends_as_a_row(3);
}

#[test]
fn a_death_between_any_two_statements_leaves_a_whole_state_and_a_way_in() {
    let mut died = 0;
    for race in RACES {
        let cast = Cast::new(Policy::default(), None);
        let world = after(&cast, race.begins);
        for deed in race.ours.iter().chain(race.theirs) {
            died += races::deaths(&cast, &world, *deed).unwrap_or_else(|wrong| panic!("{wrong}"));
        }
    }
    println!("{died} deaths");
}

/// Whether it is noticed when this rule does not hold.
fn is_found(rule: &broken::Rule) -> bool {
    let found = match rule.found_in {
        broken::Found::Racing(which) => run_races(&RACES[which..=which], Some(rule.broken)).err(),
        broken::Found::In(name) => {
            let kind = KINDS.iter().find(|kind| kind.name == name).unwrap();
            let story = tell(kind, kind.length, Some(rule.broken)).err();
            story.map(|story| format!("{}: {:?}", story.broken.0, story.told))
        }
    };
    let first = found.as_ref().and_then(|found| found.lines().next());
    println!("{}: {}", rule.says, first.unwrap_or("NOT FOUND"));
    found.is_some()
}

fn all_are_found(which: impl Fn(&broken::Found) -> bool) {
    let rules = broken::RULES.iter().filter(|rule| which(&rule.found_in));
    let missed: Vec<&str> = rules.filter(|rule| !is_found(rule)).map(|rule| rule.says).collect();
    assert!(missed.is_empty(), "nobody notices when these do not hold: {missed:?}");
}

#[test]
fn every_rule_that_is_broken_on_purpose_is_found_by_a_story() {
    all_are_found(|found| matches!(found, broken::Found::In(_)));
}

#[test]
fn every_rule_that_is_broken_on_purpose_is_found_by_a_race() {
    all_are_found(|found| matches!(found, broken::Found::Racing(_)));
}

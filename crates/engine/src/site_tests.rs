use super::*;
use crate::{AccountId, SessionId, policy::Required};
use rand::{SeedableRng, rngs::StdRng};

const NOW: Timestamp = Timestamp::from_seconds(1_700_000_000);
const QUARTER: Span = Span::minutes(15);

fn standing(two_factor_on: bool, factor_at: Option<Timestamp>) -> Standing {
    let mut rng = StdRng::seed_from_u64(1);
    let (account, session) = (AccountId::fresh(NOW, &mut rng), SessionId::fresh(NOW, &mut rng));
    Standing { session, account, two_factor_on, address_confirmed: false, factor_at }
}

fn group(name: &str) -> Group {
    Group::parse(name).unwrap()
}

fn rule(path: &str, demand: Demand, groups: &[&str]) -> Rule {
    let condition = Condition { demand, groups: groups.iter().map(|name| group(name)).collect() };
    Rule { paths: vec![RulePath::parse(path).unwrap()], condition }
}

/// A wiki: one page for everybody, the rest with a code, its administration with a new one and for some alone.
fn wiki() -> Rules {
    let rules = vec![
        rule("/admin/help", Demand::OneFactor, &[]),
        rule("/admin", Demand::RecentFactor(QUARTER), &["admins"]),
        rule("/public", Demand::Open, &[]),
    ];
    Rules::new(rules, Condition { demand: Demand::TwoFactor, groups: Vec::new() })
}

fn enter(path: &str, standing: Option<&Standing>, groups: &[Group]) -> Entry {
    let guest = standing.map(|standing| Guest { standing, groups });
    wiki().enter(path, guest, &Policy::default(), NOW)
}

#[test]
fn everybody_sees_what_is_open_and_nobody_sees_the_rest_without_signing_in() {
    assert_eq!(enter("/public/page", None, &[]), Entry::Welcome);
    for path in ["/", "/admin", "/admin/help", "/publican"] {
        assert_eq!(enter(path, None, &[]), Entry::SignIn, "{path}");
    }
}

#[test]
fn two_factor_wants_a_code_of_this_very_session() {
    assert_eq!(enter("/", Some(&standing(true, Some(NOW - Span::hours(9)))), &[]), Entry::Welcome);
    assert_eq!(enter("/", Some(&standing(true, None)), &[]), Entry::ShowFactor, "a remembered device");
    assert_eq!(enter("/", Some(&standing(false, None)), &[]), Entry::TurnOn);
    let turned_off = standing(false, Some(NOW));
    assert_eq!(
        enter("/", Some(&turned_off), &[]),
        Entry::TurnOn,
        "its code belongs to a factor that is gone"
    );
    assert_eq!(enter("/admin/help", Some(&standing(true, None)), &[]), Entry::Welcome);
}

#[test]
fn a_recent_factor_is_one_of_the_last_minutes() {
    let admins = [group("admins")];
    let at = |factor_at| enter("/admin", Some(&standing(true, Some(factor_at))), &admins);
    assert_eq!(at(NOW), Entry::Welcome);
    assert_eq!(at(NOW - QUARTER + Span::milliseconds(1)), Entry::Welcome);
    assert_eq!(at(NOW - QUARTER), Entry::ShowFactor);
    assert_eq!(at(NOW + TOLERATED), Entry::Welcome, "a node that is as far ahead as one may be");
    assert_eq!(at(NOW + TOLERATED + Span::milliseconds(1)), Entry::ShowFactor, "another clock");
}

#[test]
fn who_is_in_none_of_the_groups_is_not_asked_for_a_code_first() {
    let other = [group("staff")];
    assert_eq!(enter("/admin", Some(&standing(true, None)), &other), Entry::NotAllowed);
    assert_eq!(enter("/admin", Some(&standing(false, None)), &[]), Entry::NotAllowed);
    // Nor where one reading of a path asks for a code alone and another for a group.
    for path in ["/wiki/../admin", "/ADMIN", "/admin/../wiki"] {
        assert_eq!(enter(path, Some(&standing(true, None)), &other), Entry::NotAllowed, "{path}");
        assert_eq!(enter(path, Some(&standing(false, None)), &other), Entry::NotAllowed, "{path}");
    }
}

#[test]
fn the_strictest_reading_of_a_path_counts() {
    let signed_in = standing(true, Some(NOW - Span::hours(1)));
    for path in [
        "/public/../admin",
        "/public/%2e%2e/admin",
        "/public/%252e%252e/admin",
        "/public/..%2fadmin",
        "//admin",
        "/ADMIN",
        "/public/..;/admin",
        "/admin/help/../users",
        "/admin/help%2f..%2fusers",
        "/public\\..\\admin",
        "/%c0%ae%c0%ae/",
        "/public/%00",
    ] {
        let entry = enter(path, Some(&signed_in), &[]);
        assert_eq!(entry, Entry::NotAllowed, "{path}");
    }
    // The other way round: what leaves the open folder under any reading is not open.
    for path in ["/public/..", "/public/%2e%2e/page", "/PUBLIC", "/admin/../public"] {
        assert_eq!(enter(path, None, &[]), Entry::SignIn, "{path}");
    }
}

#[test]
fn a12_where_2fa_is_required_a_session_without_it_sees_no_site() {
    let strict = Policy { required: Required::OfEverybody, ..Policy::default() };
    let bare = standing(false, None);
    let guest = Some(Guest { standing: &bare, groups: &[] });
    assert_eq!(wiki().enter("/admin/help", guest, &strict, NOW), Entry::TurnOn);
}

use super::*;
use rand::{SeedableRng, rngs::StdRng};

const NOW: Timestamp = Timestamp::from_seconds(5);

fn password(text: &str) -> Password {
    Password::parse(text).unwrap()
}

#[test]
fn the_right_password_proves_its_own_account_and_no_other_text_does() {
    let mut rng = StdRng::seed_from_u64(1);
    let mut memory = Memory::default();
    let id = AccountId::fresh(NOW, &mut rng);
    let stored =
        StoredPassword::hash(&password("kůň ve sklepě 1"), HashCost::LEAST, &mut memory, &mut rng).unwrap();
    let mut check = |text: &str| {
        let whose = Some((id, &stored));
        StoredPassword::check(whose, &password(text), NOW, HashCost::LEAST, &mut memory, &mut rng)
            .open_after_the_budget_accepted()
    };
    assert_eq!(check("kůň ve sklepě 1").unwrap().account(), id);
    assert_eq!(
        check("ku\u{30a}n\u{30c} ve sklepe\u{30c} 1").unwrap().account(),
        id,
        "NFC and NFD are one password"
    );
    for wrong in ["", " ", "kůň ve sklepě 1 ", "KŮŇ VE SKLEPĚ 1", "kůň ve sklepě 2"] {
        assert_eq!(check(wrong).unwrap_err(), Wrong::Password, "{wrong:?}");
    }
}

#[test]
fn g2_an_unknown_account_costs_a_hash_and_is_as_wrong() {
    let mut memory = Memory::default();
    let (x, mut rng) = (password("x"), StdRng::seed_from_u64(1));
    let attempt = StoredPassword::check(None, &x, NOW, HashCost::LEAST, &mut memory, &mut rng);
    assert_eq!(attempt.open_after_the_budget_accepted().unwrap_err(), Wrong::Password);
    assert_eq!(memory.0.len(), 19 * 1024, "the hash was computed");
}

#[test]
fn g2_a_hash_that_cost_less_is_checked_with_the_work_of_the_present_cost() {
    let cost = |memory, passes| HashCost::new(memory, passes).unwrap();
    let missing = |memory_kib, passes| Some(HashCost { memory_kib, passes, lanes: 1 });
    assert_eq!(cost(64 * 1024, 2).beyond(HashCost::LEAST), missing(45 * 1024, 2));
    assert_eq!(cost(19 * 1024, 4).beyond(HashCost::LEAST), missing(19 * 1024 / 2, 4));
    assert_eq!(cost(64 * 1024, 3).beyond(HashCost::LEAST), missing((192 - 38) * 1024 / 3, 3));
    assert_eq!(HashCost::LEAST.beyond(HashCost::LEAST), None);
    assert_eq!(HashCost::LEAST.beyond(cost(64 * 1024, 2)), None);

    let mut rng = StdRng::seed_from_u64(3);
    let id = AccountId::fresh(NOW, &mut rng);
    let stored =
        StoredPassword::hash(&password("x"), HashCost::LEAST, &mut Memory::default(), &mut rng).unwrap();
    for (typed, right) in [("x", true), ("y", false)] {
        let mut memory = Memory::default();
        let cost = cost(64 * 1024, 2);
        let attempt =
            StoredPassword::check(Some((id, &stored)), &password(typed), NOW, cost, &mut memory, &mut rng);
        assert_eq!(attempt.open_after_the_budget_accepted().is_ok(), right);
        assert_eq!(memory.0.len(), 45 * 1024, "what was missing was computed");
    }
}

#[test]
fn a_hostile_hash_is_refused_before_it_is_obeyed() {
    let tail = "$c2FsdHNhbHRzYWx0c2FsdA$AAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAA";
    let phc =
        |scheme: &str, parameters: &str| StoredPassword::parse(format!("${scheme}$v=19${parameters}{tail}"));
    assert!(phc("argon2id", "m=19456,t=2,p=1").is_ok());
    for bad in [
        "m=4194304,t=100,p=1",
        "m=19456,t=17,p=1",
        "m=19456,t=2,p=17",
        "m=0,t=2,p=1",
        "m=19456,t=2,p=1,x=1",
        "m=19456,t=2,t=2,p=1",
        "m=19456,m=4194304,t=2,p=1",
        "m=19456,t=2",
        "t=2,p=1",
    ] {
        assert_eq!(phc("argon2id", bad), Err(NotAHash::Broken(Scheme::Argon2)), "{bad}");
    }
    assert_eq!(phc("argon2i", "m=19456,t=2,p=1"), Err(NotAHash::Kind));
    assert_eq!(StoredPassword::parse(String::new()), Err(NotAHash::Kind));
}

#[test]
fn a_hash_of_another_cost_asks_to_be_made_anew_whether_it_was_less_or_more() {
    let mut rng = StdRng::seed_from_u64(2);
    let mut hash =
        |cost| StoredPassword::hash(&password("x"), cost, &mut Memory::default(), &mut rng).unwrap();
    let stored = hash(HashCost::LEAST);
    assert_ne!(stored.as_str(), hash(HashCost::LEAST).as_str(), "one password under two salts");
    assert!(stored.is_of(HashCost::LEAST));
    let dearer = HashCost::new(20 * 1024, 2).unwrap();
    assert!(!stored.is_of(HashCost::new(19 * 1024, 3).unwrap()) && !stored.is_of(dearer));
    let other = hash(dearer);
    assert!(other.is_of(dearer) && !other.is_of(HashCost::LEAST));
    assert_eq!(HashCost::new(19 * 1024, 1), None);
    assert_eq!(HashCost::new(19 * 1024 - 1, 2), None);
    assert_eq!(HashCost::new(u32::MAX, 2), None);
    assert!(stored.as_str().starts_with("$argon2id$v=19$m=19456,t=2,p=1$"));
    assert_eq!(StoredPassword::parse(stored.as_str().to_owned()), Ok(stored.clone()));
    assert_eq!(format!("{stored:?}"), "StoredPassword");
}

#[test]
fn g2_after_the_hash_of_another_system_all_our_work_is_done_whatever_the_answer() {
    let made = "argon2$argon2id$v=19$m=64,t=2,p=2$b2Ytc2l4dGVlbi1ieXRlcw$/RKUGzEZQb1dDJqJtmE4VvOsbn/i1vuDc8u7Jro4ohg";
    let stored = StoredPassword::parse(made.to_owned()).unwrap();
    let mut rng = StdRng::seed_from_u64(4);
    let id = AccountId::fresh(NOW, &mut rng);
    for (typed, right) in [("seven quiet otters cross at dusk", true), ("nine loud herons", false)] {
        let (whose, mut memory) = (Some((id, &stored)), Memory::default());
        let cost = HashCost::new(20 * 1024, 2).unwrap();
        let attempt = StoredPassword::check(whose, &password(typed), NOW, cost, &mut memory, &mut rng);
        assert_eq!(memory.0.len(), 20 * 1024, "the hash that takes its place was computed");
        let proof = attempt.open_after_the_budget_accepted();
        assert_eq!(proof.is_ok_and(|proof| proof.renewal().is_some()), right);
    }
    let mut memory = Memory::default();
    stored.rehearse(HashCost::LEAST, &mut memory);
    assert_eq!(memory.0.len(), 19 * 1024);
}

#[test]
fn a_blocklist_sees_the_password_as_it_is_hashed() {
    assert_eq!(
        password(" ku\u{30a}n\u{30c} ").reveal(),
        " kůň ",
        "NFC, with the white space that is part of it"
    );
}

#[test]
fn a_very_long_password_is_refused_and_not_cut() {
    assert!(Password::parse(&"ř".repeat(1024)).is_ok());
    assert_eq!(Password::parse(&"ř".repeat(1025)).err(), Some(TooLong));
    // U+0958 is two characters under NFC.
    assert_eq!(Password::parse(&"\u{958}".repeat(513)).err(), Some(TooLong));
    let longest = Password::parse(&"\u{958}".repeat(512)).unwrap();
    assert_eq!(Password::parse(longest.reveal()).unwrap().reveal(), longest.reveal());
}

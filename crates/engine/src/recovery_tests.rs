//! Recovery codes: what is typed, what is caught, what is kept.

use super::*;
use proptest::prelude::*;
use rand::{SeedableRng, rngs::StdRng};
use std::collections::HashSet;

fn fresh(seed: u64) -> RecoveryCode {
    RecoveryCode::fresh(&mut StdRng::seed_from_u64(seed))
}

fn refusal(text: &str) -> Option<NotARecoveryCode> {
    RecoveryCode::parse(text).err()
}

#[test]
fn a_code_is_four_groups_of_four_and_reads_back() {
    let text = fresh(1).reveal();
    assert_eq!(text.len(), 19);
    assert!(text.split('-').all(|group| group.len() == 4));
    let sloppy = text.to_lowercase().replace('-', " ").replace('0', "o").replace('1', "l");
    assert_eq!(*RecoveryCode::parse(&format!(" {sloppy}\r\n")).unwrap().0, *fresh(1).0);
}

#[test]
fn every_single_typo_is_caught() {
    let code = fresh(2);
    for at in 0..LENGTH {
        for wrong in 1..32 {
            let mut values = *code.0;
            values[at] ^= wrong;
            assert_ne!(weighted_sum(&values), 0, "{at} {wrong}");
        }
    }
}

#[test]
fn every_exchange_of_two_characters_is_caught() {
    let code = fresh(3);
    for a in 0..LENGTH {
        for b in a + 1..LENGTH {
            let mut values = *code.0;
            values.swap(a, b);
            assert_eq!(weighted_sum(&values) == 0, values == *code.0, "{a} {b}");
        }
    }
}

#[test]
fn f2_what_is_no_code_of_ours_is_named_and_costs_no_guess() {
    assert_eq!(refusal(""), Some(NotARecoveryCode::Empty));
    assert_eq!(refusal(&" ".repeat(24)), Some(NotARecoveryCode::Empty));
    assert_eq!(refusal("anything"), Some(NotARecoveryCode::Length { found: 8 }));
    assert_eq!(refusal("null"), Some(NotARecoveryCode::Character), "U is no letter of the alphabet");
    assert_eq!(refusal("7QK2-M9TA-ÄÄÄÄ-0000"), Some(NotARecoveryCode::Character));
    let text = fresh(4).reveal();
    assert_eq!(refusal(&text[..14]), Some(NotARecoveryCode::Length { found: 12 }));
    assert_eq!(refusal(&text.repeat(10)), Some(NotARecoveryCode::Length { found: 160 }));
    let mut typo = text.to_string();
    typo.replace_range(0..1, if typo.starts_with('2') { "3" } else { "2" });
    assert_eq!(refusal(&typo), Some(NotARecoveryCode::Typo));
}

#[test]
fn f5_codes_are_75_random_bits_and_only_argon2id_is_kept() {
    let mut rng = StdRng::seed_from_u64(5);
    let many: HashSet<String> =
        (0..10_000).map(|_| RecoveryCode::fresh(&mut rng).reveal().to_string()).collect();
    assert_eq!(many.len(), 10_000);
    for place in 0..15 {
        let seen: HashSet<u8> = many
            .iter()
            .map(|text| text.as_bytes().iter().copied().filter(|b| *b != b'-').nth(place).unwrap())
            .collect();
        assert_eq!(seen.len(), 32, "place {place}");
    }
    let mut memory = Memory::default();
    let mut set = || RecoverySet::fresh(Timestamp::from_seconds(9), &mut memory, &mut rng).unwrap();
    let (set, another) = (set(), set());
    let parameters = argon2::Params::new(19 * 1024, 2, 1, Some(32)).unwrap();
    let (kind, version) = (argon2::Algorithm::Argon2id, argon2::Version::V0x13);
    let argon2id = argon2::Argon2::new_with_secret(&set.stored.pepper.0, kind, version, parameters).unwrap();
    for (code, kept) in set.codes.iter().zip(&set.stored.codes) {
        let mut expected = [0; 32];
        argon2id.hash_password_into(&*code.0, &set.stored.salt, &mut expected).unwrap();
        assert_eq!(kept.hash, expected);
    }
    assert_ne!(set.stored.salt, another.stored.salt);
    assert_ne!(*set.stored.pepper.0, *another.stored.pepper.0);
}

#[test]
fn f7_every_code_of_a_set_is_found_once_and_a_spent_one_says_when() {
    let mut rng = StdRng::seed_from_u64(6);
    let mut memory = Memory::default();
    let mut set = RecoverySet::fresh(Timestamp::from_seconds(9), &mut memory, &mut rng).unwrap();
    assert_eq!((set.codes.len(), set.stored.left()), (10, 10));
    for code in &set.codes {
        assert!(matches!(set.stored.find(code, &mut memory), Found::Unspent(_)));
    }
    let when = Timestamp::from_seconds(77);
    set.stored.codes[3].used_at = Some(when);
    assert_eq!(set.stored.find(&set.codes[3], &mut memory), Found::Spent(when));
    assert_eq!(set.stored.left(), 9);
    assert_eq!(set.stored.find(&RecoveryCode::fresh(&mut rng), &mut memory), Found::Nothing);
    let other = RecoverySet::fresh(Timestamp::from_seconds(9), &mut memory, &mut rng).unwrap();
    assert_eq!(other.stored.find(&set.codes[0], &mut memory), Found::Nothing);
}

#[test]
fn without_the_pepper_the_kept_hash_is_another() {
    let mut rng = StdRng::seed_from_u64(7);
    let mut memory = Memory::default();
    let FreshSet { codes, mut stored } =
        RecoverySet::fresh(Timestamp::from_seconds(9), &mut memory, &mut rng).unwrap();
    stored.pepper = Pepper(Zeroizing::new(vec![0; 32]));
    assert_eq!(stored.find(&codes[0], &mut memory), Found::Nothing);
}

proptest! {
    #[test]
    fn no_text_makes_it_panic(text in ".*") {
        let _ = RecoveryCode::parse(&text);
    }
}

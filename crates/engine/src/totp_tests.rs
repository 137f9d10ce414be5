//! TOTP against the vectors of RFC 4226 and RFC 6238, and its window over all of time.

use super::*;
use crate::Span;
use proptest::prelude::*;
use rand::{SeedableRng, rngs::StdRng};
use std::collections::HashSet;

fn secret(text: &str) -> SharedSecret {
    SharedSecret::from_bytes(Zeroizing::new(text.as_bytes().to_vec())).unwrap()
}

fn parameters(algorithm: Algorithm, digits: u8) -> Parameters {
    Parameters::new(algorithm, Digits::new(digits).unwrap(), 30).unwrap()
}

fn authenticator(last_step: Step) -> Authenticator {
    let mut rng = StdRng::seed_from_u64(5);
    let id = AuthenticatorId::fresh(Timestamp::from_seconds(0), &mut rng);
    Authenticator { id, secret: secret("12345678901234567890"), parameters: Parameters::default(), last_step }
}

fn code_at(a: &Authenticator, step: Step) -> Code {
    Code::parse(&a.secret.code(&a.parameters, step), a.parameters.digits()).unwrap()
}

#[test]
fn rfc_4226_appendix_d() {
    let codes =
        ["755224", "287082", "359152", "969429", "338314", "254676", "287922", "162583", "399871", "520489"];
    for (counter, code) in (0..).zip(codes) {
        assert_eq!(*secret("12345678901234567890").code(&Parameters::default(), Step(counter)), code);
    }
}

#[test]
fn rfc_6238_appendix_b() {
    let keys = [
        (Algorithm::Sha1, "12345678901234567890"),
        (Algorithm::Sha256, "12345678901234567890123456789012"),
        (Algorithm::Sha512, "1234567890123456789012345678901234567890123456789012345678901234"),
    ];
    let cases = [
        (59, ["94287082", "46119246", "90693936"]),
        (1_111_111_109, ["07081804", "68084774", "25091201"]),
        (1_111_111_111, ["14050471", "67062674", "99943326"]),
        (1_234_567_890, ["89005924", "91819424", "93441116"]),
        (2_000_000_000, ["69279037", "90698825", "38618901"]),
        (20_000_000_000, ["65353130", "77737706", "47863826"]),
    ];
    for (seconds, codes) in cases {
        for ((algorithm, key), code) in keys.into_iter().zip(codes) {
            let p = parameters(algorithm, 8);
            assert_eq!(
                *secret(key).code(&p, p.step(Timestamp::from_seconds(seconds))),
                code,
                "{algorithm:?} at {seconds}"
            );
        }
    }
}

#[test]
fn d7_a_new_secret_has_twenty_bytes_and_none_comes_twice() {
    let mut rng = StdRng::seed_from_u64(6);
    let all: HashSet<String> =
        (0..10_000).map(|_| SharedSecret::fresh(&mut rng).to_base32().to_string()).collect();
    assert_eq!(all.len(), 10_000);
    assert!(all.iter().all(|text| BASE32_NOPAD.decode(text.as_bytes()).unwrap().len() == 20));
}

#[test]
fn the_window_is_one_step_either_side() {
    let a = authenticator(Step::NONE);
    let now = Timestamp::from_seconds(1_700_000_010);
    let present = a.parameters.step(now);
    for (offset, accepted) in [(-2, false), (-1, true), (0, true), (1, true), (2, false)] {
        let answer = a.check(code_at(&a, present.plus(offset)), now);
        assert_eq!(answer, accepted.then_some(Ok(present.plus(offset))), "{offset}");
    }
}

#[test]
fn b1_a_spent_step_and_everything_below_it_is_refused() {
    let now = Timestamp::from_seconds(1_700_000_010);
    let present = Parameters::default().step(now);
    let a = authenticator(present);
    assert_eq!(a.check(code_at(&a, present), now), Some(Err(Spent)));
    assert_eq!(a.check(code_at(&a, present.plus(-1)), now), Some(Err(Spent)));
    assert_eq!(a.check(code_at(&a, present.plus(1)), now), Some(Ok(present.plus(1))));
}

#[test]
fn two_codes_in_a_row_match_only_in_order_and_unspent() {
    let now = Timestamp::from_seconds(1_700_000_010);
    let present = Parameters::default().step(now);
    let a = authenticator(Step::NONE);
    let at = |offset| code_at(&a, present.plus(offset));
    assert_eq!(a.check_two(at(-1), at(0), now), Some(present));
    assert_eq!(a.check_two(at(0), at(1), now), Some(present.plus(1)));
    assert_eq!(a.check_two(at(-2), at(-1), now), Some(present.plus(-1)));
    for (one, two) in [(0, -1), (-1, 1), (0, 0), (-3, -2), (1, 2)] {
        assert_eq!(a.check_two(at(one), at(two), now), None, "{one} {two}");
    }
    let spent = authenticator(present.plus(-1));
    assert_eq!(spent.check_two(at(-1), at(0), now), None);
}

#[test]
fn a_code_of_another_length_never_matches() {
    let a = authenticator(Step::NONE);
    let now = Timestamp::from_seconds(59);
    assert_eq!(a.check(Code::parse("94287082", Digits::EIGHT).unwrap(), now), None);
    assert_eq!(a.check(Code::parse("287082", Digits::SIX).unwrap(), now), Some(Ok(Step(1))));
}

#[test]
fn secrets_of_other_systems_have_ten_to_128_bytes() {
    for (length, fine) in [(0, false), (9, false), (10, true), (128, true), (129, false)] {
        assert_eq!(SharedSecret::from_bytes(Zeroizing::new(vec![1; length])).is_ok(), fine, "{length}");
    }
    for (period, fine) in [(0, false), (9, false), (10, true), (300, true), (301, false)] {
        assert_eq!(Parameters::new(Algorithm::Sha1, Digits::SIX, period).is_some(), fine, "{period}");
    }
    for algorithm in Algorithm::ALL {
        assert_eq!(Algorithm::parse(algorithm.word()), Some(algorithm));
    }
    assert_eq!(Algorithm::parse("sha1"), None);
}

#[test]
fn a_sealed_secret_opens_as_itself() {
    let mut rng = StdRng::seed_from_u64(1);
    let account = AccountId::fresh(Timestamp::from_seconds(0), &mut rng);
    let key = (crate::secret::KeyId::parse("k").unwrap(), Zeroizing::new([1; 32]));
    let keyring = Keyring::new([key]).unwrap();
    let fresh = SharedSecret::fresh(&mut rng);
    let sealed = fresh.seal(&keyring, account, "item", &mut rng);
    let opened = SharedSecret::open(&keyring, account, "item", &sealed).unwrap();
    assert_eq!(*opened.to_base32(), *fresh.to_base32());
    assert!(SharedSecret::open(&keyring, account, "other", &sealed).is_err());
}

proptest! {
    #[test]
    fn a_code_is_accepted_exactly_while_its_step_is_in_the_window(
        seconds in 0_i64..40_000_000_000,
        skew in -200_i64..200,
        spent in -5_i64..5,
    ) {
        let now = Timestamp::from_seconds(seconds);
        let present = Parameters::default().step(now);
        let a = authenticator(present.plus(spent));
        let theirs = a.parameters.step(Timestamp::from_seconds(seconds + skew));
        let answer = a.check(code_at(&a, theirs), now);
        let in_window = (theirs.number() - present.number()).abs() <= 1;
        // A collision of two codes is one in a million a pair; it may only widen to another step of the window.
        match answer {
            Some(Ok(step)) => prop_assert!((step.number() - present.number()).abs() <= 1 && step > a.last_step),
            Some(Err(Spent)) => prop_assert!(a.last_step >= present.plus(-1)),
            None => prop_assert!(!in_window),
        }
        if in_window && theirs > a.last_step {
            prop_assert!(matches!(answer, Some(Ok(_))));
        }
    }

    #[test]
    fn whatever_the_order_of_attempts_a_step_passes_once(order in prop::collection::vec((-2_i64..=2, 0_u32..90), 1..40)) {
        let mut now = Timestamp::from_seconds(1_700_000_000);
        let mut a = authenticator(Step::NONE);
        let mut passed = HashSet::new();
        for (offset, wait) in order {
            now = now + Span::seconds(wait);
            let step = a.parameters.step(now).plus(offset);
            if let Some(Ok(step)) = a.check(code_at(&a, step), now) {
                prop_assert!(passed.insert(step.number()));
                prop_assert!(step > a.last_step);
                a.last_step = step;
            }
        }
    }
}

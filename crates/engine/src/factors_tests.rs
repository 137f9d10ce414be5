//! Checks of a whole account: several authenticators, recovery codes old and new.

use super::*;
use crate::{
    AuthenticatorId, Span,
    totp::{Algorithm, Parameters, SharedSecret, Step},
};
use rand::{SeedableRng, rngs::StdRng};
use zeroize::Zeroizing;

const NOW: Timestamp = Timestamp::from_seconds(1_700_000_010);

fn authenticator(byte: u8, digits: u8, last_step: Step) -> Authenticator {
    let mut rng = StdRng::seed_from_u64(u64::from(byte));
    Authenticator {
        id: AuthenticatorId::fresh(NOW, &mut rng),
        secret: SharedSecret::from_bytes(Zeroizing::new(vec![byte; 20])).unwrap(),
        parameters: Parameters::new(Algorithm::Sha1, Digits::new(digits).unwrap(), 30).unwrap(),
        last_step,
    }
}

fn factors(authenticators: Vec<Authenticator>) -> Factors {
    Factors { account: AccountId::fresh(NOW, &mut StdRng::seed_from_u64(0)), authenticators }
}

fn text(factors: &Factors, which: usize, at: Timestamp) -> String {
    let a = &factors.authenticators[which];
    a.secret.code(&a.parameters, a.parameters.step(at)).to_string()
}

fn check(factors: &Factors, text: &str) -> Result<Claim, Wrong> {
    factors.check(factors.read(text).unwrap(), NOW).open_after_the_budget_accepted()
}

#[test]
fn every_authenticator_of_an_account_signs_in_and_its_own_step_is_named() {
    let f = factors(vec![authenticator(1, 6, Step::NONE), authenticator(2, 8, Step::NONE)]);
    for which in 0..2 {
        let claim = check(&f, &text(&f, which, NOW)).unwrap();
        let step = Parameters::default().step(NOW);
        assert_eq!(claim.fact(), OnceOnly::Step { authenticator: f.authenticators[which].id, step });
        assert_eq!((claim.account(), claim.method()), (f.account, FactorMethod::Code));
    }
    assert_eq!(f.read("1234567").err(), Some(NotACode::Length { found: 7, expected: 6 }));
}

#[test]
fn a_spent_code_says_so_and_a_stranger_does_not() {
    let f =
        factors(vec![authenticator(1, 6, Parameters::default().step(NOW)), authenticator(2, 6, Step::NONE)]);
    assert_eq!(check(&f, &text(&f, 0, NOW)).unwrap_err(), Wrong::SpentCode);
    assert!(check(&f, &text(&f, 1, NOW)).is_ok());
    let stranger = factors(vec![authenticator(3, 6, Step::NONE)]);
    assert_eq!(check(&f, &text(&stranger, 0, NOW)).unwrap_err(), Wrong::Code);
}

#[test]
fn a_code_that_one_authenticator_takes_is_right_whatever_another_one_has_spent() {
    let spent = Parameters::default().step(NOW);
    // Two apps that scanned one QR code in another system show the same codes.
    for steps in [[Step::NONE, spent], [spent, Step::NONE]] {
        let f = factors(steps.map(|step| authenticator(1, 6, step)).into());
        assert!(check(&f, &text(&f, 0, NOW)).is_ok());
    }
}

#[test]
fn no_authenticator_means_no_code_is_right() {
    let f = factors(vec![]);
    for code in ["000000", "123456"] {
        assert_eq!(check(&f, code).unwrap_err(), Wrong::Code);
    }
    let code = f.read("000000").unwrap();
    assert_eq!(f.check_two(code, code, NOW).open_after_the_budget_accepted().unwrap_err(), Wrong::TwoCodes);
}

#[test]
fn two_codes_in_a_row_belong_to_one_authenticator() {
    let f = factors(vec![authenticator(1, 6, Step::NONE), authenticator(2, 6, Step::NONE)]);
    let at = |which, when| f.read(&text(&f, which, when)).unwrap();
    let next = NOW + Span::seconds(30);
    let claim = f.check_two(at(1, NOW), at(1, next), NOW).open_after_the_budget_accepted().unwrap();
    assert_eq!(claim.method(), FactorMethod::TwoCodes);
    let step = Parameters::default().step(next);
    assert_eq!(claim.fact(), OnceOnly::TwoSteps { authenticator: f.authenticators[1].id, last: step });
    assert!(f.check_two(at(0, NOW), at(1, next), NOW).open_after_the_budget_accepted().is_err());
}

#[test]
fn b7_a_refused_recovery_code_says_which_it_was() {
    let mut rng = StdRng::seed_from_u64(1);
    let mut memory = Memory::default();
    let old = RecoverySet::fresh(NOW, &mut memory, &mut rng).unwrap();
    let mut new = RecoverySet::fresh(NOW, &mut memory, &mut rng).unwrap();
    let used_at = NOW - Span::days(3);
    new.stored.codes[0].used_at = Some(used_at);
    let account = AccountId::fresh(NOW, &mut rng);
    let set = new.stored.id;
    let sets = RecoverySets { account, present: Some(new.stored), doubted: None, replaced: Some(old.stored) };
    let mut check = |code: &RecoveryCode| sets.check(code, NOW, &mut memory).open_after_the_budget_accepted();
    assert_eq!(check(&new.codes[0]).unwrap_err(), Wrong::UsedRecoveryCode(used_at));
    assert_eq!(check(&old.codes[0]).unwrap_err(), Wrong::ReplacedRecoveryCode);
    assert_eq!(check(&RecoveryCode::fresh(&mut rng)).unwrap_err(), Wrong::RecoveryCode);
    let claim = check(&new.codes[1]).unwrap();
    assert_eq!((claim.account(), claim.method()), (account, FactorMethod::RecoveryCode));
    assert!(matches!(claim.fact(), OnceOnly::RecoveryCode { set: named, .. } if named == set));
    assert_eq!(sets.left(), 9);
    let none = RecoverySets { account, present: None, doubted: None, replaced: None };
    assert_eq!(
        none.check(&new.codes[1], NOW, &mut memory).open_after_the_budget_accepted().unwrap_err(),
        Wrong::RecoveryCode
    );
    assert_eq!(none.left(), 0);
}

#[test]
fn a_code_of_a_set_in_doubt_claims_nothing_spent_or_not_and_says_why() {
    let mut rng = StdRng::seed_from_u64(2);
    let mut memory = Memory::default();
    let mut doubted = RecoverySet::fresh(NOW, &mut memory, &mut rng).unwrap();
    doubted.stored.codes[0].used_at = Some(NOW);
    let account = AccountId::fresh(NOW, &mut rng);
    let sets = RecoverySets { account, present: None, doubted: Some(doubted.stored), replaced: None };
    for code in &doubted.codes[..2] {
        let attempt = sets.check(code, NOW, &mut memory);
        assert_eq!(attempt.open_after_the_budget_accepted().unwrap_err(), Wrong::DoubtedRecoveryCode);
    }
    let other = sets.check(&RecoveryCode::fresh(&mut rng), NOW, &mut memory);
    assert_eq!(other.open_after_the_budget_accepted().unwrap_err(), Wrong::RecoveryCode);
    assert_eq!(sets.left(), 0);
}

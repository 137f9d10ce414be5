//! What follows a right password, in every combination.

use super::*;
use crate::{AuthenticatorId, Span, claim::OnceOnly, totp::Step};
use rand::{SeedableRng, rngs::StdRng};

const NOW: Timestamp = Timestamp::from_seconds(1_700_000_000);

fn account(seed: u64) -> AccountId {
    AccountId::fresh(NOW, &mut StdRng::seed_from_u64(seed))
}

fn proof(of: AccountId) -> PasswordProof {
    PasswordProof { account: of, at: NOW, renewal: None }
}

fn device(of: AccountId) -> TrustedDevice {
    let id = DeviceId::fresh(NOW, &mut StdRng::seed_from_u64(9));
    TrustedDevice { id, account: of, remembered_at: NOW - Span::days(1), expires_at: NOW + Span::days(29) }
}

fn spent(of: AccountId, method: FactorMethod) -> FactorProof {
    let authenticator = AuthenticatorId::fresh(NOW, &mut StdRng::seed_from_u64(8));
    Claim { account: of, fact: OnceOnly::Step { authenticator, step: Step::new(1) }, method, at: NOW }
        .spent_by_the_store()
}

fn policy(required: Required) -> Policy {
    Policy { required, ..Policy::default() }
}

#[test]
fn with_2fa_on_only_a_living_device_of_this_very_account_stands_for_the_code() {
    let a = account(1);
    let expired = TrustedDevice { expires_at: NOW, ..device(a) };
    for required in [Required::OfNobody, Required::OfEverybody] {
        for refused in [None, Some(device(account(2))), Some(expired)] {
            let next = after_password(&policy(required), &proof(a), TwoFactor::On, refused.as_ref(), NOW);
            assert!(
                matches!(next, Next::NeedsFactor(ref awaiting) if awaiting.account() == a),
                "{refused:?}"
            );
        }
        let Next::SignedIn(signed_in) =
            after_password(&policy(required), &proof(a), TwoFactor::On, Some(&device(a)), NOW)
        else {
            panic!("a trusted device was asked for a code");
        };
        assert_eq!(signed_in.terms().methods, Methods::PasswordOnTrustedDevice);
        assert_eq!((signed_in.terms().factor_at, signed_in.terms().device), (None, Some(device(a).id)));
        assert_eq!(signed_in.terms().methods.amr(), ["pwd"], "a remembered browser is no second factor");
    }
}

#[test]
fn a12_where_2fa_is_required_an_account_without_it_gets_to_turn_it_on_and_no_further() {
    let a = account(1);
    let next =
        after_password(&policy(Required::OfEverybody), &proof(a), TwoFactor::Off, Some(&device(a)), NOW);
    let Next::MustEnrol(must) = next else { panic!("2FA was not required") };
    assert_eq!(must.account(), a);
    let to_turn_on = must.to_turn_on();
    assert_eq!((to_turn_on.account(), to_turn_on.terms().methods), (a, Methods::Password));
    assert_eq!((to_turn_on.terms().password_at, to_turn_on.terms().factor_at), (NOW, None));
    let next = after_password(&policy(Required::OfNobody), &proof(a), TwoFactor::Off, None, NOW);
    assert!(
        matches!(next, Next::SignedIn(ref done) if done.terms().methods == Methods::Password && done.account() == a)
    );
}

#[test]
fn a20_after_a_reset_the_password_alone_leads_to_no_new_factor_where_one_is_required() {
    let a = account(1);
    for device in [None, Some(device(a))] {
        let strict = policy(Required::OfEverybody);
        let next = after_password(&strict, &proof(a), TwoFactor::Reset, device.as_ref(), NOW);
        let Next::NeedsLink(needs) = next else { panic!("{next:?}") };
        assert_eq!(needs.account(), a);
        let with_it = needs.to_turn_on_with_the_link();
        assert_eq!((with_it.account(), with_it.terms().methods), (a, Methods::Password));
        assert_eq!((with_it.terms().password_at, with_it.terms().factor_at), (NOW, None));
    }
    let next = after_password(&policy(Required::OfNobody), &proof(a), TwoFactor::Reset, None, NOW);
    assert!(matches!(next, Next::SignedIn(_)), "where it is not required, it is off like any other");
}

#[test]
fn a_spent_proof_completes_its_own_sign_in_and_no_other() {
    let (a, b) = (account(1), account(2));
    let awaiting = || AwaitingFactor::kept_by_the_store(a, NOW - Span::minutes(2));
    assert_eq!(awaiting().complete(spent(b, FactorMethod::Code)).unwrap_err(), NotYours);
    for (method, amr) in [
        (FactorMethod::Code, &["pwd", "otp", "mfa"][..]),
        (FactorMethod::TwoCodes, &["pwd", "otp", "mfa"]),
        (FactorMethod::RecoveryCode, &["pwd", "mfa"]),
    ] {
        let done = awaiting().complete(spent(a, method)).unwrap();
        assert_eq!((done.account(), done.terms().methods.amr()), (a, amr));
        assert_eq!((done.terms().password_at, done.terms().factor_at), (NOW - Span::minutes(2), Some(NOW)));
        assert_eq!(done.terms().device, None);
    }
}

#[test]
fn the_words_the_store_keeps_read_back() {
    for methods in Methods::ALL {
        assert_eq!(Methods::parse(methods.word()), Some(methods));
    }
    assert_eq!(Methods::parse("mfa"), None);
}

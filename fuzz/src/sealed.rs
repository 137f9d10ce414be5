//! Sealed values: only what was sealed opens, only as it was, and only in its place (H5).

use countersign::AccountId;
use countersign::secret::{KeyId, Keyring, OpenError, Place, Purpose, Sealed, head};
use rand::{SeedableRng as _, rngs::StdRng};
use zeroize::Zeroizing;

/// The first byte chooses what is altered; the rest is read as a sealed value, and sealed as a secret.
pub(crate) fn run(data: &[u8]) {
    let Some((&choice, rest)) = data.split_first() else { return };
    let (one, two) = (KeyId::parse("k-one").unwrap(), KeyId::parse("k-two").unwrap());
    let keyring = || [(one.clone(), Zeroizing::new([1; 32])), (two.clone(), Zeroizing::new([2; 32]))];
    let keyring = Keyring::new(keyring()).unwrap();
    let account = AccountId::parse("019ab0c8a1b27c3d8e4f5a6b7c8d9e0f").unwrap();
    let place = Place { owner: account.into(), item: "item", purpose: Purpose::SharedSecret };

    let forged = Sealed::from_bytes(rest.to_vec());
    if let Some(id) = forged.key() {
        assert!(rest.starts_with(&head(&id)), "what names a key begins with it");
        assert!(KeyId::parse(id.as_str()) == Some(id));
    }
    match keyring.open(&place, &forged) {
        Ok(_) => panic!("nobody sealed it"),
        Err(OpenError::UnknownKey(_) | OpenError::Damaged) => {}
    }

    let sealed = keyring.seal(&place, rest, &mut StdRng::seed_from_u64(u64::from(choice)));
    assert!(*keyring.open(&place, &sealed).unwrap() == *rest);
    assert_eq!(sealed.key(), Some(one));
    let mut altered = sealed.as_bytes().to_vec();
    let at = rest.len().wrapping_mul(31).wrapping_add(usize::from(choice)) % altered.len();
    altered[at] ^= choice | 1;
    assert!(keyring.open(&place, &Sealed::from_bytes(altered)).is_err(), "byte {at} can be altered");
    let cut = Sealed::from_bytes(sealed.as_bytes()[..at].to_vec());
    assert!(keyring.open(&place, &cut).is_err(), "it can be cut at {at}");
    let item = String::from_utf8_lossy(rest);
    if item != "item" {
        let elsewhere = Place { item: &item, ..place };
        assert!(keyring.open(&elsewhere, &sealed).is_err(), "it opens at {item:?}");
    }
    let other_use = Place { purpose: Purpose::RecoveryPepper, ..place };
    assert!(keyring.open(&other_use, &sealed).is_err(), "it opens for another use");
}

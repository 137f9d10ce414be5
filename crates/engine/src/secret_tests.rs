use super::*;
use crate::Timestamp;
use rand::{RngExt as _, SeedableRng, rngs::StdRng};

fn key(name: &str, byte: u8) -> (KeyId, Zeroizing<[u8; 32]>) {
    (KeyId::parse(name).unwrap(), Zeroizing::new([byte; 32]))
}

fn place(account: AccountId, item: &str, purpose: Purpose) -> Place<'_> {
    Place { owner: account.into(), item, purpose }
}

#[test]
fn h5_a_sealed_secret_opens_only_in_its_own_place() {
    let mut rng = StdRng::seed_from_u64(7);
    let now = Timestamp::from_seconds(1);
    let (a, b) = (AccountId::fresh(now, &mut rng), AccountId::fresh(now, &mut rng));
    let ring = Keyring::new([key("k1", 1)]).unwrap();
    let sealed = ring.seal(&place(a, "x", Purpose::SharedSecret), b"seed", &mut rng);
    assert_eq!(&**ring.open(&place(a, "x", Purpose::SharedSecret), &sealed).unwrap(), b"seed");
    for elsewhere in [
        place(b, "x", Purpose::SharedSecret),
        place(a, "y", Purpose::SharedSecret),
        place(a, "x", Purpose::RecoveryPepper),
    ] {
        assert_eq!(ring.open(&elsewhere, &sealed).unwrap_err(), OpenError::Damaged);
    }
    assert!(!sealed.as_bytes().windows(4).any(|w| w == b"seed"));
    assert_eq!(format!("{sealed:?}"), format!("Sealed({} bytes)", sealed.as_bytes().len()));
}

#[test]
fn a_retired_key_opens_and_the_first_key_seals() {
    let mut rng = StdRng::seed_from_u64(8);
    let a = AccountId::fresh(Timestamp::from_seconds(1), &mut rng);
    let here = place(a, "x", Purpose::SharedSecret);
    let old = Keyring::new([key("k1", 1)]).unwrap().seal(&here, b"seed", &mut rng);
    let both = Keyring::new([key("k2", 2), key("k1", 1)]).unwrap();
    assert_eq!(&**both.open(&here, &old).unwrap(), b"seed");
    let new = both.seal(&here, b"seed", &mut rng);
    let only_new = Keyring::new([key("k2", 2)]).unwrap();
    assert!(only_new.open(&here, &new).is_ok());
    assert_eq!(only_new.open(&here, &old).unwrap_err(), OpenError::UnknownKey("k1".into()));
    let impostor = Keyring::new([key("k1", 9)]).unwrap();
    assert_eq!(impostor.open(&here, &old).unwrap_err(), OpenError::Damaged);
}

#[test]
fn every_cut_and_every_flipped_byte_is_refused() {
    let mut rng = StdRng::seed_from_u64(9);
    let a = AccountId::fresh(Timestamp::from_seconds(1), &mut rng);
    let here = place(a, "x", Purpose::SharedSecret);
    let ring = Keyring::new([key("k1", 1)]).unwrap();
    let sealed = ring.seal(&here, b"seed", &mut rng);
    for end in 0..sealed.as_bytes().len() {
        assert!(
            ring.open(&here, &Sealed::from_bytes(sealed.as_bytes()[..end].to_vec())).is_err(),
            "cut at {end}"
        );
    }
    for at in 0..sealed.as_bytes().len() {
        let mut bytes = sealed.as_bytes().to_vec();
        bytes[at] ^= 1 << rng.random_range(0..8);
        assert!(ring.open(&here, &Sealed::from_bytes(bytes)).is_err(), "flipped at {at}");
    }
}

#[test]
fn a_keyring_needs_keys_with_names_of_their_own() {
    assert_eq!(Keyring::new([]).err(), Some(KeyringError::Empty));
    assert_eq!(Keyring::new([key("k", 1), key("k", 2)]).err(), Some(KeyringError::Twice("k".into())));
    let three = [key("a", 1), key("k", 2), key("k", 3)];
    assert_eq!(Keyring::new(three).err(), Some(KeyringError::Twice("k".into())));
    for bad in ["", "K1", "a b", "ключ", &"a".repeat(33)] {
        assert_eq!(KeyId::parse(bad), None, "{bad}");
    }
    assert_eq!(KeyId::parse(&"a".repeat(32)).unwrap().as_str().len(), 32);
    let mut rng = StdRng::seed_from_u64(13);
    let (one, other) = (KeyId::fresh(&mut rng), KeyId::fresh(&mut rng));
    assert_ne!(one, other);
    assert_eq!(KeyId::parse(one.as_str()).as_ref(), Some(&one));
    assert_eq!(format!("{one:<12}|"), format!("{}  |", one.as_str()));
    assert!(one.as_str().starts_with("k-") && one.as_str().len() == 10);
}

#[test]
fn any_key_of_the_ring_can_be_the_one_that_seals_and_all_still_open() {
    let mut rng = StdRng::seed_from_u64(10);
    let a = AccountId::fresh(Timestamp::from_seconds(1), &mut rng);
    let here = place(a, "x", Purpose::SharedSecret);
    let ring = Keyring::new([key("k1", 1), key("k2", 2), key("k3", 3)]).unwrap();
    let ids = |ring: &Keyring| ring.ids().map(|id| id.as_str().to_owned()).collect::<Vec<_>>();
    assert_eq!((ring.sealing().as_str(), ids(&ring)), ("k1", vec!["k1".into(), "k2".into(), "k3".into()]));
    let second = ring.sealing_with(&KeyId::parse("k2").unwrap()).unwrap();
    assert_eq!(
        (second.sealing().as_str(), ids(&second)),
        ("k2", vec!["k2".into(), "k1".into(), "k3".into()])
    );
    for (from, to) in [(&ring, &second), (&second, &ring)] {
        let sealed = from.seal(&here, b"seed", &mut rng);
        assert_eq!(sealed.key().as_ref(), Some(from.sealing()));
        assert_eq!(&**to.open(&here, &sealed).unwrap(), b"seed");
    }
    assert!(ring.sealing_with(&KeyId::parse("k4").unwrap()).is_none());
}

#[test]
fn h5_a_mark_tells_a_key_from_another_one_of_the_same_id_and_is_no_secret_of_anybody() {
    let id = |name: &str| KeyId::parse(name).unwrap();
    let ring = Keyring::new([key("k2", 2), key("k1", 1)]).unwrap();
    let mark = ring.mark(&id("k2")).unwrap();
    assert_eq!(ring.sealing_with(&id("k1")).unwrap().mark(&id("k2")), Some(mark), "wherever it stands");
    assert_eq!(Keyring::new([key("k1", 1)]).unwrap().mark(&id("k2")), None);
    let impostor = Keyring::new([key("k2", 9)]).unwrap();
    let renamed = Keyring::new([key("k3", 2)]).unwrap();
    let others = [ring.mark(&id("k1")), impostor.mark(&id("k2")), renamed.mark(&id("k3"))];
    assert!(others.iter().all(|other| other.is_some_and(|other| other != mark)));
    assert_ne!(mark, [2; 32]);
}

#[test]
fn what_a_key_has_sealed_is_known_by_its_first_bytes() {
    let mut rng = StdRng::seed_from_u64(12);
    let a = AccountId::fresh(Timestamp::from_seconds(1), &mut rng);
    let here = place(a, "x", Purpose::SharedSecret);
    let names = ["k", "k1", "k11", "1k"];
    for name in names {
        let sealed = Keyring::new([key(name, 1)]).unwrap().seal(&here, b"seed", &mut rng);
        for other in names {
            let begins = sealed.as_bytes().starts_with(&head(&KeyId::parse(other).unwrap()));
            assert_eq!(begins, name == other, "{name} {other}");
        }
        assert_eq!(sealed.key().unwrap().as_str(), name);
    }
    for damaged in [vec![], vec![1], vec![1, 2, b'k', b'1'], [vec![1, 2], vec![b'K'; 40]].concat()] {
        assert_eq!(Sealed::from_bytes(damaged).key(), None);
    }
}

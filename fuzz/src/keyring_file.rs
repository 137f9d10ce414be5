//! The keyring file: read whole or not at all, written as it is read, and no error repeats a key.

use countersign::secret::Keyring;
use countersign_server::keyring_file::{Changing, StoredKey, load};
use rand::{SeedableRng as _, rngs::StdRng};

pub(crate) fn run(data: &[u8]) {
    let path = crate::shm::file(data);
    let keys = match load(&path) {
        Ok(keys) => keys,
        Err(why) => {
            let (why, text) = (why.to_string(), String::from_utf8_lossy(data));
            let secrets = text.split([' ', '\n']).filter(|word| word.len() >= 43);
            assert!(!secrets.into_iter().any(|word| why.contains(word)), "{why}");
            return;
        }
    };
    let shown = |keys: &[StoredKey]| -> Vec<_> {
        keys.iter().map(|key| (key.id.clone(), *key.bytes, key.created_at)).collect()
    };
    assert!(Keyring::new(keys.iter().map(|key| (key.id.clone(), key.bytes.clone()))).is_ok());
    Changing::begin(&path).unwrap().replace(&keys, &mut StdRng::seed_from_u64(1)).unwrap();
    assert!(shown(&load(&path).unwrap()) == shown(&keys), "it is not written as it was read");
}

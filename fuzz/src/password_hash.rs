//! Password hashes of our own form: parameters are judged before they are obeyed, so that no hash takes the machine down.

use countersign::Timestamp;
use countersign::password::{HashCost, Memory, Password, StoredPassword};

pub(crate) fn run(data: &[u8]) {
    let Ok(text) = std::str::from_utf8(data) else { return };
    let Ok(stored) = StoredPassword::parse(text.to_owned()) else { return };
    assert_eq!(stored.as_str(), text);
    // Those of other systems have a target of their own.
    if stored.foreign().is_some() {
        return;
    }
    assert!(text.starts_with("$argon2id$"));
    let parameters = text.split('$').find(|part| part.contains("m=")).unwrap();
    let number = |name: &str| -> u32 {
        let mut given = parameters.split(',').filter_map(|field| field.strip_prefix(name)?.strip_prefix('='));
        let number = given.next().unwrap().parse().unwrap();
        assert_eq!(given.next(), None, "{name} is given twice");
        number
    };
    let (memory, passes, lanes) = (number("m"), number("t"), number("p"));
    assert!(memory <= 1024 * 1024 && passes <= 16 && lanes <= 16, "{parameters} would be obeyed");
    assert_eq!(stored.is_of(HashCost::LEAST), memory == 19 * 1024 && passes == 2 && lanes == 1);
    // The small ones are obeyed here too: whatever the salt is, the answer is one.
    if memory <= 64 {
        let account = countersign::AccountId::parse("019ab0c8a1b27c3d8e4f5a6b7c8d9e0f").unwrap();
        let typed = Password::parse("x").unwrap();
        let (now, mut memory) = (Timestamp::from_seconds(1), Memory::default());
        let mut chance = countersign_server::chance::Chance::open().unwrap();
        let whose = Some((account, &stored));
        let _sealed = StoredPassword::check(whose, &typed, now, HashCost::LEAST, &mut memory, &mut chance);
    }
}

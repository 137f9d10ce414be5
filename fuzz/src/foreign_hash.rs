//! Hashes of other systems: whatever is read of them is within what one may ask for, by another reading of the same
//! text, and the cheap ones are obeyed.

use countersign::password::{HashCost, Memory, Password, Scheme, StoredPassword};
use countersign::{AccountId, Timestamp};

pub(crate) fn run(data: &[u8]) {
    let Ok(text) = std::str::from_utf8(data) else { return };
    let Ok(stored) = StoredPassword::parse(text.to_owned()) else { return };
    assert_eq!(stored.as_str(), text);
    let Some(scheme) = stored.foreign() else {
        assert!(text.starts_with(StoredPassword::OURS));
        return;
    };
    assert!(!text.starts_with(StoredPassword::OURS) && !stored.is_of(HashCost::LEAST));
    let parts: Vec<&str> = text.trim_start_matches('$').split('$').collect();
    let named = |name: &str| -> u64 {
        let mut given =
            parts.iter().flat_map(|part| part.split(',')).filter_map(|field| field.strip_prefix(name));
        let number = given.next().unwrap().parse().unwrap();
        assert_eq!(given.next(), None, "{name} is given twice");
        number
    };
    let fits = match scheme {
        Scheme::Bcrypt if text.starts_with("$bcrypt-sha256$") => (4..=14).contains(&named("r=")),
        Scheme::Bcrypt => (4..=14).contains(&parts[parts.len() - 2].parse::<u64>().unwrap()),
        Scheme::Pbkdf2 => (1..=2_000_000).contains(&parts[1].parse::<u64>().unwrap()),
        Scheme::Scrypt => {
            let (n, r, p) = match text.starts_with('$') {
                true => (1 << named("ln="), named("r="), named("p=")),
                false => (parts[1].parse().unwrap(), parts[3].parse().unwrap(), parts[4].parse().unwrap()),
            };
            n * r * 128 <= 128 << 20 && n * r * p <= 1 << 21 && r * p * 128 <= 1 << 20
        }
        Scheme::Argon2 => {
            let (memory, passes, lanes) = (named("m="), named("t="), named("p="));
            memory <= 256 << 10 && memory * passes <= 1 << 20 && lanes <= 16
        }
        Scheme::ShaCrypt => !text.contains("rounds=") || (1_000..=1_000_000).contains(&named("rounds=")),
    };
    assert!(fits, "{text} would be obeyed");
    if stored.work() <= 1_000 {
        let account = AccountId::parse("019ab0c8a1b27c3d8e4f5a6b7c8d9e0f").unwrap();
        let (typed, now) = (Password::parse("x").unwrap(), Timestamp::from_seconds(1));
        let (mut memory, mut chance) =
            (Memory::default(), countersign_server::chance::Chance::open().unwrap());
        let whose = Some((account, &stored));
        let _sealed = StoredPassword::check(whose, &typed, now, HashCost::LEAST, &mut memory, &mut chance);
    }
}

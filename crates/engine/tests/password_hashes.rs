//! Hashes as other systems made them, by their real libraries (`make_password_hashes.py`), are checked with the password
//! that each was made of.

#![expect(clippy::unwrap_used, clippy::panic, reason = "a test fails by panicking")]

use std::cell::RefCell;

use countersign::password::{HashCost, Memory, NotAHash, Password, PasswordProof, Scheme, StoredPassword};
use countersign::{AccountId, Timestamp};
use rand::{SeedableRng as _, rngs::StdRng};

const NOW: Timestamp = Timestamp::from_seconds(5);

/// What made it, the password, and the hash.
fn made_elsewhere() -> Vec<(&'static str, String, StoredPassword)> {
    let lines = include_str!("password_hashes.tsv").lines();
    let made = lines.map(|line| {
        let mut parts = line.split('\t');
        let (what, password, hash) =
            (parts.next().unwrap(), parts.next().unwrap(), parts.next().unwrap().to_owned());
        let stored = StoredPassword::parse(hash.clone()).unwrap_or_else(|why| panic!("{what} {hash}: {why}"));
        assert_eq!(stored.as_str(), hash, "kept as it came");
        (what, unescaped(password), stored)
    });
    made.collect()
}

/// A JSON string without the letters that have an escape of their own.
fn unescaped(json: &str) -> String {
    let mut rest = json.trim_matches('"');
    let mut text = String::new();
    while let Some((before, after)) = rest.split_once("\\u") {
        text.push_str(before);
        text.push(char::from_u32(u32::from_str_radix(&after[..4], 16).unwrap()).unwrap());
        rest = &after[4..];
    }
    text + rest
}

fn check(stored: &StoredPassword, typed: &str) -> Option<PasswordProof> {
    thread_local! {
        static MEMORY: RefCell<Memory> = RefCell::default();
    }
    let mut rng = StdRng::seed_from_u64(1);
    let id = AccountId::fresh(NOW, &mut rng);
    let typed = Password::parse(typed).unwrap();
    let whose = Some((id, stored));
    let attempt = MEMORY.with_borrow_mut(|memory| {
        StoredPassword::check(whose, &typed, NOW, HashCost::LEAST, memory, &mut rng)
    });
    attempt.open_after_the_budget_accepted().ok()
}

fn refused(text: &str) -> NotAHash {
    StoredPassword::parse(text.to_owned()).unwrap_err()
}

#[test]
fn every_hash_of_another_system_fits_its_password_and_no_other() {
    let all = made_elsewhere();
    assert!(all.len() > 150);
    for (what, password, stored) in &all {
        assert!(stored.foreign().is_some() && !stored.is_of(HashCost::LEAST) && stored.work() > 0, "{what}");
        let proof = check(stored, password).unwrap_or_else(|| panic!("{what}: {password:?}"));
        assert!(check(stored, &format!("x{password}")).is_none(), "{what}");
        assert!(check(stored, &password.replace(['s', 'v', 'o', 'ř'], "z")).is_none(), "{what}");
        // bcrypt alone sees only the beginning of a long one: then the hash stays.
        let whole = !matches!(*what, "bcrypt" | "django bcrypt") || password.len() < 72;
        assert_eq!(proof.renewal().is_some(), whole, "{what}: {password:?}");
        if let Some(renewal) = proof.renewal() {
            assert_eq!(renewal.old, *stored);
            assert!(renewal.new.is_of(HashCost::LEAST) && renewal.new.foreign().is_none());
            assert!(check(&renewal.new, password).unwrap().renewal().is_none());
        }
    }
    let schemes = [Scheme::Argon2, Scheme::Bcrypt, Scheme::Pbkdf2, Scheme::Scrypt, Scheme::ShaCrypt];
    assert!(schemes.iter().all(|scheme| all.iter().any(|(.., stored)| stored.foreign() == Some(*scheme))));
}

#[test]
fn a_hash_of_elsewhere_is_checked_with_what_was_typed_and_its_successor_with_nfc() {
    let (nfc, nfd) = ("kůň ve sklepě 1", "ku\u{30a}n\u{30c} ve sklepe\u{30c} 1");
    for (what, password, stored) in made_elsewhere() {
        if password != nfc && password != nfd {
            continue;
        }
        let other = if password == nfc { nfd } else { nfc };
        assert!(check(&stored, other).is_none(), "{what}: nobody there would have been let in either");
        let proof = check(&stored, &password).unwrap();
        let new = &proof.renewal().unwrap().new;
        assert!(check(new, nfc).is_some() && check(new, nfd).is_some(), "{what}: from now on they are one");
    }
}

#[test]
fn a_password_with_a_nul_fits_no_hash_of_elsewhere() {
    for (what, password, stored) in made_elsewhere() {
        if password != "short" {
            continue;
        }
        // HMAC fills up with NULs, C ends with one, and bcrypt repeats the password with one in between.
        for typed in [
            format!("{password}\0"),
            format!("{password}\0\0\0"),
            format!("\0{password}"),
            format!("{password}\0{password}"),
        ] {
            assert!(check(&stored, &typed).is_none(), "{what}: {typed:?}");
        }
    }
}

#[test]
fn bcrypt_ends_after_72_bytes_as_it_did_and_such_a_hash_is_not_made_anew() {
    for (what, password, stored) in made_elsewhere() {
        if !matches!(what, "bcrypt" | "django bcrypt") || password.len() <= 72 {
            continue;
        }
        let same: String = password.chars().take_while(char::is_ascii).take(72).collect();
        let typed = format!("{}something else", if same.len() == 72 { same } else { password.clone() });
        let proof = check(&stored, &typed).unwrap();
        assert!(proof.renewal().is_none(), "whoever knows the beginning does not decide about the end");
    }
}

#[test]
fn what_asks_for_too_much_work_is_refused_before_it_is_obeyed() {
    let salt = "c2FsdHNhbHRzYWx0c2FsdA";
    let output = "AAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAA";
    let radix = ".".repeat(53);
    let dear = |text: String| assert!(matches!(refused(&text), NotAHash::TooDear(..)), "{text}");
    let fine = |text: String| assert!(StoredPassword::parse(text.clone()).is_ok(), "{text}");
    fine(format!("$2b$14${radix}"));
    dear(format!("$2b$15${radix}"));
    dear(format!("bcrypt_sha256$$2b$31${radix}"));
    dear(format!("$bcrypt-sha256$v=2,t=2b,r=15${}${}", ".".repeat(22), ".".repeat(31)));
    fine(format!("$pbkdf2-sha512$2000000${salt}${output}"));
    dear(format!("$pbkdf2-sha512$2000001${salt}${output}"));
    dear(format!("pbkdf2_sha256$999999999$salt${output}="));
    fine(format!("$scrypt$ln=17,r=8,p=1${salt}${output}"));
    dear(format!("$scrypt$ln=18,r=8,p=1${salt}${output}"));
    dear(format!("$scrypt$ln=63,r=8,p=1${salt}${output}"));
    dear(format!("scrypt$16384$salt$8$33${output}="));
    dear(format!("scrypt$2$salt$999999999$999999999${output}="));
    fine(format!("argon2$argon2id$v=19$m=262144,t=4,p=8${salt}${output}"));
    dear(format!("argon2$argon2id$v=19$m=262145,t=1,p=1${salt}${output}"));
    dear(format!("argon2$argon2id$v=19$m=65536,t=17,p=1${salt}${output}"));
    dear(format!("argon2$argon2i$v=19$m=4096,t=1,p=17${salt}${output}"));
    fine(format!("$6$rounds=1000000$salt${}", ".".repeat(86)));
    dear(format!("$6$rounds=1000001$salt${}", ".".repeat(86)));
    dear(format!("$5$rounds=999999999$salt${}", ".".repeat(43)));
}

#[test]
fn what_is_not_whole_is_refused_and_said_by_scheme_and_never_by_value() {
    let salt = "c2FsdHNhbHRzYWx0c2FsdA";
    let output = "AAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAA";
    let (dots, radix) = (".".repeat(86), ".".repeat(53));
    let broken = [
        (Scheme::Bcrypt, format!("$2x$10${radix}")),
        (Scheme::Bcrypt, format!("$2b$3${radix}")),
        (Scheme::Bcrypt, format!("$2b$03${radix}")),
        (Scheme::Bcrypt, format!("$2b$+5${radix}")),
        (Scheme::Bcrypt, format!("$2b$10${radix}.")),
        (Scheme::Bcrypt, format!("$2b$10${}", &radix[1..])),
        (Scheme::Bcrypt, format!("$2b$10$é{}", &radix[2..])),
        (Scheme::Bcrypt, format!("$2b$10${}é{}", &radix[..21], &radix[23..])),
        (Scheme::Bcrypt, "bcrypt$".to_owned()),
        (Scheme::Bcrypt, format!("$bcrypt-sha256$v=1,t=2b,r=10${}${}", &radix[..22], &radix[22..])),
        (Scheme::Pbkdf2, format!("$pbkdf2-sha256$0${salt}${output}")),
        (Scheme::Pbkdf2, format!("$pbkdf2-sha256$-1${salt}${output}")),
        (Scheme::Pbkdf2, format!("$pbkdf2-sha256$1000000000000${salt}${output}")),
        (Scheme::Pbkdf2, format!("$pbkdf2-sha256$1000${salt}${output}$")),
        (Scheme::Pbkdf2, format!("$pbkdf2-sha256$1000$${output}")),
        (Scheme::Pbkdf2, format!("pbkdf2_sha256$1000$salt${output}")),
        (Scheme::Scrypt, format!("scrypt$15$salt$8$5${output}=")),
        (Scheme::Scrypt, format!("scrypt$1$salt$8$5${output}=")),
        (Scheme::Scrypt, format!("scrypt$16$salt$0$5${output}=")),
        (Scheme::Scrypt, format!("$scrypt$ln=4,r=8${salt}${output}")),
        (Scheme::Scrypt, format!("$scrypt$ln=4,r=8,p=1,p=1${salt}${output}")),
        (Scheme::Scrypt, format!("$scrypt$ln=4,p=1,r=8${salt}${output}")),
        (Scheme::Argon2, format!("argon2$argon2id$v=18$m=64,t=2,p=1${salt}${output}")),
        (Scheme::Argon2, format!("argon2$argon2x$v=19$m=64,t=2,p=1${salt}${output}")),
        (Scheme::Argon2, format!("argon2$argon2id$v=19$m=64,t=2,p=9${salt}${output}")),
        (Scheme::Argon2, format!("argon2$argon2id$v=19$m=64,t=0,p=1${salt}${output}")),
        (Scheme::Argon2, format!("argon2$argon2id$v=19$m=64,t=2,p=1,keyid=AAAA${salt}${output}")),
        (Scheme::Argon2, format!("argon2$argon2id$v=19$m=64,t=2,t=2,p=1${salt}${output}")),
        (Scheme::Argon2, format!("argon2$argon2id$v=19$m=64,t=2${salt}${output}")),
        (Scheme::Argon2, format!("argon2$argon2id$v=19$m=64,t=2,p=1${salt}")),
        (Scheme::ShaCrypt, format!("$6$rounds=999$salt${dots}")),
        (Scheme::ShaCrypt, format!("$6$rounds=$salt${dots}")),
        (Scheme::ShaCrypt, format!("$6$salt${}", &dots[1..])),
        (Scheme::ShaCrypt, format!("$6$salt${dots}.")),
        (Scheme::ShaCrypt, format!("$5$salt${dots}")),
        (Scheme::ShaCrypt, format!("$6$salt-of-nobody-who-is$${dots}")),
        (Scheme::ShaCrypt, format!("$6$${dots}")),
    ];
    for (scheme, text) in &broken {
        assert_eq!(refused(text), NotAHash::Broken(*scheme), "{text}");
        assert!(!refused(text).to_string().contains("salt"), "{text}");
    }
    let short = "AAAAAAAAAAAAAAAAAAAA";
    for (scheme, text) in [
        (Scheme::Pbkdf2, format!("$pbkdf2-sha256$1000${salt}${short}")),
        (Scheme::Scrypt, format!("$scrypt$ln=4,r=8,p=1${salt}${short}")),
        (Scheme::Argon2, format!("argon2$argon2id$v=19$m=64,t=2,p=1${salt}${short}")),
    ] {
        assert_eq!(
            refused(&text),
            NotAHash::TooShort(scheme),
            "one of many other passwords would do: {text}"
        );
    }
    for unknown in
        ["", "plain", "$1$salt$hash", "md5$salt$hash", "sha1$a$b", "!", "$argon2i$v=19$m=64", "{SSHA}x"]
    {
        assert_eq!(refused(unknown), NotAHash::Kind, "{unknown}");
    }
    assert_eq!(refused(&format!("$2b$10${}", ".".repeat(2000))), NotAHash::Kind);
}

#[test]
fn a_password_of_many_bytes_takes_no_more_work_of_a_hash_that_grows_with_it() {
    let (.., stored) =
        made_elsewhere().into_iter().find(|(what, ..)| *what == "passlib sha512_crypt").unwrap();
    assert!(check(&stored, &"x".repeat(1024)).is_none());
}

//! Passwords move in: people sign in with the one they had, by the hash that another system made of it, and that sign-in
//! puts one of ours in its place.

use std::fs;
use std::time::Duration;

use countersign::email::Email;
use countersign::password::{HashCost, NotAHash, Scheme, StoredPassword};
use countersign_server::clock::Clock as _;
use countersign_server::commands::serve::Service;
use countersign_server::import::keys::Keys;
use countersign_server::import::names::Names;
use countersign_server::import::plan::{Target, plan};
use countersign_server::import::{Source, System, Why, read};

use crate::importing::{JANA, KAREL, KAREL_AS_EVERYBODY, fixture};
use crate::processes::{run, said};
use crate::rows;
use crate::world::{DAY, MINUTE, NEW_PASSWORD, PASSWORD, STEP, World};

/// `bcrypt.hashpw(PASSWORD, …)`, cost 4.
const BCRYPT: &str = "$2b$04$EBwL50RabKo18ntBmA5aQu2sU/4qnWPJQaXvgKllzrTpRYUeF//P2";
const LONG: &str = "otters otters otters otters otters otters otters otters otters otters otters otters ";

/// What the real libraries made of passwords: who made it, the password, the hash.
fn vectors() -> Vec<(String, String, String)> {
    let lines = include_str!("../../../engine/tests/password_hashes.tsv").lines();
    let made = lines.map(|line| {
        let parts: Vec<&str> = line.split('\t').collect();
        (parts[0].to_owned(), serde_json::from_str(parts[1]).unwrap(), parts[2].to_owned())
    });
    made.collect()
}

/// The hash of a password that bcrypt did not see the end of.
fn long_bcrypt() -> String {
    vectors().into_iter().find(|(what, password, _)| what == "bcrypt" && password == LONG).unwrap().2
}

impl World {
    /// Somebody moves in with this hash and nothing else.
    async fn moves_in(&self, email: &str, hash: &str) {
        let table = format!("email,password_hash\n{email},\"{hash}\"\n");
        let people = read(System::Countersign, &[Source::new("people", table.into())], &Keys::default());
        self.imports(&plan(people.unwrap(), Target::Portal, &Names::default())).await;
    }

    async fn kept_for(&self, email: &str) -> StoredPassword {
        let account = self.app.store.account_by_email(&Email::key_of(email)).await.unwrap().unwrap();
        account.password.unwrap()
    }

    async fn has_one_of_ours(&self, email: &str) -> bool {
        self.kept_for(email).await.is_of(HashCost::LEAST)
    }
}

#[tokio::test]
async fn people_of_every_system_sign_in_with_the_password_they_had_and_have_a_hash_of_ours_from_then_on() {
    type People = &'static [(&'static str, &'static [&'static str], Scheme)];
    const DJANGO: People = &[
        ("pbkdf2-sha256@example.org", JANA, Scheme::Pbkdf2),
        ("pbkdf2-sha1@example.org", JANA, Scheme::Pbkdf2),
        ("argon2@example.org", JANA, Scheme::Argon2),
        ("bcrypt-sha256@example.org", JANA, Scheme::Bcrypt),
        ("bcrypt@example.org", JANA, Scheme::Bcrypt),
        ("scrypt@example.org", JANA, Scheme::Scrypt),
    ];
    let systems: &[(System, &[&str], Option<&str>, People)] = &[
        (System::Keycloak, &["keycloak.json"], None, &[("karel@example.org", KAREL, Scheme::Pbkdf2)]),
        (
            System::Authelia,
            &["authelia-totp.yml", "authelia-users.yml"],
            None,
            &[("jana@example.org", JANA, Scheme::Argon2), ("karel@example.org", KAREL, Scheme::Bcrypt)],
        ),
        (System::Django, &["django-passwords.json"], None, DJANGO),
        (
            System::Fortify,
            &["fortify-13.csv"],
            Some("fortify-13.key"),
            &[("karel@example.org", KAREL_AS_EVERYBODY, Scheme::Bcrypt)],
        ),
        (
            System::Devise,
            &["devise-4.csv"],
            Some("devise-4.key"),
            &[("jana@example.org", JANA, Scheme::Bcrypt)],
        ),
        (
            System::Devise,
            &["devise-5.jsonl"],
            Some("devise-5.key"),
            &[("jana@example.org", JANA, Scheme::Bcrypt)],
        ),
    ];
    for (system, files, key, people) in systems {
        let world = World::new();
        world.imports_files(*system, files, *key).await;
        world.pass(3 * MINUTE);
        for (email, app, scheme) in *people {
            let old = world.kept_for(email).await;
            assert_eq!(old.foreign(), Some(*scheme), "{email} of {system:?}");
            let (_, refused) = world.knocks(email, "nine loud herons").await;
            refused.is(401);
            assert_eq!(world.kept_for(email).await, old, "a wrong password changes nothing");
            world.signs_in(email, PASSWORD, app).await;
            assert!(world.has_one_of_ours(email).await, "{email} of {system:?}");
            world.pass(2 * STEP);
            world.signs_in(email, PASSWORD, app).await;
        }
    }
}

#[tokio::test]
async fn a_hash_in_every_form_that_is_known_is_good_for_the_sign_in_and_gone_after_it() {
    let mut tried: Vec<(String, String)> = Vec::new();
    for (nth, (what, password, hash)) in vectors().into_iter().enumerate() {
        // Each form with three passwords: a usual one, one of letters beyond ASCII, and the longest.
        let form = (what.clone(), password.clone());
        if ![PASSWORD, "ku\u{30a}n\u{30c} ve sklepe\u{30c} 1", LONG].contains(&&*password)
            || tried.contains(&form)
        {
            continue;
        }
        tried.push(form);
        let world = World::new();
        let email = format!("person{nth}@example.org");
        world.moves_in(&email, &hash).await;
        let (_, refused) = world.knocks(&email, &format!("{password}\0")).await;
        refused.is(401);
        let (_, after) = world.knocks(&email, &password).await;
        after.leads_to("/account");
        // bcrypt has not seen the end of the longest: its hash stays.
        let whole = !(what.ends_with("bcrypt") && password == LONG);
        assert_eq!(world.has_one_of_ours(&email).await, whole, "{what}: {password:?}");
        let (_, again) = world.knocks(&email, &password).await;
        again.leads_to("/account");
    }
    assert!(tried.len() > 60, "{}", tried.len());
}

#[tokio::test]
async fn a_password_that_was_hashed_as_it_was_typed_may_be_typed_in_either_form_after_the_first_sign_in() {
    let (nfc, nfd) = ("kůň ve sklepě 1", "ku\u{30a}n\u{30c} ve sklepe\u{30c} 1");
    let hash =
        vectors().into_iter().find(|(what, password, _)| what == "bcrypt" && password == nfd).unwrap().2;
    let world = World::new();
    world.moves_in("zofie@example.org", &hash).await;
    world.knocks("zofie@example.org", nfc).await.1.is(401);
    world.knocks("zofie@example.org", nfd).await.1.leads_to("/account");
    world.knocks("zofie@example.org", nfc).await.1.leads_to("/account");
}

#[tokio::test]
async fn c6_guesses_at_a_password_of_elsewhere_are_charged_and_beyond_the_budget_nothing_is_told_or_changed()
{
    let world = World::new();
    world.moves_in("zofie@example.org", BCRYPT).await;
    let mut answers = Vec::new();
    while answers.last() != Some(&429) {
        answers.push(world.knocks("zofie@example.org", "nine loud herons").await.1.status);
    }
    assert!(answers.iter().filter(|status| **status == 401).count() < 12, "{answers:?}");
    let (_, locked) = world.knocks("zofie@example.org", PASSWORD).await;
    locked.is(429);
    assert_eq!(
        world.kept_for("zofie@example.org").await.as_str(),
        BCRYPT,
        "what is not accepted writes nothing"
    );
    world.pass(DAY);
    world.knocks("zofie@example.org", PASSWORD).await.1.leads_to("/account");
    assert!(world.has_one_of_ours("zofie@example.org").await);
}

#[tokio::test]
async fn of_many_sign_ins_at_once_all_get_in_and_one_puts_its_hash_in_place() {
    let world = World::new();
    let other = world.another();
    world.moves_in("zofie@example.org", BCRYPT).await;
    let mut racers = tokio::task::JoinSet::new();
    for nth in 0..8 {
        let mut browser = if nth % 2 == 0 { world.browser() } else { other.browser() };
        racers.spawn(async move {
            let fields = [("email", "zofie@example.org"), ("password", PASSWORD)];
            browser.post("/sign-in", &fields).await.status
        });
    }
    assert_eq!(racers.join_all().await, [303; 8]);
    assert!(world.has_one_of_ours("zofie@example.org").await);
    let kept = world.kept_for("zofie@example.org").await;
    world.knocks("zofie@example.org", PASSWORD).await.1.leads_to("/account");
    assert_eq!(world.kept_for("zofie@example.org").await, kept, "and there it stays");
}

#[tokio::test]
async fn whoever_knows_only_what_bcrypt_saw_signs_in_as_before_and_locks_its_owner_out_of_nothing() {
    let world = World::new();
    world.moves_in("zofie@example.org", &long_bcrypt()).await;
    for typed in [LONG.to_owned(), LONG[..72].to_owned(), format!("{}, or herons", &LONG[..72])] {
        world.knocks("zofie@example.org", &typed).await.1.leads_to("/account");
        assert_eq!(world.kept_for("zofie@example.org").await.as_str(), long_bcrypt());
    }
    world.knocks("zofie@example.org", &LONG[..71]).await.1.is(401);
    world.knocks("zofie@example.org", LONG).await.1.leads_to("/account");
}

#[tokio::test]
async fn every_other_prompt_for_the_password_takes_one_of_elsewhere_too() {
    let world = World::new();
    // Such a hash is still there when somebody is signed in.
    world.moves_in("zofie@example.org", &long_bcrypt()).await;
    let (mut browser, after) = world.knocks("zofie@example.org", LONG).await;
    after.leads_to("/account");
    browser.post("/account/two-factor/turn-on", &[("password", PASSWORD)]).await.is(403);
    browser
        .post("/account/two-factor/turn-on", &[("password", LONG)])
        .await
        .leads_to("/account/two-factor/set-up");
    let fields = [("password", LONG), ("new_password", NEW_PASSWORD), ("code", "")];
    let changed = browser.post("/account/password", &fields).await;
    assert!([200, 303].contains(&changed.status), "{changed:?}");
    assert!(world.has_one_of_ours("zofie@example.org").await);
    world.knocks("zofie@example.org", LONG).await.1.is(401);
    world.knocks("zofie@example.org", NEW_PASSWORD).await.1.leads_to("/account");
}

#[tokio::test]
async fn g2_a_refusal_waits_as_long_as_the_slowest_hash_of_elsewhere_takes() {
    let world = World::new();
    world.person("ours@example.org").await;
    let waits_of = async |email: &str| {
        world.clock.take_waits();
        world.knocks(email, "not this one, I fear").await.1.is(401);
        world.clock.take_waits()
    };
    assert_eq!(waits_of("ours@example.org").await.len(), 1, "nobody has moved in: the random wait alone");
    // Hundreds of times the work of ours.
    let slow =
        vectors().into_iter().find(|(what, ..)| what == "passlib sha512_crypt, rounds unsaid").unwrap().2;
    let slow = slow.replace("$6$", "$6$rounds=100000$");
    world.moves_in("elsewhere@example.org", &slow).await;
    waits_of("elsewhere@example.org").await;
    for (nth, email) in ["ours@example.org", "nobody@example.org"].iter().cycle().take(8).enumerate() {
        let waits = waits_of(email).await;
        assert_eq!(waits.len(), 2, "{nth} {email}: for the slowest, and the random one");
        assert!(waits[0] <= Duration::from_secs(2) && waits[1] <= Duration::from_millis(100), "{waits:?}");
    }
    // Whoever is locked out may try without an end. The dear hash is not computed for them, and nobody sees it.
    while world.knocks("elsewhere@example.org", "nor this").await.1.status != 429 {}
    let nobodys = waits_of("nobody@example.org").await[0];
    world.clock.take_waits();
    world.knocks("elsewhere@example.org", "nor this").await.1.is(429);
    let waits = world.clock.take_waits();
    assert!(waits.len() == 2 && waits[0] > nobodys / 2, "{waits:?}, and {nobodys:?} for nobody");
    let before = world.app.hasher.begun();
    waits_of("nobody@example.org").await;
    assert_eq!(world.app.hasher.begun() - before, 1, "a wait, and no work for anybody else");
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn g2_a_service_measures_the_slowest_hash_before_anybody_signs_in() {
    for (moved_in, rehearsals) in [(true, 1), (false, 0)] {
        let world = World::new();
        if moved_in {
            world.moves_in("zofie@example.org", BCRYPT).await;
        }
        let stopped = world.stop();
        let app = stopped.app();
        let (hasher, store) = (app.hasher.clone(), app.store.clone());
        let service = Service::bind(app).await.unwrap();
        let (stop, told) = tokio::sync::oneshot::channel::<()>();
        let serving = tokio::spawn(service.serve(async { drop(told.await) }));
        while hasher.begun() < rehearsals {
            store.foreign_passwords().await.unwrap();
        }
        stop.send(()).unwrap();
        serving.await.unwrap().unwrap();
        assert_eq!(hasher.begun(), rehearsals);
    }
}

#[tokio::test]
async fn an_older_backup_brings_its_hash_back_and_the_next_sign_in_replaces_it_again() {
    let world = World::new();
    world.moves_in("zofie@example.org", BCRYPT).await;
    world.app.seal().await.unwrap();
    let stopped = world.stop();
    rows::back_up(&stopped.data());
    let world = stopped.start();
    world.knocks("zofie@example.org", PASSWORD).await.1.leads_to("/account");
    assert!(world.has_one_of_ours("zofie@example.org").await);
    world.app.seal().await.unwrap();
    let stopped = world.stop();
    rows::put_back(&stopped.data());
    let world = stopped.start();
    assert_eq!(world.kept_for("zofie@example.org").await.foreign(), Some(Scheme::Bcrypt));
    world.knocks("zofie@example.org", PASSWORD).await.1.leads_to("/account");
    assert!(world.has_one_of_ours("zofie@example.org").await);
}

#[test]
fn whose_password_stays_behind_is_told_with_the_reason() {
    let reasons = |system, files: &[&str]| -> Vec<(String, Why)> {
        let sources: Vec<_> = files.iter().map(|file| Source::open(&fixture(file)).unwrap()).collect();
        let plans =
            plan(read(system, &sources, &Keys::default()).unwrap(), Target::Portal, &Names::default());
        let told = plans.into_iter().filter_map(|planned| Some((planned.who, planned.new_password?)));
        told.collect()
    };
    let django = reasons(System::Django, &["django-passwords.json"]);
    assert_eq!(
        django,
        [("md5@example.org".to_owned(), Why::Hash(NotAHash::Kind))],
        "none has nothing to lose"
    );
    let authelia = reasons(System::Authelia, &["authelia-totp.yml", "authelia-users.yml"]);
    assert_eq!(authelia, [("eva@example.org".to_owned(), Why::Hash(NotAHash::Broken(Scheme::ShaCrypt)))]);
    assert_eq!(reasons(System::Keycloak, &["keycloak.json"]), []);
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn a_dry_run_says_of_each_whether_the_password_comes_along_and_the_terminal_how_many_hashes_are_left() {
    let world = World::at(countersign_server::clock::WallClock.now_ms());
    let stopped = world.stop();
    let data = stopped.data();
    let table = stopped.dir().join("people.csv");
    let dots = ".".repeat(53);
    let rows = [
        ("fine", BCRYPT.to_owned()),
        ("dear", format!("$2b$20${dots}")),
        ("cut", BCRYPT[..59].to_owned()),
        ("plain", "hunter2".to_owned()),
    ];
    let lines = rows.map(|(name, hash)| format!("{name}@example.org,{hash}\n"));
    fs::write(&table, format!("email,password_hash\n{}", lines.concat())).unwrap();
    let words = ["import", table.to_str().unwrap(), "--from", "countersign"];
    let told = said(&data, &words);
    let line = |who: &str| told.lines().find(|line| line.contains(who)).unwrap().to_owned();
    assert!(!line("fine@").contains("new password"), "{told}");
    assert!(
        line("dear@")
            .ends_with("because its bcrypt hash asks for more work than is done for one here: cost 14")
    );
    assert!(
        line("cut@").ends_with("a new password has to be set, because its bcrypt hash cannot be read"),
        "{told}"
    );
    assert!(line("plain@").ends_with("because its hash is of a kind that is not known here"), "{told}");
    assert!(
        told.contains("      3  need a new password") && told.contains("      1  keep their password"),
        "{told}"
    );
    let done = run(&data, &[&words[..], &["--write"]].concat());
    let done = [done.stdout, done.stderr].concat();
    for told in [told, String::from_utf8(done).unwrap()] {
        assert!(!["hunter2", &BCRYPT[7..59], "....."].iter().any(|secret| told.contains(secret)), "{told}");
    }
    let checked = said(&data, &["check"]);
    assert!(checked.contains("1 password(s) still have the hash of another system (bcrypt 1)"), "{checked}");
    let shown = said(&data, &["account", "show", "fine@example.org"]);
    assert!(
        shown.contains("password           set, hashed by another system (bcrypt) until they sign in"),
        "{shown}"
    );
    assert!(said(&data, &["account", "show", "cut@example.org"]).contains("password           none yet"));
    let world = stopped.start();
    world.knocks("fine@example.org", PASSWORD).await.1.leads_to("/account");
    let stopped = world.stop();
    assert!(!said(&data, &["check"]).contains("another system"));
    assert!(said(&data, &["account", "show", "fine@example.org"]).contains("password           set\n"));
    drop(stopped);
}

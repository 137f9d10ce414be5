//! Groups G and H: what strangers learn, what the log tells, and what lies on disk.

use std::collections::BTreeMap;
use std::fs;
use std::io::{Read as _, Write as _};
use std::net::TcpStream;
use std::path::Path;
use std::sync::{Arc, Mutex};
use std::time::{Duration, Instant};

use countersign_server::clock::Clock as _;
use tracing_subscriber::fmt::MakeWriter;

use crate::browser::PEER;
use crate::world::{NEW_PASSWORD, PASSWORD, STEP, World};

#[tokio::test]
async fn g2_an_address_that_nobody_has_gets_the_same_answer_after_the_same_work() {
    let world = World::new();
    world.person("known1@example.org").await;
    let disabled = world.person("known2@example.org").await;
    world.app.store.disable_account(disabled.id, &world.visit()).await.unwrap();
    let mut answers = Vec::new();
    let emails = ["known1@example.org", "known2@example.org", "nobody@example.org"];
    let mut times: [Vec<Duration>; 3] = Default::default();
    // In turn, so that a busy machine is as busy for each.
    for _ in 0..7 {
        for (email, times) in emails.iter().zip(&mut times) {
            #[expect(clippy::disallowed_methods, reason = "what is measured is real time")]
            let began = Instant::now();
            let page = world.browser().post("/sign-in", &[("email", email), ("password", "wrong")]).await;
            times.push(began.elapsed());
            page.is(401);
            answers.push((page.text.replace(email, "EMAIL"), page.cookies_set()));
        }
    }
    for (email, mut times) in emails.into_iter().zip(times) {
        times.sort();
        println!("g2: median of seven wrong passwords for {email}: {:?}", times[3]);
    }
    let right = [("email", "known2@example.org"), ("password", PASSWORD)];
    let page = world.browser().post("/sign-in", &right).await;
    answers.push((page.is(401).text.replace("known2@example.org", "EMAIL"), page.cookies_set()));
    assert!(answers.windows(2).all(|pair| pair[0] == pair[1]), "byte for byte");
}

#[tokio::test]
async fn g3_an_address_that_nobody_has_is_locked_just_like_one_that_somebody_has() {
    let world = World::new();
    world.person("known1@example.org").await;
    for n in 0..12 {
        let mut answers = Vec::new();
        for email in ["known1@example.org", "nobody@example.org"] {
            let page = world.browser().post("/sign-in", &[("email", email), ("password", "wrong")]).await;
            answers.push((page.status, page.text.replace(email, "EMAIL")));
        }
        assert_eq!(answers[0], answers[1]);
        assert_eq!(answers[0].0, if n < 10 { 401 } else { 429 });
    }
}

#[test]
fn g4_codes_recovery_codes_and_passwords_are_compared_in_constant_time() {
    let engine = Path::new(env!("CARGO_MANIFEST_DIR")).join("../engine/src");
    for (file, comparison) in [
        ("code.rs", "self.value.ct_eq(&value)"),
        ("recovery.rs", "stored.hash.ct_eq(&hash)"),
        ("password.rs", "output.ct_eq(&kept)"),
        ("password/argon2.rs", "output.ct_eq(&self.output)"),
        ("password/bcrypt.rs", "output.ct_eq(&self.output)"),
        ("password/pbkdf2.rs", "block.ct_eq(output)"),
        ("password/scrypt.rs", "output.ct_eq(&self.output)"),
    ] {
        let text = fs::read_to_string(engine.join(file)).unwrap();
        assert!(text.contains(comparison), "{file}");
    }
    let code = fs::read_to_string(engine.join("code.rs")).unwrap();
    // Every step of the window is computed and compared, every authenticator and every recovery code is looked at:
    // nothing in these loops ends them early or chooses by what has matched.
    for (file, function, exits) in [
        ("totp.rs", "fn matching(", &["if ", "match ", "break", "return", "continue", "?;"][..]),
        ("totp.rs", "fn check_two(", &["break", "return", "continue", "&&", "?;"]),
        ("factors.rs", "pub fn check(&self, code: Code", &["break", "return", "continue", "?;"]),
        ("factors.rs", "pub fn check_two(", &["break", "return", "continue", "?;"]),
    ] {
        let text = fs::read_to_string(engine.join(file)).unwrap();
        let body = text.split_once(function).unwrap().1.split_once("\n    }\n").unwrap().0;
        let rounds = body.split_once("\n        for ").unwrap_or_else(|| panic!("{function} has no loop")).1;
        let rounds = rounds.split_once("\n        }\n").unwrap().0;
        for exit in exits {
            assert!(!rounds.contains(exit), "{file}: {function} has {exit:?} in its loop");
        }
    }
    let recovery = fs::read_to_string(engine.join("recovery.rs")).unwrap();
    assert!(recovery.contains("self.codes.iter().fold(Found::Nothing, |found, stored|"));
    let derived = code.split("pub struct Code").next().unwrap().rsplit("#[derive").next().unwrap();
    assert!(!derived.contains("PartialEq"), "a code cannot be compared in any other way");
}

#[tokio::test]
async fn h1_whatever_happens_to_a_factor_stands_in_the_log_once_with_browser_and_address() {
    let world = World::new();
    let person = world.person("zofie@example.org").await;
    let firefox = "Mozilla/5.0 (X11; Linux x86_64; rv:140.0) Gecko/20100101 Firefox/140.0";
    let mut owner = world.browser().saying("user-agent", firefox);
    let mut log = world.state(person.id).await;
    let mut happened = async |what: &str, expected: &[&str]| {
        let now = world.state(person.id).await;
        assert_eq!(now.events_since(&log), expected, "{what}");
        let rows =
            world.app.store.events(person.id, None, u32::try_from(expected.len()).unwrap()).await.unwrap();
        for row in rows {
            let (browser, address) = (row.browser.as_str(), row.address.as_deref());
            assert_eq!(
                (browser, address, row.at),
                ("Firefox on Linux", Some(PEER), world.clock.now()),
                "{what}"
            );
        }
        log = now;
    };
    let password = ("password", PASSWORD);
    owner.sign_in(&person).await;
    happened("signing in", &["signed-in"]).await;
    owner.post("/account/two-factor/turn-on", &[password]).await;
    person.scan(&owner.get("/account/two-factor/set-up").await.key());
    happened("a set-up that is begun", &[]).await;
    let page = owner.post("/account/two-factor/set-up", &[("code", &person.code())]).await;
    happened("turning on", &["two-factor-on"]).await;
    let codes = page.recovery_codes();
    world.pass(STEP);
    owner.type_password(&person).await;
    happened("the password", &["password-accepted"]).await;
    owner.post("/sign-in/code", &[("code", &person.wrong_code())]).await;
    happened("a wrong code", &["wrong-code"]).await;
    owner.post("/sign-in/code", &[("code", &*person.code()), ("remember", "on")]).await;
    happened("a right code", &["signed-in", "device-remembered"]).await;
    owner.post("/account/two-factor/devices/forget-all", &[]).await;
    happened("forgetting", &["devices-forgotten"]).await;
    owner.post("/account/two-factor/recovery-codes", &[password]).await;
    happened("new recovery codes", &["recovery-codes-replaced"]).await;
    owner.post("/account/two-factor/turn-off", &[("password", "wrong")]).await;
    happened("a wrong password", &["wrong-password"]).await;
    owner.post("/account/two-factor/authenticators/add", &[password]).await;
    let phone = person.key();
    person.scan(&owner.get("/account/two-factor/set-up").await.key());
    owner.post("/account/two-factor/set-up", &[("code", &*person.code()), ("name", "Tablet")]).await;
    happened("adding", &["authenticator-added"]).await;
    let listed = world.app.store.profile(person.id, world.clock.now()).await.unwrap().authenticators;
    let tablet = listed.iter().find(|one| one.name == "Tablet").unwrap().id;
    let path = format!("/account/two-factor/authenticators/{tablet}");
    owner.post(&format!("{path}/rename"), &[("name", "Old tablet")]).await;
    happened("renaming", &["authenticator-renamed"]).await;
    owner.post(&format!("{path}/remove"), &[password]).await;
    happened("removing", &["authenticator-removed"]).await;
    person.scan(&phone);
    owner.post("/account/name", &[("name", "Eva")]).await;
    happened("a name", &["name-changed"]).await;
    owner.post("/account/password", &[password, ("new_password", NEW_PASSWORD)]).await;
    happened("a new password", &["password-changed"]).await;
    owner.post("/account/two-factor/turn-off", &[("password", NEW_PASSWORD)]).await;
    happened("turning off", &["two-factor-off"]).await;
    owner.post("/sign-out", &[]).await;
    happened("signing out", &["signed-out"]).await;
    assert_eq!(codes.len(), 10);
}

#[tokio::test]
async fn h1_what_an_administrator_resets_stands_in_the_log_and_its_owner_reads_it() {
    let world = World::new();
    let person = world.enrolled("zofie@example.org").await;
    world.app.store.reset_two_factor(person.id, "phone lost, seen in person", &world.visit()).await.unwrap();
    assert_eq!(world.events(person.id).await.last().map(String::as_str), Some("two-factor-reset"));
    let mut browser = world.signed_in(&person).await;
    browser.get("/account/activity").await.says("reset by an administrator: phone lost, seen in person");
}

/// What a log would have written.
#[derive(Clone, Default)]
struct Lines(Arc<Mutex<Vec<u8>>>);

impl std::io::Write for Lines {
    fn write(&mut self, bytes: &[u8]) -> std::io::Result<usize> {
        self.0.lock().unwrap().extend_from_slice(bytes);
        Ok(bytes.len())
    }
    fn flush(&mut self) -> std::io::Result<()> {
        Ok(())
    }
}

impl MakeWriter<'_> for Lines {
    type Writer = Self;
    fn make_writer(&self) -> Self {
        self.clone()
    }
}

#[tokio::test]
async fn i6_whoever_sends_a_thousand_requests_from_elsewhere_makes_one_short_line_of_the_log() {
    let lines = Lines::default();
    let subscriber = tracing_subscriber::fmt().with_ansi(false).with_writer(lines.clone());
    let guard = tracing::subscriber::set_default(subscriber.finish());
    let mut browser = World::new().browser();
    for nth in 0..1000 {
        let path = format!("/{nth}{}", "x".repeat(10_000));
        let elsewhere = [("sec-fetch-site", "cross-site")];
        browser.send(axum::http::Method::POST, &path, &elsewhere, axum::body::Body::empty()).await.is(403);
    }
    drop(guard);
    let written = String::from_utf8(lines.0.lock().unwrap().clone()).unwrap();
    assert_eq!(written.matches("was refused").count(), 1, "{written:.2000}");
    assert!(written.len() < 2000, "{written:.2000}");
}

#[tokio::test]
async fn h4_nobody_writes_a_line_of_their_own_into_the_log_and_no_secret_is_in_it() {
    let lines = Lines::default();
    let subscriber = tracing_subscriber::fmt().with_ansi(false).with_max_level(tracing::Level::TRACE);
    let guard = tracing::subscriber::set_default(subscriber.with_writer(lines.clone()).finish());
    let world = World::new();
    let person = world.enrolled("zofie@example.org").await;
    let hostile = "x\u{85}\u{2028}INFO forged\"}{\"level\":\"INFO\"";
    let mut browser = world.browser().saying("user-agent", hostile).saying("x-forwarded-for", hostile);
    browser.sign_in(&person).await;
    for name in ["a\nINFO forged", "a\r\nb", "a\u{1b}[31mb", "a\u{2028}b", "a\u{85}b", "a\u{9b}31mb", "a\0b"]
    {
        browser.post("/account/name", &[("name", name)]).await.is(400);
    }
    let elsewhere = [("sec-fetch-site", "cross-site"), ("content-type", "text/plain")];
    let path = "/account/%0aINFO%20forged%1b[31m";
    browser.send(axum::http::Method::POST, path, &elsewhere, axum::body::Body::empty()).await.is(403);
    browser.post(&format!("/account/sessions/{}/end", "%0aINFO%20forged"), &[]).await.is(404);
    drop(guard);
    let written = String::from_utf8(lines.0.lock().unwrap().clone()).unwrap();
    assert!(written.contains("was refused"), "something was logged: {written}");
    for line in written.lines() {
        assert!(line.starts_with("20") && !line.contains('\u{1b}') && !line.contains('\u{2028}'), "{line:?}");
    }
    for secret in [PASSWORD, &person.key(), &browser.cookie("session").unwrap(), &person.code()] {
        assert!(!written.contains(secret));
    }
    let recorded = world.app.store.events(person.id, None, 100).await.unwrap();
    for event in recorded {
        assert!(!event.browser.contains(|c: char| c.is_control() || "\"{}\u{2028}".contains(c)), "{event:?}");
    }
}

/// The test above reads one thread; this reads all of a process: those that hash, write and seal as well.
#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn h4_a_whole_process_that_logs_all_it_can_logs_no_secret() {
    let (stopped, owner, people) = crate::processes::installation(1).await;
    let (data, person) = (stopped.data(), &people[0]);
    let settings = stopped.dir().join("talkative.toml");
    fs::write(&settings, "[log]\nlevel = \"trace\"\n").unwrap();
    let words = ["--config", settings.to_str().unwrap()];
    let service = crate::processes::Serving::start_with(&data, "talkative", &words);
    let mut secrets = vec![PASSWORD.to_owned(), NEW_PASSWORD.to_owned(), person.key(), owner.key()];
    secrets.extend(owner.recovery_codes.clone());
    // It has something to tell: a form from elsewhere, at an address that would like to be a line of its own.
    let mut stream = TcpStream::connect(("127.0.0.1", service.port)).unwrap();
    let head = "POST /%0a2026%20INFO%20forged HTTP/1.1\r\nhost: x\r\nsec-fetch-site: cross-site\r\n";
    stream.write_all(format!("{head}content-length: 0\r\nconnection: close\r\n\r\n").as_bytes()).unwrap();
    stream.read_to_end(&mut Vec::new()).unwrap();
    let mut jars = Vec::new();
    let code = crate::person::code_of(&person.key(), countersign_server::clock::WallClock.now_ms());
    for (email, path, field) in [
        (&person.email, "/sign-in/code", ("code", code.as_str())),
        (&owner.email, "/sign-in/recovery-code", ("recovery_code", owner.recovery_codes[0].as_str())),
    ] {
        let mut jar = BTreeMap::new();
        service.post("/sign-in", &[("email", email), ("password", NEW_PASSWORD)], &mut jar);
        service.post("/sign-in", &[("email", email), ("password", PASSWORD)], &mut jar);
        secrets.extend(jar.values().cloned());
        let after = service.post(path, &[field, ("remember", "on")], &mut jar);
        assert_eq!(after, (303, "/account".to_owned()), "{}", service.told());
        secrets.extend(jar.values().cloned());
        jars.push(jar);
    }
    let change = [("password", PASSWORD), ("new_password", NEW_PASSWORD)];
    assert_eq!(service.post("/account/password", &change, &mut jars[1]).0, 303);
    secrets.extend(jars[1].values().cloned());
    let written = service.told();
    assert!(written.contains("a request from elsewhere was refused"), "{written}");
    assert!(written.lines().all(|line| line.starts_with("20")), "{written}");
    for secret in secrets.iter().filter(|secret| secret.len() >= 12) {
        assert!(!written.contains(secret), "{secret}: {written}");
    }
    assert!(written.split(|c: char| !c.is_ascii_alphanumeric()).all(|word| word != code), "{written}");
}

/// Where the only sealed value behind the last place of `owner` in the file stands that has this length.
fn sealed_after(file: &[u8], owner: &[u8], key: &[u8], length: usize) -> usize {
    let head = [&[1, u8::try_from(key.len()).unwrap()], key].concat();
    let starts = |at: usize| file[at..].starts_with(&head);
    // A row of `authenticators`: id, account, name, secret.
    let row = [owner, b"Phone", &head].concat();
    let at = (0..file.len() - row.len()).find(|at| file[*at..].starts_with(&row)).unwrap();
    let at = at + owner.len() + "Phone".len();
    assert!(starts(at) && at + length <= file.len());
    at
}

/// Where the sealed secret of somebody's authenticator stands in the database file, and how long it is.
pub(crate) fn secret_of(
    stopped: &crate::world::Stopped,
    file: &[u8],
    person: &crate::person::Person,
) -> (usize, usize) {
    let keyring = fs::read_to_string(stopped.data().join("keyring")).unwrap();
    let key = keyring.lines().nth(1).unwrap().split(' ').next().unwrap().as_bytes().to_vec();
    // Layout byte, length, key id, nonce, twenty bytes of secret, tag.
    let length = 2 + key.len() + 24 + 20 + 16;
    (sealed_after(file, person.id.to_string().as_bytes(), &key, length), length)
}

#[tokio::test]
async fn h5_secrets_exchanged_between_two_rows_open_neither_account() {
    let world = World::new();
    let (anna, boris) = (world.enrolled("anna@example.org").await, world.enrolled("boris@example.org").await);
    let stopped = world.stop();
    let path = stopped.data().join("countersign.db");
    let mut file = fs::read(&path).unwrap();
    let [(a, length), (b, _)] = [&anna, &boris].map(|one| secret_of(&stopped, &file, one));
    for n in 0..length {
        file.swap(a + n, b + n);
    }
    fs::write(&path, file).unwrap();
    let world = stopped.start();
    for (person, other) in [(&anna, &boris), (&boris, &anna)] {
        for code in [person.code(), other.code()] {
            let mut browser = world.one_pending(person).await;
            let page = browser.post("/sign-in/code", &[("code", &code)]).await;
            assert!(!page.is(503).gives("session"), "{page:?}");
        }
    }
}

#[tokio::test]
async fn h5_with_a_new_key_in_front_of_the_old_one_everybody_still_signs_in() {
    let world = World::new();
    let person = world.enrolled_with_codes("zofie@example.org").await;
    let stopped = world.stop();
    let path = stopped.data().join("keyring");
    let keyring = fs::read_to_string(&path).unwrap();
    let (head, keys) = keyring.split_once('\n').unwrap();
    let new = format!("k-new {} 1795000000000", data_encoding::BASE64URL_NOPAD.encode(&[9; 32]));
    fs::write(&path, format!("{head}\n{new}\n{keys}")).unwrap();
    let world = stopped.start();
    world.browser().sign_in(&person).await;
    let mut browser = world.one_pending(&person).await;
    let field = [("recovery_code", person.recovery_codes[0].as_str())];
    browser.post("/sign-in/recovery-code", &field).await.leads_to("/account");
    let later = world.enrolled("later@example.org").await;
    world.browser().sign_in(&later).await;
}

//! The program itself, as several processes on one data directory: two services, and keys rotated beside them.

use std::collections::BTreeMap;
use std::fs;
use std::io::{BufRead as _, BufReader, Read as _, Write as _};
use std::net::TcpStream;
use std::path::{Path, PathBuf};
use std::process::{Child, Command, Output, Stdio};
use std::sync::Mutex;
use std::sync::atomic::{AtomicUsize, Ordering};
use std::time::Duration;

use countersign_server::clock::{Clock as _, WallClock};
use data_encoding::BASE64URL_NOPAD;

use crate::person::{Person, code_of};
use crate::world::{PASSWORD, STEP, World, database_of};

/// The program, without any setting of a service that may run here.
pub(crate) fn program(data: &Path, words: &[&str]) -> Command {
    let mut command = Command::new(env!("CARGO_BIN_EXE_countersign"));
    for (name, _) in
        std::env::vars_os().filter(|(name, _)| name.to_string_lossy().starts_with("COUNTERSIGN_"))
    {
        command.env_remove(name);
    }
    command.args(words).arg("--data-dir").arg(data).stdin(Stdio::null());
    if let Some(url) = database_of(data) {
        command.args(["--database", &url]);
    }
    command
}

/// Runs a command to its end.
pub(crate) fn run(data: &Path, words: &[&str]) -> Output {
    program(data, words).output().unwrap()
}

/// What a command said that succeeded.
#[track_caller]
pub(crate) fn said(data: &Path, words: &[&str]) -> String {
    let output = run(data, words);
    let (out, err) = (String::from_utf8(output.stdout).unwrap(), String::from_utf8_lossy(&output.stderr));
    assert!(output.status.success(), "{words:?}: {out}{err}");
    out
}

/// A service on a port of its own; it ends with this.
pub(crate) struct Serving {
    /// It.
    pub(crate) process: Child,
    /// Where it listens.
    pub(crate) port: u16,
    log: PathBuf,
}

impl Serving {
    pub(crate) fn start(data: &Path, name: &str) -> Self {
        Self::start_with(data, name, &[])
    }

    /// The same with more on its command line.
    pub(crate) fn start_with(data: &Path, name: &str, words: &[&str]) -> Self {
        let log = data.parent().unwrap().join(format!("{name}.log"));
        Self::of(program(data, &[&["serve", "--listen", "127.0.0.1:0"], words].concat()), log)
    }

    /// What this command starts; the log goes into a file.
    pub(crate) fn of(mut command: Command, log: PathBuf) -> Self {
        let file = fs::File::create(&log).unwrap();
        let mut process = command.stdout(Stdio::piped()).stderr(file).spawn().unwrap();
        let mut line = String::new();
        BufReader::new(process.stdout.take().unwrap()).read_line(&mut line).unwrap();
        let port = line.trim().trim_end_matches('/').rsplit(':').next().and_then(|port| port.parse().ok());
        let port = port.unwrap_or_else(|| panic!("{line:?} {}", fs::read_to_string(&log).unwrap()));
        Self { process, port, log }
    }

    /// Sends a form as one of our own pages does: the status, where it leads, and the cookies afterwards.
    pub(crate) fn post(
        &self,
        path: &str,
        fields: &[(&str, &str)],
        jar: &mut BTreeMap<String, String>,
    ) -> (u16, String) {
        self.try_post(path, fields, jar).unwrap()
    }

    /// The same of a service that may be killed meanwhile: nothing where it did not answer.
    pub(crate) fn try_post(
        &self,
        path: &str,
        fields: &[(&str, &str)],
        jar: &mut BTreeMap<String, String>,
    ) -> Option<(u16, String)> {
        let body = serde_urlencoded::to_string(fields).unwrap();
        let cookies: Vec<String> = jar.iter().map(|(name, value)| format!("{name}={value}")).collect();
        let head = format!(
            "POST {path} HTTP/1.1\r\nhost: localhost:{}\r\nsec-fetch-site: same-origin\r\nconnection: close\r\n\
             content-type: application/x-www-form-urlencoded\r\ncontent-length: {}\r\ncookie: {}\r\n\r\n",
            self.port,
            body.len(),
            cookies.join("; ")
        );
        let mut stream = TcpStream::connect(("127.0.0.1", self.port)).ok()?;
        stream.set_read_timeout(Some(Duration::from_secs(60))).unwrap();
        stream.write_all(format!("{head}{body}").as_bytes()).ok()?;
        let mut answer = Vec::new();
        stream.read_to_end(&mut answer).ok()?;
        if answer.is_empty() {
            return None;
        }
        let answer = String::from_utf8_lossy(&answer).into_owned();
        let head = answer.split("\r\n\r\n").next().unwrap_or_default();
        let mut location = String::new();
        for line in head.lines().skip(1) {
            match line.split_once(": ") {
                Some(("set-cookie", cookie)) => {
                    let (name, rest) = cookie.split_once('=').unwrap();
                    jar.insert(name.to_owned(), rest.split(';').next().unwrap().to_owned());
                }
                Some(("location", to)) => to.clone_into(&mut location),
                _ => {}
            }
        }
        Some((head.split(' ').nth(1).and_then(|status| status.parse().ok()).unwrap_or(0), location))
    }

    /// A whole sign-in: the password, then this.
    pub(crate) fn signs_in(&self, email: &str, path: &str, field: (&str, &str)) -> (u16, String) {
        let mut jar = BTreeMap::new();
        let after = self.post("/sign-in", &[("email", email), ("password", PASSWORD)], &mut jar);
        assert_eq!(after, (303, "/sign-in/code".to_owned()), "{email}: {}", self.told());
        self.post(path, &[field], &mut jar)
    }

    /// Its log so far.
    pub(crate) fn told(&self) -> String {
        fs::read_to_string(&self.log).unwrap()
    }
}

impl Drop for Serving {
    fn drop(&mut self) {
        let _ = self.process.kill();
        let _ = self.process.wait();
    }
}

/// The keys of the keyring, as they are written there.
fn keys(data: &Path) -> Vec<String> {
    let keys = countersign_server::keyring_file::load(&data.join("keyring")).unwrap();
    keys.iter().map(|key| BASE64URL_NOPAD.encode(key.bytes.as_slice())).collect()
}

/// Everything in the data directory.
fn bytes(data: &Path) -> Vec<u8> {
    fs::read_dir(data)
        .unwrap()
        .flat_map(|entry| fs::read(entry.unwrap().path()).unwrap_or_default())
        .collect()
}

fn holds(bytes: &[u8], text: &str) -> bool {
    bytes.windows(text.len()).any(|window| window == text.as_bytes())
}

/// An installation of this very moment, at rest: somebody with real recovery codes, and a crowd.
pub(crate) async fn installation(crowd: usize) -> (crate::world::Stopped, Person, Vec<Person>) {
    let world = World::at(WallClock.now_ms());
    let owner = world.enrolled_with_codes("owner@example.org").await;
    let mut people = Vec::new();
    for nth in 0..crowd {
        people.push(world.enrolled(&format!("person{nth}@example.org")).await);
    }
    (world.stop(), owner, people)
}

#[test]
fn another_link_for_an_account_changes_nothing_of_it_and_says_so() {
    let dir = tempfile::tempdir().unwrap();
    let data = dir.path().join("data");
    let link = said(&data, &["account", "add", "ivan@example.org"]);
    for more in [&["--admin"][..], &["--name", "Ivan"]] {
        let refused = run(&data, &[&["account", "add", "ivan@example.org"], more].concat());
        let why = String::from_utf8_lossy(&refused.stderr).into_owned();
        assert!(!refused.status.success() && why.contains("leave out --admin and --name"), "{why}");
    }
    assert_ne!(said(&data, &["account", "add", "ivan@example.org"]), link);
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn f7_h5_keys_rotate_under_two_services_and_no_sign_in_fails() {
    let (stopped, owner, people) = installation(12).await;
    let data = stopped.data();
    let servers = [Serving::start(&data, "one"), Serving::start(&data, "other")];
    let (waiting, entered) = (Mutex::new(people), AtomicUsize::new(0));
    let mut keys_of_before = keys(&data);
    let before = said(&data, &["keys", "list"]);
    assert!(before.contains("seals since") && before.lines().count() == 1, "{before}");

    // Each person signs in with the code of this moment and the one after it, at both services, while keys rotate.
    std::thread::scope(|scope| {
        let workers: Vec<_> = servers
            .iter()
            .zip(0..)
            .map(|(first, nth)| {
                let (servers, waiting, entered) = (&servers, &waiting, &entered);
                scope.spawn(move || {
                    while let Some(person) = { waiting.lock().unwrap().pop() } {
                        let now = WallClock.now_ms();
                        let other = &servers[1 - nth];
                        for (server, at) in [(first, now), (other, now + STEP)] {
                            let code = code_of(&person.key(), at);
                            let after = server.signs_in(&person.email, "/sign-in/code", ("code", &code));
                            assert_eq!(after, (303, "/account".to_owned()), "{}", server.told());
                            entered.fetch_add(1, Ordering::SeqCst);
                        }
                    }
                })
            })
            .collect();
        let mut rotations = 0;
        while rotations < 3 || workers.iter().any(|worker| !worker.is_finished()) {
            let told = said(&data, &["keys", "rotate"]);
            assert!(told.contains("Sealed") && told.contains("Done."), "{told}");
            keys_of_before.extend(keys(&data));
            let code = &owner.recovery_codes[rotations % 10];
            if rotations < 10 {
                let field = ("recovery_code", code.as_str());
                let after = servers[rotations % 2].signs_in(&owner.email, "/sign-in/recovery-code", field);
                assert_eq!(after, (303, "/account".to_owned()), "{}", servers[rotations % 2].told());
            }
            rotations += 1;
        }
        for code in owner.recovery_codes.iter().skip(rotations) {
            let after = servers[0].signs_in(&owner.email, "/sign-in/recovery-code", ("recovery_code", code));
            assert_eq!(after, (303, "/account".to_owned()), "{}", servers[0].told());
        }
    });
    assert_eq!(entered.load(Ordering::SeqCst), 24);

    let [present] = &keys(&data)[..] else { panic!("one key is left") };
    let kept = bytes(&data);
    assert!(holds(&kept, present), "the search finds what is there");
    keys_of_before.retain(|key| key != present);
    assert!(keys_of_before.len() >= 3 && keys_of_before.iter().all(|old| !holds(&kept, old)));
    let list = said(&data, &["keys", "list"]);
    assert!(list.lines().count() == 1 && list.contains("26 secret(s) sealed"), "{list}");
    assert!(said(&data, &["check"]).contains("seals"));
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn h5_a_rotation_that_is_killed_is_finished_by_the_next_command() {
    let (stopped, owner, _) = installation(0).await;
    let data = stopped.data();
    let server = Serving::start(&data, "one");
    for (nth, code) in owner.recovery_codes.iter().enumerate().take(6) {
        let old = keys(&data);
        let mut rotating = program(&data, &["keys", "rotate"]).stdout(Stdio::piped()).spawn().unwrap();
        // Killed after its first line, its second, and so on; the sixth is killed before it says anything.
        let lines = BufReader::new(rotating.stdout.take().unwrap()).lines().take(nth % 5);
        let heard: Vec<String> = lines.map(Result::unwrap).collect();
        rotating.kill().unwrap();
        rotating.wait().unwrap();
        let after = server.signs_in(&owner.email, "/sign-in/recovery-code", ("recovery_code", code));
        assert_eq!(after, (303, "/account".to_owned()), "{heard:?} {}", server.told());
        let told = said(&data, &["keys", "rotate"]);
        assert!(told.contains("Done."), "{told}");
        let present = keys(&data);
        assert!(present.len() == 1 && present != old);
        assert!(!holds(&bytes(&data), &old[0]), "{heard:?}");
        assert_eq!(said(&data, &["keys", "list"]).lines().count(), 1);
    }
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn a20_a_keyring_that_is_lost_cut_open_to_others_or_anothers_lets_nothing_start_and_stops_no_service() {
    let (stopped, owner, _) = installation(0).await;
    let data = stopped.data();
    let keyring = data.join("keyring");
    let server = Serving::start(&data, "one");
    let mine = fs::read_to_string(&keyring).unwrap();
    let other = World::new().stop();
    let theirs = fs::read_to_string(other.data().join("keyring")).unwrap();
    let mode = |mode| {
        let permissions = std::os::unix::fs::PermissionsExt::from_mode(mode);
        fs::set_permissions(&keyring, permissions).unwrap();
    };
    let cases: [(&str, &dyn Fn(), &str); 6] = [
        ("missing", &|| fs::remove_file(&keyring).unwrap(), "is missing, but the database"),
        ("empty", &|| fs::write(&keyring, "").unwrap(), "cut short"),
        ("cut", &|| fs::write(&keyring, &mine[..mine.len() - 9]).unwrap(), "cut short"),
        ("another's", &|| fs::write(&keyring, &theirs).unwrap(), "does not belong to this database"),
        ("open to others", &|| mode(0o644), "can be read or written by others"),
        ("no keyring", &|| fs::write(&keyring, "hello\n").unwrap(), "not a keyring"),
    ];
    for (nth, (what, happens, reason)) in cases.iter().enumerate() {
        happens();
        for words in [&["serve", "--listen", "127.0.0.1:0"][..], &["account", "list"], &["keys", "rotate"]] {
            let output = run(&data, words);
            let told = String::from_utf8_lossy(&output.stderr);
            assert!(!output.status.success() && told.contains(reason), "{what}: {words:?}: {told}");
        }
        let output = run(&data, &["check"]);
        let told = String::from_utf8_lossy(&output.stdout);
        assert!(!output.status.success() && told.contains(reason), "{what}: check: {told}");
        // The service has noticed, says so, and goes on with the keys it has.
        while !server.told().contains(reason.trim_end_matches(", but the database")) {
            std::thread::yield_now();
        }
        let field = ("recovery_code", owner.recovery_codes[nth].as_str());
        let after = server.signs_in(&owner.email, "/sign-in/recovery-code", field);
        assert_eq!(after, (303, "/account".to_owned()), "{what}: {}", server.told());
        let _ = fs::remove_file(&keyring);
        fs::write(&keyring, &mine).unwrap();
        mode(0o600);
    }
    assert!(said(&data, &["check"]).contains("ok         the database"));
}

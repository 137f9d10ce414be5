//! Trouble below: a disk that is full or may only be read, a database that another program holds. Every door says so, none
//! falls open, nothing half-done is left, and all goes on by itself when the cause is gone.

use std::collections::BTreeMap;
use std::io::{BufRead as _, BufReader, Write as _};
use std::path::{Path, PathBuf};
use std::process::{Child, ChildStdin, ChildStdout, Command, Stdio};

use countersign_server::clock::{Clock as _, WallClock};

use crate::person::{Person, code_of};
use crate::processes::{Serving, program, said};
use crate::world::{NEW_PASSWORD, PASSWORD, World};

/// A small disk of its own that nobody else sees: a tmpfs in a mount namespace, which is gone with its shell. It needs root,
/// or a system that lets everybody have namespaces.
struct Disk {
    shell: Child,
    orders: ChildStdin,
    answers: BufReader<ChildStdout>,
    /// Where it is mounted, for whoever is inside.
    at: PathBuf,
    root: bool,
}

impl Disk {
    fn of(at: &Path, kib: u32) -> Self {
        let root = Command::new("id").arg("-u").output().unwrap().stdout == b"0\n";
        let mut unshare = Command::new("unshare");
        unshare.arg("--mount").args((!root).then_some("--map-root-user")).arg("sh");
        let mut shell = unshare.stdin(Stdio::piped()).stdout(Stdio::piped()).spawn().unwrap();
        let (orders, answers) = (shell.stdin.take().unwrap(), BufReader::new(shell.stdout.take().unwrap()));
        let mut disk = Self { shell, orders, answers, at: at.to_owned(), root };
        let mounted = disk.does(&format!("mount -t tmpfs -o size={kib}k,mode=700 tmpfs {}", at.display()));
        assert!(
            mounted,
            "no small disk can be mounted here: run this test as root, or allow user namespaces"
        );
        disk
    }

    /// Runs a command inside. Whether it succeeded.
    fn does(&mut self, command: &str) -> bool {
        writeln!(self.orders, "{command} >/dev/null 2>&1; echo $?").unwrap();
        let mut answer = String::new();
        self.answers.read_line(&mut answer).unwrap();
        answer.trim() == "0"
    }

    /// The program, started inside.
    fn program(&self, words: &[&str]) -> Command {
        let outside = program(&self.at.join("data"), words);
        let mut inside = Command::new("nsenter");
        inside
            .arg("--mount")
            .args((!self.root).then_some("--user"))
            .args((!self.root).then_some("--preserve-credentials"));
        inside.arg("--target").arg(self.shell.id().to_string()).arg(outside.get_program());
        inside.args(outside.get_args()).stdin(Stdio::null());
        for (name, _removed) in outside.get_envs() {
            inside.env_remove(name);
        }
        inside
    }

    fn fills(&mut self) {
        assert!(
            !self.does(&format!("dd if=/dev/zero of={}/filler bs=4k", self.at.display())),
            "it has an end"
        );
    }

    fn has_room_again(&mut self) {
        assert!(self.does(&format!("rm {}/filler", self.at.display())));
    }
}

impl Drop for Disk {
    fn drop(&mut self) {
        let _ = self.shell.kill();
        let _ = self.shell.wait();
    }
}

fn now_of(person: &Person) -> String {
    code_of(&person.key(), WallClock.now_ms())
}

/// What a form sends.
type Fields<'f> = &'f [(&'f str, &'f str)];

/// The cookies of three browsers.
struct Browsers {
    /// The owner's, in which the password was right.
    pending: BTreeMap<String, String>,
    /// The owner's, signed in.
    owner: BTreeMap<String, String>,
    /// Somebody's who has no 2FA, signed in.
    other: BTreeMap<String, String>,
}

impl Browsers {
    fn at(service: &Serving, owner: &Person, other: &Person) -> Self {
        let pending = signs_in_without_a_code(service, owner);
        let mut signed_in = signs_in_without_a_code(service, owner);
        let field = ("recovery_code", owner.recovery_codes[9].as_str());
        let after = service.post("/sign-in/recovery-code", &[field], &mut signed_in);
        assert_eq!(after, (303, "/account".to_owned()), "{}", service.told());
        Self { pending, owner: signed_in, other: signs_in_without_a_code(service, other) }
    }
}

/// Doors that write, of every kind: status and where it leads.
fn doors(
    service: &Serving,
    owner: &Person,
    browsers: &Browsers,
) -> Vec<(&'static str, u16, BTreeMap<String, String>)> {
    let Browsers { pending, owner: signed_in, other: session } = browsers;
    let (code, recovery) = (now_of(owner), owner.recovery_codes[0].clone());
    let nobody = BTreeMap::new();
    let (email, password) = (("email", owner.email.as_str()), ("password", PASSWORD));
    let new_password = ("new_password", NEW_PASSWORD);
    let tries: [(&str, Fields<'_>, &BTreeMap<_, _>); 11] = [
        ("/sign-in", &[email, password], &nobody),
        ("/sign-in", &[("email", "nobody@example.org"), ("password", "not this one")], &nobody),
        ("/sign-in/code", &[("code", &code)], pending),
        ("/sign-in/recovery-code", &[("recovery_code", &recovery)], pending),
        ("/sign-up", &[("email", "new@example.org"), ("name", "Eva"), password], &nobody),
        ("/account/two-factor/turn-off", &[password], signed_in),
        ("/account/two-factor/recovery-codes", &[password], signed_in),
        ("/account/two-factor/authenticators/add", &[password], signed_in),
        ("/account/two-factor/turn-on", &[password], session),
        ("/account/password", &[password, new_password], session),
        ("/account/name", &[("name", "Another")], session),
    ];
    let tries = tries.into_iter().map(|(path, fields, jar)| {
        let mut jar = jar.clone();
        let (status, _) = service.post(path, fields, &mut jar);
        (path, status, jar)
    });
    tries.collect()
}

/// Nothing writes, and every door says so; what only reads goes on.
fn all_doors_refuse(service: &Serving, owner: &Person, browsers: &Browsers) {
    let had = |name: &str| {
        [&browsers.pending, &browsers.owner, &browsers.other].iter().any(|jar| jar.contains_key(name))
    };
    for (path, status, jar) in doors(service, owner, browsers) {
        assert_eq!(status, 503, "{path}: {}", service.told());
        let gained = jar.keys().filter(|name| !had(name));
        assert_eq!(gained.count(), 0, "{path} gave {jar:?}");
    }
    assert_eq!(service.get("/health", &BTreeMap::new()), 200, "{}", service.told());
    assert_eq!(service.get("/account", &browsers.other), 200, "an open session: {}", service.told());
}

/// The code and the recovery code that were refused are good, each once.
fn all_goes_on(service: &Serving, owner: &Person, pending: &BTreeMap<String, String>) {
    let code = now_of(owner);
    let after = service.post("/sign-in/code", &[("code", &code)], &mut pending.clone());
    assert_eq!(after, (303, "/account".to_owned()), "{}", service.told());
    let field = ("recovery_code", owner.recovery_codes[0].as_str());
    assert_eq!(service.signs_in(&owner.email, "/sign-in/recovery-code", field).1, "/account");
    assert_eq!(service.signs_in(&owner.email, "/sign-in/recovery-code", field).0, 401);
}

/// A file of settings with which everybody may make an account.
fn with_sign_up_open(stopped: &crate::world::Stopped) -> String {
    let file = stopped.dir().join("open.toml");
    std::fs::write(&file, "sign_up = \"open\"\n").unwrap();
    file.display().to_string()
}

/// Somebody with 2FA, and somebody without.
async fn installation() -> (crate::world::Stopped, Person, Person) {
    let world = World::at(WallClock.now_ms());
    let owner = world.enrolled_with_codes("owner@example.org").await;
    let other = world.person("other@example.org").await;
    (world.stop(), owner, other)
}

fn signs_in_without_a_code(service: &Serving, person: &Person) -> BTreeMap<String, String> {
    let mut jar = BTreeMap::new();
    let after = service.post("/sign-in", &[("email", &person.email), ("password", PASSWORD)], &mut jar);
    assert_eq!(after.0, 303, "{}", service.told());
    jar
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn a20_on_a_full_disk_every_door_refuses_and_all_goes_on_when_there_is_room_again() {
    let (stopped, owner, other) = installation().await;
    let mount = tempfile::tempdir().unwrap();
    let mut disk = Disk::of(mount.path(), 4096);
    assert!(disk.does(&format!("cp -a {} {}/", stopped.data().display(), mount.path().display())));
    let (log, open) = (stopped.dir().join("full.log"), with_sign_up_open(&stopped));
    let service = Serving::of(disk.program(&["serve", "--listen", "127.0.0.1:0", "--config", &open]), log);
    let browsers = Browsers::at(&service, &owner, &other);
    let Browsers { pending, other: session, .. } = &browsers;
    for _ in 0..2 {
        disk.fills();
        all_doors_refuse(&service, &owner, &browsers);
        let told = service.told();
        assert!(told.contains("the disk that holds the database is full"), "{told}");
        assert!(told.matches("requests are refused").count() <= 4, "{told}");
        disk.has_room_again();
        assert_eq!(service.post("/account/name", &[("name", "Jana")], &mut session.clone()).0, 303);
    }
    all_goes_on(&service, &owner, pending);
    drop(service);
    assert!(disk.program(&["events", "verify"]).status().unwrap().success());

    // A start on a full disk says so as well, and the next one goes on.
    disk.fills();
    let refused = disk.program(&["serve", "--listen", "127.0.0.1:0"]).output().unwrap();
    let words = String::from_utf8_lossy(&refused.stderr);
    assert!(!refused.status.success() && words.contains("full"), "{words}");
    disk.has_room_again();
    let log = stopped.dir().join("again.log");
    let service = Serving::of(disk.program(&["serve", "--listen", "127.0.0.1:0"]), log);
    assert_eq!(service.get("/account", session), 200, "{}", service.told());
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn a20_on_a_disk_that_may_only_be_read_nothing_starts_and_it_says_why() {
    let (stopped, ..) = installation().await;
    let mount = tempfile::tempdir().unwrap();
    let mut disk = Disk::of(mount.path(), 4096);
    let at = mount.path().display();
    assert!(disk.does(&format!("cp -a {} {at}/", stopped.data().display())));
    assert!(disk.does(&format!("mount -o remount,ro {at}")));
    for words in [&["serve", "--listen", "127.0.0.1:0"][..], &["account", "list"], &["keys", "rotate"]] {
        let refused = disk.program(words).output().unwrap();
        let words = String::from_utf8_lossy(&refused.stderr);
        assert!(!refused.status.success(), "{words}");
        assert!(words.contains("read-only") || words.contains("Read-only"), "{words}");
    }
    assert!(disk.does(&format!("mount -o remount,rw {at}")));
    let log = stopped.dir().join("read-only.log");
    let service = Serving::of(disk.program(&["serve", "--listen", "127.0.0.1:0"]), log);
    assert_eq!(service.get("/health", &BTreeMap::new()), 200);
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn a20_while_another_program_holds_the_database_every_door_refuses_and_all_goes_on_when_it_lets_go() {
    let (stopped, owner, other) = installation().await;
    let data = stopped.data();
    let service = Serving::start_with(&data, "locked", &["--config", &with_sign_up_open(&stopped)]);
    let browsers = Browsers::at(&service, &owner, &other);
    let holding = "import sqlite3, sys\nother = sqlite3.connect(sys.argv[1], isolation_level=None)\n\
                   other.execute('PRAGMA busy_timeout = 20000')\nother.execute('BEGIN EXCLUSIVE')\n\
                   print('held', flush=True)\nsys.stdin.read()\n";
    let mut holder = Command::new("python3")
        .args(["-c", holding])
        .arg(data.join("countersign.db"))
        .stdin(Stdio::piped())
        .stdout(Stdio::piped())
        .spawn()
        .unwrap();
    let mut line = String::new();
    BufReader::new(holder.stdout.take().unwrap()).read_line(&mut line).unwrap();
    assert_eq!(line, "held\n");
    all_doors_refuse(&service, &owner, &browsers);
    assert!(service.told().contains("another program has locked the database"), "{}", service.told());
    drop(holder.stdin.take());
    holder.wait().unwrap();
    all_goes_on(&service, &owner, &browsers.pending);
    said(&data, &["events", "verify"]);
}

impl Serving {
    /// Opens an address with these cookies: the status.
    fn get(&self, path: &str, jar: &BTreeMap<String, String>) -> u16 {
        let cookies: Vec<String> = jar.iter().map(|(name, value)| format!("{name}={value}")).collect();
        let mut stream = std::net::TcpStream::connect(("127.0.0.1", self.port)).unwrap();
        let head = format!(
            "GET {path} HTTP/1.1\r\nhost: localhost\r\nconnection: close\r\ncookie: {}\r\n\r\n",
            cookies.join("; ")
        );
        stream.write_all(head.as_bytes()).unwrap();
        let mut answer = String::new();
        std::io::Read::read_to_string(&mut stream, &mut answer).unwrap();
        crate::wire::status(&answer)
    }
}

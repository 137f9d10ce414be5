//! `countersign events` and `countersign check`, as an operator runs them: the program itself, its words and its exit
//! codes.

#![expect(clippy::unwrap_used, reason = "a test fails by panicking")]

use std::fs;
use std::io::{BufRead as _, BufReader};
use std::path::PathBuf;
use std::process::{Command, Output, Stdio};

use tempfile::TempDir;

/// What somebody does first who can write to the database and means to change its log.
const DISARM: &str = "DROP TRIGGER events_are_not_changed; DROP TRIGGER events_are_not_removed;
    DROP TRIGGER event_links_are_not_removed;";

/// An installation that only its command line has used.
struct Place {
    directory: TempDir,
}

impl Place {
    /// With so many accounts, which are as many lines of the log.
    fn with(accounts: usize) -> Self {
        let place = Self { directory: tempfile::tempdir().unwrap() };
        (0..accounts).for_each(|n| place.add(n));
        place
    }

    fn add(&self, n: usize) {
        let done = self.run(&["account", "add", &format!("person{n}@example.org")]);
        assert_eq!(done.0, 0, "{}", done.1);
    }

    /// The exit code, and what was said on both streams.
    fn run(&self, words: &[&str]) -> (i32, String) {
        let Output { status, stdout, stderr } = Command::new(env!("CARGO_BIN_EXE_countersign"))
            .args(words)
            .arg("--data-dir")
            .arg(self.data())
            .env_clear()
            .stdin(Stdio::null())
            .output()
            .unwrap();
        let said = String::from_utf8(stdout).unwrap() + &String::from_utf8(stderr).unwrap();
        (status.code().unwrap(), said)
    }

    /// Runs the service until it is ready and has chained so many lines, and kills it as a power cut would.
    fn serve_and_kill(&self, links: usize) {
        let mut service = Command::new(env!("CARGO_BIN_EXE_countersign"))
            .args(["serve", "--listen", "127.0.0.1:0", "--data-dir"])
            .arg(self.data())
            .env_clear()
            .stdout(Stdio::piped())
            .stderr(Stdio::null())
            .spawn()
            .unwrap();
        let mut ready = String::new();
        BufReader::new(service.stdout.as_mut().unwrap()).read_line(&mut ready).unwrap();
        assert!(ready.starts_with("Countersign is ready"), "{ready}");
        while !self.run(&["events", "head"]).1.starts_with(&format!("{links}:")) {
            std::thread::yield_now();
        }
        service.kill().unwrap();
        service.wait().unwrap();
    }

    fn tamper(&self, statements: &str) {
        let program = "import sqlite3, sys; sqlite3.connect(sys.argv[1]).executescript(sys.argv[2])";
        let database = self.data().join("countersign.db");
        let done = Command::new("python3").args(["-c", program]).arg(database).arg(statements).status();
        assert!(done.unwrap().success());
    }

    fn data(&self) -> PathBuf {
        self.directory.path().join("data")
    }
}

#[test]
fn a_whole_log_is_verified_and_holds_a_link_that_was_noted() {
    let place = Place::with(2);
    let (code, head) = place.run(&["events", "head"]);
    let head = head.trim();
    assert!(code == 0 && head.starts_with("2:") && head.len() == 66, "{head}");
    place.add(2);
    let (code, said) = place.run(&["events", "verify", "--expect", head]);
    assert_eq!(code, 0, "{said}");
    assert!(said.starts_with("ok         3 lines, whole and in order up to 3:"), "{said}");
    let other = format!("2:{}", "0".repeat(64));
    let (code, said) = place.run(&["events", "verify", "--expect", head, "--expect", &other]);
    assert!(code == 1 && said.contains("lines up to it were rewritten"), "{code} {said}");
    assert_eq!(place.run(&["events", "verify", "--expect", "nonsense"]).0, 2);
}

#[test]
fn an_altered_and_a_removed_line_are_named_with_whose_they_were() {
    let place = Place::with(4);
    place.tamper(&format!("{DISARM} UPDATE events SET browser = 'Firefox\x1b[2J' WHERE position = 2"));
    let (code, said) = place.run(&["events", "verify"]);
    assert_eq!(code, 1, "{said}");
    assert!(
        said.contains("link 2: its line was altered: now account-created of person1@example.org at 20"),
        "{said}"
    );
    place.tamper("PRAGMA foreign_keys = OFF; DELETE FROM events WHERE position = 3");
    let (code, said) = place.run(&["events", "verify"]);
    assert!(
        code == 1 && said.contains("link 3: its line was removed") && said.contains("2 finding(s)"),
        "{said}"
    );
    assert!(!said.contains('\u{1b}'), "{said:?}");
}

#[test]
fn a_cut_end_is_found_by_the_mark_and_the_next_start_takes_it_for_a_restore() {
    let place = Place::with(4);
    place.tamper(&format!(
        "{DISARM} DELETE FROM event_links WHERE link > 2; DELETE FROM events WHERE position > 2"
    ));
    let (code, said) = place.run(&["events", "verify"]);
    assert!(code == 1 && said.contains("the end was cut off: link 4 was noted as 4:"), "{said}");
    let (code, said) = place.run(&["check"]);
    assert!(code == 0 && said.contains("warning    the database is an older backup"), "{code} {said}");
    let (code, said) = place.run(&["account", "list"]);
    assert!(code == 0 && said.contains("an older backup was restored"), "{said}");
    assert!(said.contains("links 3 to 4 of the audit log"), "{said}");
    let (code, said) = place.run(&["check"]);
    assert!(code == 0 && said.contains("the high-water mark fits the database"), "{said}");
    assert!(
        said.contains("lost: links 3 to 4") && said.contains("Recovery codes are switched off"),
        "{said}"
    );
    let (code, said) = place.run(&["events", "verify"]);
    assert!(code == 0 && said.contains("an older backup was restored; lost: links 3 to 4"), "{said}");
}

#[test]
fn what_cannot_be_verified_is_not_called_whole() {
    let place = Place::with(0);
    assert_eq!(place.run(&["events", "verify"]).0, 2, "no database");
    assert!(!place.data().join("countersign.db").exists(), "and none is made");
    let place = Place::with(2);
    fs::remove_file(place.data().join("high-water")).unwrap();
    let (code, said) = place.run(&["events", "verify"]);
    assert!(code == 1 && said.contains("there is no high-water mark"), "{said}");
    fs::write(place.data().join("high-water"), "mine\n").unwrap();
    let (code, said) = place.run(&["events", "verify"]);
    assert!(code == 2 && said.contains("is not a high-water mark"), "{code} {said}");
    let (code, said) = place.run(&["account", "list"]);
    assert!(code == 1 && said.contains("is not a high-water mark"), "{code} {said}");
    assert_eq!(place.run(&["check"]).0, 1);
}

#[test]
fn the_log_is_listed_for_people_and_for_programs() {
    let place = Place::with(2);
    let (code, said) = place.run(&["events", "list"]);
    assert_eq!((code, said.lines().count()), (0, 2), "{said}");
    assert!(
        said.starts_with("1  20") && said.contains("account-created  person0@example.org  by=administrator"),
        "{said}"
    );
    let (_, said) = place.run(&["events", "list", "PERSON1@example.org", "--json"]);
    let line: serde_json::Value = serde_json::from_str(said.trim()).unwrap();
    assert_eq!(line["email"], "person1@example.org");
    let read = ["kind", "actor", "method", "result"].map(|key| line[key].as_str().unwrap().to_owned());
    assert_eq!(read, ["account-created", "administrator", "terminal", "done"]);
    assert_eq!(place.run(&["events", "list", "--after", "2"]), (0, String::new()));
    let (code, said) = place.run(&["events", "list", "nobody@example.org"]);
    assert!(code == 1 && said.contains("no account has the email"), "{said}");
}

#[test]
fn a_service_that_is_killed_chains_the_rest_at_its_next_start_and_nobody_takes_it_for_a_restore() {
    let place = Place::with(1);
    for links in 2..6 {
        // A line that nobody has chained yet, as a service leaves it that is killed within the second.
        place.tamper(&format!(
            "INSERT INTO events (account_id, at, kind, browser) VALUES ('a', {links}, 'signed-out', '')"
        ));
        place.serve_and_kill(links);
    }
    let (code, said) = place.run(&["events", "verify"]);
    assert!(code == 0 && said.contains("ok         5 lines") && !said.contains("restored"), "{said}");
    assert!(!place.run(&["events", "list"]).1.contains("restored-from-backup"));
}

//! `countersign database copy`: an installation moves to PostgreSQL, as its operator does it.

use std::fs;
use std::io::Write as _;
use std::process::Stdio;

use crate::own_database::OwnDatabase;
use crate::processes::{Serving, installation, program, said};

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn an_installation_moves_to_postgres_and_its_old_file_is_an_old_backup_from_then_on() {
    let (stopped, owner, _) = installation(0).await;
    let data = stopped.data();
    let own = OwnDatabase::new();
    let copy = |target: &str| {
        let mut copying = program(&data, &["database", "copy", "--to", "-"]);
        let piped = copying.stdin(Stdio::piped()).stdout(Stdio::piped()).stderr(Stdio::piped());
        let mut copying = piped.spawn().unwrap();
        writeln!(copying.stdin.take().unwrap(), "{target}").unwrap();
        let output = copying.wait_with_output().unwrap();
        let text = [output.stdout, output.stderr].concat();
        (output.status.success(), String::from_utf8(text).unwrap())
    };

    let running = Serving::start(&data, "running");
    let (done, told) = copy(&own.url());
    assert!(!done && told.contains("is in use: stop the service"), "{told}");
    drop(running);
    let (done, told) = copy("postgresql://u:hunter2@127.0.0.1:1/d");
    assert!(!done && told.contains("cannot reach") && !told.contains("hunter2"), "{told}");
    let (done, told) = copy(&own.url());
    assert!(done && told.contains("Done:") && told.contains("accounts"), "{told}");
    let (done, told) = copy(&own.url());
    assert!(!done && told.contains("is not empty"), "{told}");

    let words = ["--database", &own.url()];
    let moved = Serving::start_with(&data, "moved", &words);
    let code = &owner.recovery_codes[0];
    let field = ("recovery_code", code.as_str());
    let after = moved.signs_in(&owner.email, "/sign-in/recovery-code", field);
    assert_eq!(after, (303, "/account".to_owned()), "{}", moved.told());
    assert!(!moved.told().contains("older backup"), "{}", moved.told());
    // Within a second the log is chained to its end, and marked.
    loop {
        let lines = said(&data, &[&["events", "list"], &words[..]].concat()).lines().count();
        let head = said(&data, &[&["events", "head"], &words[..]].concat());
        let mark = fs::read_to_string(data.join("high-water")).unwrap();
        if head.starts_with(&format!("{lines}:")) && mark.contains(head.trim()) {
            break;
        }
    }
    drop(moved);
    said(&data, &[&["events", "verify"], &words[..]].concat());
    let checked = said(&data, &[&["check"], &words[..]].concat());
    assert!(checked.contains("ok         the high-water mark fits the database"), "{checked}");

    // Somebody starts the old file by mistake: what was used since does not revive.
    let old = Serving::start(&data, "old");
    let (status, _) = old.signs_in(&owner.email, "/sign-in/recovery-code", field);
    assert_ne!(status, 303, "{}", old.told());
    assert!(old.told().contains("older backup"), "{}", old.told());
}

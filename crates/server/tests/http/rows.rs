//! The database of an installation, as somebody meets it who can read and write it past the service.

use std::fs;
use std::path::Path;
use std::process::Command;

use countersign_store::{Log, Place, PostgresUrl};

use crate::world::database_of;

/// Where it is.
fn place_of(data: &Path) -> Place {
    match database_of(data) {
        None => Place::Sqlite(data.join("countersign.db")),
        Some(url) => Place::Postgres(PostgresUrl::parse(&url).unwrap()),
    }
}

/// Its audit log, to be read.
pub(crate) fn log_of(data: &Path) -> Log {
    Log::of(&place_of(data)).unwrap()
}

fn run(command: &mut Command) {
    let ran = command.output().unwrap();
    assert!(ran.status.success(), "{command:?}: {}", String::from_utf8_lossy(&ran.stderr));
}

/// Does this to the rows of the log, which guards itself against mistakes alone.
pub(crate) fn rewrite_log(data: &Path, statements: &str) {
    match database_of(data) {
        None => {
            let program = "import sqlite3, sys\nd = sqlite3.connect(sys.argv[1])\n\
                           for (name,) in d.execute(\"SELECT name FROM sqlite_schema WHERE type = 'trigger'\").fetchall():\n \
                           d.execute('DROP TRIGGER ' + name)\n\
                           d.executescript(sys.argv[2])";
            run(Command::new("python3")
                .args(["-c", program])
                .arg(data.join("countersign.db"))
                .arg(statements));
        }
        Some(url) => {
            let statements = format!("SET session_replication_role = replica; {statements}");
            run(Command::new("psql").args([
                "-X",
                "-v",
                "ON_ERROR_STOP=1",
                "--dbname",
                &url,
                "--command",
                &statements,
            ]));
        }
    }
}

/// Copies it; no service runs.
pub(crate) fn back_up(data: &Path) {
    let backup = data.join("backup");
    match database_of(data) {
        None => drop(fs::copy(data.join("countersign.db"), backup).unwrap()),
        Some(url) => {
            run(Command::new("pg_dump").args(["--format=custom", "--dbname", &url, "--file"]).arg(backup));
        }
    }
}

/// Puts the copy in its place; no service runs.
pub(crate) fn put_back(data: &Path) {
    let backup = data.join("backup");
    match database_of(data) {
        None => drop(fs::copy(backup, data.join("countersign.db")).unwrap()),
        Some(url) => {
            let instead = ["--clean", "--if-exists", "--exit-on-error", "--dbname", &url];
            run(Command::new("pg_restore").args(instead).arg(backup));
        }
    }
}

/// Does this to its rows, past the service that runs on it.
pub(crate) fn does(data: &Path, statements: &str) {
    match database_of(data) {
        None => {
            let program = "import sqlite3, sys\nsqlite3.connect(sys.argv[1]).executescript(sys.argv[2])";
            run(Command::new("python3")
                .args(["-c", program])
                .arg(data.join("countersign.db"))
                .arg(statements));
        }
        Some(url) => {
            let quiet = ["-X", "-v", "ON_ERROR_STOP=1", "--dbname", &url, "--command", statements];
            run(Command::new("psql").args(quiet));
        }
    }
}

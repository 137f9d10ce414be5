//! A PostgreSQL database of a test's own, on the server that `scripts/with-postgres` has started.

use std::process::Command;
use std::sync::atomic::{AtomicU32, Ordering};

/// Where the server is, as libpq writes it.
const SERVER: &str = "TEST_POSTGRES";

/// It is dropped with this value, whoever is still connected.
pub(crate) struct OwnDatabase {
    server: String,
    name: String,
}

impl OwnDatabase {
    pub(crate) fn new() -> Self {
        static MADE: AtomicU32 = AtomicU32::new(0);
        let server = std::env::var(SERVER).unwrap_or_else(|_| {
            panic!("{SERVER} is not set: run `scripts/with-postgres cargo nextest run …`, or `scripts/test`")
        });
        let name = format!("own_{}_{}", std::process::id(), MADE.fetch_add(1, Ordering::Relaxed));
        let database = Self { server, name };
        database.ask_server(&format!("CREATE DATABASE {}", database.name));
        database
    }

    /// Its address.
    pub(crate) fn url(&self) -> String {
        let part = |key: &str| {
            let found = self.server.split(' ').find_map(|part| part.strip_prefix(key));
            found.unwrap_or_else(|| panic!("{SERVER} has no {key}"))
        };
        format!("postgresql://{}@{}:{}/{}", part("user="), part("host="), part("port="), self.name)
    }

    fn ask_server(&self, statement: &str) {
        let asked = Command::new("psql")
            .args(["--quiet", "--no-psqlrc", "--dbname", &format!("{} dbname=postgres", self.server)])
            .args(["--command", statement])
            .output()
            .unwrap_or_else(|error| panic!("psql: {error}"));
        assert!(asked.status.success(), "{}", String::from_utf8_lossy(&asked.stderr));
    }
}

impl Drop for OwnDatabase {
    fn drop(&mut self) {
        self.ask_server(&format!("DROP DATABASE {} WITH (FORCE)", self.name));
    }
}

//! What is PostgreSQL's alone: its addresses, its certificates, its way of saying no.

use std::process::Command;

use countersign::Timestamp;
use tokio::task::JoinSet;

use super::{Postgres, PostgresUrl};
use crate::migrate::{self, Migration};
use crate::open_error::OpenError;
use crate::own_database::OwnDatabase;
use crate::script::{Failed, Read, Script};
use crate::unavailable::Unavailable;
use crate::value::params;

pub(super) const NOW: Timestamp = Timestamp::from_milliseconds(1_790_000_000_000);
const STEPS: &[Migration] = &[Migration {
    number: 1,
    name: "steps",
    sql: "CREATE TABLE steps (id TEXT NOT NULL PRIMARY KEY, last BIGINT NOT NULL CHECK (last >= 0));
          INSERT INTO steps (id, last) VALUES ('a', 0), ('b', 100);",
}];
const SPEND: &str = "UPDATE steps SET last = $2 WHERE id = $1 AND last < $2";
const MOVE: &str = "UPDATE steps SET last = last + $2 WHERE id = $1";
const LAST: &str = "SELECT last FROM steps WHERE id = $1";

pub(super) fn url(own: &OwnDatabase) -> PostgresUrl {
    PostgresUrl::parse(&own.url()).unwrap()
}

/// Another program's client.
pub(super) fn psql(own: &OwnDatabase, statement: &str) -> String {
    let asked = Command::new("psql").args(["-XAtq", "--dbname", &own.url(), "--command", statement]).output();
    let asked = asked.unwrap();
    assert!(asked.status.success(), "{}", String::from_utf8_lossy(&asked.stderr));
    String::from_utf8(asked.stdout).unwrap().trim().to_owned()
}

async fn last(database: &Postgres, id: &str) -> Result<i64, Unavailable> {
    database.read(Read::new().select(LAST, params![id])).await.map(|answers| answers[0][0].int(0).unwrap())
}

#[test]
fn an_address_is_encrypted_unless_it_is_of_this_machine_or_says_otherwise() {
    use tokio_postgres::config::SslMode::{Disable, Require};
    for (address, mode) in [
        ("postgresql://u:p@db.example.com/d", Require),
        ("postgresql://u:p@db.example.com/d?sslmode=verify-full&sslrootcert=/etc/ca.pem", Require),
        ("postgresql://u:p@db.example.com/d?sslmode=disable", Disable),
        ("postgresql://u@localhost/d", Disable),
        ("postgresql://u@127.0.0.1,[::1]/d", Disable),
        ("postgresql://u@127.0.0.1,db.example.com/d", Require),
        ("postgresql://u@%2Frun%2Fpostgresql/d", Disable),
        ("postgresql://u@localhost/d?sslmode=require", Require),
    ] {
        let url = PostgresUrl::parse(address).unwrap();
        assert_eq!(url.config.get_ssl_mode(), mode, "{address}");
    }
    for refused in
        ["postgresql://u@h/d?sslmode=allow", "postgresql://u@h/d?target_session_attrs=any", "http://h/d"]
    {
        assert!(PostgresUrl::parse(refused).is_err(), "{refused}");
    }
}

#[tokio::test(flavor = "multi_thread")]
async fn nodes_that_start_at_once_apply_each_migration_once() {
    let own = OwnDatabase::new();
    assert!(!Postgres::is_there(&url(&own)).unwrap());
    std::thread::scope(|scope| {
        let starts: Vec<_> = (0..8)
            .map(|_| scope.spawn(|| drop(Postgres::open(&url(&own), migrate::POSTGRES, NOW).unwrap())))
            .collect();
        starts.into_iter().for_each(|start| start.join().unwrap());
    });
    let applied: usize = psql(&own, "SELECT count(*) FROM schema_migrations").parse().unwrap();
    assert_eq!(applied, migrate::POSTGRES.len());
    assert!(Postgres::is_there(&url(&own)).unwrap());
    drop(Postgres::look_at(&url(&own), migrate::POSTGRES).unwrap());
}

#[test]
fn a_database_that_is_not_ours_or_not_there_is_left_alone_and_it_says_why() {
    let refusal = |url: &PostgresUrl| Postgres::open(url, STEPS, NOW).err().unwrap();
    let own = OwnDatabase::new();
    assert!(matches!(Postgres::look_at(&url(&own), STEPS), Err(OpenError::Foreign { .. })));
    psql(&own, "CREATE TABLE orders (id BIGINT)");
    let foreign = refusal(&url(&own));
    assert!(matches!(foreign, OpenError::Foreign { .. }), "{foreign}");
    let nowhere = PostgresUrl::parse("postgresql://u:hunter2@127.0.0.1:1/d").unwrap();
    let said = refusal(&nowhere).to_string();
    assert!(said.contains("127.0.0.1:1/d") && !said.contains("hunter2"), "{said}");
    let other = OwnDatabase::new();
    psql(&other, "DO $$ BEGIN CREATE ROLE stranger LOGIN; EXCEPTION WHEN duplicate_object THEN END $$");
    psql(&other, "REVOKE CREATE ON SCHEMA public FROM PUBLIC");
    let stranger = PostgresUrl::parse(&other.url().replace("postgres@", "stranger@")).unwrap();
    let said = refusal(&stranger).to_string();
    assert!(said.contains("permission denied") && said.contains("own it"), "{said}");
    let missing = PostgresUrl::parse(&own.url().replace("/own_", "/none_")).unwrap();
    assert!(refusal(&missing).to_string().contains("does not exist"));
}

#[test]
fn a_migration_that_fails_is_undone_and_a_newer_or_changed_schema_is_refused() {
    let own = OwnDatabase::new();
    const HALF: &[Migration] =
        &[STEPS[0], Migration { number: 2, name: "half", sql: "CREATE TABLE half (a BIGINT); SELECT 1 / 0" }];
    assert!(matches!(
        Postgres::open(&url(&own), HALF, NOW),
        Err(OpenError::MigrationFailed { number: 2, .. })
    ));
    assert_eq!(psql(&own, "SELECT to_regclass('half') IS NULL"), "t");
    assert_eq!(psql(&own, "SELECT max(number) FROM schema_migrations"), "1");
    const CHANGED: &[Migration] = &[Migration { sql: "SELECT 1", ..STEPS[0] }];
    assert!(matches!(Postgres::open(&url(&own), CHANGED, NOW), Err(OpenError::MigrationChanged { .. })));
    psql(&own, "UPDATE schema_migrations SET number = 9");
    assert!(matches!(Postgres::open(&url(&own), STEPS, NOW), Err(OpenError::NewerSchema { found: 9, .. })));
}

#[tokio::test(flavor = "multi_thread", worker_threads = 4)]
async fn nodes_write_one_after_the_other_and_lose_nothing() {
    let own = OwnDatabase::new();
    let nodes: Vec<_> =
        (0..3).map(|_| std::sync::Arc::new(Postgres::open(&url(&own), STEPS, NOW).unwrap())).collect();
    let mut writers = JoinSet::new();
    for nth in 0..300_usize {
        let node = std::sync::Arc::clone(&nodes[nth % 3]);
        // Crosswise, so that row locks alone would lock up.
        let (one, other) = if nth % 2 == 0 { ("a", "b") } else { ("b", "a") };
        writers.spawn(async move {
            let script =
                Script::new().must("one", MOVE, params![one, 1]).must("other", MOVE, params![other, 1]);
            node.write(script).await
        });
    }
    assert!(writers.join_all().await.iter().all(Result::is_ok));
    assert_eq!((last(&nodes[0], "a").await, last(&nodes[1], "b").await), (Ok(300), Ok(400)));
}

#[tokio::test(flavor = "multi_thread")]
async fn a_node_whose_connections_the_server_cuts_goes_on_with_new_ones() {
    let own = OwnDatabase::new();
    let database = Postgres::open(&url(&own), STEPS, NOW).unwrap();
    database.write(Script::new().must("a", SPEND, params!["a", 1])).await.unwrap();
    // Every connection of the node is cut by the server, as a restart of it would.
    let cut = "SELECT count(pg_terminate_backend(pid)) FROM pg_stat_activity \
               WHERE application_name = 'countersign' AND datname = current_database()";
    assert_ne!(psql(&own, cut), "0");
    assert_eq!(last(&database, "a").await, Ok(1));
    // The first write may meet the dead connection; it is told so, or it is run again.
    let first = database.write(Script::new().must("a", SPEND, params!["a", 2])).await;
    assert!(matches!(first, Ok(_) | Err(Failed::Unavailable(Unavailable::Io { .. }))), "{first:?}");
    database.write(Script::new().must("a", SPEND, params!["a", 3])).await.unwrap();
    assert_eq!(last(&database, "a").await, Ok(3));
}

#[tokio::test(flavor = "multi_thread", worker_threads = 4)]
async fn whoever_holds_the_lock_of_the_writers_and_dies_holds_nobody_up() {
    let own = OwnDatabase::new();
    let database = std::sync::Arc::new(Postgres::open(&url(&own), STEPS, NOW).unwrap());
    let (other, connection) = tokio_postgres::connect(&own.url(), tokio_postgres::NoTls).await.unwrap();
    let connection = tokio::spawn(connection);
    other.batch_execute("BEGIN; UPDATE steps SET last = 50 WHERE id = 'b'").await.unwrap();
    other.batch_execute(super::writer::LOCK).await.unwrap();
    let writing = tokio::spawn({
        let database = std::sync::Arc::clone(&database);
        async move { database.write(Script::new().must("a", SPEND, params!["a", 1])).await }
    });
    let waiting = "SELECT count(*) FROM pg_locks WHERE locktype = 'advisory' AND NOT granted";
    while psql(&own, waiting) == "0" {
        assert!(!writing.is_finished(), "nobody writes beside it");
    }
    // The socket is closed, as the system does for a process that was killed.
    connection.abort();
    writing.await.unwrap().unwrap();
    assert_eq!((last(&database, "a").await, last(&database, "b").await), (Ok(1), Ok(100)));
}

#[tokio::test(flavor = "multi_thread")]
async fn a_server_that_takes_no_writes_any_more_is_not_taken_for_one_that_does() {
    let own = OwnDatabase::new();
    let database = Postgres::open(&url(&own), STEPS, NOW).unwrap();
    let name = psql(&own, "SELECT current_database()");
    psql(&own, &format!("ALTER DATABASE {name} SET default_transaction_read_only = on"));
    let refused = Postgres::open(&url(&own), STEPS, NOW).err().unwrap();
    assert!(matches!(refused, OpenError::Unreachable { .. }), "{refused}");
    drop(database);
}

#[tokio::test(flavor = "multi_thread")]
async fn a_table_that_another_program_holds_is_waited_for_and_then_refused_as_locked() {
    let own = OwnDatabase::new();
    let database = Postgres::open(&url(&own), STEPS, NOW).unwrap();
    let (client, connection) = tokio_postgres::connect(&own.url(), tokio_postgres::NoTls).await.unwrap();
    tokio::spawn(connection);
    client.batch_execute("BEGIN; UPDATE steps SET last = 7 WHERE id = 'a'").await.unwrap();
    let refused = database.write(Script::new().must("a", SPEND, params!["a", 8])).await;
    assert_eq!(refused, Err(Failed::Unavailable(Unavailable::Locked)));
    assert_eq!(last(&database, "a").await, Ok(0), "readers wait for nobody");
    client.batch_execute("COMMIT").await.unwrap();
    database.write(Script::new().must("a", SPEND, params!["a", 8])).await.unwrap();
}

/// The certificate of a server that `scripts/with-postgres` has started, signed by an authority of its own.
#[test]
fn a_server_is_known_by_its_certificate_or_nothing_is_sent_to_it() {
    let own = OwnDatabase::new();
    let over_tls = |more: &str| {
        let address = own.url().replace("127.0.0.1", "localhost");
        PostgresUrl::parse(&format!("{address}?sslmode=verify-full{more}")).unwrap()
    };
    let authority = psql(&own, "SELECT current_setting('ssl_ca_file')");
    assert!(authority.ends_with(".crt"), "the server of the tests speaks TLS: {authority:?}");
    let trusting = over_tls(&format!("&sslrootcert={authority}"));
    let database = Postgres::open(&trusting, STEPS, NOW).unwrap();
    let encrypted = "SELECT bool_and(ssl) FROM pg_stat_ssl JOIN pg_stat_activity USING (pid) \
                     WHERE application_name = 'countersign' AND datname = current_database()";
    tokio::runtime::Runtime::new().unwrap().block_on(async { last(&database, "a").await.unwrap() });
    assert_eq!(psql(&own, encrypted), "t");
    // Whoever trusts the system's authorities alone does not trust this one.
    let refused = Postgres::open(&over_tls(""), STEPS, NOW).err().unwrap().to_string();
    assert!(refused.contains("certificate"), "{refused}");
    // The certificate is localhost's, and of no other name.
    let other = trusting_by_address(&own, &authority);
    let refused = Postgres::open(&other, STEPS, NOW).err().unwrap().to_string();
    assert!(refused.contains("certificate"), "{refused}");
    let missing = Postgres::open(&over_tls("&sslrootcert=/nowhere.crt"), STEPS, NOW).err().unwrap();
    assert!(matches!(missing, OpenError::Certificates { .. }), "{missing}");
}

fn trusting_by_address(own: &OwnDatabase, authority: &str) -> PostgresUrl {
    PostgresUrl::parse(&format!("{}?sslmode=verify-full&sslrootcert={authority}", own.url())).unwrap()
}

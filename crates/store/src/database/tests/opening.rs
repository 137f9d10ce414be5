use std::fs;

use super::*;

#[test]
fn a_new_database_belongs_to_its_owner_alone() {
    use std::os::unix::fs::PermissionsExt;
    let place = Place::new();
    let _database = place.open();
    for file in place.directory.path().read_dir().unwrap() {
        let file = file.unwrap();
        assert_eq!(file.metadata().unwrap().permissions().mode() & 0o777, 0o600, "{:?}", file.file_name());
    }
}

#[test]
fn the_settings_durability_rests_on_are_set() {
    let place = Place::new();
    let _database = place.open();
    let mode: String = place.onlooker().query_row("PRAGMA journal_mode", [], |row| row.get(0)).unwrap();
    assert_eq!(mode, "wal");
}

#[test]
fn a_directory_that_is_not_there_is_said_plainly() {
    let place = Place::new();
    let path = place.directory.path().join("missing").join("countersign.db");
    let error = Database::open_sqlite(&path, &MIGRATIONS, NOW).err().unwrap();
    assert!(
        matches!(&error, OpenError::Create { source, .. } if source.kind() == std::io::ErrorKind::NotFound)
    );
    assert!(error.to_string().contains("cannot create the database"), "{error}");
}

#[test]
fn a_place_where_nobody_can_make_files_is_said_plainly() {
    // Not even root makes files here.
    let path = PathBuf::from("/proc/countersign.db");
    assert!(matches!(Database::open_sqlite(&path, &MIGRATIONS, NOW), Err(OpenError::Create { .. })));
}

#[test]
fn a_directory_in_the_place_of_the_file_is_said_plainly() {
    let place = Place::new();
    fs::create_dir(place.path()).unwrap();
    assert!(matches!(place.refusal(&MIGRATIONS), OpenError::Open { .. }));
}

#[test]
fn garbage_is_not_taken_for_a_database() {
    let place = Place::new();
    let garbage = "this is no database, it is a long text. ".repeat(200);
    fs::write(place.path(), &garbage).unwrap();
    assert!(matches!(place.refusal(&MIGRATIONS), OpenError::NotADatabase { .. }));
    assert_eq!(fs::read_to_string(place.path()).unwrap(), garbage);
}

#[tokio::test(flavor = "multi_thread")]
async fn a_truncated_database_is_not_opened() {
    let place = Place::new();
    let database = place.open();
    database.write(Script::new().may(WRITE_LINE, params![1, "a", vec![7_u8; 40_000]])).await.unwrap();
    drop(database);
    let whole = fs::read(place.path()).unwrap();
    for length in [whole.len() / 2, 4096, 50, 16] {
        fs::write(place.path(), &whole[..length]).unwrap();
        let error = place.refusal(&MIGRATIONS);
        assert!(
            matches!(error, OpenError::Damaged { .. } | OpenError::NotADatabase { .. }),
            "{length} bytes: {error:?}"
        );
    }
    fs::write(place.path(), &whole).unwrap();
    assert_eq!(lines(&place.open()).await, [1]);
}

#[test]
fn another_programs_database_is_left_alone() {
    let place = Place::new();
    place.onlooker().execute_batch("CREATE TABLE songs (title TEXT)").unwrap();
    assert!(matches!(place.refusal(&MIGRATIONS), OpenError::NotOurs { .. }));
    assert_eq!(place.count("songs"), 0);
    assert_eq!(place.count("sqlite_schema"), 1);
}

#[test]
fn a_database_that_another_program_holds_cannot_be_migrated() {
    let place = Place::new();
    drop(Database::open_sqlite(&place.path(), &MIGRATIONS[..1], NOW).unwrap());
    let onlooker = place.onlooker();
    onlooker.execute_batch("BEGIN IMMEDIATE").unwrap();
    assert!(matches!(place.refusal(&MIGRATIONS), OpenError::Locked { .. }));
    onlooker.execute_batch("ROLLBACK").unwrap();
    place.open();
}

#[test]
fn migrations_are_applied_once_from_wherever_the_database_stands() {
    for done in 0..=MIGRATIONS.len() {
        let place = Place::new();
        drop(Database::open_sqlite(&place.path(), &MIGRATIONS[..done], NOW).unwrap());
        let later = Timestamp::from_milliseconds(NOW.milliseconds() + 1);
        for _ in 0..2 {
            drop(Database::open_sqlite(&place.path(), &MIGRATIONS, later).unwrap());
        }
        let onlooker = place.onlooker();
        let mut statement = onlooker
            .prepare("SELECT number, name, checksum, applied_at FROM schema_migrations ORDER BY number")
            .unwrap();
        let rows: Vec<(u32, String, String, i64)> = statement
            .query_map([], |row| Ok((row.get(0)?, row.get(1)?, row.get(2)?, row.get(3)?)))
            .unwrap()
            .map(Result::unwrap)
            .collect();
        let expected: Vec<_> = MIGRATIONS
            .iter()
            .enumerate()
            .map(|(place, migration)| {
                let at = if place < done { NOW } else { later };
                (migration.number, migration.name.to_owned(), migration.checksum(), at.milliseconds())
            })
            .collect();
        assert_eq!(rows, expected);
        assert_eq!(place.count("steps"), 2);
    }
}

#[test]
fn two_processes_that_start_at_once_apply_each_migration_once() {
    let place = Place::new();
    std::thread::scope(|scope| {
        let starts: Vec<_> = (0..8).map(|_| scope.spawn(|| drop(place.open()))).collect();
        for start in starts {
            start.join().unwrap();
        }
    });
    assert_eq!(place.count("schema_migrations"), 2);
    assert_eq!(place.count("steps"), 2);
}

#[test]
fn a_changed_migration_is_refused() {
    let place = Place::new();
    drop(place.open());
    let mut changed = MIGRATIONS;
    changed[0].sql = "CREATE TABLE steps (id TEXT)";
    assert!(matches!(place.refusal(&changed), OpenError::MigrationChanged { number: 1, .. }));
}

#[test]
fn a_database_of_a_newer_program_is_refused() {
    let place = Place::new();
    drop(place.open());
    let error = place.refusal(&MIGRATIONS[..1]);
    assert!(matches!(error, OpenError::NewerSchema { found: 2, known: 1 }));
    assert!(error.to_string().contains("newer Countersign"), "{error}");
}

#[test]
fn a_migration_that_fails_is_undone_and_those_before_it_stay() {
    let failing = [
        "CREATE TABLE half (id TEXT); INSERT INTO nowhere VALUES (1);",
        "CREATE TABLE half (id TEXT); INSERT INTO lines VALUES (1, 'nobody', NULL);",
    ];
    for sql in failing {
        let place = Place::new();
        let migrations = [MIGRATIONS[0], MIGRATIONS[1], Migration { number: 3, name: "half", sql }];
        let error = place.refusal(&migrations);
        assert!(matches!(error, OpenError::MigrationFailed { number: 3, .. }), "{error:?}");
        assert_eq!(place.count("schema_migrations"), 2);
        assert_eq!(place.count("sqlite_schema WHERE name = 'half'"), 0);
        place.open();
    }
}

#[tokio::test(flavor = "multi_thread")]
async fn a_table_can_be_rebuilt_without_losing_the_rows_that_refer_to_it() {
    let place = Place::new();
    let database = place.open();
    database.write(line(1)).await.unwrap();
    drop(database);
    let rebuild = Migration {
        number: 3,
        name: "steps_rebuilt",
        sql: "CREATE TABLE steps_new (id TEXT NOT NULL PRIMARY KEY, last BIGINT NOT NULL, since BIGINT);
              INSERT INTO steps_new (id, last) SELECT id, last FROM steps;
              DROP TABLE steps;
              ALTER TABLE steps_new RENAME TO steps;",
    };
    let migrations = [MIGRATIONS[0], MIGRATIONS[1], rebuild];
    let database = Database::open_sqlite(&place.path(), &migrations, NOW).unwrap();
    assert_eq!(lines(&database).await, [1]);
    // Foreign keys hold again once the migrations are done.
    let orphan = Script::new().must("known step", WRITE_LINE, params![2, "nobody", b""]);
    assert_eq!(database.write(orphan).await, Err(Failed::Refused { at: "known step" }));
}

//! Moving from SQLite to PostgreSQL: everything is there, nothing is spent twice, and nothing is half done.

use countersign::attempt::Wrong;
use countersign_store::copying::{NotCopied, Progress, copy_to_postgres};
use countersign_store::{Place, PostgresUrl, Refusal};

use crate::borrowed::FIRST;
use crate::house::{House, START, at, chance};
use crate::person::{Person, refusal};

pub(crate) fn copy(from: &House, to: &House) -> Result<Vec<Progress>, NotCopied> {
    let mut told = Vec::new();
    copy_to_postgres(&from.home.file().unwrap(), &url(to), START, |progress| told.push(progress))?;
    Ok(told)
}

fn url(house: &House) -> PostgresUrl {
    match house.home.place() {
        Place::Postgres(url) => url,
        Place::Sqlite(path) => panic!("{}", path.display()),
    }
}

/// Everything but which migrations were applied, which has other texts and so other checksums, and what SQLite keeps
/// for itself.
pub(crate) fn rows(house: &House) -> Vec<String> {
    let own = |row: &String| row.starts_with("schema_migrations ") || row.starts_with("sqlite_");
    house.everything().into_iter().filter(|row| !own(row)).collect()
}

#[tokio::test(flavor = "multi_thread", worker_threads = 4)]
async fn a_life_on_sqlite_goes_on_on_postgres_with_nothing_lost_and_nothing_revived() {
    let (old, new) = (House::on_sqlite(), House::on_postgres());
    let store = old.open();
    let person = Person::new(&store, "zofie").await;
    let other = Person::new(&store, "boris").await;
    store.invite_account(other.id, at(0).now, &mut chance()).await.unwrap();
    let app = person.turns_on(&store, &at(0)).await;
    person.enters_and_is_remembered(&store, &app, &at(60)).await;
    let token = person.enters_with(&store, &app.code(&at(90)), &at(90)).await.ok().unwrap().session;
    let attempt = person.types_recovery(&store, FIRST.code(0), &at(91)).await;
    person.enters(&store, attempt, &at(91)).await.ok().unwrap();
    crate::chain::chain(&store).await;
    let lines = old.count("events");

    assert!(matches!(copy(&old, &new), Err(NotCopied::InUse(_))), "a store has it open");
    drop(store);
    let told = copy(&old, &new).unwrap();
    assert!(told.iter().any(|progress| matches!(progress, Progress::Compared("accounts", 2))), "{told:?}");
    assert_eq!(rows(&new), rows(&old));

    let store = new.open();
    assert!(store.session(&token.hash(), at(95).now).await.unwrap().is_some());
    let refused = person.enters_with(&store, &app.code(&at(90)), &at(95)).await;
    assert_eq!(refusal(refused), Refusal::Wrong(Wrong::SpentCode));
    person.enters_rightly(&store, &app, &at(120)).await;
    let attempt = person.types_recovery(&store, FIRST.code(0), &at(121)).await;
    assert!(person.enters(&store, attempt, &at(121)).await.is_err(), "its recovery code is spent");
    assert!(new.count("events") > lines, "the log goes on after the last number that was given");
    crate::chain::chain(&store).await;

    let again = copy(&old, &new);
    assert!(matches!(again, Err(NotCopied::NotEmpty { table: "accounts", .. })), "{again:?}");
    drop(store);
    // The old one was left as it was.
    let store = old.open();
    assert!(store.session(&token.hash(), at(95).now).await.unwrap().is_some());
}

#[tokio::test(flavor = "multi_thread", worker_threads = 4)]
async fn what_cannot_be_kept_is_named_and_leaves_the_target_empty() {
    let (old, new) = (House::on_sqlite(), House::on_postgres());
    drop(old.open());
    old.tamper("INSERT INTO link_allowances VALUES ('a' || char(0) || 'b', 'reset', 1)");
    let refused = copy(&old, &new).unwrap_err();
    assert!(matches!(refused, NotCopied::Row { table: "link_allowances", .. }), "{refused}");
    assert_eq!(new.count("link_allowances") + new.count("sealing_keys"), 0);
    old.tamper("DELETE FROM link_allowances");
    copy(&old, &new).unwrap();
    new.open();
}

#[test]
fn every_table_is_copied() {
    let house = House::on_postgres();
    drop(house.open());
    let tables =
        "SELECT count(*) FROM pg_tables WHERE schemaname = 'public' AND tablename <> 'schema_migrations'";
    let old = House::on_sqlite();
    drop(old.open());
    let other = House::on_postgres();
    let told = copy(&old, &other).unwrap();
    let compared = told.iter().filter(|progress| matches!(progress, Progress::Compared(..))).count();
    assert_eq!(
        i64::try_from(compared).unwrap(),
        house.number(tables),
        "a new table has its row in copying::TABLES"
    );
}

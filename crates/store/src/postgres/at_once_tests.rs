//! Every shape of ours that goes at once comes to what it comes to one after the other: told by chance, on the real schema.

use rand::{RngExt as _, SeedableRng as _, rngs::StdRng};
use tokio_postgres::{Client, Statement};

use super::Postgres;
use super::connection::PostgresConnection;
use super::form::Form;
use super::link::Link;
use super::routine::Shape;
use super::rows::{Rows, name_of};
use super::tests::{NOW, url};
use crate::migrate;
use crate::own_database::OwnDatabase;
use crate::script::{Gives, Script};
use crate::value::{Value, params};
use crate::{
    accounts, applications, authenticators, budgets, claims, devices, events, kept_answers, passwords,
};
use crate::{sessions, verifications};

/// How often each shape is tried at least, and at most until it went both ways.
const TRIES: std::ops::Range<usize> = 100..2_000;
/// Accounts, each with an authenticator and a device of the same name. Some are disabled, one has no second factor.
const THERE: &str = "
    INSERT INTO applications (id, name, issuer, remember, guess_probability, recovery_codes, requests_a_minute, created_at)
        SELECT n, n, n, 1, 1, 1, 1, 1 FROM unnest(ARRAY['0', '1', '2', '3', '4', '5', '6', '7']) AS n;
    INSERT INTO accounts (id, email, email_key, name, administrator, password_hash, epoch, created_at, two_factor_at, disabled_at)
        SELECT n, n, n, n, 0, n, 1, 1, nullif(n, '1')::bigint, CASE WHEN n IN ('2', '3', '7') THEN 1 END
        FROM unnest(ARRAY['0', '1', '2', '3', '4', '5', '6', '7']) AS n;
    INSERT INTO authenticators (id, account_id, name, secret, algorithm, digits, period, last_step, created_at)
        SELECT id, id, id, '', '', 6, 30, 0, 1 FROM accounts;
    INSERT INTO trusted_devices (id, account_id, token, name, remembered_at, expires_at)
        SELECT id, id, decode('0' || id, 'hex'), id, 1, 3 FROM accounts;
    INSERT INTO guess_budgets (subject, kind, lane, failures, level, level_at, next_at, version) VALUES ('4', '4', '4', 0, 0, 0, 0, 2);
    INSERT INTO kept_answers (application_id, name, request, answer, expires_at) VALUES ('4', '\\x04', '', '', 3);";
/// Whatever they write, in the order in which it was written where that is told.
const WRITTEN: &str = "SELECT (SELECT string_agg((to_jsonb(e) - 'position')::text, ' ' ORDER BY e.position) FROM events e), \
    (SELECT string_agg(a::text, ' ' ORDER BY a.id) FROM accounts a), \
    (SELECT string_agg(a::text, ' ' ORDER BY a.id) FROM applications a), \
    (SELECT string_agg(a::text, ' ' ORDER BY a.id) FROM authenticators a), \
    (SELECT string_agg(s::text, ' ' ORDER BY s.id) FROM sessions s), \
    (SELECT string_agg(d::text, ' ' ORDER BY d.id) FROM trusted_devices d), \
    (SELECT string_agg(s::text, ' ' ORDER BY s.token) FROM spent_device_tokens s)";

/// The shapes that the store has been seen to build and that go at once, with no values yet.
fn shapes() -> Vec<Script> {
    let script = Script::new;
    let none = || params![];
    vec![
        script().must("", accounts::HOLD_AS_IT_WAS, none()).must("", sessions::OPEN, none()).must(
            "",
            sessions::APPEND_SIGNED_IN,
            none(),
        ),
        script().must("", accounts::INSERT, none()).may(events::APPEND, none()),
        script().must("", accounts::RENAME, none()).may(events::APPEND, none()),
        script().must("", accounts::ENABLE, none()).may(events::APPEND, none()),
        script().must("", accounts::SPEAK, none()),
        script().must("", passwords::REHASH, none()),
        script().must("", applications::CHANGE, none()),
        script().must("", authenticators::RENAME, none()).may(events::APPEND, none()),
        script().must_find("", kept_answers::FREE, none()),
        script()
            .must_find("", budgets::ACCEPT_FREE, none())
            .must_find("", verifications::IS_ON, none())
            .must("", claims::SPEND_STEP, none())
            .may(events::APPEND, none()),
        script()
            .must_find("", verifications::IS_ON, none())
            .must("", devices::ROTATE, none())
            .must("", devices::KEEP_SPENT, none())
            .may(events::APPEND, none()),
    ]
}

/// The values of one row: mostly those of one account, which is there or not, and now and then any other.
fn values(kinds: &[&str], rng: &mut StdRng) -> Vec<Value> {
    let whose: u8 = rng.random_range(0..12);
    let mut value = |kind: &&str| {
        let strays = rng.random_ratio(1, 80);
        let whose = if strays { rng.random_range(0..12) } else { whose };
        match *kind {
            _ if rng.random_ratio(1, 400) => Value::Null,
            "bigint" => Value::Int(if rng.random_ratio(1, 25) { rng.random_range(0..4) } else { 1 }),
            "text" => Value::Text(whose.to_string()),
            _ => Value::Blob(vec![whose]),
        }
    };
    kinds.iter().map(&mut value).collect()
}

/// What the rows have come to, each by its number, and what is in the tables then. Nothing of it stays.
async fn come_to(
    client: &Client,
    call: &Statement,
    rows: &Rows<'_>,
) -> Option<(Vec<(i64, i64)>, Vec<Option<String>>)> {
    client.batch_execute("BEGIN").await.unwrap();
    let answer = client.query(call, &rows.parameters().collect::<Vec<_>>()).await;
    let seen = match &answer {
        Ok(_) => Some(client.query_one(WRITTEN, &[]).await.unwrap()),
        Err(_) => None,
    };
    client.batch_execute("ROLLBACK").await.unwrap();
    let tables = seen?;
    let outcomes = answer.unwrap().iter().map(|row| (row.get(0), row.get(1))).collect();
    Some((outcomes, (0..tables.len()).map(|nth| tables.get(nth)).collect()))
}

/// The call of the function for one row, and nothing else, as often as there are rows.
async fn one_by_one(client: &Client, kinds: &[&str], number: usize) -> Statement {
    let listed = |one: &dyn Fn(usize) -> String| (1..=kinds.len()).map(one).collect::<Vec<_>>().join(", ");
    let columns = listed(&|nth| format!("p{nth}"));
    let arrays = listed(&|nth| format!("${nth}::{}[]", kinds[nth - 1]));
    let text = format!(
        "SELECT row_, pg_temp.script_{number}({columns}) FROM unnest({arrays}) WITH ORDINALITY AS rows_ ({columns}, row_)"
    );
    client.prepare(&text).await.unwrap()
}

async fn kinds_of(connection: &mut PostgresConnection, shape: &Script) -> Vec<&'static str> {
    let mut kinds = Vec::new();
    for step in shape.steps() {
        let form = Form::of(step.gives != Gives::Count, step.condition.is_some());
        // Its values do not fit yet, but it is prepared.
        let _ = connection.prepare(step.sql, form, &[]).await;
        kinds.extend(connection.kinds(step.sql, form).unwrap().iter().map(|kind| name_of(kind).unwrap()));
    }
    kinds
}

#[tokio::test]
async fn every_shape_that_goes_at_once_comes_to_what_it_comes_to_one_after_the_other() {
    let own = OwnDatabase::new();
    drop(Postgres::open(&url(&own), migrate::POSTGRES, NOW).unwrap());
    let mut link = Link::to(url(&own)).unwrap();
    let connection = link.connect_first().await.unwrap();
    connection.client().batch_execute(THERE).await.unwrap();
    let mut rng = StdRng::seed_from_u64(12);
    for (number, shape) in shapes().iter().enumerate() {
        let named = shape.steps()[0].sql;
        let kinds = kinds_of(connection, shape).await;
        let routine = connection.routine(Shape::of(shape).unwrap(), 2).await.unwrap().unwrap();
        let plain = one_by_one(connection.client(), &kinds, number).await;
        let (mut at_once, mut in_turn) = (0, 0);
        for nth in 0..TRIES.end {
            if nth >= TRIES.start && at_once > 0 && in_turn > 0 {
                break;
            }
            let many = rng.random_range(2..4);
            let given: Vec<Vec<Value>> = (0..many).map(|_| values(&kinds, &mut rng)).collect();
            let rows = Rows::of(routine.call().params(), given.iter().map(|row| row.iter())).unwrap();
            let expected = come_to(connection.client(), &plain, &rows).await;
            let seen = come_to(connection.client(), routine.call(), &rows).await;
            let Some((mut outcomes, tables)) = seen else {
                // Of a call that fails as a whole each script runs for itself.
                continue;
            };
            if outcomes.is_empty() {
                at_once += 1;
                outcomes = (1..=many).map(|row| (row, 0)).collect();
            } else {
                in_turn += 1;
            }
            assert_eq!(Some((outcomes, tables)), expected, "{named}\n{kinds:?}\n{:?}", texts(&given));
        }
        assert!(at_once > 0 && in_turn > 0, "{at_once} at once, {in_turn} in turn: {named}");
    }
}

/// Values as they are: of a test, where nobody has secrets.
fn texts(rows: &[Vec<Value>]) -> Vec<Vec<String>> {
    let text = |value: &Value| match value {
        Value::Null => "nothing".to_owned(),
        Value::Int(number) => number.to_string(),
        Value::Text(text) => format!("'{text}'"),
        Value::Blob(bytes) => format!("{bytes:?}"),
    };
    rows.iter().map(|row| row.iter().map(text).collect()).collect()
}

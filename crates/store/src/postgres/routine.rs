//! Scripts of one shape that wait together, as one statement: a function that lives as long as the connection.
//!
//! A statement costs a server more to receive, to answer and to wake somebody for than most of ours cost to run, and a
//! savepoint costs it two of them. So where two scripts wait that differ in their values alone, their statements become a
//! function of this connection (`pg_temp`), and both of them, and whoever comes later, become rows of one call. Each row
//! is a subtransaction: it is undone where a condition does not hold, and says which. What the function runs is what the
//! script says, word for word and in its order; [`super::form`] has the same for scripts that come alone. Where it comes to
//! the same, a second function tries all rows at once first ([`super::at_once`]).

use tokio_postgres::{Client, Statement};

use super::at_once;
use super::connection::PostgresConnection;
use super::form::Form;
use super::rows::{Rows, name_of};
use super::trouble::Trouble;
use super::writer::LOCK;
use crate::script::{CONSTRAINT, Failed, Gives, Script, Step, Written};
use crate::statements::renumbered;
use crate::value::Row;

/// What a function may have: PostgreSQL takes no more parameters.
const MOST_PARAMETERS: usize = 100;
/// What a connection has at most: more shapes than this are no habit.
pub(super) const MOST: usize = 64;

/// What scripts have in common that differ in their values alone.
#[derive(Clone, Debug, PartialEq, Eq, Hash)]
pub(super) struct Shape(Vec<(&'static str, Asked)>);

/// What becomes of a script where one of its statements touches nothing.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash)]
pub(super) enum Asked {
    /// It goes on.
    May,
    /// It is refused.
    Must,
    /// It is refused; the statement only asks.
    MustFind,
}

/// A function of this connection.
pub(super) struct Routine {
    call: Statement,
    /// Whether all rows are tried at once first.
    at_once: bool,
}

impl Shape {
    /// The shape of a script; none where it gives rows, which a call cannot.
    pub(super) fn of(script: &Script) -> Option<Self> {
        let parameters: usize = script.steps().iter().map(|step| step.parameters.len()).sum();
        let steps = script.steps().iter().map(|step| Some((step.sql, Asked::of(step)?)));
        (parameters <= MOST_PARAMETERS).then(|| steps.collect::<Option<_>>().map(Self)).flatten()
    }
}

impl Asked {
    fn of(step: &Step) -> Option<Self> {
        match (step.gives, step.condition) {
            (Gives::Count, None) => Some(Self::May),
            (Gives::Count, Some(_)) => Some(Self::Must),
            (Gives::Nothing, Some(_)) if step.sql.starts_with("SELECT ") => Some(Self::MustFind),
            (Gives::Nothing | Gives::Rows, _) => None,
        }
    }

    const fn form(self) -> Form {
        match self {
            Self::May => Form::May,
            Self::Must => Form::Must,
            Self::MustFind => Form::MustReturn,
        }
    }
}

impl Routine {
    /// Makes the function of a shape whose statements are prepared. The outcome is nothing where the server does not let us.
    pub(super) async fn made(
        connection: &PostgresConnection,
        shape: &Shape,
        number: usize,
    ) -> Result<Option<Self>, Trouble> {
        let Some(kinds) = kinds_of(connection, shape) else { return Ok(None) };
        let client = connection.client();
        let at_once = at_once::body(&shape.0);
        let definitions = definitions(shape, at_once.as_deref(), &kinds, number);
        let at_once = at_once.is_some();
        match make(client, &definitions, &call(&kinds, number, at_once)).await {
            Ok(call) => Ok(Some(Self { call, at_once })),
            // It may be forbidden to make anything temporary, or to write functions.
            Err(error) if error.as_db_error().is_some() && !client.is_closed() => Ok(None),
            Err(error) => Err(error.into()),
        }
    }

    /// The statement that calls it, with arrays of as many elements as there are rows.
    pub(super) const fn call(&self) -> &Statement {
        &self.call
    }

    /// Whether this answer says that all rows went through at once: no row is left.
    pub(super) fn all_went(&self, answer: &[Row]) -> bool {
        self.at_once && answer.is_empty()
    }

    /// What these scripts, which are of its shape, give it.
    pub(super) fn rows<'a>(&self, scripts: impl Iterator<Item = &'a Script>) -> Option<Rows<'a>> {
        let values = |script: &'a Script| script.steps().iter().flat_map(|step| &step.parameters);
        Rows::of(self.call.params(), scripts.map(values))
    }
}

/// What a script has come to, by what its row answered: nothing but 0, or the number of the statement it was refused at.
pub(super) fn outcome(script: &Script, answered: i64) -> Result<Written, Failed> {
    let step = usize::try_from(answered).ok().and_then(|nth| nth.checked_sub(1));
    let Some(step) = step else { return Ok(Written::default()) };
    let condition = script.steps().get(step).and_then(|step| step.condition);
    Err(Failed::Refused { at: condition.unwrap_or(CONSTRAINT) })
}

/// The types of all its parameters, by their names.
fn kinds_of(connection: &PostgresConnection, shape: &Shape) -> Option<Vec<&'static str>> {
    let mut kinds = Vec::new();
    for (sql, asked) in &shape.0 {
        for kind in connection.kinds(sql, asked.form())? {
            kinds.push(name_of(kind)?);
        }
    }
    (!kinds.is_empty()).then_some(kinds)
}

async fn make(client: &Client, definitions: &str, call: &str) -> Result<Statement, tokio_postgres::Error> {
    client.batch_execute(definitions).await?;
    client.prepare(call).await
}

/// The function for one row: every statement of the shape, and the number of the one at which the row was refused.
/// Questions that follow one another are asked as one, and one by one only where that has no answer. And the function for
/// all rows, if there is one: whether they went through. Whatever is known of how many rows a table has, each row of the
/// call is looked up by its key.
fn definitions(shape: &Shape, at_once: Option<&str>, kinds: &[&'static str], number: usize) -> String {
    let mut numbered = Vec::with_capacity(shape.0.len());
    let mut before = 0;
    for (nth, (sql, asked)) in (1_usize..).zip(&shape.0) {
        let (text, parameters) = renumbered(sql, before, |number| format!("${number}"));
        numbered.push((nth, text, *asked));
        before += parameters;
    }
    let ask = |a: &(_, _, Asked), b: &(_, _, Asked)| a.2 == Asked::MustFind && b.2 == Asked::MustFind;
    let body: String = numbered.chunk_by(ask).map(run).collect();
    let at_once = at_once.map_or_else(String::new, |at_once| {
        format!(
            "CREATE FUNCTION pg_temp.scripts_{number}({}[]) RETURNS boolean LANGUAGE plpgsql \
             SET enable_hashjoin TO off SET enable_mergejoin TO off AS $countersign$\n\
             #variable_conflict use_column\n\
             {at_once} $countersign$;\n",
            kinds.join("[], ")
        )
    });
    format!(
        "{at_once}CREATE FUNCTION pg_temp.script_{number}({}) RETURNS bigint LANGUAGE plpgsql AS $countersign$\n\
         #variable_conflict use_column\n\
         DECLARE step_ bigint := 0;\n\
         BEGIN\n{body}RETURN 0;\n\
         EXCEPTION WHEN raise_exception OR unique_violation OR foreign_key_violation OR check_violation THEN\n\
         RETURN step_;\n\
         END $countersign$",
        kinds.join(", ")
    )
}

/// Takes the writers' lock: a call may be a transaction by itself. What a function asks after it sees all that was committed
/// before the lock was had; what called the function asks nothing.
pub(super) fn locked() -> String {
    LOCK.replacen("SELECT", "PERFORM", 1) + ";\n"
}

/// One statement, or questions that follow one another.
fn run(steps: &[(usize, String, Asked)]) -> String {
    const OR_REFUSED: &str = "IF NOT FOUND THEN RAISE EXCEPTION 'refused'; END IF;\n";
    let one_by_one = steps.iter().map(|(nth, text, asked)| match asked {
        Asked::May => format!("step_ := {nth};\n{text};\n"),
        Asked::Must => format!("step_ := {nth};\n{text};\n{OR_REFUSED}"),
        Asked::MustFind => {
            let question = text.strip_prefix("SELECT ").unwrap_or(text);
            format!("step_ := {nth};\nPERFORM {question};\n{OR_REFUSED}")
        }
    });
    let one_by_one: String = one_by_one.collect();
    if steps.len() == 1 {
        return one_by_one;
    }
    let questions: Vec<_> = steps.iter().map(|(_, text, _)| format!("EXISTS ({text})")).collect();
    format!("PERFORM 1 WHERE {};\nIF NOT FOUND THEN\n{one_by_one}END IF;\n", questions.join(" AND "))
}

fn call(kinds: &[&'static str], number: usize, at_once: bool) -> String {
    let listed = |one: &dyn Fn(usize) -> String| (1..=kinds.len()).map(one).collect::<Vec<_>>().join(", ");
    let columns = listed(&|nth| format!("p{nth}"));
    let arrays: Vec<_> =
        (1..).zip(kinds).map(|(nth, kind): (usize, _)| format!("${nth}::{kind}[]")).collect();
    let arrays = arrays.join(", ");
    // Asked once, and before any row.
    let first = if at_once {
        format!("SELECT NOT pg_temp.scripts_{number}({arrays})")
    } else {
        format!("SELECT ({LOCK}) IS NOT NULL")
    };
    format!(
        "SELECT row_, pg_temp.script_{number}({columns}) FROM unnest({arrays}) WITH ORDINALITY \
         AS rows_ ({columns}, row_) WHERE ({first})"
    )
}

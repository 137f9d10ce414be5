//! One question that several ask at once goes as one statement, with a row for each of them.
//!
//! What a question costs is its message, its answer and the waking of whoever waits, rather than the few rows it reads.
//! Each row is asked as the question is written and sees nothing of the others: they share a snapshot, which is later than
//! the moment at which any of them began to wait.

use tokio_postgres::Statement;
use tokio_postgres::types::Type;

use super::connection::{Answer, PostgresConnection};
use super::rows::{Rows, name_of};
use super::trouble::Trouble;
use crate::script::{Read, Select};
use crate::statements::renumbered;
use crate::value::Row;

/// The same question, asked by several.
pub(super) struct Together<'a> {
    pub(super) statement: Statement,
    pub(super) rows: Rows<'a>,
    /// Who asks, each by their place among the reads.
    of: Vec<usize>,
}

/// Sorts reads whose statements are prepared, each by its place: those that ask the same go together, the others are what
/// is left.
pub(super) async fn sorted<'a>(
    connection: &mut PostgresConnection,
    reads: Vec<(usize, &'a Read)>,
) -> Result<(Vec<Together<'a>>, Vec<(usize, &'a Read)>), Trouble> {
    let mut questions: Vec<(&'a Select, Vec<(usize, &'a Read)>)> = Vec::new();
    let (mut groups, mut alone) = (Vec::new(), Vec::new());
    for (nth, read) in reads {
        let [select] = read.selects() else {
            alone.push((nth, read));
            continue;
        };
        match questions.iter_mut().find(|(known, _)| known.sql == select.sql) {
            Some((_, askers)) => askers.push((nth, read)),
            None => questions.push((select, vec![(nth, read)])),
        }
    }
    for (select, askers) in questions {
        let statement = if askers.len() > 1 { connection.for_many(select.sql).await? } else { None };
        let values =
            |(_, read): &(usize, &'a Read)| read.selects().iter().flat_map(|select| &select.parameters);
        let grouped = statement.and_then(|statement| {
            let rows = Rows::of(statement.params(), askers.iter().map(values))?;
            Some(Together { statement, rows, of: askers.iter().map(|(nth, _)| *nth).collect() })
        });
        match grouped {
            Some(together) => groups.push(together),
            None => alone.extend(askers),
        }
    }
    Ok((groups, alone))
}

impl Together<'_> {
    /// The rows that each of them is answered with.
    pub(super) fn answers(&self, answer: Result<Answer, Trouble>) -> Vec<(usize, Result<Vec<Row>, Trouble>)> {
        let mut answers: Vec<Result<Vec<Row>, Trouble>> = match &answer {
            Ok(_) => self.of.iter().map(|_| Ok(Vec::new())).collect(),
            Err(trouble) => self.of.iter().map(|_| Err(trouble.clone())).collect(),
        };
        for row in answer.map(|answer| answer.rows).unwrap_or_default() {
            let whose = row.without_last_int().and_then(|(row, number)| {
                let place = usize::try_from(number).ok()?.checked_sub(1)?;
                Some((row, answers.get_mut(place)?))
            });
            if let Some((row, Ok(rows))) = whose {
                rows.push(row);
            }
        }
        self.of.iter().copied().zip(answers).collect()
    }
}

/// The question for a row of each array, behind whose answers stands the number of the row. It is asked for each row by
/// itself, as OFFSET sees to, whatever is known of how many rows a table has. Arrays that come by a SELECT tell the planner
/// nothing of their lengths: so it has no reason to plan anew each time, which would cost more than all the rest.
pub(super) fn text(sql: &str, kinds: &[Type]) -> Option<String> {
    let kinds = kinds.iter().map(name_of).collect::<Option<Vec<_>>>()?;
    let listed = |one: &dyn Fn(usize) -> String| (1..=kinds.len()).map(one).collect::<Vec<_>>().join(", ");
    let arrays: Vec<_> =
        (1..).zip(&kinds).map(|(nth, kind): (usize, _)| format!("(SELECT ${nth}::{kind}[])")).collect();
    let (asked, _) = renumbered(sql, 0, |number| format!("rows_.p{number}"));
    (!kinds.is_empty()).then(|| {
        format!(
            "SELECT one_.*, rows_.row_ FROM unnest({}) WITH ORDINALITY AS rows_ ({}, row_), LATERAL ({asked} OFFSET 0) AS one_",
            arrays.join(", "),
            listed(&|nth| format!("p{nth}"))
        )
    })
}

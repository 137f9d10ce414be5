//! What of a batch goes as calls: scripts of one shape, a row each.

use std::sync::Arc;

use super::connection::{Answer, PostgresConnection};
use super::routine::{self, Routine, Shape};
use super::rows::Rows;
use super::trouble::Trouble;
use crate::script::{Failed, Script, Written};

/// What a script has come to.
pub(super) type Outcome = Result<Written, Failed>;

/// Scripts of one shape, as rows of one call.
pub(super) struct Call<'a> {
    pub(super) routine: Arc<Routine>,
    pub(super) rows: Rows<'a>,
    of: Numbered<'a>,
}

/// Scripts, each by its place in the batch.
pub(super) type Numbered<'a> = Vec<(usize, &'a Script)>;
/// What goes as calls, and what does not.
pub(super) type Sorted<'a> = (Vec<Call<'a>>, Numbered<'a>);

/// Sorts what waits: scripts of a shape for which there is a function, or for which one pays now, go as its rows.
pub(super) async fn sorted<'a>(
    connection: &mut PostgresConnection,
    waiting: &[(usize, &'a Script)],
) -> Result<Sorted<'a>, Trouble> {
    let mut shapes: Vec<(Option<Shape>, Numbered<'a>)> = Vec::new();
    for (nth, script) in waiting {
        let shape = Shape::of(script);
        match shapes.iter_mut().find(|(known, _)| shape.is_some() && *known == shape) {
            Some((_, scripts)) => scripts.push((*nth, script)),
            None => shapes.push((shape, vec![(*nth, script)])),
        }
    }
    let (mut calls, mut others) = (Vec::new(), Vec::new());
    for (shape, of) in shapes {
        let routine = match shape {
            Some(shape) => connection.routine(shape, of.len()).await?,
            None => None,
        };
        let rows = routine.as_ref().and_then(|routine| routine.rows(of.iter().map(|(_, script)| *script)));
        match (routine, rows) {
            (Some(routine), Some(rows)) => calls.push(Call { routine, rows, of }),
            _ => others.extend(of),
        }
    }
    Ok((calls, others))
}

/// What each row of a call has come to.
pub(super) fn outcomes_of(call: &Call<'_>, answer: &Answer) -> Vec<(usize, Outcome)> {
    if call.routine.all_went(&answer.rows) {
        return call.of.iter().map(|(nth, _)| (*nth, Ok(Written::default()))).collect();
    }
    let answered = answer.rows.iter().filter_map(|row| Some((row.int(0).ok()?, row.int(1).ok()?)));
    let outcome = |(row, answered): (i64, i64)| {
        let (nth, script) = usize::try_from(row).ok()?.checked_sub(1).and_then(|row| call.of.get(row))?;
        Some((*nth, routine::outcome(script, answered)))
    };
    answered.filter_map(outcome).collect()
}

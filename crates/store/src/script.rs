//! A write, handed over whole: conditional statements that run as one atomic step.

use crate::unavailable::Unavailable;
use crate::value::{Row, Value};

#[cfg(test)]
mod tests;

/// The name a refusal carries when a constraint spoke in a statement that has no condition of its own.
pub(crate) const CONSTRAINT: &str = "constraint";

/// Statements to run in order, all of them or none. A once-only fact is the compare-and-set that stands
/// first; what a statement relies on stands in its own `WHERE`, since nothing is read in between.
#[derive(Debug, Default)]
pub(crate) struct Script {
    steps: Vec<Step>,
}

/// One statement of a script.
#[derive(Debug)]
pub(crate) struct Step {
    /// The common dialect, with `$1`…`$N`.
    pub(crate) sql: &'static str,
    pub(crate) parameters: Vec<Value>,
    /// The condition this statement stands for: it must touch a row, or the script is refused under this name.
    pub(crate) condition: Option<&'static str>,
    /// What it gives.
    pub(crate) gives: Gives,
    /// The message it is about, which is not written where nobody gets it.
    pub(crate) message: Option<Message>,
}

/// A message that a script writes besides what it does.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) enum Message {
    /// To the owner of an account, by mail.
    Letter,
    /// To the application that an account belongs to, by webhook.
    Delivery,
}

/// What a statement gives whoever wrote the script.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) enum Gives {
    /// How many rows it has changed.
    Count,
    /// Rows.
    Rows,
    /// Nothing: it only asks whether a condition holds.
    Nothing,
}

impl Script {
    pub(crate) fn new() -> Self {
        Self::default()
    }

    /// A statement that must change a row. Where it changes none, or a unique, foreign-key or check
    /// constraint stops it, the whole script is undone and refused at `condition`.
    pub(crate) fn must(self, condition: &'static str, sql: &'static str, parameters: Vec<Value>) -> Self {
        self.with(Step { sql, parameters, condition: Some(condition), gives: Gives::Count, message: None })
    }

    /// A statement that may change any number of rows. A constraint that stops it refuses the script
    /// at [`CONSTRAINT`].
    pub(crate) fn may(self, sql: &'static str, parameters: Vec<Value>) -> Self {
        self.with(Step { sql, parameters, condition: None, gives: Gives::Count, message: None })
    }

    /// A statement that writes a letter: left out where no mail is sent, and changing any number of rows elsewhere.
    pub(crate) fn letter(self, sql: &'static str, parameters: Vec<Value>) -> Self {
        let message = Some(Message::Letter);
        self.with(Step { sql, parameters, condition: None, gives: Gives::Count, message })
    }

    /// The same of a message to an application: left out where the account is the portal's.
    pub(crate) fn delivery(self, sql: &'static str, parameters: Vec<Value>) -> Self {
        let message = Some(Message::Delivery);
        self.with(Step { sql, parameters, condition: None, gives: Gives::Count, message })
    }

    /// The same script where nobody gets such messages.
    pub(crate) fn without(mut self, message: Message) -> Self {
        self.steps.retain(|step| step.message != Some(message));
        self
    }

    /// A statement that answers with any number of rows: `… RETURNING`, or a `SELECT`.
    pub(crate) fn returning(self, sql: &'static str, parameters: Vec<Value>) -> Self {
        self.with(Step { sql, parameters, condition: None, gives: Gives::Rows, message: None })
    }

    /// A statement that must answer with a row, else the whole script is undone and refused at `condition`.
    pub(crate) fn must_return(
        self,
        condition: &'static str,
        sql: &'static str,
        parameters: Vec<Value>,
    ) -> Self {
        self.with(Step { sql, parameters, condition: Some(condition), gives: Gives::Rows, message: None })
    }

    /// A question that must have an answer, else the whole script is undone and refused at `condition`. What it answers
    /// is no row of the script's, so whoever counts those need not know of it.
    pub(crate) fn must_find(
        self,
        condition: &'static str,
        sql: &'static str,
        parameters: Vec<Value>,
    ) -> Self {
        self.with(Step { sql, parameters, condition: Some(condition), gives: Gives::Nothing, message: None })
    }

    /// Everything of this script, then everything of `next`, still one atomic step.
    pub(crate) fn then(mut self, next: Self) -> Self {
        self.steps.extend(next.steps);
        self
    }

    /// The same with each step altered, or left out.
    #[cfg(test)]
    pub(crate) fn each_step(self, alter: impl FnMut(Step) -> Option<Step>) -> Self {
        Self { steps: self.steps.into_iter().filter_map(alter).collect() }
    }

    /// Its first statements alone.
    #[cfg(test)]
    pub(crate) fn cut_after(mut self, statements: usize) -> Self {
        self.steps.truncate(statements);
        self
    }

    pub(crate) fn steps(&self) -> &[Step] {
        &self.steps
    }

    fn with(mut self, step: Step) -> Self {
        self.steps.push(step);
        self
    }
}

/// What a script did, once it is durable.
#[derive(Debug, Default, PartialEq, Eq)]
pub(crate) struct Written {
    /// The rows of each returning statement, in the order of the script.
    pub(crate) rows: Vec<Vec<Row>>,
    /// How many rows each statement that returns none has changed, in the order of the script.
    pub(crate) changed: Vec<usize>,
}

impl Written {
    /// The rows of the `nth` returning statement, from 0; none where there is no such statement.
    pub(crate) fn rows(&self, nth: usize) -> &[Row] {
        self.rows.get(nth).map_or(&[], Vec::as_slice)
    }

    /// The first row of the `nth` returning statement, from 0.
    pub(crate) fn row(&self, nth: usize) -> Option<&Row> {
        self.rows(nth).first()
    }

    /// How many rows the `nth` statement that returns none has changed, from 0.
    #[cfg(test)]
    pub(crate) fn changed(&self, nth: usize) -> usize {
        self.changed.get(nth).copied().unwrap_or(0)
    }
}

/// Why a script did nothing.
#[derive(Clone, Debug, PartialEq, Eq, thiserror::Error)]
pub(crate) enum Failed {
    /// A condition of the script did not hold; asking again changes nothing.
    #[error("refused at {at}")]
    Refused {
        /// The name of the condition.
        at: &'static str,
    },
    /// Nothing was decided.
    #[error(transparent)]
    Unavailable(#[from] Unavailable),
}

/// Questions answered from one snapshot: none of them sees a write the others do not.
#[derive(Debug, Default)]
pub(crate) struct Read {
    selects: Vec<Select>,
}

/// One question of a read.
#[derive(Debug)]
pub(crate) struct Select {
    pub(crate) sql: &'static str,
    pub(crate) parameters: Vec<Value>,
}

impl Read {
    pub(crate) fn new() -> Self {
        Self::default()
    }

    /// Asks one more question.
    pub(crate) fn select(mut self, sql: &'static str, parameters: Vec<Value>) -> Self {
        self.selects.push(Select { sql, parameters });
        self
    }

    pub(crate) fn selects(&self) -> &[Select] {
        &self.selects
    }
}

//! One connection to PostgreSQL: statements of the common dialect go out together, answers come back in turn.

use std::collections::{HashMap, VecDeque};
use std::future::poll_fn;
use std::pin::Pin;
use std::sync::Arc;
use std::sync::atomic::{AtomicBool, Ordering};
use std::task::Poll;

use tokio_postgres::types::Type;
use tokio_postgres::{Client, Statement};

use super::asked_together;
use super::form::Form;
use super::routine::{MOST, Routine, Shape};
use super::rows::Rows;
use super::trouble::Trouble;
use super::values::{misfit, row, unreadable};
use crate::value::{Row, Value};

/// A connection with its prepared statements, owned by one task.
pub(super) struct PostgresConnection {
    client: Client,
    prepared: HashMap<(&'static str, Form), Statement>,
    /// The functions made so far; nothing where the server does not let us make one.
    routines: HashMap<Shape, Option<Arc<Routine>>>,
    /// Questions that several may ask at once; nothing where they cannot.
    for_many: HashMap<&'static str, Option<Statement>>,
    warned: Arc<AtomicBool>,
}

/// What a statement answered.
#[derive(Debug, Default, PartialEq, Eq)]
pub(super) struct Answer {
    pub(super) rows: Vec<Row>,
    pub(super) changed: usize,
}

type Answered<'a> = Pin<Box<dyn Future<Output = Result<Answer, Trouble>> + Send + 'a>>;

/// Statements that are on their way. They run in the order in which they were sent, and are answered in that order.
#[derive(Default)]
pub(super) struct Sent<'a>(VecDeque<Waiting<'a>>);

enum Waiting<'a> {
    Answered(Result<Answer, Trouble>),
    Open(Answered<'a>),
}

impl<'a> Sent<'a> {
    /// Sends a statement without waiting for its answer: asking a future once is what sends it.
    async fn send(&mut self, mut answer: Answered<'a>) {
        let first = poll_fn(|context| {
            Poll::Ready(match answer.as_mut().poll(context) {
                Poll::Ready(answered) => Some(answered),
                Poll::Pending => None,
            })
        });
        let waiting = match first.await {
            Some(answered) => Waiting::Answered(answered),
            None => Waiting::Open(answer),
        };
        self.0.push_back(waiting);
    }

    /// The answer to the first statement that has not been answered yet.
    pub(super) async fn next(&mut self) -> Result<Answer, Trouble> {
        match self.0.pop_front() {
            Some(Waiting::Answered(answered)) => answered,
            Some(Waiting::Open(answer)) => answer.await,
            None => Err(Trouble::fault("an answer was awaited that nobody asked for".to_owned())),
        }
    }

    /// Receives whatever is left; where something of it failed, the last of that.
    pub(super) async fn all(&mut self) -> Result<(), Trouble> {
        let mut outcome = Ok(());
        while !self.0.is_empty() {
            outcome = self.next().await.map(drop).and(outcome);
        }
        outcome
    }
}

impl PostgresConnection {
    pub(super) fn new(client: Client, warned: Arc<AtomicBool>) -> Self {
        Self { client, prepared: HashMap::new(), routines: HashMap::new(), for_many: HashMap::new(), warned }
    }

    /// The client itself, for what is not a statement of the common dialect.
    pub(super) const fn client(&self) -> &Client {
        &self.client
    }

    /// Whether the server has hung up.
    pub(super) fn is_over(&self) -> bool {
        self.client.is_closed()
    }

    /// Whether the server has warned since this was last asked.
    pub(super) fn was_warned(&self) -> bool {
        self.warned.swap(false, Ordering::SeqCst)
    }

    /// Sees to it that a statement is known to the server, and that these parameters fit it.
    pub(super) async fn prepare(
        &mut self,
        sql: &'static str,
        form: Form,
        parameters: &[Value],
    ) -> Result<(), Trouble> {
        if !self.prepared.contains_key(&(sql, form)) {
            let statement = self.client.prepare(&form.text(sql)).await?;
            if let Some(what) = unreadable(statement.columns()) {
                return Err(Trouble::fault(format!("{what}: {sql}")));
            }
            self.prepared.insert((sql, form), statement);
        }
        let kinds = self.prepared.get(&(sql, form)).map_or(&[][..], Statement::params);
        misfit(kinds, parameters).map_or(Ok(()), |what| Err(Trouble::fault(format!("{what}: {sql}"))))
    }

    /// The types of the parameters of a statement that was prepared.
    pub(super) fn kinds(&self, sql: &'static str, form: Form) -> Option<&[Type]> {
        self.prepared.get(&(sql, form)).map(Statement::params)
    }

    /// The function for scripts of this shape, whose statements are prepared, if there is one; it is made where so many of
    /// them wait that it pays.
    pub(super) async fn routine(
        &mut self,
        shape: Shape,
        waiting: usize,
    ) -> Result<Option<Arc<Routine>>, Trouble> {
        if let Some(routine) = self.routines.get(&shape) {
            return Ok(routine.clone());
        }
        let number = self.routines.len();
        if waiting < 2 || number >= MOST {
            return Ok(None);
        }
        let made = Routine::made(self, &shape, number).await?.map(Arc::new);
        Ok(self.routines.entry(shape).or_insert(made).clone())
    }

    /// A question, which is prepared, as several ask it at once; nothing where they cannot.
    pub(super) async fn for_many(&mut self, sql: &'static str) -> Result<Option<Statement>, Trouble> {
        if let Some(known) = self.for_many.get(sql) {
            return Ok(known.clone());
        }
        let text = self.kinds(sql, Form::Returns).and_then(|kinds| asked_together::text(sql, kinds));
        let statement = match text {
            Some(text) => Some(self.client.prepare(&text).await?),
            None => None,
        };
        Ok(self.for_many.entry(sql).or_insert(statement).clone())
    }

    /// Sends a statement that takes rows.
    pub(super) async fn send_rows<'a>(
        &'a self,
        sent: &mut Sent<'a>,
        statement: &'a Statement,
        rows: &'a Rows<'a>,
    ) {
        let client = &self.client;
        sent.send(Box::pin(async move {
            let found = client.query(statement, &rows.parameters().collect::<Vec<_>>()).await?;
            let rows = found.iter().map(row).collect::<Result<Vec<_>, _>>()?;
            Ok(Answer { rows, changed: 0 })
        }))
        .await;
    }

    /// Sends a statement that was prepared.
    pub(super) async fn send<'a>(
        &'a self,
        sent: &mut Sent<'a>,
        sql: &'static str,
        form: Form,
        parameters: &'a [Value],
    ) {
        let Some(statement) = self.prepared.get(&(sql, form)) else {
            let unknown = Trouble::fault(format!("a statement was sent before it was prepared: {sql}"));
            sent.0.push_back(Waiting::Answered(Err(unknown)));
            return;
        };
        let client = &self.client;
        sent.send(Box::pin(async move {
            let parameters =
                parameters.iter().map(|value| value as &(dyn tokio_postgres::types::ToSql + Sync));
            if form == Form::May {
                let changed = client.execute_raw(statement, parameters).await?;
                return Ok(Answer {
                    rows: Vec::new(),
                    changed: usize::try_from(changed).unwrap_or(usize::MAX),
                });
            }
            let found = client.query(statement, &parameters.collect::<Vec<_>>()).await?;
            let rows = found.iter().map(row).collect::<Result<Vec<_>, _>>()?;
            if form == Form::Must {
                let changed = rows.first().and_then(|row| row.int(0).ok()).unwrap_or_default();
                return Ok(Answer {
                    rows: Vec::new(),
                    changed: usize::try_from(changed).unwrap_or(usize::MAX),
                });
            }
            Ok(Answer { rows, changed: 0 })
        }))
        .await;
    }

    /// Sends a statement that belongs to no noun: what begins, marks and ends a transaction.
    pub(super) async fn send_control<'a>(&'a self, sent: &mut Sent<'a>, sql: &'static str) {
        let client = &self.client;
        sent.send(Box::pin(async move {
            client.batch_execute(sql).await?;
            Ok(Answer::default())
        }))
        .await;
    }

    /// Runs such a statement.
    pub(super) async fn control(&self, sql: &'static str) -> Result<(), Trouble> {
        Ok(self.client.batch_execute(sql).await?)
    }
}

//! The prototype on PostgreSQL: a pool of connections, where each write is a commit, or one connection that commits all
//! writes that wait together.

use std::sync::{Mutex, PoisonError};

use anyhow::Context as _;
use futures_util::future::try_join_all;
use futures_util::{SinkExt as _, pin_mut};
use tokio::sync::{Semaphore, mpsc, oneshot};
use tokio_postgres::{Client, NoTls, Statement};

use super::{API_KEY, Commits, rows};

/// How many connections there are: enough for the commits of so many clients to be shared by the server itself.
const CONNECTIONS: usize = 16;
/// How many writes share a commit at most.
const MOST: usize = 512;

const SECRET: &str =
    "SELECT a.secret FROM authenticators a, applications b WHERE a.account = $1 AND b.hash = $2";
const SPEND: &str = "UPDATE authenticators SET last_step = $2 WHERE account = $1 AND last_step < $2";

struct Door {
    client: Client,
    secret: Statement,
    spend: Statement,
}

struct Job {
    account: i64,
    step: i64,
    answer: oneshot::Sender<bool>,
}

/// The connections, of which everybody has one alone while he asks.
pub(super) struct Pool {
    doors: Vec<Door>,
    idle: Mutex<Vec<usize>>,
    places: Semaphore,
    batches: Option<mpsc::UnboundedSender<Job>>,
}

impl Door {
    async fn open(url: &str) -> anyhow::Result<Self> {
        let (client, connection) = tokio_postgres::connect(url, NoTls).await?;
        tokio::spawn(connection);
        let (secret, spend) = (client.prepare(SECRET).await?, client.prepare(SPEND).await?);
        Ok(Self { client, secret, spend })
    }

    /// All of them in one transaction and one round trip.
    async fn commit(&self, jobs: &[Job]) -> anyhow::Result<Vec<bool>> {
        let begin = self.client.batch_execute("BEGIN");
        let spend = try_join_all(jobs.iter().map(async |job| {
            self.client.execute(&self.spend, &[&job.account, &job.step]).await.map(|rows| rows == 1)
        }));
        let commit = self.client.batch_execute("COMMIT");
        // Each is sent when it is first polled, in this order.
        let ((), spent, ()) = tokio::try_join!(biased; begin, spend, commit)?;
        Ok(spent)
    }
}

impl Pool {
    /// Makes the tables anew.
    pub(super) async fn made(url: &str, accounts: u64, commits: Commits) -> anyhow::Result<Self> {
        fill(url, accounts).await?;
        let doors = try_join_all((0..CONNECTIONS).map(|_| Door::open(url))).await?;
        let batches = match commits {
            Commits::Single => None,
            Commits::Shared => {
                let (send, jobs) = mpsc::unbounded_channel();
                tokio::spawn(write(Door::open(url).await?, jobs));
                Some(send)
            }
        };
        let idle = Mutex::new((0..doors.len()).collect());
        Ok(Self { places: Semaphore::new(doors.len()), doors, idle, batches })
    }

    async fn with_a_door<T>(&self, ask: impl AsyncFnOnce(&Door) -> anyhow::Result<T>) -> anyhow::Result<T> {
        let _place = self.places.acquire().await?;
        let idle = || self.idle.lock().unwrap_or_else(PoisonError::into_inner);
        let which = idle().pop().context("no connection")?;
        let answer = match self.doors.get(which) {
            Some(door) => ask(door).await,
            None => Err(anyhow::anyhow!("no connection")),
        };
        idle().push(which);
        answer
    }

    /// The sealed secret, for an application that is known by its key.
    pub(super) async fn secret(&self, key: &[u8; 32], account: u64) -> anyhow::Result<Option<Vec<u8>>> {
        let account = i64::try_from(account)?;
        self.with_a_door(async |door| {
            let row = door.client.query_opt(&door.secret, &[&account, &key.as_slice()]).await?;
            Ok(row.map(|row| row.get(0)))
        })
        .await
    }

    /// Spends a step: whether it was still good. The answer comes after the commit.
    pub(super) async fn spend(&self, account: u64, step: i64) -> anyhow::Result<bool> {
        let account = i64::try_from(account)?;
        let Some(batches) = &self.batches else {
            return self
                .with_a_door(
                    async |door| Ok(door.client.execute(&door.spend, &[&account, &step]).await? == 1),
                )
                .await;
        };
        let (answer, answered) = oneshot::channel();
        batches.send(Job { account, step, answer }).context("the writer has ended")?;
        answered.await.context("the commit failed")
    }
}

async fn write(door: Door, mut jobs: mpsc::UnboundedReceiver<Job>) {
    let mut taken = Vec::new();
    while jobs.recv_many(&mut taken, MOST).await > 0 {
        // Whoever waits for an answer that is dropped learns that the commit failed.
        if let Ok(spent) = door.commit(&taken).await {
            for (job, spent) in taken.drain(..).zip(spent) {
                let _gone = job.answer.send(spent);
            }
        }
        taken.clear();
    }
}

async fn fill(url: &str, accounts: u64) -> anyhow::Result<()> {
    let keyring = rows::keyring()?;
    let (client, connection) = tokio_postgres::connect(url, NoTls).await?;
    tokio::spawn(connection);
    client
        .batch_execute(
            "DROP TABLE IF EXISTS applications, authenticators;
            CREATE TABLE applications (hash BYTEA NOT NULL PRIMARY KEY);
            CREATE TABLE authenticators (account BIGINT PRIMARY KEY, secret BYTEA NOT NULL, last_step BIGINT NOT NULL);",
        )
        .await?;
    client.execute("INSERT INTO applications VALUES ($1)", &[&rows::hash(API_KEY)]).await?;
    let sink = client.copy_in("COPY authenticators FROM STDIN").await?;
    pin_mut!(sink);
    for first in (0..accounts).step_by(10_000) {
        let mut lines = String::new();
        for nth in first..accounts.min(first + 10_000) {
            let secret = data_encoding::HEXLOWER.encode(&rows::secret(&keyring, nth)?);
            lines.push_str(&format!("{nth}\t\\\\x{secret}\t-1\n"));
        }
        sink.send(bytes::Bytes::from(lines)).await?;
    }
    sink.finish().await?;
    client.batch_execute("VACUUM ANALYZE authenticators").await?;
    Ok(client.batch_execute("CHECKPOINT").await?)
}

//! The load: so many clients, each with a connection and accounts of its own, each sending its next request when the
//! answer to the last one is here.

use std::fs;
use std::net::SocketAddr;
use std::path::PathBuf;
use std::rc::Rc;
use std::time::Duration;

use anyhow::{Context as _, bail};
use countersign::totp::SharedSecret;
use data_encoding::BASE32_NOPAD;
use tokio::time::Instant;
use zeroize::Zeroizing;

use crate::accounts;
use crate::http::Connection;
use crate::latencies::Latencies;
use crate::plan::{Facts, Plan, Request};
use crate::steps::{self, Steps};

/// Accounts are visited in an order that jumps about, as people come: the next one is so many further on.
const STRIDE: u64 = 611_953;
/// How long an answer may take.
const PATIENCE: Duration = Duration::from_secs(30);

#[derive(clap::Args)]
pub(crate) struct Wanted {
    /// The server.
    address: SocketAddr,
    /// What a visit is: a file of JSON.
    #[arg(long)]
    plan: PathBuf,
    /// How many clients.
    #[arg(long, default_value_t = 32)]
    clients: u64,
    /// How long they come.
    #[arg(long, default_value_t = 5.0)]
    seconds: f64,
    /// How long they come before it counts.
    #[arg(long, default_value_t = 0.5)]
    warm: f64,
    /// How many visits there are at most, of all clients together.
    #[arg(long)]
    visits: Option<u64>,
    /// How many accounts there are.
    #[arg(long, default_value_t = 1)]
    accounts: u64,
    /// Where it is kept which codes were used.
    #[arg(long)]
    steps: Option<PathBuf>,
    /// What the server gave to each account, a line each: a token and, where the server chose it, a secret.
    #[arg(long)]
    tokens: Option<PathBuf>,
}

/// What a server gave to an account.
struct Given {
    token: String,
    /// Where the server chose it.
    secret: Option<Zeroizing<Vec<u8>>>,
}

/// What all clients share.
struct Shared {
    plan: Plan,
    tokens: Vec<Given>,
    needs_code: bool,
    needs_session: bool,
    begins: Instant,
    ends: Instant,
    /// How many visits each client makes at most.
    most: u64,
}

struct Client {
    nth: u64,
    accounts: Vec<u64>,
    steps: Steps,
    connection: Connection,
    measured: Latencies,
    visits: u64,
}

/// Loads, and prints what was measured.
pub(crate) fn run(wanted: &Wanted) -> anyhow::Result<()> {
    // One thread, so that the load takes no more than one core from the server beside it.
    let runtime = tokio::runtime::Builder::new_current_thread().enable_all().build()?;
    let local = tokio::task::LocalSet::new();
    let summary = local.block_on(&runtime, all(wanted))?;
    println!("{}", serde_json::to_string(&summary)?);
    Ok(())
}

async fn all(wanted: &Wanted) -> anyhow::Result<crate::latencies::Summary> {
    let plan = Plan::read(&wanted.plan)?;
    let tokens = wanted.tokens.as_deref().map(read_tokens).transpose()?.unwrap_or_default();
    let count = if tokens.is_empty() { wanted.accounts } else { tokens.len() as u64 };
    let mut last = wanted.steps.as_ref().and_then(read_steps).unwrap_or_default();
    last.resize(usize::try_from(count)?, -1);
    let now = Instant::now();
    let begins = now + Duration::from_secs_f64(if wanted.visits.is_some() { 0.0 } else { wanted.warm });
    let shared = Rc::new(Shared {
        needs_code: plan.needs("code"),
        needs_session: plan.needs("session"),
        plan,
        tokens,
        begins,
        ends: begins + Duration::from_secs_f64(wanted.seconds),
        most: wanted.visits.map_or(u64::MAX, |visits| visits / wanted.clients),
    });
    let clients: Vec<_> = (0..wanted.clients)
        .map(|nth| {
            let mine = (nth..count).step_by(usize::try_from(wanted.clients).unwrap_or(usize::MAX));
            let mut accounts: Vec<u64> = mine.map(|place| place.wrapping_mul(STRIDE) % count).collect();
            if accounts.is_empty() {
                accounts.push(nth % count);
            }
            let used = accounts.iter().map(|account| at(&last, *account)).collect();
            let client = Client {
                nth,
                accounts,
                steps: Steps::new(used, shared.plan.window),
                connection: Connection::to(wanted.address),
                measured: Latencies::default(),
                visits: 0,
            };
            tokio::task::spawn_local(client.come(Rc::clone(&shared)))
        })
        .collect();
    let mut measured = Latencies::default();
    for client in clients {
        let client = client.await??;
        for (account, used) in client.accounts.iter().zip(client.steps.into_last()) {
            if let Some(last) = last.get_mut(usize::try_from(*account)?) {
                *last = used;
            }
        }
        measured.join(client.measured);
    }
    let seconds = match wanted.visits {
        Some(_) => begins.elapsed().as_secs_f64(),
        None => wanted.seconds,
    };
    if let Some(path) = &wanted.steps {
        fs::write(path, last.iter().flat_map(|step| step.to_le_bytes()).collect::<Vec<u8>>())?;
    }
    Ok(measured.summary(seconds))
}

impl Client {
    async fn come(mut self, shared: Rc<Shared>) -> anyhow::Result<Self> {
        while Instant::now() < shared.ends && self.visits < shared.most {
            let Some(mut facts) = self.meet(&shared)? else {
                self.measured.starved += 1;
                tokio::time::sleep(Duration::from_millis(100)).await;
                continue;
            };
            let began = Instant::now();
            let visit = tokio::time::timeout(PATIENCE, self.visit(&shared.plan.visit, &mut facts)).await;
            let took = began.elapsed();
            // What ends in time counts, whenever it began: else a slow server seems slower than it is.
            let ended = began + took;
            if shared.most < u64::MAX || (ended >= shared.begins && ended <= shared.ends) {
                match visit {
                    Ok(Ok(())) => self.measured.note(took),
                    Ok(Err(reason)) => self.measured.note_failure(format!("{reason:#}")),
                    Err(_) => self.measured.note_failure("no answer".to_owned()),
                }
            }
            self.visits += 1;
            if shared.plan.pause_ms > 0 {
                tokio::time::sleep(Duration::from_millis(shared.plan.pause_ms)).await;
            }
        }
        Ok(self)
    }

    /// The next account, and what is known of it.
    fn meet(&mut self, shared: &Shared) -> anyhow::Result<Option<Facts>> {
        let mut facts = Facts::default();
        let turn = usize::try_from(self.visits)? % self.accounts.len();
        let (which, step) = match shared.needs_code {
            true if shared.plan.replay => (turn, steps::now() / 30),
            true => match self.steps.take(steps::now()) {
                Some(taken) => taken,
                None => return Ok(None),
            },
            false => (turn, 0),
        };
        let account = *self.accounts.get(which).context("no account")?;
        let given = shared.tokens.get(usize::try_from(account)?);
        if shared.needs_code {
            let own = given.and_then(|given| given.secret.clone());
            let secret = SharedSecret::from_bytes(own.unwrap_or_else(|| accounts::secret(account)))?;
            facts.set("code", accounts::code(&secret, step).as_str());
        }
        if shared.needs_session {
            facts.set("session", accounts::session_token(account));
        }
        if let Some(Given { token, .. }) = given {
            facts.set("token", token.as_str());
        }
        facts.set("user", accounts::user(account));
        facts.set("email", accounts::email(account));
        facts.set("fresh", format!("fresh-{}-{}-{}", std::process::id(), self.nth, self.visits));
        Ok(Some(facts))
    }

    async fn visit(&mut self, requests: &[Request], facts: &mut Facts) -> anyhow::Result<()> {
        for request in requests {
            // Whoever was just given a key types its code.
            if let Ok(key) = facts.get("key") {
                let key = Zeroizing::new(BASE32_NOPAD.decode(key.as_bytes())?);
                let code = accounts::code(&SharedSecret::from_bytes(key)?, steps::now() / 30);
                facts.set("code-of-key", code.as_str());
            }
            let path = request.path.filled(facts)?;
            let headers = request.headers.filled(facts)?;
            let body = request.body.as_ref().map(|(kind, body)| Ok((kind, body.filled(facts)?)));
            let body = body.transpose().map_err(|error: anyhow::Error| error)?;
            let body = body.as_ref().map(|(kind, body)| (kind.as_str(), body.as_str()));
            let answer = self.connection.send(&request.method, &path, &headers, body).await?;
            let led = answer.header("location");
            let said = |text: &String| String::from_utf8_lossy(&answer.body).contains(text);
            if answer.status != request.expect
                || request.leads_to.as_ref().is_some_and(|to| led != Some(to.as_str()))
                || !request.says.as_ref().is_none_or(said)
            {
                bail!("{} {}", answer.status, led.unwrap_or(""));
            }
            facts.keep(request, &answer)?;
        }
        Ok(())
    }
}

fn at(last: &[i64], account: u64) -> i64 {
    usize::try_from(account).ok().and_then(|account| last.get(account)).copied().unwrap_or(-1)
}

fn read_steps(path: &PathBuf) -> Option<Vec<i64>> {
    let bytes = fs::read(path).ok()?;
    let steps = bytes.as_chunks::<8>().0.iter();
    Some(steps.map(|bytes| i64::from_le_bytes(*bytes)).collect())
}

fn read_tokens(path: &std::path::Path) -> anyhow::Result<Vec<Given>> {
    let mut tokens = Vec::new();
    for line in fs::read_to_string(path)?.lines() {
        let (token, secret) = match line.rsplit_once(' ') {
            Some((token, secret)) => (token, Some(Zeroizing::new(BASE32_NOPAD.decode(secret.as_bytes())?))),
            None => (line, None),
        };
        tokens.push(Given { token: token.to_owned(), secret });
    }
    Ok(tokens)
}

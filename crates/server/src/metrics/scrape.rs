//! What all nouns have counted, as one text. What only the database knows is asked of it now; where it does not answer,
//! that is what the text says, and the rest stands.

use std::fmt::Error;
use std::time::Duration;

use countersign::{Timestamp, clock_difference::ClockDifference};
use countersign_store::{
    Place, Unavailable, deliveries::OnTheWay, endpoints::Endpoint, nodes::Node, outbox::Outbox,
    tally::Counted,
};
use prometheus_client::encoding::text::encode;
use prometheus_client::metrics::{
    counter::{ConstCounter, Counter},
    family::Family,
    gauge::{ConstGauge, Gauge},
    info::Info,
};
use prometheus_client::registry::{Registry, Unit};

use crate::app::App;

/// How long the database may take to answer.
const PATIENCE: Duration = Duration::from_secs(3);

/// Labels whose values are words of this house.
type Words<const N: usize> = [(&'static str, &'static str); N];

/// What the database was asked.
struct Asked {
    outbox: Outbox,
    on_the_way: OnTheWay,
    endpoints: Vec<Endpoint>,
    clock: Option<ClockDifference>,
    nodes: Vec<Node>,
}

/// All there is.
pub(super) async fn text(app: &App) -> Result<String, Error> {
    let mut registry = Registry::with_prefix("countersign");
    let all = &mut registry;
    build(all, app);
    all.register("answers", "Answers, by method, route and status", app.answers.count.clone());
    all.register_with_unit(
        "answer",
        "How long answers took, until their head was sent",
        Unit::Seconds,
        app.answers.seconds.clone(),
    );
    decisions(all, &app.store.counted());
    hashing(all, app);
    app.crowd.register(all.sub_registry_with_prefix("connections"));
    audit(all, app);
    // Whoever watches waits for ten seconds at most, and then knows nothing at all.
    let asked = tokio::time::timeout(PATIENCE, ask(app)).await.ok().and_then(Result::ok);
    gauge(all, "database_up", "Whether the database answers", i64::from(asked.is_some()));
    if let Some(asked) = asked {
        outbox(all, &asked.outbox);
        webhooks(all, &asked);
        clocks(all, &asked);
    }
    let mut text = String::new();
    encode(&mut text, &registry)?;
    Ok(text)
}

async fn ask(app: &App) -> Result<Asked, Unavailable> {
    let outbox = app.store.outbox().await?;
    let (on_the_way, endpoints) = (app.store.on_the_way().await?, app.store.endpoints().await?);
    let clock = app.store.compare_clocks(|| app.clock.now()).await?;
    Ok(Asked { outbox, on_the_way, endpoints, clock, nodes: app.store.nodes().await? })
}

fn build(all: &mut Registry, app: &App) {
    let database = match app.config.service.database {
        Place::Sqlite(_) => "sqlite",
        Place::Postgres(_) => "postgresql",
    };
    let labels = vec![("version", env!("CARGO_PKG_VERSION")), ("database", database)];
    all.register("build", "The program", Info::new(labels));
}

fn decisions(all: &mut Registry, counted: &Counted) {
    let attempts = Family::<Words<2>, Counter>::default();
    for (what, outcome, count) in &counted.attempts {
        attempts.get_or_create(&[("what", *what), ("outcome", *outcome)]).inc_by(*count);
    }
    all.register(
        "attempts",
        "What was typed at any door, and what came of it; locked: refused unread by the guess budget",
        attempts,
    );
    let sign_ins = Family::<Words<1>, Counter>::default();
    for (method, count) in &counted.sign_ins {
        sign_ins.get_or_create(&[("method", *method)]).inc_by(*count);
    }
    all.register("sign_ins", "Sign-ins that were finished, by what they were finished with", sign_ins);
    let scripts = Family::<Words<1>, Counter>::default();
    for (outcome, count) in counted.scripts {
        scripts.get_or_create(&[("outcome", outcome)]).inc_by(count);
    }
    all.register(
        "scripts",
        "Writes; refused: a condition did not hold, failed: the database did not answer",
        scripts,
    );
    all.register(
        "commits",
        "Durable commits; scripts that wait together share one",
        ConstCounter::new(counted.commits),
    );
    let waiting = i64::try_from(counted.waiting).unwrap_or(i64::MAX);
    gauge(all, "scripts_waiting", "Writes that wait for their commit", waiting);
}

fn hashing(all: &mut Registry, app: &App) {
    let waiting = i64::try_from(app.hasher.waiting()).unwrap_or(i64::MAX);
    gauge(all, "hashing_waiting", "Passwords and recovery codes that wait to be hashed", waiting);
    let watched = app.hasher.watched();
    all.register(
        "hashing_refused",
        "Those that found no place in the queue, or lost it",
        watched.refused.clone(),
    );
    all.register_with_unit("hashing_wait", "How long they waited", Unit::Seconds, watched.waits.clone());
}

fn audit(all: &mut Registry, app: &App) {
    let (link, at) = app.sealed();
    gauge(all, "audit_mark_link", "The link of the audit log that the high-water mark names", link);
    moment(all, "audit_chained_timestamp", "When the audit log was last chained to its end", at);
}

fn outbox(all: &mut Registry, outbox: &Outbox) {
    let letters = Family::<Words<1>, Gauge>::default();
    for (state, count) in [("waiting", outbox.waiting), ("given-up", outbox.given_up)] {
        letters.get_or_create(&[("state", state)]).set(count.into());
    }
    all.register("outbox_letters", "Letters that wait to be sent, and that were given up lately", letters);
    if let Some(oldest) = outbox.oldest {
        moment(
            all,
            "outbox_oldest_timestamp",
            "When it happened what the oldest waiting letter tells",
            oldest,
        );
    }
}

fn webhooks(all: &mut Registry, asked: &Asked) {
    let waiting = i64::try_from(asked.on_the_way.waiting).unwrap_or(i64::MAX);
    gauge(all, "webhook_messages_waiting", "Messages to applications that wait to be taken", waiting);
    if let Some(oldest) = asked.on_the_way.oldest {
        let help = "When it happened what the oldest waiting message tells";
        moment(all, "webhook_oldest_timestamp", help, oldest);
    }
    let given_up = asked.endpoints.iter().map(|endpoint| endpoint.given_up).sum::<u64>();
    let given_up = i64::try_from(given_up).unwrap_or(i64::MAX);
    gauge(all, "webhook_messages_given_up", "Messages that the endpoints there are will never get", given_up);
    let endpoints = Family::<Words<1>, Gauge>::default();
    let states = [("state", "well"), ("state", "failing"), ("state", "off")];
    for state in states {
        endpoints.get_or_create(&[state]).set(0);
    }
    for endpoint in &asked.endpoints {
        let [well, failing, off] = states;
        let state = match (endpoint.off_at, endpoint.failing_since) {
            (Some(_), _) => off,
            (None, Some(_)) => failing,
            (None, None) => well,
        };
        endpoints.get_or_create(&[state]).inc();
    }
    all.register(
        "webhook_endpoints",
        "Endpoints of applications; off: nothing is sent there any more",
        endpoints,
    );
}

fn clocks(all: &mut Registry, asked: &Asked) {
    let Some(clock) = asked.clock else { return };
    seconds(all, "clock_difference", "How far this node's clock is ahead of the database's", clock.ahead());
    seconds(all, "clock_error", "How far that may be from the truth", clock.within().as_milliseconds());
    let nodes = i64::try_from(asked.nodes.len()).unwrap_or(i64::MAX);
    gauge(all, "nodes", "Nodes that serve on this database", nodes);
    let ahead = asked.nodes.iter().map(|node| node.clock.ahead());
    let spread = ahead.clone().max().zip(ahead.min()).map_or(0, |(first, last)| first.saturating_sub(last));
    seconds(all, "clock_spread", "How far the clocks of two nodes are apart at most", spread);
}

fn gauge(all: &mut Registry, name: &str, help: &str, value: i64) {
    all.register(name, help, ConstGauge::new(value));
}

/// Something in milliseconds; Prometheus counts in seconds.
fn seconds(all: &mut Registry, name: &str, help: &str, milliseconds: i64) {
    all.register_with_unit(name, help, Unit::Seconds, ConstGauge::new(milliseconds as f64 / 1000.0));
}

/// A moment, since the epoch.
fn moment(all: &mut Registry, name: &str, help: &str, at: Timestamp) {
    all.register_with_unit(name, help, Unit::Seconds, ConstGauge::new(at.seconds()));
}

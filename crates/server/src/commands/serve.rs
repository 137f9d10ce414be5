//! `countersign serve`: runs the service until it is told to stop.

use std::sync::Arc;
use std::time::Duration;

use anyhow::Context as _;
use tokio::net::TcpListener;
use tokio::sync::watch;

use super::say;
use crate::app::App;
use crate::clock::WallClock;
use crate::config::Config;
use crate::connections::Doors;
use crate::mail::sender;
use crate::pace::Pace;
use crate::router::router;
use crate::webhooks::{self, client::Client};
use crate::{keys, log, metrics, nodes, sealer};

/// How often what time has ended is deleted.
const SWEEP_EVERY: Duration = Duration::from_secs(3600);
/// How long open requests may take to finish after the service was told to stop.
const LAST_REQUESTS: Duration = Duration::from_secs(20);

/// How long the letter and the messages in hand may take to be sent after that.
const LAST_LETTER: Duration = Duration::from_secs(5);

/// A service that listens and has not answered yet.
pub struct Service {
    app: Arc<App>,
    listener: TcpListener,
    metrics: Option<TcpListener>,
    /// The one-time link that makes the first administrator, while there is none who can sign in.
    pub invitation: Option<String>,
}

/// Runs the service on this machine's clock.
///
/// # Errors
/// Whatever kept it from starting.
pub fn run(config: Config) -> anyhow::Result<()> {
    log::start(&config.log)?;
    for warning in &config.warnings {
        tracing::warn!("{warning}");
    }
    let app = App::open(config, Arc::new(WallClock))?;
    let runtime = tokio::runtime::Builder::new_multi_thread().enable_all().build()?;
    runtime.block_on(async {
        let service = Service::bind(app).await?;
        say(format_args!("Countersign is ready: {}", service.address()));
        if let Some(link) = &service.invitation {
            say(format_args!(
                "There is no administrator yet. Open this link, once and within 24 hours, to create one:"
            ));
            say(format_args!("\n    {link}\n"));
        }
        service.serve(stop_signal()).await
    })
}

impl Service {
    /// Listens, and invites the first administrator if there is none.
    ///
    /// # Errors
    /// The address is taken or not of this machine; the database does not answer.
    pub async fn bind(mut app: App) -> anyhow::Result<Self> {
        let wanted = app.config.service.listen;
        let listener =
            TcpListener::bind(wanted).await.with_context(|| format!("cannot listen on {wanted}"))?;
        app.config.service.listening_on(listener.local_addr()?);
        let metrics = match &app.config.metrics {
            Some(wanted) => {
                let listener = TcpListener::bind(wanted.listen).await;
                Some(listener.with_context(|| format!("cannot serve metrics at {}", wanted.listen))?)
            }
            None => None,
        };
        let (now, mut chance) = (app.clock.now(), app.chance);
        app.store.sweep(now).await?;
        let invitation = match app.store.has_administrator().await? {
            true => None,
            false => {
                let token = app.store.invite_first_administrator(now, &mut chance).await?;
                Some(app.config.service.public_url.page(&format!("/sign-up?link={}", token.reveal())))
            }
        };
        Ok(Self { app: Arc::new(app), listener, metrics, invitation })
    }

    /// The address that people type.
    pub fn address(&self) -> String {
        self.app.config.service.public_url.page("/")
    }

    /// Answers until `stop` is ready, then finishes what is under way.
    ///
    /// # Errors
    /// The listener failed.
    pub async fn serve(self, stop: impl Future<Output = ()> + Send + 'static) -> anyhow::Result<()> {
        let sweeper = tokio::spawn(sweep(Arc::clone(&self.app)));
        let sealer = tokio::spawn(seal(Arc::clone(&self.app)));
        let (stop_the_rest, told_to_stop) = watch::channel(false);
        let mut rest = tokio::task::JoinSet::new();
        rest.spawn(nodes::tell(Arc::clone(&self.app), told_to_stop.clone()));
        let client = Arc::new(Client::new(self.app.config.webhooks.clone()));
        rest.spawn(webhooks::sender::deliver(Arc::clone(&self.app), client, told_to_stop.clone()));
        if self.app.config.mail.is_some() {
            rest.spawn(sender::deliver(Arc::clone(&self.app), told_to_stop.clone()));
            rest.spawn(sender::end_expired(Arc::clone(&self.app), told_to_stop));
        }
        let app = Arc::clone(&self.app);
        let watcher = tokio::spawn(keys::watch(Arc::clone(&self.app)));
        let (limits, proxies) = (app.config.connections, app.config.service.trusted_proxies.clone());
        let watching =
            self.metrics.map(|listener| tokio::spawn(metrics::door::open(Arc::clone(&app), listener)));
        let doors = Doors::new(router(self.app), limits, proxies, app.crowd.clone());
        doors.open(self.listener, stop, LAST_REQUESTS).await;
        sweeper.abort();
        watcher.abort();
        sealer.abort();
        // A letter that is accepted and not removed would be sent a second time.
        let _nobody_is_left = stop_the_rest.send(true);
        let _cut_short = tokio::time::timeout(LAST_LETTER, rest.join_all()).await;
        // What the last requests wrote. If that fails, the next start has it to do.
        if let Err(reason) = app.seal().await {
            tracing::warn!(%reason, "the end of the audit log is not chained yet");
        }
        if let Some(watching) = watching {
            watching.abort();
        }
        Ok(())
    }
}

/// Deletes what time has ended, now and then. If it fails, the next round has more to do. And measures how long the
/// slowest passwords take.
async fn sweep(app: Arc<App>) {
    let mut rounds = tokio::time::interval(SWEEP_EVERY);
    loop {
        rounds.tick().await;
        if let Err(reason) = app.store.sweep(app.clock.now()).await {
            tracing::warn!(%reason, "nothing was swept");
        }
        if let Err(reason) = Pace::measure(&app).await {
            tracing::warn!(%reason, "how long the slowest passwords take was not measured");
        }
    }
}

/// Chains the audit log. A failure is said once, and once more when it is over.
async fn seal(app: Arc<App>) {
    let mut rounds = tokio::time::interval(sealer::EVERY);
    rounds.set_missed_tick_behavior(tokio::time::MissedTickBehavior::Delay);
    let mut said = None;
    loop {
        rounds.tick().await;
        let failed = app.seal().await.err().map(|reason| reason.to_string());
        match (&failed, &said) {
            (Some(reason), said) if said.as_ref() != Some(reason) => {
                tracing::error!(%reason, "the audit log is not chained");
            }
            (None, Some(_)) => tracing::info!("the audit log is chained again"),
            _ => {}
        }
        said = failed;
    }
}

/// Ready when the terminal or the system asks the service to stop.
async fn stop_signal() {
    let interrupted = async {
        if tokio::signal::ctrl_c().await.is_err() {
            std::future::pending::<()>().await;
        }
    };
    let terminated = async {
        match tokio::signal::unix::signal(tokio::signal::unix::SignalKind::terminate()) {
            Ok(mut signal) => drop(signal.recv().await),
            Err(_) => std::future::pending::<()>().await,
        }
    };
    tokio::select! { () = interrupted => {}, () = terminated => {} }
}

//! The service on a clock that its standard input moves: what the browser journeys run, so that thirty days
//! pass in a moment. It takes the flags of `countersign serve`, and answers in JSON, a line each:
//!
//! ```text
//! advance SECONDS     moves the clock and answers {"now": UNIX SECONDS}
//! now                 answers {"now": UNIX SECONDS}
//! (end of input)      stops the service
//! ```

use std::io::Write as _;
use std::sync::Arc;

use anyhow::Context as _;
use countersign_server::{
    app::App,
    cli::Cli,
    clock::{Clock as _, ShiftedClock},
    commands::serve::Service,
    config::Config,
    log,
};
use serde_json::json;

fn main() -> anyhow::Result<()> {
    let cli = Cli::read(std::env::args_os()).unwrap_or_else(|error| error.exit());
    let config = Config::load(&cli.sources(std::env::vars_os()))?;
    log::start(&config.log)?;
    let clock = ShiftedClock::default();
    let app = App::open(config, Arc::new(clock.clone()))?;
    let runtime = tokio::runtime::Builder::new_multi_thread().enable_all().build()?;
    runtime.block_on(async {
        let service = Service::bind(app).await?;
        let listening = service.address().trim_end_matches('/').to_owned();
        say(&json!({ "listening": listening, "invitation": service.invitation }))?;
        let (ended, end) = tokio::sync::oneshot::channel::<()>();
        std::thread::spawn(move || {
            let obeyed = obey(&clock);
            drop(ended);
            obeyed
        });
        service.serve(async { drop(end.await) }).await
    })
}

/// Reads orders until the input ends.
fn obey(clock: &ShiftedClock) -> anyhow::Result<()> {
    for line in std::io::stdin().lines() {
        let line = line?;
        if let Some(seconds) = line.strip_prefix("advance ") {
            let seconds: i64 =
                seconds.trim().parse().with_context(|| format!("not a number of seconds: {line}"))?;
            clock.advance(seconds.saturating_mul(1000));
        }
        say(&json!({ "now": clock.now().seconds() }))?;
    }
    Ok(())
}

fn say(answer: &serde_json::Value) -> std::io::Result<()> {
    let mut out = std::io::stdout();
    writeln!(out, "{answer}")?;
    out.flush()
}

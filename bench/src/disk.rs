//! How fast this disk makes commits of SQLite durable: one sync for each, or one for all that wait.

use std::path::PathBuf;
use std::sync::Arc;
use std::time::{Duration, Instant};

use crate::prototype::Commits;
use crate::prototype::sqlite::Writer;

#[derive(clap::Args)]
pub(crate) struct Wanted {
    /// A file that is made anew.
    path: PathBuf,
    /// One sync a commit, or one for all that wait.
    #[arg(long, value_enum, default_value_t = Commits::Shared)]
    commits: Commits,
    /// How many write at once.
    #[arg(long, default_value_t = 32)]
    clients: u64,
    #[arg(long, default_value_t = 5.0)]
    seconds: f64,
}

/// Commits, and prints how often.
pub(crate) fn run(wanted: &Wanted) -> anyhow::Result<()> {
    let writer = Arc::new(Writer::made(&wanted.path, wanted.clients, wanted.commits)?);
    // One thread sends all of it, as one of a server's does: the cores belong to the writer.
    let runtime = tokio::runtime::Builder::new_current_thread().enable_all().build()?;
    let local = tokio::task::LocalSet::new();
    let began = Instant::now();
    let ends = began + Duration::from_secs_f64(wanted.seconds);
    let commits = local.block_on(&runtime, async {
        let clients: Vec<_> = (0..wanted.clients)
            .map(|nth| {
                let writer = Arc::clone(&writer);
                tokio::task::spawn_local(async move {
                    let mut commits = 0;
                    while Instant::now() < ends {
                        commits += i64::from(writer.spend(nth, commits + 1).await?);
                    }
                    Ok::<_, anyhow::Error>(commits)
                })
            })
            .collect();
        let mut all = 0;
        for client in clients {
            all += client.await??;
        }
        Ok::<_, anyhow::Error>(all)
    })?;
    let per_second = commits as f64 / began.elapsed().as_secs_f64();
    println!("{}", serde_json::json!({ "per_second": per_second }));
    Ok(())
}

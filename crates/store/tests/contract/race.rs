//! Many at once.

use countersign_store::Refusal;
use std::{pin::Pin, sync::Arc};
use tokio::{sync::Barrier, task::JoinSet};

/// One racer of a race whose racers do different things.
pub(crate) type Racer = Pin<Box<dyn Future<Output = Result<(), Refusal>> + Send>>;

/// Starts all racers at one moment and gathers what each of them came to.
pub(crate) async fn race<F>(racers: impl IntoIterator<Item = F>) -> Vec<F::Output>
where
    F: Future<Output: Send + 'static> + Send + 'static,
{
    let racers: Vec<F> = racers.into_iter().collect();
    let gate = Arc::new(Barrier::new(racers.len()));
    let mut running = JoinSet::new();
    for racer in racers {
        let gate = Arc::clone(&gate);
        running.spawn(async move {
            gate.wait().await;
            racer.await
        });
    }
    running.join_all().await
}

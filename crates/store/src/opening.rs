//! Waiting for the store's own threads while a store is being opened, which blocks anyway.

use std::pin::pin;
use std::sync::Arc;
use std::task::{Context, Poll, Wake, Waker};
use std::thread::{self, Thread};

use crate::open_error::OpenError;

struct Unpark(Thread);

impl Wake for Unpark {
    fn wake(self: Arc<Self>) {
        self.0.unpark();
    }
}

/// The outcome of `future`, which waits for nothing but the store. On a thread of its own, since a runtime must
/// not be blocked from inside, and whoever opens a store may stand in one.
pub(crate) fn wait<T: Send>(
    future: impl Future<Output = Result<T, OpenError>> + Send,
) -> Result<T, OpenError> {
    let threads = |source| OpenError::Threads { source };
    thread::scope(|scope| {
        let waiting = thread::Builder::new().name("store-opening".to_owned());
        let waiting = waiting.spawn_scoped(scope, || {
            let mut future = pin!(future);
            let waker = Waker::from(Arc::new(Unpark(thread::current())));
            loop {
                match future.as_mut().poll(&mut Context::from_waker(&waker)) {
                    Poll::Ready(outcome) => return outcome,
                    Poll::Pending => thread::park(),
                }
            }
        });
        let lost = || threads(std::io::Error::other("a thread ended by itself"));
        waiting.map_err(threads)?.join().unwrap_or_else(|_| Err(lost()))
    })
}

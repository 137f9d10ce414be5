//! The hashing threads: a fixed number of them, each with memory of its own that it uses again and again.
//!
//! A password hash takes 19 MiB and some 40 ms on purpose. Hashing wherever a request happens to be would
//! let a crowd of sign-ins take all memory and stall the pages of everybody else; here the threads bound the
//! memory, the queue bounds the wait, and who finds the queue full is told so at once. Households take turns in it, so
//! that a crowd from one address leaves room for everybody else.

use prometheus_client::metrics::{counter::Counter, histogram::Histogram};
use std::{
    any::Any,
    io,
    num::NonZeroUsize,
    panic::{AssertUnwindSafe, catch_unwind},
    sync::{Arc, Condvar, Mutex, MutexGuard, PoisonError},
    thread,
    time::Duration,
};
use tokio::{sync::oneshot, time::Instant};

use crate::fair_queue::FairQueue;
use crate::household::Household;

/// After this long without a job a thread gives its memory back: a quiet service is a small one.
const IDLE: Duration = Duration::from_secs(2);

/// What is to be done with the memory of a thread; without it, the job has lost its place and says so.
type Job<M> = Box<dyn FnOnce(Option<&mut M>) + Send>;

/// Seconds that jobs wait: the first bucket is "not at all", and a person who waits for ten has gone.
const WAITS: [f64; 10] = [0.001, 0.01, 0.05, 0.1, 0.25, 0.5, 1.0, 2.5, 5.0, 10.0];

/// What handles and threads share.
struct Queue<M> {
    state: Mutex<State<M>>,
    ready: Condvar,
    watched: Watched,
}

/// What can be watched of the queue.
#[derive(Debug)]
pub(crate) struct Watched {
    /// How long jobs waited that had their turn.
    pub(crate) waits: Histogram,
    /// Jobs that found no place, or lost it.
    pub(crate) refused: Counter,
}

struct State<M> {
    jobs: FairQueue<Job<M>>,
    begun: u64,
    closed: bool,
}

/// Closes the queue with the last handle.
struct Closing<M>(Arc<Queue<M>>);

impl<M> Drop for Closing<M> {
    fn drop(&mut self) {
        self.0.lock().closed = true;
        self.0.ready.notify_all();
    }
}

/// What a thread finds in the queue.
enum Found<M> {
    Job(Job<M>),
    Nothing,
    Closed,
}

impl<M> Queue<M> {
    fn lock(&self) -> MutexGuard<'_, State<M>> {
        // No job runs under the lock, so a poisoned one guards whole state.
        self.state.lock().unwrap_or_else(PoisonError::into_inner)
    }

    fn put(&self, household: Household, job: Job<M>) {
        // The lock ends with this line: telling whoever has to leave takes none.
        let leaves = self.lock().jobs.put(household, job);
        match leaves {
            Some(without_a_place) => {
                self.watched.refused.inc();
                without_a_place(None);
            }
            None => self.ready.notify_one(),
        }
    }

    /// The next job; `Nothing` after [`IDLE`], for a thread that has memory to give back.
    fn next(&self, holds_memory: bool) -> Found<M> {
        let mut state = self.lock();
        loop {
            if let Some(job) = state.jobs.take() {
                state.begun = state.begun.saturating_add(1);
                return Found::Job(job);
            }
            if state.closed {
                return Found::Closed;
            }
            state = if holds_memory {
                let waited = self.ready.wait_timeout(state, IDLE);
                let (state, timed_out) = waited.unwrap_or_else(PoisonError::into_inner);
                if timed_out.timed_out() && state.jobs.is_empty() && !state.closed {
                    return Found::Nothing;
                }
                state
            } else {
                self.ready.wait(state).unwrap_or_else(PoisonError::into_inner)
            };
        }
    }
}

/// Why a job gave no answer. Either way nothing was decided: refuse, never let pass.
#[derive(Clone, Copy, Debug, PartialEq, Eq, thiserror::Error)]
pub enum NotHashed {
    /// The queue is full, or the place was given to a household that has fewer: 503 with `Retry-After`.
    #[error("too many passwords and recovery codes wait to be hashed")]
    Busy,
    /// The job panicked, which is a defect of ours: 500. The thread lives on.
    #[error("hashing failed")]
    Broken,
}

/// A handle to the hashing threads; clones share them. They end when the last handle is dropped and the queue is empty.
///
/// `M` is the memory of a thread, made with `Default` when the thread first needs it.
pub struct Hasher<M> {
    handle: Arc<Closing<M>>,
    household: Household,
}

impl<M> Clone for Hasher<M> {
    fn clone(&self) -> Self {
        self.on_behalf_of(self.household)
    }
}

impl<M> Hasher<M> {
    /// A handle to the same threads, whose jobs wait in the line of this household.
    pub fn on_behalf_of(&self, household: Household) -> Self {
        Self { handle: Arc::clone(&self.handle), household }
    }

    /// How many jobs have begun since the start: the work that strangers cause can be counted.
    pub fn begun(&self) -> u64 {
        self.handle.0.lock().begun
    }

    /// How many jobs wait for their turn.
    pub(crate) fn waiting(&self) -> usize {
        self.handle.0.lock().jobs.len()
    }

    /// What has been seen of the queue since the start.
    pub(crate) fn watched(&self) -> &Watched {
        &self.handle.0.watched
    }
}

impl<M: Default + 'static> Hasher<M> {
    /// Starts `threads` threads in front of which `waiting` jobs may queue.
    ///
    /// # Errors
    /// When the operating system gives no thread.
    pub fn start(threads: NonZeroUsize, waiting: NonZeroUsize) -> io::Result<Self> {
        let state = Mutex::new(State { jobs: FairQueue::of(waiting.get()), begun: 0, closed: false });
        let watched = Watched { waits: Histogram::new(WAITS), refused: Counter::default() };
        let queue = Arc::new(Queue { state, ready: Condvar::new(), watched });
        let handle = Arc::new(Closing(Arc::clone(&queue)));
        for number in 0..threads.get() {
            let queue = Arc::clone(&queue);
            thread::Builder::new().name(format!("hasher-{number}")).spawn(move || serve(&queue))?;
        }
        Ok(Self { handle, household: Household::default() })
    }

    /// Runs `job` on one of the threads. When the caller goes away before its turn, the job is skipped.
    ///
    /// # Errors
    /// [`NotHashed::Busy`] at once when the queue is full, and as soon as the place goes to somebody else;
    /// [`NotHashed::Broken`] when the job panicked.
    pub async fn run<T: Send + 'static>(
        &self,
        job: impl FnOnce(&mut M) -> T + Send + 'static,
    ) -> Result<T, NotHashed> {
        let (answer, answered) = oneshot::channel();
        let (waits, came) = (self.watched().waits.clone(), Instant::now());
        let job = move |memory: Option<&mut M>| {
            if memory.is_some() {
                waits.observe(came.elapsed().as_secs_f64());
            }
            if !answer.is_closed() {
                // Nobody may be left to hear it; then nobody minds.
                let _unheard = answer.send(memory.map(job).ok_or(NotHashed::Busy));
            }
        };
        self.handle.0.put(self.household, Box::new(job));
        answered.await.unwrap_or(Err(NotHashed::Broken))
    }
}

fn serve<M: Default>(queue: &Queue<M>) {
    let mut memory = None;
    loop {
        match queue.next(memory.is_some()) {
            Found::Closed => return,
            Found::Nothing => memory = None,
            Found::Job(job) => {
                let own = memory.get_or_insert_with(M::default);
                if let Err(panic) = catch_unwind(AssertUnwindSafe(|| job(Some(own)))) {
                    tracing::error!(reason = message(panic.as_ref()), "a hashing job panicked");
                    // Half-written memory is not used again.
                    memory = None;
                }
            }
        }
    }
}

fn message(panic: &(dyn Any + Send)) -> &str {
    let text = panic.downcast_ref::<&str>().copied();
    text.or_else(|| panic.downcast_ref::<String>().map(String::as_str)).unwrap_or("unknown")
}

#[cfg(test)]
mod tests {
    use super::*;
    use std::{
        collections::HashSet,
        sync::atomic::{AtomicUsize, Ordering},
    };

    const ONE: NonZeroUsize = NonZeroUsize::MIN;

    /// Occupies a thread until the returned sender is used or dropped.
    async fn occupy(hasher: &Hasher<Vec<u8>>) -> std::sync::mpsc::Sender<()> {
        let (release, released) = std::sync::mpsc::channel::<()>();
        let (begin, begun) = oneshot::channel();
        let clone = hasher.clone();
        tokio::spawn(async move {
            clone
                .run(move |_| {
                    begin.send(()).unwrap();
                    let _ = released.recv();
                })
                .await
        });
        begun.await.unwrap();
        release
    }

    #[tokio::test]
    async fn each_thread_uses_its_own_memory_again() {
        let hasher = Hasher::<Vec<u8>>::start(ONE, ONE).unwrap();
        hasher.run(|memory| memory.resize(1024, 7)).await.unwrap();
        let (length, first) = hasher.run(|memory| (memory.len(), memory[0])).await.unwrap();
        assert_eq!((length, first), (1024, 7));
    }

    #[tokio::test]
    async fn a_full_queue_says_so_at_once_and_recovers() {
        let hasher = Hasher::<Vec<u8>>::start(ONE, ONE).unwrap();
        let release = occupy(&hasher).await;
        let mut waiting = Box::pin(hasher.run(|_| "served"));
        // One poll puts it into the queue.
        assert!(futures_poll(waiting.as_mut()).await.is_none());
        assert_eq!(hasher.run(|_| "one too many").await, Err(NotHashed::Busy));
        drop(release);
        assert_eq!(waiting.await, Ok("served"));
        assert_eq!(hasher.run(|_| "room again").await, Ok("room again"));
    }

    #[tokio::test]
    async fn a_crowd_from_one_address_makes_room_for_somebody_from_another() {
        let two = NonZeroUsize::new(2).unwrap();
        let hasher = Hasher::<Vec<u8>>::start(ONE, two).unwrap();
        let release = occupy(&hasher).await;
        let [crowd, other] = [1, 2].map(|last| hasher.on_behalf_of(Household::of([192, 0, 2, last].into())));
        let mut first = Box::pin(crowd.run(|_| "first"));
        let mut second = Box::pin(crowd.run(|_| "second"));
        let mut third = Box::pin(other.run(|_| "third"));
        assert_eq!(futures_poll(first.as_mut()).await, None);
        assert_eq!(futures_poll(second.as_mut()).await, None);
        assert_eq!(crowd.run(|_| "one too many").await, Err(NotHashed::Busy));
        assert_eq!(futures_poll(third.as_mut()).await, None, "it has a place");
        assert_eq!(futures_poll(second.as_mut()).await, Some(Err(NotHashed::Busy)), "it had that place");
        drop(release);
        assert_eq!((first.await, third.await), (Ok("first"), Ok("third")));
    }

    /// Polls once.
    async fn futures_poll<F: Future>(mut future: std::pin::Pin<&mut F>) -> Option<F::Output> {
        std::future::poll_fn(|context| {
            std::task::Poll::Ready(match future.as_mut().poll(context) {
                std::task::Poll::Ready(output) => Some(output),
                std::task::Poll::Pending => None,
            })
        })
        .await
    }

    #[tokio::test]
    async fn a_job_whose_caller_went_away_is_skipped() {
        let ran = Arc::new(AtomicUsize::new(0));
        let hasher = Hasher::<Vec<u8>>::start(ONE, NonZeroUsize::new(2).unwrap()).unwrap();
        let release = occupy(&hasher).await;
        let count = Arc::clone(&ran);
        let mut given_up = Box::pin(hasher.run(move |_| count.fetch_add(1, Ordering::SeqCst)));
        assert!(futures_poll(given_up.as_mut()).await.is_none());
        drop(given_up);
        drop(release);
        hasher.run(|_| ()).await.unwrap();
        assert_eq!(ran.load(Ordering::SeqCst), 0);
    }

    #[tokio::test]
    async fn a_panicking_job_kills_no_thread_and_leaves_no_half_written_memory() {
        let hasher = Hasher::<Vec<u8>>::start(ONE, ONE).unwrap();
        let answer = hasher
            .run(|memory| {
                memory.push(1);
                assert!(memory.is_empty(), "on purpose");
            })
            .await;
        assert_eq!(answer, Err(NotHashed::Broken));
        assert_eq!(hasher.run(|memory| memory.len()).await, Ok(0));
    }

    #[tokio::test]
    async fn a_quiet_thread_gives_its_memory_back() {
        /// Tells when it is dropped.
        #[derive(Default)]
        struct Memory(Option<oneshot::Sender<()>>);
        let hasher = Hasher::<Memory>::start(ONE, ONE).unwrap();
        let (given_back, back) = oneshot::channel();
        hasher.run(|memory| memory.0 = Some(given_back)).await.unwrap();
        assert!(back.await.is_err(), "the sender was dropped with the memory");
        assert!(
            hasher.run(|memory| memory.0.is_none()).await.unwrap(),
            "and the thread lives on with a new one"
        );
    }

    #[tokio::test(flavor = "multi_thread", worker_threads = 2)]
    async fn jobs_run_on_as_many_threads_as_asked_for_and_on_no_more() {
        let three = NonZeroUsize::new(3).unwrap();
        let hasher = Hasher::<Vec<u8>>::start(three, NonZeroUsize::new(200).unwrap()).unwrap();
        let held = [occupy(&hasher).await, occupy(&hasher).await, occupy(&hasher).await];
        drop(held);
        let mut tasks = tokio::task::JoinSet::new();
        for _ in 0..100 {
            let hasher = hasher.clone();
            tasks.spawn(async move { hasher.run(|_| thread::current().id()).await.unwrap() });
        }
        let threads: HashSet<_> = tasks.join_all().await.into_iter().collect();
        assert!(threads.len() <= 3);
    }

    #[tokio::test]
    async fn the_threads_end_with_the_last_handle() {
        struct Tells(Option<oneshot::Sender<()>>);
        #[derive(Default)]
        struct Memory(Option<Tells>);
        impl Drop for Tells {
            fn drop(&mut self) {
                let _ = self.0.take().map(|sender| sender.send(()));
            }
        }
        let hasher = Hasher::<Memory>::start(ONE, ONE).unwrap();
        let (ended, end) = oneshot::channel();
        hasher.run(|memory| memory.0 = Some(Tells(Some(ended)))).await.unwrap();
        drop(hasher);
        end.await.unwrap();
    }
}

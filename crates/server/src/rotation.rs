//! Rotating the keys while the service runs, any number of processes of it.
//!
//! 1. The keyring file gets a new key, which only opens. Processes that meet it read the file again. Where nodes have
//!    files of their own, somebody copies it to them: nothing goes on before every node that serves has the key.
//! 2. The database says that the new key seals. From this commit on nothing is sealed with the old one.
//! 3. What the old one has sealed is sealed again.
//! 4. When nothing names it any more, it is taken out of the file. Processes forget it within a second.
//! 5. The database forgets it.
//!
//! Whoever is killed between any two of them leaves a service that runs, and a rotation that the next one finishes.

use countersign::secret::KeyId;
use countersign_store::resealing::{NotResealed, Resealing};
use countersign_store::{Refusal, Unavailable, keys::Duty, keys::KeyInUse};

use std::path::PathBuf;
use std::time::Duration;

use crate::app::App;
use crate::keyring_file::{self, Changing, KeyringFileError, StoredKey};

/// How long nodes that read this very file may take to say that they have its new key, in looks of a second each.
const LOOKS: usize = 10;
const A_LOOK: Duration = Duration::from_secs(1);

/// A rotation under way. No other process rotates as long as it lives.
pub struct Rotation<'a> {
    app: &'a App,
    file: Changing,
    next: Next,
}

/// What is to be done next.
enum Next {
    Make,
    TakeOver(KeyId),
    Reseal(Resealing),
    TakeOut,
    Forget,
    Nothing,
}

/// One step that was done, and is durable.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum Step {
    /// The keyring file has this new key. It does not seal yet.
    Made(KeyId),
    /// This key seals from now on.
    TookOver(KeyId),
    /// So many values in all are sealed again.
    Resealed(usize),
    /// Nothing is sealed with these keys any more; they are not in the keyring file.
    TakenOut(Vec<KeyId>),
    /// The database knows the sealing key alone.
    Forgotten,
}

/// Why a rotation stops. Nothing is lost: every key that opens something is in the keyring, and the command that is
/// given again goes on from here.
#[derive(Debug, thiserror::Error)]
pub enum NotRotated {
    /// The keyring file.
    #[error(transparent)]
    File(#[from] KeyringFileError),
    /// A value does not open, or the database does not answer.
    #[error(transparent)]
    Resealing(#[from] NotResealed),
    /// The database.
    #[error(transparent)]
    Store(#[from] Refusal),
    /// A node would meet values that it cannot open.
    #[error(
        "the key {key} waits to take over, and {} without it: copy {} there (mode 600; nothing has to be restarted), \
         and give the command again. Everything is sealed as before until then",
        are(nodes), keyring.display()
    )]
    NotEverywhere {
        /// The new key.
        key: KeyId,
        /// The names of the nodes that serve and do not hold it.
        nodes: Vec<String>,
        /// Where it is.
        keyring: PathBuf,
    },
}

fn are(nodes: &[String]) -> String {
    let are = if nodes.len() == 1 { "is" } else { "are" };
    format!("{} {are}", nodes.join(", "))
}

impl From<Unavailable> for NotRotated {
    fn from(unavailable: Unavailable) -> Self {
        Self::Store(unavailable.into())
    }
}

impl<'a> Rotation<'a> {
    /// Begins a rotation, or takes up the one that was interrupted.
    ///
    /// # Errors
    /// [`NotRotated`]; [`KeyringFileError::Busy`] while another process rotates.
    pub async fn begin(app: &'a App) -> Result<Self, NotRotated> {
        let file = Changing::begin(&app.config.service.keyring())?;
        app.store.read_keys_again().await?;
        let known = app.store.keys().await?;
        let interrupted = known.iter().any(|key| matches!(key.duty, Duty::Retired(_)));
        let next = match (interrupted, waiting(app, &known)?) {
            (true, _) => Next::Reseal(Resealing::default()),
            (false, Some(waiting)) => Next::TakeOver(waiting),
            (false, None) => Next::Make,
        };
        Ok(Self { app, file, next })
    }

    /// The key that was made already, and waits to take over.
    pub fn waiting(&self) -> Option<&KeyId> {
        match &self.next {
            Next::TakeOver(id) => Some(id),
            _ => None,
        }
    }

    /// Whether this finishes what another rotation has begun.
    pub fn takes_up(&self) -> bool {
        matches!(self.next, Next::Reseal(_))
    }

    /// Does the next step. `None` when there is none.
    ///
    /// # Errors
    /// [`NotRotated`].
    pub async fn step(&mut self) -> Result<Option<Step>, NotRotated> {
        let (store, now, mut chance) = (&self.app.store, self.app.clock.now(), self.app.chance);
        let (next, done) = match std::mem::replace(&mut self.next, Next::Nothing) {
            Next::Make => {
                let mut keys = self.keys()?;
                let mut new = StoredKey::fresh(&mut chance, now);
                while keys.iter().any(|key| key.id == new.id) {
                    new.id = KeyId::fresh(&mut chance);
                }
                let id = new.id.clone();
                keys.push(new);
                self.file.replace(&keys, &mut chance)?;
                (Next::TakeOver(id.clone()), Step::Made(id))
            }
            Next::TakeOver(id) => {
                self.is_everywhere(&id).await?;
                store.seal_with(&id, now).await?;
                (Next::Reseal(Resealing::default()), Step::TookOver(id))
            }
            Next::Reseal(mut so_far) => {
                let more = store.reseal(&mut so_far, &mut chance).await?;
                let done = Step::Resealed(so_far.done);
                match more {
                    true => (Next::Reseal(so_far), done),
                    false if store.all_resealed().await? => (Next::TakeOut, done),
                    // A process of an earlier version still seals as it likes: once more from the beginning.
                    false => (Next::Reseal(so_far.once_more()), done),
                }
            }
            Next::TakeOut => {
                let seals = store.keyring().sealing().clone();
                let (kept, out): (Vec<_>, Vec<_>) = self.keys()?.into_iter().partition(|key| key.id == seals);
                self.file.replace(&kept, &mut chance)?;
                store.read_keys_again().await?;
                (Next::Forget, Step::TakenOut(out.into_iter().map(|key| key.id).collect()))
            }
            Next::Forget => {
                store.forget_retired_keys().await?;
                (Next::Nothing, Step::Forgotten)
            }
            Next::Nothing => return Ok(None),
        };
        self.next = next;
        Ok(Some(done))
    }

    /// Nothing, once every node that serves holds this key. Those that read this very file soon do.
    async fn is_everywhere(&self, id: &KeyId) -> Result<(), NotRotated> {
        let mut looks = 1..LOOKS;
        loop {
            let nodes = self.app.store.nodes().await?;
            let lacking = nodes.into_iter().filter(|node| node.keys.iter().all(|key| key != id.as_str()));
            let nodes: Vec<String> = lacking.map(|node| node.name).collect();
            if nodes.is_empty() {
                return Ok(());
            }
            if looks.next().is_none() {
                let keyring = self.app.config.service.keyring();
                return Err(NotRotated::NotEverywhere { key: id.clone(), nodes, keyring });
            }
            self.app.clock.wait(A_LOOK).await;
        }
    }

    fn keys(&self) -> Result<Vec<StoredKey>, KeyringFileError> {
        keyring_file::load(&self.app.config.service.keyring())
    }
}

/// The key of the keyring file that was made to take over and has not yet. One that is older than the key that seals
/// had its time: somebody has put it back, for an old backup, and it must never seal again.
pub(crate) fn waiting(app: &App, known: &[KeyInUse]) -> Result<Option<KeyId>, KeyringFileError> {
    let keys = keyring_file::load(&app.config.service.keyring())?;
    let seals = app.store.keyring().sealing().clone();
    let since = keys.iter().find(|key| key.id == seals).map(|key| key.created_at);
    let unused = keys.into_iter().filter(|key| known.iter().all(|known| known.id != key.id.as_str()));
    let newer = unused.filter(|key| since.is_some_and(|since| key.created_at >= since));
    Ok(newer.max_by_key(|key| key.created_at).map(|key| key.id))
}

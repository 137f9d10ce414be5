//! The keyring file, `DATA_DIR/keyring`: the keys that seal secrets in the database, kept outside it.
//!
//! ```text
//! countersign-keyring 1
//! k-3fa81c02 9zq…43 characters of base64url…Q 1763786400000
//! ```
//!
//! First line: the layout. Then a key a line: its id, 32 bytes, the moment it was made in milliseconds since
//! the epoch. All of them open. The first key seals in a fresh database; from then on the database says which one
//! does. No message here ever repeats what a line says.

use countersign::{Timestamp, secret::KeyId};
use countersign_store::{OpenError, Place};
use data_encoding::{BASE64URL_NOPAD, HEXLOWER};
use rand_core::CryptoRng;
use std::{
    fs::{self, File, OpenOptions, TryLockError},
    io::{self, Read as _, Write as _},
    os::unix::fs::{MetadataExt as _, OpenOptionsExt as _, PermissionsExt as _, fchown},
    path::{Path, PathBuf},
};
use zeroize::Zeroizing;

const HEAD: &str = "countersign-keyring 1";

/// How the names of drafts end.
const DRAFT: &str = ".draft";

/// Longer is no keyring: a thousand keys fit.
const LARGEST: u64 = 128 * 1024;

/// One key of the file.
pub struct StoredKey {
    /// Its id, which every value sealed with it names.
    pub id: KeyId,
    /// The key.
    pub bytes: Zeroizing<[u8; 32]>,
    /// When it was made.
    pub created_at: Timestamp,
}

/// Why there is no keyring. Each text says what to do; none repeats a key.
#[derive(Debug, thiserror::Error)]
pub enum KeyringFileError {
    /// The file is not there.
    #[error("{} is missing; it is made at the first start, together with the database", .0.display())]
    Missing(PathBuf),
    /// A database is there and its keyring is not: a new key could open nothing in it.
    #[error(
        "{} is missing, but the database {database} exists. The secrets in it can be opened with that keyring alone, \
         so no new one is made. Put the keyring back from your backup, or copy it from another node; or, to begin \
         again with an empty database, move the database away",
        keyring.display()
    )]
    Lost {
        /// Where the keyring should be.
        keyring: PathBuf,
        /// The database that needs it.
        database: Place,
    },
    /// Whether there is a database that needs a keyring cannot be told.
    #[error(transparent)]
    Database(Box<OpenError>),
    /// Somebody made one first. It is never overwritten.
    #[error("{} exists already and is not overwritten", .0.display())]
    Exists(PathBuf),
    /// Others than its owner may read or write it.
    #[error(
        "{} can be read or written by others (mode {mode:04o}). Run: chmod 600 {}", path.display(), path.display()
    )]
    Open {
        /// The keyring.
        path: PathBuf,
        /// Its permission bits.
        mode: u32,
    },
    /// The file ends in the middle of a line, or after the first one.
    #[error("{} is cut short. Put it back from your backup", .0.display())]
    CutShort(PathBuf),
    /// A line is not what it should be.
    #[error("{}, line {line}: {what}. Put the file back from your backup", path.display())]
    Malformed {
        /// The keyring.
        path: PathBuf,
        /// Counted from 1.
        line: usize,
        /// What is wrong, without saying what stands there.
        what: &'static str,
    },
    /// Another process is changing it.
    #[error("another process is changing {}; wait until it is done", .0.display())]
    Busy(PathBuf),
    /// The operating system refused.
    #[error("{} cannot be {doing}: {source}", path.display())]
    Io {
        /// The keyring, or the file next to it that was to become the keyring.
        path: PathBuf,
        /// "read" or "written".
        doing: &'static str,
        /// Why.
        source: io::Error,
    },
}

/// Reads the keyring, or makes it at the first start.
///
/// The rule of the house: where `database` exists and the keyring does not, nothing is made.
///
/// # Errors
/// [`KeyringFileError`]; [`KeyringFileError::Lost`] by that rule.
pub fn load_or_create(
    keyring: &Path,
    database: &Place,
    rng: &mut impl CryptoRng,
    now_ms: i64,
) -> Result<Vec<StoredKey>, KeyringFileError> {
    match load(keyring) {
        Err(KeyringFileError::Missing(_)) => {}
        answer => return answer,
    }
    let has_database = match (database, database.is_in_use()) {
        (_, Ok(has_database)) => has_database,
        // A file that cannot be looked at may be there.
        (Place::Sqlite(_), Err(_)) => true,
        (Place::Postgres(_), Err(reason)) => return Err(KeyringFileError::Database(Box::new(reason))),
    };
    if has_database {
        // It is made after its keyring, which is there by now where another process has just made both.
        return match load(keyring) {
            Err(KeyringFileError::Missing(keyring)) => {
                Err(KeyringFileError::Lost { keyring, database: database.clone() })
            }
            answer => answer,
        };
    }
    match create(keyring, rng, now_ms) {
        // Two first starts at once: the one that came second uses the keyring of the first.
        Ok(()) | Err(KeyringFileError::Exists(_)) => load(keyring),
        Err(error) => Err(error),
    }
}

/// Reads the keyring: at least one key, the first of which seals.
///
/// # Errors
/// [`KeyringFileError`], also when others than the owner may read the file.
pub fn load(path: &Path) -> Result<Vec<StoredKey>, KeyringFileError> {
    let read = |source: io::Error| match source.kind() {
        io::ErrorKind::NotFound => KeyringFileError::Missing(path.to_owned()),
        _ => KeyringFileError::Io { path: path.to_owned(), doing: "read", source },
    };
    let file = File::open(path).map_err(read)?;
    // Of the open file, so that nobody swaps it between the look and the reading.
    let mode = file.metadata().map_err(read)?.permissions().mode() & 0o7777;
    if mode & 0o077 != 0 {
        return Err(KeyringFileError::Open { path: path.to_owned(), mode });
    }
    // Room for all of it from the start: a string that grows leaves copies of itself behind.
    let mut text = Zeroizing::new(String::with_capacity(usize::try_from(LARGEST).unwrap_or(usize::MAX)));
    file.take(LARGEST).read_to_string(&mut text).map_err(read)?;
    parse(path, &text)
}

fn parse(path: &Path, text: &str) -> Result<Vec<StoredKey>, KeyringFileError> {
    let wrong = |line, what| KeyringFileError::Malformed { path: path.to_owned(), line, what };
    let cut_short = || KeyringFileError::CutShort(path.to_owned());
    // Every line is written with its end, so a file without one lost its tail.
    let text = text.strip_suffix('\n').ok_or_else(cut_short)?;
    let mut lines = text.split('\n');
    if lines.next() != Some(HEAD) {
        return Err(wrong(1, "this is not a keyring of layout 1"));
    }
    let mut keys: Vec<StoredKey> = Vec::new();
    for (line, number) in lines.zip(2..) {
        let key = key(line).map_err(|what| wrong(number, what))?;
        if keys.iter().any(|other| other.id == key.id) {
            return Err(wrong(number, "two keys have the same id"));
        }
        keys.push(key);
    }
    if keys.is_empty() { Err(cut_short()) } else { Ok(keys) }
}

fn key(line: &str) -> Result<StoredKey, &'static str> {
    let mut fields = line.split(' ');
    let (Some(id), Some(bytes), Some(created_at), None) =
        (fields.next(), fields.next(), fields.next(), fields.next())
    else {
        return Err("a line is a key id, a key and a moment, with one space between them");
    };
    let id = KeyId::parse(id).ok_or("a key id is 1 to 32 of a-z, 0-9 and -")?;
    let mut key = Zeroizing::new([0; 32]);
    let fits = BASE64URL_NOPAD.decode_len(bytes.len()) == Ok(key.len());
    if !fits || BASE64URL_NOPAD.decode_mut(bytes.as_bytes(), key.as_mut_slice()).is_err() {
        return Err("a key is 32 bytes in base64url without padding");
    }
    let created_at = created_at.parse().map_err(|_| "the moment is a whole number of milliseconds")?;
    Ok(StoredKey { id, bytes: key, created_at: Timestamp::from_milliseconds(created_at) })
}

/// Makes a keyring with one fresh key. It appears whole or not at all, and never in place of another.
///
/// # Errors
/// [`KeyringFileError::Exists`], [`KeyringFileError::Io`].
pub fn create(path: &Path, rng: &mut impl CryptoRng, now_ms: i64) -> Result<(), KeyringFileError> {
    let key = StoredKey::fresh(rng, Timestamp::from_milliseconds(now_ms));
    let draft = draft_of(path, rng);
    let written = write_draft(&draft, &text_of(&[key]), None).and_then(|()| publish(&draft, path));
    // Where `publish` moved the draft, there is none to remove.
    let _gone = fs::remove_file(&draft);
    written.map_err(|source| match source.kind() {
        io::ErrorKind::AlreadyExists => KeyringFileError::Exists(path.to_owned()),
        _ => KeyringFileError::Io { path: path.to_owned(), doing: "written", source },
    })
}

/// The right to change a keyring: of all processes one has it, until it drops it or ends.
#[derive(Debug)]
pub struct Changing {
    /// The keyring itself, behind any symbolic link: a link that were replaced would leave its file behind.
    path: PathBuf,
    _lock: File,
}

impl Changing {
    /// Takes the right to change the keyring at `path`, and clears away what somebody left behind who was killed
    /// while changing it.
    ///
    /// # Errors
    /// [`KeyringFileError::Busy`], [`KeyringFileError::Missing`], [`KeyringFileError::Io`].
    pub fn begin(path: &Path) -> Result<Self, KeyringFileError> {
        let io = |source: io::Error| match source.kind() {
            io::ErrorKind::NotFound => KeyringFileError::Missing(path.to_owned()),
            _ => KeyringFileError::Io { path: path.to_owned(), doing: "written", source },
        };
        let path = fs::canonicalize(path).map_err(io)?;
        // The directory is locked: the file itself is another one after every change.
        let lock = File::open(directory_of(&path)).map_err(io)?;
        match lock.try_lock() {
            Ok(()) => {}
            Err(TryLockError::WouldBlock) => return Err(KeyringFileError::Busy(path)),
            Err(TryLockError::Error(source)) => return Err(io(source)),
        }
        for draft in drafts_of(&path).map_err(io)? {
            fs::remove_file(draft).map_err(io)?;
        }
        Ok(Self { path, _lock: lock })
    }

    /// Replaces the keyring in one step: who reads it meanwhile reads the old one or the new one, whole. The new
    /// one belongs to whom the old one did, so that a command of root leaves the service able to read it.
    ///
    /// # Errors
    /// [`KeyringFileError::Io`]: the keyring is as it was.
    pub fn replace(&self, keys: &[StoredKey], rng: &mut impl CryptoRng) -> Result<(), KeyringFileError> {
        let path = &self.path;
        let draft = draft_of(path, rng);
        let replaced = fs::metadata(path)
            .and_then(|old| write_draft(&draft, &text_of(keys), Some((old.uid(), old.gid()))))
            .and_then(|()| fs::rename(&draft, path))
            .and_then(|()| File::open(directory_of(path))?.sync_all());
        replaced.map_err(|source| {
            let _gone = fs::remove_file(&draft);
            KeyringFileError::Io { path: path.clone(), doing: "written", source }
        })
    }
}

impl StoredKey {
    /// A new key, made at `now`.
    pub fn fresh(rng: &mut impl CryptoRng, now: Timestamp) -> Self {
        let mut bytes = Zeroizing::new([0; 32]);
        rng.fill_bytes(bytes.as_mut_slice());
        Self { id: KeyId::fresh(rng), bytes, created_at: now }
    }
}

fn text_of(keys: &[StoredKey]) -> Zeroizing<String> {
    // Room for all of it from the start, as in `load`: a line has at most 32 + 43 + 20 characters and three more.
    let mut text = Zeroizing::new(String::with_capacity(keys.len().saturating_add(1).saturating_mul(100)));
    text.push_str(HEAD);
    for key in keys {
        let bytes = Zeroizing::new(BASE64URL_NOPAD.encode(key.bytes.as_slice()));
        let made = key.created_at.milliseconds().to_string();
        for part in ["\n", key.id.as_str(), " ", &bytes, " ", &made] {
            text.push_str(part);
        }
    }
    text.push('\n');
    text
}

/// A name beside the keyring that nobody else has.
fn draft_of(path: &Path, rng: &mut impl CryptoRng) -> PathBuf {
    let mut tag = [0; 4];
    rng.fill_bytes(&mut tag);
    path.with_extension(format!("{}{DRAFT}", HEXLOWER.encode(&tag)))
}

/// The drafts beside a keyring.
fn drafts_of(path: &Path) -> io::Result<Vec<PathBuf>> {
    let keyring = path.file_stem().unwrap_or_default();
    let mut drafts = Vec::new();
    for entry in fs::read_dir(directory_of(path))? {
        let found = entry?.path();
        let tag = found
            .file_name()
            .and_then(|name| name.to_str())
            .and_then(|name| name.strip_prefix(keyring.to_str()?)?.strip_prefix('.')?.strip_suffix(DRAFT));
        if tag.is_some_and(|tag| tag.len() == 8 && tag.bytes().all(|b| b.is_ascii_hexdigit())) {
            drafts.push(found);
        }
    }
    Ok(drafts)
}

fn directory_of(path: &Path) -> &Path {
    path.parent().filter(|parent| !parent.as_os_str().is_empty()).unwrap_or(Path::new("."))
}

fn write_draft(draft: &Path, text: &str, owner: Option<(u32, u32)>) -> io::Result<()> {
    let mut file = OpenOptions::new().write(true).create_new(true).mode(0o600).open(draft)?;
    let own = file.metadata().map(|own| (own.uid(), own.gid()))?;
    if let Some((user, group)) = owner.filter(|owner| *owner != own) {
        fchown(&file, Some(user), Some(group))?;
    }
    file.write_all(text.as_bytes())?;
    file.sync_all()
}

/// Gives the draft its name. A hard link, unlike a rename, fails where the name is taken.
fn publish(draft: &Path, path: &Path) -> io::Result<()> {
    match fs::hard_link(draft, path) {
        Ok(()) => {}
        Err(taken) if taken.kind() == io::ErrorKind::AlreadyExists => return Err(taken),
        // Some file systems have no hard links; there the look before the rename has to do.
        Err(_) if path.try_exists()? => return Err(io::ErrorKind::AlreadyExists.into()),
        Err(_) => fs::rename(draft, path)?,
    }
    File::open(directory_of(path))?.sync_all()
}

#[cfg(test)]
#[path = "keyring_file_tests.rs"]
mod tests;

//! `[password]`: how long passwords are and what hashing them costs.

use super::{
    Section,
    reader::Reader,
    service::file_or_nothing,
    setting::{Accepts, Default, Setting},
};
use countersign::password::HashCost;
use std::{num::NonZeroUsize, path::PathBuf, thread};

/// The settings of `[password]`.
#[derive(Clone, Debug)]
pub struct Password {
    /// The fewest characters of a new password.
    pub min_length: usize,
    /// A list of leaked passwords that are refused.
    pub breached_file: Option<PathBuf>,
    /// What one hash costs.
    pub hash_cost: HashCost,
    /// How many hashes are computed at once.
    pub hash_threads: NonZeroUsize,
    /// How many may wait for a thread.
    pub hash_queue: NonZeroUsize,
}

pub(super) const SECTION: Section = Section {
    name: "password",
    about: "Passwords of portal accounts, and the hashing of passwords and recovery codes (Argon2id).",
    settings: &[&MIN_LENGTH, &BREACHED_FILE, &HASH_MEMORY_KIB, &HASH_PASSES, &HASH_THREADS, &HASH_QUEUE],
};

const MIN_LENGTH: Setting = Setting {
    key: "password.min_length",
    flag: None,
    default: Default::Toml("15"),
    // NIST SP 800-63B-4 §3.1.1.2: 15 where the password may be the only factor, 8 otherwise; 64 always accepted.
    accepts: Accepts::Whole { least: 8, most: 64 },
    meaning: "The fewest characters of a new password.",
};

const BREACHED_FILE: Setting = Setting {
    key: "password.breached_file",
    flag: None,
    default: Default::Derived("none: the 30,000 commonest are refused in any case"),
    accepts: Accepts::Text("a file with a password a line, or the SHA-1 of one in hexadecimal"),
    meaning: "A list of leaked passwords that nobody may choose. It is read at the start and takes 8 bytes of memory a \
              line. Published lists of hashes fit as they are; of the largest, take the part that was seen most often.",
};

const HASH_MEMORY_KIB: Setting = Setting {
    key: "password.hash_memory_kib",
    flag: None,
    default: Default::Toml("19456"),
    // OWASP's least for Argon2id: m = 19 MiB, t = 2. The engine takes 1 GiB at most.
    accepts: Accepts::Whole { least: 19_456, most: 1_048_576 },
    meaning: "The memory of one hash in KiB. Each thread keeps as much. Stored hashes are renewed at the next sign-in \
              when this grows.",
};

const HASH_PASSES: Setting = Setting {
    key: "password.hash_passes",
    flag: None,
    default: Default::Toml("2"),
    accepts: Accepts::Whole { least: 2, most: 16 },
    meaning: "How many times a hash goes over its memory.",
};

const HASH_THREADS: Setting = Setting {
    key: "password.hash_threads",
    flag: None,
    default: Default::Derived("one for each processor core"),
    accepts: Accepts::Whole { least: 1, most: 256 },
    meaning: "How many hashes are computed at once.",
};

const HASH_QUEUE: Setting = Setting {
    key: "password.hash_queue",
    flag: None,
    default: Default::Toml("64"),
    accepts: Accepts::Whole { least: 1, most: 10_000 },
    meaning: "How many hashes may wait for a thread; beyond that people are asked to try again in a moment (503).",
};

pub(super) fn read(reader: &mut Reader) -> Option<Password> {
    let cores = thread::available_parallelism().map_or(1, NonZeroUsize::get).min(256);
    let min_length = reader.whole(&MIN_LENGTH);
    let breached_file = reader.said_text(&BREACHED_FILE, file_or_nothing);
    let memory_kib = reader.whole(&HASH_MEMORY_KIB);
    let passes = reader.whole(&HASH_PASSES);
    let threads = reader.whole_or(&HASH_THREADS, u32::try_from(cores).unwrap_or(1));
    let queue = reader.whole(&HASH_QUEUE);
    Some(Password {
        min_length: size(min_length?),
        breached_file: breached_file?.flatten(),
        hash_cost: HashCost::new(memory_kib?, passes?)?,
        hash_threads: NonZeroUsize::new(size(threads?))?,
        hash_queue: NonZeroUsize::new(size(queue?))?,
    })
}

fn size(number: u32) -> usize {
    usize::try_from(number).unwrap_or(usize::MAX)
}

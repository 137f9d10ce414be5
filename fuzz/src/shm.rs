//! A folder in memory: the files that are fuzzed are written thousands of times a second.

use std::fs;
use std::os::unix::fs::OpenOptionsExt as _;
use std::path::PathBuf;
use std::sync::LazyLock;

use tempfile::TempDir;

/// A new folder, in memory where the machine has such a place.
pub(crate) fn folder() -> TempDir {
    tempfile::tempdir_in("/dev/shm").or_else(|_| tempfile::tempdir()).unwrap()
}

/// Writes a file that only its owner may read, and says where.
pub(crate) fn file(text: &[u8]) -> PathBuf {
    static FOLDER: LazyLock<TempDir> = LazyLock::new(folder);
    let path = FOLDER.path().join("fuzzed");
    let mut options = fs::OpenOptions::new();
    let mut file = options.write(true).create(true).truncate(true).mode(0o600).open(&path).unwrap();
    std::io::Write::write_all(&mut file, text).unwrap();
    path
}

//! The high-water mark, `DATA_DIR/high-water`: how far the audit log had come, kept outside the database.
//!
//! ```text
//! countersign-high-water 1
//! installation 019ab0c8a1b27c3d8e4f5a6b7c8d9e0f
//! link 1234:9f86d081884c7d659a2feaa0c55ad015a3bf4f1b2b0b822cd15d6c15b0f00a08
//! at 1795000020000
//! ```
//!
//! It holds no secret. It is replaced whole (draft, sync, rename) after the link it names is durable, so the mark is
//! never ahead of the database it was made for, however the program ends.

use countersign::{InstallationId, Timestamp, chain::Head, high_water::Mark};
use std::{
    fs::{self, File, OpenOptions},
    io::{self, Read as _, Write as _},
    os::unix::fs::{MetadataExt as _, OpenOptionsExt as _},
    path::{Path, PathBuf},
};

const HEAD: &str = "countersign-high-water 1";

/// Longer is no mark.
const LARGEST: u64 = 4096;

/// Where the mark is kept.
#[derive(Clone, Debug)]
pub struct HighWater {
    path: PathBuf,
}

/// Why there is no mark to go by, or none could be written. Each text says what to do.
#[derive(Debug, thiserror::Error)]
pub enum HighWaterError {
    /// The file is not what was written.
    #[error(
        "{} is not a high-water mark: {what}. It is written whole, so somebody has changed it. If it cannot be put \
         back, remove it: the database is then taken for an old backup, and whatever may have been used since is \
         switched off (on PostgreSQL after `countersign database restored`)", path.display()
    )]
    Malformed {
        /// The mark.
        path: PathBuf,
        /// What is wrong.
        what: &'static str,
    },
    /// The operating system refused.
    #[error("the high-water mark {} cannot be {doing}: {source}", path.display())]
    Io {
        /// The mark.
        path: PathBuf,
        /// "read" or "written".
        doing: &'static str,
        /// Why.
        source: io::Error,
    },
}

impl HighWater {
    /// The mark at this place.
    pub fn at(path: PathBuf) -> Self {
        Self { path }
    }

    /// Where it is.
    pub fn path(&self) -> &Path {
        &self.path
    }

    /// Reads the mark; `None` where there is none.
    ///
    /// # Errors
    /// [`HighWaterError`].
    pub fn read(&self) -> Result<Option<Mark>, HighWaterError> {
        let io = |source| HighWaterError::Io { path: self.path.clone(), doing: "read", source };
        let file = match File::open(&self.path) {
            Ok(file) => file,
            Err(source) if source.kind() == io::ErrorKind::NotFound => return Ok(None),
            Err(source) => return Err(io(source)),
        };
        let mut bytes = Vec::new();
        file.take(LARGEST).read_to_end(&mut bytes).map_err(io)?;
        let wrong = |what| HighWaterError::Malformed { path: self.path.clone(), what };
        let text = String::from_utf8(bytes).map_err(|_| wrong("it is no text"))?;
        parse(&text).map(Some).map_err(wrong)
    }

    /// Raises the mark, unless one of the same installation is as high already. Processes that raise it at once
    /// take turns, so that it never sinks.
    ///
    /// # Errors
    /// [`HighWaterError`]; the mark is as it was.
    pub fn raise(&self, mark: &Mark) -> Result<(), HighWaterError> {
        let _turn = self.turn()?;
        match self.read()? {
            Some(there) if there.installation == mark.installation && there.head.link >= mark.head.link => {
                Ok(())
            }
            Some(_) | None => self.write(mark),
        }
    }

    /// Puts this mark in the place of whatever is there.
    ///
    /// # Errors
    /// [`HighWaterError`]; the mark is as it was.
    pub fn replace(&self, mark: &Mark) -> Result<(), HighWaterError> {
        let _turn = self.turn()?;
        self.write(mark)
    }

    /// The mark, locked until it is dropped. A file system without locks has to do without. Not the directory, which
    /// a rotation of the keys has locked for as long as it takes.
    fn turn(&self) -> Result<File, HighWaterError> {
        loop {
            let (file, first) = match File::open(&self.path) {
                Ok(file) => (file, false),
                Err(missing) if missing.kind() == io::ErrorKind::NotFound => {
                    (File::open(self.directory()).map_err(|source| self.unwritten(source))?, true)
                }
                Err(source) => return Err(self.unwritten(source)),
            };
            let _without = file.lock();
            // Whoever had it before has put another in its place.
            let now = fs::metadata(&self.path).ok().map(|found| (found.dev(), found.ino()));
            let locked = file.metadata().map_err(|source| self.unwritten(source))?;
            if (first && now.is_none()) || now == Some((locked.dev(), locked.ino())) {
                return Ok(file);
            }
        }
    }

    fn write(&self, mark: &Mark) -> Result<(), HighWaterError> {
        let draft = self.path.with_extension(format!("{}.draft", std::process::id()));
        let text = format!(
            "{HEAD}\ninstallation {}\nlink {}\nat {}\n",
            mark.installation,
            mark.head,
            mark.at.milliseconds()
        );
        let written = write_draft(&draft, &text)
            .and_then(|()| fs::rename(&draft, &self.path))
            .and_then(|()| File::open(self.directory())?.sync_all());
        if written.is_err() {
            let _gone = fs::remove_file(&draft);
        }
        written.map_err(|source| self.unwritten(source))
    }

    fn directory(&self) -> &Path {
        let parent = self.path.parent().filter(|parent| !parent.as_os_str().is_empty());
        parent.unwrap_or(Path::new("."))
    }

    fn unwritten(&self, source: io::Error) -> HighWaterError {
        HighWaterError::Io { path: self.path.clone(), doing: "written", source }
    }
}

fn write_draft(draft: &Path, text: &str) -> io::Result<()> {
    // One of a process that was killed may be there; its number may be ours now.
    let mut file = OpenOptions::new().write(true).create(true).truncate(true).mode(0o600).open(draft)?;
    file.write_all(text.as_bytes())?;
    file.sync_all()
}

fn parse(text: &str) -> Result<Mark, &'static str> {
    let text = text.strip_suffix('\n').ok_or("its last line is cut short")?;
    let mut lines = text.split('\n');
    if lines.next() != Some(HEAD) {
        return Err("its first line does not say so");
    }
    let mut field = |name: &str| {
        let line = lines.next()?;
        line.strip_prefix(name)?.strip_prefix(' ').map(str::to_owned)
    };
    let installation = field("installation").and_then(|id| InstallationId::parse(&id).ok());
    let link = field("link").and_then(|link| Head::parse(&link).ok());
    let at = field("at").and_then(|at| at.parse().ok());
    if lines.next().is_some() {
        return Err("it has more lines than a mark");
    }
    Ok(Mark {
        installation: installation.ok_or("it names no installation")?,
        head: link.ok_or("it names no link")?,
        at: Timestamp::from_milliseconds(at.ok_or("it names no moment")?),
    })
}

#[cfg(test)]
mod tests {
    use super::*;
    use rand::{SeedableRng, rngs::StdRng};
    use std::os::unix::fs::PermissionsExt as _;

    fn mark(link: i64) -> Mark {
        let at = Timestamp::from_seconds(1_795_000_020);
        let installation = InstallationId::fresh(at, &mut StdRng::seed_from_u64(1));
        Mark { installation, head: Head { link, ..Head::beginning(installation) }, at }
    }

    #[test]
    fn a_mark_is_read_as_it_was_written_and_only_rises() {
        let directory = tempfile::tempdir().unwrap();
        let high_water = HighWater::at(directory.path().join("high-water"));
        assert_eq!(high_water.read().unwrap(), None);
        for (raised, expected) in [(5, 5), (7, 7), (6, 7), (7, 7)] {
            high_water.raise(&mark(raised)).unwrap();
            assert_eq!(high_water.read().unwrap(), Some(mark(expected)));
        }
        high_water.replace(&mark(2)).unwrap();
        assert_eq!(high_water.read().unwrap(), Some(mark(2)), "after a restore it begins lower");
        let mode = fs::metadata(high_water.path()).unwrap().permissions().mode() & 0o777;
        assert_eq!(mode, 0o600);
        assert_eq!(fs::read_dir(directory.path()).unwrap().count(), 1, "no draft is left");
    }

    #[test]
    fn whoever_raises_a_mark_at_the_same_time_never_lowers_it() {
        let directory = tempfile::tempdir().unwrap();
        let high_water = HighWater::at(directory.path().join("high-water"));
        std::thread::scope(|scope| {
            for nth in 0..8_i64 {
                let high_water = &high_water;
                scope.spawn(move || {
                    for link in (nth..160).step_by(8) {
                        high_water.raise(&mark(link)).unwrap();
                        let seen = high_water.read().unwrap().unwrap().head.link;
                        assert!(seen >= link, "{seen} after {link} was raised");
                    }
                });
            }
        });
        assert_eq!(high_water.read().unwrap(), Some(mark(159)));
    }

    #[test]
    fn a_mark_rises_while_the_keys_beside_it_are_rotated_and_holds_no_rotation_up() {
        let directory = tempfile::tempdir().unwrap();
        let keyring = directory.path().join("keyring");
        crate::keyring_file::create(&keyring, &mut StdRng::seed_from_u64(2), 1).unwrap();
        let high_water = HighWater::at(directory.path().join("high-water"));
        high_water.raise(&mark(1)).unwrap();
        let rotating = crate::keyring_file::Changing::begin(&keyring).unwrap();
        high_water.raise(&mark(2)).unwrap();
        drop(rotating);
        let _raising = high_water.turn().unwrap();
        crate::keyring_file::Changing::begin(&keyring).unwrap();
    }

    #[test]
    fn a_mark_of_another_installation_gives_way() {
        let directory = tempfile::tempdir().unwrap();
        let high_water = HighWater::at(directory.path().join("high-water"));
        high_water.raise(&mark(9)).unwrap();
        let at = mark(1).at;
        let installation = InstallationId::fresh(at, &mut StdRng::seed_from_u64(2));
        let other = Mark { installation, head: Head::beginning(installation), at };
        high_water.raise(&other).unwrap();
        assert_eq!(high_water.read().unwrap(), Some(other));
    }

    #[test]
    fn what_is_no_mark_is_said_to_be_none_and_is_not_taken_for_a_missing_one() {
        let directory = tempfile::tempdir().unwrap();
        let high_water = HighWater::at(directory.path().join("high-water"));
        high_water.raise(&mark(3)).unwrap();
        let good = fs::read_to_string(high_water.path()).unwrap();
        let mut bad = vec![String::new(), "x".to_owned(), format!("{good}more\n"), format!("{good}\n")];
        bad.extend((1..good.len()).map(|end| good[..end].to_owned()));
        bad.push(good.replace("link 3", "link -3"));
        for text in bad {
            fs::write(high_water.path(), &text).unwrap();
            let read = high_water.read();
            assert!(matches!(read, Err(HighWaterError::Malformed { .. })), "{text:?}: {read:?}");
        }
        fs::write(high_water.path(), [0xff, 0xfe]).unwrap();
        assert!(high_water.read().is_err());
        fs::remove_file(high_water.path()).unwrap();
        fs::create_dir(high_water.path()).unwrap();
        assert!(matches!(high_water.read(), Err(HighWaterError::Io { .. })));
        assert!(matches!(high_water.replace(&mark(4)), Err(HighWaterError::Io { .. })));
    }
}

//! A file as the other system wrote it, and where in it something was wrong.

use std::borrow::Cow;
use std::fs::File;
use std::io::Read as _;
use std::path::Path;

use zeroize::Zeroizing;

/// The largest file that is read: a realm of some hundred thousand people.
const LARGEST: u64 = 256 << 20;

/// A file with what another system knows. Its memory is wiped: there are secrets in it.
pub struct Source {
    /// How it is called in messages.
    pub name: String,
    bytes: Zeroizing<Vec<u8>>,
}

/// Why a file says nothing. It never repeats what stands there.
#[derive(Clone, Debug, PartialEq, Eq, thiserror::Error)]
#[error("{place}: {what}")]
pub struct NotRead {
    /// File, and line where that is known.
    pub place: String,
    /// What is wrong there.
    pub what: Cow<'static, str>,
}

impl Source {
    /// What somebody has read already.
    pub fn new(name: impl Into<String>, bytes: Vec<u8>) -> Self {
        Self { name: name.into(), bytes: Zeroizing::new(bytes) }
    }

    /// Reads a file.
    ///
    /// # Errors
    /// [`NotRead`]: it cannot be read, or is larger than 256 MiB.
    pub fn open(path: &Path) -> Result<Self, NotRead> {
        let name = path.file_name().unwrap_or(path.as_os_str()).to_string_lossy().into_owned();
        let wrong = |what: String| NotRead { place: path.display().to_string(), what: what.into() };
        let mut file = File::open(path).map_err(|reason| wrong(reason.to_string()))?;
        let size = file.metadata().map_or(0, |known| known.len());
        if size > LARGEST {
            return Err(wrong("it is larger than 256 MiB: export it in parts".to_owned()));
        }
        // Room for all of it from the start: a vector that grows leaves copies of itself behind.
        let mut bytes =
            Zeroizing::new(Vec::with_capacity(usize::try_from(size).unwrap_or(0).saturating_add(1)));
        let limited = file.by_ref().take(LARGEST.saturating_add(1)).read_to_end(&mut bytes);
        let read = limited.map_err(|reason| wrong(reason.to_string()))?;
        if u64::try_from(read).unwrap_or(u64::MAX) > LARGEST {
            return Err(wrong("it is larger than 256 MiB: export it in parts".to_owned()));
        }
        Ok(Self { name, bytes })
    }

    /// Its text, without a byte order mark.
    ///
    /// # Errors
    /// [`NotRead`]: it is not UTF-8.
    pub fn text(&self) -> Result<&str, NotRead> {
        let text = std::str::from_utf8(&self.bytes);
        let text = text.map_err(|broken| self.at(self.line_of(broken.valid_up_to()), "it is not UTF-8"))?;
        Ok(text.strip_prefix('\u{feff}').unwrap_or(text))
    }

    /// Something is wrong on a line of it.
    pub(crate) fn at(&self, line: u64, what: impl Into<Cow<'static, str>>) -> NotRead {
        NotRead { place: format!("{} line {line}", self.name), what: what.into() }
    }

    /// Something is wrong with all of it.
    pub(crate) fn wrong(&self, what: impl Into<Cow<'static, str>>) -> NotRead {
        NotRead { place: self.name.clone(), what: what.into() }
    }

    /// The line that a byte lies on, from 1.
    pub(crate) fn line_of(&self, offset: usize) -> u64 {
        let before = self.bytes.get(..offset).unwrap_or(&self.bytes);
        let ends = before.iter().filter(|byte| **byte == b'\n').count();
        u64::try_from(ends).unwrap_or(u64::MAX).saturating_add(1)
    }
}

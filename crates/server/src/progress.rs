//! How far long work is: a bar on a terminal, a plain line now and then elsewhere.

use std::io::{IsTerminal as _, Write as _, stderr};

/// How wide the bar is, in characters.
const WIDTH: usize = 30;
/// After how many steps a plain line says how far it is.
const PLAIN_EVERY: usize = 1_000;

/// The progress of long work, told on standard error.
pub struct Progress {
    done: usize,
    all: usize,
    what: &'static str,
    terminal: bool,
}

impl Progress {
    /// So many steps of something.
    pub fn of(all: usize, what: &'static str) -> Self {
        Self { done: 0, all, what, terminal: stderr().is_terminal() }
    }

    /// One step is done.
    pub fn step(&mut self) {
        self.done = self.done.saturating_add(1);
        if let Some(line) = self.line() {
            // A closed terminal is no error of ours.
            let _closed = stderr().write_all(line.as_bytes());
        }
    }

    /// Makes room for a line of something else.
    pub fn clear(&self) {
        if self.terminal {
            let _closed = stderr().write_all(b"\r\x1b[K");
        }
    }

    fn line(&self) -> Option<String> {
        let Self { done, all, what, terminal } = self;
        if *terminal {
            let full = done.saturating_mul(WIDTH).checked_div(*all).unwrap_or(WIDTH).min(WIDTH);
            let bar = "#".repeat(full) + &".".repeat(WIDTH.saturating_sub(full));
            return Some(format!("\r\x1b[K[{bar}] {done} of {all} {what}"));
        }
        (done.checked_rem(PLAIN_EVERY) == Some(0)).then(|| format!("{done} of {all} {what}\n"))
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_terminal_gets_a_bar_and_a_file_a_line_now_and_then() {
        let mut bar = Progress { done: 15, all: 30, what: "people", terminal: true };
        assert_eq!(bar.line().unwrap(), "\r\x1b[K[###############...............] 15 of 30 people");
        bar.all = 0;
        assert!(bar.line().unwrap().contains("##############################"));
        let plain = |done| Progress { done, all: 5_000, what: "people", terminal: false }.line();
        assert_eq!((plain(999), plain(1_000)), (None, Some("1000 of 5000 people\n".to_owned())));
    }
}

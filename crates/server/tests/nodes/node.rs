//! A node: the program itself, as a process.

use std::fs;
use std::io::{BufRead as _, BufReader, Lines, Write as _};
use std::path::{Path, PathBuf};
use std::process::{Child, ChildStdin, ChildStdout, Command, Stdio};

/// It ends with this.
pub(crate) struct Node {
    process: Child,
    /// Where it listens.
    pub(crate) port: u16,
    log: PathBuf,
    /// What moves its clock, where it has one that is moved.
    clock: Option<(ChildStdin, Lines<BufReader<ChildStdout>>)>,
}

/// The program on a data directory, without any setting of a service that may run here.
pub(crate) fn program(data: &Path, url: &str, words: &[&str]) -> Command {
    command(Path::new(env!("CARGO_BIN_EXE_countersign")), data, url, words)
}

/// The same on a clock that a test moves.
fn program_with_a_test_clock() -> PathBuf {
    let built = Path::new(env!("CARGO_BIN_EXE_countersign")).with_file_name("examples");
    let example = built.join("with_a_test_clock");
    assert!(example.exists(), "cargo build -p countersign-server --example with_a_test_clock");
    example
}

fn command(program: &Path, data: &Path, url: &str, words: &[&str]) -> Command {
    let mut command = Command::new(program);
    let names = std::env::vars_os().map(|(name, _)| name);
    for name in names.filter(|name| name.to_string_lossy().starts_with("COUNTERSIGN_")) {
        command.env_remove(name);
    }
    command.args(words).arg("--data-dir").arg(data).args(["--database", url]).stdin(Stdio::null());
    command
}

/// A port of this machine that is free.
pub(crate) fn free_port() -> u16 {
    std::net::TcpListener::bind("127.0.0.1:0").unwrap().local_addr().unwrap().port()
}

impl Node {
    /// Ready when this returns.
    pub(crate) fn start(data: &Path, url: &str, port: u16, public_url: &str) -> Self {
        let port = if port == 0 { free_port() } else { port };
        let log = data.with_file_name("log");
        let file = fs::OpenOptions::new().create(true).append(true).open(&log).unwrap();
        let words = ["serve", "--listen", &format!("127.0.0.1:{port}"), "--public-url", public_url];
        let mut command = program(data, url, &words);
        let mut process = command.stdout(Stdio::piped()).stderr(file).spawn().unwrap();
        let mut line = String::new();
        BufReader::new(process.stdout.take().unwrap()).read_line(&mut line).unwrap();
        let node = Self { process, port, log, clock: None };
        assert!(line.contains("is ready"), "{line:?} {}", node.told());
        node
    }

    /// One whose clock is so many seconds ahead of the machine's, soon after this returns.
    pub(crate) fn start_ahead(data: &Path, url: &str, seconds: i64, settings: &[(&str, String)]) -> Self {
        let log = data.with_file_name("log");
        let file = fs::OpenOptions::new().create(true).append(true).open(&log).unwrap();
        let mut command =
            command(&program_with_a_test_clock(), data, url, &["serve", "--listen", "127.0.0.1:0"]);
        command.envs(settings.iter().map(|(name, value)| (name, value))).stdin(Stdio::piped());
        let mut process = command.stdout(Stdio::piped()).stderr(file).spawn().unwrap();
        let mut said = BufReader::new(process.stdout.take().unwrap()).lines();
        let first = said
            .next()
            .unwrap_or_else(|| panic!("it ended: {}", fs::read_to_string(&log).unwrap_or_default()));
        let ready: serde_json::Value = serde_json::from_str(&first.unwrap()).unwrap();
        let port = ready["listening"].as_str().unwrap().rsplit(':').next().unwrap().parse().unwrap();
        let clock = process.stdin.take().unwrap();
        let mut node = Self { process, port, log, clock: Some((clock, said)) };
        node.move_clock(seconds);
        node
    }

    /// Moves its clock by so many seconds.
    pub(crate) fn move_clock(&mut self, seconds: i64) {
        let (clock, said) = self.clock.as_mut().unwrap();
        writeln!(clock, "advance {seconds}").unwrap();
        said.next().unwrap().unwrap();
    }

    /// SIGTERM, and the end of what it was doing.
    pub(crate) fn stop(mut self) {
        // One with a test's clock stops with its input, and knows no signal.
        let Some(clock) = self.clock.take() else { return self.terminate() };
        drop(clock);
        assert!(self.process.wait().unwrap().success(), "{}", self.told());
    }

    fn terminate(mut self) {
        let number = self.process.id().to_string();
        assert!(Command::new("kill").args(["-TERM", &number]).status().unwrap().success());
        let ended = self.process.wait().unwrap();
        assert!(ended.success(), "{ended}: {}", self.told());
    }

    /// Waits until it has said this in its log.
    pub(crate) fn until_it_says(&mut self, what: &str) {
        while !self.told().contains(what) {
            let ended = self.process.try_wait().unwrap();
            assert!(ended.is_none(), "{what:?} is not in {}", self.told());
            std::thread::yield_now();
        }
    }

    /// Its log so far, with that of its earlier lives.
    pub(crate) fn told(&self) -> String {
        fs::read_to_string(&self.log).unwrap()
    }
}

impl Drop for Node {
    fn drop(&mut self) {
        let _ = self.process.kill();
        let _ = self.process.wait();
    }
}

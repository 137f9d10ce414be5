//! A node: the program itself, as a process.

use std::fs;
use std::io::{BufRead as _, BufReader};
use std::path::{Path, PathBuf};
use std::process::{Child, Command, Stdio};

/// It ends with this.
pub(crate) struct Node {
    process: Child,
    /// Where it listens.
    pub(crate) port: u16,
    log: PathBuf,
}

/// The program on a data directory, without any setting of a service that may run here.
pub(crate) fn program(data: &Path, url: &str, words: &[&str]) -> Command {
    let mut command = Command::new(env!("CARGO_BIN_EXE_countersign"));
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
        let node = Self { process, port, log };
        assert!(line.contains("is ready"), "{line:?} {}", node.told());
        node
    }

    /// SIGTERM, and the end of what it was doing.
    pub(crate) fn stop(mut self) {
        let number = self.process.id().to_string();
        assert!(Command::new("kill").args(["-TERM", &number]).status().unwrap().success());
        let ended = self.process.wait().unwrap();
        assert!(ended.success(), "{ended}: {}", self.told());
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

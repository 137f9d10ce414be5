//! Processes that a test starts and ends.

use std::fs;
use std::io::{BufRead as _, BufReader, Write as _};
use std::net::{Ipv4Addr, SocketAddr, TcpStream};
use std::path::{Path, PathBuf};
use std::process::{Child, Command, Stdio};
use std::sync::atomic::{AtomicU16, Ordering};

/// It ends with this.
pub(crate) struct Process {
    child: Child,
    log: PathBuf,
}

/// A place of this machine where nobody listens: an address of this process alone, so that no other test is given the
/// same one meanwhile.
pub(crate) fn free_place() -> SocketAddr {
    let [_, high, middle, low] = std::process::id().to_be_bytes();
    let own = Ipv4Addr::new(127, 1 + (high & 0x7f), middle, low);
    // Below the ports that the system gives to callers: whoever knocks until somebody opens is never given the port that
    // is knocked at, and so never opens to themselves.
    static NEXT: AtomicU16 = AtomicU16::new(18_000);
    SocketAddr::from((own, NEXT.fetch_add(1, Ordering::Relaxed)))
}

impl Process {
    /// The program itself, on the settings beside its data directory. Returns where it listens.
    pub(crate) fn countersign(dir: &Path) -> (Self, SocketAddr) {
        let mut command = Command::new(env!("CARGO_BIN_EXE_countersign"));
        for (name, _) in
            std::env::vars_os().filter(|(name, _)| name.to_string_lossy().starts_with("COUNTERSIGN_"))
        {
            command.env_remove(name);
        }
        let place = free_place();
        command.args(["serve", "--listen", &place.to_string(), "--config"]);
        command.arg(dir.join("countersign.toml")).arg("--data-dir").arg(dir.join("data"));
        let log = dir.join("countersign.log");
        let file = fs::File::create(&log).unwrap();
        let child = command.stdin(Stdio::null()).stdout(Stdio::piped()).stderr(file).spawn().unwrap();
        let mut process = Self { child, log };
        let mut line = String::new();
        BufReader::new(process.child.stdout.take().unwrap()).read_line(&mut line).unwrap();
        assert!(line.contains("is ready"), "{line:?} {}", process.told());
        (process, place)
    }

    /// nginx on the configuration in a directory.
    pub(crate) fn nginx(dir: &Path, place: SocketAddr) -> Self {
        // Debian has it where only an administrator's shell looks.
        let path = format!("{}:/usr/sbin", std::env::var("PATH").unwrap_or_default());
        let mut command = Command::new("nginx");
        command.env("PATH", path).arg("-p").arg(dir).args(["-c", "nginx.conf", "-e", "log"]);
        Self::listening(command, dir, place)
    }

    /// Caddy on the Caddyfile in a directory.
    pub(crate) fn caddy(dir: &Path, place: SocketAddr) -> Self {
        let mut command = Command::new("caddy");
        command.args(["run", "--adapter", "caddyfile", "--config"]).arg(dir.join("Caddyfile"));
        command.env("HOME", dir).env("XDG_DATA_HOME", dir).env("XDG_CONFIG_HOME", dir);
        Self::listening(command, dir, place)
    }

    fn listening(mut command: Command, dir: &Path, place: SocketAddr) -> Self {
        let log = dir.join("log");
        let file = fs::File::create(&log).unwrap();
        let started = command.stdin(Stdio::null()).stdout(Stdio::null()).stderr(file).spawn();
        let child = started.unwrap_or_else(|error| panic!("{command:?}: {error}; see scripts/ensure-tools"));
        let mut process = Self { child, log };
        while TcpStream::connect(place).is_err() {
            assert!(process.child.try_wait().unwrap().is_none(), "{}", process.told());
            std::thread::yield_now();
        }
        process
    }

    /// Its log so far.
    pub(crate) fn told(&self) -> String {
        fs::read_to_string(&self.log).unwrap_or_default()
    }
}

impl Drop for Process {
    fn drop(&mut self) {
        if std::thread::panicking() {
            let _ = writeln!(std::io::stderr(), "{:?} {}", self.child.try_wait(), self.told());
        }
        let _ = self.child.kill();
        let _ = self.child.wait();
    }
}

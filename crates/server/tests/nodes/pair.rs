//! A PostgreSQL server and its synchronous standby, to be killed and promoted.

use std::ffi::OsStr;
use std::fs;
use std::path::{Path, PathBuf};
use std::process::{Child, Command, Stdio};

use tempfile::TempDir;

use crate::node::free_port;

/// Both of them.
pub(crate) struct Pair {
    primary: Server,
    standby: Server,
    home: TempDir,
}

/// One server; it ends with this.
struct Server {
    process: Child,
    port: u16,
    data: PathBuf,
}

/// Runs a program of PostgreSQL, which refuses to run for root.
fn program(home: &Path, name: &str) -> Command {
    let versions = fs::read_dir("/usr/lib/postgresql").into_iter().flatten().flatten();
    let version = |path: &Path| path.file_name().and_then(OsStr::to_str).and_then(|name| name.parse().ok());
    let newest = versions.map(|entry| entry.path()).max_by_key(|path| version(path).unwrap_or(0_u32));
    let program = newest.map_or_else(|| PathBuf::from(name), |version| version.join("bin").join(name));
    let mut command = if rustix::process::geteuid().is_root() {
        let mut command = Command::new("setpriv");
        command.args(["--reuid=postgres", "--regid=postgres", "--init-groups", "--"]).arg(program);
        command
    } else {
        Command::new(program)
    };
    command.current_dir(home).stdin(Stdio::null());
    command
}

fn run(command: &mut Command) -> String {
    let ran = command.output().unwrap_or_else(|error| panic!("{command:?}: {error}"));
    assert!(ran.status.success(), "{command:?}: {}", String::from_utf8_lossy(&ran.stderr));
    String::from_utf8(ran.stdout).unwrap()
}

impl Pair {
    /// Whatever one of them acknowledges is on the disks of both.
    pub(crate) fn start() -> Self {
        let home = tempfile::tempdir().unwrap();
        if rustix::process::geteuid().is_root() {
            run(Command::new("chown").arg("postgres").arg(home.path()));
        }
        let made =
            ["--username=postgres", "--auth=trust", "--encoding=UTF8", "--locale=C.UTF-8", "--no-sync"];
        run(program(home.path(), "initdb").args(made).args(["--pgdata", "primary"]));
        let primary = Server::start(home.path(), "primary", free_port());
        let from = ["--host=127.0.0.1", "--username=postgres", "--port", &primary.port.to_string()];
        let copied = ["--write-recovery-conf", "--checkpoint=fast", "--no-sync", "--pgdata", "standby"];
        run(program(home.path(), "pg_basebackup").args(from).args(copied));
        let standby = Server::start(home.path(), "standby", free_port());
        // Only the first waits for the other: the standby was copied before, and once promoted waits for nobody.
        primary.ask("ALTER SYSTEM SET synchronous_standby_names = '*'");
        primary.ask("SELECT pg_reload_conf()");
        while primary.ask("SELECT sync_state FROM pg_stat_replication").trim() != "sync" {
            std::thread::yield_now();
        }
        primary.ask("CREATE DATABASE countersign");
        Self { primary, standby, home }
    }

    /// The address that names both.
    pub(crate) fn url(&self) -> String {
        let [one, other] = [&self.primary, &self.standby].map(|server| format!("127.0.0.1:{}", server.port));
        format!("postgresql://postgres@{one},{other}/countersign")
    }

    /// Names all processes of the primary, which from now on starts no others.
    pub(crate) fn aim_at_primary(&self) -> Vec<String> {
        self.primary.aim()
    }

    /// `kill -9` for all of these.
    pub(crate) fn kill_primary(&mut self, aimed: &[String]) {
        self.primary.kill(aimed);
    }

    /// The same for the standby.
    pub(crate) fn kill_standby(&mut self) {
        self.standby.kill(&self.standby.aim());
    }

    /// Starts a standby that was killed; what it missed is sent to it.
    pub(crate) fn start_standby(&mut self) {
        self.standby = Server::start(self.home.path(), "standby", self.standby.port);
    }

    /// Makes the standby take writes.
    pub(crate) fn promote(&self) {
        run(program(self.home.path(), "pg_ctl")
            .args(["promote", "--wait", "--silent", "--pgdata", "standby"]));
    }
}

impl Server {
    fn start(home: &Path, name: &str, port: u16) -> Self {
        let log = fs::File::create(home.join(format!("{name}.log"))).unwrap();
        let mut command = program(home, "postgres");
        command.args(["-D", name, "-p", &port.to_string()]);
        for setting in [
            "listen_addresses=127.0.0.1",
            "unix_socket_directories=",
            // Files of its own: nothing is left in the system's memory by whoever is killed.
            "dynamic_shared_memory_type=mmap",
        ] {
            command.args(["-c", setting]);
        }
        let process = command.stdout(log.try_clone().unwrap()).stderr(log).spawn().unwrap();
        let mut server = Self { process, port, data: home.join(name) };
        while !server.psql("SELECT 1").output().unwrap().status.success() {
            let told = || fs::read_to_string(home.join(format!("{name}.log"))).unwrap();
            assert!(server.process.try_wait().unwrap().is_none(), "{}", told());
        }
        server
    }

    fn psql(&self, statement: &str) -> Command {
        let mut command = Command::new("psql");
        let place = format!("host=127.0.0.1 port={} user=postgres dbname=postgres", self.port);
        let plain = ["--no-psqlrc", "--quiet", "--tuples-only", "--no-align"];
        command.args(plain).args(["--dbname", &place, "--command", statement]);
        command
    }

    fn ask(&self, statement: &str) -> String {
        run(&mut self.psql(statement))
    }

    fn aim(&self) -> Vec<String> {
        let number = self.process.id().to_string();
        run(Command::new("kill").args(["-STOP", &number]));
        let children = run(Command::new("ps").args(["--no-headers", "-o", "pid", "--ppid", &number]));
        let children = children.split_whitespace().map(str::to_owned);
        [number].into_iter().chain(children).collect()
    }

    fn kill(&mut self, aimed: &[String]) {
        // One that has ended meanwhile is no trouble.
        let _ = Command::new("kill").arg("-9").args(aimed).output();
        self.process.wait().unwrap();
        // What the system still holds for it is named in the seventh line of its file.
        let file = fs::read_to_string(self.data.join("postmaster.pid")).unwrap_or_default();
        if let Some(held) = file.lines().nth(6).and_then(|line| line.split_whitespace().nth(1)) {
            let _ = Command::new("ipcrm").args(["--shmem-id", held]).output();
        }
    }
}

impl Drop for Server {
    fn drop(&mut self) {
        if self.process.try_wait().unwrap().is_none() {
            self.kill(&self.aim());
        }
    }
}

//! nginx before the nodes, as docs/operate.md has it, with a line for each of them.

use std::fs;
use std::net::TcpStream;
use std::process::{Child, Command};

use tempfile::TempDir;

/// It ends with this.
pub(crate) struct Proxy {
    process: Child,
    dir: TempDir,
}

impl Proxy {
    /// Takes requests at this port, and hands them to these in turn.
    pub(crate) fn start(port: u16, nodes: &[u16]) -> Self {
        let dir = tempfile::tempdir().unwrap();
        let servers: String =
            nodes.iter().map(|node| format!("server 127.0.0.1:{node} max_fails=0; ")).collect();
        let places = ["client_body", "proxy", "fastcgi", "uwsgi", "scgi"];
        let places: String = places.iter().map(|place| format!("{place}_temp_path {place}; ")).collect();
        let config = format!(
            "daemon off; master_process off; pid pid; error_log log warn;
             events {{ }}
             http {{
                 access_log off; {places}
                 upstream countersign {{ {servers} keepalive 8; }}
                 server {{
                     listen 127.0.0.1:{port};
                     location / {{
                         proxy_pass http://countersign;
                         proxy_http_version 1.1;
                         proxy_set_header Connection \"\";
                         proxy_set_header Host $http_host;
                         proxy_set_header X-Forwarded-For $proxy_add_x_forwarded_for;
                         add_header answered-by $upstream_addr always;
                     }}
                 }}
             }}"
        );
        fs::write(dir.path().join("nginx.conf"), config).unwrap();
        // Debian has it where only an administrator's shell looks.
        let path = format!("{}:/usr/sbin", std::env::var("PATH").unwrap_or_default());
        let mut command = Command::new("nginx");
        command.env("PATH", path).arg("-p").arg(dir.path()).args(["-c", "nginx.conf", "-e", "log"]);
        let process =
            command.spawn().unwrap_or_else(|error| panic!("nginx: {error}; see scripts/ensure-tools"));
        let mut proxy = Self { process, dir };
        while TcpStream::connect(("127.0.0.1", port)).is_err() {
            assert!(proxy.process.try_wait().unwrap().is_none(), "{}", proxy.told());
            std::thread::yield_now();
        }
        proxy
    }

    /// Its log so far.
    pub(crate) fn told(&self) -> String {
        fs::read_to_string(self.dir.path().join("log")).unwrap_or_default()
    }
}

impl Drop for Proxy {
    fn drop(&mut self) {
        let _ = self.process.kill();
        let _ = self.process.wait();
    }
}

//! A real mail server of a test's own: aiosmtpd in a process, on a port of its own, answering as it is told to.

use std::fs;
use std::io::{BufRead as _, BufReader, Write as _};
use std::path::{Path, PathBuf};
use std::process::{Child, Command, Stdio};
use std::sync::mpsc::{Receiver, RecvTimeoutError, channel};
use std::time::Duration;

use serde::Deserialize;
use serde_json::{Value, json};
use tempfile::TempDir;

/// How long a test waits for what must come. Nothing is ever concluded from less.
const LONGEST: Duration = Duration::from_secs(60);

/// A letter as it came in.
#[derive(Clone, Debug, Deserialize)]
pub(crate) struct Received {
    pub(crate) to: Vec<String>,
    pub(crate) sender: String,
    pub(crate) encrypted: bool,
    pub(crate) user: String,
    pub(crate) subject: String,
    pub(crate) headers: Vec<(String, String)>,
    pub(crate) plain: String,
    pub(crate) html: String,
}

impl Received {
    /// One header, which the letter has exactly once.
    #[track_caller]
    pub(crate) fn header(&self, name: &str) -> &str {
        let mut found = self.headers.iter().filter(|(known, _)| known.eq_ignore_ascii_case(name));
        let header = found.next().unwrap_or_else(|| panic!("no {name} in {:?}", self.headers));
        assert!(found.next().is_none(), "{name} twice in {:?}", self.headers);
        &header.1
    }
}

/// A mail server; it ends with this.
pub(crate) struct MailServer {
    process: Child,
    pub(crate) port: u16,
    letters: Receiver<Received>,
    ready: Receiver<()>,
}

impl MailServer {
    /// A mail server without TLS on a free port.
    pub(crate) fn start() -> Self {
        Self::with(&json!({ "tls": "none" }))
    }

    /// The same on this port.
    pub(crate) fn at(port: u16) -> Self {
        Self::with(&json!({ "tls": "none", "port": port }))
    }

    /// A mail server as [mail_server.py](mail_server.py) describes.
    pub(crate) fn with(said: &Value) -> Self {
        let program = Path::new(env!("CARGO_MANIFEST_DIR")).join("tests/http/mail_server.py");
        // Debian's own Python, which has Debian's modules; scripts/ensure-tools sees to it.
        let mut command = Command::new("/usr/bin/python3");
        command.arg(program).arg(said.to_string()).stdin(Stdio::piped()).stdout(Stdio::piped());
        let mut process = command.spawn().unwrap();
        let mut lines = BufReader::new(process.stdout.take().unwrap()).lines();
        let missing = || panic!("python3-aiosmtpd is missing: run scripts/ensure-tools");
        let first = lines.next().unwrap_or_else(missing).unwrap();
        let first: Value = serde_json::from_str(&first).unwrap();
        let (arrived, letters) = channel();
        let (obeyed, ready) = channel();
        std::thread::spawn(move || {
            for line in lines.map_while(Result::ok) {
                let _nobody_listens = match serde_json::from_str::<Received>(&line) {
                    Ok(letter) => arrived.send(letter).is_ok(),
                    Err(_) => obeyed.send(()).is_ok(),
                };
            }
        });
        let port = u16::try_from(first["port"].as_u64().unwrap()).unwrap();
        Self { process, port, letters, ready }
    }

    /// What the next letters meet.
    pub(crate) fn orders(&mut self, orders: &Value) {
        writeln!(self.process.stdin.as_mut().unwrap(), "{orders}").unwrap();
        self.ready.recv_timeout(LONGEST).unwrap();
    }

    /// The next letter, as soon as it is there.
    #[track_caller]
    pub(crate) fn next(&self) -> Received {
        match self.letters.recv_timeout(LONGEST) {
            Ok(letter) => letter,
            Err(RecvTimeoutError::Timeout) => panic!("no letter came"),
            Err(RecvTimeoutError::Disconnected) => panic!("the mail server has ended"),
        }
    }

    /// What has come so far. Whoever asks knows that nothing is under way.
    pub(crate) fn so_far(&self) -> Vec<Received> {
        self.letters.try_iter().collect()
    }

    /// The settings of a service that sends by this server.
    pub(crate) fn settings(&self) -> String {
        settings(self.port)
    }
}

/// The settings of a service that sends by a server on this port.
pub(crate) fn settings(port: u16) -> String {
    format!(
        "[mail]\nhost = \"127.0.0.1\"\nport = {port}\nsecurity = \"none\"\n\
         from = \"Acme <sign-in@acme.example>\"\n"
    )
}

impl Drop for MailServer {
    fn drop(&mut self) {
        let _ = self.process.kill();
        let _ = self.process.wait();
    }
}

/// An authority of a test's own, and a certificate of `localhost` that it has signed.
pub(crate) struct Authority {
    directory: TempDir,
}

impl Authority {
    pub(crate) fn new() -> Self {
        let directory = tempfile::tempdir().unwrap();
        let name = |name: &str| directory.path().join(name).to_string_lossy().into_owned();
        let openssl = |words: &[&str]| {
            let output = Command::new("openssl").args(words).output().unwrap();
            assert!(output.status.success(), "{words:?}: {}", String::from_utf8_lossy(&output.stderr));
        };
        let new_key = ["-newkey", "ec", "-pkeyopt", "ec_paramgen_curve:P-256", "-nodes"];
        let ca = [
            "-days",
            "3650",
            "-subj",
            "/CN=Test authority",
            "-keyout",
            &name("ca.key"),
            "-out",
            &name("ca.pem"),
        ];
        openssl(&[&["req", "-x509"], &new_key[..], &ca[..]].concat());
        let of_the_host = ["-subj", "/CN=localhost", "-keyout", &name("key.pem"), "-out", &name("asked.pem")];
        openssl(&[&["req"], &new_key[..], &of_the_host[..]].concat());
        fs::write(name("names"), "subjectAltName=DNS:localhost,IP:127.0.0.1\n").unwrap();
        let sign = ["x509", "-req", "-days", "3650", "-in", &name("asked.pem"), "-CA", &name("ca.pem")];
        let with = [
            "-CAkey",
            &name("ca.key"),
            "-CAcreateserial",
            "-extfile",
            &name("names"),
            "-out",
            &name("cert.pem"),
        ];
        openssl(&[&sign[..], &with[..]].concat());
        Self { directory }
    }

    /// One of its files.
    pub(crate) fn file(&self, name: &str) -> PathBuf {
        self.directory.path().join(name)
    }
}

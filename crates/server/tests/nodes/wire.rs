//! A wire between a node and its database that can fall silent in the middle of a transaction, which holds the lock of
//! all writers: what a node that is frozen, or cut off, looks like from the server.

use std::io::{Read as _, Write as _};
use std::net::{Shutdown, TcpListener, TcpStream};
use std::sync::Arc;
use std::sync::atomic::{AtomicBool, Ordering};

/// The end of a transaction, as a client sends it: a kind, a length, the words.
const COMMIT: &[u8] = b"Q\0\0\0\x0bCOMMIT\0";
/// What a transaction that writes begins with, and one that reads does not.
const LOCK: &[u8] = b"pg_advisory_xact_lock";

/// The wire.
pub(crate) struct Wire {
    /// Where the node finds its server.
    pub(crate) port: u16,
    wanted: Arc<AtomicBool>,
    silent: Arc<AtomicBool>,
}

impl Wire {
    /// To the server at this port.
    pub(crate) fn to(server: u16) -> Self {
        let listener = TcpListener::bind("127.0.0.1:0").unwrap();
        let port = listener.local_addr().unwrap().port();
        let wire = Self { port, wanted: Arc::default(), silent: Arc::default() };
        let (wanted, anywhere) = (Arc::clone(&wire.wanted), Arc::clone(&wire.silent));
        // It ends with the process.
        std::thread::spawn(move || {
            for node in listener.incoming() {
                let (node, server) = (node.unwrap(), TcpStream::connect(("127.0.0.1", server)).unwrap());
                let silent = Arc::<AtomicBool>::default();
                let (from, to) = (server.try_clone().unwrap(), node.try_clone().unwrap());
                let is_silent = Arc::clone(&silent);
                std::thread::spawn(move || {
                    let hangs_up = to.try_clone().unwrap();
                    carry(from, to, |bytes| match is_silent.load(Ordering::SeqCst) {
                        true => 0,
                        false => bytes.len(),
                    });
                    // The server ends the transaction of a silent node, and the node does not hear of it.
                    while is_silent.load(Ordering::SeqCst) {
                        std::thread::park();
                    }
                    let _ = hangs_up.shutdown(Shutdown::Both);
                });
                let (wanted, anywhere) = (Arc::clone(&wanted), Arc::clone(&anywhere));
                std::thread::spawn(move || {
                    let (hangs_up, mut writes) = (server.try_clone().unwrap(), false);
                    carry(node, server, |bytes| {
                        let at = |words: &[u8]| bytes.windows(words.len()).position(|piece| piece == words);
                        writes |= at(LOCK).is_some();
                        match at(COMMIT).filter(|_| writes) {
                            Some(commit) if wanted.swap(false, Ordering::SeqCst) => {
                                silent.store(true, Ordering::SeqCst);
                                anywhere.store(true, Ordering::SeqCst);
                                commit
                            }
                            _ if silent.load(Ordering::SeqCst) => 0,
                            _ => bytes.len(),
                        }
                    });
                    let _ = hangs_up.shutdown(Shutdown::Both);
                });
            }
        });
        wire
    }

    /// Falls silent, on one of its connections and for good, where the next transaction would be committed.
    pub(crate) fn falls_silent(&self) {
        self.wanted.store(true, Ordering::SeqCst);
    }

    /// Whether one of its connections is silent.
    pub(crate) fn is_silent(&self) -> bool {
        self.silent.load(Ordering::SeqCst)
    }
}

/// Carries so much of what comes as it is told; the rest is lost.
fn carry(mut from: TcpStream, mut to: TcpStream, mut much: impl FnMut(&[u8]) -> usize) {
    let mut bytes = [0; 64 * 1024];
    let _ = to.set_nodelay(true);
    while let Ok(length @ 1..) = from.read(&mut bytes) {
        let much = much(&bytes[..length]);
        if to.write_all(&bytes[..much]).is_err() {
            break;
        }
    }
}

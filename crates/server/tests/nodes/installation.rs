//! One database, and a data directory for every node.

use std::fs;
use std::path::PathBuf;

use countersign_server::clock::{Clock as _, ManualClock, WallClock};
use tempfile::TempDir;

use crate::node::{Node, program};
use crate::world::World;

/// An installation that several nodes share.
pub(crate) struct Installation {
    dir: TempDir,
    url: String,
}

impl Installation {
    /// On the database with this address, which has nothing in it yet.
    pub(crate) fn on(url: String) -> Self {
        Self { dir: tempfile::tempdir().unwrap(), url }
    }

    /// A server of this test itself, at this very moment: it makes people. Its directory is the first node's.
    pub(crate) fn world(&self) -> World {
        self.directory(0);
        World::within(&self.dir.path().join("0"), ManualClock::at(WallClock.now_ms()), "")
    }

    /// Starts a node at this port, or at any where it is 0. A new one gets what the first one has.
    pub(crate) fn node(&self, number: usize, port: u16, public_url: &str) -> Node {
        Node::start(&self.settled(number), &self.url, port, public_url)
    }

    /// A node's data directory, with what a new one gets from the first.
    pub(crate) fn settled(&self, number: usize) -> PathBuf {
        let data = self.directory(number);
        if !data.exists() {
            fs::create_dir(&data).unwrap();
            for file in ["keyring", "high-water"] {
                fs::copy(self.directory(0).join(file), data.join(file)).unwrap();
            }
        }
        data
    }

    /// Starts a node whose clock is so many seconds ahead, with these settings besides.
    pub(crate) fn node_ahead(&self, number: usize, seconds: i64, settings: &[(&str, String)]) -> Node {
        Node::start_ahead(&self.settled(number), &self.url, seconds, settings)
    }

    /// What a command says at a node's machine, and whether it succeeded.
    pub(crate) fn command(&self, number: usize, words: &[&str]) -> (bool, String) {
        let output = program(&self.settled(number), &self.url, words).output().unwrap();
        let told = [output.stdout, output.stderr].map(|told| String::from_utf8(told).unwrap()).concat();
        (output.status.success(), told)
    }

    /// So many nodes that are reached without a proxy.
    pub(crate) fn nodes(&self, count: usize) -> Vec<Node> {
        (0..count).map(|number| self.node(number, 0, "http://localhost")).collect()
    }

    /// A node's data directory.
    pub(crate) fn directory(&self, number: usize) -> PathBuf {
        let dir = self.dir.path().join(number.to_string());
        fs::create_dir_all(&dir).unwrap();
        fs::write(dir.join("database"), &self.url).unwrap();
        dir.join("data")
    }
}

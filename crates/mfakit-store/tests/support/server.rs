//! Throw-away servers.

#![allow(dead_code, reason = "each test uses a part of it")]

use std::{
    collections::HashMap,
    env,
    io::{BufRead as _, BufReader, Write as _},
    path::{Path, PathBuf},
    process::{Child, ChildStdin, ChildStdout, Command, Stdio},
    sync::OnceLock,
};

/// The PostgreSQL server that most tests share: the one of the environment, or one that lives as long as this process.
pub(crate) fn shared_postgres() -> String {
    static URL: OnceLock<String> = OnceLock::new();
    URL.get_or_init(|| shared("MFAKIT_TEST_POSTGRES", Server::postgres))
        .clone()
}

/// The Redis server that most tests share, likewise.
pub(crate) fn shared_redis() -> String {
    static URL: OnceLock<String> = OnceLock::new();
    URL.get_or_init(|| shared("MFAKIT_TEST_REDIS", Server::redis))
        .clone()
}

/// The Redis Cluster that most tests of one share. No variable names another: it takes one of three empty nodes.
pub(crate) fn shared_cluster() -> String {
    static URL: OnceLock<String> = OnceLock::new();
    URL.get_or_init(|| kept(Server::redis(&["--cluster"])))
        .clone()
}

fn shared(variable: &str, start: impl FnOnce(&[&str]) -> Server) -> String {
    match env::var(variable) {
        Ok(url) if !url.is_empty() => url,
        _ => kept(start(&[])),
    }
}

/// The server lives on: it ends when its input does, and that is when this process does.
fn kept(server: Server) -> String {
    let url = server.url().to_owned();
    core::mem::forget(server);
    url
}

/// A throw-away server, stopped and removed when this value is, or this process.
pub(crate) struct Server {
    child: Child,
    input: Option<ChildStdin>,
    output: BufReader<ChildStdout>,
    said: HashMap<String, String>,
}

impl Server {
    /// Starts `scripts/postgres serve` with these options.
    pub(crate) fn postgres(options: &[&str]) -> Self {
        Self::start("scripts/postgres", options)
    }

    /// Starts `scripts/redis serve` with these options.
    pub(crate) fn redis(options: &[&str]) -> Self {
        Self::start("scripts/redis", options)
    }

    fn start(script: &str, options: &[&str]) -> Self {
        // Packages at several depths use this file.
        let command = Path::new(env!("CARGO_MANIFEST_DIR"))
            .ancestors()
            .map(|folder| folder.join(script))
            .find(|command| command.exists())
            .unwrap();
        let mut child = Command::new(command)
            .arg("serve")
            .args(options)
            .stdin(Stdio::piped())
            .stdout(Stdio::piped())
            .spawn()
            .unwrap();
        let input = child.stdin.take();
        let mut output = BufReader::new(child.stdout.take().unwrap());
        let mut said = HashMap::new();
        loop {
            let mut line = String::new();
            let read = output.read_line(&mut line).unwrap();
            assert!(read > 0, "there is no server to be had");
            match line.trim_end().split_once(' ') {
                Some((name, value)) => said.insert(name.to_owned(), value.to_owned()),
                None => break,
            };
        }
        Self {
            child,
            input,
            output,
            said,
        }
    }

    pub(crate) fn url(&self) -> &str {
        &self.said["url"]
    }

    /// What the script said of itself under this name.
    pub(crate) fn said(&self, name: &str) -> &str {
        &self.said[name]
    }

    pub(crate) fn folder(&self) -> PathBuf {
        PathBuf::from(self.said("folder"))
    }

    /// Tells the script to `kill`, `start` or `stop` the server, and waits until it has.
    pub(crate) fn tell(&mut self, word: &str) {
        writeln!(self.input.as_mut().unwrap(), "{word}").unwrap();
        let mut line = String::new();
        self.output.read_line(&mut line).unwrap();
        assert_eq!(line, "done\n");
    }
}

impl Drop for Server {
    fn drop(&mut self) {
        drop(self.input.take());
        let _ = self.child.wait();
    }
}

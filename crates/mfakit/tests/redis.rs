//! The engine on Redis: how often it asks.

#![allow(
    clippy::unwrap_used,
    clippy::panic,
    reason = "a test panics to fail, also in its helpers"
)]

#[path = "support/activation.rs"]
mod activation;
#[path = "support/operations.rs"]
mod operations;
#[path = "../../mfakit-store/tests/support/server.rs"]
mod server;
#[path = "support/wire.rs"]
mod wire;
#[path = "support/world.rs"]
mod world;

use std::{
    collections::HashMap,
    sync::{LazyLock, Mutex},
};

use mfakit_redis::{KeyPrefix, RedisOptions};
use tokio::runtime::Runtime;

use server::Server;
use world::World;

/// The runtime of the connections. The blocking engine waits on other threads.
static RUNTIME: LazyLock<Runtime> = LazyLock::new(|| Runtime::new().unwrap());

/// Commands that reached the servers since the last call.
struct Wire {
    servers: Mutex<Vec<redis::Connection>>,
    cluster: bool,
    /// How many scripts one load is at most: it asks every slot at once.
    slots: u64,
}

impl Wire {
    fn watch(urls: &[String], slots: u64) -> Self {
        let connect = |url: &String| {
            let client = redis::Client::open(url.as_str()).unwrap();
            client.get_connection().unwrap()
        };
        Self {
            servers: Mutex::new(urls.iter().map(connect).collect()),
            cluster: urls.len() > 1,
            slots,
        }
    }

    /// How often each command was called on all servers, by a client or a script, but for what this asks itself.
    fn calls(&self) -> HashMap<String, u64> {
        let mut all = HashMap::new();
        for connection in &mut *self.servers.lock().unwrap() {
            let mut command = |words: &[&str]| {
                let mut command = redis::Cmd::new();
                command.arg(words);
                command.query::<String>(connection).unwrap()
            };
            let told = command(&["INFO", "commandstats"]);
            command(&["CONFIG", "RESETSTAT"]);
            for line in told
                .lines()
                .filter_map(|line| line.strip_prefix("cmdstat_"))
            {
                let (name, numbers) = line.split_once(":calls=").unwrap();
                let calls: u64 = numbers.split(',').next().unwrap().parse().unwrap();
                *all.entry(name.to_owned()).or_default() += calls;
            }
        }
        for ours in ["info", "config|resetstat"] {
            all.remove(ours);
        }
        all
    }

    /// Loads and commits, and other commands. Only a commit asks for the time, once; what scripts of ours call besides
    /// is no command that was sent.
    fn counted(&self) -> wire::Counted {
        let mut calls = self.calls();
        let mut take = |name: &str| calls.remove(name).unwrap_or(0);
        let (scripts, commits) = (take("evalsha"), take("time"));
        let (stored, added) = (take("hset"), take("zadd"));
        for inside in ["hget", "get", "set", "zrem", "zcard"] {
            take(inside);
        }
        // A cluster notes the bucket of a new document before its commit, which stores one document. An event is added
        // in two places, and a document that is new once to the index.
        let noted = if self.cluster { stored - commits } else { 0 };
        let unasked = if noted == added % 2 { 0 } else { noted };
        let loads = scripts - commits - noted;
        let others: u64 = calls.values().sum();
        (loads.div_ceil(self.slots), commits, others + unasked)
    }
}

fn world(options: RedisOptions, url: &str) -> World {
    World::on(RUNTIME.block_on(options.connect(url)).unwrap())
}

#[test]
fn every_writing_operation_is_one_load_and_one_commit_on_the_wire() {
    let server = Server::redis(&[]);
    let world = world(RedisOptions::new(), server.url());
    let server = Wire::watch(&[server.url().into()], 1);
    wire::check(world, || server.counted());
}

/// Where tenants are spread, what an operation loads lies in up to four slots, which are asked at once.
#[test]
fn every_writing_operation_is_one_load_and_one_commit_on_a_cluster() {
    let server = Server::redis(&["--cluster"]);
    let (host, port) = server.url().rsplit_once(':').unwrap();
    let first: u16 = port.parse().unwrap();
    let nodes: Vec<_> = (first..first + 3)
        .map(|port| format!("{host}:{port}"))
        .collect();
    let whole = KeyPrefix::new("whole").unwrap();
    for (options, slots) in [
        (RedisOptions::new(), 4),
        (RedisOptions::new().prefix(whole).whole_tenants(), 1),
    ] {
        let mut world = world(options, server.url());
        // Each node is given the scripts when it is asked first: these people are spread over all three.
        for person in 0..32 {
            world.be(&format!("before {person}"));
            world.tenant.begin_password(&world.account).unwrap();
        }
        let servers = Wire::watch(&nodes, slots);
        wire::check(world, || servers.counted());
    }
}

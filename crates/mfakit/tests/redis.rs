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

use std::sync::{LazyLock, Mutex};

use mfakit_redis::RedisStore;
use tokio::runtime::Runtime;

use server::Server;
use world::World;

/// The runtime of the connections. The blocking engine waits on other threads.
static RUNTIME: LazyLock<Runtime> = LazyLock::new(|| Runtime::new().unwrap());

/// Commands that reached the server since the last call.
struct Wire(Mutex<redis::Connection>);

impl Wire {
    fn watch(url: &str) -> Self {
        let client = redis::Client::open(url).unwrap();
        Self(Mutex::new(client.get_connection().unwrap()))
    }

    /// Loads and commits, and other commands. Only a commit asks for the time, once; what scripts of ours call besides
    /// is no command that was sent.
    fn counted(&self) -> wire::Counted {
        let mut connection = self.0.lock().unwrap();
        let mut command = |words: &[&str]| {
            let mut command = redis::Cmd::new();
            command.arg(words);
            command.query::<String>(&mut *connection).unwrap()
        };
        let told = command(&["INFO", "commandstats"]);
        command(&["CONFIG", "RESETSTAT"]);
        let (mut scripts, mut commits, mut others) = (0, 0, 0);
        for line in told
            .lines()
            .filter_map(|line| line.strip_prefix("cmdstat_"))
        {
            let (name, numbers) = line.split_once(":calls=").unwrap();
            let calls: u64 = numbers.split(',').next().unwrap().parse().unwrap();
            match name {
                "evalsha" => scripts += calls,
                "time" => commits += calls,
                "hget" | "hset" | "get" | "set" | "zadd" | "zrem" | "zcard" => {}
                // Our own.
                "info" | "config|resetstat" => {}
                _ => others += calls,
            }
        }
        (scripts - commits, commits, others)
    }
}

fn world(url: &str) -> World {
    let store = RUNTIME.block_on(RedisStore::connect(url)).unwrap();
    World::on(store)
}

#[test]
fn every_writing_operation_is_one_load_and_one_commit_on_the_wire() {
    let server = Server::redis(&[]);
    let world = world(server.url());
    let server = Wire::watch(server.url());
    wire::check(world, || server.counted());
}

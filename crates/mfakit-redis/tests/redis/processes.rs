//! Several processes on one server, and processes and servers that die.

use mfakit_redis::RedisStore;

use crate::{deaths, deaths::Backend, server::Server, support::open};

struct Redis;

impl Backend for Redis {
    type Store = RedisStore;

    fn serve() -> Server {
        Server::redis(&[])
    }

    fn open(url: &str) -> RedisStore {
        open(url)
    }
}

#[test]
fn increments_of_two_processes_are_never_lost() {
    deaths::increments_of_two_processes_are_never_lost::<Redis>();
}

#[test]
fn a_killed_process_leaves_every_answered_commit() {
    deaths::a_killed_process_leaves_every_answered_commit::<Redis>();
}

/// Eight threads commit; every process of the server is killed under them, and the server started again.
#[test]
fn a_killed_server_leaves_every_answered_commit_and_nothing_refused() {
    deaths::a_killed_server_leaves_every_answered_commit_and_nothing_refused::<Redis>();
}

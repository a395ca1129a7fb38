//! Several processes on one database, and processes and servers that die.

use mfakit_postgres::PostgresStore;

use crate::{deaths, deaths::Backend, server::Server, support::open};

struct Postgres;

impl Backend for Postgres {
    type Store = PostgresStore;

    fn serve() -> Server {
        Server::postgres(&[])
    }

    fn open(url: &str) -> PostgresStore {
        open(url)
    }
}

#[test]
fn increments_of_two_processes_are_never_lost() {
    deaths::increments_of_two_processes_are_never_lost::<Postgres>();
}

#[test]
fn a_killed_process_leaves_every_answered_commit() {
    deaths::a_killed_process_leaves_every_answered_commit::<Postgres>();
}

/// Eight threads commit; every process of the server is killed under them, and the server started again.
#[test]
fn a_killed_server_leaves_every_answered_commit_and_nothing_refused() {
    deaths::a_killed_server_leaves_every_answered_commit_and_nothing_refused::<Postgres>();
}

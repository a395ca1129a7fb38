//! Behind PgBouncer in transaction mode, where each call may reach another session.

use std::sync::OnceLock;

use mfakit_core::{CommitOutcome, StoreError};
use mfakit_postgres::{PostgresOptions, PostgresStore};
use mfakit_store::{Store, testkit::Fixture};

use crate::{
    samples::{put, revision},
    server::Server,
    support::{RUNTIME, pool, run},
};

mfakit_store::conformance!(transaction_mode, async { Behind::open().await });

/// The address of a PgBouncer with four sessions to its server, which live as long as this process.
fn bouncer() -> &'static str {
    static BOUNCER: OnceLock<String> = OnceLock::new();
    BOUNCER.get_or_init(|| {
        let server = Server::postgres(&["--pgbouncer"]);
        let url = server.said("bouncer").to_owned();
        core::mem::forget(server);
        run(async {
            let migrating = pool(&url, 1);
            PostgresOptions::new().migrate(&migrating).await.unwrap();
        });
        url
    })
}

struct Behind(PostgresStore);

impl Behind {
    async fn open() -> Self {
        let pool = pool(bouncer(), 16);
        let open = PostgresOptions::new().unnamed_statements().open(pool);
        Self(RUNTIME.spawn(open).await.unwrap().unwrap())
    }
}

impl Fixture for Behind {
    fn store(&self) -> &dyn Store {
        &self.0
    }

    async fn reopen(self) -> Option<Self> {
        drop(self);
        Some(Self::open().await)
    }
}

/// What the switch is for.
#[test]
fn prepared_statements_are_lost_between_sessions() {
    let store = run(PostgresStore::open(pool(bouncer(), 8))).unwrap();
    let mut committed = 0;
    let mut failed = 0;
    for _ in 0..8 {
        std::thread::scope(|scope| {
            let calls: Vec<_> = (0..8)
                .map(|thread| {
                    let store = &store;
                    scope.spawn(move || {
                        let id = format!("bouncer {thread}");
                        let expected = revision(store, &id)?;
                        put(store, &id, expected)
                    })
                })
                .collect();
            for call in calls {
                match call.join().unwrap() {
                    Ok(CommitOutcome::Committed) => committed += 1,
                    Err(StoreError::Unavailable) => failed += 1,
                    other => panic!("{other:?}"),
                }
            }
        });
    }
    assert!(failed > 0, "{committed} committed, {failed} failed");
    let unnamed = PostgresOptions::new().unnamed_statements();
    let store = run(unnamed.open(pool(bouncer(), 1))).unwrap();
    let stored: u64 = (0..8)
        .map(|thread| revision(&store, &format!("bouncer {thread}")).unwrap())
        .sum();
    assert_eq!(stored, committed);
}

//! A Redis that grows: memory and the append-only file.

use alloc::sync::Arc;

use mfakit_core::{
    Commit, CommitId, CommitOutcome, DocumentKey, DocumentKind, IndexValues, KeyId, Revision,
    SealedEvent, TenantId, Write,
};
use mfakit_redis::RedisStore;
use mfakit_store::Store as _;
use redis::aio::MultiplexedConnection;

use super::{CALLERS, Sizes, lengths, rows, tell_ratio, turns};
use crate::{
    hold,
    people::{People, TENANT},
    postgres::runtime,
    redis_bench::{connect, hasten, info, open, settle},
    rows::{Noise, Row, filler_id},
    server::Server,
    sqlite::Folder,
};

pub(crate) fn redis(test: bool) {
    let sizes = Sizes::new(test);
    let runtime = runtime(2);
    let mut rates = Vec::new();
    for accounts in sizes.accounts.into_iter().filter(|size| *size <= 1_000_000) {
        rates.push(runtime.block_on(async {
            let (server, folder) = (Server::redis(&[]), Folder::new());
            let (mut plain, store) = (connect(&server).await, open(&server).await);
            let keyring = folder.0.join("keyring");
            let active = usize::try_from(sizes.active.min(accounts / 2)).unwrap();
            let (people, sealed) = People::bound(&keyring, active).await;
            let name = format!("scale/redis/{accounts}");
            println!("{name}: {}", lengths(&sealed));
            let account = sealed.iter().find(|row| row.kind == 1).unwrap();
            let (body, event) = (account.body.len(), account.events[0].1.len());
            let own = sealed.iter().map(|row| row.events.len() - 1).sum::<usize>();
            let events = accounts + u64::try_from(own).unwrap();
            let empty = info(&mut plain, "used_memory").await;
            hasten(&mut plain).await;
            fill(&store, rows(sealed, accounts)).await;
            settle(&mut plain).await;
            let full = Taken::by(&mut plain).await;
            full.tell(&name, empty, accounts, events);
            let people = people.moved(&keyring, Arc::clone(&store)).await;
            hold();
            let rate = turns(&people, sizes.count, &name).await;
            let updated = sizes.updated.min(accounts / 2);
            settle(&mut plain).await;
            let before = Taken::by(&mut plain).await;
            update_ten_times(&store, updated, (body, event)).await;
            let after = Taken::by(&mut plain).await;
            settle(&mut plain).await;
            let settled = Taken::by(&mut plain).await;
            let each = |more: u64| more / (10 * updated);
            println!(
                "{name}: ten updates of each of {updated} accounts: documents {:+} bytes, index {:+}; \
                each adds {} bytes of memory and {} of the file, {} once that is written anew",
                after.parts[0].cast_signed() - before.parts[0].cast_signed(),
                after.parts[1].cast_signed() - before.parts[1].cast_signed(),
                each(after.memory - before.memory),
                each(after.file - before.file),
                each(settled.file - before.file),
            );
            rate
        }));
    }
    tell_ratio("scale/redis", &rates);
}

/// Commits rows as the engine's commits leave them, many at a time.
async fn fill(store: &Arc<RedisStore>, mut rows: impl Iterator<Item = Row>) {
    loop {
        let batches = (0..CALLERS).map(|_| rows.by_ref().take(BATCH).collect::<Vec<_>>());
        let batches: Vec<_> = batches.filter(|batch| !batch.is_empty()).collect();
        if batches.is_empty() {
            return;
        }
        let storing = batches.into_iter().map(|batch| {
            let store = Arc::clone(store);
            tokio::spawn(async move {
                let last = batch.iter().map(|row| row.revision).max().unwrap();
                for revision in 1..=last {
                    let due = batch.iter().filter(|row| row.revision >= revision);
                    commit(&store, due.map(|row| write(row, revision)).collect()).await;
                }
            })
        });
        for stored in storing.collect::<Vec<_>>() {
            stored.await.unwrap();
        }
    }
}

/// A revision of a row: the events come with the last one.
fn write(row: &Row, revision: u64) -> Write {
    let events = row.events.iter().filter(|_| revision == row.revision);
    Write::new(
        DocumentKey::new(
            TenantId::new(TENANT).unwrap(),
            DocumentKind::from_number(row.kind).unwrap(),
            row.id.clone(),
        ),
        Revision::new(revision - 1),
        Revision::new(revision),
        row.body.clone(),
        IndexValues::new(KeyId::new(row.key_id)),
        events
            .map(|(sequence, body)| SealedEvent::new(*sequence, body.clone()))
            .collect(),
    )
}

async fn commit(store: &RedisStore, writes: Vec<Write>) {
    let commit = Commit::new(CommitId::new([1; 16]), writes);
    assert_eq!(store.commit(&commit).await, Ok(CommitOutcome::Committed));
}

/// Updates the first of the accounts that lie around, each ten times with an event, one in a commit.
async fn update_ten_times(store: &Arc<RedisStore>, accounts: u64, lengths: (usize, usize)) {
    let callers = u64::try_from(CALLERS).unwrap();
    let updating = (0..callers).map(|caller| {
        let store = Arc::clone(store);
        tokio::spawn(async move {
            let mut noise = Noise(caller);
            for revision in 2..12 {
                for number in (1 + caller..=accounts).step_by(CALLERS) {
                    let row = Row {
                        kind: 1,
                        id: filler_id(number),
                        revision,
                        key_id: 1,
                        body: noise.bytes(lengths.0),
                        events: vec![(revision, noise.bytes(lengths.1))],
                    };
                    commit(&store, vec![write(&row, revision)]).await;
                }
            }
        })
    });
    for updated in updating.collect::<Vec<_>>() {
        updated.await.unwrap();
    }
}

/// What everything takes, in bytes.
struct Taken {
    memory: u64,
    /// Of each of the parts of all buckets.
    parts: [u64; 4],
    file: u64,
}

impl Taken {
    async fn by(plain: &mut MultiplexedConnection) -> Self {
        let mut parts = [0; 4];
        for (part, sum) in PARTS.iter().zip(&mut parts) {
            for bucket in 0..1024 {
                let key = format!("mfakit:{{{bucket}:4:{TENANT}}}:{part}");
                let mut usage = redis::cmd("MEMORY");
                usage.arg("USAGE").arg(key).arg("SAMPLES").arg(0);
                let bytes: Option<u64> = usage.query_async(plain).await.unwrap();
                *sum += bytes.unwrap_or(0);
            }
        }
        Self {
            memory: info(plain, "used_memory").await,
            parts,
            file: info(plain, "aof_current_size").await,
        }
    }

    fn tell(&self, name: &str, empty: u64, accounts: u64, events: u64) {
        println!(
            "{name}: {} bytes of memory and {} of the file for each of {accounts} accounts",
            (self.memory - empty) / accounts,
            self.file / accounts
        );
        let [documents, index, feed, chains] = self.parts;
        println!(
            "{name}: documents {}, index {} bytes for each account; events {}, chains {} bytes for each of {events} events",
            documents / accounts,
            index / accounts,
            feed / events,
            chains / events
        );
    }
}

/// What a bucket has, but for its clock.
const PARTS: [&str; 4] = ["documents", "index", "events", "chains"];
/// Accounts in a commit.
const BATCH: usize = 200;

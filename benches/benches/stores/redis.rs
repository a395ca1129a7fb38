//! The engine on Redis, beside a bare client that calls the same scripts on the same server.
//!
//! A verification is one load of two documents, a policy and an account, and one commit of the account with its event.
//! The bare client calls the two scripts of the store with keys and arguments of its own, with a body and an event of the
//! same length, over one connection that its tasks share, as the store's calls do. Both have as many threads: one for one
//! client, otherwise two. The two take turns on a throw-away server with `appendfsync always`; what is printed are
//! medians.
//!
//! Not measured: a network between application and server, TLS, a cluster.

use alloc::sync::Arc;
use core::{slice::from_ref, time::Duration};
use std::time::Instant;

use mfakit_core::{DocumentKey, DocumentKind, TenantId};
use mfakit_redis::{RedisOptions, RedisStore};
use mfakit_store::{EventOrder, EventQuery, Store as _};
use redis::{AsyncConnectionConfig, Client, Cmd, Pipeline, aio::MultiplexedConnection};

use crate::{
    Size, hold,
    people::{Callers, People, TENANT},
    postgres::runtime,
    rate,
    rows::{Noise, filler_id},
    server::Server,
    sqlite::Folder,
    tell,
};

pub(crate) fn compare(size: Size) {
    let server = Server::redis(&[]);
    let folder = Folder::new();
    let keyring = folder.0.join("keyring");
    let (mut people, filled) = runtime(2).block_on(async {
        let store = open(&server).await;
        let mut plain = connect(&server).await;
        hasten(&mut plain).await;
        let people = People::set_up(Arc::clone(&store), &keyring, size.people).await;
        let filled = Filled::new(&mut plain, lengths(&store).await, size.rows).await;
        settle(&mut plain).await;
        (people, filled)
    });
    hold();
    for clients in size.callers(&[1, 8, 32]) {
        people = runtime(clients.min(2)).block_on(async {
            let people = people.moved(&keyring, open(&server).await).await;
            let bare = Bare::new(&server, filled.clone()).await;
            let (mut engine, mut raw) = (Vec::new(), Vec::new());
            for round in 0..=size.rounds {
                let verifying = people.sign_in_and_verify(people.len(), Callers::Tasks(clients));
                let (_, verified) = verifying.await;
                let other = bare.run(people.len(), clients).await;
                // The first of each warms up.
                if round > 0 || size.test {
                    engine.push(verified);
                    raw.push(other);
                }
            }
            tell("stores/redis", clients, &engine, &raw, "bare client");
            people
        });
    }
}

/// A store that waits as long as it takes: the machine may be held up while it is filled.
pub(crate) async fn open(server: &Server) -> Arc<RedisStore> {
    let patient = RedisOptions::new().patience(Duration::from_secs(3_600));
    Arc::new(patient.connect(server.url()).await.unwrap())
}

/// A connection that waits as long as it takes.
pub(crate) async fn connect(server: &Server) -> MultiplexedConnection {
    let client = Client::open(server.url()).unwrap();
    let patient = AsyncConnectionConfig::new().set_response_timeout(None);
    let connecting = client.get_multiplexed_async_connection_with_config(&patient);
    connecting.await.unwrap()
}

/// Lets the server fill without its file.
pub(crate) async fn hasten(plain: &mut MultiplexedConnection) {
    set(plain, "appendonly", "no").await;
}

/// Lets the server write its file, or write it anew, and not again by itself: not while somebody measures.
pub(crate) async fn settle(plain: &mut MultiplexedConnection) {
    set(plain, "auto-aof-rewrite-percentage", "0").await;
    if info(plain, "aof_enabled").await == 0 {
        set(plain, "appendonly", "yes").await;
    } else {
        let rewrite = redis::cmd("BGREWRITEAOF");
        let _: String = rewrite.query_async(plain).await.unwrap();
    }
    while info(plain, "aof_rewrite_in_progress").await + info(plain, "aof_rewrite_scheduled").await
        > 0
    {
        tokio::time::sleep(LOOK).await;
    }
}

async fn set(plain: &mut MultiplexedConnection, setting: &str, value: &str) {
    let mut config = redis::cmd("CONFIG");
    config.arg("SET").arg(setting).arg(value);
    let _: String = config.query_async(plain).await.unwrap();
}

/// A number that the server tells of itself.
pub(crate) async fn info(plain: &mut MultiplexedConnection, name: &str) -> u64 {
    let told: String = redis::cmd("INFO").query_async(plain).await.unwrap();
    let number = told
        .lines()
        .find_map(|line| line.strip_prefix(name)?.strip_prefix(':'));
    number.unwrap().trim().parse().unwrap()
}

/// The lengths of a document of a person and of its last event.
async fn lengths(store: &RedisStore) -> (usize, usize) {
    let tenant = TenantId::new(TENANT).unwrap();
    let key = DocumentKey::new(tenant.clone(), DocumentKind::Account, *b"person 0");
    let loaded = store.load(from_ref(&key)).await.unwrap();
    let last = EventQuery::new(tenant, EventOrder::NewestFirst, 1).document(key);
    let last = store.events(&last).await.unwrap();
    let body = loaded[0].as_ref().unwrap().body.len();
    (body, last[0].event.body.len())
}

/// Accounts of the same size as those that verify, around them; the bare client works on these.
#[derive(Clone)]
struct Filled {
    body: Arc<[u8]>,
    event: Arc<[u8]>,
    rows: u64,
}

impl Filled {
    async fn new(plain: &mut MultiplexedConnection, lengths: (usize, usize), rows: u64) -> Self {
        let mut noise = Noise(7);
        for first in (0..rows).step_by(1000) {
            let mut pipeline = Pipeline::new();
            for number in first..rows.min(first + 1000) {
                let mut record = [1_u64.to_be_bytes(), 0_u64.to_be_bytes()].concat();
                record.extend_from_slice(&1_u32.to_be_bytes());
                record.extend(noise.bytes(lengths.0));
                let [documents, .., clock] = keys(number);
                pipeline.hset(documents, field(number), record).ignore();
                pipeline.set(clock, 1).ignore();
            }
            let () = pipeline.query_async(plain).await.unwrap();
        }
        Self {
            body: noise.bytes(lengths.0).into(),
            event: noise.bytes(lengths.1).into(),
            rows,
        }
    }
}

/// A client that knows nothing of the engine.
#[derive(Clone)]
struct Bare {
    connection: MultiplexedConnection,
    load: Arc<str>,
    commit: Arc<str>,
    filled: Filled,
}

impl Bare {
    async fn new(server: &Server, filled: Filled) -> Self {
        let client = Client::open(server.url()).unwrap();
        let connection = client.get_multiplexed_async_connection().await.unwrap();
        let digest = async |source: &str| {
            let mut command = redis::cmd("SCRIPT");
            command.arg("LOAD").arg(source);
            let digest: String = command.query_async(&mut connection.clone()).await.unwrap();
            Arc::from(digest)
        };
        Self {
            load: digest(LOAD).await,
            commit: digest(COMMIT).await,
            connection,
            filled,
        }
    }

    /// So many loads and commits, by so many clients at a time; gives pairs a second.
    async fn run(&self, count: usize, clients: usize) -> f64 {
        let start = Instant::now();
        let tasks: Vec<_> = (0..clients)
            .map(|first| {
                let mut this = self.clone();
                tokio::spawn(async move {
                    for number in (first..count).step_by(clients) {
                        let number = u64::try_from(number).unwrap() % this.filled.rows;
                        this.once(number).await;
                    }
                })
            })
            .collect();
        for task in tasks {
            task.await.unwrap();
        }
        rate(count, start.elapsed())
    }

    async fn once(&mut self, number: u64) {
        let keys = keys(number);
        let mut load = Cmd::new();
        load.arg("EVALSHA").arg(&*self.load).arg(2);
        load.arg("bare:{policy}:documents").arg(&keys[0]);
        load.arg(b"\x03").arg(field(number));
        let found: (Option<Vec<u8>>, Vec<u8>) =
            load.query_async(&mut self.connection).await.unwrap();
        let number_at = |at: usize| u64::from_be_bytes(found.1[at..at + 8].try_into().unwrap());
        let (revision, last) = (number_at(0), number_at(8));

        let mut commit = Cmd::new();
        commit.arg("EVALSHA").arg(&*self.commit).arg(7);
        for key in &keys {
            commit.arg(key);
        }
        commit.arg("bare:{acme}:buckets").arg("bare:tenants");
        commit.arg(1).arg(1).arg(0).arg(TENANT).arg(bucket(number));
        commit
            .arg(1)
            .arg(field(number))
            .arg(&revision.to_be_bytes());
        let mut head = (revision + 1).to_be_bytes().to_vec();
        head.extend_from_slice(&1_u32.to_be_bytes());
        commit.arg(head).arg(&*self.filled.body).arg(1);
        commit
            .arg(&(last + 1).to_be_bytes())
            .arg(&*self.filled.event);
        let stored: u8 = commit.query_async(&mut self.connection).await.unwrap();
        assert_eq!(stored, 1);
    }
}

fn bucket(number: u64) -> u64 {
    number % 1024
}

fn field(number: u64) -> Vec<u8> {
    [&[1], filler_id(number).as_slice()].concat()
}

/// As the store names them, but for the prefix.
fn keys(number: u64) -> [String; 5] {
    ["documents", "index", "events", "chains", "clock"]
        .map(|part| format!("bare:{{{}:4:{TENANT}}}:{part}", bucket(number)))
}

const LOAD: &str = include_str!("../../../crates/mfakit-redis/src/scripts/load.lua");
const COMMIT: &str = include_str!("../../../crates/mfakit-redis/src/scripts/commit.lua");
const LOOK: Duration = Duration::from_millis(50);

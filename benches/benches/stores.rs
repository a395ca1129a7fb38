//! Verifications through the engine on PostgreSQL, beside `pgbench` with the same statements on the same server.
//!
//! A verification is one load of two documents, a policy and an account, and one commit of the account with its event.
//! `pgbench -M prepared` sends the same two statements over as many connections, with a body and an event of the same
//! length, and asks for the expected revision inside of the commit, which costs it an index lookup. The two take turns
//! on a throw-away server with fsync on, five times each at 1, 8 and 32 clients; what is printed are medians.
//!
//! `MFAKIT_BENCH_ROWS` is how many accounts lie around those that verify (100,000), `MFAKIT_BENCH_PEOPLE` how many do
//! (512). Every answer is asserted.
//!
//! Not measured: a network between application and server, TLS.
#![expect(
    clippy::panic,
    clippy::print_stdout,
    clippy::unwrap_used,
    reason = "a benchmark prints, and one that can't start must not look like one that ran"
)]

#[path = "../../crates/mfakit-store/tests/support/server.rs"]
mod server;

use core::time::Duration;
use std::{env, fs, process::Command, time::Instant};

use deadpool_postgres::{Manager, Pool, Runtime};
use mfakit::{
    AccountId, AccountName, Administrator, Clock as _, Confirmation, Decision, Engine, FirstFactor,
    Issuer, Keyring, Label, ManualClock, Policy, SetupStart, SignIn, Tenant, TenantId, UnixTime,
    Verification,
};
use mfakit_core::{Secret, Totp, TotpParameters};
use mfakit_postgres::{PostgresOptions, PostgresStore};
use tokio_postgres::NoTls;

use server::Server;

fn main() {
    // `cargo test` asks whether it runs, `cargo bench` how fast.
    let test = env::args().any(|argument| argument == "--test");
    let filters: Vec<_> = env::args()
        .skip(1)
        .filter(|it| !it.starts_with("--"))
        .collect();
    if !filters.is_empty()
        && !filters
            .iter()
            .any(|filter| "stores/postgres".contains(filter))
    {
        return;
    }
    let number =
        |name: &str, usual: usize| env::var(name).map_or(usual, |number| number.parse().unwrap());
    let (rows, people, rounds) = if test {
        (100, 4, 1)
    } else {
        (
            number("MFAKIT_BENCH_ROWS", 100_000),
            number("MFAKIT_BENCH_PEOPLE", 512),
            5,
        )
    };
    let runtime = tokio::runtime::Runtime::new().unwrap();
    runtime.block_on(async {
        let server = Server::postgres(&[]);
        let scene = Scene::new(&server, people).await;
        scene.fill(rows).await;
        for clients in if test { vec![2] } else { vec![1, 8, 32] } {
            let (mut engine, mut raw) = (Vec::new(), Vec::new());
            for _ in 0..rounds {
                engine.push(scene.verify_all(clients).await);
                raw.push(scene.pgbench(clients).await);
            }
            let (engine, raw) = (median(engine), median(raw));
            println!(
                "stores/postgres/{clients} clients: engine {engine:.0}/s, pgbench {raw:.0}/s, ratio {:.2}",
                engine / raw
            );
        }
        println!("Success");
    });
}

fn median(mut figures: Vec<f64>) -> f64 {
    figures.sort_by(f64::total_cmp);
    figures[figures.len() / 2]
}

struct Scene {
    url: String,
    plain: tokio_postgres::Client,
    clock: ManualClock,
    tenant: Tenant,
    people: Vec<(AccountId, Totp)>,
}

impl Scene {
    async fn new(server: &Server, people: usize) -> Self {
        let url = server.url().to_owned();
        let (plain, connection) = tokio_postgres::connect(&url, NoTls).await.unwrap();
        tokio::spawn(connection);
        // As many connections as there are calls at once are made.
        let pool = pool(&url, 32);
        PostgresOptions::new().migrate(&pool).await.unwrap();
        let store = PostgresStore::open(pool).await.unwrap();
        let clock = ManualClock::starting_at(UnixTime::from_seconds(1_800_000_000));
        let keyring = Keyring::generate(&mut getrandom::SysRng).unwrap();
        let engine = Engine::builder(store, keyring).clock(clock.clone()).build();
        let policy = Policy::new(Issuer::new("Acme").unwrap());
        let by = Administrator::new("root", "a benchmark").unwrap();
        let id = TenantId::new("acme").unwrap();
        engine.create_tenant(&id, policy, &by).await.unwrap();
        let tenant = engine.tenant("acme").unwrap();
        let mut accounts = Vec::new();
        for person in 0..people {
            let account = AccountId::new(format!("{person}")).unwrap();
            let app = set_up(&tenant, &clock, &account).await;
            accounts.push((account, app));
        }
        Self {
            url,
            plain,
            clock,
            tenant,
            people: accounts,
        }
    }

    /// Stores accounts of the same size around those that verify: `pgbench` works on as many of these.
    async fn fill(&self, rows: usize) {
        let (body, _) = self.lengths().await;
        let fill = format!(
            "INSERT INTO mfakit.documents (revision, last_sequence, key_id, kind, tenant, id, body)
             SELECT 1, 1, 1, 1, 'acme', convert_to('filler ' || n, 'UTF8'),
                 (SELECT substring(string_agg(sha256(int8send(n * 64 + part)), '') FOR {body})
                  FROM generate_series(1, 1 + {body} / 32) AS part)
             FROM generate_series(1, {rows}::bigint) AS n;
             ANALYZE mfakit.documents; CHECKPOINT"
        );
        self.plain.batch_execute(&fill).await.unwrap();
    }

    /// Every person presents a code once, `clients` at a time; gives verifications a second.
    async fn verify_all(&self, clients: usize) -> f64 {
        let tenant = &self.tenant;
        self.clock.advance(30);
        let mut work = Vec::new();
        for (account, app) in &self.people {
            let first = FirstFactor::external(account.clone());
            let ticket = match tenant.sign_in(first, SignIn::new()).await.unwrap() {
                Decision::Challenge(challenge) => challenge.ticket,
                other => panic!("{other:?}"),
            };
            let code = app.generate(self.clock.now()).unwrap().expose();
            work.push((ticket, code));
        }
        let mut shares: Vec<Vec<_>> = (0..clients).map(|_| Vec::new()).collect();
        for (place, one) in work.into_iter().enumerate() {
            shares[place % clients].push(one);
        }
        let start = Instant::now();
        let tasks: Vec<_> = shares
            .into_iter()
            .map(|share| {
                let tenant = tenant.clone();
                tokio::spawn(async move {
                    for (ticket, code) in share {
                        let answer = tenant.verify(&ticket, &code).await.unwrap();
                        // Once in a million times two neighbouring steps have one code.
                        assert!(matches!(
                            answer,
                            Verification::Verified(_) | Verification::Replayed(_)
                        ));
                    }
                })
            })
            .collect();
        for task in tasks {
            task.await.unwrap();
        }
        rate(self.people.len(), start.elapsed())
    }

    /// The lengths of a document of a person and of its last event.
    async fn lengths(&self) -> (i32, i32) {
        let lengths = "SELECT max(octet_length(d.body))::int, max(octet_length(e.body))::int
            FROM mfakit.documents AS d JOIN mfakit.events AS e ON e.document = d.number
            WHERE d.kind = 1 AND e.sequence = d.last_sequence";
        let row = self.plain.query_one(lengths, &[]).await.unwrap();
        (row.get(0), row.get(1))
    }

    /// The same load and the same commit by `pgbench`, as many times; gives transactions a second.
    async fn pgbench(&self, clients: usize) -> f64 {
        let (body, event) = self.lengths().await;
        let people = self.people.len();
        let path = env::temp_dir().join(format!("mfakit-pgbench-{}.sql", std::process::id()));
        fs::write(&path, SCRIPT).unwrap();
        let hex = |length: i32| format!("\\x{}", "a7".repeat(usize::try_from(length).unwrap()));
        let each = (people / clients).max(1);
        let output = Command::new(pgbench())
            .args([
                "-n",
                "-M",
                "prepared",
                "-c",
                &clients.to_string(),
                "-j",
                "2",
            ])
            .args(["-t", &each.to_string(), "-D", &format!("people={people}")])
            .args([
                "-D",
                &format!("body={}", hex(body)),
                "-D",
                &format!("event={}", hex(event)),
            ])
            .arg("-f")
            .arg(&path)
            .arg(&self.url)
            .output()
            .unwrap();
        fs::remove_file(&path).unwrap();
        let text = String::from_utf8_lossy(&output.stdout).into_owned();
        assert!(
            output.status.success(),
            "{}",
            String::from_utf8_lossy(&output.stderr)
        );
        let tps = text.lines().find_map(|line| line.strip_prefix("tps = "));
        let tps = tps.and_then(|rest| rest.split(' ').next()).unwrap();
        tps.parse().unwrap()
    }
}

fn rate(count: usize, time: Duration) -> f64 {
    f64::from(u32::try_from(count).unwrap()) / time.as_secs_f64()
}

fn pool(url: &str, connections: usize) -> Pool {
    let manager = Manager::new(url.parse().unwrap(), NoTls);
    Pool::builder(manager)
        .max_size(connections)
        .runtime(Runtime::Tokio1)
        .build()
        .unwrap()
}

async fn set_up(tenant: &Tenant, clock: &ManualClock, account: &AccountId) -> Totp {
    let first = FirstFactor::external(account.clone());
    let ticket = match tenant.sign_in(first, SignIn::new()).await.unwrap() {
        Decision::Setup(setup) => setup.ticket,
        other => panic!("{other:?}"),
    };
    let (name, label) = (
        AccountName::new("anna").unwrap(),
        Label::new("Phone").unwrap(),
    );
    let key = match tenant.begin_setup(&ticket, &name, &label).await.unwrap() {
        SetupStart::Pending(pending) => pending.key(),
        other => panic!("{other:?}"),
    };
    let app = Totp::with_parameters(
        Secret::from_base32(&key).unwrap(),
        TotpParameters::default(),
    );
    let code = app.generate(clock.now()).unwrap().expose();
    match tenant.confirm_setup(&ticket, &code).await.unwrap() {
        Confirmation::Confirmed(confirmed) => {
            let standing = tenant.acknowledge_backup_codes(&confirmed.assertion).await;
            standing.unwrap();
        }
        other => panic!("{other:?}"),
    }
    app
}

/// Where Debian keeps it, or the one in `PATH`.
fn pgbench() -> std::path::PathBuf {
    let newest = fs::read_dir("/usr/lib/postgresql")
        .into_iter()
        .flatten()
        .filter_map(|entry| Some(entry.ok()?.path().join("bin/pgbench")))
        .filter(|path| path.exists())
        .max();
    newest.unwrap_or_else(|| "pgbench".into())
}

// One person at a time, chosen at random; two clients that meet at one of them cost each other a conflict.
const SCRIPT: &str = "\
\\set person random(1, :people)
SELECT pg_catalog.pg_is_in_recovery(), d.revision, d.body \
FROM ROWS FROM (unnest(ARRAY['acme', 'acme']::text[]), unnest(ARRAY[3, 1]::smallint[]), \
unnest(ARRAY['', convert_to('filler ' || (:person)::text, 'UTF8')]::bytea[])) WITH ORDINALITY AS k (tenant, kind, id, place) \
LEFT JOIN LATERAL (SELECT revision, body FROM mfakit.documents \
WHERE tenant = k.tenant COLLATE \"C\" AND kind = k.kind AND id = k.id LIMIT 1) AS d ON true ORDER BY k.place;
SELECT mfakit.commit('acme', ARRAY[1]::smallint[], ARRAY[d.id], ARRAY[d.revision], ARRAY[d.key_id], \
ARRAY[:body::bytea], ARRAY[d.last_sequence + 1], ARRAY[d.last_sequence + 1], ARRAY[1], \
ARRAY[d.last_sequence + 1], ARRAY[:event::bytea]) \
FROM mfakit.documents AS d WHERE d.tenant = 'acme' AND d.kind = 1 AND d.id = convert_to('filler ' || (:person)::text, 'UTF8');
";

//! Lists and counts over 100,000 accounts, on the store in memory and on a SQLite file.
//!
//! Each account has one authenticator, a label and no backup codes, about 300 sealed bytes. A count opens every
//! account in pages of 500 and says how many are in each state; a list by state opens as many and shows the few that
//! are exempt. Results are asserted in every iteration.
//!
//! Not measured: documents with backup codes and devices, three times as long; a file that is not in the cache of the
//! operating system; commits that come in meanwhile.
#![expect(
    clippy::expect_used,
    reason = "a benchmark that can't start must not look like one that ran"
)]
#![allow(
    missing_docs,
    reason = "the macros of criterion write public functions"
)]

extern crate alloc;

use alloc::sync::Arc;
use core::time::Duration;
use std::{env, fs, path::PathBuf, process};

use criterion::{Criterion, Throughput, criterion_group, criterion_main};
use mfakit::{
    AccountCount, AccountId, AccountQuery, AccountState, Administrator, ExemptionEnd, Issuer,
    Label, MemoryStore, Policy, Secret, Store, TenantId, TokenKind, TotpParameters,
    blocking::{Engine, Tenant},
    keyring_file,
};
use mfakit_core::{Commit, CommitId, CommitOutcome, DocumentKey, DocumentKind, Revision, Write};
use mfakit_sqlite::SqliteStore;
use mfakit_store::ScanQuery;

const ACCOUNTS: u32 = 100_000;
const EXEMPT: u32 = 20;

/// A folder for the keyring and the file, gone when the benchmark is over.
struct Folder(PathBuf);

impl Folder {
    fn new() -> Self {
        let path = env::temp_dir().join(format!("mfakit-bench-{}", process::id()));
        fs::create_dir_all(&path).expect("a folder");
        Self(path)
    }

    fn engine(&self, store: impl Store + 'static) -> Engine {
        let keyring = keyring_file::open_or_create(self.0.join("keyring")).expect("a keyring");
        mfakit::Engine::builder(store, keyring).build().into()
    }
}

impl Drop for Folder {
    fn drop(&mut self) {
        let _ = fs::remove_dir_all(&self.0);
    }
}

fn fill(engine: &Engine) -> Tenant {
    let by = Administrator::new("root", "a benchmark").expect("an administrator");
    let id = TenantId::new("acme").expect("a tenant");
    let policy = Policy::new(Issuer::new("Acme").expect("an issuer"));
    engine.create_tenant(&id, policy, &by).expect("a tenant");
    let tenant = engine.tenant("acme").expect("a tenant");
    let label = Label::new("Token").expect("a label");
    for number in 0..ACCOUNTS {
        let account = AccountId::new(number.to_be_bytes()).expect("an account");
        let secret = Secret::import(&[7; 20]).expect("a secret");
        let kind = TokenKind::Totp(TotpParameters::default());
        let bound = tenant.bind_token(&account, secret, kind, &label, &by);
        bound.expect("a token");
        if number % (ACCOUNTS / EXEMPT) == 0 {
            let exempt = tenant.exempt(&account, ExemptionEnd::Open, &by);
            let _ = exempt.expect("an exemption");
        }
    }
    tenant
}

/// Copies the documents of one store into another, sealed as they are.
fn copy(from: &MemoryStore, to: &SqliteStore) {
    let tenant = TenantId::new("acme").expect("a tenant");
    for kind in DocumentKind::ALL {
        let mut query = ScanQuery::new(tenant.clone(), kind, 500);
        loop {
            let rows = pollster::block_on(from.scan(&query)).expect("rows");
            let Some(last) = rows.last() else { break };
            query = query.after(last.id.clone());
            // Revisions grow by one, so a document at its second is written twice.
            let highest = rows.iter().map(|row| row.document.revision).max();
            for step in 1..=highest.map_or(0, Revision::number) {
                let behind = rows
                    .iter()
                    .filter(|row| step <= row.document.revision.number());
                let writes = behind.map(|row| {
                    let key = DocumentKey::new(tenant.clone(), kind, row.id.clone());
                    let (before, after) = (Revision::new(step - 1), Revision::new(step));
                    let (body, index) = (row.document.body.clone(), row.index.clone());
                    Write::new(key, before, after, body, index, Vec::new())
                });
                let commit = Commit::new(CommitId::new([0; 16]), writes.collect());
                let outcome = pollster::block_on(to.commit(&commit));
                assert_eq!(outcome, Ok(CommitOutcome::Committed));
            }
        }
    }
}

fn lists(c: &mut Criterion) {
    let folder = Folder::new();
    let memory = Arc::new(MemoryStore::new());
    let in_memory = fill(&folder.engine(Arc::clone(&memory)));
    let file = SqliteStore::open(folder.0.join("mfa.db")).expect("a file");
    copy(&memory, &file);
    let on_disk = folder.engine(file).tenant("acme").expect("a tenant");
    let mut group = c.benchmark_group("lists");
    group.sample_size(10);
    group.measurement_time(Duration::from_secs(10));
    group.throughput(Throughput::Elements(u64::from(ACCOUNTS)));
    for (store, tenant) in [("memory", &in_memory), ("sqlite", &on_disk)] {
        group.bench_function(format!("count/{store}"), |b| {
            b.iter(|| {
                let mut count = AccountCount::new();
                while !count.is_done() {
                    tenant.count_accounts(&mut count).expect("a count");
                }
                let summary = count.summary();
                assert_eq!(
                    (summary.set_up, summary.exempt),
                    (u64::from(ACCOUNTS), u64::from(EXEMPT))
                );
            });
        });
        group.bench_function(format!("exempt/{store}"), |b| {
            b.iter(|| assert_eq!(exempt(tenant), EXEMPT));
        });
    }
    group.finish();
}

/// How many a list of the exempt shows.
fn exempt(tenant: &Tenant) -> u32 {
    let first = AccountQuery::first(100).only(AccountState::Exempt);
    let (mut query, mut shown) = (first.clone(), 0);
    loop {
        let page = tenant.accounts(query).expect("a page");
        shown += u32::try_from(page.entries.len()).expect("a page");
        let Some(next) = page.next else { return shown };
        query = first.clone().after(next);
    }
}

criterion_group!(benches, lists);
criterion_main!(benches);

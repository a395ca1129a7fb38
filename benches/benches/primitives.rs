//! The primitives around a code: `otpauth` URIs, QR codes, sealed documents and tokens.
//!
//! Documents and tokens are opened and sealed by the steps of a flow, as every driver takes them, with the smallest
//! flow that does so; what else the step does is in the number. `document/open` reads the policy of a tenant.
//! `document/open_and_seal` replaces it, which seals an event as well. `token/open` is the first step of a setup, up
//! to what it asks the store for. `token/seal` is the decision that gives a ticket: it opens the policy too.
//! Keys are derived in each: HKDF-Extract was done when the keyring was made.
//!
//! One attempt with a backup code is in the benchmark `engine`.
#![expect(
    clippy::expect_used,
    clippy::panic,
    reason = "a benchmark that can't start must not look like one that ran"
)]
#![allow(
    missing_docs,
    reason = "the macros of criterion write public functions"
)]

extern crate alloc;

use alloc::{collections::BTreeMap, sync::Arc};
use core::hint::black_box;

use criterion::{BatchSize, Criterion, criterion_group, criterion_main};
use getrandom::SysRng;
use mfakit_core::{
    AccountId, AccountName, Administrator, Algorithm, CommitOutcome, Decision, Digits, DocumentKey,
    ErrorCorrection, FirstFactor, Flow, Input, Issuer, Keyring, Label, ModulePixels, OtpAuthUri,
    Period, Policy, PolicyChange, Presented, QrCode, Secret, SetupStart, SignIn, Step,
    StoredDocument, TenantId, Totp, UnixTime,
};

const NOW: UnixTime = UnixTime::from_seconds(1_800_000_000);

fn uris(c: &mut Criterion) {
    let mut group = c.benchmark_group("uri");
    let uri = uri();
    let text = uri.to_uri();
    let read = OtpAuthUri::parse(&text).expect("a URI");
    assert_eq!(read.expose_secret(), uri.expose_secret());
    group.bench_function("build", |b| b.iter(|| black_box(&uri).to_uri()));
    group.bench_function("parse", |b| {
        b.iter(|| OtpAuthUri::parse(black_box(&text)));
    });
    group.finish();
}

fn qr_codes(c: &mut Criterion) {
    let mut group = c.benchmark_group("qr");
    let text = uri().to_uri();
    let encode = |text| QrCode::encode(text, ErrorCorrection::Medium).expect("a short text");
    let code = encode(&text);
    assert!(code.size() > 21 && code.svg().starts_with("<svg"));
    assert!(code.png(ModulePixels::EIGHT).starts_with(b"\x89PNG"));
    group.bench_function("encode", |b| b.iter(|| encode(black_box(&text))));
    group.bench_function("svg", |b| b.iter(|| black_box(&code).svg()));
    group.bench_function("png", |b| {
        b.iter(|| black_box(&code).png(ModulePixels::EIGHT));
    });
    group.bench_function("terminal", |b| b.iter(|| black_box(&code).terminal()));
    group.finish();
}

fn sealed(c: &mut Criterion) {
    let scene = Scene::new();

    let mut group = c.benchmark_group("document");
    group.bench_function("open", |b| {
        let flow = || Flow::policy(scene.keyring(), scene.tenant.clone());
        b.iter_batched(
            || scene.loaded(flow()),
            |(mut flow, input)| match flow.next(input, NOW, &mut SysRng) {
                Step::Done(Ok(policy)) => policy,
                other => panic!("{other:?}"),
            },
            BatchSize::SmallInput,
        );
    });
    group.bench_function("open_and_seal", |b| {
        b.iter_batched(
            || scene.loaded(scene.change()),
            |(mut flow, input)| match flow.next(input, NOW, &mut SysRng) {
                Step::Commit(commit) => commit,
                other => panic!("{other:?}"),
            },
            BatchSize::SmallInput,
        );
    });
    group.finish();

    let mut group = c.benchmark_group("token");
    group.bench_function("open", |b| {
        b.iter_batched(
            || scene.begin_setup(),
            |mut flow| match flow.next(Input::Start, NOW, &mut SysRng) {
                Step::Load(keys) => keys,
                other => panic!("{other:?}"),
            },
            BatchSize::SmallInput,
        );
    });
    group.bench_function("seal", |b| {
        b.iter_batched(
            || scene.loaded(scene.sign_in()),
            |(mut flow, input)| match flow.next(input, NOW, &mut SysRng) {
                Step::Done(Ok(Decision::Setup(setup))) => setup,
                other => panic!("{other:?}"),
            },
            BatchSize::SmallInput,
        );
    });
    group.finish();
}

fn uri() -> OtpAuthUri {
    let secret = Secret::import(b"12345678901234567890").expect("20 bytes");
    OtpAuthUri::totp(
        &Issuer::new("Acme GmbH").expect("an issuer"),
        &AccountName::new("anna@example.com").expect("an account name"),
        &Totp::new(secret, Algorithm::Sha1, Digits::SIX, Period::THIRTY),
    )
}

/// A tenant on a map, and a ticket for the setup of a person who has no factor.
struct Scene {
    keyring: Arc<Keyring>,
    tenant: TenantId,
    documents: BTreeMap<DocumentKey, StoredDocument>,
    policy: Policy,
    ticket: String,
}

impl Scene {
    fn new() -> Self {
        let policy = Policy::new(Issuer::new("Acme").expect("an issuer"));
        let mut scene = Self {
            keyring: Arc::new(Keyring::generate(&mut SysRng).expect("randomness")),
            tenant: TenantId::new("acme").expect("a tenant"),
            documents: BTreeMap::new(),
            policy: policy.clone(),
            ticket: String::new(),
        };
        let (keyring, tenant) = (scene.keyring(), scene.tenant.clone());
        scene.run(Flow::create_tenant(keyring, tenant, policy, root()));
        scene.policy = scene.run(Flow::policy(scene.keyring(), scene.tenant.clone()));
        match scene.run(scene.sign_in()) {
            Decision::Setup(setup) => scene.ticket = setup.ticket.as_str().to_owned(),
            other => panic!("{other:?}"),
        }
        scene
    }

    fn keyring(&self) -> Arc<Keyring> {
        Arc::clone(&self.keyring)
    }

    fn sign_in(&self) -> Flow<Decision> {
        let first = FirstFactor::external(AccountId::new("7").expect("an account"));
        Flow::sign_in(self.keyring(), self.tenant.clone(), first, SignIn::new())
    }

    fn begin_setup(&self) -> Flow<SetupStart> {
        Flow::begin_setup(
            self.keyring(),
            self.tenant.clone(),
            Presented::new(&self.ticket),
            AccountName::new("anna").expect("a name"),
            Label::new("Phone").expect("a label"),
        )
    }

    fn change(&self) -> Flow<PolicyChange> {
        let issuer = Issuer::new("Acme GmbH").expect("an issuer");
        let policy = self.policy.clone().with_issuer(issuer);
        Flow::set_policy(self.keyring(), self.tenant.clone(), policy, root())
    }

    /// A flow that has asked for its documents, and these.
    fn loaded<A: core::fmt::Debug>(&self, mut flow: Flow<A>) -> (Flow<A>, Input) {
        match flow.next(Input::Start, NOW, &mut SysRng) {
            Step::Load(keys) => (flow, Input::Loaded(self.load(&keys))),
            other => panic!("{other:?}"),
        }
    }

    fn load(&self, keys: &[DocumentKey]) -> Vec<Option<StoredDocument>> {
        keys.iter()
            .map(|key| self.documents.get(key).cloned())
            .collect()
    }

    fn run<A>(&mut self, mut flow: Flow<A>) -> A {
        let mut input = Input::Start;
        loop {
            input = match flow.next(input, NOW, &mut SysRng) {
                Step::Load(keys) => Input::Loaded(self.load(&keys)),
                Step::Commit(commit) => {
                    for write in commit.writes {
                        let document = StoredDocument::new(write.revision, write.body);
                        self.documents.insert(write.key, document);
                    }
                    Input::Committed(CommitOutcome::Committed)
                }
                Step::Done(answer) => return answer.expect("a store that is well"),
            };
        }
    }
}

fn root() -> Administrator {
    Administrator::new("root", "a benchmark").expect("an administrator")
}

criterion_group!(benches, uris, qr_codes, sealed);
criterion_main!(benches);

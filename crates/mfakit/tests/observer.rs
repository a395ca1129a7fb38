//! What an observer is told: each call once, how it ended, and nobody's name.

#![allow(
    clippy::unwrap_used,
    clippy::panic,
    reason = "a test panics to fail, also in its helpers"
)]

extern crate alloc;

#[path = "observer/story.rs"]
mod story;

use alloc::{collections::BTreeSet, sync::Arc};
use core::{
    future::{Future as _, pending},
    panic::AssertUnwindSafe,
    pin::pin,
    task::{Context, Poll, Waker},
};
use std::{panic::catch_unwind, sync::Mutex};

use mfakit::{
    AuditQuery, Clock, Engine, Keyring, MemoryStore, Observation, Operation, OutcomeClass, Store,
    TenantId, UnixTime, blocking,
};
use mfakit_core::{Commit, CommitOutcome, DocumentKey, StoreError, StoredDocument, StoredEvent};
use mfakit_store::{
    EventQuery, ScanQuery, ScanRow, StoreFuture,
    testkit::{Fault, FaultyStore, Plan},
};

use story::{Story, policy, root};

/// Keeps what it is told.
#[derive(Clone, Default)]
struct Recorder(Arc<Mutex<Vec<Observation>>>);

impl Recorder {
    fn observer(&self) -> impl Fn(&Observation) + Send + Sync + 'static {
        let kept = Arc::clone(&self.0);
        move |observation| kept.lock().unwrap().push(*observation)
    }

    fn take(&self) -> Vec<Observation> {
        core::mem::take(&mut self.0.lock().unwrap())
    }
}

fn engine(store: impl Store + 'static, recorder: &Recorder) -> blocking::Engine {
    let keyring = Keyring::generate(&mut getrandom::SysRng).unwrap();
    let builder = Engine::builder(store, keyring).observer(recorder.observer());
    blocking::Engine::from(builder.build())
}

fn create(engine: &blocking::Engine) -> blocking::Tenant {
    let id = TenantId::new("acme").unwrap();
    engine.create_tenant(&id, policy(), &root()).unwrap();
    engine.tenant("acme").unwrap()
}

#[test]
fn each_call_is_observed_once_by_its_name_and_outcome() {
    let recorder = Recorder::default();
    let mut seen = BTreeSet::new();
    let told = Story::tell(recorder.observer(), |operation, outcome| {
        let observed = recorder.take();
        let [observation] = observed.as_slice() else {
            panic!("{operation:?}: {observed:?}")
        };
        assert_eq!(
            (observation.operation, observation.outcome),
            (operation, outcome)
        );
        assert_eq!(observation.class, OutcomeClass::Answer, "{operation:?}");
        seen.insert(operation.name());
    });
    assert!(!told.is_empty());
    let all: BTreeSet<_> = Operation::ALL.iter().map(|it| it.name()).collect();
    assert_eq!(seen, all);
}

#[test]
fn a28_an_observation_names_nobody_and_holds_no_secret() {
    let text = Arc::new(Mutex::new(String::new()));
    let kept = Arc::clone(&text);
    let observer = move |observation: &Observation| {
        *kept.lock().unwrap() += &format!("{observation:?}\n");
    };
    let told = Story::tell(observer, |_, _| {});
    nothing_of(&told, &text.lock().unwrap());
}

#[cfg(feature = "tracing")]
#[test]
fn a28_events_of_tracing_name_nobody_and_hold_no_secret() {
    let captured = capture::Lines::default();
    let subscriber = captured.clone();
    let told = tracing::subscriber::with_default(subscriber, || {
        let mut calls = 0;
        let told = Story::tell(mfakit::TracingObserver, |operation, outcome| {
            calls += 1;
            let lines = captured.lines();
            assert_eq!(lines.len(), calls, "{operation:?}");
            let expected = format!(
                "mfakit DEBUG operation={} outcome={outcome} class=answer rounds=",
                operation.name()
            );
            assert!(lines.last().unwrap().starts_with(&expected));
        });
        assert!(calls > Operation::ALL.len());
        told
    });
    nothing_of(&told, &captured.lines().join("\n"));
}

/// Nothing that was told in the story is in the text.
fn nothing_of(told: &[String], text: &str) {
    assert!(text.len() > 1_000 && told.len() > 10);
    for word in told {
        assert!(word.len() >= 4 && !text.contains(word), "{word}");
    }
}

#[test]
fn a_failure_is_told_by_its_class() {
    let recorder = Recorder::default();
    let store = Arc::new(FaultyStore::new(MemoryStore::new(), Plan::none()));
    let tenant = create(&engine(Arc::clone(&store), &recorder));
    recorder.take();
    for (fault, name) in [
        (Fault::Unavailable, "store_unavailable"),
        (Fault::Corrupt, "store_corrupt"),
    ] {
        store.set_plan(Plan::script([(0, fault)]));
        tenant.policy().unwrap_err();
        // A call that fails before there is a flow is observed too.
        store.set_plan(Plan::script([(0, fault)]));
        tenant.events(AuditQuery::newest(1)).unwrap_err();
        for observation in recorder.take() {
            assert_eq!(observation.outcome, name);
            assert_eq!(observation.class, OutcomeClass::Unavailable);
        }
    }
    tenant.events(AuditQuery::newest(0)).unwrap_err();
    let observed = recorder.take();
    assert_eq!(observed[0].outcome, "misuse_page_size");
    assert_eq!(observed[0].class, OutcomeClass::Misuse);
    let everywhere = engine(MemoryStore::new(), &recorder);
    everywhere.tenant("zeta").unwrap().policy().unwrap_err();
    let observed = recorder.take();
    assert_eq!(observed[0].outcome, "misuse_unknown_tenant");
    assert_eq!(observed[0].rounds, 1);
}

#[test]
fn conflicts_show_as_rounds_and_too_many_as_busy() {
    let recorder = Recorder::default();
    let store = Arc::new(FaultyStore::new(MemoryStore::new(), Plan::none()));
    let tenant = create(&engine(Arc::clone(&store), &recorder));
    recorder.take();
    let set = || tenant.set_policy(tenant.policy().unwrap(), &root());
    // The policy is read, loaded, and committed in vain.
    store.set_plan(Plan::script([(2, Fault::Conflict)]));
    let _ = set().unwrap();
    assert_eq!(recorder.take().last().unwrap().rounds, 2);
    let conflicts = (0..100).map(|n| (2 + 2 * n, Fault::Conflict));
    store.set_plan(Plan::script(conflicts));
    let _ = set().unwrap_err();
    let last = *recorder.take().last().unwrap();
    assert_eq!(
        (last.outcome, last.class, last.rounds),
        ("busy", OutcomeClass::Busy, 16)
    );
}

#[test]
fn a_call_that_is_given_up_is_observed_as_cancelled() {
    let recorder = Recorder::default();
    let keyring = Keyring::generate(&mut getrandom::SysRng).unwrap();
    let builder = Engine::builder(Stuck, keyring).observer(recorder.observer());
    let tenant = builder.build().tenant("acme").unwrap();
    {
        let mut call = pin!(tenant.policy());
        let mut context = Context::from_waker(Waker::noop());
        assert!(matches!(call.as_mut().poll(&mut context), Poll::Pending));
        assert!(recorder.take().is_empty());
    }
    let observed = recorder.take();
    assert_eq!(observed.len(), 1);
    assert_eq!(observed[0].operation, Operation::Policy);
    assert_eq!(observed[0].outcome, "cancelled");
    assert_eq!(observed[0].class, OutcomeClass::Cancelled);
    // One that was never begun did not happen.
    drop(tenant.policy());
    assert!(recorder.take().is_empty());
}

#[test]
fn a_clock_that_panics_is_observed_as_cancelled() {
    struct Broken;
    impl Clock for Broken {
        fn now(&self) -> UnixTime {
            panic!("the clock is broken")
        }
    }
    let recorder = Recorder::default();
    let keyring = Keyring::generate(&mut getrandom::SysRng).unwrap();
    let builder = Engine::builder(MemoryStore::new(), keyring).observer(recorder.observer());
    let engine = blocking::Engine::from(builder.clock(Broken).build());
    let tenant = engine.tenant("acme").unwrap();
    catch_unwind(AssertUnwindSafe(|| tenant.policy())).unwrap_err();
    assert_eq!(recorder.take()[0].outcome, "cancelled");
}

#[test]
fn an_observer_that_panics_changes_no_answer() {
    let mut calls = 0;
    let observer = |_: &Observation| panic!("the observer is broken");
    Story::tell(observer, |_, _| calls += 1);
    assert!(calls > Operation::ALL.len());
}

/// A store that never answers.
struct Stuck;

impl Store for Stuck {
    fn load<'a>(&'a self, _: &'a [DocumentKey]) -> StoreFuture<'a, Vec<Option<StoredDocument>>> {
        Box::pin(pending())
    }

    fn commit<'a>(&'a self, _: &'a Commit) -> StoreFuture<'a, CommitOutcome> {
        Box::pin(pending())
    }

    fn scan<'a>(&'a self, _: &'a ScanQuery) -> StoreFuture<'a, Vec<ScanRow>> {
        Box::pin(pending())
    }

    fn count<'a>(&'a self, _: &'a ScanQuery) -> StoreFuture<'a, u64> {
        Box::pin(pending())
    }

    fn events<'a>(&'a self, _: &'a EventQuery) -> StoreFuture<'a, Vec<StoredEvent>> {
        Box::pin(pending())
    }

    fn tenants<'a>(&'a self, _: Option<&'a TenantId>, _: u32) -> StoreFuture<'a, Vec<TenantId>> {
        Box::pin(pending())
    }

    fn prune_events<'a>(&'a self, _: &'a DocumentKey, _: u64) -> StoreFuture<'a, u64> {
        Box::pin(async { Err(StoreError::Unavailable) })
    }
}

#[cfg(feature = "tracing")]
mod capture {
    //! A subscriber that keeps every event as a line.

    use alloc::sync::Arc;
    use core::fmt::{Debug, Write as _};
    use std::sync::Mutex;

    use tracing::{
        Event, Metadata, Subscriber,
        field::{Field, Visit},
        span::{Attributes, Id, Record},
    };

    #[derive(Clone, Default)]
    pub(crate) struct Lines(Arc<Mutex<Vec<String>>>);

    impl Lines {
        pub(crate) fn lines(&self) -> Vec<String> {
            self.0.lock().unwrap().clone()
        }
    }

    struct Line(String);

    impl Visit for Line {
        fn record_str(&mut self, field: &Field, value: &str) {
            write!(self.0, " {field}={value}").unwrap();
        }

        fn record_debug(&mut self, field: &Field, value: &dyn Debug) {
            write!(self.0, " {field}={value:?}").unwrap();
        }
    }

    impl Subscriber for Lines {
        fn enabled(&self, _: &Metadata<'_>) -> bool {
            true
        }

        fn new_span(&self, _: &Attributes<'_>) -> Id {
            Id::from_u64(1)
        }

        fn record(&self, _: &Id, _: &Record<'_>) {}

        fn record_follows_from(&self, _: &Id, _: &Id) {}

        fn event(&self, event: &Event<'_>) {
            let metadata = event.metadata();
            let mut line = Line(format!("{} {}", metadata.target(), metadata.level()));
            event.record(&mut line);
            self.0.lock().unwrap().push(line.0);
        }

        fn enter(&self, _: &Id) {}

        fn exit(&self, _: &Id) {}
    }
}

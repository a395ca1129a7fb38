//! What an operator sees of the engine: one observation for each call, with names and numbers and nobody in it.

use core::{panic::AssertUnwindSafe, time::Duration};
use std::{panic::catch_unwind, time::Instant};

use mfakit_core::{Error, Operation, Outcome};

use crate::{
    engine::KeyUsage,
    tenant::{AccountPage, ActivationPage, AuditPage, PasswordLockPage, RotationPage},
};

/// Is told of each call, for logs and metrics: [`EngineBuilder::observer`](crate::EngineBuilder::observer).
///
/// It is called once for each call of [`Tenant`](crate::Tenant), for [`create_tenant`](crate::Engine::create_tenant)
/// and for [`key_usage`](crate::Engine::key_usage), after the commit and before the answer is given, in the task or
/// thread that called; of one call inside another, the outer one alone. With no observer no clock is read.
///
/// **Keep it short.** The caller waits for it, though nobody else on the same account does: count, and leave
/// sending to others. If it panics, the panic is caught and the answer given as if nothing had been: what happens to
/// a person never depends on a counter. (In a program that aborts on panic, it aborts.)
///
/// # Security
/// An [`Observation`] holds no tenant, account, text, token, code or secret, and it can't: its names are those of
/// [`Operation`] and [`Outcome`], which are written down once. Still, how often codes are wrong is no matter for the
/// public: keep metrics inside.
pub trait Observer: Send + Sync {
    /// A call has ended.
    fn observed(&self, observation: &Observation);
}

impl<F: Fn(&Observation) + Send + Sync> Observer for F {
    fn observed(&self, observation: &Observation) {
        self(observation);
    }
}

/// How one call has ended.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
#[non_exhaustive]
pub struct Observation {
    /// What was called.
    pub operation: Operation,
    /// How it ended: [`Outcome::outcome`] of the answer or the error, or `cancelled`.
    pub outcome: &'static str,
    /// Which kind of outcome that is.
    pub class: OutcomeClass,
    /// How often documents were loaded: 0 where none was needed, 1 as a rule, and one more for each conflict with
    /// another process and each lost answer of the store.
    pub rounds: u32,
    /// From the call to its answer: computing, waiting for the store and for others on the same account.
    pub elapsed: Duration,
}

/// Kinds of outcomes, by who has to do something about them.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash)]
#[non_exhaustive]
pub enum OutcomeClass {
    /// An answer, whatever it says: nobody.
    Answer,
    /// The call was given up, or a store or a clock panicked: the future was dropped before its answer. What it was
    /// about may be stored.
    Cancelled,
    /// [`Error::Busy`]: nobody, unless it is often.
    Busy,
    /// [`Error::Unavailable`]: the operator.
    Unavailable,
    /// [`Error::Misuse`]: whoever wrote the call.
    Misuse,
}

impl OutcomeClass {
    /// A stable name, such as `unavailable`.
    #[must_use]
    pub const fn name(self) -> &'static str {
        match self {
            Self::Answer => "answer",
            Self::Cancelled => "cancelled",
            Self::Busy => "busy",
            Self::Unavailable => "unavailable",
            Self::Misuse => "misuse",
        }
    }

    const fn of<A>(ended: &Result<A, Error>) -> Self {
        match ended {
            Ok(_) => Self::Answer,
            Err(Error::Busy) => Self::Busy,
            Err(Error::Unavailable(_)) => Self::Unavailable,
            // An error of a kind that only a newer core knows does not come from a person either.
            Err(_) => Self::Misuse,
        }
    }
}

/// One call that is being observed, until it ends or is dropped.
pub(crate) struct Watch<'a> {
    observer: Option<(&'a dyn Observer, Instant)>,
    operation: Operation,
    rounds: u32,
}

impl<'a> Watch<'a> {
    pub(crate) fn new(observer: Option<&'a dyn Observer>, operation: Operation) -> Self {
        Self {
            observer: observer.map(|observer| (observer, Instant::now())),
            operation,
            rounds: 0,
        }
    }

    /// Documents are being loaded.
    pub(crate) const fn round(&mut self) {
        self.rounds = self.rounds.saturating_add(1);
    }

    /// The call has ended like this.
    pub(crate) fn end<A: Outcome>(mut self, ended: Result<A, Error>) -> Result<A, Error> {
        self.tell(ended.outcome(), OutcomeClass::of(&ended));
        ended
    }

    fn tell(&mut self, outcome: &'static str, class: OutcomeClass) {
        let Some((observer, started)) = self.observer.take() else {
            return;
        };
        let observation = Observation {
            operation: self.operation,
            outcome,
            class,
            rounds: self.rounds,
            elapsed: started.elapsed(),
        };
        // What was committed is to be answered, whatever becomes of its observation.
        let _ = catch_unwind(AssertUnwindSafe(|| observer.observed(&observation)));
    }
}

impl Drop for Watch<'_> {
    fn drop(&mut self) {
        self.tell("cancelled", OutcomeClass::Cancelled);
    }
}

impl Outcome for AuditPage {
    fn outcome(&self) -> &'static str {
        self.entries.outcome()
    }
}

impl Outcome for AccountPage {
    fn outcome(&self) -> &'static str {
        self.entries.outcome()
    }
}

impl Outcome for PasswordLockPage {
    fn outcome(&self) -> &'static str {
        self.entries.outcome()
    }
}

impl Outcome for RotationPage {
    fn outcome(&self) -> &'static str {
        match (self.failed.is_empty(), self.left) {
            (false, _) => "resealed_in_part",
            (true, 0) => "rotated",
            (true, _) => "resealed",
        }
    }
}

impl Outcome for KeyUsage {
    fn outcome(&self) -> &'static str {
        "listed"
    }
}

impl Outcome for ActivationPage {
    fn outcome(&self) -> &'static str {
        self.entries.outcome()
    }
}

/// Observations as events of `tracing`, with the target `mfakit`: answers at `DEBUG`, what is busy or cancelled at
/// `WARN`, what is unavailable or misused at `ERROR`.
///
/// An event belongs to the span in which the host called, such as that of the request. Its fields are `operation`,
/// `outcome`, `class`, `rounds` and `elapsed_us`.
#[cfg(feature = "tracing")]
#[derive(Debug, Clone, Copy, Default)]
#[expect(clippy::exhaustive_structs, reason = "it has nothing to set")]
pub struct TracingObserver;

#[cfg(feature = "tracing")]
impl Observer for TracingObserver {
    fn observed(&self, observation: &Observation) {
        macro_rules! event {
            ($level:ident) => {
                tracing::event!(
                    target: "mfakit",
                    tracing::Level::$level,
                    operation = observation.operation.name(),
                    outcome = observation.outcome,
                    class = observation.class.name(),
                    rounds = observation.rounds,
                    elapsed_us = u64::try_from(observation.elapsed.as_micros()).unwrap_or(u64::MAX),
                )
            };
        }
        match observation.class {
            OutcomeClass::Answer => event!(DEBUG),
            OutcomeClass::Busy | OutcomeClass::Cancelled => event!(WARN),
            OutcomeClass::Unavailable | OutcomeClass::Misuse => event!(ERROR),
        }
    }
}

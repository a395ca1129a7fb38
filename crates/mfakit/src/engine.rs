//! The engine: the core with a store, a clock and the operating system's randomness.

mod keys;

use alloc::sync::Arc;
use core::fmt;

use getrandom::SysRng;
use mfakit_core::{
    Administrator, Error, Flow, Input, Keyring, Operation, Outcome, Policy, Step, TenantCreation,
    TenantId, TenantIdError,
};
use mfakit_store::Store;

use crate::{
    clock::{Clock, SystemClock},
    engine::keys::Rings,
    observe::{Observer, Watch},
    queue::Queue,
    tenant::Tenant,
};

pub use self::keys::{KeyDocuments, KeyUsage, KeyringReplacement};

/// The engine. Clones share everything; it needs no particular async runtime.
#[derive(Clone)]
pub struct Engine {
    shared: Arc<Shared>,
}

struct Shared {
    store: Box<dyn Store>,
    rings: Rings,
    clock: Box<dyn Clock>,
    queue: Arc<Queue>,
    observer: Option<Box<dyn Observer>>,
}

impl Engine {
    /// Begins an engine on `store` that seals with `keyring`.
    pub fn builder(store: impl Store + 'static, keyring: Keyring) -> EngineBuilder {
        EngineBuilder {
            store: Box::new(store),
            keyring,
            clock: Box::new(SystemClock),
            observer: None,
        }
    }

    /// Creates a tenant with its first policy; a tenant that exists is left as it is.
    ///
    /// # Errors
    /// [`Error::Busy`] or [`Error::Unavailable`]; then nothing is known to be created.
    pub async fn create_tenant(
        &self,
        tenant: &TenantId,
        policy: Policy,
        by: &Administrator,
    ) -> Result<TenantCreation, Error> {
        let flow = Flow::create_tenant(self.keyring(), tenant.clone(), policy, by.clone());
        self.drive(flow).await
    }

    /// The tenant named `tenant`, where every other call starts. Whether it exists shows at the first call.
    ///
    /// # Errors
    /// [`TenantIdError`] if no tenant can have this name.
    pub fn tenant(&self, tenant: &str) -> Result<Tenant, TenantIdError> {
        Ok(self.tenant_of(TenantId::new(tenant)?))
    }

    /// The tenant with this id.
    #[must_use]
    pub fn tenant_of(&self, tenant: TenantId) -> Tenant {
        Tenant::new(self.clone(), tenant)
    }

    pub(crate) fn store(&self) -> &dyn Store {
        &*self.shared.store
    }

    /// Begins to observe a call.
    pub(crate) fn watch(&self, operation: Operation) -> Watch<'_> {
        Watch::new(self.shared.observer.as_deref(), operation)
    }

    /// Drives a flow to its answer, as a call of its own.
    pub(crate) async fn drive<A>(&self, flow: Flow<A>) -> Result<A, Error>
    where
        A: Outcome + Send + 'static,
    {
        let mut watch = self.watch(flow.operation());
        let ended = self.run(flow, &mut watch).await;
        watch.end(ended)
    }

    /// Drives a flow to its answer, as a part of the call that is watched. This is the one loop around the core.
    pub(crate) async fn run<A: Send + 'static>(
        &self,
        mut flow: Flow<A>,
        watch: &mut Watch<'_>,
    ) -> Result<A, Error> {
        let shared = &self.shared;
        let mut place = None;
        let mut input = Input::Start;
        loop {
            let now = shared.clock.now();
            let step = if flow.is_heavy() && matches!(input, Input::Loaded(_)) {
                // Codes are hashed: off the executor, which others wait for.
                let (again, step) = blocking::unblock(move || {
                    let step = flow.next(input, now, &mut SysRng);
                    (flow, step)
                })
                .await;
                flow = again;
                step
            } else {
                flow.next(input, now, &mut SysRng)
            };
            input = match step {
                Step::Load(keys) => {
                    watch.round();
                    if place.is_none()
                        && let Some(key) = flow.line(&keys)
                    {
                        place = Some(shared.queue.enter(key.clone()).await);
                    }
                    shared
                        .store
                        .load(&keys)
                        .await
                        .map_or_else(Input::Failed, Input::Loaded)
                }
                Step::Commit(commit) => shared
                    .store
                    .commit(&commit)
                    .await
                    .map_or_else(Input::Failed, Input::Committed),
                Step::Done(answer) => return answer,
            };
        }
    }
}

impl fmt::Debug for Engine {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("Engine")
            .field("keyring", &self.shared.rings)
            .finish_non_exhaustive()
    }
}

/// An engine to be.
#[must_use]
pub struct EngineBuilder {
    store: Box<dyn Store>,
    keyring: Keyring,
    clock: Box<dyn Clock>,
    observer: Option<Box<dyn Observer>>,
}

impl EngineBuilder {
    /// Tells `observer` how each call ends.
    pub fn observer(mut self, observer: impl Observer + 'static) -> Self {
        self.observer = Some(Box::new(observer));
        self
    }

    /// Goes by `clock` instead of the system's clock.
    pub fn clock(mut self, clock: impl Clock + 'static) -> Self {
        self.clock = Box::new(clock);
        self
    }

    /// The engine.
    #[must_use]
    pub fn build(self) -> Engine {
        let Self {
            store,
            keyring,
            clock,
            observer,
        } = self;
        let queue = Arc::new(Queue::default());
        Engine {
            shared: Arc::new(Shared {
                store,
                rings: Rings::new(keyring),
                clock,
                queue,
                observer,
            }),
        }
    }
}

impl fmt::Debug for EngineBuilder {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("EngineBuilder")
            .field("keyring", &self.keyring)
            .finish_non_exhaustive()
    }
}

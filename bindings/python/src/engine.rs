//! The engine: a store, a keyring and a clock, for calls that wait and for calls that are awaited.

use mfakit::Engine as Core;
use pyo3::prelude::*;

use crate::{
    answer::Answer as _,
    arguments::{Bounds, By, PAGE, Whole},
    clock::{EngineClock, ManualClock},
    keyring::Keyring,
    observer::PythonObserver,
    policy::Policy,
    promise::promise,
    store::{self, Caller},
    tenant::{AsyncTenant, Host, Tenant},
    wait::wait,
};

macro_rules! engine {
    ($name:ident, $tenant:ident, $caller:expr, $doc:literal, |$self:ident, $py:ident, $core:ident| $call:ident) => {
        #[doc = $doc]
        #[pyclass(frozen, module = "mfakit")]
        pub(crate) struct $name {
            inner: Core,
            host: Host,
        }

        #[pymethods]
        impl $name {
            #[new]
            #[pyo3(signature = (store, keyring, *, clock = None, observer = None))]
            fn new(
                py: Python<'_>,
                store: &Bound<'_, PyAny>,
                keyring: &Bound<'_, Keyring>,
                clock: Option<&Bound<'_, ManualClock>>,
                observer: Option<&Bound<'_, PyAny>>,
            ) -> PyResult<Self> {
                let (inner, host) = open(py, store, $caller, keyring, clock, observer)?;
                Ok(Self { inner, host })
            }

            #[pyo3(signature = (name, /))]
            fn tenant(&self, name: Bounds<mfakit::TenantId>) -> $tenant {
                $tenant {
                    inner: self.inner.tenant_of(name.0),
                    host: self.host.clone(),
                }
            }

            #[pyo3(signature = (name, policy, *, by))]
            fn create_tenant<'py>(
                &$self,
                $py: Python<'py>,
                name: Bounds<mfakit::TenantId>,
                policy: &Bound<'_, Policy>,
                by: By,
            ) -> PyResult<Bound<'py, PyAny>> {
                let policy = policy.get().0.clone();
                $call!($self, $py, $core => $core.create_tenant(&name.0, policy, &by.0).await)
            }

            #[pyo3(signature = (*, after = None, limit = PAGE), text_signature = "($self, *, after=None, limit=50)")]
            fn tenants<'py>(
                &$self,
                $py: Python<'py>,
                after: Option<Bounds<mfakit::TenantId>>,
                limit: Whole<u32>,
            ) -> PyResult<Bound<'py, PyAny>> {
                $call!($self, $py, $core =>
                    $core.tenants(after.as_ref().map(|it| &it.0), limit.0).await)
            }

            fn key_usage<'py>(&$self, $py: Python<'py>) -> PyResult<Bound<'py, PyAny>> {
                $call!($self, $py, $core => $core.key_usage().await)
            }

            #[pyo3(signature = (keyring, /))]
            fn replace_keyring<'py>(
                &$self,
                $py: Python<'py>,
                keyring: &Bound<'_, Keyring>,
            ) -> PyResult<Bound<'py, PyAny>> {
                let ring = keyring.get().duplicate($py)?;
                $call!($self, $py, $core => $core.replace_keyring(ring).await)
            }

            #[pyo3(signature = (keyring, /))]
            fn danger_replace_keyring(
                &self,
                py: Python<'_>,
                keyring: &Bound<'_, Keyring>,
            ) -> PyResult<()> {
                crate::process::check(py)?;
                self.inner.danger_replace_keyring(keyring.get().duplicate(py)?);
                Ok(())
            }

            fn __reduce__(&self) -> PyResult<()> {
                crate::python::refuse_pickle_of_live(stringify!($name))
            }
            const fn __repr__(&self) -> &'static str {
                concat!(stringify!($name), "(..)")
            }
        }
    };
}

macro_rules! waiting {
    ($self:ident, $py:ident, $core:ident => $call:expr) => {{
        crate::process::check($py)?;
        let $core = &$self.inner;
        let answer = wait($py, $self.host.needs_runtime, async move { $call })?;
        answer.into_python($py, &$self.host.clock)
    }};
}

macro_rules! awaited {
    ($self:ident, $py:ident, $core:ident => $call:expr) => {{
        crate::process::check($py)?;
        let ($core, host) = ($self.inner.clone(), $self.host.clone());
        promise($py, async move { $call }, move |py, answer| {
            answer.into_python(py, &host.clock).map(Bound::unbind)
        })
    }};
}

engine!(
    Engine,
    Tenant,
    Caller::Blocks,
    "The engine, whose calls wait.",
    |self, py, core| waiting
);
engine!(
    AsyncEngine,
    AsyncTenant,
    Caller::Awaits,
    "The engine, whose calls are awaited.",
    |self, py, core| awaited
);

fn open(
    py: Python<'_>,
    store: &Bound<'_, PyAny>,
    caller: Caller,
    keyring: &Bound<'_, Keyring>,
    clock: Option<&Bound<'_, ManualClock>>,
    observer: Option<&Bound<'_, PyAny>>,
) -> PyResult<(Core, Host)> {
    crate::process::enter(py)?;
    let (store, needs_runtime) = store::read(store, caller)?;
    let clock = EngineClock::new(clock);
    let mut builder = Core::builder(store, keyring.get().duplicate(py)?).clock(clock.clone());
    if let Some(observer) = observer {
        builder = builder.observer(PythonObserver(observer.clone().unbind()));
    }
    let host = Host {
        clock,
        needs_runtime,
    };
    Ok((builder.build(), host))
}

//! The calls of a tenant: one list, for the tenant that waits and for the one that is awaited.

use mfakit::{
    AccountCount, AccountQuery, ActivationLifetime, ActivationQuery, AuditQuery, ExemptionEnd,
    IdentityVerified, Label, PasswordLockQuery, Pruning, RotationQuery, SignIn,
};
use pyo3::prelude::*;

use crate::{
    answer::Answer as _,
    arguments::{Account, Binding, Bounds, By, Named, PAGE, Several, Subject, Whole},
    errors::invalid,
    policy::Policy,
    promise::promise,
    tenant::{After, AsyncTenant, First, Hardware, Tenant, which},
    text::{Presented, Typed},
    time::Instant,
    wait::wait,
};

/// What is presented, with what it is bound to.
macro_rules! shown {
    ($presented:ident, $binding:ident) => {
        $presented.with($binding.as_ref().map(|it| &it.0))
    };
}

/// `name(argument: Type, ...) [signature] |tenant| what to await;` with what is read first in `where`, and behind `=`
/// what `help` shows where the signature has defaults that it could not show.
macro_rules! calls {
    ($(
        $name:ident ( $($argument:ident: $type:ty),* ) [ $($signature:tt)* ] $(= $text:literal)?
        $(where $py:ident { $($prepare:tt)* })?
        |$tenant:ident| $call:expr;
    )*) => {
        #[pymethods]
        impl Tenant {
            #[getter]
            fn name(&self) -> &str {
                self.inner.id().as_str()
            }

            fn __reduce__(&self) -> PyResult<()> {
                crate::python::refuse_pickle_of_live("Tenant")
            }

            fn __repr__(&self) -> String {
                format!("Tenant({:?})", self.inner.id().as_str())
            }

            $(
                #[pyo3(signature = ($($signature)*) $(, text_signature = $text)?)]
                #[allow(clippy::too_many_arguments, reason = "Python names them")]
                fn $name<'py>(
                    &self,
                    py: Python<'py>,
                    $($argument: $type),*
                ) -> PyResult<Bound<'py, PyAny>> {
                    crate::process::check(py)?;
                    $(let $py = py; $($prepare)*)?
                    let $tenant = &self.inner;
                    let answer = wait(py, self.host.needs_runtime, async move { $call })?;
                    answer.into_python(py, &self.host.clock)
                }
            )*
        }

        #[pymethods]
        impl AsyncTenant {
            #[getter]
            fn name(&self) -> &str {
                self.inner.id().as_str()
            }

            fn __reduce__(&self) -> PyResult<()> {
                crate::python::refuse_pickle_of_live("AsyncTenant")
            }

            fn __repr__(&self) -> String {
                format!("AsyncTenant({:?})", self.inner.id().as_str())
            }

            $(
                #[pyo3(signature = ($($signature)*) $(, text_signature = $text)?)]
                #[allow(clippy::too_many_arguments, reason = "Python names them")]
                fn $name<'py>(
                    &self,
                    py: Python<'py>,
                    $($argument: $type),*
                ) -> PyResult<Bound<'py, PyAny>> {
                    crate::process::check(py)?;
                    $(let $py = py; $($prepare)*)?
                    let (owned, host) = (self.inner.clone(), self.host.clone());
                    promise(
                        py,
                        async move {
                            let $tenant = &owned;
                            async move { $call }.await
                        },
                        move |py, answer| answer.into_python(py, &host.clock).map(Bound::unbind),
                    )
                }
            )*
        }
    };
}

calls! {
    policy() [] |mfa| mfa.policy().await;
    set_policy(policy: Py<Policy>, by: By) [policy, *, by]
        where py { let policy = policy.bind(py).get().0.clone(); }
        |mfa| mfa.set_policy(policy, &by.0).await;

    begin_password(account: Account) [account] |mfa| mfa.begin_password(&account.0).await;
    begin_decoy() [] |mfa| mfa.begin_decoy().await;
    settle_sign_ins(account: Account) [account] |mfa| mfa.settle_sign_ins(&account.0).await;
    sign_in(
        first: First,
        device: Option<Typed>,
        binding: Option<Binding>,
        not_older_than: Option<Whole<u64>>,
        demand_factor: bool
    ) [first, *, device = None, binding = None, not_older_than = None, demand_factor = false]
        |mfa| mfa.sign_in(first.0, request(device, binding, not_older_than, demand_factor)).await;

    begin_setup(
        presented: Presented,
        account_name: Bounds<mfakit::AccountName>,
        label: Bounds<Label>,
        binding: Option<Binding>
    ) [presented, *, account_name, label, binding = None]
        |mfa| mfa.begin_setup(shown!(presented, binding), &account_name.0, &label.0).await;
    confirm_setup(presented: Presented, code: Typed, binding: Option<Binding>)
        [presented, code, *, binding = None]
        |mfa| mfa.confirm_setup(shown!(presented, binding), &code.0).await;
    defer(presented: Presented, binding: Option<Binding>) [presented, *, binding = None]
        |mfa| mfa.defer(shown!(presented, binding)).await;

    verify(presented: Presented, code: Typed, binding: Option<Binding>)
        [presented, code, *, binding = None]
        |mfa| mfa.verify(shown!(presented, binding), &code.0).await;
    verify_and_remember(
        presented: Presented,
        code: Typed,
        device: Bounds<Label>,
        binding: Option<Binding>
    ) [presented, code, *, device, binding = None]
        |mfa| mfa.verify_and_remember(shown!(presented, binding), &code.0, &device.0).await;
    resynchronize(presented: Presented, first: Typed, second: Typed, binding: Option<Binding>)
        [presented, first, second, *, binding = None]
        |mfa| mfa.resynchronize(shown!(presented, binding), &first.0, &second.0).await;

    check_assertion(presented: Presented, demand: Named<mfakit::Demand>, binding: Option<Binding>)
        [presented, *, demand = Named(mfakit::Demand::Session), binding = None]
        = "($self, presented, *, demand='session', binding=None)"
        |mfa| match demand.0 {
            mfakit::Demand::Session => mfa.check_assertion(shown!(presented, binding)).await,
            demand => mfa.check_assertion_for(shown!(presented, binding), demand).await,
        };
    step_up(presented: Presented, binding: Option<Binding>) [presented, *, binding = None]
        |mfa| mfa.step_up(shown!(presented, binding)).await;
    acknowledge_backup_codes(presented: Presented, binding: Option<Binding>)
        [presented, *, binding = None]
        |mfa| mfa.acknowledge_backup_codes(shown!(presented, binding)).await;
    regenerate_backup_codes(presented: Presented, binding: Option<Binding>)
        [presented, *, binding = None]
        |mfa| mfa.regenerate_backup_codes(shown!(presented, binding)).await;
    rename_authenticator(
        presented: Presented,
        authenticator: Bounds<mfakit::AuthenticatorId>,
        label: Bounds<Label>,
        binding: Option<Binding>
    ) [presented, authenticator, *, label, binding = None]
        |mfa| mfa.rename_authenticator(shown!(presented, binding), authenticator.0, &label.0).await;
    remove_authenticator(
        presented: Presented,
        authenticator: Bounds<mfakit::AuthenticatorId>,
        binding: Option<Binding>
    ) [presented, authenticator, *, binding = None]
        |mfa| mfa.remove_authenticator(shown!(presented, binding), authenticator.0).await;
    disable(presented: Presented, binding: Option<Binding>) [presented, *, binding = None]
        |mfa| mfa.disable(shown!(presented, binding)).await;
    revoke_devices(
        presented: Presented,
        device: Option<Bounds<mfakit::DeviceId>>,
        binding: Option<Binding>
    ) [presented, *, device = None, binding = None]
        |mfa| mfa.revoke_devices(shown!(presented, binding), which(device.map(|it| it.0))).await;
    password_changed(account: Account, session: Option<Presented>, binding: Option<Binding>)
        [account, *, session = None, binding = None]
        |mfa| {
            let binding = binding.as_ref().map(|it| &it.0);
            let session = session.as_ref().map(|it| it.with(binding));
            mfa.password_changed(&account.0, session).await
        };

    reset(account: Account, by: By) [account, *, by] |mfa| mfa.reset(&account.0, &by.0).await;
    erase(account: Account, by: By) [account, *, by] |mfa| mfa.erase(&account.0, &by.0).await;
    require(account: Account, by: By) [account, *, by] |mfa| mfa.require(&account.0, &by.0).await;
    end_requirement(account: Account, by: By) [account, *, by]
        |mfa| mfa.end_requirement(&account.0, &by.0).await;
    exempt(account: Account, end: Option<Instant>, by: By) [account, *, end, by]
        |mfa| {
            let end = end.map_or(ExemptionEnd::Open, |end| ExemptionEnd::At(end.0));
            mfa.exempt(&account.0, end, &by.0).await
        };
    end_exemption(account: Account, by: By) [account, *, by]
        |mfa| mfa.end_exemption(&account.0, &by.0).await;
    unlock(account: Account, identity_verified: bool, by: By) [account, *, identity_verified, by]
        |mfa| {
            let identity = match identity_verified {
                true => IdentityVerified::Yes,
                false => IdentityVerified::No,
            };
            mfa.unlock(&account.0, &by.0, identity).await
        };
    unlock_password(account: Account, by: By) [account, *, by]
        |mfa| mfa.unlock_password(&account.0, &by.0).await;
    revoke_devices_of(account: Account, device: Option<Bounds<mfakit::DeviceId>>, by: By)
        [account, *, device = None, by]
        |mfa| mfa.revoke_devices_of(&account.0, which(device.map(|it| it.0)), &by.0).await;
    repair_clock(account: Option<Account>, by: By) [account, *, by]
        |mfa| mfa.repair_clock(account.as_ref().map(|it| &it.0), &by.0).await;
    bind_token(
        account: Account,
        token: Py<PyAny>,
        label: Bounds<Label>,
        next_counter: Option<Whole<u64>>,
        by: By
    ) [account, token, *, label, next_counter = None, by]
        where py { let token = Hardware::read(py, token.bind(py), next_counter.map(|it| it.0))?; }
        |mfa| mfa.bind_token(&account.0, token.0, token.1, &label.0, &by.0).await;
    resynchronize_of(account: Account, first: Typed, second: Typed, by: By)
        [account, first, second, *, by]
        |mfa| mfa.resynchronize_of(&account.0, &first.0, &second.0, &by.0).await;

    status(accounts: Several<Account>) [accounts] |mfa| {
        let accounts: Vec<_> = accounts.0.into_iter().map(|it| it.0).collect();
        mfa.status(&accounts).await
    };
    accounts(state: Option<Named<mfakit::AccountState>>, after: Option<Account>, limit: Whole<u32>)
        [*, state = None, after = None, limit = PAGE]
        = "($self, *, state=None, after=None, limit=50)"
        |mfa| {
            let mut query = AccountQuery::first(limit.0);
            if let Some(state) = state {
                query = query.only(state.0);
            }
            if let Some(after) = after {
                query = query.after(after.0);
            }
            mfa.accounts(query).await
        };
    count_accounts() [] |mfa| count(mfa).await;
    password_locks(after: Option<Account>, limit: Whole<u32>) [*, after = None, limit = PAGE]
        = "($self, *, after=None, limit=50)"
        |mfa| {
            let mut query = PasswordLockQuery::first(limit.0);
            if let Some(after) = after {
                query = query.after(after.0);
            }
            mfa.password_locks(query).await
        };

    issue_activation(purpose: Bounds<Label>, lifetime: Option<Whole<u32>>, by: By)
        [*, purpose, lifetime = None, by]
        where py { let lifetime = lifetime_of(py, lifetime)?; }
        |mfa| mfa.issue_activation(&purpose.0, lifetime, &by.0).await;
    reissue_activation(
        handle: Bounds<mfakit::ActivationHandle>,
        lifetime: Option<Whole<u32>>,
        by: By
    ) [handle, *, lifetime = None, by]
        where py { let lifetime = lifetime_of(py, lifetime)?; }
        |mfa| mfa.reissue_activation(handle.0, lifetime, &by.0).await;
    revoke_activation(handle: Bounds<mfakit::ActivationHandle>, by: By) [handle, *, by]
        |mfa| mfa.revoke_activation(handle.0, &by.0).await;
    redeem_activation(code: Typed, purpose: Bounds<Label>, redeemer: Bounds<mfakit::Actor>)
        [code, *, purpose, redeemer]
        |mfa| mfa.redeem_activation(&code.0, &purpose.0, &redeemer.0).await;
    repair_activation_clock(handle: Bounds<mfakit::ActivationHandle>, by: By) [handle, *, by]
        |mfa| mfa.repair_activation_clock(handle.0, &by.0).await;
    activation_status(handles: Several<Bounds<mfakit::ActivationHandle>>) [handles]
        |mfa| {
            let handles: Vec<_> = handles.0.into_iter().map(|it| it.0).collect();
            mfa.activation_status(&handles).await
        };
    activations(after: Option<Bounds<mfakit::ActivationHandle>>, limit: Whole<u32>)
        [*, after = None, limit = PAGE]
        = "($self, *, after=None, limit=50)"
        |mfa| {
            let mut query = ActivationQuery::first(limit.0);
            if let Some(after) = after {
                query = query.after(after.0);
            }
            mfa.activations(query).await
        };

    events(oldest_first: bool, after: Option<Whole<u64>>, limit: Whole<u32>)
        [*, oldest_first = false, after = None, limit = PAGE]
        = "($self, *, oldest_first=False, after=None, limit=50)"
        |mfa| {
            let mut query = match oldest_first {
                true => AuditQuery::oldest(limit.0),
                false => AuditQuery::newest(limit.0),
            };
            if let Some(after) = after {
                query = query.after(after.0);
            }
            mfa.events(query).await
        };
    feed(cursor: Option<Whole<u64>>, limit: Whole<u32>) [cursor, *, limit = PAGE]
        = "($self, cursor, *, limit=50)"
        |mfa| mfa.events(AuditQuery::feed(cursor.map(|it| it.0), limit.0)).await;
    verify_audit(subject: Subject) [subject] |mfa| mfa.verify_audit(subject.0).await;
    prune_events(before: Instant, only: Option<Subject>, by: By) [*, before, only = None, by]
        |mfa| {
            let mut run = Pruning::before(before.0);
            if let Some(only) = only {
                run = run.only(only.0);
            }
            prune(mfa, run, &by.0).await
        };

    rotate_keys(after: Option<After>, limit: Whole<u32>, by: By)
        [*, after = None, limit = PAGE, by]
        = "($self, *, after=None, limit=50, by)"
        |mfa| {
            let mut query = RotationQuery::first(limit.0);
            if let Some(after) = after {
                query = query.after(after.0);
            }
            mfa.rotate_keys(query, &by.0).await
        };
    key_usage() [] |mfa| mfa.key_usage().await;
}

fn request(
    device: Option<Typed>,
    binding: Option<Binding>,
    not_older_than: Option<Whole<u64>>,
    demand_factor: bool,
) -> SignIn {
    let mut request = SignIn::new();
    if let Some(device) = device {
        request = request.device(&*device.0);
    }
    if let Some(binding) = binding {
        request = request.binding(&binding.0);
    }
    if let Some(mark) = not_older_than {
        request = request.not_older_than(mfakit::Mark::new(mark.0));
    }
    if demand_factor {
        request = request.demand_factor();
    }
    request
}

fn lifetime_of(py: Python<'_>, seconds: Option<Whole<u32>>) -> PyResult<ActivationLifetime> {
    match seconds {
        Some(seconds) => ActivationLifetime::at_most(seconds.0).map_err(|error| invalid(py, error)),
        None => Ok(ActivationLifetime::POLICY),
    }
}

async fn count(mfa: &mfakit::Tenant) -> Result<mfakit::AccountSummary, mfakit::Error> {
    let mut count = AccountCount::new();
    while !count.is_done() {
        mfa.count_accounts(&mut count).await?;
    }
    Ok(*count.summary())
}

async fn prune(
    mfa: &mfakit::Tenant,
    mut run: Pruning,
    by: &mfakit::Administrator,
) -> Result<mfakit::PruneReport, mfakit::Error> {
    while !run.is_done() {
        mfa.prune_events(&mut run, by).await?;
    }
    Ok(*run.report())
}

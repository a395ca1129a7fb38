//! What the library answers, as Python gets it: a record, or an exception for a refusal.

mod administration;
mod audit;
mod status;

use mfakit::{
    Allowed, Assertion, BackupCodesRenewal, Challenge, Clock as _, Confirmation, Decision,
    Deferment, DeviceRevocation, FactorChange, Gate, Locked, Renaming, Settlement, SetupStart,
    Standing, StepUp, UnixTime, Verification, Void,
};
use pyo3::prelude::*;

use crate::{
    arguments::account_text,
    backup_codes::BackupCodes,
    clock::EngineClock,
    errors,
    pending_setup::PendingSetup,
    policy::Policy,
    python::{member, record},
    tenant::PasswordAttempt,
    time::{maybe_to_python, to_python},
    token,
};

pub(crate) use self::administration::kind_name;

/// What an answer becomes.
pub(crate) trait Answer: Send + 'static {
    /// A record, a state, or the exception that stands for a refusal.
    fn into_python<'py>(self, py: Python<'py>, clock: &EngineClock) -> PyResult<Bound<'py, PyAny>>;
}

impl<A: Answer> Answer for Result<A, mfakit::Error> {
    fn into_python<'py>(self, py: Python<'py>, clock: &EngineClock) -> PyResult<Bound<'py, PyAny>> {
        match self {
            Ok(answer) => answer.into_python(py, clock),
            Err(error) => Err(errors::engine_error(py, error)),
        }
    }
}

/// Implements [`Answer`] with the parts of it that are used: `answer!(Type |answer, py, clock| ...)`.
macro_rules! answers {
    ($($type:ty = |$answer:pat_param, $py:ident, $clock:pat_param| $into:expr;)*) => {$(
        impl $crate::answer::Answer for $type {
            fn into_python<'py>(
                self,
                $py: ::pyo3::Python<'py>,
                $clock: &$crate::clock::EngineClock,
            ) -> ::pyo3::PyResult<::pyo3::Bound<'py, ::pyo3::PyAny>> {
                let $answer = self;
                $into
            }
        }
    )*};
}
pub(crate) use answers;

answers! {
    () = |(), py, _| Ok(py.None().into_bound(py));
    Gate = |gate, py, clock| match gate {
        Gate::Proceed(attempt) => object(py, PasswordAttempt::new(attempt)),
        Gate::Refused(refusal) => Err(errors::gate_locked(py, refusal.until, clock.now())),
    };
    Decision = |decision, py, clock| match decision {
        Decision::Allow(it) => allowed(py, it),
        Decision::Challenge(it) => challenged(py, it),
        Decision::Setup(it) => {
            let deferral = match it.may_defer {
                Some(it) => Some(record!(py, Deferral(to_python(py, it.until)?, it.skips_left))?),
                None => None,
            };
            record!(py, Setup(token::Ticket::new(it.ticket), deferral))
        }
        Decision::Deny(lock) => {
            let until = errors::lock_end(lock);
            let wait = until.map(|until| clock.now().seconds_until(until));
            let reason = member(py, "LockReason", lock.reason.name())?;
            record!(py, Deny(reason, maybe_to_python(py, until)?, wait))
        }
    };
    Deferment = |deferment, py, clock| match deferment {
        Deferment::Allow(it) => allowed(py, it),
        Deferment::Refused => Err(errors::refused(
            py,
            "NotDeferrableError",
            "refused",
            "the setup can't be put off",
        )),
        Deferment::Locked(lock) => locked(py, lock, clock),
        Deferment::Void(why) => void(py, why),
    };
    SetupStart = |start, py, clock| match start {
        SetupStart::Pending(setup) => object(py, PendingSetup::new(setup)),
        SetupStart::TooManyAuthenticators => Err(too_many(py)),
        SetupStart::Locked(lock) => locked(py, lock, clock),
        SetupStart::Void(why) => void(py, why),
        _ => Err(errors::unknown_answer()),
    };
    Confirmation = |confirmation, py, clock| match confirmation {
        Confirmation::Confirmed(it) => {
            let codes = it.backup_codes.map(BackupCodes::new);
            record!(py, Confirmed(token::Assertion::new(it.assertion), codes))
        }
        Confirmation::Mismatch(mismatch) => Err(errors::mismatched(py, mismatch)),
        Confirmation::NoPendingSetup => Err(errors::refused(
            py,
            "NoPendingSetupError",
            "no_pending_setup",
            "there is no setup to confirm",
        )),
        Confirmation::Locked(lock) => locked(py, lock, clock),
        Confirmation::Void(why) => void(py, why),
        _ => Err(errors::unknown_answer()),
    };
    Verification = |verification, py, clock| match verification {
        Verification::Verified(it) => record!(py, Verified(
            token::Assertion::new(it.assertion),
            member(py, "Basis", it.basis.name())?,
            it.backup_codes_left,
            it.backup_codes_low,
            it.failure_budget_spent,
            it.year_budget_spent,
            it.new_backup_codes.map(BackupCodes::new),
            it.device.map(token::DeviceToken::new),
        )),
        Verification::Mismatch(mismatch) => Err(errors::mismatched(py, mismatch)),
        Verification::Replayed(replayed) => Err(errors::replayed(py, replayed)),
        Verification::Locked(lock) => locked(py, lock, clock),
        Verification::Void(why) => void(py, why),
        Verification::Declined(what) => Err(errors::declined(py, what)),
    };
    Standing = |standing, py, _| match standing {
        Standing::Current(it) => {
            let external = it
                .external
                .map(|means| member(py, "ExternalMeans", means.name()))
                .transpose()?;
            record!(py, Current(
                account_text(py, &it.account)?,
                member(py, "Basis", it.basis.name())?,
                to_python(py, it.signed_in_at)?,
                to_python(py, it.fresh_until)?,
                to_python(py, it.expires)?,
                it.may_set_up,
                it.backup_codes_to_acknowledge,
                it.mark.number(),
                external,
            ))
        }
        Standing::SignInAgain(why) => void(py, why),
        Standing::StepUp(why) => Err(errors::step_up(py, why)),
        _ => Err(errors::unknown_answer()),
    };
    StepUp = |step, py, clock| match step {
        StepUp::Challenge(it) => challenged(py, it),
        StepUp::NoFactor => Err(no_factor(py)),
        StepUp::Locked(lock) => locked(py, lock, clock),
        StepUp::Void(why) => void(py, why),
    };
    BackupCodesRenewal = |renewal, py, clock| match renewal {
        BackupCodesRenewal::Renewed(it) => record!(py, Renewed(
            token::Assertion::new(it.assertion),
            BackupCodes::new(it.backup_codes),
        )),
        BackupCodesRenewal::Locked(lock) => locked(py, lock, clock),
        BackupCodesRenewal::Void(why) => void(py, why),
    };
    Renaming = |renaming, py, clock| match renaming {
        Renaming::Renamed => Ok(py.None().into_bound(py)),
        Renaming::NoSuchAuthenticator => Err(no_such_authenticator(py)),
        Renaming::Locked(lock) => locked(py, lock, clock),
        Renaming::Void(why) => void(py, why),
    };
    FactorChange = |change, py, clock| match change {
        FactorChange::Changed(it) => object(py, token::Assertion::new(it.assertion)),
        FactorChange::NoSuchAuthenticator => Err(no_such_authenticator(py)),
        FactorChange::Required => Err(errors::refused(
            py,
            "FactorRequiredError",
            "required",
            "a second factor is required, and this is the last one",
        )),
        FactorChange::Locked(lock) => locked(py, lock, clock),
        FactorChange::Void(why) => void(py, why),
    };
    DeviceRevocation = |revocation, py, clock| match revocation {
        DeviceRevocation::Revoked { count } => number(py, count),
        DeviceRevocation::NoSuchDevice => Err(errors::refused(
            py,
            "NotFoundError",
            "no_such_device",
            "there is no such remembered device",
        )),
        DeviceRevocation::Locked(lock) => locked(py, lock, clock),
        DeviceRevocation::Void(why) => void(py, why),
    };
    Option<Assertion> = |assertion, py, _| match assertion {
        Some(assertion) => object(py, token::Assertion::new(assertion)),
        None => Ok(py.None().into_bound(py)),
    };
    Settlement = |it, py, _| {
        record!(py, Settlement(it.half_sign_ins, maybe_to_python(py, it.open_until)?))
    };
    mfakit::Policy = |policy, py, _| object(py, Policy(policy));
}

/// An instance of a class of ours.
pub(crate) fn object<'py, T>(py: Python<'py>, value: T) -> PyResult<Bound<'py, PyAny>>
where
    T: pyo3::PyClass<Frozen = pyo3::pyclass::boolean_struct::True> + Into<PyClassInitializer<T>>,
{
    Ok(Bound::new(py, value)?.into_any())
}

pub(crate) fn number(py: Python<'_>, number: u32) -> PyResult<Bound<'_, PyAny>> {
    Ok(number.into_pyobject(py)?.into_any())
}

pub(crate) fn truth(py: Python<'_>, it: bool) -> PyResult<Bound<'_, PyAny>> {
    Ok(it.into_pyobject(py)?.to_owned().into_any())
}

pub(crate) fn locked<'py, T>(py: Python<'py>, lock: Locked, clock: &EngineClock) -> PyResult<T> {
    let now: UnixTime = clock.now();
    Err(errors::locked(py, lock, now))
}

pub(crate) fn no_factor(py: Python<'_>) -> PyErr {
    let message = "the account has no authenticator for this";
    errors::refused(py, "NoFactorError", "no_factor", message)
}

pub(crate) fn too_many(py: Python<'_>) -> PyErr {
    errors::refused(
        py,
        "TooManyAuthenticatorsError",
        "too_many_authenticators",
        "the policy allows no further authenticator",
    )
}

fn void<T>(py: Python<'_>, why: Void) -> PyResult<T> {
    Err(errors::void(py, why))
}

fn no_such_authenticator(py: Python<'_>) -> PyErr {
    let message = "there is no such authenticator";
    errors::refused(py, "NotFoundError", "no_such_authenticator", message)
}

fn allowed<'py>(py: Python<'py>, it: Allowed) -> PyResult<Bound<'py, PyAny>> {
    let basis = member(py, "Basis", it.basis.name())?;
    record!(
        py,
        Allow(token::Assertion::new(it.assertion), basis, it.may_set_up)
    )
}

fn challenged<'py>(py: Python<'py>, it: Challenge) -> PyResult<Bound<'py, PyAny>> {
    record!(
        py,
        Challenge(
            token::Ticket::new(it.ticket),
            it.backup_codes_left,
            it.takes_one_code,
        )
    )
}

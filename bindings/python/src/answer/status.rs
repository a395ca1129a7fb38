//! What accounts and activation codes have become, in lists and one by one.

use mfakit::{
    AccountPage, AccountStatus, AccountSummary, ActivationPage, ActivationStatus, ExemptionEnd,
    PasswordLock, PasswordLockPage,
};
use pyo3::{prelude::*, types::PyTuple};

use super::{
    administration::{act, state},
    answers,
};
use crate::{
    arguments::account_text,
    errors::{fault_name, lock_end},
    python::{member, record},
    time::{maybe_to_python, to_python},
};

answers! {
    Vec<AccountStatus> = |all, py, _| Ok(each(py, &all, account)?.into_any());
    AccountPage = |page, py, _| {
        let next = page.next.map(|next| account_text(py, &next)).transpose()?;
        record!(py, AccountPage(each(py, &page.entries, account)?, next))
    };
    PasswordLockPage = |page, py, _| {
        let next = page.next.map(|next| account_text(py, &next)).transpose()?;
        record!(py, PasswordLockPage(each(py, &page.entries, password_lock)?, next))
    };
    Vec<ActivationStatus> = |all, py, _| Ok(each(py, &all, activation)?.into_any());
    ActivationPage = |page, py, _| {
        let next = page.next.map(|next| next.to_string());
        record!(py, ActivationPage(each(py, &page.entries, activation)?, next))
    };
    AccountSummary = |it, py, _| {
        let counts = [
            it.accounts,
            it.not_set_up,
            it.set_up,
            it.setup_pending,
            it.overdue,
            it.locked,
            it.hard_locked,
            it.exempt,
            it.few_backup_codes,
            it.unreadable,
            it.erased,
            it.passwords_locked,
            it.passwords_unreadable,
        ];
        let class = crate::python::results(py)?.getattr("AccountSummary")?;
        class.call1(PyTuple::new(py, counts)?)
    };
}

fn account<'py>(py: Python<'py>, it: &AccountStatus) -> PyResult<Bound<'py, PyAny>> {
    let authenticators = each(py, &it.authenticators, |py, it| {
        record!(
            py,
            AuthenticatorStatus(
                it.id.to_string(),
                member(py, "AuthenticatorKind", it.kind.name())?,
                member(py, "Strength", it.strength.name())?,
                it.label.as_str(),
                to_python(py, it.bound_at)?,
            )
        )
    })?;
    let lock = match it.lock {
        Some(lock) => {
            let reason = member(py, "LockReason", lock.reason.name())?;
            Some(record!(
                py,
                Lock(reason, maybe_to_python(py, lock_end(lock))?)
            )?)
        }
        None => None,
    };
    let exemption = match &it.exemption {
        Some(it) => {
            let end = match it.end {
                ExemptionEnd::At(end) => Some(to_python(py, end)?),
                ExemptionEnd::Open => None,
            };
            let (actor, reason) = (it.by.actor.as_str(), it.by.reason.as_str());
            let by = record!(py, Administrator(actor, reason))?;
            Some(record!(
                py,
                ExemptionStatus(to_python(py, it.granted_at)?, end, by)
            )?)
        }
        None => None,
    };
    let devices = each(py, &it.devices, |py, it| {
        record!(
            py,
            DeviceStatus(
                it.id.to_string(),
                it.label.as_str(),
                to_python(py, it.created_at)?,
                to_python(py, it.used_at)?,
                to_python(py, it.expires)?,
            )
        )
    })?;
    // More than the twelve fields that a Rust tuple passes on.
    let fields: Vec<Bound<'py, PyAny>> = vec![
        account_text(py, &it.account)?,
        authenticators.into_any(),
        any(py, it.setup_pending)?,
        any(py, it.backup_codes_left)?,
        any(py, it.backup_codes_low)?,
        any(py, it.backup_codes_acknowledged)?,
        any(py, lock)?,
        any(py, it.failure_budget_spent)?,
        any(py, it.year_budget_spent)?,
        any(py, exemption)?,
        any(py, it.required)?,
        devices.into_any(),
        any(py, maybe_to_python(py, it.setup_due_at)?)?,
        any(py, it.fault.map(fault_name))?,
        any(py, it.overdue)?,
        any(py, it.erased)?,
    ];
    let class = crate::python::results(py)?.getattr("AccountStatus")?;
    class.call1(PyTuple::new(py, fields)?)
}

fn password_lock<'py>(py: Python<'py>, it: &PasswordLock) -> PyResult<Bound<'py, PyAny>> {
    record!(
        py,
        PasswordLock(
            account_text(py, &it.account)?,
            maybe_to_python(py, it.until)?,
            it.fault.map(fault_name),
        )
    )
}

fn activation<'py>(py: Python<'py>, it: &ActivationStatus) -> PyResult<Bound<'py, PyAny>> {
    let known = match &it.record {
        Some(it) => {
            let (state, by) = state(py, &it.state)?;
            Some(record!(
                py,
                ActivationRecord(
                    it.purpose.as_str(),
                    act(py, &it.issued)?,
                    to_python(py, it.expires)?,
                    it.tries_left,
                    state,
                    by,
                )
            )?)
        }
        None => None,
    };
    record!(
        py,
        ActivationStatus(it.handle.to_string(), known, it.fault.map(fault_name))
    )
}

fn each<'py, T>(
    py: Python<'py>,
    all: &[T],
    into: impl Fn(Python<'py>, &T) -> PyResult<Bound<'py, PyAny>>,
) -> PyResult<Bound<'py, PyTuple>> {
    let all: Vec<_> = all.iter().map(|it| into(py, it)).collect::<PyResult<_>>()?;
    PyTuple::new(py, all)
}

fn any<'py>(py: Python<'py>, value: impl IntoPyObject<'py>) -> PyResult<Bound<'py, PyAny>> {
    use pyo3::IntoPyObjectExt as _;
    value.into_bound_py_any(py)
}

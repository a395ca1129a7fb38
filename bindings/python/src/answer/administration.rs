//! What administrators are answered, and what becomes of activation codes and keys.

use mfakit::{
    ActivationState, ClockRepair, ExemptionChange, IssuedActivation, KeyUsage, KeyringReplacement,
    Outcome as _, PolicyChange, Redemption, Reissue, RequirementChange, Resynchronization,
    Revocation, RotationPage, TenantCreation, TenantId, TokenBinding, Unlocking,
};
use pyo3::{
    prelude::*,
    types::{PyBytes, PyString, PyTuple},
};

use super::{answers, locked, no_factor, object, too_many, truth};
use crate::{
    activation_code::ActivationCode,
    errors, key_usage,
    python::{member, record},
    tenant::RotationCursor,
    time::to_python,
};

answers! {
    RequirementChange = |change, py, _| truth(py, change == RequirementChange::Changed);
    TenantCreation = |creation, py, _| truth(py, creation == TenantCreation::Created);
    ClockRepair = |repair, py, _| truth(py, repair == ClockRepair::Repaired);
    PolicyChange = |change, py, _| match change {
        PolicyChange::Changed => Ok(py.None().into_bound(py)),
        PolicyChange::Stale => Err(errors::refused(
            py,
            "StaleError",
            "stale",
            "the policy was changed since it was read",
        )),
    };
    ExemptionChange = |change, py, _| {
        let code = change.outcome();
        match change {
            ExemptionChange::Changed => truth(py, true),
            ExemptionChange::NotExempt => truth(py, false),
            ExemptionChange::EndsInThePast => {
                Err(errors::exemption(py, code, "the exemption would have ended already", None))
            }
            ExemptionChange::TooLong { latest } => {
                let message = "the policy allows no exemption that long";
                Err(errors::exemption(py, code, message, Some(latest)))
            }
            ExemptionChange::EndNeeded { latest } => {
                let message = "the policy allows no exemption without an end";
                Err(errors::exemption(py, code, message, Some(latest)))
            }
            _ => Err(errors::unknown_answer()),
        }
    };
    Unlocking = |unlocking, py, _| member(py, "Unlocking", unlocking.outcome());
    TokenBinding = |binding, py, _| match binding {
        TokenBinding::Bound(it) => record!(py, BoundToken(
            it.id.to_string(),
            member(py, "Strength", it.strength.name())?,
        )),
        TokenBinding::TooManyAuthenticators => Err(too_many(py)),
        TokenBinding::SecondCounter => Err(errors::refused(
            py,
            "TokenBindingError",
            "second_counter",
            "the account has a token that counts already",
        )),
        TokenBinding::AlreadyBound => Err(errors::refused(
            py,
            "TokenBindingError",
            "already_bound",
            "a token with this secret is bound to the account already",
        )),
    };
    Resynchronization = |answer, py, clock| match answer {
        Resynchronization::Resynchronized(id) => {
            Ok(PyString::new(py, &id.to_string()).into_any())
        }
        Resynchronization::Mismatch(mismatch) => Err(errors::mismatched(py, mismatch)),
        Resynchronization::Replayed => Err(errors::replayed_pair(py)),
        Resynchronization::NoFactor => Err(no_factor(py)),
        Resynchronization::Locked(lock) => locked(py, lock, clock),
        Resynchronization::Declined => Err(errors::declined(py, mfakit_core::Declined::TwoCodes)),
    };
    IssuedActivation = |it, py, _| issued(py, it);
    Reissue = |reissue, py, _| match reissue {
        Reissue::Reissued(it) => {
            let (state, act) = state(py, &it.old)?;
            record!(py, Reissued(issued(py, it.issued)?, state, act))
        }
        Reissue::Unknown => Err(unknown_activation(py)),
    };
    Revocation = |revocation, py, _| match revocation {
        Revocation::Revoked => truth(py, true),
        Revocation::AlreadyRevoked => truth(py, false),
        Revocation::AlreadyRedeemed(_) => Err(errors::refused(
            py,
            "RefusedError",
            "already_redeemed",
            "the code was redeemed, which is not undone",
        )),
        Revocation::Unknown => Err(unknown_activation(py)),
    };
    Redemption = |redemption, py, _| match redemption {
        Redemption::Redeemed(it) => record!(py, RedeemedActivation(
            it.handle.to_string(),
            it.purpose.as_str(),
            act(py, &it.issued)?,
        )),
        Redemption::ActivationFailed => Err(errors::refused(
            py,
            "ActivationFailedError",
            "activation_failed",
            "the activation failed",
        )),
    };
    KeyUsage = |usage, py, _| object(py, key_usage::KeyUsage::new(usage));
    KeyringReplacement = |replacement, py, _| match replacement {
        KeyringReplacement::Replaced => Ok(py.None().into_bound(py)),
        KeyringReplacement::KeyInUse { key, documents } => Err(errors::keyring(
            py,
            "keyring_key_in_use",
            format!("key {key}, which the new keyring lacks, seals {documents} documents"),
        )),
        KeyringReplacement::KeySeals { key } => Err(errors::keyring(
            py,
            "keyring_key_seals",
            format!("key {key}, which the new keyring lacks, seals in a call that runs"),
        )),
        KeyringReplacement::OtherKey { key } => Err(errors::keyring(
            py,
            "keyring_other_key",
            format!("key {key} of the new keyring is another one of the same number"),
        )),
        _ => Err(errors::unknown_answer()),
    };
    Vec<TenantId> = |tenants, py, _| {
        Ok(PyTuple::new(py, tenants.iter().map(TenantId::as_str))?.into_any())
    };
    RotationPage = |page, py, _| {
        let failed = page.failed.iter().map(|failure| {
            record!(py, ResealFailure(
                kind_name(failure.document.kind),
                PyBytes::new(py, &failure.document.id),
                failure.error.outcome(),
            ))
        });
        let failed = PyTuple::new(py, failed.collect::<PyResult<Vec<_>>>()?)?;
        let next = page.next.map(RotationCursor::new);
        record!(py, RotationPage(page.resealed, failed, page.left, next))
    };
}

/// The stable name of a kind of document.
pub(crate) const fn kind_name(kind: mfakit::DocumentKind) -> &'static str {
    match kind {
        mfakit::DocumentKind::Account => "account",
        mfakit::DocumentKind::Gate => "gate",
        mfakit::DocumentKind::Policy => "policy",
        mfakit::DocumentKind::Activation => "activation",
        _ => "unknown",
    }
}

/// What became of an activation code, and who did it.
pub(super) fn state<'py>(
    py: Python<'py>,
    state: &ActivationState,
) -> PyResult<(Bound<'py, PyAny>, Option<Bound<'py, PyAny>>)> {
    let name = member(py, "ActivationStateName", state.name())?;
    let act = match state {
        ActivationState::Redeemed(it) | ActivationState::Revoked(it) => Some(act(py, it)?),
        _ => None,
    };
    Ok((name, act))
}

pub(super) fn act<'py>(
    py: Python<'py>,
    it: &mfakit_core::ActivationAct,
) -> PyResult<Bound<'py, PyAny>> {
    record!(py, ActivationAct(to_python(py, it.at)?, it.by.as_str()))
}

fn issued(py: Python<'_>, it: IssuedActivation) -> PyResult<Bound<'_, PyAny>> {
    record!(
        py,
        IssuedActivation(
            ActivationCode::new(it.code),
            it.handle.to_string(),
            to_python(py, it.expires)?,
        )
    )
}

fn unknown_activation(py: Python<'_>) -> PyErr {
    let message = "there is no activation code of this handle";
    errors::refused(py, "NotFoundError", "unknown", message)
}

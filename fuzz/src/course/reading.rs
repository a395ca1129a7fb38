//! Answers of flows, as the model gives its own.

use mfakit_core::{
    AccountStatus, ActivationState, Challenge, Charged, ClockRepair, DeviceRevocation,
    ExemptionChange, LockEnd, Locked, Mismatch, RequirementChange, Standing, Unavailable, UnixTime,
    Unlocking,
};

use crate::{Answer, Lock, Summary};

pub(super) const fn challenged(challenge: &Challenge) -> Answer {
    Answer::Challenge {
        left: challenge.backup_codes_left,
        one_code: challenge.takes_one_code,
    }
}

pub(super) const fn locked(lock: Locked) -> Answer {
    Answer::Locked(lock_of(lock))
}

pub(super) const fn lock_of(lock: Locked) -> Lock {
    match lock.end {
        LockEnd::At(until) => Lock::Until(until.seconds()),
        LockEnd::Hard => Lock::Hard,
    }
}

pub(super) fn mismatch(it: Mismatch) -> Answer {
    Answer::Mismatch {
        left: it.attempts_left,
        charged: it.charged == Charged::Yes,
    }
}

pub(super) fn told(standing: &Standing) -> Answer {
    match standing {
        Standing::Current(current) => Answer::Current {
            basis: current.basis,
            may_set_up: current.may_set_up,
            to_acknowledge: current.backup_codes_to_acknowledge,
        },
        Standing::SignInAgain(void) => Answer::Void(*void),
        Standing::StepUp(void) => Answer::StepUp(*void),
        other => panic!("{other:?}"),
    }
}

pub(super) const fn unlocking(it: Unlocking) -> Answer {
    match it {
        Unlocking::NotLocked => Answer::NotLocked,
        Unlocking::Lifted => Answer::Lifted,
        Unlocking::FailuresCleared => Answer::FailuresCleared,
        Unlocking::FactorsRemoved => Answer::FactorsRemoved,
    }
}

pub(super) const fn revocation(it: DeviceRevocation) -> Answer {
    match it {
        DeviceRevocation::Revoked { count } => Answer::Revoked { count },
        DeviceRevocation::NoSuchDevice => Answer::NoSuch,
        DeviceRevocation::Locked(lock) => locked(lock),
        DeviceRevocation::Void(void) => Answer::Void(void),
    }
}

pub(super) fn exemption(it: ExemptionChange) -> Answer {
    match it {
        ExemptionChange::Changed => Answer::Done,
        ExemptionChange::NotExempt => Answer::NotExempt,
        ExemptionChange::EndsInThePast => Answer::EndsInThePast,
        ExemptionChange::TooLong { latest } => Answer::TooLong {
            latest: latest.seconds(),
        },
        ExemptionChange::EndNeeded { latest } => Answer::EndNeeded {
            latest: latest.seconds(),
        },
        other => panic!("{other:?}"),
    }
}

pub(super) const fn requirement(it: RequirementChange) -> Answer {
    match it {
        RequirementChange::Changed => Answer::Done,
        RequirementChange::Unchanged => Answer::Unchanged,
    }
}

pub(super) const fn repair(it: ClockRepair) -> Answer {
    match it {
        ClockRepair::Repaired => Answer::Repaired,
        ClockRepair::NothingAhead => Answer::NothingAhead,
    }
}

pub(super) fn summary(status: &AccountStatus) -> Summary {
    assert_eq!(status.fault, None::<Unavailable>);
    Summary {
        factors: status.authenticators.len(),
        pending: status.setup_pending,
        codes_left: status.backup_codes_left,
        acknowledged: status.backup_codes_acknowledged,
        lock: status.lock.map(lock_of),
        budget_spent: status.failure_budget_spent,
        year_spent: status.year_budget_spent,
        exempt: status.exemption.is_some(),
        required: status.required,
        devices: status.devices.len(),
        due_at: status.setup_due_at.map(UnixTime::seconds),
    }
}

pub(super) fn state_name(state: &ActivationState) -> &'static str {
    ["open", "redeemed", "revoked", "expired", "exhausted"]
        .into_iter()
        .find(|name| *name == state.name())
        .expect("a state")
}

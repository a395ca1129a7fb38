//! What people take out of their hands for an operation, and what they keep of its answer.

use mfakit_core::{Decision, Verified, WhichDevices};

use crate::{Answer, Cookie, Person, Typed, Which, WhichDevice};

use super::reading::{challenged, locked};

impl Person {
    pub(super) fn cookie(&self, cookie: Cookie) -> String {
        match cookie {
            Cookie::Own(ago) => self.cookies.get(ago).cloned().unwrap_or_default(),
            Cookie::Odd => "not a device".to_owned(),
        }
    }

    pub(super) fn text_of(&self, typed: &Typed) -> String {
        match typed {
            Typed::Code(code) => code.clone(),
            Typed::Backup(set, slot) => self.backup_code(*set, *slot).unwrap_or("?").to_owned(),
            Typed::Shapeless => "12 34".to_owned(),
        }
    }

    /// Two codes of an app; the second follows the first, or comes after that.
    pub(super) fn pair(&self, which: Which, at: u64, consecutive: bool) -> (String, String) {
        let shows = |factor| self.shows(which, factor).unwrap_or_default();
        (shows(at), shows(at + 1 + u64::from(!consecutive)))
    }

    pub(super) fn which(&self, which: WhichDevice) -> WhichDevices {
        match which {
            WhichDevice::One(number) => WhichDevices::One(self.device_id(number)),
            WhichDevice::All => WhichDevices::All,
        }
    }

    pub(super) fn keep_codes(&mut self, codes: Option<&mfakit_core::BackupCodes>) -> bool {
        let codes = codes.map(|codes| codes.iter().map(str::to_owned).collect());
        self.sets.extend(codes.clone());
        codes.is_some()
    }

    pub(super) fn take_decision(&mut self, decision: &Decision) -> Answer {
        match decision {
            Decision::Allow(allowed) => {
                Self::keep(&mut self.sessions, allowed.assertion.as_str());
                Answer::Allow {
                    basis: allowed.basis,
                    may_set_up: allowed.may_set_up,
                }
            }
            Decision::Challenge(challenge) => {
                Self::keep(&mut self.tickets, challenge.ticket.as_str());
                challenged(challenge)
            }
            Decision::Setup(setup) => {
                Self::keep(&mut self.tickets, setup.ticket.as_str());
                let told = |it: &mfakit_core::Deferral| (it.until.seconds(), it.skips_left);
                Answer::Setup {
                    may_defer: setup.may_defer.as_ref().map(told),
                }
            }
            Decision::Deny(lock) => locked(*lock),
        }
    }

    pub(super) fn take_verified(&mut self, verified: &Verified) -> Answer {
        Self::keep(&mut self.sessions, verified.assertion.as_str());
        if let Some(device) = &verified.device {
            Self::keep(&mut self.cookies, device.as_str());
        }
        Answer::Verified {
            basis: verified.basis,
            left: verified.backup_codes_left,
            budget_spent: verified.failure_budget_spent,
            year_spent: verified.year_budget_spent,
            codes: self.keep_codes(verified.new_backup_codes.as_ref()),
            device: verified.device.is_some(),
        }
    }
}

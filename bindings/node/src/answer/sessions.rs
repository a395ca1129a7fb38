//! What people are answered: sign-in, setup, verification, sessions.

use mfakit::{
    Allowed, Assertion, BackupCodesRenewal, Challenge, Confirmation, Current, Decision, Deferment,
    DeviceRevocation, FactorChange, PendingSetup, QrCode, Redemption, Renaming, Settlement,
    SetupStart, Standing, StepUp, Verification, Verified,
};

use super::{backup_codes, locked_out, mismatch, void};
use crate::json::{Answer, Object};

fn allowed(to: &mut Object<'_>, allowed: &Allowed) {
    to.text("kind", "allowed");
    to.text("basis", allowed.basis.name());
    to.text("assertion", allowed.assertion.as_str());
    to.flag("maySetUp", allowed.may_set_up);
}

fn challenge(to: &mut Object<'_>, challenge: &Challenge) {
    to.text("kind", "challenge");
    to.text("ticket", challenge.ticket.as_str());
    to.number("backupCodesLeft", challenge.backup_codes_left);
    to.flag("takesOneCode", challenge.takes_one_code);
}

impl Answer for Decision {
    fn write(&self, to: &mut Object<'_>) {
        match self {
            Self::Allow(it) => allowed(to, it),
            Self::Challenge(it) => challenge(to, it),
            Self::Setup(setup) => {
                to.text("kind", "setup");
                to.text("ticket", setup.ticket.as_str());
                match &setup.may_defer {
                    None => to.null("mayDefer"),
                    Some(deferral) => to.object("mayDefer", |to| {
                        to.time("until", deferral.until);
                        to.number("skipsLeft", deferral.skips_left);
                    }),
                }
            }
            Self::Deny(lock) => locked_out(to, lock),
        }
    }
}

impl Answer for Deferment {
    fn write(&self, to: &mut Object<'_>) {
        match self {
            Self::Allow(it) => allowed(to, it),
            Self::Refused => to.text("kind", "refused"),
            Self::Locked(lock) => locked_out(to, lock),
            Self::Void(why) => void(to, *why),
        }
    }
}

impl Answer for SetupStart {
    fn write(&self, to: &mut Object<'_>) {
        match self {
            Self::Pending(setup) => pending(to, setup),
            Self::Locked(lock) => locked_out(to, lock),
            Self::Void(why) => void(to, *why),
            _ => to.text("kind", "too_many_authenticators"),
        }
    }
}

fn pending(to: &mut Object<'_>, setup: &PendingSetup) {
    to.text("kind", "pending");
    to.text("uri", &setup.uri.to_uri());
    to.text("key", &setup.key());
    to.text("issuer", setup.issuer.as_str());
    to.text("accountName", setup.account_name.as_str());
    to.number("attemptsLeft", setup.attempts_left);
    to.time("expires", setup.expires);
    // A code is made here, since making it takes longer than JavaScript should wait for.
    match setup.qr().as_ref().map(QrCode::svg) {
        Ok(svg) => to.text("qrSvg", &svg),
        Err(_) => to.null("qrSvg"),
    }
}

impl Answer for Confirmation {
    fn write(&self, to: &mut Object<'_>) {
        match self {
            Self::Confirmed(confirmed) => {
                to.text("kind", "confirmed");
                to.text("assertion", confirmed.assertion.as_str());
                backup_codes(to, "backupCodes", confirmed.backup_codes.as_ref());
            }
            Self::Mismatch(it) => mismatch(to, it),
            Self::Locked(lock) => locked_out(to, lock),
            Self::Void(why) => void(to, *why),
            _ => to.text("kind", "no_pending_setup"),
        }
    }
}

impl Answer for Verification {
    fn write(&self, to: &mut Object<'_>) {
        match self {
            Self::Verified(it) => verified(to, it),
            Self::Mismatch(it) => mismatch(to, it),
            Self::Replayed(replayed) => {
                to.text("kind", "replayed");
                to.text("what", replayed.what.name());
                to.number("waitSeconds", replayed.wait_seconds);
            }
            Self::Locked(lock) => locked_out(to, lock),
            Self::Void(why) => void(to, *why),
            Self::Declined(declined) => {
                to.text("kind", "declined");
                to.text(
                    "what",
                    match declined {
                        mfakit::Declined::OneCode => "one_code",
                        mfakit::Declined::TwoCodes => "two_codes",
                    },
                );
            }
        }
    }
}

fn verified(to: &mut Object<'_>, verified: &Verified) {
    to.text("kind", "verified");
    to.text("basis", verified.basis.name());
    to.text("assertion", verified.assertion.as_str());
    to.number("backupCodesLeft", verified.backup_codes_left);
    to.flag("backupCodesLow", verified.backup_codes_low);
    to.flag("failureBudgetSpent", verified.failure_budget_spent);
    to.flag("yearBudgetSpent", verified.year_budget_spent);
    backup_codes(to, "newBackupCodes", verified.new_backup_codes.as_ref());
    match &verified.device {
        Some(device) => to.text("device", device.as_str()),
        None => to.null("device"),
    }
}

impl Answer for Standing {
    fn write(&self, to: &mut Object<'_>) {
        match self {
            Self::Current(it) => current(to, it),
            Self::StepUp(why) => {
                to.text("kind", "step_up");
                to.text("reason", why.name());
            }
            Self::SignInAgain(why) => void(to, *why),
            // A standing that only a newer core knows is none that lets anybody in.
            _ => void(to, mfakit::Void::Unknown),
        }
    }
}

fn current(to: &mut Object<'_>, current: &Current) {
    to.text("kind", "current");
    to.bytes("account", current.account.as_bytes());
    to.text("basis", current.basis.name());
    to.time("signedInAt", current.signed_in_at);
    to.time("freshUntil", current.fresh_until);
    to.time("expires", current.expires);
    to.flag("maySetUp", current.may_set_up);
    to.flag(
        "backupCodesToAcknowledge",
        current.backup_codes_to_acknowledge,
    );
    to.plain("mark", current.mark.number());
    match current.external {
        Some(means) => to.text("external", means.name()),
        None => to.null("external"),
    }
}

impl Answer for StepUp {
    fn write(&self, to: &mut Object<'_>) {
        match self {
            Self::Challenge(it) => challenge(to, it),
            Self::NoFactor => to.text("kind", "no_factor"),
            Self::Locked(lock) => locked_out(to, lock),
            Self::Void(why) => void(to, *why),
        }
    }
}

impl Answer for BackupCodesRenewal {
    fn write(&self, to: &mut Object<'_>) {
        match self {
            Self::Renewed(renewed) => {
                to.text("kind", "renewed");
                to.text("assertion", renewed.assertion.as_str());
                backup_codes(to, "backupCodes", Some(&renewed.backup_codes));
            }
            Self::Locked(lock) => locked_out(to, lock),
            Self::Void(why) => void(to, *why),
        }
    }
}

impl Answer for Renaming {
    fn write(&self, to: &mut Object<'_>) {
        match self {
            Self::Renamed => to.text("kind", "renamed"),
            Self::NoSuchAuthenticator => to.text("kind", "no_such_authenticator"),
            Self::Locked(lock) => locked_out(to, lock),
            Self::Void(why) => void(to, *why),
        }
    }
}

impl Answer for FactorChange {
    fn write(&self, to: &mut Object<'_>) {
        match self {
            Self::Changed(changed) => {
                to.text("kind", "changed");
                to.text("assertion", changed.assertion.as_str());
            }
            Self::NoSuchAuthenticator => to.text("kind", "no_such_authenticator"),
            Self::Required => to.text("kind", "required"),
            Self::Locked(lock) => locked_out(to, lock),
            Self::Void(why) => void(to, *why),
        }
    }
}

impl Answer for DeviceRevocation {
    fn write(&self, to: &mut Object<'_>) {
        match self {
            Self::Revoked { count } => {
                to.text("kind", "revoked");
                to.number("count", *count);
            }
            Self::NoSuchDevice => to.text("kind", "no_such_device"),
            Self::Locked(lock) => locked_out(to, lock),
            Self::Void(why) => void(to, *why),
        }
    }
}

impl Answer for Option<Assertion> {
    fn write(&self, to: &mut Object<'_>) {
        match self {
            Some(assertion) => to.text("assertion", assertion.as_str()),
            None => to.null("assertion"),
        }
    }
}

impl Answer for Settlement {
    fn write(&self, to: &mut Object<'_>) {
        to.number("halfSignIns", self.half_sign_ins);
        to.time_or_null("openUntil", self.open_until);
    }
}

impl Answer for Redemption {
    fn write(&self, to: &mut Object<'_>) {
        match self {
            Self::Redeemed(redeemed) => {
                to.text("kind", "activation_redeemed");
                to.plain("handle", redeemed.handle);
                to.text("purpose", redeemed.purpose.as_str());
                to.object("issued", |to| super::lists::act(to, &redeemed.issued));
            }
            Self::ActivationFailed => to.text("kind", "activation_failed"),
        }
    }
}

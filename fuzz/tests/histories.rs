//! Random histories of two accounts, a policy and an installation, with a store that fails, processes that end,
//! clocks that jump and time that passes: every answer is one that the rules allow.

#![allow(clippy::panic, reason = "a test panics to fail")]

use std::panic::catch_unwind;

use mfakit_core::DocumentKind::{Account, Activation, Gate, Policy};
use mfakit_fuzz::{Coverage, Defect, Dice, History};
use rand_core::TryRng as _;

const OPERATIONS: u64 = 1_000_000;
const LENGTH: u32 = 2_000;

#[test]
fn i1_to_i10_a_million_operations_keep_the_rules() {
    let mut coverage = Coverage::default();
    for seed in 0.. {
        coverage.add(&live(seed, |_| {}));
        if coverage.operations() >= OPERATIONS {
            break;
        }
    }
    say(&format!("{} operations\n{coverage}", coverage.operations()));
    assert_eq!(coverage.differences(OUTCOMES), [""; 0]);
}

#[test]
fn i2_to_i10_forgotten_effects_are_found_out() {
    for (what, defect) in FORGOTTEN {
        let found = (0..200).find(|seed| {
            let broken = |history: &mut History| history.world().defect = *defect;
            // On a store that is well: nothing but the rule is broken.
            catch_unwind(|| live(2 * seed, broken)).is_err()
        });
        let found = found.unwrap_or_else(|| panic!("{what}: not found"));
        say(&format!("{what}: found in history {}", found + 1));
    }
}

/// One history, of which every second is on a store that is well; the others fail more and more often.
fn live(seed: u64, begin: impl FnOnce(&mut History)) -> Coverage {
    let history = History::new(seed);
    let mut history = if seed.is_multiple_of(2) {
        history
    } else {
        history.with_faults(seed, 3 + seed % 40)
    };
    begin(&mut history);
    let mut dice = Dice::new(seed);
    while history.operations() < LENGTH {
        let Ok(drawn) = dice.try_next_u32();
        history.act(drawn.to_le_bytes());
    }
    history.audit();
    history.coverage().clone()
}

#[expect(clippy::print_stdout, reason = "what was done belongs to the result")]
fn say(text: &str) {
    println!("{text}");
}

/// What a decision may forget to change, by kind of document and field (`docs/stored-format.md`).
const FORGOTTEN: &[(&str, Defect)] = &[
    ("the epoch is not raised", Defect::Keeps(Account, &[1])),
    (
        "an authenticator is neither bound nor removed",
        Defect::Keeps(Account, &[2]),
    ),
    (
        "the last accepted step is not stored",
        Defect::Keeps(Account, &[2, 3]),
    ),
    ("replays are not counted", Defect::Keeps(Account, &[2, 4])),
    (
        "the next counter is not stored",
        Defect::Keeps(Account, &[2, 6]),
    ),
    ("the drift is not stored", Defect::Keeps(Account, &[2, 7])),
    ("a setup does not end", Defect::Keeps(Account, &[3])),
    (
        "the tries of a setup are not counted",
        Defect::Keeps(Account, &[3, 4]),
    ),
    (
        "a backup code is not marked as used",
        Defect::Keeps(Account, &[4]),
    ),
    (
        "backup codes are not acknowledged",
        Defect::Keeps(Account, &[4, 1]),
    ),
    ("failures are not counted", Defect::Keeps(Account, &[5, 0])),
    ("no lock is stored", Defect::Keeps(Account, &[5, 1])),
    ("no hard lock is stored", Defect::Keeps(Account, &[5, 2])),
    (
        "the days of failures are not stored",
        Defect::Keeps(Account, &[5, 3]),
    ),
    (
        "the failures of the year are not stored",
        Defect::Keeps(Account, &[5, 4]),
    ),
    (
        "that a code was brought is not stored",
        Defect::Keeps(Account, &[12]),
    ),
    ("a spent ticket is not stored", Defect::Keeps(Account, &[6])),
    (
        "a device is neither remembered nor voided",
        Defect::Keeps(Account, &[7]),
    ),
    (
        "an exemption is neither stored nor ended",
        Defect::Keeps(Account, &[8]),
    ),
    (
        "the roll-out does not begin or go on",
        Defect::Keeps(Account, &[9]),
    ),
    ("skips are not counted", Defect::Keeps(Account, &[9, 1])),
    ("a requirement is not stored", Defect::Keeps(Account, &[10])),
    (
        "the latest time is not stored",
        Defect::Keeps(Account, &[0, 2]),
    ),
    (
        "password attempts are not counted",
        Defect::Keeps(Gate, &[1]),
    ),
    ("the gate's lock is not stored", Defect::Keeps(Gate, &[3])),
    (
        "the codes that are asked for are not numbered",
        Defect::Keeps(Gate, &[4]),
    ),
    (
        "that a code is asked for is not stored",
        Defect::Keeps(Gate, &[5]),
    ),
    (
        "a policy that remembers for longer brings devices back",
        Defect::Keeps(Policy, &[12]),
    ),
    ("the policy is not replaced", Defect::Keeps(Policy, &[3])),
    (
        "a reissue keeps the old code",
        Defect::Keeps(Activation, &[2, 0]),
    ),
    (
        "failed redemptions are not counted",
        Defect::Keeps(Activation, &[2, 3]),
    ),
    (
        "a redemption is not stored",
        Defect::Keeps(Activation, &[2, 4]),
    ),
    (
        "a revocation is not stored",
        Defect::Keeps(Activation, &[2, 5]),
    ),
    ("commits are forgotten", Defect::Forgets),
];

/// Every outcome of every operation, but for those that can't come up: a `defer` that is answered with a lock (an
/// account without a factor has none, since what takes the last factor clears a lock or is refused under it).
const OUTCOMES: &[(&str, &[&str])] = &[
    (
        "Acknowledge",
        &[
            "Current BackupCode",
            "Current Deferred",
            "Current Exempt",
            "Current NotRequired",
            "Current NotSetUp",
            "Current Otp",
            "Current Remembered",
            "Void Expired",
            "Void Insufficient",
            "Void Superseded",
            "Void Unknown",
            "Void WrongBinding",
            "Void WrongPurpose",
        ],
    ),
    ("BeginDecoy", &["Done"]),
    ("BeginPassword", &["Paused", "Proceed"]),
    (
        "BeginSetup",
        &[
            "Locked",
            "Pending",
            "TooMany",
            "Void Expired",
            "Void Insufficient",
            "Void Spent",
            "Void Stale",
            "Void Superseded",
            "Void Unknown",
            "Void WrongBinding",
            "Void WrongPurpose",
        ],
    ),
    (
        "BindToken",
        &["AlreadyBound", "Bound", "SecondCounter", "TooMany"],
    ),
    (
        "Check",
        &[
            "Current BackupCode",
            "Current Deferred",
            "Current Exempt",
            "Current NotRequired",
            "Current NotSetUp",
            "Current Otp",
            "Current Remembered",
            "StepUp Insufficient",
            "StepUp Stale",
            "Void Expired",
            "Void Insufficient",
            "Void Superseded",
            "Void Unknown",
            "Void WrongBinding",
            "Void WrongPurpose",
        ],
    ),
    (
        "CodeStatus",
        &[
            "Code exhausted",
            "Code expired",
            "Code open",
            "Code redeemed",
            "Code revoked",
        ],
    ),
    (
        "ConfirmSetup",
        &[
            "Confirmed",
            "Locked",
            "Mismatch",
            "NoPendingSetup",
            "Void Expired",
            "Void Insufficient",
            "Void Spent",
            "Void Stale",
            "Void Superseded",
            "Void Unknown",
            "Void WrongBinding",
            "Void WrongPurpose",
        ],
    ),
    (
        "Defer",
        &[
            "Allow Deferred",
            "Refused",
            "Void Expired",
            "Void Spent",
            "Void Superseded",
            "Void Unknown",
            "Void WrongBinding",
            "Void WrongPurpose",
        ],
    ),
    (
        "Disable",
        &[
            "Changed",
            "Locked",
            "Required",
            "Void Expired",
            "Void Insufficient",
            "Void Stale",
            "Void Superseded",
            "Void Unknown",
            "Void WrongBinding",
            "Void WrongPurpose",
        ],
    ),
    ("EndExemption", &["Done", "NotExempt"]),
    ("EndRequirement", &["Done", "Unchanged"]),
    ("Erase", &["Done"]),
    ("Exempt", &["Done", "EndNeeded", "EndsInThePast", "TooLong"]),
    ("Issue", &["Issued"]),
    ("PasswordChanged", &["Changed"]),
    ("ReadPolicy", &["Done"]),
    ("Redeem", &["ActivationFailed", "Redeemed"]),
    (
        "Regenerate",
        &[
            "Locked",
            "Renewed",
            "Void Expired",
            "Void Insufficient",
            "Void Stale",
            "Void Superseded",
            "Void Unknown",
            "Void WrongBinding",
            "Void WrongPurpose",
        ],
    ),
    (
        "Reissue",
        &[
            "Reissued exhausted",
            "Reissued expired",
            "Reissued open",
            "Reissued redeemed",
            "Reissued revoked",
            "Unknown",
        ],
    ),
    (
        "Remove",
        &[
            "Changed",
            "Locked",
            "NoSuch",
            "Required",
            "Void Expired",
            "Void Insufficient",
            "Void Stale",
            "Void Superseded",
            "Void Unknown",
            "Void WrongBinding",
            "Void WrongPurpose",
        ],
    ),
    (
        "Rename",
        &[
            "Locked",
            "NoSuch",
            "Renamed",
            "Void Expired",
            "Void Insufficient",
            "Void Stale",
            "Void Superseded",
            "Void Unknown",
            "Void WrongBinding",
            "Void WrongPurpose",
        ],
    ),
    ("RepairClock", &["NothingAhead", "Repaired"]),
    ("RepairCode", &["NothingAhead", "Repaired"]),
    ("Require", &["Done", "Unchanged"]),
    ("Reset", &["Done"]),
    (
        "Resynchronize",
        &[
            "Declined TwoCodes",
            "Locked",
            "Mismatch",
            "Replayed Otp",
            "Verified Otp",
            "Void Expired",
            "Void Spent",
            "Void Superseded",
            "Void Unknown",
            "Void WrongBinding",
            "Void WrongPurpose",
        ],
    ),
    (
        "ResynchronizeOf",
        &[
            "Declined TwoCodes",
            "Locked",
            "Mismatch",
            "NoFactor",
            "Replayed Otp",
            "Resynchronized",
        ],
    ),
    (
        "Revoke",
        &["AlreadyRedeemed", "AlreadyRevoked", "Revoked", "Unknown"],
    ),
    (
        "RevokeDevices",
        &[
            "Locked",
            "NoSuch",
            "Revoked",
            "Void Expired",
            "Void Insufficient",
            "Void Stale",
            "Void Superseded",
            "Void Unknown",
            "Void WrongBinding",
            "Void WrongPurpose",
        ],
    ),
    ("RevokeDevicesOf", &["NoSuch", "Revoked"]),
    ("SetPolicy", &["Changed", "Stale"]),
    ("Settle", &["Settled", "Settled nothing"]),
    (
        "SignIn",
        &[
            "Allow Exempt",
            "Allow NotRequired",
            "Allow NotSetUp",
            "Allow Remembered",
            "Challenge",
            "Challenge beyond the year",
            "Locked",
            "Setup",
        ],
    ),
    ("Status", &["Status"]),
    (
        "StepUp",
        &[
            "Challenge",
            "Challenge beyond the year",
            "Locked",
            "NoFactor",
            "Void Expired",
            "Void Insufficient",
            "Void Superseded",
            "Void Unknown",
            "Void WrongBinding",
            "Void WrongPurpose",
        ],
    ),
    (
        "Unlock",
        &["FactorsRemoved", "FailuresCleared", "Lifted", "NotLocked"],
    ),
    ("UnlockPassword", &["FailuresCleared", "NotLocked"]),
    (
        "Verify",
        &[
            "Declined OneCode",
            "Locked",
            "Mismatch",
            "Replayed BackupCode",
            "Replayed Otp",
            "Verified BackupCode",
            "Verified Otp",
            "Void Expired",
            "Void Spent",
            "Void Superseded",
            "Void Unknown",
            "Void WrongBinding",
            "Void WrongPurpose",
        ],
    ),
];

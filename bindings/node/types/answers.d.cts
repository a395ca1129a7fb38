import type { BackupCodes } from './backup.cjs';
import type { MfaErrorCode } from './errors.cjs';
import type { PolicySettings } from './policy.cjs';
import type { PasswordAttempt, RotationCursor } from './tenant.cjs';
/** On what a session rests. */
export type Basis = 'not_required' | 'not_set_up' | 'otp' | 'backup_code' | 'exempt' | 'remembered' | 'deferred';
/** By which means other than a password a person came. */
export type ExternalMeans = 'single_sign_on' | 'mailed_link' | 'client_certificate' | 'other';
/** Why a ticket or an assertion is good for nothing. The page need not tell these apart; the log may. */
export type VoidReason = 'unknown' | 'expired' | 'spent' | 'superseded' | 'wrong_purpose' | 'wrong_binding' | 'insufficient' | 'stale';
/** A lock on an account. */
export interface Lock {
    /** When it ends by itself; `null` if it ends when an administrator acts. */
    readonly until: Date | null;
    /** `failures`: consecutive wrong codes; `budget`: those of 30 days, whatever right ones came between. */
    readonly reason: 'failures' | 'budget';
}
/** The account is locked. */
export interface LockedOut extends Lock {
    readonly kind: 'locked';
}
/** The ticket or assertion is good for nothing: the person signs in again. */
export interface Void {
    readonly kind: 'void';
    readonly reason: VoidReason;
}
/** The code is wrong. */
export interface Mismatch {
    readonly kind: 'mismatch';
    /** Wrong codes that remain before the next lock. */
    readonly attemptsLeft: number;
    /** Whether it was counted; a text that is no code is not. */
    readonly charged: boolean;
}
/** The person is in. */
export interface Allowed {
    readonly kind: 'allowed';
    /** On what that rests. */
    readonly basis: Basis;
    /** The proof, for the session: keep it on the server, or in a cookie that scripts can't read. */
    readonly assertion: string;
    /** Whether setting up a second factor may be offered. */
    readonly maySetUp: boolean;
}
/** The person is asked for a code. */
export interface Challenge {
    readonly kind: 'challenge';
    /** The right to present it: for a cookie or a form field, never for a URL or a log. */
    readonly ticket: string;
    readonly backupCodesLeft: number;
    /** Whether one code of an authenticator is enough; if not, a backup code is, or two consecutive codes. */
    readonly takesOneCode: boolean;
}
/** The person sets up a second factor first. */
export interface SetupRequired {
    readonly kind: 'setup';
    /** The right to do it; as that of a challenge. */
    readonly ticket: string;
    /** Whether it may be put off with `defer`, until when, and at how many more sign-ins. */
    readonly mayDefer: {
        readonly until: Date;
        readonly skipsLeft: number;
    } | null;
}
/** The answer to {@link Tenant.beginPassword}. */
export type Gate = {
    /** Evaluate the password. The attempt is charged; `signIn` gives it back. */
    readonly kind: 'proceed';
    readonly attempt: PasswordAttempt;
} | {
    /** Do not evaluate the password. */
    readonly kind: 'locked';
    readonly until: Date;
};
/** The answer to {@link Tenant.signIn}. */
export type Decision = Allowed | Challenge | SetupRequired | LockedOut;
/** A setup that waits for its first code: what the page shows. It holds the shared secret; show it and drop it. */
export interface PendingSetup {
    readonly kind: 'pending';
    /** The key URI, for an app on the same device. */
    readonly uri: string;
    /** The shared secret in Base32, in groups of four, for typing. */
    readonly key: string;
    /** The key URI as a QR code, an SVG image; `null` if the names are so long that it fits none. */
    readonly qrSvg: string | null;
    readonly issuer: string;
    readonly accountName: string;
    /** Wrong codes that remain. */
    readonly attemptsLeft: number;
    readonly expires: Date;
}
/** The answer to {@link Tenant.beginSetup}. */
export type SetupStart = PendingSetup | {
    readonly kind: 'too_many_authenticators';
} | LockedOut | Void;
/** The answer to {@link Tenant.confirmSetup}. */
export type Confirmation = {
    /** The authenticator is bound, and the person is in. */
    readonly kind: 'confirmed';
    /** The proof, for the session; assertions from before are void. */
    readonly assertion: string;
    /** Shown this once; `null` if the account has acknowledged ones already. */
    readonly backupCodes: BackupCodes | null;
} | Mismatch | {
    readonly kind: 'no_pending_setup';
} | LockedOut | Void;
/** The code is right, and the person is in. */
export interface Verified {
    readonly kind: 'verified';
    readonly basis: 'otp' | 'backup_code';
    /** The proof, for the session. */
    readonly assertion: string;
    readonly backupCodesLeft: number;
    /** Whether that is few enough to tell the person. */
    readonly backupCodesLow: boolean;
    /** Whether so many codes of the last 30 days were wrong that the person is to be told. */
    readonly failureBudgetSpent: boolean;
    /** Whether so many codes of the last 365 days were wrong that one code is not enough any more. */
    readonly yearBudgetSpent: boolean;
    /** Shown this once, where the old ones were never acknowledged; those are void. */
    readonly newBackupCodes: BackupCodes | null;
    /** For the device's cookie, if the person asked to be remembered and the policy allows it. */
    readonly device: string | null;
}
/** The code was used before. */
export interface Replayed {
    readonly kind: 'replayed';
    readonly what: 'otp' | 'backup_code';
    /** When the next code shows; 0 for a backup code. */
    readonly waitSeconds: number;
}
/** This way of showing a factor is not open now; nothing typed was looked at or charged. */
export interface Declined {
    readonly kind: 'declined';
    /** `one_code`: a backup code or two consecutive codes lead in; `two_codes`: the policy looks for none. */
    readonly what: 'one_code' | 'two_codes';
}
/** The answer to {@link Tenant.verify}. */
export type Verification = Verified | Mismatch | Replayed | LockedOut | Void | Declined;
/** The answer to {@link Tenant.defer}. */
export type Deferment = Allowed | {
    readonly kind: 'refused';
} | LockedOut | Void;
/** A session that is good. */
export interface Current {
    readonly kind: 'current';
    /** Whose it is: the bytes of the id; {@link accountText} makes a text of them. */
    readonly account: Uint8Array;
    readonly basis: Basis;
    readonly signedInAt: Date;
    /** Until when the session may change factors. */
    readonly freshUntil: Date;
    readonly expires: Date;
    readonly maySetUp: boolean;
    /** Whether the person has yet to say that the backup codes are stored. */
    readonly backupCodesToAcknowledge: boolean;
    /** Keep it and pass it to a later `signIn`, so that a store put back to an older state is noticed. */
    readonly mark: bigint;
    readonly external: ExternalMeans | null;
}
/** The answer to {@link Tenant.checkAssertion}. */
export type Standing = Current | {
    /** The session is good, but not for what is asked of it: `stepUp` leads to an assertion that is. */
    readonly kind: 'step_up';
    readonly reason: VoidReason;
} | Void;
/** The answer to {@link Tenant.stepUp}. */
export type StepUp = Challenge | {
    readonly kind: 'no_factor';
} | LockedOut | Void;
/** The answer to {@link Tenant.regenerateBackupCodes}. */
export type BackupCodesRenewal = {
    readonly kind: 'renewed';
    readonly backupCodes: BackupCodes;
    /** The one that acknowledges them; the one before stays good, but acknowledges none. */
    readonly assertion: string;
} | LockedOut | Void;
/** The answer to {@link Tenant.renameAuthenticator}. */
export type Renaming = {
    readonly kind: 'renamed';
} | {
    readonly kind: 'no_such_authenticator';
} | LockedOut | Void;
/** The answer to {@link Tenant.removeAuthenticator} and {@link Tenant.disable}. */
export type FactorChange = {
    readonly kind: 'changed';
    /** The caller's assertion from now on; every other one is void. */
    readonly assertion: string;
} | {
    readonly kind: 'no_such_authenticator';
}
/** The policy requires a factor, and none would be left. */
 | {
    readonly kind: 'required';
} | LockedOut | Void;
/** The answer to {@link Tenant.revokeDevices} and {@link Admin.revokeDevices}. */
export type DeviceRevocation = {
    readonly kind: 'revoked';
    readonly count: number;
} | {
    readonly kind: 'no_such_device';
} | LockedOut | Void;
/** The answer to {@link Tenant.settleSignIns}. */
export interface Settlement {
    /** Sign-ins that ended without a code, and are recorded by this call. */
    readonly halfSignIns: number;
    /** When to call again; `null` if none is open. */
    readonly openUntil: Date | null;
}
/** Who did something with an activation code, and when. */
export interface ActivationAct {
    readonly at: Date;
    readonly by: string;
}
/** The answer to {@link Tenant.redeemActivation}. */
export type Redemption = {
    readonly kind: 'activation_redeemed';
    /** Which installation it is. */
    readonly handle: string;
    readonly purpose: string;
    readonly issued: ActivationAct;
}
/** Why is told in the audit trail alone. */
 | {
    readonly kind: 'activation_failed';
};
/** Whether a secret is as long as it should be. */
export type Strength = 'strong' | 'weak';
/** What an account has. */
export interface AccountStatus {
    readonly account: Uint8Array;
    readonly authenticators: readonly {
        readonly id: string;
        readonly type: 'totp' | 'hotp';
        readonly strength: Strength;
        readonly label: string;
        readonly boundAt: Date;
    }[];
    readonly setupPending: boolean;
    readonly backupCodesLeft: number;
    readonly backupCodesLow: boolean;
    readonly backupCodesAcknowledged: boolean;
    readonly lock: Lock | null;
    readonly failureBudgetSpent: boolean;
    readonly yearBudgetSpent: boolean;
    readonly exemption: {
        readonly grantedAt: Date;
        /** `null` if it has no end. */
        readonly until: Date | null;
        readonly actor: string;
        readonly reason: string;
    } | null;
    /** Whether an administrator requires a second factor of this account. */
    readonly required: boolean;
    readonly devices: readonly {
        readonly id: string;
        readonly label: string;
        readonly createdAt: Date;
        readonly usedAt: Date;
        readonly expires: Date;
    }[];
    readonly setupDueAt: Date | null;
    /** Why the stored state can't be read; then nothing else here says anything. */
    readonly fault: Fault | null;
    readonly overdue: boolean;
    readonly erased: boolean;
}
/** Why a stored state can't be read: the code of an {@link MfaError} without `ERR_MFA_`, in lower case. */
export type Fault = MfaErrorCode extends `ERR_MFA_${infer Name}` ? Lowercase<Name> : never;
/** A state by which accounts are listed; an account can be in several. */
export type AccountState = 'not_set_up' | 'set_up' | 'setup_pending' | 'overdue' | 'locked' | 'hard_locked' | 'exempt' | 'few_backup_codes' | 'unreadable' | 'erased';
/** A page of a list. */
export interface Page<T, Next> {
    readonly entries: readonly T[];
    /** What to pass as `after` for the next page; `null` if this is the last. A page can be empty and not the last. */
    readonly next: Next | null;
}
/** How many accounts are in which state. */
export interface AccountSummary {
    readonly accounts: number;
    readonly notSetUp: number;
    readonly setUp: number;
    readonly setupPending: number;
    readonly overdue: number;
    readonly locked: number;
    readonly hardLocked: number;
    readonly exempt: number;
    readonly fewBackupCodes: number;
    readonly unreadable: number;
    readonly erased: number;
    readonly passwordsLocked: number;
    readonly passwordsUnreadable: number;
}
/** A person whose password is not looked at for a time. */
export interface PasswordLock {
    readonly account: Uint8Array;
    readonly until: Date | null;
    readonly fault: Fault | null;
}
/** The answer to {@link Admin.unlock} and {@link Admin.unlockPassword}. */
export interface Unlocking {
    readonly kind: 'not_locked' | 'lifted' | 'failures_cleared' | 'factors_removed';
}
/** The answer to {@link Admin.exempt} and {@link Admin.endExemption}. */
export type ExemptionChange = {
    readonly kind: 'changed';
} | {
    readonly kind: 'not_exempt';
} | {
    readonly kind: 'ends_in_the_past';
} | {
    readonly kind: 'too_long';
    readonly latest: Date;
} | {
    readonly kind: 'end_needed';
    readonly latest: Date;
};
/** The answer to {@link Admin.require} and {@link Admin.endRequirement}. */
export interface RequirementChange {
    readonly kind: 'changed' | 'unchanged';
}
/** The answer to {@link Admin.setPolicy}: `stale` if somebody else has changed it since it was read. */
export interface PolicyChange {
    readonly kind: 'changed' | 'stale';
}
/** The answer to {@link Engine.createTenant}. */
export interface TenantCreation {
    readonly kind: 'created' | 'exists';
}
/** The answer to {@link Admin.repairClock}. */
export interface ClockRepair {
    readonly kind: 'repaired' | 'nothing_ahead';
}
/** The answer to {@link Admin.bindToken}. */
export type TokenBinding = {
    readonly kind: 'bound';
    readonly authenticator: string;
    readonly strength: Strength;
} | {
    readonly kind: 'too_many_authenticators';
}
/** The account has a token that counts already. */
 | {
    readonly kind: 'second_counter';
} | {
    readonly kind: 'already_bound';
};
/** The answer to {@link Admin.resynchronize}. */
export type Resynchronization = {
    readonly kind: 'resynchronized';
    readonly authenticator: string;
} | Mismatch | {
    readonly kind: 'replayed';
} | {
    readonly kind: 'no_factor';
} | LockedOut | Declined;
/** What happened, in the audit trail. */
export interface AuditEvent {
    /** A stable name, such as `authenticator_bound`. */
    readonly name: string;
    readonly at: Date;
    /** Who acted, if an administrator did, or who brought an activation code. */
    readonly actor: string | null;
    readonly reason: string | null;
    /** A short sentence for a person. */
    readonly text: string;
    /** Whether the person is to be told by a channel of their own, such as a mail. */
    readonly mustBeTold: boolean;
    /** What else it says, such as `label` or `until`; which there are depends on the name. */
    readonly fields: {
        readonly [name: string]: string | number | Date | null | readonly {
            readonly setting: keyof PolicySettings;
            readonly from: number;
            readonly to: number;
        }[];
    };
}
/** An entry of the audit trail. */
export interface AuditEntry {
    /** Names the event for ever: whoever reads the feed twice knows by it what was seen. */
    readonly id: string;
    readonly position: bigint;
    readonly account: Uint8Array | null;
    /** The installation it concerns, by the handle of its activation code. */
    readonly activation: string | null;
    readonly event: AuditEvent | null;
    /** Why it can't be read, if it can't. */
    readonly fault: 'altered' | 'newer_kind' | 'no_document' | 'erased' | null;
}
/** A page of the audit trail. */
export interface AuditPage extends Page<AuditEntry, bigint> {
    /** Where a feed goes on, whether there is more now or not. */
    readonly cursor: bigint | null;
}
/** The answer to {@link Admin.verifyAudit}. */
export type AuditVerdict = {
    readonly kind: 'whole';
    readonly count: number;
}
/** Events from this sequence on are missing. */
 | {
    readonly kind: 'incomplete';
    readonly sequence: bigint;
}
/** An event was altered, moved, removed or added here, or the document was put back to an older state. */
 | {
    readonly kind: 'broken';
    readonly sequence: bigint;
};
/** The answer to {@link Admin.pruneEvents}. */
export interface PruneReport {
    readonly documents: number;
    readonly events: number;
    /** Documents whose trail is not whole: none of their events was removed. */
    readonly broken: number;
    readonly unavailable: number;
}
/** The answer to {@link Admin.rotateKeys}. */
export interface RotationPage {
    readonly resealed: number;
    /** Documents that were not sealed anew, and why. */
    readonly failed: readonly {
        readonly tenant: string;
        readonly type: 'account' | 'gate' | 'policy' | 'activation' | 'unknown';
        readonly documentId: Uint8Array;
        readonly fault: string;
    }[];
    /** Documents sealed with another key than the active one: the rotation is done when it is 0. */
    readonly left: number;
    readonly next: RotationCursor | null;
}
/** The answer to {@link Engine.replaceKeyring}. */
export type KeyringReplacement = {
    readonly kind: 'replaced';
}
/** It lacks a key with which documents are sealed: seal them anew first. */
 | {
    readonly kind: 'key_in_use';
    readonly keyId: number;
    readonly documents: number;
}
/** It lacks the key that seals, or sealed a moment ago. */
 | {
    readonly kind: 'key_seals';
    readonly keyId: number;
}
/** It holds another key under the number of one in force: it belongs to another database. */
 | {
    readonly kind: 'other_key';
    readonly keyId: number;
};
/** An activation code, shown this once. */
export interface IssuedActivation {
    /** Whoever has it installs the service: hand it over, and drop it. */
    readonly code: string;
    /** Names the installation; it is not secret. */
    readonly handle: string;
    readonly expires: Date;
}
/** What became of an activation code. */
export type ActivationState = {
    readonly kind: 'open' | 'expired' | 'exhausted';
} | ({
    readonly kind: 'redeemed' | 'revoked';
} & ActivationAct);
/** The answer to {@link Admin.reissueActivation}. */
export type Reissue = ({
    readonly kind: 'reissued';
    /** What became of the one before, which is void now. */
    readonly old: ActivationState;
} & IssuedActivation) | {
    readonly kind: 'unknown';
};
/** The answer to {@link Admin.revokeActivation}. */
export type Revocation = {
    readonly kind: 'revoked' | 'already_revoked' | 'unknown';
} | ({
    readonly kind: 'already_redeemed';
} & ActivationAct);
/** What is known of an installation; never what it takes to redeem its code. */
export interface ActivationStatus {
    readonly handle: string;
    /** `null` if nothing was ever issued under the handle, or it can't be read. */
    readonly record: {
        readonly purpose: string;
        readonly expires: Date;
        readonly triesLeft: number;
        readonly issued: ActivationAct;
        readonly state: ActivationState;
    } | null;
    readonly fault: Fault | null;
}
/** How one call has ended, with nobody in it. */
export interface Observation {
    /** What was called, such as `signIn`. */
    readonly operation: string;
    /** How it ended, as a stable name such as `verified_otp`. */
    readonly outcome: string;
    readonly class: 'answer' | 'cancelled' | 'busy' | 'unavailable' | 'misuse';
    /** How often documents were loaded: 1 as a rule, and one more for each conflict with another process. */
    readonly rounds: number;
    readonly elapsedMicroseconds: number;
}

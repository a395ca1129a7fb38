import type { AccountState, AccountStatus, AccountSummary, ActivationStatus, AuditPage, AuditVerdict, ClockRepair, DeviceRevocation, ExemptionChange, IssuedActivation, Page, PasswordLock, PolicyChange, PruneReport, Reissue, RequirementChange, Resynchronization, Revocation, RotationPage, TokenBinding, Unlocking } from './answers.cjs';
import { type Algorithm, type BytesLike, type TimeLike } from './arguments.cjs';
import { KeyUsage } from './usage.cjs';
import { type Policy } from './policy.cjs';
import { type Secret } from './secret.cjs';
import { type RotationCursor, type CallOptions } from './tenant.cjs';
/** Who acts on somebody else's factor, and why: both are in the audit trail. */
export interface By {
    /** Who, as the host knows them. */
    readonly actor: string;
    /** Why, at most 500 bytes. */
    readonly reason: string;
}
/** Which page of a list. */
export interface ListOptions<Next> extends CallOptions {
    /** The longest page: 1 to 100, 100 unless given. */
    readonly limit?: number;
    /** {@link Page.next} of the page before. */
    readonly after?: Next;
}
/** Whose events are meant. */
export type AuditSubject = {
    readonly account: BytesLike;
} | {
    readonly passwords: BytesLike;
} | {
    readonly activation: string;
} | 'policy';
/** What a hardware token was made with, beside its secret. */
export type TokenParameters = {
    readonly type: 'totp';
    readonly algorithm?: Algorithm;
    readonly digits?: number;
    readonly period?: number;
} | {
    readonly type: 'hotp';
    readonly algorithm?: Algorithm;
    readonly digits?: number;
    /** The counter of the next code; 0 unless given. */
    readonly nextCounter?: bigint | number;
};
/**
 * What administrators do with a tenant: {@link Tenant.admin}. The host decides who may; every change names who acted and
 * why. After an `ERR_MFA_STORE_UNCLEAR` a change may have been made, and can be repeated.
 */
export declare class Admin {
    #private;
    private constructor();
    /** Replaces the policy; one that was read replaces only the one it was read from. */
    setPolicy(policy: Policy, by: By, how?: CallOptions): Promise<PolicyChange>;
    /** Removes every factor of an account in one commit, and makes all its sessions void: the person sets up anew. */
    reset(account: BytesLike, by: By, how?: CallOptions): Promise<void>;
    /** Erases everything personal about an account, its audit trail too, in one commit. */
    erase(account: BytesLike, by: By, how?: CallOptions): Promise<void>;
    /**
     * Lifts the lock that wrong codes have led to. Without a verified identity a hard lock ends with the factors removed,
     * and after any other the failures still count.
     */
    unlock(account: BytesLike, by: By, how?: CallOptions & {
        /** Whether the person was identified as carefully as when the factor was bound. */
        readonly identityVerified?: boolean;
    }): Promise<Unlocking>;
    /** Opens the gate that wrong passwords have locked, and clears their count. */
    unlockPassword(account: BytesLike, by: By, how?: CallOptions): Promise<Unlocking>;
    /** Binds a hardware token by the secret its maker tells. Its codes count at once; the account's sessions are void. */
    bindToken(account: BytesLike, token: {
        readonly secret: Secret | string;
        readonly label: string;
    } & TokenParameters, by: By, how?: CallOptions): Promise<TokenBinding>;
    /** Lets a person in without a second factor until then; without an end only where the policy allows it. */
    exempt(account: BytesLike, by: By, how?: CallOptions & {
        readonly until?: TimeLike;
    }): Promise<ExemptionChange>;
    /** Ends an exemption; sessions that rest on it end with it. */
    endExemption(account: BytesLike, by: By, how?: CallOptions): Promise<ExemptionChange>;
    /** Requires a second factor of one account, where the policy leaves it to the person. */
    require(account: BytesLike, by: By, how?: CallOptions): Promise<RequirementChange>;
    /** Takes the requirement of one account back; what the policy demands of everybody stays. */
    endRequirement(account: BytesLike, by: By, how?: CallOptions): Promise<RequirementChange>;
    /** Revokes one remembered device of an account, by its id, or all of them. */
    revokeDevices(account: BytesLike, by: By, how?: CallOptions & {
        readonly device?: string;
    }): Promise<DeviceRevocation>;
    /** Brings an authenticator of an account back by two consecutive codes; nobody is in by that. */
    resynchronize(account: BytesLike, first: unknown, second: unknown, by: By, how?: CallOptions): Promise<Resynchronization>;
    /** Sets times right that a clock ahead of its time has written: of an account, or of the policy if none is named. */
    repairClock(by: By, how?: CallOptions & {
        readonly account?: BytesLike;
    }): Promise<ClockRepair>;
    /** What each account has, in the order given; at most 100 at once. */
    status(accounts: readonly BytesLike[], how?: CallOptions): Promise<AccountStatus[]>;
    /** A page of the accounts that have a document, in an order of the store's own. */
    accounts(how?: ListOptions<BytesLike> & {
        readonly state?: AccountState;
    }): Promise<Page<AccountStatus, Uint8Array>>;
    /** How many accounts are in which state. It looks at every one. */
    countAccounts(how?: CallOptions): Promise<AccountSummary>;
    /** A page of the persons whose password is not looked at for a time. */
    passwordLocks(how?: ListOptions<BytesLike>): Promise<Page<PasswordLock, Uint8Array>>;
    /** A page of the audit trail, newest first unless told otherwise. */
    events(how?: ListOptions<bigint> & {
        readonly order?: 'newest' | 'oldest';
    }): Promise<AuditPage>;
    /**
     * A page of the audit trail as a feed for programs: at least once, complete behind its cursor, and each entry with an
     * id that never changes. Keep {@link AuditPage.cursor} and pass it the next time.
     */
    feed(how?: CallOptions & {
        readonly cursor?: bigint | null;
        readonly limit?: number;
    }): Promise<AuditPage>;
    /** Checks that the events of a subject are all there, unchanged and in order. */
    verifyAudit(subject: AuditSubject, how?: CallOptions): Promise<AuditVerdict>;
    /** Removes events from before a time, which lies at least 31 days back; what was tampered with stays. */
    pruneEvents(before: TimeLike, by: By, how?: CallOptions & {
        readonly subject?: AuditSubject;
    }): Promise<PruneReport>;
    /** Seals a page of documents with the key that is active now. */
    rotateKeys(by: By, how?: ListOptions<RotationCursor>): Promise<RotationPage>;
    /** How many documents of the tenant each key of the keyring has sealed. */
    keyUsage(how?: CallOptions): Promise<KeyUsage>;
    /** Issues an activation code for a new installation, good once and for one purpose. It is shown this once. */
    issueActivation(purpose: string, by: By, how?: CallOptions & {
        /** At most this long, 600 to 2592000; as long as the policy says unless given. */
        readonly lifetimeSeconds?: number;
    }): Promise<IssuedActivation>;
    /** Issues a new code for an installation; the old one is void in the same commit. */
    reissueActivation(handle: string, by: By, how?: CallOptions & {
        readonly lifetimeSeconds?: number;
    }): Promise<Reissue>;
    /** Makes the code of an installation void, unless it was redeemed. */
    revokeActivation(handle: string, by: By, how?: CallOptions): Promise<Revocation>;
    /** Sets times of an activation code right that a clock ahead of its time has written. */
    repairActivationClock(handle: string, by: By, how?: CallOptions): Promise<ClockRepair>;
    /** What became of each code, in the order of the handles; at most 100 at once. */
    activationStatus(handles: readonly string[], how?: CallOptions): Promise<ActivationStatus[]>;
    /** A page of the installations that activation codes were issued for. */
    activations(how?: ListOptions<string>): Promise<Page<ActivationStatus, string>>;
}

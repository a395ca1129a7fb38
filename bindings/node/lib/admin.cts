import type {
    AccountState,
    AccountStatus,
    AccountSummary,
    ActivationStatus,
    AuditPage,
    AuditVerdict,
    ClockRepair,
    DeviceRevocation,
    ExemptionChange,
    IssuedActivation,
    Page,
    PasswordLock,
    PolicyChange,
    PruneReport,
    Reissue,
    RequirementChange,
    Resynchronization,
    Revocation,
    RotationPage,
    TokenBinding,
    Unlocking,
} from './answers.cjs';
import {
    type Algorithm,
    type BytesLike,
    type TimeLike,
    big,
    bytes,
    flag,
    oneOf,
    options,
    seconds,
    text,
    typed,
    whole,
} from './arguments.cjs';
import { type Caller } from './caller.cjs';
import { invalidType, OURS, onlyOurs } from './errors.cjs';
import { KeyUsage } from './usage.cjs';
import { type Policy, heldPolicy } from './policy.cjs';
import { type Secret, nativeSecret } from './secret.cjs';
import { type RotationCursor, type CallOptions, cursorOf, heldCursor } from './tenant.cjs';
import { revive } from './revive.cjs';

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
export type AuditSubject =
    | { readonly account: BytesLike }
    | { readonly passwords: BytesLike }
    | { readonly activation: string }
    | 'policy';

/** What a hardware token was made with, beside its secret. */
export type TokenParameters =
    | {
          readonly type: 'totp';
          readonly algorithm?: Algorithm;
          readonly digits?: number;
          readonly period?: number;
      }
    | {
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
export class Admin {
    readonly #caller: Caller;

    private constructor(ours: symbol, caller: Caller) {
        onlyOurs(ours);
        this.#caller = caller;
    }

    /** @internal */
    static of(caller: Caller): Admin {
        return new Admin(OURS, caller);
    }

    /** Replaces the policy; one that was read replaces only the one it was read from. */
    async setPolicy(policy: Policy, by: By, how?: CallOptions): Promise<PolicyChange> {
        const held = heldPolicy(policy);
        return this.#admin(how, { setPolicy: { policy: held, by: actor(by) } });
    }

    /** Removes every factor of an account in one commit, and makes all its sessions void: the person sets up anew. */
    async reset(account: BytesLike, by: By, how?: CallOptions): Promise<void> {
        await this.#admin(how, { reset: of(account, by) });
    }

    /** Erases everything personal about an account, its audit trail too, in one commit. */
    async erase(account: BytesLike, by: By, how?: CallOptions): Promise<void> {
        await this.#admin(how, { erase: of(account, by) });
    }

    /**
     * Lifts the lock that wrong codes have led to. Without a verified identity a hard lock ends with the factors removed,
     * and after any other the failures still count.
     */
    async unlock(
        account: BytesLike,
        by: By,
        how?: CallOptions & {
            /** Whether the person was identified as carefully as when the factor was bound. */
            readonly identityVerified?: boolean;
        },
    ): Promise<Unlocking> {
        const identityVerified = flag('identityVerified', how?.identityVerified);
        return this.#admin(how, { unlock: { ...of(account, by), identityVerified } });
    }

    /** Opens the gate that wrong passwords have locked, and clears their count. */
    async unlockPassword(account: BytesLike, by: By, how?: CallOptions): Promise<Unlocking> {
        return this.#admin(how, { unlockPassword: of(account, by) });
    }

    /** Binds a hardware token by the secret its maker tells. Its codes count at once; the account's sessions are void. */
    async bindToken(
        account: BytesLike,
        token: { readonly secret: Secret | string; readonly label: string } & TokenParameters,
        by: By,
        how?: CallOptions,
    ): Promise<TokenBinding> {
        const given = options('token', token);
        const secret = nativeSecret(given.secret);
        const request = {
            ...of(account, by),
            label: text('label', given.label),
            token: tokenParameters(given),
        };
        return this.#caller.answer(how, { admin: { bindToken: request } }, secret);
    }

    /** Lets a person in without a second factor until then; without an end only where the policy allows it. */
    async exempt(
        account: BytesLike,
        by: By,
        how?: CallOptions & { readonly until?: TimeLike },
    ): Promise<ExemptionChange> {
        const until = how?.until === undefined ? {} : { until: seconds('until', how.until) };
        return this.#admin(how, { exempt: { ...of(account, by), ...until } });
    }

    /** Ends an exemption; sessions that rest on it end with it. */
    async endExemption(account: BytesLike, by: By, how?: CallOptions): Promise<ExemptionChange> {
        return this.#admin(how, { endExemption: of(account, by) });
    }

    /** Requires a second factor of one account, where the policy leaves it to the person. */
    async require(account: BytesLike, by: By, how?: CallOptions): Promise<RequirementChange> {
        return this.#admin(how, { require: of(account, by) });
    }

    /** Takes the requirement of one account back; what the policy demands of everybody stays. */
    async endRequirement(
        account: BytesLike,
        by: By,
        how?: CallOptions,
    ): Promise<RequirementChange> {
        return this.#admin(how, { endRequirement: of(account, by) });
    }

    /** Revokes one remembered device of an account, by its id, or all of them. */
    async revokeDevices(
        account: BytesLike,
        by: By,
        how?: CallOptions & { readonly device?: string },
    ): Promise<DeviceRevocation> {
        const device = how?.device === undefined ? {} : { device: text('device', how.device) };
        return this.#admin(how, { revokeDevicesOf: { ...of(account, by), ...device } });
    }

    /** Brings an authenticator of an account back by two consecutive codes; nobody is in by that. */
    async resynchronize(
        account: BytesLike,
        first: unknown,
        second: unknown,
        by: By,
        how?: CallOptions,
    ): Promise<Resynchronization> {
        const codes = { first: typed(first), second: typed(second) };
        return this.#admin(how, { resynchronizeOf: { ...of(account, by), ...codes } });
    }

    /** Sets times right that a clock ahead of its time has written: of an account, or of the policy if none is named. */
    async repairClock(
        by: By,
        how?: CallOptions & { readonly account?: BytesLike },
    ): Promise<ClockRepair> {
        const account =
            how?.account === undefined ? {} : { account: bytes('account', how.account) };
        return this.#admin(how, { repairClock: { ...account, by: actor(by) } });
    }

    /** What each account has, in the order given; at most 100 at once. */
    async status(accounts: readonly BytesLike[], how?: CallOptions): Promise<AccountStatus[]> {
        if (!Array.isArray(accounts)) {
            throw invalidType('accounts', 'an array', accounts);
        }
        const ids = accounts.map((account) => bytes('account', account));
        const { entries } = await this.#admin<{ entries: AccountStatus[] }>(how, {
            status: { accounts: ids },
        });
        return entries;
    }

    /** A page of the accounts that have a document, in an order of the store's own. */
    async accounts(
        how?: ListOptions<BytesLike> & { readonly state?: AccountState },
    ): Promise<Page<AccountStatus, Uint8Array>> {
        const state =
            how?.state === undefined ? {} : { state: oneOf('state', STATES, how.state) };
        return byAccount(await this.#admin(how, { accounts: { ...accountPage(how), ...state } }));
    }

    /** How many accounts are in which state. It looks at every one. */
    async countAccounts(how?: CallOptions): Promise<AccountSummary> {
        return this.#admin(how, { countAccounts: {} });
    }

    /** A page of the persons whose password is not looked at for a time. */
    async passwordLocks(how?: ListOptions<BytesLike>): Promise<Page<PasswordLock, Uint8Array>> {
        return byAccount(await this.#admin(how, { passwordLocks: accountPage(how) }));
    }

    /** A page of the audit trail, newest first unless told otherwise. */
    async events(
        how?: ListOptions<bigint> & { readonly order?: 'newest' | 'oldest' },
    ): Promise<AuditPage> {
        const order = oneOf('order', ['newest', 'oldest'] as const, how?.order ?? 'newest');
        return this.#admin(how, { events: { order, ...eventPage(how?.after, how?.limit) } });
    }

    /**
     * A page of the audit trail as a feed for programs: at least once, complete behind its cursor, and each entry with an
     * id that never changes. Keep {@link AuditPage.cursor} and pass it the next time.
     */
    async feed(
        how?: CallOptions & { readonly cursor?: bigint | null; readonly limit?: number },
    ): Promise<AuditPage> {
        const page = eventPage(how?.cursor ?? undefined, how?.limit);
        return this.#admin(how, { events: { order: 'feed', ...page } });
    }

    /** Checks that the events of a subject are all there, unchanged and in order. */
    async verifyAudit(subject: AuditSubject, how?: CallOptions): Promise<AuditVerdict> {
        return this.#admin(how, { verifyAudit: { subject: whose(subject) } });
    }

    /** Removes events from before a time, which lies at least 31 days back; what was tampered with stays. */
    async pruneEvents(
        before: TimeLike,
        by: By,
        how?: CallOptions & { readonly subject?: AuditSubject },
    ): Promise<PruneReport> {
        const subject = how?.subject === undefined ? {} : { subject: whose(how.subject) };
        return this.#admin(how, {
            pruneEvents: { before: seconds('before', before), ...subject, by: actor(by) },
        });
    }

    /** Seals a page of documents with the key that is active now. */
    async rotateKeys(by: By, how?: ListOptions<RotationCursor>): Promise<RotationPage> {
        const after = how?.after === undefined ? {} : { after: heldCursor(how.after) };
        const request = { limit: limit(how?.limit), ...after, by: actor(by) };
        const raw = await this.#caller.call(how, { admin: { rotateKeys: request } });
        const { held, ...page } = revive(raw);
        const next = typeof held === 'number' ? cursorOf(held) : null;
        return { ...page, next } as unknown as RotationPage;
    }

    /** How many documents of the tenant each key of the keyring has sealed. */
    async keyUsage(how?: CallOptions): Promise<KeyUsage> {
        return KeyUsage.of(await this.#caller.call(how, { admin: { keyUsage: {} } }));
    }

    /** Issues an activation code for a new installation, good once and for one purpose. It is shown this once. */
    async issueActivation(
        purpose: string,
        by: By,
        how?: CallOptions & {
            /** At most this long, 600 to 2592000; as long as the policy says unless given. */
            readonly lifetimeSeconds?: number;
        },
    ): Promise<IssuedActivation> {
        const request = { purpose: text('purpose', purpose), ...lifetime(how), by: actor(by) };
        return this.#admin(how, { issueActivation: request });
    }

    /** Issues a new code for an installation; the old one is void in the same commit. */
    async reissueActivation(
        handle: string,
        by: By,
        how?: CallOptions & { readonly lifetimeSeconds?: number },
    ): Promise<Reissue> {
        const request = { handle: text('handle', handle), ...lifetime(how), by: actor(by) };
        return this.#admin(how, { reissueActivation: request });
    }

    /** Makes the code of an installation void, unless it was redeemed. */
    async revokeActivation(handle: string, by: By, how?: CallOptions): Promise<Revocation> {
        return this.#admin(how, {
            revokeActivation: { handle: text('handle', handle), by: actor(by) },
        });
    }

    /** Sets times of an activation code right that a clock ahead of its time has written. */
    async repairActivationClock(handle: string, by: By, how?: CallOptions): Promise<ClockRepair> {
        return this.#admin(how, {
            repairActivationClock: { handle: text('handle', handle), by: actor(by) },
        });
    }

    /** What became of each code, in the order of the handles; at most 100 at once. */
    async activationStatus(
        handles: readonly string[],
        how?: CallOptions,
    ): Promise<ActivationStatus[]> {
        if (!Array.isArray(handles)) {
            throw invalidType('handles', 'an array', handles);
        }
        const names = handles.map((handle) => text('handle', handle));
        const { entries } = await this.#admin<{ entries: ActivationStatus[] }>(how, {
            activationStatus: { handles: names },
        });
        return entries;
    }

    /** A page of the installations that activation codes were issued for. */
    async activations(how?: ListOptions<string>): Promise<Page<ActivationStatus, string>> {
        const after = how?.after === undefined ? {} : { after: text('after', how.after) };
        const page = await this.#admin<{ entries: ActivationStatus[]; after: string | null }>(how, {
            activations: { limit: limit(how?.limit), ...after },
        });
        return { entries: page.entries, next: page.after };
    }

    async #admin<T>(how: CallOptions | undefined, request: object): Promise<T> {
        return this.#caller.answer<T>(how, { admin: request });
    }
}

/** Who acts, and why. @internal */
export function actor(by: By): By {
    const { actor, reason } = options('by', by);
    return { actor: text('by.actor', actor), reason: text('by.reason', reason) };
}

/** The longest page. @internal */
export function limit(value: unknown): number {
    return value === undefined ? 100 : whole('limit', value);
}

function of(account: BytesLike, by: By): object {
    return { account: bytes('account', account), by: actor(by) };
}

function accountPage(how: ListOptions<BytesLike> | undefined): object {
    const after = how?.after === undefined ? {} : { after: bytes('after', how.after) };
    return { limit: limit(how?.limit), ...after };
}

function byAccount<T>(page: {
    entries: T[];
    afterId: Uint8Array | null;
}): Page<T, Uint8Array> {
    return { entries: page.entries, next: page.afterId };
}

function eventPage(after: unknown, most: unknown): object {
    const position = after === undefined ? {} : { after: String(big('after', after)) };
    return { limit: limit(most), ...position };
}

function lifetime(how: { readonly lifetimeSeconds?: number } | undefined): object {
    return how?.lifetimeSeconds === undefined
        ? {}
        : { lifetime: whole('lifetimeSeconds', how.lifetimeSeconds) };
}

function whose(subject: unknown): unknown {
    if (subject === 'policy') {
        return 'policy';
    }
    if (typeof subject === 'object' && subject !== null) {
        const { account, passwords, activation } = subject as Record<string, unknown>;
        if (account !== undefined) {
            return { account: bytes('subject.account', account) };
        }
        if (passwords !== undefined) {
            return { passwords: bytes('subject.passwords', passwords) };
        }
        if (activation !== undefined) {
            return { activation: text('subject.activation', activation) };
        }
    }
    throw invalidType('subject', '{ account }, { passwords }, { activation } or `policy`', subject);
}

function tokenParameters(token: Partial<TokenParameters>): object {
    const type = oneOf('type', ['totp', 'hotp'] as const, token.type);
    const algorithm = oneOf(
        'algorithm',
        ['SHA1', 'SHA256', 'SHA512'] as const,
        token.algorithm ?? 'SHA1',
    );
    const digits = whole('digits', token.digits ?? 6);
    const { period, nextCounter } = token as { period?: unknown; nextCounter?: unknown };
    return {
        kind: type,
        algorithm,
        digits,
        ...(period === undefined ? {} : { period: whole('period', period) }),
        ...(nextCounter === undefined
            ? {}
            : { nextCounter: String(big('nextCounter', nextCounter)) }),
    };
}

const STATES = [
    'not_set_up',
    'set_up',
    'setup_pending',
    'overdue',
    'locked',
    'hard_locked',
    'exempt',
    'few_backup_codes',
    'unreadable',
    'erased',
] as const;

import { inspect } from 'node:util';

import type {
    BackupCodesRenewal,
    Confirmation,
    Decision,
    Deferment,
    DeviceRevocation,
    ExternalMeans,
    FactorChange,
    Gate,
    Redemption,
    Renaming,
    Settlement,
    SetupStart,
    Standing,
    StepUp,
    Verification,
} from './answers.cjs';
import { Admin, type By } from './admin.cjs';
import { type BytesLike, big, bytes, flag, oneOf, options, text, typed } from './arguments.cjs';
import { type Caller } from './caller.cjs';
import { invalidType, OURS, onlyOurs } from './errors.cjs';
import { Held } from './port.cjs';
import { Policy, policyOf } from './policy.cjs';
import { revive } from './revive.cjs';

/** What every call takes. */
export interface CallOptions {
    /**
     * Ends the waiting: the promise is rejected with the signal's reason. A signal that has aborted already keeps the
     * call from being made; one that aborts later leaves it open whether what it was about is stored.
     */
    readonly signal?: AbortSignal;
}

/** What a call takes that is handed a ticket or an assertion. */
export interface SessionOptions extends CallOptions {
    /**
     * What the ticket was bound to: the id of the session, or something else that another browser does not have. Pass what
     * was passed to `signIn`; an assertion carries the binding of its ticket.
     */
    readonly binding?: BytesLike;
}

/** How a person signs in. */
export interface SignInOptions extends SessionOptions {
    /** The cookie of a remembered device, as it came; anything but a token of one is ignored, with an event. */
    readonly device?: unknown;
    /** Asks for a second factor this time, whatever the policy leaves open. */
    readonly demandFactor?: boolean;
    /** The mark this account was last seen at: a store that knows less answers `ERR_MFA_ROLLED_BACK`. */
    readonly notOlderThan?: bigint;
}

let wrapAttempt: (held: number) => PasswordAttempt;
let takeAttempt: (attempt: PasswordAttempt) => number;

/** A charged password attempt: pass it to {@link Tenant.signIn} if the password is right. It is good once. */
export class PasswordAttempt {
    readonly #held: Held;

    static {
        wrapAttempt = (held) => new PasswordAttempt(OURS, new Held(held));
        takeAttempt = (attempt) => attempt.#held.number;
    }

    private constructor(ours: symbol, held: Held) {
        onlyOurs(ours);
        this.#held = held;
    }

    /** What `console.log` shows. */
    [inspect.custom](): string {
        return 'PasswordAttempt(..)';
    }
}

let wrapCursor: (held: number) => RotationCursor;
let unwrapCursor: (cursor: RotationCursor) => number;

/** A place in a rotation. */
export class RotationCursor {
    readonly #held: Held;

    static {
        wrapCursor = (held) => new RotationCursor(OURS, new Held(held));
        unwrapCursor = (cursor) => cursor.#held.number;
    }

    private constructor(ours: symbol, held: Held) {
        onlyOurs(ours);
        this.#held = held;
    }
}

/** @internal */
export const cursorOf = (held: number): RotationCursor => wrapCursor(held);

/** @internal */
export function heldCursor(cursor: unknown): number {
    if (!(cursor instanceof RotationCursor)) {
        throw invalidType('after', 'a RotationCursor', cursor);
    }
    return unwrapCursor(cursor);
}

/**
 * One tenant of an engine: where every call starts. A ticket or an assertion of another tenant is good for nothing here.
 *
 * An account is named by the host's own id for it, which never changes: a text, whose UTF-8 is taken, or bytes. Tickets,
 * assertions and device tokens are plain strings, since they go into cookies and sessions. What a person sends back (a
 * code, a ticket, an assertion, a cookie) is taken as it came, whatever its type: what it can't be is an answer, not an
 * error.
 *
 * A call rejects with an {@link MfaError}, and then nobody is in; with a `TypeError` or `RangeError` if an argument of
 * the application is not valid; with the reason of a signal.
 */
export class Tenant {
    /** What administrators do; the host decides who that is. */
    readonly admin: Admin;
    readonly #caller: Caller;

    private constructor(ours: symbol, caller: Caller) {
        onlyOurs(ours);
        this.#caller = caller;
        this.admin = Admin.of(caller);
    }

    /** @internal */
    static of(caller: Caller): Tenant {
        return new Tenant(OURS, caller);
    }

    /** The tenant's id. */
    get id(): string {
        return this.#caller.tenant;
    }

    /** The policy in force. */
    async policy(how?: CallOptions): Promise<Policy> {
        return policyOf(await this.#caller.call(how, { policy: {} }));
    }

    /**
     * Charges a password attempt, before anything is hashed, and says whether to evaluate the password.
     *
     * A right password gives the attempt back in {@link signIn}; a wrong one leaves it charged.
     */
    async beginPassword(account: BytesLike, how?: CallOptions): Promise<Gate> {
        const raw = await this.#caller.call(how, {
            beginPassword: { account: bytes('account', account) },
        });
        return raw['kind'] === 'proceed'
            ? { kind: 'proceed', attempt: wrapAttempt(raw['held'] as number) }
            : (revive(raw) as unknown as Gate);
    }

    /** For a login name that nobody has: costs the load of {@link beginPassword}, creates nothing. */
    async beginDecoy(how?: CallOptions): Promise<void> {
        await this.#caller.call(how, { beginDecoy: {} });
    }

    /**
     * Decides what follows the first factor, which was right: the attempt of {@link beginPassword}, or an account that came
     * by other means, such as single sign-on.
     *
     * Call it for every way to sign in, and open a session with nothing but the assertion it leads to.
     */
    async signIn(
        first:
            | PasswordAttempt
            | { readonly external: BytesLike; readonly means?: ExternalMeans },
        how?: SignInOptions,
    ): Promise<Decision> {
        const { binding, device, demandFactor, notOlderThan } = options('how', how);
        const request: Record<string, unknown> = {};
        if (device !== undefined && device !== null) {
            request['device'] = typed(device);
        }
        if (binding !== undefined) {
            request['binding'] = bytes('binding', binding);
        }
        if (flag('demandFactor', demandFactor)) {
            request['demandFactor'] = true;
        }
        if (notOlderThan !== undefined) {
            request['notOlderThan'] = String(big('notOlderThan', notOlderThan));
        }
        // Last, since an attempt is good once.
        Object.assign(request, firstFactor(first));
        return this.#caller.answer(how, { signIn: request });
    }

    /**
     * Begins a setup, or shows the pending one again to the ticket or assertion that began it.
     *
     * A ticket sets up the first factor only. Where a factor exists, a fresh assertion that rests on one is needed.
     */
    async beginSetup(
        session: unknown,
        names: {
            /** The person's name as the app shows it beside the site's; no colon. */
            readonly accountName: string;
            /** The name of the authenticator, as its owner calls it. */
            readonly label: string;
        },
        how?: SessionOptions,
    ): Promise<SetupStart> {
        const { accountName, label } = options('names', names);
        return this.#caller.answer(how, {
            beginSetup: {
                session: token(session, how),
                accountName: text('accountName', accountName),
                label: text('label', label),
            },
        });
    }

    /** Confirms the pending setup with its first code, as typed; that code is spent by it. */
    async confirmSetup(
        session: unknown,
        code: unknown,
        how?: SessionOptions,
    ): Promise<Confirmation> {
        return this.#caller.answer(how, {
            confirmSetup: { session: token(session, how), typed: typed(code) },
        });
    }

    /**
     * Verifies what a person typed, a code or a backup code.
     *
     * With `remember`, the name of the device, {@link Verified.device} is for its cookie, if the policy remembers any:
     * only where the person ticked that this device is their own.
     */
    async verify(
        ticket: unknown,
        code: unknown,
        how?: SessionOptions & { readonly remember?: string },
    ): Promise<Verification> {
        const remember = how?.remember;
        return this.#caller.answer(how, {
            verify: {
                session: token(ticket, how),
                typed: typed(code),
                ...(remember === undefined ? {} : { remember: text('remember', remember) }),
            },
        });
    }

    /**
     * Verifies two consecutive codes of an authenticator that has left the window, as a token does whose clock is off.
     * Both are used up, and a wrong pair is charged like a wrong code.
     */
    async resynchronize(
        ticket: unknown,
        first: unknown,
        second: unknown,
        how?: SessionOptions,
    ): Promise<Verification> {
        const session = token(ticket, how);
        const codes = { first: typed(first), second: typed(second) };
        return this.#caller.answer(how, { resynchronize: { session, ...codes } });
    }

    /** Puts the setup off, where the policy grants time: the person is in, this once. */
    async defer(ticket: unknown, how?: SessionOptions): Promise<Deferment> {
        return this.#caller.answer(how, { defer: { session: token(ticket, how) } });
    }

    /**
     * Where a session stands: for every request that it is to open something for.
     *
     * @param how.demand What the request asks of it: that it is good (`session`), that it rests on a second factor
     * (`two_factor`), or that this was verified a short while ago (`fresh`), which changing a factor takes.
     */
    async checkAssertion(
        assertion: unknown,
        how?: SessionOptions & { readonly demand?: 'session' | 'two_factor' | 'fresh' },
    ): Promise<Standing> {
        const session = token(assertion, how);
        const demand = how?.demand;
        return this.#caller.answer(how, {
            checkAssertion:
                demand === undefined
                    ? { session }
                    : { session, demand: oneOf('demand', DEMANDS, demand) },
        });
    }

    /** Says that the person has stored the backup codes that were shown with this assertion. */
    async acknowledgeBackupCodes(assertion: unknown, how?: SessionOptions): Promise<Standing> {
        return this.#caller.answer(how, {
            acknowledgeBackupCodes: { session: token(assertion, how) },
        });
    }

    /** A ticket to verify, for a session that is good but not for what is asked; `verify` gives a fresh assertion. */
    async stepUp(assertion: unknown, how?: SessionOptions): Promise<StepUp> {
        return this.#caller.answer(how, { stepUp: { session: token(assertion, how) } });
    }

    /** Makes new backup codes; the ones before are void. It needs a fresh assertion that rests on a second factor. */
    async regenerateBackupCodes(
        assertion: unknown,
        how?: SessionOptions,
    ): Promise<BackupCodesRenewal> {
        return this.#caller.answer(how, {
            regenerateBackupCodes: { session: token(assertion, how) },
        });
    }

    /** Gives an authenticator of the assertion's account another name. It needs a fresh assertion. */
    async renameAuthenticator(
        assertion: unknown,
        authenticator: string,
        label: string,
        how?: SessionOptions,
    ): Promise<Renaming> {
        return this.#caller.answer(how, {
            renameAuthenticator: {
                session: token(assertion, how),
                authenticator: text('authenticator', authenticator),
                label: text('label', label),
            },
        });
    }

    /** Removes an authenticator, and makes all other sessions of the account void. It needs a fresh assertion. */
    async removeAuthenticator(
        assertion: unknown,
        authenticator: string,
        how?: SessionOptions,
    ): Promise<FactorChange> {
        return this.#caller.answer(how, {
            removeAuthenticator: {
                session: token(assertion, how),
                authenticator: text('authenticator', authenticator),
            },
        });
    }

    /** Removes every factor of the assertion's account, where the policy does not require one. As above. */
    async disable(assertion: unknown, how?: SessionOptions): Promise<FactorChange> {
        return this.#caller.answer(how, { disable: { session: token(assertion, how) } });
    }

    /** Revokes one remembered device of the assertion's account, by its id, or all of them. As above. */
    async revokeDevices(
        assertion: unknown,
        how?: SessionOptions & { readonly device?: string },
    ): Promise<DeviceRevocation> {
        const device = how?.device;
        const session = token(assertion, how);
        return this.#caller.answer(how, {
            revokeDevices:
                device === undefined ? { session } : { session, device: text('device', device) },
        });
    }

    /**
     * Makes everything void that was issued to an account before the host changed its password. Factors stay.
     *
     * @param how.assertion That of the person who changed it, if there is one.
     * @returns Its next assertion, or `null` if there is none. The change is made in any case.
     */
    async passwordChanged(
        account: BytesLike,
        how?: SessionOptions & { readonly assertion?: unknown },
    ): Promise<{ readonly assertion: string | null }> {
        const session =
            how?.assertion === undefined || how.assertion === null
                ? {}
                : { session: token(how.assertion, how) };
        return this.#caller.answer(how, {
            passwordChanged: { account: bytes('account', account), ...session },
        });
    }

    /** Records sign-ins of an account that ended without a code, so that its owner can be told. */
    async settleSignIns(account: BytesLike, how?: CallOptions): Promise<Settlement> {
        return this.#caller.answer(how, { settleSignIns: { account: bytes('account', account) } });
    }

    /**
     * Redeems the activation code of a service that is being installed.
     *
     * The purpose is the host's own, never one that came with the request; `redeemer` is who the host takes it from, such
     * as the name of a machine. Limit how often one address may call it.
     */
    async redeemActivation(
        code: unknown,
        of: { readonly purpose: string; readonly redeemer: string },
        how?: CallOptions,
    ): Promise<Redemption> {
        const { purpose, redeemer } = options('of', of);
        return this.#caller.answer(how, {
            redeemActivation: {
                typed: typed(code),
                purpose: text('purpose', purpose),
                redeemer: text('redeemer', redeemer),
            },
        });
    }
}

/** Who acts, and why. */
export type { By };

function token(presented: unknown, how: SessionOptions | undefined): object {
    const binding = how?.binding;
    return binding === undefined
        ? { token: typed(presented) }
        : { token: typed(presented), binding: bytes('binding', binding) };
}

function firstFactor(first: unknown): object {
    if (first instanceof PasswordAttempt) {
        return { attempt: takeAttempt(first) };
    }
    if (typeof first !== 'object' || first === null) {
        throw invalidType('first', 'a PasswordAttempt or { external }', first);
    }
    const { external, means } = first as { external?: unknown; means?: unknown };
    return {
        external: {
            account: bytes('external', external),
            ...(means === undefined ? {} : { means: oneOf('means', MEANS, means) }),
        },
    };
}

const DEMANDS = ['session', 'two_factor', 'fresh'] as const;
const MEANS = ['single_sign_on', 'mailed_link', 'client_certificate', 'other'] as const;

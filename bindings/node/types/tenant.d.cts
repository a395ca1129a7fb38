import { inspect } from 'node:util';
import type { BackupCodesRenewal, Confirmation, Decision, Deferment, DeviceRevocation, ExternalMeans, FactorChange, Gate, Redemption, Renaming, Settlement, SetupStart, Standing, StepUp, Verification } from './answers.cjs';
import { Admin, type By } from './admin.cjs';
import { type BytesLike } from './arguments.cjs';
import { Policy } from './policy.cjs';
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
/** A charged password attempt: pass it to {@link Tenant.signIn} if the password is right. It is good once. */
export declare class PasswordAttempt {
    #private;
    private constructor();
    /** What `console.log` shows. */
    [inspect.custom](): string;
}
/** A place in a rotation. */
export declare class RotationCursor {
    #private;
    private constructor();
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
export declare class Tenant {
    #private;
    /** What administrators do; the host decides who that is. */
    readonly admin: Admin;
    private constructor();
    /** The tenant's id. */
    get id(): string;
    /** The policy in force. */
    policy(how?: CallOptions): Promise<Policy>;
    /**
     * Charges a password attempt, before anything is hashed, and says whether to evaluate the password.
     *
     * A right password gives the attempt back in {@link signIn}; a wrong one leaves it charged.
     */
    beginPassword(account: BytesLike, how?: CallOptions): Promise<Gate>;
    /** For a login name that nobody has: costs the load of {@link beginPassword}, creates nothing. */
    beginDecoy(how?: CallOptions): Promise<void>;
    /**
     * Decides what follows the first factor, which was right: the attempt of {@link beginPassword}, or an account that came
     * by other means, such as single sign-on.
     *
     * Call it for every way to sign in, and open a session with nothing but the assertion it leads to.
     */
    signIn(first: PasswordAttempt | {
        readonly external: BytesLike;
        readonly means?: ExternalMeans;
    }, how?: SignInOptions): Promise<Decision>;
    /**
     * Begins a setup, or shows the pending one again to the ticket or assertion that began it.
     *
     * A ticket sets up the first factor only. Where a factor exists, a fresh assertion that rests on one is needed.
     */
    beginSetup(session: unknown, names: {
        /** The person's name as the app shows it beside the site's; no colon. */
        readonly accountName: string;
        /** The name of the authenticator, as its owner calls it. */
        readonly label: string;
    }, how?: SessionOptions): Promise<SetupStart>;
    /** Confirms the pending setup with its first code, as typed; that code is spent by it. */
    confirmSetup(session: unknown, code: unknown, how?: SessionOptions): Promise<Confirmation>;
    /**
     * Verifies what a person typed, a code or a backup code.
     *
     * With `remember`, the name of the device, {@link Verified.device} is for its cookie, if the policy remembers any:
     * only where the person ticked that this device is their own.
     */
    verify(ticket: unknown, code: unknown, how?: SessionOptions & {
        readonly remember?: string;
    }): Promise<Verification>;
    /**
     * Verifies two consecutive codes of an authenticator that has left the window, as a token does whose clock is off.
     * Both are used up, and a wrong pair is charged like a wrong code.
     */
    resynchronize(ticket: unknown, first: unknown, second: unknown, how?: SessionOptions): Promise<Verification>;
    /** Puts the setup off, where the policy grants time: the person is in, this once. */
    defer(ticket: unknown, how?: SessionOptions): Promise<Deferment>;
    /**
     * Where a session stands: for every request that it is to open something for.
     *
     * @param how.demand What the request asks of it: that it is good (`session`), that it rests on a second factor
     * (`two_factor`), or that this was verified a short while ago (`fresh`), which changing a factor takes.
     */
    checkAssertion(assertion: unknown, how?: SessionOptions & {
        readonly demand?: 'session' | 'two_factor' | 'fresh';
    }): Promise<Standing>;
    /** Says that the person has stored the backup codes that were shown with this assertion. */
    acknowledgeBackupCodes(assertion: unknown, how?: SessionOptions): Promise<Standing>;
    /** A ticket to verify, for a session that is good but not for what is asked; `verify` gives a fresh assertion. */
    stepUp(assertion: unknown, how?: SessionOptions): Promise<StepUp>;
    /** Makes new backup codes; the ones before are void. It needs a fresh assertion that rests on a second factor. */
    regenerateBackupCodes(assertion: unknown, how?: SessionOptions): Promise<BackupCodesRenewal>;
    /** Gives an authenticator of the assertion's account another name. It needs a fresh assertion. */
    renameAuthenticator(assertion: unknown, authenticator: string, label: string, how?: SessionOptions): Promise<Renaming>;
    /** Removes an authenticator, and makes all other sessions of the account void. It needs a fresh assertion. */
    removeAuthenticator(assertion: unknown, authenticator: string, how?: SessionOptions): Promise<FactorChange>;
    /** Removes every factor of the assertion's account, where the policy does not require one. As above. */
    disable(assertion: unknown, how?: SessionOptions): Promise<FactorChange>;
    /** Revokes one remembered device of the assertion's account, by its id, or all of them. As above. */
    revokeDevices(assertion: unknown, how?: SessionOptions & {
        readonly device?: string;
    }): Promise<DeviceRevocation>;
    /**
     * Makes everything void that was issued to an account before the host changed its password. Factors stay.
     *
     * @param how.assertion That of the person who changed it, if there is one.
     * @returns Its next assertion, or `null` if there is none. The change is made in any case.
     */
    passwordChanged(account: BytesLike, how?: SessionOptions & {
        readonly assertion?: unknown;
    }): Promise<{
        readonly assertion: string | null;
    }>;
    /** Records sign-ins of an account that ended without a code, so that its owner can be told. */
    settleSignIns(account: BytesLike, how?: CallOptions): Promise<Settlement>;
    /**
     * Redeems the activation code of a service that is being installed.
     *
     * The purpose is the host's own, never one that came with the request; `redeemer` is who the host takes it from, such
     * as the name of a machine. Limit how often one address may call it.
     */
    redeemActivation(code: unknown, of: {
        readonly purpose: string;
        readonly redeemer: string;
    }, how?: CallOptions): Promise<Redemption>;
}
/** Who acts, and why. */
export type { By };

import type { KeyringReplacement, Observation, TenantCreation } from './answers.cjs';
import { type By } from './admin.cjs';
import { type TimeLike } from './arguments.cjs';
import { KeyUsage } from './usage.cjs';
import { type Keyring } from './keyring.cjs';
import { type Policy } from './policy.cjs';
import { type Store } from './store.cjs';
import { type CallOptions, Tenant } from './tenant.cjs';
/** With what an engine works. */
export interface EngineOptions extends CallOptions {
    /**
     * Where accounts are stored: a URL (`sqlite:PATH`, `postgres://USER@HOST/DATABASE`, `rediss://HOST`, `memory:`), or
     * a store of your own.
     */
    readonly store: string | Store;
    /** The keys that seal what is stored and what is handed out. */
    readonly keyring: Keyring;
    /**
     * Whether a store that is not there is made, and one of an older version brought up to date. Without it a wrong path
     * is an error; with it, it is a new store in which nobody has a second factor.
     */
    readonly migrate?: boolean;
    /** The clock to go by, for tests; the system's unless given. */
    readonly clock?: ManualClock;
    /** Is told how each call has ended, for logs and metrics. What it throws is uncaught. */
    readonly observer?: (observation: Observation) => void;
}
/** A clock that is set by hand, for tests of what takes time. */
export declare class ManualClock {
    #private;
    /** A clock that stands at a time. */
    constructor(at: TimeLike);
    /** What it shows. */
    get now(): Date;
    /** Sets it. */
    set(at: TimeLike): void;
    /** Sets it forward by seconds. */
    advance(by: number): void;
}
/**
 * The engine: mfakit's rules over a store, a keyring and a clock.
 *
 * Open one in each thread and keep it. Calls run on threads of their own: neither hashing nor waiting for a database
 * blocks the event loop, and a process ends by itself when no call is under way.
 */
export declare class Engine {
    #private;
    private constructor();
    /**
     * Opens an engine.
     *
     * @throws {@link MfaError} `ERR_MFA_STORE_OPEN` if the store does not open; `TypeError` if the URL is none.
     */
    static open(how: EngineOptions): Promise<Engine>;
    /** The tenant with this name, where every other call starts. Whether it exists shows at the first call. */
    tenant(name: string): Tenant;
    /** Creates a tenant with its first policy; a tenant that exists is left as it is. */
    createTenant(name: string, policy: Policy, by: By, how?: CallOptions): Promise<TenantCreation>;
    /** At most `limit` names of tenants behind `after`, in an order of the store's own. */
    tenants(how?: CallOptions & {
        readonly after?: string;
        readonly limit?: number;
    }): Promise<string[]>;
    /** How many documents each key of the keyring has sealed, over all tenants. */
    keyUsage(how?: CallOptions): Promise<KeyUsage>;
    /**
     * Replaces the keyring. Calls that begin from now on go by the new one. One that lacks a key which documents are sealed
     * with is refused, and so is one that lacks the key that seals now.
     */
    replaceKeyring(keyring: Keyring, how?: CallOptions): Promise<KeyringReplacement>;
    /** Replaces the keyring without looking at anything: for a key that has to go at once, whatever is lost. */
    dangerReplaceKeyring(keyring: Keyring): void;
    /**
     * Closes the engine and its store, when the calls under way have ended; then a SQLite file is one file. What is called
     * later is `ERR_MFA_CLOSED`.
     */
    close(): Promise<void>;
    /** For `await using`. */
    [Symbol.asyncDispose](): Promise<void>;
}

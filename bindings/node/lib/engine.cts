import type { KeyringReplacement, Observation, TenantCreation } from './answers.cjs';
import { type By, actor, limit } from './admin.cjs';
import { type TimeLike, flag, options, seconds, text } from './arguments.cjs';
import { Caller, type Lifetime, signalOf } from './caller.cjs';
import { converting, invalidType, OURS, onlyOurs } from './errors.cjs';
import { KeyUsage } from './usage.cjs';
import { type Keyring, heldKeyring } from './keyring.cjs';
import { type Policy, heldPolicy } from './policy.cjs';
import { Held, callEngine, closeEngine, observers, port } from './port.cjs';
import type { Raw } from './revive.cjs';
import { type Store, closeScript, openScript } from './store.cjs';
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

let lastObserver = 0;
let unwrapClock: (clock: ManualClock) => number;

/** A clock that is set by hand, for tests of what takes time. */
export class ManualClock {
    readonly #held: Held;
    #now: number;

    static {
        unwrapClock = (clock) => clock.#held.number;
    }

    /** A clock that stands at a time. */
    constructor(at: TimeLike) {
        this.#now = seconds('at', at);
        this.#held = new Held(port.clock(this.#now));
    }

    /** What it shows. */
    get now(): Date {
        return new Date(this.#now * 1000);
    }

    /** Sets it. */
    set(at: TimeLike): void {
        const now = seconds('at', at);
        converting(() => port.setClock(this.#held.number, now));
        this.#now = now;
    }

    /** Sets it forward by seconds. */
    advance(by: number): void {
        if (typeof by !== 'number') {
            throw invalidType('by', 'a number of seconds', by);
        }
        this.set({ epochSeconds: this.#now + by });
    }
}

/**
 * The engine: mfakit's rules over a store, a keyring and a clock.
 *
 * Open one in each thread and keep it. Calls run on threads of their own: neither hashing nor waiting for a database
 * blocks the event loop, and a process ends by itself when no call is under way.
 */
export class Engine {
    readonly #life: Open;

    private constructor(ours: symbol, life: Open) {
        onlyOurs(ours);
        this.#life = life;
    }

    /**
     * Opens an engine.
     *
     * @throws {@link MfaError} `ERR_MFA_STORE_OPEN` if the store does not open; `TypeError` if the URL is none.
     */
    static async open(how: EngineOptions): Promise<Engine> {
        const { store, keyring, migrate, clock, observer } = options('how', how);
        const request: Record<string, unknown> = { keyring: heldKeyring(keyring) };
        if (flag('migrate', migrate)) {
            request['migrate'] = true;
        }
        if (clock !== undefined) {
            if (!(clock instanceof ManualClock)) {
                throw invalidType('clock', 'a ManualClock', clock);
            }
            request['clock'] = unwrapClock(clock);
        }
        if (observer !== undefined && typeof observer !== 'function') {
            throw invalidType('observer', 'a function', observer);
        }
        const signal = signalOf(how);
        const close: (() => void)[] = [];
        if (typeof store === 'string') {
            request['store'] = text('store', store);
        } else {
            const script = openScript(checked(store));
            request['script'] = script;
            close.push(() => closeScript(script));
        }
        if (observer !== undefined) {
            lastObserver += 1;
            const number = lastObserver;
            observers.set(number, (raw) => {
                try {
                    observer(raw as unknown as Observation);
                } catch (error) {
                    // No answer depends on an observer.
                    setImmediate(() => {
                        throw error;
                    });
                }
            });
            request['observer'] = number;
            close.push(() => observers.delete(number));
        }
        try {
            const raw = await callEngine({ open: request }, { signal });
            return new Engine(OURS, new Open(raw['held'] as number, close));
        } catch (error) {
            close.forEach((end) => end());
            throw error;
        }
    }

    /** The tenant with this name, where every other call starts. Whether it exists shows at the first call. */
    tenant(name: string): Tenant {
        // Whether it is a name is looked at with each call, and here, so that a wrong one shows at once.
        const tenant = text('name', name);
        return Tenant.of(new Caller(this.#life, tenant));
    }

    /** Creates a tenant with its first policy; a tenant that exists is left as it is. */
    async createTenant(
        name: string,
        policy: Policy,
        by: By,
        how?: CallOptions,
    ): Promise<TenantCreation> {
        const request = {
            tenant: text('name', name),
            policy: heldPolicy(policy),
            by: actor(by),
        };
        return (await this.#call(how, 'createTenant', request)) as unknown as TenantCreation;
    }

    /** At most `limit` names of tenants behind `after`, in an order of the store's own. */
    async tenants(
        how?: CallOptions & { readonly after?: string; readonly limit?: number },
    ): Promise<string[]> {
        const after = how?.after === undefined ? {} : { after: text('after', how.after) };
        const request = { limit: limit(how?.limit), ...after };
        return (await this.#call(how, 'tenants', request))['tenants'] as string[];
    }

    /** How many documents each key of the keyring has sealed, over all tenants. */
    async keyUsage(how?: CallOptions): Promise<KeyUsage> {
        return KeyUsage.of(await this.#call(how, 'keyUsage', {}));
    }

    /**
     * Replaces the keyring. Calls that begin from now on go by the new one. One that lacks a key which documents are sealed
     * with is refused, and so is one that lacks the key that seals now.
     */
    async replaceKeyring(keyring: Keyring, how?: CallOptions): Promise<KeyringReplacement> {
        const request = { keyring: heldKeyring(keyring) };
        return (await this.#call(how, 'replaceKeyring', request)) as unknown as KeyringReplacement;
    }

    /** Replaces the keyring without looking at anything: for a key that has to go at once, whatever is lost. */
    dangerReplaceKeyring(keyring: Keyring): void {
        const held = heldKeyring(keyring);
        converting(() => port.dangerReplaceKeyring(this.#life.held.number, held));
    }

    /**
     * Closes the engine and its store, when the calls under way have ended; then a SQLite file is one file. What is called
     * later is `ERR_MFA_CLOSED`.
     */
    close(): Promise<void> {
        return this.#life.close();
    }

    /** For `await using`. */
    [Symbol.asyncDispose](): Promise<void> {
        return this.close();
    }

    async #call(how: CallOptions | undefined, operation: string, request: object): Promise<Raw> {
        const signal = signalOf(how);
        const life = this.#life;
        const given = { [operation]: { engine: life.held.number, ...request } };
        life.begin();
        return callEngine(given, { signal, life });
    }
}

/** An engine that is open, with the calls that are under way. */
class Open implements Lifetime {
    readonly held: Held;
    readonly #close: readonly (() => void)[];
    #closed: Promise<void> | undefined;
    #idle: (() => void) | undefined;
    #running = 0;

    constructor(number: number, close: readonly (() => void)[]) {
        this.held = new Held(number);
        this.#close = close;
    }

    begin(): void {
        this.#running += 1;
    }

    end(): void {
        this.#running -= 1;
        if (this.#running === 0 && this.#idle !== undefined) {
            // Whoever waits for the call goes on first.
            setImmediate(this.#idle);
        }
    }

    close(): Promise<void> {
        if (this.#closed === undefined) {
            const number = this.held.take();
            const idle =
                this.#running === 0
                    ? Promise.resolve()
                    : new Promise<void>((resolve) => {
                          this.#idle = resolve;
                      });
            this.#closed = idle
                .then(() => closeEngine(number))
                .finally(() => this.#close.forEach((end) => end()));
        }
        return this.#closed;
    }
}

function checked(store: unknown): Store {
    if (typeof store !== 'object' || store === null) {
        throw invalidType('store', 'a URL or a store', store);
    }
    for (const method of METHODS) {
        if (typeof (store as Record<string, unknown>)[method] !== 'function') {
            throw invalidType(`store.${method}`, 'a function', undefined);
        }
    }
    return store as Store;
}

const METHODS = ['load', 'commit', 'scan', 'count', 'events', 'tenants', 'pruneEvents'] as const;

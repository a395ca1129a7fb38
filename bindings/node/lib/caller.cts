// Calls of one tenant of one engine.

import { options } from './arguments.cjs';
import { invalidType } from './errors.cjs';
import type { NativeSecret } from './native.cjs';
import { type Held, callTenant } from './port.cjs';
import type { Raw } from './revive.cjs';

/** What an engine counts, so that it can be closed when no call is under way. */
export interface Lifetime {
    readonly held: Held;
    begin(): void;
    end(): void;
}

export class Caller {
    readonly tenant: string;
    readonly #life: Lifetime;

    constructor(life: Lifetime, tenant: string) {
        this.#life = life;
        this.tenant = tenant;
    }

    /** Makes a call, and gives the answer as it crossed. */
    call(how: { readonly signal?: AbortSignal } | undefined, request: object): Promise<Raw> {
        return this.#call({ signal: signalOf(how), life: this.#life, raw: true }, request);
    }

    /** Makes a call, and gives the answer as it is handed out. */
    answer<T>(
        how: { readonly signal?: AbortSignal } | undefined,
        request: object,
        secret?: NativeSecret,
    ): Promise<T> {
        const given = { signal: signalOf(how), life: this.#life, secret };
        return this.#call(given, request) as unknown as Promise<T>;
    }

    #call(given: Parameters<typeof callTenant>[3], request: object): Promise<Raw> {
        const engine = this.#life.held.number;
        this.#life.begin();
        return callTenant(engine, this.tenant, request, given);
    }
}

/** The signal among the options of a call. */
export function signalOf(how: { readonly signal?: AbortSignal } | undefined): AbortSignal | undefined {
    const { signal } = options('how', how);
    if (signal !== undefined && !(signal instanceof AbortSignal)) {
        throw invalidType('signal', 'an AbortSignal', signal);
    }
    return signal;
}

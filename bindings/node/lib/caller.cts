// Calls of one tenant of one engine.

import { options } from './arguments.cjs';
import { invalidType } from './errors.cjs';
import type { NativeSecret } from './native.cjs';
import { type Held, callTenant } from './port.cjs';
import { type Raw, revive } from './revive.cjs';

/** What an engine counts, so that it can be closed when no call is under way. */
export interface Lifetime {
    readonly held: Held;
    begin(): void;
    end(): void;
}

export class Caller {
    readonly tenant: string;
    readonly #life: Lifetime;
    readonly #ended: () => void;

    constructor(life: Lifetime, tenant: string) {
        this.#life = life;
        this.tenant = tenant;
        this.#ended = () => life.end();
    }

    /** Makes a call, and gives the answer as it crossed. */
    call(how: { readonly signal?: AbortSignal } | undefined, request: object, secret?: NativeSecret): Promise<Raw> {
        const signal = signalOf(how);
        const engine = this.#life.held.number;
        this.#life.begin();
        const given = { signal, ended: this.#ended, ...(secret === undefined ? {} : { secret }) };
        return callTenant(engine, this.tenant, request, given);
    }

    /** Makes a call, and gives the answer as it is handed out. */
    async answer<T>(how: { readonly signal?: AbortSignal } | undefined, request: object, secret?: NativeSecret): Promise<T> {
        return revive(await this.call(how, request, secret)) as T;
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

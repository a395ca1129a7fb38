// This thread's end of the port to the native module.

import { setMaxListeners } from 'node:events';

import { type Failure, MfaError, converted, errorOf } from './errors.cjs';
import { type NativeSecret, native } from './native.cjs';
import { type Raw, revive } from './revive.cjs';

/** What the native module sends: how a call has ended, a question to a store, an observation. */
type Message =
    | [call: number, answer: Raw | null, failure?: Failure]
    | ['store', script: number, question: number, method: string, args: Raw]
    | ['observed', observer: number, observation: Raw];

interface Pending {
    resolve(answer: Raw): void;
    reject(error: unknown): void;
    readonly how: How;
    /** Ends the waiting when the signal aborts. */
    abort: (() => void) | undefined;
    /** Whoever waits was told that the signal has aborted. */
    aborted: boolean;
}

/** What one call is given, beside its request. */
interface How {
    readonly signal?: AbortSignal | undefined;
    readonly secret?: NativeSecret | undefined;
    /** Told when the call has really ended, whether somebody waited for it or not. */
    readonly life?: { end(): void } | undefined;
    /** Whether the answer is handed out as it crossed. */
    readonly raw?: boolean;
}

const pending = new Map<number, Pending>();
let lastCall = 0;

/** Answers questions of the native module, by the number of the store. */
export const scripts = new Map<number, (question: number, method: string, args: Raw) => void>();
/** Takes observations, by the number of the observer. */
export const observers = new Map<number, (observation: Raw) => void>();

// Keeps the process alive while a call is under way, and only then.
const alive = setInterval(() => undefined, 0x7fff_ffff).unref();

export const port = new native.Port((batch) => {
    for (const message of JSON.parse(batch) as Message[]) {
        receive(message);
    }
});

function receive(message: Message): void {
    if (message[0] === 'store') {
        const [, script, question, method, args] = message;
        const store = scripts.get(script);
        if (store === undefined) {
            port.answer(question, null, 'unavailable');
        } else {
            store(question, method, revive(args));
        }
        return;
    }
    if (message[0] === 'observed') {
        const [, observer, observation] = message;
        observers.get(observer)?.(observation);
        return;
    }
    const [call, answer, failure] = message;
    const waiting = pending.get(call);
    if (waiting === undefined) {
        return;
    }
    pending.delete(call);
    if (pending.size === 0) {
        alive.unref();
    }
    end(waiting);
    if (answer === null) {
        waiting.reject(failure === undefined ? undefined : errorOf(failure));
        return;
    }
    const { held } = answer;
    if (waiting.aborted && typeof held === 'number') {
        // Nobody is there who could hold it.
        port.release(held);
    }
    waiting.resolve(waiting.how.raw === true ? answer : revive(answer));
}

/** A call is over. */
function end({ how, abort }: Pending): void {
    if (abort !== undefined) {
        how.signal?.removeEventListener('abort', abort);
    }
    how.life?.end();
}

/** Calls an operation of a tenant. */
export function callTenant(engine: number, tenant: string, request: object, how: How): Promise<Raw> {
    return waitFor(how, (call, canBeAborted) => {
        const text = JSON.stringify(request);
        if (how.secret === undefined) {
            port.call(call, canBeAborted, engine, tenant, text);
        } else {
            port.call(call, canBeAborted, engine, tenant, text, how.secret);
        }
    });
}

/** Lets go of an engine, and waits until its store is closed. */
export async function closeEngine(held: number): Promise<void> {
    await waitFor({}, (call) => port.close(call, held));
}

/** Calls an operation of the engine. */
export function callEngine(request: object, how: How = {}): Promise<Raw> {
    return waitFor(how, (call, canBeAborted) => {
        port.begin(call, canBeAborted, JSON.stringify(request));
    });
}

/** Begins a call by the number it is told, and waits for its end. */
export function waitFor(
    how: How,
    begin: (call: number, canBeAborted: boolean) => void,
): Promise<Raw> {
    return new Promise((resolve, reject) => {
        const { signal } = how;
        if (signal !== undefined && signal.aborted) {
            how.life?.end();
            reject(signal.reason as Error);
            return;
        }
        const call = nextCall();
        const waiting: Pending = { resolve, reject, how, abort: undefined, aborted: false };
        if (signal !== undefined) {
            waiting.abort = () => {
                waiting.aborted = true;
                port.abort(call);
                reject(signal.reason as Error);
            };
            // One signal for many calls is no leak: each listener goes with its call.
            setMaxListeners(0, signal);
            signal.addEventListener('abort', waiting.abort, { once: true });
        }
        if (pending.size === 0) {
            alive.ref();
        }
        pending.set(call, waiting);
        try {
            begin(call, signal !== undefined);
        } catch (error) {
            pending.delete(call);
            if (pending.size === 0) {
                alive.unref();
            }
            end(waiting);
            reject(converted(error));
        }
    });
}

function nextCall(): number {
    do {
        lastCall = (lastCall + 1) >>> 0;
    } while (pending.has(lastCall));
    return lastCall;
}

const released = new FinalizationRegistry((held: number) => port.release(held));

/**
 * Something that the native module holds for us. It lets go of it when this object is collected, or when told to.
 */
export class Held {
    #number: number | undefined;

    constructor(number: number) {
        this.#number = number;
        released.register(this, number, this);
    }

    /** Its number. @throws if it was let go of. */
    get number(): number {
        if (this.#number === undefined) {
            const message = 'the engine, or what was passed, is closed or used up';
            throw MfaError.of('misuse', 'ERR_MFA_CLOSED', message);
        }
        return this.#number;
    }

    /** Whether it was let go of. */
    get gone(): boolean {
        return this.#number === undefined;
    }

    /** Takes the number: the native module lets go of it by itself. */
    take(): number {
        const { number } = this;
        released.unregister(this);
        this.#number = undefined;
        return number;
    }

    /** Lets go of it. */
    release(): void {
        if (this.#number !== undefined) {
            port.release(this.take());
        }
    }
}

import type { NativeSecret } from './native.cjs';
import { type Held } from './port.cjs';
import type { Raw } from './revive.cjs';
/** What an engine counts, so that it can be closed when no call is under way. */
export interface Lifetime {
    readonly held: Held;
    begin(): void;
    end(): void;
}
export declare class Caller {
    #private;
    readonly tenant: string;
    constructor(life: Lifetime, tenant: string);
    /** Makes a call, and gives the answer as it crossed. */
    call(how: {
        readonly signal?: AbortSignal;
    } | undefined, request: object): Promise<Raw>;
    /** Makes a call, and gives the answer as it is handed out. */
    answer<T>(how: {
        readonly signal?: AbortSignal;
    } | undefined, request: object, secret?: NativeSecret): Promise<T>;
}
/** The signal among the options of a call. */
export declare function signalOf(how: {
    readonly signal?: AbortSignal;
} | undefined): AbortSignal | undefined;

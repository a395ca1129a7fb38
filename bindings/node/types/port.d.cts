import { type NativeSecret } from './native.cjs';
import { type Raw } from './revive.cjs';
/** What one call is given, beside its request. */
interface How {
    readonly signal?: AbortSignal | undefined;
    readonly secret?: NativeSecret | undefined;
    /** Told when the call has really ended, whether somebody waited for it or not. */
    readonly life?: {
        end(): void;
    } | undefined;
    /** Whether the answer is handed out as it crossed. */
    readonly raw?: boolean;
}
/** Answers questions of the native module, by the number of the store. */
export declare const scripts: Map<number, (question: number, method: string, args: Raw) => void>;
/** Takes observations, by the number of the observer. */
export declare const observers: Map<number, (observation: Raw) => void>;
export declare const port: import("./native.cjs").NativePort;
/** Calls an operation of a tenant. */
export declare function callTenant(engine: number, tenant: string, request: object, how: How): Promise<Raw>;
/** Lets go of an engine, and waits until its store is closed. */
export declare function closeEngine(held: number): Promise<void>;
/** Calls an operation of the engine. */
export declare function callEngine(request: object, how?: How): Promise<Raw>;
/** Begins a call by the number it is told, and waits for its end. */
export declare function waitFor(how: How, begin: (call: number, canBeAborted: boolean) => void): Promise<Raw>;
/**
 * Something that the native module holds for us. It lets go of it when this object is collected, or when told to.
 */
export declare class Held {
    #private;
    constructor(number: number);
    /** Its number. @throws if it was let go of. */
    get number(): number;
    /** Whether it was let go of. */
    get gone(): boolean;
    /** Takes the number: the native module lets go of it by itself. */
    take(): number;
    /** Lets go of it. */
    release(): void;
}
export {};

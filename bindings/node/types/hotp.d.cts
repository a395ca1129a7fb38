import { inspect } from 'node:util';
import { type Algorithm } from './arguments.cjs';
import { type Secret } from './secret.cjs';
/** What prover and verifier agree on, beside the secret. */
export interface HotpParameters {
    /** The hash under the HMAC; `SHA1` unless given, which is all RFC 4226 knows. */
    readonly algorithm?: Algorithm;
    /** How long a code is: 6 to 8, 6 unless given. */
    readonly digits?: number;
}
/** A code that is right. */
export interface HotpMatch {
    /**
     * The counter it is for. Store the next one before anybody is let in, by a write that succeeds only if the stored
     * one is still what it was: otherwise the code works twice.
     */
    readonly counter: bigint;
}
/** Codes that change with a counter (RFC 4226). */
export declare class Hotp {
    #private;
    /**
     * The authenticator with this secret: a {@link Secret}, or a text in Base32.
     *
     * @throws {@link MfaError} `ERR_MFA_SECRET`; `RangeError` if a parameter is out of range.
     */
    constructor(secret: Secret | string, parameters?: HotpParameters);
    /** The hash under the HMAC. */
    get algorithm(): Algorithm;
    /** How long a code is. */
    get digits(): number;
    /** The shared secret. */
    get secret(): Secret;
    /** The code at a counter. */
    generate(counter: bigint | number): string;
    /**
     * Whether a code, as somebody typed it, is right for `next` or one of the counters after it: the match, or `null`.
     *
     * Spaces and hyphens in it don't count. Anything else that is no code, of whatever type, is `null` too.
     */
    verify(code: unknown, how: {
        /** The counter of the next code: one more than that of the last match. */
        readonly next: bigint | number;
        /** How many counters after it are accepted too: 0 to 50, 10 unless given. */
        readonly lookAhead?: number;
    }): HotpMatch | null;
    /**
     * Whether two codes are right for two consecutive counters further ahead (RFC 4226 §7.4): for a token whose button
     * was pressed too often. The match is that of the second, so that both are used up.
     */
    resynchronize(first: unknown, second: unknown, how: {
        readonly next: bigint | number;
        /** How many counters ahead: 1 to 500, 120 unless given. */
        readonly window?: number;
    }): HotpMatch | null;
    toString(): string;
    toJSON(): string;
    /** What `console.log` shows. */
    [inspect.custom](): string;
}

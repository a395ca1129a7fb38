import { inspect } from 'node:util';
import { type Algorithm, type TimeLike } from './arguments.cjs';
import { Secret } from './secret.cjs';
/** What prover and verifier agree on, beside the secret. */
export interface TotpParameters {
    /** The hash under the HMAC; `SHA1` unless given, since other values are ignored by some apps. */
    readonly algorithm?: Algorithm;
    /** How long a code is: 6 to 8, 6 unless given. */
    readonly digits?: number;
    /** The time-step size in seconds: 15 to 120, 30 unless given. */
    readonly period?: number;
}
/** How many time steps before and after the current one are accepted: 0 to 10 each, 1 unless given. */
export interface Window {
    readonly past?: number;
    readonly future?: number;
}
/** Which codes are accepted. */
export interface TotpVerifyOptions {
    /** When; now unless given. */
    readonly at?: TimeLike;
    /** How far around it; one step either way unless given. */
    readonly window?: Window;
    /**
     * The step of the last code that was accepted, as {@link TotpMatch.step} said: it and every one before are refused
     * (RFC 6238 §5.2). Leave it out only where none was ever accepted.
     */
    readonly after?: bigint | number;
}
/** A code that is right. */
export interface TotpMatch {
    /**
     * The time step it is for. Store it before anybody is let in, by a write that succeeds only if no higher step was
     * stored meanwhile, and pass it as {@link TotpVerifyOptions.after} the next time: otherwise the code works twice.
     */
    readonly step: bigint;
    /** How many steps it is away from now: below 0 if the prover is behind. */
    readonly delta: number;
}
/**
 * Codes that change with time (RFC 6238).
 *
 * A `Totp` is keyed once and verifies fast: keep it where one secret is used often. {@link Totp.verifyOnce} takes the
 * secret each time.
 */
export declare class Totp {
    #private;
    /**
     * The authenticator with this secret: a {@link Secret}, or a text in Base32.
     *
     * @throws {@link MfaError} `ERR_MFA_SECRET`; `RangeError` if a parameter is out of range.
     */
    constructor(secret: Secret | string, parameters?: TotpParameters);
    /** The hash under the HMAC. */
    get algorithm(): Algorithm;
    /** How long a code is. */
    get digits(): number;
    /** The time-step size in seconds. */
    get period(): number;
    /** The shared secret. */
    get secret(): Secret;
    /** The code at a time; now unless given. `null` before 1970, where there is no time step. */
    generate(when?: {
        readonly at?: TimeLike;
    }): string | null;
    /**
     * Whether a code, as somebody typed it, is right: the match, or `null`.
     *
     * Spaces and hyphens in it don't count. Anything else that is no code, of whatever type, is `null` too.
     * The whole window is computed whatever matches, and compared in constant time.
     */
    verify(code: unknown, how?: TotpVerifyOptions): TotpMatch | null;
    /**
     * Whether two codes are right for two consecutive time steps in a wider window (RFC 4226 §7.4, RFC 6238 §6): for a
     * token whose clock is off. The match is that of the second, so that both are used up.
     */
    resynchronize(first: unknown, second: unknown, how?: {
        readonly at?: TimeLike;
        /** How many time steps around now: 1 to 500, 120 unless given. */
        readonly window?: number;
        readonly after?: bigint | number;
    }): TotpMatch | null;
    /** For how many seconds the code shown at a time stays: 1 to the period. */
    remainingSeconds(when?: {
        readonly at?: TimeLike;
    }): number;
    /** For how many seconds a person waits for a code that is not used up: 0 if the one shown is fresh. */
    secondsUntilFresh(when: {
        readonly at?: TimeLike;
        readonly after: bigint | number;
    }): number;
    /**
     * Verifies one code straight from a secret, without making a `Totp`: faster where each secret is used once.
     *
     * @throws {@link MfaError} `ERR_MFA_SECRET` if the secret is none: it is stored, and not typed.
     */
    static verifyOnce(secret: Secret | string, code: unknown, how?: TotpVerifyOptions & TotpParameters): TotpMatch | null;
    toString(): string;
    toJSON(): string;
    /** What `console.log` shows. */
    [inspect.custom](): string;
}

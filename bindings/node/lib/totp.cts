import { inspect } from 'node:util';

import {
    type Algorithm,
    type TimeLike,
    algorithmName,
    algorithmNumber,
    big,
    options,
    seconds,
    text,
    typed,
    whole,
} from './arguments.cjs';
import { MfaError, converting, outOfRange } from './errors.cjs';
import { type NativeTotp, native } from './native.cjs';
import { Secret, nativeSecret, secretOf } from './secret.cjs';

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

let wrap: (totp: NativeTotp) => Totp;
let unwrap: (totp: Totp) => NativeTotp;

/**
 * Codes that change with time (RFC 6238).
 *
 * A `Totp` is keyed once and verifies fast: keep it where one secret is used often. {@link Totp.verifyOnce} takes the
 * secret each time.
 */
export class Totp {
    readonly #totp: NativeTotp;

    static {
        wrap = (totp) => new Totp(totp as unknown as Secret, RAW as TotpParameters);
        unwrap = (totp) => totp.#totp;
    }

    /**
     * The authenticator with this secret: a {@link Secret}, or a text in Base32.
     *
     * @throws {@link MfaError} `ERR_MFA_SECRET`; `RangeError` if a parameter is out of range.
     */
    constructor(secret: Secret | string, parameters?: TotpParameters) {
        if ((parameters as unknown) === RAW) {
            this.#totp = secret as unknown as NativeTotp;
            return;
        }
        const packed = packParameters(parameters);
        const key = nativeSecret(secret);
        this.#totp = converting(() => new native.NativeTotp(key, packed));
    }

    /** The hash under the HMAC. */
    get algorithm(): Algorithm {
        return algorithmName(this.#totp.parameters() & 0xff);
    }

    /** How long a code is. */
    get digits(): number {
        return (this.#totp.parameters() >>> 8) & 0xff;
    }

    /** The time-step size in seconds. */
    get period(): number {
        return this.#totp.parameters() >>> 16;
    }

    /** The shared secret. */
    get secret(): Secret {
        return secretOf(this.#totp.secret());
    }

    /** The code at a time; now unless given. `null` before 1970, where there is no time step. */
    generate(when?: { readonly at?: TimeLike }): string | null {
        return this.#totp.generate(seconds('at', options('when', when).at));
    }

    /**
     * Whether a code, as somebody typed it, is right: the match, or `null`.
     *
     * Spaces and hyphens in it don't count. Anything else that is no code, of whatever type, is `null` too.
     * The whole window is computed whatever matches, and compared in constant time.
     */
    verify(code: unknown, how?: TotpVerifyOptions): TotpMatch | null {
        if (how === undefined) {
            return match(this.#totp.verify(typed(code), seconds('at', undefined), DEFAULT_WINDOW, -1));
        }
        const { at, window, after } = options('how', how);
        return match(
            this.#totp.verify(typed(code), seconds('at', at), packWindow(window), step(after)),
        );
    }

    /**
     * Whether two codes are right for two consecutive time steps in a wider window (RFC 4226 §7.4, RFC 6238 §6): for a
     * token whose clock is off. The match is that of the second, so that both are used up.
     */
    resynchronize(
        first: unknown,
        second: unknown,
        how?: {
            readonly at?: TimeLike;
            /** How many time steps around now: 1 to 500, 120 unless given. */
            readonly window?: number;
            readonly after?: bigint | number;
        },
    ): TotpMatch | null {
        const { at, window, after } = options('how', how);
        const steps = window === undefined ? 120 : whole('window', window);
        return match(
            this.#totp.resynchronize(
                typed(first),
                typed(second),
                seconds('at', at),
                steps,
                step(after),
            ),
        );
    }

    /** For how many seconds the code shown at a time stays: 1 to the period. */
    remainingSeconds(when?: { readonly at?: TimeLike }): number {
        return this.#totp.remainingSeconds(seconds('at', options('when', when).at));
    }

    /** For how many seconds a person waits for a code that is not used up: 0 if the one shown is fresh. */
    secondsUntilFresh(when: { readonly at?: TimeLike; readonly after: bigint | number }): number {
        const { at, after } = options('when', when);
        return this.#totp.secondsUntilFresh(seconds('at', at), step(after));
    }

    /**
     * Verifies one code straight from a secret, without making a `Totp`: faster where each secret is used once.
     *
     * @throws {@link MfaError} `ERR_MFA_SECRET` if the secret is none: it is stored, and not typed.
     */
    static verifyOnce(
        secret: Secret | string,
        code: unknown,
        how?: TotpVerifyOptions & TotpParameters,
    ): TotpMatch | null {
        const { at, window, after } = options('how', how);
        const packed = packParameters(how);
        const around = packWindow(window);
        const now = seconds('at', at);
        const last = step(after);
        const found =
            typeof secret === 'string'
                ? native.verifyTotpBase32(text('secret', secret), packed, typed(code), now, around, last)
                : native.verifyTotp(nativeSecret(secret), packed, typed(code), now, around, last);
        if (found === NO_SECRET) {
            // Says what is wrong with it.
            Secret.fromBase32(secret as string);
        }
        return match(found);
    }

    toString(): string {
        return 'Totp(..)';
    }

    toJSON(): string {
        return 'Totp(..)';
    }

    /** What `console.log` shows. */
    [inspect.custom](): string {
        return 'Totp(..)';
    }
}

/** @internal */
export const totpOf = (totp: NativeTotp): Totp => wrap(totp);

/** @internal */
export const nativeTotp = (totp: Totp): NativeTotp => unwrap(totp);

/** Algorithm, digits and period in one number; what each may be is for the core to say. @internal */
export function packParameters(parameters: TotpParameters | undefined): number {
    const { algorithm, digits, period } = options('parameters', parameters);
    if (algorithm === undefined && digits === undefined && period === undefined) {
        return DEFAULT_PARAMETERS;
    }
    const number = algorithmNumber(algorithm);
    const length = small('digits', digits ?? 6, 0xff);
    return number + length * 0x100 + small('period', period ?? 30, 0xffff) * 0x1_0000;
}

function packWindow(window: Window | undefined): number {
    if (window === undefined) {
        return DEFAULT_WINDOW;
    }
    const { past, future } = options('window', window);
    return small('window.past', past ?? 1, 0xff) + small('window.future', future ?? 1, 0xff) * 0x100;
}

/** A number that fits its place; one that does not is as wrong as the largest that does. */
function small(name: string, value: unknown, most: number): number {
    return Math.min(whole(name, value), most);
}

/** The last accepted step, or a number below 0. */
function step(after: unknown): number {
    return after === undefined ? -1 : Number(big('after', after));
}

function match(found: number): TotpMatch | null {
    if (found >= 0) {
        const distance = found % 1024;
        return { step: BigInt((found - distance) / 1024), delta: distance - 512 };
    }
    switch (found) {
        case OUT_OF_WINDOW:
            throw outOfRange('window', 'a window has at most 10 steps either way, or 1 to 500 to resynchronize');
        case OUT_OF_PARAMETERS:
            throw outOfRange('parameters', 'codes have 6 to 8 digits and a period of 15 to 120 seconds');
        case NO_SECRET:
            throw MfaError.of('text', 'ERR_MFA_SECRET', 'the secret is none');
        default:
            return null;
    }
}

/** SHA-1, 6 digits, 30 seconds. */
const DEFAULT_PARAMETERS = 1 + 6 * 0x100 + 30 * 0x1_0000;
/** One step either way. */
const DEFAULT_WINDOW = 0x101;
const OUT_OF_WINDOW = -3;
const OUT_OF_PARAMETERS = -4;
const NO_SECRET = -5;
/** Marks a constructor call of ours. */
const RAW = Object.freeze({});

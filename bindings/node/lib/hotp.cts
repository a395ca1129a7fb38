import { inspect } from 'node:util';

import { type Algorithm, algorithmName, big, options, typed, whole } from './arguments.cjs';
import { converting, outOfRange } from './errors.cjs';
import { type NativeHotp, native } from './native.cjs';
import { type Secret, nativeSecret, secretOf } from './secret.cjs';
import { packParameters } from './totp.cjs';

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

let wrap: (hotp: NativeHotp) => Hotp;
let unwrap: (hotp: Hotp) => NativeHotp;

/** Codes that change with a counter (RFC 4226). */
export class Hotp {
    readonly #hotp: NativeHotp;

    static {
        wrap = (hotp) => new Hotp(hotp as unknown as Secret, RAW as HotpParameters);
        unwrap = (hotp) => hotp.#hotp;
    }

    /**
     * The authenticator with this secret: a {@link Secret}, or a text in Base32.
     *
     * @throws {@link MfaError} `ERR_MFA_SECRET`; `RangeError` if a parameter is out of range.
     */
    constructor(secret: Secret | string, parameters?: HotpParameters) {
        if ((parameters as unknown) === RAW) {
            this.#hotp = secret as unknown as NativeHotp;
            return;
        }
        const packed = packParameters(parameters);
        const key = nativeSecret(secret);
        this.#hotp = converting(() => new native.NativeHotp(key, packed));
    }

    /** The hash under the HMAC. */
    get algorithm(): Algorithm {
        return algorithmName(this.#hotp.parameters() & 0xff);
    }

    /** How long a code is. */
    get digits(): number {
        return (this.#hotp.parameters() >>> 8) & 0xff;
    }

    /** The shared secret. */
    get secret(): Secret {
        return secretOf(this.#hotp.secret());
    }

    /** The code at a counter. */
    generate(counter: bigint | number): string {
        return this.#hotp.generate(big('counter', counter));
    }

    /**
     * Whether a code, as somebody typed it, is right for `next` or one of the counters after it: the match, or `null`.
     *
     * Spaces and hyphens in it don't count. Anything else that is no code, of whatever type, is `null` too.
     */
    verify(
        code: unknown,
        how: {
            /** The counter of the next code: one more than that of the last match. */
            readonly next: bigint | number;
            /** How many counters after it are accepted too: 0 to 50, 10 unless given. */
            readonly lookAhead?: number;
        },
    ): HotpMatch | null {
        const { next, lookAhead } = options('how', how);
        const ahead = lookAhead === undefined ? 10 : whole('lookAhead', lookAhead);
        const counter = big('next', next);
        return match(converting(() => this.#hotp.verify(typed(code), counter, ahead)));
    }

    /**
     * Whether two codes are right for two consecutive counters further ahead (RFC 4226 §7.4): for a token whose button
     * was pressed too often. The match is that of the second, so that both are used up.
     */
    resynchronize(
        first: unknown,
        second: unknown,
        how: {
            readonly next: bigint | number;
            /** How many counters ahead: 1 to 500, 120 unless given. */
            readonly window?: number;
        },
    ): HotpMatch | null {
        const { next, window } = options('how', how);
        const counters = window === undefined ? 120 : whole('window', window);
        if (counters < 1 || counters > 500) {
            throw outOfRange('window', 'it must be 1 to 500 counters');
        }
        const counter = big('next', next);
        return match(
            converting(() =>
                this.#hotp.resynchronize(typed(first), typed(second), counter, counters),
            ),
        );
    }

    toString(): string {
        return 'Hotp(..)';
    }

    toJSON(): string {
        return 'Hotp(..)';
    }

    /** What `console.log` shows. */
    [inspect.custom](): string {
        return 'Hotp(..)';
    }
}

/** @internal */
export const hotpOf = (hotp: NativeHotp): Hotp => wrap(hotp);

/** @internal */
export const nativeHotp = (hotp: Hotp): NativeHotp => unwrap(hotp);

function match(counter: bigint | null): HotpMatch | null {
    return counter === null ? null : { counter };
}

/** Marks a constructor call of ours. */
const RAW = Object.freeze({});

import { invalidType, invalidValue, outOfRange } from './errors.cjs';

/**
 * A time: a `Date`, or seconds since 1970 as `{ epochSeconds }`.
 *
 * A bare number is taken for seconds, as the time of every OTP standard is; one that is too large to be seconds, as
 * milliseconds are, is refused.
 */
export type TimeLike = Date | { readonly epochSeconds: number | bigint } | number;

/** Bytes: a `Uint8Array` (a `Buffer` is one), or a text, whose UTF-8 they are. */
export type BytesLike = string | Uint8Array;

/** The hash under the HMAC. */
export type Algorithm = 'SHA1' | 'SHA256' | 'SHA512';

/** The largest number that is taken for seconds: the year 5138. */
const MOST_SECONDS = 1e11;
/** The largest time of a `Date`, in seconds. */
const LAST_SECOND = 8.64e12;

/** Whole seconds since 1970. @internal */
export function seconds(name: string, time: TimeLike | undefined): number {
    if (time === undefined) {
        return Math.floor(Date.now() / 1000);
    }
    if (typeof time === 'number') {
        if (!(Math.abs(time) <= MOST_SECONDS)) {
            throw outOfRange(
                name,
                'a number is seconds since 1970 and this can be none; pass a Date or { epochSeconds }',
            );
        }
        return Math.floor(time);
    }
    if (time instanceof Date) {
        const milliseconds = time.getTime();
        if (Number.isNaN(milliseconds)) {
            throw outOfRange(name, 'the Date is invalid');
        }
        return Math.floor(milliseconds / 1000);
    }
    if (typeof time === 'object' && time !== null) {
        const { epochSeconds } = time;
        if (typeof epochSeconds === 'number' || typeof epochSeconds === 'bigint') {
            const number = Number(epochSeconds);
            if (!(Math.abs(number) <= LAST_SECOND)) {
                throw outOfRange(name, '`epochSeconds` lies beyond the times of a Date');
            }
            return Math.floor(number);
        }
    }
    throw invalidType(name, 'a Date, { epochSeconds } or a number of seconds', time);
}

/** A text. @internal */
export function text(name: string, value: unknown): string {
    if (typeof value !== 'string') {
        throw invalidType(name, 'a string', value);
    }
    return cut(wellFormed(name, value));
}

/**
 * What came from outside, where anything but a text matches nothing: a form field that is sent twice arrives as an array.
 * @internal
 */
export function typed(value: unknown): string {
    return typeof value === 'string' ? cut(value).toWellFormed() : '';
}

/** No text that is taken for anything is as long as this, so that a longer one stays too long. */
function cut(value: string): string {
    return value.length > 16_384 ? value.slice(0, 16_384) : value;
}

/** A text that has a UTF-8 of its own: half a surrogate pair has none, and two texts would become one. */
function wellFormed(name: string, value: string): string {
    if (!value.isWellFormed()) {
        throw invalidValue(name, 'it is no well-formed Unicode');
    }
    return value;
}

/** A whole number of at most 32 bits; what it may be beyond that is for the core to say. @internal */
export function whole(name: string, value: unknown): number {
    if (typeof value !== 'number') {
        throw invalidType(name, 'a number', value);
    }
    if (!Number.isInteger(value) || value < 0 || value > 0xffff_ffff) {
        throw outOfRange(name, 'it must be a whole number that is not negative');
    }
    return value;
}

/** A number of 64 bits: a `bigint`, or a safe integer. @internal */
export function big(name: string, value: unknown): bigint {
    if (typeof value !== 'bigint' && typeof value !== 'number') {
        throw invalidType(name, 'a bigint or a safe integer', value);
    }
    if (typeof value === 'number' && !Number.isSafeInteger(value)) {
        throw outOfRange(name, 'a number must be a safe integer; pass a bigint');
    }
    const number = BigInt(value);
    if (number < 0n || number > 0xffff_ffff_ffff_ffffn) {
        throw outOfRange(name, 'it must lie between 0 and 2^64 - 1');
    }
    return number;
}

/** Yes or no. @internal */
export function flag(name: string, value: unknown): boolean {
    if (value !== undefined && typeof value !== 'boolean') {
        throw invalidType(name, 'a boolean', value);
    }
    return value ?? false;
}

/** Bytes, as they cross: a text behind `s`, anything else in hexadecimal behind `x`. @internal */
export function bytes(name: string, value: unknown): string {
    if (typeof value === 'string') {
        return `s${wellFormed(name, value)}`;
    }
    if (value instanceof Uint8Array) {
        const { buffer, byteOffset, byteLength } = value;
        return `x${Buffer.from(buffer, byteOffset, byteLength).toString('hex')}`;
    }
    throw invalidType(name, 'a string or a Uint8Array', value);
}

/** An object with options. @internal */
export function options<T extends object>(name: string, value: T | undefined): Partial<T> {
    if (value === undefined) {
        return {};
    }
    if (typeof value !== 'object' || value === null || Array.isArray(value)) {
        throw invalidType(name, 'an object', value);
    }
    return value;
}

/** One of some words. @internal */
export function oneOf<T extends string>(name: string, words: readonly T[], value: unknown): T {
    const expected = `one of ${words.join(', ')}`;
    if (typeof value !== 'string') {
        throw invalidType(name, expected, value);
    }
    const found = words.find((word) => word === value);
    if (found === undefined) {
        throw invalidValue(name, `it must be ${expected}`);
    }
    return found;
}

/** A hash, by the number that the core knows it by. @internal */
export function algorithmNumber(value: unknown): number {
    return 1 + ALGORITHMS.indexOf(oneOf('algorithm', ALGORITHMS, value ?? 'SHA1'));
}

/** A hash, by its number. @internal */
export function algorithmName(number: number): Algorithm {
    return ALGORITHMS[number - 1] ?? 'SHA1';
}

const ALGORITHMS = ['SHA1', 'SHA256', 'SHA512'] as const;

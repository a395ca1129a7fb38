/**
 * A time: a `Date`, or seconds since 1970 as `{ epochSeconds }`.
 *
 * A bare number is taken for seconds, as the time of every OTP standard is; one that is too large to be seconds, as
 * milliseconds are, is refused.
 */
export type TimeLike = Date | {
    readonly epochSeconds: number | bigint;
} | number;
/** Bytes: a `Uint8Array` (a `Buffer` is one), or a text, whose UTF-8 they are. */
export type BytesLike = string | Uint8Array;
/** The hash under the HMAC. */
export type Algorithm = 'SHA1' | 'SHA256' | 'SHA512';

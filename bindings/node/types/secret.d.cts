import { inspect } from 'node:util';
import { type Algorithm } from './arguments.cjs';
/**
 * A shared secret. It lives outside of the JavaScript heap and is wiped when the object is collected.
 *
 * Its text, its JSON and what `console.log` shows of it are `Secret(..)`; what reveals it says so in its name.
 */
export declare class Secret {
    #private;
    private constructor();
    /**
     * A fresh secret as long as the hash: 20 bytes for SHA-1, 32 for SHA-256, 64 for SHA-512 (RFC 6238 §5.1).
     *
     * @throws {@link MfaError} `ERR_MFA_NO_RANDOMNESS`.
     */
    static generate(how?: {
        readonly algorithm?: Algorithm;
    }): Secret;
    /**
     * The secret written in Base32 (RFC 4648 §6), as people have it: in any case, with spaces, hyphens and padding.
     *
     * @throws {@link MfaError} `ERR_MFA_SECRET` if it is no Base32, or has not 10 to 128 bytes.
     */
    static fromBase32(base32: string): Secret;
    /**
     * The secret with these bytes, which are copied.
     *
     * @throws {@link MfaError} `ERR_MFA_SECRET` if they are not 10 to 128.
     */
    static fromBytes(bytes: Uint8Array): Secret;
    /** How many bytes it has. */
    get byteLength(): number;
    /** Whether it is shorter than RFC 4226 §4 wants, as secrets that others made can be. */
    get isWeak(): boolean;
    /** A copy of the bytes. Whoever has them makes codes; JavaScript can't promise to wipe them. */
    exposeBytes(): Uint8Array;
    /** The secret in Base32, for typing into an app. As {@link exposeBytes}, and a string can't be wiped at all. */
    exposeBase32(): string;
    toString(): string;
    toJSON(): string;
    /** What `console.log` shows. */
    [inspect.custom](): string;
}

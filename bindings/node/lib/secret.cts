import { inspect } from 'node:util';

import { type Algorithm, algorithmNumber, options, text } from './arguments.cjs';
import { converting, invalidType, OURS, onlyOurs } from './errors.cjs';
import { type NativeSecret, native } from './native.cjs';

let wrap: (secret: NativeSecret) => Secret;
let unwrap: (secret: Secret) => NativeSecret;

/**
 * A shared secret. It lives outside of the JavaScript heap and is wiped when the object is collected.
 *
 * Its text, its JSON and what `console.log` shows of it are `Secret(..)`; what reveals it says so in its name.
 */
export class Secret {
    readonly #secret: NativeSecret;

    static {
        wrap = (secret) => new Secret(OURS, secret);
        unwrap = (secret) => secret.#secret;
    }

    private constructor(ours: symbol, secret: NativeSecret) {
        onlyOurs(ours);
        this.#secret = secret;
    }

    /**
     * A fresh secret as long as the hash: 20 bytes for SHA-1, 32 for SHA-256, 64 for SHA-512 (RFC 6238 §5.1).
     *
     * @throws {@link MfaError} `ERR_MFA_NO_RANDOMNESS`.
     */
    static generate(how?: { readonly algorithm?: Algorithm }): Secret {
        const { algorithm } = options('how', how);
        const number = algorithmNumber(algorithm);
        return new Secret(OURS, converting(() => native.NativeSecret.generate(number)));
    }

    /**
     * The secret written in Base32 (RFC 4648 §6), as people have it: in any case, with spaces, hyphens and padding.
     *
     * @throws {@link MfaError} `ERR_MFA_SECRET` if it is no Base32, or has not 10 to 128 bytes.
     */
    static fromBase32(base32: string): Secret {
        const checked = text('base32', base32);
        return new Secret(OURS, converting(() => native.NativeSecret.fromBase32(checked)));
    }

    /**
     * The secret with these bytes, which are copied.
     *
     * @throws {@link MfaError} `ERR_MFA_SECRET` if they are not 10 to 128.
     */
    static fromBytes(bytes: Uint8Array): Secret {
        if (!(bytes instanceof Uint8Array)) {
            throw invalidType('bytes', 'a Uint8Array', bytes);
        }
        return new Secret(OURS, converting(() => native.NativeSecret.fromBytes(bytes)));
    }

    /** How many bytes it has. */
    get byteLength(): number {
        return this.#secret.length();
    }

    /** Whether it is shorter than RFC 4226 §4 wants, as secrets that others made can be. */
    get isWeak(): boolean {
        return this.#secret.isWeak();
    }

    /** A copy of the bytes. Whoever has them makes codes; JavaScript can't promise to wipe them. */
    exposeBytes(): Uint8Array {
        return this.#secret.bytes();
    }

    /** The secret in Base32, for typing into an app. As {@link exposeBytes}, and a string can't be wiped at all. */
    exposeBase32(): string {
        return this.#secret.base32();
    }

    toString(): string {
        return 'Secret(..)';
    }

    toJSON(): string {
        return 'Secret(..)';
    }

    /** What `console.log` shows. */
    [inspect.custom](): string {
        return 'Secret(..)';
    }
}

/** @internal */
export const secretOf = (secret: NativeSecret): Secret => wrap(secret);

/** The native secret of a secret, or of one written in Base32. @internal */
export function nativeSecret(secret: unknown): NativeSecret {
    if (secret instanceof Secret) {
        return unwrap(secret);
    }
    if (typeof secret === 'string') {
        return unwrap(Secret.fromBase32(secret));
    }
    throw invalidType('secret', 'a Secret or a string in Base32', secret);
}

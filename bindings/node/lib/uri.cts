import { inspect } from 'node:util';

import { big, flag, options, text } from './arguments.cjs';
import { converting, invalidType, OURS, onlyOurs } from './errors.cjs';
import { Hotp, hotpOf, nativeHotp } from './hotp.cjs';
import { type NativeUri, native } from './native.cjs';
import { type Secret, secretOf } from './secret.cjs';
import { Totp, nativeTotp, totpOf } from './totp.cjs';

/** What is in a key URI, but for the secret. */
interface Described {
    type: 'totp' | 'hotp';
    period?: number;
    counter?: string;
    issuer: string | null;
    account: string;
    algorithm: string;
    digits: number;
    notes: string[];
    keptAside: [string, string][];
}

let wrap: (uri: NativeUri) => OtpAuthUri;

/**
 * A key URI, `otpauth://...`: what an app reads from a QR code.
 *
 * It holds the secret, so its JSON and what `console.log` shows of it are redacted; {@link exposeUri} is the text.
 */
export class OtpAuthUri {
    readonly #uri: NativeUri;
    readonly #described: Described;

    static {
        wrap = (uri) => new OtpAuthUri(OURS, uri);
    }

    private constructor(ours: symbol, uri: NativeUri) {
        onlyOurs(ours);
        this.#uri = uri;
        this.#described = JSON.parse(uri.describe()) as Described;
    }

    /**
     * Reads a URI as sites and apps write it, and notes what it tolerated.
     *
     * @throws {@link MfaError} `ERR_MFA_URI`, which repeats nothing of it.
     */
    static parse(uri: string): OtpAuthUri {
        const checked = text('uri', uri);
        return new OtpAuthUri(OURS, converting(() => native.NativeUri.parse(checked)));
    }

    /**
     * The URI of an authenticator that goes by time.
     *
     * @throws `TypeError` if a name is empty, too long, or holds a colon or a control character.
     */
    static totp(of: {
        readonly issuer: string;
        readonly account: string;
        readonly totp: Totp;
        /** Whether parameters are written that every app takes for granted. */
        readonly defaults?: boolean;
    }): OtpAuthUri {
        const { issuer, account, totp, defaults } = options('of', of);
        if (!(totp instanceof Totp)) {
            throw invalidType('totp', 'a Totp', totp);
        }
        const names = [text('issuer', issuer), text('account', account)] as const;
        const all = flag('defaults', defaults);
        return new OtpAuthUri(
            OURS,
            converting(() => native.NativeUri.ofTotp(...names, nativeTotp(totp), all)),
        );
    }

    /** The URI of an authenticator that counts; as {@link totp}. */
    static hotp(of: {
        readonly issuer: string;
        readonly account: string;
        readonly hotp: Hotp;
        readonly counter: bigint | number;
        readonly defaults?: boolean;
    }): OtpAuthUri {
        const { issuer, account, hotp, counter, defaults } = options('of', of);
        if (!(hotp instanceof Hotp)) {
            throw invalidType('hotp', 'a Hotp', hotp);
        }
        const names = [text('issuer', issuer), text('account', account)] as const;
        const count = big('counter', counter);
        const all = flag('defaults', defaults);
        return new OtpAuthUri(
            OURS,
            converting(() => native.NativeUri.ofHotp(...names, nativeHotp(hotp), count, all)),
        );
    }

    /** Whether it goes by time or counts. */
    get type(): 'totp' | 'hotp' {
        return this.#described.type;
    }

    /** Who issued it, if it says so. */
    get issuer(): string | null {
        return this.#described.issuer;
    }

    /** Whose it is. */
    get account(): string {
        return this.#described.account;
    }

    /** The hash, which can be one that {@link toTotp} does not take: `SHA224`, `SHA384`, `MD5`. */
    get algorithm(): string {
        return this.#described.algorithm;
    }

    /** Digits of a code: 1 to 10. */
    get digits(): number {
        return this.#described.digits;
    }

    /** The time-step size in seconds; `null` if it counts. */
    get period(): number | null {
        return this.#described.period ?? null;
    }

    /** Where the counter stands; `null` if it goes by time. */
    get counter(): bigint | null {
        const { counter } = this.#described;
        return counter === undefined ? null : BigInt(counter);
    }

    /** What was tolerated that the format does not allow, such as `secret_lower_case`. */
    get notes(): readonly string[] {
        return this.#described.notes;
    }

    /** Parameters that mean nothing here, as they are. */
    get keptAside(): readonly (readonly [name: string, value: string])[] {
        return this.#described.keptAside;
    }

    /** The shared secret. @throws {@link MfaError} `ERR_MFA_SECRET` if it has not 10 to 128 bytes. */
    get secret(): Secret {
        return secretOf(converting(() => this.#uri.secret()));
    }

    /** The authenticator. @throws {@link MfaError} `ERR_MFA_UNSUPPORTED_URI` if it is none that is verified here. */
    toTotp(): Totp {
        return totpOf(converting(() => this.#uri.totp()));
    }

    /** The authenticator. @throws {@link MfaError} `ERR_MFA_UNSUPPORTED_URI` if it is none that is verified here. */
    toHotp(): Hotp {
        return hotpOf(converting(() => this.#uri.hotp()));
    }

    /** The URI, secret and all: for a QR code or an app on the same device. */
    exposeUri(): string {
        return this.#uri.text();
    }

    toString(): string {
        return 'OtpAuthUri(..)';
    }

    toJSON(): string {
        return 'OtpAuthUri(..)';
    }

    /** What `console.log` shows. */
    [inspect.custom](): string {
        return 'OtpAuthUri(..)';
    }
}

/** An account of an export that can't be read. */
export interface UnreadEntry {
    readonly issuer: string | null;
    readonly account: string;
    /** Why, as a sentence. */
    readonly reason: string;
}

/** What one QR code of Google Authenticator's export holds. */
export interface MigrationExport {
    /** Which QR code of the export it is; a large one takes several. */
    readonly batch: { readonly id: number; readonly index: number; readonly size: number };
    /** Every account, in the order of the export: its URI, or why it can't be read. */
    readonly entries: readonly (
        | { readonly kind: 'read'; readonly uri: OtpAuthUri }
        | ({ readonly kind: 'unread' } & UnreadEntry)
    )[];
}

/**
 * Reads Google Authenticator's export, `otpauth-migration://...`, one QR code at a time.
 *
 * @throws {@link MfaError} `ERR_MFA_MIGRATION` if it is none. An account that can't be read is among the entries.
 */
export function parseMigration(uri: string): MigrationExport {
    const checked = text('uri', uri);
    const migration = converting(() => native.NativeMigration.parse(checked));
    const { id, index, size, faults } = JSON.parse(migration.describe()) as {
        id: string;
        index: string;
        size: string;
        faults: (UnreadEntry | null)[];
    };
    return {
        batch: { id: Number(id), index: Number(index), size: Number(size) },
        entries: faults.map((fault, place) => {
            const read = migration.take(place);
            return read === null || fault !== null
                ? { kind: 'unread', issuer: null, account: '', reason: '', ...fault }
                : { kind: 'read', uri: wrap(read) };
        }),
    };
}

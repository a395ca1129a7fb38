import { inspect } from 'node:util';
import { Hotp } from './hotp.cjs';
import { type Secret } from './secret.cjs';
import { Totp } from './totp.cjs';
/**
 * A key URI, `otpauth://...`: what an app reads from a QR code.
 *
 * It holds the secret, so its JSON and what `console.log` shows of it are redacted; {@link exposeUri} is the text.
 */
export declare class OtpAuthUri {
    #private;
    private constructor();
    /**
     * Reads a URI as sites and apps write it, and notes what it tolerated.
     *
     * @throws {@link MfaError} `ERR_MFA_URI`, which repeats nothing of it.
     */
    static parse(uri: string): OtpAuthUri;
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
    }): OtpAuthUri;
    /** The URI of an authenticator that counts; as {@link totp}. */
    static hotp(of: {
        readonly issuer: string;
        readonly account: string;
        readonly hotp: Hotp;
        readonly counter: bigint | number;
        readonly defaults?: boolean;
    }): OtpAuthUri;
    /** Whether it goes by time or counts. */
    get type(): 'totp' | 'hotp';
    /** Who issued it, if it says so. */
    get issuer(): string | null;
    /** Whose it is. */
    get account(): string;
    /** The hash, which can be one that {@link toTotp} does not take: `SHA224`, `SHA384`, `MD5`. */
    get algorithm(): string;
    /** Digits of a code: 1 to 10. */
    get digits(): number;
    /** The time-step size in seconds; `null` if it counts. */
    get period(): number | null;
    /** Where the counter stands; `null` if it goes by time. */
    get counter(): bigint | null;
    /** What was tolerated that the format does not allow, such as `secret_lower_case`. */
    get notes(): readonly string[];
    /** Parameters that mean nothing here, as they are. */
    get keptAside(): readonly (readonly [name: string, value: string])[];
    /** The shared secret. @throws {@link MfaError} `ERR_MFA_SECRET` if it has not 10 to 128 bytes. */
    get secret(): Secret;
    /** The authenticator. @throws {@link MfaError} `ERR_MFA_UNSUPPORTED_URI` if it is none that is verified here. */
    toTotp(): Totp;
    /** The authenticator. @throws {@link MfaError} `ERR_MFA_UNSUPPORTED_URI` if it is none that is verified here. */
    toHotp(): Hotp;
    /** The URI, secret and all: for a QR code or an app on the same device. */
    exposeUri(): string;
    toString(): string;
    toJSON(): string;
    /** What `console.log` shows. */
    [inspect.custom](): string;
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
    readonly batch: {
        readonly id: number;
        readonly index: number;
        readonly size: number;
    };
    /** Every account, in the order of the export: its URI, or why it can't be read. */
    readonly entries: readonly ({
        readonly kind: 'read';
        readonly uri: OtpAuthUri;
    } | ({
        readonly kind: 'unread';
    } & UnreadEntry))[];
}
/**
 * Reads Google Authenticator's export, `otpauth-migration://...`, one QR code at a time.
 *
 * @throws {@link MfaError} `ERR_MFA_MIGRATION` if it is none. An account that can't be read is among the entries.
 */
export declare function parseMigration(uri: string): MigrationExport;

/**
 * Every code an {@link MfaError} can have. Codes are stable: they never change their meaning.
 */
export const mfaErrorCodes = [
    'ERR_MFA_BUSY',
    'ERR_MFA_STORE_UNAVAILABLE',
    'ERR_MFA_STORE_UNCLEAR',
    'ERR_MFA_STORE_CORRUPT',
    'ERR_MFA_STORE_REFUSED',
    'ERR_MFA_STORE_OPEN',
    'ERR_MFA_DOCUMENT_DAMAGED',
    'ERR_MFA_DOCUMENT_OF_NEWER_FORMAT',
    'ERR_MFA_DOCUMENT_OF_UNKNOWN_KEY',
    'ERR_MFA_DOCUMENT_TOO_LARGE',
    'ERR_MFA_CLOCK_BEHIND',
    'ERR_MFA_ROLLED_BACK',
    'ERR_MFA_NO_RANDOMNESS',
    'ERR_MFA_INTERNAL',
    'ERR_MFA_KEYRING_FILE',
    'ERR_MFA_KEYRING_CHANGE',
    'ERR_MFA_CLOSED',
    'ERR_MFA_MISUSE_UNKNOWN_TENANT',
    'ERR_MFA_MISUSE_FOREIGN_ATTEMPT',
    'ERR_MFA_MISUSE_TOO_MANY',
    'ERR_MFA_MISUSE_PAGE_SIZE',
    'ERR_MFA_MISUSE_TOO_RECENT',
    'ERR_MFA_MISUSE_OUT_OF_STEP',
    'ERR_MFA_SECRET',
    'ERR_MFA_URI',
    'ERR_MFA_UNSUPPORTED_URI',
    'ERR_MFA_MIGRATION',
    'ERR_MFA_KEYRING',
] as const;

/** The code of an {@link MfaError}. */
export type MfaErrorCode = (typeof mfaErrorCodes)[number];

/**
 * What is to be done about an {@link MfaError}.
 *
 * - `busy`: nothing; the person tries again.
 * - `unavailable`: an operator looks after the store, the clock or the keyring; nobody is let in meanwhile.
 * - `misuse`: the application is to be mended.
 * - `text`: a text is not what it was taken for, such as a secret that is no Base32.
 */
export type MfaErrorKind = 'busy' | 'unavailable' | 'misuse' | 'text';

/**
 * There is no answer, and nothing was granted. What a person can cause is never one of these, but an answer.
 *
 * No message holds a secret, a code, a token or a URI.
 */
export class MfaError extends Error {
    /** What happened, as a stable name. */
    readonly code: MfaErrorCode;
    /** Who has to do something about it. */
    readonly kind: MfaErrorKind;
    /** The number of the key that the keyring lacks, with `ERR_MFA_DOCUMENT_OF_UNKNOWN_KEY`. */
    declare readonly keyId?: number;

    private constructor(
        ours: symbol,
        kind: MfaErrorKind,
        code: MfaErrorCode,
        message: string,
        keyId?: number,
    ) {
        onlyOurs(ours);
        super(message);
        this.code = code;
        this.kind = kind;
        if (keyId !== undefined) {
            this.keyId = keyId;
        }
    }

    /** @internal */
    static of(kind: MfaErrorKind, code: MfaErrorCode, message: string, keyId?: number): MfaError {
        return new MfaError(OURS, kind, code, message, keyId);
    }

    /** `MfaError`, also where names of classes are minified. */
    override get name(): 'MfaError' {
        return 'MfaError';
    }
}

/** What is known after a {@link StoreError}. */
export type StoreErrorReason = 'unavailable' | 'unclear' | 'corrupt' | 'refused';

/**
 * An error of a store that is written in JavaScript: throw it from its methods, so that mfakit knows what is known.
 *
 * - `unavailable`: the store can't be reached; of a commit, nothing is stored and nothing will be.
 * - `unclear`: a commit may be stored, or be stored yet.
 * - `corrupt`: the store holds what its contract does not allow; of a commit, nothing is stored.
 * - `refused`: the request breaks the contract, and always will.
 *
 * Whatever else a method throws counts as `unclear` for `commit` and `pruneEvents`, and as `unavailable` for all others.
 * None of them ever lets anybody in.
 */
export class StoreError extends Error {
    /** What is known. */
    readonly reason: StoreErrorReason;

    constructor(reason: StoreErrorReason, options?: ErrorOptions) {
        if (!REASONS.includes(reason)) {
            throw invalidValue('reason', `it must be one of ${REASONS.join(', ')}`);
        }
        super(`the store is ${reason}`, options);
        this.reason = reason;
    }

    /** `StoreError`, also where names of classes are minified. */
    override get name(): 'StoreError' {
        return 'StoreError';
    }
}

const REASONS: readonly StoreErrorReason[] = ['unavailable', 'unclear', 'corrupt', 'refused'];

/** How the native module describes a failure. @internal */
export interface Failure {
    kind: MfaErrorKind | 'value' | 'range';
    name: string;
    message: string;
    keyId?: number;
}

/** The error of a failure. @internal */
export function errorOf(failure: Failure): Error {
    switch (failure.kind) {
        case 'value':
            return invalidValue(failure.name, failure.message);
        case 'range':
            return outOfRange(failure.name, failure.message);
        default: {
            const code = `ERR_MFA_${failure.name.toUpperCase()}` as MfaErrorCode;
            return MfaError.of(failure.kind, code, failure.message, failure.keyId);
        }
    }
}

/** Calls the native module, and throws what it throws as one of our errors. @internal */
export function converting<T>(call: () => T): T {
    try {
        return call();
    } catch (error) {
        throw converted(error);
    }
}

/** An error of the native module as one of ours. @internal */
export function converted(error: unknown): Error {
    const message = error instanceof Error ? error.message : '';
    if (message.startsWith('{"kind":')) {
        return errorOf(JSON.parse(message) as Failure);
    }
    const internal = 'the call ended without an answer; this is a defect of mfakit';
    return MfaError.of('unavailable', 'ERR_MFA_INTERNAL', internal);
}

/** A `TypeError` as Node makes them: the argument is of another type. @internal */
export function invalidType(name: string, expected: string, got: unknown): TypeError {
    const error = new TypeError(`\`${name}\` must be ${expected}, not ${typeName(got)}`);
    return Object.assign(error, { code: 'ERR_INVALID_ARG_TYPE' as const });
}

/** A `TypeError` as Node makes them: the argument can't have this value. @internal */
export function invalidValue(name: string, why: string): TypeError {
    const error = new TypeError(`\`${name}\` is not valid: ${why}`);
    return Object.assign(error, { code: 'ERR_INVALID_ARG_VALUE' as const });
}

/** A `RangeError` as Node makes them. @internal */
export function outOfRange(name: string, why: string): RangeError {
    const error = new RangeError(`\`${name}\` is out of range: ${why}`);
    return Object.assign(error, { code: 'ERR_OUT_OF_RANGE' as const });
}

/** Who has this makes objects of classes that nobody else makes. @internal */
export const OURS = Symbol('mfakit');

/** Keeps everybody else from making an object that comes from us alone. @internal */
export function onlyOurs(ours: symbol): void {
    if (ours !== OURS) {
        const error = new TypeError('objects of this class come from mfakit alone');
        throw Object.assign(error, { code: 'ERR_ILLEGAL_CONSTRUCTOR' as const });
    }
}

function typeName(value: unknown): string {
    // Never the value: it may be a secret in the wrong place.
    return value === null ? 'null' : Array.isArray(value) ? 'an array' : `of type ${typeof value}`;
}

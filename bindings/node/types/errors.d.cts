/**
 * Every code an {@link MfaError} can have. Codes are stable: they never change their meaning.
 */
export declare const mfaErrorCodes: readonly ['ERR_MFA_BUSY', 'ERR_MFA_STORE_UNAVAILABLE', 'ERR_MFA_STORE_UNCLEAR', 'ERR_MFA_STORE_CORRUPT', 'ERR_MFA_STORE_REFUSED', 'ERR_MFA_STORE_OPEN', 'ERR_MFA_DOCUMENT_DAMAGED', 'ERR_MFA_DOCUMENT_OF_NEWER_FORMAT', 'ERR_MFA_DOCUMENT_OF_UNKNOWN_KEY', 'ERR_MFA_DOCUMENT_TOO_LARGE', 'ERR_MFA_CLOCK_BEHIND', 'ERR_MFA_ROLLED_BACK', 'ERR_MFA_NO_RANDOMNESS', 'ERR_MFA_INTERNAL', 'ERR_MFA_KEYRING_FILE', 'ERR_MFA_KEYRING_CHANGE', 'ERR_MFA_CLOSED', 'ERR_MFA_MISUSE_UNKNOWN_TENANT', 'ERR_MFA_MISUSE_FOREIGN_ATTEMPT', 'ERR_MFA_MISUSE_TOO_MANY', 'ERR_MFA_MISUSE_PAGE_SIZE', 'ERR_MFA_MISUSE_TOO_RECENT', 'ERR_MFA_MISUSE_OUT_OF_STEP', 'ERR_MFA_SECRET', 'ERR_MFA_URI', 'ERR_MFA_UNSUPPORTED_URI', 'ERR_MFA_MIGRATION', 'ERR_MFA_KEYRING'];
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
export declare class MfaError extends Error {
    /** What happened, as a stable name. */
    readonly code: MfaErrorCode;
    /** Who has to do something about it. */
    readonly kind: MfaErrorKind;
    /** The number of the key that the keyring lacks, with `ERR_MFA_DOCUMENT_OF_UNKNOWN_KEY`. */
    readonly keyId?: number;
    private constructor();
    /** `MfaError`, also where names of classes are minified. */
    get name(): 'MfaError';
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
export declare class StoreError extends Error {
    /** What is known. */
    readonly reason: StoreErrorReason;
    constructor(reason: StoreErrorReason, options?: ErrorOptions);
    /** `StoreError`, also where names of classes are minified. */
    get name(): 'StoreError';
}

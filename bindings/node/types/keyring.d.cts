import { inspect } from 'node:util';
/**
 * The keys that seal what is stored and what is handed out. It lives outside of the JavaScript heap.
 *
 * Keep a copy apart from copies of the database: without the keyring every second factor is lost, and with both a thief
 * has everything. Its JSON and what `console.log` shows of it are redacted.
 */
export declare class Keyring {
    #private;
    private constructor();
    /** A fresh keyring with one key, in memory alone. */
    static generate(): Keyring;
    /**
     * The keyring written like this, as from a secret manager.
     *
     * @throws {@link MfaError} `ERR_MFA_KEYRING` if it is none.
     */
    static parse(keyring: string): Keyring;
    /**
     * Reads the keyring in a file, which its owner alone may read.
     *
     * @throws {@link MfaError} `ERR_MFA_KEYRING_FILE`, `ERR_MFA_KEYRING`.
     */
    static open(path: string): Promise<Keyring>;
    /** Reads the keyring in a file, or makes one there if there is none; as {@link open}. */
    static openOrCreate(path: string): Promise<Keyring>;
    /** Adds a fresh key to the keyring in a file; it opens from now on, and seals nothing yet. */
    static addKeyToFile(path: string): Promise<Keyring>;
    /** Makes a key of the keyring in a file the one that seals. */
    static activateKeyInFile(path: string, keyId: number): Promise<Keyring>;
    /** Takes a key that is not active out of the keyring in a file: what it has sealed opens no more. */
    static retireKeyInFile(path: string, keyId: number): Promise<Keyring>;
    /** The numbers of the keys. */
    get keyIds(): readonly number[];
    /** The number of the key that seals. */
    get activeKeyId(): number;
    /** Adds a fresh key, and says its number. It opens from now on, and seals nothing yet. */
    addKey(): number;
    /** Makes a key the one that seals. */
    activate(keyId: number): void;
    /** Takes a key that is not active out: what it has sealed opens no more. See {@link Engine.keyUsage} first. */
    retire(keyId: number): void;
    /** The keyring as text, keys and all, as {@link parse} reads it: for a secret manager, and nothing else. */
    dangerExport(): string;
    toString(): string;
    toJSON(): string;
    /** What `console.log` shows. */
    [inspect.custom](): string;
}

import { inspect } from 'node:util';

import { text, whole } from './arguments.cjs';
import { converting, invalidType, OURS, onlyOurs } from './errors.cjs';
import { Held, callEngine, port } from './port.cjs';
import type { Raw } from './revive.cjs';

let unwrap: (keyring: Keyring) => Held;

/**
 * The keys that seal what is stored and what is handed out. It lives outside of the JavaScript heap.
 *
 * Keep a copy apart from copies of the database: without the keyring every second factor is lost, and with both a thief
 * has everything. Its JSON and what `console.log` shows of it are redacted.
 */
export class Keyring {
    readonly #held: Held;
    #keyIds: readonly number[];
    #active: number;

    static {
        unwrap = (keyring) => keyring.#held;
    }

    private constructor(ours: symbol, raw: Raw) {
        onlyOurs(ours);
        this.#held = new Held(raw['held'] as number);
        this.#keyIds = raw['keyIds'] as number[];
        this.#active = raw['active'] as number;
    }

    /** A fresh keyring with one key, in memory alone. */
    static generate(): Keyring {
        return new Keyring(OURS, JSON.parse(converting(() => port.keyring(null))) as Raw);
    }

    /**
     * The keyring written like this, as from a secret manager.
     *
     * @throws {@link MfaError} `ERR_MFA_KEYRING` if it is none.
     */
    static parse(keyring: string): Keyring {
        const checked = text('keyring', keyring);
        return new Keyring(OURS, JSON.parse(converting(() => port.keyring(checked))) as Raw);
    }

    /**
     * Reads the keyring in a file, which its owner alone may read.
     *
     * @throws {@link MfaError} `ERR_MFA_KEYRING_FILE`, `ERR_MFA_KEYRING`.
     */
    static async open(path: string): Promise<Keyring> {
        return atFile(path, { open: {} });
    }

    /** Reads the keyring in a file, or makes one there if there is none; as {@link open}. */
    static async openOrCreate(path: string): Promise<Keyring> {
        return atFile(path, { openOrCreate: {} });
    }

    /** Adds a fresh key to the keyring in a file; it opens from now on, and seals nothing yet. */
    static async addKeyToFile(path: string): Promise<Keyring> {
        return atFile(path, { add: {} });
    }

    /** Makes a key of the keyring in a file the one that seals. */
    static async activateKeyInFile(path: string, keyId: number): Promise<Keyring> {
        return atFile(path, { activate: whole('keyId', keyId) });
    }

    /** Takes a key that is not active out of the keyring in a file: what it has sealed opens no more. */
    static async retireKeyInFile(path: string, keyId: number): Promise<Keyring> {
        return atFile(path, { retire: whole('keyId', keyId) });
    }

    /** The numbers of the keys. */
    get keyIds(): readonly number[] {
        return this.#keyIds;
    }

    /** The number of the key that seals. */
    get activeKeyId(): number {
        return this.#active;
    }

    /** Adds a fresh key, and says its number. It opens from now on, and seals nothing yet. */
    addKey(): number {
        const before = this.#keyIds;
        this.#change(0, 0);
        return this.#keyIds.find((id) => !before.includes(id)) ?? this.#active;
    }

    /** Makes a key the one that seals. */
    activate(keyId: number): void {
        this.#change(1, whole('keyId', keyId));
    }

    /** Takes a key that is not active out: what it has sealed opens no more. See {@link Engine.keyUsage} first. */
    retire(keyId: number): void {
        this.#change(2, whole('keyId', keyId));
    }

    /** The keyring as text, keys and all, as {@link parse} reads it: for a secret manager, and nothing else. */
    dangerExport(): string {
        return converting(() => port.keyringText(this.#held.number));
    }

    #change(act: number, key: number): void {
        const changed = converting(() => port.changeKeyring(this.#held.number, act, key));
        const { keyIds, active } = JSON.parse(changed) as { keyIds: number[]; active: number };
        this.#keyIds = keyIds;
        this.#active = active;
    }

    /** @internal */
    static of(raw: Raw): Keyring {
        return new Keyring(OURS, raw);
    }

    toString(): string {
        return 'Keyring(..)';
    }

    toJSON(): string {
        return 'Keyring(..)';
    }

    /** What `console.log` shows. */
    [inspect.custom](): string {
        return 'Keyring(..)';
    }
}

async function atFile(path: string, act: object): Promise<Keyring> {
    const raw = await callEngine({ keyringFile: { path: text('path', path), act } });
    return Keyring.of(raw);
}

/** The number by which the native module knows a keyring. @internal */
export function heldKeyring(keyring: unknown): number {
    if (!(keyring instanceof Keyring)) {
        throw invalidType('keyring', 'a Keyring', keyring);
    }
    return unwrap(keyring).number;
}

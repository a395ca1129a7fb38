import { OURS, onlyOurs } from './errors.cjs';
import { inspect } from 'node:util';

/**
 * Backup codes, shown to the person this once. Iterate over them, or take {@link exposeText} for a file to download.
 *
 * Each is a right to sign in, so their JSON and what `console.log` shows of them are redacted.
 */
export class BackupCodes {
    readonly #codes: readonly string[];

    private constructor(ours: symbol, codes: readonly string[]) {
        onlyOurs(ours);
        this.#codes = codes;
    }

    /** @internal */
    static of(codes: readonly string[]): BackupCodes {
        return new BackupCodes(OURS, codes);
    }

    /** How many there are. */
    get length(): number {
        return this.#codes.length;
    }

    /** The codes as a person sees them. */
    *[Symbol.iterator](): IterableIterator<string> {
        yield* this.#codes;
    }

    /** The codes, one a line. */
    exposeText(): string {
        return this.#codes.map((code) => `${code}\n`).join('');
    }

    toString(): string {
        return 'BackupCodes(..)';
    }

    toJSON(): string {
        return 'BackupCodes(..)';
    }

    /** What `console.log` shows. */
    [inspect.custom](): string {
        return 'BackupCodes(..)';
    }
}

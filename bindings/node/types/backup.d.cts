import { inspect } from 'node:util';
/**
 * Backup codes, shown to the person this once. Iterate over them, or take {@link exposeText} for a file to download.
 *
 * Each is a right to sign in, so their JSON and what `console.log` shows of them are redacted.
 */
export declare class BackupCodes {
    #private;
    private constructor();
    /** How many there are. */
    get length(): number;
    /** The codes as a person sees them. */
    [Symbol.iterator](): IterableIterator<string>;
    /** The codes, one a line. */
    exposeText(): string;
    toString(): string;
    toJSON(): string;
    /** What `console.log` shows. */
    [inspect.custom](): string;
}

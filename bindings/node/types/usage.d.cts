import { type TimeLike } from './arguments.cjs';
/** How many documents each key has sealed. */
export declare class KeyUsage {
    #private;
    /** The keys of the keyring, in its order. */
    readonly keys: readonly {
        readonly keyId: number;
        /** Whether it is the one that seals. */
        readonly active: boolean;
        readonly documents: number;
    }[];
    /** How many documents are sealed with keys that the keyring lacks. */
    readonly unknown: number;
    /** For how long a ticket or an assertion can be good: the longest lifetime that a policy sets. */
    readonly tokenLifetimeSeconds: number;
    private constructor();
    /**
     * From when on a key can be retired without anybody noticing, if no process has sealed anything with it since
     * `replaced`; `null` as long as the key is active or a document is sealed with it.
     */
    unusedFrom(keyId: number, replaced: TimeLike): Date | null;
}

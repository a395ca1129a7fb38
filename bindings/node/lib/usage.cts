import { type TimeLike, seconds, whole } from './arguments.cjs';
import { converting, OURS, onlyOurs } from './errors.cjs';
import { Held, port } from './port.cjs';
import type { Raw } from './revive.cjs';

/** How many documents each key has sealed. */
export class KeyUsage {
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
    readonly #held: Held;

    private constructor(ours: symbol, raw: Raw) {
        onlyOurs(ours);
        this.keys = raw['keys'] as KeyUsage['keys'];
        this.unknown = raw['unknown'] as number;
        this.tokenLifetimeSeconds = raw['tokenLifetimeSeconds'] as number;
        this.#held = new Held(raw['held'] as number);
    }

    /** @internal */
    static of(raw: Raw): KeyUsage {
        return new KeyUsage(OURS, raw);
    }

    /**
     * From when on a key can be retired without anybody noticing, if no process has sealed anything with it since
     * `replaced`; `null` as long as the key is active or a document is sealed with it.
     */
    unusedFrom(keyId: number, replaced: TimeLike): Date | null {
        const key = whole('keyId', keyId);
        const since = seconds('replaced', replaced);
        const from = converting(() => port.unusedFrom(this.#held.number, key, since));
        return from === null ? null : new Date(from * 1000);
    }
}

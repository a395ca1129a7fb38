// Stores written in JavaScript: their interface, and answering what the native module asks them.

import { StoreError } from './errors.cjs';
import { port, scripts } from './port.cjs';
import type { Raw } from './revive.cjs';

/** What a document is. */
export type DocumentKind = 'account' | 'gate' | 'policy' | 'activation';

/** Where a document lives. Equality is byte for byte; an id may be empty, and may hold any bytes. */
export interface DocumentKey {
    readonly tenant: string;
    readonly type: DocumentKind;
    /** At most 128 bytes. */
    readonly documentId: Uint8Array;
}

/** A document as it was last committed: opaque bytes at a revision. */
export interface StoredDocument {
    readonly revision: bigint;
    readonly body: Uint8Array;
}

/** Numbers kept beside a document in the clear, so that a store finds documents by them. */
export interface IndexValues {
    /** The key that sealed the document. */
    readonly keyId: number;
}

/** An event, sealed, at its place in the chain of its document: 1 for the first, then one more with each. */
export interface SealedEvent {
    readonly sequence: bigint;
    readonly body: Uint8Array;
}

/** One document of a commit. */
export interface Write {
    readonly key: DocumentKey;
    /** The revision that must be the stored one; 0 if no document may exist. */
    readonly expected: bigint;
    /** The revision to store. */
    readonly revision: bigint;
    /** At most 16 KiB. */
    readonly body: Uint8Array;
    /** The index values to store. */
    readonly index: IndexValues;
    /** The events to append, each at most 2 KiB. */
    readonly events: readonly SealedEvent[];
}

/** Documents that change together, or not at all. */
export interface Commit {
    /** Sixteen random bytes. */
    readonly commitId: Uint8Array;
    readonly writes: readonly Write[];
}

/** Which documents to read. */
export interface ScanQuery {
    readonly tenant: string;
    readonly type: DocumentKind;
    /** Only documents whose index value lies in this inclusive range. */
    readonly within: { readonly field: 'keyId'; readonly low: bigint; readonly high: bigint } | null;
    /** Only ids behind this one, in the order of the store. */
    readonly afterId: Uint8Array | null;
    /** The longest page. */
    readonly limit: number;
}

/** A document found by a scan. */
export interface ScanRow {
    readonly documentId: Uint8Array;
    readonly document: StoredDocument;
    readonly index: IndexValues;
}

/** Which events to read. */
export interface EventQuery {
    readonly tenant: string;
    /** Only events of this document. */
    readonly document: DocumentKey | null;
    /** By growing position, or by falling. */
    readonly order: 'oldest' | 'newest';
    /** Only positions beyond this one in that order. */
    readonly position: bigint | null;
    /** The longest page. */
    readonly limit: number;
}

/** An event with its place in the feed of the whole store, which only grows, with gaps. */
export interface StoredEvent extends SealedEvent {
    readonly position: bigint;
    readonly key: DocumentKey;
}

/**
 * A store of versioned opaque documents with their events, written in JavaScript.
 *
 * Every rule of mfakit lives in its core; a store compares revisions and keeps bytes. What it must keep:
 *
 * - **Atomic.** `commit` stores all its documents, index values and events, or none of them.
 * - **Conditional.** It stores them only if each document's stored revision is the expected one at that moment, with no
 *   other commit in between: of any number of commits that expect the same revision, one is stored.
 * - **Durable.** `committed` is answered only when the commit survives a crash of process and machine.
 * - **Fresh.** `load` returns, for each key, a state no older than the last commit answered before the call began,
 *   whoever made it. It never reads a replica or a cache.
 * - **In order.** An event is stored only behind all stored events of its document, those that were pruned included. A
 *   commit whose revisions fit but whose events would not throws `new StoreError('corrupt')`, and nothing of it is stored.
 * - **Opaque.** Keys, bodies and events are bytes, and an id of none is an id.
 * - **Lasting.** Nothing expires, and nothing is deleted but events that `pruneEvents` names: revisions of a key never
 *   repeat, nor do positions of events.
 * - **Honest.** No call retries by itself. See {@link StoreError} for what to throw.
 *
 * Requests outside of the bounds never arrive. `mfakit/testkit` checks all of it.
 */
export interface Store {
    /** Reads documents; the answer has one entry per key, in their order. Keys may repeat and be of several tenants. */
    load(keys: readonly DocumentKey[]): Promise<(StoredDocument | null)[]>;
    /** Stores a commit if every expected revision is the stored one. */
    commit(commit: Commit): Promise<'committed' | 'conflict'>;
    /** Reads a page of documents of one tenant and kind, in an order that follows from their ids alone. */
    scan(query: ScanQuery): Promise<ScanRow[]>;
    /** Counts what `scan` would return over all pages; `afterId` and `limit` are not looked at. */
    count(query: ScanQuery): Promise<number | bigint>;
    /**
     * Reads a page of events of one tenant. Read from the oldest, the feed is complete behind its cursor: once an event
     * was returned, none appears later at a position below it. Events of a document keep the order of their sequence.
     */
    events(query: EventQuery): Promise<StoredEvent[]>;
    /** Reads tenants that have a policy, in an order that follows from their names: at most `limit` behind `after`. */
    tenants(after: string | null, limit: number): Promise<string[]>;
    /**
     * Removes events of a document whose sequence is below `before`, oldest first, but never its last one, and says how
     * many; 0 says that there is no more to remove. What stays keeps its position and its sequence.
     */
    pruneEvents(key: DocumentKey, before: bigint): Promise<number | bigint>;
}

let lastScript = 0;

/** Lets the native module ask a store, by the number that is returned. @internal */
export function openScript(store: Store): number {
    lastScript += 1;
    const script = lastScript;
    scripts.set(script, (question, method, args) => {
        const asked = ask(store, method, args);
        asked
            // What has no JSON, such as `undefined`, is an answer all the same, and not one of those that were asked for.
            .then((answer) => JSON.stringify(answer, written) ?? 'null')
            .then(
                (answer) => port.answer(question, answer, null),
                (error: unknown) => port.answer(question, null, reasonOf(error, method)),
            );
    });
    return script;
}

/** Forgets a store. @internal */
export function closeScript(script: number): void {
    scripts.delete(script);
}

async function ask(store: Store, method: string, args: Raw): Promise<unknown> {
    switch (method) {
        case 'load':
            return store.load(args['keys'] as DocumentKey[]);
        case 'commit':
            return store.commit(args as unknown as Commit);
        case 'scan':
            return store.scan(args as unknown as ScanQuery);
        case 'count':
            return BigInt(await store.count(args as unknown as ScanQuery));
        case 'events':
            return store.events(args as unknown as EventQuery);
        case 'tenants':
            return store.tenants(args['tenant'] as string | null, args['limit'] as number);
        case 'pruneEvents':
            return BigInt(
                await store.pruneEvents(args['key'] as DocumentKey, args['before'] as bigint),
            );
        default:
            throw new StoreError('refused');
    }
}

function reasonOf(error: unknown, method: string): string {
    if (error instanceof StoreError) {
        return error.reason;
    }
    return method === 'commit' || method === 'pruneEvents' ? 'unclear' : 'unavailable';
}

/** Writes bytes in hexadecimal and large numbers as texts. */
function written(this: unknown, key: string, value: unknown): unknown {
    if (typeof value === 'bigint') {
        return value.toString();
    }
    // A `Buffer` has made an object of itself before it comes here.
    const own = (this as Raw)[key];
    if (own instanceof Uint8Array) {
        return Buffer.from(own.buffer, own.byteOffset, own.byteLength).toString('hex');
    }
    return value;
}

// A store in the memory of JavaScript, as small as one can be: what the guide shows, and the conformance suite passes.
import { Buffer } from 'node:buffer';

import { StoreError } from 'mfakit';

/** Keeps documents in a `Map`. Nothing outlives it, so it is for trying things out alone. */
export class MapStore {
    /** Documents with the sequence of their last event, by key. */
    #documents = new Map();
    /** Events of all tenants, by growing position. */
    #events = [];
    #position = 0n;

    async load(keys) {
        return keys.map((key) => this.#documents.get(nameOf(key))?.document ?? null);
    }

    // One turn of the event loop, so that nothing comes in between: first everything is looked at, then all is written.
    async commit({ writes }) {
        for (const { key, expected } of writes) {
            const stored = this.#documents.get(nameOf(key))?.document.revision ?? 0n;
            if (stored !== expected) {
                return 'conflict';
            }
        }
        for (const { key, events } of writes) {
            let last = this.#documents.get(nameOf(key))?.last ?? 0n;
            for (const { sequence } of events) {
                if (sequence <= last) {
                    throw new StoreError('corrupt');
                }
                last = sequence;
            }
        }
        for (const { key, revision, body, index, events } of writes) {
            const last = this.#documents.get(nameOf(key))?.last ?? 0n;
            this.#documents.set(nameOf(key), {
                key,
                document: { revision, body },
                index,
                last: events.at(-1)?.sequence ?? last,
            });
            for (const event of events) {
                this.#position += 1n;
                this.#events.push({ ...event, key, position: this.#position });
            }
        }
        return 'committed';
    }

    async scan(query) {
        const behind = query.afterId === null ? '' : hex(query.afterId);
        return this.#matching(query)
            .filter(({ key }) => query.afterId === null || hex(key.documentId) > behind)
            .slice(0, query.limit)
            .map(({ key, document, index }) => ({ documentId: key.documentId, document, index }));
    }

    async count(query) {
        return this.#matching(query).length;
    }

    async events({ tenant, document, order, position, limit }) {
        const name = document === null ? null : nameOf(document);
        const found = this.#events.filter(
            (event) => event.key.tenant === tenant && (name === null || nameOf(event.key) === name),
        );
        const ordered = order === 'oldest' ? found : found.toReversed();
        const beyond = (event) => (order === 'oldest' ? event.position > position : event.position < position);
        return ordered.filter((event) => position === null || beyond(event)).slice(0, limit);
    }

    async tenants(after, limit) {
        const names = [...this.#documents.values()]
            .filter(({ key }) => key.type === 'policy')
            .map(({ key }) => key.tenant)
            .sort();
        return names.filter((name) => after === null || name > after).slice(0, limit);
    }

    async pruneEvents(key, before) {
        const name = nameOf(key);
        const last = this.#documents.get(name)?.last ?? 0n;
        const goes = ({ key: of, sequence }) =>
            nameOf(of) === name && sequence < before && sequence !== last;
        const kept = this.#events.filter((event) => !goes(event));
        const removed = this.#events.length - kept.length;
        this.#events = kept;
        return removed;
    }

    #matching({ tenant, type, within }) {
        const inside = ({ index }) =>
            within === null || (within.low <= index.keyId && index.keyId <= within.high);
        return [...this.#documents.values()]
            .filter((stored) => stored.key.tenant === tenant && stored.key.type === type && inside(stored))
            .sort((a, b) => (hex(a.key.documentId) < hex(b.key.documentId) ? -1 : 1));
    }
}

const hex = (bytes) => Buffer.from(bytes).toString('hex');
const nameOf = ({ tenant, type, documentId }) => `${tenant} ${type} ${hex(documentId)}`;

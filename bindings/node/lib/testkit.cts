// `mfakit/testkit`: what the contract of a store says, as tests for any store.

import { waitFor, port } from './port.cjs';
import { type Store, closeScript, openScript } from './store.cjs';

/** How the suite opens a store. */
export interface Fixture {
    /** Opens a store; it need not be empty, since each case uses tenants with random names. */
    open(): Promise<Store> | Store;
    /** Opens the same documents once more, as after a restart; left out for a store that keeps nothing. */
    reopen?(store: Store): Promise<Store> | Store;
    /** Closes a store. */
    close?(store: Store): Promise<void> | void;
}

/** The names of all cases of the conformance suite: one test each. */
export const conformanceCases: readonly string[] = Object.freeze(port.cases());

/**
 * Runs one case of the conformance suite, which is the one of mfakit's own stores, over a store.
 *
 * ```js
 * import test from 'node:test';
 * import { conformanceCases, runConformanceCase } from 'mfakit/testkit';
 *
 * for (const name of conformanceCases) {
 *     test(name, () => runConformanceCase(name, { open: () => new MyStore() }));
 * }
 * ```
 *
 * It needs a thread that answers: the store's methods are called while the promise is pending.
 *
 * @throws an `Error` that says what the store does not keep.
 */
export async function runConformanceCase(name: string, fixture: Fixture): Promise<void> {
    if (!conformanceCases.includes(name)) {
        throw new RangeError('there is no such case of the conformance suite');
    }
    const store = await fixture.open();
    const again = await fixture.reopen?.(store);
    const script = openScript(store);
    const script2 = again === undefined ? null : openScript(again);
    try {
        const { failed } = await waitFor({}, (call) => port.runCase(call, name, script, script2));
        if (typeof failed === 'string') {
            throw new Error(`the store does not pass \`${name}\`: ${failed}`);
        }
    } finally {
        closeScript(script);
        if (script2 !== null) {
            closeScript(script2);
        }
        await fixture.close?.(store);
        if (again !== undefined) {
            await fixture.close?.(again);
        }
    }
}

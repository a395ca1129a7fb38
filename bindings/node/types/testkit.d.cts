import { type Store } from './store.cjs';
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
export declare const conformanceCases: readonly string[];
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
export declare function runConformanceCase(name: string, fixture: Fixture): Promise<void>;

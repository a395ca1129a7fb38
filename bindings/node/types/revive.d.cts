/** What JSON holds. */
export type Raw = {
    [key: string]: unknown;
};
/** Makes values of what crossed as numbers and texts, in place. */
export declare function revive<T extends Raw>(raw: T): T;

// Answers as they cross, and as they are handed out: which fields are times, bytes and large numbers shows by their names.

import { BackupCodes } from './backup.cjs';

/** What JSON holds. */
export type Raw = { [key: string]: unknown };

type Reviver = (value: never) => unknown;

const time: Reviver = (seconds: number) => new Date(seconds * 1000);
const large: Reviver = (digits: string) => BigInt(digits);
const binary: Reviver = (digits: string) => new Uint8Array(Buffer.from(digits, 'hex'));
const codes: Reviver = (list: string[]) => BackupCodes.of(list);

const REVIVERS: Record<string, Reviver> = {
    at: time,
    until: time,
    expires: time,
    latest: time,
    last: time,
    end: time,
    signedInAt: time,
    freshUntil: time,
    openUntil: time,
    boundAt: time,
    createdAt: time,
    usedAt: time,
    grantedAt: time,
    setupDueAt: time,
    mark: large,
    position: large,
    next: large,
    cursor: large,
    sequence: large,
    revision: large,
    expected: large,
    low: large,
    high: large,
    before: large,
    account: binary,
    afterId: binary,
    documentId: binary,
    commitId: binary,
    body: binary,
    backupCodes: codes,
    newBackupCodes: codes,
};

/** Makes values of what crossed as numbers and texts, in place. */
export function revive<T extends Raw>(raw: T): T {
    for (const key in raw) {
        const value = raw[key];
        if (typeof value === 'object' && value !== null) {
            const reviver = REVIVERS[key];
            if (reviver !== undefined) {
                (raw as Raw)[key] = reviver(value as never);
            } else if (Array.isArray(value)) {
                for (const item of value) {
                    if (typeof item === 'object' && item !== null) {
                        revive(item as Raw);
                    }
                }
            } else {
                revive(value as Raw);
            }
        } else if (typeof value === 'string' || typeof value === 'number') {
            const reviver = REVIVERS[key];
            if (reviver !== undefined) {
                (raw as Raw)[key] = reviver(value as never);
            }
        }
    }
    return raw;
}

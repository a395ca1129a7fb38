// A thousand requests with one code: exactly one gets in.
import assert from 'node:assert/strict';
import { mkdtempSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import test from 'node:test';

import { challenge, enrol, open, postgres, redis } from './support/setting.mjs';

const folder = mkdtempSync(join(tmpdir(), 'mfakit-node-'));
test.after(() => rmSync(folder, { recursive: true }));

const stores = [
    ['memory', 'memory:'],
    ['SQLite', `sqlite:${join(folder, 'mfa.db')}`],
    ['PostgreSQL', postgres()],
    ['Redis', redis()],
];
for (const [name, store] of stores) {
    test(`${name}: of 1,000 verifications of one code one succeeds`, async () => {
        const tenant = `races-${process.pid}-${Date.now()}`;
        const setting = await open({ store, tenant, migrate: true });
        const { mfa, engine, clock } = setting;
        const { code, confirmed } = await enrol(setting);
        clock.advance(30);
        const tickets = await Promise.all(Array.from({ length: 10 }, () => challenge(mfa)));
        const typed = code();
        const calls = Array.from({ length: 1000 }, (_, place) => mfa.verify(tickets[place % 10], typed));
        const answers = await Promise.allSettled(calls);
        const kinds = new Map();
        for (const { status, value, reason } of answers) {
            const kind = status === 'fulfilled' ? value.kind : reason.code;
            kinds.set(kind, (kinds.get(kind) ?? 0) + 1);
        }
        assert.equal(kinds.get('verified'), 1, JSON.stringify([...kinds]));
        for (const kind of kinds.keys()) {
            assert.ok(['verified', 'replayed', 'void', 'locked', 'ERR_MFA_BUSY'].includes(kind), kind);
        }
        const entries = [];
        for (let after = undefined, more = true; more; ) {
            const page = await mfa.admin.events(after === undefined ? {} : { after });
            entries.push(...page.entries);
            more = page.next !== null;
            after = page.next;
        }
        const accepted = entries.filter(({ event }) => event.name === 'code_accepted');
        assert.equal(accepted.length, 1);
        assert.equal((await mfa.admin.verifyAudit({ account: 'anna' })).kind, 'whole');
        assert.equal(confirmed.kind, 'confirmed');
        await engine.close();
    });
}

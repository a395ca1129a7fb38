import assert from 'node:assert/strict';
import test from 'node:test';

import { StoreError } from 'mfakit';
import { conformanceCases, runConformanceCase } from 'mfakit/testkit';

import { MapStore } from './support/map-store.mjs';
import { challenge, enrol, open } from './support/setting.mjs';

test('the suite is the whole one', () => {
    assert.ok(conformanceCases.length >= 33);
    assert.ok(conformanceCases.includes('one_of_64_commits_of_a_revision_is_stored'));
});

for (const name of conformanceCases) {
    test(`a store of a Map keeps the contract: ${name}`, () =>
        runConformanceCase(name, {
            open: () => new MapStore(),
            reopen: (store) => store,
        }));
}

test('a store that forgets to look is found out', async () => {
    class Careless extends MapStore {
        async commit(commit) {
            for (const write of commit.writes) {
                write.expected = (await this.load([write.key]))[0]?.revision ?? 0n;
            }
            return super.commit(commit);
        }
    }
    await assert.rejects(
        runConformanceCase('conflicts_write_nothing', { open: () => new Careless() }),
        /does not pass `conflicts_write_nothing`/,
    );
    await assert.rejects(runConformanceCase('no such case', { open: () => new MapStore() }), RangeError);
});

test('an engine works on it, and a code is good once', async () => {
    const setting = await open({ store: new MapStore() });
    const { mfa, engine, clock } = setting;
    const { code } = await enrol(setting);
    clock.advance(30);
    const ticket = await challenge(mfa);
    const typed = code();
    const answers = await Promise.all(Array.from({ length: 50 }, () => mfa.verify(ticket, typed)));
    assert.equal(answers.filter(({ kind }) => kind === 'verified').length, 1);
    const verdict = await mfa.admin.verifyAudit({ account: 'anna' });
    assert.equal(verdict.kind, 'whole');
    await engine.close();
});

/** A store whose next commit or load fails like this. */
class Failing extends MapStore {
    fail = null;

    async load(keys) {
        if (this.fail?.load !== undefined) {
            throw this.fail.load;
        }
        return super.load(keys);
    }

    async commit(commit) {
        if (this.fail?.commit !== undefined) {
            throw this.fail.commit;
        }
        return super.commit(commit);
    }
}

for (const [fail, expected] of [
    [{ load: new Error('the disk is gone') }, 'ERR_MFA_STORE_UNAVAILABLE'],
    [{ load: new StoreError('corrupt') }, 'ERR_MFA_STORE_CORRUPT'],
    [{ load: null }, 'ERR_MFA_STORE_UNAVAILABLE'],
    [{ commit: new StoreError('unavailable') }, 'ERR_MFA_STORE_UNAVAILABLE'],
    [{ commit: new StoreError('refused') }, 'ERR_MFA_STORE_REFUSED'],
    [{ commit: new StoreError('corrupt') }, 'ERR_MFA_STORE_CORRUPT'],
    [{ commit: new Error('the connection was lost') }, 'ERR_MFA_STORE_UNCLEAR'],
]) {
    const [[method, error]] = Object.entries(fail);
    test(`a failure is never a yes: ${method}, ${error?.reason ?? 'any error'}`, async () => {
        const store = new Failing();
        const setting = await open({ store });
        const { mfa, engine, clock } = setting;
        const { code } = await enrol(setting);
        clock.advance(30);
        const ticket = await challenge(mfa);
        store.fail = fail;
        await assert.rejects(mfa.verify(ticket, code()), (thrown) => {
            assert.equal(thrown.name, 'MfaError');
            assert.equal(thrown.code, expected);
            assert.ok(!thrown.message.includes('disk') && !thrown.message.includes('connection'));
            return true;
        });
        store.fail = null;
        await engine.close();
    });
}

test('answers that are none are the failure of the store', async () => {
    for (const wrong of [undefined, null, 7, [], [7], [{ revision: 1 }], [{ revision: 1n, body: 'x' }], 'text']) {
        const store = new MapStore();
        const { mfa, engine } = await open({ store });
        store.load = async () => wrong;
        await assert.rejects(mfa.policy(), { name: 'MfaError', kind: 'unavailable' });
        await engine.close();
    }
    // A commit that forgets to say what it did may have stored everything.
    for (const wrong of ['perhaps', undefined, null, true, 7, () => 'committed']) {
        const store = new MapStore();
        const { mfa, engine } = await open({ store });
        store.commit = async () => wrong;
        await assert.rejects(mfa.beginPassword('anna'), { code: 'ERR_MFA_STORE_UNCLEAR' });
        await engine.close();
    }
});

import assert from 'node:assert/strict';
import { mkdtempSync, readdirSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import test from 'node:test';

import { Engine, Keyring, ManualClock, Policy, Secret, Totp, accountText } from 'mfakit';

import { START, by, challenge, enrol, open } from './support/setting.mjs';

test('a person signs in by password, sets up, and comes back with a code', async () => {
    const setting = await open();
    const { mfa, clock, engine } = setting;
    const gate = await mfa.beginPassword('anna');
    assert.equal(gate.kind, 'proceed');
    const decision = await mfa.signIn(gate.attempt);
    assert.equal(decision.kind, 'setup');
    assert.equal(decision.mayDefer, null);

    const names = { accountName: 'anna', label: 'Phone' };
    const setup = await mfa.beginSetup(decision.ticket, names);
    assert.equal(setup.kind, 'pending');
    assert.match(setup.uri, /^otpauth:\/\/totp\/Acme:anna\?/);
    assert.match(setup.qrSvg, /^<svg /);
    assert.deepEqual(setup.expires, new Date((START + 600) * 1000));
    const again = await mfa.beginSetup(decision.ticket, names);
    assert.equal(again.key, setup.key);

    const totp = new Totp(setup.key);
    const wrong = await mfa.confirmSetup(decision.ticket, '000000');
    assert.deepEqual(wrong, { kind: 'mismatch', attemptsLeft: 9, charged: true });
    const confirmed = await mfa.confirmSetup(decision.ticket, totp.generate({ at: clock.now }));
    assert.equal(confirmed.kind, 'confirmed');
    const codes = [...confirmed.backupCodes];
    assert.equal(codes.length, 10);
    assert.equal((await mfa.acknowledgeBackupCodes(confirmed.assertion)).kind, 'current');

    const next = await mfa.beginPassword('anna');
    const asked = await mfa.signIn(next.attempt, { binding: 'session 1' });
    assert.equal(asked.kind, 'challenge');
    assert.equal(asked.backupCodesLeft, 10);
    const used = await mfa.verify(asked.ticket, totp.generate({ at: clock.now }), { binding: 'session 1' });
    assert.deepEqual(used, { kind: 'replayed', what: 'otp', waitSeconds: 30 });
    clock.advance(30);
    const code = totp.generate({ at: clock.now });
    const elsewhere = await mfa.verify(asked.ticket, code, { binding: 'session 2' });
    assert.deepEqual(elsewhere, { kind: 'void', reason: 'wrong_binding' });
    const verified = await mfa.verify(asked.ticket, code, { binding: 'session 1' });
    assert.equal(verified.kind, 'verified');
    assert.equal(verified.basis, 'otp');

    const standing = await mfa.checkAssertion(verified.assertion, { binding: 'session 1' });
    assert.equal(standing.kind, 'current');
    assert.equal(accountText(standing.account), 'anna');
    assert.ok(standing.signedInAt instanceof Date);
    assert.equal(typeof standing.mark, 'bigint');
    assert.equal((await mfa.checkAssertion('nonsense')).kind, 'void');

    const last = await challenge(mfa);
    const recovered = await mfa.verify(last, codes[3].toLowerCase());
    assert.deepEqual([recovered.kind, recovered.basis, recovered.backupCodesLeft], ['verified', 'backup_code', 9]);
    await engine.close();
});

test('no two accounts and no two sessions are taken for one', async () => {
    const { mfa, engine } = await open();
    for (const account of ['a\ud800', '\udc00b']) {
        await assert.rejects(mfa.beginPassword(account), { code: 'ERR_INVALID_ARG_VALUE' });
    }
    for (const account of ['', 'x'.repeat(129), new Uint8Array(129)]) {
        await assert.rejects(mfa.beginPassword(account), { code: 'ERR_INVALID_ARG_VALUE' });
    }
    const long = 'x'.repeat(20_000);
    const { ticket } = await mfa.signIn({ external: 'anna' }, { binding: `${long}1` });
    const names = { accountName: 'anna', label: 'Phone' };
    const elsewhere = await mfa.beginSetup(ticket, names, { binding: `${long}2` });
    assert.deepEqual(elsewhere, { kind: 'void', reason: 'wrong_binding' });
    assert.equal((await mfa.beginSetup(ticket, names, { binding: `${long}1` })).kind, 'pending');
    // A text and its bytes are one.
    const bytes = new TextEncoder().encode('anna');
    assert.equal((await mfa.beginPassword(bytes)).kind, 'proceed');
    assert.equal((await mfa.admin.status([bytes]))[0].setupPending, true);
    await engine.close();
});

test('an attempt is good once, and a ticket of another tenant for nothing', async () => {
    const { mfa, engine } = await open();
    const { attempt } = await mfa.beginPassword('anna');
    const { ticket } = await mfa.signIn(attempt);
    await assert.rejects(mfa.signIn(attempt), { code: 'ERR_MFA_CLOSED', kind: 'misuse' });
    await engine.createTenant('other', Policy.create({ issuer: 'Other' }), by);
    const other = engine.tenant('other');
    const names = { accountName: 'anna', label: 'Phone' };
    assert.deepEqual(await other.beginSetup(ticket, names), { kind: 'void', reason: 'unknown' });
    await assert.rejects(engine.tenant('nobody').beginPassword('anna'), {
        code: 'ERR_MFA_MISUSE_UNKNOWN_TENANT',
    });
    const foreign = await mfa.beginPassword('anna');
    await assert.rejects(other.signIn(foreign.attempt), { code: 'ERR_MFA_MISUSE_FOREIGN_ATTEMPT' });
    await engine.close();
});

test('wrong codes lock, an administrator unlocks', async () => {
    const setting = await open();
    const { mfa, engine, clock } = setting;
    await enrol(setting);
    clock.advance(60);
    const ticket = await challenge(mfa);
    let answer = null;
    for (let tries = 0; tries < 5; tries += 1) {
        answer = await mfa.verify(ticket, '000000');
    }
    assert.equal(answer.kind, 'locked');
    assert.deepEqual(answer.until, new Date(clock.now.getTime() + 30_000));
    assert.equal(answer.reason, 'failures');
    assert.equal((await mfa.signIn({ external: 'anna' })).kind, 'locked');
    const malformed = await mfa.verify(ticket, 'no code');
    assert.equal(malformed.kind === 'locked' || malformed.charged === false, true);
    assert.deepEqual(await mfa.admin.unlock('anna', by, { identityVerified: true }), { kind: 'failures_cleared' });
    assert.deepEqual(await mfa.admin.unlock('anna', by), { kind: 'not_locked' });
    assert.equal((await mfa.signIn({ external: 'anna' })).kind, 'challenge');
    await engine.close();
});

test('wrong passwords lock the gate for a time', async () => {
    const { mfa, engine } = await open({ policy: { settings: { passwordAttempts: 3 } } });
    let gate = null;
    for (let tries = 0; tries < 4; tries += 1) {
        gate = await mfa.beginPassword('anna');
    }
    assert.equal(gate.kind, 'locked');
    assert.ok(gate.until instanceof Date);
    const { entries } = await mfa.admin.passwordLocks();
    assert.equal(accountText(entries[0].account), 'anna');
    assert.equal((await mfa.admin.unlockPassword('anna', by)).kind, 'failures_cleared');
    assert.equal((await mfa.beginPassword('anna')).kind, 'proceed');
    await mfa.beginDecoy();
    await engine.close();
});

test('a device is remembered, listed, used and revoked', async () => {
    const setting = await open({ policy: { settings: { rememberedDeviceDays: 30 } } });
    const { mfa, engine, clock } = setting;
    const { code } = await enrol(setting);
    clock.advance(30);
    const verified = await mfa.verify(await challenge(mfa), code(), { remember: 'Firefox' });
    assert.equal(typeof verified.device, 'string');
    const decision = await mfa.signIn({ external: 'anna' }, { device: verified.device });
    assert.deepEqual([decision.kind, decision.basis], ['allowed', 'remembered']);
    const [status] = await mfa.admin.status(['anna']);
    assert.equal(status.devices[0].label, 'Firefox');
    assert.ok(status.devices[0].expires instanceof Date);
    const revoked = await mfa.revokeDevices(verified.assertion, { device: status.devices[0].id });
    assert.deepEqual(revoked, { kind: 'revoked', count: 1 });
    assert.deepEqual(await mfa.admin.revokeDevices('anna', by, { device: 'x' }), { kind: 'no_such_device' });
    await challenge(mfa, 'anna', { device: verified.device });
    await challenge(mfa, 'anna', { device: ['not', 'a', 'text'] });
    await engine.close();
});

test('people change their factors in a fresh session', async () => {
    const setting = await open({ policy: { requirement: 'optional' } });
    const { mfa, engine, clock } = setting;
    const started = await mfa.signIn({ external: 'anna' });
    assert.deepEqual([started.kind, started.basis, started.maySetUp], ['allowed', 'not_set_up', true]);
    const setup = await mfa.beginSetup(started.assertion, { accountName: 'anna', label: 'Phone' });
    const totp = new Totp(setup.key);
    const code = () => totp.generate({ at: clock.now });
    const { assertion: first } = await mfa.confirmSetup(started.assertion, code());
    const [{ authenticators }] = await mfa.admin.status(['anna']);
    const { id } = authenticators[0];
    assert.deepEqual(await mfa.renameAuthenticator(first, id, 'Old phone'), { kind: 'renamed' });
    assert.deepEqual(await mfa.renameAuthenticator(first, '0123456789abcdef', 'x'), { kind: 'no_such_authenticator' });
    const renewed = await mfa.regenerateBackupCodes(first);
    assert.equal(renewed.backupCodes.length, 10);
    clock.advance(3600);
    const stale = await mfa.checkAssertion(first, { demand: 'fresh' });
    assert.deepEqual(stale, { kind: 'step_up', reason: 'stale' });
    const step = await mfa.stepUp(first);
    assert.equal(step.kind, 'challenge');
    const { assertion } = await mfa.verify(step.ticket, code());
    const changed = await mfa.passwordChanged('anna', { assertion });
    assert.equal(typeof changed.assertion, 'string');
    assert.deepEqual(await mfa.passwordChanged('anna'), { assertion: null });
    assert.equal((await mfa.checkAssertion(changed.assertion)).kind, 'void');
    clock.advance(30);
    const { assertion: last } = await mfa.verify(await challenge(mfa), code());
    const removed = await mfa.removeAuthenticator(last, id);
    assert.equal(removed.kind, 'changed');
    const gone = await mfa.disable(removed.assertion);
    assert.equal(gone.kind, 'changed');
    assert.equal((await mfa.stepUp(removed.assertion)).kind, 'void');
    assert.equal((await mfa.stepUp(gone.assertion)).kind, 'no_factor');
    await engine.close();
});

test('administrators require, exempt, reset and erase', async () => {
    const setting = await open({ policy: { requirement: 'optional' } });
    const { mfa, engine, clock } = setting;
    const { admin } = mfa;
    assert.deepEqual(await admin.require('bob', by), { kind: 'changed' });
    assert.deepEqual(await admin.require('bob', by), { kind: 'unchanged' });
    assert.equal((await mfa.signIn({ external: 'bob' })).kind, 'setup');
    assert.deepEqual(await admin.exempt('bob', by, { until: clock.now }), { kind: 'ends_in_the_past' });
    const until = { epochSeconds: START + 86_400 };
    assert.deepEqual(await admin.exempt('bob', by, { until }), { kind: 'changed' });
    const allowed = await mfa.signIn({ external: 'bob' });
    assert.deepEqual([allowed.kind, allowed.basis], ['allowed', 'exempt']);
    const [{ exemption }] = await admin.status(['bob']);
    assert.deepEqual(exemption.until, new Date((START + 86_400) * 1000));
    assert.deepEqual([exemption.actor, exemption.reason], ['admin', 'test']);
    assert.deepEqual(await admin.endExemption('bob', by), { kind: 'changed' });
    assert.deepEqual(await admin.endRequirement('bob', by), { kind: 'changed' });

    const demanded = await mfa.signIn({ external: 'anna' }, { demandFactor: true });
    assert.equal(demanded.kind, 'setup');
    assert.deepEqual(await mfa.defer(demanded.ticket), { kind: 'refused' });
    await admin.reset('bob', by);
    await admin.erase('bob', by);
    const [{ erased }] = await admin.status(['bob']);
    assert.equal(erased, true);
    const summary = await admin.countAccounts();
    assert.equal(summary.erased, 1);
    assert.deepEqual(await admin.repairClock(by), { kind: 'nothing_ahead' });
    assert.deepEqual(await admin.repairClock(by, { account: 'bob' }), { kind: 'nothing_ahead' });
    await engine.close();
});

test('a policy is read, changed, and refused when it is stale or out of range', async () => {
    const { mfa, engine } = await open();
    const read = await mfa.policy();
    assert.deepEqual([read.issuer, read.requirement, read.profile], ['Acme', 'required', 'default']);
    assert.equal(read.settings.ticketLifetimeSeconds, 300);
    const changed = read.with({ requirement: 'optional', settings: { ticketLifetimeSeconds: 120 } });
    assert.deepEqual(await mfa.admin.setPolicy(changed, by), { kind: 'changed' });
    assert.deepEqual(await mfa.admin.setPolicy(changed, by), { kind: 'stale' });
    assert.equal((await mfa.policy()).settings.ticketLifetimeSeconds, 120);
    // The core looks at the whole after each setting, and the window is too wide but for fewer tries.
    const wide = { windowPastSteps: 10, windowFutureSteps: 10, hotpLookAhead: 50, authenticatorsPerAccount: 1 };
    assert.throws(() => Policy.create({ issuer: 'A', settings: wide }), { code: 'ERR_INVALID_ARG_VALUE' });
    for (const settings of [{ ...wide, hardLockAfterFailures: 8 }, { hardLockAfterFailures: 8, ...wide }]) {
        assert.equal(Policy.create({ issuer: 'A', settings }).settings.hotpLookAhead, 50);
    }
    assert.throws(() => Policy.create({ issuer: 'A', settings: { digits: 9 } }), { code: 'ERR_OUT_OF_RANGE' });
    assert.throws(() => Policy.create({ issuer: 'A', settings: { digit: 6 } }), { code: 'ERR_INVALID_ARG_VALUE' });
    assert.throws(() => Policy.create({ issuer: 'A', settings: { digits: 6.5 } }), { code: 'ERR_OUT_OF_RANGE' });
    assert.throws(() => Policy.create({ issuer: '' }), { code: 'ERR_INVALID_ARG_VALUE' });
    assert.throws(() => Policy.create({ issuer: 'A', profile: 'none' }), { code: 'ERR_INVALID_ARG_VALUE' });
    const strict = Policy.create({ issuer: 'A', profile: 'asvs-strict' });
    assert.equal(strict.profile, 'asvs-strict');
    assert.deepEqual(JSON.parse(JSON.stringify(read)).settings, read.settings);
    for (const [name, { min, max, default: value }] of Object.entries(Policy.ranges)) {
        assert.ok(min <= value && value <= max, name);
        assert.ok(name in read.settings, name);
    }
    await engine.close();
});

test('a hardware token is bound, and brought back when it has run away', async () => {
    const { mfa, engine, clock } = await open();
    const secret = Secret.generate();
    const totp = new Totp(secret);
    const token = { type: 'totp', secret, label: 'Token 1' };
    const bound = await mfa.admin.bindToken('carl', token, by);
    assert.deepEqual([bound.kind, bound.strength], ['bound', 'strong']);
    assert.deepEqual(await mfa.admin.bindToken('carl', token, by), { kind: 'already_bound' });
    const counting = { type: 'hotp', secret: Secret.generate(), label: 'Token 2', nextCounter: 7n };
    assert.equal((await mfa.admin.bindToken('carl', counting, by)).kind, 'bound');
    const other = { ...counting, secret: Secret.generate() };
    assert.deepEqual(await mfa.admin.bindToken('carl', other, by), { kind: 'second_counter' });
    const ahead = (steps) => totp.generate({ at: new Date(clock.now.getTime() + steps * 30_000) });
    const ticket = await challenge(mfa, 'carl');
    assert.equal((await mfa.verify(ticket, ahead(50))).kind, 'mismatch');
    assert.equal((await mfa.resynchronize(ticket, ahead(50), ahead(51))).kind, 'verified');
    const brought = await mfa.admin.resynchronize('carl', ahead(53), ahead(54), by);
    assert.deepEqual(brought, { kind: 'resynchronized', authenticator: bound.authenticator });
    assert.deepEqual(await mfa.admin.resynchronize('nobody', '1', '2', by), { kind: 'no_factor' });
    await engine.close();
});

test('an activation code is issued, redeemed once, reissued and revoked', async () => {
    const { mfa, engine } = await open();
    const { admin } = mfa;
    const of = { purpose: 'backup service', redeemer: 'host-1' };
    const issued = await admin.issueActivation(of.purpose, by);
    assert.match(issued.code, /^([0-9A-Z]{5}-){4}[0-9A-Z]{5}$/);
    const wrong = await mfa.redeemActivation(issued.code, { ...of, purpose: 'another' });
    assert.deepEqual(wrong, { kind: 'activation_failed' });
    const redeemed = await mfa.redeemActivation(issued.code.toLowerCase(), of);
    assert.deepEqual([redeemed.kind, redeemed.handle, redeemed.issued.by], ['activation_redeemed', issued.handle, 'admin']);
    assert.deepEqual(await mfa.redeemActivation(issued.code, of), { kind: 'activation_failed' });
    assert.deepEqual(await mfa.redeemActivation(undefined, of), { kind: 'activation_failed' });
    const late = await admin.revokeActivation(issued.handle, by);
    assert.deepEqual([late.kind, late.by], ['already_redeemed', 'host-1']);
    const again = await admin.reissueActivation(issued.handle, by, { lifetimeSeconds: 600 });
    assert.deepEqual([again.kind, again.old.kind], ['reissued', 'redeemed']);
    assert.deepEqual(await admin.revokeActivation(issued.handle, by), { kind: 'revoked' });
    const [status] = await admin.activationStatus([issued.handle]);
    assert.equal(status.record.state.kind, 'revoked');
    assert.equal(status.record.purpose, of.purpose);
    const { entries, next } = await admin.activations({ limit: 1 });
    assert.equal(entries[0].handle, issued.handle);
    const rest = await admin.activations({ limit: 1, after: next });
    assert.deepEqual(rest, { entries: [], next: null });
    assert.deepEqual(await admin.repairActivationClock(issued.handle, by), { kind: 'nothing_ahead' });
    await assert.rejects(admin.issueActivation('x', by, { lifetimeSeconds: 5 }), { code: 'ERR_OUT_OF_RANGE' });
    await engine.close();
});

test('what happened is in the trail, in a feed, and whole', async () => {
    const setting = await open();
    const { mfa, engine } = setting;
    await enrol(setting);
    const { entries, next } = await mfa.admin.events({ limit: 100 });
    assert.equal(next, null);
    const names = entries.map((entry) => entry.event.name);
    assert.ok(names.includes('authenticator_bound'));
    assert.ok(names.includes('tenant_created'));
    const bound = entries.find((entry) => entry.event.name === 'authenticator_bound');
    assert.equal(accountText(bound.account), 'anna');
    assert.deepEqual(bound.event.fields, { label: 'Phone' });
    assert.equal(bound.event.mustBeTold, true);
    assert.equal(typeof bound.position, 'bigint');
    const seen = [];
    let cursor = null;
    for (;;) {
        const page = await mfa.admin.feed({ cursor, limit: 2 });
        seen.push(...page.entries.map((entry) => entry.id));
        cursor = page.cursor;
        if (page.next === null) {
            break;
        }
    }
    assert.equal(seen.length, entries.length);
    assert.equal(new Set(seen).size, seen.length);
    const verdict = await mfa.admin.verifyAudit({ account: 'anna' });
    assert.deepEqual([verdict.kind, verdict.count > 3], ['whole', true]);
    assert.equal((await mfa.admin.verifyAudit('policy')).kind, 'whole');
    assert.equal((await mfa.admin.verifyAudit({ passwords: 'anna' })).kind, 'whole');
    const pruned = await mfa.admin.pruneEvents({ epochSeconds: START - 40 * 86_400 }, by, { subject: 'policy' });
    assert.deepEqual([pruned.events, pruned.broken], [0, 0]);
    await assert.rejects(mfa.admin.pruneEvents({ epochSeconds: START }, by), { code: 'ERR_MFA_MISUSE_TOO_RECENT' });
    const settled = await mfa.settleSignIns('anna');
    assert.deepEqual([settled.halfSignIns, settled.openUntil], [0, null]);
    await engine.close();
});

test('lists come in pages', async () => {
    const { mfa, engine } = await open();
    for (let number = 0; number < 7; number += 1) {
        await mfa.admin.require(`person ${number}`, by);
    }
    const found = [];
    let after = undefined;
    for (;;) {
        const page = await mfa.admin.accounts({ limit: 3, ...(after === undefined ? {} : { after }) });
        found.push(...page.entries.map((entry) => accountText(entry.account)));
        if (page.next === null) {
            break;
        }
        after = page.next;
    }
    assert.equal(new Set(found).size, 7);
    assert.deepEqual((await mfa.admin.accounts({ state: 'set_up' })).entries, []);
    assert.deepEqual(await engine.tenants(), ['acme']);
    assert.deepEqual(await engine.tenants({ after: 'acme' }), []);
    await assert.rejects(mfa.admin.accounts({ limit: 101 }), { code: 'ERR_MFA_MISUSE_PAGE_SIZE' });
    await assert.rejects(mfa.admin.status(Array.from({ length: 101 }, (_, n) => `${n}`)), { code: 'ERR_MFA_MISUSE_TOO_MANY' });
    await engine.close();
});

test('keys are rotated without anybody noticing', async () => {
    const setting = await open();
    const { mfa, engine, keyring } = setting;
    await enrol(setting);
    const old = keyring.activeKeyId;
    const fresh = keyring.addKey();
    assert.deepEqual(await engine.replaceKeyring(keyring), { kind: 'replaced' });
    keyring.activate(fresh);
    assert.deepEqual(await engine.replaceKeyring(keyring), { kind: 'replaced' });
    let resealed = 0;
    let after = undefined;
    for (;;) {
        const page = await mfa.admin.rotateKeys(by, { limit: 1, ...(after === undefined ? {} : { after }) });
        resealed += page.resealed;
        assert.deepEqual(page.failed, []);
        if (page.next === null) {
            assert.equal(page.left, 0);
            break;
        }
        after = page.next;
    }
    assert.ok(resealed >= 2);
    const usage = await engine.keyUsage();
    assert.equal(usage.unknown, 0);
    assert.equal(usage.keys.find((key) => key.keyId === old).documents, 0);
    const from = usage.unusedFrom(old, START);
    assert.deepEqual(from, new Date((START + usage.tokenLifetimeSeconds) * 1000));
    assert.equal(usage.unusedFrom(fresh, START), null);
    assert.equal((await mfa.admin.keyUsage()).keys.length, 2);
    keyring.retire(old);
    assert.deepEqual(await engine.replaceKeyring(keyring), { kind: 'replaced' });
    await assert.rejects(() => engine.replaceKeyring('no keyring'), { code: 'ERR_INVALID_ARG_TYPE' });
    const other = Keyring.generate();
    assert.equal((await engine.replaceKeyring(other)).kind, 'key_seals');
    engine.dangerReplaceKeyring(other);
    await assert.rejects(mfa.signIn({ external: 'anna' }), {
        code: 'ERR_MFA_DOCUMENT_OF_UNKNOWN_KEY',
        kind: 'unavailable',
        keyId: fresh,
    });
    await engine.close();
});

test('a keyring is text and comes back, and a changed one is no other', () => {
    const keyring = Keyring.generate();
    const again = Keyring.parse(keyring.dangerExport());
    assert.deepEqual(again.keyIds, keyring.keyIds);
    assert.throws(() => Keyring.parse('nonsense'), { code: 'ERR_MFA_KEYRING', kind: 'text' });
    assert.throws(() => keyring.retire(keyring.activeKeyId), { code: 'ERR_MFA_KEYRING_CHANGE' });
});

test('an observer is told how calls end, and of nobody', async () => {
    const observations = [];
    const { mfa, engine } = await open({ observer: (observation) => observations.push(observation) });
    await mfa.beginPassword('anna');
    await mfa.checkAssertion('nonsense');
    await assert.rejects(engine.tenant('none').policy());
    const ended = observations.map(({ operation, outcome, class: of }) => [operation, outcome, of]);
    assert.deepEqual(ended, [
        ['createTenant', 'created', 'answer'],
        ['beginPassword', 'proceed', 'answer'],
        ['checkAssertionFor', 'void_unknown', 'answer'],
        ['policy', 'misuse_unknown_tenant', 'misuse'],
    ]);
    assert.ok(!JSON.stringify(observations).includes('anna'));
    await engine.close();
});

test('a clock far behind what was seen is an anomaly, and told', async () => {
    const clock = new ManualClock(START);
    const { mfa, engine } = await open({ clock });
    await mfa.beginPassword('anna');
    clock.set(START - 3600);
    await assert.rejects(mfa.beginPassword('anna'), { code: 'ERR_MFA_CLOCK_BEHIND', kind: 'unavailable' });
    await engine.close();
});

test('a closed engine answers nothing more, and waits for what runs', async () => {
    let ended = false;
    let closed = null;
    {
        const { engine, mfa } = await open();
        closed = mfa;
        const running = mfa.beginPassword('anna').then(() => {
            ended = true;
        });
        await engine[Symbol.asyncDispose]();
        assert.equal(ended, true);
        await running;
        await engine.close();
    }
    await assert.rejects(closed.policy(), { code: 'ERR_MFA_CLOSED' });
});

test('a file is whole and alone when its engine is closed', async () => {
    const folder = mkdtempSync(join(tmpdir(), 'mfakit-close-'));
    const { engine, mfa } = await open({ store: `sqlite:${join(folder, 'mfa.db')}`, migrate: true });
    assert.equal((await mfa.beginPassword('anna')).kind, 'proceed');
    assert.ok(readdirSync(folder).length > 1);
    await engine.close();
    assert.deepEqual(readdirSync(folder), ['mfa.db']);
    rmSync(folder, { recursive: true });
});

test('a signal ends the waiting', async () => {
    const { engine, mfa } = await open();
    const reason = new Error('enough');
    await assert.rejects(mfa.policy({ signal: AbortSignal.abort(reason) }), reason);
    const controller = new AbortController();
    const waiting = mfa.admin.countAccounts({ signal: controller.signal });
    controller.abort(reason);
    await assert.rejects(waiting, reason);
    const warnings = [];
    process.on('warning', (warning) => warnings.push(warning));
    const shared = new AbortController();
    await Promise.all(Array.from({ length: 50 }, () => mfa.policy({ signal: shared.signal })));
    await new Promise((resolve) => setImmediate(resolve));
    assert.deepEqual(warnings, []);
    // What was begun and given up is held by nobody.
    const given = new AbortController();
    const attempts = Array.from({ length: 20 }, () => mfa.beginPassword('anna', { signal: given.signal }));
    given.abort(reason);
    for (const { status, value } of await Promise.allSettled(attempts)) {
        assert.ok(status === 'rejected' || value.kind === 'proceed' || value.kind === 'locked');
    }
    await assert.rejects(mfa.policy({ signal: 'soon' }), { code: 'ERR_INVALID_ARG_TYPE' });
    assert.equal((await mfa.policy({ signal: new AbortController().signal })).issuer, 'Acme');
    await engine.close();
});

test('what is no store and no keyring is told at once', async () => {
    const keyring = Keyring.generate();
    await assert.rejects(Engine.open({ store: 'mysql://x', keyring }), { code: 'ERR_INVALID_ARG_VALUE' });
    await assert.rejects(Engine.open({ store: 'sqlite:/no/such/folder/mfa.db', keyring }), {
        code: 'ERR_MFA_STORE_OPEN',
        kind: 'unavailable',
    });
    await assert.rejects(Engine.open({ store: {}, keyring }), { code: 'ERR_INVALID_ARG_TYPE' });
    await assert.rejects(Engine.open({ store: 'memory:' }), { code: 'ERR_INVALID_ARG_TYPE' });
    await assert.rejects(Engine.open(), { code: 'ERR_INVALID_ARG_TYPE' });
    await assert.rejects(Keyring.open('/no/such/file'), { code: 'ERR_MFA_KEYRING_FILE' });
});

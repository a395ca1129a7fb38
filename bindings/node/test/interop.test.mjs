// An account is the same from every language: on one SQLite file and one PostgreSQL, with one keyring.
import assert from 'node:assert/strict';
import { spawnSync } from 'node:child_process';
import { chmodSync, copyFileSync, existsSync, mkdtempSync, readFileSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import test from 'node:test';

import { Engine, Keyring, ManualClock, OtpAuthUri, Totp } from 'mfakit';

import { START, challenge, enrol, open, postgres, root } from './support/setting.mjs';

const target = process.env.MFAKIT_TARGET ?? join(root, 'target');
/** When the story of `vectors/stored-v1` begins. */
const STORED_START = 1_800_000_000;

/** Runs the example `interop`, built by cargo, and gives its lines. */
function interop(...args) {
    const { status, stdout, stderr } = spawnSync(join(target, 'debug/interop'), args, { encoding: 'utf8' });
    assert.equal(status, 0, stderr);
    return stdout.trim().split('\n').map((line) => line.split(' '));
}

function setting(url) {
    const folder = mkdtempSync(join(tmpdir(), 'mfakit-node-'));
    const keyring = join(folder, 'keyring');
    const tenant = `interop-${process.pid}-${Date.now()}`;
    return { folder, keyring, tenant, url: url ?? `sqlite:${join(folder, 'mfa.db')}` };
}

for (const [name, given] of [['SQLite', undefined], ['PostgreSQL', postgres()]]) {
    test(`${name}: set up by Rust, verified by Node`, async () => {
        const { folder, keyring, tenant, url } = setting(given);
        const lines = interop('set-up', url, keyring, tenant, 'anna', String(START));
        const secret = lines.find(([what]) => what === 'secret')[1];
        const backup = lines.find(([what]) => what === 'backup')[1];
        const assertion = lines.find(([what]) => what === 'assertion')[1];
        const clock = new ManualClock(START + 60);
        const engine = await Engine.open({ store: url, keyring: await Keyring.open(keyring), clock });
        const mfa = engine.tenant(tenant);
        assert.equal((await mfa.checkAssertion(assertion)).kind, 'current');
        const code = new Totp(secret).generate({ at: clock.now });
        const verified = await mfa.verify(await challenge(mfa), code);
        assert.deepEqual([verified.kind, verified.basis], ['verified', 'otp']);
        const recovered = await mfa.verify(await challenge(mfa), backup);
        assert.deepEqual([recovered.kind, recovered.basis], ['verified', 'backup_code']);
        assert.equal((await mfa.verify(await challenge(mfa), backup)).kind, 'replayed');
        assert.equal((await mfa.admin.verifyAudit({ account: 'anna' })).kind, 'whole');
        await engine.close();
        rmSync(folder, { recursive: true });
    });

    test(`${name}: set up by Node, verified by Rust`, async () => {
        const { folder, keyring: path, tenant, url } = setting(given);
        const keyring = await Keyring.openOrCreate(path);
        const opened = await open({ store: url, keyring, tenant, migrate: true });
        const { setup, confirmed } = await enrol(opened);
        await opened.engine.close();
        const [backup] = confirmed.backupCodes;
        const secret = setup.key.replaceAll(' ', '');
        const lines = interop('verify', url, path, tenant, 'anna', String(START + 60), secret, backup);
        assert.deepEqual(lines, [['verified', 'otp'], ['verified', 'backup_code']]);
        rmSync(folder, { recursive: true });
    });
}

// In Python, on the same database. The stage `python` leaves an environment with the package in cargo's folder.
if (existsSync(join(root, 'bindings/python'))) {
    const python = join(target, 'python/tools/bin/python');
    const program = `
import sys
import mfakit

act, url, keyring, tenant, at, *rest = sys.argv[1:]
store = mfakit.SqliteStore(url.removeprefix("sqlite:")) if url.startswith("sqlite:") else mfakit.PostgresStore(url)
clock = mfakit.ManualClock(int(at))
engine = mfakit.Engine(store, mfakit.Keyring.open_or_create(keyring), clock=clock)
engine.create_tenant(tenant, mfakit.Policy("Acme"), by=mfakit.Administrator("interop", reason="test"))
mfa = engine.tenant(tenant)
decision = mfa.sign_in(mfa.begin_password("anna"))
if act == "set-up":
    pending = mfa.begin_setup(decision.ticket, account_name="anna", label="Phone")
    uri = pending.reveal_uri()
    confirmed = mfa.confirm_setup(decision.ticket, mfakit.OtpAuthUri.parse(uri).to_totp().generate(at=clock.now()))
    mfa.acknowledge_backup_codes(confirmed.assertion)
    print("uri", uri)
    print("backup", confirmed.backup_codes.reveal()[0])
else:
    verified = mfa.verify(decision.ticket, rest[0])
    print("verified", type(verified).__name__)
`;
    const inPython = (...args) => {
        assert.ok(existsSync(python), `no environment in ${python}: \`scripts/test python node\` makes it`);
        const { status, stdout, stderr } = spawnSync(python, ['-c', program, ...args], { encoding: 'utf8' });
        assert.equal(status, 0, stderr);
        return Object.fromEntries(stdout.trim().split('\n').map((line) => line.split(' ')));
    };
    for (const [name, given] of [['SQLite', undefined], ['PostgreSQL', postgres()]]) {
        test(`${name}: set up by Python, verified by Node, and by Python again`, async () => {
            const { folder, keyring, tenant, url } = setting(given);
            if (given !== undefined) {
                await (await Engine.open({ store: url, keyring: Keyring.generate(), migrate: true })).close();
            }
            const { uri, backup } = inPython('set-up', url, keyring, tenant, String(START));
            const clock = new ManualClock(START + 60);
            const engine = await Engine.open({ store: url, keyring: await Keyring.open(keyring), clock });
            const mfa = engine.tenant(tenant);
            const totp = OtpAuthUri.parse(uri).toTotp();
            const verified = await mfa.verify(await challenge(mfa), totp.generate({ at: clock.now }));
            assert.deepEqual([verified.kind, verified.basis], ['verified', 'otp']);
            assert.equal((await mfa.verify(await challenge(mfa), backup)).kind, 'verified');
            assert.equal((await mfa.admin.verifyAudit({ account: 'anna' })).kind, 'whole');
            await engine.close();
            const later = START + 120;
            const code = totp.generate({ at: later });
            assert.deepEqual(Object.keys(inPython('verify', url, keyring, tenant, String(later), code)), ['verified']);
            rmSync(folder, { recursive: true });
        });
    }
}

test('what version 1 has stored and handed out is good', async () => {
    const folder = mkdtempSync(join(tmpdir(), 'mfakit-node-'));
    for (const name of ['keyring', 'mfa.db']) {
        copyFileSync(join(root, 'vectors/stored-v1', name), join(folder, name));
    }
    chmodSync(join(folder, 'keyring'), 0o600);
    const told = Object.fromEntries(
        readFileSync(join(root, 'vectors/stored-v1/handed-out.txt'), 'utf8')
            .split('\n')
            .filter((line) => line !== '' && !line.startsWith('#'))
            .map((line) => [line.slice(0, line.indexOf(' ')), line.slice(line.indexOf(' ') + 1)]),
    );
    const clock = new ManualClock(STORED_START + 40 * 86_400);
    const keyring = await Keyring.open(join(folder, 'keyring'));
    const engine = await Engine.open({ store: `sqlite:${join(folder, 'mfa.db')}`, keyring, clock });
    const [tenant] = await engine.tenants();
    const mfa = engine.tenant(tenant);
    const binding = 'session';
    assert.equal((await mfa.policy()).issuer, 'Seaside Library');
    assert.equal((await mfa.checkAssertion(told.assertion, { binding })).basis, 'otp');
    const [anna] = await mfa.admin.status(['anna']);
    assert.deepEqual(anna.authenticators.map(({ label }) => label), ['Phone', 'Token', 'Counter']);
    assert.equal((await mfa.verify(told.ticket, told['used-code'], { binding })).what, 'otp');
    assert.equal((await mfa.verify(told.ticket, told['used-backup-code'], { binding })).what, 'backup_code');
    assert.equal((await mfa.verify(told.ticket, told.code, { binding })).kind, 'verified');
    const names = { accountName: 'fay', label: 'Phone' };
    assert.equal((await mfa.beginSetup(told['setup-ticket'], names, { binding })).key, told['setup-key']);
    const of = { purpose: 'backup service', redeemer: 'server 12' };
    assert.equal((await mfa.redeemActivation(told['activation-code'], of)).kind, 'activation_redeemed');
    assert.equal((await mfa.redeemActivation(told['activation-code'], of)).kind, 'activation_failed');
    await engine.close();
    rmSync(folder, { recursive: true });
});

// Nothing that reveals a secret: not what is shown, written as JSON, thrown or traced.
import assert from 'node:assert/strict';
import { Buffer } from 'node:buffer';
import test from 'node:test';
import { inspect } from 'node:util';

import { Hotp, Keyring, MfaError, OtpAuthUri, QrCode, Secret, Totp, parseMigration } from 'mfakit';

import { by, challenge, enrol, open } from './support/setting.mjs';

const KEY = Buffer.from('a secret of 20 bytes');
const secret = Secret.fromBytes(KEY);
const BASE32 = secret.exposeBase32();
const FORMS = [BASE32, BASE32.toLowerCase(), KEY.toString('hex'), KEY.toString('base64'), KEY.toString(), [...KEY].join(','), [...KEY].join(', ')];

function shown(value) {
    const wide = { depth: Infinity, showHidden: true, getters: true, maxStringLength: Infinity, maxArrayLength: Infinity };
    const spread = { ...value };
    return [String(value), `${value}`, inspect(value), inspect(value, wide), inspect(spread, wide), JSON.stringify(value), JSON.stringify({ value }), JSON.stringify(spread), Object.keys(value).join(), structuredCloned(value)].join('\n');
}

function structuredCloned(value) {
    try {
        return inspect(structuredClone(value), { depth: Infinity });
    } catch (error) {
        return `${error}`;
    }
}

function holdsNone(text, forms) {
    for (const [place, form] of forms.entries()) {
        assert.ok(!text.includes(form), `form ${place} of the secret shows`);
    }
}

test('no object shows its secret', () => {
    const totp = new Totp(secret);
    const hotp = new Hotp(secret);
    const uri = OtpAuthUri.totp({ issuer: 'Acme', account: 'anna', totp });
    const migration = parseMigration(
        'otpauth-migration://offline?data=CjkKFDEyMzQ1Njc4OTAxMjM0NTY3ODkwEhVBY21lOmFubmFAZXhhbXBsZS5jb20aBEFjbWUgASgBMAIQARgBIAAoAA%3D%3D',
    );
    for (const value of [secret, totp, hotp, uri, uri.secret, totp.secret, new QrCode(uri.exposeUri())]) {
        holdsNone(shown(value), FORMS);
        assert.match(inspect(value), /^\w+\(\.\.\)$/);
    }
    holdsNone(shown(migration), ['12345678901234567890', 'GEZDGNBVGY3TQOJQ']);
    const keyring = Keyring.generate();
    const lines = keyring.dangerExport().split(/\s+/).filter((word) => word.length > 20);
    assert.ok(lines.length > 0);
    holdsNone(shown(keyring), lines);
});

test('no answer object shows backup codes, and no engine shows anything', async () => {
    const setting = await open();
    const { mfa, engine, keyring } = setting;
    const { confirmed, setup } = await enrol(setting);
    const codes = [...confirmed.backupCodes];
    holdsNone(shown(confirmed.backupCodes), codes);
    holdsNone(inspect(confirmed, { depth: Infinity }), codes);
    holdsNone(JSON.stringify(confirmed), codes);
    const everything = [engine, mfa, mfa.admin, keyring, await mfa.policy(), await mfa.beginPassword('anna'), await mfa.admin.status(['anna']), await mfa.admin.events()];
    const key = setup.key.replaceAll(' ', '');
    const text = inspect(everything, { depth: Infinity, showHidden: true }) + JSON.stringify(everything, (_, value) => (typeof value === 'bigint' ? `${value}` : value));
    holdsNone(text, [...codes, key, setup.uri, confirmed.assertion]);
    await engine.close();
});

/** An error with everything that a log could write of it. */
function traced(error) {
    return [error.message, error.stack, inspect(error, { depth: Infinity, showHidden: true }), JSON.stringify(error), JSON.stringify(error, Object.getOwnPropertyNames(error)), inspect(error.cause)].join('\n');
}

test('no error repeats what was passed', async () => {
    const long = `${BASE32}${BASE32.slice(0, 8)}`;
    const marks = [BASE32, long, 'hunter2'];
    const calls = [
        () => Secret.fromBase32(`${BASE32}!`),
        () => Secret.fromBase32(BASE32.slice(0, 8)),
        () => Secret.fromBytes(BASE32),
        () => new Totp(`${BASE32}1`),
        () => new Totp({ secret: BASE32 }),
        () => Totp.verifyOnce(`${BASE32}1`, '123456'),
        () => OtpAuthUri.parse(`otpauth://nonsense/${BASE32}?secret=${BASE32}`),
        () => OtpAuthUri.parse({ uri: BASE32 }),
        () => OtpAuthUri.totp({ issuer: `hunter2:${BASE32}`, account: 'anna', totp: new Totp(secret) }),
        () => parseMigration(`otpauth-migration://offline?data=${BASE32}`),
        () => Keyring.parse(`key 1 ${long}`),
        () => new QrCode(long.repeat(500)),
        () => new Totp(secret).generate({ at: BASE32 }),
        () => new Totp(secret, { algorithm: 'hunter2' }),
    ];
    for (const call of calls) {
        assert.throws(call, (error) => {
            holdsNone(traced(error).replaceAll(/^.*secrets\.test\.mjs.*$/gm, ''), marks);
            return true;
        });
    }
    const setting = await open();
    const { mfa, engine } = setting;
    const { confirmed } = await enrol(setting);
    const ticket = await challenge(mfa);
    const rejected = [
        mfa.admin.bindToken('anna', { type: 'totp', secret: `${BASE32}1`, label: 'x' }, by),
        mfa.verify(ticket, 'hunter2', { binding: 7 }),
        mfa.renameAuthenticator(confirmed.assertion, 'hunter2', 'x'),
        mfa.renameAuthenticator(confirmed.assertion, '0123456789abcdef', '\u0000hunter2'),
        mfa.admin.reset('x'.repeat(200), { actor: 'hunter2', reason: '\n' }),
        engine.tenant('hunter2 no name').policy(),
    ];
    for (const call of rejected) {
        await assert.rejects(call, (error) => {
            holdsNone(traced(error), [...marks, confirmed.assertion, ticket]);
            return true;
        });
    }
    await engine.close();
});

test('errors of ours are errors, whatever their class is called', () => {
    try {
        Secret.fromBase32('1');
        assert.fail('it was taken');
    } catch (error) {
        assert.ok(error instanceof MfaError && error instanceof Error);
        assert.deepEqual([error.name, error.code, error.kind], ['MfaError', 'ERR_MFA_SECRET', 'text']);
        assert.match(error.stack, /^MfaError|^Error/);
    }
});

import assert from 'node:assert/strict';
import { Buffer } from 'node:buffer';
import test from 'node:test';

import { Hotp, MfaError, OtpAuthUri, QrCode, Secret, Totp, parseMigration } from 'mfakit';

import { hex, vectors } from './support/setting.mjs';

const RFC_SECRET = Secret.fromBytes(Buffer.from('12345678901234567890'));

test('RFC 6238 appendix B: the codes of all hashes', () => {
    const { secrets_ascii: secrets, digits, period, vectors: rows } = vectors('rfc6238-appendix-b');
    assert.ok(rows.length >= 18);
    for (const { time, algorithm, code } of rows) {
        const secret = Secret.fromBytes(Buffer.from(secrets[algorithm]));
        const totp = new Totp(secret, { algorithm, digits, period });
        assert.equal(totp.generate({ at: time }), code);
        const step = BigInt(Math.floor(time / period));
        assert.deepEqual(totp.verify(code, { at: new Date(time * 1000) }), { step, delta: 0 });
        const once = Totp.verifyOnce(secret, code, { algorithm, digits, period, at: time });
        assert.deepEqual(once, { step, delta: 0 });
    }
});

test('RFC 4226 appendix D: the codes of a counter', () => {
    const { secret_ascii: ascii, vectors: rows } = vectors('rfc4226-appendix-d');
    const hotp = new Hotp(Secret.fromBytes(Buffer.from(ascii)));
    for (const { counter, code } of rows) {
        assert.equal(hotp.generate(counter), code);
        assert.deepEqual(hotp.verify(code, { next: BigInt(counter) }), { counter: BigInt(counter) });
        assert.equal(hotp.verify(code, { next: counter + 1 }), null);
    }
});

test('codes are read as people type them', () => {
    const { vectors: rows } = vectors('code-texts');
    for (const { text, digits, code } of rows) {
        const hotp = new Hotp(RFC_SECRET, { digits });
        if (code === undefined) {
            assert.equal(hotp.verify(text, { next: 0, lookAhead: 50 }), null);
            continue;
        }
        // The same text with the digits of a code that this authenticator shows.
        const shown = hotp.generate(7);
        let place = 0;
        const typed = text.replaceAll(/[0-9]/g, () => shown[place++]);
        assert.deepEqual(hotp.verify(typed, { next: 7, lookAhead: 0 }), { counter: 7n }, text);
    }
});

test('secrets are read as people have them', () => {
    for (const { text, bytes_hex: bytes } of vectors('base32-texts').vectors) {
        if (bytes === undefined || bytes === null || bytes.length < 20 || bytes.length > 256) {
            assert.throws(() => Secret.fromBase32(text), { code: 'ERR_MFA_SECRET' });
        } else {
            assert.deepEqual(Secret.fromBase32(text).exposeBytes(), hex(bytes));
        }
    }
    for (const { text_ascii: ascii, base32 } of vectors('rfc4648-section-10').vectors) {
        // Too short for a secret, each of them.
        assert.throws(() => Secret.fromBase32(base32), MfaError);
        const long = Secret.fromBytes(Buffer.from(ascii.padEnd(10, 'x')));
        assert.deepEqual(Secret.fromBase32(long.exposeBase32()).exposeBytes(), long.exposeBytes());
    }
});

test('key URIs are read as sites write them', () => {
    const { secret_hex: secret, vectors: rows } = vectors('otpauth-uris');
    let refused = 0;
    for (const row of rows) {
        if (row.refused !== undefined) {
            refused += 1;
            assert.throws(() => OtpAuthUri.parse(row.uri), { name: 'MfaError', code: 'ERR_MFA_URI' });
            continue;
        }
        const uri = OtpAuthUri.parse(row.uri);
        assert.equal(uri.issuer, row.issuer ?? null);
        assert.equal(uri.account, row.account ?? '');
        assert.deepEqual([...uri.notes].sort(), [...row.notes].sort());
        if (row.period !== undefined) {
            assert.equal(uri.period, row.period);
        }
        if (row.unsupported !== undefined) {
            const convert = () => (uri.type === 'totp' ? uri.toTotp() : uri.toHotp());
            assert.throws(convert, { code: 'ERR_MFA_UNSUPPORTED_URI' });
        } else {
            assert.deepEqual(uri.secret.exposeBytes(), hex(row.secret_hex ?? secret));
        }
    }
    assert.ok(refused > 5);
});

test("Google Authenticator's export is read", () => {
    for (const row of vectors('otpauth-migration-uris').vectors) {
        if (row.refused !== undefined) {
            assert.throws(() => parseMigration(row.uri), { code: 'ERR_MFA_MIGRATION' });
            continue;
        }
        const { batch, entries } = parseMigration(row.uri);
        assert.deepEqual(batch, row.batch);
        assert.equal(entries.length, row.entries.length);
        for (const [place, expected] of row.entries.entries()) {
            const entry = entries[place];
            if (expected.fault !== undefined) {
                assert.equal(entry.kind, 'unread');
                assert.notEqual(entry.reason, '');
            } else {
                assert.equal(entry.kind, 'read');
                assert.equal(entry.uri.account, expected.account);
                assert.equal(entry.uri.algorithm, expected.algorithm);
            }
        }
    }
});

test('what a URI is built of comes back, and verifies', () => {
    const totp = new Totp(Secret.generate({ algorithm: 'SHA256' }), { algorithm: 'SHA256', digits: 8 });
    const uri = OtpAuthUri.totp({ issuer: 'Acme GmbH', account: 'anna@example.com', totp });
    const again = OtpAuthUri.parse(uri.exposeUri());
    assert.deepEqual([again.issuer, again.account, again.digits], ['Acme GmbH', 'anna@example.com', 8]);
    const code = totp.generate({ at: 1_800_000_000 });
    assert.deepEqual(again.toTotp().verify(code, { at: 1_800_000_000 }), {
        step: 60_000_000n,
        delta: 0,
    });
    assert.equal(again.counter, null);
    const hotp = new Hotp(RFC_SECRET);
    const counted = OtpAuthUri.hotp({ issuer: 'Acme', account: 'anna', hotp, counter: 2n ** 60n });
    assert.equal(OtpAuthUri.parse(counted.exposeUri()).counter, 2n ** 60n);
    assert.throws(() => counted.toTotp(), { code: 'ERR_MFA_UNSUPPORTED_URI' });
    assert.equal(counted.toHotp().generate(0), '755224');
    assert.throws(() => OtpAuthUri.totp({ issuer: 'a:b', account: 'anna', totp }), {
        code: 'ERR_INVALID_ARG_VALUE',
    });
});

test('a window accepts its steps and no other', () => {
    const totp = new Totp(RFC_SECRET);
    const at = 1_800_000_000;
    for (let distance = -4; distance <= 4; distance += 1) {
        const code = totp.generate({ at: at + distance * 30 });
        for (const [past, future] of [[0, 0], [1, 1], [3, 0], [0, 2], [10, 10]]) {
            const found = totp.verify(code, { at, window: { past, future } });
            const inside = -past <= distance && distance <= future;
            assert.deepEqual(found, inside ? { step: 60_000_000n + BigInt(distance), delta: distance } : null);
        }
    }
    assert.throws(() => totp.verify('123456', { at, window: { past: 11 } }), { code: 'ERR_OUT_OF_RANGE' });
});

test('a step that was accepted, and every one before, is refused', () => {
    const totp = new Totp(RFC_SECRET);
    const at = 1_800_000_000;
    const code = totp.generate({ at });
    const { step } = totp.verify(code, { at });
    assert.equal(totp.verify(code, { at, after: step }), null);
    assert.equal(totp.verify(code, { at, after: Number(step) + 5 }), null);
    assert.notEqual(totp.verify(code, { at, after: step - 1n }), null);
    assert.equal(totp.secondsUntilFresh({ at: at + 10, after: step }), 20);
    assert.equal(totp.remainingSeconds({ at: at + 10 }), 20);
});

test('two consecutive codes bring back what has left the window', () => {
    const totp = new Totp(RFC_SECRET);
    const at = 1_800_000_000;
    const far = [at + 90 * 30, at + 91 * 30].map((time) => totp.generate({ at: time }));
    assert.equal(totp.verify(far[0], { at }), null);
    assert.deepEqual(totp.resynchronize(...far, { at }), { step: 60_000_091n, delta: 91 });
    assert.equal(totp.resynchronize(far[1], far[0], { at }), null);
    assert.throws(() => totp.resynchronize(...far, { at, window: 501 }), { code: 'ERR_OUT_OF_RANGE' });
    const hotp = new Hotp(RFC_SECRET);
    assert.deepEqual(hotp.resynchronize(hotp.generate(40), hotp.generate(41), { next: 3 }), {
        counter: 41n,
    });
});

test('times are what they say', () => {
    const totp = new Totp(RFC_SECRET);
    const date = new Date('2027-01-15T08:00:00Z');
    const epochSeconds = date.getTime() / 1000;
    const code = totp.generate({ at: date });
    assert.equal(totp.generate({ at: { epochSeconds } }), code);
    assert.equal(totp.generate({ at: { epochSeconds: BigInt(epochSeconds) } }), code);
    assert.equal(totp.generate({ at: epochSeconds }), code);
    assert.equal(totp.generate({ at: -1 }), null);
    for (const at of [date.getTime(), Number.NaN, Infinity, new Date(Number.NaN)]) {
        assert.throws(() => totp.generate({ at }), { name: 'RangeError', code: 'ERR_OUT_OF_RANGE' });
    }
    assert.throws(() => totp.generate({ at: date.getTime() }), /pass a Date/);
});

test('parameters out of range are refused', () => {
    for (const parameters of [{ digits: 5 }, { digits: 9 }, { digits: 300 }, { period: 14 }, { period: 70_000 }]) {
        assert.throws(() => new Totp(RFC_SECRET, parameters), { code: 'ERR_OUT_OF_RANGE' });
        assert.throws(() => Totp.verifyOnce(RFC_SECRET, '123456', parameters), { code: 'ERR_OUT_OF_RANGE' });
    }
    assert.throws(() => new Totp(RFC_SECRET, { algorithm: 'MD5' }), { code: 'ERR_INVALID_ARG_VALUE' });
    assert.throws(() => new Totp('GEZDGNBV'), { code: 'ERR_MFA_SECRET' });
    assert.throws(() => Totp.verifyOnce('GEZDGNBV', '123456'), { code: 'ERR_MFA_SECRET' });
});

test('a QR code is an image of its text', () => {
    const code = new QrCode('otpauth://totp/Acme:anna?secret=GEZDGNBVGY3TQOJQGEZDGNBVGY3TQOJQ');
    assert.ok(code.size >= 21);
    assert.match(code.toSvg({ title: 'Scan & go' }), /<title>Scan &amp; go<\/title>/);
    assert.deepEqual([...code.toPng().subarray(0, 4)], [0x89, 0x50, 0x4e, 0x47]);
    assert.ok(code.toTerminal().split('\n').length > 10);
    assert.throws(() => code.toPng({ modulePixels: 33 }), { code: 'ERR_OUT_OF_RANGE' });
    assert.throws(() => new QrCode('x'.repeat(5000)), { code: 'ERR_OUT_OF_RANGE' });
});

const assert = require('node:assert/strict');
const test = require('node:test');

const mfakit = require('mfakit');
const testkit = require('mfakit/testkit');

test('CommonJS gets the classes that ESM gets', async () => {
    const esm = await import('mfakit');
    const names = Object.keys(mfakit).filter((name) => name !== '__esModule');
    assert.ok(names.length >= 15);
    for (const name of names) {
        assert.equal(esm[name], mfakit[name], name);
    }
    const own = Object.keys(esm).filter((name) => name !== 'default' && name !== 'module.exports');
    assert.deepEqual(own.filter((name) => name !== '__esModule').sort(), names.sort());
    assert.deepEqual((await import('mfakit/testkit')).conformanceCases, testkit.conformanceCases);
});

test('a code is made and verified', () => {
    const totp = new mfakit.Totp(mfakit.Secret.generate());
    assert.equal(totp.verify(totp.generate()).delta, 0);
});

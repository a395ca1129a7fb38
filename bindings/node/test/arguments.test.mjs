// Every export, with every kind of argument: only the errors that are documented, and no crash.
import assert from 'node:assert/strict';
import { Buffer } from 'node:buffer';
import test from 'node:test';

import fc from 'fast-check';
import * as mfakit from 'mfakit';

import { by, challenge, enrol, open } from './support/setting.mjs';

const { Engine, Hotp, Keyring, MfaError, ManualClock, OtpAuthUri, Policy, QrCode, Secret, Totp, mfaErrorCodes } = mfakit;

const NODE_CODES = ['ERR_INVALID_ARG_TYPE', 'ERR_INVALID_ARG_VALUE', 'ERR_OUT_OF_RANGE', 'ERR_ILLEGAL_CONSTRUCTOR'];

/** What a call may throw. */
function documented(error) {
    if (error instanceof MfaError) {
        assert.ok(mfaErrorCodes.includes(error.code), error.code);
        assert.notEqual(error.code, 'ERR_MFA_INTERNAL');
        return;
    }
    assert.ok(error instanceof TypeError || error instanceof RangeError, `${error?.stack}`);
    assert.ok(NODE_CODES.includes(error.code), `${error.stack}`);
}

const scalar = fc.oneof(
    fc.constantFrom(undefined, null, true, false, Number.NaN, -1, 0, 1, 6, 30, 1.5, 2 ** 53, -0, Infinity, 1e11, 1e12, 0n, -1n, 2n ** 64n, 2n ** 64n - 1n),
    fc.constantFrom('', '123456', 'anna', 'GEZDGNBVGY3TQOJQGEZDGNBVGY3TQOJQ', 'otpauth://totp/A:b?secret=GEZDGNBVGY3TQOJQGEZDGNBVGY3TQOJQ', '\ud800', '\u0000', '１２３４５６', 'x'.repeat(20_000), 'sqlite:', '__proto__', 'SHA1', 'totp'),
    fc.string({ unit: 'binary' }),
    fc.double(),
    fc.bigInt(),
    fc.uint8Array(),
    fc.date({ noInvalidDate: false }),
    fc.constantFrom(Symbol('x'), () => 7, new Map(), new Date(Number.NaN), Buffer.from('anna'), new Float64Array(2), new SharedArrayBuffer(8), AbortSignal.abort(new TypeError('aborted'))),
);
const KEYS = ['at', 'after', 'window', 'past', 'future', 'epochSeconds', 'algorithm', 'digits', 'period', 'next', 'lookAhead', 'counter', 'issuer', 'account', 'totp', 'hotp', 'defaults', 'title', 'modulePixels', 'errorCorrection', 'profile', 'requirement', 'settings', 'store', 'keyring', 'clock', 'observer', 'migrate', 'signal', 'binding', 'remember', 'demand', 'device', 'external', 'means', 'assertion', 'accountName', 'label', 'purpose', 'redeemer', 'actor', 'reason', 'limit', 'state', 'order', 'cursor', 'subject', 'until', 'type', 'secret', 'identityVerified', 'lifetimeSeconds', 'demandFactor', 'notOlderThan', 'passwords', 'activation'];
const nested = fc.letrec((tie) => ({
    value: fc.oneof({ weight: 4, arbitrary: scalar }, fc.array(tie('value'), { maxLength: 3 }), tie('object')),
    object: fc.dictionary(fc.constantFrom(...KEYS), tie('value'), { maxKeys: 5 }),
}));
const getter = fc.constant(Object.defineProperty({}, 'at', { get: () => 5, enumerable: true }));
const argument = fc.oneof({ weight: 6, arbitrary: nested.value }, getter);
const someArguments = fc.array(argument, { maxLength: 5 });

const totp = new Totp(Secret.generate());
const objects = {
    Secret: Secret.generate(),
    Totp: totp,
    Hotp: new Hotp(Secret.generate()),
    OtpAuthUri: OtpAuthUri.totp({ issuer: 'A', account: 'b', totp }),
    QrCode: new QrCode('text'),
    Keyring: Keyring.generate(),
    Policy: Policy.create({ issuer: 'A' }),
    ManualClock: new ManualClock(0),
};

/** Every function of a class and its objects, by name; what reads a file is left out. */
function functions() {
    const found = [];
    for (const [name, value] of Object.entries(mfakit)) {
        if (typeof value !== 'function') {
            continue;
        }
        if (!Function.prototype.toString.call(value).startsWith('class')) {
            found.push([name, (...args) => value(...args)]);
            continue;
        }
        found.push([`new ${name}`, (...args) => new value(...args)]);
        for (const method of Object.getOwnPropertyNames(value)) {
            if (typeof value[method] === 'function' && method !== 'prototype' && !/open|File|^of$|captureStackTrace|prepareStackTrace/.test(method)) {
                found.push([`${name}.${method}`, (...args) => value[method](...args)]);
            }
        }
        const object = objects[name];
        for (const [method, { get, value: own }] of Object.entries(Object.getOwnPropertyDescriptors(value.prototype))) {
            if (object !== undefined && method !== 'constructor' && (get ?? own) !== undefined) {
                found.push([`${name}#${method}`, get === undefined ? (...args) => object[method](...args) : () => object[method]]);
            }
        }
    }
    return found;
}

for (const [name, call] of functions()) {
    test(`any arguments: ${name}`, () => {
        fc.assert(
            fc.property(someArguments, (args) => {
                try {
                    call(...args);
                } catch (error) {
                    documented(error);
                }
            }),
            { numRuns: 300 },
        );
    });
}

test('any arguments: what a person types is an answer', () => {
    const hotp = objects.Hotp;
    fc.assert(
        fc.property(argument, argument, (typed, other) => {
            totp.verify(typed);
            totp.resynchronize(typed, other);
            hotp.verify(typed, { next: 0 });
            hotp.resynchronize(typed, other, { next: 0 });
            Totp.verifyOnce(objects.Secret, typed);
        }),
        { numRuns: 1000 },
    );
});

test('any arguments: every call of a tenant and an administrator', async () => {
    const setting = await open();
    const { mfa, engine } = setting;
    // Nobody whom an argument names.
    const { confirmed } = await enrol(setting, 'vera');
    const methods = [];
    for (const [object, prototype] of [[mfa, mfakit.Tenant.prototype], [mfa.admin, mfakit.Admin.prototype], [engine, Engine.prototype]]) {
        for (const name of Object.getOwnPropertyNames(prototype)) {
            const { value } = Object.getOwnPropertyDescriptor(prototype, name);
            if (typeof value === 'function' && !['constructor', 'close'].includes(name)) {
                methods.push([name, (...args) => object[name](...args)]);
            }
        }
    }
    assert.ok(methods.length >= 50, `${methods.length}`);
    await fc.assert(
        fc.asyncProperty(fc.constantFrom(...methods), someArguments, async ([, call], args) => {
            try {
                await call(...args);
            } catch (error) {
                if (!(error instanceof TypeError && error.message === 'aborted')) {
                    documented(error);
                }
            }
        }),
        { numRuns: 3000 },
    );
    // What came from outside is an answer, whatever it is.
    await fc.assert(
        fc.asyncProperty(argument, argument, async (ticket, typed) => {
            const names = { accountName: 'anna', label: 'Phone' };
            const answers = await Promise.all([
                mfa.verify(ticket, typed),
                mfa.confirmSetup(ticket, typed),
                mfa.resynchronize(ticket, typed, ticket),
                mfa.checkAssertion(ticket),
                mfa.beginSetup(ticket, names),
                mfa.defer(ticket),
                mfa.disable(ticket),
                mfa.redeemActivation(typed, { purpose: 'x', redeemer: 'y' }),
                mfa.signIn({ external: 'bob' }, { device: typed }),
            ]);
            for (const { kind } of answers.slice(0, 7)) {
                assert.equal(kind, 'void');
            }
        }),
        { numRuns: 300 },
    );
    assert.equal((await mfa.checkAssertion(confirmed.assertion)).kind, 'current');
    await challenge(mfa, 'vera');
    await mfa.admin.reset('vera', by);
    await engine.close();
});

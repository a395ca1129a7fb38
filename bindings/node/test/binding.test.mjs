// What holds of the source: no panic crosses, and names are those of the core.
import assert from 'node:assert/strict';
import { readFileSync, readdirSync } from 'node:fs';
import { createRequire } from 'node:module';
import { join } from 'node:path';
import test from 'node:test';

import { Admin, Engine, Policy, Tenant, mfaErrorCodes } from 'mfakit';

import { root } from './support/setting.mjs';

const source = (path) => readFileSync(join(root, path), 'utf8');
const rust = readdirSync(join(root, 'bindings/node/src'), { recursive: true })
    .map(String)
    .filter((file) => file.endsWith('.rs'))
    .map((file) => [file, source(join('bindings/node/src', file))]);

test('every function that JavaScript can call catches panics', () => {
    let functions = 0;
    for (const [file, text] of rust) {
        // An attribute, whatever other attributes and comments stand below it, and what it is of.
        for (const [, attribute, item] of text.matchAll(/#\[napi(\([^)]*\))?\]\n(?:\s*(?:#\[[^\]]*\]|\/\/\/[^\n]*)\n)*\s*((?:pub )?\w+)/g)) {
            if (item === 'pub fn') {
                functions += 1;
                assert.match(attribute ?? '', /catch_unwind/, `${file}: a function without it`);
            } else {
                assert.ok(['pub struct', 'impl'].includes(item), `${file}: ${item}`);
            }
        }
    }
    assert.ok(functions > 50, `${functions}`);
});

test('no code of the binding is unsafe, and none of it panics by design', () => {
    for (const [file, text] of rust) {
        assert.doesNotMatch(text, /\bunsafe\b/, file);
        assert.doesNotMatch(text, /\.unwrap\(\)|\bpanic!|\bunreachable!|\btodo!/, file);
    }
});

test('every error of the core has its code', () => {
    const text = source('crates/mfakit-core/src/outcome.rs');
    const errors = /^ {4}Error \{$([^]*?)^ {4}\}$/m.exec(text)[1];
    const names = [...errors.matchAll(/=> "(\w+)"/g)].map(([, name]) => `ERR_MFA_${name.toUpperCase()}`);
    assert.ok(names.length >= 15);
    for (const name of names) {
        assert.ok(mfaErrorCodes.includes(name), name);
    }
    const failures = rust.flatMap(([, text_]) => [...text_.matchAll(/Kind::\w+, "(\w+)"|Failure::text\("(\w+)"/g)]);
    for (const [, named, text_] of failures) {
        const code = `ERR_MFA_${(named ?? text_).toUpperCase()}`;
        assert.ok(mfaErrorCodes.includes(code), code);
    }
    assert.ok(failures.length >= 8);
});

test('every operation of the library is a method', () => {
    const [, list] = /^operations! \{$([^]*?)^\}$/m.exec(source('crates/mfakit-core/src/outcome.rs'));
    const operations = [...list.matchAll(/"(\w+)"/g)].map(([, name]) => name);
    assert.ok(operations.length >= 50);
    // Where one method is two operations, by an option, or an administrator's is called as the person's is.
    const elsewhere = {
        verify_and_remember: 'verify',
        check_assertion_for: 'checkAssertion',
        revoke_devices_of: 'revokeDevices',
        resynchronize_of: 'resynchronize',
    };
    for (const operation of operations) {
        const camel = operation.replaceAll(/_(\w)/g, (_, letter) => letter.toUpperCase());
        const method = elsewhere[operation] ?? camel;
        const at = operation.endsWith('_of') ? [Admin] : [Tenant, Admin, Engine];
        assert.ok(at.some(({ prototype }) => typeof prototype[method] === 'function'), operation);
    }
});

test('every setting is declared, with its range', () => {
    const declared = source('bindings/node/lib/policy.cts');
    for (const [name, { min, max, default: value }] of Object.entries(Policy.ranges)) {
        const line = new RegExp(`/\\*\\* .* ${min} to ${max}, ${value} by default\\. \\*/\\n {4}readonly ${name}: number;`);
        assert.match(declared, line, name);
    }
    const { settings } = Policy.create({ issuer: 'A' });
    const names = [...declared.matchAll(/^ {4}readonly (\w+): number;$/gm)].map(([, name]) => name);
    assert.deepEqual(names.sort(), Object.keys(settings).sort());
});

test('the native module is what the JavaScript takes it for', () => {
    const native = createRequire(import.meta.url)('@mfakit/linux-x64-gnu');
    const declared = source('bindings/node/lib/native.cts');
    const body = (name) => new RegExp(`export interface ${name} \\{$([^]*?)^\\}$`, 'm').exec(declared)[1];
    const methods = (text, indent) => [...text.matchAll(new RegExp(`^ {${indent}}(\\w+)\\(`, 'gm'))].map(([, name]) => name);
    const top = [...body('Native').matchAll(/^ {4}(\w+)[:(]/gm)].map(([, name]) => name);
    assert.deepEqual(Object.keys(native).sort(), top.sort());
    for (const name of ['NativeSecret', 'NativeTotp', 'NativeHotp', 'NativeUri', 'NativeMigration', 'NativeQr', 'Port']) {
        const own = Object.getOwnPropertyNames(native[name].prototype).filter((method) => method !== 'constructor');
        assert.deepEqual(own.sort(), methods(body(name === 'Port' ? 'NativePort' : name), 4).sort(), name);
    }
});

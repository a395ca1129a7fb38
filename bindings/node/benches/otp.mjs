// One code verified in a window of one step either way, beside other libraries, in one run.
//
//     npm ci --prefix bindings/node/benches --ignore-scripts
//     node scripts/bench.mjs TARGET         installs the packed package and runs this
//
// Each side verifies the same right code at the same time, and its result is asserted before anything is timed. `kept`
// keeps the object that the library makes of the secret; `from the secret` makes it each time. What is printed is the
// median of the rounds, in microseconds, and the spread of their middle half.
import assert from 'node:assert/strict';

import { verifyTOTPWithGracePeriod } from '@oslojs/otp';
import { Totp } from 'mfakit';
import { Secret as OtpAuthSecret, TOTP as OtpAuthTotp } from 'otpauth';
import * as otplib from 'otplib';
import otplib12 from 'otplib12';
import speakeasy from 'speakeasy';

import { table, time } from './support.mjs';

const BASE32 = 'GEZDGNBVGY3TQOJQGEZDGNBVGY3TQOJQ';
const BYTES = Buffer.from('12345678901234567890');
const AT = 1_800_000_000;
const RIGHT = new Totp(BASE32).generate({ at: AT });
const WRONG = RIGHT.replace(/.$/, (last) => String((Number(last) + 1) % 10));

const at = { at: AT };
const kept = new Totp(BASE32);
const otpauthKept = new OtpAuthTotp({ secret: OtpAuthSecret.fromBase32(BASE32) });
otplib12.authenticator.options = { window: 1, epoch: AT * 1000 };

/** What verifies a code, by library and way; `true` if it is right. */
const sides = {
    'kept': {
        'mfakit': (code) => kept.verify(code, at) !== null,
        'otpauth 9': (code) => otpauthKept.validate({ token: code, timestamp: AT * 1000, window: 1 }) !== null,
    },
    'from the secret': {
        'mfakit': (code) => Totp.verifyOnce(BASE32, code, at) !== null,
        'mfakit, an object': (code) => new Totp(BASE32).verify(code, at) !== null,
        'otpauth 9': (code) =>
            new OtpAuthTotp({ secret: OtpAuthSecret.fromBase32(BASE32) }).validate({
                token: code,
                timestamp: AT * 1000,
                window: 1,
            }) !== null,
        'otplib 13': (code) =>
            otplib.verifySync({ secret: BASE32, token: code, epoch: AT, epochTolerance: 30 }).valid,
        'otplib 12': (code) => otplib12.authenticator.check(code, BASE32),
        'speakeasy 2': (code) =>
            speakeasy.totp.verify({ secret: BASE32, encoding: 'base32', token: code, window: 1, time: AT }),
    },
};

const rows = [];
for (const [way, libraries] of Object.entries(sides)) {
    const measured = {};
    for (const [library, verify] of Object.entries(libraries)) {
        assert.equal(verify(RIGHT), true, `${library}, ${way}: the right code`);
        assert.equal(verify(WRONG), false, `${library}, ${way}: a wrong code`);
        measured[library] = [time(() => verify(RIGHT)), time(() => verify(WRONG))];
    }
    const ours = measured['mfakit'];
    for (const [library, [right, wrong]] of Object.entries(measured)) {
        rows.push([way, library, right, wrong, right.median / ours[0].median, wrong.median / ours[1].median]);
    }
}
// It reads the clock itself, so that it can be given no time: a code of now.
const now = () => new Totp(BASE32).generate();
assert.equal(verifyTOTPWithGracePeriod(BYTES, 30, 6, now(), 30), true);
const oslo = time(() => verifyTOTPWithGracePeriod(BYTES, 30, 6, WRONG, 30));
const ours = rows.find(([way, library]) => way === 'from the secret' && library === 'mfakit')[3];
rows.push(['from the secret', '@oslojs/otp 1', null, oslo, null, oslo.median / ours.median]);

console.log(table(rows));

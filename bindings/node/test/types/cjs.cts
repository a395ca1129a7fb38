import mfakit = require('mfakit');
import testkit = require('mfakit/testkit');

const { Secret, Totp } = mfakit;
export const code: string | null = new Totp(Secret.generate()).generate();
export const error: mfakit.MfaErrorCode = 'ERR_MFA_BUSY';
export const names: readonly string[] = testkit.conformanceCases;

// Compiles, strictly, or the types are wrong: unions narrow, and what is no argument is refused.
import {
    type Decision,
    Engine,
    Keyring,
    MfaError,
    type MfaErrorCode,
    Policy,
    Secret,
    type Store,
    Totp,
    type TotpMatch,
    type Verification,
    mfaErrorCodes,
} from 'mfakit';
import { conformanceCases, runConformanceCase } from 'mfakit/testkit';

export function page(decision: Decision): string {
    switch (decision.kind) {
        case 'allowed':
            return decision.assertion;
        case 'challenge':
            return `${decision.ticket} ${decision.backupCodesLeft}`;
        case 'setup':
            return `${decision.ticket} ${decision.mayDefer?.until.toISOString() ?? 'now'}`;
        case 'locked':
            return decision.until === null ? 'an administrator' : decision.until.toISOString();
        default: {
            const none: never = decision;
            return none;
        }
    }
}

export function next(answer: Verification): string | number {
    switch (answer.kind) {
        case 'verified':
            return answer.newBackupCodes === null ? answer.assertion : [...answer.newBackupCodes].length;
        case 'mismatch':
            return answer.attemptsLeft;
        case 'replayed':
            return answer.waitSeconds;
        case 'locked':
        case 'void':
            return answer.reason;
        case 'declined':
            return answer.what;
        default: {
            const none: never = answer;
            return none;
        }
    }
}

export async function use(store: Store): Promise<void> {
    await using engine = await Engine.open({ store, keyring: Keyring.generate() });
    const by = { actor: 'deploy', reason: 'first start' };
    await engine.createTenant('acme', Policy.create({ issuer: 'Acme', settings: { digits: 6 } }), by);
    const mfa = engine.tenant('acme');
    const gate = await mfa.beginPassword('anna');
    if (gate.kind === 'proceed') {
        page(await mfa.signIn(gate.attempt, { binding: new Uint8Array(16) }));
    }
    // @ts-expect-error: an account is a text or bytes
    await mfa.beginPassword(7);
    // @ts-expect-error: every change names who and why
    await mfa.admin.reset('anna');
    // @ts-expect-error: there is no such setting
    Policy.create({ issuer: 'Acme', settings: { digit: 6 } });
}

const totp = new Totp(Secret.generate());
const match: TotpMatch | null = totp.verify('123456', { at: new Date(), after: 5n });
export const step: bigint | undefined = match?.step;
// @ts-expect-error: a time is a Date, seconds or { epochSeconds }
totp.generate({ at: '2027-01-01' });

export function codeOf(error: unknown): MfaErrorCode | undefined {
    return error instanceof MfaError ? error.code : undefined;
}
export const busy: MfaErrorCode = 'ERR_MFA_BUSY';
export const all: readonly MfaErrorCode[] = mfaErrorCodes;
export const kit = [conformanceCases, runConformanceCase] as const;

// What the tests share: an engine with a person in it, by a clock of its own.
import { Buffer } from 'node:buffer';
import { readFileSync } from 'node:fs';
import { join } from 'node:path';

import { Engine, Keyring, ManualClock, OtpAuthUri, Policy } from 'mfakit';

/** The folder of the project, where the vectors are. */
export const root = process.env.MFAKIT_ROOT ?? new URL('../../../..', import.meta.url).pathname;

/** The PostgreSQL of the tests, which `scripts/postgres run` names as libpq does, as a URL. */
export function postgres() {
    const given = process.env.MFAKIT_TEST_POSTGRES;
    if (given === undefined) {
        throw new Error('MFAKIT_TEST_POSTGRES says where a PostgreSQL is; `scripts/postgres run` starts one');
    }
    const { host, port, user, dbname } = Object.fromEntries(given.split(' ').map((pair) => pair.split('=')));
    return `postgres://${user}@/${dbname}?host=${encodeURIComponent(host)}&port=${port}&schema=mfakit_node`;
}

/** The Redis of the tests, as a URL. */
export function redis() {
    const given = process.env.MFAKIT_TEST_REDIS;
    if (given === undefined) {
        throw new Error('MFAKIT_TEST_REDIS says where a Redis is; `scripts/redis run` starts one');
    }
    return given;
}

export const by = { actor: 'admin', reason: 'test' };
export const START = 1_800_000_000;

export function vectors(name) {
    return JSON.parse(readFileSync(join(root, 'vectors', `${name}.json`), 'utf8'));
}

export const hex = (text) => new Uint8Array(Buffer.from(text, 'hex'));

/** An engine with the tenant `acme`. */
export async function open(how = {}) {
    const clock = new ManualClock(START);
    const keyring = how.keyring ?? Keyring.generate();
    const engine = await Engine.open({ store: 'memory:', keyring, clock, ...how });
    const policy = Policy.create({ issuer: 'Acme', ...how.policy });
    const tenant = how.tenant ?? 'acme';
    await engine.createTenant(tenant, policy, by);
    return { engine, keyring, clock, mfa: engine.tenant(tenant) };
}

/** Signs a person in for the first time and sets up a factor: what their app and the page have then. */
export async function enrol({ mfa, clock }, account = 'anna') {
    const decision = await mfa.signIn({ external: account });
    const setup = await mfa.beginSetup(decision.ticket, { accountName: account, label: 'Phone' });
    const totp = OtpAuthUri.parse(setup.uri).toTotp();
    const code = () => totp.generate({ at: clock.now });
    const confirmed = await mfa.confirmSetup(decision.ticket, code());
    const acknowledged = await mfa.acknowledgeBackupCodes(confirmed.assertion);
    return { decision, setup, totp, code, confirmed, acknowledged, account };
}

/** The ticket of a sign-in that asks for a code. */
export async function challenge(mfa, account = 'anna', how = {}) {
    const decision = await mfa.signIn({ external: account }, how);
    if (decision.kind !== 'challenge') {
        throw new Error(`a challenge was expected, not ${decision.kind}`);
    }
    return decision.ticket;
}

// CPU time of a sign-in with its verification, on the store in memory, with 64 in flight; and how long the event loop is
// kept waiting while backup codes are hashed.
//
//     node scripts/bench.mjs TARGET         runs this, and beside it the same in Rust (`in_flight` of `examples/interop`)
//
// Each person signs in once in a round and verifies a code of their own, so that nobody waits for anybody. CPU time is that
// of the whole process, its threads included.
import assert from 'node:assert/strict';
import { monitorEventLoopDelay } from 'node:perf_hooks';

import { Engine, Keyring, ManualClock, Policy, Totp } from 'mfakit';

const PERSONS = 512;
const ROUNDS = Number(process.argv[2] ?? 8);
const IN_FLIGHT = 64;

const clock = new ManualClock(1_800_000_000);
const engine = await Engine.open({ store: 'memory:', keyring: Keyring.generate(), clock });
await engine.createTenant('acme', Policy.create({ issuer: 'Acme' }), { actor: 'bench', reason: 'bench' });
const mfa = engine.tenant('acme');

const persons = [];
for (let number = 0; number < PERSONS; number += 1) {
    const account = `person ${number}`;
    const { ticket } = await mfa.signIn({ external: account });
    const setup = await mfa.beginSetup(ticket, { accountName: account, label: 'Phone' });
    const totp = new Totp(setup.key);
    const { assertion, backupCodes } = await mfa.confirmSetup(ticket, totp.generate({ at: clock.now }));
    await mfa.acknowledgeBackupCodes(assertion);
    persons.push({ account, totp, assertion, codes: [...backupCodes] });
}

/** Does something for everybody, so many at a time. */
async function everybody(act) {
    const queue = [...persons];
    const next = async () => {
        for (let person = queue.pop(); person !== undefined; person = queue.pop()) {
            await act(person);
        }
    };
    await Promise.all(Array.from({ length: IN_FLIGHT }, next));
}

async function round() {
    clock.advance(30);
    for (const person of persons) {
        person.typed = person.totp.generate({ at: clock.now });
    }
    const before = process.cpuUsage();
    const started = performance.now();
    await everybody(async ({ account, typed }) => {
        const { ticket } = await mfa.signIn({ external: account });
        const { kind } = await mfa.verify(ticket, typed);
        // One code in a million is that of the step before.
        assert.ok(kind === 'verified' || kind === 'replayed', kind);
    });
    const { user, system } = process.cpuUsage(before);
    return { cpu: (user + system) / PERSONS, wall: ((performance.now() - started) * 1000) / PERSONS };
}

for (let warm = 0; warm < ROUNDS; warm += 1) {
    await round();
}
const measured = [];
for (let number = 0; number < ROUNDS; number += 1) {
    measured.push(await round());
}
const median = (of) => measured.map(of).sort((a, b) => a - b)[Math.floor(ROUNDS / 2)];
console.log(`node cpu ${median(({ cpu }) => cpu).toFixed(1)} wall ${median(({ wall }) => wall).toFixed(1)}`);

// Wrong backup codes, each of which costs a hash.
const delay = monitorEventLoopDelay({ resolution: 1 });
delay.enable();
const until = Date.now() + 3000;
let hashed = 0;
while (Date.now() < until) {
    await everybody(async ({ account, codes }) => {
        const { ticket } = await mfa.signIn({ external: account });
        if (ticket !== undefined) {
            await mfa.verify(ticket, codes[0].replace(/.$/, (last) => (last === '7' ? '8' : '7')));
            hashed += 1;
        }
    });
    clock.advance(3600);
}
delay.disable();
const percentile = (part) => (delay.percentile(part) / 1e6).toFixed(2);
console.log(`event loop ${hashed} hashes p50 ${percentile(50)} p99 ${percentile(99)} max ${(delay.max / 1e6).toFixed(2)}`);
await engine.close();

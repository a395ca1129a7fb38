// Runs the benchmarks on the package as it was installed by `scripts/test.mjs`.
//
//     node scripts/bench.mjs TARGET [otp|engine]
//
// In cargo's folder there are the tests' `node/app`, and for `engine` the release build of `in_flight` in `examples/interop`.
import { spawnSync } from 'node:child_process';
import { cpSync, rmSync } from 'node:fs';
import { join, resolve } from 'node:path';

const here = resolve(import.meta.dirname ?? new URL('.', import.meta.url).pathname, '..');
const [target, only] = process.argv.slice(2);
if (target === undefined) {
    throw new Error('usage: bench.mjs TARGET [otp|engine]');
}
const benches = join(resolve(target), 'node/app/benches');
rmSync(benches, { recursive: true, force: true });
cpSync(join(here, 'benches'), benches, { recursive: true });

function run(command, ...args) {
    const { status } = spawnSync(command, args, { cwd: benches, stdio: 'inherit' });
    process.exitCode ||= status ?? 1;
}

if (only !== 'engine') {
    run(process.execPath, 'otp.mjs');
}
if (only !== 'otp') {
    run(process.execPath, 'engine.mjs');
    run(join(resolve(target), 'release/in_flight'));
}

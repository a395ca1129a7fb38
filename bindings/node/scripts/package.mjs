// Packs the package and the one of this platform, as they are published.
//
//     node scripts/package.mjs NATIVE_MODULE FOLDER     leaves two tarballs in FOLDER, and prints their paths
//
// The TypeScript has been built. The package depends on that of each platform that is listed here, optionally, so that
// npm installs the one that fits; no script runs when it is installed.
import { execFileSync } from 'node:child_process';
import { copyFileSync, cpSync, mkdirSync, readFileSync, rmSync, writeFileSync } from 'node:fs';
import { join, resolve } from 'node:path';

const here = resolve(import.meta.dirname ?? new URL('.', import.meta.url).pathname, '..');

/** Where native modules are built and tested: what a release adds, it adds here. */
const PLATFORMS = [{ name: 'linux-x64-gnu', os: 'linux', cpu: 'x64', libc: 'glibc' }];

const [nativeModule, folder] = process.argv.slice(2);
if (nativeModule === undefined || folder === undefined) {
    throw new Error('usage: package.mjs NATIVE_MODULE FOLDER');
}

const main = JSON.parse(readFileSync(join(here, 'package.json'), 'utf8'));
const { version, license, engines } = main;

function pack(name, manifest, fill) {
    const staged = join(folder, 'staged', name);
    rmSync(staged, { recursive: true, force: true });
    mkdirSync(staged, { recursive: true });
    writeFileSync(join(staged, 'package.json'), `${JSON.stringify(manifest, null, 2)}\n`);
    for (const licence of ['LICENSE-APACHE', 'LICENSE-MIT']) {
        copyFileSync(join(here, '../..', licence), join(staged, licence));
    }
    fill(staged);
    const packed = execFileSync('npm', ['pack', '--json', '--pack-destination', resolve(folder)], {
        cwd: staged,
        encoding: 'utf8',
        stdio: ['ignore', 'pipe', 'inherit'],
    });
    const [{ filename }] = Object.values(JSON.parse(packed));
    console.log(join(folder, filename));
}

const [platform] = PLATFORMS.filter(({ os, cpu }) => os === process.platform && cpu === process.arch);
if (platform === undefined) {
    throw new Error(`no package is listed for ${process.platform} on ${process.arch}`);
}
const native = `mfakit.${platform.name}.node`;
pack(
    platform.name,
    {
        name: `@mfakit/${platform.name}`,
        version,
        description: `The native module of mfakit for ${platform.name}.`,
        license,
        engines,
        os: [platform.os],
        cpu: [platform.cpu],
        ...(platform.libc === undefined ? {} : { libc: [platform.libc] }),
        main: native,
        files: [native, 'LICENSE-APACHE', 'LICENSE-MIT'],
    },
    (staged) => {
        copyFileSync(nativeModule, join(staged, native));
        writeFileSync(
            join(staged, 'README.md'),
            `# @mfakit/${platform.name}\n\nThe native module of \`mfakit\` for ${platform.name}; npm installs it beside that package.\n`,
        );
        if (platform.os === 'linux') {
            // Names of lines are for whoever builds it; they are nine tenths of the file.
            execFileSync('strip', ['--strip-unneeded', join(staged, native)]);
        }
    },
);

const { devDependencies: _, scripts: __, ...published } = main;
pack(
    'mfakit',
    {
        ...published,
        optionalDependencies: Object.fromEntries(
            PLATFORMS.map(({ name }) => [`@mfakit/${name}`, version]),
        ),
    },
    (staged) => {
        cpSync(join(here, 'dist'), join(staged, 'dist'), { recursive: true });
        // Declarations that no other one names are of modules that nobody imports.
        const inside = /(caller|native|port|revive)\.d\.cts$/;
        cpSync(join(here, 'types'), join(staged, 'types'), {
            recursive: true,
            filter: (file) => !inside.test(file),
        });
        copyFileSync(join(here, 'README.md'), join(staged, 'README.md'));
    },
);

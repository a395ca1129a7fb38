import assert from 'node:assert/strict';
import { spawnSync } from 'node:child_process';
import { mkdtempSync, readFileSync, rmSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import test from 'node:test';
import { fileURLToPath } from 'node:url';

import { root } from './support/setting.mjs';

const app = fileURLToPath(new URL('..', import.meta.url));
const files = ['README.md', 'docs/start-node.md', 'docs/guides/node-store.md'];

for (const file of files) {
    const examples = readFileSync(join(app, file), 'utf8').matchAll(/^## (.+)$|^```js\n([^]*?)^```$/gm);
    let heading = '';
    let number = 0;
    for (const [, title, code] of examples) {
        if (title !== undefined) {
            heading = title;
            continue;
        }
        number += 1;
        test(`${file}, ${heading}, example ${number}`, () => {
            // Within the app, so that the package is found; in a folder of its own, for the files it makes.
            const folder = mkdtempSync(join(app, 'readme-'));
            try {
                const example = join(folder, 'example.mjs');
                writeFileSync(example, code);
                const { status, stderr } = spawnSync(process.execPath, [example], { cwd: folder, encoding: 'utf8' });
                assert.equal(status, 0, stderr);
            } finally {
                rmSync(folder, { recursive: true });
            }
        });
    }
    test(`${file} has examples`, () => {
        assert.ok(number >= 1);
    });
}

test("the project's README has an example for Node", () => {
    const [, code] = /^```js\n([^]*?)^```$/m.exec(readFileSync(join(root, 'README.md'), 'utf8'));
    const file = join(app, 'project-readme.mjs');
    writeFileSync(
        file,
        `import assert from 'node:assert/strict';
         import { enrol, open } from './test/support/setting.mjs';
         ${code}
         const setting = await open();
         const { code: shown } = await enrol(setting);
         const { mfa, clock, engine } = setting;
         clock.advance(30);
         const wrong = await afterPassword(mfa, 'anna', 'b', async () => false);
         assert.deepEqual(wrong, { page: 'password again' });
         const right = await afterPassword(mfa, 'anna', 'b', async () => true);
         assert.equal(right.page, 'code');
         assert.equal((await afterPassword(mfa, 'bob', 'b', async () => true)).page, 'setup');
         assert.equal((await afterCode(mfa, right.ticket, 'b', 'x')).page, 'code again');
         assert.equal((await afterCode(mfa, right.ticket, 'c', shown())).page, 'sign in again');
         assert.equal((await afterCode(mfa, right.ticket, 'b', shown())).page, 'home');
         await engine.close();`,
    );
    const { status, stderr } = spawnSync(process.execPath, [file], { cwd: app, encoding: 'utf8' });
    rmSync(file);
    assert.equal(status, 0, stderr);
});

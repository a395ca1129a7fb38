import assert from 'node:assert/strict';
import { spawnSync } from 'node:child_process';
import { mkdtempSync, readFileSync, rmSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import test from 'node:test';
import { fileURLToPath } from 'node:url';

const app = fileURLToPath(new URL('..', import.meta.url));
const examples = [...readFileSync(join(app, 'README.md'), 'utf8').matchAll(/^## (.+)$|^```js\n([^]*?)^```$/gm)];

let heading = '';
let number = 0;
for (const [, title, code] of examples) {
    if (title !== undefined) {
        heading = title;
        continue;
    }
    number += 1;
    test(`README, ${heading}, example ${number}`, () => {
        // Within the app, so that the package is found; in a folder of its own, for the files it makes.
        const folder = mkdtempSync(join(app, 'readme-'));
        try {
            const file = join(folder, 'example.mjs');
            writeFileSync(file, `import assert from 'node:assert/strict';\n${code}`);
            const { status, stderr } = spawnSync(process.execPath, [file], { cwd: folder, encoding: 'utf8' });
            assert.equal(status, 0, stderr);
        } finally {
            rmSync(folder, { recursive: true });
        }
    });
}

test('the README has examples', () => {
    assert.ok(number >= 2);
});

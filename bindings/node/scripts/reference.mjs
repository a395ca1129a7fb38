// Writes the reference of the Node package from its declarations.
//
//     node scripts/reference.mjs             prints it
//     node scripts/reference.mjs FILE        writes it there
import { readFileSync, writeFileSync } from 'node:fs';
import { join, resolve } from 'node:path';

const types = resolve(import.meta.dirname ?? new URL('.', import.meta.url).pathname, '../types');
const read = (name) => readFileSync(join(types, `${name}.d.cts`), 'utf8');

/** The parts, in the order of reading: a heading, and the modules whose declarations stand under it. */
const PARTS = [
    ['The engine', ['engine', 'tenant', 'admin', 'policy', 'keyring', 'usage', 'account']],
    ['Answers', ['answers', 'backup']],
    ['One-time passwords', ['secret', 'totp', 'hotp', 'uri', 'qr', 'arguments']],
    ['Errors', ['errors']],
    ['Stores written in JavaScript', ['store', 'testkit']],
];

/** The names that a user can import. */
const exported = new Set();
for (const [, names] of read('index').matchAll(/export (?:type )?\{([^}]*)\} from/g)) {
    for (const name of names.split(',')) {
        exported.add(name.trim().replace(/^type /, ''));
    }
}
const all = ['answers', 'testkit'];

/** The exported declarations of a module: name, documentation, text. */
function declarations(module) {
    const text = read(module);
    const start = /^(?:\/\*\*(?:(?!\*\/)[^])*\*\/\n)?export (?:declare )?(?:abstract )?(?:class|interface|type|const|function) (\w+)/gm;
    const found = [...text.matchAll(start)];
    return found
        .map((match, place) => {
            const whole = text.slice(match.index, found[place + 1]?.index ?? text.length);
            const comment = /^\/\*\*[^]*?\*\/\n/.exec(whole)?.[0] ?? '';
            return { name: match[1], doc: prose(comment), code: code(whole.slice(comment.length)) };
        })
        .filter(({ name }) => exported.has(name) || all.includes(module));
}

/** A comment as Markdown. */
function prose(comment) {
    return comment
        .replace(/^\/\*\*\s?|\s*\*\/\n?$/g, '')
        .replaceAll(/^ *\* ?/gm, '')
        .replaceAll(/\{@link ([^}]+)\}/g, '`$1`')
        .replaceAll(/^@packageDocumentation$/gm, '')
        .replaceAll(/^@throws /gm, 'Throws ')
        .replaceAll(/^@returns /gm, 'Returns ')
        .replaceAll(/^@param how\.(\w+) /gm, '`$1`: ')
        .trim();
}

/** A declaration without what nobody can use. */
function code(text) {
    return text
        .replace(/^export (declare )?/, '')
        .replaceAll(/^ {4}#private;\n/gm, '')
        .replaceAll(/^ {4}private constructor.*;\n/gm, '')
        .replaceAll(/^(\/\*\*.*\*\/\n)?export \{.*$/gm, '')
        .replaceAll(/\{@link ([^}]+)\}/g, '$1')
        .trimEnd();
}

const lines = [
    '# The Node package, name by name',
    '',
    'Every declaration of the package `mfakit`, made from the TypeScript by `bindings/node/scripts/reference.mjs`.',
    'For what a call tells to whom, see [the table](answers.md); for a first program, [five minutes in Node](start-node.md).',
];
for (const [heading, modules] of PARTS) {
    lines.push('', `## ${heading}`);
    for (const { name, doc, code: text } of modules.flatMap(declarations)) {
        lines.push('', `### ${name}`, ...(doc === '' ? [] : ['', doc]), '', '```ts', text, '```');
    }
}
const reference = `${lines.join('\n')}\n`;
const [file] = process.argv.slice(2);
if (file === undefined) {
    process.stdout.write(reference);
} else {
    writeFileSync(file, reference);
}

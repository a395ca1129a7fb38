// The examples for Express and Fastify, each driven over HTTP as a browser drives it.
import assert from 'node:assert/strict';
import test from 'node:test';

import { Keyring, ManualClock, Totp } from 'mfakit';

import { openEngine } from '../examples/node-login/engine.mjs';
import { Login } from '../examples/node-login/login.mjs';
import { People, Sessions } from '../examples/node-login/people.mjs';
import { START } from './support/setting.mjs';

/** What a browser keeps and does. */
class Browser {
    cookies = new Map();

    constructor(base) {
        this.base = base;
    }

    async send(path, form) {
        const headers = { cookie: [...this.cookies].map(([name, value]) => `${name}=${value}`).join('; ') };
        const body = form === undefined ? {} : { method: 'POST', body: new URLSearchParams(form) };
        const response = await fetch(`${this.base}${path}`, { redirect: 'manual', headers, ...body });
        for (const line of response.headers.getSetCookie()) {
            const [pair, ...attributes] = line.split(/; */);
            const [name, value] = pair.split('=');
            assert.match(name, /^__Host-/);
            assert.ok(attributes.includes('HttpOnly') && attributes.includes('Secure') && attributes.includes('Path=/'), line);
            if (value === '') {
                this.cookies.delete(name);
            } else {
                this.cookies.set(name, value);
            }
        }
        assert.equal(response.headers.get('cache-control'), 'no-store');
        const text = await response.text();
        return { status: response.status, location: response.headers.get('location'), text, form: /name="form" value="([^"]+)"/.exec(text)?.[1] };
    }

    signIn(password = 'correct horse', name = 'anna') {
        return this.send('/login', { name, password });
    }
}

async function setting() {
    const clock = new ManualClock(START);
    const engine = await openEngine({ store: 'memory:', keyring: Keyring.generate(), clock });
    const people = new People();
    await people.add('anna', 'correct horse');
    const mfa = engine.tenant('library');
    return { clock, engine, mfa, people, login: new Login({ mfa, people, sessions: new Sessions() }) };
}

const frameworks = {
    Express: async (login) => {
        const { application } = await import('../examples/node-express/server.mjs');
        const server = application(login).listen(0, 'localhost');
        await new Promise((resolve) => server.once('listening', resolve));
        return { base: `http://localhost:${server.address().port}`, close: () => new Promise((resolve) => server.close(resolve)) };
    },
    Fastify: async (login) => {
        const { application } = await import('../examples/node-fastify/server.mjs');
        const app = await application(login);
        await app.listen({ port: 0, host: 'localhost' });
        return { base: `http://localhost:${app.addresses()[0].port}`, close: () => app.close() };
    },
};

for (const [framework, serve] of Object.entries(frameworks)) {
    test(`${framework}: from the first sign-in to a remembered device`, async () => {
        const { clock, engine, mfa, people, login } = await setting();
        const { base, close } = await serve(login);
        const browser = new Browser(base);
        assert.equal((await browser.send('/')).location, '/login');
        assert.equal((await browser.send('/api/me')).location, '/login');
        assert.equal((await browser.send('/setup')).location, '/login');
        for (const [name, password] of [['anna', 'wrong'], ['nobody', 'wrong'], ['<b>', '\u0000']]) {
            const refused = await browser.signIn(password, name);
            assert.deepEqual([refused.status, refused.text.includes('Name or password is wrong')], [401, true]);
        }
        const first = await browser.signIn();
        assert.deepEqual([first.status, first.location], [303, '/setup']);
        assert.equal((await browser.send('/')).location, '/login');
        const page = await browser.send('/setup');
        assert.match(page.text, /<svg /);
        const key = /<code>([A-Z2-7 ]+)<\/code>/.exec(page.text)[1];
        assert.ok((await browser.send('/setup')).text.includes(key));
        const totp = new Totp(key);
        const code = () => totp.generate({ at: clock.now });
        assert.equal((await browser.send('/setup', { code: code() })).location, '/login', 'without the form token');
        assert.equal((await browser.send('/setup', { code: '000000', form: page.form })).status, 401);
        const before = browser.cookies.get('__Host-session');
        const done = await browser.send('/setup', { code: code(), form: page.form });
        const codes = [...done.text.matchAll(/<li><code>([^<]+)</g)].map(([, one]) => one);
        assert.equal(codes.length, 10);
        assert.notEqual(browser.cookies.get('__Host-session'), before, 'the session has a fresh id');
        assert.equal((await browser.send('/stored', { form: done.form })).location, '/');
        assert.match((await browser.send('/')).text, /You are anna/);
        assert.deepEqual(JSON.parse((await browser.send('/api/me')).text), { name: 'anna' });

        // Another browser: the code that was used is refused, the next one is right, and the device is remembered.
        clock.advance(30);
        const other = new Browser(base);
        assert.equal((await other.signIn()).location, '/code');
        const asked = await other.send('/code');
        assert.match(asked.text, /10 backup codes/);
        assert.equal((await other.send('/code', [['code', '1'], ['code', '2'], ['form', asked.form]])).status, 401);
        assert.match((await other.send('/code', { code: 'abc', form: asked.form })).text, /not right/);
        assert.equal((await other.send('/code', { code: code(), form: asked.form, remember: 'yes' })).location, '/');
        assert.match((await other.send('/')).text, /You are anna/);
        assert.equal((await other.signIn()).location, '/', 'remembered');
        const stolen = new Browser(base);
        stolen.cookies.set('__Host-session', before);
        assert.equal((await stolen.send('/')).location, '/login');

        // A third: a backup code, once.
        const third = new Browser(base);
        await third.signIn();
        const { form } = await third.send('/code');
        assert.equal((await third.send('/code', { code: codes[0].toLowerCase(), form })).location, '/');
        await third.signIn();
        const again = await third.send('/code');
        assert.match((await third.send('/code', { code: codes[0], form: again.form })).text, /was used/);

        // An administrator's reset ends every session.
        await mfa.admin.reset(people.find('anna').id, { actor: 'root', reason: 'lost phone' });
        assert.equal((await browser.send('/')).location, '/login');
        const home = await other.signIn();
        assert.equal(home.location, '/setup');
        assert.equal((await other.send('/no/such/page')).status, 404);
        const { form: last } = await other.send('/setup');
        assert.equal((await other.send('/logout', { form: last })).location, '/login');
        assert.equal(other.cookies.has('__Host-session'), false);
        await close();
        await engine.close();
    });

    test(`${framework}: wrong codes lock, wrong passwords lock, a store that fails lets nobody in`, async () => {
        const { clock, engine, mfa, login } = await setting();
        const { base, close } = await serve(login);
        const browser = new Browser(base);
        await browser.signIn();
        const page = await browser.send('/setup');
        const totp = new Totp(/<code>([A-Z2-7 ]+)<\/code>/.exec(page.text)[1]);
        await browser.send('/setup', { code: totp.generate({ at: clock.now }), form: page.form });
        clock.advance(60);
        await browser.signIn();
        const { form } = await browser.send('/code');
        let reply = null;
        for (let tries = 0; tries < 6; tries += 1) {
            reply = await browser.send('/code', { code: '000000', form });
        }
        assert.deepEqual([reply.status, /locked until/.test(reply.text)], [403, true]);
        assert.equal((await browser.signIn()).status, 403);
        for (let tries = 0; tries < 11; tries += 1) {
            reply = await browser.signIn('wrong');
        }
        assert.equal((await browser.signIn()).status, 401, 'the gate is locked, and says no more than that');
        assert.equal((await mfa.admin.passwordLocks()).entries.length, 1);
        await engine.close();
        const closed = await browser.signIn();
        assert.equal(closed.status, 503);
        await close();
    });
}

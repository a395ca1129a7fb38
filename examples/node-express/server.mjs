// Shows: a sign-in with a second factor in Express. Run it: `npm install` here and in `../node-login`, then
// `node server.mjs`; anna's password is `correct horse`. Cookies are for TLS alone, which browsers take `http://localhost`
// for.
import { pathToFileURL } from 'node:url';

import express from 'express';

import { openEngine } from '../node-login/engine.mjs';
import { HEADERS, Login } from '../node-login/login.mjs';
import { People, Sessions } from '../node-login/people.mjs';

/** The application: the pages of the sign-in, and what is behind it. */
export function application(login) {
    const app = express();
    app.disable('x-powered-by');
    app.use(express.urlencoded({ extended: false, limit: '8kb' }));
    app.use((request, response, next) => {
        response.set(HEADERS);
        request.cookies = cookiesOf(request.headers.cookie);
        next();
    });

    // Behind the sign-in: every request asks where the session stands.
    const signedIn = async (request, response, next) => {
        request.person = await login.person(request.cookies);
        if (request.person === null) {
            response.redirect(303, '/login');
        } else {
            next();
        }
    };
    app.get('/api/me', signedIn, (request, response) => {
        response.json({ name: request.person.name });
    });

    app.use(async (request, response) => {
        const { method, path, body, cookies } = request;
        const reply = await login.answer(method, path, body ?? {}, cookies);
        for (const [name, value, { maxAge, ...options }] of reply.cookies) {
            response.cookie(name, value, { ...options, ...(maxAge === undefined ? {} : { maxAge: maxAge * 1000 }) });
        }
        if (reply.location !== undefined) {
            response.redirect(reply.status, reply.location);
        } else {
            response.status(reply.status).type('html').send(reply.body);
        }
    });
    // Whatever else goes wrong is a page without a word of what it was.
    app.use((error, request, response, _next) => {
        console.error(request.method, request.path, error.code ?? error.name);
        response.status(error.status ?? 500).type('html').send('Something went wrong.');
    });
    return app;
}

function cookiesOf(header = '') {
    return Object.fromEntries(
        header.split(/; */).map((pair) => {
            const place = pair.indexOf('=');
            return [pair.slice(0, Math.max(place, 0)), pair.slice(place + 1)];
        }),
    );
}

if (import.meta.url === pathToFileURL(process.argv[1] ?? '').href) {
    const people = new People();
    await people.add('anna', 'correct horse');
    const engine = await openEngine();
    const login = new Login({ mfa: engine.tenant('library'), people, sessions: new Sessions() });
    application(login).listen(3000, 'localhost', () => console.log('http://localhost:3000'));
}

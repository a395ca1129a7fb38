// Shows: a sign-in with a second factor in Fastify. Run it: `npm install` here and in `../node-login`, then
// `node server.mjs`; anna's password is `correct horse`. Cookies are for TLS alone, which browsers take `http://localhost`
// for.
import { pathToFileURL } from 'node:url';

import cookie from '@fastify/cookie';
import formbody from '@fastify/formbody';
import Fastify from 'fastify';

import { openEngine } from '../node-login/engine.mjs';
import { HEADERS, Login } from '../node-login/login.mjs';
import { People, Sessions } from '../node-login/people.mjs';

/** The application: the pages of the sign-in, and what is behind it. */
export async function application(login) {
    const app = Fastify({ bodyLimit: 8192 });
    await app.register(cookie);
    await app.register(formbody);
    app.decorateRequest('person', null);
    app.addHook('onRequest', async (_request, reply) => {
        reply.headers(HEADERS);
    });

    // Behind the sign-in: every request asks where the session stands.
    const signedIn = async (request, reply) => {
        request.person = await login.person(request.cookies);
        if (request.person === null) {
            await reply.redirect('/login', 303);
        }
    };
    app.get('/api/me', { preHandler: signedIn }, async (request) => ({ name: request.person.name }));

    app.route({
        method: ['GET', 'POST'],
        url: '/*',
        handler: async (request, reply) => {
            const { pathname } = new URL(request.url, 'http://localhost');
            const answer = await login.answer(request.method, pathname, request.body ?? {}, request.cookies);
            for (const [name, value, options] of answer.cookies) {
                reply.setCookie(name, value, options);
            }
            if (answer.location !== undefined) {
                return reply.redirect(answer.location, answer.status);
            }
            return reply.code(answer.status).type('text/html; charset=utf-8').send(answer.body);
        },
    });
    // Whatever else goes wrong is a page without a word of what it was.
    app.setErrorHandler((error, request, reply) => {
        console.error(request.method, request.url, error.code ?? error.name);
        return reply.code(error.statusCode ?? 500).type('text/html').send('Something went wrong.');
    });
    return app;
}

if (import.meta.url === pathToFileURL(process.argv[1] ?? '').href) {
    const people = new People();
    await people.add('anna', 'correct horse');
    const engine = await openEngine();
    const login = new Login({ mfa: engine.tenant('library'), people, sessions: new Sessions() });
    const app = await application(login);
    await app.listen({ port: 3000, host: 'localhost' });
    console.log('http://localhost:3000');
}

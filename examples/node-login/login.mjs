// A sign-in with a second factor, whatever the web framework: a request comes in as plain values, a reply goes out as
// plain values. `examples/node-express` and `examples/node-fastify` put it behind theirs.
import { randomBytes, timingSafeEqual } from 'node:crypto';
import { setTimeout as until } from 'node:timers/promises';

import { MfaError, accountText } from 'mfakit';

import * as pages from './pages.mjs';

/** The cookies, with what a browser is told of them. */
export const COOKIE = { httpOnly: true, secure: true, sameSite: 'lax', path: '/' };
const SESSION = '__Host-session';
const DEVICE = '__Host-device';
const DEVICE_DAYS = 30;

/** When a password is answered, in milliseconds after it came: as late for a name that nobody has. */
const PACE = 250;

export class Login {
    #mfa;
    #people;
    #sessions;

    constructor({ mfa, people, sessions }) {
        this.#mfa = mfa;
        this.#people = people;
        this.#sessions = sessions;
    }

    /** Answers a request: `form` and `cookies` are what the browser sent, and can be anything. */
    async answer(method, path, form, cookies) {
        const id = cookies[SESSION];
        const session = this.#sessions.get(id);
        try {
            if (method === 'GET') {
                return await this.#show(path, session);
            }
            if (path === '/login') {
                return await this.#password(form, cookies);
            }
            if (session === undefined || !sameText(form.form, session.formToken)) {
                return redirect('/login');
            }
            return await this.#step(path, form, id, session);
        } catch (error) {
            if (!(error instanceof MfaError)) {
                throw error;
            }
            // There is no answer, so nobody is in. The code is for your log; the person is told to try later.
            return page(503, pages.problem('Please try again in a moment.'));
        }
    }

    /** Who is signed in, or `null`: for every request that opens something. */
    async person(cookies) {
        const session = this.#sessions.get(cookies[SESSION]);
        if (session?.assertion === undefined) {
            return null;
        }
        const { binding } = session;
        const standing = await this.#mfa.checkAssertion(session.assertion, { binding });
        return standing.kind === 'current' ? this.#people.named(accountText(standing.account)) : null;
    }

    async #show(path, session) {
        switch (path) {
            case '/login':
                return page(200, pages.login());
            case '/code':
                return session?.backupCodesLeft === undefined
                    ? redirect('/login')
                    : page(200, pages.code(session));
            case '/setup':
                return session?.ticket === undefined ? redirect('/login') : this.#pending(session);
            case '/': {
                const person = await this.person({ [SESSION]: session?.id });
                return person === null ? redirect('/login') : page(200, pages.home(person, session));
            }
            default:
                return page(404, pages.problem('There is no such page.'));
        }
    }

    async #password({ name, password }, cookies) {
        const came = Date.now();
        const [given, typed] = [String(name ?? ''), String(password ?? '')];
        const person = this.#people.find(given);
        const gate = person === undefined ? null : await this.#mfa.beginPassword(person.id);
        if (gate === null) {
            await this.#mfa.beginDecoy();
        }
        // While the gate is locked the password is not looked at; what is hashed then is nobody's.
        const asked = gate?.kind === 'proceed' ? person : undefined;
        const right = await this.#people.isRight(asked, typed);
        await until(Math.max(0, came + PACE - Date.now()));
        if (!right) {
            return page(401, pages.login('Name or password is wrong, or tried too often.'));
        }
        // Drawn here and kept: tickets and assertions of this sign-in are good in no other session.
        const binding = randomBytes(16);
        const decision = await this.#mfa.signIn(gate.attempt, { binding, device: cookies[DEVICE] });
        const before = cookies[SESSION];
        switch (decision.kind) {
            case 'allowed':
                return this.#risen(before, { assertion: decision.assertion, binding }, '/');
            case 'challenge': {
                const { ticket, backupCodesLeft } = decision;
                return this.#risen(before, { ticket, backupCodesLeft, binding }, '/code');
            }
            case 'setup':
                return this.#risen(before, { ticket: decision.ticket, name: person.name, binding }, '/setup');
            case 'locked':
                return page(403, pages.problem(lockText(decision)));
        }
    }

    async #step(path, form, id, session) {
        switch (path) {
            case '/code':
                return this.#code(form, id, session);
            case '/setup':
                return this.#confirm(form, id, session);
            case '/stored': {
                const { assertion, binding } = session;
                await this.#mfa.acknowledgeBackupCodes(assertion, { binding });
                return redirect('/');
            }
            case '/logout':
                this.#sessions.end(id);
                return { ...redirect('/login'), cookies: [[SESSION, '', { ...COOKIE, maxAge: 0 }]] };
            default:
                return page(404, pages.problem('There is no such page.'));
        }
    }

    async #code(form, id, session) {
        const { ticket, binding } = session;
        const remember = form.remember === 'yes' ? { remember: 'Browser' } : {};
        const answer = await this.#mfa.verify(ticket, form.code, { binding, ...remember });
        switch (answer.kind) {
            case 'verified': {
                const { assertion, device, newBackupCodes } = answer;
                const reply = this.#risen(id, { assertion, binding }, '/', newBackupCodes);
                if (device !== null) {
                    const maxAge = DEVICE_DAYS * 86_400;
                    reply.cookies.push([DEVICE, device, { ...COOKIE, maxAge }]);
                }
                return reply;
            }
            case 'mismatch':
                return page(401, pages.code(session, `That is not right; ${answer.attemptsLeft} tries are left.`));
            case 'replayed':
                return page(401, pages.code(session, 'This code was used. Wait for the next one.'));
            case 'declined':
                return page(401, pages.code(session, 'Please use a backup code.'));
            case 'locked':
                return page(403, pages.problem(lockText(answer)));
            case 'void':
                return redirect('/login');
        }
    }

    /** The setup, which is the same each time the page is loaded. */
    async #pending(session, message) {
        const { ticket, binding, name } = session;
        const names = { accountName: name, label: 'Authenticator app' };
        const setup = await this.#mfa.beginSetup(ticket, names, { binding });
        switch (setup.kind) {
            case 'pending':
                return page(message === undefined ? 200 : 401, pages.setup(session, setup, message));
            case 'locked':
                return page(403, pages.problem(lockText(setup)));
            default:
                return redirect('/login');
        }
    }

    async #confirm(form, id, session) {
        const { ticket, binding } = session;
        const answer = await this.#mfa.confirmSetup(ticket, form.code, { binding });
        switch (answer.kind) {
            case 'confirmed':
                return this.#risen(id, { assertion: answer.assertion, binding }, '/', answer.backupCodes);
            case 'mismatch':
                return this.#pending(session, 'That is not right.');
            case 'no_pending_setup':
                return this.#pending(session, 'The setup has ended; scan the new code.');
            case 'locked':
                return page(403, pages.problem(lockText(answer)));
            case 'void':
                return redirect('/login');
        }
    }

    /** Goes on in a session with a fresh id; backup codes are shown first, this once. */
    #risen(before, content, path, codes = null) {
        const id = this.#sessions.rise(before, content);
        const session = this.#sessions.get(id);
        session.id = id;
        const reply = codes === null ? redirect(path) : page(200, pages.backupCodes(session, codes));
        return { ...reply, cookies: [[SESSION, id, COOKIE]] };
    }
}

const lockText = ({ until: end }) =>
    end === null ? 'Your account is locked. Ask an administrator.' : `Your account is locked until ${end.toISOString()}.`;

const page = (status, body) => ({ status, body, cookies: [] });
const redirect = (location) => ({ status: 303, location, body: '', cookies: [] });

/** What every reply carries: pages with secrets are neither kept nor framed, and run no script. */
export const HEADERS = {
    'cache-control': 'no-store',
    'content-security-policy': "default-src 'none'; style-src 'unsafe-inline'; form-action 'self'; frame-ancestors 'none'",
    'referrer-policy': 'no-referrer',
    'x-content-type-options': 'nosniff',
};

function sameText(given, kept) {
    const [a, b] = [Buffer.from(String(given ?? '')), Buffer.from(kept)];
    return a.length === b.length && timingSafeEqual(a, b);
}

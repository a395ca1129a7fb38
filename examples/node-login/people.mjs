// The people of the application, their passwords and their sessions. All of it in memory: yours is in your database.
import { randomBytes, randomUUID, scrypt, timingSafeEqual } from 'node:crypto';
import { promisify } from 'node:util';

const hash = promisify(scrypt);

/** The people, by login name. */
export class People {
    #byName = new Map();

    /** Adds a person. The id names the account, never changes, and is never given twice. */
    async add(name, password) {
        const salt = randomBytes(16);
        const key = await hash(password, salt, 32, COST);
        this.#byName.set(name, { id: randomUUID(), name, salt, key });
    }

    find(name) {
        return this.#byName.get(name);
    }

    named(id) {
        return [...this.#byName.values()].find((person) => person.id === id);
    }

    /** Whether the password is right. For a name that nobody has it takes as long. */
    async isRight(person, password) {
        const { salt, key } = person ?? NOBODY;
        const typed = await hash(password, salt, 32, COST);
        return timingSafeEqual(typed, key) && person !== undefined;
    }
}

const COST = { N: 2 ** 14, r: 8, p: 1 };
const NOBODY = { salt: randomBytes(16), key: randomBytes(32) };

/** Sessions, by a random id in a cookie. */
export class Sessions {
    #byId = new Map();

    get(id) {
        return typeof id === 'string' ? this.#byId.get(id) : undefined;
    }

    /**
     * Gives a session a fresh id, whenever it rises: one that somebody planted before is good for nothing after it. What
     * tickets and assertions are bound to is drawn at the password, and stays.
     */
    rise(from, content) {
        this.#byId.delete(from);
        const id = randomBytes(32).toString('base64url');
        this.#byId.set(id, { formToken: randomBytes(32).toString('base64url'), ...content });
        return id;
    }

    end(id) {
        this.#byId.delete(id);
    }
}

// The engine of the examples: a SQLite file with its keyring, and one organization.
import { Engine, Keyring, Policy } from 'mfakit';

/** Opens what is there, and makes what is not. */
export async function openEngine({ store = 'sqlite:mfakit.db', keyring = 'mfakit.keyring', ...how } = {}) {
    const engine = await Engine.open({
        store,
        keyring: typeof keyring === 'string' ? await Keyring.openOrCreate(keyring) : keyring,
        migrate: true,
        ...how,
    });
    const policy = Policy.create({ issuer: 'Seaside Library', settings: { rememberedDeviceDays: 30 } });
    await engine.createTenant('library', policy, { actor: 'deployment', reason: 'first start' });
    return engine;
}

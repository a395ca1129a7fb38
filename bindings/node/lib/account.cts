import { invalidType, invalidValue } from './errors.cjs';

/**
 * The id of an account as a text, where the host names accounts by texts.
 *
 * @throws `TypeError` if the bytes are no UTF-8, as those of an id that is no text.
 */
export function accountText(account: Uint8Array): string {
    if (!(account instanceof Uint8Array)) {
        throw invalidType('account', 'a Uint8Array', account);
    }
    try {
        return new TextDecoder('utf-8', { fatal: true, ignoreBOM: true }).decode(account);
    } catch {
        throw invalidValue('account', 'its bytes are no UTF-8');
    }
}

/**
 * The id of an account as a text, where the host names accounts by texts.
 *
 * @throws `TypeError` if the bytes are no UTF-8, as those of an id that is no text.
 */
export declare function accountText(account: Uint8Array): string;

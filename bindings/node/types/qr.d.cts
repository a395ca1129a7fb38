import { inspect } from 'node:util';
/** How much of a QR code can be damaged and still be read. */
export type ErrorCorrection = 'low' | 'medium' | 'quartile' | 'high';
/**
 * A QR code (ISO/IEC 18004), made here and nowhere else: no network, no image library.
 *
 * What it shows can be a secret, so its JSON and what `console.log` shows of it are redacted.
 */
export declare class QrCode {
    #private;
    /**
     * The QR code of a text, such as a key URI.
     *
     * @throws `RangeError` if no QR code holds so long a text.
     */
    constructor(content: string, how?: {
        readonly errorCorrection?: ErrorCorrection;
    });
    /** Modules on a side, without the quiet zone. */
    get size(): number;
    /** An SVG image with its quiet zone, in black on white; with a title, for readers of the screen, if there is one. */
    toSvg(how?: {
        readonly title?: string;
    }): string;
    /** A PNG image with its quiet zone, each module 1 to 32 pixels wide, 8 unless given. */
    toPng(how?: {
        readonly modulePixels?: number;
    }): Uint8Array;
    /** Text for a terminal. */
    toTerminal(): string;
    toString(): string;
    toJSON(): string;
    /** What `console.log` shows. */
    [inspect.custom](): string;
}

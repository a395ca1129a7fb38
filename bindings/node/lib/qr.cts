import { inspect } from 'node:util';

import { oneOf, options, text, whole } from './arguments.cjs';
import { converting } from './errors.cjs';
import { type NativeQr, native } from './native.cjs';

/** How much of a QR code can be damaged and still be read. */
export type ErrorCorrection = 'low' | 'medium' | 'quartile' | 'high';

/**
 * A QR code (ISO/IEC 18004), made here and nowhere else: no network, no image library.
 *
 * What it shows can be a secret, so its JSON and what `console.log` shows of it are redacted.
 */
export class QrCode {
    readonly #code: NativeQr;

    /**
     * The QR code of a text, such as a key URI.
     *
     * @throws `RangeError` if no QR code holds so long a text.
     */
    constructor(content: string, how?: { readonly errorCorrection?: ErrorCorrection }) {
        const { errorCorrection } = options('how', how);
        const level = LEVELS.indexOf(oneOf('errorCorrection', LEVELS, errorCorrection ?? 'medium'));
        const checked = text('content', content);
        this.#code = converting(() => new native.NativeQr(checked, level));
    }

    /** Modules on a side, without the quiet zone. */
    get size(): number {
        return this.#code.size();
    }

    /** An SVG image with its quiet zone, in black on white; with a title, for readers of the screen, if there is one. */
    toSvg(how?: { readonly title?: string }): string {
        const { title } = options('how', how);
        return this.#code.svg(title === undefined ? null : text('title', title));
    }

    /** A PNG image with its quiet zone, each module 1 to 32 pixels wide, 8 unless given. */
    toPng(how?: { readonly modulePixels?: number }): Uint8Array {
        const { modulePixels } = options('how', how);
        const pixels = modulePixels === undefined ? 8 : whole('modulePixels', modulePixels);
        return converting(() => this.#code.png(pixels));
    }

    /** Text for a terminal. */
    toTerminal(): string {
        return this.#code.terminal();
    }

    toString(): string {
        return 'QrCode(..)';
    }

    toJSON(): string {
        return 'QrCode(..)';
    }

    /** What `console.log` shows. */
    [inspect.custom](): string {
        return 'QrCode(..)';
    }
}

const LEVELS = ['low', 'medium', 'quartile', 'high'] as const;

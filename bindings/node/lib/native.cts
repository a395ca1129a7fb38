// The native module: what it exports, and finding it.

/** A shared secret on the other side. */
export interface NativeSecret {
    bytes(): Uint8Array;
    base32(): string;
    isWeak(): boolean;
    length(): number;
}

/** An authenticator that goes by time, keyed and ready. */
export interface NativeTotp {
    generate(at: number): string | null;
    verify(typed: string, at: number, window: number, after: number): number;
    resynchronize(first: string, second: string, at: number, window: number, after: number): number;
    remainingSeconds(at: number): number;
    secondsUntilFresh(at: number, after: number): number;
    parameters(): number;
    secret(): NativeSecret;
}

/** An authenticator that counts, keyed and ready. */
export interface NativeHotp {
    generate(counter: bigint): string;
    verify(typed: string, next: bigint, lookAhead: number): bigint | null;
    resynchronize(first: string, second: string, next: bigint, window: number): bigint | null;
    parameters(): number;
    secret(): NativeSecret;
}

/** A key URI, read or built. */
export interface NativeUri {
    describe(): string;
    text(): string;
    secret(): NativeSecret;
    totp(): NativeTotp;
    hotp(): NativeHotp;
}

/** What one QR code of an export holds. */
export interface NativeMigration {
    describe(): string;
    take(place: number): NativeUri | null;
}

/** A QR code. */
export interface NativeQr {
    size(): number;
    svg(title: string | null): string;
    png(pixels: number): Uint8Array;
    terminal(): string;
}

/** What this thread has open on the other side: calls go in one by one, answers come out in batches. */
export interface NativePort {
    call(
        call: number,
        canBeAborted: boolean,
        engine: number,
        tenant: string,
        request: string,
        secret?: NativeSecret,
    ): void;
    begin(call: number, canBeAborted: boolean, request: string): void;
    abort(call: number): void;
    release(held: number): void;
    close(call: number, held: number): void;
    open(): number;
    answer(question: number, answer: string | null, failure: string | null): void;
    keyring(text: string | null): string;
    keyringText(held: number): string;
    changeKeyring(held: number, act: number, key: number): string;
    policy(wish: string): string;
    settings(): string;
    clock(at: number): number;
    setClock(held: number, at: number): void;
    unusedFrom(held: number, key: number, replaced: number): number | null;
    dangerReplaceKeyring(engine: number, keyring: number): void;
    cases(): string[];
    runCase(call: number, name: string, script: number, again: number | null): void;
}

/** The native module. */
export interface Native {
    Port: new (receive: (batch: string) => void) => NativePort;
    NativeSecret: {
        generate(algorithm: number): NativeSecret;
        fromBytes(bytes: Uint8Array): NativeSecret;
        fromBase32(text: string): NativeSecret;
    };
    NativeTotp: new (secret: NativeSecret, parameters: number) => NativeTotp;
    NativeHotp: new (secret: NativeSecret, parameters: number) => NativeHotp;
    NativeUri: {
        parse(text: string): NativeUri;
        ofTotp(issuer: string, account: string, totp: NativeTotp, defaults: boolean): NativeUri;
        ofHotp(
            issuer: string,
            account: string,
            hotp: NativeHotp,
            counter: bigint,
            defaults: boolean,
        ): NativeUri;
    };
    NativeMigration: { parse(text: string): NativeMigration };
    NativeQr: new (text: string, level: number) => NativeQr;
    verifyTotp(
        secret: NativeSecret,
        parameters: number,
        typed: string,
        at: number,
        window: number,
        after: number,
    ): number;
    verifyTotpBase32(
        secret: string,
        parameters: number,
        typed: string,
        at: number,
        window: number,
        after: number,
    ): number;
}

/** The platform this process runs on, as the packages with the native module are named. */
export function platform(): string {
    const parts = [process.platform as string, process.arch as string];
    if (process.platform === 'linux') {
        // A report of Node says which C library it runs on; its other parts, which take long, are not asked for.
        const report = process.report as { excludeNetwork?: boolean; getReport(): object };
        report.excludeNetwork = true;
        const { header } = report.getReport() as { header: { glibcVersionRuntime?: string } };
        parts.push(header.glibcVersionRuntime === undefined ? 'musl' : 'gnu');
    }
    return parts.join('-');
}

function load(): Native {
    const name = `@mfakit/${platform()}`;
    try {
        return require(name) as Native;
    } catch (cause) {
        const missing = (cause as { code?: unknown }).code === 'MODULE_NOT_FOUND';
        const error = new Error(
            missing
                ? `the package ${name} is missing, which holds the native module of mfakit for this platform. ` +
                      'It is an optional dependency of mfakit: install without `--omit=optional`, on the ' +
                      'platform that runs it, and keep it out of bundles'
                : `the native module in the package ${name} does not load`,
            { cause },
        );
        throw Object.assign(error, { code: 'ERR_MFA_NATIVE_MISSING' });
    }
}

export const native: Native = load();

/**
 * Multi-factor authentication: one-time passwords, backup codes, and the whole life of a second factor.
 *
 * @packageDocumentation
 */

export type { Algorithm, BytesLike, TimeLike } from './arguments.cjs';
export { type MfaErrorCode, type MfaErrorKind, type StoreErrorReason } from './errors.cjs';
export { MfaError, StoreError, mfaErrorCodes } from './errors.cjs';
export { Secret } from './secret.cjs';
export { Totp } from './totp.cjs';
export type { TotpMatch, TotpParameters, TotpVerifyOptions, Window } from './totp.cjs';
export { Hotp } from './hotp.cjs';
export type { HotpMatch, HotpParameters } from './hotp.cjs';
export { OtpAuthUri, parseMigration } from './uri.cjs';
export type { MigrationExport, UnreadEntry } from './uri.cjs';
export { QrCode } from './qr.cjs';
export type { ErrorCorrection } from './qr.cjs';
export { BackupCodes } from './backup.cjs';
export { Keyring } from './keyring.cjs';
export { Policy } from './policy.cjs';
export type { PolicySettings, PolicyWishes, Profile, Requirement } from './policy.cjs';
export { Engine, ManualClock } from './engine.cjs';
export type { EngineOptions } from './engine.cjs';
export { PasswordAttempt, RotationCursor, Tenant } from './tenant.cjs';
export type { CallOptions, SessionOptions, SignInOptions } from './tenant.cjs';
export { Admin } from './admin.cjs';
export type { AuditSubject, By, ListOptions, TokenParameters } from './admin.cjs';
export { KeyUsage } from './usage.cjs';
export { accountText } from './account.cjs';
export type * from './answers.cjs';
export type {
    Commit,
    DocumentKey,
    DocumentKind,
    EventQuery,
    IndexValues,
    ScanQuery,
    ScanRow,
    SealedEvent,
    Store,
    StoredDocument,
    StoredEvent,
    Write,
} from './store.cjs';

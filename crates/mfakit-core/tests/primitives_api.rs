//! What every type of the primitives is, and what it must never be.

use mfakit_core::{
    Accepted, AcceptedCounter, Algorithm, Base32Decoded, Base32Error, Base32Notes, Code,
    CodeShapeError, Counter, Digits, Hotp, LookAhead, OtpAuthUri, Period, Resynchronized, Secret,
    SecretError, TimeStep, Totp, TotpParameters, VerifyError, Window,
};

#[test]
fn public_types_are_send_and_sync() {
    fn is<T: Send + Sync + Unpin + 'static>() {}
    is::<Accepted>();
    is::<AcceptedCounter>();
    is::<Algorithm>();
    is::<Base32Decoded>();
    is::<Base32Error>();
    is::<Base32Notes>();
    is::<Code>();
    is::<CodeShapeError>();
    is::<Counter>();
    is::<Digits>();
    is::<Hotp>();
    is::<LookAhead>();
    is::<OtpAuthUri>();
    is::<Period>();
    is::<Resynchronized>();
    is::<Secret>();
    is::<SecretError>();
    is::<TimeStep>();
    is::<Totp>();
    is::<TotpParameters>();
    is::<VerifyError>();
    is::<Window>();
    #[cfg(feature = "qr")]
    is::<mfakit_core::QrCode>();
}

/// Fails to compile if `$type` implements one of the traits: the call would then be ambiguous.
macro_rules! assert_not_implemented {
    ($type:ty: $($trait:path),+) => {$({
        trait AmbiguousIfImplemented<A> {
            fn probe() {}
        }
        impl<T: ?Sized> AmbiguousIfImplemented<()> for T {}
        struct Implemented;
        impl<T: ?Sized + $trait> AmbiguousIfImplemented<Implemented> for T {}
        <$type as AmbiguousIfImplemented<_>>::probe();
    })+};
}

#[test]
fn a28_secrets_are_neither_shown_nor_compared_nor_copied() {
    assert_not_implemented!(Secret: Clone, PartialEq, core::fmt::Display);
    assert_not_implemented!(Code: Clone, PartialEq, core::fmt::Display);
    assert_not_implemented!(Totp: Clone, PartialEq, core::fmt::Display);
    assert_not_implemented!(Hotp: Clone, PartialEq, core::fmt::Display);
    assert_not_implemented!(OtpAuthUri: Clone, PartialEq, core::fmt::Display);
    assert_not_implemented!(Base32Decoded: Clone, PartialEq, core::fmt::Display);
}

#[cfg(feature = "serde")]
#[test]
fn a28_nothing_secret_is_serialized() {
    use mfakit_core::{
        Assertion, BackupCode, BackupCodes, DeviceToken, Keyring, PendingSetup, Ticket,
    };
    use serde::{Deserialize, Serialize};
    assert_not_implemented!(Secret: Serialize, Deserialize<'static>);
    assert_not_implemented!(Code: Serialize, Deserialize<'static>);
    assert_not_implemented!(Totp: Serialize, Deserialize<'static>);
    assert_not_implemented!(Hotp: Serialize, Deserialize<'static>);
    assert_not_implemented!(OtpAuthUri: Serialize, Deserialize<'static>);
    assert_not_implemented!(Base32Decoded: Serialize, Deserialize<'static>);
    assert_not_implemented!(BackupCode: Serialize, Deserialize<'static>);
    assert_not_implemented!(BackupCodes: Serialize, Deserialize<'static>);
    assert_not_implemented!(Keyring: Serialize, Deserialize<'static>);
    assert_not_implemented!(PendingSetup: Serialize, Deserialize<'static>);
    assert_not_implemented!(Ticket: Serialize, Deserialize<'static>);
    assert_not_implemented!(Assertion: Serialize, Deserialize<'static>);
    assert_not_implemented!(DeviceToken: Serialize, Deserialize<'static>);
}

#[test]
fn a1_proofs_of_acceptance_are_not_copied() {
    assert_not_implemented!(Accepted: Clone, Default);
    assert_not_implemented!(AcceptedCounter: Clone, Default);
    assert_not_implemented!(Resynchronized: Clone, Default);
}

//! A setup, from its secret to its first code.

use alloc::string::String;

use zeroize::Zeroizing;

use crate::{
    AccountName, Assertion, BackupCodes, Issuer, Locked, Mismatch, OtpAuthUri, UnixTime, Void,
};

/// The answer to `begin_setup`.
#[derive(Debug)]
#[non_exhaustive]
#[expect(
    clippy::large_enum_variant,
    reason = "it is looked at once and dropped; a box would be one more thing to take apart"
)]
pub enum SetupStart {
    /// A setup waits for its first code.
    Pending(PendingSetup),
    /// The account has as many authenticators as the policy allows.
    TooManyAuthenticators,
    /// The account is locked.
    Locked(Locked),
    /// The ticket or assertion is good for nothing.
    Void(Void),
}

/// A setup that waits for its first code: what the page shows.
///
/// # Security
/// It holds the shared secret; show it and drop it. `Debug` is redacted where it must be.
#[derive(Debug)]
#[non_exhaustive]
pub struct PendingSetup {
    /// The key URI, for the QR code.
    pub uri: OtpAuthUri,
    /// The shared secret in Base32, for typing.
    pub(crate) key: Redacted,
    /// The site's name, as the app will show it.
    pub issuer: Issuer,
    /// The person's name, as the app will show it.
    pub account_name: AccountName,
    /// Wrong codes that remain.
    pub attempts_left: u32,
    /// When the pending setup ends.
    pub expires: UnixTime,
}

impl PendingSetup {
    /// The shared secret in Base32, in groups of four, for typing into an app.
    #[must_use]
    pub fn key(&self) -> Zeroizing<String> {
        let plain = &self.key.0;
        let mut grouped = Zeroizing::new(String::with_capacity(plain.len().saturating_mul(2)));
        for (place, symbol) in plain.chars().enumerate() {
            if place > 0 && place.is_multiple_of(4) {
                grouped.push(' ');
            }
            grouped.push(symbol);
        }
        grouped
    }

    /// The QR code of the key URI, made here and nowhere else.
    ///
    /// # Errors
    /// [`QrError`](crate::QrError) if the names are so long that the URI fits no QR code.
    #[cfg(feature = "qr")]
    pub fn qr(&self) -> Result<crate::QrCode, crate::QrError> {
        crate::QrCode::encode(&self.uri.to_uri(), crate::ErrorCorrection::Medium)
    }
}

/// A text that `Debug` does not show.
pub(crate) struct Redacted(pub(crate) Zeroizing<String>);

impl core::fmt::Debug for Redacted {
    fn fmt(&self, f: &mut core::fmt::Formatter<'_>) -> core::fmt::Result {
        f.write_str("(..)")
    }
}

/// The answer to `confirm_setup`.
#[derive(Debug)]
#[non_exhaustive]
pub enum Confirmation {
    /// The authenticator is bound, and the person is in.
    Confirmed(Confirmed),
    /// The code is wrong.
    Mismatch(Mismatch),
    /// There is no setup of this ticket to confirm: it was not begun, has ended, or died of wrong codes.
    NoPendingSetup,
    /// The account is locked.
    Locked(Locked),
    /// The ticket or assertion is good for nothing.
    Void(Void),
}

/// A setup that is done.
#[derive(Debug)]
#[non_exhaustive]
pub struct Confirmed {
    /// The proof, for the session; assertions from before are void.
    pub assertion: Assertion,
    /// The backup codes, shown this once; none if the account has acknowledged ones already.
    pub backup_codes: Option<BackupCodes>,
}

//! Shared secrets.

use getrandom::SysRng;
use mfakit::{Algorithm, Secret, Strength};
use napi::bindgen_prelude::Uint8Array;
use napi_derive::napi;
use zeroize::Zeroize as _;

use crate::failure::Failure;

/// A shared secret; it is wiped when JavaScript drops it.
#[napi]
pub struct NativeSecret {
    secret: Secret,
}

#[napi]
impl NativeSecret {
    /// A fresh secret as long as the hash with this number.
    ///
    /// # Errors
    /// If the operating system has no randomness to give.
    #[napi(factory, catch_unwind)]
    pub fn generate(algorithm: u32) -> napi::Result<Self> {
        let algorithm = algorithm_of(algorithm)?;
        let secret = Secret::generate(algorithm, &mut SysRng).map_err(|_| Failure::randomness())?;
        Ok(Self { secret })
    }

    /// The secret with these bytes.
    ///
    /// # Errors
    /// If they are too few or too many.
    #[napi(factory, catch_unwind)]
    pub fn from_bytes(bytes: Uint8Array) -> napi::Result<Self> {
        let secret = Secret::import(&bytes).map_err(|error| Failure::text("secret", &error))?;
        Ok(Self { secret })
    }

    /// The secret written like this.
    ///
    /// # Errors
    /// If it is no Base32, or too short or too long.
    #[napi(factory, catch_unwind)]
    pub fn from_base32(mut text: String) -> napi::Result<Self> {
        let secret = Secret::from_base32(&text);
        text.zeroize();
        let secret = secret.map_err(|error| Failure::text("secret", &error))?;
        Ok(Self { secret })
    }

    /// A copy of the bytes.
    #[napi(catch_unwind)]
    #[must_use]
    pub fn bytes(&self) -> Uint8Array {
        Uint8Array::from(self.secret.expose_secret())
    }

    /// The bytes in Base32.
    #[napi(catch_unwind)]
    #[must_use]
    pub fn base32(&self) -> String {
        self.secret.to_base32().to_string()
    }

    /// Whether it is shorter than a secret should be.
    #[napi(catch_unwind)]
    #[must_use]
    pub fn is_weak(&self) -> bool {
        self.secret.strength() == Strength::Weak
    }

    /// How many bytes it has.
    #[napi(catch_unwind)]
    #[must_use]
    pub fn length(&self) -> u32 {
        u32::try_from(self.secret.expose_secret().len()).unwrap_or(u32::MAX)
    }
}

impl NativeSecret {
    pub(crate) const fn new(secret: Secret) -> Self {
        Self { secret }
    }

    pub(crate) const fn secret(&self) -> &Secret {
        &self.secret
    }
}

/// The hash with this number: 1 is SHA-1, 2 is SHA-256, 3 is SHA-512.
pub(crate) fn algorithm_of(number: u32) -> Result<Algorithm, Failure> {
    let number = u8::try_from(number).ok();
    number
        .and_then(Algorithm::from_number)
        .ok_or_else(|| Failure::value("algorithm", "one of SHA1, SHA256, SHA512"))
}

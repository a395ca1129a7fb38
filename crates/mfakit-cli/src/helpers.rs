//! Commands that need no store.

pub(crate) mod migrate;
pub(crate) mod otp;
pub(crate) mod qr;
pub(crate) mod uri;

//! Activation codes: issued and made void by an administrator, redeemed once by whoever installs a service.

mod issue;
mod redeem;
mod repair;
mod status;

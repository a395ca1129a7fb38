//! The native half of the Node package `mfakit`: conversion between JavaScript and the crate `mfakit`, and no rule.
//!
//! Calls of the engine cross as text. JavaScript names an operation with its arguments ([`request`]), it runs on
//! threads of its own ([`call`]), and the answer comes back with whatever else is due by then, in one text for all of
//! it ([`port`]): that is several times cheaper than an object and a thread-safe function for each call. One-time
//! passwords are plain synchronous functions ([`otp`]).
//!
//! Every function that JavaScript can call catches panics (`catch_unwind`), and a call that panics on its way ends
//! with `ERR_MFA_INTERNAL`.

#![expect(
    missing_debug_implementations,
    unnameable_types,
    unreachable_pub,
    reason = "no Rust program links this; what JavaScript can name has to be `pub`"
)]

extern crate alloc;

mod admin;
mod answer;
mod call;
mod failure;
mod held;
mod json;
mod keyring;
mod otp;
mod policy;
mod port;
mod request;
mod secret;
mod store;
#[cfg(feature = "testkit")]
mod testkit;
mod text;
mod uri;

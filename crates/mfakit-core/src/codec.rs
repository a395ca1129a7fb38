//! How our own types stand in CBOR (RFC 8949): one module per type, used by `#[cbor(with = "...")]`.
//!
//! The types themselves implement nothing of the CBOR crate, so that no secret can be encoded by
//! accident and the crate stays out of our public interface.

use minicbor::{Decoder, Encoder, decode, encode};

use crate::{
    Actor, Algorithm, CommitId, Digits, Issuer, Label, Period, Profile, Reason, Requirement,
    Secret, TimeStep, UnixTime,
};

/// A module for the type, and one (`opt_*`) for an optional field of the type.
macro_rules! codec {
    ($($module:ident $opt:ident: $type:ty, $wire:ident, |$value:ident| $to:expr, |$raw:ident| $from:expr;)*) => {$(
        pub(crate) mod $module {
            use super::*;

            pub(crate) fn encode<C, W: encode::Write>(
                $value: &$type,
                e: &mut Encoder<W>,
                _: &mut C,
            ) -> Result<(), encode::Error<W::Error>> {
                e.$wire($to)?.ok()
            }

            pub(crate) fn decode<C>(d: &mut Decoder<'_>, _: &mut C) -> Result<$type, decode::Error> {
                let $raw = d.$wire()?;
                $from.ok_or_else(|| decode::Error::message(concat!("not a ", stringify!($type))))
            }
        }

        #[allow(dead_code, reason = "not every type has an optional field")]
        pub(crate) mod $opt {
            use super::*;

            pub(crate) fn encode<C, W: encode::Write>(
                value: &Option<$type>,
                e: &mut Encoder<W>,
                ctx: &mut C,
            ) -> Result<(), encode::Error<W::Error>> {
                match value {
                    Some(value) => super::$module::encode(value, e, ctx),
                    None => e.null()?.ok(),
                }
            }

            pub(crate) fn decode<C>(
                d: &mut Decoder<'_>,
                ctx: &mut C,
            ) -> Result<Option<$type>, decode::Error> {
                if d.datatype()? == minicbor::data::Type::Null {
                    d.null()?;
                    return Ok(None);
                }
                super::$module::decode(d, ctx).map(Some)
            }
            pub(crate) const fn nil() -> Option<Option<$type>> {
                Some(None)
            }

            #[expect(clippy::ref_option, reason = "the signature is the CBOR crate's")]
            pub(crate) const fn is_nil(value: &Option<$type>) -> bool {
                value.is_none()
            }
        }
    )*};
}

codec! {
    time opt_time: UnixTime, i64, |v| v.seconds(), |raw| Some(UnixTime::from_seconds(raw));
    step opt_step: TimeStep, u64, |v| v.number(), |raw| Some(TimeStep::new(raw));
    algorithm opt_algorithm: Algorithm, u8, |v| v.number(), |raw| Algorithm::from_number(raw);
    digits opt_digits: Digits, u8, |v| v.get(), |raw| Digits::new(raw).ok();
    period opt_period: Period, u16, |v| v.seconds(), |raw| Period::new(raw).ok();
    requirement opt_requirement: Requirement, u8, |v| v.number(), |raw| Requirement::from_number(raw);
    secret opt_secret: Secret, bytes, |v| v.expose_secret(), |raw| Secret::import(raw).ok();
    commit opt_commit: CommitId, bytes, |v| v.as_bytes(), |raw| raw.try_into().ok().map(CommitId::new);
    label opt_label: Label, str, |v| v.as_str(), |raw| Label::new(raw).ok();
    issuer opt_issuer: Issuer, str, |v| v.as_str(), |raw| Issuer::new(raw).ok();
    actor opt_actor: Actor, str, |v| v.as_str(), |raw| Actor::new(raw).ok();
    reason opt_reason: Reason, str, |v| v.as_str(), |raw| Reason::new(raw).ok();
    profile opt_profile: Profile, u8, |v| v.number(), |raw| Profile::from_number(raw);
}

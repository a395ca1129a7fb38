//! Documents: what a store keeps, opened. Each is a CBOR map with explicit field numbers, sealed whole.
//!
//! A document with a field or a form that this version does not write is refused, never rewritten
//! without it: after decoding, the document is encoded again and must give the same bytes.

pub(crate) mod account;
pub(crate) mod activation;
pub(crate) mod chain;
pub(crate) mod device;
pub(crate) mod exemption;
pub(crate) mod gate;
pub(crate) mod policy;
pub(crate) mod rollout;
pub(crate) mod slot;
pub(crate) mod walk;

use alloc::vec::Vec;
use core::convert::Infallible;

use minicbor::{Decode, Encode};

use crate::{CommitId, UnixTime, codec, document::chain::Chain, random::Random};
use crate::{random::RandomnessError, storage::Write, wiped::Wiped};

/// What every document carries.
#[derive(Encode, Decode)]
#[cbor(map)]
pub(crate) struct Meta {
    /// The chain of the document's events.
    #[n(0)]
    pub(crate) chain: Chain,
    /// The id of the commit that wrote this revision: settles an unclear outcome.
    #[cbor(n(1), with = "codec::commit")]
    pub(crate) commit: CommitId,
    /// The latest time seen by a commit: a clock far behind it is an anomaly.
    #[cbor(n(2), with = "codec::time")]
    pub(crate) seen: UnixTime,
}

impl Meta {
    pub(crate) fn new(now: UnixTime, random: &mut Random<'_>) -> Result<Self, RandomnessError> {
        Ok(Self {
            chain: Chain::new(random)?,
            commit: CommitId::new([0; 16]),
            seen: now,
        })
    }

    /// The same place in time, with a chain that no longer opens what came before.
    pub(crate) fn forget(&self, random: &mut Random<'_>) -> Result<Self, RandomnessError> {
        Ok(Self {
            chain: self.chain.forget(random)?,
            commit: self.commit,
            seen: self.seen,
        })
    }
}

/// A document of one kind.
pub(crate) trait Document: Encode<()> + for<'b> Decode<'b, ()> {
    fn meta(&self) -> &Meta;
    fn meta_mut(&mut self) -> &mut Meta;

    /// Rules between fields that decoding does not check.
    fn is_sound(&mut self) -> bool {
        true
    }
}

/// The plain bytes of a document; `None` if it is too large to store.
pub(crate) fn encode<D: Document>(document: &D) -> Option<Wiped> {
    let mut length = Length(0);
    minicbor::encode(document, &mut length).ok()?;
    // Reserved at once, so that growing leaves no plain copy behind, and no more, since all of it is wiped.
    let mut plain = Wiped::new(Vec::with_capacity(length.0));
    minicbor::encode(document, &mut *plain).ok()?;
    (plain.len() <= Write::MAX_BODY_LEN.saturating_sub(SEALING_OVERHEAD)).then_some(plain)
}

/// The document in these plain bytes; `None` if this version would not have written exactly them.
pub(crate) fn decode<D: Document>(plain: &[u8]) -> Option<D> {
    let mut document: D = minicbor::decode(plain).ok()?;
    let mut again = Same { rest: plain };
    minicbor::encode(&document, &mut again).ok()?;
    (again.rest.is_empty() && document.is_sound()).then_some(document)
}

/// Counts what is written.
struct Length(usize);

impl minicbor::encode::Write for Length {
    type Error = Infallible;

    fn write_all(&mut self, bytes: &[u8]) -> Result<(), Infallible> {
        self.0 = self.0.saturating_add(bytes.len());
        Ok(())
    }
}

/// Takes what is written only if it goes on as the bytes do that were read.
///
/// Not a secret comparison: both sides come from one authentic document.
struct Same<'a> {
    rest: &'a [u8],
}

/// Something else was written.
struct Differs;

impl minicbor::encode::Write for Same<'_> {
    type Error = Differs;

    fn write_all(&mut self, bytes: &[u8]) -> Result<(), Differs> {
        self.rest = self.rest.strip_prefix(bytes).ok_or(Differs)?;
        Ok(())
    }
}

const SEALING_OVERHEAD: usize = 64;

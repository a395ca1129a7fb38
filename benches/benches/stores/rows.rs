//! Rows as they are stored, and fillers that look like them.

use sha2::{Digest as _, Sha256};

/// A document with its events.
pub(crate) struct Row {
    pub(crate) kind: u8,
    pub(crate) id: Vec<u8>,
    pub(crate) revision: u64,
    pub(crate) key_id: u32,
    pub(crate) body: Vec<u8>,
    pub(crate) events: Vec<(u64, Vec<u8>)>,
}

/// Bytes that do not compress, as sealed ones are, made at a gigabyte a second.
pub(crate) struct Noise(pub(crate) u64);

impl Noise {
    pub(crate) fn bytes(&mut self, length: usize) -> Vec<u8> {
        let mut bytes = Vec::with_capacity(length + 8);
        while bytes.len() < length {
            // SplitMix64.
            self.0 = self.0.wrapping_add(0x9e37_79b9_7f4a_7c15);
            let mut z = self.0;
            z = (z ^ (z >> 30)).wrapping_mul(0xbf58_476d_1ce4_e5b9);
            z = (z ^ (z >> 27)).wrapping_mul(0x94d0_49bb_1331_11eb);
            bytes.extend_from_slice(&(z ^ (z >> 31)).to_le_bytes());
        }
        bytes.truncate(length);
        bytes
    }
}

/// The id of an account that lies around: 16 bytes without an order, as a UUID. SQL has it as
/// `substring(sha256(int8send(number)) for 16)`.
pub(crate) fn filler_id(number: u64) -> Vec<u8> {
    Sha256::digest(number.to_be_bytes())[..16].to_vec()
}

//! The one place with HMAC and truncation: a moving factor goes in, a number of 31 bits comes out.
//!
//! HMAC is H(K ^ opad, H(K ^ ipad, text)) (RFC 2104 §2), and text is always the 8-byte counter of RFC 4226 §5.2.
//! So both hashes are two blocks long, and the first block of each depends on the key alone. RFC 2104 §4 suggests
//! to keep the state after it: [`Mac`] does, and each moving factor then costs two block compressions, not four.
//! The compression functions are those of the `sha1` and `sha2` crates; padding, the order of the blocks and the
//! truncation are here, and the tests compare them with the `hmac` crate.
//!
//! Nothing here branches on a secret or uses one as an index.

use core::{hint::black_box, ops::RangeInclusive};

use zeroize::{Zeroize, ZeroizeOnDrop, optimization_barrier};

use crate::{Algorithm, Secret};

/// HMAC under one secret; wiped when dropped.
pub(crate) struct Mac(States);

enum States {
    Sha1(KeyedStates<Sha1>),
    Sha256(KeyedStates<Sha256>),
    Sha512(KeyedStates<Sha512>),
}

/// The states of both hashes after the block that depends on the key alone.
struct KeyedStates<H: BlockHash> {
    inner: H::State,
    outer: H::State,
}

impl Mac {
    /// Keys the HMAC: two compressions, or five if the secret is longer than a block.
    pub(crate) fn new(algorithm: Algorithm, secret: &Secret) -> Self {
        let key = secret.expose_secret();
        Self(match algorithm {
            Algorithm::Sha1 => States::Sha1(KeyedStates::new(key)),
            Algorithm::Sha256 => States::Sha256(KeyedStates::new(key)),
            Algorithm::Sha512 => States::Sha512(KeyedStates::new(key)),
        })
    }

    /// The truncated HMAC of a moving factor, Snum of RFC 4226 §5.3: two compressions.
    pub(crate) fn truncated(&self, moving_factor: u64) -> u32 {
        let [number] = self.side_by_side([moving_factor]);
        number
    }

    /// Visits every moving factor of a range with its truncated HMAC, in order.
    pub(crate) fn for_each(&self, factors: RangeInclusive<u64>, mut visit: impl FnMut(u64, u32)) {
        let (mut next, last) = factors.into_inner();
        while let Some(left) = last.checked_sub(next) {
            // Three are a window of one step either way.
            let after = if left >= 2 {
                let factors = [next, next.saturating_add(1), next.saturating_add(2)];
                for (factor, number) in factors.into_iter().zip(self.side_by_side(factors)) {
                    visit(factor, number);
                }
                next.checked_add(3)
            } else {
                visit(next, self.truncated(next));
                next.checked_add(1)
            };
            let Some(after) = after else {
                break;
            };
            next = after;
        }
    }

    fn side_by_side<const N: usize>(&self, moving_factors: [u64; N]) -> [u32; N] {
        match &self.0 {
            States::Sha1(states) => states.truncated(moving_factors),
            States::Sha256(states) => states.truncated(moving_factors),
            States::Sha512(states) => states.truncated(moving_factors),
        }
    }
}

/// A hash by its compression function (FIPS 180-4 §6).
trait BlockHash {
    type State: Copy;
    type Block: AsMut<[u8]>;

    /// The state before the first block (FIPS 180-4 §5.3).
    const INITIAL: Self::State;
    /// How many bytes the hash has.
    const OUTPUT_LEN: usize;

    /// A block of zeros.
    fn empty_block() -> Self::Block;
    fn compress(state: &mut Self::State, block: &Self::Block);
    /// The hash that a state stands for, written to the first bytes of a block.
    fn write(state: &Self::State, block: &mut Self::Block);
    /// The hash of a whole text, written to the first bytes of a block.
    fn hash(text: &[u8], block: &mut Self::Block);
    /// Bytes 0 to 19 of the hash as big-endian words, and its last byte.
    fn head_and_last(state: &Self::State) -> ([u32; 5], u8);
}

const IPAD: u8 = 0x36;
const OPAD: u8 = 0x5c;

impl<H: BlockHash> KeyedStates<H> {
    fn new(key: &[u8]) -> Self {
        let mut block = H::empty_block();
        // RFC 2104 §2: a key longer than a block is replaced by its hash. The length is no secret.
        match block.as_mut().get_mut(..key.len()) {
            Some(start) => start.copy_from_slice(key),
            None => H::hash(key, &mut block),
        }
        let mut states = Self {
            inner: H::INITIAL,
            outer: H::INITIAL,
        };
        xor(&mut block, IPAD);
        H::compress(&mut states.inner, &block);
        xor(&mut block, IPAD ^ OPAD);
        H::compress(&mut states.outer, &block);
        block = H::empty_block();
        optimization_barrier(&block);
        states
    }

    /// Each of the two hashes is taken for all moving factors before the next begins: compressions that don't wait
    /// for one another overlap in the processor.
    fn truncated<const N: usize>(&self, moving_factors: [u64; N]) -> [u32; N] {
        let blocks = moving_factors.map(|moving_factor| {
            let mut block = last_block::<H>(size_of::<u64>());
            // RFC 4226 §5.2: the counter goes in high-order byte first.
            if let Some(counter) = block.as_mut().first_chunk_mut() {
                *counter = moving_factor.to_be_bytes();
            }
            block
        });
        let mut inner = [self.inner; N];
        for (state, block) in inner.iter_mut().zip(&blocks) {
            H::compress(state, block);
        }

        let blocks = inner.map(|state| {
            let mut block = last_block::<H>(H::OUTPUT_LEN);
            H::write(&state, &mut block);
            block
        });
        let mut outer = [self.outer; N];
        for (state, block) in outer.iter_mut().zip(&blocks) {
            H::compress(state, block);
        }

        let numbers = outer.map(|state| {
            let (head, last) = H::head_and_last(&state);
            dynamic_truncation(head, last)
        });
        // The inner hashes stay unwiped: they give nothing away without the outer state.
        outer = [H::INITIAL; N];
        optimization_barrier(&outer);
        numbers
    }
}

impl<H: BlockHash> Drop for KeyedStates<H> {
    fn drop(&mut self) {
        self.inner = H::INITIAL;
        self.outer = H::INITIAL;
        optimization_barrier(self);
    }
}

impl<H: BlockHash> ZeroizeOnDrop for KeyedStates<H> {}

fn xor(block: &mut impl AsMut<[u8]>, pad: u8) {
    for byte in block.as_mut() {
        *byte ^= pad;
    }
}

/// The second and last block of a hash: room for `text_len` bytes, then the padding of FIPS 180-4 §5.1.
fn last_block<H: BlockHash>(text_len: usize) -> H::Block {
    let mut block = H::empty_block();
    let bytes = block.as_mut();
    // The first block, full, counts too. Both are small constants.
    let bits = bytes.len().saturating_add(text_len).saturating_mul(8);
    if let Some(end) = bytes.get_mut(text_len) {
        *end = 0x80;
    }
    if let Some(length) = bytes.last_chunk_mut() {
        *length = u64::try_from(bits).unwrap_or(u64::MAX).to_be_bytes();
    }
    block
}

/// The 31 bits that start at the byte whose number is in the last four bits (RFC 4226 §5.3, step 2).
///
/// The offset is secret: instead of reading at it, the words are moved up by 8, 4, 2 and 1 bytes,
/// each if its bit of the offset is set. For the longer hashes too, the offset is 15 at most (RFC 6238 §1.2).
fn dynamic_truncation(head: [u32; 5], last: u8) -> u32 {
    // All ones where bit `n` of the offset is set, else 0. A compiler that knows as much makes a branch of it: this is
    // to keep it from knowing, and that it does is what `scripts/check instructions constant-time` hold.
    let mask = |n: u8| 0_u32.wrapping_sub(u32::from((last >> n) & 1));
    let [eight, four, two, one] = black_box([mask(3), mask(2), mask(1), mask(0)]);
    let select = |unset: u32, set: u32, mask: u32| unset ^ ((unset ^ set) & mask);
    let [w0, w1, w2, w3, w4] = head;

    let (w0, w1, w2) = (
        select(w0, w2, eight),
        select(w1, w3, eight),
        select(w2, w4, eight),
    );
    let (w0, w1) = (select(w0, w1, four), select(w1, w2, four));
    let (w0, w1) = (
        select(w0, (w0 << 16) | (w1 >> 16), two),
        select(w1, w1 << 16, two),
    );
    let w0 = select(w0, (w0 << 8) | (w1 >> 24), one);

    // Without the sign bit, so that signed and unsigned arithmetic agree (RFC 4226 §5.3).
    w0 & 0x7fff_ffff
}

struct Sha1;

impl BlockHash for Sha1 {
    type State = [u32; 5];
    type Block = [u8; 64];

    const INITIAL: [u32; 5] = [
        0x6745_2301,
        0xefcd_ab89,
        0x98ba_dcfe,
        0x1032_5476,
        0xc3d2_e1f0,
    ];
    const OUTPUT_LEN: usize = 20;

    fn empty_block() -> [u8; 64] {
        [0; 64]
    }

    fn compress(state: &mut [u32; 5], block: &[u8; 64]) {
        sha1::block_api::compress(state, core::slice::from_ref(block));
    }

    fn write(state: &[u32; 5], block: &mut [u8; 64]) {
        write_words(state.map(u32::to_be_bytes), block);
    }

    fn hash(text: &[u8], block: &mut [u8; 64]) {
        write_hash::<sha1::Sha1>(text, block);
    }

    fn head_and_last(state: &[u32; 5]) -> ([u32; 5], u8) {
        let [.., last] = state[4].to_be_bytes();
        (*state, last)
    }
}

struct Sha256;

impl BlockHash for Sha256 {
    type State = [u32; 8];
    type Block = [u8; 64];

    const INITIAL: [u32; 8] = [
        0x6a09_e667,
        0xbb67_ae85,
        0x3c6e_f372,
        0xa54f_f53a,
        0x510e_527f,
        0x9b05_688c,
        0x1f83_d9ab,
        0x5be0_cd19,
    ];
    const OUTPUT_LEN: usize = 32;

    fn empty_block() -> [u8; 64] {
        [0; 64]
    }

    fn compress(state: &mut [u32; 8], block: &[u8; 64]) {
        sha2::block_api::compress256(state, core::slice::from_ref(block));
    }

    fn write(state: &[u32; 8], block: &mut [u8; 64]) {
        write_words(state.map(u32::to_be_bytes), block);
    }

    fn hash(text: &[u8], block: &mut [u8; 64]) {
        write_hash::<sha2::Sha256>(text, block);
    }

    fn head_and_last(state: &[u32; 8]) -> ([u32; 5], u8) {
        let [a, b, c, d, e, .., last] = *state;
        let [.., last] = last.to_be_bytes();
        ([a, b, c, d, e], last)
    }
}

struct Sha512;

impl BlockHash for Sha512 {
    type State = [u64; 8];
    type Block = [u8; 128];

    const INITIAL: [u64; 8] = [
        0x6a09_e667_f3bc_c908,
        0xbb67_ae85_84ca_a73b,
        0x3c6e_f372_fe94_f82b,
        0xa54f_f53a_5f1d_36f1,
        0x510e_527f_ade6_82d1,
        0x9b05_688c_2b3e_6c1f,
        0x1f83_d9ab_fb41_bd6b,
        0x5be0_cd19_137e_2179,
    ];
    const OUTPUT_LEN: usize = 64;

    fn empty_block() -> [u8; 128] {
        [0; 128]
    }

    fn compress(state: &mut [u64; 8], block: &[u8; 128]) {
        sha2::block_api::compress512(state, core::slice::from_ref(block));
    }

    fn write(state: &[u64; 8], block: &mut [u8; 128]) {
        write_words(state.map(u64::to_be_bytes), block);
    }

    fn hash(text: &[u8], block: &mut [u8; 128]) {
        write_hash::<sha2::Sha512>(text, block);
    }

    fn head_and_last(state: &[u64; 8]) -> ([u32; 5], u8) {
        let [a, b, c, .., last] = *state;
        let [.., last] = last.to_be_bytes();
        ([high(a), low(a), high(b), low(b), high(c)], last)
    }
}

fn write_words<const N: usize, const W: usize>(words: [[u8; W]; N], block: &mut [u8]) {
    for (word, place) in words.iter().zip(block.chunks_exact_mut(W)) {
        place.copy_from_slice(word);
    }
}

fn write_hash<D: sha2::Digest>(text: &[u8], block: &mut [u8]) {
    let mut hash = D::digest(text);
    for (byte, place) in hash.iter().zip(block) {
        *place = *byte;
    }
    hash.as_mut_slice().zeroize();
}

#[expect(clippy::as_conversions, reason = "what is cut off is the low half")]
const fn high(word: u64) -> u32 {
    (word >> 32) as u32
}

#[expect(
    clippy::as_conversions,
    clippy::cast_possible_truncation,
    reason = "cutting off the high half is what it is for"
)]
const fn low(word: u64) -> u32 {
    word as u32
}

#[cfg(test)]
mod tests {
    use hmac::{Hmac, KeyInit, Mac as _};
    use proptest::prelude::*;

    use super::{Mac, dynamic_truncation};
    use crate::{Algorithm, Secret};

    /// RFC 4226 §5.3 as it is written there, on the `hmac` crate.
    fn by_the_book(algorithm: Algorithm, key: &[u8], moving_factor: u64) -> u32 {
        let text = moving_factor.to_be_bytes();
        let hash = match algorithm {
            Algorithm::Sha1 => {
                let mut mac = Hmac::<sha1::Sha1>::new_from_slice(key).unwrap();
                mac.update(&text);
                mac.finalize().into_bytes().to_vec()
            }
            Algorithm::Sha256 => {
                let mut mac = Hmac::<sha2::Sha256>::new_from_slice(key).unwrap();
                mac.update(&text);
                mac.finalize().into_bytes().to_vec()
            }
            Algorithm::Sha512 => {
                let mut mac = Hmac::<sha2::Sha512>::new_from_slice(key).unwrap();
                mac.update(&text);
                mac.finalize().into_bytes().to_vec()
            }
        };
        let offset = usize::from(hash.last().unwrap() & 0xf);
        let number = u32::from_be_bytes(hash[offset..offset + 4].try_into().unwrap());
        number & 0x7fff_ffff
    }

    proptest! {
        #[test]
        fn agrees_with_the_hmac_crate_on_every_length_of_key(
            key in prop::collection::vec(any::<u8>(), 10..=128),
            moving_factor in any::<u64>(),
        ) {
            let secret = Secret::import(&key).unwrap();
            for algorithm in Algorithm::ALL {
                prop_assert_eq!(
                    Mac::new(algorithm, &secret).truncated(moving_factor),
                    by_the_book(algorithm, &key, moving_factor)
                );
            }
        }
    }

    #[test]
    fn keys_around_the_block_length_are_hashed_only_beyond_it() {
        for len in [63, 64, 65, 127, 128] {
            let key = [0xa5; 128];
            let secret = Secret::import(&key[..len]).unwrap();
            for algorithm in Algorithm::ALL {
                assert_eq!(
                    Mac::new(algorithm, &secret).truncated(1),
                    by_the_book(algorithm, &key[..len], 1)
                );
            }
        }
    }

    #[test]
    fn truncation_reads_at_each_of_the_sixteen_offsets() {
        // The example of RFC 4226 §5.4: the last byte is 0x5a, so the offset is 10.
        let head = [
            0x1f86_9869,
            0x0e02_ca16,
            0x6185_50ef,
            0x7f19_da8e,
            0x945b_555a,
        ];
        assert_eq!(dynamic_truncation(head, 0x5a), 0x50ef_7f19);
        let bytes: [u8; 20] = core::array::from_fn(|i| u8::try_from(i).unwrap() | 0x80);
        let words = core::array::from_fn(|i| {
            u32::from_be_bytes(bytes[4 * i..4 * i + 4].try_into().unwrap())
        });
        for offset in 0..16_u8 {
            let at = usize::from(offset);
            let expected = u32::from_be_bytes(bytes[at..at + 4].try_into().unwrap());
            assert_eq!(
                dynamic_truncation(words, 0xf0 | offset),
                expected & 0x7fff_ffff
            );
        }
    }
}

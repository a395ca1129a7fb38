//! The one place with HMAC: a moving factor goes in, the truncated number of 31 bits comes out.
//!
//! HMAC is H(K ^ opad, H(K ^ ipad, text)) (RFC 2104 §2), and text is always the 8-byte counter of RFC 4226 §5.2.
//! So both hashes are two blocks long, and the first block of each depends on the key alone. RFC 2104 §4 suggests
//! to keep the state after it: [`Mac`] does, and each moving factor then costs two block compressions, not four.
//! The compression functions are those of the `sha1` and `sha2` crates; padding and the
//! order of the blocks are here, and the tests compare them with the `hmac` crate.
//!
//! Nothing here branches on a secret or uses one as an index.

use core::{hint::black_box, ops::RangeInclusive};

use zeroize::{Zeroize, ZeroizeOnDrop, optimization_barrier};

use crate::{
    Algorithm, Secret,
    truncation::{dynamic_truncation, high, wide},
};

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
    /// HMAC under a secret: two compressions, or five if the secret is longer than a block.
    pub(crate) fn new(algorithm: Algorithm, secret: &Secret) -> Self {
        let mut mac = match algorithm {
            Algorithm::Sha1 => Self(States::Sha1(KeyedStates::UNKEYED)),
            Algorithm::Sha256 => Self(States::Sha256(KeyedStates::UNKEYED)),
            Algorithm::Sha512 => Self(States::Sha512(KeyedStates::UNKEYED)),
        };
        mac.key(secret);
        mac
    }

    /// Keys the HMAC for one use, in the place where it is used and wiped: what moves leaves a copy behind.
    pub(crate) fn once<R>(
        algorithm: Algorithm,
        secret: &Secret,
        then: impl FnOnce(&Self) -> R,
    ) -> R {
        match algorithm {
            Algorithm::Sha1 => Self(States::Sha1(KeyedStates::UNKEYED)).keyed(secret, then),
            Algorithm::Sha256 => Self(States::Sha256(KeyedStates::UNKEYED)).keyed(secret, then),
            Algorithm::Sha512 => Self(States::Sha512(KeyedStates::UNKEYED)).keyed(secret, then),
        }
    }

    fn keyed<R>(mut self, secret: &Secret, then: impl FnOnce(&Self) -> R) -> R {
        self.key(secret);
        then(&self)
    }

    fn key(&mut self, secret: &Secret) {
        match &mut self.0 {
            States::Sha1(states) => states.key(secret),
            States::Sha256(states) => states.key(secret),
            States::Sha512(states) => states.key(secret),
        }
    }

    /// The truncated HMAC of a moving factor, Snum of RFC 4226 §5.3: two compressions.
    pub(crate) fn truncated(&self, moving_factor: u64) -> u32 {
        let mut truncated = 0;
        self.side_by_side([moving_factor], &mut |_, number| truncated = number);
        truncated
    }

    /// Visits every moving factor of a range with its truncated HMAC, in order.
    pub(crate) fn for_each(&self, factors: RangeInclusive<u64>, mut visit: impl FnMut(u64, u32)) {
        let (mut next, last) = factors.into_inner();
        while let Some(left) = last.checked_sub(next) {
            // Three are a window of one step either way.
            let after = if left >= 2 {
                let factors = [next, next.saturating_add(1), next.saturating_add(2)];
                self.side_by_side(factors, &mut visit);
                next.checked_add(3)
            } else {
                self.side_by_side([next], &mut visit);
                next.checked_add(1)
            };
            let Some(after) = after else {
                break;
            };
            next = after;
        }
    }

    fn side_by_side<const N: usize>(&self, factors: [u64; N], visit: &mut impl FnMut(u64, u32)) {
        match &self.0 {
            States::Sha1(states) => states.truncated(factors, visit),
            States::Sha256(states) => states.truncated(factors, visit),
            States::Sha512(states) => states.truncated(factors, visit),
        }
    }
}

/// A hash by its compression function (FIPS 180-4 §6).
trait BlockHash {
    type State: Copy;
    type Block: AsMut<[u8]> + Copy;

    /// The state before the first block (FIPS 180-4 §5.3).
    const INITIAL: Self::State;
    /// A block of zeros.
    const EMPTY: Self::Block;
    /// The second and last block of the inner hash, but for the counter.
    const AFTER_COUNTER: Self::Block;
    /// The second and last block of the outer hash, but for the inner hash.
    const AFTER_HASH: Self::Block;

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
    const UNKEYED: Self = Self {
        inner: H::INITIAL,
        outer: H::INITIAL,
    };

    fn key(&mut self, secret: &Secret) {
        // RFC 2104 §2: zeros follow a key shorter than a block, and a longer one is replaced by its hash.
        // The length is no secret.
        let key = secret.expose_secret();
        let mut block = H::EMPTY;
        if key.len() > block.as_mut().len() {
            H::hash(key, &mut block);
        } else {
            for (byte, key) in block.as_mut().iter_mut().zip(secret.padded()) {
                *byte = *key;
            }
        }
        xor(&mut block, IPAD);
        H::compress(&mut self.inner, &block);
        xor(&mut block, IPAD ^ OPAD);
        H::compress(&mut self.outer, &block);
        block = H::EMPTY;
        optimization_barrier(&block);
    }

    /// Each of the two hashes is taken for all moving factors before the next begins: compressions that don't wait
    /// for one another overlap in the processor.
    fn truncated<const N: usize>(&self, factors: [u64; N], visit: &mut impl FnMut(u64, u32)) {
        let mut block = H::AFTER_COUNTER;
        let mut inner = [self.inner; N];
        for (state, factor) in inner.iter_mut().zip(factors) {
            write_counter(factor, &mut block);
            H::compress(state, &block);
        }
        let mut block = H::AFTER_HASH;
        let mut outer = [self.outer; N];
        for ((state, hash), factor) in outer.iter_mut().zip(&inner).zip(factors) {
            H::write(hash, &mut block);
            H::compress(state, &block);
            let (head, last) = H::head_and_last(state);
            visit(factor, dynamic_truncation(head, last));
        }
        // The inner hashes stay unwiped: they give nothing away without the outer state.
        outer = [H::INITIAL; N];
        optimization_barrier(&outer);
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

/// A counter goes in high-order byte first (RFC 4226 §5.2).
fn write_counter(moving_factor: u64, block: &mut impl AsMut<[u8]>) {
    static PADDED: Beside = Beside::new(0x80 << 56);
    if let Some(place) = block.as_mut().first_chunk_mut() {
        *place = PADDED.at_once(moving_factor);
    }
}

/// What stands beside a word in the 16 bytes that are written with it.
///
/// The block functions read 16 bytes at once. Such a read of what narrower writes have just left waits until all of
/// them have reached the cache, hence until everything before them is done, and compressions that could overlap
/// don't. So a word and the constant beside it are put together first and written at once. The compiler does that where
/// both halves are made in the same way from what it doesn't know: hence the masks, and the detour by [`black_box`],
/// whose only effect is speed.
struct Beside {
    word: [u64; 2],
    rest: [u64; 2],
}

impl Beside {
    const fn new(rest: u64) -> Self {
        Self {
            word: [u64::MAX, 0],
            rest: [0, rest.to_be()],
        }
    }

    fn at_once(&'static self, word: u64) -> [u8; 16] {
        let Self { word: mask, rest } = black_box(self);
        let mut bytes = [0; 16];
        let (halves, _) = bytes.as_chunks_mut::<8>();
        for ((half, mask), rest) in halves.iter_mut().zip(mask).zip(rest) {
            *half = ((word.to_be() & mask) | rest).to_ne_bytes();
        }
        bytes
    }
}

/// The second and last block of a hash: room for `text_len` bytes, then the padding of FIPS 180-4 §5.1.
const fn last_block<const LEN: usize>(text_len: usize) -> [u8; LEN] {
    let mut block = [0; LEN];
    // The first block, full, counts too. Both are small constants.
    let bits = LEN.saturating_add(text_len).saturating_mul(8);
    if let Some(end) = block.split_at_mut(text_len).1.first_mut() {
        *end = 0x80;
    }
    if let Some(length) = block.last_chunk_mut() {
        *length = widen(bits).to_be_bytes();
    }
    block
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
    const EMPTY: [u8; 64] = [0; 64];
    const AFTER_COUNTER: [u8; 64] = last_block(8);
    const AFTER_HASH: [u8; 64] = last_block(20);

    fn compress(state: &mut [u32; 5], block: &[u8; 64]) {
        sha1::block_api::compress(state, core::slice::from_ref(block));
    }

    fn write(state: &[u32; 5], block: &mut [u8; 64]) {
        static ZEROS: Beside = Beside::new(0);
        let [a, b, c, d, e] = *state;
        let (quarters, _) = block.as_chunks_mut::<16>();
        if let [first, second, ..] = quarters {
            write_words([a, b, c, d].map(u32::to_be_bytes), first);
            // The last word with the byte that begins the padding.
            *second = ZEROS.at_once(wide(e, 0x80 << 24));
        }
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
    const EMPTY: [u8; 64] = [0; 64];
    const AFTER_COUNTER: [u8; 64] = last_block(8);
    const AFTER_HASH: [u8; 64] = last_block(32);

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
    const EMPTY: [u8; 128] = [0; 128];
    const AFTER_COUNTER: [u8; 128] = last_block(8);
    const AFTER_HASH: [u8; 128] = last_block(64);

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

#[expect(
    clippy::as_conversions,
    reason = "`u64::from` is not const yet, and widening loses nothing"
)]
const fn widen(bits: usize) -> u64 {
    bits as u64
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
    use core::mem::ManuallyDrop;

    use hmac::{Hmac, KeyInit, Mac as _, digest::Digest as _};
    use mfakit_memcheck::left_behind;
    use proptest::prelude::*;

    use super::{BlockHash, KeyedStates, Mac, Sha1, Sha256, Sha512};
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

    /// As keys longer than a block are; SHA-512 is given none, since no secret is longer than its block.
    #[test]
    fn a_hash_is_written_before_the_zeros_of_a_block() {
        fn hashed<H: BlockHash>(text: &[u8], expected: &[u8]) {
            let mut block = H::EMPTY;
            H::hash(text, &mut block);
            let (hash, zeros) = block.as_mut().split_at(expected.len());
            assert_eq!(hash, expected);
            assert!(!zeros.is_empty() && zeros.iter().all(|byte| *byte == 0));
        }
        for len in [0, 65, 129] {
            let text = &[0xa5; 129][..len];
            hashed::<Sha1>(text, &sha1::Sha1::digest(text));
            hashed::<Sha256>(text, &sha2::Sha256::digest(text));
            hashed::<Sha512>(text, &sha2::Sha512::digest(text));
        }
    }

    #[test]
    #[cfg_attr(miri, ignore = "an interpreter knows no assembly")]
    fn states_that_are_dropped_tell_nothing_of_the_key() {
        fn dropped<H: BlockHash>() {
            let keyed = || {
                let mut states = KeyedStates::<H>::UNKEYED;
                states.key(&Secret::import(&[0xa5; 20]).unwrap());
                states
            };
            let unkeyed = left_behind(ManuallyDrop::new(KeyedStates::<H>::UNKEYED));
            let undropped = left_behind(ManuallyDrop::new(keyed()));
            for (left, unkeyed) in undropped.chunks(4).zip(unkeyed.chunks(4)) {
                assert_ne!(left, unkeyed);
            }
            assert_eq!(left_behind(keyed()), unkeyed);
        }
        dropped::<Sha1>();
        dropped::<Sha256>();
        dropped::<Sha512>();
    }
}

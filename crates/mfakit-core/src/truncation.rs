//! Dynamic truncation (RFC 4226 §5.3): from a hash to a number of 31 bits.

use crate::mask::Mask;

/// The 31 bits that start at the byte whose number is in the last four bits (RFC 4226 §5.3, step 2).
///
/// The offset is secret: instead of reading at it, the words are moved up by 8 bytes if that bit of the offset is set,
/// and then shifted. For the longer hashes too, the offset is 15 at most (RFC 6238 §1.2).
pub(crate) fn dynamic_truncation(head: [u32; 5], last: u8) -> u32 {
    let eight = Mask::of_bit(last, 3);
    let [w0, w1, w2, w3, w4] = head;

    let bytes = eight.choose(wide(w2, w3), wide(w0, w1));
    let after = eight.choose(wide(w4, 0), wide(w2, 0));
    // 0 to 7 bytes, and as many bits from what comes after: 63 ^ shift is 63 - shift.
    let shift = u32::from(last & 0b111) << 3;
    let bits = (bytes << shift) | ((after >> 1) >> (63 ^ shift));

    // Without the sign bit, so that signed and unsigned arithmetic agree (RFC 4226 §5.3).
    high(bits) & 0x7fff_ffff
}

pub(crate) fn wide(high: u32, low: u32) -> u64 {
    (u64::from(high) << 32) | u64::from(low)
}

#[expect(clippy::as_conversions, reason = "what is cut off is the low half")]
pub(crate) const fn high(word: u64) -> u32 {
    (word >> 32) as u32
}

#[cfg(test)]
mod tests {
    use super::dynamic_truncation;

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

//! The symbols of codes that people copy by hand: Douglas Crockford's alphabet, `0-9 A-Z` less `I L O U`.
//!
//! As typed, case, ASCII spaces and hyphens do not matter, `O` is read as `0`, `I` and `L` as `1`.

use zeroize::Zeroize as _;

/// The values of the symbols in `text`, each of 5 bits; `None` stands for a character that is no symbol.
pub(crate) fn typed(text: &str) -> impl Iterator<Item = Option<u8>> + '_ {
    text.bytes()
        .filter(|byte| !matches!(byte, b' ' | b'-'))
        .map(value)
}

/// The symbol of the lower 5 bits of `value`.
pub(crate) fn symbol(value: u8) -> char {
    let index = usize::from(value & 31);
    ALPHABET.get(index).copied().map_or('0', char::from)
}

/// The next 8 values as 5 bytes, most significant first; `None` if they are fewer, or one is no symbol.
pub(crate) fn join(values: &mut impl Iterator<Item = Option<u8>>) -> Option<[u8; 5]> {
    let mut word = 0_u64;
    for _ in 0..8 {
        word = word << 5 | u64::from(values.next()??);
    }
    let joined = word.to_be_bytes().last_chunk::<5>().copied();
    word.zeroize();
    joined
}

/// The 8 values of 5 bytes.
pub(crate) fn split(bytes: &[u8; 5]) -> [u8; 8] {
    let mut word = bytes
        .iter()
        .fold(0_u64, |word, byte| word << 8 | u64::from(*byte));
    let mut values = [0; 8];
    for value in values.iter_mut().rev() {
        *value = word.to_be_bytes().last().copied().unwrap_or(0) & 31;
        word >>= 5;
    }
    word.zeroize();
    values
}

fn value(byte: u8) -> Option<u8> {
    let folded = match byte.to_ascii_uppercase() {
        b'O' => b'0',
        b'I' | b'L' => b'1',
        other => other,
    };
    let place = ALPHABET.iter().position(|symbol| *symbol == folded)?;
    u8::try_from(place).ok()
}

/// The longest text that is looked at, in bytes.
pub(crate) const MAX_TYPED_LEN: usize = 64;
const ALPHABET: &[u8; 32] = b"0123456789ABCDEFGHJKMNPQRSTVWXYZ";

#[cfg(test)]
mod tests {
    use alloc::{string::String, vec::Vec};

    use super::{join, split, symbol, typed};

    #[test]
    fn every_symbol_reads_back_in_both_cases() {
        let text: String = (0..32).map(symbol).collect();
        let values: Vec<_> = (0..32).map(Some).collect();
        assert_eq!(typed(&text).collect::<Vec<_>>(), values);
        assert_eq!(typed(&text.to_lowercase()).collect::<Vec<_>>(), values);
        assert_eq!(
            typed("oO iIlL - u").collect::<Vec<_>>(),
            [Some(0), Some(0), Some(1), Some(1), Some(1), Some(1), None]
        );
    }

    #[test]
    fn eight_symbols_are_five_bytes() {
        for bytes in [[0; 5], [0xff; 5], [0x12, 0x34, 0x56, 0x78, 0x9a]] {
            let mut values = split(&bytes).into_iter().map(Some);
            assert_eq!(join(&mut values), Some(bytes));
        }
        assert_eq!(split(&[0x84, 0x21, 0x08, 0x42, 0x10]), [16; 8]);
        assert_eq!(join(&mut [Some(1); 7].into_iter()), None);
    }
}

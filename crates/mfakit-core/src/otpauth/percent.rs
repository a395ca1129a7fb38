//! Percent-encoding (RFC 3986 §2.1).

use alloc::{string::String, vec::Vec};

use zeroize::Zeroizing;

use super::ParseUriError;

/// What a `+` stands for.
#[derive(Clone, Copy, PartialEq, Eq)]
pub(crate) enum Plus {
    /// Itself, as in the path of a URI.
    Plus,
    /// A space, as in the parameters of a form.
    Space,
}

/// Appends `text` with everything but the unreserved characters of RFC 3986 §2.3 encoded.
pub(super) fn encode(uri: &mut String, text: &str) {
    for byte in text.bytes() {
        if byte.is_ascii_alphanumeric() || matches!(byte, b'-' | b'.' | b'_' | b'~') {
            uri.push(char::from(byte));
        } else {
            uri.push('%');
            for digit in [byte >> 4, byte & 0xf] {
                uri.extend(char::from_digit(digit.into(), 16).map(|c| c.to_ascii_uppercase()));
            }
        }
    }
}

/// `text` decoded once; wiped, since it may be the secret.
pub(crate) fn decode(text: &str, plus: Plus) -> Result<Zeroizing<String>, ParseUriError> {
    let mut decoded = Zeroizing::new(Vec::with_capacity(text.len()));
    let mut bytes = text.bytes();
    while let Some(byte) = bytes.next() {
        decoded.push(match byte {
            b'%' => {
                let high = hex_digit(bytes.next())?;
                let low = hex_digit(bytes.next())?;
                (high << 4) | low
            }
            b'+' if plus == Plus::Space => b' ',
            byte => byte,
        });
    }
    if decoded.contains(&0) {
        return Err(ParseUriError::Nul);
    }
    let decoded = core::str::from_utf8(&decoded).map_err(|_| ParseUriError::PercentEncoding)?;
    Ok(Zeroizing::new(decoded.into()))
}

fn hex_digit(byte: Option<u8>) -> Result<u8, ParseUriError> {
    byte.and_then(|byte| char::from(byte).to_digit(16))
        .and_then(|digit| u8::try_from(digit).ok())
        .ok_or(ParseUriError::PercentEncoding)
}

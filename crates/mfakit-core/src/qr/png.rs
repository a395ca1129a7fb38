//! A QR code as a PNG image (RFC 2083), for mail and documents that take no SVG.
//!
//! One bit per pixel, in stored blocks (RFC 1951 §3.2.4): a compressor would keep copies of the secret in buffers that
//! nobody wipes, and the few kilobytes that it saves are not worth a dependency.

use alloc::vec::Vec;
use core::fmt;

use zeroize::Zeroizing;

use super::QrCode;

/// How many pixels a module is wide and high in a PNG image.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash)]
pub struct ModulePixels(u8);

impl ModulePixels {
    /// Eight pixels: about 360 for a usual code.
    pub const EIGHT: Self = Self(8);
    /// The most pixels.
    pub const MAX: u8 = 32;

    /// Modules of `pixels` pixels.
    ///
    /// # Errors
    /// [`ModulePixelsError`] if `pixels` is 0 or above 32.
    pub const fn new(pixels: u8) -> Result<Self, ModulePixelsError> {
        match pixels {
            1..=Self::MAX => Ok(Self(pixels)),
            _ => Err(ModulePixelsError),
        }
    }

    /// The number of pixels.
    #[must_use]
    pub const fn get(self) -> u8 {
        self.0
    }
}

/// A module takes 1 to 32 pixels.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
#[non_exhaustive]
pub struct ModulePixelsError;

impl fmt::Display for ModulePixelsError {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str("a module takes 1 to 32 pixels")
    }
}

impl core::error::Error for ModulePixelsError {}

impl QrCode {
    /// A PNG image with the quiet zone, dark on white.
    ///
    /// An image says nothing to who can't see it: give it a text of your own beside it, with the key to type.
    #[must_use]
    pub fn png(&self, pixels: ModulePixels) -> Zeroizing<Vec<u8>> {
        let rows = self.rows(pixels);
        // Each length below is at most a few hundred thousand.
        let width = u32::try_from(self.png_side(pixels)).unwrap_or(0);
        let data_len = zlib_len(rows.len());
        let room = SIGNATURE
            .len()
            .saturating_add(chunk_len(HEADER_LEN))
            .saturating_add(chunk_len(data_len))
            .saturating_add(chunk_len(0));
        let mut png = Zeroizing::new(Vec::with_capacity(room));
        png.extend_from_slice(SIGNATURE);

        push_chunk(&mut png, b"IHDR", HEADER_LEN, |png| {
            png.extend_from_slice(&width.to_be_bytes());
            png.extend_from_slice(&width.to_be_bytes());
            // One bit of grey per pixel; deflate, the five filters, not interlaced (RFC 2083 §4.1.1).
            png.extend_from_slice(&[1, 0, 0, 0, 0]);
        });
        push_chunk(&mut png, b"IDAT", data_len, |png| push_zlib(png, &rows));
        push_chunk(&mut png, b"IEND", 0, |_| {});
        png
    }

    fn png_side(&self, pixels: ModulePixels) -> usize {
        self.side().saturating_mul(pixels.get().into())
    }

    /// The rows of pixels, each with its filter type, which is none (RFC 2083 §6.2).
    fn rows(&self, pixels: ModulePixels) -> Zeroizing<Vec<u8>> {
        let side = self.png_side(pixels);
        let row_len = side.div_ceil(8).saturating_add(1);
        let mut rows = Zeroizing::new(Vec::with_capacity(row_len.saturating_mul(side)));
        for y in 0..self.side() {
            let start = rows.len();
            rows.push(0);
            let mut bits = (0..self.side())
                .flat_map(|x| (0..pixels.get()).map(move |_| self.is_dark_in_frame(x, y)))
                .peekable();
            while bits.peek().is_some() {
                // White is 1, and so are the bits that fill the last byte.
                rows.push((0..8).fold(0, |byte: u8, _| {
                    (byte << 1) | u8::from(!bits.next().unwrap_or(false))
                }));
            }
            let end = rows.len();
            for _ in 1..pixels.get() {
                rows.extend_from_within(start..end);
            }
        }
        rows
    }
}

const SIGNATURE: &[u8] = b"\x89PNG\r\n\x1a\n";
const HEADER_LEN: usize = 13;
/// The longest stored block (RFC 1951 §3.2.4).
const STORED_MAX: usize = 65_535;

/// Length, type, data, checksum (RFC 2083 §3.2).
const fn chunk_len(data_len: usize) -> usize {
    data_len.saturating_add(12)
}

fn push_chunk(png: &mut Vec<u8>, kind: &[u8; 4], len: usize, data: impl FnOnce(&mut Vec<u8>)) {
    png.extend_from_slice(&u32::try_from(len).unwrap_or(0).to_be_bytes());
    let start = png.len();
    png.extend_from_slice(kind);
    data(png);
    let checksum = crc32(png.get(start..).unwrap_or_default());
    png.extend_from_slice(&checksum.to_be_bytes());
}

/// Header, blocks of five bytes more than their data, checksum (RFC 1950 §2.2).
const fn zlib_len(len: usize) -> usize {
    let blocks = len.div_ceil(STORED_MAX);
    len.saturating_add(blocks.saturating_mul(5))
        .saturating_add(6)
}

fn push_zlib(png: &mut Vec<u8>, data: &[u8]) {
    png.extend_from_slice(&[0x78, 0x01]);
    let mut blocks = data.chunks(STORED_MAX).peekable();
    while let Some(block) = blocks.next() {
        let len = u16::try_from(block.len()).unwrap_or(u16::MAX);
        png.push(u8::from(blocks.peek().is_none()));
        png.extend_from_slice(&len.to_le_bytes());
        png.extend_from_slice(&(!len).to_le_bytes());
        png.extend_from_slice(block);
    }
    png.extend_from_slice(&adler32(data).to_be_bytes());
}

/// RFC 1950 §8.2.
fn adler32(data: &[u8]) -> u32 {
    const MODULUS: u32 = 65_521;
    let (a, b) = data.iter().fold((1_u32, 0_u32), |(a, b), &byte| {
        let a = a.wrapping_add(byte.into()) % MODULUS;
        (a, b.wrapping_add(a) % MODULUS)
    });
    (b << 16) | a
}

/// RFC 2083 §3.4 and appendix 15.
fn crc32(data: &[u8]) -> u32 {
    !data.iter().fold(u32::MAX, |crc, &byte| {
        (0..8).fold(crc ^ u32::from(byte), |crc, _| {
            let mask = 0_u32.wrapping_sub(crc & 1);
            (crc >> 1) ^ (0xedb8_8320 & mask)
        })
    })
}

#[cfg(test)]
mod tests {
    use alloc::string::ToString;

    use super::{ModulePixels, adler32, crc32};

    #[test]
    fn checksums_have_their_known_values() {
        assert_eq!(crc32(b"123456789"), 0xcbf4_3926);
        assert_eq!(crc32(b"IEND"), 0xae42_6082);
        assert_eq!(adler32(b"Wikipedia"), 0x11e6_0398);
    }

    #[test]
    fn modules_have_a_bounded_size() {
        for wrong in [0, 33, 255] {
            assert_eq!(
                ModulePixels::new(wrong).unwrap_err().to_string(),
                "a module takes 1 to 32 pixels"
            );
        }
        assert_eq!(ModulePixels::new(32).map(ModulePixels::get), Ok(32));
    }
}

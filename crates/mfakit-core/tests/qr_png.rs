//! PNG images of QR codes, seen by a decoder that is not ours.
#![cfg(feature = "qr-png")]

use std::io::Cursor;

use mfakit_core::{ErrorCorrection, ModulePixels, QrCode};

#[test]
fn another_decoder_sees_the_same_modules() {
    const URI: &str = "otpauth://totp/A:b?secret=GEZDGNBV";
    for (text, level, pixels) in [
        (URI, ErrorCorrection::Low, 1),
        (URI, ErrorCorrection::High, 3),
        (&"x".repeat(2900), ErrorCorrection::Low, 8),
    ] {
        let code = QrCode::encode(text, level).unwrap();
        let image = code.png(ModulePixels::new(pixels).unwrap());
        assert_eq!(image.capacity(), image.len(), "it never moved");

        let mut reader = png::Decoder::new(Cursor::new(image.as_slice()))
            .read_info()
            .unwrap();
        let pixels = usize::from(pixels);
        let side = (code.size() + 2 * QrCode::QUIET_ZONE) * pixels;
        let length = u32::try_from(side).unwrap();
        assert_eq!(reader.info().size(), (length, length));
        assert_eq!(reader.info().bit_depth, png::BitDepth::One);
        assert_eq!(reader.info().color_type, png::ColorType::Grayscale);

        let mut frame = vec![0; reader.output_buffer_size().unwrap()];
        let line = reader.next_frame(&mut frame).unwrap().line_size;
        let dark = |x: usize, y: usize| {
            let inner = |at: usize| (at / pixels).checked_sub(QrCode::QUIET_ZONE);
            inner(x)
                .zip(inner(y))
                .is_some_and(|(x, y)| code.is_dark(x, y))
        };
        for y in 0..side {
            for x in 0..side {
                let white = (frame[y * line + x / 8] >> (7 - x % 8)) & 1 == 1;
                assert_eq!(white, !dark(x, y));
            }
        }
    }
}

//! QR codes (ISO/IEC 18004) of `otpauth://` URIs, made here: a secret is never sent away to be drawn.

use alloc::{string::String, vec, vec::Vec};
use core::fmt::{self, Write as _};

use qrcodegen_no_heap::{QrCode as Encoded, QrCodeEcc, Version};
use zeroize::Zeroizing;

#[cfg(feature = "qr-png")]
mod png;

#[cfg(feature = "qr-png")]
pub use png::{ModulePixels, ModulePixelsError};

/// How much of a QR code may be dirty or hidden (ISO/IEC 18004 §7.5.1).
///
/// Exhaustive: the standard has these four levels.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash)]
#[expect(
    clippy::exhaustive_enums,
    reason = "ISO/IEC 18004 has these four levels"
)]
pub enum ErrorCorrection {
    /// About 7 %: the smallest code; right for a clean screen.
    Low,
    /// About 15 %.
    Medium,
    /// About 25 %.
    Quartile,
    /// About 30 %.
    High,
}

/// A QR code: a square of dark and light modules.
///
/// # Security
/// The modules are the text in another script. They are wiped when dropped, and `Debug` shows none of them.
pub struct QrCode {
    size: usize,
    /// Row by row, true for dark.
    modules: Zeroizing<Vec<bool>>,
}

impl QrCode {
    /// The light margin around the code, in modules (ISO/IEC 18004 §5.3.8): scanners need it.
    pub const QUIET_ZONE: usize = 4;

    /// Encodes a text in the smallest code that holds it; the level rises where that costs no space.
    ///
    /// # Errors
    /// [`QrError`] if no QR code holds so long a text.
    pub fn encode(text: &str, level: ErrorCorrection) -> Result<Self, QrError> {
        let mut work = Zeroizing::new(vec![0; Version::MAX.buffer_len()]);
        let mut out = Zeroizing::new(vec![0; Version::MAX.buffer_len()]);
        let encoded = Encoded::encode_text(
            text,
            &mut work,
            &mut out,
            level.encoder_level(),
            Version::MIN,
            Version::MAX,
            None,
            true,
        )
        .map_err(|_| QrError)?;
        let side = encoded.size();
        let size = usize::try_from(side).map_err(|_| QrError)?;
        let mut modules = Zeroizing::new(Vec::with_capacity(size.saturating_mul(size)));
        for y in 0..side {
            modules.extend((0..side).map(|x| encoded.get_module(x, y)));
        }
        Ok(Self { size, modules })
    }

    /// How many modules a side has, without the quiet zone: 21 to 177.
    #[must_use]
    pub const fn size(&self) -> usize {
        self.size
    }

    /// Whether the module in column `x` of row `y` is dark; outside the code all is light.
    #[must_use]
    pub fn is_dark(&self, x: usize, y: usize) -> bool {
        x < self.size
            && y.checked_mul(self.size)
                .and_then(|row| row.checked_add(x))
                .and_then(|place| self.modules.get(place))
                .is_some_and(|&dark| dark)
    }

    /// An SVG image to stand in an HTML page, with the accessible name `QR code`.
    ///
    /// It scales, refers to nothing outside, holds no script and no style sheet, and is dark on white whatever the
    /// page's colours, since many apps don't read a light code on a dark ground.
    #[must_use]
    pub fn svg(&self) -> Zeroizing<String> {
        self.svg_with_title("QR code")
    }

    /// The same image with a title in the page's language, which is escaped.
    ///
    /// # Security
    /// The title is read aloud and shown as a tooltip: don't put the secret there.
    #[must_use]
    pub fn svg_with_title(&self, title: &str) -> Zeroizing<String> {
        let side = self.side();
        let mut name = String::new();
        push_escaped(&mut name, title);
        let mut svg = Zeroizing::new(String::with_capacity(self.svg_room(&name)));
        // Writing to a `String` does not fail.
        let _ = write!(
            svg,
            "<svg xmlns=\"http://www.w3.org/2000/svg\" viewBox=\"0 0 {side} {side}\" role=\"img\" \
             aria-label=\"{name}\" shape-rendering=\"crispEdges\"><title>{name}</title>\
             <rect width=\"{side}\" height=\"{side}\" fill=\"#fff\"/><path fill=\"#000\" d=\"",
        );
        self.push_path(&mut svg);
        svg.push_str("\"/></svg>");
        svg
    }

    /// Lines of half blocks for a terminal, two modules to a character.
    ///
    /// Colours are set to black on white, so that the code scans on light and dark terminals alike.
    #[must_use]
    pub fn terminal(&self) -> Zeroizing<String> {
        let side = self.side();
        let mut text = Zeroizing::new(String::with_capacity(self.terminal_room()));
        let dark = |x, y| self.is_dark_in_frame(x, y);
        for upper in (0..side).step_by(2) {
            text.push_str(BLACK_ON_WHITE);
            for x in 0..side {
                text.push(match (dark(x, upper), dark(x, upper.saturating_add(1))) {
                    (true, true) => '█',
                    (true, false) => '▀',
                    (false, true) => '▄',
                    (false, false) => ' ',
                });
            }
            text.push_str(RESET_COLOURS);
            text.push('\n');
        }
        text
    }

    /// Like [`is_dark`](Self::is_dark), counted from the corner of the quiet zone.
    fn is_dark_in_frame(&self, x: usize, y: usize) -> bool {
        x.checked_sub(Self::QUIET_ZONE)
            .zip(y.checked_sub(Self::QUIET_ZONE))
            .is_some_and(|(x, y)| self.is_dark(x, y))
    }

    /// The modules of a side with the quiet zone at both ends.
    const fn side(&self) -> usize {
        self.size.saturating_add(Self::QUIET_ZONE.saturating_mul(2))
    }

    /// The dark modules as one SVG path, each horizontal run one rectangle.
    fn push_path(&self, path: &mut String) {
        for (y, row) in (Self::QUIET_ZONE..).zip(self.modules.chunks(self.size)) {
            let mut x = Self::QUIET_ZONE;
            for run in row.chunk_by(|a, b| a == b) {
                if run.first() == Some(&true) {
                    let width = run.len();
                    let _ = write!(path, "M{x} {y}h{width}v1h-{width}z");
                }
                x = x.saturating_add(run.len());
            }
        }
    }

    // Room for the whole text, so that it never moves and leaves a copy behind.

    /// No row has more runs than every second module dark; a run of two digits' width takes the place of five.
    fn svg_room(&self, name: &str) -> usize {
        let runs = self.size.div_ceil(2).saturating_mul(self.size);
        runs.saturating_mul("M181 181h9v1h-9z".len())
            .saturating_add(name.len().saturating_mul(2))
            .saturating_add(SVG_FRAME_LEN)
    }

    fn terminal_room(&self) -> usize {
        let line = '█'
            .len_utf8()
            .saturating_mul(self.side())
            .saturating_add(BLACK_ON_WHITE.len())
            .saturating_add(RESET_COLOURS.len())
            .saturating_add(1);
        line.saturating_mul(self.side().div_ceil(2))
    }
}

impl fmt::Debug for QrCode {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("QrCode")
            .field("size", &self.size)
            .finish_non_exhaustive()
    }
}

impl ErrorCorrection {
    const fn encoder_level(self) -> QrCodeEcc {
        match self {
            Self::Low => QrCodeEcc::Low,
            Self::Medium => QrCodeEcc::Medium,
            Self::Quartile => QrCodeEcc::Quartile,
            Self::High => QrCodeEcc::High,
        }
    }
}

/// No QR code holds so long a text.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
#[non_exhaustive]
pub struct QrError;

impl fmt::Display for QrError {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str("the text is too long for a qr code of this level")
    }
}

impl core::error::Error for QrError {}

/// `text` as HTML and XML take it in an element and in a quoted attribute; what XML has no place for is dropped.
fn push_escaped(out: &mut String, text: &str) {
    for c in text.chars() {
        match c {
            '&' => out.push_str("&amp;"),
            '<' => out.push_str("&lt;"),
            '>' => out.push_str("&gt;"),
            '"' => out.push_str("&quot;"),
            '\'' => out.push_str("&#39;"),
            c if c.is_control() || matches!(c, '\u{fffe}' | '\u{ffff}') => {}
            c => out.push(c),
        }
    }
}

/// Entries 16 and 231 of the 256 colours: black and white that no theme redefines.
const BLACK_ON_WHITE: &str = "\x1b[38;5;16;48;5;231m";
const RESET_COLOURS: &str = "\x1b[0m";
/// More than the text around title and path.
const SVG_FRAME_LEN: usize = 320;

#[cfg(test)]
mod tests {
    use alloc::{format, string::String, vec::Vec};

    use super::{ErrorCorrection, QrCode, QrError};

    const URI: &str = "otpauth://totp/A:b?secret=GEZDGNBVGY3TQOJQGEZDGNBVGY3TQOJQ&issuer=A";

    fn code() -> QrCode {
        QrCode::encode(URI, ErrorCorrection::Medium).unwrap()
    }

    #[test]
    fn has_the_three_finder_patterns() {
        let code = code();
        let far = code.size() - 7;
        for (left, top) in [(0, 0), (far, 0), (0, far)] {
            for y in 0..7_usize {
                for x in 0..7_usize {
                    let ring = x.abs_diff(3).max(y.abs_diff(3));
                    assert_eq!(code.is_dark(left + x, top + y), ring != 2);
                }
            }
        }
        assert!(!code.is_dark(code.size(), 0) && !code.is_dark(0, code.size()));
        assert!(!code.is_dark(usize::MAX, usize::MAX));
    }

    #[test]
    fn svg_draws_exactly_the_dark_modules() {
        let code = code();
        let svg = code.svg();
        let side = code.size() + 8;
        assert!(svg.contains(&format!("viewBox=\"0 0 {side} {side}\"")));
        assert!(svg.contains("role=\"img\" aria-label=\"QR code\""));
        assert_eq!(svg.matches("<path").count(), 1);

        let path = svg
            .split(" d=\"")
            .nth(1)
            .unwrap()
            .split('"')
            .next()
            .unwrap();
        let mut drawn = Vec::new();
        for run in path.split('M').skip(1) {
            let (place, rest) = run.split_once('h').unwrap();
            let (x, y) = place.split_once(' ').unwrap();
            let (x, y): (usize, usize) = (x.parse().unwrap(), y.parse().unwrap());
            let width: usize = rest.split('v').next().unwrap().parse().unwrap();
            assert_eq!(run, format!("{x} {y}h{width}v1h-{width}z"));
            drawn.extend((x..x + width).map(|x| (x - 4, y - 4)));
        }
        let mut dark = Vec::new();
        for y in 0..code.size() {
            dark.extend(
                (0..code.size())
                    .filter(|&x| code.is_dark(x, y))
                    .map(|x| (x, y)),
            );
        }
        assert_eq!(drawn, dark);
    }

    #[test]
    fn svg_escapes_its_title() {
        let svg = code().svg_with_title("\"><script>alert('1')</script>\u{0}&");
        assert!(!svg.contains("<script"));
        assert!(svg.contains(
            "<title>&quot;&gt;&lt;script&gt;alert(&#39;1&#39;)&lt;/script&gt;&amp;</title>"
        ));
    }

    #[test]
    fn terminal_shows_the_same_modules() {
        let code = code();
        let text = code.terminal();
        let rows: Vec<String> = text
            .lines()
            .map(|line| {
                line.replace("\x1b[38;5;16;48;5;231m", "")
                    .replace("\x1b[0m", "")
            })
            .collect();
        let side = code.size() + 8;
        assert_eq!(rows.len(), side.div_ceil(2));
        for (line, row) in rows.iter().enumerate() {
            assert_eq!(row.chars().count(), side);
            for (x, c) in row.chars().enumerate() {
                let dark = |y: usize| x >= 4 && y >= 4 && code.is_dark(x - 4, y - 4);
                assert_eq!(matches!(c, '█' | '▀'), dark(2 * line));
                assert_eq!(matches!(c, '█' | '▄'), dark(2 * line + 1));
            }
        }
    }

    #[test]
    fn nothing_moves_while_it_is_drawn() {
        for (len, level) in [
            (1, ErrorCorrection::High),
            (300, ErrorCorrection::Low),
            (2900, ErrorCorrection::Low),
        ] {
            let code = QrCode::encode(&"x".repeat(len), level).unwrap();
            assert_eq!(
                code.svg_with_title("é&").capacity(),
                code.svg_room("é&amp;")
            );
            assert_eq!(code.terminal().capacity(), code.terminal_room());
        }
    }

    #[test]
    fn too_long_a_text_is_refused() {
        assert!(QrCode::encode(&"x".repeat(2953), ErrorCorrection::Low).is_ok());
        assert_eq!(
            QrCode::encode(&"x".repeat(2954), ErrorCorrection::Low).unwrap_err(),
            QrError
        );
        assert!(QrCode::encode(&"x".repeat(4097), ErrorCorrection::High).is_err());
    }

    #[test]
    fn a28_debug_shows_no_module() {
        assert_eq!(format!("{:?}", code()), "QrCode { size: 37, .. }");
    }
}

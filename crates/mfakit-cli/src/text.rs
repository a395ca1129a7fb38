//! Text that others wrote, made harmless for a terminal and for what reads our JSON.

use core::fmt::Write as _;

/// One line: characters that a terminal obeys, or that turn the direction of what follows, are escaped.
pub(crate) fn shown(text: &str) -> String {
    escaped(text, |c| misleads(c) || c == '\\')
}

/// Several lines of our own that may quote others.
pub(crate) fn lines(text: &str) -> String {
    escaped(text, |c| misleads(c) && c != '\n')
}

fn escaped(text: &str, refused: impl Fn(char) -> bool) -> String {
    let mut shown = String::with_capacity(text.len());
    for c in text.chars() {
        if refused(c) {
            shown.extend(c.escape_default());
        } else {
            shown.push(c);
        }
    }
    shown
}

/// JSON in which what a terminal would obey is escaped too, so that it may be looked at.
pub(crate) fn json(value: &serde_json::Value) -> String {
    let text = value.to_string();
    let mut shown = String::with_capacity(text.len());
    for c in text.chars() {
        if misleads(c) {
            // None of these stands outside of a string, and none of them is beyond 16 bits but in pairs.
            for unit in c.encode_utf16(&mut [0; 2]) {
                // Writing to a string can't fail.
                let _ = write!(shown, "\\u{unit:04x}");
            }
        } else {
            shown.push(c);
        }
    }
    shown
}

/// Control characters, and those that break lines, turn directions, join or hide.
fn misleads(c: char) -> bool {
    c.is_control()
        || matches!(
            c,
            '\u{ad}'
                | '\u{61c}'
                | '\u{180e}'
                | '\u{200b}'..='\u{200f}'
                | '\u{2028}'..='\u{202e}'
                | '\u{2060}'..='\u{206f}'
                | '\u{fe00}'..='\u{fe0f}'
                | '\u{feff}'
                | '\u{fff9}'..='\u{fffb}'
                | '\u{e0000}'..='\u{e0fff}'
        )
}

#[cfg(test)]
mod tests {
    use serde_json::json;

    use super::{json, lines, shown};

    #[test]
    fn what_a_terminal_obeys_is_escaped() {
        assert_eq!(shown("Ada's phone – 電話"), "Ada's phone – 電話");
        assert_eq!(shown("a\u{1b}[31mb\r\n"), "a\\u{1b}[31mb\\r\\n");
        assert_eq!(
            shown("\u{9b}31m\u{202e}x\u{200b}"),
            "\\u{9b}31m\\u{202e}x\\u{200b}"
        );
        // What is escaped is told from what was typed.
        assert_eq!(shown("a\\u{1b}"), "a\\\\u{1b}");
        assert_eq!(lines("one\n\ttwo\u{1b}"), "one\n\\ttwo\\u{1b}");
    }

    #[test]
    fn json_stays_json() {
        let value = json!({ "a": "\u{1b}\u{9b}\u{202e}\u{e0041}\"" });
        let text = json(&value);
        assert_eq!(text, r#"{"a":"\u001b\u009b\u202e\udb40\udc41\""}"#);
        assert_eq!(
            serde_json::from_str::<serde_json::Value>(&text).unwrap(),
            value
        );
    }
}

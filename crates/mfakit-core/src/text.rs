//! Bounded one-line texts that people write: labels, names, reasons.

use alloc::string::String;
use core::fmt;

/// Why a text was refused; the text itself is not repeated.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
#[non_exhaustive]
pub struct TextError {
    /// What the text was for, such as `label`.
    pub what: &'static str,
    /// The longest text allowed, in bytes.
    pub max_len: usize,
    /// Whether a colon is refused too.
    pub no_colon: bool,
}

impl fmt::Display for TextError {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(
            f,
            "{} takes 1 to {} bytes of text without control characters{}",
            self.what,
            self.max_len,
            if self.no_colon { " or colons" } else { "" }
        )
    }
}

impl core::error::Error for TextError {}

macro_rules! bounded_text {
    ($(#[$doc:meta])* $name:ident, $what:literal, $max:literal, no_colon: $no_colon:literal) => {
        $(#[$doc])*
        #[derive(Debug, Clone, PartialEq, Eq, PartialOrd, Ord, Hash)]
        pub struct $name(String);

        impl $name {
            /// The longest text, in bytes.
            pub const MAX_LEN: usize = $max;

            /// The text with white space around it dropped.
            ///
            /// # Errors
            /// [`TextError`] if nothing is left, or it is too long or holds a character that is not allowed.
            pub fn new(text: &str) -> Result<Self, TextError> {
                let text = text.trim();
                let refused = |c: char| c.is_control() || misleads(c) || ($no_colon && c == ':');
                if text.is_empty() || text.len() > Self::MAX_LEN || text.chars().any(refused) {
                    return Err(TextError { what: $what, max_len: Self::MAX_LEN, no_colon: $no_colon });
                }
                Ok(Self(text.into()))
            }

            /// The text.
            #[must_use]
            pub fn as_str(&self) -> &str {
                &self.0
            }
        }
    };
}

/// Characters that break a line or turn its direction: an audit trail would show what was not written.
const fn misleads(c: char) -> bool {
    matches!(
        c,
        '\u{061c}' | '\u{200e}' | '\u{200f}' | '\u{2028}'..='\u{202e}' | '\u{2066}'..='\u{2069}'
    )
}

bounded_text! {
    /// The name a person gives an authenticator, such as `Phone`; at most 64 bytes.
    Label, "a label", 64, no_colon: false
}
bounded_text! {
    /// The site's name as authenticator apps show it; at most 64 bytes, no colon (key URI format).
    Issuer, "an issuer", 64, no_colon: true
}
bounded_text! {
    /// The person's name as authenticator apps show it; at most 254 bytes (the longest mail address, RFC 5321 §4.5.3.1.3), no colon.
    AccountName, "an account name", 254, no_colon: true
}
bounded_text! {
    /// Who acts on somebody else's factor: an administrator's name or id; at most 128 bytes.
    Actor, "an actor", 128, no_colon: false
}
bounded_text! {
    /// Why an administrator acts; at most 500 bytes.
    Reason, "a reason", 500, no_colon: false
}

#[cfg(test)]
mod tests {
    use alloc::string::ToString;

    use super::{AccountName, Actor, Issuer, Label, Reason};

    #[test]
    fn trims_and_bounds() {
        assert_eq!(Label::new("  Phone \t").unwrap().as_str(), "Phone");
        assert!(Label::new(" \n ").is_err());
        assert!(Label::new(&"é".repeat(32)).is_ok());
        assert!(Label::new(&"é".repeat(33)).is_err());
        assert!(Label::new("a\u{0}b").is_err());
        assert!(Reason::new(&"x".repeat(500)).is_ok());
        assert!(Reason::new(&"x".repeat(501)).is_err());
        assert!(Actor::new(&"x".repeat(128)).is_ok());
        assert!(Actor::new(&"x".repeat(129)).is_err());
        assert!(Issuer::new(&"x".repeat(64)).is_ok());
        assert!(Issuer::new(&"x".repeat(65)).is_err());
        for spoof in ["a\u{2028}b", "a\u{202e}b", "a\u{2066}b"] {
            assert!(Label::new(spoof).is_err());
        }
    }

    #[test]
    fn colons_are_refused_where_the_label_of_a_uri_would_break() {
        assert!(Issuer::new("Acme: Portal").is_err());
        assert!(Label::new("Work: Phone").is_ok());
        assert_eq!(
            AccountName::new("a:b").unwrap_err().to_string(),
            "an account name takes 1 to 254 bytes of text without control characters or colons"
        );
    }
}

//! What was tolerated in an `otpauth://` URI.

use crate::Base32Note;

/// One thing tolerated in an `otpauth://` URI that the format does not allow, or leaves open.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash)]
#[non_exhaustive]
pub enum OtpAuthNote {
    /// There was white space around the URI.
    SurroundingWhiteSpace,
    /// Scheme, type or the name of a parameter was not in lower case.
    LetterCase,
    /// There was a character that a URI holds only percent-encoded; it was read as it stands.
    RawCharacter,
    /// There was no label, or an empty one: neither issuer nor account name.
    MissingLabel,
    /// The issuers of label and parameter differ; the parameter's counts.
    IssuerMismatch,
    /// The issuer parameter was empty; it was read as missing.
    EmptyIssuer,
    /// A `+` in a parameter was read as a space.
    PlusAsSpace,
    /// The algorithm was spelled otherwise than the format has it, such as `sha-1` or `HmacSHA256`.
    AlgorithmSpelling,
    /// A number had leading zeros.
    LeadingZeros,
    /// There was nothing between two `&`, or after the last.
    EmptyParameter,
    /// A parameter was repeated with the same value.
    RepeatedParameter,
    /// A parameter is not of the format; it was kept aside.
    UnknownParameter,
    /// A `period` at `hotp` or a `counter` at `totp` means nothing; it was kept aside.
    UnusedParameter,
    /// There was no counter at `hotp`; it was read as 0.
    MissingCounter,
    /// Something was tolerated in the secret.
    Secret(Base32Note),
}

impl OtpAuthNote {
    /// The stable name, in lower-case words with underscores; what was tolerated in the secret begins with `secret_`.
    #[must_use]
    pub const fn name(self) -> &'static str {
        match self {
            Self::SurroundingWhiteSpace => "surrounding_white_space",
            Self::LetterCase => "letter_case",
            Self::RawCharacter => "raw_character",
            Self::MissingLabel => "missing_label",
            Self::IssuerMismatch => "issuer_mismatch",
            Self::EmptyIssuer => "empty_issuer",
            Self::PlusAsSpace => "plus_as_space",
            Self::AlgorithmSpelling => "algorithm_spelling",
            Self::LeadingZeros => "leading_zeros",
            Self::EmptyParameter => "empty_parameter",
            Self::RepeatedParameter => "repeated_parameter",
            Self::UnknownParameter => "unknown_parameter",
            Self::UnusedParameter => "unused_parameter",
            Self::MissingCounter => "missing_counter",
            Self::Secret(Base32Note::LowerCase) => "secret_lower_case",
            Self::Secret(Base32Note::Separators) => "secret_separators",
            Self::Secret(Base32Note::Padding) => "secret_padding",
            Self::Secret(Base32Note::LeftoverBits) => "secret_leftover_bits",
        }
    }
}

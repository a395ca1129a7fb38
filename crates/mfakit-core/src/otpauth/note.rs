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

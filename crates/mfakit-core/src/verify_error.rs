//! Why a code was not accepted.

use core::fmt;

/// Why a code was not accepted.
///
/// Exhaustive: a code of the right shape is fresh, used up or wrong.
///
/// # Security
/// A person may be told to wait for the next code. That a replayed code was right is not for strangers to hear:
/// whoever sends it may have read it over a shoulder.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
#[expect(clippy::exhaustive_enums, reason = "a code is fresh, used up or wrong")]
pub enum VerifyError {
    /// The code is right for no moving factor that was tried.
    Mismatch,
    /// The code is right, but only for a moving factor that is used up (RFC 6238 §5.2).
    Replayed,
}

impl fmt::Display for VerifyError {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(match self {
            Self::Mismatch => "the code does not match",
            Self::Replayed => "the code was used already",
        })
    }
}

impl core::error::Error for VerifyError {}

#[cfg(test)]
mod tests {
    use alloc::string::ToString;

    use super::VerifyError;

    #[test]
    fn messages_tell_replay_from_mismatch() {
        assert_eq!(VerifyError::Mismatch.to_string(), "the code does not match");
        assert_eq!(
            VerifyError::Replayed.to_string(),
            "the code was used already"
        );
    }
}

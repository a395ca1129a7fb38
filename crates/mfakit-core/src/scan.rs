//! What looking through a range of moving factors finds, none of it looked at before the range is at its end.

use subtle::{Choice, ConditionallySelectable};

use crate::VerifyError;

/// What was found so far; which factors matched, and whether any did, is secret until [`Found::latest`].
pub(crate) struct Found {
    fresh: Choice,
    used: Choice,
    latest: u64,
}

impl Found {
    pub(crate) fn nothing() -> Self {
        Self {
            fresh: Choice::from(0),
            used: Choice::from(0),
            latest: 0,
        }
    }

    /// Notes whether the code is right for a factor, fresh or used up; factors come in rising order.
    pub(crate) fn note(&mut self, factor: u64, right: Choice, is_fresh: Choice) {
        let fresh = right & is_fresh;
        self.fresh |= fresh;
        self.used |= right & !is_fresh;
        self.latest.conditional_assign(&factor, fresh);
    }

    /// The latest factor that the code is right for and that is not used up.
    ///
    /// # Errors
    /// [`VerifyError::Replayed`] if it is right for used factors only, [`VerifyError::Mismatch`] if for none.
    pub(crate) fn latest(self) -> Result<u64, VerifyError> {
        match (bool::from(self.fresh), bool::from(self.used)) {
            (true, _) => Ok(self.latest),
            (false, true) => Err(VerifyError::Replayed),
            (false, false) => Err(VerifyError::Mismatch),
        }
    }
}

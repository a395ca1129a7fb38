//! HOTP (RFC 4226): codes that change with a counter.

use core::{fmt, ops::RangeInclusive};

use crate::{
    Algorithm, Code, Counter, Digits, LookAhead, Secret, VerifyError,
    mac::Mac,
    scan::{Answers, Found},
};

/// One HOTP authenticator, keyed and ready.
///
/// RFC 4226 knows SHA-1 alone; the other hashes are those of RFC 6238, which apps take for HOTP as well.
pub struct Hotp {
    secret: Secret,
    algorithm: Algorithm,
    digits: Digits,
    mac: Mac,
}

impl Hotp {
    /// The authenticator with this secret.
    #[must_use]
    pub fn new(secret: Secret, algorithm: Algorithm, digits: Digits) -> Self {
        let mac = Mac::new(algorithm, &secret);
        Self {
            secret,
            algorithm,
            digits,
            mac,
        }
    }

    /// The code of a counter.
    #[must_use]
    pub fn generate(&self, counter: Counter) -> Code {
        Code::from_truncated(self.mac.truncated(counter.number()), self.digits)
    }

    /// Checks a code against `next_counter` and the `look_ahead` counters after it (RFC 4226 §7.2).
    ///
    /// If the code is right for several counters, the latest one counts, so that the code is used up for all of them.
    /// The look-ahead ends at 2^64 - 1 and never wraps. All counters are computed, whatever matches, and
    /// nothing is allocated.
    ///
    /// # Security
    /// [`AcceptedCounter`] names the next counter to store, and it must be stored before anybody is let in, by a write
    /// that succeeds only if the stored counter is still `next_counter`. Otherwise the code works twice.
    ///
    /// # Errors
    /// [`VerifyError::Replayed`] if the code is that of the counter before `next_counter`: a form sent twice.
    /// [`VerifyError::Mismatch`] if it is right for none of them. Older codes are mismatches.
    pub fn verify(
        &self,
        code: &Code,
        next_counter: Counter,
        look_ahead: LookAhead,
    ) -> Result<AcceptedCounter, VerifyError> {
        let first = next_counter.previous().unwrap_or(next_counter);
        let counters = first.number()..=look_ahead.last(next_counter);
        let mut answers = Answers::with(AcceptedCounter::of(next_counter));
        let answers = answers.written();
        let found = self.scan(code, counters, next_counter);
        found.answer(answers, AcceptedCounter::number_mut)
    }

    /// Not inlined, so that its instructions can be counted: they are the same, whatever matches.
    #[inline(never)]
    fn scan(&self, code: &Code, counters: RangeInclusive<u64>, next_counter: Counter) -> Found {
        // Not secret: the counters. Secret: the codes, and which counter matches.
        let mut found = Found::nothing();
        self.mac.for_each(counters, |counter, truncated| {
            let is_fresh = counter >= next_counter.number();
            found.note(counter, code.is_of(truncated, self.digits), is_fresh);
        });
        found
    }

    /// The shared secret.
    #[must_use]
    pub const fn secret(&self) -> &Secret {
        &self.secret
    }

    /// The hash under the HMAC.
    #[must_use]
    pub const fn algorithm(&self) -> Algorithm {
        self.algorithm
    }

    /// How long a code is.
    #[must_use]
    pub const fn digits(&self) -> Digits {
        self.digits
    }

    pub(crate) const fn mac(&self) -> &Mac {
        &self.mac
    }
}

impl fmt::Debug for Hotp {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("Hotp")
            .field("algorithm", &self.algorithm)
            .field("digits", &self.digits)
            .finish_non_exhaustive()
    }
}

/// Proof that a code was right for a counter that was not used up.
///
/// It can be neither made nor copied outside this crate.
#[derive(Debug)]
#[must_use = "a code that was accepted works again until the next counter is stored"]
pub struct AcceptedCounter {
    counter: Counter,
}

impl AcceptedCounter {
    pub(crate) const fn of(counter: Counter) -> Self {
        Self { counter }
    }

    pub(crate) const fn number_mut(&mut self) -> &mut u64 {
        self.counter.number_mut()
    }

    /// The counter the code was for.
    #[must_use]
    pub const fn counter(&self) -> Counter {
        self.counter
    }

    /// The counter to store as the next one (RFC 4226 §7.2), or `None` if this was the last: the authenticator
    /// has no further code, and must be disabled.
    #[must_use]
    pub const fn into_next_counter(self) -> Option<Counter> {
        self.counter.next()
    }
}

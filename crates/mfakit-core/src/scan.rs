//! What looking through a range of moving factors finds, none of it looked at before the range is at its end.

use subtle::Choice;

use crate::VerifyError;

/// What was found so far; which factors matched, and whether any did, is secret until [`Found::latest`].
pub(crate) struct Found {
    /// 1 if the code is right for a fresh factor, else 0.
    fresh: u8,
    /// 1 if it is right for one that is used up, else 0.
    used: u8,
    latest: u64,
}

impl Found {
    pub(crate) fn nothing() -> Self {
        Self {
            fresh: 0,
            used: 0,
            latest: 0,
        }
    }

    /// Notes whether the code is right for a factor, fresh or used up, which is no secret; factors come in rising
    /// order.
    ///
    /// That no compiler makes a branch of it is what `scripts/check instructions constant-time` hold.
    pub(crate) fn note(&mut self, factor: u64, right: Choice, is_fresh: bool) {
        let right = right.unwrap_u8();
        let fresh = right & u8::from(is_fresh);
        self.fresh |= fresh;
        self.used |= right & u8::from(!is_fresh);
        // All ones if it is to be taken, else 0.
        let mask = 0_u64.wrapping_sub(fresh.into());
        self.latest ^= (self.latest ^ factor) & mask;
    }

    /// The latest factor that the code is right for and that is not used up.
    ///
    /// # Errors
    /// [`VerifyError::Replayed`] if it is right for used factors only, [`VerifyError::Mismatch`] if for none.
    pub(crate) fn latest(self) -> Result<u64, VerifyError> {
        // REVEALED: the answer, and nothing before it.
        match (self.fresh != 0, self.used != 0) {
            (true, _) => Ok(self.latest),
            (false, true) => Err(VerifyError::Replayed),
            (false, false) => Err(VerifyError::Mismatch),
        }
    }
}

#[cfg(test)]
mod tests {
    use alloc::vec::Vec;

    use mfakit_memcheck::hide;

    use crate::{
        Accepted, Algorithm, Code, Counter, Digits, Hotp, LookAhead, Period, ResyncWindow, Secret,
        TimeStep, Totp, TotpParameters, UnixTime, VerifyError, Window,
    };

    const NOW: UnixTime = UnixTime::from_seconds(1_800_000_000);
    const STEP: u64 = 60_000_000;

    /// A secret that can be seen, to make codes with, and one of the same bytes that is hidden.
    fn secrets() -> (Secret, Secret) {
        let (seen, hidden) = (
            Secret::import(&[9; 20]).unwrap(),
            Secret::import(&[9; 20]).unwrap(),
        );
        hide(hidden.expose_secret());
        (seen, hidden)
    }

    /// Codes of the two steps before the window, of each step in it, of the step after, and of none.
    fn codes(totp: &Totp) -> Vec<(Option<u64>, Code)> {
        let code = |step| totp.generate(TimeStep::new(step).start(Period::THIRTY));
        let inside = (STEP - 1..=STEP + 1).map(|step| (Some(step), code(step).unwrap()));
        let outside = [STEP - 3, STEP - 2, STEP + 2].map(|step| (None, code(step).unwrap()));
        inside.chain(outside).collect()
    }

    #[test]
    #[cfg_attr(miri, ignore = "too many hashes for an interpreter")]
    fn constant_time_time_based_codes() {
        for algorithm in Algorithm::ALL {
            let parameters = TotpParameters {
                algorithm,
                ..TotpParameters::default()
            };
            let (seen, hidden) = secrets();
            let codes = codes(&Totp::with_parameters(seen, parameters));
            let prepared = Totp::with_parameters(hidden.duplicate(), parameters);
            for (step, code) in &codes {
                for last in [None, Some(STEP - 1), Some(STEP + 1)].map(|it| it.map(TimeStep::new)) {
                    let fresh = step.filter(|step| last < Some(TimeStep::new(*step)));
                    let check = |answer: Result<Accepted, VerifyError>| {
                        // REVEALED: the step, by the test.
                        match answer.map(|accepted| accepted.into_step().number()) {
                            Ok(accepted) => assert_eq!(Some(accepted), fresh),
                            Err(VerifyError::Replayed) => {
                                assert!(step.is_some() && fresh.is_none());
                            }
                            Err(_) => assert_eq!(*step, None),
                        }
                    };
                    // REVEALED: the same, where the compiler has put it.
                    check(prepared.verify(code, NOW, Window::DEFAULT, last));
                    // REVEALED: the same.
                    check(Totp::verify_once(
                        &hidden,
                        parameters,
                        code,
                        NOW,
                        Window::DEFAULT,
                        last,
                    ));
                }
            }
        }
    }

    #[test]
    #[cfg_attr(miri, ignore = "too many hashes for an interpreter")]
    fn constant_time_counter_based_codes() {
        let (seen, hidden) = secrets();
        let hotp = |secret| Hotp::new(secret, Algorithm::Sha1, Digits::SIX);
        let (seen, hidden) = (hotp(seen), hotp(hidden));
        for counter in 90..115 {
            let code = seen.generate(Counter::new(counter));
            let answer = hidden.verify(&code, Counter::new(100), LookAhead::DEFAULT);
            // REVEALED: the counter, by the test.
            match answer.map(|accepted| accepted.counter().number()) {
                Ok(accepted) => assert_eq!(accepted, counter),
                Err(VerifyError::Replayed) => assert_eq!(counter, 99),
                Err(_) => assert!(!(99..=110).contains(&counter)),
            }
        }
    }

    #[test]
    #[cfg_attr(miri, ignore = "too many hashes for an interpreter")]
    fn constant_time_resynchronization() {
        let (seen, hidden) = secrets();
        let totp = |secret| Totp::with_parameters(secret, TotpParameters::default());
        let (seen, hidden) = (totp(seen), totp(hidden));
        let window = ResyncWindow::new(6).unwrap();
        let last = Some(TimeStep::new(STEP - 3));
        for step in STEP - 9..STEP + 9 {
            let code = |step| seen.generate(TimeStep::new(step).start(Period::THIRTY));
            let (first, second) = (code(step).unwrap(), code(step + 1).unwrap());
            let answer = hidden.resynchronize(&first, &second, NOW, window, last);
            // REVEALED: the step, by the test.
            match answer.map(|found| found.into_step().number()) {
                Ok(found) => assert_eq!(found, step + 1),
                Err(VerifyError::Replayed) => assert!((STEP - 6..=STEP - 3).contains(&step)),
                Err(_) => assert!(!(STEP - 6..STEP + 6).contains(&step)),
            }
        }
    }
}

//! What looking through a range of moving factors finds, none of it looked at before the range is at its end.

use core::{
    hint::{black_box, select_unpredictable},
    mem,
};

use crate::{VerifyError, mask::Mask};

/// What was found so far; which factors matched, and whether any did, is secret until [`Found::answer`].
pub(crate) struct Found {
    /// Whether the code is right for a fresh factor.
    fresh: Mask,
    /// Whether it is right for one that is used up.
    used: Mask,
    latest: u64,
}

impl Found {
    pub(crate) const fn nothing() -> Self {
        Self {
            fresh: Mask::NO,
            used: Mask::NO,
            latest: 0,
        }
    }

    /// Notes whether the code is right for a factor, fresh or used up, which is no secret; factors come in rising
    /// order.
    pub(crate) fn note(&mut self, factor: u64, right: Mask, is_fresh: bool) {
        let fresh = right.and(is_fresh);
        self.fresh.note(fresh);
        self.used.note(right.and(!is_fresh));
        self.latest = fresh.choose(factor, self.latest);
    }

    /// The proof of the latest factor that the code is right for and that is not used up; `place` is where the factor
    /// stands in the proof.
    ///
    /// The answers are chosen from, not branched to, so that all of them take the same time.
    ///
    /// # Errors
    /// [`VerifyError::Replayed`] if it is right for used factors only, [`VerifyError::Mismatch`] if for none.
    pub(crate) fn answer<P>(
        self,
        answers: &mut Answers<P>,
        place: impl FnOnce(&mut P) -> &mut u64,
    ) -> Result<P, VerifyError> {
        if let Ok(proof) = &mut answers.accepted {
            *place(proof) = self.latest;
        }
        // REVEALED: the answer, and nothing before it.
        let (is_fresh, is_used) = (self.fresh.reveal(), self.used.reveal());
        let refused = select_unpredictable(is_used, &mut answers.replayed, &mut answers.mismatch);
        let answer = select_unpredictable(is_fresh, &mut answers.accepted, refused);
        // REVEALED: the same, by where it lies.
        mem::replace(answer, Err(VerifyError::Mismatch))
    }
}

/// Every answer there can be, written down before the code is looked at.
///
/// Were they written afterwards, they would differ in how long the processor takes to read back what was just written
/// in pieces. What is written afterwards is the factor alone, in one piece. `scripts/soak timing` holds it.
pub(crate) struct Answers<P> {
    accepted: Result<P, VerifyError>,
    replayed: Result<P, VerifyError>,
    mismatch: Result<P, VerifyError>,
}

impl<P> Answers<P> {
    /// With a proof in which the factor is still to come.
    pub(crate) const fn with(proof: P) -> Self {
        Self {
            accepted: Ok(proof),
            replayed: Err(VerifyError::Replayed),
            mismatch: Err(VerifyError::Mismatch),
        }
    }

    /// Has them written where they are, now.
    pub(crate) fn written(&mut self) -> &mut Self {
        black_box(self)
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

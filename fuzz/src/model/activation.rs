//! The activation code of an installation.

use crate::{Answer, Op, People};

use super::{Model, papers::Grant, repaired};

#[derive(Debug, Clone, PartialEq, Eq, Hash)]
pub(super) struct Code {
    seen: i64,
    /// Which of the codes that were issued is good; none if nobody has seen it.
    good: Option<usize>,
    expires: i64,
    tries_left: u32,
    redeemed: bool,
    revoked: bool,
}

impl Code {
    const fn new(now: i64, good: usize, seconds: i64) -> Self {
        Self {
            seen: now,
            good: Some(good),
            expires: now + seconds,
            tries_left: 10,
            redeemed: false,
            revoked: false,
        }
    }

    pub(super) fn forget_unseen(&mut self, next: usize) {
        self.good = self.good.filter(|good| *good != next);
    }

    const fn state(&self, now: i64) -> &'static str {
        if self.redeemed {
            "redeemed"
        } else if self.revoked {
            "revoked"
        } else if self.tries_left == 0 {
            "exhausted"
        } else if now >= self.expires {
            "expired"
        } else {
            "open"
        }
    }
}

impl Model {
    pub(super) fn of_code(
        &mut self,
        op: &Op,
        clock: i64,
        people: &People,
    ) -> Result<Answer, Answer> {
        if let Op::Issue { seconds } = op {
            let now = self.time(&[], clock)?;
            self.wrote = true;
            let code = Code::new(now, 0, i64::from(*seconds));
            self.granted = Some((0, Grant::Installation(code)));
            return Ok(Answer::Issued);
        }
        let named = match op {
            Op::Reissue { known } | Op::Revoke { known } => *known,
            Op::Redeem { code, .. } => code.is_some(),
            _ => true,
        };
        let seen = self.code.as_ref().filter(|_| named).map(|code| code.seen);
        let (now, next) = match op {
            // Lists and repairs go by the clock as it stands.
            Op::RepairCode | Op::CodeStatus => (clock, 0),
            _ => {
                let codes = people.installation.as_ref();
                let next = codes.map_or(0, |(_, codes)| codes.len());
                (self.time(&[seen], clock)?, next)
            }
        };
        let Some(code) = self.code.as_mut().filter(|_| named) else {
            return Ok(match op {
                Op::Redeem { .. } => Answer::ActivationFailed,
                Op::RepairCode => Answer::NothingAhead,
                _ => Answer::Unknown,
            });
        };
        let (answer, wrote) = code.judge(op, now, next);
        if wrote {
            code.seen = now;
            self.wrote = true;
        }
        Ok(answer)
    }
}

impl Code {
    /// What is answered, and whether anything has changed.
    fn judge(&mut self, op: &Op, now: i64, next: usize) -> (Answer, bool) {
        match op {
            Op::Reissue { .. } => {
                let old = self.state(now);
                *self = Self::new(now, next, 86_400);
                (Answer::Reissued { old }, true)
            }
            Op::Revoke { .. } => match self.state(now) {
                "redeemed" => (Answer::AlreadyRedeemed, false),
                "revoked" => (Answer::AlreadyRevoked, false),
                _ => {
                    self.revoked = true;
                    (Answer::Revoked { count: 1 }, true)
                }
            },
            Op::Redeem {
                code,
                right_purpose,
            } => {
                if self.tries_left == 0 {
                    return (Answer::ActivationFailed, false);
                }
                let good = *code == self.good && *right_purpose;
                if good && self.state(now) == "open" {
                    self.redeemed = true;
                    return (Answer::Redeemed, true);
                }
                self.tries_left -= 1;
                (Answer::ActivationFailed, true)
            }
            Op::RepairCode => {
                let ahead = self.seen > now + 120;
                if ahead {
                    self.expires = self.expires.min(now + 86_400);
                }
                (repaired(ahead), ahead)
            }
            _ => {
                let (state, tries_left) = (self.state(now), self.tries_left);
                (Answer::Code { state, tries_left }, false)
            }
        }
    }
}

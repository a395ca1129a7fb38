//! Which operation four bytes stand for.

use mfakit_core::{Code, Demand, Digits, IdentityVerified};

use crate::{
    Answer, Bearer, Cookie, Ends, First, Op, Paper, People, Presented, RULES, Typed, Which,
    WhichDevice,
};

/// What happens next.
#[derive(Debug)]
pub(crate) enum Deed {
    /// Time passes.
    Wait(i64),
    /// The clock goes this much ahead of time, or behind.
    Skew(i64),
    /// People behave differently for a while.
    Mood(Mood),
    Do(Op),
}

/// How people behave.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Default)]
pub(crate) enum Mood {
    #[default]
    Usual,
    /// Somebody tries codes and passwords, as fast as the locks let them.
    Guessing,
    /// Somebody gets the first code of a setup wrong.
    Fumbling,
}

/// A source of small numbers.
pub(crate) struct Draw<'a> {
    pub(crate) people: &'a mut People,
    pub(crate) mood: Mood,
    pub(crate) now: i64,
    pub(crate) bits: u32,
}

impl Draw<'_> {
    /// The deed for `what`; the rest of the bytes say how.
    pub(crate) fn deed(&mut self, what: u8) -> Deed {
        let of = usize::from(self.one_in(4));
        let op = match what {
            0..46 => return Deed::Wait(self.short_wait()),
            46..49 => return Deed::Wait(i64::from(self.below(72)) * 3_600),
            49 if self.one_in(4) => return Deed::Wait(i64::from(self.below(40)) * 86_400),
            49 => return Deed::Skew(self.pick(&[0, 0, 0, 60, -90, -300, 7_200, 31_536_000])),
            50 => {
                let moods = [Mood::Usual, Mood::Guessing, Mood::Fumbling];
                return Deed::Mood(self.pick(&moods));
            }
            51..100 => self.sign_in(of),
            100..150 => self.verify(of),
            150..164 => {
                let typed = self.backup(of);
                self.typed(of, typed)
            }
            164..178 => {
                let typed = self.wrong();
                self.typed(of, typed)
            }
            178..181 => self.resynchronize(of),
            181..186 => Op::BeginSetup(self.holder(of)),
            186..190 => {
                let by = self.holder(of);
                Op::ConfirmSetup(by, self.first_code(of))
            }
            190..196 => Op::Acknowledge(self.session(of)),
            196..206 => {
                let by = self.session(of);
                let demands = [Demand::Session, Demand::TwoFactor, Demand::Fresh];
                Op::Check(by, self.pick(&demands))
            }
            206..210 => Op::StepUp(self.session(of)),
            210 => Op::Regenerate(self.session(of)),
            211..213 => {
                let by = self.session(of);
                Op::Rename(by, self.known_factor(of))
            }
            213..215 => {
                let by = self.session(of);
                Op::Remove(by, self.known_factor(of))
            }
            215 if self.one_in(3) => Op::Disable(self.session(of)),
            215..218 => {
                let by = self.session(of);
                Op::RevokeDevices(by, self.device(of))
            }
            218 => {
                let who = of;
                let which = self.device(of);
                Op::RevokeDevicesOf { who, which }
            }
            219..223 => Op::BeginPassword { who: of },
            223..225 => self.repair(),
            225 if self.one_in(4) => Op::BeginDecoy,
            225 | 239 => Op::Settle { who: of },
            226 => self.password_changed(of),
            227..229 => self.ending(of),
            229 if self.one_in(2) => self.resynchronize_of(of),
            229..232 => {
                let identities = [IdentityVerified::Yes, IdentityVerified::No];
                let identity = self.pick(&identities);
                Op::Unlock { who: of, identity }
            }
            232 => Op::UnlockPassword { who: of },
            233..235 => self.bind(of),
            235 => self.exempt(of),
            236 => Op::EndExemption { who: of },
            237 => Op::Require { who: of },
            238 => Op::EndRequirement { who: of },
            240..243 => Op::Status { who: of },
            243 => self.policy(),
            244..250 => self.activation(),
            _ => Op::Defer(self.ticket(of)),
        };
        Deed::Do(op)
    }

    /// What somebody does who goes on where the last answer leads to.
    pub(crate) fn follow(&mut self, op: &Op, answer: &Answer) -> Option<Op> {
        let of = op.person()?;
        let newest = |paper| Bearer {
            of,
            paper,
            presented: Presented::Rightly,
        };
        let (ticket, session) = (newest(Paper::Ticket(0)), newest(Paper::Session(0)));
        match (op, answer) {
            (_, Answer::Challenge { .. }) => Some(Op::Verify {
                by: ticket,
                typed: match (self.mood, self.one_in(6)) {
                    (Mood::Usual, true) => self.backup(of),
                    (Mood::Usual, false) => self.code(of),
                    (Mood::Guessing | Mood::Fumbling, _) => self.wrong(),
                },
                remember: self.one_in(2),
            }),
            (_, Answer::Setup { may_defer }) => Some(if may_defer.is_some() && self.one_in(3) {
                Op::Defer(ticket)
            } else if self.one_in(2) {
                Op::BeginSetup(ticket)
            } else {
                return None;
            }),
            (Op::BeginPassword { who }, Answer::Proceed) if self.mood == Mood::Guessing => {
                Some(Op::BeginPassword { who: *who })
            }
            (Op::BeginPassword { who }, Answer::Paused(_)) if self.one_in(2) => {
                Some(Op::UnlockPassword { who: *who })
            }
            (Op::BeginSetup(by), Answer::Pending { .. }) => Some(match self.mood {
                Mood::Fumbling => Op::ConfirmSetup(*by, self.wrong()),
                Mood::Usual | Mood::Guessing => Op::ConfirmSetup(*by, self.first_code(of)),
            }),
            (Op::ConfirmSetup(by, _), Answer::Mismatch { .. }) if self.mood == Mood::Fumbling => {
                Some(Op::ConfirmSetup(*by, self.wrong()))
            }
            (
                _,
                Answer::Confirmed { codes: true }
                | Answer::Renewed
                | Answer::Verified { codes: true, .. },
            ) => Some(Op::Acknowledge(session)),
            (_, Answer::Confirmed { .. } | Answer::Verified { .. } | Answer::Current { .. }) => {
                Some(match self.below(16) {
                    0 | 1 => Op::Rename(session, self.known_factor(of)),
                    2 => Op::Remove(session, self.known_factor(of)),
                    3 if self.one_in(3) => Op::Disable(session),
                    4 => Op::Regenerate(session),
                    5 | 6 => Op::BeginSetup(session),
                    7 => Op::RevokeDevices(session, self.device(of)),
                    8 | 9 => Op::SignIn {
                        who: of,
                        first: First::External,
                        demand: false,
                        device: Some(Cookie::Own(0)),
                    },
                    10 => Op::StepUp(session),
                    11 => Op::PasswordChanged {
                        who: of,
                        session: Some(session),
                    },
                    12 => Op::Check(session, Demand::Fresh),
                    _ => return None,
                })
            }
            _ => None,
        }
    }

    /// What sets clocks right.
    pub(crate) fn repair(&mut self) -> Op {
        match self.below(4) {
            0 => Op::RepairClock { who: None },
            1 => Op::RepairCode,
            who => Op::RepairClock {
                who: Some(usize::from(who == 3)),
            },
        }
    }

    fn short_wait(&mut self) -> i64 {
        match self.mood {
            Mood::Usual => self.pick(&[1, 1, 29, 30, 31, 60, 60, 255]),
            Mood::Guessing => self.pick(&[1, 30, 60, 300, 900, 3_600]),
            Mood::Fumbling => 1,
        }
    }

    fn sign_in(&mut self, who: usize) -> Op {
        if self.mood == Mood::Guessing && self.one_in(2) {
            return Op::BeginPassword { who };
        }
        let by_password = self.people.persons[who].has_attempt();
        let device = match self.below(8) {
            0 => Some(Cookie::Own(0)),
            1 => Some(Cookie::Own(self.index(4))),
            2 if self.one_in(4) => Some(Cookie::Odd),
            _ => None,
        };
        Op::SignIn {
            who,
            first: if by_password {
                First::Password
            } else {
                First::External
            },
            demand: self.one_in(8),
            device,
        }
    }

    fn verify(&mut self, of: usize) -> Op {
        match self.mood {
            Mood::Usual => {
                let typed = self.code(of);
                self.typed(of, typed)
            }
            Mood::Guessing => {
                let typed = self.wrong();
                self.typed(of, typed)
            }
            Mood::Fumbling => Op::ConfirmSetup(self.holder(of), self.wrong()),
        }
    }

    fn typed(&mut self, of: usize, typed: Typed) -> Op {
        Op::Verify {
            by: self.ticket(of),
            typed,
            remember: self.one_in(3),
        }
    }

    /// A code that one of the newest apps or tokens shows, about now.
    fn code(&mut self, of: usize) -> Typed {
        let Some(which) = self.app(of) else {
            return self.wrong();
        };
        let far = self.one_in(16);
        let offset = i64::from(self.below(7)) - 3 + if far { 60 } else { 0 };
        let factor = match which {
            Which::Bound(place) if self.people.persons[of].tokens[place].counts() => {
                self.press(of, place, offset.unsigned_abs() % 4)
            }
            _ => (self.now.div_euclid(30) + offset).cast_unsigned(),
        };
        let shown = self.people.persons[of].shows(which, factor);
        shown.map_or(Typed::Shapeless, Typed::Code)
    }

    fn press(&mut self, of: usize, place: usize, times: u64) -> u64 {
        let presses = &mut self.people.persons[of].presses[place];
        *presses += times;
        presses.saturating_sub(1)
    }

    /// The code for the setup that is under way, mostly.
    fn first_code(&mut self, of: usize) -> Typed {
        let last = self.people.persons[of].apps.len().checked_sub(1);
        match last {
            Some(last) if !self.one_in(8) => {
                let step = self.now.div_euclid(30).cast_unsigned();
                let shown = self.people.persons[of].shows(Which::Own(last), step);
                shown.map_or(Typed::Shapeless, Typed::Code)
            }
            _ => self.wrong(),
        }
    }

    fn wrong(&mut self) -> Typed {
        if self.one_in(16) {
            return Typed::Shapeless;
        }
        let number = u32::from(self.below(250));
        let code = Code::parse(&format!("{number:06}"), Digits::SIX).expect("six digits");
        Typed::Code(code.expose().as_str().to_owned())
    }

    fn backup(&mut self, of: usize) -> Typed {
        let sets = self.people.persons[of].sets.len();
        let older = usize::from(self.one_in(8));
        match sets.checked_sub(1 + older) {
            Some(set) => Typed::Backup(set, self.index(10)),
            None => Typed::Shapeless,
        }
    }

    fn resynchronize(&mut self, of: usize) -> Op {
        let by = self.ticket(of);
        let Some((which, at, consecutive)) = self.pair(of) else {
            return Op::StepUp(self.session(of));
        };
        Op::Resynchronize {
            by,
            which,
            at,
            consecutive,
        }
    }

    fn resynchronize_of(&mut self, who: usize) -> Op {
        let Some((which, at, consecutive)) = self.pair(who) else {
            return Op::Status { who };
        };
        Op::ResynchronizeOf {
            who,
            which,
            at,
            consecutive,
        }
    }

    /// Two codes of one of the newest apps or tokens: the moving factor of the first, and whether the second is the
    /// one that follows.
    fn pair(&mut self, of: usize) -> Option<(Which, u64, bool)> {
        let which = self.app(of)?;
        let offset = self.pick(&[-130, -60, -4, -3, -2, -1, 0, 1, 2, 59, 118, 130]);
        let at = match which {
            Which::Bound(place) if self.people.persons[of].tokens[place].counts() => {
                let far = u64::from(offset == 118) * 50;
                self.press(of, place, 1 + far)
            }
            _ => (self.now.div_euclid(30) + offset).cast_unsigned(),
        };
        Some((which, at, !self.one_in(8)))
    }

    fn password_changed(&mut self, who: usize) -> Op {
        let mut session = (!self.one_in(4)).then(|| self.session(who));
        // The tenant is that of the account.
        if let Some(by) = session
            .as_mut()
            .filter(|by| by.presented == Presented::InAnotherTenant)
        {
            by.presented = Presented::Rightly;
        }
        Op::PasswordChanged { who, session }
    }

    /// What takes an account's factors, or what stands for them: rare.
    fn ending(&mut self, who: usize) -> Op {
        match self.below(24) {
            0 => Op::Erase { who },
            1 | 2 => Op::Reset { who },
            _ => Op::Status { who },
        }
    }

    fn bind(&mut self, who: usize) -> Op {
        let tokens = self.people.persons[who].tokens.len();
        let again = self.one_in(3);
        let token = if again && tokens > 0 {
            tokens - 1
        } else {
            tokens
        };
        Op::BindToken { who, token }
    }

    fn exempt(&mut self, who: usize) -> Op {
        let end = match self.below(4) {
            0 => Ends::Never,
            1 => Ends::At(self.now - 1),
            2 => Ends::At(self.now + 3_600),
            _ => Ends::At(self.now + i64::from(self.below(9)) * 86_400),
        };
        Op::Exempt { who, end }
    }

    /// The first of the policies more often than the others: under some of them little happens.
    fn policy(&mut self) -> Op {
        if self.one_in(3) {
            return Op::ReadPolicy;
        }
        let rules = if self.one_in(2) {
            0
        } else {
            self.index(RULES.len())
        };
        let from_read = self.people.policy.is_some() && self.one_in(2);
        Op::SetPolicy { rules, from_read }
    }

    fn activation(&mut self) -> Op {
        let Some((_, codes)) = &self.people.installation else {
            return Op::Issue { seconds: 86_400 };
        };
        let last = codes.len() - 1;
        let known = !self.one_in(8);
        match self.below(48) {
            0 => Op::Issue {
                seconds: self.pick(&[600, 86_400]),
            },
            1 | 2 => Op::Reissue { known },
            3 => Op::Revoke { known },
            4..12 => Op::CodeStatus,
            12 => Op::Redeem {
                code: None,
                right_purpose: true,
            },
            13 => Op::RepairCode,
            _ => {
                let older = last.saturating_sub(self.index(3));
                let code = Some(if self.one_in(2) { older } else { last });
                // The right one at once would leave nothing to try.
                let right_purpose = self.one_in(5);
                Op::Redeem {
                    code,
                    right_purpose,
                }
            }
        }
    }

    fn ticket(&mut self, of: usize) -> Bearer {
        let ago = self.ago();
        let paper = match self.below(64) {
            0 => Paper::Nothing,
            1 => Paper::Session(ago),
            _ => Paper::Ticket(ago),
        };
        self.bearer(of, paper)
    }

    fn session(&mut self, of: usize) -> Bearer {
        let ago = self.ago();
        let paper = match self.below(64) {
            0 => Paper::Nothing,
            1 => Paper::Ticket(ago),
            _ => Paper::Session(ago),
        };
        self.bearer(of, paper)
    }

    fn holder(&mut self, of: usize) -> Bearer {
        if self.one_in(2) {
            self.ticket(of)
        } else {
            self.session(of)
        }
    }

    fn bearer(&mut self, of: usize, paper: Paper) -> Bearer {
        let presented = match self.below(64) {
            0 => Presented::InAnotherSession,
            1 => Presented::InAnotherTenant,
            _ => Presented::Rightly,
        };
        Bearer {
            of,
            paper,
            presented,
        }
    }

    fn ago(&mut self) -> usize {
        if self.one_in(4) { self.index(6) } else { 0 }
    }

    /// One of the newest apps and tokens.
    fn app(&mut self, of: usize) -> Option<Which> {
        let person = &self.people.persons[of];
        let (apps, tokens) = (person.apps.len(), person.tokens.len());
        let ago = 1 + self.index(2);
        let own = apps.checked_sub(ago).map(Which::Own);
        let bound = tokens.checked_sub(ago).map(Which::Bound);
        if self.one_in(2) {
            own.or(bound)
        } else {
            bound.or(own)
        }
    }

    fn known_factor(&mut self, of: usize) -> Option<Which> {
        let known = self.people.persons[of].known_factors();
        let newest = known.len().saturating_sub(3);
        let place = newest + self.index(3);
        known.get(place).copied().filter(|_| !self.one_in(8))
    }

    fn device(&mut self, of: usize) -> WhichDevice {
        let known = self.people.persons[of].known_devices();
        match known.last() {
            Some(last) if !self.one_in(4) => WhichDevice::One(*last),
            _ => WhichDevice::All,
        }
    }

    fn pick<T: Copy>(&mut self, from: &[T]) -> T {
        let place = self.index(from.len());
        from[place]
    }

    fn index(&mut self, end: usize) -> usize {
        usize::from(self.below(u8::try_from(end).unwrap_or(u8::MAX)))
    }

    fn one_in(&mut self, n: u8) -> bool {
        self.below(n) == 0
    }

    /// A number below `end`, out of the bits that the bytes gave.
    fn below(&mut self, end: u8) -> u8 {
        self.bits = self
            .bits
            .wrapping_mul(0x9e37_79b1)
            .wrapping_add(0x7f4a_7c15);
        let high = (self.bits ^ self.bits >> 15) >> 16;
        u8::try_from(high % u32::from(end.max(1))).unwrap_or(0)
    }
}

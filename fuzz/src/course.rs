//! Every operation as a flow, and what its answer leaves with the people.

mod reading;

use core::fmt;

use mfakit_core::{
    AccountId, AccountName, AccountStatus, ActivationCode, ActivationLifetime, Actor,
    Administrator, BackupCodesRenewal, Commit, Confirmation, Decision, Declined, Deferment,
    DocumentKey, Error, ExemptionEnd, FactorChange, FirstFactor, Flow, Gate, Input, Label,
    PolicyChange, Redemption, Reissue, Renaming, ReplayedCode, Resynchronization, Revocation,
    Secret, SetupStart, SignIn, Step, StepUp, TokenBinding, UnixTime, Verification, Verified,
};
use mfakit_core::{Presented as Token, WhichDevices};

use crate::{
    Answer, App, Bearer, Cookie, Ends, First, Op, People, Person, Presented, Turn, Typed, Which,
    WhichDevice, World, people::HAND,
};
use reading::{
    challenged, exemption, locked, mismatch, repair, requirement, revocation, state_name, summary,
    told, unlocking,
};

/// An operation under way.
#[derive(Debug)]
pub struct Course(Box<dyn Running>);

/// What an operation asks of the store.
#[derive(Debug)]
pub enum Ask {
    /// To load these documents.
    Load(Vec<DocumentKey>),
    /// To commit this.
    Commit(Commit),
    /// Nothing more: it has its answer, or none.
    Done(Result<(), Error>),
}

trait Running: fmt::Debug {
    fn next(&mut self, input: Input, world: &mut World) -> Ask;
    fn read(&mut self, people: &mut People) -> Answer;
}

/// What an answer means, and what it leaves with the people.
type Read<A> = dyn Fn(&mut People, &mut Option<A>) -> Answer;

/// A flow, and what its answer means.
struct Typical<A> {
    flow: Flow<A>,
    read: Box<Read<A>>,
    answer: Option<A>,
}

impl<A: fmt::Debug> Running for Typical<A> {
    fn next(&mut self, input: Input, world: &mut World) -> Ask {
        match world.step(&mut self.flow, input) {
            Step::Load(keys) => Ask::Load(keys),
            Step::Commit(commit) => Ask::Commit(commit),
            Step::Done(done) => Ask::Done(done.map(|answer| self.answer = Some(answer))),
        }
    }

    fn read(&mut self, people: &mut People) -> Answer {
        let text = people.watched.then(|| format!("{:?}", self.answer));
        let answer = (self.read)(people, &mut self.answer);
        // Now they know what they were given, and nothing of it was shown.
        if let Some(text) = text {
            people.search(&text);
        }
        answer
    }
}

impl<A> fmt::Debug for Typical<A> {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        self.flow.fmt(f)
    }
}

impl Course {
    fn new<A: fmt::Debug + 'static>(
        flow: Flow<A>,
        read: impl Fn(&mut People, &A) -> Answer + 'static,
    ) -> Self {
        Self::taking(flow, move |people, answer| {
            read(people, answer.as_ref().expect("an answer"))
        })
    }

    /// The same, where the people take a part of the answer out of it.
    fn taking<A: fmt::Debug + 'static>(
        flow: Flow<A>,
        read: impl Fn(&mut People, &mut Option<A>) -> Answer + 'static,
    ) -> Self {
        Self(Box::new(Typical {
            flow,
            read: Box::new(read),
            answer: None,
        }))
    }

    /// One step, and what it asks for.
    pub fn next(&mut self, input: Input, world: &mut World) -> Ask {
        self.0.next(input, world)
    }

    /// What is answered; the people keep what it gives them. It can be read again, but for a password attempt.
    pub fn read(&mut self, people: &mut People) -> Answer {
        self.0.read(people)
    }

    /// Begins an operation.
    pub fn of(op: &Op, turn: Turn, people: &mut People, world: &mut World) -> Self {
        match op {
            Op::ReadPolicy | Op::SetPolicy { .. } => Self::of_policy(op, people, world),
            Op::BeginPassword { .. }
            | Op::BeginDecoy
            | Op::Settle { .. }
            | Op::SignIn { .. }
            | Op::Defer(_)
            | Op::BeginSetup(_)
            | Op::ConfirmSetup(..)
            | Op::Verify { .. }
            | Op::Resynchronize { .. } => Self::of_sign_in(op, turn, people, world),
            Op::Acknowledge(_)
            | Op::Check(..)
            | Op::StepUp(_)
            | Op::Regenerate(_)
            | Op::Rename(..)
            | Op::Remove(..)
            | Op::Disable(_)
            | Op::RevokeDevices(..) => Self::of_session(op, people, world),
            Op::Issue { .. }
            | Op::Reissue { .. }
            | Op::Revoke { .. }
            | Op::Redeem { .. }
            | Op::RepairCode
            | Op::CodeStatus => Self::of_activation(op, people, world),
            _ => Self::of_administrator(op, turn, people, world),
        }
    }

    fn of_policy(op: &Op, people: &People, world: &World) -> Self {
        let (keyring, tenant) = world.names();
        let Op::SetPolicy { rules, from_read } = op else {
            return Self::new(Flow::policy(keyring, tenant), |people, policy| {
                people.policy = Some(policy.clone());
                Answer::Done
            });
        };
        let read = people.policy.clone().filter(|_| *from_read);
        let policy = world.policy(*rules, read);
        let flow = Flow::set_policy(keyring, tenant, policy, admin());
        Self::new(flow, |_, change| match change {
            PolicyChange::Changed => Answer::Changed { session: false },
            PolicyChange::Stale => Answer::Stale,
        })
    }

    fn of_sign_in(op: &Op, turn: Turn, people: &mut People, world: &World) -> Self {
        let (keyring, tenant) = world.names();
        match op {
            Op::BeginPassword { who } => {
                let (who, account) = (*who, account(people, *who));
                let flow = Flow::begin_password(keyring, tenant, account);
                Self::taking(flow, move |people, gate| match gate.take() {
                    Some(Gate::Proceed(attempt)) => {
                        people.persons[who].attempt = Some(attempt);
                        Answer::Proceed
                    }
                    Some(Gate::Refused(refusal)) => Answer::Paused(refusal.until.seconds()),
                    None => panic!("an attempt was taken before"),
                })
            }
            Op::SignIn {
                who,
                first,
                demand,
                device,
            } => {
                let (who, person) = (*who, &mut people.persons[*who]);
                let attempt = match first {
                    First::Password => person.attempt.take().map(FirstFactor::from),
                    First::External => None,
                };
                let external = FirstFactor::external(person.account.clone());
                let mut request = SignIn::new().binding(SESSION);
                if *demand {
                    request = request.demand_factor();
                }
                if let Some(cookie) = device {
                    request = request.device(person.cookie(*cookie));
                }
                let first = attempt.unwrap_or(external);
                let flow = Flow::sign_in(keyring, tenant, first, request);
                Self::new(flow, move |people, decision| {
                    people.persons[who].take_decision(decision)
                })
            }
            Op::Defer(by) => {
                let flow = present(people, world, *by, Flow::defer);
                let of = by.of;
                Self::new(flow, move |people, deferment| match deferment {
                    Deferment::Allow(allowed) => {
                        let session = allowed.assertion.as_str();
                        Person::keep(&mut people.persons[of].sessions, session);
                        Answer::Allow {
                            basis: allowed.basis,
                            may_set_up: allowed.may_set_up,
                        }
                    }
                    Deferment::Refused => Answer::Refused,
                    Deferment::Locked(lock) => locked(*lock),
                    Deferment::Void(void) => Answer::Void(*void),
                })
            }
            Op::BeginSetup(by) => {
                let label = label("app", people.persons[by.of].apps.len());
                let name = AccountName::new("anna").expect("a name");
                let flow = present(people, world, *by, |keyring, tenant, token| {
                    Flow::begin_setup(keyring, tenant, token, name, label)
                });
                let of = by.of;
                Self::new(flow, move |people, start| match start {
                    SetupStart::Pending(pending) => Answer::Pending {
                        app: people.persons[of]
                            .app_with(Secret::from_base32(&pending.key()).expect("a secret")),
                        tries_left: pending.attempts_left,
                        expires: pending.expires.seconds(),
                    },
                    SetupStart::TooManyAuthenticators => Answer::TooMany,
                    SetupStart::Locked(lock) => locked(*lock),
                    SetupStart::Void(void) => Answer::Void(*void),
                    other => panic!("{other:?}"),
                })
            }
            Op::ConfirmSetup(by, typed) => {
                let typed = people.persons[by.of].text_of(typed);
                let flow = present(people, world, *by, |keyring, tenant, token| {
                    Flow::confirm_setup(keyring, tenant, token, &typed)
                });
                let of = by.of;
                Self::new(flow, move |people, confirmation| match confirmation {
                    Confirmation::Confirmed(confirmed) => {
                        let person = &mut people.persons[of];
                        Person::keep(&mut person.sessions, confirmed.assertion.as_str());
                        Answer::Confirmed {
                            codes: person.keep_codes(confirmed.backup_codes.as_ref()),
                        }
                    }
                    Confirmation::Mismatch(it) => mismatch(*it),
                    Confirmation::NoPendingSetup => Answer::NoPendingSetup,
                    Confirmation::Locked(lock) => locked(*lock),
                    Confirmation::Void(void) => Answer::Void(*void),
                    other => panic!("{other:?}"),
                })
            }
            Op::Verify {
                by,
                typed,
                remember,
            } => {
                let typed = people.persons[by.of].text_of(typed);
                let device = label("device", turn.number);
                let flow = present(people, world, *by, |keyring, tenant, token| {
                    if *remember {
                        Flow::verify_and_remember(keyring, tenant, token, &typed, device)
                    } else {
                        Flow::verify(keyring, tenant, token, &typed)
                    }
                });
                Self::verification(flow, by.of)
            }
            Op::Resynchronize {
                by,
                which,
                at,
                consecutive,
            } => {
                let (one, two) = people.persons[by.of].pair(*which, *at, *consecutive);
                let flow = present(people, world, *by, |keyring, tenant, token| {
                    Flow::resynchronize(keyring, tenant, token, &one, &two)
                });
                Self::verification(flow, by.of)
            }
            Op::Settle { who } => {
                let flow = Flow::settle_sign_ins(keyring, tenant, account(people, *who));
                Self::new(flow, |_, settlement| Answer::Settled {
                    half: settlement.half_sign_ins,
                    open_until: settlement.open_until.map(UnixTime::seconds),
                })
            }
            _ => {
                let nobody = AccountId::new("nobody").expect("an account id");
                Self::new(Flow::begin_decoy(keyring, tenant, nobody), |_, &()| {
                    Answer::Done
                })
            }
        }
    }

    fn verification(flow: Flow<Verification>, of: usize) -> Self {
        Self::new(flow, move |people, verification| match verification {
            Verification::Verified(verified) => people.persons[of].take_verified(verified),
            Verification::Replayed(replayed) => Answer::Replayed(replayed.what),
            Verification::Mismatch(it) => mismatch(*it),
            Verification::Locked(lock) => locked(*lock),
            Verification::Void(void) => Answer::Void(*void),
            Verification::Declined(what) => Answer::Declined(*what),
        })
    }

    fn of_session(op: &Op, people: &People, world: &World) -> Self {
        match op {
            Op::Acknowledge(by) => Self::new(
                present(people, world, *by, Flow::acknowledge_backup_codes),
                |_, standing| told(standing),
            ),
            Op::Check(by, demand) => Self::new(
                present(people, world, *by, |keyring, tenant, token| {
                    Flow::check_assertion_for(keyring, tenant, token, *demand)
                }),
                |_, standing| told(standing),
            ),
            Op::StepUp(by) => {
                let of = by.of;
                let flow = present(people, world, *by, Flow::step_up);
                Self::new(flow, move |people, step_up| match step_up {
                    StepUp::Challenge(challenge) => {
                        let ticket = challenge.ticket.as_str();
                        Person::keep(&mut people.persons[of].tickets, ticket);
                        challenged(challenge)
                    }
                    StepUp::NoFactor => Answer::NoFactor,
                    StepUp::Locked(lock) => locked(*lock),
                    StepUp::Void(void) => Answer::Void(*void),
                })
            }
            Op::Regenerate(by) => {
                let of = by.of;
                let flow = present(people, world, *by, Flow::regenerate_backup_codes);
                Self::new(flow, move |people, renewal| match renewal {
                    BackupCodesRenewal::Renewed(renewed) => {
                        let person = &mut people.persons[of];
                        person.keep_codes(Some(&renewed.backup_codes));
                        Person::keep(&mut person.sessions, renewed.assertion.as_str());
                        Answer::Renewed
                    }
                    BackupCodesRenewal::Locked(lock) => locked(*lock),
                    BackupCodesRenewal::Void(void) => Answer::Void(*void),
                })
            }
            Op::Rename(by, which) => {
                let id = people.persons[by.of].factor_id(*which);
                let name = match which {
                    Some(Which::Own(place)) => format!("app {place} renamed"),
                    Some(Which::Bound(place)) => format!("token {place} renamed"),
                    None => "nothing".to_owned(),
                };
                let name = Label::new(&name).expect("a label");
                let flow = present(people, world, *by, |keyring, tenant, token| {
                    Flow::rename_authenticator(keyring, tenant, token, id, name)
                });
                Self::new(flow, |_, renaming| match renaming {
                    Renaming::Renamed => Answer::Renamed,
                    Renaming::NoSuchAuthenticator => Answer::NoSuch,
                    Renaming::Locked(lock) => locked(*lock),
                    Renaming::Void(void) => Answer::Void(*void),
                })
            }
            Op::Remove(by, which) => {
                let id = people.persons[by.of].factor_id(*which);
                let flow = present(people, world, *by, |keyring, tenant, token| {
                    Flow::remove_authenticator(keyring, tenant, token, id)
                });
                Self::factor_change(flow, by.of)
            }
            Op::RevokeDevices(by, which) => {
                let which = people.persons[by.of].which(*which);
                let flow = present(people, world, *by, |keyring, tenant, token| {
                    Flow::revoke_devices(keyring, tenant, token, which)
                });
                Self::new(flow, |_, it| revocation(*it))
            }
            Op::Disable(by) => {
                Self::factor_change(present(people, world, *by, Flow::disable), by.of)
            }
            other => panic!("{other:?} is no operation of a session"),
        }
    }

    fn factor_change(flow: Flow<FactorChange>, of: usize) -> Self {
        Self::new(flow, move |people, change| match change {
            FactorChange::Changed(changed) => {
                let session = changed.assertion.as_str();
                Person::keep(&mut people.persons[of].sessions, session);
                Answer::Changed { session: true }
            }
            FactorChange::NoSuchAuthenticator => Answer::NoSuch,
            FactorChange::Required => Answer::Required,
            FactorChange::Locked(lock) => locked(*lock),
            FactorChange::Void(void) => Answer::Void(*void),
        })
    }

    fn of_administrator(op: &Op, turn: Turn, people: &mut People, world: &World) -> Self {
        let (keyring, tenant) = world.names();
        match op {
            Op::Erase { who } => {
                let flow = Flow::erase(keyring, tenant, account(people, *who), admin());
                Self::new(flow, |_, &()| Answer::Done)
            }
            Op::Reset { who } => {
                let flow = Flow::reset(keyring, tenant, account(people, *who), admin());
                Self::new(flow, |_, &()| Answer::Done)
            }
            Op::ResynchronizeOf {
                who,
                which,
                at,
                consecutive,
            } => {
                let (one, two) = people.persons[*who].pair(*which, *at, *consecutive);
                let account = account(people, *who);
                let flow = Flow::resynchronize_of(keyring, tenant, account, &one, &two, admin());
                Self::new(flow, |_, it| match it {
                    Resynchronization::Resynchronized(_) => Answer::Resynchronized,
                    Resynchronization::Mismatch(it) => mismatch(*it),
                    Resynchronization::Replayed => Answer::Replayed(ReplayedCode::Otp),
                    Resynchronization::NoFactor => Answer::NoFactor,
                    Resynchronization::Locked(lock) => locked(*lock),
                    Resynchronization::Declined => Answer::Declined(Declined::TwoCodes),
                })
            }
            Op::PasswordChanged { who, session } => {
                let (who, account) = (*who, account(people, *who));
                let text = session.map(|by| (people.text(by), by.presented));
                let token = text.as_ref().map(|(text, how)| token(text, *how));
                let flow = Flow::password_changed(keyring, tenant, account, token);
                Self::new(flow, move |people, successor| {
                    if let Some(assertion) = successor {
                        Person::keep(&mut people.persons[who].sessions, assertion.as_str());
                    }
                    Answer::Changed {
                        session: successor.is_some(),
                    }
                })
            }
            Op::Unlock { who, identity } => {
                let account = account(people, *who);
                let flow = Flow::unlock(keyring, tenant, account, admin(), *identity);
                Self::new(flow, |_, it| unlocking(*it))
            }
            Op::UnlockPassword { who } => {
                let account = account(people, *who);
                let flow = Flow::unlock_password(keyring, tenant, account, admin());
                Self::new(flow, |_, it| unlocking(*it))
            }
            Op::BindToken { who, token } => {
                let person = &mut people.persons[*who];
                if *token == person.tokens.len() {
                    person.tokens.push(App::bought(*token, turn.number));
                    person.presses.push(0);
                }
                let app = &person.tokens[*token];
                let (secret, kind) = (app.secret().duplicate(), app.kind());
                let (account, name) = (person.account.clone(), label("token", *token));
                let flow = Flow::bind_token(keyring, tenant, account, secret, kind, name, admin());
                Self::new(flow, |_, binding| match binding {
                    TokenBinding::Bound(_) => Answer::Bound,
                    TokenBinding::TooManyAuthenticators => Answer::TooMany,
                    TokenBinding::SecondCounter => Answer::SecondCounter,
                    TokenBinding::AlreadyBound => Answer::AlreadyBound,
                })
            }
            Op::Exempt { who, end } => {
                let end = match end {
                    Ends::At(at) => ExemptionEnd::At(UnixTime::from_seconds(*at)),
                    Ends::Never => ExemptionEnd::Open,
                };
                let account = account(people, *who);
                let flow = Flow::exempt(keyring, tenant, account, end, admin());
                Self::new(flow, |_, it| exemption(*it))
            }
            Op::EndExemption { who } => {
                let flow = Flow::end_exemption(keyring, tenant, account(people, *who), admin());
                Self::new(flow, |_, it| exemption(*it))
            }
            Op::Require { who } => {
                let flow = Flow::require(keyring, tenant, account(people, *who), admin());
                Self::new(flow, |_, it| requirement(*it))
            }
            Op::EndRequirement { who } => {
                let account = account(people, *who);
                let flow = Flow::end_requirement(keyring, tenant, account, admin());
                Self::new(flow, |_, it| requirement(*it))
            }
            Op::RevokeDevicesOf { who, which } => {
                let (account, which) = (account(people, *who), people.persons[*who].which(*which));
                let flow = Flow::revoke_devices_of(keyring, tenant, account, which, admin());
                Self::new(flow, |_, it| revocation(*it))
            }
            Op::RepairClock { who } => {
                let account = who.map(|who| account(people, who));
                let flow = Flow::repair_clock(keyring, tenant, account, admin());
                Self::new(flow, |_, it| repair(*it))
            }
            Op::Status { who } => {
                let (who, account) = (*who, account(people, *who));
                let flow = Flow::<Vec<AccountStatus>>::status(keyring, tenant, vec![account]);
                Self::new(flow, move |people, status| {
                    let status = status.first().expect("a status");
                    people.persons[who].learn(status);
                    Answer::Status(summary(status))
                })
            }
            other => panic!("{other:?} is no operation of an administrator"),
        }
    }

    fn of_activation(op: &Op, people: &People, world: &mut World) -> Self {
        let (keyring, tenant) = world.names();
        let handle = |known| {
            let known = people.installation.as_ref().filter(|_| known);
            known.map_or_else(|| elsewhere().handle(), |(handle, _)| *handle)
        };
        match op {
            Op::Issue { seconds } => {
                let lifetime = ActivationLifetime::at_most(*seconds).expect("a lifetime");
                let (purpose, by, dice) = (purpose(true), admin(), world.dice());
                let flow = Flow::issue_activation(keyring, tenant, purpose, lifetime, by, dice);
                let Ok(flow) = flow;
                Self::new(flow, |people, issued| {
                    let codes = vec![issued.code.expose().to_string()];
                    people.installation = Some((issued.handle, codes));
                    Answer::Issued
                })
            }
            Op::Reissue { known } => {
                let (handle, lifetime) = (handle(*known), ActivationLifetime::POLICY);
                let flow = Flow::reissue_activation(keyring, tenant, handle, lifetime, admin());
                Self::new(flow, |people, reissue| match reissue {
                    Reissue::Reissued(replaced) => {
                        let code = replaced.issued.code.expose().to_string();
                        if let Some((_, codes)) = &mut people.installation {
                            codes.push(code);
                        }
                        Answer::Reissued {
                            old: state_name(&replaced.old),
                        }
                    }
                    Reissue::Unknown => Answer::Unknown,
                })
            }
            Op::Revoke { known } => {
                let flow = Flow::revoke_activation(keyring, tenant, handle(*known), admin());
                Self::new(flow, |_, revocation| match revocation {
                    Revocation::Revoked => Answer::Revoked { count: 1 },
                    Revocation::AlreadyRevoked => Answer::AlreadyRevoked,
                    Revocation::AlreadyRedeemed(_) => Answer::AlreadyRedeemed,
                    Revocation::Unknown => Answer::Unknown,
                })
            }
            Op::Redeem {
                code,
                right_purpose,
            } => {
                let codes = people.installation.as_ref().map(|(_, codes)| codes);
                let typed = code.and_then(|code| codes?.get(code).map(String::as_str));
                let redeemer = Actor::new("server 12").expect("an actor");
                let flow = Flow::redeem_activation(
                    keyring,
                    tenant,
                    typed.unwrap_or(ELSEWHERE),
                    purpose(*right_purpose),
                    redeemer,
                );
                Self::new(flow, |_, redemption| match redemption {
                    Redemption::Redeemed(_) => Answer::Redeemed,
                    Redemption::ActivationFailed => Answer::ActivationFailed,
                })
            }
            Op::RepairCode => {
                let handle = handle(true);
                let flow = Flow::repair_activation_clock(keyring, tenant, handle, admin());
                Self::new(flow, |_, it| repair(*it))
            }
            _ => {
                let handles = vec![handle(true)];
                let flow = Flow::activation_status(keyring, tenant, handles);
                Self::new(flow, |_, status| match &status[0].record {
                    Some(record) => Answer::Code {
                        state: state_name(&record.state),
                        tries_left: record.tries_left,
                    },
                    None => Answer::Unknown,
                })
            }
        }
    }
}

impl Person {
    fn cookie(&self, cookie: Cookie) -> String {
        match cookie {
            Cookie::Own(ago) => self.cookies.get(ago).cloned().unwrap_or_default(),
            Cookie::Odd => "not a device".to_owned(),
        }
    }

    fn text_of(&self, typed: &Typed) -> String {
        match typed {
            Typed::Code(code) => code.clone(),
            Typed::Backup(set, slot) => self.backup_code(*set, *slot).unwrap_or("?").to_owned(),
            Typed::Shapeless => "12 34".to_owned(),
        }
    }

    /// Two codes of an app; the second follows the first, or comes after that.
    fn pair(&self, which: Which, at: u64, consecutive: bool) -> (String, String) {
        let shows = |factor| self.shows(which, factor).unwrap_or_default();
        (shows(at), shows(at + 1 + u64::from(!consecutive)))
    }

    fn which(&self, which: WhichDevice) -> WhichDevices {
        match which {
            WhichDevice::One(number) => WhichDevices::One(self.device_id(number)),
            WhichDevice::All => WhichDevices::All,
        }
    }

    fn keep_codes(&mut self, codes: Option<&mfakit_core::BackupCodes>) -> bool {
        let codes = codes.map(|codes| codes.iter().map(str::to_owned).collect());
        self.sets.extend(codes.clone());
        codes.is_some()
    }

    fn take_decision(&mut self, decision: &Decision) -> Answer {
        match decision {
            Decision::Allow(allowed) => {
                Self::keep(&mut self.sessions, allowed.assertion.as_str());
                Answer::Allow {
                    basis: allowed.basis,
                    may_set_up: allowed.may_set_up,
                }
            }
            Decision::Challenge(challenge) => {
                Self::keep(&mut self.tickets, challenge.ticket.as_str());
                challenged(challenge)
            }
            Decision::Setup(setup) => {
                Self::keep(&mut self.tickets, setup.ticket.as_str());
                let told = |it: &mfakit_core::Deferral| (it.until.seconds(), it.skips_left);
                Answer::Setup {
                    may_defer: setup.may_defer.as_ref().map(told),
                }
            }
            Decision::Deny(lock) => locked(*lock),
        }
    }

    fn take_verified(&mut self, verified: &Verified) -> Answer {
        Self::keep(&mut self.sessions, verified.assertion.as_str());
        if let Some(device) = &verified.device {
            Self::keep(&mut self.cookies, device.as_str());
        }
        Answer::Verified {
            basis: verified.basis,
            left: verified.backup_codes_left,
            budget_spent: verified.failure_budget_spent,
            year_spent: verified.year_budget_spent,
            codes: self.keep_codes(verified.new_backup_codes.as_ref()),
            device: verified.device.is_some(),
        }
    }
}

/// A flow that somebody begins with a ticket or a session.
fn present<A>(
    people: &People,
    world: &World,
    by: Bearer,
    flow: impl FnOnce(
        alloc::sync::Arc<mfakit_core::Keyring>,
        mfakit_core::TenantId,
        Token<'_>,
    ) -> Flow<A>,
) -> Flow<A> {
    let (keyring, mut tenant) = world.names();
    if by.presented == Presented::InAnotherTenant {
        tenant = world.other_tenant();
    }
    let text = people.text(by);
    flow(keyring, tenant, token(&text, by.presented))
}

fn token(text: &str, presented: Presented) -> Token<'_> {
    let token = Token::new(text);
    match presented {
        Presented::InAnotherSession => token.bound_to(b"another session"),
        Presented::Rightly | Presented::InAnotherTenant => token.bound_to(SESSION),
    }
}

fn account(people: &People, who: usize) -> AccountId {
    people.persons[who].account.clone()
}

fn admin() -> Administrator {
    Administrator::new("root", "a test").expect("an administrator")
}

fn label(word: &str, number: impl fmt::Display) -> Label {
    Label::new(&format!("{word} {number}")).expect("a label")
}

fn purpose(right: bool) -> Label {
    Label::new(if right { "backup service" } else { "printer" }).expect("a label")
}

/// The code of no installation.
fn elsewhere() -> ActivationCode {
    ActivationCode::parse(ELSEWHERE).expect("an activation code")
}

/// What every sign-in is bound to.
const SESSION: &[u8] = b"session";
const ELSEWHERE: &str = "7K3M9-QXA4C-1VY0Z-B8HDJ-5RTED";
const _: () = assert!(HAND > 2, "a ticket is there when it is needed");

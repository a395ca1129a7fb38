//! Two people with apps and lists of backup codes, whoever installs a service, and everything they were ever given.

use alloc::collections::{BTreeMap, VecDeque};

use mfakit_core::{
    AccountId, AccountStatus, ActivationHandle, Algorithm, AuthenticatorId, Code, Counter,
    DeviceId, Digits, Hotp, PasswordAttempt, Period, Policy, Secret, TimeStep, TokenKind, Totp,
    TotpParameters,
};

use crate::{Bearer, Paper, Which};

/// Everybody.
#[derive(Debug, Clone)]
pub struct People {
    /// Those who sign in.
    pub persons: [Person; 2],
    /// The installation, and every code it ever had.
    pub installation: Option<(ActivationHandle, Vec<String>)>,
    /// The policy that an administrator has read.
    pub policy: Option<Policy>,
    /// Whether what they are answered is searched for secrets.
    pub watched: bool,
}

/// A person, and what they hold; of tickets, sessions and device tokens the newest come first.
#[derive(Debug)]
pub struct Person {
    /// The account.
    pub account: AccountId,
    /// The apps that were set up.
    pub apps: Vec<App>,
    /// The tokens that they were handed.
    pub tokens: Vec<App>,
    /// How often each token was pressed.
    pub presses: Vec<u64>,
    /// Every set of backup codes.
    pub sets: Vec<Vec<String>>,
    pub(crate) tickets: VecDeque<String>,
    pub(crate) sessions: VecDeque<String>,
    pub(crate) cookies: VecDeque<String>,
    pub(crate) attempt: Option<PasswordAttempt>,
    factor_ids: BTreeMap<Which, AuthenticatorId>,
    device_ids: BTreeMap<u32, DeviceId>,
}

/// What shows codes.
#[derive(Debug)]
pub enum App {
    /// It goes by time.
    Totp(Totp),
    /// It counts.
    Hotp(Hotp),
}

impl People {
    /// Two who have nothing yet.
    #[must_use]
    pub fn new() -> Self {
        Self {
            persons: ["7", "8"].map(Person::new),
            installation: None,
            policy: None,
            watched: false,
        }
    }

    /// The text of what is borne.
    #[must_use]
    pub fn text(&self, by: Bearer) -> String {
        let person = &self.persons[by.of];
        let text = match by.paper {
            Paper::Ticket(ago) => person.tickets.get(ago),
            Paper::Session(ago) => person.sessions.get(ago),
            Paper::Nothing => None,
        };
        text.cloned().unwrap_or_default()
    }

    /// Fails if the text shows anything secret.
    pub(crate) fn search(&self, text: &str) {
        for person in &self.persons {
            for app in person.apps.iter().chain(&person.tokens) {
                assert!(!text.contains(app.secret().to_base32().as_str()));
            }
            let codes = person.sets.iter().flatten();
            let papers = person.tickets.iter().chain(&person.sessions);
            for secret in codes.chain(papers).chain(&person.cookies) {
                assert!(!text.contains(secret.as_str()));
            }
        }
    }
}

impl Default for People {
    fn default() -> Self {
        Self::new()
    }
}

impl Person {
    fn new(account: &str) -> Self {
        Self {
            account: AccountId::new(account).expect("an account id"),
            apps: vec![],
            tokens: vec![],
            presses: vec![],
            sets: vec![],
            tickets: VecDeque::new(),
            sessions: VecDeque::new(),
            cookies: VecDeque::new(),
            attempt: None,
            factor_ids: BTreeMap::new(),
            device_ids: BTreeMap::new(),
        }
    }

    /// One of the apps and tokens.
    #[must_use]
    pub fn app(&self, which: Which) -> Option<&App> {
        match which {
            Which::Own(place) => self.apps.get(place),
            Which::Bound(place) => self.tokens.get(place),
        }
    }

    /// What the app shows at this moving factor.
    #[must_use]
    pub fn shows(&self, which: Which, factor: u64) -> Option<String> {
        let code = self.app(which)?.code(factor);
        Some(code.expose().as_str().to_owned())
    }

    /// The backup code of this slot of a set.
    #[must_use]
    pub fn backup_code(&self, set: usize, slot: usize) -> Option<&str> {
        self.sets.get(set)?.get(slot).map(String::as_str)
    }

    /// Learns the ids by which authenticators and devices are named, from their labels.
    pub fn learn(&mut self, status: &AccountStatus) {
        for authenticator in &status.authenticators {
            let mut words = authenticator.label.as_str().split(' ');
            let (kind, place) = (words.next(), words.next().and_then(|it| it.parse().ok()));
            let which = match (kind, place) {
                (Some("app"), Some(place)) => Which::Own(place),
                (Some("token"), Some(place)) => Which::Bound(place),
                other => panic!("a label of nobody: {other:?}"),
            };
            self.factor_ids.insert(which, authenticator.id);
        }
        for device in &status.devices {
            let number = device.label.as_str().strip_prefix("device ");
            let number = number.and_then(|it| it.parse().ok());
            self.device_ids.insert(number.expect("a number"), device.id);
        }
    }

    /// Whether they have a password attempt open.
    #[must_use]
    pub const fn has_attempt(&self) -> bool {
        self.attempt.is_some()
    }

    /// The authenticators whose ids are known.
    #[must_use]
    pub fn known_factors(&self) -> Vec<Which> {
        self.factor_ids.keys().copied().collect()
    }

    /// The devices whose ids are known.
    #[must_use]
    pub fn known_devices(&self) -> Vec<u32> {
        self.device_ids.keys().copied().collect()
    }

    pub(crate) fn factor_id(&self, which: Option<Which>) -> AuthenticatorId {
        let id = which.and_then(|which| self.factor_ids.get(&which).copied());
        id.unwrap_or(AuthenticatorId::from_bytes([0; 8]))
    }

    pub(crate) fn device_id(&self, number: u32) -> DeviceId {
        let nobodys = DeviceId::parse("aaaaaaaaaaaaa").expect("a device id");
        self.device_ids.get(&number).copied().unwrap_or(nobodys)
    }

    /// The place of the app with this key; a new one if there is none.
    pub(crate) fn app_with(&mut self, secret: Secret) -> usize {
        let key = secret.to_base32();
        let same = |app: &App| app.secret().to_base32() == key;
        if let Some(place) = self.apps.iter().position(same) {
            return place;
        }
        let parameters = TotpParameters::default();
        self.apps
            .push(App::Totp(Totp::with_parameters(secret, parameters)));
        self.apps.len() - 1
    }

    /// Keeps a text in front of the others, of which the oldest is lost.
    pub(crate) fn keep(papers: &mut VecDeque<String>, text: &str) {
        papers.push_front(text.to_owned());
        papers.truncate(HAND);
    }
}

/// What was given out stays with who has it; a password attempt can't be copied.
impl Clone for Person {
    fn clone(&self) -> Self {
        Self {
            account: self.account.clone(),
            apps: self.apps.clone(),
            tokens: self.tokens.clone(),
            presses: self.presses.clone(),
            sets: self.sets.clone(),
            tickets: self.tickets.clone(),
            sessions: self.sessions.clone(),
            cookies: self.cookies.clone(),
            attempt: None,
            factor_ids: self.factor_ids.clone(),
            device_ids: self.device_ids.clone(),
        }
    }
}

impl App {
    /// A token that was bought: every other one counts.
    #[must_use]
    pub fn bought(place: usize, number: u32) -> Self {
        let mut bytes = [0x5a; 20];
        for (to, from) in bytes.iter_mut().zip(number.to_be_bytes()) {
            *to = from;
        }
        let secret = Secret::import(&bytes).expect("a secret");
        if place.is_multiple_of(2) {
            Self::Hotp(Hotp::new(secret, Algorithm::Sha1, Digits::SIX))
        } else {
            Self::Totp(Totp::with_parameters(secret, TotpParameters::default()))
        }
    }

    /// What an administrator types of it.
    #[must_use]
    pub fn kind(&self) -> TokenKind {
        match self {
            Self::Totp(totp) => TokenKind::Totp(totp.parameters()),
            Self::Hotp(_) => TokenKind::Hotp {
                algorithm: Algorithm::Sha1,
                digits: Digits::SIX,
                next_counter: Counter::new(0),
            },
        }
    }

    /// The code of a time step or a counter.
    #[must_use]
    pub fn code(&self, factor: u64) -> Code {
        match self {
            Self::Totp(totp) => {
                let at = TimeStep::new(factor).start(Period::THIRTY);
                totp.generate(at).expect("a time after 1970")
            }
            Self::Hotp(hotp) => hotp.generate(Counter::new(factor)),
        }
    }

    /// Whether it counts.
    #[must_use]
    pub const fn counts(&self) -> bool {
        matches!(self, Self::Hotp(_))
    }

    pub(crate) const fn secret(&self) -> &Secret {
        match self {
            Self::Totp(totp) => totp.secret(),
            Self::Hotp(hotp) => hotp.secret(),
        }
    }
}

impl Clone for App {
    fn clone(&self) -> Self {
        let secret = self.secret().duplicate();
        match self {
            Self::Totp(totp) => Self::Totp(Totp::with_parameters(secret, totp.parameters())),
            Self::Hotp(_) => Self::Hotp(Hotp::new(secret, Algorithm::Sha1, Digits::SIX)),
        }
    }
}

/// How many tickets, sessions and device tokens each they keep.
pub(crate) const HAND: usize = 10;

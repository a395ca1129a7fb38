//! The chain of a document's events: numbered, each sealed event names the tag of the one before.
//!
//! The document holds the key of its chain, the number of events and the last tag, all sealed. So a
//! removed, changed, reordered or added event shows, resealing a document carries the key along, and
//! who drops the key drops the person's history.

use alloc::vec::Vec;
use core::fmt;

use minicbor::{Decode, Encode};
use zeroize::{Zeroize, ZeroizeOnDrop};

use crate::{
    ActivationRefusal, Actor, DocumentKey, Event, EventKind, ExemptionEnd, Issuer, KeyId, Label,
    Profile, Reason, Requirement, Setting, SettingChange, UnixTime, codec,
    random::{Random, RandomnessError},
    seal::{self, TAG_LEN},
    storage::SealedEvent,
};

/// The head of a chain, as the document keeps it.
#[derive(Encode, Decode, Zeroize, ZeroizeOnDrop)]
#[cbor(map)]
pub(crate) struct Chain {
    #[cbor(n(0), with = "minicbor::bytes")]
    key: [u8; 32],
    /// The sequence of the last event; 0 before the first.
    #[n(1)]
    pub(crate) sequence: u64,
    /// The tag of the last event; zeros before the first.
    #[cbor(n(2), with = "minicbor::bytes")]
    head: [u8; TAG_LEN],
    /// The sequence of the last event whose key is gone, if the person was erased.
    #[n(11)]
    erased: Option<u64>,
    /// The last event that was pruned, if any was since the person was erased.
    #[n(12)]
    anchor: Option<Anchor>,
}

/// Where the events that are kept begin: behind this one.
#[derive(Encode, Decode, Zeroize)]
#[cbor(map)]
struct Anchor {
    #[n(0)]
    sequence: u64,
    #[cbor(n(1), with = "minicbor::bytes")]
    tag: [u8; TAG_LEN],
}

impl Chain {
    /// What the first event names as the tag before it.
    pub(crate) const START: [u8; TAG_LEN] = [0; TAG_LEN];

    pub(crate) fn new(random: &mut Random<'_>) -> Result<Self, RandomnessError> {
        Ok(Self {
            key: random.array()?,
            sequence: 0,
            head: Self::START,
            erased: None,
            anchor: None,
        })
    }

    /// The chain with a new key: nobody reads the events before it again, and those after it are numbered on.
    pub(crate) fn forget(&self, random: &mut Random<'_>) -> Result<Self, RandomnessError> {
        Ok(Self {
            key: random.array()?,
            sequence: self.sequence,
            head: Self::START,
            erased: Some(self.sequence),
            // What comes before is not checked any more, pruned or not.
            anchor: None,
        })
    }

    /// The sequence of the first event that this key seals.
    pub(crate) fn first(&self) -> u64 {
        self.erased.unwrap_or(0).saturating_add(1)
    }

    /// Whether the key of earlier events is gone.
    pub(crate) const fn is_erased(&self) -> bool {
        self.erased.is_some()
    }

    /// The sequence of the last event that was pruned, if any was since the person was erased.
    pub(crate) fn pruned_through(&self) -> Option<u64> {
        self.anchor.as_ref().map(|anchor| anchor.sequence)
    }

    /// The sequence of the first event that is to be there, and the tag that it names as that of the one before.
    pub(crate) fn start(&self) -> (u64, [u8; TAG_LEN]) {
        self.anchor
            .as_ref()
            .map_or((self.first(), Self::START), |anchor| {
                (anchor.sequence.saturating_add(1), anchor.tag)
            })
    }

    /// From now on the events up to `sequence`, which ends in `tag`, may be gone.
    pub(crate) const fn drop_anchor(&mut self, sequence: u64, tag: [u8; TAG_LEN]) {
        self.anchor = Some(Anchor { sequence, tag });
    }

    /// Seals `event` as the next of the chain.
    pub(crate) fn append(
        &mut self,
        key: &DocumentKey,
        event: &Event,
        random: &mut Random<'_>,
    ) -> Result<SealedEvent, RandomnessError> {
        self.append_record(key, Record::from(event), random)
    }

    fn append_record(
        &mut self,
        key: &DocumentKey,
        record: Record,
        random: &mut Random<'_>,
    ) -> Result<SealedEvent, RandomnessError> {
        let sequence = self.sequence.saturating_add(1);
        let link = Link {
            previous: self.head,
            record,
        };
        let mut plain = Vec::with_capacity(EVENT_RESERVED);
        // Encoding into a `Vec` does not fail.
        let _ = minicbor::encode(&link, &mut plain);
        let body = seal::seal_event(&self.key, key, sequence, &plain, random)?;
        self.sequence = sequence;
        self.head = seal::tag_of(&body);
        Ok(SealedEvent::new(sequence, body))
    }

    /// Opens an event of this chain; `None` if it is not what this chain sealed at this place.
    pub(crate) fn open(&self, key: &DocumentKey, sealed: &SealedEvent) -> Option<OpenedEvent> {
        let plain = seal::open_event(&self.key, key, sealed.sequence, &sealed.body).ok()?;
        let link: Link = minicbor::decode(&plain).ok()?;
        let at = link.record.at;
        let event = Event::try_from(link.record).ok();
        Some(OpenedEvent {
            event,
            at,
            previous: link.previous,
            tag: seal::tag_of(&sealed.body),
        })
    }

    /// Whether `tag` is that of the last event.
    pub(crate) fn ends_with(&self, tag: &[u8; TAG_LEN]) -> bool {
        self.head == *tag
    }
}

impl fmt::Debug for Chain {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("Chain")
            .field("sequence", &self.sequence)
            .finish_non_exhaustive()
    }
}

/// An event with its place between its neighbours.
pub(crate) struct OpenedEvent {
    /// What happened; none if it is of a kind that only a newer version knows.
    pub(crate) event: Option<Event>,
    pub(crate) at: UnixTime,
    pub(crate) previous: [u8; TAG_LEN],
    pub(crate) tag: [u8; TAG_LEN],
}

/// What is sealed of an event.
#[derive(Encode, Decode)]
#[cbor(map)]
struct Link {
    #[cbor(n(0), with = "minicbor::bytes")]
    previous: [u8; TAG_LEN],
    #[n(1)]
    record: Record,
}

/// An event in its stored form: the number of the kind and the fields that kinds have.
#[derive(Encode, Decode)]
#[cbor(map)]
struct Record {
    #[n(0)]
    kind: u16,
    #[cbor(n(1), with = "codec::time")]
    at: UnixTime,
    #[cbor(n(2), with = "codec::opt_actor", has_nil)]
    actor: Option<Actor>,
    #[cbor(n(3), with = "codec::opt_reason", has_nil)]
    reason: Option<Reason>,
    #[cbor(n(4), with = "codec::opt_label", has_nil)]
    label: Option<Label>,
    #[cbor(n(5), with = "codec::opt_time", has_nil)]
    until: Option<UnixTime>,
    #[n(6)]
    count: Option<u32>,
    #[cbor(n(7), with = "codec::opt_requirement", has_nil)]
    requirement: Option<Requirement>,
    /// Settings that were changed, each as number, value before, value now.
    #[n(8)]
    changes: Option<Vec<(u8, u32, u32)>>,
    #[cbor(n(30), with = "codec::opt_profile", has_nil)]
    profile: Option<Profile>,
    /// The key before and the key now, of a document that was sealed anew.
    #[n(120)]
    keys: Option<(u32, u32)>,
    /// The sequence of the last event that was pruned.
    #[n(122)]
    through: Option<u64>,
}

impl From<&Event> for Record {
    fn from(event: &Event) -> Self {
        let mut record = Self {
            kind: number(&event.kind),
            at: event.at,
            actor: event.actor.clone(),
            reason: event.reason.clone(),
            label: None,
            until: None,
            count: None,
            requirement: None,
            changes: None,
            profile: None,
            keys: None,
            through: None,
        };
        match &event.kind {
            EventKind::TenantCreated { requirement } => record.requirement = Some(*requirement),
            EventKind::PolicyChanged {
                requirement,
                changes,
            } => {
                record.requirement = Some(*requirement);
                let stored = changes
                    .iter()
                    .map(|it| (it.setting.number(), it.from, it.to));
                record.changes = Some(stored.collect());
            }
            EventKind::PasswordLocked { until } | EventKind::Locked { until } => {
                record.until = Some(*until);
            }
            EventKind::SetupStarted { label }
            | EventKind::AuthenticatorBound { label }
            | EventKind::CodeAccepted { label }
            | EventKind::AuthenticatorRenamed { label }
            | EventKind::AuthenticatorRemoved { label }
            | EventKind::TokenBound { label }
            | EventKind::Resynchronized { label } => record.label = Some(label.clone()),
            EventKind::BackupCodesIssued { count: number }
            | EventKind::BackupCodeAccepted { left: number } => record.count = Some(*number),
            EventKind::ActivationIssued { purpose, until }
            | EventKind::ActivationReissued { purpose, until } => {
                record.label = Some(purpose.clone());
                record.until = Some(*until);
            }
            EventKind::ActivationRefused { refusal } => {
                record.count = Some(refusal.number().into());
            }
            EventKind::PasswordAttempted
            | EventKind::PasswordAccepted
            | EventKind::SetupCodeMismatch
            | EventKind::SetupFailed
            | EventKind::BackupCodesAcknowledged
            | EventKind::CodeMismatch
            | EventKind::CodeReplayed
            | EventKind::BackupCodeReplayed
            | EventKind::ClockRepaired
            | EventKind::HardLocked
            | EventKind::Reset
            | EventKind::ActivationRevoked
            | EventKind::ActivationRedeemed
            | EventKind::ActivationExhausted
            | EventKind::Disabled
            | EventKind::PasswordChanged
            | EventKind::Erased
            | EventKind::LockLifted
            | EventKind::FailuresCleared
            | EventKind::FactorsRemoved
            | EventKind::PasswordUnlocked
            | EventKind::FailureBudgetSpent
            | EventKind::YearBudgetSpent => {}
            EventKind::ProfileChosen { profile } => record.profile = Some(*profile),
            EventKind::Exempted { end } => {
                record.until = match end {
                    ExemptionEnd::At(until) => Some(*until),
                    ExemptionEnd::Open => None,
                }
            }
            EventKind::SetupDeferred { skips_left } => record.count = Some(*skips_left),
            EventKind::DeviceRemembered { label, until } => {
                record.label = Some(label.clone());
                record.until = Some(*until);
            }
            EventKind::DeviceUsed { label }
            | EventKind::DeviceDropped { label }
            | EventKind::DeviceRevoked { label } => record.label = Some(label.clone()),
            EventKind::DevicesRevoked { count } | EventKind::SucceededAfterFailures { count } => {
                record.count = Some(*count);
            }
            // A site's name is a name like any other, with a rule more.
            EventKind::IssuerChanged { issuer } => record.label = Label::new(issuer.as_str()).ok(),
            EventKind::HalfSignIn { count, last } => {
                record.count = Some(*count);
                record.until = Some(*last);
            }
            EventKind::ExemptionEnded
            | EventKind::RolloutBegun
            | EventKind::RequirementSet
            | EventKind::RequirementEnded
            | EventKind::DeviceRefused => {}
            EventKind::Resealed { from, to } => record.keys = Some((from.number(), to.number())),
            EventKind::EventsPruned { through } => record.through = Some(*through),
        }
        record
    }
}

/// A record of a kind, or with a lack, that this version does not know.
struct UnknownRecord;

impl TryFrom<Record> for Event {
    type Error = UnknownRecord;

    fn try_from(record: Record) -> Result<Self, UnknownRecord> {
        let Record {
            kind,
            at,
            actor,
            reason,
            label,
            until,
            count,
            requirement,
            changes,
            profile,
            keys,
            through,
        } = record;
        let requirement = || requirement.ok_or(UnknownRecord);
        let end = || until.map_or(ExemptionEnd::Open, ExemptionEnd::At);
        let until = || until.ok_or(UnknownRecord);
        let count = || count.ok_or(UnknownRecord);
        let label = || label.ok_or(UnknownRecord);
        let kind = match kind {
            1 => EventKind::TenantCreated {
                requirement: requirement()?,
            },
            2 => EventKind::PolicyChanged {
                requirement: requirement()?,
                changes: read_changes(&changes.ok_or(UnknownRecord)?)?,
            },
            3 => EventKind::PasswordAttempted,
            4 => EventKind::PasswordLocked { until: until()? },
            5 => EventKind::PasswordAccepted,
            6 => EventKind::SetupStarted { label: label()? },
            7 => EventKind::SetupCodeMismatch,
            8 => EventKind::SetupFailed,
            9 => EventKind::AuthenticatorBound { label: label()? },
            10 => EventKind::BackupCodesIssued { count: count()? },
            11 => EventKind::BackupCodesAcknowledged,
            12 => EventKind::CodeAccepted { label: label()? },
            13 => EventKind::BackupCodeAccepted { left: count()? },
            14 => EventKind::CodeMismatch,
            15 => EventKind::CodeReplayed,
            16 => EventKind::Locked { until: until()? },
            17 => EventKind::HardLocked,
            18 => EventKind::Reset,
            19 => EventKind::BackupCodeReplayed,
            20 => EventKind::ClockRepaired,
            80 => EventKind::ActivationIssued {
                purpose: label()?,
                until: until()?,
            },
            81 => EventKind::ActivationReissued {
                purpose: label()?,
                until: until()?,
            },
            82 => EventKind::ActivationRevoked,
            83 => EventKind::ActivationRedeemed,
            84 => EventKind::ActivationRefused {
                refusal: ActivationRefusal::from_number(count()?).ok_or(UnknownRecord)?,
            },
            85 => EventKind::ActivationExhausted,
            50 => EventKind::AuthenticatorRenamed { label: label()? },
            51 => EventKind::AuthenticatorRemoved { label: label()? },
            52 => EventKind::Disabled,
            53 => EventKind::PasswordChanged,
            54 => EventKind::Erased,
            55 => EventKind::LockLifted,
            56 => EventKind::FailuresCleared,
            57 => EventKind::FactorsRemoved,
            58 => EventKind::PasswordUnlocked,
            59 => EventKind::FailureBudgetSpent,
            60 => EventKind::TokenBound { label: label()? },
            61 => EventKind::Resynchronized { label: label()? },
            30 => EventKind::ProfileChosen {
                profile: profile.ok_or(UnknownRecord)?,
            },
            31 => EventKind::Exempted { end: end() },
            32 => EventKind::ExemptionEnded,
            33 => EventKind::RolloutBegun,
            34 => EventKind::SetupDeferred {
                skips_left: count()?,
            },
            35 => EventKind::RequirementSet,
            36 => EventKind::RequirementEnded,
            37 => EventKind::DeviceRemembered {
                label: label()?,
                until: until()?,
            },
            38 => EventKind::DeviceUsed { label: label()? },
            39 => EventKind::DeviceRefused,
            40 => EventKind::DeviceDropped { label: label()? },
            41 => EventKind::DeviceRevoked { label: label()? },
            42 => EventKind::DevicesRevoked { count: count()? },
            100 => EventKind::SucceededAfterFailures { count: count()? },
            120 => {
                let (from, to) = keys.ok_or(UnknownRecord)?;
                EventKind::Resealed {
                    from: KeyId::new(from),
                    to: KeyId::new(to),
                }
            }
            110 => EventKind::YearBudgetSpent,
            111 => EventKind::HalfSignIn {
                count: count()?,
                last: until()?,
            },
            112 => EventKind::IssuerChanged {
                issuer: Issuer::new(label()?.as_str()).map_err(|_| UnknownRecord)?,
            },
            122 => EventKind::EventsPruned {
                through: through.ok_or(UnknownRecord)?,
            },
            _ => return Err(UnknownRecord),
        };
        Ok(Self {
            at,
            kind,
            actor,
            reason,
        })
    }
}

fn read_changes(stored: &[(u8, u32, u32)]) -> Result<Vec<SettingChange>, UnknownRecord> {
    let read = |&(number, from, to): &(u8, u32, u32)| {
        let setting = Setting::from_number(number).ok_or(UnknownRecord)?;
        Ok(SettingChange::new(setting, from, to))
    };
    stored.iter().map(read).collect()
}

/// The number of a kind in stored events; it never changes.
const fn number(kind: &EventKind) -> u16 {
    match kind {
        EventKind::TenantCreated { .. } => 1,
        EventKind::PolicyChanged { .. } => 2,
        EventKind::PasswordAttempted => 3,
        EventKind::PasswordLocked { .. } => 4,
        EventKind::PasswordAccepted => 5,
        EventKind::SetupStarted { .. } => 6,
        EventKind::SetupCodeMismatch => 7,
        EventKind::SetupFailed => 8,
        EventKind::AuthenticatorBound { .. } => 9,
        EventKind::BackupCodesIssued { .. } => 10,
        EventKind::BackupCodesAcknowledged => 11,
        EventKind::CodeAccepted { .. } => 12,
        EventKind::BackupCodeAccepted { .. } => 13,
        EventKind::CodeMismatch => 14,
        EventKind::CodeReplayed => 15,
        EventKind::Locked { .. } => 16,
        EventKind::HardLocked => 17,
        EventKind::Reset => 18,
        EventKind::BackupCodeReplayed => 19,
        EventKind::ClockRepaired => 20,
        EventKind::ActivationIssued { .. } => 80,
        EventKind::ActivationReissued { .. } => 81,
        EventKind::ActivationRevoked => 82,
        EventKind::ActivationRedeemed => 83,
        EventKind::ActivationRefused { .. } => 84,
        EventKind::ActivationExhausted => 85,
        EventKind::AuthenticatorRenamed { .. } => 50,
        EventKind::AuthenticatorRemoved { .. } => 51,
        EventKind::Disabled => 52,
        EventKind::PasswordChanged => 53,
        EventKind::Erased => 54,
        EventKind::LockLifted => 55,
        EventKind::FailuresCleared => 56,
        EventKind::FactorsRemoved => 57,
        EventKind::PasswordUnlocked => 58,
        EventKind::FailureBudgetSpent => 59,
        EventKind::TokenBound { .. } => 60,
        EventKind::Resynchronized { .. } => 61,
        EventKind::ProfileChosen { .. } => 30,
        EventKind::Exempted { .. } => 31,
        EventKind::ExemptionEnded => 32,
        EventKind::RolloutBegun => 33,
        EventKind::SetupDeferred { .. } => 34,
        EventKind::RequirementSet => 35,
        EventKind::RequirementEnded => 36,
        EventKind::DeviceRemembered { .. } => 37,
        EventKind::DeviceUsed { .. } => 38,
        EventKind::DeviceRefused => 39,
        EventKind::DeviceDropped { .. } => 40,
        EventKind::DeviceRevoked { .. } => 41,
        EventKind::DevicesRevoked { .. } => 42,
        EventKind::SucceededAfterFailures { .. } => 100,
        EventKind::Resealed { .. } => 120,
        EventKind::YearBudgetSpent => 110,
        EventKind::HalfSignIn { .. } => 111,
        EventKind::IssuerChanged { .. } => 112,
        EventKind::EventsPruned { .. } => 122,
    }
}

/// Most events are shorter; a long reason makes the buffer grow.
const EVENT_RESERVED: usize = 128;

#[cfg(test)]
mod tests {
    use alloc::vec::Vec;

    use rand_core::TryRng as _;

    use super::{Chain, Record};
    use crate::{
        AuditWalk, DocumentKey, DocumentKind, Event, EventKind, RandomnessError, StoredEvent,
        TenantId, UnixTime,
        document::walk::{Met, Resumed},
        random::Random,
        testing::Dice,
    };

    fn key() -> DocumentKey {
        DocumentKey::new(TenantId::new("acme").unwrap(), DocumentKind::Policy, [])
    }

    /// A chain with these events, as a store hands them back.
    fn chain(kinds: &[Option<EventKind>]) -> (Chain, Vec<StoredEvent>) {
        let mut dice = Dice::new(1);
        let mut fill = |dst: &mut [u8]| dice.try_fill_bytes(dst).map_err(|_| RandomnessError);
        let mut random = Random::new(&mut fill);
        let mut chain = Chain::new(&mut random).unwrap();
        let mut stored = Vec::new();
        for (position, kind) in (1..).zip(kinds) {
            let event = Event {
                at: UnixTime::from_seconds(1_000),
                kind: kind.clone().unwrap_or(EventKind::Reset),
                actor: None,
                reason: None,
            };
            let mut record = Record::from(&event);
            if kind.is_none() {
                record.kind = u16::MAX;
            }
            let sealed = chain.append_record(&key(), record, &mut random).unwrap();
            stored.push(StoredEvent::new(position, key(), sealed));
        }
        (chain, stored)
    }

    fn begin(chain: &Chain) -> AuditWalk {
        match AuditWalk::new().resume(chain) {
            Resumed::Here(walk) => walk,
            Resumed::Anew(_) | Resumed::GivenUp => panic!("a walk that has not begun"),
        }
    }

    #[test]
    fn an_event_of_a_kind_to_come_has_its_place_and_its_time() {
        let (chain, stored) = chain(&[Some(EventKind::Reset), None, Some(EventKind::HardLocked)]);
        let mut walk = begin(&chain);
        let mut kinds = Vec::new();
        for stored in &stored {
            let Ok(Met::Checked(opened)) = walk.step(&chain, &key(), stored) else {
                panic!("not checked")
            };
            assert_eq!(opened.at, UnixTime::from_seconds(1_000));
            kinds.push(opened.event.map(|event| event.kind));
        }
        assert_eq!(
            kinds,
            [Some(EventKind::Reset), None, Some(EventKind::HardLocked)]
        );
        assert!(chain.ends_with(&walk.last));
    }

    #[test]
    fn c50_what_is_kept_begins_at_the_tag_of_the_anchor() {
        let through = EventKind::EventsPruned { through: u64::MAX };
        let kinds = [
            EventKind::Reset,
            EventKind::Disabled,
            through,
            EventKind::Reset,
        ];
        let (mut chain, stored) = chain(&kinds.map(Some));
        let tag = chain.open(&key(), &stored[1].event).unwrap().tag;
        chain.drop_anchor(2, tag);
        assert_eq!((chain.start(), chain.pruned_through()), ((3, tag), Some(2)));
        // Gone or not, what is before the anchor is not checked.
        for from in 0..=2 {
            let mut walk = begin(&chain);
            for stored in &stored[from..] {
                let met = walk.step(&chain, &key(), stored);
                let dispensable = matches!(met, Ok(Met::Dispensable));
                assert!(met.is_ok() && dispensable == (stored.event.sequence <= 2));
            }
            assert!(chain.ends_with(&walk.last));
        }
        // The first that is kept is missed, and it fits no other tag.
        assert!(begin(&chain).step(&chain, &key(), &stored[3]).is_err());
        chain.drop_anchor(2, [7; 16]);
        assert!(begin(&chain).step(&chain, &key(), &stored[2]).is_err());
    }
}

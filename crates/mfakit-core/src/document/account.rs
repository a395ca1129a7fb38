//! The account document: everything about one person's second factor.

use alloc::vec::Vec;
use core::fmt;

use minicbor::{Decode, Encode};
use zeroize::{Zeroize, ZeroizeOnDrop};

use crate::{
    Algorithm, AuthenticatorId, Digits, Label, Period, Policy, RandomnessError, Secret, TimeStep,
    UnixTime,
    backup::{self, BackupSlot},
    bits, codec,
    document::{Document, Meta, device::Devices, exemption::Exemption, rollout::Rollout},
    limits::Limits,
    random::Random,
    throttle::Throttle,
};

#[derive(Encode, Decode)]
#[cbor(map)]
pub(crate) struct AccountDocument {
    #[n(0)]
    meta: Meta,
    #[n(1)]
    pub(crate) epoch: Epoch,
    /// The authenticators that count, in the order they were bound.
    #[n(2)]
    pub(crate) authenticators: Vec<Authenticator>,
    #[n(3)]
    pub(crate) pending: Option<PendingSetup>,
    #[n(4)]
    pub(crate) backup: Option<BackupSet>,
    #[n(5)]
    pub(crate) throttle: Throttle,
    #[n(6)]
    pub(crate) spent: SpentTickets,
    /// Each is of this epoch.
    #[n(7)]
    pub(crate) devices: Devices,
    #[n(8)]
    pub(crate) exemption: Option<Exemption>,
    #[n(9)]
    pub(crate) rollout: Option<Rollout>,
    /// Whether an administrator requires a second factor of this account.
    #[n(10)]
    pub(crate) required: bool,
    #[n(12)]
    answered: Answered,
}

impl AccountDocument {
    /// The document of an account that has nothing yet.
    pub(crate) fn new(meta: Meta, random: &mut Random<'_>) -> Result<Self, RandomnessError> {
        Ok(Self {
            meta,
            epoch: Epoch {
                incarnation: random.array()?,
                count: 0,
            },
            authenticators: Vec::new(),
            pending: None,
            backup: None,
            throttle: Throttle::default(),
            spent: SpentTickets::default(),
            devices: Devices::default(),
            exemption: None,
            rollout: None,
            required: false,
            answered: Answered::default(),
        })
    }

    /// Which of the codes that the gate asked for were answered.
    pub(crate) fn answered(&self) -> Answered {
        self.answered.clone()
    }

    /// A right code answers what the gate asked for under this number.
    pub(crate) fn answer(&mut self, number: u32) {
        self.answered.note(number);
    }

    pub(crate) fn has_factor(&self) -> bool {
        !self.authenticators.is_empty()
    }

    /// How many wrong codes it may see: by the policy of the day, and by the codes that are live in it.
    pub(crate) fn limits<'a>(&self, policy: &'a Policy) -> Limits<'a> {
        let live = |it: &Authenticator| policy.live_codes(it.kind());
        let live = self.authenticators.iter().map(live);
        Limits::new(policy, live.fold(0, u32::saturating_add))
    }

    /// Whether one code of an authenticator is looked at: not where too many of the year were wrong.
    pub(crate) fn takes_one_code(&self, policy: &Policy, now: UnixTime) -> bool {
        !self.throttle.has_spent_year(&self.limits(policy), now)
    }

    /// Where the authenticator with this id stands in the list.
    pub(crate) fn position(&self, id: AuthenticatorId) -> Option<usize> {
        self.authenticators.iter().position(|it| it.id == id)
    }

    /// Removes what a person could sign in with, and a setup that was begun; the failures stay.
    pub(crate) fn remove_factors(&mut self) {
        self.authenticators = Vec::new();
        self.pending = None;
        self.backup = None;
    }

    /// Leaves nothing personal: a tombstone, whose epoch is above all before, with a history that nobody can read.
    pub(crate) fn erase(&mut self, random: &mut Random<'_>) -> Result<(), RandomnessError> {
        let (meta, epoch) = (self.meta.forget(random)?, self.epoch);
        // A new document instead of a list of fields: none that is added later is forgotten here.
        *self = Self::new(meta, random)?;
        self.epoch = epoch;
        self.raise_epoch(random)
    }

    /// Whether the person was erased, and nothing has come since.
    pub(crate) fn is_tombstone(&self) -> bool {
        self.meta.chain.is_erased()
            && !self.has_factor()
            && self.pending.is_none()
            && self.backup.is_none()
            && self.throttle.is_blank()
            && self.devices.count() == 0
            && self.exemption.is_none()
            && self.rollout.is_none()
            && !self.required
    }

    pub(crate) fn backup_codes_left(&self) -> u32 {
        self.backup.as_ref().map_or(0, BackupSet::left)
    }

    /// Whether the person has not said yet that the backup codes are stored.
    pub(crate) fn backup_codes_unacknowledged(&self) -> bool {
        self.backup.as_ref().is_some_and(|set| !set.acknowledged)
    }

    /// The roll-out is over for this person with the first factor: who loses that is not granted the time of those
    /// who never had one.
    pub(crate) fn end_rollout(&mut self, now: UnixTime) {
        self.rollout.get_or_insert_with(|| Rollout::new(now)).end();
    }

    /// Begins the roll-out for this person, unless it has begun before: at the first sign-in under the requirement.
    pub(crate) fn begin_rollout(&mut self, now: UnixTime) {
        self.rollout.get_or_insert_with(|| Rollout::new(now));
    }

    /// Makes everything that was issued before void: the epoch never repeats.
    ///
    /// The incarnation is drawn anew each time, so that it does not even if an older state of the store is put
    /// back and lives on from there.
    pub(crate) fn raise_epoch(&mut self, random: &mut Random<'_>) -> Result<(), RandomnessError> {
        self.epoch = Epoch {
            incarnation: random.array()?,
            count: self.epoch.count.saturating_add(1),
        };
        // Tickets and devices of older epochs are void already.
        self.spent = SpentTickets::default();
        self.devices.clear();
        Ok(())
    }
}

impl Document for AccountDocument {
    fn meta(&self) -> &Meta {
        &self.meta
    }

    fn meta_mut(&mut self) -> &mut Meta {
        &mut self.meta
    }

    /// Every backup code can be named, and its hash comes to an end.
    fn is_sound(&mut self) -> bool {
        self.backup.as_ref().is_none_or(|set| {
            bits::is_affordable(set.rounds) && set.slots.len() <= backup::MAX_SLOTS
        })
    }
}

impl fmt::Debug for AccountDocument {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str("AccountDocument(..)")
    }
}

/// Which life of the account's factors this is: a random incarnation and a counter. Tickets and assertions carry it.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Encode, Decode)]
#[cbor(map)]
pub(crate) struct Epoch {
    #[cbor(n(0), with = "minicbor::bytes")]
    incarnation: [u8; 8],
    #[n(1)]
    count: u64,
}

impl Epoch {
    /// Whether nothing was ever made void in this account; no later epoch is the first again.
    pub(crate) const fn is_first(self) -> bool {
        self.count == 0
    }

    /// Incarnation and count, for what is bound to an epoch by a hash.
    pub(crate) fn to_bytes(self) -> [u8; 16] {
        let mut bytes = [0; 16];
        let count = self.count.to_be_bytes();
        for (to, from) in bytes.iter_mut().zip(self.incarnation.iter().chain(&count)) {
            *to = *from;
        }
        bytes
    }
}

/// An authenticator, which goes by time (RFC 6238) or counts (RFC 4226), with the parameters it was set up with.
#[derive(Encode, Decode)]
#[cbor(map)]
pub(crate) struct Authenticator {
    #[n(0)]
    pub(crate) parameters: Parameters,
    #[cbor(n(1), with = "codec::label")]
    pub(crate) label: Label,
    #[cbor(n(2), with = "codec::time")]
    pub(crate) bound_at: UnixTime,
    /// The last accepted time step; it never falls (RFC 6238 §5.2). 0 before the first.
    #[cbor(n(3), with = "codec::step")]
    pub(crate) last_step: TimeStep,
    /// Used codes sent again since that step was accepted.
    #[n(4)]
    pub(crate) replays: u32,
    #[n(5)]
    pub(crate) id: AuthenticatorId,
    /// The next counter of one that counts (RFC 4226); such a one has no use for period and time step.
    #[n(6)]
    pub(crate) next_counter: Option<u64>,
    /// How many time steps it is ahead of the clock, as resynchronization has found (RFC 6238 §6).
    #[n(7)]
    pub(crate) drift: i16,
}

/// What an authenticator app was told.
#[derive(Encode, Decode)]
#[cbor(map)]
pub(crate) struct Parameters {
    #[cbor(n(0), with = "codec::secret")]
    pub(crate) secret: Secret,
    #[cbor(n(1), with = "codec::algorithm")]
    pub(crate) algorithm: Algorithm,
    #[cbor(n(2), with = "codec::digits")]
    pub(crate) digits: Digits,
    #[cbor(n(3), with = "codec::period")]
    pub(crate) period: Period,
}

/// A setup that was begun. It counts for nothing until a right code confirms it.
#[derive(Encode, Decode)]
#[cbor(map)]
pub(crate) struct PendingSetup {
    #[n(0)]
    pub(crate) parameters: Parameters,
    #[cbor(n(1), with = "codec::label")]
    pub(crate) label: Label,
    /// The id of the ticket or assertion that began it: no other one sees or confirms it.
    #[cbor(n(2), with = "minicbor::bytes")]
    pub(crate) begun_by: [u8; 16],
    #[cbor(n(3), with = "codec::time")]
    pub(crate) expires: UnixTime,
    #[n(4)]
    pub(crate) tries_left: u32,
}

/// A set of backup codes, hashed.
#[derive(Encode, Decode)]
#[cbor(map)]
pub(crate) struct BackupSet {
    /// The work factor of the hashes.
    #[n(0)]
    pub(crate) rounds: u32,
    #[n(1)]
    pub(crate) acknowledged: bool,
    #[n(2)]
    pub(crate) slots: Vec<BackupSlot>,
    /// Which set this is: the assertion that came with it names it, and acknowledges no other.
    #[cbor(n(3), with = "minicbor::bytes")]
    pub(crate) id: [u8; 8],
}

impl BackupSet {
    pub(crate) fn left(&self) -> u32 {
        let left = self.slots.iter().filter(|slot| !slot.used).count();
        u32::try_from(left).unwrap_or(u32::MAX)
    }
}

/// The tickets of this epoch that were spent and have not expired, and the floor below which all are void.
#[derive(Default, Encode, Decode, Zeroize, ZeroizeOnDrop)]
#[cbor(map)]
pub(crate) struct SpentTickets {
    #[n(0)]
    tickets: Vec<SpentTicket>,
    /// Tickets issued at this instant or before are void: raised when the list is full.
    #[n(1)]
    floor: Option<i64>,
}

#[derive(Encode, Decode, Zeroize)]
struct SpentTicket {
    #[cbor(n(0), with = "minicbor::bytes")]
    id: [u8; 16],
    #[n(1)]
    issued: i64,
    #[n(2)]
    expires: i64,
}

impl SpentTickets {
    /// Whether the ticket with this id, issued then, was spent, or can't be told from one that was.
    pub(crate) fn contains(&self, id: &[u8; 16], issued: UnixTime) -> bool {
        // Ids are not secret: who presents a ticket knows nothing of its id, and gains nothing by it.
        self.floor.is_some_and(|floor| issued.seconds() <= floor)
            || self.tickets.iter().any(|ticket| ticket.id == *id)
    }

    /// Spends the ticket; those that have expired by `now` are forgotten.
    pub(crate) fn spend(
        &mut self,
        id: [u8; 16],
        issued: UnixTime,
        expires: UnixTime,
        now: UnixTime,
    ) {
        self.tickets.retain(|ticket| now.seconds() < ticket.expires);
        if self.tickets.len() >= MAX_SPENT {
            // Too many to remember: everything as old as the oldest is void instead.
            let oldest = self.tickets.iter().map(|ticket| ticket.issued).min();
            self.floor = self.floor.max(oldest);
            let floor = self.floor;
            self.tickets
                .retain(|ticket| floor.is_none_or(|floor| ticket.issued > floor));
        }
        self.tickets.push(SpentTicket {
            id,
            issued: issued.seconds(),
            expires: expires.seconds(),
        });
    }
}

/// The numbers of the codes that the gate asked for and that were answered last, oldest first.
///
/// The gate is another document, which a verification does not write: so the answer is kept here, and whoever holds
/// both documents next puts the two together.
#[derive(Clone, Default, Encode, Decode)]
#[cbor(transparent)]
pub(crate) struct Answered(#[n(0)] Vec<u32>);

impl Answered {
    /// Whether it was answered; so are those before what a full list holds, for nobody could tell any more.
    pub(crate) fn contains(&self, number: u32) -> bool {
        let full = self.0.len() >= MAX_ANSWERED;
        let forgotten = full && self.0.iter().all(|it| number < *it);
        forgotten || self.0.contains(&number)
    }

    /// The highest number that is kept; 0 if there is none.
    pub(crate) fn latest(&self) -> u32 {
        self.0.iter().copied().max().unwrap_or(0)
    }

    fn note(&mut self, number: u32) {
        if self.0.len() >= MAX_ANSWERED {
            self.0.remove(0);
        }
        self.0.push(number);
    }
}

impl<C> Encode<C> for BackupSlot {
    fn encode<W: minicbor::encode::Write>(
        &self,
        e: &mut minicbor::Encoder<W>,
        _: &mut C,
    ) -> Result<(), minicbor::encode::Error<W::Error>> {
        e.array(3)?
            .bytes(&self.salt)?
            .bytes(&self.hash)?
            .bool(self.used)?
            .ok()
    }
}

impl<'b, C> Decode<'b, C> for BackupSlot {
    fn decode(d: &mut minicbor::Decoder<'b>, _: &mut C) -> Result<Self, minicbor::decode::Error> {
        let wrong = || minicbor::decode::Error::message("not a backup slot");
        if d.array()? != Some(3) {
            return Err(wrong());
        }
        let salt: [u8; backup::SALT_LEN] = d.bytes()?.try_into().map_err(|_| wrong())?;
        let hash: [u8; backup::HASH_LEN] = d.bytes()?.try_into().map_err(|_| wrong())?;
        Ok(Self {
            salt,
            hash,
            used: d.bool()?,
        })
    }
}

/// Successes that one ticket lifetime can hold are few: each takes a fresh time step or backup code.
const MAX_SPENT: usize = 32;
/// Each password settles what ended before it, so that these are the sign-ins of one ticket lifetime.
const MAX_ANSWERED: usize = 8;

#[cfg(test)]
mod tests {
    use alloc::vec;

    use super::{
        AccountDocument, Answered, BackupSet, BackupSlot, MAX_ANSWERED, MAX_SPENT, SpentTickets,
    };
    use crate::{
        UnixTime,
        document::{Meta, decode, encode},
        random::Random,
    };

    fn at(seconds: i64) -> UnixTime {
        UnixTime::from_seconds(seconds)
    }

    #[test]
    fn a_spent_ticket_stays_spent_until_it_has_expired() {
        let mut spent = SpentTickets::default();
        spent.spend([1; 16], at(0), at(300), at(10));
        assert!(spent.contains(&[1; 16], at(0)));
        assert!(!spent.contains(&[2; 16], at(0)));
        spent.spend([2; 16], at(300), at(600), at(299));
        assert!(spent.contains(&[1; 16], at(0)));
        spent.spend([3; 16], at(300), at(600), at(300));
        assert_eq!(spent.tickets.len(), 2);
    }

    #[test]
    #[cfg_attr(miri, ignore = "too many tickets for an interpreter")]
    fn a_full_list_voids_old_tickets_and_forgets_none_that_is_live() {
        let mut spent = SpentTickets::default();
        for n in 0..200_u8 {
            spent.spend([n; 16], at(i64::from(n)), at(1_000), at(200));
            assert!(spent.tickets.len() <= MAX_SPENT);
            for m in 0..=n {
                assert!(spent.contains(&[m; 16], at(i64::from(m))), "{m} of {n}");
            }
        }
        assert!(!spent.contains(&[201; 16], at(201)));
    }

    #[test]
    fn no_document_asks_for_hashes_without_end() {
        // Rounds, slots, and whether this version could have written them.
        for (rounds, slots, sound) in [
            (1, 16, true),
            (6_000, 10, true),
            (1_000_000, 10, true),
            (0, 10, false),
            (1_000_001, 10, false),
            (u32::MAX, 10, false),
            (6_000, 17, false),
        ] {
            let mut fill = |bytes: &mut [u8]| {
                bytes.fill(7);
                Ok(())
            };
            let mut random = Random::new(&mut fill);
            let meta = Meta::new(at(0), &mut random).unwrap();
            let mut account = AccountDocument::new(meta, &mut random).unwrap();
            let slot = BackupSlot {
                salt: [1; 16],
                hash: [2; 16],
                used: false,
            };
            account.backup = Some(BackupSet {
                rounds,
                acknowledged: true,
                slots: vec![slot; slots],
                id: [3; 8],
            });
            let plain = encode(&account).unwrap();
            let read = decode::<AccountDocument>(&plain);
            assert_eq!(read.is_some(), sound, "{rounds} rounds, {slots} slots");
        }
    }

    #[test]
    fn what_was_answered_stays_so_in_few_numbers() {
        let mut answered = Answered::default();
        assert!(!answered.contains(1));
        for number in (2..100).step_by(2) {
            answered.note(number);
            assert!(answered.0.len() <= MAX_ANSWERED);
            for earlier in (2..=number).step_by(2) {
                assert!(answered.contains(earlier));
            }
            assert!(!answered.contains(number - 1) && !answered.contains(number + 1));
        }
    }
}

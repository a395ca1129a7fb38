//! The keyring of a running engine: which keys are used, and how it is replaced.

use alloc::sync::{Arc, Weak};
use core::fmt;
use std::sync::{PoisonError, RwLock, RwLockReadGuard, RwLockWriteGuard};

use mfakit_core::{Error, KeyId, Keyring, Operation, Setting, TenantId, UnixTime};

use crate::{engine::Engine, observe::Watch};

impl Engine {
    /// Replaces the keyring. Calls that begin from now on go by the new one, those that run end with the one they
    /// began with.
    ///
    /// A keyring that lacks a key which documents of any tenant are sealed with is refused, and so is one that lacks
    /// the key that seals now, or sealed when a call that still runs began.
    ///
    /// # Errors
    /// [`Error`]; then nothing is replaced.
    ///
    /// # Security
    /// Other processes on the same store are not asked: replace a keyring everywhere by one that has the new key
    /// among the others, before any makes it active; and retire a key when none seals with it any more. Tickets and
    /// assertions of a retired key are void: [`KeyUsage::unused_from`] says how long to wait where that matters.
    pub async fn replace_keyring(&self, new: Keyring) -> Result<KeyringReplacement, Error> {
        let rings = &self.shared.rings;
        let turn = rings.replacing.lock().await;
        let current = self.keyring();
        if let Some(key) = current.differs_in(&new) {
            return Ok(KeyringReplacement::OtherKey { key });
        }
        // Asked before documents are counted: a call that ends in between has committed by then.
        let mut sealing = rings.sealing();
        if let Some(key) = sealing.find(|key| !new.holds(*key)) {
            return Ok(KeyringReplacement::KeySeals { key });
        }
        for key in current.ids().filter(|key| !new.holds(*key)) {
            let documents = self.documents_under(key).await?;
            if documents > 0 {
                return Ok(KeyringReplacement::KeyInUse { key, documents });
            }
        }
        rings.replace(new);
        // The next one in turn is not to take this hold for that of a running call.
        drop(current);
        drop(turn);
        Ok(KeyringReplacement::Replaced)
    }

    /// Replaces the keyring without looking at anything.
    ///
    /// # Security
    /// What is sealed with a key that the new keyring lacks does not open: [`Unavailable::UnknownKey`], nobody whom
    /// it concerns can sign in, and all tickets and assertions of the key are void. It is for a key that is known to
    /// others and has to go at once, whatever is lost; a document that a damaged row keeps from being sealed anew
    /// is a reason too.
    ///
    /// [`Unavailable::UnknownKey`]: mfakit_core::Unavailable::UnknownKey
    pub fn danger_replace_keyring(&self, new: Keyring) {
        self.shared.rings.replace(new);
    }

    /// How many documents each key of the keyring has sealed, over all tenants.
    ///
    /// # Errors
    /// [`Error`].
    pub async fn key_usage(&self) -> Result<KeyUsage, Error> {
        let mut watch = self.watch(Operation::KeyUsage);
        let ended = self.usage_of_all(&mut watch).await;
        watch.end(ended)
    }

    async fn usage_of_all(&self, watch: &mut Watch<'_>) -> Result<KeyUsage, Error> {
        let keyring = self.keyring();
        let mut usage = KeyUsage::none(&keyring);
        let mut tenants = self.tenants(None, TENANTS).await?;
        while let Some(last) = tenants.last().cloned() {
            for tenant in tenants {
                usage.add(&self.tenant_of(tenant).usage_of(&keyring, watch).await?);
            }
            tenants = self.tenants(Some(&last), TENANTS).await?;
        }
        Ok(usage)
    }

    /// Lists tenants in an order of the store's own: at most `limit` of them that come behind `after`.
    ///
    /// # Errors
    /// [`Error`]; a `limit` of 0 or beyond 100 is [`Misuse::PageSize`](mfakit_core::Misuse::PageSize).
    pub async fn tenants(
        &self,
        after: Option<&TenantId>,
        limit: u32,
    ) -> Result<Vec<TenantId>, Error> {
        if limit == 0 || limit > TENANTS {
            return Err(mfakit_core::Misuse::PageSize.into());
        }
        Ok(self.store().tenants(after, limit).await?)
    }

    /// The keyring of today; a call keeps the one it began with.
    pub(crate) fn keyring(&self) -> Arc<Keyring> {
        self.shared.rings.current()
    }

    async fn documents_under(&self, key: KeyId) -> Result<u64, Error> {
        let mut documents: u64 = 0;
        let mut tenants = self.tenants(None, TENANTS).await?;
        while let Some(last) = tenants.last().cloned() {
            for tenant in tenants {
                let those = self.tenant_of(tenant).documents_under(key).await?;
                documents = documents.saturating_add(those);
            }
            tenants = self.tenants(Some(&last), TENANTS).await?;
        }
        Ok(documents)
    }
}

/// What became of a keyring that was to replace the one in force.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
#[non_exhaustive]
#[must_use = "a keyring that is refused is not in force"]
pub enum KeyringReplacement {
    /// It is in force.
    Replaced,
    /// It lacks a key with which documents are sealed: seal them anew first.
    KeyInUse {
        /// The key.
        key: KeyId,
        /// How many documents.
        documents: u64,
    },
    /// It lacks the key that seals, or sealed a moment ago, when a call that still runs began: make another key
    /// active first, and retire this one in a later step.
    KeySeals {
        /// The key.
        key: KeyId,
    },
    /// It holds another key under the number of one in force: it belongs to another database.
    OtherKey {
        /// The number.
        key: KeyId,
    },
}

/// Which keys are used, and for what.
#[derive(Debug, Clone, PartialEq, Eq)]
#[non_exhaustive]
pub struct KeyUsage {
    /// The keys of the keyring, in its order.
    pub keys: Vec<KeyDocuments>,
    /// How many documents are sealed with keys that the keyring lacks.
    pub unknown: u64,
    /// For how long a ticket or an assertion can be good, in seconds: the longest lifetime that a policy sets.
    pub token_lifetime: u32,
}

/// How many documents a key has sealed.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
#[non_exhaustive]
pub struct KeyDocuments {
    /// The key.
    pub key: KeyId,
    /// Whether it is the one that seals.
    pub active: bool,
    /// How many documents it has sealed.
    pub documents: u64,
}

impl KeyUsage {
    /// From when on `key` is no longer used and can be retired without anybody noticing, if no process has sealed
    /// anything with it since `replaced`: no document needs it, and the last ticket or assertion has ended by then.
    ///
    /// `None` as long as the key is active or a document is sealed with it, and for a key that was not counted.
    #[must_use]
    pub fn unused_from(&self, key: KeyId, replaced: UnixTime) -> Option<UnixTime> {
        let counted = self.keys.iter().find(|it| it.key == key)?;
        let unused = !counted.active && counted.documents == 0;
        unused.then(|| replaced.saturating_add(self.token_lifetime))
    }

    pub(crate) fn none(keyring: &Keyring) -> Self {
        let keys = keyring.ids().map(|key| KeyDocuments {
            key,
            active: key == keyring.active(),
            documents: 0,
        });
        Self {
            keys: keys.collect(),
            unknown: 0,
            token_lifetime: Setting::TicketLifetime.range().0,
        }
    }

    /// Adds what another tenant uses, counted by the same keyring.
    fn add(&mut self, other: &Self) {
        for (mine, theirs) in self.keys.iter_mut().zip(&other.keys) {
            mine.documents = mine.documents.saturating_add(theirs.documents);
        }
        self.unknown = self.unknown.saturating_add(other.unknown);
        self.token_lifetime = self.token_lifetime.max(other.token_lifetime);
    }
}

/// The keyring in force, and those before it that running calls still go by.
pub(crate) struct Rings {
    held: RwLock<Held>,
    /// Held while a replacement looks and replaces, so that two do not pass each other.
    replacing: async_lock::Mutex<()>,
}

struct Held {
    current: Arc<Keyring>,
    former: Vec<Weak<Keyring>>,
}

impl Rings {
    pub(crate) fn new(keyring: Keyring) -> Self {
        let held = Held {
            current: Arc::new(keyring),
            former: Vec::new(),
        };
        Self {
            held: RwLock::new(held),
            replacing: async_lock::Mutex::new(()),
        }
    }

    fn current(&self) -> Arc<Keyring> {
        Arc::clone(&self.read().current)
    }

    /// The keys that a call of this process seals with: that of today, and those of calls that began earlier.
    fn sealing(&self) -> impl Iterator<Item = KeyId> + use<> {
        let held = self.read();
        let former = held.former.iter().filter_map(Weak::upgrade);
        let keys = former.map(|ring| ring.active());
        let keys: Vec<_> = core::iter::once(held.current.active())
            .chain(keys)
            .collect();
        keys.into_iter()
    }

    fn replace(&self, new: Keyring) {
        let mut held = self.write();
        let before = core::mem::replace(&mut held.current, Arc::new(new));
        held.former.retain(|ring| ring.strong_count() > 0);
        held.former.push(Arc::downgrade(&before));
        drop(held);
        // Wiped here, unless a call still runs with it.
        drop(before);
    }

    /// The lock is held for an exchange of pointers; nothing in between can leave them half done.
    fn read(&self) -> RwLockReadGuard<'_, Held> {
        self.held.read().unwrap_or_else(PoisonError::into_inner)
    }

    fn write(&self) -> RwLockWriteGuard<'_, Held> {
        self.held.write().unwrap_or_else(PoisonError::into_inner)
    }
}

impl fmt::Debug for Rings {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        self.current().fmt(f)
    }
}

const TENANTS: u32 = 100;

//! How a keyring changes: a key is added, made active, and in the end retired.
//!
//! Each is a step of its own, since every machine has to take one before any takes the next: a machine whose
//! keyring lacks the key that another one seals with opens nothing of it.

use core::fmt;

use rand_core::TryCryptoRng;
use subtle::ConstantTimeEq;

use crate::{
    KeyId,
    keyring::{Key, Keyring},
};

impl Keyring {
    /// Adds a fresh key, and says its number. It opens from now on; it seals nothing until it is made active.
    ///
    /// The number is random, as the first one is: keys that were added to two copies of a keyring are not mistaken
    /// for each other.
    ///
    /// # Errors
    /// [`KeyringChangeError::Full`] or [`KeyringChangeError::Randomness`]; the keyring is as it was.
    pub fn add_key<R: TryCryptoRng + ?Sized>(
        &mut self,
        rng: &mut R,
    ) -> Result<KeyId, KeyringChangeError> {
        if self.keys.len() >= Self::MAX_KEYS {
            return Err(KeyringChangeError::Full);
        }
        let key = Key::generate(rng, |id| self.find(id).is_some())
            .map_err(|_| KeyringChangeError::Randomness)?;
        let id = key.id;
        // Moves addresses; the roots stay where they are.
        self.keys.push(key);
        Ok(id)
    }

    /// Makes a key of the ring the one that seals. The others go on opening.
    ///
    /// # Errors
    /// [`KeyringChangeError::UnknownKey`].
    pub fn activate(&mut self, key: KeyId) -> Result<(), KeyringChangeError> {
        if self.find(key).is_none() {
            return Err(KeyringChangeError::UnknownKey(key));
        }
        self.active = key;
        Ok(())
    }

    /// Takes a key out of the ring, and wipes it: what it sealed opens no more.
    ///
    /// # Errors
    /// [`KeyringChangeError::UnknownKey`], or [`KeyringChangeError::Active`] for the key that seals.
    pub fn retire(&mut self, key: KeyId) -> Result<(), KeyringChangeError> {
        if key == self.active {
            return Err(KeyringChangeError::Active(key));
        }
        let place = self.keys.iter().position(|it| it.id == key);
        let place = place.ok_or(KeyringChangeError::UnknownKey(key))?;
        self.keys.remove(place);
        Ok(())
    }

    /// Whether the ring holds a key of this number.
    #[must_use]
    pub fn holds(&self, key: KeyId) -> bool {
        self.find(key).is_some()
    }

    /// The number of a key that both rings hold with different roots: one of them is not a copy of the other.
    #[must_use]
    pub fn differs_in(&self, other: &Self) -> Option<KeyId> {
        let differs = |key: &&Key| other.find(key.id).is_some_and(|it| !key.is_same(it));
        self.keys.iter().find(differs).map(|key| key.id)
    }
}

impl Key {
    /// Secret: the roots. Public: their length, and the outcome.
    fn is_same(&self, other: &Self) -> bool {
        let data = self.data.as_slice().ct_eq(other.data.as_slice());
        bool::from(data & self.tokens.as_slice().ct_eq(other.tokens.as_slice()))
    }
}

/// Why a keyring was not changed.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
#[non_exhaustive]
pub enum KeyringChangeError {
    /// It holds as many keys as it can; one that is no longer used has to go first.
    Full,
    /// It holds no key of this number.
    UnknownKey(KeyId),
    /// The key seals; another one has to be made active first.
    Active(KeyId),
    /// The source of randomness failed.
    Randomness,
}

impl fmt::Display for KeyringChangeError {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self {
            Self::Full => write!(f, "a keyring holds at most {} keys", Keyring::MAX_KEYS),
            Self::UnknownKey(id) => write!(f, "the keyring holds no key {id}"),
            Self::Active(id) => write!(f, "key {id} is active; make another one active first"),
            Self::Randomness => f.write_str("the source of randomness failed"),
        }
    }
}

impl core::error::Error for KeyringChangeError {}

#[cfg(test)]
mod tests {
    use alloc::{string::ToString, vec::Vec};

    use super::KeyringChangeError;
    use crate::{KeyId, Keyring, testing::Dice};

    #[test]
    fn a_key_is_added_made_active_and_retired_in_steps() {
        let mut ring = Keyring::generate(&mut Dice::new(1)).unwrap();
        let old = ring.active();
        let new = ring.add_key(&mut Dice::new(2)).unwrap();
        assert_eq!(ring.active(), old);
        assert_eq!(ring.ids().collect::<Vec<_>>(), [old, new]);
        assert!(ring.holds(new));
        ring.activate(new).unwrap();
        assert_eq!(ring.active(), new);
        let again = Keyring::parse(&ring.danger_export()).unwrap();
        assert_eq!(*again.danger_export(), *ring.danger_export());
        ring.retire(old).unwrap();
        assert_eq!(ring.ids().collect::<Vec<_>>(), [new]);
        assert_eq!(ring.sealing().unwrap().id, new);
    }

    #[test]
    fn both_roots_of_a_new_key_are_its_own() {
        let mut ring = Keyring::generate(&mut Dice::new(1)).unwrap();
        let old = ring.active();
        let new = ring.add_key(&mut Dice::new(2)).unwrap();
        let (old, new) = (ring.find(old).unwrap(), ring.find(new).unwrap());
        let roots = [&old.data, &old.tokens, &new.data, &new.tokens];
        for (at, root) in roots.iter().enumerate() {
            for other in roots.iter().skip(at + 1) {
                assert_ne!(root.as_slice(), other.as_slice());
            }
        }
    }

    #[test]
    fn a_number_is_not_given_twice() {
        let mut ring = Keyring::generate(&mut Dice::new(1)).unwrap();
        // The same dice draw the number of the first key once more.
        let new = ring.add_key(&mut Dice::new(1)).unwrap();
        assert_ne!(new, ring.active());
    }

    #[test]
    fn what_would_break_a_ring_is_refused_and_changes_nothing() {
        let mut ring = Keyring::generate(&mut Dice::new(1)).unwrap();
        let (only, stranger) = (ring.active(), KeyId::new(7));
        let before = ring.danger_export().to_string();
        let active = ring.retire(only).unwrap_err();
        assert_eq!(active, KeyringChangeError::Active(only));
        let unknown = KeyringChangeError::UnknownKey(stranger);
        assert_eq!(ring.retire(stranger), Err(unknown));
        assert_eq!(ring.activate(stranger), Err(unknown));
        assert_eq!(*ring.danger_export(), before);
        assert_eq!(unknown.to_string(), "the keyring holds no key 7");
        for seed in 2..=32 {
            ring.add_key(&mut Dice::new(seed)).unwrap();
        }
        let full = ring.add_key(&mut Dice::new(33)).unwrap_err();
        assert_eq!(full, KeyringChangeError::Full);
        assert_eq!(full.to_string(), "a keyring holds at most 32 keys");
        assert!(Keyring::parse(&ring.danger_export()).is_ok());
    }

    #[test]
    fn one_number_with_two_keys_is_noticed() {
        let mut ring = Keyring::generate(&mut Dice::new(1)).unwrap();
        let copy = Keyring::parse(&ring.danger_export()).unwrap();
        let new = ring.add_key(&mut Dice::new(2)).unwrap();
        assert_eq!(ring.differs_in(&copy), None);
        assert_eq!(copy.differs_in(&ring), None);
        let stranger = Keyring::generate(&mut Dice::new(3)).unwrap();
        assert_eq!(ring.differs_in(&stranger), None);
        let (from, to) = (stranger.active().to_string(), new.to_string());
        let forged = stranger.danger_export().replace(&from, &to);
        let forged = Keyring::parse(&forged).unwrap();
        assert_eq!(ring.differs_in(&forged), Some(new));
    }
}

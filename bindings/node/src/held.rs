//! What JavaScript holds by a number, since it can't be written down: it is in nobody's hands but ours.

use std::collections::HashMap;

use mfakit::{Engine, KeyUsage, Keyring, ManualClock, PasswordAttempt, Policy, RotationCursor};

use crate::failure::Failure;

/// Something held.
pub(crate) enum Held {
    Engine(Engine),
    Keyring(Keyring),
    Clock(ManualClock),
    Policy(Policy),
    Attempt(PasswordAttempt),
    Cursor(RotationCursor),
    Usage(KeyUsage),
}

/// All that one thread of JavaScript holds.
#[derive(Default)]
pub(crate) struct Shelf {
    held: HashMap<u32, Held>,
    last: u32,
}

macro_rules! lend {
    ($($name:ident $variant:ident $type:ty;)*) => {$(
        /// What is held by this number.
        pub(crate) fn $name(&self, number: u32) -> Result<&$type, Failure> {
            match self.held.get(&number) {
                Some(Held::$variant(held)) => Ok(held),
                _ => Err(Failure::closed()),
            }
        }
    )*};
}

impl Shelf {
    lend! {
        engine Engine Engine;
        keyring Keyring Keyring;
        clock Clock ManualClock;
        policy Policy Policy;
        cursor Cursor RotationCursor;
        usage Usage KeyUsage;
    }

    /// Holds something, and says by which number.
    pub(crate) fn hold(&mut self, held: Held) -> u32 {
        loop {
            // After four thousand million things numbers come again, if they are free.
            self.last = self.last.wrapping_add(1);
            if !self.held.contains_key(&self.last) {
                break;
            }
        }
        self.held.insert(self.last, held);
        self.last
    }

    /// Lets go of something.
    pub(crate) fn take(&mut self, number: u32) -> Option<Held> {
        self.held.remove(&number)
    }

    /// Takes an attempt: it is good for one sign-in.
    pub(crate) fn attempt(&mut self, number: u32) -> Result<PasswordAttempt, Failure> {
        match self.held.remove(&number) {
            Some(Held::Attempt(attempt)) => Ok(attempt),
            Some(other) => {
                self.held.insert(number, other);
                Err(Failure::closed())
            }
            None => Err(Failure::closed()),
        }
    }

    /// Replaces a keyring by a changed one.
    pub(crate) fn keyring_mut(&mut self, number: u32) -> Result<&mut Keyring, Failure> {
        match self.held.get_mut(&number) {
            Some(Held::Keyring(keyring)) => Ok(keyring),
            _ => Err(Failure::closed()),
        }
    }

    pub(crate) fn len(&self) -> usize {
        self.held.len()
    }
}

//! Bytes on the heap that are wiped.

use alloc::vec::Vec;
use core::{
    fmt,
    ops::{Deref, DerefMut},
};

use zeroize::{ZeroizeOnDrop, optimization_barrier};

/// Plain bytes of what is stored sealed; wiped when dropped, the room behind them too.
///
/// As `Zeroizing<Vec<u8>>`, which wipes a byte at a time; here the compiler takes as many as it likes, and the barrier
/// keeps it from leaving them as they are.
#[derive(Default)]
pub(crate) struct Wiped(Vec<u8>);

impl Wiped {
    pub(crate) const fn new(bytes: Vec<u8>) -> Self {
        Self(bytes)
    }
}

impl Deref for Wiped {
    type Target = Vec<u8>;

    fn deref(&self) -> &Vec<u8> {
        &self.0
    }
}

impl DerefMut for Wiped {
    fn deref_mut(&mut self) -> &mut Vec<u8> {
        &mut self.0
    }
}

impl fmt::Debug for Wiped {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str("Wiped(..)")
    }
}

impl Drop for Wiped {
    fn drop(&mut self) {
        self.0.fill(0);
        // Within what it holds, so that nothing moves.
        self.0.resize(self.0.capacity(), 0);
        optimization_barrier(self.0.as_slice());
    }
}

impl ZeroizeOnDrop for Wiped {}

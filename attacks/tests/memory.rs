//! The attacks on the store in memory.

extern crate alloc;

use alloc::sync::Arc;

use mfakit::MemoryStore;

mfakit_attacks::attacks!(memory, Arc::new(MemoryStore::new()));

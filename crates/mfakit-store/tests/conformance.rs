//! The stores of this crate keep the contract.

extern crate alloc;

use alloc::sync::Arc;

use mfakit_store::{
    MemoryStore, Store,
    testkit::{FaultyStore, Plan},
};

mfakit_store::conformance!(memory, async { MemoryStore::new() });
mfakit_store::conformance!(faulty_without_faults, async {
    FaultyStore::new(MemoryStore::new(), Plan::none())
});
mfakit_store::conformance!(shared, async {
    Arc::new(MemoryStore::new()) as Arc<dyn Store>
});

//! Sealed documents as somebody could leave them who holds the database: they open as they were, or not at all.
#![no_main]
#![allow(
    clippy::panic,
    clippy::unwrap_used,
    reason = "a fuzz target panics to fail"
)]

use libfuzzer_sys::fuzz_target;
use mfakit_core::{
    AccountId, Decision, DocumentKey, DocumentKind, Error, StoredDocument, Unavailable,
};
use mfakit_fuzz::World;

fuzz_target!(|data: &[u8]| {
    let (mut world, account) = (World::new(1), AccountId::new("7").unwrap());
    // So that there is a document.
    world.reset(&account).unwrap();
    let key = DocumentKey::new(
        world.tenant.clone(),
        DocumentKind::Account,
        account.as_bytes(),
    );
    let mut changed = true;
    world.tamper(&key, |document| changed = tamper(document, data));
    match world.sign_in(&account) {
        Ok(Decision::Setup(_)) => assert!(!changed, "a tampered document opened"),
        Err(Error::Unavailable(
            Unavailable::Damaged | Unavailable::NewerFormat | Unavailable::UnknownKey(_),
        )) => assert!(changed, "an untouched document did not open"),
        other => panic!("{other:?}"),
    }
});

/// Replaces the body, or changes bytes of it; whether anything changed.
fn tamper(document: &mut StoredDocument, data: &[u8]) -> bool {
    let before = document.body.clone();
    match data.split_first() {
        Some((0, rest)) => document.body = rest.to_vec(),
        Some((1, [length, ..])) => document.body.truncate(usize::from(*length)),
        Some((_, rest)) => {
            for pair in rest.chunks_exact(2) {
                let place = usize::from(pair[0]) % document.body.len();
                document.body[place] ^= pair[1];
            }
        }
        None => {}
    }
    document.body != before
}

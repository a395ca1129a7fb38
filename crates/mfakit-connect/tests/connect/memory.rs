//! `memory:`.

use mfakit_connect::{check, migrate, migrations, open};
use mfakit_core::CommitOutcome;

use crate::support::{parse, put, revision};

#[test]
fn a_store_in_memory_works_and_each_is_another() {
    pollster::block_on(async {
        migrate("memory:").await.unwrap();
        check("memory:").await.unwrap();
    });
    let first = pollster::block_on(open("memory:")).unwrap();
    assert_eq!(put(&first, 0), Ok(CommitOutcome::Committed));
    assert_eq!(revision(&first), 1);
    let second = pollster::block_on(open("memory:")).unwrap();
    assert_eq!(revision(&second), 0);
    assert_eq!(migrations(&parse("memory:")), []);
}

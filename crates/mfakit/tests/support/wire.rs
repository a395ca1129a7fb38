//! What each operation asks of a server.

use crate::{operations::OPERATIONS, world::World};

/// Loads and commits that reached a server, and other calls of any kind.
pub(crate) type Counted = (u64, u64, u64);

/// Every operation that writes is one load and one commit; `counted` tells what came since it was asked last.
pub(crate) fn check(mut world: World, counted: impl Fn() -> Counted) {
    for (place, (name, ready)) in OPERATIONS.iter().enumerate() {
        world.be(&place.to_string());
        let act = ready(&world);
        counted();
        act(&world).unwrap();
        assert_eq!(counted(), (1, 1, 0), "{name}");
    }
    // What writes nothing commits nothing.
    world.be("somebody else");
    world.sign_in();
    assert_eq!(counted(), (1, 0, 0));
}

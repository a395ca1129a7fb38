//! Documents as somebody could write them who holds the keyring too, or as another version could: they are refused,
//! or everything that can be done with them is answered, and what is stored after it opens again.
#![no_main]
#![allow(
    clippy::panic,
    clippy::unwrap_used,
    reason = "a fuzz target panics to fail"
)]

use std::sync::LazyLock;

use libfuzzer_sys::fuzz_target;
use mfakit_core::{Administrator, DocumentKey, DocumentKind, Error, Flow, Unavailable};
use mfakit_fuzz::{
    Course, Failure, Fate, Forger, Op, State, Turn,
    scene::{begin, menu},
};

/// Where everything begins, and what may be done there.
static SCENE: LazyLock<(State, Vec<Op>)> = LazyLock::new(|| {
    let state = begin();
    let mut menu = menu(&state);
    menu.extend([Op::ReadPolicy, Op::CodeStatus, Op::Status { who: 0 }]);
    menu.extend([Op::RepairCode, Op::RepairClock { who: Some(0) }]);
    menu.push(Op::RepairClock { who: None });
    (state, menu)
});

fuzz_target!(|data: &[u8]| {
    let Some((kind, plain)) = data.split_first() else {
        return;
    };
    let (scene, menu) = &*SCENE;
    let tenant = scene.world.tenant.clone();
    let account = scene.people.persons[0].account.as_bytes();
    let (handle, _) = scene.people.installation.as_ref().unwrap();
    let (kind, id) = match kind % 4 {
        0 => (DocumentKind::Account, account),
        1 => (DocumentKind::Gate, account),
        2 => (DocumentKind::Policy, &[][..]),
        _ => (DocumentKind::Activation, &handle.as_bytes()[..]),
    };
    let key = DocumentKey::new(tenant, kind, id);
    let mut forged = scene.clone();
    let forger = Forger::new(&forged.world.keyring);
    let mut found = false;
    forged.world.tamper(&key, |document| {
        *document = forger.forge(&key, document, plain);
        found = true;
    });
    assert!(found, "no such document: {key:?}");
    if !opens(&forged, kind) {
        // One operation is refused as another is.
        run(&mut forged, &menu[plain.len() % menu.len()]);
        return;
    }
    for op in menu {
        let mut state = forged.clone();
        run(&mut state, op);
        assert!(opens(&state, kind), "{op:?} wrote what does not open");
    }
});

/// Whether the document opens, whatever the clock says.
fn opens(state: &State, kind: DocumentKind) -> bool {
    let (mut world, account) = (state.world.clone(), &state.people.persons[0].account);
    let (keyring, tenant) = world.names();
    let done = match kind {
        DocumentKind::Account => world.status(account).map(|status| status.fault.is_none()),
        DocumentKind::Gate => {
            let by = Administrator::new("root", "a test").unwrap();
            let flow = Flow::unlock_password(keyring, tenant, account.clone(), by);
            world.run(flow).map(|_| true)
        }
        DocumentKind::Activation => {
            let (handle, _) = state.people.installation.as_ref().unwrap();
            let flow = Flow::activation_status(keyring, tenant, vec![*handle]);
            world.run(flow).map(|status| status[0].record.is_some())
        }
        _ => world.run(Flow::policy(keyring, tenant)).map(|_| true),
    };
    match done {
        Ok(opens) => opens,
        Err(Error::Unavailable(Unavailable::ClockBehind)) => true,
        Err(_) => false,
    }
}

/// An answer or a refusal, and a refusal changes nothing. Each operation is tried as it comes, whatever the document.
fn run(state: &mut State, op: &Op) {
    let before = state.world.commits;
    let turn = Turn {
        now: state.world.now.seconds(),
        number: state.next,
    };
    let mut course = Course::of(op, turn, &mut state.people, &mut state.world);
    match state.world.run_with(&mut course, || Fate::Fine) {
        Ok(()) => {}
        Err(Failure::Error(Error::Busy | Error::Unavailable(_))) => {
            assert_eq!(state.world.commits, before, "{op:?}");
        }
        other => panic!("{op:?}: {other:?}"),
    }
}

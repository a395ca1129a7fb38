//! Who gets in without a code, and for how long: exemptions, the roll-out, remembered devices.

#![allow(
    clippy::unwrap_used,
    clippy::panic,
    reason = "a test panics to fail, also in its helpers"
)]

extern crate alloc;

#[path = "access/devices.rs"]
mod devices;
#[path = "access/exemption.rs"]
mod exemption;
#[path = "access/rollout.rs"]
mod rollout;
#[path = "access/support.rs"]
mod support;
#[path = "support/world.rs"]
mod world;

use mfakit::{Basis, Decision, ExemptionEnd, FirstFactor, Requirement, Setting, SignIn, Standing};

use world::admin;

use support::*;

/// What the table of the design answers, for an account that is open.
fn expected(
    requirement: Requirement,
    [required, exempt, factor, device, days, grace, demand]: [bool; 7],
) -> &'static str {
    let asked = demand || requirement == Requirement::Required;
    let asked = asked || requirement == Requirement::Optional && required;
    match () {
        () if !demand && requirement == Requirement::Off => "not required",
        () if !demand && exempt => "exempt",
        () if !demand && factor && device && days => "remembered",
        () if factor => "challenge",
        () if !asked => "not set up",
        () if grace && !demand => "setup, may defer",
        () => "setup now",
    }
}

#[test]
fn a24_every_row_of_the_decision_table() {
    let (mut world, app) = remembering(30);
    let device = remember(&world, &app, "Laptop").1.unwrap();
    let with_factor = world.account.clone();
    let mut rows = 0;
    for bits in 0..128_u8 {
        let conditions = core::array::from_fn(|place| bits >> place & 1 == 1);
        let [required, exempt, factor, device_sent, days, grace, demand] = conditions;
        if factor {
            world.account = with_factor.clone();
        } else {
            world.be(&format!("without {bits}"));
        }
        let by = admin("a test");
        let account = &world.account;
        if required {
            let _ = world.tenant.require(account, &by).unwrap();
        } else {
            let _ = world.tenant.end_requirement(account, &by).unwrap();
        }
        if exempt {
            let open = ExemptionEnd::Open;
            let _ = world.tenant.exempt(account, open, &by).unwrap();
        } else {
            let _ = world.tenant.end_exemption(account, &by).unwrap();
        }
        for requirement in [
            Requirement::Off,
            Requirement::Optional,
            Requirement::Required,
        ] {
            change(&world, |policy| {
                let policy = policy.with_requirement(requirement);
                let policy = policy.with(Setting::RememberDays, if days { 30 } else { 0 });
                let policy = policy.unwrap().with(Setting::SetupSkips, 3).unwrap();
                let deadline = if grace { 14 } else { 0 };
                policy.with(Setting::SetupDeadline, deadline).unwrap()
            });
            let mut request = SignIn::new();
            if device_sent {
                request = request.device(&device);
            }
            if demand {
                request = request.demand_factor();
            }
            let first = FirstFactor::external(world.account.clone());
            let decision = world.tenant.sign_in(first, request).unwrap();
            let row = match &decision {
                Decision::Allow(allowed) => match allowed.basis {
                    Basis::NotRequired => "not required",
                    Basis::Exempt => "exempt",
                    Basis::Remembered => "remembered",
                    Basis::NotSetUp => "not set up",
                    other => panic!("{other:?}"),
                },
                Decision::Challenge(_) => "challenge",
                Decision::Setup(setup) if setup.may_defer.is_some() => "setup, may defer",
                Decision::Setup(_) => "setup now",
                Decision::Deny(_) => panic!("locked"),
            };
            let says = expected(requirement, conditions);
            assert_eq!(row, says, "{requirement:?} {conditions:?}");
            // What lets a person in is good for the session, by the same policy.
            if let Decision::Allow(allowed) = &decision {
                let standing = world.tenant.check_assertion(&allowed.assertion).unwrap();
                assert!(matches!(standing, Standing::Current(_)), "{conditions:?}");
            }
            rows += 1;
        }
    }
    assert_eq!(rows, 384);
}

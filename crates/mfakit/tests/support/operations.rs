//! Every operation that writes one document, each on an account or an installation made ready for it.

use mfakit::{
    ActivationLifetime, Confirmation, Decision, Error, ExemptionEnd, FirstFactor, Gate,
    IdentityVerified, Label, Presented, Requirement, Setting, SignIn, TokenKind, Verification,
    WhichDevices,
};
use mfakit_core::{Secret, Totp, TotpParameters};

use crate::{
    activation::{backup_service, issue, text, try_redeem},
    world::{World, admin, wrong_codes},
};

/// The operation itself, once everything before it is done.
pub(crate) type Act = Box<dyn FnOnce(&World) -> Result<(), Error>>;

/// A name, and what is done before.
pub(crate) type Operation = (&'static str, fn(&World) -> Act);

/// All of them; the last one leaves a policy that demands nothing. Those that go through many documents a page at a time, as rotation and pruning, are not among them.
pub(crate) const OPERATIONS: &[Operation] = &[
    ("begin_password", |_| {
        act(|world| match world.tenant.begin_password(&world.account)? {
            Gate::Proceed(_) => Ok(()),
            other => panic!("{other:?}"),
        })
    }),
    ("sign_in that gives an attempt back", |world| {
        let attempt = attempt(world);
        act(move |world| {
            let decision = world.tenant.sign_in(attempt, SignIn::new())?;
            assert!(matches!(decision, Decision::Setup(_)));
            Ok(())
        })
    }),
    ("begin_setup", |world| {
        let ticket = setup_ticket(world);
        act(move |world| {
            let (name, label) = (mfakit::AccountName::new("anna").unwrap(), label("Phone"));
            world
                .tenant
                .begin_setup(bound(&ticket), &name, &label)
                .map(drop)
        })
    }),
    ("confirm_setup", |world| {
        let ticket = setup_ticket(world);
        let code = world.code(&world.scan(bound(&ticket)));
        act(move |world| world.tenant.confirm_setup(bound(&ticket), &code).map(drop))
    }),
    ("acknowledge_backup_codes", |world| {
        let ticket = setup_ticket(world);
        let code = world.code(&world.scan(bound(&ticket)));
        let confirmed = world.tenant.confirm_setup(bound(&ticket), &code);
        let session = match confirmed.unwrap() {
            Confirmation::Confirmed(confirmed) => confirmed.assertion,
            other => panic!("{other:?}"),
        };
        act(move |world| {
            let session = bound(session.as_str());
            world.tenant.acknowledge_backup_codes(session).map(drop)
        })
    }),
    ("verify of a right code", |world| {
        let (app, _) = set_up(world);
        let (ticket, code) = (world.challenge(), world.code(&app));
        act(
            move |world| match world.tenant.verify(bound(&ticket), &code)? {
                Verification::Verified(_) => Ok(()),
                other => panic!("{other:?}"),
            },
        )
    }),
    ("verify of a wrong code", |world| {
        let (app, _) = set_up(world);
        let ticket = world.challenge();
        let code = wrong_codes(world, &app).next().unwrap();
        act(
            move |world| match world.tenant.verify(bound(&ticket), &code)? {
                Verification::Mismatch(_) => Ok(()),
                other => panic!("{other:?}"),
            },
        )
    }),
    ("verify of a backup code", |world| {
        let (_, codes) = set_up(world);
        let ticket = world.challenge();
        act(
            move |world| match world.tenant.verify(bound(&ticket), &codes[2])? {
                Verification::Verified(_) => Ok(()),
                other => panic!("{other:?}"),
            },
        )
    }),
    ("verify_and_remember", |world| {
        remembering(world);
        let (app, _) = set_up(world);
        let (ticket, code) = (world.challenge(), world.code(&app));
        act(move |world| {
            let device = label("Firefox");
            let answer = world
                .tenant
                .verify_and_remember(bound(&ticket), &code, &device)?;
            assert!(matches!(answer, Verification::Verified(it) if it.device.is_some()));
            Ok(())
        })
    }),
    ("revoke_devices_of", |world| {
        remembering(world);
        let (app, _) = set_up(world);
        let (ticket, code) = (world.challenge(), world.code(&app));
        let device = label("Firefox");
        let remembered = world
            .tenant
            .verify_and_remember(bound(&ticket), &code, &device);
        remembered.unwrap();
        act(|world| {
            let by = admin("a test");
            world
                .tenant
                .revoke_devices_of(&world.account, WhichDevices::All, &by)
                .map(drop)
        })
    }),
    ("resynchronize", |world| {
        let (app, _) = set_up(world);
        let ticket = world.challenge();
        let codes = (world.code_in(&app, 120), world.code_in(&app, 150));
        act(move |world| {
            world
                .tenant
                .resynchronize(bound(&ticket), &codes.0, &codes.1)
                .map(drop)
        })
    }),
    ("regenerate_backup_codes", |world| {
        let session = session(world);
        act(move |world| {
            world
                .tenant
                .regenerate_backup_codes(bound(&session))
                .map(drop)
        })
    }),
    ("rename_authenticator", |world| {
        let session = session(world);
        let account = core::slice::from_ref(&world.account);
        let id = world.tenant.status(account).unwrap()[0].authenticators[0].id;
        act(move |world| {
            let label = label("Mine");
            world
                .tenant
                .rename_authenticator(bound(&session), id, &label)
                .map(drop)
        })
    }),
    ("password_changed", |world| {
        set_up(world);
        act(|world| {
            world
                .tenant
                .password_changed(&world.account, None)
                .map(drop)
        })
    }),
    ("bind_token", |_| {
        act(|world| {
            let kind = TokenKind::Totp(TotpParameters::default());
            let (secret, label) = (Secret::import(&[7; 20]).unwrap(), label("Token 12"));
            let by = admin("a test");
            world
                .tenant
                .bind_token(&world.account, secret, kind, &label, &by)
                .map(drop)
        })
    }),
    ("exempt", |_| {
        act(|world| {
            let by = admin("a test");
            world
                .tenant
                .exempt(&world.account, ExemptionEnd::Open, &by)
                .map(drop)
        })
    }),
    ("end_exemption", |world| {
        let by = admin("a test");
        let _ = world
            .tenant
            .exempt(&world.account, ExemptionEnd::Open, &by)
            .unwrap();
        act(|world| {
            let by = admin("a test");
            world.tenant.end_exemption(&world.account, &by).map(drop)
        })
    }),
    ("require", |_| {
        act(|world| {
            world
                .tenant
                .require(&world.account, &admin("a test"))
                .map(drop)
        })
    }),
    ("defer", |world| {
        let policy = world.tenant.policy().unwrap();
        let policy = policy.with(Setting::SetupDeadline, 3).unwrap();
        let policy = policy.with(Setting::SetupSkips, 3).unwrap();
        let _ = world.tenant.set_policy(policy, &admin("a test")).unwrap();
        let ticket = setup_ticket(world);
        act(move |world| world.tenant.defer(bound(&ticket)).map(drop))
    }),
    ("reset", |world| {
        set_up(world);
        act(|world| world.tenant.reset(&world.account, &admin("a lost phone")))
    }),
    ("unlock", |world| {
        let (app, _) = set_up(world);
        let ticket = world.challenge();
        for wrong in wrong_codes(world, &app).take(5) {
            world.verify(&ticket, &wrong);
        }
        act(|world| {
            let by = admin("a test");
            world
                .tenant
                .unlock(&world.account, &by, IdentityVerified::Yes)
                .map(drop)
        })
    }),
    ("issue_activation", |_| {
        act(|world| {
            let by = admin("a new server");
            let lifetime = ActivationLifetime::POLICY;
            world
                .tenant
                .issue_activation(&backup_service(), lifetime, &by)
                .map(drop)
        })
    }),
    ("reissue_activation", |world| {
        let handle = issue(world).handle;
        act(move |world| {
            let by = admin("a test");
            let lifetime = ActivationLifetime::POLICY;
            world
                .tenant
                .reissue_activation(handle, lifetime, &by)
                .map(drop)
        })
    }),
    ("revoke_activation", |world| {
        let handle = issue(world).handle;
        act(move |world| {
            world
                .tenant
                .revoke_activation(handle, &admin("a test"))
                .map(drop)
        })
    }),
    ("redeem_activation", |world| {
        let typed = text(&issue(world));
        act(move |world| try_redeem(world, &typed).map(drop))
    }),
    ("set_policy", |world| {
        let policy = world.tenant.policy().unwrap();
        let days = policy.get(Setting::RememberDays) + 1;
        let policy = policy.with(Setting::RememberDays, days).unwrap();
        act(move |world| {
            world
                .tenant
                .set_policy(policy.clone(), &admin("a test"))
                .map(drop)
        })
    }),
    ("disable", |world| {
        let session = session(world);
        let policy = world.tenant.policy().unwrap();
        let policy = policy.with_requirement(Requirement::Optional);
        let _ = world.tenant.set_policy(policy, &admin("a test")).unwrap();
        act(move |world| world.tenant.disable(bound(&session)).map(drop))
    }),
];

fn act(act: impl FnOnce(&World) -> Result<(), Error> + 'static) -> Act {
    Box::new(act)
}

fn bound(token: &str) -> Presented<'_> {
    Presented::new(token).bound_to(b"session")
}

fn label(text: &str) -> Label {
    Label::new(text).unwrap()
}

fn attempt(world: &World) -> FirstFactor {
    match world.tenant.begin_password(&world.account).unwrap() {
        Gate::Proceed(attempt) => attempt.into(),
        other => panic!("{other:?}"),
    }
}

fn setup_ticket(world: &World) -> String {
    match world.sign_in() {
        Decision::Setup(setup) => setup.ticket.as_str().into(),
        other => panic!("{other:?}"),
    }
}

/// Sets up, and waits for the next code.
fn set_up(world: &World) -> (Totp, Vec<String>) {
    let made = world.set_up();
    world.clock.advance(30);
    made
}

/// A session in which everything is allowed.
fn session(world: &World) -> String {
    let (app, _) = set_up(world);
    match world.verify(&world.challenge(), &world.code(&app)) {
        Verification::Verified(verified) => verified.assertion.as_str().into(),
        other => panic!("{other:?}"),
    }
}

fn remembering(world: &World) {
    let policy = world.tenant.policy().unwrap();
    let policy = policy.with(Setting::RememberDays, 30).unwrap();
    let _ = world.tenant.set_policy(policy, &admin("a test")).unwrap();
}

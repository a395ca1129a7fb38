//! What an administrator does to accounts, on each store.

use mfakit::{AccountId, Decision, Label, Verification};
use serde_json::json;

use crate::shop::{Shop, lock, set_up, sign_in};

#[test]
fn the_story_of_an_administrator_on_sqlite() {
    story(&Shop::sqlite());
}

#[test]
fn the_story_of_an_administrator_on_postgres() {
    story(&Shop::postgres());
}

fn story(shop: &Shop) {
    let (_runtime, tenant) = shop.application();
    let days = ["policy", "set", "remembered_device_days=30"];
    let out = shop.act(&days).done();
    assert_eq!(out, "Changed: remembered_device_days from 0 to 30.\n");
    set_up(&tenant, "ada", "Phone");

    let status = shop.run(&["status", "ada", "--json"]).json();
    assert_eq!(status["account"], json!("ada"));
    assert_eq!(status["authenticators"][0]["label"], json!("Phone"));
    assert_eq!(status["authenticators"][0]["kind"], json!("totp"));
    assert_eq!(status["backup_codes_left"], json!(10));
    assert_eq!(status["lock"], json!(null));
    let out = shop.run(&["status", "ada", "bob"]).done();
    assert!(out.contains("ada\n  state         set up\n"), "{out}");
    assert!(
        out.contains("  backup codes  10 left, not confirmed as stored\n"),
        "{out}"
    );
    assert!(out.ends_with("bob\n  state         not set up\n"), "{out}");

    locks(shop, &tenant);
    exemptions(shop);
    requirements(shop);
    devices(shop, &tenant);

    let out = shop.act(&["reset", "ada"]).done();
    assert_eq!(out, "ada has no factors any more; setup starts anew.\n");
    let id = AccountId::new("ada").unwrap();
    assert!(matches!(sign_in(&tenant, &id), Decision::Setup(_)));
    assert_eq!(shop.act(&["erase", "ada"]).done(), "ada is erased.\n");
    let status = shop.run(&["status", "ada", "--json"]).json();
    assert_eq!(status["erased"], json!(true));

    // Each of these is in the trail, with who and why.
    let events = shop
        .run(&["audit", "show", "--json", "--account", "ada"])
        .lines();
    let named = |name: &str| events.iter().find(|event| event["event"] == json!(name));
    for name in [
        "reset",
        "erased",
        "exempted",
        "requirement_set",
        "devices_revoked",
    ] {
        if name == "erased" {
            assert!(named(name).is_some(), "{events:?}");
            continue;
        }
        // What came before the erasure is gone with it.
        assert!(named(name).is_none(), "{name}: {events:?}");
    }
}

fn locks(shop: &Shop, tenant: &mfakit::blocking::Tenant) {
    assert_eq!(shop.act(&["unlock", "ada"]).no(), "ada was not locked.\n");
    lock(tenant, "ada");
    let status = shop.run(&["status", "ada", "--json"]).json();
    assert_eq!(status["lock"]["reason"], json!("failures"));
    assert_eq!(status["lock"]["hard"], json!(false));
    let locked = shop.run(&["list", "--state", "locked", "--json"]).lines();
    assert_eq!(locked[0]["account"], json!("ada"));
    let out = shop.act(&["unlock", "ada"]).done();
    assert_eq!(out, "ada is unlocked; the failures still count.\n");
    // The failures that still count lock again with the next one; the identity made sure, they are gone.
    let out = shop.act(&["unlock", "ada", "--identity-verified"]).no();
    assert_eq!(out, "ada was not locked.\n");
    assert_eq!(
        shop.run(&["list", "--state", "locked"]).done(),
        "No account.\n"
    );

    let id = AccountId::new("ada").unwrap();
    while let mfakit::Gate::Proceed(_) = tenant.begin_password(&id).unwrap() {}
    let locked = shop.run(&["list", "--password-locks", "--json"]).lines();
    assert_eq!(locked[0]["account"], json!("ada"));
    assert!(locked[0]["until"].is_i64());
    let out = shop.act(&["unlock", "ada", "--password", "--json"]).json();
    assert_eq!(out["outcome"], json!("failures_cleared"));
    assert_eq!(
        shop.run(&["list", "--password-locks"]).done(),
        "No password is locked.\n"
    );
}

fn exemptions(shop: &Shop) {
    let past = shop.act(&["exempt", "ada", "--until", "2020-01-01"]);
    assert_eq!(past.no(), "ada was not exempted: the end is over.\n");
    let out = shop.act(&["exempt", "ada", "--until", &in_days(30)]).done();
    assert_eq!(out, "ada is exempt.\n");
    let status = shop.run(&["status", "ada", "--json"]).json();
    let end = status["exemption"]["end"].as_i64().unwrap();
    assert!((end - in_seconds(30)).abs() < 600, "{end}");
    assert_eq!(
        status["exemption"]["by"],
        json!({ "actor": "root", "reason": "as asked" })
    );
    let out = shop.act(&["end-exemption", "ada"]).done();
    assert_eq!(out, "ada is not exempt any more.\n");
    assert_eq!(
        shop.act(&["end-exemption", "ada"]).no(),
        "ada is not exempt.\n"
    );
    // Under a policy that wants an end, one without is refused.
    shop.act(&["policy", "set", "exemption_days=7"]).done();
    let out = shop.act(&["exempt", "ada"]).no();
    assert!(
        out.starts_with(
            "ada was not exempted: the policy wants an end (--until). The latest is 20"
        ),
        "{out}"
    );
    let out = shop.act(&["exempt", "ada", "--until", &in_days(30)]).no();
    assert!(out.contains("the policy has shorter ones"), "{out}");
}

/// The time in so many days, as it is typed.
fn in_days(days: i64) -> String {
    format!("@{}", in_seconds(days))
}

fn in_seconds(days: i64) -> i64 {
    use mfakit::{Clock as _, SystemClock};
    SystemClock::default().now().seconds() + days * 86_400
}

fn requirements(shop: &Shop) {
    let out = shop.act(&["require", "ada"]).done();
    assert_eq!(out, "ada has to have a second factor.\n");
    let out = shop.act(&["require", "ada", "--json"]);
    assert_eq!(
        out.no(),
        "{\"account\":\"ada\",\"outcome\":\"unchanged\"}\n"
    );
    let out = shop.act(&["end-requirement", "ada"]).done();
    assert_eq!(out, "ada goes by the policy.\n");
    let out = shop.act(&["end-requirement", "ada"]).no();
    assert_eq!(out, "ada went by the policy already.\n");
}

fn devices(shop: &Shop, tenant: &mfakit::blocking::Tenant) {
    let list = || shop.run(&["devices", "list", "ada", "--json"]).lines();
    assert_eq!(list().len(), 0);
    shop.act(&["unlock", "ada", "--identity-verified"]);
    let id = AccountId::new("ada").unwrap();
    // Backup codes do not wait for the next time step; unconfirmed, they are made anew with each use.
    shop.act(&["reset", "ada"]).done();
    let mut codes = backup_codes(tenant, "ada");
    for label in ["Laptop", "Tablet"] {
        let Decision::Challenge(challenge) = sign_in(tenant, &id) else {
            panic!("no challenge");
        };
        let label = Label::new(label).unwrap();
        let verified = tenant
            .verify_and_remember(&challenge.ticket, &codes[0], &label)
            .unwrap();
        let Verification::Verified(verified) = verified else {
            panic!("{verified:?}");
        };
        if let Some(new) = verified.new_backup_codes {
            codes = new.iter().map(str::to_owned).collect();
        } else {
            codes.remove(0);
        }
    }
    let devices = list();
    assert_eq!(devices.len(), 2);
    assert_eq!(devices[0]["label"], json!("Laptop"));
    let table = shop.run(&["devices", "list", "ada"]).done();
    assert!(table.starts_with("ID"), "{table}");
    let laptop = devices[0]["id"].as_str().unwrap();
    let out = shop
        .act(&["devices", "revoke", "ada", "--device", laptop])
        .done();
    assert_eq!(out, "ada has 1 fewer remembered devices.\n");
    let out = shop
        .act(&["devices", "revoke", "ada", "--device", laptop])
        .no();
    assert_eq!(out, "ada has no such device.\n");
    assert_eq!(list().len(), 1);
    let out = shop.act(&["devices", "revoke", "ada", "--all"]).done();
    assert_eq!(out, "ada has 1 fewer remembered devices.\n");
    let empty = shop.run(&["devices", "list", "ada"]).done();
    assert_eq!(empty, "No device is remembered.\n");
    let refused = shop
        .act(&["devices", "revoke", "ada", "--device", "x"])
        .fails(2);
    assert!(refused.contains("not the id of a device"), "{refused}");
    assert_eq!(shop.act(&["devices", "revoke", "ada"]).code, 2);
}

/// Sets up, and keeps the backup codes.
fn backup_codes(tenant: &mfakit::blocking::Tenant, account: &str) -> Vec<String> {
    use mfakit::{AccountName, Clock as _, Confirmation, Presented, SetupStart, SystemClock};
    let id = AccountId::new(account).unwrap();
    let Decision::Setup(setup) = sign_in(tenant, &id) else {
        panic!("no setup");
    };
    let ticket = setup.ticket.as_str().to_owned();
    let (name, label) = (
        AccountName::new(account).unwrap(),
        Label::new("New").unwrap(),
    );
    let presented = Presented::new(&ticket);
    let SetupStart::Pending(pending) = tenant.begin_setup(presented, &name, &label).unwrap() else {
        panic!("no setup");
    };
    let totp = pending.uri.to_totp().unwrap();
    let code = totp.generate(SystemClock::default().now()).unwrap();
    let confirmed = tenant.confirm_setup(presented, &code.expose()).unwrap();
    let Confirmation::Confirmed(confirmed) = confirmed else {
        panic!("{confirmed:?}");
    };
    let codes = confirmed.backup_codes.unwrap();
    codes.iter().map(str::to_owned).collect()
}

#[test]
fn a_policy_is_shown_changed_and_refused_with_its_ranges() {
    let shop = Shop::sqlite();
    let show = shop.run(&["policy", "show"]).done();
    assert!(
        show.starts_with(
            "issuer       Acme\nrequirement  required\nprofile      default\n\nSETTING"
        )
    );
    assert!(
        show.contains("\nlock_after_failures             5        5        3 to 19\n"),
        "{show}"
    );

    let out = shop.act(&[
        "policy",
        "set",
        "requirement=optional",
        "issuer=Acme Corp",
        "digits=8",
    ]);
    assert_eq!(
        out.done(),
        "Changed: issuer from Acme to Acme Corp, requirement from required to optional, digits from 6 to 8.\n"
    );
    let value = shop.run(&["policy", "show", "--json"]).json();
    assert_eq!(value["issuer"], json!("Acme Corp"));
    assert_eq!(
        value["settings"]["digits"],
        json!({ "value": 8, "default": 6, "min": 6, "max": 8, "fixed": false })
    );
    assert_eq!(
        shop.act(&["policy", "set", "digits=8"]).no(),
        "Nothing to change.\n"
    );
    // Each alone would leave too much to luck, unless the other comes first.
    shop.act(&[
        "policy",
        "set",
        "window_past_steps=10",
        "hard_lock_after_failures=9",
    ])
    .done();
    let refused = shop
        .act(&["policy", "set", "hard_lock_after_failures=100"])
        .fails(2);
    assert!(
        refused.contains("exceed a thousandth of all codes"),
        "{refused}"
    );
    for (change, says) in [
        ("digits=9", "`digits` takes 6 to 8; the default is 6"),
        ("digits=x", "`digits` takes 6 to 8; the default is 6"),
        ("digits", "`digits` is not NAME=VALUE"),
        ("nonsense=1", "there is no setting `nonsense`"),
        (
            "requirement=maybe",
            "a requirement is off, optional or required",
        ),
        ("issuer=a:b", "an issuer"),
    ] {
        let refused = shop.act(&["policy", "set", change]).fails(2);
        assert!(refused.contains(says), "{refused}");
    }

    shop.act(&["policy", "profile", "pci"]).done();
    let value = shop.run(&["policy", "show", "--json"]).json();
    assert_eq!(value["profile"], json!("pci"));
    assert_eq!(value["issuer"], json!("Acme Corp"));
    assert_eq!(value["requirement"], json!("optional"));
    let fixed = value["settings"].as_object().unwrap();
    let (name, fixed) = fixed
        .iter()
        .find(|(_, it)| it["fixed"] == json!(true))
        .unwrap();
    let other = if fixed["value"] == fixed["min"] {
        "max"
    } else {
        "min"
    };
    let refused = shop
        .act(&["policy", "set", &format!("{name}={}", fixed[other])])
        .fails(2);
    assert!(refused.contains("the profile `pci` fixes"), "{refused}");
    assert_eq!(shop.act(&["policy", "profile", "none"]).code, 2);
}

//! The output holds no secret unless that is what the command is for.

use std::fs;

use crate::shop::{Shop, command, fed, set_up};

#[test]
fn no_command_that_reports_shows_a_secret() {
    let shop = Shop::sqlite();
    let (_runtime, tenant) = shop.application();
    let uri = set_up(&tenant, "ada", "Phone");
    let secret = uri.to_uri();
    let secret = secret.split("secret=").nth(1).unwrap();
    let secret = secret.split('&').next().unwrap();
    let issued = shop
        .act(&["activation", "issue", "--purpose", "x", "--json"])
        .json();
    let code = issued["code"].as_str().unwrap()[10..].to_owned();
    let keyring = fs::read_to_string(&shop.keyring).unwrap();
    let keys: Vec<&str> = keyring
        .split_whitespace()
        .filter(|it| it.len() > 30)
        .collect();
    assert!(!keys.is_empty());
    for args in [
        &["status", "ada"][..],
        &["list"],
        &["audit", "show"],
        &["audit", "export", "--format", "csv"],
        &["audit", "export", "--format", "json"],
        &["activation", "list"],
        &["policy", "show"],
        &["keys", "status"],
        &["tenant", "list"],
        &["store", "check"],
        &["devices", "list", "ada"],
    ] {
        for args in [args.to_vec(), [args, &["--json"]].concat()] {
            let out = shop.run(&args).done();
            assert!(!out.contains(secret), "{args:?}");
            assert!(!out.contains(&code), "{args:?}");
            assert!(!keys.iter().any(|key| out.contains(key)), "{args:?}");
        }
    }
}

#[test]
fn a_password_in_the_arguments_is_asked_for_and_never_shown() {
    let with = "postgres://portal:hunter2@127.0.0.1:1/portal?sslmode=disable&connect_timeout=1";
    let args = ["store", "check", "--store", with];
    let refused = crate::shop::mfakit(&args).fails(2);
    assert!(refused.contains("the URL has a password"), "{refused}");
    assert!(!refused.contains("hunter2"), "{refused}");

    // Asked for, in the environment, or in a file, it is taken; there is no server.
    let folder = crate::shop::Folder::new();
    let file = folder.file("url", &format!("{with}\n"));
    let asked = [&args[..], &["--danger-secret-in-arguments"]].concat();
    let mut environment = command(&["store", "check"]);
    environment.env("MFAKIT_STORE", with);
    let mut of_file = command(&["store", "check"]);
    of_file.env("MFAKIT_STORE_FILE", &file);
    for mut command in [
        command(&asked),
        environment,
        of_file,
        command(&["store", "check", "--store-file", &file]),
    ] {
        let failed = fed(&mut command, "").fails(4);
        assert!(failed.contains("the database can't be reached"), "{failed}");
        assert!(!failed.contains("hunter2"), "{failed}");
    }
    let help = crate::shop::mfakit(&["list", "--help"]).done();
    assert!(help.contains("MFAKIT_STORE"));
    let mut helped = command(&["list", "--help"]);
    let help = fed(helped.env("MFAKIT_STORE", with), "").done();
    assert!(!help.contains("hunter2"));
    let mut both = command(&["store", "check", "--store-file", &file]);
    let refused = fed(both.env("MFAKIT_STORE", with), "").fails(2);
    assert!(
        refused.contains("both --store and --store-file"),
        "{refused}"
    );
}

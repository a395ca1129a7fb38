//! The keyring and its rotation.

use serde_json::json;

use crate::shop::{Shop, command};

#[test]
fn a_rotation_from_the_first_step_to_the_last() {
    let shop = Shop::sqlite();
    for number in 0..150 {
        let account = format!("person-{number}");
        shop.act(&["require", &account]).done();
    }
    let status = || shop.run(&["keys", "status", "--json"]).lines();
    let old = status()[0]["key"].to_string();
    assert_eq!(
        status(),
        [json!({ "key": status()[0]["key"], "documents": 151, "active": true })]
    );

    let added = shop.run(&["keys", "add", "--json"]).json();
    let new = added["key"].to_string();
    assert_eq!(status()[1]["active"], json!(false));
    shop.run(&["keys", "activate", &new]).fails(3);
    shop.run(&["keys", "activate", &new, "--yes"]).done();
    let early = ["keys", "retire", &old, "--replaced", "2020-01-01", "--yes"];
    assert!(shop.run(&early).fails(1).contains("is still needed"));

    let out = shop.act(&["keys", "rotate"]).done();
    assert_eq!(out, "acme: 151 sealed anew, 0 failed, 0 left.\n");
    let every = [
        "keys",
        "rotate",
        "--all-tenants",
        "--json",
        "--reason",
        "x",
        "--yes",
    ];
    // Which tenants are meant is said once.
    assert_eq!(shop.run(&every).code, 2);
    let out = crate::shop::fed(shop.command(&every).env_remove("MFAKIT_TENANT"), "").json();
    assert_eq!(
        out,
        json!({ "outcome": "rotated", "tenant": "acme", "resealed": 0, "failed": 0, "left": 0 })
    );

    // Sessions of a key that was in use until just now go on for a month.
    let now = ["keys", "retire", &old, "--replaced", "2999-01-01", "--yes"];
    assert!(shop.run(&now).fails(1).contains("go on until "));
    let out = shop.run(&early).done();
    assert_eq!(out, format!("Key {old} is gone from the file.\n"));
    assert_eq!(status().len(), 1);
    assert_eq!(
        shop.run(&["list", "--count", "--json"]).json()["accounts"],
        json!(150)
    );
}

#[test]
fn a_keyring_is_never_overwritten_and_a_wrong_one_is_told() {
    let shop = Shop::sqlite();
    let refused = shop.run(&["keys", "new"]).fails(1);
    assert!(
        refused.contains("there is a file, and it was left as it is"),
        "{refused}"
    );

    let other = shop.folder.path().join("other");
    let other = other.to_str().unwrap();
    command(&["keys", "new", "--keyring", other])
        .output()
        .unwrap();
    let ran = shop.run(&["list", "--keyring", other]);
    assert_eq!(ran.code, 5);
    assert!(ran.err.contains("which the keyring lacks"), "{}", ran.err);
    let missing = shop.run(&["list", "--keyring", "/does/not/exist"]).fails(4);
    assert!(
        missing.contains("the keyring file can't be read or made"),
        "{missing}"
    );
    let status = shop.run(&["keys", "status", "--keyring", other]);
    assert_ne!(status.code, 0);
    #[cfg(unix)]
    {
        use std::os::unix::fs::PermissionsExt as _;
        let open = std::fs::Permissions::from_mode(0o644);
        std::fs::set_permissions(&shop.keyring, open).unwrap();
        let refused = shop.run(&["list"]).fails(4);
        assert!(refused.contains("can be read by others"), "{refused}");
    }
}

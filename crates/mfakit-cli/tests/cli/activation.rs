//! Activation codes, from issue to redemption.

use serde_json::json;

use crate::shop::Shop;

#[test]
fn a_code_is_issued_redeemed_reissued_and_revoked() {
    let shop = Shop::sqlite();
    let issue = ["activation", "issue", "--purpose", "backup agent"];
    let issued = shop
        .act(&[&issue[..], &["--json", "--lifetime", "mail"]].concat())
        .json();
    let (handle, code) = (
        issued["handle"].as_str().unwrap(),
        issued["code"].as_str().unwrap(),
    );
    assert_eq!(issued["outcome"], json!("issued"));

    let redeem = [
        "activation",
        "redeem",
        "--purpose",
        "backup agent",
        "--redeemer",
        "host-7",
    ];
    let wrong = [
        "activation",
        "redeem",
        "--purpose",
        "mail relay",
        "--redeemer",
        "host-7",
    ];
    let failed = shop.fed(&wrong, code).no();
    assert_eq!(
        failed,
        "The activation failed. The audit trail says why; the code has to be issued anew.\n"
    );
    let out = shop.fed(&redeem, &code.to_lowercase()).done();
    assert_eq!(out, format!("{handle} is activated.\n"));
    let again = shop.fed(&[&redeem[..], &["--json"]].concat(), code).no();
    assert_eq!(again, "{\"outcome\":\"activation_failed\"}\n");

    let revoked = shop.act(&["activation", "revoke", handle]).no();
    assert!(
        revoked.starts_with(&format!("{handle} was redeemed ")),
        "{revoked}"
    );
    assert!(
        revoked.ends_with(" by host-7: end what it let in.\n"),
        "{revoked}"
    );
    let new = shop
        .act(&["activation", "reissue", handle, "--json"])
        .json();
    assert_eq!(new["old"]["name"], json!("redeemed"));
    assert_ne!(new["code"], issued["code"]);
    let out = shop.act(&["activation", "revoke", handle]).done();
    assert_eq!(out, format!("{handle} is void.\n"));
    let out = shop.act(&["activation", "revoke", handle]).no();
    assert_eq!(out, format!("{handle} was void already.\n"));

    let table = shop.run(&["activation", "list"]).done();
    assert!(
        table.starts_with("HANDLE    PURPOSE       STATE"),
        "{table}"
    );
    let list = shop.run(&["activation", "list", "--json"]).lines();
    assert_eq!(list[0]["handle"], json!(handle));
    assert_eq!(list[0]["state"]["name"], json!("revoked"));
    assert_eq!(list[0]["state"]["by"], json!("root"));
    // The list never holds what it takes to redeem a code.
    let secret = &new["code"].as_str().unwrap()[10..];
    assert!(!table.contains(secret) && !format!("{list:?}").contains(secret));

    // Shown alone on the output, so that a script can pass it on; the rest is beside it.
    let shown = shop.act(&issue);
    assert_eq!(shown.code, 0);
    assert_eq!(shown.out.lines().count(), 1);
    assert!(shown.err.contains("shown this once"), "{}", shown.err);
}

#[test]
fn what_is_no_handle_or_lifetime_is_refused() {
    let shop = Shop::sqlite();
    assert_eq!(
        shop.run(&["activation", "list"]).done(),
        "No activation code.\n"
    );
    let unknown = shop.act(&["activation", "revoke", "00000000"]).no();
    assert_eq!(unknown, "Nothing was ever issued for 00000000.\n");
    let unknown = shop.act(&["activation", "reissue", "00000000"]).no();
    assert_eq!(unknown, "Nothing was ever issued for 00000000.\n");
    for args in [
        &["activation", "revoke", "not-a-handle"][..],
        &[
            "activation",
            "issue",
            "--purpose",
            "x",
            "--lifetime",
            "forever",
        ],
        &["activation", "issue", "--purpose", "x", "--lifetime", "1"],
        &["activation", "issue", "--purpose", ""],
    ] {
        shop.act(args).fails(2);
    }
}

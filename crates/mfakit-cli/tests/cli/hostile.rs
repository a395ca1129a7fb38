//! Texts that others wrote never reach a terminal as they are.

use mfakit::{AccountId, Administrator};
use serde_json::{Value, json};

use crate::shop::{Shop, mfakit, mfakit_fed};

/// What would recolour, retitle, overwrite or turn around.
const HOSTILE: &str = "a\u{1b}[31m\u{1b}]0;x\u{7}\r\u{8}\u{9b}2J\u{202e}z";

/// Every byte of the output is one that a terminal shows, but for the ends of lines.
fn harmless(text: &str) {
    let obeyed = |c: char| (c.is_control() && c != '\n') || ('\u{202a}'..='\u{202e}').contains(&c);
    assert!(!text.contains(obeyed), "{text:?}");
}

#[test]
fn ids_that_are_not_text_are_shown_in_hexadecimal_everywhere() {
    let shop = Shop::sqlite();
    {
        let (_runtime, tenant) = shop.application();
        let by = Administrator::new("root", "x").unwrap();
        for bytes in [HOSTILE.as_bytes(), b"\xff\xfe", b"line\nbreak"] {
            let _ = tenant
                .require(&AccountId::new(bytes).unwrap(), &by)
                .unwrap();
        }
    }
    for args in [
        &["list"][..],
        &["list", "--json"],
        &["audit", "show"],
        &["audit", "show", "--json"],
        &["audit", "export", "--format", "json"],
        &["audit", "verify", "--all"],
    ] {
        let out = shop.run(args).done();
        harmless(&out);
        if args[1..] != ["verify", "--all"] {
            assert!(out.contains("hex:fffe"), "{out}");
        }
    }
    let csv = shop.run(&["audit", "export", "--format", "csv"]).done();
    harmless(&csv.replace('\r', ""));
    // What is shown can be typed.
    let out = shop.act(&["reset", "hex:FFFE"]).done();
    assert_eq!(
        out,
        "hex:fffe has no factors any more; setup starts anew.\n"
    );
    let out = shop.act(&["reset", HOSTILE]).done();
    harmless(&out);
    let reset: Vec<Value> = shop
        .run(&["audit", "show", "--event", "reset", "--json"])
        .lines();
    assert_eq!(reset.len(), 2);
}

#[test]
fn what_was_typed_comes_back_harmless() {
    let shop = Shop::sqlite();
    for args in [
        &[HOSTILE][..],
        &["code", HOSTILE],
        &["code", "--algorithm", HOSTILE],
        &["code", "--secret-file", HOSTILE],
        &["list", "--state", HOSTILE],
        &["list", "--keyring", HOSTILE],
        &["list", "--tenant", HOSTILE],
        &["list", "--store", HOSTILE],
        &["list", "--store", &format!("sqlite:{HOSTILE}")],
        &[
            "store",
            "check",
            "--store",
            &format!("postgres://{HOSTILE}@127.0.0.1:1/x?sslmode=disable"),
        ],
        &["store", "check", "--store", &format!("x{HOSTILE}:y")],
        &["policy", "set", HOSTILE, "--reason", "x", "--yes"],
        &["reset", "ada", "--reason", HOSTILE, "--yes"],
        &[
            "tenant", "create", HOSTILE, "--issuer", "x", "--reason", "x",
        ],
        &["activation", "revoke", HOSTILE, "--reason", "x", "--yes"],
    ] {
        for args in [args.to_vec(), [args, &["--json"]].concat()] {
            let ran = shop.run(&args);
            assert!((2..=6).contains(&ran.code), "{args:?}: {ran:?}");
            harmless(&ran.out);
            harmless(&ran.err);
        }
    }
    let parsed = mfakit_fed(
        &["uri", "parse"],
        "otpauth://totp/a%1B%5B31m:b%0D?secret=GEZDGNBVGY3TQOJQGEZDGNBVGY3TQOJQ&x%1B=%9B",
    );
    harmless(&parsed.out);
    harmless(&parsed.err);
}

#[test]
fn errors_are_json_where_json_is_asked_for() {
    for unread in [
        &["list", "--json", "--state", "wrong"][..],
        &["--json", "code", "--at", "yesterday"],
        &["--json", "no-such-command"],
    ] {
        let error: Value = serde_json::from_str(&mfakit(unread).fails(2)).unwrap();
        assert_eq!(error["error"], json!("usage"));
        assert!(!error["message"].as_str().unwrap().is_empty());
    }
    let ran = mfakit(&["list", "--json", "--tenant", "acme", "--keyring", "k"]);
    let error: Value = serde_json::from_str(&ran.fails(2)).unwrap();
    assert_eq!(error["error"], json!("usage"));
    assert!(
        error["message"]
            .as_str()
            .unwrap()
            .starts_with("where is the store?")
    );
    let shop = Shop::sqlite();
    let error = shop.run(&["list", "--json", "--tenant", "nobody"]).fails(2);
    let error: Value = serde_json::from_str(&error).unwrap();
    assert_eq!(
        error,
        json!({ "error": "usage", "message": "there is no such tenant in this store" })
    );
}

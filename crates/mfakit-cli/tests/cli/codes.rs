//! `code` and `verify`, beside the vectors of the RFCs and another implementation.

use std::process::Command;

use serde_json::json;

use crate::shop::{Folder, mfakit, mfakit_fed};

/// The secret of RFC 4226 and RFC 6238, for SHA-1.
const SECRET: &str = "GEZDGNBVGY3TQOJQGEZDGNBVGY3TQOJQ";

#[test]
fn codes_are_those_of_the_rfcs() {
    for (at, code) in [
        ("@59", "94287082"),
        ("@1111111109", "07081804"),
        ("2005-03-18T01:58:31Z", "14050471"),
        ("@20000000000", "65353130"),
    ] {
        let out = mfakit_fed(&["code", "--digits", "8", "--at", at], SECRET).done();
        assert_eq!(out, format!("{code}\n"));
    }
    for (counter, code) in [("0", "755224"), ("9", "520489")] {
        let out = mfakit_fed(&["code", "--counter", counter], SECRET).done();
        assert_eq!(out, format!("{code}\n"));
    }
}

#[test]
fn codes_are_those_of_oathtool() {
    for (algorithm, digits, period, at) in [
        ("sha1", "6", "30", 1_800_000_000_u64),
        ("sha256", "8", "60", 1_800_000_017),
        ("sha512", "7", "15", 1_799_999_999),
        ("sha1", "8", "120", 59),
    ] {
        let args = [
            "code",
            "--algorithm",
            algorithm,
            "--digits",
            digits,
            "--period",
            period,
            "--at",
            &format!("@{at}"),
        ];
        let ours = mfakit_fed(&args, SECRET).done();
        let theirs = Command::new("oathtool")
            .arg(format!("--totp={algorithm}"))
            .args([
                "--base32",
                "--digits",
                digits,
                "--time-step-size",
                &format!("{period}s"),
            ])
            .args(["--now", &format!("@{at}"), SECRET])
            .output()
            .unwrap();
        assert!(theirs.status.success());
        assert_eq!(ours, String::from_utf8(theirs.stdout).unwrap());
    }
    for counter in ["0", "7", "18446744073709551614"] {
        let ours = mfakit_fed(&["code", "--counter", counter], SECRET).done();
        let theirs = Command::new("oathtool")
            .args(["--hotp", "--base32", "--counter", counter, SECRET])
            .output()
            .unwrap();
        assert_eq!(ours, String::from_utf8(theirs.stdout).unwrap());
    }
}

#[test]
fn a_uri_says_its_parameters_and_they_are_not_said_twice() {
    let uri =
        format!("otpauth://totp/Acme:ada?secret={SECRET}&issuer=Acme&digits=8&algorithm=SHA256");
    let of_uri = mfakit_fed(&["code", "--at", "@59"], &uri).done();
    let args = [
        "code",
        "--at",
        "@59",
        "--digits",
        "8",
        "--algorithm",
        "sha256",
    ];
    assert_eq!(of_uri, mfakit_fed(&args, SECRET).done());
    for args in [
        ["--digits", "8"],
        ["--period", "30"],
        ["--algorithm", "sha1"],
    ] {
        let refused = mfakit_fed(&["code", args[0], args[1]], &uri).fails(2);
        assert!(refused.contains("the URI says its algorithm"), "{refused}");
    }
    let refused = mfakit_fed(&["code", "--counter", "1"], &uri).fails(2);
    assert!(refused.contains("have no counter"), "{refused}");

    let counted = format!("otpauth://hotp/ada?secret={SECRET}&counter=0");
    assert_eq!(mfakit_fed(&["code"], &counted).done(), "755224\n");
    let out = mfakit_fed(&["code", "--counter", "9"], &counted).done();
    assert_eq!(out, "520489\n");
}

#[test]
fn a_code_for_programs_says_how_long_it_is_good() {
    let out = mfakit_fed(&["code", "--json", "--at", "@59"], SECRET).json();
    assert_eq!(
        out,
        json!({ "code": "287082", "time_step": 1, "remaining_seconds": 1 })
    );
    let out = mfakit_fed(&["--json", "code", "--counter", "3"], SECRET).json();
    assert_eq!(out, json!({ "code": "969429", "counter": 3 }));
}

#[test]
fn verifying_says_yes_no_or_used() {
    let verify = |args: &[&str], code: &str| {
        let mut all = vec!["verify", "--at", "@59"];
        all.extend(args);
        mfakit_fed(&all, &format!("{SECRET}\n{code}\n"))
    };
    assert_eq!(
        verify(&[], "287082").done(),
        "yes: time step 1, the current one\n"
    );
    assert_eq!(
        verify(&[], "287 082").done(),
        "yes: time step 1, the current one\n"
    );
    assert_eq!(
        verify(&[], "755224").done(),
        "yes: time step 0, 1 step behind\n"
    );
    assert_eq!(verify(&[], "287083").no(), "no: this code is wrong\n");
    assert_eq!(verify(&[], "nonsense").no(), "no: this code is wrong\n");
    // The code of step 3 is beyond the window of one step, and within one of two.
    assert_eq!(verify(&[], "969429").no(), "no: this code is wrong\n");
    let out = verify(&["--window", "2"], "969429").done();
    assert_eq!(out, "yes: time step 3, 2 steps ahead\n");
    let used = verify(&["--last-step", "1"], "287082").no();
    assert_eq!(used, "no: this code was used before\n");

    let yes = verify(&["--json"], "287082").json();
    assert_eq!(yes, json!({ "verified": true, "time_step": 1, "delta": 0 }));
    let no = verify(&["--json", "--last-step", "1"], "287082").no();
    assert_eq!(no, "{\"verified\":false,\"why\":\"replayed\"}\n");

    let counted = |code: &str, window: &str| {
        let args = ["verify", "--counter", "0", "--window", window];
        mfakit_fed(&args, &format!("{SECRET}\n{code}\n"))
    };
    assert_eq!(counted("520489", "9").done(), "yes: counter 9\n");
    assert_eq!(counted("520489", "8").no(), "no: this code is wrong\n");
}

#[test]
fn a_secret_comes_from_a_file_the_input_or_where_it_was_asked_for() {
    let folder = Folder::new();
    let file = folder.file(
        "secret",
        &format!("{SECRET}\nwhat stands here is not read\n"),
    );
    let at = ["--at", "@59"];
    let args = [&["code", "--secret-file", &file][..], &at].concat();
    assert_eq!(mfakit(&args).done(), "287082\n");
    let args = [&["code", "--secret-file", "-"][..], &at].concat();
    assert_eq!(mfakit_fed(&args, SECRET).done(), "287082\n");
    let args = [&["code", "--danger-secret-in-arguments", SECRET][..], &at].concat();
    assert_eq!(mfakit(&args).done(), "287082\n");
    // The code alone is read from the input then.
    let args = [&["verify", "--secret-file", &file][..], &at].concat();
    assert_eq!(mfakit_fed(&args, "287082").code, 0);
    let args = [&args[..], &["--danger-code-in-arguments", "287082"]].concat();
    assert_eq!(mfakit(&args).code, 0);

    assert_eq!(mfakit(&["code", SECRET]).code, 2);
    let empty = folder.file("empty", "\n");
    for (args, code, says) in [
        (vec!["code"], 2, "standard input has no secret or URI"),
        (
            vec!["code", "--secret-file", &empty],
            2,
            "the first line is to hold the secret",
        ),
        (
            vec!["code", "--secret-file", "/does/not/exist"],
            6,
            "/does/not/exist: ",
        ),
        (
            vec![
                "code",
                "--secret-file",
                &file,
                "--danger-secret-in-arguments",
                "x",
            ],
            2,
            "cannot be used with",
        ),
    ] {
        let refused = mfakit(&args).fails(code);
        assert!(refused.contains(says), "{refused}");
    }
}

#[test]
fn what_is_not_valid_is_refused_and_a_secret_is_not_repeated() {
    for (args, input, says) in [
        (vec!["code"], "HUNTER2!", "secret"),
        (vec!["code"], "GEZDGNBV", "secret"),
        (vec!["code"], "otpauth://totp/x?secret=HUNTER2!", ""),
        (vec!["code", "--digits", "5"], SECRET, "6, 7 or 8 digits"),
        (vec!["code", "--period", "0"], SECRET, ""),
        (vec!["code", "--at", "@-1"], SECRET, "before 1970"),
        (vec!["code", "--at", "yesterday"], SECRET, "a time is"),
        (
            vec!["code", "--algorithm", "md5"],
            SECRET,
            "sha1, sha256 and sha512",
        ),
        (
            vec!["verify", "--window", "200"],
            "GEZDGNBVGY3TQOJQGEZDGNBVGY3TQOJQ\n1",
            "",
        ),
        (vec!["verify"], SECRET, "standard input has no code"),
    ] {
        let refused = mfakit_fed(&args, input).fails(2);
        assert!(refused.contains(says), "{args:?}: {refused}");
        assert!(!refused.contains("HUNTER2"), "{refused}");
        assert!(!refused.contains(SECRET), "{refused}");
    }
}

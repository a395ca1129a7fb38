//! `uri`, `qr`, `secret` and `migrate`.

use std::{fs, process::Command};

use serde_json::{Value, json};

use crate::shop::{Folder, mfakit, mfakit_fed};

const SECRET: &str = "GEZDGNBVGY3TQOJQGEZDGNBVGY3TQOJQ";

#[test]
fn a_uri_is_built_and_read_back() {
    let build = [
        "uri",
        "build",
        "--issuer",
        "Acme Corp",
        "--account",
        "ada@example.org",
    ];
    let uri = mfakit_fed(&build, SECRET).done();
    assert_eq!(
        uri,
        format!(
            "otpauth://totp/Acme%20Corp:ada%40example.org?secret={SECRET}&issuer=Acme%20Corp\n"
        )
    );
    let read = mfakit_fed(&["uri", "parse"], &uri).done();
    assert_eq!(
        read,
        "type       totp\n\
         issuer     Acme Corp\n\
         account    ada@example.org\n\
         algorithm  SHA1\n\
         digits     6\n\
         period     30\n\
         secret     20 bytes\n"
    );
    let shown = mfakit_fed(&["uri", "parse", "--show-secret"], &uri).done();
    assert!(shown.contains(SECRET));

    let args = [&build[..], &["--counter", "7", "--digits", "8"]].concat();
    let counted = mfakit_fed(&args, SECRET).done();
    let read = mfakit_fed(&["uri", "parse", "--json"], &counted).json();
    assert_eq!(
        read,
        json!({
            "type": "hotp", "issuer": "Acme Corp", "account": "ada@example.org",
            "algorithm": "SHA1", "digits": 8, "counter": 7, "secret_bytes": 20,
            "secret_strength": "strong", "supported": true, "notes": [], "kept_aside": [],
        })
    );

    let args = [&build[..], &["--new-secret", "--algorithm", "sha256"]].concat();
    let (one, two) = (mfakit(&args).done(), mfakit(&args).done());
    assert_ne!(one, two);
    let read = mfakit_fed(&["uri", "parse", "--json"], &one).json();
    assert_eq!(read["secret_bytes"], json!(32));
}

#[test]
fn what_a_uri_has_that_the_format_has_not_is_said() {
    let uri = format!(
        "OTPAUTH://totp/Other:ada?secret={}&issuer=Acme&image=x%1B&algorithm=hmacsha1&",
        SECRET.to_lowercase()
    );
    let read = mfakit_fed(&["uri", "parse"], &uri).done();
    for note in [
        "also       image=x\\u{1b}\n",
        "note       scheme, type or a parameter was not in lower case\n",
        "note       the label names another issuer; the parameter counts\n",
        "note       a parameter is not of the format\n",
        "note       the algorithm is spelled otherwise than the format has it\n",
        "note       the secret is in lower case\n",
    ] {
        assert!(read.contains(note), "{read}");
    }
    let read = mfakit_fed(&["uri", "parse", "--json"], &uri).json();
    let notes = read["notes"].as_array().unwrap();
    assert!(notes.contains(&json!("issuer_mismatch")), "{notes:?}");
    assert_eq!(read["kept_aside"], json!([["image", "x\u{1b}"]]));

    let weak = "otpauth://totp/x?secret=GEZDGNBVGY3TQOJQ&digits=10";
    let read = mfakit_fed(&["uri", "parse"], weak).done();
    assert!(
        read.contains("10 bytes, shorter than it should be"),
        "{read}"
    );
    assert!(
        read.contains("no codes are made of it here: codes of 10 digits"),
        "{read}"
    );

    for uri in [
        "",
        "nonsense",
        "otpauth://totp/x",
        "https://example.org/?secret=HUNTER2",
    ] {
        let refused = mfakit_fed(&["uri", "parse"], uri).fails(2);
        assert!(!refused.contains("HUNTER2"), "{refused}");
    }
}

#[test]
fn a_secret_is_new_each_time_and_as_long_as_its_hash() {
    let secret = |args: &[&str]| mfakit(&[&["secret"][..], args].concat()).done();
    let (one, two) = (secret(&[]), secret(&[]));
    assert_ne!(one, two);
    assert_eq!(one.trim().len(), 32);
    // 64 bytes are 103 symbols.
    assert_eq!(secret(&["--algorithm", "sha512"]).trim().len(), 103);
    let value = mfakit(&["secret", "--json"]).json();
    assert_eq!(value["secret"].as_str().unwrap().len(), 32);
}

#[test]
fn qr_codes_are_read_by_another_program() {
    let folder = Folder::new();
    let uri = format!("otpauth://totp/Acme:ada?secret={SECRET}&issuer=Acme");
    let png = folder.path().join("code.png");
    let png = png.to_str().unwrap();
    let args = ["qr", "--format", "png", "--output", png];
    mfakit_fed(&args, &format!("{uri}\n")).done();
    let read = Command::new("zbarimg")
        .args(["-q", "--raw", png])
        .output()
        .unwrap();
    assert_eq!(String::from_utf8(read.stdout).unwrap().trim(), uri);

    // It holds a secret, and replaces nothing unless told to.
    #[cfg(unix)]
    {
        use std::os::unix::fs::PermissionsExt as _;
        let mode = fs::metadata(png).unwrap().permissions().mode();
        assert_eq!(mode & 0o777, 0o600);
    }
    let refused = mfakit_fed(&args, &uri).fails(6);
    assert!(refused.contains("--force replaces it"), "{refused}");
    mfakit_fed(&[&args[..], &["--force", "--pixels", "3"]].concat(), &uri).done();
    // What is replaced may have been anybody's to read, and be open at that.
    #[cfg(unix)]
    {
        use std::io::Read as _;
        use std::os::unix::fs::{PermissionsExt as _, symlink};
        let mode = |path: &str| fs::metadata(path).unwrap().permissions().mode() & 0o777;
        let force = [&args[..], &["--force"]].concat();
        fs::write(png, "before").unwrap();
        fs::set_permissions(png, fs::Permissions::from_mode(0o644)).unwrap();
        let mut reader = fs::File::open(png).unwrap();
        mfakit_fed(&force, &uri).done();
        assert_eq!(mode(png), 0o600);
        let mut read = String::new();
        reader.read_to_string(&mut read).unwrap();
        assert_eq!(read, "before");

        let elsewhere = folder.path().join("elsewhere.png");
        let elsewhere = elsewhere.to_str().unwrap();
        fs::write(elsewhere, "before").unwrap();
        fs::set_permissions(elsewhere, fs::Permissions::from_mode(0o644)).unwrap();
        fs::remove_file(png).unwrap();
        symlink(elsewhere, png).unwrap();
        mfakit_fed(&force, &uri).done();
        assert_eq!(mode(elsewhere), 0o600);
        assert!(fs::symlink_metadata(png).unwrap().is_symlink());
    }

    let svg = mfakit_fed(&["qr", "--format", "svg", "--level", "high"], &uri).done();
    assert!(svg.starts_with("<svg") && svg.trim_end().ends_with("</svg>"));
    let terminal = mfakit_fed(&["qr"], &uri).done();
    assert!(terminal.lines().count() > 10);
    let long = "x".repeat(4000);
    assert_eq!(mfakit_fed(&["qr"], &long).code, 2);
    assert_eq!(mfakit_fed(&["qr", "--pixels", "0"], &uri).code, 2);
    assert_eq!(mfakit_fed(&["qr", "--json"], &uri).code, 2);
}

#[test]
fn an_export_becomes_uris() {
    let vectors = concat!(
        env!("CARGO_MANIFEST_DIR"),
        "/../../vectors/otpauth-migration-uris.json"
    );
    let vectors: Value = serde_json::from_str(&fs::read_to_string(vectors).unwrap()).unwrap();
    let cases = vectors.as_object().unwrap().values();
    let cases = cases.filter_map(Value::as_array).flatten();
    let whole = |case: &&Value| {
        case["batch"]["size"] == 1 && case["entries"].as_array().is_some_and(|it| !it.is_empty())
    };
    let mut seen = 0;
    for case in cases.filter(whole) {
        let text = case["uri"].as_str().unwrap();
        let entries = case["entries"].as_array().unwrap();
        let ran = mfakit_fed(&["migrate", "--json"], &format!("\n{text}\n"));
        let lines: Vec<Value> = ran
            .out
            .lines()
            .map(|line| serde_json::from_str(line).unwrap())
            .collect();
        assert_eq!(lines.len(), entries.len());
        let failed = lines.iter().any(|line| line.get("error").is_some());
        assert_eq!(ran.code, i32::from(failed));
        for (line, entry) in lines.iter().zip(entries) {
            let Some(uri) = line["uri"].as_str() else {
                continue;
            };
            let read = mfakit_fed(&["uri", "parse", "--json"], uri).json();
            assert_eq!(read["account"], entry["account"]);
            seen += 1;
        }
    }
    assert!(seen > 0);
}

#[test]
fn a_part_of_an_export_that_is_missing_is_said() {
    // The first of two QR codes: 10 bytes of account, then version 2, size 2, index 0, id 7.
    let account = "CiIKFDEyMzQ1Njc4OTAxMjM0NTY3ODkwEgFhGgFBIAEoATAC";
    let first = format!("otpauth-migration://offline?data={account}EAIYAiAAKAc=");
    let second = format!("otpauth-migration://offline?data={account}EAIYAiABKAc=");
    let ran = mfakit_fed(&["migrate"], &format!("{first}\n"));
    assert_eq!(ran.code, 1);
    assert_eq!(ran.out.lines().count(), 1);
    assert_eq!(
        ran.err,
        "mfakit: of 2 QR codes of an export, 1 were there\n"
    );
    let both = mfakit_fed(&["migrate"], &format!("{second}\n{first}\n{first}\n"));
    assert_eq!(both.done().lines().count(), 3);

    for input in [
        "",
        "\n\n",
        "otpauth-migration://offline?data=HUNTER2!",
        "nonsense",
    ] {
        let refused = mfakit_fed(&["migrate"], input).fails(2);
        assert!(!refused.contains("HUNTER2"), "{refused}");
    }
}

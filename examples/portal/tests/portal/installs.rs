//! Services: activation codes, the wizard, and its command.

use std::{
    fs,
    io::Write,
    os::unix::fs::PermissionsExt,
    process::{Command, Output, Stdio},
};

use crate::{
    browser::{FORM, Page, encode},
    site::{Folder, Member, Site},
};

/// Issues a code as an administrator does; handle and code.
fn issue(staff: &mut Member) -> (String, String) {
    let page = staff.browser.get("/services");
    let fields = [("handover", "mail"), ("reason", "New backup machine")];
    let shown = staff.browser.submit(&page, "/services", &fields);
    shown.is(200, "An activation code");
    let code = shown.text_of("id=\"activation\"").unwrap().to_owned();
    assert_eq!(code.len(), 29);
    let handle = code.replace('-', "").chars().take(8).collect();
    (handle, code)
}

fn reissue(staff: &mut Member, handle: &str) -> String {
    let page = staff
        .browser
        .get(&format!("/services/service?handle={handle}"));
    assert_eq!(page.status, 200);
    let fields = [
        ("handle", handle),
        ("handover", "phone"),
        ("reason", "Reinstalled"),
    ];
    let shown = staff.browser.submit(&page, "/services/reissue", &fields);
    shown.is(200, "A new activation code");
    shown.text_of("id=\"activation\"").unwrap().to_owned()
}

/// Types a code into the wizard, as a stranger.
fn install(site: &Site, code: &str, machine: &str) -> Page {
    let mut browser = site.browser();
    let page = browser.get("/install");
    page.is(200, "Install the backup agent");
    let fields = [("machine", machine), ("activation_code", code)];
    browser.submit(&page, "/install", &fields)
}

fn hello(site: &Site, key: &str) -> Page {
    let bearer = format!("Bearer {key}");
    let headers = [("Authorization", bearer.as_str())];
    let answer = site.browser().send("GET", portal::HELLO, &headers, b"");
    answer.unwrap()
}

#[test]
fn u10_an_activation_code_is_redeemed_once_and_a_reinstall_needs_a_new_one() {
    let site = Site::start();
    let mut it = site.member("it");
    let (handle, code) = issue(&mut it);
    let list = it.browser.get("/services");
    list.says(&handle);
    list.says("Waiting");
    // Shown once: neither list nor page has the code.
    let service = it
        .browser
        .get(&format!("/services/service?handle={handle}"));
    assert!(!list.body.contains(&code) && !service.body.contains(&code));

    let done = install(&site, &code.to_lowercase().replace('-', " "), "nas");
    done.is(200, "The backup agent may run on nas");
    let key = done.text_of("id=\"service-key\"").unwrap().to_owned();
    assert_eq!(hello(&site, &key).body, "backup agent on nas\n");
    it.browser.get("/services").says("by nas, 15 January 2027");
    let again = install(&site, &code, "nas");
    again.is(422, "Install the backup agent");
    again.says("Failed to authenticate.");
    again.says("For a reinstall, ask for a new one");

    let fresh = reissue(&mut it, &handle);
    // The old installation is shut out at once.
    assert_eq!(hello(&site, &key).status, 401);
    install(&site, &code, "nas").says("Failed to authenticate.");
    let done = install(&site, &fresh, "nas");
    let new_key = done.text_of("id=\"service-key\"").unwrap();
    assert_ne!(new_key, key);
    assert_eq!(hello(&site, new_key).status, 200);
}

#[test]
fn u10_every_refusal_reads_the_same_but_a_mistyped_code_is_told_before() {
    let site = Site::start();
    let mut it = site.member("it");
    let (handle, code) = issue(&mut it);
    let (_, revoked) = {
        let (handle, code) = issue(&mut it);
        let page = it
            .browser
            .get(&format!("/services/service?handle={handle}"));
        let fields = [("handle", handle.as_str()), ("reason", "Not needed")];
        let answer = it.browser.submit(&page, "/services/revoke", &fields);
        assert_eq!(answer.leads_to(), Some("/services"));
        it.browser
            .get("/services")
            .says("The activation code is void.");
        (handle, code)
    };
    let stale = code.clone();
    let code = reissue(&mut it, &handle);
    let text = |page: &Page| {
        page.body
            .split("form_token")
            .next()
            .unwrap_or_default()
            .to_owned()
    };
    let refused = install(&site, &revoked, "nas");
    refused.says("Failed to authenticate.");
    assert_eq!(text(&install(&site, &stale, "nas")), text(&refused));
    site.clock.advance(11 * 60);
    // By phone it lived for ten minutes.
    assert_eq!(text(&install(&site, &code, "nas")), text(&refused));
    for mistyped in ["", "x", "7K3M9-QXA4C-1VY0Z-B8HDJ-5RETD", &code[..28], "<b>"] {
        install(&site, mistyped, "nas").says("That is no activation code.");
    }
    for machine in ["", "  ", "two\nlines", &"x".repeat(129)] {
        install(&site, &code, machine).says("Please name the machine.");
    }
    it.browser.get("/audit?what=services").says("nas");
}

#[test]
fn u10_what_was_redeemed_is_shut_out_by_revoking_it() {
    let site = Site::start();
    let mut it = site.member("it");
    let (handle, code) = issue(&mut it);
    let done = install(&site, &code, "nas");
    let key = done.text_of("id=\"service-key\"").unwrap().to_owned();
    let page = it
        .browser
        .get(&format!("/services/service?handle={handle}"));
    let fields = [("handle", handle.as_str()), ("reason", "Machine sold")];
    it.browser.submit(&page, "/services/revoke", &fields);
    it.browser
        .get("/services")
        .says("The service that did it is shut out now.");
    assert_eq!(hello(&site, &key).status, 401);
    for wrong in ["", "x", "seaside_service_00"] {
        assert_eq!(hello(&site, wrong).status, 401);
    }
    let bare = site.browser().get(portal::HELLO);
    assert_eq!((bare.status, bare.body.as_str()), (401, "unknown_key"));
}

#[test]
fn a35_codes_are_issued_by_administrators_with_a_reason() {
    let site = Site::start();
    let mut it = site.member("it");
    let (handle, _) = issue(&mut it);
    let page = it.browser.get("/services");
    let fields = [("handover", "mail"), ("reason", "  ")];
    let answer = it.browser.submit(&page, "/services", &fields);
    answer.is(422, "Services");
    answer.says("Please give a reason");
    let fields = [("handover", "pigeon"), ("reason", "x")];
    assert_eq!(it.browser.submit(&page, "/services", &fields).status, 400);
    for path in ["/services/reissue", "/services/revoke"] {
        let fields = [
            ("handle", handle.as_str()),
            ("handover", "mail"),
            ("reason", ""),
        ];
        assert_eq!(it.browser.submit(&page, path, &fields).status, 422);
        for unknown in ["00000000", "x", "", "../../etc"] {
            let fields = [("handle", unknown), ("handover", "mail"), ("reason", "x")];
            let answer = it.browser.submit(&page, path, &fields);
            answer.is(404, "There is no such page");
        }
    }
    it.browser
        .get("/services?after=x")
        .is(404, "There is no such page");
}

#[test]
fn a36_the_wizard_takes_forms_of_its_own_page_alone() {
    let site = Site::start();
    let mut it = site.member("it");
    let (_, code) = issue(&mut it);
    let mut browser = site.browser();
    browser.get("/install");
    let fields = [("machine", "nas"), ("activation_code", code.as_str())];
    assert_eq!(browser.post("/install", &fields).status, 400);
    let mut with_token = vec![("form_token", "0")];
    with_token.extend(fields);
    browser
        .post("/install", &with_token)
        .is(403, "This page is out of date");
    // Nothing was used up.
    install(&site, &code, "nas").is(200, "The backup agent may run on nas");
}

#[test]
fn u10_a_program_redeems_a_code_and_gets_one_word_otherwise() {
    let site = Site::start();
    let mut it = site.member("it");
    let (_, code) = issue(&mut it);
    let call = |fields: &[(&str, &str)]| site.browser().post(portal::REDEEM, fields);
    let fits = [("machine", "nas"), ("activation_code", code.as_str())];
    let refused = call(&[("machine", ""), ("activation_code", &code)]);
    assert_eq!(
        (refused.status, refused.body.as_str()),
        (422, "machine_refused")
    );
    let refused = call(&[("machine", "nas"), ("activation_code", "x")]);
    assert_eq!(
        (refused.status, refused.body.as_str()),
        (403, "activation_failed")
    );
    assert_eq!(call(&[("machine", "nas")]).status, 400);
    let json = [("Content-Type", "application/json")];
    let answer = site
        .browser()
        .send("POST", portal::REDEEM, &json, encode(&fits).as_bytes());
    assert_eq!(answer.unwrap().status, 400);
    let large = "x".repeat(20_000);
    let answer = site
        .browser()
        .send("POST", portal::REDEEM, &[FORM], large.as_bytes());
    assert_eq!(answer.unwrap().status, 413);
    let done = call(&fits);
    assert_eq!(done.status, 200);
    assert!(done.body.starts_with("seaside_service_"));
    assert_eq!(done.header("set-cookie"), None);
    let again = call(&fits);
    assert_eq!(
        (again.status, again.body.as_str()),
        (403, "activation_failed")
    );
}

/// Runs the command with `typed` on its standard input.
fn command(site: &Site, folder: &Folder, typed: &str) -> Output {
    let mut child = Command::new(env!("CARGO_BIN_EXE_portal-install"))
        .args(["--portal", &format!("http://{}", site.address)])
        .args(["--machine", "nas"])
        .arg("--key-file")
        .arg(folder.path().join("agent.key"))
        .stdin(Stdio::piped())
        .stdout(Stdio::piped())
        .stderr(Stdio::piped())
        .spawn()
        .unwrap();
    // It may have ended before it reads.
    let _ = child.stdin.take().unwrap().write_all(typed.as_bytes());
    child.wait_with_output().unwrap()
}

#[test]
fn u10_the_command_keeps_the_key_for_its_owner_and_says_what_to_do_when_refused() {
    let site = Site::start();
    let mut it = site.member("it");
    let (_, code) = issue(&mut it);
    let folder = Folder::new();
    fs::create_dir(folder.path()).unwrap();
    let said = |output: &Output| String::from_utf8(output.stderr.clone()).unwrap();

    let mistyped = command(&site, &folder, "7K3M9-QXA4C\n");
    assert_eq!(mistyped.status.code(), Some(2));
    assert!(said(&mistyped).contains("Nothing was sent"));

    let file = folder.path().join("agent.key");
    let done = command(&site, &folder, &format!("{code}\n"));
    assert_eq!(done.status.code(), Some(0), "{}", said(&done));
    let key = fs::read_to_string(&file).unwrap();
    assert_eq!(hello(&site, &key).body, "backup agent on nas\n");
    assert_eq!(file.metadata().unwrap().permissions().mode() & 0o777, 0o600);
    assert!(!String::from_utf8(done.stdout).unwrap().contains(&key));

    // A key that is there is not overwritten, and no code is used up for it.
    let (_, other) = issue(&mut it);
    let kept = command(&site, &folder, &other);
    assert_eq!(kept.status.code(), Some(3));
    assert!(said(&kept).contains("is there already; no code was used"));
    assert_eq!(fs::read_to_string(&file).unwrap(), key);
    fs::remove_file(&file).unwrap();

    let refused = command(&site, &folder, &code);
    assert_eq!(refused.status.code(), Some(1));
    assert!(said(&refused).contains("failed to authenticate"));
    assert!(!file.exists());
    assert!(!said(&refused).contains(&code));
    assert_eq!(command(&site, &folder, &other).status.code(), Some(0));
}

#[test]
fn the_command_sends_no_code_to_another_machine() {
    for portal in [
        "http://192.0.2.1:80",
        "https://127.0.0.1:443",
        "http://portal.example",
        "127.0.0.1:80",
    ] {
        let output = Command::new(env!("CARGO_BIN_EXE_portal-install"))
            .args(["--portal", portal, "--machine", "nas", "--key-file", "k"])
            .stdin(Stdio::null())
            .output()
            .unwrap();
        assert_eq!(output.status.code(), Some(2), "{portal}");
        let said = String::from_utf8(output.stderr).unwrap();
        assert!(said.contains("the portal on this machine"), "{said}");
    }
    let help = Command::new(env!("CARGO_BIN_EXE_portal-install"))
        .arg("--help")
        .output()
        .unwrap();
    assert!(help.status.success());
    assert!(String::from_utf8(help.stdout).unwrap().contains("Usage:"));
}

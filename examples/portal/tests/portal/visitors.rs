//! Who gets to see and do what: every route for every kind of visitor.

use portal::Origin;

use crate::{
    authenticator::Authenticator,
    browser::{Browser, FORM, encode},
    site::Site,
};

const PAGES: [&str; 22] = [
    "/",
    "/sign-in",
    "/setup",
    "/challenge",
    "/backup-codes",
    "/people",
    "/people/reset?person=3",
    "/people/person?person=3",
    "/organization",
    "/roles",
    "/services",
    "/services/service?handle=00000000",
    "/audit",
    "/audit/export?format=csv",
    "/audit/check",
    "/mail",
    "/confirm?for=security",
    "/security",
    "/security/rename?authenticator=0000000000000000",
    "/security/remove?authenticator=0000000000000000",
    "/security/add",
    "/security/add/scan",
];

/// Every form with fields that would do, were it the right visitor.
const FORMS: [(&str, &[(&str, &str)]); 25] = [
    ("/sign-in", &[("name", "user"), ("password", "x")]),
    ("/setup", &[("code", "123456")]),
    ("/challenge", &[("code", "123456")]),
    ("/backup-codes", &[("stored", "yes")]),
    (
        "/backup-codes/download",
        &[("backup_code", "0-AAAA-AAAA-AAAA-AAAA")],
    ),
    ("/people/reset", &[("person", "3"), ("reason", "why")]),
    (
        "/organization",
        &[("requirement", "optional"), ("reason", "why")],
    ),
    (
        "/organization/profile",
        &[("profile", "pci"), ("reason", "why")],
    ),
    ("/people/unlock", &[("person", "3"), ("reason", "why")]),
    (
        "/people/unlock-password",
        &[("person", "3"), ("reason", "why")],
    ),
    (
        "/people/exempt",
        &[("person", "3"), ("until", ""), ("reason", "why")],
    ),
    (
        "/people/end-exemption",
        &[("person", "3"), ("reason", "why")],
    ),
    (
        "/people/require",
        &[("person", "3"), ("required", "yes"), ("reason", "why")],
    ),
    (
        "/people/devices",
        &[("person", "3"), ("device", "all"), ("reason", "why")],
    ),
    ("/services", &[("handover", "mail"), ("reason", "why")]),
    (
        "/services/reissue",
        &[
            ("handle", "00000000"),
            ("handover", "mail"),
            ("reason", "why"),
        ],
    ),
    (
        "/services/revoke",
        &[("handle", "00000000"), ("reason", "why")],
    ),
    ("/setup/later", &[]),
    (
        "/confirm",
        &[("for", "security"), ("ticket", "x"), ("code", "123456")],
    ),
    (
        "/security/rename",
        &[("authenticator", "0000000000000000"), ("label", "x")],
    ),
    ("/security/remove", &[("authenticator", "0000000000000000")]),
    ("/security/backup-codes", &[]),
    ("/security/devices", &[("device", "all")]),
    ("/security/add", &[("label", "x")]),
    ("/security/add/scan", &[("code", "123456")]),
];

/// Forms and pages of administrators alone.
fn is_staff(path: &str) -> bool {
    ["/people", "/organization", "/services", "/audit", "/mail"]
        .iter()
        .any(|of_staff| path.starts_with(of_staff))
}

/// Visits every page and sends every form: all but `own` lead to `place`.
fn belongs(browser: &mut Browser, place: &str, own: &[&str]) {
    let seen = browser.get(place);
    assert_eq!(seen.status, 200, "{place}");
    let cookie = browser.cookie.clone();
    for path in PAGES.iter().filter(|path| !own.contains(path)) {
        let answer = browser.get(path);
        assert_eq!(answer.leads_to(), Some(place), "GET {path}");
        assert_eq!(answer.body, "", "GET {path}");
    }
    for (path, fields) in FORMS.iter().filter(|(path, _)| !own.contains(path)) {
        let answer = browser.submit(&seen, path, fields);
        assert_eq!(answer.leads_to(), Some(place), "POST {path}");
        assert_eq!(answer.body, "", "POST {path}");
    }
    assert_eq!(browser.cookie, cookie);
}

#[test]
fn a_stranger_is_led_to_the_sign_in() {
    let site = Site::start();
    let mut browser = site.browser();
    browser.get("/sign-in");
    belongs(&mut browser, "/sign-in", &["/sign-in"]);
}

#[test]
fn a24_before_setup_every_other_page_leads_to_setup() {
    let site = Site::start();
    for name in ["admin", "user"] {
        let (mut browser, _) = site.half_in(name);
        belongs(&mut browser, "/setup", &["/setup", "/setup/later"]);
    }
}

#[test]
fn a25_before_the_code_every_other_page_leads_to_the_code() {
    let site = Site::start();
    for name in ["admin", "user"] {
        site.member(name);
        let (mut browser, _) = site.half_in(name);
        belongs(&mut browser, "/challenge", &["/challenge"]);
    }
}

#[test]
fn before_the_backup_codes_are_stored_every_other_page_leads_to_them() {
    let site = Site::start();
    let (mut browser, page) = site.half_in("admin");
    let app = Authenticator::typed(page.text_of("id=\"setup-key\"").unwrap());
    let code = app.code_at(site.now());
    let shown = browser.submit(&page, "/setup", &[("code", &code)]);
    assert_eq!(shown.status, 200);
    let own = ["/backup-codes", "/backup-codes/download"];
    belongs(&mut browser, "/backup-codes", &own);
}

#[test]
fn a_user_who_is_in_gets_no_further_than_home() {
    let site = Site::start();
    let mut user = site.member("user").browser;
    let home = user.get("/");
    for path in ["/sign-in", "/setup", "/challenge", "/backup-codes"] {
        assert_eq!(user.get(path).leads_to(), Some("/"), "{path}");
    }
    for path in PAGES.into_iter().filter(|path| is_staff(path)) {
        user.get(path).is(403, "This is not yours to do");
    }
    for (path, fields) in FORMS {
        let own = path.starts_with("/security") || path == "/confirm";
        if !own {
            let answer = user.submit(&home, path, fields);
            if is_staff(path) {
                answer.is(403, "This is not yours to do");
            } else {
                assert_eq!(answer.leads_to(), Some("/"), "{path}");
            }
        }
    }
    assert_eq!(user.get("/").status, 200);
}

#[test]
fn a36_a_form_without_the_token_of_its_session_changes_nothing() {
    let site = Site::start();
    let mut admin = site.member("admin").browser;
    let mut it = site.member("it").browser;
    let foreign = it.get("/").hidden("form_token").unwrap();
    let own = admin.get("/").hidden("form_token").unwrap();
    let policy = [("requirement", "optional"), ("reason", "why")];
    for token in ["", "0", &own[..63], &own.to_uppercase(), &foreign] {
        let mut fields = vec![("form_token", token)];
        fields.extend(policy);
        let answer = admin.post("/organization", &fields);
        answer.is(403, "This page is out of date");
    }
    assert_eq!(admin.post("/organization", &policy).status, 400);
    let twice = [("form_token", own.as_str()), ("form_token", own.as_str())];
    assert_eq!(admin.post("/sign-out", &twice).status, 400);
    assert!(admin.get("/organization").body.contains("checked"));
    admin.get("/audit").says("first start");
    assert!(!admin.get("/audit").body.contains(">why<"));
    // The sign-in form has one too.
    let mut stranger = site.browser();
    stranger.get("/sign-in");
    let fields = [("form_token", "x"), ("name", "user"), ("password", "x")];
    stranger
        .post("/sign-in", &fields)
        .is(403, "This page is out of date");
}

#[test]
fn a36_every_form_inside_takes_the_token_of_its_session() {
    let site = Site::start();
    let mut admin = site.member("admin").browser;
    let foreign = site.member("it").browser.get("/").hidden("form_token");
    let foreign = foreign.unwrap();
    let inside = FORMS
        .iter()
        .filter(|(path, _)| is_staff(path) || path.starts_with("/security") || *path == "/confirm");
    let mut forms = 0;
    for (path, fields) in inside {
        for token in ["0", foreign.as_str()] {
            let mut all = vec![("form_token", token), ("version", "1")];
            all.extend_from_slice(fields);
            let answer = admin.post(path, &all);
            answer.is(403, "This page is out of date");
        }
        assert_eq!(admin.post(path, fields).status, 400, "{path}");
        forms += 1;
    }
    assert_eq!(forms, 19);
    assert!(!admin.get("/audit").body.contains(">why<"));
    assert_eq!(admin.get("/").status, 200);
}

#[test]
fn a36_a_form_of_another_site_changes_nothing() {
    let site = Site::start();
    let mut admin = site.member("admin").browser;
    let token = admin.get("/").hidden("form_token").unwrap();
    let body = encode(&[("form_token", &token)]);
    let host = format!("http://{}", site.address);
    for header in [
        ("Origin", "https://evil.example"),
        ("Origin", "null"),
        ("Sec-Fetch-Site", "cross-site"),
        ("Sec-Fetch-Site", "same-site"),
    ] {
        let answer = admin
            .send("POST", "/sign-out", &[FORM, header], body.as_bytes())
            .unwrap();
        answer.is(403, "This page is out of date");
        assert_eq!(admin.get("/").status, 200);
    }
    let own = [
        FORM,
        ("Origin", host.as_str()),
        ("Sec-Fetch-Site", "same-origin"),
    ];
    let answer = admin
        .send("POST", "/sign-out", &own, body.as_bytes())
        .unwrap();
    assert_eq!(answer.leads_to(), Some("/sign-in?out"));
}

#[test]
fn forms_come_as_forms_and_by_post() {
    let site = Site::start();
    let mut user = site.member("user").browser;
    let token = user.get("/").hidden("form_token").unwrap();
    let body = encode(&[("form_token", &token)]);
    for kind in [
        "text/plain",
        "application/json",
        "multipart/form-data; boundary=x",
    ] {
        let header = [("Content-Type", kind)];
        let answer = user.send("POST", "/sign-out", &header, body.as_bytes());
        assert_eq!(answer.unwrap().status, 400, "{kind}");
    }
    for path in ["/sign-out", "/backup-codes/download"] {
        user.get(path).is(405, "That does not work here");
    }
    let answer = user.send("DELETE", "/people", &[], b"").unwrap();
    assert_eq!(answer.status, 405);
    assert_eq!(user.get("/").status, 200);
}

#[test]
fn the_session_gets_a_new_id_whenever_it_rises_and_the_old_one_is_dead() {
    let site = Site::start();
    let mut browser = site.browser();
    let set = browser
        .get("/sign-in")
        .header("set-cookie")
        .unwrap()
        .to_owned();
    let value = set.strip_prefix("portal-session=").unwrap();
    assert_eq!(value.find(';'), Some(64));
    assert_eq!(&value[64..], "; Path=/; HttpOnly; SameSite=Lax");
    // Once is enough.
    assert_eq!(browser.get("/sign-in").header("set-cookie"), None);

    let stranger = browser.clone();
    let answer = site.sign_in(&mut browser, "user");
    assert_eq!(answer.leads_to(), Some("/setup"));
    let half = browser.clone();
    assert_ne!(stranger.cookie, half.cookie);
    assert_eq!(stranger.clone().get("/setup").leads_to(), Some("/sign-in"));

    let page = browser.get("/setup");
    let app = Authenticator::typed(page.text_of("id=\"setup-key\"").unwrap());
    let code = app.code_at(site.now());
    let shown = browser.submit(&page, "/setup", &[("code", &code)]);
    assert_ne!(half.cookie, browser.cookie);
    assert_eq!(half.clone().get("/").leads_to(), Some("/sign-in"));

    let inside = browser.clone();
    browser.submit(&shown, "/sign-out", &[]);
    assert_eq!(browser.cookie, None);
    assert_eq!(inside.clone().get("/").leads_to(), Some("/sign-in"));
}

#[test]
fn a_planted_session_is_worth_nothing() {
    let site = Site::start();
    let mut victim = site.browser();
    let planted = format!("portal-session={}", "ab".repeat(32));
    victim.cookie = Some(planted.clone());
    assert_eq!(site.sign_in(&mut victim, "user").status, 303);
    assert_ne!(victim.cookie, Some(planted.clone()));
    let mut attacker = site.browser();
    attacker.cookie = Some(planted);
    assert_eq!(attacker.get("/setup").leads_to(), Some("/sign-in"));
}

#[test]
fn a_session_ends_after_twelve_hours() {
    let site = Site::start();
    let mut user = site.member("user").browser;
    site.clock.advance(12 * 60 * 60 - 1);
    assert_eq!(user.get("/").status, 200);
    site.clock.advance(1);
    assert_eq!(user.get("/").leads_to(), Some("/sign-in"));
}

#[test]
fn behind_https_cookies_are_secure() {
    let origin = Origin::parse("https://portal.example").unwrap();
    let site = Site::start_with(Some(origin));
    let mut browser = site.browser();
    let page = browser.get("/sign-in");
    let cookie = page.header("set-cookie").unwrap();
    assert!(cookie.starts_with("__Host-portal-session="));
    assert!(cookie.ends_with("; Path=/; HttpOnly; SameSite=Lax; Secure"));
    assert!(page.header("strict-transport-security").is_some());
    // Forms come from there, not from the address behind the proxy.
    let token = page.hidden("form_token").unwrap();
    let body = encode(&[("form_token", &token), ("name", "user"), ("password", "x")]);
    let mut from = |origin: &str| {
        let headers = [FORM, ("Origin", origin)];
        let answer = browser.send("POST", "/sign-in", &headers, body.as_bytes());
        answer.unwrap().status
    };
    assert_eq!(from("https://portal.example"), 422);
    assert_eq!(from(&format!("http://{}", site.address)), 403);
}

#[test]
fn every_answer_keeps_everything_outside_out() {
    let site = Site::start();
    let mut user = site.member("user").browser;
    let page = user.get("/");
    let answers = [
        page.clone(),
        user.get("/sign-in"),
        user.get("/people"),
        user.get("/no-such-page"),
        user.get("/assets/portal.css"),
        user.get("/assets/portal.js"),
        user.get("/assets/mark.svg"),
        user.get("/sign-out"),
        user.post("/sign-out", &[]),
        user.submit(&page, "/sign-out", &[]),
    ];
    for answer in answers {
        let policy = answer.header("content-security-policy").unwrap();
        for part in [
            "default-src 'none'",
            "script-src 'self'",
            "style-src 'self'",
            "img-src 'self'",
            "form-action 'self'",
            "base-uri 'none'",
            "frame-ancestors 'none'",
        ] {
            assert!(policy.contains(part), "{policy}");
        }
        assert!(!policy.contains("unsafe"));
        assert_eq!(answer.header("referrer-policy"), Some("same-origin"));
        assert_eq!(answer.header("x-content-type-options"), Some("nosniff"));
        assert_eq!(
            answer.header("cross-origin-opener-policy"),
            Some("same-origin")
        );
        let is_asset = answer.status == 200 && !answer.body.contains("<!doctype html>");
        let cached = answer.header("cache-control").unwrap();
        assert_eq!(cached != "no-store", is_asset);
    }
}

#[test]
fn pages_refer_to_nothing_outside_and_hold_no_inline_script_or_style() {
    let site = Site::start();
    let (mut browser, setup) = site.half_in("admin");
    let mut pages = vec![browser.get("/sign-in"), setup, browser.get("/nothing")];
    let mut admin = site.member("admin").browser;
    let inside = PAGES.into_iter().filter(|path| !path.contains("export"));
    for path in inside.chain(["/install", "/people/person?person=2"]) {
        pages.push(admin.get(path));
    }
    for page in pages {
        assert!(!page.body.contains("<style"));
        assert!(!page.body.contains(" style="));
        assert!(!page.body.contains(" onclick="));
        assert_eq!(
            page.body.matches("<script").count(),
            page.body
                .matches("<script src=\"/assets/portal.js\" defer></script>")
                .count()
        );
        for attribute in ["href=\"", "src=\"", "action=\""] {
            for target in page.body.split(attribute).skip(1) {
                assert!(
                    target.starts_with('/') || target.starts_with('#'),
                    "{target}"
                );
            }
        }
    }
}

#[test]
fn a28_no_address_holds_a_secret() {
    let site = Site::start();
    let (mut browser, page) = site.half_in("user");
    let key = page.text_of("id=\"setup-key\"").unwrap().replace(' ', "");
    let app = Authenticator::typed(&key);
    let code = app.code_at(site.now());
    let ticket = page.hidden("ticket").unwrap();
    let shown = browser.submit(&page, "/setup", &[("code", &code)]);
    let codes = shown.all_hidden("backup_code");
    let done = browser.submit(&shown, "/backup-codes", &[("stored", "yes")]);
    for answer in [&page, &shown, &done, &browser.get("/")] {
        for part in answer
            .body
            .split(['"', '\''])
            .filter(|part| part.starts_with('/'))
        {
            assert!(!part.contains(&ticket) && !part.contains(&key) && !part.contains("otpauth"));
            assert!(codes.iter().all(|code| !part.contains(code.as_str())));
        }
        assert!(answer.leads_to().is_none_or(|place| place == "/"));
        // The picture of the URI is enough; as a link it would be a secret in an address.
        assert!(!answer.body.contains("otpauth:"));
    }
}

//! Input that no page of the portal sends: the right page, and never a server error.

use mfakit::{
    AccountId, AccountName, Administrator, Confirmation, Decision, FirstFactor, Issuer, Label,
    Policy, SetupStart, SignIn, TenantId, UnixTime,
};

use crate::{
    authenticator::Authenticator,
    browser::{Browser, FORM, Page, encode},
    site::{Member, Site},
};

/// What is typed where a code is wanted, and is none.
const NO_CODES: [&str; 14] = [
    "",
    " ",
    "-",
    "12345",
    "1234567",
    "+12345",
    "-12345",
    "0x1234",
    "12345\u{661}",
    "\u{661}\u{662}\u{663}\u{664}\u{665}\u{666}",
    "\u{ff11}\u{ff12}\u{ff13}\u{ff14}\u{ff15}\u{ff16}",
    "1\u{200b}23456",
    "'; DROP TABLE sessions; --",
    "<script>alert(1)</script>",
];

#[test]
fn what_is_no_code_is_said_to_be_none_and_costs_nothing() {
    let site = Site::start();
    let (mut browser, setup) = site.half_in("user");
    for typed in NO_CODES {
        let answer = browser.submit(&setup, "/setup", &[("code", typed)]);
        answer.is(422, "Set up your authenticator app");
        answer.says("That is not a code.");
        answer.says("you have 10 attempts left");
    }
    let user = site.member("it");
    let (mut browser, challenge) = site.half_in("it");
    let long = "1".repeat(4000);
    for typed in NO_CODES.into_iter().chain([long.as_str()]) {
        let answer = browser.submit(&challenge, "/challenge", &[("code", typed)]);
        answer.is(422, "Enter your code");
        answer.says("That is not a code.");
        answer.says("you have 5 attempts left");
        assert!(!answer.body.contains("<script>alert"));
    }
    site.wait();
    let code = user.app.code_at(site.now());
    let spaced = format!(" {}-{} ", &code[..3], &code[3..]);
    let answer = browser.submit(&challenge, "/challenge", &[("code", &spaced)]);
    assert_eq!(answer.leads_to(), Some("/"));
}

#[test]
fn what_is_no_form_is_a_bad_request() {
    let site = Site::start();
    let member = site.member("admin");
    let (mut challenged, challenge) = site.half_in("admin");
    let (mut setting_up, setup) = site.half_in("user");
    let mut stranger = site.browser();
    let sign_in = stranger.get("/sign-in");
    let mut admin = member.browser;
    let organization = admin.get("/organization");
    type Case<'a> = (&'a mut Browser, &'a Page, &'a str, &'a [(&'a str, &'a str)]);
    let cases: [Case<'_>; 4] = [
        (
            &mut stranger,
            &sign_in,
            "/sign-in",
            &[("name", "user"), ("password", "x")],
        ),
        (
            &mut challenged,
            &challenge,
            "/challenge",
            &[("code", "123456")],
        ),
        (&mut setting_up, &setup, "/setup", &[("code", "123456")]),
        (
            &mut admin,
            &organization,
            "/organization",
            &[("requirement", "optional"), ("reason", "why")],
        ),
    ];
    for (browser, page, path, fields) in cases {
        let mut all = vec![("form_token".to_owned(), page.hidden("form_token").unwrap())];
        all.extend(
            page.hidden("ticket")
                .map(|ticket| ("ticket".to_owned(), ticket)),
        );
        all.extend(
            fields
                .iter()
                .map(|(name, value)| ((*name).to_owned(), (*value).to_owned())),
        );
        let body_of = |fields: &[(String, String)]| {
            let pairs: Vec<_> = fields
                .iter()
                .map(|(name, value)| (name.as_str(), value.as_str()))
                .collect();
            encode(&pairs).into_bytes()
        };
        let whole = body_of(&all);
        let mut hostile = vec![Vec::new(), b"&&&".to_vec(), b"%".to_vec(), vec![0xff; 64]];
        for at in 0..all.len() {
            let mut missing = all.clone();
            missing.remove(at);
            hostile.push(body_of(&missing));
            let mut repeated = all.clone();
            repeated.push(all[at].clone());
            hostile.push(body_of(&repeated));
        }
        for tail in ["%00", "%", "%zz", "%ff", "%c3", "\0"] {
            hostile.push([&whole, tail.as_bytes()].concat());
        }
        hostile.push([&whole[..], &b"&x=y".repeat(64)].concat());
        for body in hostile {
            let answer = browser.send("POST", path, &[FORM], &body).unwrap();
            answer.is(400, "We could not read that");
        }
    }
}

#[test]
fn a_megabyte_is_too_much_everywhere() {
    let site = Site::start();
    let mut admin = site.member("admin").browser;
    let token = admin.get("/").hidden("form_token").unwrap();
    let start = encode(&[("form_token", &token)]);
    let body = [start.as_bytes(), b"&reason=", &b"x".repeat(1 << 20)].concat();
    for path in [
        "/sign-in",
        "/sign-out",
        "/setup",
        "/challenge",
        "/backup-codes",
        "/backup-codes/download",
        "/people/reset",
        "/organization",
    ] {
        let answer = admin.send("POST", path, &[FORM], &body).unwrap();
        answer.is(413, "That was too much");
    }
    // What just fits is read.
    let fits = [
        start.as_bytes(),
        b"&reason=",
        &b"x".repeat(16 * 1024 - start.len() - 8),
    ]
    .concat();
    assert_eq!(fits.len(), 16 * 1024);
    let answer = admin.send("POST", "/organization", &[FORM], &fits).unwrap();
    assert_eq!(answer.status, 400);
    assert_eq!(admin.get("/").status, 200);
}

#[test]
fn names_and_passwords_of_any_kind_are_just_wrong() {
    let site = Site::start();
    let mut browser = site.browser();
    let page = browser.get("/sign-in");
    let long = "é".repeat(600);
    for text in [
        "",
        " ",
        "user\n",
        "' OR 1=1 --",
        "%",
        "<b>user</b>",
        "\u{202e}resu",
        &long,
    ] {
        let fields = [("name", text), ("password", text)];
        let answer = browser.submit(&page, "/sign-in", &fields);
        answer.is(422, "Sign in");
        answer.says("Name or password is wrong.");
        assert!(!answer.body.contains("<b>user"));
    }
}

/// Sends the right code with this ticket: it must be refused, and the session is over.
fn refused(mut browser: Browser, page: &Page, path: &str, ticket: &str, code: &str) {
    let token = page.hidden("form_token").unwrap();
    let fields = [
        ("form_token", token.as_str()),
        ("ticket", ticket),
        ("code", code),
    ];
    let answer = browser.post(path, &fields);
    assert_eq!(answer.leads_to(), Some("/sign-in?again"));
    assert_eq!(browser.get("/").leads_to(), Some("/sign-in"));
    browser.get("/sign-in?again").says("Please sign in again.");
}

#[test]
fn a20_a21_a_ticket_of_another_session_user_purpose_or_shape_is_refused() {
    let site = Site::start();
    let user = site.member("user");
    let it = site.member("it");
    site.wait();
    let code = |member: &Member| member.app.code_at(site.now());
    let ticket = |page: &Page| page.hidden("ticket").unwrap();

    // Another user's: neither code with it is good.
    for member in [&user, &it] {
        let (browser, page) = site.half_in("user");
        let (_, foreign) = site.half_in("it");
        refused(
            browser,
            &page,
            "/challenge",
            &ticket(&foreign),
            &code(member),
        );
    }
    // The same user's, of another session.
    let (browser, page) = site.half_in("user");
    let (_, other) = site.half_in("user");
    refused(browser, &page, "/challenge", &ticket(&other), &code(&user));
    // A setup's where a code is wanted, and the other way round.
    let (browser, page) = site.half_in("user");
    let (_, setup) = site.half_in("admin");
    refused(browser, &page, "/challenge", &ticket(&setup), &code(&user));
    let (browser, page) = site.half_in("admin");
    let (_, challenge) = site.half_in("user");
    refused(browser, &page, "/setup", &ticket(&challenge), &code(&user));
    // None at all.
    for text in ["", "x", "ж", &"a".repeat(1024), &"a".repeat(8000)] {
        let (browser, page) = site.half_in("user");
        refused(browser, &page, "/challenge", text, &code(&user));
    }
    // One character changed.
    let (browser, page) = site.half_in("user");
    let mut changed = ticket(&page);
    let last = if changed.starts_with('b') { "a" } else { "b" };
    changed.replace_range(40..41, if &changed[40..41] == last { "c" } else { last });
    refused(browser, &page, "/challenge", &changed, &code(&user));
    // Nothing of all that used the code up, or counted.
    let (mut browser, page) = site.half_in("user");
    let answer = browser.submit(&page, "/challenge", &[("code", &code(&user))]);
    assert_eq!(answer.leads_to(), Some("/"));
}

#[test]
fn a20_a_ticket_of_another_tenant_is_refused() {
    let site = Site::start();
    let user = site.member("user");
    site.wait();
    let foreign = site.wait_for(ticket_of_another_tenant(&site));
    let (browser, page) = site.half_in("user");
    let code = user.app.code_at(site.now());
    refused(browser, &page, "/challenge", &foreign, &code);
}

/// A challenge's ticket for the account `3` of another organization of the same engine.
async fn ticket_of_another_tenant(site: &Site) -> String {
    let engine = site.portal.engine();
    let by = Administrator::new("test", "test").unwrap();
    let policy = Policy::new(Issuer::new("Elsewhere").unwrap());
    let id = TenantId::new("elsewhere").unwrap();
    engine.create_tenant(&id, policy, &by).await.unwrap();
    let tenant = engine.tenant("elsewhere").unwrap();
    let account = AccountId::new("3").unwrap();
    let first = || FirstFactor::external(account.clone());
    let Decision::Setup(setup) = tenant.sign_in(first(), SignIn::new()).await.unwrap() else {
        panic!("a new account has nothing set up");
    };
    let (name, label) = (AccountName::new("x").unwrap(), Label::new("x").unwrap());
    let started = tenant.begin_setup(&setup.ticket, &name, &label).await;
    let SetupStart::Pending(pending) = started.unwrap() else {
        panic!("the ticket is fresh");
    };
    let code = Authenticator::typed(&pending.key()).code_at(site.now());
    let confirmed = tenant.confirm_setup(&setup.ticket, &code).await.unwrap();
    assert!(matches!(confirmed, Confirmation::Confirmed(_)));
    let Decision::Challenge(challenge) = tenant.sign_in(first(), SignIn::new()).await.unwrap()
    else {
        panic!("the account has a factor now");
    };
    challenge.ticket.as_str().to_owned()
}

#[test]
fn an_expired_ticket_is_refused() {
    let site = Site::start();
    let user = site.member("user");
    // A ticket that began a setup lives as long as the setup.
    for (path, name, minutes) in [("/challenge", "user", 5), ("/setup", "it", 10)] {
        let (browser, page) = site.half_in(name);
        let ticket = page.hidden("ticket").unwrap();
        site.clock.advance(minutes * 60);
        let code = match name {
            "user" => user.app.code_at(site.now()),
            _ => {
                Authenticator::typed(page.text_of("id=\"setup-key\"").unwrap()).code_at(site.now())
            }
        };
        refused(browser, &page, path, &ticket, &code);
    }
    // The page itself, opened too late, says the same.
    let (mut browser, _) = site.half_in("it");
    site.clock.advance(10 * 60);
    assert_eq!(browser.get("/setup").leads_to(), Some("/sign-in?again"));
}

#[test]
fn a_spent_ticket_is_refused() {
    let site = Site::start();
    let user = site.member("user");
    site.wait();
    let (mut browser, page) = site.half_in("user");
    let spent = page.hidden("ticket").unwrap();
    let left = browser.clone();
    let code = user.app.code_at(site.now());
    let answer = browser.submit(&page, "/challenge", &[("code", &code)]);
    assert_eq!(answer.leads_to(), Some("/"));
    site.wait();
    let code = user.app.code_at(site.now());
    // The session it came from is gone, and in another it is of the wrong one.
    let answer = left.clone().submit(&page, "/challenge", &[("code", &code)]);
    assert_eq!(answer.leads_to(), Some("/sign-in"));
    let (other, page) = site.half_in("user");
    refused(other, &page, "/challenge", &spent, &code);
    // A form sent twice from the signed-in page is out of date, and changes nothing.
    let again = browser.submit(&page, "/challenge", &[("code", &code)]);
    assert_eq!(again.leads_to(), Some("/"));
}

#[test]
fn a_clock_that_runs_back_is_a_page_and_lets_nobody_in() {
    let site = Site::start();
    let mut user = site.member("user");
    site.clock.set(UnixTime::from_seconds(site.now() - 3600));
    let answer = user.browser.get("/");
    answer.is(503, "This does not work at the moment");
    assert!(answer.header("retry-after").is_some());
    let mut browser = site.browser();
    assert_eq!(site.sign_in(&mut browser, "user").status, 503);
    site.clock.advance(3600);
    assert_eq!(user.browser.get("/").status, 200);
}

#[test]
fn people_and_pages_that_do_not_exist_are_not_found() {
    let site = Site::start();
    let mut admin = site.member("admin").browser;
    for query in [
        "person=0",
        "person=4",
        "person=-1",
        "person=03",
        "person=x",
        "person=",
    ] {
        let answer = admin.get(&format!("/people/reset?{query}"));
        answer.is(404, "There is no such page");
    }
    for query in [
        "",
        "?",
        "?person",
        "?person=%ff",
        "?person=3&person=3",
        "?x=1",
    ] {
        let answer = admin.get(&format!("/people/reset{query}"));
        assert!(matches!(answer.status, 400 | 404), "{query}");
    }
    for path in [
        "/nothing",
        "//",
        "/assets/",
        "/assets/../Cargo.toml",
        "/%00",
        "/%ff",
        "/people/",
    ] {
        admin.get(path).is(404, "There is no such page");
    }
}

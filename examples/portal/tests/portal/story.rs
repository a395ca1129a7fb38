//! What a person lives through.

use std::{fs, os::unix::fs::PermissionsExt};

use crate::{
    authenticator::{Authenticator, PERIOD},
    browser::Browser,
    site::{START, Site},
};

#[test]
fn a_first_start_makes_three_people_and_a_private_folder() {
    let site = Site::start();
    for name in ["admin", "it", "user"] {
        assert_eq!(site.password(name).len(), 19);
    }
    let mode = |path: &str| {
        let file = fs::metadata(site.folder.path().join(path)).unwrap();
        file.permissions().mode() & 0o777
    };
    assert_eq!(mode("keyring"), 0o600);
    assert_eq!(mode(""), 0o700);
}

#[test]
fn a_second_start_finds_people_factors_sessions_and_policy() {
    let site = Site::start();
    let mut user = site.member("user");
    let site = site.restart();
    site.wait();
    let mut browser = user.browser.clone().moved_to(site.address);
    assert_eq!(browser.get("/").status, 200);
    user.browser = browser;
    let (mut browser, page) = site.half_in("user");
    let code = user.app.code_at(site.now());
    let answer = browser.submit(&page, "/challenge", &[("code", &code)]);
    assert_eq!(answer.leads_to(), Some("/"));
}

#[test]
fn a_keyring_that_is_gone_stops_the_start() {
    let site = Site::start();
    fs::remove_file(site.folder.path().join("keyring")).unwrap();
    let opening = portal::Portal::open(site.folder.path(), None, None, site.clock.clone());
    let error = site.wait_for(opening).unwrap_err();
    assert!(error.to_string().starts_with("the file `keyring` is gone"));
}

#[test]
fn setup_comes_first_and_a_reload_keeps_its_key() {
    let site = Site::start();
    let (mut browser, page) = site.half_in("user");
    page.is(200, "Set up your authenticator app");
    let key = page.text_of("id=\"setup-key\"").unwrap();
    assert_eq!(key.len(), 32 + 7);
    page.says("<svg");
    page.says("<dt>Account</dt><dd>user</dd>");
    page.says("<dt>Issuer</dt><dd>Seaside Library</dd>");
    let again = browser.get("/setup");
    assert_eq!(again.text_of("id=\"setup-key\""), Some(key));
    // A second tab of the same session sees the same.
    let tab = browser.clone().get("/setup");
    assert_eq!(tab.text_of("id=\"setup-key\""), Some(key));
}

#[test]
fn a_wrong_code_at_setup_says_how_many_are_left_and_the_last_makes_a_new_key() {
    let site = Site::start();
    let (mut browser, mut page) = site.half_in("user");
    let key = page.text_of("id=\"setup-key\"").unwrap().to_owned();
    let wrong = Authenticator::typed(&key).wrong_code_at(site.now());
    for left in (1..10).rev() {
        page = browser.submit(&page, "/setup", &[("code", &wrong)]);
        assert_eq!(page.status, 422);
        page.says(&format!("You have {left} attempt"));
        assert_eq!(page.text_of("id=\"setup-key\""), Some(key.as_str()));
    }
    page = browser.submit(&page, "/setup", &[("code", &wrong)]);
    page.is(422, "Set up your authenticator app");
    page.says("The last QR code is no longer valid.");
    let fresh = page.text_of("id=\"setup-key\"").unwrap();
    assert_ne!(fresh, key);
    // The new one works.
    let code = Authenticator::typed(fresh).code_at(site.now());
    let shown = browser.submit(&page, "/setup", &[("code", &code)]);
    shown.is(200, "Save your backup codes");
}

#[test]
fn codes_are_shown_once_downloaded_and_ticked() {
    let site = Site::start();
    let (mut browser, page) = site.half_in("user");
    let app = Authenticator::typed(page.text_of("id=\"setup-key\"").unwrap());
    let code = app.code_at(site.now());
    let shown = browser.submit(&page, "/setup", &[("code", &code)]);
    shown.is(200, "Save your backup codes");
    let codes = shown.all_hidden("backup_code");
    assert_eq!(codes.len(), 10);
    let fields: Vec<_> = codes
        .iter()
        .map(|code| ("backup_code", code.as_str()))
        .collect();

    let file = browser.submit(&shown, "/backup-codes/download", &fields);
    assert_eq!(
        file.header("content-type"),
        Some("text/plain; charset=utf-8")
    );
    assert_eq!(
        file.header("content-disposition"),
        Some("attachment; filename=\"seaside-library-backup-codes.txt\"")
    );
    for part in [
        "Seaside Library",
        "account: user",
        "15 January 2027",
        "What they are for",
    ] {
        file.says(part);
    }
    file.says(&codes.join("\n"));

    // Without the tick the page stays, with its codes, and the person is not in.
    let again = browser.submit(&shown, "/backup-codes", &fields);
    again.is(422, "Save your backup codes");
    assert_eq!(again.all_hidden("backup_code"), codes);
    assert_eq!(browser.get("/").leads_to(), Some("/backup-codes"));
    browser
        .get("/backup-codes")
        .is(200, "Your backup codes were shown");

    let done = browser.submit(&again, "/backup-codes", &[("stored", "yes")]);
    assert_eq!(done.leads_to(), Some("/"));
    browser.get("/").says("10 backup codes left");
}

#[test]
fn codes_that_were_never_confirmed_are_replaced_at_the_next_sign_in() {
    let site = Site::start();
    let (mut browser, page) = site.half_in("user");
    let app = Authenticator::typed(page.text_of("id=\"setup-key\"").unwrap());
    let code = app.code_at(site.now());
    let first = browser.submit(&page, "/setup", &[("code", &code)]);
    site.wait();
    let (mut browser, page) = site.half_in("user");
    let code = app.code_at(site.now());
    let second = browser.submit(&page, "/challenge", &[("code", &code)]);
    second.is(200, "Save your backup codes");
    second.says("were replaced");
    let old = first.all_hidden("backup_code");
    let new = second.all_hidden("backup_code");
    assert_eq!(new.len(), 10);
    assert!(new.iter().all(|code| !old.contains(code)));
    let done = browser.submit(&second, "/backup-codes", &[("stored", "yes")]);
    assert_eq!(done.leads_to(), Some("/"));
    // The first codes are void.
    let (mut browser, page) = site.half_in("user");
    let answer = browser.submit(&page, "/challenge", &[("code", &old[0])]);
    assert_eq!(answer.status, 422);
}

#[test]
fn a_code_works_once() {
    let site = Site::start();
    let user = site.member("user");
    let used = user.app.code_at(START);
    let (mut browser, page) = site.half_in("user");
    let answer = browser.submit(&page, "/challenge", &[("code", &used)]);
    assert_eq!(answer.status, 422);
    answer.says("already used. Please wait for the next one: your app shows it in 30 seconds");

    site.clock.advance(30);
    let code = user.app.code_at(site.now());
    let spaced = format!("{} {}", &code[..3], &code[3..]);
    let answer = browser.submit(&page, "/challenge", &[("code", &spaced)]);
    assert_eq!(answer.leads_to(), Some("/"));
    browser.get("/").says("a code from your authenticator app");

    let (mut browser, page) = site.half_in("user");
    let answer = browser.submit(&page, "/challenge", &[("code", &code)]);
    answer.says("already used");
    // The neighbour before it is no way around.
    let before = user.app.code(site.now() / PERIOD - 1);
    let answer = browser.submit(&page, "/challenge", &[("code", &before)]);
    assert_eq!(answer.status, 422);
}

#[test]
fn a_backup_code_works_once_and_the_page_counts() {
    let site = Site::start();
    let user = site.member("user");
    for (at, left) in [(0, 9), (7, 8)] {
        let typed = user.codes[at].to_lowercase().replace('-', " ");
        let (mut browser, page) = site.half_in("user");
        let answer = browser.submit(&page, "/challenge", &[("code", &typed)]);
        assert_eq!(answer.leads_to(), Some("/"));
        let home = browser.get("/");
        home.says("You signed in with a backup code.");
        home.says(&format!("You have {left} left."));
    }
    let (mut browser, page) = site.half_in("user");
    let answer = browser.submit(&page, "/challenge", &[("code", &user.codes[7])]);
    answer.says("That backup code was already used.");
}

#[test]
fn a29_a_row_put_back_to_an_older_state_lets_nobody_in() {
    let site = Site::start();
    let user = site.member("user");
    let file = rusqlite::Connection::open(site.folder.path().join("mfa.db")).unwrap();
    // The person who has just set up is the only one with an account document.
    let row = |row: &rusqlite::Row<'_>| Ok((row.get::<_, i64>(0)?, row.get::<_, Vec<u8>>(1)?));
    let before = file
        .query_row(
            "SELECT revision, body FROM documents WHERE kind = 1",
            [],
            row,
        )
        .unwrap();
    let (mut browser, page) = site.half_in("user");
    let answer = browser.submit(&page, "/challenge", &[("code", &user.codes[0])]);
    assert_eq!(answer.leads_to(), Some("/"));
    assert_eq!(browser.get("/").status, 200);
    let put_back = "UPDATE documents SET revision = ?1, body = ?2 WHERE kind = 1";
    assert_eq!(file.execute(put_back, before).unwrap(), 1);
    // The used backup code would be good again, and the session is from a later state.
    assert_eq!(browser.get("/").status, 503);
    let mut other = site.browser();
    assert_eq!(site.sign_in(&mut other, "user").status, 503);
}

#[test]
fn few_backup_codes_are_warned_of() {
    let site = Site::start();
    let user = site.member("user");
    for (used, code) in user.codes.iter().take(7).enumerate() {
        let (mut browser, page) = site.half_in("user");
        assert_eq!(
            browser
                .submit(&page, "/challenge", &[("code", code)])
                .status,
            303
        );
        let home = browser.get("/");
        assert_eq!(home.body.contains("run low"), used == 6);
    }
}

#[test]
fn wrong_codes_lock_and_the_page_says_until_when() {
    let site = Site::start();
    let user = site.member("user");
    site.wait();
    let (mut browser, page) = site.half_in("user");
    let wrong = user.app.wrong_code_at(site.now());
    for left in (1..5).rev() {
        let answer = browser.submit(&page, "/challenge", &[("code", &wrong)]);
        assert_eq!(answer.status, 422);
        answer.says(&format!("You have {left} attempt"));
    }
    let answer = browser.submit(&page, "/challenge", &[("code", &wrong)]);
    answer.is(429, "Sign-in is paused");
    answer.says("in 30 seconds");
    answer.says("15 January 2027, 08:01:30 UTC");
    // The right code is not looked at, and a new sign-in does not help.
    let right = user.app.code_at(site.now());
    let answer = browser.submit(&page, "/challenge", &[("code", &right)]);
    answer.is(429, "Sign-in is paused");
    let mut other = site.browser();
    site.sign_in(&mut other, "user")
        .is(429, "Sign-in is paused");

    site.clock.advance(30);
    let right = user.app.code_at(site.now());
    let answer = browser.submit(&page, "/challenge", &[("code", &right)]);
    assert_eq!(answer.leads_to(), Some("/"));
}

#[test]
fn a18_wrong_passwords_an_unknown_name_and_a_pause_read_the_same() {
    let site = Site::start();
    let mut browser = site.browser();
    let page = browser.get("/sign-in");
    let mut attempt = |name: &str, password: &str| {
        browser.submit(&page, "/sign-in", &[("name", name), ("password", password)])
    };
    let began = std::time::Instant::now();
    let unknown = attempt("nobody", "wrong");
    // Its time is that of a known name, which costs a write more.
    assert!(began.elapsed().as_millis() >= 250);
    unknown.is(422, "Sign in");
    unknown.says("Name or password is wrong.");
    let alike = |page: &str, name: &str| page.replace(&format!("value=\"{name}\""), "");
    for _ in 0..10 {
        let wrong = attempt("user", "wrong");
        assert_eq!(wrong.status, unknown.status);
        assert_eq!(alike(&wrong.body, "user"), alike(&unknown.body, "nobody"));
    }
    // Now the gate is shut: the right password is not looked at.
    let paused = attempt("user", site.password("user"));
    assert_eq!(alike(&paused.body, "user"), alike(&unknown.body, "nobody"));
    // It opens by itself, and nobody else was kept out.
    assert_eq!(
        attempt("it", site.password("it")).leads_to(),
        Some("/setup")
    );
    site.clock.advance(15 * 60);
    let (_, page) = site.half_in("user");
    page.is(200, "Set up your authenticator app");
}

#[test]
fn a_reset_voids_everything_and_is_in_the_audit_list() {
    let site = Site::start();
    let mut user = site.member("user");
    let mut admin = site.member("admin");
    let (mut half, challenge) = site.half_in("user");

    let people = admin.browser.get("/people");
    people.is(200, "People");
    let ask = admin.browser.get("/people/reset?person=3");
    ask.is(200, "Reset the second factor of user");
    for reason in ["", "   ", "two\nlines", &"x".repeat(501)] {
        let fields = [("person", "3"), ("reason", reason)];
        let answer = admin.browser.submit(&ask, "/people/reset", &fields);
        answer.is(422, "Reset the second factor of user");
        answer.says("Please give a reason");
    }
    assert_eq!(user.browser.get("/").status, 200);
    let fields = [("person", "3"), ("reason", "New <phone>")];
    let answer = admin.browser.submit(&ask, "/people/reset", &fields);
    assert_eq!(answer.leads_to(), Some("/people"));
    admin
        .browser
        .get("/people")
        .says("The second factor was reset.");
    // The notice is said once.
    assert!(!admin.browser.get("/people").body.contains("was reset."));

    assert_eq!(user.browser.get("/").leads_to(), Some("/sign-in?again"));
    site.wait();
    let code = user.app.code_at(site.now());
    let answer = half.submit(&challenge, "/challenge", &[("code", &code)]);
    assert_eq!(answer.leads_to(), Some("/sign-in?again"));

    let (mut browser, setup) = site.half_in("user");
    setup.is(200, "Set up your authenticator app");
    let fresh = Authenticator::typed(setup.text_of("id=\"setup-key\"").unwrap());
    assert_ne!(fresh.code(1), user.app.code(1));
    for old in [&code, &user.codes[0]] {
        let answer = browser.submit(&setup, "/setup", &[("code", old)]);
        assert_eq!(answer.status, 422);
    }

    let audit = admin.browser.get("/audit");
    let row = audit
        .body
        .split("<tr>")
        .find(|row| row.contains("New &#60;phone&#62;"))
        .unwrap();
    assert!(row.contains(">user<") && row.contains(">admin<"));
    assert!(row.contains("15 January 2027"));
}

#[test]
fn a35_an_it_administrator_resets_but_does_not_change_the_policy() {
    let site = Site::start();
    let mut it = site.member("it");
    let ask = it.browser.get("/people/reset?person=1");
    let fields = [("person", "1"), ("reason", "Asked in person")];
    let answer = it.browser.submit(&ask, "/people/reset", &fields);
    assert_eq!(answer.leads_to(), Some("/people"));
    it.browser
        .get("/organization")
        .is(403, "This is not yours to do");
    let fields = [("requirement", "optional"), ("reason", "So that I may")];
    let answer = it.browser.submit(&ask, "/organization", &fields);
    answer.is(403, "This is not yours to do");
    // Nor their own second factor.
    it.browser
        .get("/people/reset?person=2")
        .is(403, "This is not yours to do");
    let fields = [("person", "2"), ("reason", "Mine")];
    let answer = it.browser.submit(&ask, "/people/reset", &fields);
    answer.is(403, "This is not yours to do");
    assert_eq!(it.browser.get("/people").status, 200);
}

#[test]
fn optional_lets_people_in_and_required_calls_them_back() {
    let site = Site::start();
    let mut admin = site.member("admin");
    let mut change = |requirement: &str, reason: &str| {
        let organization = admin.browser.get("/organization");
        let fields = [("requirement", requirement), ("reason", reason)];
        admin
            .browser
            .submit(&organization, "/organization", &fields)
    };
    change("optional", " ").is(422, "Organization");
    assert_eq!(
        change("optional", "Trial").leads_to(),
        Some("/organization")
    );

    let mut user = site.browser();
    assert_eq!(site.sign_in(&mut user, "user").leads_to(), Some("/"));
    let home = user.get("/");
    home.says("Set up an authenticator app");
    let setup = user.get("/setup");
    setup.is(200, "Set up your authenticator app");

    assert_eq!(change("required", "Over").leads_to(), Some("/organization"));
    assert_eq!(user.get("/").leads_to(), Some("/sign-in?again"));
    assert_eq!(change("off", "Never").status, 400);
}

#[test]
fn an_offered_setup_leads_to_the_same_end() {
    let site = Site::start();
    let mut admin = site.member("admin");
    let page = admin.browser.get("/organization");
    let fields = [("requirement", "optional"), ("reason", "Trial")];
    admin.browser.submit(&page, "/organization", &fields);
    let mut user = site.browser();
    site.sign_in(&mut user, "user");
    let setup = user.get("/setup");
    let app = Authenticator::typed(setup.text_of("id=\"setup-key\"").unwrap());
    let code = app.code_at(site.now());
    let shown = user.submit(&setup, "/setup", &[("code", &code)]);
    shown.is(200, "Save your backup codes");
    let done = user.submit(&shown, "/backup-codes", &[("stored", "yes")]);
    assert_eq!(done.leads_to(), Some("/"));
    assert_eq!(user.get("/setup").leads_to(), Some("/"));
}

#[test]
fn the_audit_list_is_paged_without_an_empty_page() {
    let site = Site::start();
    let mut admin = site.member("admin").browser;
    let fields = [("requirement", "required"), ("reason", "Same as before")];
    // Each change is one entry: more than one page, and every remainder.
    for _ in 0..26 {
        let shown = entries_by_page(&mut admin);
        let (last, full) = shown.split_last().unwrap();
        assert!(full.iter().all(|entries| *entries == 25), "{shown:?}");
        assert!((1..=25).contains(last), "{shown:?}");
        let total: usize = shown.iter().sum();
        let organization = admin.get("/organization");
        admin.submit(&organization, "/organization", &fields);
        let after: usize = entries_by_page(&mut admin).iter().sum();
        assert_eq!(after, total + 1);
    }
    assert!(entries_by_page(&mut admin).len() > 1);
    admin
        .get("/audit?before=x")
        .is(404, "There is no such page");
    assert_eq!(admin.get("/audit?before=1&before=2").status, 400);
}

/// Follows the list to its end; how many entries each page shows.
fn entries_by_page(browser: &mut Browser) -> Vec<usize> {
    let mut shown = Vec::new();
    let mut next = Some("/audit".to_owned());
    while let Some(path) = next {
        let page = browser.get(&path);
        page.is(200, "Audit");
        shown.push(page.body.matches("<td data-label=\"What\"").count());
        let older = page.body.split_once("href=\"/audit?before=");
        next = older
            .and_then(|(_, rest)| rest.split('"').next())
            .map(|position| format!("/audit?before={position}"));
        if next.is_none() {
            page.says("first start");
        }
    }
    shown
}

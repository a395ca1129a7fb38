//! What people do about their own second factor.

use crate::{
    authenticator::Authenticator,
    browser::Page,
    site::{Member, Site},
};

/// The page at `path` as a browser gets there: through the code that it asks for.
fn fresh(site: &Site, member: &mut Member, path: &str) -> Page {
    let answer = site.confirm(member, "security");
    assert_eq!(answer.leads_to(), Some("/security"));
    let page = member.browser.get(path);
    assert_eq!(page.status, 200);
    page
}

/// The ids of the authenticators on the security page, in their order.
fn authenticators(page: &Page) -> Vec<String> {
    let links = page.body.split("/security/remove?authenticator=").skip(1);
    links
        .filter_map(|rest| rest.split('"').next())
        .map(str::to_owned)
        .collect()
}

/// Adds an authenticator of this name; its app.
fn add(site: &Site, member: &mut Member, name: &str) -> Authenticator {
    let page = fresh(site, member, "/security/add");
    let answer = member
        .browser
        .submit(&page, "/security/add", &[("label", name)]);
    assert_eq!(answer.leads_to(), Some("/security/add/scan"));
    let page = member.browser.get("/security/add/scan");
    page.is(200, "Add an authenticator");
    let app = Authenticator::typed(page.text_of("id=\"setup-key\"").unwrap());
    let code = app.code_at(site.now());
    let answer = member
        .browser
        .submit(&page, "/security/add/scan", &[("code", &code)]);
    assert_eq!(answer.leads_to(), Some("/security"));
    member
        .browser
        .get("/security")
        .says("The authenticator was added.");
    app
}

#[test]
fn c47_changes_to_the_second_factor_take_a_fresh_code() {
    let site = Site::start();
    let mut user = site.member("user");
    // The code of the setup is fresh for five minutes.
    user.browser.get("/security").is(200, "Security");
    let home = user.browser.get("/");
    site.clock.advance(301);
    for path in [
        "/security",
        "/security/add",
        "/security/rename?authenticator=0000000000000000",
        "/security/remove?authenticator=0000000000000000",
    ] {
        let place = user.browser.get(path);
        assert_eq!(place.leads_to(), Some("/confirm?for=security"), "{path}");
    }
    for (path, fields) in [
        ("/security/backup-codes", vec![]),
        ("/security/devices", vec![("device", "all")]),
        ("/security/add", vec![("label", "x")]),
        (
            "/security/rename",
            vec![("authenticator", "0000000000000000"), ("label", "x")],
        ),
        (
            "/security/remove",
            vec![("authenticator", "0000000000000000")],
        ),
    ] {
        let answer = user.browser.submit(&home, path, &fields);
        assert_eq!(answer.leads_to(), Some("/confirm?for=security"), "{path}");
    }
    // The page where one more is scanned asks the engine, which wants a fresh code too.
    let place = user.browser.get("/security/add/scan");
    assert_eq!(place.leads_to(), Some("/confirm?for=security"));
    let before = user.browser.cookie.clone();
    fresh(&site, &mut user, "/security").is(200, "Security");
    // The session has risen: its id is new, and the old one is dead.
    assert_ne!(user.browser.cookie, before);
    let mut old = user.browser.clone();
    old.cookie = before;
    assert_eq!(old.get("/").leads_to(), Some("/sign-in"));
}

#[test]
fn a_code_that_is_asked_for_again_is_counted_and_named_like_any_other() {
    let site = Site::start();
    let mut user = site.member("user");
    site.clock.advance(301);
    let page = user.browser.get("/confirm?for=security");
    let wrong = user.app.wrong_code_at(site.now());
    for left in (1..5).rev() {
        let fields = [("for", "security"), ("code", wrong.as_str())];
        let answer = user.browser.submit(&page, "/confirm", &fields);
        answer.is(422, "Confirm that it is you");
        answer.says(&format!("You have {left} attempt"));
    }
    let fields = [("for", "security"), ("code", wrong.as_str())];
    let answer = user.browser.submit(&page, "/confirm", &fields);
    answer.is(429, "Sign-in is paused");
    // Signed in all the same: only the change has to wait.
    assert_eq!(user.browser.get("/").status, 200);
    user.browser
        .get("/confirm?for=security")
        .is(429, "Sign-in is paused");
    // It leads nowhere but to the few places it knows.
    for path in [
        "/confirm?for=//evil.example",
        "/confirm?for=",
        "/confirm?for=/people",
    ] {
        user.browser.get(path).is(404, "There is no such page");
    }
    assert_eq!(user.browser.get("/confirm").status, 400);
}

#[test]
fn several_authenticators_have_names_and_each_lets_in() {
    let site = Site::start();
    let mut user = site.member("user");
    let mut elsewhere = user.browser.clone();
    let tablet = add(&site, &mut user, "<b>Tablet</b>");
    let page = user.browser.get("/security");
    page.says("&#60;b&#62;Tablet");
    assert_eq!(authenticators(&page).len(), 2);
    assert_eq!(elsewhere.get("/").leads_to(), Some("/sign-in"));
    site.wait();
    for app in [&user.app, &tablet] {
        let (mut browser, page) = site.half_in("user");
        let code = app.code_at(site.now());
        let answer = browser.submit(&page, "/challenge", &[("code", &code)]);
        assert_eq!(answer.leads_to(), Some("/"));
    }
}

#[test]
fn one_is_renamed_and_a_name_that_is_none_is_refused() {
    let site = Site::start();
    let mut user = site.member("user");
    let page = user.browser.get("/security");
    let id = authenticators(&page).remove(0);
    let ask = user
        .browser
        .get(&format!("/security/rename?authenticator={id}"));
    ask.is(200, "Rename Authenticator app");
    for label in ["", "  ", "two\nlines", &"x".repeat(65), "\u{202e}gnp"] {
        let fields = [("authenticator", id.as_str()), ("label", label)];
        let answer = user.browser.submit(&ask, "/security/rename", &fields);
        answer.is(422, "Rename Authenticator app");
    }
    let fields = [("authenticator", id.as_str()), ("label", "Work phone")];
    let answer = user.browser.submit(&ask, "/security/rename", &fields);
    assert_eq!(answer.leads_to(), Some("/security"));
    user.browser.get("/security").says("Work phone");
    // Somebody else's, or none at all.
    for other in ["0000000000000000", "0", "", "../people", &id.to_uppercase()] {
        let fields = [("authenticator", other), ("label", "x")];
        let answer = user.browser.submit(&ask, "/security/rename", &fields);
        assert_eq!(answer.status == 404, other != id, "{other}");
    }
}

#[test]
fn one_is_removed_but_not_the_last_that_is_required() {
    let site = Site::start();
    let mut user = site.member("user");
    let tablet = add(&site, &mut user, "Tablet");
    let page = user.browser.get("/security");
    let ids = authenticators(&page);
    let mut elsewhere = user.browser.clone();
    let remove = |user: &mut Member, id: &str| {
        let ask = format!("/security/remove?authenticator={id}");
        let ask = user.browser.get(&ask);
        assert_eq!(ask.status, 200);
        let answer = user
            .browser
            .submit(&ask, "/security/remove", &[("authenticator", id)]);
        assert_eq!(answer.leads_to(), Some("/security"));
        user.browser.get("/security")
    };
    remove(&mut user, &ids[0]).says("The authenticator was removed.");
    assert_eq!(elsewhere.get("/").leads_to(), Some("/sign-in"));
    remove(&mut user, &ids[1]).says("one authenticator has to stay");
    site.wait();
    let (mut browser, page) = site.half_in("user");
    let gone = user.app.code_at(site.now());
    let answer = browser.submit(&page, "/challenge", &[("code", &gone)]);
    assert_eq!(answer.status, 422);
    let code = tablet.code_at(site.now());
    let answer = browser.submit(&page, "/challenge", &[("code", &code)]);
    assert_eq!(answer.leads_to(), Some("/"));
}

#[test]
fn there_are_no_more_authenticators_than_the_policy_allows() {
    let site = Site::start();
    let mut user = site.member("user");
    for name in ["2", "3", "4", "5"] {
        add(&site, &mut user, name);
    }
    let page = fresh(&site, &mut user, "/security/add");
    let answer = user
        .browser
        .submit(&page, "/security/add", &[("label", "6")]);
    assert_eq!(answer.leads_to(), Some("/security"));
    user.browser.get("/security").says("as many authenticators");
}

#[test]
fn new_backup_codes_replace_the_old_ones_and_are_confirmed() {
    let site = Site::start();
    let mut user = site.member("user");
    let page = user.browser.get("/security");
    let shown = user.browser.submit(&page, "/security/backup-codes", &[]);
    shown.is(200, "Save your backup codes");
    let new = shown.all_hidden("backup_code");
    assert_eq!(new.len(), 10);
    assert!(new.iter().all(|code| !user.codes.contains(code)));
    assert_eq!(
        user.browser.get("/security").leads_to(),
        Some("/backup-codes")
    );
    let fields = [("stored", "yes"), ("renewed", "yes")];
    let done = user.browser.submit(&shown, "/backup-codes", &fields);
    assert_eq!(done.leads_to(), Some("/"));
    user.browser
        .get("/")
        .says("Your new backup codes are in force.");
    for (code, status) in [(&user.codes[0], 422), (&new[0], 303)] {
        let (mut browser, page) = site.half_in("user");
        let answer = browser.submit(&page, "/challenge", &[("code", code)]);
        assert_eq!(answer.status, status);
    }
}

#[test]
fn u8_a_device_is_remembered_for_its_owner_until_it_is_forgotten() {
    let site = Site::start();
    let mut admin = site.member("admin");
    let mut user = site.member("user");
    // The policy remembers none at first, so the page offers none and the field does nothing.
    site.wait();
    let (mut browser, page) = site.half_in("user");
    assert!(!page.body.contains("Remember this device"));
    let code = user.app.code_at(site.now());
    let fields = [("code", code.as_str()), ("remember", "yes")];
    let answer = browser.submit(&page, "/challenge", &fields);
    assert_eq!(answer.leads_to(), Some("/"));
    assert!(browser.others.is_empty());

    site.set(&mut admin, &[("remembered_device_days", "30")]);
    site.wait();
    let (mut browser, page) = site.half_in("user");
    page.says("Remember this device for 30 days");
    let code = user.app.code_at(site.now());
    let fields = [("code", code.as_str()), ("remember", "yes")];
    let answer = browser.submit(&page, "/challenge", &fields);
    assert_eq!(answer.leads_to(), Some("/"));
    let cookies: Vec<_> = answer
        .headers
        .iter()
        .filter(|(name, _)| name == "set-cookie")
        .collect();
    let device = &cookies
        .iter()
        .find(|(_, it)| it.starts_with("portal-device-3="))
        .unwrap()
        .1;
    assert!(device.ends_with("; Path=/; HttpOnly; SameSite=Lax; Max-Age=2592000"));

    // The password alone lets in here, and says why; somebody else's does not, with the same cookies.
    let home = browser.get("/");
    browser.submit(&home, "/sign-out", &[]);
    assert_eq!(site.sign_in(&mut browser, "user").leads_to(), Some("/"));
    browser.get("/").says("on a device that is remembered");
    let mut shared = browser.clone();
    shared.cookie = None;
    assert_eq!(
        site.sign_in(&mut shared, "admin").leads_to(),
        Some("/challenge")
    );
    // A second device is asked, and one whose cookie was copied under another name too.
    let (_, page) = site.half_in("user");
    page.is(200, "Enter your code");
    // It is no proof for changes.
    assert_eq!(
        browser.get("/security").leads_to(),
        Some("/confirm?for=security")
    );

    user.browser = browser.clone();
    let page = fresh(&site, &mut user, "/security");
    page.says("A browser");
    let id = page.hidden_in("/security/devices", "device").unwrap();
    let answer = user
        .browser
        .submit(&page, "/security/devices", &[("device", &id)]);
    assert_eq!(answer.leads_to(), Some("/security"));
    user.browser.get("/security").says("Forgotten.");
    // The session that rested on it has ended, and the next sign-in asks.
    assert_eq!(browser.get("/").leads_to(), Some("/sign-in"));
    assert_eq!(
        site.sign_in(&mut browser, "user").leads_to(),
        Some("/challenge")
    );
    let answer = user
        .browser
        .submit(&page, "/security/devices", &[("device", "nonsense")]);
    answer.is(404, "There is no such page");
}

#[test]
fn u6_a_setup_is_put_off_as_often_and_as_long_as_the_policy_grants() {
    let site = Site::start();
    let (mut strict, page) = site.half_in("it");
    assert!(!page.body.contains("/setup/later"));
    // Nobody is granted time by sending the form all the same.
    let answer = strict.submit(&page, "/setup/later", &[]);
    assert_eq!(answer.leads_to(), Some("/sign-in?again"));

    let mut admin = site.member("admin");
    let grace = [("setup_deadline_days", "7"), ("setup_skips", "2")];
    site.set(&mut admin, &grace);
    for left in [2, 1] {
        let (mut browser, page) = site.half_in("user");
        page.is(200, "Set up your authenticator app");
        let plural = if left == 1 { "" } else { "s" };
        page.says(&format!("put it off {left} time{plural} more, until"));
        page.says("22 January 2027");
        let answer = browser.submit(&page, "/setup/later", &[]);
        assert_eq!(answer.leads_to(), Some("/"));
        let home = browser.get("/");
        home.says("A second factor is still to be set up.");
        home.says("by <time datetime=\"2027-01-22");
    }
    let (_, page) = site.half_in("user");
    assert!(!page.body.contains("/setup/later"));
    // The deadline ends the sessions that rest on it.
    let (mut browser, page) = site.half_in("it");
    let answer = browser.submit(&page, "/setup/later", &[]);
    assert_eq!(answer.leads_to(), Some("/"));
    site.clock.advance(7 * 24 * 60 * 60);
    let place = browser.get("/");
    assert!(place.leads_to().unwrap().starts_with("/sign-in"));
}

#[test]
fn help_is_given_on_apps_and_for_a_camera_that_can_not_be_used() {
    let site = Site::start();
    let (_, page) = site.half_in("user");
    for part in [
        "Google Authenticator",
        "Microsoft Authenticator",
        "Aegis",
        "KeePassXC",
        "The camera can’t be used",
        "Enter a setup key",
    ] {
        page.says(part);
    }
}

//! What administrators do: for one person, for the organization, and in the audit list.

use crate::{
    browser::Page,
    site::{Member, Site},
};

const PERSON: &str = "/people/person?person=3";

/// Sends a form of the person's page about `user`; the page that follows.
fn act(staff: &mut Member, path: &str, fields: &[(&str, &str)]) -> Page {
    let page = staff.browser.get(PERSON);
    page.is(200, "user");
    let mut all = vec![("person", "3"), ("reason", "Asked in person")];
    all.extend_from_slice(fields);
    let answer = staff.browser.submit(&page, path, &all);
    assert_eq!(answer.leads_to(), Some(PERSON), "{path}: {}", answer.body);
    staff.browser.get(PERSON)
}

/// Types wrong codes for `user` until sign-in pauses.
fn lock(site: &Site, user: &Member) {
    site.wait();
    let (mut browser, page) = site.half_in("user");
    let wrong = user.app.wrong_code_at(site.now());
    for _ in 0..5 {
        browser.submit(&page, "/challenge", &[("code", &wrong)]);
    }
    let answer = browser.submit(&page, "/challenge", &[("code", &wrong)]);
    answer.is(429, "Sign-in is paused");
}

/// The names in the list of people.
fn names(staff: &mut Member, show: &str) -> Vec<String> {
    let page = staff.browser.get(&format!("/people?show={show}"));
    page.is(200, "People");
    let cells = page.body.split("<th scope=\"row\">").skip(1);
    cells
        .map(|cell| {
            let link = cell.split_once('>').unwrap().1;
            link.split('<').next().unwrap().to_owned()
        })
        .collect()
}

#[test]
fn people_are_listed_by_their_state() {
    let site = Site::start();
    let mut admin = site.member("admin");
    assert_eq!(names(&mut admin, ""), ["admin", "it", "user"]);
    // Who has never signed in has no second factor either.
    assert_eq!(names(&mut admin, "not-set-up"), ["it", "user"]);
    let user = site.member("user");
    assert_eq!(names(&mut admin, "not-set-up"), ["it"]);
    for show in ["locked", "exempt", "few-codes"] {
        assert!(names(&mut admin, show).is_empty(), "{show}");
    }
    lock(&site, &user);
    assert_eq!(names(&mut admin, "locked"), ["user"]);
    act(&mut admin, "/people/exempt", &[("until", "")]);
    assert_eq!(names(&mut admin, "exempt"), ["user"]);
    site.clock.advance(60);
    for code in user.codes.iter().take(7) {
        act(&mut admin, "/people/unlock", &[("identity", "yes")]);
        act(&mut admin, "/people/end-exemption", &[]);
        let (mut browser, page) = site.half_in("user");
        browser.submit(&page, "/challenge", &[("code", code)]);
        act(&mut admin, "/people/exempt", &[("until", "")]);
    }
    assert_eq!(names(&mut admin, "few-codes"), ["user"]);
    // A password lock shows too.
    let mut browser = site.browser();
    let page = browser.get("/sign-in");
    for _ in 0..11 {
        let fields = [("name", "it"), ("password", "wrong")];
        browser.submit(&page, "/sign-in", &fields);
    }
    assert_eq!(names(&mut admin, "locked"), ["it"]);
    admin
        .browser
        .get("/people?show=nobody")
        .is(404, "There is no such page");
}

#[test]
fn u9_an_administrator_unlocks_and_says_whether_the_identity_was_verified() {
    let site = Site::start();
    let mut it = site.member("it");
    let user = site.member("user");
    lock(&site, &user);
    it.browser.get(PERSON).says("Paused until");
    act(&mut it, "/people/unlock", &[]).says("Earlier wrong codes still count");
    let (mut browser, page) = site.half_in("user");
    let wrong = user.app.wrong_code_at(site.now());
    // One more locks again, since they count on.
    browser.submit(&page, "/challenge", &[("code", &wrong)]);
    it.browser.get(PERSON).says("Paused until");
    act(&mut it, "/people/unlock", &[("identity", "yes")]).says("has all attempts again");
    let (mut browser, page) = site.half_in("user");
    let answer = browser.submit(&page, "/challenge", &[("code", &wrong)]);
    answer.says("You have 4 attempts left");
    act(&mut it, "/people/unlock", &[("identity", "yes")]).says("There was no lock");
}

#[test]
fn u9_passwords_are_accepted_again() {
    let site = Site::start();
    let mut it = site.member("it");
    let mut browser = site.browser();
    let page = browser.get("/sign-in");
    let fields = [("name", "user"), ("password", "wrong")];
    for _ in 0..11 {
        browser.submit(&page, "/sign-in", &fields);
    }
    assert_eq!(site.sign_in(&mut browser, "user").status, 422);
    it.browser.get(PERSON).says("Passwords paused until");
    act(&mut it, "/people/unlock-password", &[]).says("Passwords are accepted again.");
    assert_eq!(
        site.sign_in(&mut browser, "user").leads_to(),
        Some("/setup")
    );
}

#[test]
fn u7_an_exemption_has_a_reason_and_ends_on_its_day() {
    let site = Site::start();
    let mut admin = site.member("admin");
    let page = admin.browser.get(PERSON);
    for (until, text) in [
        ("2027-01-14", "That day is over."),
        ("tomorrow", "That is no day."),
        ("2027-02-29", "That is no day."),
    ] {
        let fields = [("person", "3"), ("until", until), ("reason", "No phone")];
        let answer = admin.browser.submit(&page, "/people/exempt", &fields);
        answer.is(422, "user");
        answer.says(text);
    }
    let fields = [("person", "3"), ("until", ""), ("reason", " ")];
    let answer = admin.browser.submit(&page, "/people/exempt", &fields);
    answer.is(422, "user");
    answer.says("Please give a reason");

    let page = act(&mut admin, "/people/exempt", &[("until", "2027-01-16")]);
    page.says("The exemption is in force.");
    page.says("17 January 2027, 00:00:00 UTC");
    page.says("Asked in person");
    let mut user = site.browser();
    assert_eq!(site.sign_in(&mut user, "user").leads_to(), Some("/"));
    user.get("/").says("an administrator has exempted you");
    site.clock.advance(2 * 24 * 60 * 60);
    assert_eq!(user.get("/").leads_to(), Some("/sign-in"));
    let (_, page) = site.half_in("user");
    page.is(200, "Set up your authenticator app");

    // The administrator's session has ended by itself.
    let (mut browser, page) = site.half_in("admin");
    let code = admin.app.code_at(site.now());
    browser.submit(&page, "/challenge", &[("code", &code)]);
    admin.browser = browser;
    act(&mut admin, "/people/exempt", &[("until", "")]).says("without an end");
    act(&mut admin, "/people/end-exemption", &[]).says("The exemption has ended");
    act(&mut admin, "/people/end-exemption", &[]).says("It was so already");
    // A policy with a limit wants an end within it.
    site.set(&mut admin, &[("exemption_days", "10")]);
    let page = admin.browser.get(PERSON);
    for until in ["", "2027-12-31"] {
        let fields = [("person", "3"), ("until", until), ("reason", "No phone")];
        let answer = admin.browser.submit(&page, "/people/exempt", &fields);
        answer.says("The last day possible is 2");
        assert_eq!(answer.status, 422);
    }
}

#[test]
fn u6_a_second_factor_is_required_of_one_person() {
    let site = Site::start();
    let mut admin = site.member("admin");
    let page = admin.browser.get("/organization");
    let fields = [("requirement", "optional"), ("reason", "Trial")];
    admin.browser.submit(&page, "/organization", &fields);
    let mut user = site.browser();
    assert_eq!(site.sign_in(&mut user, "user").leads_to(), Some("/"));
    let page = act(&mut admin, "/people/require", &[("required", "yes")]);
    page.says("is required of this person from now on");
    assert_eq!(user.get("/").leads_to(), Some("/sign-in?again"));
    assert_eq!(site.sign_in(&mut user, "user").leads_to(), Some("/setup"));
    act(&mut admin, "/people/require", &[("required", "yes")]).says("It was so already");
    act(&mut admin, "/people/require", &[("required", "no")])
        .says("the policy of the organization");
    let mut again = site.browser();
    assert_eq!(site.sign_in(&mut again, "user").leads_to(), Some("/"));
    let page = admin.browser.get(PERSON);
    let fields = [("person", "3"), ("reason", "x"), ("required", "maybe")];
    let answer = admin.browser.submit(&page, "/people/require", &fields);
    assert_eq!(answer.status, 400);
}

#[test]
fn u8_an_administrator_forgets_devices_of_somebody_else() {
    let site = Site::start();
    let mut admin = site.member("admin");
    let user = site.member("user");
    site.set(&mut admin, &[("remembered_device_days", "30")]);
    site.wait();
    let (mut browser, page) = site.half_in("user");
    let code = user.app.code_at(site.now());
    let fields = [("code", code.as_str()), ("remember", "yes")];
    browser.submit(&page, "/challenge", &fields);
    let page = act(&mut admin, "/people/devices", &[("device", "all")]);
    page.says("Forgotten.");
    assert_eq!(site.sign_in(&mut browser, "user").leads_to(), Some("/"));
    browser.get("/");
    let home = browser.get("/");
    browser.submit(&home, "/sign-out", &[]);
    assert_eq!(
        site.sign_in(&mut browser, "user").leads_to(),
        Some("/challenge")
    );
}

#[test]
fn a35_administration_takes_a_session_with_a_second_factor() {
    let site = Site::start();
    let mut admin = site.member("admin");
    let page = admin.browser.get("/organization");
    let fields = [
        ("requirement", "optional"),
        ("remembered_device_days", "30"),
        ("reason", "Trial"),
    ];
    admin.browser.submit(&page, "/organization", &fields);
    // An IT administrator who has none, and may be in without.
    let mut it = site.browser();
    assert_eq!(site.sign_in(&mut it, "it").leads_to(), Some("/"));
    assert_eq!(it.get("/people").leads_to(), Some("/confirm?for=people"));
    assert_eq!(it.get("/confirm?for=people").leads_to(), Some("/setup"));
    let home = it.get("/");
    let fields = [("person", "3"), ("reason", "Mine to do")];
    let answer = it.submit(&home, "/people/reset", &fields);
    assert_eq!(answer.leads_to(), Some("/confirm?for=people"));
    // An administrator on a remembered device.
    site.wait();
    let (mut browser, page) = site.half_in("admin");
    let code = admin.app.code_at(site.now());
    let fields = [("code", code.as_str()), ("remember", "yes")];
    browser.submit(&page, "/challenge", &fields);
    let home = browser.get("/");
    browser.submit(&home, "/sign-out", &[]);
    assert_eq!(site.sign_in(&mut browser, "admin").leads_to(), Some("/"));
    assert_eq!(
        browser.get("/audit").leads_to(),
        Some("/confirm?for=people")
    );
    admin.browser = browser;
    let answer = site.confirm(&mut admin, "people");
    assert_eq!(answer.leads_to(), Some("/people"));
    admin.browser.get("/audit").is(200, "Audit");
}

#[test]
fn a35_nobody_administers_themselves_and_it_administrators_grant_no_exceptions() {
    let site = Site::start();
    let mut it = site.member("it");
    site.member("user");
    let page = it.browser.get("/people/person?person=2");
    page.says("This is you.");
    for path in [
        "/people/reset",
        "/people/unlock",
        "/people/unlock-password",
        "/people/devices",
    ] {
        let fields = [("person", "2"), ("device", "all"), ("reason", "Mine")];
        let answer = it.browser.submit(&page, path, &fields);
        answer.is(403, "This is not yours to do");
    }
    let page = it.browser.get(PERSON);
    page.says("not part of your role, IT administrator");
    for path in ["/people/exempt", "/people/end-exemption", "/people/require"] {
        let fields = [
            ("person", "3"),
            ("until", ""),
            ("required", "yes"),
            ("reason", "x"),
        ];
        let answer = it.browser.submit(&page, path, &fields);
        answer.is(403, "This is not yours to do");
    }
    for missing in ["99", "0", "x", ""] {
        let fields = [("person", missing), ("reason", "x")];
        let answer = it.browser.submit(&page, "/people/unlock", &fields);
        answer.is(404, "There is no such page");
    }
    let roles = it.browser.get("/roles");
    roles.is(200, "Roles");
    roles.says("Exempt somebody else");
}

#[test]
fn u6_u9_the_policy_page_changes_numbers_within_their_ranges() {
    let site = Site::start();
    let mut admin = site.member("admin");
    let page = admin.browser.get("/organization");
    page.says("0 to 180, usually 0.");
    let version = page.hidden("version").unwrap();
    for (name, value, text) in [
        ("remembered_device_days", "181", "a number from 0 to 180"),
        ("remembered_device_days", "-1", "a number from 0 to 180"),
        ("remembered_device_days", "1e3", "a number from 0 to 180"),
        ("lock_after_failures", "2", "a number from 3 to 19"),
        ("hard_lock_after_failures", "100", "too easy"),
        ("setup_skips", "99999999999999", "a number from 0 to 20"),
        ("setup_skips", "", "a number from 0 to 20"),
    ] {
        let fields = [("requirement", "required"), (name, value), ("reason", "x")];
        let answer = admin.browser.submit(&page, "/organization", &fields);
        answer.is(422, "Organization");
        answer.says(text);
        // What was typed is still there, and nothing was stored.
        answer.says(&format!("value=\"{value}\""));
    }
    site.set(&mut admin, &[("lock_after_failures", " 3 ")]);
    let page = admin.browser.get("/organization");
    assert_ne!(page.hidden("version").unwrap(), version);
    admin
        .browser
        .get("/audit")
        .says("lock_after_failures 5 to 3");
}

#[test]
fn a_page_that_was_open_too_long_undoes_no_change_of_somebody_else() {
    let site = Site::start();
    let mut admin = site.member("admin");
    let stale = admin.browser.get("/organization");
    site.set(&mut admin, &[("setup_skips", "3")]);
    let fields = [("requirement", "optional"), ("reason", "late")];
    admin.browser.submit(&stale, "/organization", &fields);
    let page = admin.browser.get("/organization");
    page.says("Somebody else changed the policy since you opened the page");
    page.says("name=\"setup_skips\" type=\"number\" inputmode=\"numeric\" min=\"0\" max=\"20\" required value=\"3\"");
    let fields = [("profile", "pci"), ("reason", "late")];
    admin
        .browser
        .submit(&stale, "/organization/profile", &fields);
    admin
        .browser
        .get("/organization")
        .says("Somebody else changed the policy");
    for version in ["", "x", "-1", "99999999999999999999"] {
        let fields = [
            ("version", version),
            ("requirement", "optional"),
            ("reason", "x"),
        ];
        let answer = admin.browser.submit(&page, "/organization", &fields);
        assert_eq!(answer.status, 400, "{version}");
    }
}

#[test]
fn a_profile_sets_all_numbers_and_fixes_some() {
    let site = Site::start();
    let mut admin = site.member("admin");
    let page = admin.browser.get("/organization");
    let fields = [("profile", "nist-aal2"), ("reason", "An audit is due")];
    let answer = admin
        .browser
        .submit(&page, "/organization/profile", &fields);
    assert_eq!(answer.leads_to(), Some("/organization"));
    let page = admin.browser.get("/organization");
    page.says("The profile <em>nist-aal2</em> fixes this at 0.");
    let fields = [
        ("requirement", "required"),
        ("remembered_device_days", "30"),
        ("reason", "x"),
    ];
    let answer = admin.browser.submit(&page, "/organization", &fields);
    answer.is(422, "Organization");
    answer.says("is fixed by the profile");
    let fields = [("profile", "none"), ("reason", "x")];
    let answer = admin
        .browser
        .submit(&page, "/organization/profile", &fields);
    assert_eq!(answer.status, 400);
    let fields = [("profile", "pci"), ("reason", "")];
    let answer = admin
        .browser
        .submit(&page, "/organization/profile", &fields);
    answer.is(422, "Organization");
}

#[test]
fn u11_the_audit_list_is_filtered() {
    let site = Site::start();
    let mut admin = site.member("admin");
    let user = site.member("user");
    lock(&site, &user);
    act(&mut admin, "/people/unlock", &[("identity", "yes")]);
    let rows = |admin: &mut Member, query: &str| {
        let page = admin.browser.get(&format!("/audit?{query}"));
        page.is(200, "Audit");
        let rows = page.body.split("<tr>").skip(2);
        rows.map(str::to_owned).collect::<Vec<_>>()
    };
    let all = rows(&mut admin, "");
    assert!(all.len() > 10);
    for row in rows(&mut admin, "person=3") {
        assert!(row.contains(">user<"), "{row}");
    }
    let locks = rows(&mut admin, "what=locks&person=3");
    // Five wrong codes, and the lock.
    assert_eq!(locks.len(), 6, "{locks:?}");
    let acts = rows(&mut admin, "by=admin");
    assert_eq!(acts.len(), 1);
    assert!(acts[0].contains("Asked in person"));
    assert!(rows(&mut admin, "by=nobody").is_empty());
    assert!(rows(&mut admin, "from=2027-01-16").is_empty());
    assert_eq!(rows(&mut admin, "from=2027-01-15&to=2027-01-15"), all);
    for bad in [
        "person=x",
        "what=everything",
        "from=15.01.2027",
        "to=2027-02-30",
        "before=x",
    ] {
        let page = admin.browser.get(&format!("/audit?{bad}"));
        page.is(404, "There is no such page");
    }
    // A hostile filter stays a text.
    let page = admin.browser.get("/audit?by=%22%3E%3Cscript%3E");
    page.is(200, "Audit");
    assert!(!page.body.contains("\"><script>"));
    page.says("by=%22%3E%3Cscript%3E");
}

#[test]
fn u11_the_audit_list_is_exported_whole_and_runs_in_no_spreadsheet() {
    let site = Site::start();
    let mut admin = site.member("admin");
    site.member("user");
    let page = admin.browser.get(PERSON);
    let reason = "=HYPERLINK(\"http://evil.example\",\"a,b\")";
    let fields = [("person", "3"), ("until", ""), ("reason", reason)];
    admin.browser.submit(&page, "/people/exempt", &fields);
    for _ in 0..60 {
        act(&mut admin, "/people/end-exemption", &[]);
        act(&mut admin, "/people/exempt", &[("until", "")]);
    }
    let file = admin.browser.get("/audit/export?format=csv");
    assert_eq!(file.status, 200);
    assert_eq!(
        file.header("content-disposition"),
        Some("attachment; filename=\"seaside-library-audit.csv\"")
    );
    assert_eq!(file.header("cache-control"), Some("no-store"));
    let lines: Vec<_> = file.body.lines().collect();
    assert!(lines.len() > 130);
    assert!(lines[0].starts_with("id,position,time,event,text,person"));
    file.says("\"'=HYPERLINK(\"\"http://evil.example\"\",\"\"a,b\"\")\"");
    let json = admin.browser.get("/audit/export?format=json");
    assert_eq!(json.header("content-type"), Some("application/json"));
    let entries = json.body.matches("\n{\"id\":").count();
    assert_eq!(entries, lines.len() - 1);
    assert!(json.body.ends_with("}\n]\n"));
    json.says("\"reason\":\"=HYPERLINK(\\\"http://evil.example\\\",\\\"a,b\\\")\"");
    // The filter holds for the file too, and an empty list is a file as well.
    let some = admin
        .browser
        .get("/audit/export?format=csv&person=3&what=administration");
    assert_eq!(some.body.lines().count(), 1 + 121);
    let none = admin.browser.get("/audit/export?format=json&by=nobody");
    assert_eq!(none.body, "[\n\n]\n");
    for bad in [
        "/audit/export?format=xls",
        "/audit/export?format=csv&what=x",
    ] {
        assert_eq!(admin.browser.get(bad).status, 404);
    }
    assert_eq!(admin.browser.get("/audit/export").status, 400);
}

#[test]
fn u11_the_check_of_the_audit_list_finds_what_was_altered() {
    let site = Site::start();
    let mut admin = site.member("admin");
    site.member("user");
    let page = admin.browser.get("/audit/check");
    page.is(200, "Is the audit list whole?");
    page.says("<strong>Yes.</strong>");
    page.says("user: second factor");
    let file = rusqlite::Connection::open(site.folder.path().join("mfa.db")).unwrap();
    let gone = file
        .execute(
            "DELETE FROM events WHERE position = (SELECT max(position) - 1 FROM events)",
            [],
        )
        .unwrap();
    assert_eq!(gone, 1);
    let page = admin.browser.get("/audit/check");
    page.says("<strong>No.</strong>");
}

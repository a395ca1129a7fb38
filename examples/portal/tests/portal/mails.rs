//! The demo outbox: what the engine's events lead to.

use crate::site::{Member, Site};

/// The mails on the first page, newest first.
fn mails(admin: &mut Member) -> Vec<String> {
    let page = admin.browser.get("/mail");
    page.is(200, "Mail");
    let articles = page.body.split("<article").skip(1);
    articles
        .map(|article| article.split("</article>").next().unwrap().to_owned())
        .collect()
}

#[test]
fn people_are_told_once_of_what_they_must_be_told() {
    let site = Site::start();
    let mut admin = site.member("admin");
    let user = site.member("user");
    assert!(mails(&mut admin).is_empty());
    site.wait_for(site.portal.send_mails());
    let before = mails(&mut admin);
    // For each of the two: an authenticator, and backup codes.
    assert_eq!(before.len(), 4);
    site.wait_for(site.portal.send_mails());
    assert_eq!(mails(&mut admin), before);

    let (mut browser, page) = site.half_in("user");
    browser.submit(&page, "/challenge", &[("code", &user.codes[0])]);
    site.wait_for(site.portal.send_mails());
    let after = mails(&mut admin);
    assert_eq!(after.len(), 5);
    assert!(after[0].contains("a backup code was used"));
    assert!(after[0].contains("To user"));
    assert!(after[0].contains("change your password"));
    assert!(!after[0].contains(&user.codes[0]));
    assert_eq!(after[1..], before);
}

#[test]
fn two_followers_send_no_mail_twice_and_a_place_that_was_lost_neither() {
    let site = Site::start();
    let mut admin = site.member("admin");
    site.wait_for(async {
        tokio::join!(
            site.portal.send_mails(),
            site.portal.send_mails(),
            site.portal.send_mails()
        );
    });
    let sent = mails(&mut admin);
    assert_eq!(sent.len(), 2);
    // As after a crash between the mails and the place in the feed, if they were not stored together.
    let file = rusqlite::Connection::open(site.folder.path().join("portal.db")).unwrap();
    file.execute("UPDATE feed SET cursor = NULL", []).unwrap();
    site.wait_for(site.portal.send_mails());
    assert_eq!(mails(&mut admin), sent);
}

#[test]
fn a_right_password_without_a_code_is_told() {
    let site = Site::start();
    let mut admin = site.member("admin");
    site.member("user");
    site.half_in("user");
    site.wait_for(site.portal.send_mails());
    let told = |admin: &mut Member| {
        let mails = mails(admin);
        mails
            .iter()
            .filter(|mail| mail.contains("no code followed"))
            .count()
    };
    assert_eq!(told(&mut admin), 0);
    site.clock.advance(11 * 60);
    site.wait_for(site.portal.send_mails());
    assert_eq!(told(&mut admin), 1);
    site.clock.advance(60 * 60);
    site.wait_for(site.portal.send_mails());
    assert_eq!(told(&mut admin), 1);
}

#[test]
fn the_outbox_is_paged() {
    let site = Site::start();
    let mut admin = site.member("admin");
    for _ in 0..10 {
        site.clock.advance(1);
        let page = admin.browser.get("/security");
        let shown = admin.browser.submit(&page, "/security/backup-codes", &[]);
        let fields = [("stored", "yes"), ("renewed", "yes")];
        admin.browser.submit(&shown, "/backup-codes", &fields);
        let page = admin.browser.get("/people/person?person=3");
        let fields = [("person", "3"), ("until", ""), ("reason", "x")];
        admin.browser.submit(&page, "/people/exempt", &fields);
        let fields = [("person", "3"), ("reason", "x")];
        admin
            .browser
            .submit(&page, "/people/end-exemption", &fields);
    }
    site.wait_for(site.portal.send_mails());
    assert_eq!(mails(&mut admin).len(), 20);
    let page = admin.browser.get("/mail");
    let older = page.body.split_once("/mail?before=").unwrap().1;
    let older = older.split('"').next().unwrap();
    let rest = admin.browser.get(&format!("/mail?before={older}"));
    assert_eq!(rest.body.matches("<article").count(), 2);
    admin
        .browser
        .get("/mail?before=x")
        .is(404, "There is no such page");
}

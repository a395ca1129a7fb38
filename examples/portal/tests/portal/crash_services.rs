//! `kill -9` while services are installed: a code that was answered for works at most once, and a key that was shown
//! opens until it is taken back.

use alloc::sync::Arc;
use core::{
    net::SocketAddr,
    sync::atomic::{AtomicUsize, Ordering},
    time::Duration,
};
use std::{fs, io, thread};

use crate::{
    browser::{Browser, Page},
    crash::{Administrator, Server, Time, random_moment},
    site::Folder,
};

#[test]
fn a32_a34_kill_9_lets_no_code_work_twice_and_no_key_live_on() {
    let folder = Folder::new();
    fs::create_dir(folder.path()).unwrap();
    let clock = Time::in_folder(folder.path());
    let mut server = Server::start(folder.path());
    let mut admin = Administrator::set_up(&server, &clock);
    let done = Arc::new(AtomicUsize::new(0));
    for round in 0..ROUNDS {
        let mut desk = Desk {
            browser: admin.0.clone(),
            answered: Answered::Nothing,
            is_asking: false,
        };
        let counted = Arc::clone(&done);
        let worker = thread::spawn(move || {
            // Ends when the connection breaks.
            while desk.act().is_ok() {
                counted.fetch_add(1, Ordering::Relaxed);
            }
            desk
        });
        // Several things are done in each round, however slow the machine is.
        while done.load(Ordering::Relaxed) < 5 * (round + 1) {
            assert!(!worker.is_finished(), "nobody goes on");
            thread::sleep(Duration::from_millis(10));
        }
        thread::sleep(random_moment() / 4);
        server.kill();
        let desk = worker.join().unwrap();
        server = Server::start(folder.path());
        admin.is_still_in(&server);
        desk.check(server.address, round);
    }
    let check = admin.0.get("/audit/check");
    check.is(200, "Is the audit list whole?");
    check.says("<strong>Yes.</strong>");
}

/// An administrator and a technician, who issue, install and revoke without pause.
struct Desk {
    browser: Browser,
    answered: Answered,
    /// Whether the step after the answered one was on its way.
    is_asking: bool,
}

/// What was answered last.
enum Answered {
    Nothing,
    Issued(String),
    Installed(String, String),
    Revoked(String, String),
}

impl Desk {
    fn act(&mut self) -> io::Result<()> {
        self.is_asking = true;
        self.answered = match &self.answered {
            Answered::Nothing | Answered::Revoked(..) => {
                let page = self.browser.try_get("/services")?;
                let fields = [("handover", "mail"), ("reason", "Between two crashes")];
                let shown = self.browser.try_submit(&page, "/services", &fields)?;
                let code = shown.text_of("id=\"activation\"").unwrap();
                Answered::Issued(code.to_owned())
            }
            Answered::Issued(code) => {
                let done = redeem(&mut self.browser.clone(), code)?;
                assert_eq!(done.status, 200, "{}", done.body);
                Answered::Installed(code.clone(), done.body)
            }
            Answered::Installed(code, key) => {
                let handle: String = code.replace('-', "").chars().take(8).collect();
                let page = self.browser.try_get("/services")?;
                let fields = [("handle", handle.as_str()), ("reason", "Sold")];
                let answer = self
                    .browser
                    .try_submit(&page, "/services/revoke", &fields)?;
                assert_eq!(answer.leads_to(), Some("/services"));
                Answered::Revoked(code.clone(), key.clone())
            }
        };
        self.is_asking = false;
        Ok(())
    }

    /// What was answered holds; of what was on its way, either.
    fn check(self, at: SocketAddr, round: usize) {
        let mut browser = Browser::at(at);
        let context = format!("round {round}");
        match self.answered {
            Answered::Nothing => {}
            Answered::Issued(code) => {
                let first = redeem(&mut browser, &code).unwrap().status;
                assert!(
                    first == 200 || (self.is_asking && first == 403),
                    "{context}: {first}"
                );
                assert_eq!(
                    redeem(&mut browser, &code).unwrap().status,
                    403,
                    "{context}"
                );
            }
            Answered::Installed(code, key) => {
                let status = hello(&mut browser, &key);
                assert!(
                    status == 200 || (self.is_asking && status == 401),
                    "{context}: {status}"
                );
                assert_eq!(
                    redeem(&mut browser, &code).unwrap().status,
                    403,
                    "{context}"
                );
            }
            Answered::Revoked(code, key) => {
                assert_eq!(hello(&mut browser, &key), 401, "{context}");
                assert_eq!(
                    redeem(&mut browser, &code).unwrap().status,
                    403,
                    "{context}"
                );
            }
        }
    }
}

fn redeem(browser: &mut Browser, code: &str) -> io::Result<Page> {
    let fields = [("machine", "nas"), ("activation_code", code)];
    browser.try_post(portal::REDEEM, &fields)
}

fn hello(browser: &mut Browser, key: &str) -> u16 {
    let bearer = format!("Bearer {key}");
    let headers = [("Authorization", bearer.as_str())];
    let answer = browser.send("GET", portal::HELLO, &headers, b"");
    answer.unwrap().status
}

const ROUNDS: usize = 5;

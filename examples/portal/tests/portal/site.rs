//! A portal in a folder of its own, served on a free port, at a time the test chooses.

use core::net::SocketAddr;
use std::{
    collections::HashMap,
    fs,
    path::{Path, PathBuf},
};

use mfakit::{Clock, ManualClock, UnixTime};
use portal::{Origin, Portal, serve};
use tokio::{net::TcpListener, runtime::Runtime, sync::oneshot};

use crate::{
    authenticator::Authenticator,
    browser::{Browser, Page},
};

/// A running portal.
pub(crate) struct Site {
    pub(crate) clock: ManualClock,
    pub(crate) portal: Portal,
    pub(crate) address: SocketAddr,
    pub(crate) folder: Folder,
    passwords: HashMap<&'static str, String>,
    runtime: Runtime,
    stop: Option<oneshot::Sender<()>>,
}

/// A person who has set up, with what they hold.
pub(crate) struct Member {
    pub(crate) browser: Browser,
    pub(crate) app: Authenticator,
    pub(crate) codes: Vec<String>,
}

impl Site {
    /// A fresh portal.
    pub(crate) fn start() -> Self {
        Self::start_with(None)
    }

    pub(crate) fn start_with(origin: Option<Origin>) -> Self {
        let clock = ManualClock::starting_at(UnixTime::from_seconds(START));
        Self::open(Folder::new(), clock, origin)
    }

    fn open(folder: Folder, clock: ManualClock, origin: Option<Origin>) -> Self {
        let runtime = Runtime::new().unwrap();
        let opening = Portal::open(folder.path(), None, origin, clock.clone());
        let started = runtime.block_on(opening).unwrap();
        let listener = runtime.block_on(TcpListener::bind("127.0.0.1:0")).unwrap();
        let address = listener.local_addr().unwrap();
        let (stop, stopped) = oneshot::channel::<()>();
        let router = started.portal.router();
        runtime.spawn(async move {
            serve(listener, router, async {
                let _ = stopped.await;
            })
            .await;
        });
        let passwords = started
            .first_passwords
            .iter()
            .map(|person| (person.name(), person.expose_secret().to_owned()));
        Self {
            clock,
            portal: started.portal,
            address,
            folder,
            passwords: passwords.collect(),
            runtime,
            stop: Some(stop),
        }
    }

    /// Stops it and opens the same folder again.
    pub(crate) fn restart(mut self) -> Self {
        let passwords = core::mem::take(&mut self.passwords);
        drop(self.stop.take());
        self.runtime.shutdown_background();
        drop(self.portal);
        let mut again = Self::open(self.folder, self.clock, None);
        assert!(again.passwords.is_empty(), "passwords are shown only once");
        again.passwords = passwords;
        again
    }

    pub(crate) fn now(&self) -> i64 {
        self.clock.now().seconds()
    }

    /// Moves the clock on, past the codes used so far.
    pub(crate) fn wait(&self) {
        self.clock.advance(60);
    }

    pub(crate) fn browser(&self) -> Browser {
        Browser::at(self.address)
    }

    pub(crate) fn password(&self, name: &str) -> &str {
        &self.passwords[name]
    }

    /// Types name and password; the answer to the form.
    pub(crate) fn sign_in(&self, browser: &mut Browser, name: &str) -> Page {
        let page = browser.get("/sign-in");
        let fields = [("name", name), ("password", self.password(name))];
        browser.submit(&page, "/sign-in", &fields)
    }

    /// A browser in which `name` has given the password and sees the page that follows.
    pub(crate) fn half_in(&self, name: &str) -> (Browser, Page) {
        let mut browser = self.browser();
        let answer = self.sign_in(&mut browser, name);
        let place = answer.leads_to().unwrap().to_owned();
        let page = browser.get(&place);
        assert_eq!(page.status, 200);
        (browser, page)
    }

    /// A person who has set up and confirmed the backup codes.
    pub(crate) fn member(&self, name: &str) -> Member {
        let (mut browser, page) = self.half_in(name);
        let app = Authenticator::typed(page.text_of("id=\"setup-key\"").unwrap());
        let code = app.code_at(self.now());
        let shown = browser.submit(&page, "/setup", &[("code", &code)]);
        let codes = shown.all_hidden("backup_code");
        let done = browser.submit(&shown, "/backup-codes", &[("stored", "yes")]);
        assert_eq!(done.leads_to(), Some("/"));
        Member {
            browser,
            app,
            codes,
        }
    }

    /// Changes numbers of the policy, as the administrator does on its page.
    pub(crate) fn set(&self, admin: &mut Member, numbers: &[(&str, &str)]) {
        let page = admin.browser.get("/organization");
        let mut fields = vec![("requirement", "required"), ("reason", "a test")];
        fields.extend_from_slice(numbers);
        let answer = admin.browser.submit(&page, "/organization", &fields);
        assert_eq!(answer.leads_to(), Some("/organization"));
        let page = admin.browser.get("/organization");
        page.says("The policy was changed.");
    }

    /// Types a fresh code before the page at `path`, as it asks for.
    pub(crate) fn confirm(&self, member: &mut Member, purpose: &str) -> Page {
        self.wait();
        let page = member.browser.get(&format!("/confirm?for={purpose}"));
        page.is(200, "Confirm that it is you");
        let code = member.app.code_at(self.now());
        let fields = [("for", purpose), ("code", code.as_str())];
        member.browser.submit(&page, "/confirm", &fields)
    }

    /// Runs something of the engine's.
    pub(crate) fn wait_for<T>(&self, work: impl Future<Output = T>) -> T {
        self.runtime.block_on(work)
    }
}

/// A folder that goes when the test ends.
pub(crate) struct Folder(PathBuf);

impl Folder {
    pub(crate) fn new() -> Self {
        let mut random = [0; 8];
        getrandom::fill(&mut random).unwrap();
        let name = format!("portal-test-{:016x}", u64::from_le_bytes(random));
        // The portal makes it, as at a first start.
        Self(std::env::temp_dir().join(name))
    }

    pub(crate) fn path(&self) -> &Path {
        &self.0
    }
}

impl Drop for Folder {
    fn drop(&mut self) {
        // Left behind at worst.
        let _ = fs::remove_dir_all(&self.0);
    }
}

/// 15 January 2027, 08:00:00 UTC, the start of a time step.
pub(crate) const START: i64 = 1_800_000_000;

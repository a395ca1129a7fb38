//! `kill -9` in the middle of everything: what was answered holds after the next start.
//!
//! The test starts itself once more as the process that serves the portal, with a clock in a file, so that time can be
//! moved from here. Two people sign in without pause, with codes, with backup codes, and after resets and new setups;
//! at a random moment the process is killed. The portal is started again, and everything that was acknowledged is checked.

use alloc::sync::Arc;
use core::{
    net::SocketAddr,
    sync::atomic::{AtomicI64, AtomicUsize, Ordering},
    time::Duration,
};
use std::{
    env, fs, io,
    path::{Path, PathBuf},
    process::{Child, Command, Stdio},
    sync::{Mutex, RwLock, RwLockReadGuard},
    thread::{self, JoinHandle},
    time::Instant,
};

use mfakit::{Clock, UnixTime};
use portal::{Portal, serve};
use tokio::{net::TcpListener, runtime::Runtime};

use crate::{
    authenticator::{Authenticator, PERIOD},
    browser::{Browser, Page},
    site::{Folder, START},
};

#[test]
fn a34_kill_9_loses_nothing_that_was_acknowledged() {
    if let Some(folder) = env::var_os(SERVE) {
        serve_until_killed(Path::new(&folder));
        return;
    }
    let folder = Folder::new();
    fs::create_dir(folder.path()).unwrap();
    let clock = Time::in_folder(folder.path());
    let mut server = Server::start(folder.path());
    let admin = Arc::new(Mutex::new(Administrator::set_up(&server, &clock)));
    let mut people: Vec<_> = ["user", "it"]
        .into_iter()
        .zip(["3", "2"])
        .map(|(name, number)| Person::new(name, number, &server))
        .collect();
    for person in &mut people {
        person.set_up(&server, &clock).unwrap();
    }
    let done = Arc::new(AtomicUsize::new(0));
    for round in 0..ROUNDS {
        let workers: Vec<_> = people
            .into_iter()
            .map(|mut person| {
                let (at, clock, admin) = (server.address, clock.clone(), Arc::clone(&admin));
                let done = Arc::clone(&done);
                thread::spawn(move || {
                    // Ends when the connection breaks.
                    while person.act(at, &clock, &admin).is_ok() {
                        done.fetch_add(1, Ordering::Relaxed);
                    }
                    person
                })
            })
            .collect();
        // On a machine with little to spare the moment comes later, not before anything was done.
        while done.load(Ordering::Relaxed) < 5 * (round + 1) {
            assert!(
                !workers.iter().all(JoinHandle::is_finished),
                "nobody goes on"
            );
            thread::sleep(Duration::from_millis(10));
        }
        thread::sleep(random_moment());
        server.kill();
        people = workers
            .into_iter()
            .map(|worker| worker.join().unwrap())
            .collect();
        server = Server::start(folder.path());
        admin.lock().unwrap().is_still_in(&server);
        for person in &mut people {
            person.check(&server, &clock, &admin, round);
        }
    }
    server.kill();
    no_secret_in_the_log(folder.path(), &people);
}

/// What was being done when the process was killed, if anything.
#[derive(Debug, Clone, PartialEq, Eq)]
enum Doubt {
    None,
    /// A sign-in with something that may be used up now.
    SignIn,
    BackupCode(String),
    Reset,
    /// A setup that may be confirmed now, with backup codes nobody saw.
    Setup,
    /// Backup codes that may be acknowledged now.
    Storing,
}

/// A person, and what the portal acknowledged to them.
struct Person {
    name: &'static str,
    number: &'static str,
    password: String,
    app: Option<Authenticator>,
    codes: Vec<String>,
    used_codes: Vec<String>,
    /// The last time step of which the portal said that its code is used.
    used_step: i64,
    /// The last time step of which a code was sent.
    sent_step: i64,
    doubt: Doubt,
    turn: usize,
    secrets: Vec<String>,
}

impl Person {
    fn new(name: &'static str, number: &'static str, server: &Server) -> Self {
        Self {
            name,
            number,
            password: server.password(name),
            app: None,
            codes: Vec::new(),
            used_codes: Vec::new(),
            used_step: 0,
            sent_step: 0,
            doubt: Doubt::None,
            turn: 0,
            secrets: Vec::new(),
        }
    }

    /// Does the next thing. An error means that the connection broke; then `doubt` says what was going on.
    fn act(
        &mut self,
        at: SocketAddr,
        clock: &Time,
        admin: &Mutex<Administrator>,
    ) -> io::Result<()> {
        self.turn += 1;
        match self.turn % 6 {
            2 if !self.codes.is_empty() => self.sign_in_with_backup_code(at),
            5 => {
                self.doubt = Doubt::Reset;
                admin.lock().unwrap().reset(at, self.number)?;
                self.forget_factor();
                self.doubt = Doubt::None;
                self.set_up_at(at, clock)
            }
            _ => self.sign_in_with_code(at, clock),
        }
    }

    fn set_up(&mut self, server: &Server, clock: &Time) -> io::Result<()> {
        self.set_up_at(server.address, clock)
    }

    /// Sets up, and confirms the backup codes.
    fn set_up_at(&mut self, at: SocketAddr, clock: &Time) -> io::Result<()> {
        let (mut browser, page) = self.give_password(at)?;
        page.is(200, "Set up your authenticator app");
        let key = page.text_of("id=\"setup-key\"").unwrap();
        self.secrets.push(key.replace(' ', ""));
        let app = Authenticator::typed(key);
        // A new secret has new codes: any step of the window is fresh.
        let (step, _stands_still) = clock.fresh_step(0);
        self.doubt = Doubt::Setup;
        let code = app.code(step);
        let shown = browser.try_submit(&page, "/setup", &[("code", &code)])?;
        shown.is(200, "Save your backup codes");
        self.secrets.extend(browser.cookie.clone());
        self.codes = shown.all_hidden("backup_code");
        self.secrets.extend(self.codes.iter().cloned());
        self.used_codes.clear();
        (self.app, self.used_step, self.sent_step) = (Some(app), step, step);
        self.doubt = Doubt::Storing;
        let stored = browser.try_submit(&shown, "/backup-codes", &[("stored", "yes")])?;
        assert_eq!(stored.leads_to(), Some("/"));
        self.doubt = Doubt::None;
        Ok(())
    }

    fn sign_in_with_code(&mut self, at: SocketAddr, clock: &Time) -> io::Result<()> {
        let (mut browser, page) = self.give_password(at)?;
        let (step, _stands_still) = clock.fresh_step(self.sent_step);
        let code = self.app.as_ref().unwrap().code(step);
        self.sent_step = step;
        self.doubt = Doubt::SignIn;
        let answer = browser.try_submit(&page, "/challenge", &[("code", &code)])?;
        assert_eq!(answer.leads_to(), Some("/"), "{}", answer.body);
        self.used_step = step;
        self.doubt = Doubt::None;
        Ok(())
    }

    fn sign_in_with_backup_code(&mut self, at: SocketAddr) -> io::Result<()> {
        let (mut browser, page) = self.give_password(at)?;
        let code = self.codes.pop().unwrap();
        self.doubt = Doubt::BackupCode(code.clone());
        let answer = browser.try_submit(&page, "/challenge", &[("code", &code)])?;
        assert_eq!(answer.leads_to(), Some("/"), "{}", answer.body);
        self.used_codes.push(code);
        self.doubt = Doubt::None;
        Ok(())
    }

    /// Signs in up to the page that follows the password.
    fn give_password(&mut self, at: SocketAddr) -> io::Result<(Browser, Page)> {
        let mut browser = Browser::at(at);
        let page = browser.try_get("/sign-in")?;
        let fields = [("name", self.name), ("password", &self.password)];
        let answer = browser.try_submit(&page, "/sign-in", &fields)?;
        let place = answer
            .leads_to()
            .unwrap_or_else(|| panic!("{}", answer.body));
        let page = browser.try_get(place)?;
        self.secrets.extend(page.hidden("ticket"));
        self.secrets.extend(browser.cookie.clone());
        Ok((browser, page))
    }

    fn forget_factor(&mut self) {
        self.app = None;
        self.codes.clear();
        self.used_codes.clear();
    }

    /// After the restart: everything acknowledged is still so, and the person gets in again.
    fn check(&mut self, server: &Server, clock: &Time, admin: &Mutex<Administrator>, round: usize) {
        let doubt = core::mem::replace(&mut self.doubt, Doubt::None);
        let context = format!("{} in round {round}, {doubt:?}", self.name);
        let (mut browser, page) = self.give_password(server.address).unwrap();
        let wants_code = page.text_of("<h1") == Some("Enter your code");
        match (&self.app, &doubt) {
            // The old factor may be gone.
            (Some(_), Doubt::Reset) if !wants_code => self.forget_factor(),
            // The reset was acknowledged; the setup may be done, with a secret nobody keeps.
            (None, Doubt::Setup) if wants_code => {
                admin
                    .lock()
                    .unwrap()
                    .reset(server.address, self.number)
                    .unwrap();
            }
            (app, _) => assert_eq!(app.is_some(), wants_code, "{context}"),
        }
        if self.app.is_none() {
            self.set_up(server, clock).unwrap();
            return;
        }
        // What was acknowledged as used is refused: the last code, as long as its time is not over anyway,
        // and the last backup code. More would be charged.
        let replays = [
            (clock.step() - self.used_step <= 1)
                .then(|| self.app.as_ref().unwrap().code(self.used_step)),
            self.used_codes.last().cloned(),
        ];
        for used in replays.into_iter().flatten() {
            let answer = browser.submit(&page, "/challenge", &[("code", &used)]);
            assert_eq!(answer.status, 422, "{context}");
            assert!(
                answer.body.contains("already used"),
                "{context}: {}",
                answer.body
            );
        }
        // The next code is good: the secret is there, and nothing is locked.
        let (step, _stands_still) = clock.fresh_step(self.sent_step);
        let code = self.app.as_ref().unwrap().code(step);
        let answer = browser.submit(&page, "/challenge", &[("code", &code)]);
        (self.sent_step, self.used_step) = (step, step);
        if doubt == Doubt::Storing && answer.status == 200 {
            // Not acknowledged, hence replaced, and shown once more.
            self.codes = answer.all_hidden("backup_code");
            self.secrets.extend(self.codes.iter().cloned());
            browser.submit(&answer, "/backup-codes", &[("stored", "yes")]);
        } else {
            assert_eq!(answer.leads_to(), Some("/"), "{context}: {}", answer.body);
        }
        // As many backup codes are left as were not used; of one it is not known.
        let home = browser.get("/");
        let left = |count: usize| home.body.contains(&format!("{count} backup codes left"));
        let count = self.codes.len();
        match doubt {
            Doubt::BackupCode(code) if left(count + 1) => self.codes.push(code),
            _ => assert!(left(count), "{context}: {count} of {}", home.body),
        }
    }
}

/// The administrator, whose one session lasts through every crash.
pub(crate) struct Administrator(pub(crate) Browser);

impl Administrator {
    pub(crate) fn set_up(server: &Server, clock: &Time) -> Self {
        let mut admin = Person::new("admin", "1", server);
        admin.set_up(server, clock).unwrap();
        let (mut browser, page) = admin.give_password(server.address).unwrap();
        let code = admin.app.unwrap().code(clock.fresh_step(admin.sent_step).0);
        let answer = browser.submit(&page, "/challenge", &[("code", &code)]);
        assert_eq!(answer.leads_to(), Some("/"));
        Self(browser)
    }

    fn reset(&mut self, at: SocketAddr, number: &str) -> io::Result<()> {
        self.0 = self.0.clone().moved_to(at);
        let page = self.0.try_get("/people")?;
        let fields = [("person", number), ("reason", "Between two crashes")];
        let answer = self.0.try_submit(&page, "/people/reset", &fields)?;
        assert_eq!(answer.leads_to(), Some("/people"));
        Ok(())
    }

    pub(crate) fn is_still_in(&mut self, server: &Server) {
        self.0 = self.0.clone().moved_to(server.address);
        self.0.get("/people").is(200, "People");
    }
}

/// The process that serves the portal.
pub(crate) struct Server {
    process: Child,
    pub(crate) address: SocketAddr,
    folder: PathBuf,
}

impl Server {
    pub(crate) fn start(folder: &Path) -> Self {
        let address = folder.join(ADDRESS);
        let _ = fs::remove_file(&address);
        let log = fs::File::options()
            .create(true)
            .append(true)
            .open(folder.join(LOG))
            .unwrap();
        let process = Command::new(env::current_exe().unwrap())
            .args(["--exact", "--nocapture"])
            .arg("crash::a34_kill_9_loses_nothing_that_was_acknowledged")
            .env(SERVE, folder)
            .stdout(Stdio::null())
            .stderr(log)
            .spawn()
            .unwrap();
        let mut server = Self {
            process,
            address: SocketAddr::from(([127, 0, 0, 1], 0)),
            folder: folder.to_owned(),
        };
        let end = Instant::now() + Duration::from_secs(60);
        server.address = loop {
            match fs::read_to_string(&address).map(|text| text.parse()) {
                Ok(Ok(address)) => break address,
                _ if Instant::now() < end => thread::sleep(Duration::from_millis(10)),
                _ => panic!("the portal did not start"),
            }
        };
        server
    }

    fn password(&self, name: &str) -> String {
        let passwords = fs::read_to_string(self.folder.join(PASSWORDS)).unwrap();
        let line = passwords.lines().find_map(|line| line.strip_prefix(name));
        line.unwrap().trim().to_owned()
    }

    /// `kill -9`.
    pub(crate) fn kill(&mut self) {
        self.process.kill().unwrap();
        self.process.wait().unwrap();
    }
}

impl Drop for Server {
    fn drop(&mut self) {
        // Already dead, most of the time.
        let _ = self.process.kill();
        let _ = self.process.wait();
    }
}

/// The other process: serves until it is killed.
fn serve_until_killed(folder: &Path) {
    let runtime = Runtime::new().unwrap();
    runtime.block_on(async {
        let clock = Time::in_folder(folder);
        let started = Portal::open(&folder.join("data"), None, None, clock)
            .await
            .unwrap();
        if !started.first_passwords.is_empty() {
            let lines = started
                .first_passwords
                .iter()
                .map(|person| format!("{} {}\n", person.name(), person.expose_secret()));
            fs::write(folder.join(PASSWORDS), lines.collect::<String>()).unwrap();
        }
        let listener = TcpListener::bind("127.0.0.1:0").await.unwrap();
        let address = listener.local_addr().unwrap().to_string();
        fs::write(folder.join("address.new"), address).unwrap();
        fs::rename(folder.join("address.new"), folder.join(ADDRESS)).unwrap();
        serve(listener, started.portal.router(), core::future::pending()).await;
    });
}

/// A clock in a file: one process moves it, the other reads it.
#[derive(Clone)]
pub(crate) struct Time {
    file: PathBuf,
    now: Arc<AtomicI64>,
    /// Read while a code is on its way, written to move on: a code must not fall out of the window meanwhile.
    moving: Arc<RwLock<()>>,
}

impl Time {
    pub(crate) fn in_folder(folder: &Path) -> Self {
        let time = Self {
            file: folder.join("clock"),
            now: Arc::new(AtomicI64::new(START)),
            moving: Arc::default(),
        };
        if !time.file.exists() {
            time.write(START);
        }
        time
    }

    /// The time step of now.
    fn step(&self) -> i64 {
        self.now.load(Ordering::SeqCst) / PERIOD
    }

    /// A step later than `sent` that is now, after moving on if need be; the time stands still while the guard lives.
    fn fresh_step(&self, sent: i64) -> (i64, RwLockReadGuard<'_, ()>) {
        loop {
            let standing = self.moving.read().unwrap();
            if self.step() > sent {
                return (self.step(), standing);
            }
            drop(standing);
            let _moving = self.moving.write().unwrap();
            self.write((sent + 1).max(self.step()) * PERIOD);
        }
    }

    fn write(&self, now: i64) {
        let draft = self.file.with_extension("new");
        fs::write(&draft, now.to_string()).unwrap();
        fs::rename(&draft, &self.file).unwrap();
        self.now.store(now, Ordering::SeqCst);
    }
}

impl Clock for Time {
    fn now(&self) -> UnixTime {
        let text = fs::read_to_string(&self.file).unwrap();
        UnixTime::from_seconds(text.parse().unwrap())
    }
}

/// Long enough for several sign-ins, and never at the same place.
pub(crate) fn random_moment() -> Duration {
    let mut random = [0; 2];
    getrandom::fill(&mut random).unwrap();
    Duration::from_millis(400 + u64::from(u16::from_le_bytes(random)) % 800)
}

fn no_secret_in_the_log(folder: &Path, people: &[Person]) {
    let log = fs::read_to_string(folder.join(LOG)).unwrap();
    for person in people {
        assert!(person.secrets.len() > 20);
        assert!(!log.contains(&person.password));
        for secret in &person.secrets {
            let secret = secret.rsplit('=').next().unwrap();
            assert!(!log.contains(secret), "a secret is in the log");
        }
    }
}

const ROUNDS: usize = 6;
/// Tells the other process where to serve.
const SERVE: &str = "PORTAL_CRASH_TEST_FOLDER";
const ADDRESS: &str = "address";
const PASSWORDS: &str = "passwords";
const LOG: &str = "log";

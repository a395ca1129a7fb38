//! Two processes, 64 tasks in each, one moment.
//!
//! Of a code one use succeeds, whichever process it reaches. Where an administrator resets the account at that moment,
//! the order is one of two. Either the reset was first: then the ticket is void, and nobody is let in. Or one task was
//! first: then it was let in, and the reset has made void what it was given. In both cases nothing of before the reset
//! counts afterwards: no authenticator, no backup code, no ticket, no assertion; and the audit trail tells of as many
//! acceptances as there were, all of them before the reset.

use mfakit::{
    AuditQuery, AuditSubject, AuditVerdict, Clock as _, Confirmation, Decision, Error, EventKind,
    Presented, Standing, UnixTime, Verification, Void,
};

use crate::{
    TASKS,
    activation::{is_redeemed, issue, text, try_redeem},
    at_once,
    processes::{Part, Shared, Site, rounds, row, say},
    world::{World, admin},
};

/// One code of the app, and a ticket for each task.
pub fn a6_of_64_tasks_in_each_of_two_processes_one_is_let_in<S: Shared>(test: &str) {
    race::<S>(test, &Verifying { backup: false }, Reset::Never);
}

/// One backup code, and a ticket for each task.
pub fn a7_of_64_tasks_with_one_backup_code_in_each_of_two_processes_one_is_let_in<S: Shared>(
    test: &str,
) {
    race::<S>(test, &Verifying { backup: true }, Reset::Never);
}

/// One activation code.
pub fn a32_of_64_tasks_with_one_code_in_each_of_two_processes_one_installs<S: Shared>(test: &str) {
    race::<S>(test, &Installing, Reset::Never);
}

/// One ticket, one pending setup, its code, and in one of the processes a reset.
pub fn a27_a_confirmation_in_two_processes_and_a_reset_have_an_order<S: Shared>(test: &str) {
    race::<S>(test, &Confirming, Reset::ByOneTask { after: is_bound });
}

/// One code, a ticket for each task, and in one of the processes a reset.
pub fn a27_a_verification_in_two_processes_and_a_reset_have_an_order<S: Shared>(test: &str) {
    race::<S>(
        test,
        &Verifying { backup: false },
        Reset::ByOneTask { after: is_accepted },
    );
}

/// What the tasks of a race do.
trait Contest: Sync {
    /// What all tasks bring, in words.
    fn prepare(&self, world: &World) -> String;

    /// What the tasks of this process need beside it.
    fn tickets(&self, world: &World) -> Vec<String>;

    /// One task; gives the assertion if it was let in, or an empty text if there is none to give.
    fn act(&self, world: &World, brought: &str, ticket: &str) -> Option<String>;
}

struct Verifying {
    backup: bool,
}

impl Contest for Verifying {
    fn prepare(&self, world: &World) -> String {
        let (app, mut codes) = world.set_up();
        world.clock.advance(30);
        if self.backup {
            codes.swap_remove(4)
        } else {
            world.code(&app)
        }
    }

    fn tickets(&self, world: &World) -> Vec<String> {
        (0..TASKS).map(|_| world.challenge()).collect()
    }

    fn act(&self, world: &World, brought: &str, ticket: &str) -> Option<String> {
        let presented = Presented::new(ticket).bound_to(b"session");
        match until_heard(|| world.tenant.verify(presented, brought)) {
            Verification::Verified(verified) => Some(verified.assertion.as_str().into()),
            Verification::Replayed(_)
            | Verification::Locked(_)
            | Verification::Void(Void::Superseded) => None,
            other => panic!("an outcome that no race should have: {other:?}"),
        }
    }
}

struct Confirming;

impl Contest for Confirming {
    /// The ticket and the code: all tasks are of one person with one page.
    fn prepare(&self, world: &World) -> String {
        let Decision::Setup(setup) = world.sign_in() else {
            panic!("no setup")
        };
        let app = world.scan(Presented::new(&setup.ticket).bound_to(b"session"));
        format!("{} {}", setup.ticket.as_str(), world.code(&app))
    }

    fn tickets(&self, _: &World) -> Vec<String> {
        vec![String::new(); TASKS]
    }

    fn act(&self, world: &World, brought: &str, _: &str) -> Option<String> {
        let (ticket, typed) = brought.split_once(' ').unwrap();
        let presented = Presented::new(ticket).bound_to(b"session");
        match until_heard(|| world.tenant.confirm_setup(presented, typed)) {
            Confirmation::Confirmed(confirmed) => Some(confirmed.assertion.as_str().into()),
            // Spent by the one that was first, or of before the reset.
            Confirmation::Void(Void::Spent | Void::Superseded) => None,
            other => panic!("an outcome that no race should have: {other:?}"),
        }
    }
}

struct Installing;

impl Contest for Installing {
    fn prepare(&self, world: &World) -> String {
        text(&issue(world))
    }

    fn tickets(&self, _: &World) -> Vec<String> {
        vec![String::new(); TASKS]
    }

    fn act(&self, world: &World, brought: &str, _: &str) -> Option<String> {
        let redemption = until_heard(|| try_redeem(world, brought));
        is_redeemed(&redemption).then(String::new)
    }
}

/// Whether one of the tasks is an administrator who resets the account.
#[derive(Clone, Copy)]
enum Reset {
    Never,
    /// Beside the tasks of which, if they are let in, these events tell.
    ByOneTask {
        after: fn(&EventKind) -> bool,
    },
}

const fn is_bound(event: &EventKind) -> bool {
    matches!(event, EventKind::AuthenticatorBound { .. })
}

const fn is_accepted(event: &EventKind) -> bool {
    matches!(event, EventKind::CodeAccepted { .. })
}

/// The other process kept the document busy: asked again, as a person would.
fn until_heard<T>(mut ask: impl FnMut() -> Result<T, Error>) -> T {
    loop {
        match ask() {
            Err(Error::Busy) => {}
            answer => return answer.unwrap(),
        }
    }
}

/// How many rounds a race has, if not these.
const ROUNDS: (&str, u32) = ("MFAKIT_TEST_RACES", 20);

fn race<S: Shared>(test: &str, contest: &impl Contest, reset: Reset) {
    if let Some(part) = Part::of_other() {
        return race_along::<S>(&part, contest);
    }
    let site = Site::<S>::new();
    let part = site.part();
    let mut world = part.world(&part.store::<S>());
    let mut other = part.start(test);
    let rounds = rounds(ROUNDS.0, ROUNDS.1);
    let (mut here, mut there) = (0, 0);
    for round in 0..rounds {
        let person = format!("person-{round}");
        world.be(&person);
        let brought = contest.prepare(&world);
        let tickets = contest.tickets(&world);
        // The administrator is now in this process and now in the other one, and at each place in turn.
        let place = match (reset, usize::try_from(round / 2 * 7).unwrap() % TASKS) {
            (Reset::Never, _) => (None, None),
            (Reset::ByOneTask { .. }, place) if round % 2 == 0 => (Some(place), None),
            (Reset::ByOneTask { .. }, place) => (None, Some(place)),
        };
        let there_place = place.1.unwrap_or(TASKS);
        let now = world.clock.now().seconds();
        other.tell(&format!("{person} {now} {there_place} {brought}"));
        assert_eq!(other.hear().as_deref(), Some("ready"));
        other.tell("go");
        let mut let_in = act_at_once(&world, contest, &brought, &tickets, place.0);
        here += let_in.len();
        let others = other.hear().unwrap();
        // Words with a mark before them, since an assertion may be empty here.
        let others: Vec<String> = others
            .split_terminator(' ')
            .map(|word| word[1..].into())
            .collect();
        there += others.len();
        let_in.extend(others);
        match reset {
            Reset::Never => assert_eq!(let_in.len(), 1, "round {round}"),
            Reset::ByOneTask { after } => {
                check_reset(&world, &let_in, after);
                assert_eq!(contest.act(&world, &brought, &tickets[0]), None);
            }
        }
    }
    other.end();
    let nobody = usize::try_from(rounds).unwrap() - here - there;
    let name = test.rsplit("::").next().unwrap();
    let counts = [
        rounds.to_string(),
        here.to_string(),
        there.to_string(),
        nobody.to_string(),
    ];
    let [rounds, here, there, nobody] = counts.each_ref().map(String::as_str);
    row(&[S::NAME, name, rounds, here, there, nobody]);
}

/// The part of the other process: one line names person, time, the administrator's place and what is brought; the next
/// gives the word.
fn race_along<S: Shared>(part: &Part, contest: &impl Contest) {
    let mut world = part.world(&part.store::<S>());
    let mut lines = std::io::stdin().lines();
    while let Some(line) = lines.next() {
        let line = line.unwrap();
        let mut words = line.splitn(4, ' ');
        let mut word = || words.next().unwrap().to_owned();
        let (person, now, place, brought) = (word(), word(), word(), word());
        let now = UnixTime::from_seconds(now.parse().unwrap());
        world.be(&person);
        world.clock.set(now);
        let tickets = contest.tickets(&world);
        let place = Some(place.parse().unwrap()).filter(|place| *place < TASKS);
        say("ready");
        assert_eq!(lines.next().unwrap().unwrap(), "go");
        let let_in = act_at_once(&world, contest, &brought, &tickets, place);
        let marked: Vec<_> = let_in.iter().map(|word| format!("+{word}")).collect();
        say(&marked.join(" "));
    }
}

/// Does what the tasks of a process do at one moment; what those were given that were let in.
fn act_at_once(
    world: &World,
    contest: &impl Contest,
    brought: &str,
    tickets: &[String],
    reset: Option<usize>,
) -> Vec<String> {
    let act = |place: usize| {
        if reset == Some(place) {
            let by = admin("a lost phone");
            until_heard(|| world.tenant.reset(&world.account, &by));
            return None;
        }
        contest.act(world, brought, &tickets[place])
    };
    at_once(act).into_iter().flatten().collect()
}

/// Nothing of before the reset counts, and the audit trail tells the same order.
fn check_reset(world: &World, let_in: &[String], is_acceptance: fn(&EventKind) -> bool) {
    assert!(let_in.len() <= 1, "{} were let in", let_in.len());
    for assertion in let_in {
        let session = Presented::new(assertion).bound_to(b"session");
        let standing = world.tenant.check_assertion(session).unwrap();
        assert_eq!(standing, Standing::SignInAgain(Void::Superseded));
    }
    let account = core::slice::from_ref(&world.account);
    let status = world.tenant.status(account).unwrap().remove(0);
    assert!(status.authenticators.is_empty() && !status.setup_pending);
    assert_eq!(status.backup_codes_left, 0);
    assert!(matches!(world.sign_in(), Decision::Setup(_)));

    let story = story(world);
    let reset = story
        .iter()
        .position(|kind| matches!(kind, EventKind::Reset));
    let reset = reset.unwrap();
    let accepted = |kinds: &[EventKind]| {
        let accepted = kinds.iter().filter(|kind| is_acceptance(kind));
        accepted.count()
    };
    // Newest first: what comes before the reset in this list came after it.
    assert_eq!(accepted(&story[..reset]), 0, "{story:?}");
    assert_eq!(accepted(&story[reset..]), let_in.len(), "{story:?}");
    let subject = AuditSubject::Account(world.account.clone());
    let verdict = world.tenant.verify_audit(subject).unwrap();
    assert!(matches!(verdict, AuditVerdict::Whole { .. }), "{verdict:?}");
}

/// What the audit trail tells of the account, newest first. Nobody did anything after it.
fn story(world: &World) -> Vec<EventKind> {
    let (mut story, mut query) = (Vec::new(), AuditQuery::newest(100));
    loop {
        let page = world.tenant.events(query).unwrap();
        for entry in page.entries {
            if entry.account.as_ref() != Some(&world.account) {
                return story;
            }
            story.push(entry.event.unwrap().kind);
        }
        let Some(next) = page.next else { return story };
        query = AuditQuery::newest(100).after(next);
    }
}

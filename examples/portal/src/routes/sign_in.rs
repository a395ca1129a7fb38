//! First step: name and password. And the way out.

use core::time::Duration;

use axum::{
    extract::{RawQuery, State},
    http::StatusCode,
    response::Response,
};
use mfakit::{Decision, Gate, LockEnd, Locked, SignIn};
use tokio::time::{Instant, sleep_until};

use crate::{
    failure::Failure,
    guard::{Anyone, CHALLENGE, HOME, Post, SETUP, SIGN_IN, Stranger, Visit},
    page::{Frame, LockedPage, SignInMessage, SignInPage, show},
    portal::Portal,
    session::{Binding, Later, SessionId, Stage},
    when::{When, wait},
};

pub(super) async fn page(
    State(portal): State<Portal>,
    Visit(stranger): Visit<Stranger>,
    RawQuery(query): RawQuery,
) -> Result<Response, Failure> {
    let message = match query.as_deref() {
        Some("again") => Some(SignInMessage::Again),
        Some("out") => Some(SignInMessage::Out),
        _ => None,
    };
    let page = SignInPage {
        frame: Frame::outside(&stranger.id),
        name: "",
        message,
    };
    let cookie = stranger
        .is_new
        .then(|| portal.site().set_cookie(&stranger.id));
    Ok(super::with_cookie(
        show(StatusCode::OK, &page)?,
        cookie.flatten(),
    ))
}

pub(super) async fn submit(
    State(portal): State<Portal>,
    Post {
        visitor,
        form,
        headers,
    }: Post<Stranger>,
) -> Result<Response, Failure> {
    let arrived = Instant::now();
    let (name, password) = (form.one("name")?, form.one("password")?);
    let known = portal.people().find(name).await?;
    // Every try is charged before the password is looked at. An unknown name and a pause cost the same work.
    let attempt = match &known {
        Some((person, _)) => match portal.mfa().begin_password(&person.account()).await? {
            Gate::Proceed(attempt) => Some(attempt),
            Gate::Refused(_) => None,
        },
        None => {
            portal.mfa().begin_decoy().await?;
            None
        }
    };
    let (person, hash) = known.unzip();
    let hash = hash.filter(|_| attempt.is_some());
    let is_right = portal.passwords().check(password, hash).await?;
    let (Some(person), Some(attempt), true) = (person, attempt, is_right) else {
        // Charging an attempt is a write, an unknown name is none: without this the answer's time would tell them apart.
        sleep_until(arrived + ALIKE).await;
        let page = SignInPage {
            frame: Frame::outside(&visitor.id),
            name,
            message: Some(SignInMessage::Wrong),
        };
        return show(StatusCode::UNPROCESSABLE_ENTITY, &page);
    };
    let binding = Binding::generate()?;
    let mut sign_in = SignIn::new()
        .binding(binding.as_bytes())
        .not_older_than(person.mark);
    if let Some(token) = portal.site().device(&headers, person.id) {
        sign_in = sign_in.device(token);
    }
    let (stage, place) = match portal.mfa().sign_in(attempt, sign_in).await? {
        Decision::Allow(allowed) => (
            Stage::In(allowed.assertion.as_str().to_owned().into()),
            HOME,
        ),
        Decision::Challenge(challenge) => {
            let ticket = challenge.ticket.as_str().to_owned();
            portal.mails().expect_code(person.id, portal.now()).await?;
            (Stage::Challenge(ticket.into()), CHALLENGE)
        }
        Decision::Setup(setup) => {
            let later = setup.may_defer.map(|deferral| Later {
                until: deferral.until,
                skips_left: deferral.skips_left,
            });
            let ticket = setup.ticket.as_str().to_owned();
            (Stage::Setup(ticket.into(), later), SETUP)
        }
        Decision::Deny(locked) => {
            return locked_page(&portal, &visitor.id, &locked, SIGN_IN);
        }
    };
    let id = portal
        .rise(&visitor.id, person.id, &binding, &stage)
        .await?;
    Ok(super::go(place, portal.site().set_cookie(&id)))
}

pub(super) async fn leave(
    State(portal): State<Portal>,
    Post { visitor, .. }: Post<Anyone>,
) -> Result<Response, Failure> {
    portal.sessions().end(&visitor.id).await?;
    Ok(super::go("/sign-in?out", portal.site().clear_cookie()))
}

/// Says until when sign-in pauses.
pub(super) fn locked_page(
    portal: &Portal,
    id: &SessionId,
    locked: &Locked,
    back: &'static str,
) -> Result<Response, Failure> {
    let until = match locked.end {
        LockEnd::At(end) => Some((When::exactly(end), wait(portal.now().seconds_until(end)))),
        LockEnd::Hard => None,
    };
    let page = LockedPage {
        frame: Frame::outside(id),
        until,
        back,
    };
    show(StatusCode::TOO_MANY_REQUESTS, &page)
}

/// When a refused sign-in is answered, counted from its arrival: several times what either kind takes.
const ALIKE: Duration = Duration::from_millis(250);

//! Setup: the QR code, and the first code that proves it was read; or, where the engine grants time, "later".

use axum::{extract::State, response::Response};
use mfakit::{
    AccountName, Assertion, Charged, Confirmation, Deferment, Label, Mismatch, SetupStart,
};

use crate::{
    failure::Failure,
    form::Form,
    guard::{
        CONFIRM_FOR_SECURITY, Fresh, HOME, Place, Post, SECURITY, SETUP, SIGN_IN_AGAIN, SettingUp,
        SignedIn, Visit,
    },
    notice::Notice,
    page::{AddPage, CodesReason, Frame, SetupPage, counted, show},
    portal::Portal,
    session::SessionId,
    when::When,
};

/// Which setup it is.
#[derive(Clone, Copy, PartialEq, Eq)]
enum Way {
    /// The first, on the way in or offered inside.
    First,
    /// One more authenticator, from the security page.
    Further,
}

pub(super) async fn page(
    State(portal): State<Portal>,
    Visit(visitor): Visit<SettingUp>,
) -> Result<Response, Failure> {
    show_pending(&portal, &visitor, Way::First, None).await
}

pub(super) async fn submit(
    State(portal): State<Portal>,
    Post { visitor, form, .. }: Post<SettingUp>,
) -> Result<Response, Failure> {
    confirm(&portal, &visitor, &form, Way::First).await
}

/// Puts the setup off, if the engine grants it.
pub(super) async fn later(
    State(portal): State<Portal>,
    Post { visitor, form, .. }: Post<SettingUp>,
) -> Result<Response, Failure> {
    match portal.mfa().defer(visitor.present_form(&form)?).await? {
        Deferment::Allow(allowed) => {
            let id = rise(&portal, &visitor, &allowed.assertion).await?;
            Ok(super::go(HOME, portal.site().set_cookie(&id)))
        }
        Deferment::Locked(locked) => {
            super::sign_in::locked_page(&portal, &visitor.id, &locked, SETUP)
        }
        // The time is over since the page was shown: the next sign-in says so.
        Deferment::Refused | Deferment::Void(_) => lost(&portal, &visitor, Way::First).await,
    }
}

/// Asks for the name of one more authenticator.
pub(super) async fn ask_name(Visit(Fresh(visitor)): Visit<Fresh>) -> Result<Response, Failure> {
    show_name(&visitor, "", false)
}

/// Begins its setup under that name.
pub(super) async fn name(
    State(portal): State<Portal>,
    Post { visitor, form, .. }: Post<Fresh>,
) -> Result<Response, Failure> {
    let visitor = visitor.0;
    let typed = form.one("label")?;
    let Ok(label) = Label::new(typed) else {
        return show_name(&visitor, typed, true);
    };
    let name = AccountName::new(&visitor.person.name).map_err(Failure::broken)?;
    let begun = portal.mfa().begin_setup(visitor.present(), &name, &label);
    match begun.await? {
        SetupStart::Pending(_) => Ok(super::go(SCAN, None)),
        SetupStart::TooManyAuthenticators => {
            let notice = Notice::TooManyAuthenticators;
            portal.sessions().leave(&visitor.id, notice).await?;
            Ok(super::go(SECURITY, None))
        }
        SetupStart::Locked(locked) => {
            super::sign_in::locked_page(&portal, &visitor.id, &locked, SECURITY)
        }
        _ => Err(Failure::Elsewhere(CONFIRM_FOR_SECURITY)),
    }
}

pub(super) async fn further_page(
    State(portal): State<Portal>,
    Visit(visitor): Visit<SignedIn>,
) -> Result<Response, Failure> {
    show_pending(&portal, &visitor.into(), Way::Further, None).await
}

pub(super) async fn further_submit(
    State(portal): State<Portal>,
    Post { visitor, form, .. }: Post<SignedIn>,
) -> Result<Response, Failure> {
    confirm(&portal, &visitor.into(), &form, Way::Further).await
}

async fn confirm(
    portal: &Portal,
    visitor: &SettingUp,
    form: &Form,
    way: Way,
) -> Result<Response, Failure> {
    let (presented, typed) = (visitor.present_form(form)?, form.one("code")?);
    let error = match portal.mfa().confirm_setup(presented, typed).await? {
        Confirmation::Confirmed(confirmed) => {
            let id = rise(portal, visitor, &confirmed.assertion).await?;
            let codes = confirmed.backup_codes.as_ref();
            if way == Way::Further && codes.is_none() {
                let notice = Notice::AuthenticatorAdded;
                portal.sessions().leave(&id, notice).await?;
            }
            let reason = CodesReason::Setup;
            return super::backup_codes::welcome(portal, &id, codes, reason, way.home());
        }
        Confirmation::Mismatch(mismatch) => wrong(&mismatch),
        Confirmation::NoPendingSetup => {
            "The last QR code is no longer valid. This is a new one: please remove the old entry from your app, \
             and scan again."
                .to_owned()
        }
        Confirmation::Locked(locked) => {
            return super::sign_in::locked_page(portal, &visitor.id, &locked, way.here());
        }
        // Void, or an answer of a later engine: nothing that is not `Confirmed` goes on.
        _ => return lost(portal, visitor, way).await,
    };
    show_pending(portal, visitor, way, Some(error)).await
}

async fn show_pending(
    portal: &Portal,
    visitor: &SettingUp,
    way: Way,
    error: Option<String>,
) -> Result<Response, Failure> {
    let presented = visitor.present();
    // Neither text can be refused: a login name is shorter than 254 bytes and has no colon.
    let name = AccountName::new(&visitor.person.name).map_err(Failure::broken)?;
    let label = Label::new("Authenticator app").map_err(Failure::broken)?;
    // A setup that was begun under another name keeps it.
    let pending = match portal.mfa().begin_setup(presented, &name, &label).await? {
        SetupStart::Pending(pending) => pending,
        SetupStart::Locked(locked) => {
            return super::sign_in::locked_page(portal, &visitor.id, &locked, way.here());
        }
        _ => return lost(portal, visitor, way).await,
    };
    let page = SetupPage {
        frame: Frame::outside(&visitor.id),
        here: way.here(),
        is_first: way == Way::First,
        ticket: visitor.ticket(),
        later: visitor
            .later
            .map(|later| (When::day(later.until), counted(later.skips_left, "time"))),
        qr: &pending.qr().map_err(Failure::broken)?.svg(),
        key: &pending.key(),
        issuer: pending.issuer.as_str(),
        account: pending.account_name.as_str(),
        expires: When::time(pending.expires),
        error: error.as_deref(),
    };
    show(super::status_of(error.is_some()), &page)
}

fn show_name(visitor: &SignedIn, typed: &str, error: bool) -> Result<Response, Failure> {
    let page = AddPage {
        frame: Frame::inside(visitor, SECURITY),
        label: typed,
        error,
    };
    show(super::status_of(error), &page)
}

async fn rise(
    portal: &Portal,
    visitor: &SettingUp,
    assertion: &Assertion,
) -> Result<SessionId, Failure> {
    let (id, person) = (&visitor.id, visitor.person.id);
    portal.enter(id, person, &visitor.binding, assertion).await
}

/// The ticket or assertion is not good for a setup, or no more.
async fn lost(portal: &Portal, visitor: &SettingUp, way: Way) -> Result<Response, Failure> {
    match way {
        Way::First => {
            portal.sessions().end(&visitor.id).await?;
            Err(Failure::Elsewhere(SIGN_IN_AGAIN))
        }
        // A fresh code may be all that is wanted; that page finds out.
        Way::Further => Err(Failure::Elsewhere(CONFIRM_FOR_SECURITY)),
    }
}

impl Way {
    const fn here(self) -> Place {
        match self {
            Self::First => SETUP,
            Self::Further => SCAN,
        }
    }

    const fn home(self) -> Place {
        match self {
            Self::First => HOME,
            Self::Further => SECURITY,
        }
    }
}

const SCAN: Place = "/security/add/scan";

fn wrong(mismatch: &Mismatch) -> String {
    let left = counted(mismatch.attempts_left, "attempt");
    match mismatch.charged {
        Charged::Yes => format!(
            "That code is not right. You have {left} left. Does your phone set its clock by itself? \
             Codes depend on it."
        ),
        Charged::NotACode => format!(
            "That is not a code. Type the six digits your app shows. This did not count; you have {left} left."
        ),
    }
}

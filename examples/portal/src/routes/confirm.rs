//! A fresh code from somebody who is in: before they change their own second factor, or administer others'.

use axum::{extract::State, response::Response};
use mfakit::StepUp;

use crate::{
    failure::Failure,
    form::Form,
    guard::{
        Asked, CONFIRM_FOR_PEOPLE, CONFIRM_FOR_SECURITY, PEOPLE, Place, Post, SECURITY, SETUP,
        SIGN_IN_AGAIN, SignedIn, TICKET_FIELD, Visit,
    },
    page::{CodesReason, ConfirmPage, Frame, show},
    portal::Portal,
    routes::challenge::{Tried, try_code},
};

pub(super) async fn page(
    State(portal): State<Portal>,
    Visit(visitor): Visit<SignedIn>,
    Asked(query): Asked,
) -> Result<Response, Failure> {
    let purpose = Purpose::of(&query)?;
    match portal.mfa().step_up(visitor.present()).await? {
        StepUp::Challenge(challenge) => ask(&visitor, purpose, challenge.ticket.as_str(), None),
        StepUp::NoFactor => Err(Failure::Elsewhere(SETUP)),
        StepUp::Locked(locked) => {
            super::sign_in::locked_page(&portal, &visitor.id, &locked, purpose.here())
        }
        StepUp::Void(_) => sign_in_again(&portal, &visitor).await,
    }
}

pub(super) async fn submit(
    State(portal): State<Portal>,
    Post { visitor, form, .. }: Post<SignedIn>,
) -> Result<Response, Failure> {
    let purpose = Purpose::of(&form)?;
    let (ticket, typed) = (form.one(TICKET_FIELD)?, form.one("code")?);
    match try_code(&portal, visitor.binding.present(ticket), typed, None).await? {
        Tried::Verified(verified) => {
            let (person, binding) = (visitor.person.id, &visitor.binding);
            let id = portal
                .enter(&visitor.id, person, binding, &verified.assertion)
                .await?;
            let codes = verified.new_backup_codes.as_ref();
            let reason = CodesReason::Replaced;
            super::backup_codes::welcome(&portal, &id, codes, reason, purpose.place())
        }
        Tried::Again(error) => ask(&visitor, purpose, ticket, Some(&error)),
        Tried::Locked(locked) => {
            super::sign_in::locked_page(&portal, &visitor.id, &locked, purpose.here())
        }
        // The ticket is too old, or was used: a new page has a new one.
        Tried::Void => Err(Failure::Elsewhere(purpose.here())),
    }
}

fn ask(
    visitor: &SignedIn,
    purpose: Purpose,
    ticket: &str,
    error: Option<&str>,
) -> Result<Response, Failure> {
    let page = ConfirmPage {
        frame: Frame::inside(visitor, purpose.place()),
        purpose: purpose.name(),
        for_others: purpose == Purpose::People,
        ticket,
        error,
    };
    show(super::status_of(error.is_some()), &page)
}

async fn sign_in_again(portal: &Portal, visitor: &SignedIn) -> Result<Response, Failure> {
    portal.sessions().end(&visitor.id).await?;
    Err(Failure::Elsewhere(SIGN_IN_AGAIN))
}

/// What the code is for: where to go on, of a fixed few places, so that no address leads anywhere else.
#[derive(Clone, Copy, PartialEq, Eq)]
enum Purpose {
    Security,
    People,
}

impl Purpose {
    fn of(fields: &Form) -> Result<Self, Failure> {
        let name = fields.one("for")?;
        let all = [Self::Security, Self::People];
        let found = all.into_iter().find(|purpose| purpose.name() == name);
        found.ok_or(Failure::NotFound)
    }

    const fn name(self) -> &'static str {
        match self {
            Self::Security => "security",
            Self::People => "people",
        }
    }

    const fn here(self) -> Place {
        match self {
            Self::Security => CONFIRM_FOR_SECURITY,
            Self::People => CONFIRM_FOR_PEOPLE,
        }
    }

    const fn place(self) -> Place {
        match self {
            Self::Security => SECURITY,
            Self::People => PEOPLE,
        }
    }
}

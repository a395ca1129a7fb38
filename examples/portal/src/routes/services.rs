//! Activation codes of services: issued, issued anew, revoked, listed.

use axum::{extract::State, http::StatusCode, response::Response};
use mfakit::{
    ActivationHandle, ActivationLifetime, ActivationQuery, ActivationState, ActivationStatus,
    IssuedActivation, Label, Reissue, Revocation,
};

use crate::{
    access::Permission,
    failure::Failure,
    form::Form,
    guard::{Asked, Place, Post, SignedIn, Staff, Visit},
    install::PURPOSE,
    notice::Notice,
    page::{CodePage, Frame, ServicePage, ServiceRow, ServicesPage, show},
    portal::Portal,
    routes::person::{REASON_NEEDED, administrator},
    when::When,
};

pub(super) async fn page(
    State(portal): State<Portal>,
    Visit(Staff(visitor)): Visit<Staff>,
    Asked(query): Asked,
) -> Result<Response, Failure> {
    visitor.require(Permission::Services)?;
    let after = match query.maybe("after")? {
        Some(text) => Some(handle(text)?),
        None => None,
    };
    show_list(&portal, &visitor, after, None).await
}

pub(super) async fn issue(
    State(portal): State<Portal>,
    Post { visitor, form, .. }: Post<Staff>,
) -> Result<Response, Failure> {
    let visitor = visitor.0;
    visitor.require(Permission::Services)?;
    let lifetime = lifetime(&form)?;
    let Some(by) = administrator(&visitor, &form)? else {
        return show_list(&portal, &visitor, None, Some(REASON_NEEDED)).await;
    };
    let purpose = Label::new(PURPOSE).map_err(Failure::broken)?;
    let issued = portal
        .mfa()
        .issue_activation(&purpose, lifetime, &by)
        .await?;
    show_code(&visitor, &issued, false)
}

pub(super) async fn ask(
    State(portal): State<Portal>,
    Visit(Staff(visitor)): Visit<Staff>,
    Asked(query): Asked,
) -> Result<Response, Failure> {
    visitor.require(Permission::Services)?;
    let status = find(&portal, &query).await?;
    show_service(&visitor, &status, None)
}

pub(super) async fn reissue(
    State(portal): State<Portal>,
    Post { visitor, form, .. }: Post<Staff>,
) -> Result<Response, Failure> {
    let visitor = visitor.0;
    visitor.require(Permission::Services)?;
    let status = find(&portal, &form).await?;
    let lifetime = lifetime(&form)?;
    let Some(by) = administrator(&visitor, &form)? else {
        return show_service(&visitor, &status, Some(REASON_NEEDED));
    };
    // The old installation is shut out first: if the new code gets lost on the way, nobody is in by the old key.
    portal.services().end(&status.handle).await?;
    let mfa = portal.mfa();
    match mfa.reissue_activation(status.handle, lifetime, &by).await? {
        Reissue::Reissued(replaced) => {
            // Redeemed since it was looked at: that installation is void too.
            if matches!(replaced.old, ActivationState::Redeemed(_)) {
                portal.services().end(&status.handle).await?;
            }
            show_code(&visitor, &replaced.issued, true)
        }
        Reissue::Unknown => Err(Failure::NotFound),
    }
}

pub(super) async fn revoke(
    State(portal): State<Portal>,
    Post { visitor, form, .. }: Post<Staff>,
) -> Result<Response, Failure> {
    let visitor = visitor.0;
    visitor.require(Permission::Services)?;
    let status = find(&portal, &form).await?;
    let Some(by) = administrator(&visitor, &form)? else {
        return show_service(&visitor, &status, Some(REASON_NEEDED));
    };
    let notice = match portal.mfa().revoke_activation(status.handle, &by).await? {
        Revocation::Revoked => Notice::CodeRevoked,
        Revocation::AlreadyRevoked => Notice::CodeWasRevoked,
        // The code can't be called back, the service that it let in can.
        Revocation::AlreadyRedeemed(_) => {
            portal.services().end(&status.handle).await?;
            Notice::ServiceEnded
        }
        Revocation::Unknown => return Err(Failure::NotFound),
    };
    portal.sessions().leave(&visitor.id, notice).await?;
    Ok(super::go(SERVICES, None))
}

fn handle(text: &str) -> Result<ActivationHandle, Failure> {
    ActivationHandle::parse(text).map_err(|_| Failure::NotFound)
}

async fn find(portal: &Portal, fields: &Form) -> Result<ActivationStatus, Failure> {
    let handle = handle(fields.one("handle")?)?;
    let found = portal.mfa().activation_status(&[handle]).await?;
    let known = found.into_iter().find(|status| {
        // A handle that was never issued has neither.
        status.record.is_some() || status.fault.is_some()
    });
    known.ok_or(Failure::NotFound)
}

/// How long the code lives, by the way it is handed over.
fn lifetime(form: &Form) -> Result<ActivationLifetime, Failure> {
    match form.one("handover")? {
        "policy" => Ok(ActivationLifetime::POLICY),
        "phone" => Ok(ActivationLifetime::TEXT_OR_VOICE),
        "mail" => Ok(ActivationLifetime::MAIL),
        "post" => Ok(ActivationLifetime::POST),
        _ => Err(Failure::Form),
    }
}

async fn show_list(
    portal: &Portal,
    visitor: &SignedIn,
    after: Option<ActivationHandle>,
    error: Option<&'static str>,
) -> Result<Response, Failure> {
    let notice = portal.sessions().take_notice(&visitor.id).await?;
    let mut query = ActivationQuery::first(PAGE);
    if let Some(after) = after {
        query = query.after(after);
    }
    let found = portal.mfa().activations(query).await?;
    let page = ServicesPage {
        frame: Frame::inside(visitor, SERVICES),
        notice: notice.map(Notice::text),
        error,
        purpose: PURPOSE,
        services: found.entries.iter().map(ServiceRow::of).collect(),
        further: found.next.map(|next| next.to_string()),
    };
    show(super::status_of(error.is_some()), &page)
}

fn show_service(
    visitor: &SignedIn,
    status: &ActivationStatus,
    error: Option<&'static str>,
) -> Result<Response, Failure> {
    let page = ServicePage {
        frame: Frame::inside(visitor, SERVICES),
        service: ServiceRow::of(status),
        error,
    };
    show(super::status_of(error.is_some()), &page)
}

/// The code leaves the server only here.
fn show_code(
    visitor: &SignedIn,
    issued: &IssuedActivation,
    again: bool,
) -> Result<Response, Failure> {
    let page = CodePage {
        frame: Frame::inside(visitor, SERVICES),
        code: &issued.code.expose(),
        handle: issued.handle.to_string(),
        until: When::exactly(issued.expires),
        again,
    };
    show(StatusCode::OK, &page)
}

const SERVICES: Place = "/services";
const PAGE: u32 = 50;

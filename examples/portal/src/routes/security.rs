//! A person's own second factor: authenticators, backup codes, remembered devices. All of it behind a fresh code.

use axum::{extract::State, http::StatusCode, response::Response};
use mfakit::{
    Assertion, AuthenticatorId, AuthenticatorStatus, BackupCodesRenewal, DeviceId,
    DeviceRevocation, FactorChange, Label, Locked, Renaming, WhichDevices,
};

use crate::{
    failure::Failure,
    form::Form,
    guard::{Asked, CONFIRM_FOR_SECURITY, Fresh, Post, SECURITY, SignedIn, Visit},
    notice::Notice,
    page::{Authenticator, CodesReason, Device, Frame, RemovePage, RenamePage, SecurityPage, show},
    portal::Portal,
    session::SessionId,
    when::When,
};

pub(super) async fn page(
    State(portal): State<Portal>,
    Visit(Fresh(visitor)): Visit<Fresh>,
) -> Result<Response, Failure> {
    let notice = portal.sessions().take_notice(&visitor.id).await?;
    let status = portal.mfa().status(&[visitor.person.account()]).await?;
    let own = status.first();
    let page = SecurityPage {
        frame: Frame::inside(&visitor, SECURITY),
        notice: notice.map(Notice::text),
        authenticators: own
            .iter()
            .flat_map(|own| &own.authenticators)
            .map(Authenticator::of)
            .collect(),
        codes_left: own.map_or(0, |own| own.backup_codes_left),
        codes_are_few: own.is_some_and(|own| own.backup_codes_low),
        devices: own
            .iter()
            .flat_map(|own| &own.devices)
            .map(Device::of)
            .collect(),
        fresh_until: When::time(visitor.current.fresh_until),
    };
    show(StatusCode::OK, &page)
}

pub(super) async fn ask_name(
    State(portal): State<Portal>,
    Visit(Fresh(visitor)): Visit<Fresh>,
    Asked(query): Asked,
) -> Result<Response, Failure> {
    let authenticator = find(&portal, &visitor, &query).await?;
    let label = authenticator.label.as_str();
    show_name(&visitor, &authenticator, label, false)
}

pub(super) async fn rename(
    State(portal): State<Portal>,
    Post { visitor, form, .. }: Post<Fresh>,
) -> Result<Response, Failure> {
    let visitor = visitor.0;
    let authenticator = find(&portal, &visitor, &form).await?;
    let typed = form.one("label")?;
    let Ok(label) = Label::new(typed) else {
        return show_name(&visitor, &authenticator, typed, true);
    };
    let mfa = portal.mfa();
    let renaming = mfa.rename_authenticator(visitor.present(), authenticator.id, &label);
    let notice = match renaming.await? {
        Renaming::Renamed => Notice::AuthenticatorRenamed,
        Renaming::NoSuchAuthenticator => Notice::NothingThere,
        Renaming::Locked(locked) => return paused(&portal, &visitor, &locked),
        Renaming::Void(_) => return Err(Failure::Elsewhere(CONFIRM_FOR_SECURITY)),
    };
    back(&portal, &visitor.id, notice).await
}

pub(super) async fn ask_remove(
    State(portal): State<Portal>,
    Visit(Fresh(visitor)): Visit<Fresh>,
    Asked(query): Asked,
) -> Result<Response, Failure> {
    let authenticator = find(&portal, &visitor, &query).await?;
    let page = RemovePage {
        frame: Frame::inside(&visitor, SECURITY),
        authenticator: Authenticator::of(&authenticator),
    };
    show(StatusCode::OK, &page)
}

pub(super) async fn remove(
    State(portal): State<Portal>,
    Post { visitor, form, .. }: Post<Fresh>,
) -> Result<Response, Failure> {
    let visitor = visitor.0;
    let id = authenticator_of(&form)?;
    let mfa = portal.mfa();
    let notice = match mfa.remove_authenticator(visitor.present(), id).await? {
        FactorChange::Changed(changed) => {
            let id = rise(&portal, &visitor, &changed.assertion).await?;
            let notice = Notice::AuthenticatorRemoved;
            portal.sessions().leave(&id, notice).await?;
            return Ok(super::go(SECURITY, portal.site().set_cookie(&id)));
        }
        FactorChange::NoSuchAuthenticator => Notice::NothingThere,
        FactorChange::Required => Notice::OneMustStay,
        FactorChange::Locked(locked) => return paused(&portal, &visitor, &locked),
        FactorChange::Void(_) => return Err(Failure::Elsewhere(CONFIRM_FOR_SECURITY)),
    };
    back(&portal, &visitor.id, notice).await
}

pub(super) async fn new_backup_codes(
    State(portal): State<Portal>,
    Post { visitor, .. }: Post<Fresh>,
) -> Result<Response, Failure> {
    let visitor = visitor.0;
    let renewal = portal.mfa().regenerate_backup_codes(visitor.present());
    match renewal.await? {
        BackupCodesRenewal::Renewed(renewed) => {
            let id = rise(&portal, &visitor, &renewed.assertion).await?;
            let (codes, reason) = (Some(&renewed.backup_codes), CodesReason::Renewed);
            super::backup_codes::welcome(&portal, &id, codes, reason, SECURITY)
        }
        BackupCodesRenewal::Locked(locked) => paused(&portal, &visitor, &locked),
        BackupCodesRenewal::Void(_) => Err(Failure::Elsewhere(CONFIRM_FOR_SECURITY)),
    }
}

pub(super) async fn forget_devices(
    State(portal): State<Portal>,
    Post { visitor, form, .. }: Post<Fresh>,
) -> Result<Response, Failure> {
    let visitor = visitor.0;
    let which = devices_of(&form)?;
    let notice = match portal
        .mfa()
        .revoke_devices(visitor.present(), which)
        .await?
    {
        DeviceRevocation::Revoked { .. } => Notice::DeviceForgotten,
        DeviceRevocation::NoSuchDevice => Notice::NothingThere,
        DeviceRevocation::Locked(locked) => return paused(&portal, &visitor, &locked),
        DeviceRevocation::Void(_) => return Err(Failure::Elsewhere(CONFIRM_FOR_SECURITY)),
    };
    back(&portal, &visitor.id, notice).await
}

/// The devices that a form names: one, or all.
pub(super) fn devices_of(form: &Form) -> Result<WhichDevices, Failure> {
    match form.one("device")? {
        "all" => Ok(WhichDevices::All),
        id => {
            let id = DeviceId::parse(id).ok_or(Failure::NotFound)?;
            Ok(WhichDevices::One(id))
        }
    }
}

fn authenticator_of(fields: &Form) -> Result<AuthenticatorId, Failure> {
    let id = fields.one("authenticator")?;
    id.parse().map_err(|_| Failure::NotFound)
}

/// The visitor's authenticator that is named.
async fn find(
    portal: &Portal,
    visitor: &SignedIn,
    fields: &Form,
) -> Result<AuthenticatorStatus, Failure> {
    let id = authenticator_of(fields)?;
    let status = portal.mfa().status(&[visitor.person.account()]).await?;
    let mut own = status.into_iter().flat_map(|own| own.authenticators);
    own.find(|own| own.id == id).ok_or(Failure::NotFound)
}

fn show_name(
    visitor: &SignedIn,
    authenticator: &AuthenticatorStatus,
    typed: &str,
    error: bool,
) -> Result<Response, Failure> {
    let page = RenamePage {
        frame: Frame::inside(visitor, SECURITY),
        authenticator: Authenticator::of(authenticator),
        label: typed,
        error,
    };
    show(super::status_of(error), &page)
}

async fn rise(
    portal: &Portal,
    visitor: &SignedIn,
    assertion: &Assertion,
) -> Result<SessionId, Failure> {
    let (id, person) = (&visitor.id, visitor.person.id);
    portal.enter(id, person, &visitor.binding, assertion).await
}

async fn back(portal: &Portal, id: &SessionId, notice: Notice) -> Result<Response, Failure> {
    portal.sessions().leave(id, notice).await?;
    Ok(super::go(SECURITY, None))
}

fn paused(portal: &Portal, visitor: &SignedIn, locked: &Locked) -> Result<Response, Failure> {
    super::sign_in::locked_page(portal, &visitor.id, locked, SECURITY)
}

//! One person, and what administrators do for them. Each act names who does it and why.

use axum::{
    extract::State,
    response::{IntoResponse, Redirect, Response},
};
use mfakit::{
    Administrator, DeviceRevocation, ExemptionChange, ExemptionEnd, IdentityVerified,
    RequirementChange, Unlocking,
};

use crate::{
    access::{Permission, may_act_on},
    failure::Failure,
    form::Form,
    guard::{Asked, PEOPLE, Post, SignedIn, Staff, Visit},
    notice::Notice,
    page::{Acts, Frame, PersonPage, PersonRow, ResetPage, show},
    people::{Person, PersonId},
    portal::Portal,
    routes::{people, security},
    when::{self, When},
};

pub(super) async fn page(
    State(portal): State<Portal>,
    Visit(Staff(visitor)): Visit<Staff>,
    Asked(query): Asked,
) -> Result<Response, Failure> {
    visitor.require(Permission::SeePeople)?;
    let person = named(&portal, &query).await?;
    show_person(&portal, &visitor, &person, None).await
}

pub(super) async fn ask_reset(
    State(portal): State<Portal>,
    Visit(Staff(visitor)): Visit<Staff>,
    Asked(query): Asked,
) -> Result<Response, Failure> {
    let person = target(&portal, &visitor, &query, Permission::Reset).await?;
    show_reset(&visitor, &person, "", None)
}

pub(super) async fn reset(
    State(portal): State<Portal>,
    Post { visitor, form, .. }: Post<Staff>,
) -> Result<Response, Failure> {
    let visitor = visitor.0;
    let person = target(&portal, &visitor, &form, Permission::Reset).await?;
    let Some(by) = administrator(&visitor, &form)? else {
        return show_reset(&visitor, &person, form.one("reason")?, Some(REASON_NEEDED));
    };
    portal.mfa().reset(&person.account(), &by).await?;
    portal
        .sessions()
        .leave(&visitor.id, Notice::WasReset)
        .await?;
    Ok(super::go(PEOPLE, None))
}

pub(super) async fn unlock(
    State(portal): State<Portal>,
    Post { visitor, form, .. }: Post<Staff>,
) -> Result<Response, Failure> {
    let visitor = visitor.0;
    let person = target(&portal, &visitor, &form, Permission::Unlock).await?;
    let identity = match form.maybe("identity")? {
        Some("yes") => IdentityVerified::Yes,
        _ => IdentityVerified::No,
    };
    let Some(by) = administrator(&visitor, &form)? else {
        return refuse(&portal, &visitor, &person, REASON_NEEDED).await;
    };
    let account = person.account();
    let notice = match portal.mfa().unlock(&account, &by, identity).await? {
        Unlocking::NotLocked => Notice::NotLocked,
        Unlocking::Lifted => Notice::LockLifted,
        Unlocking::FailuresCleared => Notice::FailuresCleared,
        Unlocking::FactorsRemoved => Notice::FactorsRemoved,
    };
    back(&portal, &visitor, &person, notice).await
}

pub(super) async fn unlock_password(
    State(portal): State<Portal>,
    Post { visitor, form, .. }: Post<Staff>,
) -> Result<Response, Failure> {
    let visitor = visitor.0;
    let person = target(&portal, &visitor, &form, Permission::Unlock).await?;
    let Some(by) = administrator(&visitor, &form)? else {
        return refuse(&portal, &visitor, &person, REASON_NEEDED).await;
    };
    let notice = match portal.mfa().unlock_password(&person.account(), &by).await? {
        Unlocking::NotLocked => Notice::NotLocked,
        _ => Notice::PasswordUnlocked,
    };
    back(&portal, &visitor, &person, notice).await
}

pub(super) async fn exempt(
    State(portal): State<Portal>,
    Post { visitor, form, .. }: Post<Staff>,
) -> Result<Response, Failure> {
    let visitor = visitor.0;
    let person = target(&portal, &visitor, &form, Permission::Exempt).await?;
    let Some(by) = administrator(&visitor, &form)? else {
        return refuse(&portal, &visitor, &person, REASON_NEEDED).await;
    };
    let end = match form.one("until")?.trim() {
        "" => ExemptionEnd::Open,
        day => match when::end_of_day(day) {
            Some(end) => ExemptionEnd::At(end),
            None => return refuse(&portal, &visitor, &person, DATE_NEEDED).await,
        },
    };
    let error = match portal.mfa().exempt(&person.account(), end, &by).await? {
        ExemptionChange::Changed => {
            return back(&portal, &visitor, &person, Notice::Exempted).await;
        }
        ExemptionChange::EndsInThePast => "That day is over. Please choose a later one.".to_owned(),
        ExemptionChange::EndNeeded { latest } => format!(
            "The policy wants an end. The last day possible is {}.",
            When::day_before(latest).text
        ),
        ExemptionChange::TooLong { latest } => format!(
            "That is longer than the policy allows. The last day possible is {}.",
            When::day_before(latest).text
        ),
        _ => "The policy does not allow this exemption.".to_owned(),
    };
    refuse(&portal, &visitor, &person, &error).await
}

pub(super) async fn end_exemption(
    State(portal): State<Portal>,
    Post { visitor, form, .. }: Post<Staff>,
) -> Result<Response, Failure> {
    let visitor = visitor.0;
    let person = target(&portal, &visitor, &form, Permission::Exempt).await?;
    let Some(by) = administrator(&visitor, &form)? else {
        return refuse(&portal, &visitor, &person, REASON_NEEDED).await;
    };
    let notice = match portal.mfa().end_exemption(&person.account(), &by).await? {
        ExemptionChange::Changed => Notice::ExemptionEnded,
        _ => Notice::Unchanged,
    };
    back(&portal, &visitor, &person, notice).await
}

pub(super) async fn require(
    State(portal): State<Portal>,
    Post { visitor, form, .. }: Post<Staff>,
) -> Result<Response, Failure> {
    let visitor = visitor.0;
    let person = target(&portal, &visitor, &form, Permission::Require).await?;
    let Some(by) = administrator(&visitor, &form)? else {
        return refuse(&portal, &visitor, &person, REASON_NEEDED).await;
    };
    let (mfa, account) = (portal.mfa(), person.account());
    let (change, done) = match form.one("required")? {
        "yes" => (mfa.require(&account, &by).await?, Notice::Required),
        "no" => (
            mfa.end_requirement(&account, &by).await?,
            Notice::RequirementEnded,
        ),
        _ => return Err(Failure::Form),
    };
    let notice = match change {
        RequirementChange::Changed => done,
        RequirementChange::Unchanged => Notice::Unchanged,
    };
    back(&portal, &visitor, &person, notice).await
}

pub(super) async fn forget_devices(
    State(portal): State<Portal>,
    Post { visitor, form, .. }: Post<Staff>,
) -> Result<Response, Failure> {
    let visitor = visitor.0;
    let person = target(&portal, &visitor, &form, Permission::RevokeDevices).await?;
    let which = security::devices_of(&form)?;
    let Some(by) = administrator(&visitor, &form)? else {
        return refuse(&portal, &visitor, &person, REASON_NEEDED).await;
    };
    let (mfa, account) = (portal.mfa(), person.account());
    let notice = match mfa.revoke_devices_of(&account, which, &by).await? {
        DeviceRevocation::Revoked { .. } => Notice::DeviceForgotten,
        _ => Notice::NothingThere,
    };
    back(&portal, &visitor, &person, notice).await
}

/// Who acts and why, as the audit list keeps it; none if the reason is missing or too long.
pub(super) fn administrator(
    visitor: &SignedIn,
    form: &Form,
) -> Result<Option<Administrator>, Failure> {
    Ok(Administrator::new(&visitor.person.name, form.one("reason")?).ok())
}

/// The person named in the field `person`.
pub(super) async fn named(portal: &Portal, fields: &Form) -> Result<Person, Failure> {
    let id = PersonId::parse(fields.one("person")?).ok_or(Failure::NotFound)?;
    portal.people().get(id).await?.ok_or(Failure::NotFound)
}

/// The person named in the field `person`, if the visitor may do that to them.
async fn target(
    portal: &Portal,
    visitor: &SignedIn,
    fields: &Form,
    what: Permission,
) -> Result<Person, Failure> {
    visitor.require(what)?;
    let person = named(portal, fields).await?;
    if may_act_on(visitor.person.role, what, visitor.person.id, person.id) {
        Ok(person)
    } else {
        Err(Failure::Forbidden)
    }
}

async fn back(
    portal: &Portal,
    visitor: &SignedIn,
    person: &Person,
    notice: Notice,
) -> Result<Response, Failure> {
    portal.sessions().leave(&visitor.id, notice).await?;
    let place = format!("/people/person?person={}", person.id.number());
    Ok(Redirect::to(&place).into_response())
}

/// The person's page once more, with what was wrong about the form.
async fn refuse(
    portal: &Portal,
    visitor: &SignedIn,
    person: &Person,
    error: &str,
) -> Result<Response, Failure> {
    show_person(portal, visitor, person, Some(error)).await
}

async fn show_person(
    portal: &Portal,
    visitor: &SignedIn,
    person: &Person,
    error: Option<&str>,
) -> Result<Response, Failure> {
    let notice = portal.sessions().take_notice(&visitor.id).await?;
    let states = people::states_of(portal, core::slice::from_ref(person)).await?;
    let state = states.into_iter().next().flatten();
    let locks = people::password_locks(portal).await?;
    let me = &visitor.person;
    let page = PersonPage {
        frame: Frame::inside(visitor, PEOPLE),
        notice: notice.map(Notice::text),
        error,
        may: Acts::of(me.role, |what| may_act_on(me.role, what, me.id, person.id)),
        tomorrow: When::day_after(portal.now()).machine_day(),
        exemption: state
            .as_ref()
            .and_then(|state| state.exemption.as_ref())
            .map(Into::into),
        required: state.as_ref().is_some_and(|state| state.required),
        authenticators: state
            .iter()
            .flat_map(|state| &state.authenticators)
            .map(crate::page::Authenticator::of)
            .collect(),
        devices: state
            .iter()
            .flat_map(|state| &state.devices)
            .map(crate::page::Device::of)
            .collect(),
        row: PersonRow::of(
            person,
            state.as_ref(),
            locks.get(&person.account()),
            person.id == me.id,
        ),
    };
    show(super::status_of(error.is_some()), &page)
}

fn show_reset(
    visitor: &SignedIn,
    person: &Person,
    reason: &str,
    error: Option<&'static str>,
) -> Result<Response, Failure> {
    let page = ResetPage {
        frame: Frame::inside(visitor, PEOPLE),
        person,
        reason,
        error,
    };
    show(super::status_of(error.is_some()), &page)
}

pub(super) const REASON_NEEDED: &str =
    "Please give a reason: one line, no longer than a few sentences. It is kept in the audit list.";
const DATE_NEEDED: &str =
    "That is no day. Please write it as year, month and day, such as 2027-01-31.";

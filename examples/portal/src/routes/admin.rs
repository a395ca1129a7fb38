//! What administrators do: people, resets, the policy, the audit list.

use axum::{
    extract::{RawQuery, State},
    http::StatusCode,
    response::Response,
};
use mfakit::{Administrator, AuditQuery, LockEnd, PolicyChange, Requirement};

use crate::{
    access::{Permission, may_reset},
    failure::Failure,
    form::Form,
    guard::{Post, SignedIn, Visit},
    page::{
        AuditEvent, AuditPage, AuditRow, Frame, OrganizationPage, PeoplePage, PersonRow, ResetPage,
        show,
    },
    people::{Person, PersonId},
    portal::Portal,
    session::Notice,
    when::When,
};

pub(super) async fn people(
    State(portal): State<Portal>,
    Visit(visitor): Visit<SignedIn>,
) -> Result<Response, Failure> {
    visitor.require(Permission::SeePeople)?;
    let notice = portal.sessions().take_notice(&visitor.id).await?;
    let people = portal.people().all().await?;
    let accounts: Vec<_> = people.iter().map(Person::account).collect();
    let states = portal.mfa().status(&accounts).await?;
    let me = &visitor.person;
    let rows = people.iter().map(|person| {
        let state = states
            .iter()
            .find(|state| state.account == person.account());
        let authenticator = state.and_then(|state| state.authenticators.first());
        PersonRow {
            number: person.id.number(),
            name: person.name.clone(),
            role: person.role.title(),
            is_me: person.id == me.id,
            may_reset: may_reset(me.role, me.id, person.id),
            since: authenticator.map(|authenticator| When::day(authenticator.bound_at)),
            setup_pending: state.is_some_and(|state| state.setup_pending),
            codes_left: state.map_or(0, |state| state.backup_codes_left),
            locked: state
                .and_then(|state| state.lock.as_ref())
                .map(|lock| match lock.end {
                    LockEnd::At(end) => Some(When::exactly(end)),
                    LockEnd::Hard => None,
                }),
        }
    });
    let page = PeoplePage {
        frame: Frame::inside(&visitor, PEOPLE),
        notice: notice.map(Notice::text),
        people: rows.collect(),
    };
    show(StatusCode::OK, &page)
}

pub(super) async fn ask_reset(
    State(portal): State<Portal>,
    Visit(visitor): Visit<SignedIn>,
    RawQuery(query): RawQuery,
) -> Result<Response, Failure> {
    let query = Form::parse(query.unwrap_or_default().as_bytes())?;
    let person = resettable(&portal, &visitor, &query).await?;
    show_reset(&visitor, &person, "", None)
}

pub(super) async fn reset(
    State(portal): State<Portal>,
    Post { visitor, form }: Post<SignedIn>,
) -> Result<Response, Failure> {
    let person = resettable(&portal, &visitor, &form).await?;
    let reason = form.one("reason")?;
    let Ok(administrator) = Administrator::new(&visitor.person.name, reason) else {
        return show_reset(&visitor, &person, reason, Some(REASON_NEEDED));
    };
    portal
        .mfa()
        .reset(&person.account(), &administrator)
        .await?;
    portal
        .sessions()
        .leave(&visitor.id, Notice::WasReset)
        .await?;
    Ok(super::go(PEOPLE, None))
}

pub(super) async fn organization(
    State(portal): State<Portal>,
    Visit(visitor): Visit<SignedIn>,
) -> Result<Response, Failure> {
    visitor.require(Permission::ChangePolicy)?;
    let notice = portal.sessions().take_notice(&visitor.id).await?;
    let requirement = portal.mfa().policy().await?.requirement();
    let page = OrganizationPage {
        frame: Frame::inside(&visitor, ORGANIZATION),
        notice: notice.map(Notice::text),
        is_required: requirement == Requirement::Required,
        reason: "",
        error: None,
    };
    show(StatusCode::OK, &page)
}

pub(super) async fn change_policy(
    State(portal): State<Portal>,
    Post { visitor, form }: Post<SignedIn>,
) -> Result<Response, Failure> {
    visitor.require(Permission::ChangePolicy)?;
    let requirement = match form.one("requirement")? {
        "required" => Requirement::Required,
        "optional" => Requirement::Optional,
        _ => return Err(Failure::Form),
    };
    let reason = form.one("reason")?;
    let Ok(administrator) = Administrator::new(&visitor.person.name, reason) else {
        let page = OrganizationPage {
            frame: Frame::inside(&visitor, ORGANIZATION),
            notice: None,
            is_required: requirement == Requirement::Required,
            reason,
            error: Some(REASON_NEEDED),
        };
        return show(StatusCode::UNPROCESSABLE_ENTITY, &page);
    };
    let policy = portal.mfa().policy().await?.with_requirement(requirement);
    let notice = match portal.mfa().set_policy(policy, &administrator).await? {
        PolicyChange::Changed => Notice::PolicyChanged,
        PolicyChange::Stale => Notice::PolicyStale,
    };
    portal.sessions().leave(&visitor.id, notice).await?;
    Ok(super::go(ORGANIZATION, None))
}

pub(super) async fn audit(
    State(portal): State<Portal>,
    Visit(visitor): Visit<SignedIn>,
    RawQuery(query): RawQuery,
) -> Result<Response, Failure> {
    visitor.require(Permission::SeeAudit)?;
    let query = Form::parse(query.unwrap_or_default().as_bytes())?;
    let mut wanted = AuditQuery::newest(PAGE);
    let before = query.maybe("before")?;
    if let Some(before) = before {
        wanted = wanted.after(before.parse().map_err(|_| Failure::NotFound)?);
    }
    let found = portal.mfa().events(wanted).await?;
    let people = portal.people().all().await?;
    let entries = found.entries.iter().map(|entry| AuditRow {
        account: entry.account.as_ref().map(|account| {
            let person = people.iter().find(|person| person.account() == *account);
            person.map_or_else(
                || "somebody unknown".to_owned(),
                |person| person.name.clone(),
            )
        }),
        event: entry.event.as_ref().map(|event| AuditEvent {
            at: When::exactly(event.at),
            what: event.kind.to_string(),
            actor: event.actor.as_ref().map(|actor| actor.as_str().to_owned()),
            reason: event
                .reason
                .as_ref()
                .map(|reason| reason.as_str().to_owned()),
        }),
    });
    let page = AuditPage {
        frame: Frame::inside(&visitor, AUDIT),
        entries: entries.collect(),
        older: found.next.map(|position| position.to_string()),
        is_first: before.is_none(),
    };
    show(StatusCode::OK, &page)
}

/// The person named in the field `person`, if the visitor may reset them.
async fn resettable(portal: &Portal, visitor: &SignedIn, form: &Form) -> Result<Person, Failure> {
    visitor.require(Permission::Reset)?;
    let id = PersonId::parse(form.one("person")?).ok_or(Failure::NotFound)?;
    let person = portal.people().get(id).await?.ok_or(Failure::NotFound)?;
    if may_reset(visitor.person.role, visitor.person.id, person.id) {
        Ok(person)
    } else {
        Err(Failure::Forbidden)
    }
}

fn show_reset(
    visitor: &SignedIn,
    person: &Person,
    reason: &str,
    error: Option<&'static str>,
) -> Result<Response, Failure> {
    let status = match error {
        None => StatusCode::OK,
        Some(_) => StatusCode::UNPROCESSABLE_ENTITY,
    };
    let page = ResetPage {
        frame: Frame::inside(visitor, PEOPLE),
        person,
        reason,
        error,
    };
    show(status, &page)
}

const PEOPLE: &str = "/people";
const ORGANIZATION: &str = "/organization";
const AUDIT: &str = "/audit";
const REASON_NEEDED: &str =
    "Please give a reason: one line, no longer than a few sentences. It is kept in the audit list.";
/// Entries of the audit list on one page.
const PAGE: u32 = 25;

//! The demo outbox: mails as people would have got them.

use axum::{extract::State, http::StatusCode, response::Response};

use crate::{
    access::Permission,
    failure::Failure,
    guard::{Asked, Place, Staff, Visit},
    page::{Frame, MailPage, MailRow, show},
    portal::Portal,
    when::When,
};

pub(super) async fn page(
    State(portal): State<Portal>,
    Visit(Staff(visitor)): Visit<Staff>,
    Asked(query): Asked,
) -> Result<Response, Failure> {
    visitor.require(Permission::SeeMail)?;
    let before = query.maybe("before")?;
    let before = before
        .map(str::parse::<i64>)
        .transpose()
        .map_err(|_| Failure::NotFound)?;
    // One more than is shown tells whether there are older ones.
    let mut mails = portal
        .mails()
        .newest(before, PAGE.saturating_add(1))
        .await?;
    let more = mails.len() > usize::try_from(PAGE).unwrap_or(usize::MAX);
    mails.truncate(usize::try_from(PAGE).unwrap_or(usize::MAX));
    let page = MailPage {
        frame: Frame::inside(&visitor, MAIL),
        older: mails.last().filter(|_| more).map(|mail| mail.number),
        is_first: before.is_none(),
        mails: mails
            .into_iter()
            .map(|mail| MailRow {
                to: mail.to,
                sent: When::exactly(mail.sent),
                subject: mail.subject,
                body: mail.body,
            })
            .collect(),
    };
    show(StatusCode::OK, &page)
}

const MAIL: Place = "/mail";
const PAGE: u32 = 20;

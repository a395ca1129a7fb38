//! The first page inside.

use axum::{extract::State, http::StatusCode, response::Response};
use mfakit::Basis;

use crate::{
    failure::Failure,
    guard::{HOME, SignedIn, Visit},
    page::{Authenticator, Frame, HomePage, How, show},
    portal::Portal,
    session::Notice,
    when::When,
};

pub(super) async fn page(
    State(portal): State<Portal>,
    Visit(visitor): Visit<SignedIn>,
) -> Result<Response, Failure> {
    let notice = portal.sessions().take_notice(&visitor.id).await?;
    let status = portal.mfa().status(&[visitor.person.account()]).await?;
    let codes_left = status.first().map_or(0, |own| own.backup_codes_left);
    let authenticators: Vec<_> = status
        .iter()
        .flat_map(|own| &own.authenticators)
        .map(|authenticator| Authenticator {
            label: authenticator.label.as_str().to_owned(),
            since: When::day(authenticator.bound_at),
        })
        .collect();
    let page = HomePage {
        frame: Frame::inside(&visitor, HOME),
        notice: notice.map(Notice::text),
        name: &visitor.person.name,
        how: match visitor.current.basis {
            Basis::Otp => How::App,
            Basis::BackupCode => How::BackupCode,
            _ => How::Password,
        },
        may_set_up: visitor.current.may_set_up,
        codes_are_few: status.first().is_some_and(|own| own.backup_codes_low),
        authenticators,
        codes_left,
    };
    show(StatusCode::OK, &page)
}

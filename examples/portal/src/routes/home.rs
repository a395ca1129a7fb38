//! The first page inside.

use axum::{extract::State, http::StatusCode, response::Response};

use crate::{
    failure::Failure,
    guard::{HOME, SignedIn, Visit},
    notice::Notice,
    page::{Authenticator, Frame, HomePage, show},
    portal::Portal,
    when::When,
};

pub(super) async fn page(
    State(portal): State<Portal>,
    Visit(visitor): Visit<SignedIn>,
) -> Result<Response, Failure> {
    let notice = portal.sessions().take_notice(&visitor.id).await?;
    let status = portal.mfa().status(&[visitor.person.account()]).await?;
    let own = status.first();
    let page = HomePage {
        frame: Frame::inside(&visitor, HOME),
        notice: notice.map(Notice::text),
        name: &visitor.person.name,
        how: visitor.current.basis.into(),
        may_set_up: visitor.current.may_set_up,
        due: own.and_then(|own| own.setup_due_at).map(When::day),
        authenticators: own
            .iter()
            .flat_map(|own| &own.authenticators)
            .map(Authenticator::of)
            .collect(),
        codes_left: own.map_or(0, |own| own.backup_codes_left),
        codes_are_few: own.is_some_and(|own| own.backup_codes_low),
        is_guessed_at: own.is_some_and(|own| own.failure_budget_spent || own.year_budget_spent),
    };
    show(StatusCode::OK, &page)
}

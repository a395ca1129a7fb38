//! The service-install wizard: redeems an activation code once, and gives the service a key of its own in return.
//!
//! A page for people, an address for the command. Neither says why a code was refused: the audit list does.

use axum::{
    extract::State,
    http::{HeaderMap, StatusCode, header},
    response::{IntoResponse, Response},
};
use mfakit::{ActivationCode, Actor, Label, Redemption};
use zeroize::Zeroizing;

use crate::{
    failure::Failure,
    form::Form,
    guard::{Anyone, Call, Post, Visit},
    install::PURPOSE,
    page::{Frame, InstallMessage, InstallPage, InstalledPage, show},
    portal::Portal,
    session::SessionId,
};

pub(super) async fn page(
    State(portal): State<Portal>,
    Visit(visitor): Visit<Anyone>,
) -> Result<Response, Failure> {
    let response = show_wizard(&visitor.id, "", None)?;
    let cookie = visitor
        .is_new
        .then(|| portal.site().set_cookie(&visitor.id));
    Ok(super::with_cookie(response, cookie.flatten()))
}

pub(super) async fn submit(
    State(portal): State<Portal>,
    Post { visitor, form, .. }: Post<Anyone>,
) -> Result<Response, Failure> {
    let message = match redeem(&portal, &form).await? {
        Redeemed::Key(key, machine) => {
            let page = InstalledPage {
                frame: Frame::outside(&visitor.id),
                key: &key,
                machine: machine.as_str(),
            };
            return show(StatusCode::OK, &page);
        }
        Redeemed::Machine => InstallMessage::Machine,
        Redeemed::Mistyped => InstallMessage::Mistyped,
        Redeemed::Failed => InstallMessage::Failed,
    };
    show_wizard(&visitor.id, form.one("machine")?, Some(message))
}

/// The same for the command: the key, or one word.
pub(super) async fn call(
    State(portal): State<Portal>,
    Call(form): Call,
) -> Result<Response, Failure> {
    Ok(match redeem(&portal, &form).await? {
        Redeemed::Key(key, _) => key.to_string().into_response(),
        Redeemed::Machine => (StatusCode::UNPROCESSABLE_ENTITY, "machine_refused").into_response(),
        Redeemed::Mistyped | Redeemed::Failed => {
            (StatusCode::FORBIDDEN, "activation_failed").into_response()
        }
    })
}

/// A service shows its key: what it was given the key for.
pub(super) async fn hello(
    State(portal): State<Portal>,
    headers: HeaderMap,
) -> Result<Response, Failure> {
    let key = headers
        .get(header::AUTHORIZATION)
        .and_then(|value| value.to_str().ok())
        .and_then(|value| value.strip_prefix("Bearer "));
    let machine = match key {
        Some(key) => portal.services().machine(key).await?,
        None => None,
    };
    Ok(match machine {
        Some(machine) => format!("{PURPOSE} on {machine}\n").into_response(),
        None => (StatusCode::UNAUTHORIZED, "unknown_key").into_response(),
    })
}

/// What became of a code.
enum Redeemed {
    /// It was good; the service's key, and the machine's name.
    Key(Zeroizing<String>, Actor),
    /// The machine's name is none; no code was looked at.
    Machine,
    /// It is no activation code, by its own check symbol; nobody was asked.
    Mistyped,
    /// It was not good.
    Failed,
}

async fn redeem(portal: &Portal, form: &Form) -> Result<Redeemed, Failure> {
    let typed = form.one("activation_code")?;
    let Ok(machine) = Actor::new(form.one("machine")?) else {
        return Ok(Redeemed::Machine);
    };
    if ActivationCode::parse(typed).is_err() {
        return Ok(Redeemed::Mistyped);
    }
    let purpose = Label::new(PURPOSE).map_err(Failure::broken)?;
    let redemption = portal.mfa().redeem_activation(typed, &purpose, &machine);
    Ok(match redemption.await? {
        Redemption::Redeemed(redeemed) => {
            let services = portal.services();
            let now = portal.now();
            let key = services
                .install(&redeemed.handle, machine.as_str(), now)
                .await?;
            // Reissued between the two steps: an administrator has shut out whoever redeemed the old code, and the key
            // came after that.
            let status = portal.mfa().activation_status(&[redeemed.handle]).await?;
            let record = status.first().and_then(|status| status.record.as_ref());
            if record.is_none_or(|record| record.issued != redeemed.issued) {
                services.withdraw(&key).await?;
                return Ok(Redeemed::Failed);
            }
            Redeemed::Key(key, machine)
        }
        Redemption::ActivationFailed => Redeemed::Failed,
    })
}

fn show_wizard(
    id: &SessionId,
    machine: &str,
    message: Option<InstallMessage>,
) -> Result<Response, Failure> {
    let page = InstallPage {
        frame: Frame::outside(id),
        machine,
        message,
    };
    show(super::status_of(message.is_some()), &page)
}

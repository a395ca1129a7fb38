//! Setup: the QR code, and the first code that proves it was read.

use axum::{extract::State, http::StatusCode, response::Response};
use mfakit::{AccountName, Charged, Confirmation, Label, Mismatch, SetupStart};

use crate::{
    failure::Failure,
    guard::{Post, SETUP, SIGN_IN_AGAIN, SettingUp, Visit},
    page::{CodesReason, Frame, SetupPage, counted, show},
    portal::Portal,
    session::Stage,
    when::When,
};

pub(super) async fn page(
    State(portal): State<Portal>,
    Visit(visitor): Visit<SettingUp>,
) -> Result<Response, Failure> {
    show_pending(&portal, &visitor, None).await
}

pub(super) async fn submit(
    State(portal): State<Portal>,
    Post { visitor, form }: Post<SettingUp>,
) -> Result<Response, Failure> {
    let presented = visitor.present_form(&form)?;
    let error = match portal.mfa().confirm_setup(presented, form.one("code")?).await? {
        Confirmation::Confirmed(confirmed) => {
            let stage = Stage::In(confirmed.assertion.as_str().to_owned().into());
            let id = portal
                .rise(&visitor.id, visitor.person.id, &visitor.binding, &stage)
                .await?;
            let codes = confirmed.backup_codes.as_ref();
            return super::backup_codes::welcome(&portal, &id, codes, CodesReason::Setup);
        }
        Confirmation::Mismatch(mismatch) => wrong(&mismatch),
        Confirmation::NoPendingSetup => {
            "The last QR code is no longer valid. This is a new one: please remove the old entry from your app, \
             and scan again."
                .to_owned()
        }
        Confirmation::Locked(locked) => {
            return super::sign_in::locked_page(&portal, &visitor.id, &locked, SETUP);
        }
        // Void, or an answer of a later engine: nothing that is not `Confirmed` goes on.
        _ => return sign_in_again(&portal, &visitor).await,
    };
    show_pending(&portal, &visitor, Some(error)).await
}

async fn show_pending(
    portal: &Portal,
    visitor: &SettingUp,
    error: Option<String>,
) -> Result<Response, Failure> {
    let presented = visitor.present();
    // Neither text can be refused: a login name is shorter than 254 bytes and has no colon.
    let name = AccountName::new(&visitor.person.name).map_err(Failure::broken)?;
    let label = Label::new("Authenticator app").map_err(Failure::broken)?;
    let pending = match portal.mfa().begin_setup(presented, &name, &label).await? {
        SetupStart::Pending(pending) => pending,
        SetupStart::Locked(locked) => {
            return super::sign_in::locked_page(portal, &visitor.id, &locked, SETUP);
        }
        _ => return sign_in_again(portal, visitor).await,
    };
    let status = match error {
        None => StatusCode::OK,
        Some(_) => StatusCode::UNPROCESSABLE_ENTITY,
    };
    let page = SetupPage {
        frame: Frame::outside(&visitor.id),
        ticket: visitor.ticket(),
        qr: &pending.qr().map_err(Failure::broken)?.svg(),
        key: &pending.key(),
        issuer: pending.issuer.as_str(),
        account: pending.account_name.as_str(),
        expires: When::time(pending.expires),
        error,
    };
    show(status, &page)
}

async fn sign_in_again(portal: &Portal, visitor: &SettingUp) -> Result<Response, Failure> {
    portal.sessions().end(&visitor.id).await?;
    Err(Failure::Elsewhere(SIGN_IN_AGAIN))
}

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

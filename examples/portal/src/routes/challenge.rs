//! Second step: a code of the authenticator app, or a backup code.

use axum::{extract::State, response::Response};
use mfakit::{
    Charged, Declined, Label, Locked, Mismatch, Presented, Replayed, ReplayedCode, Setting,
    Verification, Verified,
};

use crate::{
    device,
    failure::Failure,
    guard::{CHALLENGE, Challenged, HOME, Post, SIGN_IN_AGAIN, TICKET_FIELD, Visit},
    page::{ChallengePage, CodesReason, Frame, counted, show},
    portal::Portal,
    when::wait,
};

pub(super) async fn page(
    State(portal): State<Portal>,
    Visit(visitor): Visit<Challenged>,
) -> Result<Response, Failure> {
    ask(&portal, &visitor, &visitor.ticket, None).await
}

pub(super) async fn submit(
    State(portal): State<Portal>,
    Post {
        visitor,
        form,
        headers,
    }: Post<Challenged>,
) -> Result<Response, Failure> {
    let (ticket, typed) = (form.one(TICKET_FIELD)?, form.one("code")?);
    let presented = visitor.binding.present(ticket);
    let remember = match form.maybe("remember")? {
        Some("yes") => Some(device::name(&headers).map_err(Failure::broken)?),
        _ => None,
    };
    let error = match try_code(&portal, presented, typed, remember.as_ref()).await? {
        Tried::Verified(verified) => {
            let (person, binding) = (visitor.person.id, &visitor.binding);
            let id = portal
                .enter(&visitor.id, person, binding, &verified.assertion)
                .await?;
            let codes = verified.new_backup_codes.as_ref();
            let response =
                super::backup_codes::welcome(&portal, &id, codes, CodesReason::Replaced, HOME)?;
            let Some(token) = &verified.device else {
                return Ok(response);
            };
            let days = portal.mfa().policy().await?.get(Setting::RememberDays);
            let cookie = portal.site().set_device(person, token.as_str(), days);
            return Ok(super::with_cookie(response, cookie));
        }
        Tried::Again(error) => error,
        Tried::Locked(locked) => {
            return super::sign_in::locked_page(&portal, &visitor.id, &locked, CHALLENGE);
        }
        Tried::Void => {
            portal.sessions().end(&visitor.id).await?;
            return Err(Failure::Elsewhere(SIGN_IN_AGAIN));
        }
    };
    ask(&portal, &visitor, ticket, Some(error)).await
}

async fn ask(
    portal: &Portal,
    visitor: &Challenged,
    ticket: &str,
    error: Option<String>,
) -> Result<Response, Failure> {
    let status = super::status_of(error.is_some());
    let days = portal.mfa().policy().await?.get(Setting::RememberDays);
    let page = ChallengePage {
        frame: Frame::outside(&visitor.id),
        person: &visitor.person,
        ticket,
        remember_days: (days > 0).then(|| counted(days, "day")),
        error,
    };
    show(status, &page)
}

/// What a typed code led to.
pub(super) enum Tried {
    /// It was right.
    Verified(Verified),
    /// It was not, and the page says why.
    Again(String),
    /// No code is looked at for a time.
    Locked(Locked),
    /// The page is from before something else happened.
    Void,
}

/// Verifies what a person typed: a code, a backup code, or two codes in a row.
pub(super) async fn try_code(
    portal: &Portal,
    presented: Presented<'_>,
    typed: &str,
    remember: Option<&Label>,
) -> Result<Tried, Failure> {
    let mfa = portal.mfa();
    let verification = match (two_codes(typed), remember) {
        (Some((first, second)), _) => mfa.resynchronize(presented, first, second).await?,
        (None, Some(device)) => mfa.verify_and_remember(presented, typed, device).await?,
        (None, None) => mfa.verify(presented, typed).await?,
    };
    Ok(match verification {
        Verification::Verified(verified) => Tried::Verified(verified),
        Verification::Mismatch(mismatch) => Tried::Again(wrong(&mismatch)),
        Verification::Replayed(replayed) => Tried::Again(used(&replayed)),
        Verification::Declined(declined) => Tried::Again(too_little(declined)),
        Verification::Locked(locked) => Tried::Locked(locked),
        Verification::Void(_) => Tried::Void,
    })
}

/// Two codes of an app, one after the other, with a space between them.
fn two_codes(typed: &str) -> Option<(&str, &str)> {
    let is_code = |part: &str| part.len() >= 6 && part.bytes().all(|it| it.is_ascii_digit());
    let (first, second) = typed.trim().split_once(' ')?;
    let second = second.trim_start();
    (is_code(first) && is_code(second)).then_some((first, second))
}

fn too_little(declined: Declined) -> String {
    match declined {
        Declined::OneCode => {
            "Too many codes for your account were wrong in the last year, so one code is not enough. \
             Type a backup code, or two codes that your app shows one after the other, with a space between them."
        }
        Declined::TwoCodes => "Two codes are not accepted here. Please type a backup code.",
    }
    .to_owned()
}

fn wrong(mismatch: &Mismatch) -> String {
    let left = counted(mismatch.attempts_left, "attempt");
    match mismatch.charged {
        Charged::Yes => format!("That code is not right. You have {left} left."),
        Charged::NotACode => format!(
            "That is not a code. Type the six digits from your app, or a whole backup code. \
             This did not count; you have {left} left."
        ),
    }
}

fn used(replayed: &Replayed) -> String {
    match replayed.what {
        ReplayedCode::Otp => format!(
            "That code was already used. Please wait for the next one: your app shows it in {}.",
            wait(replayed.wait_seconds.into())
        ),
        ReplayedCode::BackupCode => {
            "That backup code was already used. Each works once; please take another one."
                .to_owned()
        }
    }
}

#[cfg(test)]
mod tests {
    use super::two_codes;

    #[test]
    fn two_codes_are_told_from_one_that_is_typed_with_spaces() {
        assert_eq!(two_codes(" 123456  654321 "), Some(("123456", "654321")));
        for one in [
            "123456",
            "123 456",
            "12 34 56",
            "123456 ",
            "1 234567",
            "ABCDEF 123456",
            "",
        ] {
            assert_eq!(two_codes(one), None, "{one}");
        }
    }
}

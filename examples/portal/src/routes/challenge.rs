//! Second step: a code of the authenticator app, or a backup code.

use axum::{extract::State, http::StatusCode, response::Response};
use mfakit::{Charged, Declined, Mismatch, Replayed, ReplayedCode, Verification};

use crate::{
    failure::Failure,
    guard::{CHALLENGE, Challenged, Post, SIGN_IN_AGAIN, TICKET_FIELD, Visit},
    page::{ChallengePage, CodesReason, Frame, counted, show},
    portal::Portal,
    session::Stage,
    when::wait,
};

pub(super) async fn page(Visit(visitor): Visit<Challenged>) -> Result<Response, Failure> {
    ask(StatusCode::OK, &visitor, &visitor.ticket, None)
}

pub(super) async fn submit(
    State(portal): State<Portal>,
    Post { visitor, form }: Post<Challenged>,
) -> Result<Response, Failure> {
    let (ticket, typed) = (form.one(TICKET_FIELD)?, form.one("code")?);
    let presented = visitor.binding.present(ticket);
    let mfa = portal.mfa();
    let verification = match two_codes(typed) {
        Some((first, second)) => mfa.resynchronize(presented, first, second).await?,
        None => mfa.verify(presented, typed).await?,
    };
    let error = match verification {
        Verification::Verified(verified) => {
            let stage = Stage::In(verified.assertion.as_str().to_owned().into());
            let id = portal
                .rise(&visitor.id, visitor.person.id, &visitor.binding, &stage)
                .await?;
            let codes = verified.new_backup_codes.as_ref();
            return super::backup_codes::welcome(&portal, &id, codes, CodesReason::Replaced);
        }
        Verification::Mismatch(mismatch) => wrong(&mismatch),
        Verification::Replayed(replayed) => used(&replayed),
        Verification::Locked(locked) => {
            return super::sign_in::locked_page(&portal, &visitor.id, &locked, CHALLENGE);
        }
        Verification::Declined(declined) => too_little(declined),
        Verification::Void(_) => {
            portal.sessions().end(&visitor.id).await?;
            return Err(Failure::Elsewhere(SIGN_IN_AGAIN));
        }
    };
    ask(
        StatusCode::UNPROCESSABLE_ENTITY,
        &visitor,
        ticket,
        Some(error),
    )
}

fn ask(
    status: StatusCode,
    visitor: &Challenged,
    ticket: &str,
    error: Option<String>,
) -> Result<Response, Failure> {
    let page = ChallengePage {
        frame: Frame::outside(&visitor.id),
        person: &visitor.person,
        ticket,
        error,
    };
    show(status, &page)
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

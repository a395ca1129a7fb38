//! Backup codes: shown once, downloaded, confirmed as stored.
//!
//! The server keeps none of them. What the page needs once more (for the download, or when the tick was forgotten) the
//! browser sends back in hidden fields, and only what looks like a backup code is repeated.

use axum::{
    extract::State,
    http::{HeaderValue, StatusCode, header},
    response::{IntoResponse, Response},
};
use mfakit::{BackupCodes, Standing};

use crate::{
    failure::Failure,
    form::Form,
    guard::{BACKUP_CODES, HOME, Place, Post, SIGN_IN_AGAIN, StoringCodes, Visit},
    notice::Notice,
    page::{CodesGonePage, CodesPage, CodesReason, Frame, show},
    portal::{Portal, SITE_NAME},
    session::SessionId,
    when::When,
};

/// The answer to the right code: new backup codes, which leave the server only here, or straight on.
pub(super) fn welcome(
    portal: &Portal,
    id: &SessionId,
    codes: Option<&BackupCodes>,
    reason: CodesReason,
    place: Place,
) -> Result<Response, Failure> {
    let cookie = portal.site().set_cookie(id);
    let Some(codes) = codes else {
        return Ok(super::go(place, cookie));
    };
    let page = CodesPage {
        frame: Frame::outside(id),
        codes: &codes.iter().collect::<Vec<_>>(),
        reason,
        renewed: reason == CodesReason::Renewed,
        error: false,
    };
    Ok(super::with_cookie(show(StatusCode::OK, &page)?, cookie))
}

/// Reached by a reload or a detour: the codes are gone.
pub(super) async fn page(Visit(visitor): Visit<StoringCodes>) -> Result<Response, Failure> {
    let frame = Frame::outside(&visitor.0.id);
    show(StatusCode::OK, &CodesGonePage { frame })
}

pub(super) async fn submit(
    State(portal): State<Portal>,
    Post { visitor, form, .. }: Post<StoringCodes>,
) -> Result<Response, Failure> {
    let visitor = visitor.0;
    if form.maybe("stored")? != Some("yes") {
        let page = CodesPage {
            frame: Frame::outside(&visitor.id),
            codes: &codes_of(&form)?,
            reason: CodesReason::Repeated,
            renewed: form.maybe("renewed")? == Some("yes"),
            error: true,
        };
        return show(StatusCode::UNPROCESSABLE_ENTITY, &page);
    }
    let presented = visitor.binding.present(&visitor.assertion);
    match portal.mfa().acknowledge_backup_codes(presented).await? {
        // Another sign-in of the same person has been given newer codes: these are void, and the page says so.
        Standing::Current(current) if current.backup_codes_to_acknowledge => {
            Ok(super::go(BACKUP_CODES, None))
        }
        Standing::Current(_) => {
            let notice = match form.maybe("renewed")? {
                Some("yes") => Notice::CodesStored,
                _ => Notice::SetupComplete,
            };
            portal.sessions().leave(&visitor.id, notice).await?;
            Ok(super::go(HOME, None))
        }
        _ => {
            portal.sessions().end(&visitor.id).await?;
            Err(Failure::Elsewhere(SIGN_IN_AGAIN))
        }
    }
}

pub(super) async fn download(
    State(portal): State<Portal>,
    Post { visitor, form, .. }: Post<StoringCodes>,
) -> Result<Response, Failure> {
    let codes = codes_of(&form)?;
    let name = &visitor.0.person.name;
    let day = When::day(portal.now()).text;
    let site = match portal.site().address() {
        Some(address) => format!("{SITE_NAME}, {address}"),
        None => SITE_NAME.to_owned(),
    };
    let text = format!(
        "{site}\n\
         Backup codes for the account: {name}\n\
         Made on: {day}\n\
         \n\
         What they are for: if your phone is lost, broken or not at hand, type one of these\n\
         codes instead of the six digits when you sign in. Each code works once.\n\
         Keep this file where only you can read it, and not on that phone.\n\
         \n\
         {}\n",
        codes.join("\n")
    );
    let headers = [
        (
            header::CONTENT_TYPE,
            HeaderValue::from_static("text/plain; charset=utf-8"),
        ),
        (
            header::CONTENT_DISPOSITION,
            HeaderValue::from_static("attachment; filename=\"seaside-library-backup-codes.txt\""),
        ),
    ];
    Ok((headers, text).into_response())
}

/// The hidden fields of the page, if they look like what the page had.
fn codes_of(form: &Form) -> Result<Vec<&str>, Failure> {
    let codes: Vec<_> = form.all("backup_code").collect();
    if codes.is_empty() || codes.len() > MOST || !codes.iter().all(|code| looks_right(code)) {
        return Err(Failure::Form);
    }
    Ok(codes)
}

/// A slot number and four groups of four, as the engine writes them.
fn looks_right(code: &str) -> bool {
    let mut groups = code.split('-');
    let slot = groups.next().unwrap_or_default();
    let groups: Vec<_> = groups.collect();
    (1..=2).contains(&slot.len())
        && slot.bytes().all(|byte| byte.is_ascii_digit())
        && groups.len() == 4
        && groups.iter().all(|group| {
            let fits = |byte: u8| byte.is_ascii_digit() || byte.is_ascii_uppercase();
            group.len() == 4 && group.bytes().all(fits)
        })
}

/// The most backup codes a policy allows.
const MOST: usize = 16;

#[cfg(test)]
mod tests {
    use super::looks_right;

    #[test]
    fn only_what_the_engine_writes_is_repeated() {
        assert!(looks_right("3-ABCD-EFGH-JKMN-PQRS"));
        assert!(looks_right("12-0000-1111-2222-3333"));
        for text in [
            "",
            "-",
            "3-ABCD-EFGH-JKMN",
            "3-ABCD-EFGH-JKMN-PQRS-TUVW",
            "x-ABCD-EFGH-JKMN-PQRS",
            "123-ABCD-EFGH-JKMN-PQRS",
            "3-abcd-EFGH-JKMN-PQRS",
            "3-ABC\n-EFGH-JKMN-PQRS",
            "3-ÄBC-EFGH-JKMN-PQRS",
            "<b>-ABCD-EFGH-JKMN-PQRS",
        ] {
            assert!(!looks_right(text), "{text:?}");
        }
    }
}

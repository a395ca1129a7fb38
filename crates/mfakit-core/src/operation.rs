//! The operations: each file decides one thing, as a function of documents, time and randomness.

mod access;
mod acknowledge;
mod activation;
mod audit;
mod backup_codes;
mod bind_token;
mod challenge;
mod check_assertion;
mod device;
mod each;
mod erase;
mod events;
mod exemption;
mod factors;
mod matching;
mod owner;
mod password;
mod password_changed;
mod prune;
mod repair;
mod reseal;
mod reset;
mod resynchronize;
mod rollout;
mod rows;
mod settle;
mod setup;
mod sign_in;
mod status;
mod step_up;
mod tenant;
mod unlock;
mod verify;

pub use reseal::Resealing;
pub use sign_in::SignIn;

use alloc::vec::Vec;

use crate::{
    Error, Event, EventKind, Label, Mark, Policy, UnixTime, Void,
    claims::{AssertionClaims, Common, TicketClaims},
    desk::{CLOCK_TOLERANCE_SECONDS, Desk},
    document::{
        account::{AccountDocument, Epoch},
        slot::Slot,
    },
    error::Unavailable,
};

/// Tells of each authenticator before it goes with all the others: the trail lists every one that was ever bound,
/// with the time at which it ended (NIST SP 800-63B-4 §4.1).
fn tell_removed(
    desk: &mut Desk<'_>,
    event: impl Fn(&Desk<'_>, EventKind) -> Event,
) -> Result<(), Error> {
    let account = desk.account()?.get();
    let bound = account.map_or(&[][..], |account| &account.authenticators);
    let labels: Vec<Label> = bound.iter().map(|it| it.label.clone()).collect();
    for label in labels {
        let event = event(desk, EventKind::AuthenticatorRemoved { label });
        desk.account()?.also(event);
    }
    Ok(())
}

/// A mark from before a rollback shows it: the store then knows less than the mark does.
fn refuse_rollback(mark: Mark, slot: &Slot<AccountDocument>) -> Result<(), Unavailable> {
    if slot.revision().number() < mark.number() {
        Err(Unavailable::RolledBack)
    } else {
        Ok(())
    }
}

/// A token that is newer than the store or the clock shows that one of them has gone back.
fn refuse_anomaly(
    common: &Common,
    slot: &Slot<AccountDocument>,
    now: UnixTime,
) -> Result<(), Unavailable> {
    refuse_rollback(Mark::new(common.mark), slot)?;
    if now.saturating_add(CLOCK_TOLERANCE_SECONDS) < common.issued {
        return Err(Unavailable::ClockBehind);
    }
    Ok(())
}

/// The checks of a ticket against today's account, in the order of the design.
fn check_ticket(
    claims: &TicketClaims,
    slot: &Slot<AccountDocument>,
    policy: &Policy,
    now: UnixTime,
) -> Result<(), Void> {
    check_epoch(&claims.common, slot)?;
    if claims.has_expired(policy, now) {
        return Err(Void::Expired);
    }
    let spent = slot.get().is_some_and(|account| {
        account
            .spent
            .contains(&claims.common.id, claims.common.issued)
    });
    if spent { Err(Void::Spent) } else { Ok(()) }
}

/// The checks of an assertion against today's account.
fn check_standing(
    claims: &AssertionClaims,
    slot: &Slot<AccountDocument>,
    policy: &Policy,
    now: UnixTime,
) -> Result<(), Void> {
    check_epoch(&claims.common, slot)?;
    if now >= claims.expires(policy) {
        Err(Void::Expired)
    } else {
        Ok(())
    }
}

fn check_epoch(common: &Common, slot: &Slot<AccountDocument>) -> Result<(), Void> {
    if is_of_today(common.epoch, slot) {
        Ok(())
    } else {
        Err(Void::Superseded)
    }
}

/// Whether nothing was made void since the account had this epoch.
fn is_of_today(epoch: Option<Epoch>, slot: &Slot<AccountDocument>) -> bool {
    match (epoch, slot.get().map(|account| account.epoch)) {
        // The account had no document; one that a pending setup made is of the same life.
        (None, Some(today)) => today.is_first(),
        (claimed, today) => claimed == today,
    }
}

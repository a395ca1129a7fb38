//! Sign-ins that a password began and no code ended.

use mfakit_core::{AccountId, Error, Flow, Settlement};

use super::Tenant;

impl Tenant {
    /// Records the sign-ins of an account in which the password was right and no code followed, as
    /// [`EventKind::HalfSignIn`](crate::EventKind::HalfSignIn), of which the person must be told (ASVS 6.3.5).
    ///
    /// The next password does the same; call this from a timer, for each account that was challenged, so that the
    /// person is told soon: when [`Settlement::open_until`] says, at first after the ticket has ended. It may be
    /// called at any time and any number of times: nothing is recorded twice, and nothing while a code may still
    /// follow. It writes nothing where nothing was left open.
    ///
    /// Only passwords that came through [`begin_password`](Self::begin_password) are known: a host that brings another
    /// first factor watches over those itself.
    ///
    /// # Errors
    /// [`Error`]; after [`Error::Unavailable`] they may be recorded, and it may be repeated.
    ///
    /// # Security
    /// Without the host's leave: nothing, since only the host can call it; with it: how many sign-ins ended without a
    /// code.
    pub async fn settle_sign_ins(&self, account: &AccountId) -> Result<Settlement, Error> {
        let (keyring, id, account) = (self.engine.keyring(), self.id.clone(), account.clone());
        self.engine
            .drive(Flow::settle_sign_ins(keyring, id, account))
            .await
    }
}

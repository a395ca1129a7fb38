//! An authenticator that has left the window, brought back by an administrator.

use mfakit_core::{AccountId, Administrator, Error, Flow, Resynchronization};

use super::Tenant;

impl Tenant {
    /// Brings an authenticator back by two consecutive codes that the person reads out, as to a help desk.
    ///
    /// Both codes are used up. It lets nobody in, clears no failure, and a wrong pair is charged like a wrong code.
    ///
    /// # Errors
    /// [`Error`]; after [`Error::Unavailable`] it may be back, and the codes used up.
    ///
    /// # Security
    /// Without the host's leave: nothing, since the host calls it for administrators alone; with it: whether the codes
    /// are right together, or that the account is locked.
    ///
    /// Two codes are what the person has; they say nothing of who reads them out.
    pub async fn resynchronize_of(
        &self,
        account: &AccountId,
        first: &str,
        second: &str,
        by: &Administrator,
    ) -> Result<Resynchronization, Error> {
        let (keyring, id) = (self.engine.keyring(), self.id.clone());
        let (account, by) = (account.clone(), by.clone());
        let flow = Flow::resynchronize_of(keyring, id, account, first, second, by);
        self.engine.drive(flow).await
    }
}

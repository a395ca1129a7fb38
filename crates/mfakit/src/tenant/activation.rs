//! Activation codes of a tenant.

use mfakit_core::{
    ActivationHandle, ActivationLifetime, ActivationStatus, Actor, Administrator, ClockRepair,
    DocumentKind, Error, Flow, IssuedActivation, Label, Misuse, Operation, Redemption, Reissue,
    Revocation, Unavailable,
};
use mfakit_store::ScanQuery;

use crate::{
    observe::Watch,
    tenant::{MAX_PAGE, Tenant},
};

impl Tenant {
    /// Issues an activation code for a new installation, good once and for `purpose`.
    ///
    /// # Errors
    /// [`Error`]; after [`Error::Unavailable`] there may be a code that nobody has seen.
    ///
    /// # Security
    /// Without the host's leave: nothing, since the host calls it for administrators alone; with it: the code,
    /// once.
    ///
    /// The host decides who may call it. The code is in the answer and nowhere else: show it once.
    pub async fn issue_activation(
        &self,
        purpose: &Label,
        lifetime: ActivationLifetime,
        by: &Administrator,
    ) -> Result<IssuedActivation, Error> {
        let (keyring, id, by) = (self.engine.keyring(), self.id.clone(), by.clone());
        let mut watch = self.engine.watch(Operation::IssueActivation);
        let mut rng = getrandom::SysRng;
        let flow = Flow::issue_activation(keyring, id, purpose.clone(), lifetime, by, &mut rng);
        let ended = match flow {
            Ok(flow) => self.engine.run(flow, &mut watch).await,
            Err(_) => Err(Error::Unavailable(Unavailable::Randomness)),
        };
        watch.end(ended)
    }

    /// Issues a new code for an installation, for the purpose it has; the old one is void in the same commit.
    ///
    /// # Errors
    /// [`Error`]; after [`Error::Unavailable`] the old code may be void, and the call may be repeated.
    ///
    /// # Security
    /// Without the host's leave: nothing, since the host calls it for administrators alone; with it: the code,
    /// once, and what became of the one before.
    ///
    /// As [`issue_activation`](Self::issue_activation). A redeemed or revoked installation gets a new code too.
    pub async fn reissue_activation(
        &self,
        handle: ActivationHandle,
        lifetime: ActivationLifetime,
        by: &Administrator,
    ) -> Result<Reissue, Error> {
        let (keyring, id, by) = (self.engine.keyring(), self.id.clone(), by.clone());
        let flow = Flow::reissue_activation(keyring, id, handle, lifetime, by);
        self.engine.drive(flow).await
    }

    /// Makes the code of an installation void, unless it was redeemed.
    ///
    /// # Errors
    /// [`Error`]; after [`Error::Unavailable`] it may have happened, and may be repeated.
    ///
    /// # Security
    /// Without the host's leave: nothing, since the host calls it for administrators alone; with it: whether there
    /// was such a code, and whether it was redeemed.
    pub async fn revoke_activation(
        &self,
        handle: ActivationHandle,
        by: &Administrator,
    ) -> Result<Revocation, Error> {
        let (keyring, id) = (self.engine.keyring(), self.id.clone());
        let flow = Flow::revoke_activation(keyring, id, handle, by.clone());
        self.engine.drive(flow).await
    }

    /// Redeems what was typed into the set-up of a service, for `purpose`; `redeemer` is who the host takes it
    /// from, such as the name of a machine.
    ///
    /// # Errors
    /// [`Error`]; nothing is activated then, and after [`Error::Unavailable`] the code may be used up.
    ///
    /// # Security
    /// Without a good code: that it failed, and not why; an unknown installation costs the same hash; with one:
    /// which installation it is, who issued it, and when.
    ///
    /// The purpose is the host's own, never one that came with the request. To the outside every refusal is
    /// [`Redemption::ActivationFailed`], and each costs one hash, whether there is such an installation or not; a
    /// failure at one that there is costs a commit too. Limit how often one address may call it.
    pub async fn redeem_activation(
        &self,
        typed: &str,
        purpose: &Label,
        redeemer: &Actor,
    ) -> Result<Redemption, Error> {
        let (keyring, id) = (self.engine.keyring(), self.id.clone());
        let (purpose, redeemer) = (purpose.clone(), redeemer.clone());
        let flow = Flow::redeem_activation(keyring, id, typed, purpose, redeemer);
        self.engine.drive(flow).await
    }

    /// Sets times of an activation code right that a clock ahead of its time has written.
    ///
    /// # Errors
    /// [`Error`].
    ///
    /// # Security
    /// Without the host's leave: nothing, since the host calls it for administrators alone; with it: whether a time
    /// was ahead.
    ///
    /// Set the clock right first. What was redeemed or revoked stays so.
    pub async fn repair_activation_clock(
        &self,
        handle: ActivationHandle,
        by: &Administrator,
    ) -> Result<ClockRepair, Error> {
        let (keyring, id) = (self.engine.keyring(), self.id.clone());
        let flow = Flow::repair_activation_clock(keyring, id, handle, by.clone());
        self.engine.drive(flow).await
    }

    /// What is known under each handle, in the order given; at most 100 at once.
    ///
    /// # Errors
    /// [`Error`]; more than 100 are [`Misuse::TooMany`].
    ///
    /// # Security
    /// Without the host's leave: nothing, since the host calls it for administrators alone; with it: what became of
    /// each code; never what it takes to redeem one.
    pub async fn activation_status(
        &self,
        handles: &[ActivationHandle],
    ) -> Result<Vec<ActivationStatus>, Error> {
        let (keyring, id) = (self.engine.keyring(), self.id.clone());
        let flow = Flow::activation_status(keyring, id, handles.to_vec());
        self.engine.drive(flow).await
    }

    /// Reads a page of all activation codes of the tenant, in an order of the store's own.
    ///
    /// # Errors
    /// [`Error`].
    ///
    /// # Security
    /// Without the host's leave: nothing, since the host calls it for administrators alone; with it: what became of
    /// each code; never what it takes to redeem one.
    pub async fn activations(&self, query: ActivationQuery) -> Result<ActivationPage, Error> {
        let mut watch = self.engine.watch(Operation::Activations);
        let ended = self.page_of_activations(query, &mut watch).await;
        watch.end(ended)
    }

    async fn page_of_activations(
        &self,
        query: ActivationQuery,
        watch: &mut Watch<'_>,
    ) -> Result<ActivationPage, Error> {
        if query.limit == 0 || query.limit > MAX_PAGE {
            return Err(Misuse::PageSize.into());
        }
        let mut after = query.after.map(|it| it.as_bytes().to_vec());
        let (handles, full) = loop {
            let mut scan = ScanQuery::new(self.id.clone(), DocumentKind::Activation, query.limit);
            if let Some(after) = after {
                scan = scan.after(after);
            }
            let rows = self.engine.store().scan(&scan).await?;
            let full = u32::try_from(rows.len()).unwrap_or(u32::MAX) == query.limit;
            // An id that is no handle is none that was ever issued.
            let handles: Vec<_> = rows
                .iter()
                .filter_map(|row| row.id.as_slice().try_into().ok())
                .map(ActivationHandle::new)
                .collect();
            if !(full && handles.is_empty()) {
                break (handles, full);
            }
            after = rows.last().map(|row| row.id.clone());
        };
        let next = handles.last().filter(|_| full).copied();
        let flow = Flow::activation_status(self.engine.keyring(), self.id.clone(), handles);
        Ok(ActivationPage {
            entries: self.engine.run(flow, watch).await?,
            next,
        })
    }
}

/// Which part of the list of activation codes to read.
#[derive(Debug, Clone, Copy)]
#[must_use]
pub struct ActivationQuery {
    after: Option<ActivationHandle>,
    limit: u32,
}

impl ActivationQuery {
    /// The first `limit` codes; at most 100.
    pub const fn first(limit: u32) -> Self {
        Self { after: None, limit }
    }

    /// The page that follows `next` of the page before.
    pub const fn after(mut self, next: ActivationHandle) -> Self {
        self.after = Some(next);
        self
    }
}

/// A page of the list of activation codes.
#[derive(Debug, Clone)]
#[non_exhaustive]
pub struct ActivationPage {
    /// The codes, without what it takes to redeem them.
    pub entries: Vec<ActivationStatus>,
    /// Where the next page begins, if this one is full.
    pub next: Option<ActivationHandle>,
}

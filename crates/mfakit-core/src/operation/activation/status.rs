//! What administrators read of activation codes: when, for what, by whom.

use alloc::{sync::Arc, vec::Vec};

use crate::{
    ActivationHandle, ActivationStatus, Error, Flow, Keyring, Misuse, Operation, TenantId,
    desk::{Clock, Desk, Unreadable},
    document::{activation::ActivationDocument, slot::Slot},
    flow::{Decide, Needs},
    random::Random,
};

impl Flow<Vec<ActivationStatus>> {
    /// The most handles one call takes.
    pub const MAX_ACTIVATIONS: usize = 100;

    /// What is known under each handle, in the order given; at most [`MAX_ACTIVATIONS`](Self::MAX_ACTIVATIONS).
    #[must_use]
    pub fn activation_status(
        keyring: Arc<Keyring>,
        tenant: TenantId,
        handles: Vec<ActivationHandle>,
    ) -> Self {
        Self::new(
            Operation::ActivationStatus,
            tenant,
            keyring,
            Status { handles },
        )
    }
}

struct Status {
    handles: Vec<ActivationHandle>,
}

impl Decide<Vec<ActivationStatus>> for Status {
    fn needs(&mut self, _: &Keyring, _: &TenantId) -> Result<Needs, Vec<ActivationStatus>> {
        let most = Flow::<Vec<ActivationStatus>>::MAX_ACTIVATIONS;
        // Too many are refused in the decision; they are not loaded first.
        let activations = if self.handles.len() > most {
            Vec::new()
        } else {
            self.handles.clone()
        };
        Ok(Needs {
            activations,
            clock: Clock::AsGiven,
            unreadable: Unreadable::Listed,
            ..Needs::default()
        })
    }

    fn decide(
        &mut self,
        desk: &mut Desk<'_>,
        _: &mut Random<'_>,
    ) -> Result<Vec<ActivationStatus>, Error> {
        let (policy, now) = (desk.policy()?, desk.now);
        if desk.activations.len() != self.handles.len() {
            return Err(Misuse::TooMany.into());
        }
        let status =
            |(handle, slot): (&ActivationHandle, &Slot<ActivationDocument>)| ActivationStatus {
                handle: *handle,
                record: slot.get().map(|document| document.record(&policy, now)),
                fault: slot.fault(),
            };
        let slots = self.handles.iter().zip(&desk.activations);
        Ok(slots.map(status).collect())
    }

    fn may_write(&self) -> bool {
        false
    }
}

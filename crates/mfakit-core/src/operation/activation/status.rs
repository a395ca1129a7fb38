//! What administrators read of activation codes: when, for what, by whom.

use alloc::{sync::Arc, vec::Vec};

use crate::{
    ActivationHandle, ActivationStatus, Flow, Keyring, Operation, TenantId, flow::Needs,
    operation::each::Each,
};

impl Flow<Vec<ActivationStatus>> {
    /// The most handles one call takes.
    pub const MAX_ACTIVATIONS: usize = Each::<ActivationHandle, ActivationStatus>::MOST;

    /// What is known under each handle, in the order given; at most [`MAX_ACTIVATIONS`](Self::MAX_ACTIVATIONS).
    #[must_use]
    pub fn activation_status(
        keyring: Arc<Keyring>,
        tenant: TenantId,
        handles: Vec<ActivationHandle>,
    ) -> Self {
        let each = Each {
            ids: handles,
            needs: |activations| Needs {
                activations,
                ..Needs::default()
            },
            answer: |desk, policy, handles| {
                let slots = handles.iter().zip(&desk.activations);
                let status = slots.map(|(handle, slot)| ActivationStatus {
                    handle: *handle,
                    record: slot.get().map(|document| document.record(policy, desk.now)),
                    fault: slot.fault(),
                });
                status.collect()
            },
        };
        Self::new(Operation::ActivationStatus, tenant, keyring, each)
    }
}

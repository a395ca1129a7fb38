//! Reading several documents of one kind at once: what an administrator looks at.

use alloc::vec::Vec;

use crate::{
    Error, Keyring, Misuse, Policy, TenantId,
    desk::{Clock, Desk, Unreadable},
    flow::{Decide, Needs},
    random::Random,
};

/// One answer for the document of each id, in the order given. One that does not open says so in its answer.
pub(super) struct Each<Id, A> {
    pub(super) ids: Vec<Id>,
    /// The documents of these ids.
    pub(super) needs: fn(Vec<Id>) -> Needs,
    pub(super) answer: fn(&Desk<'_>, &Policy, &[Id]) -> Vec<A>,
}

impl<Id, A> Each<Id, A> {
    /// The most ids one call takes.
    pub(super) const MOST: usize = 100;
}

impl<Id: Clone + Send, A> Decide<Vec<A>> for Each<Id, A> {
    fn needs(&mut self, _: &Keyring, _: &TenantId) -> Result<Needs, Vec<A>> {
        // Too many are refused in the decision; they are not loaded first.
        let ids = if self.ids.len() > Self::MOST {
            Vec::new()
        } else {
            self.ids.clone()
        };
        Ok(Needs {
            clock: Clock::AsGiven,
            unreadable: Unreadable::Listed,
            ..(self.needs)(ids)
        })
    }

    fn decide(&mut self, desk: &mut Desk<'_>, _: &mut Random<'_>) -> Result<Vec<A>, Error> {
        let policy = desk.policy()?;
        if self.ids.len() > Self::MOST {
            return Err(Misuse::TooMany.into());
        }
        Ok((self.answer)(desk, &policy, &self.ids))
    }

    fn may_write(&self) -> bool {
        false
    }
}

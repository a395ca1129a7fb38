//! Whether a session is still good: one load, on every request of a signed-in page.

use alloc::sync::Arc;

use crate::{
    Current, Demand, Error, Flow, Keyring, Mark, Misuse, Operation, Presented, Requirement,
    Standing, TenantId, Unavailable, UnixTime, Void,
    claims::{AssertionClaims, Presentation},
    desk::Desk,
    document::account::AccountDocument,
    flow::{Decide, Needs},
    operation::{access, check_standing, refuse_anomaly},
    random::Random,
};

impl Flow<Standing> {
    /// Checks an assertion against today's epoch and policy.
    #[must_use]
    pub fn check_assertion(
        keyring: Arc<Keyring>,
        tenant: TenantId,
        presented: Presented<'_>,
    ) -> Self {
        Self::new(
            Operation::CheckAssertion,
            tenant,
            keyring,
            Check {
                bearer: Bearer::new(presented),
                demand: Demand::Session,
            },
        )
    }

    /// Checks an assertion as [`check_assertion`](Self::check_assertion), and whether it is enough for `demand`.
    #[must_use]
    pub fn check_assertion_for(
        keyring: Arc<Keyring>,
        tenant: TenantId,
        presented: Presented<'_>,
        demand: Demand,
    ) -> Self {
        let bearer = Bearer::new(presented);
        Self::new(
            Operation::CheckAssertionFor,
            tenant,
            keyring,
            Check { bearer, demand },
        )
    }
}

struct Check {
    bearer: Bearer,
    demand: Demand,
}

impl Decide<Standing> for Check {
    fn needs(&mut self, keyring: &Keyring, tenant: &TenantId) -> Result<Needs, Standing> {
        self.bearer.open(keyring, tenant)
    }

    fn decide(&mut self, desk: &mut Desk<'_>, _: &mut Random<'_>) -> Result<Standing, Error> {
        let standing = self.bearer.standing(desk)?;
        let Standing::Current(current) = &standing else {
            return Ok(standing);
        };
        let shortfall = shortfall(current, self.demand, desk.now);
        Ok(shortfall.map_or(standing, Standing::StepUp))
    }

    fn may_write(&self) -> bool {
        false
    }
}

/// Who bears an assertion, opened once.
pub(super) struct Bearer {
    presentation: Presentation,
    opened: Option<AssertionClaims>,
}

impl Bearer {
    pub(super) fn new(presented: Presented<'_>) -> Self {
        Self {
            presentation: presented.into(),
            opened: None,
        }
    }

    pub(super) fn open(&mut self, keyring: &Keyring, tenant: &TenantId) -> Result<Needs, Standing> {
        let opened = self.presentation.open(keyring, tenant);
        let claims = opened
            .and_then(|it| it.into_assertion())
            .map_err(Standing::SignInAgain)?;
        let account = claims.common.account().map_err(Standing::SignInAgain)?;
        self.opened = Some(claims);
        Ok(Needs::account(account))
    }

    /// Whether the account's backup codes are those that were shown with the assertion.
    pub(super) fn was_shown_the_codes(&self, desk: &Desk<'_>) -> Result<bool, Error> {
        let claims = self.opened.as_ref().ok_or(Misuse::OutOfStep)?;
        let slot = desk.accounts.first().ok_or(Misuse::OutOfStep)?;
        let set = slot.get().and_then(|account| account.backup.as_ref());
        Ok(set.is_some_and(|set| claims.was_shown(set)))
    }

    /// What the assertion is worth today.
    pub(super) fn standing(&self, desk: &Desk<'_>) -> Result<Standing, Error> {
        let (policy, now) = (desk.policy()?, desk.now);
        let claims = self.opened.as_ref().ok_or(Misuse::OutOfStep)?;
        let slot = desk.accounts.first().ok_or(Misuse::OutOfStep)?;
        refuse_anomaly(&claims.common, slot, now)?;
        let checked = check_standing(claims, slot, &policy, now).and_then(|()| {
            let (account, basis) = (claims.common.account()?, claims.basis()?);
            // What was enough when the person signed in may be too little today.
            if access::suffices(basis, claims.device(), &policy, slot.get(), now) {
                Ok((account, basis))
            } else {
                Err(Void::Insufficient)
            }
        });
        let (account, basis) = match checked {
            Ok(checked) => checked,
            Err(void) => return Ok(Standing::SignInAgain(void)),
        };
        let document = slot.get();
        let has_factor = document.is_some_and(AccountDocument::has_factor);
        let mark = slot.revision_after().ok_or(Unavailable::Damaged)?;
        Ok(Standing::Current(Current {
            account,
            basis,
            signed_in_at: claims.common.issued,
            fresh_until: claims.fresh_until(&policy),
            expires: claims.expires(&policy),
            may_set_up: !has_factor && access::requirement(&policy, document) != Requirement::Off,
            backup_codes_to_acknowledge: basis.is_two_factor()
                && document.is_some_and(AccountDocument::backup_codes_unacknowledged),
            mark: Mark::new(mark.number()),
            external: claims.common.means(),
        }))
    }
}

/// What a good session lacks for the demand.
fn shortfall(current: &Current, demand: Demand, now: UnixTime) -> Option<Void> {
    if demand == Demand::Session {
        None
    } else if !current.basis.is_two_factor() {
        Some(Void::Insufficient)
    } else if demand == Demand::Fresh && now >= current.fresh_until {
        Some(Void::Stale)
    } else {
        None
    }
}

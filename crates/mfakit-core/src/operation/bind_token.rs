//! A hardware token, bound by an administrator from the secret that its maker tells.

use alloc::sync::Arc;

use subtle::ConstantTimeEq;

use crate::{
    AccountId, Administrator, AuthenticatorId, AuthenticatorKind, BoundToken, Error, EventKind,
    Flow, Keyring, Label, Operation, Period, Secret, Setting, TenantId, TimeStep, TokenBinding,
    TokenKind,
    desk::Desk,
    document::{
        Meta,
        account::{AccountDocument, Authenticator, Parameters},
    },
    flow::{Decide, Needs},
    random::Random,
};

impl Flow<TokenBinding> {
    /// Binds a token, and makes everything issued before void. Its codes count at once: the list that came with it
    /// says what it will show, and whoever has it in hand may never have signed in.
    ///
    /// No backup codes are made: nobody but the person is to see them, who makes them in the own session.
    #[must_use]
    pub fn bind_token(
        keyring: Arc<Keyring>,
        tenant: TenantId,
        account: AccountId,
        secret: Secret,
        kind: TokenKind,
        label: Label,
        by: Administrator,
    ) -> Self {
        let bind = Bind {
            account,
            secret,
            kind,
            label,
            by,
        };
        Self::new(Operation::BindToken, tenant, keyring, bind)
    }
}

struct Bind {
    account: AccountId,
    secret: Secret,
    kind: TokenKind,
    label: Label,
    by: Administrator,
}

impl Decide<TokenBinding> for Bind {
    fn needs(&mut self, _: &Keyring, _: &TenantId) -> Result<Needs, TokenBinding> {
        Ok(Needs::account(self.account.clone()))
    }

    fn decide(
        &mut self,
        desk: &mut Desk<'_>,
        random: &mut Random<'_>,
    ) -> Result<TokenBinding, Error> {
        let (policy, now) = (desk.policy()?, desk.now);
        let event = desk.act(
            EventKind::TokenBound {
                label: self.label.clone(),
            },
            &self.by,
        );
        let slot = desk.account()?;
        let bound = slot
            .get()
            .map_or(&[][..], |account| &account.authenticators);
        if u32::try_from(bound.len()).unwrap_or(u32::MAX) >= policy.get(Setting::Authenticators) {
            return Ok(TokenBinding::TooManyAuthenticators);
        }
        let counts = |it: &Authenticator| it.kind() == AuthenticatorKind::Hotp;
        if matches!(self.kind, TokenKind::Hotp { .. }) && bound.iter().any(counts) {
            return Ok(TokenBinding::SecondCounter);
        }
        // Secret: both shared secrets. Public: whether they are the same.
        let same = |it: &Authenticator| {
            let (one, other) = (
                it.parameters.secret.expose_secret(),
                self.secret.expose_secret(),
            );
            bool::from(one.ct_eq(other))
        };
        if bound.iter().any(same) {
            return Ok(TokenBinding::AlreadyBound);
        }
        let authenticator = self.authenticator(now, random)?;
        let bound = BoundToken {
            id: authenticator.id,
            strength: self.secret.strength(),
        };
        let account = if slot.get().is_none() {
            let document = AccountDocument::new(Meta::new(now, random)?, random)?;
            slot.create(document, event)
        } else {
            slot.change(event).ok_or(crate::Misuse::OutOfStep)?
        };
        account.authenticators.push(authenticator);
        account.end_rollout(now);
        // Codes of a time without a factor are nobody's.
        if account.authenticators.len() == 1 {
            account.backup = None;
        }
        account.pending = None;
        account.raise_epoch(random)?;
        Ok(TokenBinding::Bound(bound))
    }
}

impl Bind {
    fn authenticator(
        &self,
        now: crate::UnixTime,
        random: &mut Random<'_>,
    ) -> Result<Authenticator, Error> {
        let (algorithm, digits, period, next_counter) = match self.kind {
            TokenKind::Totp(it) => (it.algorithm, it.digits, it.period, None),
            TokenKind::Hotp {
                algorithm,
                digits,
                next_counter,
            } => {
                let next = Some(next_counter.number());
                (algorithm, digits, Period::THIRTY, next)
            }
        };
        Ok(Authenticator {
            parameters: Parameters {
                secret: self.secret.duplicate(),
                algorithm,
                digits,
                period,
            },
            label: self.label.clone(),
            bound_at: now,
            // None was accepted yet, and a token that is behind is to be found by resynchronization.
            last_step: TimeStep::new(0),
            replays: 0,
            id: AuthenticatorId::generate(random)?,
            next_counter,
            drift: 0,
        })
    }
}

//! The operations of an administrator, each one call of the crate `mfakit`.

use core::str::FromStr as _;

use mfakit::{
    AccountCount, AccountQuery, AccountState, ActivationHandle, ActivationLifetime,
    ActivationQuery, Algorithm, AuditQuery, AuditSubject, AuthenticatorId, Counter, Digits,
    ExemptionEnd, IdentityVerified, Label, PasswordLockQuery, Period, Pruning, RotationQuery,
    Secret, Tenant, TokenKind, TotpParameters, UnixTime,
};

use crate::{
    answer::{Answered, UsageAt, answered, cursor_page},
    call::{by_name, devices},
    failure::Failure,
    port::{Shared, locked},
    request::{AdminRequest, Subject, TokenParameters},
    text::{Big, Bytes},
};

pub(crate) async fn operate(
    shared: &Shared,
    tenant: &Tenant,
    request: AdminRequest,
    secret: Option<Secret>,
) -> Result<Answered, Failure> {
    match request {
        AdminRequest::SetPolicy { policy, by } => {
            let policy = locked(&shared.shelf).policy(policy)?.clone();
            answered(tenant.set_policy(policy, &by.read()?).await?)
        }
        AdminRequest::Reset { account, by } => {
            answered(tenant.reset(&account.account()?, &by.read()?).await?)
        }
        AdminRequest::Erase { account, by } => {
            answered(tenant.erase(&account.account()?, &by.read()?).await?)
        }
        AdminRequest::Unlock {
            account,
            identity_verified,
            by,
        } => {
            let identity = if identity_verified {
                IdentityVerified::Yes
            } else {
                IdentityVerified::No
            };
            let unlocking = (account.account()?, by.read()?);
            answered(tenant.unlock(&unlocking.0, &unlocking.1, identity).await?)
        }
        AdminRequest::UnlockPassword { account, by } => answered(
            tenant
                .unlock_password(&account.account()?, &by.read()?)
                .await?,
        ),
        AdminRequest::BindToken {
            account,
            token,
            label,
            by,
        } => {
            let secret = secret.ok_or_else(|| Failure::value("secret", "a token has a secret"))?;
            let (kind, label) = (token_kind(&token)?, Label::new(&label)?);
            answered(
                tenant
                    .bind_token(&account.account()?, secret, kind, &label, &by.read()?)
                    .await?,
            )
        }
        AdminRequest::Exempt { account, until, by } => {
            let end = until.map_or(ExemptionEnd::Open, |until| {
                ExemptionEnd::At(UnixTime::from_seconds(until))
            });
            answered(tenant.exempt(&account.account()?, end, &by.read()?).await?)
        }
        AdminRequest::EndExemption { account, by } => answered(
            tenant
                .end_exemption(&account.account()?, &by.read()?)
                .await?,
        ),
        AdminRequest::Require { account, by } => {
            answered(tenant.require(&account.account()?, &by.read()?).await?)
        }
        AdminRequest::EndRequirement { account, by } => answered(
            tenant
                .end_requirement(&account.account()?, &by.read()?)
                .await?,
        ),
        AdminRequest::RevokeDevicesOf {
            account,
            device,
            by,
        } => {
            let which = devices(device.as_deref());
            answered(
                tenant
                    .revoke_devices_of(&account.account()?, which, &by.read()?)
                    .await?,
            )
        }
        AdminRequest::RepairClock { account, by } => {
            let account = account.as_ref().map(Bytes::account).transpose()?;
            answered(tenant.repair_clock(account.as_ref(), &by.read()?).await?)
        }
        AdminRequest::ResynchronizeOf {
            account,
            first,
            second,
            by,
        } => {
            let (account, by) = (account.account()?, by.read()?);
            let (first, second) = (first.as_str(), second.as_str());
            answered(
                tenant
                    .resynchronize_of(&account, first, second, &by)
                    .await?,
            )
        }
        AdminRequest::Status { accounts } => {
            let accounts: Result<Vec<_>, _> = accounts.iter().map(Bytes::account).collect();
            answered(tenant.status(&accounts?).await?)
        }
        AdminRequest::Accounts {
            limit,
            state,
            after,
        } => {
            let mut query = AccountQuery::first(limit);
            if let Some(state) = state.as_deref() {
                query = query.only(by_name(AccountState::ALL, |it| it.name(), "state", state)?);
            }
            if let Some(after) = after {
                query = query.after(after.account()?);
            }
            answered(tenant.accounts(query).await?)
        }
        AdminRequest::CountAccounts {} => {
            let mut count = AccountCount::new();
            while !count.is_done() {
                tenant.count_accounts(&mut count).await?;
            }
            answered(*count.summary())
        }
        AdminRequest::PasswordLocks { limit, after } => {
            let mut query = PasswordLockQuery::first(limit);
            if let Some(after) = after {
                query = query.after(after.account()?);
            }
            answered(tenant.password_locks(query).await?)
        }
        request => about_events_and_keys(shared, tenant, request).await,
    }
}

async fn about_events_and_keys(
    shared: &Shared,
    tenant: &Tenant,
    request: AdminRequest,
) -> Result<Answered, Failure> {
    match request {
        AdminRequest::Events {
            order,
            after,
            limit,
        } => {
            let after = after.map(|Big(position)| position);
            let query = match (order.as_str(), after) {
                ("feed", cursor) => AuditQuery::feed(cursor, limit),
                ("newest", Some(next)) => AuditQuery::newest(limit).after(next),
                ("newest", None) => AuditQuery::newest(limit),
                ("oldest", Some(next)) => AuditQuery::oldest(limit).after(next),
                ("oldest", None) => AuditQuery::oldest(limit),
                _ => return Err(Failure::value("order", "one of newest, oldest")),
            };
            answered(tenant.events(query).await?)
        }
        AdminRequest::VerifyAudit { subject: whose } => {
            answered(tenant.verify_audit(subject(&whose)?).await?)
        }
        AdminRequest::PruneEvents {
            before,
            subject: whose,
            by,
        } => {
            let mut run = Pruning::before(UnixTime::from_seconds(before));
            if let Some(whose) = &whose {
                run = run.only(subject(whose)?);
            }
            let by = by.read()?;
            while !run.is_done() {
                tenant.prune_events(&mut run, &by).await?;
            }
            answered(*run.report())
        }
        AdminRequest::RotateKeys { limit, after, by } => {
            let mut query = RotationQuery::first(limit);
            if let Some(after) = after {
                query = query.after(locked(&shared.shelf).cursor(after)?.clone());
            }
            let page = tenant.rotate_keys(query, &by.read()?).await?;
            answered(cursor_page(shared, page))
        }
        AdminRequest::KeyUsage {} => {
            let usage = tenant.key_usage().await?;
            answered(UsageAt::hold(shared, usage))
        }
        request => about_activations(tenant, request).await,
    }
}

async fn about_activations(tenant: &Tenant, request: AdminRequest) -> Result<Answered, Failure> {
    match request {
        AdminRequest::IssueActivation {
            purpose,
            lifetime: seconds,
            by,
        } => {
            let (purpose, lifetime) = (Label::new(&purpose)?, lifetime(seconds)?);
            answered(
                tenant
                    .issue_activation(&purpose, lifetime, &by.read()?)
                    .await?,
            )
        }
        AdminRequest::ReissueActivation {
            handle: text,
            lifetime: seconds,
            by,
        } => {
            let (handle, lifetime) = (handle(&text)?, lifetime(seconds)?);
            answered(
                tenant
                    .reissue_activation(handle, lifetime, &by.read()?)
                    .await?,
            )
        }
        AdminRequest::RevokeActivation { handle: text, by } => answered(
            tenant
                .revoke_activation(handle(&text)?, &by.read()?)
                .await?,
        ),
        AdminRequest::RepairActivationClock { handle: text, by } => answered(
            tenant
                .repair_activation_clock(handle(&text)?, &by.read()?)
                .await?,
        ),
        AdminRequest::ActivationStatus { handles } => {
            let handles: Result<Vec<_>, _> = handles.iter().map(|text| handle(text)).collect();
            answered(tenant.activation_status(&handles?).await?)
        }
        AdminRequest::Activations { limit, after } => {
            let mut query = ActivationQuery::first(limit);
            if let Some(after) = after.as_deref() {
                query = query.after(handle(after)?);
            }
            answered(tenant.activations(query).await?)
        }
        // Every other request was answered before.
        _ => Err(Failure::internal()),
    }
}

pub(crate) fn authenticator_id(text: &str) -> Result<AuthenticatorId, Failure> {
    AuthenticatorId::from_str(text).map_err(|error| Failure::value("authenticator", error))
}

fn handle(text: &str) -> Result<ActivationHandle, Failure> {
    ActivationHandle::parse(text).map_err(|error| Failure::value("handle", error))
}

fn lifetime(seconds: Option<u32>) -> Result<ActivationLifetime, Failure> {
    seconds.map_or(Ok(ActivationLifetime::POLICY), |seconds| {
        ActivationLifetime::at_most(seconds)
            .map_err(|error| Failure::range("lifetimeSeconds", error))
    })
}

fn subject(subject: &Subject) -> Result<AuditSubject, Failure> {
    Ok(match subject {
        Subject::Account(account) => AuditSubject::Account(account.account()?),
        Subject::Passwords(account) => AuditSubject::Passwords(account.account()?),
        Subject::Activation(text) => AuditSubject::Activation(handle(text)?),
        Subject::Policy => AuditSubject::Policy,
    })
}

fn token_kind(token: &TokenParameters) -> Result<TokenKind, Failure> {
    let algorithm = by_name(
        &Algorithm::ALL,
        Algorithm::key_uri_name,
        "algorithm",
        &token.algorithm,
    )?;
    let digits = u8::try_from(token.digits).unwrap_or(u8::MAX);
    let digits = Digits::new(digits).map_err(|error| Failure::range("digits", error))?;
    match token.kind.as_str() {
        "totp" => {
            let period = u16::try_from(token.period.unwrap_or(30)).unwrap_or(u16::MAX);
            let period = Period::new(period).map_err(|error| Failure::range("period", error))?;
            Ok(TokenKind::Totp(TotpParameters {
                algorithm,
                digits,
                period,
            }))
        }
        "hotp" => Ok(TokenKind::Hotp {
            algorithm,
            digits,
            next_counter: Counter::new(token.next_counter.map_or(0, |Big(counter)| counter)),
        }),
        _ => Err(Failure::value("type", "one of totp, hotp")),
    }
}
